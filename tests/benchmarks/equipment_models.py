"""What a model of access point costs: a few gyms with the defaults, for several models. No bar but the time of the default.

    python tests/benchmarks/equipment_models.py [--json]

Each row is `place` on a gym of Kashiwa's sizes for shelter day 1, every radio of the model planned, its own limit of clients.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass

import floorplans
from wifiplan import equipment
from wifiplan.capacity import demand
from wifiplan.placement.ask import Ask
from wifiplan.placement.place import place

GYMS_M = {"elementary": (38.9, 23.2, 9.7), "junior high": (39.2, 25.6, 10.6), "large": (48.5, 39.0, 12.0)}
"""Length, width and height: the medians of Kashiwa's elementary and junior high schools, and the largest (PLATEAU footprints)."""
MODELS = (equipment.DEFAULT_MODEL, "Yamaha WLX222", "Juniper Mist AP32")
DEFAULT_BAR_S = 60.0
"""CPU of the default model on one gym."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One gym with one model."""

    gym: str
    people: int
    model: str
    clients_per_radio: int
    access_points: int
    cost_yen: float
    five_year_yen: float | None
    served_share: float
    gap_share: float
    cpu_s: float


def measured(gym: str, name: str) -> Row:
    """Place it and say what came out."""
    plan = floorplans.gym(*GYMS_M[gym])
    who = demand.find_scenario("shelter-day1")
    rows = demand.demands(plan, who)
    ask = Ask(models=(equipment.find(name),), obstruction_db=who.obstruction_db.value)
    before = time.process_time()
    found = place(plan, {who.name: rows}, ask).placement
    cpu_s = time.process_time() - before
    assert found is not None
    return Row(
        gym=gym,
        people=round(sum(row.people for row in rows)),
        model=name,
        clients_per_radio=ask.client_limit,
        access_points=found.access_points,
        cost_yen=found.cost_yen,
        five_year_yen=found.five_year_yen,
        served_share=found.served_share,
        gap_share=found.gap_share,
        cpu_s=round(cpu_s, 1),
    )


def main() -> int:
    """Print the table; 1 if the default takes longer than its bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = []
    for gym in GYMS_M:
        for name in MODELS:
            rows.append(measured(gym, name))
            if not asked.json:
                sys.stdout.write(" | ".join(str(value) for value in asdict(rows[-1]).values()) + "\n")
                sys.stdout.flush()
    if asked.json:
        sys.stdout.write(json.dumps([asdict(row) for row in rows]) + "\n")
    return int(any(row.cpu_s > DEFAULT_BAR_S for row in rows if row.model == equipment.DEFAULT_MODEL and row.gym == "elementary"))


if __name__ == "__main__":
    sys.exit(main())
