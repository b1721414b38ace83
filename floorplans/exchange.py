"""Plans with access points for other programs: DXF and JWW for the drawing office, GeoPackage for GIS, OpenIntent for planners.

What is written can be read again: walls with material, heights, thickness and openings, levels, zones, slabs, and the marks.
A drawing office may move, add or delete a wall or a mark in the file: then that is what is read.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from floorplans.errors import FloorPlanError, UnsupportedFileError
from floorplans.plan import FloorPlan

WRITERS: dict[str, str] = {
    ".dxf": "floorplans._dxf_exchange",
    ".jww": "floorplans._jww_exchange",
    ".gpkg": "floorplans._gpkg",
    ".json": "floorplans._openintent",
}
"""Suffix -> the module whose `write` and `marks` take such a file. Imported when needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What one radio of a mark sends on."""

    band: str
    channel: int
    width_mhz: int
    tx_power_dbm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An access point as a drawing shows it; `height_m` is above the floor of `level`, `azimuth_deg` clockwise from +y."""

    name: str
    x_m: float
    y_m: float
    height_m: float
    level: int = 0
    model: str = ""
    key: str = ""
    azimuth_deg: float = 0.0
    tilt_deg: float = 0.0
    radios: tuple[Channel, ...] = ()

    @property
    def channels(self) -> str:
        """As people read it: `5: 36/80, 2.4: 1/20`."""
        return ", ".join(f"{one.band}: {one.channel}/{one.width_mhz}" for one in self.radios)


def write(plan: FloorPlan, marks: Sequence[Mark], path: Path) -> None:
    """Write a plan and its marks, whole or not at all; the suffix says which format.

    Raises
    ------
    UnsupportedFileError
        No writer for the suffix, or the library that it needs is not installed.
    FloorPlanError
        The file cannot be written, or the format cannot hold the plan.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise FloorPlanError(f"{path}: no such folder, or a folder itself; give a file name in a folder that there is")
    for number, mark in enumerate(marks):
        if not 0 <= mark.level < len(plan.levels):
            raise FloorPlanError(f"access_points[{number}] ({mark.name}) is on level {mark.level}, which the plan has not")
    _module(path).write(plan, tuple(marks), path)


def marks(path: Path) -> tuple[Mark, ...]:
    """The access points in a file that `write` wrote, in order of their names; read its plan by `floorplans.read`."""
    found: tuple[Mark, ...] = _module(path).marks(path)
    return tuple(sorted(found, key=lambda mark: mark.name))


def _module(path: Path) -> Any:
    name = WRITERS.get(path.suffix.lower())
    if name is None:
        raise UnsupportedFileError(
            f"{path}: no writer for {path.suffix or 'a file without suffix'}; give one of {', '.join(WRITERS)}"
        )
    return importlib.import_module(name)
