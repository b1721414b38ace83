"""The network that a design.json plans, as far as a simulation needs it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from collectors.config import first_fault
from collectors.errors import ConfigError
from collectors.files import read_json
from collectors.simulate.gear import AGENT_NAMES
from collectors.simulate.people import AccessPoint, Band, Radio, made_mac

_WAY_OUT = "give a design that `wifiplan place` wrote"
_NEWEST_FORMAT = 2
"""The keys that are read here are the same in 1 and 2."""
_CLIENTS_UNKNOWN = 10.0
"""Clients of a radio where a design says nothing of people (assumed)."""


class _Part(BaseModel):
    # A design has much that is not ours to read, so here unknown keys are let be.
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Radio(_Part):
    band: Band
    channel: int
    width_mhz: int = 20
    tx_power_dbm: float = 17.0
    planned_clients: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    client_limit: Annotated[int, Field(ge=1)] | None = None


class _AccessPoint(_Part):
    name: Annotated[str, Field(min_length=1)]
    key: str | None = None
    radios: tuple[_Radio, ...] = ()


class _Demand(_Part):
    people: Annotated[float, Field(ge=0)] = 0.0
    devices_per_person: Annotated[float, Field(ge=0)] = 0.0
    associated_share: Annotated[float, Field(ge=0, le=1)] = 1.0


class _FloorPlan(_Part):
    name: str = ""


class _Design(_Part):
    format: int = 1
    floor_plan: _FloorPlan = _FloorPlan()
    scenario: str = ""
    access_points: Annotated[tuple[_AccessPoint, ...], Field(min_length=1)]
    demands: tuple[_Demand, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNetwork:
    """What a design says of a network that can be simulated: its site, its scenario's name, its access points."""

    site: str
    scenario: str
    access_points: tuple[AccessPoint, ...]


def read_design(path: Path) -> PlannedNetwork:
    """Read a network from the documented keys of a design.json.

    Raises
    ------
    ConfigError
        It cannot be read, is newer than this program, or has no access points.
    """
    raw = read_json(path, _WAY_OUT)
    version = raw.get("format", 1) if isinstance(raw, dict) else None
    if isinstance(version, int) and version > _NEWEST_FORMAT:
        raise ConfigError(f"{path}: format {version} is newer than this program's {_NEWEST_FORMAT}; update wifiplan")
    try:
        design = _Design.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_fault(error)}; {_WAY_OUT}") from None
    names = list(AGENT_NAMES)
    for number, ap in enumerate(design.access_points):
        if ap.name in names:
            raise ConfigError(f"{path}: access_points[{number}].name: {ap.name} is another agent's name; names must differ")
        names.append(ap.name)
    site = design.floor_plan.name or path.stem
    share = _clients_of_a_radio(design)
    access_points = tuple(
        AccessPoint(
            name=ap.name,
            mac=_mac(ap.key, f"{site}/{ap.name}"),
            radios=tuple(
                Radio(
                    band=r.band,
                    channel=r.channel,
                    width_mhz=r.width_mhz,
                    tx_power_dbm=r.tx_power_dbm,
                    planned_clients=share if r.planned_clients is None else r.planned_clients,
                    client_limit=r.client_limit or 50,
                )
                for r in ap.radios
            ),
        )
        for ap in design.access_points
    )
    return PlannedNetwork(site=site, scenario=design.scenario, access_points=access_points)


def _clients_of_a_radio(design: _Design) -> float:
    """Give a radio of which the plan says nothing its part of everybody's devices."""
    devices = sum(d.people * d.devices_per_person * d.associated_share for d in design.demands)
    radios = sum(len(ap.radios) for ap in design.access_points)
    return devices / radios if devices and radios else _CLIENTS_UNKNOWN


def _mac(key: str | None, seed: str) -> bytes:
    """Give the design's own address, or a made one."""
    if key is not None and re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", key):
        return bytes.fromhex(key.replace(":", ""))
    return made_mac(seed)
