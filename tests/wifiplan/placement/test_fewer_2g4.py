"""Radios at 2.4 GHz that its channels have no room for: left off and said, unless both bands were asked for."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

import floorplans
from wifiplan import model
from wifiplan.answer import Failure
from wifiplan.capacity import demand
from wifiplan.model import AccessPoint, Design, ForeignBusy, Requirement
from wifiplan.placement import headroom, polish, search
from wifiplan.placement.ask import Ask
from wifiplan.placement.fewer_2g4 import _counts, _evenly
from wifiplan.placement.milp import Solver
from wifiplan.placement.place import affordable, left_off_said, place
from wifiplan.placement.problem import Problem, posed
from wifiplan.placement.verdict import nothing

FULL = tuple(ForeignBusy(band="2.4", channel=channel, busy_share=0.69) for channel in (1, 6, 11))
"""Neighbours that leave next to nothing of every channel at 2.4 GHz, and none of them so little that it could not be used."""


def _placed(ask: Ask) -> Design:
    plan = floorplans.sample("gym")
    return place(plan, {"shelter-day1": demand.demands(plan, demand.find_scenario("shelter-day1"))}, ask)


def test_radios_that_its_channels_have_no_room_for_are_left_off_and_that_is_said() -> None:
    design = _placed(Ask(foreign=FULL, max_points=60, reflections=0, refine=0))
    found = design.placement
    assert found is not None
    assert found.left_off is not None

    assert found.stopped_by is None
    assert 0.7 < found.left_off.busy_share_with_all
    assert found.left_off.radios == sum(all(radio.band == "5" for radio in ap.radios) for ap in design.access_points) > 0
    assert f"2.4 GHz radio of {found.left_off.radios} of {found.access_points} access points is left off" in left_off_said(found)
    assert found.bound.valid_for.count("5 GHz") == 1
    assert "2.4" not in found.bound.valid_for
    assert design == model.from_json(model.to_json(design), where="here")


def test_both_bands_that_were_asked_for_stay_on() -> None:
    design = _placed(Ask(foreign=FULL, bands=("2.4", "5"), max_points=60, reflections=0, refine=0))
    found = design.placement
    assert found is not None

    assert "airtime" == found.stopped_by
    assert found.left_off is None
    assert not left_off_said(found)
    assert all({"2.4", "5"} == {radio.band for radio in ap.radios} for ap in design.access_points)


def test_radios_are_left_off_too_where_only_crowds_would_need_more_access_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 2.4 GHz nine of ten crowds lack something whatever is added; without it they have all, and that is said."""
    plan = floorplans.gym(20.0, 15.0, 8.0)
    full = headroom.crowds_of

    def crowds_of(
        task: Problem, design: Design, solver: Solver, *, judged: bool = True, least_share: float = 0.0
    ) -> headroom.Crowds:
        found = full(task, design, solver, judged=judged, least_share=least_share)
        short = any(radio.band == "2.4" for ap in design.access_points for radio in ap.radios)
        return replace(found, served_share=0.9 if short else 1.0)

    monkeypatch.setattr(headroom, "crowds_of", crowds_of)
    monkeypatch.setattr(headroom, "_MORE", 1)
    asked = {"shelter-day1": demand.demands(plan, demand.find_scenario("shelter-day1"))}
    found = place(plan, asked, Ask(max_points=60, reflections=0, refine=0)).placement
    assert found is not None
    assert found.left_off is not None

    assert found.stopped_by is None
    assert 1.0 == found.served_share_p10
    assert 0.9 == found.left_off.served_share_with_all
    assert found.access_points == found.left_off.radios


def test_a_band_that_the_fewest_access_points_fill_is_told_without_any_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty clients a radio: eight access points at least, which an even layout shows to be too many for 2.4 GHz."""
    plan = floorplans.sample("gym")
    rows = demand.demands(plan, demand.find_scenario("shelter-day1"))
    ask = Ask(foreign=FULL, max_points=60, reflections=0, requirement=Requirement(max_clients_per_radio=20))
    ask, spots = affordable(plan, {"shelter-day1": rows}, ask)
    task = posed(plan, {"shelter-day1": rows}, spots, ask)

    def proof(*_args: object, **_more: object) -> None:
        pytest.fail("nothing needs to be proved")

    monkeypatch.setattr(search, "solve_by_few", proof)
    found = search.best_outcome(task, Solver())

    assert "airtime" == found.stopped_by
    assert search.fails_at_2g4(found.check)
    assert 0.0 == found.bound_yen


@pytest.mark.parametrize(
    ("where", "share", "named", "beyond"),
    [
        ("AP-01 2.4 GHz", 0.9, False, True),
        ("AP-01 2.4 GHz", 0.75, False, False),
        ("AP-01 5 GHz", 0.9, False, False),
        ("AP-01 2.4 GHz", 0.9, True, False),
    ],
)
def test_no_steps_are_tried_where_2g4_is_far_too_full(where: str, share: float, named: bool, beyond: bool) -> None:
    """A hair above the limit may be mended, and so may another band, and one that the planner named."""
    plan = floorplans.gym(20.0, 15.0, 8.0)
    rows = demand.demands(plan, demand.find_scenario("shelter-day1"))
    ask = Ask(bands=("2.4", "5") if named else (), max_points=60, reflections=0)
    ask, spots = affordable(plan, {"shelter-day1": rows}, ask)
    task = posed(plan, {"shelter-day1": rows}, spots[:4], ask)
    ap, band, _ = where.split(" ")
    failure = Failure(constraint="airtime", where=where, value=share, limit=0.7)
    verdict = replace(nothing(), failures=(failure,), busy_share={(ap, "2.4"): 0.3, (ap, "5"): 0.3} | {(ap, band): share})

    assert beyond == polish._beyond_steps(task, verdict)


@pytest.mark.parametrize(("count", "tried"), [(2, []), (3, [3]), (11, [3]), (12, [6, 3]), (55, [24, 12, 6, 3])])
def test_radios_on_again_are_as_many_on_each_channel_and_half_at_most(count: int, tried: list[int]) -> None:
    assert tried == list(_counts(count))


def test_every_beginning_of_the_order_is_spread() -> None:
    line = [AccessPoint(name=f"AP-{x}", x_m=float(x), y_m=0.0, height_m=3.0, radios=()) for x in range(0, 50, 10)]
    order = _evenly(line)
    gaps = [min(abs(10 * row - 10 * one) for one in order[:index]) for index, row in enumerate(order) if index]

    assert [0, 1, 2, 3, 4] == sorted(order)
    assert all(first >= then for first, then in pairwise(gaps))
    assert {0, 4} <= set(order[:3])
