"""GeoJSON: buildings' footprints, hand-drawn plans in metres, OpenStreetMap's indoor rooms, and IMDF units.

What a feature is, by its property `part`, else by what it looks like:

wall       any line that is no road, fence or river. `material`, `thickness_m`, `z0_m`, `z1_m` (or `height_m`), `openings` (ours,
           with `segment` from 0), `name`. A polygon with `part` wall is the body of one or several walls
slab       a polygon with `z_m`, or with three numbers a corner, and a `material`
zone       a polygon with a `kind` of `ZONE_KINDS`; `name`, `level`
footprint  every other polygon: its edge is the outer wall. One building of a file is read: `feature` says which

Of the coordinates see `floorplans._globe`; files with `indoor` tags go to `floorplans._osm`, those of IMDF to `_imdf`.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from shapely.geometry import Polygon

from floorplans import _footprint, _globe, _imdf, _osm, layers
from floorplans._file import read_json
from floorplans._globe import Feature, Units, height_m_of, name_of
from floorplans.bodies import centre_lines, joined, merged, one_ring, polygons
from floorplans.errors import FloorPlanError, GeometryError
from floorplans.plan import (
    ZONE_KINDS,
    FloorPlan,
    Level,
    Opening,
    Point,
    Slab,
    Source,
    Wall,
    Zone,
    check,
    first_error,
    floor_and_roof,
    near_outline,
    outline_of_walls_m,
)

MAX_WALLS = 20_000

_LICENCE_KEYS = ("licence", "license", "attribution")

_NO_WALL_KEYS = frozenset(
    (
        *(
            "highway",
            "barrier",
            "railway",
            "waterway",
            "power",
            "natural",
            "boundary",
            "route",
            "landuse",
            "aeroway",
            "fence",
            "hedge",
        ),
        *(
            "leisure",
            "amenity",
            "man_made",
            "cycleway",
            "footway",
            "sidewalk",
            "surface",
            "public_transport",
            "golf",
            "playground",
        ),
    )
)
"""Tags of lines that are no wall of a building."""

_SITE_TAGS = {
    "landuse": None,
    "natural": None,
    "boundary": None,
    "place": None,
    "leisure": {"park", "pitch", "playground", "garden", "track", "nature_reserve", "golf_course"},
    "amenity": {"school", "university", "college", "kindergarten", "hospital", "parking", "grave_yard"},
}
"""Tags of ground, not of a building, where no `building` stands beside them. None: whatever the value."""

_ROOM_M = 3.0

_OPENING: TypeAdapter[Opening] = TypeAdapter(Opening)


def part_of(feature: Feature) -> str:
    """What it is a part of: wall, slab, zone, footprint, unit (IMDF), outside (of the building) or nothing."""
    said, properties = feature.properties.get("part"), feature.properties
    if said in ("wall", "slab", "zone", "footprint"):
        return str(said)
    if feature.shape.geom_type in ("LineString", "MultiLineString"):
        return "outside" if _NO_WALL_KEYS & properties.keys() and not properties.get("material") else "wall"
    if feature.shape.geom_type not in ("Polygon", "MultiPolygon"):
        return ""
    if properties.get("feature_type") == "unit":
        return "unit"
    if properties.get("kind") in ZONE_KINDS:
        return "zone"
    return "slab" if properties.get("material") and ("z_m" in properties or feature.shape.has_z) else "footprint"


def read(
    path: Path,
    *,
    metres_per_unit: float | None = None,
    crs: str | None = None,
    feature: str | None = None,
    height_m: float | None = None,
    stage: bool | None = None,
    store_room: bool | None = None,
    entrances: int | None = None,
) -> FloorPlan:
    """The building in the file; see the module for what it may hold and `floorplans.read` for the options."""
    data = read_json(path)
    said = Units(metres_per_unit=metres_per_unit, crs=crs)
    found = _globe.features(data, path)
    if any(each.properties.get("feature_type") for each in found):
        _imdf.must_be_plan(found, path)
        if any(each.properties.get("feature_type") == "unit" for each in found):
            return _imdf.read(path, metres_per_unit=metres_per_unit, feature=feature, height_m=height_m)
    extras = _footprint.Extras(stage=bool(stage), store_room=bool(store_room), entrances=entrances or 0)
    if _osm.is_indoor(found):
        if extras.wanted:
            raise FloorPlanError(f"{path}: has rooms of its own; leave --stage, --store-room and --entrances out")
        return _osm.read(data, found, path, said=said, feature=feature, height_m=height_m)
    by_part: dict[str, list[Feature]] = {}
    for each in found:
        by_part.setdefault(part_of(each), []).append(each)
    warnings: list[str] = []
    if by_part.get(""):
        warnings.append(f"{len(by_part[''])} features are neither lines nor polygons and are left out")
    if by_part.get("outside"):
        kinds = sorted({key for each in by_part["outside"] for key in _NO_WALL_KEYS & each.properties.keys()})
        warnings.append(f"{len(by_part['outside'])} lines that are no walls ({', '.join(kinds)}) are left out")
    if by_part.get("wall"):
        rooms = {each.index: room for each in by_part.get("footprint", ()) if (room := _as_room(each)) is not None}
        by_part["zone"] = [*by_part.get("zone", ()), *rooms.values()]
        by_part["footprint"] = [each for each in by_part.get("footprint", ()) if each.index not in rooms]
    footprints = by_part.get("footprint", [])
    if footprints:
        footprints = [_selected(footprints, feature, path, warnings)]
        _must_be_building(footprints[0], path)
    elif feature is not None:
        raise FloorPlanError(f"{path}: holds no footprints to choose from; leave feature out")
    used = footprints + [each for part in ("wall", "slab", "zone") for each in by_part.get(part, [])]
    if not used:
        raise GeometryError(f"{path}: holds no polygon and no line; a building needs a footprint or walls")
    scale = _globe.metres_per_unit(data, used, path, said, warnings)
    used = _globe.in_metres(data, used, path, scale=scale, said=said, warnings=warnings)
    licence = next((str(source[key]) for source in (data, used[0].properties) for key in _LICENCE_KEYS if source.get(key)), "")
    name = (name_of(footprints[0].properties) if footprints else "") or str(data.get("name") or path.stem)
    drawn = [wall for each in used if part_of(each) == "wall" for wall in _walls(each, path, height_m)]
    if any(each.shape.geom_type.endswith("Polygon") for each in used if part_of(each) == "wall"):
        drawn = joined(merged(drawn))
    if len(drawn) > MAX_WALLS:
        raise GeometryError(f"{path}: {len(drawn)} walls are more than {MAX_WALLS}; export one building")
    slabs = tuple(_slab(each, path) for each in used if part_of(each) == "slab")
    zones = tuple(zone for each in used if part_of(each) == "zone" for zone in _zones(each, warnings))
    if footprints:
        building = next(each for each in used if part_of(each) == "footprint")
        shell = _footprint.shell(building, path, height_m, extras, warnings)
        ring, ceiling_m, floor, roof = shell.ring, shell.ceiling_m, shell.floor, shell.roof
        drawn, zones = [*shell.walls, *drawn], zones or shell.zones
        slabs = (*shell.slabs, *slabs) if slabs else shell.slabs
    else:
        if extras.wanted:
            raise FloorPlanError(f"{path}: draws its walls; --stage, --store-room and --entrances are for a footprint")
        if not drawn:
            raise GeometryError(f"{path}: has slabs or zones and no wall; add the walls as lines")
        ring = outline_of_walls_m(drawn, where=str(path))
        drawn, outside = near_outline(drawn, ring)
        warnings += outside
        ceiling_m, floor, roof = max(wall.z1_m for wall in drawn), "concrete", "concrete"
        zones = zones or (Zone(name="room", polygon_m=ring, kind="room"),)
    if not any(part_of(each) == "slab" for each in used):
        slabs = (*floor_and_roof(ring, z0_m=0.0, z1_m=ceiling_m, floor=floor, roof=roof), *slabs)
        warnings.append(f"no floor or roof in the file: {floor} below and {roof} above are assumed")
    return check(
        FloorPlan(
            name=name,
            levels=(Level(name="1F", floor_m=0.0, ceiling_m=ceiling_m, outline_m=ring),),
            walls=tuple(drawn),
            slabs=slabs,
            zones=zones,
            source=Source(
                file=path.name,
                reader="geojson",
                metres_per_unit=None if scale == 1.0 else scale,
                licence=licence,
                warnings=tuple(warnings),
            ),
        )
    )


def _as_room(feature: Feature) -> Feature | None:
    """A polygon within drawn walls whose kind is a word for a room (体育館, gymnasium), as the zone that it is; else None."""
    said, properties = feature.properties.get("kind"), feature.properties
    if not isinstance(said, str) or properties.get("part") or "building" in properties:
        return None
    kind = layers.of().room_kind(said)
    if kind == "room":
        return None
    return replace(feature, properties={"name": said, **properties, "part": "zone", "kind": kind})


def _must_be_building(feature: Feature, path: Path) -> None:
    """Raise where a footprint is ground: a park, school grounds, a district."""
    properties = feature.properties
    if properties.get("part") == "footprint" or any(str(key).startswith("building") for key in properties):
        return
    for key, values in _SITE_TAGS.items():
        value = properties.get(key)
        if value is not None and (values is None or value in values):
            raise GeometryError(
                f"{path}: not a plan: features[{feature.index}] ({name_of(properties) or 'no name'}) is ground ({key}={value}), "
                "not a building; choose the building's own polygon"
            )


def _selected(footprints: list[Feature], wanted: str | None, path: Path, warnings: list[str]) -> Feature:
    """The one building that the user means."""
    found = footprints
    if wanted is not None and re.fullmatch(r"\d+", wanted.strip()):
        found = [each for each in footprints if each.index == int(wanted)]
        if not found:
            raise FloorPlanError(
                f"{path}: no footprint has number {wanted}; they are {footprints[0].index} to {footprints[-1].index}"
            )
    elif wanted is not None:
        for condition in wanted.split(","):
            key, equals, value = (text.strip() for text in condition.partition("="))
            if not equals:
                raise FloorPlanError(f"{path}: feature {condition!r} is no number and no KEY=VALUE; keys are {_keys(footprints)}")
            matching = [each for each in found if _same(each.properties.get(key), value)]
            if not matching:
                known = sorted({str(each.properties[key]) for each in found if each.properties.get(key) is not None})
                some = ", ".join(known[:5]) + (f" … ({len(known)} values)" if len(known) > 5 else "")
                raise FloorPlanError(
                    f"{path}: no footprint has {key}={value}; " + (f"it has {some}" if known else f"keys are {_keys(found)}")
                )
            found = matching
    if len(found) == 1:
        return found[0]
    gyms = [each for each in found if _same(each.properties.get("gym_candidate"), "true")]
    if wanted is not None and len(gyms) == 1:
        warnings.append(f"{len(found)} buildings match {wanted}; taken is the one marked gym_candidate, number {gyms[0].index}")
        return gyms[0]
    if wanted is None:
        raise FloorPlanError(
            f"{path}: holds {len(found)} buildings; choose one with --feature NUMBER or "
            f"--feature KEY=VALUE (keys: {_keys(found)})"
        )
    some = ", ".join(f"{each.index} ({name_of(each.properties) or 'no name'})" for each in (gyms or found)[:6])
    raise FloorPlanError(f"{path}: {len(found)} buildings match {wanted}; choose one by number: --feature {some}")


def _keys(features: list[Feature]) -> str:
    keys = sorted({key for each in features for key in each.properties})
    return ", ".join(keys[:12]) or "none"


def _same(value: Any, text: str) -> bool:
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if isinstance(value, int | float):
        try:
            return float(text) == float(value)
        except ValueError:
            return False
    return value is not None and str(value).strip() == text


def _walls(feature: Feature, path: Path, height_m: float | None) -> list[Wall]:
    properties = feature.properties
    place = f"{path}: features[{feature.index}]"
    z0_m = _number(properties, "z0_m", place) or 0.0
    z1_m = _number(properties, "z1_m", place)
    if z1_m is None:
        z1_m = z0_m + (height_m_of(properties) or height_m or _ROOM_M)
    openings: dict[int, list[Opening]] = {}
    raw = properties.get("openings") or []
    if not isinstance(raw, list):
        raise FloorPlanError(f"{place}: openings is not a list")
    for number, item in enumerate(raw):
        fields = dict(item) if isinstance(item, dict) else {}
        segment = fields.pop("segment", 0)
        if not isinstance(segment, int):
            raise FloorPlanError(
                f"{place}: openings[{number}]: segment is {segment!r}; give the number of the line's segment, from 0"
            )
        try:
            openings.setdefault(segment, []).append(_OPENING.validate_python(fields))
        except ValidationError as error:
            raise FloorPlanError(f"{place}: openings[{number}]: {first_error(error)}") from None
    walls: list[Wall] = []
    if feature.shape.geom_type.endswith("Polygon"):
        if openings:
            raise FloorPlanError(f"{place}: a wall drawn as a polygon takes no openings by segment; draw its centre line")
        return _walls_of_body(feature, place, z0_m=z0_m, z1_m=z1_m)
    for line in getattr(feature.shape, "geoms", [feature.shape]):
        for start, end in itertools.pairwise(line.coords):
            walls.append(
                Wall(
                    start_m=_xy(start),
                    end_m=_xy(end),
                    z0_m=z0_m,
                    z1_m=z1_m,
                    material=str(properties.get("material") or "concrete"),
                    thickness_m=_number(properties, "thickness_m", place),
                    openings=tuple(openings.pop(len(walls), ())),
                    name=name_of(properties),
                )
            )
    if openings:
        raise FloorPlanError(f"{place}: an opening is in segment {next(iter(openings))}, which the line has not")
    return walls


def _walls_of_body(feature: Feature, place: str, *, z0_m: float, z1_m: float) -> list[Wall]:
    """The walls of a polygon with `part` wall: QGIS and CAD give the body, not the centre line."""
    found = centre_lines(feature.shape)
    if not found:
        raise GeometryError(f"{place}: the wall is a polygon too wide for a wall; draw its centre line, or make it a zone")
    return [
        Wall(
            start_m=line.start,
            end_m=line.end,
            z0_m=z0_m,
            z1_m=z1_m,
            material=str(feature.properties.get("material") or "concrete"),
            thickness_m=line.thickness_m,
            name=name_of(feature.properties),
        )
        for line in found
    ]


def _slab(feature: Feature, path: Path) -> Slab:
    place = f"{path}: features[{feature.index}]"
    polygon = _polygon(feature, place)
    z_m = _number(feature.properties, "z_m", place) or 0.0
    return Slab(
        polygon_m=tuple((x, y, rest[0] if rest else z_m) for x, y, *rest in polygon.exterior.coords[:-1]),
        material=str(feature.properties.get("material") or "concrete"),
        thickness_m=_number(feature.properties, "thickness_m", place),
        name=name_of(feature.properties),
    )


def _zones(feature: Feature, warnings: list[str]) -> list[Zone]:
    """One zone for each part of the shape: QGIS writes every polygon as a MultiPolygon."""
    name = name_of(feature.properties) or f"zone {feature.index}"
    if not feature.shape.is_valid:
        warnings.append(f"features[{feature.index}]: zone {name} crosses itself and was mended; put its corners in order")
    parts = [part for part in polygons(feature.shape) if part.area > 0.01]
    if not parts:
        warnings.append(f"features[{feature.index}]: zone {name} encloses nothing and is left out")
    if any(part.interiors for part in parts):
        warnings.append(f"features[{feature.index}]: zone {name} has holes, which are cut out of it")
    if len(parts) > 1:
        warnings.append(f"features[{feature.index}]: zone {name} has {len(parts)} parts, which are a zone each")
    return [
        Zone(
            name=name if len(parts) == 1 else f"{name} {number}",
            polygon_m=one_ring(part) if part.interiors else tuple(_xy(point) for point in part.exterior.coords[:-1]),
            kind=str(feature.properties.get("kind") or "room"),
        )
        for number, part in enumerate(parts, 1)
    ]


def _polygon(feature: Feature, place: str) -> Polygon:
    parts = polygons(feature.shape)
    if len(parts) != 1:
        raise GeometryError(f"{place}: a {part_of(feature)} is one Polygon, this has {len(parts)} parts; split it")
    return parts[0]


def _number(properties: dict[str, Any], key: str, place: str) -> float | None:
    value = properties.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FloorPlanError(f"{place}: {key} is {value!r}, which is not a number; mend it")
    return float(value)


def _xy(point: tuple[float, ...]) -> Point:
    return float(point[0]), float(point[1])
