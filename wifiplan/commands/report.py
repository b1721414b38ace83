"""`wifiplan report` and `wifiplan bill`. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from wifiplan.commands.terminal import MaxSeconds, note_stale, progress_bar

app = typer.Typer()


@app.command("report")
def report_command(  # noqa: PLR0917  typer's options are parameters
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    out: Annotated[Path, typer.Option(metavar="R.pdf|R.html", help="Where to write; the suffix says which of the two.")],
    lang: Annotated[Literal["ja", "en"], typer.Option(help="Language of the report.")] = "ja",
    date: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date shown; today if not given.")] = None,
    max_seconds: MaxSeconds = None,
    revision: Annotated[str | None, typer.Option(help="Shown as the report's revision; the design's own if not given.")] = None,
    author: Annotated[str | None, typer.Option(help="Who answers for it; the design's own if not given.")] = None,
) -> None:
    """The report to hand over: plan, heat maps, access points, load, cost and assumptions."""
    from dataclasses import replace

    from wifiplan import model
    from wifiplan.report import document as report

    day = None if date is None else date.date()
    design = model.load(design_json)
    note_stale(design, design_json)
    design = replace(design, revision=revision or design.revision, author=author or design.author)
    with progress_bar("report", max_seconds) as progress:
        report.write_report(design, out, lang=lang, date=day, progress=progress)
    sys.stdout.write(f"{out}\n")


@app.command("bill")
def bill_command(
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    out: Annotated[Path, typer.Option(metavar="B.csv|B.xlsx", help="Where to write; the suffix says which of the two.")],
    lang: Annotated[Literal["ja", "en"], typer.Option(help="Language of the bill.")] = "ja",
    prices: Annotated[Path | None, typer.Option(help="TOML of prices that are others than the design's.")] = None,
) -> None:
    """What to buy for a design, its cables and its power, for a spreadsheet."""
    from wifiplan import model
    from wifiplan.prices import price_list
    from wifiplan.report import bill_file

    design = model.load(design_json)
    note_stale(design, design_json)
    bill_file.write_bill(design, out, lang=lang, price=None if prices is None else price_list(prices))
    sys.stdout.write(f"{out}\n")
