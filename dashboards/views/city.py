"""A city's plan: which shelters come first with this year's money, on a map, in their order, and why the others do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from dashboards import data, markup
from dashboards.locale import words
from dashboards.markup import Cell
from dashboards.views import parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wifiplan.report.catalogue import Lang

MOST_ROWS = 300
"""A longer table helps nobody; a name finds any other, and the workbook has all."""

_START = "wifiplan city shelters.csv --budget-yen 20000000 --out city\nwifiplan app --city city"


def page() -> None:
    """Show the plan that the app was started with."""
    lang = parts.language()
    st.title(words("city.title", lang))
    found = data.city()
    if found is None:
        parts.show(markup.notice(words("city.none", lang), words("city.none_way", lang)))
        st.code(_START, language=None)
        return
    if isinstance(found, str):
        parts.show(markup.notice(words("city.broken", lang), words("app.details", lang, text=found), alarm=True))
        return
    _plan(found, lang)


def _plan(city: Mapping[str, Any], lang: Lang) -> None:
    from wifiplan.report import city_figures

    budget, sums = city["budget"], city["totals"]
    parts.show(markup.key_figures(_boxes(city, lang)))
    if budget is not None:
        parts.show(markup.note(budget["next"][f"sentence_{lang}"]))
    png = data.city_map_png(lang)
    if png is None:
        parts.show(markup.note(words("city.no_map", lang)))
    else:
        parts.show(markup.picture(png, words("city.map_alt", lang)))
        parts.show(markup.note(words("city.map_key", lang)))
    wanted = st.text_input(words("city.filter", lang)) if len(city["facilities"]) > 10 else ""
    chosen = city_figures.numbered(city["facilities"])
    order = {row["number"]: place for place, row in enumerate(chosen, 1)}
    others = [row for row in city["facilities"] if row["number"] not in order]
    for key, rows in (("chosen", chosen), ("others", others)):
        shown = [row for row in rows if wanted.casefold() in f"{row['name']} {row['district']}".casefold()]
        if shown:
            parts.show(_table(shown[:MOST_ROWS], order, words(f"city.{key}", lang, count=len(shown)), lang))
        if len(shown) > MOST_ROWS:
            parts.show(markup.note(words("facilities.more", lang, number=f"{len(shown) - MOST_ROWS:,}")))
    if city["skipped"]:
        reason = "reason_ja" if lang == "ja" else "reason"
        left = [[Cell(content=row["name"]), Cell(content=row[reason], wide=True)] for row in city["skipped"][:MOST_ROWS]]
        heads = [words("city.name", lang), words("city.why", lang)]
        parts.show(markup.table(heads, left, caption=words("city.skipped", lang, count=len(city["skipped"]))))
    if sums["without_design"]:
        parts.show(markup.note(words("city.unknown", lang, count=sums["without_design"])))


def _boxes(city: Mapping[str, Any], lang: Lang) -> list[tuple[str, str]]:
    budget, sums = city["budget"], city["totals"]
    boxes = [("facilities", f"{sums['facilities']:,}"), ("cost", _yen(sums["cost_yen"], lang))]
    if budget is not None:
        boxes = [
            ("budget", _yen(budget["budget_yen"] * budget["years"], lang)),
            ("bought", f"{budget['facilities']:,} / {sums['facilities']:,}"),
            ("spent", _yen(budget["cost_yen"], lang)),
            ("hours", f"{budget['person_hours']:,.0f}"),
            ("gap", f"{budget['gap_share']:.2%}"),
        ]
    return [(words(f"city.{key}", lang), text) for key, text in boxes]


def _yen(amount: float | None, lang: Lang) -> str:
    from wifiplan.report import wording

    return "–" if amount is None else wording.yen(amount, None, lang)


def _table(rows: Sequence[Mapping[str, Any]], order: Mapping[int, int], caption: str, lang: Lang) -> str:
    heads = ("number", "name", "district", "people", "aps", "cost", "five", "why")
    cells = [
        [
            Cell(content=str(order.get(row["number"], "")), right=True),
            Cell(content=row["name"]),
            Cell(content=row["district"]),
            Cell(content="–" if row["people"] is None else f"{row['people']:,}", right=True),
            Cell(content="–" if row["access_points"] is None else str(row["access_points"]), right=True),
            Cell(content=_yen(row["cost_yen"], lang), right=True),
            Cell(content=_yen(row["five_year_yen"], lang), right=True),
            Cell(content=row[f"why_{lang}"], wide=True),
        ]
        for row in rows
    ]
    return markup.table([words(f"city.{head}", lang) for head in heads], cells, caption=caption)
