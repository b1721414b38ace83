"""One facility now: its state, its access points on the plan, and the table of them. It draws itself again by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from collectors.errors import CollectError
from dashboards import data, drawing, history, markup
from dashboards.locale import age, reason, words
from dashboards.markup import Cell
from dashboards.views import parts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dashboards.states import ApState, Facility
    from wifiplan.model import Design
    from wifiplan.report.catalogue import Lang


def page() -> None:
    """Choose a facility; then show it for as long as the page is open."""
    lang = parts.language()
    st.title(words("live.title", lang))
    snapshot = data.snapshot()
    refresh_s = data.refresh_s(snapshot.config)
    sites = sorted(one.site for one in snapshot.facilities)
    site = _chosen_site(sites, lang)

    @st.fragment(run_every=refresh_s)
    def now() -> None:
        latest = data.snapshot()
        if not parts.trouble(latest, lang):
            found = next((one for one in latest.facilities if one.site == site), None)
            if found is not None:
                _facility(found, lang)
            elif latest.facilities:
                st.rerun()  # the list of facilities has changed under this page
            elif latest.config is not None:
                parts.show(
                    markup.notice(words("facilities.none", lang), words("facilities.none_way", lang, path=latest.config.path))
                )
        parts.as_of(latest.time, refresh_s, lang)

    now()
    if site is not None:
        _history(site, lang)


@st.fragment
def _history(site: str, lang: Lang) -> None:
    """What was: clients over a span, and the plan at any time of it."""
    latest = data.snapshot()
    found = next((one for one in latest.facilities if one.site == site), None)
    if latest.config is None or found is None:
        return
    parts.show(markup.heading(words("history.title", lang)))
    spans = {words(f"history.{span}", lang): span for span in history.SPANS}
    chosen = st.segmented_control(
        words("history.span", lang), list(spans), default=list(spans)[1], key="history_span", label_visibility="collapsed"
    )
    span = spans.get(str(chosen), "day")
    until = latest.time
    since = until - history.LENGTH[span]
    try:
        of_site = data.sums(latest.config, history.SITE_SUMS[span], site, since, until)
        of_aps = data.sums(latest.config, history.AP_SUMS[span], site, since, until) if found.access_points else ()
    except CollectError as error:
        parts.show(markup.notice(words("missing.store", lang), words("app.details", lang, text=str(error)), alarm=True))
        return
    zone = parts.city_zone()
    counts = history.counts(of_site)
    parts.show(history.chart(counts, span, until, zone, lang, planned=found.planned, limit=found.limit))
    starts = history.times(of_aps)
    if len(starts) < 2 or not st.toggle(words("history.replay", lang), key="history_replay"):
        return
    start = st.select_slider(
        words("history.time", lang),
        starts,
        value=starts[-1],
        format_func=lambda at: f"{at.astimezone(zone):%m/%d %H:%M}",
        key=f"history_time {span}",
    )
    _plans(history.at_time(found.access_points, of_aps, start), lang)


def _chosen_site(sites: list[str], lang: Lang) -> str | None:
    if len(sites) < 2:
        return sites[0] if sites else None
    asked = st.query_params.get("site", "")
    index = sites.index(asked) if asked in sites else 0
    site = st.selectbox(words("live.site", lang), sites, index=index)
    if site != asked:
        st.query_params["site"] = site
    return site


def _facility(found: Facility, lang: Lang) -> None:
    parts.show(markup.heading(found.site))
    texts = [reason(why, lang) for why in found.reasons]
    if not found.complete and found.clients is not None:
        texts.append(words("live.incomplete", lang))
    parts.show(markup.banner(found, lang, texts))
    has_plan = _plans(found.access_points, lang)
    if found.access_points:
        parts.show(_table(found.access_points, lang, caption=words("live.table", lang)))
    elif not has_plan:
        parts.show(markup.notice(words("missing.site_design", lang), words("missing.site_design_way", lang)))
    if found.unplanned:
        key = "live.unplanned" if found.access_points else "live.unplanned_no_design"
        parts.show(_table(found.unplanned, lang, caption=words(key, lang), key=bool(found.access_points)))
        if found.access_points:
            parts.show(markup.note(words("live.unplanned_why", lang)))
    elif not found.access_points:
        parts.show(markup.note(words("live.no_aps", lang)))


def _plans(aps: Sequence[ApState], lang: Lang) -> bool:
    """Draw every storey of every design that access points are of; whether there was any."""
    designs = data.read_designs(data.snapshot().config)
    by_design: dict[Path, list[ApState]] = {}
    for ap in aps:
        if ap.design is not None:
            by_design.setdefault(ap.design, []).append(ap)
    for path, of_design in by_design.items():
        design = designs.get(path)
        if design is not None and not isinstance(design, str):
            _plan(design, of_design, lang)
    return bool(by_design)


def _plan(design: Design, aps: list[ApState], lang: Lang) -> None:
    from wifiplan.report.plan_figure import zone_name

    for level, storey in enumerate(design.floor_plan.levels):
        if not any(ap.level == level for ap in aps):
            continue
        if len(design.floor_plan.levels) > 1:
            parts.show(markup.heading(f"{design.floor_plan.name} {storey.name}"))
        parts.show(drawing.live_plan(design.floor_plan, aps, lang, level=level, zone_name=zone_name))
    parts.show(markup.note(words("plan.caption", lang)))
    parts.show(markup.legend(lang))


def _table(aps: tuple[ApState, ...], lang: Lang, *, caption: str, key: bool = False) -> str:
    """One row for each; the plan's columns only where a plan has one of them."""
    has_plan = any(ap.design is not None for ap in aps)
    plan, device = (("planned", "limit") if has_plan else ()), (("device", "key") if key else ())
    names = ("ap", "state", "clients", *plan, "bands", "heard", *device)
    cells = {
        "ap": lambda ap: Cell(content=ap.name),
        "state": lambda ap: Cell(content=markup.state_words(ap.state, lang)),
        "clients": lambda ap: Cell(content=markup.ap_clients(ap, lang), right=True),
        "planned": lambda ap: Cell(content=markup.planned(ap.planned, lang), right=True),
        "limit": lambda ap: Cell(content=markup.planned(ap.limit, lang), right=True),
        "bands": lambda ap: Cell(content=_bands(ap, lang)),
        "heard": lambda ap: Cell(content=age(ap.age_s, lang)),
        "device": lambda ap: Cell(content=ap.device),
        "key": lambda ap: Cell(content=ap.key or ""),
    }
    rows = [[cells[name](ap) for name in names] for ap in aps]
    return markup.table([words(f"field.{name}", lang) for name in names], rows, caption=caption)


def _bands(ap: ApState, lang: Lang) -> str:
    return markup.lines(f"{load.band} GHz: {markup.number(load.clients, lang)}" for load in ap.bands if load.clients is not None)
