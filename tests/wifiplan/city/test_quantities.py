"""Numbers in words: what each cell of the lists that people have says, and what it leaves unknown."""

from __future__ import annotations

import pytest

from wifiplan.city.quantities import degrees, quantity


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("約500人", 500.0),
        ("３２０", 320.0),
        ("１，２００", 1200.0),
        ("320名", 320.0),
        ("1,074㎡", 1074.0),
        ("1.2万人", 12_000.0),
        ("300～400", 400.0),
        ("三百二十人", 320.0),
        ("屋内1,371人／屋外5,470人（面積の1/2）", 1371.0),
        ("屋内2,736人屋外11,700人（面積の1/2）", 2736.0),
        ("体育館300人、教室200人", 500.0),
        ("500人（うち体育館300人、教室200人）", 500.0),
        ("合計500人、体育館300人、教室200人", 500.0),
        ("収容人数 250 人", 250.0),
        (826, 826.0),
        ("－", None),
        ("未定", None),
        ("", None),
        (float("nan"), None),
        ("8,500人（敷地全体）", None),
        ("屋外300人", None),
        ("東棟 3階", None),
    ],
)
def test_a_cell_says_its_number_or_nothing(cell: object, value: float | None) -> None:
    assert value == quantity(cell).value


def test_what_was_not_plain_is_said() -> None:
    assert "" == quantity("1,200人").said
    assert "upper end" in quantity("300～400").said
    assert "site" == quantity("8,500人（敷地全体）").scope
    assert (0.0, 750.0) == (quantity("屋内0人／屋外750人(面積の1/2)").value, quantity("屋内0人／屋外750人").outdoor)


def test_negative_numbers_keep_their_sign_whatever_the_sign() -> None:
    assert [-1.0, -1.0, -1.0, -5.0] == [quantity(text).value for text in ("-1", "−1", "▲1", -5)]


def test_an_area_is_in_the_unit_of_its_heading_or_its_own() -> None:
    assert 1500.0 == quantity("0.15", unit_m2=10_000.0).value
    assert 2500.0 == quantity("0.25ha").value
    assert 330.6 == pytest.approx(quantity("100坪").value, abs=0.1)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("35,86", 35.86),
        ("139.97", 139.97),
        ("35度51分36秒", 35.86),
        ("35:51:36", 35.86),
        ("東経139.97度", None),
        ("", None),
        (None, None),
    ],
)
def test_a_coordinate_is_degrees(cell: object, value: float | None) -> None:
    assert value == degrees(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1階体育館 250人 2階教室 120人", 370.0),
        ("第1体育館 300人、第2体育館 200人", 500.0),
        ("B棟2F 80名", 80.0),
        ("60世帯", None),
        ("12畳", None),
        ("3教室 120人", 120.0),
    ],
)
def test_floors_and_halls_are_no_people_and_households_are_unknown(cell: str, value: float | None) -> None:
    assert value == quantity(cell).value
