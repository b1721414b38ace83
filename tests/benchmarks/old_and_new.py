"""CPU of old and new code on the same commands, run in turn: what a change of the house costs or saves.

    python tests/benchmarks/old_and_new.py [OLD [NEW]] [--only CASE …] [--pairs 15] [--json]

OLD and NEW are folders with a checkout, or revisions; without them the last commit and the files as they are. Each command runs
once in both to warm what is compiled, then in pairs, and which comes first changes from pair to pair. Counted are user and
system seconds of the whole process and its children (`os.wait4`). A pair's ratio is new by old; told are the median of the
ratios and the interval that holds the true median with 95 % by order statistics. The bar is a median of 1.05 at most.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import golden  # noqa: E402

BAR = 1.05
PACKAGES = ("floorplans", "wifiplan", "collectors", "dashboards")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Command that is timed, with the inputs that it needs beside it and what the environment must hold."""

    arguments: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def cases(folder: Path, port: int) -> dict[str, Case]:
    """Write inputs that are made here into `folder`; give every case by name. `port` is that of the recorded devices."""
    cells = json.loads((golden.INPUTS / "cells.json").read_text(encoding="utf-8"))
    (folder / "many-cells.json").write_text(json.dumps(cells * 40), encoding="utf-8")
    names = golden.recorded()
    rows = [
        f'[[target]]\nname = "{name}"\nsite = "{name}"\nhost = "127.0.0.1"\nport = {port}\ncommunity_env = "GOLDEN_{number}"\n'
        for number, name in enumerate(names)
    ]
    (folder / "targets.toml").write_text('[store]\nurl = "sqlite:store.sqlite"\n\n' + "\n".join(rows), encoding="utf-8")
    communities = {f"GOLDEN_{number}": name for number, name in enumerate(names)}
    gym = ("gym.design.json",)
    return {
        "coverage": Case(arguments=("coverage", *gym, "--grid-m", "0.5", "--out", "map.csv"), inputs=gym),
        "airtime": Case(arguments=("airtime", "many-cells.json", "--json")),
        "capacity": Case(arguments=("capacity", *gym, "--draws", "100", "--json"), inputs=gym),
        "place": Case(arguments=("place", "small.json", "--scenario", "shelter-day1", "--seed", "1", "--out", "placed.json")),
        "report": Case(arguments=("report", *gym, "--out", "report.html", "--date", golden.DAY), inputs=gym),
        "poll": Case(arguments=("poll", f"127.0.0.1:{port}", "--community", "cisco-wlc", "--json")),
        "collect": Case(arguments=("collect", "targets.toml", "--once", "--json"), environment=communities),
    }


NAMES = ("coverage", "airtime", "capacity", "place", "report", "poll", "collect")


def cpu_s(tree: Path, case: Case, folder: Path) -> float:
    """User and system seconds of one run of a command, its children included."""
    environment = {**os.environ, **case.environment, "PYTHONPATH": str(tree), "TERM": "dumb"}
    process = subprocess.Popen(
        [sys.executable, "-c", "from wifiplan.cli import main; main()", *case.arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    complaint = process.stderr.read()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"old_and_new: {tree}: wifiplan {' '.join(case.arguments)}: {complaint.decode().strip()[-500:]}")
    return usage.ru_utime + usage.ru_stime


def median(values: list[float]) -> float:
    """Middle one, or the mean of the middle two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def interval(values: list[float], confidence: float = 0.95) -> tuple[float, float]:
    """Two of the values between which the true median is with `confidence` at least: order statistics, no shape assumed.

    The median is below the k-th smallest of n with the chance that fewer than k of n coins fall one way. With fewer values than
    that needs (six for 95 %), the smallest and the largest.
    """
    ordered, count = sorted(values), len(values)
    below, rank = 0.0, 0
    while 2 * (below + math.comb(count, rank) * 0.5**count) <= 1 - confidence:
        below += math.comb(count, rank) * 0.5**count
        rank += 1
    rank = max(rank, 1)
    return ordered[rank - 1], ordered[count - rank]


def paired(old: Path, new: Path, case: Case, folder: Path, pairs: int) -> list[tuple[float, float]]:
    """CPU seconds of old and new, a pair a row, after one run of each that is not counted."""
    for tree in (old, new):
        cpu_s(tree, case, folder)
    rows = []
    for number in range(pairs):
        first, second = (old, new) if number % 2 == 0 else (new, old)
        found = {tree: cpu_s(tree, case, folder) for tree in (first, second)}
        rows.append((found[old], found[new]))
    return rows


@contextlib.contextmanager
def tree_of(name: str) -> Iterator[Path]:
    """Folder of a checkout, or one that a revision is unpacked into."""
    if (Path(name) / "wifiplan").is_dir():
        yield Path(name).resolve()
        return
    done = subprocess.run(["git", "archive", name, *PACKAGES], cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"old_and_new: {name}: neither a checkout nor a revision; give one of them")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


def main(report: Callable[[str], None] = print) -> int:
    """One row a case; 1 if a median is above the bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", nargs="?", default="HEAD")
    parser.add_argument("new", nargs="?", default=str(ROOT))
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="CASE", help=", ".join(NAMES))
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    told = []
    with (
        tempfile.TemporaryDirectory() as place,
        tree_of(asked.old) as old,
        tree_of(asked.new) as new,
        golden.agents(Path(place)) as port,
    ):
        folder = Path(place)
        every = cases(folder, port)
        small = ("gym", "--length-m", "16", "--width-m", "12", "--height-m", "6", "--out", "small.json")
        cpu_s(old, Case(arguments=small), folder)
        if not asked.json:
            report(f"{'case':<10}{'old s':>8}{'new s':>8}{'ratio':>8}   95 % interval   pairs")
        for name in asked.only:
            for file in every[name].inputs:
                shutil.copy(golden.INPUTS / file, folder)
            rows = paired(old, new, every[name], folder, asked.pairs)
            ratios = [new_s / old_s for old_s, new_s in rows]
            low, high = interval(ratios)
            one = {
                "case": name,
                "old_s": median([row[0] for row in rows]),
                "new_s": median([row[1] for row in rows]),
                "ratio": median(ratios),
                "interval": [low, high],
                "pairs": len(rows),
            }
            told.append(one)
            if not asked.json:
                words = "" if one["ratio"] <= BAR else f"   above {BAR}"
                report(
                    f"{name:<10}{one['old_s']:>8.2f}{one['new_s']:>8.2f}{one['ratio']:>8.3f}"
                    f"   {low:.3f} to {high:.3f}{len(rows):>8}{words}"
                )
    if asked.json:
        report(json.dumps(told))
    return 1 if any(one["ratio"] > BAR for one in told) else 0


if __name__ == "__main__":
    raise SystemExit(main())
