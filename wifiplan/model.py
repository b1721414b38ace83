"""What a plan is made of: access points, people and their demand, the requirement, and the design that answers it."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from floorplans import plan as floorplan
from floorplans.plan import FloorPlan
from wifiplan.errors import DesignError

FORMAT = 1
"""Version of design.json. A file with a higher one is refused by name."""

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
    deviation); with `second_access_point`, RSSI from another one too.
    """

    min_rssi_dbm: float = -67.0
    min_sinr_db: float = 15.0
    coverage_share: float = 0.95
    max_busy_share: float = 0.7
    max_clients_per_radio: int = 50
    confidence_share: float = 0.9
    fading_db: float = 4.0
    second_access_point: bool = False


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
class Design:
    """Our answer for one building: what `design.json` holds.

    `capacity` and `placement` are the summaries that `wifiplan capacity` and `wifiplan place` printed for it;
    `assumptions` is a list of {what, value, unit, source} shown in the report.
    """

    floor_plan: FloorPlan
    access_points: tuple[AccessPoint, ...]
    demands: tuple[Demand, ...] = ()
    requirement: Requirement = Requirement()
    network: Network = Network()
    scenario: str = ""
    capacity: dict[str, Any] = field(default_factory=dict)
    placement: dict[str, Any] = field(default_factory=dict)
    assumptions: tuple[dict[str, Any], ...] = ()
    format: int = FORMAT


for _type in (Radio, AccessPoint, Demand, Requirement, Ssid, Uplink, ForeignBusy, Network, Design):
    setattr(_type, "__pydantic_config__", _STRICT)  # noqa: B010
_ADAPTER: TypeAdapter[Design] = TypeAdapter(Design)
_NETWORK: TypeAdapter[Network] = TypeAdapter(Network)


def load(path: str | Path) -> Design:
    """Read a design.json; raises `DesignError` that names the file, the place in it and the way out."""
    path = Path(path)
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DesignError(
            f"{path}: no such file; make one with `wifiplan place PLAN.json --scenario NAME --out {path}`"
        ) from None
    except (OSError, ValueError) as error:
        raise DesignError(f"{path}: not readable as JSON ({error}); give a file written by `wifiplan place`") from None
    if not isinstance(data, dict):
        raise DesignError(f"{path}: a design is a JSON object, this is a {type(data).__name__}")
    version = data.get("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        raise DesignError(f"{path}: format {version} is newer than this program's {FORMAT}; update wifiplan")
    try:
        design = _ADAPTER.validate_python(data)
    except ValidationError as error:
        raise DesignError(f"{path}: {floorplan.first_error(error)}") from None
    floorplan.check(design.floor_plan)
    return design


def load_network(path: str | Path) -> Network:
    """Read a TOML with the keys of `Network`; raises `DesignError` that names the file, the place in it and the way out."""
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DesignError(f"{path}: no such file; give a TOML with keys such as dhcp_addresses and nat_sessions") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DesignError(f"{path}: not readable as TOML ({error}); mend that line") from None
    try:
        return _NETWORK.validate_python(data)
    except ValidationError as error:
        raise DesignError(f"{path}: {floorplan.first_error(error)}") from None


def to_json(design: Design) -> dict[str, Any]:
    """Plain JSON that `load` reads back to an equal design."""
    return dict(json.loads(_ADAPTER.dump_json(design)))


def save(design: Design, path: str | Path) -> None:
    """Write design.json whole or not at all."""
    floorplan.write_whole(Path(path), json.dumps(to_json(design), ensure_ascii=False, indent=1))
