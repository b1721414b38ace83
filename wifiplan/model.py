"""What a plan is made of: access points, people and their demand, the requirement, and the design that answers it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from floorplans import plan as floorplan
from floorplans.plan import FloorPlan
from wifiplan.errors import DesignError

FORMAT = 1
"""Version of design.json. A file with a higher one is refused by name."""

Band = Literal["2.4", "5", "6"]

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
    """People of one zone and what their devices ask for. Rates are per active device, at the peak."""

    zone: str
    people: float
    devices_per_person: float
    associated_share: float
    active_share: float
    down_mbps: float
    up_mbps: float
    client_height_m: float = 1.0


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
    scenario: str = ""
    capacity: dict[str, Any] = field(default_factory=dict)
    placement: dict[str, Any] = field(default_factory=dict)
    assumptions: tuple[dict[str, Any], ...] = ()
    format: int = FORMAT


for _type in (Radio, AccessPoint, Demand, Requirement, Design):
    setattr(_type, "__pydantic_config__", _STRICT)  # noqa: B010
_ADAPTER: TypeAdapter[Design] = TypeAdapter(Design)


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


def to_json(design: Design) -> dict[str, Any]:
    """Plain JSON that `load` reads back to an equal design."""
    return dict(json.loads(_ADAPTER.dump_json(design)))


def save(design: Design, path: str | Path) -> None:
    """Write design.json whole or not at all."""
    floorplan.write_whole(Path(path), json.dumps(to_json(design), ensure_ascii=False, indent=1))
