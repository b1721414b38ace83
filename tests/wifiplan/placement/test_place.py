"""Placement: the samples from drawing to design, and what is told of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

import floorplans
from floorplans.plan import FloorPlan
from wifiplan import equipment, model
from wifiplan.airtime import wifi
from wifiplan.answer import LimitTried
from wifiplan.capacity import demand
from wifiplan.capacity.spread import DRAWS
from wifiplan.cli import main
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import AccessPoint, Requirement
from wifiplan.placement import place as placing
from wifiplan.placement.ask import CLIENT_POWER_DBM, MAX_POINTS, POWER_ABOVE_CLIENT_DB, Ask
from wifiplan.placement.place import place, stopped
from wifiplan.placement.problem import without
from wifiplan.placement.search import best_outcome
from wifiplan.placement.verdict import check
from wifiplan.radio import radiomap
from wifiplan.radio.gains import GainMemory


@pytest.fixture(scope="module")
def gym_design() -> model.Design:
    plan = floorplans.sample("gym")
    return place(plan, {"shelter-day1": demand.demands(plan, "shelter-day1")})


def test_a_gym_as_shelter_is_served_whole(gym_design: model.Design) -> None:
    """Day 1, 362 people: everybody covered and served, the cost proven least, each radio within its client limit."""
    summary = gym_design.placement

    assert summary.coverage_share == summary.served_share == 1.0
    assert summary.stopped_by is None
    assert 0.0 == summary.gap_share
    assert summary.access_points == summary.bound.access_points == len(gym_design.access_points)
    assert sum(row.people for row in gym_design.demands) * 1.1 * 0.8 == pytest.approx(
        sum(radio.planned_clients or 0 for ap in gym_design.access_points for radio in ap.radios), rel=0.02
    )
    assert all(
        (radio.planned_clients or 0) <= (radio.client_limit or 0) for ap in gym_design.access_points for radio in ap.radios
    )


def test_the_design_is_put_through_two_hundred_crowds(gym_design: model.Design) -> None:
    """Whole devices at random places, not the mean crowd: what nine of ten crowds get is told, and never more than the best."""
    spread = gym_design.capacity.spread["served"]
    people = sum(row.people for row in gym_design.demands)

    assert DRAWS == gym_design.capacity.draws == gym_design.placement.draws
    assert spread.p10 <= spread.p50 <= spread.p90 <= people + 1e-6
    assert gym_design.placement.served_share_p10 == pytest.approx(spread.p10 / people, abs=1e-3)


def test_a_design_that_was_stopped_says_of_how_few_crowds_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped when a set of spots is found: its tenth is of a few crowds, and the number stands beside it."""
    plan = floorplans.gym(12.0, 10.0, 5.0)
    over: list[bool] = []

    def searched(*given, **more):
        found = best_outcome(*given, **more)
        over.append(True)
        return found

    monkeypatch.setattr(placing, "best_outcome", searched)
    ask = Ask(bands=("5",))
    found = place(plan, {"staff": demand.demands(plan, "staff")}, ask, cancelled=lambda: bool(over)).placement

    assert found.cancelled
    assert 0 < found.draws < DRAWS


def test_a_shelter_stays_off_radar_channels_and_within_the_law(gym_design: model.Design) -> None:
    """Its load fits W52, so that no radar can silence it; powers keep e.i.r.p. and 6 dB over a phone."""
    radios = [radio for ap in gym_design.access_points for radio in ap.radios]

    assert not any(wifi.is_dfs(radio.band, radio.channel, radio.width_mhz) for radio in radios)
    for radio in radios:
        assert radio.tx_power_dbm + radio.antenna_gain_dbi <= wifi.max_eirp_dbm(radio.band, radio.channel, radio.width_mhz)
        assert radio.tx_power_dbm <= CLIENT_POWER_DBM + POWER_ABOVE_CLIENT_DB


def test_same_input_same_design(gym_design: model.Design) -> None:
    """Everything but the seconds is equal the second time."""
    again = place(gym_design.floor_plan, {"shelter-day1": gym_design.demands})

    assert gym_design.access_points == again.access_points
    assert gym_design.placement == replace(again.placement, seconds=gym_design.placement.seconds)


def test_each_access_point_says_why_it_is_there(gym_design: model.Design) -> None:
    """One sentence each, with the people and the zone that lose without it."""
    for ap, reason in zip(gym_design.access_points, gym_design.placement.reasons, strict=True):
        assert ap.name == reason.ap
        assert reason.zone in ap.why
        assert reason.unserved_people > 0


def test_a_design_that_survives_one_meets_all_without_any_one() -> None:
    """Every access point may fail; it has at least one more than the plain design, which does not survive."""
    plan = floorplans.gym(20.0, 15.0, 8.0)
    asked = {"shelter-day3": demand.demands(plan, "shelter-day3")}
    plain = place(plan, asked, Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=50), refine=0))
    safe = place(plan, asked, Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=50), refine=0, survives_one=True))
    gains = GainMemory()

    def left(design: model.Design) -> list[bool]:
        return [check(without(design, row), gains, max_points=MAX_POINTS).ok for row in range(len(design.access_points))]

    assert not all(left(plain))
    assert all(left(safe))
    assert plain.placement.access_points + 1 <= safe.placement.bound.access_points <= len(safe.access_points)
    assert safe.placement.bound.cost_yen <= safe.placement.cost_yen


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"budget_yen": 5_000.0}, "below one access point"),
        ({"widths_mhz": (160,), "avoid_dfs": True}, "no 160 MHz channel"),
    ],
)
def test_bad_input_is_one_clear_sentence(gym_design: model.Design, changes: dict[str, object], sentence: str) -> None:
    """A budget below one access point, and a width that no channel has."""
    with pytest.raises(DesignError, match=sentence):
        place(gym_design.floor_plan, {"shelter-day1": gym_design.demands}, Ask(**changes))


def test_people_out_of_reach_of_everything(gym_design: model.Design) -> None:
    """Clients that whisper are served by no spot: said so."""
    with pytest.raises(PlacementError, match="no spot serves anybody"):
        place(gym_design.floor_plan, {"shelter-day1": gym_design.demands}, Ask(client_power_dbm=-100.0))


def test_the_command_writes_a_design_that_loads(tmp_path, capsys, monkeypatch) -> None:
    """`place` takes a plan of ours, writes design.json, prints the promised keys, and says when a budget stops it."""
    plan, out = tmp_path / "plan.json", tmp_path / "design.json"
    floorplans.save(floorplans.gym(20.0, 15.0, 8.0), plan)
    arguments = [
        "wifiplan",
        "place",
        str(plan),
        "--scenario",
        "assembly",
        "--band",
        "5",
        "--max-clients-per-radio",
        "50",
        "--max-access-points",
        "2",
        "--out",
        str(out),
        "--json",
    ]
    monkeypatch.setattr("sys.argv", arguments)
    main()
    printed = capsys.readouterr()
    answer = json.loads(printed.out)

    assert {"access_points", "coverage_share", "served_share", "cost_yen", "bound", "gap_share", "seconds", "seed"} <= set(answer)
    assert {"cost_yen", "access_points", "valid_for"} == set(answer["bound"])
    assert {"gains", "solve", "check"} == set(answer["seconds"])
    assert "access_points" == answer["stopped_by"]
    assert "number of access points allowed" in printed.err
    assert 2 == len(model.load(out).access_points)


def test_a_large_building_is_asked_with_fewer_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its size alone: the samples as they are asked; with lower limits, spots farther apart and no reflections."""
    plan = floorplans.sample("gym")
    rows = {"shelter-day1": demand.demands(plan, "shelter-day1")}
    ask, spots = placing.affordable(plan, rows, Ask())
    monkeypatch.setattr(placing, "MANY_SPOTS", 80)
    monkeypatch.setattr(placing, "MOST_TRACED_S", 1e-3)
    fewer, wider = placing.affordable(plan, rows, Ask())

    assert Ask() == ask
    assert 0 == fewer.reflections
    assert 5.0 < fewer.pitch_m <= placing.WIDEST_PITCH_M
    assert len(wider) < len(spots)


@pytest.mark.parametrize(
    ("stopped_by", "access_points", "works", "said"),
    [
        ("airtime", 31, True, "with up to 100 clients a radio 31 access points would serve 100%"),
        ("airtime", 31, False, ""),
        ("airtime", 57, True, ""),
        ("budget", 31, True, ""),
    ],
)
def test_a_higher_limit_that_would_do_is_said(
    gym_design: model.Design, stopped_by: str, access_points: int, works: bool, said: str
) -> None:
    """Only where it serves what is asked with fewer access points, and where the limit bears on what lacks."""
    tried = LimitTried(
        clients_per_radio=100,
        access_points=access_points,
        cost_yen=1e7,
        served_share=1.0,
        stopped_by=None if works else "airtime",
    )
    placed = gym_design.placement
    assert placed is not None
    sentence = stopped(replace(placed, access_points=57, stopped_by=stopped_by, limits_tried=(tried,)))

    assert said in sentence
    assert bool(said) == ("would serve" in sentence)


def test_what_was_traced_for_one_model_is_not_traced_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models of one building: each gets the design that it gets alone, and the second hardly traces anything."""
    plan = floorplans.gym(16.0, 12.0, 6.0)
    asked = {"shelter-day1": demand.demands(plan, "shelter-day1")}
    two = tuple(map(equipment.find, ("Generic Wi-Fi 6", "Yamaha WLX222")))
    traced: list[int] = []
    trace = radiomap.gains_db

    def gains_db(plan: FloorPlan, access_points: Sequence[AccessPoint], *given: object, **more: object) -> object:
        traced.append(len(access_points))
        return trace(plan, access_points, *given, **more)

    monkeypatch.setattr(radiomap, "gains_db", gains_db)
    alone = [place(plan, asked, Ask(models=(one,), refine=0, with_limits=False)) for one in two]
    apart, traced[:] = sum(traced), []
    both = place(plan, asked, Ask(models=two, refine=0, with_limits=False))
    figures = [(d.placement.model, d.placement.access_points, d.placement.cost_yen, d.placement.served_share) for d in alone]

    assert figures == [(one.model, one.access_points, one.cost_yen, one.served_share) for one in both.placement.models_tried]
    assert sum(traced) < 0.7 * apart
