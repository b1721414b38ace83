"""Whether 90 % intervals of `wifiplan calibrate` hold the truth: `python tests/benchmarks/calibrate.py [--seeds 200]`.

Surveys of the sample community centre are made up: the modelled gain with a known offset and known errors of the table's losses,
4 dB of noise, and one reading in ten that is wrong in one of several ways.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

import floorplans
from wifiplan.model import AccessPoint, Radio
from wifiplan.radio import links, radiomap, wall_losses
from wifiplan.radio.body_loss import Bodies
from wifiplan.radio.coverage import Job
from wifiplan.radio.crossings import crossings
from wifiplan.radio.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACES = ((4.0, 4.0), (15.0, 16.0), (25.0, 5.0), (26.0, 15.0))
OFFSET_DB = -4.0
EXTRA_DB = {"brick": 3.0, "partition": -1.5, "wood": 2.0}
CROWD_FACTOR = 0.6
SIGMA_DB = 4.0
OUTLIER_SHARE = 0.1


@cache
def job() -> Job:
    """Four access points in the community centre, 5 GHz."""
    plan = floorplans.sample("community-centre")
    radio = Radio(band="5", channel=36, tx_power_dbm=17.0)
    access_points = tuple(
        AccessPoint(name=f"AP-{number}", x_m=x, y_m=y, height_m=2.6, radios=(radio,)) for number, (x, y) in enumerate(PLACES, 1)
    )
    return Job(
        floor_plan=plan,
        access_points=access_points,
        radios=(radio,) * len(PLACES),
        frequencies_mhz=(5180.0,) * len(PLACES),
        band="5",
        level=0,
        height_m=1.0,
        grid_m=0.5,
        grid=radiomap.grid_of(plan, 0.5),
    )


DENSITIES = (0.0, 0.5, 1.0, 2.0)


@cache
def pool(places: int = 600) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (n, 3) all over the building, and there gain (ap, n) and loss by crowds (density, ap, n): computed once."""
    rng = np.random.default_rng(1)
    points_m = np.column_stack([rng.uniform(0.5, 29.5, places), rng.uniform(0.5, 19.5, places), np.full(places, 1.0)])
    task = job()
    losses_db = []
    for density in DENSITIES:
        gain_db, loss_db = radiomap.gains_and_crowd_loss_db(
            task.floor_plan,
            task.access_points,
            points_m,
            frequency_mhz=task.frequencies_mhz,
            bodies=replace(Bodies.of(density), client_height_m=1.0),
        )
        losses_db.append(loss_db)
    return points_m, gain_db, np.stack(losses_db)


def known_gains(
    _plan: object, _access_points: object, points_m: np.ndarray, *, bodies: np.ndarray, **_: object
) -> tuple[np.ndarray, np.ndarray]:
    """`radiomap.gains_and_crowd_loss_db` of places that are in the pool."""
    every_m, gain_db, losses_db = pool()
    order = np.argsort(every_m[:, 0])
    place = order[np.searchsorted(every_m[order, 0], points_m[:, 0])]
    assert np.array_equal(every_m[place], points_m)
    density = [0 if one is None else DENSITIES.index(one.density_per_m2) for one in bodies]
    return gain_db[:, place], losses_db[density, :, place].T


def wrong_db(rng: np.random.Generator, n: int, how: str) -> np.ndarray:
    """What is added to `n` readings that are wrong in one of `OUTLIERS` ways."""
    ways = {
        "nothing": np.zeros(n),
        "20 dB either way": 20.0 * rng.choice([-1.0, 1.0], n),
        "anything within 30 dB": rng.uniform(-30.0, 30.0, n),
        "normal, 15 dB": rng.normal(0.0, 15.0, n),
        "10 to 30 dB too low": -rng.uniform(10.0, 30.0, n),
        "20 dB too low": np.full(n, -20.0),
        "15 dB too low": np.full(n, -15.0),
    }
    return ways[how]


OUTLIERS = (
    "nothing",
    "20 dB either way",
    "anything within 30 dB",
    "normal, 15 dB",
    "10 to 30 dB too low",
    "20 dB too low",
    "15 dB too low",
)


def survey(
    seed: int,
    outliers: str = "anything within 30 dB",
    readings: int = 200,
    *,
    people: bool = True,
    whole: bool = False,
    floor_dbm: float = -np.inf,
) -> Survey:
    """`readings` of one access point each, at so many places; `whole`: of all four, at a quarter of the places. Above a floor."""
    rng = np.random.default_rng(seed)
    task, (points_m, gain_db, losses_db) = job(), pool()
    aps = len(gain_db)
    place = rng.choice(len(points_m), readings // aps if whole else readings, replace=False)
    ap = np.tile(np.arange(aps), len(place)) if whole else rng.integers(0, aps, readings)
    place = np.repeat(place, aps) if whole else place
    crowd = rng.integers(0, len(DENSITIES), len(place)) if people else np.zeros(len(place), dtype=int)
    rssi_dbm = 17.0 + gain_db[ap, place] + OFFSET_DB - CROWD_FACTOR * losses_db[crowd, ap, place]
    sources_m = radiomap.positions_m(task.floor_plan, task.access_points)[ap]
    for name, count in crossings(task.floor_plan, sources_m, points_m[place]).items():
        rssi_dbm -= EXTRA_DB.get(name, 0.0) * count
    rssi_dbm += rng.normal(0.0, SIGMA_DB, len(place))
    wrong = rng.choice(len(place), round(OUTLIER_SHARE * len(place)), replace=False)
    rssi_dbm[wrong] += wrong_db(rng, len(wrong), outliers)
    heard = rssi_dbm > floor_dbm
    return Survey(
        points_m=points_m[place][heard],
        access_point=ap.astype(np.intp)[heard],
        height_m=np.ones(int(heard.sum())),
        rssi_dbm=rssi_dbm[heard],
        people_per_m2=(np.array(DENSITIES)[crowd] if people else np.full(len(place), np.nan))[heard],
    )


def truth(parameter: wall_losses.Parameter) -> float:
    """What the survey was made with."""
    return {"offset": OFFSET_DB, "crowd": CROWD_FACTOR}.get(parameter.name, EXTRA_DB.get(parameter.name, 0.0))


def held(surveys: Iterable[Survey]) -> dict[str, list[float]]:
    """Parameter -> for every survey that gave it, half width of its interval if it held the truth, else minus that."""
    found: dict[str, list[float]] = {}
    for made_up in surveys:
        heard, unheard, _ = links.of_survey(job(), made_up, known_gains, "standing")
        people = bool(np.any(np.isfinite(made_up.people_per_m2)))
        for one in wall_losses.identify(job(), heard, unheard, told_of_people=people).parameters:
            half = (one.high - one.low) / 2
            found.setdefault(one.name, []).append(half if one.low <= truth(one) <= one.high else -half)
    return found


def rows(label: str, found: dict[str, list[float]]) -> None:
    """Of the table that `main` prints."""
    for name, widths in found.items():
        share = np.mean([width > 0 for width in widths])
        sys.stdout.write(f"| {label} | {name} | {len(widths)} | {share:.1%} | {np.mean(np.abs(widths)):.2f} |\n")
    sys.stdout.flush()


def main() -> None:
    """A table: outliers, parameter, surveys in which it was identified, share of intervals that hold the truth, half width."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    seeds = parser.parse_args().seeds
    sys.stdout.write(
        "| one reading in ten is wrong by | parameter | identified in | intervals that hold the truth | half width |\n"
    )
    sys.stdout.write("|---|---|---|---|---|\n")
    for outliers in OUTLIERS:
        rows(outliers, held(survey(seed, outliers) for seed in range(seeds)))
    for floor_dbm in (-90.0, -85.0, -80.0, -75.0):
        made_up = (survey(seed, "nothing", 400, people=False, whole=True, floor_dbm=floor_dbm) for seed in range(seeds))
        rows(f"nothing; heard down to {floor_dbm:g} dBm", held(made_up))


if __name__ == "__main__":
    main()
