"""A building as the radio model sees it: metres, x east, y north, z up from the lowest floor.

All heights (`z0_m`, `z1_m`, vertices of slabs) are above the datum, the floor of the lowest level, so that several
storeys are one scene. Only `AccessPoint.height_m` and receiver heights are above the floor of their level.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import shapely
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient
from shapely.ops import polygonize, unary_union

from floorplans.errors import FloorPlanError, GeometryError

FORMAT = 1
"""Version of our own JSON. A file with a higher one is refused by name."""

MAX_EXTENT_M = 2000.0
"""Across. The largest roofs are a kilometre long; beyond two, the scale is wrong."""

_MAX_COORDINATE_M = 1e8
"""From the origin. Survey coordinates reach 1e7; far beyond them, areas overflow."""

_BESIDE_M = 50.0
"""As far as a wall outside the outline may stand and still throw signals back."""

Point = tuple[float, float]
Point3 = tuple[float, float, float]

_QUIET = Field(exclude_if=lambda value: value in (None, "", (), (0.0, 0.0)))
"""Of fields that only some plans have: not written where they say nothing."""

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)

_LEFT_OUT_IF_EMPTY = Field(exclude_if=lambda value: not value)
"""Of fields that came later: a plan without them is written, and hashed, as before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A door, a window or a hole: the rectangle u0..u1 along the wall from its start, z0..z1 above the datum.

    `material` None is a hole with nothing in it. `thickness_m` None takes the material's usual thickness. `kind` is what the
    drawing calls it, empty where it does not say.
    """

    u0_m: float
    u1_m: float
    z0_m: float
    z1_m: float
    material: str | None = None
    thickness_m: float | None = None
    kind: Annotated[Literal["", "door", "window"], _LEFT_OUT_IF_EMPTY] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """A straight upright wall, by its centre line. `thickness_m` None takes the material's usual thickness.

    `confidence` is how sure a reader of drawings is that this is a wall, 0 to 1; None where the file itself says so.
    """

    start_m: Point
    end_m: Point
    z0_m: float
    z1_m: float
    material: str
    thickness_m: float | None = None
    openings: tuple[Opening, ...] = ()
    name: str = ""
    confidence: Annotated[float | None, _QUIET] = None

    @property
    def length_m(self) -> float:
        """Along the centre line."""
        return math.dist(self.start_m, self.end_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slab:
    """A flat polygon in space: floor, ceiling, roof (also pitched), stage top, gallery.

    `polygon_m` is its (x, y, z) vertices in order, all in one plane that is not upright.
    """

    polygon_m: tuple[Point3, ...]
    material: str
    thickness_m: float | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A named part of a level. `kind` says what it is for: see `ZONE_KINDS`."""

    name: str
    polygon_m: tuple[Point, ...]
    kind: str = "room"
    level: int = 0

    @property
    def area_m2(self) -> float:
        """Of the polygon."""
        return float(Polygon(self.polygon_m).area)


ZONE_KINDS = ("hall", "stage", "room", "classroom", "corridor", "store", "entrance", "gallery", "outdoor", "keepout")
"""People are placed in hall, stage, room, classroom, corridor, entrance and gallery; access points never in keepout."""

PEOPLE_KINDS = frozenset({"hall", "room", "classroom"})
"""Where a crowd stays. The other kinds are walked through or empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A storey. `outline_m` is its outer edge; `ceiling_m` is above the datum, as `floor_m` is."""

    name: str
    floor_m: float
    ceiling_m: float
    outline_m: tuple[Point, ...]

    @property
    def height_m(self) -> float:
        """Floor to ceiling."""
        return self.ceiling_m - self.floor_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a plan came from: the file, the reader, and metres per unit of the drawing (None: it was in metres).

    `licence` is what the file says of its use and must be shown with it; empty: it says nothing. `evidence` is what speaks for
    the scale; `not_a_plan` why the drawing is likely no floor plan; `origin_m` where the plan's origin lies in the drawing.
    """

    file: str = ""
    reader: str = ""
    metres_per_unit: float | None = None
    licence: str = ""
    warnings: tuple[str, ...] = ()
    evidence: Annotated[tuple[str, ...], _QUIET] = ()
    not_a_plan: Annotated[str, _QUIET] = ""
    origin_m: Annotated[Point, _QUIET] = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPlan:
    """A building. Constructing one stores and nothing more: `check` says whether it can be used."""

    name: str
    levels: tuple[Level, ...]
    walls: tuple[Wall, ...]
    slabs: tuple[Slab, ...] = ()
    zones: tuple[Zone, ...] = ()
    source: Source = Source()
    format: int = FORMAT

    @property
    def extent_m(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) of the bounding box of the wall centre lines."""
        xs = [x for wall in self.walls for x in (wall.start_m[0], wall.end_m[0])]
        ys = [y for wall in self.walls for y in (wall.start_m[1], wall.end_m[1])]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def area_m2(self) -> float:
        """Of all levels' outlines."""
        return sum(float(Polygon(level.outline_m).area) for level in self.levels)

    def wall_length_by_material_m(self) -> dict[str, float]:
        """Metres of wall per material, openings included."""
        lengths: dict[str, float] = {}
        for wall in self.walls:
            lengths[wall.material] = lengths.get(wall.material, 0.0) + wall.length_m
        return lengths


def outline_of_walls_m(walls: Sequence[Wall], *, where: str) -> tuple[Point, ...]:
    """The outer edge of what the walls enclose; raises `GeometryError` when they enclose nothing."""
    xs, ys = ([point[axis] for wall in walls for point in (wall.start_m, wall.end_m)] for axis in (0, 1))
    if not all(abs(number) <= _MAX_COORDINATE_M for number in xs + ys):
        raise GeometryError(f"{where}: a coordinate is not a finite number that a building can have; mend the drawing")
    size_m = (max(xs) - min(xs), max(ys) - min(ys))
    if max(size_m) < 1.0:
        raise GeometryError(f"{where}: all of it is within {size_m[0]:.3g} x {size_m[1]:.3g} m; check the scale of the drawing")
    ends = np.array([(wall.start_m, wall.end_m) for wall in walls if wall.length_m > 0], dtype=float).reshape(-1, 2, 2)
    # Drawings leave millimetre gaps at corners: 20 mm is far below any wall and far above drafting noise. Walls are reached out
    # so far to cross what they nearly meet; snapped to a grid, ends on two sides of its middle would part.
    reach = 0.02 * (ends[:, 1] - ends[:, 0]) / np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)[:, None]
    lines = shapely.union_all(shapely.linestrings(np.stack([ends[:, 0] - reach, ends[:, 1] + reach], axis=1)), grid_size=0.001)
    rooms = unary_union(list(polygonize(lines)))
    if rooms.is_empty:
        raise GeometryError(
            f"{where}: the walls enclose nothing; close the outer wall, or give an outline polygon (or use `wifiplan gym`)"
        )
    parts = rooms.geoms if isinstance(rooms, MultiPolygon) else [rooms]
    largest = max((part for part in parts if isinstance(part, Polygon)), key=lambda part: part.area)
    # Counter-clockwise from the lowest of the leftmost corners, so that the same building always gives the same outline.
    ring = [(float(x), float(y)) for x, y in orient(largest).exterior.coords[:-1]]
    first = ring.index(min(ring))
    return tuple(ring[first:] + ring[:first])


def near_outline(walls: Sequence[Wall], outline_m: tuple[Point, ...]) -> tuple[list[Wall], list[str]]:
    """The walls that can matter to a building, and what to tell the user of the others: at most one sentence.

    Drawings hold site lines, frames and strays kilometres off. What lies farther than `_BESIDE_M` from the outline is dropped.
    """
    lines = shapely.linestrings([[wall.start_m, wall.end_m] for wall in walls])
    building = Polygon(outline_m)
    shapely.prepare(building)
    kept = [wall for wall, near in zip(walls, shapely.dwithin(lines, building, _BESIDE_M), strict=True) if near]
    outside_m = float(shapely.length(shapely.difference(lines, building.buffer(0.1))).sum())
    if outside_m < 1.0:
        return kept, []
    dropped = f"; {len(walls) - len(kept)} walls more than {_BESIDE_M:g} m off are dropped" if len(kept) < len(walls) else ""
    return kept, [f"{outside_m:.0f} m of wall lies outside the largest enclosed shape, which is taken as the building{dropped}"]


def floor_and_roof(outline_m: tuple[Point, ...], *, z0_m: float, z1_m: float, floor: str, roof: str) -> tuple[Slab, Slab]:
    """The two flat slabs of the given materials that close a storey below and above."""
    return (
        Slab(polygon_m=tuple((x, y, z0_m) for x, y in outline_m), material=floor, name="floor"),
        Slab(polygon_m=tuple((x, y, z1_m) for x, y in outline_m), material=roof, name="roof"),
    )


def check(plan: FloorPlan) -> FloorPlan:
    """The plan itself when it can be used, without zero-length walls (a stated rule); raises `GeometryError` otherwise."""
    where = plan.source.file or plan.name
    if not plan.levels:
        raise GeometryError(f"{where}: no level; a plan needs at least one with an outline")
    numbers = [n for wall in plan.walls for n in (*wall.start_m, *wall.end_m, wall.z0_m, wall.z1_m)]
    numbers += [n for level in plan.levels for n in (level.floor_m, level.ceiling_m)]
    numbers += [n for level in plan.levels for vertex in level.outline_m for n in vertex]
    numbers += [n for slab in plan.slabs for vertex in slab.polygon_m for n in vertex]
    numbers += [n for zone in plan.zones for vertex in zone.polygon_m for n in vertex]
    if not all(abs(number) <= _MAX_COORDINATE_M for number in numbers):
        raise GeometryError(f"{where}: a coordinate is not a finite number that a building can have; mend the drawing")
    for index, level in enumerate(plan.levels):
        if level.ceiling_m <= level.floor_m:
            raise GeometryError(f"{where}: levels[{index}] ({level.name}): ceiling_m must be above floor_m")
        if len(level.outline_m) < 3 or Polygon(level.outline_m).area < 1.0:
            raise GeometryError(
                f"{where}: levels[{index}] ({level.name}) encloses less than 1 m2; check the scale of the drawing"
            )
        if not Polygon(level.outline_m).is_valid:
            raise GeometryError(f"{where}: levels[{index}] ({level.name}): outline_m crosses itself; put its corners in order")
        box = Polygon(level.outline_m).bounds
        size_m = (box[2] - box[0], box[3] - box[1], level.height_m)
        if max(size_m) > MAX_EXTENT_M:
            raise GeometryError(
                f"{where}: levels[{index}] ({level.name}) is {' x '.join(f'{m:,.0f}' for m in size_m)} m, which is no building; "
                "check the scale of the drawing (0.001 metres per unit for millimetres)"
            )
    for index, wall in enumerate(plan.walls):
        place = f"{where}: walls[{index}] ({wall.name or wall.material})"
        if wall.z1_m <= wall.z0_m:
            raise GeometryError(f"{place}: z1_m must be above z0_m")
        for number, hole in enumerate(wall.openings):
            # A centimetre, because drawings are drawn by people; a wall of no length has none.
            inside = (-0.01 <= hole.u0_m < hole.u1_m <= wall.length_m + 0.01) and (
                wall.z0_m - 0.01 <= hole.z0_m < hole.z1_m <= wall.z1_m + 0.01
            )
            if not inside:
                raise GeometryError(f"{place}: openings[{number}] is not within the wall; u along it, z above the lowest floor")
    for index, slab in enumerate(plan.slabs):
        if len(slab.polygon_m) < 3:
            raise GeometryError(f"{where}: slabs[{index}] ({slab.name or slab.material}) needs three corners or more")
    for index, zone in enumerate(plan.zones):
        if not 0 <= zone.level < len(plan.levels):
            raise GeometryError(f"{where}: zones[{index}] ({zone.name}) is on level {zone.level}, which does not exist")
        if len(zone.polygon_m) < 3:
            raise GeometryError(f"{where}: zones[{index}] ({zone.name}) needs three corners or more")
        if not Polygon(zone.polygon_m).is_valid:
            raise GeometryError(f"{where}: zones[{index}] ({zone.name}): polygon_m crosses itself; put its corners in order")
        if zone.kind not in ZONE_KINDS:
            raise GeometryError(f"{where}: zones[{index}] ({zone.name}): no kind {zone.kind!r}; one of {', '.join(ZONE_KINDS)}")
    walls = tuple(wall for wall in plan.walls if wall.length_m > 0)
    return plan if len(walls) == len(plan.walls) else replace(plan, walls=walls)


def storey(plan: FloorPlan, level: int) -> FloorPlan:
    """Only one level of a plan, by its number from 0, lowest first, at the height where it stands.

    Walls and slabs that reach into it stay whole: a wall over two storeys is one wall in both.
    """
    where = plan.source.file or plan.name
    if not 0 <= level < len(plan.levels):
        raise FloorPlanError(f"{where}: no level {level}; it has 0 to {len(plan.levels) - 1}")
    kept = plan.levels[level]
    return replace(
        plan,
        levels=(kept,),
        walls=tuple(wall for wall in plan.walls if wall.z0_m < kept.ceiling_m and wall.z1_m > kept.floor_m),
        slabs=tuple(
            slab
            for slab in plan.slabs
            if min(z for _, _, z in slab.polygon_m) <= kept.ceiling_m and max(z for _, _, z in slab.polygon_m) >= kept.floor_m
        ),
        zones=tuple(replace(zone, level=0) for zone in plan.zones if zone.level == level),
    )


# pydantic reads the strictness from the class; slots allow no ordinary class attribute after the fact.
for _type in (Opening, Wall, Slab, Zone, Level, Source, FloorPlan):
    setattr(_type, "__pydantic_config__", _STRICT)  # noqa: B010
_ADAPTER: TypeAdapter[FloorPlan] = TypeAdapter(FloorPlan)


def first_error(error: ValidationError) -> str:
    """The first thing wrong, as `place: what`, for one-line messages."""
    entry = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in entry["loc"]) or "the top level"
    return f"{place}: {entry['msg'].lower()}" + (f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else "")


def from_json(data: dict[str, Any], *, where: str) -> FloorPlan:
    """A `FloorPlan` from parsed JSON of our own; `where` names it in errors."""
    version = data.get("format", FORMAT)
    if isinstance(version, int) and version > FORMAT:
        raise FloorPlanError(f"{where}: format {version} is newer than this program's {FORMAT}; update wifiplan")
    try:
        return check(_ADAPTER.validate_python(data))
    except ValidationError as error:
        raise FloorPlanError(f"{where}: {first_error(error)}") from None


def to_json(plan: FloorPlan) -> dict[str, Any]:
    """Plain lists, numbers and strings that `from_json` reads back to an equal `FloorPlan`."""
    return dict(json.loads(_ADAPTER.dump_json(plan)))


def save(plan: FloorPlan, path: str | Path) -> None:
    """Write our own JSON whole or not at all."""
    write_whole(Path(path), json.dumps(to_json(plan), ensure_ascii=False, indent=1))


def write_whole(path: Path, text: str | bytes) -> None:
    """Write to a neighbour and rename, so that a crash or a full disk leaves the old file."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(text.encode() if isinstance(text, str) else text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
