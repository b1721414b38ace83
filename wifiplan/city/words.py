"""Words of a city's plan in Japanese and English: why a row is left out, and why a facility is chosen or not."""

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
