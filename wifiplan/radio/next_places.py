"""Where to measure next: the places that would make the map surest where people are, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from floorplans.plan import PEOPLE_KINDS
from wifiplan.errors import SurveyError
from wifiplan.radio import calibrate

if TYPE_CHECKING:
    from wifiplan.radio.calibrate import Calibration
    from wifiplan.radio.coverage import Job

MOST_PLACES = 400
"""Places of a floor that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPlace:
    """A place to measure, and the deviation of its strongest access point's signal before that."""

    x_m: float
    y_m: float
    deviation_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPlaces:
    """Places in the order in which they tell most; root mean square deviation of the strongest signal, over the floor, in dB."""

    places: tuple[NextPlace, ...]
    before_db: float
    after_db: float


def next_places(job: Job, calibration: Calibration, count: int, *, reflections: int) -> NextPlaces:
    """The `count` places of a job's level that would tell most: each time the one that lowers the mean square deviation most.

    That is in the middle of what nobody has seen, not in its corners, where the deviation itself is largest. People are in the
    plan's zones of `PEOPLE_KINDS`; without such zones, everywhere within the outline.

    Raises
    ------
    SurveyError
        The calibration has no residuals: no place tells of another.
    """
    if calibration.residuals is None:
        raise SurveyError("this survey is alike nowhere, so no place tells of another; measure all over the floor")
    level = job.floor_plan.levels[job.level]
    zones = [zone for zone in job.floor_plan.zones if zone.level == job.level and zone.kind in PEOPLE_KINDS]
    outlines = [zone.polygon_m for zone in zones] or [level.outline_m]
    floor = shapely.unary_union([shapely.Polygon(corners) for corners in outlines])
    x0, y0, x1, y1 = floor.bounds
    step_m = max(1.0, (floor.area / MOST_PLACES) ** 0.5)
    grid = np.stack(np.meshgrid(np.arange(x0 + step_m / 2, x1, step_m), np.arange(y0 + step_m / 2, y1, step_m)), axis=-1)
    places = grid.reshape(-1, 2)
    places = places[shapely.contains_xy(floor, places[:, 0], places[:, 1])]
    if not len(places):
        raise SurveyError(f"level {job.level}: no place of {step_m:g} m lies within its zones; mend the plan")
    points_m = np.column_stack([places, np.full(len(places), level.floor_m + job.height_m)])
    there = replace(job, points_m=points_m, crowd=None)
    gain_db, crowd_db = there.gain_and_crowd_loss_db(reflections=reflections, samples=1)
    rssi_dbm, _ = calibrate.received_dbm(calibration, there, gain_db, crowd_db, reflections=reflections)
    strongest = np.argmax(rssi_dbm, axis=0)
    found = calibration.residuals
    covariance = np.stack([found.covariance(ap.name, points_m) for ap in job.access_points])
    everywhere = np.arange(len(places))

    def deviation_db(covariance: np.ndarray) -> np.ndarray:
        spread = covariance[strongest, everywhere, everywhere]
        return np.asarray(found.stretch * np.sqrt(np.maximum(spread, 0.0) + found.place_db**2))

    before = deviation_db(covariance)
    chosen = []
    for _ in range(min(count, len(places))):
        now = deviation_db(covariance)
        own = covariance[strongest, everywhere]  # (n, n): of each place's strongest access point, with every other place
        measured = np.diagonal(covariance, axis1=1, axis2=2)[strongest] + found.place_db**2
        at = int(np.argmax((own**2 / measured).sum(axis=0)))
        x_m, y_m = places[at].round(1).tolist()
        chosen.append(NextPlace(x_m=x_m, y_m=y_m, deviation_db=round(float(now[at]), 1)))
        column = covariance[:, :, at]
        covariance = covariance - column[:, :, None] * column[:, None] / (column[:, at] + found.place_db**2)[:, None, None]
    return NextPlaces(
        places=tuple(chosen),
        before_db=round(float(np.sqrt(np.mean(before**2))), 2),
        after_db=round(float(np.sqrt(np.mean(deviation_db(covariance) ** 2))), 2),
    )
