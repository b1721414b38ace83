"""Spots off the grid: they make the answer cheaper where walls part cells, and the bound says of what it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

import floorplans
from wifiplan.capacity import demand
from wifiplan.model import Requirement
from wifiplan.placement.ask import Ask
from wifiplan.placement.finer import with_finer_spots
from wifiplan.placement.milp import Solver
from wifiplan.placement.problem import posed
from wifiplan.placement.search import best_outcome
from wifiplan.placement.spots import candidates

QUICK = Ask(reflections=0, max_points=80, antennas=("omni",), obstruction_db=3.0)


def test_two_between_the_rooms_do_what_three_of_the_grid_do() -> None:
    """The school corridor on day 3: a coarse grid buys three, 540,000 yen buy two, and the finer grid finds them.

    At 5 GHz alone with 50 clients a radio: with the default model the coarse grid already needs no more than two.
    """
    plan = floorplans.sample("school-corridor")
    ask = replace(QUICK, bands=("5",), requirement=Requirement(max_clients_per_radio=50))
    task = posed(plan, {"shelter-day3": demand.demands(plan, "shelter-day3")}, candidates(plan, antennas=("omni",)), ask)
    coarse = best_outcome(task, Solver())
    wider, found = with_finer_spots(task, coarse, Solver())

    assert found.check.ok
    assert found.cost_yen <= 540_000 < coarse.cost_yen
    assert found.bound_yen <= found.cost_yen
    assert len(wider.site.spots) > len(task.site.spots)


def test_what_the_clients_alone_need_is_a_bound_of_the_building() -> None:
    """In one hall as many are bought as its clients need, each at the lowest price: no place does better."""
    hall = floorplans.gym(24.0, 16.0, 7.0, stage=False, store_room=False)
    task = posed(hall, {"shelter-day1": demand.demands(hall, "shelter-day1")}, candidates(hall, antennas=("omni",)), QUICK)
    same, found = with_finer_spots(task, best_outcome(task, Solver()), Solver())

    assert "building" == found.bound_of
    assert same is task
    assert found.cost_yen == found.bound_yen


@pytest.mark.parametrize(("held_by", "looked"), [("clients", False), ("airtime", False), ("rssi", True)])
def test_other_places_in_one_hall_are_looked_at_for_reach_alone(held_by: str, looked: bool) -> None:
    """Radios and air are as short at any other place; signal is not."""
    hall = floorplans.gym(24.0, 16.0, 7.0, stage=False, store_room=False)
    task = posed(hall, {"shelter-day1": demand.demands(hall, "shelter-day1")}, candidates(hall, antennas=("omni",)), QUICK)
    outcome = best_outcome(task, Solver())
    dear = replace(outcome, cost_yen=outcome.cost_yen + 300_000, held_by=held_by)
    wider, found = with_finer_spots(task, dear, Solver())

    assert looked == (wider is not task)
    assert looked or found == dear


def test_an_even_layout_is_not_given_up_for_a_heap_between_the_spots() -> None:
    """One that costs up to two per cent above the bound stays; a dearer one does not."""
    hall = floorplans.gym(24.0, 16.0, 7.0, stage=False, store_room=False)
    task = posed(hall, {"shelter-day1": demand.demands(hall, "shelter-day1")}, candidates(hall, antennas=("omni",)), QUICK)
    outcome = replace(best_outcome(task, Solver()), even=True, held_by="")
    little, much = (replace(outcome, cost_yen=share * outcome.bound_yen) for share in (1.015, 1.3))

    assert (task, little) == with_finer_spots(task, little, Solver())
    assert with_finer_spots(task, much, Solver())[0] is not task
