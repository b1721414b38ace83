"""The image method in 3-D with vector polarisation: power that reaches points by paths through and off planes. Kernels only.

A reflection on a plane is a source behind it. What such an image can light is a cone: from the image through the window that
its own plane, and every plane before it, leaves open. Cones that close are cut off with everything behind them, so that only
sequences of reflections that reach somewhere are followed. Along a path the electric field, a complex vector, is changed by
the slab coefficients of all it meets, split at each plane into the part across (TE) and in (TM) the plane of incidence.
"""
# ruff: noqa: PLR0917  kernels take arrays, and Numba takes them by position

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numba
import numpy as np

from wifiplan.radio.planes import BOUND_STEPS, COEFFICIENT_STEPS, Planes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_FAST = {"contract", "reassoc", "arcp", "nsz"}  # not nnan, ninf: a NaN must stay one, so that tests see it


def _kernel(*, parallel: bool = False) -> Callable[[_Function], _Function]:
    """Compiled once on this machine and kept on disk."""
    jit = numba.njit(cache=True, fastmath=_FAST, error_model="numpy", nogil=True, parallel=parallel)
    return cast("Callable[[_Function], _Function]", jit)


def threads() -> int:
    """That share the tasks of a call."""
    return int(numba.get_num_threads())


MAX_REFLECTIONS = 3

EDGES = 10
"""Most edges of a window that are kept. One with more stays wider than it is, which costs time and no accuracy."""

NEAR_M = 0.1
"""Nearer than this to an antenna there is no far field: the spreading loss stays that of this distance."""

NEGLIGIBLE = 5e-4
"""A path that adds less than this share to what has already reached a cell is left out."""

SMOOTH = 4e-2
"""A path that may add less than this share to a cell is taken at the cell's centre, edge or not."""

STRONG = 0.1
"""A path that may add more than this share to a cell through which a wall goes gets twice the samples each way: the mean over the
cell is that of its bright part, however small."""

PROMISE = 2.0
"""So many times what `_narrow` finds is what a box may hide: its middle is not its brightest place."""

SMALLEST = 2
"""Cells along a box that is not cut further: finding out what one cell's paths meet takes as long as taking its samples."""

NEAR_CELLS = 4.0
"""Nearer than so many sides of a cell to an image, the power is not the same all over a cell."""

ELEVATION_STEPS = 64
"""Steps of the square root of sin(elevation): fine where paths are level, and people matter most."""


class Sources(NamedTuple):
    """Transmitters, first index; `tables` and `patterns` are shared by those that have the same frequency or antenna."""

    place_m: NDArray[np.float64]  # (s, 3)
    wavelength_m: NDArray[np.float64]  # (s,)
    table: NDArray[np.int64]  # (s,) into tables
    tables: NDArray[np.float32]  # (t, kind, step, 8): see planes.coefficient_table
    bounds: NDArray[np.float64]  # (t, plane, BOUND_STEPS): see planes.reflection_bounds
    frame: NDArray[np.float64]  # (s, 3, 3): forward, left and up of the antenna
    pattern: NDArray[np.int64]  # (s,) into patterns; -1 is isotropic
    patterns: NDArray[np.float32]  # (a, 361, 181): power gain by azimuth (-180..180) and elevation (-90..90) degrees
    people: NDArray[np.float64]  # (t, bodies, ELEVATION_STEPS + 1): power share that comes through, by sqrt(sin(elevation))


class Beams(NamedTuple):
    """Cones of images, all of one number of reflections, sorted by source."""

    source: NDArray[np.int64]  # (b,)
    hit: NDArray[np.int64]  # (b, MAX_REFLECTIONS): planes in order from the source
    images_m: NDArray[np.float64]  # (b, MAX_REFLECTIONS + 1, 3): the source itself first
    side: NDArray[np.float64]  # (b,): +1 or -1, the side of the last plane that is lit
    edges: NDArray[np.int64]  # (b,)
    edge: NDArray[np.float64]  # (b, EDGES, 3): lit where edge . (x - image) >= 0
    bound: NDArray[np.float64]  # (b,): no more than this share of the power survives the reflections


def beams(count: int) -> Beams:
    """Room for so many."""
    return Beams(
        source=np.zeros(count, dtype=np.int64),
        hit=np.full((count, MAX_REFLECTIONS), -1, dtype=np.int64),
        images_m=np.zeros((count, MAX_REFLECTIONS + 1, 3)),
        side=np.zeros(count),
        edges=np.zeros(count, dtype=np.int64),
        edge=np.zeros((count, EDGES, 3)),
        bound=np.zeros(count),
    )


@_kernel()
def _interval(breaks_m: NDArray[np.float64], first: int, count: int, value: float) -> int:
    """The one of `count` intervals between breaks that holds a value; the nearest if none does."""
    i, high = 0, count
    while high - i > 1:
        middle = (i + high) >> 1
        if value < breaks_m[first + middle]:
            high = middle
        else:
            i = middle
    return i


@_kernel()
def _in_polygon(planes: Planes, polygon: int, u: float, v: float) -> bool:
    first, vertices = planes.polygons[polygon, 0], planes.polygons[polygon, 1]
    inside = False
    u0, v0 = planes.breaks_m[first + 2 * vertices - 2], planes.breaks_m[first + 2 * vertices - 1]
    for vertex in range(vertices):
        u1, v1 = planes.breaks_m[first + 2 * vertex], planes.breaks_m[first + 2 * vertex + 1]
        if (v0 > v) != (v1 > v) and u < u0 + (v - v0) * (u1 - u0) / (v1 - v0):
            inside = not inside
        u0, v0 = u1, v1
    return inside


@_kernel()
def _kind_where(planes: Planes, p: int, x: float, y: float, z: float) -> int:
    """What is at a point of plane p: a kind, or -1 for nothing."""
    f = planes.frame[p]
    u = f[4] * x + f[5] * y + f[6] * z
    v = f[7] * x + f[8] * y + f[9] * z
    if u < f[10] or u > f[11] or v < f[12] or v > f[13]:
        return -1
    index = planes.parts[p]
    for polygon in range(index[5], index[5] + index[6]):
        if _in_polygon(planes, polygon, u, v):
            return int(planes.polygons[polygon, 2])
    if index[6] > 0:
        return -1
    i = _interval(planes.breaks_m, index[0], index[1], u)
    j = _interval(planes.breaks_m, index[2], index[3], v)
    return int(planes.cells[index[4] + i * index[3] + j])


@_kernel()
def _pass(
    table: NDArray[np.float32],
    kind: int,
    cos: float,
    column: int,
    kx: float,
    ky: float,
    kz: float,
    nx: float,
    ny: float,
    nz: float,
    field: NDArray[np.float64],
) -> None:
    """Change the field (x, y, z real; x, y, z imaginary) by a slab: column 0 reflects, 4 lets through.

    With s the unit vector along k x n: through, E' = T_tm E + (T_te - T_tm) (E.s) s; reflected, with M the mirror image,
    E' = -R_tm M(E) + (R_te + R_tm) (E.s) s, which is P.2040's sign convention without naming the TM directions.
    """
    step = min(cos, 1.0) * COEFFICIENT_STEPS
    row = min(int(step), COEFFICIENT_STEPS - 1)
    part = step - row
    low, high = table[kind, row], table[kind, row + 1]
    te_r, te_i = low[column] + part * (high[column] - low[column]), low[column + 1] + part * (high[column + 1] - low[column + 1])
    tm_r = low[column + 2] + part * (high[column + 2] - low[column + 2])
    tm_i = low[column + 3] + part * (high[column + 3] - low[column + 3])
    if column == 0:
        tm_r, tm_i = -tm_r, -tm_i
    x_r, y_r, z_r, x_i, y_i, z_i = field[0], field[1], field[2], field[3], field[4], field[5]
    sx, sy, sz = ky * nz - kz * ny, kz * nx - kx * nz, kx * ny - ky * nx
    square = sx * sx + sy * sy + sz * sz
    along_r = along_i = 0.0
    if square > 1e-12:  # else at normal incidence, where both polarisations are one
        e_r = (x_r * sx + y_r * sy + z_r * sz) / square
        e_i = (x_i * sx + y_i * sy + z_i * sz) / square
        d_r, d_i = te_r - tm_r, te_i - tm_i
        along_r, along_i = d_r * e_r - d_i * e_i, d_r * e_i + d_i * e_r
    if column == 0:
        twice_r = 2.0 * (x_r * nx + y_r * ny + z_r * nz)
        twice_i = 2.0 * (x_i * nx + y_i * ny + z_i * nz)
        x_r, y_r, z_r = x_r - twice_r * nx, y_r - twice_r * ny, z_r - twice_r * nz
        x_i, y_i, z_i = x_i - twice_i * nx, y_i - twice_i * ny, z_i - twice_i * nz
    field[0], field[3] = tm_r * x_r - tm_i * x_i + along_r * sx, tm_r * x_i + tm_i * x_r + along_i * sx
    field[1], field[4] = tm_r * y_r - tm_i * y_i + along_r * sy, tm_r * y_i + tm_i * y_r + along_i * sy
    field[2], field[5] = tm_r * z_r - tm_i * z_i + along_r * sz, tm_r * z_i + tm_i * z_r + along_i * sz


@_kernel()
def _departure(
    frame: NDArray[np.float64], pattern: NDArray[np.float32], kx: float, ky: float, kz: float, field: NDArray[np.float64]
) -> None:
    """Set the field that an antenna sends along k: its polarisation is that of a dipole along the antenna's up."""
    up = kx * frame[2, 0] + ky * frame[2, 1] + kz * frame[2, 2]
    ex, ey, ez = up * kx - frame[2, 0], up * ky - frame[2, 1], up * kz - frame[2, 2]
    size = math.sqrt(ex * ex + ey * ey + ez * ez)
    if size < 1e-9:  # straight along the axis: any direction across is as good
        ex, ey, ez, size = frame[0, 0], frame[0, 1], frame[0, 2], 1.0
    scale = 1.0 / size
    if pattern.size > 0:
        forward = kx * frame[0, 0] + ky * frame[0, 1] + kz * frame[0, 2]
        left = kx * frame[1, 0] + ky * frame[1, 1] + kz * frame[1, 2]
        azimuth = math.degrees(math.atan2(left, forward)) + 180.0
        elevation = math.degrees(math.asin(max(-1.0, min(1.0, up)))) + 90.0
        i, j = min(int(azimuth), 359), min(int(elevation), 179)
        f, g = azimuth - i, elevation - j
        low = pattern[i, j] + f * (pattern[i + 1, j] - pattern[i, j])
        high = pattern[i, j + 1] + f * (pattern[i + 1, j + 1] - pattern[i, j + 1])
        scale *= math.sqrt(low + g * (high - low))
    field[0], field[1], field[2] = ex * scale, ey * scale, ez * scale
    field[3] = field[4] = field[5] = 0.0


class _Lists(NamedTuple):
    """What may lie on the legs of one beam's paths to the places of a box, for a box within a box within a box (first index)."""

    entries: NDArray[np.int64]  # (depth, leg): how many
    plane: NDArray[np.int64]  # (depth, leg, n)
    kind: NDArray[np.int64]  # (depth, leg, n): the kind that all paths meet there, or _LOOK, or _MAYBE
    mirror: NDArray[np.int64]  # (depth, leg): the kind that all are reflected on at its end, or _LOOK


ON_M = 1e-9
"""Nearer than this is on a plane."""

_LOOK, _MAYBE = -2, -3  # met by all paths, but not in the same kind; met by some
_UNKNOWN = 1e30


@_kernel()
def _lists(n_planes: int, depth: int) -> _Lists:
    """Room for lists; the first box is everything, so that every plane may be met."""
    legs = MAX_REFLECTIONS + 1
    lists = _Lists(
        np.zeros((depth, legs), dtype=np.int64),
        np.zeros((depth, legs, n_planes), dtype=np.int64),
        np.zeros((depth, legs, n_planes), dtype=np.int64),
        np.full((depth, legs), _LOOK, dtype=np.int64),
    )
    for leg in range(legs):
        lists.entries[0, leg] = n_planes
        for p in range(n_planes):
            lists.plane[0, leg, p], lists.kind[0, leg, p] = p, _MAYBE
    return lists


@_kernel()
def _corners(
    planes: Planes,
    order: int,
    hit: NDArray[np.int64],
    images_m: NDArray[np.float64],
    x: float,
    y: float,
    z: float,
    path: NDArray[np.float64],
) -> bool:
    """Fill `path` with source, places of reflection and (x, y, z); False if the mirrors' planes cannot give such a path."""
    half = planes.half_space
    path[0, 0], path[0, 1], path[0, 2] = images_m[0, 0], images_m[0, 1], images_m[0, 2]
    path[order + 1, 0], path[order + 1, 1], path[order + 1, 2] = x, y, z
    for k in range(order, 0, -1):
        p = hit[k - 1]
        ix, iy, iz = images_m[k, 0], images_m[k, 1], images_m[k, 2]
        before = half[0, p] * ix + half[1, p] * iy + half[2, p] * iz - half[3, p]
        after = half[0, p] * x + half[1, p] * y + half[2, p] * z - half[3, p]
        if before * after >= 0.0:
            return False
        t = before / (before - after)
        x, y, z = ix + t * (x - ix), iy + t * (y - iy), iz + t * (z - iz)
        path[k, 0], path[k, 1], path[k, 2] = x, y, z
    return True


@_kernel()
def _above(planes: Planes, p: int, place_m: NDArray[np.float64]) -> float:
    """Distance of a place from plane p, positive on the normal's side."""
    half = planes.half_space
    return float(half[0, p] * place_m[0] + half[1, p] * place_m[1] + half[2, p] * place_m[2] - half[3, p])


@_kernel()
def _kind_within(
    planes: Planes, p: int, uv: NDArray[np.float64], corners: int, table: NDArray[np.float32], row: int, column: int
) -> tuple[int, int]:
    """What is at the convex hull of points (u, v) of plane p: a kind, -1 for nothing, or _LOOK; and the kind that does most.

    "Most" is let through (column 4; -1 if there is a hole) or reflected (column 0; -1 if there is nothing at all).
    """
    f, index = planes.frame[p], planes.parts[p]
    u0 = u1 = uv[0, 0]
    v0 = v1 = uv[0, 1]
    for c in range(1, corners):
        u0, u1, v0, v1 = min(u0, uv[c, 0]), max(u1, uv[c, 0]), min(v0, uv[c, 1]), max(v1, uv[c, 1])
    if u1 - u0 > 2 * ON_M:  # a hull that ends at a break does not reach beyond it
        u0, u1 = u0 + ON_M, u1 - ON_M
    if v1 - v0 > 2 * ON_M:
        v0, v1 = v0 + ON_M, v1 - ON_M
    if u1 < f[10] or u0 > f[11] or v1 < f[12] or v0 > f[13]:
        return -1, -1
    if index[6] > 0:
        polygon = index[5]  # only the first one is surely not below another
        if planes.polygons[polygon, 3] == 1:
            same = True
            for c in range(corners):
                same = same and _in_polygon(planes, polygon, uv[c, 0], uv[c, 1])
            if same:
                kind = int(planes.polygons[polygon, 2])
                return kind, kind
        return _LOOK, (int(planes.polygons[polygon, 2]) if column == 0 and index[6] == 1 else -1 if column == 4 else _LOOK)
    whole = u0 >= f[10] and u1 <= f[11] and v0 >= f[12] and v1 <= f[13]
    i0, i1 = _interval(planes.breaks_m, index[0], index[1], u0), _interval(planes.breaks_m, index[0], index[1], u1)
    j0, j1 = _interval(planes.breaks_m, index[2], index[3], v0), _interval(planes.breaks_m, index[2], index[3], v1)
    only = int(planes.cells[index[4] + i0 * index[3] + j0])
    hole, one, best, most = not whole, True, -1, -1.0
    for i in range(i0, i1 + 1):
        for j in range(j0, j1 + 1):
            kind = int(planes.cells[index[4] + i * index[3] + j])
            one = one and kind == only
            if kind < 0:
                hole = True
                continue
            values = table[kind, row]
            power = values[column] ** 2 + values[column + 1] ** 2 + values[column + 2] ** 2 + values[column + 3] ** 2
            if power > most:
                best, most = kind, float(power)
    if column == 4 and hole:
        best = -1
    if one and (whole or only < 0):
        return only, best
    return _LOOK, best


@_kernel()
def _narrow(
    planes: Planes,
    table: NDArray[np.float32],
    frame: NDArray[np.float64],
    pattern: NDArray[np.float32],
    order: int,
    hit: NDArray[np.int64],
    images_m: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    lists: _Lists,
    depth: int,
    paths_m: NDArray[np.float64],
    uv: NDArray[np.float64],
    ends: NDArray[np.float64],
    field: NDArray[np.float64],
    least: float,
) -> tuple[float, bool]:
    """Set the lists at `depth` from those of the box around it; how much power (of 1 sent) may come, and whether all is known.

    Less than `least` is 0.

    The corners of the box span the paths to all places in it: on each plane, these meet the convex hull of what the corners'
    paths meet. The power is that at the middle, through the clearest and off the brightest kinds of the hull: not a bound, but
    never far below what any place gets.
    """
    corners = 4 if low[2] == high[2] else 8
    above = depth - 1
    possible = True
    for c in range(corners + 1):
        x = 0.5 * (low[0] + high[0]) if c == corners else high[0] if c & 1 else low[0]
        y = 0.5 * (low[1] + high[1]) if c == corners else high[1] if c & 2 else low[1]
        z = 0.5 * (low[2] + high[2]) if c == corners else high[2] if c & 4 else low[2]
        possible = possible and _corners(planes, order, hit, images_m, x, y, z, paths_m[c])
    if not possible:  # a mirror's plane cuts the box
        for leg in range(order + 1):
            lists.entries[depth, leg], lists.mirror[depth, leg] = lists.entries[above, leg], lists.mirror[above, leg]
            for n in range(lists.entries[above, leg]):
                lists.plane[depth, leg, n], lists.kind[depth, leg, n] = lists.plane[above, leg, n], lists.kind[above, leg, n]
        return _UNKNOWN, False
    known, power = True, 0.0
    middle = paths_m[corners]
    for leg in range(order + 1):
        dx, dy, dz = middle[leg + 1, 0] - middle[leg, 0], middle[leg + 1, 1] - middle[leg, 1], middle[leg + 1, 2] - middle[leg, 2]
        length = math.sqrt(dx * dx + dy * dy + dz * dz)
        kx, ky, kz = (dx / length, dy / length, dz / length) if length > 1e-9 else (0.0, 0.0, -1.0)
        if leg == 0:
            _departure(frame, pattern, kx, ky, kz, field)
        kept = 0
        for n in range(lists.entries[above, leg]):
            p, kind = lists.plane[above, leg, n], lists.kind[above, leg, n]
            nx, ny, nz = planes.half_space[0, p], planes.half_space[1, p], planes.half_space[2, p]
            cos = abs(kx * nx + ky * ny + kz * nz)
            best = kind
            if kind < 0:
                if (leg > 0 and p == hit[leg - 1]) or (leg < order and p == hit[leg]):
                    continue  # the leg starts or ends on it
                # A corner on the plane, as where cells end at a wall, is on neither side: the others say.
                above_from = below_from = above_to = below_to = False
                for c in range(corners):
                    start, end = _above(planes, p, paths_m[c, leg]), _above(planes, p, paths_m[c, leg + 1])
                    above_from, below_from = above_from or start > ON_M, below_from or start < -ON_M
                    above_to, below_to = above_to or end > ON_M, below_to or end < -ON_M
                    ends[c, 0], ends[c, 1] = start, end
                if not (below_from or below_to) or not (above_from or above_to):
                    continue  # all on one side
                kind, best = _MAYBE, -1
                if (above_from and below_to and not below_from and not above_to) or (
                    below_from and above_to and not above_from and not below_to
                ):
                    for c in range(corners):
                        start, end = ends[c, 0], ends[c, 1]
                        t = start / (start - end) if start != end else 0.0
                        _plane_uv(planes, p, paths_m[c, leg], paths_m[c, leg + 1], t, uv[c])
                    row = min(int(cos * COEFFICIENT_STEPS + 0.5), COEFFICIENT_STEPS)
                    kind, best = _kind_within(planes, p, uv, corners, table, row, 4)
                    if kind == -1:
                        continue
            if best >= 0:
                _pass(table, best, cos, 4, kx, ky, kz, nx, ny, nz, field)
            known = known and kind >= 0
            lists.plane[depth, leg, kept], lists.kind[depth, leg, kept] = p, kind
            kept += 1
        lists.entries[depth, leg] = kept
        if leg < order:
            p = hit[leg]
            kind = best = lists.mirror[above, leg]
            nx, ny, nz = planes.half_space[0, p], planes.half_space[1, p], planes.half_space[2, p]
            cos = abs(kx * nx + ky * ny + kz * nz)
            if kind < 0:
                for c in range(corners):
                    _plane_uv(planes, p, paths_m[c, leg + 1], paths_m[c, leg + 1], 0.0, uv[c])
                row = min(int(cos * COEFFICIENT_STEPS + 0.5), COEFFICIENT_STEPS)
                kind, best = _kind_within(planes, p, uv, corners, table, row, 0)
                if best == -1:
                    return 0.0, True  # nothing to be reflected on
            if best >= 0:
                _pass(table, best, cos, 0, kx, ky, kz, nx, ny, nz, field)
            known = known and kind >= 0
            lists.mirror[depth, leg] = kind
        power = 0.0
        for part in range(6):
            power += field[part] * field[part]
        if power < least:
            return 0.0, True
    return power, known


@_kernel()
def _plane_uv(
    planes: Planes, p: int, start_m: NDArray[np.float64], end_m: NDArray[np.float64], t: float, uv: NDArray[np.float64]
) -> None:
    """Where a leg is on plane p, at the share t of it."""
    f = planes.frame[p]
    x, y, z = (
        start_m[0] + t * (end_m[0] - start_m[0]),
        start_m[1] + t * (end_m[1] - start_m[1]),
        start_m[2] + t * (end_m[2] - start_m[2]),
    )
    uv[0], uv[1] = f[4] * x + f[5] * y + f[6] * z, f[7] * x + f[8] * y + f[9] * z


@_kernel()
def _power(
    planes: Planes,
    wavelength_m: float,
    table: NDArray[np.float32],
    frame: NDArray[np.float64],
    pattern: NDArray[np.float32],
    order: int,
    hit: NDArray[np.int64],
    images_m: NDArray[np.float64],
    place_m: NDArray[np.float64],
    lists: _Lists,
    depth: int,
    least: float,
    path: NDArray[np.float64],
    met_t: NDArray[np.float64],
    met: NDArray[np.int64],
    field: NDArray[np.float64],
) -> float:
    """Power gain of one image at a place of the box of the lists at `depth`; 0 if there is no path or less than `least`.

    `path` (MAX_REFLECTIONS + 2, 3) is left as the path from the source.
    """
    half = planes.half_space
    x, y, z = place_m[0], place_m[1], place_m[2]
    if not _corners(planes, order, hit, images_m, x, y, z, path):
        return 0.0
    dx, dy, dz = x - images_m[order, 0], y - images_m[order, 1], z - images_m[order, 2]
    gain = (wavelength_m / (4.0 * math.pi)) ** 2 / max(dx * dx + dy * dy + dz * dz, NEAR_M * NEAR_M)
    for leg in range(order + 1):
        dx, dy, dz = path[leg + 1, 0] - path[leg, 0], path[leg + 1, 1] - path[leg, 1], path[leg + 1, 2] - path[leg, 2]
        length = math.sqrt(dx * dx + dy * dy + dz * dz)
        kx, ky, kz = (dx / length, dy / length, dz / length) if length > 1e-9 else (0.0, 0.0, -1.0)
        if leg == 0:
            _departure(frame, pattern, kx, ky, kz, field)
        n_met = 0
        for n in range(lists.entries[depth, leg]):
            p, kind = lists.plane[depth, leg, n], lists.kind[depth, leg, n]
            if (leg > 0 and p == hit[leg - 1]) or (leg < order and p == hit[leg]):
                continue  # exactly on it: the leg does not go through
            start, end = _above(planes, p, path[leg]), _above(planes, p, path[leg + 1])
            if start * end >= 0.0:
                continue
            t = start / (start - end)
            if kind < 0:
                kind = _kind_where(planes, p, path[leg, 0] + t * dx, path[leg, 1] + t * dy, path[leg, 2] + t * dz)
                if kind < 0:
                    continue
            at = n_met
            while at > 0 and met_t[at - 1] > t:
                met_t[at], met[0, at], met[1, at] = met_t[at - 1], met[0, at - 1], met[1, at - 1]
                at -= 1
            met_t[at], met[0, at], met[1, at] = t, p, kind
            n_met += 1
        for at in range(n_met):
            p = met[0, at]
            nx, ny, nz = half[0, p], half[1, p], half[2, p]
            _pass(table, met[1, at], abs(kx * nx + ky * ny + kz * nz), 4, kx, ky, kz, nx, ny, nz, field)
        if leg < order:
            p, kind = hit[leg], lists.mirror[depth, leg]
            if kind < 0:
                kind = _kind_where(planes, p, path[leg + 1, 0], path[leg + 1, 1], path[leg + 1, 2])
                if kind < 0:
                    return 0.0
            nx, ny, nz = half[0, p], half[1, p], half[2, p]
            _pass(table, kind, abs(kx * nx + ky * ny + kz * nz), 0, kx, ky, kz, nx, ny, nz, field)
        power = 0.0
        for part in range(6):
            power += field[part] * field[part]
        if gain * power < least:
            return 0.0
    return float(gain * power)


@_kernel()
def _lit(planes: Planes, beams: Beams, b: int, order: int, x: float, y: float, z: float) -> bool:
    """Whether the cone of a beam holds a point."""
    if order == 0:
        return True
    p = beams.hit[b, order - 1]
    half = planes.half_space
    if beams.side[b] * (half[0, p] * x + half[1, p] * y + half[2, p] * z - half[3, p]) <= 0.0:
        return False
    dx, dy, dz = x - beams.images_m[b, order, 0], y - beams.images_m[b, order, 1], z - beams.images_m[b, order, 2]
    for e in range(beams.edges[b]):
        if beams.edge[b, e, 0] * dx + beams.edge[b, e, 1] * dy + beams.edge[b, e, 2] * dz < 0.0:
            return False
    return True


@_kernel()
def _reaches(planes: Planes, beams: Beams, b: int, order: int, low: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """Squared distance from a beam's image to a box, at least NEAR_M squared; -1 if the beam surely lights none of it."""
    image = beams.images_m[b, order]
    if order > 0:
        p = beams.hit[b, order - 1]
        most = -planes.half_space[3, p] * beams.side[b]
        for axis in range(3):
            slope = planes.half_space[axis, p] * beams.side[b]
            most += slope * (high[axis] if slope > 0 else low[axis])
        if most <= 0.0:
            return -1.0
        for e in range(beams.edges[b]):
            most = 0.0
            for axis in range(3):
                slope = beams.edge[b, e, axis]
                most += slope * ((high[axis] if slope > 0 else low[axis]) - image[axis])
            if most < 0.0:
                return -1.0
    square = 0.0
    for axis in range(3):
        away = max(low[axis] - image[axis], image[axis] - high[axis], 0.0)
        square += away * away
    return max(square, NEAR_M * NEAR_M)


@_kernel()
def _clip(polygon: NDArray[np.float64], n: int, ax: float, ay: float, az: float, offset: float, out: NDArray[np.float64]) -> int:
    """Cut a convex polygon (n vertices) to where a . x >= offset; gives the vertices left, written to out."""
    left = 0
    x0, y0, z0 = polygon[n - 1, 0], polygon[n - 1, 1], polygon[n - 1, 2]
    d0 = ax * x0 + ay * y0 + az * z0 - offset
    for index in range(n):
        x1, y1, z1 = polygon[index, 0], polygon[index, 1], polygon[index, 2]
        d1 = ax * x1 + ay * y1 + az * z1 - offset
        if (d0 < 0.0) != (d1 < 0.0):
            t = d0 / (d0 - d1)
            out[left, 0], out[left, 1], out[left, 2] = x0 + t * (x1 - x0), y0 + t * (y1 - y0), z0 + t * (z1 - z0)
            left += 1
        if d1 >= 0.0:
            out[left, 0], out[left, 1], out[left, 2] = x1, y1, z1
            left += 1
        x0, y0, z0, d0 = x1, y1, z1, d1
    return left


@_kernel()
def _window(planes: Planes, beams: Beams, b: int, order: int, g: int, work: NDArray[np.float64]) -> int:
    """What a beam lights of plane g: vertices of a convex polygon, left in work[0]; less than 3 is nothing."""
    f = planes.frame[g]
    for corner in range(4):
        u = f[10] if corner in {0, 3} else f[11]
        v = f[12] if corner < 2 else f[13]
        for axis in range(3):
            work[0, corner, axis] = f[axis] * f[3] + f[4 + axis] * u + f[7 + axis] * v
    n, now = 4, 0
    if order > 0:
        p, side, half = beams.hit[b, order - 1], beams.side[b], planes.half_space
        n = _clip(work[0], n, side * half[0, p], side * half[1, p], side * half[2, p], side * half[3, p] + 1e-9, work[1])
        now = 1
        image = beams.images_m[b, order]
        for e in range(beams.edges[b]):
            if n < 3:
                return 0
            edge = beams.edge[b, e]
            offset = edge[0] * image[0] + edge[1] * image[1] + edge[2] * image[2]
            n = _clip(work[now], n, edge[0], edge[1], edge[2], offset, work[1 - now])
            now = 1 - now
    if now == 1:
        work[0, :n] = work[1, :n]
    return n


@_kernel()
def _child(
    planes: Planes,
    beams: Beams,
    b: int,
    order: int,
    g: int,
    reflect: NDArray[np.float64],
    least_share: float,
    work: NDArray[np.float64],
) -> tuple[int, float, float]:
    """(vertices of the window, distance of the image from plane g, bound on the power share) of a reflection on plane g."""
    if order > 0 and g == beams.hit[b, order - 1]:
        return 0, 0.0, 0.0
    image, half = beams.images_m[b, order], planes.half_space
    distance = half[0, g] * image[0] + half[1, g] * image[1] + half[2, g] * image[2] - half[3, g]
    if abs(distance) < 1e-6:  # a source on the plane is its own image
        return 0, 0.0, 0.0
    n = _window(planes, beams, b, order, g, work)
    if n < 3:
        return 0, 0.0, 0.0
    furthest = 0.0
    for vertex in range(n):
        dx, dy, dz = work[0, vertex, 0] - image[0], work[0, vertex, 1] - image[1], work[0, vertex, 2] - image[2]
        furthest = max(furthest, dx * dx + dy * dy + dz * dz)
    cos = abs(distance) / math.sqrt(furthest)
    bound = beams.bound[b] * reflect[g, min(int(cos * BOUND_STEPS), BOUND_STEPS - 1)]
    return (n if bound >= least_share else 0), distance, bound


@_kernel(parallel=True)
def count_children(planes: Planes, sources: Sources, beams: Beams, order: int, least_share: float) -> NDArray[np.int64]:
    """How many planes each beam of this order can be reflected on (b,)."""
    counts = np.zeros(beams.source.size, dtype=np.int64)
    for b in numba.prange(beams.source.size):
        work = np.empty((2, 5 + 2 * EDGES, 3))
        reflect = sources.bounds[sources.table[beams.source[b]]]
        for g in range(planes.frame.shape[0]):
            if _child(planes, beams, b, order, g, reflect, least_share, work)[0] >= 3:
                counts[b] += 1
    return counts


@_kernel(parallel=True)
def children(
    planes: Planes, sources: Sources, beams: Beams, order: int, least_share: float, first: NDArray[np.int64], out: Beams
) -> None:
    """Fill `out` with the reflections of every beam, those of beam b from first[b] on."""
    # Numba drops what a parallel loop writes through a tuple.
    out_source, out_hit, out_images_m, out_side, out_edges, out_edge, out_bound = out
    for b in numba.prange(beams.source.size):
        work = np.empty((2, 5 + 2 * EDGES, 3))
        image = beams.images_m[b, order]
        reflect = sources.bounds[sources.table[beams.source[b]]]
        c = first[b]
        for g in range(planes.frame.shape[0]):
            n, distance, bound = _child(planes, beams, b, order, g, reflect, least_share, work)
            if n < 3:
                continue
            out_source[c], out_bound[c], out_side[c] = beams.source[b], bound, 1.0 if distance > 0 else -1.0
            out_hit[c] = beams.hit[b]
            out_hit[c, order] = g
            out_images_m[c] = beams.images_m[b]
            f = planes.frame[g]
            ix, iy, iz = image[0] - 2.0 * distance * f[0], image[1] - 2.0 * distance * f[1], image[2] - 2.0 * distance * f[2]
            out_images_m[c, order + 1, 0], out_images_m[c, order + 1, 1], out_images_m[c, order + 1, 2] = ix, iy, iz
            mx = my = mz = 0.0
            for vertex in range(n):
                mx, my, mz = mx + work[0, vertex, 0], my + work[0, vertex, 1], mz + work[0, vertex, 2]
            mx, my, mz = mx / n - ix, my / n - iy, mz / n - iz
            edges = 0
            for vertex in range(n):
                following = vertex + 1 if vertex + 1 < n else 0
                ax, ay, az = work[0, vertex, 0] - ix, work[0, vertex, 1] - iy, work[0, vertex, 2] - iz
                bx, by, bz = work[0, following, 0] - ix, work[0, following, 1] - iy, work[0, following, 2] - iz
                ex, ey, ez = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
                size = math.sqrt(ex * ex + ey * ey + ez * ez)
                if size < 1e-12 or edges == EDGES:  # two vertices in one place; or see EDGES
                    continue
                if ex * mx + ey * my + ez * mz < 0.0:
                    size = -size
                out_edge[c, edges, 0], out_edge[c, edges, 1], out_edge[c, edges, 2] = ex / size, ey / size, ez / size
                edges += 1
            out_edges[c] = edges
            c += 1


@_kernel()
def _antenna(sources: Sources, source: int) -> NDArray[np.float32]:
    """The pattern of a source; empty for isotropic."""
    pattern = sources.pattern[source]
    return sources.patterns[pattern] if pattern >= 0 else sources.patterns[0, :0]


@_kernel()
def _through(transmission: NDArray[np.float64], bodies: int, image: NDArray[np.float64], x: float, y: float, z: float) -> float:
    """Share of the power from an image that comes through the people at a place; from below as if level."""
    if bodies < 0:
        return 1.0
    dx, dy, dz = image[0] - x, image[1] - y, image[2] - z
    sine = max(dz, 0.0) / max(math.sqrt(dx * dx + dy * dy + dz * dz), 1e-9)
    step = math.sqrt(min(sine, 1.0)) * ELEVATION_STEPS
    row = min(int(step), ELEVATION_STEPS - 1)
    return float(transmission[bodies, row] + (step - row) * (transmission[bodies, row + 1] - transmission[bodies, row]))


@_kernel(parallel=True)
def trace_points(
    planes: Planes,
    sources: Sources,
    beams: Beams,
    order: int,
    tasks: NDArray[np.int64],
    points_m: NDArray[np.float64],
    gain: NDArray[np.float64],
    bodies_of: NDArray[np.int64],
    crowded: NDArray[np.float64],
) -> None:
    """Add what beams of one order bring to points, gain (order, source, point), and through people, crowded (source, point).

    Tasks are (source, first beam, past the last beam, first point, past the last point). `bodies_of` (point,) numbers the people
    of `sources`, -1 where there is none; where it is empty, so is `crowded`.
    """
    for task in numba.prange(len(tasks)):
        source, first_beam, last_beam = tasks[task, 0], tasks[task, 1], tasks[task, 2]
        first, last = tasks[task, 3], tasks[task, 4]
        table, pattern, frame = sources.tables[sources.table[source]], _antenna(sources, source), sources.frame[source]
        wavelength_m, transmission = sources.wavelength_m[source], sources.people[sources.table[source]]
        n_planes = planes.frame.shape[0]
        lists, paths_m = _lists(n_planes, 2), np.empty((9, MAX_REFLECTIONS + 2, 3))
        met_t, met = np.empty(n_planes), np.empty((2, n_planes), dtype=np.int64)
        uv, ends, field = np.empty((8, 2)), np.empty((8, 2)), np.empty(6)
        low, high = points_m[first].copy(), points_m[first].copy()
        total = np.zeros(last - first)
        for index in range(first, last):
            for axis in range(3):
                low[axis], high[axis] = min(low[axis], points_m[index, axis]), max(high[axis], points_m[index, axis])
            for k in range(gain.shape[0]):
                total[index - first] += gain[k, source, index]
        spread = (wavelength_m / (4.0 * math.pi)) ** 2
        for b in range(first_beam, last_beam):
            square = _reaches(planes, beams, b, order, low, high)
            weakest = NEGLIGIBLE * total.min()
            if square < 0.0 or spread / square * beams.bound[b] < weakest:
                continue
            hit, images_m = beams.hit[b], beams.images_m[b]
            promise, _ = _narrow(
                planes, table, frame, pattern, order, hit, images_m, low, high, lists, 1, paths_m, uv, ends, field,
                weakest * square / (PROMISE * spread),
            )  # fmt: skip
            if promise == 0.0:
                continue
            for index in range(first, last):
                point = points_m[index]
                if not _lit(planes, beams, b, order, point[0], point[1], point[2]):
                    continue
                power = _power(
                    planes, wavelength_m, table, frame, pattern, order, hit, images_m, point, lists, 1,
                    NEGLIGIBLE * total[index - first], paths_m[0], met_t, met, field,
                )  # fmt: skip
                gain[order, source, index] += power
                total[index - first] += power
                if bodies_of.size > 0:
                    crowded[source, index] += power * _through(
                        transmission, bodies_of[index], images_m[order], point[0], point[1], point[2]
                    )


@_kernel()
def _cut(planes: Planes, lists: _Lists, depth: int, leg: int, x: float, y: float, z: float, side: float) -> bool:
    """Whether a plane that some of the paths go through at their end goes through the cell around a place."""
    half = planes.half_space
    for n in range(lists.entries[depth, leg]):
        if lists.kind[depth, leg, n] == _MAYBE:
            p = lists.plane[depth, leg, n]
            away = abs(half[0, p] * x + half[1, p] * y + half[2, p] * z - half[3, p])
            if away < 0.5 * side * (abs(half[0, p]) + abs(half[1, p])) - ON_M:
                return True
    return False


@_kernel(parallel=True)
def trace_cells(
    planes: Planes,
    sources: Sources,
    beams: Beams,
    order: int,
    tasks: NDArray[np.int64],
    grid: tuple[float, float, float, float],
    samples: int,
    gain: NDArray[np.float64],
    bodies_of: NDArray[np.int64],
    crowded: NDArray[np.float64],
) -> None:
    """Add what beams of one order bring to cells, as the mean over each cell: gain (order, source, y, x), crowded (source, y, x).

    Tasks are (source, first beam, past the last beam, first column, first row, columns, rows); `grid` is the corner x0, y0, the
    side of a cell and the height z. A task's cells are halved and halved again until a box can be left out, or all its paths
    meet the same, or it is `SMALLEST`. A path is taken at the centre of a cell, and at samples x samples places of it where not
    all paths of its box meet the same: there an edge of a shadow or a wall crosses (see `STRONG`). `bodies_of` (y, x) is as
    for `trace_points`.
    """
    x0, y0, side, z = grid
    for task in numba.prange(len(tasks)):
        source, first_beam, last_beam = tasks[task, 0], tasks[task, 1], tasks[task, 2]
        i0, j0, columns, rows = tasks[task, 3], tasks[task, 4], tasks[task, 5], tasks[task, 6]
        table, pattern, frame = sources.tables[sources.table[source]], _antenna(sources, source), sources.frame[source]
        wavelength_m, transmission = sources.wavelength_m[source], sources.people[sources.table[source]]
        n_planes = planes.frame.shape[0]
        lists, paths_m = _lists(n_planes, _DEPTHS), np.empty((9, MAX_REFLECTIONS + 2, 3))
        met_t, met = np.empty(n_planes), np.empty((2, n_planes), dtype=np.int64)
        uv, ends, field = np.empty((8, 2)), np.empty((8, 2)), np.empty(6)
        boxes = np.empty((4 * _DEPTHS, 4), dtype=np.int64)  # first column and row, side in cells, depth of the lists around it
        total = np.zeros((rows, columns))
        for j in range(rows):
            for i in range(columns):
                for k in range(gain.shape[0]):
                    total[j, i] += gain[k, source, j0 + j, i0 + i]
        low, high, place = np.empty(3), np.empty(3), np.empty(3)
        low[2] = high[2] = place[2] = z
        spread = (wavelength_m / (4.0 * math.pi)) ** 2
        largest = 1
        while largest < max(columns, rows):
            largest *= 2
        for b in range(first_beam, last_beam):
            hit, images_m = beams.hit[b], beams.images_m[b]
            image = images_m[order]
            boxes[0, 0], boxes[0, 1], boxes[0, 2], boxes[0, 3] = 0, 0, largest, 0
            waiting = 1
            while waiting > 0:
                waiting -= 1
                bi, bj, size, around = boxes[waiting, 0], boxes[waiting, 1], boxes[waiting, 2], boxes[waiting, 3]
                ei, ej = min(bi + size, columns), min(bj + size, rows)
                if bi >= ei or bj >= ej:
                    continue
                low[0], high[0] = x0 + (i0 + bi) * side, x0 + (i0 + ei) * side
                low[1], high[1] = y0 + (j0 + bj) * side, y0 + (j0 + ej) * side
                square = _reaches(planes, beams, b, order, low, high)
                if square < 0.0:
                    continue
                weakest = total[bj, bi]
                for j in range(bj, ej):
                    for i in range(bi, ei):
                        weakest = min(weakest, total[j, i])
                if spread / square * beams.bound[b] < NEGLIGIBLE * weakest:
                    continue
                depth = around + 1
                promise, known = _narrow(
                    planes, table, frame, pattern, order, hit, images_m, low, high, lists, depth, paths_m, uv, ends, field,
                    NEGLIGIBLE * weakest * square / (PROMISE * spread),
                )  # fmt: skip
                if promise == 0.0:
                    continue
                promise *= PROMISE * spread / square
                if known and order > 0:
                    known = (
                        _lit(planes, beams, b, order, low[0], low[1], z)
                        and _lit(planes, beams, b, order, high[0], low[1], z)
                        and _lit(planes, beams, b, order, low[0], high[1], z)
                        and _lit(planes, beams, b, order, high[0], high[1], z)
                    )
                if size > SMALLEST and not known:
                    half = size // 2
                    for quarter in range(4):
                        boxes[waiting, 0], boxes[waiting, 1] = bi + half * (quarter & 1), bj + half * (quarter >> 1)
                        boxes[waiting, 2], boxes[waiting, 3] = half, depth
                        waiting += 1
                    continue
                for j in range(bj, ej):
                    for i in range(bi, ei):
                        x, y = x0 + (i0 + i + 0.5) * side, y0 + (j0 + j + 0.5) * side
                        away = (x - image[0]) ** 2 + (y - image[1]) ** 2 + (z - image[2]) ** 2
                        parts = 1
                        if promise > SMOOTH * total[j, i] and not (known and away > (NEAR_CELLS * side) ** 2):
                            parts = samples
                            if (
                                samples > 1
                                and promise > STRONG * total[j, i]
                                and _cut(planes, lists, depth, order, x, y, z, side)
                            ):
                                parts = 2 * samples
                        at_j, at_i = j0 + j, i0 + i
                        for part in range(parts * parts):
                            place[0] = x + ((part % parts + 0.5) / parts - 0.5) * side
                            place[1] = y + ((part // parts + 0.5) / parts - 0.5) * side
                            if not known and not _lit(planes, beams, b, order, place[0], place[1], z):
                                continue
                            power = _power(
                                planes, wavelength_m, table, frame, pattern, order, hit, images_m, place, lists, depth,
                                NEGLIGIBLE * total[j, i], paths_m[0], met_t, met, field,
                            ) / (parts * parts)  # fmt: skip
                            if power > 0.0:
                                gain[order, source, at_j, at_i] += power
                                total[j, i] += power
                                if bodies_of.size > 0:
                                    crowded[source, at_j, at_i] += power * _through(
                                        transmission, bodies_of[at_j, at_i], image, place[0], place[1], z
                                    )


_DEPTHS = 10  # of boxes in boxes: everything, a task's 2^7 cells at most, ..., one cell


@_kernel()
def trace_paths(
    planes: Planes,
    sources: Sources,
    beams: Beams,
    order: int,
    point_m: NDArray[np.float64],
    power: NDArray[np.float64],
    corners_m: NDArray[np.float64],
) -> None:
    """The path by each beam of one order to one point: power (b,), 0 where there is none, and corners_m (b, order + 2, 3)."""
    n_planes = planes.frame.shape[0]
    lists, path = _lists(n_planes, 1), np.empty((MAX_REFLECTIONS + 2, 3))
    met_t, met, field = np.empty(n_planes), np.empty((2, n_planes), dtype=np.int64), np.empty(6)
    for b in range(beams.source.size):
        if not _lit(planes, beams, b, order, point_m[0], point_m[1], point_m[2]):
            continue
        source = beams.source[b]
        power[b] = _power(
            planes, sources.wavelength_m[source], sources.tables[sources.table[source]], sources.frame[source],
            _antenna(sources, source), order, beams.hit[b], beams.images_m[b], point_m, lists, 0, 0.0, path, met_t, met, field,
        )  # fmt: skip
        corners_m[b] = path[: order + 2]
