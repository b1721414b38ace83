"""The live plan: one storey as SVG with every planned access point on it, by the template `plan.html`. Pure.

One drawing serves desk and phone: a phone shows the names in larger letters and leaves the details out (`pages.css`), so
that each label is given the room that the larger of the two takes.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from itertools import combinations, takewhile
from typing import TYPE_CHECKING

from shapely import Polygon
from shapely import box as rectangle

from dashboards import markup
from dashboards.locale import words
from dashboards.markup import MARK_RADIUS, Shape
from wifiplan.report.labels import Box, Label, Place, keep_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from markupsafe import Markup

    from dashboards.states import ApState
    from floorplans.plan import FloorPlan, Wall
    from wifiplan.report.catalogue import Lang

_WIDTH = 1000.0
"""Of the drawing in its own units, which are CSS pixels on a wide screen."""

_SMALLEST_RADIUS = 26.0
"""Of a mark: three figures of the smallest number still stand in it."""

_SMALLEST_NUMBER = 28.0
"""Of a mark's letters in units: 10 pixels on a phone 390 pixels wide."""

_CUT_M = 1.2
"""Height above the floor at which a storey is cut for its drawing: doors are gaps."""

_NAME, _DETAIL, _ZONE = 34.0, 25.0, 22.0
"""Sizes of letters in units: those of pages.css, of a name that on a phone, where it is the larger."""

_NAME_ROW, _DETAIL_ROW = 44.0, 32.0
"""Heights of a line of each."""

_NAME_EMS = (7.0, 4.5, 3.0)
"""A name that has no room is cut to so many ems, step by step."""

_EMS = {
    **dict.fromkeys(" ijl',.:;|fI!-", 0.38),
    **dict.fromkeys("t()/[]{}r", 0.46),
    **dict.fromkeys("0123456789", 0.61),
    **dict.fromkeys("BDGKRHNOQU&", 0.8),
    **dict.fromkeys("mwMW%@", 0.98),
}
"""Widths of characters of Noto Sans CJK JP Bold, rounded up; all other letters are at most 0.68, full-width ones 1."""

_SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8))
"""Where a label may stand, in the order tried: below, above, right, left, the corners. y points down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A stretch of wall or of a gap in it."""

    start: tuple[float, float]
    end: tuple[float, float]
    colour: str
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """One line of text: centred about `x`, its letters standing on `y`. `kind` is its class in pages.css."""

    kind: str
    text: str
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _DrawnAp:
    """An access point as the template draws it. `number_px` 0: the size of pages.css."""

    name: str
    state: str
    alt: str
    shape: Shape
    inside: str
    ink: str
    number_px: int
    label: tuple[_Text, ...]
    leader: tuple[tuple[float, float], tuple[float, float]] | None


class _Scale:
    """Metres (y up) to the drawing's units (y down)."""

    def __init__(self, floor_plan: FloorPlan, level: int, aps: Sequence[ApState]) -> None:
        corners = [*floor_plan.levels[level].outline_m, *((ap.x_m or 0.0, ap.y_m or 0.0) for ap in aps)]
        xs, ys = zip(*corners, strict=True)
        self._x0_m, self._y1_m = min(xs), max(ys)
        wide_m, high_m = max(xs) - min(xs), max(ys) - min(ys)
        self.margin = 1.3 * MARK_RADIUS  # a mark on the outer wall is still whole
        self._per_m = (_WIDTH - 2 * self.margin) / max(wide_m, 0.75 * high_m, 1.0)
        self.frame = Box(x0=0.0, y0=0.0, x1=wide_m * self._per_m + 2 * self.margin, y1=high_m * self._per_m + 2 * self.margin)

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
) -> Markup:
    """One storey as SVG with every planned access point on it: clients now, planned, limit and state."""
    shown = [ap for ap in aps if ap.level == level and ap.x_m is not None and ap.y_m is not None]
    at = _Scale(floor_plan, level, shown)
    points = [at(ap.x_m or 0.0, ap.y_m or 0.0) for ap in shown]
    radius = _radius(points)
    symbols = tuple(_symbol(ap, point, radius) for ap, point in zip(shown, points, strict=True))
    zones = [(zone, [at(*point) for point in zone.polygon_m]) for zone in floor_plan.zones if zone.level == level]
    names = list(_zone_names([(zone_name(zone.name, lang), corners) for zone, corners in zones], symbols))
    short = _short_names([ap.name for ap in shown])
    wordings = [_wordings(ap, several, lang) for ap, several in zip(shown, short, strict=True)]
    labels = tuple(
        Label(symbol=symbol, sizes=tuple(map(_size, several))) for symbol, several in zip(symbols, wordings, strict=True)
    )
    places = _placed(labels, at.frame, tuple(box for _, box in names))
    covered = [place.box for place in places if place is not None] + list(symbols)
    summary = "; ".join(_alt(ap, lang) for ap in shown)
    return markup.render(
        "plan",
        width=at.frame.x1,
        height=at.frame.y1,
        alt=words("plan.alt", lang, site=floor_plan.name, aps=len(shown), summary=summary),
        outline=[at(*point) for point in floor_plan.levels[level].outline_m],
        zones=[corners for _, corners in zones],
        # Who is where is in the table too; a count that cannot be read is lost.
        zone_names=[name for name, box in names if not any(box.touches(other) for other in covered)],
        lines=list(_walls(floor_plan, level, at)),
        aps=[
            _drawn(ap, point, radius, several, place=place, lang=lang)
            for ap, point, several, place in zip(shown, points, wordings, places, strict=True)
        ],
    )


@functools.lru_cache(maxsize=512)
def _placed(labels: tuple[Label, ...], frame: Box, obstacles: tuple[Box, ...]) -> tuple[Place | None, ...]:
    """Cached, since a page draws itself again every few seconds and its labels seldom change."""
    return keep_apart(labels, frame=frame, sides=_SIDES, obstacles=obstacles)


def _radius(points: Sequence[tuple[float, float]]) -> float:
    """Of all marks: smaller where access points are so close that marks would cover each other."""
    nearest = min((math.dist(one, other) for one, other in combinations(points, 2)), default=_WIDTH)
    return min(MARK_RADIUS, max(_SMALLEST_RADIUS, 0.4 * nearest))


def _symbol(ap: ApState, point: tuple[float, float], radius: float) -> Box:
    shape = markup.shape_of(ap.state, *point, radius=radius)
    half = max([radius, *(x - point[0] for x, _ in shape.corners)]) + 4.0  # with its outline
    return Box.around(*point, half, half)


def _alt(ap: ApState, lang: Lang) -> str:
    values = {
        "clients": markup.ap_clients(ap, lang),
        "planned": markup.planned(ap.planned, lang),
        "limit": markup.planned(ap.limit, lang),
    }
    return words("plan.ap_alt", lang, name=ap.name, state=words(f"state.{ap.state}", lang), **values)


def _zone_names(
    zones: Iterable[tuple[str, Sequence[tuple[float, float]]]], symbols: Sequence[Box]
) -> Iterator[tuple[_Text, Box]]:
    """Each zone's name in that corner of it where it covers least, or in its middle; none where the zone has no room for it."""
    taken: list[Box] = []
    for text, corners in zones:
        xs, ys = zip(*corners, strict=True)
        wide = _ZONE * _ems(text)
        lefts, bases = (min(xs) + 10, max(xs) - 10 - wide), (min(ys) + 30, max(ys) - 12)
        spots = [Box(x0=x, y0=y - _ZONE, x1=x + wide, y1=y + 6) for y in bases for x in lefts]
        area = Polygon(corners)
        middle = area.representative_point()
        spots.append(Box.around(middle.x, middle.y, wide / 2, _ZONE / 2 + 3))
        # Of an L, a corner of the rectangle about it may be another zone's.
        inside = [spot for spot in spots if area.covers(rectangle(spot.x0, spot.y0, spot.x1, spot.y1))]
        free = [spot for spot in inside if not any(map(spot.touches, taken))]
        if free:
            box = min(free, key=lambda spot: (sum(map(spot.overlap, symbols)), spots.index(spot)))
            taken.append(box)
            yield _Text(kind="wp-zone", text=text, x=box.middle[0], y=box.y1 - 6), box


def _walls(floor_plan: FloorPlan, level: int, at: _Scale) -> Iterator[_Line]:
    cut_m = floor_plan.levels[level].floor_m + _CUT_M
    for wall in floor_plan.walls:
        if wall.z0_m <= cut_m < wall.z1_m:
            yield _Line(start=at(*wall.start_m), end=at(*wall.end_m), colour="#1a1a1a", width=6.0)
            for opening in wall.openings:
                if opening.z0_m <= cut_m < opening.z1_m:
                    start, end = at(*_along(wall, opening.u0_m)), at(*_along(wall, opening.u1_m))
                    yield _Line(start=start, end=end, colour="#ffffff", width=7.0)


def _along(wall: Wall, u_m: float) -> tuple[float, float]:
    share = u_m / wall.length_m
    (x0, y0), (x1, y1) = wall.start_m, wall.end_m
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)


def _wordings(ap: ApState, short: Sequence[str], lang: Lang) -> tuple[tuple[_Text, ...], ...]:
    """What may stand beside a mark, the fullest first: name, plan and limit, and state unless all is well; then less."""
    details = []
    if ap.planned is not None and ap.limit is not None:
        both = {"planned": markup.number(ap.planned, lang), "limit": markup.number(ap.limit, lang)}
        details.append(words("plan.planned_limit", lang, **both))
    elif ap.planned is not None:
        details.append(words("plan.planned", lang, planned=markup.number(ap.planned, lang)))
    elif ap.limit is not None:
        details.append(words("plan.limit", lang, limit=markup.number(ap.limit, lang)))
    state = [words(f"state.{ap.state}", lang)] if ap.state != "ok" else []
    details += state
    if ap.stale:
        details.append(markup.last_clients(ap, lang))
    name = _Text(kind="wp-name", text=ap.name)
    below = tuple(_Text(kind="wp-detail", text=text) for text in details if text)
    names = dict.fromkeys((ap.name, *short))
    without = tuple((_Text(kind="wp-name", text=text),) for text in names)
    with_state = (name, *(_Text(kind="wp-detail", text=text) for text in state))
    return tuple(dict.fromkeys(((name, *below), with_state, *without)))


def _short_names(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Of each name what to write where it has no room: without the tail that all share, then without their head, then cut."""
    shared = list(dict.fromkeys(names))
    head = _head(shared).rstrip("0123456789") if len(shared) > 1 else ""
    tail = _head([name[len(head) :][::-1] for name in shared])[::-1].lstrip("0123456789") if len(shared) > 1 else ""
    found = []
    for name in names:
        without_tail = f"{name[: len(name) - len(tail)]}…" if len(tail) > 1 else name
        core = f"…{without_tail[len(head) :]}" if len(head) > 1 else without_tail
        found.append(tuple(dict.fromkeys((without_tail, core, *(_cut(core, ems) for ems in _NAME_EMS)))))
    return found


def _head(names: Sequence[str]) -> str:
    """The letters that all names begin with."""
    return "".join(letters[0] for letters in takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False)))


def _cut(text: str, ems: float) -> str:
    """At most about so wide, its middle left out."""
    kept = text
    while _ems(kept) > ems and len(kept) > 3:
        half = len(kept) - 2
        kept = f"{text[: half // 2]}…{text[len(text) - (half - half // 2) :]}"
    return kept


def _size(lines: Sequence[_Text]) -> tuple[float, float]:
    """Of a wording: (wide, high)."""
    wide = max((_NAME if line.kind == "wp-name" else _DETAIL) * _ems(line.text) for line in lines)
    return wide + 6.0, _NAME_ROW + _DETAIL_ROW * (len(lines) - 1)


def _ems(text: str) -> float:
    """At most about as wide as it will be drawn: a browser's font is not known here, and Noto's bold is among the widest."""
    return sum(_EMS.get(character, 0.68 if character.isascii() else 1.0) for character in text)


def _drawn(
    ap: ApState,
    point: tuple[float, float],
    radius: float,
    wordings: Sequence[Sequence[_Text]],
    *,
    place: Place | None,
    lang: Lang,
) -> _DrawnAp:
    inside = markup.SIGNS["down"] if ap.state == "down" else markup.SIGNS["unknown"] if ap.clients is None else f"{ap.clients:,}"
    size = max(_SMALLEST_NUMBER, 44.0 * radius / MARK_RADIUS * (1.0, 1.0, 1.0, 0.82, 0.66, 0.6)[min(len(inside), 5)])
    return _DrawnAp(
        name=ap.name,
        state=ap.state,
        alt=_alt(ap, lang),
        shape=markup.shape_of(ap.state, *point, radius=radius),
        inside=inside,
        ink=markup.COLOURS[ap.state][1],
        number_px=0 if size == 44.0 else round(size),
        label=() if place is None else tuple(_lines(wordings[place.size], point, place.box)),
        leader=(point, place.box.middle) if place is not None and place.is_far else None,
    )


def _lines(wording: Sequence[_Text], point: tuple[float, float], box: Box) -> Iterator[_Text]:
    """The lines within their box; above its mark the name comes last: it stays beside the mark where a phone hides the rest."""
    x, top = box.middle[0], box.y0
    for line in wording[::-1] if box.y1 < point[1] else wording:
        row = _NAME_ROW if line.kind == "wp-name" else _DETAIL_ROW
        yield _Text(kind=line.kind, text=line.text, x=x, y=top + 0.78 * row)
        top += row
