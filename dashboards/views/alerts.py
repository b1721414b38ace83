"""What is wrong now: every alert with since when, what it means and what to do first; operators take one on themselves."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from collectors.errors import CollectError
from dashboards import data, markup, notify, roles
from dashboards.alerts import LEVELS
from dashboards.errors import DashboardError
from dashboards.locale import reason, words
from dashboards.outbox import Outbox, outbox_path
from dashboards.views import parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.config import Config, Site
    from dashboards.alerts import Alert
    from wifiplan.report.catalogue import Lang

MOST_ALERTS = 60
_COLOURS = {"alarm": "#b03a00", "warning": "#e69f00", "note": "#8a8a8a"}


def page() -> None:
    """Show all alerts for as long as the page is open."""
    lang = parts.language()
    st.title(words("alerts.title", lang))
    refresh_s = data.refresh_s(data.snapshot().config)

    @st.fragment(run_every=refresh_s)
    def now() -> None:
        latest = data.snapshot()
        if not parts.trouble(latest, lang) and latest.config is not None:
            _alerts(latest.config, lang)
        parts.as_of(datetime.now(UTC), refresh_s, lang)

    now()


def _alerts(config: Config, lang: Lang) -> None:
    try:
        with Outbox(outbox_path(config), read_only=True) as outbox:
            fired = [(key, one) for key, one in outbox.alerts().items() if one.fired_at is not None]
    except CollectError as error:
        detail = words("app.details", lang, text=str(error)) if outbox_path(config).exists() else ""
        parts.show(markup.notice(words("alerts.no_watch", lang), words("alerts.no_watch_way", lang), detail))
        return
    if not fired:
        parts.show(markup.notice(words("alerts.none", lang), words("alerts.none_way", lang)))
        return
    # What nobody has taken on comes first, then the most urgent, then the oldest.
    fired.sort(key=lambda pair: (bool(pair[1].acknowledged_by), LEVELS.index(pair[1].condition.level), pair[1].since))
    cards = {site.name: site for site in config.sites}
    can_take = parts.may("acknowledge")
    levels = Counter(one.condition.level for _, one in fired)
    boxes = [(words(f"level.{level}", lang), f"{levels[level]:,}") for level in LEVELS if levels[level]]
    parts.show(
        markup.key_figures([*boxes, (words("alerts.open", lang), f"{sum(not one.acknowledged_by for _, one in fired):,}")])
    )
    for key, one in fired[:MOST_ALERTS]:
        parts.show(_card(one, cards, lang))
        if can_take and not one.acknowledged_by:
            st.button(words("alerts.take", lang), key=f"take {key}", on_click=_take, args=(config, key, one, lang))
    if len(fired) > MOST_ALERTS:
        parts.show(markup.note(words("alerts.more", lang, number=len(fired) - MOST_ALERTS)))


def _card(one: Alert, cards: Mapping[str, Site], lang: Lang) -> str:
    found = one.condition
    texts = [
        reason(found.reason, lang),
        words("message.since", lang, time=parts.clock(one.since, datetime.now(UTC), lang)),
        words("message.first", lang, text=notify.first_step(found.code, lang)),
        *(notify.card_line(cards[site], lang) for site in found.sites[:3] if site in cards and notify.has_card(cards[site])),
    ]
    if one.acknowledged_by:
        at = "" if one.acknowledged_at is None else parts.clock(one.acknowledged_at, datetime.now(UTC), lang)
        texts.append(words("alerts.taken", lang, name=one.acknowledged_by, time=at))
    level, place = words(f"level.{found.level}", lang), notify.place(found.sites, lang)
    heading = words("alerts.heading", lang, level=level, place=place)
    return markup.render("alert", heading=heading, texts=texts, colour=_COLOURS[found.level])


def _take(config: Config, key: str, one: Alert, lang: Lang) -> None:
    who = parts.user()
    if who is None:
        return
    try:
        roles.record(data.deeds_log(), who, "acknowledge", notify.place(one.condition.sites, lang), one.condition.code)
        with Outbox(outbox_path(config)) as outbox:
            outbox.acknowledge([key], who.name, datetime.now(UTC))
    except (CollectError, DashboardError) as error:
        st.error(words("app.details", lang, text=str(error)))
