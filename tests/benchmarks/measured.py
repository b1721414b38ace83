"""The radio model against three measured rooms: `python tests/benchmarks/measured.py [SHARED]`.

Signals of five, five and four access points in a lecture theatre, an office and a corridor, 60 scans a place on a grid of 0.6 m
(Feng, Nguyen, Luo 2024, MIT licence; not in this repository). Outer sizes are published; walls, heights and channels are not. So:
boxes of plain concrete, access points at 2.0 m, receivers at 1.0 m, ceilings at 3.0 m, 5.18 GHz, and one fitted offset.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from floorplans.plan import FloorPlan, Level, Slab, Wall
from wifiplan import model
from wifiplan.model import AccessPoint, Design, Radio
from wifiplan.radio import calibrate, coverage, fading, radiomap, survey
from wifiplan.radio.propagation import free_space_gain_db

STEP_M = 0.6
ACCESS_POINT_M, RECEIVER_M, CEILING_M, FREQUENCY_MHZ = 2.0, 1.0, 3.0, 5180.0
NEAR_M = 1.0


@dataclass(frozen=True)
class Room:
    """Access points in steps of the grid; the box, and the first column of signals that is an access point's.

    The corridor's first column is never heard, and distances by round-trip time fit its positions only one column further on.
    """

    name: str
    title: str
    steps: tuple[tuple[float, float], ...]
    box_m: tuple[float, float, float, float]
    first: int = 0


ROOMS = (
    Room("lecture_theatre", "lecture theatre", ((3, 9), (10, 9), (18.8, 9), (3, 21), (19, 21)), (-2.1, -0.35, 12.9, 14.15)),
    Room("office", "office", ((1, 5), (11, -1), (15, 6), (20, -1), (25, 5)), (-0.9, -0.9, 17.1, 4.6)),
    Room("corridor", "corridor", ((2, 7.5), (17, 6.8), (38, 9), (48, 5)), (-0.7, -0.6, 34.3, 5.6), first=1),
)


def folder(shared: Path) -> Path:
    return shared / "reference" / "measured" / "lecture_theatre_office_corridor"


def signals_dbm(shared: Path, room: Room) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 2) in m, and the mean signal there (ap, n) in dBm; NaN where nothing was heard."""
    places, scans = [], []
    for part in ("train", "test"):
        with (folder(shared) / f"database_{room.name}_{part}.csv").open(encoding="utf-8") as file:
            rows = csv.reader(file)
            columns = [index for index, name in enumerate(next(rows)) if "RSS" in name][room.first :][: len(room.steps)]
            for row in rows:
                places.append((float(row[0]) * STEP_M, float(row[1]) * STEP_M))
                scans.append([float(row[index]) for index in columns])
    unique, place = np.unique(np.array(places), axis=0, return_inverse=True)
    heard = np.array(scans)
    sums, counts = np.zeros((len(unique), len(room.steps))), np.zeros((len(unique), len(room.steps)))
    np.add.at(counts, place.ravel(), heard > -110.0)
    np.add.at(sums, place.ravel(), np.where(heard > -110.0, heard, 0.0))
    return unique, np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).T


def plan(room: Room) -> FloorPlan:
    """The box."""
    x0, y0, x1, y1 = room.box_m
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    walls = tuple(
        Wall(start_m=a, end_m=b, z0_m=0.0, z1_m=CEILING_M, material="concrete")
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    )
    slabs = tuple(Slab(polygon_m=tuple((x, y, z) for x, y in corners), material="concrete") for z in (0.0, CEILING_M))
    level = Level(name="1F", floor_m=0.0, ceiling_m=CEILING_M, outline_m=corners)
    return FloorPlan(name=room.title, levels=(level,), walls=walls, slabs=slabs)


def access_points(room: Room) -> tuple[AccessPoint, ...]:
    return tuple(
        AccessPoint(
            name=f"AP{number}",
            x_m=x * STEP_M,
            y_m=y * STEP_M,
            height_m=ACCESS_POINT_M,
            antenna="isotropic",
            radios=(Radio(band="5", channel=36, tx_power_dbm=0.0),),
        )
        for number, (x, y) in enumerate(room.steps, 1)
    )


def residuals_db(shared: Path, room: Room, *, reflections: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Places (n, 2), and measured less modelled (ap, n) after one offset for all; `reflections` None is free space."""
    places_m, rssi_dbm = signals_dbm(shared, room)
    points_m = np.column_stack([places_m, np.full(len(places_m), RECEIVER_M)])
    if reflections is None:
        sources_m = radiomap.positions_m(plan(room), access_points(room))
        gain_db = free_space_gain_db(np.linalg.norm(sources_m[:, None] - points_m[None], axis=-1), FREQUENCY_MHZ)
    else:
        gain_db = radiomap.gains_db(
            plan(room), access_points(room), points_m, frequency_mhz=FREQUENCY_MHZ, reflections=reflections
        )
    residual_db = rssi_dbm - gain_db
    return places_m, residual_db - np.nanmean(residual_db)


def smooth_db(places_m: np.ndarray, residual_db: np.ndarray) -> np.ndarray:
    """The mean of each access point's residuals within `NEAR_M` of each place."""
    near = np.hypot(*(places_m[:, None] - places_m[None]).transpose(2, 0, 1)) <= NEAR_M
    near = near.astype(np.float64)
    heard = np.isfinite(residual_db)
    return np.where(heard, np.where(heard, residual_db, 0.0) @ near / np.maximum(heard @ near, 1), np.nan)


def rms_db(values_db: np.ndarray) -> float:
    return float(np.sqrt(np.nanmean(values_db**2)))


def alike(places_m: np.ndarray, residual_db: np.ndarray, low_m: float, high_m: float) -> float:
    """Mean correlation of an access point's residuals at places so far from each other."""
    own = residual_db - np.nanmean(residual_db, axis=1, keepdims=True)
    distance_m = np.hypot(*(places_m[:, None] - places_m[None]).transpose(2, 0, 1))
    pairs = (distance_m > low_m) & (distance_m <= high_m)
    return float(np.mean([np.nanmean((one[:, None] * one[None])[pairs]) / np.nanvar(one) for one in own]))


def kept_share(places_m: np.ndarray, residual_db: np.ndarray) -> float:
    """Share of links with at least what was promised with 90 % from offset and deviation of the other half of the room."""
    left = places_m[:, 0] < np.median(places_m[:, 0])
    kept = []
    for train, out in ((left, ~left), (~left, left)):
        known = residual_db[:, train][np.isfinite(residual_db[:, train])]
        asked = residual_db[:, out][np.isfinite(residual_db[:, out])]
        promised_db = fading.promised_dbm(known.mean(), 0.9, float(known.std()), measured_links=len(known))
        kept.append(asked >= promised_db)
    return float(np.mean(np.concatenate(kept)))


def calibrated(shared: Path, room: Room, place: Path) -> calibrate.Calibration:
    """What `wifiplan calibrate` says of a room, from files as a user has them."""
    places_m, rssi_dbm = signals_dbm(shared, room)
    design, readings = place / f"{room.name}.json", place / f"{room.name}.csv"
    model.save(Design(floor_plan=plan(room), access_points=access_points(room)), design)
    lines = [
        f"{x:.2f},{y:.2f},{ap.name},{value:.2f}"
        for ap, row in zip(access_points(room), rssi_dbm, strict=True)
        for (x, y), value in zip(places_m, row, strict=True)
        if np.isfinite(value)
    ]
    readings.write_text("\n".join(["x_m,y_m,ap,rssi_dbm", *lines]), encoding="utf-8")
    job = coverage.read_job(design, band="5", height_m=RECEIVER_M)
    return calibrate.calibrate(job, survey.read(readings, job.floor_plan, job.access_points, band="5"))


def main() -> None:
    """A table for docs/benchmarks/, and what calibration refuses."""
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[3] / "shared"
    if not folder(shared).is_dir():
        sys.stdout.write(f"skipped: the measured rooms are not there ({folder(shared)})\n")
        return
    sys.stdout.write(
        "| room | model | a place | after a 1 m mean | promise of 90 % kept | correlation within 0.7 m, at 2 to 3 m |\n"
        "|---|---|---|---|---|---|\n"
    )
    for room in ROOMS:
        for name, reflections in (("free space", None), ("image method, 2 reflections", 2), ("image method, 3", 3)):
            places_m, residual_db = residuals_db(shared, room, reflections=reflections)
            sys.stdout.write(
                f"| {room.title} | {name} | {rms_db(residual_db):.2f} dB | {rms_db(smooth_db(places_m, residual_db)):.2f} dB | "
                f"{kept_share(places_m, residual_db):.1%} | {alike(places_m, residual_db, 0.1, 0.7):.2f}, "
                f"{alike(places_m, residual_db, 2.0, 3.0):.2f} |\n"
            )
    with tempfile.TemporaryDirectory() as place:
        for room in ROOMS:
            found = calibrated(shared, room, Path(place))
            after = found.error.after
            sys.stdout.write(
                f"\n{room.title}: held out, mean {after.mean_error_db:+.2f} dB, standard deviation "
                f"{after.standard_deviation_db:.2f} dB, kept {found.kept_share:.1%}\n"
            )
            for one in found.parameters:
                sys.stdout.write(f"  {one.name} {one.value:+.2f} dB ({one.low:+.2f} to {one.high:+.2f})\n")
            for text in (*found.warnings, *(f"{one.name}: {one.reason}" for one in found.refused)):
                sys.stdout.write(f"  {text}\n")


if __name__ == "__main__":
    main()
