"""The programme on matrices: against brute force by another route, and rule by rule."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from wifiplan.placement import milp
from wifiplan.placement.matrix import Matrix
from wifiplan.placement.milp import Solver


def _cheapest(matrix: Matrix, feasible: Callable[[Matrix, tuple[int, ...]], bool]) -> float | None:
    spots = range(len(matrix.cost_yen))
    subsets = itertools.chain.from_iterable(itertools.combinations(spots, size) for size in range(1, len(spots) + 1))
    by_cost = sorted(subsets, key=lambda subset: matrix.cost_yen[list(subset)].sum())
    return next((float(matrix.cost_yen[list(subset)].sum()) for subset in by_cost if feasible(matrix, subset)), None)


def test_the_programme_finds_what_enumeration_finds(small_matrix, feasible) -> None:
    """Cost equals that of the best of all 255 sets, the bound proves it, and where no set works none is claimed."""
    answered = 0
    for seed in range(10):
        matrix = small_matrix(np.random.default_rng(seed))
        best = _cheapest(matrix, feasible)
        found = milp.solve(matrix, Solver())
        if best is None:
            assert found is None
            continue
        answered += 1
        assert found is not None
        assert best == found.cost_yen
        assert best == pytest.approx(found.bound)
        assert feasible(matrix, found.chosen)
        fewest = milp.solve(matrix, Solver(), goal="count")
        assert fewest is not None
        assert len(fewest.chosen) <= len(found.chosen)
    assert answered >= 5


@pytest.mark.parametrize("goal", ["cost", "count"])
def test_few_groups_first_find_the_same_bound(small_matrix, feasible, goal: milp.Goal) -> None:
    """Whether the spots of the small programme do for the whole one or not: bound and goal are those of the whole one."""
    whole: list[bool] = []
    for seed in range(12):
        matrix = small_matrix(np.random.default_rng(seed), max_busy_share=0.4)
        expected, found = milp.solve(matrix, Solver(), goal=goal), milp.solve_by_few(matrix, Solver(), goal=goal)
        if expected is None or found is None:
            assert expected is found
            continue
        few = milp.solve(milp._with_few_groups(matrix), Solver(), goal=goal)
        whole.append(few.bound < expected.bound - 1e-6)
        value = {"cost": lambda answer: answer.cost_yen, "count": lambda answer: len(answer.chosen)}[goal]

        assert expected.bound == pytest.approx(found.bound)
        assert value(expected) == value(found)
        assert feasible(matrix, found.chosen)
        assert found.share[0].shape[1] == len(found.chosen)
    assert {True, False} == set(whole)


def test_a_second_access_point_everywhere_is_found_by_enumeration_too(small_matrix, feasible) -> None:
    """The same with every point covered twice."""
    matrix = small_matrix(np.random.default_rng(3), cover_times=2, spectrum=(8,), max_clients=100, max_busy_share=1.0)
    found = milp.solve(matrix, Solver())

    assert found is not None
    assert _cheapest(matrix, feasible) == found.cost_yen


def test_sets_already_tried_are_not_given_again(small_matrix) -> None:
    """Cutting off answer after answer gives costs that never fall, each set a new one."""
    matrix = small_matrix(np.random.default_rng(1), spectrum=(8,))
    costs: list[float] = []
    for _ in range(4):
        found = milp.solve(matrix, Solver())
        assert found is not None
        assert found.chosen not in matrix.tried
        costs.append(found.cost_yen)
        matrix = replace(matrix, tried=(*matrix.tried, found.chosen))

    assert costs == sorted(costs)


def test_every_share_of_a_point_is_served_within_the_limits(small_matrix) -> None:
    """The assignment serves each point whole, no radio above its clients or its airtime."""
    matrix = small_matrix(np.random.default_rng(1), spectrum=(8,))
    load = matrix.loads[0]
    found = milp.solve(matrix, Solver())
    assert found is not None
    busy = np.where(np.isfinite(load.airtime_share), load.airtime_share, 0.0)[0][list(found.chosen)]
    share = found.share[0][0]

    np.testing.assert_allclose(1.0, share.sum(axis=0), atol=1e-6)
    assert (share @ load.clients <= matrix.max_clients + 1e-6).all()
    assert ((share * busy).sum(axis=1) <= matrix.max_busy_share + 1e-6).all()


def test_wider_channels_are_used_where_one_radio_has_too_little_airtime(small_matrix) -> None:
    """40 MHz halves the airtime and takes twice the spectrum: one access point does what 20 MHz needs two for."""
    narrow = small_matrix(np.random.default_rng(1), spectrum=(8,), max_clients=500, max_busy_share=0.5)
    clients = narrow.loads[0].clients
    airtime = np.broadcast_to(clients * 0.8 / clients.sum(), (8, 14))
    covers = np.ones((8, 14), dtype=bool)
    one_width = replace(narrow, loads=(replace(narrow.loads[0], covers=covers, airtime_share=airtime[None]),))
    both = replace(
        one_width,
        band=(0, 0),
        units=(1, 2),
        loads=(replace(one_width.loads[0], airtime_share=np.array([airtime, airtime / 2])),),
    )
    first, second = milp.solve(one_width, Solver()), milp.solve(both, Solver())

    assert first is not None
    assert second is not None
    assert (2, 1) == (len(first.chosen), len(second.chosen))
    assert [[False, True]] == second.kinds.tolist()


def test_what_hangs_already_stays_is_reused_or_goes(small_matrix) -> None:
    """A kept spot is in the answer; a movable one, left, saves its hardware on a new one; free to go, it is just cheap."""
    matrix = small_matrix(np.random.default_rng(4), spectrum=(8,))
    price = matrix.cost_yen.copy()
    price[0] = 0.0
    free = replace(matrix, cost_yen=price)
    stays = milp.solve(replace(free, must=(0,)), Solver())
    without = np.flatnonzero(np.arange(8) > 0)
    moved = milp.solve(replace(free, movable=(0,), reuse_yen=8000.0), Solver())
    new = milp.solve(matrix.subset(without), Solver())

    assert stays is not None
    assert moved is not None
    assert new is not None
    assert 0 in stays.chosen
    assert moved.cost_yen <= min(stays.cost_yen, new.cost_yen - 8000.0)
    assert moved.cost_yen == pytest.approx(moved.bound)


def test_spots_too_near_each_other_are_not_used_together(small_matrix) -> None:
    """All spots within the least spacing: nothing meets the demand, and the largest part is one access point's."""
    matrix = small_matrix(np.random.default_rng(0), too_near=~np.eye(8, dtype=bool))
    part, _ = milp.largest_part(matrix, Solver())

    assert milp.solve(matrix, Solver()) is None
    assert part is not None
    assert 1 == len(part.chosen)


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"max_cost_yen": 14_000.0}, "budget"),
        ({"max_access_points": 1}, "access_points"),
        ({"max_clients": 5}, "clients"),
        ({"spectrum": (1,), "max_busy_share": 0.1}, "airtime"),
        ({"covers": np.zeros((8, 14), dtype=bool)}, "reach"),
    ],
)
@pytest.mark.parametrize("large", [False, True])
def test_the_limit_that_stops_the_rest_is_named(
    changes: dict[str, object], limit: str, large: bool, small_matrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one limit made too tight, part of the demand is served and that limit is named; on a large floor by few groups."""
    monkeypatch.setattr(milp, "_LARGE", 0 if large else 100_000)
    generous = {"spectrum": (8,), "max_clients": 200, "max_busy_share": 1.0}
    part, stopped_by = milp.largest_part(small_matrix(np.random.default_rng(3), **(generous | changes)), Solver())

    assert limit == stopped_by
    assert part is not None
    assert part.served_share > 0


def test_the_largest_part_of_a_large_floor_is_that_of_its_spots(small_matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few groups choose the spots, all of them say who is served: never more than the best there is, and nearly as many."""
    matrix = small_matrix(np.random.default_rng(3), spectrum=(8,), max_clients=200, max_access_points=2)
    whole, _ = milp.largest_part(matrix, Solver())
    monkeypatch.setattr(milp, "_LARGE", 0)
    part, _ = milp.largest_part(matrix, Solver())

    assert whole is not None
    assert part is not None
    assert part.chosen == tuple(sorted(set(part.chosen)))
    assert matrix.cost_of(part.chosen) == part.cost_yen
    best, found = (one.served_share + one.coverage_share for one in (whole, part))
    assert 0.9 * best <= found <= best * (1 + 3e-3)


def test_no_limit_is_named_by_programmes_that_were_cut_short(small_matrix) -> None:
    """The spots found so far, and no reason that nobody has found out."""
    asked: list[int] = []

    def later() -> bool:
        asked.append(1)
        return len(asked) > 3

    _, stopped_by = milp.largest_part(small_matrix(np.random.default_rng(3), max_access_points=1), Solver(cancelled=later))

    assert stopped_by is None


def test_a_cancelled_search_says_so(small_matrix) -> None:
    """Whoever cancels at once gets what there is, marked."""
    found = milp.solve(small_matrix(np.random.default_rng(1), spectrum=(8,)), Solver(cancelled=lambda: True))

    assert found is None or found.cancelled


def test_a_radio_holds_no_more_than_it_has_room_for(small_matrix) -> None:
    """With room for a third of all clients each, three are needed, and the bound says so before any search."""
    free = small_matrix(np.random.default_rng(3), max_clients=10_000, max_busy_share=1.0, spectrum=(8,))
    (load,) = free.loads
    room = (load.clients / load.clients.sum() * 2.9)[None]
    tight = replace(free, loads=(replace(load, room_share=room),))
    found, wider = milp.solve(tight, Solver()), milp.solve(replace(tight, most_room=3.0), Solver())

    assert found is not None
    assert wider is not None
    assert 3 == milp.least_access_points(tight)
    assert len(found.chosen) >= 3
    assert (room[0] * found.share[0][0]).sum(axis=1).max() <= 1 + 1e-6
    assert len(wider.chosen) < len(found.chosen)
    assert milp.least_access_points(free) < 3
