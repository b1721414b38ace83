"""What `wifiplan city` leaves in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from floorplans.plan import write_whole

if TYPE_CHECKING:
    from wifiplan.city.outcome import CityPlan


def write(answer: CityPlan, out: Path) -> list[Path]:
    """Every file of a city's plan, each whole or not at all; in this order."""
    from wifiplan.city import outcome, tables

    written = {
        "city.json": json.dumps(outcome.to_json(answer), ensure_ascii=False, indent=1),
        "city.csv": tables.city_csv(answer),
    }
    for name, text in written.items():
        write_whole(out / name, text)
    return [out / name for name in written]
