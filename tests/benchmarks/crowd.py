"""What people do to signals, modelled, not measured: `python tests/benchmarks/crowd.py`, for docs/benchmarks/."""

from __future__ import annotations

import sys

import numpy as np
import shapely

import floorplans
from wifiplan.model import AccessPoint, Radio
from wifiplan.radio import body_loss as crowd
from wifiplan.radio import radiomap
from wifiplan.radio.body_loss import Crowd

FREQUENCIES_MHZ = (2440.0, 5200.0, 6200.0)
DENSITIES_PER_M2 = (0.25, 0.5, 1.0, 2.0)
HEIGHTS_M = {"wall, 3 m": 3.0, "roof, 9 m": 9.0}


def one_person() -> None:
    """Least and most loss behind one person on a 10 m link, 1 m above the floor, from 0.5 to 9.5 m along it."""
    sys.stdout.write("| one person 0.4 x 1.7 m on a 10 m link | least | most |\n|---|---|---|\n")
    for frequency_mhz in FREQUENCIES_MHZ:
        loss_db = crowd.screen_loss_db(
            np.linspace(0.5, 9.5, 181), 0.0, distance_m=10.0, tx_height_m=1.0, rx_height_m=1.0, frequency_mhz=frequency_mhz
        )
        sys.stdout.write(f"| {frequency_mhz / 1000:g} GHz | {loss_db.min():.1f} dB | {loss_db.max():.1f} dB |\n")


def straight_path() -> None:
    """The straight path from an access point 12 m away."""
    sys.stdout.write(
        "\n| the straight path, 12 m | people/m2 | 2.44 GHz wall / roof | 5.2 GHz | 6.2 GHz |\n|---|---|---|---|---|\n"
    )
    for posture in crowd.POSTURES:
        for density in DENSITIES_PER_M2:
            people = Crowd.of(density, posture)
            cells = []
            for frequency_mhz in FREQUENCIES_MHZ:
                elevation_deg = [np.degrees(np.arctan2(height - people.client_height_m, 12.0)) for height in HEIGHTS_M.values()]
                wall_db, roof_db = crowd.loss_by_elevation_db(people, elevation_deg, frequency_mhz=frequency_mhz)
                cells.append(f"{wall_db:.1f} / {roof_db:.1f}")
            sys.stdout.write(f"| {posture}, client at {people.client_height_m:g} m | {density:g} | {' | '.join(cells)} |\n")


def all_paths() -> None:
    """The whole of a hall, reflections included: mean over its places, and what one place in twenty loses more than."""
    plan = floorplans.sample("gym")
    zone = next(one for one in plan.zones if one.kind == "hall")
    x0, y0, x1, y1 = shapely.Polygon(zone.polygon_m).bounds
    x, y = np.meshgrid(np.arange(x0 + 0.5, x1, 1.0), np.arange(y0 + 0.5, y1, 1.0))
    radio = (Radio(band="5", channel=36),)
    access_points = [
        AccessPoint(name=name, x_m=x0 + 0.3, y_m=(y0 + y1) / 2, height_m=height_m, radios=radio)
        for name, height_m in HEIGHTS_M.items()
    ]
    sys.stdout.write(
        f"\n| {x1 - x0:.0f} x {y1 - y0:.0f} m hall, access point at one end, 5.18 GHz | people/m2 | "
        + " | ".join(f"{name}: mean, p95" for name in HEIGHTS_M)
        + " |\n|---|---|---|---|\n"
    )
    for posture in crowd.POSTURES:
        for density in DENSITIES_PER_M2:
            people = Crowd.of(density, posture)
            points_m = np.column_stack([x.ravel(), y.ravel(), np.full(x.size, people.client_height_m)])
            _, loss_db = radiomap.gains_and_crowd_loss_db(plan, access_points, points_m, frequency_mhz=5180.0, crowd=people)
            cells = [f"{one.mean():.1f}, {np.quantile(one, 0.95):.1f} dB" for one in loss_db]
            sys.stdout.write(f"| {posture} | {density:g} | {' | '.join(cells)} |\n")


if __name__ == "__main__":
    one_person()
    straight_path()
    all_paths()
