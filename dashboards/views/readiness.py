"""Is the disaster network 00000JAPAN on the air: where, where not, where nobody can see it; and a timed drill."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from collectors.errors import CollectError
from collectors.stores.store import open_store
from dashboards import data, emergency_wifi, markup, roles
from dashboards.errors import DashboardError
from dashboards.locale import words
from dashboards.views import parts

if TYPE_CHECKING:
    from collectors.config import Config
    from wifiplan.report.catalogue import Lang


def page() -> None:
    """Show the list, and let operators take the time of a drill."""
    lang = parts.language()
    st.title(words("emergency.title", lang, ssid=emergency_wifi.SSID))
    parts.show(markup.notice(words("emergency.banner", lang, ssid=emergency_wifi.SSID), alarm=True))
    snapshot = data.snapshot()
    if parts.trouble(snapshot, lang) or snapshot.config is None:
        return
    config, now = snapshot.config, datetime.now(UTC)
    try:
        with open_store(config.store_url, read_only=True) as store:
            found = emergency_wifi.readiness(config, snapshot.facilities, store.latest("wifi_ssid"), now)
            found = emergency_wifi.with_since(found, store, snapshot.facilities, now)
        started = emergency_wifi.drill_started(config)
    except CollectError as error:
        parts.show(markup.notice(words("missing.store", lang), words("app.details", lang, text=str(error)), alarm=True))
        return
    if parts.may("event"):
        key = "drill_start" if started is None else "drill_stop"
        st.button(words(f"readiness.{key}", lang), on_click=_drill, args=(config, started is None, lang))
    made = emergency_wifi.as_paper(
        emergency_wifi.timed(found, started),
        ssid=emergency_wifi.SSID,
        started=started,
        zone=parts.city_zone(),
        lang=lang,
        now=now,
    )
    parts.paper_shown(made, emergency_wifi.SSID, lang)


def _drill(config: Config, begins: bool, lang: Lang) -> None:
    who = parts.user()
    if who is None:
        return
    try:
        text = words("readiness.drill_start" if begins else "readiness.drill_stop", lang)
        roles.record(data.deeds_log(), who, "event", emergency_wifi.SSID, text)
        if begins:
            emergency_wifi.start_drill(config, who.name, datetime.now(UTC))
        else:
            emergency_wifi.stop_drill(config)
    except (CollectError, DashboardError, OSError) as error:
        st.error(words("app.details", lang, text=str(error)))
