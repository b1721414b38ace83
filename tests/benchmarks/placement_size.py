"""Halls of 5,500 to 7,900 m2 and a floor of 60 rooms: processor seconds, people served, how soon a stopped search ends.

    python tests/benchmarks/placement_size.py [--hall 6500 …] [--rooms] [--stop-after 20] [--raised] [--defaults]

Shelter on day 1 at 5 GHz with 50 clients a radio, or with the program's own defaults. `--raised` asks once more with the busy
share that a channel may have raised to 0.9, and with twice as many clients a radio. The bar is 60 s of
processor and 90 s of the clock, everybody but 1 % served or a limit named, and 2 s from the wish to stop to the best so far.
"""

from __future__ import annotations

import argparse
import itertools
import time

import floorplans
from floorplans.plan import FloorPlan, Level, Slab, Wall, Zone
from wifiplan.capacity import demand
from wifiplan.city.design import HEIGHT_M as HALL_M
from wifiplan.city.design import gym_size_m
from wifiplan.model import Requirement
from wifiplan.placement.ask import Ask
from wifiplan.placement.place import place

HALLS_M2 = (5500.0, 6500.0, 7900.0)
ROOM_M, DEEP_M, CORRIDOR_M, HEIGHT_M = 7.0, 9.0, 3.0, 3.0
SCENARIO = "shelter-day1"


def floor_of_rooms(rows: int = 4, columns: int = 15) -> FloorPlan:
    """Rooms of 7 x 9 m in rows along corridors of 3 m, all walls of concrete."""
    long_m, walls, zones, y = columns * ROOM_M, [], [], 0.0

    def wall(x0: float, y0: float, x1: float, y1: float) -> None:
        walls.append(Wall(start_m=(x0, y0), end_m=(x1, y1), z0_m=0.0, z1_m=HEIGHT_M, material="concrete", thickness_m=0.15))

    for row in range(rows):
        for column in range(columns):
            x0, x1 = column * ROOM_M, (column + 1) * ROOM_M
            zones.append(Zone(name=f"room {row}-{column}", polygon_m=((x0, y), (x1, y), (x1, y + DEEP_M), (x0, y + DEEP_M))))
        for x in range(columns + 1):
            wall(x * ROOM_M, y, x * ROOM_M, y + DEEP_M)
        wall(0.0, y, long_m, y)
        wall(0.0, y + DEEP_M, long_m, y + DEEP_M)
        y += DEEP_M + (CORRIDOR_M if row % 2 == 0 else 0.0)
    outline = ((0.0, 0.0), (long_m, 0.0), (long_m, y), (0.0, y))
    for (x0, y0), (x1, y1) in itertools.pairwise((*outline, outline[0])):
        wall(x0, y0, x1, y1)
    slabs = tuple(Slab(polygon_m=tuple((x, y_, z) for x, y_ in outline), material="concrete") for z in (0.0, HEIGHT_M))
    level = Level(name="1F", floor_m=0.0, ceiling_m=HEIGHT_M, outline_m=outline)
    return FloorPlan(name=f"{rows * columns} rooms", levels=(level,), walls=tuple(walls), slabs=slabs, zones=tuple(zones))


def tried(plan: FloorPlan, ask: Ask, stop_after_s: float | None) -> None:
    """One row of the table."""
    started_s, wall_s = time.process_time(), time.perf_counter()
    asked_s: list[float] = []

    def cancelled() -> bool:
        over = stop_after_s is not None and time.process_time() - started_s > stop_after_s
        if over and not asked_s:
            asked_s.append(time.process_time())
        return over

    people = demand.demands(plan, SCENARIO)
    found = place(plan, {SCENARIO: people}, ask, cancelled=cancelled).placement
    assert found is not None  # `place` always says it
    spent_s, clock_s = time.process_time() - started_s, time.perf_counter() - wall_s
    after = f"{time.process_time() - asked_s[0]:.1f}" if asked_s else ""
    print(
        f"| {plan.name} | {sum(row.people for row in people):.0f} | {ask.requirement.max_busy_share:g} | {ask.client_limit} "
        f"| {found.access_points} "
        f"| {found.cost_yen:,} | {found.coverage_share:.1%} | {found.served_share:.1%} | {found.served_share_p10:.1%} "
        f"| {found.stopped_by or ('stopped' if found.cancelled else '')} | {spent_s:.0f} | {clock_s:.0f} | {after} |",
        flush=True,
    )


def main() -> None:
    """Print a row for each building."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hall", nargs="*", type=float, default=list(HALLS_M2), help="m2")
    parser.add_argument("--rooms", action="store_true", help="the floor of 60 rooms, too")
    parser.add_argument("--stop-after", type=float, help="wish to stop after so many processor seconds")
    parser.add_argument("--raised", action="store_true")
    parser.add_argument("--defaults", action="store_true")
    asked = parser.parse_args()
    small = floorplans.gym(12.0, 10.0, 5.0)
    place(small, {"staff": demand.demands(small, "staff")})
    heads = (
        "building",
        "people",
        "busy share",
        "clients a radio",
        "APs",
        "yen",
        "covered",
        "served",
        "p10",
        "limit",
        "CPU s",
        "wall s",
        "after stop s",
    )
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    plans = [floorplans.gym(*gym_size_m(m2), HALL_M, name=f"hall {m2:g} m2") for m2 in asked.hall]
    for plan in [*plans, *([floor_of_rooms()] if asked.rooms else [])]:
        for busy_share, limit in ((0.7, 50), (0.9, 50), (0.7, 100)) if asked.raised else ((0.7, None if asked.defaults else 50),):
            requirement = Requirement(max_clients_per_radio=limit, max_busy_share=busy_share)
            bands = () if asked.defaults else ("5",)
            tried(plan, Ask(bands=bands, requirement=requirement, with_limits=False), asked.stop_after)


if __name__ == "__main__":
    main()
