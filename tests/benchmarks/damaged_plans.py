"""Damaged files of every kind of plan: `python tests/benchmarks/damaged_plans.py [KIND …] [--count N] [--seed S]`.

Drawn kinds are one gym, the others small buildings, damaged by the grammar of their format. Each gives a plan or one line;
printed is how many gave which, the slowest in seconds of computing, the peak of memory, and what else came, whose file is kept.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import floorplans  # noqa: E402
from floorplans import FloorPlanError  # noqa: E402
from tests.floorplans.damage import damaged  # noqa: E402
from tests.floorplans.damage_objects import mutators, sound  # noqa: E402
from tests.floorplans.drawn import WRITERS  # noqa: E402

KINDS = (*WRITERS, "geojson", "zip", "esx", "json", "gml", "ifc")


def damage_of(kind: str, folder: Path) -> Callable[[random.Random], bytes]:
    """What makes a damaged file of a kind."""
    if kind in WRITERS:
        size = {"length_m": 12.0, "width_m": 9.0, "height_m": 5.0} if kind == "png" else {}
        path, _ = WRITERS[kind](floorplans.gym(name="館", **size), folder / "sound")
        data = path.read_bytes()
        return lambda chance: damaged(kind, data, chance)
    reported = sorted((ROOT / "tests/floorplans/reported").glob("*/*.geojson"))
    return mutators(sound([json.loads(path.read_text(encoding="utf-8")) for path in reported]))[f".{kind}"]


def run(kind: str, count: int, seed: int) -> bool:
    """Read so many damaged files of a kind and print what came; whether all gave a plan or one line."""
    met: Counter[str] = Counter()
    slowest_s = clock_s = 0.0
    chance = random.Random(f"{kind} {seed}")
    with tempfile.TemporaryDirectory() as name:
        damage = damage_of(kind, Path(name))
        path = Path(name) / f"plan.{kind}"
        for number in range(count):
            path.write_bytes(damage(chance))
            start, before = time.perf_counter(), _computed_s()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    floorplans.read(path, metres_per_unit=1 / 60 if kind == "png" else None)
                met["plans"] += 1
            except FloorPlanError as error:
                met["SEVERAL LINES" if "\n" in str(error) else "one line"] += 1
            except Exception as error:  # noqa: BLE001  what it is, is what is counted
                met[f"FAULT {type(error).__name__}: {str(error)[:80]}"] += 1
                Path(tempfile.gettempdir(), f"fault-{seed}-{number}.{kind}").write_bytes(path.read_bytes())
            slowest_s, clock_s = max(slowest_s, _computed_s() - before), max(clock_s, time.perf_counter() - start)
    peak_mb = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(
        f"{kind}: {count:,} damaged files (seed {seed}): {dict(met)}; slowest {slowest_s:.1f} s of computing, {clock_s:.1f} s by "
        f"the clock; peak so far {peak_mb:.0f} MB",
        flush=True,
    )
    return not met.keys() - {"plans", "one line"}


def _computed_s() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> None:
    """Run what is asked for; exit 1 if anything but a plan or one line came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if unknown := sorted({*options.kinds} - {*KINDS}):
        parser.error(f"unknown: {', '.join(unknown)}; one of {', '.join(KINDS)}")
    sound_all = [run(kind, options.count, options.seed) for kind in options.kinds or KINDS]
    raise SystemExit(0 if all(sound_all) else 1)


if __name__ == "__main__":
    main()
