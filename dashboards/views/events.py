"""What came of an event: the peak, who was full and for how long, forecast against measured, and what to change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from collectors.errors import CollectError
from collectors.events import events_path, load_events
from collectors.stores.store import open_store
from dashboards import data, event_review, markup, shelters
from dashboards.locale import words
from dashboards.views import parts

if TYPE_CHECKING:
    from collectors.config import Config
    from collectors.events import Event
    from wifiplan.report.catalogue import Lang

MOST_EVENTS = 200


def page() -> None:
    """Choose an event, the newest first, and look back at it."""
    lang = parts.language()
    st.title(words("events.title", lang))
    snapshot = data.snapshot()
    if parts.trouble(snapshot, lang) or snapshot.config is None:
        return
    try:
        events = sorted(load_events(events_path(snapshot.config)), key=lambda one: one.since, reverse=True)[:MOST_EVENTS]
        if not events:
            parts.show(markup.notice(words("events.none", lang), words("events.none_way", lang)))
            return
        event = st.selectbox(words("events.choose", lang), events, format_func=lambda one: _name(one, lang))
        _review(snapshot.config, event, lang)
    except CollectError as error:
        parts.show(markup.notice(words("events.unreadable", lang), words("app.details", lang, text=str(error)), alarm=True))


def _name(event: Event, lang: Lang) -> str:
    zone, now = parts.city_zone(), datetime.now(UTC)
    goes_on = words("events.goes_on", lang) if event.goes_on(now) else ""
    return f"{event.name}  {event.since.astimezone(zone):%Y-%m-%d %H:%M} – {event.until.astimezone(zone):%m-%d %H:%M}{goes_on}"


def _review(config: Config, event: Event, lang: Lang) -> None:
    now = datetime.now(UTC)
    with open_store(config.store_url, read_only=True) as store:
        counts = shelters.load_counts(config)
        found = event_review.reviewed(config, event, store, data.read_designs(config), counts, now)
    parts.paper_shown(event_review.as_paper(found, parts.city_zone(), lang, now), event.name, lang)
