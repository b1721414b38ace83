"""The planner's page as Streamlit draws it: its start, a project with and without figures, and who may not change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import roles
from dashboards.locale import words
from dashboards.planner import component, project, wire, work
from dashboards.planner.desk import Desk
from dashboards.planner.jobs import JOBS, Job
from dashboards.planner.project import Project
from dashboards.views import parts, planner_survey
from wifiplan.capacity.whatif import Crowd
from wifiplan.model import Design, inputs_hash
from wifiplan.radio.acceptance import Acceptance, Place, ZoneVerdict
from wifiplan.report.catalogue import LANGS, Lang


def _script() -> None:
    from dashboards.views import planner

    planner.page()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """The page without its wire, its component and its processes: what they do has tests of its own."""
    monkeypatch.setattr(wire, "start", lambda: None)
    monkeypatch.setattr(component, "plan", lambda *_, **__: None)
    monkeypatch.setattr(parts, "user", lambda: roles.LOCAL)
    monkeypatch.setattr(JOBS, "start", lambda kind, of, *_, **__: Job(kind=kind, of=of))
    monkeypatch.setattr(JOBS, "_latest", {})

    def page(lang: Lang = "en", name: str = "") -> AppTest:
        made = AppTest.from_function(_script, default_timeout=60)
        made.session_state["language"] = lang
        if name:
            made.query_params["project"] = name
        found = made.run()
        assert [] == [one.value for one in found.exception]
        return found

    return page


def shown(page: AppTest) -> str:
    """All that can be read: the page's own HTML must be well-formed."""
    texts = [element.value for element in (*page.title, *page.subheader)]
    html = [one.value for one in page.markdown if one.value.startswith("<div>")]
    texts += [" ".join(ET.fromstring(text).itertext()) for text in html]
    return "\n".join([*texts, *(one.value for one in page.markdown if not one.value.startswith("<div>"))])


@pytest.fixture
def checked(gym: Project, desk: Desk) -> Design:
    """The gym's figures, computed and on the desk."""
    told = work.Told(progress=lambda *_: None, cancelled=lambda: False)
    design = gym.document.design
    found = work.check(told, design, design)
    desk.change("Gym", lambda now: project.answered(now, found))
    return found


def done(kind: str, result: Any, design: Design) -> None:
    """As if a process had found it for that design."""
    job = Job(kind=kind, of="Gym", about=inputs_hash(design), state="done", result=result)
    job.ended.set()
    JOBS._latest[kind, "Gym"] = job


@pytest.mark.parametrize("lang", LANGS)
def test_the_start_has_four_ways_and_the_projects_there_are(run: Callable[..., AppTest], gym: Project, lang: Lang) -> None:
    page = run(lang)

    assert [words(f"planner.by_{way}", lang) for way in ("numbers", "drawing", "design", "list")] == [
        tab.label for tab in page.tabs
    ]
    assert ["Gym"] == page.selectbox[0].options
    assert words("planner.begin", lang) in [button.label for button in page.button]


@pytest.mark.parametrize("lang", LANGS)
def test_a_project_without_figures_says_that_nobody_has_checked(run: Callable[..., AppTest], gym: Project, lang: Lang) -> None:
    page = run(lang, "Gym")
    text = shown(page)

    assert text.count(words("planner.not_checked", lang)) >= 5
    assert words("planner.views", lang) in text
    assert words("planner.handover", lang) in text
    assert words("planner.place", lang) in [button.label for button in page.button]


@pytest.mark.parametrize("lang", LANGS)
def test_every_view_of_one_result_is_there(run: Callable[..., AppTest], checked: Design, lang: Lang) -> None:
    done("what_if", (checked, (Crowd(people=120.0, devices_per_person=1.5, served=110.0, served_p10=104.0),)), checked)
    page = run(lang, "Gym")
    text = shown(page)
    views = ("points", "weakest", "cost", "alternatives", "what_if", "failures")

    assert [words(f"planner.view_{view}", lang) for view in views] == [tab.label for tab in page.tabs]
    assert words("planner.not_checked", lang) not in text
    assert "104" in text
    assert words("planner.of_before", lang) not in text


def test_a_result_of_another_design_than_this_is_said_to_be(run: Callable[..., AppTest], checked: Design, desk: Desk) -> None:
    crowds = (Crowd(people=120.0, devices_per_person=1.5, served=110.0, served_p10=104.0),)
    done("what_if", (checked, crowds), checked)
    desk.change("Gym", lambda now: project.edited(now, "move", {"ap": "AP-01", "x_m": 6.0, "y_m": 6.0}))
    text = shown(run("en", "Gym"))

    assert words("planner.of_before", "en") in text
    assert words("planner.stale", "en") in text


def test_two_versions_stand_side_by_side(run: Callable[..., AppTest], checked: Design, desk: Desk) -> None:
    desk.change("Gym", lambda now: project.named(now, "first"))
    desk.change("Gym", lambda now: project.edited(now, "remove", {"ap": "AP-02"}))
    page = run("en", "Gym")
    text = shown(page)

    assert words("planner.only_here", "en", name="AP-02", where="first") in text
    assert ["Now", "first"] == next(box for box in page.selectbox if box.key == "planner-second").options


@pytest.mark.parametrize("lang", LANGS)
def test_the_sheet_to_sign_has_verdicts_places_and_lines(run: Callable[..., AppTest], checked: Design, lang: Lang) -> None:
    places = tuple(
        Place(x_m=1.0 + at, y_m=2.0, level=0, zone="hall", ap="AP-01", measured_dbm=-60.0 - at, predicted_dbm=-61.0)
        for at in range(planner_survey.PAPER_PLACES + 5)
    )
    zone = ZoneVerdict(zone="hall", places=len(places), share=0.2, worst_dbm=-112.0, ok=False)
    judged = Acceptance(band="5", min_rssi_dbm=-67.0, coverage_share=0.95, places=places, zones=(zone,))
    done("survey", work.Surveyed(acceptance=judged, calibration=None, readings=len(places), warnings=()), checked)
    text = shown(run(lang, "Gym"))

    assert words("planner.failed_zone", lang) in text
    assert words("planner.places_left", lang, number=5) in text
    assert all(words(f"planner.sign_{who}", lang) in text for who in ("measured", "accepted"))


def test_a_viewer_sees_the_figures_and_no_button_that_changes(
    run: Callable[..., AppTest], checked: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "user", lambda: replace(roles.LOCAL, name="mori", roles=frozenset({"viewer"})))
    page = run("en", "Gym")

    assert words("planner.not_allowed", "en") in shown(page)
    changing = {words(f"planner.{name}", "en") for name in ("place", "apply", "keep", "compute", "take")}
    assert set() == changing & {button.label for button in page.button}


@pytest.mark.parametrize("lang", LANGS)
def test_a_project_that_is_not_there_is_one_sentence_and_a_way_back(run: Callable[..., AppTest], desk: Desk, lang: Lang) -> None:
    page = run(lang, "nothing")

    assert words("planner.not_there", lang) in shown(page)
    assert words("planner.back", lang) in [button.label for button in page.button]
