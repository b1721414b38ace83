"""Doors, windows and doorways in walls: from swings, from sashes drawn in the wall, from gaps, and from layers named for them.

Heights are not in a plan: a door is 2 m high and a window stands between 0.9 and 2 m, which is assumed and said.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely

from floorplans.drawing import Arc, Point
from floorplans.strokes import Stroke
from floorplans.walls import Body

DOOR_HEIGHT_M = 2.0
SILL_M, HEAD_M = 0.9, 2.0
"""Of doors and windows. Assumed: what is usual in public buildings."""

_NARROWEST_M = 0.4


class Gap(NamedTuple):
    """An opening along a wall, `u0` and `u1` in the wall's own coordinate; `what` is door, window or doorway."""

    u0: float
    u1: float
    what: str
    material: str | None


def openings(
    body: Body,
    arcs: Sequence[Arc],
    marks: Sequence[tuple[Stroke, str]],
    sashes: Sequence[Stroke],
    *,
    outer: bool,
    cut: frozenset[str] = frozenset(),
) -> list[Gap]:
    """The openings of one wall, none over another, from its beginning to its end.

    Parameters
    ----------
    body : Body
        The wall.
    arcs : sequence of Arc
        Swings of doors near it, in metres.
    marks : sequence of (Stroke, str)
        Strokes of layers for doors or windows near it, with that word.
    sashes : sequence of Stroke
        Other strokes near it.
    outer : bool
        Whether it is an outer wall: a sash in it is a window, in an inner wall a sliding door.
    cut : frozenset of str
        Pens of the faces of walls that are cut (`cut_pens`): where both faces are drawn with others, there is an opening.
    """
    found: list[Gap] = []
    for arc in arcs:
        span = _swing(body, arc)
        if span is not None:
            found.append(Gap(*span, "door", "wood"))
    for what in ("door", "window"):
        drawn_so = [stroke for stroke, role in marks if role == what]
        parts = [(drawn_so[index], span) for index, span in _along(body, drawn_so)]
        for u0, u1 in _merged([span for _, span in parts], 0.1):
            kinds = [stroke.kind for stroke, span in parts if span[0] < u1 and span[1] > u0]
            found.append(Gap(u0, u1, what, kinds[0] or ("glass" if what == "window" else "wood")))
    middle = [span for _, span in _along(body, sashes, 0.2 * body.thickness_m) if span[1] - span[0] < 0.6 * body.length_m]
    drawn = _merged(middle, 0.15)
    drawn += _thin_faces(body, sashes, cut) if cut else []
    found += [
        Gap(u0, u1, "window" if outer else "door", "glass" if outer else "wood") for u0, u1 in drawn if 0.5 <= u1 - u0 <= 6.0
    ]
    inside = _merged([span for _, span in _along(body, sashes)], 0.05) if body.gaps else []
    for u0, u1 in body.gaps:
        here = inside[bisect_right(inside, (u0,)) - 1 if inside and inside[0][0] < u0 else 0 : bisect_right(inside, (u1,))]
        filled = sum(max(0.0, min(high, u1) - max(low, u0)) for low, high in here) > 0.5 * (u1 - u0)
        what = ("window" if outer else "door") if filled else "doorway"
        found.append(Gap(u0, u1, what, {"window": "glass", "door": "wood", "doorway": None}[what]))
    kept: list[Gap] = []
    for gap in found:
        u0, u1 = max(gap.u0, body.u0 + 0.02), min(gap.u1, body.u1 - 0.02)
        for other in kept:
            if min(u1, other.u1) - max(u0, other.u0) > 0:
                u0, u1 = (max(u0, other.u1), u1) if u1 > other.u1 and u0 >= other.u0 else (u0, min(u1, other.u0))
        if u1 - u0 >= _NARROWEST_M:
            kept.append(gap._replace(u0=u0, u1=u1))
    return sorted(kept)


def _faces(body: Body, strokes: Sequence[Stroke]) -> list[list[tuple[str, tuple[float, float]]]]:
    """(pen, span) of the strokes that are the two faces of a wall."""
    out: list[list[tuple[str, tuple[float, float]]]] = [[], []]
    for index, span in _along(body, strokes, 0.5 * body.thickness_m + 0.02):
        stroke = strokes[index]
        off = (body.at(stroke.start)[1] + body.at(stroke.end)[1]) / 2 - body.rho
        if abs(abs(off) - 0.5 * body.thickness_m) < 0.02:
            out[off > 0].append((stroke.pen, span))
    return out


def cut_pens(walls: Sequence[tuple[Body, Sequence[Stroke]]]) -> frozenset[str]:
    """The pens that walls are drawn with, windows and doors being drawn thinner: those of walls that have one pen only.

    Empty where all is drawn with one pen.
    """
    total_m = 0.0
    alone: Counter[str] = Counter()
    pens: set[str] = set()
    for body, strokes in walls:
        lengths: Counter[str] = Counter()
        for pen, (u0, u1) in itertools.chain(*_faces(body, strokes)):
            lengths[pen] += u1 - u0  # type: ignore[assignment]
        total_m += body.length_m
        pens.update(lengths)
        for pen, length_m in lengths.most_common(1):
            if length_m > 0.85 * sum(lengths.values()):
                alone[pen] += body.length_m  # type: ignore[assignment]
    found = frozenset(pen for pen, length_m in alone.items() if length_m > 0.1 * total_m)
    return found if pens - found else frozenset()


def _thin_faces(body: Body, strokes: Sequence[Stroke], cut: frozenset[str]) -> list[tuple[float, float]]:
    """Where both faces are drawn, and neither with a pen of walls."""
    faces = _faces(body, strokes)
    spans = [_merged([span for pen, span in face if pen not in cut], 0.02) for face in faces]
    walls = _merged([span for face in faces for pen, span in face if pen in cut], 0.02)
    out = []
    for one in spans[0]:
        for two in spans[1]:
            out += _rest((max(one[0], two[0]), min(one[1], two[1])), walls)
    return [span for span in out if span[1] - span[0] >= _NARROWEST_M]


def _rest(span: tuple[float, float], taken: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    free = [span]
    for low, high in taken:
        free = [part for start, end in free for part in ((start, min(end, low)), (max(start, high), end)) if part[1] > part[0]]
    return free


def _along(body: Body, strokes: Sequence[Stroke], off_m: float | None = None) -> list[tuple[int, tuple[float, float]]]:
    """(its number, what it covers of the wall) of each stroke that runs along a wall, within it."""
    if not strokes:
        return []
    ends = np.array([(*stroke.start, *stroke.end) for stroke in strokes])
    c, s = math.cos(body.theta), math.sin(body.theta)
    u = np.sort(np.stack([c * ends[:, 0] + s * ends[:, 1], c * ends[:, 2] + s * ends[:, 3]]), axis=0)
    rho = np.stack([c * ends[:, 1] - s * ends[:, 0], c * ends[:, 3] - s * ends[:, 2]])
    reach = body.thickness_m / 2 + 0.1 if off_m is None else off_m
    along = (np.abs(rho - body.rho) <= reach).all(axis=0) & (u[1] - u[0] >= 2 * np.abs(rho[0] - rho[1]))
    low, high = np.maximum(u[0], body.u0), np.minimum(u[1], body.u1)
    found = np.flatnonzero(along & (high - low > 0.1))
    return list(zip(found.tolist(), zip(low[found].tolist(), high[found].tolist(), strict=True), strict=True))


def _swing(body: Body, arc: Arc) -> tuple[float, float] | None:
    """From hinge to latch of a door whose quarter circle ends in this wall."""
    if not (60 <= arc.sweep_deg <= 110 and 0.45 <= arc.radius <= 1.6):
        return None
    reach = body.thickness_m / 2 + 0.12
    hinge = body.at(arc.centre)
    if abs(hinge[1] - body.rho) > reach:
        return None
    for turn in (arc.start_deg, arc.end_deg):
        x, y = arc.centre
        latch = body.at((x + arc.radius * math.cos(math.radians(turn)), y + arc.radius * math.sin(math.radians(turn))))
        if abs(latch[1] - body.rho) <= reach:
            u0, u1 = sorted((hinge[0], latch[0]))
            middle = (u0 + u1) / 2
            if u1 - u0 > 0.9 * arc.radius and body.u0 <= middle <= body.u1:
                return u0, u1
    return None


def _merged(spans: Sequence[tuple[float, float]], slack_m: float) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for low, high in sorted(spans):
        if out and low <= out[-1][1] + slack_m:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


class Near:
    """Finds what lies near a wall, so that each wall is compared with few strokes only."""

    def __init__(self, ends: Sequence[tuple[Point, Point]]) -> None:
        self._tree = shapely.STRtree(shapely.linestrings(ends)) if ends else None

    def of(self, body: Body, reach_m: float) -> list[int]:
        """Indices of what is within `reach_m` of the axis."""
        if self._tree is None:
            return []
        line = shapely.LineString(body.ends)
        return [int(index) for index in self._tree.query(line, predicate="dwithin", distance=reach_m + body.thickness_m / 2)]
