"""The entry of the web app: language, login, and its pages. Streamlit runs this file; `wifiplan app` starts it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboards import data
from dashboards.locale import words
from dashboards.views import alerts, city, design, events, facilities, live, office, parts, planner, readiness


def main() -> None:
    """Draw the frame and the page that the address names."""
    lang = parts.chosen_language()
    st.set_page_config(page_title=words("app.title", lang), layout="wide", initial_sidebar_state="auto")
    st.html(Path(__file__).with_name("pages.css"))
    if not parts.signed_in(lang):
        return
    # Only who has a plan of a city has a page of it.
    own = () if data.city() is None else (("city", city.page),)
    pages = {
        name: st.Page(page, title=words(f"app.{name}", lang), url_path=name)
        for name, page in (
            ("live", live.page),
            ("facilities", facilities.page),
            ("design", design.page),
            ("office", office.page),
            ("alerts", alerts.page),
            ("events", events.page),
            ("readiness", readiness.page),
            ("planner", planner.page),
            *own,
        )
    }
    # Streamlit gives the default page no address of its own, so that a link to it would not work: it only leads on.
    home = st.Page(
        lambda: st.switch_page(pages[_first_page()]), title=words("app.title", lang), default=True, visibility="hidden"
    )
    chosen = st.navigation([home, *pages.values()])
    with st.sidebar:
        parts.say_language(lang)
    parts.language_switch(lang)
    parts.who_is_here(lang)
    chosen.run()


def _first_page() -> str:
    """The office where shelters are opened; else live for one facility, all where there are more, the design for none."""
    snapshot = data.snapshot()
    if any(one.opened for one in snapshot.shelters):
        return "office"
    if snapshot.config is None and data.city() is not None:
        return "city"
    if snapshot.config is None and data.designs():
        return "design"
    return "facilities" if len(snapshot.facilities) > 1 else "live"


if __name__ == "__main__":
    main()
