"""What is written for other programs is read back equal: walls, openings, levels, zones, slabs and access points."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from shapely.geometry import MultiPolygon, box

import floorplans
from floorplans import FloorPlanError, UnsupportedFileError, edit, exchange
from floorplans.bodies import one_ring
from floorplans.exchange import Channel, Mark
from floorplans.plan import FloorPlan, Source

MARKS = (
    Mark(
        name="AP-01 北",
        x_m=5.25,
        y_m=7.5,
        height_m=2.7,
        model="AP-X",
        key="00:11:22:33:44:55",
        azimuth_deg=90.0,
        tilt_deg=15.0,
        radios=(
            Channel(band="5", channel=36, width_mhz=80, tx_power_dbm=17.5),
            Channel(band="2.4", channel=1, width_mhz=20, tx_power_dbm=11.0),
        ),
    ),
    Mark(name="AP-02", x_m=12.0, y_m=3.0, height_m=4.0, key="serial 7"),
)


def plain(plan: FloorPlan) -> FloorPlan:
    return replace(plan, source=Source())


@pytest.fixture(params=floorplans.SAMPLES)
def plan(request: pytest.FixtureRequest) -> FloorPlan:
    return floorplans.sample(request.param)


@pytest.mark.parametrize("suffix", [".dxf", ".gpkg", ".json"])
def test_plan_and_marks_come_back_equal(tmp_path: Path, plan: FloorPlan, suffix: str) -> None:
    path = tmp_path / f"北小学校{suffix}"
    exchange.write(plan, MARKS, path)
    back = floorplans.read(path)

    assert plan.levels == back.levels
    assert sorted(map(repr, plan.walls)) == sorted(map(repr, back.walls))
    assert sorted(map(repr, plan.zones)) == sorted(map(repr, back.zones))
    assert sorted(map(repr, plan.slabs)) == sorted(map(repr, back.slabs))
    assert plan.name == back.name
    assert MARKS == exchange.marks(path)


@pytest.mark.parametrize("suffix", [".dxf", ".gpkg", ".json"])
def test_what_was_read_and_corrected_comes_back_equal(tmp_path: Path, suffix: str) -> None:
    """How sure the reader was, the drawing's layer and a wall drawn by hand go with it, and an outline in two parts."""
    sample = floorplans.sample("community-centre")
    parts = MultiPolygon([box(0, 0, 20, 10), box(60, 0, 70, 10)])
    level = replace(sample.levels[0], outline_m=one_ring(parts))
    unsure = tuple(replace(wall, confidence=0.62 + number / 100, name="0-1") for number, wall in enumerate(sample.walls))
    plan = edit.with_wall(replace(sample, levels=(level,), walls=unsure), (1.0, 1.0), (3.0, 1.0), "wood", thickness_m=0.2)
    path = tmp_path / f"公民館{suffix}"
    exchange.write(plan, MARKS, path)
    back = floorplans.read(path)

    assert plan.levels == back.levels
    assert sorted(map(repr, plan.walls)) == sorted(map(repr, back.walls))
    assert sorted(map(repr, plan.slabs)) == sorted(map(repr, back.slabs))


def test_jww_keeps_walls_with_heights_and_openings_and_marks(tmp_path: Path, plan: FloorPlan) -> None:
    """Jw_cad is flat: heights and thickness stand in the names of layers. Lines keep a thousandth of a millimetre."""
    pytest.importorskip("ezjww", reason="ezjww is not installed")
    from floorplans._jww_exchange import walls

    path = tmp_path / "北小学校.jww"
    exchange.write(plan, MARKS, path)
    back = walls(path)

    assert len(plan.walls) == len(back)
    for ours, read in zip(plan.walls, back, strict=True):
        assert (*ours.start_m, *ours.end_m, ours.z0_m, ours.z1_m) == pytest.approx(
            (*read.start_m, *read.end_m, read.z0_m, read.z1_m), abs=2e-6
        )
        assert (ours.material, ours.thickness_m) == (read.material, read.thickness_m)
        assert [(hole.kind, hole.material) for hole in ours.openings] == [(hole.kind, hole.material) for hole in read.openings]
        assert [hole.u0_m for hole in ours.openings] == pytest.approx([hole.u0_m for hole in read.openings], abs=1e-5)
    assert MARKS == exchange.marks(path)
    read = floorplans.read(path)
    assert [(one.name, one.floor_m, one.ceiling_m) for one in plan.levels] == [
        (one.name, one.floor_m, one.ceiling_m) for one in read.levels
    ]
    assert sorted((zone.name, zone.kind, zone.level, round(zone.area_m2, 3)) for zone in plan.zones) == sorted(
        (zone.name, zone.kind, zone.level, round(zone.area_m2, 3)) for zone in read.zones
    )
    assert plan.area_m2 == pytest.approx(read.area_m2)


def test_dxf_has_a_layer_for_each_material_and_blocks_with_attributes(tmp_path: Path) -> None:
    """What a drawing office sees: WALL-concrete, WIFI-AP; the height of a wall as its thickness; name, height and channel."""
    import ezdxf

    path = tmp_path / "gym.dxf"
    exchange.write(floorplans.gym(), MARKS, path)
    document = ezdxf.readfile(path)  # type: ignore[attr-defined]
    walls = document.modelspace().query("LINE[layer=='WALL-concrete']")
    blocks = list(document.modelspace().query("INSERT"))

    assert len(floorplans.gym().walls) == len(walls)
    assert 9.7 == pytest.approx(walls[0].dxf.thickness)
    assert ["AP-01 北", "2.7", "5: 36/80, 2.4: 1/20", "AP-X"] == [one.dxf.text for one in blocks[0].attribs]
    assert 2.7 == pytest.approx(blocks[0].dxf.insert.z)


def test_what_the_office_moved_is_what_is_read(tmp_path: Path) -> None:
    """A wall on another layer is of another material; a deleted one is gone."""
    import ezdxf

    path = tmp_path / "gym.dxf"
    exchange.write(floorplans.gym(), (), path)
    document = ezdxf.readfile(path)  # type: ignore[attr-defined]
    walls = list(document.modelspace().query("LINE[layer=='WALL-concrete']"))
    walls[0].dxf.layer = "WALL-brick"
    document.modelspace().delete_entity(walls[1])
    document.saveas(path)
    back = floorplans.read(path)

    assert len(walls) - 1 == len(back.walls)
    assert 1 == sum(wall.material == "brick" for wall in back.walls)


def test_openintent_of_another_program_is_read(tmp_path: Path) -> None:
    """The same plan in pixels and metres is the scale; wall types in words; no rooms is said."""
    path = tmp_path / "plan.json"
    corner = [(0, 0), (400, 0), (400, 200), (0, 200)]
    segments = ", ".join(
        f'{{"wall_type": "drywall", "start_point": {{"x": {a[0]}, "y": {a[1]}}}, "end_point": {{"x": {b[0]}, "y": {b[1]}}}}}'
        for a, b in zip(corner, corner[1:] + corner[:1], strict=True)
    )
    path.write_text(
        '{"floorplans": [{"name": "1F", "dimensions": [{"length": 200, "width": 400, "unit": "pixels"}, '
        f'{{"length": 10, "width": 20, "height": 3.2, "unit": "meters"}}], "wall_segments": [{segments}]}}], "accesspoints": []}}'
    )
    plan = floorplans.read(path)

    assert ({"partition": 60.0}, 200.0, 3.2) == (plan.wall_length_by_material_m(), plan.area_m2, plan.levels[0].height_m)
    assert any("no rooms" in warning for warning in plan.source.warnings)


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFileError, match=r"no writer for .xyz; give one of .dxf, .jww, .gpkg, .json"):
        exchange.write(floorplans.gym(), (), tmp_path / "a.xyz")
    with pytest.raises(FloorPlanError, match="no such folder"):
        exchange.write(floorplans.gym(), (), tmp_path / "no" / "a.dxf")
    with pytest.raises(FloorPlanError, match="is on level 3, which the plan has not"):
        exchange.write(floorplans.gym(), (replace(MARKS[0], level=3),), tmp_path / "a.dxf")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.gpkg", "hello", "not a GeoPackage"),
        ("a.gpkg", "SQLite format 3\0" + "x" * 500, "not a readable GeoPackage"),
        ("a.json", '{"floorplans": [{}]}', "not OpenIntent as its schema has it"),
        ("a.json", '{"floorplans": [{"name": "a", "dimensions": [{"width": 3, "unit": "pixels"}]}]}', "in pixels only"),
    ],
)
def test_damaged_files_are_one_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(FloorPlanError, match=says) as caught:
        floorplans.read(tmp_path / name)
    assert "\n" not in str(caught.value)
