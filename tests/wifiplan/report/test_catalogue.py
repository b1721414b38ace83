"""One catalogue, one `words()`: both layouts of TOML give the same, and nothing unknown is passed over."""

from __future__ import annotations

import pytest

from wifiplan.report import catalogue
from wifiplan.report.catalogue import Lang

BESIDE = catalogue.side_by_side({"age": {"days": {"ja": "{number}日前", "en": "{number} days ago"}}, "zone": {"hall": "ホール"}})
EACH = catalogue.one_each({"ja": {"age": {"days": "{number}日前"}}, "en": {"age": {"days": "{number} days ago"}}})


@pytest.mark.parametrize(("lang", "text"), [("ja", "3日前"), ("en", "3 days ago")])
def test_both_layouts_say_the_same(lang: Lang, text: str) -> None:
    assert [text, text] == [words.words("age.days", lang, number=3) for words in (BESIDE, EACH)]


def test_a_plain_string_is_the_japanese_of_an_english_key() -> None:
    assert ("ホール", "hall") == (BESIDE.words("zone.hall", "ja"), BESIDE.words("zone.hall", "en"))


def test_an_unknown_key_and_a_missing_value_are_not_passed_over() -> None:
    with pytest.raises(KeyError):
        EACH.words("age.weeks", "ja", number=3)
    with pytest.raises(KeyError):
        EACH.words("age.days", "ja")
