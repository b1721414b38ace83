"""The stages in turn, on a hall with a handful of spots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

import floorplans
from wifiplan.answer import Failure
from wifiplan.errors import PlacementError
from wifiplan.model import Demand, Requirement
from wifiplan.placement import bill, search
from wifiplan.placement.ask import Ask
from wifiplan.placement.milp import Solver, largest_part
from wifiplan.placement.place import gap_share
from wifiplan.placement.problem import Problem, posed
from wifiplan.placement.search import Outcome, _band_is_full, best_outcome, fails_at_2g4, refined
from wifiplan.placement.spot import Spot
from wifiplan.placement.verdict import nothing

PLAN = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)


def _problem(people: float, **asked: object) -> Problem:
    who = Demand(
        zone="hall",
        people=people,
        devices_per_person=1.0,
        associated_share=1.0,
        active_share=0.3,
        down_mbps=0.2,
        up_mbps=0.05,
    )
    spots = [Spot(x_m=x, y_m=y, height_m=6.0, mount="truss") for x in (4.0, 11.0, 19.0, 26.0) for y in (4.0, 11.0)]
    return posed(
        PLAN,
        {"": (who,)},
        bill.priced(PLAN, spots),
        Ask(
            **{"bands": ("5",), "requirement": Requirement(max_clients_per_radio=50), "reflections": 0, "max_points": 60, **asked}
        ),
    )


def test_as_many_access_points_as_clients_need_and_no_more() -> None:
    """90 clients at 50 a radio: two, proven, and the full check agrees."""
    outcome = best_outcome(_problem(90.0), Solver())

    assert outcome.check.ok
    assert 2 == len(outcome.spots) == outcome.bound_access_points
    assert outcome.cost_yen == pytest.approx(outcome.bound_yen)
    assert (None, False) == (outcome.stopped_by, outcome.cancelled)


def test_where_a_limit_stops_it_the_largest_part_is_served_and_the_limit_named() -> None:
    """One access point for 90: it takes its 50, and the number allowed is what stops the rest."""
    outcome = best_outcome(_problem(90.0, max_access_points=1), Solver())

    assert "access_points" == outcome.stopped_by
    assert 1 == len(outcome.spots)
    assert 50 / 90 == pytest.approx(outcome.check.served_share, abs=0.02)
    assert 0.0 == outcome.bound_yen


def test_a_cancelled_search_gives_what_there_is() -> None:
    """Cancelled before it began: a set found without proof, and said so."""
    outcome = best_outcome(_problem(90.0), Solver(cancelled=lambda: True))

    assert outcome.cancelled
    assert outcome.spots
    assert outcome.bound_yen <= outcome.cost_yen


def test_stopped_while_the_limit_was_sought_it_says_so_and_names_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be met whole may take long to explain; the time can be over before that."""
    over: list[bool] = []

    def part(*arguments: Any) -> tuple[Any, None]:
        found, _ = largest_part(*arguments)
        over.append(True)
        return found, None

    monkeypatch.setattr(search, "largest_part", part)
    outcome = best_outcome(_problem(90.0, max_access_points=1), Solver(cancelled=lambda: bool(over)))

    assert (True, None) == (outcome.cancelled, outcome.stopped_by)
    assert 1 == len(outcome.spots)
    assert outcome.check.failures


def test_people_out_of_reach_are_an_error() -> None:
    """Clients that whisper reach no spot."""
    with pytest.raises(PlacementError, match="out of reach"):
        best_outcome(_problem(20.0, client_power_dbm=-100.0), Solver())


def test_better_places_cost_no_more_and_still_pass() -> None:
    """Off the grid, within half of it, the spacing kept; with no check left nothing moves."""
    task = _problem(90.0)
    before = best_outcome(task, Solver())
    after = refined(task, before, Solver())

    assert after.check.ok
    assert after.cost_yen <= before.cost_yen
    for old, new in zip(before.spots, after.spots, strict=True):
        assert abs(old.x_m - new.x_m) <= task.ask.pitch_m / 2
    assert before.spots == refined(task.asking(refine=0), before, Solver()).spots


def test_a_design_that_does_not_meet_its_demand_never_says_gap_nought() -> None:
    """Stopped with too few access points, whatever the bound is."""
    stopped = best_outcome(_problem(90.0, max_access_points=1), Solver())

    assert not stopped.check.ok
    assert 1.0 == gap_share(stopped)
    assert 1.0 == gap_share(replace(stopped, bound_yen=stopped.cost_yen, cancelled=True))


@pytest.mark.parametrize(("busy", "full"), [((0.8, 0.75, 0.2), True), ((0.8, 0.7, 0.2), False), ((0.1, 0.1, 0.9), True)])
def test_a_band_is_full_where_each_of_its_channels_is(busy: tuple[float, ...], *, full: bool) -> None:
    """Two radios at 2.4 GHz and one at 5: at the limit is not above it, and one band is enough."""
    where = (("a", "2.4"), ("b", "2.4"), ("a", "5"))
    verdict = replace(nothing(), busy_share=dict(zip(where, busy, strict=True)))

    assert full == _band_is_full(_problem(90.0), verdict)


def test_air_that_one_more_fills_more_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layouts of two fill the band, those of three fill it more: no fourth is tried, and airtime is what is said to lack."""
    counts: list[int] = []

    def filled(_task: Problem, layout: Sequence[Spot], *_rest: object, **_more: object) -> Outcome:
        counts.append(len(layout))
        lacking = Failure(constraint="airtime", where="AP-01 5 GHz", value=0.9, limit=0.7)
        check = replace(whole.check, failures=(lacking,), shortfall=float(len(layout)), busy_share={("AP-01", "5"): 0.9})
        return replace(whole, check=check)

    task = _problem(90.0)
    whole = best_outcome(task, Solver())
    monkeypatch.setattr(search, "_tried_layout", filled)
    found = best_outcome(task, Solver())

    assert "airtime" == found.stopped_by
    assert 0.0 == found.bound_yen
    assert {2, 3} == set(counts)
    assert 2.0 == found.check.shortfall


@pytest.mark.parametrize(
    ("where", "bands", "only_there"),
    [(("AP-01 2.4 GHz", "everywhere"), ("2.4", "5"), True), (("AP-01 2.4 GHz", "AP-01 5 GHz"), ("2.4", "5"), False),
     (("AP-01 2.4 GHz",), ("2.4",), False), (("everywhere",), ("2.4", "5"), False)],
)  # fmt: skip
def test_full_channels_at_2g4_alone_are_told_apart(where: tuple[str, ...], bands: tuple[str, ...], only_there: bool) -> None:
    """More radios on three channels only fill them more; where another band is full, or there is none, it is another matter."""
    failures = tuple(Failure(constraint="airtime", where=one, value=0.8, limit=0.7) for one in where)
    verdict = replace(nothing(), failures=failures, busy_share={("AP-01", band): 0.8 for band in bands})

    assert only_there == fails_at_2g4(verdict)
