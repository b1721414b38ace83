"""What lies around shelters: people, hazards, districts, the city's limits and buildings, as geopandas reads them.

A layer is told by its columns and shapes, or by a word before its name: `population=FILE`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from wifiplan.city import places, table
from wifiplan.city.headings import field_of, is_total
from wifiplan.city.words import said
from wifiplan.errors import DesignError
from wifiplan.files import read_octets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LayerKind = Literal["population", "hazard", "district", "boundary", "buildings"]
KINDS: tuple[LayerKind, ...] = ("population", "hazard", "district", "boundary", "buildings")

_PEOPLE = (
    "population",
    "人口",
    "人口総数",
    "総人口",
    "人口_総数",
    "jinko",
    "pop",
    "pop_total",
    "ptn_2020",
    "pt00_2020",
    "t001101001",
    "人",
)
_DISTRICT = (
    "district",
    "地区",
    "地区名",
    "学区",
    "小学校区",
    "中学校区",
    "community_name",
    "area_1",
    "町丁目",
    "s_name",
    "a27_004",
    "name",
    "名称",
)
_HAZARD_PIECES = (
    "hazard",
    "浸水",
    "洪水",
    "土砂",
    "津波",
    "高潮",
    "警戒",
    "液状化",
    "flood",
    "a31",
    "a33",
    "a40",
    "a49",
    "inundation",
)
_HAZARD_COLUMNS = ("a31", "a33", "a40", "a49", "a50", "浸水", "水深", "depth", "latest_year", "警戒区域", "現象")
_BUILDING_COLUMNS = ("gym_candidate", "measuredheight", "height_m", "bldg", "building", "建物", "rect_w_m")
_HAZARD_OF = {
    "flood": ("洪水", "flood", "a31", "浸水", "water"),
    "landslide": ("土砂", "landslide", "a33", "崖"),
    "storm-surge": ("高潮", "surge", "a49"),
    "tsunami": ("津波", "tsunami", "a40"),
    "inland-flood": ("内水", "inland"),
}

HAZARD_POINT_M = 50.0
"""A recorded point of a flood marks what lies within this (assumed: one point stands for a block)."""

GYM_RECTANGULARITY = 0.85
"""A footprint fills so much of the rectangle around it, to be taken as a hall with straight walls."""
FOOTPRINT_RATIO = (0.6, 1.6)
"""A footprint is a shelter's where its area is within these of the area that the list gives (assumed)."""
FOOTPRINT_M = 150.0

MAP_M = 30.0
"""A map on A4 shows no less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Where people live: (n,) people, (n, 2) longitude and latitude, and the district of each ("" where none is said)."""

    people: NDArray[np.float64]
    at_deg: NDArray[np.float64]
    names: tuple[str, ...]
    districts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardZone:
    """Where a disaster is expected: polygons in degrees, or points of earlier ones. `hazard` is "" where none is told."""

    name: str
    hazard: str
    shapes: tuple[BaseGeometry, ...]
    is_points: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """A building from above: its sides and height in m, where it is, and the facility that the layer says it belongs to."""

    length_m: float
    width_m: float
    height_m: float | None
    area_m2: float
    at_deg: tuple[float, float]
    facility_id: str = ""
    facility: str = ""
    is_gym: bool | None = None
    rectangularity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """All that was given; what was not is None or empty."""

    homes: Homes | None = None
    hazards: tuple[HazardZone, ...] = ()
    districts: tuple[tuple[str, BaseGeometry], ...] = ()
    boundary: BaseGeometry | None = None
    footprints: tuple[Footprint, ...] = ()
    warnings: tuple[str, ...] = ()
    kinds: dict[str, LayerKind] = field(default_factory=dict)


def frame(path: Path, crs: str | None = None) -> Any:
    """A layer as a GeoDataFrame in degrees on WGS 84; `attrs["warnings"]` says what was odd.

    Raises
    ------
    DesignError
        No such file, or none that geopandas reads.
    """
    import geopandas
    import pandas as pd

    way_out = "give GeoJSON, GeoPackage, FlatGeobuf or a shapefile"
    if not path.is_dir():
        octets = read_octets(path, way_out)
        if not octets:
            raise DesignError(f"{path}: is empty; {way_out}")
    encoding = None
    if path.suffix.lower() == ".shp" and not path.with_suffix(".cpg").exists():
        encoding = "cp932"  # shapefiles of Japan's ministries say nothing and mean Shift_JIS
    try:
        found = geopandas.read_file(path, **({"encoding": encoding} if encoding else {}))
    except Exception as error:  # noqa: BLE001  GDAL's own errors, of many classes
        raise DesignError(f"{path}: cannot be read as a layer ({type(error).__name__}); {way_out}") from None
    if isinstance(found, pd.DataFrame) and not isinstance(found, geopandas.GeoDataFrame):
        raise DesignError(f"{path}: has no places; {way_out}")
    warnings = []
    empty = found.geometry.isna() | found.geometry.is_empty
    if empty.any():
        warnings.append(said("layer.no-place", where=path, count=int(empty.sum()), total=len(found)))
    if crs is not None and (found.crs is None or _lies_off_degrees(found)):
        found = found.set_crs(crs, allow_override=True)
    if found.crs is not None and found.crs.to_epsg() == 4301:
        warnings.append(said("layer.tokyo", where=path))
        found = found.to_crs(places.JGD2011)
    elif found.crs is not None and not found.crs.is_geographic:
        warnings.append(said("layer.degrees", where=path, crs=found.crs.to_string()))
        found = found.to_crs(places.JGD2011)
    found.attrs["warnings"] = tuple(warnings)
    return found


def _lies_off_degrees(found: Any) -> bool:
    """Whether numbers called degrees are none: metres in a GeoJSON that does not say its system."""
    return bool(len(found)) and bool(np.abs(found.total_bounds).max() > 400.0)


def layer_kind(path: Path) -> LayerKind | None:
    """What kind of layer a file is by its columns and shapes; None for a list of shelters, or for a table."""
    if path.suffix.lower() in {".csv", ".tsv", ".txt", ".xlsx", ".xlsm"}:
        return None
    try:
        found = frame(path)
    except DesignError:
        return None
    return _kind(path, found)


def _kind(path: Path, found: Any) -> LayerKind | None:

    heads = [table.heading(column) for column in found.columns if column != found.geometry.name]
    stem = path.stem.casefold()
    shapes = set(found.geom_type.dropna())
    is_area = bool(shapes & {"Polygon", "MultiPolygon"})
    if any(piece in head for head in heads for piece in _BUILDING_COLUMNS) and is_area:
        return "buildings"
    fields = {known[0] for one in heads if (known := field_of(one)) is not None}
    if fields & {"persons", "area_m2"} and not is_area:
        return None
    if any(head in _PEOPLE for head in heads):
        return "population"
    if any(piece in stem for piece in _HAZARD_PIECES) or any(head.startswith(_HAZARD_COLUMNS) for head in heads):
        return "hazard"
    if (
        is_area
        and (len(found) <= 3 or any(piece in stem for piece in ("boundary", "境界", "行政区域")))
        and "district" not in stem
    ):
        return "boundary"
    return "district" if is_area else None


def read_layers(given: Sequence[str], crs: str | None = None) -> Layers:
    """The layers of files, each with its kind before it (`population=FILE`) or told by its columns.

    Raises
    ------
    DesignError
        No such file, an empty layer, or one of a kind that is not told.
    """
    homes, boundary = None, None
    hazards: list[HazardZone] = []
    districts: list[tuple[str, BaseGeometry]] = []
    footprints: list[Footprint] = []
    warnings: list[str] = []
    kinds: dict[str, LayerKind] = {}
    for text in given:
        head, _, rest = text.partition("=")
        named = next((kind for kind in KINDS if kind == head and rest), None)
        path = Path(rest if named else text)
        found = _table_frame(path) if path.suffix.lower() in {".csv", ".xlsx"} else frame(path, crs)
        if found.empty or found.geometry.isna().all():
            raise DesignError(f"{path}: an empty layer: no row with a place in it; export it again, or leave it out")
        warnings += found.attrs.get("warnings", ())
        found = found[~(found.geometry.isna() | found.geometry.is_empty)]
        kind = named or _kind(path, found)
        if kind is None:
            raise DesignError(
                f"{path}: what this layer holds is not told by its columns; "
                f"write one of {', '.join(KINDS)} before it: population={path}"
            )
        _check_place(path, found)
        kinds[path.name] = kind
        if kind == "population":
            homes = _homes(path, found, warnings)
        elif kind == "hazard":
            hazards.append(_hazard(path, found, warnings))
        elif kind == "district":
            districts += _districts(path, found)
        elif kind == "boundary":
            boundary = shapely.union_all(shapely.make_valid(np.array(found.geometry)))
        else:
            footprints += _footprints(found)
    return Layers(
        homes=homes,
        hazards=tuple(hazards),
        districts=tuple(districts),
        boundary=boundary,
        footprints=tuple(footprints),
        warnings=tuple(warnings),
        kinds=kinds,
    )


def outline(found: Layers) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Rings of the city's limits, simple enough for a map: (longitude, latitude), the largest first; empty without limits."""
    if found.boundary is None:
        return ()
    plain = shapely.simplify(found.boundary, MAP_M / 111_195.0)
    parts = sorted((part for part in shapely.get_parts(plain) if part.geom_type == "Polygon"), key=lambda part: -part.area)
    return tuple(tuple((round(x, 5), round(y, 5)) for x, y in part.exterior.coords) for part in parts[:20])


def _table_frame(path: Path) -> Any:
    """A table with places, such as a population by quarter, as a frame."""
    import geopandas

    from wifiplan.city.quantities import degrees

    rows = table.read_table(path, lambda head: field_of(head) is not None or head in _PEOPLE)
    heads = {name: head for head in rows.headings if (known := field_of(table.heading(head))) for name in (known[0],)}
    if not {"longitude_deg", "latitude_deg"} <= set(heads):
        raise DesignError(f"{path}: a layer without latitude and longitude; add both, or give GeoJSON")
    at = [
        places.place(degrees(row.cells.get(heads["longitude_deg"])), degrees(row.cells.get(heads["latitude_deg"])))
        for row in rows.rows
    ]
    points = [
        None if one.longitude_deg is None or one.latitude_deg is None else shapely.Point(one.longitude_deg, one.latitude_deg)
        for one in at
    ]
    found = geopandas.GeoDataFrame([row.cells for row in rows.rows], geometry=points, crs="EPSG:4326")
    found.attrs["warnings"] = rows.warnings
    return found


def _check_place(path: Path, found: Any) -> None:
    x0, y0, x1, y1 = found.total_bounds
    if places.in_japan((x0 + x1) / 2, (y0 + y1) / 2):
        return
    if places.in_japan((y0 + y1) / 2, (x0 + x1) / 2):
        raise DesignError(f"{path}: latitude and longitude are swapped; export it again with longitude first")
    raise DesignError(f"{path}: lies at {x0:.6g}, {y0:.6g}, not in Japan in degrees; say its system (--crs EPSG:…)")


def _column(found: Any, wanted: Sequence[str]) -> str | None:
    heads = {table.heading(column): str(column) for column in found.columns if column != found.geometry.name}
    return next((heads[word] for word in wanted if word in heads), None)


def _homes(path: Path, found: Any, warnings: list[str]) -> Homes:
    from wifiplan.city.quantities import quantity

    column = _column(found, _PEOPLE)
    if column is None:
        raise DesignError(f"{path}: no column with people; call it population or 人口")
    people = np.array([quantity(value).value or 0.0 for value in found[column]])
    if (people < 0).any():
        warnings.append(said("layer.fewer", where=path, count=int((people < 0).sum())))
        people = np.maximum(people, 0.0)
    kept = _not_sums(path, found, people, column, warnings)
    found, people = found[kept], people[kept]
    if not people.sum() > 0:
        raise DesignError(f"{path}: nobody lives in it ({column} adds up to 0); give another layer")
    points = found.geometry.representative_point()
    name = _column(found, ("name", "名称", "町丁目", "町名", "s_name", "keycode"))
    district = _column(found, ("district", "地区", "地区名", "area_1", "学区", "小学校区", "community_name"))
    return Homes(
        people=people,
        at_deg=np.column_stack((points.x, points.y)),
        names=tuple(map(str, found[name])) if name else tuple(map(str, range(1, len(found) + 1))),
        districts=tuple(map(str, found[district])) if district else ("",) * len(found),
    )


def _not_sums(path: Path, found: Any, people: NDArray[np.float64], column: str, warnings: list[str]) -> NDArray[np.bool_]:
    """Which rows are people and no sums of others: everybody is counted once.

    A column of levels whose rows add up to the same for each level is one of sums upon sums: the finest is kept.
    """
    kept = np.ones(len(found), bool)
    for head in found.columns:
        if head in {found.geometry.name, column} or found[head].nunique(dropna=False) not in range(2, 9):
            continue
        groups = {key: np.array(found[head] == key) for key in found[head].dropna().unique()}
        sums = [people[mask].sum() for mask in groups.values()]
        if (
            len(groups) > 1
            and min(sums) > 0
            and max(sums) - min(sums) <= 1e-6 * max(sums)
            and len({mask.sum() for mask in groups.values()}) > 1
        ):
            kept = max(groups.values(), key=np.sum)
            warnings.append(said("layer.levels", where=path, head=head, count=len(groups), sum=f"{sums[0]:,.0f}"))
            return kept
    name = _column(found, ("name", "名称", "町丁目", "町名", "s_name"))
    if name is not None:
        kept = np.array([not is_total(str(value)) for value in found[name]])
    rest = people[kept]
    if len(rest) > 2 and math.isclose(float(rest.max()), float(rest.sum() - rest.max()), rel_tol=1e-6):
        kept &= people != rest.max()
    if not kept.all():
        warnings.append(said("layer.sums", where=path, count=int((~kept).sum())))
    return kept


def _hazard(path: Path, found: Any, warnings: list[str]) -> HazardZone:
    words = " ".join((path.stem, *map(str, found.columns))).casefold()
    hazard = next((name for name, pieces in _HAZARD_OF.items() if any(piece in words for piece in pieces)), "")
    is_points = bool(set(found.geom_type) & {"Point", "MultiPoint"})
    if is_points:
        warnings.append(said("layer.points", where=path, m=f"{HAZARD_POINT_M:.0f}"))
    return HazardZone(
        name=path.stem, hazard=hazard, shapes=tuple(shapely.make_valid(np.array(found.geometry))), is_points=is_points
    )


def _districts(path: Path, found: Any) -> list[tuple[str, BaseGeometry]]:
    column = _column(found, _DISTRICT)
    if column is None:
        raise DesignError(f"{path}: no column with the districts' names; call it district or 地区")
    return [(str(name), shape) for name, shape in zip(found[column], shapely.make_valid(np.array(found.geometry)), strict=True)]


def _footprints(found: Any) -> list[Footprint]:
    middle = found.geometry.representative_point()
    metres = found.to_crs(found.estimate_utm_crs())
    ids = {
        name: _column(found, words)
        for name, words in (
            ("id", ("shelter_fid", "facility_id", "shelter_id")),
            ("name", ("shelter", "facility", "名称")),
            ("height", ("height_m", "measuredheight", "高さ")),
            ("gym", ("gym_candidate",)),
        )
    }
    made = []
    for row, shape, at in zip(found.to_dict("records"), metres.geometry, middle, strict=True):
        box = shape.minimum_rotated_rectangle
        corners = np.array(box.exterior.coords) if box.geom_type == "Polygon" else np.zeros((3, 2))
        sides = sorted(float(side) for side in np.linalg.norm(np.diff(corners[:3], axis=0), axis=1))
        if sides[0] < 3.0:
            continue
        height = row.get(ids["height"]) if ids["height"] else None
        made.append(
            Footprint(
                length_m=round(sides[1], 1),
                width_m=round(sides[0], 1),
                height_m=float(height) if isinstance(height, int | float) and math.isfinite(height) and height > 0 else None,
                area_m2=float(shape.area),
                at_deg=(float(at.x), float(at.y)),
                facility_id=_id(row.get(ids["id"])) if ids["id"] else "",
                facility=str(row.get(ids["name"]) or "") if ids["name"] else "",
                is_gym=bool(row[ids["gym"]]) if ids["gym"] else None,
                rectangularity=float(shape.area / max(box.area, 1e-9)),
            )
        )
    return made


def _id(value: object) -> str:
    return re.sub(r"\.0$", "", str(value)) if value is not None else ""
