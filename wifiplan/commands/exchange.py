"""`wifiplan export`: a design for the drawing office, a GIS or another planner."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wifiplan.commands.terminal import Json, print_json

if TYPE_CHECKING:
    from floorplans import exchange
    from wifiplan.model import Design

app = typer.Typer()


@app.command("export")
def export_command(
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    out: Annotated[Path, typer.Option("--out", help="X.dxf, X.jww, X.gpkg, or X.json for OpenIntent.")],
    as_json: Json = False,
) -> None:
    """Write plan and access points for other programs: DXF, JWW, GeoPackage or OpenIntent."""
    from floorplans import exchange
    from wifiplan import model
    from wifiplan.errors import DesignError

    if out.resolve() == design_json.resolve():
        raise DesignError(f"{out}: is the design itself; give another name for the OpenIntent file")
    design = model.load(design_json)
    marks = marks_of(design)
    exchange.write(design.floor_plan, marks, out)
    stays = left_out(design)
    said = {
        "out": str(out),
        "walls": len(design.floor_plan.walls),
        "levels": len(design.floor_plan.levels),
        "access_points": len(marks),
        "left_out": stays,
    }
    if as_json:
        print_json(said)
        return
    sys.stdout.write(f"written: {out} ({said['walls']} walls, {said['levels']} levels, {said['access_points']} access points)\n")
    if stays:
        sys.stdout.write(f"in {design_json.name} only: {', '.join(stays)}\n")


def left_out(design: Design) -> list[str]:
    """What a design holds that none of these formats does, by its keys."""
    radios = [radio for point in design.access_points for radio in point.radios]
    held = {
        "antenna": any(point.antenna != "omni" for point in design.access_points),
        "antenna_gain_dbi": any(radio.antenna_gain_dbi for radio in radios),
        "planned_clients": any(radio.planned_clients for radio in radios),
        "client_limit": any(radio.client_limit for radio in radios),
        "demands": bool(design.demands),
        "requirement": True,
        "capacity": design.capacity is not None,
        "placement": design.placement is not None,
    }
    return [key for key, there in held.items() if there]


def marks_of(design: Design) -> tuple[exchange.Mark, ...]:
    """The access points as a drawing shows them."""
    from floorplans import exchange

    return tuple(
        exchange.Mark(
            name=point.name,
            x_m=point.x_m,
            y_m=point.y_m,
            height_m=point.height_m,
            level=point.level,
            model=point.model or "",
            key=point.key or "",
            azimuth_deg=point.azimuth_deg,
            tilt_deg=point.tilt_deg,
            radios=tuple(
                exchange.Channel(
                    band=radio.band, channel=radio.channel, width_mhz=radio.width_mhz, tx_power_dbm=radio.tx_power_dbm
                )
                for radio in point.radios
            ),
        )
        for point in design.access_points
    )
