"""How well drawn plans are read: `python tests/benchmarks/floor_plans.py [--shared DIR] [--damage N] [--big]`.

Prints, kind by kind, precision and recall of the walls by length (within 10 cm and 15 degrees of true ones), area, seconds.
`--damage N` reads N damaged drawings over all drawn kinds, `--big` times files of about 10 MB with their peak memory.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import resource
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
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
from tests.floorplans.damage import damaged  # noqa: E402
from tests.floorplans.drawn import ALL_WRITERS, WRITERS, as_png  # noqa: E402

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


def pictures(folder: Path, shared: Path) -> None:
    plans = [floorplans.sample(name) for name in floorplans.SAMPLES]
    for name in ("imdf_university", "Ifc2x3_Duplex_Architecture.ifc", "AC20-FZK-Haus.ifc"):
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


def big(folder: Path) -> None:
    """Files of about 10 MB: a block of rooms, over and over."""
    rooms: list[Segment] = []
    for column in range(60):
        for row in range(60):
            x, y = column * 6.2, row * 5.2
            for d in (0.0, 0.1):
                corners = [(x + d, y + d), (x + 6.1 - d, y + d), (x + 6.1 - d, y + 5.1 - d), (x + d, y + 5.1 - d), (x + d, y + d)]
                rooms += list(itertools.pairwise(corners))
    for name, write in big_writers().items():
        path = folder / f"big.{name}"
        write(path, rooms)
        start = time.perf_counter()
        said = "read"
        try:
            plan = floorplans.read(path, metres_per_unit=0.001)
            said = f"{len(plan.walls)} walls"
        except FloorPlanError as error:
            said = str(error)[-100:]
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size_mb = path.stat().st_size / 1e6
        print(
            f"{name}: {size_mb:.1f} MB in {time.perf_counter() - start:.1f} s, peak so far {peak_mb:.0f} MB: {said}", flush=True
        )


def big_writers() -> dict[str, Callable[[Path, list[Segment]], None]]:
    def dxf(path: Path, lines: list[Segment]) -> None:
        body = "".join(
            f"  0\nLINE\n  8\n0-{n % 8}\n 62\n{n % 7}\n 10\n{a[0] * 1000:.9f}\n 20\n{a[1] * 1000:.9f}\n 30\n0.000000000000\n"
            f" 11\n{b[0] * 1000:.9f}\n 21\n{b[1] * 1000:.9f}\n 31\n0.000000000000\n 39\n0.00000000000000000000\n"
            for n, (a, b) in enumerate(lines * 2)
        )
        path.write_text(f"  0\nSECTION\n  2\nENTITIES\n{body}  0\nENDSEC\n  0\nEOF\n", encoding="ascii")

    def svg(path: Path, lines: list[Segment]) -> None:
        strokes = "".join(
            f'<path id="n{n}" style="stroke:#000000;stroke-width:0.25;fill:none;stroke-linecap:butt;stroke-linejoin:miter" '
            f'd="M {a[0] * 1000:.6f},{a[1] * 1000:.6f} L {b[0] * 1000:.6f},{b[1] * 1000:.6f}"/>\n'
            for n, (a, b) in enumerate(lines * 2)
        )
        path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">{strokes}</svg>', encoding="utf-8")

    return {"dxf": dxf, "svg": svg}


def damage(folder: Path, number: int) -> None:
    """Damaged drawings of every drawn kind: what is met, and the slowest."""
    gym = floorplans.gym(name="gym")
    rng = random.Random(1)
    met: Counter[str] = Counter()
    slowest = (0.0, "")
    for kind, write in WRITERS.items():
        path, _ = as_png(gym, folder / "d", 20.0) if kind == "png" else write(gym, folder / "d")
        data = path.read_bytes()
        for _ in range(number // len(WRITERS)):
            bad = damaged(kind, data, rng)
            path.write_bytes(bad)
            start = time.perf_counter()
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    floorplans.read(path, metres_per_unit=0.05 if kind == "png" else None)
                met[f"{kind} read"] += 1
            except FloorPlanError as error:
                met[f"{kind} refused" if "\n" not in str(error) else f"{kind} WITH A LINE BREAK"] += 1
            except Exception as error:  # noqa: BLE001
                met[f"{kind} FAULT {type(error).__name__}: {str(error)[:80]}"] += 1
                Path(tempfile.gettempdir(), f"fault.{path.suffix[1:]}").write_bytes(bad)
            slowest = max(slowest, (time.perf_counter() - start, kind))
    print(f"{sum(met.values()):,} damaged drawings: {dict(met)}; slowest {slowest[0]:.1f} s ({slowest[1]})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--damage", type=int, default=0)
    parser.add_argument("--big", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.damage:
            damage(folder, options.damage)
        elif options.big:
            big(folder)
        else:
            one_gym(folder)
            real_house(folder, options.shared)
            pictures(folder, options.shared)


if __name__ == "__main__":
    main()
