"""DXF drawings: every visible line, arc, fill and text of the model space with its layer, blocks unfolded where they stand.

What is not read is counted by kind and layer. What the lines mean is decided in `floorplans.building`.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import ezdxf
import numpy as np
from ezdxf import path as dxf_path
from ezdxf import recover, units
from ezdxf.document import Drawing as Document
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.dxfgfx import DXFGraphic
from ezdxf.entities.insert import Insert
from ezdxf.enums import InsertUnits
from ezdxf.lldxf.const import DXFError
from ezdxf.math import bulge_to_arc

from floorplans import _dxf_exchange
from floorplans._file import read_bytes
from floorplans.building import plan_of
from floorplans.drawing import MAX_LINES, Arc, Dimension, Drawing, Line, Point, Text, Unit, fills
from floorplans.errors import FloorPlanError
from floorplans.plan import FloorPlan

MAX_ENTITIES = 100_000
"""Blocks unfolded. A drawing of ours has hundreds; a block within a block within a block can have billions."""

MAX_NESTING = 16

# What ezdxf mends it also logs, which would be a second line on standard error. The count of faults goes into warnings.
logging.getLogger("ezdxf").addHandler(logging.NullHandler())

_FAR = 1e12
"""From the origin, in any unit, where no drawing reaches."""

_FAINT = ("DASH", "DOT", "HIDDEN", "CENTER", "PHANTOM", "DIVIDE", "BORDER", "CONSTRUCTION")
"""Parts of the names of line types that no wall above the cut is drawn with."""

_Tags = dict[str, str]
"""Value by group code of one entity."""

_BROKEN = (DXFError, ValueError, TypeError, ArithmeticError, AttributeError, LookupError)


def read(
    path: Path,
    *,
    metres_per_unit: float | None = None,
    height_m: float | None = None,
    part: int | None = None,
    layer_words: Path | None = None,
) -> FloorPlan:
    """The building that the model space shows; see `floorplans.read` for the options. What we wrote is read as it was."""
    if metres_per_unit is None and layer_words is None and part is None and _dxf_exchange.MARK in read_bytes(path):
        document, _ = _document(path, [], whole=True)
        if _dxf_exchange.is_ours(document):
            return _dxf_exchange.floor_plan(document, path)
    return plan_of(
        drawing(path), where=str(path), metres_per_unit=metres_per_unit, height_m=height_m, part=part, layer_words=layer_words
    )


def drawing(path: Path) -> Drawing:
    """What is visible in the model space, in units of the drawing."""
    out = Drawing(file=str(path), reader="dxf")
    document, lines = _document(path, out.warnings)
    out.unit = _unit(document)
    frozen = {layer.dxf.name.lower() for layer in document.layers if layer.is_frozen()}
    hidden = frozen | {layer.dxf.name.lower() for layer in document.layers if layer.is_off()}
    linetypes = {layer.dxf.name.lower(): str(layer.dxf.get("linetype", "")) for layer in document.layers}
    _take_plain(lines, hidden, linetypes, out)
    for layer, entity in _entities(document, path, out, frozen):
        if layer.lower() in hidden or entity.dxf.get("invisible", 0):
            out.leave_out("hidden")
            continue
        try:
            _take(entity, layer, linetypes, out)
        except _BROKEN:
            out.leave_out(f"unreadable {entity.dxftype()} on {layer}")
        if len(out.lines) > MAX_LINES:
            raise FloorPlanError(f"{path}: more than {MAX_LINES} lines; export the layers of the walls only")
    return out


def _document(path: Path, warnings: list[str], *, whole: bool = False) -> tuple[Document, list[_Tags]]:
    """The document, unless `whole` without the lines of the model space, and these: ezdxf takes 70 µs for each of so many."""
    data = read_bytes(path)
    if re.match(rb"AC10[0-9]{2}", data):
        raise FloorPlanError(f"{path}: a DWG under the name of a DXF; save it as DXF (ASCII) in the CAD program")
    if not data.startswith(b"AutoCAD Binary DXF"):
        data = _escaped(data, warnings)
    if data.isascii() and not data.startswith(b"AutoCAD Binary DXF"):
        # Sound files are read twice as fast without the repairs that damaged ones need.
        with contextlib.suppress(Exception):
            text = re.sub(r"\\U\+([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), data.decode("ascii"))
            rest, lines = (text, []) if whole else _parted(text)
            return ezdxf.read(io.StringIO(rest)), lines  # type: ignore[attr-defined]
    try:
        document, auditor = recover.read(io.BytesIO(data))
    except (DXFError, OSError):
        raise FloorPlanError(f"{path}: not a DXF drawing; save it again as DXF (ASCII)") from None
    except Exception as error:  # noqa: BLE001
        # What ezdxf's recovery does not foresee in a damaged file surfaces as anything, failed asserts included.
        raise FloorPlanError(f"{path}: the drawing is damaged ({type(error).__name__}); save it again as DXF") from None
    if auditor.errors:
        warnings.append(f"the file has {len(auditor.errors)} faults that were worked around")
    return document, []


def _parted(text: str) -> tuple[str, list[_Tags]]:
    """The file without the lines of its model space, and these; all of it and none where it does not alternate as it should."""
    begin = re.search(r"(?:^|\n)[ \t]*0\r?\n[ \t]*SECTION[ \t]*\r?\n[ \t]*2\r?\n[ \t]*ENTITIES[ \t]*\r?\n", text)
    end = begin and re.compile(r"(?<=\n)[ \t]*0[ \t]*\r?\n[ \t]*ENDSEC").search(text, begin.end())
    if not begin or not end or text.count("\r") not in (0, text.count("\r\n")):
        return text, []
    rows = text[begin.end() : end.start()].split("\n")[:-1]
    codes = [code.strip() for code in rows[::2]]
    heads = [place for place, code in enumerate(codes) if code == "0"]
    if len(rows) % 2 or heads[:1] != [0]:
        return text, []
    lines: list[_Tags] = []
    kept: list[str] = []
    for place, following in itertools.pairwise([*heads, len(codes)]):
        if rows[2 * place + 1].strip() == "LINE":
            tags = dict(zip(codes[place:following], rows[2 * place + 1 : 2 * following : 2], strict=True))
            if tags.get("67", "0").strip() == "0":
                lines.append(tags)
                continue
        kept += rows[2 * place : 2 * following]
    return "".join((text[: begin.end()], *(f"{row}\n" for row in kept), text[end.start() :])), lines


def _take_plain(lines: list[_Tags], hidden: set[str], linetypes: dict[str, str], out: Drawing) -> None:
    """Put lines into the drawing by their tags: 8 layer, 6 line type, 62 colour, 60 invisible, 10 to 21 the ends."""
    for tags in lines:
        layer = tags.get("8", "0").strip()
        if layer.lower() in hidden or tags.get("60", "0").strip() != "0":
            out.leave_out("hidden")
            continue
        style = tags.get("6", "BYLAYER").strip().upper()
        style = linetypes.get(layer.lower(), "").upper() if style == "BYLAYER" else style
        if "CONSTRUCTION" in style:
            out.leave_out("construction lines")
            continue
        try:
            x0, y0, x1, y1 = (float(tags.get(code, 0.0)) for code in ("10", "20", "11", "21"))
        except ValueError:
            out.leave_out(f"unreadable LINE on {layer}")
            continue
        faint = any(word in style for word in _FAINT)
        _take_lines([(x0, y0), (x1, y1)], layer, tags.get("62", "").strip(), out, faint=faint)


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
        letters = re.findall(r"[^\x00-\x7f]", text)
        # Western text rarely is valid Shift_JIS, and where it is, it gives half-width or private-use letters among others.
        japanese = sum("\u3000" <= letter <= "\u9fff" or "\uff01" <= letter <= "\uff9f" for letter in letters)
        if encoding == "cp932" and japanese < 0.9 * len(letters):
            continue
        if encoding == "cp932" and b"ANSI_932" not in data[:20_000]:
            warnings.append("names are read as Shift_JIS, though the header says otherwise")
        return re.sub(r"[^\x00-\x7f]", lambda one: f"\\U+{ord(one[0]) if ord(one[0]) < 0x10000 else 0x3013:04X}", text).encode(
            "ascii"
        )
    return data


def _unit(document: Document) -> Unit | None:
    code = document.header.get("$INSUNITS") or 0
    try:
        said = round(units.conversion_factor(InsertUnits(code), InsertUnits.Meters), 12) if code else None
    except (ValueError, KeyError):
        said = None
    if said is None:
        return None
    return Unit(metres_per_unit=said, says=f"the header says {said:g} metres per unit ($INSUNITS {code})")


def _take(entity: DXFGraphic, layer: str, linetypes: dict[str, str], out: Drawing) -> None:
    """Put one entity into the drawing, or count it as left out."""
    kind = entity.dxftype()
    style = str(entity.dxf.get("linetype", "BYLAYER")).upper()
    style = linetypes.get(layer.lower(), "").upper() if style == "BYLAYER" else style
    faint = any(word in style for word in _FAINT)
    pen = str(entity.dxf.get("color", ""))
    if kind in ("TEXT", "MTEXT", "ATTRIB"):
        _take_text(entity, layer, out)
    elif kind == "LINE":
        if "CONSTRUCTION" in style:
            out.leave_out("construction lines")
            return
        start, end = entity.dxf.start, entity.dxf.end
        _take_lines([(start.x, start.y), (end.x, end.y)], layer, pen, out, faint=faint)
    elif kind in ("ARC", "CIRCLE"):
        _take_arc(entity, layer, out)
    elif kind in ("LWPOLYLINE", "POLYLINE"):
        width = abs(float(entity.dxf.get("const_width" if kind == "LWPOLYLINE" else "default_start_width", 0.0) or 0.0))
        _take_lines(_points(entity), layer, pen, out, faint=faint, width=width if width < _FAR else 0.0)
        if kind == "LWPOLYLINE":
            _take_bulges(entity, layer, out)
    elif kind in ("ELLIPSE", "SPLINE", "HELIX"):
        # A curve is a wall only where its layer says so; elsewhere it is a basin, a tree or a contour.
        _take_lines(_points(entity), layer, pen, out, faint=True)
    elif kind in ("MLINE", "LEADER_LINE"):
        for part in entity.virtual_entities():  # type: ignore[attr-defined]
            _take(part, layer, linetypes, out)
    elif kind in ("SOLID", "TRACE", "3DFACE"):
        corners = [entity.dxf.get(f"vtx{number}") for number in range(4)]
        ring = [(corner.x, corner.y) for corner in corners if corner is not None]
        # SOLID and TRACE number their corners as a Z.
        ring = ring if kind == "3DFACE" or len(ring) < 4 else [ring[0], ring[1], ring[3], ring[2]]
        _take_rings([list(dict.fromkeys(ring))], layer, out)
    elif kind == "HATCH" and entity.dxf.get("solid_fill", 0):
        routes = itertools.islice(dxf_path.from_hatch(entity), 1_000)  # type: ignore[arg-type]
        cut = [[(point.x, point.y) for point in itertools.islice(route.flattening(_chord(route)), 2_000)] for route in routes]
        _take_rings(cut, layer, out)
    elif kind == "DIMENSION":
        _take_dimension(entity, out)
    elif kind not in ("ATTDEF", "SEQEND", "VIEWPORT", "POINT"):
        out.leave_out(f"{kind} on {layer}")


def _sane(*numbers: float) -> bool:
    return all(abs(number) < _FAR for number in numbers)


def _take_lines(points: list[Point], layer: str, pen: str, out: Drawing, *, faint: bool, width: float = 0.0) -> None:
    for start, end in itertools.pairwise(points):
        if start != end and _sane(*start, *end):
            out.lines.append(Line(start=start, end=end, layer=layer, pen=pen, faint=faint, width=width))
        elif start != end:
            out.leave_out(f"lines beyond any building on {layer}")


def _take_rings(rings: list[list[Point]], layer: str, out: Drawing) -> None:
    usable = [ring for ring in rings if len(set(ring)) >= 3 and _sane(*(number for point in ring for number in point))]
    out.fills += fills(usable, layer)
    if len(usable) < len(rings):
        out.leave_out(f"fills without area on {layer}", len(rings) - len(usable))


def _take_text(entity: DXFGraphic, layer: str, out: Drawing) -> None:
    if entity.dxftype() == "MTEXT":
        where = entity.dxf.insert
    else:
        # In the text's own coordinates, which are mirrored where its extrusion points down.
        centred = entity.dxf.get("halign", 0) or entity.dxf.get("valign", 0)
        where = entity.ocs().to_wcs(
            entity.dxf.align_point if centred and entity.dxf.hasattr("align_point") else entity.dxf.insert
        )
    text = entity.plain_text() if hasattr(entity, "plain_text") else entity.dxf.text
    text = " ".join(str(text).split())
    if text and _sane(where.x, where.y):
        height = float(entity.dxf.get("char_height" if entity.dxftype() == "MTEXT" else "height", 0.0))
        turn = float(entity.dxf.get("rotation", 0.0))
        out.texts.append(Text(text=text[:200], at=(where.x, where.y), height=height, turn_deg=turn, layer=layer))


def _take_arc(entity: DXFGraphic, layer: str, out: Drawing) -> None:
    centre = entity.ocs().to_wcs(entity.dxf.center)
    radius = float(entity.dxf.radius)
    whole = entity.dxftype() == "CIRCLE"
    start, end = (0.0, 360.0) if whole else (float(entity.dxf.start_angle), float(entity.dxf.end_angle))
    if entity.dxf.get("extrusion") is not None and entity.dxf.extrusion.z < 0 and not whole:
        start, end = 180.0 - end, 180.0 - start
    _add_arc((centre.x, centre.y), radius, (start, end), layer, out)


def _add_arc(centre: Point, radius: float, turn: tuple[float, float], layer: str, out: Drawing) -> None:
    start, end = turn
    if not (_sane(*centre, radius, start, end) and radius > 0):
        out.leave_out("unreadable ARC")
        return
    start %= 360.0
    sweep = (end - start) % 360.0 or 360.0
    out.arcs.append(Arc(centre=centre, radius=radius, start_deg=start, end_deg=start + sweep, layer=layer))


def _take_bulges(entity: DXFGraphic, layer: str, out: Drawing) -> None:
    """The round pieces of a polyline: a door's swing is often one."""
    points = list(entity.get_points("xyb"))  # type: ignore[attr-defined]
    if getattr(entity, "closed", False):
        points.append(points[0])
    for (x0, y0, bulge), (x1, y1, _) in itertools.pairwise(points):
        if 0.05 < abs(bulge) < 20 and _sane(x0, y0, x1, y1) and (x0, y0) != (x1, y1):
            centre, start, end, radius = bulge_to_arc((x0, y0), (x1, y1), bulge)
            _add_arc((centre.x, centre.y), radius, (math.degrees(start), math.degrees(end)), layer, out)


def _take_dimension(entity: DXFGraphic, out: Drawing) -> None:
    drawn = float(entity.get_measurement())  # type: ignore[attr-defined]
    text = str(entity.dxf.get("text", "") or "")
    if text in ("", "<>"):
        factor = float(entity.override().get("dimlfac", 1.0))  # type: ignore[attr-defined]
        text = f"{drawn * factor:.0f}" if drawn * factor >= 100 else ""
    if text.strip() and 0 < drawn < _FAR:
        out.dimensions.append(Dimension(drawn=drawn, text=text[:60]))


def _entities(document: Document, path: Path, out: Drawing, frozen: set[str]) -> Iterator[tuple[str, DXFGraphic]]:
    """(layer, entity) with blocks unfolded where they stand; layer 0 within a block is the layer of the block's insert."""
    if _unfolded_count(document, frozen, path) > MAX_ENTITIES:
        raise FloorPlanError(f"{path}: more than {MAX_ENTITIES} entities with its blocks unfolded; export the walls only")
    stack: list[tuple[Iterator[DXFEntity], str | None]] = [(iter(document.modelspace()), None)]
    seen = 0
    while stack:
        entities, outer = stack[-1]
        try:
            entity = next(entities, None)
        except _BROKEN:
            out.leave_out("broken blocks")
            entity = None
        if entity is None:
            stack.pop()
            continue
        if isinstance(entity, Insert) and not isinstance(entity.dxf.get("name"), str):
            out.leave_out("inserts of no block")
            continue
        seen += max(1, entity.mcount) if isinstance(entity, Insert) else 1
        if seen > MAX_ENTITIES:
            raise FloorPlanError(f"{path}: more than {MAX_ENTITIES} entities with its blocks unfolded; export the walls only")
        if not isinstance(entity, DXFGraphic):
            continue
        own = str(entity.dxf.get("layer", "0"))
        layer = own if own != "0" or outer is None else outer
        if not isinstance(entity, Insert):
            yield layer, entity
        elif layer.lower() in frozen or entity.dxf.get("invisible", 0):
            # A frozen insert hides all that is in the block, on whatever layers; one that is merely off does not.
            out.leave_out(f"hidden block {entity.dxf.name} on {layer}")
        elif (block := entity.block()) is None or block.block is None or block.block.is_xref or block.block.is_xref_overlay:
            head = None if block is None else block.block
            missing = head is None
            file = "" if head is None else str(head.dxf.get("xref_path", ""))
            what = f"insert of the missing block {entity.dxf.name}" if missing else f"XREF {file or entity.dxf.name}"
            out.leave_out(f"{what} on {layer}")
            if not missing:
                shown = Path(file.replace("\\", "/")).name or entity.dxf.name
                out.warnings.append(
                    f"what is in {shown} (an external reference on layer {layer}) is not in this file: "
                    "bind it in the CAD program and export again"
                )
        elif len(stack) > MAX_NESTING:
            raise FloorPlanError(f"{path}: blocks are nested deeper than {MAX_NESTING}; explode them before export")
        else:
            try:
                stack.append((itertools.chain(entity.attribs, _unfolded(entity)), layer))
            except _BROKEN:
                out.leave_out("broken blocks")


def _unfolded_count(document: Document, frozen: set[str], path: Path) -> int:
    """How many entities there are with all visible blocks unfolded, each block counted once: what is too much is not unfolded."""
    counted: dict[str, int] = {}

    def count(entities: Iterable[DXFEntity], outside: tuple[str, ...]) -> int:
        if len(outside) > MAX_NESTING:
            raise FloorPlanError(f"{path}: blocks are nested deeper than {MAX_NESTING}; explode them before export")
        total = 0
        for entity in entities:
            total += 1
            name = entity.dxf.get("name") if isinstance(entity, Insert) else None
            if not isinstance(entity, Insert) or not isinstance(name, str) or entity.dxf.get("invisible", 0):
                continue
            layer = str(entity.dxf.get("layer", "0")).lower()
            if layer in frozen and not (outside and layer == "0"):
                continue
            if name.lower() not in counted and (block := document.blocks.get(name)) is not None:
                counted[name.lower()] = count(block, (*outside, name.lower()))
            total += max(1, entity.mcount) * counted.get(name.lower(), 0)
        return total

    return count(document.modelspace(), ())


def _unfolded(insert: Insert) -> Iterable[DXFEntity]:
    return iter(insert.multi_insert()) if insert.mcount > 1 else iter(insert.virtual_entities())


def _chord(route: dxf_path.Path) -> float:
    """How far a chord may leave a curve: a four-hundredth of its size, whatever the unit."""
    vertices = list(route.control_vertices())
    if not vertices or not all(_sane(point.x, point.y) for point in vertices):
        raise ValueError("beyond any building")
    xs, ys = [point.x for point in vertices], [point.y for point in vertices]
    return float(max(max(xs) - min(xs), max(ys) - min(ys), 1e-9)) / 400


def _points(entity: DXFGraphic) -> list[Point]:
    """The vertices of a polyline or curve, cut into chords; checked before: a bulge of 1e308 is cut for ever."""
    with np.errstate(all="ignore"):
        route = dxf_path.make_path(entity)
        chord = _chord(route)
        return [(point.x, point.y) for point in itertools.islice(route.flattening(chord, segments=2), 10_000)]
