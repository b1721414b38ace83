"""A disaster rehearsed in short: lists of opened shelters through the whole chain, with every fault; and lists that are none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collectors.errors import ConfigError
from dashboards.rehearse import Rehearsal, rehearse, snapshots

HEAD = "ID,名称,人数,時点,想定収容人数\n"


def write_lists(folder: Path) -> None:
    """Three lists: one with another header, a shelter that closes, one that fills up, one without capacity."""
    folder.mkdir(parents=True, exist_ok=True)
    first = HEAD.replace("人数,時点,", "人数_令和6年1月9日午後6時時点,")
    (folder / "open_2024-01-09-1800.csv").write_text(
        first + '1,山王小学校,180,"屋内480人／屋外3,350人"\n2,小丸山小学校,60,屋内100人\n3,集会所,12,\n', encoding="utf-8"
    )
    (folder / "open_2024-01-11-1800.csv").write_text(
        HEAD + "1,山王小学校,20,令和6年1月11日午後6時,屋内480人\n2,小丸山小学校,95,令和6年1月11日午後6時,屋内100人\n",
        encoding="utf-8-sig",
    )
    (folder / "open_2024-01-13-0600.csv").write_text(
        HEAD + "1,山王小学校,300,令和6年1月13日午前6時,屋内480人\n", encoding="cp932"
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    folder = tmp_path_factory.mktemp("lists")
    write_lists(folder)
    return asyncio.run(rehearse(folder))


def test_each_list_is_shown_as_it_is(done: Rehearsal) -> None:
    shown = [day["shown"] for day in done.days]

    assert {"山王小学校": "やや混雑", "小丸山小学校": "やや混雑", "集会所": None} == shown[0]
    assert {"山王小学校": "空いています", "小丸山小学校": "満"} == shown[1]
    assert {"山王小学校": "混雑"} == shown[2]
    assert [] == [wrong for day in done.days for wrong in day["wrong"]]


def test_every_alert_that_should_come_comes_once_and_no_other(done: Rehearsal) -> None:
    told = {row["cause"].partition(":")[0]: len(row["sent"]) for row in done.alerts if not row["cause"].endswith("(its end)")}

    assert all(row["expected"] == row["sent"] for row in done.alerts)
    assert {
        "Uplink loss": 1,
        "Controller restart": 0,
        "Clock step": 0,
        "Collector stop": 1,
        "a shelter is full": 1,
    }.items() <= told.items()
    assert told["Blackout"] > 1


def test_the_public_folder_is_right_in_every_minute(done: Rehearsal) -> None:
    assert [] == done.wrong_minutes
    assert done.minutes > 100
    assert done.ok


def test_what_is_wrong_is_found(tmp_path: Path) -> None:
    """A list and a page that differ, an alert too many: the rehearsal can fail."""
    day = {"time": "", "expected": {"A": "満"}, "shown": {"A": None}, "wrong": ["A: unknown shown, not 満"]}

    assert not Rehearsal(days=[day]).ok
    assert not Rehearsal(alerts=[{"cause": "x", "expected": [], "sent": ["aps_down||A"]}]).ok
    assert not Rehearsal(wrong_minutes=["x"]).ok
    assert Rehearsal().ok


def test_real_lists_are_read_in_their_order(shared: Path) -> None:
    """Nanao 2024: 117 lists; the first has another header, capacity is text with 屋内 and 屋外, 48 rows have none."""
    found = snapshots(shared / "data" / "nanao")
    none = sum(capacity is None for one in found for capacity in one.capacity.values())

    assert 117 == len(found)
    assert (29, 1886) == (len(found[0].people), sum(people or 0 for people in found[0].people.values()))
    assert sorted(one.time for one in found) == [one.time for one in found]
    assert 48 == none


def write_wrong(folder: Path) -> None:
    folder.mkdir()
    (folder / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir, write_wrong])
def test_a_folder_without_lists_is_refused(tmp_path: Path, make: object) -> None:
    make(tmp_path / "x")  # type: ignore[operator]
    with pytest.raises(ConfigError, match="give"):
        snapshots(tmp_path / "x")
