"""IFC 2x3 and 4: one wall for what is one, no storey for what is none, and damaged files in one line."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

import floorplans
from floorplans import FloorPlanError, GeometryError, UnsupportedFileError
from floorplans.findings import counted_openings
from tests.floorplans.ifc_text import gym

pytest.importorskip("ifcopenshell", reason="the extra ifc is not installed")


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "体育館.ifc"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(("schema", "milli"), [("IFC2X3", False), ("IFC4", False), ("IFC4", True)])
def test_storeys_walls_and_openings_of_a_gym(tmp_path: Path, schema: str, milli: bool) -> None:
    """Two storeys: foundations and parapets make none. Furring, virtual element and facade parts are no walls of their own."""
    plan = floorplans.read(written(tmp_path, gym(schema, milli=milli)))

    assert [("1F", 0.0, 4.0), ("2F", 4.0, 8.0)] == [
        (one.name, pytest.approx(one.floor_m), pytest.approx(one.ceiling_m)) for one in plan.levels
    ]
    assert {"concrete": 8, "partition": 1, "glass": 1} == {
        name: sum(wall.material == name for wall in plan.walls) for name in plan.wall_length_by_material_m()
    }
    assert (2, 2) == counted_openings(plan)
    assert {("door", "steel_door"), ("window", "glass")} == {
        (hole.kind, hole.material) for wall in plan.walls for hole in wall.openings
    }
    assert [(0, "hall"), (0, "classroom"), (1, "room")] == [(zone.level, zone.kind) for zone in plan.zones]
    assert [300.0, 300.0] == pytest.approx([storey_m2(plan, index) for index in (0, 1)], rel=1e-3)
    assert (19.8, 14.8) == pytest.approx((plan.extent_m[2] - plan.extent_m[0], plan.extent_m[3] - plan.extent_m[1]), abs=0.01)
    assert any("linings" in warning for warning in plan.source.warnings)


def storey_m2(plan: floorplans.FloorPlan, index: int) -> float:
    return floorplans.plan.storey(plan, index).area_m2


def test_space_areas_are_the_gross_floor_areas(tmp_path: Path) -> None:
    """Within half a per cent; one that the file states otherwise is named."""
    text = gym()
    plan = floorplans.read(written(tmp_path, text))

    assert [9.75 * 14.6, 9.7 * 14.6, 19.6 * 14.6] == pytest.approx([zone.area_m2 for zone in plan.zones], rel=0.005)
    wrong = floorplans.read(written(tmp_path, text.replace("'GrossFloorArea',$,$,142.35", "'GrossFloorArea',$,$,200.")))
    assert any("GrossFloorArea: 体育館" in warning for warning in wrong.source.warnings)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("hello", FloorPlanError, "not an IFC file"),
        (gym().replace("('IFC4')", "('AP214')"), FloorPlanError, "schema AP214 is not read"),
        (re.sub(r"IFC(CURTAIN)?WALL\(", "IFCBEAM(", gym()), GeometryError, "holds no wall"),
        ("ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\nENDSEC;\n", FloorPlanError, "not a readable IFC"),
    ],
)
def test_bad_files_are_one_line(tmp_path: Path, text: str, error: type[FloorPlanError], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        floorplans.read(written(tmp_path, text))

    assert "\n" not in str(caught.value)


def test_without_the_extra_its_name_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("floorplans._ifc.find_spec", lambda _name: None)

    with pytest.raises(UnsupportedFileError, match=r"needs the extra ifc; install it with `pip install wifiplan\[ifc\]`"):
        floorplans.read(written(tmp_path, gym()))


def test_damaged_files_give_a_plan_or_one_line(tmp_path: Path) -> None:
    """Lines lost, numbers changed, references turned, the end cut: never another error, nor a crash of the program."""
    chance = random.Random(20261126)
    text = gym()
    for number in range(4):
        lines = text.splitlines()
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(lines))
            lines[at] = chance.choice(
                [
                    "",
                    re.sub(r"#\d+(?=[,)])", f"#{chance.randrange(1, 400)}", lines[at]),
                    re.sub(r"\d+\.\d+", chance.choice(["1E308", "-1.", "0.", "1E-300"]), lines[at]),
                    lines[at][: chance.randrange(len(lines[at]) + 1)],
                    lines[at].replace("$", "*", 1),
                ]
            )
        damaged = "\n".join(lines)[: chance.choice([None, chance.randrange(len(text))])]
        try:
            plan = floorplans.read(written(tmp_path, damaged))
        except FloorPlanError as error:
            said = str(error)
        else:
            said = plan.name

        assert "\n" not in said, number


@pytest.mark.parametrize(
    ("name", "doors_and_windows", "spaces", "levels"), [("AC20-FZK-Haus", 16, 7, 2), ("Ifc2x3_Duplex_Architecture", 38, 21, 2)]
)
def test_real_buildings(shared: Path, name: str, doors_and_windows: int, spaces: int, levels: int) -> None:
    plan = floorplans.read(shared / "data" / "plans" / f"{name}.ifc")

    assert (doors_and_windows, spaces, levels) == (sum(counted_openings(plan)), len(plan.zones), len(plan.levels))


def test_a_file_that_breaks_off_is_refused_and_one_without_a_unit_says_so(tmp_path: Path) -> None:
    """What is left of a download would be a building without some of its walls."""
    path, text = tmp_path / "gym.ifc", gym()
    path.write_text(text[: 2 * len(text) // 3])
    with pytest.raises(FloorPlanError, match="breaks off before its end"):
        floorplans.read(path)
    path.write_text(text.replace("IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)", "IFCSIUNIT(*,.MASSUNIT.,.KILO.,.GRAM.)"))

    assert any("no unit of length" in warning for warning in floorplans.read(path).source.warnings)


def test_the_schema_of_2024_is_read_by_each_of_its_names(tmp_path: Path) -> None:
    path = tmp_path / "gym.ifc"
    path.write_text(gym().replace("FILE_SCHEMA(('IFC4'))", "FILE_SCHEMA(('IFC4X3'))"))

    assert floorplans.read(path).walls
