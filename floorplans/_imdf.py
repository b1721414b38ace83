"""IMDF units (rooms that share edges) to storeys: every unit a zone, every edge that is not open a wall.

IMDF says what a room is for and nothing of walls: an edge to the outside is taken as concrete, one between two rooms as a
partition, one between two walkways as nothing. Doors are in another file of the archive and are not read.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from floorplans._file import read_json
from floorplans.errors import FloorPlanError, GeometryError
from floorplans.plan import Level, Slab, Wall, Zone, floor_and_roof

_STOREY_M = 3.5
_KINDS = {
    "auditorium": "hall",
    "ballroom": "hall",
    "gymnasium": "hall",
    "theater": "hall",
    "classroom": "classroom",
    "walkway": "corridor",
    "stairs": "corridor",
    "ramp": "corridor",
    "escalator": "corridor",
    "movingwalkway": "corridor",
    "lobby": "entrance",
    "vestibule": "entrance",
    "storage": "store",
    "elevator": "store",
    "restroom": "store",
    "mechanical": "keepout",
    "nonpublic": "keepout",
    "opentobelow": "outdoor",
}
"""IMDF unit category, up to its first dot, to ours; every other is a room."""

_OPEN_KINDS = frozenset({"corridor", "entrance"})

Storeys = tuple[tuple[Level, ...], tuple[Wall, ...], tuple[Slab, ...], tuple[Zone, ...]]


def storeys(
    units: Sequence[tuple[dict[str, Any], BaseGeometry]], path: Path, height_m: float | None, warnings: list[str]
) -> Storeys:
    """Levels, walls, slabs and zones of units given as (properties, shape in metres), lowest level first."""
    if height_m is None:
        height_m = _STOREY_M
        warnings.append(f"IMDF has no heights: storeys of {height_m:g} m taken; give the real one with --height-m")
    warnings.append("IMDF has no walls: outer edges are taken as concrete, edges between rooms as partitions; doors are left out")
    ordinals = _ordinals(path, warnings)
    by_level: dict[str, list[tuple[dict[str, Any], Polygon]]] = {}
    for properties, geom in units:
        for part in getattr(geom, "geoms", [geom]):
            if isinstance(part, Polygon) and part.is_valid and part.area > 0:
                by_level.setdefault(str(properties.get("level_id")), []).append((properties, part))
            else:
                warnings.append(f"unit {_label(properties)} is no proper polygon and is left out")
    if not by_level:
        raise GeometryError(f"{path}: its units enclose nothing")
    order = sorted(by_level, key=lambda level_id: ordinals.get(level_id, (0, ""))[0])
    lowest = ordinals.get(order[0], (0, ""))[0]
    levels: list[Level] = []
    walls: list[Wall] = []
    slabs: list[Slab] = []
    zones: list[Zone] = []
    for index, level_id in enumerate(order):
        ordinal, name = ordinals.get(level_id, (index, ""))
        z0_m = (ordinal - lowest) * height_m
        rooms = [(_kind(properties), _label(properties), polygon) for properties, polygon in by_level[level_id]]
        whole = shapely.union_all([polygon for _, _, polygon in rooms], grid_size=0.01)
        parts = [part for part in whole.geoms if isinstance(part, Polygon)] if isinstance(whole, MultiPolygon) else [whole]
        largest = max(parts, key=lambda part: part.area)
        if not isinstance(largest, Polygon):
            raise GeometryError(f"{path}: level {name or index} encloses nothing")
        if len(parts) > 1:
            warnings.append(f"level {name or index} has {len(parts)} separate parts; its outline is the largest of them")
        levels.append(Level(name=name or f"{index + 1}F", floor_m=z0_m, ceiling_m=z0_m + height_m, outline_m=_ring(largest)))
        walls += _walls(rooms, z0_m, z0_m + height_m)
        for part in parts:
            if isinstance(part, Polygon):
                slabs += floor_and_roof(_ring(part), z0_m=z0_m, z1_m=z0_m + height_m, floor="concrete", roof="concrete")
        zones += [
            Zone(name=label or f"{kind} {number}", polygon_m=_ring(polygon), kind=kind, level=index)
            for number, (kind, label, polygon) in enumerate(rooms)
        ]
    return tuple(levels), tuple(walls), tuple(slabs), tuple(zones)


def _ordinals(path: Path, warnings: list[str]) -> dict[str, tuple[int, str]]:
    """Level identity -> (ordinal, short name), from the archive's level.geojson beside the units."""
    beside = path.with_name("level.geojson")
    try:
        features = read_json(beside).get("features") or []
        return {
            str(feature["id"]): (int(feature["properties"]["ordinal"]), _text(feature["properties"].get("short_name")))
            for feature in features
        }
    except (FloorPlanError, KeyError, TypeError, ValueError):
        warnings.append("no readable level.geojson beside the units: levels are numbered as they come")
        return {}


def _walls(rooms: Sequence[tuple[str, str, Polygon]], z0_m: float, z1_m: float) -> list[Wall]:
    edges = shapely.line_merge(shapely.node(shapely.union_all([polygon.boundary for _, _, polygon in rooms], grid_size=0.01)))
    tree = shapely.STRtree([polygon for _, _, polygon in rooms])
    walls: list[Wall] = []
    for line in getattr(edges, "geoms", [edges]):
        for (ax, ay), (bx, by) in itertools.pairwise(line.coords):
            length_m = math.dist((ax, ay), (bx, by))
            if length_m < 0.05:
                continue
            # What lies 5 cm to either side of the middle: a room, or nothing.
            mx, my, nx, ny = (ax + bx) / 2, (ay + by) / 2, -(by - ay) / length_m, (bx - ax) / length_m
            sides = [tree.query(Point(mx + s * nx, my + s * ny), predicate="intersects") for s in (0.05, -0.05)]
            kinds = [rooms[int(found[0])][0] if len(found) else None for found in sides]
            if all(kind in _OPEN_KINDS for kind in kinds):
                continue
            material = "concrete" if None in kinds else "partition"
            walls.append(Wall(start_m=(ax, ay), end_m=(bx, by), z0_m=z0_m, z1_m=z1_m, material=material))
    return walls


def _kind(properties: dict[str, Any]) -> str:
    return _KINDS.get(str(properties.get("category", "")).split(".")[0], "room")


def _label(properties: dict[str, Any]) -> str:
    return _text(properties.get("name"))


def _text(value: Any) -> str:
    """One language of an IMDF label: Japanese, English, else the first."""
    if isinstance(value, dict):
        value = value.get("ja") or value.get("en") or next(iter(value.values()), "")
    return str(value or "")


def _ring(polygon: Polygon) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in shapely.force_2d(polygon).exterior.coords[:-1])
