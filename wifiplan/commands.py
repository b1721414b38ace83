"""The planning commands. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


@app.command("capacity")
def capacity_command(
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    scenario: Annotated[str | None, typer.Option(help="Instead of the design's own demand.")] = None,
    persons: Annotated[float | None, typer.Option(help="All people in the building; needs --scenario.")] = None,
    as_json: Json = False,
) -> None:
    """Load per access point and radio, service per zone, and the link that breaks first."""
    from wifiplan import capacity, model
    from wifiplan.cli import print_json

    answer = capacity.to_json(capacity.capacity(model.load(design_json), scenario=scenario, persons=persons))
    if as_json:
        print_json(answer)
        return
    for radio in answer["radios"]:
        sys.stdout.write(
            f"{radio['ap']:<12} {radio['band']:>3} GHz ch {radio['channel']:<3} {radio['clients']:7.1f} clients "
            f"busy {radio['busy_share']:5.0%} {radio['carried_mbps']:7.1f} of {radio['offered_mbps']:.1f} Mbit/s\n"
        )
    for zone in answer["zones"]:
        sys.stdout.write(f"{zone['zone']}: {zone['served']:g} of {zone['people']:g} people served\n")
    weakest = answer["weakest_link"]
    sys.stdout.write(f"limited to {weakest['people']} people by {weakest['link']}; {weakest['what_moves_it']}\n")
