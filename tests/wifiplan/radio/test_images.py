"""The physics that any ray model must have, on rooms whose answer is known beforehand."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from floorplans.plan import FloorPlan, Opening, Point, Slab, Wall
from wifiplan.model import AccessPoint
from wifiplan.radio.materials import layers
from wifiplan.radio.propagation import free_space_gain_db, slab_coefficients
from wifiplan.radio.radiomap import gains_db, paths, radio_map

F_MHZ = 5200.0
Box = Callable[..., FloorPlan]
Isotropic = Callable[..., AccessPoint]


def _turned(point: Point, degrees: float) -> Point:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * point[0] - s * point[1] + 3.7, s * point[0] + c * point[1] - 1.9


def _turned_plan(plan: FloorPlan, degrees: float) -> FloorPlan:
    return replace(
        plan,
        walls=tuple(replace(w, start_m=_turned(w.start_m, degrees), end_m=_turned(w.end_m, degrees)) for w in plan.walls),
        slabs=tuple(replace(s, polygon_m=tuple((*_turned((x, y), degrees), z) for x, y, z in s.polygon_m)) for s in plan.slabs),
        levels=tuple(replace(v, outline_m=tuple(_turned(p, degrees) for p in v.outline_m)) for v in plan.levels),
    )


def _rooms(box: Box) -> FloorPlan:
    """Two rooms and a low partition; a door, a hole and a window."""
    door = Opening(u0_m=2.0, u1_m=3.0, z0_m=0.0, z1_m=2.1, material="wood")
    hole = Opening(u0_m=8.0, u1_m=9.0, z0_m=0.0, z1_m=2.1)
    across = Wall(start_m=(12.0, 0.0), end_m=(12.0, 12.0), z0_m=0.0, z1_m=4.0, material="brick", openings=(door, hole))
    low = Wall(start_m=(4.0, 3.0), end_m=(4.0, 9.0), z0_m=0.0, z1_m=1.4, material="chipboard")
    oblique = Wall(start_m=(13.0, 2.0), end_m=(18.0, 7.0), z0_m=0.0, z1_m=4.0, material="plasterboard")
    return box(more=(across, low, oblique))


POINTS_M = np.array([(x, y, 1.1) for x, y in itertools.product((1.3, 5.2, 10.9, 12.4, 14.1, 18.7), (0.9, 4.3, 8.6, 11.2))])


@pytest.mark.parametrize(("distance_m", "gain_db"), [(1.0, -46.77), (10.0, -66.77), (30.0, -76.31)])
@pytest.mark.parametrize("reflections", [0, 3])
def test_without_walls_it_is_free_space(
    box: Box, isotropic: Isotropic, distance_m: float, gain_db: float, reflections: int
) -> None:
    empty = replace(box(lid=False), walls=())

    found = gains_db(empty, [isotropic(0, 0, 1)], [(distance_m, 0, 1)], frequency_mhz=F_MHZ, reflections=reflections)

    assert gain_db == pytest.approx(found[0, 0], abs=0.01)


def test_one_metal_wall_is_one_mirror(box: Box, isotropic: Isotropic) -> None:
    """Power of the direct path and of that from the image behind the wall: 6 m and sqrt(6^2 + 8^2) m."""
    wall = Wall(start_m=(-50.0, 4.0), end_m=(50.0, 4.0), z0_m=-20.0, z1_m=20.0, material="metal")
    plan = replace(box(lid=False), walls=(wall,))

    found = gains_db(plan, [isotropic(0, 0, 1)], [(6.0, 0.0, 1.0)], frequency_mhz=F_MHZ, reflections=1)

    expected = 10 * math.log10(sum(10 ** (float(free_space_gain_db(d, F_MHZ)) / 10) for d in (6.0, 10.0)))
    assert expected == pytest.approx(found[0, 0], abs=0.01)


@pytest.mark.parametrize("material", ["concrete", "partition", "glass"])
def test_a_wall_weakens_by_its_slab(box: Box, isotropic: Isotropic, material: str) -> None:
    """Upright polarisation is TE at an upright wall: |T_te|^2 at the angle, here 45 degrees."""
    wall = Wall(start_m=(5.0, -50.0), end_m=(5.0, 50.0), z0_m=-20.0, z1_m=20.0, material=material)
    plan = replace(box(lid=False), walls=(wall,))

    found = gains_db(plan, [isotropic(0, 0, 1)], [(10.0, 10.0, 1.0)], frequency_mhz=F_MHZ, reflections=0)

    slab = slab_coefficients(layers(material, None, F_MHZ), math.cos(math.radians(45)), F_MHZ)
    expected = float(free_space_gain_db(math.hypot(10, 10), F_MHZ)) + 20 * math.log10(abs(slab.transmission_te))
    assert expected == pytest.approx(found[0, 0], abs=0.02)


def test_a_floor_turns_the_tm_field_as_p2040_says(box: Box, isotropic: Isotropic) -> None:
    """Upright polarisation is TM at the floor; a vertical dipole's field keeps its full strength by the isotropic antenna."""
    floor = Slab(polygon_m=((-50, -50, 0), (50, -50, 0), (50, 50, 0), (-50, 50, 0)), material="brick")
    plan = replace(box(lid=False), walls=(), slabs=(floor,))

    (ways,) = paths(plan, [isotropic(0, 0, 3)], (8.0, 0.0, 3.0), frequency_mhz=F_MHZ, reflections=1)

    slab = slab_coefficients(layers("brick", None, F_MHZ), 3 / 5, F_MHZ)
    expected = float(free_space_gain_db(10.0, F_MHZ)) + 20 * math.log10(abs(slab.reflection_tm))
    assert expected == pytest.approx(ways[1].gain_db, abs=0.02)


def test_both_ways_are_alike(box: Box, isotropic: Isotropic) -> None:
    """Reciprocity: among upright walls at one height the polarisation stays upright, and a path is the same from either end."""
    plan = replace(_rooms(box), slabs=())
    a, b = (2.1, 7.3, 1.0), (16.8, 3.9, 1.0)

    there = gains_db(plan, [isotropic(*a)], [b], frequency_mhz=F_MHZ, reflections=3)
    back = gains_db(plan, [isotropic(*b)], [a], frequency_mhz=F_MHZ, reflections=3)

    assert there[0, 0] == pytest.approx(back[0, 0], abs=0.01)


def test_a_symmetric_room_gives_a_symmetric_map(box: Box, isotropic: Isotropic) -> None:
    """To 0.02 dB: what is negligible is decided tile by tile."""
    found = radio_map(box(20.0, 12.0), [isotropic(10.0, 6.0, 3.5)], frequency_mhz=F_MHZ, reflections=3).gain_db[0]

    assert found == pytest.approx(found[::-1], abs=0.02)
    assert found == pytest.approx(found[:, ::-1], abs=0.02)


def test_a_wall_cut_in_two_is_the_same_wall(box: Box, isotropic: Isotropic) -> None:
    whole = _rooms(box)
    pieces: list[Wall] = []
    for wall in whole.walls:
        (x0, y0), (x1, y1) = wall.start_m, wall.end_m
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        half = wall.length_m / 2
        pieces += [
            replace(wall, end_m=middle, openings=tuple(o for o in wall.openings if o.u1_m <= half)),
            replace(
                wall,
                start_m=middle,
                openings=tuple(replace(o, u0_m=o.u0_m - half, u1_m=o.u1_m - half) for o in wall.openings if o.u0_m >= half),
            ),
        ]

    one, two = (
        radio_map(plan, [isotropic(3.0, 5.0, 3.5)], frequency_mhz=F_MHZ, reflections=2).gain_db
        for plan in (whole, replace(whole, walls=tuple(pieces)))
    )

    assert one == pytest.approx(two, abs=1e-6)


@pytest.mark.parametrize("degrees", [17.0, 45.0, 90.0, 211.3])
def test_a_turned_building_is_the_same_building(box: Box, isotropic: Isotropic, degrees: float) -> None:
    """No wall needs to lie along an axis. To 0.01 dB: what is negligible is decided for all points of a task at once."""
    plan = _rooms(box)
    place = (3.1, 5.3)
    moved = np.array([(*_turned((x, y), degrees), z) for x, y, z in POINTS_M])

    as_drawn = gains_db(plan, [isotropic(*place, 3.5)], POINTS_M, frequency_mhz=F_MHZ, reflections=3)
    turned = gains_db(
        _turned_plan(plan, degrees), [isotropic(*_turned(place, degrees), 3.5)], moved, frequency_mhz=F_MHZ, reflections=3
    )

    assert as_drawn == pytest.approx(turned, abs=0.01)


def test_more_reflections_change_less_and_less(box: Box, isotropic: Isotropic) -> None:
    """K converges: each order's mean change is smaller than the last one's, and the last is below 0.5 dB."""
    maps = [gains_db(_rooms(box), [isotropic(3.1, 5.3, 3.5)], POINTS_M, frequency_mhz=F_MHZ, reflections=k)[0] for k in range(4)]

    changes = [float(np.mean(abs(after - before))) for before, after in itertools.pairwise(maps)]

    assert changes[0] > changes[1] > changes[2]
    assert changes[2] < 0.5


def test_a_metal_door_shuts_and_a_hole_does_not(box: Box, isotropic: Isotropic) -> None:
    def through(material: str | None) -> float:
        door = Opening(u0_m=5.0, u1_m=7.0, z0_m=0.0, z1_m=2.1, material=material)
        wall = Wall(start_m=(10.0, 0.0), end_m=(10.0, 12.0), z0_m=0.0, z1_m=4.0, material="metal", openings=(door,))
        plan = replace(box(lid=False), walls=(wall,))
        return float(gains_db(plan, [isotropic(5, 6, 1)], [(15.0, 6.0, 1.0)], frequency_mhz=F_MHZ, reflections=0)[0, 0])

    assert float(free_space_gain_db(10.0, F_MHZ)) == pytest.approx(through(None), abs=0.01)
    assert through("metal") < -150


def test_a_wall_that_ends_below_the_ceiling_is_passed_above(box: Box, isotropic: Isotropic) -> None:
    """From 3.5 m over a partition of 1.4 m: a receiver far behind it is free, one close behind it is not."""
    low = Wall(start_m=(10.0, 0.0), end_m=(10.0, 12.0), z0_m=0.0, z1_m=1.4, material="metal")
    plan = replace(box(lid=False), walls=(low,))

    near, far = gains_db(
        plan, [isotropic(5.0, 6.0, 3.5)], [(10.3, 6.0, 1.0), (17.0, 6.0, 1.0)], frequency_mhz=F_MHZ, reflections=0
    )[0]

    assert near < -150
    assert float(free_space_gain_db(math.hypot(12.0, 2.5), F_MHZ)) == pytest.approx(far, abs=0.01)


def test_a_pitched_roof_reflects_by_its_slope(box: Box, isotropic: Isotropic) -> None:
    """Angle in is angle out about the roof's normal, at a place on the roof."""
    ridge = ((0.0, 0.0, 4.0), (20.0, 0.0, 4.0), (20.0, 12.0, 10.0), (0.0, 12.0, 10.0))
    plan = replace(box(lid=False), walls=(), slabs=(Slab(polygon_m=ridge, material="metal"),))

    (ways,) = paths(plan, [isotropic(6.0, 4.0, 2.0)], (13.0, 6.0, 1.0), frequency_mhz=F_MHZ, reflections=1)

    assert len(ways) == 2
    start, roof, end = ways[1].corners_m
    normal = np.array([0.0, -0.5, 1.0]) / math.hypot(0.5, 1.0)
    legs = (roof - start) / np.linalg.norm(roof - start), (end - roof) / np.linalg.norm(end - roof)
    assert 4.0 + 0.5 * roof[1] == pytest.approx(roof[2])
    assert legs[0] - 2 * (legs[0] @ normal) * normal == pytest.approx(legs[1])


def test_a_storey_is_behind_its_floor(box: Box, isotropic: Isotropic) -> None:
    """Straight up through a concrete slab: its loss at normal incidence."""
    slab = Slab(polygon_m=((-50, -50, 3), (50, -50, 3), (50, 50, 3), (-50, 50, 3)), material="concrete", thickness_m=0.2)
    plan = replace(box(lid=False), walls=(), slabs=(slab,))

    found = gains_db(plan, [isotropic(5.0, 5.0, 1.0)], [(5.001, 5.0, 5.0)], frequency_mhz=F_MHZ, reflections=0)

    assert float(free_space_gain_db(4.0, F_MHZ)) - 25.4 == pytest.approx(found[0, 0], abs=0.1)


def test_the_paths_are_those_of_the_gain(box: Box, isotropic: Isotropic) -> None:
    """Their powers add up to the gain without the estimate of the rest (K = 1 has none), and each delay is its length over c."""
    ap, point = isotropic(3.1, 5.3, 3.5), (14.1, 8.6, 1.1)

    (ways,) = paths(_rooms(box), [ap], point, frequency_mhz=F_MHZ, reflections=1)

    total_db = 10 * math.log10(sum(10 ** (way.gain_db / 10) for way in ways))
    assert total_db == pytest.approx(gains_db(_rooms(box), [ap], [point], frequency_mhz=F_MHZ, reflections=1)[0, 0], abs=0.01)
    assert [way.gain_db for way in ways] == sorted((way.gain_db for way in ways), reverse=True)
    direct = min(ways, key=lambda way: way.delay_s)
    assert math.dist((3.1, 5.3, 3.5), point) / 299_792_458.0 == pytest.approx(direct.delay_s)
    assert math.degrees(math.atan2(11.0, 3.3)) == pytest.approx(direct.departure_azimuth_deg)
    assert -math.degrees(math.atan2(2.4, math.hypot(11.0, 3.3))) == pytest.approx(direct.departure_elevation_deg)
    assert 180 + direct.departure_azimuth_deg == pytest.approx(direct.arrival_azimuth_deg)
    assert -direct.departure_elevation_deg == pytest.approx(direct.arrival_elevation_deg)
