"""What a disaster office asks of all shelters at once: which can be used now, and twelve figures to read out. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from dashboards.people import CROWDING

if TYPE_CHECKING:
    from dashboards.shelters import ShelterNow

Order = Literal["room", "hand"]
"""Where there is room first, or what needs a hand first."""
ORDERS: tuple[Order, ...] = get_args(Order)

SHORT_BATTERY_MINUTES = 60.0
"""A battery with less left needs a hand: to send somebody takes about as long. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One of the twelve: `key` has its words in the locale. `value` None: unknown.

    `low` and `high` are bounds where it has some; `unknown` is of how many shelters it is not known, which are not in it.
    """

    key: str
    value: int | None
    unknown: int = 0
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """All shelters parted: opened, of which nobody has said, and closed; and the twelve figures of the opened ones."""

    opened: tuple[ShelterNow, ...]
    unsaid: tuple[ShelterNow, ...]
    closed: tuple[ShelterNow, ...]
    figures: tuple[Figure, ...]


def takes_people(one: ShelterNow) -> bool | None:
    """Whether an opened shelter has room for somebody; None: nobody knows how crowded it is."""
    return None if one.crowding is None else one.crowding != "full"


def office(shelters: Iterable[ShelterNow], order: Order = "room") -> Office:
    """Part and order all shelters for the office's page.

    Parameters
    ----------
    shelters : iterable of ShelterNow
    order : {"room", "hand"}
        Of the opened ones: those with room first, or those that need a hand first.
    """
    found = sorted(shelters, key=_by_room if order == "room" else _by_need)
    opened = tuple(one for one in found if one.opened is True)
    return Office(
        opened=opened,
        unsaid=tuple(one for one in found if one.opened is None),
        closed=tuple(one for one in found if one.opened is False),
        figures=twelve(opened, unsaid=sum(one.opened is None for one in found)),
    )


def _by_room(one: ShelterNow) -> tuple[int, int, int, str]:
    """The emptiest first, the full ones below, those of which nobody knows last.

    Of those with the same word the ones whose Wi-Fi works, and of these the ones with room for most people.
    """
    room = len(CROWDING) if one.crowding is None else CROWDING.index(one.crowding)
    return room, ("usable", "crowded", "unknown", "down").index(one.usable), -(one.room_people or 0), one.site


def _by_need(one: ShelterNow) -> tuple[int, int, str]:
    """Down first, then full, a short battery, no internet, crowded Wi-Fi; what is only unknown comes after all that."""
    people = 0 if one.people is None else one.people.value
    needs = (
        one.usable == "down",
        one.crowding == "full",
        one.on_battery is True and (one.battery_minutes is None or one.battery_minutes < SHORT_BATTERY_MINUTES),
        one.internet is False,
        one.usable == "crowded" or one.crowding == "crowded",
        one.on_battery is True,
        one.usable == "unknown",
    )
    rank = next((number for number, holds in enumerate(needs) if holds), len(needs))
    return rank, -people, one.site


def twelve(opened: Sequence[ShelterNow], *, unsaid: int = 0) -> tuple[Figure, ...]:
    """Twelve figures of the opened shelters, in the order in which they are read out.

    Parameters
    ----------
    opened : sequence of ShelterNow
    unsaid : int
        Of how many more nobody has said whether they are opened.
    """
    number = len(opened)
    room = [takes_people(one) for one in opened]
    crowds = [one.people for one in opened if one.people is not None]
    rooms = [one.room_people for one in opened if one.room_people is not None]
    internet = [one.internet for one in opened]
    minutes = [one.battery_minutes for one in opened if one.on_battery and one.battery_minutes is not None]
    on_battery = sum(one.on_battery is True for one in opened)

    def wifi(state: str) -> int:
        return sum(one.usable == state for one in opened)

    return (
        Figure(key="opened", value=number, unknown=unsaid),
        Figure(key="takes_people", value=room.count(True), unknown=room.count(None)),
        Figure(key="full", value=room.count(False), unknown=room.count(None)),
        Figure(
            key="people",
            value=sum(one.value for one in crowds) if crowds or not number else None,
            # Bounds add up as if all were wrong in the same way: they share one calibration.
            low=sum(one.low for one in crowds) if crowds else None,
            high=sum(one.high or 0 for one in crowds) if crowds and all(one.high is not None for one in crowds) else None,
            unknown=number - len(crowds),
        ),
        Figure(key="room", value=sum(rooms) if rooms or not number else None, unknown=number - len(rooms)),
        Figure(key="internet", value=internet.count(True), unknown=internet.count(None)),
        Figure(key="no_internet", value=internet.count(False), unknown=internet.count(None)),
        Figure(key="wifi_usable", value=wifi("usable"), unknown=wifi("unknown")),
        Figure(key="wifi_crowded", value=wifi("crowded"), unknown=wifi("unknown")),
        Figure(key="wifi_down", value=wifi("down"), unknown=wifi("unknown")),
        Figure(key="on_battery", value=on_battery, unknown=sum(one.on_battery is None for one in opened)),
        Figure(
            key="shortest_battery",
            value=round(min(minutes)) if minutes else None,
            unknown=on_battery - len(minutes),
        ),
    )
