"""OpenStreetMap's Simple Indoor Tagging as GeoJSON (overpass turbo, JOSM, QGIS): rooms, corridors, walls and doors by level.

Only what has `indoor` is the inside; `building` is the outline; doors are points on walls. Footways, fences and all else that
OpenStreetMap knows of the neighbourhood are left out and counted.
"""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from floorplans import _globe
from floorplans._globe import Feature, Units, height_m_of, length_m, name_of
from floorplans._rooms import Room, storey, with_opening
from floorplans.bodies import centre_lines, joined, merged, one_ring, polygons
from floorplans.errors import FloorPlanError, GeometryError
from floorplans.plan import (
    FloorPlan,
    Level,
    Opening,
    Slab,
    Source,
    Wall,
    Zone,
    check,
    floor_and_roof,
    outline_of_walls_m,
)

_STOREY_M = 3.5
_DOOR_WIDE_M, _DOOR_HIGH_M = 0.9, 2.1
_WINDOW_WIDE_M, _WINDOW_M = 1.6, (0.9, 2.0)
_MAX_LEVELS = 60

_KINDS = {
    "gymnasium": "hall",
    "sports_hall": "hall",
    "hall": "hall",
    "auditorium": "hall",
    "assembly": "hall",
    "class": "classroom",
    "classroom": "classroom",
    "lecture": "classroom",
    "stage": "stage",
    "corridor": "corridor",
    "stairs": "corridor",
    "lobby": "entrance",
    "entrance": "entrance",
    "storage": "store",
    "store": "store",
    "toilet": "store",
    "toilets": "store",
    "technical": "store",
    "elevator": "store",
    "shaft": "keepout",
}
_INSIDE = frozenset({"room", "corridor", "area", "wall", "level", "column", "yes"})
_MATERIALS = {
    "concrete": "concrete",
    "brick": "brick",
    "wood": "wood",
    "glass": "glass",
    "metal": "metal",
    "plaster": "partition",
}


def is_indoor(features: list[Feature]) -> bool:
    """Whether any feature says what it is inside a building."""
    return any(each.properties.get("indoor") in _INSIDE for each in features)


def read(
    data: dict[str, Any], features: list[Feature], path: Path, *, said: Units, feature: str | None, height_m: float | None
) -> FloorPlan:
    """The building with the indoor rooms, all its levels, lowest first."""
    if feature is not None:
        raise FloorPlanError(f"{path}: its inside is mapped, which is one building; leave --feature out")
    warnings: list[str] = []
    kept = [each for each in features if _role(each)]
    others = sorted({_said_of(each) for each in features if not _role(each)})
    if others:
        warnings.append(
            f"{len(features) - len(kept)} features that are no part of the inside ({', '.join(others[:6])}) are left out"
        )
    scale = _globe.metres_per_unit(data, kept, path, said, warnings)
    kept = _globe.in_metres(data, kept, path, scale=scale, said=said, warnings=warnings)
    inside = [each for each in kept if each.properties.get("indoor") in _INSIDE]
    building = _building(kept, inside, warnings)
    by_level: dict[float, list[Feature]] = {}
    for each in kept:
        if each is building:
            continue
        for number in _levels(each, path):
            by_level.setdefault(number, []).append(each)
    numbers = sorted(number for number, parts in by_level.items() if any(_role(each) in ("room", "wall") for each in parts))
    if not numbers:
        raise GeometryError(f"{path}: has indoor tags and neither a room nor a wall; map rooms, or give the footprint alone")
    if len(numbers) > _MAX_LEVELS:
        raise GeometryError(f"{path}: {len(numbers)} levels are more than a building has; check the level tags")
    storey_m = _storey_m(building, numbers, height_m, warnings)
    outline = None if building is None else shapely.union_all(polygons(shapely.force_2d(building.shape)))
    levels: list[Level] = []
    walls: list[Wall] = []
    slabs: list[Slab] = []
    zones: list[Zone] = []
    missed = 0
    for index, number in enumerate(numbers):
        z0_m = (number - numbers[0]) * storey_m
        z1_m = (numbers[index + 1] - numbers[0]) * storey_m if index + 1 < len(numbers) else z0_m + storey_m
        parts = by_level[number]
        rooms = [room for each in parts if _role(each) == "room" for room in _rooms(each, warnings)]
        drawn = [wall for each in parts if _role(each) == "wall" for wall in _walls(each, z0_m, z1_m)]
        edge = outline or _level_outline(parts)
        if edge is None and drawn:
            try:
                edge = Polygon(outline_of_walls_m(drawn, where=str(path)))
            except GeometryError:
                if not levels:
                    raise
                edge = Polygon(levels[-1].outline_m)
                warnings.append(f"level {number:g}: its walls enclose nothing; the outline of the level below is taken")
        name = _level_name(number)
        if drawn:
            # Where walls are mapped, the edges of rooms are not walls too.
            rooms = [Room(name=room.name, kind=room.kind, polygon=room.polygon, open=True) for room in rooms]
        made = storey(rooms, edge, index=index, name=name, z0_m=z0_m, z1_m=z1_m)
        here = merged(drawn) if drawn else list(made.walls)
        for each in parts:
            if _role(each) in ("door", "window"):
                here, found = _opened(here, each, z0_m)
                missed += not found
        levels.append(made.level)
        walls += here
        slabs += made.slabs
        zones += made.zones or (
            Zone(name="room" if index == 0 else f"room {name}", polygon_m=one_ring(_shape(made.level)), level=index),
        )
    if missed:
        warnings.append(f"{missed} doors or windows stand more than 0.5 m from any wall and are left out")
    warnings.append("OpenStreetMap has no materials here: outer walls are taken as concrete, walls between rooms as partitions")
    name = name_of(building.properties) if building is not None else ""
    licence = next((str(data[key]) for key in ("licence", "license", "attribution", "copyright") if data.get(key)), "")
    source = Source(
        file=path.name,
        reader="geojson",
        metres_per_unit=None if scale == 1.0 else scale,
        licence=licence,
        warnings=tuple(dict.fromkeys(warnings)),
    )
    return check(
        FloorPlan(
            name=name or str(data.get("name") or path.stem),
            levels=tuple(levels),
            walls=tuple(walls),
            slabs=tuple(slabs) or floor_and_roof(levels[0].outline_m, z0_m=0.0, z1_m=storey_m, floor="concrete", roof="concrete"),
            zones=tuple(zones),
            source=source,
        )
    )


def _shape(level: Level) -> Polygon:
    return Polygon(level.outline_m)


def _role(feature: Feature) -> str:
    """room, wall, building, door, window, or nothing."""
    properties, kind = feature.properties, feature.shape.geom_type
    indoor = properties.get("indoor")
    area = kind.endswith("Polygon")
    if indoor == "wall" and (area or kind.endswith("LineString")):
        return "wall"
    if kind.endswith("Point") or kind == "LineString":
        if properties.get("door") not in (None, "no") or (properties.get("entrance") not in (None, "no") and indoor is None):
            return "door"
        if properties.get("window") not in (None, "no"):
            return "window"
    if indoor == "level" and area:
        return "level"
    if indoor in ("room", "corridor", "area", "yes") and area:
        return "room"
    if properties.get("building") not in (None, "no") and area:
        return "building"
    return ""


def _said_of(feature: Feature) -> str:
    return next(
        (str(key) for key in feature.properties if not str(key).startswith("@") and key not in ("id", "level")), "no tags"
    )


def _levels(feature: Feature, path: Path) -> list[float]:
    """The levels that a feature is on: `0`, `0;1`, `0-2`, `-1`, `-2--1`, and those of `repeat_on`. Without any: 0."""
    found: list[float] = []
    for text in (feature.properties.get("level"), feature.properties.get("repeat_on")):
        for part in str("" if text is None else text).replace(",", ";").split(";"):
            if not part.strip():
                continue
            match = re.fullmatch(r"\s*(-?\d+(?:\.\d+)?)\s*(?:-\s*(-?\d+(?:\.\d+)?))?\s*", part)
            if not match:
                raise FloorPlanError(
                    f"{path}: features[{feature.index}]: level {str(text)[:20]!r} is no number; give 0, 0;1 or 0-2"
                )
            low, high = float(match[1]), float(match[2] or match[1])
            if not (-20 <= low <= high <= 200 and high - low <= _MAX_LEVELS):
                raise FloorPlanError(
                    f"{path}: features[{feature.index}]: level {str(text)[:20]!r} is no storey; give 0, 0;1 or 0-2"
                )
            found += [low + step for step in range(int(high - low) + 1)]
    return list(dict.fromkeys(found)) or [0.0]


def _level_name(number: float) -> str:
    """As Japan counts: level 0 is 1F, -1 is B1F."""
    if number != int(number):
        return f"M{math.floor(number) + 1}F"
    return f"{int(number) + 1}F" if number >= 0 else f"B{-int(number)}F"


def _building(kept: list[Feature], inside: list[Feature], warnings: list[str]) -> Feature | None:
    """The footprint that the inside lies in."""
    found = [each for each in kept if _role(each) == "building"]
    if not found:
        return None
    points = shapely.union_all([each.shape.centroid for each in inside])
    best = max(found, key=lambda each: sum(bool(p.within(each.shape.convex_hull)) for p in shapely.get_parts(points)))
    if len(found) > 1:
        warnings.append(f"{len(found) - 1} other buildings are left out")
    return best


def _level_outline(parts: list[Feature]) -> BaseGeometry | None:
    shapes = [shape for each in parts if _role(each) == "level" for shape in polygons(shapely.force_2d(each.shape))]
    return shapely.union_all(shapes) if shapes else None


def _storey_m(building: Feature | None, numbers: list[float], height_m: float | None, warnings: list[str]) -> float:
    """Of one storey: given, else the building's height over its levels, else assumed and said."""
    if height_m is not None:
        return height_m
    if building is not None:
        whole_m = height_m_of(building.properties)
        count = length_m(building.properties.get("building:levels"))
        if whole_m is not None:
            return whole_m / max(1.0, count or float(len(numbers)))
    warnings.append(f"the file has no height: storeys of {_STOREY_M:g} m taken; give the real one with --height-m")
    return _STOREY_M


def _rooms(feature: Feature, warnings: list[str]) -> list[Room]:
    properties = feature.properties
    indoor = properties.get("indoor")
    words = [str(properties.get(key, "")) for key in ("room", "stairs", "highway", "amenity", "leisure")]
    kind = next((_KINDS[word] for word in words if word in _KINDS), "")
    if not kind and (indoor == "corridor" or properties.get("stairs") == "yes"):
        kind = "corridor"
    if not kind and "体育館" in name_of(properties):
        kind = "hall"
    if not feature.shape.is_valid:
        warnings.append(f"features[{feature.index}]: the room crosses itself and was mended; put its corners in order")
    return [
        Room(
            name=name_of(properties) or str(properties.get("ref") or ""), kind=kind or "room", polygon=part, open=indoor == "area"
        )
        for part in polygons(shapely.force_2d(feature.shape))
    ]


def _walls(feature: Feature, z0_m: float, z1_m: float) -> list[Wall]:
    material = _MATERIALS.get(str(feature.properties.get("material", "")), "concrete")
    if feature.shape.geom_type.endswith("Polygon"):
        lines = [(line.start, line.end, line.thickness_m) for line in centre_lines(shapely.force_2d(feature.shape))]
    else:
        lines = [
            ((float(a[0]), float(a[1])), (float(b[0]), float(b[1])), 0.0)
            for line in shapely.get_parts(feature.shape)
            for a, b in itertools.pairwise(line.coords)
        ]
    walls = [
        Wall(start_m=a, end_m=b, z0_m=z0_m, z1_m=z1_m, material=material, thickness_m=thick or None)
        for a, b, thick in lines
        if math.dist(a, b) > 0
    ]
    return joined(walls) if any(wall.thickness_m for wall in walls) else walls


def _opened(walls: list[Wall], feature: Feature, z0_m: float) -> tuple[list[Wall], bool]:
    """The walls with one door or window, as wide as it is tagged."""
    properties = feature.properties
    window = _role(feature) == "window"
    wide_m = length_m(properties.get("width") or properties.get("door:width")) or (_WINDOW_WIDE_M if window else _DOOR_WIDE_M)
    high_m = length_m(properties.get("height")) or _DOOR_HIGH_M
    if window:
        low, high = _WINDOW_M
        hole = Opening(u0_m=0.0, u1_m=wide_m, z0_m=z0_m + low, z1_m=z0_m + high, material="glass", kind="window")
    else:
        nothing = properties.get("door") in ("open", "no") or properties.get("entrance") == "open"
        material = None if nothing else _MATERIALS.get(str(properties.get("material", "")), "wood")
        hole = Opening(u0_m=0.0, u1_m=wide_m, z0_m=z0_m, z1_m=z0_m + high_m, material=material, kind="door")
    return with_opening(walls, feature.shape, hole, width_m=None if feature.shape.geom_type == "LineString" else wide_m)
