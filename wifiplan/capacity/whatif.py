"""What people get wrong, shown on a design of their own: the same building and crowd with one thing changed, row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import shapely

from wifiplan.airtime import wifi
from wifiplan.answer import Capacity, WhatIf
from wifiplan.capacity import paths
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.limits import is_radio_link
from wifiplan.capacity.scene import Behaviour
from wifiplan.capacity.spread import DRAWS
from wifiplan.capacity.wanted import wanted_of
from wifiplan.errors import DesignError, OutOfRangeError
from wifiplan.model import ForeignBusy, Ssid, Uplink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wifiplan.capacity.demand import Scenario
    from wifiplan.model import AccessPoint, Design, Radio

SSIDS = 8
"""Network names in the row that has many: what several carriers beside the city's own come to. Assumed."""
HOTSPOT_SHARE = 0.3
"""Busy share that personal hotspots take of every channel in the row that asks for them. Assumed."""
ONLY_2G4_SHARE = 0.1
"""Share of devices with 2.4 GHz only in the row that has them. Assumed."""
LOUDER_DB = 6.0
"""How much more every access point sends in the row that is louder: four times the power. Assumed."""
LTE = Uplink(name="LTE", down_mbps=50.0, up_mbps=10.0, kind="lte")
"""Line of one carrier's router. Assumed: it stands at a good place, shared with the neighbourhood's phones."""
SATELLITE = Uplink(name="satellite", down_mbps=166.0, up_mbps=18.0, kind="satellite")
"""Line of a satellite terminal: the lower figures of Starlink in Japan, February 2024: 166-262 Mbit/s down, 18-40 up."""


CROWDS = ((0.5, 1.0), (0.75, 1.0), (1.0, 1.0), (1.25, 1.0), (1.5, 1.0), (2.0, 1.0), (1.0, 0.5), (1.0, 2.0))
"""(people, devices of each) as shares of what the design was made for: fewer and more of either. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What the design does for other people than it was made for: of `people`, `served` by the mean and in nine of ten crowds."""

    people: float
    devices_per_person: float
    served: float
    served_p10: float


def crowds(
    design: Design,
    shares: Sequence[tuple[float, float]] = CROWDS,
    *,
    draws: int = DRAWS,
    progress: Callable[[float], None] | None = None,
) -> tuple[Crowd, ...]:
    """The design as it is with other numbers of people and devices, one row each of (share of people, share of devices).

    Raises
    ------
    DesignError
        As `capacity` does, and where nobody is in the design.
    """
    people = sum(one.people for one in design.demands)
    if people <= 0:
        raise DesignError("nobody is in the design: what other crowds get cannot be said; give demands")
    gains = paths.gains_of(design, demands=design.demands)
    rows = []
    for index, (more_people, more_devices) in enumerate(shares):
        demands = tuple(
            replace(one, people=one.people * more_people, devices_per_person=one.devices_per_person * more_devices)
            for one in design.demands
        )
        found = capacity(replace(design, demands=demands), gains_db=gains, draws=draws, with_links=False)
        tenth = found.spread["served"].p10 if "served" in found.spread else found.served
        devices = sum(one.people * one.devices_per_person for one in demands) / sum(one.people for one in demands)
        rows.append(
            Crowd(people=people * more_people, devices_per_person=round(devices, 3), served=found.served, served_p10=tenth)
        )
        if progress is not None:
            progress((index + 1) / len(shares))
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class _Change:
    name: str
    design: Design
    behaviour: Behaviour


def what_if(
    design: Design,
    *,
    scenario: Scenario | str | None = None,
    persons: float | None = None,
    persons_per_m2: float | None = None,
    usable_share: float = 1.0,
    behaviour: Behaviour | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[WhatIf, ...]:
    """The design as it is, then with one thing changed at a time. A change that this design cannot have is left out.

    Raises
    ------
    DesignError
        As `capacity` does.
    """
    behaviour = behaviour or Behaviour()
    wanted = wanted_of(design, scenario, persons, persons_per_m2, usable_share)
    chosen = next((one for one in wanted.scenarios if one is not None), None) if scenario is not None else None
    gains = paths.gains_of(design, demands=wanted.demands, scenario=chosen)

    def found(one: _Change) -> Capacity:
        return capacity(
            one.design,
            scenario=scenario,
            persons=persons,
            persons_per_m2=persons_per_m2,
            usable_share=usable_share,
            gains_db=gains,
            behaviour=one.behaviour,
        )

    first = _Change("as_designed", design, behaviour)
    base = found(first)
    changes = list(_changes(design, behaviour, base))
    rows = [_row(first, base, base)]
    for index, one in enumerate(changes):
        if progress is not None:
            progress((index + 1) / (len(changes) + 1))
        rows.append(_row(one, found(one), base))
    return tuple(rows)


def _row(one: _Change, found: Capacity, base: Capacity) -> WhatIf:
    before, after = base.goodput_mbps, found.goodput_mbps
    return WhatIf(
        change=one.name,
        weakest=found.links[0] if found.links else None,
        radio_weakest=next((link for link in found.links if is_radio_link(link)), None),
        served=found.served,
        goodput_mbps=after,
        busy_share=max(radio.busy_share for radio in found.radios),
        what=SAYS[one.name],
        goodput_change=round(after / before - 1, 4) if before > 0 else 0.0,
    )


def _changes(design: Design, behaviour: Behaviour, base: Capacity) -> Iterator[_Change]:
    """Everything that this design can have changed."""
    network = design.network
    clients = {ap.name: 0.0 for ap in design.access_points}
    for load in base.radios:
        clients[load.ap] += load.clients
    busiest = max(design.access_points, key=lambda ap: clients[ap.name])

    def points(name: str, access_points: tuple[AccessPoint, ...]) -> _Change:
        return _Change(name, replace(design, access_points=access_points), behaviour)

    yield points("one_more", (*design.access_points, _beside(busiest, design, "again")))
    yield points("doubled", (*design.access_points, *(_beside(ap, design, "again") for ap in design.access_points)))
    for width_mhz, name in ((40, "wide_40"), (80, "wide_80")):
        wide = tuple(_widened(ap, width_mhz) for ap in design.access_points)
        if wide != design.access_points:
            yield points(name, wide)
    single = _one_channel(design)
    if single != design.access_points:
        yield points("one_channel", single)
    yield points("louder", tuple(_louder(ap) for ap in design.access_points))
    bands = {radio.band for ap in design.access_points for radio in ap.radios}
    if "2.4" in bands and len(bands) > 1:
        yield points("no_2g4", tuple(_without(ap, "2.4") for ap in design.access_points))
    if len(design.access_points) > 1:
        yield points("failure", tuple(ap for ap in design.access_points if ap is not busiest))

    if len(network.ssids) < SSIDS:
        names = network.ssids or (Ssid(name="00000JAPAN"),)
        more = tuple(Ssid(name=f"more {number}") for number in range(SSIDS - len(names)))
        yield _Change("ssids_8", replace(design, network=replace(network, ssids=names + more)), behaviour)
    if "2.4" in bands:
        if network.basic_rate_2g4_mbps < 12:
            yield _Change("basic_rate", replace(design, network=replace(network, basic_rate_2g4_mbps=12.0)), behaviour)
        if not network.protection_11b:
            yield _Change("with_11b", replace(design, network=replace(network, protection_11b=True)), behaviour)
    yield _Change("only_2g4", design, replace(behaviour, only_2g4_share=ONLY_2G4_SHARE))
    used = dict.fromkeys((radio.band, radio.channel, radio.width_mhz) for ap in design.access_points for radio in ap.radios)
    others = tuple(
        ForeignBusy(band=band, channel=channel, width_mhz=width_mhz, busy_share=HOTSPOT_SHARE)
        for band, channel, width_mhz in used
    )
    yield _Change("hotspots", replace(design, network=replace(network, foreign=network.foreign + others)), behaviour)
    if len(network.uplinks) > 1:
        yield _Change("uplink_fails", replace(design, network=replace(network, uplinks=network.uplinks[1:])), behaviour)
    for name, line in (("lte", LTE), ("satellite", SATELLITE)):
        if not network.uplinks or network.uplinks[0].kind != line.kind:
            yield _Change(name, replace(design, network=replace(network, uplinks=(line,))), behaviour)


def _beside(ap: AccessPoint, design: Design, suffix: str) -> AccessPoint:
    """A copy some two metres off, towards the middle of its storey."""
    middle = shapely.Polygon(design.floor_plan.levels[ap.level].outline_m).centroid
    away = max(1.0, ((middle.x - ap.x_m) ** 2 + (middle.y - ap.y_m) ** 2) ** 0.5)
    x_m, y_m = (at + 2.0 * (to - at) / away for at, to in ((ap.x_m, middle.x), (ap.y_m, middle.y)))
    return replace(ap, name=f"{ap.name} {suffix}", key=None, x_m=x_m, y_m=y_m)


def _with_radios(ap: AccessPoint, change: Callable[[Radio], Radio | None]) -> AccessPoint:
    return replace(ap, radios=tuple(radio for one in ap.radios if (radio := change(one)) is not None))


def _widened(ap: AccessPoint, width_mhz: int) -> AccessPoint:
    def wide(radio: Radio) -> Radio:
        if radio.band == "2.4" or radio.width_mhz >= width_mhz:
            return radio
        try:
            wifi.max_eirp_dbm(radio.band, radio.channel, width_mhz)
        except OutOfRangeError:
            return radio
        return replace(radio, width_mhz=width_mhz)

    return _with_radios(ap, wide)


def _one_channel(design: Design) -> tuple[AccessPoint, ...]:
    first: dict[str, int] = {}
    for ap in design.access_points:
        for radio in ap.radios:
            first.setdefault(radio.band, radio.channel)
    return tuple(_with_radios(ap, lambda radio: replace(radio, channel=first[radio.band])) for ap in design.access_points)


def _louder(ap: AccessPoint) -> AccessPoint:
    return _with_radios(ap, lambda radio: replace(radio, tx_power_dbm=min(36.0, radio.tx_power_dbm + LOUDER_DB)))


def _without(ap: AccessPoint, band: str) -> AccessPoint:
    return _with_radios(ap, lambda radio: None if radio.band == band else radio)


SAYS = {
    "as_designed": "as designed",
    "one_more": "one more access point on channels already used",
    "doubled": "twice the access points on the same channels",
    "wide_40": "40 MHz channels",
    "wide_80": "80 MHz channels",
    "one_channel": "all access points on one channel",
    "louder": f"all access points {LOUDER_DB:g} dB louder",
    "no_2g4": "2.4 GHz off",
    "failure": "the fullest access point fails",
    "ssids_8": f"{SSIDS} network names (SSIDs)",
    "basic_rate": "lowest rate at 2.4 GHz raised to 12 Mbit/s",
    "with_11b": "an 802.11b device near",
    "only_2g4": f"{ONLY_2G4_SHARE:.0%} of the devices with 2.4 GHz only",
    "hotspots": f"personal hotspots take {HOTSPOT_SHARE:.0%} of every channel",
    "uplink_fails": "the first internet line fails",
    "lte": f"internet by LTE ({LTE.down_mbps:g} / {LTE.up_mbps:g} Mbit/s)",
    "satellite": f"internet by satellite ({SATELLITE.down_mbps:g} / {SATELLITE.up_mbps:g} Mbit/s)",
}
"""Each change in English; wording.toml has both languages."""
