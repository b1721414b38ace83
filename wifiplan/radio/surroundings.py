"""Signs that a survey and its plan do not lie on each other: mirrored, turned, in feet; or that it saw a small part only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from wifiplan.radio import radiomap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.radio.coverage import Job
    from wifiplan.radio.links import Links

FEET = 0.3048

BETTER_SHARE = 0.8
"""A plan that is laid otherwise must leave this much or less of the survey's standard deviation to be named."""

BETTER_DB = 1.5

LEAST_REACH_SHARE = 0.15
"""Of the floor, within `NEAR_M` of a place that was measured: below it the survey speaks for a part of the building."""

NEAR_M = 4.0


def warnings(job: Job, links: Links) -> tuple[str, ...]:
    """What a reader must know of how survey and plan lie on each other."""
    found = [*_laid_otherwise(job, links)]
    outline = shapely.Polygon(job.floor_plan.levels[job.level].outline_m)
    seen = shapely.unary_union(shapely.buffer(shapely.points(np.unique(links.points_m[:, :2], axis=0)), NEAR_M))
    share = float(outline.intersection(seen).area / outline.area)
    if share < LEAST_REACH_SHARE:
        found.append(
            f"the survey reaches {share:.0%} of the floor (within {NEAR_M:g} m of a place): elsewhere the map is the models', "
            "with their deviation; measure all over the building"
        )
    if len(np.unique(links.access_point)) == 1:
        found.append("the survey hears one access point: no loss of a wall, and nothing of the others, can be told from it")
    return tuple(found)


def _laid_otherwise(job: Job, links: Links) -> list[str]:
    """Whether signals fall with distance much better when the survey is mirrored, turned, or in feet."""
    sources_m = radiomap.positions_m(job.floor_plan, job.access_points)[links.access_point]
    bounds = np.array(shapely.Polygon(job.floor_plan.levels[job.level].outline_m).bounds).reshape(2, 2)
    middle, corner = bounds.mean(axis=0), bounds[0]
    known = links.rssi_dbm - links.free_dbm

    def left_db(points_m: NDArray[np.float64]) -> float:
        away_m = np.hypot(np.linalg.norm(points_m - sources_m[:, :2], axis=1), links.points_m[:, 2] - sources_m[:, 2])
        columns = np.column_stack([np.ones(len(known)), -np.log10(np.maximum(away_m, 1.0))])
        values, *_ = np.linalg.lstsq(columns, known, rcond=None)
        if values[1] <= 0.0:
            return float(np.std(known))
        return float(np.std(known - columns @ values))

    xy = links.points_m[:, :2]
    ways = {
        "mirrored left to right": middle + (xy - middle) * [-1.0, 1.0],
        "mirrored top to bottom (--y-down)": middle + (xy - middle) * [1.0, -1.0],
        "turned by half a turn": middle - (xy - middle),
        "taken to be in feet (--metres-per-unit 0.3048)": corner + (xy - corner) * FEET,
        "taken to be in metres where feet were said": corner + (xy - corner) / FEET,
    }
    as_given = left_db(xy)
    otherwise = {how: left_db(points_m) for how, points_m in ways.items()}
    best = min(otherwise, key=lambda how: otherwise[how])
    if otherwise[best] < min(BETTER_SHARE * as_given, as_given - BETTER_DB):
        left = f"{otherwise[best]:.1f} dB are left instead of {as_given:.1f}"
        return [f"signals fall with distance far better with the survey {best}: {left}; look whether they lie on each other"]
    return []
