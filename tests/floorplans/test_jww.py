"""Jw_cad drawings: the scale of each layer group from the header, the same walls as in the DXF made from them."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path

import ezjww
import pytest

import floorplans
from floorplans import FloorPlan, FloorPlanError, GeometryError


def written(path: Path, scale: float = 100.0, layer: str = "壁", shown: int = 2) -> Path:
    """A hall of 12 x 8 m on one layer, its name on another group with another scale."""
    document = ezjww.new(paper_size=3)
    group, names = document.options["layer_groups"][0], document.options["layer_groups"][1]
    group["scale"], names["scale"] = scale, 50.0
    group["layers"][1].update(name=layer, state=shown)
    space = document.modelspace()
    points = [(0, 0), (12_000, 0), (12_000, 8_000), (0, 8_000), (0, 0)]
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        space.add_line((x0 / scale, y0 / scale), (x1 / scale, y1 / scale), jwwattribs={"layer": 1})
    space.add_text("体育館", (100, 70), (140, 70), jwwattribs={"layer": 0, "layer_group": 1})
    document.saveas(str(path))
    return path


@pytest.mark.parametrize("scale", [50.0, 100.0, 200.0])
def test_the_header_gives_the_scale_of_each_group(tmp_path: Path, scale: float) -> None:
    """Nobody is asked; the name on another group lands in the hall."""
    plan = floorplans.read(written(tmp_path / "館.jww", scale))

    assert 96.0 == pytest.approx(plan.area_m2)
    assert {"concrete": pytest.approx(40.0)} == plan.wall_length_by_material_m()
    assert ["体育館"] == [zone.name for zone in plan.zones]
    assert scale / 1000 == plan.source.metres_per_unit


def test_hidden_layers_are_left_out(tmp_path: Path) -> None:
    with pytest.raises(FloorPlanError, match="left out: 4 hidden"):
        floorplans.read(written(tmp_path / "館.jww", shown=0))


@pytest.mark.parametrize("cut", [8, 200, 3_000])
def test_damaged_files_are_one_line(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path / "館.jww")
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(FloorPlanError) as caught:
        floorplans.read(path)

    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def score(plan: FloorPlan, truth: list[list[list[float]]]) -> tuple[float, float]:
    """(precision, recall) by length of the plan's walls against true ones, within 10 cm and 15 degrees."""
    ox, oy = plan.source.origin_m
    found = [((w.start_m[0] + ox, w.start_m[1] + oy), (w.end_m[0] + ox, w.end_m[1] + oy)) for w in plan.walls]

    def share(these: list, others: list) -> float:  # type: ignore[type-arg]
        hit = total = 0.0
        for a, b in these:
            length = math.dist(a, b)
            steps = max(2, int(length / 0.05))
            for k in range(steps):
                f = (k + 0.5) / steps
                p = (a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f)
                total += length / steps
                for c, d in others:
                    long = math.dist(c, d)
                    e = ((d[0] - c[0]) / long, (d[1] - c[1]) / long)
                    along = (p[0] - c[0]) * e[0] + (p[1] - c[1]) * e[1]
                    off = abs((p[0] - c[0]) * e[1] - (p[1] - c[1]) * e[0])
                    turn = abs((b[0] - a[0]) * e[1] - (b[1] - a[1]) * e[0]) / length
                    if -0.1 <= along <= long + 0.1 and off <= 0.1 and turn < 0.26:
                        hit += length / steps
                        break
        return hit / total

    return share(found, truth), share(truth, found)


@pytest.mark.parametrize(("suffix", "scale"), [(".jww", None), (".dxf", 0.1)])
def test_a_real_house(shared: Path, suffix: str, scale: float | None) -> None:
    """53.4 m2, nine rooms with their names, the 14 walls, and the same from both files."""
    plans = shared / "data" / "plans"
    truth = json.loads((plans / "木造平面例.truth.json").read_text(encoding="utf-8"))
    plan = floorplans.read(plans / f"木造平面例{suffix}", metres_per_unit=scale)
    precision, recall = score(plan, truth["walls"])

    assert truth["area_m2"] == pytest.approx(plan.area_m2, rel=0.03)
    assert truth["rooms"] == len(plan.zones)
    assert recall >= 0.98
    assert precision >= 0.9


def test_a_real_site_plan_is_refused(shared: Path) -> None:
    with pytest.raises(GeometryError, match="not a floor plan but a site"):
        floorplans.read(shared / "data" / "plans" / "敷地図.jww")


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        (lambda number: [number - 1] * 12 if number else [], "more than 200000; save the walls only"),
        (lambda _: [0], "a block holds itself"),
    ],
)
def test_blocks_that_unfold_without_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: Callable[[int], list[int]], says: str
) -> None:
    """12 copies in each of 9 levels are five thousand million entities: each block is counted once, none is unfolded."""
    path = written(tmp_path / "館.jww")
    document = dict(ezjww.read_document(str(path)))
    base = document["entities"][0]["base"]

    def insert(number: int) -> dict[str, object]:
        return {"type": "BLOCK", "def_number": number, "base": base}

    document["block_defs"] = [{"number": number, "entities": [insert(one) for one in inside(number)]} for number in range(10)]
    document["entities"] = [*document["entities"], insert(9)]
    monkeypatch.setattr(ezjww, "read_document", lambda _: document)

    with pytest.raises(FloorPlanError, match=says):
        floorplans.read(path)
