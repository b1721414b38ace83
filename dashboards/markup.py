"""What stands on the pages, as HTML by the templates beside this file: states, tables, notices. Pure; foreign text is escaped.

A state is always told three ways: by shape, by colour and in words. The colours are those that colour-blind readers tell
apart (Okabe and Ito), darkened where white text stands on them, so that all text has a contrast of at least 4.5 to 1.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jinja2
from markupsafe import Markup, escape

from dashboards.locale import age, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dashboards.states import ApState, Facility, State
    from wifiplan.report.catalogue import Lang

COLOURS: dict[State, tuple[str, str]] = {
    "ok": ("#00734f", "#ffffff"),
    "busy": ("#e69f00", "#000000"),
    "degraded": ("#f0e442", "#000000"),
    "down": ("#b03a00", "#ffffff"),
    "unknown": ("#ffffff", "#1a1a1a"),
}
"""State -> colour of the mark and of the text on it."""

SIGNS: dict[State, str] = {"down": "✕", "unknown": "?"}
"""What is written in a mark in which no number can stand."""

MARK_RADIUS = 40.0
"""Of a mark where there is room, in units of the plan."""

_CODE = re.compile(r"`([^`]*)`")
_AS_CODE = r"<code>\1</code>"


# --- numbers in words -----------------------------------------------------------------------------------------------


def number(value: float | None, lang: Lang) -> str:
    """A count with separators, or that it is unknown."""
    return words("count.unknown", lang) if value is None else f"{round(value):,}"


def planned(value: float | None, lang: Lang) -> str:
    """A number of the plan, or that the plan has none."""
    return words("count.unset", lang) if value is None else f"{round(value):,}"


def planned_and_limit(found: Facility, lang: Lang) -> str:
    """Both numbers of a facility's plan."""
    if found.planned is None and found.limit is None:
        return words("count.unset", lang)
    return words("count.of", lang, number=planned(found.planned, lang), whole=planned(found.limit, lang))


def clients(found: Facility, lang: Lang) -> str:
    """A facility's clients; a sum that lacks a device is said to be a lower bound."""
    shown = number(found.clients, lang)
    return shown if found.complete or found.clients is None else words("count.at_least", lang, number=shown)


def aps_up(found: Facility, lang: Lang) -> str:
    """How many access points serve, of how many."""
    if found.aps is None and found.aps_up is None:
        return words("count.unknown", lang)
    return words("count.of", lang, number=number(found.aps_up, lang), whole=number(found.aps, lang))


def last_clients(ap: ApState, lang: Lang) -> str:
    """What the clients last were, where they are not known now; else nothing."""
    if ap.clients is not None or ap.last_clients is None:
        return ""
    return words("count.last", lang, number=number(ap.last_clients, lang), age=age(ap.age_s, lang))


def ap_clients(ap: ApState, lang: Lang) -> str:
    """An access point's clients; of one that is stale, that they are unknown and what they last were."""
    last = last_clients(ap, lang)
    return f"{number(ap.clients, lang)}{' ' if lang == 'en' else '　'}{last}" if last else number(ap.clients, lang)


# --- HTML -----------------------------------------------------------------------------------------------------------


def _as_code(text: str) -> Markup:
    """What stands between backticks in a sentence of ours is set as code; everything is escaped first."""
    return Markup(_CODE.sub(_AS_CODE, str(escape(text))))  # noqa: S704


def _classes(cell: Cell) -> str:
    names = {"wp-right": cell.right, "wp-wide": cell.wide, "wp-empty": not cell.content}
    return " ".join(name for name, holds in names.items() if holds)


_templates = jinja2.Environment(
    loader=jinja2.PackageLoader("dashboards"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {
    "px": lambda value: f"{value:.1f}",
    "points": lambda corners: " ".join(f"{x:.1f},{y:.1f}" for x, y in corners),
    "code": _as_code,
    "classes": _classes,
    "base64": lambda png: base64.b64encode(png).decode("ascii"),
}


def render(template: str, **values: object) -> Markup:
    """A template of `dashboards/templates` with its values put in: HTML of ours, in which all foreign text is escaped."""
    return Markup(_templates.get_template(f"{template}.html").render(values).strip())  # noqa: S704


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The mark of a state about a point: circle, square, diamond, octagon or dashed circle."""

    kind: str
    x: float
    y: float
    radius: float
    fill: str
    corners: tuple[tuple[float, float], ...] = ()
    is_dashed: bool = False


def shape_of(state: State, x: float = 0.0, y: float = 0.0, radius: float = MARK_RADIUS) -> Shape:
    """The shape of a state; all are about as large as a circle of that radius."""
    offsets: tuple[tuple[float, float], ...] = ()
    if state == "busy":
        offsets = ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9))
    elif state == "degraded":
        offsets = ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0))
    elif state == "down":
        offsets = (
            (-0.42, -1.0), (0.42, -1.0), (1.0, -0.42), (1.0, 0.42), (0.42, 1.0), (-0.42, 1.0), (-1.0, 0.42), (-1.0, -0.42),
        )  # fmt: skip
    return Shape(
        kind="polygon" if offsets else "circle",
        x=x,
        y=y,
        radius=radius,
        fill=COLOURS[state][0],
        corners=tuple((x + right * radius, y + down * radius) for right, down in offsets),
        is_dashed=state == "unknown",
    )


def state_words(state: State, lang: Lang) -> Markup:
    """The mark of a state with its word beside it."""
    word = words(f"state.{state}", lang)
    return render("state", shape=shape_of(state), sign=SIGNS.get(state, ""), ink=COLOURS[state][1], word=word)


def notice(heading: str, *texts: str, alarm: bool = False) -> Markup:
    """A box with a heading and sentences; what stands between backticks in a sentence is set as code."""
    return render("notice", heading=heading, texts=[text for text in texts if text], alarm=alarm)


def legend(lang: Lang) -> Markup:
    """Every state's mark and word."""
    return render("legend", states=[state_words(state, lang) for state in COLOURS])


def banner(found: Facility, lang: Lang, reasons: Iterable[str]) -> Markup:
    """The state of one facility in large type, its figures and the reasons."""
    has_plan = found.planned is not None or found.limit is not None
    boxes = (
        ("field.clients", clients(found, lang)),
        *((("field.planned", planned(found.planned, lang)), ("field.limit", planned(found.limit, lang))) if has_plan else ()),
        ("field.aps_up", aps_up(found, lang)),
        ("field.heard", age(found.age_s, lang)),
    )
    return render(
        "banner",
        state=state_words(found.state, lang),
        colour=COLOURS[found.state][0] if found.state != "unknown" else "#6b6b6b",
        meaning=words("meaning.ok_unplanned" if found.state == "ok" and not has_plan else f"meaning.{found.state}", lang),
        boxes=[(words(key, lang), text) for key, text in boxes],
        reasons=list(reasons),
    )


def key_figures(boxes: Iterable[tuple[str, str]]) -> Markup:
    """Numbers in large type: (heading, number) of each."""
    return render("key_figures", boxes=list(boxes))


def note(text: str) -> Markup:
    """A remark below something."""
    return render("note", text=text)


def heading(text: str) -> Markup:
    """A second-level heading of foreign text, in which nothing is Markdown."""
    return render("heading", text=text)


def link(href: str, text: str) -> Markup:
    """A link to a page of ours that opens in the same tab."""
    return render("link", href=href, text=text)


def picture(png: bytes, alt: str) -> Markup:
    """A figure with what it shows in words."""
    return render("picture", png=png, alt=alt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table: text, or what a function here made."""

    content: str | Markup
    right: bool = False
    wide: bool = False


def table(headings: Sequence[str], rows: Iterable[Sequence[Cell]], *, caption: str = "") -> Markup:
    """A real HTML table that a screen reader can walk, which turns into cards on a phone."""
    return render("table", headings=list(headings), rows=[list(row) for row in rows], caption=caption)


def items(texts: Sequence[str]) -> Markup:
    """A list where there are several, the text alone where there is one."""
    return render("items", texts=list(texts))


def lines(texts: Iterable[str]) -> Markup:
    """One text below the other."""
    return render("lines", lines=list(texts))
