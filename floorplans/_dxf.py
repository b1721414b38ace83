"""DXF drawings: lines become walls, what they are made of is read from the layer's name.

The drawing is moved so that its lower left corner is the origin. Heights are not in a plan: one height is taken for all.
A drawing that has no layer of walls (a converted Jw_cad file has 258 layers named 0-0, 0-1 …) gives every line of the layers
that are not known to be something else. Each such choice is said in the plan's warnings.
"""

from __future__ import annotations

import io
import itertools
import logging
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from ezdxf import path as dxf_path
from ezdxf import recover, units
from ezdxf.document import Drawing
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.entities.insert import Insert
from ezdxf.enums import InsertUnits
from ezdxf.lldxf.const import DXFError
from shapely.geometry import LineString, Polygon
from shapely.ops import polygonize

from floorplans import _dxf_exchange
from floorplans._file import read_bytes
from floorplans.errors import FloorPlanError, GeometryError, MissingScaleError
from floorplans.plan import (
    FloorPlan,
    Level,
    Point,
    Source,
    Wall,
    Zone,
    check,
    floor_and_roof,
    near_outline,
    outline_of_walls_m,
)

MAX_ENTITIES = 100_000
"""Blocks unfolded. A drawing of ours has hundreds; a block within a block within a block can have billions."""

MAX_WALLS = 20_000
MAX_NESTING = 16
_FLAT_M = 0.05
"""How far a chord may leave its arc."""

# What ezdxf mends it also logs, which would be a second line on standard error. The count of faults goes into warnings.
logging.getLogger("ezdxf").addHandler(logging.NullHandler())

_FAR_M = 1e8
"""From the origin, where no drawing reaches, in survey coordinates either."""

_STOREY_M = 3.0
_WIDEST_WALL_M = 0.5
"""Two parallel lines nearer than this are likely the two faces of one wall."""


class _Rule(NamedTuple):
    material: str | None
    words: str
    is_wall: bool = False


_LAYERS = (
    _Rule(None, "寸法 文字 通り芯 通芯 壁芯 基準 敷地 境界 道路 外構 植栽 家具 什器 備品 設備 電気 配管 ハッチ 図枠 表題 補助"),
    _Rule(None, "床 畳 天井 階段 開口 dim anno text note grid axis center centre cntr site furn equip elec plumb hatch patt"),
    _Rule(None, "title border defpoints viewport stair floor ceiling opening"),
    _Rule("metal", "シャッター スチール 鋼 鉄 shutter steel metal"),
    _Rule("glass", "ガラス サッシ 窓 glass glaz window win"),
    _Rule("wood", "扉 戸 ドア 建具 door"),
    _Rule("brick", "ブロック 煉瓦 レンガ brick block cmu cb", is_wall=True),
    _Rule(
        "partition", "間仕切 仕切 内壁 パーティション 軽鉄 石膏 ボード partition gypsum drywall interior lgs gwb pb", is_wall=True
    ),
    _Rule("wood", "木 wood timber", is_wall=True),
    _Rule("concrete", "コンクリート 躯体 外壁 柱 壁 concrete column cols exterior outer wall rc", is_wall=True),
)
"""What a word in a layer's name means, first match wins; None is no part of a wall. Latin words of four letters or more match
the beginning of a word of the name, shorter ones all of it."""

_ROOMS = (
    ("hall", "体育館 アリーナ ホール 講堂 遊戯室 hall arena gym"),
    ("stage", "ステージ 舞台 stage"),
    ("classroom", "教室 classroom"),
    ("corridor", "廊下 ホワイエ 階段 corridor"),
    ("entrance", "玄関 昇降口 風除室 エントランス entrance lobby"),
    ("store", "器具庫 倉庫 押入 物入 納戸 収納 トイレ 便所 wc 浴室 洗面 store storage toilet"),
)
"""What a word written in a room says that it is for; every other is a room."""


class _Line(NamedTuple):
    layer: str
    start: Point
    end: Point


def read(path: Path, *, metres_per_unit: float | None = None, height_m: float | None = None) -> FloorPlan:
    """The walls drawn in the model space; see the module for the rules and `floorplans.read` for the options."""
    warnings: list[str] = []
    document = _document(path, warnings)
    if _dxf_exchange.is_ours(document) and metres_per_unit is None:
        return _dxf_exchange.floor_plan(document, path)
    scale = _metres_per_unit(document, path, metres_per_unit, warnings)
    lines, labels = _drawn(document, path, scale, warnings)
    chosen = _with_materials(lines, path, warnings)
    if height_m is None:
        height_m = _STOREY_M
        warnings.append(f"a plan has no heights: {height_m:g} m taken from floor to ceiling; give the real one with --height-m")
    walls = [
        Wall(start_m=line.start, end_m=line.end, z0_m=0.0, z1_m=height_m, material=material, name=line.layer)
        for material, line in chosen
    ]
    walls, outside = near_outline(walls, outline_of_walls_m(walls, where=str(path)))
    warnings += outside
    x0, y0 = (min(point[axis] for wall in walls for point in (wall.start_m, wall.end_m)) for axis in (0, 1))
    walls = [
        replace(wall, start_m=(wall.start_m[0] - x0, wall.start_m[1] - y0), end_m=(wall.end_m[0] - x0, wall.end_m[1] - y0))
        for wall in walls
    ]
    outline = outline_of_walls_m(walls, where=str(path))
    pairs = _double_lines(walls)
    if pairs:
        warnings.append(
            f"{pairs} lines have a parallel within {_WIDEST_WALL_M:g} m: a wall drawn as two lines counts as two walls"
        )
    warnings.append("no floor or ceiling in a plan: concrete is assumed for both")
    # Where furniture and hatching count as walls, they cut every room into strips.
    has_walls = any(rule.is_wall for wall in walls if (rule := _rule(wall.name)))
    rooms = _rooms(walls, [(text, (x - x0, y - y0)) for text, (x, y) in labels]) if has_walls else ()
    if rooms:
        rooms_m2 = sum(zone.area_m2 for zone in rooms)
        warnings.append(f"{rooms_m2:.0f} of {Polygon(outline).area:.0f} m2 are rooms with a name; people are counted there only")
    return check(
        FloorPlan(
            name=path.stem,
            levels=(Level(name="1F", floor_m=0.0, ceiling_m=height_m, outline_m=outline),),
            walls=tuple(walls),
            slabs=floor_and_roof(outline, z0_m=0.0, z1_m=height_m, floor="concrete", roof="concrete"),
            zones=rooms or (Zone(name="room", polygon_m=outline, kind="room"),),
            source=Source(file=path.name, reader="dxf", metres_per_unit=scale, warnings=tuple(warnings)),
        )
    )


def _document(path: Path, warnings: list[str]) -> Drawing:
    data = read_bytes(path)
    if not data.startswith(b"AutoCAD Binary DXF"):
        data = _escaped(data, warnings)
    try:
        document, auditor = recover.read(io.BytesIO(data))
    except (DXFError, OSError):
        raise FloorPlanError(f"{path}: not a DXF drawing; save it again as DXF (ASCII)") from None
    except Exception as error:  # noqa: BLE001
        # What ezdxf's recovery does not foresee in a damaged file surfaces as anything, failed asserts included.
        raise FloorPlanError(f"{path}: the drawing is damaged ({type(error).__name__}); save it again as DXF") from None
    if auditor.errors:
        warnings.append(f"the file has {len(auditor.errors)} faults that were worked around")
    return document


def _escaped(data: bytes, warnings: list[str]) -> bytes:
    r"""The same drawing with letters beyond ASCII as \U+XXXX, whatever its header says of their encoding.

    Converters write ANSI_1252 in the header and UTF-8 or Shift_JIS after it.
    """
    if data.isascii():
        return data
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        letters = [letter for letter in text if ord(letter) > 127]
        # Western text rarely is valid Shift_JIS, and where it is, it gives half-width or private-use letters among others.
        japanese = sum("\u3000" <= letter <= "\u9fff" or "\uff01" <= letter <= "\uff9f" for letter in letters)
        if encoding == "cp932" and japanese < 0.9 * len(letters):
            continue
        if encoding == "cp932" and b"ANSI_932" not in data[:20_000]:
            warnings.append("names are read as Shift_JIS, though the header says otherwise")
        return "".join(
            letter if ord(letter) < 128 else f"\\U+{ord(letter) if ord(letter) < 0x10000 else 0x3013:04X}" for letter in text
        ).encode("ascii")
    return data


def _metres_per_unit(document: Drawing, path: Path, given: float | None, warnings: list[str]) -> float:
    code = document.header.get("$INSUNITS") or 0
    try:
        said = round(units.conversion_factor(InsertUnits(code), InsertUnits.Meters), 12) if code else None
    except (ValueError, KeyError):
        said = None
    if given is not None:
        if said is not None and not math.isclose(said, given, rel_tol=1e-3):
            warnings.append(f"the file says {said:g} metres per unit ($INSUNITS {code}); the given {given:g} is used")
        return given
    if said is None:
        raise MissingScaleError(
            f"{path}: the drawing does not say what a unit is ($INSUNITS {code or 'not set'}); give --metres-per-unit: 0.001 for "
            "millimetres, 0.1 for Jw_cad at 1:100 on paper"
        )
    return said


def _drawn(document: Drawing, path: Path, scale: float, warnings: list[str]) -> tuple[list[_Line], list[tuple[str, Point]]]:
    """Every visible straight piece in metres with its layer, each once, and every text with its place."""
    hidden = {layer.dxf.name for layer in document.layers if layer.is_off() or layer.is_frozen()}
    lines: dict[tuple[Point, Point], _Line] = {}
    labels: list[tuple[str, Point]] = []
    left_out: Counter[str] = Counter()
    for layer, entity in _entities(document.modelspace(), path, left_out):
        kind = entity.dxftype()
        if layer in hidden or entity.dxf.get("invisible", 0):
            left_out["hidden"] += 1
        elif kind in ("TEXT", "MTEXT"):
            where = entity.dxf.align_point if entity.dxf.hasattr("align_point") else entity.dxf.insert
            text = entity.plain_text() if hasattr(entity, "plain_text") else entity.dxf.text
            labels.append((" ".join(text.split())[:60], (where.x * scale, where.y * scale)))
        elif kind == "LINE" and str(entity.dxf.get("linetype", "")).upper() == "JWW_CONSTRUCTION":
            left_out["construction lines"] += 1
        elif kind in ("LINE", "LWPOLYLINE", "POLYLINE", "ARC"):
            # The swing of a door is an arc in a plan; an arc is a wall only where its layer says so.
            rule = _rule(layer)
            if kind == "ARC" and not (rule and rule.is_wall):
                left_out["arcs"] += 1
                continue
            for start, end in _pieces(entity, scale, left_out):
                lines.setdefault((min(start, end), max(start, end)), _Line(layer, start, end))
        else:
            left_out[kind] += 1
        if len(lines) > MAX_ENTITIES:
            raise FloorPlanError(f"{path}: more than {MAX_ENTITIES} lines; export the layers of the walls only")
    if left_out:
        warnings.append("left out: " + ", ".join(f"{number} {what}" for what, number in left_out.most_common(8)))
    if not lines:
        raise GeometryError(f"{path}: no line in the model space; draw the plan there, or export it again")
    return list(lines.values()), labels


def _entities(space: Iterable[DXFEntity], path: Path, left_out: Counter[str]) -> Iterator[tuple[str, DXFGraphic]]:
    """(layer, entity) with blocks unfolded where they stand; layer 0 within a block is the layer of the block's insert."""
    stack: list[tuple[Iterator[DXFEntity], str | None]] = [(iter(space), None)]
    seen = 0
    while stack:
        entities, outer = stack[-1]
        try:
            entity = next(entities, None)
        except (DXFError, ValueError, TypeError, ZeroDivisionError):
            left_out["broken blocks"] += 1
            entity = None
        if entity is None:
            stack.pop()
            continue
        seen += max(1, entity.mcount) if isinstance(entity, Insert) else 1
        if seen > MAX_ENTITIES:
            raise FloorPlanError(f"{path}: more than {MAX_ENTITIES} entities with its blocks unfolded; export the walls only")
        if not isinstance(entity, DXFGraphic):
            continue
        layer = entity.dxf.layer if entity.dxf.layer != "0" or outer is None else outer
        if not isinstance(entity, Insert):
            yield layer, entity
        elif len(stack) > MAX_NESTING:
            raise FloorPlanError(f"{path}: blocks are nested deeper than {MAX_NESTING}; explode them before export")
        elif entity.mcount > 1:
            stack.append((iter(entity.multi_insert()), layer))
        else:
            stack.append((iter(entity.virtual_entities()), layer))


def _pieces(entity: DXFGraphic, scale: float, left_out: Counter[str]) -> Iterator[tuple[Point, Point]]:
    try:
        with np.errstate(all="ignore"):
            route = dxf_path.make_path(entity)
        # Checked before curves are cut: a bulge of 1e308 is cut for ever.
        sane = all(abs(point.x * scale) < _FAR_M and abs(point.y * scale) < _FAR_M for point in route.control_vertices())
        points = list(itertools.islice(route.flattening(_FLAT_M / scale, segments=2), 10_000)) if sane else []
    except (TypeError, ValueError, ArithmeticError, DXFError):
        points = []
    if not points:
        left_out[f"unreadable {entity.dxftype()}"] += 1
        return
    flat = [(round(point.x * scale, 6), round(point.y * scale, 6)) for point in points]
    for start, end in itertools.pairwise(flat):
        if start != end:
            yield start, end


def _rule(layer: str) -> _Rule | None:
    name = unicodedata.normalize("NFKC", layer).lower()
    latin = re.findall(r"[a-z]+", name)
    for rule in _LAYERS:
        if _mentions(name, latin, rule.words):
            return rule
    return None


def _mentions(name: str, latin: list[str], words: str) -> bool:
    return any(
        (word in name) if not word.isascii() else any(each.startswith(word) if len(word) > 3 else each == word for each in latin)
        for word in words.split()
    )


def _with_materials(lines: list[_Line], path: Path, warnings: list[str]) -> list[tuple[str, _Line]]:
    """(material, line) of the lines that are walls, windows or doors."""
    rules = {line.layer: _rule(line.layer) for line in lines}
    has_walls = any(rule and rule.is_wall for rule in rules.values())
    materials = {layer: rule.material if rule else (None if has_walls else "partition") for layer, rule in rules.items()}
    chosen = [(material, line) for line in lines if (material := materials[line.layer]) is not None]
    if not chosen:
        names = ", ".join(sorted(materials)[:8])
        raise GeometryError(f"{path}: no layer holds walls ({names}); name one 壁 or wall, or turn the others off")
    if not has_walls:
        unnamed = sorted(layer for layer, rule in rules.items() if rule is None)
        warnings.append(
            f"no layer is named for walls: every line of {', '.join(unnamed[:8])} is taken as a partition, "
            "furniture and hatching too"
        )
    ignored = Counter(line.layer for line in lines if materials[line.layer] is None)
    if ignored:
        warnings.append("layers left out: " + ", ".join(f"{layer} ({number} lines)" for layer, number in ignored.most_common(8)))
    if any(rule and rule.material and not rule.is_wall for rule in rules.values()):
        warnings.append("windows and doors are taken from floor to ceiling: a plan does not say how high they are")
    if len(chosen) > MAX_WALLS:
        raise GeometryError(f"{path}: {len(chosen)} lines are more than {MAX_WALLS}; export the layers of the walls only")
    return chosen


def _double_lines(walls: list[Wall]) -> int:
    """How many walls have a parallel beside most of them."""
    lines = [LineString([wall.start_m, wall.end_m]) for wall in walls]
    tree = shapely.STRtree(lines)
    count = 0
    for index, (wall, line) in enumerate(zip(walls, lines, strict=True)):
        dx, dy = wall.end_m[0] - wall.start_m[0], wall.end_m[1] - wall.start_m[1]
        beside = line.buffer(_WIDEST_WALL_M, cap_style="flat")
        for other in tree.query(line, predicate="dwithin", distance=_WIDEST_WALL_M):
            ex, ey = (walls[other].end_m[k] - walls[other].start_m[k] for k in (0, 1))
            parallel = abs(dx * ey - dy * ex) < 0.02 * wall.length_m * walls[other].length_m
            if other == index or not parallel or line.distance(lines[other]) < 0.02:
                continue
            if lines[other].intersection(beside).length > 0.5 * wall.length_m:
                count += 1
                break
    return count


def _rooms(walls: list[Wall], labels: list[tuple[str, Point]]) -> tuple[Zone, ...]:
    """What the walls enclose around each text that is not a number: a zone of that name."""
    names = [(text, shapely.Point(xy)) for text, xy in labels if re.search(r"[^\W\d_]{2}|[\u3040-\u9fff]", text)]
    if not names:
        return ()
    net = shapely.set_precision(shapely.union_all([LineString([wall.start_m, wall.end_m]) for wall in walls]), 0.02)
    rooms = [room for room in polygonize(net) if isinstance(room, Polygon) and room.area > 1.5]
    zones: list[Zone] = []
    for room in rooms:
        inside = [text for text, point in names if room.contains(point)]
        if inside:
            ring = tuple((float(x), float(y)) for x, y in room.exterior.coords[:-1])
            kinds = {_kind(text) for text in inside}
            zones.append(Zone(name=" ".join(inside[:3]), polygon_m=ring, kind=kinds.pop() if len(kinds) == 1 else "room"))
    return tuple(zones)


def _kind(text: str) -> str:
    name = unicodedata.normalize("NFKC", text).lower()
    latin = re.findall(r"[a-z]+", name)
    return next((kind for kind, words in _ROOMS if _mentions(name, latin, words)), "room")
