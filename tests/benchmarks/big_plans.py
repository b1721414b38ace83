"""Files of 10 MB and pictures of 40 million pixels: `python tests/benchmarks/big_plans.py [KIND …] [--mb 10] [--repeat 3]`.

A building of many like rooms with doors, desks and names, in each format; each is read in a process of its own. Prints the
seconds of computing and by the clock, the peak of memory, and precision and recall of the walls.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.floor_plans import Segment, score  # noqa: E402
from tests.floorplans.drawn import pdf_of  # noqa: E402
from tests.floorplans.ifc_text import IfcText  # noqa: E402

WALL_M, WIDE_M, DEEP_M, DOOR_M = 0.15, 6.15, 5.15, 0.9

PROGRAM = """
import json, resource, sys, time
import floorplans
start, computed = time.perf_counter(), time.process_time()
plan = floorplans.read(sys.argv[1], **json.loads(sys.argv[2]))
spent, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
ox, oy = plan.source.origin_m
print(json.dumps({
    "clock_s": spent,
    "computing_s": time.process_time() - computed + used.ru_utime + used.ru_stime,
    "mb": max(float(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]), used.ru_maxrss) / 1024,
    "walls": [((w.start_m[0] + ox, w.start_m[1] + oy), (w.end_m[0] + ox, w.end_m[1] + oy)) for w in plan.walls],
    "spaces": len(plan.zones), "warnings": list(plan.source.warnings),
}))
"""
"""Reading alone, libraries included, and what a process of the reader's own uses. `ru_maxrss` would be that of who started it."""


class Block:
    """So many columns and rows of rooms in metres: what is drawn, and its walls; walls stand on a grid, doors lead north."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.size_m = (columns * WIDE_M + WALL_M, rows * DEEP_M + WALL_M)
        self.walls: list[Segment] = [((0.0, y * DEEP_M), (columns * WIDE_M, y * DEEP_M)) for y in range(rows + 1)]
        self.walls += [((x * WIDE_M, 0.0), (x * WIDE_M, rows * DEEP_M)) for x in range(columns + 1)]
        half = WALL_M / 2
        width, depth = columns * WIDE_M, rows * DEEP_M
        ring = [(-half, -half), (width + half, -half), (width + half, depth + half), (-half, depth + half), (-half, -half)]
        self.lines: list[Segment] = list(itertools.pairwise(ring))
        self.arcs: list[tuple[tuple[float, float], float, float, float]] = []
        self.names: list[tuple[str, tuple[float, float]]] = []
        for column, row in itertools.product(range(columns), range(rows)):
            self._room(column, row)

    def _room(self, column: int, row: int) -> None:
        half = WALL_M / 2
        x0, y0 = column * WIDE_M + half, row * DEEP_M + half
        x1, y1 = x0 + WIDE_M - WALL_M, y0 + DEEP_M - WALL_M
        door0, door1 = x0 + 1.0, x0 + 1.0 + DOOR_M
        self.lines += [((x0, y0), (x0, y1)), ((x1, y0), (x1, y1))]
        for y, open_ in ((y0, row > 0), (y1, row + 1 < self.rows)):
            self.lines += [((x0, y), (door0, y)), ((door1, y), (x1, y))] if open_ else [((x0, y), (x1, y))]
        if row + 1 < self.rows:
            self.lines += [((door, y1), (door, y1 + WALL_M)) for door in (door0, door1)]
            self.lines.append(((door0, y1), (door0, y1 - DOOR_M)))
            self.arcs.append(((door0, y1), DOOR_M, 270.0, 360.0))
        for i, j in itertools.product(range(3), range(2)):
            dx, dy = x0 + 1.3 + 1.5 * i, y0 + 0.9 + 1.7 * j
            self.lines += list(itertools.pairwise([(dx, dy), (dx + 1, dy), (dx + 1, dy + 0.7), (dx, dy + 0.7), (dx, dy)]))
        self.names.append((f"教室{column + 1}-{row + 1}", (x0 + 2.0, y0 + 4.3)))


def _sized(write: Callable[[Path, Block], None], path: Path, mb: float) -> Block:
    """The block of rooms whose file has about so many megabytes."""
    block = Block(12, 10)
    write(path, block)
    share = math.sqrt(mb * 1e6 / path.stat().st_size)
    block = Block(max(1, round(12 * share)), max(1, round(10 * share)))
    write(path, block)
    return block


def as_dxf(path: Path, block: Block) -> None:
    import ezdxf

    document = ezdxf.new("R2010", units=4)  # type: ignore[attr-defined]
    space = document.modelspace()
    for n, (a, b) in enumerate(block.lines):
        space.add_line((a[0] * 1000, a[1] * 1000), (b[0] * 1000, b[1] * 1000), dxfattribs={"layer": f"0-{n % 8}"})
    for centre, radius, start, end in block.arcs:
        space.add_arc((centre[0] * 1000, centre[1] * 1000), radius * 1000, start, end, dxfattribs={"layer": "0-1"})
    for name, (x, y) in block.names:
        space.add_text(name, dxfattribs={"insert": (x * 1000, y * 1000), "height": 300, "layer": "0-9"})
    document.saveas(path)


def as_jww(path: Path, block: Block) -> None:
    import ezjww

    document = ezjww.new(paper_size=3)
    group = document.options["layer_groups"][0]
    group["scale"] = 100.0
    for number, layer in enumerate(group["layers"]):
        layer["name"] = f"0-{number:X}"
    space = document.modelspace()
    for a, b in block.lines:
        space.add_line((a[0] * 10, a[1] * 10), (b[0] * 10, b[1] * 10), jwwattribs={"layer": 1})
    for name, (x, y) in block.names:
        space.add_text(name, (x * 10, y * 10), (x * 10 + 9, y * 10), jwwattribs={"layer": 2})
    document.saveas(str(path))


def as_svg(path: Path, block: Block) -> None:
    """As Inkscape writes it, a style with each path; millimetres at 1:1."""
    height = block.size_m[1]
    style = "stroke:#000000;stroke-width:25;fill:none;stroke-linecap:butt;stroke-linejoin:miter"
    strokes = "".join(
        f'<path id="p{n}" style="{style}" d="M {a[0] * 1000:.3f},{(height - a[1]) * 1000:.3f} '
        f'L {b[0] * 1000:.3f},{(height - b[1]) * 1000:.3f}"/>\n'
        for n, (a, b) in enumerate(block.lines)
    )
    texts = "".join(
        f'<text x="{x * 1000:.1f}" y="{(height - y) * 1000:.1f}" font-size="300">{name}</text>\n' for name, (x, y) in block.names
    )
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{strokes}{texts}</svg>', encoding="utf-8")


def as_pdf(path: Path, block: Block) -> None:
    """As a CAD program prints it, the state of the pen with each line."""
    k = 72 / 0.0254 / 100
    strokes = "".join(
        f"q\n1 0 0 1 0 0 cm\n0 0 0 RG\n0.36 w\n1 J\n1 j\n[] 0 d\n{a[0] * k + 9:.5f} {a[1] * k + 9:.5f} m\n"
        f"{b[0] * k + 9:.5f} {b[1] * k + 9:.5f} l\nS\nQ\n"
        for a, b in block.lines
    )
    path.write_bytes(pdf_of(strokes, block.size_m[0] * k + 18, block.size_m[1] * k + 18))


def as_geojson(path: Path, block: Block) -> None:
    """Walls with their doors and rooms, as our own writer and QGIS give them, in local metres."""
    features: list[dict[str, Any]] = []

    def add(shape: str, coordinates: Any, **properties: Any) -> None:
        features.append({"type": "Feature", "geometry": {"type": shape, "coordinates": coordinates}, "properties": properties})

    for column, row in itertools.product(range(block.columns), range(block.rows)):
        x0, y0 = column * WIDE_M, row * DEEP_M
        door = [{"u0_m": 1.0, "u1_m": 1.9, "z0_m": 0.0, "z1_m": 2.0, "material": "wood"}]
        for ends, openings in (([[x0, y0], [x0 + WIDE_M, y0]], door), ([[x0, y0], [x0, y0 + DEEP_M]], [])):
            note = "measured on site, drawn after the survey of the building's fabric by the facility office"
            add("LineString", ends, part="wall", material="concrete", z0_m=0.0, z1_m=3.0, openings=openings, note=note)
        ring = [[x0, y0], [x0 + WIDE_M, y0], [x0 + WIDE_M, y0 + DEEP_M], [x0, y0 + DEEP_M], [x0, y0]]
        add("Polygon", [ring], part="zone", kind="classroom", name=f"教室{column}-{row}", note=note)
    width, depth = block.columns * WIDE_M, block.rows * DEEP_M
    for ends in ([[0.0, depth], [width, depth]], [[width, 0.0], [width, depth]]):
        add("LineString", ends, part="wall", material="concrete", z0_m=0.0, z1_m=3.0)
    path.write_text(json.dumps({"type": "FeatureCollection", "units": "m", "features": features}, indent=1), encoding="utf-8")


def as_ifc(path: Path, block: Block) -> None:
    made = IfcText(schema="IFC4")
    made.level("1F", 0.0)
    half = WALL_M / 2
    for column, row in itertools.product(range(block.columns), range(block.rows)):
        x0, y0 = column * WIDE_M, row * DEEP_M
        south = (x0 - half, y0 - half, x0 + WIDE_M + half, y0 + half, 0.0, 3.0)
        wall = made.wall(f"south {column} {row}", "1F", south, ("Concrete", WALL_M))
        made.opening(wall, "IFCDOOR", "door", "1F", (x0 + 1.0, y0 - half, x0 + 1.9, y0 + half, 0.0, 2.0))
        made.wall(f"west {column} {row}", "1F", (x0 - half, y0, x0 + half, y0 + DEEP_M, 0.0, 3.0), ("Concrete", WALL_M))
        for name in (f"south {column} {row}", f"west {column} {row}"):
            # What a modelling program says of each element takes most of its file.
            said = [made.add(f"IFCPROPERTYSINGLEVALUE('{name} property {n}',$,IFCLABEL('value {n * n}'),$)") for n in range(40)]
            made.add(f"IFCPROPERTYSET({made.guid()},$,'Pset_{name}',$,({','.join(f'#{one}' for one in said)}))")
        made.space(f"R{column}-{row}", "1F", (x0 + half, y0 + half, x0 + WIDE_M - half, y0 + DEEP_M - half, 0.0, 3.0))
    width, depth = block.columns * WIDE_M, block.rows * DEEP_M
    made.wall("north", "1F", (-half, depth - half, width + half, depth + half, 0.0, 3.0), ("Concrete", WALL_M))
    made.wall("east", "1F", (width - half, 0.0, width + half, depth, 0.0, 3.0), ("Concrete", WALL_M))
    path.write_text(made.text, encoding="ascii", errors="replace")


def as_picture(path: Path, block: Block, px_per_m: float, noise: float) -> None:
    """Walls as bars or as two lines, as `block` is drawn; a scan's grain where there is noise."""
    import cv2
    from PIL import Image

    width, height = (int((side + 4) * px_per_m) for side in block.size_m)
    picture = np.full((height, width), 255, np.uint8)

    def px(point: tuple[float, float]) -> tuple[int, int]:
        return round((point[0] + 2) * px_per_m), round(height - (point[1] + 2) * px_per_m)

    for a, b in block.lines:
        cv2.line(picture, px(a), px(b), 0, 2)
    if noise:
        grain = np.random.default_rng(3).normal(0, noise, picture.shape).astype(np.float32)
        picture = np.clip(picture + grain, 0, 255).astype(np.uint8)
    Image.fromarray(picture).save(path, compress_level=1)


def _measured(path: Path, options: dict[str, Any], true: list[Segment], repeat: int, bar_s: float) -> None:
    runs = []
    for _ in range(repeat):
        command = [sys.executable, "-c", PROGRAM, str(path), json.dumps(options)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            print(f"{path.name}: {done.stderr.strip().splitlines()[-1][-200:]}", flush=True)
            return
        runs.append(json.loads(done.stdout))
    answer = sorted(runs, key=lambda run: run["computing_s"])[len(runs) // 2]
    precision, recall = score(answer["walls"], true, step_m=0.25)
    print(
        f"{path.name}: {path.stat().st_size / 1e6:.1f} MB: {answer['computing_s']:.1f} s of computing (bar {bar_s:g}), "
        f"{answer['clock_s']:.1f} s by the clock, {answer['mb']:.0f} MB; {len(answer['walls'])} walls, P {precision:.3f} "
        f"R {recall:.3f}, {answer['spaces']} spaces",
        flush=True,
    )


WRITERS: dict[str, tuple[Callable[[Path, Block], None], dict[str, Any]]] = {
    "dxf": (as_dxf, {}),
    "jww": (as_jww, {}),
    "svg": (as_svg, {"metres_per_unit": 0.001}),
    "pdf": (as_pdf, {"metres_per_unit": 0.0254 / 72 * 100}),
    "geojson": (as_geojson, {}),
    "ifc": (as_ifc, {}),
}

PICTURES = {"40 Mpx, clean": (14, 13, 75.0, 0.0), "40 Mpx, noise": (14, 13, 75.0, 10.0), "114 Mpx, noise": (20, 15, 105.0, 10.0)}
"""Columns and rows of rooms, pixels a metre, grain."""


def main() -> None:
    """Write, read and judge what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    parser.add_argument("--mb", type=float, default=10.0)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    kinds = options.kinds or [*WRITERS, "png"]
    if unknown := sorted({*kinds} - {*WRITERS, "png"}):
        parser.error(f"unknown: {', '.join(unknown)}; one of {', '.join([*WRITERS, 'png'])}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in kinds:
            if kind in WRITERS:
                write, given = WRITERS[kind]
                path = folder / f"rooms.{kind}"
                start = time.perf_counter()
                block = _sized(write, path, options.mb)
                print(f"{block.columns} x {block.rows} rooms written in {time.perf_counter() - start:.0f} s;", end=" ")
                _measured(path, given, _where_read(kind, block), options.repeat, 8)
        for said, (columns, rows, px_per_m, noise) in PICTURES.items() if "png" in kinds else ():
            path = folder / "rooms.png"
            block = Block(columns, rows)
            as_picture(path, block, px_per_m, noise)
            true = [tuple((x + 2, y + 2) for x, y in wall) for wall in block.walls]
            print(f"{said},", end=" ")
            _measured(path, {"metres_per_unit": 1 / px_per_m}, true, options.repeat, 15)  # type: ignore[arg-type]


def _where_read(kind: str, block: Block) -> list[Segment]:
    """The true walls in the coordinates of the file: SVG has y from the top, a PDF a margin."""
    margin_m = 9 / (72 / 0.0254 / 100) if kind == "pdf" else 0.0
    lift_m = block.size_m[1] * 0 if kind != "svg" else -block.size_m[1]
    return [tuple((x + margin_m, y + margin_m + lift_m) for x, y in wall) for wall in block.walls]  # type: ignore[misc]


if __name__ == "__main__":
    main()
