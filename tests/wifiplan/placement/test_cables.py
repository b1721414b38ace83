"""The length of a cable from the switch to a spot."""

from __future__ import annotations

from dataclasses import replace

import pytest

import floorplans
from floorplans.plan import Zone
from wifiplan.placement.cables import SLACK_M, cable_lengths_m, cable_routes_m, default_switch_m
from wifiplan.placement.spot import Spot


def test_cable_runs_along_the_walls() -> None:
    """From a switch in the corner of a 30 x 20 m hall: 30 + 10 m of wall to the middle of the east wall, 3 m up, and slack."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    east = Spot(x_m=29.7, y_m=10.0, height_m=3.0)
    middle = Spot(x_m=15.0, y_m=9.0, height_m=8.0)
    lengths = cable_lengths_m(plan, [east, middle], (0.0, 0.0))

    assert 30.0 + 10.0 + 0.3 + 3.0 + SLACK_M == pytest.approx(lengths[0], abs=0.05)
    assert 15.0 + 9.0 + 8.0 + SLACK_M == pytest.approx(lengths[1], abs=0.05)


def test_cable_on_one_wall_does_not_go_round() -> None:
    """Switch and spot on the same wall, 4 m apart."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    lengths = cable_lengths_m(plan, [Spot(x_m=14.0, y_m=0.0, height_m=2.0)], (10.0, 0.0))

    assert 4.0 + 2.0 + SLACK_M == pytest.approx(lengths[0], abs=0.05)


def test_the_switch_stands_in_the_store_else_at_the_entrance_else_in_a_corner() -> None:
    """In this order, in the middle of the zone."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    entrance = Zone(name="in", polygon_m=((0, 0), (4, 0), (4, 2), (0, 2)), kind="entrance")
    store = Zone(name="store", polygon_m=((20, 0), (30, 0), (30, 4), (20, 4)), kind="store")

    assert plan.levels[0].outline_m[0] == default_switch_m(replace(plan, zones=plan.zones[:1]))
    assert (2.0, 1.0) == pytest.approx(default_switch_m(replace(plan, zones=(*plan.zones[:1], entrance))))
    assert (25.0, 2.0) == pytest.approx(default_switch_m(replace(plan, zones=(*plan.zones[:1], entrance, store))))


def test_the_route_that_is_drawn_is_as_long_as_the_cable_in_plan() -> None:
    """From the switch along walls to each place: the length less height and slack, on the same wall and round a corner."""
    plan = floorplans.gym(30.0, 20.0, 9.0)
    switch = default_switch_m(plan)
    spots = [Spot(x_m=x, y_m=y, height_m=3.0) for x, y in ((29.7, 10.0), (15.0, 9.0), (14.0, 0.3), (2.0, 19.7), (5.0, 0.3))]
    lengths = cable_lengths_m(plan, spots, switch)
    routes = cable_routes_m(plan, [(spot.x_m, spot.y_m) for spot in spots], switch)

    assert [pytest.approx(route.length + 3.0 + SLACK_M, abs=0.05) for route in routes] == list(lengths)
    assert {switch} == {route.coords[0] for route in routes}
