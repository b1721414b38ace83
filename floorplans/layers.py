"""The part that a layer plays in a drawing, by the words of its name: wall, door, window, furniture and so on.

The words are data (`layers.toml`). The longest word that fits wins, so that 鉄筋コンクリート is concrete although 鉄 is metal,
and 南壁日影 is a shadow study although 壁 is a wall; of equally long words, the later in the name. A word that names a material
only goes behind every word that names a thing: 鉄骨階段 is a stair, ガラス間仕切 a partition of glass.
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any, NamedTuple

from floorplans._file import read_bytes
from floorplans.errors import FloorPlanError

_OWN = Path(__file__).with_name("layers.toml")

ROLES = ("wall", "door", "window", "furniture", "dimension", "text", "site", "not_a_plan")


class Role(NamedTuple):
    """What a layer holds; `material` of wall, door and window, else None. `word` is the one that said so."""

    role: str
    material: str | None
    word: str


class _Word(NamedTuple):
    word: str
    role: str
    material: str | None
    of_any: bool = False


class Layers:
    """The words of `layers.toml`, and before them those of a file of one's own."""

    def __init__(self, own: Path | None = None) -> None:
        tables = [_tables(_OWN)] if own is None else [_tables(own), _tables(_OWN)]
        self._ranks = [
            tuple(
                [
                    word
                    for row in table.get("layer", [])
                    if (bool(row.get("first")), bool(row.get("made_of"))) == (first, made_of)
                    for word in _words(row)
                ]
                for made_of in (False, True)
            )
            for table in tables
            for first in (True, False)
        ]
        self._titles = {
            key: [_plain(word) for table in tables for word in str(table.get("title", {}).get(key, "")).split()]
            for key in ("not_a_plan", "plan")
        }
        self._rooms = [
            _Word(_plain(word), kind, None)
            for table in tables
            for kind, words in table.get("rooms", {}).items()
            for word in words.split()
        ]
        self._materials = [
            (_plain(word), "" if name == "none" else name)
            for table in tables
            for name, words in table.get("materials", {}).items()
            for word in words
        ]
        self._known: dict[str, Role | None] = {}

    def role(self, name: str) -> Role | None:
        """The role of a layer of this name, or None where no word fits."""
        if name not in self._known:
            self._known[name] = next((found for rank in self._ranks if (found := _role(name, *rank))), None)
        return self._known[name]

    def room_kind(self, text: str) -> str:
        """What a room with this text in it is for: one of `plan.ZONE_KINDS`."""
        found = _best(text, self._rooms)
        return found.role if found else "room"

    def material(self, text: str) -> str | None:
        """The material that a name in a building model says, "" for what takes no part in a wall; None where no word fits."""
        name = _plain(text)
        fits = [
            (len(word), number)
            for number, (word, _) in enumerate(self._materials)
            if word in name and (len(word) > 3 or not word.isascii() or re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", name))
        ]
        return self._materials[max(fits, key=lambda fit: (fit[0], -fit[1]))[1]][1] if fits else None

    def title_says(self, text: str) -> str:
        """`"not_a_plan"` or `"plan"` where the text is the title of a sheet, else empty."""
        name = _plain(text).replace(" ", "")
        if len(name) > 30:
            return ""
        fits = [(len(word), key) for key, words in self._titles.items() for word in words if word in name]
        return max(fits)[1] if fits else ""


@functools.cache
def of(own: Path | None = None) -> Layers:
    """The words, read once."""
    return Layers(own)


def _tables(path: Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(read_bytes(path).decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FloorPlanError(f"{path}: not a table of layers ({error}); see floorplans/layers.toml for the form") from None
    rows = data.get("layer", [])
    for number, row in enumerate(rows if isinstance(rows, list) else [None]):
        if not isinstance(row, dict) or row.get("role") not in ROLES or not isinstance(row.get("words"), str):
            raise FloorPlanError(f"{path}: layer[{number}] needs role (one of {', '.join(ROLES)}) and words (a text)")
    return data


def _words(row: dict[str, Any]) -> list[_Word]:
    of_any = bool(row.get("of_any"))
    return [_Word(_plain(word), row["role"], row.get("material"), of_any) for word in row["words"].split()]


def _role(name: str, things: list[_Word], substances: list[_Word]) -> Role | None:
    """What the words of one table say: a thing, of the material that is named beside it where it may be of any."""
    substance = _best(name, substances)
    thing = _best(name, things)
    if thing and substance and thing.word in substance.word:  # 鉄筋 is no thing in 鉄筋コンクリート造
        thing = _best(_plain(name).replace(substance.word, " "), things)
    thing = thing or substance
    if thing is None:
        return None
    material = substance.material if substance and thing.of_any else thing.material
    return Role(thing.role, material, thing.word)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _best(text: str, words: list[_Word]) -> _Word | None:
    """The longest word that fits; of equally long ones the one that ends last, of those the first in the file."""
    name = _plain(text)
    best: tuple[int, int] = (0, 0)
    found: _Word | None = None
    parts: list[tuple[str, int]] | None = None
    for word in words:
        if len(word.word) < best[0]:
            continue
        if word.word[0] < "\u2e80":
            if parts is None:
                parts = [(match[0], match.end()) for match in re.finditer(r"[^\W\d_\u2e80-\uffff]+", name)]
            at = max((end for part, end in parts if _fits(word.word, part)), default=-1)
            if at < 0 and "-" in word.word and word.word in name:
                at = name.rfind(word.word) + len(word.word)
        else:
            at = name.rfind(word.word)
            at = at + len(word.word) if at >= 0 else -1
        if at >= 0 and (len(word.word), at) > best:
            best, found = (len(word.word), at), word
    return found


def _fits(word: str, part: str) -> bool:
    if len(word) < 4 and word.isascii():
        return part == word
    return part.startswith(word) or part.endswith(word)
