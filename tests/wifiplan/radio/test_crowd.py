"""Who stands around a place."""

from __future__ import annotations

import numpy as np
import pytest

import floorplans
from wifiplan.radio.body_loss import POSTURES
from wifiplan.radio.crowd import around


def test_everybody_of_a_zone_is_around_its_people_and_nobody_around_an_access_point() -> None:
    """100 people who sit and 20 who stand on one floor: one density, the posture of the lowest, each at their own height."""
    plan = floorplans.gym(20.0, 10.0, 8.0, stage=False, store_room=False)
    hall = next(zone for zone in plan.zones if zone.kind == "hall")
    found = around(plan, [(hall, 100.0, 0.8), (hall, 20.0, 1.2), (hall, 0.0, 0.3)])
    points = np.array([[10.0, 5.0, 0.8], [10.0, 5.0, 1.2], [10.0, 5.0, 0.3], [10.0, 5.0, 7.0], [-5.0, 5.0, 0.8]])
    seated, standing, *others = found.at(points)

    assert 120 / hall.area_m2 == pytest.approx(seated.density_per_m2)
    assert seated.density_per_m2 == standing.density_per_m2
    assert POSTURES["seated"].body_height_m == seated.body_height_m == standing.body_height_m
    assert (0.8, 1.2) == (seated.client_height_m, standing.client_height_m)
    assert [None, None, None] == others


def test_a_map_asks_at_its_own_height() -> None:
    """On a storey everybody is around a place, whatever the height of the devices; another storey has nobody."""
    plan = floorplans.gym(20.0, 10.0, 8.0, stage=False, store_room=False)
    hall = next(zone for zone in plan.zones if zone.kind == "hall")
    found = around(plan, [(hall, 100.0, 0.8)])
    places = np.array([[10.0, 5.0], [-5.0, 5.0]])

    assert [True, False] == [one is not None for one in found.on_level(0, places)]
    assert [False, False] == [one is not None for one in found.on_level(1, places)]
