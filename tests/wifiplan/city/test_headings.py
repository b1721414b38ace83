"""What headings mean, and a mapping file for those that no word tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from wifiplan.city import headings, listing
from wifiplan.errors import DesignError


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("施設・場所名", "name"),
        ("収容人数(屋外)", None),
        ("避難スペース面積", "area_m2"),
        ("敷地面積", "site_area_m2"),
        ("収容可能人数(体育館)", "persons"),
        ("緯度(世界測地系)", "latitude_deg"),
        ("災害種別_洪水", "flood"),
        ("色", None),
    ],
)
def test_a_heading_holds_one_field(head: str, field: str | None) -> None:
    found = headings.field_of(head)

    assert field == (None if found is None else found[0])


@pytest.mark.parametrize(
    ("name", "is_total"),
    [
        *(("合計", True), ("小 計", True), ("北部地区計", False), ("柏市合計", True), ("時計台会館", False)),
        *(("計 2施設", True), ("計画センター", False)),
    ],
)
def test_a_row_that_adds_others_up_is_told_by_its_name(name: str, is_total: bool) -> None:
    assert is_total == headings.is_total(name)


def test_a_mapping_file_names_columns_that_no_word_tells(tmp_path: Path) -> None:
    (tmp_path / "columns.toml").write_text('name = "とこ"\npersons = "何人"\n', encoding="utf-8")
    (tmp_path / "list.csv").write_text("とこ,何人,住所\n東小学校,300,東1\n", encoding="utf-8")
    found = listing.read_lists([tmp_path / "list.csv"], columns=headings.read_columns(tmp_path / "columns.toml"))

    assert [("東小学校", 300.0)] == [(one.name, one.persons) for one in found.facilities]


@pytest.mark.parametrize(("line", "says"), [('seats = "a"', "no such field"), ("name = 3", "no heading")])
def test_a_wrong_mapping_file_is_refused(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "columns.toml").write_text(line, encoding="utf-8")

    with pytest.raises(DesignError, match=says):
        headings.read_columns(tmp_path / "columns.toml")
