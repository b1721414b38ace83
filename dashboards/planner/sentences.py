"""Mistakes in the viewer's language: what planning and drawings say in English, found in a table of sentences with holes."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wifiplan.report.catalogue import Lang


def sentence(what: object, lang: Lang) -> str:
    """An error or a warning of ours in a language; as it is where the table has no such sentence.

    Examples
    --------
    >>> sentence("that wall has no door or window", "ja")
    'その壁には扉も窓もありません'
    >>> sentence("a sentence of another program", "ja")
    'a sentence of another program'
    """
    text = str(what)
    if lang == "en":
        return text
    for pattern, words in _patterns():
        if found := pattern.fullmatch(text):
            return words.format_map(found.groupdict())
    return text


@functools.cache
def table() -> dict[str, str]:
    """English sentence -> Japanese sentence, `{hole}` where a value stands."""
    found: dict[str, str] = tomllib.loads((files("dashboards.planner") / "sentences.toml").read_text("utf-8"))
    return found


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What says most itself comes first, so that a sentence of few words never takes another's place."""
    parts = {english: list(Formatter().parse(english)) for english in table()}
    ranked = sorted(parts, key=lambda english: -sum(len(text) for text, _, _, _ in parts[english]))
    return tuple(
        (re.compile("".join(re.escape(text) + (f"(?P<{hole}>.*?)" if hole else "") for text, hole, _, _ in parts[english])), ja)
        for english in ranked
        for ja in (table()[english],)
    )
