"""After the walk with a meter: what the measurements say of model and design, and acceptance by zone, one page to sign."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards import markup
from dashboards.locale import words
from dashboards.markup import Cell
from dashboards.planner.desk import desk
from dashboards.planner.jobs import JOBS
from dashboards.planner.sentences import sentence
from dashboards.views import parts
from wifiplan.model import inputs_hash
from wifiplan.report import maps, wording
from wifiplan.report.plan_figure import zone_name

if TYPE_CHECKING:
    from dashboards.planner.project import Project
    from dashboards.planner.work import Surveyed
    from wifiplan.radio.acceptance import Acceptance
    from wifiplan.report.catalogue import Lang

MOST_BYTES = 50 << 20
MOST_PLACES, PAPER_PLACES, PAPER_ZONES = 40, 48, 12
"""Places in the page's table; places and zones that one A4 holds beside what is signed."""


def points(name: str) -> list[dict[str, Any]]:
    """The places of the last survey of a project, for the plan: where, and measured less predicted."""
    job = JOBS.latest("survey", name)
    if job is None or job.state != "done":
        return []
    found: Surveyed = job.result
    if job.about != inputs_hash(desk().open(name).document.design):
        return []  # they are of another design than the plan shows
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
        content = bytes(file.getbuffer())
        JOBS.start("survey", project.name, design, content, file.name, band, instead=True, about=inputs_hash(design))
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
            parts.show(markup.notice(words("planner.job_failed", lang), sentence(latest.said, lang), alarm=True))
        elif latest is not None and latest.state == "done":
            if latest.about != inputs_hash(project.document.design):
                parts.show(markup.notice("", words("planner.of_before", lang), alarm=True))
                return
            _found(project, latest.result, lang)

    now()


def _found(project: Project, found: Surveyed, lang: Lang) -> None:
    judged, fitted = found.acceptance, found.calibration
    after = words("planner_plan.unknown", lang) if fitted is None else f"{fitted.error.after.mean_absolute_error_db:.1f}"
    figures = {"mean": f"{judged.mean_error_db:+.1f}", "absolute": f"{judged.mean_absolute_error_db:.1f}", "after": after}
    said = words("planner.survey_read", lang, readings=found.readings, places=len(judged.places), **figures)
    parts.show(markup.notice("", said, *(sentence(one, lang) for one in found.warnings[:6])))
    zones, places = _zones(judged, lang), _places(judged)
    zone_heads, place_heads = _zone_heads(lang), _place_heads(lang)
    parts.show(markup.table(zone_heads, [_cells(row, 1) for row in zones], caption=_asked(judged, lang)))
    parts.show(markup.table(place_heads, [_cells(row, 2) for row in places[:MOST_PLACES]]))
    parts.show(markup.note(words("planner.print_sheet", lang)))
    on_paper = places[:PAPER_PLACES]
    half = math.ceil(len(on_paper) / 2)
    left = len(places) - len(on_paper)
    title = words("planner.accept_title", lang)
    parts.show(
        markup.render(
            "acceptance",
            heading=f"{project.name}: {title}",
            asked=_asked(judged, lang),
            zone_heads=zone_heads,
            zones=zones[:PAPER_ZONES],
            said=said,
            columns=[on_paper[:half], on_paper[half:]] if len(on_paper) > 1 else [on_paper],
            place_heads=place_heads,
            more=words("planner.places_left", lang, number=left) if left > 0 else "",
            signatures=[words("planner.sign_measured", lang), words("planner.sign_accepted", lang)],
            foot=words("planner.sheet_foot", lang, revision=project.revision, hash=inputs_hash(project.document.design)[:12]),
        )
    )


def _asked(judged: Acceptance, lang: Lang) -> str:
    asked = {"band": judged.band, "dbm": wording.signed(judged.min_rssi_dbm), "share": wording.percent(judged.coverage_share)}
    return words("planner.accept_asked", lang, **asked)


def _cells(row: list[str], first_number: int) -> list[Cell]:
    last = len(row) - 1 if first_number == 1 else len(row)
    return [Cell(content=text, right=first_number <= index < last) for index, text in enumerate(row)]


def _zone_heads(lang: Lang) -> list[str]:
    return [
        words("planner.zone", lang),
        words("planner.places_measured", lang),
        words("planner.pass_share", lang),
        words("planner.worst", lang),
        words("planner.verdict", lang),
    ]


def _zones(judged: Acceptance, lang: Lang) -> list[list[str]]:
    """Pass or fail of each zone."""
    rows = []
    for zone in judged.zones:
        verdict = words("planner.no_points", lang)
        if zone.ok is not None:
            verdict = words("planner.passed" if zone.ok else "planner.failed_zone", lang)
        rows.append(
            [
                zone_name(zone.zone, lang),
                str(zone.places),
                wording.percent(zone.share),
                f"{wording.signed(zone.worst_dbm)} dBm" if math.isfinite(zone.worst_dbm) else "–",
                verdict,
            ]
        )
    return rows


def _place_heads(lang: Lang) -> list[str]:
    return [
        words("planner.where", lang),
        words("field.ap", lang),
        words("planner.measured", lang),
        words("planner.predicted", lang),
        words("planner.residuals", lang),
    ]


def _places(judged: Acceptance) -> list[list[str]]:
    """Every place that was measured, the weakest first."""
    return [
        [
            f"{one.x_m:.1f}, {one.y_m:.1f}",
            one.ap,
            wording.signed(one.measured_dbm),
            wording.signed(one.predicted_dbm),
            wording.signed(one.measured_dbm - one.predicted_dbm, 1),
        ]
        for one in sorted(judged.places, key=lambda one: one.measured_dbm)
    ]
