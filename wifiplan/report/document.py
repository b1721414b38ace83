"""A design as the report to hand over: PDF by typst, or one HTML file, in Japanese or English.

The content is made once, as plain sections of finished words, tables and figures; the two templates beside this file only
say how it looks. The same design, date and language give the same bytes.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import jinja2
import typst
from matplotlib.figure import Figure

from floorplans.plan import write_whole
from wifiplan.capacity import demand
from wifiplan.capacity.facility import capacity
from wifiplan.errors import RadioError, ReportError
from wifiplan.model import Band, Design, stale
from wifiplan.placement.cables import cable_routes_m, default_switch_m
from wifiplan.radio.radiomap import RadioMap
from wifiplan.report import handover, loads, maps, reach, tables, wording
from wifiplan.report import plan_figure as figures
from wifiplan.report.tables import Table
from wifiplan.report.wording import Lang, known, legible, words

Block = dict[str, Any]

_TEXT_MM = 170.0
"""Width of the text on A4 between the template's margins."""

_MOST_BARS = 30
_MOST_NAMES = 5
"""What one page's figure and one sentence can hold; the tables have them all."""


def write_report(
    design: Design,
    path: str | Path,
    *,
    lang: Lang = "ja",
    date: dt.date | None = None,
    only: Collection[str] | None = None,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write the report whole or not at all.

    Parameters
    ----------
    design : Design
        Where it holds no capacity, this is computed; where that cannot be, the report says that it is unknown.
    path : str or Path
        Ending in .pdf or .html.
    lang : {"ja", "en"}
    date : datetime.date, optional
        Shown as the report's; today when not given.
    only : collection of str, optional
        Names of the sections to write, such as `INSTALLERS`; all by default.
    progress : callable, optional
        Told the share done, 0 to 1.

    Raises
    ------
    ReportError
        Another suffix, another language, or a folder that is not there.
    DesignError
        A design that names what its plan has not.
    """
    path = Path(path)
    render = RENDERERS.get(path.suffix.lower())
    if render is None:
        raise ReportError(f"{path}: a report is written as {' or '.join(RENDERERS)}; give a name that ends so")
    if lang not in wording.LANGS:
        raise ReportError(f"no report in language {lang!r}; use one of {', '.join(wording.LANGS)}")
    if not path.resolve().parent.is_dir():
        raise ReportError(f"{path}: no folder {path.parent}; make it first")
    if path.is_dir():
        raise ReportError(f"{path}: is a folder; give the name of a file")
    date = date or dt.datetime.now().astimezone().date()
    write_whole(path, render(content(design, lang=lang, date=date, only=only, progress=progress), date))


def content(
    design: Design,
    *,
    lang: Lang,
    date: dt.date,
    only: Collection[str] | None = None,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """All that the report says, or `only` some sections of it, as plain JSON: the templates add nothing but looks."""
    design = with_capacity(design)
    facility = _facility(design, lang)
    program = f"wifiplan {metadata.version('wifiplan')}"
    chosen = {name: blocks for name, blocks in _SECTIONS.items() if only is None or name in only}
    sections: list[dict[str, Any]] = [
        {"title": f"{number}. {words(f'section.{name}', lang)}", "blocks": [], "break_before": name in _BREAKS}
        for number, name in enumerate(chosen, 1)
    ]
    # Figures take the time: those of the plan, of each band's signal and of the load.
    figure_count = len(design.floor_plan.levels) * (4 + len(maps.bands(design))) + 1
    done = 0
    for section, blocks in zip(sections, chosen.values(), strict=True):
        for block in blocks(design, lang):
            section["blocks"].append(block)
            done += block["kind"] == "figure"
            if progress is not None and block["kind"] == "figure":
                progress(min(1.0, done / figure_count))
    if progress is not None:
        progress(1.0)
    day = f"{date.year}年{date.month}月{date.day}日" if lang == "ja" else f"{date.day} {date:%B} {date.year}"
    return {
        "lang": lang,
        "title": words("report.title", lang),
        "page_title": words("report.page", lang, facility=facility),
        "author": words("report.author", lang),
        "facility": facility,
        "footer": f"{program}  {day}",
        "answer_heading": words("answer.heading", lang),
        "answer": answer(design, lang),
        "answer_note": words("answer.not_measured", lang),
        "facts": _facts(design, lang, day, program),
        "sections": sections,
    }


def answer(design: Design, lang: Lang = "ja") -> list[str]:
    """The report in one to three sentences: how many access points for how many people, what gives way first, the cost."""
    aps = len(design.access_points)
    known_people = tables.served_people(design)
    chain = tables.links(design)
    limit: dict[str, object] = {}
    if chain:
        limit = {"link": tables.link_name(chain[0], lang), "limit": wording.count(chain[0].people)}
    if known_people is not None:
        people, served = known_people
        values = {"people": wording.count(people), "served": wording.count(served), "unserved": wording.count(people - served)}
        # Everybody may have his rate while a radio has more clients than it takes: the smaller figure is the answer.
        short = bool(chain) and chain[0].people < served
        key = "answer.short" if short else "answer.all" if served >= people else "answer.part"
        sentences = [words(key, lang, aps=aps, **values, **limit)]
        if limit and not short:
            sentences.append(words("answer.weakest" if chain[0].people >= people else "answer.weakest_short", lang, **limit))
    elif any(one.people > 0 for one in design.demands):
        sentences = [words("answer.unknown", lang, aps=aps)]
    else:
        sentences = [words("answer.nobody", lang, aps=aps)]
    if design.placement is not None and design.placement.cost_yen:
        sentences.append(words("answer.cost", lang, amount=wording.yen(design.placement.cost_yen, None, lang)))
    if old := stale(design):
        sentences.append(words("answer.stale", lang, names=_listed([words(f"stale.{name}", lang) for name in old], lang)))
    return sentences


def with_capacity(design: Design) -> Design:
    """The design, its capacity computed where it holds none and that can be done."""
    if design.capacity is not None or not design.access_points or not design.demands:
        return design
    try:
        return replace(design, capacity=capacity(design))
    except RadioError:
        return design


def _facility(design: Design, lang: Lang) -> str:
    return known("facility", design.floor_plan.name, lang) or words("fact.unknown", lang)


def _facts(design: Design, lang: Lang, day: str, program: str) -> list[tuple[str, str]]:
    plan = design.floor_plan
    people = sum(one.people for one in design.demands)
    source = legible(Path(plan.source.file).name) or words(
        "fact.from_sizes" if plan.source.reader == "gym" else "fact.unknown", lang
    )
    facts = {
        "scenario": tables.scenario_title(design.scenario, lang) or words("fact.none", lang),
        "people": words("unit.people", lang, number=wording.count(people)) if people else words("fact.none", lang),
        "access_points": words("unit.pieces", lang, number=len(design.access_points)),
        "model": handover.model_names(design, lang),
        "area": words("unit.m2", lang, number=wording.count(plan.area_m2)),
        "plan": source,
        "date": day,
        "version": program,
        "revision": legible(design.revision or "") or words("fact.none", lang),
        "author": legible(design.author or "") or words("fact.none", lang),
    }
    return [(words(f"fact.{name}", lang), value) for name, value in facts.items()]


def _text(kind: str, key: str, lang: Lang, **values: object) -> Block:
    return {"kind": kind, "text": words(key, lang, **values)}


def table_block(table: Table, size_pt: float = 8.0) -> Block:
    """A table for the template, in letters of this size."""
    return {"kind": "table", "table": asdict(table) | {"size": size_pt}}


def figure_block(figure: Figure, caption: str, alt: str, *, most_mm: float = 230.0) -> Block:
    """`most_mm` is the height it may have on A4: a figure as wide as the page is made narrower for it."""
    wide_in, high_in = figure.get_size_inches()
    width = min(1.0, most_mm / (_TEXT_MM * high_in / wide_in))
    return {"kind": "figure", "svg": figures.svg(figure), "caption": caption, "alt": alt, "width": round(float(width), 3)}


def _plan(design: Design, lang: Lang) -> Iterator[Block]:
    most_mm = 150.0 if len(design.floor_plan.levels) == 1 else 95.0
    for index, level in enumerate(design.floor_plan.levels):
        values = {"level": legible(level.name), "aps": sum(point.level == index for point in design.access_points)}
        figure = figures.plan_figure(design, lang, level=index, routes_m=_routes_m(design, index))
        yield figure_block(figure, words("plan.caption", lang, **values), words("plan.alt", lang, **values), most_mm=most_mm)
    if design.access_points:
        yield {"kind": "note", "text": handover.switch_sentence(design, lang)}
    yield _text("note", "plan.north", lang)


def _routes_m(design: Design, level: int) -> list[list[tuple[float, float]]]:
    """The ways of the new cables of a storey, for the plan; those of one that hangs there already are there too."""
    cables = {} if design.placement is None else design.placement.cables_m
    places = [(ap.x_m, ap.y_m) for ap in design.access_points if ap.level == level and ap.name in cables]
    if not places:
        return []
    plan = design.floor_plan
    lines = cable_routes_m(plan, places, default_switch_m(plan), level=level)
    return [[(float(x), float(y)) for x, y in line.coords] for line in lines]


def _decides(design: Design, lang: Lang) -> Iterator[Block]:
    for sentence in handover.deciding(design, lang):
        yield {"kind": "text", "text": sentence}
    for table, note in ((handover.limits_table(design, lang), "decides.note"), (handover.requirement_table(design, lang), "")):
        if table.rows:
            yield table_block(table, 7.5)
        if table.rows and note:
            yield _text("note", note, lang)


def _signal(design: Design, lang: Lang) -> Iterator[Block]:
    used = maps.bands(design)
    if not used:
        yield _text("text", "signal.none", lang)
        return
    asked = design.requirement
    intro = {
        "dbm": wording.signed(asked.min_rssi_dbm),
        "height": wording.plain(maps.client_height_m(design)),
    }
    # The band that carries most: one set of these maps, so that the report stays one that is read.
    main: Band = "5" if "5" in used else used[-1]
    levels = range(len(design.floor_plan.levels))
    found_maps = {(band, index): maps.coverage_map(design, band, level=index) for index in levels for band in used}
    yield _text("text", "signal.intro", lang, **intro)
    yield {"kind": "text", "text": _loss_by_people(design, [found_maps[main, index] for index in levels], lang)}
    for index, level in enumerate(design.floor_plan.levels):
        for band in used:
            yield from _signal_of(design, band, index, legible(level.name), lang, found_maps[band, index])
    for index, level in enumerate(design.floor_plan.levels):
        found = reach.reach_of(design, main, found_maps[main, index])
        for name, draw in (("sinr", reach.sinr_figure), ("second", reach.second_figure), ("channels", reach.channel_figure)):
            if name == "second" and len(found.pairs) < 2:
                yield _text("note", "reach.no_second", lang)
                continue
            values = {"level": legible(level.name), "band": main, "db": wording.signed(asked.min_sinr_db)}
            caption = words(f"reach.{name}", lang, **values)
            yield figure_block(draw(design, found, lang, level=index), caption, caption, most_mm=98.0)
    yield _text("heading", "truth.heading", lang)
    yield _text("text", "truth.intro", lang)
    yield table_block(tables.truth_table(lang))
    if sentence := handover.truth_sentence(design, lang):
        yield {"kind": "text", "text": sentence}


def _loss_by_people(design: Design, radio_maps: Sequence[RadioMap], lang: Lang) -> str:
    """What people in the way take: path by path beside the scenario's one figure, or that figure where the design says one."""
    one_db = demand.obstruction_db(design)
    if design.obstruction_db is not None:
        return words("signal.loss_one", lang, loss=wording.plain(one_db))
    losses = [maps.crowd_loss_db(design, radio_map, level=index) for index, radio_map in enumerate(radio_maps)]
    known = [loss for loss in losses if loss is not None]
    values = {"crowd": wording.plain(round(max(known), 1)) if known else "0", "one": wording.plain(one_db)}
    said = words("signal.loss_crowd", lang, **values)
    besides_db = maps.besides_db(design)
    return said + (words("signal.loss_partitions", lang, loss=wording.plain(besides_db)) if besides_db else "")


def _signal_of(  # noqa: PLR0917
    design: Design, band: Band, level: int, level_name: str, lang: Lang, radio_map: RadioMap
) -> list[Block]:
    share = maps.coverage_share(design, radio_map, band, level=level)
    values = {
        "level": level_name,
        "band": band,
        "share": words("fact.unknown", lang) if share is None else wording.percent(share),
        "dbm": wording.signed(design.requirement.min_rssi_dbm),
        "required": wording.percent(design.requirement.coverage_share),
    }
    figure = maps.heatmap_figure(design, band, lang, level=level, radio_map=radio_map)
    # Two to a page: bands are compared with each other.
    blocks = [figure_block(figure, words("signal.caption", lang, **values), words("signal.alt", lang, **values), most_mm=98.0)]
    if share is not None and share < design.requirement.coverage_share:
        blocks.append(_text("warning", "signal.below", lang, **values))
    return blocks


def _access_points(design: Design, lang: Lang) -> list[Block]:
    if not design.access_points:
        return [_text("text", "ap.none", lang)]
    blocks = [_text("text", "ap.intro", lang)]
    if shared := tables.shared_reason(design, lang):
        blocks.append({"kind": "text", "text": shared})
    return [*blocks, table_block(tables.access_point_table(design, lang), 7.5)]


def _load(design: Design, lang: Lang) -> list[Block]:
    radios = loads.planned_radios(design)
    if not radios or all(one.planned is None for one in radios):
        return [_text("text", "load.none", lang)]
    most = design.requirement.max_busy_share
    shown = loads.fullest(radios, _MOST_BARS)
    caption = words("load.caption", lang) if len(shown) == len(radios) else words("load.caption_part", lang, radios=len(shown))
    blocks = [figure_block(loads.load_figure(shown, lang), caption, words("load.alt", lang, radios=len(shown)))]
    crowded = [_radio_name(one, lang) for one in radios if one.over]
    if crowded:
        blocks.append(_text("warning", "load.over", lang, names=_listed(crowded, lang)))
    busy = [_radio_name(one, lang) for one in radios if one.load is not None and one.load.busy_share > most + 1e-6]
    if busy:
        blocks.append(_text("warning", "load.busy_over", lang, names=_listed(busy, lang), share=wording.percent(most)))
    blocks += [_text("heading", "load.radio_title", lang), table_block(tables.load_table(design, lang))]
    blocks.append(_text("note", "load.busy_note", lang, share=wording.percent(most)))
    zones = tables.zone_table(design, lang)
    if zones.rows:
        blocks += [_text("heading", "load.zone_title", lang), table_block(zones), _text("note", "load.served_note", lang)]
    if design.capacity is not None and (served := design.capacity.spread.get("served")):
        people = {name: wording.count(getattr(served, name)) for name in ("p10", "p50", "p90")}
        blocks.append(_text("text", "load.spread", lang, draws=design.capacity.draws, **people))
    return blocks


def _radio_name(one: loads.PlannedRadio, lang: Lang) -> str:
    return f"{legible(one.ap)} {words('unit.ghz', lang, number=one.radio.band)}"


def _listed(names: list[str], lang: Lang) -> str:
    text = ("、" if lang == "ja" else ", ").join(names[:_MOST_NAMES])
    return text if len(names) <= _MOST_NAMES else words("load.and_more", lang, names=text, more=len(names) - _MOST_NAMES)


def _weakest(design: Design, lang: Lang) -> list[Block]:
    table = tables.weakest_table(design, lang)
    if not table.rows:
        return [_text("text", "weakest.none", lang)]
    blocks = [_text("text", "weakest.intro", lang), table_block(table)]
    kinds = () if design.capacity is None else design.capacity.unknown_links
    unknown = [known("link", kind, lang) for kind in kinds]
    if unknown:
        blocks.append(_text("note", "weakest.unknown", lang, names=_listed(unknown, lang)))
    changes = tables.what_if_table(design, lang)
    if changes.rows:
        blocks += [_text("heading", "whatif.title", lang), table_block(changes), _text("note", "whatif.note", lang)]
    return blocks


def _cost(design: Design, lang: Lang) -> list[Block]:
    bill = tables.cost_table(design, lang)
    total_yen = None if design.placement is None else design.placement.cost_yen
    if bill.rows:
        blocks = [table_block(bill)]
    elif total_yen is not None:
        blocks = [_text("text", "cost.only_total", lang, amount=wording.yen(total_yen, None, lang))]
    else:
        return [_text("text", "cost.none", lang)]
    blocks.append(_text("note", "cost.note", lang))
    years = handover.years_table(design, lang)
    if years.rows:
        blocks += [_text("heading", "years.title", lang), table_block(years), _text("note", "years.note", lang)]
    prices = tables.price_table(design, lang)
    if prices.rows:
        blocks += [_text("heading", "cost.prices", lang), table_block(prices, 7.5)]
    return blocks


def _alternatives(design: Design, lang: Lang) -> list[Block]:
    table = handover.alternatives_table(design, lang)
    if not table.rows:
        return [_text("text", "alternatives.not_asked", lang)]
    return [_text("text", "alternatives.intro", lang), table_block(table), _text("note", "alternatives.note", lang)]


def _failures(design: Design, lang: Lang) -> list[Block]:
    table = handover.failures_table(design, lang)
    if not table.rows:
        return [_text("text", "failures.unknown", lang)]
    return [_text("text", "failures.intro", lang), table_block(table)]


def _install(design: Design, lang: Lang) -> list[Block]:
    if not design.access_points:
        return [_text("text", "ap.none", lang)]
    sentence: Block = {"kind": "text", "text": handover.switch_sentence(design, lang)}
    return [_text("text", "install.intro", lang), sentence, table_block(handover.install_table(design, lang), 8.0)]


def _validation(design: Design, lang: Lang) -> list[Block]:
    table = handover.survey_table(design, lang)
    blocks = [_text("text", "survey.intro", lang), table_block(table)] if table.rows else [_text("text", "survey.none", lang)]
    return [*blocks, _text("heading", "sign.title", lang), table_block(handover.sign_table(lang), 10.0)]


def _assumptions(design: Design, lang: Lang) -> list[Block]:
    return [_text("text", "assumption.intro", lang), table_block(tables.assumption_table(design, lang), 7.5)]


def _unknowns(design: Design, lang: Lang) -> list[Block]:
    del design
    names = ("measured", "crowd", "materials", "neighbours", "people", "backhaul", "rules")
    to_do = ("do_site", "do_survey", "do_live")
    return [
        {"kind": "list", "items": [words(f"unknowns.{name}", lang) for name in names]},
        _text("heading", "unknowns.do_heading", lang),
        {"kind": "list", "items": [words(f"unknowns.{name}", lang) for name in to_do]},
    ]


def _terms(design: Design, lang: Lang) -> list[Block]:
    del design
    names = ("ap", "rssi", "band", "channel", "client", "mbps")
    return [{"kind": "list", "items": [words(f"term.{name}", lang) for name in names]}]


_SECTIONS: dict[str, Callable[[Design, Lang], Iterable[Block]]] = {
    "decides": _decides,
    "plan": _plan,
    "signal": _signal,
    "access_points": _access_points,
    "load": _load,
    "weakest": _weakest,
    "failures": _failures,
    "cost": _cost,
    "alternatives": _alternatives,
    "install": _install,
    "validation": _validation,
    "assumptions": _assumptions,
    "unknowns": _unknowns,
    "terms": _terms,
}
INSTALLERS = frozenset({"plan", "install", "validation"})
"""Sections for those who hang and check it: the plan, a line an access point, what to measure and who signs."""
_BREAKS = frozenset({"plan", "signal", "install", "validation"})
"""Sections that begin on a page of their own: the first page stands alone."""


@functools.cache
def fonts() -> typst.Fonts:
    """Only the packaged ones: the report looks the same on every machine, and what they lack is never borrowed."""
    folders = [str(Path(font).parent) for font in (wording.REGULAR_FONT, wording.BOLD_FONT)]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def pdf(report: dict[str, Any], date: dt.date) -> bytes:
    """The report as PDF/UA-1 (tagged, with descriptions of the figures, for readers that read aloud)."""
    return compiled(files("wifiplan.report") / "report.typ", report, date)


def compiled(template: Traversable, data: dict[str, Any], date: dt.date) -> bytes:
    """A template of ours with its data as PDF/UA-1; the same data and date give the same bytes."""
    midnight = dt.datetime(date.year, date.month, date.day, tzinfo=dt.UTC)
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    compiler = typst.Compiler(template.read_bytes(), font_paths=fonts(), sys_inputs=inputs)
    made = compiler.compile(format="pdf", timestamp=midnight, pdf_standards="ua-1")
    assert isinstance(made, bytes)
    return made


def html(report: dict[str, Any], date: dt.date) -> bytes:
    """The report as one HTML file that refers to nothing outside itself."""
    del date
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["base64"] = lambda text: base64.b64encode(text.encode()).decode()
    template = environment.from_string((files("wifiplan.report") / "report.html").read_text("utf-8"))
    return template.render(report).encode()


RENDERERS: dict[str, Callable[[dict[str, Any], dt.date], bytes]] = {".pdf": pdf, ".html": html}
"""Suffix -> content and date to bytes."""
