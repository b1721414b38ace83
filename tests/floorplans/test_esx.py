"""Ekahau projects: floors in pixels from the top, wall types in words, and damaged archives."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

import floorplans
from floorplans import FloorPlanError


def project(tmp_path: Path, **changes: Any) -> Path:
    """A floor of 800 by 400 pixels at 0.05 m: 40 by 20 m, in concrete, with a drywall across."""
    corners = [(0, 0), (800, 0), (800, 400), (0, 400), (400, 0), (400, 400)]
    types = [{"id": "c", "name": "Concrete 200mm", "thickness": 0.2}, {"id": "d", "name": "Drywall", "thickness": 0.1}]
    pairs = [(0, 1, "c"), (1, 2, "c"), (2, 3, "c"), (3, 0, "c"), (4, 5, "d")]
    members: dict[str, Any] = {
        "floorPlans": [{"id": "f", "name": "1F", "width": 800, "height": 400, "metersPerUnit": 0.05}],
        "buildingFloors": [{"floorPlanId": "f", "floorNumber": 0, "height": 3.5}],
        "wallPoints": [
            {"id": str(number), "location": {"floorPlanId": "f", "coord": {"x": x, "y": y}}}
            for number, (x, y) in enumerate(corners)
        ],
        "wallTypes": types,
        "wallSegments": [{"wallPoints": [str(a), str(b)], "wallTypeId": kind} for a, b, kind in pairs],
        **changes,
    }
    path = tmp_path / "survey.esx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in members.items():
            if rows is not None:
                archive.writestr(f"{name}.json", json.dumps({name: rows}))
    return path


def test_walls_come_in_metres_with_their_types(tmp_path: Path) -> None:
    plan = floorplans.read(project(tmp_path))

    assert {"concrete": pytest.approx(120.0), "partition": pytest.approx(20.0)} == plan.wall_length_by_material_m()
    assert (800.0, 3.5, "1F") == (pytest.approx(plan.area_m2), plan.levels[0].height_m, plan.levels[0].name)
    assert {0.2, 0.1} == {wall.thickness_m for wall in plan.walls}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"floorPlans": None}, "no floorPlans.json in it"),
        ({"floorPlans": [7]}, "holds no list floorPlans"),
        ({"floorPlans": [{"id": "f", "name": "1F", "height": 400}]}, "has no scale"),
        ({"wallSegments": []}, "no floor has walls"),
        ({"wallSegments": [{"wallPoints": ["0", "99"]}]}, "not as Ekahau projects are"),
    ],
)
def test_bad_projects_are_one_line(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(FloorPlanError, match=says) as caught:
        floorplans.read(project(tmp_path, **changes))

    assert "\n" not in str(caught.value)


def test_what_is_no_archive_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.esx"
    path.write_bytes(b"PK\3\4" + b"x" * 100)

    with pytest.raises(FloorPlanError, match="not a readable ZIP archive"):
        floorplans.read(path)
