"""OpenStreetMap's indoor rooms: levels, rooms, doors, and what is not the building."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import floorplans
from floorplans import FloorPlanError, GeometryError

REPORTED = Path(__file__).parent / "reported" / "geojson-osm-indoor"


def feature(kind: str, coordinates: Any, **tags: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {key.replace("__", ":"): value for key, value in tags.items()},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def room(x0: float, y0: float, x1: float, y1: float, **tags: Any) -> dict[str, Any]:
    return feature("Polygon", [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]], indoor="room", **tags)


def written(tmp_path: Path, *features: Any) -> Path:
    path = tmp_path / "school.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "units": "m", "features": features}), encoding="utf-8")
    return path


def test_rooms_become_zones_by_level_with_walls_between() -> None:
    """The school has two levels of 4 m; a corridor on both; the door stands in the wall between hall and corridor."""
    plan = floorplans.read(REPORTED / "osm-indoor-simple.geojson")

    assert [("1F", 0.0, 4.0), ("2F", 4.0, 8.0)] == [(one.name, one.floor_m, one.ceiling_m) for one in plan.levels]
    assert [("hall", 0), ("classroom", 0), ("classroom", 0), ("corridor", 0), ("corridor", 1)] == [
        (zone.kind, zone.level) for zone in plan.zones
    ]
    doors = [hole for wall in plan.walls for hole in wall.openings]
    assert [("door", "wood", 0.0, 2.1)] == [(hole.kind, hole.material, hole.z0_m, hole.z1_m) for hole in doors]
    assert 0.9 == pytest.approx(doors[0].u1_m - doors[0].u0_m)
    assert "北小学校" == plan.name


def test_only_indoor_walls_are_walls_and_each_on_its_level() -> None:
    """The footway and the fence are left out; the wall of the upper level is not on the lower one."""
    path = REPORTED / "osm-indoor-walls.geojson"
    lower, upper = floorplans.read(path, level=0), floorplans.read(path, level=1)

    assert (5, 1) == (len(lower.walls), len(upper.walls))
    assert 155.1 == pytest.approx(sum(wall.length_m for wall in lower.walls), abs=0.1)
    assert (0.0, 0.0) == pytest.approx(lower.extent_m[:2], abs=0.02)
    assert any("barrier, highway" in warning for warning in lower.source.warnings)


def test_rooms_20_cm_apart_share_one_wall(tmp_path: Path) -> None:
    """Rooms drawn face to face: one wall of 20 cm in the middle, not two."""
    plan = floorplans.read(written(tmp_path, room(0, 0, 10, 8), room(10.2, 0, 20, 8)))
    between = [wall for wall in plan.walls if wall.material == "partition"]

    assert 1 == len(between)
    assert (10.1, 10.1, 0.2) == pytest.approx((between[0].start_m[0], between[0].end_m[0], between[0].thickness_m))


def test_an_area_inside_a_room_has_no_walls(tmp_path: Path) -> None:
    """indoor=area is a part of a hall with a name."""
    area = feature("Polygon", [[[2, 2], [6, 2], [6, 6], [2, 6], [2, 2]]], indoor="area", name="受付")
    plan = floorplans.read(written(tmp_path, room(0, 0, 20, 10), area))

    assert {"concrete": pytest.approx(60.0)} == plan.wall_length_by_material_m()
    assert ["room 0", "受付"] == [zone.name for zone in plan.zones]


def test_tags_that_are_one_property_are_read(tmp_path: Path) -> None:
    """As osmtogeojson writes them where nobody asks for flat ones."""
    nested = feature(
        "Polygon", [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]], tags={"indoor": "corridor", "name": "廊下"}, type="way"
    )
    plan = floorplans.read(written(tmp_path, room(9, 0, 20, 9), nested))

    assert [("room 0", "room"), ("廊下", "corridor")] == [(zone.name, zone.kind) for zone in plan.zones]


@pytest.mark.parametrize(
    ("features", "options", "says"),
    [
        ([room(0, 0, 9, 9, level="ground")], {}, "level 'ground' is no number"),
        ([room(0, 0, 9, 9, level="0-99")], {}, "is no storey"),
        ([room(0, 0, 9, 9)], {"feature": "0"}, "leave --feature out"),
        ([room(0, 0, 9, 9)], {"stage": True}, "has rooms of its own"),
        ([feature("LineString", [[0, 0], [9, 0]], indoor="wall")], {}, "enclose nothing"),
        ([feature("Polygon", [[[0, 0], [9, 0], [9, 9], [0, 0]]], indoor="level")], {}, "neither a room nor a wall"),
    ],
)
def test_bad_levels_and_options_are_one_line(tmp_path: Path, features: list[Any], options: dict[str, Any], says: str) -> None:
    with pytest.raises(FloorPlanError, match=says) as caught:
        floorplans.read(written(tmp_path, *features), **options)

    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, GeometryError | FloorPlanError)
