"""Calibration where it has not been: `python tests/benchmarks/radio_truth.py [SHARED]`.

A measured university floor, split into halves and into the colours of a 10 m checkerboard: each part is the survey, the other is
what is asked. Beside the error: the promise of 90 %, the strongest access point, the share of places that is promised, and
whether intervals hold what the other part says. Then three measured rooms, the deviation by what lies between, and times.
The data are other people's and not in this repository (docs/benchmarks/radio_truth.md).
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import floorplans
from wifiplan.model import AccessPoint, Radio
from wifiplan.radio import calibrate, coverage, fading, links, radiomap, situations, survey
from wifiplan.radio.models import SightByPlan

RECEIVER_M, BOARD_M, LEAST_DBM = 1.2, 10.0, -67.0


@dataclass(frozen=True)
class Floor:
    """Job, survey and the traced gains of every measured place of a building in one band."""

    job: coverage.Job
    survey: survey.Survey
    places_m: np.ndarray
    gain_db: np.ndarray

    def gains(self, _plan: object, _aps: object, points_m: np.ndarray, **_: object) -> tuple[np.ndarray, np.ndarray]:
        """Called as `radiomap.gains_and_crowd_loss_db`."""
        order = {tuple(place): index for index, place in enumerate(self.places_m.round(4).tolist())}
        found = self.gain_db[:, [order[tuple(place)] for place in points_m.round(4).tolist()]]
        return found, np.zeros(found.shape)

    def only(self, chosen: np.ndarray) -> survey.Survey:
        one = self.survey
        return replace(
            one,
            points_m=one.points_m[chosen],
            access_point=one.access_point[chosen],
            height_m=one.height_m[chosen],
            rssi_dbm=one.rssi_dbm[chosen],
            people_per_m2=one.people_per_m2[chosen],
        )


def floor(folder: Path, band: str) -> Floor:
    """Of a folder with design.json and links.csv."""
    job = coverage.read_job(folder / "design.json", band=band, height_m=RECEIVER_M)
    read = survey.read(folder / "links.csv", job.floor_plan, job.access_points, band=band, height_m=RECEIVER_M)
    places_m = np.unique(read.points_m, axis=0)
    gain_db = radiomap.gains_db(job.floor_plan, job.access_points, places_m, frequency_mhz=job.frequencies_mhz)
    return Floor(job, read, places_m, gain_db)


def splits(one: Floor) -> dict[str, np.ndarray]:
    """Name -> readings that are the survey."""
    x_m, xy = one.survey.points_m[:, 0], one.survey.points_m[:, :2]
    west = x_m < np.median(one.places_m[:, 0])
    black = np.floor(xy / BOARD_M).astype(int).sum(axis=1) % 2 == 0
    return {"west > east": west, "east > west": ~west, "board a": black, "board b": ~black}


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def judged(one: Floor, known: np.ndarray) -> dict[str, Any]:
    """What a survey of the known readings says of the others."""
    found = calibrate.calibrate(one.job, one.only(known), gains=one.gains)
    asked = one.only(~known)
    places_m, place = np.unique(asked.points_m, axis=0, return_inverse=True)
    there = replace(one.job, points_m=places_m)
    gain_db, crowd_db = one.gains(None, None, places_m)
    rssi_dbm, deviation_db = calibrate.received_dbm(found, there, gain_db, crowd_db, reflections=2)
    plain = replace(found, residuals=None)
    bare_dbm, _ = calibrate.received_dbm(plain, there, gain_db, crowd_db, reflections=2)
    place = place.ravel()
    pick = asked.access_point, place
    error_db = asked.rssi_dbm - rssi_dbm[pick]
    kept = error_db >= -found.margin(0.9) * deviation_db[pick]
    counts = np.bincount(asked.access_point)
    worst = min(kept[asked.access_point == ap].mean() for ap in np.flatnonzero(counts >= 20))
    strongest = np.full(len(places_m), -np.inf)
    np.maximum.at(strongest, place, asked.rssi_dbm)
    covered = fading.strongest_probability(rssi_dbm, deviation_db, LEAST_DBM) >= 0.9
    taught, _, _ = links.of_survey(one.job, one.only(known), one.gains, "standing")
    every, _, _ = links.of_survey(one.job, asked, one.gains, "standing")
    model = SightByPlan()
    return {
        "rmse": rms(error_db),
        "without": rms(asked.rssi_dbm - bare_dbm[pick]),
        "p1238": rms(every.rssi_dbm - model.rssi_dbm(every, model.fit(taught))),
        "kept": float(kept.mean()),
        "worst": float(worst),
        "bias": float(np.mean(strongest - rssi_dbm.max(axis=0))),
        "expected": float(np.mean(strongest - fading.strongest_mean_dbm(rssi_dbm, deviation_db))),
        "promised": min(float(covered.mean()), fading.most_share(0.9, found.places)),
        "measured": float(np.mean(strongest >= LEAST_DBM)),
        "parameters": {item.name: (item.value, item.low, item.high) for item in found.parameters},
    }


def university(folder: Path) -> None:
    """The floor's table, and how often intervals hold the other part's value."""
    sys.stdout.write(
        "| band, survey > asked | map, dB | without residuals | P.1238, one offset | 90 % kept | worst AP | strongest | expected "
        "| >= -67 promised / measured |\n|---|---|---|---|---|---|---|---|---|\n"
    )
    held, rows = [], []
    for band in ("5", "2.4"):
        one = floor(folder, band)
        found = {name: judged(one, known) for name, known in splits(one).items()}
        for name, row in found.items():
            rows.append(row)
            covered = f"{row['promised']:.0%} / {row['measured']:.0%}"
            sys.stdout.write(
                f"| {band} GHz, {name} | {row['rmse']:.2f} | {row['without']:.2f} | {row['p1238']:.2f} | {row['kept']:.0%} | "
                f"{row['worst']:.0%} | {row['bias']:+.1f} | {row['expected']:+.1f} | {covered} |\n"
            )
            sys.stdout.flush()
        for first, second in (("west > east", "east > west"), ("board a", "board b")):
            for name, other in ((first, second), (second, first)):
                for what, (_, low, high) in found[name]["parameters"].items():
                    if what in found[other]["parameters"]:
                        held.append(low <= found[other]["parameters"][what][0] <= high)
    better = np.mean([row["p1238"] - row["rmse"] for row in rows])
    sys.stdout.write(
        f"\nmean {better:.2f} dB better than P.1238; 90 % kept {np.mean([row['kept'] for row in rows]):.1%} pooled\n"
    )
    sys.stdout.write(f"intervals that hold the other part's value: {sum(held)} of {len(held)}\n\n")


def between(folder: Path) -> None:
    """Deviation of the image method after one offset, by walls between."""
    sys.stdout.write("| band, between | links | root mean square, dB | mean |\n|---|---|---|---|\n")
    for band in ("5", "2.4"):
        one = floor(folder, band)
        every, _, _ = links.of_survey(one.job, one.survey, one.gains, "standing")
        left = every.residual_db - every.residual_db.mean()
        for walls in range(4):
            chosen = every.walls == walls if walls < 3 else every.walls >= 3
            name = situations.SITUATIONS[walls + 1].name
            sys.stdout.write(f"| {band} GHz, {name} | {chosen.sum()} | {rms(left[chosen]):.1f} | {left[chosen].mean():+.1f} |\n")


def rooms(shared: Path) -> None:
    """Three measured rooms: what the map is wrong by, held out and not."""
    measured = _module("measured")
    sys.stdout.write("\n| room | held-out halves | boards | access points | used | weights |\n|---|---|---|---|---|---|\n")
    with tempfile.TemporaryDirectory() as place:
        for room in measured.ROOMS:
            found = measured.calibrated(shared, room, Path(place))
            weights = ", ".join(f"{item.name} {item.weight:.0%}" for item in found.models if item.weight)
            chosen = found.chosen
            sys.stdout.write(
                f"| {room.title} | {chosen.halves_db} | {chosen.checkerboards_db} | {chosen.access_points_db} | "
                f"{found.error.fitted.standard_deviation_db} | {weights} |\n"
            )


def times() -> None:
    """A survey of 40,000 readings at 10,000 places of the community centre."""
    known = _module("calibrate")
    job, rng = known.job(), np.random.default_rng(0)
    points_m = np.column_stack([rng.uniform(0.5, 29.5, 10_000), rng.uniform(0.5, 19.5, 10_000), np.ones(10_000)])
    gain_db = radiomap.gains_db(job.floor_plan, job.access_points, points_m, frequency_mhz=job.frequencies_mhz)
    rssi_dbm = 13.0 + gain_db + rng.normal(0.0, 4.0, gain_db.shape)
    made_up = survey.Survey(
        points_m=np.tile(points_m, (4, 1)),
        access_point=np.repeat(np.arange(4), 10_000),
        height_m=np.ones(40_000),
        rssi_dbm=rssi_dbm.ravel(),
        people_per_m2=np.full(40_000, np.nan),
    )
    for _ in range(2):
        start_s, cpu_s = time.perf_counter(), time.process_time()
        calibrate.calibrate(job, made_up)
        sys.stdout.write(
            f"\n40,000 readings: {time.perf_counter() - start_s:.1f} s, {time.process_time() - cpu_s:.1f} s of processor\n"
        )


def gym_times() -> None:
    """`coverage --calibration --confidence` of the gym with kriged residuals, the second time in one process."""
    plan = floorplans.sample("gym")
    radio, rng = Radio(band="5", channel=36, tx_power_dbm=17.0), np.random.default_rng(0)
    places = ((7.0, 7.0), (19.0, 16.0), (31.0, 7.0), (35.0, 18.0))
    points = tuple(AccessPoint(name=f"AP-{x:.0f}", x_m=x, y_m=y, height_m=6.0, radios=(radio,)) for x, y in places)
    job = coverage.Job(
        floor_plan=plan, access_points=points, radios=(radio,) * 4, frequencies_mhz=(5180.0,) * 4, band="5", level=0,
        height_m=1.0, grid_m=0.5, grid=radiomap.grid_of(plan, 0.5),
    )  # fmt: skip
    points_m = np.column_stack([rng.uniform(0.5, 38.4, 400), rng.uniform(0.5, 22.7, 400), np.ones(400)])
    away_m = np.linalg.norm(points_m[:, None] - points_m[None], axis=-1)
    shadowing_db = np.linalg.cholesky(36.0 * np.exp(-away_m / 6.0) + 9.0 * np.eye(400)) @ rng.standard_normal((400, 4))
    gain_db = radiomap.gains_db(plan, points, points_m, frequency_mhz=job.frequencies_mhz)
    made_up = survey.Survey(
        points_m=np.tile(points_m, (4, 1)),
        access_point=np.repeat(np.arange(4), 400),
        height_m=np.ones(1600),
        rssi_dbm=(17.0 + gain_db + shadowing_db.T).ravel(),
        people_per_m2=np.full(1600, np.nan),
    )
    found = calibrate.calibrate(job, made_up)
    for name in ("first", "again"):
        start_s, cpu_s = time.perf_counter(), time.process_time()
        gain_db, crowd_db = job.gain_and_crowd_loss_db(reflections=2, samples=2)
        rssi_dbm, deviation_db = calibrate.received_dbm(found, job, gain_db, crowd_db, reflections=2)
        fading.covered(job, rssi_dbm - 17.0, -67.0, deviation_db=deviation_db, surveyed_places=found.places)
        coverage.coverage_csv(job, gain_db, rssi_dbm, (deviation_db, rssi_dbm - deviation_db))
        sys.stdout.write(
            f"coverage of the gym, {gain_db.shape[1]} cells, kriged {found.residuals is not None}, {name}: "
            f"{time.perf_counter() - start_s:.2f} s, {time.process_time() - cpu_s:.2f} s of processor\n"
        )


def _module(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Every table."""
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[3] / "shared"
    folder = shared / "reference" / "measured" / "syl" / "survey"
    if folder.is_dir():
        university(folder)
        between(folder)
        rooms(shared)
    else:
        sys.stdout.write(f"skipped: the measured buildings are not there ({folder})\n")
    times()
    gym_times()


if __name__ == "__main__":
    main()
