"""After installation: what was measured against what the design asks and predicts, place by place, and pass or fail by zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from shapely.geometry import Point, Polygon

from wifiplan.radio import radiomap, situations
from wifiplan.radio.fading import strongest_mean_dbm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floorplans.plan import FloorPlan
    from wifiplan.model import Requirement
    from wifiplan.radio.coverage import Job
    from wifiplan.radio.survey import Survey

LEAST_PLACES = 3
"""A zone measured in fewer places is not judged (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place that was measured: the strongest access point of the design there, and what the model expects of the strongest.

    `predicted_dbm` is the mean of the strongest of uncertain signals, by the deviations of measured buildings: the largest of
    their means would be held against more than it says.
    """

    x_m: float
    y_m: float
    level: int
    zone: str
    ap: str
    measured_dbm: float
    predicted_dbm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneVerdict:
    """The places of a zone. `share` of them have the signal that is asked; `ok` is None where too few were measured."""

    zone: str
    places: int
    share: float
    worst_dbm: float
    ok: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Every place, and the verdict of each zone; `min_rssi_dbm` and `coverage_share` are the requirement's."""

    band: str
    min_rssi_dbm: float
    coverage_share: float
    places: tuple[Place, ...]
    zones: tuple[ZoneVerdict, ...]

    @property
    def mean_error_db(self) -> float:
        """Modelled less measured, over the places."""
        return float(np.mean([one.predicted_dbm - one.measured_dbm for one in self.places])) if self.places else 0.0

    @property
    def mean_absolute_error_db(self) -> float:
        """The same without signs."""
        return float(np.mean([abs(one.predicted_dbm - one.measured_dbm) for one in self.places])) if self.places else 0.0


def acceptance(
    job: Job, survey: Survey, requirement: Requirement, *, zones: Sequence[str] = (), reflections: int = 2
) -> Acceptance:
    """A survey against a design.

    Parameters
    ----------
    job : Job
        Of `read_job`, which the survey was read for.
    zones : sequence of str
        Those that must pass, such as the zones with people; one without any place is listed as not judged.
    """
    points, rows = np.unique(np.round(survey.points_m, 3), axis=0, return_inverse=True)
    gain_db = radiomap.gains_db(
        job.floor_plan, job.access_points, points, frequency_mhz=job.frequencies_mhz, reflections=reflections
    )
    mapped_dbm = np.array([radio.tx_power_dbm for radio in job.radios])[:, None] + gain_db
    predicted_dbm = strongest_mean_dbm(mapped_dbm, situations.deviations_db(job.floor_plan, job.access_points, points))
    found = []
    for number, (x_m, y_m, z_m) in enumerate(points):
        here = np.flatnonzero(rows.ravel() == number)
        best = here[np.argmax(survey.rssi_dbm[here])]
        level = _level(job.floor_plan, z_m)
        found.append(
            Place(
                x_m=float(x_m),
                y_m=float(y_m),
                level=level,
                zone=_zone(job.floor_plan, level, x_m, y_m),
                ap=job.access_points[int(survey.access_point[best])].name,
                measured_dbm=float(survey.rssi_dbm[best]),
                predicted_dbm=round(float(predicted_dbm[number]), 2),
            )
        )
    names = dict.fromkeys((*zones, *(one.zone for one in found if one.zone)))
    return Acceptance(
        band=job.band,
        min_rssi_dbm=requirement.min_rssi_dbm,
        coverage_share=requirement.coverage_share,
        places=tuple(found),
        zones=tuple(_verdict(name, [one for one in found if one.zone == name], requirement) for name in names),
    )


def _verdict(zone: str, places: Sequence[Place], requirement: Requirement) -> ZoneVerdict:
    levels = np.array([one.measured_dbm for one in places])
    share = float(np.mean(levels >= requirement.min_rssi_dbm)) if len(levels) else 0.0
    return ZoneVerdict(
        zone=zone,
        places=len(places),
        share=share,
        worst_dbm=float(levels.min()) if len(levels) else float("-inf"),
        ok=share >= requirement.coverage_share - 1e-9 if len(levels) >= LEAST_PLACES else None,
    )


def _level(plan: FloorPlan, z_m: float) -> int:
    """The highest storey whose floor is not above the place."""
    return max((number for number, level in enumerate(plan.levels) if level.floor_m <= z_m + 1e-6), default=0)


def _zone(plan: FloorPlan, level: int, x_m: float, y_m: float) -> str:
    """The smallest zone around the place; none outside all."""
    around = [zone for zone in plan.zones if zone.level == level and Polygon(zone.polygon_m).covers(Point(x_m, y_m))]
    return min(around, key=lambda zone: zone.area_m2).name if around else ""
