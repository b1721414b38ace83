"""What `wifiplan coverage` computes: a design or a reference scene, a grid or a list of points, as one CSV."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import shapely

import floorplans
from floorplans import scene_aps, scene_grid
from wifiplan import model
from wifiplan.airtime.wifi import FREQUENCY_MHZ
from wifiplan.airtime.wifi import frequency_mhz as channel_centre_mhz
from wifiplan.errors import DesignError
from wifiplan.files import read_text
from wifiplan.model import MAX_PEOPLE_PER_M2, AccessPoint, Band, Radio
from wifiplan.radio import antennas
from wifiplan.radio.body_loss import POSTURES, Bodies
from wifiplan.radio.crowd import around
from wifiplan.radio.radiomap import gains_and_crowd_loss_db, grid_of, radio_map

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that a map needs but its accuracy. `points_m` (n, 3) is above the datum; without it, `grid` and `grid_m`."""

    floor_plan: FloorPlan
    access_points: tuple[AccessPoint, ...]
    radios: tuple[Radio, ...]
    frequencies_mhz: tuple[float, ...]
    band: str
    level: int
    height_m: float
    grid_m: float
    grid: tuple[float, float, int, int]
    points_m: NDArray[np.float64] | None = None
    crowd: NDArray[Any] | None = None  # (n,) of Bodies or None, in the order of `places_m`

    def gain_db(self, *, reflections: int, samples: int, progress: Callable[[float], None] | None = None) -> NDArray[np.float64]:
        """Path gain (ap, n) without people, cells row by row from the lower left."""
        return self.gain_and_crowd_loss_db(reflections=reflections, samples=samples, progress=progress)[0]

    def gain_and_crowd_loss_db(
        self, *, reflections: int, samples: int, progress: Callable[[float], None] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Path gain without people and what people take from it, both (ap, n)."""
        if self.points_m is not None:
            return gains_and_crowd_loss_db(
                self.floor_plan,
                self.access_points,
                self.points_m,
                frequency_mhz=self.frequencies_mhz,
                reflections=reflections,
                bodies=self.crowd,
                progress=progress,
            )
        radio = radio_map(
            self.floor_plan,
            self.access_points,
            frequency_mhz=self.frequencies_mhz,
            grid_m=self.grid_m,
            height_m=self.height_m,
            level=self.level,
            reflections=reflections,
            samples=samples,
            grid=self.grid,
            bodies=None if self.crowd is None else self.crowd.reshape(self.grid[3], self.grid[2]),
            progress=progress,
        )
        loss_db = np.zeros_like(radio.gain_db) if radio.crowd_loss_db is None else radio.crowd_loss_db
        return radio.gain_db.reshape(len(self.access_points), -1), loss_db.reshape(len(self.access_points), -1)

    def places_m(self) -> NDArray[np.float64]:
        """Places (n, 2), x and y, in the order of `gain_db`."""
        if self.points_m is not None:
            return self.points_m[:, :2]
        x0, y0, nx, ny = self.grid
        x, y = np.meshgrid(x0 + (np.arange(nx) + 0.5) * self.grid_m, y0 + (np.arange(ny) + 0.5) * self.grid_m)
        return np.stack([x.ravel(), y.ravel()], axis=-1)

    def receivers_m(self) -> NDArray[np.float64]:
        """Places (n, 3) above the datum, in the order of `gain_db`."""
        if self.points_m is not None:
            return self.points_m
        places = self.places_m()
        return np.column_stack([places, np.full(len(places), self.floor_plan.levels[self.level].floor_m + self.height_m)])


def read_job(
    path: Path,
    *,
    band: str,
    frequency_mhz: float | None = None,
    grid_m: float | None = None,
    height_m: float | None = None,
    level: int = 0,
    points: Path | None = None,
    crowd: bool = False,
    people_per_m2: float | None = None,
    posture: str | None = None,
) -> Job:
    """The job that a design.json or a scene.json holds; raises `DesignError` for what cannot be mapped.

    With `crowd`, people are where the design's demands put them, or `people_per_m2` everywhere on the level; their posture is the
    one whose device height is nearest to the demand's, or `posture`, whose device height is then that of the receivers too.
    """
    if band not in get_args(Band):
        raise DesignError(f"--band {band}: give 2.4, 5 or 6")
    if posture is not None and posture not in POSTURES:
        raise DesignError(f"--posture {posture}: give one of {', '.join(POSTURES)}")
    if height_m is None and posture is not None:
        height_m = POSTURES[posture].client_height_m
    scene = _is_scene(path)
    grid = None
    if scene:
        floor_plan = floorplans.read(path)
        datum_m = floor_plan.levels[0].floor_m
        radio = Radio(band=band, channel=0, tx_power_dbm=20.0)  # type: ignore[arg-type]  # one of Band: looked at above
        access_points = tuple(
            AccessPoint(name=name, x_m=x, y_m=y, height_m=z - datum_m, antenna="isotropic", radios=(radio,))
            for name, x, y, z in scene_aps(path)
        )
        own = scene_grid(path)
        if own is not None:
            height_m = own["height_m"] - datum_m if height_m is None else height_m
            if grid_m is None:
                grid_m, grid = own["cell_m"], (own["x0_m"], own["y0_m"], int(own["nx"]), int(own["ny"]))
        demands: tuple[model.Demand, ...] = ()
    else:
        design = model.load(path)
        floor_plan, access_points, demands = design.floor_plan, design.access_points, design.demands
        access_points = tuple(_with_pattern(ap, path.parent) for ap in access_points)
    pairs = [(ap, radio) for ap in access_points for radio in ap.radios if radio.band == band]
    # Two radios of one band on an access point are one antenna place: the first speaks for both.
    pairs = [pair for index, pair in enumerate(pairs) if pair[0] not in [earlier for earlier, _ in pairs[:index]]]
    if not pairs:
        raise DesignError(f"{path}: no access point has a {band} GHz radio; add one, or give another --band")
    frequencies = tuple(
        frequency_mhz or (FREQUENCY_MHZ[band] if scene else channel_centre_mhz(radio.band, radio.channel, radio.width_mhz))
        for _, radio in pairs
    )
    grid_m = 0.5 if grid_m is None else grid_m
    height_m = 1.0 if height_m is None else height_m
    if not 0 <= level < len(floor_plan.levels):
        raise DesignError(f"{path}: level {level} does not exist; there are {len(floor_plan.levels)}, from 0")
    job = Job(
        floor_plan=floor_plan,
        access_points=tuple(ap for ap, _ in pairs),
        radios=tuple(radio for _, radio in pairs),
        frequencies_mhz=tuple(float(f) for f in frequencies),
        band=band,
        level=level,
        height_m=height_m,
        grid_m=grid_m,
        grid=grid or grid_of(floor_plan, grid_m),
        points_m=None if points is None else _read_points(points, floor_plan.levels[level].floor_m + height_m),
    )
    return replace(job, crowd=_crowd(job, path, demands, people_per_m2, posture)) if crowd else job


def _with_pattern(ap: AccessPoint, folder: Path) -> AccessPoint:
    """An antenna that is a file is looked for beside the design."""
    if ap.antenna in antennas.SHAPES or not (folder / ap.antenna).is_file():
        return ap
    return replace(ap, antenna=str(folder / ap.antenna))


def _crowd(
    job: Job, path: Path, demands: Sequence[model.Demand], people_per_m2: float | None, posture: str | None
) -> NDArray[Any] | None:
    """Who is around each place; None where nobody is anywhere."""
    places = job.places_m()
    if people_per_m2 is not None:
        found = np.full(len(places), None, dtype=object)
        one = Bodies.of(people_per_m2, posture or "standing")
        outline = shapely.Polygon(job.floor_plan.levels[job.level].outline_m)
        found[shapely.contains_xy(outline, places[:, 0], places[:, 1])] = replace(one, client_height_m=job.height_m)
        return found if people_per_m2 else None
    zones = [zone for zone in job.floor_plan.zones if zone.level == job.level]
    people = [(zone, row.people, row.client_height_m) for zone in zones for row in demands if row.zone == zone.name]
    everyone = around(job.floor_plan, people, posture=posture)
    for stand in everyone.stands:
        density_per_m2 = stand.bodies.density_per_m2
        if density_per_m2 > MAX_PEOPLE_PER_M2:
            raise DesignError(
                f"{path}: zone {stand.zone.name}: {density_per_m2:.1f} people/m2 do not fit, {MAX_PEOPLE_PER_M2:g} do; "
                "mend its demands, or give --no-crowd"
            )
    found = everyone.on_level(job.level, places, client_height_m=job.height_m)
    return found if any(one is not None for one in found) else None


def _is_scene(path: Path) -> bool:
    """Whether the file is a scene; what is no JSON object is left to the design's reader to refuse."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and floorplans.is_scene(data)


def _read_points(path: Path, z_m: float) -> NDArray[np.float64]:
    rows = csv.DictReader(read_text(path, "give a CSV of x_m, y_m").splitlines())
    if not {"x_m", "y_m"} <= set(rows.fieldnames or ()):
        raise DesignError(f"{path}: the first line must name x_m, y_m (and z_m if wanted), it is {rows.fieldnames}")
    points = [_point(path, rows.line_num, row, z_m) for row in rows]
    if not points:
        raise DesignError(f"{path}: no points; give a line of x_m, y_m for each")
    return np.array(points, dtype=np.float64)


def _point(path: Path, line: int, row: dict[str, str], z_m: float) -> tuple[float, float, float]:
    try:
        point = float(row["x_m"]), float(row["y_m"]), float(row["z_m"]) if row.get("z_m") else z_m
    except (TypeError, ValueError):
        raise DesignError(f"{path}: line {line}: {row.get('x_m')}, {row.get('y_m')} are not numbers; give metres") from None
    if not all(map(math.isfinite, point)):
        raise DesignError(f"{path}: line {line}: a coordinate is not finite; give metres")
    return point


def coverage_csv(
    job: Job,
    gain_db: NDArray[np.float64],
    rssi_dbm: NDArray[np.float64],
    promised: tuple[NDArray[np.float64], ...] | None = None,
) -> str:
    """x_m, y_m, ap, band, path_gain_db, rssi_dbm, two decimals, access point by access point; empty where no path.

    `promised` adds deviation_db and promised_rssi_dbm of each link, and strongest_dbm, the mean of a place's strongest: all
    (ap, n). A place without path in the image method may have an RSSI by other models.
    """
    places = [f"{x:.10g},{y:.10g}" for x, y in job.places_m()]
    columns = [gain_db, rssi_dbm, *(promised or ())]
    lines = ["x_m,y_m,ap,band,path_gain_db,rssi_dbm" + (",deviation_db,promised_rssi_dbm,strongest_dbm" if promised else "")]
    for index, ap in enumerate(job.access_points):
        name = f'"{ap.name.replace(chr(34), chr(34) * 2)}"' if any(sign in ap.name for sign in '",\n\r') else ap.name
        own = [column[index].tolist() for column in columns]
        lines += [
            f"{place},{name},{job.band}," + ",".join(f"{value:.2f}" if math.isfinite(value) else "" for value in values)
            for place, *values in zip(places, *own, strict=True)
        ]
    return "\n".join(lines) + "\n"
