"""JSON: our own, as `save` wrote it or a person did by hand; the plan in a design.json; a ray tracer's scene.json."""

from __future__ import annotations

from pathlib import Path

from floorplans import _openintent, _scene, plan
from floorplans._file import read_json
from floorplans.errors import FloorPlanError
from floorplans.plan import FloorPlan


def read(path: Path) -> FloorPlan:
    """The plan in the file. Our own JSON gives a plan equal to the one that was saved."""
    data = read_json(path)
    if _scene.is_scene(data):
        return _scene.floor_plan(data, path)
    if data.get("type") in ("FeatureCollection", "Feature"):
        raise FloorPlanError(f"{path}: is GeoJSON; name it .geojson")
    if isinstance(data.get("floor_plan"), dict):
        return plan.from_json(data["floor_plan"], where=f"{path}: floor_plan")
    if _openintent.is_openintent(data):
        return _openintent.floor_plan(data, path)
    return plan.from_json(data, where=str(path))
