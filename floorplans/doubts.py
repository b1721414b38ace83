"""What is doubtful in a plan that can be used: one check for all formats, each finding with its place and the way to mend it."""

from __future__ import annotations

import math

import shapely
from shapely.geometry import Polygon

from floorplans.plan import FloorPlan

LARGEST_M = 200.0
WIDEST_DOOR_M = 8.0
TALLEST_M = 40.0
"""Beyond these, a plan of a public building is looked at twice. Assumed."""

_FREE_END_M = 0.15
_MOST = 3


def doubts(plan: FloorPlan, *, published_area_m2: float | None = None) -> list[str]:
    """Sentences about walls that meet nothing, zones that overlap or lie outside, sizes that no building has.

    Parameters
    ----------
    plan : FloorPlan
        One that passed `plan.check`.
    published_area_m2 : float, optional
        The floor area that a register gives for the building; more than a tenth off is said.
    """
    return [*_free_ends(plan), *_zones(plan), *_sizes(plan), *_area(plan, published_area_m2)]


def _free_ends(plan: FloorPlan) -> list[str]:
    out = []
    for level in plan.levels:
        walls = [wall for wall in plan.walls if wall.z0_m < level.ceiling_m and wall.z1_m > level.floor_m and wall.length_m > 0]
        if not walls:
            continue
        lines = shapely.linestrings([[wall.start_m, wall.end_m] for wall in walls])
        tree = shapely.STRtree(lines)
        free = []
        for index, wall in enumerate(walls):
            for end in (wall.start_m, wall.end_m):
                reach = _FREE_END_M + (wall.thickness_m or 0.0) / 2
                if len(tree.query(shapely.Point(end), predicate="dwithin", distance=reach)) < 2:
                    free.append((index, end))
        if free:
            places = ", ".join(f"({x:.1f}, {y:.1f})" for _, (x, y) in free[:_MOST])
            more = f" and {len(free) - _MOST} more" if len(free) > _MOST else ""
            storey = f" on {level.name}" if len(plan.levels) > 1 else ""
            out.append(
                f"{len(free)} ends of walls meet no other wall{storey}: at {places}{more}; draw what is missing with "
                "`wifiplan floorplan-edit --wall`"
            )
    return out


def _zones(plan: FloorPlan) -> list[str]:
    out = []
    for number, level in enumerate(plan.levels):
        outline = Polygon(level.outline_m).buffer(0.2)
        zones = [(zone, Polygon(zone.polygon_m)) for zone in plan.zones if zone.level == number]
        outside = [
            zone.name
            for zone, shape in zones
            if zone.kind != "outdoor" and shape.difference(outline).area > 0.05 * shape.area + 0.5
        ]
        if outside:
            out.append(
                f"zones outside the outline of {level.name}: {', '.join(outside[:_MOST])}; correct the zone or the outer wall"
            )
        shapes = [shape for _, shape in zones]
        tree = shapely.STRtree(shapes)
        pairs = [
            (zones[one][0].name, zones[two][0].name)
            for one, two in zip(*tree.query(shapes, predicate="intersects"), strict=True)
            if one < two
            and "keepout" not in (zones[one][0].kind, zones[two][0].kind)
            and shapes[one].intersection(shapes[two]).area > 0.05 * min(shapes[one].area, shapes[two].area) + 0.2
        ]
        if pairs:
            named = ", ".join(f"{one} and {two}" for one, two in pairs[:_MOST])
            out.append(f"zones overlap on {level.name}: {named}; people there would count twice")
    return out


def _sizes(plan: FloorPlan) -> list[str]:
    out = []
    x0, y0, x1, y1 = plan.extent_m
    if max(x1 - x0, y1 - y0) > LARGEST_M:
        out.append(f"the building is {x1 - x0:.0f} x {y1 - y0:.0f} m: check the scale, or that this is one building")
    out += [
        f"{level.name} is {level.height_m:g} m high: give --height-m"
        for level in plan.levels
        if not 1.8 <= level.height_m <= TALLEST_M
    ]
    wide = [
        (wall, hole)
        for wall in plan.walls
        for hole in wall.openings
        if hole.u1_m - hole.u0_m > WIDEST_DOOR_M and hole.material != "glass"
    ]
    if wide:
        wall, hole = wide[0]
        x, y = wall.start_m
        out.append(
            f"{len(wide)} openings are wider than {WIDEST_DOOR_M:g} m, the first ({hole.u1_m - hole.u0_m:.1f} m) in the wall at "
            f"({x:.1f}, {y:.1f}): check the scale"
        )
    return out


def _area(plan: FloorPlan, published_m2: float | None) -> list[str]:
    if published_m2 is None or not published_m2 > 0 or not math.isfinite(published_m2):
        return []
    share = plan.area_m2 / published_m2 - 1.0
    if abs(share) <= 0.1:
        return []
    return [f"{plan.area_m2:.0f} m2 drawn, {published_m2:.0f} m2 published ({share:+.0%}): check the scale and the storeys"]
