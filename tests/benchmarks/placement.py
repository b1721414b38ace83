"""Count, cost, gap, headroom and time of placement on the sample buildings, for each scenario.

    python tests/benchmarks/placement.py [--room gym] [--scenario shelter-day1] [--defaults]

At 5 GHz with 50 clients a radio, or with the program's own defaults. Bound and gap are of the mean crowd, headroom is what
nine of ten crowds need besides, and the share served in them is said with and without steering. Processor seconds of this
process: solving and channels, and all with the gain matrices; the compiled kernel is warm.
"""

from __future__ import annotations

import argparse
import time

import floorplans
from wifiplan.capacity import demand
from wifiplan.model import Requirement
from wifiplan.placement.ask import Ask
from wifiplan.placement.place import place


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--room", nargs="*", default=["gym", "community-centre", "school-corridor"])
    arguments.add_argument("--scenario", nargs="*", default=list(demand.scenarios()))
    arguments.add_argument("--defaults", action="store_true")
    asked = arguments.parse_args()
    small = floorplans.gym(12.0, 10.0, 5.0)
    place(small, {"staff": demand.demands(small, "staff")})
    heads = ("room", "scenario", "people", "APs (bound)", "yen", "headroom", "bound", "gap", "held by")
    heads += ("p10", "without steering", "solve s", "all s")
    print(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|")
    plain = Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=50))
    for room in asked.room:
        plan = floorplans.sample(room)
        for name in asked.scenario:
            who = demand.find_scenario(name)
            started_s, wall_s = time.process_time(), time.perf_counter()
            design = place(plan, {name: demand.demands(plan, who)}, Ask() if asked.defaults else plain)
            all_s = time.process_time() - started_s
            # Of a busy machine the clock tells little: its seconds are shared out by processor time.
            share = all_s / (time.perf_counter() - wall_s)
            found = design.placement
            people = sum(row.people for row in design.demands)
            print(
                f"| {room} | {name} | {people:.0f} | {found.access_points} ({found.bound.access_points}) "
                f"| {found.cost_yen:,} | {found.headroom_yen:,} | {found.bound.cost_yen:,} | {found.gap_share:.1%} "
                f"| {found.stopped_by or found.held_by} | {found.served_share_p10:.1%} | {found.served_share_p10_unsteered:.1%} "
                f"| {share * found.seconds.solve:.1f} | {all_s:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
