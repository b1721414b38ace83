"""IFC 2x3 and 4: walls, openings, slabs and spaces of a building model, by storey.

What is a storey is said by its rooms, doors and walls: foundations, parapets and roofs make none. One wall may be several things
in the file: furring beside it, and a curtain wall's plates and mullions, are one wall here. Virtual elements are no walls.
Space areas are those of the bodies, which equal the file's GrossFloorArea.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from floorplans import layers
from floorplans._file import read_bytes
from floorplans.bodies import centre_lines, joined, one_ring, polygons
from floorplans.errors import FloorPlanError, GeometryError, UnsupportedFileError
from floorplans.materials import material_of_layers
from floorplans.plan import FloorPlan, Level, Opening, Slab, Source, Wall, Zone, check, floor_and_roof

_SECONDS, _SECONDS_PER_MB = 4, 2
"""Of computing; of waiting, five times that, for the machine may be busy."""

_EYE_M = 1.2
"""A wall of a storey is one at this height above its floor: parapets and foundations are not."""

_LEAST_WALL_M = 0.6
"""Lower ones are parapets, upstands and linings of skylights."""

_LEAST_SLAB_M = 0.05
"""Thinner ones are finishes."""

_BESIDE_M = 0.06
"""As near as a lining stands to its wall."""


def read(path: Path, *, height_m: float | None = None) -> FloorPlan:
    """The building in the file; `height_m` is that of a top storey whose walls do not say it."""
    if find_spec("ifcopenshell") is None:
        raise UnsupportedFileError(f"{path}: IFC needs the extra ifc; install it with `pip install wifiplan[ifc]`")
    data = _contents(path)
    warnings: list[str] = []
    if not data.get("has_unit", True):
        warnings.append("the file names no unit of length: metres are taken; check the size of the plan")
    x0, y0 = _origin(data)
    found = _storeys(data, path, height_m, warnings)
    base_m = found[0]["z_m"]
    levels_z = [(one["z_m"] - base_m, one["top_m"] - base_m) for one in found]
    plans = _bodies(data, base_m, levels_z, (x0, y0), warnings)
    walls = joined(_without_linings([wall for wall, _ in plans], warnings))
    walls, skylights = _with_openings(data, walls, base_m, (x0, y0), warnings)
    zones = _zones(data, found, (x0, y0), warnings)
    levels = []
    for index, ((z0_m, z1_m), one) in enumerate(zip(levels_z, found, strict=True)):
        inside = [Polygon(zone.polygon_m) for zone in zones if zone.level == index and zone.kind != "outdoor"]
        here = [shape for wall, shape in plans if min(wall.z1_m, z1_m) - max(wall.z0_m, z0_m) > 0.3]
        outline = _outline([*here, *inside], filled=not inside)
        if outline is None:
            raise GeometryError(f"{path}: storey {one['name'] or index} encloses nothing; export its walls and spaces")
        levels.append(Level(name=one["name"] or f"{index + 1}F", floor_m=z0_m, ceiling_m=z1_m, outline_m=one_ring(outline)))
    slabs = _slabs(data, base_m, levels, (x0, y0), warnings) + skylights
    zones = zones or [
        Zone(name=f"room {level.name}", polygon_m=level.outline_m, level=index) for index, level in enumerate(levels)
    ]
    source = Source(file=path.name, reader="ifc", metres_per_unit=None, warnings=tuple(dict.fromkeys(warnings)))
    return check(
        FloorPlan(
            name=data["name"] or path.stem,
            levels=tuple(levels),
            walls=tuple(wall for wall in walls if wall.length_m > 0.05),
            slabs=tuple(slabs),
            zones=tuple(zones),
            source=source,
        )
    )


def _contents(path: Path) -> dict[str, Any]:
    """What `floorplans._ifc_file` says of the file, from a process that a damaged file may end."""
    read_bytes(path)

    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    limit_s = _SECONDS + _SECONDS_PER_MB * path.stat().st_size // 1_000_000
    try:
        done = subprocess.run(  # noqa: S603  our own module, in this Python
            [sys.executable, "-P", str(Path(__file__).with_name("_ifc_file.py")), str(path.resolve()), str(limit_s)],
            capture_output=True,
            timeout=5 * limit_s,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise FloorPlanError(f"{path}: not read within {5 * limit_s} s; export one building, or mend the file") from None
    if done.returncode == -signal.SIGXCPU:
        raise FloorPlanError(f"{path}: not read within {limit_s} s of computing; export one building, or mend the file")
    if done.returncode == 2:
        raise FloorPlanError(f"{path}: {done.stderr.decode('utf-8', 'replace').strip().splitlines()[-1][:200]}")
    try:
        value = json.loads(b"" if done.returncode else done.stdout)
    except ValueError:
        raise FloorPlanError(f"{path}: the file is damaged so that it cannot be read; export it again") from None
    return dict(value)


def _origin(data: dict[str, Any]) -> tuple[float, float]:
    """What is taken from all x and y: nothing, unless the model stands at the coordinates of a survey."""
    boxes = [shapely.from_wkt(one["plan"]).bounds for one in data["walls"] if one.get("plan")]
    if not boxes:
        return 0.0, 0.0
    x, y = (min(box[axis] for box in boxes) for axis in (0, 1))
    return (x, y) if max(abs(x), abs(y)) > 5000 else (0.0, 0.0)


def _plan_of(one: dict[str, Any], origin: tuple[float, float]) -> BaseGeometry | None:
    if not one.get("plan"):
        return None
    shape: BaseGeometry = shapely.from_wkt(one["plan"])
    return shapely.transform(shape, lambda xy: xy - np.array(origin)) if origin != (0.0, 0.0) else shape


def _storeys(data: dict[str, Any], path: Path, height_m: float | None, warnings: list[str]) -> list[dict[str, Any]]:
    """The storeys that people use, lowest first, each with the height of what is above."""
    walls = [one for one in data["walls"] if one.get("plan") and one["z1_m"] - one["z0_m"] >= _LEAST_WALL_M]
    if not walls:
        raise GeometryError(f"{path}: holds no wall with a shape; export the building's walls (IfcWall) with their bodies")
    hosts = {one["id"]: one["storey"] for one in data["walls"]}
    rooms = Counter(one["storey"] for one in data["spaces"]) + Counter(
        hosts.get(one["host"]) for one in data["openings"] if one["kind"]
    )
    storeys = sorted(data["storeys"], key=lambda one: one["z_m"])
    used = [
        one
        for one in storeys
        if (rooms[one["id"]] or not rooms) and any(w["z0_m"] < one["z_m"] + _EYE_M < w["z1_m"] for w in walls)
    ]
    if not used:
        low = min(one["z0_m"] for one in walls)
        used = [{"id": None, "name": "1F", "z_m": low}]
        warnings.append("no storey of the file has rooms, doors and walls: all of it is taken as one")
    left_out = [one["name"] or "no name" for one in storeys if one not in used]
    if left_out:
        warnings.append(f"storeys without rooms of their own (foundations, roofs) are left out: {', '.join(left_out)}")
    found: list[dict[str, Any]] = []
    for one in used:
        if found and one["z_m"] - found[-1]["z_m"] < 1.0:
            warnings.append(f"storey {one['name']} stands less than 1 m above {found[-1]['name']} and is read as a part of it")
            found[-1]["ids"].append(one["id"])
            continue
        found.append({**one, "ids": [one["id"]]})
    for index, one in enumerate(found):
        if index + 1 < len(found):
            one["top_m"] = found[index + 1]["z_m"]
            continue
        tops = [w["z1_m"] for w in walls if w["z0_m"] < one["z_m"] + _EYE_M < w["z1_m"]]
        tops += [s["z1_m"] for s in data["spaces"] if s["storey"] in one["ids"] and s.get("plan")]
        one["top_m"] = one["z_m"] + height_m if height_m is not None else max(tops or [w["z1_m"] for w in walls])
    return found


def _bodies(
    data: dict[str, Any],
    base_m: float,
    levels_z: Sequence[tuple[float, float]],
    origin: tuple[float, float],
    warnings: list[str],
) -> list[tuple[Wall, BaseGeometry]]:
    """Walls by their centre lines, and the shapes that they cover."""
    plans: list[tuple[Wall, BaseGeometry]] = []
    left_out: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for one in data["walls"]:
        shape = _plan_of(one, origin)
        if shape is None:
            left_out["without a shape"] += 1
            continue
        z0_m, z1_m = one["z0_m"] - base_m, one["z1_m"] - base_m
        if z1_m - z0_m < _LEAST_WALL_M or one["type"] == "PARAPET":
            left_out["parapets and upstands"] += 1
            continue
        if not any(min(z1_m, top) - max(z0_m, floor) >= min(_LEAST_WALL_M, top - floor) for floor, top in levels_z):
            left_out["below or above all storeys"] += 1
            continue
        curtain = one["class"] == "IfcCurtainWall"
        material, word = ("glass", "") if curtain else material_of_layers(one["layers"], one["name"])
        if word:
            unknown[word] += 1
        lines = _lines(shape, curtain=curtain)
        if not lines:
            left_out["too thick for a wall"] += 1
            continue
        for start, end, thickness_m in lines:
            wall = Wall(
                start_m=start,
                end_m=end,
                z0_m=z0_m,
                z1_m=z1_m,
                material=material,
                thickness_m=None if curtain else round(thickness_m, 4),
                name=one["name"],
            )
            plans.append((wall, shape))
    for why, number in left_out.items():
        warnings.append(
            f"{number} walls {why} are left out" if why.startswith(("w", "b", "t")) else f"{number} {why} are left out"
        )
    for word, number in unknown.items():
        warnings.append(f"material {word[:40]!r} of {number} walls is not known and taken as concrete")
    return plans


def _lines(shape: BaseGeometry, *, curtain: bool) -> list[tuple[tuple[float, float], tuple[float, float], float]]:
    if curtain:
        # Plates and mullions: one wall along the longer side of what they cover together.
        box = shapely.minimum_rotated_rectangle(shape)
        if isinstance(box, Polygon):
            a, b, c = (np.array(point) for point in box.exterior.coords[:3])
            sides = sorted([(math.dist(a, b), a, b, c - b), (math.dist(b, c), b, c, a - b)], key=lambda one: one[0])
            (narrow_m, *_), (_, start, end, across) = sides
            if narrow_m <= 1.5:
                half = across / 2
                return [
                    (
                        (float(start[0] + half[0]), float(start[1] + half[1])),
                        (float(end[0] + half[0]), float(end[1] + half[1])),
                        narrow_m,
                    )
                ]
    return [(line.start, line.end, line.thickness_m) for line in centre_lines(shape)]


def _without_linings(bodies: list[Wall], warnings: list[str]) -> list[Wall]:
    """The walls without those that stand against a thicker one all along: furring, and the leaves of a party wall."""
    tree = shapely.STRtree([LineString([body.start_m, body.end_m]) for body in bodies])
    dropped: set[int] = set()
    order = sorted(range(len(bodies)), key=lambda number: (bodies[number].thickness_m or 0.0, bodies[number].length_m))
    for number in order:
        wall = bodies[number]
        if wall.length_m <= 0 or wall.thickness_m is None:
            continue
        covered: list[BaseGeometry] = []
        line = LineString([wall.start_m, wall.end_m])
        for index in tree.query(line, predicate="dwithin", distance=1.3).tolist():
            other = bodies[index]
            if index == number or index in dropped or other.length_m <= 0 or other.thickness_m is None:
                continue
            if (other.thickness_m, other.length_m) < (wall.thickness_m, wall.length_m):
                continue
            if min(other.z1_m, wall.z1_m) - max(other.z0_m, wall.z0_m) < 0.6 * (wall.z1_m - wall.z0_m):
                continue
            (ax, ay), (bx, by) = other.start_m, other.end_m
            dx, dy = (bx - ax) / other.length_m, (by - ay) / other.length_m
            ex, ey = (wall.end_m[0] - wall.start_m[0]) / wall.length_m, (wall.end_m[1] - wall.start_m[1]) / wall.length_m
            off_m = abs((wall.start_m[0] - ax) * dy - (wall.start_m[1] - ay) * dx)
            if abs(dx * ex + dy * ey) < 0.999 or off_m > (wall.thickness_m + other.thickness_m) / 2 + _BESIDE_M:
                continue
            covered.append(LineString([other.start_m, other.end_m]).buffer(off_m + 0.05, cap_style="flat"))
        if covered and line.intersection(shapely.union_all(covered)).length >= 0.7 * wall.length_m:
            dropped.add(number)
    if dropped:
        warnings.append(f"{len(dropped)} linings and second leaves that stand against a wall are a part of it")
    return [body for number, body in enumerate(bodies) if number not in dropped]


def _with_openings(
    data: dict[str, Any], walls: list[Wall], base_m: float, origin: tuple[float, float], warnings: list[str]
) -> tuple[list[Wall], list[Slab]]:
    """Doors, windows and holes in the walls that they lie in; those in a roof as panes of their own."""
    skylights: list[Slab] = []
    lost: Counter[str] = Counter()
    found = list(walls)
    lines = [LineString([wall.start_m, wall.end_m]) for wall in walls]
    tree = shapely.STRtree(lines)
    for one in data["openings"]:
        shape = _plan_of(one, origin)
        if shape is None:
            lost[one["kind"] or "hole"] += 1
            continue
        z0_m, z1_m = one["z0_m"] - base_m, one["z1_m"] - base_m
        material = _pane(one)
        if one["in"] in ("IfcRoof", "IfcSlab"):
            ring = max(polygons(shape), key=lambda part: part.area).minimum_rotated_rectangle
            if isinstance(ring, Polygon):
                top_m = z1_m if z1_m - z0_m < 1.0 else (z0_m + z1_m) / 2
                corners = tuple((float(x), float(y), top_m) for x, y in ring.exterior.coords[:-1])
                skylights.append(Slab(polygon_m=corners, material=material or "glass", name=f"skylight {one['name']}"))
            continue
        middle = shape.centroid
        best: tuple[float, int] | None = None
        for index in tree.query(middle, predicate="dwithin", distance=1.0).tolist():
            wall = found[index]
            reach_m = max(0.3, (wall.thickness_m or 0.2))
            away_m = lines[index].distance(middle)
            if away_m > reach_m or min(wall.z1_m, z1_m) - max(wall.z0_m, z0_m) < 0.3 * (z1_m - z0_m):
                continue
            if best is None or away_m < best[0]:
                best = away_m, index
        if best is None:
            lost[one["kind"] or "hole"] += 1
            continue
        wall = found[best[1]]
        way = (np.array(wall.end_m) - wall.start_m) / wall.length_m
        along = (shapely.get_coordinates(shape) - wall.start_m) @ way
        u0_m, u1_m = max(0.0, float(along.min())), min(wall.length_m, float(along.max()))
        z0_m, z1_m = max(z0_m, wall.z0_m), min(z1_m, wall.z1_m)
        if u1_m - u0_m < 0.05 or z1_m - z0_m < 0.05:
            lost[one["kind"] or "hole"] += 1
            continue
        hole = Opening(u0_m=u0_m, u1_m=u1_m, z0_m=z0_m, z1_m=z1_m, material=material, kind=one["kind"])
        found[best[1]] = replace(wall, openings=(*wall.openings, hole))
    for kind, number in lost.items():
        warnings.append(f"{number} {kind}s are in no wall that was read and are left out")
    return found, skylights


def _pane(one: dict[str, Any]) -> str | None:
    """What fills an opening: nothing in a hole, glass in a window, wood in a door unless the file says otherwise."""
    if not one["kind"]:
        return None
    said, unknown = material_of_layers(one["layers"], one["name"]) if one["layers"] or one["name"] else ("", "x")
    if one["kind"] == "window":
        return said if said in ("double_glass", "wired_glass") else "glass"
    return said if not unknown and said in ("glass", "metal", "wood", "steel_door", "double_glass") else "wood"


def _zones(data: dict[str, Any], storeys: list[dict[str, Any]], origin: tuple[float, float], warnings: list[str]) -> list[Zone]:
    """Every space of the file; one on a storey that is none (a roof) is outdoors."""
    names = Counter(one["long_name"] or one["name"] for one in data["spaces"])
    zones: list[Zone] = []
    wrong: list[str] = []
    for number, one in enumerate(data["spaces"]):
        shape = _plan_of(one, origin)
        parts = polygons(shape) if shape is not None else []
        if not parts:
            warnings.append(f"space {one['name'] or number} has no shape and is left out")
            continue
        plain = one["long_name"] or one["name"]
        name = plain if names[plain] == 1 and plain else f"{one['name']} {one['long_name']}".strip() or f"space {number}"
        index = next((level for level, storey in enumerate(storeys) if one["storey"] in storey["ids"]), None)
        kind = layers.of().room_kind(plain)
        if index is None:
            middle = (one["z0_m"] + one["z1_m"]) / 2
            index = max((level for level, storey in enumerate(storeys) if storey["z_m"] <= middle), default=0)
            kind = "outdoor"
        gross = next(iter(one["areas"].values()), None)
        area_m2 = sum(part.area for part in parts)
        if gross and abs(area_m2 / gross - 1) > 0.02:
            wrong.append(f"{name} ({area_m2:.1f} m2, the file says {gross:.1f})")
        zones.append(Zone(name=name, polygon_m=one_ring(shapely.union_all(parts)), kind=kind, level=index))
    if wrong:
        warnings.append(f"spaces whose body is not their GrossFloorArea: {', '.join(wrong[:5])}")
    return zones


def _outline(shapes: list[BaseGeometry], *, filled: bool) -> BaseGeometry | None:
    """The outer edge of walls and spaces, with gaps of a metre closed; courtyards stay open where rooms are known."""
    if not shapes:
        return None
    whole = shapely.union_all(shapes, grid_size=1e-3)
    whole = whole.buffer(0.5, join_style="mitre").buffer(-0.5, join_style="mitre")
    parts = [part for part in polygons(whole) if part.area > 2.0]
    if not parts:
        return None
    largest = max(part.area for part in parts)
    kept = []
    for part in parts:
        if part.area < 0.02 * largest:
            continue
        holes = [] if filled else [ring for ring in part.interiors if Polygon(ring).area > 10.0]
        kept.append(Polygon(part.exterior, holes))
    return shapely.union_all(kept)


def _slabs(
    data: dict[str, Any], base_m: float, levels: Sequence[Level], origin: tuple[float, float], warnings: list[str]
) -> list[Slab]:
    """Floors and roofs by their upper faces, without finishes; where a storey has none, its outline is closed."""
    found: list[Slab] = []
    for one in data["slabs"]:
        thickness_m = (one.get("z1_m") or 0.0) - (one.get("z0_m") or 0.0)
        if not one.get("plan") or thickness_m < _LEAST_SLAB_M or (one["class"] == "IfcRoof" and _same_as_part(one, data)):
            continue
        material, _ = material_of_layers(one["layers"], one["name"])
        for ring in one["top"]:
            flat = max(z for *_, z in ring) - min(z for *_, z in ring) < 0.02
            corners = tuple((x - origin[0], y - origin[1], z - base_m) for x, y, z in ring)
            if len(corners) >= 3:
                found.append(
                    Slab(
                        polygon_m=corners,
                        material=material,
                        thickness_m=round(thickness_m, 3) if flat and thickness_m < 1.5 else None,
                        name=one["name"],
                    )
                )
    assumed = 0
    for index, level in enumerate(levels):
        heights = [np.mean([z for *_, z in slab.polygon_m]) for slab in found]
        below, above = floor_and_roof(
            level.outline_m, z0_m=level.floor_m, z1_m=level.ceiling_m, floor="concrete", roof="concrete"
        )
        if not any(abs(z - level.floor_m) < 0.6 for z in heights):
            found.append(below)
            assumed += 1
        if index == len(levels) - 1 and not any(z > level.floor_m + _EYE_M for z in heights):
            found.append(above)
            assumed += 1
    if assumed:
        warnings.append(f"{assumed} floors or roofs are not in the file: concrete is assumed")
    return found


def _same_as_part(roof: dict[str, Any], data: dict[str, Any]) -> bool:
    """Whether a roof is only the sum of slabs that are read by themselves."""
    return any(
        one.get("plan") == roof.get("plan") or one["name"] == roof["name"]
        for one in data["slabs"]
        if one is not roof and one["class"] != "IfcRoof"
    )
