"""A project file: every change can be undone, nothing is lost by saving, and a hand does what the commands do."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import floorplans
from dashboards.errors import DashboardError
from dashboards.planner import compare, edits, project, work
from dashboards.planner.project import Project
from dashboards.planner.wishes import Wish
from floorplans.errors import FloorPlanError
from wifiplan import model
from wifiplan.cli import main
from wifiplan.errors import DesignError
from wifiplan.placement import edit

SQUARE = [[2.0, 2.0], [6.0, 2.0], [6.0, 6.0], [2.0, 6.0]]


@pytest.fixture
def begun() -> Project:
    return project.begun("第一小学校 体育館", floorplans.gym(20.0, 15.0, 8.0))


def everything(start: Project) -> list[tuple[str, dict[str, Any]]]:
    """One call at least of every change that there is, in an order in which they work."""
    first = start.document.design.floor_plan.walls[0]
    plain = next(wall for wall in start.document.design.floor_plan.walls if not wall.openings and wall.length_m > 3)
    middle = [(plain.start_m[0] + plain.end_m[0]) / 2, (plain.start_m[1] + plain.end_m[1]) / 2]
    plain_ends, first_ends = [*plain.start_m, *plain.end_m], [*first.start_m, *first.end_m]
    new = [8.0, 3.0, 8.0, 9.0]
    return [
        ("add", {"x_m": 5.0, "y_m": 5.0}),
        ("add", {"x_m": 12.0, "y_m": 9.0, "height_m": 4.0, "model": "R550"}),
        ("move", {"ap": "AP-01", "x_m": 6.0, "y_m": 6.5}),
        ("turn", {"ap": "AP-01", "azimuth_deg": 90.0, "tilt_deg": 30.0, "antenna": "patch"}),
        ("model", {"ap": "AP-01", "model": "R550"}),
        ("channel", {"ap": "AP-01", "band": "5", "channel": 44}),
        ("power", {"ap": "AP-01", "band": "5", "tx_power_dbm": 12.0}),
        ("key", {"ap": "AP-01", "key": "00:11:22:33:44:55"}),
        ("lock", {"ap": "AP-01", "lock": True}),
        ("remove", {"ap": "AP-02"}),
        ("wall", {"start_m": new[:2], "end_m": new[2:], "material": "plasterboard"}),
        ("move_wall", {"wall": new, "start_m": [9.0, 3.0], "end_m": [9.0, 10.0]}),
        ("retype", {"walls": [[9.0, 3.0, 9.0, 10.0]], "material": "glass"}),
        ("door", {"wall": plain_ends, "at_m": middle, "width_m": 0.9}),
        ("move_door", {"wall": plain_ends, "at_m": middle, "to_m": plain_ends[:2]}),
        ("no_door", {"wall": plain_ends, "at_m": middle}),
        ("zone", {"name": "舞台裏", "polygon_m": SQUARE, "kind": "keepout"}),
        ("move_zone", {"name": "舞台裏", "polygon_m": [[x + 1.0, y] for x, y in SQUARE]}),
        ("name_zone", {"name": "hall", "to": "アリーナ"}),
        ("delete", {"walls": [[9.0, 3.0, 9.0, 10.0]], "zones": ["舞台裏"]}),
        ("scale", {"start_m": first_ends[:2], "end_m": first_ends[2:], "length_m": 1.1 * first.length_m}),
    ]


def after_everything(start: Project) -> Project:
    found = start
    for name, given in everything(start):
        found = project.edited(found, name, given)
    return found


def test_every_change_there_is_is_a_step_and_undoing_all_of_them_is_the_start(begun: Project) -> None:
    """Then redoing all of them is the end."""
    changes = everything(begun)
    end = after_everything(begun)
    back, forth = end, end
    while back.can_undo:
        back = forth = project.undone(back)
    while forth.can_redo:
        forth = project.redone(forth)

    assert set(edits.EDITS) == {name for name, _ in changes}
    assert len(changes) + 1 == len(end.steps)
    assert begun.document.design == back.document.design
    assert end.document.design == forth.document.design


def test_a_file_has_all_of_it_and_shares_what_steps_share(begun: Project, tmp_path: Path) -> None:
    end = project.named(after_everything(begun), "案A")
    project.save(end, tmp_path / "gym.wifiplan")
    project._recent.clear()
    again = project.load(tmp_path / "gym.wifiplan")
    first = again
    while first.can_undo:
        first = project.undone(first)
    whole = len(json.dumps(model.to_json(end.document.design)))

    assert end == again
    assert begun.document.design == first.document.design
    assert end.document.design == project.version(again, "案A").design
    assert (tmp_path / "gym.wifiplan").stat().st_size < 0.6 * whole * len(end.steps)


def test_what_was_undone_is_forgotten_when_something_else_is_done(begun: Project) -> None:
    one = project.edited(begun, "add", {"x_m": 5.0, "y_m": 5.0})
    other = project.edited(project.undone(one), "add", {"x_m": 9.0, "y_m": 9.0})

    assert not other.can_redo
    assert [(9.0, 9.0)] == [(ap.x_m, ap.y_m) for ap in other.document.design.access_points]


def test_a_change_that_changes_nothing_is_no_step(begun: Project) -> None:
    one = project.edited(begun, "add", {"x_m": 5.0, "y_m": 5.0})

    assert one is project.edited(one, "move", {"ap": "AP-01", "x_m": 5.0, "y_m": 5.0})
    assert begun is project.undone(begun)
    assert begun is project.redone(begun)


def test_an_answer_belongs_to_what_it_was_computed_for(begun: Project) -> None:
    """It is no step, and one that comes late, after another change, is thrown away."""
    one = project.edited(begun, "add", {"x_m": 5.0, "y_m": 5.0})
    found = replace(one.document.design, assumptions=())
    moved = project.edited(one, "move", {"ap": "AP-01", "x_m": 9.0, "y_m": 9.0})

    assert len(one.steps) == len(project.answered(one, found).steps)
    assert () == project.answered(one, found).document.design.assumptions
    assert moved is project.answered(moved, found)


def test_versions_are_kept_compared_and_returned_to(begun: Project) -> None:
    one = project.named(project.edited(begun, "add", {"x_m": 5.0, "y_m": 5.0}), "one")
    two = project.named(project.edited(one, "add", {"x_m": 9.0, "y_m": 9.0}), "two")
    back = project.returned(two, "one")

    assert ["one", "two"] == [version.name for version in two.versions]
    assert (1, 2) == tuple(len(project.version(two, name).design.access_points) for name in ("one", "two"))
    assert 1 == len(back.document.design.access_points)
    assert two.document.design == project.undone(back).document.design
    with pytest.raises(DashboardError, match="no version is called 'three'; there are one, two"):
        project.version(two, "three")


def test_another_wish_changes_people_and_requirement_and_keeps_access_points(begun: Project) -> None:
    one = project.edited(begun, "add", {"x_m": 5.0, "y_m": 5.0})
    many = project.wished(one, Wish(scenario="shelter-day1", people_by="capacity", persons=120.0, min_rssi_dbm=-70.0))
    by_area = project.wished(one, Wish(people_by="area", m2_per_person=3.5, usable_share=0.7))
    area_m2 = sum(zone.area_m2 for zone in one.document.design.floor_plan.zones if zone.kind == "hall")

    assert 120.0 == pytest.approx(sum(row.people for row in many.document.design.demands))
    assert -70.0 == many.document.design.requirement.min_rssi_dbm
    assert int(area_m2 * 0.7 / 3.5) == pytest.approx(sum(row.people for row in by_area.document.design.demands), abs=0.1)
    assert one.document.design.access_points == many.document.design.access_points
    with pytest.raises(DesignError, match="no number is given"):
        project.wished(one, Wish(people_by="number"))


def test_what_differs_between_two_designs_is_named(begun: Project) -> None:
    """The building, what is asked, and each access point; the same is nothing."""
    one = project.edited(begun, "add", {"x_m": 5.0, "y_m": 5.0})
    two = project.edited(project.edited(one, "move", {"ap": "AP-01", "x_m": 8.0, "y_m": 9.0}), "add", {"x_m": 3.0, "y_m": 3.0})
    wall = {"start_m": [4.0, 4.0], "end_m": [4.0, 7.0], "material": "concrete"}
    three = project.wished(project.edited(one, "wall", wall), Wish(people_by="number", persons=50.0, prices_yen={"drop": 1.0}))

    def kinds(first: Project, second: Project) -> list[str]:
        return [found.kind for found in compare.differences(first.document, second.document)]

    assert [] == kinds(one, one)
    assert ["moved", "only"] == kinds(one, two)
    assert 5.0 == compare.differences(one.document, two.document)[0].metres
    assert ["walls", "people", "prices"] == kinds(one, three)


def test_own_prices_and_devices_are_reckoned_with_and_make_the_bill_stale(begun: Project) -> None:
    one = project.edited(begun, "add", {"x_m": 5.0, "y_m": 5.0})
    told = work.Told(progress=lambda *_: None, cancelled=lambda: False)
    design = one.document.design
    checked = project.answered(one, work.check(told, design, design))
    dearer = project.wished(checked, replace(checked.document.wish, prices_yen={"drop": 145_000.0}))
    again = work.check(told, checked.document.design, dearer.document.design)
    phones = project.wished(checked, replace(checked.document.wish, devices_per_person=3.0))

    assert ("placement",) == model.stale(dearer.document.design)
    assert checked.document.design.placement is not None
    assert again.placement is not None
    assert 100_000 == again.placement.cost_yen - checked.document.design.placement.cost_yen
    assert () == model.stale(again)
    assert {3.0} == {row.devices_per_person for row in phones.document.design.demands}
    back = project.wished(dearer, checked.document.wish)
    assert [] == [row for row in back.document.design.assumptions if row.source == "given by the planner"]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("fly", {}, "no change is called 'fly'"),
        ("move", {"ap": "AP-01"}, "move: x_m: "),
        ("move", {"ap": "AP-01", "x_m": "left", "y_m": 0.0}, "move: x_m: "),
        ("move", {"ap": "AP-01", "x_m": float("nan"), "y_m": 0.0}, "move: x_m: "),
        ("add", {"x_m": 1.0, "y_m": 1.0, "sudo": True}, "add: sudo: "),
        ("add", {"x_m": 500.0, "y_m": 1.0}, "outside the building"),
        ("add", {"x_m": 1.0, "y_m": 1.0, "level": 7}, "level 7 does not exist"),
        ("wall", {"start_m": [0.0, 0.0], "end_m": [5.0, 0.0], "material": "cheese"}, "'cheese' is not known"),
        ("delete", {"access_points": ["AP-99"]}, "AP-99: no such access point"),
    ],
)
def test_what_a_browser_must_not_send_is_one_line(begun: Project, name: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises((DashboardError, DesignError, FloorPlanError), match=said) as caught:
        project.edited(project.edited(begun, "add", {"x_m": 5.0, "y_m": 5.0}), name, given)

    assert 1 == len(str(caught.value).splitlines())


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda data: data | {"format": 9}, "format 9 is newer than this program's 1; update wifiplan"),
        (lambda data: {"walls": data["steps"]}, "is no project of the planner"),
        (lambda data: data | {"at": 50}, "step 50 of 1 does not exist"),
        (lambda data: data | {"parts": {}}, "is not as the planner writes it"),
        (lambda data: data | {"name": "../../etc"}, "is no name for a project"),
    ],
)
def test_a_file_that_is_newer_or_damaged_is_refused_by_name(
    begun: Project, tmp_path: Path, damage: Callable[[dict[str, Any]], dict[str, Any]], said: str
) -> None:
    path = tmp_path / "gym.wifiplan"
    path.write_text(json.dumps(damage(json.loads(project.to_text(begun)))), encoding="utf-8")

    with pytest.raises(DashboardError, match=said) as caught:
        project.load(path)
    assert "gym.wifiplan" in str(caught.value) or "name" in said


def test_a_design_made_by_hand_is_the_one_that_the_commands_make(
    begun: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = project.edited(project.edited(begun, "add", {"x_m": 5.0, "y_m": 5.0}), "add", {"x_m": 14.0, "y_m": 9.0})
    model.save(start.document.design, tmp_path / "design.json")
    hand = start
    for name, given in (
        ("move", {"ap": "AP-01", "x_m": 6.0, "y_m": 7.25}),
        ("add", {"x_m": 10.0, "y_m": 12.0, "height_m": 5.0}),
        ("turn", {"ap": "AP-02", "azimuth_deg": 45.0, "tilt_deg": 10.0}),
        ("channel", {"ap": "AP-01", "band": "5", "channel": 52, "width_mhz": 40}),
        ("lock", {"ap": "AP-02", "lock": True}),
    ):
        hand = project.edited(hand, name, given)
    by_hand = edit.change(start.document.design, hand.document.design).design
    command = [
        "wifiplan",
        "edit",
        str(tmp_path / "design.json"),
        "--move",
        "AP-01=6,7.25",
        "--add",
        "10,12,5",
        "--turn",
        "AP-02=45,10",
    ]
    more = ["--channel", "AP-01=5:52/40", "--lock", "AP-02", "--out", str(tmp_path / "d2.json")]
    monkeypatch.setattr(sys, "argv", [*command, *more])
    main()

    assert json.loads((tmp_path / "d2.json").read_text("utf-8")) == json.loads(json.dumps(model.to_json(by_hand)))
