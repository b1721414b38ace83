"""Who stands where: places for people in every zone, and the kinds of devices that they bring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import Polygon

from wifiplan.capacity import demand
from wifiplan.errors import DesignError
from wifiplan.model import MAX_PEOPLE_PER_M2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan, Zone
    from wifiplan.capacity.demand import Scenario
    from wifiplan.capacity.wanted import Wanted
    from wifiplan.model import Demand

    Floats = NDArray[np.float64]


POINTS = 600
"""Places in the whole building, unless said otherwise. Assumed: one for every 1.5 m2 of a gym of 900 m2."""


OLD_DEVICE = demand.ClientKind(
    name="2.4 GHz only",
    share=demand.Figure(value=1.0, assumption="Behaviour.only_2g4_share"),
    standard="n",
    streams=1,
    bands=("2.4",),
    tx_power_dbm=demand.Figure(value=15.0, assumption="12 to 15 dBm seen in phones"),
)
"""What `Behaviour.only_2g4_share` counts: one stream of 802.11n at 2.4 GHz."""


def standing_points_m(zone: Zone, count: int) -> NDArray[np.float64]:
    """Places for people in a zone, (n, 2): a square grid of about `count` cells, clipped by the polygon. Never empty."""
    polygon = Polygon(zone.polygon_m)
    x0, y0, x1, y1 = polygon.bounds
    step = math.sqrt(max(polygon.area, 1e-6) / max(count, 1))
    xs = np.arange(x0 + step / 2, x1, step)
    ys = np.arange(y0 + step / 2, y1, step)
    xx, yy = (axis.ravel() for axis in np.meshgrid(xs, ys))
    inside = shapely.contains_xy(polygon, xx, yy)
    if not inside.any():
        point = polygon.representative_point()
        return np.array([[point.x, point.y]])
    return np.column_stack((xx[inside], yy[inside]))


@dataclass(frozen=True, slots=True)
class Occupants:
    """Who is where, and with what.

    `points_m` (p, 3) has one row a place, z above the datum; those of demand i are `starts[i]` to `starts[i + 1]`.
    """

    demands: tuple[Demand, ...]
    scenarios: tuple[Scenario | None, ...]
    points_m: Floats
    starts: NDArray[np.intp]
    kinds: tuple[demand.ClientKind, ...]
    """Kinds of devices: all that there are."""
    kind_share: Floats
    """Share of each kind among a demand's devices, (demand, kind)."""


def occupants_of(plan: FloorPlan, wanted: Wanted, points_per_zone: int | None, old_share: float) -> Occupants:
    """The people of a facility at their places: `points_per_zone` in every zone, or `POINTS` in all, by area.

    `old_share` of the devices are `OLD_DEVICE`, besides those of the scenario's own list.

    Raises
    ------
    DesignError
        A demand for a zone that the plan does not have, or a figure that cannot be.
    """
    by_name = {zone.name: zone for zone in demand.places(plan)} | {zone.name: zone for zone in plan.zones}
    zones = []
    for index, one in enumerate(wanted.demands):
        zone = by_name.get(one.zone)
        if zone is None:
            raise DesignError(f"demands[{index}]: no zone {one.zone!r} in the plan; it has {', '.join(by_name)}")
        _check_demand(one, zone, index)
        zones.append(zone)
    area_m2 = sum(zone.area_m2 for zone in zones)
    points, starts = [], [0]
    for one, zone in zip(wanted.demands, zones, strict=True):
        count = points_per_zone or max(12, round(POINTS * zone.area_m2 / area_m2))
        at = standing_points_m(zone, count)
        points.append(np.column_stack((at, np.full(len(at), plan.levels[zone.level].floor_m + one.client_height_m))))
        starts.append(starts[-1] + len(at))
    kinds, shares = _kinds(wanted.scenarios, old_share)
    return Occupants(wanted.demands, wanted.scenarios, np.concatenate(points), np.array(starts), kinds, shares)


def _kinds(of: Sequence[Scenario | None], old_share: float) -> tuple[tuple[demand.ClientKind, ...], Floats]:
    """The kinds that have a share, and the share (demand, kind) of each."""
    lists = [demand.clients() if one is None else one.clients for one in of]
    kinds = tuple(dict.fromkeys(kind for one in lists for kind in one if kind.share.value > 0))
    shares = np.array([[kind.share.value if kind in one else 0.0 for kind in kinds] for one in lists])
    if not old_share:
        return kinds, shares
    if not 0 <= old_share <= 1:
        raise DesignError(f"only_2g4_share is {old_share:g}; give a share from 0 to 1")
    old = np.full((len(lists), 1), old_share)
    return (*kinds, OLD_DEVICE), np.concatenate((shares * (1 - old), old), axis=1)


def _check_demand(one: Demand, zone: Zone, index: int) -> None:
    where = f"demands[{index}]"
    for name in ("people", "devices_per_person", "down_mbps", "up_mbps", "client_height_m"):
        value = getattr(one, name)
        if not (math.isfinite(value) and 0 <= value <= 1e6):
            raise DesignError(f"{where}.{name} is {value:g}; give a number from 0")
    for name in ("associated_share", "active_share"):
        if not 0 <= getattr(one, name) <= 1:
            raise DesignError(f"{where}.{name} is {getattr(one, name):g}; give a share from 0 to 1")
    if one.people > MAX_PEOPLE_PER_M2 * max(zone.area_m2, 1.0):
        raise DesignError(
            f"{where}.people: {one.people:g} people cannot stand on the {zone.area_m2:.0f} m2 of {one.zone!r}; "
            f"give at most {MAX_PEOPLE_PER_M2:g} a square metre"
        )
