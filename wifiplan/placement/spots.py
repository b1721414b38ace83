"""Where an access point could hang and where people could be: the last look at the drawing before placement is algebra."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from shapely import STRtree
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import nearest_points, unary_union

from floorplans.plan import FloorPlan, Level, Wall, Zone
from wifiplan.capacity import demand
from wifiplan.capacity.occupancy import standing_points_m
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import AccessPoint, Demand, Radio
from wifiplan.prices import Prices, price_list

Mount = Literal["truss", "ceiling", "wall", "rail", "pole", "given"]

MOUNTS: tuple[Mount, ...] = ("truss", "ceiling", "wall", "rail", "pole")
"""Kinds that are generated from a plan. "given" ones are the planner's own, or hang there already."""

MAX_HEIGHT_M = 10.0
"""Above this nobody services an access point without scaffolding, and its cell is the whole hall anyway."""

BALL_HEIGHT_M = 5.0
"""Below this a ball hits what hangs in a hall: there it needs a guard (our assumption)."""

STAGE_FRONT_M = 2.0
"""Nothing hangs this near to a stage: curtains, lights, sight lines (our assumption)."""

EXIT_M = 1.0
"""Nothing hangs this near to a door, beside it or above: the exit's sign and its way stay free (our assumption)."""

MAX_CABLE_M = 90.0
"""Of fixed cable from the switch to the outlet (ISO/IEC 11801-1, ANSI/TIA-568.2: 90 m permanent link)."""

SLACK_M = 5.0
"""Loops at both ends, for service and for mistakes (our assumption)."""

ANTENNA_GAIN_DBI = {"omni": 0.0, "patch": 6.0}
"""Peak of each kind that is tried. 0 dBi over its whole half-space is what access points state for their built-in ones."""

_BELOW_CEILING_M = 0.3
_FROM_WALL_M = 0.3
_LADDER_M = 4.0
_POLE_M = 4.0
_RAIL_M = 1.0
_DROP_M, _LONGER_M = 70.0, 20.0  # What prices.toml means by a drop and by a longer one.


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


def spots(
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
        for zone in _mountable(floor_plan, index, zones):
            for spot in _of_zone(floor_plan, level, zone, solid, pitch_m):
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
    found = priced(floor_plan, allowed, switch_m=switch_m, price=table)
    near = [spot for spot in found if spot.cable_m <= max_cable_m]
    dropped[f"more than {max_cable_m:g} m of cable from the switch"] += len(found) - len(near)
    if not near:
        causes = ", ".join(f"{count} {name}" for name, count in dropped.most_common() if count)
        raise PlacementError(
            f"{floor_plan.name}: nowhere to hang an access point: of {dropped.total()} places, "
            f"{causes or 'none is in a zone for people'}; free a zone, allow another mount or move the switch"
        )
    return tuple(_with_antenna(spot, antenna, table) for spot in near for antenna in antennas)


def priced(
    floor_plan: FloorPlan,
    wanted: Sequence[Spot],
    *,
    switch_m: tuple[float, float] | None = None,
    price: Prices | None = None,
) -> tuple[Spot, ...]:
    """The spots with their cable run along the walls, what is bought for each, and its cost."""
    if not wanted:
        return ()
    runs_m = cable_m(floor_plan, wanted, switch_m or default_switch_m(floor_plan))
    table = price or price_list()
    return tuple(_bought(replace(spot, cable_m=round(run, 1)), table) for spot, run in zip(wanted, runs_m, strict=True))


def _bought(spot: Spot, table: Prices) -> Spot:
    longer = max(0, math.ceil((spot.cable_m - _DROP_M) / _LONGER_M))
    wanted = {
        "access_point": not spot.kept,
        "licence": not spot.kept,
        "mount": not spot.kept,
        "drop": not spot.kept,
        "longer_drop": 0 if spot.kept else longer,
        "high_work": not spot.kept and spot.height_m > _LADDER_M,
        "guard": not spot.kept and spot.guard,
        "patch": not spot.kept and spot.antenna == "patch",
        "pole": not spot.kept and spot.mount == "pole",
    }
    items = tuple((name, int(count)) for name, count in wanted.items() if count)
    return replace(spot, items=items, cost_yen=float(sum(table[name]["yen"] * count for name, count in items)))


def _with_antenna(spot: Spot, antenna: str, table: Prices) -> Spot:
    if antenna == "omni":
        return spot
    tilt_deg = 90.0 if spot.mount in {"truss", "ceiling"} else 30.0
    return _bought(replace(spot, antenna=antenna, tilt_deg=tilt_deg), table)


def given(floor_plan: FloorPlan, x_m: float, y_m: float, height_m: float, *, level: int = 0) -> Spot:
    """A spot that the planner adds; priced later, with the others."""
    if not 0 <= level < len(floor_plan.levels):
        raise DesignError(f"added spot: level {level} does not exist; there are {len(floor_plan.levels)}, from 0")
    storey = floor_plan.levels[level]
    if not Polygon(storey.outline_m).buffer(1.0).contains(Point(x_m, y_m)):
        raise DesignError(f"added spot: ({x_m:g}, {y_m:g}) is outside {storey.name}; give metres in the plan's axes")
    if not 0 < height_m <= storey.height_m:
        raise DesignError(f"added spot: {height_m:g} m is not between floor and ceiling ({storey.height_m:g} m) of {storey.name}")
    here = Point(x_m, y_m)
    in_hall = any(
        zone.kind == "hall" and zone.level == level and Polygon(zone.polygon_m).contains(here) for zone in floor_plan.zones
    )
    return Spot(x_m=x_m, y_m=y_m, height_m=height_m, level=level, mount="given", guard=in_hall and height_m < BALL_HEIGHT_M)


def existing(access_point: AccessPoint) -> Spot:
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


def people(floor_plan: FloorPlan, demands: Sequence[Demand], *, max_points: int = 200) -> People:
    """The crowd of one scenario as points: where `wifiplan.capacity.occupancy` lets people stand, about `max_points` in all.

    Raises
    ------
    DesignError
        When a demand names a zone that the plan has not.
    PlacementError
        When there is nobody.
    """
    if not any(row.people > 0 for row in demands):
        raise PlacementError(f"{floor_plan.name}: nobody to serve (0 people); give --persons, or a scenario with people")
    known = {zone.name: zone for zone in (*demand.places(floor_plan), *floor_plan.zones)}
    names = tuple(dict.fromkeys(row.zone for row in demands))
    count = points_per_zone(demands, max_points)
    rows: list[tuple[float, ...]] = []
    for row in demands:
        if row.zone not in known:
            raise DesignError(
                f"{floor_plan.name}: demand for a zone {row.zone!r} that the plan has not; its zones: {', '.join(known)}"
            )
        zone = known[row.zone]
        at = standing_points_m(zone, count)
        z_m = floor_plan.levels[zone.level].floor_m + row.client_height_m
        share = row.people / len(at)
        clients = share * row.devices_per_person * row.associated_share
        rows += [
            (names.index(row.zone), x, y, z_m, share, clients, clients * row.active_share, row.down_mbps, row.up_mbps)
            for x, y in at
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


def points_per_zone(demands: Sequence[Demand], max_points: int) -> int:
    """What `capacity` is to be asked for, so that it and `people` see the same crowd."""
    return max(6, max_points // max(1, len(demands)))


def groups(crowd: People, most: int) -> NDArray[np.intp]:
    """About `most` groups (point,), numbered from 0: neighbours in one zone, as even in people as halving gives.

    Zones get groups by their people, at least one each.
    """
    found = np.zeros(len(crowd.people), dtype=np.intp)
    total = 0
    for index in range(len(crowd.zones)):
        mine = np.flatnonzero(crowd.zone == index)
        if not len(mine):
            continue
        parts = max(1, round(most * float(crowd.people[mine].sum() / crowd.people.sum())))
        for part in _halved(mine, crowd.points_m, parts):
            found[part] = total
            total += 1
    return found


def _halved(members: NDArray[np.intp], points_m: NDArray[np.float64], parts: int) -> list[NDArray[np.intp]]:
    if parts <= 1 or len(members) <= 1:
        return [members]
    at = points_m[members, :2]
    axis = int(np.argmax(np.ptp(at, axis=0)))
    order = members[np.lexsort((at[:, 1 - axis], at[:, axis]))]
    cut = max(1, min(len(order) - 1, round(len(order) * (parts // 2) / parts)))
    return _halved(order[:cut], points_m, parts // 2) + _halved(order[cut:], points_m, parts - parts // 2)


def default_switch_m(floor_plan: FloorPlan) -> tuple[float, float]:
    """The middle of the first store, else of the first entrance, else the first corner of the lowest level."""
    for kind in ("store", "entrance"):
        for zone in floor_plan.zones:
            if zone.kind == kind:
                middle = Polygon(zone.polygon_m).representative_point()
                return float(middle.x), float(middle.y)
    return floor_plan.levels[0].outline_m[0]


def cable_m(floor_plan: FloorPlan, wanted: Sequence[Spot], switch_m: tuple[float, float]) -> NDArray[np.float64]:
    """Length of each spot's cable (spot,): from the switch straight to a wall, along walls, straight to the spot, and up.

    Up is the spot's height above the floor, and the floor's above the lowest, where the switch stands. Parts of a building
    whose walls do not meet are joined where they come nearest. With slack.
    """
    lengths = np.empty(len(wanted))
    for index, level in enumerate(floor_plan.levels):
        mine = [row for row, spot in enumerate(wanted) if spot.level == index]
        if not mine:
            continue
        walls = [wall for wall in floor_plan.walls if wall.z1_m > level.floor_m and wall.z0_m < level.ceiling_m]
        lines = [LineString([wall.start_m, wall.end_m]) for wall in walls]
        lines.append(LineString([*level.outline_m, level.outline_m[0]]))
        run = _Run(lines, switch_m)
        for row in mine:
            spot = wanted[row]
            lengths[row] = run.length_m(spot.x_m, spot.y_m) + spot.height_m + level.floor_m + SLACK_M
    return lengths


class _Run:
    """Distances along the lines of one level from the switch."""

    def __init__(self, lines: list[LineString], switch_m: tuple[float, float]) -> None:
        merged = shapely.set_precision(unary_union(lines), 0.01)
        self.edges = [
            LineString(pair)
            for line in (merged.geoms if hasattr(merged, "geoms") else [merged])
            for pair in itertools.pairwise(line.coords)
        ]
        nodes: dict[tuple[float, ...], int] = {}
        for line in self.edges:
            for end in line.coords:
                nodes.setdefault(end, len(nodes))
        self.node_place_m = np.array(list(nodes))
        self.ends = [(nodes[line.coords[0]], nodes[line.coords[1]]) for line in self.edges]
        links = [(a, b, float(line.length)) for (a, b), line in zip(self.ends, self.edges, strict=True)]
        links += self._bridges(links)
        a, b, length = (np.array(column) for column in zip(*links, strict=True))
        graph = coo_array((length, (a.astype(np.intp), b.astype(np.intp))), shape=(len(nodes), len(nodes)))
        self.tree = STRtree(self.edges)
        edge, along_m, off_m = self._onto(*switch_m)
        from_ends = dijkstra(graph.tocsr(), directed=False, indices=list(self.ends[edge]))
        length_m = self.edges[edge].length
        self.node_m = np.minimum(from_ends[0] + along_m, from_ends[1] + length_m - along_m) + off_m
        self.switch = (edge, along_m, off_m)

    def _bridges(self, links: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
        """Straight links between parts that do not meet, node to node, each the shortest to what is joined already."""
        at = self.node_place_m
        count = len(at)
        a, b, _ = (np.array(column) for column in zip(*links, strict=True))
        parts, part = connected_components(
            coo_array((np.ones(len(a)), (a.astype(np.intp), b.astype(np.intp))), shape=(count, count)), directed=False
        )
        if parts == 1:
            return []
        joined = part == 0
        bridges = []
        while not joined.all():
            inside, outside = np.flatnonzero(joined), np.flatnonzero(~joined)
            apart = np.linalg.norm(at[inside][:, None] - at[outside][None], axis=-1)
            row, column = np.unravel_index(int(np.argmin(apart)), apart.shape)
            bridges.append((int(inside[row]), int(outside[column]), float(apart[row, column])))
            joined |= part == part[outside[column]]
        return bridges

    def _onto(self, x: float, y: float) -> tuple[int, float, float]:
        here = Point(x, y)
        edge = int(self.tree.nearest(here))
        foot = nearest_points(self.edges[edge], here)[0]
        return edge, float(self.edges[edge].project(foot)), float(foot.distance(here))

    def length_m(self, x: float, y: float) -> float:
        edge, along_m, off_m = self._onto(x, y)
        start, end = self.ends[edge]
        around = min(self.node_m[start] + along_m, self.node_m[end] + self.edges[edge].length - along_m)
        if edge == self.switch[0]:
            around = min(around, abs(along_m - self.switch[1]) + self.switch[2])
        return float(around + off_m)


def _mountable(floor_plan: FloorPlan, level: int, outdoors: Sequence[str]) -> list[Zone]:
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
    found = []
    for x, y in _grid(area, pitch_m):
        clear_m = _clear_height_m(floor_plan, level, x, y) - _BELOW_CEILING_M
        mount: Mount = "truss" if hall and clear_m > BALL_HEIGHT_M else "ceiling"
        found.append(_spot(x, y, min(clear_m, MAX_HEIGHT_M), mount, guard=hall and clear_m < BALL_HEIGHT_M))
    for height_m in (3.0, 5.5) if hall else (2.5,):
        if height_m < level.height_m - _BELOW_CEILING_M:
            found += [
                spot
                for spot in _along(area, pitch_m, _FROM_WALL_M, height_m, "wall", guard=hall and height_m < BALL_HEIGHT_M)
                if _wall_behind(walls, level.floor_m + height_m, spot.x_m, spot.y_m)
            ]
    return found


def _spot(x: float, y: float, height_m: float, mount: Mount, *, azimuth_deg: float = 0.0, guard: bool = False) -> Spot:
    return Spot(
        x_m=round(x, 3), y_m=round(y, 3), height_m=round(height_m, 3), mount=mount, azimuth_deg=round(azimuth_deg, 1), guard=guard
    )


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
        if length < 1.0:
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


def _clear_height_m(floor_plan: FloorPlan, level: Level, x: float, y: float) -> float:
    """Floor to whatever is overhead at a place: the level's ceiling or a slab below it, a pitched roof included."""
    top = level.ceiling_m
    for z in _slabs_at_m(floor_plan, x, y):
        if level.floor_m + 1.8 < z < top:
            top = z
    return top - level.floor_m


def _slab_under_m(floor_plan: FloorPlan, level: Level, area: Polygon) -> float:
    """Height above the datum of the highest slab below 60 % of the level's ceiling under an area: a gallery's own floor."""
    middle = area.representative_point()
    limit_m = level.floor_m + 0.6 * level.height_m
    return max((z for z in _slabs_at_m(floor_plan, middle.x, middle.y) if z < limit_m), default=level.floor_m)


def _slabs_at_m(floor_plan: FloorPlan, x: float, y: float) -> list[float]:
    heights = []
    for slab in floor_plan.slabs:
        outline = Polygon([(vertex[0], vertex[1]) for vertex in slab.polygon_m])
        if outline.is_valid and outline.contains(Point(x, y)):
            corners = np.array(slab.polygon_m)
            (a, b, c), *_ = np.linalg.lstsq(np.column_stack([corners[:, :2], np.ones(len(corners))]), corners[:, 2], rcond=None)
            heights.append(float(a * x + b * y + c))
    return heights


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
        if hole.z0_m <= level.floor_m + 0.3 and hole.z1_m >= level.floor_m + 1.8
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
