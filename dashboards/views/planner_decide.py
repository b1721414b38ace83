"""To decide: what is asked with its sources, what the design does, placement, closer looks as views of one result, versions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, get_args

import streamlit as st

from dashboards import markup
from dashboards.errors import DashboardError
from dashboards.locale import words
from dashboards.markup import Cell
from dashboards.planner import compare
from dashboards.planner import project as projects
from dashboards.planner.desk import desk
from dashboards.planner.jobs import JOBS, Job
from dashboards.planner.wishes import PeopleBy, Wish, asked
from dashboards.views import parts
from dashboards.views.design import markup_of
from floorplans.errors import FloorPlanError
from wifiplan import equipment
from wifiplan.capacity import demand
from wifiplan.errors import RadioError
from wifiplan.model import Band, Design, stale
from wifiplan.report import handover, tables, wording
from wifiplan.report.plan_figure import zone_name

if TYPE_CHECKING:
    from dashboards.planner.project import Project
    from wifiplan.report.catalogue import Lang

_WRONG = (DashboardError, RadioError, FloorPlanError, OSError)
_BANDS: tuple[Band, ...] = get_args(Band)


def decide(project: Project, lang: Lang, *, may_plan: bool) -> None:
    """All of it below the plan; the figures draw themselves again while something is computed."""
    _check_when_needed(project, may_plan=may_plan)
    columns = st.columns([1, 4], gap="medium")
    if may_plan:
        with columns[0]:
            _place(project, lang)
        with columns[1]:
            _inputs(project, lang)
    _figures(project.name, lang)
    _views(project, lang)
    _versions(project, lang, may_plan=may_plan)


# -------------------------------------------------------------------------------------------------------------- the figures


def _needs_check(design: Design) -> bool:
    return bool(design.access_points and design.demands) and (design.capacity is None or bool(stale(design)))


def _check_when_needed(project: Project, *, may_plan: bool) -> None:
    """After each change the design is computed anew, once the hand rests: a check that is not of this revision is replaced."""
    design = project.document.design
    running = JOBS.latest("check", project.name)
    state = st.session_state.get("planner_checked_revision")
    if not may_plan or not _needs_check(design) or state == project.revision:
        return
    if running is not None and running.active:
        running.cancel()
    st.session_state["planner_checked_revision"] = project.revision
    name = project.name
    JOBS.start(
        "check",
        name,
        _base_of(project),
        design,
        then=lambda found: desk().change(name, lambda now: projects.answered(now, found), by="check"),
        instead=True,
    )


def _base_of(project: Project) -> Design:
    """The last step whose figures are known: what a change is told against."""
    for step in reversed(project.steps[: project.at + 1]):
        design = projects.document_of(step.parts).design
        if design.capacity is not None and not stale(design):
            return design
        if step is project.steps[0]:
            return design
    return project.document.design


def _figures(name: str, lang: Lang) -> None:
    st.subheader(words("planner.figures", lang))
    job = JOBS.latest("check", name)
    active = job is not None and job.active

    @st.fragment(run_every=1.0 if active else None)
    def now() -> None:
        project = desk().open(name)
        latest = JOBS.latest("check", name)
        if latest is not None and latest.active:
            parts.show(markup.note(words("planner.checking", lang, share=round(100 * latest.share))))
        elif active:
            st.rerun()
        elif latest is not None and latest.state == "failed":
            parts.show(markup.notice(words("planner.job_failed", lang), latest.said, alarm=True))
        _known(project.document.design, lang)

    now()


def _known(design: Design, lang: Lang) -> None:
    if not design.access_points:
        parts.show(markup.notice("", words("planner.no_aps", lang)))
        return
    old = bool(stale(design))
    unknown = words("planner.not_checked", lang)
    capacity, placement = design.capacity, design.placement
    spread = None if capacity is None else capacity.spread.get("served")
    everybody = sum(one.people for one in design.demands)
    boxes = (
        (words("planner.aps", lang), wording.count(len(design.access_points))),
        (
            words("planner.people", lang),
            unknown if capacity is None else f"{wording.count(capacity.served)} / {wording.count(everybody)}",
        ),
        (words("planner.p10", lang), unknown if spread is None else wording.count(spread.p10)),
        (words("planner.cost", lang), unknown if placement is None else wording.yen(placement.cost_yen, None, lang)),
        (words("planner.coverage", lang), unknown if placement is None else wording.percent(placement.coverage_share)),
        (
            words("planner.weakest", lang),
            unknown if capacity is None or not capacity.links else tables.link_name(capacity.links[0], lang),
        ),
    )
    html = markup.key_figures(boxes)
    if old:
        parts.show(f'<div class="wp-stale">{html}</div>')
        parts.show(markup.notice("", words("planner.stale", lang), alarm=True))
    else:
        parts.show(html)
    parts.show(f'<div class="{"wp-stale" if old else "wp-fresh"}">{_zones(design, lang)}</div>')
    parts.show(f'<div class="{"wp-stale" if old else "wp-fresh"}">{markup_of(handover.requirement_table(design, lang))}</div>')


def _zones(design: Design, lang: Lang) -> str:
    """Pass or fail of each zone with people."""
    capacity = design.capacity
    found = {} if capacity is None else {zone.zone: zone for zone in capacity.zones}
    unknown = words("planner.not_checked", lang)
    rows = []
    for one in design.demands:
        zone = found.get(one.zone)
        spread = None if capacity is None else capacity.spread.get(f"{one.zone}: served")
        verdict = unknown
        if zone is not None:
            verdict = words("planner.passed" if zone.unserved <= max(0.05, 0.001 * zone.people) else "planner.failed_zone", lang)
        rows.append(
            [
                Cell(content=zone_name(one.zone, lang)),
                Cell(content=wording.count(one.people), right=True),
                Cell(content=unknown if zone is None else wording.count(zone.served), right=True),
                Cell(content=unknown if spread is None else wording.count(spread.p10), right=True),
                Cell(content=unknown if zone is None else f"{zone.p10_mbps:.1f} Mbit/s", right=True),
                Cell(content=verdict),
            ]
        )
    headings = ("zone", "in_zone", "served", "served_p10", "rate", "verdict")
    titles = {
        "zone": words("planner.zone", lang),
        "in_zone": words("planner.in_zone", lang),
        "served": words("planner.served", lang),
        "served_p10": words("planner.served_p10", lang),
        "rate": words("planner.rate", lang),
        "verdict": words("planner.verdict", lang),
    }
    return markup.table([titles[name] for name in headings], rows, caption=words("planner.zones", lang))


# --------------------------------------------------------------------------------------------------------------- placement


def _place(project: Project, lang: Lang) -> None:
    name = project.name
    job = JOBS.latest("place", name)
    active = job is not None and job.active

    @st.fragment(run_every=1.0 if active else None)
    def now() -> None:
        latest = JOBS.latest("place", name)
        if latest is not None and latest.active:
            _placing(latest, lang)
            return
        if active:
            st.rerun()
        if st.button(words("planner.place", lang), type="primary", key="planner-place"):
            _start_placing(name)
            st.rerun()
        if latest is not None and latest.state == "failed":
            parts.show(markup.notice(words("planner.job_failed", lang), latest.said, alarm=True))
        elif latest is not None and latest.state == "cancelled":
            parts.show(markup.note(words("planner.cancelled", lang)))
        elif latest is not None and latest.state == "done" and latest.result.placement.cancelled:
            parts.show(markup.note(words("planner.stopped_early", lang)))

    now()


def _start_placing(name: str) -> None:
    document = desk().open(name).document
    JOBS.start(
        "place",
        name,
        document.design,
        document.wish,
        then=lambda found: desk().change(name, lambda now: projects.replaced(now, "place", found), by="place"),
        instead=True,
    )


def _placing(job: Job, lang: Lang) -> None:
    stages = {
        "gains": words("planner.stage_gains", lang),
        "solve": words("planner.stage_solve", lang),
        "check": words("planner.stage_check", lang),
    }
    stage = stages.get(job.stage, words("planner.stage_wait", lang) if job.state == "waiting" else stages["gains"])
    seconds = round(time.monotonic() - job.started_s)
    share = round(100 * min(1.0, job.share))
    st.progress(min(1.0, job.share), words("planner.placing", lang, stage=stage, share=share, seconds=seconds))
    if st.button(words("planner.cancel", lang), key="planner-cancel"):
        job.cancel()


# ------------------------------------------------------------------------------------------------------------------ inputs


def _inputs(project: Project, lang: Lang) -> None:
    wish = project.document.wish
    with st.expander(words("planner.inputs", lang), expanded=False), st.form(f"planner-inputs-{project.revision}", border=False):
        known = list(demand.scenarios())
        scenario = st.selectbox(
            words("planner.scenario", lang),
            known,
            index=known.index(wish.scenario) if wish.scenario in known else 0,
            format_func=lambda name: tables.scenario_title(name, lang),
        )
        ways: dict[PeopleBy, str] = {
            "scenario": words("planner.by_scenario", lang),
            "area": words("planner.by_area", lang),
            "capacity": words("planner.by_capacity", lang),
            "number": words("planner.by_number", lang),
        }
        people_by = st.selectbox(
            words("planner.people_by", lang), list(ways), index=list(ways).index(wish.people_by), format_func=ways.__getitem__
        )
        columns = st.columns(3)
        persons = columns[0].number_input(words("planner.persons", lang), 0.0, 100_000.0, wish.persons or 0.0, 1.0, format="%.0f")
        each_m2 = columns[1].number_input(words("planner.m2_per_person", lang), 0.5, 100.0, wish.m2_per_person, 0.1)
        usable = columns[2].number_input(words("planner.usable_share", lang), 0.05, 1.0, wish.usable_share, 0.05)
        source = st.text_input(words("planner.people_source", lang), wish.people_source, max_chars=200)
        more = words("planner.more", lang)
        st.markdown(f"**{more}**")
        halves = st.columns(2)
        rssi = halves[0].number_input(words("planner.min_rssi", lang), -95.0, -40.0, wish.min_rssi_dbm, 1.0)
        clients = halves[1].number_input(words("planner.max_clients", lang), 0, 1000, wish.max_clients_per_radio or 0)
        second = halves[0].checkbox(words("planner.second", lang), value=wish.second_access_point)
        survives = halves[1].checkbox(words("planner.survives", lang), value=wish.survives_one)
        models = st.multiselect(words("planner.models", lang), list(equipment.models()), list(wish.models))
        bands = st.multiselect(words("planner.bands", lang), list(_BANDS), list(wish.bands))
        columns = st.columns(3)
        budget = columns[0].number_input(words("planner.budget", lang), 0, 10**9, round(wish.budget_yen or 0), 50_000)
        most = columns[1].number_input(words("planner.most_aps", lang), 0, 500, wish.max_access_points or 0)
        battery = columns[2].number_input(words("planner.battery", lang), 0.0, 168.0, wish.battery_hours or 0.0, 1.0)
        others = st.checkbox(words("planner.alternatives_too", lang), value=wish.with_alternatives)
        sent = st.form_submit_button(words("planner.apply", lang))
    if sent:
        new = Wish(
            scenario=scenario,
            people_by=people_by,
            persons=persons or None,
            m2_per_person=each_m2,
            usable_share=usable,
            people_source=source,
            min_rssi_dbm=rssi,
            min_sinr_db=wish.min_sinr_db,
            coverage_share=wish.coverage_share,
            max_clients_per_radio=clients or None,
            second_access_point=second,
            survives_one=survives,
            with_alternatives=others,
            models=tuple(models),
            bands=tuple(bands),
            budget_yen=float(budget) or None,
            max_access_points=most or None,
            battery_hours=battery or None,
            seed=wish.seed,
        )
        try:
            asked(project.document.design, new)
            desk().change(project.name, lambda now: projects.wished(now, new), by="page")
        except _WRONG as error:
            parts.show(markup.notice(words("planner.job_failed", lang), str(error), alarm=True))
            return
        st.rerun(scope="fragment")
    with st.expander(words("planner.sources", lang)):
        parts.show(markup_of(tables.assumption_table(project.document.design, lang)))


# ------------------------------------------------------------------------------------------------------------ closer looks


def _views(project: Project, lang: Lang) -> None:
    design = project.document.design
    if not design.access_points:
        return
    st.subheader(words("planner.views", lang))
    titles = [
        words("planner.view_points", lang),
        words("planner.view_alternatives", lang),
        words("planner.view_failures", lang),
        words("planner.view_weakest", lang),
        words("planner.view_cost", lang),
    ]
    points, others, failures, weakest, cost = st.tabs(titles)
    old = bool(stale(design))
    with points:
        parts.show(markup_of(tables.access_point_table(design, lang)))
    with others:
        table = handover.alternatives_table(design, lang)
        parts.show(markup_of(table) if table.rows else markup.note(words("planner.none_asked", lang)))
    with failures:
        _failures(project.name, lang)
    with weakest:
        _shown_if_fresh(markup_of(tables.weakest_table(design, lang)), old=old, lang=lang)
        if design.capacity is not None and design.capacity.unknown_links:
            named = words("count.comma", lang).join(wording.known("link", link, lang) for link in design.capacity.unknown_links)
            parts.show(markup.note(words("planner.unknown_links", lang, links=named)))
    with cost:
        _shown_if_fresh(markup_of(tables.cost_table(design, lang)), old=old, lang=lang)


def _shown_if_fresh(html: str, *, old: bool, lang: Lang) -> None:
    if old:
        parts.show(f'<div class="wp-stale">{html}</div>')
        parts.show(markup.note(words("planner.stale", lang)))
    else:
        parts.show(html)


def _failures(name: str, lang: Lang) -> None:
    job = JOBS.latest("resilience", name)
    active = job is not None and job.active

    @st.fragment(run_every=1.0 if active else None)
    def now() -> None:
        latest = JOBS.latest("resilience", name)
        if latest is not None and latest.active:
            parts.show(markup.note(words("planner.computing", lang, share=round(100 * latest.share))))
            return
        if active:
            st.rerun(scope="fragment")
        if st.button(words("planner.compute", lang), key="planner-failures"):
            JOBS.start("resilience", name, desk().open(name).document.design, instead=True)
            st.rerun(scope="fragment")
        if latest is not None and latest.state == "failed":
            parts.show(markup.notice(words("planner.job_failed", lang), latest.said, alarm=True))
        if latest is None or latest.state != "done":
            return
        rows = [
            [
                Cell(content=f"{loss.what} {loss.model or ''}".strip()),
                Cell(content=wording.count(loss.people), right=True),
                Cell(content="–" if loss.zone is None else zone_name(loss.zone, lang)),
            ]
            for loss in latest.result.losses
        ]
        parts.show(
            markup.table([words("planner.cause", lang), words("planner.lost_people", lang), words("planner.where", lang)], rows)
        )
        battery = latest.result.battery
        if battery is not None:
            parts.show(markup.note(words("planner.battery_left", lang, hours=f"{battery.hours:.1f}")))

    now()


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
                    parts.show(markup.notice("", str(error), alarm=True))
                    return
                st.rerun(scope="fragment")
        if not project.versions:
            return
        chosen = st.selectbox(words("planner.compare", lang), [one.name for one in project.versions])
        other = projects.version(project, chosen).design
        _compared(project.document.design, other, chosen, lang)
        if may_plan and st.button(words("planner.return_to", lang), key="planner-return"):
            desk().change(project.name, lambda now: projects.returned(now, chosen), by="page")
            st.rerun(scope="fragment")


def _compared(design: Design, other: Design, name: str, lang: Lang) -> None:
    """Two designs side by side: people, nine of ten, cost, and what differs."""
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
    rows = [
        [Cell(content=title), Cell(content=now, right=True), Cell(content=then, right=True)]
        for title, now, then in zip(titles, column(design), column(other), strict=True)
    ]
    parts.show(markup.table([words("planner.figure", lang), words("planner.now", lang), name], rows))
    here = words("planner.now", lang)
    said = []
    for one in compare.differences(design, other):
        if one.kind == "only":
            said.append(words("planner.only_here", lang, name=one.name, where=here if one.in_first else name))
        elif one.kind == "moved":
            said.append(words("planner.moved", lang, name=one.name, metres=f"{one.metres:.1f}"))
        else:
            said.append(words("planner.retuned", lang, name=one.name))
    parts.show(markup.items(said) or markup.note(words("planner.same", lang)))
