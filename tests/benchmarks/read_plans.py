"""How long reading a drawing takes: `python tests/benchmarks/read_plans.py [SHARED]`. The first of five readings is cold."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import floorplans

ROOT = Path(__file__).resolve().parents[2]


def seconds(path: Path, **options: Any) -> list[float]:
    """Of five readings of one file."""
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        floorplans.read(path, **options)
        taken.append(round(time.perf_counter() - start, 3))
    return taken


def main() -> None:
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared"
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "plan.json"
        floorplans.save(floorplans.sample("community-centre"), own)
        cases: list[tuple[Path, dict[str, Any]]] = [
            (own, {}),
            (shared / "data/kashiwa/kashiwa_school_buildings_plateau.geojson", {"feature": "shelter=柏市立西原小学校"}),
            (shared / "data/plans/imdf_university/unit.geojson", {}),
            (shared / "data/plans/木造平面例.dxf", {"metres_per_unit": 0.1}),
        ]
        for path, options in cases:
            print(path.name, seconds(path, **options) if path.exists() else "not there")


if __name__ == "__main__":
    main()
