"""Who goes where, held against where people were: Nanao, 9 January 2024, 18:00.

    python tests/benchmarks/city_nanao.py SHARED

Each 地区's total of that evening is taken as its population, at the places of its designated buildings in the open data,
weighted by their published room indoors; the shelters are those that were open. Nothing is fitted.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from wifiplan.city import people
from wifiplan.city.layers import Homes
from wifiplan.city.listing import read_lists, same_name

SNAPSHOT = "open_shelter_Nanao-shi_2024-01-09-1800.csv"
UNKNOWN_ROOM = 100.0
"""Taken for an open shelter without a published room: a community hall (assumed)."""


def _district(text: str) -> str:
    """The name of a 地区 without its ending, in one form of its letters."""
    return same_name(text).split("地区")[0]


def compared(shared: Path) -> dict[str, Any]:
    """People by shelter as assigned and as they were."""
    folder = shared / "data" / "nanao"
    there = read_lists([folder / "history" / SNAPSHOT]).facilities
    with (folder / "history" / SNAPSHOT).open(encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    column = next(name for name in rows[0] if name.startswith("人数"))
    was = {same_name(row["名称"]): float(row[column]) for row in rows}
    actual = np.array([was[same_name(one.name)] for one in there])
    totals: dict[str, float] = {}
    for one, count in zip(there, actual, strict=True):
        totals[_district(one.district)] = totals.get(_district(one.district), 0.0) + count
    buildings = [one for one in read_lists([folder / "reference_data.csv"]).facilities if one.persons and one.place_deg]
    homes, at, names = [], [], []
    # A quarter's building tells where people live; a hall for thousands does not: room is cut at 1,000.
    for district, total in totals.items():
        own = [one for one in buildings if _district(one.district) == district or (district == "中島" and _nakajima(one.address))]
        own = own or [one for one in there if _district(one.district) == district]
        weight = np.array([min(one.persons or UNKNOWN_ROOM, 1000.0) for one in own])
        homes += list(total * weight / weight.sum())
        at += [one.place_deg for one in own]
        names += [district] * len(own)
    layer = Homes(people=np.array(homes), at_deg=np.array(at, float), names=tuple(names), districts=tuple(names))
    room = np.array([max(one.persons or UNKNOWN_ROOM, 0.0) for one in there])
    found = people.assigned(layer, people.shelters_deg(there), room, sheltered_share=1.0)
    nearest = _nearest(layer, people.shelters_deg(there))
    by_district = {name: [0.0, 0.0] for name in totals}
    for one, assigned, count in zip(there, found.people, actual, strict=True):
        by_district[_district(one.district)][0] += assigned
        by_district[_district(one.district)][1] += count
    return {
        "shelters": len(there),
        "people": actual.sum(),
        "without_room": round(found.left, 1),
        "misplaced_share": round(float(np.abs(found.people - actual).sum() / 2 / actual.sum()), 3),
        "misplaced_share_nearest_only": round(float(np.abs(nearest - actual).sum() / 2 / actual.sum()), 3),
        "misplaced_share_by_room": round(float(np.abs(room / room.sum() * actual.sum() - actual).sum() / 2 / actual.sum()), 3),
        "misplaced_share_of_districts": round(sum(abs(a - b) for a, b in by_district.values()) / 2 / actual.sum(), 3),
        "median_error_people": float(np.median(np.abs(found.people - actual))),
        "correlation": round(float(np.corrcoef(found.people, actual)[0, 1]), 2),
        "mean_way_m": round(found.mean_way_m),
        "crowded_beyond_room": [one.name for one, count, most in zip(there, actual, room, strict=True) if count > most],
        "farthest_off": [
            [there[at].name, round(float(found.people[at])), round(float(actual[at]))]
            for at in np.argsort(-np.abs(found.people - actual))[:6]
        ],
    }


def _nakajima(address: str) -> bool:
    """The former town of Nakajima: its quarters have names of their own in the open data."""
    return "中島町" in address


def _nearest(homes: Homes, shelters_deg: np.ndarray) -> np.ndarray:
    from wifiplan.city.places import distances_m

    way = distances_m(homes.at_deg[:, 0], homes.at_deg[:, 1], shelters_deg)
    return np.bincount(way.argmin(axis=1), weights=homes.people, minlength=len(shelters_deg))


if __name__ == "__main__":
    print(json.dumps(compared(Path(sys.argv[1])), ensure_ascii=False, indent=1))
