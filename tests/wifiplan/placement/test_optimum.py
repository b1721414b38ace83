"""Proven least against brute force by the full check, on a few of the buildings of tests/benchmarks/placement_optimum.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from wifiplan.radio.gains import GainMemory

_SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "placement_optimum.py"


@pytest.fixture(scope="module")
def optimum() -> ModuleType:
    spec = importlib.util.spec_from_file_location("placement_optimum", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["placement_optimum"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("bound", "seed"), [("airtime", 0), ("sinr", 4)])
def test_no_set_that_the_full_check_accepts_is_cheaper(optimum: ModuleType, bound: str, seed: int) -> None:
    """Same cost, same number, and the bound says so; lifting the limit that binds would make it cheaper."""
    one = optimum.instance(seed, bound)
    gains = GainMemory()
    best = optimum.brute_force(one, gains)
    cost_yen, count, bound_yen, met = optimum.placed(one)

    assert best is not None
    assert met
    assert (best[0], best[1]) == (cost_yen, count)
    assert best[0] == pytest.approx(bound_yen)
    assert {bound} == optimum.bound_by(one, gains, best)
