"""Places where people stand, and the devices that they bring."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import Polygon

from floorplans.plan import Zone
from wifiplan.capacity.occupancy import OLD_DEVICE, occupants_of, standing_points_m
from wifiplan.capacity.wanted import wanted_of
from wifiplan.errors import DesignError
from wifiplan.model import Design


def test_points_fill_a_zone() -> None:
    """About as many as asked, all inside, in a shape with a corner cut off too; a sliver has at least one."""
    polygon = ((0.0, 0.0), (20.0, 0.0), (20.0, 5.0), (10.0, 10.0), (0.0, 10.0))
    found = standing_points_m(Zone(name="hall", polygon_m=polygon, kind="hall", level=0), 100)
    sliver = Zone(name="gap", polygon_m=((0.0, 0.0), (9.0, 0.0), (9.0, 0.01)), kind="hall", level=0)

    assert 100 == pytest.approx(len(found), abs=15)
    assert all(Polygon(polygon).contains_properly(Polygon(point + np.eye(3, 2) * 1e-6)) for point in found)
    assert 1 <= len(standing_points_m(sliver, 1))


def test_old_devices_take_their_share_of_every_demand(two_radios: Design) -> None:
    """A tenth of them; the rest keep their proportions."""
    wanted = wanted_of(two_radios, None, None, None)
    found = occupants_of(two_radios.floor_plan, wanted, 20, 0.1)
    plain = occupants_of(two_radios.floor_plan, wanted, 20, 0.0)

    assert OLD_DEVICE == found.kinds[-1]
    assert 0.1 == found.kind_share[0, -1]
    np.testing.assert_allclose(found.kind_share[:, :-1], 0.9 * plain.kind_share)


def test_a_zone_that_is_not_there_is_named(two_radios: Design) -> None:
    other = replace(two_radios, demands=(replace(two_radios.demands[0], zone="hal"),))
    with pytest.raises(DesignError, match="no zone 'hal' in the plan; it has hall"):
        occupants_of(other.floor_plan, wanted_of(other, None, None, None), 20, 0.0)
