"""The people of a scenario as points of the plan, each with its clients and what they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from floorplans.plan import FloorPlan
from wifiplan.capacity import demand
from wifiplan.capacity.occupancy import standing_points_m
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import Demand

_LEAST_POINTS = 6
"""Points that a zone has at least, however many zones there are (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Demand as points. Every array has one entry a point; `zone` indexes `zones`.

    `points_m` (n, 3) is absolute, z above the datum. `clients` associate, `active` of them load the air at once with
    `down_mbps` and `up_mbps` each.
    """

    zones: tuple[str, ...]
    zone: NDArray[np.intp]
    points_m: NDArray[np.float64]
    people: NDArray[np.float64]
    clients: NDArray[np.float64]
    active: NDArray[np.float64]
    down_mbps: NDArray[np.float64]
    up_mbps: NDArray[np.float64]


def people_points(floor_plan: FloorPlan, demands: Sequence[Demand], *, max_points: int = 200) -> People:
    """The crowd of one scenario as points: where `wifiplan.capacity.occupancy` lets people stand, about `max_points` in all.

    Raises
    ------
    DesignError
        When a demand names a zone that the plan has not.
    PlacementError
        When there is nobody.
    """
    if not any(row.people > 0 for row in demands):
        raise PlacementError(f"{floor_plan.name}: nobody to serve (0 people); give --persons, or a scenario with people")
    known = {zone.name: zone for zone in (*demand.places(floor_plan), *floor_plan.zones)}
    names = tuple(dict.fromkeys(row.zone for row in demands))
    count = points_per_zone(demands, max_points)
    rows: list[tuple[float, ...]] = []
    for row in demands:
        if row.zone not in known:
            raise DesignError(
                f"{floor_plan.name}: demand for a zone {row.zone!r} that the plan has not; its zones: {', '.join(known)}"
            )
        zone = known[row.zone]
        at = standing_points_m(zone, count)
        z_m = floor_plan.levels[zone.level].floor_m + row.client_height_m
        share = row.people / len(at)
        clients = share * row.devices_per_person * row.associated_share
        rows += [
            (names.index(row.zone), x, y, z_m, share, clients, clients * row.active_share, row.down_mbps, row.up_mbps)
            for x, y in at
        ]
    table = np.array(rows, dtype=np.float64)
    return People(
        zones=names,
        zone=table[:, 0].astype(np.intp),
        points_m=table[:, 1:4],
        people=table[:, 4],
        clients=table[:, 5],
        active=table[:, 6],
        down_mbps=table[:, 7],
        up_mbps=table[:, 8],
    )


def points_per_zone(demands: Sequence[Demand], max_points: int) -> int:
    """How many points `capacity` is to be asked for, so that it and `people_points` see the same crowd."""
    return max(_LEAST_POINTS, max_points // max(1, len(demands)))


def groups(crowd: People, most: int) -> NDArray[np.intp]:
    """The group of each point (point,), numbered from 0: about `most` groups of neighbours in one zone, as even as halving gives.

    Zones get groups by their people, at least one each.
    """
    found = np.zeros(len(crowd.people), dtype=np.intp)
    total = 0
    for index in range(len(crowd.zones)):
        mine = np.flatnonzero(crowd.zone == index)
        if not len(mine):
            continue
        parts = max(1, round(most * float(crowd.people[mine].sum() / crowd.people.sum())))
        for part in _halved(mine, crowd.points_m, parts):
            found[part] = total
            total += 1
    return found


def _halved(members: NDArray[np.intp], points_m: NDArray[np.float64], parts: int) -> list[NDArray[np.intp]]:
    if parts <= 1 or len(members) <= 1:
        return [members]
    at = points_m[members, :2]
    axis = int(np.argmax(np.ptp(at, axis=0)))
    order = members[np.lexsort((at[:, 1 - axis], at[:, axis]))]
    cut = max(1, min(len(order) - 1, round(len(order) * (parts // 2) / parts)))
    return _halved(order[:cut], points_m, parts // 2) + _halved(order[cut:], points_m, parts - parts // 2)
