"""`wifiplan resilience`. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wifiplan.commands.terminal import Json, MaxSeconds, print_json, progress_bar

app = typer.Typer()


@app.command("resilience")
def resilience_command(  # noqa: PLR0917  typer's options are parameters
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    battery_hours: Annotated[float | None, typer.Option(help="service without mains; 12, or the design's own")] = None,
    battery_wh: Annotated[float | None, typer.Option(help="energy of the UPS, instead of the design's")] = None,
    switch_ports: Annotated[int | None, typer.Option(help="access points on one switch, in the design's order")] = None,
    max_seconds: MaxSeconds = None,
    as_json: Json = False,
) -> None:
    """Who is without service when an access point, a switch, an uplink or a channel fails; what a battery can keep on."""
    from dataclasses import replace

    from wifiplan import model
    from wifiplan.capacity import resilience

    design = model.load(design_json)
    if battery_wh is not None:
        design = replace(design, network=replace(design.network, battery_wh=battery_wh))
    with progress_bar("resilience", max_seconds) as progress:
        found = resilience.resilience_of(design, battery_hours=battery_hours, switch_ports=switch_ports, progress=progress)
    if as_json:
        print_json(resilience.to_json(found))
        return
    sys.stdout.write(f"{found.served:g} of {found.people:g} people are served when everything works\n")
    for loss in found.losses:
        kept = "" if loss.people_text_voice is None else f"; text and voice stay for {loss.people_text_voice:g}"
        lasts = "" if loss.seconds is None else f" for {loss.seconds:g} s"
        what = f"{loss.what} ({loss.model})" if loss.model else loss.what
        sys.stdout.write(f"{what:<24} {loss.people:6.0f} people and {loss.area_m2:6.0f} m2 without service{lasts}{kept}\n")
    for name in found.unknown:
        sys.stdout.write(f"{name}: unknown, the design does not say\n")
    if found.battery is not None:
        sys.stdout.write(f"battery: everything for {found.battery.hours:g} h; {found.battery.wanted_hours:g} h are wanted\n")
        for step in found.battery.steps:
            off = ", ".join(step.off) or "nothing"
            sys.stdout.write(f"  from hour {step.from_hour:g}: off {off}; {step.on} on, {step.area_share:.0%} of the floor\n")
        if not found.battery.lasts:
            sys.stdout.write(f"  it lasts {found.battery.reached_hours:g} h at most: a larger battery is needed\n")
