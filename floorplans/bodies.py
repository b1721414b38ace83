"""Walls from what they fill: centre lines and thickness of a wall drawn as a polygon, and walls that meet at their corners."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point as ShapelyPoint
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from floorplans.plan import Opening, Point, Wall

MAX_THICKNESS_M = 1.2
"""What is thicker between its faces is no wall but a room."""

_PARALLEL = 0.996
_LEAST_M = 0.02
_SLIT_M = 0.002


class CentreLine(NamedTuple):
    """The middle of a wall, between two faces that are `thickness_m` apart."""

    start: Point
    end: Point
    thickness_m: float


def centre_lines(body: BaseGeometry) -> list[CentreLine]:
    """The walls whose bodies make up a polygon (metres): each pair of faces across the inside gives a line in its middle.

    Works for one straight wall, for a bent one, and for the ring of all outer walls. Ends are where the shorter face ends:
    `joined` lets them meet.
    """
    found: list[CentreLine] = []
    for part in polygons(body):
        simple = part.simplify(0.005)
        found += _of_polygon(simple if isinstance(simple, Polygon) and simple.area > 0 else part)
    return found


def _of_polygon(polygon: Polygon) -> list[CentreLine]:
    polygon = orient(polygon)
    edges = [
        (np.array(a[:2]), np.array(b[:2]))
        for ring in (polygon.exterior, *polygon.interiors)
        for a, b in itertools.pairwise(ring.coords)
        if math.dist(a[:2], b[:2]) > _LEAST_M
    ]
    if len(edges) > 2000:
        return []
    ways = [(b - a) / np.linalg.norm(b - a) for a, b in edges]
    found: list[CentreLine] = []
    for (i, (a, b)), (j, (c, d)) in itertools.combinations(enumerate(edges), 2):
        if float(ways[i] @ ways[j]) > -_PARALLEL:
            continue
        inward = np.array([-ways[i][1], ways[i][0]])  # The inside lies left of an edge of an oriented ring.
        thickness_m = float(((c + d) / 2 - a) @ inward)
        if not _LEAST_M < thickness_m <= MAX_THICKNESS_M:
            continue
        u0_m = max(0.0, min(float((c - a) @ ways[i]), float((d - a) @ ways[i])))
        u1_m = min(float(np.linalg.norm(b - a)), max(float((c - a) @ ways[i]), float((d - a) @ ways[i])))
        if u1_m - u0_m < max(0.05, thickness_m):
            continue
        start, end = (a + ways[i] * u + inward * thickness_m / 2 for u in (u0_m, u1_m))
        middle = (start + end) / 2
        if polygon.covers(ShapelyPoint(middle)) and polygon.covers(ShapelyPoint(middle + inward * thickness_m * 0.45)):
            found.append(CentreLine(_xy(start), _xy(end), round(thickness_m, 4)))
    if not found:
        box = shapely.minimum_rotated_rectangle(polygon)
        if isinstance(box, Polygon):
            p, q, r = (np.array(point) for point in box.exterior.coords[:3])
            if np.linalg.norm(q - p) < np.linalg.norm(r - q):
                p, q, r = q, r, r + p - q
            thickness_m = float(np.linalg.norm(r - q))
            if _LEAST_M < thickness_m <= MAX_THICKNESS_M:
                shift = (r - q) / 2
                found.append(CentreLine(_xy(p + shift), _xy(q + shift), round(thickness_m, 4)))
    return found


def polygons(geom: BaseGeometry) -> list[Polygon]:
    """The polygons with an area in any shape; one that crosses itself is mended first."""
    if not geom.is_valid:
        geom = shapely.make_valid(geom)
    parts = shapely.get_parts(shapely.get_parts(geom))
    return [part for part in parts if isinstance(part, Polygon) and part.area > 0]


def merged(walls: Sequence[Wall], *, within_m: float = 0.03) -> list[Wall]:
    """The walls with those in one line and of one kind that overlap or touch made into one. Walls with openings are left."""

    def alike(one: Wall, other: Wall) -> bool:
        same = (one.material, one.z0_m, one.z1_m) == (other.material, other.z0_m, other.z1_m)
        return same and abs((one.thickness_m or 0.0) - (other.thickness_m or 0.0)) <= 0.02

    plain = [wall for wall in walls if not wall.openings and wall.length_m > 0]
    if len(plain) < 2:
        return list(walls)
    found = [wall for wall in walls if wall.openings]
    for group in _in_line(plain, within_m, alike):
        found += _as_one(group, within_m)
    return found


def of_pieces(walls: Sequence[Wall]) -> list[Wall]:
    """The walls with those in one line that are pieces of one wall made one: beside, below and above its openings, and in them.

    What most of its face is made of is the wall; other materials and holes between are openings. Walls with openings are left.
    """
    plain = [wall for wall in walls if not wall.openings and wall.length_m > 0]
    found = [wall for wall in walls if wall.openings]
    for group in _in_line(plain, 0.01, lambda _one, _other: True) if len(plain) > 1 else [plain] if plain else []:
        found += _with_holes(group) if len(group) > 1 else group
    return found


def _with_holes(group: list[Wall]) -> list[Wall]:
    longest = max(group, key=lambda wall: wall.length_m)
    way, _ = _ways(longest)
    spans = [sorted(float((np.array(end) - longest.start_m) @ way) for end in (wall.start_m, wall.end_m)) for wall in group]
    faces: dict[str, float] = {}
    for wall in group:
        faces[wall.material] = faces.get(wall.material, 0.0) + wall.length_m * (wall.z1_m - wall.z0_m)
    main = max(faces, key=lambda material: faces[material])
    z0_m = min(wall.z0_m for wall in group if wall.material == main)
    z1_m = max(wall.z1_m for wall in group if wall.material == main)
    if any(wall.z0_m < z0_m - 0.01 or wall.z1_m > z1_m + 0.01 for wall in group):
        return group
    runs: list[list[tuple[float, float, list[tuple[float, float, str | None]]]]] = [[]]
    kept: list[Wall] = []
    cuts = sorted({round(u, 3) for span in spans for u in span})
    for u0_m, u1_m in itertools.pairwise(cuts):
        here = [wall for wall, (low, high) in zip(group, spans, strict=True) if low < (u0_m + u1_m) / 2 < high]
        if u1_m - u0_m < _LEAST_M / 2:
            continue
        apart = all(lower.z1_m <= upper.z0_m + 0.01 for lower, upper in _stacked(here))
        if apart and (any(wall.material == main for wall in here) or (here and runs[-1])):
            runs[-1].append((u0_m, u1_m, _holes(here, main, z0_m, z1_m)))
        else:
            kept += here
            runs.append([])
    out: list[Wall] = []
    for run in runs:
        # What no wall follows is no opening: a piece of another material at its end is a wall of its own.
        while run and sum(top - bottom for bottom, top, _ in run[-1][2]) > z1_m - z0_m - 0.02:
            low, high, holes = run.pop()
            first, last = (_xy(np.array(longest.start_m) + way * u) for u in (low, high))
            kept += [
                replace(longest, start_m=first, end_m=last, z0_m=bottom, z1_m=top, material=material)
                for bottom, top, material in holes
                if material
            ]
        if not run:
            continue
        start, end = (np.array(longest.start_m) + way * u for u in (run[0][0], run[-1][1]))
        openings = tuple(
            Opening(u0_m=low - run[0][0], u1_m=high - run[0][0], z0_m=bottom, z1_m=top, material=material)
            for (low, high), (bottom, top, material) in _joined_holes(run)
        )
        out.append(replace(longest, start_m=_xy(start), end_m=_xy(end), z0_m=z0_m, z1_m=z1_m, material=main, openings=openings))
    return out + list(dict.fromkeys(kept))


def _stacked(walls: Sequence[Wall]) -> list[tuple[Wall, Wall]]:
    return list(itertools.pairwise(sorted(walls, key=lambda wall: wall.z0_m)))


def _holes(here: Sequence[Wall], main: str, z0_m: float, z1_m: float) -> list[tuple[float, float, str | None]]:
    """(bottom, top, material) of what is not the wall's own material from its foot to its top."""
    found: list[tuple[float, float, str | None]] = []
    reached = z0_m
    for wall in sorted(here, key=lambda wall: wall.z0_m):
        if wall.z0_m > reached + 0.01:
            found.append((reached, wall.z0_m, None))
        if wall.material != main:
            found.append((wall.z0_m, wall.z1_m, wall.material))
        reached = wall.z1_m
    return [*found, (reached, z1_m, None)] if z1_m > reached + 0.01 else found


def _joined_holes(
    run: Sequence[tuple[float, float, list[tuple[float, float, str | None]]]],
) -> list[tuple[tuple[float, float], tuple[float, float, str | None]]]:
    """The holes of a run along it, those of one height and material that touch being one."""
    found: list[tuple[tuple[float, float], tuple[float, float, str | None]]] = []
    for low, high, holes in run:
        for hole in holes:
            before = next((n for n, (span, other) in enumerate(found) if other == hole and abs(span[1] - low) < _LEAST_M), None)
            if before is None:
                found.append(((low, high), hole))
            else:
                found[before] = ((found[before][0][0], high), hole)
    return found


def _in_line(walls: Sequence[Wall], within_m: float, alike: Callable[[Wall, Wall], bool]) -> list[list[Wall]]:
    """The walls in groups of those that touch, lie in one line and are alike."""
    lines = shapely.linestrings([[wall.start_m, wall.end_m] for wall in walls])
    tree = shapely.STRtree(lines)
    parent = list(range(len(walls)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for i, j in tree.query(lines, predicate="dwithin", distance=within_m).T:
        if i < j and alike(walls[i], walls[j]) and _one_line(walls[i], walls[j], within_m):
            parent[root(int(j))] = root(int(i))
    groups: dict[int, list[Wall]] = {}
    for number, wall in enumerate(walls):
        groups.setdefault(root(number), []).append(wall)
    return list(groups.values())


def _one_line(one: Wall, other: Wall, within_m: float) -> bool:
    longer, shorter = (one, other) if one.length_m >= other.length_m else (other, one)
    way, across = _ways(longer)
    way2, _ = _ways(shorter)
    off = [abs(float((np.array(point) - longer.start_m) @ across)) for point in (shorter.start_m, shorter.end_m)]
    return abs(float(way @ way2)) > 0.9999 and max(off) < within_m


def _as_one(group: list[Wall], within_m: float) -> list[Wall]:
    longest = max(group, key=lambda wall: wall.length_m)
    way, across = _ways(longest)
    ends = np.array([[wall.start_m, wall.end_m] for wall in group]).reshape(-1, 2) - longest.start_m
    if np.abs(ends @ across).max() > 2 * within_m:  # A bow of many short walls is not one.
        return group
    along = ends @ way
    start, end = (np.array(longest.start_m) + way * u for u in (along.min(), along.max()))
    return [replace(longest, start_m=_xy(start), end_m=_xy(end))]


def joined(walls: Sequence[Wall], *, reach_m: float | None = None) -> list[Wall]:
    """The walls with ends drawn to where they meet the line of another wall, if that is within `reach_m` (None: its thickness).

    Openings keep their place. A wall is never turned, only made longer or shorter.
    """
    if len(walls) < 2:
        return list(walls)
    lines = shapely.linestrings([[wall.start_m, wall.end_m] for wall in walls])
    tree = shapely.STRtree(lines)
    found: list[Wall] = []
    for number, wall in enumerate(walls):
        if wall.length_m <= 0:
            found.append(wall)
            continue
        way, _ = _ways(wall)
        moves = [0.0, 0.0]
        for end, point in enumerate((np.array(wall.start_m), np.array(wall.end_m))):
            best: float | None = None
            reach = reach_m if reach_m is not None else max(0.1, wall.thickness_m or 0.0)
            near = tree.query(ShapelyPoint(point), predicate="dwithin", distance=reach + MAX_THICKNESS_M / 2)
            for index in near:
                other = walls[int(index)]
                if int(index) == number or other.z0_m >= wall.z1_m or other.z1_m <= wall.z0_m or other.length_m <= 0:
                    continue
                limit = (
                    reach_m
                    if reach_m is not None
                    else max(0.1, ((wall.thickness_m or 0.1) + (other.thickness_m or 0.1)) / 2 + 0.02)
                )
                u = _meets(point, way, other, limit)
                if u is not None and (best is None or abs(u) < abs(best)):
                    best = u
            moves[end] = best or 0.0
        start, end_point = np.array(wall.start_m) + way * moves[0], np.array(wall.end_m) + way * moves[1]
        if float((end_point - start) @ way) <= _LEAST_M:
            found.append(wall)
            continue
        length_m = float((end_point - start) @ way)
        openings = tuple(
            replace(hole, u0_m=max(0.0, hole.u0_m - moves[0]), u1_m=min(length_m, hole.u1_m - moves[0]))
            for hole in wall.openings
            if min(length_m, hole.u1_m - moves[0]) - max(0.0, hole.u0_m - moves[0]) > _LEAST_M
        )
        found.append(replace(wall, start_m=_xy(start), end_m=_xy(end_point), openings=openings))
    return found


def _meets(point: NDArray[np.float64], way: NDArray[np.float64], other: Wall, limit_m: float) -> float | None:
    """How far along `way` from the point the line of the other wall is met, if that is near it and within the limit."""
    way2, across2 = _ways(other)
    slope = float(way @ across2)
    if abs(slope) < 0.2:
        return None
    u = float((np.array(other.start_m) - point) @ across2) / slope
    along = float((point + way * u - other.start_m) @ way2)
    if abs(u) > limit_m or not -limit_m <= along <= other.length_m + limit_m:
        return None
    return u


def _ways(wall: Wall) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Along the wall and to its left, each of length 1."""
    way = (np.array(wall.end_m) - wall.start_m) / wall.length_m
    return way, np.array([-way[1], way[0]])


def one_ring(geom: BaseGeometry) -> tuple[Point, ...]:
    """One ring, counter-clockwise, around all of a shape: courtyards are cut open and parts joined by slits 2 mm wide.

    A level has one outline; so its area and what lies inside are right for buildings with courtyards or in several parts too.
    """
    parts = polygons(geom)
    if not parts:
        return ()
    whole: BaseGeometry = shapely.union_all(parts)
    for _ in range(len(parts) + 1):
        rest = polygons(whole)
        if len(rest) == 1:
            break
        largest = max(rest, key=lambda part: part.area)
        nearest = min((part for part in rest if part is not largest), key=largest.distance)
        bridge = _between(largest, nearest)
        whole = shapely.union_all([whole, bridge])
    polygon = max(polygons(whole), key=lambda part: part.area)
    for _ in range(len(polygon.interiors)):
        if not polygon.interiors:
            break
        hole = min(polygon.interiors, key=polygon.exterior.distance)
        cut = shapely.difference(polygon, _between(polygon.exterior, hole))
        polygon = max(polygons(cut), key=lambda part: part.area)
    return tuple((float(x), float(y)) for x, y in orient(shapely.force_2d(polygon)).exterior.coords[:-1])


def _between(one: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    """A strip 2 mm wide from one shape into the other, by the shortest way."""
    line = shapely.shortest_line(one, other)
    if line.length < 1e-9:
        return line.centroid.buffer(_SLIT_M, quad_segs=1)
    (ax, ay), (bx, by) = line.coords
    dx, dy = (bx - ax) / line.length * 0.01, (by - ay) / line.length * 0.01
    return shapely.linestrings([(ax - dx, ay - dy), (bx + dx, by + dy)]).buffer(_SLIT_M / 2, cap_style="flat")


def _xy(point: NDArray[np.float64]) -> Point:
    return float(point[0]), float(point[1])
