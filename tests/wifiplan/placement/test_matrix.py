"""The arrays of the programme: groups, merged points, costs, cliques."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wifiplan.placement.matrix import cliques


def test_cliques_hold_every_pair_and_only_adjacent_nodes() -> None:
    """On a random graph: each set is complete, each edge is in one of them, and each node where only nodes are asked for."""
    rng = np.random.default_rng(7)
    graph = np.triu(rng.random((20, 20)) < 0.4, 1)
    graph |= graph.T
    pairs = cliques(graph, every_pair=True)

    for group in pairs:
        assert graph[np.ix_(group, group)].sum() == len(group) * (len(group) - 1)
    assert all(any({a, b} <= set(group) for group in pairs) for a, b in np.argwhere(graph))
    assert set(range(20)) == {node for group in cliques(graph, every_pair=False) for node in group}


def test_a_group_needs_what_its_best_placed_clients_would_need(small_matrix) -> None:
    """Two points of 2 and 6 clients at 0.01 and 0.02 a client: the group of 8 is reckoned at 0.01 each, never more."""
    load = small_matrix(np.random.default_rng(0)).loads[0]
    two = replace(
        load,
        people=np.array([2.0, 6.0]),
        clients=np.array([2.0, 6.0]),
        zone=np.array([0, 0]),
        covers=np.ones((1, 2), dtype=bool),
        airtime_share=np.array([[[0.02, 0.12]]]),
        signal_dbm=np.full((1, 2), -60.0),
        group=np.array([0, 0]),
    )
    people, clients, airtime_share = two.grouped()

    assert (8.0, 8.0) == (people[0], clients[0])
    assert 0.08 == pytest.approx(airtime_share[0, 0, 0])


def test_points_that_the_same_spots_cover_are_one(small_matrix) -> None:
    """Nobody is lost when they are merged, and no two merged points are alike."""
    load = small_matrix(np.random.default_rng(1)).loads[0]
    people, zone, covers = load.merged_covers()
    alike = {(int(zone[point]), covers[:, point].tobytes()) for point in range(len(people))}

    assert load.people.sum() == pytest.approx(people.sum())
    assert len(people) == len(alike) < len(load.people)


def test_a_set_costs_its_switches_less_what_is_reused(small_matrix) -> None:
    """Three new ones on switches of two: 3 + 2 switches; one that hung elsewhere saves its hardware."""
    made = small_matrix(np.random.default_rng(0))
    plain = replace(made, cost_yen=np.full(8, 10_000.0), step_yen=5_000.0, step_ports=2)

    assert 40_000.0 == plain.cost_of([1, 2, 3])
    assert 36_000.0 == replace(plain, movable=(0,), reuse_yen=4_000.0).cost_of([1, 2, 3])
    assert 40_000.0 == replace(plain, movable=(0,), reuse_yen=4_000.0).subset([1, 2, 3]).cost_of([0, 1, 2])
