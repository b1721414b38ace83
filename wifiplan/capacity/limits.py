"""The people at which the links of the radios break: coverage, places, airtime."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime.offered import steady_state
from wifiplan.answer import Link, Margin
from wifiplan.capacity import chain
from wifiplan.capacity.association import MIN_ASSOCIATION_DBM, associate, rssi_at
from wifiplan.capacity.service import QUICK_ROUNDS
from wifiplan.capacity.state import state_of
from wifiplan.capacity.tallies import ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wifiplan.capacity.devices import Devices
    from wifiplan.capacity.scene import RadioScene
    from wifiplan.capacity.state import NetworkState
    from wifiplan.capacity.wanted import PerPerson

    Floats = NDArray[np.float64]


MARGIN_SHARES = (0.65, 0.5)
"""Share of the PHY rate that published deratings plan with. They stand beside the model's answer by name, never in it."""


@dataclass(frozen=True, slots=True)
class RadioLink:
    """A link of the radios: its code, what moves it, and the people at which it breaks by band ("" where bands do not matter)."""

    kind: str
    what_moves_it: str
    breaks_at: Callable[[_Asked], dict[str, float]]


@dataclass(frozen=True)
class _Asked:
    """Radios and the crowd on them, whose links are asked for."""

    scene: RadioScene
    state: NetworkState

    @cached_property
    def people(self) -> float:
        """The crowd as it stands."""
        return float(sum(one.people for one in self.scene.occupants.demands))

    @cached_property
    def room(self) -> float:
        """How many times the crowd finds a place at the radios; inf where nothing limits that."""
        limited = self.scene.behaviour.client_limits and self.state.devices.weight.sum()
        return _association_factor(self.scene, self.state.devices) if limited else math.inf


def _coverage(asked: _Asked) -> dict[str, float]:
    devices, quality = asked.state.devices, asked.state.quality
    total = float(devices.weight.sum())
    reached = float((devices.weight * (quality.ok | asked.state.turned_away)).sum()) / total if total else 1.0
    short = reached < asked.scene.design.requirement.coverage_share - 1e-9
    return {"": math.floor(asked.people * reached)} if short else {}


def _associations(asked: _Asked) -> dict[str, float]:
    return {"": math.floor(asked.people * asked.room + 1e-6)} if math.isfinite(asked.room) else {}


def _airtime(asked: _Asked) -> dict[str, float]:
    factors = _airtime_factors(asked.scene, asked.state, asked.room)
    return {band: math.floor(asked.people * factor + 1e-6) for band, factor in factors.items()}


RADIO_LINKS = (
    RadioLink("coverage", "access points nearer to the people", _coverage),
    RadioLink("associations", "more radios near the crowd, or a higher client limit", _associations),
    RadioLink("airtime", "more access points on channels of their own, narrower channels", _airtime),
)
"""Every link of the radios, one row each; the links behind them are `chain.CHAIN_LINKS`."""


def is_radio_link(link: Link) -> bool:
    """Whether a link is one of the radios."""
    return link.kind in {row.kind for row in RADIO_LINKS}


def links_of(scene: RadioScene, state: NetworkState, each: PerPerson) -> tuple[Link, ...]:
    """Where each link breaks if the crowd grows as it stands, first things first; only links whose limit is known."""

    def carried_by(kept: int) -> float:
        if kept == 0:
            return 0.0
        # Those that serve most stay on.
        clients = state.sums.of(state.devices.weight)[0]
        served = np.bincount(scene.ap, weights=clients, minlength=len(scene.design.access_points))
        on = np.isin(scene.ap, np.argsort(-served, kind="stable")[:kept])
        part = scene.part(np.flatnonzero(on))
        if not part.radios:
            return 0.0
        rest = _radio_links(part, state_of(part, state.devices, direction=None))
        return min((link.people for link in rest), default=chain.AMPLE)

    network, count = scene.design.network, len(scene.design.access_points)
    behind = chain.chain_links(network, each, access_points=count, carried_by=carried_by)
    return tuple(sorted((*_radio_links(scene, state), *behind), key=lambda link: link.people))


def _radio_links(scene: RadioScene, state: NetworkState) -> list[Link]:
    asked = _Asked(scene, state)
    return [
        Link(kind=row.kind, band=band, people=people, what_moves_it=row.what_moves_it)
        for row in RADIO_LINKS
        for band, people in row.breaks_at(asked).items()
    ]


def _association_factor(scene: RadioScene, devices: Devices) -> float:
    """How many times the crowd finds a place before the first device is turned away by every radio in reach."""
    rssi = rssi_at(scene, devices, devices.place)
    reach = ((rssi >= MIN_ASSOCIATION_DBM) & scene.usable[:, devices.kind]).any(axis=0)
    reached = float((devices.weight * reach).sum())
    if reached <= 0:
        return math.inf

    def left_out(factor: float) -> bool:
        larger = devices.scaled(factor)
        _, away = associate(scene, larger, rssi)
        return float((larger.weight * away).sum()) > max(0.5, 0.002 * factor * reached)

    # Never more than all places together.
    low, high = 0.0, 1.01 * float(scene.limit.sum()) / reached
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (low, middle) if left_out(middle) else (middle, high)
    return low


def _airtime_factors(scene: RadioScene, state: NetworkState, room: float) -> dict[str, float]:
    """How many times each band's load fits: until its busiest radio passes `max_busy_share`, or one of its cells cannot keep up.

    The second is `Steady.fits`: 95 of 100 packets within 100 ms, at most 1 in 100 lost. Interference and association change with
    the crowd, by leaps where one band is full of clients and the next takes the rest: each band's answer is that of the crowd at
    its own limit, found by trying crowds. What binds before is raised for it: the places at the radios, in proportion, where all
    are taken (`room`), and the air of the other bands, which may be as full as it gets.
    """
    guesses = _busy_factors(scene, state)
    if room <= 0.0:
        return guesses
    if math.isfinite(room) and len(guesses) < len({radio.band for _, radio in scene.radios}):
        # A band that nobody takes yet has the rest of the crowd that fills the others.
        full = _busy_factors(scene, state_of(scene, state.devices.each_scaled(np.array([room])), direction=None))
        guesses = {band: room * factor for band, factor in full.items()} | guesses

    def holds(band: str, factors: Floats) -> NDArray[np.bool_]:
        raised = np.maximum(factors / room, 1.0)[:, None] * scene.limit
        crowds = state_of(replace(scene, limit=raised), state.devices.each_scaled(factors), direction=None)
        return _held(scene, crowds, band)

    return {band: _breaks_at(partial(holds, band), guess) for band, guess in guesses.items()}


_FIRST_TRIED = np.array([0.03, 0.06, 0.12, 0.25, 0.4, 0.55, 0.7, 0.8, 0.9, 0.97, 1.0, 1.05, 1.2, 1.6, 2.5])
"""Parts of the first guess that are tried at once: queues break before the air is full, seldom after (assumed)."""
_THEN_TRIED, _MOST_ROUNDS = 8, 6
"""So many between what holds and what does not, and so often at most (assumed)."""
_NEAR = 1.01
"""What is told holds, and so many times as many people do not."""


def _breaks_at(holds: Callable[[Floats], NDArray[np.bool_]], guess: float) -> float:
    """The largest factor of the crowd that holds, up to the first that does not."""
    low, high, factors = 0.0, math.inf, guess * _FIRST_TRIED
    for _ in range(_MOST_ROUNDS if guess > 0.0 else 0):
        held = int(np.cumprod(holds(factors)).sum())
        low = float(factors[held - 1]) if held else low
        high = float(factors[held]) if held < len(factors) else high
        if high <= _NEAR * low:
            break
        if low == 0.0:
            factors = high * _FIRST_TRIED[_FIRST_TRIED < 1.0]
        elif math.isinf(high):
            factors = low * _FIRST_TRIED[_FIRST_TRIED > 1.0]
        else:
            factors = np.geomspace(low, high, _THEN_TRIED + 2)[1:-1]
    return low


def _held(scene: RadioScene, state: NetworkState, band: str) -> NDArray[np.bool_]:
    """Whether in each draw (draw,) every loaded radio of a band is free enough, and its cell keeps up."""
    needs = np.einsum("drq,dq->dr", state.waits, state.own)
    found = np.ones(len(needs), dtype=bool)
    for group in state.offered:
        if not len(group.which) or scene.radios[group.which[0]][1].band != band:
            continue
        busy = state.busy[:, group.which] > scene.design.requirement.max_busy_share
        fits = steady_state(group.cells, group.down_mbps, group.up_mbps, rounds=QUICK_ROUNDS).fits.reshape(busy.shape)
        found &= ~((needs[:, group.which] > 1e-9) & (busy | ~fits)).any(axis=1)
    return found


def _busy_factors(scene: RadioScene, state: NetworkState) -> dict[str, float]:
    """The factor of the crowd at which the busiest radio of each loaded band would be as busy as it may, in proportion."""
    needs, people, foreign = state.waits[0] @ state.own[0], state.people_share[0], scene.foreign_share
    # busy = factor (needs + people (1 - foreign)) + beacons + foreign; a billionth less, so that rounding breaks nothing.
    room = scene.design.requirement.max_busy_share - state.beacons_share[0] - foreign
    most = (1 - 1e-9) * ratio(np.maximum(room, 0.0), needs + people * (1 - foreign), 0.0)
    bands = np.array([radio.band for _, radio in scene.radios])
    loaded = {str(band): (needs > 1e-9) & (bands == band) for band in dict.fromkeys(bands)}
    return {band: float(most[mine].min()) for band, mine in loaded.items() if mine.any()}


def derated(scene: RadioScene, state: NetworkState) -> tuple[Margin, ...]:
    """People that the airtime carries by the published deratings: load over a part of the PHY rate, and nothing else counted."""
    devices, quality = state.devices, state.quality
    rate = scene.rates.rate_mbps.ravel()
    people = float(sum(one.people for one in scene.occupants.demands))
    rows = []
    for share in MARGIN_SHARES:
        seconds = np.where(
            quality.ok,
            devices.down_mbps / np.maximum(rate[quality.down], 1e-9) + devices.up_mbps / np.maximum(rate[quality.up], 1e-9),
            0.0,
        )
        busy = np.einsum("drq,dq->dr", state.waits, state.sums.of(seconds))[0] / share
        for band in dict.fromkeys(radio.band for _, radio in scene.radios):
            worst = max(float(busy[r]) for r, (_, radio) in enumerate(scene.radios) if radio.band == band)
            if worst > 0:
                rows.append(Margin(share=share, band=band, people=math.floor(people / worst)))
    return tuple(rows)
