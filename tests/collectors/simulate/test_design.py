"""A design is read by its documented keys, and nothing else in it matters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from collectors.errors import ConfigError
from collectors.simulate.design import read_design

if TYPE_CHECKING:
    from pathlib import Path


def design_json(**changes: Any) -> dict[str, Any]:
    ap = {"name": "AP-1", "x_m": 1.0, "y_m": 1.0, "height_m": 3.0, "why": "not for the simulation"}
    radios = [{"band": "5", "channel": 36, "planned_clients": 25.5, "client_limit": 60}]
    aps = [{**ap, "key": "00:11:22:33:44:55", "radios": radios}, {**ap, "name": "AP-2", "radios": radios}]
    return {"format": 1, "floor_plan": {"name": '柏 "第一" 小'}, "scenario": "shelter-day3", "access_points": aps, **changes}


def test_a_design_is_read_by_its_documented_keys(tmp_path: Path) -> None:
    """MAC from the key, else a made one that is the same at every start; planned clients and limits."""
    path = tmp_path / "design.json"
    path.write_text(json.dumps(design_json()))
    found = read_design(path)
    first, second = found.access_points

    assert ('柏 "第一" 小', "shelter-day3") == (found.site, found.scenario)
    assert bytes.fromhex("001122334455") == first.mac
    assert 0x02 == second.mac[0]
    assert (first, second) == read_design(path).access_points
    assert (25.5, 60) == (first.radios[0].planned_clients, first.radios[0].client_limit)


def test_radios_without_a_plan_share_everybodys_devices(tmp_path: Path) -> None:
    """200 people x 1.5 devices x 0.8 associated over 2 radios."""
    path = tmp_path / "design.json"
    bare = design_json(demands=[{"zone": "hall", "people": 200, "devices_per_person": 1.5, "associated_share": 0.8}])
    for ap in bare["access_points"]:
        ap["radios"] = [{"band": "5", "channel": 36}]
    path.write_text(json.dumps(bare))

    assert [120.0, 120.0] == [ap.radios[0].planned_clients for ap in read_design(path).access_points]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no such file"),
        ("{", "not JSON"),
        ("[]", "should be a valid dictionary"),
        (json.dumps(design_json(format=3)), "format 3 is newer"),
        (json.dumps(design_json(access_points=[])), "access_points: .*at least 1 item"),
        (json.dumps(design_json(access_points=[{"name": "a"}, {"name": "a"}])), r"access_points\[1\].name: a is another"),
        (json.dumps(design_json(access_points=[{"name": "ups"}])), r"access_points\[0\].name: ups is another"),
        (
            json.dumps(design_json(access_points=[{"name": "a", "radios": [{"band": "7"}]}])),
            r"access_points\[0\].radios\[0\].band",
        ),
    ],
)
def test_a_design_that_is_wrong_is_named_with_the_place_in_it(tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "design.json"
    if text is not None:
        path.write_text(text)

    with pytest.raises(ConfigError, match=rf"design.json: .*{words}"):
        read_design(path)
