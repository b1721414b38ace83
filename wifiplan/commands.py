"""The planning commands. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

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


@app.command("coverage")
def coverage_command(  # noqa: PLR0917  typer's options are parameters
    design: Annotated[Path, typer.Argument(help="design.json, or a reference scene.json")],
    band: Annotated[str, typer.Option(help="2.4, 5 or 6")] = "5",
    frequency_mhz: Annotated[float | None, typer.Option(help="one frequency for all instead of the radios' channels")] = None,
    grid_m: Annotated[float | None, typer.Option(help="side of a cell; 0.5, or the scene's own")] = None,
    height_m: Annotated[float | None, typer.Option(help="receivers above the floor; 1.0, or the scene's own")] = None,
    level: Annotated[int, typer.Option(help="storey of the map, from 0")] = 0,
    reflections: Annotated[int, typer.Option(help="most reflections on a path, 0 to 3")] = 2,
    samples: Annotated[int, typer.Option(help="mean over samples x samples points of a cell")] = 2,
    points: Annotated[
        Path | None, typer.Option(help="CSV of x_m, y_m[, z_m above the datum] to evaluate instead of cells")
    ] = None,
    client_gain_dbi: Annotated[float, typer.Option(help="antenna of the client, in rssi_dbm only")] = 0.0,
    body_loss_db: Annotated[float, typer.Option(help="loss by the body that holds the client, in rssi_dbm only")] = 0.0,
    crowd: Annotated[bool, typer.Option(help="what people on the path cost, in rssi_dbm only")] = True,
    repeat: Annotated[int, typer.Option(min=1, help="compute so many times and time each")] = 1,
    out: Annotated[Path | None, typer.Option(help="CSV to write; without it, standard output")] = None,
    as_json: Json = False,
) -> None:
    """Radio map of every access point: path gain and received power, cell by cell."""
    import resource
    import time

    started_s = time.perf_counter()
    from floorplans.plan import write_whole
    from wifiplan import images, radiomap  # noqa: F401  the kernels' import is set-up, not computing
    from wifiplan.coverage import coverage_csv, read_job

    del crowd  # Nothing of a crowd is in the map until crowd.py adds it here.
    job = read_job(design, band=band, frequency_mhz=frequency_mhz, grid_m=grid_m, height_m=height_m, level=level, points=points)
    setup_s = time.perf_counter() - started_s
    compute_s: list[float] = []
    for _ in range(repeat):
        started_s = time.perf_counter()
        with _progress("radio map") as progress:
            gain_db = job.gain_db(reflections=reflections, samples=samples, progress=progress)
        compute_s.append(time.perf_counter() - started_s)
    text = coverage_csv(job, gain_db, client_gain_dbi=client_gain_dbi, body_loss_db=body_loss_db)
    if out is not None:
        write_whole(out, text)
    elif not as_json:
        sys.stdout.write(text)
    if as_json:
        from wifiplan.cli import print_json

        print_json(
            {
                "cells": gain_db.shape[1],
                "aps": gain_db.shape[0],
                "reflections": reflections,
                "samples": samples,
                "compute_s": compute_s if repeat > 1 else compute_s[0],
                "setup_s": setup_s,
                "max_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )


def _progress(label: str) -> Any:
    """A context whose value takes the share done, 0 to 1, and draws it on standard error when that is a terminal."""
    from contextlib import contextmanager

    @contextmanager
    def drawn() -> Any:
        if not sys.stderr.isatty():
            yield None
            return
        with typer.progressbar(length=1000, label=label, file=sys.stderr) as bar:
            yield lambda share: bar.update(max(0, int(share * 1000) - bar.pos))

    return drawn()
