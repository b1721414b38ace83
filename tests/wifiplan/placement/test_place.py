"""Placement: the samples from drawing to design, and what is told of it."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

import floorplans
from wifiplan import model
from wifiplan.airtime import wifi
from wifiplan.capacity import demand
from wifiplan.cli import main
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import Requirement
from wifiplan.placement import place as placement
from wifiplan.placement import polish, problem
from wifiplan.placement import verdict as check


def test_a_channel_is_shared_last() -> None:
    """Three that hear each other get three channels; a fourth that hears nobody takes the first again."""
    hears = np.ones((4, 4), dtype=bool)
    hears[3, :3] = hears[:3, 3] = False
    given = polish.channels_for(np.array([0.5, 0.4, 0.3, 0.2]), hears, [(36, 40, 44)] * 4)

    assert (36, 40, 44, 36) == given


def test_with_too_few_channels_the_lightest_share() -> None:
    """Of three that all hear each other on two channels, the two with least airtime are together."""
    given = polish.channels_for(np.array([0.1, 0.5, 0.2]), np.ones((3, 3), dtype=bool), [(36, 40)] * 3)

    assert given[0] == given[2] != given[1]


def test_an_outdoor_radio_takes_an_outdoor_channel() -> None:
    """Each has its own list."""
    assert (36, 100) == polish.channels_for(np.array([0.1, 0.1]), np.ones((2, 2), dtype=bool), [(36, 40), (100, 104)])


@pytest.fixture(scope="module")
def gym_design() -> model.Design:
    plan = floorplans.sample("gym")
    return placement.place(plan, demand.demands(plan, "shelter-day1"), scenario="shelter-day1")


def test_a_gym_as_shelter_is_served_whole(gym_design: model.Design) -> None:
    """Day 1, 362 people: everybody covered and served, the cost proven least, each radio within its client limit."""
    summary = gym_design.placement

    assert summary["coverage_share"] == summary["served_share"] == 1.0
    assert summary["stopped_by"] is None
    assert 0.0 == summary["gap_share"]
    assert summary["access_points"] == summary["bound"]["access_points"] == len(gym_design.access_points)
    assert sum(row.people for row in gym_design.demands) * 1.1 * 0.8 == pytest.approx(
        sum(radio.planned_clients or 0 for ap in gym_design.access_points for radio in ap.radios), rel=0.02
    )
    assert all(
        (radio.planned_clients or 0) <= (radio.client_limit or 0) for ap in gym_design.access_points for radio in ap.radios
    )


def test_the_design_is_put_through_two_hundred_crowds(gym_design: model.Design) -> None:
    """Whole devices at random places, not the mean crowd: what nine of ten crowds get is told, and never more than the best."""
    spread = gym_design.capacity["spread"]["served"]
    people = sum(row.people for row in gym_design.demands)

    assert placement.DRAWS == gym_design.capacity["draws"]
    assert spread["p10"] <= spread["p50"] <= spread["p90"] <= people + 1e-6
    assert gym_design.placement["served_share_p10"] == pytest.approx(spread["p10"] / people, abs=1e-3)


def test_a_shelter_stays_off_radar_channels_and_within_the_law(gym_design: model.Design) -> None:
    """Its load fits W52, so that no radar can silence it; powers keep e.i.r.p. and 6 dB over a phone."""
    radios = [radio for ap in gym_design.access_points for radio in ap.radios]

    assert not any(wifi.is_dfs(radio.band, radio.channel, radio.width_mhz) for radio in radios)
    for radio in radios:
        assert radio.tx_power_dbm + radio.antenna_gain_dbi <= wifi.max_eirp_dbm(radio.band, radio.channel, radio.width_mhz)
        assert radio.tx_power_dbm <= check.CLIENT_POWER_DBM + problem.POWER_ABOVE_CLIENT_DB


def test_same_input_same_design(gym_design: model.Design) -> None:
    """Everything but the seconds is equal the second time."""
    again = placement.place(gym_design.floor_plan, gym_design.demands, scenario="shelter-day1")

    assert gym_design.access_points == again.access_points
    assert {**gym_design.placement, "seconds": 0} == {**again.placement, "seconds": 0}


def test_each_access_point_says_why_it_is_there(gym_design: model.Design) -> None:
    """One sentence each, with the people and the zone that lose without it."""
    for ap, reason in zip(gym_design.access_points, gym_design.placement["reasons"], strict=True):
        assert ap.name == reason["ap"]
        assert reason["zone"] in ap.why
        assert reason["unserved_people"] > 0


def test_a_design_that_survives_one_meets_all_without_any_one() -> None:
    """Every access point may fail; it has at least one more than the plain design, which does not survive."""
    plan = floorplans.gym(20.0, 15.0, 8.0)
    asked = demand.demands(plan, "shelter-day3")
    plain = placement.place(plan, asked, scenario="shelter-day3", refine=0)
    safe = placement.place(plan, asked, scenario="shelter-day3", refine=0, survives_one=True)
    gains = check.GainMemory()

    def left(design: model.Design) -> list[bool]:
        return [
            check.check(problem.without(design, row), gains, max_points=problem.MAX_POINTS).ok
            for row in range(len(design.access_points))
        ]

    assert not all(left(plain))
    assert all(left(safe))
    assert plain.placement["access_points"] + 1 <= safe.placement["bound"]["access_points"] <= len(safe.access_points)
    assert safe.placement["bound"]["cost_yen"] <= safe.placement["cost_yen"]


def test_alternatives_tell_what_less_and_more_would_do() -> None:
    """One fewer serves fewer people for less; the curve falls with each access point taken away."""
    plan = floorplans.gym(20.0, 15.0, 8.0)
    design = placement.place(
        plan, demand.demands(plan, "shelter-day3"), scenario="shelter-day3", refine=0, with_alternatives=True
    )
    told = {row["what"]: row for row in design.placement["alternatives"]}
    curve = design.placement["curve"]

    assert "access_points" == told["one access point fewer"]["stopped_by"]
    assert told["one access point fewer"]["served_share"] < design.placement["served_share"]
    assert told["survives the loss of any one access point"]["access_points"] > len(design.access_points)
    assert told["only wall mounts"]["cost_yen"] >= design.placement["cost_yen"]
    assert curve[0]["cost_yen"] == design.placement["cost_yen"]
    assert [row["access_points"] for row in curve] == list(range(len(design.access_points), 0, -1))
    assert all(a["served_share"] >= b["served_share"] for a, b in itertools.pairwise(curve))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"requirement": Requirement(coverage_share=1.2)}, "coverage_share is 1.2"),
        ({"requirement": Requirement(max_clients_per_radio=0)}, "max_clients_per_radio is 0"),
        ({"requirement": Requirement(min_rssi_dbm=10)}, "min_rssi_dbm is 10"),
        ({"budget_yen": 5_000.0}, "below one access point"),
        ({"max_access_points": 0}, "at most 0 access points"),
        ({"widths_mhz": (160,), "avoid_dfs": True}, "no 160 MHz channel"),
    ],
)
def test_bad_input_is_one_clear_sentence(gym_design: model.Design, changes: dict[str, object], sentence: str) -> None:
    """What contradicts itself, and a budget below one access point."""
    with pytest.raises(DesignError, match=sentence):
        placement.place(gym_design.floor_plan, gym_design.demands, **changes)


def test_people_out_of_reach_of_everything(gym_design: model.Design) -> None:
    """Clients that whisper are served by no spot: said so."""
    with pytest.raises(PlacementError, match="no spot serves anybody"):
        placement.place(gym_design.floor_plan, gym_design.demands, client_power_dbm=-100.0)


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
