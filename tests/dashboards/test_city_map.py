"""The map: places in their true directions, what needs a hand on top, outlines where there is room for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from dashboards.city_map import Spot, city_map
from dashboards.locale import words

MIDDLE = Spot(site="中", state="ok", latitude=37.0, longitude=137.0, href="live?site=a&lang=ja", alt="中: 正常")
NORTH = replace(MIDDLE, site="北", latitude=37.01)
EAST = replace(MIDDLE, site="東", longitude=137.0125)
GYM = ((0.0, 0.0), (40.0, 0.0), (40.0, 25.0), (0.0, 25.0))


def drawn(*spots: Spot) -> ET.Element:
    return ET.fromstring(city_map(spots, "ja"))


def centre(svg: ET.Element, site: str) -> tuple[float, float]:
    (link,) = (one for one in svg.iter("a") if one.get("data-site") == site)
    circle = link.find("circle")
    assert circle is not None
    return float(circle.get("cx", "")), float(circle.get("cy", ""))


def test_north_is_up_east_is_right_and_a_metre_is_a_metre_both_ways() -> None:
    """0.01° of latitude are 1.11 km; 0.0125° of longitude at 37° are 1.11 km too."""
    svg = drawn(MIDDLE, NORTH, EAST)
    (x0, y0), (north_x, north_y), (east_x, east_y) = (centre(svg, site) for site in ("中", "北", "東"))

    assert (x0, y0) == (pytest.approx(north_x), pytest.approx(east_y))
    assert north_y < y0
    assert pytest.approx(east_x - x0, rel=0.01) == y0 - north_y


def test_all_lie_within_the_drawing_and_the_first_lies_on_top() -> None:
    svg = drawn(replace(NORTH, state="down"), *(replace(MIDDLE, site=str(n), longitude=137 + n / 300) for n in range(50)))
    width, height = (float(number) for number in svg.get("viewBox", "").split()[2:])
    places = [centre(svg, str(n)) for n in range(50)]

    assert all(0 < x < width and 0 < y < height for x, y in places)
    assert "北" == list(svg.iter("a"))[-1].get("data-site")


def test_an_outline_is_drawn_where_it_is_large_enough() -> None:
    near = drawn(replace(MIDDLE, outline_m=GYM))
    far = drawn(replace(MIDDLE, outline_m=GYM), replace(EAST, longitude=137.3))
    numbered = drawn(replace(MIDDLE, outline_m=GYM, number=1))
    corners = near.find("a/polygon")
    assert corners is not None
    xs = [float(pair.split(",")[0]) for pair in corners.get("points", "").split()]

    assert pytest.approx(40 * 720 / 400, abs=0.2) == max(xs) - min(xs)
    assert far.find("a/polygon") is None
    assert "1" == "".join(numbered.find("a/text").itertext())  # type: ignore[union-attr]


def test_a_city_on_the_date_line_is_one_city() -> None:
    svg = drawn(replace(MIDDLE, longitude=179.999), replace(EAST, longitude=-179.999))

    assert pytest.approx(0.002 * 111195 * 0.7986 * 720 / 400, rel=0.01) == centre(svg, "東")[0] - centre(svg, "中")[0]


def test_nothing_with_a_place_is_said_in_words() -> None:
    assert words("map.none", "ja") in city_map((), "ja")


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x>'])
def test_names_are_text_and_nothing_else(hostile: str) -> None:
    svg = drawn(replace(MIDDLE, site=hostile, alt=hostile, district=hostile))
    kinds: set[Any] = {one.tag for one in svg.iter()}

    assert hostile == next(svg.iter("a")).get("data-site")
    assert {"svg", "polygon", "text", "a", "title", "circle", "path"} == kinds


def test_in_a_large_city_those_that_are_well_are_drawn_together_and_the_others_have_their_links() -> None:
    many = [replace(MIDDLE, site=str(n), longitude=137 + n / 900) for n in range(400)]
    svg = drawn(replace(NORTH, state="down", number=1), replace(NORTH, site="北2", state="degraded"), *many)
    well = svg.find("path[@class='wp-well']")
    assert well is not None

    assert ["北2", "北"] == [link.get("data-site") for link in svg.iter("a")]
    assert 400 == well.get("d", "").count("M")
    assert f"{words('state.ok', 'ja')}: 400" == well.findtext("title")
