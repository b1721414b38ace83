"""A gym from three numbers, and the samples."""

from __future__ import annotations

import pytest
from shapely.geometry import Polygon

import floorplans
from floorplans import FloorPlan, FloorPlanError, GeometryError


def check_openings(plan: FloorPlan) -> None:
    """Every opening lies within its wall, and no two of a wall cover each other."""
    for wall in plan.walls:
        boxes = []
        for hole in wall.openings:
            assert 0 <= hole.u0_m < hole.u1_m <= wall.length_m, wall.name
            assert wall.z0_m <= hole.z0_m < hole.z1_m <= wall.z1_m, wall.name
            boxes.append(
                Polygon(
                    [(u, z) for u, z in zip((hole.u0_m, hole.u1_m) * 2, (hole.z0_m,) * 2 + (hole.z1_m,) * 2, strict=True)]
                ).envelope
            )
        assert all(a.intersection(b).area < 1e-9 for i, a in enumerate(boxes) for b in boxes[:i]), wall.name


@pytest.mark.parametrize("size_m", [(38.9, 23.2, 9.7), (8.0, 6.0, 3.7), (200.0, 100.0, 30.0), (14.0, 9.0, 4.2)])
def test_gym_openings_fit_at_every_size(size_m: tuple[float, float, float]) -> None:
    """From the smallest room to the largest hall, doors and windows stay within walls and apart, and zones fill the floor."""
    plan = floorplans.gym(*size_m)

    check_openings(plan)
    assert size_m[0] * size_m[1] == pytest.approx(plan.area_m2)
    assert plan.area_m2 == pytest.approx(sum(zone.area_m2 for zone in plan.zones))
    assert (0.0, 0.0, size_m[0], size_m[1]) == plan.extent_m


def test_gym_defaults_are_the_median_elementary_gym() -> None:
    """38.9 x 23.2 x 9.7 m (domain facts): a hall, a stage, a store room; high windows in both long sides."""
    plan = floorplans.gym()

    assert [("hall", "hall"), ("stage", "stage"), ("store", "store")] == [(zone.name, zone.kind) for zone in plan.zones]
    assert 9.7 == plan.levels[0].height_m
    windows = {wall.name: sum(hole.material == "glass" for hole in wall.openings) for wall in plan.walls}
    assert windows["south"] == windows["north"] == 5
    assert all(hole.z0_m > 5.0 for wall in plan.walls for hole in wall.openings if hole.material == "glass")
    assert 0.9 == next(slab for slab in plan.slabs if slab.name == "stage").polygon_m[0][2]


def test_gym_is_mirrored_across_its_long_axis() -> None:
    """The windows of the north wall face those of the south wall, though the wall runs the other way."""
    plan = floorplans.gym(40.0, 20.0, 8.0, store_room=False)
    south, north = (next(wall for wall in plan.walls if wall.name == side) for side in ("south", "north"))

    assert sorted(round(hole.u0_m, 6) for hole in south.openings) == sorted(round(40.0 - hole.u1_m, 6) for hole in north.openings)


def test_gym_without_stage_and_store_is_one_hall() -> None:
    """What is left out is not in walls, slabs or zones."""
    plan = floorplans.gym(30.0, 20.0, 8.0, stage=False, store_room=False)

    assert 4 == len(plan.walls)
    assert ["hall"] == [zone.name for zone in plan.zones]
    assert 600.0 == pytest.approx(plan.zones[0].area_m2)


@pytest.mark.parametrize(
    ("size_m", "names"),
    [
        ((float("nan"), 20.0, 9.0), "length_m"),
        ((0.0, 20.0, 9.0), "length_m"),
        ((3890.0, 20.0, 9.0), "length_m"),
        ((38.0, -1.0, 9.0), "width_m"),
        ((38.0, 20.0, 970.0), "height_m"),
        ((20.0, 38.0, 9.0), "longer side"),
        ((20.0, 10.0, 3.2), "stage"),
    ],
)
def test_gym_refuses_sizes_that_no_gym_has(size_m: tuple[float, float, float], names: str) -> None:
    """Zero, NaN, millimetres for metres: the message names the figure."""
    with pytest.raises(GeometryError, match=names):
        floorplans.gym(*size_m)


@pytest.mark.parametrize("name", floorplans.SAMPLES)
def test_samples_are_whole_buildings(name: str) -> None:
    """Openings fit, zones fill the outline without overlap, and the licence is stated."""
    plan = floorplans.sample(name)

    check_openings(plan)
    assert plan.area_m2 == pytest.approx(sum(zone.area_m2 for zone in plan.zones))
    shapes = [Polygon(zone.polygon_m) for zone in plan.zones]
    assert all(a.intersection(b).area < 1e-6 for i, a in enumerate(shapes) for b in shapes[:i])
    assert "MIT" == plan.source.licence


def test_sample_gym_is_what_gym_makes() -> None:
    """The file and the code are the same building."""
    plan, made = floorplans.sample("gym"), floorplans.gym()

    assert (made.walls, made.slabs, made.zones, made.levels) == (plan.walls, plan.slabs, plan.zones, plan.levels)


def test_unknown_sample_names_the_known_ones() -> None:
    """The way out of a wrong name is the list."""
    with pytest.raises(FloorPlanError, match="gym, community-centre, school-corridor"):
        floorplans.sample("castle")


def test_a_gallery_is_a_walk_along_both_long_walls() -> None:
    with_it, without = floorplans.gym(gallery=True), floorplans.gym()
    walks = [slab for slab in with_it.slabs if slab.name.startswith("gallery")]

    assert len(without.slabs) + 2 == len(with_it.slabs)
    assert {3.2} == {z for slab in walks for _, _, z in slab.polygon_m}
    with pytest.raises(floorplans.GeometryError, match="no room for a gallery"):
        floorplans.gym(20.0, 15.0, 4.0, stage=False, gallery=True)
