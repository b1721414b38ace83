"""Is the proven least really the least: placement against brute force on small generated buildings.

    python tests/benchmarks/placement_optimum.py [--of airtime|sinr|channels] [--count 10]

Brute force tries every set of spots with every way to give channels, and asks the full check of each design; it never sees the
programme's matrices, its cuts or its symmetries. An instance is bound by a limit if lifting that limit, and that one alone of the
three, makes the best answer cheaper:

- airtime: devices ask for a hundredth;
- SINR: any SINR will do;
- channels: every access point has a channel of its own.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from floorplans.plan import FloorPlan, Level, Slab, Wall, Zone
from wifiplan.airtime import wifi
from wifiplan.errors import PlacementError
from wifiplan.model import Demand, Design, Radio, Requirement
from wifiplan.placement.ask import CLIENT_POWER_DBM, MIN_SPACING_M, POWER_ABOVE_CLIENT_DB, Ask
from wifiplan.placement.milp import Solver
from wifiplan.placement.problem import posed
from wifiplan.placement.search import best_outcome
from wifiplan.placement.spot import ANTENNA_GAIN_DBI, Spot
from wifiplan.placement.verdict import check
from wifiplan.prices import price_list
from wifiplan.radio.gains import GainMemory

Bound = Literal["airtime", "sinr", "channels"]
SPOTS = 5
POINTS = 16
POWER_DBM = CLIENT_POWER_DBM + POWER_ABOVE_CLIENT_DB


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A building with a few spots, its people, and the channels of one width that may be used."""

    seed: int
    floor_plan: FloorPlan
    demands: tuple[Demand, ...]
    requirement: Requirement
    spots: tuple[Spot, ...]
    width_mhz: int


def building(rng: np.random.Generator, rooms: int) -> FloorPlan:
    """Rooms in a row, walls of concrete between and around them, none where it is one hall."""
    height_m, depth_m = 6.0, float(rng.integers(9, 16))
    lengths = [float(rng.integers(9, 15)) if rooms > 1 else float(rng.integers(22, 34)) for _ in range(rooms)]
    at = [0.0, *itertools.accumulate(lengths)]
    walls = [
        Wall(start_m=a, end_m=b, z0_m=0.0, z1_m=height_m, material="concrete", thickness_m=0.15)
        for a, b in itertools.pairwise([(0.0, 0.0), (at[-1], 0.0), (at[-1], depth_m), (0.0, depth_m), (0.0, 0.0)])
    ]
    walls += [
        Wall(
            start_m=(x, 0.0),
            end_m=(x, depth_m),
            z0_m=0.0,
            z1_m=height_m,
            material="concrete",
            thickness_m=float(rng.choice([0.15, 0.2, 0.3])),
        )
        for x in at[1:-1]
    ]
    zones = tuple(
        Zone(name=f"room {index}", polygon_m=((a, 0.0), (b, 0.0), (b, depth_m), (a, depth_m)))
        for index, (a, b) in enumerate(itertools.pairwise(at))
    )
    outline = ((0.0, 0.0), (at[-1], 0.0), (at[-1], depth_m), (0.0, depth_m))
    floor = Slab(polygon_m=tuple((x, y, 0.0) for x, y in outline), material="concrete")
    level = Level(name="1F", floor_m=0.0, ceiling_m=height_m, outline_m=outline)
    return FloorPlan(name="generated", levels=(level,), walls=tuple(walls), slabs=(floor,), zones=zones)


def instance(seed: int, bound: Bound) -> Instance:
    """One that is likely bound by that limit; `bound_by` says whether it is.

    The signal is easily had, and the load, or the SINR that is asked for, is as much as a set of three drawn at random can do:
    few cheaper ones can.
    """
    rng = np.random.default_rng([seed, ("airtime", "sinr", "channels").index(bound)])
    plan = building(rng, int(rng.integers(2, 4)) if bound == "sinr" else 1)
    people = float(rng.integers(30, 70))
    demands = tuple(
        Demand(
            zone=zone.name,
            people=round(people * zone.area_m2 / plan.area_m2, 1),
            devices_per_person=1.0,
            associated_share=1.0,
            active_share=0.3,
            down_mbps=0.2,
            up_mbps=0.05,
        )
        for zone in plan.zones
    )
    requirement = Requirement(
        min_rssi_dbm=-78.0,
        min_sinr_db=5.0,
        coverage_share=float(rng.choice([0.8, 0.9, 0.95])),
        max_busy_share=float(rng.choice([0.4, 0.5, 0.6])),
        max_clients_per_radio=200,
        confidence_share=0.75,
    )
    one = Instance(
        seed=seed,
        floor_plan=plan,
        demands=demands,
        requirement=requirement,
        spots=_spots(rng, plan),
        width_mhz={"airtime": 20, "sinr": 80, "channels": int(rng.choice([40, 80]))}[bound],
    )
    return _sharpened(one, bound, tuple(sorted(rng.choice(SPOTS, 3, replace=False).tolist())))


def _sharpened(one: Instance, bound: Bound, chosen: tuple[int, ...]) -> Instance:
    """The most of these that the set can do, by bisection."""
    gains = GainMemory()
    few = wifi.channels("5", one.width_mhz, avoid_dfs=True)
    channels = tuple(few[2 * row % len(few)] if bound == "airtime" else few[row % len(few)] for row in range(len(chosen)))

    def asking(much: float) -> Instance:
        if bound == "sinr":
            return replace(one, requirement=replace(one.requirement, min_sinr_db=round(5 + 40 * much, 1)))
        times = 1000.0**much
        more = (replace(row, down_mbps=round(0.2 * times, 3), up_mbps=round(0.05 * times, 3)) for row in one.demands)
        return replace(one, demands=tuple(more))

    low, high = 0.0, 1.0
    for _ in range(8):
        middle = (low + high) / 2
        asked = asking(middle)
        works = check(_design(asked, chosen, channels), gains, max_points=POINTS).ok
        low, high = (middle, high) if works else (low, middle)
    return asking(low)


def _spots(rng: np.random.Generator, plan: FloorPlan) -> tuple[Spot, ...]:
    """At random, none nearer to another than two access points may be."""
    x1, y1 = plan.levels[0].outline_m[2]
    found: list[Spot] = []
    while len(found) < SPOTS:
        x, y = float(rng.uniform(0.5, x1 - 0.5)), float(rng.uniform(0.5, y1 - 0.5))
        height_m = float(rng.choice([2.5, 4.0, 5.5]))
        if any(math.dist((x, y, height_m), (s.x_m, s.y_m, s.height_m)) < MIN_SPACING_M for s in found):
            continue
        found.append(
            Spot(
                x_m=round(x, 2),
                y_m=round(y, 2),
                height_m=height_m,
                antenna=str(rng.choice(["omni", "omni", "patch"])),
                azimuth_deg=float(rng.integers(0, 8) * 45),
                tilt_deg=30.0,
                cost_yen=float(rng.integers(36, 56) * 5000),
            )
        )
    return tuple(found)


def _design(one: Instance, chosen: Sequence[int], channels: Sequence[int]) -> Design:
    """Built here, not by placement: power 6 dB above a phone's, less where the law asks for it, in half dB."""
    access_points = []
    for number, (row, channel) in enumerate(zip(chosen, channels, strict=True)):
        spot = one.spots[row]
        gain_dbi = ANTENNA_GAIN_DBI[spot.antenna]
        legal_dbm = wifi.max_eirp_dbm("5", channel, one.width_mhz) - gain_dbi
        radio = Radio(
            band="5",
            channel=channel,
            width_mhz=one.width_mhz,
            tx_power_dbm=math.floor(2 * min(POWER_DBM, legal_dbm)) / 2,
            antenna_gain_dbi=gain_dbi,
            client_limit=one.requirement.max_clients_per_radio,
        )
        access_points.append(spot.access_point(f"AP-{number}", (radio,)))
    return Design(floor_plan=one.floor_plan, access_points=tuple(access_points), demands=one.demands, requirement=one.requirement)


def _sets(one: Instance) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Every set with its cost, the cheapest first."""
    price = price_list()
    switch_yen = float(price["switch"]["yen"] + price["ups"]["yen"])
    sets = [chosen for size in range(1, len(one.spots) + 1) for chosen in itertools.combinations(range(len(one.spots)), size)]
    yield from sorted((sum(one.spots[row].cost_yen for row in chosen) + switch_yen, chosen) for chosen in sets)


def brute_force(one: Instance, gains: GainMemory, *, own_channels: bool = False) -> tuple[float, int, int] | None:
    """(cost, access points, designs checked) of the cheapest set that some way to give channels makes work; None if none does.

    `own_channels` gives each access point one that nobody else has, radar or not, instead of the shared few; every other first,
    so that they are not next to each other.
    """
    few = wifi.channels("5", one.width_mhz, avoid_dfs=True)
    many = wifi.channels("5", one.width_mhz)
    checked = 0
    for cost_yen, chosen in _sets(one):
        ways: Iterator[tuple[int, ...]] = itertools.product(few, repeat=len(chosen))
        if own_channels:
            if len(chosen) > len(many):
                continue
            ways = iter([(*many[::2], *many[1::2])[: len(chosen)]])
        for channels in ways:
            checked += 1
            if check(_design(one, chosen, channels), gains, max_points=POINTS).ok:
                return cost_yen, len(chosen), checked
    return None


def bound_by(one: Instance, gains: GainMemory, best: tuple[float, int, int] | None) -> set[Bound]:
    """The limits whose lifting makes the best answer cheaper, or one possible."""
    modest = tuple(replace(row, down_mbps=row.down_mbps / 100, up_mbps=row.up_mbps / 100) for row in one.demands)
    lifted: dict[Bound, tuple[float, int, int] | None] = {
        "airtime": brute_force(replace(one, demands=modest), gains),
        "sinr": brute_force(replace(one, requirement=replace(one.requirement, min_sinr_db=-100.0)), gains),
        "channels": brute_force(one, gains, own_channels=True),
    }
    dear = math.inf if best is None else best[0]
    found: set[Bound] = {name for name, other in lifted.items() if other is not None and other[0] < dear}
    # Whoever shares a channel that is full is short of channels; airtime is short where an own one is full too.
    return found - {"airtime"} if "channels" in found else found


def placed(one: Instance) -> tuple[float, int, float, bool]:
    """(cost, access points, bound, whether all was met) by the stages."""
    ask = Ask(
        requirement=one.requirement,
        bands=("5",),
        widths_mhz=(one.width_mhz,),
        avoid_dfs=True,
        power_span_db=0.0,
        obstruction_db=0.0,
        max_points=POINTS,
    )
    task = posed(one.floor_plan, {"": one.demands}, one.spots, ask)
    found = best_outcome(task, Solver())
    return found.cost_yen, len(found.spots), found.bound_yen, found.check.ok


def instances(bound: Bound, count: int) -> Iterator[tuple[Instance, tuple[float, int, int]]]:
    """The first `count` seeds that have an answer and are bound by that limit alone, with brute force's answer."""
    made = 0
    for seed in itertools.count():
        one = instance(seed, bound)
        gains = GainMemory()
        best = brute_force(one, gains)
        if best is None or best[1] < 2 or {bound} != bound_by(one, gains, best):
            continue
        yield one, best
        made += 1
        if made == count:
            return


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--of", choices=["airtime", "sinr", "channels"])
    arguments.add_argument("--count", type=int, default=10)
    asked = arguments.parse_args()
    kinds: tuple[Bound, ...] = (asked.of,) if asked.of else ("airtime", "sinr", "channels")
    wrong = 0
    print("| bound by | seed | brute force: yen, APs (designs checked) | stages: yen, APs | bound | s |")
    print("|---|---|---|---|---|---|")
    for kind in kinds:
        for one, (cost_yen, count, checked) in instances(kind, asked.count):
            started_s = time.perf_counter()
            try:
                ours = placed(one)
            except PlacementError as error:
                print(kind, one.seed, error)
                wrong += 1
                continue
            same = (cost_yen, count, cost_yen, True) == (ours[0], ours[1], round(ours[2], 3), ours[3])
            wrong += not same
            print(
                f"| {kind} | {one.seed} | {cost_yen:,.0f}, {count} ({checked}) | {ours[0]:,.0f}, {ours[1]} | {ours[2]:,.0f} "
                f"| {time.perf_counter() - started_s:.2f} |{'' if same else ' DIFFERENT'}",
                flush=True,
            )
    print(f"\n{wrong} differ")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
