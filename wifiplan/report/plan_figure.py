"""Figures of a design: the plan, the strength of the signal on it, and the load. The report and the app draw with these.

Each is a function of its arguments to a matplotlib `Figure`: no pyplot and no style settings, so that the app's threads
do not meet, and every text names the packaged font's file. Colours keep apart for colour-blind readers and on a black
and white printer: what matters is also told by shape, hatching or words.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon as PolygonPatch
from matplotlib.patheffects import withStroke
from shapely.geometry import LineString, Polygon
from shapely.ops import unary_union

from floorplans.plan import PEOPLE_KINDS, Level, Opening, Wall, Zone
from wifiplan.model import AccessPoint, Design
from wifiplan.report import wording
from wifiplan.report.labels import Box, Label, keep_apart
from wifiplan.report.wording import Lang, known, legible, words

# Element ids of an SVG are random without a salt, and the same design would give another file each time.
mpl.rcParams["svg.hashsalt"] = "wifiplan"

WIDTH_IN = 6.69
"""170 mm, the text width of an A4 page with 20 mm margins: text then prints at the size it has here."""

_CUT_M = 1.2
"""Height above the floor at which a storey is cut for its drawing, as architects do: doors are gaps, high windows lines."""

INK, PAPER = "#1a1a1a", "#ffffff"

_WALLS: dict[str, tuple[str, float, Any]] = {
    "concrete": (INK, 3.2, "-"),
    "brick": ("#8c3b1f", 3.2, "-"),
    "metal": ("#4d4d4d", 2.4, (0, (4, 1))),
    "marble": ("#5b5b5b", 3.0, "-"),
    "wood": ("#a8682a", 2.2, "-"),
    "plywood": ("#a8682a", 1.6, (0, (5, 1))),
    "chipboard": ("#a8682a", 1.6, (0, (2, 1))),
    "plasterboard": ("#8a8a8a", 1.8, "-"),
    "partition": ("#8a8a8a", 2.4, "-"),
    "ceiling_board": ("#8a8a8a", 1.4, (0, (2, 1))),
    "glass": ("#2f8fc4", 1.6, "-"),
}
"""Material -> colour, line width in points and dashes. Any other material is a dash-dotted line under its own name."""
_OTHER_WALL: tuple[str, float, Any] = (INK, 2.0, (0, (4, 1, 1, 1)))

_POINT_FILL = "#e69f00"
"""Of a planned access point, drawn as a triangle."""


_CABLE = "#0072b2"
"""Of cables and the switch that they come from."""


def font(size_pt: float, *, bold: bool = False) -> FontProperties:
    """The packaged font."""
    return FontProperties(fname=wording.BOLD_FONT if bold else wording.REGULAR_FONT, size=size_pt)


def plan_figure(
    design: Design,
    lang: Lang = "ja",
    *,
    level: int = 0,
    routes_m: Sequence[Sequence[tuple[float, float]]] = (),
) -> Figure:
    """Walls by material, openings, zones with their people, and the access points, with a scale bar and the drawing's up.

    Parameters
    ----------
    design : Design
    lang : {"ja", "en"}
    level : int
        The storey to draw.
    routes_m : lines
        Of cables, from the switch, which is drawn where they begin.
    """
    sheet = sheet_of(design, level)
    people = {one.zone: one.people for one in design.demands}
    taken = [_box(sheet, "■", 11.0, point.x_m, point.y_m) for point in design.access_points if point.level == level]
    obstacles = [
        _draw_zone(sheet, zone, people.get(zone.name), taken, lang) for zone in design.floor_plan.zones if zone.level == level
    ]
    materials = draw_walls(sheet, design, level)
    for line in routes_m:
        sheet.axes.plot(*zip(*line, strict=True), color=_CABLE, linewidth=1.1, linestyle=(0, (4, 2)), zorder=4.0)
    if routes_m:
        x, y = routes_m[0][0]
        sheet.axes.plot([x], [y], marker="s", markersize=6.5, color=_CABLE, markeredgecolor=INK, linestyle="none", zorder=4.1)
    draw_access_points(sheet, design, level, obstacles=obstacles)

    handles = [_wall_key(material, lang) for material in materials]
    handles.append(access_point_key(lang))
    if routes_m:
        key = words("figure.cable", lang)
        handles.append(Line2D([], [], color=_CABLE, linewidth=1.1, linestyle=(0, (4, 2)), marker="s", markersize=5, label=key))
    draw_strip(sheet, handles, lang)
    return sheet.figure


def shortened(text: str, ems: float) -> str:
    """Text of at most about so many full-width characters, its middle left out where it is longer: ends tell names apart.

    Examples
    --------
    >>> shortened("AP-01", 12), shortened("kashiwa-dai2-es-gymnasium-northwest-corner-07", 12)
    ('AP-01', 'kashiwa-d…corner-07')
    """
    whole = legible(text)
    kept = whole
    while width_pt(kept, 1.0) > ems and len(kept) > 3:
        half = (len(kept) - 2) // 2
        kept = f"{whole[:half]}…{whole[-half:]}"
    return kept


def svg(figure: Figure) -> str:
    """The figure as SVG, its letters drawn as shapes: the same bytes for the same figure, and no font needed to read it."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Axes in metres with equal scale on both, a strip for the legend below, and the size of a point on the drawing."""

    figure: Figure
    axes: Axes
    strip_in: float
    m_per_pt: float
    level: Level


def sheet_of(design: Design, level: int, *, strip_in: float = 0.62) -> Sheet:
    """An empty sheet for one storey, in the plan's metres."""
    storey = design.floor_plan.levels[level]
    corners = [*storey.outline_m, *((point.x_m, point.y_m) for point in design.access_points if point.level == level)]
    xs, ys = zip(*corners, strict=True)
    margin_m = 0.03 * max(max(xs) - min(xs), max(ys) - min(ys))
    wide_m, high_m = max(xs) - min(xs) + 2 * margin_m, max(ys) - min(ys) + 2 * margin_m
    m_per_in = max(wide_m / WIDTH_IN, high_m / 6.2)
    plan_in = high_m / m_per_in
    figure = Figure(figsize=(WIDTH_IN, plan_in + strip_in))
    axes = figure.add_axes((0, strip_in / (plan_in + strip_in), 1, plan_in / (plan_in + strip_in)))
    # What is left of the width goes to both sides: the scale stays equal and text can be measured in metres.
    spare_m = WIDTH_IN * m_per_in - wide_m
    axes.set(xlim=(min(xs) - margin_m - spare_m / 2, max(xs) + margin_m + spare_m / 2))
    axes.set(ylim=(min(ys) - margin_m, max(ys) + margin_m))
    axes.set_axis_off()
    return Sheet(figure=figure, axes=axes, strip_in=strip_in, m_per_pt=m_per_in / 72, level=storey)


def _draw_zone(sheet: Sheet, zone: Zone, people: float | None, taken: Sequence[_Box], lang: Lang) -> _Box:
    keepout = zone.kind == "keepout"
    fill = "#fdf3dc" if zone.kind in PEOPLE_KINDS else "#ececec"
    sheet.axes.add_patch(
        PolygonPatch(
            zone.polygon_m, facecolor=fill, edgecolor="#b5b5b5", linewidth=0.5, hatch="xx" if keepout else None, zorder=0.5
        )
    )
    text = zone_name(zone.name, lang)
    if people:
        text += "\n" + words("figure.people", lang, people=wording.count(people))
    area = Polygon(zone.polygon_m)
    middle = area.representative_point()
    box = _fitted(sheet, text, area, middle.x, middle.y)
    # The middle, unless an access point is there; then the first free place above, below or beside it within the zone.
    high_m, wide_m = box.y1_m - box.y0_m, box.x1_m - box.x0_m
    steps = [
        (0.0, 0.0),
        *((right, up) for reach in (0.7, 1.2, 1.8) for right, up in ((0, reach), (0, -reach), (reach, 0), (-reach, 0))),
    ]
    spots = [_box(sheet, box.text, box.size_pt, middle.x + right * wide_m, middle.y + up * high_m) for right, up in steps]
    spots = [spot for spot in spots if area.covers(shapely.box(spot.x0_m, spot.y0_m, spot.x1_m, spot.y1_m))] or spots[:1]
    box = min(spots, key=lambda spot: (round(sum(map(spot.overlap_m2, taken)), 9), spots.index(spot)))
    sheet.axes.text(
        (box.x0_m + box.x1_m) / 2,
        (box.y0_m + box.y1_m) / 2,
        box.text,
        ha="center",
        va="center",
        fontproperties=font(box.size_pt),
        color="#3d3d3d",
        zorder=2,
        linespacing=1.15,
        path_effects=[withStroke(linewidth=2, foreground=fill)],
    )
    return box


def zone_name(name: str, lang: Lang) -> str:
    """A zone's name; those that we gave ourselves ("hall", "stage 2") in the reader's language."""
    head, _, number = name.rpartition(" ")
    return f"{known('zone', head, lang)} {number}" if number.isdigit() else known("zone", name, lang)


def _walls_at_cut(design: Design, level: int) -> list[Wall]:
    cut_m = design.floor_plan.levels[level].floor_m + _CUT_M
    return [wall for wall in design.floor_plan.walls if wall.z0_m <= cut_m < wall.z1_m]


def draw_walls(sheet: Sheet, design: Design, level: int) -> tuple[str, ...]:
    """The materials drawn, in the order of the table above."""
    cut_m = sheet.level.floor_m + _CUT_M
    walls = _walls_at_cut(design, level)
    for wall in walls:
        colour, width_pt, dashes = _WALLS.get(wall.material, _OTHER_WALL)
        xs, ys = zip(wall.start_m, wall.end_m, strict=True)
        sheet.axes.plot(xs, ys, color=colour, linewidth=width_pt, linestyle=dashes, solid_capstyle="projecting", zorder=3)
        for opening in wall.openings:
            xs, ys = zip(_along(wall, opening.u0_m), _along(wall, opening.u1_m), strict=True)
            if opening.z0_m <= cut_m < opening.z1_m:
                sheet.axes.plot(xs, ys, color=PAPER, linewidth=width_pt + 0.8, solid_capstyle="butt", zorder=3.1)
                if opening.material is not None:
                    sheet.axes.plot(xs, ys, color=INK, linewidth=0.7, solid_capstyle="butt", zorder=3.2)
            elif _is_window(opening):
                sheet.axes.plot(xs, ys, color=PAPER, linewidth=width_pt * 0.4, solid_capstyle="butt", zorder=3.2)
    present = {wall.material for wall in walls}
    return (*(name for name in _WALLS if name in present), *sorted(present - set(_WALLS)))


def _is_window(opening: Opening) -> bool:
    return opening.material is not None and opening.material == "glass"


def _along(wall: Wall, u_m: float) -> tuple[float, float]:
    share = u_m / wall.length_m
    return tuple(a + share * (b - a) for a, b in zip(wall.start_m, wall.end_m, strict=True))  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """Text and the rectangle that it takes, in metres."""

    text: str
    size_pt: float
    x0_m: float
    y0_m: float
    x1_m: float
    y1_m: float

    def overlap_m2(self, other: _Box) -> float:
        """Of the two rectangles."""
        wide_m = min(self.x1_m, other.x1_m) - max(self.x0_m, other.x0_m)
        high_m = min(self.y1_m, other.y1_m) - max(self.y0_m, other.y0_m)
        return max(wide_m, 0.0) * max(high_m, 0.0)


def width_pt(text: str, size_pt: float) -> float:
    """About as wide as it will be drawn: full-width characters are square, others somewhat over half."""
    ems = (1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.58 for character in text)
    return size_pt * sum(ems)


def _box(sheet: Sheet, text: str, size_pt: float, x_m: float, y_m: float) -> _Box:
    """Around a centre."""
    lines = text.split("\n")
    half_x_m = sheet.m_per_pt * max(width_pt(line, size_pt) for line in lines) / 2
    half_y_m = sheet.m_per_pt * size_pt * 1.3 * len(lines) / 2
    return _Box(text=text, size_pt=size_pt, x0_m=x_m - half_x_m, y0_m=y_m - half_y_m, x1_m=x_m + half_x_m, y1_m=y_m + half_y_m)


def _fitted(sheet: Sheet, text: str, area: Polygon, x_m: float, y_m: float) -> _Box:
    """The text as large as its zone allows, down to 4.5 pt, then broken, then cut with an ellipsis."""
    x0_m, _, x1_m, _ = area.bounds
    for size_pt in (8.0, 7.0, 6.0, 5.0):
        box = _box(sheet, text, size_pt, x_m, y_m)
        if box.x1_m - box.x0_m <= x1_m - x0_m:
            return box
    size_pt = 5.0
    room = max(4, int((x1_m - x0_m) / (sheet.m_per_pt * size_pt)))
    lines = [part for line in text.split("\n") for part in _broken(line, room)]
    return _box(sheet, "\n".join(lines), size_pt, x_m, y_m)


def _broken(line: str, ems: float) -> list[str]:
    """The line in at most two parts of about so many full-width characters."""
    if width_pt(line, 1.0) <= ems:
        return [line]
    head = next(end for end in range(1, len(line) + 1) if width_pt(line[:end], 1.0) > ems - 0.6) - 1
    head = max(head, 1)
    rest = line[head:]
    while width_pt(rest, 1.0) > ems and len(rest) > 2:
        rest = rest[:-2] + "…"
    return [line[:head], rest]


def draw_access_points(
    sheet: Sheet,
    design: Design,
    level: int,
    *,
    obstacles: Sequence[_Box] = (),
    only: set[str] | None = None,
) -> None:
    """Triangles of the storey's access points (of those in `only`), where they look, and their names apart from each other."""
    points = [point for point in design.access_points if point.level == level and (only is None or point.name in only)]
    size_pt = 7.5 if len(points) <= 12 else 6.5
    (x0_m, x1_m), (y0_m, y1_m) = sheet.axes.get_xlim(), sheet.axes.get_ylim()
    lines = [LineString([wall.start_m, wall.end_m]) for wall in _walls_at_cut(design, level)]
    walls = unary_union(lines).buffer(2.0 * sheet.m_per_pt)
    arrows: list[Box] = []
    for point in points:
        sheet.axes.plot(
            point.x_m,
            point.y_m,
            marker="^",
            markersize=8,
            markerfacecolor=_POINT_FILL,
            markeredgecolor=INK,
            markeredgewidth=1.0,
            zorder=6,
        )
        if point.antenna != "omni":
            arrows.append(_outline(_draw_azimuth(sheet, point)))
    wordings = [[shortened(point.name, ems) for ems in _NAME_EMS] for point in points]
    places = keep_apart(
        [
            Label(
                symbol=_outline(_box(sheet, "■", 9.0, point.x_m, point.y_m)),
                sizes=tuple(_extent(sheet, text, size_pt) for text in texts),
            )
            for point, texts in zip(points, wordings, strict=True)
        ],
        frame=Box(x0=x0_m, y0=y0_m, x1=x1_m, y1=y1_m),
        sides=_SIDES,
        taken=arrows,
        obstacles=[_outline(box) for box in obstacles],
        cost=lambda box: 10.0 * shapely.box(box.x0, box.y0, box.x1, box.y1).intersection(walls).area / box.area,
    )
    for point, texts, place in zip(points, wordings, places, strict=True):
        if place is None:
            continue
        if place.is_far:
            xs, ys = zip((point.x_m, point.y_m), place.box.middle, strict=True)
            sheet.axes.plot(xs, ys, color=INK, linewidth=0.6, zorder=5.5)
        sheet.axes.text(
            *place.box.middle,
            texts[place.size],
            ha="center",
            va="center",
            fontproperties=font(size_pt, bold=True),
            color=INK,
            zorder=7,
            linespacing=1.1,
            path_effects=[withStroke(linewidth=2.2, foreground=PAPER)],
        )


_SIDES = ((1, 0), (-1, 0), (0, -1), (0, 1), (0.8, 0.8), (0.8, -0.8), (-0.8, 0.8), (-0.8, -0.8))
"""Where a label may stand, in the order tried: right, left, below, above, the corners. y points up."""

_NAME_EMS = (12.0, 7.0, 4.0)
"""A name is shortened to so many ems, and further where it has no room."""


def _outline(box: _Box) -> Box:
    return Box(x0=box.x0_m, y0=box.y0_m, x1=box.x1_m, y1=box.y1_m)


def _extent(sheet: Sheet, text: str, size_pt: float) -> tuple[float, float]:
    """(wide, high) in metres that text takes on the drawing."""
    box = _box(sheet, text, size_pt, 0.0, 0.0)
    return box.x1_m - box.x0_m, box.y1_m - box.y0_m


def _draw_azimuth(sheet: Sheet, point: AccessPoint) -> _Box:
    """An arrow to where the antenna looks; what it takes of the sheet."""
    turn = np.deg2rad(point.azimuth_deg)
    length_m = 13 * sheet.m_per_pt
    tip = (point.x_m + length_m * float(np.sin(turn)), point.y_m + length_m * float(np.cos(turn)))
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.0, "shrinkA": 3, "shrinkB": 0}
    sheet.axes.annotate("", tip, (point.x_m, point.y_m), arrowprops=arrow, zorder=5)
    return _box(sheet, "■", 6.0, (point.x_m + tip[0]) / 2, (point.y_m + tip[1]) / 2)


def _wall_key(material: str, lang: Lang) -> Line2D:
    colour, width_pt, dashes = _WALLS.get(material, _OTHER_WALL)
    return Line2D([], [], color=colour, linewidth=width_pt, linestyle=dashes, label=known("material", material, lang))


def access_point_key(lang: Lang) -> Line2D:
    """The line of the legend for access points."""
    return Line2D(
        [],
        [],
        linestyle="",
        marker="^",
        markersize=7,
        markerfacecolor=_POINT_FILL,
        markeredgecolor=INK,
        label=words("figure.access_point", lang),
    )


def draw_strip(sheet: Sheet, handles: Sequence[Any], lang: Lang) -> None:
    """Scale bar and the drawing's up on the left of the strip below the plan, the legend on its right."""
    height_in = sheet.figure.get_figheight()
    strip = sheet.figure.add_axes((0, 0, 1, 0.56 / height_in))
    strip.set(xlim=(0, WIDTH_IN * 72), ylim=(0, 0.56 * 72))
    strip.set_axis_off()
    length_m = _round_length_m(WIDTH_IN * 72 * sheet.m_per_pt / 6)
    end_pt = 34 + length_m / sheet.m_per_pt
    strip.annotate("", (14, 34), (14, 10), arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.2})
    strip.text(14, 2, words("figure.up", lang), ha="center", va="bottom", fontproperties=font(6))
    strip.plot([34, end_pt], [18, 18], color=INK, linewidth=1.4, solid_capstyle="butt")
    for x_pt in (34, end_pt):
        strip.plot([x_pt, x_pt], [15, 21], color=INK, linewidth=1.4)
    strip.text((34 + end_pt) / 2, 22, f"{length_m:g} m", ha="center", va="bottom", fontproperties=font(7))
    columns = min(len(handles), 3)
    strip.legend(
        handles=handles,
        loc="center right",
        ncols=columns,
        prop=font(7),
        frameon=False,
        borderaxespad=0.2,
        handlelength=2.2,
        columnspacing=1.4,
        labelspacing=0.45,
    )


def _round_length_m(about_m: float) -> float:
    """1, 2 or 5 times a power of ten, not above."""
    power = 10.0 ** np.floor(np.log10(about_m))
    return float(max(step * power for step in (1, 2, 5) if step * power <= about_m))
