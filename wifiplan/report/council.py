"""A city's plan as the paper that goes to the council: PDF or HTML, in Japanese or English, by the report's own template.

It takes what `wifiplan city` writes as city.json, as plain JSON, so that it can be made again from that file alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from floorplans.plan import write_whole
from wifiplan import equipment
from wifiplan.errors import ReportError
from wifiplan.report import city_figures, handover, wording
from wifiplan.report.document import RENDERERS, Block, figure_block, table_block
from wifiplan.report.tables import Table, made
from wifiplan.report.wording import Lang, known, legible, words

MOST_WARNINGS = 40
MOST_ROWS = 300
"""A longer table is read by nobody on paper; the workbook has all."""


def write(city: Mapping[str, Any], path: Path, *, lang: Lang = "ja", date: dt.date | None = None) -> None:
    """Write the council's paper whole or not at all.

    Parameters
    ----------
    city : mapping
        What city.json holds.
    path : Path
        Ending in .pdf or .html.

    Raises
    ------
    ReportError
        Another suffix.
    """
    render = RENDERERS.get(path.suffix.lower())
    if render is None:
        raise ReportError(f"{path}: a report is written as {' or '.join(RENDERERS)}; give a name that ends so")
    day = date or dt.datetime.now().astimezone().date()
    write_whole(path, render(content(city, lang=lang, date=day), day))


def content(city: Mapping[str, Any], *, lang: Lang, date: dt.date) -> dict[str, Any]:
    """All that the paper says, as plain JSON for the report's template."""
    parts = {
        "decides": _decides(city, lang),
        "map": _map(city, lang),
        "money": _money(city, lang),
        "models": _models(city, lang),
        "people": _people(city, lang),
        "others": _others(city, lang),
        "left_out": _left_out(city, lang),
        "warnings": _warnings(city, lang),
        "assumptions": _assumptions(city, lang),
    }
    shown = [(name, blocks) for name, blocks in parts.items() if blocks]
    sections = [
        {
            "title": f"{number}. {words(f'council.section_{name}', lang)}",
            "blocks": blocks,
            "break_before": name == "map",
        }
        for number, (name, blocks) in enumerate(shown, 1)
    ]
    day = f"{date.year}年{date.month}月{date.day}日" if lang == "ja" else f"{date.day} {date:%B} {date.year}"
    program = f"wifiplan {metadata.version('wifiplan')}"
    return {
        "lang": lang,
        "title": words("council.title", lang),
        "page_title": words("council.title", lang),
        "author": words("report.author", lang),
        "facility": legible(_city_name(city)),
        "footer": f"{program}  {day}",
        "answer_heading": words("answer.heading", lang),
        "answer": _answer(city, lang),
        "answer_note": words("council.answer_note", lang),
        "facts": _facts(city, lang, day, program),
        "sections": sections,
    }


def _city_name(city: Mapping[str, Any]) -> str:
    """The municipality that most rows name, else the list's file."""
    names = [
        f"{row['prefecture']}{row['municipality'].removeprefix(row['prefecture'])}"
        for row in city["facilities"]
        if row["municipality"]
    ]
    if names:
        return max(set(names), key=names.count)
    return Path(str(city["asked"]["lists"][0])).stem if city["asked"].get("lists") else ""


def _yen(amount: float | None, lang: Lang) -> str:
    return words("fact.unknown", lang) if amount is None else wording.yen(amount, None, lang)


def _answer(city: Mapping[str, Any], lang: Lang) -> list[str]:
    sums, budget = city["totals"], city["budget"]
    if budget is not None:
        bought = [row for row in city["facilities"] if row["within_budget"]]
        sentences = [
            words(
                "council.answer_budget",
                lang,
                budget=_yen(budget["budget_yen"] * budget["years"], lang),
                years=words("council.years_one" if budget["years"] == 1 else "council.years_many", lang, years=budget["years"]),
                count=budget["facilities"],
                cost=_yen(budget["cost_yen"], lang),
                five=_yen(sum(row["five_year_yen"] or 0 for row in bought), lang),
            ),
            words(
                "council.answer_served",
                lang,
                hours=wording.count(budget["person_hours"]),
                bound=wording.count(budget["bound"]),
                gap=f"{budget['gap_share']:.2%}",
            ),
            budget["next"][f"sentence_{lang}"],
        ]
    else:
        sentences = [
            words(
                "council.answer_all",
                lang,
                count=sums["designed"],
                cost=_yen(sums["cost_yen"], lang),
                five=_yen(sums["five_year_yen"], lang),
                aps=wording.count(sums["access_points"]),
                served=wording.count(sums["people_served"]),
            )
        ]
    if sums["without_design"]:
        sentences.append(words("council.answer_unknown", lang, count=sums["without_design"]))
    return [legible(text) for text in sentences]


def _facts(city: Mapping[str, Any], lang: Lang, day: str, program: str) -> list[tuple[str, str]]:
    sums, asked = city["totals"], city["asked"]
    named = {
        "council.lists": "、".join(legible(Path(str(path)).name) for path in asked.get("lists", ())),
        "fact.scenario": known("scenario", str(asked.get("scenario", "")), lang),
        "council.facilities": wording.count(sums["facilities"]),
        "council.designed": wording.count(sums["designed"]),
        "council.left_out": wording.count(len(city["skipped"])),
        "council.all_cost": _yen(sums["cost_yen"], lang),
        "council.all_five": _yen(sums["five_year_yen"], lang),
        "fact.date": day,
        "fact.version": program,
    }
    return [(words(key, lang), value) for key, value in named.items() if value]


def _decides(city: Mapping[str, Any], lang: Lang) -> list[Block]:
    """The numbers that decide the answer and where they are from; of models that only the planner's own file knows, nothing."""
    there_are = equipment.models()
    models = [there_are[name] for name in sorted({row.get("model") or "" for row in city["facilities"]}) if name in there_are]
    named = bool(city["asked"].get("models"))
    sentences = [handover.limit_argued(str(model.client_limit(model.bands)), model, lang, named=named) for model in models]
    figures = {name: float(value) for name, value, *_ in city["assumptions"]}
    if "usable_share" in figures and city["asked"].get("people_rule") == "scenario":
        share = wording.percent(figures["usable_share"])
        scenario = known("scenario", str(city["asked"].get("scenario", "")), lang)
        sentences.append(words("council.decides_people", lang, scenario=scenario, share=share))
    if city["budget"] is not None and "event.mains_out_h" in figures:
        hours = {name: f"{figures[f'event.{name}']:g}" for name in ("hours", "mains_out_h", "line_out_h")}
        sentences.append(words("council.decides_hours", lang, **hours))
    return [{"kind": "list", "items": [legible(text) for text in sentences]}] if sentences else []


def _text(kind: str, text: str) -> Block:
    return {"kind": kind, "text": legible(text)}


def _table(
    titles: Sequence[str], weights: Sequence[float], rows: Sequence[tuple[str, ...]], lang: Lang, right: Sequence[str] = ()
) -> list[Block]:
    table: Table = made("council", titles, weights, tuple(rows[:MOST_ROWS]), lang, right=right)
    more = len(rows) - MOST_ROWS
    note = [_text("note", words("council.more", lang, count=more))] if more > 0 else []
    return [table_block(table, 7.5), *note]


def _map(city: Mapping[str, Any], lang: Lang) -> list[Block]:
    rows = city_figures.numbered(city["facilities"])
    figure = city_figures.map_figure(city, lang)
    lost = sum(row["longitude_deg"] is None or row["latitude_deg"] is None for row in city["facilities"])
    if figure is None:
        blocks = [_text("note", words("council.map_none", lang))]
    else:
        caption, alt = words("council.map_caption", lang, lost=lost), words("council.map_alt", lang, count=len(rows))
        blocks = [figure_block(figure, caption, alt, most_mm=150.0)]
    titles = ("number", "name", "district", "people", "level", "year", "aps", "cost", "five", "why")
    cells = [
        (
            str(number),
            legible(row["name"]),
            legible(row["district"]),
            wording.count(row["people"] or 0),
            words(f"level.{row['level']}", lang),
            str(row["year"] or "–"),
            str(row["access_points"]),
            _yen(row["cost_yen"], lang),
            _yen(row["five_year_yen"], lang),
            legible(row[f"why_{lang}"]),
        )
        for number, row in enumerate(rows, 1)
    ]
    if not cells:
        return [*blocks, _text("text", words("council.none", lang))]
    return blocks + _table(
        titles, (0.5, 2.0, 1.1, 0.7, 1.0, 0.5, 0.5, 1.1, 1.1, 2.6), cells, lang, ("people", "aps", "cost", "five")
    )


def _money(city: Mapping[str, Any], lang: Lang) -> list[Block]:
    budget = city["budget"]
    if budget is None:
        return []
    figure = city_figures.curve_figure(budget, lang)
    return [
        figure_block(figure, words("council.curve_caption", lang), words("council.curve_alt", lang)),
        _text("text", budget["next"][f"sentence_{lang}"]),
        _text(
            "text",
            words(
                "council.greedy",
                lang,
                hours=wording.count(budget["greedy"]["person_hours"]),
                count=budget["greedy"]["facilities"],
            )
            + ("" if lang == "ja" else " ")
            + words("council.left", lang, left=_yen(budget["left_yen"], lang)),
        ),
    ]


def _models(city: Mapping[str, Any], lang: Lang) -> list[Block]:
    """What each model to choose from would come to, where there were several; a plan of an older version has none."""
    rows = [
        (
            legible(row["model"]),
            f"{row['works']:,} / {row['facilities']:,}",
            wording.count(row["access_points"]),
            _yen(row["cost_yen"], lang),
            _yen(row["five_year_yen"], lang),
            f"{wording.count(row['people_served'])} / {wording.count(row['people'])}",
        )
        for row in city.get("models", ())
    ]
    if not rows:
        return []
    titles = ("model", "works", "aps", "cost", "five", "served")
    return [
        *_table(titles, (2.2, 1.1, 0.7, 1.3, 1.3, 1.5), rows, lang, titles[1:]),
        _text("note", words("council.models_note", lang)),
    ]


def _people(city: Mapping[str, Any], lang: Lang) -> list[Block]:
    found = city["assignment"]
    if found is None:
        blocks = [_text("text", words("council.not_assigned", lang))]
    else:
        sentence = words(
            "council.assigned",
            lang,
            people=wording.count(found["people"]),
            share=wording.percent(float(city["asked"].get("sheltered_share", 0.0))),
            way="–" if found["mean_way_m"] is None else wording.count(found["mean_way_m"]),
            detour=found["detour"],
            left=wording.count(found["without_room"]),
            over=wording.count(found["overfull_if_nearest"]),
        )
        blocks = [_text("text", sentence)]
    by_district: dict[str, list[Mapping[str, Any]]] = {}
    for row in city["facilities"]:
        by_district.setdefault(row["district"] or "–", []).append(row)
    total = words("council.total", lang)
    groups = [*sorted(by_district.items()), (total, list(city["facilities"]))]
    cells = [
        (
            legible(name),
            wording.count(len(rows)),
            wording.count(sum(row["people_assigned"] or 0.0 for row in rows)) if found is not None else "–",
            *(
                wording.count(sum(row[key] or 0 for row in rows))
                for key in ("capacity_published", "capacity_3_5_m2", "capacity_2_m2")
            ),
        )
        for name, rows in groups
    ]
    titles = ("district", "facilities", "come", "published", "at_3_5", "at_2")
    return blocks + _table(titles, (2.0, 1.0, 1.0, 1.2, 1.0, 1.0), cells, lang, titles[1:])


def _others(city: Mapping[str, Any], lang: Lang) -> list[Block]:
    chosen = {row["number"] for row in city_figures.numbered(city["facilities"])}
    rows = [row for row in city["facilities"] if row["number"] not in chosen]
    if not rows:
        return []
    cells = [
        (
            legible(row["name"]),
            legible(row["district"]),
            "–" if row["cost_yen"] is None else _yen(row["cost_yen"], lang),
            legible(row[f"why_{lang}"]),
        )
        for row in rows
    ]
    return _table(("name", "district", "cost", "why"), (2.0, 1.0, 1.0, 4.0), cells, lang, ("cost",))


def _left_out(city: Mapping[str, Any], lang: Lang) -> list[Block]:
    if not city["skipped"]:
        return []
    key = "reason_ja" if lang == "ja" else "reason"
    cells = [(str(row["row"]), legible(row["name"]), legible(row[key])) for row in city["skipped"]]
    return _table(("row", "name", "why"), (0.6, 2.4, 4.0), cells, lang, ("row",))


def _warnings(city: Mapping[str, Any], lang: Lang) -> list[Block]:
    """What was mended or is doubtful; a plan of an older version has no Japanese of it, and says how many there are."""
    texts = [legible(text) for text in city["warnings"]]
    if texts and lang == "ja":
        if "warnings_ja" not in city:
            return [_text("text", words("council.warnings", lang, count=len(texts)))]
        texts = [legible(text) for text in city["warnings_ja"]]
    more = len(texts) - MOST_WARNINGS
    found: list[Block] = [{"kind": "list", "items": texts[:MOST_WARNINGS]}] if texts else []
    return found + ([_text("text", words("council.more_warnings", lang, count=more))] if more > 0 else [])


def _assumptions(city: Mapping[str, Any], lang: Lang) -> list[Block]:
    cells = [
        (legible(ja if lang == "ja" else name), f"{value:,g}", f"[{tag}]" + ("" if lang == "ja" else f" {legible(source)}"))
        for name, value, tag, source, ja in city["assumptions"]
    ]
    note = _text("note", words("council.tags", lang))
    return [
        *_table(
            ("what", "value", "source"),
            (4.0 if lang == "ja" else 1.6, 0.9, 1.0 if lang == "ja" else 4.6),
            cells,
            lang,
            ("value",),
        ),
        note,
    ]
