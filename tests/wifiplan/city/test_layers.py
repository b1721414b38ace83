"""Layers told by their columns: people once, hazards, limits, buildings; and what is wrong with one said in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wifiplan.city import layers
from wifiplan.errors import DesignError


def geojson(path: Path, features: list[tuple[dict[str, Any], str, Any]], **more: Any) -> str:
    rows = [
        {"type": "Feature", "properties": properties, "geometry": None if at is None else {"type": kind, "coordinates": at}}
        for properties, kind, at in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows, **more}), encoding="utf-8")
    return str(path)


def square(lon: float, lat: float, half: float) -> list[list[list[float]]]:
    return [
        [
            [lon - half, lat - half],
            [lon + half, lat - half],
            [lon + half, lat + half],
            [lon - half, lat + half],
            [lon - half, lat - half],
        ]
    ]


def test_levels_of_sums_are_counted_once_at_the_finest(tmp_path: Path) -> None:
    """Kashiwa's layer has quarters, districts, regions and the city, each adding up to the same people."""
    quarters = [({"name": f"{n}丁目", "flag": "a", "population": 100 * n}, "Point", [139.9 + n / 100, 35.8]) for n in range(1, 5)]
    districts = [({"name": f"地区{n}", "flag": "b", "population": 500}, "Point", [139.9, 35.8]) for n in range(2)]
    found = layers.read_layers([geojson(tmp_path / "pop.geojson", quarters + districts)])

    assert found.homes is not None
    assert (1000.0, 4) == (found.homes.people.sum(), len(found.homes.people))
    assert "the finest is counted, once" in found.warnings[0]


def test_a_row_that_adds_up_the_others_is_left_out(tmp_path: Path) -> None:
    rows = [
        ({"町名": name, "人口": people}, "Point", [139.9, 35.8])
        for name, people in (("東", "1,200"), ("西", "800"), ("合計", "2,000"))
    ]
    found = layers.read_layers([geojson(tmp_path / "pop.geojson", rows)])

    assert found.homes is not None
    assert 2000.0 == found.homes.people.sum()


def test_negative_people_are_none_and_said(tmp_path: Path) -> None:
    rows = [({"name": f"{n}", "population": people}, "Point", [139.9, 35.8]) for n, people in enumerate((-5, 10, 20))]
    found = layers.read_layers([geojson(tmp_path / "pop.geojson", rows)])

    assert found.homes is not None
    assert 30.0 == found.homes.people.sum()
    assert "fewer than 0" in found.warnings[0]


@pytest.mark.parametrize(
    ("name", "properties", "kind"),
    [
        ("浸水想定.geojson", {"rank": 3}, "hazard"),
        ("a.geojson", {"A31_101": 3}, "hazard"),
        ("N03.geojson", {"N03_004": "柏市"}, "boundary"),
        ("b.geojson", {"measuredHeight": 9.7, "usage": "422"}, "buildings"),
    ],
)
def test_a_layer_is_told_by_its_name_and_columns(tmp_path: Path, name: str, properties: dict[str, Any], kind: str) -> None:
    found = layers.read_layers([geojson(tmp_path / name, [(properties, "Polygon", square(139.9, 35.8, 0.001))])])

    assert {name: kind} == found.kinds
    assert kind == layers.layer_kind(tmp_path / name)


def test_a_list_of_shelters_is_no_layer(tmp_path: Path) -> None:
    geojson(tmp_path / "list.geojson", [({"name": "北小", "persons": 300}, "Point", [139.9, 35.8])])

    assert None is layers.layer_kind(tmp_path / "list.geojson")


def test_a_footprint_has_the_sides_of_the_hall(tmp_path: Path) -> None:
    """A rectangle of 40 x 20 m, turned a little by the projection."""
    lat_m, lon_m = 1 / 110_950, 1 / (111_320 * 0.8108)
    corners = [
        [139.9, 35.8],
        [139.9 + 40 * lon_m, 35.8],
        [139.9 + 40 * lon_m, 35.8 + 20 * lat_m],
        [139.9, 35.8 + 20 * lat_m],
        [139.9, 35.8],
    ]
    found = layers.read_layers([geojson(tmp_path / "b.geojson", [({"height_m": 10.5, "shelter": "北小"}, "Polygon", [corners])])])

    assert (40.0, 20.0, 10.5) == pytest.approx(
        (found.footprints[0].length_m, found.footprints[0].width_m, found.footprints[0].height_m), abs=0.3
    )


@pytest.mark.parametrize(
    ("features", "says"),
    [
        ([], "an empty layer"),
        ([({"population": 5}, "Point", None)], "an empty layer"),
        ([({"population": 0, "name": "東"}, "Point", [139.9, 35.8])], "nobody lives"),
        ([({"population": 5}, "Point", [35.8, 139.9])], "swapped"),
        ([({"population": 5}, "Point", [-75.0, 40.0])], "not in Japan"),
        ([({"colour": "red"}, "Point", [139.9, 35.8])], "not told by its columns"),
    ],
)
def test_a_layer_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, features: list[Any], says: str) -> None:
    text = geojson(tmp_path / "layer.geojson", features)

    with pytest.raises(DesignError, match=says) as caught:
        layers.read_layers([text])

    assert "layer.geojson" in str(caught.value)


@pytest.mark.parametrize("octets", [b"", b"nothing", b'{"type": "FeatureCollection"'])
def test_what_is_no_layer_is_refused_in_one_line(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "x.geojson").write_bytes(octets)

    with pytest.raises(DesignError, match=r"x\.geojson"):
        layers.read_layers([str(tmp_path / "x.geojson")])
