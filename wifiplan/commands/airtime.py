"""`wifiplan airtime`. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wifiplan.commands.terminal import Json, print_json

app = typer.Typer()


@app.command("airtime")
def airtime_command(
    cell_json: Annotated[Path, typer.Argument(metavar="CELL.json", help="one Wi-Fi cell, or an array of them")],
    as_json: Json = False,
) -> None:
    """Goodput, busy share and delay of a Wi-Fi cell, and how many clients fit."""
    from wifiplan.airtime.cell_file import answer_file

    answer = answer_file(cell_json)
    if as_json:
        print_json(answer)
        return
    for number, cell in enumerate(answer if isinstance(answer, list) else [answer]):
        line = f"{number}: {cell['goodput_mbps']:.1f} Mbit/s (down {cell['down_mbps']:.1f}, up {cell['up_mbps']:.1f}), "
        line += f"air busy {cell['busy_share']:.0%}"
        if "delay_p95_ms" in cell:
            line += f", {cell['loss_share']:.1%} lost, 95 % within {cell['delay_p95_ms']:.0f} ms"
        if "max_clients" in cell:
            most = cell["max_clients"]
            line += f", at most {most} clients" if most else ", no client fits: no service at this rate"
        sys.stdout.write(line + "\n")
