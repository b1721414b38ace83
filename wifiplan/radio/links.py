"""Links between access points and places as models see them: what the image method gives, distance, walls between, people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.errors import SurveyError
from wifiplan.radio import antennas, radiomap
from wifiplan.radio.body_loss import Bodies
from wifiplan.radio.crossings import crossings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wifiplan.model import AccessPoint
    from wifiplan.radio.coverage import Job
    from wifiplan.radio.survey import Survey

    Floats = NDArray[np.float64]
    Gains = Callable[..., tuple[Floats, Floats]]

LEAST_LINKS = 10
"""Fewer links across a material, or beside it, say nothing about it: with 4 dB a link its loss would be known to 2 dB at best."""

PATCH_M = 2.0
"""Readings within one square of this side count as one when intervals are made: shadowing is alike over a metre or two
(docs/benchmarks/), and so is where the surveyor's body stood."""

LEAST_PATCHES = 5

NEAREST_M = 0.5
"""No model is asked for less: it would be the antenna's near field."""

LEAST_TOWARDS_DB = -10.0
"""What a null of an antenna keeps against its peak where reflections are not traced: they fill it in (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Places and access points, one link each; of a survey, what it says again of the same two counts once, as the median.

    Attributes
    ----------
    points_m : array (n, 3)
    access_point : array (n,) of int
    rssi_dbm : array (n,)
        NaN where nothing was heard, and of a map.
    model_dbm : array (n,)
        By the image method with the table's losses, people included as modelled; -inf without any path.
    free_dbm : array (n,)
        Transmit power and antenna gain towards the place: what a model of loss by distance starts from.
    distance_m, frequency_mhz : array (n,)
    counts : dict of array (n,)
        Material -> how often the straight link passes it.
    crowd_db : array (n,)
        Loss by people as modelled, 0 where nobody says.
    patch : array (n,) of int
        Squares of `PATCH_M`.
    """

    points_m: Floats
    access_point: NDArray[np.intp]
    rssi_dbm: Floats
    model_dbm: Floats
    free_dbm: Floats
    distance_m: Floats
    frequency_mhz: Floats
    counts: dict[str, NDArray[np.int64]]
    crowd_db: Floats
    patch: NDArray[np.intp]

    @property
    def residual_db(self) -> Floats:
        """Measured less modelled (n,)."""
        return self.rssi_dbm - self.model_dbm

    @property
    def walls(self) -> NDArray[np.int64]:
        """How many walls and slabs the straight link passes (n,)."""
        return np.asarray(sum(self.counts.values(), np.zeros(len(self.rssi_dbm), dtype=np.int64)))

    def with_people(self, factor: float) -> Links:
        """The same with people's loss so many times what is modelled."""
        return replace(self, model_dbm=self.model_dbm + (1.0 - factor) * self.crowd_db, crowd_db=factor * self.crowd_db)

    def only(self, chosen: NDArray[np.bool_]) -> Links:
        """The chosen ones (a mask)."""
        return Links(
            points_m=self.points_m[chosen],
            access_point=self.access_point[chosen],
            rssi_dbm=self.rssi_dbm[chosen],
            model_dbm=self.model_dbm[chosen],
            free_dbm=self.free_dbm[chosen],
            distance_m=self.distance_m[chosen],
            frequency_mhz=self.frequency_mhz[chosen],
            counts={name: count[chosen] for name, count in self.counts.items()},
            crowd_db=self.crowd_db[chosen],
            patch=self.patch[chosen],
        )


def joined(one: Links, other: Links) -> Links:
    """Those of both, in order."""
    parts = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])
        for name in (
            "points_m",
            "access_point",
            "rssi_dbm",
            "model_dbm",
            "free_dbm",
            "distance_m",
            "frequency_mhz",
            "crowd_db",
            "patch",
        )
    }
    return Links(counts={name: np.concatenate([count, other.counts[name]]) for name, count in one.counts.items()}, **parts)


def of_survey(job: Job, survey: Survey, gains: Gains, posture: str) -> tuple[Links, Links, int]:
    """What was heard, what was not heard at the same places, and how many readings have no path in the image method.

    Raises
    ------
    SurveyError
        Fewer than `LEAST_LINKS` links, or all of them in fewer than `LEAST_PATCHES` places.
    """
    people = np.nan_to_num(survey.people_per_m2)
    where, which = np.unique(np.column_stack([survey.points_m, survey.height_m, people]), axis=0, return_inverse=True)
    aps = len(job.access_points)
    pair = which.ravel() * aps + survey.access_point
    heard, first, count = np.unique(np.sort(pair), return_index=True, return_counts=True)
    ordered_dbm = survey.rssi_dbm[np.lexsort((survey.rssi_dbm, pair))]
    rssi_dbm = np.full(len(where) * aps, np.nan)
    rssi_dbm[heard] = (ordered_dbm[first + (count - 1) // 2] + ordered_dbm[first + count // 2]) / 2.0  # medians

    around = np.full(len(where), None, dtype=object)
    for index in np.flatnonzero(where[:, 4]):
        one = Bodies.of(float(where[index, 4]), posture)
        # The crowd is around the receiver as it was held, but no lower than any posture holds it.
        around[index] = replace(one, client_height_m=float(np.clip(where[index, 3], 0.3, one.body_height_m)))
    points_m = np.ascontiguousarray(where[:, :3])
    gain_db, crowd_db = gains(job.floor_plan, job.access_points, points_m, frequency_mhz=job.frequencies_mhz, bodies=around)
    every = of_places(job, points_m, gain_db, np.asarray(crowd_db))
    every = replace(every, rssi_dbm=rssi_dbm)
    path, told = np.isfinite(every.model_dbm), np.isfinite(rssi_dbm)
    links = every.only(path & told)
    if len(links.rssi_dbm) < LEAST_LINKS:
        raise SurveyError(
            f"{job.floor_plan.name}: {len(links.rssi_dbm)} links (places x access points) with a signal in survey and model; "
            f"{LEAST_LINKS} or more are needed"
        )
    if (patches := len(np.unique(links.patch))) < LEAST_PATCHES:
        raise SurveyError(
            f"{job.floor_plan.name}: all readings are within {patches} squares of {PATCH_M:g} m; measure in {LEAST_PATCHES} or "
            "more, all over the building, so that some can be held back"
        )
    return links, every.only(path & ~told), int(np.sum(told & ~path))


def of_places(job: Job, points_m: Floats, gain_db: Floats, crowd_db: Floats) -> Links:
    """Links of every access point at places (n, 3), place by place: (n x ap,), with gains and people's loss (ap, n) as given."""
    aps = len(job.access_points)
    sources_m = radiomap.positions_m(job.floor_plan, job.access_points)
    power_dbm = np.array([[radio.tx_power_dbm] for radio in job.radios])
    away_m = points_m[None] - sources_m[:, None]
    free_dbm = power_dbm + np.stack(
        [_towards_dbi(ap, mhz, one) for ap, mhz, one in zip(job.access_points, job.frequencies_mhz, away_m, strict=True)]
    )
    return Links(
        points_m=np.repeat(points_m, aps, axis=0),
        access_point=np.tile(np.arange(aps), len(points_m)),
        rssi_dbm=np.full(len(points_m) * aps, np.nan),
        model_dbm=(power_dbm + gain_db - crowd_db).T.ravel(),
        free_dbm=free_dbm.T.ravel(),
        distance_m=np.maximum(np.linalg.norm(away_m, axis=-1), NEAREST_M).T.ravel(),
        frequency_mhz=np.tile(np.asarray(job.frequencies_mhz), len(points_m)),
        counts={name: count.ravel() for name, count in crossings(job.floor_plan, sources_m[None], points_m[:, None]).items()},
        crowd_db=crowd_db.T.ravel(),
        patch=np.repeat(np.unique(np.floor(points_m / PATCH_M), axis=0, return_inverse=True)[1].ravel(), aps),
    )


def _towards_dbi(ap: AccessPoint, frequency_mhz: float, away_m: Floats) -> Floats:
    """Antenna gain (n,) straight towards places (n, 3) from the antenna, no less than `LEAST_TOWARDS_DB` of its peak."""
    peak_dbi = radiomap.antenna_gain_dbi(ap, frequency_mhz)
    pattern = antennas.pattern_db(ap.antenna)
    if pattern is None:
        return np.full(len(away_m), peak_dbi)
    forward, left, up = antennas.frame(ap.azimuth_deg, ap.tilt_deg) @ away_m.T
    azimuth = np.rint(np.degrees(np.arctan2(left, forward))).astype(int) + 180
    elevation = np.rint(np.degrees(np.arctan2(up, np.hypot(forward, left)))).astype(int) + 90
    return np.asarray(peak_dbi + np.maximum(pattern[azimuth, elevation], LEAST_TOWARDS_DB))
