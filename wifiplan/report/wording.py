"""Every word and every rounded number that a reader sees, in Japanese and in English.

The words are in wording.toml, each with both languages beside each other. Rounding never flatters: a share below one
is not shown as 100 %, and who is served in part is not counted as served.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from matplotlib.ft2font import FT2Font

from wifiplan.capacity import demand
from wifiplan.report import catalogue

Lang = catalogue.Lang
LANGS = catalogue.LANGS

REGULAR_FONT = str(files("noto_cjk_sans_jp_regular") / "NotoSansCJKjp-Regular.otf")
BOLD_FONT = str(files("noto_cjk_sans_jp_bold") / "NotoSansCJKjp-Bold.otf")
"""Files of the font that comes with a package, so that figures and report are right on a machine without any."""

MISSING = "〓"
"""What Japanese printers put where a character is not in the case."""


@functools.cache
def _catalogue() -> catalogue.Catalogue:
    """The words of wording.toml; scenarios bring their own titles."""
    data: dict[str, dict[str, Any]] = tomllib.loads((files("wifiplan.report") / "wording.toml").read_text("utf-8"))
    data["scenario"] = {name: {"ja": one.title_ja, "en": one.title_en} for name, one in demand.scenarios().items()}
    return catalogue.side_by_side(data)


def table() -> Mapping[str, Mapping[str, str]]:
    """Key -> language -> words."""
    return _catalogue().entries


@functools.cache
def _drawable() -> frozenset[int]:
    return frozenset(FT2Font(REGULAR_FONT).get_charmap()) & frozenset(FT2Font(BOLD_FONT).get_charmap())


def legible(text: str) -> str:
    r"""The text with every character that the fonts lack shown as a geta mark instead of as nothing or as a box.

    Examples
    --------
    >>> legible("髙﨑𠮷①㎡≤⚠"), legible("gym \U0001f33e"), legible("a\x00b\nc")
    ('髙﨑𠮷①㎡≤⚠', 'gym 〓', 'ab c')
    """
    # Composed one by one: NFC of a whole text would turn U+FA19 and U+FA26, old forms in people's names, into other ones.
    composed = re.sub(r"\w[\u0300-\u036f\u3099\u309a]+", lambda match: unicodedata.normalize("NFC", match[0]), text)
    kept = " ".join(composed.split())
    return "".join(
        character if ord(character) in _drawable() else MISSING
        for character in kept
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Mn"} or ord(character) in _drawable()
    )


def words(key: str, lang: Lang, **values: object) -> str:
    """The words of a key with its values put in. An unknown key is a mistake of ours and raises `KeyError`."""
    return _catalogue().words(key, lang, **values)


def known(group: str, name: str, lang: Lang) -> str:
    """What the language calls a thing of ours ("hall", "concrete", "shelter-day1"); any other name stays as it is.

    Examples
    --------
    >>> known("material", "concrete", "ja"), known("zone", "第2視聴覚室", "en")
    ('コンクリート', '第2視聴覚室')
    """
    entry = table().get(f"{group}.{name}")
    return entry[lang] if entry else legible(name)


def count(number: float) -> str:
    """A whole number, with separators.

    Examples
    --------
    >>> count(1234.4), count(0)
    ('1,234', '0')
    """
    return f"{round(number):,}"


def short(unserved: float) -> int:
    """People left without service, in whole people: part of one is one. Capacity is rounded to tenths, hence the twentieth.

    Examples
    --------
    >>> short(0.0), short(0.04), short(0.1), short(12.0), short(12.3)
    (0, 0, 1, 12, 13)
    """
    return max(0, math.ceil(unserved - 0.05))


def percent(share: float) -> str:
    """A share from 0 to 1. All is said only of all, none only of none.

    Examples
    --------
    >>> percent(0.876), percent(0.9996), percent(1.0), percent(0.001), percent(0.0), percent(1.204)
    ('88 %', '99 %', '100 %', '<1 %', '0 %', '120 %')
    """
    whole = round(share * 100)
    if whole == 100 and share < 1.0 - 1e-9:
        whole = 99
    if whole == 0 and share > 0.0:
        return "<1 %"
    return f"{whole:,} %"


def signed(number: float, digits: int = 0) -> str:
    """A number of either sign, with a real minus.

    Examples
    --------
    >>> signed(-67.0), signed(17.25, 1)
    ('−67', '17.2')
    """
    return f"{number:.{digits}f}".replace("-", "−")


def exact(number: float) -> str:
    """A setting as it is to be made: half decibels are not rounded away.

    Examples
    --------
    >>> exact(18.5), exact(-3.0)
    ('18.5', '−3')
    """
    return f"{number:.2f}".rstrip("0").rstrip(".").replace("-", "−")


def plain(number: float) -> str:
    """At most three significant figures, without an exponent: rates, metres.

    Examples
    --------
    >>> plain(0.3), plain(12.345), plain(1234.0), plain(5.0)
    ('0.3', '12.3', '1,234', '5')
    """
    if number == 0 or abs(number) >= 100:
        return f"{number:,.0f}"
    digits = 2 - math.floor(math.log10(abs(number)))
    shown = f"{number:,.{max(0, min(digits, 6))}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def yen(low: float, high: float | None, lang: Lang) -> str:
    """An amount, or a range of amounts.

    Examples
    --------
    >>> yen(120000, None, "ja"), yen(60000, 200000, "en")
    ('120,000円', '¥60,000–200,000')
    """
    amount = count(low) if high is None or round(high) == round(low) else f"{count(low)}–{count(high)}"
    return f"{amount}円" if lang == "ja" else f"¥{amount}"
