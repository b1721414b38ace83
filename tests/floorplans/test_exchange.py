"""What is written for other programs is read back equal: walls, openings, levels, zones, slabs and access points."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import MultiPolygon, box

import floorplans
from floorplans import FloorPlanError, UnsupportedFileError, edit, exchange
from floorplans import plan as planned
from floorplans.bodies import one_ring
from floorplans.exchange import Channel, Mark
from floorplans.plan import FloorPlan, Level, Opening, Slab, Source, Wall, Zone
from tests.floorplans.damage import damaged
from wifiplan.radio.materials import materials

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


NEEDS_EZJWW = pytest.mark.skipif(find_spec("ezjww") is None, reason="ezjww is not installed")
FORMATS = [
    ".dxf",
    ".gpkg",
    ".json",
    pytest.param(".jww", marks=NEEDS_EZJWW),
]


def same(plan: FloorPlan, back: FloorPlan) -> None:
    """Everything that a radio map or a reader of the drawing asks of a plan."""
    assert plan.name == back.name
    assert plan.levels == back.levels
    assert sorted(map(repr, plan.walls)) == sorted(map(repr, back.walls))
    assert sorted(map(repr, plan.zones)) == sorted(map(repr, back.zones))
    assert sorted(map(repr, plan.slabs)) == sorted(map(repr, back.slabs))


@pytest.mark.parametrize("suffix", FORMATS)
def test_plan_and_marks_come_back_equal(tmp_path: Path, plan: FloorPlan, suffix: str) -> None:
    path = tmp_path / f"北小学校{suffix}"
    exchange.write(plan, MARKS, path)
    same(plan, floorplans.read(path))

    assert MARKS == exchange.marks(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_was_read_and_corrected_comes_back_equal(tmp_path: Path, suffix: str) -> None:
    """How sure the reader was, the drawing's layer and a wall drawn by hand go with it, and an outline in two parts."""
    sample = floorplans.sample("community-centre")
    parts = MultiPolygon([box(0, 0, 20, 10), box(60, 0, 70, 10)])
    level = replace(sample.levels[0], outline_m=one_ring(parts))
    unsure = tuple(replace(wall, confidence=0.62 + number / 100, name="0-1") for number, wall in enumerate(sample.walls))
    plan = edit.with_wall(replace(sample, levels=(level,), walls=unsure), (1.0, 1.0), (3.0, 1.0), "wood", thickness_m=0.2)
    path = tmp_path / f"公民館{suffix}"
    exchange.write(plan, MARKS, path)
    same(plan, floorplans.read(path))


WORDS = ("", "1F", "体育館 北", 'it\'s "so"', "a,b;c/d<e>", "back\\slash \\U+3042", "%%d {é}", "二\n行", " 前後 ", "🏫", "0")


def by_chance(seed: int) -> tuple[FloorPlan, tuple[Mark, ...]]:
    """A plan as nobody draws one: every field that there is, with every number and word that it may have."""
    rng = random.Random(seed)

    def spot() -> tuple[float, float]:
        return rng.uniform(-300.0, 300.0), rng.uniform(-300.0, 300.0)

    def thickness() -> float | None:
        return rng.choice([None, 0.15, 1 / 7])

    floors_m = [0.0]
    for _ in range(rng.randint(1, 3)):
        floors_m.append(floors_m[-1] + rng.choice([2.7, 3.3, 10 / 3]))
    levels, walls, zones, slabs = [], [], [], []
    for storey, (floor_m, ceiling_m) in enumerate(itertools.pairwise(floors_m)):
        (x, y), side = spot(), rng.uniform(5.0, 90.0)
        ring = ((x, y), (x + side, y), (x + side, y + side / 3), (x, y + side / 2))
        levels.append(Level(name=rng.choice(WORDS), floor_m=floor_m, ceiling_m=ceiling_m, outline_m=ring))
        for _ in range(rng.randint(1, 9)):
            start, end = spot(), spot()
            holes, at = [], 0.0
            while rng.random() < 0.6 and at + 1.5 < math.dist(start, end):
                holes.append(
                    Opening(
                        u0_m=at,
                        u1_m=at + rng.uniform(0.3, 1.0),
                        z0_m=floor_m + rng.choice([0.0, 0.9]),
                        z1_m=floor_m + rng.choice([1.8, 2.1]),
                        material=rng.choice([None, "wood", "glass"]),
                        thickness_m=thickness(),
                        kind=rng.choice(["", "door", "window"]),
                    )
                )
                at = holes[-1].u1_m + rng.uniform(0.0, 9.0)
            walls.append(
                Wall(
                    start_m=start,
                    end_m=end,
                    z0_m=floor_m,
                    z1_m=ceiling_m,
                    material=rng.choice(sorted(materials())),
                    thickness_m=thickness(),
                    openings=tuple(holes),
                    name=rng.choice(WORDS),
                    confidence=rng.choice([None, 0.0, 1 / 3, 1.0]),
                )
            )
        walls.append(walls[-1])  # drawn twice
        corners = [ring, ring[1:], ring[:3]][: rng.randint(0, 3)]
        zones += [
            Zone(name=rng.choice(WORDS), polygon_m=one, kind=rng.choice(planned.ZONE_KINDS), level=storey) for one in corners
        ]
        slabs += [
            Slab(
                polygon_m=tuple((x, y, ceiling_m + slope * x) for x, y in ring),
                material="concrete",
                thickness_m=thickness(),
                name=rng.choice(WORDS),
            )
            for slope in (0.0, 0.1)[: rng.randint(0, 2)]
        ]
    marks = tuple(
        Mark(
            name=f"AP {number} {rng.choice(WORDS)}",
            x_m=rng.uniform(-300.0, 300.0),
            y_m=rng.uniform(-300.0, 300.0),
            height_m=rng.uniform(0.0, 9.0),
            level=rng.randrange(len(levels)),
            model=rng.choice(WORDS),
            key=rng.choice(["", "00:11:22:aa:bb:cc", "00:11:22:AA:BB:CC", "S/N 7"]),
            azimuth_deg=rng.choice([0.0, 123.4]),
            tilt_deg=rng.choice([0.0, -12.5]),
            radios=tuple(
                Channel(band=band, channel=1, width_mhz=20, tx_power_dbm=rng.choice([17.0, 20 / 3])) for band in ("2.4", "5", "6")
            )[: rng.randint(0, 3)],
        )
        for number in range(rng.randint(0, 3))
    )
    plan = FloorPlan(name=rng.choice(WORDS[1:]), levels=tuple(levels), walls=tuple(walls), slabs=tuple(slabs), zones=tuple(zones))
    return planned.check(plan), marks


@pytest.mark.parametrize("suffix", FORMATS)
def test_plans_by_chance_come_back_equal(tmp_path: Path, suffix: str) -> None:
    """Names of any letters, walls drawn twice, rooms without names, pitched slabs, numbers of full length."""
    for seed in range(12):
        plan, marks = by_chance(seed)
        path = tmp_path / f"{seed}{suffix}"
        exchange.write(plan, marks, path)
        same(plan, floorplans.read(path))

        assert marks == exchange.marks(path)


def test_plans_by_chance_come_back_equal_from_our_own_json(tmp_path: Path) -> None:
    for seed in range(30):
        plan, _ = by_chance(seed)
        planned.save(plan, tmp_path / "plan.json")

        assert plan == floorplans.read(tmp_path / "plan.json")


def redrawn(path: Path, change: Callable[[str, dict[str, Any]], dict[str, Any] | None]) -> FloorPlan:
    """The plan of a JWW drawing after an office has changed some of its lines and texts, or deleted them (None), by layer."""
    ezjww = pytest.importorskip("ezjww", reason="ezjww is not installed")
    document, drawing = ezjww.read_document(str(path)), ezjww.new()
    for group, read in zip(drawing.options["layer_groups"], document["header"]["layer_groups"], strict=True):
        group["scale"] = read["scale"]
        for layer, said in zip(group["layers"], read["layers"], strict=True):
            layer["name"] = said["name"]
    for entity in document["entities"]:
        group, layer = entity["base"]["layer_group"], entity["base"]["layer"]
        one = change(document["header"]["layer_groups"][group]["layers"][layer]["name"], entity)
        drawing.select_layer(group, layer)
        if one is not None and one["type"] == "LINE":
            drawing.modelspace().add_line((one["start_x"], one["start_y"]), (one["end_x"], one["end_y"]))
        elif one is not None:
            drawing.modelspace().add_text(one["content"], (one["start_x"], one["start_y"]))
    path.write_bytes(drawing.to_jww_bytes())
    return floorplans.read(path)


def test_jww_whose_record_is_gone_keeps_walls_with_heights_and_openings(tmp_path: Path, plan: FloorPlan) -> None:
    """Jw_cad is flat: heights and thickness stand in the names of layers too. Lines keep a thousandth of a millimetre."""
    pytest.importorskip("ezjww", reason="ezjww is not installed")
    path = tmp_path / "北小学校.jww"
    exchange.write(plan, (), path)
    back = redrawn(path, lambda layer, one: None if layer == "記録 wifiplan" else one)

    assert len(plan.walls) == len(back.walls)
    for ours, read in zip(plan.walls, back.walls, strict=True):
        assert (*ours.start_m, *ours.end_m, ours.z0_m, ours.z1_m) == pytest.approx(
            (*read.start_m, *read.end_m, read.z0_m, read.z1_m), abs=2e-6
        )
        assert (ours.material, ours.thickness_m) == (read.material, read.thickness_m)
        assert [(hole.kind, hole.material) for hole in ours.openings] == [(hole.kind, hole.material) for hole in read.openings]
        assert [hole.u0_m for hole in ours.openings] == pytest.approx([hole.u0_m for hole in read.openings], abs=1e-5)
    assert [(one.name, one.floor_m, one.ceiling_m) for one in plan.levels] == [
        (one.name, one.floor_m, one.ceiling_m) for one in back.levels
    ]
    assert sorted((zone.name, zone.kind, zone.level, round(zone.area_m2, 3)) for zone in plan.zones) == sorted(
        (zone.name, zone.kind, zone.level, round(zone.area_m2, 3)) for zone in back.zones
    )
    assert plan.area_m2 == pytest.approx(back.area_m2)
    assert [True, True] == [
        any(word in warning for warning in back.source.warnings) for word in ("no whole record", "concrete is assumed")
    ]


def test_what_the_office_changed_in_jww_is_what_is_read(tmp_path: Path) -> None:
    """A wall moved, a door deleted, a room renamed: these are read from the lines, all else is as it was."""
    pytest.importorskip("ezjww", reason="ezjww is not installed")
    gym = floorplans.gym()
    named = replace(gym, walls=tuple(replace(wall, name=f"W{number}") for number, wall in enumerate(gym.walls)))
    path = tmp_path / "館.jww"
    exchange.write(named, (), path)
    moved: list[str] = []

    def change(layer: str, one: dict[str, Any]) -> dict[str, Any] | None:
        if layer.startswith("壁 ") and not moved:
            moved.append(layer)
            return one | {"start_y": one["start_y"] - 10.0, "end_y": one["end_y"] - 10.0}
        if layer.startswith("扉 "):
            return None
        return one | {"content": "大体育室"} if one.get("content") == gym.zones[0].name else one

    back = redrawn(path, change)

    assert [f"W{number}" for number in range(1, len(gym.walls))] + [""] == [wall.name for wall in back.walls]
    assert pytest.approx(gym.walls[0].start_m[1] - 1.0) == back.walls[-1].start_m[1]
    assert 0 == sum(hole.kind == "door" for wall in back.walls for hole in wall.openings)
    assert ["大体育室", *(zone.name for zone in gym.zones[1:])] == [zone.name for zone in back.zones]
    assert gym.slabs == back.slabs


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


@pytest.mark.parametrize("kind", ["dxf", pytest.param("jww", marks=NEEDS_EZJWW)])
def test_damaged_files_of_ours_are_read_or_one_line(tmp_path: Path, kind: str) -> None:
    """Plan and access points each, by the grammar of the format."""
    rng, path = random.Random(kind), tmp_path / f"館.{kind}"
    plan, _ = by_chance(3)
    exchange.write(plan, (), path)
    sources = [path.read_bytes()]
    exchange.write(floorplans.gym(), MARKS, path)
    sources.append(path.read_bytes())
    said = []
    for number in range(24):
        path.write_bytes(damaged(kind, sources[number % 2], rng))
        for read in (floorplans.read, exchange.marks):
            try:
                read(path)
                said.append("read")
            except FloorPlanError as error:
                said.append(str(error))

    assert all(one == "read" or "\n" not in one for one in said)
    assert 4 < said.count("read") < len(said)
