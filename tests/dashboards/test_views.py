"""Every view runs in both languages with and without data, and says in plain words why there is nothing to see."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from streamlit.testing.v1 import AppTest

from collectors.metrics import Sample
from dashboards import app, data, door
from dashboards.locale import all_words, words
from wifiplan.model import Design
from wifiplan.report import document as report
from wifiplan.report.catalogue import LANGS, Lang

SITUATIONS = (
    "nothing",
    "config",
    "no store",
    "empty store",
    "stale",
    "live",
    "broken config",
    "broken design",
    "no targets",
    "no design",
)
# The design page draws, which takes a second; what is live is nothing to it.
CASES = [
    *((situation, view) for situation in SITUATIONS for view in ("live", "facilities")),
    *((situation, "design") for situation in ("nothing", "live", "broken config", "broken design")),
]

Put = Callable[[Sequence[Sample]], None]


def _script() -> None:
    import importlib

    import streamlit as st

    importlib.import_module(f"dashboards.views.{st.session_state['view']}").page()


def run(view: str, lang: Lang) -> AppTest:
    page = AppTest.from_function(_script, default_timeout=60)
    page.session_state["view"] = view
    page.session_state["language"] = lang
    return page.run()


def html(page: AppTest) -> ET.Element:
    """All HTML of ours on the page, parsed: what is not well-formed fails here."""
    root = ET.Element("page")
    root.extend(ET.fromstring(element.value) for element in page.markdown if element.value.startswith("<div>"))
    return root


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


def text_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def shown(page: AppTest) -> str:
    """All that can be read on the page."""
    return "\n".join([*(element.value for element in [*page.title, *page.subheader]), *map(text_of, html(page))])


@pytest.fixture
def situation(  # noqa: PLR0917
    request: pytest.FixtureRequest,
    targets_toml: Path,
    design_file: Path,
    put_samples: Put,
    all_well: list[Sample],
    say: Callable[..., Sample],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    name: str = request.param
    if name != "nothing":
        monkeypatch.setenv(data.CONFIG_ENV, str(targets_toml))
    if name == "empty store":
        put_samples([])
    if name == "stale":
        put_samples([say("wifi_total", age_s=900, source="ap", clients=54321, aps=3, aps_up=3)])
    if name in ("live", "broken design", "no design"):
        put_samples(all_well)
    if name == "broken config":
        targets_toml.write_text("[store\n", encoding="utf-8")
    if name == "broken design":
        design_file.write_text("{}", encoding="utf-8")
    if name == "no targets":
        put_samples([])
        targets_toml.write_text('[store]\nurl = "sqlite:store.sqlite"\n', encoding="utf-8")
    if name == "no design":
        targets_toml.write_text(targets_toml.read_text("utf-8").replace('design = "design.json"', ""), encoding="utf-8")
    return name


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("situation", "view"), CASES, indirect=["situation"])
def test_every_view_runs_and_has_something_to_say(situation: str, view: str, lang: Lang) -> None:
    page = run(view, lang)

    assert [] == list(page.exception)
    assert words(f"{'live' if view == 'live' else view}.title", lang) == page.title[0].value
    answers = [element for kind in ("wp-notice", "wp-banner", "wp-table") for element in of_class(html(page), kind)]
    assert answers
    assert all(text_of(element) for element in answers)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("situation", "view", "key"),
    [
        ("nothing", "live", "missing.config"),
        ("nothing", "design", "missing.design"),
        ("no store", "live", "missing.store"),
        ("no store", "facilities", "missing.store"),
        ("empty store", "live", "missing.empty"),
        ("broken config", "facilities", "missing.config_broken"),
        ("broken design", "design", "missing.design_broken"),
        ("no targets", "facilities", "facilities.none"),
        ("no design", "live", "missing.site_design"),
    ],
    indirect=["situation"],
)
def test_what_is_missing_is_said_with_the_way_out(situation: str, view: str, key: str, lang: Lang) -> None:
    text = shown(run(view, lang))

    assert words(key, lang) in text
    if f"{key}_way" in all_words().entries:
        way_out = all_words().entries[f"{key}_way"][lang].split("`")[0].split("{")[0]
        assert way_out in text


@pytest.mark.parametrize("situation", ["stale"], indirect=True)
@pytest.mark.parametrize("view", ["live", "facilities"])
def test_a_stale_store_shows_no_old_number_as_a_new_one(situation: str, view: str) -> None:
    text = shown(run(view, "ja"))

    assert words("missing.stale", "ja", age="15分前") in text
    assert "54,321" not in text
    assert "54321" not in text


@pytest.mark.parametrize("situation", ["live"], indirect=True)
def test_live_shows_every_access_point_with_clients_planned_and_limit(situation: str) -> None:
    page = html(run("live", "en"))
    (plan,) = of_class(page, "wp-plan")
    (table,) = page.iter("table")
    rows = [[text_of(cell) for cell in row.iter("td")] for row in table.iter("tr")]

    marks = {group.get("data-ap"): group.findtext("text") for group in plan.iter("g")}
    assert {"AP-1": "18", "AP-2": "20", "AP-3": "22"} == marks
    assert 3 == [text_of(line) for line in of_class(plan, "wp-detail")].count("plan 40 · limit 80")
    assert [["AP-1", "OK", "18", "40", "80"], ["AP-2", "OK", "20", "40", "80"], ["AP-3", "OK", "22", "40", "80"]] == [
        row[:5] for row in rows[1:]
    ]


@pytest.mark.parametrize("situation", ["live"], indirect=True)
def test_the_design_page_shows_layout_signal_load_and_every_access_point(situation: str, design: Design) -> None:
    """And the answer, in the report's own words: page and paper must not differ."""
    page = run("design", "en")
    text = shown(page)

    pictures = of_class(html(page), "wp-figure")
    truth, table = html(page).iter("table")

    assert all(sentence in text for sentence in report.answer(design, "en"))
    assert ["±4 dB", "±9 dB", "±11 dB", "±10 dB", "±13 dB", "±13 dB"] == [text_of(row[1]) for row in truth.iter("tr")][1:]
    assert [b"\x89PNG"] * 3 == [base64.b64decode(one.get("src", "").partition("base64,")[2])[:4] for one in pictures]
    assert all(one.get("alt") for one in pictures)
    assert ["AP-1", "AP-2", "AP-3"] == [text_of(row[0]) for row in table.iter("tr")][1:]
    assert ["2.4 GHz", "5 GHz"] == page.radio[0].options


# --- the frame around the views


PROXY = """
[login]
by = "proxy"
header = "Remote-User"
[roles]
viewer = ["hana"]
"""


@pytest.mark.parametrize(
    ("named", "heading"), [(None, "ログイン"), ("taro", "ログイン"), ("hana", "")], ids=["nobody", "no role", "viewer"]
)
def test_only_who_has_a_role_sees_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None, heading: str
) -> None:
    access = tmp_path / "access.toml"
    access.write_text(PROXY, encoding="utf-8")
    monkeypatch.setenv(data.ACCESS_ENV, str(access))
    headers = {} if named is None else {door.NAMED: named}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.headers", headers)
    page = AppTest.from_file(str(app.__file__), default_timeout=60).run()

    assert [] == list(page.exception)
    assert (heading == "ログイン") == (["ログイン"] == [title.value for title in page.title])
    assert (heading == "") == (words("missing.config", "ja") in shown(page))


def test_an_access_toml_that_breaks_lets_nobody_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access = tmp_path / "access.toml"
    access.write_text("[login", encoding="utf-8")
    monkeypatch.setenv(data.ACCESS_ENV, str(access))
    page = AppTest.from_file(str(app.__file__), default_timeout=60).run()

    assert [] == list(page.exception)
    assert words("login.broken", "ja") in shown(page)
    assert [] == list(page.title)


@pytest.mark.parametrize(("asked", "lang"), [(None, "ja"), ("en", "en"), ("xx", "ja")])
def test_the_app_speaks_japanese_unless_asked_for_english(asked: str | None, lang: Lang) -> None:
    page = AppTest.from_file(str(app.__file__), default_timeout=60)
    if asked is not None:
        page.query_params["lang"] = asked
    page.run()

    assert [] == list(page.exception)
    assert words("missing.config", lang) in shown(page)
    assert ["日本語", "English"] == page.sidebar.radio[0].options


def test_the_switch_changes_the_language_of_the_page() -> None:
    page = AppTest.from_file(str(app.__file__), default_timeout=60).run()
    page.sidebar.radio[0].set_value("en").run()

    assert "en" == page.session_state["language"]
    assert words("missing.config", "en") in shown(page)


def test_access_points_without_a_site_are_said_beside_the_facilities(
    targets_toml: Path, put_samples: Put, all_well: list[Sample], say: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(data.CONFIG_ENV, str(targets_toml))
    put_samples([*all_well, say("wifi_ap", site="unassigned", ap="stray-1", ap_key="9", clients=4, up=1)])

    assert "stray-1" in shown(run("facilities", "ja"))
