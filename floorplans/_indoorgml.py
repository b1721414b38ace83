"""IndoorGML 1.x: cells (rooms, corridors, doors) as surfaces or solids, to zones with walls between, by storey.

Entities, document types and anything fetched are refused before parsing: a room needs none of them.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import Polygon

from floorplans import _globe, layers
from floorplans._file import read_bytes
from floorplans._globe import Feature, Units
from floorplans._rooms import Room, storey, with_opening
from floorplans.bodies import polygons
from floorplans.errors import FloorPlanError, GeometryError
from floorplans.plan import FloorPlan, Level, Opening, Slab, Source, Wall, Zone, check

_STOREY_M = 3.0
_MAX_CELLS = 20_000
_DOOR_M = 2.1
_CORRIDORS = frozenset({"TransitionSpace", "GeneralSpace:corridor"})


def read(path: Path, *, height_m: float | None = None, metres_per_unit: float | None = None) -> FloorPlan:
    """The building of the file's cells; `height_m` where cells are flat."""
    data = read_bytes(path)
    head = data[:4000].lower() + re.sub(rb"[^<!a-z]", b"", data[:200_000].lower())
    if b"<!doctype" in head or b"<!entity" in data.lower():
        raise FloorPlanError(f"{path}: has a document type or entities, which are not read; save it without")
    try:
        root = ET.fromstring(data)  # noqa: S314  see above: without entities there is nothing to expand or fetch
    except (ET.ParseError, ValueError, LookupError) as error:
        raise FloorPlanError(f"{path}: not readable as XML ({error}); export it again") from None
    if not any(_tag(one) in ("IndoorFeatures", "PrimalSpaceFeatures", "CellSpace") for one in root.iter()):
        raise FloorPlanError(f"{path}: not IndoorGML: no CellSpace in it; export it as IndoorGML")
    warnings: list[str] = []
    cells = _cells(root, path, warnings)
    said = Units(metres_per_unit=metres_per_unit)
    found = [Feature(index=number, properties={}, shape=polygon) for number, (*_, polygon) in enumerate(cells)]
    frame: dict[str, object] = {"crs": {"properties": {"name": _system(root)}}} if _system(root) else {}
    scale = _globe.metres_per_unit(frame, found, path, said, warnings)
    found = _globe.in_metres(frame, found, path, scale=scale, said=said, warnings=warnings)
    floors: dict[float, list[tuple[str, str, float, Polygon]]] = {}
    for (name, kind, low, high, _), feature in zip(cells, found, strict=True):
        at = next((z for z in floors if abs(z - low) < 1.0), low)
        for part in polygons(shapely.force_2d(feature.shape)):
            floors.setdefault(at, []).append((name, kind, high - low, part))
    return _building(path, floors, height_m, scale, warnings)


def _building(
    path: Path,
    floors: dict[float, list[tuple[str, str, float, Polygon]]],
    height_m: float | None,
    scale: float | None,
    warnings: list[str],
) -> FloorPlan:
    levels: list[Level] = []
    walls: list[Wall] = []
    slabs: list[Slab] = []
    zones: list[Zone] = []
    base_m = min(floors)
    order = sorted(floors)
    for index, z_m in enumerate(order):
        cells = floors[z_m]
        tall_m = height_m or max(high for *_, high, _ in cells)
        if tall_m < 1.0:
            tall_m = _STOREY_M
            warnings.append(f"cells have no height: storeys of {tall_m:g} m taken; give the real one with --height-m")
        top_m = order[index + 1] - base_m if index + 1 < len(order) else z_m - base_m + tall_m
        rooms = [Room(name=name, kind=kind, polygon=part) for name, kind, _, part in cells if kind != "door"]
        if not rooms:
            raise GeometryError(f"{path}: the storey at {z_m:g} m has no rooms; export its cells")
        made = storey(rooms, None, index=index, name=f"{index + 1}F", z0_m=z_m - base_m, z1_m=top_m)
        here = list(made.walls)
        for _, kind, _, part in cells:
            if kind == "door":
                width_m = math.sqrt(part.area) if part.length < 0.1 else max(_sides(part))
                hole = Opening(
                    u0_m=0.0,
                    u1_m=width_m,
                    z0_m=z_m - base_m,
                    z1_m=z_m - base_m + min(_DOOR_M, tall_m),
                    material="wood",
                    kind="door",
                )
                here, _ = with_opening(here, part.centroid, hole, width_m=width_m)
        levels.append(made.level)
        walls += here
        slabs += made.slabs
        zones += made.zones
    warnings.append("IndoorGML has no walls: outer edges are taken as concrete, edges between rooms as partitions")
    source = Source(
        file=path.name,
        reader="indoorgml",
        metres_per_unit=None if scale == 1.0 else scale,
        warnings=tuple(dict.fromkeys(warnings)),
    )
    return check(
        FloorPlan(name=path.stem, levels=tuple(levels), walls=tuple(walls), slabs=tuple(slabs), zones=tuple(zones), source=source)
    )


def _sides(part: Polygon) -> tuple[float, float]:
    box = shapely.minimum_rotated_rectangle(part)
    corners = list(box.exterior.coords) if isinstance(box, Polygon) else [(0.0, 0.0)] * 3
    return math.dist(corners[0], corners[1]), math.dist(corners[1], corners[2])


def _tag(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _system(root: ET.Element) -> str:
    """The system that the file names with EPSG, else nothing."""
    said = next((one.get("srsName", "") for one in root.iter() if "epsg" in one.get("srsName", "").lower()), "")
    number = re.search(r"(\d{4,6})$", said)
    return f"EPSG:{number[1]}" if number else ""


def _cells(root: ET.Element, path: Path, warnings: list[str]) -> list[tuple[str, str, float, float, Polygon]]:
    """(name, kind, lowest z, highest z, what it covers) of every cell with a shape."""
    found: list[tuple[str, str, float, float, Polygon]] = []
    lost = 0
    for cell in root.iter():
        if _tag(cell) not in ("CellSpace", "GeneralSpace", "TransitionSpace", "ConnectionSpace", "AnchorSpace"):
            continue
        if len(found) > _MAX_CELLS:
            raise FloorPlanError(f"{path}: more than {_MAX_CELLS} cells; export one building")
        faces, zs = [], []
        for ring in cell.iter():
            if _tag(ring) != "exterior":
                continue
            points = _points(ring)
            zs += [float(z) for z in points[:, 2]]
            face = Polygon(points[:, :2]) if len(points) >= 4 else None
            if face is not None and face.is_valid and face.area > 0:
                faces.append(face)
        shape = shapely.union_all(faces) if faces else None
        parts = polygons(shape) if shape is not None else []
        if not parts:
            lost += 1
            continue
        name = next((str(one.text or "").strip() for one in cell.iter() if _tag(one) == "name"), "")
        said = " ".join(str(one.text or "") for one in cell.iter() if _tag(one) in ("class", "function", "usage", "description"))
        if _tag(cell) in ("ConnectionSpace", "AnchorSpace") or re.search(r"\bdoor\b", said.lower()):
            kind = "door"
        else:
            kind = "corridor" if _tag(cell) in _CORRIDORS else layers.of().room_kind(f"{said} {name}")
        found += [(name, kind, min(zs), max(zs), part) for part in parts]
    if lost:
        warnings.append(f"{lost} cells have no surface and are left out")
    if not found:
        raise GeometryError(f"{path}: no cell has a surface; export them with their geometry")
    return found


def _points(ring: ET.Element) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Corners (n, 3) of a ring, whichever way it writes them; none where they are no numbers."""
    texts = [str(one.text or "") for one in ring.iter() if _tag(one) in ("pos", "posList", "coordinates")]
    try:
        numbers = [float(word) for word in " ".join(texts).replace(",", " ").split()]
    except ValueError:
        numbers = []
    size = 3 if len(numbers) % 3 == 0 else 2
    points = np.array(numbers[: len(numbers) // size * size], dtype=np.float64).reshape(-1, size)
    if not (np.abs(points) < 1e9).all():
        points = points[:0]
    return points if size == 3 else np.column_stack([points, np.zeros(len(points))])
