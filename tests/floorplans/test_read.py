"""One door for every format: what it exports, and what it says to bad input."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

import floorplans
from floorplans import FloorPlanError, GeometryError, UnsupportedFileError
from floorplans.plan import to_json


def test_exported_names_are_the_documented_ones() -> None:
    """The public names of the package, each of which exists."""
    expected = [
        "READERS",
        "SAMPLES",
        "FloorPlan",
        "FloorPlanError",
        "GeometryError",
        "Level",
        "MissingScaleError",
        "Opening",
        "Slab",
        "Source",
        "UnsupportedFileError",
        "Wall",
        "Zone",
        "gym",
        "is_scene",
        "load",
        "read",
        "sample",
        "save",
        "scene_aps",
        "scene_grid",
    ]

    assert expected == floorplans.__all__
    assert all(hasattr(floorplans, name) for name in floorplans.__all__)


@pytest.mark.parametrize("module_name", floorplans.READERS.values())
def test_every_reader_has_read(module_name: str) -> None:
    """READERS names modules that exist and have a `read`."""
    assert callable(importlib.import_module(module_name).read)


def test_save_and_load_give_an_equal_plan(tmp_path: Path) -> None:
    """Our own JSON loses nothing, under a Japanese name too, and leaves no other file."""
    plan = floorplans.sample("community-centre")
    path = tmp_path / "公民館 平面図.json"

    floorplans.save(plan, path)

    assert plan == floorplans.load(path) == floorplans.read(path)
    assert [path] == list(tmp_path.iterdir())


def test_plan_within_a_design_is_read(tmp_path: Path) -> None:
    """A design.json holds a plan, which can be read out of it."""
    path = tmp_path / "design.json"
    path.write_text(json.dumps({"format": 1, "floor_plan": to_json(floorplans.gym()), "access_points": []}))

    assert floorplans.gym() == floorplans.read(path)


def test_level_keeps_one_storey(tmp_path: Path) -> None:
    """`level` keeps what reaches into that storey; one that is not there is refused with what there is."""
    path = tmp_path / "gym.json"
    floorplans.save(floorplans.gym(), path)

    assert floorplans.gym() == floorplans.read(path, level=0)
    with pytest.raises(FloorPlanError, match="no level 1; it has 0 to 0"):
        floorplans.read(path, level=1)


@pytest.mark.parametrize("name", ["plan.xyz", "plan"])
def test_unknown_suffix_lists_the_known_ones(tmp_path: Path, name: str) -> None:
    """The way out of an unknown suffix is the list."""
    (tmp_path / name).write_text("x")

    with pytest.raises(UnsupportedFileError, match=r"no reader for .*; give one of \.bmp, \.dxf, \.esx, \.geojson"):
        floorplans.read(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "way"), [("plan.dwg", "save it as DXF"), ("school.rvt", "export it as IFC"), ("plan.xlsx", "as PDF")]
)
def test_what_people_have_in_its_place_is_told_the_way(tmp_path: Path, name: str, way: str) -> None:
    (tmp_path / name).write_text("x")

    with pytest.raises(UnsupportedFileError, match=way):
        floorplans.read(tmp_path / name)


def test_option_that_a_format_has_no_use_for_is_refused(tmp_path: Path) -> None:
    """An option that would do nothing is not swallowed."""
    path = tmp_path / "gym.json"
    floorplans.save(floorplans.gym(), path)

    with pytest.raises(FloorPlanError, match="takes no --metres-per-unit"):
        floorplans.read(path, metres_per_unit=0.001)


@pytest.mark.parametrize("options", [{"height_m": 0.0}, {"height_m": float("nan")}, {"metres_per_unit": 0.0}])
def test_option_that_is_no_size_is_refused(tmp_path: Path, options: dict[str, float]) -> None:
    """Zero or NaN metres is not taken for `not given`."""
    path = tmp_path / "a.geojson"
    path.write_text("{}")

    with pytest.raises(FloorPlanError, match=next(iter(options))):
        floorplans.read(path, **options)  # type: ignore[arg-type]


def bent(**changes: object) -> str:
    return json.dumps({**to_json(floorplans.gym()), **changes})


WALL = {"start_m": [0, 0], "end_m": [10, 0], "z0_m": 0, "z1_m": 3, "material": "concrete"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        ("  \n", "the file is empty"),
        ("[]", "a plan is a JSON object, this is a list"),
        ('{"name": ', "not JSON at line 1, column 10"),
        ("\ufeff{", "not JSON at line 1"),
        ('{"a": NaN}', "NaN, which is not a number"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"type": "FeatureCollection", "features": []}', "name it .geojson"),
        (bent(format=2), "format 2 is newer than this program's 1; update wifiplan"),
        (bent(roof="tin"), "roof: unexpected keyword"),
        (bent(walls=[{**WALL, "z1_m": "high"}]), r"walls\.0\.z1_m"),
        (bent(walls=[{**WALL, "z1_m": 0}]), r"walls\[0\] \(concrete\): z1_m must be above z0_m"),
        (
            bent(walls=[{**WALL, "openings": [{"u0_m": 9, "u1_m": 11, "z0_m": 0, "z1_m": 2}]}]),
            r"openings\[0\] is not within the wall",
        ),
        (bent(levels=[]), "no level"),
        (
            bent(zones=[{"name": "x", "polygon_m": [[0, 0], [1, 1], [1, 0], [0, 1]]}]),
            r"zones\[0\] \(x\): polygon_m crosses itself",
        ),
        (bent(zones=[{"name": "x", "kind": "pool", "polygon_m": [[0, 0], [1, 0], [0, 1]]}]), "no kind 'pool'; one of hall, "),
        (bent(zones=[{"name": "x", "level": 3, "polygon_m": [[0, 0], [1, 0], [0, 1]]}]), "level 3, which does not exist"),
        (
            bent(levels=[{"name": "1F", "floor_m": 0, "ceiling_m": 9, "outline_m": [[0, 0], [38900, 0], [38900, 23200]]}]),
            r"38,900 x 23,200 x 9 m, which is no building; check the scale",
        ),
        (
            bent(levels=[{"name": "1F", "floor_m": 0, "ceiling_m": 9, "outline_m": [[0, 0], [0.4, 0], [0.4, 0.2]]}]),
            "encloses less than 1 m2; check the scale",
        ),
    ],
)
def test_bad_json_gets_one_line_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    """What is wrong, where in the file, the way out; one line, exit code 2."""
    path = tmp_path / "図面.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(FloorPlanError, match=says) as caught:
        floorplans.read(path)

    assert 2 == caught.value.exit_code
    assert "\n" not in str(caught.value)


def test_infinite_coordinate_is_refused_by_check() -> None:
    """A plan made in code is checked as one from a file is."""
    plan = floorplans.gym()
    level = plan.levels[0]
    broken = floorplans.Level(name="1F", floor_m=0.0, ceiling_m=float("inf"), outline_m=level.outline_m)

    with pytest.raises(GeometryError, match="not a finite number"):
        floorplans.plan.check(floorplans.FloorPlan(name="x", levels=(broken,), walls=plan.walls))


def test_walls_without_length_are_dropped(tmp_path: Path) -> None:
    """A stated rule: a wall from a point to itself is no wall."""
    path = tmp_path / "plan.json"
    path.write_text(bent(walls=[WALL, {**WALL, "end_m": [0, 0]}]))

    assert 1 == len(floorplans.read(path).walls)


def test_missing_directory_and_binary_files_are_named(tmp_path: Path) -> None:
    """Each gets its own words."""
    (tmp_path / "bad.json").write_bytes(b"\x93\xfa\x96\x7b")

    with pytest.raises(FloorPlanError, match="no such file"):
        floorplans.read(tmp_path / "nothing.json")
    with pytest.raises(FloorPlanError, match="is a directory"):
        floorplans.read(tmp_path)
    with pytest.raises(FloorPlanError, match="not UTF-8"):
        floorplans.read(tmp_path / "bad.json")
