"""The image method in 3-D with vector polarisation: power that reaches points by paths through and off planes. Kernels only.

A reflection on a plane is a source behind it. What such an image can light is a cone: from the image through the window
that its own plane, and every plane before it, leaves open. Cones that close are cut off with everything behind them, so that only
sequences of reflections that reach somewhere are followed. Along a path the electric field, a complex vector, is changed by the slab
coefficients of everything it meets, split at each plane into the part across (TE) and in (TM) the plane of incidence.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from wifiplan.planes import BOUND_STEPS, COEFFICIENT_STEPS, Planes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAST = {"contract", "reassoc", "arcp", "nsz"}  # not nnan, ninf: a NaN must stay one, so that tests see it

MAX_REFLECTIONS = 3

EDGES = 10
"""Most edges of a window that are kept. One with more stays wider than it is, which costs time and no accuracy."""

NEAR_M = 0.1
"""Nearer than this to an antenna there is no far field: the spreading loss stays that of this distance."""

NEGLIGIBLE = 1e-5
"""A path that adds less than this share to what has already reached a cell is left out."""

SMOOTH = 1e-3
"""A path that adds less than this share to a cell is taken at the cell's centre, edge or not."""

_NOTHING, _WEAK = 0, 1  # signatures of no path and of one that is left out; those of paths are greater


class Sources(NamedTuple):
    """Transmitters, first index; `tables` and `patterns` are shared by those that have the same frequency or antenna."""

    place_m: NDArray[np.float64]  # (s, 3)
    wavelength_m: NDArray[np.float64]  # (s,)
    table: NDArray[np.int64]  # (s,) into tables
    tables: NDArray[np.float32]  # (t, kind, step, 8): see planes.coefficient_table
    bounds: NDArray[np.float64]  # (t, plane, BOUND_STEPS): greatest power reflection at that cos(theta) or steeper
    frame: NDArray[np.float64]  # (s, 3, 3): forward, left and up of the antenna
    pattern: NDArray[np.int64]  # (s,) into patterns; -1 is isotropic
    patterns: NDArray[np.float32]  # (a, 361, 181): power gain by azimuth (-180..180) and elevation (-90..90) degrees


class Beams(NamedTuple):
    """Cones of images. `planes_hit` and `images_m` are the whole chain from the source, `order` long."""

    source: NDArray[np.int64]  # (b,)
    planes_hit: NDArray[np.int32]  # (b, MAX_REFLECTIONS)
    images_m: NDArray[np.float64]  # (b, MAX_REFLECTIONS + 1, 3), the source itself first
    side: NDArray[np.float64]  # (b,): +1 or -1, the side of the last plane that is lit
    edges: NDArray[np.int32]  # (b,)
    edge: NDArray[np.float64]  # (b, EDGES, 3): lit where edge . (x - image) >= 0
    bound: NDArray[np.float64]  # (b,): no more than this share of the power survives the reflections


def beams(count: int) -> Beams:
    """Room for so many beams."""
    return Beams(
        source=np.zeros(count, dtype=np.int64),
        planes_hit=np.full((count, MAX_REFLECTIONS), -1, dtype=np.int32),
        images_m=np.zeros((count, MAX_REFLECTIONS + 1, 3)),
        side=np.zeros(count),
        edges=np.zeros(count, dtype=np.int32),
        edge=np.zeros((count, EDGES, 3)),
        bound=np.zeros(count),
    )


@numba.njit(cache=True, fastmath=_FAST)
def _kind_at(planes: Planes, p: int, u: float, v: float) -> int:
    """What is at (u, v) of plane p: a kind, or -1 for nothing."""
    if planes.polygon_start[p] < planes.polygon_start[p + 1]:
        for polygon in range(planes.polygon_start[p], planes.polygon_start[p + 1]):
            first, last = planes.vertex_start[polygon], planes.vertex_start[polygon + 1]
            inside = False
            previous = last - 1
            for vertex in range(first, last):
                u0, v0 = planes.vertex_m[vertex, 0], planes.vertex_m[vertex, 1]
                u1, v1 = planes.vertex_m[previous, 0], planes.vertex_m[previous, 1]
                if (v0 > v) != (v1 > v) and u < u0 + (v - v0) * (u1 - u0) / (v1 - v0):
                    inside = not inside
                previous = vertex
            if inside:
                return int(planes.polygon_kind[polygon])
        return -1
    low, high = planes.u_start[p], planes.u_start[p + 1] - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if u < planes.u_m[middle]:
            high = middle
        else:
            low = middle
    i = low - planes.u_start[p]
    low, high = planes.v_start[p], planes.v_start[p + 1] - 1
    columns = high - low
    while high - low > 1:
        middle = (low + high) >> 1
        if v < planes.v_m[middle]:
            high = middle
        else:
            low = middle
    return int(planes.cells[planes.cell_start[p] + i * columns + low - planes.v_start[p]])


@numba.njit(cache=True, fastmath=_FAST)
def _kind_where(planes: Planes, p: int, x: float, y: float, z: float) -> int:
    """What is at a point of plane p: a kind, or -1 for nothing."""
    u = planes.axis_u[p, 0] * x + planes.axis_u[p, 1] * y + planes.axis_u[p, 2] * z
    if u < planes.bounds_m[p, 0] or u > planes.bounds_m[p, 1]:
        return -1
    v = planes.axis_v[p, 0] * x + planes.axis_v[p, 1] * y + planes.axis_v[p, 2] * z
    if v < planes.bounds_m[p, 2] or v > planes.bounds_m[p, 3]:
        return -1
    return int(_kind_at(planes, p, u, v))


@numba.njit(cache=True, fastmath=_FAST)
def _pass(
    table: NDArray[np.float32],
    kind: int,
    cos: float,
    column: int,
    mirror: bool,
    kx: float,
    ky: float,
    kz: float,
    nx: float,
    ny: float,
    nz: float,
    field: NDArray[np.float64],
) -> None:
    """Change the field (x, y, z real; x, y, z imaginary) by a slab: column 0 reflects (with `mirror`), 4 lets through.

    With s the unit vector along k x n: through, E' = T_tm E + (T_te - T_tm) (E.s) s; reflected, with M the mirror image,
    E' = -R_tm M(E) + (R_te + R_tm) (E.s) s, which is P.2040's sign convention without naming the TM directions.
    """
    step = min(cos, 1.0) * COEFFICIENT_STEPS
    row = min(int(step), COEFFICIENT_STEPS - 1)
    part = step - row
    te_r = table[kind, row, column] + part * (table[kind, row + 1, column] - table[kind, row, column])
    te_i = table[kind, row, column + 1] + part * (table[kind, row + 1, column + 1] - table[kind, row, column + 1])
    tm_r = table[kind, row, column + 2] + part * (table[kind, row + 1, column + 2] - table[kind, row, column + 2])
    tm_i = table[kind, row, column + 3] + part * (table[kind, row + 1, column + 3] - table[kind, row, column + 3])
    if mirror:
        tm_r, tm_i = -tm_r, -tm_i
    sx, sy, sz = ky * nz - kz * ny, kz * nx - kx * nz, kx * ny - ky * nx
    square = sx * sx + sy * sy + sz * sz
    along_r = along_i = 0.0
    if square > 1e-12:  # else at normal incidence, where both polarisations are one
        e_r = (field[0] * sx + field[1] * sy + field[2] * sz) / square
        e_i = (field[3] * sx + field[4] * sy + field[5] * sz) / square
        d_r, d_i = te_r - tm_r, te_i - tm_i
        along_r, along_i = d_r * e_r - d_i * e_i, d_r * e_i + d_i * e_r
    if mirror:
        normal_r = 2.0 * (field[0] * nx + field[1] * ny + field[2] * nz)
        normal_i = 2.0 * (field[3] * nx + field[4] * ny + field[5] * nz)
        field[0] -= normal_r * nx
        field[1] -= normal_r * ny
        field[2] -= normal_r * nz
        field[3] -= normal_i * nx
        field[4] -= normal_i * ny
        field[5] -= normal_i * nz
    r, i = field[0], field[3]
    field[0], field[3] = tm_r * r - tm_i * i + along_r * sx, tm_r * i + tm_i * r + along_i * sx
    r, i = field[1], field[4]
    field[1], field[4] = tm_r * r - tm_i * i + along_r * sy, tm_r * i + tm_i * r + along_i * sy
    r, i = field[2], field[5]
    field[2], field[5] = tm_r * r - tm_i * i + along_r * sz, tm_r * i + tm_i * r + along_i * sz


@numba.njit(cache=True, fastmath=_FAST)
def _leg(
    planes: Planes,
    table: NDArray[np.float32],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    skip0: int,
    skip1: int,
    field: NDArray[np.float64],
    met_t: NDArray[np.float64],
    met_plane: NDArray[np.int64],
    met_kind: NDArray[np.int64],
) -> int:
    """Change the field by all that lies between two points, in order; gives a number for what that was."""
    ax, ay, az = a[0], a[1], a[2]
    bx, by, bz = b[0], b[1], b[2]
    met = 0
    for p in range(planes.offset_m.size):
        nx, ny, nz, offset = planes.normal[p, 0], planes.normal[p, 1], planes.normal[p, 2], planes.offset_m[p]
        before = nx * ax + ny * ay + nz * az - offset
        after = nx * bx + ny * by + nz * bz - offset
        if before * after >= 0.0 or p == skip0 or p == skip1:
            continue
        t = before / (before - after)
        kind = _kind_where(planes, p, ax + t * (bx - ax), ay + t * (by - ay), az + t * (bz - az))
        if kind < 0 or met == met_t.size:
            continue
        place = met
        while place > 0 and met_t[place - 1] > t:
            met_t[place], met_plane[place], met_kind[place] = met_t[place - 1], met_plane[place - 1], met_kind[place - 1]
            place -= 1
        met_t[place], met_plane[place], met_kind[place] = t, p, kind
        met += 1
    if met == 0:
        return 0
    dx, dy, dz = bx - ax, by - ay, bz - az
    length = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx * length, dy * length, dz * length
    signature = 0
    for index in range(met):
        p, kind = met_plane[index], met_kind[index]
        nx, ny, nz = planes.normal[p, 0], planes.normal[p, 1], planes.normal[p, 2]
        cos = abs(dx * nx + dy * ny + dz * nz)
        _pass(table, kind, cos, 4, False, dx, dy, dz, nx, ny, nz, field)
        signature += (p * 1021 + kind + 1) * 2654435761
    return signature


@numba.njit(cache=True, fastmath=_FAST)
def _departure(sources: Sources, s: int, kx: float, ky: float, kz: float, field: NDArray[np.float64]) -> None:
    """Set the field that the antenna sends along k: its polarisation is that of a dipole along the antenna's up."""
    frame = sources.frame[s]
    up = kx * frame[2, 0] + ky * frame[2, 1] + kz * frame[2, 2]
    ex, ey, ez = up * kx - frame[2, 0], up * ky - frame[2, 1], up * kz - frame[2, 2]
    size = math.sqrt(ex * ex + ey * ey + ez * ez)
    if size < 1e-9:  # straight along the axis: any direction across is as good
        ex, ey, ez, size = frame[0, 0], frame[0, 1], frame[0, 2], 1.0
    scale = 1.0
    if sources.pattern[s] >= 0:
        forward = kx * frame[0, 0] + ky * frame[0, 1] + kz * frame[0, 2]
        left = kx * frame[1, 0] + ky * frame[1, 1] + kz * frame[1, 2]
        azimuth = math.degrees(math.atan2(left, forward)) + 180.0
        elevation = math.degrees(math.asin(max(-1.0, min(1.0, up)))) + 90.0
        i, j = min(int(azimuth), 359), min(int(elevation), 179)
        f, g = azimuth - i, elevation - j
        pattern = sources.patterns[sources.pattern[s]]
        low = pattern[i, j] + f * (pattern[i + 1, j] - pattern[i, j])
        high = pattern[i, j + 1] + f * (pattern[i + 1, j + 1] - pattern[i, j + 1])
        scale = math.sqrt(low + g * (high - low))
    field[0], field[1], field[2] = ex * scale / size, ey * scale / size, ez * scale / size
    field[3] = field[4] = field[5] = 0.0


@numba.njit(cache=True, fastmath=_FAST)
def _lit(planes: Planes, beams: Beams, b: int, order: int, x: float, y: float, z: float) -> bool:
    """Whether the cone of a beam holds a point."""
    if order == 0:
        return True
    p = beams.planes_hit[b, order - 1]
    if beams.side[b] * (planes.normal[p, 0] * x + planes.normal[p, 1] * y + planes.normal[p, 2] * z - planes.offset_m[p]) <= 0.0:
        return False
    dx, dy, dz = x - beams.images_m[b, order, 0], y - beams.images_m[b, order, 1], z - beams.images_m[b, order, 2]
    for e in range(beams.edges[b]):
        if beams.edge[b, e, 0] * dx + beams.edge[b, e, 1] * dy + beams.edge[b, e, 2] * dz < 0.0:
            return False
    return True


@numba.njit(cache=True, fastmath=_FAST)
def _path(
    planes: Planes,
    sources: Sources,
    beams: Beams,
    b: int,
    order: int,
    x: float,
    y: float,
    z: float,
    least: float,
    points: NDArray[np.float64],
    cosines: NDArray[np.float64],
    kinds: NDArray[np.int64],
    field: NDArray[np.float64],
    met_t: NDArray[np.float64],
    met_plane: NDArray[np.int64],
    met_kind: NDArray[np.int64],
) -> tuple[float, int]:
    """Power gain of one beam at a point that it lights, and a signature of what the path meets.

    `points` (MAX_REFLECTIONS + 2, 3) becomes the path from the source to the point. Less than `least` is not followed.
    """
    s = beams.source[b]
    table = sources.tables[sources.table[s]]
    image = beams.images_m[b]
    dx, dy, dz = x - image[order, 0], y - image[order, 1], z - image[order, 2]
    square = max(dx * dx + dy * dy + dz * dz, NEAR_M * NEAR_M)
    spread = sources.wavelength_m[s] / (4.0 * math.pi)
    gain = spread * spread / square
    points[order + 1, 0], points[order + 1, 1], points[order + 1, 2] = x, y, z
    points[0, 0], points[0, 1], points[0, 2] = image[0, 0], image[0, 1], image[0, 2]
    power = gain
    signature = 2
    for k in range(order, 0, -1):
        p = beams.planes_hit[b, k - 1]
        nx, ny, nz, offset = planes.normal[p, 0], planes.normal[p, 1], planes.normal[p, 2], planes.offset_m[p]
        before = nx * image[k, 0] + ny * image[k, 1] + nz * image[k, 2] - offset
        after = nx * points[k + 1, 0] + ny * points[k + 1, 1] + nz * points[k + 1, 2] - offset
        if before * after >= 0.0:
            return 0.0, _NOTHING
        t = before / (before - after)
        dx, dy, dz = points[k + 1, 0] - image[k, 0], points[k + 1, 1] - image[k, 1], points[k + 1, 2] - image[k, 2]
        px, py, pz = image[k, 0] + t * dx, image[k, 1] + t * dy, image[k, 2] + t * dz
        points[k, 0], points[k, 1], points[k, 2] = px, py, pz
        kind = _kind_where(planes, p, px, py, pz)
        if kind < 0:
            return 0.0, _NOTHING
        cos = min(abs(after - before) / math.sqrt(dx * dx + dy * dy + dz * dz), 1.0)
        kinds[k], cosines[k] = kind, cos
        row = min(int(cos * COEFFICIENT_STEPS + 0.5), COEFFICIENT_STEPS)
        te = table[kind, row, 0] * table[kind, row, 0] + table[kind, row, 1] * table[kind, row, 1]
        tm = table[kind, row, 2] * table[kind, row, 2] + table[kind, row, 3] * table[kind, row, 3]
        power *= max(te, tm)
        if power < least:
            return 0.0, _WEAK
        signature += kind * 40503 * k
    dx, dy, dz = points[1, 0] - points[0, 0], points[1, 1] - points[0, 1], points[1, 2] - points[0, 2]
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    if length < 1e-9:
        dz, length = -1.0, 1.0
    dx, dy, dz = dx / length, dy / length, dz / length
    _departure(sources, s, dx, dy, dz, field)
    last = -1
    for k in range(order + 1):
        following = beams.planes_hit[b, k] if k < order else -1
        signature += (k + 1) * _leg(planes, table, points[k], points[k + 1], last, following, field, met_t, met_plane, met_kind)
        power = 0.0
        for axis in range(6):
            power += field[axis] * field[axis]
        power *= gain
        if power < least:
            return 0.0, _WEAK
        if k < order:
            dx, dy, dz = points[k + 1, 0] - points[k, 0], points[k + 1, 1] - points[k, 1], points[k + 1, 2] - points[k, 2]
            length = max(math.sqrt(dx * dx + dy * dy + dz * dz), 1e-12)
            nx, ny, nz = planes.normal[following, 0], planes.normal[following, 1], planes.normal[following, 2]
            _pass(table, kinds[k + 1], cosines[k + 1], 0, True, dx / length, dy / length, dz / length, nx, ny, nz, field)
            last = following
    return power, signature


@numba.njit(cache=True, fastmath=_FAST)
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


@numba.njit(cache=True, fastmath=_FAST)
def _window(planes: Planes, beams: Beams, b: int, order: int, g: int, work: NDArray[np.float64]) -> int:
    """What a beam lights of plane g: vertices of a convex polygon left in work[0]; 0 for nothing."""
    normal, axis_u, axis_v, bounds = planes.normal[g], planes.axis_u[g], planes.axis_v[g], planes.bounds_m[g]
    for corner in range(4):
        u = bounds[0] if corner in (0, 3) else bounds[1]
        v = bounds[2] if corner < 2 else bounds[3]
        for axis in range(3):
            work[0, corner, axis] = normal[axis] * planes.offset_m[g] + axis_u[axis] * u + axis_v[axis] * v
    n, now = 4, 0
    image = beams.images_m[b, order]
    if order > 0:
        p = beams.planes_hit[b, order - 1]
        side = beams.side[b]
        n = _clip(
            work[now],
            n,
            side * planes.normal[p, 0],
            side * planes.normal[p, 1],
            side * planes.normal[p, 2],
            side * planes.offset_m[p] + 1e-9,
            work[1 - now],
        )
        now = 1 - now
        for e in range(beams.edges[b]):
            if n < 3:
                return 0
            edge = beams.edge[b, e]
            offset = edge[0] * image[0] + edge[1] * image[1] + edge[2] * image[2]
            n = _clip(work[now], n, edge[0], edge[1], edge[2], offset, work[1 - now])
            now = 1 - now
    if n < 3:
        return 0
    if now == 1:
        work[0, :n] = work[1, :n]
    return n


@numba.njit(cache=True, fastmath=_FAST)
def _child(
    planes: Planes,
    beams: Beams,
    b: int,
    order: int,
    g: int,
    image: NDArray[np.float64],
    reflect: NDArray[np.float64],
    least_share: float,
    work: NDArray[np.float64],
) -> tuple[int, float, float]:
    """(vertices of the window, distance of the image from plane g, bound on the power share) of a reflection on plane g."""
    if order > 0 and g == beams.planes_hit[b, order - 1]:
        return 0, 0.0, 0.0
    normal = planes.normal[g]
    distance = normal[0] * image[0] + normal[1] * image[1] + normal[2] * image[2] - planes.offset_m[g]
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
    if bound < least_share:
        return 0, 0.0, 0.0
    return n, distance, bound


@numba.njit(cache=True, fastmath=_FAST, parallel=True, nogil=True)
def count_children(
    planes: Planes, beams: Beams, order: int, least_share: float, bounds: NDArray[np.float64], table: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many planes each beam (of this order) can be reflected on: (b,)."""
    counts = np.zeros(beams.source.size, dtype=np.int64)
    for b in numba.prange(beams.source.size):
        work = np.empty((2, 4 + 2 * EDGES, 3))
        image = beams.images_m[b, order]
        reflect = bounds[table[beams.source[b]]]
        for g in range(planes.offset_m.size):
            if _child(planes, beams, b, order, g, image, reflect, least_share, work)[0] >= 3:
                counts[b] += 1
    return counts


@numba.njit(cache=True, fastmath=_FAST, parallel=True, nogil=True)
def children(
    planes: Planes,
    beams: Beams,
    order: int,
    least_share: float,
    bounds: NDArray[np.float64],
    table: NDArray[np.int64],
    first: NDArray[np.int64],
    out: Beams,
) -> None:
    """Fill `out` with the reflections of every beam, those of beam b from first[b] on."""
    # Numba drops what a parallel loop writes through a tuple.
    out_source, out_planes_hit, out_images_m, out_side, out_edges, out_edge, out_bound = out
    for b in numba.prange(beams.source.size):
        work = np.empty((2, 4 + 2 * EDGES, 3))
        image = beams.images_m[b, order]
        reflect = bounds[table[beams.source[b]]]
        c = first[b]
        for g in range(planes.offset_m.size):
            n, distance, bound = _child(planes, beams, b, order, g, image, reflect, least_share, work)
            if n < 3:
                continue
            out_source[c] = beams.source[b]
            out_bound[c] = bound
            for k in range(order):
                out_planes_hit[c, k] = beams.planes_hit[b, k]
            out_planes_hit[c, order] = g
            for k in range(order + 1):
                for axis in range(3):
                    out_images_m[c, k, axis] = beams.images_m[b, k, axis]
            ix = image[0] - 2.0 * distance * planes.normal[g, 0]
            iy = image[1] - 2.0 * distance * planes.normal[g, 1]
            iz = image[2] - 2.0 * distance * planes.normal[g, 2]
            out_images_m[c, order + 1, 0], out_images_m[c, order + 1, 1], out_images_m[c, order + 1, 2] = ix, iy, iz
            out_side[c] = 1.0 if distance > 0 else -1.0
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
                if size < 1e-12 or edges == EDGES:  # two vertices in one place; or wider than it is: see EDGES
                    continue
                if ex * mx + ey * my + ez * mz < 0.0:
                    size = -size
                out_edge[c, edges, 0], out_edge[c, edges, 1], out_edge[c, edges, 2] = ex / size, ey / size, ez / size
                edges += 1
            out_edges[c] = edges
            c += 1


@numba.njit(cache=True, fastmath=_FAST)
def _reaches(planes: Planes, beams: Beams, b: int, order: int, low: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """Squared distance from a beam's image to a box, at least NEAR_M squared; -1 if the beam surely lights none of it."""
    if order > 0:
        p = beams.planes_hit[b, order - 1]
        most = -planes.offset_m[p] * beams.side[b]
        for axis in range(3):
            slope = planes.normal[p, axis] * beams.side[b]
            most += slope * (high[axis] if slope > 0 else low[axis])
        if most <= 0.0:
            return -1.0
        for e in range(beams.edges[b]):
            most = 0.0
            for axis in range(3):
                slope = beams.edge[b, e, axis]
                most += slope * ((high[axis] if slope > 0 else low[axis]) - beams.images_m[b, order, axis])
            if most < 0.0:
                return -1.0
    square = 0.0
    for axis in range(3):
        place = beams.images_m[b, order, axis]
        away = max(low[axis] - place, place - high[axis], 0.0)
        square += away * away
    return max(square, NEAR_M * NEAR_M)


@numba.njit(cache=True, fastmath=_FAST, parallel=True, nogil=True)
def trace_points(
    planes: Planes,
    sources: Sources,
    beams: Beams,
    order: int,
    tasks: NDArray[np.int64],
    points_m: NDArray[np.float64],
    gain: NDArray[np.float64],
) -> None:
    """Add what beams of one order bring to points: gain (order, source, point).

    Tasks are (source, first beam, past the last beam, first point, past the last point).
    """
    for task in numba.prange(len(tasks)):
        source, first_beam, last_beam = tasks[task, 0], tasks[task, 1], tasks[task, 2]
        first, last = tasks[task, 3], tasks[task, 4]
        path = np.empty((MAX_REFLECTIONS + 2, 3))
        cosines, kinds = np.empty(MAX_REFLECTIONS + 1), np.empty(MAX_REFLECTIONS + 1, dtype=np.int64)
        field, met_t = np.empty(6), np.empty(128)
        met_plane, met_kind = np.empty(128, dtype=np.int64), np.empty(128, dtype=np.int64)
        low, high = np.empty(3), np.empty(3)
        total = np.zeros(last - first)
        for axis in range(3):
            low[axis], high[axis] = points_m[first, axis], points_m[first, axis]
            for index in range(first, last):
                low[axis], high[axis] = min(low[axis], points_m[index, axis]), max(high[axis], points_m[index, axis])
        for index in range(first, last):
            for k in range(gain.shape[0]):
                total[index - first] += gain[k, source, index]
        spread = (sources.wavelength_m[source] / (4.0 * math.pi)) ** 2
        for b in range(first_beam, last_beam):
            square = _reaches(planes, beams, b, order, low, high)
            if square < 0.0 or spread / square * beams.bound[b] < NEGLIGIBLE * total.min():
                continue
            for index in range(first, last):
                x, y, z = points_m[index, 0], points_m[index, 1], points_m[index, 2]
                if not _lit(planes, beams, b, order, x, y, z):
                    continue
                power, _ = _path(
                    planes, sources, beams, b, order, x, y, z, NEGLIGIBLE * total[index - first],
                    path, cosines, kinds, field, met_t, met_plane, met_kind,
                )  # fmt: skip
                gain[order, source, index] += power
                total[index - first] += power


@numba.njit(cache=True, fastmath=_FAST, parallel=True, nogil=True)
def trace_cells(
    planes: Planes,
    sources: Sources,
    beams: Beams,
    order: int,
    tasks: NDArray[np.int64],
    grid: tuple[float, float, float, float],
    samples: int,
    gain: NDArray[np.float64],
) -> None:
    """Add what beams of one order bring to cells, as the mean over each cell: gain (order, source, y, x).

    Tasks are (source, first beam, past the last beam, first column, first row, columns, rows); `grid` is the corner x0, y0, the
    side of a cell and the height z. A path is taken at the centre of a cell, and at samples x samples places of it where what
    it meets differs from what it meets in a cell beside: there an edge of a shadow or a wall crosses.
    """
    x0, y0, side, z = grid
    ny, nx = gain.shape[2], gain.shape[3]
    for task in numba.prange(len(tasks)):
        source, first_beam, last_beam = tasks[task, 0], tasks[task, 1], tasks[task, 2]
        i0, j0, columns, rows = tasks[task, 3], tasks[task, 4], tasks[task, 5], tasks[task, 6]
        path = np.empty((MAX_REFLECTIONS + 2, 3))
        cosines, kinds = np.empty(MAX_REFLECTIONS + 1), np.empty(MAX_REFLECTIONS + 1, dtype=np.int64)
        field, met_t = np.empty(6), np.empty(128)
        met_plane, met_kind = np.empty(128, dtype=np.int64), np.empty(128, dtype=np.int64)
        low, high = np.empty(3), np.empty(3)
        # One cell more on every side: what is beside a cell may belong to another task.
        total = np.zeros((rows + 2, columns + 2))
        power = np.zeros((rows + 2, columns + 2))
        signature = np.zeros((rows + 2, columns + 2), dtype=np.int64)
        for j in range(rows + 2):
            for i in range(columns + 2):
                jj, ii = min(max(j0 + j - 1, 0), ny - 1), min(max(i0 + i - 1, 0), nx - 1)
                for k in range(gain.shape[0]):
                    total[j, i] += gain[k, source, jj, ii]
        low[0], low[1], low[2] = x0 + (i0 - 1) * side, y0 + (j0 - 1) * side, z
        high[0], high[1], high[2] = x0 + (i0 + columns + 1) * side, y0 + (j0 + rows + 1) * side, z
        spread = (sources.wavelength_m[source] / (4.0 * math.pi)) ** 2
        for b in range(first_beam, last_beam):
            square = _reaches(planes, beams, b, order, low, high)
            if square < 0.0 or spread / square * beams.bound[b] < NEGLIGIBLE * total.min():
                continue
            some = False
            for j in range(rows + 2):
                y = y0 + (j0 + j - 0.5) * side
                for i in range(columns + 2):
                    x = x0 + (i0 + i - 0.5) * side
                    power[j, i], signature[j, i] = 0.0, _NOTHING
                    if _lit(planes, beams, b, order, x, y, z):
                        some = True
                        power[j, i], signature[j, i] = _path(
                            planes, sources, beams, b, order, x, y, z, NEGLIGIBLE * total[j, i],
                            path, cosines, kinds, field, met_t, met_plane, met_kind,
                        )  # fmt: skip
            if not some:
                continue
            image = beams.images_m[b, order]
            for j in range(1, rows + 1):
                for i in range(1, columns + 1):
                    value = power[j, i]
                    own = signature[j, i]
                    greatest, least = value, value
                    edge = False
                    for dj in range(-1, 2):
                        for di in range(-1, 2):
                            greatest, least = max(greatest, power[j + dj, i + di]), min(least, power[j + dj, i + di])
                            edge = edge or signature[j + dj, i + di] != own
                    if samples > 1 and greatest > SMOOTH * total[j, i]:
                        x, y = x0 + (i0 + i - 0.5) * side, y0 + (j0 + j - 0.5) * side
                        away = (x - image[0]) ** 2 + (y - image[1]) ** 2 + (z - image[2]) ** 2
                        if edge or away < 16.0 * side * side or greatest > 2.0 * least:
                            value = 0.0
                            for q in range(samples):
                                for p in range(samples):
                                    xs = x + ((p + 0.5) / samples - 0.5) * side
                                    ys = y + ((q + 0.5) / samples - 0.5) * side
                                    if _lit(planes, beams, b, order, xs, ys, z):
                                        value += _path(
                                            planes, sources, beams, b, order, xs, ys, z, NEGLIGIBLE * total[j, i],
                                            path, cosines, kinds, field, met_t, met_plane, met_kind,
                                        )[0]  # fmt: skip
                            value /= samples * samples
                    gain[order, source, j0 + j - 1, i0 + i - 1] += value
                    total[j, i] += value
