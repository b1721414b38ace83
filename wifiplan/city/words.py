"""Words of a city's plan in Japanese and English: what was mended, why a row is left out, why a facility is chosen or not."""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files
from typing import Literal

Lang = Literal["ja", "en"]


@functools.cache
def _table() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads((files("wifiplan.city") / "words.toml").read_text("utf-8"))


def words(key: str, lang: Lang, **values: object) -> str:
    """The words of "group.name" with the values put in. An unknown key is a mistake of ours and raises `KeyError`.

    Examples
    --------
    >>> words("skipped.total", "en")
    'adds other rows up'
    """
    group, name = key.split(".", 1)
    return _table()[group][name][lang].format(**values)


class Said(str):
    """A sentence in English that has its Japanese with it, so that either can be shown."""

    __slots__ = ("ja",)
    ja: str


def said(key: str, **values: object) -> Said:
    """A sentence in both languages; values that are such sentences themselves go in by their language.

    Examples
    --------
    >>> said("said.at", where="a.csv", text=said("place.tokyo"))
    'a.csv: old Tokyo datum: moved to JGD2011'
    >>> said("said.at", where="a.csv", text=said("place.tokyo")).ja
    'a.csv：旧日本測地系からJGD2011に変換しました'
    """
    made = Said(words(key, "en", **values))
    made.ja = words(key, "ja", **{name: japanese(value) for name, value in values.items()})
    return made


def japanese(text: object) -> object:
    """The Japanese of a sentence that has one; anything else as it is."""
    return text.ja if isinstance(text, Said) else text
