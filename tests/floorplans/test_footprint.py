"""Footprints: what the user says is there, what was mended, and ground that is no building."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import floorplans
from floorplans import FloorPlanError, GeometryError

REPORTED = Path(__file__).parent / "reported"


def footprint(tmp_path: Path, ring: list[list[float]] | None = None, **tags: Any) -> Path:
    ring = ring or [[0, 0], [38, 0], [38, 23], [0, 23], [0, 0]]
    feature = {"type": "Feature", "properties": tags, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path = tmp_path / "gym.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "units": "m", "features": [feature]}), encoding="utf-8")
    return path


def test_stage_store_and_entrances_are_put_in_where_asked(tmp_path: Path) -> None:
    """Zones as in `wifiplan gym`; the zones fill the footprint; as many doors as asked for, the first in the west."""
    plan = floorplans.read(footprint(tmp_path, name="体育館"), stage=True, store_room=True, entrances=3)
    doors = [wall for wall in plan.walls for hole in wall.openings if hole.kind == "door" and wall.name.startswith("outer")]

    assert ["hall", "stage", "store"] == [zone.kind for zone in plan.zones]
    assert 38 * 23 == pytest.approx(sum(zone.area_m2 for zone in plan.zones))
    assert 3 == len(doors)
    assert 1 == sum(one.start_m[0] == one.end_m[0] == 0.0 for one in doors)
    assert 0 == sum(one.start_m[0] == one.end_m[0] == 38.0 for one in doors)
    assert {"stage", "store ceiling", "floor", "roof"} == {slab.name for slab in plan.slabs}
    assert any("put where they usually are" in warning for warning in plan.source.warnings)


@pytest.mark.parametrize(
    ("ring", "options", "says"),
    [
        (None, {"stage": True, "height_m": 3.0}, "too low for a stage"),
        ([[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]], {"entrances": 20}, "20 entrances do not fit"),
        (None, {"entrances": 21}, "give 0 to 20"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, ring: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(FloorPlanError, match=says):
        floorplans.read(footprint(tmp_path, ring), **options)


@pytest.mark.parametrize("tags", [{"landuse": "residential"}, {"leisure": "park"}, {"amenity": "school", "name": "東小学校"}])
def test_ground_is_no_building(tmp_path: Path, tags: dict[str, str]) -> None:
    """A park or the grounds of a school is refused by name; the school's building is not."""
    with pytest.raises(GeometryError, match=r"not a plan: features\[0\] .* is ground"):
        floorplans.read(footprint(tmp_path, **tags))

    assert 38 * 23 == pytest.approx(floorplans.read(footprint(tmp_path, building="school", **tags)).area_m2)


@pytest.mark.parametrize("name", ["inv-bowtie-plus-wall", "inv-zones-overlap-bowtie"])
def test_polygons_that_cross_themselves_are_mended_and_said(name: str) -> None:
    """Beside walls and other zones too, where their union used to fail."""
    plan = floorplans.read(REPORTED / "geojson-traceback-invalid-polygon" / f"{name}.geojson")

    assert any("crosses itself and was mended" in warning for warning in plan.source.warnings)


def test_one_part_multipolygon_is_a_zone() -> None:
    """QGIS writes every polygon as a MultiPolygon."""
    plan = floorplans.read(REPORTED / "geojson-qgis-multipolygon-zone" / "qgis-zone-multipolygon.geojson")

    assert [("体育館", "hall"), ("教室", "classroom")] == [(zone.name, zone.kind) for zone in plan.zones]


def test_wall_drawn_as_polygon_is_its_centre_line_with_thickness() -> None:
    """Five bodies of 15 cm: five walls that meet at the corners, 39.9 by 24.9 m between centre lines."""
    plan = floorplans.read(REPORTED / "geojson-traceback-wall-polygon" / "slab-zone-only-walls-polygon.geojson")
    x0, y0, x1, y1 = plan.extent_m

    assert [0.15] * 5 == pytest.approx([wall.thickness_m for wall in plan.walls], abs=0.01)
    assert (39.9, 24.85) == pytest.approx((x1 - x0, y1 - y0), abs=0.05)
    assert 39.9 * 24.85 == pytest.approx(plan.area_m2, rel=0.005)
