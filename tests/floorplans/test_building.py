"""Drawings to buildings: the kinds of drawings that were reported as misread, and small ones that show one rule each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import floorplans
from floorplans import FloorPlan, FloorPlanError, GeometryError, MissingScaleError
from floorplans.building import plan_of
from floorplans.drawing import Arc, Drawing, Fill, Line, Point, Text, Unit

REPORTED = Path(__file__).parent / "reported" / "dxf"
METRES = Unit(metres_per_unit=1.0, says="made in metres", certain=True)


def lines(points: Sequence[Point], **properties: Any) -> list[Line]:
    return [Line(start=a, end=b, **properties) for a, b in itertools.pairwise(points)]


def ring(x0: float, y0: float, x1: float, y1: float, **properties: Any) -> list[Line]:
    return lines([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], **properties)


def two_rooms(layer: str = "") -> list[Line]:
    """10 x 6 m outside, walls of 20 cm, one inner wall of 10 cm with a gap of 90 cm for a door."""
    return [
        *ring(0, 0, 10, 6, layer=layer),
        *ring(0.2, 0.2, 9.8, 5.8, layer=layer),
        *(Line(start=(x, 0.2), end=(x, 3.0), layer=layer) for x in (6.0, 6.1)),
        *(Line(start=(x, 3.9), end=(x, 5.8), layer=layer) for x in (6.0, 6.1)),
    ]


def read(drawn: Sequence[Line], **more: Any) -> FloorPlan:
    options = {key: more.pop(key) for key in ("part", "height_m", "metres_per_unit") if key in more}
    more.setdefault("unit", METRES)
    return plan_of(Drawing(file="図.dxf", reader="dxf", lines=list(drawn), **more), where="図.dxf", **options)


@pytest.mark.parametrize("layer", ["", "壁"])
def test_two_faces_make_a_wall_and_bodies_make_rooms(layer: str) -> None:
    """The outline is the outer face, axes lie between faces, a gap is a doorway in one wall, rooms lie between walls."""
    plan = read(two_rooms(layer))

    assert 60.0 == pytest.approx(plan.area_m2, abs=0.1)
    assert 5 == len(plan.walls)
    assert 2 * (9.8 + 5.8) + 5.8 == pytest.approx(sum(wall.length_m for wall in plan.walls), abs=0.05)
    inner = next(wall for wall in plan.walls if wall.thickness_m == 0.1)
    assert [(None, 0.9)] == [(hole.material, round(hole.u1_m - hole.u0_m, 2)) for hole in inner.openings]
    assert [(5.8 * 5.6), (3.7 * 5.6)] == [pytest.approx(zone.area_m2, abs=0.1) for zone in plan.zones]


def test_a_swing_is_a_door_of_that_width() -> None:
    plan = read(two_rooms(), arcs=[Arc(centre=(6.05, 3.0), radius=0.9, start_deg=0, end_deg=90)])

    holes = [hole for wall in plan.walls for hole in wall.openings]
    assert [("wood", 0.0, 2.0)] == [(hole.material, hole.z0_m, hole.z1_m) for hole in holes]
    assert 0.9 == pytest.approx(holes[0].u1_m - holes[0].u0_m, abs=0.02)


def test_window_layers_are_glass_in_the_wall() -> None:
    window = [Line(start=(2.0, y), end=(4.0, y), layer="窓") for y in (0.07, 0.13)]
    plan = read([*two_rooms("壁"), *window])

    holes = [hole for wall in plan.walls for hole in wall.openings if hole.material == "glass"]
    assert [(2.0, 0.9, 2.0)] == [(round(hole.u1_m - hole.u0_m, 2), hole.z0_m, hole.z1_m) for hole in holes]


@pytest.mark.parametrize("pitch_m", [0.1, 0.25])
def test_boards_and_stairs_are_no_walls(pitch_m: float) -> None:
    """Parallels side by side at one pitch, up to the wall itself."""
    boards = [Line(start=(0.2, 0.2 + pitch_m * n), end=(6.0, 0.2 + pitch_m * n)) for n in range(1, int(5.5 / pitch_m))]
    plan = read([*two_rooms(), *boards])

    assert 5 == len(plan.walls)
    assert any("stairs, boards, tiles or hatching" in warning for warning in plan.source.warnings)


def test_linings_and_furring_are_one_wall() -> None:
    """A concrete wall with a lining on studs inside is one wall, as thick as all of it."""
    lined = [*two_rooms(), *ring(0.25, 0.25, 9.75, 5.75), *ring(0.26, 0.26, 9.74, 5.74)]
    plan = read(lined)

    assert 5 == len(plan.walls)
    assert 0.25 <= max(wall.thickness_m or 0 for wall in plan.walls) <= 0.27


def test_an_oblique_building_is_read_too() -> None:
    """Turned by 20 degrees: same walls, same area."""
    c, s = math.cos(math.radians(20)), math.sin(math.radians(20))

    def turned(point: Point) -> Point:
        return c * point[0] - s * point[1], s * point[0] + c * point[1]

    plan = read([Line(start=turned(line.start), end=turned(line.end)) for line in two_rooms()])

    assert 60.0 == pytest.approx(plan.area_m2, rel=0.01)
    assert 5 == len(plan.walls)


def test_filled_walls_are_walls() -> None:
    """Solid fills of walls give their faces; where they touch they are one shape."""
    bars = [(0, 0, 10, 0.2), (0, 5.8, 10, 6), (0, 0, 0.2, 6), (9.8, 0, 10, 6), (6, 0, 6.1, 6)]
    fills = [Fill(ring=((x0, y0), (x1, y0), (x1, y1), (x0, y1)), layer="") for x0, y0, x1, y1 in bars]
    plan = read([], fills=fills)

    assert 60.0 == pytest.approx(plan.area_m2, abs=0.1)
    assert 5 == len(plan.walls)


def test_names_go_into_their_rooms_and_open_rooms_are_divided() -> None:
    """Two names in one space: divided halfway, and said."""
    names = {"教室": (1.5, 3.0), "廊下": (4.5, 3.0), "倉庫": (8.0, 3.0), "3,000": (2.0, 2.0)}
    texts = [Text(text=text, at=at, height=0.2) for text, at in names.items()]
    plan = read(two_rooms(), texts=texts)

    assert {"教室": "classroom", "廊下": "corridor", "倉庫": "store"} == {zone.name: zone.kind for zone in plan.zones}
    assert any("教室 and 廊下 open into one another" in warning for warning in plan.source.warnings)
    assert 5.8 * 5.6 + 3.7 * 5.6 == pytest.approx(sum(zone.area_m2 for zone in plan.zones), rel=0.01)


def test_a_room_around_a_room_is_two_zones_without_overlap() -> None:
    plan = read([*ring(0, 0, 10, 10, layer="壁"), *ring(4, 4, 6, 6, layer="壁")])

    assert 100.0 == pytest.approx(sum(zone.area_m2 for zone in plan.zones), rel=0.01)
    assert not any("overlap" in warning for warning in plan.source.warnings)


def test_curved_inner_walls_are_read() -> None:
    """Ellipse, circle and spline on a layer of walls."""
    plan = floorplans.read(REPORTED / "curved-inner-walls.dxf")

    assert 200.0 == pytest.approx(plan.area_m2)
    assert 60 + 2 * math.pi * 1.5 + 20 < sum(wall.length_m for wall in plan.walls)


def test_multilines_are_walls_with_their_thickness() -> None:
    plan = floorplans.read(REPORTED / "mline-inner-walls.dxf")

    assert [0.12, 0.12] == [wall.thickness_m for wall in plan.walls if wall.thickness_m]
    assert 3 == len(plan.zones)


def test_solids_are_walls() -> None:
    plan = floorplans.read(REPORTED / "walls-as-solid.dxf")

    assert [0.15] * 5 == [wall.thickness_m for wall in plan.walls]
    assert 200.0 == pytest.approx(plan.area_m2)


def test_a_frozen_insert_hides_its_block() -> None:
    plan = floorplans.read(REPORTED / "frozen-insert.dxf")

    assert 4 == len(plan.walls)
    assert any("hidden block OLDWALLS on OLD" in warning for warning in plan.source.warnings)


@pytest.mark.parametrize(("name", "size"), [("mm-drawing-says-inch", "988 m across"), ("mm-drawing-says-cm", "389 m across")])
def test_a_header_that_makes_a_giant_is_asked_about(name: str, size: str) -> None:
    """The question names the evidence, and the answer is taken."""
    with pytest.raises(MissingScaleError, match=rf"which unit\? .*{size}; in millimetres it is 38.9 m"):
        floorplans.read(REPORTED / f"{name}.dxf")
    plan = floorplans.read(REPORTED / f"{name}.dxf", metres_per_unit=0.001)

    assert 38.9 * 23.2 == pytest.approx(plan.area_m2)


def test_words_of_layers_decide_materials() -> None:
    """Reinforced concrete and a party wall are concrete, light steel is a partition; trees, wells and poles are no walls."""
    plan = floorplans.read(REPORTED / "layer-names-ja.dxf")

    assert pytest.approx({"concrete": 80.0, "partition": 10.0}) == plan.wall_length_by_material_m()


def test_mirrored_text_is_where_it_is_seen() -> None:
    plan = floorplans.read(REPORTED / "text-mirrored.dxf")

    assert {"体育館": "hall", "教室": "classroom"} == {zone.name: zone.kind for zone in plan.zones}


def test_storeys_side_by_side_are_said_and_can_be_chosen() -> None:
    """Three like shapes with titles are three storeys; `part` chooses one."""
    path = REPORTED / "three-storeys-side-by-side.dxf"
    plan = floorplans.read(path)
    one = floorplans.read(path, part=1)

    assert ["1階平面図", "2階平面図", "3階平面図"] == [level.name for level in plan.levels]
    assert pytest.approx((0, 0, 38.9, 23.2)) == plan.extent_m
    assert any(warning.startswith("3 like shapes side by side") and "--part" in warning for warning in plan.source.warnings)
    assert (1, 38.9 * 23.2) == (len(one.levels), pytest.approx(one.area_m2))
    with pytest.raises(GeometryError, match="no part 3; there are 3 like shapes"):
        floorplans.read(path, part=3)


def test_like_shapes_without_titles_are_not_stacked() -> None:
    """Storeys or variants? Only the first is taken, and the others are named."""
    plan = read([*ring(0, 0, 10, 8, layer="wall"), *ring(15, 0, 25, 8, layer="wall")])

    assert 80.0 == pytest.approx(plan.area_m2)
    assert any("Only part 0 is taken; choose with --part N" in warning for warning in plan.source.warnings)


def test_an_external_reference_is_named() -> None:
    plan = floorplans.read(REPORTED / "xref-inner-walls.dxf")

    assert any("inner-walls.dwg (an external reference on layer 0)" in warning for warning in plan.source.warnings)


@pytest.mark.parametrize("layer", ["敷地", "南壁日影", "立面", "Lageplan"])
def test_other_drawings_are_refused_by_their_layers(layer: str) -> None:
    with pytest.raises(GeometryError, match="not a floor plan"):
        read(ring(0, 0, 20, 30, layer=layer))


def test_a_title_that_is_no_plans_is_said_first() -> None:
    plan = read(ring(0, 0, 20, 30), texts=[Text(text="日影図 S=1/200", at=(5, -2))])

    assert "its title is 日影図 S=1/200" == plan.source.not_a_plan
    assert plan.source.warnings[0].startswith("likely no floor plan")


def test_a_site_at_odd_angles_is_said_first() -> None:
    plan = read(lines([(0, 0), (31, 4), (36, 25), (12, 33), (-4, 18), (0, 0)]))

    assert "a site or a map" in plan.source.not_a_plan
    assert not read(two_rooms()).source.not_a_plan


def test_dimensions_decide_the_scale() -> None:
    """Numbers over lines of that length, in a drawing that says nothing of its unit."""
    mm = [Line(start=(100 * a.start[0], 100 * a.start[1]), end=(100 * a.end[0], 100 * a.end[1])) for a in two_rooms()]
    over = [Line(start=(0, -50), end=(1000, -50), layer="寸法"), Line(start=(0, -90), end=(610, -90), layer="寸法")]
    texts = [Text(text="10,000", at=(500, -45), height=20), Text(text="6,100", at=(305, -85), height=20)]
    plan = read([*mm, *over], texts=texts, unit=None)

    assert 0.01 == plan.source.metres_per_unit
    assert "2 dimensions say 0.01 metres per unit" in plan.source.evidence
    assert any("the scale is taken from the drawing" in warning for warning in plan.source.warnings)


def test_doors_alone_only_make_a_question() -> None:
    """A swing is 60 to 100 cm: enough to propose, not to decide."""
    arcs = [Arc(centre=(60.5, 30), radius=9, start_deg=0, end_deg=90), Arc(centre=(60.5, 50), radius=9, start_deg=0, end_deg=90)]
    drawn = [Line(start=(10 * a.start[0], 10 * a.start[1]), end=(10 * a.end[0], 10 * a.end[1])) for a in two_rooms()]

    with pytest.raises(MissingScaleError, match=r"found: door swings of 9 in the drawing would be 0.90 m at 0.1"):
        read(drawn, arcs=arcs, unit=None)


def test_ceiling_heights_are_read() -> None:
    plan = read(two_rooms(), texts=[Text(text="CH=2,700", at=(3, 3))])

    assert 2.7 == plan.levels[0].height_m


def test_nothing_drawn_is_one_line() -> None:
    with pytest.raises(FloorPlanError, match=r"図.dxf: no line"):
        read([])


def test_a_header_that_makes_a_toy_is_asked_about() -> None:
    """A gym of 3.9 m: drawn in centimetres under a header of millimetres, which is a converter's default."""
    header = Unit(metres_per_unit=0.001, says="the header says 0.001 metres per unit ($INSUNITS 4)")
    drawn = ring(0, 0, 3890, 2320, layer="wall")

    with pytest.raises(MissingScaleError, match=r"which unit\? .* 3.89 m across; at 0.01 it is 38.9 m; .* 0.01 for centimetres"):
        read(drawn, unit=header)
    assert pytest.approx(38.9 * 23.2, rel=0.01) == read(drawn, unit=header, metres_per_unit=0.01).area_m2
