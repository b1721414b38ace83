"""Rooms given as polygons (IMDF, OpenStreetMap's indoor rooms, IndoorGML) to walls: formats that say what a room is, not a wall.

An edge to the outside is taken as concrete, one between two rooms as a partition, one between two places that people walk through
as nothing. Rooms may touch, or stand apart by the thickness of their wall: then it is one wall in the middle of the gap.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from floorplans.bodies import joined, merged, one_ring, polygons
from floorplans.plan import Level, Opening, Slab, Wall, Zone, floor_and_roof

OPEN_KINDS = frozenset({"corridor", "entrance"})
"""Between two of these there is no wall."""

GAP_M = 0.7
"""Rooms that stand no farther apart share a wall."""

_GRID_M = 0.01
_BESIDE_M = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room, in metres. One that is `open` has no walls of its own: a part of a hall with a name."""

    name: str
    kind: str
    polygon: Polygon
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Storey:
    """What a storey of rooms becomes."""

    level: Level
    walls: tuple[Wall, ...]
    slabs: tuple[Slab, ...]
    zones: tuple[Zone, ...]
    unwalled: tuple[Wall, ...] = ()
    """Edges between two places that people walk through: a wall after all where a door stands on one."""


def storey(rooms: Sequence[Room], outline: BaseGeometry | None, *, index: int, name: str, z0_m: float, z1_m: float) -> Storey:
    """Level, walls, slabs and zones of one storey; `outline` None is what the rooms fill, with the gaps between them."""
    walled = [room for room in rooms if not room.open]
    if outline is None:
        filled = shapely.union_all([room.polygon for room in rooms], grid_size=_GRID_M)
        outline = filled.buffer(GAP_M / 2, join_style="mitre").buffer(-GAP_M / 2, join_style="mitre")
    walls, unwalled = walls_of_rooms(walled, outline, z0_m=z0_m, z1_m=z1_m)
    slabs = [slab for part in polygons(outline) for slab in _slabs(part, z0_m, z1_m)]
    zones = [
        Zone(name=room.name or f"{room.kind} {number}", polygon_m=one_ring(room.polygon), kind=room.kind, level=index)
        for number, room in enumerate(rooms)
    ]
    level = Level(name=name, floor_m=z0_m, ceiling_m=z1_m, outline_m=one_ring(outline))
    return Storey(level=level, walls=tuple(walls), slabs=tuple(slabs), zones=tuple(zones), unwalled=tuple(unwalled))


def _slabs(part: Polygon, z0_m: float, z1_m: float) -> tuple[Slab, Slab]:
    return floor_and_roof(one_ring(part), z0_m=z0_m, z1_m=z1_m, floor="concrete", roof="concrete")


def walls_of_rooms(rooms: Sequence[Room], outline: BaseGeometry, *, z0_m: float, z1_m: float) -> tuple[list[Wall], list[Wall]]:
    """The walls between rooms, and between them and the outside of `outline`; and the edges of two open rooms, where is none."""
    shapes = [room.polygon for room in rooms]
    edges = shapely.node(shapely.union_all([outline.boundary, *(shape.boundary for shape in shapes)], grid_size=_GRID_M))
    tree = shapely.STRtree(shapes)
    shapely.prepare(outline)

    def at(x: float, y: float) -> str | None:
        """The kind of the room there, "" inside without a room, None outside."""
        found: list[int] = tree.query(Point(x, y), predicate="intersects").tolist() if shapes else []
        if found:
            return rooms[found[0]].kind
        return "" if shapely.contains_xy(outline, x, y) else None

    walls: list[Wall] = []
    unwalled: list[Wall] = []
    for line in shapely.get_parts(edges):
        for (ax, ay), (bx, by) in itertools.pairwise(line.coords):
            length_m = math.dist((ax, ay), (bx, by))
            if length_m < _BESIDE_M:
                continue
            mx, my, nx, ny = (ax + bx) / 2, (ay + by) / 2, -(by - ay) / length_m, (bx - ax) / length_m
            sides = [at(mx + s * nx, my + s * ny) for s in (_BESIDE_M, -_BESIDE_M)]
            shift_m, thickness_m = 0.0, None
            for side, sign in ((0, 1.0), (1, -1.0)):
                if sides[side] != "" or sides[1 - side] == "":
                    continue
                # A gap on this side: what is beyond it, and how far?
                for step in np.arange(2 * _BESIDE_M, GAP_M + _BESIDE_M, _BESIDE_M):
                    beyond = at(mx + sign * step * nx, my + sign * step * ny)
                    if beyond != "":
                        gap_m = _gap_m(
                            point=(mx, my), way=(sign * nx, sign * ny), about_m=step, tree=tree, shapes=shapes, outline=outline
                        )
                        sides[side], shift_m, thickness_m = beyond, sign * gap_m / 2, round(gap_m, 3)
                        break
            if sides[0] == sides[1] and sides[0] in (None, ""):
                continue
            kept = unwalled if all(kind in OPEN_KINDS for kind in sides) else walls
            kept.append(
                Wall(
                    start_m=(ax + shift_m * nx, ay + shift_m * ny),
                    end_m=(bx + shift_m * nx, by + shift_m * ny),
                    z0_m=z0_m,
                    z1_m=z1_m,
                    material="concrete" if None in sides else "partition",
                    thickness_m=thickness_m,
                )
            )
    apart = any(wall.thickness_m for wall in walls)
    walls = merged(walls)
    return joined(walls, reach_m=GAP_M / 2 + _BESIDE_M) if apart else walls, merged(unwalled)


def _gap_m(
    *,
    point: tuple[float, float],
    way: tuple[float, float],
    about_m: float,
    tree: shapely.STRtree,
    shapes: Sequence[Polygon],
    outline: BaseGeometry,
) -> float:
    """From the point along the way to the first room or the outer edge."""
    ray = LineString(
        [
            (point[0] + way[0] * _BESIDE_M, point[1] + way[1] * _BESIDE_M),
            (point[0] + way[0] * (about_m + _BESIDE_M), point[1] + way[1] * (about_m + _BESIDE_M)),
        ]
    )
    here = Point(point)
    hits = [shapes[int(index)] for index in tree.query(ray, predicate="intersects")]
    return min(
        [here.distance(ray.intersection(hit)) for hit in hits] or [here.distance(outline.boundary.intersection(ray)) or about_m]
    )


def with_opening(
    walls: Sequence[Wall],
    place: BaseGeometry,
    opening: Opening,
    *,
    within_m: float = 0.5,
    width_m: float | None = None,
) -> tuple[list[Wall], bool]:
    """The walls with an opening put into the nearest one, and whether there was one within `within_m` of the place.

    `place` is a line along the opening, or a point in its middle (then `width_m` says how wide it is). z of `opening` are kept
    where the wall is; its u are not.
    """
    middle = place.centroid
    best: tuple[float, int] | None = None
    for number, wall in enumerate(walls):
        if wall.z0_m >= opening.z1_m or wall.z1_m <= opening.z0_m or wall.length_m < 0.3:
            continue
        away_m = LineString([wall.start_m, wall.end_m]).distance(middle)
        if isinstance(place, LineString) and abs(_cos(wall, place)) < 0.9:
            continue
        if away_m <= within_m and (best is None or away_m < best[0]):
            best = away_m, number
    if best is None:
        return list(walls), False
    found = list(walls)
    wall = found[best[1]]
    line = LineString([wall.start_m, wall.end_m])
    at_m = line.project(middle)
    half_m = (place.length if width_m is None else width_m) / 2
    u0_m, u1_m = max(0.0, at_m - half_m), min(wall.length_m, at_m + half_m)
    hole = replace(opening, u0_m=u0_m, u1_m=u1_m, z0_m=max(opening.z0_m, wall.z0_m), z1_m=min(opening.z1_m, wall.z1_m))
    found[best[1]] = replace(wall, openings=(*wall.openings, hole))
    return found, True


def _cos(wall: Wall, line: LineString) -> float:
    (ax, ay), *_, (bx, by) = line.coords
    (cx, cy), (dx, dy) = wall.start_m, wall.end_m
    lengths = math.dist((ax, ay), (bx, by)) * wall.length_m
    return ((bx - ax) * (dx - cx) + (by - ay) * (dy - cy)) / lengths if lengths > 0 else 0.0
