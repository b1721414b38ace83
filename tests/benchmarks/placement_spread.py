"""How evenly placement hangs access points in halls of other sizes than that on which its weights were set.

    python tests/benchmarks/placement_spread.py [--hall 24x16x7 …] [--scenario shelter-day1 …]

Beside a regular grid of as many under the same ceiling: the least distance in plan, and the SNR up that nine people in ten have
at least of the access point that hears them best, by the same radio map. At 5 GHz with 50 clients a radio. The bar is 10 % of the
distance and 0.5 dB.
"""

from __future__ import annotations

import argparse

import numpy as np

import floorplans
from wifiplan.airtime import wifi
from wifiplan.capacity import demand
from wifiplan.capacity.paths import gains_of
from wifiplan.model import AccessPoint, Design, Requirement
from wifiplan.placement.ask import CLIENT_POWER_DBM, MAX_POINTS, Ask
from wifiplan.placement.place import place
from wifiplan.placement.points import people_points

HALLS = ("20x14x6", "28x18x8", "48x30x11")
SCENARIOS = ("shelter-day1", "shelter-day3", "spectators")


def grid_m(design: Design) -> list[tuple[float, float]]:
    """As many places as the design has, in rows as square as they get, over the floor where people are."""
    points = people_points(design.floor_plan, design.demands, max_points=MAX_POINTS).points_m[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    wide, deep = high - low
    count = left = len(design.access_points)
    rows = min(count, max(1, round(float(np.sqrt(count * deep / wide)))))
    places = []
    for row in range(rows):
        columns = -(-left // (rows - row))
        left -= columns
        places += [(low[0] + (c + 0.5) * wide / columns, low[1] + (row + 0.5) * deep / rows) for c in range(columns)]
    return places


def figures(design: Design, access_points: tuple[AccessPoint, ...]) -> tuple[float, float]:
    """Least distance in plan in m, and the tenth percentile of the SNR up in dB."""
    crowd = people_points(design.floor_plan, design.demands, max_points=MAX_POINTS)
    gain = gains_of(design)(design.floor_plan, access_points, crowd.points_m, frequency_mhz=wifi.FREQUENCY_MHZ["5"])
    snr_db = CLIENT_POWER_DBM + gain.max(axis=0) - float(wifi.noise_dbm(20))
    at = np.array([(ap.x_m, ap.y_m) for ap in access_points])
    away = np.linalg.norm(at[:, None] - at[None], axis=-1)[np.triu_indices(len(at), 1)]
    return float(away.min()) if len(away) else 0.0, float(np.quantile(snr_db, 0.1))


def main() -> None:
    """Print a row for each hall and scenario."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hall", nargs="*", default=list(HALLS), help="length x width x height in m")
    parser.add_argument("--scenario", nargs="*", default=list(SCENARIOS))
    asked = parser.parse_args()
    print(
        "| hall | scenario | APs | least distance m (grid) | p10 SNR up dB (grid) | within the bar |\n|---|---|---|---|---|---|"
    )
    for hall in asked.hall:
        plan = floorplans.gym(*map(float, hall.split("x")))
        for name in asked.scenario:
            ask = Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=50), with_limits=False)
            design = place(plan, {name: demand.demands(plan, name)}, ask)
            height_m = float(np.median([ap.height_m for ap in design.access_points]))
            like = design.access_points[0]
            grid = tuple(
                AccessPoint(name="", x_m=x, y_m=y, height_m=height_m, antenna="omni", radios=like.radios)
                for x, y in grid_m(design)
            )
            (own_m, own_db), (grid_least_m, grid_db) = figures(design, design.access_points), figures(design, grid)
            within = own_m >= 0.9 * grid_least_m and own_db >= grid_db - 0.5
            print(
                f"| {hall} m | {name} | {len(grid)} | {own_m:.1f} ({grid_least_m:.1f}) | {own_db:.1f} ({grid_db:.1f}) "
                f"| {'yes' if within else 'no'} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
