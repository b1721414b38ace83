"""IMDF archives: zip and folder, levels with their own outline, doors in their walls, and layers that are no plan."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import Polygon, shape

import floorplans
from floorplans import FloorPlanError, GeometryError


def feature(kind: str, identity: str, geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": identity, "feature_type": kind, "geometry": geometry, "properties": properties}


def ring(x0: float, y0: float, x1: float, y1: float) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]}


def degrees(geometry: dict[str, Any]) -> dict[str, Any]:
    """Metres to degrees near Kashiwa, well enough for a test that compares areas."""

    def each(value: Any) -> Any:
        if isinstance(value[0], list):
            return [each(one) for one in value]
        return [139.97 + value[0] / 90_300.0, 35.86 + value[1] / 110_950.0]

    return {"type": geometry["type"], "coordinates": each(geometry["coordinates"])}


DOOR = {"type": "swinging", "material": "wood", "automatic": False}


def archive(folder: Path) -> Path:
    """A hall and a classroom with a corridor between on level 0, another building without rooms, one room on level 1."""
    line = {"type": "LineString", "coordinates": [[20, 4], [20, 5]]}
    layers = {
        "unit": [
            feature("unit", "u1", ring(0, 0, 20, 15), category="gymnasium", level_id="a", name={"ja": "体育館"}),
            feature("unit", "u2", ring(20, 0, 23, 15), category="walkway", level_id="a"),
            feature("unit", "u3", ring(23, 0, 31, 15), category="classroom", level_id="a"),
            feature("unit", "u4", ring(0, 0, 20, 15), category="room", level_id="b"),
        ],
        "level": [
            feature("level", "a", ring(0, 0, 31, 15), ordinal=0, short_name={"ja": "1階"}, building_ids=["x"]),
            feature("level", "b", ring(0, 0, 20, 15), ordinal=1, short_name={"ja": "2階"}, building_ids=["x"]),
            feature("level", "c", ring(50, 0, 60, 10), ordinal=0, short_name={"ja": "1階"}, building_ids=["y"]),
        ],
        "opening": [feature("opening", "o1", line, category="pedestrian", level_id="a", door=DOOR)],
        "building": [feature("building", "x", None, name={"ja": "本館"}), feature("building", "y", None, name={"ja": "塔"})],
        "detail": [feature("detail", "d", line, category="crosswalk", level_id=None)],
        "venue": [feature("venue", "v", ring(-100, -100, 200, 200), category="school")],
    }
    for name, features in layers.items():
        moved = [{**one, "geometry": one["geometry"] and degrees(one["geometry"])} for one in features]
        (folder / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": moved}), encoding="utf-8")
    return folder


def test_zip_folder_and_file_give_one_building(tmp_path: Path) -> None:
    """The same levels, zones and walls; levels with rooms only; the door in the wall between hall and corridor."""
    folder = archive(tmp_path)
    packed = tmp_path / "school.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in folder.glob("*.geojson"):
            file.write(path, f"imdf/{path.name}")
    plans = [floorplans.read(path) for path in (folder, packed, folder / "unit.geojson")]

    assert plans[0].levels == plans[1].levels == plans[2].levels
    assert plans[0].walls == plans[1].walls == plans[2].walls
    assert [("1階", 465.0), ("2階", 300.0)] == [
        (one.name, pytest.approx(Polygon(one.outline_m).area, rel=0.01)) for one in plans[0].levels
    ]
    doors = [(wall.material, hole.kind, hole.material) for wall in plans[0].walls for hole in wall.openings]
    assert [("partition", "door", "wood")] == doors
    assert any("1 levels without any room" in warning for warning in plans[0].source.warnings)


def test_building_is_chosen_by_name(tmp_path: Path) -> None:
    folder = archive(tmp_path)

    assert "本館" == floorplans.read(folder, feature="本館").name
    with pytest.raises(FloorPlanError, match=r"no building '塔' with rooms; there are 0 \(本館\)"):
        floorplans.read(folder, feature="塔")


@pytest.mark.parametrize(("layer", "says"), [("detail", "the detail layer"), ("venue", "the ground of the whole venue")])
def test_layers_that_are_no_plan_are_named(tmp_path: Path, layer: str, says: str) -> None:
    with pytest.raises(GeometryError, match=f"not a plan: {says}"):
        floorplans.read(archive(tmp_path) / f"{layer}.geojson")


def test_folder_without_units_and_zip_without_plan_are_named(tmp_path: Path) -> None:
    packed = tmp_path / "pictures.zip"
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("../../etc/passwd", "x")

    with pytest.raises(FloorPlanError, match="is a directory"):
        floorplans.read(tmp_path)
    with pytest.raises(GeometryError, match="no plan in the archive"):
        floorplans.read(packed)


def test_zip_bomb_is_refused(tmp_path: Path) -> None:
    """300 MB of spaces in 300 kB: no more than the bound is unpacked."""
    packed = tmp_path / "bomb.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file, file.open("unit.geojson", "w") as member:
        for _ in range(300):
            member.write(b" " * 1_000_000)

    with pytest.raises(FloorPlanError, match="unpacks to more than 200 MB"):
        floorplans.read(packed)


def test_university_levels_have_the_area_of_their_polygons(shared: Path) -> None:
    """Courtyards are left out, separate parts are in; every pedestrian opening is in a wall."""
    folder = shared / "data" / "plans" / "imdf_university"
    plan = floorplans.read(folder)
    raw = json.loads((folder / "level.geojson").read_text(encoding="utf-8"))["features"]
    areas = {one["properties"]["ordinal"]: shape(one["geometry"]).area for one in raw if one["id"][:4] != "ae62"}
    ours = [Polygon(level.outline_m).area for level in plan.levels]

    assert areas[2] / areas[0] == pytest.approx(ours[1] / ours[0], rel=0.01)
    assert 12_716.6 == pytest.approx(ours[0], rel=0.01)
    openings = json.loads((folder / "opening.geojson").read_text(encoding="utf-8"))["features"]
    pedestrian = sum(one["properties"]["category"] == "pedestrian" for one in openings)
    assert pedestrian <= sum(len(wall.openings) for wall in plan.walls)
