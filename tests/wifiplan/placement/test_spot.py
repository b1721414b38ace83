"""One spot: what the planner may add, and what hangs already."""

from __future__ import annotations

import pytest

import floorplans
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint
from wifiplan.placement.spot import given, hanging


@pytest.mark.parametrize(("x_m", "height_m", "reason"), [(99.0, 3.0, "outside"), (5.0, 30.0, "floor and ceiling")])
def test_an_added_spot_must_be_in_the_building(x_m: float, height_m: float, reason: str) -> None:
    """The planner's own spots are checked."""
    with pytest.raises(DesignError, match=reason):
        given(floorplans.sample("gym"), x_m, 5.0, height_m)


def test_an_added_spot_that_a_ball_can_hit_has_a_guard() -> None:
    """At 3 m in a hall, not at 8 m."""
    plan = floorplans.sample("gym")

    assert given(plan, 10.0, 10.0, 3.0).guard
    assert not given(plan, 10.0, 10.0, 8.0).guard


def test_what_hangs_stays_as_it_is() -> None:
    """Place, antenna and direction are those of the access point, which the spot names; nothing is bought."""
    old = AccessPoint(name="old", x_m=3.0, y_m=4.0, height_m=5.0, antenna="patch", azimuth_deg=90.0, tilt_deg=30.0)
    spot = hanging(old)

    assert old == spot.access_point("old")
    assert ("old", 0.0, ()) == (spot.kept, spot.cost_yen, spot.items)
