"""The scene.json of the ray-traced reference rooms: walls as polylines, openings by segment, horizontal slabs, metres.

It also says where the transmitters and the receivers' grid were: `scene_aps` and `scene_grid` give those.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from shapely.geometry import Polygon

from floorplans._file import read_json
from floorplans.errors import FloorPlanError, GeometryError
from floorplans.plan import (
    FloorPlan,
    Level,
    Opening,
    Point,
    Slab,
    Source,
    Wall,
    Zone,
    check,
    first_error,
    outline_of_walls_m,
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class _Opening(_Part):
    seg: int = Field(ge=0)
    u0: float
    u1: float
    z0: float
    z1: float
    material: str | None = None
    thickness_m: float | None = None


class _Wall(_Part):
    id: str = ""
    polyline: Annotated[list[Point], Field(min_length=2, max_length=10_000)]
    material: str
    thickness_m: float | None = None
    z0: float
    z1: float
    openings: list[_Opening] = []


class _Slab(_Part):
    id: str = ""
    polygon: Annotated[list[Point], Field(min_length=3, max_length=10_000)]
    z: float
    material: str
    thickness_m: float | None = None


class _Ap(_Part):
    id: str
    xyz: tuple[float, float, float]


class _Grid(_Part):
    x0: float
    y0: float
    nx: int = Field(gt=0, le=100_000)
    ny: int = Field(gt=0, le=100_000)


class _Scene(_Part):
    name: str = "scene"
    units: str = "m"
    walls: Annotated[list[_Wall], Field(min_length=1, max_length=10_000)]
    slabs: list[_Slab] = []
    aps: list[_Ap] = []
    grid: _Grid | None = None
    cell_m: float = Field(default=0.5, gt=0)
    rx_height_m: float = 1.0


def is_scene(data: dict[str, Any]) -> bool:
    """Whether parsed JSON is a scene: nothing else has walls that are polylines."""
    walls = data.get("walls")
    return isinstance(walls, list) and bool(walls) and isinstance(walls[0], dict) and "polyline" in walls[0]


def floor_plan(data: dict[str, Any], path: Path) -> FloorPlan:
    """The scene's walls and slabs as one level, all of whose floor is one zone."""
    scene = _parsed(data, path)
    walls: list[Wall] = []
    for number, wall in enumerate(scene.walls):
        points = wall.polyline
        for opening in wall.openings:
            if opening.seg > len(points) - 2:
                raise FloorPlanError(
                    f"{path}: walls[{number}] ({wall.id}): an opening is in segment {opening.seg}, which it has not"
                )
        walls += [
            Wall(
                start_m=start,
                end_m=end,
                z0_m=wall.z0,
                z1_m=wall.z1,
                material=wall.material,
                thickness_m=wall.thickness_m,
                openings=tuple(_opening(opening) for opening in wall.openings if opening.seg == segment),
                name=wall.id if len(points) == 2 else f"{wall.id}[{segment}]",
            )
            for segment, (start, end) in enumerate(itertools.pairwise(points))
        ]
    slabs = tuple(
        Slab(
            polygon_m=tuple((x, y, slab.z) for x, y in slab.polygon),
            material=slab.material,
            thickness_m=slab.thickness_m,
            name=slab.id,
        )
        for slab in scene.slabs
    )
    try:
        outline = outline_of_walls_m(walls, where=str(path))
    except GeometryError:
        if not scene.slabs:
            raise
        # A room that is open at one side still stands on its floor.
        outline = tuple(max((slab.polygon for slab in scene.slabs), key=lambda ring: Polygon(ring).area))
    heights = [z for wall in walls for z in (wall.z0_m, wall.z1_m)]
    level = Level(name="1F", floor_m=min(heights), ceiling_m=max(heights), outline_m=outline)
    return check(
        FloorPlan(
            name=scene.name,
            levels=(level,),
            walls=tuple(walls),
            slabs=slabs,
            zones=(Zone(name="hall", polygon_m=outline, kind="hall"),),
            source=Source(file=path.name, reader="scene"),
        )
    )


def scene_aps(path: str | Path) -> list[tuple[str, float, float, float]]:
    """(name, x_m, y_m, z_m) of every transmitter of a scene.json, z above the datum."""
    return [(ap.id, *ap.xyz) for ap in _parsed(read_json(Path(path)), Path(path)).aps]


def scene_grid(path: str | Path) -> dict[str, float] | None:
    """The receivers of a scene.json: x0_m, y0_m (lower left corner), nx, ny (cells), cell_m and height_m; None if it has none."""
    scene = _parsed(read_json(Path(path)), Path(path))
    if scene.grid is None:
        return None
    grid = scene.grid
    return {
        "x0_m": grid.x0,
        "y0_m": grid.y0,
        "nx": grid.nx,
        "ny": grid.ny,
        "cell_m": scene.cell_m,
        "height_m": scene.rx_height_m,
    }


def _parsed(data: dict[str, Any], path: Path) -> _Scene:
    try:
        scene = _Scene.model_validate(data)
    except ValidationError as error:
        raise FloorPlanError(f"{path}: {first_error(error)}") from None
    if scene.units != "m":
        raise FloorPlanError(f"{path}: units are {scene.units!r}; a scene is in metres (m)")
    return scene


def _opening(opening: _Opening) -> Opening:
    return Opening(
        u0_m=opening.u0,
        u1_m=opening.u1,
        z0_m=opening.z0,
        z1_m=opening.z1,
        material=opening.material,
        thickness_m=opening.thickness_m,
    )
