"""Storeys side by side on a sheet: told by their shapes and titles, and sections and roofs beside them left out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from floorplans import storeys
from floorplans.drawing import Point
from floorplans.storeys import Title, apart
from floorplans.walls import Body


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("1階平面図", 1), ("三階平面図", 3), ("３Ｆ", 3), ("地下1階平面図", -1),
        ("地下一階", -1), ("B2F", -2), ("R階平面図", 99), ("2F PLAN", 2),
        ("Level 4", 4), ("GROUND FLOOR", 0), ("FIRST FLOOR PLAN", 1), ("2nd floor", 2),
        ("Erdgeschoss", 0), ("1. Obergeschoss", 1), ("Untergeschoss", -1), ("Keller", -1),
        ("1er étage", 1), ("二层平面图", 2), ("屋根伏図", None), ("体育館", None),
        ("縮尺 1/100", None),
    ],
)  # fmt: skip
def test_titles_say_where_a_storey_stands(title: str, wanted: int | None) -> None:
    assert wanted == storeys.number(title)


def box(x_m: float, wide_m: float) -> list[Body]:
    """Four walls 12 m deep, from x_m on."""
    flat = [Body(0.0, y_m, x_m, x_m + wide_m, 0.2, "", "") for y_m in (0.0, 12.0)]
    upright = [Body(1.5707963267948966, -x, 0.0, 12.0, 0.2, "", "") for x in (x_m, x_m + wide_m)]
    return [*flat, *upright]


def sheet(*shapes: tuple[float, str, bool]) -> tuple[list[Body], list[Title]]:
    """Shapes of these widths, 40 m apart, with their titles below."""
    bodies = [body for index, (wide_m, *_) in enumerate(shapes) for body in box(40.0 * index, wide_m)]
    at: Sequence[Point] = [(40.0 * index + 5.0, -3.0) for index in range(len(shapes))]
    titles = [Title(text, place, of_plan) for (_, text, of_plan), place in zip(shapes, at, strict=True) if text]
    return bodies, titles


def test_smaller_upper_storeys_are_storeys_by_their_titles() -> None:
    """Three widths, the lowest drawn last."""
    found, said = apart(*sheet((24.0, "2階平面図", True), (18.0, "3階平面図", True), (30.0, "1階平面図", True)), None, "sheet")

    assert ["1階平面図", "2階平面図", "3階平面図"] == [name for name, _ in found]
    assert [4, 4, 4] == [len(bodies) for _, bodies in found]
    assert "They differ in size" in said


def test_a_storey_of_another_size_is_not_lost_among_like_ones() -> None:
    found, _ = apart(*sheet((30.0, "1階", True), (30.0, "2階", True), (20.0, "3階", True)), None, "sheet")

    assert [("1階", 4), ("2階", 4), ("3階", 4)] == [(name, len(bodies)) for name, bodies in found]


def test_elevations_and_roofs_beside_plans_are_left_out() -> None:
    """As wide as the plans, and named."""
    found, said = apart(*sheet((30.0, "1階平面図", True), (30.0, "2階平面図", True), (30.0, "南立面図", False)), None, "sheet")
    alone, alone_said = apart(*sheet((30.0, "平面図", True), (30.0, "屋根伏図", False)), None, "sheet")

    assert ["1階平面図", "2階平面図"] == [name for name, _ in found]
    assert "南立面図 beside it is no plan and is left out" in said
    assert (["平面図"], "屋根伏図 beside it is no plan and is left out") == ([name for name, _ in alone], alone_said)


def test_elevations_of_another_size_are_no_walls_of_the_plan() -> None:
    """They stand beside one plan, and beside two like storeys."""
    bodies, titles = sheet((30.0, "1階平面図", True), (20.0, "南立面図", False))
    groups, note = apart(bodies, titles, None, "sheet")

    assert [("1F", 4)] == [(name, len(group)) for name, group in groups]
    assert "南立面図 beside it is no plan and is left out" == note
    bodies, titles = sheet((30.0, "1階平面図", True), (30.0, "2階平面図", True), (20.0, "断面図", False))

    assert [("1階平面図", 4), ("2階平面図", 4)] == [(name, len(group)) for name, group in apart(bodies, titles, None, "sheet")[0]]
