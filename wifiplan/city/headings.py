"""What headings and names of lists say, by the words of `columns.toml` and `names.toml`."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from importlib.resources import files
from pathlib import Path
from typing import Any

from wifiplan.city.table import heading
from wifiplan.errors import DesignError
from wifiplan.files import read_toml


@functools.cache
def columns() -> dict[str, dict[str, list[str]]]:
    """Field -> the headings that hold it (`is`), pieces of them (`has`), and pieces that make it another thing (`not`)."""
    return {
        name: {key: [heading(one) for one in words] for key, words in rows.items()}
        for name, rows in tomllib.loads((files("wifiplan.city") / "columns.toml").read_text("utf-8")).items()
    }


@functools.cache
def names() -> dict[str, Any]:
    """The words of `names.toml`."""
    return tomllib.loads((files("wifiplan.city") / "names.toml").read_text("utf-8"))


@functools.cache
def field_of(head: str) -> tuple[str, int] | None:
    """Which field a heading (as `heading` gives it) holds, and how good a word for it this is; less is better."""
    plain = head.strip("\"'")
    for name, rows in columns().items():
        if plain in rows["is"]:
            return name, rows["is"].index(plain)
    for name, rows in columns().items():
        for rank, piece in enumerate(rows.get("has", ())):
            if piece in plain and not any(word in plain for word in rows.get("not", ())):
                return name, 1000 + rank
    return None


def is_heading(head: str) -> bool:
    """Whether a cell is a word that columns of shelters' lists are headed by."""
    return len(head) <= 60 and field_of(head) is not None


def read_columns(path: Path) -> dict[str, str]:
    """A mapping file: field -> heading as the list has it.

    Raises
    ------
    DesignError
        An unknown field, or a heading that is no text.
    """
    found = read_toml(path, 'give a TOML with lines like: persons = "定員（屋内）"')
    for key, value in found.items():
        if key not in columns():
            raise DesignError(f"{path}: {key}: no such field; use {', '.join(columns())}")
        if not isinstance(value, str):
            raise DesignError(f'{path}: {key}: {value} is no heading; write {key} = "…"')
    return {key: str(value) for key, value in found.items()}


def is_total(name: str) -> bool:
    """Whether a name is that of a row which adds others up."""
    plain = re.sub(r"[\s()（）:：]+", "", unicodedata.normalize("NFKC", name)).casefold()
    return (
        plain in names()["total"]
        or re.fullmatch(
            r"(?:合計|小計|総計|総数|全体|計)[\d件箇か所施設校]*|.{0,12}(?:地区|市|町|村|区)?(?:合計|小計|総計)", plain
        )
        is not None
    )
