"""Buildings to try the radio model on that are like no reference room: turned off the grid, many rooms, galleries, booths.

Sizes are round numbers of our own. `rooms_floor` grows, for time against walls.
"""

from __future__ import annotations

import math

from floorplans.plan import FloorPlan, Level, Opening, Point, Slab, Wall
from wifiplan.model import AccessPoint, Radio


def turned(point: Point, degrees: float) -> Point:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return c * point[0] - s * point[1], s * point[0] + c * point[1]


def ring(corners: list[Point], material: str, z0_m: float, z1_m: float, **options: object) -> list[Wall]:
    return [
        Wall(start_m=a, end_m=b, z0_m=z0_m, z1_m=z1_m, material=material, **options)  # type: ignore[arg-type]
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    ]


def flat(corners: list[Point], z_m: float, material: str, thickness_m: float | None = None) -> Slab:
    return Slab(polygon_m=tuple((x, y, z_m) for x, y in corners), material=material, thickness_m=thickness_m)


def access_point(name: str, x_m: float, y_m: float, height_m: float) -> AccessPoint:
    return AccessPoint(name=name, x_m=x_m, y_m=y_m, height_m=height_m, antenna="isotropic", radios=(Radio(band="5", channel=36),))


def plan(name: str, corners: list[Point], height_m: float, walls: list[Wall], slabs: list[Slab]) -> FloorPlan:
    level = Level(name="1F", floor_m=0.0, ceiling_m=height_m, outline_m=tuple(corners))
    return FloorPlan(name=name, levels=(level,), walls=tuple(walls), slabs=tuple(slabs))


def rooms_floor(bays: int = 30, *, bay_m: float = 4.0, depth_m: float = 7.0, degrees: float = 0.0) -> FloorPlan:
    """A school floor: a 3 m corridor between two rows of `bays` rooms, concrete outside, brick and board inside."""
    length, width, height = bays * bay_m, 2 * depth_m + 3.0, 3.2
    box: list[Point] = [(0.0, 0.0), (length, 0.0), (length, width), (0.0, width)]
    windows = tuple(
        Opening(u0_m=bay_m * b + 0.5, u1_m=bay_m * (b + 1) - 0.5, z0_m=0.9, z1_m=2.6, material="glass") for b in range(bays)
    )
    doors = tuple(Opening(u0_m=bay_m * b + 0.4, u1_m=bay_m * b + 1.3, z0_m=0.0, z1_m=2.1, material="wood") for b in range(bays))
    lines: list[tuple[Point, Point, str, float, tuple[Opening, ...]]] = [
        (box[0], box[1], "concrete", 0.2, windows),
        (box[1], box[2], "concrete", 0.2, ()),
        (box[2], box[3], "concrete", 0.2, windows),
        (box[3], box[0], "concrete", 0.2, ()),
    ]
    lines += [((0.0, y), (length, y), "plasterboard", 0.026, doors) for y in (depth_m, depth_m + 3.0)]
    for b in range(1, bays):
        material, thickness = ("brick", 0.12) if b % 3 == 0 else ("plasterboard", 0.026)
        lines.append(((b * bay_m, 0.0), (b * bay_m, depth_m), material, thickness, ()))
        lines.append(((b * bay_m, depth_m + 3.0), (b * bay_m, width), material, thickness, ()))
    walls = [
        Wall(
            start_m=turned(a, degrees),
            end_m=turned(b, degrees),
            z0_m=0.0,
            z1_m=height,
            material=m,
            thickness_m=t,
            openings=o,
        )
        for a, b, m, t, o in lines
    ]
    corners = [turned(corner, degrees) for corner in box]
    slabs = [flat(corners, 0.0, "concrete", 0.2), flat(corners, height, "concrete", 0.2)]
    return plan(f"{2 * bays} rooms", corners, height, walls, slabs)


def rooms_access_points(count: int, bays: int = 30, *, bay_m: float = 4.0, depth_m: float = 7.0) -> tuple[AccessPoint, ...]:
    """Ceiling access points in every few rooms, alternately on each side of the corridor."""
    step = bays / count
    return tuple(
        access_point(f"AP{i}", ((i + 0.5) * step) * bay_m + 0.37, depth_m / 2 if i % 2 else 1.5 * depth_m + 3.0, 2.9)
        for i in range(count)
    )


def oblique_hall(degrees: float = 17.0) -> tuple[FloorPlan, tuple[AccessPoint, ...]]:
    """A hall turned off the grid, with a wall across at 35 degrees, a gallery, low partitions and a pitched roof."""
    box: list[Point] = [(0.0, 0.0), (28.0, 0.0), (28.0, 18.0), (0.0, 18.0)]
    at = [turned(corner, degrees) for corner in box]
    walls = ring(at, "brick", 0.0, 7.0, thickness_m=0.24)
    glass = Opening(u0_m=4.0, u1_m=24.0, z0_m=3.5, z1_m=6.0, material="glass", thickness_m=0.006)
    walls[0] = Wall(**{**_fields(walls[0]), "openings": (glass,)})
    walls.append(
        Wall(
            start_m=turned((20.0, 0.0), degrees),
            end_m=turned((26.0, 8.57), degrees),
            z0_m=0.0,
            z1_m=7.0,
            material="plasterboard",
            thickness_m=0.05,
            openings=(Opening(u0_m=4.0, u1_m=6.0, z0_m=0.0, z1_m=2.2),),
        )
    )
    for x in (5.0, 8.0, 11.0):  # shelter partitions
        walls.append(
            Wall(
                start_m=turned((x, 4.0), degrees),
                end_m=turned((x, 13.0), degrees),
                z0_m=0.0,
                z1_m=1.8,
                material="chipboard",
                thickness_m=0.01,
            )
        )
    ridge = 9.0

    def lift(points: list[tuple[float, float, float]]) -> tuple[tuple[float, float, float], ...]:
        return tuple((*turned((x, y), degrees), z) for x, y, z in points)

    slabs = [
        flat(at, 0.0, "wood", 0.05),
        Slab(polygon_m=lift([(0, 0, 7), (28, 0, 7), (28, 9, ridge), (0, 9, ridge)]), material="metal", thickness_m=0.005),
        Slab(polygon_m=lift([(0, 18, 7), (28, 18, 7), (28, 9, ridge), (0, 9, ridge)]), material="metal", thickness_m=0.005),
        Slab(
            polygon_m=lift([(0, 15.5, 3.2), (28, 15.5, 3.2), (28, 18, 3.2), (0, 18, 3.2)]), material="concrete", thickness_m=0.15
        ),
    ]
    places = [("AP1", 9.0, 9.0, 6.5), ("AP2", 26.5, 2.0, 3.0), ("AP3", 14.0, 16.8, 2.6)]
    return plan("oblique hall", at, 7.0, walls, slabs), tuple(
        access_point(name, *turned((x, y), degrees), z) for name, x, y, z in places
    )


def turned_rooms(bays: int, aps: int, degrees: float) -> tuple[FloorPlan, tuple[AccessPoint, ...]]:
    """A school floor turned off the grid of cells, with its access points."""
    moved = []
    for ap in rooms_access_points(aps, bays):
        x, y = turned((ap.x_m, ap.y_m), degrees)
        moved.append(access_point(ap.name, x, y, ap.height_m))
    return rooms_floor(bays, degrees=degrees), tuple(moved)


def gallery_gym() -> tuple[FloorPlan, tuple[AccessPoint, ...]]:
    """A gym with galleries along both sides, their rails, a store behind brick and a wooden floor."""
    box: list[Point] = [(0.0, 0.0), (34.0, 0.0), (34.0, 26.0), (0.0, 26.0)]
    walls = ring(box, "concrete", 0.0, 9.0, thickness_m=0.18)
    doors = (
        Opening(u0_m=8.0, u1_m=10.0, z0_m=0.0, z1_m=2.2, material="metal", thickness_m=0.002),
        Opening(u0_m=3.0, u1_m=31.0, z0_m=5.5, z1_m=8.0, material="glass", thickness_m=0.008),
    )
    for side in (0, 2):
        walls[side] = Wall(**{**_fields(walls[side]), "openings": doors})
    slabs = [flat(box, 0.0, "wood", 0.04), flat(box, 9.0, "metal", 0.003)]
    for y0, y1, rail in ((0.0, 2.0, 2.0), (24.0, 26.0, 24.0)):
        slabs.append(flat([(0.0, y0), (34.0, y0), (34.0, y1), (0.0, y1)], 3.6, "concrete", 0.15))
        walls.append(Wall(start_m=(0.0, rail), end_m=(34.0, rail), z0_m=3.6, z1_m=4.7, material="metal", thickness_m=0.002))
    hatch = (Opening(u0_m=10.0, u1_m=13.0, z0_m=0.0, z1_m=2.5, material="wood", thickness_m=0.03),)
    walls.append(
        Wall(start_m=(29.0, 2.0), end_m=(29.0, 24.0), z0_m=0.0, z1_m=3.6, material="brick", thickness_m=0.12, openings=hatch)
    )
    slabs.append(flat([(29.0, 2.0), (34.0, 2.0), (34.0, 24.0), (29.0, 24.0)], 3.6, "concrete", 0.15))
    places = [("AP1", 8.2, 12.1, 8.5), ("AP2", 24.3, 13.2, 8.5), ("AP3", 16.1, 0.6, 3.2), ("AP4", 31.4, 20.3, 2.9)]
    return plan("gym with galleries", box, 9.0, walls, slabs), tuple(access_point(*place) for place in places)


def partitioned_hall() -> tuple[FloorPlan, tuple[AccessPoint, ...]]:
    """A hall full of board booths of 1.4 m, as in a shelter, with an office behind a wall with a window."""
    box: list[Point] = [(0.0, 0.0), (24.0, 0.0), (24.0, 16.0), (0.0, 16.0)]
    walls = ring(box, "concrete", 0.0, 5.0, thickness_m=0.15)
    window = (Opening(u0_m=2.0, u1_m=6.0, z0_m=1.0, z1_m=2.0, material="glass"), Opening(u0_m=8.0, u1_m=9.0, z0_m=0.0, z1_m=2.1))
    walls.append(
        Wall(start_m=(19.0, 0.0), end_m=(19.0, 16.0), z0_m=0.0, z1_m=5.0, material="plywood", thickness_m=0.012, openings=window)
    )
    for x in (2.0, 8.2, 14.4):
        for y in (2.0, 5.1, 8.2, 11.3):
            booth: list[Point] = [(x, y), (x + 2.2, y), (x + 2.2, y + 2.1), (x, y + 2.1)]
            walls += ring(booth, "chipboard", 0.0, 1.4, thickness_m=0.015)[1:]
    slabs = [flat(box, 0.0, "wood", 0.05), flat(box, 5.0, "ceiling_board", 0.012), flat(box, 5.6, "concrete", 0.2)]
    places = [("AP1", 6.1, 8.0, 4.8), ("AP2", 14.3, 7.6, 4.8), ("AP3", 22.7, 15.1, 2.5)]
    return plan("hall of booths", box, 5.0, walls, slabs), tuple(access_point(*place) for place in places)


def brick_office() -> tuple[FloorPlan, tuple[AccessPoint, ...]]:
    """Brick rooms of an old town hall with a slanted front, and a stair of concrete."""
    box: list[Point] = [(0.0, 0.0), (22.0, 3.5), (22.0, 17.0), (0.0, 17.0)]
    walls = ring(box, "brick", 0.0, 3.4, thickness_m=0.3)
    door = (Opening(u0_m=1.0, u1_m=1.9, z0_m=0.0, z1_m=2.1, material="wood", thickness_m=0.04),)
    lines: list[tuple[Point, Point, str, float]] = [
        ((0.0, 8.0), (22.0, 8.0), "brick", 0.12),
        ((0.0, 10.5), (16.0, 10.5), "brick", 0.12),
        ((6.0, 0.955), (6.0, 8.0), "brick", 0.12),
        ((13.0, 2.068), (13.0, 8.0), "brick", 0.12),
        ((5.0, 10.5), (5.0, 17.0), "plasterboard", 0.026),
        ((11.0, 10.5), (11.0, 17.0), "brick", 0.12),
        ((16.0, 10.5), (16.0, 17.0), "concrete", 0.2),
        ((16.0, 10.5), (22.0, 10.5), "concrete", 0.2),
    ]
    walls += [
        Wall(start_m=a, end_m=b, z0_m=0.0, z1_m=3.4, material=material, thickness_m=thickness, openings=door)
        for a, b, material, thickness in lines
    ]
    slabs = [flat(box, 0.0, "concrete", 0.2), flat(box, 3.4, "concrete", 0.2)]
    places = [("AP1", 3.1, 5.2, 3.2), ("AP2", 17.7, 6.1, 3.2), ("AP3", 8.2, 13.1, 3.2)]
    return plan("brick rooms", box, 3.4, walls, slabs), tuple(access_point(*place) for place in places)


def two_storeys() -> tuple[FloorPlan, tuple[AccessPoint, ...]]:
    """Two storeys of rooms with a hall through both; access points on each, receivers on the lower."""
    box: list[Point] = [(0.0, 0.0), (26.0, 0.0), (26.0, 14.0), (0.0, 14.0)]
    walls = ring(box, "concrete", 0.0, 6.8, thickness_m=0.2)
    door = (Opening(u0_m=2.0, u1_m=2.9, z0_m=0.0, z1_m=2.1, material="wood", thickness_m=0.04),)
    walls.append(
        Wall(start_m=(14.0, 0.0), end_m=(14.0, 14.0), z0_m=0.0, z1_m=6.8, material="brick", thickness_m=0.12, openings=door)
    )
    for x in (18.0, 22.0):
        walls.append(Wall(start_m=(x, 0.0), end_m=(x, 14.0), z0_m=0.0, z1_m=6.8, material="plasterboard", thickness_m=0.05))
    upper: list[Point] = [(14.0, 0.0), (26.0, 0.0), (26.0, 14.0), (14.0, 14.0)]
    slabs = [flat(box, 0.0, "concrete", 0.2), flat(upper, 3.4, "concrete", 0.15), flat(box, 6.8, "concrete", 0.2)]
    places = [("AP1", 6.3, 7.2, 6.5), ("AP2", 16.1, 7.3, 3.2), ("AP3", 24.2, 6.1, 6.6)]
    return plan("two storeys", box, 6.8, walls, slabs), tuple(access_point(*place) for place in places)


def _fields(wall: Wall) -> dict[str, object]:
    return {name: getattr(wall, name) for name in wall.__dataclass_fields__}
