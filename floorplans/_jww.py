"""Jw_cad drawings (.jww): lines of every layer group at the scale of its own, as the header gives it, so that nobody is asked.

Hidden layers and the construction pen are left out. Read with `ezjww`; what it had to skip in a damaged file is said.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from floorplans import _jww_exchange
from floorplans._file import read_bytes
from floorplans.building import plan_of
from floorplans.drawing import MAX_LINES, Arc, Drawing, Fill, Line, Point, Text, Unit
from floorplans.errors import FloorPlanError
from floorplans.plan import FloorPlan

_CONSTRUCTION_STYLE = 9
_SOLID_STYLE = 1
_MAX_NESTING = 16
_FAR = 1e9


def read(
    path: Path,
    *,
    metres_per_unit: float | None = None,
    height_m: float | None = None,
    part: int | None = None,
    layer_words: Path | None = None,
) -> FloorPlan:
    """The building that the drawing shows; `metres_per_unit` is for millimetres on paper, in place of the header's scales."""
    if metres_per_unit is None and layer_words is None and part is None and _jww_exchange.is_ours(read_bytes(path)):
        return _jww_exchange.floor_plan(path)
    read_ = drawing(path, one_scale=metres_per_unit is not None)
    return plan_of(read_, where=str(path), metres_per_unit=metres_per_unit, height_m=height_m, part=part, layer_words=layer_words)


def drawing(path: Path, *, one_scale: bool = False) -> Drawing:
    """What is visible, in millimetres on the paper of the layer group with most in it.

    The groups of other scales are brought to that one, or left as they are on the paper where `one_scale`.
    """
    data = read_bytes(path)
    if not data.startswith(b"JwwData."):
        raise FloorPlanError(f"{path}: not a Jw_cad drawing (it does not begin with JwwData); save it again as .jww")
    import ezjww

    out = Drawing(file=str(path), reader="jww", unit_name="millimetre on paper", paper_m_per_unit=0.001)
    try:
        document: Any = ezjww.read_document(str(path))
    except Exception as error:  # noqa: BLE001
        # A library in Rust reports a damaged file by exceptions of many kinds, its panics included.
        raise FloorPlanError(f"{path}: the drawing is damaged ({_short(error)}); save it again as .jww") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise FloorPlanError(f"{path}: the drawing is damaged ({_short(error)}); save it again as .jww") from None
    out.warnings += [f"the file is damaged: {_said(note)}" for note in document.get("diagnostics", [])[:5]]
    groups = document["header"]["layer_groups"]
    scales = [_scale(group, path) for group in groups]
    counted = Counter(int(entity.get("base", {}).get("layer_group", 0)) for entity in document["entities"])
    used = [group for group, _ in counted.most_common() if 0 <= group < len(scales)]
    main = scales[used[0]] if used else 1.0
    factors = [1.0 if one_scale else scale / main for scale in scales]
    blocks = {block.get("number"): block.get("entities", []) for block in document.get("block_defs", [])}
    unfolded = _unfolded_count(document["entities"], blocks, {}, str(path))
    if unfolded > max(MAX_LINES, len(document["entities"])):
        raise FloorPlanError(
            f"{path}: {unfolded} entities with its blocks unfolded are more than {MAX_LINES}; save the walls only"
        )
    reader = _Reader(out, groups, factors, blocks)
    for entity in document["entities"]:
        try:
            reader.take(entity, _IDENTITY, 0)
        except (KeyError, TypeError, ValueError, OverflowError):
            out.leave_out(f"unreadable {entity.get('type', 'entity')}")
        if len(out.lines) > MAX_LINES:
            raise FloorPlanError(f"{path}: more than {MAX_LINES} lines; save the layers of the walls only")
    said = ", ".join(f"1:{scale:g}" for scale in dict.fromkeys(scales[group] for group in used))
    out.unit = Unit(metres_per_unit=main / 1000, says=f"the header gives the scale of the layer groups: {said}", certain=True)
    return out


def _unfolded_count(
    entities: list[dict[str, Any]], blocks: dict[Any, list[Any]], counted: dict[Any, int | None], where: str, depth: int = 0
) -> int:
    """How many entities there are with all blocks unfolded, each block counted once: what is too much is not unfolded."""
    total = len(entities)
    for entity in entities:
        if str(entity.get("type")) != "BLOCK" or depth >= _MAX_NESTING:
            continue
        number = entity.get("def_number", entity.get("number"))
        if number not in counted:
            counted[number] = None
            counted[number] = _unfolded_count(blocks.get(number, []), blocks, counted, where, depth + 1)
        within = counted[number]
        if within is None:
            raise FloorPlanError(f"{where}: a block holds itself; explode it, or save the walls only")
        total += within
    return total


def _scale(group: dict[str, Any], path: Path) -> float:
    scale = float(group.get("scale", 0.0))
    if not 0.001 <= scale <= 100_000:
        raise FloorPlanError(f"{path}: a layer group has the scale 1:{scale:g}; set it in Jw_cad, or give --metres-per-unit")
    return scale


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:80] or type(error).__name__


def _said(note: Any) -> str:
    return _short(Exception(str(note.get("message", note) if isinstance(note, dict) else note)))


_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class _Reader:
    """Takes entities into a drawing, blocks unfolded where they stand."""

    def __init__(self, out: Drawing, groups: list[dict[str, Any]], scales: list[float], blocks: dict[Any, list[Any]]) -> None:
        self._out, self._groups, self._scales, self._blocks = out, groups, scales, blocks
        self._layers: dict[tuple[int, int], tuple[str, str]] = {}

    def take(self, entity: dict[str, Any], place: _Matrix, depth: int) -> None:
        base = entity.get("base", {})
        kind = str(entity.get("type"))
        key = int(base.get("layer_group", 0)), int(base.get("layer", 0))
        if key not in self._layers:
            self._layers[key] = self._layer(*key)
        said, name = self._layers[key]
        style = int(base.get("pen_style", _SOLID_STYLE))
        if said or style == _CONSTRUCTION_STYLE:
            self._out.leave_out(said or "construction lines")
            return
        scale = self._scales[key[0]]

        def at(x: Any, y: Any) -> Point:
            a, b, c, d, e, f = place
            x, y = float(x), float(y)
            return scale * (a * x + c * y + e), scale * (b * x + d * y + f)

        pen = str(base.get("pen_color", ""))
        if kind == "LINE":
            start, end = at(entity["start_x"], entity["start_y"]), at(entity["end_x"], entity["end_y"])
            if _sane(*start, *end):
                self._out.lines.append(Line(start=start, end=end, layer=name, pen=pen, faint=style != _SOLID_STYLE))
            else:
                self._out.leave_out(f"lines beyond any building on {name}")
        elif kind in ("ARC", "CIRCLE"):
            self._take_arc(entity, at, place, scale, name)
        elif kind == "TEXT":
            start, end = at(entity["start_x"], entity["start_y"]), at(entity["end_x"], entity["end_y"])
            text = " ".join(str(entity.get("content", "")).split())
            if text and _sane(*start, *end):
                turn = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
                middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
                height = scale * float(entity.get("size_y", 0.0))
                self._out.texts.append(Text(text=text[:200], at=middle, height=height, turn_deg=turn, layer=name))
        elif kind == "SOLID":
            ring = [at(entity[f"point{n}_x"], entity[f"point{n}_y"]) for n in (1, 2, 3, 4) if f"point{n}_x" in entity]
            if len(ring) >= 3 and _sane(*(number for point in ring for number in point)):
                self._out.fills.append(Fill(ring=tuple(dict.fromkeys(ring)), layer=name))
        elif kind == "DIMENSION":
            for part in entity.get("entities", []) or [
                value for value in entity.values() if isinstance(value, dict) and "type" in value
            ]:
                self._out.leave_out("dimension parts") if part.get("type") != "TEXT" else self.take(part, place, depth + 1)
        elif kind == "BLOCK" and depth < _MAX_NESTING:
            inner = self._inserted(entity, place)
            for part in self._parts(entity):
                self.take(part, inner, depth + 1)
        elif kind != "POINT":
            self._out.leave_out(f"{kind} on {name}")

    def _layer(self, group_number: int, layer_number: int) -> tuple[str, str]:
        """Why what is on a layer is left out ("" if it is not), and the layer's name."""
        if not 0 <= group_number < len(self._groups):
            return "entities of no layer group", ""
        group = self._groups[group_number]
        layers = group.get("layers", [])
        layer = layers[layer_number] if 0 <= layer_number < len(layers) else {}
        hidden = group.get("state", 2) == 0 or layer.get("state", 2) == 0
        return "hidden" if hidden else "", self._name(group, layer, group_number, layer_number)

    @staticmethod
    def _name(group: dict[str, Any], layer: dict[str, Any], group_number: int, layer_number: int) -> str:
        """The layer's own name, with its group's before it where that has one; else the two digits of Jw_cad."""
        own = str(layer.get("name", "")).strip()
        over = str(group.get("name", "")).strip()
        number = f"{group_number:X}-{layer_number:X}"
        over = "" if over in (f"Group{group_number:X}", number[:1]) else over
        own = "" if own == number else own
        return " ".join(part for part in (over, own) if part) or number

    def _parts(self, entity: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from self._blocks.get(entity.get("def_number", entity.get("number")), [])

    @staticmethod
    def _inserted(entity: dict[str, Any], place: _Matrix) -> _Matrix:
        turn = float(entity.get("rotation", 0.0))
        sx, sy = float(entity.get("scale_x", 1.0)), float(entity.get("scale_y", 1.0))
        x, y = float(entity.get("ref_x", 0.0)), float(entity.get("ref_y", 0.0))
        c, s = math.cos(turn), math.sin(turn)
        a, b, cc, d = c * sx, s * sx, -s * sy, c * sy
        A, B, C, D, E, F = place
        return (
            A * a + C * b,
            B * a + D * b,
            A * cc + C * d,
            B * cc + D * d,
            A * x + C * y + E,
            B * x + D * y + F,
        )

    def _take_arc(self, entity: dict[str, Any], at: Any, place: _Matrix, scale: float, name: str) -> None:
        a, b, c, d, _, _ = place
        stretch = math.sqrt(abs(a * d - b * c))
        radius = scale * stretch * float(entity.get("radius", 0.0))
        centre = at(entity["center_x"], entity["center_y"])
        if not (_sane(*centre, radius) and radius > 0):
            self._out.leave_out("unreadable ARC")
            return
        if abs(float(entity.get("flatness", 1.0)) - 1.0) > 0.01:
            self._out.leave_out(f"ellipses on {name}")
            return
        if entity.get("is_full_circle") or entity.get("type") == "CIRCLE":
            self._out.arcs.append(Arc(centre=centre, radius=radius, start_deg=0.0, end_deg=360.0, layer=name))
            return
        tilt = math.degrees(float(entity.get("tilt_angle", 0.0)) + math.atan2(b, a))
        start, sweep = math.degrees(float(entity.get("start_angle", 0.0))), math.degrees(float(entity.get("arc_angle", 0.0)))
        start, sweep = (start + sweep, -sweep) if sweep < 0 else (start, sweep)
        if not (_sane(start, sweep, tilt) and sweep > 0):
            self._out.leave_out("unreadable ARC")
            return
        if a * d - b * c < 0:
            start = -(start + sweep)
        start = (start + tilt) % 360.0
        self._out.arcs.append(Arc(centre=centre, radius=radius, start_deg=start, end_deg=start + min(sweep, 360.0), layer=name))


def _sane(*numbers: float) -> bool:
    return max(numbers) < _FAR and min(numbers) > -_FAR and not math.isnan(sum(numbers))
