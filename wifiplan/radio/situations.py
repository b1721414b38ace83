"""How far a map is from a building before anybody has measured there, by what lies between: deviations of measured buildings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from wifiplan.radio import radiomap
from wifiplan.radio.crossings import crossings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan
    from wifiplan.model import AccessPoint
    from wifiplan.radio.coverage import Job

HALL_M2 = 150.0
"""A zone from this size is a hall: the measured lecture theatre has 217 m2, the offices and meeting rooms have less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A kind of link, and what map and measurement differ by there, in dB: root mean square after one offset for the building.

    `low_db` and `high_db` are the least and largest of the measured buildings and bands; `links` is 0 where nobody has measured.
    """

    name: str
    deviation_db: float
    low_db: float
    high_db: float
    links: int
    source: str


_ROOMS = "lecture theatre, office, corridor (Feng, Nguyen, Luo 2024)"
_FLOOR = "university floor SYL (Bi et al. 2022)"

SITUATIONS: tuple[Situation, ...] = (
    Situation(name="hall", deviation_db=3.8, low_db=3.8, high_db=3.8, links=600, source=_ROOMS),
    Situation(name="same_room", deviation_db=8.6, low_db=4.5, high_db=10.4, links=2890, source=f"{_FLOOR}; {_ROOMS}"),
    Situation(name="one_wall", deviation_db=10.7, low_db=10.1, high_db=11.0, links=1922, source=_FLOOR),
    Situation(name="two_walls", deviation_db=9.8, low_db=9.6, high_db=9.9, links=909, source=_FLOOR),
    Situation(name="three_walls", deviation_db=12.8, low_db=12.6, high_db=12.9, links=585, source=_FLOOR),
    Situation(name="other_storey", deviation_db=13.0, low_db=13.0, high_db=13.0, links=0, source="assumed: as three walls"),
)
"""`python tests/benchmarks/radio_truth.py` on the measured buildings; docs/benchmarks/radio_truth.md."""

_HALL, _ROOM, _ONE, _TWO, _THREE, _STOREY = range(6)


def situation_of(job: Job) -> NDArray[np.intp]:
    """Which of `SITUATIONS` each link is in, (ap, n) for a job's access points and places."""
    return between(job.floor_plan, job.access_points, job.receivers_m())


def between(floor_plan: FloorPlan, access_points: Sequence[AccessPoint], points_m: NDArray[np.float64]) -> NDArray[np.intp]:
    """Which of `SITUATIONS` the links of access points and places (n, 3; z above the datum) are in, (ap, n)."""
    through = crossings(floor_plan, radiomap.positions_m(floor_plan, access_points)[:, None], points_m[None])
    walls = np.asarray(sum(through.values(), np.zeros((len(access_points), len(points_m)), dtype=np.int64)))
    found = np.array([_ROOM, _ONE, _TWO, _THREE])[np.minimum(walls, 3)]
    floors_m = np.array([level.floor_m for level in floor_plan.levels])
    level = np.maximum(np.searchsorted(np.sort(floors_m), points_m[:, 2], side="right") - 1, 0)
    level = np.argsort(floors_m, kind="stable")[level]
    for zone in floor_plan.zones:
        if zone.area_m2 >= HALL_M2:
            polygon = shapely.Polygon(zone.polygon_m)
            there = shapely.contains_xy(polygon, points_m[:, 0], points_m[:, 1]) & (level == zone.level)
            hangs = np.array([shapely.intersects_xy(polygon, ap.x_m, ap.y_m) and ap.level == zone.level for ap in access_points])
            found[hangs[:, None] & there[None] & (walls == 0)] = _HALL
    found[np.array([ap.level for ap in access_points])[:, None] != level[None]] = _STOREY
    return found


def deviation_db(job: Job) -> NDArray[np.float64]:
    """Standard deviation (ap, n) of the signal at a job's places as long as nobody has measured in the building."""
    return deviations_db(job.floor_plan, job.access_points, job.receivers_m())


def deviations_db(
    floor_plan: FloorPlan, access_points: Sequence[AccessPoint], points_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The same (ap, n) of access points and places (n, 3) of a plan."""
    return np.array([one.deviation_db for one in SITUATIONS])[between(floor_plan, access_points, points_m)]
