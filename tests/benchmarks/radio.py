"""Accuracy and speed of the radio model against the figures it is held to.

    python tests/benchmarks/radio.py [accuracy] [speed] [growth] [floor] [crowd]

Without names: all of them, some 4 minutes. `accuracy` needs ../shared/reference/radio (the whole maps of ray tracing); where it
is not, it says so and the others run. Compiled code is loaded before anything is timed, but in the line of a new process.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wifiplan.radio.body_loss import Bodies
from wifiplan.radio.coverage import read_job
from wifiplan.radio.radiomap import gains_db, preview, radio_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wifiplan.radio.coverage import Job

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
REFERENCE = ROOT.parent / "shared" / "reference" / "radio"
THINNED = ROOT / "tests" / "wifiplan" / "radio"
F_MHZ = 5200.0

BARS = {  # scene, MHz, K: RMSE, |mean|, P95, dB; None: no bar
    ("gym", 5200, 2): (1.2, None, None),
    ("gym", 5200, 3): (1.0, 0.5, 2.0),
    ("gym", 2440, 3): (1.2, None, None),
    ("community", 5200, 2): (2.0, None, None),
    ("community", 5200, 3): (1.0, 0.5, 2.5),
    ("community", 2440, 3): (1.2, None, None),
}


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, HERE.with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _say(*cells: object) -> None:
    sys.stdout.write("| " + " | ".join(str(cell) for cell in cells) + " |\n")
    sys.stdout.flush()


def _head(title: str, *cells: str) -> None:
    sys.stdout.write(f"\n{title}\n\n")
    _say(*cells)
    _say(*["---"] * len(cells))


def truth_db(job: Job, path: Path) -> NDArray[np.float64]:
    """Path gain (ap, cell) of a reference map; no ray is -inf."""
    x0, y0, nx, ny = job.grid
    found = np.full((len(job.access_points), ny * nx), -np.inf)
    names = [ap.name for ap in job.access_points]
    with path.open() as file:
        for row in csv.DictReader(file):
            if row["path_gain_db"]:
                i, j = round((float(row["x"]) - x0) / job.grid_m - 0.5), round((float(row["y"]) - y0) / job.grid_m - 0.5)
                found[names.index(row["ap"]), j * nx + i] = float(row["path_gain_db"])
    return found


def accuracy() -> None:
    """Every cell above -90 dB path gain, `--samples 2`."""
    if not REFERENCE.is_dir():
        sys.stdout.write(
            f"\nAccuracy: the reference maps are not there ({REFERENCE}); tests/wifiplan/radio/test_radiomap.py has some\n"
        )
        return
    title = "Against ray tracing, cells above -90 dB, dB (bar)"
    _head(title, "scene", "MHz", "K", "cells", "RMSE", "mean", "P95", "greatest", "best AP", "best AP where > 3 dB")
    for scene in ("gym", "community"):
        for f_mhz, file in ((5200, "ref_5.2_avg.csv"), (2440, "ref_2.44.csv")):
            job = read_job(REFERENCE / scene / "scene.json", band="5", frequency_mhz=float(f_mhz))
            truth = truth_db(job, REFERENCE / scene / file)
            first, second = np.sort(truth, axis=0)[[-1, -2]]
            for reflections in (1, 2, 3):
                gain = job.gain_db(reflections=reflections, samples=2)
                heard = truth > -90
                error = gain[heard] - truth[heard]
                same = gain.argmax(axis=0) == truth.argmax(axis=0)
                values = float(np.sqrt(np.mean(error**2))), float(error.mean()), float(np.percentile(abs(error), 95))
                cells = []
                for value, bar in zip(values, BARS.get((scene, f_mhz, reflections), (None,) * 3), strict=True):
                    missed = bar is not None and abs(value) > bar
                    cells.append(f"{value:.2f}" + ("" if bar is None else f" ({bar:g}{', MISSED' if missed else ''})"))
                best = [same[first > -90].mean(), same[(first > -90) & (first > second + 3)].mean()]
                bars = (0.97, 0.99) if reflections == 3 else (0.0, 0.0)
                told = [
                    f"{v:.1%}" + (f" ({b:.0%}{', MISSED' if v < b else ''})" if b else "")
                    for v, b in zip(best, bars, strict=True)
                ]
                _say(scene, f_mhz, reflections, heard.sum(), *cells, f"{abs(error).max():.1f}", *told)


def _timed(work: Callable[[], object], runs: int = 7) -> tuple[float, float, float]:
    """Least and median wall seconds, least CPU seconds; the first run is not counted."""
    walls, cpus = [], []
    for _ in range(runs + 1):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall_s)
        cpus.append(time.process_time() - cpu_s)
    return min(walls[1:]), float(np.median(walls[1:])), min(cpus[1:])


def speed() -> None:
    """Gym, 4 access points on 3,456 cells."""
    job = read_job(THINNED / "gym.json", band="5", frequency_mhz=F_MHZ)
    plan, aps = job.floor_plan, job.access_points
    _head("Gym, 4 access points x 3,456 cells, 2 x 2 samples, warm", "map", "bar", "wall, least", "wall, median", "CPU, least")
    for label, bar, work in (
        ("preview: K = 1, 1 m cells", "50 ms", lambda: preview(plan, aps, frequency_mhz=F_MHZ, grid_m=0.5)),
        ("K = 1", "", lambda: job.gain_db(reflections=1, samples=2)),
        ("K = 2", "0.25 s", lambda: job.gain_db(reflections=2, samples=2)),
        ("K = 3", "1.0 s", lambda: job.gain_db(reflections=3, samples=2)),
    ):
        least, median, cpu = _timed(work)
        _say(label, bar, f"{least * 1000:.0f} ms", f"{median * 1000:.0f} ms", f"{cpu * 1000:.0f} ms")
    command = [sys.executable, "-m", "wifiplan.cli", "coverage", str(THINNED / "gym.json"), "--json", "--out", "/dev/null"]
    code = f"import sys; sys.argv = {command[2:]!r}; from wifiplan.cli import main; main()"
    wall_s = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    wall_s = time.perf_counter() - wall_s
    told = json.loads(done.stdout)
    _say(
        "first map (K = 2) in a new process, code cached",
        "5 s",
        f"{wall_s:.1f} s",
        "",
        f"of it the map {told['compute_s']:.2f} s",
    )


def growth() -> None:
    """Time against cells, access points, walls and K."""
    scenes = _load("radio_scenes")
    plan, aps = scenes.rooms_floor(8), scenes.rooms_access_points(4, 8)

    def line(label: str, plan: Any, aps: Any, **options: Any) -> None:
        least, _, cpu = _timed(lambda: radio_map(plan, aps, frequency_mhz=F_MHZ, **options), 3)
        cells = radio_map(plan, aps, frequency_mhz=F_MHZ, **{**options, "reflections": 0}).inside.size
        _say(label, len(plan.walls), len(aps), cells, options.get("reflections", 2), f"{least:.3f}", f"{cpu:.3f}")

    _head("Growth: a school floor of 16 rooms unless said, s", "what grows", "walls", "APs", "cells", "K", "wall", "CPU")
    for grid_m in (1.0, 0.5, 0.25):
        line("cells", plan, aps, grid_m=grid_m)
    for count in (1, 2, 4, 8):
        line("access points", plan, scenes.rooms_access_points(count, 8))
    for bays in (4, 8, 16):
        line("walls (4 APs in the middle 16 rooms; cells of those)", scenes.rooms_floor(bays), aps, grid=(0.0, 0.0, 64, 34))
    for reflections in (0, 1, 2, 3):
        line("K", plan, aps, reflections=reflections)


def floor() -> None:
    """60 rooms, 20 access points, 0.5 m, K = 2."""
    scenes = _load("radio_scenes")
    plan, aps = scenes.rooms_floor(30), scenes.rooms_access_points(20, 30)
    radio_map(plan, aps[:1], frequency_mhz=F_MHZ, grid_m=4.0)
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    found = radio_map(plan, aps, frequency_mhz=F_MHZ)
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    _head(
        "A school floor of 60 rooms, 20 access points, 0.5 m, K = 2 (bar: 20 s, 2 GB)",
        "cells",
        "wall, s",
        "CPU, s",
        "peak of the process, GB",
    )
    _say(found.inside.size, f"{wall_s:.1f}", f"{cpu_s:.1f}", f"{peak_gb:.2f}")


def crowd() -> None:
    """What people take in the sample gym, by mount, distance and density: modelled, not measured."""
    import floorplans
    from wifiplan.model import AccessPoint, Radio

    plan = floorplans.sample("gym")
    aps = [
        AccessPoint(name=name, x_m=2.0, y_m=12.0, height_m=height, antenna="isotropic", radios=(Radio(band="5", channel=36),))
        for name, height in (("wall, 3 m", 3.0), ("roof, 9 m", 9.0))
    ]
    distances = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0)
    _head(
        "Loss by standing people in the sample gym, K = 2, 5.2 GHz, dB: modelled, not measured",
        "people/m2", "access point", *(f"{d:g} m" for d in distances),
    )  # fmt: skip
    points = [(2.0 + d, 12.0, 1.2) for d in distances]
    free = gains_db(plan, aps, points, frequency_mhz=F_MHZ)
    for density in (0.0, 0.5, 1.0, 2.0, 4.0):
        loss = free - gains_db(plan, aps, points, frequency_mhz=F_MHZ, bodies=Bodies.of(density))
        for ap, row in zip(aps, loss, strict=True):
            _say(density, ap.name, *(f"{value:.1f}" for value in row))


PARTS: dict[str, Callable[[], None]] = {part.__name__: part for part in (accuracy, speed, growth, floor, crowd)}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
