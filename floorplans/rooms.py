"""Outline and rooms from the bodies of walls, and the names that are written in them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.polygon import orient
from shapely.ops import polygonize, unary_union

from floorplans.bodies import one_ring
from floorplans.errors import GeometryError
from floorplans.layers import Layers
from floorplans.plan import Zone
from floorplans.walls import Body

_GRID_M = 0.001
SMALLEST_M2 = 0.4
"""Of a room with a name: half a toilet."""

SMALLEST_UNNAMED_M2 = 3.0

_SMALLEST_PART_M2 = 9.0
"""Of a building in several parts."""


_AREA = re.compile(r"[(（]?(?:面積|A *=|S *=)? *[:：]?\d[\d,]*(?:\.\d+)? *(?:㎡|m2|m²|平米|坪|畳|帖)[)）]?", re.IGNORECASE)
_LONE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""A letter that can stand alone where a drawing sets a name in letters far apart."""


class Label(NamedTuple):
    """A text in metres."""

    text: str
    at: tuple[float, float]
    height_m: float


class Space(NamedTuple):
    """What the walls enclose: the outer edge, the free faces, and whether the outer wall had to be closed."""

    outline: tuple[tuple[float, float], ...]
    faces: tuple[Polygon, ...]
    closed: bool


def space(bodies: Sequence[Body], *, where: str, several: bool = False) -> Space:
    """The outer edge of what the walls enclose, and the faces between them; raises `GeometryError` when they enclose nothing.

    `several`: parts that stand apart are one building, where each is no less than a twentieth of the largest.
    """
    axes = shapely.linestrings([body.ends for body in bodies])
    wide_m = np.array([body.thickness_m for body in bodies])
    thick = shapely.buffer(axes[wide_m > 0], wide_m[wide_m > 0] / 2, cap_style="square", join_style="mitre")
    solid = shapely.union_all(thick)
    # Reaching a little over what they meet, lines cross it whatever the last digit is; loose ends enclose nothing.
    thin = [LineString(body._replace(u0=body.u0 - 0.003, u1=body.u1 + 0.003).ends) for body in bodies if not body.thickness_m]
    rings = _rings(solid)
    # The rings of one shape meet nowhere: only lines have to be cut where they cross.
    net = unary_union([*rings, *thin]) if thin else shapely.multilinestrings(rings)
    found = list(polygonize(shapely.set_precision(net, _GRID_M)))
    faces = [face for face in found if face.area > 0.01]
    shapely.prepare(solid)
    free = [face for face in faces if not solid.contains(face.representative_point())]
    filled = _largest(shapely.coverage_union_all(found), several=several)
    # A wide opening that was not bridged lets the outside in: closed by half a metre on each side, it does not.
    body = unary_union([solid, *shapely.buffer(thin, 0.01)]) if thin else solid
    whole = shapely.union_all([Polygon(part.exterior) for part in getattr(body, "geoms", [body]) if isinstance(part, Polygon)])
    closed = _largest(whole.buffer(0.75, join_style="mitre").buffer(-0.75, join_style="mitre"), several=several)
    open_outside = closed is not None and (filled is None or closed.area > 1.15 * filled.area)
    building = closed if open_outside and closed is not None else filled
    if building is None or building.area < 1.0:
        raise GeometryError(
            f"{where}: the walls enclose nothing; close the outer wall, or give an outline polygon (or use `wifiplan gym`)"
        )
    if open_outside:
        inner = shapely.difference(building, solid)
        net = unary_union([*_rings(building), *_rings(inner), *thin])
        faces = [face for face in polygonize(shapely.set_precision(net, _GRID_M)) if face.area > 0.01]
        free = [face for face in faces if not solid.contains(face.representative_point())]
    inside = building.buffer(0.01)
    shapely.prepare(inside)
    ring = _ring(building) if isinstance(building, Polygon) else _rounded(one_ring(building.simplify(0.005)))
    return Space(ring, tuple(face for face in free if inside.contains(face.representative_point())), open_outside)


def _rings(shape: shapely.Geometry) -> list[LineString]:
    parts = shape.geoms if hasattr(shape, "geoms") else [shape]
    return [
        LineString(ring.coords)
        for part in parts
        if isinstance(part, Polygon)
        for ring in (part.exterior, *part.interiors)
        if ring
    ]


def _largest(shape: shapely.Geometry, *, several: bool = False) -> Polygon | MultiPolygon | None:
    parts = list(shape.geoms) if isinstance(shape, MultiPolygon) else [shape]
    whole = [Polygon(part.exterior) for part in parts if isinstance(part, Polygon) and not part.is_empty]
    largest = max(whole, key=lambda part: part.area, default=None)
    if largest is None or not several:
        return largest
    kept = shapely.union_all([part for part in whole if part.area >= max(_SMALLEST_PART_M2, largest.area / 20)])
    return kept if isinstance(kept, Polygon | MultiPolygon) and not kept.is_empty else largest


def _ring(shape: Polygon) -> tuple[tuple[float, float], ...]:
    """Anticlockwise from the lowest of the leftmost corners, so that the same building always gives the same outline."""
    plain = shape.simplify(0.005)
    shape = plain if isinstance(plain, Polygon) and plain.is_valid and plain.area > 0 else shape
    return _rounded(orient(shape).exterior.coords[:-1])


def _rounded(corners: Iterable[tuple[float, ...]]) -> tuple[tuple[float, float], ...]:
    """The ring to a tenth of a millimetre, from the lowest of its leftmost corners."""
    ring = [(round(float(x), 4), round(float(y), 4)) for x, y in corners]
    first = ring.index(min(ring))
    return tuple(ring[first:] + ring[:first])


def name_of(text: str) -> str:
    """A text as a room's name: without the area that stands with it, and without blanks that only set its letters apart.

    >>> name_of("体　育　館"), name_of("器具庫 45.2㎡"), name_of("A=902.4m2"), name_of("Meeting room 2")
    ('体育館', '器具庫', 'A=902.4m2', 'Meeting room 2')
    """
    plain = " ".join(text.split())
    bare = " ".join(_AREA.sub(" ", plain).split())
    plain = bare if re.search(r"[^\W\d_]{2}|[\u3040-\u9fff]", bare) else plain
    words = plain.split(" ")
    return "".join(words) if len(words) > 1 and all(map(_LONE.fullmatch, words)) else plain


def is_name(text: str) -> bool:
    """Whether a text can be a room's name: two letters or one ideograph, not mostly figures, no sentence."""
    letters = len(re.findall(r"[^\W\d_]", text))
    figures = len(re.findall(r"\d", text))
    return bool(re.search(r"[^\W\d_]{2}|[\u3040-\u9fff]", text)) and letters > figures and len(text) <= 40


def zones(faces: Sequence[Polygon], labels: Sequence[Label], words: Layers) -> tuple[tuple[Zone, ...], list[str]]:
    """A zone for each face that has a name in it, or is large; and what to tell the user.

    Where two rooms open into one another without a wall, the face is divided halfway between their names.
    """
    named = [label._replace(text=name_of(label.text)) for label in labels]
    names = _joined(_set_together([label for label in named if is_name(label.text)]))
    names = [label._replace(text=name_of(label.text)) for label in names]
    tree = shapely.STRtree([Point(label.at) for label in names]) if names else None
    out: list[Zone] = []
    notes: list[str] = []
    unnamed = 0
    for face in sorted(itertools.chain(*map(without_holes, faces)), key=lambda face: (-face.area, face.bounds)):
        inside = [names[index] for index in tree.query(face, predicate="contains")] if tree is not None else []
        inside.sort(key=lambda label: (-round(label.at[1], 1), label.at[0]))
        if not inside:
            if face.area >= SMALLEST_UNNAMED_M2 and _wide(face):
                unnamed += 1
                out.append(Zone(name=f"room {unnamed}", polygon_m=_ring(face)))
            continue
        if face.area < SMALLEST_M2:
            continue
        known = [label for label in inside if _is_room(label.text, words)]
        if len(known) > 1:
            notes.append(
                f"{' and '.join(label.text for label in known[:4])} open into one another: divided halfway between their names"
            )
            for label, part in zip(known, _parts(face, known), strict=True):
                if part is not None:
                    out.append(Zone(name=label.text, polygon_m=_ring(part), kind=words.room_kind(label.text)))
            continue
        kinds = {words.room_kind(label.text) for label in (known or inside)}
        name = " ".join(dict.fromkeys(label.text for label in inside[:3]))
        out.append(Zone(name=name, polygon_m=_ring(face), kind=kinds.pop() if len(kinds) == 1 else "room"))
    return tuple(out), notes


def without_holes(face: Polygon, depth: int = 0) -> list[Polygon]:
    """The face cut through its holes, since a zone has none; holes below a square metre are posts and are filled."""
    holes = [hole for hole in map(Polygon, face.interiors) if hole.area > 1.0]
    if not holes or depth > 12:
        return [Polygon(face.exterior)]
    x0, y0, x1, y1 = face.bounds
    at = holes[0].centroid
    halves = [(x0, y0, at.x, y1), (at.x, y0, x1, y1)] if x1 - x0 >= y1 - y0 else [(x0, y0, x1, at.y), (x0, at.y, x1, y1)]
    face = Polygon(face.exterior, [hole.exterior for hole in holes])
    out = []
    for half in halves:
        cut = shapely.set_precision(shapely.intersection(face, shapely.box(*half)), _GRID_M)
        for part in getattr(cut, "geoms", [cut]):
            if isinstance(part, Polygon) and part.area > 0.05:
                out += without_holes(part, depth + 1)
    return out


def _wide(face: Polygon) -> bool:
    return not face.buffer(-0.4).is_empty


def _is_room(text: str, words: Layers) -> bool:
    return words.room_kind(text) != "room" or bool(
        re.search(r"[室所場間庫房堂]$|ルーム|キッチン|リビング|[Dd][Kk]|room\b|raum\b|zimmer\b", text)
    )


def _set_together(labels: Sequence[Label]) -> list[Label]:
    """Labels, lone letters of one row or column made one: 体, 育 and 館 with blanks of up to ten heights between them."""
    out = [label for label in labels if not (_LONE.fullmatch(label.text) and label.height_m)]
    letters = [label for label in labels if _LONE.fullmatch(label.text) and label.height_m]
    for along, across, onward in ((0, 1, 1.0), (1, 0, -1.0)):
        rows: list[list[Label]] = []
        for label in sorted(letters, key=lambda label: onward * label.at[along]):
            for row in rows:
                step = onward * (label.at[along] - row[-1].at[along])
                if abs(row[-1].at[across] - label.at[across]) < label.height_m / 2 and 0 < step < 10 * label.height_m:
                    row.append(label)
                    break
            else:
                rows.append([label])
        for row in rows:
            if len(row) > 1:
                at = (sum(one.at[0] for one in row) / len(row), sum(one.at[1] for one in row) / len(row))
                out.append(row[0]._replace(text="".join(one.text for one in row), at=at))
        letters = [row[0] for row in rows if len(row) == 1]
    return out + letters


def _joined(labels: Sequence[Label]) -> list[Label]:
    """Labels, the lines of one name made one: they stand under one another within a line and a half."""
    out: list[Label] = []
    for label in sorted(labels, key=lambda label: -label.at[1]):
        for place, upper in enumerate(out):
            step = 1.8 * max(label.height_m, upper.height_m)
            if step and 0 < upper.at[1] - label.at[1] < step and abs(upper.at[0] - label.at[0]) < 3 * step:
                out[place] = upper._replace(text=f"{upper.text} {label.text}")
                break
        else:
            out.append(label)
    return out


def _parts(face: Polygon, labels: Sequence[Label]) -> list[Polygon | None]:
    """The part of a face that is nearest to each label; None where nothing is left of it."""
    cells = shapely.voronoi_polygons(shapely.MultiPoint([label.at for label in labels]), extend_to=face)
    out: list[Polygon | None] = []
    for label in labels:
        cell = next((cell for cell in cells.geoms if cell.contains(Point(label.at))), None)
        part = None if cell is None else _largest(shapely.set_precision(shapely.intersection(face, cell), _GRID_M))
        out.append(part if isinstance(part, Polygon) and part.area >= SMALLEST_M2 and math.isfinite(part.area) else None)
    return out
