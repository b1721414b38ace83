"""One design: the layout, the signal strength in each band, and the list of its access points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from dashboards import data, markup
from dashboards.locale import words
from dashboards.markup import Cell
from dashboards.views import parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wifiplan.model import Design
    from wifiplan.report.catalogue import Lang
    from wifiplan.report.tables import Table

_START = """wifiplan gym --length-m 38.9 --width-m 23.2 --height-m 9.7 --out plan.json
wifiplan place plan.json --scenario shelter-day1 --out design.json"""


def page() -> None:
    """Choose a design and show it."""
    lang = parts.language()
    st.title(words("design.title", lang))
    found = data.designs()
    if not found:
        parts.show(markup.notice(words("missing.design", lang), words("missing.design_way", lang)))
        st.code(_START, language=None)
        return
    path = next(iter(found))
    if len(found) > 1:
        names = {path: _name(path, design) for path, design in found.items()}
        path = st.selectbox(words("design.choose", lang), list(found), format_func=names.__getitem__)
    design = found[path]
    if isinstance(design, str):
        parts.show(markup.notice(words("missing.design_broken", lang), words("app.details", lang, text=design), alarm=True))
        return
    _design(path, design, lang)


def _name(path: Path, design: Design | str) -> str:
    return path.name if isinstance(design, str) else f"{design.floor_plan.name} ({path.name})"


def _design(path: Path, design: Design, lang: Lang) -> None:
    from wifiplan.report import document as report
    from wifiplan.report import maps

    parts.show(markup.heading(design.floor_plan.name))
    parts.show(markup.notice("", *report.answer(design, lang)))  # word for word what the report says
    parts.show(_figures(design, lang))
    stamp = data.stamp(path)
    levels = range(len(design.floor_plan.levels))
    level = 0
    if len(levels) > 1:
        level = st.selectbox(words("live.level", lang), levels, format_func=lambda index: design.floor_plan.levels[index].name)
    name = design.floor_plan.name
    st.subheader(words("design.plan", lang))
    _image(lambda: data.plan_png(path, stamp, lang, level), words("design.plan_alt", lang, name=name), lang)
    if not design.access_points:
        parts.show(markup.notice(words("design.no_aps", lang), words("design.no_aps_way", lang)))
        return
    bands = maps.bands(design)
    if bands:
        st.subheader(words("design.heatmap", lang))
        titles = {band: words("design.band", lang, band=band) for band in bands}
        # The widest band of the plan first: it is where most clients go.
        band = st.radio(
            words("design.heatmap", lang), bands, format_func=titles.__getitem__, horizontal=True, label_visibility="collapsed"
        )
        with st.spinner(words("design.computing", lang)):
            alt = words("design.heatmap_alt", lang, name=name, band=band)
            _image(lambda: data.heatmap_png(path, stamp, lang, level, band), alt, lang)
        parts.show(_truth(design, lang))
    st.subheader(words("design.load", lang))
    _image(lambda: data.load_png(path, stamp, lang), words("design.load_alt", lang), lang)
    st.subheader(words("design.table", lang))
    parts.show(_table(design, lang))


def _figures(design: Design, lang: Lang) -> str:
    """The few numbers that the design answers with, in large type; those that it does not have are left out."""
    from wifiplan.report import tables, wording

    plans = [radio.planned_clients for ap in design.access_points for radio in ap.radios]
    known = {
        "scenario": tables.scenario_title(design.scenario, lang),
        "aps": wording.count(len(design.access_points)),
        "people": wording.count(sum(demand.people for demand in design.demands)) if design.demands else "",
        "planned": wording.count(sum(plan for plan in plans if plan is not None)) if plans and None not in plans else "",
        "coverage": wording.percent(share) if (share := data.coverage_share(design)) is not None else "",
    }
    return markup.key_figures((words(f"design.{key}", lang), text) for key, text in known.items() if text)


def _image(png: Callable[[], bytes], alt: str, lang: Lang) -> None:
    """A figure, or the one line that says why there is none: a figure that fails does not take the page with it."""
    from floorplans.errors import FloorPlanError
    from wifiplan.errors import RadioError

    try:
        drawn = png()
    except (RadioError, FloorPlanError) as error:
        parts.show(markup.notice(words("design.failed", lang), words("app.details", lang, text=error), alarm=True))
        return
    parts.show(markup.picture(drawn, alt))


def _truth(design: Design, lang: Lang) -> str:
    """The report's own words and table of how far the strengths may be off before anybody has measured, and what that costs."""
    from wifiplan.report import handover, tables, wording

    shown = markup.note(wording.words("truth.intro", lang)) + markup_of(tables.truth_table(lang))
    sentence = handover.truth_sentence(design, lang)
    return shown + (markup.note(sentence) if sentence else "")


def _table(design: Design, lang: Lang) -> str:
    """The report's own table of the access points."""
    from wifiplan.report import tables

    return markup_of(tables.access_point_table(design, lang))


def markup_of(table: Table) -> str:
    """A table of the report on a page."""
    widest = max(column.weight for column in table.columns)
    rows = [
        [
            Cell(content=markup.lines(text.split("\n")), right=column.align == "right", wide=column.weight == widest)
            for column, text in zip(table.columns, row, strict=True)
        ]
        for row in table.rows
    ]
    return markup.table([column.title.replace("\n", " ") for column in table.columns], rows)
