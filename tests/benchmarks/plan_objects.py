"""Formats that know their objects: `python tests/benchmarks/plan_objects.py [--plans DIR]`. Damaged ones: `damaged_plans.py`.

Prints seconds of computing and memory for the IFC and IMDF buildings of the folder beside the repository, where it is.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


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


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=Path, default=ROOT.parent / "shared" / "data" / "plans")
    options = parser.parse_args()
    real(options.plans)


if __name__ == "__main__":
    main()
