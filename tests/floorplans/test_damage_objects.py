"""Damaged GeoJSON, IMDF, .esx, OpenIntent, IndoorGML: a plan or one line; thousands with `tests/benchmarks/damaged_plans.py`."""

from __future__ import annotations

import json
import random
import warnings
from pathlib import Path

import pytest

import floorplans
from floorplans import FloorPlanError
from tests.floorplans.damage_objects import mutators, sound

REPORTED = [
    json.loads(path.read_text(encoding="utf-8")) for path in sorted((Path(__file__).parent / "reported").glob("*/*.geojson"))
]
DAMAGE = mutators(sound(REPORTED))


@pytest.mark.parametrize("suffix", [suffix for suffix in DAMAGE if suffix != ".ifc"])
def test_damaged_files_are_plans_or_one_line(tmp_path: Path, suffix: str) -> None:
    """Sixty of each kind; those of IFC are in test_ifc, each in a process of its own."""
    rng = random.Random(suffix)
    path = tmp_path / f"館{suffix}"
    said: list[str] = []
    for _ in range(60):
        path.write_bytes(DAMAGE[suffix](rng))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                said.append(floorplans.read(path).source.reader)
        except FloorPlanError as error:
            said.append(str(error))

    assert [] == [one for one in said if "\n" in one]
    assert len(set(said)) > 3
