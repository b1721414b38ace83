"""`wifiplan coverage` and `wifiplan calibrate`. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wifiplan.commands.terminal import Json, MaxSeconds, print_json, progress_bar

if TYPE_CHECKING:
    from wifiplan.radio.calibrate import Calibration

app = typer.Typer()


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
    crowd: Annotated[bool, typer.Option(help="what people take, in rssi_dbm only; modelled, not measured")] = True,
    people_per_m2: Annotated[float | None, typer.Option(help="people everywhere, instead of the design's demands")] = None,
    posture: Annotated[
        str | None,
        typer.Option(help="seated, standing or lying: how tall people are, and where receivers are without --height-m"),
    ] = None,
    calibration: Annotated[Path | None, typer.Option(help="CAL.json of `wifiplan calibrate`, in rssi_dbm only")] = None,
    confidence: Annotated[
        float | None, typer.Option(help="say what share of places has --min-rssi-dbm with this confidence, such as 0.9")
    ] = None,
    min_rssi_dbm: Annotated[float, typer.Option(help="signal that counts as coverage, with --confidence")] = -67.0,
    sigma_db: Annotated[
        float | None,
        typer.Option(help="fading and shadowing, with --confidence: of each place, by the survey or as in measured buildings"),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="in milliseconds: one reflection, cells twice as wide")] = False,
    repeat: Annotated[int, typer.Option(min=1, help="compute so many times and time each")] = 1,
    out: Annotated[Path | None, typer.Option(help="CSV to write; without it, standard output")] = None,
    max_seconds: MaxSeconds = None,
    as_json: Json = False,
) -> None:
    """Radio map of every access point: path gain and received power, cell by cell."""
    import resource
    import time

    import numpy as np

    started_s = time.perf_counter()
    from floorplans.plan import write_whole
    from wifiplan.radio import fading, radiomap
    from wifiplan.radio.body_loss import LABEL
    from wifiplan.radio.coverage import coverage_csv, read_job

    if preview:
        reflections, samples, grid_m = 1, 1, radiomap.PREVIEW_COARSER * (grid_m or 0.5)
    job = read_job(
        design,
        band=band,
        frequency_mhz=frequency_mhz,
        grid_m=grid_m,
        height_m=height_m,
        level=level,
        points=points,
        crowd=crowd,
        people_per_m2=people_per_m2,
        posture=posture,
    )
    setup_s = time.perf_counter() - started_s
    compute_s: list[float] = []
    for _ in range(repeat):
        started_s = time.perf_counter()
        with progress_bar("radio map", max_seconds) as progress:
            gain_db, loss_db = job.gain_and_crowd_loss_db(reflections=reflections, samples=samples, progress=progress)
        compute_s.append(time.perf_counter() - started_s)
    power_dbm = np.array([[radio.tx_power_dbm] for radio in job.radios])
    rssi_dbm, deviation_db, covered, surveyed, promised = gain_db - loss_db + power_dbm, None, None, None, None
    if calibration is not None:
        from wifiplan.radio import calibrate

        fitted = calibrate.load(calibration)
        rssi_dbm, deviation_db = calibrate.received_dbm(fitted, job, gain_db, loss_db, reflections=reflections)
        surveyed = fitted.places
        if sigma_db is not None:
            deviation_db, surveyed = np.full(rssi_dbm.shape, sigma_db), None
    rssi_dbm = rssi_dbm + client_gain_dbi - body_loss_db
    if calibration is not None and deviation_db is not None:
        low_dbm = rssi_dbm - fitted.margin(fitted.confidence_share if confidence is None else confidence) * deviation_db
        promised = deviation_db, low_dbm, np.broadcast_to(fading.strongest_mean_dbm(rssi_dbm, deviation_db), rssi_dbm.shape)
    if confidence is not None:
        from wifiplan.radio import situations

        if deviation_db is None and sigma_db is None:
            deviation_db = situations.deviation_db(job)
        covered = fading.covered(
            job,
            rssi_dbm - power_dbm,
            min_rssi_dbm,
            confidence_share=confidence,
            sigma_db=fading.FADING_DB if sigma_db is None else sigma_db,
            deviation_db=deviation_db,
            surveyed_places=surveyed,
        )
    text = coverage_csv(job, gain_db, rssi_dbm, promised)
    if covered is not None:
        sys.stderr.write(
            f"wifiplan: {design}: {covered['share']:.1%} of the {covered['places']} places inside have {min_rssi_dbm:g} dBm with "
            f"{confidence:.0%} confidence at {covered['sigma_db']:g} dB of fading, "
            f"{covered['share_without_fading']:.1%} without fading\n"
        )
    if job.crowd is not None:
        sys.stderr.write(f"wifiplan: {design}: rssi_dbm has {loss_db.mean():.1f} dB of crowd loss on average, {LABEL}\n")
    if out is not None:
        write_whole(out, text)
    elif not as_json:
        sys.stdout.write(text)
    if as_json:
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
            | ({} if covered is None else {"covered": covered})
            | ({} if job.crowd is None else {"crowd": {"mean_loss_db": float(loss_db.mean()), "label": LABEL}})
        )


@app.command("calibrate")
def calibrate_command(  # noqa: PLR0917  typer's options are parameters
    design: Annotated[Path, typer.Argument(help="design.json, or a reference scene.json")],
    survey_csv: Annotated[Path, typer.Argument(metavar="SURVEY.csv", help="x, y, ap or bssid, rssi; see docs/calibrate.md")],
    band: Annotated[str, typer.Option(help="2.4, 5 or 6; readings of other bands are left out")] = "5",
    frequency_mhz: Annotated[float | None, typer.Option(help="one frequency for all instead of the radios' channels")] = None,
    level: Annotated[int, typer.Option(help="storey of readings that do not say, from 0")] = 0,
    height_m: Annotated[float, typer.Option(help="receivers above the floor, where the survey does not say")] = 1.0,
    reflections: Annotated[int, typer.Option(help="most reflections on a path, 0 to 3; use the same for maps")] = 2,
    posture: Annotated[str, typer.Option(help="of people_per_m2: standing, seated, lying")] = "standing",
    metres_per_unit: Annotated[float | None, typer.Option(help="for coordinates that are not metres, such as pixels")] = None,
    y_down: Annotated[bool, typer.Option("--y-down", help="y counts down from the plan's top edge, as in pictures")] = False,
    seed: Annotated[int, typer.Option(min=0, help="of the choice which places are held back when")] = 0,
    plan_survey: Annotated[int, typer.Option(min=0, help="say so many places that are worth measuring next")] = 0,
    residuals: Annotated[
        bool, typer.Option("--residuals", help="with --json: what is left at every place too, as CAL.json has it")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="CAL.json to write, for `wifiplan coverage --calibration`")] = None,
    max_seconds: MaxSeconds = None,
    as_json: Json = False,
) -> None:
    """Fit offset, wall losses and crowd loss to a survey, and say what it cannot tell; `--live` learns from clients instead."""
    import dataclasses

    from wifiplan.radio import calibrate, survey
    from wifiplan.radio.coverage import read_job

    job = read_job(design, band=band, frequency_mhz=frequency_mhz, height_m=height_m, level=level)
    readings = survey.read(
        survey_csv,
        job.floor_plan,
        job.access_points,
        band=band,
        level=level,
        height_m=job.height_m,
        metres_per_unit=metres_per_unit,
        y_down=y_down,
    )
    with progress_bar("calibrate", max_seconds) as progress:
        found = calibrate.calibrate(job, readings, posture=posture, reflections=reflections, seed=seed, progress=progress)
    if out is not None:
        calibrate.save(found, out)
    for warning in found.warnings:
        sys.stderr.write(f"wifiplan: {survey_csv}: {warning}\n")
    wanted = None
    if plan_survey:
        from wifiplan.radio.next_places import next_places

        wanted = next_places(job, found, plan_survey, reflections=reflections)
    if as_json:
        print_json(
            calibrate.to_json(found, whole=residuals) | ({} if wanted is None else {"next_places": dataclasses.asdict(wanted)})
        )
        return
    sys.stdout.write(f"{found.links} links at {found.places} places, {found.outliers} of them out of line and not counted\n")
    for one in found.parameters:
        total = "" if one.loss_db is None else f" (table {one.table_loss_db:.1f} dB, together {one.loss_db:.1f} dB)"
        sys.stdout.write(f"{one.name:<14} {one.value:+6.2f} {one.unit}, 90 %: {one.low:+.2f} to {one.high:+.2f}{total}\n")
    for not_told in found.refused:
        sys.stdout.write(f"{not_told.name:<14} cannot be told: {not_told.reason}\n")
    for device in found.receivers:
        sys.stdout.write(
            f"receiver {device.name}: {device.offset_db:+.1f} dB ({device.low_db:+.1f} to {device.high_db:+.1f}) beside the "
            f"commonest, {device.readings} readings\n"
        )
    for other in found.placed:
        where = (
            "" if other.x_m is None else f"probably at ({other.x_m:g}, {other.y_m:g}) m, within {other.radius_m:g} m with 90 %; "
        )
        whose = "foreign" if other.foreign else "yours?"
        sys.stdout.write(f"{other.name[:40]:<14} is not in the design ({other.readings} readings), {whose}: {where}{other.why}\n")
    sys.stdout.write(_held_out_table(found))
    for label, error in (("before", found.error.before), ("after, held out", found.error.after)):
        sys.stdout.write(
            f"{label:<16} mean {error.mean_error_db:+.2f} dB, mean absolute {error.mean_absolute_error_db:.2f} dB, "
            f"standard deviation {error.standard_deviation_db:.2f} dB (modelled less measured)\n"
        )
    if found.strongest is not None:
        sys.stdout.write(
            f"strongest access point of a held-out place: {found.strongest.bias_db:+.1f} dB beside the largest mean of the map, "
            f"{found.strongest.expected_bias_db:+.1f} dB beside the mean of the largest (measured less mapped)\n"
        )
    sys.stdout.write(
        f"left at a place: {found.sigma_db:.1f} dB; what is promised with 90 % held at {found.kept_share:.0%} of held-out links\n"
    )
    if wanted is not None:
        for number, place in enumerate(wanted.places, 1):
            sys.stdout.write(f"measure next {number}: ({place.x_m:g}, {place.y_m:g}) m, now {place.deviation_db:.1f} dB\n")
        sys.stdout.write(
            f"with these {len(wanted.places)} places the strongest signal is known to {wanted.after_db:.1f} instead of "
            f"{wanted.before_db:.1f} dB over the floor\n"
        )


def _held_out_table(found: Calibration) -> str:
    """Root mean square errors of every model where it has not been."""
    lines = [f"{'held out, dB':<18}{'halves':>8}{'checkerboards':>15}{'access points':>15}{'weight':>8}"]
    rows = [(one.name, one.held_out, f"{one.weight:.0%}") for one in found.models]
    if found.chosen is not None:
        rows.append(("the map" + (", kriged" if found.residuals is not None else ""), found.chosen, ""))
    for name, error, weight in rows:
        halves, boards, aps = (
            "-" if value is None else f"{value:.2f}"
            for value in (error.halves_db, error.checkerboards_db, error.access_points_db)
        )
        lines.append(f"{name:<18}{halves:>8}{boards:>15}{aps:>15}{weight:>8}".rstrip())
    return "\n".join(lines) + "\n"
