"""Features of GeoJSON files, and the way from the globe to metres: what GeoJSON, OpenStreetMap's indoor rooms and IMDF share.

Coordinates are degrees (EPSG:4326), as the standard says, unless the file says otherwise: a top-level `units` of m, cm or mm, a
projected `crs`, or a scale or a system given by the user. A file that says nothing and holds a feature wider than one unit is in
metres: a degree is a hundred kilometres. Degrees are projected to metres around the building, turned so that its long side
lies along x, and moved to the origin; metres are left as they are.
"""

from __future__ import annotations

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
from shapely.errors import ShapelyError
from shapely.geometry import Polygon, shape
from shapely.geometry.base import BaseGeometry

from floorplans.errors import FloorPlanError, GeometryError, MissingScaleError

MAX_FEATURES = 100_000
MAX_VERTICES = 1_000_000

_UNITS_M = {"m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "cm": 0.01, "mm": 0.001}
_HEIGHT_KEYS = ("height_m", "measuredHeight", "measured_height", "bldg:measuredHeight", "height", "building:height", "高さ")
_NAME_KEYS = ("name", "name:ja", "名称", "施設名", "shelter", "name:en")

_MAX_NUMBER = 1e11
"""In a file, whatever its unit: millimetres around the earth are 4e10."""

_FAR = 1e6
"""Metres of a plan, or of Japan's plane systems, never reach it; UTM and Web Mercator do."""

_MERCATOR_EDGE = 20_037_508.4
_MERCATOR_RADIUS_M = 6_378_137.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One feature: its number in the file, what is said of it, and its shape."""

    index: int
    properties: dict[str, Any]
    shape: BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What the user says of the coordinates: metres for one unit, or the name of their system."""

    metres_per_unit: float | None = None
    crs: str | None = None


def features(data: dict[str, Any], path: Path | str, *, shapeless: bool = False) -> list[Feature]:
    """The features of a parsed file, those without a shape only if asked for; raises `FloorPlanError` that names the bad one."""
    kind = data.get("type")
    raw = data.get("features") if kind == "FeatureCollection" else [data]
    if not isinstance(raw, list) or not isinstance(kind, str):
        raise FloorPlanError(f"{path}: not GeoJSON: no type or no list of features; export it again")
    if len(raw) > MAX_FEATURES:
        raise FloorPlanError(f"{path}: {len(raw)} features are more than {MAX_FEATURES}; export a smaller area")
    found: list[Feature] = []
    corners = 0
    for index, item in enumerate(raw):
        if not isinstance(item, dict):
            raise FloorPlanError(f"{path}: features[{index}] is not an object; export it again")
        geometry = item.get("geometry") if item.get("type") == "Feature" else item
        if geometry is None and not shapeless:
            continue
        try:
            geom = Polygon() if geometry is None else shape(geometry)
            geom = _one_kind(geom)
            corners += int(shapely.get_num_coordinates(geom))
        except (ShapelyError, AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError):
            raise GeometryError(f"{path}: features[{index}]: its geometry cannot be read; mend or delete it") from None
        if corners > MAX_VERTICES:
            raise FloorPlanError(f"{path}: more than {MAX_VERTICES} corners; export one building")
        if geom.is_empty and not shapeless:
            continue
        if not (np.abs(shapely.get_coordinates(geom, include_z=bool(geom.has_z))) <= _MAX_NUMBER).all():
            raise GeometryError(f"{path}: features[{index}]: a coordinate is not a finite number; mend the drawing")
        properties = item.get("properties") or {}
        if not isinstance(properties, dict):
            raise FloorPlanError(f"{path}: features[{index}]: properties is not an object; export it again")
        properties = _flat(properties)
        if item.get("feature_type"):
            properties = {**properties, "feature_type": item["feature_type"]}
        if isinstance(item.get("id"), str | int):
            properties = {"id": str(item["id"]), **properties}
        found.append(Feature(index=index, properties=properties, shape=geom))
    return found


def _one_kind(geom: BaseGeometry) -> BaseGeometry:
    """What a collection of shapes holds that can be part of a building: its polygons, else its lines."""
    if geom.geom_type != "GeometryCollection":
        return geom
    parts = shapely.get_parts(geom)
    for kind in ("Polygon", "LineString"):
        of_kind = [one for part in parts for one in shapely.get_parts(part) if one.geom_type == kind]
        if of_kind:
            whole: BaseGeometry = shapely.multipolygons(of_kind) if kind == "Polygon" else shapely.multilinestrings(of_kind)
            return whole
    return geom


def _flat(properties: dict[str, Any]) -> dict[str, Any]:
    """Properties with OpenStreetMap's tags beside them, which some programs nest (`tags`) or put into one text (`other_tags`)."""
    tags = properties.get("tags")
    inside = dict(tags) if isinstance(tags, dict) else {}
    other = properties.get("other_tags")
    if isinstance(other, str):
        inside |= dict(re.findall(r'"([^"]+)" *=> *"([^"]*)"', other))
    return {**inside, **properties} if inside else properties


def metres_per_unit(data: dict[str, Any], found: list[Feature], path: Path, said: Units, warnings: list[str]) -> float | None:
    """Metres per unit of a plan that is flat already; None where coordinates are degrees or a named projection's."""
    if said.metres_per_unit is not None:
        return said.metres_per_unit
    if said.crs is not None:
        return None
    units = data.get("units")
    if units is not None:
        if not isinstance(units, str) or units not in _UNITS_M:
            raise MissingScaleError(f"{path}: units {units!r} is not one of m, cm, mm; mend it or give --metres-per-unit")
        return _UNITS_M[units]
    if crs_name(data):
        return None
    boxes = np.array([each.shape.bounds for each in found])
    widest = float((boxes[:, 2:] - boxes[:, :2]).max())
    east, north = float(np.abs(boxes[:, ::2]).max()), float(np.abs(boxes[:, 1::2]).max())
    if widest > 1.0:
        if max(east, north) > _FAR:
            raise MissingScaleError(_far_off(boxes, path))
        warnings.append("coordinates are too wide for degrees: taken as metres")
        return 1.0
    if (east > 180 or north > 90) and not (east <= 90 and north <= 180):
        raise MissingScaleError(f"{path}: coordinates are no degrees and everything is under 1 unit wide; give --metres-per-unit")
    return None


def _far_off(boxes: NDArray[np.float64], path: Path) -> str:
    """What to say of coordinates in the millions without a system: which it may be, and how wrong taking them as metres is."""
    x, y = float(boxes[:, ::2].mean()), float(boxes[:, 1::2].mean())
    text = f"{path}: coordinates near ({x:,.0f}, {y:,.0f}) and no crs"
    if max(abs(x), abs(y)) <= _MERCATOR_EDGE:
        latitude = math.degrees(math.atan(math.sinh(y / _MERCATOR_RADIUS_M)))
        longitude = math.degrees(x / _MERCATOR_RADIUS_M)
        area = 1 / math.cos(math.radians(latitude)) ** 2 - 1
        text += f"; as Web Mercator that is {latitude:.3f}, {longitude:.3f} and areas in it are {area:.0%} too large"
    return text + "; give --crs EPSG:3857 (or whichever it is), export it in EPSG:4326, or give --metres-per-unit"


def crs_name(data: dict[str, Any]) -> str:
    """The coordinate system that files before RFC 7946 name, as QGIS still writes for projected layers."""
    crs = data.get("crs")
    if not isinstance(crs, dict) or not isinstance(crs.get("properties"), dict):
        return ""
    return str(crs["properties"].get("name") or "")


def in_metres(
    data: dict[str, Any], found: list[Feature], path: Path, *, scale: float | None, said: Units, warnings: list[str]
) -> list[Feature]:
    """The features in metres. Where they were on the globe: around themselves, turned and moved as the module says."""
    if scale is not None:
        return _moved(found, lambda xyz: xyz * scale)
    name = said.crs or crs_name(data) or "EPSG:4326"
    try:
        crs = pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError:
        raise FloorPlanError(f"{path}: unknown crs {name[:80]!r}; export it again in EPSG:4326") from None
    if crs.is_geographic:
        found = _degrees(found, path, warnings)
    elif (spans := np.array([each.shape.bounds for each in found])).size and np.abs(spans).max() <= 180.0 and _is_tiny(spans):
        raise GeometryError(
            f"{path}: ({spans[0, 0]:g}, {spans[0, 1]:g}) are degrees, and {crs.name} is in metres; give --crs EPSG:4326, "
            "or export it again"
        )
    try:
        on_globe = geopandas.GeoSeries([each.shape for each in found], crs=crs).to_crs("EPSG:4326")
        west, south, east, north = on_globe.total_bounds
        if not all(map(math.isfinite, (west, south, east, north))):
            raise GeometryError(f"{path}: coordinates lie outside what {crs.name} can hold; check its crs")
        # True to scale in every direction from the building's middle; within a kilometre the error is under a millimetre.
        local = f"+proj=aeqd +lat_0={(south + north) / 2:.9f} +lon_0={(west + east) / 2:.9f} +units=m"
        flat = on_globe.to_crs(local)
    except (pyproj.exceptions.ProjError, ValueError):
        raise GeometryError(f"{path}: coordinates lie outside what {crs.name} can hold; check its crs") from None
    found = [Feature(index=each.index, properties=each.properties, shape=geom) for each, geom in zip(found, flat, strict=True)]
    angle_rad = _long_side_rad(found)
    cos, sin = math.cos(angle_rad), math.sin(angle_rad)
    turn = np.array([[cos, -sin], [sin, cos]])
    found = _moved(found, lambda xyz: np.column_stack([xyz[:, :2] @ turn, xyz[:, 2:]]))
    x0, y0 = np.array([each.shape.bounds for each in found])[:, :2].min(axis=0)
    if not (math.isfinite(x0) and math.isfinite(y0)):
        raise GeometryError(f"{path}: coordinates lie outside what {crs.name} can hold; check its crs")
    shift = np.array([x0, y0, 0.0])
    if abs(angle_rad) > 1e-4:
        warnings.append(
            f"turned by {abs(math.degrees(angle_rad)):.1f} degrees {'clockwise' if angle_rad > 0 else 'counter-clockwise'} "
            f"so that the long side lies along x: true north is at azimuth {math.degrees(angle_rad) % 360:.1f} of this plan"
        )
    return _moved(found, lambda xyz: xyz - shift[: xyz.shape[1]])


def _is_tiny(boxes: NDArray[np.float64]) -> bool:
    """Whether all of it is within a tenth of a unit, which is no building in metres."""
    return bool((boxes[:, 2:].max(axis=0) - boxes[:, :2].min(axis=0)).max() < 0.1)


def _degrees(found: list[Feature], path: Path, warnings: list[str]) -> list[Feature]:
    """Degrees that can be some: longitude first, turned round where the file has them the other way."""
    boxes = np.array([each.shape.bounds for each in found])
    east, north = float(np.abs(boxes[:, ::2]).max()), float(np.abs(boxes[:, 1::2]).max())
    if east <= 180 and north <= 90:
        return found
    if east <= 90 and north <= 180:
        warnings.append(f"latitude stands before longitude ({boxes[0, 0]:.4f}, {boxes[0, 1]:.4f}): taken the other way round")
        return _moved(found, lambda xyz: np.column_stack([xyz[:, 1], xyz[:, 0], xyz[:, 2:]]))
    raise GeometryError(
        f"{path}: ({boxes[0, 0]:g}, {boxes[0, 1]:g}) is no longitude and latitude; give the crs that it is in (--crs EPSG:…), "
        "or --metres-per-unit for a plan in its own units"
    )


def _moved(found: list[Feature], move: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> list[Feature]:
    return [
        Feature(
            index=each.index,
            properties=each.properties,
            shape=shapely.transform(each.shape, move, include_z=bool(each.shape.has_z)),
        )
        for each in found
    ]


def _long_side_rad(found: list[Feature]) -> float:
    """Direction of the long side of the smallest rectangle around all, from x, in (-pi/2, pi/2]."""
    # The hull of the corners, not of the union: a polygon that crosses itself has no union.
    points = np.concatenate([shapely.get_coordinates(each.shape) for each in found])
    box = shapely.minimum_rotated_rectangle(shapely.multipoints(points))
    if not isinstance(box, Polygon):
        return 0.0
    corners = np.array(box.exterior.coords)
    sides = np.diff(corners, axis=0)[:2]
    dx, dy = sides[int(np.argmax(np.hypot(sides[:, 0], sides[:, 1])))]
    angle_rad = math.atan2(dy, dx)
    if angle_rad > math.pi / 2:
        return angle_rad - math.pi
    return angle_rad + math.pi if angle_rad <= -math.pi / 2 else angle_rad


def name_of(properties: dict[str, Any]) -> str:
    """What a feature is called, in Japanese where there is a choice; empty where nothing says it."""
    return next((text for key in _NAME_KEYS if (text := one_language(properties.get(key)))), "")


def one_language(value: Any) -> str:
    """One language of a label: Japanese, English, else the first."""
    if isinstance(value, dict):
        value = value.get("ja") or value.get("en") or next(iter(value.values()), "")
    return str(value or "")


def height_m_of(properties: dict[str, Any]) -> float | None:
    """The building's height: `9.7`, `"9,7 m"`, `"32 ft"`; PLATEAU writes -9999 for unknown."""
    for key in _HEIGHT_KEYS:
        value = length_m(properties.get(key))
        if value is not None and 0 < value < 1000:
            return value
    return None


def length_m(value: Any) -> float | None:
    """Metres of a length as people write it; None where it is none."""
    text = str("" if value is None or isinstance(value, bool) else value).strip().lower().replace(",", ".")
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(m|metres?|meters?|メートル|ｍ|cm|mm|ft|feet|')?", text):
        return float(match[1]) * {"cm": 0.01, "mm": 0.001, "ft": 0.3048, "feet": 0.3048, "'": 0.3048}.get(match[2] or "", 1.0)
    if match := re.fullmatch(r"(\d+)\s*(?:'|ft)\s*(\d+(?:\.\d+)?)\s*(?:\"|in|'')?", text):
        return (float(match[1]) + float(match[2]) / 12) * 0.3048
    return None
