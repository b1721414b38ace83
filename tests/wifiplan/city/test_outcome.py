"""What a city's plan comes to: an order, a choice within the budget, and one true sentence for each facility."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wifiplan.city import outcome
from wifiplan.city.around import Opening
from wifiplan.city.levels import Figures
from wifiplan.city.listing import Facility
from wifiplan.city.outcome import CityPlan
from wifiplan.city.people import rooms
from wifiplan.city.plan import City, Made, Wish
from wifiplan.errors import DesignError


def figures(people: float, cost_yen: float, **more: Any) -> Figures:
    row: dict[str, Any] = {"level": "basic", "access_points": 2, "switches": 1, "served_share": 1.0, "gap_share": 0.0}
    row |= {"stopped_early": False, "model": "m", "seconds": 1.0, "five_year_yen": 2 * cost_yen}
    return Figures(people=people, cost_yen=cost_yen, **(row | more))


def planned(*made: Made, closed: int = 0, **more: Any) -> CityPlan:
    """A plan of facilities of 900 m2 with these designs; the one numbered `closed` does not open."""
    found = tuple(
        Facility(number=n, name=f"施設{n}", area_m2=900.0, district="東" if n < 3 else "西") for n in range(1, len(made) + 1)
    )
    city = City(
        facilities=found,
        openings=tuple(
            Opening(open=one.number != closed, why="in-zone" if one.number == closed else "designated") for one in found
        ),
        rooms=tuple(map(rooms, found)),
        assignment=None,
        marks={},
    )
    return outcome.plan(city, Wish(lists=(), **more), dict(enumerate(made, 1)))


def design(people: float, cost_yen: float, **more: Any) -> Made:
    return Made(figures=(figures(people, cost_yen, **more),), design="d.json")


def test_without_a_budget_the_cheapest_a_person_comes_first() -> None:
    found = planned(design(100, 9e5), design(100, 5e5), Made(error="unknown: nothing"))

    assert [2, 1, None] == [row.rank for row in found.facilities]
    assert [None, None, None] == [row.within_budget for row in found.facilities]
    assert "number 1 of 2" in found.facilities[1].why_en
    assert "不明" in found.facilities[2].why_ja
    assert (3, 2, 1) == tuple(found.totals[key] for key in ("facilities", "designed", "without_design"))


def test_each_model_is_added_up_over_the_facilities_that_it_was_tried_in() -> None:
    """Two facilities with two models each; one model fails in one of them, and one facility has no design at all."""
    a: dict[str, Any] = {"model": "A", "access_points": 2, "cost_yen": 5e5, "five_year_yen": 9e5, "served_share": 1.0}
    b: dict[str, Any] = {"model": "B", "access_points": 3, "cost_yen": 4e5, "five_year_yen": None, "served_share": 0.5}
    a, b = {**a, "coverage_share": 1.0, "stopped_by": None}, {**b, "coverage_share": 1.0, "stopped_by": None}
    found = planned(
        design(100, 4e5, models_tried=(a, b)),
        design(300, 5e5, models_tried=(a, {**b, "stopped_by": "airtime"})),
        Made(error="unknown: nothing"),
    )
    sums = {row.pop("model"): row for row in map(dict, found.models)}

    assert sums["A"] | {"people": 400, "people_served": 400} == sums["A"]
    assert (2, 2, 4, 1_000_000, 1_800_000) == tuple(sums["A"].values())[:5]
    assert (2, 1, 6, 800_000, 0, 400, 200) == tuple(sums["B"].values())
    assert () == planned(design(100, 4e5)).models


def test_each_facility_says_why_it_is_chosen_or_not() -> None:
    found = planned(
        design(100, 5e5),
        design(100, 9e5),
        design(400, 4e5),
        design(300, 3e5),
        design(50, 2e5, served_share=0.0),
        closed=4,
        budget_yen=1.2e6,
    )
    reasons = [row.why_en.split(":")[0] for row in found.facilities]

    assert ["Chosen", "Not chosen", "Chosen", "Not chosen", "Not chosen"] == reasons
    assert "above the" in found.facilities[1].why_en
    assert "hazard zone" in found.facilities[3].why_en
    assert "危険区域" in found.facilities[3].why_ja
    assert "nobody" in found.facilities[4].why_en


def test_the_budget_has_its_bound_gap_greedy_curve_and_next_million() -> None:
    found = planned(design(100, 5e5), design(100, 9e5), design(400, 4e5), budget_yen=1e6)
    told = found.budget

    assert told is not None
    assert (9e5, 2, 1e5) == (told["cost_yen"], told["facilities"], told["left_yen"])
    assert 500 * 22.8 == pytest.approx(told["person_hours"])
    assert told["bound"] >= told["person_hours"]
    assert told["gap_share"] <= 0.01
    assert told["greedy"]["person_hours"] <= told["person_hours"]
    assert 10 == len(told["curve"])
    assert 100 * 22.8 == pytest.approx(told["next"]["person_hours"])
    assert "施設2" in told["next"]["sentence_ja"]


def test_levels_compete_for_the_same_money() -> None:
    """Three basic ones serve more than one with a satellite; where one is left to choose, the satellite doubles its hours."""
    levels: dict[str, Any] = {"levels": ("basic", "satellite")}
    three = planned(design(100, 3e5), design(100, 3e5), design(100, 3e5), budget_yen=9e5, **levels)
    one = planned(design(100, 3e5), budget_yen=9e5, **levels)

    assert ["basic"] * 3 == [row.level for row in three.facilities if row.within_budget]
    assert ["satellite"] == [row.level for row in one.facilities]
    assert 2 * 22.8 * 100 == pytest.approx(one.facilities[0].person_hours)


def test_floors_and_must_haves_say_so() -> None:
    found = planned(design(100, 5e5), design(90, 5e5), design(10, 5e5), budget_yen=1e6, district_floor=1)
    must = planned(design(100, 5e5), design(10, 5e5), design(90, 5e5), budget_yen=1e6, must=("施設2",))

    assert [True, False, True] == [row.within_budget for row in found.facilities]
    assert "so that 西 has at least 1" in found.facilities[2].why_en
    assert "must-have" in must.facilities[1].why_en


@pytest.mark.parametrize("more", [{"must": ("施設1",)}, {"district_floor": 1}, {"years": 2}])
def test_rules_of_a_budget_without_one_are_refused(more: dict[str, Any]) -> None:
    with pytest.raises(DesignError, match="give --budget-yen"):
        planned(design(100, 5e5), **more)


def test_must_haves_above_the_budget_are_refused_and_named() -> None:
    with pytest.raises(DesignError, match=r"施設1 500,000.*the budget is 100,000"):
        planned(design(100, 5e5), budget_yen=1e5, must=("施設1",))


def test_the_json_holds_no_nan_and_unknown_is_null() -> None:
    found = outcome.to_json(planned(design(100, 5e5), Made(error="unknown: nothing"), budget_yen=1e6))
    text = json.dumps(found, allow_nan=False)

    assert None is found["facilities"][1]["cost_yen"]
    assert "施設1" in json.loads(text)["facilities"][0]["name"]


def test_a_design_that_was_stopped_is_named_in_the_warnings() -> None:
    assert "stopped by --max-seconds" in planned(design(100, 5e5, stopped_early=True)).warnings[-1]
