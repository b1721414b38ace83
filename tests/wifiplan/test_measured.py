"""The radio model against measured rooms that are not in this repository: `tests/benchmarks/measured.py` as a test."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def measured() -> ModuleType:
    path = Path(__file__).parent.parent / "benchmarks" / "measured.py"
    spec = importlib.util.spec_from_file_location("benchmark_measured", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def rooms(measured: ModuleType, shared: Path) -> Path:
    """Where the measured rooms are; skips without them."""
    if not measured.folder(shared).is_dir():
        pytest.skip(f"the measured rooms are not there: {measured.folder(shared)}")
    return shared


def test_lecture_theatre(measured: ModuleType, rooms: Path) -> None:
    """At most 3.9 dB a place and 2.4 dB after a 1 m mean, with one offset; and no worse than free space."""
    theatre = measured.ROOMS[0]
    places_m, residual_db = measured.residuals_db(rooms, theatre, reflections=2)
    _, free_db = measured.residuals_db(rooms, theatre, reflections=None)

    assert (5, 120) == residual_db.shape
    assert measured.rms_db(residual_db) <= 3.9
    assert measured.rms_db(measured.smooth_db(places_m, residual_db)) <= 2.4
    assert measured.rms_db(residual_db) <= measured.rms_db(free_db)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_calibration_refuses_walls_that_were_not_published(
    measured: ModuleType, rooms: Path, tmp_path: Path, number: int
) -> None:
    """No wall is drawn between access points and places, so every material is refused by name, and one line says it."""
    found = measured.calibrated(rooms, measured.ROOMS[number], tmp_path)

    assert ["offset"] == [one.name for one in found.parameters]
    assert {"concrete", "crowd"} == {one.name for one in found.refused}
    assert any("no wall loss can be identified" in warning for warning in found.warnings)
    assert abs(found.error.after.mean_error_db) < 0.5
