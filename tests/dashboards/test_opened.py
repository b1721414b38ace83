"""Opened shelters: a city's CSV in its many forms, what staff say, and rows that are wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors.config import Config, Site
from collectors.errors import ConfigError
from collectors.operations import JAPAN
from dashboards.opened import Said, indoor_and_outdoor, japanese_time, load_said, merged, read_list, said_path, say

NOW = datetime(2024, 1, 9, 12, 0, tzinfo=UTC)
AT_SIX = datetime(2024, 1, 9, 9, 0, tzinfo=UTC)


@pytest.fixture
def city(tmp_path: Path) -> Config:
    """Two shelters, one of which the list calls otherwise."""
    sites = (Site(name="山王小学校"), Site(name="komaruyama", shelter="小丸山小学校", capacity_people=400))
    return Config(
        path=tmp_path / "t.toml", store_url="sqlite:s", interval_s=60.0, targets=(), sites=sites, spool=tmp_path / "spool"
    )


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "opened.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("屋内480人／屋外3,350人(面積の1/2)", (480, 3350)),
        ("屋内2,736人屋外11,700人（面積の1/2）", (2736, 11700)),
        ("屋内90人／屋外1570人(面積の1/2)", (90, 1570)),
        ("", (None, None)),
        ("300人", (300, None)),
        ("たくさん", (None, None)),
    ],
)
def test_capacity_in_words(text: str, wanted: tuple[int | None, int | None]) -> None:
    assert wanted == indoor_and_outdoor(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("令和6年1月9日午後6時", AT_SIX),
        ("令和6年1月9日午後6時時点", AT_SIX),
        ("令和６年１月９日午後６時", AT_SIX),
        ("令和6年1月9日午前0時", datetime(2024, 1, 8, 15, 0, tzinfo=UTC)),
        ("令和6年1月9日午後0時30分", datetime(2024, 1, 9, 3, 30, tzinfo=UTC)),
        ("令和6年1月9日午後1時半", datetime(2024, 1, 9, 4, 30, tzinfo=UTC)),
        ("2024/1/9 18:00", AT_SIX),
        ("2024-01-09T18:00:00+09:00", AT_SIX),
        ("令和元年13月40日", None),
        ("昨日", None),
    ],
)
def test_times_as_cities_write_them(text: str, wanted: datetime | None) -> None:
    assert wanted == japanese_time(text, JAPAN)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_list_in_any_encoding_with_the_time_in_the_head(city: Config, tmp_path: Path, encoding: str) -> None:
    path = written(
        tmp_path,
        "ID,地区,名称,人数_令和6年1月9日午後6時時点,想定収容人数\n"
        '1,袖ケ江,山王小学校,180,"屋内480人／屋外3,350人(面積の1/2)"\n2,西湊,小丸山小学校,129,\n',
        encoding,
    )
    found = merged(city, read_list(path, JAPAN, read_at=NOW), (), NOW)
    one, two = found.shelters["山王小学校"], found.shelters["komaruyama"]

    assert (True, 480, 3350, "袖ケ江") == (one.opened, one.capacity_people, one.capacity_outdoor_people, one.district)
    assert one.count is not None
    assert (180, AT_SIX) == (one.count.people, one.count.time)
    assert (True, 400) == (two.opened, two.capacity_people)
    assert () == found.unknown
    assert () == found.faults


def test_two_shelters_of_one_name_and_an_unknown_one_are_told_and_the_rest_works(city: Config, tmp_path: Path) -> None:
    path = written(tmp_path, "名称,人数\n山王小学校,10\n山王 小学校,20\n小丸山小学校,30\n知らない会館,5\n")
    found = merged(city, read_list(path, JAPAN, read_at=NOW), (), NOW)

    assert found.shelters["山王小学校"].opened is None
    assert found.shelters["komaruyama"].opened is True
    assert ("知らない会館",) == found.unknown
    assert "rows 2, 3" in found.faults[0]


def test_cells_that_cannot_be_read_are_told_by_row_and_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, "名称,人数,時点,想定収容人数\n山王小学校,百二十,昨日,大\n,9,,\n")
    found = read_list(path, JAPAN)

    assert (None, None, None) == (
        found.shelters[0].people,
        found.shelters[0].counted_at,
        found.shelters[0].capacity_people,
    )
    assert 4 == len(found.faults)
    assert all("row 2" in fault for fault in found.faults[:3])


def test_a_list_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no column of names"):
        read_list(written(tmp_path, "a,b\n1,2\n"), JAPAN)


def test_a_site_that_is_not_on_the_list_is_closed_and_without_a_list_unknown(city: Config, tmp_path: Path) -> None:
    listed = read_list(written(tmp_path, "名称\n山王小学校\n"), JAPAN, read_at=NOW)

    assert merged(city, listed, (), NOW).shelters["komaruyama"].opened is False
    assert merged(city, None, (), NOW).shelters["komaruyama"].opened is None


def test_what_staff_say_later_holds_and_what_they_said_earlier_does_not(city: Config, tmp_path: Path) -> None:
    listed = read_list(written(tmp_path, "名称,人数,時点\n山王小学校,10,2024/1/9 18:00\n"), JAPAN, read_at=AT_SIX)
    early = Said(site="山王小学校", time=AT_SIX - timedelta(hours=1), who="a", opened=False, people=99)
    late = Said(site="山王小学校", time=AT_SIX + timedelta(hours=1), who="b", full=True, people=50)
    before = merged(city, listed, (early,), NOW).shelters["山王小学校"]
    after = merged(city, listed, (late, early), NOW).shelters["山王小学校"]

    assert (True, 10) == (before.opened, before.count and before.count.people)
    assert (True, True, 50, "b") == (after.opened, after.full, after.count and after.count.people, after.said_by)


def test_the_log_of_staff_keeps_who_said_what_and_a_broken_line_costs_only_itself(city: Config) -> None:
    said = Said(site="komaruyama", time=NOW, who="office", opened=True, people=12)
    say(city, said)
    with said_path(city).open("a", encoding="utf-8") as log:
        log.write('{"time": "2024-01-0\n')
    say(city, replace(said, people=13))

    assert [12, 13] == [one.people for one in load_said(city)]
    assert "office" == load_said(city)[0].who
    with pytest.raises(ConfigError, match="no such site"):
        say(city, replace(said, site="nowhere"))


@pytest.mark.parametrize(
    ("state", "opened", "full"),
    [
        *(("開設中", True, False), ("○", True, False), ("Open", True, False), ("混雑", True, False), ("閉鎖予定", True, False)),
        *(("ほぼ満員", True, False), ("開設(満員)", True, True), ("満室", True, True), ("受入停止", True, True)),
        *(("準備中", False, False), ("開設予定", False, False), ("開設なし", False, False), ("×", False, False)),
        *(("利用不可", False, False), ("休止", False, False), ("閉所しました", False, False), ("未開設", False, False)),
        *(("不明", None, False), ("確認中", None, False), ("－", None, False), ("赤", None, False)),
    ],
)
def test_a_state_is_what_its_words_say_and_never_opened_by_default(
    tmp_path: Path, state: str, opened: bool | None, full: bool
) -> None:
    """A shelter that is being prepared is not opened, and what nobody knows is unknown."""
    path = tmp_path / "list.csv"
    path.write_text(f"名称,開設状況\n北小,{state}\n")
    (one,) = read_list(path, JAPAN).shelters

    assert (opened, full) == (one.opened, one.full)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        *(("１２０人", 120), ("約120名", 120), ("100人程度", 100), ('"1,200"', 1200), ("120(うち要配慮者10)", 120)),
        ("10〜20", None),
    ],
)
def test_people_in_words_are_a_number_or_unknown(tmp_path: Path, text: str, people: int | None) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"名称;人数（計）\n北小;{text}\n".replace(";", "\t"), encoding="utf-16")

    assert [people] == [one.people for one in read_list(path, JAPAN).shelters]


def test_lines_above_the_headings_say_of_what_time_the_list_is(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("開設避難所一覧\nR8.11.27 6:00 現在\n\n番号,避難所名,避難者数（人）\n1,北小学校,120\n")
    (one,) = read_list(path, JAPAN).shelters

    assert ("北小学校", 120, datetime(2026, 11, 26, 21, 0, tzinfo=UTC)) == (one.name, one.people, one.counted_at)


@pytest.mark.parametrize(("opened", "who", "says"), [(False, "山田", "closed and full"), (True, " ", "nobody says so")])
def test_what_contradicts_itself_is_not_entered(city: Config, opened: bool, who: str, says: str) -> None:
    said = Said(site=city.site_names[0], time=datetime(2026, 11, 27, tzinfo=UTC), who=who, opened=opened, full=True)

    with pytest.raises(ConfigError, match=says):
        say(city, said)
    assert () == load_said(city)
