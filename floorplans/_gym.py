"""A gym for those who have no drawing: length, width and height, and what Japanese school gyms have in common."""

from __future__ import annotations

import math

from floorplans.errors import GeometryError
from floorplans.plan import FloorPlan, Level, Opening, Point, Point3, Slab, Source, Wall, Zone, check, floor_and_roof

_LIMITS_M = {"length_m": (8.0, 200.0), "width_m": (6.0, 200.0), "height_m": (3.0, 60.0)}
_GALLERY_M, _GALLERY_WIDE_M = 3.2, 1.2
_OVER_STAGE_M = 2.8  # Least from the stage's top to the roof: people, and the beam over the opening.


def gym(
    length_m: float = 38.9,
    width_m: float = 23.2,
    height_m: float = 9.7,
    *,
    stage: bool = True,
    store_room: bool = True,
    gallery: bool = False,
    stage_height_m: float = 0.9,
    wall_material: str = "concrete",
    roof_material: str = "metal",
    floor_material: str = "wood",
    window_material: str = "glass",
    door_material: str = "metal",
    name: str = "gym",
) -> FloorPlan:
    """A rectangular gym, its long side along x, the stage at the far (east) end, the store room in the south-west corner.

    Every thickness is left to the material. The defaults of length, width and height are the medians of the elementary
    school gyms of Kashiwa (PLATEAU footprints). Stage, windows, doors and store room are our assumptions of a usual one.

    Parameters
    ----------
    length_m, width_m, height_m : float
        Outside, 8 to 200, 6 to 200 and 3 to 60 m. The height is that of a flat roof: for a pitched one give the mean.
    stage : bool
        A stage over the whole width, 6 m deep or a fifth of a shorter gym, behind a wall with a wide opening.
    store_room : bool
        A room 5 by 8 m (less in a small gym) with a 3 m high ceiling of its own and a sliding door to the hall.
    gallery : bool
        A walk 1.2 m wide along both long walls of the hall, 3.2 m above the floor (assumed).
    stage_height_m : float
        Stage top above the floor.
    wall_material, roof_material, floor_material, window_material, door_material : str
        Names of materials.

    Returns
    -------
    FloorPlan
        One level, "1F", with the zones hall, stage and store.

    Raises
    ------
    GeometryError
        When a figure is not a size that a gym can have.
    """
    for key, value in (("length_m", length_m), ("width_m", width_m), ("height_m", height_m)):
        low, high = _LIMITS_M[key]
        if not (math.isfinite(value) and low <= value <= high):
            raise GeometryError(f"gym: {key} is {value:g}; give metres between {low:g} and {high:g}")
    if stage and not (math.isfinite(stage_height_m) and 0.2 <= stage_height_m <= height_m - _OVER_STAGE_M):
        raise GeometryError(
            f"gym: stage_height_m {stage_height_m:g} does not fit: 0.2 m or more, and {_OVER_STAGE_M:g} m under the roof at "
            f"{height_m:g} m; change it, or leave the stage out (`--no-stage`, stage=False)"
        )
    if width_m > length_m:
        raise GeometryError(f"gym: width_m {width_m:g} is more than length_m {length_m:g}; length is the longer side")

    outer: tuple[Point, ...] = ((0.0, 0.0), (length_m, 0.0), (length_m, width_m), (0.0, width_m))
    stage_x_m = length_m - min(6.0, length_m / 5) if stage else length_m
    windows = _windows(stage_x_m, height_m, window_material)
    door_z1_m = 2.2
    side_door_m = 0.6 * stage_x_m
    side_door = Opening(u0_m=side_door_m, u1_m=side_door_m + 1.8, z0_m=0.0, z1_m=door_z1_m, material=door_material)
    entrance_m = 0.25 * width_m  # From the north end: the store room is at the south one.
    entrance = Opening(u0_m=entrance_m, u1_m=entrance_m + min(2.4, width_m / 4), z0_m=0.0, z1_m=door_z1_m, material=door_material)

    def upright(label: str, start: Point, end: Point, z1_m: float, material: str, *openings: Opening) -> Wall:
        return Wall(start_m=start, end_m=end, z0_m=0.0, z1_m=z1_m, material=material, openings=openings, name=label)

    south, north = (*windows, side_door), tuple(_mirrored(opening, length_m) for opening in (*windows, side_door))
    walls = [
        upright("south", outer[0], outer[1], height_m, wall_material, *south),
        upright("east", outer[1], outer[2], height_m, wall_material),
        upright("north", outer[2], outer[3], height_m, wall_material, *north),
        upright("west", outer[3], outer[0], height_m, wall_material, entrance),
    ]
    slabs = [*floor_and_roof(outer, z0_m=0.0, z1_m=height_m, floor=floor_material, roof=roof_material)]
    zones: list[Zone] = []
    if stage:
        front, back = (stage_x_m, 0.0), (stage_x_m, width_m)
        u0_m, u1_m = 0.2 * width_m, 0.8 * width_m
        top_m = min(6.0, height_m - 1.0)
        walls.append(
            upright(
                "proscenium",
                front,
                back,
                height_m,
                wall_material,
                Opening(u0_m=u0_m, u1_m=u1_m, z0_m=stage_height_m, z1_m=top_m),
                Opening(u0_m=u0_m, u1_m=u1_m, z0_m=0.0, z1_m=stage_height_m, material="wood"),
            )
        )
        ground = (front, outer[1], outer[2], back)
        slabs.append(Slab(polygon_m=_flat(ground, stage_height_m), material="wood", name="stage"))
        zones.append(Zone(name="stage", polygon_m=ground, kind="stage"))
    hall: tuple[Point, ...] = (outer[0], (stage_x_m, 0.0), (stage_x_m, width_m), outer[3])
    if store_room:
        x_m, y_m, z_m = min(5.0, stage_x_m / 4), min(8.0, width_m / 3), min(3.0, height_m - 0.5)
        door = Opening(u0_m=0.3 * y_m, u1_m=0.7 * y_m, z0_m=0.0, z1_m=min(2.4, z_m), material=door_material)
        walls.append(upright("store east", (x_m, 0.0), (x_m, y_m), z_m, wall_material, door))
        walls.append(upright("store north", (0.0, y_m), (x_m, y_m), z_m, wall_material))
        ground = ((0.0, 0.0), (x_m, 0.0), (x_m, y_m), (0.0, y_m))
        slabs.append(Slab(polygon_m=_flat(ground, z_m), material=wall_material, name="store ceiling"))
        zones.append(Zone(name="store", polygon_m=ground, kind="store"))
        hall = ((x_m, 0.0), (stage_x_m, 0.0), (stage_x_m, width_m), (0.0, width_m), (0.0, y_m), (x_m, y_m))
    if gallery:
        if height_m < _GALLERY_M + _OVER_STAGE_M or width_m < 4 * _GALLERY_WIDE_M:
            raise GeometryError(f"gym: no room for a gallery in a hall {height_m:g} m high; give more, or leave it out")
        for side, y0_m, y1_m in (("south", 0.0, _GALLERY_WIDE_M), ("north", width_m - _GALLERY_WIDE_M, width_m)):
            walk = ((0.0, y0_m), (stage_x_m, y0_m), (stage_x_m, y1_m), (0.0, y1_m))
            slabs.append(Slab(polygon_m=_flat(walk, _GALLERY_M), material="concrete", name=f"gallery {side}"))
    zones.insert(0, Zone(name="hall", polygon_m=hall, kind="hall"))
    return check(
        FloorPlan(
            name=name,
            levels=(Level(name="1F", floor_m=0.0, ceiling_m=height_m, outline_m=outer),),
            walls=tuple(walls),
            slabs=tuple(slabs),
            zones=tuple(zones),
            source=Source(reader="gym"),
        )
    )


def _windows(hall_m: float, height_m: float, material: str) -> list[Opening]:
    """4 m wide, 6 m apart, in the band under the roof, centred on the hall's side."""
    count = max(1, int((hall_m - 2.0) // 6.0))
    wide_m = min(4.0, hall_m - 2.0)
    first_m = (hall_m - (count - 1) * 6.0 - wide_m) / 2
    z0_m, z1_m = 0.65 * height_m, 0.85 * height_m
    return [
        Opening(u0_m=u, u1_m=u + wide_m, z0_m=z0_m, z1_m=z1_m, material=material)
        for u in (first_m + 6.0 * index for index in range(count))
    ]


def _mirrored(opening: Opening, length_m: float) -> Opening:
    """The same opening in the wall across, which runs the other way."""
    return Opening(
        u0_m=length_m - opening.u1_m,
        u1_m=length_m - opening.u0_m,
        z0_m=opening.z0_m,
        z1_m=opening.z1_m,
        material=opening.material,
    )


def _flat(ring: tuple[Point, ...], z_m: float) -> tuple[Point3, ...]:
    return tuple((x, y, z_m) for x, y in ring)
