"""Candidate spots and demand points: the last look at a drawing before placement."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import Point, Polygon, box

import floorplans
from floorplans.plan import Slab, Zone
from wifiplan.capacity import demand
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import Demand
from wifiplan.placement import spots
from wifiplan.prices import price_list


def _demand(zone: str, people: float = 100.0) -> Demand:
    return Demand(
        zone=zone,
        people=people,
        devices_per_person=1.1,
        associated_share=0.8,
        active_share=0.35,
        down_mbps=0.3,
        up_mbps=0.2,
        client_height_m=0.3,
    )


def test_gym_spots_keep_the_limits_of_a_hall() -> None:
    """Nothing hangs above 10 m, and what a ball can hit (below 5 m in a hall) has a guard, and only that."""
    found = spots.spots(floorplans.gym(38.9, 23.2, 13.0))

    assert max(spot.height_m for spot in found) == spots.MAX_HEIGHT_M
    assert {"truss", "wall"} == {spot.mount for spot in found}
    assert all(spot.guard == (spot.height_m < spots.BALL_HEIGHT_M) for spot in found)
    assert all(spot.mount != "truss" or not spot.guard for spot in found)


def test_a_classroom_ceiling_needs_no_guard() -> None:
    """Guards are for halls: a ceiling spot at 2.7 m in a classroom has none."""
    found = spots.spots(floorplans.sample("school-corridor"))

    assert {False} == {spot.guard for spot in found}


def test_every_spot_is_inside_a_zone_and_wall_spots_face_it() -> None:
    """30 cm off the wall, within the zone; a step along the azimuth stays in the building."""
    plan = floorplans.sample("community-centre")
    areas = [Polygon(zone.polygon_m) for zone in plan.zones]

    for spot in spots.spots(plan, mounts=("wall",)):
        angle = math.radians(spot.azimuth_deg)
        step = Point(spot.x_m + 0.5 * math.sin(angle), spot.y_m + 0.5 * math.cos(angle))
        assert any(area.contains(Point(spot.x_m, spot.y_m)) and area.contains(step) for area in areas)


def test_no_wall_spot_in_front_of_a_window() -> None:
    """There is nothing to screw it to: windows over the whole height at which wall spots hang leave none on that wall."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    south = plan.walls[0]
    window = replace(south.openings[0], u0_m=0.0, u1_m=30.0, z0_m=1.0, z1_m=8.0)
    glazed = replace(plan, walls=(replace(south, openings=(window,)), *plan.walls[1:]))

    assert any(spot.y_m < 1 and 1 < spot.x_m < 29 for spot in spots.spots(plan, mounts=("wall",)))
    assert not any(spot.y_m < 1 and 1 < spot.x_m < 29 for spot in spots.spots(glazed, mounts=("wall",)))


def test_spots_follow_a_pitched_roof() -> None:
    """Under a roof that rises from 6 to 9 m a truss spot hangs 30 cm below the roof above it, not below the ridge."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    roof = Slab(polygon_m=((0, 0, 6.0), (30, 0, 6.0), (30, 20, 9.0), (0, 20, 9.0)), material="metal", name="roof")
    pitched = replace(plan, slabs=(plan.slabs[0], roof))

    for spot in spots.spots(pitched, mounts=("truss",)):
        assert 6.0 + 3.0 * spot.y_m / 20.0 - 0.3 == pytest.approx(spot.height_m, abs=0.001)


def test_keepout_zones_and_forbidden_areas_are_empty() -> None:
    """Neither the plan's keepout zone nor an area the planner forbids has a spot."""
    plan = floorplans.sample("gym")
    corner = Zone(name="court", polygon_m=((10, 5), (20, 5), (20, 15), (10, 15)), kind="keepout")
    found = spots.spots(replace(plan, zones=(*plan.zones, corner)), forbidden_m=[box(25, 0, 40, 30)])

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
        spots.spots(floorplans.sample("gym"), **options)


def test_points_hold_exactly_the_people_of_each_zone() -> None:
    """Sums over a zone's points are its demand, however its shape cuts the grid; heights are the clients'."""
    plan = floorplans.sample("community-centre")
    demands = demand.demands(plan, "shelter-day1")
    crowd = spots.people(plan, demands, max_points=150)

    for row in demands:
        mine = crowd.zone == crowd.zones.index(row.zone)
        assert row.people == pytest.approx(crowd.people[mine].sum())
        clients = row.people * row.devices_per_person * row.associated_share
        assert clients == pytest.approx(crowd.clients[mine].sum())
        assert clients * row.active_share == pytest.approx(crowd.active[mine].sum())
    assert {0.3} == set(np.round(crowd.points_m[:, 2], 6))


def test_nobody_to_serve_is_an_error() -> None:
    """Zero people: one sentence with the way out."""
    with pytest.raises(PlacementError, match="0 people"):
        spots.people(floorplans.sample("gym"), [_demand("hall", 0.0)])


def test_demand_for_an_unknown_zone_names_those_there_are() -> None:
    """A misspelt zone is answered with the plan's own."""
    with pytest.raises(DesignError, match=r"'hal'.*hall, stage, store"):
        spots.people(floorplans.sample("gym"), [_demand("hal")])


def test_cable_runs_along_the_walls() -> None:
    """From a switch in the corner of a 30 x 20 m hall: 30 + 10 m of wall to the middle of the east wall, 3 m up, and slack."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    east = spots.Spot(x_m=29.7, y_m=10.0, height_m=3.0)
    middle = spots.Spot(x_m=15.0, y_m=9.0, height_m=8.0)
    lengths = spots.cable_m(plan, [east, middle], (0.0, 0.0))

    assert 30.0 + 10.0 + 0.3 + 3.0 + spots.SLACK_M == pytest.approx(lengths[0], abs=0.05)
    assert 15.0 + 9.0 + 8.0 + spots.SLACK_M == pytest.approx(lengths[1], abs=0.05)


def test_cable_on_one_wall_does_not_go_round() -> None:
    """Switch and spot on the same wall, 4 m apart."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    lengths = spots.cable_m(plan, [spots.Spot(x_m=14.0, y_m=0.0, height_m=2.0)], (10.0, 0.0))

    assert 4.0 + 2.0 + spots.SLACK_M == pytest.approx(lengths[0], abs=0.05)


def test_cost_is_the_sum_of_what_is_bought() -> None:
    """A guarded wall spot buys a guard, a high one the lift, a long run its further metres; a kept one nothing."""
    plan = floorplans.sample("gym")
    price = {name: row["yen"] for name, row in price_list().items()}
    found = spots.spots(plan, antennas=("omni", "patch"))

    for spot in found:
        items = dict(spot.items)
        assert spot.cost_yen == sum(price[name] * count for name, count in items.items())
        assert items.get("guard", 0) == spot.guard
        assert items.get("high_work", 0) == (spot.height_m > 4.0)
        assert items.get("patch", 0) == (spot.antenna == "patch")
        assert items.get("longer_drop", 0) == max(0, math.ceil((spot.cable_m - 70.0) / 20.0))
    kept = spots.priced(plan, [spots.existing(found[0].access_point("old"))])[0]
    assert 0.0 == kept.cost_yen


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
    for spot in spots.spots(plan, pitch_m=2.0):
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
    patches = spots.spots(floorplans.sample("gym"), antennas=("patch",))

    assert {90.0} == {spot.tilt_deg for spot in patches if spot.mount == "truss"}
    assert {30.0} == {spot.tilt_deg for spot in patches if spot.mount == "wall"}


def test_rails_and_poles() -> None:
    """A gallery's edge carries spots 1 m above its own slab; an outdoor zone has poles only where it is to be served."""
    plan = floorplans.gym(30.0, 20.0, 9.0, stage=False, store_room=False)
    walk = ((0.0, 18.0), (30.0, 18.0), (30.0, 20.0), (0.0, 20.0))
    slab = Slab(polygon_m=tuple((x, y, 3.5) for x, y in walk), material="wood", name="gallery")
    yard = Zone(name="yard", polygon_m=((0, -20), (30, -20), (30, -5), (0, -5)), kind="outdoor")
    plan = replace(plan, slabs=(*plan.slabs, slab), zones=(*plan.zones, Zone(name="walk", polygon_m=walk, kind="gallery"), yard))

    assert {4.5} == {spot.height_m for spot in spots.spots(plan, mounts=("rail",))}
    assert not [spot for spot in spots.spots(plan) if spot.mount == "pole"]
    poles = spots.spots(plan, mounts=("pole",), zones=["yard"])
    assert poles
    assert all(spot.outdoor and spot.y_m < -4 and dict(spot.items)["pole"] == 1 for spot in poles)


@pytest.mark.parametrize(("x_m", "height_m", "reason"), [(99.0, 3.0, "outside"), (5.0, 30.0, "floor and ceiling")])
def test_an_added_spot_must_be_in_the_building(x_m: float, height_m: float, reason: str) -> None:
    """The planner's own spots are checked."""
    with pytest.raises(DesignError, match=reason):
        spots.given(floorplans.sample("gym"), x_m, 5.0, height_m)
