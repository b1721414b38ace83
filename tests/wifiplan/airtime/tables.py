"""The reference tables of airtime, and how a row becomes a cell."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parents[1] / "capacity"
BANDS = {"24": 2.4, "5": 5, "6": 6}
DIRECTIONS = {"dl": "down", "ul": "up", "both": "both"}


def table(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_cell(row: dict[str, str]) -> dict[str, Any]:
    count = int(row["nsta"])
    second = round(count * float(row["frac2"])) if row["mcs2"] != "-1" else 0
    groups = [{"mcs": int(row["mcs"]), "count": count - second}]
    if second:
        groups.append({"mcs": int(row["mcs2"]), "count": second})
    return {
        "standard": row["std"],
        "band_ghz": BANDS[row["band"]],
        "width_mhz": int(row["bw"]),
        "gi_ns": int(row["gi"]),
        "streams": int(row["nss"]),
        "bss": int(row["nbss"]),
        "idle_bss": int(row["idle"]),
        "clients": groups,
        "direction": DIRECTIONS[row["dir"]],
        "payload_bytes": int(row["payload"]),
        "aggregation": row["ampdu"] != "0",
        "max_ampdu_bytes": int(row["ampdu"]) or None,
        "ba_window": int(row["buf"]),
        "rts": row["rts"] == "1",
        "beacon_interval_ms": float(row["bi"]),
    }


SATURATED = table("saturated.csv")
