"""`wifiplan.model`: design.json, its migration from format 1, and what answers were computed from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wifiplan import model
from wifiplan.answer import Capacity
from wifiplan.capacity import demand
from wifiplan.errors import DesignError
from wifiplan.model import Design

OLD = Path(__file__).parent / "designs" / "format-1.json"
"""Written by release 0.4's `wifiplan place --alternatives`, then `wifiplan capacity --network --what-if --draws 20 --out`."""


def _capacity(design: Design) -> Capacity:
    assert design.capacity is not None
    return design.capacity


def test_a_design_is_read_back_equal(gym_design: Design, tmp_path: Path) -> None:
    model.save(gym_design, tmp_path / "d.json")

    assert gym_design == model.load(tmp_path / "d.json")
    assert 2 == json.loads((tmp_path / "d.json").read_text("utf-8"))["format"]


def test_an_answer_that_is_not_there_is_empty(gym_design: Design, tmp_path: Path) -> None:
    """For others who read `capacity` and `placement`: an object, never null."""
    bare = replace(gym_design, capacity=None, placement=None)
    model.save(bare, tmp_path / "d.json")

    assert ({}, {}) == tuple(model.to_json(bare)[name] for name in ("capacity", "placement"))
    assert bare == model.load(tmp_path / "d.json")


def test_format_1_is_migrated(tmp_path: Path) -> None:
    """What stood in words only (losses, powers, bands of links, kinds of assumptions) has fields of its own."""
    design = model.load(OLD)
    weakest = _capacity(design).links[0]
    kinds = {row.kind for row in design.assumptions}

    assert (4.0, 13.0, 6.0) == (design.obstruction_db, design.client_power_dbm, design.power_above_client_db)
    assert ("nat", "MAP-E", "nat MAP-E") == (weakest.kind, weakest.method, weakest.link)
    assert {"5"} == {link.band for link in _capacity(design).links if link.kind == "airtime"}
    assert {"price", "application_share", "device_share", "associated_share", "max_height_m"} <= kinds
    assert {"access_point", "switch"} <= {row.of for row in design.assumptions if row.kind == "price"}
    model.save(design, tmp_path / "d.json")
    assert design == model.load(tmp_path / "d.json")


def test_migration_loses_nothing() -> None:
    """Every key and figure of the old file is in the new one, but its number."""
    old, new = json.loads(OLD.read_text("utf-8")), model.to_json(model.load(OLD))

    def lost(before: Any, after: Any, where: str) -> list[str]:
        if isinstance(before, dict) and isinstance(after, dict):
            gone = [f"{where}.{key}" for key in before if key not in after]
            return gone + [text for key in before.keys() & after for text in lost(before[key], after[key], f"{where}.{key}")]
        if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
            return [text for one, two in zip(before, after, strict=True) for text in lost(one, two, f"{where}[]")]
        return [] if before == after else [where]

    assert [".format"] == lost(old, new, "")


def test_what_an_old_answer_was_computed_from_is_not_known() -> None:
    """Neither fresh nor stale is said of it."""
    assert () == model.stale(model.load(OLD))


def test_the_loss_of_an_old_design_is_its_placement_s(tmp_path: Path) -> None:
    """Placed for several scenarios, a design was reckoned with the largest loss, not with its own scenario's."""
    data = json.loads(OLD.read_text("utf-8"))
    for row in data["assumptions"]:
        if row["what"] == "loss by people in the way":
            row["value"] = 6.0
    (tmp_path / "d.json").write_text(json.dumps(data), encoding="utf-8")

    assert 6.0 == demand.obstruction_db(model.load(tmp_path / "d.json"))


def test_no_figure_is_read_from_words(gym_design: Design) -> None:
    """Whatever the assumptions are called and say, the loss is the design's own."""
    design = replace(gym_design, obstruction_db=6.0)
    renamed = replace(design, assumptions=tuple(replace(row, what="x", value=99.0) for row in design.assumptions))

    assert 6.0 == demand.obstruction_db(design) == demand.obstruction_db(renamed)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 3}, "format 3 is newer than this program's 2"),
        ({"colour": 1}, "colour: unexpected keyword argument"),
        ({"capacity": {"people": 1}}, "weakest_link"),
        ({"capacity": 7}, "not as wifiplan writes them"),
        ({"format": 1, "assumptions": [{"value": 1}]}, "what"),
    ],
)
def test_what_cannot_be_read_is_one_line(gym_design: Design, tmp_path: Path, change: dict[str, Any], says: str) -> None:
    path = tmp_path / "d.json"
    path.write_text(json.dumps(model.to_json(gym_design) | change), encoding="utf-8")
    with pytest.raises(DesignError) as error:
        model.load(path)

    assert str(path) in str(error.value)
    assert says in str(error.value)


def test_keys_of_later_steps_are_taken(gym_design: Design, tmp_path: Path) -> None:
    """Model and lock of an access point, revision and author of the design need no new format."""
    points = (replace(gym_design.access_points[0], model="maker-x", lock=True), *gym_design.access_points[1:])
    design = replace(gym_design, access_points=points, revision="3", author="facility office")
    model.save(design, tmp_path / "d.json")

    assert design == model.load(tmp_path / "d.json")


def _fresh(design: Design) -> Design:
    assert design.placement is not None
    return replace(
        design,
        capacity=replace(_capacity(design), computed_from=model.inputs_hash(design)),
        placement=replace(design.placement, computed_from=model.inputs_hash(design, network=False)),
    )


CHANGES: dict[str, tuple[Callable[[Design], Design], tuple[str, ...]]] = {
    "nothing": (lambda design: design, ()),
    "plan": (lambda d: replace(d, floor_plan=replace(d.floor_plan, walls=d.floor_plan.walls[1:])), ("capacity", "placement")),
    "access point": (lambda d: replace(d, access_points=d.access_points[1:]), ("capacity", "placement")),
    "people": (lambda d: replace(d, demands=(replace(d.demands[0], people=9.0),)), ("capacity", "placement")),
    "requirement": (
        lambda d: replace(d, requirement=replace(d.requirement, min_rssi_dbm=-70.0)),
        ("capacity", "placement"),
    ),
    "equipment": (
        lambda d: replace(d, access_points=tuple(replace(ap, model="other") for ap in d.access_points)),
        ("capacity", "placement"),
    ),
    "loss by people": (lambda d: replace(d, obstruction_db=9.0), ("capacity", "placement")),
    "network": (lambda d: replace(d, network=replace(d.network, nat_sessions=9)), ("capacity",)),
    "identity": (lambda d: replace(d, access_points=tuple(replace(ap, key="00:11:22:33:44:55") for ap in d.access_points)), ()),
    "words": (lambda d: replace(d, assumptions=(), author="me"), ()),
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_answer_is_stale_when_what_it_was_computed_from_has_changed(gym_design: Design, name: str) -> None:
    change, stale = CHANGES[name]

    assert stale == model.stale(change(_fresh(gym_design)))


def test_writing_a_design_does_not_make_it_stale(gym_design: Design, tmp_path: Path) -> None:
    """Whole numbers come back as floats: the same length all the same."""
    points = (replace(gym_design.access_points[0], x_m=8), *gym_design.access_points[1:])
    model.save(_fresh(replace(gym_design, access_points=points)), tmp_path / "d.json")

    assert () == model.stale(model.load(tmp_path / "d.json"))
