"""What hangs in a building already, from a list that anybody can write: a CSV with name, x, y, model and channel."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from floorplans.plan import FloorPlan
from wifiplan import equipment, model
from wifiplan.airtime import wifi
from wifiplan.errors import DesignError
from wifiplan.files import read_text
from wifiplan.model import AccessPoint, Band, Radio

COLUMNS = {
    "name": ("name", "ap", "名称", "名前", "機器名"),
    "x": ("x", "x_m"),
    "y": ("y", "y_m"),
    "height": ("height", "height_m", "h", "高さ"),
    "level": ("level", "floor", "階"),
    "model": ("model", "型番", "機種"),
    "channel": ("channel", "channels", "チャネル", "チャンネル"),
    "power": ("power", "tx_power_dbm", "power_dbm", "出力"),
}
"""Column -> the heads it may have."""

MOST_ROWS = 5000
_BELOW_CEILING_M = 0.3
"""Where no height is given, it hangs this far below the ceiling (assumed)."""
_CHANNEL = re.compile(r"^(?:(2\.4|5|6):)?(\d{1,3})(?:/(20|40|80|160))?$")


def read(path: Path, floor_plan: FloorPlan, *, own: equipment.Models | None = None) -> tuple[AccessPoint, ...]:
    """The access points of a design.json, or of a CSV with the columns name, x, y, model and channel.

    `height`, `level` and `power` (dBm) may be there too. A channel is 36, 36/40 (MHz wide) or 2.4:6; those of one are
    divided by spaces. UTF-8 with or without mark, or Shift_JIS.

    Raises
    ------
    DesignError
        Names the file, the line and the column.
    """
    if path.suffix.lower() != ".csv":
        return model.load(path).access_points
    text = read_text(path, "give a design.json or a CSV")
    rows = csv.DictReader(io.StringIO(text))
    heads = {(head or "").strip().lower(): head for head in rows.fieldnames or ()}
    at = {name: next((heads[one] for one in names if one in heads), None) for name, names in COLUMNS.items()}
    if missing := [name for name in ("name", "x", "y") if at[name] is None]:
        raise DesignError(f"{path}, line 1: no column {missing[0]}; give name, x, y, model, channel")
    found: dict[str, AccessPoint] = {}
    for row in rows:
        if not any((value or "").strip() for value in row.values() if not isinstance(value, list)):
            continue
        where = f"{path}, line {rows.line_num}"
        values = {name: (row.get(head) or "").strip() if head is not None else "" for name, head in at.items()}
        ap = _access_point(values, floor_plan, where, own)
        if ap.name in found:
            raise DesignError(f"{where}: {ap.name} is there twice; give each a name of its own")
        found[ap.name] = ap
        if len(found) > MOST_ROWS:
            raise DesignError(f"{path}: more than {MOST_ROWS} access points; split the list")
    if not found:
        raise DesignError(f"{path}: no access point in it; give one a line below name, x, y, model, channel")
    return tuple(found.values())


def _access_point(values: Mapping[str, str], plan: FloorPlan, where: str, own: equipment.Models | None) -> AccessPoint:
    if not values["name"]:
        raise DesignError(f"{where}: name is empty; give one")
    x, y = (_number(values[name], name, where) for name in ("x", "y"))
    level = int(_number(values["level"], "level", where)) if values["level"] else 0
    if not 0 <= level < len(plan.levels):
        raise DesignError(f"{where}: level {level} does not exist; there are {len(plan.levels)}, from 0")
    storey = plan.levels[level]
    x0, y0, x1, y1 = plan.extent_m
    if not (x0 - 1 <= x <= x1 + 1 and y0 - 1 <= y <= y1 + 1):
        raise DesignError(
            f"{where}: ({x:g}, {y:g}) is outside the building, which is x {x0:g} to {x1:g} m and y {y0:g} to {y1:g} m; "
            "give metres in the plan's axes"
        )
    height = _number(values["height"], "height", where) if values["height"] else round(storey.height_m - _BELOW_CEILING_M, 2)
    if not 0 < height <= storey.height_m:
        raise DesignError(f"{where}: height {height:g} m is not between floor and ceiling ({storey.height_m:g} m)")
    known = equipment.find(values["model"], own) if values["model"] else None
    power = _number(values["power"], "power", where) if values["power"] else None
    radios = tuple(_radio(text, known, power, where) for text in re.split(r"[\s;|]+", values["channel"]) if text)
    if len({radio.band for radio in radios}) < len(radios):
        raise DesignError(f"{where}: channel {values['channel']}: two of one band; give one a band")
    return AccessPoint(
        name=values["name"],
        x_m=x,
        y_m=y,
        height_m=height,
        level=level,
        radios=radios,
        model=None if known is None else known.name,
    )


def _radio(text: str, known: equipment.Model | None, power: float | None, where: str) -> Radio:
    parts = _CHANNEL.match(text)
    if parts is None:
        raise DesignError(f"{where}: channel {text}: give such as 36, 36/40 or 2.4:6, divided by spaces")
    channel, width = int(parts[2]), int(parts[3] or 20)
    band: Band = "2.4" if parts[1] == "2.4" or (not parts[1] and channel <= 14) else "6" if parts[1] == "6" else "5"
    wifi.members(band, channel, width)
    if known is not None and band not in known.bands:
        raise DesignError(f"{where}: {known.name} has no {band} GHz radio; it has {', '.join(known.bands)} GHz")
    radio = Radio(band=band, channel=channel, width_mhz=width)
    return radio if power is None else replace(radio, tx_power_dbm=power)


def _number(text: str, column: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DesignError(f"{where}: {column} is {text or 'empty'}; give a number")
    return value
