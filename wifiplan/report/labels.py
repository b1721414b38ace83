"""Places for the labels of a drawing: apart from each other, off every symbol, within the frame. Plain geometry, no language.

The plan of the report and the live plan of the pages both call `keep_apart`. Units are the drawing's own; y may point either
way, since every direction is the caller's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Side = tuple[float, float]
"""Direction from a symbol's centre to its label in parts of the symbol's reach and the label's half sizes: (1, 0) is right."""

_RINGS = (0.0, 0.6, 1.3, 2.2, 3.4, 5.0, 7.0, 9.5)
"""How far off a label may stand, in its own heights: beside its symbol first, then ever further, with a leader."""

_ENOUGH = 30
"""With so many free places for a wording no ring further out is looked at."""

_PASSES = 4
"""How often labels are moved for each other's sake; two nearly always do."""

_FARTHER, _SHORTER, _TOUCHING, _COVERING = 10.0, 14.0, 5.0, 100.0
"""Costs, where the next side costs 1: a step away, a shorter wording, touching an obstacle, covering one with all of it.

Assumed, by eye: first the other sides, then a step away, then fewer words, and an obstacle only where nothing else is left.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle on the drawing."""

    x0: float
    y0: float
    x1: float
    y1: float

    @classmethod
    def around(cls, x: float, y: float, half_wide: float, half_high: float) -> Box:
        """The box about a centre."""
        return cls(x0=x - half_wide, y0=y - half_high, x1=x + half_wide, y1=y + half_high)

    @property
    def middle(self) -> tuple[float, float]:
        """Centre (x, y)."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def area(self) -> float:
        """Of the rectangle."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)

    def overlap(self, other: Box) -> float:
        """Area in common."""
        wide = min(self.x1, other.x1) - max(self.x0, other.x0)
        high = min(self.y1, other.y1) - max(self.y0, other.y0)
        return wide * high if wide > 0.0 and high > 0.0 else 0.0

    def touches(self, other: Box) -> bool:
        """Whether the two have an area in common."""
        return self.x0 < other.x1 and other.x0 < self.x1 and self.y0 < other.y1 and other.y0 < self.y1

    def within(self, other: Box) -> bool:
        """Whether nothing of it is outside the other."""
        return self.x0 >= other.x0 and self.y0 >= other.y0 and self.x1 <= other.x1 and self.y1 <= other.y1


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label that wants a place beside its symbol.

    Attributes
    ----------
    symbol : Box
        What the symbol takes.
    sizes : tuple of (wide, high)
        Of its wordings, the fullest first.
    """

    symbol: Box
    sizes: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a label stands, which of its wordings fits there, and whether it is so far off that a leader must lead to it."""

    box: Box
    size: int
    is_far: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    place: Place
    cost: float


def keep_apart(
    labels: Sequence[Label],
    *,
    frame: Box,
    sides: Sequence[Side],
    taken: Iterable[Box] = (),
    obstacles: Iterable[Box] = (),
    cost: Callable[[Box], float] | None = None,
) -> tuple[Place | None, ...]:
    """Find a place for each label such that none covers another, a symbol or anything taken, and all are within the frame.

    Parameters
    ----------
    labels : sequence of Label
        Earlier ones choose first.
    frame : Box
        Of the whole drawing.
    sides : sequence of Side
        Where a label stands best, in that order.
    taken : iterable of Box
        What must not be covered, besides the symbols of all labels.
    obstacles : iterable of Box
        What is rather not covered.
    cost : callable, optional
        Further harm that a label does at a box, where 1 is as bad as the next side.

    Returns
    -------
    tuple of Place or None
        In the labels' order; None where not even the shortest wording has room anywhere.
    """
    symbols = [label.symbol for label in labels]
    solid = [*symbols, *taken]
    soft = list(obstacles)
    spots = [_spots(label, frame=frame, sides=sides, solid=solid, soft=soft, cost=cost) for label in labels]
    chosen: list[_Spot | None] = [None] * len(labels)
    for number, own in enumerate(spots):
        boxes = [spot.place.box for spot in chosen if spot is not None]
        chosen[number] = next((spot for spot in own if not any(spot.place.box.touches(box) for box in boxes)), None)
    for _ in range(_PASSES):
        moves = [_improved(number, chosen, spots) for number in range(len(labels))]
        if not any(moves):
            break
    places = [None if spot is None else spot.place for spot in chosen]
    for number, label in enumerate(labels):
        if places[number] is None:
            places[number] = _anywhere(label, frame, [*solid, *(place.box for place in places if place is not None)])
    return tuple(places)


def _spots(
    label: Label,
    *,
    frame: Box,
    sides: Sequence[Side],
    solid: Sequence[Box],
    soft: Sequence[Box],
    cost: Callable[[Box], float] | None,
) -> list[_Spot]:
    """Every place where the label covers nothing solid, the best first."""
    found: list[_Spot] = []
    around = [(math.cos(math.pi * turn / 8), math.sin(math.pi * turn / 8)) for turn in range(16)]
    for size, (wide, high) in enumerate(label.sizes):
        enough = len(found) + _ENOUGH
        for ring, step in enumerate(_RINGS):
            if len(found) >= enough:
                break
            directions = sides if ring == 0 else (*sides, *around)
            for order, side in enumerate(directions):
                box = _within(_beside(label.symbol, side, wide / 2, high / 2, step * high), frame)
                if not box.within(frame) or any(box.touches(other) for other in solid):
                    continue
                harm = sum(_TOUCHING + _COVERING * box.overlap(other) / box.area for other in soft if box.touches(other))
                harm += cost(box) if cost else 0.0
                place = Place(box=box, size=size, is_far=ring > 0)
                far = _gap(box, label.symbol) / max(high, 1e-9)
                total = min(order, len(sides)) + _FARTHER * min(ring, 1) * (1.0 + far) + _SHORTER * size + harm
                found.append(_Spot(place=place, cost=total))
    found.sort(key=lambda spot: spot.cost)
    return found


def _anywhere(label: Label, frame: Box, solid: Sequence[Box]) -> Place | None:
    """The shortest wording at the nearest free place of a lattice over the whole drawing."""
    (wide, high), (x, y) = label.sizes[-1], label.symbol.middle
    columns, rows = int(2 * (frame.x1 - frame.x0) / wide), int(2 * (frame.y1 - frame.y0) / high)
    lattice = [
        Box.around(frame.x0 + wide * (column + 1) / 2, frame.y0 + high * (row + 1) / 2, wide / 2, high / 2)
        for column in range(columns)
        for row in range(rows)
    ]
    lattice.sort(key=lambda box: math.dist(box.middle, (x, y)))
    free = (box for box in lattice if box.within(frame) and not any(box.touches(other) for other in solid))
    box = next(free, None)
    return None if box is None else Place(box=box, size=len(label.sizes) - 1, is_far=True)


def _beside(symbol: Box, side: Side, half_wide: float, half_high: float, gap: float) -> Box:
    x, y = symbol.middle
    right, up = side
    reach_x, reach_y = (symbol.x1 - symbol.x0) / 2, (symbol.y1 - symbol.y0) / 2
    return Box.around(x + right * (reach_x + half_wide + gap), y + up * (reach_y + half_high + gap), half_wide, half_high)


def _within(box: Box, frame: Box) -> Box:
    """The box slid back into the frame where it can be, so that a name by the wall stays whole."""
    dx = max(frame.x0 - box.x0, 0.0) or min(frame.x1 - box.x1, 0.0)
    dy = max(frame.y0 - box.y0, 0.0) or min(frame.y1 - box.y1, 0.0)
    return Box(x0=box.x0 + dx, y0=box.y0 + dy, x1=box.x1 + dx, y1=box.y1 + dy) if dx or dy else box


def _gap(box: Box, symbol: Box) -> float:
    """Distance between the two rectangles, 0 where they touch."""
    wide = max(box.x0 - symbol.x1, symbol.x0 - box.x1, 0.0)
    high = max(box.y0 - symbol.y1, symbol.y0 - box.y1, 0.0)
    return math.hypot(wide, high)


def _cost_of(spot: _Spot | None) -> float:
    """A label without a place is worse than any place."""
    return 1e6 if spot is None else spot.cost


def _improved(number: int, chosen: list[_Spot | None], spots: Sequence[Sequence[_Spot]]) -> bool:
    """Move a label to a better spot and those in its way to their next best, if all together are better off then."""
    now = _cost_of(chosen[number])
    for spot in spots[number]:
        if spot.cost >= now:
            return False
        in_the_way = [
            other
            for other, placed in enumerate(chosen)
            if other != number and placed is not None and placed.place.box.touches(spot.place.box)
        ]
        if len(in_the_way) > 2:
            continue
        kept = [placed.place.box for other, placed in enumerate(chosen) if placed and other not in (number, *in_the_way)]
        kept.append(spot.place.box)
        moved: dict[int, _Spot] = {}
        for other in in_the_way:
            free = next((one for one in spots[other] if not any(one.place.box.touches(box) for box in kept)), None)
            if free is None:
                break
            moved[other] = free
            kept.append(free.place.box)
        before = now + sum(_cost_of(chosen[other]) for other in in_the_way)
        if len(moved) == len(in_the_way) and spot.cost + sum(one.cost for one in moved.values()) < before - 1e-9:
            chosen[number] = spot
            for other, one in moved.items():
                chosen[other] = one
            return True
    return False
