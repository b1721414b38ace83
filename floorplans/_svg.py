"""SVG drawings: lines, paths, shapes and texts with their transforms; groups and classes are layers. Nothing is fetched or run.

The unit is the user unit of the root's view box. Where the root has a width in millimetres or the like, that is the paper.
"""

from __future__ import annotations

import gzip
import itertools
import math
import re
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from floorplans import curves
from floorplans._file import MAX_BYTES, read_bytes
from floorplans.building import plan_of
from floorplans.drawing import MAX_LINES, Arc, Drawing, Line, Point, Text, fills
from floorplans.errors import FloorPlanError
from floorplans.plan import FloorPlan

_MAX_ELEMENTS = 400_000
_MAX_DEPTH = 200
_MAX_NESTING, _MAX_USED = 16, 100_000
"""What is used again within what is used, and elements that are drawn so: an SVG of a kilobyte can ask for billions."""
_FAR = 1e9

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TOKEN = re.compile(r"[MmZzLlHhVvCcSsQqTtAa]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TRANSFORM = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_LENGTH_M = {"mm": 0.001, "cm": 0.01, "in": 0.0254, "pt": 0.0254 / 72, "pc": 0.0254 / 6, "m": 1.0}

_SKIPPED = frozenset(
    {"defs", "symbol", "clippath", "mask", "pattern", "marker", "metadata", "script", "style", "foreignobject", "title"}
)
_INHERITED = ("stroke", "fill", "stroke-width", "stroke-dasharray", "display", "visibility", "opacity")


def read(
    path: Path,
    *,
    metres_per_unit: float | None = None,
    height_m: float | None = None,
    part: int | None = None,
    layer_words: Path | None = None,
) -> FloorPlan:
    """The building that the drawing shows; see `floorplans.read` for the options."""
    return plan_of(
        drawing(path), where=str(path), metres_per_unit=metres_per_unit, height_m=height_m, part=part, layer_words=layer_words
    )


def drawing(path: Path) -> Drawing:
    """What is visible, in user units of the view box, y up."""
    data = read_bytes(path)
    if data.startswith(b"\x1f\x8b"):
        data = _unpacked(data, path)
    out = Drawing(file=str(path), reader="svg", unit_name="user unit")
    parser = _Parser(out, path)
    parser.run(data)
    out.arcs = curves.joined(out.arcs)
    return out


def _unpacked(data: bytes, path: Path) -> bytes:
    """What a compressed file (.svgz) holds, up to the bound that plain ones have."""
    import io

    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            plain = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError):
        raise FloorPlanError(f"{path}: the compressed file is damaged; save it again as SVG") from None
    if len(plain) > MAX_BYTES:
        raise FloorPlanError(f"{path}: unpacks to more than {MAX_BYTES / 1e6:.0f} MB; export one building only")
    return plain


class _Stop(Exception):  # noqa: N818
    """Parsing ends with a sentence for the user."""


class _Frame:
    """What an element hands down: transform, style, layer, whether it is skipped."""

    __slots__ = ("layer", "matrix", "skip", "style")

    def __init__(self, matrix: Matrix, style: dict[str, str], layer: str, *, skip: bool) -> None:
        self.matrix, self.style, self.layer, self.skip = matrix, style, layer, skip


class _Parser:
    """Walks the file once; entities are refused before they can grow."""

    def __init__(self, out: Drawing, path: Path) -> None:
        self._out, self._path = out, path
        self._stack: list[_Frame] = []
        self._text: list[str] | None = None
        self._text_at: tuple[float, float, float] = (0.0, 0.0, 0.0)
        self._elements = 0
        self._rules: dict[str, dict[str, str]] = {}
        self._css: list[str] | None = None
        self._events: list[tuple[str, dict[str, str] | str | None]] | None = None
        self._begun: list[tuple[str, int]] = []
        self._named: dict[str, tuple[int, int]] = {}
        self._uses: list[tuple[dict[str, str], _Frame]] = []
        self._within = self._used = 0

    def run(self, data: bytes) -> None:
        if b"<use" in data or b":use" in data:
            # What is used may stand behind its use: all is kept, to be drawn once more where it is wanted.
            self._events = []
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        try:
            parser.Parse(data, True)
            for given, frame in self._uses:
                self._use(given, frame)
        except _Stop as stop:
            raise FloorPlanError(f"{self._path}: {stop}") from None
        except expat.ExpatError as error:
            if not self._stack and not self._elements:
                raise FloorPlanError(
                    f"{self._path}: not an SVG drawing ({expat.errors.messages[error.code]}); save it again as SVG"
                ) from None
            self._out.warnings.append(f"the file is damaged after line {error.lineno}: what stands before it is read")
        except (ValueError, UnicodeError, LookupError):
            raise FloorPlanError(f"{self._path}: not an SVG drawing; save it again as SVG in UTF-8") from None

    def _entity(self, name: str, *_rest: object) -> None:
        raise _Stop(f"defines the entity {name[:30]}, which no drawing needs; save it again as plain SVG")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > _MAX_ELEMENTS or len(self._stack) > _MAX_DEPTH:
            raise _Stop(f"more than {_MAX_ELEMENTS} elements or {_MAX_DEPTH} levels; export the layers of the walls only")
        self._used += self._within > 0
        if self._used > _MAX_USED:
            raise _Stop(f"more than {_MAX_USED} elements are used again; export the layers of the walls only")
        name = tag.rpartition(":")[2].lower()
        if not self._stack and name != "svg":
            raise _Stop(f"not an SVG drawing (it begins with <{name[:20]}>); save it again as SVG")
        if self._events is not None and not self._within:
            self._begun.append((given.get("id", ""), len(self._events)))
            self._events.append((tag, given))
        outer = self._stack[-1] if self._stack else _Frame(IDENTITY, {}, "", skip=False)
        style = dict(outer.style)
        for word in given.get("class", "").split():
            style.update(self._rules.get(word, {}))
        style.update({key: given[key] for key in _INHERITED if key in given})
        style.update(_declared(given.get("style", "")))
        matrix = _times(outer.matrix, _transform(given.get("transform", "")))
        layer = outer.layer
        label = given.get("inkscape:label") or given.get("data-layer") or given.get("data-name")
        if name in ("g", "svg", "a"):
            layer = label or given.get("id") or given.get("class") or layer
        elif given.get("class") and not layer:
            layer = given["class"]
        hidden = style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse")
        if hidden and not outer.skip and name not in _SKIPPED:
            self._out.leave_out(f"hidden {name} on {layer}" if layer else f"hidden {name}")
        frame = _Frame(matrix, style, layer, skip=outer.skip or hidden or name in _SKIPPED)
        if name == "svg":
            frame.matrix = _times(matrix, _viewport(given)) if self._stack else self._root(given)
        self._stack.append(frame)
        if name == "style":
            self._css = []
        elif not frame.skip:
            try:
                self._draw(name, given, frame)
            except (ValueError, OverflowError, ZeroDivisionError, IndexError):
                self._out.leave_out(f"unreadable {name}")

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2].lower()
        frame = self._stack.pop()
        if self._events is not None and not self._within:
            self._events.append((tag, None))
            key, begin = self._begun.pop()
            if key:
                self._named.setdefault(key, (begin, len(self._events)))
        if name == "style" and self._css is not None:
            for selector, body in re.findall(r"\.([\w-]+)\s*\{([^}]*)\}", "".join(self._css)[:200_000]):
                self._rules.setdefault(selector, {}).update(_declared(body))
            self._css = None
        if name == "text" and self._text is not None:
            text = " ".join("".join(self._text).split())
            if text and _sane(*self._text_at):
                x, y, height = self._text_at
                a, b, *_ = frame.matrix
                self._out.texts.append(
                    Text(text=text[:200], at=(x, y), height=height, turn_deg=-math.degrees(math.atan2(b, a)), layer=frame.layer)
                )
            self._text = None

    def _characters(self, text: str) -> None:
        if self._events is not None and not self._within:
            self._events.append(("", text))
        if self._css is not None and len(self._css) < 10_000:
            self._css.append(text)
        elif self._text is not None and len(self._text) < 1_000:
            self._text.append(text)

    def _root(self, given: dict[str, str]) -> Matrix:
        view = [float(number) for number in _NUMBER.findall(given.get("viewBox", ""))]
        width = re.fullmatch(r"\s*([\d.]+)\s*(mm|cm|in|pt|pc|m)\s*", given.get("width", ""))
        if width:
            across = view[2] if len(view) == 4 and view[2] > 0 else float(width[1]) * _LENGTH_M[width[2]] / (0.0254 / 96)
            self._out.paper_m_per_unit = float(width[1]) * _LENGTH_M[width[2]] / across
        return (1.0, 0.0, 0.0, -1.0, 0.0, 0.0)

    def _draw(self, name: str, given: dict[str, str], frame: _Frame) -> None:
        if name == "line":
            ends = [(_number(given.get("x1")), _number(given.get("y1"))), (_number(given.get("x2")), _number(given.get("y2")))]
            self._take([ends], frame, closed=False)
        elif name == "rect":
            x, y = _number(given.get("x")), _number(given.get("y"))
            w, h = _number(given.get("width")), _number(given.get("height"))
            if w > 0 and h > 0:
                self._take([[(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]], frame, closed=True)
        elif name in ("polyline", "polygon"):
            numbers = [float(number) for number in _NUMBER.findall(given.get("points", ""))]
            points = list(zip(numbers[::2], numbers[1::2], strict=False))
            self._take([[*points, points[0]] if name == "polygon" and points else points], frame, closed=name == "polygon")
        elif name == "path":
            arcs: list[tuple[Point, float, float, float]] = []
            runs = _runs(given.get("d", ""), arcs)
            self._take(runs, frame, closed=any(len(run) > 2 and run[0] == run[-1] for run in runs))
            for centre, radius, start, sweep in arcs:
                self._arc(centre, radius, start, sweep, frame)
        elif name in ("circle", "ellipse"):
            radius = _number(given.get("r") or given.get("rx"))
            if radius > 0 and (name == "circle" or given.get("rx") == given.get("ry")):
                self._arc((_number(given.get("cx")), _number(given.get("cy"))), radius, 0.0, 360.0, frame)
        elif name in ("text", "tspan"):
            size = _number(
                re.sub(r"[a-z%]+$", "", _declared(given.get("style", "")).get("font-size", given.get("font-size", "0")))
            )
            if name == "text":
                self._text = []
                x, y = _at(frame.matrix, (_number(given.get("x")), _number(given.get("y"))))
                self._text_at = (x, y, size * _stretch(frame.matrix))
            elif self._text is not None and "x" in given and not any(part.strip() for part in self._text):
                x, y = _at(frame.matrix, (_number(given.get("x")), _number(given.get("y"))))
                self._text_at = (x, y, self._text_at[2] or size * _stretch(frame.matrix))
            elif self._text:
                self._text.append(" ")
        elif name == "use" and not self._within:
            self._uses.append((given, frame))
        elif name == "use":
            self._use(given, frame)
        elif name == "image":
            self._out.leave_out("image elements")

    def _use(self, given: dict[str, str], frame: _Frame) -> None:
        """Draw an element of the file once more, where and in the style in which it is used."""
        key = given.get("href") or given.get("xlink:href") or ""
        found = self._named.get(key[1:]) if key.startswith("#") else None
        if found is None or self._events is None or self._within >= _MAX_NESTING:
            self._out.leave_out("use elements of nothing" if found is None else "use elements nested too deeply")
            return
        moved = (1.0, 0.0, 0.0, 1.0, _number(given.get("x")), _number(given.get("y")))
        self._stack.append(_Frame(_times(frame.matrix, moved), frame.style, frame.layer, skip=False))
        self._within += 1
        first = found[0]
        for place in range(*found):
            tag, what = self._events[place]
            symbol = place in (first, found[1] - 1) and tag.rpartition(":")[2].lower() == "symbol"
            if isinstance(what, dict):
                sized: dict[str, str] = {side: given[side] for side in ("width", "height") if side in given}
                self._start("svg" if symbol else tag, {**what, **sized} if symbol else what)
            elif what is None:
                self._end("svg" if symbol else tag)
            else:
                self._characters(what)
        self._within -= 1
        self._stack.pop()

    def _take(self, runs: list[list[Point]], frame: _Frame, *, closed: bool) -> None:
        """Strokes and fills of runs of points; what is neither stroked nor filled, or white, is not seen."""
        stroke = frame.style.get("stroke", "none").strip().lower()
        fill = frame.style.get("fill", "black").strip().lower()
        dashed = bool(_NUMBER.findall(frame.style.get("stroke-dasharray", "none")))
        stroked = stroke not in ("none", "transparent")
        filled = closed and fill not in ("none", "transparent") and not _is_white(fill)
        pen = f"{stroke} {frame.style.get('stroke-width', '')}".strip()
        width = _number(frame.style.get("stroke-width", "1")) * _stretch(frame.matrix)
        rings: list[list[Point]] = []
        for run in runs:
            points = [_at(frame.matrix, point) for point in run]
            if not _sane(*(number for point in points for number in point)):
                self._out.leave_out("shapes beyond any building")
                continue
            ring = list(dict.fromkeys(points))
            if filled and len(ring) > 2 and not _is_pale(fill):
                rings.append(ring)
            elif stroked:
                for start, end in itertools.pairwise(points):
                    if start != end:
                        self._out.lines.append(Line(start=start, end=end, layer=frame.layer, pen=pen, faint=dashed, width=width))
            elif filled:
                self._out.leave_out("light fills")
        self._out.fills += fills(rings, frame.layer)
        if len(self._out.lines) + len(self._out.fills) > MAX_LINES:
            raise _Stop(f"more than {MAX_LINES} lines; export the layers of the walls only")

    def _arc(self, centre: Point, radius: float, start: float, sweep: float, frame: _Frame) -> None:
        a, b, c, d, _, _ = frame.matrix
        stretch = _stretch(frame.matrix)
        middle = _at(frame.matrix, centre)
        if not _sane(*middle, radius * stretch):
            return
        if a * d - b * c < 0:
            # The drawing's y points down, so that the turn is reversed.
            start = -start - sweep
        start += math.degrees(math.atan2(b, a))
        self._out.arcs.append(
            Arc(centre=middle, radius=radius * stretch, start_deg=start % 360, end_deg=start % 360 + sweep, layer=frame.layer)
        )


def _viewport(given: dict[str, str]) -> Matrix:
    """Where a drawing within the drawing stands: its view box is fitted into the place that it is given, in the middle."""
    x, y = _number(given.get("x")), _number(given.get("y"))
    view = [float(number) for number in _NUMBER.findall(given.get("viewBox", ""))]
    if len(view) != 4 or not (view[2] > 0 and view[3] > 0):
        return (1.0, 0.0, 0.0, 1.0, x, y)
    wide, high = (
        view[side] if "%" in (said := given.get(name, "")) or not said else _number(said)
        for side, name in ((2, "width"), (3, "height"))
    )
    scale = min(wide / view[2], high / view[3])
    return (
        scale,
        0.0,
        0.0,
        scale,
        x + (wide - scale * view[2]) / 2 - scale * view[0],
        y + (high - scale * view[3]) / 2 - scale * view[1],
    )


def _declared(style: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in style.split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs if key.strip() in (*_INHERITED, "font-size")}


def _number(text: str | None) -> float:
    found = _NUMBER.match((text or "0").strip())
    return float(found[0]) if found else 0.0


def _sane(*numbers: float) -> bool:
    return all(abs(number) < _FAR for number in numbers)


def _is_white(colour: str) -> bool:
    return colour in ("white", "#fff", "#ffffff", "rgb(255,255,255)", "rgb(100%,100%,100%)")


def _is_pale(colour: str) -> bool:
    """Whether a fill is lighter than walls are: rooms are coloured, walls are dark."""
    found = re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})", colour)
    if not found:
        return colour not in ("black", "gray", "grey", "dimgray", "darkgray", "darkgrey", "brown")
    digits = found[1] if len(found[1]) == 6 else "".join(letter * 2 for letter in found[1])
    return sum(int(digits[at : at + 2], 16) for at in (0, 2, 4)) / 3 > 170


def _times(p: Matrix, q: Matrix) -> Matrix:
    return (
        p[0] * q[0] + p[2] * q[1],
        p[1] * q[0] + p[3] * q[1],
        p[0] * q[2] + p[2] * q[3],
        p[1] * q[2] + p[3] * q[3],
        p[0] * q[4] + p[2] * q[5] + p[4],
        p[1] * q[4] + p[3] * q[5] + p[5],
    )


def _at(matrix: Matrix, point: Point) -> Point:
    a, b, c, d, e, f = matrix
    return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f


def _stretch(matrix: Matrix) -> float:
    a, b, c, d, _, _ = matrix
    return math.sqrt(abs(a * d - b * c))


def _transform(text: str) -> Matrix:
    matrix = IDENTITY
    for kind, body in _TRANSFORM.findall(text)[:50]:
        n = [float(number) for number in _NUMBER.findall(body)]
        step = IDENTITY
        if kind == "matrix" and len(n) == 6:
            step = (n[0], n[1], n[2], n[3], n[4], n[5])
        elif kind == "translate" and n:
            step = (1.0, 0.0, 0.0, 1.0, n[0], n[1] if len(n) > 1 else 0.0)
        elif kind == "scale" and n:
            step = (n[0], 0.0, 0.0, n[1] if len(n) > 1 else n[0], 0.0, 0.0)
        elif kind == "rotate" and n:
            c, s = math.cos(math.radians(n[0])), math.sin(math.radians(n[0]))
            x, y = (n[1], n[2]) if len(n) > 2 else (0.0, 0.0)
            step = (c, s, -s, c, x - c * x + s * y, y - s * x - c * y)
        elif kind in ("skewX", "skewY") and n:
            tangent = math.tan(math.radians(n[0]))
            step = (1.0, tangent, 0.0, 1.0, 0.0, 0.0) if kind == "skewY" else (1.0, 0.0, tangent, 1.0, 0.0, 0.0)
        matrix = _times(matrix, step)
    return matrix


def _runs(data: str, arcs: list[tuple[Point, float, float, float]]) -> list[list[Point]]:
    """The straight pieces of a path, curves cut into chords; round arcs also as (centre, radius, start, sweep) in degrees."""
    tokens: Iterator[str] = iter(_TOKEN.findall(data))
    runs: list[list[Point]] = []
    run: list[Point] = []
    begin: Point = (0.0, 0.0)
    at: Point = (0.0, 0.0)
    control: Point = at
    command, pushed = "", ""

    def number() -> float:
        nonlocal pushed
        token, pushed = (pushed, "") if pushed else (next(tokens), "")
        if token.isalpha():
            raise StopIteration
        return float(token)

    def point(*, relative: bool) -> Point:
        x, y = number(), number()
        return (at[0] + x, at[1] + y) if relative else (x, y)

    while True:
        token = pushed or next(tokens, "")
        pushed = ""
        if not token:
            break
        if token.isalpha():
            command = token
            if command in "Zz":
                if run:
                    runs.append([*run, begin])
                    at = begin
                    run = [at]
                continue
        else:
            pushed = token
            if command in "Zz":
                break
            command = {"M": "L", "m": "l"}.get(command, command)
        relative = command.islower()
        try:
            kind = command.upper()
            if kind == "M":
                if len(run) > 1:
                    runs.append(run)
                at = begin = point(relative=relative)
                run = [at]
            elif kind in ("L", "T"):
                at = point(relative=relative)
                run.append(at)
            elif kind == "H":
                x = number()
                at = (at[0] + x if relative else x, at[1])
                run.append(at)
            elif kind == "V":
                y = number()
                at = (at[0], at[1] + y if relative else y)
                run.append(at)
            elif kind in ("C", "S", "Q"):
                first = point(relative=relative) if kind != "S" else (2 * at[0] - control[0], 2 * at[1] - control[1])
                second = point(relative=relative) if kind != "Q" else first
                end = point(relative=relative)
                if kind == "Q":
                    inner, second = first, ((2 * first[0] + end[0]) / 3, (2 * first[1] + end[1]) / 3)
                    first = ((2 * inner[0] + at[0]) / 3, (2 * inner[1] + at[1]) / 3)
                round_arc = curves.arc(at, first, second, end)
                if round_arc is None:
                    run += curves.chords(at, first, second, end)
                else:
                    arcs.append((round_arc.centre, round_arc.radius, round_arc.start_deg, round_arc.sweep_deg))
                    run = _broken(runs, run, end)
                at = end
                control = second
                continue
            elif kind == "A":
                rx, ry, turn, large, sweep = (number() for _ in range(5))
                end = point(relative=relative)
                points = _elliptic(at, end, (rx, ry, turn), (large != 0, sweep != 0), arcs)
                run = [*run, *points] if points else _broken(runs, run, end)
                at = end
        except (StopIteration, RuntimeError):
            break
        control = at
    if len(run) > 1:
        runs.append(run)
    return runs


def _broken(runs: list[list[Point]], run: list[Point], end: Point) -> list[Point]:
    """A run that begins after a round arc, which is kept as an arc and not as strokes: a swing is no wall."""
    if len(run) > 1:
        runs.append(run)
    return [end]


def _elliptic(
    a: Point, b: Point, shape: tuple[float, float, float], flags: tuple[bool, bool], arcs: list[tuple[Point, float, float, float]]
) -> list[Point]:
    """Chords of an arc from one point to another (SVG 1.1, appendix F.6.5), which is kept as an arc where it is round."""
    rx, ry, turn = abs(shape[0]), abs(shape[1]), math.radians(shape[2])
    if rx == 0 or ry == 0 or a == b:
        return [b]
    c, s = math.cos(turn), math.sin(turn)
    dx, dy = (a[0] - b[0]) / 2, (a[1] - b[1]) / 2
    x, y = c * dx + s * dy, -s * dx + c * dy
    grow = (x / rx) ** 2 + (y / ry) ** 2
    if grow > 1:
        rx, ry = rx * math.sqrt(grow), ry * math.sqrt(grow)
    rest = max(0.0, (rx * ry) ** 2 - (rx * y) ** 2 - (ry * x) ** 2) / ((rx * y) ** 2 + (ry * x) ** 2)
    root = math.sqrt(rest) * (1 if flags[0] != flags[1] else -1)
    px, py = root * rx * y / ry, -root * ry * x / rx
    centre = (c * px - s * py + (a[0] + b[0]) / 2, s * px + c * py + (a[1] + b[1]) / 2)
    start = math.atan2((y - py) / ry, (x - px) / rx)
    end = math.atan2((-y - py) / ry, (-x - px) / rx)
    sweep = (end - start) % (2 * math.pi)
    sweep = sweep if flags[1] else sweep - 2 * math.pi
    if abs(rx - ry) < 1e-3 * rx:
        low, length = (start, sweep) if sweep > 0 else (start + sweep, -sweep)
        arcs.append((centre, rx, math.degrees(low + turn), math.degrees(length)))
        return []
    points = []
    for step in range(1, curves.STEPS + 1):
        angle = start + sweep * step / curves.STEPS
        u, v = rx * math.cos(angle), ry * math.sin(angle)
        points.append((centre[0] + c * u - s * v, centre[1] + s * u + c * v))
    return points
