"""Closer looks at one result: access points, cost and what money buys, what fails, what if, and versions side by side."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import streamlit as st

from dashboards import data, markup
from dashboards.errors import DashboardError
from dashboards.locale import words
from dashboards.markup import Cell
from dashboards.planner import compare
from dashboards.planner import project as projects
from dashboards.planner.desk import desk
from dashboards.planner.jobs import JOBS, Job
from dashboards.planner.sentences import sentence
from dashboards.views import parts
from dashboards.views.design import markup_of
from floorplans.errors import FloorPlanError
from wifiplan.errors import RadioError
from wifiplan.model import Design, inputs_hash, stale
from wifiplan.report import handover, tables, tradeoff, wording
from wifiplan.report.plan_figure import plan_figure, zone_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    from dashboards.planner.project import Project
    from wifiplan.report.catalogue import Lang

_WRONG = (DashboardError, RadioError, FloorPlanError, OSError)


def look(project: Project, lang: Lang, *, may_plan: bool) -> None:
    """All views of the result, and the versions."""
    if project.document.design.access_points:
        _views(project, lang, may_plan=may_plan)
    _versions(project, lang, may_plan=may_plan)


def base_of(project: Project) -> Design:
    """The last step whose figures are known: what a change is told against."""
    for step in reversed(project.steps[: project.at + 1]):
        design = projects.document_of(step.parts).design
        if design.capacity is not None and not stale(design):
            return design
        if step is project.steps[0]:
            return design
    return project.document.design


def _views(project: Project, lang: Lang, *, may_plan: bool) -> None:
    design, name = project.document.design, project.name
    st.subheader(words("planner.views", lang))
    titles = [
        words("planner.view_points", lang),
        words("planner.view_weakest", lang),
        words("planner.view_cost", lang),
        words("planner.view_alternatives", lang),
        words("planner.view_what_if", lang),
        words("planner.view_failures", lang),
    ]
    points, weakest, cost, others, what_if, failures = st.tabs(titles)
    old = bool(stale(design))
    with points:
        parts.show(markup_of(tables.access_point_table(design, lang)))
    with weakest:
        _shown_if_fresh(markup_of(tables.weakest_table(design, lang)), old=old, lang=lang)
        if design.capacity is not None and design.capacity.unknown_links:
            named = words("count.comma", lang).join(wording.known("link", link, lang) for link in design.capacity.unknown_links)
            parts.show(markup.note(words("planner.unknown_links", lang, links=named)))
    with cost:
        _shown_if_fresh(markup_of(tables.cost_table(design, lang)), old=old, lang=lang)
    with others:
        if not old and design.placement is not None and design.placement.curve:
            _tradeoff(design, lang)  # it was placed with them
        else:
            _work(name, "alternatives", lang, lambda job: _alternatives(job, name, lang, may_plan=may_plan), may_plan=may_plan)
    with what_if:
        _work(name, "what_if", lang, lambda job: _what_if(job, lang), may_plan=may_plan)
    with failures:
        _work(name, "resilience", lang, lambda job: _failures(job, lang), may_plan=may_plan)


def _shown_if_fresh(html: str, *, old: bool, lang: Lang) -> None:
    if old:
        parts.show(f'<div class="wp-stale">{html}</div>')
        parts.show(markup.note(words("planner.stale", lang)))
    else:
        parts.show(html)


# ------------------------------------------------------------------------------------------------- what takes some seconds


def _work(name: str, kind: str, lang: Lang, shown: Callable[[Job], None], *, may_plan: bool) -> None:
    """A view that is computed when it is asked for; what was computed of another design than this is greyed and says so."""
    job = JOBS.latest(kind, name)
    active = job is not None and job.active

    @st.fragment(run_every=1.0 if active else None)
    def now() -> None:
        latest = JOBS.latest(kind, name)
        if latest is not None and latest.active:
            parts.show(markup.note(words("planner.computing", lang, share=round(100 * latest.share))))
            if st.button(words("planner.cancel", lang), key=f"planner-cancel-{kind}"):
                latest.cancel()
            return
        if active:
            st.rerun()
        if may_plan and st.button(words("planner.compute", lang), key=f"planner-{kind}"):
            _start(name, kind)
            st.rerun()
        if latest is not None and latest.state == "failed":
            parts.show(markup.notice(words("planner.job_failed", lang), sentence(latest.said, lang), alarm=True))
        if latest is None or latest.state != "done":
            return
        if latest.about != inputs_hash(desk().open(name).document.design):
            parts.show(markup.notice("", words("planner.of_before", lang), alarm=True))
            with st.container(key=f"wp-stale-{kind}"):
                shown(latest)
            return
        shown(latest)

    now()


def _start(name: str, kind: str) -> None:
    project = desk().open(name)
    document = project.document
    about = inputs_hash(document.design)
    if kind == "alternatives":
        JOBS.start(kind, name, document.design, projects.with_alternatives(document.wish), instead=True, about=about)
    elif kind == "what_if":
        JOBS.start(
            kind,
            name,
            base_of(project),
            document.design,
            then=lambda found: desk().change(name, lambda now: projects.answered(now, found[0]), by="check"),
            instead=True,
            about=about,
        )
    else:
        JOBS.start(kind, name, document.design, instead=True, about=about)


def _alternatives(job: Job, name: str, lang: Lang, *, may_plan: bool) -> None:
    """What was found anew, and to take it."""
    found: Design = job.result
    _tradeoff(found, lang)
    if may_plan and st.button(words("planner.take", lang), key="planner-take"):
        desk().change(name, lambda now: projects.replaced(now, "place", found), by="place")
        st.rerun()


def _tradeoff(found: Design, lang: Lang) -> None:
    """What money buys, as a curve and as a table."""
    with data.drawing_lock():
        figure = tradeoff.tradeoff_figure(found, lang)
        if figure is not None:
            parts.show(markup.picture(_png(figure), words("planner.tradeoff_alt", lang)))
    table = handover.alternatives_table(found, lang)
    parts.show(markup_of(table) if table.rows else markup.note(words("planner.none_found", lang)))
    if table.rows:
        parts.show(markup.note(wording.words("alternatives.note", lang)))


def _what_if(job: Job, lang: Lang) -> None:
    """The same building with one thing changed at a time, and with other numbers of people and devices."""
    found, crowds = job.result
    heads = [
        words("planner.in_zone", lang),
        words("planner.devices_each", lang),
        words("planner.served", lang),
        words("planner.served_p10", lang),
    ]
    rows = [
        [
            Cell(content=wording.count(one.people), right=True),
            Cell(content=f"{one.devices_per_person:.1f}", right=True),
            Cell(content=wording.count(one.served), right=True),
            Cell(content=wording.count(one.served_p10), right=True),
        ]
        for one in crowds
    ]
    parts.show(markup.table(heads, rows, caption=words("planner.other_crowds", lang)))
    parts.show(markup_of(tables.what_if_table(found, lang)))
    parts.show(markup.note(wording.words("whatif.note", lang)))


def _failures(job: Job, lang: Lang) -> None:
    rows = [
        [
            Cell(content=_what_fails(loss.cause, loss.what, loss.model, lang)),
            Cell(content=wording.count(loss.people), right=True),
            Cell(content="–" if loss.zone is None else zone_name(loss.zone, lang)),
        ]
        for loss in job.result.losses
    ]
    parts.show(
        markup.table([words("planner.cause", lang), words("planner.lost_people", lang), words("planner.where", lang)], rows)
    )
    battery = job.result.battery
    if battery is not None:
        hours, wanted = f"{battery.hours:.1f}", f"{battery.wanted_hours:g}"
        key = "planner.battery_lasts" if battery.lasts else "planner.battery_short"
        parts.show(markup.note(words(key, lang, hours=hours, wanted=wanted)))


def _what_fails(cause: str, what: str, model: str | None, lang: Lang) -> str:
    name = f"{what} {model or ''}".strip()
    return name if cause == "access_point" else words(f"planner_cause.{cause}", lang, what=name)


# ---------------------------------------------------------------------------------------------------------------- versions


def _versions(project: Project, lang: Lang, *, may_plan: bool) -> None:
    with st.expander(words("planner.versions", lang)):
        if may_plan:
            columns = st.columns([3, 1], vertical_alignment="bottom")
            name = columns[0].text_input(
                words("planner.version_name", lang), key=f"planner-version-{len(project.versions)}", max_chars=60
            )
            if columns[1].button(words("planner.keep", lang), key="planner-keep") and name.strip():
                try:
                    desk().change(project.name, lambda now: projects.named(now, name), by="page")
                except _WRONG as error:
                    parts.show(markup.notice("", sentence(error, lang), alarm=True))
                    return
                st.rerun(scope="fragment")
        if not project.versions:
            return
        here = words("planner.now", lang)
        known = {here: project.document} | {one.name: projects.version(project, one.name) for one in project.versions}
        sides = st.columns(2)
        first = sides[0].selectbox(words("planner.compare_first", lang), list(known), key="planner-first")
        second = sides[1].selectbox(words("planner.compare", lang), list(known), index=len(known) - 1, key="planner-second")
        _compared((first, known[first]), (second, known[second]), lang)
        if may_plan and second != here and st.button(words("planner.return_to", lang, name=second), key="planner-return"):
            desk().change(project.name, lambda now: projects.returned(now, second), by="page")
            st.rerun(scope="fragment")


def _compared(first: tuple[str, projects.Document], second: tuple[str, projects.Document], lang: Lang) -> None:
    """Two designs side by side: people, nine of ten, cost, their plans, and what differs."""
    unknown = words("planner.not_checked", lang)

    def column(one: Design) -> list[str]:
        known = compare.figures(one)
        return [
            wording.count(known.access_points),
            unknown if known.people is None else wording.count(known.people),
            unknown if known.people_p10 is None else wording.count(known.people_p10),
            unknown if known.cost_yen is None else wording.yen(known.cost_yen, None, lang),
            unknown if known.coverage_share is None else wording.percent(known.coverage_share),
        ]

    titles = [
        words("planner.aps", lang),
        words("planner.people", lang),
        words("planner.p10", lang),
        words("planner.cost", lang),
        words("planner.coverage", lang),
    ]
    (name, one), (other_name, other) = first, second
    rows = [
        [Cell(content=title), Cell(content=now, right=True), Cell(content=then, right=True)]
        for title, now, then in zip(titles, column(one.design), column(other.design), strict=True)
    ]
    parts.show(markup.table([words("planner.figure", lang), name, other_name], rows))
    said = [_difference(found, name, other_name, lang) for found in compare.differences(one, other)]
    parts.show(markup.items(said) if said else markup.note(words("planner.same", lang)))
    if said:
        for side, (title, document) in zip(st.columns(2), (first, second), strict=True):
            with side, data.drawing_lock():
                parts.show(markup.picture(_png(plan_figure(document.design, lang)), title))


def _difference(found: compare.Difference, first: str, second: str, lang: Lang) -> str:
    if found.kind == "only":
        return words("planner.only_here", lang, name=found.name, where=first if found.in_first else second)
    if found.kind == "moved":
        return words("planner.moved", lang, name=found.name, metres=f"{found.metres:.1f}")
    if found.kind == "retuned":
        return words("planner.retuned", lang, name=found.name)
    return words(f"planner_differs.{found.kind}", lang)


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110)
    return out.getvalue()
