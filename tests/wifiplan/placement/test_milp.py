"""The programme on matrices: against brute force by another route, and rule by rule."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from wifiplan.placement import milp as programme
from wifiplan.placement.milp import Load, Matrix, Solver


def _matrix(rng: np.random.Generator, **changes: object) -> Matrix:
    """Eight spots and fourteen points on a line of two zones, tight enough that reach, clients and airtime all bind somewhere."""
    spots, points = 8, 14
    distance = np.abs(rng.uniform(0, 40, spots)[:, None] - rng.uniform(0, 40, points)[None])
    rssi = np.round(-50 - 1.0 * distance - rng.uniform(0, 6, distance.shape), 2)
    clients = rng.integers(2, 8, points).astype(float)
    load = Load(
        people=clients,
        clients=clients,
        zone=np.repeat([0, 1], points // 2),
        covers=rssi >= -70,
        airtime_share=np.where(rssi >= -80, np.round(clients * 0.01 * (1 + distance / 20), 6), np.inf)[None],
        signal_dbm=rssi,
    )
    made = Matrix(
        cost_yen=rng.integers(10, 14, spots) * 1000.0,
        loads=(load,),
        too_near=np.zeros((spots, spots), dtype=bool),
        hears=np.ones((spots, spots), dtype=bool),
        band=(0,),
        units=(1,),
        spectrum=(int(rng.integers(1, 4)),),
        coverage_share=0.9,
        max_busy_share=0.6,
        max_clients=int(rng.integers(22, 40)),
    )
    in_load = {name: value for name, value in changes.items() if name in {"covers", "airtime_share"}}
    rest = {name: value for name, value in changes.items() if name not in in_load}
    return replace(made, loads=(replace(load, **in_load),), **rest)


def _feasible(matrix: Matrix, chosen: tuple[int, ...]) -> bool:
    """By another route than the programme's rows: coverage counted, load by scipy's linprog."""
    load, at = matrix.loads[0], list(chosen)
    covered = load.covers[at].sum(axis=0) >= matrix.cover_times
    for zone in np.unique(load.zone):
        here = load.zone == zone
        if load.people[here & covered].sum() < matrix.coverage_share * load.people[here].sum() - 1e-9:
            return False
    if matrix.too_near[np.ix_(at, at)].any():
        return False
    count, points = len(at), len(load.people)
    airtime = load.airtime_share[0][at]
    reachable = np.isfinite(load.airtime_share[0]).any(axis=0)
    if not np.isfinite(airtime).any(axis=0)[reachable].all():
        return False
    busy = np.where(np.isfinite(airtime), airtime, 0.0)
    rows, limits = [], []
    for ap in range(count):
        for per_point, limit in ((load.clients, matrix.max_clients), (busy[ap], matrix.max_busy_share)):
            row = np.zeros((count, points))
            row[ap] = per_point
            rows.append(row.ravel())
            limits.append(limit)
    if count > matrix.spectrum[0]:
        rows.append(busy.ravel())
        limits.append(matrix.spectrum[0] * matrix.max_busy_share)
    whole = np.tile(np.eye(points), count)[reachable]
    upper = np.where(np.isfinite(airtime), 1.0, 0.0).ravel()
    answer = linprog(
        np.zeros(count * points), np.array(rows), limits, whole, np.ones(len(whole)), [(0, top) for top in upper], method="highs"
    )
    return bool(answer.success)


def _cheapest(matrix: Matrix) -> float | None:
    spots = range(len(matrix.cost_yen))
    subsets = itertools.chain.from_iterable(itertools.combinations(spots, size) for size in range(1, len(spots) + 1))
    by_cost = sorted(subsets, key=lambda subset: matrix.cost_yen[list(subset)].sum())
    return next((float(matrix.cost_yen[list(subset)].sum()) for subset in by_cost if _feasible(matrix, subset)), None)


def test_the_programme_finds_what_enumeration_finds() -> None:
    """Cost equals that of the best of all 255 sets, the bound proves it, and where no set works none is claimed."""
    answered = 0
    for seed in range(10):
        matrix = _matrix(np.random.default_rng(seed))
        best = _cheapest(matrix)
        found = programme.solve(matrix, Solver())
        if best is None:
            assert found is None
            continue
        answered += 1
        assert found is not None
        assert best == found.cost_yen
        assert best == pytest.approx(found.bound)
        assert _feasible(matrix, found.chosen)
        fewest = programme.solve(matrix, Solver(), goal="count")
        assert fewest is not None
        assert len(fewest.chosen) <= len(found.chosen)
    assert answered >= 5


def test_a_second_access_point_everywhere_is_found_by_enumeration_too() -> None:
    """The same with every point covered twice."""
    matrix = _matrix(np.random.default_rng(3), cover_times=2, spectrum=(8,), max_clients=100, max_busy_share=1.0)
    found = programme.solve(matrix, Solver())

    assert found is not None
    assert _cheapest(matrix) == found.cost_yen


def test_sets_already_tried_are_not_given_again() -> None:
    """Cutting off answer after answer gives costs that never fall, each set a new one."""
    matrix = _matrix(np.random.default_rng(1), spectrum=(8,))
    costs: list[float] = []
    for _ in range(4):
        found = programme.solve(matrix, Solver())
        assert found is not None
        assert found.chosen not in matrix.tried
        costs.append(found.cost_yen)
        matrix = replace(matrix, tried=(*matrix.tried, found.chosen))

    assert costs == sorted(costs)


def test_every_share_of_a_point_is_served_within_the_limits() -> None:
    """The assignment serves each point whole, no radio above its clients or its airtime."""
    matrix = _matrix(np.random.default_rng(1), spectrum=(8,))
    load = matrix.loads[0]
    found = programme.solve(matrix, Solver())
    assert found is not None
    busy = np.where(np.isfinite(load.airtime_share), load.airtime_share, 0.0)[0][list(found.chosen)]
    share = found.share[0][0]

    np.testing.assert_allclose(1.0, share.sum(axis=0), atol=1e-6)
    assert (share @ load.clients <= matrix.max_clients + 1e-6).all()
    assert ((share * busy).sum(axis=1) <= matrix.max_busy_share + 1e-6).all()


def test_wider_channels_are_used_where_one_radio_has_too_little_airtime() -> None:
    """40 MHz halves the airtime and takes twice the spectrum: one access point does what 20 MHz needs two for."""
    narrow = _matrix(np.random.default_rng(1), spectrum=(8,), max_clients=500, max_busy_share=0.5)
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
    first, second = programme.solve(one_width, Solver()), programme.solve(both, Solver())

    assert first is not None
    assert second is not None
    assert (2, 1) == (len(first.chosen), len(second.chosen))
    assert [[False, True]] == second.kinds.tolist()


def test_what_hangs_already_stays_is_reused_or_goes() -> None:
    """A kept spot is in the answer; a movable one, left, saves its hardware on a new one; free to go, it is just cheap."""
    matrix = _matrix(np.random.default_rng(4), spectrum=(8,))
    price = matrix.cost_yen.copy()
    price[0] = 0.0
    free = replace(matrix, cost_yen=price)
    stays = programme.solve(replace(free, must=(0,)), Solver())
    without = np.flatnonzero(np.arange(8) > 0)
    moved = programme.solve(replace(free, movable=(0,), reuse_yen=8000.0), Solver())
    new = programme.solve(matrix.subset(without), Solver())

    assert stays is not None
    assert moved is not None
    assert new is not None
    assert 0 in stays.chosen
    assert moved.cost_yen <= min(stays.cost_yen, new.cost_yen - 8000.0)
    assert moved.cost_yen == pytest.approx(moved.bound)


def test_spots_too_near_each_other_are_not_used_together() -> None:
    """All spots within the least spacing: nothing meets the demand, and the largest part is one access point's."""
    matrix = _matrix(np.random.default_rng(0), too_near=~np.eye(8, dtype=bool))
    part, _ = programme.largest_part(matrix, Solver())

    assert programme.solve(matrix, Solver()) is None
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
def test_the_limit_that_stops_the_rest_is_named(changes: dict[str, object], limit: str) -> None:
    """With one limit made too tight, part of the demand is served and that limit is named."""
    generous = {"spectrum": (8,), "max_clients": 200, "max_busy_share": 1.0}
    part, stopped_by = programme.largest_part(_matrix(np.random.default_rng(3), **(generous | changes)), Solver())

    assert limit == stopped_by
    assert part is not None
    assert part.served_share > 0


def test_a_cancelled_search_says_so() -> None:
    """Whoever cancels at once gets what there is, marked."""
    found = programme.solve(_matrix(np.random.default_rng(1), spectrum=(8,)), Solver(cancelled=lambda: True))

    assert found is None or found.cancelled


def test_spread_costs_no_more_and_covers_as_much() -> None:
    """Spread sets are never dearer, keep every zone covered, and their worst load over the limits is no larger."""
    for seed in range(6):
        matrix = _matrix(np.random.default_rng(seed), spectrum=(8,), max_clients=60)
        found = programme.solve(matrix, Solver())
        assert found is not None
        even = programme.spread(matrix, found.chosen)
        covered = matrix.loads[0].covers[list(even)].any(axis=0)

        assert matrix.cost_of(even) <= found.cost_yen
        for zone in (0, 1):
            here = matrix.loads[0].zone == zone
            people = matrix.loads[0].people
            assert people[here & covered].sum() >= matrix.coverage_share * people[here].sum() - 1e-9


def test_greedy_covers_without_proof() -> None:
    """It covers as required, and is never cheaper than the proven least."""
    matrix = _matrix(np.random.default_rng(5), spectrum=(8,), max_clients=100, max_busy_share=1.0)
    found, quick = programme.solve(matrix, Solver()), programme.greedy(matrix)

    assert found is not None
    assert _feasible(matrix, quick)
    assert matrix.cost_of(quick) >= found.cost_yen


def test_powers_move_the_border_between_two_cells() -> None:
    """Nine in ten clients hear the first one better, by 1 to 4 dB: turned down by about 2 dB, it keeps the six it may have."""
    gain_db = np.array(
        [[-60.0, -60, -60, -60, -60, -60, -60, -60, -60, -80], [-64, -63.6, -63.2, -62.8, -62.4, -62, -61.6, -61.2, -60.8, -60]]
    )
    clients = np.full(10, 10.0)
    down_db = programme.even_powers_db(gain_db, clients, 60.0, Solver(), span_db=10.0)
    loads = np.bincount(np.argmax(gain_db + down_db[:, None], axis=0), weights=clients)

    assert loads.max() <= 60.0
    assert -2.5 <= down_db[0] <= -1.5


def test_powers_stay_where_no_limit_binds() -> None:
    """Nobody is turned down for nothing."""
    gain_db = np.array([[-60.0, -70.0], [-70.0, -60.0]])
    np.testing.assert_array_equal(0.0, programme.even_powers_db(gain_db, np.array([5.0, 5.0]), 50.0, Solver(), span_db=10.0))


def test_cliques_hold_every_pair_and_only_adjacent_nodes() -> None:
    """On a random graph: each set is complete, each edge is in one of them, and each node where only nodes are asked for."""
    rng = np.random.default_rng(7)
    graph = np.triu(rng.random((20, 20)) < 0.4, 1)
    graph |= graph.T
    pairs = programme.cliques(graph, every_pair=True)

    for group in pairs:
        assert graph[np.ix_(group, group)].sum() == len(group) * (len(group) - 1)
    assert all(any({a, b} <= set(group) for group in pairs) for a, b in np.argwhere(graph))
    assert set(range(20)) == {node for group in programme.cliques(graph, every_pair=False) for node in group}
