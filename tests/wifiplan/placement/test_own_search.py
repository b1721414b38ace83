"""A search off the grid does not beat the stated bound: three of the seeded rooms of tests/benchmarks/placement_search.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "placement_search.py"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_nothing_cheaper_than_the_bound_passes_the_check(seed: int) -> None:
    """Removals and random moves, every design by the full check."""
    spec = importlib.util.spec_from_file_location("placement_search", FILE)
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = bench
    spec.loader.exec_module(bench)
    design, least = bench.compare(seed, 10)

    assert not design.placement.failures
    assert design.placement.bound.cost_yen <= design.placement.cost_yen
    assert least is None or least >= design.placement.bound.cost_yen - 0.5
