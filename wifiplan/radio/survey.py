"""A survey: what was received where, from a CSV of our own or of a survey app, joined to the access points of a design.

Only readings of the design's own access points are kept. Other addresses, which may be people's devices, are counted and
forgotten: they are in no message, no result and no file.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from wifiplan.errors import SurveyError
from wifiplan.files import read_text
from wifiplan.radio.survey_headings import NO_UNITS, PIXELS, UNIT_WORDS, UNITS_M, name_and_unit, role_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan
    from wifiplan.model import AccessPoint

NOT_HEARD_DBM = -110.0
"""At or below this no receiver decodes anything: apps write such figures (-127, -200) for an access point that was not heard."""

LEAST_DBM = -200.0
"""Below this the column is not in dBm."""

OUTSIDE_M = 1.0
"""As far outside the outline as a point may be: people click beside the wall."""

MOST_UNKNOWN = 64
"""Names of access points that the design has not, of which readings are kept."""

_MINUS = str.maketrans(dict.fromkeys("−‐‑–—﹣‒―ー▲△", "-"))
"""As phones, word processors and Japanese spreadsheets write it: ▲ is a ledger's minus."""
_HIDDEN = frozenset(
    {
        *("", "redacted", "hidden", "private", "unknown", "n/a", "na", "null", "none", "-", "masked", "anonymous", "anonymized"),
        *("anonymised", "removed", "restricted", "permission denied", "非公開", "非表示", "伏字", "秘匿", "マスク", "不明"),
    }
)
_MASKED = re.compile(r"(?=.*[x*#?])[0-9a-fx*#?]{1,2}([:.-]?[0-9a-fx*#?]{1,4}){2,}")
_BANDS_MHZ = {"2.4": (2400.0, 2500.0), "5": (4900.0, 5924.9), "6": (5925.0, 7125.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Readings, one each, and what was left out of the file.

    Attributes
    ----------
    points_m : array (n, 3)
        Where, above the datum.
    access_point : array (n,) of int
        Which, by its place in the list the survey was read for.
    height_m : array (n,)
        Of the receiver above the floor.
    rssi_dbm : array (n,)
    people_per_m2 : array (n,)
        Around the receiver; NaN where the file does not say.
    receiver : array (n,) of int or None
        Which of `receivers` measured; None where the file does not name them. An address in place of a name is not kept.
    unknown : dict
        Readings (x_m, y_m, z_m, rssi_dbm) of named access points that the design has not, by name, `MOST_UNKNOWN` names at most;
        they count among the foreign. Of addresses nothing is kept.
    not_heard, foreign, other_bands : int
        Readings left out: no signal, not of this design, of another band.
    """

    points_m: NDArray[np.float64]
    access_point: NDArray[np.intp]
    height_m: NDArray[np.float64]
    rssi_dbm: NDArray[np.float64]
    people_per_m2: NDArray[np.float64]
    receiver: NDArray[np.intp] | None = None
    receivers: tuple[str, ...] = ()
    unknown: dict[str, tuple[tuple[float, float, float, float], ...]] = field(default_factory=dict)
    not_heard: int = 0
    foreign: int = 0
    other_bands: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    index: int
    unit: str


def read(
    path: str | Path,
    floor_plan: FloorPlan,
    access_points: Sequence[AccessPoint],
    *,
    band: str,
    level: int = 0,
    height_m: float = 1.0,
    metres_per_unit: float | None = None,
    y_down: bool = False,
) -> Survey:
    """Read a survey CSV: x, y, ap or bssid, rssi; also z_m, height_m, level, band, channel, frequency, people_per_m2.

    Parameters
    ----------
    path : path
        Comma, semicolon or tab between the columns; UTF-8 or Shift_JIS.
    floor_plan, access_points
        The design's. A bssid belongs to the access point whose `key` it is, or that alone has a key in the same block of 16.
    band : str
        Readings of another band are left out and counted. A reading that does not say is taken to be of this one.
    level, height_m
        Where a row does not say: storey from 0, receiver above its floor.
    metres_per_unit : float, optional
        For coordinates that are not in metres, such as the pixels of a picture.
    y_down : bool
        Coordinates count from the top edge of the plan, as in pictures.

    Raises
    ------
    SurveyError
        No column, no number, no signal in dBm, a place outside the plan, an access point that the design has not: the line, and
        what to do.
    """
    path = Path(path)
    if metres_per_unit is not None and not (math.isfinite(metres_per_unit) and metres_per_unit > 0):
        raise SurveyError(f"--metres-per-unit {metres_per_unit:g}: give metres for one unit of the file, above 0")
    table, first_line = _table(path)
    columns = _columns(path, table)
    scale = _metres_per_unit(path, columns, metres_per_unit)
    match = _Match(access_points)
    extent_m = shapely.total_bounds([shapely.Polygon(one.outline_m) for one in floor_plan.levels]).tolist()
    outlines = [shapely.buffer(shapely.Polygon(one.outline_m), OUTSIDE_M) for one in floor_plan.levels]
    rows: list[tuple[float, float, float, int, float, float, float]] = []
    receivers: list[str] = []
    unknown: dict[str, list[tuple[float, float, float, float]]] = {}
    not_heard = foreign = other_bands = unsaid = hidden = 0
    bad: list[SurveyError] = []
    channels = _Channels(table, columns)

    def reading(row: _Row) -> None:
        """Keep or count one row; raises `SurveyError` for one that cannot be read."""
        nonlocal not_heard, foreign, other_bands, unsaid, hidden
        x_m, y_m = row.number("x") * scale, row.number("y") * scale
        y_m = extent_m[3] - y_m if y_down else y_m
        storey = row.level(floor_plan, level)
        if not shapely.contains_xy(outlines[storey], x_m, y_m):
            x0, y0, x1, y1 = extent_m
            raise SurveyError(
                f"{row.where}: ({x_m:g}, {y_m:g}) m is outside the plan ({x0:g} to {x1:g}, {y0:g} to {y1:g}); "
                "give its axes in metres, or --metres-per-unit and --y-down for a picture's"
            )
        rssi_dbm = row.rssi_dbm()
        own_band = row.band(channels)
        if own_band not in {None, band}:
            other_bands += 1
            return
        if row.hidden():
            hidden += 1
            return
        index = match.index(row)
        if index is None:
            foreign += 1
            name = row.text("ap")
            if name and not _address(name) and rssi_dbm is not None and (name in unknown or len(unknown) < MOST_UNKNOWN):
                unknown.setdefault(name, []).append((x_m, y_m, row.z_m(floor_plan.levels[storey].floor_m, height_m), rssi_dbm))
            return
        unsaid += own_band is None
        if rssi_dbm is None:
            not_heard += 1
            return
        floor_m = floor_plan.levels[storey].floor_m
        z_m = row.z_m(floor_m, height_m)
        receivers.append(row.text("receiver"))
        rows.append((x_m, y_m, z_m, index, z_m - floor_m, rssi_dbm, row.people_per_m2()))

    for number, cells in enumerate(table[1:], start=first_line + 1):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            reading(_Row(f"{path}: line {number}", cells, columns))
        except SurveyError as error:
            bad.append(error)
    good = len(rows) + not_heard + foreign + other_bands + hidden
    if len(bad) > max(good, 0):
        # Not a slip here and there: the first says what is wrong with all.
        raise bad[0]
    if hidden and not rows:
        raise SurveyError(
            f"{path}: the addresses of {hidden} readings are hidden; let the app see locations as it records, or add a column ap "
            "(an address has twelve hexadecimal digits)"
        )
    if not rows:
        raise SurveyError(_nothing_left(path, band, foreign=foreign, other_bands=other_bands, not_heard=not_heard))
    values = np.array(rows, dtype=np.float64)
    devices, device = np.unique(receivers, return_inverse=True)
    return Survey(
        points_m=values[:, :3],
        access_point=values[:, 3].astype(np.intp),
        height_m=values[:, 4],
        rssi_dbm=values[:, 5],
        people_per_m2=values[:, 6],
        receiver=device.ravel() if len(devices) > 1 else None,
        receivers=tuple(_receiver_name(name, number) for number, name in enumerate(devices.tolist(), 1)),
        unknown={name: tuple(readings) for name, readings in unknown.items()},
        not_heard=not_heard,
        foreign=foreign,
        other_bands=other_bands,
        warnings=_warnings(band, access_points, foreign=foreign, other_bands=other_bands, not_heard=not_heard, unsaid=unsaid)
        + _left_out(path, bad, hidden=hidden, unsure=channels.unsure),
    )


def _receiver_name(name: str, number: int) -> str:
    """A receiver's name; an address is none."""
    return f"receiver {number}" if not name or _address(name) else name[:40]


def _left_out(path: Path, bad: Sequence[SurveyError], *, hidden: int, unsure: int) -> tuple[str, ...]:
    """Rows that could not be read, each with its line, and those that do not say enough."""
    said = [f"{hidden} readings with a hidden address are left out"] if hidden else []
    if unsure:
        said.append(
            f"{unsure} readings on channels of two bands are left out, for others are at 6 GHz; give a column band or frequency"
        )
    if bad:
        lines = "; ".join(str(error).removeprefix(f"{path}: ") for error in bad[:5])
        said.append(f"{len(bad)} rows that cannot be read are left out: {lines}{'; …' if len(bad) > 5 else ''}")
    return tuple(said)


def _nothing_left(path: Path, band: str, *, foreign: int, other_bands: int, not_heard: int) -> str:
    if other_bands:
        return f"{path}: no reading at {band} GHz, {other_bands} of other bands; give --band"
    if foreign:
        return (
            f"{path}: none of {foreign} readings is of an access point of the design; give it the names or the addresses "
            "(`key`) of the survey"
        )
    if not_heard:
        return f"{path}: all {not_heard} readings are at or below {NOT_HEARD_DBM:g} dBm, which is no signal; give RSSI in dBm"
    return f"{path}: no readings; give a line of x, y, ap, rssi for each"


def _warnings(
    band: str, access_points: Sequence[AccessPoint], *, foreign: int, other_bands: int, not_heard: int, unsaid: int
) -> tuple[str, ...]:
    """What a reader of the result must know of the file."""
    several = any(len({radio.band for radio in ap.radios}) > 1 for ap in access_points)
    return tuple(
        text
        for text, said in (
            (f"{foreign} readings of access points that are not the design's are left out", foreign),
            (f"{other_bands} readings of other bands are left out", other_bands),
            (f"{not_heard} readings without signal are left out: places where nothing is heard are not in the fit", not_heard),
            (f"{unsaid} readings do not say their band; they are taken to be of {band} GHz", unsaid if several else 0),
        )
        if said
    )


def _table(path: Path) -> tuple[list[list[str]], int]:
    """Rows of cells from the heading on, and the heading's line."""
    text = read_text(path, "give a CSV with x, y, ap, rssi", error=SurveyError)
    if not text.strip():
        raise SurveyError(f"{path}: the file is empty; give a CSV with x, y, ap, rssi")
    lines = text.splitlines()
    # Some apps write a line or two about themselves before the heading.
    start = next((number for number, line in enumerate(lines[:10]) if _looks_like_heading(line)), 0)
    try:
        rows = list(csv.reader(lines[start:], delimiter=_delimiter(lines[start]), skipinitialspace=True))
    except csv.Error as error:
        raise SurveyError(f"{path}: not readable as CSV ({error}); save the survey as CSV in UTF-8") from None
    return rows, start + 1


def _delimiter(line: str) -> str:
    return max(",;\t|", key=line.count)


def _looks_like_heading(line: str) -> bool:
    roles = {role_of(*name_and_unit(cell)) for cell in line.split(_delimiter(line))}
    return len(roles & {"x", "y", "rssi", "ap", "bssid"}) >= 2


def _columns(path: Path, table: list[list[str]]) -> dict[str, _Column]:
    """What each column is. A row of units under the heading is taken out of the table, and counts as the heading's."""
    heading = table[0]
    units = table[1] if len(table) > 1 and _is_units_row(table[1]) else []
    if units:
        table[1] = []
    columns: dict[str, _Column] = {}
    signals: list[_Column] = []
    relative: list[str] = []
    for index, cell in enumerate(heading):
        name, unit = name_and_unit(cell)
        unit = unit or (units[index].strip().lower() if index < len(units) else "")
        role = role_of(name, unit)
        if role == "rssi" and unit in {"%", "pct", "mw", "w"}:
            relative.append(cell.strip())
        elif role == "rssi":
            signals.append(_Column(cell.strip(), index, unit))
        elif role is not None:
            columns.setdefault(role, _Column(cell.strip(), index, unit))
    if signals:
        # Some apps give a share in per cent first, and call both a signal: dBm is what is said to be, or is below 0.
        columns["rssi"] = next(
            (one for one in signals if one.unit == "dbm"), next((one for one in signals if _below_zero(table, one)), signals[0])
        )
    missing = [(role, ours) for role, ours in (("x", "x_m"), ("y", "y_m"), ("rssi", "rssi_dbm")) if role not in columns] + (
        [] if {"ap", "bssid"} & columns.keys() else [("ap", "ap or bssid")]
    )
    if ("rssi", "rssi_dbm") in missing and relative:
        raise SurveyError(f"{path}: column {relative[0]!r} is not in dBm; export the received power in dBm as rssi_dbm")
    if missing:
        named = ", ".join(repr(cell.strip()[:30]) for cell in heading[:12])
        raise SurveyError(f"{path}: no column {missing[0][1]}; name x_m, y_m, ap or bssid, and rssi_dbm (there are {named})")
    return columns


def _is_units_row(cells: list[str]) -> bool:
    """Whether a row under the heading holds units and nothing else."""
    said = [cell.strip().lower().strip("()[]") for cell in cells if cell.strip()]
    return len(said) >= 2 and all(cell in UNIT_WORDS | UNITS_M.keys() | PIXELS | NO_UNITS for cell in said)


def _below_zero(table: list[list[str]], column: _Column) -> bool:
    """Whether the first figures of a column are below 0."""
    figures = [_figure(row[column.index]) for row in table[1:200] if column.index < len(row) and row[column.index].strip()]
    return bool(figures) and all(figure is not None and figure < 0 for figure in figures)


def _figure(text: str) -> float | None:
    """A number as people and apps write it: full-width, other minus signs, a ledger's brackets, a decimal comma, a unit."""
    plain = unicodedata.normalize("NFKC", text.translate(_MINUS)).translate(_MINUS).strip().lstrip("'")
    plain = re.sub(r"\s*(dbm|db|mhz|ghz|khz|hz|m)$", "", plain, flags=re.IGNORECASE).replace(",", ".")
    plain = re.sub(r"^-\s+", "-", re.sub(r"^\((\d[\d.]*)\)$", r"-\1", plain))
    try:
        return float(plain)
    except ValueError:
        return None


def _metres_per_unit(path: Path, columns: dict[str, _Column], metres_per_unit: float | None) -> float:
    if metres_per_unit is not None:
        return metres_per_unit
    unit = columns["x"].unit
    if unit in PIXELS:
        raise SurveyError(f"{path}: column {columns['x'].name!r} is in pixels; give --metres-per-unit (metres for one pixel)")
    return UNITS_M.get(unit, 1.0)


class _Row:
    """One line, its cells by what they are."""

    __slots__ = ("_cells", "_columns", "where")

    def __init__(self, where: str, cells: list[str], columns: dict[str, _Column]) -> None:
        self.where, self._cells, self._columns = where, cells, columns

    def text(self, role: str) -> str:
        """Empty without such a column or in a short line."""
        column = self._columns.get(role)
        return "" if column is None or column.index >= len(self._cells) else self._cells[column.index].strip()

    def number(self, role: str) -> float:
        text = self.text(role)
        name = self._columns[role].name
        # "-67 dBm" as apps write it; a decimal comma can only be one where commas do not part the columns.
        value = _figure(text)
        if value is None:
            raise SurveyError(f"{self.where}: {name} is {text[:20]!r}, not a number")
        if not math.isfinite(value):
            raise SurveyError(f"{self.where}: {name} is {text}; give a number, or leave the line out")
        return value

    def rssi_dbm(self) -> float | None:
        """None when nothing was heard."""
        if not self.text("rssi"):
            return None
        if self.text("rssi").endswith(("%", "％")):
            raise SurveyError(
                f"{self.where}: a signal of {self.text('rssi')[:8]} is a share, not dBm; export the received power in dBm"
            )
        value = self.number("rssi")
        if value >= 0.0:
            raise SurveyError(f"{self.where}: RSSI of {value:g} is no received power in dBm (below 0); percent or quality?")
        if value < LEAST_DBM:
            raise SurveyError(f"{self.where}: RSSI of {value:g} is no received power in dBm; check the unit of the column")
        return None if value <= NOT_HEARD_DBM else value

    def z_m(self, floor_m: float, height_m: float) -> float:
        """Of the receiver, above the datum."""
        return self.number("z") if self.text("z") else floor_m + (self.number("height") if self.text("height") else height_m)

    def level(self, floor_plan: FloorPlan, otherwise: int) -> int:
        """A level counts from 0; a floor goes by its name, 1 and 1F alike."""
        names = [level.name for level in floor_plan.levels]
        text = unicodedata.normalize("NFKC", self.text("level") or self.text("floor")).removesuffix("階").strip()
        for name in (text, f"{text}F"):
            if name in names:
                return names.index(name)
        if not text:
            return otherwise
        if self.text("level") and re.fullmatch(r"\d+(\.0)?", text) and int(float(text)) < len(names):
            return int(float(text))
        raise SurveyError(f"{self.where}: level {text[:20]!r} does not exist; there are {', '.join(names)}, or a level from 0")

    def hidden(self) -> bool:
        """Whether the address is none, as phones write what they keep to themselves, and no name says whose it is."""
        if self.text("ap") or "bssid" not in self._columns:
            return False
        text = unicodedata.normalize("NFKC", self.text("bssid")).lower()
        if address := _address(text):
            return address in {"020000000000", "000000000000", "ffffffffffff"}
        return text.strip("<>()[]{}* ") in _HIDDEN or _MASKED.fullmatch(text) is not None

    def band(self, channels: _Channels) -> str | None:
        """The band that band, frequency or channel say; None where none of them says, "?" where a channel is at two."""
        if text := unicodedata.normalize("NFKC", self.text("band")).strip().replace(",", "."):
            if band := _band_of_words(text) or {"2.4": "2.4", "5": "5", "6": "6", "6E": "6", "60": "60"}.get(text.rstrip("帯 ")):
                return band
            raise SurveyError(f"{self.where}: band {text[:20]!r}: give 2.4, 5 or 6")
        if self.text("frequency"):
            return self._band_of_frequency()
        text = unicodedata.normalize("NFKC", self.text("channel")).replace(",", ".")
        if band := _band_of_words(text):
            return band
        number = channels.number(text)
        return None if number is None else channels.band(number)

    def _band_of_frequency(self) -> str:
        """By the unit of the column, else by the size of the figure: GHz, MHz, kHz and Hz do not meet."""
        said = self.number("frequency")
        scale = {"ghz": 1000.0, "mhz": 1.0, "khz": 1e-3, "hz": 1e-6}.get(self._columns["frequency"].unit)
        for factor in (1.0, 1000.0, 1e-3, 1e-6) if scale is None else (scale,):
            for band, (low, high) in _BANDS_MHZ.items():
                if low <= said * factor <= high:
                    return band
        raise SurveyError(f"{self.where}: a frequency of {said:g} is in no Wi-Fi band; give MHz")

    def people_per_m2(self) -> float:
        if not self.text("people"):
            return math.nan
        value = self.number("people")
        if value < 0.0:
            raise SurveyError(f"{self.where}: {value:g} people per m2; give 0 or more")
        return value


def _band_of_words(text: str) -> str | None:
    """The band of `5GHz`, `2.4G ch1`, `6E-37`, `1 (6 GHz)`, `FIVE` and of Japan's W52, W53 and W56, if the text names one."""
    text = text.lower()
    if spelt := re.match(r"(two|five|six)", text):
        return {"two": "2.4", "five": "5", "six": "6"}[spelt[1]]
    if said := re.search(r"(?<![\d.])(2\.4|5|6)\s*g(?:hz)?(?![a-z])", text):
        return said[1]
    found = re.match(r"(2(?:\.4)?|5(?:\.[0-9])?|6)\s*(?:g|e\b)|(w5[2368])", text)
    return None if found is None else "5" if found[2] else "2.4" if found[1][0] == "2" else found[1][0]


class _Channels:
    """Which band a channel number is of: 37 is at 6 GHz only, 5 and 149 are there too, if others of the file are."""

    __slots__ = ("_any_at_6", "unsure")

    def __init__(self, table: list[list[str]], columns: dict[str, _Column]) -> None:
        self.unsure = 0
        column = columns.get("channel")
        cells = [] if column is None or "band" in columns or "frequency" in columns else table[1:]
        numbers = (self.number(row[column.index]) for row in cells if column is not None and column.index < len(row))
        self._any_at_6 = any(_only_at_6(number) for number in numbers if number is not None)

    @staticmethod
    def number(text: str) -> int | None:
        """The channel of `36`, `ch36`, `36@80` and `5180 (36)`."""
        found = [int(digits) for digits in re.findall(r"\d{1,4}", unicodedata.normalize("NFKC", text))]
        return next((number for number in found if number <= 233), None)

    def band(self, channel: int) -> str | None:
        """None for a number that no channel has; "?" for one that may be of two bands, which is counted."""
        if _only_at_6(channel):
            return "6"
        at_6 = self._any_at_6 and channel % 2 == 1 and channel <= 233
        if (channel <= 14 or 36 <= channel <= 177) and at_6:
            self.unsure += 1
            return "?"
        return "2.4" if 1 <= channel <= 14 else "5" if 32 <= channel <= 177 else None


def _only_at_6(channel: int) -> bool:
    """Odd numbers that 2.4 and 5 GHz do not have (IEEE 802.11ax-2021, annex E; centres of wide channels among them)."""
    return channel % 2 == 1 and 14 < channel <= 233 and not 149 <= channel <= 177


class _Match:
    """Names and addresses of the design's access points."""

    def __init__(self, access_points: Sequence[AccessPoint]) -> None:
        self._names: dict[str, int | None] = {}
        self._addresses: dict[str, int | None] = {}
        self._blocks: dict[str, int | None] = {}
        for index, ap in enumerate(access_points):
            # What two access points share says nothing about either.
            for known, name in ((self._names, ap.name.strip().casefold()), (self._names, (ap.key or "").strip().casefold())):
                if name and known.get(name, index) == index:
                    known[name] = index
                elif name:
                    known[name] = None
            address = _address(ap.key or "")
            if address:
                self._addresses[address] = index
                block = _block(address)
                self._blocks[block] = None if block in self._blocks else index

    def index(self, row: _Row) -> int | None:
        """None is an access point that the design has not."""
        name = row.text("ap")
        address = _address(row.text("bssid")) or _address(name)
        found = self._addresses.get(address)
        if found is None and address:
            found = self._blocks.get(_block(address))
        if found is None:
            found = self._names.get(name.casefold())
        if found is None and not address and not name and row.text("bssid"):
            raise SurveyError(
                f"{row.where}: what stands for the address is none; keep it as text (00:11:22:33:44:55), or add a column ap"
            )
        if found is None and not address and not name:
            raise SurveyError(f"{row.where}: access point '': give its name or its address, or leave the line out")
        return found


def _address(text: str) -> str:
    """Twelve hexadecimal digits, or nothing."""
    text = unicodedata.normalize("NFKC", text).strip().removeprefix("0x")
    if begins := re.match(r"(?:[0-9a-fA-F]{1,2}[:-]){5}[0-9a-fA-F]{1,2}\b", text):
        text = begins[0]
    parts = re.split(r"[:-]", text.lower())
    if len(parts) == 6 and all(re.fullmatch(r"[0-9a-f]{1,2}", part) for part in parts):
        return "".join(part.zfill(2) for part in parts)  # Some systems leave leading zeros out.
    digits = re.sub(r"[^0-9a-f]", "", text.lower().removeprefix("0x"))
    if text.isascii() and text.isdigit() and 9 <= len(text) < 12:
        digits = text.zfill(12)  # Spreadsheets take one without letters for a number.
    return digits if len(digits) == 12 else ""


def _block(address: str) -> str:
    """An access point's radios and networks have addresses in one block of 16, some with the locally administered bit set."""
    return f"{int(address[:2], 16) & 0xFD:02x}{address[2:11]}"
