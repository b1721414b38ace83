"""JWW for offices that draw with Jw_cad: a layer for each material, height and thickness, access points as blocks.

Jw_cad is flat and has no extended data: what a line is stands in the name of its layer, `壁 concrete z0 0 z1 9.7 t 0.15`, and
the plan as a whole once more in the texts of a layer that is turned off. A wall, outline or room whose lines are still as they
were written is read from there; what the office has drawn, moved or deleted since is read from the lines. Layer groups are at
1:100; lines keep a thousandth of a millimetre.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from floorplans._file import read_bytes
from floorplans.errors import FloorPlanError, GeometryError, UnsupportedFileError
from floorplans.exchange import Channel, Mark
from floorplans.plan import (
    FloorPlan,
    Level,
    Opening,
    Point,
    Slab,
    Source,
    Wall,
    Zone,
    check,
    floor_and_roof,
    from_json,
    to_json,
    write_whole,
)

_SCALE = 100.0
_LAYERS = 16 * 16
_HEIGHTS = r"z0 (?P<z0>-?\d{1,9}(?:\.\d+)?) z1 (?P<z1>-?\d{1,9}(?:\.\d+)?)"
_THICK = r"t (?P<t>-|\d{1,9}(?:\.\d+)?)"
_WALL = re.compile(rf"壁 (?P<material>.+) {_HEIGHTS} {_THICK}")
_HOLE = re.compile(rf"(?P<kind>開口|扉|窓) (?P<material>.+) {_HEIGHTS} {_THICK}")
_LEVEL = re.compile(rf"外形 (?P<index>\d{{1,4}}) {_HEIGHTS} ?(?P<name>.*)")
_ZONE = re.compile(r"室 (?P<kind>\S+) (?P<level>\d{1,4})")
_KINDS = {"": "開口", "door": "扉", "window": "窓"}
_MARK = "WIFI_AP "
_RECORD = "記録 wifiplan"
_PIECE = 200
_OFF = 0

_Line = tuple[str, Point, Point]
"""Of a drawing of ours: the name of its layer and its ends in metres, as they come back from the paper."""


def write(plan: FloorPlan, marks: Sequence[Mark], path: Path) -> None:
    """Write the drawing, whole or not at all; every level of the plan lies over the others, told apart by its layers."""
    if find_spec("ezjww") is None:
        raise UnsupportedFileError(f"{path}: JWW needs ezjww; install it with `pip install ezjww`")
    import ezjww

    drawing = ezjww.new(memo="wifiplan")
    space = drawing.modelspace()
    layers: dict[str, int] = {}
    for group in drawing.options["layer_groups"]:
        group["scale"] = _SCALE

    def select(name: str) -> dict[str, Any]:
        number = layers.setdefault(name, len(layers))
        if number >= _LAYERS:
            raise FloorPlanError(f"{path}: the plan has more kinds of walls and rooms than Jw_cad's {_LAYERS} layers; write DXF")
        layer: dict[str, Any] = drawing.options["layer_groups"][number // 16]["layers"][number % 16]
        layer["name"] = name
        drawing.select_layer(number // 16, number % 16)
        return layer

    record = select(_RECORD)
    text = json.dumps(to_json(plan))
    for row, at in enumerate(range(0, len(text), _PIECE)):
        space.add_text(f"{row} {text[at : at + _PIECE]}", (0.0, 0.0), size_x=0.1, size_y=0.1)
    drawn = [_wall_line(wall) for wall in plan.walls]
    drawn += [_hole_line(wall, hole) for wall in plan.walls for hole in wall.openings]
    drawn += [line for index, level in enumerate(plan.levels) for line in _ring(_level_layer(index, level), level.outline_m)]
    drawn += [line for zone in plan.zones for line in _ring(_zone_layer(zone), zone.polygon_m)]
    for name, start, end in drawn:
        select(name)
        space.add_line(_paper(start), _paper(end))
    for zone in plan.zones:
        select(_zone_layer(zone))
        if shown := _one_line(zone.name):
            space.add_text(shown, _paper(_middle(zone.polygon_m)), size_x=3.0, size_y=3.0)
    select("無線 AP")
    record["state"] = _OFF  # only now: the layer that is drawn on is never off
    for mark in marks:
        name = _MARK + json.dumps(_values(mark), ensure_ascii=False)
        symbol = ezjww.new().modelspace()
        symbol.add_circle((0.0, 0.0), 2.5)
        for row, words in enumerate((mark.name, f"h={mark.height_m:g} m", mark.channels, mark.model)):
            if shown := _one_line(words):
                symbol.add_text(shown, (3.5, 1.0 - 3.0 * row), size_x=2.0, size_y=2.0)
        drawing.add_block(name, symbol.entities)
        space.add_block_ref(name, _paper((mark.x_m, mark.y_m)))
    write_whole(path, drawing.to_jww_bytes())


def _wall_line(wall: Wall) -> _Line:
    name = f"壁 {wall.material} z0 {_text(wall.z0_m)} z1 {_text(wall.z1_m)} t {_text(wall.thickness_m)}"
    return name, wall.start_m, wall.end_m


def _hole_line(wall: Wall, hole: Opening) -> _Line:
    name = f"{_KINDS[hole.kind]} {hole.material or '-'} z0 {_text(hole.z0_m)} z1 {_text(hole.z1_m)} t {_text(hole.thickness_m)}"
    return name, _at(wall, hole.u0_m), _at(wall, hole.u1_m)


def _level_layer(index: int, level: Level) -> str:
    return _one_line(f"外形 {index} z0 {_text(level.floor_m)} z1 {_text(level.ceiling_m)} {level.name}")


def _zone_layer(zone: Zone) -> str:
    return f"室 {zone.kind} {zone.level}"


def _ring(layer: str, ring: Sequence[Point]) -> list[_Line]:
    return [(layer, start, end) for start, end in zip(ring, (*ring[1:], ring[0]), strict=True)]


def _one_line(text: str) -> str:
    """As Jw_cad takes texts and names: without line ends and other signs that nobody sees."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def _paper(point: tuple[float, float]) -> tuple[float, float]:
    """Metres to millimetres of paper."""
    return point[0] * 1000.0 / _SCALE, point[1] * 1000.0 / _SCALE


def _metres(x: float, y: float) -> tuple[float, float]:
    return round(x * _SCALE / 1000.0, 6), round(y * _SCALE / 1000.0, 6)


def _at(wall: Wall, u_m: float) -> tuple[float, float]:
    share = u_m / wall.length_m if wall.length_m else 0.0
    (ax, ay), (bx, by) = wall.start_m, wall.end_m
    return ax + (bx - ax) * share, ay + (by - ay) * share


def _middle(ring: Sequence[Point]) -> Point:
    """The mean of the corners: where the name of a room stands."""
    xs, ys = zip(*ring, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)


def _values(mark: Mark) -> dict[str, Any]:
    return {
        "name": mark.name,
        "at": [mark.x_m, mark.y_m],
        "h": mark.height_m,
        "level": mark.level,
        "model": mark.model,
        "key": mark.key,
        "azimuth": mark.azimuth_deg,
        "tilt": mark.tilt_deg,
        "radios": [[one.band, one.channel, one.width_mhz, one.tx_power_dbm] for one in mark.radios],
    }


def _document(path: Path) -> dict[str, Any]:
    import ezjww

    read_bytes(path)
    try:
        return dict(ezjww.read_document(str(path)))
    except Exception as error:  # noqa: BLE001  its own errors and those of Rust have no common class
        raise FloorPlanError(f"{path}: not a readable JWW drawing ({str(error)[:80]}); save it again") from None


def is_ours(data: bytes) -> bool:
    """Whether `write` may have made these bytes: they have a layer named as ours are."""
    return any(
        all(word.encode(encoding) in data for word in ("壁 ", " z0 ", " z1 ", "外形 ")) for encoding in ("utf-16-le", "cp932")
    )


def floor_plan(path: Path) -> FloorPlan:
    """The plan of a drawing of ours, with what was changed in it since.

    Where the record of the plan is gone, slabs are concrete below and above each level, and names of walls and how sure a reader
    was of them are lost, which is said.
    """
    document = _document(path)
    said, warnings = _recorded(document, path)
    lines, words = _Lines(document), _words(document)
    walls = _walls(said, lines)
    if not walls:
        raise GeometryError(f"{path}: has no layer of walls as `wifiplan export` names them; read it as any drawing")
    levels = _levels(said, lines)
    slabs: tuple[Slab, ...] = ()
    if said is not None and levels == said.levels:
        slabs = said.slabs
    else:
        slabs = tuple(
            slab
            for level in levels
            for slab in floor_and_roof(
                level.outline_m, z0_m=level.floor_m, z1_m=level.ceiling_m, floor="concrete", roof="concrete"
            )
        )
        warnings.append("Jw_cad drawings hold no floors or roofs: concrete is assumed for both")
    return check(
        FloorPlan(
            name=path.stem if said is None else said.name,
            levels=levels,
            walls=walls,
            slabs=slabs,
            zones=_zones(said, lines, words),
            source=Source(
                file=path.name, reader="jww", licence="" if said is None else said.source.licence, warnings=tuple(warnings)
            ),
        )
    )


class _Lines:
    """The lines of a drawing of ours, taken out one by one as what they are is known."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._left: Counter[_Line] = Counter()
        for one in document["entities"]:
            if str(one.get("type", "")).upper() == "LINE":
                ends = _metres(one["start_x"], one["start_y"]), _metres(one["end_x"], one["end_y"])
                self._left[_layer_name(document, one["base"]), *ends] += 1

    def take(self, lines: Iterable[_Line]) -> bool:
        """Take out lines as they were written, all or none; whether they were there."""
        wanted = Counter((name.strip(), _back(start), _back(end)) for name, start, end in lines)
        if any(self._left[line] < number for line, number in wanted.items()):
            return False
        for line, number in wanted.items():
            self._left[line] -= number
        return True

    def left(self) -> list[_Line]:
        """Those that nothing was known of, in the order of the drawing."""
        return list(self._left.elements())


def _back(point: Point) -> Point:
    """As a point comes back from the paper."""
    return _metres(*_paper(point))


def _recorded(document: dict[str, Any], path: Path) -> tuple[FloorPlan | None, list[str]]:
    """The plan as it was written, and what to tell where it cannot be had."""
    pieces: dict[int, str] = {}
    for one in document["entities"]:
        if str(one.get("type", "")).upper() == "TEXT" and _layer_name(document, one["base"]) == _RECORD:
            number, _, piece = str(one["content"]).partition(" ")
            if number.isdecimal() and len(number) < 8:
                pieces[int(number)] = piece
    lost = "names of walls and how sure a reader was of them are lost: the drawing has no whole record of the plan"
    try:
        data = json.loads("".join(piece for _, piece in sorted(pieces.items())))
        return (from_json(data, where=str(path)), []) if isinstance(data, dict) else (None, [lost])
    except (FloorPlanError, ValueError, RecursionError):
        return None, [lost]


def _words(document: dict[str, Any]) -> list[tuple[str, Point]]:
    return [
        (str(one["content"]), _metres(one["start_x"], one["start_y"]))
        for one in document["entities"]
        if str(one.get("type", "")).upper() == "TEXT" and _layer_name(document, one["base"]) != _RECORD
    ]


def _walls(said: FloorPlan | None, lines: _Lines) -> tuple[Wall, ...]:
    """Walls whose lines are as they were written as they were, the others as their lines say; deleted openings are gone."""
    found: list[Wall] = []
    for wall in () if said is None else said.walls:
        if lines.take([_wall_line(wall)]):
            kept = tuple(hole for hole in wall.openings if lines.take([_hole_line(wall, hole)]))
            found.append(wall if kept == wall.openings else replace(wall, openings=kept))
    holes: list[tuple[re.Match[str], Point, Point]] = []
    for name, *ends in lines.left():
        if match := _WALL.fullmatch(name):
            found.append(
                Wall(
                    start_m=ends[0],
                    end_m=ends[1],
                    z0_m=float(match["z0"]),
                    z1_m=float(match["z1"]),
                    material=match["material"],
                    thickness_m=_number(match["t"]),
                )
            )
        elif match := _HOLE.fullmatch(name):
            holes.append((match, ends[0], ends[1]))
    return tuple(_with_holes(wall, holes) for wall in found) if holes else tuple(found)


def _levels(said: FloorPlan | None, lines: _Lines) -> tuple[Level, ...]:
    known = {
        index: level
        for index, level in enumerate(() if said is None else said.levels)
        if lines.take(_ring(_level_layer(index, level), level.outline_m))
    }
    for name, rings in _rings(lines).items():
        if match := _LEVEL.fullmatch(name):
            known[int(match["index"])] = Level(
                name=match["name"], floor_m=float(match["z0"]), ceiling_m=float(match["z1"]), outline_m=rings[0]
            )
    return tuple(level for _, level in sorted(known.items()))


def _zones(said: FloorPlan | None, lines: _Lines, words: Sequence[tuple[str, Point]]) -> tuple[Zone, ...]:
    def named(ring: Sequence[Point], otherwise: str) -> str:
        """The text in the middle of a room, which an office may have changed."""
        here = [text for text, at in words if math.dist(at, _middle(ring)) < 1e-3]
        return otherwise if _one_line(otherwise) in here or not here else here[0]

    found = [
        replace(zone, name=named(zone.polygon_m, zone.name))
        for zone in (() if said is None else said.zones)
        if lines.take(_ring(_zone_layer(zone), zone.polygon_m))
    ]
    for name, rings in _rings(lines).items():
        if match := _ZONE.fullmatch(name):
            for ring in rings:
                called = named(ring, f"{match['kind']} {len(found)}")
                found.append(Zone(name=called, polygon_m=ring, kind=match["kind"], level=int(match["level"])))
    return tuple(found)


def _rings(lines: _Lines) -> dict[str, list[tuple[Point, ...]]]:
    """Layer -> closed rings of the outlines and rooms that are left, each from lines that follow one another."""
    open_: dict[str, list[list[Point]]] = {}
    for name, start, end in lines.left():
        if name.startswith(("外形 ", "室 ")):
            found = open_.setdefault(name, [])
            if not found or (len(found[-1]) > 2 and found[-1][0] == found[-1][-1]):
                found.append([start])
            found[-1].append(end)
    return {name: [tuple(ring[:-1]) for ring in rings] for name, rings in open_.items()}


def _number(text: str) -> float | None:
    return None if text == "-" else float(text)


def _with_holes(wall: Wall, holes: Sequence[tuple[re.Match[str], Point, Point]]) -> Wall:
    """The wall with those of the openings that lie in it."""
    mine: list[Opening] = []
    kinds = {word: kind for kind, word in _KINDS.items()}
    for match, start, end in holes:
        u0_m, u1_m = (_along(wall, point) for point in (start, end))
        low, high = float(match["z0"]), float(match["z1"])
        if u0_m is None or u1_m is None or high > wall.z1_m + 1e-6 or low < wall.z0_m - 1e-6:
            continue
        mine.append(
            Opening(
                u0_m=min(u0_m, u1_m),
                u1_m=max(u0_m, u1_m),
                z0_m=low,
                z1_m=high,
                material=None if match["material"] == "-" else match["material"],
                thickness_m=_number(match["t"]),
                kind=kinds[match["kind"]],  # type: ignore[arg-type]  # of the three words
            )
        )
    return replace(wall, openings=(*wall.openings, *mine)) if mine else wall


def _along(wall: Wall, point: Point) -> float | None:
    """How far along a wall a point on it is; None beside it."""
    length_m = wall.length_m
    if length_m <= 0:
        return None
    (ax, ay), (bx, by) = wall.start_m, wall.end_m
    dx, dy = (bx - ax) / length_m, (by - ay) / length_m
    u_m, off_m = (point[0] - ax) * dx + (point[1] - ay) * dy, (point[1] - ay) * dx - (point[0] - ax) * dy
    return round(u_m, 6) if math.fabs(off_m) < 1e-4 and -1e-4 <= u_m <= length_m + 1e-4 else None


def _layer_name(document: dict[str, Any], base: dict[str, Any]) -> str:
    """The name of an entity's layer; empty where a damaged file names none that there is."""
    groups = document["header"]["layer_groups"]
    try:
        return str(groups[base["layer_group"]]["layers"][base["layer"]]["name"]).strip()
    except (LookupError, TypeError):
        return ""


def marks(path: Path) -> tuple[Mark, ...]:
    """The access points of a drawing of ours, where their blocks stand."""
    document = _document(path)
    names = {block["number"]: str(block["name"]) for block in document["block_defs"]}
    found: list[Mark] = []
    try:
        for block in document["entities"]:
            name = names.get(block.get("def_number"), "")
            if not name.startswith(_MARK):
                continue
            said = json.loads(name.removeprefix(_MARK))
            x_m, y_m = _metres(block["ref_x"], block["ref_y"])
            at = said.get("at", (x_m, y_m))
            if _back((float(at[0]), float(at[1]))) == (x_m, y_m):
                x_m, y_m = float(at[0]), float(at[1])
            found.append(
                Mark(
                    name=said["name"],
                    x_m=x_m,
                    y_m=y_m,
                    height_m=said["h"],
                    level=said["level"],
                    model=said["model"],
                    key=said["key"],
                    azimuth_deg=said["azimuth"],
                    tilt_deg=said["tilt"],
                    radios=tuple(
                        Channel(band=band, channel=channel, width_mhz=width, tx_power_dbm=power)
                        for band, channel, width, power in said["radios"]
                    ),
                )
            )
    except (KeyError, TypeError, ValueError) as error:
        raise FloorPlanError(
            f"{path}: access points are not as `wifiplan export` wrote them ({error}); export it again"
        ) from None
    return tuple(found)
