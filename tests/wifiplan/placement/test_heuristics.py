"""Sets found step by step: they cost no more, cover as required, and claim nothing."""

from __future__ import annotations

import numpy as np

from wifiplan.placement import heuristics, milp
from wifiplan.placement.milp import Solver


def test_spread_costs_no_more_and_covers_as_much(small_matrix) -> None:
    """Spread sets are never dearer, keep every zone covered, and their worst load over the limits is no larger."""
    for seed in range(6):
        matrix = small_matrix(np.random.default_rng(seed), spectrum=(8,), max_clients=60)
        found = milp.solve(matrix, Solver())
        assert found is not None
        even = heuristics.spread(matrix, found.chosen)
        covered = matrix.loads[0].covers[list(even)].any(axis=0)

        assert matrix.cost_of(even) <= found.cost_yen
        for zone in (0, 1):
            here = matrix.loads[0].zone == zone
            people = matrix.loads[0].people
            assert people[here & covered].sum() >= matrix.coverage_share * people[here].sum() - 1e-9


def test_greedy_covers_without_proof(small_matrix, feasible) -> None:
    """It covers as required, and is never cheaper than the proven least."""
    matrix = small_matrix(np.random.default_rng(5), spectrum=(8,), max_clients=100, max_busy_share=1.0)
    found, quick = milp.solve(matrix, Solver()), heuristics.greedy(matrix)

    assert found is not None
    assert feasible(matrix, quick)
    assert matrix.cost_of(quick) >= found.cost_yen
