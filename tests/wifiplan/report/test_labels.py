"""Labels keep off each other, off every symbol and inside the drawing, on 200 random designs as wide as a desk and a phone."""

from __future__ import annotations

import math
import random
from itertools import combinations

import pytest

from wifiplan.report.labels import Box, Label, Place, keep_apart

SIDES = ((0, 1), (0, -1), (1, 0), (-1, 0))
FRAME = Box(x0=0.0, y0=0.0, x1=400.0, y1=300.0)


def label(x: float, y: float, *sizes: tuple[float, float], reach: float = 10.0) -> Label:
    return Label(symbol=Box.around(x, y, reach, reach), sizes=sizes or ((60.0, 20.0),))


def placed(*labels: Label, **options: object) -> tuple[Place | None, ...]:
    return keep_apart(labels, **({"frame": FRAME, "sides": SIDES} | options))  # type: ignore[arg-type]


def random_labels(seed: int, width_px: float) -> tuple[list[Label], Box]:
    """Up to 24 access points at least 5 m apart in a hall of 20 to 60 m; letters are as large on a phone as on a desk."""
    rng = random.Random(seed)
    wide_m, high_m = rng.uniform(20.0, 60.0), rng.uniform(15.0, 40.0)
    margin_px = 0.05 * width_px
    per_m = (width_px - 2 * margin_px) / wide_m
    points: list[tuple[float, float]] = []
    for _ in range(rng.randint(1, 24)):
        point = (rng.uniform(0.0, wide_m), rng.uniform(0.0, high_m))
        if all(math.dist(point, other) >= 5.0 for other in points):
            points.append(point)
    frame = Box(x0=0.0, y0=0.0, x1=width_px, y1=high_m * per_m + 2 * margin_px)
    reach_px = 0.04 * width_px * 20.0 / wide_m
    labels = [
        label(
            margin_px + x * per_m,
            margin_px + y * per_m,
            (rng.uniform(40.0, 120.0), 45.0),
            (rng.uniform(30.0, 40.0), 14.0),
            (24.0, 12.0),
            reach=reach_px,
        )
        for x, y in points
    ]
    return labels, frame


@pytest.mark.parametrize("width_px", [1000.0, 350.0], ids=["desk", "phone"])
def test_on_200_random_designs_no_label_covers_anything_or_leaves_the_drawing(width_px: float) -> None:
    wrong, missing, total = [], 0, 0
    for seed in range(200):
        labels, frame = random_labels(seed, width_px)
        places = keep_apart(labels, frame=frame, sides=SIDES)
        boxes = [place.box for place in places if place is not None]
        wrong += [seed for one, other in combinations(boxes, 2) if one.touches(other)]
        wrong += [seed for box in boxes if any(box.touches(own.symbol) for own in labels) or not box.within(frame)]
        missing += places.count(None)
        total += len(labels)

    assert total > 1500
    assert [] == wrong
    assert 0 == missing


def test_a_label_alone_stands_on_the_first_side_in_full() -> None:
    (place,) = placed(label(200.0, 150.0, (60.0, 40.0), (30.0, 20.0)))

    assert Place(box=Box(x0=170.0, y0=160.0, x1=230.0, y1=200.0), size=0, is_far=False) == place


def test_a_label_at_the_edge_is_slid_into_the_drawing() -> None:
    (place,) = placed(label(10.0, 150.0))

    assert place is not None
    assert (0.0, False) == (place.box.x0, place.is_far)


def test_an_earlier_label_gives_way_where_the_later_one_has_no_other_place() -> None:
    """The second label is walled in: only the place that the first would take is left for it."""
    walls = [Box(x0=170.0, y0=100.0, x1=290.0, y1=140.0), Box(x0=262.0, y0=140.0, x1=330.0, y1=170.0)]
    first, second = placed(label(200.0, 150.0), label(230.0, 150.0), taken=walls)

    assert first is not None
    assert second is not None
    assert not first.box.touches(second.box)
    assert (0, False) == (second.size, second.is_far)


def test_a_shorter_wording_is_taken_where_the_full_one_has_no_room() -> None:
    frame = Box(x0=0.0, y0=0.0, x1=50.0, y1=60.0)
    (place,) = placed(label(25.0, 20.0, (60.0, 20.0), (40.0, 20.0)), frame=frame)

    assert place is not None
    assert 1 == place.size


def test_an_obstacle_is_covered_only_where_nothing_else_is_left() -> None:
    below = Box(x0=170.0, y0=160.0, x1=230.0, y1=180.0)
    (avoiding,) = placed(label(200.0, 150.0), obstacles=[below])
    (covering,) = placed(label(200.0, 150.0), obstacles=[FRAME])

    assert avoiding is not None
    assert covering is not None
    assert not avoiding.box.touches(below)
    assert below == covering.box


def test_where_there_is_no_room_at_all_there_is_no_label() -> None:
    assert (None,) == placed(label(200.0, 150.0), taken=[FRAME])
