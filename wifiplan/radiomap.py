"""A floor plan and access points as a map of path gain: the seam between buildings and everything that is planned on them."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from wifiplan.antennas import frame, pattern_db
from wifiplan.errors import DesignError
from wifiplan.planes import coefficient_table, planes, reflection_bounds
from wifiplan.propagation import LIGHT_SPEED_M_PER_S
from wifiplan.units import dbm_from_mw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from floorplans.plan import FloorPlan
    from wifiplan.images import Beams, Sources
    from wifiplan.model import AccessPoint
    from wifiplan.planes import Planes

MAX_DISTANCE_M = 200.0
"""An access point further from the walls than this is a slip of units, not a plan."""

MOST_SURVIVES = 0.35
"""Greatest share of power that is taken to survive one more reflection than was followed. Orders 3 to 5 followed exactly gave
0.22 to 0.39 in four buildings (docs/benchmarks.md); it is kept from being more because the fifth wall is not known to be metal."""

_BANDS_MHZ = {"2.4": (2400.0, 2500.0), "5": (4900.0, 5925.0), "6": (5925.0, 7125.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioMap:
    """Path gain on a grid of cells of one level.

    Attributes
    ----------
    x_m, y_m : array (x,), (y,)
        Centres of the cells.
    inside : array (y, x) of bool
        Cells whose centre is within the level's outline.
    access_points : tuple of AccessPoint
    gain_db : array (ap, y, x)
        Mean power over the cell against the power fed to the antenna; the antenna of the access point is in it, nothing of
        the client. No path is -inf.
    """

    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    inside: NDArray[np.bool_]
    access_points: tuple[AccessPoint, ...]
    gain_db: NDArray[np.float64]

    def rssi_dbm(
        self, tx_power_dbm: ArrayLike, *, client_gain_dbi: float = 0.0, body_loss_db: float = 0.0
    ) -> NDArray[np.float64]:
        """Received power (ap, y, x); `tx_power_dbm` is one figure or one per access point."""
        power = np.broadcast_to(np.asarray(tx_power_dbm, dtype=np.float64), (len(self.access_points),))
        return np.asarray(self.gain_db + power[:, None, None] + client_gain_dbi - body_loss_db)

    def best(self, tx_power_dbm: ArrayLike = 0.0) -> NDArray[np.intp]:
        """Index of the access point with the strongest signal (y, x); -1 where none is heard."""
        rssi_dbm = self.rssi_dbm(tx_power_dbm)
        if not len(rssi_dbm):
            return np.full(self.inside.shape, -1, dtype=np.intp)
        best = np.argmax(rssi_dbm, axis=0)
        return np.asarray(np.where(np.isneginf(np.max(rssi_dbm, axis=0)), -1, best))


def positions_m(floor_plan: FloorPlan, access_points: Sequence[AccessPoint]) -> NDArray[np.float64]:
    """(ap, 3) above the datum; raises `DesignError` for an access point that is nowhere in or near the building."""
    x0, y0, x1, y1 = floor_plan.extent_m
    positions = np.empty((len(access_points), 3))
    for row, ap in zip(positions, access_points, strict=True):
        if not 0 <= ap.level < len(floor_plan.levels):
            raise DesignError(
                f"access point {ap.name}: level {ap.level} does not exist; there are {len(floor_plan.levels)}, from 0"
            )
        row[:] = ap.x_m, ap.y_m, floor_plan.levels[ap.level].floor_m + ap.height_m
        if not np.all(np.isfinite(row)):
            raise DesignError(f"access point {ap.name}: its place ({ap.x_m}, {ap.y_m}, {ap.height_m}) is not finite; give metres")
        away = max(x0 - ap.x_m, ap.x_m - x1, y0 - ap.y_m, ap.y_m - y1)
        if away > MAX_DISTANCE_M or abs(ap.height_m) > MAX_DISTANCE_M:
            raise DesignError(
                f"access point {ap.name}: ({ap.x_m:g}, {ap.y_m:g}, {ap.height_m:g}) is more than {MAX_DISTANCE_M:g} m from the "
                f"walls ({x0:g}..{x1:g}, {y0:g}..{y1:g}); give metres in the plan's axes"
            )
    return positions


def antenna_gain_dbi(ap: AccessPoint, frequency_mhz: float) -> float:
    """Of the radio in this frequency's band; 0 where there is none."""
    for radio in ap.radios:
        low, high = _BANDS_MHZ[radio.band]
        if low <= frequency_mhz < high:
            return radio.antenna_gain_dbi
    return 0.0


def gains_db(
    floor_plan: FloorPlan,
    access_points: Sequence[AccessPoint],
    points_m: ArrayLike,
    *,
    frequency_mhz: float | Sequence[float],
    reflections: int = 2,
    progress: Callable[[float], None] | None = None,
) -> NDArray[np.float64]:
    """Path gain (ap, n) at points (n, 3), x, y and z above the datum. No path is -inf.

    Parameters
    ----------
    floor_plan, access_points
        The building and what hangs in it.
    points_m
        Where the receivers are.
    frequency_mhz
        One for all, or one per access point.
    reflections
        Greatest number of reflections on a path, 0 to 3.
    progress
        Called with the share done, 0 to 1. What it raises ends the work.

    Raises
    ------
    DesignError
        A place that is not finite or not near the building, an unknown material.
    OutOfRangeError
        A material that is not known at this frequency.
    """
    _check_reflections(reflections)
    frequencies = _frequencies_mhz(frequency_mhz, access_points)
    points = np.ascontiguousarray(points_m, dtype=np.float64).reshape(-1, 3)
    if not np.all(np.isfinite(points)):
        raise DesignError(f"points: row {int(np.argmin(np.isfinite(points).all(axis=1)))} is not finite; give x, y, z in metres")
    if not len(points) or not access_points:
        return np.full((len(access_points), len(points)), -np.inf)
    from wifiplan import images  # Numba loads only when something is computed

    geometry, sources = _scene(floor_plan, access_points, frequencies)
    gain = np.zeros((reflections + 1, len(access_points), len(points)))
    starts = np.arange(0, len(points), _POINTS_A_TASK)

    def trace(beams: Beams, order: int) -> None:
        first, last = _ranges(beams, len(access_points))
        tasks = [
            (source, first[source], last[source], start, min(start + _POINTS_A_TASK, len(points)))
            for start in starts
            for source in range(len(access_points))
            if last[source] > first[source]
        ]
        images.trace_points(geometry, sources, beams, order, np.array(tasks, dtype=np.int64).reshape(-1, 5), points, gain)

    _descend(geometry, sources, reflections, trace, progress)
    return _with_antenna(dbm_from_mw(_total(gain)), access_points, frequencies)


_POINTS_A_TASK = 64
_CELLS_A_SIDE = 32
_MOST_BEAMS = 200_000
_LOCK = threading.Lock()  # one map at a time: each already uses every core, and not every threading layer can take two


def _ranges(beams: Beams, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and past the last beam of every source; beams are sorted by source."""
    sources = np.arange(count)
    return np.searchsorted(beams.source, sources, "left"), np.searchsorted(beams.source, sources, "right")


def _scene(floor_plan: FloorPlan, access_points: Sequence[AccessPoint], frequencies: list[float]) -> tuple[Planes, Sources]:
    from wifiplan.images import Sources

    geometry, kinds = planes(floor_plan)
    every = sorted(set(frequencies))
    tables = np.stack([coefficient_table(kinds, f_mhz) for f_mhz in every])
    names = sorted({ap.antenna for ap in access_points} - {"isotropic"})
    patterns = [np.power(10.0, np.asarray(pattern_db(name)) / 10).astype(np.float32) for name in names]
    return geometry, Sources(
        place_m=positions_m(floor_plan, access_points),
        wavelength_m=LIGHT_SPEED_M_PER_S / (np.array(frequencies) * 1e6),
        table=np.array([every.index(f_mhz) for f_mhz in frequencies], dtype=np.int64),
        tables=tables,
        bounds=np.stack([reflection_bounds(geometry, table) for table in tables]),
        frame=np.stack([frame(ap.azimuth_deg, ap.tilt_deg) for ap in access_points]),
        pattern=np.array([names.index(ap.antenna) if ap.antenna in names else -1 for ap in access_points], dtype=np.int64),
        patterns=np.stack(patterns) if patterns else np.zeros((1, 361, 181), dtype=np.float32),
    )


def _descend(
    geometry: Planes,
    sources: Sources,
    reflections: int,
    trace: Callable[[Beams, int], None],
    progress: Callable[[float], None] | None,
) -> None:
    """Trace the direct paths, then reflections order by order, never holding more than `_MOST_BEAMS` of an order."""
    from wifiplan import images

    def descend(beams: Beams, order: int, start: float, share: float) -> None:
        trace(beams, order)
        if progress is not None:
            progress(start + (share if order == reflections else 0.0))
        if order == reflections or not len(beams.source):
            return
        counts = images.count_children(geometry, sources, beams, order, _LEAST_SHARE)
        block = np.cumsum(counts) // _MOST_BEAMS
        for number in np.unique(block):
            chosen = np.flatnonzero(block == number)
            parents = images.Beams._make(np.ascontiguousarray(column[chosen]) for column in beams)
            below = images.beams(int(counts[chosen].sum()))
            firsts = np.cumsum(counts[chosen]) - counts[chosen]
            images.children(geometry, sources, parents, order, _LEAST_SHARE, firsts.astype(np.int64), below)
            descend(below, order + 1, start + share * float(chosen[0]) / len(counts), share * len(chosen) / len(counts))

    roots = images.beams(len(sources.place_m))
    roots.source[:] = np.arange(len(sources.place_m))
    roots.images_m[:, 0] = sources.place_m
    roots.bound[:] = 1.0
    with _LOCK:
        descend(roots, 0, 0.0, 1.0)
    if progress is not None:
        progress(1.0)


_LEAST_SHARE = 1e-9


def _total(gain: NDArray[np.float64]) -> NDArray[np.float64]:
    """All orders of reflection (first axis) and an estimate of those that were not followed.

    In closed rooms the power falls by about the same factor with each reflection more, so that the rest is a geometric
    series. Its factor is that of the last two orders at this place, but no more than `MOST_SURVIVES`; it needs two orders of
    reflection to be seen, so that K = 0 and 1 are without it.
    """
    total = gain.sum(axis=0)
    if len(gain) > 2:
        last, before = gain[-1], gain[-2]
        survives = np.minimum(MOST_SURVIVES, np.divide(last, before, out=np.zeros_like(last), where=before > 0))
        total += last * survives / (1 - survives)
    return np.asarray(total)


def _with_antenna(
    gain_db: NDArray[np.float64], access_points: Sequence[AccessPoint], frequencies: list[float]
) -> NDArray[np.float64]:
    peaks = np.array([antenna_gain_dbi(ap, f_mhz) for ap, f_mhz in zip(access_points, frequencies, strict=True)])
    return np.asarray(gain_db + peaks.reshape(-1, *[1] * (gain_db.ndim - 1)))


def _frequencies_mhz(frequency_mhz: float | Sequence[float], access_points: Sequence[AccessPoint]) -> list[float]:
    """One per access point."""
    frequencies = [float(f) for f in np.broadcast_to(np.asarray(frequency_mhz, dtype=np.float64), (len(access_points),))]
    for f_mhz in frequencies:
        if not (math.isfinite(f_mhz) and f_mhz > 0):
            raise DesignError(f"frequency {f_mhz} MHz is no frequency; give MHz, such as 5200")
    return frequencies


def _check_reflections(reflections: int) -> None:
    if reflections not in range(4):
        raise DesignError(f"reflections {reflections}: give 0, 1, 2 or 3")


def radio_map(
    floor_plan: FloorPlan,
    access_points: Sequence[AccessPoint],
    *,
    frequency_mhz: float | Sequence[float],
    grid_m: float = 0.5,
    height_m: float = 1.0,
    level: int = 0,
    reflections: int = 2,
    samples: int = 2,
    grid: tuple[float, float, int, int] | None = None,
    progress: Callable[[float], None] | None = None,
) -> RadioMap:
    """Mean path gain over every cell of a level.

    Parameters
    ----------
    floor_plan, access_points, frequency_mhz, reflections, progress
        As for `gains_db`.
    grid_m
        Side of a cell. The grid starts at the lower left corner of the bounding box of the wall centre lines.
    height_m
        Receivers above the floor of `level`.
    samples
        Mean over samples x samples points of a cell.
    grid
        (x0_m, y0_m, nx, ny) instead of the box around the walls.
    """
    if not (math.isfinite(grid_m) and 0.01 <= grid_m <= 100):
        raise DesignError(f"grid of {grid_m} m: give 0.01 to 100 m")
    if not 0 <= level < len(floor_plan.levels):
        raise DesignError(f"level {level} does not exist; there are {len(floor_plan.levels)}, from 0")
    _check_reflections(reflections)
    if not 1 <= samples <= 8:
        raise DesignError(f"samples {samples}: give 1 to 8")
    x0, y0, nx, ny = grid or grid_of(floor_plan, grid_m)
    x_m = np.asarray(x0 + (np.arange(nx) + 0.5) * grid_m, dtype=np.float64)
    y_m = np.asarray(y0 + (np.arange(ny) + 0.5) * grid_m, dtype=np.float64)
    z_m = floor_plan.levels[level].floor_m + height_m
    frequencies = _frequencies_mhz(frequency_mhz, access_points)
    from wifiplan import images  # Numba loads only when something is computed

    gain = np.zeros((reflections + 1, len(access_points), ny, nx))
    if access_points:
        geometry, sources = _scene(floor_plan, access_points, frequencies)

        def trace(beams: Beams, order: int) -> None:
            first, last = _ranges(beams, len(access_points))
            tasks = [
                (source, first[source], last[source], i, j, min(_CELLS_A_SIDE, nx - i), min(_CELLS_A_SIDE, ny - j))
                for j in range(0, ny, _CELLS_A_SIDE)
                for i in range(0, nx, _CELLS_A_SIDE)
                for source in range(len(access_points))
                if last[source] > first[source]
            ]
            grid_ = (float(x0), float(y0), float(grid_m), float(z_m))
            images.trace_cells(
                geometry, sources, beams, order, np.array(tasks, dtype=np.int64).reshape(-1, 7), grid_, samples, gain
            )

        _descend(geometry, sources, reflections, trace, progress)
    outline = shapely.Polygon(floor_plan.levels[level].outline_m)
    return RadioMap(
        x_m=x_m,
        y_m=y_m,
        inside=np.asarray(shapely.contains_xy(outline, *np.meshgrid(x_m, y_m)), dtype=np.bool_),
        access_points=tuple(access_points),
        gain_db=_with_antenna(dbm_from_mw(_total(gain)), access_points, frequencies),
    )


def grid_of(floor_plan: FloorPlan, grid_m: float) -> tuple[float, float, int, int]:
    """(x0_m, y0_m, nx, ny): cells over the bounding box of the wall centre lines."""
    x0, y0, x1, y1 = floor_plan.extent_m
    # A box that is a whole number of cells must not gain one by rounding.
    return x0, y0, max(1, math.ceil((x1 - x0) / grid_m - 1e-6)), max(1, math.ceil((y1 - y0) / grid_m - 1e-6))
