"""The candidate spots of a plan: every place where an access point could hang, with its cable and its cost."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import unary_union

from floorplans.plan import FloorPlan, Level, Wall, Zone
from wifiplan.capacity import demand
from wifiplan.errors import PlacementError
from wifiplan.placement.bill import bought, priced
from wifiplan.placement.cables import MAX_CABLE_M, default_switch_m
from wifiplan.placement.spot import BALL_HEIGHT_M, MOUNTS, Mount, Spot, clear_height_m, slabs_at_m
from wifiplan.prices import Prices, price_list

MAX_HEIGHT_M = 10.0
"""Above this nobody services an access point without scaffolding, and its cell is the whole hall anyway (assumed)."""

STAGE_FRONT_M = 2.0
"""Nothing hangs this near to a stage: curtains, lights, sight lines (assumed)."""

EXIT_M = 1.0
"""Nothing hangs this near to a door, beside it or above: the exit's sign and its way stay free (assumed)."""

BELOW_CEILING_M = 0.3
"""An access point hangs this far below the ceiling (assumed)."""

_MOST_PLACES = 4
"""Places where switches stand, at most, in a building that one does not reach (assumed)."""
_FROM_WALL_M = 0.3
"""The middle of an access point on a wall is this far in front of it (assumed)."""
_WALL_HEIGHTS_M = (2.5,)
_HALL_WALL_HEIGHTS_M = (3.0, 5.5)
"""Heights above the floor that are tried on walls: out of reach of hands, in a hall also above the ball (assumed)."""
_POLE_M = 4.0
"""Height of a pole outdoors (assumed)."""
_RAIL_M = 1.0
"""Height of a gallery's rail above its floor (assumed)."""
_DOOR_SILL_M, _DOOR_TOP_M = 0.3, 1.8
"""An opening that starts no higher and ends no lower is one that people walk through (assumed)."""
_GALLERY_SHARE = 0.6
"""A gallery's floor is below this share of the level's height (assumed)."""
_SHORTEST_EDGE_M = 1.0
"""A shorter piece of wall carries no spot (assumed)."""
_WALL_TILT_DEG, _CEILING_TILT_DEG = 30.0, 90.0
"""Downward tilt of a patch on a wall (assumed) and under a ceiling."""


def candidates(
    floor_plan: FloorPlan,
    *,
    pitch_m: float = 5.0,
    mounts: Sequence[Mount] = MOUNTS,
    antennas: Sequence[str] = ("omni",),
    switch_m: tuple[float, float] | None = None,
    max_cable_m: float = MAX_CABLE_M,
    forbidden_m: Sequence[Polygon] = (),
    zones: Sequence[str] = (),
    price: Prices | None = None,
    places_m: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> tuple[Spot, ...]:
    """Every place the plan offers, in a fixed order: by level, zone, then rows from the south-west.

    Parameters
    ----------
    floor_plan : FloorPlan
        With zones; spots are in halls, rooms, classrooms and corridors, never in a keepout zone.
    pitch_m : float
        Between the spots of the ceiling grid and along walls. Every zone has at least one spot, at its middle.
    mounts : sequence of Mount
        A ceiling higher than 5 m above the floor of a hall is called truss; rails are the edges of galleries, poles stand
        around outdoor zones.
    antennas : sequence of "omni", "patch"
        Each gives a spot of its own. Patches look into the room: down from a ceiling, inwards from a wall.
    switch_m : (x, y), optional
        Of the PoE switch: the middle of the first store, else of the first entrance, else the corner of the building.
    max_cable_m : float
        Limit of a run along the walls.
    forbidden_m : sequence of polygons
        Nothing hangs in these.
    zones : sequence of str
        Outdoor zones that are to be served.
    price : Prices, optional
        Instead of those that come with the program.
    places_m : mapping of zone to (x, y), optional
        Only under the ceiling of these zones, at these places instead of a grid; what may not hang there is left out.

    Raises
    ------
    PlacementError
        When nothing is left, saying what took the last one away.
    """
    keepout = [Polygon(zone.polygon_m) for zone in floor_plan.zones if zone.kind == "keepout"]
    stages = [Polygon(zone.polygon_m).buffer(STAGE_FRONT_M) for zone in floor_plan.zones if zone.kind == "stage"]
    taken = {"in a forbidden zone": unary_union(keepout + list(forbidden_m)), "in front of the stage": unary_union(stages)}
    dropped: Counter[str] = Counter()
    allowed: list[Spot] = []
    for index, level in enumerate(floor_plan.levels):
        solid = [wall for wall in floor_plan.walls if wall.z1_m > level.floor_m and wall.z0_m < level.ceiling_m]
        exits = [exit_ for wall in solid for exit_ in _exits(wall, level)]
        for zone in mountable(floor_plan, index, zones):
            if places_m is None:
                offered = _of_zone(floor_plan, level, zone, solid, pitch_m)
            else:
                offered = _overhead(floor_plan, level, zone, places_m.get(zone.name, ()))
            for spot in offered:
                here = Point(spot.x_m, spot.y_m)
                cause = next((name for name, area in taken.items() if area.intersects(here)), None)
                if spot.mount == "wall" and any(spot.height_m < top_m and area.intersects(here) for area, top_m in exits):
                    cause = "at an exit"
                if spot.mount not in mounts:
                    cause = f"not on a {' or '.join(mounts)}"
                if cause is None:
                    allowed.append(replace(spot, level=index))
                else:
                    dropped[cause] += 1
    table = price or price_list()
    near = _in_reach(floor_plan, allowed, switch_m, max_cable_m, table)
    dropped[f"more than {max_cable_m:g} m of cable from the switch"] += len(allowed) - len(near)
    if not near:
        causes = ", ".join(f"{count} {name}" for name, count in dropped.most_common() if count)
        raise PlacementError(
            f"{floor_plan.name}: nowhere to hang an access point: of {dropped.total()} places, "
            f"{causes or 'none is in a zone for people'}; free a zone, allow another mount or move the switch"
        )
    return tuple(_with_antenna(spot, antenna, table) for spot in near for antenna in antennas)


def _in_reach(
    floor_plan: FloorPlan, allowed: Sequence[Spot], switch_m: tuple[float, float] | None, max_cable_m: float, table: Prices
) -> list[Spot]:
    """The spots that a cable reaches, with their prices, in the order given.

    Where the planner did not say where the switch is, a large building has further ones: dozens of access points need several in
    any case, and they need not stand in one place. Each next one is at the corner of the building furthest from those there are.
    """
    found: dict[int, Spot] = {}
    places = [switch_m or default_switch_m(floor_plan)]
    left = list(range(len(allowed)))
    for _ in range(1 if switch_m is not None else _MOST_PLACES):
        runs = priced(floor_plan, [allowed[index] for index in left], switch_m=places[-1], price=table)
        found |= {index: spot for index, spot in zip(left, runs, strict=True) if spot.cable_m <= max_cable_m}
        left = [index for index in left if index not in found]
        if not left:
            break
        corners = [corner for level in floor_plan.levels for corner in level.outline_m]
        places.append(max(corners, key=lambda corner: min(math.dist(corner, place) for place in places)))
    return [found[index] for index in sorted(found)]


def _with_antenna(spot: Spot, antenna: str, table: Prices) -> Spot:
    if antenna == "omni":
        return spot
    tilt_deg = _CEILING_TILT_DEG if spot.mount in {"truss", "ceiling"} else _WALL_TILT_DEG
    return bought(replace(spot, antenna=antenna, tilt_deg=tilt_deg), table)


def mountable(floor_plan: FloorPlan, level: int, outdoors: Sequence[str] = ()) -> list[Zone]:
    """The zones of a level where access points may hang: where people are, where they walk, and these outdoor ones."""
    walked = [zone for zone in floor_plan.zones if zone.kind in {"corridor", "gallery"}]
    outside = [zone for zone in floor_plan.zones if zone.kind == "outdoor" and zone.name in outdoors]
    return [zone for zone in (*demand.places(floor_plan), *walked, *outside) if zone.level == level]


def _of_zone(floor_plan: FloorPlan, level: Level, zone: Zone, walls: Sequence[Wall], pitch_m: float) -> list[Spot]:
    area = Polygon(zone.polygon_m)
    if zone.kind == "outdoor":
        return _along(area, pitch_m, -_FROM_WALL_M, _POLE_M, "pole", outdoor=True)
    if zone.kind == "gallery":
        slab_m = _slab_under_m(floor_plan, level, area)
        return _along(area, pitch_m, 0.0, slab_m - level.floor_m + _RAIL_M, "rail")
    hall = zone.kind == "hall"
    found = _overhead(floor_plan, level, zone, _grid(area, pitch_m))
    for height_m in _HALL_WALL_HEIGHTS_M if hall else _WALL_HEIGHTS_M:
        if height_m < level.height_m - BELOW_CEILING_M:
            found += [
                spot
                for spot in _along(area, pitch_m, _FROM_WALL_M, height_m, "wall", guard=hall and height_m < BALL_HEIGHT_M)
                if height_m <= clear_height_m(floor_plan, level, spot.x_m, spot.y_m) - BELOW_CEILING_M
                and _wall_behind(walls, level.floor_m + height_m, spot.x_m, spot.y_m)
            ]
    return found


def _spot(x: float, y: float, height_m: float, mount: Mount, *, azimuth_deg: float = 0.0, guard: bool = False) -> Spot:
    return Spot(
        x_m=round(x, 3), y_m=round(y, 3), height_m=round(height_m, 3), mount=mount, azimuth_deg=round(azimuth_deg, 1), guard=guard
    )


def _overhead(floor_plan: FloorPlan, level: Level, zone: Zone, places_m: Sequence[tuple[float, float]]) -> list[Spot]:
    """Spots below whatever is over these places of a zone."""
    hall, found = zone.kind == "hall", []
    for x, y in places_m:
        clear_m = clear_height_m(floor_plan, level, x, y) - BELOW_CEILING_M
        mount: Mount = "truss" if hall and clear_m > BALL_HEIGHT_M else "ceiling"
        found.append(_spot(x, y, min(clear_m, MAX_HEIGHT_M), mount, guard=hall and clear_m < BALL_HEIGHT_M))
    return found


def _grid(area: Polygon, pitch_m: float) -> list[tuple[float, float]]:
    """Cell middles of a grid centred on the area's box; a point inside where the grid misses it. South-west first."""
    x0, y0, x1, y1 = area.bounds
    columns, rows = max(1, round((x1 - x0) / pitch_m)), max(1, round((y1 - y0) / pitch_m))
    x = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    y = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    inside = grid[shapely.contains_xy(area, grid[:, 0], grid[:, 1])]
    if not len(inside):
        middle = area.representative_point()
        return [(float(middle.x), float(middle.y))]
    return [(float(px), float(py)) for px, py in inside]


def _along(
    area: Polygon, pitch_m: float, inset_m: float, height_m: float, mount: Mount, *, guard: bool = False, outdoor: bool = False
) -> list[Spot]:
    """Spots along the area's edge, `inset_m` inwards, facing inwards."""
    found = []
    ring = shapely.geometry.polygon.orient(area).exterior.coords
    room = area.buffer(-inset_m / 2) if inset_m > 0 else None
    for (ax, ay), (bx, by) in itertools.pairwise(ring):
        length = math.dist((ax, ay), (bx, by))
        if length < _SHORTEST_EDGE_M:
            continue
        count = max(1, round(length / pitch_m))
        ux, uy = (bx - ax) / length, (by - ay) / length
        for step in range(count):
            along = (step + 0.5) * length / count
            # Counter-clockwise ring: the inside is to the left.
            x, y = ax + ux * along - uy * inset_m, ay + uy * along + ux * inset_m
            if room is None or room.contains(Point(x, y)):
                spot = _spot(x, y, height_m, mount, azimuth_deg=math.degrees(math.atan2(-uy, ux)) % 360, guard=guard)
                found.append(replace(spot, outdoor=outdoor))
    return found


def _slab_under_m(floor_plan: FloorPlan, level: Level, area: Polygon) -> float:
    """Height above the datum of the highest slab below 60 % of the level's ceiling under an area: a gallery's own floor."""
    middle = area.representative_point()
    limit_m = level.floor_m + _GALLERY_SHARE * level.height_m
    return max((z for z in slabs_at_m(floor_plan, middle.x, middle.y) if z < limit_m), default=level.floor_m)


def _exits(wall: Wall, level: Level) -> list[tuple[Polygon, float]]:
    """Around every opening that one can walk through, and up to what height above the floor."""
    length = wall.length_m
    ux, uy = (wall.end_m[0] - wall.start_m[0]) / length, (wall.end_m[1] - wall.start_m[1]) / length
    return [
        (
            LineString([(wall.start_m[0] + ux * u, wall.start_m[1] + uy * u) for u in (hole.u0_m, hole.u1_m)]).buffer(EXIT_M),
            hole.z1_m - level.floor_m + EXIT_M,
        )
        for hole in wall.openings
        if hole.z0_m <= level.floor_m + _DOOR_SILL_M and hole.z1_m >= level.floor_m + _DOOR_TOP_M
    ]


def _wall_behind(walls: Sequence[Wall], z_m: float, x: float, y: float) -> bool:
    here = Point(x, y)
    for wall in walls:
        if not wall.z0_m < z_m < wall.z1_m:
            continue
        line = LineString([wall.start_m, wall.end_m])
        if line.distance(here) > 2 * _FROM_WALL_M:
            continue
        u = line.project(here)
        if not any(hole.u0_m <= u <= hole.u1_m and hole.z0_m <= z_m <= hole.z1_m for hole in wall.openings):
            return True
    return False
