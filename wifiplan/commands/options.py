"""What a planner types on the command line as what `wifiplan.placement.place` takes; each refuses what it does not know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import cast, get_args

from shapely.geometry import Polygon, box

from floorplans.plan import FloorPlan
from wifiplan import equipment
from wifiplan.airtime import wifi
from wifiplan.errors import DesignError
from wifiplan.model import Band
from wifiplan.placement.ask import ExistingMay
from wifiplan.placement.spot import ANTENNA_GAIN_DBI, MOUNTS, Mount, Spot, given
from wifiplan.radio.fading import FADING_DB

_MOST_LOSS_DB = 60.0
"""Of people in the way; more is a slip of the keyboard."""
_MOST_M2 = 1e6
"""More square metres a person than any hall has."""


def _known(option: str, words: Sequence[str], there_are: Sequence[str]) -> None:
    for word in words:
        if word not in there_are:
            raise DesignError(f"{option} {word}: no such thing; use {', '.join(there_are)}")
    if len(set(words)) < len(words):
        raise DesignError(f"{option} {words[0]}: given twice; once is enough")


def bands(words: Sequence[str]) -> tuple[Band, ...]:
    """One or more of 2.4, 5 and 6."""
    _known("--band", words, get_args(Band))
    return tuple(cast("Band", word) for word in words)


def models(names: Sequence[str], own: Path | None) -> tuple[equipment.Model, ...]:
    """The models of these names, among ours and those of a file of one's own."""
    known = equipment.models(own)
    found = tuple(equipment.find(name, known) for name in names)
    if len({one.name for one in found}) < len(found):
        raise DesignError(f"--model {names[0]}: given twice; once is enough")
    return found


def poe(word: str | None) -> equipment.Poe | None:
    """A class of ports, or none."""
    if word is not None:
        _known("--poe", [word], get_args(equipment.Poe))
    return cast("equipment.Poe | None", word)


def fading_db(word: str) -> float | None:
    """That of `Requirement`: fading alike everywhere, or None for the deviation of each place."""
    _known("--deviation", [word], ("fading", "place"))
    return FADING_DB if word == "fading" else None


def widths_mhz(widths: Sequence[int]) -> tuple[int, ...]:
    """Channel widths that 802.11ax has, the narrowest first."""
    _known("--width-mhz", [str(width) for width in widths], [str(width) for width in wifi.WIDTHS_MHZ["ax"]])
    return tuple(sorted(widths))


def mounts(words: Sequence[str]) -> tuple[Mount, ...]:
    """All where none is named."""
    _known("--mount", words, MOUNTS)
    return tuple(cast("Mount", word) for word in words) or MOUNTS


def antennas(words: Sequence[str]) -> tuple[str, ...]:
    """All that are tried where none is named."""
    _known("--antenna", words, tuple(ANTENNA_GAIN_DBI))
    return tuple(words) or tuple(ANTENNA_GAIN_DBI)


def existing_may(word: str) -> ExistingMay:
    """Stay, move or go."""
    _known("--existing-may", [word], get_args(ExistingMay))
    return cast("ExistingMay", word)


def avoid_dfs(word: str) -> bool | None:
    """What `place` calls last, never and like-any."""
    meaning = {"last": None, "never": True, "like-any": False}
    _known("--dfs", [word], tuple(meaning))
    return meaning[word]


def numbers(option: str, text: str, counts: Sequence[int], example: str) -> list[float]:
    """Finite numbers divided by commas, as many as may be."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) not in counts or not all(map(math.isfinite, found)):
        raise DesignError(f"{option} {text}: give {example}")
    return found


def named(option: str, text: str, example: str) -> tuple[str, str]:
    """`AP=…` as its two sides."""
    name, equals, rest = text.partition("=")
    if not (name and equals and rest):
        raise DesignError(f"{option} {text}: give {example}")
    return name, rest


def channel(text: str) -> tuple[Band, int, int | None]:
    """`BAND:CHANNEL[/WIDTH]`."""
    band, colon, rest = text.partition(":")
    number, slash, width = rest.partition("/")
    if not (band in get_args(Band) and colon and number.isascii() and number.isdigit() and (not slash or width.isdigit())):
        raise DesignError(f"--channel {text}: give AP=BAND:CHANNEL[/WIDTH], such as AP-01=5:36/40")
    return cast("Band", band), int(number), int(width) if slash else None


def persons_per_m2(density: float | None, m2_per_person: float | None) -> float | None:
    """How densely people are there, said one way or the other."""
    if m2_per_person is None:
        return density
    if density is not None:
        raise DesignError("--persons-per-m2 and --m2-per-person say one thing two ways; give one of them")
    if not 0 < m2_per_person < _MOST_M2:
        raise DesignError(f"--m2-per-person {m2_per_person:g}: give m2 above 0, such as 3.5")
    return 1.0 / m2_per_person


def check_usable_share(usable_share: float, persons: float | None) -> None:
    """Refuse a share of the floor that is none, or beside a number of people, which is what it is."""
    if not 0 < usable_share <= 1:
        raise DesignError(f"--usable-share {usable_share:g}: give a share of the floor, above 0 and at most 1")
    if usable_share < 1 and persons is not None:
        raise DesignError("--usable-share is of the floor, and --persons says how many there are; give one of them")


def served_share(share: float) -> float:
    """The share of the people that nine of ten crowds are to be served with."""
    if not 0 < share <= 1:
        raise DesignError(f"--served-share {share:g}: give a share of the people, above 0 and at most 1, such as 0.95")
    return share


def obstruction_db(loss_db: float) -> float:
    """What people in the way cost every path."""
    if not 0 <= loss_db <= _MOST_LOSS_DB:
        raise DesignError(f"--obstruction-db {loss_db:g}: give a loss in dB from 0 to {_MOST_LOSS_DB:g}")
    return loss_db


def power(text: str) -> tuple[Band, float]:
    """`BAND:DBM`."""
    band, colon, dbm = text.partition(":")
    if not (band in get_args(Band) and colon):
        raise DesignError(f"--power {text}: give AP=BAND:DBM, such as AP-01=5:14")
    return cast("Band", band), numbers("--power", dbm, [1], "AP=BAND:DBM, such as AP-01=5:14")[0]


def rectangle_m(text: str) -> Polygon:
    """`x0,y0,x1,y1`."""
    x0, y0, x1, y1 = numbers("--forbid", text, [4], "x0,y0,x1,y1 in metres, such as 0,0,5,8")
    return box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def place_m(option: str, text: str) -> tuple[float, float]:
    """`x,y`."""
    x, y = numbers(option, text, [2], "x,y in metres, such as 2.5,4")
    return x, y


def spot(floor_plan: FloorPlan, text: str) -> Spot:
    """`x,y,height[,level]`."""
    x, y, height, *level = numbers("--add", text, [3, 4], "x,y,height[,level] in metres, such as 12,8,6")
    return given(floor_plan, x, y, height, level=int(level[0]) if level else 0)
