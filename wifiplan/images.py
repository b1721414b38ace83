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

from wifiplan.planes import BOUND_STEPS, COEFFICIENT_STEPS, Planes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_Function = TypeVar("_Function", bound="Callable[..., Any]")

_FAST = {"contract", "reassoc", "arcp", "nsz"}  # not nnan, ninf: a NaN must stay one, so that tests see it


def _kernel(*, parallel: bool = False) -> Callable[[_Function], _Function]:
    """Compiled once on this machine and kept on disk."""
    jit = numba.njit(cache=True, fastmath=_FAST, error_model="numpy", nogil=True, parallel=parallel)
    return cast("Callable[[_Function], _Function]", jit)


MAX_REFLECTIONS = 3

EDGES = 10
"""Most edges of a window that are kept. One with more stays wider than it is, which costs time and no accuracy."""

NEAR_M = 0.1
"""Nearer than this to an antenna there is no far field: the spreading loss stays that of this distance."""

NEGLIGIBLE = 1e-4
"""A path that adds less than this share to what has already reached a cell is left out."""

SMOOTH = 3e-3
"""A path that adds less than this share to a cell is taken at the cell's centre, edge or not."""

CROWD_STEPS = 64
"""Steps of the square root of sin(elevation): fine where paths are level, and people matter most."""

_MOST_MET = 128  # planes between two points; what is behind more is not heard

_NOTHING, _WEAK, _PATH = 0, 1, 2  # signatures: no path, one that is left out, and the least of those that count


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
    crowds: NDArray[np.float64]  # (t, crowd, CROWD_STEPS + 1): power share that comes through, by sqrt(sin(elevation))


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
def _kind_where(planes: Planes, p: int, x: float, y: float, z: float) -> int:
    """What is at a point of plane p: a kind, or -1 for nothing."""
    f = planes.frame[p]
    u = f[4] * x + f[5] * y + f[6] * z
    v = f[7] * x + f[8] * y + f[9] * z
    if u < f[10] or u > f[11] or v < f[12] or v > f[13]:
        return -1
    index = planes.parts[p]
    for polygon in range(index[5], index[5] + index[6]):
        first, vertices = planes.polygons[polygon, 0], planes.polygons[polygon, 1]
        inside = False
        u0, v0 = planes.breaks_m[first + 2 * vertices - 2], planes.breaks_m[first + 2 * vertices - 1]
        for vertex in range(vertices):
            u1, v1 = planes.breaks_m[first + 2 * vertex], planes.breaks_m[first + 2 * vertex + 1]
            if (v0 > v) != (v1 > v) and u < u0 + (v - v0) * (u1 - u0) / (v1 - v0):
                inside = not inside
            u0, v0 = u1, v1
        if inside:
            return int(planes.polygons[polygon, 2])
    if index[6] > 0:
        return -1
    i, high = 0, index[1]
    while high - i > 1:
        middle = (i + high) >> 1
        if u < planes.breaks_m[index[0] + middle]:
            high = middle
        else:
            i = middle
    j, high = 0, index[3]
    while high - j > 1:
        middle = (j + high) >> 1
        if v < planes.breaks_m[index[2] + middle]:
            high = middle
        else:
            j = middle
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


@_kernel()
def _evaluate(
    planes: Planes,
    wavelength_m: float,
    table: NDArray[np.float32],
    frame: NDArray[np.float64],
    pattern: NDArray[np.float32],
    order: int,
    hit: NDArray[np.int64],
    images_m: NDArray[np.float64],
    count: int,
    places_m: NDArray[np.float64],
    least: NDArray[np.float64],
    power: NDArray[np.float64],
    signature: NDArray[np.int64],
    path: NDArray[np.float64],
) -> None:
    """Power gain of one image at each of `count` places that it lights, and a signature of what each path meets.

    A path with less than `least` is not followed. `path` (MAX_REFLECTIONS + 2, 3) is left as the path to the last place, from
    the source.
    """
    half = planes.half_space
    n_planes = half.shape[1]
    spread = (wavelength_m / (4.0 * math.pi)) ** 2
    distance = np.empty((MAX_REFLECTIONS + 2, n_planes))  # of the path's corners from every plane
    between = np.empty(n_planes, dtype=np.int64)
    met = np.empty((2, _MOST_MET), dtype=np.int64)
    met_t = np.empty(_MOST_MET)
    kinds, cosines = np.empty(MAX_REFLECTIONS + 1, dtype=np.int64), np.empty(MAX_REFLECTIONS + 1)
    field = np.empty(6)
    path[0] = images_m[0]
    for p in range(n_planes):
        distance[0, p] = half[0, p] * path[0, 0] + half[1, p] * path[0, 1] + half[2, p] * path[0, 2] - half[3, p]
    for place in range(count):
        power[place], signature[place] = 0.0, _WEAK
        x, y, z = places_m[place, 0], places_m[place, 1], places_m[place, 2]
        path[order + 1, 0], path[order + 1, 1], path[order + 1, 2] = x, y, z
        dx, dy, dz = x - images_m[order, 0], y - images_m[order, 1], z - images_m[order, 2]
        length = math.sqrt(dx * dx + dy * dy + dz * dz)
        gain = spread / max(length * length, NEAR_M * NEAR_M)
        # Back from the place to the source, through each image in turn.
        bound = gain
        trail = _PATH
        for k in range(order, 0, -1):
            p = hit[k - 1]
            before = half[0, p] * images_m[k, 0] + half[1, p] * images_m[k, 1] + half[2, p] * images_m[k, 2] - half[3, p]
            after = half[0, p] * x + half[1, p] * y + half[2, p] * z - half[3, p]
            if before * after >= 0.0:
                trail = _NOTHING
                break
            t = before / (before - after)
            # Straight from the image the whole path is one line, as long as every one of its images is from its place.
            cosines[k] = min(abs(before - after) / max(math.sqrt(dx * dx + dy * dy + dz * dz), 1e-12), 1.0)
            x, y, z = images_m[k, 0] + t * dx, images_m[k, 1] + t * dy, images_m[k, 2] + t * dz
            path[k, 0], path[k, 1], path[k, 2] = x, y, z
            kind = _kind_where(planes, p, x, y, z)
            if kind < 0:
                trail = _NOTHING
                break
            kinds[k] = kind
            row = table[kind, int(cosines[k] * COEFFICIENT_STEPS + 0.5)]
            bound *= max(row[0] * row[0] + row[1] * row[1], row[2] * row[2] + row[3] * row[3])
            trail += kind * 40503 * k
            dx, dy, dz = x - images_m[k - 1, 0], y - images_m[k - 1, 1], z - images_m[k - 1, 2]
        if trail == _NOTHING:
            signature[place] = _NOTHING
            continue
        if bound < least[place]:
            continue
        for k in range(1, order + 2):
            x, y, z = path[k, 0], path[k, 1], path[k, 2]
            for p in range(n_planes):
                distance[k, p] = half[0, p] * x + half[1, p] * y + half[2, p] * z - half[3, p]
            if k <= order:
                distance[k, hit[k - 1]] = 0.0  # exactly on it: neither leg goes through
        # Forward from the source, with the field.
        for k in range(order + 1):
            dx, dy, dz = path[k + 1, 0] - path[k, 0], path[k + 1, 1] - path[k, 1], path[k + 1, 2] - path[k, 2]
            length = math.sqrt(dx * dx + dy * dy + dz * dz)
            kx, ky, kz = (dx / length, dy / length, dz / length) if length > 1e-9 else (0.0, 0.0, -1.0)
            if k == 0:
                _departure(frame, pattern, kx, ky, kz, field)
            candidates = 0
            for p in range(n_planes):
                between[candidates] = p
                candidates += distance[k, p] * distance[k + 1, p] < 0.0
            n_met = 0
            for candidate in range(candidates):
                p = between[candidate]
                t = distance[k, p] / (distance[k, p] - distance[k + 1, p])
                kind = _kind_where(planes, p, path[k, 0] + t * dx, path[k, 1] + t * dy, path[k, 2] + t * dz)
                if kind >= 0 and n_met < _MOST_MET:
                    at = n_met
                    while at > 0 and met_t[at - 1] > t:
                        met_t[at], met[0, at], met[1, at] = met_t[at - 1], met[0, at - 1], met[1, at - 1]
                        at -= 1
                    met_t[at], met[0, at], met[1, at] = t, p, kind
                    n_met += 1
            for at in range(n_met):
                p, kind = met[0, at], met[1, at]
                nx, ny, nz = half[0, p], half[1, p], half[2, p]
                _pass(table, kind, abs(kx * nx + ky * ny + kz * nz), 4, kx, ky, kz, nx, ny, nz, field)
                trail += (k + 1) * (p * 1021 + kind + 1) * 2654435761
            if k < order:
                p = hit[k]
                _pass(table, kinds[k + 1], cosines[k + 1], 0, kx, ky, kz, half[0, p], half[1, p], half[2, p], field)
            elif n_met == 0 and k > 0:
                continue
            bound = gain * (
                field[0] * field[0] + field[1] * field[1] + field[2] * field[2]
                + field[3] * field[3] + field[4] * field[4] + field[5] * field[5]
            )  # fmt: skip
            if bound < least[place]:
                break
        if bound >= least[place]:
            power[place], signature[place] = bound, trail


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
def _through(transmission: NDArray[np.float64], crowd: int, image: NDArray[np.float64], x: float, y: float, z: float) -> float:
    """Share of the power from an image that comes through a crowd at a place; from below as if level."""
    if crowd < 0:
        return 1.0
    dx, dy, dz = image[0] - x, image[1] - y, image[2] - z
    sine = max(dz, 0.0) / max(math.sqrt(dx * dx + dy * dy + dz * dz), 1e-9)
    step = math.sqrt(min(sine, 1.0)) * CROWD_STEPS
    row = min(int(step), CROWD_STEPS - 1)
    return float(transmission[crowd, row] + (step - row) * (transmission[crowd, row + 1] - transmission[crowd, row]))


@_kernel(parallel=True)
def trace_points(
    planes: Planes,
    sources: Sources,
    beams: Beams,
    order: int,
    tasks: NDArray[np.int64],
    points_m: NDArray[np.float64],
    gain: NDArray[np.float64],
    crowd_of: NDArray[np.int64],
    crowded: NDArray[np.float64],
) -> None:
    """Add what beams of one order bring to points, gain (order, source, point), and through people, crowded (source, point).

    Tasks are (source, first beam, past the last beam, first point, past the last point). `crowd_of` (point,) numbers the crowds
    of `sources`, -1 where there is none; where it is empty, so is `crowded`.
    """
    for task in numba.prange(len(tasks)):
        source, first_beam, last_beam = tasks[task, 0], tasks[task, 1], tasks[task, 2]
        first, last = tasks[task, 3], tasks[task, 4]
        table, pattern = sources.tables[sources.table[source]], _antenna(sources, source)
        transmission = sources.crowds[sources.table[source]]
        places, slot = np.empty((last - first, 3)), np.empty(last - first, dtype=np.int64)
        least, power = np.empty(last - first), np.empty(last - first)
        signature, path = np.empty(last - first, dtype=np.int64), np.empty((MAX_REFLECTIONS + 2, 3))
        low, high = points_m[first].copy(), points_m[first].copy()
        total = np.zeros(last - first)
        for index in range(first, last):
            for axis in range(3):
                low[axis], high[axis] = min(low[axis], points_m[index, axis]), max(high[axis], points_m[index, axis])
            for k in range(gain.shape[0]):
                total[index - first] += gain[k, source, index]
        spread = (sources.wavelength_m[source] / (4.0 * math.pi)) ** 2
        for b in range(first_beam, last_beam):
            square = _reaches(planes, beams, b, order, low, high)
            if square < 0.0 or spread / square * beams.bound[b] < NEGLIGIBLE * total.min():
                continue
            n = 0
            for index in range(first, last):
                x, y, z = points_m[index, 0], points_m[index, 1], points_m[index, 2]
                if _lit(planes, beams, b, order, x, y, z):
                    places[n, 0], places[n, 1], places[n, 2] = x, y, z
                    slot[n], least[n] = index, NEGLIGIBLE * total[index - first]
                    n += 1
            if n > 0:
                _evaluate(
                    planes, sources.wavelength_m[source], table, sources.frame[source], pattern, order, beams.hit[b],
                    beams.images_m[b], n, places, least, power, signature, path,
                )  # fmt: skip
            for index in range(n):
                at = slot[index]
                gain[order, source, at] += power[index]
                total[at - first] += power[index]
                if crowd_of.size > 0:
                    x, y, z = places[index, 0], places[index, 1], places[index, 2]
                    crowded[source, at] += power[index] * _through(transmission, crowd_of[at], beams.images_m[b, order], x, y, z)


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
    crowd_of: NDArray[np.int64],
    crowded: NDArray[np.float64],
) -> None:
    """Add what beams of one order bring to cells, as the mean over each cell: gain (order, source, y, x), crowded (source, y, x).

    Tasks are (source, first beam, past the last beam, first column, first row, columns, rows); `grid` is the corner x0, y0, the
    side of a cell and the height z. A path is taken at the centre of a cell, and at samples x samples places of it where what
    it meets differs from what it meets in a cell beside: there an edge of a shadow or a wall crosses. `crowd_of` (y, x) is as for
    `trace_points`.
    """
    x0, y0, side, z = grid
    ny, nx = gain.shape[2], gain.shape[3]
    for task in numba.prange(len(tasks)):
        source, first_beam, last_beam = tasks[task, 0], tasks[task, 1], tasks[task, 2]
        i0, j0, columns, rows = tasks[task, 3], tasks[task, 4], tasks[task, 5], tasks[task, 6]
        table, pattern = sources.tables[sources.table[source]], _antenna(sources, source)
        transmission = sources.crowds[sources.table[source]]
        # One cell more on every side: what is beside a cell may belong to another task.
        wide, tall = columns + 2, rows + 2
        most = max(wide * tall, columns * rows * samples * samples)
        places, slot = np.empty((most, 3)), np.empty(most, dtype=np.int64)
        least, power = np.empty(most), np.empty(most)
        signature, path = np.empty(most, dtype=np.int64), np.empty((MAX_REFLECTIONS + 2, 3))
        total, centre = np.zeros(wide * tall), np.zeros(wide * tall)
        trail = np.zeros(wide * tall, dtype=np.int64)
        for j in range(tall):
            for i in range(wide):
                jj, ii = min(max(j0 + j - 1, 0), ny - 1), min(max(i0 + i - 1, 0), nx - 1)
                for k in range(gain.shape[0]):
                    total[j * wide + i] += gain[k, source, jj, ii]
        low, high = np.empty(3), np.empty(3)
        low[0], low[1], low[2] = x0 + (i0 - 1) * side, y0 + (j0 - 1) * side, z
        high[0], high[1], high[2] = x0 + (i0 + columns + 1) * side, y0 + (j0 + rows + 1) * side, z
        spread = (sources.wavelength_m[source] / (4.0 * math.pi)) ** 2
        for b in range(first_beam, last_beam):
            square = _reaches(planes, beams, b, order, low, high)
            if square < 0.0 or spread / square * beams.bound[b] < NEGLIGIBLE * total.min():
                continue
            n = 0
            for j in range(tall):
                y = y0 + (j0 + j - 0.5) * side
                for i in range(wide):
                    x = x0 + (i0 + i - 0.5) * side
                    if _lit(planes, beams, b, order, x, y, z):
                        places[n, 0], places[n, 1], places[n, 2] = x, y, z
                        slot[n], least[n] = j * wide + i, NEGLIGIBLE * total[j * wide + i]
                        n += 1
            if n == 0:
                continue
            image = beams.images_m[b, order]
            for refined in range(2):
                _evaluate(
                    planes, sources.wavelength_m[source], table, sources.frame[source], pattern, order, beams.hit[b],
                    beams.images_m[b], n, places, least, power, signature, path,
                )  # fmt: skip
                if refined == 1:
                    for index in range(n):
                        share = power[index] / (samples * samples)
                        at = slot[index]
                        jj, ii = j0 + at // wide - 1, i0 + at % wide - 1
                        gain[order, source, jj, ii] += share
                        total[at] += share
                        if crowd_of.size > 0:
                            xs, ys = places[index, 0], places[index, 1]
                            crowded[source, jj, ii] += share * _through(transmission, crowd_of[jj, ii], image, xs, ys, z)
                    break
                centre[:] = 0.0
                trail[:] = _NOTHING
                for index in range(n):
                    centre[slot[index]], trail[slot[index]] = power[index], signature[index]
                n = 0
                for j in range(1, rows + 1):
                    for i in range(1, columns + 1):
                        at = j * wide + i
                        greatest, smallest, edge = centre[at], centre[at], False
                        for dj in range(-1, 2):
                            for beside in range(at + dj * wide - 1, at + dj * wide + 2):
                                greatest, smallest = max(greatest, centre[beside]), min(smallest, centre[beside])
                                edge = edge or trail[beside] != trail[at]
                        x, y = x0 + (i0 + i - 0.5) * side, y0 + (j0 + j - 0.5) * side
                        away = (x - image[0]) ** 2 + (y - image[1]) ** 2 + (z - image[2]) ** 2
                        if (
                            samples == 1
                            or greatest <= SMOOTH * total[at]
                            or not (edge or away < 16.0 * side * side or greatest > 2.0 * smallest)
                        ):
                            jj, ii = j0 + j - 1, i0 + i - 1
                            gain[order, source, jj, ii] += centre[at]
                            total[at] += centre[at]
                            if crowd_of.size > 0 and centre[at] > 0.0:
                                crowded[source, jj, ii] += centre[at] * _through(transmission, crowd_of[jj, ii], image, x, y, z)
                            continue
                        for part in range(samples * samples):
                            xs = x + ((part % samples + 0.5) / samples - 0.5) * side
                            ys = y + ((part // samples + 0.5) / samples - 0.5) * side
                            if _lit(planes, beams, b, order, xs, ys, z):
                                places[n, 0], places[n, 1], places[n, 2] = xs, ys, z
                                slot[n], least[n] = at, NEGLIGIBLE * total[at]
                                n += 1
                if n == 0:
                    break


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
    places, least, one = point_m.reshape(1, 3), np.zeros(1), np.empty(1)
    signature, path = np.empty(1, dtype=np.int64), np.empty((MAX_REFLECTIONS + 2, 3))
    for b in range(beams.source.size):
        if not _lit(planes, beams, b, order, point_m[0], point_m[1], point_m[2]):
            continue
        source = beams.source[b]
        _evaluate(
            planes, sources.wavelength_m[source], sources.tables[sources.table[source]], sources.frame[source],
            _antenna(sources, source), order, beams.hit[b], beams.images_m[b], 1, places, least, one, signature, path,
        )  # fmt: skip
        power[b] = one[0]
        corners_m[b] = path[: order + 2]
