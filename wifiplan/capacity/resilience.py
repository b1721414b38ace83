"""What fails, and who is then without service: an access point, a switch, an uplink, a radar, a power cut, a weak switch.

Each case is the design with something taken away, put through the same capacity model with the same path gains: what is lost is
a difference of two answers of one model. How long it lasts is a rule of the standard (DFS) or unknown, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wifiplan import equipment
from wifiplan.airtime import wifi
from wifiplan.answer import Capacity
from wifiplan.capacity import chain, demand, paths
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.occupancy import standing_points_m
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Design, Radio
from wifiplan.prices import ports_per_switch, price_list
from wifiplan.radio.gains import GainMemory

Cause = Literal["access_point", "switch", "uplink", "radar", "restart", "power_15_4_w"]

POINTS = 300
"""Places in the whole building that stand for people and floor. Assumed: one for every 3 m2 of a gym of 900 m2."""

FALLBACK_POWER_DB = -3.0
"""Change of power on 802.3af, where makes switch off half of the chains. Assumed: see the data sheet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One thing that fails. `people` had service before and have none now; `area_m2` had the required signal before.

    `seconds` is how long the standard keeps it so; None where it lasts until somebody mends it. `people_text_voice` only for an
    uplink: of those who lose part of their service, how many keep text and voice on what is left. `model` is the equipment's, of
    one access point.
    """

    cause: Cause
    what: str
    access_points: tuple[str, ...]
    people: float
    area_m2: float
    zone: str | None
    seconds: float | None = None
    people_text_voice: float | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From this hour on these access points are off; `area_share` of the floor that had the signal still has it."""

    from_hour: float
    off: tuple[str, ...]
    on: int
    area_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """How to stretch a battery: `hours` with everything on, and the steps that reach `wanted_hours` (`lasts` says whether)."""

    wanted_hours: float
    hours: float
    steps: tuple[Step, ...]
    reached_hours: float
    lasts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Resilience:
    """Every single failure, worst first within its cause; `battery` is None where no battery is known."""

    people: float
    served: float
    losses: tuple[Loss, ...]
    battery: Battery | None
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Baseline:
    """The design's own answer, and the floor as points that hold `area_m2` each."""

    design: Design
    gains: GainMemory
    answer: Capacity
    points_m: NDArray[np.float64]
    area_m2: NDArray[np.float64]

    def signal(self, access_points: Sequence[AccessPoint]) -> NDArray[np.bool_]:
        """Where any band has the required signal with the required confidence."""
        asked = self.design.requirement
        found = np.zeros(len(self.points_m), dtype=bool)
        for band, frequency_mhz in wifi.FREQUENCY_MHZ.items():
            pairs = [(ap, radio.tx_power_dbm) for ap in access_points for radio in ap.radios if radio.band == band]
            if pairs:
                plan, points = self.design.floor_plan, [ap for ap, _ in pairs]
                gain = self.gains(plan, points, self.points_m, frequency_mhz=frequency_mhz)
                sure = np.array([power for _, power in pairs])[:, None] + gain
                sure -= self.gains.margin_db(asked, plan, points, self.points_m)
                found |= sure.max(axis=0) >= asked.min_rssi_dbm
        return found

    def loss(self, cause: Cause, what: str, left: Sequence[AccessPoint], *, gone: Sequence[str], **more: Any) -> Loss:
        """The difference between the design and what is `left` of it."""
        before, lost_m2 = self.signal(self.design.access_points), 0.0
        lost_m2 = float(self.area_m2[before & ~self.signal(left)].sum())
        served = {zone.zone: zone.served for zone in self.answer.zones}
        if any(ap.radios for ap in left):
            after = capacity(replace(self.design, access_points=tuple(left)), gains_db=self.gains)
            now = {zone.zone: zone.served for zone in after.zones}
        else:
            now = {}
        lost = {zone: max(0.0, people - now.get(zone, 0.0)) for zone, people in served.items()}
        worst = max(lost, key=lambda zone: (lost[zone], zone)) if sum(lost.values()) >= 0.5 else None
        return Loss(
            cause=cause,
            what=what,
            access_points=tuple(gone),
            people=round(sum(lost.values()), 1),
            area_m2=round(lost_m2, 1),
            zone=worst,
            **more,
        )


def resilience_of(
    design: Design,
    *,
    reflections: int = 2,
    battery_hours: float | None = None,
    switch_ports: int | None = None,
    causes: Sequence[Cause] | None = None,
    progress: Callable[[float], None] | None = None,
) -> Resilience:
    """Every single failure of the design, and how its battery can be stretched.

    Parameters
    ----------
    design : Design
        With people; its `network` says what uplinks and battery there are.
    reflections : int
        Greatest number of reflections on a path.
    battery_hours : float, optional
        How long service over the floor shall last without mains; by default the network's.
    switch_ports : int, optional
        Access points on one switch, in the design's order; by default those of the price list's switch.
    causes : sequence, optional
        Only these failures; all without it.
    progress : callable, optional
        Told the share done.

    Raises
    ------
    DesignError
        As `capacity` does; battery hours or ports that are not positive.
    """
    if battery_hours is not None and not battery_hours > 0:
        raise DesignError(f"battery hours {battery_hours:g}: give more than 0")
    ports = ports_per_switch(price_list()) if switch_ports is None else switch_ports
    if ports < 1:
        raise DesignError(f"{ports} ports a switch: give at least 1")
    baseline = _baseline(design, reflections)
    cases = [case for case in _cases(design, ports) if causes is None or case.cause in causes]
    losses = []
    for index, case in enumerate(cases):
        model = next((ap.model for ap in design.access_points if case.cause == "access_point" and ap.name == case.what), None)
        losses.append(baseline.loss(case.cause, case.what, case.left, gone=case.gone, seconds=case.seconds, model=model))
        if progress is not None:
            progress((index + 1) / (len(cases) + 1))
    losses += _uplinks(baseline)
    order: dict[str, int] = {}
    for one in losses:
        order.setdefault(one.cause, len(order))
    losses.sort(key=lambda one: (order[one.cause], -one.people, -one.area_m2, one.what))
    unknown = [name for name, told in (("uplink", design.network.uplinks), ("battery", design.network.battery_wh)) if not told]
    wanted = design.network.battery_hours if battery_hours is None else battery_hours
    return Resilience(
        people=baseline.answer.people,
        served=baseline.answer.served,
        losses=tuple(losses),
        battery=_battery(baseline, wanted),
        unknown=tuple(unknown),
    )


def to_json(found: Resilience) -> dict[str, Any]:
    """Plain JSON as `wifiplan resilience --json` prints."""
    return asdict(found)


def _baseline(design: Design, reflections: int) -> _Baseline:
    gains = paths.gains_of(replace(design, reflections=reflections))
    answer = capacity(design, gains_db=gains)
    zones = {zone.name: zone for zone in (*demand.places(design.floor_plan), *design.floor_plan.zones)}
    asked = {row.zone: row for row in design.demands if row.people > 0}
    rows: list[tuple[float, float, float, float]] = []
    for name, row in asked.items():
        zone = zones[name]
        at = standing_points_m(zone, max(6, POINTS // max(1, len(asked))))
        z_m = design.floor_plan.levels[zone.level].floor_m + row.client_height_m
        rows += [(x, y, z_m, zone.area_m2 / len(at)) for x, y in at]
    if not rows:
        raise DesignError("nobody is in the design: nothing can be lost; place it for people, or give demands")
    table = np.array(rows)
    return _Baseline(design, gains, answer, table[:, :3], table[:, 3])


@dataclass(frozen=True, slots=True)
class _Case:
    """One thing that fails: what is `left` of the access points, which are `gone`, and for how long."""

    cause: Cause
    what: str
    left: tuple[AccessPoint, ...]
    gone: tuple[str, ...]
    seconds: float | None = None


def _cases(design: Design, ports: int) -> list[_Case]:
    aps = design.access_points
    cases: list[_Case] = [_Case("access_point", ap.name, tuple(one for one in aps if one is not ap), (ap.name,)) for ap in aps]
    for number, start in enumerate(range(0, len(aps), ports), 1):
        gone = aps[start : start + ports]
        left = tuple(ap for ap in aps if ap not in gone)
        cases.append(_Case("switch", f"switch {number}", left, tuple(ap.name for ap in gone)))
    for channel, group in _radar_channels(design):
        silent = [ap.name for ap in aps if any(_hits(radio, channel) for radio in ap.radios)]
        left = _without(aps, lambda radio, channel=channel: _hits(radio, channel))  # type: ignore[misc]
        cases.append(_Case("radar", group, left, tuple(silent), wifi.DFS_CHECK_S))
    slow = [ap.name for ap in aps if any(_is_dfs(radio) for radio in ap.radios)]
    if slow:
        cases.append(_Case("restart", "power cut and restart", _without(aps, _is_dfs), tuple(slow), wifi.DFS_CHECK_S))
    if aps:
        known = equipment.known_to(design)
        weak = tuple(_fallen_back(ap, known) for ap in aps)
        cases.append(_Case("power_15_4_w", "802.3af only", weak, tuple(ap.name for ap in aps)))
    return cases


def _is_dfs(radio: Radio) -> bool:
    return wifi.is_dfs(radio.band, radio.channel, radio.width_mhz)


def _hits(radio: Radio, channel: int) -> bool:
    """Whether radar on a 20 MHz channel of 5 GHz silences the radio: any part of its channel does."""
    return radio.band == "5" and channel in wifi.members(radio.band, radio.channel, radio.width_mhz)


def _radar_channels(design: Design) -> list[tuple[int, str]]:
    """The 20 MHz channels on which radar would silence a radio, those that silence the same radios once."""
    found: dict[tuple[tuple[str, int, int], ...], int] = {}
    radios = sorted({(r.band, r.channel, r.width_mhz) for ap in design.access_points for r in ap.radios if _is_dfs(r)})
    for channel in sorted({part for band, at, width in radios for part in wifi.members(band, at, width)}):
        if not wifi.is_dfs("5", channel):
            continue
        hit = tuple((band, at, width) for band, at, width in radios if channel in wifi.members(band, at, width))
        found.setdefault(hit, channel)
    return [(channel, f"radar on channel {channel}") for channel in sorted(found.values())]


def _without(aps: Sequence[AccessPoint], silent: Callable[[Radio], bool]) -> tuple[AccessPoint, ...]:
    return tuple(replace(ap, radios=tuple(radio for radio in ap.radios if not silent(radio))) for ap in aps)


def _fallen_back(ap: AccessPoint, known: equipment.Models) -> AccessPoint:
    """What 12.95 W at the device (IEEE 802.3af, class 3) leave: what its model keeps then; else one radio, and less power."""
    if (model := known.get(ap.model or "")) is not None:
        try:
            less = model.at_poe("af")
        except DesignError:
            return replace(ap, radios=())
        kept = [radio for radio in ap.radios if radio.band in less.bands]
        return replace(
            ap,
            radios=tuple(
                replace(radio, tx_power_dbm=min(radio.tx_power_dbm, less.radio(radio.band).max_power_dbm)) for radio in kept
            ),
        )
    keep = [radio for radio in ap.radios if radio.band == "5"][:1] or list(ap.radios[:1])
    return replace(ap, radios=tuple(replace(radio, tx_power_dbm=radio.tx_power_dbm + FALLBACK_POWER_DB) for radio in keep))


def _uplinks(baseline: _Baseline) -> list[Loss]:
    """The first line fails: what the next one carries of all that is asked for; without a next one, nothing."""
    network, served = baseline.design.network, baseline.answer.served
    names = tuple(ap.name for ap in baseline.design.access_points)
    rows: list[Loss] = []
    lines = baseline.answer.uplinks
    zone = max(baseline.answer.zones, key=lambda one: one.served).zone if baseline.answer.zones else None
    for line, after in zip(network.uplinks, (*lines[1:], None), strict=False):  # without any line there is no case
        whole = 0.0 if after is None else min(served, float(after.people))
        spoken = 0.0 if after is None else min(served, float(after.people_text_voice))
        rows.append(
            Loss(
                cause="uplink",
                what=line.name,
                access_points=names,
                people=round(served - whole, 1),
                area_m2=0.0,
                zone=zone,
                people_text_voice=round(spoken, 1),
            )
        )
    return rows


def _battery(baseline: _Baseline, wanted_hours: float) -> Battery | None:
    """Switch off first what covers least that others do not; then each off as late as the energy allows.

    Every access point that is on draws the same, so the order alone decides what is covered, and the hours follow from the
    energy: with n on until t and fewer after it, the sum of watts x hours is what the battery gives.
    """
    network, aps = baseline.design.network, list(baseline.design.access_points)
    hours = chain.battery_hours(network, len(aps))
    if network.battery_wh is None or hours is None:
        return None
    energy_wh = chain.BATTERY_SHARE * network.battery_wh
    covered_m2 = float(baseline.area_m2[baseline.signal(aps)].sum())

    def share(left: Sequence[AccessPoint]) -> float:
        return float(baseline.area_m2[baseline.signal(left)].sum()) / covered_m2 if covered_m2 else 0.0

    steps = [Step(from_hour=0.0, off=(), on=len(aps), area_share=round(share(aps), 3))]
    order: list[tuple[str, float]] = []
    left = aps
    while len(left) > 1:
        best = max(left, key=lambda ap: (share([one for one in left if one is not ap]), -aps.index(ap)))
        left = [one for one in left if one is not best]
        order.append((best.name, share(left)))
    watts = [network.other_w + on * network.access_point_w for on in range(len(aps), 0, -1)]
    if hours >= wanted_hours or not order:
        return Battery(
            wanted_hours=wanted_hours,
            hours=round(hours, 1),
            steps=tuple(steps),
            reached_hours=round(hours, 1),
            lasts=hours >= wanted_hours,
        )
    # The fewest that have to go off: the battery lasts if all of those are off from the start.
    fewest = next((count for count, draw in enumerate(watts) if energy_wh / draw >= wanted_hours), len(watts) - 1)
    reached = energy_wh / watts[fewest]
    if reached < wanted_hours:
        off = tuple(name for name, _ in order)
        steps = [Step(from_hour=0.0, off=off, on=1, area_share=round(order[-1][1], 3))]
        return Battery(
            wanted_hours=wanted_hours, hours=round(hours, 1), steps=tuple(steps), reached_hours=round(reached, 1), lasts=False
        )
    # One more stays on for as long as the energy that is left over feeds it; those before it go off at once.
    at_once, later = order[: fewest - 1], order[fewest - 1]
    spare_wh = energy_wh - watts[fewest] * wanted_hours
    until = spare_wh / network.access_point_w
    if at_once:
        steps = [
            Step(
                from_hour=0.0,
                off=tuple(name for name, _ in at_once),
                on=len(aps) - len(at_once),
                area_share=round(at_once[-1][1], 3),
            )
        ]
    steps.append(
        Step(
            from_hour=round(until, 2),
            off=tuple(name for name, _ in order[:fewest]),
            on=len(aps) - fewest,
            area_share=round(later[1], 3),
        )
    )
    return Battery(wanted_hours=wanted_hours, hours=round(hours, 1), steps=tuple(steps), reached_hours=wanted_hours, lasts=True)
