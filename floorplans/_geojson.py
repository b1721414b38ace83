"""GeoJSON: buildings' footprints, hand-drawn plans in metres, and IMDF units.

What a feature is, by its property `part`, else by what it looks like:

wall       any line. `material`, `thickness_m`, `z0_m`, `z1_m` (or `height_m`), `openings` (ours, with `segment` from 0), `name`
slab       a polygon with `z_m`, or with three numbers a corner, and a `material`
zone       a polygon with a `kind` of `ZONE_KINDS`; `name`, `level`
footprint  every other polygon: its edge is the outer wall. One building of a file is read: `feature` says which

Coordinates are degrees (EPSG:4326), as the standard says, unless the file says otherwise: a top-level `units` of m, cm or mm, a
projected `crs`, or a scale given by the user. A file that says nothing and holds a feature wider than one unit is in metres:
a degree is a hundred kilometres. Degrees are projected to metres around the building, turned so that its long side
lies along x, and moved to the origin; metres are left as they are.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from floorplans import _imdf
from floorplans._file import read_json
from floorplans.errors import FloorPlanError, GeometryError, MissingScaleError
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

MAX_FEATURES = 100_000
MAX_VERTICES = 1_000_000
MAX_WALLS = 20_000

_UNITS_M = {"m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "cm": 0.01, "mm": 0.001}
_HEIGHT_KEYS = ("height_m", "measuredHeight", "measured_height", "bldg:measuredHeight", "height", "building:height", "高さ")
_NAME_KEYS = ("name", "name:ja", "名称", "施設名", "shelter", "name:en")
_LICENCE_KEYS = ("licence", "license", "attribution")
_SIMPLIFY_M = 0.1
"""Corners of a footprint nearer than this to a straight line are noise of the survey."""

_MAX_NUMBER = 1e11
"""In a file, whatever its unit: millimetres around the earth are 4e10."""

_GYM_M, _ROOM_M = 9.7, 3.0
"""Heights taken, with a warning, where the file has none: the median elementary school gym of Kashiwa; a usual storey."""

_OPENING: TypeAdapter[Opening] = TypeAdapter(Opening)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature: its number in the file, what is said of it, and its shape."""

    index: int
    properties: dict[str, Any]
    shape: BaseGeometry

    @property
    def part(self) -> str:
        """What it is a part of: wall, slab, zone, footprint, unit (IMDF) or nothing."""
        said = self.properties.get("part")
        if said in ("wall", "slab", "zone", "footprint"):
            return str(said)
        if self.shape.geom_type in ("LineString", "MultiLineString"):
            return "wall"
        if self.shape.geom_type not in ("Polygon", "MultiPolygon"):
            return ""
        if self.properties.get("feature_type") == "unit":
            return "unit"
        if self.properties.get("kind") in ZONE_KINDS:
            return "zone"
        return "slab" if self.properties.get("material") and ("z_m" in self.properties or self.shape.has_z) else "footprint"


def read(
    path: Path, *, metres_per_unit: float | None = None, feature: str | None = None, height_m: float | None = None
) -> FloorPlan:
    """The building in the file; see the module for what it may hold and `floorplans.read` for the options."""
    data = read_json(path)
    features = _features(data, path)
    by_part: dict[str, list[Feature]] = {}
    for each in features:
        by_part.setdefault(each.part, []).append(each)
    warnings: list[str] = []
    if by_part.get(""):
        warnings.append(f"{len(by_part[''])} features are neither lines nor polygons and are left out")
    footprints = by_part.get("footprint", [])
    if footprints:
        footprints = [_selected(footprints, feature, path, warnings)]
    elif feature is not None:
        raise FloorPlanError(f"{path}: holds no footprints to choose from; leave feature out")
    used = footprints + [each for part in ("unit", "wall", "slab", "zone") for each in by_part.get(part, [])]
    if not used:
        raise GeometryError(f"{path}: holds no polygon and no line; a building needs a footprint or walls")
    scale = _metres_per_unit(data, used, path, metres_per_unit, warnings)
    used = _in_metres(data, used, path, scale, warnings)
    licence = next((str(source[key]) for source in (data, used[0].properties) for key in _LICENCE_KEYS if source.get(key)), "")
    name = (_name(footprints[0].properties) if footprints else "") or str(data.get("name") or path.stem)

    def source() -> Source:
        return Source(
            file=path.name,
            reader="geojson",
            metres_per_unit=None if scale == 1.0 else scale,
            licence=licence,
            warnings=tuple(warnings),
        )

    if by_part.get("unit"):
        units = [(each.properties, each.shape) for each in used if each.part == "unit"]
        levels, walls, slabs, zones = _imdf.storeys(units, path, height_m, warnings)
        return check(FloorPlan(name=path.stem, levels=levels, walls=walls, slabs=slabs, zones=zones, source=source()))

    walls_drawn = [wall for each in used if each.part == "wall" for wall in _walls(each, path, height_m)]
    if len(walls_drawn) > MAX_WALLS:
        raise GeometryError(f"{path}: {len(walls_drawn)} walls are more than {MAX_WALLS}; export one building")
    slabs = tuple(_slab(each, path) for each in used if each.part == "slab")
    zones = tuple(_zone(each, path) for each in used if each.part == "zone")
    if footprints:
        building = next(each for each in used if each.part == "footprint")
        is_gym = _is_gym(building.properties)
        ceiling_m = height_m or _height_m(building.properties)
        if ceiling_m is None:
            ceiling_m = _GYM_M if is_gym else _ROOM_M
            warnings.append(f"the file has no height: {ceiling_m:g} m taken; give the real one with --height-m")
        ring, courtyards, outer = _footprint(building, path, ceiling_m, warnings)
        walls_drawn = outer + walls_drawn
        materials = ("wood", "metal") if is_gym else ("concrete", "concrete")
        default_zones = [Zone(name="hall" if is_gym else "room", polygon_m=ring, kind="hall" if is_gym else "room"), *courtyards]
        warnings.append("a footprint has no doors, windows or inner walls: outer walls are taken as concrete without openings")
    else:
        if not walls_drawn:
            raise GeometryError(f"{path}: has slabs or zones and no wall; add the walls as lines")
        ring = outline_of_walls_m(walls_drawn, where=str(path))
        walls_drawn, outside = near_outline(walls_drawn, ring)
        warnings += outside
        ceiling_m = max(wall.z1_m for wall in walls_drawn)
        materials = ("concrete", "concrete")
        default_zones = [Zone(name="room", polygon_m=ring, kind="room")]
    if not slabs:
        slabs = floor_and_roof(ring, z0_m=0.0, z1_m=ceiling_m, floor=materials[0], roof=materials[1])
        warnings.append(f"no floor or roof in the file: {materials[0]} below and {materials[1]} above are assumed")
    return check(
        FloorPlan(
            name=name,
            levels=(Level(name="1F", floor_m=0.0, ceiling_m=ceiling_m, outline_m=ring),),
            walls=tuple(walls_drawn),
            slabs=slabs,
            zones=zones or tuple(default_zones),
            source=source(),
        )
    )


def _features(data: dict[str, Any], path: Path) -> list[Feature]:
    kind = data.get("type")
    raw = data.get("features") if kind == "FeatureCollection" else [data]
    if not isinstance(raw, list) or kind is None:
        raise FloorPlanError(f"{path}: not GeoJSON: no type or no list of features; export it again")
    if len(raw) > MAX_FEATURES:
        raise FloorPlanError(f"{path}: {len(raw)} features are more than {MAX_FEATURES}; export a smaller area")
    features: list[Feature] = []
    corners = 0
    for index, item in enumerate(raw):
        if not isinstance(item, dict):
            raise FloorPlanError(f"{path}: features[{index}] is not an object")
        geometry = item.get("geometry") if item.get("type") == "Feature" else item
        if geometry is None:
            continue
        try:
            geom = shape(geometry)
        except (ShapelyError, AttributeError, KeyError, TypeError, ValueError, IndexError):
            raise GeometryError(f"{path}: features[{index}]: its geometry cannot be read; mend or delete it") from None
        corners += int(shapely.get_num_coordinates(geom))
        if corners > MAX_VERTICES:
            raise FloorPlanError(f"{path}: more than {MAX_VERTICES} corners; export one building")
        if geom.is_empty:
            continue
        if not (np.abs(shapely.get_coordinates(geom, include_z=bool(geom.has_z))) <= _MAX_NUMBER).all():
            raise GeometryError(f"{path}: features[{index}]: a coordinate is not a finite number; mend the drawing")
        properties = item.get("properties") or {}
        if not isinstance(properties, dict):
            raise FloorPlanError(f"{path}: features[{index}]: properties is not an object")
        if item.get("feature_type"):
            properties = {**properties, "feature_type": item["feature_type"]}
        features.append(Feature(index=index, properties=properties, shape=geom))
    return features


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
    some = ", ".join(f"{each.index} ({_name(each.properties) or 'no name'})" for each in (gyms or found)[:6])
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


def _metres_per_unit(
    data: dict[str, Any], features: list[Feature], path: Path, given: float | None, warnings: list[str]
) -> float | None:
    """Metres per unit of a plan that is flat already; None where coordinates are degrees or a named projection's."""
    if given is not None:
        return given
    units = data.get("units")
    if units is not None:
        if not isinstance(units, str) or units not in _UNITS_M:
            raise MissingScaleError(f"{path}: units {units!r} is not one of m, cm, mm; mend it or give --metres-per-unit")
        return _UNITS_M[units]
    if _crs_name(data):
        return None
    boxes = np.array([each.shape.bounds for each in features])
    widest = float((boxes[:, 2:] - boxes[:, :2]).max())
    if widest > 1.0:
        warnings.append("coordinates are too wide for degrees: taken as metres")
        return 1.0
    if np.abs(boxes[:, ::2]).max() > 180 or np.abs(boxes[:, 1::2]).max() > 90:
        raise MissingScaleError(f"{path}: coordinates are no degrees and everything is under 1 unit wide; give --metres-per-unit")
    return None


def _crs_name(data: dict[str, Any]) -> str:
    """The coordinate system that files before RFC 7946 name, as QGIS still writes for projected layers."""
    crs = data.get("crs")
    if not isinstance(crs, dict) or not isinstance(crs.get("properties"), dict):
        return ""
    return str(crs["properties"].get("name") or "")


def _in_metres(
    data: dict[str, Any], features: list[Feature], path: Path, scale: float | None, warnings: list[str]
) -> list[Feature]:
    """The features in metres. Where they were on the globe: around themselves, turned and moved as the module says."""
    if scale is not None:
        return _moved(features, lambda xyz: xyz * scale)
    try:
        crs = pyproj.CRS.from_user_input(_crs_name(data) or "EPSG:4326")
    except pyproj.exceptions.CRSError:
        raise FloorPlanError(f"{path}: unknown crs {_crs_name(data)!r}; export it again in EPSG:4326") from None
    on_globe = geopandas.GeoSeries([each.shape for each in features], crs=crs).to_crs("EPSG:4326")
    west, south, east, north = on_globe.total_bounds
    if not all(map(math.isfinite, (west, south, east, north))):
        raise GeometryError(f"{path}: coordinates lie outside what {crs.name} can hold; check its crs")
    # True to scale in every direction from the building's middle; within a kilometre the error is under a millimetre.
    local = f"+proj=aeqd +lat_0={(south + north) / 2:.9f} +lon_0={(west + east) / 2:.9f} +units=m"
    flat = on_globe.to_crs(local)
    features = [
        Feature(index=each.index, properties=each.properties, shape=geom) for each, geom in zip(features, flat, strict=True)
    ]
    angle_rad = _long_side_rad(shapely.union_all([shapely.force_2d(each.shape) for each in features]))
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    turn = np.array([[cos, -sin], [sin, cos]])
    features = _moved(features, lambda xyz: np.column_stack([xyz[:, :2] @ turn, xyz[:, 2:]]))
    x0, y0 = np.array([each.shape.bounds for each in features])[:, :2].min(axis=0)
    shift = np.array([x0, y0, 0.0])
    if abs(angle_rad) > 1e-4:
        warnings.append(
            f"turned by {abs(math.degrees(angle_rad)):.1f} degrees {'clockwise' if angle_rad > 0 else 'counter-clockwise'} "
            f"so that the long side lies along x: true north is at azimuth {math.degrees(angle_rad) % 360:.1f} of this plan"
        )
    return _moved(features, lambda xyz: xyz - shift[: xyz.shape[1]])


def _moved(features: list[Feature], move: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> list[Feature]:
    return [
        Feature(
            index=each.index,
            properties=each.properties,
            shape=shapely.transform(each.shape, move, include_z=bool(each.shape.has_z)),
        )
        for each in features
    ]


def _long_side_rad(geom: BaseGeometry) -> float:
    """Direction of the long side of the smallest rectangle around, from x, in (-pi/2, pi/2]."""
    box = shapely.minimum_rotated_rectangle(geom)
    if not isinstance(box, Polygon):
        return 0.0
    corners = np.array(box.exterior.coords)
    sides = np.diff(corners, axis=0)[:2]
    dx, dy = sides[int(np.argmax(np.hypot(sides[:, 0], sides[:, 1])))]
    angle_rad = math.atan2(dy, dx)
    if angle_rad > math.pi / 2:
        return angle_rad - math.pi
    return angle_rad + math.pi if angle_rad <= -math.pi / 2 else angle_rad


def _name(properties: dict[str, Any]) -> str:
    for key in _NAME_KEYS:
        value = properties.get(key)
        if isinstance(value, dict):
            value = value.get("ja") or value.get("en") or next(iter(value.values()), None)
        if value:
            return str(value)
    return ""


def _height_m(properties: dict[str, Any]) -> float | None:
    """The building's height, `9.7`, `"9.7"` or `"9.7 m"`; PLATEAU writes -9999 for unknown."""
    for key in _HEIGHT_KEYS:
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*m?\s*", str(properties.get(key, "")))
        if match and float(match[1]) > 0:
            return float(match[1])
    return None


def _is_gym(properties: dict[str, Any]) -> bool:
    if _same(properties.get("gym_candidate"), "true") or properties.get("leisure") in ("sports_hall", "sports_centre"):
        return True
    return properties.get("building") in ("sports_hall", "gymnasium") or "体育館" in _name(properties)


def _footprint(
    building: Feature, path: Path, height_m: float, warnings: list[str]
) -> tuple[tuple[Point, ...], list[Zone], list[Wall]]:
    """The outer edge, the courtyards, and the walls along both."""
    geom = shapely.force_2d(building.shape).simplify(_SIMPLIFY_M)
    if not geom.is_valid:
        geom = shapely.make_valid(geom)
        warnings.append(f"features[{building.index}]: the footprint crosses itself and was mended")
    polygons = [part for part in getattr(geom, "geoms", [geom]) if isinstance(part, Polygon) and part.area > 0]
    if not polygons:
        raise GeometryError(f"{path}: features[{building.index}]: the footprint encloses nothing")
    if len(polygons) > 1 or isinstance(building.shape, MultiPolygon):
        warnings.append(f"features[{building.index}] has {len(polygons)} parts; the largest is read")
    polygon = orient(max(polygons, key=lambda part: part.area))
    walls = [
        Wall(start_m=_xy(start), end_m=_xy(end), z0_m=0.0, z1_m=height_m, material="concrete", name=f"{label} {number}")
        for label, ring in [("outer", polygon.exterior), *(("courtyard", ring) for ring in polygon.interiors)]
        for number, (start, end) in enumerate(itertools.pairwise(ring.coords))
    ]
    courtyards = [
        Zone(name=f"courtyard {number}", polygon_m=tuple(_xy(point) for point in ring.coords[:-1]), kind="outdoor")
        for number, ring in enumerate(polygon.interiors, 1)
    ]
    if courtyards:
        warnings.append(
            f"{len(courtyards)} courtyards are zones of their own; the outline and the zone around do not leave them out"
        )
    return tuple(_xy(point) for point in polygon.exterior.coords[:-1]), courtyards, walls


def _walls(feature: Feature, path: Path, height_m: float | None) -> list[Wall]:
    properties = feature.properties
    place = f"{path}: features[{feature.index}]"
    z0_m = _number(properties, "z0_m", place) or 0.0
    z1_m = _number(properties, "z1_m", place)
    if z1_m is None:
        z1_m = z0_m + (_height_m(properties) or height_m or _ROOM_M)
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
                    name=_name(properties),
                )
            )
    if openings:
        raise FloorPlanError(f"{place}: an opening is in segment {next(iter(openings))}, which the line has not")
    return walls


def _slab(feature: Feature, path: Path) -> Slab:
    place = f"{path}: features[{feature.index}]"
    polygon = _polygon(feature, place)
    z_m = _number(feature.properties, "z_m", place) or 0.0
    return Slab(
        polygon_m=tuple((x, y, rest[0] if rest else z_m) for x, y, *rest in polygon.exterior.coords[:-1]),
        material=str(feature.properties.get("material") or "concrete"),
        thickness_m=_number(feature.properties, "thickness_m", place),
        name=_name(feature.properties),
    )


def _zone(feature: Feature, path: Path) -> Zone:
    polygon = _polygon(feature, f"{path}: features[{feature.index}]")
    return Zone(
        name=_name(feature.properties) or f"zone {feature.index}",
        polygon_m=tuple(_xy(point) for point in polygon.exterior.coords[:-1]),
        kind=str(feature.properties.get("kind") or "room"),
    )


def _polygon(feature: Feature, place: str) -> Polygon:
    if not isinstance(feature.shape, Polygon):
        raise GeometryError(f"{place}: a {feature.part} is one Polygon, this is a {feature.shape.geom_type}; split it")
    return feature.shape


def _number(properties: dict[str, Any], key: str, place: str) -> float | None:
    value = properties.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FloorPlanError(f"{place}: {key} is {value!r}, which is not a number")
    return float(value)


def _xy(point: tuple[float, ...]) -> Point:
    return float(point[0]), float(point[1])
