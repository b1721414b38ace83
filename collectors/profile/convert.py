"""One value of a device to what it means: text, numbers, MAC addresses, noise, channels and bands. None is unknown."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.profile.schema import Cell
    from collectors.snmp.message import Value

NONE = ""
"""A tag that is known not to be known: no other cell is asked for it."""
_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d+)?\s*")


def text_of(value: Value) -> str:
    """UTF-8, with bad bytes as escapes; padding zeros are no text."""
    if isinstance(value, bytes):
        return value.rstrip(b"\0").decode("utf-8", errors="backslashreplace")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _mac(value: Value) -> str | None:
    """Six octets, or their text in any of the usual forms, in lower case with colons."""
    if isinstance(value, bytes) and len(value) == 6:
        return ":".join(f"{octet:02x}" for octet in value)
    digits = re.sub(r"[^0-9a-fA-F]", "", text_of(value))
    if len(digits) != 12:
        return None
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2)).lower()


def channel_of_mhz(mhz: float) -> int | None:
    """Channel number of a centre frequency (IEEE 802.11-2020, 15.4.4.3, 17.3.8.4.2; IEEE 802.11ax, 27.3.23.2).

    >>> channel_of_mhz(2437), channel_of_mhz(5180), channel_of_mhz(5955), channel_of_mhz(0)
    (6, 36, 1, None)
    """
    if mhz == 2484:
        return 14
    if 2412 <= mhz <= 2472:
        return round((mhz - 2407) / 5)
    if 5160 <= mhz <= 5895:
        return round((mhz - 5000) / 5)
    if 5955 <= mhz <= 7115:
        return round((mhz - 5950) / 5)
    return None


def band_of_mhz(mhz: float) -> str | None:
    """Band of a centre frequency: "2.4", "5" or "6".

    >>> band_of_mhz(2484), band_of_mhz(5745), band_of_mhz(6115)
    ('2.4', '5', '6')
    """
    if 2400 <= mhz <= 2500:
        return "2.4"
    if 5150 <= mhz <= 5925:
        return "5"
    return "6" if 5925 < mhz <= 7125 else None


def _band_of_channel(channel: float) -> str | None:
    """Band of a channel number, for devices that know 2.4 and 5 GHz only."""
    if 1 <= channel <= 14:
        return "2.4"
    if 34 <= channel <= 144:
        return "5" if channel % 2 == 0 else None
    return "5" if 149 <= channel <= 177 and channel % 2 == 1 else None


def _noise_dbm(level: float) -> float | None:
    """Noise in dBm, whichever way the device lost its sign: as 32 or 8 bits unsigned, or left out.

    >>> _noise_dbm(-95), _noise_dbm(4294967201), _noise_dbm(161), _noise_dbm(86), _noise_dbm(0)
    (-95.0, -95.0, -95.0, -86.0, None)
    """
    if level >= 1 << 31:
        level -= 1 << 32
    elif 128 <= level <= 255:
        level -= 256
    elif level > 0:
        level = -level
    return float(level) if level < 0 else None


def number_of(value: Value, *, numeric_text: bool) -> float | None:
    """A number, if it is one: text is not, but where the profile says that this device writes numbers so."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    if numeric_text and _NUMBER.fullmatch(text_of(value)):
        number = float(text_of(value))
        return number if math.isfinite(number) else None
    return None


def converter(cell: Cell, *, as_text: bool) -> Callable[[Value], Any]:
    """Make the function that reads one cell's values; None is unknown. It is made once and called for every row."""
    read = _mapped(cell, as_text=as_text) if cell.map is not None else _formatted(cell, as_text=as_text)
    if cell.pattern is None:
        return read
    search, group = re.compile(cell.pattern).search, min(re.compile(cell.pattern).groups, 1)

    def caught(value: Value) -> Any:
        hit = search(text_of(value))
        return None if hit is None else read(hit.group(group))

    return caught


def _mapped(cell: Cell, *, as_text: bool) -> Callable[[Value], Any]:
    """Read by `map`. The meaning `unknown` is unknown (of a tag: `NONE`, whatever other cells say), `next` asks the next cell."""
    assert cell.map is not None

    def meaning(value: str | float | None) -> Any:
        if value is None or value == "next":
            return None
        if value == "unknown":
            return NONE if as_text else None
        return text_of(value) if as_text else float(value)

    meanings = {key: meaning(value) for key, value in cell.map.items()}
    other = meaning(cell.other)

    def mapped(value: Value) -> Any:
        return meanings.get(str(value) if isinstance(value, int) else text_of(value), other)

    return mapped


def _formatted(cell: Cell, *, as_text: bool) -> Callable[[Value], Any]:
    numeric_text = cell.numeric_text or cell.pattern is not None or cell.index is not None or cell.value is not None
    formats: dict[str, Callable[[float], Any]] = {
        "noise": _noise_dbm,
        "channel_of_mhz": channel_of_mhz,
        "band_of_mhz": band_of_mhz,
        "band_of_channel": _band_of_channel,
    }
    if cell.format == "mac":
        return _mac
    if cell.format is None and as_text:
        return text_of
    form = None if cell.format is None else formats[cell.format]
    scale, offset, low, high = cell.scale, cell.offset, cell.min, cell.max
    exact = scale == 1.0 and offset == 0.0

    def number(value: Value) -> Any:
        found: float | None = value if type(value) is int else number_of(value, numeric_text=numeric_text)
        if found is None:
            return None
        if not exact:
            found = round(found * scale + offset, 6)
        if (low is not None and found < low) or (high is not None and found > high):
            return None
        return found if form is None else form(found)

    return number
