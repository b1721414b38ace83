"""The image method in 3-D: power that reaches points from transmitters, by paths through and off planes. Kernels only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numba
import numpy as np

from wifiplan.planes import COEFFICIENT_STEPS, Planes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAST = {"contract", "reassoc", "arcp", "nsz"}  # not nnan, ninf: a NaN must stay one, so that tests see it


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
def _through(
    planes: Planes, table: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64], field: NDArray[np.float64]
) -> None:
    """Change the field (x, y, z; real, imaginary) by what the straight line from start to end passes."""
    dx, dy, dz = end[0] - start[0], end[1] - start[1], end[2] - start[2]
    length = math.sqrt(dx * dx + dy * dy + dz * dz)
    kx, ky, kz = dx / length, dy / length, dz / length
    for p in range(planes.offset_m.size):
        nx, ny, nz = planes.normal[p, 0], planes.normal[p, 1], planes.normal[p, 2]
        before = nx * start[0] + ny * start[1] + nz * start[2] - planes.offset_m[p]
        after = nx * end[0] + ny * end[1] + nz * end[2] - planes.offset_m[p]
        if before * after >= 0.0:
            continue
        t = before / (before - after)
        x, y, z = start[0] + t * dx, start[1] + t * dy, start[2] + t * dz
        u = planes.axis_u[p, 0] * x + planes.axis_u[p, 1] * y + planes.axis_u[p, 2] * z
        if u < planes.bounds_m[p, 0] or u > planes.bounds_m[p, 1]:
            continue
        v = planes.axis_v[p, 0] * x + planes.axis_v[p, 1] * y + planes.axis_v[p, 2] * z
        if v < planes.bounds_m[p, 2] or v > planes.bounds_m[p, 3]:
            continue
        kind = _kind_at(planes, p, u, v)
        if kind < 0:
            continue
        step = min(abs(kx * nx + ky * ny + kz * nz), 1.0) * COEFFICIENT_STEPS
        row = min(int(step), COEFFICIENT_STEPS - 1)
        part = step - row
        te_r = table[kind, row, 4] + part * (table[kind, row + 1, 4] - table[kind, row, 4])
        te_i = table[kind, row, 5] + part * (table[kind, row + 1, 5] - table[kind, row, 5])
        tm_r = table[kind, row, 6] + part * (table[kind, row + 1, 6] - table[kind, row, 6])
        tm_i = table[kind, row, 7] + part * (table[kind, row + 1, 7] - table[kind, row, 7])
        # s = k x n points along the TE field; E' = T_tm E + (T_te - T_tm) (E.s) s.
        sx, sy, sz = ky * nz - kz * ny, kz * nx - kx * nz, kx * ny - ky * nx
        square = sx * sx + sy * sy + sz * sz
        along_r = along_i = 0.0
        if square > 1e-12:
            e_r = (field[0] * sx + field[1] * sy + field[2] * sz) / square
            e_i = (field[3] * sx + field[4] * sy + field[5] * sz) / square
            d_r, d_i = te_r - tm_r, te_i - tm_i
            along_r, along_i = d_r * e_r - d_i * e_i, d_r * e_i + d_i * e_r
        for axis, s in enumerate((sx, sy, sz)):
            r, i = field[axis], field[axis + 3]
            field[axis] = tm_r * r - tm_i * i + along_r * s
            field[axis + 3] = tm_r * i + tm_i * r + along_i * s


@numba.njit(cache=True, fastmath=_FAST, parallel=True, nogil=True)
def direct_gain(
    planes: Planes, table: NDArray[np.float64], wavelength_m: float, source_m: NDArray[np.float64], points_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Power gain of the straight path from one source to every point (n,)."""
    gain = np.zeros(len(points_m))
    for index in numba.prange(len(points_m)):
        point = points_m[index]
        dx, dy, dz = point[0] - source_m[0], point[1] - source_m[1], point[2] - source_m[2]
        level = dx * dx + dy * dy
        # Nearer than 0.1 m there is no far field; the gain stays that of 0.1 m.
        square = max(level + dz * dz, 0.01)
        length = math.sqrt(square)
        field = np.zeros(6)
        if level < 1e-18:
            field[0] = 1.0
        else:
            across = math.sqrt(level)
            field[0], field[1], field[2] = dx * dz / (across * length), dy * dz / (across * length), -across / length
        if level + dz * dz > 0.0:
            _through(planes, table, source_m, point, field)
        power = 0.0
        for part in field:
            power += part * part
        gain[index] = power * (wavelength_m / (4.0 * math.pi)) ** 2 / square
    return gain
