"""JWW for offices that draw with Jw_cad: a layer for each material, height and thickness, access points as blocks.

Jw_cad is flat and has no extended data: what a line is stands in the name of its layer, `壁 concrete z0 0 z1 9.7 t 0.15`.
Layer groups are at 1:100. Lines keep a thousandth of a millimetre.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from floorplans._file import read_bytes
from floorplans.errors import FloorPlanError, GeometryError, UnsupportedFileError
from floorplans.exchange import Channel, Mark
from floorplans.plan import FloorPlan, Level, Opening, Source, Wall, Zone, check, floor_and_roof, write_whole

_SCALE = 100.0
_LAYERS = 16 * 16
_WALL = re.compile(r"壁 (?P<material>\S+) z0 (?P<z0>\S+) z1 (?P<z1>\S+) t (?P<t>\S+)")
_HOLE = re.compile(r"(?P<kind>開口|扉|窓) (?P<material>\S+) z0 (?P<z0>\S+) z1 (?P<z1>\S+) t (?P<t>\S+)")
_LEVEL = re.compile(r"外形 \d+ z0 (?P<z0>\S+) z1 (?P<z1>\S+) ?(?P<name>.*)")
_ZONE = re.compile(r"室 (?P<kind>\S+) (?P<level>\d+)")
_KINDS = {"": "開口", "door": "扉", "window": "窓"}
_MARK = "WIFI_AP "


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

    def select(name: str) -> None:
        number = layers.setdefault(name, len(layers))
        if number >= _LAYERS:
            raise FloorPlanError(f"{path}: the plan has more kinds of walls and rooms than Jw_cad's {_LAYERS} layers; write DXF")
        group = drawing.options["layer_groups"][number // 16]
        group["layers"][number % 16]["name"] = name
        drawing.select_layer(number // 16, number % 16)

    for wall in plan.walls:
        select(f"壁 {wall.material} z0 {_text(wall.z0_m)} z1 {_text(wall.z1_m)} t {_text(wall.thickness_m)}")
        space.add_line(_paper(wall.start_m), _paper(wall.end_m))
    for wall in plan.walls:
        for hole in wall.openings:
            kind = _KINDS[hole.kind]
            select(f"{kind} {hole.material or '-'} z0 {_text(hole.z0_m)} z1 {_text(hole.z1_m)} t {_text(hole.thickness_m)}")
            space.add_line(*(_paper(_at(wall, u)) for u in (hole.u0_m, hole.u1_m)))
    for index, level in enumerate(plan.levels):
        select(f"外形 {index} z0 {_text(level.floor_m)} z1 {_text(level.ceiling_m)} {level.name}")
        _ring(space, level.outline_m)
    for zone in plan.zones:
        select(f"室 {zone.kind} {zone.level}")
        _ring(space, zone.polygon_m)
        xs, ys = zip(*zone.polygon_m, strict=True)
        if zone.name:
            space.add_text(zone.name, _paper((sum(xs) / len(xs), sum(ys) / len(ys))), size_x=3.0, size_y=3.0)
    select("無線 AP")
    for mark in marks:
        name = _MARK + json.dumps(_values(mark), ensure_ascii=False)
        symbol = ezjww.new().modelspace()
        symbol.add_circle((0.0, 0.0), 2.5)
        for row, words in enumerate((mark.name, f"h={mark.height_m:g} m", mark.channels, mark.model)):
            if words:
                symbol.add_text(words, (3.5, 1.0 - 3.0 * row), size_x=2.0, size_y=2.0)
        drawing.add_block(name, symbol.entities)
        space.add_block_ref(name, _paper((mark.x_m, mark.y_m)))
    write_whole(path, drawing.to_jww_bytes())


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


def _ring(space: Any, ring: Sequence[tuple[float, float]]) -> None:
    for start, end in zip(ring, (*ring[1:], ring[0]), strict=True):
        space.add_line(_paper(start), _paper(end))


def _values(mark: Mark) -> dict[str, Any]:
    return {
        "name": mark.name,
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
    """The plan of a drawing of ours; its slabs, which a flat drawing cannot hold, are concrete below and above each level."""
    document = _document(path)
    rings: dict[str, list[list[tuple[float, float]]]] = {}
    words: list[tuple[str, tuple[float, float]]] = []
    for one in document["entities"]:
        kind = str(one.get("type", "")).upper()
        if kind == "TEXT":
            words.append((str(one["content"]), _metres(one["start_x"], one["start_y"])))
        name = _layer_name(document, one["base"]) if kind == "LINE" else ""
        if not name.startswith(("外形 ", "室 ")):
            continue
        start, end = _metres(one["start_x"], one["start_y"]), _metres(one["end_x"], one["end_y"])
        found = rings.setdefault(name, [])
        if not found or (len(found[-1]) > 2 and found[-1][0] == found[-1][-1]):
            found.append([start])
        found[-1].append(end)
    levels = []
    for name, outlines in sorted(rings.items()):
        if match := _LEVEL.fullmatch(name):
            levels.append(
                Level(
                    name=match["name"],
                    floor_m=float(match["z0"]),
                    ceiling_m=float(match["z1"]),
                    outline_m=tuple(outlines[0][:-1]),
                )
            )
    zones: list[Zone] = []
    for name, outlines in rings.items():
        if match := _ZONE.fullmatch(name):
            for ring in outlines:
                corners = tuple(ring[:-1])
                middle = (sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners))
                said = next((text for text, at in words if math.dist(at, middle) < 1e-3), f"{match['kind']} {len(zones)}")
                zones.append(Zone(name=said, polygon_m=corners, kind=match["kind"], level=int(match["level"])))
    slabs = [
        slab
        for level in levels
        for slab in floor_and_roof(level.outline_m, z0_m=level.floor_m, z1_m=level.ceiling_m, floor="concrete", roof="concrete")
    ]
    source = Source(
        file=path.name, reader="jww", warnings=("Jw_cad drawings hold no floors or roofs: concrete is assumed for both",)
    )
    return check(
        FloorPlan(name=path.stem, levels=tuple(levels), walls=walls(path), slabs=tuple(slabs), zones=tuple(zones), source=source)
    )


def walls(path: Path) -> tuple[Wall, ...]:
    """The walls of a drawing of ours, with their openings, in the order in which they stand in it."""
    document = _document(path)
    found: list[Wall] = []
    holes: list[tuple[re.Match[str], tuple[float, float], tuple[float, float]]] = []
    for line in document["entities"]:
        if str(line.get("type", "")).upper() != "LINE":
            continue
        name = _layer_name(document, line["base"])
        ends = _metres(line["start_x"], line["start_y"]), _metres(line["end_x"], line["end_y"])
        if match := _WALL.fullmatch(name):
            found.append(
                Wall(
                    start_m=ends[0],
                    end_m=ends[1],
                    z0_m=float(match["z0"]),
                    z1_m=float(match["z1"]),
                    material=match["material"],
                    thickness_m=None if match["t"] == "-" else float(match["t"]),
                )
            )
        elif match := _HOLE.fullmatch(name):
            holes.append((match, *ends))
    if not found:
        raise GeometryError(f"{path}: has no layer of walls as `wifiplan export` names them; read it as any drawing")
    return tuple(_with_holes(wall, holes) for wall in found)


def _with_holes(wall: Wall, holes: Sequence[tuple[re.Match[str], tuple[float, float], tuple[float, float]]]) -> Wall:
    mine: list[Opening] = []
    kinds = {word: kind for kind, word in _KINDS.items()}
    for match, start, end in holes:
        u0_m, u1_m = (_along(wall, point) for point in (start, end))
        low, high = float(match["z0"]), float(match["z1"])
        if u0_m is None or u1_m is None or high > wall.z1_m + 1e-6 or low < wall.z0_m - 1e-6:
            continue
        mine.append(
            Opening(
                u0_m=u0_m,
                u1_m=u1_m,
                z0_m=low,
                z1_m=high,
                material=None if match["material"] == "-" else match["material"],
                thickness_m=None if match["t"] == "-" else float(match["t"]),
                kind=kinds[match["kind"]],  # type: ignore[arg-type]  # of the three words
            )
        )
    return Wall(
        start_m=wall.start_m,
        end_m=wall.end_m,
        z0_m=wall.z0_m,
        z1_m=wall.z1_m,
        material=wall.material,
        thickness_m=wall.thickness_m,
        openings=tuple(mine),
    )


def _along(wall: Wall, point: tuple[float, float]) -> float | None:
    """How far along a wall a point on it is; None beside it."""
    length_m = wall.length_m
    if length_m <= 0:
        return None
    (ax, ay), (bx, by) = wall.start_m, wall.end_m
    dx, dy = (bx - ax) / length_m, (by - ay) / length_m
    u_m, off_m = (point[0] - ax) * dx + (point[1] - ay) * dy, (point[1] - ay) * dx - (point[0] - ax) * dy
    return round(u_m, 6) if math.fabs(off_m) < 1e-4 and -1e-4 <= u_m <= length_m + 1e-4 else None


def _layer_name(document: dict[str, Any], base: dict[str, Any]) -> str:
    for key in ("header", "options"):
        groups = (document.get(key) or {}).get("layer_groups")
        if groups:
            return str(groups[base["layer_group"]]["layers"][base["layer"]]["name"]).strip()
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
