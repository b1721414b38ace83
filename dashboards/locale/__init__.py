"""The words of the pages, in the same TOMLs with the same keys for each language, and how ages and counts are said.

The figures' and the report's own words are in `wifiplan.report.wording`; nothing here is about a drawing.
"""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

from wifiplan.report.catalogue import LANGS, Catalogue, Lang, one_each

if TYPE_CHECKING:
    from dashboards.states import Reason

_MOST_NAMES = 6
"""A reason names so many; how many more there are is said as a number."""


@functools.cache
def all_words() -> Catalogue:
    """Every word of the pages and messages: `[live] title` of any file is "live.title"; all files of a language are one."""
    return one_each({lang: _groups(lang) for lang in LANGS})


def _groups(lang: Lang) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted((files("dashboards") / "locale" / lang).iterdir(), key=lambda path: path.name):
        if path.name.endswith(".toml"):
            for group, entries in tomllib.loads(path.read_text("utf-8")).items():
                found[group] = found.get(group, {}) | entries
    return found


def words(key: str, lang: Lang, **values: object) -> str:
    """The words of a key with its values put in. An unknown key is a mistake of ours and raises `KeyError`."""
    return all_words().words(key, lang, **values)


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
    """The words of a reason. An age becomes words, many names become the first few and a number."""
    values: dict[str, object] = dict(why.values)
    age_s = values.pop("age_s", None)
    if isinstance(age_s, float | int):
        values["age"] = age(age_s, lang)
    if why.names:
        shown = words("count.comma", lang).join(why.names[:_MOST_NAMES])
        more = len(why.names) - _MOST_NAMES
        values["names"] = shown if more <= 0 else words("count.and_more", lang, names=shown, number=more)
    return words(f"reason.{why.code}", lang, **values)
