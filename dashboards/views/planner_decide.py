"""To decide: what is asked with its sources, what the design does, and placement."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, get_args

import streamlit as st

from dashboards import markup
from dashboards.errors import DashboardError
from dashboards.locale import words
from dashboards.markup import Cell
from dashboards.planner import project as projects
from dashboards.planner.desk import desk
from dashboards.planner.jobs import JOBS, Job
from dashboards.planner.sentences import sentence
from dashboards.planner.wishes import PeopleBy, Wish, asked
from dashboards.views import parts, planner_look
from dashboards.views.design import markup_of
from floorplans.errors import FloorPlanError
from wifiplan import equipment
from wifiplan.capacity import demand
from wifiplan.errors import RadioError
from wifiplan.model import Band, Design, stale
from wifiplan.prices import price_list
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
    planner_look.look(project, lang, may_plan=may_plan)


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
        planner_look.base_of(project),
        design,
        then=lambda found: desk().change(name, lambda now: projects.answered(now, found), by="check"),
        instead=True,
    )


def _figures(name: str, lang: Lang) -> None:
    st.subheader(words("planner.figures", lang))
    job = JOBS.latest("check", name)
    active = job is not None and job.active

    @st.fragment(run_every=1.0 if active else None)
    def now() -> None:
        project = desk().open(name)
        latest = JOBS.latest("check", name)
        # What was found is shown here at once; the rest of the page follows when the plan's hand rests, never under it.
        if latest is not None and latest.active:
            parts.show(markup.note(words("planner.checking", lang, share=round(100 * latest.share))))
        elif active and latest is not None and latest.state == "failed":
            st.rerun()
        elif latest is not None and latest.state == "failed":
            parts.show(markup.notice(words("planner.job_failed", lang), sentence(latest.said, lang), alarm=True))
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
            parts.show(markup.notice(words("planner.job_failed", lang), sentence(latest.said, lang), alarm=True))
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
        sides = st.columns([2, 1])
        source = sides[0].text_input(words("planner.people_source", lang), wish.people_source, max_chars=200)
        devices = sides[1].number_input(words("planner.devices", lang), 0.0, 20.0, wish.devices_per_person or 0.0, 0.1)
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
        prices = _prices(wish, lang)
        sent = st.form_submit_button(words("planner.apply", lang))
    if sent:
        new = Wish(
            scenario=scenario,
            people_by=people_by,
            persons=persons or None,
            m2_per_person=each_m2,
            usable_share=usable,
            people_source=source,
            devices_per_person=devices or None,
            prices_yen=prices,
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
            parts.show(markup.notice(words("planner.job_failed", lang), sentence(error, lang), alarm=True))
            return
        st.rerun(scope="fragment")
    with st.expander(words("planner.sources", lang)):
        parts.show(markup_of(tables.assumption_table(project.document.design, lang)))


def _prices(wish: Wish, lang: Lang) -> dict[str, float]:
    """The prices that are another than the usual ones: what is left as it is follows the price list."""
    table = price_list()
    titles = {
        "item": words("planner.price_item", lang),
        "yen": words("planner.price_yen", lang),
        "usual": words("planner.price_usual", lang),
        "source": words("planner.price_source", lang),
    }
    rows = [
        {
            titles["item"]: wording.known("item", name, lang),
            titles["yen"]: float(wish.prices_yen.get(name, row["yen"])),
            titles["usual"]: f"{row['low']:,} - {row['high']:,}",
            titles["source"]: wording.known("say", row["source"], lang),
        }
        for name, row in table.items()
    ]
    heading = words("planner.prices", lang)
    st.markdown(f"**{heading}**")
    kept = [titles[name] for name in ("item", "usual", "source")]
    found = st.data_editor(rows, disabled=kept, hide_index=True, key=f"planner-prices-{lang}", width="stretch")
    given: dict[str, Any] = {name: one[titles["yen"]] for name, one in zip(table, found, strict=True)}
    return {name: float(yen) for name, yen in given.items() if yen is not None and yen >= 0 and yen != table[name]["yen"]}
