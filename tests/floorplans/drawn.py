"""One plan in every format: drawn, the faces of its walls as two lines and names as texts; as objects, walls and rooms."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf
import ezjww
from PIL import Image, ImageDraw

from floorplans import FloorPlan, exchange
from floorplans.drawing import Point
from tests.floorplans.ifc_text import IfcText

WALL_M = 0.2
SHEET = 100
"""Paper formats are drawn at 1:100."""


def faces(plan: FloorPlan, thickness_m: float = WALL_M) -> list[tuple[Point, Point]]:
    """The edges of the union of the walls' bodies: what a draughtsman draws."""
    import shapely

    bodies = [
        shapely.LineString([wall.start_m, wall.end_m]).buffer(thickness_m / 2, cap_style="square", join_style="mitre")
        for wall in plan.walls
    ]
    whole = shapely.set_precision(shapely.union_all(bodies), 0.001)
    out = []
    for part in getattr(whole, "geoms", [whole]):
        for ring in (part.exterior, *part.interiors):
            points = [(float(x) + 3, float(y) + 3) for x, y in ring.coords]
            out += list(itertools.pairwise(points))
    return out


def names(plan: FloorPlan) -> list[tuple[str, Point]]:
    out = []
    for zone in plan.zones:
        xs, ys = zip(*zone.polygon_m, strict=True)
        out.append((zone.name, (sum(xs) / len(xs) + 3, sum(ys) / len(ys) + 3)))
    return out


def size_m(plan: FloorPlan) -> tuple[float, float]:
    x0, y0, x1, y1 = plan.extent_m
    return x1 - x0 + 6, y1 - y0 + 6


def as_dxf(plan: FloorPlan, path: Path) -> tuple[Path, dict[str, Any]]:
    document = ezdxf.new("R2000", units=4)  # type: ignore[attr-defined]
    space = document.modelspace()
    for a, b in faces(plan):
        space.add_line((a[0] * 1000, a[1] * 1000), (b[0] * 1000, b[1] * 1000), dxfattribs={"layer": "0-1"})
    for name, (x, y) in names(plan):
        space.add_text(name, dxfattribs={"insert": (x * 1000, y * 1000), "height": 300, "layer": "0-2"})
    document.saveas(path.with_suffix(".dxf"))
    return path.with_suffix(".dxf"), {}


def as_jww(plan: FloorPlan, path: Path) -> tuple[Path, dict[str, Any]]:
    document = ezjww.new(paper_size=3)
    document.options["layer_groups"][0]["scale"] = float(SHEET)
    for number, layer in enumerate(document.options["layer_groups"][0]["layers"]):
        layer["name"] = f"0-{number:X}"
    space = document.modelspace()
    k = 1000 / SHEET
    for a, b in faces(plan):
        space.add_line((a[0] * k, a[1] * k), (b[0] * k, b[1] * k), jwwattribs={"layer": 1})
    for name, (x, y) in names(plan):
        space.add_text(name, (x * k - 5, y * k), (x * k + 5, y * k), jwwattribs={"layer": 2})
    document.saveas(str(path.with_suffix(".jww")))
    return path.with_suffix(".jww"), {}


def as_svg(plan: FloorPlan, path: Path) -> tuple[Path, dict[str, Any]]:
    """Millimetres on paper, y down, the scale in the title."""
    w, h = (side * 1000 / SHEET for side in size_m(plan))
    k = 1000 / SHEET
    strokes = "".join(f'<path d="M{a[0] * k:.4f} {h - a[1] * k:.4f}L{b[0] * k:.4f},{h - b[1] * k:.4f}"/>' for a, b in faces(plan))
    texts = "".join(f'<text x="{x * k:.2f}" y="{h - y * k:.2f}" font-size="3">{name}</text>' for name, (x, y) in names(plan))
    path = path.with_suffix(".svg")
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{w:.3f}mm" height="{h:.3f}mm" viewBox="0 0 {w:.3f} {h:.3f}">'
        f'<rect width="{w:.3f}" height="{h:.3f}" fill="white"/><g stroke="black" stroke-width="0.2" fill="none">{strokes}</g>'
        f'<g fill="black">{texts}<text x="2" y="4" font-size="3">平面図 S=1/{SHEET}</text></g></svg>',
        encoding="utf-8",
    )
    return path, {}


def pdf_of(content: str, width: float, height: float) -> bytes:
    """A PDF of one page with this content."""
    stream = content.encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.2f} {height:.2f}] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + end % (len(objects) + 1, table, len(objects) + 1, len(out))


def as_pdf(plan: FloorPlan, path: Path) -> tuple[Path, dict[str, Any]]:
    """Points on paper, the scale in the title; white strokes, as Jw_cad prints its seventh colour."""
    k = 72 / 0.0254 / SHEET
    w, h = (side * k for side in size_m(plan))
    strokes = "".join(f"{a[0] * k:.4f} {a[1] * k:.4f} m {b[0] * k:.4f} {b[1] * k:.4f} l S\n" for a, b in faces(plan))
    title = f"BT /F1 8 Tf 10 10 Td (FLOOR PLAN S=1/{SHEET}) Tj ET\n"
    path = path.with_suffix(".pdf")
    path.write_bytes(pdf_of(f"1 1 1 RG 0.3 w\n{strokes}{title}", w, h))
    return path, {}


def as_png(plan: FloorPlan, path: Path, px_per_m: float = 60.0) -> tuple[Path, dict[str, Any]]:
    w, h = (math.ceil(side * px_per_m) for side in size_m(plan))
    picture = Image.new("L", (w, h), 255)
    pen = ImageDraw.Draw(picture)
    for a, b in faces(plan):
        pen.line([a[0] * px_per_m, h - a[1] * px_per_m, b[0] * px_per_m, h - b[1] * px_per_m], fill=0, width=1)
    picture.save(path.with_suffix(".png"))
    return path.with_suffix(".png"), {"metres_per_unit": 1 / px_per_m}


WRITERS: dict[str, Callable[[FloorPlan, Path], tuple[Path, dict[str, Any]]]] = {
    "dxf": as_dxf,
    "jww": as_jww,
    "svg": as_svg,
    "pdf": as_pdf,
    "png": as_png,
}


def as_ifc(plan: FloorPlan, path: Path) -> tuple[Path, dict[str, Any]]:
    """Walls as boxes with their openings, rooms as spaces, in millimetres."""
    made = IfcText(milli=True)
    made.level("1F", 0.0)
    half = WALL_M / 2
    for number, wall in enumerate(plan.walls):
        (x0, y0), (x1, y1) = sorted((wall.start_m, wall.end_m))
        level = y0 == y1
        corners = (x0 - half, y0 - half, x1 + half, y1 + half, wall.z0_m, wall.z1_m)
        host = made.wall(f"wall {number}", "1F", corners, ("Concrete", WALL_M))
        begin = wall.start_m == (x0, y0)
        for hole in wall.openings:
            u0, u1 = (hole.u0_m, hole.u1_m) if begin else (wall.length_m - hole.u1_m, wall.length_m - hole.u0_m)
            span = (x0 + u0, y0 - half, x0 + u1, y0 + half) if level else (x0 - half, y0 + u0, x0 + half, y0 + u1)
            kind = {"door": "IFCDOOR", "window": "IFCWINDOW"}.get(hole.kind, "")
            made.opening(host, kind, "opening", "1F", (*span, hole.z0_m, hole.z1_m))
    for zone in plan.zones:
        xs, ys = zip(*zone.polygon_m, strict=True)
        made.space(
            zone.name, "1F", (min(xs) + half, min(ys) + half, max(xs) - half, max(ys) - half, 0.0, plan.levels[0].ceiling_m)
        )
    path.with_suffix(".ifc").write_text(made.text, encoding="utf-8")
    return path.with_suffix(".ifc"), {}


def as_geojson(plan: FloorPlan, path: Path) -> tuple[Path, dict[str, Any]]:
    """Walls as lines, rooms as polygons, in local metres."""
    features: list[dict[str, Any]] = []
    for wall in plan.walls:
        holes = [{"u0_m": o.u0_m, "u1_m": o.u1_m, "z0_m": o.z0_m, "z1_m": o.z1_m} for o in wall.openings]
        said = {"part": "wall", "material": wall.material, "z0_m": wall.z0_m, "z1_m": wall.z1_m, "openings": holes}
        shape = {"type": "LineString", "coordinates": [wall.start_m, wall.end_m]}
        features.append({"type": "Feature", "geometry": shape, "properties": said})
    for zone in plan.zones:
        shape = {"type": "Polygon", "coordinates": [[*zone.polygon_m, zone.polygon_m[0]]]}
        said = {"part": "zone", "name": zone.name, "kind": zone.kind}
        features.append({"type": "Feature", "geometry": shape, "properties": said})
    data = {"type": "FeatureCollection", "units": "m", "features": features}
    path.with_suffix(".geojson").write_text(json.dumps(data), encoding="utf-8")
    return path.with_suffix(".geojson"), {}


def as_openintent(plan: FloorPlan, path: Path) -> tuple[Path, dict[str, Any]]:
    """As another vendor's planner hands it over: without what is ours in it."""

    def without_ours(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without_ours(one) for key, one in value.items() if key != "wifiplan"}
        return [without_ours(one) for one in value] if isinstance(value, list) else value

    path = path.with_suffix(".json")
    exchange.write(plan, [], path)
    path.write_text(json.dumps(without_ours(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
    return path, {}


ALL_WRITERS: dict[str, Callable[[FloorPlan, Path], tuple[Path, dict[str, Any]]]] = {
    **WRITERS,
    "ifc": as_ifc,
    "geojson": as_geojson,
    "openintent": as_openintent,
}
