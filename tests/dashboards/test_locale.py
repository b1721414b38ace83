"""Both languages say the same things, and everything that is said has words."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import dashboards
from dashboards import locale, rules
from dashboards.alerts import ALERT_RULES
from dashboards.states import STATES, Reason
from wifiplan.report.catalogue import LANGS, Lang

ENTRIES = locale.all_words().entries
SOURCES = sorted(Path(dashboards.__file__).parent.rglob("*.py"))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert set() == {key for key, entry in ENTRIES.items() if set(entry) != set(LANGS)}


def test_both_languages_put_in_the_same_values() -> None:
    differing = {key for key, entry in ENTRIES.items() if placeholders(entry["ja"]) != placeholders(entry["en"])}

    assert set() == differing


def test_english_has_no_japanese_left_in_it() -> None:
    """The language switch shows both names on purpose."""
    japanese = {key for key, entry in ENTRIES.items() if re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", entry["en"])}

    assert {"app.language"} == japanese


def _keys_of(node: ast.expr) -> set[str]:
    """The key that an argument is, with a * for each part that is put in; none where it is a variable."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        return {"".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)}
    return set()


def _said_keys() -> set[str]:
    calls = [node for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    # `wording.words` says the report's own words, which its test looks after.
    own = [
        call for call in calls if not (isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "wording")
    ]
    said = [call.args[0] for call in own if getattr(call.func, "id", getattr(call.func, "attr", "")) == "words" and call.args]
    return {key for node in said for key in _keys_of(node)}


def test_every_key_that_a_page_says_has_words() -> None:
    patterns = {key: re.compile(re.escape(key).replace(r"\*", ".+")) for key in _said_keys()}
    missing = {key for key, pattern in patterns.items() if not any(pattern.fullmatch(known) for known in ENTRIES)}

    assert len(patterns) > 30
    assert set() == missing


def test_no_words_are_left_that_nobody_says() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in SOURCES)
    groups = {key.partition(".")[0] for key in ENTRIES}
    built = {group for group in groups if re.search(rf"[\"']{group}\.\{{", sources)}
    unsaid = {key for key in ENTRIES if f'"{key}"' not in sources and key.partition(".")[0] not in built}

    assert set() == unsaid


def test_every_state_has_a_word_and_a_meaning() -> None:
    assert {f"{group}.{state}" for group in ("state", "meaning") for state in STATES} <= set(ENTRIES)


def test_every_reason_that_has_words_is_given_and_every_one_given_has_words() -> None:
    worded = {key for key in ENTRIES if key.startswith("reason.")}

    assert worded == {rule.words_key for rule in rules.RULES} | {f"reason.{rule.code}" for rule in ALERT_RULES}


@pytest.mark.parametrize(
    ("reason", "lang", "text"),
    [
        (
            Reason(code="silent", values={"device": "wlc", "age_s": 400.0}),
            "en",
            "Nothing new of wlc (last 6 min ago). Check the collector.",
        ),
        (Reason(code="aps_down", names=("AP-1", "AP-2")), "ja", "止まっているアクセスポイント：AP-1、AP-2"),
        (
            Reason(code="aps_down", names=tuple("abcdefgh")),
            "en",
            "Access points that are down: a, b, c, d, e, f and 2 more",
        ),
    ],
)
def test_a_reason_says_ages_and_many_names_as_people_do(reason: Reason, lang: Lang, text: str) -> None:
    assert text == locale.reason(reason, lang)


@pytest.mark.parametrize(
    ("age_s", "text"),
    [
        (0.4, "0秒前"),
        (119.9, "119秒前"),
        (120, "2分前"),
        (7_199, "119分前"),
        (7_200, "2時間前"),
        (172_800, "2日前"),
        (None, "受信なし"),
    ],
)
def test_an_age_is_told_in_the_unit_that_matters_and_never_as_younger_than_its_unit_allows(
    age_s: float | None, text: str
) -> None:
    assert text == locale.age(age_s, "ja")
