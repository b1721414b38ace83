"""What a planner types, refused in one line where it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

import floorplans
from wifiplan.capacity import demand
from wifiplan.commands import options
from wifiplan.errors import DesignError


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (partial(options.persons_per_m2, 0.5, 3.5), "one thing two ways"),
        (partial(options.persons_per_m2, None, 0.0), "--m2-per-person 0: give m2 above 0"),
        (partial(options.check_usable_share, 1.5, None), "--usable-share 1.5: give a share of the floor"),
        (partial(options.check_usable_share, 0.7, 100.0), "--persons says how many there are"),
        (partial(options.served_share, 0.0), "--served-share 0: give a share of the people"),
        (partial(options.served_share, 1.2), "--served-share 1.2: give a share of the people"),
        (partial(options.obstruction_db, -1.0), "--obstruction-db -1: give a loss in dB from 0"),
        (partial(options.fading_db, "walls"), "--deviation walls: no such thing; use fading, place"),
        (partial(options.obstruction_db, float("nan")), "--obstruction-db nan: give a loss"),
    ],
)
def test_what_cannot_be_is_one_clear_sentence(asked: Callable[[], object], sentence: str) -> None:
    with pytest.raises(DesignError, match=sentence):
        asked()


def test_a_promise_allows_for_fading_unless_the_place_is_asked_for() -> None:
    assert [4.0, None] == [options.fading_db("fading"), options.fading_db("place")]


def test_people_are_said_one_way_or_the_other() -> None:
    """2 m2 a person are half a person a square metre."""
    assert [0.5, 0.5, None] == [
        options.persons_per_m2(0.5, None),
        options.persons_per_m2(None, 2.0),
        options.persons_per_m2(None, None),
    ]


def test_the_share_of_the_floor_holds_for_any_density_and_for_no_number() -> None:
    """One rule for people: Kashiwa's 70 % of the floor at 2 m2 a person, and of a scenario's own density; 100 people are 100."""
    plan = floorplans.gym(20.0, 15.0, 8.0, stage=False, store_room=False)

    def people(**said: float) -> float:
        return sum(row.people for row in demand.demands(plan, "shelter-day1", **said))

    assert 105.0 == people(persons_per_m2=0.5, usable_share=0.7)
    assert 0.7 * people() == pytest.approx(people(usable_share=0.7), abs=0.1)
    assert 100.0 == people(persons=100.0, usable_share=0.7)
    with pytest.raises(DesignError, match="usable_share is 0"):
        people(usable_share=0.0)
