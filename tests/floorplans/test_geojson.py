"""GeoJSON: footprints on the globe, which of many, hand-drawn plans, IMDF units."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyproj
import pytest

import floorplans
from floorplans import FloorPlanError, GeometryError, MissingScaleError

BOX = [[139.9, 35.8], [139.90044, 35.8], [139.90044, 35.8002], [139.9, 35.8002], [139.9, 35.8]]


def polygon(ring: list[Any] = BOX, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def line(*points: list[float], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": list(points)}}


def written(tmp_path: Path, *features: Any, **top: Any) -> Path:
    path = tmp_path / "校舎.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **top}), encoding="utf-8")
    return path


def test_footprint_in_degrees_has_its_geodesic_size(tmp_path: Path) -> None:
    """Length and width are the distances on the ellipsoid, the long side along x, the lower left corner the origin."""
    plan = floorplans.read(written(tmp_path, polygon(name="体育館", height_m=9.7, licence="CC BY 4.0")))
    geod = pyproj.Geod(ellps="WGS84")
    length_m = geod.line_length([BOX[0][0], BOX[1][0]], [BOX[0][1], BOX[1][1]])
    width_m = geod.line_length([BOX[1][0], BOX[2][0]], [BOX[1][1], BOX[2][1]])

    assert pytest.approx((0.0, 0.0, length_m, width_m), abs=2e-3) == plan.extent_m
    assert ("体育館", "CC BY 4.0", 9.7, ["hall"]) == (
        plan.name,
        plan.source.licence,
        plan.levels[0].height_m,
        [zone.kind for zone in plan.zones],
    )
    assert ["wood", "metal"] == [slab.material for slab in plan.slabs]
    assert any("no doors, windows" in warning for warning in plan.source.warnings)


@pytest.mark.parametrize(
    ("properties", "height_m"),
    [
        ({"height_m": 5.9}, 5.9),
        ({"measuredHeight": "10.5"}, 10.5),
        ({"height": "7 m"}, 7.0),
        ({"measuredHeight": -9999, "height": 4}, 4.0),
        ({"measuredHeight": -9999}, 3.0),
        ({"gym_candidate": True}, 9.7),
    ],
)
def test_height_is_read_or_said_to_be_assumed(tmp_path: Path, properties: dict[str, Any], height_m: float) -> None:
    """OSM's text, PLATEAU's number and its -9999 for unknown; what is taken instead is in the warnings."""
    plan = floorplans.read(written(tmp_path, polygon(**properties)))

    assert height_m == plan.levels[0].height_m
    known = height_m not in (3.0, 9.7)
    assert known != any("no height" in warning for warning in plan.source.warnings)
    assert 6.5 == floorplans.read(written(tmp_path, polygon(**properties)), height_m=6.5).levels[0].height_m


def test_footprint_with_a_courtyard_has_walls_round_it(tmp_path: Path) -> None:
    """A hole in the footprint is an outdoor place with walls of its own."""
    feature = polygon([[0, 0], [40, 0], [40, 30], [0, 30], [0, 0]])
    feature["geometry"]["coordinates"].append([[10, 10], [10, 20], [20, 20], [20, 10], [10, 10]])

    plan = floorplans.read(written(tmp_path, feature, units="m"))

    assert {"concrete": 180.0} == plan.wall_length_by_material_m()
    assert [("room", 1200.0), ("outdoor", 100.0)] == [(zone.kind, zone.area_m2) for zone in plan.zones]
    assert any("1 courtyards" in warning for warning in plan.source.warnings)


def test_metres_are_left_where_they_are(tmp_path: Path) -> None:
    """A plan in metres is neither turned nor moved; without a stated unit that is said."""
    ring = [[5, 5], [5, 45], [25, 45], [25, 5], [5, 5]]
    stated = floorplans.read(written(tmp_path, polygon(ring), units="m"))
    guessed = floorplans.read(written(tmp_path, polygon(ring)))
    millimetres = floorplans.read(written(tmp_path, polygon([[1000 * n for n in p] for p in ring]), units="mm"))
    scaled = floorplans.read(written(tmp_path, polygon(ring)), metres_per_unit=0.5)

    assert (5.0, 5.0, 25.0, 45.0) == stated.extent_m == guessed.extent_m == millimetres.extent_m
    assert (2.5, 2.5, 12.5, 22.5) == scaled.extent_m
    assert any("taken as metres" in warning for warning in guessed.source.warnings)
    assert not any("taken as metres" in warning for warning in stated.source.warnings)


def test_named_projection_is_undone(tmp_path: Path) -> None:
    """A file in a projected system that it names (Japan Plane Rectangular IX) gives the same building as one in degrees."""
    to_plane = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:6677", always_xy=True)
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6677"}}
    plane = floorplans.read(written(tmp_path, polygon([list(to_plane.transform(x, y)) for x, y in BOX]), crs=crs))
    degrees = floorplans.read(written(tmp_path, polygon()))

    assert pytest.approx(degrees.extent_m, abs=1e-3) == plane.extent_m


TWO = (
    polygon(shelter="柏市立東小学校", height_m=10, gym_candidate=True, storeys=1),
    polygon(shelter="柏市立東小学校", height_m=13, gym_candidate=False, storeys=3),
    polygon(shelter="柏市立西小学校", height_m=11, gym_candidate=False, storeys=3),
)


@pytest.mark.parametrize(
    ("feature", "height_m"),
    [
        ("1", 13),
        ("shelter=柏市立西小学校", 11),
        ("shelter=柏市立東小学校", 10),
        ("shelter=柏市立東小学校,gym_candidate=false", 13),
        ("storeys=1", 10),
        ("gym_candidate=true", 10),
    ],
)
def test_feature_chooses_the_building(tmp_path: Path, feature: str, height_m: float) -> None:
    """By number, by properties, and a school's only gym where its name fits several buildings."""
    assert height_m == floorplans.read(written(tmp_path, *TWO), feature=feature).levels[0].height_m


@pytest.mark.parametrize(
    ("feature", "says"),
    [
        (None, "holds 3 buildings; choose one with --feature NUMBER or --feature KEY=VALUE .*shelter"),
        ("7", "no footprint has number 7; they are 0 to 2"),
        ("storeys=3", "2 buildings match storeys=3; choose one by number: --feature 1 .*, 2 "),
        ("shelter=柏市立", "no footprint has shelter=柏市立; it has 柏市立東小学校, 柏市立西小学校"),
        ("roof=red", "keys are gym_candidate, height_m, shelter, storeys"),
        ("gym", "is no number and no KEY=VALUE"),
    ],
)
def test_choice_that_fits_not_one_names_the_way_out(tmp_path: Path, feature: str | None, says: str) -> None:
    """What there is to choose from is in the message."""
    with pytest.raises(FloorPlanError, match=says):
        floorplans.read(written(tmp_path, *TWO), feature=feature)


WALLS = line([0, 0], [10, 0], [10, 8], [0, 8], [0, 0], material="brick", height_m=3)


def test_lines_are_walls_with_openings_by_segment(tmp_path: Path) -> None:
    """A closed line is four walls; what the file leaves out is assumed and said."""
    door = {"segment": 2, "u0_m": 1, "u1_m": 2, "z0_m": 0, "z1_m": 2, "material": "wood"}
    drawn = {**WALLS, "properties": {**WALLS["properties"], "openings": [door]}}
    plan = floorplans.read(written(tmp_path, drawn, line([10, 4], [14, 4]), units="m"))

    assert [0, 0, 1, 0, 0] == [len(wall.openings) for wall in plan.walls]
    assert {"brick": 36.0, "concrete": 4.0} == plan.wall_length_by_material_m()
    assert 80.0 == plan.area_m2
    assert ["room"] == [zone.kind for zone in plan.zones]
    assert any("no floor or roof" in warning for warning in plan.source.warnings)
    assert any("4 m of wall lies outside" in warning for warning in plan.source.warnings)


@pytest.mark.parametrize(
    ("features", "top", "error", "says"),
    [
        ([], {}, GeometryError, "holds no polygon and no line"),
        ([{"type": "Feature", "geometry": None}], {}, GeometryError, "holds no polygon and no line"),
        ([7], {}, FloorPlanError, r"features\[0\] is not an object"),
        (
            [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], "x"]]}}],
            {},
            GeometryError,
            r"features\[0\]",
        ),
        ([{"type": "Feature", "geometry": {"type": "Cube"}}], {}, GeometryError, r"features\[0\]: its geometry"),
        (
            [{"type": "Feature", "geometry": WALLS["geometry"], "properties": [1]}],
            {},
            FloorPlanError,
            "properties is not an object",
        ),
        ([line([0, 0], [9, 0], [9, 9])], {"units": "m"}, GeometryError, "enclose nothing; close the outer wall"),
        ([line([0, 0], [0, 0])], {"units": "m"}, GeometryError, "within 0 x 0 m; check the scale"),
        ([polygon()], {"units": "shaku"}, MissingScaleError, "units 'shaku' is not one of m, cm, mm"),
        ([polygon()], {"units": {}}, MissingScaleError, "is not one of m, cm, mm"),
        ([polygon([[0, 0], [1e300, 0], [1e300, 9], [0, 0]])], {}, GeometryError, "not a finite number"),
        ([polygon()], {"crs": {"properties": {"name": "EPSG:999999"}}}, FloorPlanError, "unknown crs 'EPSG:999999'"),
        ([polygon([[500, 0], [500.5, 0], [500.5, 0.5], [500, 0]])], {}, MissingScaleError, "give --metres-per-unit"),
        ([polygon([[0, 0], [3, 0], [6, 0], [0, 0]])], {"units": "m"}, GeometryError, "footprint encloses nothing"),
        ([polygon([[0, 0], [9e3, 0], [9e3, 9e3], [0, 0]])], {"units": "m"}, GeometryError, "check the scale"),
        ([polygon()], {"units": "m"}, GeometryError, "encloses less than 1 m2; check the scale"),
        ([{**WALLS, "properties": {"openings": "door"}}], {"units": "m"}, FloorPlanError, "openings is not a list"),
        ([{**WALLS, "properties": {"openings": [{"segment": 4}]}}], {"units": "m"}, FloorPlanError, r"openings\[0\]: u0_m"),
        ([{**WALLS, "properties": {"openings": [{"segment": "a"}]}}], {"units": "m"}, FloorPlanError, "segment is 'a'"),
        (
            [{**WALLS, "properties": {"openings": [{"segment": 4, "u0_m": 0, "u1_m": 1, "z0_m": 0, "z1_m": 1}]}}],
            {"units": "m"},
            FloorPlanError,
            "segment 4, which the line has not",
        ),
        ([{**WALLS, "properties": {"z1_m": "3"}}], {"units": "m"}, FloorPlanError, "z1_m is '3', which is not a number"),
        (
            [polygon([[0, 0], [9, 0], [9, 9], [0, 0]], part="zone")],
            {"units": "m"},
            GeometryError,
            "no wall; add the walls as lines",
        ),
    ],
)
def test_bad_files_are_named(
    tmp_path: Path, features: list[Any], top: dict[str, Any], error: type[FloorPlanError], says: str
) -> None:
    """One line each, with the feature's number."""
    with pytest.raises(error, match=says) as caught:
        floorplans.read(written(tmp_path, *features, **top))

    assert "\n" not in str(caught.value)


def test_footprint_that_crosses_itself_is_mended_and_said(tmp_path: Path) -> None:
    """A bow tie becomes its larger loop."""
    plan = floorplans.read(written(tmp_path, polygon([[0, 0], [40, 20], [40, 0], [0, 10], [0, 0]]), units="m"))

    assert any("crosses itself and was mended" in warning for warning in plan.source.warnings)
    assert plan.area_m2 > 100


def unit(x0: float, x1: float, category: str, level_id: str = "a", **properties: Any) -> dict[str, Any]:
    ring = [[x0, 0], [x1, 0], [x1, 6], [x0, 6], [x0, 0]]
    return {**polygon(ring, category=category, level_id=level_id, **properties), "feature_type": "unit"}


def test_imdf_units_are_zones_with_walls_between(tmp_path: Path) -> None:
    """A shared edge is one partition, an outer edge concrete, an edge between two walkways nothing."""
    path = written(
        tmp_path,
        unit(0, 8, "classroom", name={"ja": "1年1組", "en": "1-1"}),
        unit(8, 16, "classroom"),
        unit(16, 20, "walkway"),
        unit(20, 24, "walkway"),
        units="m",
    )
    plan = floorplans.read(path, height_m=3.2)

    assert {"partition": 12.0, "concrete": 60.0} == plan.wall_length_by_material_m()
    assert [("1年1組", "classroom"), ("classroom 1", "classroom"), ("corridor 2", "corridor"), ("corridor 3", "corridor")] == [
        (zone.name, zone.kind) for zone in plan.zones
    ]
    assert 144.0 == pytest.approx(plan.area_m2)


def test_imdf_storeys_stand_at_their_ordinals(tmp_path: Path) -> None:
    """level.geojson beside the units says which storey is which; without it they are stacked as they come."""
    path = written(tmp_path, unit(0, 8, "classroom", "up"), unit(0, 8, "room", "down"), units="m")
    alone = floorplans.read(path, height_m=3.0)
    levels = [
        {"type": "Feature", "id": name, "geometry": None, "properties": {"ordinal": ordinal, "short_name": {"ja": label}}}
        for name, ordinal, label in (("up", 2, "3F"), ("down", 0, "1F"))
    ]
    (tmp_path / "level.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": levels}), encoding="utf-8")
    stacked = floorplans.read(path, height_m=3.0)

    assert [0.0, 3.0] == [level.floor_m for level in alone.levels]
    assert [("1F", 0.0), ("3F", 6.0)] == [(level.name, level.floor_m) for level in stacked.levels]
    assert ["room", "classroom"] == [zone.kind for zone in stacked.zones]
    upper = floorplans.read(path, height_m=3.0, level=1)
    assert (["3F"], 4, [0]) == ([each.name for each in upper.levels], len(upper.walls), [zone.level for zone in upper.zones])


def test_all_gyms_of_a_city(shared: Path) -> None:
    """Each gym that PLATEAU has in Kashiwa gives the area and sides that were computed from the same footprint elsewhere."""
    path = shared / "data" / "kashiwa" / "kashiwa_school_buildings_plateau.geojson"
    gyms = {
        str(index): feature
        for index, feature in enumerate(json.loads(path.read_text(encoding="utf-8"))["features"])
        if feature["properties"]["gym_candidate"]
    }
    assert 70 == len(gyms)
    for index, feature in list(gyms.items())[::3]:
        said = feature["properties"]
        plan = floorplans.read(path, feature=index)
        x0, y0, x1, y1 = plan.extent_m

        # A corner that sticks out by less than 0.1 m is dropped with its spike.
        assert pytest.approx((said["rect_l_m"], said["rect_w_m"]), abs=0.5) == (x1 - x0, y1 - y0)
        courtyards_m2 = sum(zone.area_m2 for zone in plan.zones if zone.kind == "outdoor")
        assert len(feature["geometry"]["coordinates"]) - 1 == sum(zone.kind == "outdoor" for zone in plan.zones)
        assert said["area_m2"] == pytest.approx(plan.area_m2 - courtyards_m2, rel=0.01)
        assert said["height_m"] == plan.levels[0].height_m
        assert said["shelter"] == plan.name


def test_real_gym_and_university(shared: Path) -> None:
    """A gym from OpenStreetMap (no height), and the units of a university in IMDF (two storeys)."""
    gym = floorplans.read(shared / "data" / "plans" / "kawaguchi_hs_gym_osm.geojson")
    university = floorplans.read(shared / "data" / "plans" / "imdf_university" / "unit.geojson")

    assert ("川口市立高等学校第2校地 体育館", 9.7) == (gym.name, gym.levels[0].height_m)
    assert "ODbL 1.0 © OpenStreetMap contributors" == gym.source.licence
    assert any("no height" in warning for warning in gym.source.warnings)
    assert (144, [0.0, 7.0]) == (len(university.zones), [level.floor_m for level in university.levels])


def test_corners_that_round_to_two_sides_are_still_corners(tmp_path: Path) -> None:
    """Rooms on a grid of 6.15 m, a product here and a sum there: the last digit of a coordinate opens no building."""
    corners = [column * 6.15 for column in range(80)]
    drawn = [line([x, y], [x + 6.15, y]) for x in corners for y in (0.0, 5.15)]
    drawn += [line([x, 0.0], [x, 5.15]) for x in [*corners, 80 * 6.15]]

    assert 80 * 6.15 * 5.15 == pytest.approx(floorplans.read(written(tmp_path, *drawn, units="m")).area_m2, rel=0.002)


def test_a_zone_without_area_is_left_out_and_holes_are_cut(tmp_path: Path) -> None:
    """One bad zone does not cost the plan; what is inside a ring is no part of it."""
    wall, zone, hole = (
        [[low, low], [high, low], [high, high], [low, high], [low, low]] for low, high in ((0, 39), (1, 11), (4, 6))
    )
    holed = polygon(zone, part="zone", name="A")
    holed["geometry"]["coordinates"].append(hole)
    flat = polygon([[1, 1], [9, 1], [5, 1], [1, 1]], part="zone", name="B")
    path = written(tmp_path, line(*wall, part="wall"), holed, flat)
    plan = floorplans.read(path)

    assert [("A", 96.0)] == [(one.name, round(one.area_m2, 1)) for one in plan.zones]
    assert any("zone B encloses nothing and is left out" in warning for warning in plan.source.warnings)
    assert any("zone A has holes" in warning for warning in plan.source.warnings)


SQUARE = [[139.97, 35.86], [139.9704, 35.86], [139.9704, 35.8602], [139.97, 35.8602], [139.97, 35.86]]


def _one(tmp_path: Path, geometry: dict[str, Any], properties: dict[str, Any], **more: Any) -> Path:
    path = tmp_path / "one.geojson"
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature], **more}))
    return path


@pytest.mark.parametrize(
    "properties",
    [
        {"type": "way", "tags": {"indoor": "room", "level": "0", "room": "gymnasium"}},
        {"other_tags": '"indoor"=>"room","level"=>"0","room"=>"gymnasium"'},
    ],
)
def test_tags_that_are_nested_or_one_text_are_tags(tmp_path: Path, properties: dict[str, Any]) -> None:
    """As older exports of Overpass and GDAL's reader of OpenStreetMap have them."""
    plan = floorplans.read(_one(tmp_path, {"type": "Polygon", "coordinates": [SQUARE]}, properties))

    assert ["hall"] == [zone.kind for zone in plan.zones]


def test_a_collection_of_shapes_gives_its_polygon(tmp_path: Path) -> None:
    shapes = [{"type": "Point", "coordinates": SQUARE[0]}, {"type": "Polygon", "coordinates": [SQUARE]}]
    plan = floorplans.read(_one(tmp_path, {"type": "GeometryCollection", "geometries": shapes}, {"building": "yes"}))

    assert 4 == len(plan.walls)
    assert not any("parts" in warning for warning in plan.source.warnings)


def test_degrees_under_a_crs_in_metres_are_named(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::6677"}}
    path = _one(tmp_path, {"type": "Polygon", "coordinates": [SQUARE]}, {"building": "yes"}, crs=crs)

    with pytest.raises(GeometryError, match=r"are degrees, and JGD2011 .* is in metres; give --crs EPSG:4326"):
        floorplans.read(path)
    assert 4 == len(floorplans.read(path, crs="EPSG:4326").walls)


def test_a_room_within_drawn_walls_may_have_its_kind_in_japanese(tmp_path: Path) -> None:
    path = written(tmp_path, line(*BOX, part="wall"), polygon(kind="体育館"), polygon(kind="教室", name="1年1組"))

    assert [("体育館", "hall"), ("1年1組", "classroom")] == [(zone.name, zone.kind) for zone in floorplans.read(path).zones]
