"""A planner's hand: each change does what it says, is refused where it cannot be, and its figures are the full model's."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import floorplans
from wifiplan import equipment, model
from wifiplan.capacity import demand
from wifiplan.cli import main
from wifiplan.commands.edit import _not_kept
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Design, Requirement
from wifiplan.placement import edit
from wifiplan.placement.ask import Ask
from wifiplan.placement.place import place


@pytest.fixture(scope="module")
def design() -> Design:
    """A small gym, placed with 5 GHz and 25 clients a radio."""
    plan = floorplans.gym(20.0, 15.0, 8.0)
    who = demand.find_scenario("shelter-day1")
    ask = Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=50), obstruction_db=who.obstruction_db.value, refine=0)
    return place(plan, {who.name: demand.demands(plan, who)}, ask, assumptions=demand.assumptions(who))


def test_nothing_changed_costs_and_serves_what_place_said(design: Design) -> None:
    """Both come from one bill and one model."""
    placed = design.placement
    assert placed is not None
    found = edit.change(design, design)

    assert found.before == found.after
    assert (placed.cost_yen, placed.access_points) == (found.before.cost_yen, found.before.access_points)
    assert (placed.served_share_p10, placed.coverage_share) == (found.before.served_share_p10, found.before.coverage_share)


def test_one_less_serves_fewer_and_costs_less_and_is_said(design: Design) -> None:
    """The new design's own answer says it falls short, and no gap of 0."""
    name = design.access_points[0].name
    found = edit.change(design, edit.removed(design, name))
    placed = found.design.placement
    assert placed is not None

    assert found.before.access_points - 1 == found.after.access_points
    assert found.after.cost_yen < found.before.cost_yen
    assert found.after.people_served < found.before.people_served
    assert any("people lose service" in said for said in found.warnings)
    assert (found.after.cost_yen, 1.0, True) == (placed.cost_yen, placed.gap_share, bool(placed.failures))
    assert () == model.stale(found.design)


def test_what_was_said_of_the_others_is_not_said_of_a_changed_design(design: Design) -> None:
    """Who would lose service without an access point was true of the whole as it hung."""
    found = edit.change(design, edit.removed(design, design.access_points[0].name))

    assert any(ap.why for ap in design.access_points)
    assert not any(ap.why for ap in found.design.access_points)


def test_one_more_has_the_designs_bands_and_the_least_used_channel(design: Design) -> None:
    """Of the model asked for, at its own price."""
    wlx = equipment.find("Yamaha WLX222")
    after = edit.added(design, 10.0, 7.0, 6.0, model=wlx)
    new = after.access_points[-1]
    used = [radio.channel for ap in design.access_points for radio in ap.radios]

    assert ("Yamaha WLX222", ["5"]) == (new.model, [radio.band for radio in new.radios])
    assert new.radios[0].channel not in used
    assert new.name not in {ap.name for ap in design.access_points}
    assert wlx.price_yen in {row.unit_yen for row in edit._bill(after, frozenset())}


def test_what_is_locked_stays_where_and_as_it_is(design: Design) -> None:
    """Place, channel and power; nothing new hangs in the keep-out, and the cost is of all."""
    first = design.access_points[0]
    away = edit.keep_out((10.0, 7.5, 2.0))
    found = edit.change(design, edit.locked(design, first.name), keep_out_m=[away], solve=True)
    kept = next(ap for ap in found.design.access_points if ap.name == first.name)
    settings = [(radio.channel, radio.width_mhz, radio.tx_power_dbm) for radio in first.radios]

    assert (first.x_m, first.y_m, True) == (kept.x_m, kept.y_m, kept.lock)
    assert settings == [(radio.channel, radio.width_mhz, radio.tx_power_dbm) for radio in kept.radios]
    assert found.after.people_served >= found.before.people_served - 0.5
    assert found.after.cost_yen >= found.before.cost_yen - 1
    assert not any("may hang" in said for said in found.warnings)


def test_what_is_odd_is_said(design: Design) -> None:
    """Outside the building, inside a wall, above the ceiling, in one place with another, where nothing may hang."""
    first, second = (ap.name for ap in design.access_points[:2])
    x0, y0, _, _ = design.floor_plan.extent_m
    wall = design.floor_plan.walls[0]
    middle = ((wall.start_m[0] + wall.end_m[0]) / 2, (wall.start_m[1] + wall.end_m[1]) / 2)

    outside = edit.moved(design, first, x0 - 2.0, y0 - 2.0)
    assert any(f"{first} is outside the building" in said for said in edit.warnings_of(outside))
    inside = edit.moved(design, first, *middle, height_m=wall.z0_m + 0.1)
    assert any(f"{first} is inside a wall" in said for said in edit.warnings_of(inside))
    high = edit.moved(design, first, 10.0, 7.0, height_m=11.0)
    assert any(f"{first} at 11 m is above the ceiling" in said for said in edit.warnings_of(high))
    one = next(ap for ap in design.access_points if ap.name == second)
    near = edit.moved(design, first, one.x_m, one.y_m, height_m=one.height_m)
    assert any("less than 1 m from each other" in said for said in edit.warnings_of(near))
    kept_out = edit.warnings_of(design, keep_out_m=[edit.keep_out((-1.0, -1.0, 30.0, 30.0))])
    assert len(design.access_points) == sum("may hang" in said for said in kept_out)


def test_what_cannot_be_is_refused_by_name(design: Design) -> None:
    """A place far away, names that are not there, locks that contradict, channels that do not exist."""
    first = design.access_points[0].name
    kept = edit.locked(design, first)

    with pytest.raises(DesignError, match=rf"{first}: \(120, 5\) is 100 m outside the building, which is x 0 to 20 m"):
        edit.moved(design, first, 120.0, 5.0)
    with pytest.raises(DesignError, match="AP-99: no such access point; there are AP-01"):
        edit.removed(design, "AP-99")
    with pytest.raises(DesignError, match=f"{first} is locked and is to be removed"):
        edit.removed(kept, first)
    with pytest.raises(DesignError, match=f"{first} is locked where it is"):
        edit.moved(kept, first, 1.0, 1.0)
    with pytest.raises(DesignError, match=f"{first} is locked where nothing may hang"):
        edit.solved(kept, keep_out_m=[edit.keep_out((-1.0, -1.0, 30.0, 30.0))])
    with pytest.raises(DesignError, match="channel 37 of 20 MHz at 5 GHz does not exist in JP"):
        edit.channelled(design, first, "5", 37)
    with pytest.raises(DesignError, match=f"{first}: no 6 GHz radio; it has 5 GHz"):
        edit.channelled(design, first, "6", 1)
    with pytest.raises(DesignError, match="level 4 does not exist"):
        edit.moved(design, first, 1.0, 1.0, level=4)
    with pytest.raises(DesignError, match="keep-out 1,2,0: give x,y,r"):
        edit.keep_out((1.0, 2.0, 0.0))
    with pytest.raises(DesignError, match="no access point is left"):
        edit.change(design, replace(design, access_points=()))


def test_a_channel_is_set_within_the_law(design: Design) -> None:
    """The power goes down where the new channel allows less, and the radio stays otherwise as it was."""
    first = design.access_points[0]
    radio = edit.channelled(design, first.name, "5", 100, 40).access_points[0].radios[0]

    assert (100, 40, first.radios[0].tx_power_dbm) == (radio.channel, radio.width_mhz, radio.tx_power_dbm)


def test_an_access_point_is_turned_turned_down_and_changed_for_another_model(design: Design) -> None:
    """A patch's 6 dBi come off the power where the law says so; the new model keeps channel and, where it can, power."""
    name = design.access_points[0].name
    faced = edit.turned(design, name, 450.0, tilt_deg=30.0, antenna="patch").access_points[0]
    quiet = edit.powered(design, name, "5", 10.0).access_points[0]
    other = edit.remodelled(design, name, equipment.find("R550")).access_points[0]

    assert (90.0, 30.0, "patch", 6.0) == (faced.azimuth_deg, faced.tilt_deg, faced.antenna, faced.radios[0].antenna_gain_dbi)
    assert 10.0 == quiet.radios[0].tx_power_dbm
    assert design.access_points[0].radios[0].channel == other.radios[0].channel
    assert equipment.find("R550").name == other.model


def test_what_an_access_point_cannot_be_is_refused(design: Design) -> None:
    name = design.access_points[0].name
    locked = edit.locked(design, name)
    for said, change in (
        ("a tilt from", lambda: edit.turned(design, name, 0.0, tilt_deg=120.0)),
        ("no antenna 'dish'", lambda: edit.turned(design, name, 0.0, antenna="dish")),
        ("give 0 to", lambda: edit.powered(design, name, "5", 60.0)),
        ("no 2.4 GHz radio", lambda: edit.powered(design, name, "2.4", 10.0)),
        ("is locked as it is", lambda: edit.turned(locked, name, 0.0)),
        ("is locked as it is", lambda: edit.powered(locked, name, "5", 10.0)),
        ("is locked as it is", lambda: edit.remodelled(locked, name, equipment.find("R550"))),
    ):
        with pytest.raises(DesignError, match=said):
            change()


def test_the_command_prints_before_and_after(
    design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON value, and a design that loads."""
    path, out = tmp_path / "d.json", tmp_path / "d2.json"
    model.save(design, path)
    first = design.access_points[0].name
    arguments = ["wifiplan", "edit", str(path), "--move", f"{first}=5,5,6", "--lock", first, "--out", str(out), "--json"]
    monkeypatch.setattr("sys.argv", arguments)
    main()
    answer = json.loads(capsys.readouterr().out)

    assert {"before", "after", "warnings"} == set(answer)
    wanted = {"access_points", "cost_yen", "people_served", "served_share_p10", "weakest_link", "coverage_share"}
    wanted |= {"served_share_p10_unsteered"}
    assert wanted == set(answer["before"]) == set(answer["after"])
    changed = next(ap for ap in model.load(out).access_points if ap.name == first)
    assert (5.0, 5.0, 6.0, True) == (changed.x_m, changed.y_m, changed.height_m, changed.lock)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--move", "AP-01"], "--move AP-01: give AP=x,y"),
        (["--move", "AP-01=a,b"], "--move a,b: give AP=x,y"),
        (["--channel", "AP-01=36"], "--channel 36: give AP=BAND:CHANNEL"),
        (["--lock", "AP-01", "--remove", "AP-01"], "AP-01: to be locked and removed"),
        (["--move", "AP-01=10,8", "--remove", "AP-01"], "AP-01: --move AP-01=10,8, and to be removed"),
        (["--move", "AP-01=10,8", "--move", "AP-01=12,8"], "AP-01: --move AP-01=10,8 and --move AP-01=12,8; keep one"),
        (["--channel", "AP-01=5:36", "--channel", "AP-01=5:40"], "keep one"),
        (["--add", "1,2,3:R55"], "model R55: not known; nearest are Ruckus R550"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(design: Design, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    """And no file is written."""
    path, out = tmp_path / "d.json", tmp_path / "d2.json"
    model.save(design, path)
    command = [sys.executable, "-c", "from wifiplan.cli import main; main()", "edit", str(path), *arguments, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 2 == done.returncode
    assert sentence in done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
    assert not out.exists()


def test_what_solving_would_choose_anew_is_told_by_name() -> None:
    """A move that is not locked is no wish that --solve keeps."""

    aps = tuple(AccessPoint(name=name, x_m=1.0, y_m=1.0, height_m=2.0, lock=name == "A") for name in ("A", "B"))

    assert ["B"] == _not_kept(["A=1,1", "B=2,2", "B=5:36"], Design(floor_plan=floorplans.gym(), access_points=aps))
