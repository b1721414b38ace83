"""A floor plan as planes: what counts where pieces meet, and what is refused with its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from floorplans.plan import FloorPlan, Opening, Slab, Wall
from wifiplan.errors import DesignError, OutOfRangeError
from wifiplan.radio.planes import BOUND_STEPS, COEFFICIENT_STEPS, coefficient_table, planes, reflection_bounds

Box = Callable[..., FloorPlan]


def _wall(**more: object) -> Wall:
    known = {"start_m": (0.0, 0.0), "end_m": (10.0, 0.0), "z0_m": 0.0, "z1_m": 3.0, "material": "brick"} | more
    return Wall(**known)  # type: ignore[arg-type]


def _at(plan: FloorPlan, u_m: float, z_m: float) -> str | None:
    """The material at a place of the first plane."""
    found, kinds = planes(plan)
    first_u, along_u, first_v, along_v, first = found.parts[0, :5]
    i = int(np.searchsorted(found.breaks_m[first_u : first_u + along_u + 1], u_m)) - 1
    j = int(np.searchsorted(found.breaks_m[first_v : first_v + along_v + 1], z_m)) - 1
    kind = found.cells[first + i * along_v + j]
    return None if kind < 0 else kinds[kind][0]


def test_pieces_on_one_line_are_one_plane(box: Box) -> None:
    """However a drawing cuts, turns or stacks them; a fifth wall 10 mm off is a plane of its own."""
    pieces = (
        _wall(end_m=(4.0, 0.0)),
        _wall(start_m=(10.0, 0.0), end_m=(4.0, 0.0)),
        _wall(z0_m=3.0, z1_m=6.0),
        _wall(start_m=(20.0, 0.0015), end_m=(30.0, 0.0)),
        _wall(start_m=(0.0, 0.01), end_m=(10.0, 0.01)),
    )

    found, _ = planes(replace(box(lid=False), walls=pieces))

    assert 2 == len(found.frame)


def test_where_walls_overlap_the_first_counts(box: Box) -> None:
    """And what stands in an opening of the first is there: a stage front in a proscenium."""
    hole = Opening(u0_m=4.0, u1_m=6.0, z0_m=0.0, z1_m=2.0)
    first, second = _wall(material="glass", openings=(hole,)), _wall(start_m=(2.0, 0.0), z1_m=4.0)

    plan = replace(box(lid=False), walls=(first, second))

    assert ["glass", "glass", "brick"] == [_at(plan, u, 1.0) for u in (1.0, 3.0, 5.0)]
    assert [None, "brick", "brick"] == [_at(plan, u, 3.5) for u in (1.0, 3.0, 5.0)]


def test_a_wall_without_length_is_left_out(box: Box) -> None:
    plan = box()

    with_dot = replace(plan, walls=(*plan.walls, _wall(start_m=(3.0, 3.0), end_m=(3.0, 3.0))))

    assert np.array_equal(planes(plan)[0].frame, planes(with_dot)[0].frame)


def test_a_slab_of_any_shape_is_kept(box: Box) -> None:
    """A rectangle becomes cells, an oblique shape polygons; both have one kind."""
    slanted = Slab(polygon_m=((0, 0, 3), (8, 1, 3), (6, 7, 3), (1, 5, 3)), material="wood")

    found, kinds = planes(replace(box(lid=False), walls=(), slabs=(slanted,)))

    assert (("wood", None),) == kinds
    assert [(0, 4, 0, 1)] == [tuple(row) for row in found.polygons]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"material": "cheese"}, r"box: walls\[4\] \(N\): material 'cheese' is not known; use one of: air, concrete"),
        ({"start_m": (float("nan"), 0.0)}, r"walls\[4\] \(N\): a coordinate is not a finite number"),
        ({"z1_m": float("inf")}, r"walls\[4\] \(N\): a coordinate is not a finite number"),
        ({"thickness_m": 0.0}, r"walls\[4\] \(N\): 0.0 m is no thickness"),
        ({"thickness_m": float("nan")}, r"walls\[4\] \(N\): nan m is no thickness"),
        (
            {"openings": (Opening(u0_m=1, u1_m=2, z0_m=0, z1_m=2, material="cheese"),)},
            r"walls\[4\] \(N\): openings\[0\]: material 'cheese'",
        ),
        (
            {"openings": (Opening(u0_m=1, u1_m=float("nan"), z0_m=0, z1_m=2),)},
            r"walls\[4\] \(N\): openings\[0\]: a coordinate",
        ),
    ],
)
def test_a_wall_that_cannot_be_is_refused_by_its_place(box: Box, change: dict[str, object], match: str) -> None:
    with pytest.raises(DesignError, match=match):
        planes(box(more=(_wall(name="N", **change),)))


@pytest.mark.parametrize(
    ("corners", "match"),
    [
        (((0, 0, 3), (1, 0, 3), (2, 0, 3)), "enclose no area"),
        (((0, 0, 3), (5, 0, 3), (5, 5, 4), (0, 5, 3)), "not in one plane"),
        (((0, 0, 3), (5, 0, float("nan")), (5, 5, 3)), "not a finite number"),
    ],
)
def test_a_slab_that_is_not_flat_is_refused(box: Box, corners: tuple[tuple[float, float, float], ...], match: str) -> None:
    with pytest.raises(DesignError, match=match):
        planes(box(more=(Slab(polygon_m=corners, material="wood"),)))


def test_a_frequency_that_a_material_is_not_known_at_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match="concrete is known from 1 to 100 GHz"):
        coefficient_table((("concrete", None),), 900.0)


def test_no_plane_reflects_more_than_its_bound(box: Box) -> None:
    """At every angle steeper than the step, whatever of the plane is hit."""
    geometry, kinds = planes(box(more=(_wall(start_m=(0.0, 6.0), end_m=(9.0, 6.0), material="glass"),)))
    table = coefficient_table(kinds, 5200.0)

    bounds = reflection_bounds(geometry, table)

    power = np.maximum(table[..., 0] ** 2 + table[..., 1] ** 2, table[..., 2] ** 2 + table[..., 3] ** 2)
    steps = np.arange(COEFFICIENT_STEPS + 1)
    for step in range(BOUND_STEPS):
        steeper = power[:, steps >= step * COEFFICIENT_STEPS // BOUND_STEPS].max(axis=1)
        assert np.all(bounds[:, step] <= steeper.max() + 1e-6)
        assert np.all(bounds[:, step] >= steeper.min() - 1e-6)
