"""Buildings from drawings, or from three numbers where there is no drawing.

`read` takes any supported file, `sample` one of our own, `gym` three numbers; each gives a `FloorPlan` in metres.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import inspect
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shapely.errors import ShapelyError

from floorplans import _json
from floorplans._file import must_be_file
from floorplans._gym import gym
from floorplans._scene import is_scene, scene_aps, scene_grid
from floorplans.errors import FloorPlanError, GeometryError, MissingScaleError, UnsupportedFileError
from floorplans.plan import FloorPlan, Level, Opening, Slab, Source, Wall, Zone, save, storey

__all__ = [
    "READERS",
    "SAMPLES",
    "FloorPlan",
    "FloorPlanError",
    "GeometryError",
    "Level",
    "MissingScaleError",
    "Opening",
    "Slab",
    "Source",
    "UnsupportedFileError",
    "Wall",
    "Zone",
    "gym",
    "is_scene",
    "load",
    "read",
    "sample",
    "save",
    "scene_aps",
    "scene_grid",
]

READERS: dict[str, str] = {
    ".bmp": "floorplans._picture",
    ".dxf": "floorplans._dxf",
    ".esx": "floorplans._esx",
    ".geojson": "floorplans._geojson",
    ".gml": "floorplans._indoorgml",
    ".gpkg": "floorplans._gpkg",
    ".ifc": "floorplans._ifc",
    ".jpeg": "floorplans._picture",
    ".jpg": "floorplans._picture",
    ".json": "floorplans._json",
    ".jww": "floorplans._jww",
    ".pdf": "floorplans._pdf",
    ".png": "floorplans._picture",
    ".svg": "floorplans._svg",
    ".svgz": "floorplans._svg",
    ".tif": "floorplans._picture",
    ".tiff": "floorplans._picture",
    ".zip": "floorplans._imdf",
}
"""Suffix -> the module whose `read` takes such a file. Imported when needed: a JSON plan never loads GDAL or ezdxf."""

SAMPLES: tuple[str, ...] = ("gym", "community-centre", "school-corridor")
"""Buildings of our own, in `samples/`."""

_SAMPLES = Path(__file__).parent / "samples"


_SAVE_AS = {
    **dict.fromkeys((".dwg", ".dwt", ".dgn", ".jwc", ".sfc", ".p21"), "save it as DXF in the CAD program, or "),
    **dict.fromkeys((".rvt", ".pln", ".skp"), "export it as IFC, or "),
    **dict.fromkeys((".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx"), "save the page with the drawing as PDF, or "),
    **dict.fromkeys((".heic", ".webp", ".gif"), "save it as PNG, or "),
    **dict.fromkeys((".kml", ".kmz", ".shp", ".osm"), "save it as GeoJSON (QGIS does), or "),
}
"""What people have in place of a format that is read, and the way out."""


def read(
    path: str | Path,
    *,
    level: int | None = None,
    metres_per_unit: float | None = None,
    feature: str | None = None,
    height_m: float | None = None,
    part: int | None = None,
    page: int | None = None,
    layer_words: Path | None = None,
    crs: str | None = None,
    stage: bool | None = None,
    store_room: bool | None = None,
    entrances: int | None = None,
) -> FloorPlan:
    """The building in a drawing, whatever its format: the suffix says which reader of `READERS` takes it.

    Parameters
    ----------
    path : str or Path
        The file, or the folder of an IMDF archive.
    level : int, optional
        Only this storey, 0 being the lowest. Without it, all.
    metres_per_unit : float, optional
        For drawings that do not say what a unit is, or say it wrongly: 0.001 for millimetres.
    feature : str, optional
        Which of many buildings in a GeoJSON file: `KEY=VALUE` of its properties, several with commas, or its number from 0.
    height_m : float, optional
        Floor to ceiling, for drawings that do not say it.
    part : int, optional
        Which of several storeys drawn side by side on one sheet, from 0.
    page : int, optional
        Which page of a PDF, from 1. Without it, the first.
    layer_words : Path, optional
        A file of words for layers of one's own, in the form of `layers.toml`.
    crs : str, optional
        The system of the coordinates of a GeoJSON file that does not say it: "EPSG:3857".
    stage, store_room, entrances : bool, bool, int, optional
        What is to be put into the footprint of a gym, which shows none of them.

    Raises
    ------
    UnsupportedFileError
        When no reader takes the suffix.
    MissingScaleError
        When the file has no unit and `metres_per_unit` is not given.
    GeometryError
        When what is in the file is not a building.
    FloorPlanError
        For everything else that is wrong with the file or an option.
    """
    path = Path(path)
    folder = path.is_dir() and (path / "unit.geojson").exists()
    if not folder:
        must_be_file(path)
    if height_m is not None and not 1.0 <= height_m <= 200.0:
        raise FloorPlanError(f"{path}: height_m is {height_m:g}; give metres between 1 and 200")
    if metres_per_unit is not None and not 0.0 < metres_per_unit < math.inf:
        raise FloorPlanError(f"{path}: metres_per_unit is {metres_per_unit:g}; give more than 0, 0.001 for millimetres")
    if entrances is not None and not 0 <= entrances <= 20:
        raise FloorPlanError(f"{path}: entrances is {entrances}; give 0 to 20")
    module_name = "floorplans._imdf" if folder else READERS.get(path.suffix.lower())
    if module_name is None:
        suffix = f"{path.suffix} files" if path.suffix else "a file without suffix"
        other = _SAVE_AS.get(path.suffix.lower(), "")
        raise UnsupportedFileError(f"{path}: no reader for {suffix}; {other}give one of {', '.join(sorted(READERS))}")
    reader = importlib.import_module(module_name).read
    options: dict[str, Any] = {
        "metres_per_unit": metres_per_unit,
        "feature": feature,
        "height_m": height_m,
        "crs": crs,
        "stage": stage,
        "store_room": store_room,
        "entrances": entrances,
        "part": part,
        "page": page,
        "layer_words": layer_words,
    }
    given = {key: value for key, value in options.items() if value is not None}
    takes = inspect.signature(reader).parameters
    for key in given:
        if key not in takes:
            what = "folder" if folder else f"{path.suffix} file"
            raise FloorPlanError(f"{path}: a {what} takes no --{key.replace('_', '-')} ({key}); leave it out")
    try:
        with _without_collector():
            plan: FloorPlan = reader(path, **given)
    except (ArithmeticError, RecursionError, MemoryError, ShapelyError) as error:
        # Numbers of hundreds of digits and shapes that no library can work with: in damaged files only.
        raise GeometryError(
            f"{path}: holds shapes that cannot be computed with ({type(error).__name__}); export it again"
        ) from None
    return plan if level is None else storey(plan, level)


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """No search for reference cycles meanwhile: over the many lines of a large drawing it takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def load(path: str | Path) -> FloorPlan:
    """A `FloorPlan` that `save` wrote."""
    return _json.read(Path(path))


def sample(name: str) -> FloorPlan:
    """One of `SAMPLES`: a building of our own to try things on."""
    if name not in SAMPLES:
        raise FloorPlanError(f"no sample is called {name!r}; there are {', '.join(SAMPLES)}")
    return load(_SAMPLES / f"{name}.json")
