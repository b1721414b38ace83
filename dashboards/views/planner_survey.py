"""After the walk with a meter: what the measurements say of model and design, and acceptance by zone, one page to sign."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards import markup
from dashboards.locale import words
from dashboards.markup import Cell
from dashboards.planner.jobs import JOBS
from dashboards.views import parts
from wifiplan.report import maps, wording
from wifiplan.report.plan_figure import zone_name

if TYPE_CHECKING:
    from dashboards.planner.project import Project
    from dashboards.planner.work import Surveyed
    from wifiplan.radio.acceptance import Acceptance
    from wifiplan.report.catalogue import Lang

MOST_BYTES = 50 << 20


def points(name: str) -> list[dict[str, Any]]:
    """The places of the last survey of a project, for the plan: where, and measured less predicted."""
    job = JOBS.latest("survey", name)
    if job is None or job.state != "done":
        return []
    found: Surveyed = job.result
    return [
        {"x_m": one.x_m, "y_m": one.y_m, "level": one.level, "residual_db": round(one.measured_dbm - one.predicted_dbm, 1)}
        for one in found.acceptance.places
    ]


def survey(project: Project, lang: Lang) -> None:
    """Upload, compare, and the page to sign."""
    design = project.document.design
    bands = maps.bands(design)
    if not bands:
        return
    st.subheader(words("planner.survey", lang))
    columns = st.columns([3, 1, 1], vertical_alignment="bottom")
    file = columns[0].file_uploader(words("planner.upload_survey", lang), type=["csv", "tsv", "txt"], key="planner-survey")
    band = columns[1].selectbox(words("planner_plan.band", lang), bands, index=bands.index("5") if "5" in bands else 0)
    ready = file is not None and file.size <= MOST_BYTES
    if columns[2].button(words("planner.survey_run", lang), disabled=not ready, key="planner-survey-run") and file is not None:
        JOBS.start("survey", project.name, design, bytes(file.getbuffer()), file.name, band, instead=True)
    job = JOBS.latest("survey", project.name)
    active = job is not None and job.active

    @st.fragment(run_every=1.0 if active else None)
    def now() -> None:
        latest = JOBS.latest("survey", project.name)
        if latest is not None and latest.active:
            parts.show(markup.note(words("planner.computing", lang, share=round(100 * latest.share))))
        elif active:
            st.rerun()
        elif latest is not None and latest.state == "failed":
            parts.show(markup.notice(words("planner.job_failed", lang), latest.said, alarm=True))
        elif latest is not None and latest.state == "done":
            _found(latest.result, lang)

    now()


def _found(found: Surveyed, lang: Lang) -> None:
    judged, fitted = found.acceptance, found.calibration
    after = words("planner_plan.unknown", lang) if fitted is None else f"{fitted.error.after.mean_absolute_error_db:.1f}"
    figures = {"mean": f"{judged.mean_error_db:+.1f}", "absolute": f"{judged.mean_absolute_error_db:.1f}", "after": after}
    said = words("planner.survey_read", lang, readings=found.readings, places=len(judged.places), **figures)
    parts.show(markup.notice("", said, *found.warnings[:6]))
    parts.show(f'<section class="wp-sheet">{_page_to_sign(judged, lang)}</section>')


def _page_to_sign(judged: Acceptance, lang: Lang) -> str:
    rows = []
    for zone in judged.zones:
        verdict = words("planner.no_points", lang)
        if zone.ok is not None:
            verdict = words("planner.passed" if zone.ok else "planner.failed_zone", lang)
        rows.append(
            [
                Cell(content=zone_name(zone.zone, lang)),
                Cell(content=str(zone.places), right=True),
                Cell(content=f"{wording.percent(zone.share)} / {wording.percent(judged.coverage_share)}", right=True),
                Cell(content=f"{wording.signed(zone.worst_dbm)} dBm" if math.isfinite(zone.worst_dbm) else "–", right=True),
                Cell(content=verdict),
            ]
        )
    titles = [
        words("planner.zone", lang),
        words("planner.places_measured", lang),
        words("planner.pass_share", lang),
        words("planner.worst", lang),
        words("planner.verdict", lang),
    ]
    title = words("planner.accept_title", lang)
    caption = f"{title} ({judged.band} GHz, {wording.signed(judged.min_rssi_dbm)} dBm)"
    places = [
        [
            Cell(content=f"x {one.x_m:.1f} m, y {one.y_m:.1f} m"),
            Cell(content=one.ap),
            Cell(content=f"{wording.signed(one.measured_dbm)} dBm", right=True),
            Cell(content=f"{wording.signed(one.predicted_dbm)} dBm", right=True),
            Cell(content=wording.signed(one.measured_dbm - one.predicted_dbm, 1), right=True),
        ]
        for one in sorted(judged.places, key=lambda one: one.measured_dbm)[:40]
    ]
    heads = [
        words("planner.where", lang),
        words("field.ap", lang),
        words("planner.measured", lang),
        words("planner.predicted", lang),
        words("planner.residuals", lang),
    ]
    return markup.table(titles, rows, caption=caption) + markup.note(words("planner.sign", lang)) + markup.table(heads, places)
