"""A place where one access point can hang: a candidate of ours, the planner's own, or one that is in use already."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely.geometry import Point, Polygon

from floorplans.plan import FloorPlan, Level, Slab
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Radio

Mount = Literal["truss", "ceiling", "wall", "rail", "pole", "given"]

MOUNTS: tuple[Mount, ...] = ("truss", "ceiling", "wall", "rail", "pole")
"""Kinds that are generated from a plan. "given" ones are the planner's own, or hang there already."""

BALL_HEIGHT_M = 5.0
"""Below this a ball hits what hangs in a hall: there it needs a guard (assumed)."""

ANTENNA_GAIN_DBI = {"omni": 0.0, "patch": 6.0}
"""Peak gain of each kind that is tried. 0 dBi over its whole half-space is what makers state for built-in antennas; 6 dBi of a
patch is assumed."""


_HEADROOM_M = 1.8
"""A slab lower than this above the floor is no ceiling (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place for one access point, with the axes and angles of `AccessPoint`. `height_m` is above the floor of `level`.

    `items` is what is bought for it: names of prices.toml and how many of each. `kept` names the access point that hangs
    there already.
    """

    x_m: float
    y_m: float
    height_m: float
    level: int = 0
    mount: Mount = "ceiling"
    antenna: str = "omni"
    azimuth_deg: float = 0.0
    tilt_deg: float = 0.0
    guard: bool = False
    outdoor: bool = False
    cable_m: float = 0.0
    cost_yen: float = 0.0
    items: tuple[tuple[str, int], ...] = ()
    kept: str = ""

    def access_point(self, name: str, radios: tuple[Radio, ...] = ()) -> AccessPoint:
        """The access point that would hang here."""
        return AccessPoint(
            name=name,
            x_m=self.x_m,
            y_m=self.y_m,
            height_m=self.height_m,
            level=self.level,
            antenna=self.antenna,
            azimuth_deg=self.azimuth_deg,
            tilt_deg=self.tilt_deg,
            radios=radios,
        )


def given(floor_plan: FloorPlan, x_m: float, y_m: float, height_m: float, *, level: int = 0) -> Spot:
    """A spot that the planner adds; priced later, with the others."""
    if not 0 <= level < len(floor_plan.levels):
        raise DesignError(f"added spot: level {level} does not exist; there are {len(floor_plan.levels)}, from 0")
    storey = floor_plan.levels[level]
    if not Polygon(storey.outline_m).buffer(1.0).contains(Point(x_m, y_m)):
        raise DesignError(f"added spot: ({x_m:g}, {y_m:g}) is outside {storey.name}; give metres in the plan's axes")
    if not 0 < height_m <= storey.height_m:
        raise DesignError(f"added spot: {height_m:g} m is not between floor and ceiling ({storey.height_m:g} m) of {storey.name}")
    if height_m > (clear_m := clear_height_m(floor_plan, storey, x_m, y_m)):
        raise DesignError(
            f"added spot: {height_m:g} m is above the roof at ({x_m:g}, {y_m:g}), which is {clear_m:.1f} m high there"
        )
    here = Point(x_m, y_m)
    in_hall = any(
        zone.kind == "hall" and zone.level == level and Polygon(zone.polygon_m).contains(here) for zone in floor_plan.zones
    )
    return Spot(x_m=x_m, y_m=y_m, height_m=height_m, level=level, mount="given", guard=in_hall and height_m < BALL_HEIGHT_M)


def hanging(access_point: AccessPoint) -> Spot:
    """The spot of an access point that hangs there already: it costs nothing to leave."""
    return Spot(
        x_m=access_point.x_m,
        y_m=access_point.y_m,
        height_m=access_point.height_m,
        level=access_point.level,
        mount="given",
        antenna=access_point.antenna,
        azimuth_deg=access_point.azimuth_deg,
        tilt_deg=access_point.tilt_deg,
        kept=access_point.name,
    )


def clear_height_m(floor_plan: FloorPlan, level: Level, x: float, y: float) -> float:
    """Floor to whatever is overhead at a place: the level's ceiling or a slab below it, a pitched roof included."""
    top = level.ceiling_m
    for z in slabs_at_m(floor_plan, x, y):
        if level.floor_m + _HEADROOM_M < z < top:
            top = z
    return top - level.floor_m


def slabs_at_m(floor_plan: FloorPlan, x: float, y: float) -> list[float]:
    """Heights above the datum of the slabs over and under a place."""
    surfaces = (_surface(slab) for slab in floor_plan.slabs)
    # On the ridge two slabs meet: it is under both.
    return [a * x + b * y + c for outline, (a, b, c) in surfaces if outline is not None and shapely.intersects_xy(outline, x, y)]


@functools.lru_cache(maxsize=4096)
def _surface(slab: Slab) -> tuple[Polygon | None, tuple[float, float, float]]:
    """A slab's outline as seen from above, None where it has no area, and (a, b, c) of its height a x + b y + c."""
    outline = Polygon([(vertex[0], vertex[1]) for vertex in slab.polygon_m])
    corners = np.array(slab.polygon_m)
    (a, b, c), *_ = np.linalg.lstsq(np.column_stack([corners[:, :2], np.ones(len(corners))]), corners[:, 2], rcond=None)
    shapely.prepare(outline)
    return outline if outline.is_valid else None, (float(a), float(b), float(c))
