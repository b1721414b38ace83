"""What a plan is made of: access points, people and their demand, the requirement, and the design that answers it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from floorplans import plan as floorplan
from floorplans.plan import FloorPlan
from wifiplan import answer
from wifiplan.answer import Capacity, Placement
from wifiplan.errors import DesignError
from wifiplan.files import read_json, read_toml

FORMAT = 2
"""Version of design.json. A file with a higher one is refused by name; one of format 1 is migrated."""

Band = Literal["2.4", "5", "6"]

MAX_PEOPLE_PER_M2 = 6.0
"""More people cannot stand on a floor; a larger figure is a slip of the keyboard (assumed: 5 is a packed train)."""

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """One radio of an access point. `planned_clients` is the plan's own figure; `client_limit` what it must not pass."""

    band: Band
    channel: int
    width_mhz: int = 20
    tx_power_dbm: float = 17.0
    antenna_gain_dbi: float = 0.0
    planned_clients: float | None = None
    client_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPoint:
    """A place with radios. `height_m` is above the floor of `level`.

    `key` is the device's own identity (MAC in lower case with colons, else its index) and joins live samples by `ap_key`;
    without it `name` joins by `ap`. `azimuth_deg` is clockwise from north (+y), `tilt_deg` is downwards.
    `model` names the equipment; with `lock` a new search leaves it where and as it is.
    """

    name: str
    x_m: float
    y_m: float
    height_m: float
    level: int = 0
    key: str | None = None
    antenna: str = "omni"
    azimuth_deg: float = 0.0
    tilt_deg: float = 0.0
    radios: tuple[Radio, ...] = ()
    why: str = ""
    model: str | None = None
    lock: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """People of one zone and what their devices ask for. Rates are per active device, at the peak.

    `guaranteed` ones (a staff SSID) are served before all others.
    """

    zone: str
    people: float
    devices_per_person: float
    associated_share: float
    active_share: float
    down_mbps: float
    up_mbps: float
    client_height_m: float = 1.0
    guaranteed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What the design must reach in every zone that has people.

    `coverage_share` of them have RSSI, and SINR down and up, with `confidence_share` under fading of `fading_db` (standard
    deviation; None: as far as maps of measured buildings were off at such a place); with `second_access_point`, RSSI from another
    one too. `max_clients_per_radio` None: what the model of each access point allows (`wifiplan.equipment.client_limit`).
    `served_share` of all people are served in nine of ten random crowds (`capacity.spread.DRAWS`).
    """

    min_rssi_dbm: float = -67.0
    min_sinr_db: float = 15.0
    coverage_share: float = 0.95
    max_busy_share: float = 0.7
    max_clients_per_radio: int | None = None
    confidence_share: float = 0.9
    fading_db: float | None = 4.0
    second_access_point: bool = False
    served_share: float = 0.95


Security = Literal["open", "owe", "wpa2", "wpa3"]
Positive = Annotated[float, Field(gt=0, le=1e7)]
NotNegative = Annotated[float, Field(ge=0, le=1e7)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ssid:
    """A network's name. On 6 GHz there is none that is open or WPA2 (802.11ax-2021, 12.12.2; Wi-Fi Alliance: WPA3 or OWE)."""

    name: str
    security: Security = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """A way out to the internet: what it really carries, not what its contract says."""

    name: str
    down_mbps: NotNegative
    up_mbps: NotNegative
    kind: Literal["fibre", "lte", "satellite"] = "fibre"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignBusy:
    """How much of a channel's time others take: neighbours and personal hotspots, from a scan or from the collectors."""

    band: Band
    channel: int
    busy_share: Annotated[float, Field(ge=0, le=1)]
    width_mhz: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Everything between the radios and the internet, and how the air is used. None is unknown: that link is not judged.

    Without `ssids` there is one, with the security of the scenario: 00000JAPAN is open.
    `uplinks` are in order of preference: the first is used, the next when it fails. `nat_sessions` and `map_e_ports` are what the
    router can hold, `poe_w` and `battery_wh` what the switch and the battery give; the battery is to last `battery_hours`.
    """

    ssids: tuple[Ssid, ...] = ()
    basic_rate_2g4_mbps: float = 1.0
    basic_rate_mbps: float = 6.0
    protection_11b: bool = False
    foreign: tuple[ForeignBusy, ...] = ()
    dhcp_addresses: Annotated[int, Field(ge=0, le=2**24)] | None = None
    dhcp_lease_s: Positive = 3600.0
    nat_sessions: Annotated[int, Field(ge=0, le=10**9)] | None = None
    map_e_ports: Annotated[int, Field(ge=0, le=65_535)] | None = None
    uplinks: tuple[Uplink, ...] = ()
    poe_w: NotNegative | None = None
    battery_wh: NotNegative | None = None
    battery_hours: Positive = 12.0
    access_point_w: Positive = 15.4
    other_w: NotNegative = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A figure that a design was reckoned with, for the report.

    `kind` is a stable code ("obstruction_db", "price", "application_share"), `of` the thing where there are several of a kind
    (an item, an application, a kind of device); `what` is the same in words. `source` begins with "assumption"
    where none is known.
    """

    kind: str
    what: str
    value: float
    unit: str
    source: str
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Our answer for one building: what `design.json` holds.

    `obstruction_db` (the loss by people and partitions in the way of every path), `client_power_dbm` (what the least device sends
    with), `power_above_client_db` (how much louder an access point may be), `reflections` (most of them on a path) and `country`
    (whose rules of channels and powers) are what it was reckoned with; None where that is not said: the
    scenario's or the program's own.
    `equipment` are the access point models of a file of one's own, as tables by name (`equipment.known_to`), so that they are
    known wherever the design is read; ours are known by name.
    `capacity` and `placement` are the answers that `wifiplan capacity` and `wifiplan place` printed for it, each with the hash of
    what it was computed from; `assumptions` says the same to readers, and nothing reads a figure there.
    """

    floor_plan: FloorPlan
    access_points: tuple[AccessPoint, ...]
    demands: tuple[Demand, ...] = ()
    requirement: Requirement = Requirement()
    network: Network = Network()
    scenario: str = ""
    obstruction_db: float | None = None
    client_power_dbm: float | None = None
    power_above_client_db: float | None = None
    reflections: int | None = None
    country: str | None = None
    equipment: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    capacity: Capacity | None = None
    placement: Placement | None = None
    assumptions: tuple[Assumption, ...] = ()
    revision: str | None = None
    author: str | None = None
    format: int = FORMAT


for _type in (Radio, AccessPoint, Demand, Requirement, Ssid, Uplink, ForeignBusy, Network, Assumption, Design):
    setattr(_type, "__pydantic_config__", _STRICT)  # noqa: B010
for _answer in (
    answer.Link,
    answer.Hour,
    answer.Spread,
    answer.RadioLoad,
    answer.ZoneService,
    answer.Margin,
    answer.UplinkService,
    answer.WhatIf,
    answer.Capacity,
    answer.Bound,
    answer.Seconds,
    answer.Failure,
    answer.BillRow,
    answer.SwitchPower,
    answer.Reason,
    answer.Reached,
    answer.Alternative,
    answer.YearsRow,
    answer.ModelTried,
    answer.LimitTried,
    answer.LeftOff,
    answer.Placement,
):
    setattr(_answer, "__pydantic_config__", _STRICT)  # noqa: B010
_ADAPTER: TypeAdapter[Design] = TypeAdapter(Design)
_NETWORK: TypeAdapter[Network] = TypeAdapter(Network)


def load(path: str | Path) -> Design:
    """Read a design.json; raises `DesignError` that names the file, the place in it and the way out."""
    path = Path(path)
    data = read_json(path, f"make one with `wifiplan place PLAN.json --scenario NAME --out {path}`")
    return from_json(data, where=str(path))


def from_json(data: Any, *, where: str) -> Design:
    """What `to_json` gave, of any format up to ours, as a design; `where` names it in errors."""
    if not isinstance(data, dict):
        raise DesignError(f"{where}: a design is a JSON object, this is a {type(data).__name__}")
    version = data.get("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        raise DesignError(f"{where}: format {version} is newer than this program's {FORMAT}; update wifiplan")
    try:
        design = _ADAPTER.validate_python(_fields(migrated(data) if version == 1 else data))
    except ValidationError as error:
        raise DesignError(f"{where}: {floorplan.first_error(error)}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise DesignError(
            f"{where}: its capacity, placement or assumptions are not as wifiplan writes them ({error}); compute them again"
        ) from None
    floorplan.check(design.floor_plan)
    return design


def load_network(path: str | Path) -> Network:
    """Read a TOML with the keys of `Network`; raises `DesignError` that names the file, the place in it and the way out."""
    path = Path(path)
    data = read_toml(path, "give a TOML with keys such as dhcp_addresses and nat_sessions")
    try:
        return _NETWORK.validate_python(data)
    except ValidationError as error:
        raise DesignError(f"{path}: {floorplan.first_error(error)}") from None


def to_json(design: Design) -> dict[str, Any]:
    """Plain JSON that `load` reads back to an equal design."""
    data = dict(json.loads(_ADAPTER.dump_json(replace(design, capacity=None, placement=None))))
    data["capacity"] = {} if design.capacity is None else answer.capacity_to_json(design.capacity)
    data["placement"] = {} if design.placement is None else answer.placement_to_json(design.placement)
    return data


def _fields(data: dict[str, Any]) -> dict[str, Any]:
    """What `to_json` gave as the fields of `Design`: an answer that is not there is empty."""
    found = dict(data)
    for name, fields in (("capacity", answer.capacity_fields), ("placement", answer.placement_fields)):
        found[name] = fields(data[name]) if data.get(name) else None
    return found


def save(design: Design, path: str | Path) -> None:
    """Write design.json whole or not at all."""
    floorplan.write_whole(Path(path), json.dumps(to_json(design), ensure_ascii=False, indent=1))


# ------------------------------------------------------------------------------------------- what an answer was computed from


def inputs_hash(design: Design, *, network: bool = True) -> str:
    """BLAKE2b of all that an answer about a design depends on, over canonical JSON: numbers as floats, keys in order.

    That is the plan, the access points with their equipment, the people, the requirement, the figures it was reckoned with and,
    with `network`, what lies between the radios and the internet (placement does not ask for it). Answers, words for readers and
    the identity of devices (`key`, `why`, `lock`, `planned_clients`) are left out.
    """
    points = tuple(
        replace(point, key=None, why="", lock=False, radios=tuple(replace(radio, planned_clients=None) for radio in point.radios))
        for point in design.access_points
    )
    asked = replace(design, access_points=points, capacity=None, placement=None, assumptions=(), revision=None, author=None)
    data = to_json(asked if network else replace(asked, network=Network()))
    for name in ("capacity", "placement", "assumptions", "revision", "author", "format"):
        del data[name]
    if not data["equipment"]:
        del data["equipment"]
    if data["requirement"]["served_share"] == Requirement().served_share:
        # Designs of before it was there were asked for the same.
        del data["requirement"]["served_share"]
    text = json.dumps(_canonical(data), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _canonical(value: Any) -> Any:
    """Whole numbers as floats: 8 m and 8.0 m are one length, before a file is written and after it is read."""
    if isinstance(value, dict):
        return {name: _canonical(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_canonical(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def stale(design: Design) -> tuple[Literal["capacity", "placement"], ...]:
    """The answers of a design that were computed for another plan, other access points, people, requirement or equipment.

    An answer that does not say what it was computed from (of a format 1 file) is not among them: nobody knows.
    """
    found: list[Literal["capacity", "placement"]] = []
    if design.capacity is not None and design.capacity.computed_from not in {"", inputs_hash(design)}:
        found.append("capacity")
    if design.placement is not None and design.placement.computed_from not in {"", inputs_hash(design, network=False)}:
        found.append("placement")
    return tuple(found)


# ------------------------------------------------------------------------------------------------------------- format 1


_OLD_WORDS = {
    "client power": "client_power_dbm",
    "access point above client power, at most": "power_above_client_db",
    "loss by people in the way": "placed_obstruction_db",
    "spacing of access points, at least": "min_spacing_m",
    "mounting height, at most": "max_height_m",
    "guard below": "guard_height_m",
}
"""What format 1 said in words only, and the codes that format 2 has for it."""


def migrated(data: dict[str, Any]) -> dict[str, Any]:
    """A design of format 1 as format 2: figures that stood in the words of its assumptions and links get keys of their own.

    What an answer was computed from is not known of such a file. The figures are those that format 1 was read by: the last of the
    scenario's own loss and the loss that placement had.
    """
    found = {**data, "format": FORMAT}
    scenario = str(data.get("scenario", ""))
    rows = [_old_assumption(dict(row), scenario) for row in data.get("assumptions") or ()]
    found["assumptions"] = [row for row, _ in rows]
    for row, own in rows:
        name = row["kind"].removeprefix("placed_")
        if own and name in {"obstruction_db", "client_power_dbm", "power_above_client_db"}:
            found[name] = row["value"]
    if capacity := data.get("capacity"):
        weakest = dict(capacity.get("weakest_link") or {"link": "unknown", "people": None})
        links = [_old_link(link) for link in (weakest, *weakest.pop("next", ()))]
        found["capacity"] = {
            **capacity,
            "weakest_link": {**links[0], "next": links[1:]},
            "margins": [{**row, "band": _old_link(row).get("band", "")} for row in capacity.get("margins", ())],
            "what_if": [_old_what_if(row) for row in capacity.get("what_if", ())],
        }
    return found


def _old_assumption(row: dict[str, Any], scenario: str) -> tuple[dict[str, Any], bool]:
    """With its `kind` and `of`, and whether it speaks of this design (not of another scenario's figure of that name)."""
    what = str(row["what"])
    if what in _OLD_WORDS:
        return row | {"kind": _OLD_WORDS[what]}, True
    if what.startswith("price: "):
        return row | {"kind": "price", "of": what.removeprefix("price: ").replace(" ", "_")}, True
    own = what.startswith(f"{scenario}: ")
    leaf = what.removeprefix(f"{scenario}: ") if own else what.partition(": ")[2] or what
    if leaf.startswith("devices: "):
        return row | {"kind": "device_share", "of": leaf.removeprefix("devices: ")}, own
    application, _, figure = leaf.rpartition(": ")
    return row | ({"kind": f"application_{figure}", "of": application} if application else {"kind": leaf}), own


def _old_link(link: dict[str, Any]) -> dict[str, Any]:
    """With the `kind`, `band` and `method` that format 1 put into one name."""
    kind, _, rest = str(link["link"]).partition(" ")
    known = {"link": link["link"], "people": link["people"], "what_moves_it": link.get("what_moves_it", ""), "kind": kind}
    if rest.endswith(" GHz"):
        return known | {"band": rest.removesuffix(" GHz")}
    return known | ({"method": rest} if rest else {})


def _old_what_if(row: dict[str, Any]) -> dict[str, Any]:
    links = {
        name: None if row[people] is None else _old_link({"link": row[link], "people": row[people]})
        for name, link, people in (("weakest", "link", "people"), ("radio_weakest", "radio_link", "radio_people"))
    }
    return {**row, **links}
