"""What random crowds need beyond the mean one."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import floorplans
from wifiplan.answer import Spread
from wifiplan.capacity import demand
from wifiplan.capacity.spread import DRAWS
from wifiplan.model import Design, Requirement
from wifiplan.placement import headroom
from wifiplan.placement.ask import Ask
from wifiplan.placement.headroom import Crowds, with_headroom
from wifiplan.placement.milp import Solver
from wifiplan.placement.place import place
from wifiplan.placement.problem import Problem, posed
from wifiplan.placement.search import Outcome, best_outcome
from wifiplan.placement.spots import candidates
from wifiplan.placement.verdict import nothing

LIMIT = Requirement(max_clients_per_radio=50)


@pytest.fixture(scope="module")
def task() -> Problem:
    plan = floorplans.gym(20.0, 15.0, 8.0)
    rows = demand.demands(plan, "shelter-day1")
    spots = candidates(plan, pitch_m=5.0, zones=[row.zone for row in rows])
    return posed(plan, {"shelter-day1": rows}, spots, Ask(bands=("5",), requirement=LIMIT))


@pytest.fixture(scope="module")
def outcome(task: Problem) -> Outcome:
    return best_outcome(task, Solver())


def test_what_the_crowds_add_is_a_figure_of_its_own() -> None:
    """Tablets in a small gym: the mean crowd is served by fewer than nine of ten crowds need; bound and gap are of the mean."""
    plan = floorplans.gym(18.0, 12.0, 6.0)
    asked = {"assembly": demand.demands(plan, "assembly")}
    found = place(plan, asked, Ask(bands=("5",), requirement=LIMIT, refine=0)).placement

    assert found.stopped_by is None
    assert found.served_share_p10 >= 0.95
    assert found.headroom_yen > 0
    assert found.bound.cost_yen <= found.cost_yen - found.headroom_yen
    assert found.gap_share == pytest.approx(1 - found.bound.cost_yen / (found.cost_yen - found.headroom_yen), abs=1e-3)


def test_what_is_good_enough_is_left_as_it_is(task: Problem, outcome: Outcome) -> None:
    """A design that serves its crowds costs nothing more, and its figures are those of two hundred of them."""
    found, crowds = with_headroom(task, outcome, Solver())

    assert outcome.design == found.design
    assert 0.0 == found.headroom_yen
    assert DRAWS == crowds.draws
    assert crowds.unsteered_share <= crowds.served_share


@pytest.mark.parametrize(("share", "stopped_by"), [(0.9, None), (0.5, "crowds")])
def test_who_is_not_served_in_nine_of_ten_crowds_is_not_accepted(
    task: Problem, outcome: Outcome, monkeypatch: pytest.MonkeyPatch, share: float, stopped_by: str | None
) -> None:
    """More and more access points are tried, until one is good enough or the share is said as what failed."""
    tried: list[int] = []

    def crowds_of(_task: Problem, design: Design, _solver: Solver, *, judged: bool = True, least_share: float = 0.0) -> Crowds:
        assert judged
        assert 0.95 == least_share
        count = len(design.access_points)
        tried.append(count)
        served = share if count < len(outcome.spots) + 2 else share + 0.06
        spread = {"served": Spread(p10=served * 100, p50=100, p90=100)}
        return Crowds(draws=DRAWS, spread=spread, served_share=served, unsteered_share=served)

    monkeypatch.setattr(headroom, "crowds_of", crowds_of)
    monkeypatch.setattr(headroom, "_MORE", 2)
    found, crowds = with_headroom(task, outcome, Solver())

    assert stopped_by == found.stopped_by
    assert sorted(tried) == tried
    assert len(found.spots) == len(outcome.spots) + 2
    assert share + 0.06 == pytest.approx(crowds.served_share)
    assert found.cost_yen - outcome.cost_yen == pytest.approx(found.headroom_yen)
    assert ("crowds" in {one.constraint for one in found.check.failures}) == (stopped_by == "crowds")


def test_one_who_wants_to_stop_gets_what_there_is(task: Problem, outcome: Outcome) -> None:
    """A few crowds tell something at once; nothing further is tried."""
    found, crowds = with_headroom(task, outcome, Solver(cancelled=lambda: True))

    assert outcome.design == found.design
    assert crowds.draws < DRAWS


def test_a_lower_share_is_accepted_as_it_is(task: Problem, outcome: Outcome) -> None:
    """Half of the people in nine of ten crowds: the design of the mean crowd does."""
    ask = replace(task.ask, requirement=replace(LIMIT, served_share=0.5))
    found, _ = with_headroom(replace(task, site=replace(task.site, ask=ask)), outcome, Solver())

    assert outcome.design == found.design
    assert found.stopped_by is None


def test_limits_that_share_out_any_crowd_are_kept_where_whole_ones_do_not_do(
    task: Problem, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A radio that may have all of its places leaves crowds as uneven as they come: whole limits first, then the lower ones."""
    name = min(outcome.check.clients, key=lambda key: outcome.check.clients[key])[0]
    least = math.ceil(min(outcome.check.clients.values()))
    points = [
        ap if ap.name != name else replace(ap, radios=tuple(replace(one, client_limit=least) for one in ap.radios))
        for ap in outcome.design.access_points
    ]
    even = replace(outcome.design, access_points=tuple(points))
    limits: list[int | None] = []

    def crowds_of(_task: Problem, design: Design, _solver: Solver, **_: object) -> Crowds:
        limits.append(min(ap.radios[0].client_limit or 0 for ap in design.access_points))
        served = 0.96 if limits[-1] == least else 0.9
        spread = {"served": Spread(p10=served * 100, p50=100, p90=100)}
        return Crowds(draws=DRAWS, spread=spread, served_share=served, unsteered_share=served)

    monkeypatch.setattr(headroom, "tuned", lambda *_args, **_: (even, task.checked(even), True))
    monkeypatch.setattr(headroom, "crowds_of", crowds_of)
    found, _ = with_headroom(task, outcome, Solver())

    assert [50, 50, least] == limits
    assert even == found.design
    assert found.stopped_by is None


def test_more_access_points_are_shared_out_less_tightly_where_that_fails(
    task: Problem, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With walls, what fills every place of few cannot be as even among more: each then gets somewhat more room."""
    crowds = Crowds(draws=DRAWS, spread={"served": Spread(p10=50, p50=100, p90=100)}, served_share=0.5, unsteered_share=0.5)
    room: list[float] = []

    def best(tighter: Problem, _solver: Solver, **_: object) -> Outcome:
        room.append(tighter.matrix.max_clients / task.matrix.max_clients)
        return outcome if len(room) > 1 else replace(outcome, check=nothing())

    monkeypatch.setattr(headroom, "crowds_of", lambda *_args, **_: crowds)
    monkeypatch.setattr(headroom, "best_outcome", best)
    monkeypatch.setattr(headroom, "_MORE", 2)
    with_headroom(task, outcome, Solver())
    count = len(outcome.spots)

    assert [count / (count + 1), 1.08 * count / (count + 1), 1.08 * count / (count + 2)] == pytest.approx(room)
