"""PDF plans: the vector paths and texts of one page; a page that is only a picture is read as one.

The unit is the point of 1/72 inch on the sheet. Layers are the optional content that CAD programs write them as. Strokes of every
colour are read, white ones too: Jw_cad prints its seventh colour white on white. Needs `pypdfium2` (`pip install wifiplan[pdf]`).
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floorplans import curves
from floorplans._file import read_bytes
from floorplans.building import plan_of
from floorplans.drawing import MAX_LINES, Arc, Drawing, Fill, Line, Point, Text, fills
from floorplans.errors import FloorPlanError
from floorplans.plan import FloorPlan

if TYPE_CHECKING:
    import numpy as np

POINT_M = 0.0254 / 72
SCAN_DPI = 300
_FAR = 1e7
_MAX_DEPTH = 12
_MAX_OBJECTS = 400_000
_MAX_TEXTS = 5_000
_MAX_LAYERS, _LAYER_BYTES = 500, 512

_MAX_UNPACKED_BYTES, _MAX_PICTURE_BYTES = 80_000_000, 450_000_000
"""Of all that is drawn (400,000 objects have 40 million), and of pictures (150 million pixels in colour)."""

_TIMES_PACKED = 4

_Matrix = tuple[float, float, float, float, float, float]


def read(
    path: Path,
    *,
    metres_per_unit: float | None = None,
    height_m: float | None = None,
    part: int | None = None,
    page: int | None = None,
    layer_words: Path | None = None,
) -> FloorPlan:
    """The building that one page shows; see `floorplans.read` for the options."""
    return plan_of(
        drawing(path, page=page, metres_per_unit=metres_per_unit),
        where=str(path),
        metres_per_unit=metres_per_unit,
        height_m=height_m,
        part=part,
        layer_words=layer_words,
    )


def drawing(path: Path, *, page: int | None = None, metres_per_unit: float | None = None) -> Drawing:
    """What is on one page, in points, y up; `metres_per_unit` is needed for a page that is a picture only."""
    data = read_bytes(path)
    if b"%PDF-" not in data[:1024]:
        raise FloorPlanError(f"{path}: not a PDF; print or export the plan as PDF again")
    _refuse_bombs(data, path)
    try:
        import pypdfium2 as pdfium
    except ImportError:
        raise FloorPlanError(f"{path}: reading PDF needs pypdfium2; install it with `pip install wifiplan[pdf]`") from None
    out = Drawing(file=str(path), reader="pdf", unit_name="point", paper_m_per_unit=POINT_M * _points(data))
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        locked = "password" in str(error).lower()
        says = "is locked with a password; print it to a new PDF" if locked else "the PDF is damaged; export it again"
        raise FloorPlanError(f"{path}: {says}") from None
    try:
        pages = len(document)
        number = 1 if page is None else page
        if not 1 <= number <= pages:
            raise FloorPlanError(f"{path}: no page {number}; it has {pages}")
        if page is None and pages > 1:
            out.warnings.append(f"{pages} pages: only the first is read; choose with --page")
        try:
            sheet = document[number - 1]
            out.sheet_long_m = max(sheet.get_size()) * POINT_M
            _Reader(out, path, _off_layers(data)).run(sheet)
            if _is_scan(out):
                return _scanned(sheet, out, path, metres_per_unit)
        except pdfium.PdfiumError:
            raise FloorPlanError(f"{path}: page {number} is damaged; export it again") from None
    finally:
        document.close()
    out.arcs = curves.joined(out.arcs)
    return out


def _refuse_bombs(data: bytes, path: Path) -> None:
    """Raise `FloorPlanError` where what is packed in the file would not fit: the library unpacks it without a bound.

    Each stream is unpacked here as far as is allowed, whatever its entry says of it, and again where it was packed twice.
    """
    left, left_of_pictures = _MAX_UNPACKED_BYTES, _MAX_PICTURE_BYTES
    end_of_last = 0
    for found in re.finditer(rb"stream\r?\n", data):
        begin = found.end()
        if begin < end_of_last or data[found.start() - 3 : found.start()] == b"end":
            continue
        end = data.find(b"endstream", begin)
        end_of_last = end = len(data) if end < 0 else end
        head = data[max(found.start() - 2_000, 0) : found.start()]
        picture = b"/Image" in head[max(0, head.rfind(b" obj")) :]
        packed = data[begin:end]
        for _ in range(_TIMES_PACKED):
            if len(packed) < 2 or packed[0] & 15 != 8 or (packed[0] * 256 + packed[1]) % 31:
                break
            with contextlib.suppress(zlib.error):
                packed = zlib.decompressobj().decompress(packed, (left_of_pictures if picture else left) + 1)
                left, left_of_pictures = (
                    (left, left_of_pictures - len(packed)) if picture else (left - len(packed), left_of_pictures)
                )
                if min(left, left_of_pictures) < 0:
                    most = _MAX_PICTURE_BYTES if picture else _MAX_UNPACKED_BYTES
                    raise FloorPlanError(
                        f"{path}: unpacks to more than {most / 1e6:.0f} MB; print the plan alone, or export it as DXF"
                    )
                continue
            break


def _points(data: bytes) -> float:
    """How many points a unit of the page is: more than one on sheets that are too large for the format."""
    found = {float(number) for number in re.findall(rb"/UserUnit\s+(\d{1,5}(?:\.\d{1,6})?)", data)} - {0.0}
    return found.pop() if len(found) == 1 else 1.0


def _off_layers(data: bytes) -> set[str]:
    """Names of the layers that are turned off, as far as the file says it in the open."""
    found = re.search(rb"/OFF\s*\[([^\]]{1,20000})\]", data)
    numbers = re.findall(rb"(\d{1,9})\s+\d{1,5}\s+R", found[1])[:_MAX_LAYERS] if found else []
    names: set[str] = set()
    for number in numbers:
        begin = re.search(rb"(?<!\d)" + number + rb"\s+\d{1,5}\s+obj\b", data)
        body = data[begin.end() : begin.end() + 4 * _LAYER_BYTES].split(b"endobj")[0] if begin else b""
        if named := re.search(rb"/Name\s*(?:<([0-9A-Fa-f\s]*)>|\(((?:\\.|[^\\)])*)\))", body, re.DOTALL):
            digits = re.sub(rb"\s", b"", named[1] or b"")
            names.add(_name(bytes.fromhex(digits[: len(digits) // 2 * 2].decode()) or re.sub(rb"\\(.)", rb"\1", named[2] or b"")))
    return names


def _name(data: bytes) -> str:
    """A text as a PDF holds it: with a mark of its order in 16 bits, or in what the program that wrote it takes for letters."""
    if data.startswith(b"\xfe\xff"):
        return " ".join(data[2:].decode("utf-16-be", "replace").split())
    for encoding in ("utf-8-sig", "cp932"):
        with contextlib.suppress(UnicodeDecodeError):
            return " ".join(data.decode(encoding).split())
    return " ".join(data.decode("latin-1").split())


def _is_scan(out: Drawing) -> bool:
    return out.left_out.get("pictures", 0) > 0 and len(out.lines) + len(out.fills) < 20


def _scanned(sheet: Any, out: Drawing, path: Path, metres_per_unit: float | None) -> Drawing:
    """The page as a picture of up to 300 dpi, its lines in points."""
    from floorplans import _picture

    width, height = sheet.get_size()
    dpi = min(SCAN_DPI, 72 * (_picture.MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    grey: np.ndarray[Any, Any] = sheet.render(scale=dpi / 72, grayscale=True).to_numpy()
    grey = grey[..., 0] if grey.ndim == 3 else grey
    share = 72 / dpi
    picture = _picture.drawing_of(
        grey, file=str(path), metres_per_pixel=None if metres_per_unit is None else metres_per_unit * share, dpi=dpi
    )

    def p(point: Point) -> Point:
        return point[0] * share, point[1] * share

    picture.lines = [Line(start=p(line.start), end=p(line.end), layer=line.layer, pen=line.pen) for line in picture.lines]
    picture.fills = [Fill(ring=tuple(p(point) for point in fill.ring), layer=fill.layer) for fill in picture.fills]
    picture.line_width *= share
    picture.texts, picture.reader, picture.unit_name, picture.paper_m_per_unit = out.texts, "pdf", "point", out.paper_m_per_unit
    picture.warnings = [*out.warnings, f"the page is a picture, read at {dpi:.0f} dpi", *picture.warnings]
    return picture


def _times(p: _Matrix, q: _Matrix) -> _Matrix:
    """What first `p` does and then `q`."""
    return (
        p[0] * q[0] + p[1] * q[2],
        p[0] * q[1] + p[1] * q[3],
        p[2] * q[0] + p[3] * q[2],
        p[2] * q[1] + p[3] * q[3],
        p[4] * q[0] + p[5] * q[2] + q[4],
        p[4] * q[1] + p[5] * q[3] + q[5],
    )


class _Reader:
    """Takes the objects of a page, forms unfolded."""

    def __init__(self, out: Drawing, path: Path, off: set[str]) -> None:
        from pypdfium2 import raw

        self._out, self._path, self._raw, self._off = out, path, raw, off
        self._seen = 0
        self._names: dict[bytes, str] = {}
        self._buffer, self._size = (ctypes.c_ubyte * _LAYER_BYTES)(), ctypes.c_ulong()

    def run(self, sheet: Any) -> None:
        raw = self._raw
        for index in range(raw.FPDFPage_CountObjects(sheet.raw)):
            self._take(raw.FPDFPage_GetObject(sheet.raw, index), (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0, "")
        page = sheet.get_textpage()
        for index in range(min(page.count_rects(), _MAX_TEXTS)):
            left, bottom, right, top = page.get_rect(index)
            text = " ".join(page.get_text_bounded(left=left, bottom=bottom, right=right, top=top).split())
            if text:
                upright = top - bottom > 2 * (right - left) and len(text) > 1
                self._out.texts.append(
                    Text(
                        text=text[:200],
                        at=((left + right) / 2, (bottom + top) / 2),
                        height=(right - left) if upright else (top - bottom),
                        turn_deg=90.0 if upright else 0.0,
                    )
                )
        page.close()

    def _layer(self, item: Any, outer: str) -> str:
        """The layer that an object is on: the innermost optional content around it that has a name."""
        raw = self._raw
        for index in reversed(range(min(raw.FPDFPageObj_CountMarks(item), 8))):
            mark = raw.FPDFPageObj_GetMark(item, index)
            if raw.FPDFPageObjMark_GetParamBlobValue(mark, b"Name", self._buffer, _LAYER_BYTES, self._size):
                said = bytes(self._buffer[: min(self._size.value, _LAYER_BYTES)])
                if said not in self._names:
                    self._names[said] = _name(said) if len(self._names) < _MAX_LAYERS else ""
                return self._names[said]
        return outer

    def _take(self, item: Any, outer: _Matrix, depth: int, around: str) -> None:
        raw = self._raw
        self._seen += 1
        if self._seen > _MAX_OBJECTS:
            raise FloorPlanError(
                f"{self._path}: more than {_MAX_OBJECTS} objects on the page; print the plan without its surroundings"
            )
        kind = raw.FPDFPageObj_GetType(item)
        layer = self._layer(item, around)
        if layer and layer in self._off:
            self._out.leave_out(f"hidden on {layer}")
            return
        m = raw.FS_MATRIX()
        raw.FPDFPageObj_GetMatrix(item, m)
        matrix = _times((m.a, m.b, m.c, m.d, m.e, m.f), outer)
        if kind == raw.FPDF_PAGEOBJ_FORM:
            if depth >= _MAX_DEPTH:
                self._out.leave_out("forms nested too deeply")
                return
            for index in range(raw.FPDFFormObj_CountObjects(item)):
                self._take(raw.FPDFFormObj_GetObject(item, index), matrix, depth + 1, layer)
        elif kind == raw.FPDF_PAGEOBJ_PATH:
            self._take_path(item, matrix, layer)
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            self._out.leave_out("pictures")
        elif kind == raw.FPDF_PAGEOBJ_SHADING:
            self._out.leave_out("shadings")

    def _take_path(self, item: Any, matrix: _Matrix, layer: str) -> None:
        raw = self._raw
        fill_mode, stroked, width = ctypes.c_int(), ctypes.c_int(), ctypes.c_float()
        raw.FPDFPath_GetDrawMode(item, fill_mode, stroked)
        raw.FPDFPageObj_GetStrokeWidth(item, width)
        filled = bool(fill_mode.value) and self._is_dark(item)
        if not (stroked.value or filled):
            if fill_mode.value:
                self._out.leave_out("light fills")
            return
        runs, arcs = self._runs(item, matrix, layer)
        thick = width.value * abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]) ** 0.5
        pen = f"{thick:.2f}"
        dashed = raw.FPDFPageObj_GetDashCount(item) > 0
        rings: list[list[Point]] = []
        for run in runs:
            ring = list(dict.fromkeys(run))
            if not all(abs(number) < _FAR for point in run for number in point):
                self._out.leave_out("shapes beyond any sheet")
            elif filled and len(ring) > 2:
                rings.append(ring)
            elif stroked.value:
                self._out.lines += [
                    Line(start=a, end=b, layer=layer, pen=pen, faint=dashed, width=thick)
                    for a, b in itertools.pairwise(run)
                    if a != b
                ]
        self._out.fills += fills(rings, layer)
        self._out.arcs += [arc for arc in arcs if arc.radius < _FAR]
        if len(self._out.lines) + len(self._out.fills) > MAX_LINES:
            raise FloorPlanError(f"{self._path}: more than {MAX_LINES} lines on the page; print the layers of the walls only")

    def _is_dark(self, item: Any) -> bool:
        """Walls are filled dark; white fills hide what is under them, light ones colour rooms."""
        r, g, b, a = (ctypes.c_uint() for _ in range(4))
        if not self._raw.FPDFPageObj_GetFillColor(item, r, g, b, a):
            return True
        return (r.value + g.value + b.value) / 3 <= 170 and a.value > 60

    def _runs(self, item: Any, matrix: _Matrix, layer: str) -> tuple[list[list[Point]], list[Arc]]:
        raw = self._raw
        runs: list[list[Point]] = []
        arcs: list[Arc] = []
        run: list[Point] = []
        begin: Point = (0.0, 0.0)
        bends: list[Point] = []
        x, y = ctypes.c_float(), ctypes.c_float()
        for index in range(min(raw.FPDFPath_CountSegments(item), MAX_LINES)):
            segment = raw.FPDFPath_GetPathSegment(item, index)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            a, b, c, d, e, f = matrix
            point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
            kind = raw.FPDFPathSegment_GetType(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                runs.append(run)
                run, begin, bends = [point], point, []
            elif kind == raw.FPDF_SEGMENT_LINETO:
                run.append(point)
            elif kind == raw.FPDF_SEGMENT_BEZIERTO:
                bends.append(point)
                if len(bends) == 3 and run:
                    arc = curves.arc(run[-1], bends[0], bends[1], bends[2], layer)
                    if arc is None:
                        run += curves.chords(run[-1], bends[0], bends[1], bends[2])
                    else:
                        # A swing is no wall: round arcs are kept apart from straight strokes.
                        arcs.append(arc)
                        runs.append(run)
                        run = [point]
                    bends = []
            if raw.FPDFPathSegment_GetClose(segment) and run:
                run.append(begin)
        runs.append(run)
        return [one for one in runs if len(one) > 1], arcs
