"""All facilities: sums, where they are, and a table with what needs a hand first. It draws itself again by itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup

from dashboards import data, markup, states
from dashboards.city_map import MOST_NUMBERS, Spot, city_map
from dashboards.locale import age, reason, words
from dashboards.markup import Cell
from dashboards.states import by_need, sums
from dashboards.views import parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashboards.data import Snapshot
    from dashboards.states import Facility, State
    from wifiplan.report.catalogue import Lang

MOST_ROWS = 100
"""A longer table helps nobody; what needs a hand is at its top, and a filter finds any other."""

MOST_REASONS, MOST_NAMES = 3, 20
_FILTERED_FROM = 10


def page() -> None:
    """Show every facility for as long as the page is open."""
    lang = parts.language()
    st.title(words("facilities.title", lang))
    snapshot = data.snapshot()
    refresh_s = data.refresh_s(snapshot.config)
    wanted, wanted_states, district = _filters(snapshot, lang) if len(snapshot.facilities) > _FILTERED_FROM else ("", [], "")

    @st.fragment(run_every=refresh_s)
    def now() -> None:
        latest = data.snapshot()
        if not parts.trouble(latest, lang):
            if latest.facilities:
                chosen = (wanted, tuple(wanted_states), district)
                parts.show_once(latest, ("facilities", lang, *chosen), lambda: _facilities(latest, *chosen, lang))
            elif latest.config is not None:
                parts.show(
                    markup.notice(words("facilities.none", lang), words("facilities.none_way", lang, path=latest.config.path))
                )
        parts.as_of(latest.time, refresh_s, lang)

    now()


def _filters(snapshot: Snapshot, lang: Lang) -> tuple[str, list[State], str]:
    """What of a name, which states and which district are wanted; empty is all."""
    districts = sorted({one.district for one in snapshot.shelters if one.district})
    columns = st.columns((3, 4, 2) if districts else (3, 4))
    wanted = columns[0].text_input(words("facilities.filter", lang))
    wanted_states = columns[1].pills(
        words("facilities.by_state", lang),
        states.STATES,
        selection_mode="multi",
        format_func=lambda state: words(f"state.{state}", lang),
    )
    everywhere = words("facilities.all_districts", lang)
    district = columns[2].selectbox(words("facilities.by_district", lang), [everywhere, *districts]) if districts else everywhere
    return wanted, list(wanted_states), "" if district == everywhere else district


def _facilities(
    latest: Snapshot, wanted: str, wanted_states: tuple[State, ...], district: str, lang: Lang
) -> Iterator[Markup]:  # fmt: skip
    """All that is shown of those that are wanted, what needs a hand first."""
    districts = {one.site: one.district for one in latest.shelters}
    found = [
        one
        for one in latest.facilities
        if wanted.casefold() in one.site.casefold()
        and (not wanted_states or one.state in wanted_states)
        and (not district or districts.get(one.site) == district)
    ]
    shown = sorted(found, key=by_need)
    if shown:
        counts = Counter(one.state for one in shown)
        boxes = [(markup.state_words(state, lang), f"{counts[state]:,}") for state in states.STATES if counts[state]]
        yield markup.key_figures(boxes)
        if len(shown) > 1:
            yield _sums(shown, lang)
        numbers, on_map = _map(latest, shown, lang)
        if on_map:
            yield on_map
        names = ("site", "state", "clients", "planned_limit", "aps_up", "heard", "reasons")
        rows = [_row(one, numbers.get(one.site, 0), lang) for one in shown[:MOST_ROWS]]
        yield markup.table([words(f"field.{name}", lang) for name in names], rows)
    else:
        yield markup.notice(words("facilities.none_found", lang, text=wanted or district))
    if len(shown) > MOST_ROWS:
        yield markup.note(words("facilities.more", lang, number=f"{len(shown) - MOST_ROWS:,}"))
    if latest.unassigned:
        listed = words("count.comma", lang).join(ap.name for ap in latest.unassigned[:MOST_NAMES])
        yield markup.note(words("status.unassigned", lang, count=len(latest.unassigned), names=listed))


def _sums(shown: Sequence[Facility], lang: Lang) -> Markup:
    """Of all that are shown; a sum that lacks a facility is said to be a lower bound."""
    total = sums(shown)
    clients = markup.number(total.clients, lang)
    if total.clients is not None and not total.complete:
        clients = words("count.at_least", lang, number=clients)
    boxes = [
        (words("facilities.shown", lang), f"{len(shown):,}"),
        (words("field.clients", lang), clients),
        (words("field.planned_limit", lang), markup.planned_and_limit(total, lang)),
        (words("field.aps_up", lang), markup.aps_up(total, lang)),
    ]
    return markup.key_figures(boxes)


def _map(latest: Snapshot, shown: Sequence[Facility], lang: Lang) -> tuple[dict[str, int], Markup]:
    """Draw what has coordinates: the numbers that stand on it, by site, and the map with what belongs below it."""
    places = {one.site: one for one in latest.shelters if one.latitude is not None and one.longitude is not None}
    on_map = [one for one in shown if one.site in places]
    if not on_map:
        return {}, Markup()
    needy = [one.site for one in on_map if one.state != "ok" and one.age_s is not None][:MOST_NUMBERS]
    numbers = {site: number for number, site in enumerate(needy, 1)}
    outlines = data.outlines(latest.config)
    spots = [
        Spot(
            site=one.site,
            state=one.state,
            latitude=places[one.site].latitude or 0.0,
            longitude=places[one.site].longitude or 0.0,
            href=_address(one.site, lang),
            alt=f"{one.site}: {words(f'state.{one.state}', lang)}, {markup.clients(one, lang)}",
            district=places[one.site].district,
            outline_m=outlines.get(one.site, ()),
            number=numbers.get(one.site, 0),
        )
        for one in on_map
    ]
    left = len(shown) - len(on_map)
    caption = markup.note(words("map.caption", lang) + (words("map.left_out", lang, number=left) if left else ""))
    return numbers, Markup('<div class="wp-mapped">{}{}{}</div>').format(city_map(spots, lang), caption, markup.legend(lang))


def _row(one: Facility, number: int, lang: Lang) -> list[Cell]:
    texts = [reason(why, lang) for why in one.reasons]
    if len(texts) > MOST_REASONS:
        texts = [*texts[:MOST_REASONS], f"+{len(texts) - MOST_REASONS}"]
    return [
        Cell(content=markup.link(_address(one.site, lang), f"{number}. {one.site}" if number else one.site)),
        Cell(content=markup.state_words(one.state, lang)),
        Cell(content=markup.clients(one, lang), right=True),
        Cell(content=markup.planned_and_limit(one, lang), right=True),
        Cell(content=markup.aps_up(one, lang), right=True),
        Cell(content=age(one.age_s, lang)),
        Cell(content=markup.items(texts), wide=True),
    ]


def _address(site: str, lang: Lang) -> str:
    return f"live?{urlencode({'site': site, 'lang': lang})}"
