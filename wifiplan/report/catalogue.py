"""A catalogue of words in both languages, and the one way to say them: figures, reports and pages each have theirs as TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Lang = Literal["ja", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)
"""The first one is what a reader gets who asks for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Key ("group.name") -> language -> words with {places} for values."""

    entries: Mapping[str, Mapping[str, str]]

    def words(self, key: str, lang: Lang, **values: object) -> str:
        """The words of a key with its values put in. An unknown key is a mistake of ours and raises `KeyError`."""
        return self.entries[key][lang].format(**values)


def side_by_side(data: Mapping[str, Mapping[str, Any]]) -> Catalogue:
    """Catalogue of one table that has both languages of each key. A plain string is the Japanese of the English key."""
    return Catalogue(
        entries={
            f"{group}.{name}": {"en": name, "ja": entry} if isinstance(entry, str) else entry
            for group, entries in data.items()
            for name, entry in entries.items()
        }
    )


def one_each(data: Mapping[Lang, Mapping[str, Mapping[str, str]]]) -> Catalogue:
    """Catalogue of one table for each language."""
    entries: dict[str, dict[str, str]] = {}
    for lang, groups in data.items():
        for group, names in groups.items():
            for name, text in names.items():
                entries.setdefault(f"{group}.{name}", {})[lang] = text
    return Catalogue(entries=entries)
