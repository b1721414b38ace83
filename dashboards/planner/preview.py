"""Maps while a hand drags: gains of each access point are traced once for each place, so that only what moves is traced again."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.capacity import layers
from wifiplan.capacity.layers import Layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan
    from wifiplan.model import AccessPoint, Band, Design

MOST_PREVIEW_CELLS, MOST_CELLS = 2_500, 40_000
"""Larger storeys get larger cells, so that a hand is followed there too (assumed)."""
PREVIEW_CELL_M, CELL_M = 1.0, 0.5

_REMEMBERED_CELLS = 20_000_000
"""80 MB of gains in single precision."""

RANGES: Mapping[Layer, tuple[float, float]] = {
    "signal": (-90.0, -40.0),
    "second": (-90.0, -40.0),
    "snr_down": (0.0, 60.0),
    "snr_up": (0.0, 60.0),
    "co_channel": (0.0, 8.0),
    "rate": (0.0, 1300.0),
    "airtime": (0.0, 1.0),
    "people_p10": (0.0, 1.0),
}
"""Layer -> what its first and last step stand for; what is beyond is shown as the end."""

STEPS, UNKNOWN = 254, 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A layer in 255 steps between `low` and `high`, rows from the south; `UNKNOWN` where nothing is known."""

    x0_m: float
    y0_m: float
    cell_m: float
    low: float
    high: float
    steps: NDArray[np.uint8]
    traced: int
    computed_ms: float

    def head(self) -> dict[str, Any]:
        """All but the steps, for a header."""
        ny, nx = self.steps.shape
        return {
            "x0": self.x0_m,
            "y0": self.y0_m,
            "cell": self.cell_m,
            "nx": nx,
            "ny": ny,
            "low": self.low,
            "high": self.high,
            "traced": self.traced,
            "computed_ms": round(self.computed_ms, 2),
        }


class Painter:
    """Draws layers of designs and remembers the gains; one for the process, used by one thread at a time."""

    def __init__(self) -> None:
        self._gains: OrderedDict[tuple[object, ...], tuple[FloorPlan, NDArray[np.float32]]] = OrderedDict()
        self._cells = 0
        self._lock = threading.Lock()

    def drawn(
        self,
        design: Design,
        what: Layer,
        band: Band,
        *,
        level: int = 0,
        crowd: bool = True,
        full: bool = False,
        moved: Mapping[str, tuple[float, float]] | None = None,
    ) -> Iterator[Picture | None]:
        """A layer of a storey, step by step: None after each access point that had to be traced, last the picture.

        Parameters
        ----------
        full : bool
            As the report draws it (two reflections, 0.5 m), instead of a preview (one reflection, 1 m).
        moved : mapping of name to (x_m, y_m), optional
            Where a hand holds access points that the design has elsewhere.
        """
        computed_s, started_s = 0.0, time.perf_counter()
        if moved:
            points = (
                replace(ap, x_m=moved[ap.name][0], y_m=moved[ap.name][1]) if ap.name in moved else ap
                for ap in design.access_points
            )
            design = replace(design, access_points=tuple(points))
        pairs = layers.radios_of(design, band)
        frame = _frame(design.floor_plan, full=full)
        height_m = _client_height_m(design)
        gains, traced = [], 0
        for ap, _ in pairs:
            gain, is_new = self._gain(design.floor_plan, ap, band, frame, level=level, height_m=height_m, full=full)
            gains.append(gain)
            traced += is_new
            if is_new:
                computed_s += time.perf_counter() - started_s
                yield None
                started_s = time.perf_counter()
        x_m, y_m = frame.centres()
        stacked = np.stack(gains).astype(np.float64) if gains else np.zeros((0, frame.ny, frame.nx))
        values = layers.layer(design, pairs, stacked, what, x_m=x_m, y_m=y_m, level=level, crowd=crowd)
        low, high = RANGES[what]
        steps = np.full(values.shape, UNKNOWN, dtype=np.uint8)
        known = np.isfinite(values)
        steps[known] = np.round(np.clip((values[known] - low) / (high - low), 0.0, 1.0) * STEPS).astype(np.uint8)
        yield Picture(
            x0_m=frame.x0_m,
            y0_m=frame.y0_m,
            cell_m=frame.cell_m,
            low=low,
            high=high,
            steps=steps,
            traced=traced,
            computed_ms=1000 * (computed_s + time.perf_counter() - started_s),
        )

    def _gain(
        self, plan: FloorPlan, ap: AccessPoint, band: Band, frame: _Frame, *, level: int, height_m: float, full: bool
    ) -> tuple[NDArray[np.float32], bool]:
        from wifiplan.radio import radiomap  # loads Numba

        frequency_mhz = wifi.FREQUENCY_MHZ[band]
        gain_dbi = radiomap.antenna_gain_dbi(ap, frequency_mhz)
        where = (round(ap.x_m, 3), round(ap.y_m, 3), ap.height_m, ap.level, ap.antenna, ap.azimuth_deg, ap.tilt_deg, gain_dbi)
        key = (id(plan), where, band, frame, level, height_m, full)
        with self._lock:
            known = self._gains.get(key)
            if known is not None:
                self._gains.move_to_end(key)
                return known[1], False
        found = radiomap.radio_map(
            plan,
            (ap,),
            frequency_mhz=frequency_mhz,
            grid_m=frame.cell_m,
            height_m=height_m,
            level=level,
            reflections=2 if full else 1,
            samples=1,
            grid=(frame.x0_m, frame.y0_m, frame.nx, frame.ny),
        )
        gain = np.where(found.inside, found.gain_db[0], -np.inf).astype(np.float32)
        with self._lock:
            # The plan is kept with it: while it is here, no other can have its id.
            self._gains[key] = (plan, gain)
            self._cells += gain.size
            while self._cells > _REMEMBERED_CELLS:
                self._cells -= self._gains.popitem(last=False)[1][1].size
        return gain, True


@dataclass(frozen=True, slots=True)
class _Frame:
    """The grid of a storey."""

    x0_m: float
    y0_m: float
    cell_m: float
    nx: int
    ny: int

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x_m, y_m = (
            np.asarray(start + (np.arange(count) + 0.5) * self.cell_m, dtype=np.float64)
            for start, count in ((self.x0_m, self.nx), (self.y0_m, self.ny))
        )
        return x_m, y_m


def _frame(plan: FloorPlan, *, full: bool) -> _Frame:
    """Over the walls, as `radiomap.grid_of`."""
    from wifiplan.radio import radiomap

    cell_m, most = (CELL_M, MOST_CELLS) if full else (PREVIEW_CELL_M, MOST_PREVIEW_CELLS)
    x0, y0, nx, ny = radiomap.grid_of(plan, cell_m)
    if nx * ny > most:
        cell_m *= math.sqrt(nx * ny / most)
        x0, y0, nx, ny = radiomap.grid_of(plan, cell_m)
    return _Frame(x0, y0, cell_m, nx, ny)


def _client_height_m(design: Design) -> float:
    from wifiplan.report.maps import client_height_m

    return client_height_m(design)


def finished(steps: Iterator[Picture | None]) -> Picture:
    """What `Painter.drawn` comes to, for those who wait."""
    return next(found for found in steps if found is not None)


def warm(painter: Painter) -> None:
    """Have the kernels loaded before somebody drags: the first call takes seconds."""
    import floorplans
    from wifiplan.model import AccessPoint, Design, Radio

    design = Design(
        floor_plan=floorplans.gym(12.0, 8.0, 5.0),
        access_points=(AccessPoint(name="AP-01", x_m=5.0, y_m=4.0, height_m=4.0, radios=(Radio(band="5", channel=36),)),),
    )
    for full in (False, True):
        finished(painter.drawn(design, "signal", "5", full=full))


if __name__ == "__main__":
    warm(Painter())
