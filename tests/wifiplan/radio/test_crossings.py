"""What straight links pass through, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

import floorplans
from floorplans.plan import FloorPlan, Level, Opening, Slab, Wall
from wifiplan.radio.crossings import crossings

OUTLINE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))


def building(*walls: Wall, slabs: tuple[Slab, ...] = ()) -> FloorPlan:
    return FloorPlan(
        name="b", levels=(Level(name="1F", floor_m=0.0, ceiling_m=3.0, outline_m=OUTLINE),), walls=walls, slabs=slabs
    )


def wall(
    x_m: float,
    material: str = "brick",
    *,
    y: tuple[float, float] = (0.0, 10.0),
    z: tuple[float, float] = (0.0, 3.0),
    **more: object,
) -> Wall:
    return Wall(start_m=(x_m, y[0]), end_m=(x_m, y[1]), z0_m=z[0], z1_m=z[1], material=material, **more)  # type: ignore[arg-type]


def through(plan: FloorPlan, start: tuple[float, float, float], end: tuple[float, float, float]) -> dict[str, int]:
    return {name: int(count) for name, count in crossings(plan, start, end).items() if count}


def test_a_wall_between_is_crossed_once() -> None:
    """From either side; not beside it, not above it, not when both are on one side."""
    plan = building(wall(5.0, y=(2.0, 8.0), z=(0.0, 2.0)))

    assert {"brick": 1} == through(plan, (1.0, 5.0, 1.0), (9.0, 5.0, 1.0))
    assert {"brick": 1} == through(plan, (9.0, 5.0, 1.0), (1.0, 5.0, 1.0))
    assert {} == through(plan, (1.0, 1.0, 1.0), (9.0, 1.0, 1.0))
    assert {} == through(plan, (1.0, 5.0, 2.5), (9.0, 5.0, 2.5))
    assert {} == through(plan, (1.0, 5.0, 1.0), (4.0, 9.0, 1.0))


def test_every_material_is_named() -> None:
    """Also those that no link crosses, so that they can be refused by name."""
    hole = Opening(u0_m=1.0, u1_m=2.0, z0_m=0.0, z1_m=2.0, material="wood")
    plan = building(wall(5.0, openings=(hole,)), slabs=(Slab(polygon_m=((0, 0, 0), (9, 0, 0), (9, 9, 0)), material="concrete"),))

    assert ["brick", "concrete", "wood"] == list(crossings(plan, np.zeros((2, 3)), np.ones((2, 3))))


def test_openings_are_what_is_in_them() -> None:
    """A door counts as its material, a hole as nothing, from the start of the wall on; above the door is wall again."""
    door = Opening(u0_m=1.0, u1_m=2.0, z0_m=0.0, z1_m=2.0, material="wood")
    hole = Opening(u0_m=4.0, u1_m=6.0, z0_m=0.0, z1_m=3.0)
    for flip in (False, True):
        ends = ((5.0, 10.0), (5.0, 0.0)) if flip else ((5.0, 0.0), (5.0, 10.0))
        plan = building(Wall(start_m=ends[0], end_m=ends[1], z0_m=0.0, z1_m=3.0, material="brick", openings=(door, hole)))
        y_m = 8.5 if flip else 1.5

        assert {"wood": 1} == through(plan, (1.0, y_m, 1.0), (9.0, y_m, 1.0))
        assert {"brick": 1} == through(plan, (1.0, y_m, 2.5), (9.0, y_m, 2.5))
        assert {} == through(plan, (1.0, 5.0, 1.0), (9.0, 5.0, 1.0))


def test_cutting_a_wall_in_two_changes_nothing() -> None:
    """Also exactly at the cut."""
    cut = building(wall(5.0, y=(0.0, 5.0)), wall(5.0, y=(5.0, 10.0)))
    for y_m in (2.0, 5.0, 7.0):
        assert {"brick": 1} == through(cut, (1.0, y_m, 1.0), (9.0, y_m, 1.0))


def test_of_walls_on_each_other_the_first_counts() -> None:
    """As in the radio map: two rooms that both drew the wall between them, and the first one's door."""
    door = Opening(u0_m=1.0, u1_m=2.0, z0_m=0.0, z1_m=3.0)
    plan = building(wall(5.0, "partition", openings=(door,)), wall(5.0005, "brick", y=(10.0, 0.0)), wall(7.0, "glass"))

    assert {"partition": 1, "glass": 1} == through(plan, (1.0, 5.0, 1.0), (9.0, 5.0, 1.0))
    assert {"glass": 1} == through(plan, (1.0, 1.5, 1.0), (9.0, 1.5, 1.0))


def test_floors_and_pitched_roofs() -> None:
    """A link to the storey above passes the slab between, once however often it is listed; a roof may lean."""
    flat = Slab(polygon_m=((0, 0, 3), (10, 0, 3), (10, 5, 3), (0, 5, 3)), material="concrete")
    leaning = Slab(polygon_m=((0, 0, 4), (10, 0, 4), (10, 10, 9), (0, 10, 9)), material="metal")
    plan = building(wall(-1.0), slabs=(flat, flat, leaning))

    assert {"concrete": 1} == through(plan, (5.0, 2.0, 1.0), (5.0, 2.5, 3.5))
    assert {} == through(plan, (5.0, 7.0, 1.0), (5.0, 7.5, 3.5))
    assert {"metal": 1} == through(plan, (5.0, 8.0, 7.5), (5.0, 8.0, 8.5))
    assert {"concrete": 1, "metal": 1} == through(plan, (5.0, 2.0, 1.0), (5.0, 2.0, 9.0))


def test_shape_is_that_of_the_links() -> None:
    """(ap, 1) against (1, n), and many at once as one by one."""
    plan = floorplans.sample("community-centre")
    rng = np.random.default_rng(0)
    sources_m = rng.uniform([0, 0, 0], [30, 20, 3], (3, 3))
    points_m = rng.uniform([0, 0, 0], [30, 20, 3], (50, 3))
    many = crossings(plan, sources_m[:, None], points_m[None])

    assert {(3, 50)} == {count.shape for count in many.values()}
    assert sum(int(count.sum()) for count in many.values()) > 100
    for ap in range(3):
        for n in range(0, 50, 7):
            one = crossings(plan, sources_m[ap], points_m[n])
            assert {name: int(one[name]) for name in one} == {name: int(many[name][ap, n]) for name in many}


def test_counts_agree_with_the_radio_map() -> None:
    """Walls of metal: where the straight link crosses one, the direct path is gone; elsewhere it is free space."""
    radiomap = pytest.importorskip("wifiplan.radio.radiomap")
    from wifiplan.model import AccessPoint, Radio
    from wifiplan.radio.propagation import free_space_gain_db

    plan = building(
        wall(4.0, "metal", y=(1.0, 6.0), z=(0.0, 2.2)), wall(7.0, "metal", y=(3.0, 9.0)), wall(10.0, "brick"), wall(0.0, "brick")
    )
    ap = AccessPoint(name="a", x_m=2.0, y_m=4.0, height_m=2.5, antenna="isotropic", radios=(Radio(band="5", channel=36),))
    rng = np.random.default_rng(3)
    points_m = rng.uniform([0.2, 0.2, 0.5], [9.8, 9.8, 2.9], (300, 3))
    gain_db = radiomap.gains_db(plan, [ap], points_m, frequency_mhz=5180.0, reflections=0)[0]
    blocked = crossings(plan, [2.0, 4.0, 2.5], points_m)["metal"] > 0
    distance_m = np.linalg.norm(points_m - [2.0, 4.0, 2.5], axis=1)

    assert 50 < blocked.sum() < 250
    np.testing.assert_allclose(free_space_gain_db(distance_m, 5180.0)[~blocked], gain_db[~blocked], atol=0.01)
    assert np.all(gain_db[blocked] < -120.0)
