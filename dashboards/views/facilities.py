"""All facilities in one table, worst first. It draws itself again by itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from dashboards import data, markup, states
from dashboards.locale import age, reason, words
from dashboards.markup import Cell
from dashboards.views import parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.states import Facility
    from wifiplan.report.catalogue import Lang

MOST_ROWS = 200
"""A longer table helps nobody; the worst are at its top, and a name finds any other."""

MOST_REASONS, MOST_NAMES = 3, 20


def page() -> None:
    """Show every facility for as long as the page is open."""
    lang = parts.language()
    st.title(words("facilities.title", lang))
    snapshot = data.snapshot()
    refresh_s = data.refresh_s(snapshot.config)
    wanted = st.text_input(words("facilities.filter", lang)) if len(snapshot.facilities) > 10 else ""

    @st.fragment(run_every=refresh_s)
    def now() -> None:
        latest = data.snapshot()
        if not parts.trouble(latest, lang):
            if latest.facilities:
                _facilities(latest.facilities, wanted, lang)
                if latest.unassigned:
                    names = words("count.comma", lang).join(ap.name for ap in latest.unassigned[:MOST_NAMES])
                    parts.show(markup.note(words("status.unassigned", lang, count=len(latest.unassigned), names=names)))
            elif latest.config is not None:
                parts.show(
                    markup.notice(words("facilities.none", lang), words("facilities.none_way", lang, path=latest.config.path))
                )
        parts.as_of(latest.time, refresh_s, lang)

    now()


def _facilities(found: Sequence[Facility], wanted: str, lang: Lang) -> None:
    counts = Counter(one.state for one in found)
    shown = [one for one in found if wanted.casefold() in one.site.casefold()]
    boxes = ((markup.state_words(state, lang), f"{counts[state]:,}") for state in states.STATES if counts[state])
    parts.show(markup.key_figures(boxes))
    if not shown:
        parts.show(markup.notice(words("facilities.none_found", lang, text=wanted)))
        return
    names = ("site", "state", "clients", "planned_limit", "aps_up", "heard", "reasons")
    rows = [_row(one, lang) for one in shown[:MOST_ROWS]]
    parts.show(markup.table([words(f"field.{name}", lang) for name in names], rows))
    if len(shown) > MOST_ROWS:
        parts.show(markup.note(words("facilities.more", lang, number=f"{len(shown) - MOST_ROWS:,}")))


def _row(one: Facility, lang: Lang) -> list[Cell]:
    texts = [reason(why, lang) for why in one.reasons]
    if len(texts) > MOST_REASONS:
        texts = [*texts[:MOST_REASONS], f"+{len(texts) - MOST_REASONS}"]
    return [
        Cell(content=_link(one.site, lang)),
        Cell(content=markup.state_words(one.state, lang)),
        Cell(content=markup.clients(one, lang), right=True),
        Cell(content=markup.planned_and_limit(one, lang), right=True),
        Cell(content=markup.aps_up(one, lang), right=True),
        Cell(content=age(one.age_s, lang)),
        Cell(content=markup.items(texts), wide=True),
    ]


def _link(site: str, lang: Lang) -> str:
    return markup.link(f"live?{urlencode({'site': site, 'lang': lang})}", site)
