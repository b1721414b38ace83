"""`wifiplan floorplan` and `wifiplan gym`: a drawing, or three numbers, to a plan of our own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorplans.errors import FloorPlanError

if TYPE_CHECKING:
    from floorplans.plan import FloorPlan

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

_Out = Annotated[Path | None, typer.Option("--out", help="Write the plan here, in our own JSON.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


@app.command()
def floorplan(
    file: Annotated[Path, typer.Argument(help="A drawing, or the folder of an IMDF archive: see README.", show_default=False)],
    *,
    level: Annotated[int | None, typer.Option(help="Only this storey, 0 being the lowest.", show_default=False)] = None,
    metres_per_unit: Annotated[
        float | None, typer.Option(help="Scale of a drawing without units: 0.001 for millimetres.", show_default=False)
    ] = None,
    feature: Annotated[
        str | None, typer.Option(help="Which building of a GeoJSON file: its number, or KEY=VALUE,…", show_default=False)
    ] = None,
    height_m: Annotated[
        float | None, typer.Option(help="Floor to ceiling, for drawings that do not say it.", show_default=False)
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(help="System of a GeoJSON file's coordinates, where it does not say it: EPSG:3857.", show_default=False),
    ] = None,
    stage: Annotated[bool | None, typer.Option(help="Put a stage into a gym's footprint.", show_default=False)] = None,
    store_room: Annotated[bool | None, typer.Option(help="Put a store room into it.", show_default=False)] = None,
    entrances: Annotated[int | None, typer.Option(help="Put so many entrances into it.", show_default=False)] = None,
    published_m2: Annotated[
        float | None, typer.Option(help="Floor area that a register gives, to hold the drawing against.", show_default=False)
    ] = None,
    part: Annotated[
        int | None, typer.Option(help="Which of several storeys drawn side by side, from 0.", show_default=False)
    ] = None,
    page: Annotated[int | None, typer.Option(help="Which page of a PDF, from 1.", show_default=False)] = None,
    layer_words: Annotated[
        Path | None, typer.Option("--layers", help="Own words for layers (TOML, as floorplans/layers.toml).", show_default=False)
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Draw what was read here, as PNG.", show_default=False)
    ] = None,
    out: _Out = None,
    as_json: _Json = False,
) -> None:
    """Read any supported drawing; say what is in it; write it as a plan."""
    import floorplans

    if published_m2 is not None and not published_m2 > 0:
        raise FloorPlanError(f"--published-m2 {published_m2:g}: give square metres above 0")
    plan = floorplans.read(
        file,
        level=level,
        metres_per_unit=metres_per_unit,
        feature=feature,
        height_m=height_m,
        crs=crs,
        stage=stage,
        store_room=store_room,
        entrances=entrances,
        part=part,
        page=page,
        layer_words=layer_words,
    )
    _write(plan, out)
    _draw(plan, picture)
    by_suffix = floorplans.READERS.get(file.suffix.lower(), "floorplans._imdf").rpartition("._")[2]
    reader = "imdf" if plan.source.reader == "imdf" else by_suffix
    _print(summary(plan, reader=reader, published_area_m2=published_m2), out, as_json=as_json)


@app.command()
def gym(
    *,
    length_m: Annotated[float, typer.Option(help="The longer side, outside.")] = 38.9,
    width_m: Annotated[float, typer.Option(help="The shorter side, outside.")] = 23.2,
    height_m: Annotated[float, typer.Option(help="Floor to roof; the mean of a pitched one.")] = 9.7,
    stage: Annotated[bool, typer.Option(help="A stage at one end.")] = True,
    store_room: Annotated[bool, typer.Option(help="A store room in a corner.")] = True,
    gallery: Annotated[bool, typer.Option(help="A walk along both long walls.")] = False,
    stage_height_m: Annotated[float, typer.Option(help="Stage top above the floor.")] = 0.9,
    wall_material: Annotated[str, typer.Option(help="Outer walls.")] = "concrete",
    roof_material: Annotated[str, typer.Option(help="Roof.")] = "metal",
    floor_material: Annotated[str, typer.Option(help="Floor.")] = "wood",
    name: Annotated[str, typer.Option(help="What the plan is called.")] = "gym",
    out: _Out = None,
    as_json: _Json = False,
) -> None:
    """Make the plan of a gym for which there is no drawing. The defaults are the median of Kashiwa's elementary schools."""
    import floorplans

    if out is None and not as_json:
        raise FloorPlanError("gym: nowhere to write the plan; give --out PLAN.json")
    plan = floorplans.gym(
        length_m,
        width_m,
        height_m,
        stage=stage,
        store_room=store_room,
        gallery=gallery,
        stage_height_m=stage_height_m,
        wall_material=wall_material,
        roof_material=roof_material,
        floor_material=floor_material,
        name=name,
    )
    _write(plan, out)
    _print(summary(plan, reader="gym"), out, as_json=as_json)


@app.command("floorplan-edit")
def floorplan_edit(
    file: Annotated[Path, typer.Argument(help="A plan (.json) that `wifiplan floorplan --out` wrote.", show_default=False)],
    *,
    scale: Annotated[
        str | None, typer.Option(help="x1,y1,x2,y2=M: these two points are M metres apart.", show_default=False)
    ] = None,
    stack: Annotated[
        list[str] | None,
        typer.Option(help="x0,y0,x1,y1 of a storey drawn beside the others; again for the next above.", show_default=False),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(help="layer=L, kind=K, area=x0,y0,x1,y1 or confidence=C (walls less sure).", show_default=False),
    ] = None,
    retype: Annotated[
        list[str] | None, typer.Option(help="LAYER=MATERIAL, kind=K=MATERIAL or area=x0,y0,x1,y1=MATERIAL.", show_default=False)
    ] = None,
    wall: Annotated[
        list[str] | None, typer.Option(help="x1,y1,x2,y2[:MATERIAL[:THICKNESS_M]]: one more wall.", show_default=False)
    ] = None,
    split: Annotated[
        list[str] | None, typer.Option(help="ROOM=x1,y1,x2,y2[:LEFT[:RIGHT]]: cut a room and name its parts.", show_default=False)
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="ROOM=NAME[:KIND]: another name, and kind, for a room.", show_default=False)
    ] = None,
    level: Annotated[int, typer.Option(help="Where --wall stands.")] = 0,
    picture: Annotated[Path | None, typer.Option("--picture", help="Draw the result here, as PNG.", show_default=False)] = None,
    out: _Out = None,
    as_json: _Json = False,
) -> None:
    """Correct what was read of a drawing: scale, storeys, walls, materials, rooms, in this order."""
    import floorplans
    from floorplans import correct

    if file.suffix.lower() not in (".json", ""):
        raise FloorPlanError(
            f"{file}: corrections are made to a plan; read it first: `wifiplan floorplan {file.name} --out PLAN.json`"
        )
    plan = floorplans.load(file)
    asked = correct.Asked(
        scale=scale,
        stack=stack or (),
        drop=drop or (),
        retype=retype or (),
        wall=wall or (),
        split=split or (),
        name=name or (),
        level=level,
    )
    if out is None and not as_json and picture is None:
        raise FloorPlanError("floorplan-edit: nowhere to write the plan; give --out P2.json")
    plan = correct.corrected(plan, asked)
    _write(plan, out)
    _draw(plan, picture)
    _print(summary(plan, reader=plan.source.reader or "json"), out, as_json=as_json)


def _draw(plan: FloorPlan, picture: Path | None) -> None:
    if picture is None:
        return
    from floorplans import sketch
    from floorplans.plan import write_whole

    if picture.is_dir() or not picture.parent.is_dir():
        raise FloorPlanError(f"{picture}: no file can be written there; give a name ending in .png in a folder that exists")
    write_whole(picture, sketch.png(plan))


def summary(plan: FloorPlan, *, reader: str, published_area_m2: float | None = None) -> dict[str, Any]:
    """What `wifiplan floorplan --json` prints: counts, metres and square metres, wall length per material, warnings."""
    from floorplans.findings import counted_openings, findings

    x0, y0, x1, y1 = plan.extent_m
    doubts = findings(plan, published_area_m2=published_area_m2)
    doors, windows = counted_openings(plan)
    skylights = sum(slab.name.startswith("skylight") for slab in plan.slabs)
    materials = plan.wall_length_by_material_m()
    return {
        "reader": reader,
        "name": plan.name,
        "levels": len(plan.levels),
        "walls": len(plan.walls),
        "wall_length_m": round(sum(materials.values()), 3),
        "openings": sum(len(wall.openings) for wall in plan.walls) + skylights,
        "spaces": len(plan.zones),
        "area_m2": round(plan.area_m2, 3),
        "extent_m": [round(x1 - x0, 3), round(y1 - y0, 3)],
        "height_m": round(max(level.ceiling_m for level in plan.levels) - min(level.floor_m for level in plan.levels), 3),
        "materials": {name: round(length, 3) for name, length in sorted(materials.items())},
        "warnings": [*plan.source.warnings, *(str(one) for one in doubts)],
        "rooms": [zone.name for zone in plan.zones],
        "doors": doors,
        "windows": windows,
        "not_a_plan": plan.source.not_a_plan
        or next((f"{one.what} ({one.place})" for one in doubts if one.kind == "not_a_plan"), None),
        "scale": {"metres_per_unit": plan.source.metres_per_unit, "evidence": list(plan.source.evidence)},
    }


def _write(plan: FloorPlan, out: Path | None) -> None:
    from floorplans.plan import save

    if out is None:
        return
    if out.is_dir():
        raise FloorPlanError(f"{out}: is a directory; give a file name in it, such as {out / 'plan.json'}")
    if not out.parent.is_dir():
        raise FloorPlanError(f"{out}: the directory {out.parent} does not exist; make it first")
    save(plan, out)


def _print(values: dict[str, Any], out: Path | None, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n")
        return
    width_m, depth_m = values["extent_m"]
    lines = [
        *([f"not a plan: {values['not_a_plan']}"] if values["not_a_plan"] else []),
        f"{values['name']}: {width_m:g} x {depth_m:g} m, {values['height_m']:g} m high, {values['area_m2']:.0f} m2",
        ", ".join(f"{what} {values[what]}" for what in ("levels", "walls", "openings", "spaces")),
        *(f"  {material}: {length_m:.0f} m" for material, length_m in values["materials"].items()),
        *(f"note: {warning}" for warning in values["warnings"]),
    ]
    if out is not None:
        lines.append(f"written: {out}")
    sys.stdout.write("\n".join(lines) + "\n")
