"""GeoPackage: a plan as layers in an engineering system of metres, so that QGIS shows it at its size and reads it back.

Layers: walls (lines), levels, zones, slabs (polygons), access_points (points). Openings stand with their wall as JSON, and
once more as lines of a layer of their own, which is only for looking at.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import pyogrio
import pyproj
import shapely
from pydantic import TypeAdapter, ValidationError
from shapely.geometry import LineString, Polygon
from shapely.geometry import Point as ShapelyPoint

from floorplans._file import read_bytes
from floorplans.errors import FloorPlanError
from floorplans.exchange import Channel, Mark
from floorplans.plan import FloorPlan, Level, Opening, Slab, Source, Wall, Zone, check, first_error, write_whole

_CRS = pyproj.CRS.from_wkt(
    'ENGCRS["wifiplan building, metres",EDATUM["lower left of the building"],CS[Cartesian,2],'
    'AXIS["x",east,ORDER[1]],AXIS["y",north,ORDER[2]],LENGTHUNIT["metre",1]]'
)
_OPENINGS: TypeAdapter[tuple[Opening, ...]] = TypeAdapter(tuple[Opening, ...])
_CHANNELS: TypeAdapter[tuple[Channel, ...]] = TypeAdapter(tuple[Channel, ...])


def write(plan: FloorPlan, marks: Sequence[Mark], path: Path) -> None:
    """Write the layers, whole or not at all."""
    layers: dict[str, list[dict[str, Any]]] = {
        "walls": [
            {
                "geometry": LineString([wall.start_m, wall.end_m]),
                "material": wall.material,
                "z0_m": wall.z0_m,
                "z1_m": wall.z1_m,
                "thickness_m": wall.thickness_m,
                "name": wall.name,
                "confidence": wall.confidence,
                "openings": _OPENINGS.dump_json(wall.openings).decode(),
            }
            for wall in plan.walls
        ],
        "openings": [
            {
                "geometry": _along(wall, hole),
                "kind": hole.kind,
                "material": hole.material or "",
                "z0_m": hole.z0_m,
                "z1_m": hole.z1_m,
            }
            for wall in plan.walls
            for hole in wall.openings
        ],
        "levels": [
            {"geometry": Polygon(one.outline_m), "name": one.name, "floor_m": one.floor_m, "ceiling_m": one.ceiling_m}
            for one in plan.levels
        ],
        "zones": [
            {"geometry": Polygon(one.polygon_m), "name": one.name, "kind": one.kind, "level": one.level} for one in plan.zones
        ],
        "slabs": [
            {"geometry": Polygon(one.polygon_m), "material": one.material, "thickness_m": one.thickness_m, "name": one.name}
            for one in plan.slabs
        ],
        "access_points": [
            {
                "geometry": ShapelyPoint(mark.x_m, mark.y_m),
                "name": mark.name,
                "height_m": mark.height_m,
                "level": mark.level,
                "channel": mark.channels,
                "model": mark.model,
                "key": mark.key,
                "azimuth_deg": mark.azimuth_deg,
                "tilt_deg": mark.tilt_deg,
                "radios": _CHANNELS.dump_json(mark.radios).decode(),
            }
            for mark in marks
        ],
        "plan": [
            {"geometry": None, "name": plan.name, "licence": plan.source.licence, "file": plan.source.file, "made": "wifiplan"}
        ],
    }
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "plan.gpkg"
        for layer, rows in layers.items():
            if rows:
                frame = geopandas.GeoDataFrame(rows, geometry="geometry", crs=_CRS)
                frame.to_file(part, layer=layer, driver="GPKG", engine="pyogrio", mode="a" if part.exists() else "w")
        write_whole(path, part.read_bytes())


def _along(wall: Wall, hole: Opening) -> LineString:
    line = LineString([wall.start_m, wall.end_m])
    return LineString([line.interpolate(hole.u0_m), line.interpolate(hole.u1_m)])


def read(path: Path) -> FloorPlan:
    """The plan in a file that `write` wrote, with what was changed in it since."""
    layers = _layers(path)
    try:
        walls = tuple(
            Wall(
                start_m=_xy(row["geometry"].coords[0]),
                end_m=_xy(row["geometry"].coords[-1]),
                z0_m=float(row["z0_m"]),
                z1_m=float(row["z1_m"]),
                material=str(row["material"]),
                thickness_m=_optional(row["thickness_m"]),
                openings=_OPENINGS.validate_json(row["openings"] or "[]"),
                name=row["name"] or "",
                confidence=_optional(row.get("confidence")),
            )
            for row in layers["walls"]
        )
        levels = tuple(
            Level(name=row["name"] or "", floor_m=float(row["floor_m"]), ceiling_m=float(row["ceiling_m"]), outline_m=_ring(row))
            for row in layers["levels"]
        )
        zones = tuple(
            Zone(name=row["name"] or "", polygon_m=_ring(row), kind=str(row["kind"]), level=int(row["level"]))
            for row in layers.get("zones", [])
        )
        slabs = tuple(
            Slab(
                polygon_m=tuple((float(x), float(y), float(z)) for x, y, z in row["geometry"].exterior.coords[:-1]),
                material=str(row["material"]),
                thickness_m=_optional(row["thickness_m"]),
                name=row["name"] or "",
            )
            for row in layers.get("slabs", [])
        )
        about = layers["plan"][0]
    except ValidationError as error:
        raise FloorPlanError(f"{path}: walls: openings: {first_error(error)}") from None
    except (KeyError, AttributeError, TypeError, ValueError, IndexError) as error:
        raise FloorPlanError(
            f"{path}: not a plan that `wifiplan export` wrote ({type(error).__name__} {error}); export it again"
        ) from None
    source = Source(file=about["file"] or path.name, reader="gpkg", licence=about["licence"] or "")
    return check(FloorPlan(name=about["name"] or path.stem, levels=levels, walls=walls, slabs=slabs, zones=zones, source=source))


def marks(path: Path) -> tuple[Mark, ...]:
    """The access points of the file."""
    try:
        return tuple(
            Mark(
                name=str(row["name"]),
                x_m=float(row["geometry"].x),
                y_m=float(row["geometry"].y),
                height_m=float(row["height_m"]),
                level=int(row["level"]),
                model=row["model"] or "",
                key=row["key"] or "",
                azimuth_deg=float(row["azimuth_deg"]),
                tilt_deg=float(row["tilt_deg"]),
                radios=_CHANNELS.validate_json(row["radios"] or "[]"),
            )
            for row in _layers(path).get("access_points", [])
        )
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise FloorPlanError(f"{path}: access_points: not as `wifiplan export` wrote them ({error}); export it again") from None


def _layers(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Layer -> its rows as dictionaries."""
    if not read_bytes(path).startswith(b"SQLite format 3\0"):
        raise FloorPlanError(f"{path}: not a GeoPackage; export it again")
    found: dict[str, list[dict[str, Any]]] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL warns of what is an error here.
            for layer in pyogrio.list_layers(path)[:, 0]:
                frame = geopandas.read_file(path, layer=layer, engine="pyogrio")
                found[str(layer)] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, shapely.errors.ShapelyError) as error:
        raise FloorPlanError(f"{path}: not a readable GeoPackage ({str(error)[:80]}); export it again") from None
    if "walls" not in found or "plan" not in found or "levels" not in found:
        raise FloorPlanError(f"{path}: has no layers walls, levels and plan; give one that `wifiplan export` wrote, or GeoJSON")
    return found


def _ring(row: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    return tuple(_xy(point) for point in row["geometry"].exterior.coords[:-1])


def _xy(point: tuple[float, ...]) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _optional(value: Any) -> float | None:
    return None if value is None else float(value)
