"""The plan as a component of the page: its scripts come from this app, nothing from elsewhere."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards.locale import all_words, words
from dashboards.planner import sight
from dashboards.roles import User, may
from floorplans.plan import ZONE_KINDS
from wifiplan.report.plan_figure import zone_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from wifiplan.report.catalogue import Lang

_HTML = """<div class="planner"><div class="toolbar"></div><div><div class="board"><canvas aria-hidden="true"></canvas>
<svg tabindex="0" role="group"></svg></div><div class="below"><div class="legend"></div><div class="value"></div></div></div>
<div class="panel"></div><div class="said" role="status" aria-live="polite"></div></div>"""
# Component code is loaded from a blob, which has no address to import from: the modules are named by the page's own.
_JS = """const plan = import(new URL("/planner/plan.js", location.origin).href);
export default function (component) { plan.then(module => module.mount(component)); }"""


@functools.cache
def _component() -> Callable[..., Any]:
    css = (files("dashboards.planner") / "page" / "plan.css").read_text("utf-8")
    return st.components.v2.component("wifiplan_plan", html=_HTML, css=css, js=_JS)


@functools.cache
def page_words(lang: Lang) -> dict[str, Any]:
    """Every word that the plan says, by its key."""
    names = [key.partition(".")[2] for key in all_words().entries if key.startswith("planner_plan.")]
    steps = [key.partition(".")[2] for key in all_words().entries if key.startswith("planner_did.")]
    return {
        **{name: words(f"planner_plan.{name}", lang) for name in names},
        "did": {name: words(f"planner_did.{name}", lang) for name in steps},
        "zone": {kind: zone_name(kind, lang) for kind in ZONE_KINDS},
    }


def plan(project: str, window: str, lang: Lang, *, user: User, token: str, points: list[dict[str, Any]]) -> int | None:
    """Put the plan on the page, with the places of a survey; the revision that its window has come to, when that has changed."""
    data = {
        "project": project,
        "window": window,
        "token": token,
        "words": page_words(lang),
        "choices": sight.choices(),
        "may_edit": may("plan", user),
        "points": points,
        "lang": lang,
    }
    found = _component()(data=data, key=f"plan-{project}", on_revision_change=lambda: None, height="content")
    revision = getattr(found, "revision", None)
    return revision if isinstance(revision, int) else None
