"""What an IFC file (2x3 or 4) holds of walls, openings, slabs, spaces and storeys: the one door to ifcopenshell.

`python floorplans/_ifc_file.py FILE` prints it as one JSON value. `floorplans._ifc` calls it so, in a process of its own with
bounds on time and memory: the library is C++, and a damaged file may end it.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

_WALLS = ("IfcWall", "IfcCurtainWall")
_PARTS = ("IfcPlate", "IfcMember", "IfcBuildingElementPart")
_HOSTS = ("IfcSlab", "IfcRoof")

_MEMORY_BYTES = 3_000_000_000
"""Address space, of which libraries take a good part without using it."""


class UnreadableError(Exception):
    """The file is no building that can be read; the message says why."""


def contents(path: Path) -> dict[str, Any]:
    """Storeys, walls, slabs, spaces and openings: plain lists and numbers, metres, shapes as WKT."""
    from ifcopenshell.util import element as of
    from ifcopenshell.util import placement, unit

    file = _opened(path)
    scale = unit.calculate_unit_scale(file)
    storeys = [
        {
            "id": one.id(),
            "name": str(one.Name or one.LongName or ""),
            "z_m": float(placement.get_local_placement(one.ObjectPlacement)[2, 3]) * scale
            if one.ObjectPlacement
            else float(one.Elevation or 0.0) * scale,
        }
        for one in file.by_type("IfcBuildingStorey")
    ]
    by_kind = {
        "walls": [one for name in _WALLS for one in file.by_type(name)],
        "slabs": [one for name in _HOSTS for one in file.by_type(name)],
        "spaces": file.by_type("IfcSpace"),
        "fillings": [*file.by_type("IfcDoor"), *file.by_type("IfcWindow")],
    }
    parts: dict[int, list[int]] = {}
    wanted: dict[int, Any] = {}
    for kind in ("walls", "slabs", "spaces"):
        for one in by_kind[kind]:
            own = [one] if one.Representation else [part for part in _decomposed(one) if part.Representation]
            parts[one.id()] = [part.id() for part in own]
            wanted.update({part.id(): part for part in own})
    openings: list[dict[str, Any]] = []
    filled: set[int] = set()
    for host in (*by_kind["walls"], *by_kind["slabs"]):
        for rel in getattr(host, "HasOpenings", ()) or ():
            hole = rel.RelatedOpeningElement
            filling = next((f.RelatedBuildingElement for f in getattr(hole, "HasFillings", ()) or ()), None)
            if filling is None and host.is_a() in _HOSTS:
                continue
            wanted[hole.id()] = hole
            parts[hole.id()] = [hole.id()]
            openings.append({"id": hole.id(), "host": host.id(), "in": host.is_a(), **_filling(filling, of)})
            if filling is not None:
                filled.add(filling.id())
    for one in by_kind["fillings"]:
        if one.id() not in filled and one.Representation:
            wanted[one.id()] = one
            parts[one.id()] = [one.id()]
            openings.append({"id": one.id(), "host": None, "in": "", **_filling(one, of)})
    meshes = _meshes(file, list(wanted.values()))
    shapes = {identity: _shape([meshes[part] for part in ids if part in meshes]) for identity, ids in parts.items()}

    def described(one: Any) -> dict[str, Any]:
        container = of.get_container(one)
        return {
            "id": one.id(),
            "class": one.is_a(),
            "name": str(one.Name or ""),
            "long_name": str(getattr(one, "LongName", None) or ""),
            "type": str(getattr(one, "PredefinedType", None) or ""),
            "storey": container.id() if container is not None else _above(one),
            "layers": _layers(of.get_material(one), scale),
            **(shapes.get(one.id()) or {}),
        }

    slabs = [described(one) for one in by_kind["slabs"]]
    for slab in slabs:
        slab["top"] = _top([meshes[part] for part in parts[slab["id"]] if part in meshes])
    return {
        "schema": file.schema,
        "has_unit": any(
            getattr(one, "UnitType", "") == "LENGTHUNIT" for group in file.by_type("IfcUnitAssignment") for one in group.Units
        ),
        "name": next(
            (str(one.LongName or one.Name or "") for one in file.by_type("IfcBuilding") if one.LongName or one.Name), ""
        ),
        "storeys": storeys,
        "walls": [described(one) for one in by_kind["walls"]],
        "slabs": slabs,
        "spaces": [{**described(one), "areas": _areas(of.get_psets(one))} for one in by_kind["spaces"]],
        "openings": [{**one, **(shapes.get(one["id"]) or {})} for one in openings],
        "no_shape": sum(1 for one in by_kind["walls"] if not shapes.get(one.id())),
    }


def _opened(path: Path) -> Any:
    import ifcopenshell

    data = path.read_bytes()
    if b"ISO-10303-21" not in data[:4096]:
        raise UnreadableError("not an IFC file (no ISO-10303-21 at its beginning); export it again as IFC (STEP)")
    schema = re.search(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']{1,40})'", data[:100_000])
    if schema and not schema[1].upper().startswith((b"IFC2X3", b"IFC4")):
        raise UnreadableError(f"schema {schema[1].decode('ascii', 'replace')} is not read; export it as IFC 2x3 or IFC 4")
    if not re.search(rb"END-ISO-10303-21|ENDSEC\s*;\s*$", data[-4096:]):
        raise UnreadableError("the file breaks off before its end (END-ISO-10303-21); copy or download it again")
    as_read = data
    if schema and schema[1].upper() in {b"IFC4X3", b"IFC4X3_ADD1"}:
        as_read = data.replace(schema[1], b"IFC4X3_ADD2", 1)  # what the standard of that name became, alike in all that is read
    try:
        if as_read is data and data.isascii():
            return ifcopenshell.open(str(path))
        return ifcopenshell.file.from_string(_plain(as_read))
    except (ifcopenshell.Error, RuntimeError, OSError, ValueError, TypeError) as error:
        raise UnreadableError(
            f"not a readable IFC file ({str(error).splitlines()[0][:100] if str(error) else 'damaged'})"
        ) from None


def _plain(data: bytes) -> str:
    """The file in ASCII, other signs as hexadecimal: some write UTF-8 or Shift_JIS raw, which would be lost."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp932", "replace")
    coded = re.sub(r"[^\x00-\x7f]+", lambda found: "\\X2\\" + found[0].encode("utf-16-be").hex().upper() + "\\X0\\", text)
    return coded.replace("\0", "")


def _decomposed(one: Any) -> list[Any]:
    """The parts of a curtain wall, a roof or a wall of several elements, however deep."""
    found: list[Any] = []
    todo = [one]
    while todo and len(found) < 20_000:
        for rel in getattr(todo.pop(), "IsDecomposedBy", ()) or ():
            for part in rel.RelatedObjects:
                todo.append(part)
                if part.is_a() in _PARTS or part.is_a("IfcSlab"):
                    found.append(part)
    return found


def _above(one: Any) -> int | None:
    """The storey that a space is a part of."""
    for _ in range(10):
        rels = getattr(one, "Decomposes", ()) or ()
        if not rels:
            return None
        one = rels[0].RelatingObject
        if one.is_a("IfcBuildingStorey"):
            return int(one.id())
    return None


def _filling(one: Any, of: Any) -> dict[str, Any]:
    if one is None:
        return {"kind": "", "name": "", "layers": []}
    kind = "door" if one.is_a("IfcDoor") else "window" if one.is_a("IfcWindow") else ""
    return {"kind": kind, "name": str(one.Name or ""), "layers": _layers(of.get_material(one), 1.0)}


def _layers(material: Any, scale: float) -> list[list[Any]]:
    """(name, metres or None) from one side to the other."""
    if material is None:
        return []
    if material.is_a("IfcMaterialLayerSetUsage"):
        material = material.ForLayerSet
    if material.is_a("IfcMaterialLayerSet"):
        return [
            [str((one.Material and one.Material.Name) or ""), float(one.LayerThickness) * scale]
            for one in material.MaterialLayers or ()
        ]
    if material.is_a("IfcMaterialProfileSetUsage"):
        material = material.ForProfileSet
    if material.is_a("IfcMaterialConstituentSet"):
        return [[str((one.Material and one.Material.Name) or ""), None] for one in material.MaterialConstituents or ()]
    if material.is_a("IfcMaterialList"):
        return [[str(one.Name or ""), None] for one in material.Materials or ()]
    name = getattr(material, "Name", None)
    return [[str(name), None]] if name else []


def _areas(psets: dict[str, Any]) -> dict[str, float]:
    return {
        key: float(value)
        for pset in psets.values()
        for key, value in pset.items()
        if key == "GrossFloorArea" and isinstance(value, int | float)
    }


Mesh = tuple[NDArray[np.float64], NDArray[np.intp]]


def _meshes(file: Any, wanted: list[Any]) -> dict[int, Mesh]:
    """Corners (n, 3) and triangles (m, 3) of elements, whole, as if nothing were cut out."""
    from ifcopenshell import geom

    settings: Any = geom.settings()  # type: ignore[no-untyped-call]  # it ships no types
    settings.set("use-world-coords", True)
    settings.set("disable-opening-subtractions", True)
    found: dict[int, Mesh] = {}
    # The simple kernel takes a seventh of the time for extrusions (the same shapes on two real models) and fails on clipped ones.
    for kernel in ("cgal-simple", "opencascade"):
        left = [one for one in wanted if one.id() not in found]
        if not left:
            break
        # One thread: two take twice the computing for the same clock, and computing is bounded.
        iterator: Any = geom.iterator(settings, file, 1, include=left, geometry_library=kernel)
        if not iterator.initialize():
            continue
        while True:
            shape = iterator.get()
            corners = np.array(shape.geometry.verts, dtype=np.float64).reshape(-1, 3)
            triangles = np.array(shape.geometry.faces, dtype=np.intp).reshape(-1, 3)
            if len(triangles) and np.isfinite(corners).all() and np.abs(corners).max() < 1e8:
                found[shape.id] = corners, triangles
            if not iterator.next():
                break
    return found


def _shape(meshes: list[Mesh]) -> dict[str, Any] | None:
    """What it covers seen from above, and from which height to which."""
    flat = []
    zs = []
    for corners, triangles in meshes:
        zs += [float(corners[:, 2].min()), float(corners[:, 2].max())]
        faces = np.asarray(shapely.polygons(corners[triangles][:, :, :2]))
        flat.append(shapely.union_all(faces[shapely.area(faces) > 1e-7], grid_size=1e-4))
    if not zs:
        return None
    plan = shapely.union_all(flat, grid_size=1e-4)
    if plan.is_empty:
        return None
    return {"plan": shapely.to_wkt(plan, rounding_precision=4), "z0_m": min(zs), "z1_m": max(zs)}


def _top(meshes: list[Mesh]) -> list[list[list[float]]]:
    """The upper faces of a slab as rings of (x, y, z): one for a flat one, one for each pitch of a roof."""
    planes: dict[tuple[float, ...], list[NDArray[np.float64]]] = defaultdict(list)
    for corners, triangles in meshes:
        faces = corners[triangles]
        normals = np.cross(faces[:, 1] - faces[:, 0], faces[:, 2] - faces[:, 0])
        sizes = np.linalg.norm(normals, axis=1)
        for face, normal, size in zip(faces, normals, sizes, strict=True):
            if size > 1e-7 and normal[2] / size > 0.2:
                unit = normal / size
                planes[(*np.round(unit, 2), round(float(unit @ face[0]), 1))].append(face)
    rings: list[list[list[float]]] = []
    for faces_of in planes.values():
        corners = np.concatenate(faces_of)
        covered = shapely.union_all(shapely.polygons(np.array(faces_of)[:, :, :2]), grid_size=1e-4)
        fit, *_ = np.linalg.lstsq(np.column_stack([corners[:, :2], np.ones(len(corners))]), corners[:, 2], rcond=None)
        for part in shapely.get_parts(covered):
            if part.area >= 1.0:
                ring = part.simplify(0.01).exterior.coords[:-1]
                rings.append([[x, y, float(fit @ (x, y, 1.0))] for x, y in ring])
    return rings


def main() -> None:
    """Print the contents of the file named, or one line of what is wrong with it (exit 2)."""
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 3600
    for what, limit in ((resource.RLIMIT_AS, _MEMORY_BYTES), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (limit, limit))
    try:
        answer = contents(Path(sys.argv[1]))
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
