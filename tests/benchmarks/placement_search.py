"""Does a search off the grid beat the stated bound: seeded rooms, moves and removals, every design by the full check.

    python tests/benchmarks/placement_search.py [--count 30] [--tries 60]

From the design of `place` one access point after the other is taken away, and the rest are moved to random places under the
ceiling, with channels and powers of stage B. A set that passes at a cost below the bound of `place` would show that bound wrong.
"""

from __future__ import annotations

import argparse
import itertools
import time
from dataclasses import replace

import numpy as np

from floorplans.plan import FloorPlan, Level, Slab, Wall, Zone
from wifiplan.errors import PlacementError
from wifiplan.model import Demand, Design
from wifiplan.placement.ask import Ask
from wifiplan.placement.milp import Solver
from wifiplan.placement.place import place
from wifiplan.placement.polish import tuned
from wifiplan.placement.problem import posed
from wifiplan.placement.spots import candidates

POINTS = 60


def rooms(seed: int) -> tuple[FloorPlan, tuple[Demand, ...]]:
    """Two to four rooms in a row with walls of a light or a heavy material, and people in all of them."""
    rng = np.random.default_rng(seed)
    count, depth_m, height_m = int(rng.integers(2, 5)), float(rng.integers(6, 12)), 3.0
    at = [0.0, *itertools.accumulate(float(rng.integers(6, 12)) for _ in range(count))]
    material = str(rng.choice(["plasterboard", "concrete"]))
    outline = ((0.0, 0.0), (at[-1], 0.0), (at[-1], depth_m), (0.0, depth_m))
    walls = [
        Wall(start_m=a, end_m=b, z0_m=0.0, z1_m=height_m, material="concrete", thickness_m=0.15)
        for a, b in itertools.pairwise((*outline, outline[0]))
    ]
    walls += [
        Wall(start_m=(x, 0.0), end_m=(x, depth_m), z0_m=0.0, z1_m=height_m, material=material, thickness_m=0.12) for x in at[1:-1]
    ]
    zones = tuple(
        Zone(name=f"room {index}", polygon_m=((a, 0.0), (b, 0.0), (b, depth_m), (a, depth_m)), kind="room")
        for index, (a, b) in enumerate(itertools.pairwise(at))
    )
    plan = FloorPlan(
        name=f"rooms {seed}",
        levels=(Level(name="1F", floor_m=0.0, ceiling_m=height_m, outline_m=outline),),
        walls=tuple(walls),
        slabs=(Slab(polygon_m=tuple((x, y, 0.0) for x, y in outline), material="concrete"),),
        zones=zones,
    )
    each = float(rng.integers(5, 25))
    demands = tuple(
        Demand(
            zone=zone.name,
            people=each,
            devices_per_person=1.0,
            associated_share=1.0,
            active_share=0.3,
            down_mbps=0.2,
            up_mbps=0.05,
        )
        for zone in zones
    )
    return plan, demands


def ask() -> Ask:
    return Ask(reflections=1, max_points=POINTS, antennas=("omni",), refine=0)


def searched(plan: FloorPlan, demands: tuple[Demand, ...], design: Design, *, tries: int, seed: int = 0) -> float | None:
    """The least cost that passes the check with fewer access points than the design has, at random places; None if none does."""
    rng = np.random.default_rng(seed)
    count = len(design.access_points)
    x_m, y_m = plan.levels[0].outline_m[2]
    task = posed(plan, {"": demands}, candidates(plan, antennas=("omni",), pitch_m=50.0), ask())
    least: float | None = None
    while count > 1:
        count -= 1
        found = None
        now = rng.uniform((0.3, 0.3), (x_m - 0.3, y_m - 0.3), (count, 2))
        shortfall = np.inf
        for _ in range(tries):
            moved = now.copy()
            row = int(rng.integers(count))
            moved[row] = (
                rng.uniform((0.3, 0.3), (x_m - 0.3, y_m - 0.3)) if rng.random() < 0.5 else moved[row] + rng.normal(0, 1.0, 2)
            )
            moved = np.clip(moved, 0.3, (x_m - 0.3, y_m - 0.3))
            places = {
                zone.name: [(x, y) for x, y in moved.tolist() if zone.polygon_m[0][0] <= x < zone.polygon_m[1][0]]
                for zone in plan.zones
            }
            try:
                spots = candidates(plan, antennas=("omni",), places_m=places)
            except PlacementError:
                continue
            if len(spots) < count:
                continue
            wider = task.with_spots(spots)
            first = len(task.site.spots)
            _, verdict, _ = tuned(wider, range(first, first + count), Solver())
            if verdict.shortfall < shortfall:
                now, shortfall = moved, verdict.shortfall
            if verdict.ok:
                found = wider.cost_yen(spots)
                break
        if found is None:
            break
        least = found
    return least


def compare(seed: int, tries: int) -> tuple[Design, float | None]:
    plan, demands = rooms(seed)
    design = place(plan, {"": demands}, ask())
    return design, searched(plan, demands, replace(design), tries=tries, seed=seed)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=30)
    arguments.add_argument("--tries", type=int, default=60)
    asked = arguments.parse_args()
    beaten = 0
    print("| seed | people | APs | yen | bound | bound of | cheapest of the search | s |")
    print("|---|---|---|---|---|---|---|---|")
    for seed in range(asked.count):
        started_s = time.process_time()
        design, least = compare(seed, asked.tries)
        found = design.placement
        assert found is not None
        wrong = least is not None and least < found.bound.cost_yen - 0.5
        beaten += wrong
        people = sum(row.people for row in design.demands)
        of = "building" if found.bound.valid_for.startswith("every place") else f"grid of {found.spots}"
        print(
            f"| {seed} | {people:.0f} | {found.access_points} | {found.cost_yen:,} | {found.bound.cost_yen:,} | {of} "
            f"| {'none' if least is None else f'{least:,.0f}'}{' BELOW THE BOUND' if wrong else ''} "
            f"| {time.process_time() - started_s:.1f} |",
            flush=True,
        )
    print(f"\n{beaten} of {asked.count} beaten")
    raise SystemExit(1 if beaten else 0)


if __name__ == "__main__":
    main()
