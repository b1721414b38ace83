"""A floor plan and access points as a map of path gain: the seam between buildings and everything that is planned on them."""

from __future__ import annotations

import functools
import math
import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from wifiplan.errors import DesignError
from wifiplan.radio.antennas import frame, pattern_db
from wifiplan.radio.body_loss import Bodies, loss_by_elevation_db
from wifiplan.radio.planes import coefficient_table, planes, reflection_bounds
from wifiplan.radio.propagation import LIGHT_SPEED_M_PER_S
from wifiplan.units import dbm_from_mw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from floorplans.plan import FloorPlan
    from wifiplan.model import AccessPoint
    from wifiplan.radio.images import Beams, Sources
    from wifiplan.radio.planes import Kind, Planes

MAX_DISTANCE_M = 200.0
"""An access point further from the walls than this is a slip of units, not a plan."""

MOST_SURVIVES = 0.35
"""Greatest share of power that is taken to survive one more reflection than was followed: the next wall may not be metal.
docs/benchmarks/ has what it makes of the rest in nine buildings."""

MAX_VALUES = 25_000_000
"""Most cells times access points of a map: it then needs `MAX_VALUES` x 8 x (K + 3) bytes, 1.2 GB at K = 3."""

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
    crowd_loss_db : array (ap, y, x) or None
        What people take from it, not in `gain_db`: modelled, not measured. None without people.
    """

    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    inside: NDArray[np.bool_]
    access_points: tuple[AccessPoint, ...]
    gain_db: NDArray[np.float64]
    crowd_loss_db: NDArray[np.float64] | None = None

    def rssi_dbm(
        self, tx_power_dbm: ArrayLike, *, client_gain_dbi: float = 0.0, body_loss_db: float = 0.0
    ) -> NDArray[np.float64]:
        """Received power (ap, y, x), less what a crowd takes; `tx_power_dbm` is one figure or one per access point."""
        power = np.broadcast_to(np.asarray(tx_power_dbm, dtype=np.float64), (len(self.access_points),))
        crowd = 0.0 if self.crowd_loss_db is None else self.crowd_loss_db
        return np.asarray(self.gain_db + power[:, None, None] + client_gain_dbi - body_loss_db - crowd)

    def best(self, tx_power_dbm: ArrayLike = 0.0) -> NDArray[np.intp]:
        """Index of the access point with the strongest signal (y, x); -1 where none is heard."""
        rssi_dbm = self.rssi_dbm(tx_power_dbm)
        if not len(rssi_dbm):
            return np.full(self.inside.shape, -1, dtype=np.intp)
        best = np.argmax(rssi_dbm, axis=0)
        return np.asarray(np.where(np.isneginf(np.max(rssi_dbm, axis=0)), -1, best))


def _extent_m(floor_plan: FloorPlan) -> tuple[float, float, float, float]:
    """(x0, y0, x1, y1) around the walls; around the outlines where there is no wall."""
    if floor_plan.walls:
        return floor_plan.extent_m
    corners = np.array([corner for level in floor_plan.levels for corner in level.outline_m])
    return (*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist())


def positions_m(floor_plan: FloorPlan, access_points: Sequence[AccessPoint]) -> NDArray[np.float64]:
    """(ap, 3) above the datum; raises `DesignError` for an access point that is nowhere in or near the building."""
    x0, y0, x1, y1 = _extent_m(floor_plan)
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
    """Antenna gain of the radio in this frequency's band; 0 where there is none."""
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
    bodies: BodiesAround = None,
    progress: Callable[[float], None] | None = None,
) -> NDArray[np.float64]:
    """Path gain (ap, n) at points (n, 3), x, y and z above the datum. No path is -inf.

    Parameters
    ----------
    floor_plan, access_points
        The building and what hangs in it. Pieces of wall without length are left out; where walls or slabs overlap, the one
        listed first counts. An access point within a wall's thickness is on the side where its centre is; one exactly on the
        centre line of a wall is not weakened by it.
    points_m
        Where the receivers are.
    frequency_mhz
        One for all, or one per access point.
    reflections
        Greatest number of reflections on a path, 0 to 3.
    bodies
        People around the receivers: alike at all points, or an array (n,) with None where nobody is. Each path loses what
        `body_loss.loss_by_elevation_db` says of the angle at which it comes down: modelled, not measured.
    progress
        Called with the share done, 0 to 1. What it raises ends the work.

    Raises
    ------
    DesignError
        A place that is not finite or not near the building, an unknown material.
    OutOfRangeError
        A material that is not known at this frequency, more people than can stand.
    """
    gain_db, crowd_loss_db = gains_and_crowd_loss_db(
        floor_plan,
        access_points,
        points_m,
        frequency_mhz=frequency_mhz,
        reflections=reflections,
        bodies=bodies,
        progress=progress,
    )
    return np.asarray(gain_db - crowd_loss_db)


def gains_and_crowd_loss_db(
    floor_plan: FloorPlan,
    access_points: Sequence[AccessPoint],
    points_m: ArrayLike,
    *,
    frequency_mhz: float | Sequence[float],
    reflections: int = 2,
    bodies: BodiesAround = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Path gain without people (ap, n), and what people take from it (ap, n): the two parts of `gains_db`."""
    _check_reflections(reflections)
    frequencies = _frequencies_mhz(frequency_mhz, access_points)
    points = np.ascontiguousarray(points_m, dtype=np.float64).reshape(-1, 3)
    if not np.all(np.isfinite(points)):
        raise DesignError(f"points: row {int(np.argmin(np.isfinite(points).all(axis=1)))} is not finite; give x, y, z in metres")
    if not len(points) or not access_points:
        return np.full((len(access_points), len(points)), -np.inf), np.zeros((len(access_points), len(points)))
    _check_size(len(points), access_points)
    from wifiplan.radio import images  # Numba loads only when something is computed

    bodies_of, people = _numbered(bodies, (len(points),))
    geometry, sources = _scene(floor_plan, access_points, frequencies, people)
    gain = np.zeros((reflections + 1, len(access_points), len(points)))
    crowded = np.zeros((len(access_points), len(points)) if people else (0, 0))
    tiles = [(start, min(start + _POINTS_A_TASK, len(points))) for start in range(0, len(points), _POINTS_A_TASK)]

    def trace(beams: Beams, order: int, tasks: NDArray[np.int64]) -> None:
        images.trace_points(geometry, sources, beams, order, tasks, points, gain, bodies_of, crowded)

    _descend(geometry, sources, reflections, tiles, trace, progress)
    return _with_antenna(dbm_from_mw(_total(gain)), access_points, frequencies), _crowd_loss_db(gain, crowded)


BodiesAround = Bodies | Any | None
"""People alike at all places, or an array of `Bodies` and None in the shape of the places."""

_POINTS_A_TASK = 64
_CELLS_A_SIDE = 32
_MOST_BEAMS = 200_000
_TASKS_A_CALL = 256
_LOCK = threading.Lock()  # one map at a time: each already uses every core, and not every threading layer can take two


def _numbered(bodies: BodiesAround, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], list[Bodies]]:
    """The number of the bodies at every place, -1 for nobody, and all of them; an empty array and list without any people."""
    every: dict[Bodies, int] = {}
    at = np.empty(shape, dtype=object)
    at[...] = bodies
    number = np.array([-1 if one is None or one.density_per_m2 == 0 else every.setdefault(one, len(every)) for one in at.ravel()])
    return (number.astype(np.int64).reshape(shape) if every else np.empty((0,) * len(shape), dtype=np.int64)), list(every)


@functools.lru_cache(maxsize=64)
def _loss_a_density_db(body_height_m: float, client_height_m: float, frequency_mhz: float) -> NDArray[np.float64]:
    """Loss of one person per m2 by the kernels' steps of elevation; that of more is in proportion."""
    from wifiplan.radio.images import ELEVATION_STEPS

    elevation_deg = np.degrees(np.arcsin((np.arange(ELEVATION_STEPS + 1) / ELEVATION_STEPS) ** 2))
    one = Bodies(density_per_m2=1.0, body_height_m=body_height_m, client_height_m=client_height_m)
    return loss_by_elevation_db(one, elevation_deg, frequency_mhz=frequency_mhz)


def _transmission(bodies: Bodies, frequency_mhz: float) -> NDArray[np.float64]:
    loss_by_elevation_db(bodies, 90.0, frequency_mhz=frequency_mhz)  # refuses more than can stand
    loss_db = bodies.density_per_m2 * _loss_a_density_db(bodies.body_height_m, bodies.client_height_m, frequency_mhz)
    return np.asarray(10.0 ** (-loss_db / 10.0))


def _crowd_loss_db(gain: NDArray[np.float64], crowded: NDArray[np.float64]) -> NDArray[np.float64]:
    """What people take, from the paths that were followed; 0 where there is none."""
    free = gain.sum(axis=0)
    if not crowded.size:
        return np.zeros_like(free)
    share = np.divide(crowded, free, out=np.ones_like(free), where=free > 0)
    share = np.where(share > 1.0 - 1e-12, 1.0, np.maximum(share, 1e-30))  # the two sums are rounded each for itself
    return np.asarray(0.0 - 10.0 * np.log10(share))


@dataclass(frozen=True, slots=True)
class _Surfaces:
    """The planes of a building, and what each frequency makes of them: `coefficient_table` and `reflection_bounds`."""

    floor_plan: FloorPlan
    geometry: Planes
    kinds: tuple[Kind, ...]
    at_mhz: dict[float, tuple[NDArray[np.float32], NDArray[np.float64]]]


_RECENT: deque[_Surfaces] = deque(maxlen=4)
"""Buildings that were asked for last: placement asks for one hundreds of times, a place or two at a time."""


def _surfaces(floor_plan: FloorPlan, frequencies_mhz: Sequence[float]) -> _Surfaces:
    """The planes of a building, known at these frequencies."""
    found = next((one for one in tuple(_RECENT) if one.floor_plan is floor_plan), None)
    if found is None:
        found = _Surfaces(floor_plan, *planes(floor_plan), {})
        _RECENT.append(found)
    for f_mhz in frequencies_mhz:
        if f_mhz not in found.at_mhz:
            table = coefficient_table(found.kinds, f_mhz)
            found.at_mhz[f_mhz] = table, reflection_bounds(found.geometry, table)
    return found


def _scene(
    floor_plan: FloorPlan, access_points: Sequence[AccessPoint], frequencies: list[float], people: Sequence[Bodies] = ()
) -> tuple[Planes, Sources]:
    from wifiplan.radio.images import ELEVATION_STEPS, Sources

    every = sorted(set(frequencies))
    surfaces = _surfaces(floor_plan, every)
    tables, bounds = (np.stack(parts) for parts in zip(*(surfaces.at_mhz[f_mhz] for f_mhz in every), strict=True))
    names = sorted({ap.antenna for ap in access_points} - {"isotropic"})
    patterns = [np.power(10.0, np.asarray(pattern_db(name)) / 10).astype(np.float32) for name in names]
    through = [[_transmission(bodies, f_mhz) for bodies in people] for f_mhz in every]
    return surfaces.geometry, Sources(
        place_m=positions_m(floor_plan, access_points),
        wavelength_m=LIGHT_SPEED_M_PER_S / (np.array(frequencies) * 1e6),
        table=np.array([every.index(f_mhz) for f_mhz in frequencies], dtype=np.int64),
        tables=tables,
        bounds=bounds,
        frame=np.stack([frame(ap.azimuth_deg, ap.tilt_deg) for ap in access_points]),
        pattern=np.array([names.index(ap.antenna) if ap.antenna in names else -1 for ap in access_points], dtype=np.int64),
        patterns=np.stack(patterns) if patterns else np.zeros((1, 361, 181), dtype=np.float32),
        people=np.array(through).reshape(len(every), len(people), ELEVATION_STEPS + 1),
    )


def _descend(  # noqa: PLR0917
    geometry: Planes,
    sources: Sources,
    reflections: int,
    tiles: Sequence[tuple[int, ...]],
    trace: Callable[[Beams, int, NDArray[np.int64]], None],
    progress: Callable[[float], None] | None,
) -> None:
    """Trace the direct paths, then reflections order by order, never holding more than `_MOST_BEAMS` of an order.

    `trace` gets rows (source, first beam, past the last beam, *tile), at most `_TASKS_A_CALL` at a time: between them, progress
    is told, and what it raises ends the work.
    """
    from wifiplan.radio import images

    tiles_ = np.asarray(tiles, dtype=np.int64)

    def descend(beams: Beams, order: int, start: float, share: float) -> None:
        heard, first, count = np.unique(beams.source, return_index=True, return_counts=True)  # beams are sorted by source
        ranges = np.stack([heard, first, first + count], axis=-1)
        tasks = np.concatenate([np.repeat(tiles_, len(ranges), axis=0), np.tile(ranges, (len(tiles_), 1))], axis=1)
        tasks = np.ascontiguousarray(np.roll(tasks, 3, axis=1))
        own = share if order == reflections else 0.0
        for at in range(0, len(tasks), _TASKS_A_CALL):
            some = tasks[at : at + _TASKS_A_CALL]
            # Each thread takes one stretch of them: neighbours, which take alike long, go to different threads.
            trace(beams, order, some[np.argsort(np.arange(len(some)) % images.threads(), kind="stable")])
            if progress is not None:
                progress(start + own * min(at + _TASKS_A_CALL, len(tasks)) / len(tasks))
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

    with _LOCK:
        descend(_roots(sources), 0, 0.0, 1.0)
    if progress is not None:
        progress(1.0)


def _roots(sources: Sources) -> Beams:
    """The sources themselves: no reflection yet."""
    from wifiplan.radio import images

    roots = images.beams(len(sources.place_m))
    roots.source[:] = np.arange(len(sources.place_m))
    roots.images_m[:, 0] = sources.place_m
    roots.bound[:] = 1.0
    return roots


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


def _check_size(places: int, access_points: Sequence[AccessPoint]) -> None:
    if places * len(access_points) > MAX_VALUES:
        raise DesignError(
            f"a map of {places:,} places for {len(access_points)} access points is more than {MAX_VALUES:,} values; "
            "give larger cells (--grid-m)"
        )


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
    bodies: BodiesAround = None,
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
        Mean over samples x samples points of a cell; they are taken only where a path's shadow edge or a wall crosses it.
    grid
        (x0_m, y0_m, nx, ny) instead of the box around the walls.
    bodies
        As for `gains_db`, an array (y, x); the clients are at `height_m`, whatever the figure of the bodies is.

    Raises
    ------
    DesignError, OutOfRangeError
        As `gains_db`; a map of more than `MAX_VALUES`.

    Notes
    -----
    Memory, whatever the building: beams of at most `_MOST_BEAMS` per order (0.4 kB each, 0.25 GB in all at K = 3), and
    8 (K + 3) bytes per cell and access point.
    """
    if not (math.isfinite(grid_m) and 0.01 <= grid_m <= 100):
        raise DesignError(f"grid of {grid_m} m: give 0.01 to 100 m")
    if not 0 <= level < len(floor_plan.levels):
        raise DesignError(f"level {level} does not exist; there are {len(floor_plan.levels)}, from 0")
    _check_reflections(reflections)
    if not 1 <= samples <= 8:
        raise DesignError(f"samples {samples}: give 1 to 8")
    if not math.isfinite(height_m):
        raise DesignError(f"height of {height_m} m is no height; give metres above the floor")
    x0, y0, nx, ny = grid or grid_of(floor_plan, grid_m)
    x_m = np.asarray(x0 + (np.arange(nx) + 0.5) * grid_m, dtype=np.float64)
    y_m = np.asarray(y0 + (np.arange(ny) + 0.5) * grid_m, dtype=np.float64)
    z_m = floor_plan.levels[level].floor_m + height_m
    frequencies = _frequencies_mhz(frequency_mhz, access_points)
    _check_size(nx * ny, access_points)
    from wifiplan.radio import images  # Numba loads only when something is computed

    bodies_of, people = _numbered(bodies, (ny, nx))
    people = [replace(one, client_height_m=height_m) for one in people]
    gain = np.zeros((reflections + 1, len(access_points), ny, nx))
    crowded = np.zeros((len(access_points), ny, nx) if people else (0, 0, 0))
    if access_points:
        geometry, sources = _scene(floor_plan, access_points, frequencies, people)
        side = (float(x0), float(y0), float(grid_m), float(z_m))

        def trace(beams: Beams, order: int, tasks: NDArray[np.int64]) -> None:
            images.trace_cells(geometry, sources, beams, order, tasks, side, samples, gain, bodies_of, crowded)

        tiles = [
            (i, j, min(_CELLS_A_SIDE, nx - i), min(_CELLS_A_SIDE, ny - j))
            for j in range(0, ny, _CELLS_A_SIDE)
            for i in range(0, nx, _CELLS_A_SIDE)
        ]
        _descend(geometry, sources, reflections, tiles, trace, progress)
    outline = shapely.Polygon(floor_plan.levels[level].outline_m)
    return RadioMap(
        x_m=x_m,
        y_m=y_m,
        inside=np.asarray(shapely.contains_xy(outline, *np.meshgrid(x_m, y_m)), dtype=np.bool_),
        access_points=tuple(access_points),
        gain_db=_with_antenna(dbm_from_mw(_total(gain)), access_points, frequencies),
        crowd_loss_db=_crowd_loss_db(gain, crowded) if people else None,
    )


PREVIEW_COARSER = 2
"""A preview's cells are so many times as wide."""


def preview(
    floor_plan: FloorPlan,
    access_points: Sequence[AccessPoint],
    *,
    frequency_mhz: float | Sequence[float],
    grid_m: float = 0.5,
    height_m: float = 1.0,
    level: int = 0,
) -> RadioMap:
    """A coarse map in milliseconds, to be refined by `radio_map`: one reflection, the centres of cells of twice the side."""
    return radio_map(
        floor_plan,
        access_points,
        frequency_mhz=frequency_mhz,
        grid_m=PREVIEW_COARSER * grid_m,
        height_m=height_m,
        level=level,
        reflections=1,
        samples=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One way that a signal takes. Angles: azimuth clockwise from north (+y), elevation above the horizontal.

    Attributes
    ----------
    gain_db : float
        Power at the receiver over power fed to the antenna, whose pattern is in it.
    delay_s : float
        From antenna to receiver.
    departure_azimuth_deg, departure_elevation_deg : float
        Where it leaves to.
    arrival_azimuth_deg, arrival_elevation_deg : float
        Where it comes from, seen by the receiver.
    corners_m : array (reflections + 2, 3)
        Transmitter, places of reflection in order, receiver.
    """

    gain_db: float
    delay_s: float
    departure_azimuth_deg: float
    departure_elevation_deg: float
    arrival_azimuth_deg: float
    arrival_elevation_deg: float
    corners_m: NDArray[np.float64]


def paths(
    floor_plan: FloorPlan,
    access_points: Sequence[AccessPoint],
    point_m: ArrayLike,
    *,
    frequency_mhz: float | Sequence[float],
    reflections: int = 2,
) -> tuple[tuple[Path, ...], ...]:
    """The paths from each access point to one point (x, y, z above the datum), the strongest first.

    Their powers add up to what `gains_db` gives, but for what that leaves out as negligible and adds for reflections beyond K.
    """
    _check_reflections(reflections)
    frequencies = _frequencies_mhz(frequency_mhz, access_points)
    point = np.ascontiguousarray(point_m, dtype=np.float64).reshape(3)
    if not np.all(np.isfinite(point)):
        raise DesignError(f"point ({point[0]}, {point[1]}, {point[2]}) is not finite; give x, y, z in metres")
    if not access_points:
        return ()
    from wifiplan.radio import images  # Numba loads only when something is computed

    geometry, sources = _scene(floor_plan, access_points, frequencies)
    found: list[list[Path]] = [[] for _ in access_points]

    def trace(beams: Beams, order: int, _tasks: NDArray[np.int64]) -> None:
        power, corners_m = np.zeros(len(beams.source)), np.zeros((len(beams.source), order + 2, 3))
        images.trace_paths(geometry, sources, beams, order, point, power, corners_m)
        for b in np.flatnonzero(power):
            source = beams.source[b]
            peak_db = antenna_gain_dbi(access_points[source], frequencies[source])
            found[source].append(_path(corners_m[b], peak_db + 10.0 * math.log10(power[b])))

    _descend(geometry, sources, reflections, [()], trace, None)
    return tuple(tuple(sorted(ways, key=lambda way: -way.gain_db)) for ways in found)


def _path(corners_m: NDArray[np.float64], gain_db: float) -> Path:
    legs = np.diff(corners_m, axis=0)
    (departure_az, departure_el), (arrival_az, arrival_el) = (
        (math.degrees(math.atan2(x, y)) % 360.0, math.degrees(math.atan2(z, math.hypot(x, y))))
        for x, y, z in (legs[0], -legs[-1])
    )
    return Path(
        gain_db=gain_db,
        delay_s=float(np.linalg.norm(legs, axis=1).sum()) / LIGHT_SPEED_M_PER_S,
        departure_azimuth_deg=departure_az,
        departure_elevation_deg=departure_el,
        arrival_azimuth_deg=arrival_az,
        arrival_elevation_deg=arrival_el,
        corners_m=corners_m,
    )


def grid_of(floor_plan: FloorPlan, grid_m: float) -> tuple[float, float, int, int]:
    """(x0_m, y0_m, nx, ny): cells over the bounding box of the wall centre lines."""
    x0, y0, x1, y1 = _extent_m(floor_plan)
    # A box that is a whole number of cells must not gain one by rounding.
    return x0, y0, max(1, math.ceil((x1 - x0) / grid_m - 1e-6)), max(1, math.ceil((y1 - y0) / grid_m - 1e-6))
