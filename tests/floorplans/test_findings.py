"""Doubts about a plan: each kind once, with its place and remedy, and none for a plan that is in order."""

from __future__ import annotations

from dataclasses import replace

import pytest

import floorplans
from floorplans.findings import counted_openings, findings, not_a_plan
from floorplans.plan import FloorPlan, Level, Opening, Wall, Zone

RING = ((0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0))


def plan(*, walls: tuple[Wall, ...] | None = None, zones: tuple[Zone, ...] = (), height_m: float = 3.0) -> FloorPlan:
    drawn = walls or tuple(
        Wall(start_m=a, end_m=b, z0_m=0.0, z1_m=height_m, material="concrete")
        for a, b in zip(RING, RING[1:] + RING[:1], strict=True)
    )
    return FloorPlan(
        name="test", levels=(Level(name="1F", floor_m=0.0, ceiling_m=height_m, outline_m=RING),), walls=drawn, zones=zones
    )


def zone(x0: float, x1: float, name: str, kind: str = "room") -> Zone:
    return Zone(name=name, polygon_m=((x0, 0.0), (x1, 0.0), (x1, 10.0), (x0, 10.0)), kind=kind)


@pytest.mark.parametrize("name", floorplans.SAMPLES)
def test_our_samples_give_no_grave_doubt(name: str) -> None:
    assert {"not_a_plan", "size", "height", "zone_outside", "door"}.isdisjoint(
        one.kind for one in findings(floorplans.sample(name))
    )


def test_walls_that_do_not_meet_are_told_with_their_place() -> None:
    """A wall that ends 25 cm before the next one; one that ends in the middle of the room is meant so."""
    short = Wall(start_m=(10.0, 0.25), end_m=(10.0, 6.0), z0_m=0.0, z1_m=3.0, material="partition")
    found = findings(plan(walls=(*plan().walls, short)))

    assert [("gap", 1, "near 10.00, 0.25 m")] == [(one.kind, one.count, one.place) for one in found]
    assert "0.25 m" in found[0].what
    assert "draw them to it" in found[0].remedy


def test_zones_outside_and_overlapping_are_told() -> None:
    found = findings(plan(zones=(zone(0, 12, "a"), zone(10, 24, "b"), zone(0, 5, "yard", "outdoor"))))

    assert ["zone_outside", "zone_overlap"] == [one.kind for one in found]
    assert "'b' with 26%" in found[0].what
    assert "'a' and 'b' on 20.0 m2" in found[1].what


@pytest.mark.parametrize(("height_m", "kinds"), [(3.0, []), (0.3, ["height"]), (97.0, ["height"])])
def test_heights_that_no_storey_has_are_told(height_m: float, kinds: list[str]) -> None:
    assert kinds == [one.kind for one in findings(plan(height_m=height_m))]


def test_a_site_is_no_plan() -> None:
    ring = tuple((x * 50, y * 50) for x, y in RING)
    site = replace(plan(), levels=(Level(name="1F", floor_m=0.0, ceiling_m=3.0, outline_m=ring),))

    assert not_a_plan(plan()) is None
    assert "500,000 m2 on one level is a site" in str(not_a_plan(site))


def test_area_is_held_against_a_published_one() -> None:
    assert [] == findings(plan(), published_area_m2=205.0)
    assert ["area"] == [one.kind for one in findings(plan(), published_area_m2=300.0)]


def test_every_doubt_is_said_in_both_languages() -> None:
    """What, where and the way out, each with its figures."""
    gap = Wall(start_m=(10.0, 0.25), end_m=(10.0, 6.0), z0_m=0.0, z1_m=50.0, material="partition")
    wide = Opening(u0_m=1.0, u1_m=13.0, z0_m=0.0, z1_m=2.0, material="wood", kind="door")
    drawn = plan(height_m=50.0)
    walls = (replace(drawn.walls[0], openings=(wide,)), *drawn.walls[1:], gap)
    found = findings(replace(drawn, walls=walls, zones=(zone(0, 12, "{a}"), zone(10, 24, "b"))), published_area_m2=300.0)
    ring = tuple((x / 10, y / 10) for x, y in RING)
    tiny = replace(plan(), levels=(Level(name="1F", floor_m=0.0, ceiling_m=3.0, outline_m=ring),))
    site = replace(tiny, levels=(replace(tiny.levels[0], outline_m=tuple((x * 500, y * 500) for x, y in ring)),))
    found += [*findings(tiny), *findings(site)]

    assert {"area", "height", "gap", "zone_outside", "zone_overlap", "door", "size", "not_a_plan"} == {one.kind for one in found}
    assert all("。" in one.said("ja") and ";" in one.said("en") for one in found)
    assert (
        "壁の端1か所が、次の壁に最大0.25 m届いていません（(10.00, 0.25) m 付近）。壁をつなぐか、通り道として扱ってください。"
        in [one.said("ja") for one in found]
    )


def test_doors_of_no_size_are_told_and_counted_by_kind() -> None:
    """A door of 12 m is a slip of scale; what is not called anything is a door where it begins at the floor."""
    holes = (
        Opening(u0_m=1.0, u1_m=13.0, z0_m=0.0, z1_m=2.0, material="wood", kind="door"),
        Opening(u0_m=14.0, u1_m=15.0, z0_m=0.0, z1_m=2.0),
        Opening(u0_m=16.0, u1_m=17.0, z0_m=1.0, z1_m=2.0, material="glass"),
    )
    wall = replace(plan().walls[0], openings=holes)
    drawn = plan(walls=(wall, *plan().walls[1:]))

    assert (2, 1) == counted_openings(drawn)
    assert ["door"] == [one.kind for one in findings(drawn)]


def test_the_grain_of_a_photograph_is_no_plan() -> None:
    """More wall than any building has: 60 walls of 10 m in 200 m2."""
    walls = tuple(
        Wall(start_m=(0.25 * n, 0.0), end_m=(0.25 * n, 10.0), z0_m=0.0, z1_m=3.0, material="concrete") for n in range(60)
    )
    square = plan()

    assert "are more than a building has" in (not_a_plan(replace(square, walls=square.walls + walls)) or "")
    assert not_a_plan(square) is None
