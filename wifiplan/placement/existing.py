"""What hangs in a building already, from a list that anybody can write: a CSV with name, x, y, model and channel."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from floorplans.plan import FloorPlan
from wifiplan import equipment, model
from wifiplan.airtime import wifi
from wifiplan.errors import DesignError, RadioError
from wifiplan.files import read_text
from wifiplan.model import AccessPoint, Band, Radio

COLUMNS = {
    "name": ("name", "ap", "ap name", "名称", "名前", "機器名", "ap名", "ap名称", "アクセスポイント", "アクセスポイント名"),
    "x": ("x", "x座標", "x位置", "pos x", "x pos"),
    "y": ("y", "y座標", "y位置", "pos y", "y pos"),
    "height": ("height", "h", "高さ", "設置高", "設置高さ"),
    "level": ("level",),
    "floor": ("floor", "storey", "階", "フロア"),
    "model": ("model", "型番", "機種", "機種名", "型式"),
    "channel": ("channel", "channels", "ch", "チャネル", "チャンネル", "使用チャネル", "使用チャンネル"),
    "channel 2.4": (
        "channel 2g",
        "channel 2 4",
        "channel 2.4g",
        "2.4ghzチャネル",
        "2.4ghzチャンネル",
        "2.4ghz channel",
        "2.4ghz",
    ),
    "channel 5": ("channel 5g", "channel 5", "5ghzチャネル", "5ghzチャンネル", "5ghz channel", "5ghz"),
    "channel 6": ("channel 6g", "channel 6", "6ghzチャネル", "6ghzチャンネル", "6ghz channel", "6ghz"),
    "power": ("power", "tx power", "出力", "送信出力", "空中線電力"),
}
"""Column -> the heads it may have, as `_head` writes them."""

MOST_ROWS = 5000
MOST_POWER_DBM = 36.0
_MOST_TITLE_LINES = 10
_BELOW_CEILING_M = 0.3
"""Where no height is given, it hangs this far below the ceiling (assumed)."""
_UNITS_M = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_CHANNEL = re.compile(r"^(?:(2\.4|5|6)(?:ghz|g)?[:-]?\s*)?(?:ch)?(\d{1,3})(?:ch)?(?:/(20|40|80|160|320))?$", re.IGNORECASE)
_PLAIN_CHANNEL = re.compile(r"^(?:ch)?(\d{1,3})(?:ch)?(?:/(20|40|80|160|320))?$", re.IGNORECASE)
_NO_CHANNEL = frozenset(("", "-", "auto", "自動", "オート", "none", "なし"))


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
    delimiter = max(",;\t", key=text[:4096].count)
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    at: dict[str, tuple[int, float]] = {}
    most: dict[str, tuple[int, float]] = {}
    first = ""
    for _ in range(_MOST_TITLE_LINES):  # lines above the heads say what the list is
        cells = next(lines, [])
        first = first or ", ".join(cell.strip() for cell in cells[:8])
        heads = [_head(cell) for cell in cells]
        at = {
            name: (number, unit)
            for name, names in COLUMNS.items()
            for number, (head, unit) in reversed(list(enumerate(heads)))
            if head in names
        }
        if {"name", "x", "y"} <= at.keys():
            break
        most = at if len(at) > len(most) else most
    if missing := [name for name in ("name", "x", "y") if name not in (at or most)]:
        raise DesignError(
            f"{path}, line 1: no column {missing[0]}; give name, x, y, model, channel (there are {first or 'none'})"
        )
    found: dict[str, AccessPoint] = {}
    for row in lines:
        if not any(cell.strip() for cell in row):
            continue
        where = f"{path}, line {lines.line_num}"
        values = {
            name: unicodedata.normalize("NFKC", row[at[name][0]]).strip() if name in at and at[name][0] < len(row) else ""
            for name in COLUMNS
        }
        if delimiter != ",":
            values |= {name: values[name].replace(",", ".") for name in ("x", "y", "height", "power")}
        values |= {name: _in_metres(values[name], at[name][1]) for name in ("x", "y", "height") if values[name]}
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
    is_number = re.fullmatch(r"-?\d+(\.0)?", values["level"]) is not None
    level = int(float(values["level"])) if is_number else _storey(values["level"] or values["floor"], plan, where)
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
    try:
        known = equipment.find(values["model"], own) if values["model"] else None
    except DesignError as error:
        raise DesignError(f"{where}: {error}") from None
    power = _power_dbm(values["power"], where) if values["power"] else None
    said = [("", text) for text in _channels(values["channel"])]
    said += [(band, text) for band in ("2.4", "5", "6") for text in _channels(values[f"channel {band}"])]
    radios = tuple(_radio(text, known, power, where, band) for band, text in said)
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


def _storey(text: str, plan: FloorPlan, where: str) -> int:
    """The level of a floor by its name: 1 and 1F are the first, which is level 0 of a building without a basement."""
    if not text:
        return 0
    names = [level.name.casefold() for level in plan.levels]
    wanted = text.casefold().removesuffix("階")
    for name in (wanted, f"{wanted}f"):
        if name in names:
            return names.index(name)
    raise DesignError(f"{where}: floor {text}: there is none; there are {', '.join(level.name for level in plan.levels)}")


def _channels(text: str) -> list[str]:
    """The channels of a cell: divided by blanks, commas and the like, and by a stroke where what follows is no width."""
    text = re.sub(r"/(?!(?:20|40|80|160|320)(?!\d))", " ", text)
    return [one for one in re.split(r"[\s;|,+、・&]+", re.sub(r"([:-])\s+", r"\1", text)) if one.casefold() not in _NO_CHANNEL]


def _radio(text: str, known: equipment.Model | None, power: float | None, where: str, said: str = "") -> Radio:
    parts = _PLAIN_CHANNEL.match(text) if said else _CHANNEL.match(text)
    if parts is None:
        raise DesignError(f"{where}: channel {text}: give such as 36, 36/40 or 2.4:6, divided by spaces")
    named, number, wide = (said, *parts.groups()) if said else parts.groups()
    channel, width = int(number), int(wide or 20)
    band: Band = "2.4" if named == "2.4" or (not named and channel <= 14) else "6" if named == "6" else "5"
    try:
        wifi.members(band, channel, width)
    except RadioError as error:
        raise DesignError(f"{where}: {error}") from None
    if known is not None and band not in known.bands:
        raise DesignError(f"{where}: {known.name} has no {band} GHz radio; it has {', '.join(known.bands)} GHz")
    radio = Radio(band=band, channel=channel, width_mhz=width)
    return radio if power is None else replace(radio, tx_power_dbm=power)


def _power_dbm(text: str, where: str) -> float:
    plain = text.casefold().replace(" ", "")
    if plain.endswith("mw"):
        milliwatts = _number(plain.removesuffix("mw"), "power", where)
        power = round(10 * math.log10(milliwatts), 2) if milliwatts > 0 else math.nan
    else:
        power = _number(plain.removesuffix("dbm"), "power", where)
    if not 0 <= power <= MOST_POWER_DBM:
        raise DesignError(f"{where}: power {text} is no transmit power; give dBm from 0 to {MOST_POWER_DBM:g}")
    return power


def _head(text: str) -> tuple[str, float]:
    """A head without width, case and unit, and the metres of that unit."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold().strip("\"'\ufeff ")
    unit = re.search(r"[(\[ _](m|cm|mm|dbm)[)\]]?$", plain)
    name = plain if unit is None else plain[: unit.start()]
    return " ".join(re.split(r"[\s_]+", name.strip())), 1.0 if unit is None else _UNITS_M.get(unit[1], 1.0)


def _in_metres(text: str, unit_m: float) -> str:
    """A length as a plain number of metres, where it is one; else the text as it stands, to be complained of."""
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*(m|cm|mm)?", text.casefold())
    if found is None:
        return text
    return f"{float(found[1]) * (_UNITS_M[found[2]] if found[2] else unit_m):.6g}"


def _number(text: str, column: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DesignError(f"{where}: {column} is {text or 'empty'}; give a number")
    return value
