"""Which shelters can people use now? For the disaster office: a phone first, then one sheet of paper. It draws itself again."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from collectors.errors import CollectError
from dashboards import data, markup, office, opened, roles
from dashboards.errors import DashboardError
from dashboards.locale import age, words
from dashboards.views import parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from collectors.config import Config
    from dashboards.data import Snapshot
    from dashboards.office import Figure, Office
    from dashboards.shelters import ShelterNow
    from dashboards.states import State
    from wifiplan.report.catalogue import Lang

MOST_SHELTERS, MOST_OTHERS = 200, 60
MOST_ON_PAPER, ROWS_OF_A_COLUMN = 80, 40
"""What one A4 holds: two columns below the twelve figures."""

_AS_STATE: dict[str, State] = {"usable": "ok", "crowded": "busy", "down": "down", "unknown": "unknown"}
_COLOURS: dict[str | None, tuple[str, str]] = {
    "roomy": ("#00734f", "#ffffff"),
    "filling": ("#f0e442", "#000000"),
    "crowded": ("#e69f00", "#000000"),
    "full": ("#b03a00", "#ffffff"),
    None: ("#6b6b6b", "#ffffff"),
}


def page() -> None:
    """Show what is known of all shelters for as long as the page is open."""
    lang = parts.language()
    st.title(words("office.title", lang))
    snapshot = data.snapshot()
    refresh_s = data.refresh_s(snapshot.config)
    orders = {words(f"office.order_{order}", lang): order for order in office.ORDERS}

    @st.fragment(run_every=refresh_s)
    def now() -> None:
        latest = data.snapshot()
        if not parts.trouble(latest, lang):
            chosen = str(st.session_state.get("office_order"))
            found = office.office(latest.shelters, orders.get(chosen, "room"))
            _answer(found, lang)
            if len(found.opened) > 1:
                st.segmented_control(
                    words("office.order", lang),
                    list(orders),
                    key="office_order",
                    default=next(iter(orders)),
                    label_visibility="collapsed",
                )
            _list(found, latest, chosen, lang)
            parts.show_once(latest, ("office sheet", chosen, lang), lambda: [_sheet(found, latest, lang)])
        parts.as_of(latest.time, refresh_s, lang)

    now()
    if snapshot.config is not None and snapshot.shelters:
        if parts.may("open_shelter"):
            _say(snapshot.config, snapshot.shelters, lang)
        _faults(snapshot, lang)


def _answer(found: Office, lang: Lang) -> None:
    """The answer itself, in the largest letters of the page."""
    figures = {one.key: one for one in found.figures}
    if not found.opened:
        key = "office.none_said" if found.unsaid else "office.none_opened"
        parts.show(markup.notice(words(key, lang), words(f"{key}_way", lang)))
        return
    takes, internet = figures["takes_people"], figures["internet"]
    lines = [
        words("office.of_opened", lang, opened=len(found.opened), full=figures["full"].value, unknown=takes.unknown),
        words("office.with_internet", lang, yes=internet.value, no=figures["no_internet"].value, unknown=internet.unknown),
    ]
    parts.show(markup.render("answer", number=takes.value, text=words("office.can_take", lang), lines=lines))


def _list(found: Office, latest: Snapshot, order: str, lang: Lang) -> None:
    def cards(shelters: Sequence[ShelterNow]) -> Markup:
        return markup.render("shelters", shelters=[_card(one, latest.time, lang) for one in shelters])

    shown = found.opened[:MOST_SHELTERS]
    if shown:
        parts.show_once(latest, ("office", order, lang), lambda: [cards(shown)])
    for key, rest in (("unsaid", found.unsaid), ("closed", found.closed)):
        if rest:
            with st.expander(words(f"office.{key}", lang, number=len(rest)), expanded=False):
                parts.show_once(
                    latest, ("office rest", key, lang), functools.partial(lambda some: [cards(some)], rest[:MOST_OTHERS])
                )
    if found.opened:
        with st.expander(words("office.twelve", lang), expanded=False):
            parts.show(markup.render("twelve", figures=[(_name(one, lang), _said(one, lang)) for one in found.figures]))
            parts.show(markup.note(words("office.people_note", lang)))


def _card(one: ShelterNow, now: datetime, lang: Lang) -> dict[str, object]:
    colour, ink = _COLOURS[one.crowding]
    texts = [
        (words(f"office.wifi_{one.usable}", lang), markup.shape_of(_AS_STATE[one.usable])),
        (words(f"office.internet_{_yes_no(one.internet)}", lang), None),
        (_people(one, lang), None),
        (_room(one, lang), None),
        (_battery(one, lang), None),
        ("" if one.since is None else words("office.since", lang, time=parts.clock(one.since, now, lang)), None),
        ("" if one.age_s is None else words("office.heard", lang, age=age(one.age_s, lang)), None),
    ]
    return {
        "name": one.site,
        "href": f"live?{urlencode({'site': one.site, 'lang': lang})}",
        "colour": colour,
        "ink": ink,
        "crowding": words("office.closed_word", lang)
        if one.opened is False
        else words(f"crowding.{one.crowding or 'unknown'}", lang),
        "facts": [{"text": text, "shape": shape} for text, shape in texts if text],
    }


def _yes_no(value: bool | None) -> str:
    return "unknown" if value is None else "yes" if value else "no"


def _people(one: ShelterNow, lang: Lang) -> str:
    if one.people is None:
        return words("office.people_unknown", lang)
    if one.people.high is None:
        return words("office.people_least", lang, number=f"{one.people.low:,}")
    if one.people.low == one.people.high:
        return words("office.people_just", lang, number=f"{one.people.value:,}")
    values = {name: f"{getattr(one.people, name):,}" for name in ("value", "low", "high")}
    return words("office.people", lang, **values)


def _room(one: ShelterNow, lang: Lang) -> str:
    return "" if one.room_people is None or one.crowding == "full" else words("office.room", lang, number=f"{one.room_people:,}")


def _battery(one: ShelterNow, lang: Lang) -> str:
    if not one.on_battery:
        return ""
    if one.battery_minutes is None:
        return words("office.battery", lang)
    return words("office.battery_minutes", lang, minutes=round(one.battery_minutes))


# --- twelve figures, and the sheet of paper -------------------------------------------------------------------------


def _name(one: Figure, lang: Lang) -> str:
    return words(f"figure.{one.key}", lang)


def _said(one: Figure, lang: Lang) -> str:
    """A figure as it is read out, with its bounds and how many shelters it leaves out."""
    if one.value is None:
        none = one.key == "shortest_battery" and not one.unknown
        return words("figure.no_battery" if none else "count.unknown", lang)
    unit = {"people": "people", "room": "people", "shortest_battery": "minutes"}.get(one.key, "places")
    text = words(f"figure.in_{unit}", lang, number=f"{one.value:,}")
    if one.low is not None and one.high is not None:
        text += words("figure.bounds", lang, low=f"{one.low:,}", high=f"{one.high:,}")
    elif one.low is not None:
        text += words("figure.least", lang, low=f"{one.low:,}")
    return text + (words("figure.unknown", lang, number=one.unknown) if one.unknown else "")


def _sheet(found: Office, latest: Snapshot, lang: Lang) -> Markup:
    """What the browser prints in place of the page: one A4."""
    shown = found.opened[:MOST_ON_PAPER]
    rows = [
        (
            one.site,
            words(f"crowding.{one.crowding or 'unknown'}", lang),
            words("count.unknown", lang) if one.people is None else f"{one.people.value:,}",
            words(f"office.wifi_{one.usable}_short", lang),
            words(f"office.internet_{_yes_no(one.internet)}_short", lang),
            "" if not one.on_battery else "?" if one.battery_minutes is None else f"{one.battery_minutes:.0f}",
        )
        for one in shown
    ]
    left = len(found.opened) - len(shown)
    at = latest.time.astimezone(parts.city_zone())
    return markup.render(
        "sheet",
        heading=words("office.title", lang),
        as_of=words("office.printed", lang, time=f"{at:%Y-%m-%d %H:%M}"),
        figures=[(_name(one, lang), _said(one, lang)) for one in found.figures],
        headings=[words(f"office.head_{name}", lang) for name in ("name", "room", "people", "wifi", "internet", "battery")],
        columns=[rows[start : start + ROWS_OF_A_COLUMN] for start in range(0, len(rows), ROWS_OF_A_COLUMN)],
        foot=words("office.people_note", lang) + (words("office.more_on_page", lang, number=left) if left else ""),
    )


# --- what staff say -------------------------------------------------------------------------------------------------


def _say(config: Config, shelters: Sequence[ShelterNow], lang: Lang) -> None:
    """Open, close, full, and heads counted, by whoever may: who said it is written down."""
    by_name = {one.site: one for one in sorted(shelters, key=lambda one: one.site)}
    with st.expander(words("office.say", lang)):
        site = st.selectbox(words("field.site", lang), list(by_name), key="office_site")
        one = by_name[site]
        columns = st.columns(3)
        for column, (key, values) in zip(
            columns,
            {
                "open": {"opened": True, "full": False},
                "full": {"opened": True, "full": True},
                "close": {"opened": False, "full": False},
            }.items(),
            strict=True,
        ):
            if column.button(words(f"office.say_{key}", lang), key=f"office_{key}", width="stretch"):
                _said_by_staff(config, one.site, words(f"office.say_{key}", lang), lang, **values)
        counted = st.number_input(
            words("office.counted", lang), min_value=0, max_value=100_000, value=None, step=1, key="office_count"
        )
        if st.button(words("office.say_counted", lang), disabled=counted is None) and counted is not None:
            _said_by_staff(config, one.site, words("office.counted_log", lang, number=counted), lang, people=counted)
        done = roles.deeds(data.deeds_log(), most=10)
        if done:
            names = ("time", "user", "what", "text")
            rows = [
                [
                    markup.Cell(content=text)
                    for text in (parts.clock(deed.time, datetime.now(UTC), lang), deed.user, deed.what, deed.text)
                ]
                for deed in done
            ]
            parts.show(
                markup.table([words(f"office.deed_{name}", lang) for name in names], rows, caption=words("office.deeds", lang))
            )


def _said_by_staff(config: Config, site: str, text: str, lang: Lang, *, people: int | None = None, **values: bool) -> None:
    who = parts.user()
    if who is None:
        return
    try:
        roles.record(data.deeds_log(), who, "open_shelter", site, text)
        opened.say(config, opened.Said(site=site, time=datetime.now(UTC), who=who.name, people=people, **values))
    except (CollectError, DashboardError) as error:
        st.error(words("app.details", lang, text=str(error)))
        return
    data.forget()
    st.toast(words("office.noted", lang, site=site, text=text))
    st.rerun()


def _faults(snapshot: Snapshot, lang: Lang) -> None:
    if snapshot.faults:
        with st.expander(words("office.faults", lang, number=len(snapshot.faults))):
            parts.show(markup.items(list(snapshot.faults[:50])))
