"""A memory of path gains: what placement, capacity and resilience ask again and again is traced once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.radio import fading, radiomap, situations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from floorplans.plan import FloorPlan
    from wifiplan.model import AccessPoint, Requirement
    from wifiplan.radio.crowd import Around

    Floats = NDArray[np.float64]


class GainMemory:
    """Path gains that are computed once for each access point and place, called as `radiomap.gains_db`. Gains are to 0.01 dB.

    With `people` each path that ends at one of them loses what the crowd around takes (`radio.body_loss`), and `obstruction_db`
    besides; without, every path loses `obstruction_db`.

    That is above what two machines' sums differ by and far below what the model knows, so that every decision taken on these
    gains is the same everywhere.
    """

    def __init__(self, *, reflections: int = 2, obstruction_db: float = 0.0, people: Around | None = None) -> None:
        self.reflections, self.obstruction_db, self.people = reflections, obstruction_db, people
        self._known: dict[tuple[object, ...], Floats] = {}
        self._deviation: dict[tuple[object, ...], Floats] = {}

    def __call__(
        self,
        floor_plan: FloorPlan,
        access_points: Sequence[AccessPoint],
        points_m: ArrayLike,
        *,
        frequency_mhz: float,
        progress: Callable[[float], None] | None = None,
    ) -> Floats:
        """(ap, n) as `radiomap.gains_db`, less what people and partitions take."""
        return self.together(floor_plan, access_points, [points_m], frequency_mhz=frequency_mhz, progress=progress)[0]

    def together(
        self,
        floor_plan: FloorPlan,
        access_points: Sequence[AccessPoint],
        sets_m: Sequence[ArrayLike],
        *,
        frequency_mhz: float,
        progress: Callable[[float], None] | None = None,
    ) -> list[Floats]:
        """The gains (ap, n) of each of several sets of points (n, 3), traced in one go: reflections are found once."""
        points = [np.ascontiguousarray(one, dtype=np.float64) for one in sets_m]
        places = [(id(floor_plan), frequency_mhz, _digest(one)) for one in points]
        antennas = [_antenna(ap, frequency_mhz) for ap in access_points]
        new: dict[tuple[object, ...], AccessPoint] = {
            antenna: ap
            for antenna, ap in zip(antennas, access_points, strict=True)
            if any((place, antenna) not in self._known for place in places)
        }
        if new:
            every = np.concatenate(points)
            bodies = None if self.people is None else self.people.at(every)
            found = radiomap.gains_db(
                floor_plan,
                list(new.values()),
                every,
                frequency_mhz=frequency_mhz,
                reflections=self.reflections,
                bodies=bodies,
                progress=progress,
            )
            loss_db = (
                self.obstruction_db if bodies is None else self.obstruction_db * np.array([one is not None for one in bodies])
            )
            parts = np.split(np.round(found, 2) - loss_db, np.cumsum([len(one) for one in points])[:-1], axis=1)
            for place, part in zip(places, parts, strict=True):
                for antenna, row in zip(new, part, strict=True):
                    self._known.setdefault((place, antenna), row)
        return [
            np.array([self._known[place, antenna] for antenna in antennas]).reshape(len(antennas), len(one))
            for place, one in zip(places, points, strict=True)
        ]

    def margin_db(
        self, requirement: Requirement, floor_plan: FloorPlan, access_points: Sequence[AccessPoint], points_m: ArrayLike
    ) -> Floats:
        """What signals (ap, n) must have over what is required: for fading alike everywhere, or the deviation of each place.

        The deviation is that of measured buildings (`situations.SITUATIONS`), where `Requirement.fading_db` is None.
        """
        points = np.ascontiguousarray(points_m, dtype=np.float64)
        if requirement.fading_db is not None:
            margin = fading.margin_db(requirement.confidence_share, requirement.fading_db)
            return np.full((len(access_points), len(points)), margin)
        place = (id(floor_plan), _digest(points))
        keys = [(place, ap.x_m, ap.y_m, ap.height_m, ap.level) for ap in access_points]
        new = {key: ap for key, ap in zip(keys, access_points, strict=True) if key not in self._deviation}
        if new:
            self._deviation.update(zip(new, situations.deviations_db(floor_plan, list(new.values()), points), strict=True))
        deviation_db = np.array([self._deviation[key] for key in keys]).reshape(len(keys), len(points))
        return fading.margin_db(requirement.confidence_share, 1.0) * deviation_db


def _digest(points: Floats) -> bytes:
    return hashlib.blake2b(points.tobytes(), digest_size=16).digest()


def _antenna(ap: AccessPoint, frequency_mhz: float) -> tuple[object, ...]:
    """All of an access point that its path gains hang on."""
    gain_dbi = radiomap.antenna_gain_dbi(ap, frequency_mhz)
    return ap.x_m, ap.y_m, ap.height_m, ap.level, ap.antenna, ap.azimuth_deg, ap.tilt_deg, gain_dbi
