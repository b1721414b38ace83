"""Numbers as people write them in lists: units, words, full width, ranges, parts; what they say, and what they leave open."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from wifiplan.city.words import said

Scope = Literal["indoor", "outdoor", "site", ""]

_NOTHING = re.compile(r"^[\s\-‐‑–—―−ー－*＊.・/／?？]*$")
_UNKNOWN = (
    "未定",
    "不明",
    "調査中",
    "なし",
    "無し",
    "該当なし",
    "対象外",
    "不可",
    "n/a",
    "na",
    "none",
    "null",
    "nan",
    "unknown",
    "無",
)
_NUMBER = r"[+\-−△▲]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:[.,]\d+)?"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:人|名|m2|㎡)?\s*(?:~|〜|～|から|-|–|—|―)\s*({_NUMBER})")
_ITEM = re.compile(
    rf"([^\d+\-−△▲,、/;。]*?)\s*({_NUMBER})\s*(万|千|百)?\s*(平方メートル|平米|m2|㎡|m²|ha|ヘクタール|坪|a(?![a-z])|人|名|people|persons)?",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(（\[［【].*?[)）\]］】]")
_WHICH = re.compile(r"第\d+|(?:地上|地下)?[\dA-Za-z]+\s*(?:階|F(?![A-Za-z])|号館|号棟|棟)", re.IGNORECASE)
"""Which hall or floor it is: 2階教室, 第1体育館."""
_OTHER = re.compile(rf"{_NUMBER}\s*(世帯|家族|戸|室|部屋|教室|台|畳|帖|基|[箇かヶカ]所)")
"""Counts of other things than people and floor."""
_TIMES = {"万": 10_000.0, "千": 1_000.0, "百": 100.0}
_M2 = {"ha": 10_000.0, "ヘクタール": 10_000.0, "坪": 3.305785, "a": 100.0}
_KANJI = {"〇": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_KANJI_NUMBER = re.compile(r"^(?:約|およそ)?([〇一二三四五六七八九十百千万]+)(?:人|名|㎡|m2|平方メートル)?$")
_PER = re.compile(r"\d+(?:\.\d+)?\s*(?:m2|㎡|m²|平米)\s*[/／あ]?\s*(?:人|名|1人|たり)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What a cell says. `value` is None where it says no number; `said` tells in words how it was read, empty where it was plain.

    `outdoor` is the part in the open of a cell that gives both, and `scope` what a single number counts.
    """

    value: float | None = None
    outdoor: float | None = None
    scope: Scope = ""
    said: str = ""


def quantity(cell: object, *, unit_m2: float = 1.0) -> Quantity:
    """The number in a cell of a list.

    Parameters
    ----------
    cell : object
        As it was read; a text may have any width, thousands' commas, units and words.
    unit_m2 : float
        What the heading's unit is in m2, where it is an area.

    Examples
    --------
    >>> quantity("約500人").value, quantity("１，２００").value, quantity("屋内191人／屋外0人(面積の1/2)").value
    (500.0, 1200.0, 191.0)
    >>> quantity("8,500人（敷地全体）").scope, quantity("300～400").value, quantity("－").value
    ('site', 400.0, None)
    """
    if isinstance(cell, bool) or cell is None:
        return Quantity()
    if isinstance(cell, int | float):
        return _plain(float(cell) * unit_m2) if math.isfinite(float(cell)) else Quantity()
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    if _NOTHING.match(text) or text.casefold() in _UNKNOWN:
        return Quantity()
    bracketed = " ".join(_BRACKETS.findall(text))
    bare = _WHICH.sub(" ", _PER.sub("", _BRACKETS.sub(" ", text))).strip()
    if other := _OTHER.search(bare):
        bare = _OTHER.sub(" ", bare).strip()
        if not re.search(r"\d", bare):
            return Quantity(said=said("number.other", text=text, unit=other[1]))
    if not re.search(r"\d", bare):
        return _of_kanji(bare) or _in_brackets(text) or Quantity(said=said("number.none", text=text))
    if found := _RANGE.search(bare):
        low, high = (_float(part) for part in found.groups())
        # "-" between two numbers is a range only upwards; "10-5" is a name or an address.
        if 0 <= low < high and len(re.findall(r"\d+", bare.replace(",", "").replace(".", ""))) == 2:
            return Quantity(value=high * unit_m2, scope=_scope(bare + bracketed), said=said("number.range", text=text))
    items = [
        (label.strip(), _float(number) * _TIMES.get(times, 1.0) * _M2.get(unit.casefold(), unit_m2))
        for label, number, times, unit in _ITEM.findall(bare)
    ]
    return _joined(items, text, bare, bracketed)


def _joined(items: list[tuple[str, float]], text: str, bare: str, bracketed: str) -> Quantity:
    whole = next((value for label, value in items if label.endswith(("合計", "計", "全体で"))), None)
    if whole is not None:
        return Quantity(value=whole, said=said("number.sum", text=text))
    scopes = {_scope(label) for label, _ in items}
    outdoor = sum(value for label, value in items if _scope(label) in {"outdoor", "site"})
    if scopes & {"outdoor", "site"} and scopes & {"indoor", ""} and len(items) > 1:
        indoor = sum(value for label, value in items if _scope(label) not in {"outdoor", "site"})
        return Quantity(value=indoor, outdoor=outdoor, scope="indoor")
    if scopes <= {"outdoor", "site"}:
        return Quantity(value=None, outdoor=outdoor, scope="outdoor", said=said("number.outdoor-only", text=text))
    value = items[0][1]
    if len(items) > 1:
        rest = sum(part for _, part in items[1:])
        if math.isclose(value, rest):
            return Quantity(value=value, said=said("number.sum", text=text))
        if not all(re.search(r"\d\s*(?:人|名|m2|㎡)", part) for part in re.split(r"[、,/・](?!\d)", bare) if part.strip()):
            return Quantity(said=said("number.several", text=text))
        return Quantity(value=value + rest, said=said("number.added", text=text))
    scope = _scope(bare + bracketed)
    if scope in {"site", "outdoor"}:
        return Quantity(value=None, outdoor=value, scope=scope, said=said(f"number.{scope}", text=text))
    plain = re.fullmatch(rf"{_NUMBER}\s*(?:人|名|m2|㎡|m²)?", text) is not None
    return Quantity(value=value, scope=scope, said="" if plain else said("number.read", text=text, value=f"{value:g}"))


def _plain(value: float) -> Quantity:
    return Quantity(value=value)


def _scope(text: str) -> Scope:
    if any(word in text for word in ("敷地", "全体", "site")):
        return "site"
    if any(word in text for word in ("屋外", "校庭", "グラウンド", "グランド", "運動場", "駐車場", "outdoor")):
        return "outdoor"
    return "indoor" if any(word in text for word in ("屋内", "室内", "体育館", "館内", "indoor")) else ""


def _in_brackets(text: str) -> Quantity | None:
    inner = re.sub(r"[()（）\[\]【】]", " ", text)
    return None if inner == text or not re.search(r"\d", inner) else quantity(inner)


def _of_kanji(text: str) -> Quantity | None:
    match = _KANJI_NUMBER.match(text)
    if match is None:
        return None
    whole, part, digit = 0, 0, 0
    for letter in match[1]:
        if letter in _KANJI:
            digit = digit * 10 + _KANJI[letter]
        elif letter == "万":
            whole, part, digit = whole + (part + digit or 1) * 10_000, 0, 0
        else:
            part, digit = part + (digit or 1) * {"十": 10, "百": 100, "千": 1000}[letter], 0
    return Quantity(value=float(whole + part + digit), said=said("number.read", text=text, value=whole + part + digit))


def _float(number: str) -> float:
    text = number.replace("−", "-").replace("△", "-").replace("▲", "-")
    grouped = re.fullmatch(r"([+-]?\d{1,3}(?:,\d{3})+)([.,]\d+)?", text)
    if grouped:
        return float(grouped[1].replace(",", "") + (grouped[2] or "").replace(",", "."))
    return float(text.replace(",", "."))


def degrees(cell: object) -> float | None:
    """A latitude or longitude: decimal with point or comma, degrees minutes seconds, or one with a letter beside it.

    Examples
    --------
    >>> degrees("35,86"), degrees("35度51分36秒"), degrees("E139.97"), degrees("北緯35°51′36.0″")
    (35.86, 35.86, 139.97, 35.86)
    """
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return float(cell) if math.isfinite(float(cell)) else None
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    text = re.sub(r"^(?:北緯|東経|緯度|経度|[NEne])\s*[:=]?\s*|\s*[NEne]$", "", text)
    if re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?", text):
        return float(text.replace(",", "."))
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        return float(text.replace(",", ""))
    parts = re.fullmatch(r"(\d+)\s*[°度d:\s]\s*(\d+)\s*[′'分m:\s]\s*(\d+(?:\.\d+)?)\s*[″\"秒s′']*", text)
    if parts is None:
        return None
    whole, minutes, seconds = (float(part) for part in parts.groups())
    return round(whole + minutes / 60 + seconds / 3600, 9) if minutes < 60 and seconds < 60 else None
