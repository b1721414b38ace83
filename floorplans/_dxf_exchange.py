"""DXF for the drawing office: a layer for each material, walls with their height as thickness, access points as blocks.

What a line cannot carry (its wall's thickness and openings) stands in its extended data under WIFIPLAN, so that a file of ours is
read back as it was, with what the office has moved, added or deleted since: `floorplans._dxf` asks `is_ours`.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ezdxf
from ezdxf import recover
from ezdxf.lldxf.const import DXFError
from pydantic import TypeAdapter, ValidationError
from shapely.geometry import Polygon

from floorplans._file import read_bytes
from floorplans.errors import FloorPlanError, GeometryError
from floorplans.exchange import Channel, Mark
from floorplans.plan import FloorPlan, Level, Opening, Slab, Source, Wall, Zone, check, first_error, write_whole

if TYPE_CHECKING:
    from ezdxf.document import Drawing
    from ezdxf.entities.dxfentity import DXFEntity

_APP = "WIFIPLAN"
MARK = _APP.encode()
"""In every file of ours, and hardly in another."""

_BLOCK = "WIFI_AP"
_OPENINGS: TypeAdapter[tuple[Opening, ...]] = TypeAdapter(tuple[Opening, ...])
_CHANNELS: TypeAdapter[tuple[Channel, ...]] = TypeAdapter(tuple[Channel, ...])
_COLOURS = {"concrete": 8, "brick": 30, "wood": 34, "glass": 4, "double_glass": 4, "metal": 5, "partition": 3}


def write(plan: FloorPlan, marks: Sequence[Mark], path: Path) -> None:
    """Write the drawing in metres, whole or not at all."""
    document = ezdxf.new("R2010", setup=True, units=6)  # type: ignore[attr-defined]  # ezdxf exports it without saying so
    document.appids.add(_APP)
    document.header.custom_vars.append(_APP, _packed({"name": plan.name, "licence": plan.source.licence}))
    space = document.modelspace()
    for wall in plan.walls:
        line = space.add_line(
            (*wall.start_m, wall.z0_m),
            (*wall.end_m, wall.z0_m),
            dxfattribs={"layer": _layer(document, f"WALL-{wall.material}", wall.material), "thickness": wall.z1_m - wall.z0_m},
        )
        _tag(
            line,
            z1_m=wall.z1_m,
            thickness_m=wall.thickness_m,
            name=wall.name,
            confidence=wall.confidence,
            openings=json.loads(_OPENINGS.dump_json(wall.openings)),
        )
        for hole in wall.openings:
            ends = [_at(wall, u) for u in (hole.u0_m, hole.u1_m)]
            name = {"door": "DOOR", "window": "WINDOW"}.get(hole.kind, "OPENING")
            shown = space.add_line(
                (*ends[0], hole.z0_m),
                (*ends[1], hole.z0_m),
                dxfattribs={
                    "layer": _layer(document, f"{name}-{hole.material or 'open'}", "glass"),
                    "thickness": hole.z1_m - hole.z0_m,
                },
            )
            _tag(shown, shown="opening")
    for level in plan.levels:
        outline = space.add_lwpolyline(
            level.outline_m,
            close=True,
            dxfattribs={"layer": _layer(document, "LEVEL", ""), "elevation": level.floor_m, "thickness": level.height_m},
        )
        _tag(outline, level=level.name, floor_m=level.floor_m, ceiling_m=level.ceiling_m)
    for zone in plan.zones:
        floor_m = plan.levels[zone.level].floor_m
        ring = space.add_lwpolyline(
            zone.polygon_m, close=True, dxfattribs={"layer": _layer(document, f"ZONE-{zone.kind}", ""), "elevation": floor_m}
        )
        _tag(ring, zone=zone.name, kind=zone.kind, storey=zone.level)
        place = Polygon(zone.polygon_m).representative_point()
        text = space.add_text(zone.name, height=0.3, dxfattribs={"layer": _layer(document, "TEXT", "")})
        text.set_placement((place.x, place.y, floor_m))
    for slab in plan.slabs:
        face = space.add_polyline3d(
            slab.polygon_m, close=True, dxfattribs={"layer": _layer(document, f"SLAB-{slab.material}", "")}
        )
        _tag(face, slab=slab.name, thickness_m=slab.thickness_m, material=slab.material)
    _blocks(document, plan, marks)
    text_out = io.StringIO()
    document.write(text_out)
    write_whole(path, text_out.getvalue().encode("utf-8", "surrogateescape"))


def _blocks(document: Drawing, plan: FloorPlan, marks: Sequence[Mark]) -> None:
    block = document.blocks.new(_BLOCK)
    block.add_circle((0, 0), 0.25)
    block.add_line((0, -0.25), (0, 0.25))
    for row, name in enumerate(("NAME", "HEIGHT_M", "CHANNEL", "MODEL")):
        block.add_attdef(name, insert=(0.35, 0.1 - 0.3 * row), dxfattribs={"height": 0.22})
    for mark in marks:
        z_m = plan.levels[mark.level].floor_m + mark.height_m
        insert = document.modelspace().add_blockref(
            _BLOCK, (mark.x_m, mark.y_m, z_m), dxfattribs={"layer": _layer(document, "WIFI-AP", "metal")}
        )
        insert.add_auto_attribs(
            {"NAME": mark.name, "HEIGHT_M": f"{mark.height_m:g}", "CHANNEL": mark.channels, "MODEL": mark.model}
        )
        _tag(
            insert,
            mark=mark.name,
            height_m=mark.height_m,
            storey=mark.level,
            model=mark.model,
            key=mark.key,
            azimuth_deg=mark.azimuth_deg,
            tilt_deg=mark.tilt_deg,
            radios=json.loads(_CHANNELS.dump_json(mark.radios)),
        )


def _layer(document: Drawing, name: str, material: str) -> str:
    if name not in document.layers:
        document.layers.add(name, color=_COLOURS.get(material, 7))
    return name


def _packed(values: dict[str, Any]) -> str:
    r"""JSON without a backslash, which DXF reads as the beginning of a letter of its own (\U+3042)."""
    return json.dumps(values).replace("~", "~0").replace("\\", "~1")


def _unpacked(text: str) -> Any:
    """What `_packed` made; backslashes are of files that were written before."""
    return json.loads(text if "\\" in text else text.replace("~1", "\\").replace("~0", "~"))


def _tag(entity: DXFEntity, **values: Any) -> None:
    """Extended data: JSON in pieces that the format can hold."""
    text = _packed(values)
    entity.set_xdata(_APP, [(1000, text[at : at + 240]) for at in range(0, len(text), 240)])


def _tags(entity: DXFEntity) -> dict[str, Any]:
    if not entity.has_xdata(_APP):
        return {}
    value = _unpacked("".join(str(tag.value) for tag in entity.get_xdata(_APP)))
    return value if isinstance(value, dict) else {}


def _at(wall: Wall, u_m: float) -> tuple[float, float]:
    share = u_m / wall.length_m if wall.length_m else 0.0
    (ax, ay), (bx, by) = wall.start_m, wall.end_m
    return ax + (bx - ax) * share, ay + (by - ay) * share


def is_ours(document: Drawing) -> bool:
    """Whether `write` made the file that this document was read from."""
    return document.header.custom_vars.get(_APP) is not None


def floor_plan(document: Drawing, path: Path) -> FloorPlan:
    """The plan of a document of ours."""
    try:
        about = _unpacked(document.header.custom_vars.get(_APP) or "{}")
        walls, levels, zones, slabs = [], [], [], []
        entity: Any
        for entity in document.modelspace():
            tags = _tags(entity)
            layer = entity.dxf.layer
            if entity.dxftype() == "LINE" and layer.startswith("WALL-") and "shown" not in tags:
                walls.append(_wall(entity, layer.removeprefix("WALL-"), tags))
            elif "level" in tags:
                levels.append(
                    Level(name=tags["level"], floor_m=tags["floor_m"], ceiling_m=tags["ceiling_m"], outline_m=_ring(entity))
                )
            elif "zone" in tags:
                zones.append(Zone(name=tags["zone"], polygon_m=_ring(entity), kind=tags["kind"], level=int(tags["storey"])))
            elif "slab" in tags:
                corners = tuple((float(p.x), float(p.y), float(p.z)) for p in entity.points())
                slabs.append(
                    Slab(polygon_m=corners, material=tags["material"], thickness_m=tags["thickness_m"], name=tags["slab"])
                )
        source = Source(file=path.name, reader="dxf", licence=str(about.get("licence") or ""))
        name = str(about.get("name") or path.stem)
    except ValidationError as error:
        raise FloorPlanError(f"{path}: extended data: {first_error(error)}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FloorPlanError(f"{path}: the extended data of wifiplan is damaged ({error}); export it again") from None
    if not walls:
        raise GeometryError(f"{path}: no wall is left on a layer WALL-…; export it again")
    return check(
        FloorPlan(name=name, levels=tuple(levels), walls=tuple(walls), slabs=tuple(slabs), zones=tuple(zones), source=source)
    )


def _wall(entity: DXFEntity, material: str, tags: dict[str, Any]) -> Wall:
    start, end = entity.dxf.start, entity.dxf.end
    z0_m = float(start.z)
    z1_m = z0_m + float(entity.dxf.get("thickness", 0.0))
    said = tags.get("z1_m")
    if said is not None and math.isclose(said, z1_m, abs_tol=1e-9):
        z1_m = float(said)
    return Wall(
        start_m=(float(start.x), float(start.y)),
        end_m=(float(end.x), float(end.y)),
        z0_m=z0_m,
        z1_m=z1_m if z1_m > z0_m else z0_m + 3.0,
        material=material,
        thickness_m=tags.get("thickness_m"),
        openings=_OPENINGS.validate_python(tags.get("openings", [])),
        name=tags.get("name", ""),
        confidence=tags.get("confidence"),
    )


def _ring(entity: Any) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in entity.get_points("xy"))


def marks(path: Path) -> tuple[Mark, ...]:
    """The access points of a file of ours, where their blocks stand."""
    data = read_bytes(path)
    try:
        document, _ = recover.read(io.BytesIO(data))
    except Exception as error:  # noqa: BLE001  of a damaged file anything may come, as in `_dxf`
        raise FloorPlanError(f"{path}: the drawing is damaged ({type(error).__name__}); export it again") from None
    try:
        found = []
        for insert in document.modelspace().query(f"INSERT[name=='{_BLOCK}']"):
            tags = _tags(insert)
            at = insert.dxf.insert
            found.append(
                Mark(
                    name=str(tags["mark"]),
                    x_m=float(at.x),
                    y_m=float(at.y),
                    height_m=float(tags["height_m"]),
                    level=int(tags["storey"]),
                    model=str(tags["model"]),
                    key=str(tags["key"]),
                    azimuth_deg=float(tags["azimuth_deg"]),
                    tilt_deg=float(tags["tilt_deg"]),
                    radios=_CHANNELS.validate_python(tags["radios"]),
                )
            )
    except (DXFError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise FloorPlanError(
            f"{path}: access points are not as `wifiplan export` wrote them ({error}); export it again"
        ) from None
    return tuple(found)
