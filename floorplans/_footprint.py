"""A building's footprint to a shell: outer walls, courtyards, and where asked for a stage, a store room and entrances."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from pathlib import Path

import shapely
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.polygon import orient

from floorplans._globe import Feature, height_m_of, name_of
from floorplans.bodies import polygons
from floorplans.errors import GeometryError
from floorplans.plan import Opening, Point, Slab, Wall, Zone

_SIMPLIFY_M = 0.1
"""Corners of a footprint nearer than this to a straight line are noise of the survey."""

_GYM_M, _ROOM_M = 9.7, 3.0
"""Heights taken, with a warning, where the file has none: the median elementary school gym of Kashiwa; a usual storey."""

_STAGE_TOP_M, _DOOR_M = 0.9, 2.2
"""As in `wifiplan gym`: assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a footprint does not show and the user says is there."""

    stage: bool = False
    store_room: bool = False
    entrances: int = 0

    @property
    def wanted(self) -> bool:
        """Any of them."""
        return self.stage or self.store_room or self.entrances > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """What a footprint becomes: its ring, height, walls, zones, slabs within, and materials of floor and roof."""

    ring: tuple[Point, ...]
    ceiling_m: float
    walls: tuple[Wall, ...]
    zones: tuple[Zone, ...]
    slabs: tuple[Slab, ...]
    floor: str
    roof: str


def shell(building: Feature, path: Path, height_m: float | None, extras: Extras, warnings: list[str]) -> Shell:
    """The outer edge, the courtyards, and the walls along both; raises `GeometryError` where it encloses nothing."""
    gym = is_gym(building)
    ceiling_m = height_m or height_m_of(building.properties)
    if ceiling_m is None:
        ceiling_m = _GYM_M if gym else _ROOM_M
        warnings.append(f"the file has no height: {ceiling_m:g} m taken; give the real one with --height-m")
    polygon = _polygon(building, path, warnings)
    walls = [
        Wall(start_m=_xy(start), end_m=_xy(end), z0_m=0.0, z1_m=ceiling_m, material="concrete", name=f"{label} {number}")
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
    ring = tuple(_xy(point) for point in polygon.exterior.coords[:-1])
    kind = "hall" if gym or extras.stage else "room"
    hall = Polygon(ring)
    zones: list[Zone] = []
    slabs: list[Slab] = []
    if extras.stage:
        hall = _stage(hall, ceiling_m=ceiling_m, path=path, walls=walls, zones=zones, slabs=slabs)
    if extras.store_room:
        hall = _store(hall, ceiling_m=ceiling_m, path=path, walls=walls, zones=zones, slabs=slabs)
    made = _entrances(walls, extras.entrances, path, max(x for x, _ in ring))
    whole = max(polygons(hall), key=lambda part: part.area)
    zones.insert(0, Zone(name=kind, polygon_m=tuple(_xy(point) for point in whole.exterior.coords[:-1]), kind=kind))
    if extras.wanted:
        said = [text for text, on in (("stage", extras.stage), ("store room", extras.store_room)) if on]
        said += [f"{extras.entrances} entrances"] if extras.entrances else []
        warnings.append(f"{', '.join(said)}: put where they usually are, not where a drawing has them; windows are not known")
    else:
        warnings.append("a footprint has no doors, windows or inner walls: outer walls are taken as concrete without openings")
    return Shell(
        ring=ring,
        ceiling_m=ceiling_m,
        walls=tuple(made),
        zones=(*zones, *courtyards),
        slabs=tuple(slabs),
        floor="wood" if gym else "concrete",
        roof="metal" if gym else "concrete",
    )


def is_gym(building: Feature) -> bool:
    """Whether the file says so, or the name does."""
    properties = building.properties
    marked = properties.get("gym_candidate")
    if marked is True or str(marked).lower() == "true" or properties.get("leisure") in ("sports_hall", "sports_centre"):
        return True
    return properties.get("building") in ("sports_hall", "gymnasium") or "体育館" in name_of(properties)


def _polygon(building: Feature, path: Path, warnings: list[str]) -> Polygon:
    geom = shapely.force_2d(building.shape).simplify(_SIMPLIFY_M)
    crossed = not geom.is_valid or not building.shape.is_valid
    if not geom.is_valid:
        geom = shapely.make_valid(geom)
    parts = polygons(geom)
    if not parts:
        raise GeometryError(f"{path}: features[{building.index}]: the footprint encloses nothing; mend or delete it")
    largest = max(parts, key=lambda part: part.area)
    if crossed:
        whole_m2 = sum(part.area for part in parts)
        warnings.append(
            f"features[{building.index}]: the footprint crosses itself and was mended: its largest part, "
            f"{largest.area:.0f} of {whole_m2:.0f} m2, is read; put its corners in order"
        )
    elif len(parts) > 1:
        warnings.append(f"features[{building.index}] has {len(parts)} parts; the largest is read")
    return orient(largest)


def _stage(hall: Polygon, *, ceiling_m: float, path: Path, walls: list[Wall], zones: list[Zone], slabs: list[Slab]) -> Polygon:
    """The stage over the east end, behind a wall with a wide opening, as in `wifiplan gym`; gives the rest of the hall."""
    x0, y0, x1, y1 = hall.bounds
    cut = x1 - min(6.0, (x1 - x0) / 5)
    east, west = (hall.intersection(box(a, y0, b, y1)) for a, b in ((cut, x1), (x0, cut)))
    front = hall.intersection(LineString([(cut, y0 - 1), (cut, y1 + 1)]))
    if not (isinstance(east, Polygon) and isinstance(west, Polygon) and isinstance(front, LineString) and front.length > 3):
        raise GeometryError(f"{path}: no room for a stage at the end of this footprint; leave --stage out")
    if ceiling_m < _STAGE_TOP_M + 2.8:
        raise GeometryError(f"{path}: {ceiling_m:g} m is too low for a stage; give --height-m, or leave --stage out")
    start, end = sorted(_xy(point) for point in front.coords)
    wide = front.length
    top_m = min(6.0, ceiling_m - 1.0)
    holes = (
        Opening(u0_m=0.2 * wide, u1_m=0.8 * wide, z0_m=_STAGE_TOP_M, z1_m=top_m),
        Opening(u0_m=0.2 * wide, u1_m=0.8 * wide, z0_m=0.0, z1_m=_STAGE_TOP_M, material="wood"),
    )
    walls.append(Wall(start_m=start, end_m=end, z0_m=0.0, z1_m=ceiling_m, material="concrete", openings=holes, name="proscenium"))
    ground = tuple(_xy(point) for point in orient(east).exterior.coords[:-1])
    slabs.append(Slab(polygon_m=tuple((x, y, _STAGE_TOP_M) for x, y in ground), material="wood", name="stage"))
    zones.append(Zone(name="stage", polygon_m=ground, kind="stage"))
    return orient(west)


def _store(hall: Polygon, *, ceiling_m: float, path: Path, walls: list[Wall], zones: list[Zone], slabs: list[Slab]) -> Polygon:
    """A store room in the corner nearest to the lower left; gives the rest of the hall."""
    x0, y0, x1, y1 = hall.bounds
    wide_m, deep_m, high_m = min(5.0, (x1 - x0) / 4), min(8.0, (y1 - y0) / 3), min(3.0, ceiling_m - 0.5)
    corner_x, corner_y = min((_xy(point) for point in hall.exterior.coords), key=lambda at: math.dist(at, (x0, y0)))
    room = hall.intersection(box(corner_x, corner_y, corner_x + wide_m, corner_y + deep_m))
    rest = hall.difference(room)
    if not (isinstance(room, Polygon) and isinstance(rest, Polygon) and room.area > 0.5 * wide_m * deep_m):
        raise GeometryError(f"{path}: no room for a store in the corner of this footprint; leave --store-room out")
    inner = shapely.line_merge(room.boundary.intersection(rest.boundary))
    for line in shapely.get_parts(inner):
        for start, end in itertools.pairwise(line.coords):
            length_m = math.dist(start, end)
            door = Opening(
                u0_m=0.3 * length_m, u1_m=0.7 * length_m, z0_m=0.0, z1_m=min(2.4, high_m), material="metal", kind="door"
            )
            upright = abs(start[0] - end[0]) < abs(start[1] - end[1])
            walls.append(
                Wall(
                    start_m=_xy(start),
                    end_m=_xy(end),
                    z0_m=0.0,
                    z1_m=high_m,
                    material="concrete",
                    openings=(door,) if upright and length_m > 2 else (),
                    name="store",
                )
            )
    ground = tuple(_xy(point) for point in orient(room).exterior.coords[:-1])
    slabs.append(Slab(polygon_m=tuple((x, y, high_m) for x, y in ground), material="concrete", name="store ceiling"))
    zones.append(Zone(name="store", polygon_m=ground, kind="store"))
    return orient(rest)


def _entrances(walls: list[Wall], count: int, path: Path, east_m: float) -> list[Wall]:
    """The walls with doors: the first at the west end, the next on the long sides, then wherever a wall is longest."""
    outer = [number for number, wall in enumerate(walls) if wall.name.startswith("outer") and wall.length_m >= 2.0]
    if count > 4 * len(outer):
        raise GeometryError(f"{path}: {count} entrances do not fit this footprint; give fewer with --entrances")
    west = sorted(outer, key=lambda number: (walls[number].start_m[0] + walls[number].end_m[0]) / 2 - walls[number].length_m / 4)
    sides = [number for number in sorted(outer, key=lambda number: -walls[number].length_m) if number != (west or [-1])[0]]
    # Not behind the stage, which is at the east end.
    order = [*west[:1], *(number for number in sides if min(walls[number].start_m[0], walls[number].end_m[0]) < east_m - 1)]
    share: dict[int, int] = {}
    for turn in range(count):
        share[order[turn % len(order)]] = share.get(order[turn % len(order)], 0) + 1
    found = list(walls)
    for number, doors in share.items():
        wall = walls[number]
        wide_m = min(2.4, wall.length_m / (2 * doors))
        holes = tuple(
            Opening(
                u0_m=u - wide_m / 2, u1_m=u + wide_m / 2, z0_m=0.0, z1_m=min(_DOOR_M, wall.z1_m), material="metal", kind="door"
            )
            for u in (wall.length_m * (turn + 1) / (doors + 1) for turn in range(doors))
        )
        found[number] = replace(wall, openings=holes)
    return found


def _xy(point: tuple[float, ...]) -> Point:
    return float(point[0]), float(point[1])
