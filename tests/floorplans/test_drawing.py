"""Shapes of several rings: what is within an odd number of others is left white."""

from __future__ import annotations

from floorplans.drawing import Point, fills


def square(low: float, high: float) -> tuple[Point, ...]:
    return ((low, low), (high, low), (high, high), (low, high))


def test_rings_within_rings_are_holes_and_islands() -> None:
    """A wall around a room with a pillar in it, and a second shape beside."""
    wall, room, pillar, other = square(0, 10), square(1, 9), square(4, 5), square(20, 21)
    found = fills([room, other, wall, pillar], "壁")

    assert {other: (), wall: (room,), pillar: ()} == {fill.ring: fill.holes for fill in found}
    assert {"壁"} == {fill.layer for fill in found}


def test_one_ring_is_one_fill_and_none_is_none() -> None:
    assert [(square(0, 1), ())] == [(fill.ring, fill.holes) for fill in fills([square(0, 1)])]
    assert [] == fills([])
