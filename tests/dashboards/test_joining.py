"""Plan and live are joined by hand or by `match --write`: keys go into the designs, and nothing else of them changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dashboards.facts import LiveAp
from dashboards.joining import joined, write
from dashboards.matching import matched
from wifiplan import model
from wifiplan.model import Design

LIVE = LiveAp(name="ap 1", key="00:00:5e:00:53:01", device="wlc", age_s=5.0, fresh=True, clients=7, up=True, bands=())


def test_accepted_pairs_are_written_as_keys_and_no_answer_of_the_design_becomes_stale(design: Design, design_file: Path) -> None:
    before = model.load(design_file)
    found = joined({"gym": matched({design_file: before}, [LIVE])})
    written = write(found, at_least=0.5)
    after = model.load(design_file)

    assert 1 == written
    assert [LIVE.key, None, None] == [ap.key for ap in after.access_points]
    assert model.inputs_hash(before) == model.inputs_hash(after)
    assert 0 == write(joined({"gym": matched({design_file: after}, [LIVE])}), at_least=0.5)
    assert len(design.access_points) == len(after.access_points)


def test_a_pair_that_is_not_sure_enough_is_suggested_and_not_written(design_file: Path) -> None:
    live = [replace(LIVE, name=name, key=f"00:00:5e:00:53:{n:02x}") for n, name in enumerate(("east", "north", "west"), 1)]
    found = joined({"gym": matched({design_file: model.load(design_file)}, live)})

    assert 3 == len(found.pairs)
    assert 0 == write(found, at_least=0.5)
    assert {None} == {ap.key for ap in model.load(design_file).access_points}


def test_what_has_no_other_half_is_listed(design_file: Path) -> None:
    live = [LIVE, replace(LIVE, name="hall-7", key="00:00:5e:00:53:07")]
    found = joined({"gym": matched({design_file: model.load(design_file)}, live)}).to_json()

    assert [{"site": "gym", "planned": "AP-1", "ap": "ap 1", "ap_key": LIVE.key, "how": "spelling", "confidence": 0.9}] == found[
        "pairs"
    ]
    assert [{"site": "gym", "planned": "AP-2"}, {"site": "gym", "planned": "AP-3"}] == found["planned_only"]
    assert ["hall-7"] == [one["ap"] for one in found["live_only"]]
