"""How far a shelter's network may go: what each level adds, what it costs, and how many hours it serves in the first three days.

none          nothing
basic         the design of least cost that serves the people
survives-one  the same, also without any one access point
satellite     basic, with a line by satellite or LTE beside the fixed one
battery       satellite, with batteries that keep everything on
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from wifiplan.placement.bill import YEARS
from wifiplan.prices import Prices, batteries_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Level = Literal["basic", "survives-one", "satellite", "battery"]
LEVELS: tuple[Level, ...] = ("basic", "survives-one", "satellite", "battery")

BATTERY_HOURS = 24.0
"""As long as mains are taken to be out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The first days, in hours, and the share of events in which an access point is broken. All assumed (`levels.toml`)."""

    hours: float
    mains_out_h: float
    line_out_h: float
    access_point_fails_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one facility's network of one level comes to.

    `people` are planned for, of whom `served_share` is served; `gap_share` is how much cheaper any other answer could be;
    `switches` is how many there are, for batteries. `cost_yen` is the purchase, `five_year_yen` all of five years. `models_tried`
    is what each model to choose from would come to (`wifiplan.answer.ModelTried` as JSON), where there were several.
    """

    level: Level
    people: float
    access_points: int
    switches: int
    cost_yen: float
    five_year_yen: float
    served_share: float
    gap_share: float
    stopped_early: bool
    model: str
    seconds: float
    stopped_by: str | None = None
    models_tried: tuple[Mapping[str, Any], ...] = ()


@functools.cache
def _table() -> dict[str, dict[str, dict[str, float | str]]]:
    return tomllib.loads((files("wifiplan.city") / "levels.toml").read_text("utf-8"))


def _value(group: str, name: str) -> float:
    return float(_table()[group][name]["value"])


def event() -> Event:
    """The event that networks are compared by."""
    return Event(**{name: _value("event", name) for name in Event.__dataclass_fields__})


def sources() -> tuple[tuple[str, float, str, str, str], ...]:
    """Each figure of the levels: name, value, tag, source, and what it is in Japanese."""
    return tuple(
        (f"{group}.{name}", float(row["value"]), str(row["tag"]), str(row["source"]), str(row["ja"]))
        for group, rows in _table().items()
        for name, row in rows.items()
    )


def designs_of(levels: Sequence[Level]) -> tuple[Level, ...]:
    """The levels whose access points must be placed; the others are one of these with more bought."""
    return tuple(
        level for level in ("basic", "survives-one") if level in levels or (level == "basic" and set(levels) - {"survives-one"})
    )


def with_levels(made: Sequence[Figures], levels: Sequence[Level], price: Prices, battery_hours: float) -> tuple[Figures, ...]:
    """Figures of all levels that were asked for, from those that were placed."""
    placed = {one.level: one for one in made}
    return tuple(
        placed[level] if level in placed else _grown(placed["basic"], level, price, battery_hours)
        for level in levels
        if level in placed or (level in {"satellite", "battery"} and "basic" in placed)
    )


def _grown(basic: Figures, level: Level, price: Prices, battery_hours: float) -> Figures:
    kit_yen, year_yen = _value("satellite", "yen"), _value("satellite", "year_yen")
    more_yen, more_five_yen = kit_yen, kit_yen + YEARS * year_yen
    if level == "battery":
        old, new = price["ups"], batteries_for(price, battery_hours)["ups"]
        batteries_yen = basic.switches * float(new["yen"] - old["yen"])
        more_yen += batteries_yen
        more_five_yen += batteries_yen + basic.switches * float(new["battery_yen"] - old["battery_yen"])
    return replace(basic, level=level, cost_yen=basic.cost_yen + more_yen, five_year_yen=basic.five_year_yen + more_five_yen)


def service_hours(level: Level, access_points: int, battery_hours: float, day: Event) -> float:
    """Hours of the event in which people at this level have service, on the mean.

    Without mains nothing works beyond its battery, without a line beyond a second one; one broken access point takes its share
    of the people with it, unless the design survives it.

    Examples
    --------
    >>> day = Event(hours=72, mains_out_h=24, line_out_h=48, access_point_fails_share=0.1)
    >>> service_hours("basic", 2, 24, day), service_hours("survives-one", 3, 24, day), service_hours("battery", 2, 24, day)
    (22.8, 24.0, 68.4)
    """
    dark_h = max(0.0, day.mains_out_h - battery_hours) if level == "battery" else day.mains_out_h
    cut_h = 0.0 if level in {"satellite", "battery"} else day.line_out_h
    hours = max(0.0, day.hours - max(dark_h, cut_h))
    lost = 0.0 if level == "survives-one" else day.access_point_fails_share / max(access_points, 1)
    return round(hours * (1.0 - lost), 6)
