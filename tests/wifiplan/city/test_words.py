"""Sentences of a city's plan in both languages: the same values in each, and the Japanese without English words."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from wifiplan.city.listing import read_lists
from wifiplan.city.words import Said, said

SENTENCES = {
    f"{group}.{name}": row
    for group, rows in tomllib.loads((files("wifiplan.city") / "words.toml").read_text("utf-8")).items()
    for name, row in rows.items()
}


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_say_the_same_values(key: str) -> None:
    ja, en = (set(re.findall(r"\{(\w+)\}", SENTENCES[key][lang])) for lang in ("ja", "en"))

    assert en == ja


def test_a_sentence_in_a_sentence_is_japanese_in_the_japanese_one() -> None:
    found = said("said.at", where=said("said.row", source="a.csv", row=3, name="北小"), text=said("place.zero"))

    assert found == "a.csv: row 3, 北小: latitude and longitude are 0: the place is unknown"
    assert found.ja == "a.csvの3行目（北小）：緯度・経度が0なので、位置は不明とします"


def test_every_warning_of_a_list_has_its_japanese(tmp_path: Path) -> None:
    rows = [
        "名称,面積,収容人数,緯度,経度",
        "北小学校,-5,約500人,35.86,139.97",
        "南小学校,0,8500人（敷地全体）,139.97,35.86",
        "東小学校,9999999,300～400,0,0",
        "西小学校,500,三百人,x,y",
        "中小学校,500,屋内100人、屋内200人,-10,5",
        "上小学校,500,99999999,35.86,139.97",
        "下小学校,600,未定,15000,-20000",
    ]
    path = tmp_path / "list.csv"
    path.write_text("\n".join(rows), encoding="utf-8")

    found = read_lists([path])

    assert 10 <= len(found.warnings)
    for text in found.warnings:
        assert isinstance(text, Said)
        assert text.ja.startswith("list.csvの")
        assert not re.search(r"[a-z]{4,}", text.ja.removeprefix("list.csv").replace("crs", ""))
