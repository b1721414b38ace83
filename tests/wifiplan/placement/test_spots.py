"""Candidate spots: where an access point may hang in a drawing."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import Point, Polygon, box

import floorplans
from floorplans.plan import Slab, Zone
from wifiplan.errors import PlacementError
from wifiplan.placement import spots
from wifiplan.placement.cables import MAX_CABLE_M
from wifiplan.placement.spot import BALL_HEIGHT_M


def test_gym_spots_keep_the_limits_of_a_hall() -> None:
    """Nothing hangs above 10 m, and what a ball can hit (below 5 m in a hall) has a guard, and only that."""
    found = spots.candidates(floorplans.gym(38.9, 23.2, 13.0))

    assert max(spot.height_m for spot in found) == spots.MAX_HEIGHT_M
    assert {"truss", "wall"} == {spot.mount for spot in found}
    assert all(spot.guard == (spot.height_m < BALL_HEIGHT_M) for spot in found)
    assert all(spot.mount != "truss" or not spot.guard for spot in found)


def test_a_classroom_ceiling_needs_no_guard() -> None:
    """Guards are for halls: a ceiling spot at 2.7 m in a classroom has none."""
    found = spots.candidates(floorplans.sample("school-corridor"))

    assert {False} == {spot.guard for spot in found}


def test_every_spot_is_inside_a_zone_and_wall_spots_face_it() -> None:
    """30 cm off the wall, within the zone; a step along the azimuth stays in the building."""
    plan = floorplans.sample("community-centre")
    areas = [Polygon(zone.polygon_m) for zone in plan.zones]

    for spot in spots.candidates(plan, mounts=("wall",)):
        angle = math.radians(spot.azimuth_deg)
        step = Point(spot.x_m + 0.5 * math.sin(angle), spot.y_m + 0.5 * math.cos(angle))
        assert any(area.contains(Point(spot.x_m, spot.y_m)) and area.contains(step) for area in areas)


def test_no_wall_spot_in_front_of_a_window() -> None:
    """There is nothing to screw it to: windows over the whole height at which wall spots hang leave none on that wall."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    south = plan.walls[0]
    window = replace(south.openings[0], u0_m=0.0, u1_m=30.0, z0_m=1.0, z1_m=8.0)
    glazed = replace(plan, walls=(replace(south, openings=(window,)), *plan.walls[1:]))

    assert any(spot.y_m < 1 and 1 < spot.x_m < 29 for spot in spots.candidates(plan, mounts=("wall",)))
    assert not any(spot.y_m < 1 and 1 < spot.x_m < 29 for spot in spots.candidates(glazed, mounts=("wall",)))


def test_spots_follow_a_pitched_roof() -> None:
    """Under a roof that rises from 6 to 9 m a truss spot hangs 30 cm below the roof above it, not below the ridge."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    roof = Slab(polygon_m=((0, 0, 6.0), (30, 0, 6.0), (30, 20, 9.0), (0, 20, 9.0)), material="metal", name="roof")
    pitched = replace(plan, slabs=(plan.slabs[0], roof))

    for spot in spots.candidates(pitched, mounts=("truss",)):
        assert 6.0 + 3.0 * spot.y_m / 20.0 - 0.3 == pytest.approx(spot.height_m, abs=0.001)


def test_keepout_zones_and_forbidden_areas_are_empty() -> None:
    """Neither the plan's keepout zone nor an area the planner forbids has a spot."""
    plan = floorplans.sample("gym")
    corner = Zone(name="court", polygon_m=((10, 5), (20, 5), (20, 15), (10, 15)), kind="keepout")
    found = spots.candidates(replace(plan, zones=(*plan.zones, corner)), forbidden_m=[box(25, 0, 40, 30)])

    assert found
    assert not any(10 <= spot.x_m <= 20 and 5 <= spot.y_m <= 15 for spot in found)
    assert not any(spot.x_m >= 25 for spot in found)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"forbidden_m": [box(-1, -1, 100, 100)]}, "forbidden zone"),
        ({"max_cable_m": 1.0}, "1 m of cable"),
        ({"mounts": ("ceiling",)}, "not on a ceiling"),
    ],
)
def test_nowhere_to_hang_says_why(options: dict[str, object], reason: str) -> None:
    """The error names what took the last spot away."""
    with pytest.raises(PlacementError, match=reason):
        spots.candidates(floorplans.sample("gym"), **options)


def test_nothing_hangs_in_front_of_the_stage_or_at_an_exit() -> None:
    """2 m before the stage stay free, and on walls 1 m beside and above every door."""
    plan = floorplans.sample("gym")
    stage = Polygon(next(zone.polygon_m for zone in plan.zones if zone.kind == "stage"))
    doors = [
        (wall, hole)
        for wall in plan.walls
        for hole in wall.openings
        if hole.z0_m == 0.0 and hole.z1_m <= 2.5 and wall.name in {"south", "north"}
    ]

    assert doors
    for spot in spots.candidates(plan, pitch_m=2.0):
        assert stage.distance(Point(spot.x_m, spot.y_m)) >= spots.STAGE_FRONT_M
        for wall, hole in doors:
            if spot.mount == "wall" and spot.height_m < hole.z1_m + spots.EXIT_M:
                start, end = (Point(wall.start_m), Point(wall.end_m))
                along = [
                    np.interp(u, [0, wall.length_m], [getattr(start, axis), getattr(end, axis)])
                    for u in (hole.u0_m, hole.u1_m)
                    for axis in "xy"
                ]
                assert math.dist((spot.x_m, spot.y_m), ((along[0] + along[2]) / 2, (along[1] + along[3]) / 2)) > spots.EXIT_M


def test_patches_look_into_the_room() -> None:
    """Down from a truss, inwards and down from a wall."""
    patches = spots.candidates(floorplans.sample("gym"), antennas=("patch",))

    assert {90.0} == {spot.tilt_deg for spot in patches if spot.mount == "truss"}
    assert {30.0} == {spot.tilt_deg for spot in patches if spot.mount == "wall"}


def test_rails_and_poles() -> None:
    """A gallery's edge carries spots 1 m above its own slab; an outdoor zone has poles only where it is to be served."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    walk = ((0.0, 18.0), (30.0, 18.0), (30.0, 20.0), (0.0, 20.0))
    slab = Slab(polygon_m=tuple((x, y, 3.5) for x, y in walk), material="wood", name="gallery")
    yard = Zone(name="yard", polygon_m=((0, -20), (30, -20), (30, -5), (0, -5)), kind="outdoor")
    plan = replace(plan, slabs=(*plan.slabs, slab), zones=(*plan.zones, Zone(name="walk", polygon_m=walk, kind="gallery"), yard))

    assert {4.5} == {spot.height_m for spot in spots.candidates(plan, mounts=("rail",))}
    assert not [spot for spot in spots.candidates(plan) if spot.mount == "pole"]
    poles = spots.candidates(plan, mounts=("pole",), zones=["yard"])
    assert poles
    assert all(spot.outdoor and spot.y_m < -4 and dict(spot.items)["pole"] == 1 for spot in poles)


def test_a_large_hall_has_switches_in_more_than_one_place() -> None:
    """A cable of 90 m does not reach across: unless the planner says where the switch is, every part of the hall has spots."""
    hall = floorplans.gym(110.0, 60.0, 9.0, stage=False, store_room=False)
    everywhere = spots.candidates(hall, pitch_m=10.0, antennas=("omni",))
    from_one = spots.candidates(hall, pitch_m=10.0, antennas=("omni",), switch_m=(0.0, 0.0))

    assert max(spot.cable_m for spot in everywhere) <= MAX_CABLE_M
    assert max(spot.x_m for spot in from_one) < 100.0 < max(spot.x_m for spot in everywhere)
