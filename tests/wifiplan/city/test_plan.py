"""Designs of a city: real drawing, else footprint, else area; equal ones once; people by one rule everywhere; resumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wifiplan import model
from wifiplan.capacity import demand
from wifiplan.city import batch, plan
from wifiplan.city.design import Task, gym_size_m, task_of
from wifiplan.city.listing import Facility
from wifiplan.city.plan import Wish
from wifiplan.errors import DesignError

HEADER = "名称,緯度,経度,面積\n"


def wish(tmp_path: Path, text: str, **more: Any) -> Wish:
    (tmp_path / "list.csv").write_text(HEADER + text, encoding="utf-8")
    return Wish(lists=(tmp_path / "list.csv",), **more)


def stub(task: Task) -> dict[str, Any]:
    row = {
        "level": "basic",
        "people": 100.0,
        "access_points": 2,
        "switches": 1,
        "cost_yen": 6e5,
        "five_year_yen": 1e6,
        "served_share": 1.0,
    }
    return {
        "figures": [{**row, "gap_share": 0.0, "stopped_early": False, "model": "stub", "seconds": task.length_m}],
        "designs": {},
    }


def test_a_gym_of_an_area_has_that_area_and_the_usual_proportions() -> None:
    assert (38.9, 23.2) == gym_size_m(38.9 * 23.2)
    assert 2600 == pytest.approx(gym_size_m(2600)[0] * gym_size_m(2600)[1], rel=0.005)


def test_a_drawing_comes_before_a_footprint_before_an_area() -> None:
    drawn = task_of(Facility(number=1, name="a", area_m2=900.0, length_m=40.0, width_m=20.0, drawing="a.dxf"), Task())
    foot = task_of(Facility(number=1, name="a", area_m2=900.0, length_m=40.0, width_m=20.0, height_m=90.0), Task())
    area = task_of(Facility(number=1, name="a", area_m2=38.9 * 23.2), Task())

    assert drawn is not None
    assert foot is not None
    assert area is not None
    assert ("a.dxf", 40.0, 9.7, 38.9) == (drawn.drawing, foot.length_m, foot.height_m, area.length_m)
    assert None is task_of(Facility(number=1, name="a"), Task())


def test_each_facility_has_a_design_or_says_why_not_and_equal_ones_are_designed_once(tmp_path: Path) -> None:
    """A second run keeps what is there; the people are those that `place` and `capacity` take for that plan."""
    ask = wish(tmp_path, "北小,35.8,139.9,150\n巨大会館,35.8,139.91,90000\n南小,35.8,139.92,150\n東小,35.8,139.93,\n")
    calls: list[Task] = []

    def counted(task: Task) -> dict[str, Any]:
        calls.append(task)
        return plan.designed(task)

    found = plan.city_of(ask)
    made = plan.design_all(found, ask, tmp_path / "out", jobs=1, work=counted)
    again = plan.design_all(found, ask, tmp_path / "out", jobs=1, work=counted)
    north, south = (model.load(tmp_path / "out" / "designs" / f"{found.facilities[at].stem}.json") for at in (0, 2))

    assert 3 == len(calls), "two distinct at first, and the one that failed once more"
    assert made[1] == again[1]
    assert made[1].figures == made[3].figures
    assert "length_m" in (made[2].error or "")
    assert "unknown" in (made[4].error or "")
    assert ("北小", "南小") == (north.floor_plan.name, south.floor_plan.name)
    assert ((), ()) == (model.stale(north), model.stale(south))
    assert demand.demands(north.floor_plan, "shelter-day1") == north.demands
    assert made[1].figures[0].people == sum(one.people for one in north.demands)


def test_people_can_be_planned_for_by_another_rule(tmp_path: Path) -> None:
    """3.5 m2 of 70 % of the floor: 150 m2 take 30 people."""
    ask = wish(tmp_path, "北小,35.8,139.9,150\n", people_rule="guideline")
    found = plan.city_of(ask)

    assert 30.0 == plan.persons_for(ask, found, 0)
    assert 52.0 == plan.persons_for(wish(tmp_path, "北小,35.8,139.9,150\n", people_rule="before"), found, 0)
    with pytest.raises(DesignError, match="population layer"):
        plan.city_of(wish(tmp_path, "北小,35.8,139.9,150\n", people_rule="assigned"))


def test_stopped_before_says_so_for_the_rest_and_another_run_goes_on(tmp_path: Path) -> None:
    ask = wish(tmp_path, "北小,35.8,139.9,150\n南小,35.8,139.92,160\n")
    found = plan.city_of(ask)
    seen: list[str] = []
    first = plan.design_all(
        found,
        ask,
        tmp_path / "out",
        jobs=1,
        work=stub,
        progress=lambda one, *_: seen.append(one.name),
        cancelled=lambda: len(seen) == 1,
    )
    second = plan.design_all(found, ask, tmp_path / "out", jobs=1, work=stub)

    assert [None, "not planned: stopped before"] == [first[n].error for n in (1, 2)]
    assert [None, None] == [second[n].error for n in (1, 2)]


def test_another_task_is_not_taken_for_one_that_is_done(tmp_path: Path) -> None:
    ask = wish(tmp_path, "北小,35.8,139.9,150\n")
    found = plan.city_of(ask)
    plan.design_all(found, ask, tmp_path / "out", jobs=1, work=stub)

    def refuse(task: Task) -> dict[str, Any]:
        raise DesignError(f"asked again with seed {task.seed}")

    assert None is plan.design_all(found, ask, tmp_path / "out", jobs=1, work=refuse)[1].error
    changed = wish(tmp_path, "北小,35.8,139.9,150\n", seed=1)
    assert "seed 1" in str(plan.design_all(found, changed, tmp_path / "out", jobs=1, work=refuse)[1].error)


def test_a_facility_that_takes_too_long_is_left_with_its_best_design_and_says_so() -> None:
    """With no time at all there is one line that says so; with a little, a design that is not passed off as finished."""
    found: list[batch.Outcome] = []
    tasks = {name: Task(length_m=38.9, width_m=23.2, max_seconds=seconds) for name, seconds in (("none", 0.0), ("some", 1.5))}
    batch.run(tasks, plan.designed, found.append, jobs=1)

    for one in found:
        assert "stopped" in one.error if one.error else all(row["stopped_early"] for row in one.result["figures"])


def test_a_layer_among_the_lists_is_taken_as_one(tmp_path: Path) -> None:
    (tmp_path / "pop.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"東","population":500},'
        '"geometry":{"type":"Point","coordinates":[139.9,35.8]}}]}',
        encoding="utf-8",
    )
    ask = wish(tmp_path, "北小,35.8,139.9,150\n")
    found = plan.city_of(Wish(lists=(*ask.lists, tmp_path / "pop.geojson"), sheltered_share=0.5))

    assert found.assignment is not None
    assert (250.0, 52.0, 198.0) == pytest.approx((found.assignment.total, found.assignment.people[0], found.assignment.left))
