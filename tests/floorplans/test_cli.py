"""`wifiplan floorplan` and `wifiplan gym` as a user calls them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ezdxf
import pytest

import floorplans
from wifiplan.cli import main

KEYS = [
    "reader",
    "name",
    "levels",
    "walls",
    "wall_length_m",
    "openings",
    "spaces",
    "area_m2",
    "extent_m",
    "height_m",
    "materials",
    "warnings",
    "rooms",
    "doors",
    "windows",
    "not_a_plan",
    "scale",
]
"""The keys that the command line promises, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Wifiplan:
    """The program, in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *arguments: str | Path) -> Answer:
        self.monkeypatch.setattr(sys, "argv", ["wifiplan", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = self.capsys.readouterr()
        return Answer(code=code, out=out, err=err)


@pytest.fixture
def wifiplan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wifiplan:
    return Wifiplan(monkeypatch, capsys)


def test_gym_writes_a_plan_that_floorplan_reads(wifiplan: Wifiplan, tmp_path: Path) -> None:
    """The two commands agree, under a Japanese file name."""
    path = tmp_path / "第一小学校 体育館.json"
    size = ("--length-m", "30", "--width-m", "20", "--height-m", "8")
    made = wifiplan("gym", *size, "--no-store-room", "--name", "第一小", "--out", path, "--json")
    read = wifiplan("floorplan", path, "--json")

    assert (0, "", 0, "") == (made.code, made.err, read.code, read.err)
    assert KEYS == list(made.json) == list(read.json)
    assert {**made.json, "reader": "json"} == read.json
    assert ("第一小", 600.0, [30.0, 20.0], 8.0, 2) == tuple(
        read.json[k] for k in ("name", "area_m2", "extent_m", "height_m", "spaces")
    )
    assert floorplans.gym(30, 20, 8, store_room=False, name="第一小") == floorplans.load(path)
    assert [path] == list(tmp_path.iterdir())


def test_floorplan_reads_a_drawing_and_writes_it_as_a_plan(wifiplan: Wifiplan, tmp_path: Path) -> None:
    """`--metres-per-unit` and `--height-m` reach the reader; `--out` holds the plan with where it came from."""
    drawing = ezdxf.new("R2000", units=0)  # type: ignore[attr-defined]
    drawing.modelspace().add_lwpolyline([(0, 0), (12, 0), (12, 8), (0, 8)], close=True, dxfattribs={"layer": "外壁"})
    drawing.saveas(tmp_path / "図面.dxf")
    answer = wifiplan(
        "floorplan", tmp_path / "図面.dxf", "--metres-per-unit", "1", "--height-m", "4", "--out", tmp_path / "plan.json", "--json"
    )

    assert ("dxf", "図面", 1, 4, 40.0, 0, 1, 96.0, [12.0, 8.0], 4.0, {"concrete": 40.0}) == tuple(
        answer.json[key] for key in KEYS[:11]
    )
    plan = floorplans.load(tmp_path / "plan.json")
    assert ("図面.dxf", "dxf", 1.0) == (plan.source.file, plan.source.reader, plan.source.metres_per_unit)


def test_text_says_size_materials_and_doubts(wifiplan: Wifiplan, tmp_path: Path) -> None:
    """Without --json, people read it."""
    ring = [[0, 0], [20, 0], [20, 10], [0, 10], [0, 0]]
    feature = {"type": "Feature", "properties": {"name": "集会所"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    answer = wifiplan("floorplan", tmp_path / "a.geojson", "--feature", "0")

    assert 0 == answer.code
    assert answer.out.startswith("集会所: 20 x 10 m, 3 m high, 200 m2\n")
    assert "concrete: 60 m\n" in answer.out
    assert "note: the file has no height: 3 m taken" in answer.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["floorplan", "nothing.json"], "nothing.json: no such file"),
        (["floorplan", "."], "is a directory"),
        (["floorplan", "note.txt"], "no reader for .txt files; give one of .bmp, .dxf, .esx, .geojson"),
        (["floorplan", "empty.dxf"], "empty.dxf: the file is empty"),
        (["floorplan", "broken.json"], "broken.json: not JSON at line 1"),
        (["floorplan", "newer.json"], "newer.json: format 99 is newer than this program's 1"),
        (["floorplan", "gym.json", "--level", "2"], "no level 2; it has 0 to 0"),
        (["floorplan", "gym.json", "--level", "x"], "--level"),
        (["floorplan", "gym.json", "--out", "no/where.json"], "does not exist; make it first"),
        (["floorplan", "gym.json", "--out", "."], "is a directory; give a file name in it"),
        (["gym", "--length-m", "nan", "--out", "g.json"], "length_m is nan"),
        (["gym", "--length-m", "0", "--out", "g.json"], "length_m is 0"),
        (["gym", "--height-m", "970", "--out", "g.json"], "height_m is 970; give metres between"),
        (["gym", "--length", "30"], "--length"),
        (["gym"], "give --out PLAN.json"),
    ],
)
def test_bad_input_gets_one_line_and_exit_2(
    wifiplan: Wifiplan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    """What, where and the way out, on standard error; nothing on standard output, nothing written."""
    (tmp_path / "note.txt").write_text("x")
    (tmp_path / "empty.dxf").write_text("")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "newer.json").write_text('{"format": 99}')
    floorplans.save(floorplans.gym(), tmp_path / "gym.json")
    before = sorted(tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    answer = wifiplan(*arguments)

    assert (2, "") == (answer.code, answer.out)
    assert says in answer.err
    assert 1 == answer.err.count("\n")
    assert before == sorted(tmp_path.iterdir())


def test_out_is_written_whole_or_not_at_all(wifiplan: Wifiplan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills while writing leaves the old plan and no half of a new one."""
    path = tmp_path / "plan.json"
    wifiplan("gym", "--out", path)
    before = path.read_bytes()

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:100])
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    answer = wifiplan("gym", "--length-m", "30", "--out", path)

    assert 1 == answer.code
    assert "no space left on device" in answer.err
    assert before == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_gym_of_a_real_school(wifiplan: Wifiplan, shared: Path, tmp_path: Path) -> None:
    """From the city's open data to a plan, by the school's name."""
    city = shared / "data" / "kashiwa" / "kashiwa_school_buildings_plateau.geojson"
    answer = wifiplan("floorplan", city, "--feature", "shelter=柏市立西原小学校", "--out", tmp_path / "gym.json", "--json")

    assert ("geojson", "柏市立西原小学校", 9.7) == tuple(answer.json[key] for key in ("reader", "name", "height_m"))
    assert pytest.approx(925.5, rel=0.01) == answer.json["area_m2"]
    assert pytest.approx([39.0, 24.0], abs=0.2) == answer.json["extent_m"]
    assert floorplans.load(tmp_path / "gym.json").zones[0].kind == "hall"


def test_a_plan_is_corrected_and_drawn(wifiplan: Wifiplan, tmp_path: Path) -> None:
    """Read, correct, draw: the second plan has what was asked, and the picture is a PNG."""
    wifiplan("gym", "--out", tmp_path / "p.json")
    answer = wifiplan(
        "floorplan-edit", tmp_path / "p.json", "--retype", "kind=concrete=brick", "--picture", tmp_path / "p.png",
        "--out", tmp_path / "q.json", "--json",
    )  # fmt: skip

    assert 0 == answer.code
    assert "concrete" not in answer.json["materials"]
    assert {"metres_per_unit", "evidence"} == set(answer.json["scale"])
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert answer.json["wall_length_m"] == sum(answer.json["materials"].values())


def test_an_edit_that_writes_nowhere_is_refused(wifiplan: Wifiplan, tmp_path: Path) -> None:
    wifiplan("gym", "--out", tmp_path / "p.json")

    assert 2 == wifiplan("floorplan-edit", tmp_path / "p.json", "--drop", "kind=wood").code
