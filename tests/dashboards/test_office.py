"""The office's answer: who can take people, in which order, and twelve figures that leave nothing unknown out unsaid."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from dashboards.office import office, takes_people, twelve
from dashboards.people import People
from dashboards.shelters import ShelterNow

BLANK = ShelterNow(
    site="",
    opened=True,
    since=None,
    people=None,
    crowding=None,
    usable="unknown",
    internet=None,
    on_battery=None,
    battery_minutes=None,
    capacity_people=None,
    room_people=None,
    age_s=None,
)


def people(value: int, low: int, high: int | None) -> People:
    return People(value=value, low=low, high=high, basis="assumed")


CITY = (
    replace(BLANK, site="never heard"),
    replace(
        BLANK, site="roomy", crowding="roomy", usable="usable", internet=True, people=people(30, 20, 45), room_people=70,
        on_battery=True, battery_minutes=44.6,
    ),
    replace(BLANK, site="down", crowding="filling", usable="down", internet=False, people=people(50, 40, 60), room_people=50),
    replace(BLANK, site="full", crowding="full", usable="crowded", internet=True, people=people(98, 90, 110), on_battery=False),
    replace(BLANK, site="crowded", crowding="crowded", usable="usable", internet=True, on_battery=True),
    replace(BLANK, site="closed", opened=False, people=people(1000, 1000, 1000), internet=True),
    replace(BLANK, site="nobody said", opened=None, usable="usable"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("room", ["roomy", "down", "crowded", "full", "never heard"]),
        ("hand", ["down", "full", "roomy", "crowded", "never heard"]),
    ],
)
def test_the_order_is_the_same_however_they_come(order: str, names: list[str]) -> None:
    shuffled = random.Random(3).sample(CITY, len(CITY))
    found = office(shuffled, "room" if order == "room" else "hand")

    assert names == [one.site for one in found.opened]
    assert ["closed"] == [one.site for one in found.closed]
    assert ["nobody said"] == [one.site for one in found.unsaid]


def test_twelve_figures_say_what_is_not_known() -> None:
    said = {one.key: (one.value, one.unknown) for one in office(CITY).figures}

    assert {
        "opened": (5, 1),
        "takes_people": (3, 1),
        "full": (1, 1),
        "people": (178, 2),
        "room": (120, 3),
        "internet": (3, 1),
        "no_internet": (1, 1),
        "wifi_usable": (2, 1),
        "wifi_crowded": (1, 1),
        "wifi_down": (1, 1),
        "on_battery": (2, 2),
        "shortest_battery": (45, 1),
    } == said
    assert 12 == len(said)


def test_bounds_add_up_and_no_bound_is_made_up() -> None:
    bounded = twelve([replace(BLANK, people=people(30, 20, 45)), replace(BLANK, people=people(50, 40, 60))])[3]
    open_ended = twelve([replace(BLANK, people=people(30, 20, None))])[3]
    unknown = twelve([BLANK])[3]
    nobody = twelve([])[3]

    assert (80, 60, 105) == (bounded.value, bounded.low, bounded.high)
    assert (20, None) == (open_ended.low, open_ended.high)
    assert (None, 1) == (unknown.value, unknown.unknown)
    assert 0 == nobody.value


def test_whether_it_takes_people_is_unknown_where_nobody_knows_how_crowded_it_is() -> None:
    assert [True, False, None] == [
        takes_people(replace(BLANK, crowding="crowded")),
        takes_people(replace(BLANK, crowding="full")),
        takes_people(BLANK),
    ]


def test_of_shelters_with_the_same_word_the_one_with_most_room_comes_first() -> None:
    small, large = (replace(CITY[1], site=name, room_people=room) for name, room in (("a small one", 10), ("large", 300)))
    found = office([small, replace(small, site="not known", room_people=None), large])

    assert ["large", "a small one", "not known"] == [one.site for one in found.opened]
