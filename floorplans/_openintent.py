"""OpenIntent (oi-wifi 1.0.0): a plan and access points as JSON that planners of several vendors read; origin lower left.

A wall with openings is written in pieces that other programs can use (beside, below, above and in an opening), of which the
first carries our wall as it was; where another program has kept none of these, pieces in one line are a wall with openings.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from floorplans._file import parse_json, read_bytes
from floorplans.bodies import of_pieces
from floorplans.errors import FloorPlanError, GeometryError, MissingScaleError
from floorplans.exchange import Channel, Mark
from floorplans.materials import material_of_layers
from floorplans.plan import (
    FloorPlan,
    Level,
    Slab,
    Source,
    Wall,
    Zone,
    check,
    first_error,
    floor_and_roof,
    outline_of_walls_m,
    write_whole,
)

_OURS = "wifiplan"
_STOREY_M = 3.0
_SAME_M = 1e-6
_METRES = {"meters": 1.0, "feet": 0.3048}
_MATERIALS = ("concrete", "brick", "plasterboard", "wood", "glass", "metal", "partition", "partition_double", "double_glass")
_WALL: TypeAdapter[Wall] = TypeAdapter(Wall)
_ZONES: TypeAdapter[tuple[Zone, ...]] = TypeAdapter(tuple[Zone, ...])
_SLABS: TypeAdapter[tuple[Slab, ...]] = TypeAdapter(tuple[Slab, ...])
_LEVEL: TypeAdapter[Level] = TypeAdapter(Level)


def is_openintent(data: dict[str, Any]) -> bool:
    """Whether parsed JSON is of this kind."""
    return isinstance(data.get("floorplans"), list) and (
        "accesspoints" in data or "floorplan_version" in data or bool(data["floorplans"])
    )


def write(plan: FloorPlan, marks: Sequence[Mark], path: Path) -> None:
    """Write the file, whole or not at all. Coordinates are moved so that none is below 0, as the format wants."""
    xs = [x for level in plan.levels for x, _ in level.outline_m] + [x for w in plan.walls for x in (w.start_m[0], w.end_m[0])]
    ys = [y for level in plan.levels for _, y in level.outline_m] + [y for w in plan.walls for y in (w.start_m[1], w.end_m[1])]
    xs, ys = xs + [mark.x_m for mark in marks], ys + [mark.y_m for mark in marks]
    shift = (min(0.0, *xs), min(0.0, *ys))
    names = _names(plan)
    floors: list[dict[str, Any]] = []
    for index, (level, name) in enumerate(zip(plan.levels, names, strict=True)):
        last = index + 1 == len(plan.levels)
        walls = [
            wall
            for wall in plan.walls
            if wall.z0_m < level.ceiling_m and (wall.z1_m > level.floor_m or last) and _lowest(wall, plan) == index
        ]
        floors.append(
            {
                "name": name,
                "floor_id": str(index),
                "project_name": plan.name,
                "rotation": 0,
                "dimensions": [
                    {"length": max(ys) - shift[1], "width": max(xs) - shift[0], "height": level.height_m, "unit": "meters"}
                ],
                "wall_segments": [piece for wall in walls for piece in _pieces(wall, level.floor_m, shift)],
                _OURS: {
                    "shift_m": shift,
                    "level": json.loads(_LEVEL.dump_json(level)),
                    "zones": json.loads(_ZONES.dump_json(tuple(zone for zone in plan.zones if zone.level == index))),
                    "slabs": json.loads(_SLABS.dump_json(plan.slabs if index == 0 else ())),
                },
            }
        )
    data = {
        "floorplan_version": "1.0.0",
        "accesspoint_version": "1.0.0",
        "floorplans": floors,
        "accesspoints": [_point(mark, names[mark.level], shift) for mark in marks],
    }
    write_whole(path, json.dumps(data, ensure_ascii=False, indent=1))


def _names(plan: FloorPlan) -> list[str]:
    """A name for each level that no other has: points refer to it."""
    return [
        level.name if [one.name for one in plan.levels].count(level.name) == 1 else f"{level.name} ({index})"
        for index, level in enumerate(plan.levels)
    ]


def _lowest(wall: Wall, plan: FloorPlan) -> int:
    """The level that a wall is written with: the lowest that it stands in, else the highest."""
    return next(
        (index for index, one in enumerate(plan.levels) if wall.z0_m < one.ceiling_m and wall.z1_m > one.floor_m),
        len(plan.levels) - 1,
    )


def _pieces(wall: Wall, floor_m: float, shift: tuple[float, float]) -> list[dict[str, Any]]:
    if wall.length_m <= 0:
        return []
    cuts = sorted({0.0, wall.length_m, *(u for hole in wall.openings for u in (hole.u0_m, hole.u1_m) if 0 < u < wall.length_m)})
    found: list[dict[str, Any]] = []
    for u0_m, u1_m in itertools.pairwise(cuts):
        inside = [hole for hole in wall.openings if hole.u0_m <= (u0_m + u1_m) / 2 <= hole.u1_m]
        bands = sorted((hole.z0_m, hole.z1_m, hole.material or "") for hole in inside)
        below = wall.z0_m
        for low_m, z1_m, material in bands:
            z0_m = max(low_m, below)
            if z1_m <= below:
                continue
            if z0_m > below:
                found.append(_segment(wall, (u0_m, u1_m), (below, z0_m), wall.material, floor_m, shift))
            if material:
                found.append(_segment(wall, (u0_m, u1_m), (z0_m, z1_m), material, floor_m, shift))
            below = z1_m
        if wall.z1_m > below:
            found.append(_segment(wall, (u0_m, u1_m), (below, wall.z1_m), wall.material, floor_m, shift))
    found = found or [_segment(wall, (0.0, wall.length_m), (wall.z0_m, wall.z1_m), wall.material, floor_m, shift)]
    found[0][_OURS] = {"wall": json.loads(_WALL.dump_json(wall)), "pieces": len(found)}
    for piece in found[1:]:
        piece[_OURS] = {"piece": True}
    return found


def _segment(  # noqa: PLR0917  two pairs and what both are of
    wall: Wall, u_m: tuple[float, float], z_m: tuple[float, float], material: str, floor_m: float, shift: tuple[float, float]
) -> dict[str, Any]:
    ends = []
    for u in u_m:
        share = u / wall.length_m
        ends.append([a + (b - a) * share - s for a, b, s in zip(wall.start_m, wall.end_m, shift, strict=True)])
    made: dict[str, Any] = {
        "wall_type": material,
        "start_point": {"x": ends[0][0], "y": ends[0][1]},
        "end_point": {"x": ends[1][0], "y": ends[1][1]},
        "height": z_m[1] - floor_m,
        "bottom_height": z_m[0] - floor_m,
    }
    if wall.thickness_m is not None:
        made["thickness"] = wall.thickness_m
    return made


def _point(mark: Mark, floor: str, shift: tuple[float, float]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": mark.name,
        "floorplan_name": floor,
        "coordinate_xyz": {"x": mark.x_m - shift[0], "y": mark.y_m - shift[1], "z": mark.height_m, "unit": "meters"},
        _OURS: {"at_m": [mark.x_m, mark.y_m]},
        # Upwards is positive there, downwards here.
        "orientation": {"rotation": mark.azimuth_deg, "tilt": -mark.tilt_deg},
        "dot11_radios": [
            {
                "id": number,
                "radio_function": "CLIENT_ACCESS",
                "band": f"FREQ_{one.band}GHZ",
                "channel": one.channel,
                "channel_width": f"{one.width_mhz}_MHz",
                "transmit_power": round(one.tx_power_dbm),
                _OURS: {"tx_power_dbm": one.tx_power_dbm},
            }
            for number, one in enumerate(mark.radios)
        ],
    }
    if not mark.radios:
        del made["dot11_radios"]
    if mark.model:
        made["model"] = mark.model
    if mark.key:
        made["mac_address" if _is_mac(mark.key) else "asset_tag"] = mark.key
    return made


def _is_mac(text: str) -> bool:
    parts = text.split(":")
    return len(parts) == 6 and all(len(part) == 2 and set(part) <= set("0123456789abcdef") for part in parts)


def floor_plan(data: dict[str, Any], path: Path) -> FloorPlan:
    """The plan in parsed OpenIntent, every floor a level, lowest first as they stand in the file."""
    warnings: list[str] = []
    levels: list[Level] = []
    walls: list[Wall] = []
    zones: list[Zone] = []
    slabs: list[Slab] = []
    floor_m = 0.0
    ours = False
    try:
        for index, floor in enumerate(data["floorplans"]):
            place = f"{path}: floorplans[{index}]"
            scale, height_m, own = _scale(floor, place), _height_m(floor), floor.get(_OURS)
            shift = (0.0, 0.0)
            if isinstance(own, dict):
                ours = True
                level = _LEVEL.validate_python(own["level"])
                shift = (float(own["shift_m"][0]), float(own["shift_m"][1]))
                zones += _ZONES.validate_python(own["zones"])
                slabs += _SLABS.validate_python(own["slabs"])
                here = _walls(floor, scale, level.floor_m, level.height_m, shift, place)
            else:
                here = of_pieces(_walls(floor, scale, floor_m, height_m or _STOREY_M, shift, place))
                if not here:
                    raise GeometryError(f"{place}: no wall_segments; draw the walls in the program that wrote it")
                ring = outline_of_walls_m(here, where=place)
                if not height_m:
                    warnings.append(f"floor {index} has no height: {_STOREY_M:g} m taken")
                level = Level(
                    name=str(floor.get("name") or f"{index + 1}F"),
                    floor_m=floor_m,
                    ceiling_m=floor_m + (height_m or _STOREY_M),
                    outline_m=ring,
                )
                zones.append(Zone(name=f"room {level.name}", polygon_m=ring, level=index))
                slabs += floor_and_roof(ring, z0_m=level.floor_m, z1_m=level.ceiling_m, floor="concrete", roof="concrete")
            floor_m = level.ceiling_m
            levels.append(level)
            walls += here
        name = str(data["floorplans"][0].get("project_name") or data["floorplans"][0].get("name") or path.stem)
    except ValidationError as error:
        raise FloorPlanError(f"{path}: {first_error(error)}") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise FloorPlanError(
            f"{path}: not OpenIntent as its schema has it ({type(error).__name__} {error}); export it again"
        ) from None
    if not ours:
        warnings.append("OpenIntent has no rooms, doors or floors: one room a level; concrete below and above")
    source = Source(file=path.name, reader="openintent", warnings=tuple(warnings))
    return check(
        FloorPlan(name=name, levels=tuple(levels), walls=tuple(walls), slabs=tuple(slabs), zones=tuple(zones), source=source)
    )


def _scale(floor: dict[str, Any], place: str) -> float:
    """Metres for one unit of the floor's coordinates: the same dimensions in pixels and in metres are the scale."""
    sizes = {str(one["unit"]): float(one["width"]) for one in floor["dimensions"]}
    metres = next((sizes[unit] * _METRES[unit] for unit in ("meters", "feet") if unit in sizes), None)
    if "pixels" in sizes:
        if metres is None or not sizes["pixels"] > 0:
            raise MissingScaleError(f"{place}: dimensions are in pixels only; give them in meters too")
        return metres / sizes["pixels"]
    if metres is None:
        raise MissingScaleError(f"{place}: dimensions have no unit of pixels, meters or feet; mend them")
    return 1.0 if "meters" in sizes else _METRES["feet"]


def _height_m(floor: dict[str, Any]) -> float | None:
    return next(
        (
            float(one["height"]) * _METRES[str(one["unit"])]
            for one in floor["dimensions"]
            if one.get("height") and one["unit"] in _METRES
        ),
        None,
    )


def _walls(  # noqa: PLR0917  what is read, its scale, and where it stands
    floor: dict[str, Any], scale: float, floor_m: float, height_m: float, shift: tuple[float, float], place: str
) -> list[Wall]:
    found: list[Wall] = []
    for number, one in enumerate(floor.get("wall_segments") or []):
        own = one.get(_OURS)
        ends = [
            (float(one[key]["x"]) * scale + shift[0], float(one[key]["y"]) * scale + shift[1])
            for key in ("start_point", "end_point")
        ]
        if isinstance(own, dict):
            if "wall" in own:
                found.append(_WALL.validate_python(own["wall"]))
            continue
        if not all(math.isfinite(n) for end in ends for n in end):
            raise GeometryError(f"{place}: wall_segments[{number}]: a coordinate is not a finite number; mend it")
        kind = str(one.get("wall_type") or "")
        bottom_m, top_m = float(one.get("bottom_height") or 0.0), float(one.get("height") or height_m)
        if top_m <= bottom_m:
            raise GeometryError(f"{place}: wall_segments[{number}]: height is not above bottom_height; mend it")
        found.append(
            Wall(
                start_m=ends[0],
                end_m=ends[1],
                z0_m=floor_m + bottom_m,
                z1_m=floor_m + top_m,
                material=kind if kind in _MATERIALS else material_of_layers([], kind)[0],
                thickness_m=float(one["thickness"]) if one.get("thickness") else None,
            )
        )
    return found


def marks(path: Path) -> tuple[Mark, ...]:
    """The access points of the file."""
    data = parse_json(read_bytes(path), path)
    try:
        floors = {str(one["name"]): index for index, one in enumerate(data["floorplans"])}
        return tuple(_mark(one, data["floorplans"], floors, str(path)) for one in data.get("accesspoints") or [])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise FloorPlanError(f"{path}: accesspoints: not as the schema has them ({type(error).__name__} {error})") from None


def _mark(one: dict[str, Any], floors: list[dict[str, Any]], by_name: dict[str, int], path: str) -> Mark:
    level = by_name[str(one["floorplan_name"])]
    own = floors[level].get(_OURS)
    shift = own["shift_m"] if isinstance(own, dict) else (0.0, 0.0)
    at = one.get("coordinate_xyz") or one["coordinates_xyz"]
    scale = _METRES.get(str(at["unit"])) or _scale(floors[level], f"{path}: floorplans[{level}]")
    turned = one.get("orientation") or {}
    place = float(at["x"]) * scale + shift[0], float(at["y"]) * scale + shift[1]
    known = (one.get(_OURS) or {}).get("at_m", place)
    if math.dist(known, place) < _SAME_M:
        place = float(known[0]), float(known[1])
    return Mark(
        name=str(one["name"]),
        x_m=place[0],
        y_m=place[1],
        height_m=float(at.get("z") or 0.0) * (scale if at["unit"] in _METRES else 1.0),
        level=level,
        model=str(one.get("model") or ""),
        key=str(one.get("mac_address") or one.get("asset_tag") or ""),
        azimuth_deg=float(turned.get("rotation") or 0.0),
        tilt_deg=-float(turned.get("tilt") or 0.0) + 0.0,
        radios=tuple(
            Channel(
                band=str(radio["band"]).removeprefix("FREQ_").removesuffix("GHZ"),
                channel=int(radio["channel"]),
                width_mhz=int(str(radio.get("channel_width", "20_MHz")).split("_")[0].split("+")[0]),
                tx_power_dbm=float((radio.get(_OURS) or {}).get("tx_power_dbm", radio.get("transmit_power", 0))),
            )
            for radio in one.get("dot11_radios") or []
            if radio.get("band") and radio.get("channel")
        ),
    )
