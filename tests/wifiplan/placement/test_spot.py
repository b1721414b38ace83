"""One spot: what the planner may add, and what hangs already."""

from __future__ import annotations

from dataclasses import replace

import pytest

import floorplans
from floorplans.plan import Slab
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint
from wifiplan.placement.spot import clear_height_m, given, hanging
from wifiplan.placement.spots import candidates


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


def test_nothing_hangs_above_the_roof_at_its_place() -> None:
    """At the eaves the ridge's height is not there: neither for a spot of ours on a wall nor for the planner's own."""
    tent = floorplans.gym(20.0, 12.0, 9.0, stage=False, store_room=False)
    slopes = tuple(
        Slab(polygon_m=((0.0, a, low), (20.0, a, low), (20.0, b, high), (0.0, b, high)), material="metal")
        for a, b, low, high in ((0.0, 6.0, 4.0, 9.0), (6.0, 12.0, 9.0, 4.0))
    )
    tent = replace(tent, slabs=(*tent.slabs, *slopes))

    assert pytest.approx(4.0) == clear_height_m(tent, tent.levels[0], 10.0, 0.0)
    assert pytest.approx(9.0) == clear_height_m(tent, tent.levels[0], 10.0, 6.0)
    assert all(spot.height_m < clear_height_m(tent, tent.levels[0], spot.x_m, spot.y_m) for spot in candidates(tent))
    assert 8.0 == given(tent, 10.0, 6.0, 8.0).height_m
    with pytest.raises(DesignError, match=r"8 m is above the roof at \(10, 0\.5\), which is 4\.4 m high there"):
        given(tent, 10.0, 0.5, 8.0)
