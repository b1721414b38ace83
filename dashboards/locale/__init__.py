"""The words of the pages, one TOML for each language with the same keys, and how ages and counts are said.

The figures' and the report's own words are in `wifiplan.wording`; nothing here is about a drawing.
"""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from dashboards.watch import Reason

Lang = Literal["ja", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)
"""The first one is what a reader gets who asks for nothing."""


@functools.cache
def table(lang: Lang) -> dict[str, str]:
    """Key -> words, flat: `[live] title` is "live.title"."""
    data = tomllib.loads((files("dashboards") / "locale" / lang / "pages.toml").read_text("utf-8"))
    return {f"{group}.{name}": text for group, entries in data.items() for name, text in entries.items()}


def words(key: str, lang: Lang, **values: object) -> str:
    """The words of a key with its values put in. An unknown key is a mistake of ours and raises `KeyError`."""
    text = table(lang)[key]
    return text.format(**values) if values else text


def age(age_s: float | None, lang: Lang) -> str:
    """How long ago, in the one unit that matters.

    Examples
    --------
    >>> age(12.4, "en"), age(150, "ja"), age(7300, "en"), age(None, "ja")
    ('12 s ago', '2分前', '2 h ago', '受信なし')
    """
    if age_s is None:
        return words("age.never", lang)
    for unit, seconds in (("days", 172_800.0), ("hours", 7_200.0), ("minutes", 120.0)):
        if age_s >= seconds:
            return words(f"age.{unit}", lang, number=int(age_s // {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0}[unit]))
    return words("age.seconds", lang, number=int(age_s))


def reason(why: Reason, lang: Lang) -> str:
    """The words of a reason. Shares become percent and ages become words; everything else is shown as it is."""
    values: dict[str, object] = {}
    for name, value in why.values.items():
        if name == "age_s" and isinstance(value, float | int):
            values["age"] = age(value, lang)
        elif name == "share" and isinstance(value, float | int):
            values["share"] = f"{value:.0%}"
        else:
            values[name] = value
    return words(f"reason.{why.code}", lang, **values)
