"""Kashiwa's 108 shelters with stub designs: reading, assignment, and three budgets over four levels by HiGHS beside greedy.

    python tests/benchmarks/city_budget.py SHARED

Designs are a stub by area (an access point for every 120 people), so that only what `city` itself does is timed.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from wifiplan.city import outcome, plan
from wifiplan.city.design import Task
from wifiplan.city.levels import LEVELS

BUDGETS_YEN = (10e6, 20e6, 50e6)
LAYERS = ("population_kashiwa_202310", "waterhazard_kashiwa", "boundary_kashiwa", "kashiwa_school_buildings_plateau")


def stub(task: Task) -> dict[str, Any]:
    """Figures by area, as Kashiwa's real designs have them on the whole; no design."""
    people = round(task.length_m * task.width_m * 0.4)
    figures = []
    for level, more in (("basic", 0), ("survives-one", 1)):
        points = math.ceil(people / 120) + more
        row = {
            "level": level,
            "people": people,
            "access_points": points,
            "switches": -(-points // 8),
            "cost_yen": 150e3 + 225e3 * points,
        }
        row |= {
            "five_year_yen": 5e5 + 4e5 * points,
            "served_share": 1.0,
            "gap_share": 0.0,
            "stopped_early": False,
            "model": "stub",
        }
        figures.append({**row, "seconds": 0.0})
    return {"figures": figures, "designs": {}}


def main() -> None:
    """Print one JSON line for reading and assignment, and one for each budget."""
    data = Path(sys.argv[1]) / "data" / "kashiwa"
    wish = plan.Wish(
        lists=(data / "kashiwa_evacuation.geojson",),
        layers=tuple(str(data / f"{name}.geojson") for name in LAYERS),
        levels=LEVELS,
    )
    started_s = time.perf_counter()
    city = plan.city_of(wish)
    assert city.assignment is not None
    told = {
        "facilities": len(city.facilities),
        "skipped": len(city.skipped),
        "seconds": round(time.perf_counter() - started_s, 2),
    }
    told |= {
        "people": round(city.assignment.total),
        "without_room": round(city.assignment.left),
        "gap_share": city.assignment.gap_share,
    }
    print(
        json.dumps(
            told
            | {"mean_way_m": round(city.assignment.mean_way_m), "overfull_if_nearest": round(city.assignment.overfull_if_nearest)}
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        made = plan.design_all(city, wish, Path(folder), jobs=1, work=stub)
    for budget_yen in BUDGETS_YEN:
        for rules in ({}, {"district_floor": 1}, {"years": 3}) if budget_yen == BUDGETS_YEN[1] else ({},):
            started_s = time.process_time()
            try:
                found = outcome.plan(city, replace(wish, budget_yen=budget_yen, **rules), made).budget
            except Exception as error:  # noqa: BLE001  a floor above the budget is told, as a user sees it
                print(json.dumps({"budget_yen": budget_yen, **rules, "refused": str(error)}))
                continue
            assert found is not None
            keys = ("facilities", "cost_yen", "person_hours", "bound", "gap_share")
            row = {
                "budget_yen": budget_yen,
                **rules,
                **{key: found[key] for key in keys},
                "greedy": found["greedy"]["person_hours"],
            }
            print(json.dumps(row | {"cpu_s_with_curve": round(time.process_time() - started_s, 2)}))


if __name__ == "__main__":
    main()
