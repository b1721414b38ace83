"""What the promised commands say is what they said when tests/golden/house was made: nothing changes by a move of code."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "tests" / "golden" / "house"
QUICK = ("drawings", "airtime", "coverage", "place", "live", "mistakes")


@pytest.mark.parametrize("group", QUICK)
def test_commands_say_what_they_said(golden: ModuleType, group: str, *, update_golden: bool) -> None:
    """Numbers may differ by a unit of their last digit, since processors round differently; words may not."""
    said = golden.said_by(ROOT, group)
    if update_golden:
        golden.write(HOUSE, group, said, small=True)

    assert "" == "".join(golden.differences(HOUSE, group, said, loose=True))


def test_every_group_is_kept_and_the_folder_is_small(golden: ModuleType) -> None:
    size_bytes = sum(path.stat().st_size for path in HOUSE.rglob("*") if path.is_file())

    assert {*golden.GROUPS, "inputs"} == {path.name for path in HOUSE.iterdir() if path.is_dir()}
    assert set(QUICK) < golden.GROUPS.keys()
    assert size_bytes < 1_000_000


def test_a_changed_digit_a_lost_file_and_a_changed_sum_are_seen(golden: ModuleType, tmp_path: Path) -> None:
    said = {"a.txt": "width 12.25 m\n", "b.txt": "yes\n", "c.txt": "x" * (golden.LARGEST_BYTES + 1)}
    golden.write(tmp_path, "group", said, small=True)
    changed = {"a.txt": "width 12.26 m\n", "c.txt": "y" + said["c.txt"]}

    assert [] == golden.differences(tmp_path, "group", said)
    assert "-width 12.25 m\n+width 12.26 m\n" in "".join(golden.differences(tmp_path, "group", changed))
    assert "group/b.txt: is missing\n" in golden.differences(tmp_path, "group", changed)
    assert any("c.txt: its sum is another" in line for line in golden.differences(tmp_path, "group", changed))


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("12.25 m at -61.50 dBm", True),
        ("12.26 m at -61.49 dBm", True),
        ("12.27 m at -61.50 dBm", False),
        ("12.25 m at -61.50 dB", False),
        ("12.25 m at 61.50 dBm", False),
    ],
)
def test_loosely_only_the_last_digit_may_differ(golden: ModuleType, new: str, *, expected: bool) -> None:
    assert expected == golden.same("12.25 m at -61.50 dBm", new, loose=True)


def test_only_what_the_rules_name_is_masked(golden: ModuleType) -> None:
    text = golden.json_text('{"seconds": 1.5, "age_s": null, "made": "wifiplan 0.1.0 at 2026-11-26T23:00:01.5Z", "clients": 7}')

    assert '{\n "seconds": "<time>",\n "age_s": null,\n "made": "wifiplan <version> at <time>",\n "clients": 7\n}\n' == text


def test_keys_that_the_migration_adds_are_left_out_by_their_parent(golden: ModuleType) -> None:
    value = {"format": 2, "assumptions": [{"what": "a", "kind": "b"}], "network": {"kind": "c", "format": 1}}

    assert {"assumptions": [{"what": "a"}], "network": {"kind": "c", "format": 1}} == golden.without_migrated(value)


def test_the_order_of_keys_is_no_difference_and_a_migrated_key_only_when_asked(golden: ModuleType, tmp_path: Path) -> None:
    golden.write(tmp_path, "group", {"a.json": golden.json_text('{"people": 7, "served": 6}')}, small=True)
    same = {"a.json": golden.json_text('{"served": 6, "people": 7}')}
    more = {"a.json": golden.json_text('{"served": 6, "people": 7, "computed_from": "abc"}')}
    other = {"a.json": golden.json_text('{"served": 7, "people": 7, "computed_from": "abc"}')}

    assert [] == golden.differences(tmp_path, "group", same)
    assert '+ "computed_from": "abc",\n' in golden.differences(tmp_path, "group", more)
    assert [] == golden.differences(tmp_path, "group", more, migrated=True)
    assert '- "served": 6.0\n' in golden.differences(tmp_path, "group", other, migrated=True)
