"""DXF drawings: units, layers, blocks, encodings, and what cannot be a building."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ezdxf
import pytest
from ezdxf.document import Drawing

import floorplans
from floorplans import FloorPlanError, GeometryError, MissingScaleError, _dxf

BOX_MM = [(0, 0), (12_000, 0), (12_000, 8_000), (0, 8_000)]


def drawing(units: int = 4) -> Drawing:
    """An empty drawing, in millimetres unless another $INSUNITS is given; 0 is none."""
    return ezdxf.new("R2000", units=units)  # type: ignore[attr-defined]


def written(tmp_path: Path, document: Drawing) -> Path:
    path = tmp_path / "図面.dxf"
    document.saveas(path)
    return path


def box(document: Drawing, layer: str = "壁", scale: float = 1.0) -> Drawing:
    points = [(scale * x, scale * y) for x, y in BOX_MM]
    document.modelspace().add_lwpolyline(points, close=True, dxfattribs={"layer": layer})
    return document


@pytest.mark.parametrize(("insunits", "metres"), [(4, 0.001), (5, 0.01), (6, 1.0), (1, 0.0254)])
def test_units_of_the_file_are_used(tmp_path: Path, insunits: int, metres: float) -> None:
    """The same building in millimetres, centimetres, metres and inches ($INSUNITS 4, 5, 6, 1)."""
    plan = floorplans.read(written(tmp_path, box(drawing(insunits), scale=0.001 / metres)))

    assert pytest.approx((0, 0, 12, 8), abs=1e-5) == plan.extent_m
    assert metres == plan.source.metres_per_unit
    assert 96.0 == pytest.approx(plan.area_m2)


def test_drawing_without_units_needs_a_scale(tmp_path: Path) -> None:
    """Never a guess: the message says how to give it."""
    path = written(tmp_path, box(drawing(0)))

    with pytest.raises(MissingScaleError, match=r"does not say what a unit is .* give --metres-per-unit: 0.001 for millimetres"):
        floorplans.read(path)
    assert 96.0 == pytest.approx(floorplans.read(path, metres_per_unit=0.001).area_m2)


@pytest.mark.parametrize(("insunits", "unit"), [(5, "0.01"), (1, "0.0254"), (14, "0.1")])
def test_a_small_hall_in_millimetres_under_another_header_is_asked_about(tmp_path: Path, insunits: int, unit: str) -> None:
    """12 m are not taken for 120 m because a header says centimetres and nothing else in the drawing speaks."""
    with pytest.raises(MissingScaleError, match=rf"which unit\? the header says {unit} .* in millimetres it is 12.0 m"):
        floorplans.read(written(tmp_path, box(drawing(insunits))))


def test_given_scale_wins_and_the_difference_is_said(tmp_path: Path) -> None:
    """A header can be wrong; the user is not overruled, but told."""
    plan = floorplans.read(written(tmp_path, box(drawing(6))), metres_per_unit=0.001)

    assert 96.0 == pytest.approx(plan.area_m2)
    assert any("the file says 1 metres per unit" in warning for warning in plan.source.warnings)


@pytest.mark.parametrize(
    ("scale", "says"), [(1.0, "12,000 x 8,000 x 3 m, which is no building"), (1e-6, "within 0.012 x 0.008 m; check the scale")]
)
def test_absurd_scale_is_refused(tmp_path: Path, scale: float, says: str) -> None:
    """Millimetres taken for metres, or metres for millimetres."""
    with pytest.raises(GeometryError, match=says):
        floorplans.read(written(tmp_path, box(drawing(0))), metres_per_unit=scale)


def test_only_named_layers_are_walls_where_there_are_any(tmp_path: Path) -> None:
    """Windows are glass, dimensions and unknown layers are left out, and both are said."""
    document = box(drawing())
    space = document.modelspace()
    space.add_line((2_000, 0), (4_000, 0), dxfattribs={"layer": "窓"})
    space.add_line((0, -500), (12_000, -500), dxfattribs={"layer": "寸法"})
    space.add_line((0, 4_000), (12_000, 4_000), dxfattribs={"layer": "メモ"})
    plan = floorplans.read(written(tmp_path, document))

    assert pytest.approx({"concrete": 40.0}) == plan.wall_length_by_material_m()
    assert [("glass", 2.0)] == [(hole.material, round(hole.u1_m - hole.u0_m, 3)) for wall in plan.walls for hole in wall.openings]
    said = " ".join(plan.source.warnings)
    assert "寸法 (1 lines)" in said
    assert "メモ (1 lines)" in said
    assert "windows from 0.9 to 2 m" in said


def test_drawing_without_wall_layers_gives_every_line(tmp_path: Path) -> None:
    """A converted Jw_cad drawing has layers named 0-0: all is taken, and that is said."""
    plan = floorplans.read(written(tmp_path, box(drawing(), layer="0-0")))

    assert {"partition": 40.0} == plan.wall_length_by_material_m()
    assert any("no layer is named for walls: every line of 0-0 is looked at" in warning for warning in plan.source.warnings)


def test_blocks_are_unfolded_where_they_stand(tmp_path: Path) -> None:
    """A wall in a block, turned and within another block; its layer 0 is the layer of the insert."""
    document = box(drawing())
    inner = document.blocks.new("inner")
    inner.add_line((0, 0), (4_000, 0), dxfattribs={"layer": "0"})
    outer = document.blocks.new("outer")
    outer.add_blockref("inner", (0, 0), dxfattribs={"layer": "間仕切"})
    document.modelspace().add_blockref("outer", (6_000, 0), dxfattribs={"layer": "壁", "rotation": 90})
    plan = floorplans.read(written(tmp_path, document))

    inside = [wall for wall in plan.walls if wall.material == "partition"]
    assert [pytest.approx((6, 0, 6, 4), abs=1e-6)] == [(*wall.start_m, *wall.end_m) for wall in inside]


def test_drawing_far_from_its_origin_is_moved(tmp_path: Path) -> None:
    """Survey coordinates become metres from the lower left corner."""
    document = drawing(6)
    points = [(-12_345.0 + x / 1000, -35_000.0 + y / 1000) for x, y in BOX_MM]
    document.modelspace().add_lwpolyline(points, close=True, dxfattribs={"layer": "wall"})

    assert pytest.approx((0, 0, 12, 8), abs=1e-4) == floorplans.read(written(tmp_path, document)).extent_m


def test_rooms_take_the_names_written_in_them(tmp_path: Path) -> None:
    """A text within closed walls names a zone; numbers do not."""
    document = box(drawing())
    space = document.modelspace()
    space.add_line((9_000, 0), (9_000, 8_000), dxfattribs={"layer": "間仕切"})
    space.add_text("体育館", dxfattribs={"insert": (2_000, 2_000), "height": 300})
    space.add_mtext("器具庫", dxfattribs={"insert": (10_000, 2_000), "char_height": 300})
    space.add_text("8,000", dxfattribs={"insert": (3_000, 3_000), "height": 300})
    plan = floorplans.read(written(tmp_path, document))

    assert [("体育館", "hall", 72.0), ("器具庫", "store", 24.0)] == sorted(
        ((zone.name, zone.kind, round(zone.area_m2, 3)) for zone in plan.zones), key=lambda zone: -zone[2]
    )


def test_two_faces_are_one_wall_with_its_door(tmp_path: Path) -> None:
    """A wall drawn as two lines is one, as thick as they are apart; a swing that ends in it is a door; what is hidden is said."""
    document = box(drawing())
    space = document.modelspace()
    space.add_line((0, 3_000), (12_000, 3_000), dxfattribs={"layer": "間仕切"})
    space.add_line((0, 3_120), (12_000, 3_120), dxfattribs={"layer": "間仕切"})
    space.add_arc((3_000, 3_000), 900, 0, 90, dxfattribs={"layer": "建具"})
    document.layers.add("旧 壁").off()
    space.add_line((0, 5_000), (12_000, 5_000), dxfattribs={"layer": "旧 壁"})
    plan = floorplans.read(written(tmp_path, document))

    said = " ".join(plan.source.warnings)
    assert "1 hidden" in said
    assert 5 == len(plan.walls)
    inner = next(wall for wall in plan.walls if wall.material == "partition")
    assert (0.12, 3.06) == (inner.thickness_m, pytest.approx(inner.start_m[1]))
    assert [("wood", 3.0, 3.9, 2.0)] == [(hole.material, hole.u0_m, hole.u1_m, hole.z1_m) for hole in inner.openings]


def test_curved_wall_is_cut_into_chords(tmp_path: Path) -> None:
    """An arc on a layer of walls is followed to 5 cm."""
    document = drawing()
    document.modelspace().add_arc((0, 0), 10_000, 0, 180, dxfattribs={"layer": "壁"})
    document.modelspace().add_line((-10_000, 0), (10_000, 0), dxfattribs={"layer": "壁"})
    plan = floorplans.read(written(tmp_path, document))

    assert 3.14159 * 50 == pytest.approx(plan.area_m2, rel=0.02)
    assert 6 < len(plan.walls) < 40


@pytest.mark.parametrize(
    ("encoding", "header"), [("utf-8", b"ANSI_1252"), ("cp932", b"ANSI_932"), ("cp932", b"ANSI_1252"), ("utf-8", b"ANSI_932")]
)
def test_japanese_layers_survive_every_header(tmp_path: Path, encoding: str, header: bytes) -> None:
    """The bytes decide, not the header: converters write one and mean the other."""
    document = box(drawing(), layer="LAYERNAME")
    document.modelspace().add_text("ROOMNAME", dxfattribs={"insert": (2_000, 2_000), "height": 300})
    path = written(tmp_path, document)
    data = path.read_bytes().replace(b"ANSI_1252", header)
    data = data.replace(b"LAYERNAME", "間仕切壁".encode(encoding)).replace(b"ROOMNAME", "体育館".encode(encoding))
    path.write_bytes(data)
    plan = floorplans.read(path)

    assert {"partition": 40.0} == plan.wall_length_by_material_m()
    assert ["体育館"] == [zone.name for zone in plan.zones]


def test_western_letters_are_not_taken_for_japanese(tmp_path: Path) -> None:
    """ANSI_1252 that is what it says: a layer named for a door in Spanish keeps its letters."""
    path = written(tmp_path, box(drawing(), layer="LAYERNAME"))
    path.write_bytes(path.read_bytes().replace(b"LAYERNAME", "wall Tür".encode("cp1252")))

    assert "wall Tür" == floorplans.read(path).walls[0].name


def nested(document: Drawing, levels: int, copies: int) -> Drawing:
    """Blocks within blocks: copies ** levels lines out of a few kilobytes."""
    document.blocks.new("b0").add_line((0, 0), (1_000, 0))
    for level in range(1, levels):
        block = document.blocks.new(f"b{level}")
        for copy in range(copies):
            block.add_blockref(f"b{level - 1}", (copy * 10, copy * 10))
    document.modelspace().add_blockref(f"b{levels - 1}", (0, 0))
    return document


def bent(document: Drawing, **attributes: Any) -> Drawing:
    document.modelspace().add_line((0, 0), (1, 1), dxfattribs=attributes)
    return document


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (drawing(), "no line in the model space"),
        (box(drawing(), layer="敷地"), "no layer holds walls .敷地.; name one 壁 or wall"),
        (bent(drawing(6), layer="壁"), "the walls enclose nothing"),
        (nested(drawing(), 20, 1), "nested deeper than 16; explode"),
    ],
)
def test_drawings_that_are_no_building(tmp_path: Path, document: Drawing, says: str) -> None:
    """Empty, a site plan, open walls, and blocks within blocks within blocks: one line each."""
    with pytest.raises(FloorPlanError, match=says) as caught:
        floorplans.read(written(tmp_path, document))

    assert "\n" not in str(caught.value)


def test_blocks_that_unfold_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """12 copies in each of 8 levels are 36 million lines out of a few kilobytes: each block is counted once, none is unfolded."""
    monkeypatch.setattr(_dxf, "_unfolded", lambda _: iter(()))

    with pytest.raises(FloorPlanError, match="more than 100000 entities"):
        floorplans.read(written(tmp_path, nested(drawing(), 8, 12)))


def test_blocks_within_themselves_are_refused(tmp_path: Path) -> None:
    document = nested(drawing(), 3, 2)
    document.blocks.get("b0").add_blockref("b2", (0, 0))

    with pytest.raises(FloorPlanError, match="nested deeper than 16"):
        floorplans.read(written(tmp_path, document))


def test_huge_grid_insert_is_refused(tmp_path: Path) -> None:
    """One insert of 30,000 by 30,000 copies is not unfolded."""
    document = nested(drawing(), 1, 1)
    insert = next(iter(document.modelspace()))
    for key, value in {"row_count": 30_000, "column_count": 30_000, "row_spacing": 1, "column_spacing": 1}.items():
        insert.dxf.set(key, value)

    with pytest.raises(FloorPlanError, match="more than 100000 entities"):
        floorplans.read(written(tmp_path, document))


def test_curve_without_end_is_left_out(tmp_path: Path) -> None:
    """A bulge of 1e308 would be cut into chords for ever: it is checked first, and said."""
    document = box(drawing())
    document.modelspace().add_lwpolyline([(0, 0, 0, 0, 1e308), (1_000, 0)], dxfattribs={"layer": "壁"})
    document.modelspace().add_arc((0, 0), 1e308, 0, 180, dxfattribs={"layer": "壁"})
    plan = floorplans.read(written(tmp_path, document))

    assert 96.0 == pytest.approx(plan.area_m2)
    assert any("1 unreadable ARC" in warning for warning in plan.source.warnings)


def test_strays_do_not_move_the_building(tmp_path: Path) -> None:
    """A line a kilometre off is dropped and said; the building's corner is still the origin."""
    document = box(drawing())
    document.modelspace().add_line((-1e6, -1e6), (-1e6 + 3_000, -1e6), dxfattribs={"layer": "壁"})
    plan = floorplans.read(written(tmp_path, document))

    assert pytest.approx((0, 0, 12, 8)) == plan.extent_m
    assert any("1 walls more than 50 m off are dropped" in warning for warning in plan.source.warnings)


@pytest.mark.parametrize(
    "data",
    [b"hello", b"\x00" * 100, b"AutoCAD Binary DXF\r\n\x1a\x00rubbish", b"  0\nSECTION\n  2\nENTITIES\n  0\nLINE\n 10\nnan"],
)
def test_files_that_are_no_drawing(tmp_path: Path, data: bytes) -> None:
    """Rubbish and cut-off files get one line."""
    path = tmp_path / "bad.dxf"
    path.write_bytes(data)

    with pytest.raises(FloorPlanError) as caught:
        floorplans.read(path, metres_per_unit=0.001)

    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.8, 0.95])
def test_cut_off_drawing_is_read_or_refused(tmp_path: Path, cut: float) -> None:
    """A download that stopped: a plan or one line, never a traceback."""
    path = written(tmp_path, box(drawing()))
    path.write_bytes(path.read_bytes()[: int(cut * path.stat().st_size)])

    assert any(heard(path) == expected for expected in ("96 m2", str(path)))


def heard(path: Path) -> str:
    """What a user hears: the area, or which file is wrong."""
    try:
        return f"{floorplans.read(path, metres_per_unit=0.001).area_m2:.0f} m2"
    except FloorPlanError as error:
        return str(error).partition(": ")[0]


def test_coordinates_that_are_no_numbers(tmp_path: Path) -> None:
    """NaN and infinity in the text of a drawing are refused by name."""
    path = written(tmp_path, box(drawing()))
    path.write_bytes(path.read_bytes().replace(b"12000.0", b"nan"))

    with pytest.raises(FloorPlanError):
        floorplans.read(path)


def test_real_drawings_of_a_jw_cad_office(shared: Path) -> None:
    """A wooden house at 1:100 on paper (10 ken by 7 in plan), and a site plan that is no building."""
    house = shared / "data" / "plans" / "木造平面例.dxf"
    with pytest.raises(MissingScaleError, match=r"木造平面例\.dxf"):
        floorplans.read(house)
    plan = floorplans.read(house, metres_per_unit=0.1, height_m=2.4)

    assert pytest.approx((9.0, 6.3), abs=0.05) == plan.extent_m[2:]
    assert 2.4 == plan.levels[0].height_m
    assert 53.4 == pytest.approx(plan.area_m2, rel=0.03)
    assert {"ＤＫ", "リビングルーム", "和室", "押入", "洗面所", "浴室", "トイレ", "玄関", "廊下"} == {
        zone.name for zone in plan.zones
    }
    assert any("33 construction lines" in warning for warning in plan.source.warnings)
    with pytest.raises(GeometryError, match="敷地"):
        floorplans.read(shared / "data" / "plans" / "敷地図.dxf", metres_per_unit=0.1)


def test_a_dwg_by_another_name_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.dxf"
    path.write_bytes(b"AC1032" + bytes(2000))

    with pytest.raises(FloorPlanError, match="a DWG under the name of a DXF; save it as DXF"):
        floorplans.read(path)


def test_an_insert_without_a_name_is_left_out(tmp_path: Path) -> None:
    """A damaged file was met whose insert named no block."""
    document = nested(box(drawing()), 1, 1)
    path = written(tmp_path, document)
    path.write_bytes(path.read_bytes().replace(b"AcDbBlockReference\n  2\nb0\n", b"AcDbBlockReference\n"))
    plan = floorplans.read(path)

    assert 96.0 == pytest.approx(plan.area_m2)
    assert any("1 inserts of no block" in warning for warning in plan.source.warnings)
