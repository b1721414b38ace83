"""SVG and HTML of the pages as text: the plan with what is live on it, tables, states. Pure; every foreign text is escaped.

A state is always told three ways: by shape, by colour and in words. The colours are those that colour-blind readers tell
apart (Okabe and Ito), darkened where white text stands on them, so that all text has a contrast of at least 4.5 to 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from dashboards.locale import age, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dashboards.states import ApState, Facility, State
    from floorplans.plan import FloorPlan, Wall
    from wifiplan.catalogue import Lang

COLOURS: dict[State, tuple[str, str]] = {
    "ok": ("#00734f", "#ffffff"),
    "busy": ("#e69f00", "#000000"),
    "degraded": ("#f0e442", "#000000"),
    "down": ("#b03a00", "#ffffff"),
    "unknown": ("#ffffff", "#1a1a1a"),
}
"""State -> colour of the mark and of the text on it."""

_CODE = re.compile(r"`([^`]*)`")
_AS_CODE = r"<code>\1</code>"

_WIDTH = 1000.0
"""Of the drawing in its own units, which are CSS pixels on a wide screen."""

_RADIUS = 40.0
_CUT_M = 1.2
"""Height above the floor at which a storey is cut for its drawing: doors are gaps."""


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


def mark(state: State, x: float = 0.0, y: float = 0.0, radius: float = _RADIUS) -> str:
    """The shape of a state around a point: circle, square, diamond, octagon, dashed circle."""
    fill, _ = COLOURS[state]
    stroke = 'stroke="#1a1a1a" stroke-width="3"'
    if state == "busy":
        side = radius * 0.9
        return (
            f'<rect x="{x - side:.1f}" y="{y - side:.1f}" width="{2 * side:.1f}" height="{2 * side:.1f}" fill="{fill}" {stroke}/>'
        )
    if state == "degraded":
        reach = radius * 1.25
        corners: tuple[tuple[float, float], ...] = ((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y))
    elif state == "down":
        cut = radius * 0.42
        corners = (
            (x - cut, y - radius), (x + cut, y - radius), (x + radius, y - cut), (x + radius, y + cut),
            (x + cut, y + radius), (x - cut, y + radius), (x - radius, y + cut), (x - radius, y - cut),
        )  # fmt: skip
    else:
        dashes = ' stroke-dasharray="9 6"' if state == "unknown" else ""
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" {stroke}{dashes}/>'
    return f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in corners)}" fill="{fill}" {stroke}/>'


def state_words(state: State, lang: Lang) -> str:
    """The mark of a state with its word beside it."""
    sign = "?" if state == "unknown" else "✕" if state == "down" else ""
    text = f'<text x="0" y="16" font-size="44" font-weight="700" text-anchor="middle" fill="{COLOURS[state][1]}">{sign}</text>'
    icon = f'<svg viewBox="-52 -52 104 104" aria-hidden="true">{mark(state)}{text if sign else ""}</svg>'
    return f'<span class="wp-state">{icon}{escape(words(f"state.{state}", lang))}</span>'


def notice(heading: str, *texts: str, alarm: bool = False) -> str:
    """A box with a heading and sentences; what stands between backticks in a sentence of ours is set as code."""
    lines = "".join(f"<p>{_CODE.sub(_AS_CODE, escape(text))}</p>" for text in texts if text)
    kind = "wp-notice wp-alarm" if alarm else "wp-notice"
    top = f"<strong>{escape(heading)}</strong>" if heading else ""
    return f'<section class="{kind}">{top}{lines}</section>'


def legend(lang: Lang) -> str:
    """Every state's mark and word."""
    return f'<div class="wp-legend">{"".join(state_words(state, lang) for state in COLOURS)}</div>'


def banner(found: Facility, lang: Lang, reasons: Iterable[str]) -> str:
    """The state of one facility in large type, its figures and the reasons."""
    has_plan = found.planned is not None or found.limit is not None
    boxes = (
        ("field.clients", clients(found, lang)),
        *((("field.planned", planned(found.planned, lang)), ("field.limit", planned(found.limit, lang))) if has_plan else ()),
        ("field.aps_up", aps_up(found, lang)),
        ("field.heard", age(found.age_s, lang)),
    )
    meaning = words("meaning.ok_unplanned" if found.state == "ok" and not has_plan else f"meaning.{found.state}", lang)
    colour = COLOURS[found.state][0] if found.state != "unknown" else "#6b6b6b"
    why = "".join(f"<li>{escape(text)}</li>" for text in reasons)
    return (
        f'<section class="wp-banner" style="border-left-color:{colour}">{state_words(found.state, lang)}'
        f"<p>{escape(meaning)}</p>"
        f"{figures((escape(words(key, lang)), text) for key, text in boxes)}{f'<ul>{why}</ul>' if why else ''}</section>"
    )


def figures(boxes: Iterable[tuple[str, str]]) -> str:
    """Numbers in large type: (heading as HTML, number as text) of each."""
    pairs = "".join(f"<div><dt>{heading}</dt><dd>{escape(text)}</dd></div>" for heading, text in boxes)
    return f'<div class="wp-box"><dl class="wp-figures">{pairs}</dl></div>'


def note(text: str) -> str:
    """A remark below something."""
    return f'<p class="wp-note">{escape(text)}</p>'


def heading(text: str) -> str:
    """A second-level heading of foreign text, in which nothing is Markdown."""
    return f'<h2 class="wp-heading">{escape(text)}</h2>'


def clients(found: Facility, lang: Lang) -> str:
    """A facility's clients; a sum that lacks a device is said to be a lower bound."""
    shown = number(found.clients, lang)
    return shown if found.complete or found.clients is None else words("count.at_least", lang, number=shown)


def aps_up(found: Facility, lang: Lang) -> str:
    """How many access points serve, of how many."""
    if found.aps is None and found.aps_up is None:
        return words("count.unknown", lang)
    return words("count.of", lang, number=number(found.aps_up, lang), whole=number(found.aps, lang))


def ap_clients(ap: ApState, lang: Lang) -> str:
    """An access point's clients; of one that is stale, that they are unknown and what they last were."""
    shown = number(ap.clients, lang)
    if ap.clients is None and ap.last_clients is not None:
        last = words("count.last", lang, number=number(ap.last_clients, lang), age=age(ap.age_s, lang))
        return f"{shown} {last}" if lang == "en" else f"{shown}　{last}"
    return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table: text that will be escaped, or HTML of ours."""

    text: str = ""
    html: str = ""
    right: bool = False
    wide: bool = False


def table(headings: Sequence[str], rows: Iterable[Sequence[Cell]], *, caption: str = "") -> str:
    """A real HTML table that a screen reader can walk, which turns into cards on a phone."""
    head = "".join(f'<th scope="col" role="columnheader">{escape(text)}</th>' for text in headings)
    body = "".join(
        f'<tr role="row">{"".join(_td(label, cell) for label, cell in zip(headings, row, strict=True))}</tr>' for row in rows
    )
    top = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="wp-scroll"><table class="wp-table" role="table">{top}'
        f'<thead><tr role="row">{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _td(label: str, cell: Cell) -> str:
    content = cell.html or escape(cell.text)
    names = {"wp-right": cell.right, "wp-wide": cell.wide, "wp-empty": not content}
    classes = " ".join(name for name, holds in names.items() if holds)
    return f'<td role="cell" data-label="{escape(label)}" class="{classes}">{content}</td>'


def items(texts: Sequence[str]) -> str:
    """A list where there are several, the text alone where there is one."""
    if len(texts) < 2:
        return escape("".join(texts))
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"


# --- the plan -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """A rectangle that something takes on the drawing."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlap(self, other: _Box) -> float:
        """Area in common."""
        wide = min(self.x1, other.x1) - max(self.x0, other.x0)
        high = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(wide, 0.0) * max(high, 0.0)


class _Scale:
    """Metres (y up) to the drawing's units (y down)."""

    def __init__(self, floor_plan: FloorPlan, level: int, aps: Sequence[ApState]) -> None:
        corners = [*floor_plan.levels[level].outline_m, *((ap.x_m or 0.0, ap.y_m or 0.0) for ap in aps)]
        xs, ys = zip(*corners, strict=True)
        self._x0_m, self._y1_m = min(xs), max(ys)
        wide_m, high_m = max(xs) - min(xs), max(ys) - min(ys)
        self.margin = 1.3 * _RADIUS  # a mark on the outer wall is still whole
        self._per_m = (_WIDTH - 2 * self.margin) / max(wide_m, 0.75 * high_m, 1.0)
        self.width = wide_m * self._per_m + 2 * self.margin
        self.height = high_m * self._per_m + 2 * self.margin

    def __call__(self, x_m: float, y_m: float) -> tuple[float, float]:
        """The place on the drawing."""
        return self.margin + (x_m - self._x0_m) * self._per_m, self.margin + (self._y1_m - y_m) * self._per_m


def live_plan(
    floor_plan: FloorPlan,
    aps: Sequence[ApState],
    lang: Lang,
    *,
    level: int = 0,
    zone_name: Callable[[str, Lang], str] = lambda name, _: name,
) -> str:
    """One storey as SVG with every planned access point on it: clients now, planned, limit and state."""
    shown = [ap for ap in aps if ap.level == level and ap.x_m is not None and ap.y_m is not None]
    at = _Scale(floor_plan, level, shown)
    points = {id(ap): at(ap.x_m or 0.0, ap.y_m or 0.0) for ap in shown}
    taken = [_around(*place, _RADIUS, _RADIUS) for place in points.values()]
    zones = list(_zones(floor_plan, level, at, lang, zone_name, marks=taken))
    taken += [box for _, box in zones if box is not None]
    summary = "; ".join(_ap_alt(ap, lang) for ap in shown)
    alt = words("plan.alt", lang, site=floor_plan.name, aps=len(shown), summary=summary)
    parts = [
        f'<svg class="wp-plan" viewBox="0 0 {at.width:.0f} {at.height:.0f}" role="img" aria-label="{escape(alt)}">',
        *(part for part, _ in zones),
        *_walls(floor_plan, level, at),
    ]
    frame = _Box(x0=0.0, y0=0.0, x1=at.width, y1=at.height)
    for ap in shown:
        label, box = _label(ap, points[id(ap)], taken, frame, lang)
        taken.append(box)
        parts.append(_ap_mark(ap, points[id(ap)], lang))
        parts.append(label)
    return "".join(parts) + "</svg>"


def _ap_alt(ap: ApState, lang: Lang) -> str:
    values = {"clients": ap_clients(ap, lang), "planned": planned(ap.planned, lang), "limit": planned(ap.limit, lang)}
    return words("plan.ap_alt", lang, name=ap.name, state=words(f"state.{ap.state}", lang), **values)


def _around(x: float, y: float, half_wide: float, half_high: float) -> _Box:
    return _Box(x0=x - half_wide, y0=y - half_high, x1=x + half_wide, y1=y + half_high)


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _zones(
    floor_plan: FloorPlan, level: int, at: _Scale, lang: Lang, zone_name: Callable[[str, Lang], str], *, marks: Sequence[_Box]
) -> Iterable[tuple[str, _Box | None]]:
    """Outline, zones and their names, each name with the place it takes."""
    yield f'<polygon points="{_points(at(*point) for point in floor_plan.levels[level].outline_m)}" fill="#f6f3ea"/>', None
    for zone in floor_plan.zones:
        if zone.level == level:
            places = [at(*point) for point in zone.polygon_m]
            yield f'<polygon points="{_points(places)}" fill="none" stroke="#b5b5b5" stroke-width="2"/>', None
            name = zone_name(zone.name, lang)
            xs, ys, wide = *zip(*places, strict=True), 22 * _ems(name)
            if wide < max(xs) - min(xs) - 20:
                corners = [(x, y) for y in (min(ys) + 30, max(ys) - 12) for x in (min(xs) + 10, max(xs) - 10 - wide)]
                spots = [_Box(x0=x, y0=y - 22, x1=x + wide, y1=y + 6) for x, y in corners]
                box = min(spots, key=lambda spot: (sum(map(spot.overlap, marks)), spots.index(spot)))
                where = f'x="{box.x0:.1f}" y="{box.y1 - 6:.1f}"'
                yield f'<text class="wp-zone" {where} style="text-anchor:start">{escape(name)}</text>', box


def _walls(floor_plan: FloorPlan, level: int, at: _Scale) -> Iterable[str]:
    cut_m = floor_plan.levels[level].floor_m + _CUT_M
    for wall in floor_plan.walls:
        if wall.z0_m <= cut_m < wall.z1_m:
            yield _line(at(*wall.start_m), at(*wall.end_m), "#1a1a1a", 6.0)
            for opening in wall.openings:
                if opening.z0_m <= cut_m < opening.z1_m:
                    yield _line(at(*_along(wall, opening.u0_m)), at(*_along(wall, opening.u1_m)), "#ffffff", 7.0)


def _along(wall: Wall, u_m: float) -> tuple[float, float]:
    share = u_m / wall.length_m
    (x0, y0), (x1, y1) = wall.start_m, wall.end_m
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)


def _line(start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> str:
    (x0, y0), (x1, y1) = start, end
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _ap_mark(ap: ApState, place: tuple[float, float], lang: Lang) -> str:
    x, y = place
    inside = "✕" if ap.state == "down" else "?" if ap.clients is None else f"{ap.clients:,}"
    small = "" if len(inside) < 4 else ";font-size:32px"
    return (
        f'<g data-ap="{escape(ap.name)}" data-state="{ap.state}"><title>{escape(_ap_alt(ap, lang))}</title>{mark(ap.state, x, y)}'
        f'<text class="wp-number" x="{x:.1f}" y="{y + 16:.1f}" style="fill:{COLOURS[ap.state][1]}{small}">{inside}</text></g>'
    )


def _label_lines(ap: ApState, lang: Lang) -> list[tuple[str, str]]:
    """(class, text) of the lines beside a mark: its name, plan and limit, and its state unless all is well."""
    lines = [("wp-name", ap.name)]
    if ap.planned is not None and ap.limit is not None:
        text = words("plan.planned_limit", lang, planned=number(ap.planned, lang), limit=number(ap.limit, lang))
        lines.append(("wp-detail", text))
    elif ap.planned is not None:
        lines.append(("wp-detail", words("plan.planned", lang, planned=number(ap.planned, lang))))
    elif ap.limit is not None:
        lines.append(("wp-detail", words("plan.limit", lang, limit=number(ap.limit, lang))))
    if ap.state != "ok":
        lines.append(("wp-detail", words(f"state.{ap.state}", lang)))
    if ap.stale:
        lines.append(("wp-detail", ap_clients(ap, lang).partition("　" if lang == "ja" else " ")[2]))
    return [line for line in lines if line[1]]


def _ems(text: str) -> float:
    """About as wide as it will be drawn, somewhat generously: a browser's font is not known here."""
    wide = sum(ord(character) > 0x2E7F for character in text)
    narrow = sum(character in " .,:;·-/()[]|!'ijltfr1" for character in text)
    upper = sum(character.isupper() and ord(character) < 0x2E80 for character in text)
    return 1.0 * wide + 0.3 * narrow + 0.66 * upper + 0.52 * (len(text) - wide - narrow - upper)


_LINE = 31.0
_SIZES = {"wp-name": 27.0, "wp-detail": 25.0}
"""As in pages.css for a wide screen."""

_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0))
"""Where a label may stand, in the order tried: below, above, right, left."""


def _label(ap: ApState, place: tuple[float, float], taken: Sequence[_Box], frame: _Box, lang: Lang) -> tuple[str, _Box]:
    lines = _label_lines(ap, lang)
    half_wide = max(_SIZES[kind] * _ems(text) for kind, text in lines) / 2
    half_high = _LINE * len(lines) / 2
    spots = []
    for right, down in _SIDES:
        x = place[0] + right * (1.35 * _RADIUS + half_wide)
        y = place[1] + down * (1.3 * _RADIUS + half_high)
        # Slid back into the frame where it can be, so that a name by the wall stays whole.
        x = min(max(x, frame.x0 + half_wide), frame.x1 - half_wide)
        spots.append(_around(x, y, half_wide, half_high))

    def cost(box: _Box) -> float:
        outside = (box.x1 - box.x0) * (box.y1 - box.y0) - box.overlap(frame)
        return sum(box.overlap(other) for other in taken) + 10.0 * outside

    box = min(spots, key=lambda spot: (round(cost(spot), 3), spots.index(spot)))
    x = (box.x0 + box.x1) / 2
    if box.y1 < place[1]:  # above its mark the name comes last: it stays beside the mark where a phone hides the rest
        lines = lines[::-1]
    text = "".join(
        f'<text class="wp-label {kind}" x="{x:.1f}" y="{box.y0 + _LINE * (row + 0.78):.1f}">{escape(line)}</text>'
        for row, (kind, line) in enumerate(lines)
    )
    return text, box
