"""Formats that know their objects, real and damaged: `python tests/benchmarks/plan_objects.py [--damage N] [--seed S]`.

Prints seconds of computing and memory for the IFC and IMDF buildings of the folder beside the repository, where it is; with
`--damage`, what N damaged files of each kind gave, the slowest of them, and every error that is not one line.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import floorplans  # noqa: E402
from floorplans import FloorPlanError  # noqa: E402
from tests.floorplans.damage_objects import mutators, sound  # noqa: E402

REAL = ("AC20-FZK-Haus.ifc", "Ifc2x3_Duplex_Architecture.ifc", "imdf_university")


def real(plans: Path) -> None:
    """Seconds and megabytes of `wifiplan floorplan`, each in a process of its own, the median of three."""
    for name in REAL:
        if not (plans / name).exists():
            print(f"{name}: not there")
            continue
        seconds = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            program = f"from floorplans.cli import app; app(['floorplan', {str(plans / name)!r}, '--json'])"
            done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        answer = json.loads(done.stdout)
        print(
            f"{name}: {sorted(seconds)[1]:.2f} s of computing, {after.ru_maxrss / 1024:.0f} MB at most so far; "
            f"{answer['levels']} levels, {answer['walls']} walls, {answer['doors']} doors, {answer['windows']} windows, "
            f"{answer['spaces']} spaces, {answer['area_m2']:.1f} m2"
        )


def damaged(count: int, seed: int) -> None:
    """Count what damaged files of each kind give."""
    reported = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "tests/floorplans/reported").glob("*/*.geojson"))
    ]
    for suffix, damage in mutators(sound(reported)).items():
        rng = random.Random(seed)
        met: Counter[str] = Counter()
        slowest_s = 0.0
        here = max(1, count // 100) if suffix == ".ifc" else count
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"plan{suffix}"
            for _ in range(here):
                path.write_bytes(damage(rng))
                start = time.perf_counter()
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        floorplans.read(path)
                    met["a plan"] += 1
                except FloorPlanError as error:
                    met["several lines" if "\n" in str(error) else "one line"] += 1
                except Exception as error:  # noqa: BLE001  what it is, is what is counted
                    met[f"{type(error).__name__}: {str(error)[:80]}"] += 1
                slowest_s = max(slowest_s, time.perf_counter() - start)
        print(f"{suffix}: {here:,} damaged files: {dict(met)}, slowest {slowest_s:.2f} s")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--damage", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plans", type=Path, default=ROOT.parent / "shared" / "data" / "plans")
    options = parser.parse_args()
    if options.damage:
        damaged(options.damage, options.seed)
    else:
        real(options.plans)


if __name__ == "__main__":
    main()
