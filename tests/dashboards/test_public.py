"""The public folder: what is in it and what is not, that it says its own age, and that it is replaced whole."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.errors import CollectError
from collectors.operations import JAPAN
from dashboards import public
from dashboards.people import People
from dashboards.shelters import ShelterNow

NOW = datetime(2026, 11, 27, 9, 5, tzinfo=UTC)
ONE = ShelterNow(
    site="山王小学校",
    opened=True,
    since=NOW,
    people=People(value=183, low=150, high=220, basis="assumed"),
    crowding="filling",
    usable="usable",
    internet=True,
    on_battery=None,
    battery_minutes=None,
    capacity_people=480,
    room_people=297,
    age_s=5.0,
    latitude=37.04185,
    longitude=136.97373,
    district="袖ケ江",
)
CLOSED = replace(ONE, site="<b>館</b>", opened=False, people=None, crowding=None, usable="unknown", internet=None, latitude=None)


def read(folder: Path) -> tuple[str, dict[str, object], dict[str, object]]:
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("index.html", "status.json", "status.geojson")]
    return texts[0], json.loads(texts[1]), json.loads(texts[2])


def test_all_three_files_say_the_same(tmp_path: Path) -> None:
    public.write(tmp_path / "new", public.published([CLOSED, ONE], NOW), JAPAN)
    html, told, places = read(tmp_path / "new")
    row = told["shelters"][0]  # type: ignore[index]

    assert {"index.html", "status.json", "status.geojson"} == {path.name for path in (tmp_path / "new").iterdir()}
    assert ("山王小学校", True, "やや混雑", 180, "usable") == tuple(
        row[key] for key in ("name", "opened", "crowding", "people_about", "wifi")
    )
    assert [136.97373, 37.04185] == places["features"][0]["geometry"]["coordinates"]  # type: ignore[index]
    assert places["features"][1]["geometry"] is None  # type: ignore[index]
    assert told["valid_until"] == places["valid_until"] == "2026-11-27T09:15:00+00:00"
    for words in ("やや混雑", "Filling up", "約180人", "about 180", "利用停止中", "Closed"):
        assert words in html


def test_time_and_end_of_validity_are_read_without_javascript(tmp_path: Path) -> None:
    public.write(tmp_path, public.published([ONE], NOW), JAPAN)
    html, _, _ = read(tmp_path)

    assert "<script" not in html
    assert "2026-11-27 18:05 現在" in html
    assert "2026-11-27 18:15 を過ぎたら、この情報は古く、無効です" in html
    assert "After 2026-11-27 18:15 this is out of date and not valid (older than 10 minutes: not valid)." in html
    assert not re.search(r"(src|href)=", html)


def test_it_says_in_both_languages_that_the_disaster_network_is_not_encrypted(tmp_path: Path) -> None:
    public.write(tmp_path, public.published([ONE], NOW), JAPAN)
    html, _, _ = read(tmp_path)

    assert "00000JAPAN は暗号化されていません" in html
    assert "00000JAPAN is not encrypted: send no passwords" in html


def test_names_are_text_and_never_markup(tmp_path: Path) -> None:
    public.write(tmp_path, public.published([CLOSED], NOW), JAPAN)

    assert "<b>館" not in read(tmp_path)[0]


@pytest.mark.parametrize(
    ("people", "wanted"),
    [
        (None, None),
        (People(value=3, low=0, high=9, basis="assumed"), 0),
        (People(value=14, low=9, high=20, basis="assumed"), 10),
        (People(value=185, low=150, high=220, basis="assumed"), 180),
        (People(value=300, low=240, high=None, basis="assumed"), 240),
    ],
)
def test_counts_are_rounded(people: People | None, wanted: int | None) -> None:
    assert wanted == public.rounded(people)


def test_where_the_store_is_gone_everything_is_unknown_but_what_the_city_said(tmp_path: Path) -> None:
    public.write(tmp_path, public.published([ONE], NOW, trouble="store: gone"), JAPAN)
    html, told, _ = read(tmp_path)
    row = told["shelters"][0]  # type: ignore[index]

    assert (True, None, None, "unknown", None) == tuple(
        row[key] for key in ("opened", "crowding", "people_about", "wifi", "internet")
    )
    assert "今、計測の情報がありません" in html
    assert "store: gone" not in html


def test_a_folder_that_cannot_be_written_keeps_what_was_there(tmp_path: Path) -> None:
    public.write(tmp_path, public.published([ONE], NOW), JAPAN)
    before = read(tmp_path)
    (tmp_path / ".index.html.part").mkdir()
    with pytest.raises(CollectError, match="cannot be written"):
        public.write(tmp_path, public.published([CLOSED], NOW), JAPAN)

    assert before == read(tmp_path)
