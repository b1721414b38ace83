"""Strokes of a drawing to straight pieces: those on one line joined, and boards, stairs, tiles and hatching taken out.

All lengths in metres. A direction is an angle theta in [0, pi); a line of it lies at the distance rho to the left of the origin,
and runs from u0 to u1 along it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely

from floorplans.drawing import Point

SAME_DIRECTION = math.radians(0.5)

_PITCH_M = 0.4
"""Treads and boards lie closer than this."""

_AT_ONCE = 4_000
"""Pieces whose neighbours are looked at together, so that dense hatching does not fill the memory."""

_Ints = np.ndarray[Any, np.dtype[np.int64]]


class Piece(NamedTuple):
    """A straight stroke in the coordinates of its direction; `kind` is its material ("" where no layer says one)."""

    theta: float
    rho: float
    u0: float
    u1: float
    kind: str
    layer: str


class Stroke(NamedTuple):
    """A line in metres with what its layer says."""

    start: Point
    end: Point
    kind: str = ""
    layer: str = ""
    pen: str = ""


def straight(strokes: Sequence[Stroke], *, slack_m: float = 0.004, turn: float = SAME_DIRECTION) -> list[Piece]:
    """The strokes, those of one kind on one straight line joined where they overlap or touch."""
    if not strokes:
        return []
    ends = np.array([(*stroke.start, *stroke.end) for stroke in strokes], dtype=float)
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    theta = np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0]) % math.pi
    theta[theta > math.pi - turn / 2] -= math.pi
    kept = np.flatnonzero(length > 1e-4)
    kept = kept[np.argsort(theta[kept], kind="stable")]
    out: list[Piece] = []
    for family in _families(theta, kept, turn):
        direction = float(np.average(theta[family], weights=length[family]))
        nearest = next((axis for axis in (0.0, math.pi / 2) if abs(direction - axis) < turn), direction)
        out += _joined(strokes, ends[family], family, nearest, slack_m)
    return out


def _families(theta: np.ndarray, order: np.ndarray, turn: float) -> Iterable[np.ndarray]:
    first = 0
    for index in range(1, len(order) + 1):
        if index == len(order) or theta[order[index]] - theta[order[first]] >= turn:
            yield order[first:index]
            first = index


def _joined(strokes: Sequence[Stroke], ends: np.ndarray, family: np.ndarray, theta: float, slack_m: float) -> list[Piece]:
    c, s = math.cos(theta), math.sin(theta)
    rho = (-s * (ends[:, 0] + ends[:, 2]) + c * (ends[:, 1] + ends[:, 3])) / 2
    u = np.sort(np.stack([c * ends[:, 0] + s * ends[:, 1], c * ends[:, 2] + s * ends[:, 3]]), axis=0)
    groups: dict[str, list[tuple[float, float, float, str]]] = defaultdict(list)
    order = np.argsort(rho, kind="stable")
    for index, at, low, high in zip(family[order].tolist(), *(part.tolist() for part in (rho[order], *u[:, order])), strict=True):
        groups[strokes[index].kind].append((at, low, high, strokes[index].layer))
    out = []
    for kind, items in groups.items():
        first = 0
        for index in range(1, len(items) + 1):
            if index < len(items) and items[index][0] - items[first][0] <= slack_m:
                continue
            run = sorted(items[first:index], key=lambda item: item[1])
            weight = sum(item[2] - item[1] for item in run)
            at = sum(item[0] * (item[2] - item[1]) for item in run) / weight
            first = index
            _, begin, reach, layer = run[0]
            longest = reach - begin
            for _, low, high, name in run[1:]:
                if low > reach + slack_m / 2:
                    out.append(Piece(theta, at, begin, reach, kind, layer))
                    begin, reach, layer, longest = low, high, name, high - low
                    continue
                reach = max(reach, high)
                if high - low > longest:
                    layer, longest = name, high - low
            out.append(Piece(theta, at, begin, reach, kind, layer))
    return out


def by_direction(pieces: Sequence[Piece]) -> list[list[int]]:
    """Indices of the pieces of each direction, by rho."""
    families: dict[float, list[int]] = defaultdict(list)
    for index, piece in enumerate(pieces):
        families[round(piece.theta, 3)].append(index)
    return [sorted(family, key=lambda index: pieces[index].rho) for family in families.values()]


def near(pieces: Sequence[Piece], family: Sequence[int], low_m: float, high_m: float) -> Iterator[tuple[_Ints, _Ints]]:
    """Places in the family of each piece and of those beside it: so far to its left, and facing it; a part of them at a time."""
    u0, u1, rho = (np.array([pieces[index][column] for index in family]) for column in (2, 3, 1))
    ends = np.stack([np.stack([u0, rho], axis=1), np.stack([u1, rho], axis=1)], axis=1)
    tree = shapely.STRtree(np.asarray(shapely.linestrings(ends)))
    # A hair more, since a tree compares what was added up differently.
    windows = shapely.box(u0, rho + low_m - 1e-9, u1, rho + high_m + 1e-9)
    for first in range(0, len(family), _AT_ONCE):
        one, two = tree.query(windows[first : first + _AT_ONCE])
        yield one + first, two


def without_patterns(pieces: Sequence[Piece]) -> tuple[list[Piece], int]:
    """The pieces without boards, treads, tiles and hatching, and how many these were.

    A piece goes that has two parallels or more on each side, five in all, within half a metre, spread wider than a wall is thick;
    or that is one of four or more of equal ends and equal pitch, spread so.
    """
    bad: set[int] = set()
    for family in by_direction(pieces):
        if len(family) < 4:
            continue
        u0, u1, rho = (np.array([pieces[index][column] for index in family]) for column in (2, 3, 1))
        for one, two in near(pieces, family, -0.5, 0.5) if len(family) >= 6 else ():
            beside = np.minimum(u1[one], u1[two]) - np.maximum(u0[one], u0[two]) > 0.6 * (u1[one] - u0[one])
            beside &= one != two
            one, two = one[beside], two[beside]  # noqa: PLW2901
            side = np.where(rho[two] < rho[one], 0, 1)
            steps = np.rint((rho[two] - rho[one]) / 0.02).astype(np.int64)
            # Parallels on one line count once: each place of each side of each piece.
            each = np.unique(np.stack([one, side, steps], axis=1), axis=0)
            below, above = (np.bincount(each[each[:, 1] == half, 0], minlength=len(family)) for half in (0, 1))
            lowest, highest = np.zeros(len(family), np.int64), np.zeros(len(family), np.int64)
            np.minimum.at(lowest, each[each[:, 1] == 0, 0], each[each[:, 1] == 0, 2])
            np.maximum.at(highest, each[each[:, 1] == 1, 0], each[each[:, 1] == 1, 2])
            found = (below >= 2) & (above >= 2) & (below + above >= 5) & (0.02 * (highest - lowest) > 0.55)
            bad.update(family[place] for place in np.flatnonzero(found))
        runs: dict[tuple[int, int], list[int]] = defaultdict(list)
        for index in family:
            runs[round(pieces[index].u0 * 20), round(pieces[index].u1 * 20)].append(index)
        for members in runs.values():
            bad.update(_even_runs(pieces, members))
    return [piece for index, piece in enumerate(pieces) if index not in bad], len(bad)


def _even_runs(pieces: Sequence[Piece], members: Sequence[int]) -> Iterable[int]:
    """Members of runs of four or more at one pitch."""
    run: list[int] = []
    pitch = 0.0
    for index in [*members, -1]:
        gap = pieces[index].rho - pieces[run[-1]].rho if run and index >= 0 else math.inf
        if run and gap < _PITCH_M and (len(run) < 2 or abs(gap - pitch) < 0.01):
            run.append(index)
            pitch = gap
            continue
        if len(run) >= 4 and pieces[run[-1]].rho - pieces[run[0]].rho > 0.55:
            yield from run
        run = [run[-1], index] if run and index >= 0 and gap < _PITCH_M else [index]
        pitch = gap if len(run) == 2 else 0.0
