"""Path gains of a design with its people in the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wifiplan.capacity import demand
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.paths import gains_of, partitions_db
from wifiplan.model import Design
from wifiplan.radio.gains import GainMemory

ABOVE, ASIDE = (7.5, 7.5), (29.0, 1.0)


def _seen(design: Design) -> np.ndarray:
    """Gains of the western access point: to a person below it, to one at the far end, and to the other access point."""
    height_m = design.demands[0].client_height_m
    points = [(*ABOVE, height_m), (*ASIDE, height_m), (22.5, 7.5, 6.0)]
    return gains_of(design)(design.floor_plan, design.access_points[:1], points, frequency_mhz=5500.0)[0]


def _crowded(design: Design, scenario: str) -> Design:
    people = demand.demands(design.floor_plan, scenario)
    return replace(design, demands=people, scenario=scenario)


def test_a_level_path_through_a_standing_crowd_loses_more_than_a_steep_one(two_radios: Design) -> None:
    """Spectators: below the access point next to nothing, at the far end decibels, and none between access points."""
    design = _crowded(two_radios, "spectators")
    free = GainMemory()(
        design.floor_plan,
        design.access_points[:1],
        [(*ABOVE, 1.3), (*ASIDE, 1.3), (22.5, 7.5, 6.0)],
        frequency_mhz=5500.0,
    )[0]
    steep_db, level_db, above_db = free - _seen(design)

    assert 0.0 <= steep_db < 1.5
    assert level_db > steep_db + 1.0
    assert 0.0 == above_db


def test_partitions_are_besides_and_only_where_people_are(two_radios: Design) -> None:
    """Day 3 has two of cardboard, 3 dB; between access points there are none."""
    design = _crowded(two_radios, "shelter-day3")
    bare = replace(design, scenario="")

    assert 3.0 == partitions_db(design)
    np.testing.assert_allclose([3.0, 3.0, 0.0], _seen(bare) - _seen(design), atol=0.011)


def test_a_design_that_says_its_own_figure_loses_it_on_every_path(two_radios: Design) -> None:
    """Designs of before, and `--obstruction-db`: as one figure, whatever the crowd."""
    design = replace(_crowded(two_radios, "spectators"), obstruction_db=4.0)
    free = replace(design, obstruction_db=0.0)

    np.testing.assert_allclose(4.0, _seen(free) - _seen(design), atol=0.011)


def test_capacity_reckons_with_the_crowd_that_it_is_asked_about(two_radios: Design) -> None:
    """Spectators who stand in the way weaken what people who lie on the floor do not."""
    design = _crowded(two_radios, "shelter-day1")
    own = capacity(design, with_links=False)
    same = capacity(design, gains_db=gains_of(design), with_links=False)
    standing = gains_of(design, demands=demand.demands(design.floor_plan, "spectators"))

    assert own == same
    assert standing.people is not None
    assert own.served == pytest.approx(own.people)
    assert {one.bodies.body_height_m for one in standing.people.stands} == {1.7}


def test_several_at_once_are_one_crowd(two_radios: Design) -> None:
    """Staff among the people of a shelter: their density is of all."""
    people = demand.demands(two_radios.floor_plan, "shelter-day1")
    both = replace(two_radios, demands=(*people, *demand.demands(two_radios.floor_plan, "staff")))
    found = gains_of(both).people

    assert found is not None
    assert {round(sum(row.people for row in both.demands) / two_radios.floor_plan.zones[0].area_m2, 6)} == {
        round(one.bodies.density_per_m2, 6) for one in found.stands
    }
