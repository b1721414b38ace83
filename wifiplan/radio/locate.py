"""Access points that a survey names and the design has not: where they probably hang, how surely, or that they are foreign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from wifiplan.radio.links import PATCH_M
from wifiplan.radio.models import LogDistance
from wifiplan.radio.wall_losses import REGION_M

if TYPE_CHECKING:
    from wifiplan.radio.coverage import Job
    from wifiplan.radio.links import Links
    from wifiplan.radio.survey import Survey

LEAST_READINGS = 10

STEP_M = 1.0
AROUND_M = 15.0
"""So far outside the floor an access point is looked for: beyond it is foreign anyhow."""

MOST_CELLS = 6000

POWER_SPREAD_DB = 6.0
"""Standard deviation of the unknown power of an access point beside the design's (assumed)."""

INSIDE_SHARE = 0.5
"""Probability of hanging above the surveyed floor below which an access point is taken to be somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An access point of the survey that is not in the design.

    Within `radius_m` of (`x_m`, `y_m`) it hangs with 90 %; `foreign` says that it is taken to be somebody else's, and `why`.
    Without a place, the survey has too little of it.
    """

    name: str
    readings: int
    foreign: bool
    why: str
    x_m: float | None = None
    y_m: float | None = None
    radius_m: float | None = None


def place_unknown(job: Job, survey: Survey, links: Links, *, sigma_db: float) -> tuple[Placed, ...]:
    """Every named access point that the design has not, in the order of their readings.

    Parameters
    ----------
    links : Links
        Of the design's own access points: how signals fall with distance in this building.
    sigma_db : float
        What is left at a place beside that.

    Notes
    -----
    Bayes on a grid of `STEP_M` or wider: log-distance, normal errors that are alike within `wall_losses.REGION_M`, any place
    as likely as any other, and a power that is unknown to `POWER_SPREAD_DB`.
    """
    model = LogDistance()
    level_db, exponent = model.fit(links).tolist()
    free_dbm = float(np.median(links.free_dbm))
    frequency_db = 20.0 * float(np.log10(np.median(links.frequency_mhz) / 1e3))
    height_m = float(np.median([ap.height_m for ap in job.access_points]))
    outline = shapely.Polygon(job.floor_plan.levels[job.level].outline_m)
    x0, y0, x1, y1 = shapely.buffer(outline, AROUND_M).bounds
    step_m = max(STEP_M, ((x1 - x0) * (y1 - y0) / MOST_CELLS) ** 0.5)
    grid = np.stack(np.meshgrid(np.arange(x0, x1, step_m), np.arange(y0, y1, step_m)), axis=-1).reshape(-1, 2)
    inside = shapely.contains_xy(outline, grid[:, 0], grid[:, 1])
    found = []
    for name, rows in sorted(survey.unknown.items(), key=lambda item: (-len(item[1]), item[0])):
        readings = np.asarray(rows, dtype=np.float64)
        patches, member = np.unique(np.floor(readings[:, :2] / PATCH_M), axis=0, return_inverse=True)
        if len(readings) < LEAST_READINGS or len(patches) < LEAST_READINGS // 2:
            why = f"{len(readings)} readings in {len(patches)} squares of {PATCH_M:g} m do not say where it is"
            found.append(Placed(name=name, readings=len(readings), foreign=True, why=why))
            continue
        count = np.bincount(member.ravel())
        means = np.stack([np.bincount(member.ravel(), column) / count for column in readings.T], axis=-1)
        up_m = height_m + job.floor_plan.levels[job.level].floor_m - means[:, 2]
        away_m = np.sqrt(((grid[:, None] - means[None, :, :2]) ** 2).sum(axis=-1) + up_m**2)
        expected = free_dbm + level_db - frequency_db - 10.0 * exponent * np.log10(np.maximum(away_m, 0.5) / 10.0)
        error = means[None, :, 3] - expected
        # Errors are alike nearby, so that readings count as their number of independent places.
        independent = len(np.unique(np.floor(means[:, :2] / REGION_M), axis=0))
        spread = error.var(axis=1) * independent / sigma_db**2
        power = error.mean(axis=1) ** 2 / (POWER_SPREAD_DB**2 + sigma_db**2 / independent)
        share = np.exp(-0.5 * ((spread + power) - np.min(spread + power)))
        share /= share.sum()
        middle = share @ grid
        distance = np.linalg.norm(grid - middle, axis=1)
        order = np.argsort(distance)
        radius_m = float(distance[order][np.searchsorted(np.cumsum(share[order]), 0.9)])
        within = float(share[inside].sum())
        foreign = within < INSIDE_SHARE
        where = "outside" if foreign else "on"
        found.append(
            Placed(
                name=name,
                readings=len(readings),
                foreign=foreign,
                why=f"{within:.0%} sure to hang above this floor: taken to be {where} the plan",
                x_m=round(float(middle[0]), 1),
                y_m=round(float(middle[1]), 1),
                radius_m=round(max(radius_m, step_m), 1),
            )
        )
    return tuple(found)
