"""Corrections of a plan that was read wrongly: each takes a plan and gives the corrected one, checked.

Selections are written as people write them: `layer=外壁`, `kind=glass` (a material, a kind of opening or of zone),
`area=x0,y0,x1,y1` (metres in the plan), `confidence=0.6` (walls that the reader was less sure of).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from floorplans import rooms
from floorplans.errors import FloorPlanError, GeometryError
from floorplans.materials import must_be_known
from floorplans.plan import ZONE_KINDS, FloorPlan, Level, Opening, Point, Slab, Wall, Zone, check, floor_and_roof
from floorplans.walls import Body

_LEAST_LEFT = 0.1
"""A correction that leaves less of the area than this has taken the outer wall by mistake (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a correction is about: `key` is layer, kind, area or confidence."""

    key: str
    text: str = ""
    area_m: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    confidence: float = 0.0

    def wall(self, wall: Wall) -> bool:
        """Whether a wall is meant: of an area, one that lies in it with its middle."""
        if self.key == "layer":
            return wall.name == self.text
        if self.key == "kind":
            return wall.material == self.text
        if self.key == "area":
            x, y = ((a + b) / 2 for a, b in zip(wall.start_m, wall.end_m, strict=True))
            x0, y0, x1, y1 = self.area_m
            return x0 <= x <= x1 and y0 <= y <= y1
        return wall.confidence is not None and wall.confidence < self.confidence

    def opening(self, wall: Wall, opening: Opening) -> bool:
        """Whether an opening is meant, in a wall that is not."""
        if self.key == "kind":
            return self.text in (opening.kind, opening.material)
        if self.key == "area":
            share = (opening.u0_m + opening.u1_m) / 2 / max(wall.length_m, 1e-9)
            x, y = (a + (b - a) * share for a, b in zip(wall.start_m, wall.end_m, strict=True))
            x0, y0, x1, y1 = self.area_m
            return x0 <= x <= x1 and y0 <= y <= y1
        return False

    def zone(self, zone: Zone) -> bool:
        """Whether a zone is meant: by its kind only."""
        return self.key == "kind" and zone.kind == self.text


def selection(text: str) -> Selection:
    """What `layer=L`, `kind=K`, `area=x0,y0,x1,y1` or `confidence=C` means; raises `FloorPlanError` for anything else.

    >>> selection("area=3,0,1,2").area_m
    (1.0, 0.0, 3.0, 2.0)
    """
    key, _, value = text.partition("=")
    if key in ("layer", "kind") and value:
        return Selection(key=key, text=value)
    if key == "area":
        x0, y0, x1, y1 = numbers(value, 4, what=f"area in {text!r}")
        return Selection(key=key, area_m=(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    if key == "confidence":
        (confidence,) = numbers(value, 1, what=f"confidence in {text!r}")
        return Selection(key=key, confidence=confidence)
    raise FloorPlanError(f"{text!r}: give layer=NAME, kind=KIND, area=x0,y0,x1,y1 or confidence=C")


def numbers(text: str, count: int, *, what: str) -> list[float]:
    """So many finite numbers with commas between them; `what` names them in errors."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) != count or not all(math.isfinite(number) for number in found):
        raise FloorPlanError(f"{what}: {text!r} is not {count} number{'s' if count > 1 else ''} with commas between them")
    return found


def rescaled(plan: FloorPlan, start_m: Point, end_m: Point, length_m: float) -> FloorPlan:
    """The plan stretched so that two of its points are `length_m` apart; heights stay, thicknesses go with it."""
    now_m = math.dist(start_m, end_m)
    if now_m < 0.01 or not 0 < length_m < 10_000:
        raise FloorPlanError(
            f"the two points are {now_m:.3g} m apart and shall be {length_m:g} m: give two points of a known length"
        )
    k = length_m / now_m

    def p(point: Point) -> Point:
        return round(point[0] * k, 6), round(point[1] * k, 6)

    def thick(thickness_m: float | None) -> float | None:
        return None if thickness_m is None else round(thickness_m * k, 3) or None

    unit = plan.source.metres_per_unit
    return check(
        replace(
            plan,
            walls=tuple(
                replace(
                    wall,
                    start_m=p(wall.start_m),
                    end_m=p(wall.end_m),
                    thickness_m=thick(wall.thickness_m),
                    openings=tuple(replace(hole, u0_m=hole.u0_m * k, u1_m=hole.u1_m * k) for hole in wall.openings),
                )
                for wall in plan.walls
            ),
            slabs=tuple(replace(slab, polygon_m=tuple((x * k, y * k, z) for x, y, z in slab.polygon_m)) for slab in plan.slabs),
            zones=tuple(replace(zone, polygon_m=tuple(map(p, zone.polygon_m))) for zone in plan.zones),
            levels=tuple(replace(level, outline_m=tuple(map(p, level.outline_m))) for level in plan.levels),
            source=replace(
                plan.source,
                metres_per_unit=None if unit is None else unit * k,
                evidence=(*plan.source.evidence, f"corrected by two points {length_m:g} m apart"),
                origin_m=p(plan.source.origin_m),
            ),
        )
    )


def retyped(plan: FloorPlan, meant: Selection, material: str) -> FloorPlan:
    """The plan with another material for the walls and openings that are meant; raises where none is."""
    must_be_known(material, what=_words(meant))
    walls = tuple(
        replace(wall, material=material)
        if meant.wall(wall)
        else replace(wall, openings=tuple(replace(o, material=material) if meant.opening(wall, o) else o for o in wall.openings))
        for wall in plan.walls
    )
    if walls == plan.walls and not any(map(meant.wall, plan.walls)):
        raise FloorPlanError(f"{_words(meant)}: no wall or opening is meant; {_there_are(plan, meant)}")
    return check(replace(plan, walls=walls))


def without(plan: FloorPlan, meant: Selection) -> FloorPlan:
    """The plan without the walls, openings and zones that are meant, its outline drawn anew; raises where none is."""
    walls = tuple(
        replace(wall, openings=tuple(hole for hole in wall.openings if not meant.opening(wall, hole)))
        for wall in plan.walls
        if not meant.wall(wall)
    )
    zones = tuple(zone for zone in plan.zones if not meant.zone(zone))
    if walls == plan.walls and zones == plan.zones:
        raise FloorPlanError(f"{_words(meant)}: nothing is meant; {_there_are(plan, meant)}")
    if not walls:
        raise GeometryError(f"{_words(meant)}: that is all of the plan; drop less")
    fewer = len(walls) < len(plan.walls)
    kept = replace(plan, walls=walls, zones=zones)
    shown = check(_outlined(kept) if fewer else kept)
    if shown.area_m2 < _LEAST_LEFT * plan.area_m2:
        raise GeometryError(
            f"{_words(meant)}: what is left encloses {shown.area_m2:.0f} of {plan.area_m2:.0f} m2; drop less, or draw the outer "
            "wall anew first (--wall)"
        )
    return shown


def with_wall(
    plan: FloorPlan, start_m: Point, end_m: Point, material: str, *, thickness_m: float | None = None, level: int = 0
) -> FloorPlan:
    """The plan with one more wall, floor to ceiling of a level."""
    if math.dist(start_m, end_m) < 0.05:
        raise FloorPlanError("a wall of less than 5 cm: give two points")
    must_be_known(material, what="a wall drawn by hand")
    storey = _level(plan, level)
    wall = Wall(
        start_m=start_m,
        end_m=end_m,
        z0_m=storey.floor_m,
        z1_m=storey.ceiling_m,
        material=material,
        thickness_m=thickness_m,
        name="drawn by hand",
    )
    return check(replace(plan, walls=(*plan.walls, wall)))


def split(plan: FloorPlan, room: str, start_m: Point, end_m: Point, names: Sequence[str] = ()) -> FloorPlan:
    """The plan with one room cut in two along a line, which is drawn on to the room's edges.

    `names` are those of the parts, the left one first, seen from `start_m` to `end_m`.
    """
    number = _zone_number(plan, room)
    zone = plan.zones[number]
    shape = Polygon(zone.polygon_m)
    length = math.dist(start_m, end_m)
    if length < 0.01:
        raise FloorPlanError(f"{room}: two points of a line are needed to split it")
    ux, uy = (end_m[0] - start_m[0]) / length, (end_m[1] - start_m[1]) / length
    far = 10_000.0
    a, b = (start_m[0] - ux * far, start_m[1] - uy * far), (start_m[0] + ux * far, start_m[1] + uy * far)
    left = Polygon([a, b, (b[0] - uy * far, b[1] + ux * far), (a[0] - uy * far, a[1] + ux * far)])
    halves = [_biggest(shape.intersection(left)), _biggest(shape.difference(left))]
    if any(half is None or half.area < 0.1 for half in halves):
        raise FloorPlanError(f"{room}: the line does not cross it; give two points in it")
    named = [*names, *[f"{room} {part}" for part in (1, 2)][len(names) :]]
    parts = [
        replace(zone, name=name, polygon_m=tuple((round(x, 4), round(y, 4)) for x, y in half.exterior.coords[:-1]))
        for name, half in zip(named, halves, strict=False)
        if half is not None
    ]
    return check(replace(plan, zones=(*plan.zones[:number], *parts, *plan.zones[number + 1 :])))


def renamed(plan: FloorPlan, room: str, name: str, kind: str | None = None) -> FloorPlan:
    """The plan with another name, and kind, for one room."""
    if kind is not None and kind not in ZONE_KINDS:
        raise FloorPlanError(f"{room}: no kind {kind!r}; one of {', '.join(ZONE_KINDS)}")
    number = _zone_number(plan, room)
    zone = plan.zones[number]
    new = replace(zone, name=name, kind=zone.kind if kind is None else kind)
    return check(replace(plan, zones=(*plan.zones[:number], new, *plan.zones[number + 1 :])))


def stacked(plan: FloorPlan, areas_m: Sequence[tuple[float, float, float, float]], height_m: float | None = None) -> FloorPlan:
    """The storeys drawn side by side put one above the other, each with the lower left corner of its walls on the first one's.

    Parameters
    ----------
    plan : FloorPlan
        One level with several storeys in it.
    areas_m : sequence of (x0, y0, x1, y1)
        Where each is drawn, lowest first.
    height_m : float, optional
        Floor to floor; by default the level's.
    """
    if len(plan.levels) != 1:
        raise FloorPlanError(f"the plan has {len(plan.levels)} levels already; stack one with its storeys side by side")
    base = plan.levels[0]
    rise = base.height_m if height_m is None else height_m
    walls: list[Wall] = []
    zones: list[Zone] = []
    levels: list[Level] = []
    slabs: list[Slab] = []
    origin: Point | None = None
    for number, (x0, y0, x1, y1) in enumerate(areas_m):
        area = box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        inside = [wall for wall in plan.walls if area.contains(LineString([wall.start_m, wall.end_m]).centroid)]
        if not inside:
            raise FloorPlanError(f"area {x0:g},{y0:g},{x1:g},{y1:g}: no wall in it; give the corners of a storey as it is drawn")
        corner = (
            min(x for wall in inside for x in (wall.start_m[0], wall.end_m[0])),
            min(y for wall in inside for y in (wall.start_m[1], wall.end_m[1])),
        )
        origin = corner if origin is None else origin
        dx, dy, dz = origin[0] - corner[0], origin[1] - corner[1], number * rise

        def moved(point: Point, dx: float = dx, dy: float = dy) -> Point:
            return round(point[0] + dx, 6), round(point[1] + dy, 6)

        here = [_raised(replace(wall, start_m=moved(wall.start_m), end_m=moved(wall.end_m)), dz) for wall in inside]
        outline = rooms.space([_body(wall) for wall in here], where=plan.name).outline
        walls += here
        levels.append(
            replace(base, name=f"{number + 1}F", floor_m=base.floor_m + dz, ceiling_m=base.floor_m + dz + rise, outline_m=outline)
        )
        slabs += floor_and_roof(
            outline, z0_m=base.floor_m + dz, z1_m=base.floor_m + dz + rise, floor="concrete", roof="concrete"
        )[0 if number == 0 else 1 :]
        own = [zone for zone in plan.zones if area.contains(Polygon(zone.polygon_m).representative_point())]
        own = own if len(own) > 0 and area.buffer(1.0).contains(Polygon(own[0].polygon_m)) else []
        placed = [replace(zone, polygon_m=tuple(map(moved, zone.polygon_m)), level=number) for zone in own]
        zones += placed or [Zone(name=f"room {number + 1}F", polygon_m=outline, level=number)]
    source = plan.source
    if len(walls) < len(plan.walls):
        left = f"{len(plan.walls) - len(walls)} walls in none of the areas that were stacked are left out"
        source = replace(source, warnings=(*source.warnings, left))
    return check(replace(plan, levels=tuple(levels), walls=tuple(walls), slabs=tuple(slabs), zones=tuple(zones), source=source))


def _raised(wall: Wall, dz: float) -> Wall:
    holes = tuple(replace(hole, z0_m=hole.z0_m + dz, z1_m=hole.z1_m + dz) for hole in wall.openings)
    return replace(wall, z0_m=wall.z0_m + dz, z1_m=wall.z1_m + dz, openings=holes)


def _body(wall: Wall) -> Body:
    (x0, y0), (x1, y1) = wall.start_m, wall.end_m
    theta = math.atan2(y1 - y0, x1 - x0)
    c, s = math.cos(theta), math.sin(theta)
    return Body(theta, -s * x0 + c * y0, c * x0 + s * y0, c * x1 + s * y1, wall.thickness_m or 0.0, wall.material, wall.name)


def _outlined(plan: FloorPlan) -> FloorPlan:
    """The plan with the outline of each level drawn anew from its walls, where they still enclose something."""
    levels = []
    for level in plan.levels:
        here = [wall for wall in plan.walls if wall.z0_m < level.ceiling_m - 0.1 and wall.z1_m > level.floor_m + 0.1]
        # Parts of an outline hang together by slits only.
        several = isinstance(Polygon(level.outline_m).buffer(-0.01), MultiPolygon)
        try:
            bodies = [_body(wall) for wall in here]
            outline = rooms.space(bodies, where=plan.name, several=several).outline if here else level.outline_m
        except GeometryError:
            outline = level.outline_m
        levels.append(replace(level, outline_m=outline))
    whole = [Polygon(level.outline_m).buffer(0.3) for level in levels]
    zones = tuple(zone for zone in plan.zones if whole[zone.level].intersects(Polygon(zone.polygon_m).representative_point()))
    return replace(plan, levels=tuple(levels), zones=zones)


def _biggest(shape: shapely.Geometry) -> Polygon | None:
    parts = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon) and not part.is_empty]
    return max(parts, key=lambda part: part.area, default=None)


def _zone_number(plan: FloorPlan, room: str) -> int:
    found = [number for number, zone in enumerate(plan.zones) if zone.name == room]
    if len(found) != 1:
        there = ", ".join(zone.name for zone in plan.zones[:12])
        raise FloorPlanError(f"{len(found) or 'no'} rooms are called {room!r}; there are {there}")
    return found[0]


def _level(plan: FloorPlan, level: int) -> Level:
    if not 0 <= level < len(plan.levels):
        raise FloorPlanError(f"no level {level}; the plan has 0 to {len(plan.levels) - 1}")
    return plan.levels[level]


def _words(meant: Selection) -> str:
    value = {"area": ",".join(f"{n:g}" for n in meant.area_m), "confidence": f"{meant.confidence:g}"}
    return f"{meant.key}={value.get(meant.key, meant.text)}"


def _there_are(plan: FloorPlan, meant: Selection) -> str:
    names: Callable[[Wall], str] = (lambda wall: wall.name) if meant.key == "layer" else (lambda wall: wall.material)
    if meant.key in ("layer", "kind"):
        return "there are " + ", ".join(sorted({names(wall) or "walls without a layer" for wall in plan.walls})[:12])
    x0, y0, x1, y1 = plan.extent_m
    return f"the plan reaches from {x0:g},{y0:g} to {x1:g},{y1:g}"
