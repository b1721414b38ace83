"""Ekahau projects (.esx): a ZIP of JSON; floors with walls in pixels, from the top left, and metres per unit.

Unofficial: the members and keys are those that public readers know. Pictures in the archive are not opened.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from floorplans._file import parse_json, read_zip
from floorplans.bodies import merged
from floorplans.errors import FloorPlanError, GeometryError
from floorplans.materials import material_of_layers
from floorplans.plan import FloorPlan, Level, Slab, Source, Wall, Zone, check, floor_and_roof, near_outline, outline_of_walls_m

_STOREY_M = 3.0


def read(path: Path, *, height_m: float | None = None) -> FloorPlan:
    """Every floor with walls as a level, lowest floor number first; `height_m` where the project has no heights."""
    members = read_zip(path)
    warnings: list[str] = []

    def rows(name: str, *, needed: bool = False) -> list[dict[str, Any]]:
        data = members.get(f"{name}.json")
        if data is None:
            if needed:
                raise FloorPlanError(f"{path}: not an Ekahau project: no {name}.json in it; save it again")
            return []
        found = parse_json(data, f"{path}: {name}.json").get(name)
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise FloorPlanError(f"{path}: {name}.json: holds no list {name}; save the project again")
        return found

    try:
        plans = rows("floorPlans", needed=True)
        points = {one["id"]: one["location"] for one in rows("wallPoints")}
        types = {one["id"]: one for one in rows("wallTypes")}
        floors = {one["floorPlanId"]: one for one in rows("buildingFloors")}
        segments = [
            (points[first], points[second], types.get(one.get("wallTypeId"), {}))
            for one in rows("wallSegments")
            for first, second in [one["wallPoints"]]
        ]
        plans = sorted(plans, key=lambda one: float(floors.get(one["id"], {}).get("floorNumber") or 0))
        levels: list[Level] = []
        walls: list[Wall] = []
        slabs: list[Slab] = []
        zones: list[Zone] = []
        base_m = 0.0
        for one in plans:
            floor = floors.get(one["id"], {})
            said = height_m or float(floor.get("height") or 0.0)
            if not 1.0 <= said <= 100.0:
                said = _STOREY_M
                warnings.append(f"floor {one.get('name')} has no height: {said:g} m taken; give the real one with --height-m")
            here = _walls(one, segments, base_m, base_m + said, path)
            if not here:
                warnings.append(f"floor {one.get('name')} has no walls and is left out")
                continue
            ring = outline_of_walls_m(here, where=f"{path}: floor {one.get('name')}")
            here, outside = near_outline(here, ring)
            warnings += outside
            name = str(one.get("name") or f"{len(levels) + 1}F")
            zones.append(Zone(name=f"room {name}", polygon_m=ring, level=len(levels)))
            levels.append(Level(name=name, floor_m=base_m, ceiling_m=base_m + said, outline_m=ring))
            slabs += floor_and_roof(ring, z0_m=base_m, z1_m=base_m + said, floor="concrete", roof="concrete")
            walls += here
            base_m += said
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise FloorPlanError(f"{path}: not as Ekahau projects are ({type(error).__name__} {error}); save it again") from None
    if not levels:
        raise GeometryError(f"{path}: no floor has walls; draw them there, or give the floor's own drawing")
    warnings.append("Ekahau projects have no rooms or doors that are read: one room a floor; concrete below and above")
    source = Source(file=path.name, reader="esx", warnings=tuple(dict.fromkeys(warnings)))
    return check(
        FloorPlan(name=path.stem, levels=tuple(levels), walls=tuple(walls), slabs=tuple(slabs), zones=tuple(zones), source=source)
    )


def _walls(
    plan: dict[str, Any], segments: list[tuple[Any, Any, dict[str, Any]]], z0_m: float, z1_m: float, path: Path
) -> list[Wall]:
    scale, high = float(plan.get("metersPerUnit") or 0.0), float(plan["height"])
    mine = [(a, b, kind) for a, b, kind in segments if a["floorPlanId"] == plan["id"] == b["floorPlanId"]]
    if mine and not 0.0 < scale < math.inf:
        raise FloorPlanError(f"{path}: floor {plan.get('name')} has no scale (metersPerUnit); set it in the project")
    found = []
    for a, b, kind in mine:
        ends = [(float(one["coord"]["x"]) * scale, (high - float(one["coord"]["y"])) * scale) for one in (a, b)]
        if not all(math.isfinite(n) for end in ends for n in end) or ends[0] == ends[1]:
            continue
        thickness = float(kind.get("thickness") or 0.0)
        material, _ = material_of_layers([], str(kind.get("name") or ""))
        found.append(
            Wall(
                start_m=ends[0],
                end_m=ends[1],
                z0_m=z0_m,
                z1_m=z1_m,
                material=material,
                thickness_m=thickness if 0.0 < thickness < 2.0 else None,
                name=str(kind.get("name") or ""),
            )
        )
    return merged(found)
