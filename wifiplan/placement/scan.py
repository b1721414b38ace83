"""What a Wi-Fi scan of the building heard of others: their load on each channel, for the channel plan. Counts only are kept."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast, get_args

from wifiplan.airtime import wifi
from wifiplan.capacity.hearing import PRIMARY_DBM
from wifiplan.errors import DesignError, OutOfRangeError
from wifiplan.files import read_text
from wifiplan.model import Band, ForeignBusy

HEARD_SHARE = 0.05
"""Airtime of one network of others that is heard, where the scan does not say it (assumed: beacons and a client or two)."""

_MINUS = str.maketrans(dict.fromkeys("−‐‑–—‒", "-"))

MAX_BYTES = 8 << 20
"""A larger file is no scan."""

_NAMES = {
    "band": ("band", "バンド"),
    "frequency": ("frequency_mhz", "frequency", "freq", "freq_mhz", "center_freq", "周波数"),
    "channel": ("channel", "ch", "primary_channel", "チャネル", "チャンネル"),
    "width": ("width_mhz", "width", "channel_width", "bandwidth", "帯域幅"),
    "rssi": ("rssi_dbm", "rssi", "signal_dbm", "signal", "level", "信号強度", "電波強度"),
    "busy": ("busy_share", "busy", "channel_utilization", "channel_utilisation", "utilization", "utilisation", "使用率"),
    "address": ("bssid", "mac", "address", "mac_address"),
}
"""What a column is for -> its headings, in lower case with underscores."""


def read_scan(path: str | Path, *, own: Sequence[str] = ()) -> tuple[ForeignBusy, ...]:
    """How busy others make each channel, by band, channel and width: the sum of the networks heard at -82 dBm or more.

    A network heard at several places counts once, at its strongest. Where the scan gives the channel's own busy share (or
    per cent, with a % or a heading that says so), the largest is taken instead of the sum. Names and addresses are not kept.

    Parameters
    ----------
    path : path
        CSV with a heading: channel or frequency, and band where the channel's number does not say it; width_mhz (20 without it),
        rssi_dbm, bssid, busy_share where known.
    own : sequence of str
        Addresses of the building's own access points (`AccessPoint.key`): not foreign.

    Raises
    ------
    DesignError
        No file, no heading, a channel or a share that cannot be: the line, and what to give.
    """
    path = Path(path)
    text = read_text(path, "give a CSV of the networks that a scan of this building heard")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    heading = next(rows, [])
    columns = _columns(heading)
    percent = any("%" in cell or "pct" in cell.lower() or "percent" in cell.lower() for cell in heading)
    if not {"channel", "frequency"} & columns.keys():
        raise DesignError(f"{path}: line 1: no column for the channel; give channel (or frequency_mhz), rssi_dbm, and band")
    mine = {_plain(address) for address in own}
    heard: dict[tuple[object, ...], tuple[Band, int, int]] = {}
    busy: dict[tuple[Band, int, int], float] = {}
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = {role: _said(cells[index]) if index < len(cells) else "" for role, index in columns.items()}
        if delimiter != ",":
            row = {role: said.replace(",", ".") if role in {"rssi", "busy", "frequency"} else said for role, said in row.items()}
        where = f"{path}: line {number}"
        address = _plain(row.get("address", ""))
        if address and address in mine:
            continue
        on = _channel(where, row)
        if row.get("rssi") and (rssi_dbm := _number(where, "rssi_dbm", row["rssi"])) >= 0:
            raise DesignError(f"{where}: rssi_dbm is {rssi_dbm:g}; give the received power in dBm, which is below 0")
        if row.get("rssi") and rssi_dbm < PRIMARY_DBM:
            continue
        if row.get("busy"):
            share = _number(where, "busy_share", row["busy"].rstrip("% "))
            share /= 100.0 if percent or row["busy"].endswith("%") else 1.0
            if not 0 <= share <= 1:
                raise DesignError(f"{where}: busy_share is {row['busy']}; give a share from 0 to 1, or per cent with a %")
            busy[on] = max(busy.get(on, 0.0), share)
        else:
            heard[(address or number, on)] = on
    counts: dict[tuple[Band, int, int], int] = {}
    for on in heard.values():
        counts[on] = counts.get(on, 0) + 1
    found = {on: 1 - (1 - HEARD_SHARE) ** count for on, count in counts.items()} | busy
    return tuple(
        ForeignBusy(band=band, channel=channel, width_mhz=width_mhz, busy_share=round(share, 4))
        for (band, channel, width_mhz), share in sorted(found.items())
        if share > 0
    )


def _said(cell: str) -> str:
    """A cell in half width, with a minus sign that is one."""
    return unicodedata.normalize("NFKC", cell).translate(_MINUS).strip()


def _columns(heading: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, cell in enumerate(heading):
        plain = re.sub(r"[(（\[].*", "", _said(cell)).replace("%", "").strip().lower()
        name = re.sub(r"[\s\-]+", "_", plain)
        for role, names in _NAMES.items():
            if name in names or name.removesuffix("_pct") in names:
                found.setdefault(role, index)
    return found


def _channel(where: str, row: Mapping[str, str]) -> tuple[Band, int, int]:
    """Band, channel and width of a line."""
    width_mhz = (
        int(_number(where, "width_mhz", re.sub(r"\s*mhz$", "", row["width"], flags=re.IGNORECASE))) if row.get("width") else 20
    )
    if row.get("channel"):
        channel = int(_number(where, "channel", re.split(r"[,+/\s]", row["channel"])[0]))
        said = re.sub(r"\s*ghz$", "", row.get("band", ""), flags=re.IGNORECASE)
        if not said and row.get("frequency"):
            said = _band_of_mhz(_number(where, "frequency_mhz", row["frequency"]))
        said = {"2": "2.4", "2.4": "2.4", "5": "5", "6": "6"}.get(said, said) or ("2.4" if channel <= 14 else "5")
    else:
        mhz = _number(where, "frequency_mhz", row.get("frequency", ""))
        said = _band_of_mhz(mhz)
        channel = round((mhz - {"2.4": 2407.0, "5": 5000.0, "6": 5950.0}[said]) / 5)
    if said not in get_args(Band):
        raise DesignError(f"{where}: band is {said}; give 2.4, 5 or 6")
    band = cast("Band", said)
    try:
        wifi.members(band, channel, width_mhz)
    except OutOfRangeError as error:
        raise DesignError(f"{where}: {error}") from None
    return band, channel, width_mhz


def _band_of_mhz(mhz: float) -> str:
    mhz = mhz * 1000 if mhz < 100 else mhz
    return "2.4" if mhz < 3000 else "5" if mhz < 5925 else "6"


def _number(where: str, what: str, text: str) -> float:
    try:
        value = float(re.sub(r"\s*(dbm|mhz)$", "", text, flags=re.IGNORECASE))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DesignError(f"{where}: {what} is {text[:20]!r}; give a number")
    return value


def _plain(address: str) -> str:
    return re.sub(r"[^0-9a-f]", "", address.lower())
