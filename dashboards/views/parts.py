"""What every page has: language, login, and plain sentences where there is nothing to show yet."""

from __future__ import annotations

import hmac
import threading
import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from dashboards import data, markup
from dashboards.locale import age, words
from wifiplan.report.catalogue import LANGS, Lang

if TYPE_CHECKING:
    from datetime import datetime

    from dashboards.data import Snapshot

_NAMES: dict[Lang, str] = {"ja": "日本語", "en": "English"}

_one_guess_at_a_time = threading.Lock()
_GUESS_S = 1.0
"""What a wrong password costs, all viewers together: guessing goes at one a second however many try."""


def chosen_language() -> Lang:
    """The viewer's language: what was chosen last, else `?lang=` of the address, else Japanese."""
    asked = st.query_params.get("lang", "")
    kept = st.session_state.get("language", asked)
    lang: Lang = kept if kept in LANGS else LANGS[0]
    st.session_state["language"] = lang
    return lang


def language() -> Lang:
    """The language that the frame of the page was drawn in."""
    lang: Lang = st.session_state.get("language", LANGS[0])
    return lang


def language_switch(lang: Lang) -> None:
    """Both names are shown in their own language, so that whoever needs the switch can read it."""
    with st.sidebar:
        chosen = st.radio(
            words("app.language", lang), LANGS, index=LANGS.index(lang), format_func=_NAMES.__getitem__, horizontal=True
        )
    if chosen != lang:
        st.session_state["language"] = chosen
        st.query_params["lang"] = chosen
        st.rerun()


def show(html: str) -> None:
    """Put HTML of ours on the page. `st.html` would take the SVG out of it.

    Inside a block of HTML Markdown is not read, but a blank line would end the block: there are no line ends in it.
    """
    st.markdown(f"<div>{' '.join(html.split())}</div>", unsafe_allow_html=True)


def signed_in(lang: Lang) -> bool:
    """Whether this viewer may see the pages; asks for the password where one is set."""
    expected = data.password()
    if not expected or st.session_state.get("signed_in") == expected:
        return True
    st.title(words("login.heading", lang))
    with st.form("login"):
        given = st.text_input(words("login.password", lang), type="password")
        sent = st.form_submit_button(words("login.submit", lang))
    if sent:
        with _one_guess_at_a_time:
            right = hmac.compare_digest(given.encode(), expected.encode())
            if not right:
                time.sleep(_GUESS_S)
        if right:
            st.session_state["signed_in"] = expected
            st.rerun()
        st.error(words("login.wrong", lang))
    return False


def trouble(snapshot: Snapshot, lang: Lang) -> bool:
    """Say in plain words why there is nothing to see, and the way out; whether there is nothing at all to show."""
    path = "targets.toml" if snapshot.config is None else str(snapshot.config.path)
    if snapshot.trouble is not None:
        kind, text = snapshot.trouble.kind, snapshot.trouble.text
        detail = words("app.details", lang, text=text) if text else ""
        way = words(f"missing.{kind}_way", lang, path=path)
        show(markup.notice(words(f"missing.{kind}", lang), way, detail, alarm=kind in ("config_broken", "store")))
        return snapshot.config is None
    if snapshot.facilities and all(one.state == "unknown" for one in snapshot.facilities):
        ages = [one.age_s for one in snapshot.facilities if one.age_s is not None]
        heading = words("missing.stale", lang, age=age(min(ages, default=None), lang))
        show(markup.notice(heading, words("missing.stale_way", lang), alarm=True))
    return False


def as_of(time_utc: datetime, refresh_s: float, lang: Lang) -> None:
    """When this was true, by the viewer's own clock face: a page that stopped is then seen to have stopped."""
    try:
        zone = ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError):
        zone = None
    shown = time_utc.astimezone(zone).strftime("%H:%M:%S")
    show(markup.note(words("app.as_of", lang, time=shown, seconds=f"{refresh_s:g}")))
