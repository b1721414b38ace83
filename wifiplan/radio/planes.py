"""A floor plan as the planes that waves meet: each an infinite plane with a look-up of what is where on it.

Walls are thin: a wave is reflected and passes at the centre plane, and the slab's thickness is in its coefficients.
Pieces that lie on one plane (a wall cut in two, the rooms along a corridor, storeys above each other) are one plane, so that
how a drawing cuts its walls changes nothing. Where pieces overlap, the one listed first counts and the other is not there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from floorplans.plan import Slab, Wall
from wifiplan.errors import DesignError
from wifiplan.radio.materials import layers, material
from wifiplan.radio.propagation import slab_coefficients

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan

FLUSH_M = 0.002
"""Pieces whose centre lines are nearer than this are on one plane: far below any wall, above drafting noise."""

SEAL_M = 1e-6
"""Pieces reach this much further, so that nothing leaks through the line where two of them meet."""

COEFFICIENT_STEPS = 512
"""Steps of cos(theta) in the coefficient tables."""

BOUND_STEPS = 64
"""Steps of cos(theta) in the table of bounds on what a plane reflects."""


class Planes(NamedTuple):
    """Arrays for the kernels, planes first but in `half_space`.

    A plane has a unit normal n and an offset (n . x = offset on it), axes u (level) and v in it, and around all that is there the
    bounds u0, u1, v0, v1. What is there is either cells between breaks of u and v, or polygons.
    """

    half_space: NDArray[np.float64]  # (4, p): normal x, y, z; offset_m
    frame: NDArray[np.float64]  # (p, 14): normal 0:3, offset 3, axis u 4:7, axis v 7:10, bounds 10:14
    parts: NDArray[np.int32]  # (p, 7): first break of u, cells along u, the same of v, first cell, first polygon, polygons
    breaks_m: NDArray[np.float64]  # breaks of u and v of all planes; u, v, u, v ... of the vertices of polygons
    cells: NDArray[np.int16]  # kinds, v running fastest; -1 is a hole
    polygons: NDArray[np.int32]  # (n, 4): place of the first vertex in breaks_m, vertices, kind, 1 if it is convex


Kind = tuple[str, float | None]
"""Material and thickness: what has one set of coefficients."""


@dataclass(slots=True)
class _Plane:
    normal: NDArray[np.float64]
    offset_m: float
    axis_u: NDArray[np.float64]
    axis_v: NDArray[np.float64]
    pieces: list[Wall | Slab] = field(default_factory=list)

    def uv(self, points_m: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([points_m @ self.axis_u, points_m @ self.axis_v], axis=-1)

    def holds(self, points_m: NDArray[np.float64]) -> bool:
        return bool(np.all(np.abs(points_m @ self.normal - self.offset_m) < FLUSH_M))


def _canonical(normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """The one of two opposite normals whose last clearly non-zero component is positive."""
    for component in normal[::-1]:
        if abs(component) > 1e-9:
            return np.asarray(normal if component > 0 else -normal)
    raise DesignError("a slab's corners lie on one line; give it three that do not")


def _wall_plane(wall: Wall) -> _Plane:
    (x0, y0), (x1, y1) = wall.start_m, wall.end_m
    along = np.array([x1 - x0, y1 - y0, 0.0]) / wall.length_m
    normal = _canonical(np.array([-along[1], along[0], 0.0]))
    axis_u = np.array([normal[1], -normal[0], 0.0])
    return _Plane(normal, float(normal @ np.array([x0, y0, 0.0])), axis_u, np.array([0.0, 0.0, 1.0]))


def _slab_plane(vertices_m: NDArray[np.float64], name: str) -> _Plane:
    normal = np.zeros(3)
    for a, b in zip(vertices_m, np.roll(vertices_m, -1, axis=0), strict=True):  # Newell: works for any simple polygon
        normal += np.cross(a - vertices_m[0], b - vertices_m[0])
    size = float(np.linalg.norm(normal))
    if size < 1e-6:
        raise DesignError(f"slab {name or '(without a name)'}: its corners enclose no area; give three that are not on one line")
    normal = _canonical(normal / size)
    offset_m = float(np.mean(vertices_m @ normal))
    if np.max(np.abs(vertices_m @ normal - offset_m)) > 0.02:
        raise DesignError(f"slab {name or '(without a name)'}: its corners are not in one plane; cut it into flat pieces")
    if abs(normal[2]) > 1 - 1e-9:  # flat: along its longest edge, so that a turned rectangle is still a rectangle
        edges = np.roll(vertices_m, -1, axis=0) - vertices_m
        axis_u = edges[int(np.argmax(np.linalg.norm(edges[:, :2], axis=1)))] * np.array([1.0, 1.0, 0.0])
    else:
        axis_u = np.array([-normal[1], normal[0], 0.0])
    axis_u = axis_u / np.linalg.norm(axis_u)
    return _Plane(normal, offset_m, axis_u, np.cross(normal, axis_u))


def _wall_rectangles(plane: _Plane, wall: Wall) -> list[tuple[float, float, float, float, Kind | None]]:
    """(u0, u1, v0, v1, kind), the wall first, then its openings; None is a hole."""
    ends = plane.uv(np.array([[*wall.start_m, 0.0], [*wall.end_m, 0.0]]))[:, 0]
    sign = 1.0 if ends[1] > ends[0] else -1.0
    rectangles: list[tuple[float, float, float, float, Kind | None]] = [
        (
            float(min(ends)) - SEAL_M,
            float(max(ends)) + SEAL_M,
            wall.z0_m - SEAL_M,
            wall.z1_m + SEAL_M,
            (wall.material, wall.thickness_m),
        )
    ]
    for opening in wall.openings:
        u = sorted((ends[0] + sign * opening.u0_m, ends[0] + sign * opening.u1_m))
        kind = None if opening.material is None else (opening.material, opening.thickness_m)
        rectangles.append((float(u[0]), float(u[1]), opening.z0_m, opening.z1_m, kind))
    return rectangles


def _breaks(values: list[float]) -> NDArray[np.float64]:
    """Sorted, without those that differ by drafting noise only."""
    unique = np.unique(np.asarray(values))
    return np.asarray(unique[np.concatenate([[True], np.diff(unique) > 1e-9])])


class _Kinds:
    """Numbers for what has the same coefficients."""

    def __init__(self) -> None:
        self.number: dict[Kind, int] = {}

    def __getitem__(self, kind: Kind | None) -> int:
        return -1 if kind is None else self.number.setdefault(kind, len(self.number))


def _within(middles: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return np.asarray((middles > low) & (middles < high))


def _paint_walls(
    plane: _Plane, walls: list[Wall], kinds: _Kinds
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int16]]:
    drawn = [_wall_rectangles(plane, wall) for wall in walls]
    every = [rectangle for rectangles in drawn for rectangle in rectangles]
    u = _breaks([value for rectangle in every for value in rectangle[:2]])
    v = _breaks([value for rectangle in every for value in rectangle[2:4]])
    mid_u, mid_v = (u[1:] + u[:-1]) / 2, (v[1:] + v[:-1]) / 2
    cells = np.full((len(mid_u), len(mid_v)), -1, dtype=np.int16)
    for rectangles in reversed(drawn):  # the first listed is painted last
        (u0, u1, v0, v1, own), *openings = rectangles
        outline = _within(mid_u, u0, u1)[:, None] & _within(mid_v, v0, v1)[None, :]
        wall = np.where(outline, kinds[own], -1).astype(np.int16)
        for u0, u1, v0, v1, kind in reversed(openings):  # an opening is only where its wall is
            wall[outline & _within(mid_u, u0, u1)[:, None] & _within(mid_v, v0, v1)[None, :]] = kinds[kind]
        cells = np.where(wall >= 0, wall, cells)
    return u, v, cells


def _rectilinear(polygons: list[NDArray[np.float64]]) -> bool:
    for polygon in polygons:
        edges = np.abs(np.roll(polygon, -1, axis=0) - polygon)
        if np.any(np.min(edges, axis=1) > 1e-6):
            return False
    return True


def _contains(polygon: NDArray[np.float64], u: NDArray[np.float64], v: NDArray[np.float64]) -> NDArray[np.bool_]:
    inside = np.zeros(np.broadcast(u, v).shape, dtype=bool)
    for (u0, v0), (u1, v1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if v0 != v1:
            inside ^= ((v0 > v) != (v1 > v)) & (u < u0 + (v - v0) * (u1 - u0) / (v1 - v0))
    return inside


def _convex(polygon: NDArray[np.float64]) -> bool:
    edges = np.roll(polygon, -1, axis=0) - polygon
    after = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0]
    return bool(np.all(turns >= -1e-9) or np.all(turns <= 1e-9))


def _paint_slabs(
    polygons: list[NDArray[np.float64]], numbers: list[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int16]]:
    u = _breaks([float(value) for polygon in polygons for value in polygon[:, 0]])
    v = _breaks([float(value) for polygon in polygons for value in polygon[:, 1]])
    mid_u, mid_v = ((u[1:] + u[:-1]) / 2)[:, None], ((v[1:] + v[:-1]) / 2)[None, :]
    cells = np.full((len(u) - 1, len(v) - 1), -1, dtype=np.int16)
    for polygon, number in zip(reversed(polygons), reversed(numbers), strict=True):
        cells[_contains(polygon, mid_u, mid_v)] = number
    u[0], u[-1], v[0], v[-1] = u[0] - SEAL_M, u[-1] + SEAL_M, v[0] - SEAL_M, v[-1] + SEAL_M
    return u, v, cells


def _grouped(floor_plan: FloorPlan) -> list[_Plane]:
    planes: list[_Plane] = []
    for wall in floor_plan.walls:
        if wall.length_m <= SEAL_M:
            continue
        ends = np.array([[*wall.start_m, wall.z0_m], [*wall.end_m, wall.z1_m]])
        for plane in planes:
            if plane.holds(ends):
                break
        else:
            plane = _wall_plane(wall)
            planes.append(plane)
        plane.pieces.append(wall)
    flat: list[_Plane] = []
    for slab in floor_plan.slabs:
        vertices_m = np.asarray(slab.polygon_m, dtype=np.float64)
        own = _slab_plane(vertices_m, slab.name)
        for plane in flat:
            if abs(plane.normal @ own.normal) > 1 - 1e-6 and plane.holds(vertices_m):
                break
        else:
            plane = own
            flat.append(plane)
        plane.pieces.append(slab)
    return planes + flat


def _check(floor_plan: FloorPlan) -> None:
    """Raise `DesignError`, with the place in the plan, for what no plane can be made of."""
    where = floor_plan.source.file or floor_plan.name
    parts: list[tuple[str, tuple[float, ...], str | None, float | None]] = []
    for index, wall in enumerate(floor_plan.walls):
        place = f"walls[{index}] ({wall.name or wall.material})"
        parts.append((place, (*wall.start_m, *wall.end_m, wall.z0_m, wall.z1_m), wall.material, wall.thickness_m))
        parts += [
            (f"{place}: openings[{number}]", (o.u0_m, o.u1_m, o.z0_m, o.z1_m), o.material, o.thickness_m)
            for number, o in enumerate(wall.openings)
        ]
    for index, slab in enumerate(floor_plan.slabs):
        vertices = tuple(n for vertex in slab.polygon_m for n in vertex)
        parts.append((f"slabs[{index}] ({slab.name or slab.material})", vertices, slab.material, slab.thickness_m))
    for place, numbers, name, thickness_m in parts:
        if not all(map(math.isfinite, numbers)):
            raise DesignError(f"{where}: {place}: a coordinate is not a finite number; mend the plan")
        if thickness_m is not None and not (math.isfinite(thickness_m) and thickness_m > 0):
            raise DesignError(f"{where}: {place}: {thickness_m} m is no thickness; give metres above 0, or none")
        if name is not None:
            try:
                material(name)
            except DesignError as error:
                raise DesignError(f"{where}: {place}: {error}") from None


def planes(floor_plan: FloorPlan) -> tuple[Planes, tuple[Kind, ...]]:
    """The planes of a building and the kinds that their cells number.

    Raises
    ------
    DesignError
        A slab that is not flat or has no area; coordinates or thicknesses that are no figures; an unknown material.
    """
    _check(floor_plan)
    kinds = _Kinds()
    grouped = _grouped(floor_plan)
    frame = np.zeros((len(grouped), 14))
    parts = np.zeros((len(grouped), 7), dtype=np.int32)
    breaks: list[NDArray[np.float64]] = [np.empty(0)]
    cells: list[NDArray[np.int16]] = [np.empty(0, dtype=np.int16)]
    polygons: list[tuple[int, int, int, bool]] = []
    size = painted_cells = 0  # of breaks and of cells so far
    for plane, axes, where in zip(grouped, frame, parts, strict=True):
        slabs = [piece for piece in plane.pieces if isinstance(piece, Slab)]
        shapes = [plane.uv(np.asarray(slab.polygon_m, dtype=np.float64)) for slab in slabs]
        numbers_of = [kinds[slab.material, slab.thickness_m] for slab in slabs]
        if not slabs:
            u, v, painted = _paint_walls(plane, [piece for piece in plane.pieces if isinstance(piece, Wall)], kinds)
        elif _rectilinear(shapes):
            u, v, painted = _paint_slabs(shapes, numbers_of)
        else:
            every = np.concatenate(shapes)
            (u, v), painted = (
                (np.array([every[:, axis].min(), every[:, axis].max()]) for axis in (0, 1)),
                np.zeros((0, 0), np.int16),
            )
            where[5:] = len(polygons), len(shapes)
            for shape, number in zip(shapes, numbers_of, strict=True):
                polygons.append((size, len(shape), number, _convex(shape)))
                breaks.append(shape.ravel())
                size += shape.size
        axes[:] = [*plane.normal, plane.offset_m, *plane.axis_u, *plane.axis_v, u[0], u[-1], v[0], v[-1]]
        if painted.size:
            where[:5] = size, len(u) - 1, size + len(u), len(v) - 1, painted_cells
            breaks += [u, v]
            cells.append(painted.ravel())
            size, painted_cells = size + len(u) + len(v), painted_cells + painted.size
    geometry = Planes(
        half_space=np.ascontiguousarray(frame[:, :4].T),
        frame=frame,
        parts=parts,
        breaks_m=np.concatenate(breaks),
        cells=np.concatenate(cells),
        polygons=np.asarray(polygons, dtype=np.int32).reshape(-1, 4),
    )
    return geometry, tuple(kinds.number)


def coefficient_table(kinds: tuple[Kind, ...], frequency_mhz: float) -> NDArray[np.float32]:
    """(kind, step, 8): real and imaginary parts of R_te, R_tm, T_te, T_tm at cos(theta) = step / COEFFICIENT_STEPS.

    Raises
    ------
    DesignError
        An unknown material.
    OutOfRangeError
        A material that is not known at this frequency.
    """
    cos_theta = np.linspace(0.0, 1.0, COEFFICIENT_STEPS + 1)
    table = np.zeros((max(len(kinds), 1), COEFFICIENT_STEPS + 1, 8), dtype=np.float32)
    for row, (name, thickness_m) in zip(table, kinds, strict=False):
        slab = slab_coefficients(layers(name, thickness_m, frequency_mhz), cos_theta, frequency_mhz)
        for column, values in enumerate(slab):
            row[:, 2 * column], row[:, 2 * column + 1] = values.real, values.imag
    return table


def reflection_bounds(geometry: Planes, table: NDArray[np.float32]) -> NDArray[np.float64]:
    """(plane, BOUND_STEPS): no more power than this is reflected where cos(theta) >= step / BOUND_STEPS, whatever is hit."""
    power = np.maximum(table[..., 0] ** 2 + table[..., 1] ** 2, table[..., 2] ** 2 + table[..., 3] ** 2).astype(np.float64)
    steeper = np.maximum.accumulate(power[:, ::-1], axis=1)[:, ::-1][:, : -1 : COEFFICIENT_STEPS // BOUND_STEPS]
    bounds = np.zeros((len(geometry.frame), BOUND_STEPS))
    for row, (_, along_u, _, along_v, first, polygon, polygons) in zip(bounds, geometry.parts, strict=True):
        there = (
            geometry.polygons[polygon : polygon + polygons, 2] if polygons else geometry.cells[first : first + along_u * along_v]
        )
        if np.any(there >= 0):
            row[:] = steeper[np.unique(there[there >= 0])].max(axis=0)
    return bounds
