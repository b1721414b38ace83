"""Who stands around a place: the people of each zone as the bodies that its paths lose by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from wifiplan.radio.body_loss import POSTURES, Bodies

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan, Zone

SAME_HEIGHT_M = 0.005
"""A place this near to the height of a zone's devices is one of its people's, not an access point's (a rounding)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """The people of one zone: their devices are `client_height_m` above the floor, which is at `floor_m`."""

    zone: Zone
    floor_m: float
    client_height_m: float
    bodies: Bodies


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The people of a building, zone by zone; where zones overlap, the one listed first counts."""

    stands: tuple[Stand, ...]

    def at(self, points_m: NDArray[np.float64]) -> NDArray[Any]:
        """`Bodies` around each place (n, 3), z above the datum; None where it is nobody's, such as an access point's."""
        found = np.full(len(points_m), None, dtype=object)
        for stand in reversed(self.stands):
            near = np.abs(points_m[:, 2] - stand.floor_m - stand.client_height_m) <= SAME_HEIGHT_M
            if near.any():
                inside = shapely.contains_xy(shapely.Polygon(stand.zone.polygon_m), points_m[:, 0], points_m[:, 1])
                found[near & inside] = stand.bodies
        return found

    def on_level(self, level: int, places_m: NDArray[np.float64], *, client_height_m: float | None = None) -> NDArray[Any]:
        """`Bodies` around places (n, 2) of a storey, whatever their height; None where nobody is.

        With `client_height_m`, all devices are that high above the floor, as those of a map are.
        """
        found = np.full(len(places_m), None, dtype=object)
        for stand in reversed(self.stands):
            if stand.zone.level == level:
                polygon = shapely.Polygon(stand.zone.polygon_m)
                height_m = stand.client_height_m if client_height_m is None else client_height_m
                inside = shapely.contains_xy(polygon, places_m[:, 0], places_m[:, 1])
                found[inside] = replace(stand.bodies, client_height_m=height_m)
        return found


def around(floor_plan: FloorPlan, people: Iterable[tuple[Zone, float, float]], *, posture: str | None = None) -> Around:
    """The people of a plan, each given as their zone, how many they are, and how high their devices are above its floor in m.

    All people of a zone stand between the paths of each: their density is of all, their posture the one
    given, else that of the lowest devices.

    Raises
    ------
    OutOfRangeError
        More people than can stand in a zone, where their loss is asked for.
    """
    rows: dict[tuple[str, int], list[tuple[Zone, float, float]]] = {}
    for zone, count, height_m in people:
        if count > 0:
            rows.setdefault((zone.name, zone.level), []).append((zone, count, height_m))
    return Around(stands=tuple(stand for of_zone in rows.values() for stand in _stands(floor_plan, of_zone, posture)))


def _stands(floor_plan: FloorPlan, rows: Sequence[tuple[Zone, float, float]], posture: str | None) -> Iterable[Stand]:
    zone = rows[0][0]
    density_per_m2 = sum(count for _, count, _ in rows) / zone.area_m2
    lowest_m = min(height_m for _, _, height_m in rows)
    tall = POSTURES[posture or min(POSTURES, key=lambda name: abs(POSTURES[name].client_height_m - lowest_m))]
    for height_m in dict.fromkeys(height_m for _, _, height_m in rows):
        yield Stand(
            zone=zone,
            floor_m=floor_plan.levels[zone.level].floor_m,
            client_height_m=height_m,
            bodies=Bodies(
                density_per_m2=density_per_m2,
                body_height_m=tall.body_height_m,
                client_height_m=height_m,
            ),
        )
