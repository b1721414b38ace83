"""What straight links pass through: how often each material of a building, with its openings, floors and roofs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from floorplans.plan import FloorPlan, Slab, Wall

_OVERLAP_M = 0.002  # pieces nearer than this lie on each other, as in `wifiplan.radio.planes`


def crossings(floor_plan: FloorPlan, transmitters_m: ArrayLike, receivers_m: ArrayLike) -> dict[str, NDArray[np.int64]]:
    """How often straight links pass through each material of a building: walls, what fills their openings, floors and roofs.

    Parameters
    ----------
    transmitters_m, receivers_m : array-like, shapes that broadcast to (..., 3)
        x, y and z above the datum.

    Returns
    -------
    dict of material name to array (...), every material of the plan, alphabetically

    Notes
    -----
    As in the radio map, a hole is nothing, and of two walls or two slabs that lie on each other the one listed first counts.
    """
    start, end = np.broadcast_arrays(np.asarray(transmitters_m, np.float64), np.asarray(receivers_m, np.float64))
    shape = start.shape[:-1]
    start, end = start.reshape(-1, 3), end.reshape(-1, 3)
    counts = {name: np.zeros(len(start), dtype=np.int64) for name in _material_names(floor_plan)}
    for index, wall in enumerate(floor_plan.walls):
        if wall.length_m <= 0.0:
            continue
        u_m, z_m, hit = _on_wall(wall, start, end)
        for other in floor_plan.walls[:index]:
            if _share_a_plane(wall, other):
                u, z, through = _on_wall(other, start, end)
                hit &= ~(through & _within(u, z, (0.0, other.length_m), (other.z0_m, other.z1_m)))
        hit &= _within(u_m, z_m, (0.0, wall.length_m), (wall.z0_m, wall.z1_m))
        for opening in reversed(wall.openings):  # what is painted last is what is there
            through = hit & _within(u_m, z_m, (opening.u0_m, opening.u1_m), (opening.z0_m, opening.z1_m))
            hit = hit & ~through
            if opening.material is not None:
                counts[opening.material] += through
        counts[wall.material] += hit
    met: list[tuple[NDArray[np.bool_], NDArray[np.float64]]] = []
    for slab in floor_plan.slabs:
        through, where_m = _on_slab(slab, start, end)
        met.append((through, where_m))
        hit = through.copy()
        for earlier, there_m in met[:-1]:
            hit &= ~(earlier & (np.abs(where_m - there_m) < _OVERLAP_M).all(axis=-1))
        counts[slab.material] += hit
    return {name: count.reshape(shape) for name, count in counts.items()}


def _material_names(floor_plan: FloorPlan) -> list[str]:
    names = {wall.material for wall in floor_plan.walls} | {slab.material for slab in floor_plan.slabs}
    return sorted(names | {one.material for wall in floor_plan.walls for one in wall.openings if one.material is not None})


def _on_wall(
    wall: Wall, start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Where links (n, 3) meet a wall's plane: along the wall from its start, above the datum, and whether at all."""
    first = np.array(wall.start_m)
    along = (np.array(wall.end_m) - first) / wall.length_m
    across = np.array([-along[1], along[0]])
    near, far = (start[:, :2] - first) @ across, (end[:, :2] - first) @ across
    hit = near * far < 0.0
    t = near / np.where(hit, near - far, 1.0)
    u_m = (start[:, :2] - first) @ along + t * ((end[:, :2] - start[:, :2]) @ along)
    return u_m, start[:, 2] + t * (end[:, 2] - start[:, 2]), np.asarray(hit)


def _share_a_plane(wall: Wall, other: Wall) -> bool:
    if other.length_m <= 0.0 or wall.z1_m <= other.z0_m or other.z1_m <= wall.z0_m:
        return False
    first = np.array(other.start_m)
    along = (np.array(other.end_m) - first) / other.length_m
    ends = np.array([wall.start_m, wall.end_m]) - first
    if np.any(np.abs(ends @ np.array([-along[1], along[0]])) > _OVERLAP_M):
        return False
    u_m = ends @ along
    return bool(u_m.max() > 0.0 and u_m.min() < other.length_m)


def _within(
    u_m: NDArray[np.float64], z_m: NDArray[np.float64], along_m: tuple[float, float], above_m: tuple[float, float]
) -> NDArray[np.bool_]:
    (u0_m, u1_m), (z0_m, z1_m) = along_m, above_m
    return np.asarray((u_m >= u0_m) & (u_m < u1_m) & (z_m >= z0_m) & (z_m < z1_m))


def _on_slab(slab: Slab, start: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether links (n, 3) pass a slab, and where."""
    corners = np.asarray(slab.polygon_m, dtype=np.float64)
    # A slab is not upright: its plane is z = a x + b y + c.
    flat, *_ = np.linalg.lstsq(np.column_stack([corners[:, :2], np.ones(len(corners))]), corners[:, 2], rcond=None)
    near, far = (point[:, 2] - point[:, :2] @ flat[:2] - flat[2] for point in (start, end))
    hit = near * far < 0.0
    t = near / np.where(hit, near - far, 1.0)
    where_m = start + t[:, None] * (end - start)
    polygon = shapely.Polygon(corners[:, :2])
    shapely.prepare(polygon)
    hit[hit] = shapely.contains_xy(polygon, where_m[hit][:, 0], where_m[hit][:, 1])
    return np.asarray(hit), where_m
