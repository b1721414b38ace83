"""Walls from drawn lines: two parallels at the distance of a thickness are one wall, with its centre line.

1. Strokes on one straight line become one stroke. 2. Boards, stairs, tiles and hatching go: many parallels side by side.
3. Parallels 4 to 50 cm apart that face each other are pairs; each stretch of a face belongs to one wall, the commonest thickness
of the drawing first. 4. Pieces on one axis become one wall across posts, windows and doors. 5. Ends are brought to the axes
that they meet. 6. What hangs together with nothing and is small is furniture.

All lengths in metres. A direction is an angle theta in [0, pi); a line of it lies at the distance rho to the left of the origin,
and runs from u0 to u1 along it.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import shapely

from floorplans.drawing import Point
from floorplans.strokes import SAME_DIRECTION, Piece, Stroke, by_direction, near, straight, without_patterns

THINNEST_M, THICKEST_M = 0.04, 0.5
"""Of a wall drawn as two lines. A board on studs is 6 cm, an outer wall of reinforced concrete with its finish 40 cm."""

THICKEST_UNNAMED_M = 0.35
"""The same where no layer is named for walls: wardrobes and sinks are 45 to 60 cm deep."""

THICKEST_MASONRY_M = 0.66
"""The same where most of the walls are thick: a party wall of two leaves."""

POST_M = 0.35
"""Gap in a wall that a post or a crossing wall leaves."""

DOOR_M = 1.05
"""Gap in a wall without anything drawn in it that is a doorway."""

WIDE_DOOR_M = 6.0
"""Gap in a wall that is a window or a door when lines are drawn along most of it."""

_SHORTEST_FACE_M = 0.2
_SHORTEST_M = 0.3
_MAX_PAIRS = 400_000

_LANE_M = 0.25


class Body(NamedTuple):
    """A wall: axis, thickness (0 where one line was drawn), gaps that were bridged, and how sure it is, 0 to 1."""

    theta: float
    rho: float
    u0: float
    u1: float
    thickness_m: float
    kind: str
    layer: str
    gaps: tuple[tuple[float, float], ...] = ()
    confidence: float = 1.0

    @property
    def length_m(self) -> float:
        """Along the axis."""
        return self.u1 - self.u0

    @property
    def ends(self) -> tuple[Point, Point]:
        """Both ends of the axis as (x, y)."""
        c, s = math.cos(self.theta), math.sin(self.theta)
        x, y = -s * self.rho, c * self.rho
        first, last = (x + c * self.u0, y + s * self.u0), (x + c * self.u1, y + s * self.u1)
        return (round(first[0], 5), round(first[1], 5)), (round(last[0], 5), round(last[1], 5))

    def at(self, point: Point) -> tuple[float, float]:
        """(u, rho) of a point in the coordinates of this wall's direction."""
        c, s = math.cos(self.theta), math.sin(self.theta)
        return c * point[0] + s * point[1], -s * point[0] + c * point[1]


class _Pair(NamedTuple):
    theta: float
    rho: float
    u0: float
    u1: float
    thickness_m: float
    one: int
    two: int


def pairs(pieces: Sequence[Piece], *, thinnest_m: float, thickest_m: float) -> tuple[list[Body], list[Piece]]:
    """Walls of two faces, and the stretches of pieces that are a face of none."""
    found: list[_Pair] = []
    for family in by_direction(pieces):
        u0, u1, rho = (np.array([pieces[index][column] for index in family]) for column in (2, 3, 1))
        for one, two in near(pieces, family, thinnest_m, thickest_m) if len(family) > 1 else ():
            apart = rho[two] - rho[one]
            start, end = np.maximum(u0[one], u0[two]), np.minimum(u1[one], u1[two])
            facing = (apart >= thinnest_m) & (apart <= thickest_m) & (end - start >= np.maximum(_SHORTEST_FACE_M, apart))
            middle = (rho[one] + rho[two]) / 2
            rows = sorted(zip(*(part[facing].tolist() for part in (one, two, start, end, apart, middle)), strict=True))
            theta = pieces[family[0]].theta
            found += [_Pair(theta, rho_, low, high, wide, family[i], family[j]) for i, j, low, high, wide, rho_ in rows]
            if len(found) > _MAX_PAIRS:
                break
    common = np.zeros(round(thickest_m * 100) + 3)
    for pair in found:
        common[round(pair.thickness_m * 100)] += pair.u1 - pair.u0
    popular = np.convolve(common, np.ones(3), "same").tolist()
    taken: dict[int, list[tuple[float, float]]] = defaultdict(list)
    bodies = []
    for pair in sorted(found, key=lambda pair: (-popular[round(pair.thickness_m * 100)], pair.u0 - pair.u1)):
        for low, high in _rest((pair.u0, pair.u1), taken[pair.one] + taken[pair.two]):
            if high - low >= max(0.15, 0.8 * pair.thickness_m):
                taken[pair.one].append((low, high))
                taken[pair.two].append((low, high))
                face = pieces[pair.one]
                kind = face.kind or pieces[pair.two].kind
                bodies.append(Body(pair.theta, pair.rho, low, high, pair.thickness_m, kind, face.layer))
    single = [
        piece._replace(u0=low, u1=high)
        for index, piece in enumerate(pieces)
        for low, high in _rest((piece.u0, piece.u1), taken[index])
        if high - low > 0.05
    ]
    return bodies, single


def _rest(span: tuple[float, float], taken: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """What of a span is in none of the others, pieces of 5 cm and less left out."""
    free = [span]
    for low, high in taken:
        if high <= span[0] or low >= span[1]:
            continue
        free = [
            part
            for start, end in free
            for part in ((start, min(end, low)), (max(start, high), end))
            if part[1] - part[0] > 0.05 or part == span
        ]
    return free


def widened(bodies: Sequence[Body], pieces: Sequence[Piece], *, layer_m: float = 0.06) -> list[Body]:
    """The bodies as thick as the outermost of their lines: linings and finishes are drawn as lines of their own."""
    families: dict[float, list[Piece]] = defaultdict(list)
    for piece in sorted(pieces, key=lambda piece: piece.rho):
        families[round(piece.theta, 3)].append(piece)
    rhos = {key: [piece.rho for piece in family] for key, family in families.items()}
    options = []
    for body in bodies:
        key = round(body.theta, 3)
        faces = []
        for sign in (-1, 1):
            face = body.rho + sign * body.thickness_m / 2
            low, high = sorted((face + sign * 0.004, face + sign * layer_m))
            near = families[key][bisect_left(rhos[key], low) : bisect_right(rhos[key], high)]
            beside = {piece.rho for piece in near if min(piece.u1, body.u1) - max(piece.u0, body.u0) > 0.7 * body.length_m}
            faces.append(sorted({face, *beside}, key=lambda rho, sign=sign: -sign * rho)[:4])  # type: ignore[misc]
        options.append(sorted(((low, high) for low in faces[0] for high in faces[1]), key=lambda pair: pair[0] - pair[1]))
    # A line beside a wall may also be the edge of a sink: of what fits, the thickness that most walls have.
    widest = sorted((pairs_[0][1] - pairs_[0][0], body.length_m) for pairs_, body in zip(options, bodies, strict=True))
    thick = [thickness for thickness, _ in widest]
    reached = [0.0, *itertools.accumulate(length for _, length in widest)]

    def common(pair: tuple[float, float]) -> float:
        low, high = bisect_left(thick, pair[1] - pair[0] - 0.004), bisect_right(thick, pair[1] - pair[0] + 0.004)
        return round(reached[high] - reached[low], 3)

    out = []
    for body, fits in zip(bodies, options, strict=True):
        low, high = max(fits, key=common)
        out.append(body._replace(rho=(low + high) / 2, thickness_m=high - low))
    return out


def one_axis(
    bodies: Sequence[Body], signs: Sequence[tuple[Point, Point]] = (), *, slack_m: float = 0.03, door_m: float = DOOR_M
) -> list[Body]:
    """The bodies, pieces on one axis and of like thickness made one wall; gaps wider than a post are kept in `gaps`.

    `signs` are drawn things that may stand in gaps (sashes, sills): a gap that they fill is bridged up to `WIDE_DOOR_M`.
    """
    tree = shapely.STRtree(shapely.linestrings(signs)) if len(signs) else None
    families: dict[float, list[Body]] = defaultdict(list)
    for body in bodies:
        families[round(body.theta, 3)].append(body)
    out: list[Body] = []
    for family in families.values():
        walls: list[Body] = []
        # By their distance from the origin in steps wider than two pieces of one axis can be apart: only neighbours are compared.
        lanes: dict[int, set[int]] = defaultdict(set)
        for body in sorted(family, key=lambda body: (body.u0, body.rho)):
            best = None
            lane = math.floor(body.rho / _LANE_M)
            for place in sorted(lanes[lane - 1] | lanes[lane] | lanes[lane + 1]):
                wall = walls[place]
                like = abs(wall.rho - body.rho) < max(slack_m, 0.3 * min(wall.thickness_m, body.thickness_m))
                if not like or abs(wall.thickness_m - body.thickness_m) > 0.06 or wall.kind != body.kind:
                    continue
                gap = body.u0 - wall.u1
                if gap <= max(POST_M, door_m) or (gap <= WIDE_DOOR_M and tree is not None and _filled(wall, body, tree)):
                    best = place if best is None or walls[best].u1 < wall.u1 else best
            if best is None:
                lanes[lane].add(len(walls))
                walls.append(body)
                continue
            wall = walls[best]
            share = body.length_m / (body.length_m + wall.length_m)
            gaps = (*wall.gaps, *body.gaps, *([(wall.u1, body.u0)] if body.u0 - wall.u1 > POST_M else []))
            walls[best] = wall._replace(
                rho=wall.rho + share * (body.rho - wall.rho),
                thickness_m=wall.thickness_m + share * (body.thickness_m - wall.thickness_m),
                u1=max(wall.u1, body.u1),
                gaps=gaps,
                layer=wall.layer if wall.length_m >= body.length_m else body.layer,
            )
            lanes[math.floor(wall.rho / _LANE_M)].discard(best)
            lanes[math.floor(walls[best].rho / _LANE_M)].add(best)
        out += walls
    return out


def _filled(wall: Body, body: Body, tree: shapely.STRtree) -> bool:
    """Whether drawn things cover most of the gap between two pieces of one axis."""
    gap = wall._replace(u0=wall.u1, u1=body.u0)
    line = shapely.LineString(gap.ends)
    near = tree.query(line, predicate="dwithin", distance=max(0.1, wall.thickness_m))
    strip = line.buffer(max(0.1, wall.thickness_m), cap_style="flat")
    covered: list[tuple[float, float]] = []
    for index in near:
        inside = shapely.intersection(tree.geometries[index], strip)
        if not inside.is_empty:
            us = [gap.at((float(x), float(y)))[0] for x, y in shapely.get_coordinates(inside)]
            covered.append((min(us), max(us)))
    free = sum(end - start for start, end in _rest((gap.u0, gap.u1), covered))
    return free < 0.4 * (gap.u1 - gap.u0)


def without_doubles(bodies: Sequence[Body]) -> list[Body]:
    """The bodies without those that lie in or beside the body of a longer parallel: furring, linings, sashes."""
    out: list[Body] = []
    for body in sorted(bodies, key=lambda body: (body.thickness_m == 0.0, -body.length_m)):
        for wall in out:
            turn = abs((wall.theta - body.theta + math.pi / 2) % math.pi - math.pi / 2)
            if turn > 0.05:
                continue
            ends = [wall.at(end) for end in body.ends]
            off = abs(sum(rho for _, rho in ends) / 2 - wall.rho)
            u0, u1 = sorted(u for u, _ in ends)
            beside = max(0.05, (wall.thickness_m + body.thickness_m) / 2 * 0.9 + 0.02) if wall.thickness_m else 0.02
            if off < beside and min(u1, wall.u1) - max(u0, wall.u0) > 0.7 * body.length_m:
                break
        else:
            out.append(body)
    return out


def meeting(bodies: Sequence[Body], *, reach_m: float = 0.25) -> list[Body]:
    """The bodies with each end on the axis of the wall that it meets, where one is within reach."""
    if not bodies:
        return []
    lines = [shapely.LineString(body.ends) for body in bodies]
    tree = shapely.STRtree(lines)
    out = []
    for index, body in enumerate(bodies):
        moved = []
        for sign, end in zip((-1, 1), body.ends, strict=True):
            best: float | None = None
            widest = reach_m + body.thickness_m
            for other in tree.query(shapely.Point(end), predicate="dwithin", distance=widest + THICKEST_M):
                wall = bodies[other]
                angle = wall.theta - body.theta
                if other == index or abs(math.sin(angle)) < 0.3:
                    continue
                along, off = wall.at(end)
                # The end moves along its own axis by this much to lie on the other's.
                step = (wall.rho - off) / math.sin(-angle)
                meets = along + step * math.cos(angle)
                reach = max(reach_m, wall.thickness_m / 2 + 0.12)
                near = wall.u0 - reach <= meets <= wall.u1 + reach
                if abs(step) <= reach and near and (best is None or abs(step) < abs(best)):
                    best = step
            moved.append((body.u0 if sign < 0 else body.u1) + (best or 0.0))
        if moved[1] - moved[0] > 0.1:
            out.append(body._replace(u0=moved[0], u1=moved[1]))
    return out


def without_slight(bodies: Sequence[Body]) -> list[Body]:
    """The bodies without those thinner than the rest whose thickness hardly occurs: edges of baths, sinks and shelves."""
    total = sum(body.length_m for body in bodies)
    if not total:
        return []
    ranked = sorted(bodies, key=lambda body: body.thickness_m)
    reached = np.cumsum([body.length_m for body in ranked])
    median_m = ranked[int(np.searchsorted(reached, total / 2))].thickness_m
    return [
        body
        for body in bodies
        if body.thickness_m >= 0.75 * median_m
        or sum(other.length_m for other in bodies if abs(other.thickness_m - body.thickness_m) < 0.008) > 0.04 * total
    ]


def connected(bodies: Sequence[Body], *, least_m: float = 3.0, least_share: float = 0.06) -> list[Body]:
    """The bodies without islands: groups that touch no other and are short, which are furniture."""
    if not bodies:
        return []
    shapes = [shapely.LineString(body.ends).buffer(body.thickness_m / 2 + 0.1) for body in bodies]
    tree = shapely.STRtree(shapes)
    parent = list(range(len(bodies)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for one, two in zip(*tree.query(shapes, predicate="intersects"), strict=True):
        parent[root(int(one))] = root(int(two))
    total: dict[int, float] = defaultdict(float)
    for index, body in enumerate(bodies):
        total[root(index)] += body.length_m
    least = max(least_m, least_share * max(total.values()))
    return [body for index, body in enumerate(bodies) if total[root(index)] >= least]


def graded(bodies: Sequence[Body]) -> list[Body]:
    """The bodies with how sure it is that each is a wall: of a thickness that the others have too, and meeting them at its ends.

    The figures are assumed; they rank, they are no probabilities.
    """
    total = sum(body.length_m for body in bodies)
    lines = [shapely.LineString(body.ends) for body in bodies]
    tree = shapely.STRtree(lines)
    out = []
    for body in bodies:
        alike = sum(other.length_m for other in bodies if abs(other.thickness_m - body.thickness_m) < 0.012)
        reach = body.thickness_m / 2 + 0.15
        free = sum(len(tree.query(shapely.Point(end), predicate="dwithin", distance=reach)) < 2 for end in body.ends)
        sure = min(body.confidence, 0.5 + 0.45 * min(1.0, alike / (0.15 * total))) - 0.15 * free
        out.append(body._replace(confidence=sure))
    return out


def as_single(pieces: Iterable[Piece], *, shortest_m: float = 0.0) -> list[Body]:
    """Walls of one line each."""
    return [
        Body(piece.theta, piece.rho, piece.u0, piece.u1, 0.0, piece.kind, piece.layer, (), 0.7)
        for piece in pieces
        if piece.u1 - piece.u0 > shortest_m
    ]


def unnamed(
    strokes: Sequence[Stroke],
    signs: Sequence[tuple[Point, Point]] = (),
    *,
    slack_m: float = 0.004,
    turn: float = SAME_DIRECTION,
    thinnest_m: float = THINNEST_M,
    filled: Sequence[Body] = (),
) -> tuple[list[Body], int]:
    """Walls of a drawing without layers that say so, and how many strokes are boards, stairs and hatching.

    `filled` are bars found as such: where they are most of the walls, what is drawn with thin lines only is furniture, or a
    window in line with a wall or as thick as the walls are.
    """
    pieces, patterns = without_patterns(straight(strokes, slack_m=slack_m, turn=turn))
    bars_m = sum(body.length_m for body in filled)
    thickest_m = THICKEST_UNNAMED_M
    if bars_m >= 4.0:
        # The faces of a window in a wall are as far apart as the wall is thick.
        wide = [body.thickness_m for body in filled if body.length_m > 1.0]
        thickest_m = max(thickest_m, min(THICKEST_MASONRY_M, 1.1 * max(wide, default=0.0)))
    bodies, _ = pairs(pieces, thinnest_m=thinnest_m, thickest_m=thickest_m)
    if bars_m < 4.0:
        bodies = _or_thicker(bodies, pieces, thinnest_m)
    bodies = widened(bodies, pieces)
    if bars_m >= 4.0:
        if bars_m > sum(body.length_m for body in bodies):
            bodies = in_line(bodies, filled)
        filled = on_axis(filled, pieces)
        return graded(bars([*filled, *bodies], signs, slack_m=max(0.03, 3 * slack_m))), patterns
    bodies = one_axis(bodies, signs, slack_m=max(0.03, slack_m))
    bodies = [body for body in bodies if body.length_m >= _SHORTEST_M]
    bodies = meeting(connected(without_doubles(meeting(without_slight(bodies)))))
    if sum(body.length_m for body in bodies) >= 4.0:
        return graded(bodies), patterns
    # A sketch of single lines: what is long and meets others is a wall.
    longest = max((piece.u1 - piece.u0 for piece in pieces), default=0.0)
    return meeting(as_single(pieces, shortest_m=min(0.6, 0.1 * longest)), reach_m=0.05), patterns


_XY = ((np.cos, np.sin, -1), (np.sin, np.cos, 1))
"""x and y of a point at (u, rho) of a direction: f(theta) u + sign g(theta) rho."""


def _or_thicker(bodies: list[Body], pieces: Sequence[Piece], thinnest_m: float) -> list[Body]:
    """The bodies, or those up to `THICKEST_MASONRY_M` where most walls are so thick: masonry, and longer than furniture is."""
    if not pieces:
        return bodies
    theta, rho, u0, u1 = np.array([piece[:4] for piece in pieces]).T
    x, y = (np.concatenate([f(theta) * u + sign * g(theta) * rho for u in (u0, u1)]) for f, g, sign in _XY)
    if sum(body.length_m for body in bodies) > 8 * (np.ptp(x) + np.ptp(y)):
        return bodies
    found, _ = pairs(pieces, thinnest_m=thinnest_m, thickest_m=THICKEST_MASONRY_M)
    thick = [body for body in found if body.thickness_m > THICKEST_UNNAMED_M and body.length_m >= 2.0]
    total_m = sum(body.length_m for body in thick)
    thin_m = sum(body.length_m for body in found if body.thickness_m <= THICKEST_UNNAMED_M)
    # Outer walls lie along the edge of all that is drawn: then they may be fewer than thin inner ones.
    edge = shapely.MultiPoint(np.stack([x, y], axis=1)).convex_hull.boundary.buffer(1.0)
    outer_m = sum(body.length_m for body in thick if edge.contains(shapely.LineString(body.ends)))
    if total_m < 6.0 or (total_m < thin_m and outer_m < max(0.7 * total_m, 0.2 * thin_m)):
        return bodies
    # Crossing walls cut a thick one into shorter pieces: a thickness that five metres of wall have is one of the building's.
    wide, length = (
        np.array(column) for column in zip(*((b.thickness_m, b.length_m) for b in found if b.length_m > 1.2), strict=True)
    )
    return [
        body
        for body in found
        if body.thickness_m <= THICKEST_UNNAMED_M or length[np.abs(wide - body.thickness_m) < 0.012].sum() > 5.0
    ]


def in_line(bodies: Sequence[Body], others: Sequence[Body]) -> list[Body]:
    """Those of the bodies that continue one of the others on its axis, no thicker than it; or are as thick as the others are."""
    ranked = sorted(others, key=lambda body: body.thickness_m)
    reached = np.cumsum([body.length_m for body in ranked])
    common_m = ranked[int(np.searchsorted(reached, reached[-1] / 2))].thickness_m
    out = []
    for body in bodies:
        if abs(body.thickness_m - common_m) < 0.25 * common_m and body.length_m > 0.6:
            out.append(body)
            continue
        for wall in others:
            turn = abs((wall.theta - body.theta + math.pi / 2) % math.pi - math.pi / 2)
            if turn > 0.03 or not 0 < body.thickness_m <= 1.25 * wall.thickness_m + 0.02:
                continue
            ends = sorted(wall.at(end) for end in body.ends)
            off = abs((ends[0][1] + ends[1][1]) / 2 - wall.rho)
            if off < 0.6 * wall.thickness_m + 0.03 and min(abs(ends[0][0] - wall.u1), abs(wall.u0 - ends[1][0])) < 0.4:
                out.append(body)
                break
    return out


def on_axis(bars_: Sequence[Body], pieces: Sequence[Piece]) -> list[Body]:
    """The bars, a thin one that continues a face of a thick one, with a line along the other face, brought to its axis: a window.

    In a coarse picture the face of a window is as thick as a bar.
    """
    faces = [*bars_, *as_single(pieces)]
    out = []
    for bar in bars_:
        for wall in bars_:
            turn = abs((wall.theta - bar.theta + math.pi / 2) % math.pi - math.pi / 2)
            if turn > 0.03 or wall.thickness_m < 2 * bar.thickness_m or wall.length_m < 1.0:
                continue
            ends = sorted(wall.at(end) for end in bar.ends)
            off = (ends[0][1] + ends[1][1]) / 2 - wall.rho
            face_m = abs(abs(off) - wall.thickness_m / 2)
            if face_m > 0.75 * bar.thickness_m or min(abs(ends[0][0] - wall.u1), abs(wall.u0 - ends[1][0])) > 0.4:
                continue
            if any(_along_face(face, wall, -off, (ends[0][0], ends[1][0])) for face in faces):
                out.append(wall._replace(u0=ends[0][0], u1=ends[1][0]))
                break
        else:
            out.append(bar)
    return out


def _along_face(face: Body, wall: Body, off_m: float, span: tuple[float, float]) -> bool:
    """Whether a thin thing lies so far beside the axis of a wall, along half of a span of it."""
    if abs((wall.theta - face.theta + math.pi / 2) % math.pi - math.pi / 2) > 0.03 or face.thickness_m > wall.thickness_m / 2:
        return False
    ends = sorted(wall.at(end) for end in face.ends)
    near = abs((ends[0][1] + ends[1][1]) / 2 - wall.rho - off_m) < 0.1
    return near and min(ends[1][0], span[1]) - max(ends[0][0], span[0]) > 0.5 * (span[1] - span[0])


def bars(found: Sequence[Body], signs: Sequence[tuple[Point, Point]], *, slack_m: float) -> list[Body]:
    """Walls from bars found in a picture, whose directions and places are as exact as pixels are."""
    order = sorted(found, key=lambda body: body.theta)
    like: list[Body] = []
    first = 0
    for index in range(1, len(order) + 1):
        if index < len(order) and order[index].theta - order[first].theta < math.radians(1.5):
            continue
        group = order[first:index]
        first = index
        theta = float(np.average([body.theta for body in group], weights=[body.length_m for body in group]))
        theta = next((axis for axis in (0.0, math.pi / 2) if abs(theta - axis) < math.radians(0.1)), theta)
        for body in group:
            ends = sorted(body._replace(theta=theta).at(end) for end in body.ends)
            like.append(body._replace(theta=theta, u0=ends[0][0], u1=ends[1][0], rho=(ends[0][1] + ends[1][1]) / 2))
    joined = one_axis(like, signs, slack_m=slack_m)
    joined = [body for body in joined if body.length_m >= 0.4]
    return meeting(connected(without_doubles(meeting(joined, reach_m=0.35))), reach_m=0.35)


def named(strokes: Sequence[Stroke], signs: Sequence[tuple[Point, Point]] = (), *, slack_m: float = 0.004) -> list[Body]:
    """Walls of the layers that are named for walls: pairs are one wall, a line without a parallel is one too."""
    pieces = straight(strokes, slack_m=slack_m)
    bodies: list[Body] = []
    single: list[Piece] = []
    for _, group in itertools.groupby(sorted(pieces, key=lambda piece: piece.kind), key=lambda piece: piece.kind):
        same = list(group)
        found, rest = pairs(same, thinnest_m=THINNEST_M, thickest_m=THICKEST_M)
        bodies += widened(found, same)
        single += rest
    common = float(np.median([body.thickness_m for body in bodies])) if bodies else 0.0
    # The end of a wall, drawn across it, is no wall, nor is the stretch of a face beside a crossing wall.
    single = [piece for piece in single if not _is_end(piece, bodies, common)]
    joined = one_axis(bodies, signs)
    return without_doubles(meeting([*joined, *as_single(single)], reach_m=0.1))


def _is_end(piece: Piece, bodies: Sequence[Body], common_m: float) -> bool:
    length = piece.u1 - piece.u0
    if not bodies or length > max(THICKEST_M, 1.5 * common_m):
        return False
    middle = Body(piece.theta, piece.rho, (piece.u0 + piece.u1) / 2, piece.u1, 0.0, "", "").ends[0]
    for body in bodies:
        u, rho = body.at(middle)
        if abs(rho - body.rho) <= body.thickness_m / 2 + 0.05 and body.u0 - THICKEST_M <= u <= body.u1 + THICKEST_M:
            return True
    return False
