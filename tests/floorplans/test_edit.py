"""Corrections of a plan, as functions and as they are typed."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import math
from pathlib import Path

import pytest
from shapely.geometry import MultiPolygon, box

import floorplans
from floorplans import FloorPlan, FloorPlanError, correct, edit, materials
from floorplans.bodies import one_ring
from floorplans.correct import Asked
from floorplans.plan import Level, Wall, Zone


def plan_of(*boxes: tuple[float, float, float, float], layer: str = "A") -> FloorPlan:
    walls = []
    for x0, y0, x1, y1 in boxes:
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
        walls += [
            Wall(start_m=a, end_m=b, z0_m=0, z1_m=3, material="partition", name=layer, confidence=0.9)
            for a, b in itertools.pairwise(corners)
        ]
    x0, y0, x1, y1 = boxes[0]
    ring = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return FloorPlan(
        name="家",
        levels=(Level(name="1F", floor_m=0, ceiling_m=3, outline_m=ring),),
        walls=tuple(walls),
        zones=(Zone(name="部屋", polygon_m=ring),),
    )


HOUSE = plan_of((0, 0, 10, 6))


def test_two_points_give_the_scale() -> None:
    """Lengths go with it, heights stay, and where it came from is kept."""
    plan = edit.rescaled(HOUSE, (0, 0), (10, 0), 12.5)

    assert 12.5 * 7.5 == pytest.approx(plan.area_m2)
    assert 3 == plan.levels[0].height_m
    assert "corrected by two points 12.5 m apart" in plan.source.evidence


@pytest.mark.parametrize(
    ("text", "meant"), [("layer=A", 4), ("layer=B", 0), ("kind=partition", 4), ("area=-1,-1,11,1", 1), ("confidence=0.95", 4)]
)
def test_selections_mean_what_they_say(text: str, meant: int) -> None:
    assert meant == sum(map(edit.selection(text).wall, HOUSE.walls))


def test_furniture_goes_by_area_and_the_outline_is_drawn_anew() -> None:
    """A shed beside the house is dropped with one selection."""
    both = plan_of((0, 0, 10, 6), (20, 0, 22, 2))
    plan = edit.without(both, edit.selection("area=19,-1,23,3"))

    assert 4 == len(plan.walls)
    assert 60 == pytest.approx(plan.area_m2)


def test_walls_change_their_material_by_layer() -> None:
    assert {"concrete": 32.0} == edit.retyped(HOUSE, edit.selection("layer=A"), "concrete").wall_length_by_material_m()


def test_openings_change_their_material_by_kind() -> None:
    gym = floorplans.gym()
    plan = edit.retyped(gym, edit.selection("kind=glass"), "double_glass")
    panes = [hole for wall in plan.walls for hole in wall.openings if hole.material == "double_glass"]

    assert len(panes) == sum(hole.material == "glass" for wall in gym.walls for hole in wall.openings) > 0


def test_a_room_is_split_and_named() -> None:
    """The part to the left of the line has the first name."""
    plan = edit.split(HOUSE, "部屋", (4, 1), (4, 2), ("居間", "台所"))

    assert {"居間": 24.0, "台所": 36.0} == {zone.name: zone.area_m2 for zone in plan.zones}


def test_storeys_drawn_side_by_side_are_stacked() -> None:
    """Each area becomes a level over the first, at the height of the storey."""
    sheet = plan_of((0, 0, 10, 6), (15, 1, 25, 7))
    plan = edit.stacked(sheet, [(-1, -1, 11, 8), (14, 0, 26, 8)])

    assert [(0, 3), (3, 6)] == [(level.floor_m, level.ceiling_m) for level in plan.levels]
    assert (0, 0, 10, 6) == pytest.approx(plan.extent_m)
    assert 120 == pytest.approx(plan.area_m2)
    assert {0, 1} == {zone.level for zone in plan.zones}


def test_typed_corrections_are_made_in_order() -> None:
    asked = Asked(
        scale="0,0,10,0=20",
        retype=("A=brick", "area=-1,-1,21,1=glass"),
        wall=("10,0,10,12:concrete:0.15",),
        split=("部屋=10,0,10,12:西:東",),
        name=("東=教室:classroom",),
    )
    plan = correct.corrected(HOUSE, asked)

    assert {"brick": 44.0, "glass": 20.0, "concrete": 12.0} == plan.wall_length_by_material_m()
    assert {"西": "room", "教室": "classroom"} == {zone.name: zone.kind for zone in plan.zones}
    assert 0.15 == plan.walls[-1].thickness_m


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Asked(scale="0,0,0,0=5"), "give two points of a known length"),
        (Asked(scale="0,0,1"), r"--scale 0,0,1"),
        (Asked(scale="0,0,1,nan=3"), "not 4 numbers"),
        (Asked(drop=("layer=家具",)), "layer=家具: nothing is meant; there are A"),
        (Asked(drop=("layer=A",)), "that is all of the plan"),
        (Asked(drop=("colour=red",)), "give layer=NAME, kind=KIND"),
        (Asked(retype=("partition",)), "give LAYER=MATERIAL"),
        (Asked(wall=("0,0,0,0",)), "a wall of less than 5 cm"),
        (Asked(wall=("0,0,5,0",), level=3), "no level 3"),
        (Asked(split=("部屋=50,0,50,1",)), "the line does not cross it"),
        (Asked(split=("庭=1,0,1,1",)), "no rooms are called '庭'; there are 部屋"),
        (Asked(name=("部屋=居間:salon",)), "no kind 'salon'"),
        (Asked(stack=("50,50,60,60",)), "no wall in it"),
    ],
)
def test_mistakes_are_one_line(asked: Asked, says: str) -> None:
    with pytest.raises(FloorPlanError, match=says) as caught:
        correct.corrected(HOUSE, asked)

    assert "\n" not in str(caught.value)


def test_a_plan_that_was_edited_is_read_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    plan = edit.with_wall(HOUSE, (5, 0), (5, 6), "wood")
    floorplans.save(plan, tmp_path / "p.json")

    assert plan == floorplans.load(tmp_path / "p.json")
    assert math.isclose(38.0, sum(wall.length_m for wall in plan.walls))


def test_a_material_that_nobody_can_compute_with_is_refused() -> None:
    """A slip of the pen is named with the materials that there are, not written into the plan."""
    with pytest.raises(FloorPlanError, match="kind=partition: no material 'granite'; one of air, alc, brick"):
        correct.corrected(HOUSE, Asked(retype=("kind=partition=granite",)))
    with pytest.raises(FloorPlanError, match="no material 'granite'"):
        correct.corrected(HOUSE, Asked(wall=("1,1,3,1:granite",)))


def test_the_materials_known_are_those_of_the_radio_map() -> None:
    """The table of losses and the names that corrections take are one list."""
    table = Path(__file__).resolve().parents[2] / "wifiplan" / "radio" / "materials.csv"
    with table.open(encoding="utf-8") as rows:
        names = {row["name"] for row in csv.DictReader(rows)}

    assert names == set(materials.KNOWN)


def test_a_scale_without_a_length_and_walls_outside_the_stack_are_said() -> None:
    with pytest.raises(FloorPlanError, match="give x1,y1,x2,y2=M"):
        correct.corrected(HOUSE, Asked(scale="0,0,8,0"))
    three = plan_of((0, 0, 10, 6), (20, 0, 30, 6), (40, 0, 42, 2))
    plan = correct.corrected(three, Asked(stack=("-1,-1,11,7", "19,-1,31,7")))

    assert 2 == len(plan.levels)
    assert "4 walls in none of the areas that were stacked are left out" in plan.source.warnings


def test_an_outline_in_two_parts_stays_so() -> None:
    """A wall deleted in one tower leaves the other in the building."""
    both = plan_of((0, 0, 10, 6), (60, 0, 70, 6))
    towers = MultiPolygon([box(0, 0, 10, 6), box(60, 0, 70, 6)])
    extra = Wall(start_m=(5, 0), end_m=(5, 6), z0_m=0, z1_m=3, material="glass", name="B")
    level = Level(name="1F", floor_m=0, ceiling_m=3, outline_m=one_ring(towers))
    plan = edit.without(dataclasses.replace(both, levels=(level,), walls=(*both.walls, extra)), edit.selection("layer=B"))

    assert 120 == pytest.approx(plan.area_m2, rel=0.01)


def test_the_outer_wall_is_not_dropped_by_mistake() -> None:
    """Without its south wall a hall would be the store room alone: said, not written."""
    with pytest.raises(FloorPlanError, match=r"what is left encloses 3 of 902 m2; drop less"):
        correct.corrected(floorplans.gym(), Asked(drop=("area=-1,-1,40,1",)))


def test_a_material_may_be_written_in_japanese() -> None:
    """As it stands on the drawing; a word that nobody knows is refused with the names there are."""
    plan = correct.corrected(HOUSE, Asked(retype=("A=鉄筋コンクリート",)))

    assert {"concrete"} == {wall.material for wall in plan.walls if wall.name == "A"}
    with pytest.raises(FloorPlanError, match="no material '大理石風'; one of air, alc"):
        correct.corrected(HOUSE, Asked(retype=("A=大理石風",)))
