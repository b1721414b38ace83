"""What every page has: language, login, and plain sentences where there is nothing to show yet."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from collectors.errors import CollectError
from collectors.operations import JAPAN
from dashboards import data, door, markup, paper, roles
from dashboards.errors import DashboardError
from dashboards.locale import age, words
from wifiplan.report.catalogue import LANGS, Lang

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from dashboards.data import Snapshot
    from dashboards.paper import Paper
    from dashboards.roles import Action, User

MOST_PAPER_ROWS = 200
"""A page shows so many rows of a table; the file has all."""

_NAMES: dict[Lang, str] = {"ja": "日本語", "en": "English"}


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


@functools.cache
def _spoken() -> Callable[..., object]:
    made: Callable[..., object] = st.components.v2.component(
        "wifiplan_language", js="export default ({data}) => { document.documentElement.lang = data.lang; }"
    )
    return made


def say_language(lang: Lang) -> None:
    """Tell the browser in which language the page is, for voices that read it and for line breaks: Streamlit says English."""
    _spoken()(data={"lang": lang}, key="language-of-the-page")


def show(html: str) -> None:
    """Put HTML of ours on the page. `st.html` would take the SVG out of it.

    Inside a block of HTML Markdown is not read, but a blank line would end the block: there are no line ends in it.
    """
    st.markdown(_block(html), unsafe_allow_html=True)


def _block(html: str) -> str:
    return f"<div>{' '.join(html.split())}</div>"


_made: dict[tuple[object, ...], tuple[datetime, tuple[str, ...]]] = {}
MOST_MADE = 64


def show_once(snapshot: Snapshot, key: tuple[object, ...], make: Callable[[], Iterable[str]]) -> None:
    """Put HTML on the page that all viewers of one reading see alike: it is made for the first of them.

    Parameters
    ----------
    key : tuple
        All that it depends on beside the reading: the view, the language, what the viewer chose.
    """
    known = _made.get(key)
    if known is None or known[0] != snapshot.time:
        known = snapshot.time, tuple(_block(html) for html in make())
        if len(_made) >= MOST_MADE:
            _made.clear()
        _made[key] = known
    for block in known[1]:
        st.markdown(block, unsafe_allow_html=True)


def user() -> User | None:
    """Who is at this page; None: a stranger. The door before the app has said what it knows of the request."""
    access = data.access()
    if access is None:
        return roles.LOCAL if st.context.headers.get(door.HERE) else roles.FROM_ELSEWHERE
    if access.login.by == "oidc":
        return access.user_of_claims(st.user.to_dict()) if st.user.is_logged_in else None
    name = _as_text(st.context.headers.get(door.NAMED))
    return access.user(name, _as_text(st.context.headers.get(door.GROUPS)).split(",")) if name.strip() else None


def _as_text(header: str | None) -> str:
    """Headers come letter by octet; names in them are UTF-8."""
    return (header or "").encode("latin-1", "replace").decode("utf-8", "replace")


def may(action: Action) -> bool:
    """Whether whoever is at this page may do something."""
    return roles.may(action, user())


def signed_in(lang: Lang) -> bool:
    """Whether this viewer may see the pages; says to others what they can do, and offers the login where there is one."""
    try:
        viewer = user()
    except (CollectError, DashboardError) as error:
        show(markup.notice(words("login.broken", lang), words("app.details", lang, text=str(error)), alarm=True))
        return False
    if roles.may("see", viewer):
        return True
    st.title(words("login.heading", lang))
    access = data.access()
    by_oidc = access is not None and access.login.by == "oidc"
    if by_oidc and not st.user.is_logged_in:
        st.button(words("login.submit", lang), on_click=st.login, type="primary")
        return False
    name = words("login.nobody", lang) if viewer is None else viewer.name
    show(markup.notice(words("login.no_role", lang, name=name), words("login.no_role_way", lang), alarm=True))
    if by_oidc:
        st.button(words("login.leave", lang), on_click=st.logout)
    return False


def who_is_here(lang: Lang) -> None:
    """Say in the sidebar as whom this viewer acts, and let them leave where they have signed in."""
    access, viewer = data.access(), user()
    if access is None or viewer is None:
        return
    with st.sidebar:
        names = words("count.comma", lang).join(words(f"role.{role}", lang) for role in roles.ROLES if role in viewer.roles)
        st.text(f"{viewer.name}\n{names}")
        if access.login.by == "oidc":
            st.button(words("login.leave", lang), on_click=st.logout)


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


def paper_shown(made: Paper, name: str, lang: Lang) -> None:
    """Show on the page what is handed over, and hand it over: its answer, its tables, and the files."""
    show(markup.notice(made.answer_heading, *made.answer))
    if made.facts:
        show(markup.key_figures(made.facts))
    for sheet in made.sheets:
        rows = [
            [markup.Cell(content=_cell(cell), right=index in sheet.numbers) for index, cell in enumerate(row)]
            for row in sheet.rows[:MOST_PAPER_ROWS]
        ]
        if rows:
            show(markup.table(sheet.heads, rows, caption=sheet.title))
        left = len(sheet.rows) - MOST_PAPER_ROWS
        notes = [*sheet.notes, *([words("paper.more", lang, number=left)] if left > 0 else [])]
        for note in notes:
            show(markup.note(note))
    show(markup.note(made.note))
    columns = st.columns(4)
    for column, suffix in zip(columns, (".pdf", ".xlsx"), strict=False):
        column.download_button(
            words(f"paper.{suffix[1:]}", lang),
            data=functools.partial(_file, made, suffix),
            file_name=f"{name}{suffix}",
            on_click="ignore",
        )


def _cell(cell: str | float | None) -> str:
    if cell is None:
        return "-"
    return cell if isinstance(cell, str) else f"{cell:,}" if isinstance(cell, int) else f"{cell:,.1f}"


def _file(made: Paper, suffix: str) -> bytes:
    """Of a paper; typst takes one document at a time."""
    with data.drawing_lock():
        return paper.octets(made, suffix)


def city_zone() -> ZoneInfo:
    """The time zone of the city, whatever the viewer's own is: what is said by telephone must be one time."""
    config = data.snapshot().config
    return JAPAN if config is None else config.time_zone


def clock(at: datetime, now: datetime, lang: Lang) -> str:
    """The time of day in the city; with the day where it is another one."""
    there, today = at.astimezone(city_zone()), now.astimezone(city_zone())
    if there.date() == today.date():
        return f"{there:%H:%M}"
    return words("office.day_time", lang, month=there.month, day=there.day, time=f"{there:%H:%M}")


def as_of(time_utc: datetime, refresh_s: float, lang: Lang) -> None:
    """When this was true, by the viewer's own clock face: a page that stopped is then seen to have stopped."""
    try:
        zone = ZoneInfo(st.context.timezone or "")
    except (ZoneInfoNotFoundError, ValueError):
        zone = None
    shown = time_utc.astimezone(zone).strftime("%H:%M:%S")
    show(markup.note(words("app.as_of", lang, time=shown, seconds=f"{refresh_s:g}")))
