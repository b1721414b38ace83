"""The planner: a list of projects and ways to begin one, or the project that the address names."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import streamlit as st

from dashboards import markup, roles
from dashboards.errors import DashboardError
from dashboards.locale import words
from dashboards.planner import component, wire
from dashboards.planner.desk import desk
from dashboards.planner.sentences import sentence
from dashboards.views import parts, planner_decide, planner_hand_over, planner_start, planner_survey
from floorplans.errors import FloorPlanError
from wifiplan.errors import RadioError

if TYPE_CHECKING:
    from wifiplan.report.catalogue import Lang


def page() -> None:
    """Show the project of the address, or how to come to one."""
    lang = parts.language()
    wire.start()
    name = st.query_params.get("project", "")
    if not name:
        planner_start.page(lang)
        return
    try:
        desk().open(name)
    except (DashboardError, RadioError, FloorPlanError, OSError) as error:
        parts.show(
            markup.notice(words("planner.not_there", lang), words("app.details", lang, text=sentence(error, lang)), alarm=True)
        )
        _back(lang)
        return
    _workspace(name, lang)


def _back(lang: Lang) -> None:
    if st.button(words("planner.back", lang), key="planner-back"):
        del st.query_params["project"]
        st.rerun()


def _workspace(name: str, lang: Lang) -> None:
    user = parts.user() or roles.FROM_ELSEWHERE
    window = st.session_state.setdefault("planner_window", secrets.token_urlsafe(6))
    heading, back = st.columns([5, 1], vertical_alignment="center")
    with heading:
        parts.show(markup.heading(name))
    with back:
        _back(lang)
    if not roles.may("plan", user):
        parts.show(markup.note(words("planner.not_allowed", lang)))

    @st.fragment
    def work() -> None:
        key = f"planner_token_{name}"
        token = st.session_state.get(key, "")
        if wire.claim_of(token) is None:
            token = st.session_state[key] = wire.token(name, window, user)
        component.plan(name, window, lang, user=user, token=token, points=planner_survey.points(name))
        project = desk().open(name)
        others = desk().windows(name)
        if others > 1:
            parts.show(markup.note(words("planner.windows", lang, number=others)))
        planner_decide.decide(project, lang, may_plan=roles.may("plan", user))
        planner_hand_over.hand_over(project, lang)
        planner_survey.survey(project, lang)

    work()
