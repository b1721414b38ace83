"""Every view runs in both languages with and without data, and says in plain words why there is nothing to see."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from streamlit.testing.v1 import AppTest

from collectors import config as collect_config
from collectors.events import Event, events_path, save_events
from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards import app, data, door, roles
from dashboards.alerts import Alert, Condition
from dashboards.locale import all_words, words
from dashboards.outbox import Outbox, outbox_path
from dashboards.states import Reason
from wifiplan.model import Design
from wifiplan.report import document as report
from wifiplan.report import handover
from wifiplan.report.catalogue import LANGS, Lang

SITE = "第一小学校 体育館"
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
    *((situation, view) for situation in SITUATIONS for view in ("live", "facilities", "office", "alerts")),
    *((situation, view) for situation in ("nothing", "no store", "live") for view in ("events", "readiness")),
    *((situation, "design") for situation in ("nothing", "live", "broken config", "broken design")),
]

Put = Callable[[Sequence[Sample]], None]


def _script() -> None:
    import importlib

    import streamlit as st

    importlib.import_module(f"dashboards.views.{st.session_state['view']}").page()


def run(view: str, lang: Lang) -> AppTest:
    page = AppTest.from_function(_script, default_timeout=180)
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
    title = words("emergency.title", lang, ssid="00000JAPAN") if view == "readiness" else words(f"{view}.title", lang)
    assert title == page.title[0].value
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
    assert handover.truth_sentence(design, "en") in text
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
    page = AppTest.from_file(str(app.__file__), default_timeout=180).run()

    assert [] == list(page.exception)
    assert (heading == "ログイン") == (["ログイン"] == [title.value for title in page.title])
    assert (heading == "") == (words("missing.config", "ja") in shown(page))


def test_an_access_toml_that_breaks_lets_nobody_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access = tmp_path / "access.toml"
    access.write_text("[login", encoding="utf-8")
    monkeypatch.setenv(data.ACCESS_ENV, str(access))
    page = AppTest.from_file(str(app.__file__), default_timeout=180).run()

    assert [] == list(page.exception)
    assert words("login.broken", "ja") in shown(page)
    assert [] == list(page.title)


@pytest.mark.parametrize(("asked", "lang"), [(None, "ja"), ("en", "en"), ("xx", "ja")])
def test_the_app_speaks_japanese_unless_asked_for_english(asked: str | None, lang: Lang) -> None:
    page = AppTest.from_file(str(app.__file__), default_timeout=180)
    if asked is not None:
        page.query_params["lang"] = asked
    page.run()

    assert [] == list(page.exception)
    assert words("missing.config", lang) in shown(page)
    assert ["日本語", "English"] == page.sidebar.radio[0].options


def test_the_switch_changes_the_language_of_the_page() -> None:
    page = AppTest.from_file(str(app.__file__), default_timeout=180).run()
    page.sidebar.radio[0].set_value("en").run()

    assert "en" == page.session_state["language"]
    assert words("missing.config", "en") in shown(page)


def test_access_points_without_a_site_are_said_beside_the_facilities(
    targets_toml: Path, put_samples: Put, all_well: list[Sample], say: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(data.CONFIG_ENV, str(targets_toml))
    put_samples([*all_well, say("wifi_ap", site="unassigned", ap="stray-1", ap_key="9", clients=4, up=1)])

    assert "stray-1" in shown(run("facilities", "ja"))


# --- many facilities, and the disaster office


CITY = """
[store]
url = "sqlite:store.sqlite"
[shelters]
opened_file = "opened.csv"
"""
PEOPLE = {"北小": "30", "東小": "95", "西小": ""}


@pytest.fixture
def city(targets_toml: Path, put_samples: Put, say: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve facilities: 北小 is well, 東小 is down, 南小 crowded, of the others nobody has ever heard; three are opened."""
    names = ("北小", "東小", "南小", "西小", *(f"第{number}小" for number in range(8)))
    rows = "".join(
        f'[[site]]\nname = "{name}"\ndistrict = "{"山" if number % 2 else "海"}"\nlatitude = {37 + number / 100}\n'
        f'longitude = 137.0\ncapacity_people = 100\n[[target]]\nname = "wlc-{number}"\nsite = "{name}"\nhost = "127.0.0.1"\n'
        for number, name in enumerate(names)
    )
    targets_toml.write_text(CITY + rows, encoding="utf-8")
    opened = "".join(f"{name},{people}\n" for name, people in PEOPLE.items())
    targets_toml.with_name("opened.csv").write_text(f"名称,人数\n{opened}", encoding="utf-8")
    samples = []
    for name, number, up, clients in (("北小", 0, 1, 30), ("東小", 1, 0, 0), ("南小", 2, 1, 45)):
        place = {"site": name, "device": f"wlc-{number}"}
        samples += [
            say("device", reachable=1, **place),
            say("wifi_total", source="ap", clients=clients, aps=1, aps_up=up, **place),
            say("wifi_ap", ap="AP-1", ap_key="1", clients=clients, up=up, **place),
        ]
    samples.append(say("probe", site="北小", target="internet", reachable=1))
    put_samples(samples)
    monkeypatch.setenv(data.CONFIG_ENV, str(targets_toml))
    return targets_toml


def first_cells(page: AppTest) -> list[str]:
    return [text_of(row[0]) for row in html(page).iter("tr") if row[0].tag == "td"]


def test_what_is_down_is_not_hidden_by_what_nobody_has_ever_heard(city: Path) -> None:
    page = run("facilities", "ja")
    svg = next(one for one in html(page).iter("svg") if "wp-city" in one.get("class", ""))

    assert "1. 東小" == first_cells(page)[0]
    assert ["南小", "北小"] == first_cells(page)[-2:]
    assert 12 == len([one for one in svg.iter() if one.get("data-site")])
    assert "75以上" in shown(page)


def test_facilities_are_filtered_by_name_state_and_district(city: Path) -> None:
    page = run("facilities", "ja")
    named = len(first_cells(page.text_input[0].set_value("第").run()))
    page.text_input[0].set_value("").run()
    by_district = first_cells(page.selectbox[0].set_value("海").run())

    assert 8 == named
    assert 6 == len(by_district)
    assert "東小" not in " ".join(by_district)


@pytest.mark.parametrize("lang", LANGS)
def test_the_office_answers_which_shelters_can_be_used(city: Path, lang: Lang) -> None:
    page = run("office", lang)
    root = html(page)
    (answer,) = of_class(root, "wp-answer")
    opened, *_ = of_class(root, "wp-shelters")
    cards = [text_of(card) for card in opened]

    assert [] == list(page.exception)
    assert "1" == text_of(next(answer.iter("b")))
    assert ["北小", "東小", "西小"] == [card[:2] for card in cards]
    assert words("crowding.roomy", lang) in cards[0]
    assert words("crowding.full", lang) in cards[1]
    assert words("crowding.unknown", lang) in cards[2]
    assert words("office.internet_yes", lang) in cards[0]
    assert words("office.wifi_down", lang) in cards[1]
    assert 12 == len(of_class(root, "wp-twelve")[0])
    assert 3 == sum(row[0].tag == "td" for row in of_class(root, "wp-sheet")[0].iter("tr"))


def test_an_operator_opens_a_shelter_and_the_log_says_who(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hana = roles.User(name="hana", roles=frozenset({"operator"}))
    monkeypatch.setattr("dashboards.views.parts.user", lambda: hana)
    page = run("office", "ja")
    page.selectbox(key="office_site").set_value("南小")
    page.button(key="office_open").click().run()
    done = roles.deeds(city.with_name("targets.spool") / "deeds.jsonl")

    assert [] == list(page.exception)
    assert [("hana", "open_shelter", "南小")] == [(deed.user, deed.action, deed.what) for deed in done]
    assert "南小" in text_of(of_class(html(page), "wp-shelters")[0])


def test_a_viewer_is_not_offered_to_open_a_shelter(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.parts.user", lambda: roles.FROM_ELSEWHERE)

    assert [] == list(run("office", "ja").button)


def test_one_thread_reads_for_all_viewers(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Viewers get what it has read and wait for nothing; what somebody has just changed is read at once."""
    stop, read = threading.Event(), threading.Event()
    snapshots = []

    def snapshot_of(path: Path) -> object:
        snapshots.append(path)
        read.set()
        return object()

    monkeypatch.setattr(data, "_snapshot", snapshot_of)
    monkeypatch.setattr(data, "_READING_SHARE", 1e-9)
    reader = threading.Thread(target=data.keep_fresh, args=(stop,))
    reader.start()
    try:
        assert read.wait(10)
        first = data.snapshot()
        again = data.snapshot()
        data.forget()
        changed = data.snapshot()
    finally:
        stop.set()
        reader.join(10)

    assert first is again
    assert first is not changed
    assert 2 == len(snapshots)


# --- what was, and alerts


@pytest.mark.parametrize("situation", ["live"], indirect=True)
def test_the_plan_is_replayed_at_the_time_that_is_chosen(situation: str, tmp_path: Path) -> None:
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30)
    of_ap = {"site": SITE, "device": "wlc", "ap": "AP-1", "ap_key": "00:00:5e:00:53:01"}
    samples = [
        Sample(
            measurement="wifi_ap_5m",
            time=start + timedelta(minutes=5 * number),
            tags=of_ap,
            fields={"clients_mean": 41.0 + number, "clients_max": 50.0, "up_share": 1.0, "polls": 5.0},
        )
        for number in range(3)
    ]
    samples.append(Sample(measurement="wifi_site_1m", time=start, tags={"site": SITE}, fields={"clients": 60.0}))
    with open_store(f"sqlite:{tmp_path / 'store.sqlite'}") as store:
        store.write(samples)
    page = run("live", "ja")
    charts = len(of_class(html(page), "wp-history"))
    page.toggle[0].set_value(True).run()
    page.select_slider[0].set_value(start).run()
    plan = of_class(html(page), "wp-plan")[-1]
    (then,) = (one for one in plan.iter("g") if one.get("data-ap") == "AP-1")

    assert [] == list(page.exception)
    assert 1 == charts
    assert "41" in text_of(then)


@pytest.fixture
def alerting(city: Path) -> Alert:
    found = Condition(
        key="aps_none|東小", code="aps_none", level="alarm", sites=("東小",), subject="東小", reason=Reason(code="aps_none")
    )
    alert = Alert(condition=found, since=datetime.now(UTC), fired_at=datetime.now(UTC))
    with Outbox(outbox_path(collect_config.load(city))) as outbox:
        outbox.keep({}, {found.key: alert}, [])
    return alert


@pytest.mark.parametrize("lang", LANGS)
def test_an_operator_takes_an_alert_on(city: Path, alerting: Alert, lang: Lang, monkeypatch: pytest.MonkeyPatch) -> None:
    hana = roles.User(name="hana", roles=frozenset({"operator"}))
    monkeypatch.setattr("dashboards.views.parts.user", lambda: hana)
    page = run("alerts", lang)
    before = shown(page)
    page.button[0].click().run()
    after = shown(page)
    (deed,) = roles.deeds(city.with_name("targets.spool") / "deeds.jsonl")

    assert [] == list(page.exception)
    assert words("reason.aps_none", lang) in before
    assert f"{words('alerts.open', lang)}1" in before
    assert f"{words('alerts.open', lang)}0" in after
    assert "hana" not in before
    assert "hana" in after
    assert [] == list(page.button)
    assert ("hana", "acknowledge", "東小") == (deed.user, deed.action, deed.what)


def test_a_viewer_sees_alerts_and_takes_none(city: Path, alerting: Alert, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.parts.user", lambda: roles.FROM_ELSEWHERE)
    page = run("alerts", "ja")

    assert "東小" in shown(page)
    assert [] == list(page.button)


@pytest.mark.parametrize("lang", LANGS)
def test_an_event_is_reviewed_and_handed_over(city: Path, put_samples: Put, lang: Lang) -> None:
    config, now = collect_config.load(city), datetime.now(UTC)
    event = Event(
        name="祭り",
        sites=frozenset({"北小"}),
        since=now - timedelta(hours=1),
        until=now + timedelta(hours=1),
        planned={"北小": 40},
    )
    save_events(events_path(config), [event])
    minute = Sample(measurement="wifi_site_1m", time=now - timedelta(minutes=20), tags={"site": "北小"}, fields={"clients": 52.0})
    with open_store(config.store_url) as store:
        store.write([minute])
    page = run("events", lang)
    text = shown(page)

    assert [] == list(page.exception)
    assert "祭り" in page.selectbox[0].options[0]
    assert words("events.goes_on", lang).strip() in page.selectbox[0].options[0]
    assert "北小" in text
    assert "52" in text


@pytest.mark.parametrize("lang", LANGS)
def test_where_the_disaster_network_is_ready_is_said_with_its_warning(
    city: Path, put_samples: Put, say: Callable[..., Sample], lang: Lang, monkeypatch: pytest.MonkeyPatch
) -> None:
    hana = roles.User(name="hana", roles=frozenset({"operator"}))
    monkeypatch.setattr("dashboards.views.parts.user", lambda: hana)
    put_samples([say("wifi_ssid", site="北小", device="wlc-0", ap="AP-1", ap_key="1", ssid="00000JAPAN", clients=0)])
    page = run("readiness", lang)
    banner, *_ = of_class(html(page), "wp-notice")
    rows = {text_of(row[0]): text_of(row[2]) for row in html(page).iter("tr")}
    started = page.button[0].label
    page.button[0].click().run()

    assert [] == list(page.exception)
    assert words("emergency.banner", lang, ssid="00000JAPAN") == text_of(banner)
    assert [words(f"emergency.{state}", lang) for state in ("ready", "not", "cannot_be_seen")] == [
        rows[site] for site in ("北小", "東小", "南小")
    ]
    assert words("readiness.drill_start", lang) == started
    assert words("readiness.drill_stop", lang) == page.button[0].label
