"""IMDF (Apple's Indoor Mapping Data Format): an archive of GeoJSON files, as zip, as folder, or by one of its files.

IMDF says what a room is for and nothing of walls: an edge to the outside is taken as concrete, one between two rooms as a
partition, one between two walkways as nothing. Levels have the outline that level.geojson gives them; openings go into the walls
that they stand on. Levels of one ordinal are one storey, in several buildings too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

from floorplans import _globe
from floorplans._file import parse_json, read_bytes, read_zip
from floorplans._globe import Feature, Units, one_language
from floorplans._rooms import Room, storey, with_opening
from floorplans.bodies import polygons
from floorplans.errors import FloorPlanError, GeometryError
from floorplans.plan import FloorPlan, Level, Opening, Slab, Source, Wall, Zone, check

_STOREY_M = 3.5
_DOOR_HIGH_M = 2.1
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

_DOORS = {"wood": "wood", "metal": "metal", "glass": "glass", "gate": None}

_NO_PLAN = {
    "venue": "the ground of the whole venue",
    "detail": "the detail layer (crosswalks, markings, fences)",
    "geofence": "geofences",
    "relationship": "relationships between rooms",
    "amenity": "points of amenities",
    "anchor": "anchor points",
    "address": "addresses",
    "occupant": "occupants",
    "kiosk": "kiosks",
    "fixture": "furniture",
    "section": "sections of a level",
    "opening": "the doors alone",
}
"""Feature type -> what a file of it holds; none of them is a building."""

_USED = ("unit", "level", "opening", "building")


class _Floor(NamedTuple):
    """What stands at one ordinal."""

    ordinal: int
    name: str
    outline: BaseGeometry | None


def must_be_plan(features: Sequence[Feature], path: Path) -> None:
    """Raise where a file holds only a layer of an archive that is no plan."""
    kinds = {str(each.properties.get("feature_type")) for each in features}
    if kinds <= _NO_PLAN.keys():
        said = " and ".join(_NO_PLAN[kind] for kind in sorted(kinds))
        raise GeometryError(f"{path}: not a plan: {said} of an IMDF archive; give the folder or the zip that has unit.geojson")


def read(
    path: Path, *, metres_per_unit: float | None = None, feature: str | None = None, height_m: float | None = None
) -> FloorPlan:
    """The building in an archive (zip or folder), or in the folder of a unit.geojson; `feature` names one of its buildings."""
    warnings: list[str] = []
    layers = {
        name: _globe.features(data, f"{path}: {name}.geojson", shapeless=name in ("level", "building"))
        for name, data in _collections(path, warnings).items()
    }
    if not layers.get("unit"):
        must_be_plan([each for found in layers.values() for each in found] or [], path)
        raise GeometryError(f"{path}: no units in the archive; give an IMDF archive with unit.geojson")
    levels = _chosen(layers, feature, path, warnings)
    units = [each for each in layers["unit"] if str(each.properties.get("level_id")) in levels]
    if not units:
        raise GeometryError(f"{path}: its units are on no level of {feature!r}; choose another building")
    openings = [each for each in layers.get("opening", []) if str(each.properties.get("level_id")) in levels]
    outlines = [each for each in layers.get("level", []) if str(each.properties.get("id")) in levels and not each.shape.is_empty]
    used = [*units, *openings, *outlines]
    data: dict[str, Any] = {"type": "FeatureCollection"}
    said = Units(metres_per_unit=metres_per_unit)
    scale = _globe.metres_per_unit(data, used, path, said, warnings)
    used = _globe.in_metres(data, used, path, scale=scale, said=said, warnings=warnings)
    units, openings, outlines = (
        used[: len(units)],
        used[len(units) : len(units) + len(openings)],
        used[len(units) + len(openings) :],
    )
    if height_m is None:
        height_m = _STOREY_M
        warnings.append(f"IMDF has no heights: storeys of {height_m:g} m taken; give the real one with --height-m")
    warnings.append("IMDF has no walls: outer edges are taken as concrete, edges between rooms as partitions")
    plan = _building(
        path=path,
        units=units,
        openings=openings,
        outlines=outlines,
        levels=levels,
        height_m=height_m,
        warnings=warnings,
    )
    source = Source(
        file=path.name,
        reader="imdf",
        metres_per_unit=None if scale == 1.0 else scale,
        warnings=tuple(dict.fromkeys(warnings)),
    )
    name = (
        feature
        if feature and not feature.isdigit()
        else path.resolve().parent.name
        if path.is_file() and path.suffix != ".zip"
        else path.stem
    )
    return check(FloorPlan(name=name, levels=plan[0], walls=plan[1], slabs=plan[2], zones=plan[3], source=source))


def _collections(path: Path, warnings: list[str]) -> dict[str, dict[str, Any]]:
    """Layer -> its parsed GeoJSON, from zip, folder, or beside one file."""
    if path.suffix.lower() == ".zip":
        members = read_zip(path)
        found = {
            layer: parse_json(data, f"{path}: {name}")
            for name, data in members.items()
            if (layer := name.replace("\\", "/").rpartition("/")[2].removesuffix(".geojson")) in _USED
            and name.endswith(".geojson")
        }
        if not found:
            raise GeometryError(f"{path}: no plan in the archive; give an IMDF archive, with unit.geojson in it")
        return found
    folder = path if path.is_dir() else path.parent
    found = {}
    for layer in _USED:
        beside = folder / f"{layer}.geojson"
        if path.is_file() and layer == "unit":
            beside = path
        if not beside.is_file():
            continue
        try:
            found[layer] = parse_json(read_bytes(beside), beside)
        except FloorPlanError:
            if layer == "unit":
                raise
            warnings.append(f"{beside.name} cannot be read and is left out")
    if path.is_dir() and "unit" not in found:
        raise GeometryError(f"{path}: a folder without unit.geojson is no IMDF archive; give the drawing in it")
    return found


def _chosen(layers: dict[str, list[Feature]], wanted: str | None, path: Path, warnings: list[str]) -> dict[str, _Floor]:
    """Level identity -> its storey, for the levels with units, of one building where that is asked for."""
    with_units = {str(each.properties.get("level_id")) for each in layers["unit"]}
    found: dict[str, _Floor] = {}
    owners: dict[str, set[str]] = {}
    empty = 0
    for each in layers.get("level", []):
        identity = str(each.properties.get("id"))
        try:
            ordinal = int(each.properties.get("ordinal", ""))
        except (TypeError, ValueError):
            warnings.append(f"level {identity[:40]} has no ordinal and is numbered as it comes")
            ordinal = len(found)
        if identity not in with_units:
            empty += 1
            continue
        name = one_language(each.properties.get("short_name")) or one_language(each.properties.get("name"))
        found[identity] = _Floor(ordinal=ordinal, name=name, outline=each.shape)
        buildings = each.properties.get("building_ids")
        owners[identity] = {str(one) for one in buildings} if isinstance(buildings, list) else set()
    if empty:
        warnings.append(f"{empty} levels without any room are left out")
    if not found:
        warnings.append("no readable level.geojson beside the units: levels are numbered as they come")
        for number, identity in enumerate(dict.fromkeys(str(each.properties.get("level_id")) for each in layers["unit"])):
            found[identity] = _Floor(ordinal=number, name="", outline=None)
    missing = len([each for each in layers["unit"] if str(each.properties.get("level_id")) not in found])
    if missing:
        warnings.append(f"{missing} units are on levels that level.geojson does not have, and are left out")
    names = {str(each.properties.get("id")): one_language(each.properties.get("name")) for each in layers.get("building", [])}
    here = sorted(set().union(*owners.values())) if owners else []
    if wanted is not None:
        chosen = {one for number, one in enumerate(here) if wanted in (one, names.get(one), str(number))}
        chosen |= {
            one
            for one in here
            for each in layers.get("building", [])
            if str(each.properties.get("id")) == one and wanted in _labels(each)
        }
        if not chosen:
            there = ", ".join(f"{number} ({names.get(one) or 'no name'})" for number, one in enumerate(here[:8])) or "none"
            raise FloorPlanError(f"{path}: no building {wanted!r} with rooms; there are {there}")
        found = {identity: floor for identity, floor in found.items() if owners.get(identity, set()) & chosen}
    elif len(here) > 1:
        warnings.append(f"{len(here)} buildings with rooms are read as one; choose one by its name or number with --feature")
    return found


def _labels(feature: Feature) -> set[str]:
    name = feature.properties.get("name")
    return {str(text) for text in name.values()} if isinstance(name, dict) else {str(name)}


_Parts = tuple[tuple[Level, ...], tuple[Wall, ...], tuple[Slab, ...], tuple[Zone, ...]]


def _building(
    *,
    path: Path,
    units: list[Feature],
    openings: list[Feature],
    outlines: list[Feature],
    levels: dict[str, _Floor],
    height_m: float,
    warnings: list[str],
) -> _Parts:
    ordinals = sorted({levels[str(each.properties.get("level_id"))].ordinal for each in units})
    found_levels: list[Level] = []
    walls: list[Wall] = []
    slabs: list[Slab] = []
    zones: list[Zone] = []
    missed = 0
    for index, ordinal in enumerate(ordinals):
        here = {identity for identity, floor in levels.items() if floor.ordinal == ordinal}
        z0_m = (ordinal - ordinals[0]) * height_m
        rooms = [room for each in units if str(each.properties.get("level_id")) in here for room in _rooms(each, warnings)]
        if not rooms:
            raise GeometryError(f"{path}: level {ordinal} encloses nothing; mend its units")
        edges = [
            part for each in outlines if str(each.properties.get("id")) in here for part in polygons(shapely.force_2d(each.shape))
        ]
        edge = shapely.union_all(edges, grid_size=0.001) if edges else None
        if edge is not None and edge.area < 0.5 * sum(room.polygon.area for room in rooms):
            warnings.append(f"level {ordinal}: its polygon is smaller than its rooms; the rooms' own edge is taken")
            edge = None
        names = [levels[identity].name for identity in sorted(here) if levels[identity].name]
        name = names[0] if names else f"{index + 1}F"
        made = storey(rooms, edge, index=index, name=name, z0_m=z0_m, z1_m=z0_m + height_m)
        walls_here = list(made.walls)
        for each in openings:
            if str(each.properties.get("level_id")) in here:
                hole = _opening(each, z0_m, height_m)
                walls_here, done = with_opening(walls_here, each.shape, hole)
                if not done and str(each.properties.get("category")).startswith("pedestrian"):
                    # A door between two walkways: there is a wall after all, unless the edge is hardly wider.
                    behind, done = with_opening(
                        [edge for edge in made.unwalled if edge.length_m > 1.5 * each.shape.length], each.shape, hole
                    )
                    walls_here += [edge for edge in behind if edge.openings]
                missed += not done
        found_levels.append(made.level)
        walls += walls_here
        slabs += made.slabs
        zones += made.zones
    if missed:
        warnings.append(f"{missed} openings stand on no wall (between walkways there is none) and are left out")
    return tuple(found_levels), tuple(walls), tuple(slabs), tuple(zones)


def _opening(feature: Feature, z0_m: float, height_m: float) -> Opening:
    """A door as the file describes it: what stands open is a hole."""
    door = feature.properties.get("door")
    door = door if isinstance(door, dict) else {}
    material: str | None = _DOORS.get(str(door.get("material")), "wood")
    if door.get("type") == "open":
        material = None
    high_m = min(_DOOR_HIGH_M if not str(feature.properties.get("category", "")).startswith("automobile") else 3.0, height_m)
    return Opening(u0_m=0.0, u1_m=1.0, z0_m=z0_m, z1_m=z0_m + high_m, material=material, kind="door")


def _rooms(feature: Feature, warnings: list[str]) -> list[Room]:
    label = one_language(feature.properties.get("name"))
    if not feature.shape.is_valid:
        warnings.append(f"unit {label or feature.index} crosses itself and was mended")
    parts = polygons(shapely.force_2d(feature.shape))
    if not parts:
        warnings.append(f"unit {label or feature.index} is no proper polygon and is left out")
    kind = _KINDS.get(str(feature.properties.get("category", "")).split(".")[0], "room")
    return [Room(name=label, kind=kind, polygon=part) for part in parts]
