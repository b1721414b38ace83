"""The ray tracer's scene.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import floorplans
from floorplans import FloorPlanError


def scene(**changes: Any) -> dict[str, Any]:
    ring = [[0, 0], [6, 0], [6, 4], [0, 4], [0, 0]]
    door = {"seg": 1, "u0": 1.0, "u1": 2.0, "z0": 0.0, "z1": 2.1, "material": None, "thickness_m": None}
    return {
        "name": "box",
        "walls": [
            {"id": "outer", "polyline": ring, "material": "brick", "thickness_m": 0.12, "z0": 0, "z1": 3, "openings": [door]}
        ],
        "slabs": [{"id": "floor", "polygon": ring[:-1], "z": 0.0, "material": "wood", "thickness_m": 0.05}],
        "aps": [{"id": "AP1", "xyz": [1.0, 2.0, 2.5]}],
        "grid": {"x0": 0, "y0": 0, "nx": 12, "ny": 8},
        "cell_m": 0.5,
        "rx_height_m": 1.2,
        "units": "m",
        **changes,
    }


def written(tmp_path: Path, data: dict[str, Any]) -> Path:
    path = tmp_path / "scene.json"
    path.write_text(json.dumps(data))
    return path


def test_polyline_gives_a_wall_a_segment(tmp_path: Path) -> None:
    """Each segment is a wall with the openings of its number; a slab lies at its height."""
    plan = floorplans.read(written(tmp_path, scene()))

    assert [6.0, 4.0, 6.0, 4.0] == [wall.length_m for wall in plan.walls]
    assert [0, 1, 0, 0] == [len(wall.openings) for wall in plan.walls]
    assert (1.0, 2.0, None) == (
        plan.walls[1].openings[0].u0_m,
        plan.walls[1].openings[0].u1_m,
        plan.walls[1].openings[0].material,
    )
    assert 24.0 == plan.area_m2
    assert "scene" == plan.source.reader


def test_aps_and_grid_come_with_units(tmp_path: Path) -> None:
    """Transmitters and receivers under our own names."""
    path = written(tmp_path, scene())

    assert [("AP1", 1.0, 2.0, 2.5)] == floorplans.scene_aps(path)
    assert {"x0_m": 0, "y0_m": 0, "nx": 12, "ny": 8, "cell_m": 0.5, "height_m": 1.2} == floorplans.scene_grid(path)


def test_room_open_at_one_side_stands_on_its_floor(tmp_path: Path) -> None:
    """Where walls enclose nothing the largest slab is the outline."""
    data = scene()
    data["walls"][0]["polyline"] = [[0, 0], [6, 0], [6, 4], [0, 4]]

    assert 24.0 == floorplans.read(written(tmp_path, data)).area_m2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"units": "ft"}, "units are 'ft'; a scene is in metres"),
        (
            {"walls": [{"polyline": [[0, 0], [1e300, 0], [0, 9], [0, 0]], "material": "brick", "z0": 0, "z1": 3}], "slabs": []},
            "not a finite number that a building can have",
        ),
        ({"walls": [{"polyline": [[0, 0]], "material": "brick", "z0": 0, "z1": 3}]}, "walls.0.polyline"),
        (
            {
                "walls": [
                    {
                        "polyline": [[0, 0], [1, 0]],
                        "material": "brick",
                        "z0": 0,
                        "z1": 3,
                        "openings": [{"seg": 1, "u0": 0, "u1": 1, "z0": 0, "z1": 1}],
                    }
                ]
            },
            "segment 1, which it has not",
        ),
        ({"walls": [{"polyline": [[0, 0], [9, 0]], "material": "brick", "z0": 0, "z1": 3}], "slabs": []}, "enclose nothing"),
    ],
)
def test_bad_scenes_are_named(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    """The place in the file is in the message."""
    with pytest.raises(FloorPlanError, match=says):
        floorplans.read(written(tmp_path, scene(**changes)))


@pytest.mark.parametrize(("name", "area_m2", "walls", "aps"), [("gym", 864.0, 8, 4), ("community", 600.0, 18, 3)])
def test_reference_rooms(shared: Path, name: str, area_m2: float, walls: int, aps: int) -> None:
    """The two traced rooms, by the sizes in their files."""
    path = shared / "reference" / "radio" / name / "scene.json"
    plan = floorplans.read(path)

    assert (area_m2, walls, aps) == (plan.area_m2, len(plan.walls), len(floorplans.scene_aps(path)))
    drawn = sum(len(wall["openings"]) for wall in json.loads(path.read_text())["walls"])
    assert drawn == sum(len(wall.openings) for wall in plan.walls)
