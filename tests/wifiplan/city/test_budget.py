"""What money buys: never above the budget, never less than the best of all choices, rules kept or named."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from wifiplan.city import budget
from wifiplan.city.budget import Offer, Rules
from wifiplan.errors import DesignError, PlacementError


def offers(*rows: tuple[int, str, float, float]) -> list[Offer]:
    return [Offer(facility=n, level=level, cost_yen=yen, person_hours=hours) for n, level, yen, hours in rows]


def best_by_hand(found: list[Offer], budget_yen: float) -> float:
    """All choices of one level a facility, tried."""
    by_facility: dict[int, list[Offer | None]] = {}
    for one in found:
        by_facility.setdefault(one.facility, [None]).append(one)
    best = 0.0
    for choice in itertools.product(*by_facility.values()):
        taken = [one for one in choice if one is not None]
        if sum(one.cost_yen for one in taken) <= budget_yen:
            best = max(best, sum(one.person_hours for one in taken))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_the_choice_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = offers(
        *[
            (n, level, float(rng.integers(1, 20)) * (1 + k), float(rng.integers(1, 50)) * (1 + k))
            for n in range(6)
            for k, level in enumerate("ab")
        ]
    )
    choice = budget.chosen(found, Rules(budget_yen=40.0))

    assert best_by_hand(found, 40.0) == pytest.approx(choice.person_hours)
    assert choice.cost_yen <= 40.0
    assert choice.person_hours <= choice.bound * (1 + 1e-9)
    assert choice.gap_share <= 0.01
    assert budget.greedy(found, Rules(budget_yen=40.0)).person_hours <= choice.person_hours * (1 + 1e-9)


def test_greedy_by_rate_can_fall_short_and_is_shown_beside() -> None:
    """The best rate first leaves no room for the large one: 60 of 100."""
    found = offers((1, "a", 6.0, 60.0), (2, "a", 10.0, 99.0))

    assert 60.0 == budget.greedy(found, Rules(budget_yen=10.0)).person_hours
    assert 99.0 == budget.chosen(found, Rules(budget_yen=10.0)).person_hours


def test_must_haves_and_floors_come_first() -> None:
    found = offers((1, "a", 5.0, 50.0), (2, "a", 5.0, 1.0), (3, "a", 5.0, 2.0), (4, "a", 5.0, 0.0))
    must = budget.chosen(found, Rules(budget_yen=10.0, must=frozenset({4})))
    floor = budget.chosen(found, Rules(budget_yen=10.0, district_floor=1, district_of={1: "東", 2: "西", 3: "西"}))

    assert {1, 4} == set(must.bought)
    assert {1, 3} == set(floor.bought)


def test_years_pay_for_themselves_and_what_serves_most_comes_first() -> None:
    found = offers((1, "a", 5.0, 10.0), (2, "a", 5.0, 30.0), (3, "a", 5.0, 20.0))
    choice = budget.chosen(found, Rules(budget_yen=5.0, years=2))

    assert {2: 0, 3: 1} == {number: year for number, (_, year) in choice.bought.items()}
    assert 30.0 + 20.0 / 2 == pytest.approx(choice.person_hours)
    assert choice.person_hours == pytest.approx(budget.greedy(found, Rules(budget_yen=5.0, years=2)).person_hours)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (Rules(budget_yen=0.0), "--budget-yen 0: buys nothing"),
        (Rules(budget_yen=-1.0), "buys nothing"),
        (Rules(budget_yen=float("nan")), "buys nothing"),
        (Rules(budget_yen=8.0, must=frozenset({1, 2})), "cost 10 yen at least .*the budget is 8"),
        (Rules(budget_yen=8.0, must=frozenset({9})), "has no design"),
        (Rules(budget_yen=8.0, district_floor=1, district_of={1: "東", 2: "西"}), "--district-floor 1: with 西 it costs 10"),
        (Rules(budget_yen=8.0, years=0), "--years 0"),
    ],
)
def test_what_cannot_be_kept_to_is_named(rules: Rules, says: str) -> None:
    with pytest.raises(DesignError, match=says):
        budget.check(offers((1, "a", 5.0, 10.0), (2, "a", 5.0, 10.0)), rules, {})


def test_years_that_cannot_pay_for_a_must_have_are_said() -> None:
    with pytest.raises(PlacementError, match="no choice keeps to every rule"):
        budget.chosen(offers((1, "a", 5.0, 10.0)), Rules(budget_yen=3.0, years=2, must=frozenset({1})))


def test_the_curve_rises_and_ends_with_everything() -> None:
    found = offers((1, "a", 5.0, 10.0), (2, "a", 10.0, 30.0), (3, "a", 7.0, 0.0))
    points = budget.curve(found)

    assert sorted(point.person_hours for point in points) == [point.person_hours for point in points]
    assert (15, 40, 2) == (points[-1].budget_yen, points[-1].person_hours, points[-1].facilities)
