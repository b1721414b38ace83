"""What a hand draws on a plan: every change is checked, and meant by place, not by number."""

from __future__ import annotations

import pytest

import floorplans
from floorplans import FloorPlan, draw
from floorplans.errors import FloorPlanError, GeometryError


@pytest.fixture
def plan() -> FloorPlan:
    return floorplans.gym(30.0, 20.0, 9.0)


def test_a_wall_is_meant_by_its_ends_and_one_that_is_gone_is_refused(plan: FloorPlan) -> None:
    wall = plan.walls[2]

    assert 2 == draw.wall_number(plan, wall.start_m, wall.end_m)
    with pytest.raises(FloorPlanError, match="moved or deleted"):
        draw.wall_number(plan, (1.0, 1.0), (2.0, 1.0))


def test_a_wall_that_is_pulled_keeps_its_doors_at_their_share_of_its_length(plan: FloorPlan) -> None:
    number = next(n for n, wall in enumerate(plan.walls) if wall.openings)
    wall = plan.walls[number]
    (x0, y0), (x1, y1) = wall.start_m, wall.end_m
    longer = draw.moved_wall(plan, number, (x0, y0), (2 * x1 - x0, 2 * y1 - y0)).walls[number]

    assert pytest.approx(2 * wall.length_m) == longer.length_m
    assert pytest.approx(2 * wall.openings[0].u0_m) == longer.openings[0].u0_m


def test_a_door_is_put_where_the_wall_is_nearest_and_taken_out_again(plan: FloorPlan) -> None:
    number = next(n for n, wall in enumerate(plan.walls) if not wall.openings and wall.length_m > 3)
    wall = plan.walls[number]
    middle = ((wall.start_m[0] + wall.end_m[0]) / 2, (wall.start_m[1] + wall.end_m[1]) / 2)
    opened = draw.with_opening(plan, number, middle, 0.9, "door")
    hole = opened.walls[number].openings[0]

    assert pytest.approx(wall.length_m / 2) == (hole.u0_m + hole.u1_m) / 2
    assert ("door", "wood", 2.0) == (hole.kind, hole.material, hole.z1_m)
    assert plan == draw.without_opening(opened, number, middle)
    with pytest.raises(GeometryError, match="over another opening"):
        draw.with_opening(opened, number, middle, 0.9, "door")


def test_a_door_is_moved_along_its_wall_and_never_over_another(plan: FloorPlan) -> None:
    number = next(n for n, wall in enumerate(plan.walls) if not wall.openings and wall.length_m > 3)
    wall = plan.walls[number]
    middle = ((wall.start_m[0] + wall.end_m[0]) / 2, (wall.start_m[1] + wall.end_m[1]) / 2)
    opened = draw.with_opening(plan, number, middle, 0.9, "window")
    moved = draw.moved_opening(opened, number, middle, wall.start_m).walls[number].openings[0]
    both = draw.with_opening(opened, number, wall.start_m, 0.9, "window")

    assert (0.0, 0.9) == pytest.approx((moved.u0_m, moved.u1_m))
    assert opened.walls[number].openings[0].z0_m == moved.z0_m
    assert ("window", "glass") == (moved.kind, moved.material)
    with pytest.raises(GeometryError, match="a window there would lie over another opening"):
        draw.moved_opening(both, number, wall.start_m, middle)
    with pytest.raises(FloorPlanError, match="no door or window"):
        draw.moved_opening(plan, number, middle, wall.start_m)


def test_what_a_wall_cannot_be_is_refused(plan: FloorPlan) -> None:
    with pytest.raises(GeometryError, match="5 cm"):
        draw.moved_wall(plan, 0, (1.0, 1.0), (1.0, 1.01))
    with pytest.raises(GeometryError, match="every wall"):
        draw.without_walls(plan, range(len(plan.walls)))
    with pytest.raises(GeometryError, match="a door of 500 m"):
        draw.with_opening(plan, 0, (0.0, 0.0), 500.0, "door")
    with pytest.raises(FloorPlanError, match="no door or window"):
        draw.without_opening(draw.retyped_walls(plan, [0], "brick"), _plain(plan), (0.0, 0.0))


def _plain(plan: FloorPlan) -> int:
    return next(number for number, wall in enumerate(plan.walls) if not wall.openings)


def test_a_zone_is_drawn_moved_and_deleted(plan: FloorPlan) -> None:
    square = ((1.0, 1.0), (4.0, 1.0), (4.0, 4.0), (1.0, 4.0))
    drawn = draw.with_zone(plan, "no-go", square, "keepout")
    moved = draw.moved_zone(drawn, "no-go", [(x + 1, y) for x, y in square])

    assert 9.0 == drawn.zones[-1].area_m2
    assert (5.0, 4.0) == moved.zones[-1].polygon_m[2]
    assert plan == draw.without_zone(moved, "no-go")
    with pytest.raises(FloorPlanError, match="called 'no-go' already"):
        draw.with_zone(drawn, "no-go", square, "room")
    with pytest.raises(FloorPlanError, match="no kind"):
        draw.with_zone(plan, "x", square, "lake")
    with pytest.raises(GeometryError, match="crosses itself"):
        draw.with_zone(plan, "bow", ((0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0)), "room")
    with pytest.raises(FloorPlanError, match="no zone is called"):
        draw.without_zone(plan, "attic")
