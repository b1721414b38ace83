"""`wifiplan equipment`: the access point models known."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wifiplan.commands.terminal import Json, print_json

app = typer.Typer()


@app.command("equipment")
def equipment_command(
    own: Annotated[Path | None, typer.Option("--equipment", help="TOML of models of your own, checked as it is read")] = None,
    as_json: Json = False,
) -> None:
    """List the access point models known: bands, clients, power, price, and where each figure is from."""
    from wifiplan import equipment

    rows = equipment.to_json(equipment.models(own))
    if as_json:
        print_json(rows)
        return
    wide = max(len(row["model"]) for row in rows)
    sys.stdout.write(f"{'model':<{wide}} Wi-Fi GHz     clients/radio  /AP PoE           W       yen  limit from\n")
    for row in rows:
        device = "-" if row["clients"] is None else str(row["clients"])
        bands, limit = " ".join(row["bands"]), row["clients_per_radio"]
        sys.stdout.write(
            f"{row['model']:<{wide}} {row['generation']:<5} {bands:<7} {limit:>13} {device:>4} 802.3{row['poe']:<3} "
            f"{row['poe_w']:>5g} {row['price_yen']:>9,.0f}  {row['sources']['clients_per_radio']}\n"
        )
