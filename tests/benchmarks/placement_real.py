"""Six real school gyms, from the city's footprints to design and report.

    python tests/benchmarks/placement_real.py FOLDER [--count 6]

Reads the folder `shared` beside the repository; designs and reports stay in FOLDER, to be looked at.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import floorplans
from wifiplan import model
from wifiplan.capacity import demand
from wifiplan.model import Requirement
from wifiplan.placement.ask import Ask
from wifiplan.placement.place import place
from wifiplan.report import document as report

SOURCE = Path(__file__).resolve().parents[3] / "shared" / "data" / "kashiwa" / "kashiwa_school_buildings_plateau.geojson"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--count", type=int, default=6)
    asked = arguments.parse_args()
    if not SOURCE.exists():
        sys.exit(f"nothing to measure: there is no {SOURCE}")
    asked.folder.mkdir(parents=True, exist_ok=True)
    features = json.loads(SOURCE.read_text("utf-8"))["features"]
    gyms = [index for index, one in enumerate(features) if one["properties"].get("gym_candidate")][: asked.count]
    who = demand.find_scenario("shelter-day1")
    print("| gym | m2 | people | APs (bound) | yen | gap | place s | report s (processor) |")
    print("|---|---|---|---|---|---|---|---|")
    for index in gyms:
        started_s = time.process_time()
        plan = floorplans.read(SOURCE, feature=str(index))
        design = place(
            plan,
            {who.name: demand.demands(plan, who)},
            Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=50), obstruction_db=who.obstruction_db.value),
            assumptions=demand.assumptions(who),
        )
        placed_s = time.process_time()
        model.save(design, asked.folder / f"{index}.json")
        report.write_report(design, asked.folder / f"{index}.pdf")
        found = design.placement
        people = sum(row.people for row in design.demands)
        print(
            f"| {plan.name} | {plan.area_m2:.0f} | {people:.0f} | {found.access_points} ({found.bound.access_points}) "
            f"| {found.cost_yen:,} | {found.gap_share:.1%} | {placed_s - started_s:.1f} "
            f"| {time.process_time() - placed_s:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
