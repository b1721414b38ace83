"""What people ask of the network: scenarios as data, persons from area, demand per zone.

A scenario (`scenarios.toml`) is a crowd, its devices and a mix of applications; each figure keeps its source or says that it is
an assumption, and the report prints them.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from floorplans import plan as floorplan
from floorplans.plan import PEOPLE_KINDS, FloorPlan, Zone
from wifiplan.airtime import wifi
from wifiplan.answer import Hour
from wifiplan.errors import DesignError
from wifiplan.files import read_toml
from wifiplan.model import MAX_PEOPLE_PER_M2, Assumption, Band, Demand, Design, Security

M2_PER_PERSON = {"guideline-2024": 3.5, "before-2024": 2.0, "kashiwa-long": 4.0, "kashiwa-short": 2.0}
"""Floor per person: Cabinet Office shelter guideline of 2024-12-13; usual before it; Kashiwa's two published capacities."""

KASHIWA_USABLE_SHARE = 0.70
"""Every capacity that Kashiwa publishes is floor(area x 0.70 / m2 a person): 30 % of the floor is kept free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with where it comes from: `source`, or `assumption` with the reason. Exactly one of them."""

    value: float
    source: str = ""
    assumption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One thing devices do. `share` is the part of active devices doing it at one moment; rates are while they do."""

    name: str
    share: Figure
    down_mbps: Figure
    up_mbps: Figure
    packet_bytes: Figure = Figure(value=1472, assumption="full packets of a 1,500-byte path")
    kind: Literal["text", "voice", "web", "upload", "video"] = "web"
    """What a full line carries first: `chain.PRIORITY`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKind:
    """Devices of one generation: `share` of all, what they can, and the power that they send with."""

    name: str
    share: Figure
    standard: Literal["n", "ac", "ax", "be"]
    streams: int
    bands: tuple[Band, ...]
    tx_power_dbm: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A situation to plan for. Shares are 0 to 1; `hours` has 24 shares of the peak's activity.

    `obstruction_db` is what people and partitions cost a path where one figure is wanted for all of them; where crowds are
    reckoned path by path (`capacity.paths`), `partitions_db` is what there is besides them.

    `clients` is what kinds of devices there are: in a file, the name of a list under `[clients]`. People come within `arrive_h`
    (0: they are there already) and stay for `stay_h` on average. A simulated day has `present`, (hour, share of its clients who
    are there), begins at `busiest_hour`, and shows the names of two networks, the public's and the staff's (`ssids`).
    """

    title_ja: str
    title_en: str
    devices_per_person: Figure
    associated_share: Figure
    active_share: Figure
    client_height_m: Figure
    obstruction_db: Figure
    applications: tuple[Application, ...]
    hours: tuple[float, ...]
    persons_per_m2: Figure | None = None
    persons: Figure | None = None
    partitions_db: Figure = Figure(value=0.0, assumption="no partitions")
    clients: tuple[ClientKind, ...] = ()
    security: Security = "open"
    arrive_h: Figure = Figure(value=0.0, assumption="they are there already")
    stay_h: Figure = Figure(value=12.0, assumption="half a day, then the device leaves the network")
    sessions_per_device: Figure = Figure(
        value=200, source="200-500 sessions a device [the lower end for every connected one assumed]"
    )
    guaranteed: bool = False
    name: str = ""
    present: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    busiest_hour: float = 20.0
    ssids: tuple[str, ...] = ("city-free-wifi", "staff")

    @property
    def down_mbps(self) -> float:
        """Mean of an active device."""
        return sum(app.share.value * app.down_mbps.value for app in self.applications)

    @property
    def up_mbps(self) -> float:
        """Mean of an active device."""
        return sum(app.share.value * app.up_mbps.value for app in self.applications)


for _type in (Figure, Application, ClientKind, Scenario):
    setattr(_type, "__pydantic_config__", ConfigDict(extra="forbid", allow_inf_nan=False))  # noqa: B010
_ADAPTER: TypeAdapter[dict[str, Scenario]] = TypeAdapter(dict[str, Scenario])
_CLIENTS: TypeAdapter[dict[str, list[ClientKind]]] = TypeAdapter(dict[str, list[ClientKind]])

DEFAULT_CLIENTS = "phones"
"""The list of devices of a scenario that names none."""

_SHARES = ("associated_share", "active_share")
_POSITIVE = ("persons_per_m2", "persons", "devices_per_person", "client_height_m", "stay_h")
_MOST = {
    "persons": 1e6,
    "persons_per_m2": MAX_PEOPLE_PER_M2,
    "devices_per_person": 100.0,
    "client_height_m": 20.0,
    "down_mbps": 1e5,
    "up_mbps": 1e5,
    "obstruction_db": 60.0,
    "partitions_db": 60.0,
    "packet_bytes": 2268.0,
    "arrive_h": 8760.0,
    "stay_h": 8760.0,
    "sessions_per_device": 65_536.0,
    "tx_power_dbm": 36.0,
}
"""Above these a figure is a slip of the keyboard: six people stand on a square metre (`model.MAX_PEOPLE_PER_M2`)."""


@cache
def scenarios() -> dict[str, Scenario]:
    """The scenarios that come with the program, by name."""
    return _ours()[0]


@cache
def _ours() -> tuple[dict[str, Scenario], dict[str, list[ClientKind]]]:
    text = files("wifiplan.capacity").joinpath("scenarios.toml").read_text(encoding="utf-8")
    return _parsed(tomllib.loads(text), where="scenarios.toml", known={})


def clients(name: str = DEFAULT_CLIENTS) -> tuple[ClientKind, ...]:
    """A list of devices that comes with the program."""
    return tuple(_ours()[1][name])


def read_scenarios(path: str | Path) -> dict[str, Scenario]:
    """Scenarios of one's own file, in the format of `scenarios.toml`.

    Raises
    ------
    DesignError
        Unknown or missing key, a figure without source or assumption, a share above 1, a negative number; names the place.
    """
    path = Path(path)
    data = read_toml(path, "give a TOML of scenarios")
    return _parsed(data, where=str(path), known=_ours()[1])[0]


def find_scenario(name: str, path: str | Path | None = None) -> Scenario:
    """One scenario by name; raises `DesignError` that lists the names there are."""
    found = scenarios() if path is None else read_scenarios(path)
    if name not in found:
        raise DesignError(f"no scenario {name!r}; use one of {', '.join(found)}")
    return found[name]


def _parsed(
    data: dict[str, Any], *, where: str, known: dict[str, list[ClientKind]]
) -> tuple[dict[str, Scenario], dict[str, list[ClientKind]]]:
    try:
        kinds = known | _CLIENTS.validate_python(data.pop("clients", {}))
        for name, table in data.items():
            if not isinstance(table, dict):
                continue
            table.setdefault("name", name)
            wanted = table.get("clients", DEFAULT_CLIENTS)
            if wanted not in kinds:
                raise DesignError(f"{where}: {name}.clients: no list of devices {wanted!r}; use one of {', '.join(kinds)}")
            table["clients"] = kinds[wanted]
        found = _ADAPTER.validate_python(data)
    except ValidationError as error:
        raise DesignError(f"{where}: {floorplan.first_error(error)}") from None
    for name, one in found.items():
        _check(one, where=f"{where}: {name}")
    return found, kinds


def _check(one: Scenario, *, where: str) -> None:
    for place, figure in _figures(one):
        if bool(figure.source) == bool(figure.assumption):
            raise DesignError(f"{where}.{place}: say either `source` or `assumption` beside the value")
        if figure.value < 0:
            raise DesignError(f"{where}.{place}: {figure.value:g} is negative; give 0 or more")
        leaf = place.rsplit(".", 1)[-1]
        if leaf in {*_SHARES, "share"} and figure.value > 1:
            raise DesignError(f"{where}.{place}: {figure.value:g} is a share; give 0 to 1")
        if figure.value > _MOST.get(leaf, math.inf):
            raise DesignError(f"{where}.{place}: {figure.value:g} is absurd; give at most {_MOST[leaf]:g}")
        if leaf in _POSITIVE and figure.value == 0:
            raise DesignError(f"{where}.{place}: must be above 0")
    if (one.persons_per_m2 is None) == (one.persons is None):
        raise DesignError(f"{where}: give either persons_per_m2 or persons")
    if not one.applications:
        raise DesignError(f"{where}.applications: give at least one")
    if sum(app.share.value for app in one.applications) > 1 + 1e-9:
        raise DesignError(f"{where}.applications: the shares add up to more than 1")
    if not math.isclose(sum(kind.share.value for kind in one.clients), 1.0, abs_tol=1e-6):
        raise DesignError(f"{where}.clients: the shares of the devices must add up to 1")
    for index, kind in enumerate(one.clients):
        if not kind.bands or not 1 <= kind.streams <= wifi.MAX_STREAMS[kind.standard]:
            most = wifi.MAX_STREAMS[kind.standard]
            raise DesignError(f"{where}.clients[{index}]: give at least one band, and 1 to {most} streams")
    if len(one.hours) != 24 or not all(0 <= share <= 1 for share in one.hours):
        raise DesignError(f"{where}.hours: give 24 shares from 0 to 1")
    hours = [hour for hour, _ in one.present]
    if not hours or hours != sorted(set(hours)) or not all(0 <= h < 24 and 0 <= share <= 1 for h, share in one.present):
        raise DesignError(f"{where}.present: give [hour, share] from 0 to below 24 h in order, each share from 0 to 1")
    if not 0 <= one.busiest_hour < 24:
        raise DesignError(f"{where}.busiest_hour: {one.busiest_hour:g} is no hour of a day; give 0 to below 24")
    if len(one.ssids) != 2 or not all(0 < len(name.encode()) <= 32 for name in one.ssids):
        raise DesignError(f"{where}.ssids: give two names, the public network's and the staff's, of 1 to 32 bytes each")


_OWN_FIGURES = (
    "persons_per_m2",
    "persons",
    "devices_per_person",
    "associated_share",
    "active_share",
    "client_height_m",
    "obstruction_db",
    "partitions_db",
    "arrive_h",
    "stay_h",
    "sessions_per_device",
)
_APPLICATION_FIGURES = ("share", "down_mbps", "up_mbps", "packet_bytes")


def _figures(one: Scenario) -> list[tuple[str, Figure]]:
    """Every figure with its place in the file."""
    found = [(name, figure) for name in _OWN_FIGURES if (figure := getattr(one, name)) is not None]
    for index, app in enumerate(one.applications):
        found += [(f"applications[{index}].{name}", getattr(app, name)) for name in _APPLICATION_FIGURES]
    for index, kind in enumerate(one.clients):
        found += [(f"clients[{index}].share", kind.share), (f"clients[{index}].tx_power_dbm", kind.tx_power_dbm)]
    return found


def assumptions(one: Scenario) -> tuple[Assumption, ...]:
    """Every figure of a scenario for the report; an assumption says so in `source`."""
    units = {"_m2": "1/m2", "_m": "m", "_mbps": "Mbit/s", "_dbm": "dBm", "_db": "dB", "_h": "h"}
    units |= {"share": "share", "bytes": "B"}
    rows: list[Assumption] = []

    def add(kind: str, figure: Figure, what: str, of: str = "") -> None:
        unit = next((unit for ending, unit in units.items() if kind.endswith(ending)), "")
        source = figure.source or f"assumption: {figure.assumption}"
        rows.append(Assumption(kind=kind, of=of, what=f"{one.name}: {what}", value=figure.value, unit=unit, source=source))

    for name in _OWN_FIGURES:
        if (figure := getattr(one, name)) is not None:
            add(name, figure, name)
    for app in one.applications:
        for leaf in _APPLICATION_FIGURES:
            add(f"application_{leaf}", getattr(app, leaf), f"{app.name}: {leaf}", of=app.name)
    # One row a kind of device; its power is in the list of devices.
    for kind in one.clients:
        add("device_share", kind.share, f"devices: {kind.name}", of=kind.name)
    return tuple(rows)


def persons(area_m2: float, m2_per_person: float, *, usable_share: float = 1.0) -> int:
    """People that a floor takes, rounded down as cities do.

    Examples
    --------
    >>> persons(1000, 3.5), persons(760, 2.0, usable_share=KASHIWA_USABLE_SHARE)
    (285, 266)
    """
    if not (area_m2 > 0 and m2_per_person > 0 and 0 < usable_share <= 1):
        raise DesignError("area_m2 and m2_per_person must be above 0, usable_share from 0 to 1")
    # 760 x 0.7 / 2 is 265.99999999999994 in binary: a millionth of a person is rounding, not a person short.
    return math.floor(area_m2 * usable_share / m2_per_person + 1e-6)


def places(floor_plan: FloorPlan) -> tuple[Zone, ...]:
    """Where people stay: the zones of `PEOPLE_KINDS`, or, in a plan without any, each level's whole outline under its name."""
    zones = tuple(zone for zone in floor_plan.zones if zone.kind in PEOPLE_KINDS)
    if zones:
        return zones
    return tuple(
        Zone(name=level.name, polygon_m=level.outline_m, kind="room", level=index)
        for index, level in enumerate(floor_plan.levels)
    )


def demands(
    floor_plan: FloorPlan,
    scenario: Scenario | str,
    *,
    persons: float | None = None,
    persons_per_m2: float | None = None,
    usable_share: float = 1.0,
) -> tuple[Demand, ...]:
    """What each place of the plan asks for in a scenario: the one rule for people, of every command.

    Parameters
    ----------
    scenario : Scenario or its name
    persons : float, optional
        All people in the building, spread over the places by area. Wins over any density.
    persons_per_m2 : float, optional
        Instead of the scenario's density.
    usable_share : float
        Of the floor, where people are so dense; a number of persons is what it is.

    Returns
    -------
    tuple of Demand
        One per place. A scenario with a fixed number (staff) puts everyone into the largest place.
    """
    one = find_scenario(scenario) if isinstance(scenario, str) else scenario
    for name, value in (("persons", persons), ("persons_per_m2", persons_per_m2)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise DesignError(f"{name} is {value:g}; give a number above 0")
    if not 0 < usable_share <= 1:
        raise DesignError(f"usable_share is {usable_share:g}; give a share of the floor, above 0 and at most 1")
    zones = places(floor_plan)
    area_m2 = sum(zone.area_m2 for zone in zones)
    if persons is None and one.persons is not None:
        zones = (max(zones, key=lambda zone: zone.area_m2),)
        people = [one.persons.value]
    elif persons is not None:
        people = [persons * zone.area_m2 / area_m2 for zone in zones]
    else:
        density = persons_per_m2 if persons_per_m2 is not None else (one.persons_per_m2 or Figure(value=0.0)).value
        people = [density * usable_share * zone.area_m2 for zone in zones]
    return tuple(
        Demand(
            zone=zone.name,
            people=round(count, 1),
            devices_per_person=one.devices_per_person.value,
            associated_share=one.associated_share.value,
            active_share=one.active_share.value,
            down_mbps=round(one.down_mbps, 4),
            up_mbps=round(one.up_mbps, 4),
            client_height_m=one.client_height_m.value,
            guaranteed=one.guaranteed,
        )
        for zone, count in zip(zones, people, strict=True)
    )


def of_design(design: Design) -> Scenario | None:
    """The scenario that a design was made for, where it is one of ours; of several ("a+b") the first."""
    return scenarios().get(design.scenario.replace("+", ",").split(",")[0].strip())


def obstruction_db(design: Design) -> float:
    """The one figure of what people and partitions cost every path, to set beside crowds path by path; 0 where none is said."""
    if design.obstruction_db is not None:
        return design.obstruction_db
    one = of_design(design)
    return 0.0 if one is None else one.obstruction_db.value


def day(one: Scenario, people: float, *, first_hour: int = 0) -> tuple[Hour, ...]:
    """A day hour by hour, from `first_hour` on, when the first of `people` come; they come evenly within `arrive_h`.

    People are those there at the end of the hour; `devices` the connected ones. Devices join as people come, and again when those
    who left for a while return: after a mean stay of `stay_h`.
    """
    rows = []
    for step in range(24):
        hour = (first_hour + step) % 24
        arrive_h = one.arrive_h.value
        here, before = (1.0 if arrive_h <= 0 else min(1.0, h / arrive_h) for h in (step + 1, step))
        devices = people * here * one.devices_per_person.value * one.associated_share.value
        came = people * (here - before) * one.devices_per_person.value * one.associated_share.value
        active = devices * one.active_share.value * one.hours[hour]
        rows.append(
            Hour(
                hour=hour,
                people=round(people * here, 1),
                devices=round(devices, 1),
                active=round(active, 1),
                down_mbps=round(active * one.down_mbps, 3),
                up_mbps=round(active * one.up_mbps, 3),
                # An arrival faster than an hour crowds its joins into that time.
                joins_per_min=round(came / (60 * min(1.0, arrive_h or 1.0)) + devices / (60 * one.stay_h.value), 2),
            )
        )
    return tuple(rows)
