"""The same gym in five formats reads to one FloorPlan, as far as each format can say it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf
import pyproj
import pytest

import floorplans
from floorplans import FloorPlan

GYM = floorplans.gym(name="体育館")
BARE = floorplans.gym(stage=False, store_room=False, floor_material="concrete", roof_material="concrete", name="体育館")
"""What a DXF can say of it: lines of a kind, and the height that the user gives."""

CORNER = (139.9328, 35.8979)
TURN_DEG = 33.0


def as_geojson(plan: FloorPlan, place: Callable[[float, float], tuple[float, float]], **top: Any) -> dict[str, Any]:
    def feature(shape: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
        return {"type": "Feature", "geometry": {"type": shape, "coordinates": coordinates}, "properties": properties}

    features = [
        feature(
            "LineString",
            [place(*wall.start_m), place(*wall.end_m)],
            part="wall",
            name=wall.name,
            material=wall.material,
            z0_m=wall.z0_m,
            z1_m=wall.z1_m,
            openings=[
                {"u0_m": o.u0_m, "u1_m": o.u1_m, "z0_m": o.z0_m, "z1_m": o.z1_m, "material": o.material} for o in wall.openings
            ],
        )
        for wall in plan.walls
    ]
    for slab in plan.slabs:
        ring = [[*place(x, y), z] for x, y, z in slab.polygon_m]
        features.append(feature("Polygon", [[*ring, ring[0]]], part="slab", name=slab.name, material=slab.material))
    for zone in plan.zones:
        corners = [place(*point) for point in zone.polygon_m]
        features.append(feature("Polygon", [[*corners, corners[0]]], part="zone", name=zone.name, kind=zone.kind))
    return {"type": "FeatureCollection", "name": plan.name, "features": features, **top}


def on_the_globe(x_m: float, y_m: float) -> tuple[float, float]:
    """Where a point of the gym is when it stands in Kashiwa, turned: by geodesics, not by the projection that the reader uses."""
    azimuth_deg = math.degrees(math.atan2(x_m, y_m)) - TURN_DEG
    lon, lat, _ = pyproj.Geod(ellps="WGS84").fwd(*CORNER, azimuth_deg, math.hypot(x_m, y_m))
    return lon, lat


def write_json(path: Path) -> tuple[Path, dict[str, Any]]:
    floorplans.save(GYM, path.with_suffix(".json"))
    return path.with_suffix(".json"), {}


def write_local_geojson(path: Path) -> tuple[Path, dict[str, Any]]:
    data = as_geojson(GYM, lambda x, y: (x, y), units="m")
    path.with_suffix(".geojson").write_text(json.dumps(data), encoding="utf-8")
    return path.with_suffix(".geojson"), {}


def write_geographic_geojson(path: Path) -> tuple[Path, dict[str, Any]]:
    path.with_suffix(".geojson").write_text(json.dumps(as_geojson(GYM, on_the_globe)), encoding="utf-8")
    return path.with_suffix(".geojson"), {}


def write_scene(path: Path) -> tuple[Path, dict[str, Any]]:
    data = {
        "name": GYM.name,
        "units": "m",
        "walls": [
            {
                "id": wall.name,
                "polyline": [wall.start_m, wall.end_m],
                "material": wall.material,
                "thickness_m": None,
                "z0": wall.z0_m,
                "z1": wall.z1_m,
                "openings": [
                    {"seg": 0, "u0": o.u0_m, "u1": o.u1_m, "z0": o.z0_m, "z1": o.z1_m, "material": o.material}
                    for o in wall.openings
                ],
            }
            for wall in GYM.walls
        ],
        "slabs": [
            {"id": slab.name, "polygon": [p[:2] for p in slab.polygon_m], "z": slab.polygon_m[0][2], "material": slab.material}
            for slab in GYM.slabs
        ],
    }
    path.with_suffix(".json").write_text(json.dumps(data), encoding="utf-8")
    return path.with_suffix(".json"), {}


def write_dxf(path: Path) -> tuple[Path, dict[str, Any]]:
    drawing = ezdxf.new("R2000", units=ezdxf.units.MM)  # type: ignore[attr-defined]
    for wall in BARE.walls:
        start, end = ((1000 * x, 1000 * y) for x, y in (wall.start_m, wall.end_m))
        drawing.modelspace().add_line(start, end, dxfattribs={"layer": "外壁"})
    drawing.saveas(path.with_suffix(".dxf"))
    return path.with_suffix(".dxf"), {"height_m": 9.7}


def near(plan: FloorPlan) -> list[Any]:
    """Its numbers, to compare to a millimetre."""
    return [
        *(pytest.approx([*w.start_m, *w.end_m, w.z0_m, w.z1_m], abs=1e-3) for w in plan.walls),
        *(pytest.approx([n for vertex in s.polygon_m for n in vertex], abs=1e-3) for s in plan.slabs),
        *(pytest.approx([z.ceiling_m, z.floor_m, abs(plan.area_m2)], abs=0.05) for z in plan.levels),
    ]


def numbers(plan: FloorPlan) -> list[list[float]]:
    return [
        *([*w.start_m, *w.end_m, w.z0_m, w.z1_m] for w in plan.walls),
        *([n for vertex in s.polygon_m for n in vertex] for s in plan.slabs),
        *([z.ceiling_m, z.floor_m, plan.area_m2] for z in plan.levels),
    ]


def drawn(plan: FloorPlan) -> list[list[float]]:
    """Walls without direction and order, slabs and levels, to a millimetre: what two lines of a drawing can say."""
    walls = [[*min(w.start_m, w.end_m), *max(w.start_m, w.end_m), w.z0_m, w.z1_m] for w in plan.walls]
    rest = [sorted(s.polygon_m) for s in plan.slabs], [[z.ceiling_m, z.floor_m, plan.area_m2] for z in plan.levels]
    return [
        *([round(n, 3) + 0.0 for n in wall] for wall in sorted(walls)),
        *([round(n, 3) + 0.0 for vertex in ring for n in vertex] for ring in rest[0]),
        *([round(n, 1) for n in level] for level in rest[1]),
    ]


@pytest.mark.parametrize("write", [write_json, write_local_geojson, write_geographic_geojson, write_scene])
def test_formats_that_say_everything_agree(tmp_path: Path, write: Callable[[Path], tuple[Path, dict[str, Any]]]) -> None:
    """Walls, openings, slabs and heights are the same to a millimetre, wherever on earth the gym stood."""
    path, options = write(tmp_path / "体育館")
    plan = floorplans.read(path, **options)

    assert near(GYM) == numbers(plan)
    assert [(w.name, w.material, w.openings) for w in GYM.walls] == [(w.name, w.material, w.openings) for w in plan.walls]
    assert [(s.name, s.material) for s in GYM.slabs] == [(s.name, s.material) for s in plan.slabs]
    assert GYM.name == plan.name
    if write is not write_scene:  # A scene has no zones.
        assert [(z.name, z.kind) for z in GYM.zones] == [(z.name, z.kind) for z in plan.zones]
        assert pytest.approx([z.area_m2 for z in GYM.zones], abs=0.05) == [z.area_m2 for z in plan.zones]


def test_dxf_agrees_in_what_a_drawing_says(tmp_path: Path) -> None:
    """Millimetres on a layer named 外壁 are the same outer walls of concrete in metres."""
    path, options = write_dxf(tmp_path / "体育館")
    plan = floorplans.read(path, **options)

    assert drawn(BARE) == drawn(plan)
    assert ["concrete"] * 4 == [wall.material for wall in plan.walls]
    assert 0.001 == plan.source.metres_per_unit
