"""Even layouts: symmetric rooms get symmetric answers, at no more cost."""

from __future__ import annotations

import numpy as np
import pytest

import floorplans
from wifiplan.capacity import demand
from wifiplan.placement.ask import Ask
from wifiplan.placement.layouts import even_layouts
from wifiplan.placement.place import place
from wifiplan.placement.problem import Problem, posed
from wifiplan.placement.spots import candidates

HALL = floorplans.gym(30.0, 20.0, 8.0, stage=False, store_room=False)
DAY1 = {"shelter-day1": demand.demands(HALL, "shelter-day1")}


@pytest.fixture(scope="module")
def task() -> Problem:
    return posed(HALL, DAY1, candidates(HALL, antennas=("omni",)), Ask(reflections=0, max_points=100, antennas=("omni",)))


def test_a_symmetric_hall_gets_a_symmetric_layout(task: Problem) -> None:
    """Whatever is chosen, the layout of as many is its own mirror image along one side of the hall at least."""
    for count in (2, 3, 5, 6, 7):
        layout = next(even_layouts(task, range(count)))
        places = np.array([(spot.x_m, spot.y_m) for spot in layout])
        mirrored = [np.array([30.0, 0.0]) + places * (-1, 1), np.array([0.0, 20.0]) + places * (1, -1)]
        away = [np.abs(np.sort(places, axis=0) - np.sort(other, axis=0)).max() for other in mirrored]

        assert min(away) < 0.01


@pytest.mark.parametrize(("count", "least_m"), [(2, 5.0), (4, 3.5)])
def test_few_are_not_driven_to_the_walls(task: Problem, count: int, least_m: float) -> None:
    """Two at a fifth to a quarter of the length from each end, four likewise: wider apart serves the middle worse."""
    layout = next(even_layouts(task, range(count)))
    to_wall_m = [min(spot.x_m, spot.y_m, 30.0 - spot.x_m, 20.0 - spot.y_m) for spot in layout]

    assert min(to_wall_m) >= least_m


def test_a_layout_costs_no_more_and_keeps_the_spacing(task: Problem) -> None:
    """Every one that is offered."""
    chosen = (0, 1, 2, 3)
    cost_yen = task.cost_yen([task.site.spots[row] for row in chosen])
    found = list(even_layouts(task, chosen))

    assert found
    for layout in found:
        places = np.array([(spot.x_m, spot.y_m, spot.height_m) for spot in layout])
        away = np.linalg.norm(places[:, None] - places[None], axis=-1) + 99 * np.eye(len(places))

        assert task.cost_yen(layout) <= cost_yen
        assert away.min() >= task.ask.min_spacing_m


def test_a_hall_is_served_by_an_even_layout() -> None:
    """`place` hangs what it needs no closer than two thirds of an even cell, where a heap would cost the same."""
    design = place(HALL, DAY1, Ask(reflections=0, max_points=100))
    places = np.array([(ap.x_m, ap.y_m) for ap in design.access_points])
    away = np.linalg.norm(places[:, None] - places[None], axis=-1) + 99 * np.eye(len(places))

    assert design.placement is not None
    assert not design.placement.failures
    assert away.min() >= 0.67 * np.sqrt(600.0 / len(places))
