"""The people at which the links of the radios break: coverage, places, airtime."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime.cells import Cells, take
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
    """How many times each band's load fits: until the busiest radio passes `max_busy_share`, or a cell no longer keeps up.

    The second is `Steady.fits`: 95 of 100 packets within 100 ms, at most 1 in 100 lost. Interference and association
    change with the crowd, by leaps where one band is full of clients and the next takes the rest: the answer is that of the
    crowd at its own limit, found by halving, or, where all radios are full before (`room`), of the crowd that fills them.
    """
    found = _fitting(scene, state)
    least = min(found.values(), default=math.inf)
    if not (math.isfinite(least) and room > 0):
        return found

    def at(factor: float) -> NetworkState:
        return state if factor == 1.0 else state_of(scene, state.devices.scaled(factor), direction=None)

    low, high, full = (1.0, math.inf, set[str]())
    if least < 1:
        low, high, full = 0.0, 1.0, {band for band in found if found[band] < 1}
    guess = min(max(least, 0.01), room)
    for _ in range(8):
        failing = _failing(scene, at(guess))
        if failing:
            high, full = guess, failing
        else:
            low = guess
        if low >= room * 0.999 or high / max(low, 1e-9) < 1.03 or (low == least and not failing):
            break
        guess = math.sqrt(low * high) if low > 0 and high < math.inf else guess * (0.5 if failing else 2.0)
    if low == 0.0:
        return found
    found = _fitting(scene, at(low))
    return {band: min(low * factor, high if band in full else math.inf) for band, factor in found.items()}


def _failing(scene: RadioScene, state: NetworkState) -> set[str]:
    """Bands with a radio that is too busy, or whose cell does not keep up, with the crowd as it is."""
    failing = set()
    for group in state.offered:
        loaded = (state.waits[0] @ state.own[0])[group.which] > 1e-9
        if not loaded.any():
            continue
        fits = steady_state(group.cells, group.down_mbps, group.up_mbps, rounds=QUICK_ROUNDS).fits
        busy = state.busy[0, group.which] > scene.design.requirement.max_busy_share
        if (loaded & (busy | ~fits)).any():
            failing.add(scene.groups[scene.group[group.which[0]]][0])
    return failing


def _fitting(scene: RadioScene, state: NetworkState) -> dict[str, float]:
    """The factor by which the clients of each band may grow as they stand."""
    if not state.offered:
        return {}
    order = np.concatenate([group.which for group in state.offered])
    bands = np.array([scene.groups[scene.group[r]][0] for r in order])
    cells = Cells(**{name: np.concatenate([getattr(group.cells, name) for group in state.offered]) for name in Cells.__slots__})
    down, up = (np.concatenate([getattr(group, name) for group in state.offered]) for name in ("down_mbps", "up_mbps"))
    needs, people = (state.waits[0] @ state.own[0])[order], state.people_share[0][order]
    foreign, loaded = scene.foreign_share[order], needs > 1e-9
    # busy = factor (needs + people (1 - foreign)) + beacons + foreign
    room = scene.design.requirement.max_busy_share - state.beacons_share[0][order] - foreign
    most = np.where(loaded, ratio(np.maximum(room, 0.0), needs + people * (1 - foreign), 0.0), math.inf)
    chosen = np.flatnonzero(loaded & (most > 0))
    factors = most.copy()
    if len(chosen):
        factors[chosen] = _fitting_factors(
            take(cells, chosen),
            down[chosen],
            up[chosen],
            most=most[chosen],
            people_share=people[chosen],
            foreign_share=foreign[chosen],
        )
    return {str(band): float(factors[bands == band].min()) for band in dict.fromkeys(bands) if loaded[bands == band].any()}


def _fitting_factors(
    cells: Cells,
    down_mbps: Floats,
    up_mbps: Floats,
    *,
    most: Floats,
    people_share: Floats,
    foreign_share: Floats,
) -> Floats:
    """The largest factor (c,), up to `most`, by which the clients of each cell may grow and still be served well."""
    steps = 24
    count = len(most)
    low, high = np.zeros(count), most.copy()
    many = take(cells, np.tile(np.arange(count), steps))
    down, up = np.tile(down_mbps, (steps, 1)), np.tile(up_mbps, (steps, 1))
    for _ in range(2):
        factors = low + (high - low) * (np.arange(1, steps + 1) / steps)[:, None]
        taken = 1 - (1 - np.minimum(people_share * factors, 0.99)) * (1 - foreign_share)
        larger = replace(many, clients=many.clients * factors.ravel()[:, None], taken_share=taken.ravel())
        good = steady_state(larger, down, up, rounds=QUICK_ROUNDS).fits.reshape(steps, count)
        # Up to the first step that does not fit.
        fitting = np.cumprod(good, axis=0).sum(axis=0)
        ladder = np.vstack((low, factors))
        low, high = ladder[fitting, np.arange(count)], ladder[np.minimum(fitting + 1, steps), np.arange(count)]
        if (low >= high).all():
            break
    return low


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
