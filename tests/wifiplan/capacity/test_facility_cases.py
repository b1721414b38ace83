"""The facility model beside packet simulations of whole buildings; `tests/benchmarks/facility_cases.py` has all figures."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "facility_cases.py"


@pytest.fixture(scope="module")
def cases() -> ModuleType:
    spec = importlib.util.spec_from_file_location("facility_cases", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "keeps"),
    [
        ("gym-shelter-day1-x2-d0-poisson-5.case", True),
        ("gym-spectators-x2-d0-poisson-5.case", False),
        ("bad-gym-day1-one-channel-x0.6-d0-poisson-5.case", True),
        ("bad-gym-day1-one-channel-x1-d0-poisson-5.case", False),
        ("community-centre-shelter-day1-x1.5-d0-poisson-5.case", True),
        ("community-centre-shelter-day1-x2-d0-poisson-5.case", False),
    ],
)
def test_a_building_keeps_the_rule_where_the_packet_simulation_does(
    cases: ModuleType, shared: Path, name: str, *, keeps: bool
) -> None:
    """Below and above the number of people at which cells stop to serve, with hidden nodes and without."""
    found = cases.answer(shared / "reference" / "capacity" / "facility" / "cases" / name)

    assert keeps == (found["cells_ok_share"] == 1)


def test_calls_take_the_air_that_they_take(cases: ModuleType, shared: Path) -> None:
    """On-air share within 15 % or 0.02 in a gym with calls, 1.2 to 1.4 times too high before."""
    folder = shared / "reference" / "capacity" / "facility"
    with (folder / "ns3.csv").open(encoding="utf-8") as file:
        truth = {row["case"]: float(row["on_air_share"]) for row in csv.DictReader(file) if row["aps"] == "2"}
    for name in ("gym-shelter-day1-x2-d0-poisson-5.case", "limit200-5-gym-shelter-day1-x1-d0-poisson-5.case"):
        found = cases.answer(folder / "cases" / name)["on_air_share"]

        assert abs(found - truth[name]) <= max(0.15 * truth[name], 0.02)


def test_an_overloaded_hall_carries_what_a_packet_simulation_has(cases: ModuleType, shared: Path) -> None:
    """Within 20 %, where access points win the air more often than their clients: spectators and an assembly past the edge."""
    folder = shared / "reference" / "capacity" / "facility"
    for name, carried_mbps in (("gym-spectators-x2-d0-poisson-5.case", 159.2), ("gym-assembly-x1.15-d0-poisson-5.case", 207.3)):
        found = cases.answer(folder / "cases" / name)["carried_mbps"]

        assert carried_mbps == pytest.approx(found, abs=0.2 * carried_mbps)
