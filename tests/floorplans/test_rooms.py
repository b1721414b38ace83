"""Rooms' names as drawings write them: with areas, with blanks, and letter by letter."""

from __future__ import annotations

import pytest
from shapely.geometry import box

from floorplans import layers, rooms
from floorplans.rooms import Label

HALL = box(0.0, 0.0, 20.0, 12.0)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("器具庫 45.2㎡", "器具庫"),
        ("体育館（902.48m2）", "体育館"),
        ("和室 12.5畳", "和室"),
        ("体　育　館", "体育館"),
        ("教 室", "教室"),
        ("Meeting room 2", "Meeting room 2"),
        ("1年1組", "1年1組"),
        ("45.2㎡", "45.2㎡"),
    ],
)
def test_a_name_is_without_its_area_and_its_blanks(text: str, name: str) -> None:
    assert name == rooms.name_of(text)


@pytest.mark.parametrize("step", [(2.0, 0.0), (0.0, -0.5)])
def test_letters_far_apart_are_one_name(step: tuple[float, float]) -> None:
    """In a row and in a column, as Japanese drawings set the names of large rooms."""
    labels = [Label(letter, (6.0 + step[0] * place, 8.0 + step[1] * place), 0.3) for place, letter in enumerate("多目的ホール")]
    found, _ = rooms.zones([HALL], labels, layers.of())

    assert [("多目的ホール", "hall")] == [(zone.name, zone.kind) for zone in found]
