"""How well drawn plans are read: `python tests/benchmarks/floor_plans.py [--shared DIR] [--seeds S …]`.

Prints, kind by kind, precision and recall of the walls by length (within 10 cm and 15 degrees of true ones), area, seconds.
`--seeds` renders and reads storeys drawn by chance only. Large files are in `big_plans.py`, damaged ones in `damaged_plans.py`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import shapely
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import floorplans  # noqa: E402
from floorplans import FloorPlan, FloorPlanError, _dxf  # noqa: E402
from tests.floorplans.drawn import ALL_WRITERS  # noqa: E402

Segment = tuple[tuple[float, float], tuple[float, float]]


def score(found: Sequence[Segment], true: Sequence[Segment], near: float = 0.1, step_m: float = 0.05) -> tuple[float, float]:
    """(precision, recall) by length: the share of each that lies by the other, 15 degrees of turn allowed."""

    def share(these: Sequence[Segment], others: Sequence[Segment]) -> float:
        if not these or not others:
            return 0.0
        tree = shapely.STRtree([shapely.LineString(other) for other in others])
        turns = np.array([math.atan2(b[1] - a[1], b[0] - a[0]) for a, b in others])
        hit = total = 0.0
        for a, b in these:
            length, turn = math.dist(a, b), math.atan2(b[1] - a[1], b[0] - a[0])
            steps = max(2, int(length / step_m))
            f = (np.arange(steps) + 0.5) / steps
            points = shapely.points(a[0] + (b[0] - a[0]) * f, a[1] + (b[1] - a[1]) * f)
            total += length
            at, by = tree.query(points, predicate="dwithin", distance=near)
            alike = np.abs((turns[by] - turn + math.pi / 2) % math.pi - math.pi / 2) < math.radians(15)
            hit += length / steps * len(np.unique(at[alike]))
        return float(hit / total)

    return share(found, true), share(true, found)


def walls(plan: FloorPlan) -> list[Segment]:
    """Axes of a plan where its drawing has them."""
    ox, oy = plan.source.origin_m
    return [((w.start_m[0] + ox, w.start_m[1] + oy), (w.end_m[0] + ox, w.end_m[1] + oy)) for w in plan.walls]


def render(plan: FloorPlan, level: int, px_per_m: float, kind: str, thick_m: float = 0.15) -> tuple[np.ndarray, list[Segment]]:
    """A level as a picture: walls as bars or as two lines, wide openings as thin lines, names; and its walls."""
    storey = plan.levels[level]
    here = [w for w in plan.walls if w.z0_m < storey.ceiling_m - 0.5 and w.z1_m > storey.floor_m + 0.5 and w.length_m > 0.05]
    xs, ys = ([p[k] for w in here for p in (w.start_m, w.end_m)] for k in (0, 1))
    x0, y0, width, height = min(xs) - 2, min(ys) - 2, max(xs) - min(xs) + 4, max(ys) - min(ys) + 4
    picture = np.full((int(height * px_per_m), int(width * px_per_m)), 255, np.uint8)
    mask = np.zeros_like(picture)
    pen = max(1, round(0.02 * px_per_m))

    def px(p: tuple[float, float]) -> tuple[float, float]:
        return (p[0] - x0) * px_per_m, (y0 + height - p[1]) * px_per_m

    def bar(w: Any, u0: float, u1: float, t: float) -> np.ndarray:
        ex, ey = ((w.end_m[k] - w.start_m[k]) / w.length_m for k in (0, 1))
        a, b = ((w.start_m[0] + ex * u, w.start_m[1] + ey * u) for u in (u0, u1))
        n = (-ey * t / 2, ex * t / 2)
        corners = [px((p[0] + s * n[0], p[1] + s * n[1])) for p, s in ((a, 1), (b, 1), (b, -1), (a, -1))]
        return np.round(np.array(corners) * 16).astype(np.int32)

    for w in here:
        t = w.thickness_m or thick_m
        cv2.fillPoly(mask, [bar(w, -t / 2, w.length_m + t / 2, t)], 255, cv2.LINE_AA, 4)
    if kind == "filled":
        picture -= mask
    else:
        edges, _ = cv2.findContours((mask > 127).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(picture, edges, -1, 0, pen)
    for w in here:
        t = w.thickness_m or thick_m
        for hole in w.openings:
            if hole.u1_m - hole.u0_m >= 0.5:
                if kind == "filled":
                    cv2.fillPoly(picture, [bar(w, hole.u0_m, hole.u1_m, t + 0.03)], 255, cv2.LINE_AA, 4)
                cv2.polylines(picture, [bar(w, hole.u0_m, hole.u1_m, t)], True, 0, pen, cv2.LINE_AA, 4)
    for zone in plan.zones:
        if zone.level == level:
            x, y = px(tuple(np.mean(zone.polygon_m, axis=0)))
            cv2.putText(picture, "Room 12", (int(x), int(y)), cv2.FONT_HERSHEY_SIMPLEX, 0.012 * px_per_m, 0, pen, cv2.LINE_AA)
    return picture, [(px(w.start_m), px(w.end_m)) for w in here]


def spoilt(
    picture: np.ndarray, true: list[Segment], turn_deg: float, noise: float, seed: int
) -> tuple[np.ndarray, list[Segment]]:
    """Turned on a larger sheet, with noise, as a scanner gives it."""
    height, width = picture.shape
    m = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 1)
    c, s = abs(m[0, 0]), abs(m[0, 1])
    size = int(height * s + width * c), int(height * c + width * s)
    m[0, 2] += size[0] / 2 - width / 2
    m[1, 2] += size[1] / 2 - height / 2
    turned = cv2.warpAffine(picture, m, size, borderValue=255, flags=cv2.INTER_LINEAR).astype(float)
    out = np.clip(turned + np.random.default_rng(seed).normal(0, noise, turned.shape), 0, 255).astype(np.uint8)
    return out, [(tuple(m @ [*a, 1]), tuple(m @ [*b, 1])) for a, b in true]  # type: ignore[misc]


def house_picture(path: Path, px_per_m: float) -> np.ndarray:
    """A real drawing printed: every visible line and arc, at 1:100 on paper."""
    drawn = _dxf.drawing(path)
    picture = np.full((int(10 * px_per_m), int(12 * px_per_m)), 255, np.uint8)
    pen = max(1, round(0.02 * px_per_m))

    def px(x: float, y: float) -> tuple[int, int]:
        return round((x * 0.1 + 6.5) * px_per_m * 16), round((2.5 - y * 0.1) * px_per_m * 16)

    for line in drawn.lines:
        cv2.line(picture, px(*line.start), px(*line.end), 0, pen, cv2.LINE_AA, 4)
    for arc in drawn.arcs:
        turns = np.radians(np.linspace(arc.start_deg, arc.end_deg, 40))
        points = [px(arc.centre[0] + arc.radius * math.cos(t), arc.centre[1] + arc.radius * math.sin(t)) for t in turns]
        cv2.polylines(picture, [np.array(points, np.int32)], False, 0, pen, cv2.LINE_AA, 4)
    for text in drawn.texts:
        x, y = px(*text.at)
        cv2.putText(picture, "Room", (x // 16, y // 16), cv2.FONT_HERSHEY_SIMPLEX, 0.012 * px_per_m, 0, pen, cv2.LINE_AA)
    return picture


def read_picture(folder: Path, picture: np.ndarray, true: list[Segment], px_per_m: float, quality: int | None) -> str:
    path = folder / ("p.jpg" if quality else "p.png")
    Image.fromarray(picture).save(path, **({"quality": quality} if quality else {}))
    start = time.perf_counter()
    try:
        plan = floorplans.read(path, metres_per_unit=1 / px_per_m)
    except FloorPlanError as error:
        return str(error)[-120:]
    spent_s = time.perf_counter() - start
    height = picture.shape[0]
    metres = [tuple((x / px_per_m, (height - y) / px_per_m) for x, y in segment) for segment in true]
    precision, recall = score(walls(plan), metres)  # type: ignore[arg-type]
    return f"P {precision:.3f} R {recall:.3f} ({len(plan.walls)} walls, {picture.size / 1e6:.1f} Mpx, {spent_s:.1f} s)"


def drawn_by_chance(seed: int) -> FloorPlan:
    """A storey cut into rooms again and again, with doors and windows, inner and outer walls of a thickness each."""
    rng = random.Random(seed)
    width, depth = rng.uniform(14, 40), rng.uniform(9, 24)
    inner_m, outer_m = rng.choice((0.1, 0.12, 0.15, 0.2)), rng.choice((0.15, 0.2, 0.25, 0.3, 0.45))
    lines: list[tuple[Segment, bool]] = []
    corners = [(0.0, 0.0), (width, 0.0), (width, depth), (0.0, depth), (0.0, 0.0)]
    lines += [(side, True) for side in itertools.pairwise(corners)]
    todo = [(0.0, 0.0, width, depth)]
    while todo:
        x0, y0, x1, y1 = todo.pop()
        if max(x1 - x0, y1 - y0) < rng.uniform(4.5, 9.0):
            continue
        at = rng.uniform(0.35, 0.65)
        if x1 - x0 > y1 - y0:
            x = x0 + at * (x1 - x0)
            lines.append((((x, y0), (x, y1)), False))
            todo += [(x0, y0, x, y1), (x, y0, x1, y1)]
        else:
            y = y0 + at * (y1 - y0)
            lines.append((((x0, y), (x1, y)), False))
            todo += [(x0, y0, x1, y), (x0, y, x1, y1)]
    made = []
    for (a, b), outer in lines:
        length = math.dist(a, b)
        holes = []
        for _ in range(rng.randint(1, max(1, int(length / 6))) if length > 3 else 0):
            wide = rng.choice((0.8, 0.9, 1.2, 1.8)) if not outer else rng.choice((0.9, 1.6, 2.5, 3.4))
            u = rng.uniform(0.5, max(0.6, length - wide - 0.5))
            if u + wide < length - 0.4 and all(u > hole.u1_m + 0.4 or u + wide < hole.u0_m - 0.4 for hole in holes):
                holes.append(floorplans.Opening(u0_m=u, u1_m=u + wide, z0_m=0.0, z1_m=2.0, material=None))
        thick = outer_m if outer else inner_m
        made.append(
            floorplans.Wall(start_m=a, end_m=b, z0_m=0.0, z1_m=3.0, material="concrete", thickness_m=thick, openings=tuple(holes))
        )
    level = floorplans.Level(name="1F", floor_m=0.0, ceiling_m=3.0, outline_m=tuple(corners[:-1]))
    zones = tuple(
        floorplans.Zone(name="Room", polygon_m=((x, y), (x + 1, y), (x + 1, y + 1)), level=0)
        for x, y in ((rng.uniform(1, width - 2), rng.uniform(1, depth - 2)) for _ in range(6))
    )
    return floorplans.FloorPlan(name=f"by chance {seed}", levels=(level,), walls=tuple(made), zones=zones)


def pictures(folder: Path, shared: Path, seeds: Sequence[int]) -> None:
    plans = [drawn_by_chance(seed) for seed in seeds] or [floorplans.sample(name) for name in floorplans.SAMPLES]
    for name in () if seeds else ("imdf_university", "Ifc2x3_Duplex_Architecture.ifc", "AC20-FZK-Haus.ifc"):
        path = shared / "data" / "plans" / name
        if path.exists():
            plans.append(floorplans.read(path))
        else:
            print(f"{name}: not there, left out")
    seen = Counter[str]()
    for plan in plans:
        for level in range(min(2, len(plan.levels))):
            for kind, px_per_m, turn_deg, noise, quality in (
                ("filled", 20.0, 0.0, 0.0, None),
                ("filled", 30.0, 3.0, 8.0, 50),
                ("double", 60.0, 0.0, 0.0, None),
                ("double", 60.0, 3.0, 8.0, 50),
            ):
                picture, true = render(plan, level, px_per_m, kind)
                if turn_deg:
                    picture, true = spoilt(picture, true, turn_deg, noise, seed=len(seen))
                seen["pictures"] += 1
                print(f"{plan.name[:24]} level {level}, {kind} {px_per_m:g} px/m, {turn_deg:g} deg:", end=" ")
                print(read_picture(folder, picture, true, px_per_m, quality), flush=True)


def real_house(folder: Path, shared: Path) -> None:
    plans = shared / "data" / "plans"
    if not (plans / "木造平面例.truth.json").exists():
        print(f"real house: not there ({plans}), left out")
        return
    truth = json.loads((plans / "木造平面例.truth.json").read_text(encoding="utf-8"))
    true = [tuple(map(tuple, wall)) for wall in truth["walls"]]
    for suffix, unit in ((".dxf", 0.1), (".jww", None)):
        start = time.perf_counter()
        plan = floorplans.read(plans / f"木造平面例{suffix}", metres_per_unit=unit)
        precision, recall = score(walls(plan), true)
        spent_s = time.perf_counter() - start
        print(f"house{suffix}: P {precision:.3f} R {recall:.3f}, {plan.area_m2:.1f} m2, {len(plan.zones)} rooms, {spent_s:.2f} s")
    for px_per_m, turn_deg in ((100.0, 3.0), (100.0, -3.0), (118.0, 1.0), (60.0, 3.0)):
        picture = house_picture(plans / "木造平面例.dxf", px_per_m)
        in_px = [tuple(((x + 6.5) * px_per_m, (2.5 - y) * px_per_m) for x, y in wall) for wall in true]
        picture, in_px = spoilt(picture, in_px, turn_deg, 8.0, seed=7)  # type: ignore[arg-type]
        print(f"house printed and scanned, {px_per_m:g} px/m, {turn_deg:g} deg:", end=" ")
        print(read_picture(folder, picture, in_px, px_per_m, 50), flush=True)


def one_gym(folder: Path) -> None:
    gym = floorplans.gym(name="gym")
    length_m = sum(wall.length_m for wall in gym.walls)
    true = [(w.start_m, w.end_m) for w in gym.walls]
    for name, write in ALL_WRITERS.items():
        path, options = write(gym, folder / "gym")
        plan = floorplans.read(path, **options)
        found = [(w.start_m, w.end_m) for w in plan.walls]
        precision, recall = score(found, true, near=0.05)
        ratio = sum(w.length_m for w in plan.walls) / length_m
        print(f"gym as {name}: wall length {ratio - 1:+.2%}, P {precision:.3f} R {recall:.3f} at 5 cm")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.seeds:
            pictures(folder, options.shared, options.seeds)
        else:
            one_gym(folder)
            real_house(folder, options.shared)
            pictures(folder, options.shared, ())


if __name__ == "__main__":
    main()
