"""Where an access point could hang and where people could be: the last look at the drawing before placement is algebra."""

from __future__ import annotations

import itertools
import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import unary_union

from floorplans.plan import FloorPlan, Level, Wall, Zone
from wifiplan import demand
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import AccessPoint, Demand, Radio

Mount = Literal["truss", "ceiling", "wall"]

MAX_HEIGHT_M = 10.0
"""Above this nobody services an access point without scaffolding, and its cell is the whole hall anyway."""

BALL_HEIGHT_M = 5.0
"""Below this a ball hits what hangs in a hall: there it needs a guard (our assumption)."""

_BELOW_CEILING_M = 0.3
_FROM_WALL_M = 0.3
_LADDER_M = 4.0
_DROP_M, _LONGER_M = 50.0, 20.0  # What prices.toml means by a drop and by a longer one.


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place for one access point, with the axes and angles of `AccessPoint`. `height_m` is above the floor of `level`."""

    x_m: float
    y_m: float
    height_m: float
    level: int = 0
    mount: Mount = "ceiling"
    antenna: str = "omni"
    azimuth_deg: float = 0.0
    tilt_deg: float = 0.0
    guard: bool = False
    cable_m: float = 0.0
    cost_yen: float = 0.0

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


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Demand as points. Every array has one entry a point; `zone` indexes `zones`.

    `points_m` (n, 3) is absolute, z above the datum. `clients` associate, `active` of them load the air at once with
    `down_mbps` and `up_mbps` each.
    """

    zones: tuple[str, ...]
    zone: NDArray[np.intp]
    points_m: NDArray[np.float64]
    people: NDArray[np.float64]
    clients: NDArray[np.float64]
    active: NDArray[np.float64]
    down_mbps: NDArray[np.float64]
    up_mbps: NDArray[np.float64]


def prices() -> dict[str, dict[str, Any]]:
    """What each thing costs, from prices.toml: `yen`, `low`, `high`, `per`, `tag`, `source`."""
    return tomllib.loads(resources.files("wifiplan").joinpath("prices.toml").read_text("utf-8"))


def spots(
    floor_plan: FloorPlan,
    *,
    pitch_m: float = 5.0,
    mounts: Sequence[Mount] = ("truss", "ceiling", "wall"),
    switch_m: tuple[float, float] | None = None,
    max_cable_m: float = 90.0,
    forbidden_m: Sequence[Polygon] = (),
) -> tuple[Spot, ...]:
    """Every place the plan offers, in a fixed order: by level, zone, then rows from the south-west.

    Parameters
    ----------
    floor_plan : FloorPlan
        With zones; spots are in halls, rooms, classrooms and corridors, never in a keepout zone.
    pitch_m : float
        Between the spots of the ceiling grid and along walls. Every zone has at least one spot, at its middle.
    mounts : sequence of "truss", "ceiling", "wall"
        A ceiling higher than 5 m above the floor is called truss.
    switch_m : (x, y), optional
        Of the PoE switch: the middle of the first store, else of the first entrance, else the corner of the building.
    max_cable_m : float
        Limit of a run, along the axes of the building (TIA-568: 90 m of fixed cable).
    forbidden_m : sequence of polygons
        Nothing hangs in these.

    Raises
    ------
    PlacementError
        When nothing is left, saying what took the last one away.
    """
    cost = {name: float(row["yen"]) for name, row in prices().items()}
    switch = switch_m or _switch_m(floor_plan)
    keepout = unary_union([Polygon(zone.polygon_m) for zone in floor_plan.zones if zone.kind == "keepout"] + list(forbidden_m))
    found: list[Spot] = []
    dropped = {"in a forbidden zone": 0, f"more than {max_cable_m:g} m of cable away": 0}
    for index, level in enumerate(floor_plan.levels):
        solid = [wall for wall in floor_plan.walls if wall.z1_m > level.floor_m and wall.z0_m < level.ceiling_m]
        for zone in _mountable(floor_plan, index):
            area = Polygon(zone.polygon_m)
            places = [*_overhead(floor_plan, level, zone, area, pitch_m), *_on_walls(solid, level, zone, area, pitch_m)]
            for x, y, height, mount, azimuth in places:
                if mount not in mounts:
                    continue
                if keepout.intersects(Point(x, y)):
                    dropped["in a forbidden zone"] += 1
                    continue
                run_m = abs(x - switch[0]) + abs(y - switch[1]) + height + level.floor_m
                if run_m > max_cable_m:
                    dropped[f"more than {max_cable_m:g} m of cable away"] += 1
                    continue
                guard = zone.kind == "hall" and height < BALL_HEIGHT_M
                yen = (
                    cost["access_point"]
                    + cost["mount"]
                    + cost["drop"]
                    + cost["longer_drop"] * max(0, math.ceil((run_m - _DROP_M) / _LONGER_M))
                )
                yen += cost["guard"] * guard + cost["high_work"] * (height > _LADDER_M)
                found.append(
                    Spot(
                        x_m=round(x, 3),
                        y_m=round(y, 3),
                        height_m=round(height, 3),
                        level=index,
                        mount=mount,
                        azimuth_deg=azimuth,
                        guard=guard,
                        cable_m=round(run_m, 1),
                        cost_yen=float(round(yen)),
                    )
                )
    if not found:
        cause = max(dropped, key=lambda name: dropped[name]) if any(dropped.values()) else ""
        ways = f"all {sum(dropped.values())} are {cause}" if cause else f"no zone for people offers a {' or '.join(mounts)} spot"
        raise PlacementError(f"{floor_plan.name}: nowhere to hang an access point: {ways}; free a zone, or allow another mount")
    return tuple(found)


def people(floor_plan: FloorPlan, demands: Sequence[Demand], *, max_points: int = 200) -> People:
    """The crowd of one scenario as points on a square grid, at most about `max_points`, each with its share of the zone's people.

    Raises
    ------
    DesignError
        When a demand names a zone that the plan has not.
    PlacementError
        When there is nobody.
    """
    crowded = [row for row in demands if row.people > 0]
    if not crowded:
        raise PlacementError(f"{floor_plan.name}: nobody to serve (0 people); give --persons, or a scenario with people")
    areas = {row.zone: _zones_named(floor_plan, row.zone) for row in crowded}
    pitch_m = math.sqrt(sum(zone.area_m2 for zones in areas.values() for zone in zones) / max_points)
    names = tuple(areas)
    rows: list[tuple[float, ...]] = []
    for row in crowded:
        grids = [(zone, _grid(Polygon(zone.polygon_m), pitch_m)) for zone in areas[row.zone]]
        total = sum(len(grid) for _, grid in grids)
        share = row.people / total
        clients = share * row.devices_per_person * row.associated_share
        for zone, grid in grids:
            z_m = floor_plan.levels[zone.level].floor_m + row.client_height_m
            rows += [
                (names.index(row.zone), x, y, z_m, share, clients, clients * row.active_share, row.down_mbps, row.up_mbps)
                for x, y in grid
            ]
    table = np.array(rows, dtype=np.float64)
    return People(
        zones=names,
        zone=table[:, 0].astype(np.intp),
        points_m=table[:, 1:4],
        people=table[:, 4],
        clients=table[:, 5],
        active=table[:, 6],
        down_mbps=table[:, 7],
        up_mbps=table[:, 8],
    )


def _zones_named(floor_plan: FloorPlan, name: str) -> list[Zone]:
    places = demand.places(floor_plan)
    zones = [zone for zone in (*floor_plan.zones, *places) if zone.name == name]
    zones = list(dict.fromkeys(zones))
    if not zones:
        known = ", ".join(dict.fromkeys(zone.name for zone in (*floor_plan.zones, *places)))
        raise DesignError(f"{floor_plan.name}: demand for a zone {name!r} that the plan has not; its zones: {known}")
    return zones


def _mountable(floor_plan: FloorPlan, level: int) -> list[Zone]:
    walked = [zone for zone in floor_plan.zones if zone.kind == "corridor"]
    return [zone for zone in (*demand.places(floor_plan), *walked) if zone.level == level]


def _switch_m(floor_plan: FloorPlan) -> tuple[float, float]:
    for kind in ("store", "entrance"):
        for zone in floor_plan.zones:
            if zone.kind == kind:
                middle = Polygon(zone.polygon_m).representative_point()
                return float(middle.x), float(middle.y)
    return floor_plan.levels[0].outline_m[0]


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


def _clear_height_m(floor_plan: FloorPlan, level: Level, x: float, y: float) -> float:
    """Floor to whatever is overhead at a place: the level's ceiling or a slab below it, a pitched roof included."""
    top = level.ceiling_m
    for slab in floor_plan.slabs:
        outline = Polygon([(vertex[0], vertex[1]) for vertex in slab.polygon_m])
        if outline.is_valid and outline.contains(Point(x, y)):
            corners = np.array(slab.polygon_m)
            (a, b, c), *_ = np.linalg.lstsq(np.column_stack([corners[:, :2], np.ones(len(corners))]), corners[:, 2], rcond=None)
            z = float(a * x + b * y + c)
            if level.floor_m + 1.8 < z < top:
                top = z
    return top - level.floor_m


def _overhead(
    floor_plan: FloorPlan, level: Level, zone: Zone, area: Polygon, pitch_m: float
) -> list[tuple[float, float, float, Mount, float]]:
    places: list[tuple[float, float, float, Mount, float]] = []
    for x, y in _grid(area, pitch_m):
        clear_m = _clear_height_m(floor_plan, level, x, y) - _BELOW_CEILING_M
        mount: Mount = "truss" if zone.kind == "hall" and clear_m > BALL_HEIGHT_M else "ceiling"
        places.append((x, y, min(clear_m, MAX_HEIGHT_M), mount, 0.0))
    return places


def _on_walls(
    walls: Sequence[Wall], level: Level, zone: Zone, area: Polygon, pitch_m: float
) -> list[tuple[float, float, float, Mount, float]]:
    """Spots along the zone's edge wherever a wall without an opening is behind them, facing inwards."""
    places: list[tuple[float, float, float, Mount, float]] = []
    ring = shapely.geometry.polygon.orient(area).exterior.coords
    heights = [3.0, 5.5] if zone.kind == "hall" else [2.5]
    room = Polygon(area).buffer(-_FROM_WALL_M / 2)
    for (ax, ay), (bx, by) in itertools.pairwise(ring):
        length = math.dist((ax, ay), (bx, by))
        if length < 1.0:
            continue
        count = max(1, round(length / pitch_m))
        ux, uy = (bx - ax) / length, (by - ay) / length
        for step in range(count):
            along = (step + 0.5) * length / count
            # Counter-clockwise ring: the inside is to the left.
            x, y = ax + ux * along - uy * _FROM_WALL_M, ay + uy * along + ux * _FROM_WALL_M
            if not room.contains(Point(x, y)):
                continue
            azimuth = math.degrees(math.atan2(-uy, ux)) % 360
            places += [
                (x, y, height, "wall", round(azimuth, 1))
                for height in heights
                if height < level.height_m - _BELOW_CEILING_M and _wall_behind(walls, level.floor_m + height, x, y)
            ]
    return places


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
