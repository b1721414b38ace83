"""Facilities among their layers: whose building, which district, open or closed, inside the limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from wifiplan.city import around
from wifiplan.city.layers import Footprint, HazardZone, Homes, Layers
from wifiplan.city.listing import Facility
from wifiplan.errors import DesignError

HALL = Footprint(
    length_m=38.0, width_m=22.0, height_m=10.5, area_m2=830.0, at_deg=(139.9, 35.8), facility="柏市立北小学校", is_gym=True
)


def school(number: int = 1, **more: object) -> Facility:
    return Facility(
        **{"number": number, "name": "北小学校", "longitude_deg": 139.9, "latitude_deg": 35.8, "area_m2": 826.0, **more}
    )  # type: ignore[arg-type]


def test_the_hall_that_fits_the_lists_area_is_the_facilitys() -> None:
    wrong = Footprint(
        length_m=100.0, width_m=50.0, height_m=33.0, area_m2=2500.0, at_deg=(139.9, 35.8), facility="北小学校", rectangularity=0.5
    )
    one = around.with_buildings([school()], [wrong, HALL])[0]

    assert (38.0, 22.0, 10.5, "footprint") == (one.length_m, one.width_m, one.height_m, one.size_from)
    assert "area" == around.with_buildings([school(area_m2=3000.0)], [wrong, HALL])[0].size_from


def test_a_nameless_building_is_the_facilitys_only_near_by() -> None:
    nameless = Footprint(length_m=38.0, width_m=22.0, height_m=None, area_m2=830.0, at_deg=(139.9005, 35.8))

    assert "footprint" == around.with_buildings([school()], [nameless])[0].size_from
    assert "area" == around.with_buildings([school(longitude_deg=139.95)], [nameless])[0].size_from


def test_a_drawing_is_found_by_id_or_name_and_one_of_nobody_is_said(tmp_path: Path) -> None:
    for name in ("北小学校.json", "E1721700001201.dxf", "南小学校.json", "note.md"):
        (tmp_path / name).write_text("", encoding="utf-8")
    found, said = around.with_drawings([school(), school(2, name="東小学校", id="E1721700001201")], tmp_path)

    assert ["北小学校.json", "E1721700001201.dxf"] == [Path(one.drawing).name for one in found]
    assert "南小学校.json" in said[0]


def test_the_district_is_the_lists_else_the_one_it_stands_in_else_that_of_the_nearest_homes() -> None:
    box = shapely.box(139.95, 35.75, 140.0, 35.85)
    homes = Homes(people=np.array([5.0]), at_deg=np.array([[139.9, 35.8]]), names=("1",), districts=("西",))
    found = around.with_districts(
        [school(district="自称"), school(2, longitude_deg=139.97), school(3)], Layers(homes=homes, districts=(("東", box),))
    )

    assert ["自称", "東", "西"] == [one.district for one in found]


def test_a_shelter_in_the_sea_has_no_place_and_is_said() -> None:
    limits = Layers(boundary=shapely.box(139.8, 35.7, 140.0, 35.9))
    found, said = around.within_limits([school(), school(2, latitude_deg=35.3)], limits)

    assert [35.8, None] == [one.latitude_deg for one in found]
    assert "in the sea" in said[0]


def test_the_disaster_decides_which_open() -> None:
    """By the list's own columns first, then by the zones; what neither says is unknown and taken as open."""
    zone = HazardZone(name="浸水", hazard="flood", shapes=(shapely.box(139.89, 35.79, 139.91, 35.81),), is_points=False)
    away = {"longitude_deg": 139.95}
    shelters = [
        school(1, hazards={"flood": True}),
        school(2, hazards={"flood": True}, **away),
        school(3, hazards={"flood": False}, **away),
        school(4, **away),
        school(5, longitude_deg=None),
    ]

    assert ["in-zone", "designated", "not-designated", "outside-zones", "hazard-unknown"] == [
        one.why for one in around.openings(shelters, "flood", [zone])
    ]
    assert [False, True, False, True, None] == [one.open for one in around.openings(shelters, "flood", [zone])]
    assert {"no-hazard"} == {one.why for one in around.openings(shelters, "", [zone])}
    with pytest.raises(DesignError, match="no such disaster"):
        around.openings(shelters, "meteor", [])


def test_points_of_earlier_floods_mark_and_close_nothing() -> None:
    points = HazardZone(
        name="履歴", hazard="flood", shapes=(shapely.Point(139.9003, 35.8), shapely.Point(139.95, 35.8)), is_points=True
    )

    assert {1: "履歴: 1"} == around.marks([school(), school(2, latitude_deg=35.9)], [points])
    assert "hazard-unknown" == around.openings([school()], "flood", [points])[0].why


def test_must_haves_are_found_by_name_id_or_number_and_unknown_ones_named() -> None:
    shelters = [
        school(1),
        school(2, name="南小学校", id="E2"),
        school(3, name="千葉県立柏高等学校"),
        school(4, name="柏市立柏高等学校"),
    ]

    assert {1, 2} == around.must_be(shelters, ["北小学校", "E2"])
    assert {4} == around.must_be(shelters, ["柏市立柏高等学校"])
    with pytest.raises(DesignError, match="there are 南小学校"):
        around.must_be(shelters, ["南小"])
    with pytest.raises(DesignError, match="2 facilities are called so"):
        around.must_be(shelters, ["柏高等学校"])
