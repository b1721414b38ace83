"""What a hand draws on a plan: walls pulled elsewhere, doors, windows, zones. Each takes a plan and gives the new one, checked.

Walls and openings are meant by where they are, not by a number: whoever else draws on the same plan changes numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from shapely.geometry import LineString
from shapely.geometry import Point as Spot

from floorplans.errors import FloorPlanError, GeometryError
from floorplans.plan import ZONE_KINDS, FloorPlan, Opening, Point, Wall, Zone, check

_SAME_M = 0.002
"""Two ends so near each other are one: coordinates are shown and sent to the millimetre."""
_SIZES_M = {"door": (0.0, 2.0), "window": (0.9, 2.1)}
"""Kind of opening -> lower and upper edge above the floor (assumed: usual ones of Japanese schools)."""
_MATERIALS = {"door": "wood", "window": "glass"}

Kind = Literal["door", "window"]


def wall_number(plan: FloorPlan, start_m: Point, end_m: Point) -> int:
    """The number of the wall between two points; raises where there is none, as after somebody else has changed it."""
    for number, wall in enumerate(plan.walls):
        if math.dist(wall.start_m, start_m) <= _SAME_M and math.dist(wall.end_m, end_m) <= _SAME_M:
            return number
    raise FloorPlanError(
        f"no wall from ({start_m[0]:g}, {start_m[1]:g}) to ({end_m[0]:g}, {end_m[1]:g}): it has been moved or deleted; "
        "choose again"
    )


def moved_wall(plan: FloorPlan, number: int, start_m: Point, end_m: Point) -> FloorPlan:
    """The plan with a wall between two other points; its doors and windows keep their share of its length."""
    wall = plan.walls[number]
    length_m = math.dist(start_m, end_m)
    if not math.isfinite(length_m) or length_m < 0.05:
        raise GeometryError("a wall of less than 5 cm: give it two points, or delete it")
    k = length_m / wall.length_m
    holes = tuple(replace(hole, u0_m=hole.u0_m * k, u1_m=hole.u1_m * k) for hole in wall.openings)
    return _with_wall(plan, number, replace(wall, start_m=start_m, end_m=end_m, openings=holes))


def without_walls(plan: FloorPlan, numbers: Sequence[int]) -> FloorPlan:
    """The plan without some walls; its outline stays as it is."""
    gone = set(numbers)
    kept = tuple(wall for number, wall in enumerate(plan.walls) if number not in gone)
    if not kept:
        raise GeometryError("that is every wall of the plan; delete fewer")
    return check(replace(plan, walls=kept))


def retyped_walls(plan: FloorPlan, numbers: Sequence[int], material: str) -> FloorPlan:
    """The plan with some walls of another material, each as thick as that material usually is."""
    meant = set(numbers)
    walls = (
        replace(wall, material=material, thickness_m=None) if number in meant else wall for number, wall in enumerate(plan.walls)
    )
    return check(replace(plan, walls=tuple(walls)))


def with_opening(
    plan: FloorPlan, number: int, at_m: Point, width_m: float, kind: Kind, *, level: int = 0, material: str | None = None
) -> FloorPlan:
    """The plan with a door or window in a wall, its middle where the wall is nearest to a point."""
    wall = plan.walls[number]
    line = LineString([wall.start_m, wall.end_m])
    if not 0.1 <= width_m <= wall.length_m:
        raise GeometryError(f"a {kind} of {width_m:g} m in a wall of {wall.length_m:.2f} m: give 0.1 m to the wall's length")
    u0 = min(max(0.0, line.project(Spot(at_m)) - width_m / 2), wall.length_m - width_m)
    low, high = _SIZES_M[kind]
    floor_m = plan.levels[level].floor_m
    z0, z1 = max(wall.z0_m, floor_m + low), min(wall.z1_m, floor_m + high)
    if any(u0 < hole.u1_m and hole.u0_m < u0 + width_m and z0 < hole.z1_m and hole.z0_m < z1 for hole in wall.openings):
        raise GeometryError(f"a {kind} there would lie over another opening; put it beside")
    hole = Opening(
        u0_m=round(u0, 4), u1_m=round(u0 + width_m, 4), z0_m=z0, z1_m=z1, material=material or _MATERIALS[kind], kind=kind
    )
    return _with_wall(plan, number, replace(wall, openings=(*wall.openings, hole)))


def moved_opening(plan: FloorPlan, number: int, at_m: Point, to_m: Point) -> FloorPlan:
    """The plan with the opening nearest to a point moved along its wall, as near to another point as it can be."""
    wall = plan.walls[number]
    one = _nearest_opening(wall, at_m)
    hole = wall.openings[one]
    wide_m = hole.u1_m - hole.u0_m
    middle_m = LineString([wall.start_m, wall.end_m]).project(Spot(to_m))
    u0 = round(min(max(0.0, middle_m - wide_m / 2), wall.length_m - wide_m), 4)
    moved = replace(hole, u0_m=u0, u1_m=round(u0 + wide_m, 4))
    others = tuple(other for index, other in enumerate(wall.openings) if index != one)
    if any(
        moved.u0_m < other.u1_m and other.u0_m < moved.u1_m and moved.z0_m < other.z1_m and other.z0_m < moved.z1_m
        for other in others
    ):
        raise GeometryError(f"a {hole.kind or 'door'} there would lie over another opening; put it beside")
    return _with_wall(plan, number, replace(wall, openings=(*others, moved)))


def without_opening(plan: FloorPlan, number: int, at_m: Point) -> FloorPlan:
    """The plan without the opening of a wall that is nearest to a point."""
    wall = plan.walls[number]
    nearest = _nearest_opening(wall, at_m)
    holes = tuple(hole for one, hole in enumerate(wall.openings) if one != nearest)
    return _with_wall(plan, number, replace(wall, openings=holes))


def _nearest_opening(wall: Wall, at_m: Point) -> int:
    if not wall.openings:
        raise FloorPlanError("that wall has no door or window")
    u = LineString([wall.start_m, wall.end_m]).project(Spot(at_m))
    return min(range(len(wall.openings)), key=lambda one: abs((wall.openings[one].u0_m + wall.openings[one].u1_m) / 2 - u))


def with_zone(plan: FloorPlan, name: str, polygon_m: Sequence[Point], kind: str, *, level: int = 0) -> FloorPlan:
    """The plan with one more zone: a room, or a keepout in which no access point may hang."""
    if kind not in ZONE_KINDS:
        raise FloorPlanError(f"{name}: no kind {kind!r}; one of {', '.join(ZONE_KINDS)}")
    if not name.strip():
        raise FloorPlanError("a zone needs a name; give one")
    if any(zone.name == name for zone in plan.zones):
        raise FloorPlanError(f"a zone is called {name!r} already; give it another name")
    zone = Zone(name=name, polygon_m=tuple((round(x, 4), round(y, 4)) for x, y in polygon_m), kind=kind, level=level)
    return check(replace(plan, zones=(*plan.zones, zone)))


def moved_zone(plan: FloorPlan, name: str, polygon_m: Sequence[Point]) -> FloorPlan:
    """The plan with other corners for a zone."""
    number = _zone_number(plan, name)
    zone = replace(plan.zones[number], polygon_m=tuple((round(x, 4), round(y, 4)) for x, y in polygon_m))
    return check(replace(plan, zones=(*plan.zones[:number], zone, *plan.zones[number + 1 :])))


def without_zone(plan: FloorPlan, name: str) -> FloorPlan:
    """The plan without a zone."""
    number = _zone_number(plan, name)
    return check(replace(plan, zones=(*plan.zones[:number], *plan.zones[number + 1 :])))


def _with_wall(plan: FloorPlan, number: int, wall: Wall) -> FloorPlan:
    return check(replace(plan, walls=(*plan.walls[:number], wall, *plan.walls[number + 1 :])))


def _zone_number(plan: FloorPlan, name: str) -> int:
    found = next((number for number, zone in enumerate(plan.zones) if zone.name == name), None)
    if found is None:
        raise FloorPlanError(
            f"no zone is called {name!r}; there are {', '.join(zone.name for zone in plan.zones[:12]) or 'none'}"
        )
    return found
