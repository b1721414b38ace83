"""Placement beside what people do today, on the same rooms, radio map, capacity model, channel plan and requirement.

    python tests/benchmarks/placement_baselines.py [--room gym] [--scenario shelter-day1] [--draws 40] [--defaults]

Each habit is given access points one by one until the requirement is met, by the mean crowd and by nine of ten, from the number
on below which nothing can work, and stage B of placement gives all of them their channels and powers. Compared are cost, then the
share of people served that nine in ten crowds reach, over the same random crowds for all methods (four seeds; twice their
standard error counts as equal). Besides, a vendor's rule of thumb: as many as it says, on a regular grid, whatever they serve.
At 5 GHz with 50 clients a radio, or with the program's defaults: both bands and the model's limit.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.cluster.vq import kmeans2

import floorplans
from floorplans.plan import FloorPlan
from wifiplan.capacity import demand
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.paths import gains_of
from wifiplan.capacity.spread import DRAWS
from wifiplan.model import Demand, Design, Requirement
from wifiplan.placement import heuristics
from wifiplan.placement.ask import MAX_POINTS, Ask
from wifiplan.placement.matrix import Matrix
from wifiplan.placement.milp import Solver
from wifiplan.placement.place import place
from wifiplan.placement.points import People, people_points
from wifiplan.placement.polish import tuned
from wifiplan.placement.problem import posed
from wifiplan.placement.spot import Spot
from wifiplan.placement.spots import candidates
from wifiplan.placement.verdict import Check

sys.path.insert(0, str(Path(__file__).resolve().parent))
from rules_of_thumb import meraki_access_points, meraki_throughput_mbps

MOST = 24
SEEDS = (1, 2, 3, 4)
_PHY_MBPS = 172.1
"""Two streams of 802.11ax at 20 MHz, MCS 7, guard interval of 0.8 us (802.11ax-2021, 27.5)."""
Habit = Callable[[FloorPlan, People, Sequence[Spot], int], list[Spot]]


def nearest(offered: Sequence[Spot], places_m: np.ndarray) -> list[Spot]:
    """A different candidate for each place, the nearest that is free."""
    free = list(offered)
    found = []
    for x, y in places_m:
        spot = min(free, key=lambda one: (math.hypot(one.x_m - x, one.y_m - y), one.x_m, one.y_m))
        free.remove(spot)
        found.append(spot)
    return found


def box(crowd: People) -> tuple[np.ndarray, np.ndarray]:
    return crowd.points_m[:, :2].min(axis=0), crowd.points_m[:, :2].max(axis=0)


def regular_grid(_plan: FloorPlan, crowd: People, offered: Sequence[Spot], count: int) -> list[Spot]:
    """Rows and columns as square as they get; the last row takes what is left."""
    low, high = box(crowd)
    wide, deep = high - low
    rows = max(1, round(math.sqrt(count * deep / max(wide, 0.1))))
    places = []
    left = count
    for row in range(min(rows, count)):
        columns = math.ceil(left / (min(rows, count) - row))
        left -= columns
        places += [(low[0] + (c + 0.5) * wide / columns, low[1] + (row + 0.5) * deep / min(rows, count)) for c in range(columns)]
    return nearest(offered, np.array(places))


def means_of_people(_plan: FloorPlan, crowd: People, offered: Sequence[Spot], count: int) -> list[Spot]:
    """k-means on the people."""
    centres, _ = kmeans2(crowd.points_m[:, :2], min(count, len(crowd.people)), minit="++", seed=0, missing="warn")
    return nearest(offered, centres)


def corners(_plan: FloorPlan, crowd: People, offered: Sequence[Spot], count: int) -> list[Spot]:
    """Two in opposite corners, then the others, then along the walls."""
    low, high = box(crowd)
    middle = (low + high) / 2
    ring = [low, high, (low[0], high[1]), (high[0], low[1])]
    ring += [(middle[0], low[1]), (middle[0], high[1]), (low[0], middle[1]), (high[0], middle[1])]
    for part in (0.25, 0.75, 0.125, 0.375, 0.625, 0.875):
        x = low[0] + part * (high[0] - low[0])
        ring += [(x, low[1]), (x, high[1])]
    ring += [(low[0] + part * (high[0] - low[0]), middle[1]) for part in (0.2, 0.4, 0.6, 0.8)]
    return nearest(offered, np.array([tuple(place) for place in ring[:count]]))


HABITS: dict[str, Habit] = {"regular grid": regular_grid, "k-means on people": means_of_people, "corners": corners}


def tried(plan: FloorPlan, asked: dict[str, tuple[Demand, ...]], chosen: Sequence[Spot], ask: Ask) -> tuple[Design, Check, float]:
    task = posed(plan, asked, chosen, ask)
    design, verdict, _ = tuned(task, range(len(chosen)), Solver())
    return design, verdict, task.cost_yen(chosen)


def served_p10(design: Design, draws: int) -> tuple[float, float]:
    """(share, standard error) of the people that nine in ten crowds serve."""
    gains = gains_of(design)
    people = sum(one.people for one in design.demands)
    found = [
        capacity(design, gains_db=gains, draws=draws, seed=seed, with_links=False).spread["served"].p10 / people for seed in SEEDS
    ]
    return float(np.mean(found)), float(np.std(found, ddof=1) / math.sqrt(len(found)))


def accepted(design: Design) -> bool:
    """Whether nine of ten crowds are served as asked, by as many crowds and the seed that `place` judges its own by."""
    found = capacity(design, gains_db=gains_of(design), draws=DRAWS, seed=0, with_links=False).spread["served"].p10
    return found >= design.requirement.served_share * sum(one.people for one in design.demands) - 1e-3


def by_a_rule(rows: Sequence[Demand]) -> int:
    """Access points by Cisco Meraki's rule: throughput of 20 MHz at two streams, and 25 devices a 5 GHz radio."""
    devices = sum(row.people * row.devices_per_person * row.associated_share for row in rows)
    active = max(0.01, rows[0].active_share * (rows[0].down_mbps + rows[0].up_mbps))
    return meraki_access_points(math.ceil(devices), active, throughput_mbps=meraki_throughput_mbps(_PHY_MBPS))


def compare(room: str, scenario: str, draws: int, ask: Ask) -> bool:
    plan = floorplans.sample(room)
    who = demand.find_scenario(scenario)
    asked = {scenario: demand.demands(plan, who)}
    crowd = people_points(plan, asked[scenario], max_points=MAX_POINTS)
    started_s = time.perf_counter()
    ours = place(plan, asked, ask)
    seconds = time.perf_counter() - started_s
    least = max(1, ours.placement.bound.access_points)
    p10, error = served_p10(ours, draws)
    cost = ours.placement.cost_yen
    print(
        f"| {room} | {scenario} | placement | {len(ours.access_points)} | {cost:,} | {p10:.1%} ± {2 * error:.1%} "
        f"| {seconds:.0f} s |",
        flush=True,
    )
    ceilings = candidates(plan, pitch_m=2.0, mounts=("truss", "ceiling"))
    everything = candidates(plan, antennas=("omni", "patch"))
    matrix = posed(plan, asked, everything, ask).matrix
    never_worse = True
    for name in (*HABITS, "greedy cover"):
        answer = None
        for count in range(least, MOST + 1):
            if name == "greedy cover":
                chosen = greedy(matrix, everything, count)
            elif count <= len(ceilings):
                chosen = HABITS[name](plan, crowd, ceilings, count)
            else:
                break
            design, verdict, yen = tried(plan, asked, chosen, ask)
            if verdict.ok and accepted(design):
                answer = design, yen
                break
        if answer is None:
            print(f"| | | {name} | – | – | not met with {MOST} | |", flush=True)
            continue
        design, yen = answer
        theirs, their_error = served_p10(design, draws)
        better = yen < cost or (yen == cost and theirs - p10 > 2 * math.hypot(error, their_error))
        never_worse &= not better
        more = f"{yen / cost - 1:+.0%}" + (" BETTER THAN OURS" if better else "")
        print(
            f"| | | {name} | {len(design.access_points)} | {yen:,.0f} | {theirs:.1%} ± {2 * their_error:.1%} | {more} |",
            flush=True,
        )
    count = by_a_rule(asked[scenario])
    design, verdict, yen = tried(plan, asked, regular_grid(plan, crowd, ceilings, count), ask)
    theirs, their_error = served_p10(design, draws)
    said = "meets it" if verdict.ok and accepted(design) else "does not meet it"
    print(
        f"| | | rule of thumb | {count} | {yen:,.0f} | {theirs:.1%} ± {2 * their_error:.1%} | {yen / cost - 1:+.0%}, {said} |",
        flush=True,
    )
    return never_worse


def greedy(matrix: Matrix, everything: Sequence[Spot], count: int) -> list[Spot]:
    """The spot that covers most people not yet covered, again and again, then the one with the strongest mean signal."""
    chosen = list(heuristics.greedy(matrix))[:count]
    signal = sum(np.maximum(load.signal_dbm, -100.0) @ load.people / load.people.sum() for load in matrix.loads)
    for spot in np.argsort(-np.asarray(signal), kind="stable"):
        if len(chosen) >= count:
            break
        if int(spot) not in chosen and not matrix.too_near[spot, chosen].any():
            chosen.append(int(spot))
    return [everything[spot] for spot in chosen]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--room", nargs="*", default=["gym", "community-centre", "school-corridor"])
    arguments.add_argument("--scenario", nargs="*", default=["spectators", "shelter-day1", "shelter-week2"])
    arguments.add_argument("--draws", type=int, default=40)
    arguments.add_argument("--defaults", action="store_true")
    asked = arguments.parse_args()
    print("| room | scenario | method | APs | yen | served in 9 of 10 crowds | time, or against ours |")
    print("|---|---|---|---|---|---|---|")
    ask = Ask() if asked.defaults else Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=50))
    verdicts = [compare(room, scenario, asked.draws, ask) for room in asked.room for scenario in asked.scenario]
    raise SystemExit(0 if all(verdicts) else 1)


if __name__ == "__main__":
    main()
