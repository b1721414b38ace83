"""The planning commands. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from wifiplan.answer import Capacity

app = typer.Typer()

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


@app.command("airtime")
def airtime_command(
    cell_json: Annotated[Path, typer.Argument(metavar="CELL.json", help="one Wi-Fi cell, or an array of them")],
    as_json: Json = False,
) -> None:
    """Goodput, busy share and delay of a Wi-Fi cell, and how many clients fit."""
    from wifiplan.airtime.cell_file import answer_file
    from wifiplan.cli import print_json

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


@app.command("capacity")
def capacity_command(  # noqa: PLR0917  typer's options are parameters
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    scenario: Annotated[
        str | None, typer.Option(help="Instead of the design's own demand, such as shelter-day1 or shelter-day1+staff.")
    ] = None,
    scenarios: Annotated[Path | None, typer.Option(help="TOML of scenarios of your own, for --scenario.")] = None,
    persons: Annotated[float | None, typer.Option(help="All people in the building; needs --scenario.")] = None,
    persons_per_m2: Annotated[float | None, typer.Option(help="Instead of the scenario's density; needs --scenario.")] = None,
    m2_per_person: Annotated[
        float | None, typer.Option(help="The same the other way round: 3.5 by the guideline of 2024, 2 before it.")
    ] = None,
    usable_share: Annotated[float, typer.Option(help="Of the floor, for --m2-per-person: 0.7 in Kashiwa's figures.")] = 1.0,
    network: Annotated[
        Path | None, typer.Option(help="TOML of SSIDs, uplinks, DHCP, NAT, PoE, battery, instead of the design's own.")
    ] = None,
    draws: Annotated[int, typer.Option(help="Monte Carlo draws for the percentiles; 0 for the mean alone.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the draws: the same seed, the same answer.")] = 0,
    sticky_share: Annotated[float, typer.Option(help="Devices that stay with the access point they came in by.")] = 0.0,
    band_preference_db: Annotated[float, typer.Option(help="How much better 5 and 6 GHz are liked than 2.4 GHz.")] = 8.0,
    obss_pd: Annotated[bool, typer.Option("--obss-pd", help="Let 802.11ax talk over other cells' weak frames.")] = False,
    what_if: Annotated[bool, typer.Option("--what-if", help="Also the same with one thing changed at a time.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the design with this answer in it, for the report.")] = None,
    as_json: Json = False,
) -> None:
    """Load per access point and radio, service per zone, and the link that breaks first."""
    from dataclasses import replace

    from wifiplan import answer, model
    from wifiplan.capacity import demand, whatif
    from wifiplan.capacity.facility import capacity
    from wifiplan.capacity.scene import Behaviour
    from wifiplan.cli import print_json
    from wifiplan.errors import DesignError

    if m2_per_person is not None:
        if not (0 < m2_per_person < 1e6 and 0 < usable_share <= 1):
            raise DesignError("--m2-per-person must be above 0, --usable-share from 0 to 1")
        persons_per_m2 = usable_share / m2_per_person
    if scenario is None and (persons is not None or persons_per_m2 is not None or scenarios is not None):
        raise DesignError("options about people and --scenarios change a scenario: name it with --scenario")
    design = model.load(design_json)
    if network is not None:
        design = replace(design, network=model.load_network(network))
    asked: demand.Scenario | str | None = scenario
    if scenario is not None and scenarios is not None:
        asked = demand.find_scenario(scenario, scenarios)
    behaviour = Behaviour(band_preference_db=band_preference_db, sticky_share=sticky_share, obss_pd=obss_pd)
    options: dict[str, Any] = {"scenario": asked, "persons": persons, "persons_per_m2": persons_per_m2}
    with _progress("capacity") as progress:
        found = capacity(design, **options, behaviour=behaviour, draws=draws, seed=seed, progress=progress)
    if what_if:
        with _progress("what if") as progress:
            found = replace(found, what_if=whatif.what_if(design, **options, behaviour=behaviour, progress=progress))
    if out is not None:
        model.save(replace(design, capacity=found), out)
    if as_json:
        print_json(answer.capacity_to_json(found))
        return
    _say_capacity(found)


def _say_capacity(found: Capacity) -> None:
    for load in found.radios:
        sys.stdout.write(
            f"{load.ap:<12} {load.band:>3} GHz ch {load.channel:<3} {load.clients:7.1f} clients "
            f"busy {load.busy_share:5.0%} {load.carried_mbps:7.1f} of {load.offered_mbps:.1f} Mbit/s\n"
        )
    for zone in found.zones:
        lost = ((zone.no_signal, "without signal"), (zone.turned_away, "turned away"))
        why = "".join(f", {count:g} {said}" for count, said in lost if count)
        sys.stdout.write(f"{zone.zone}: {zone.served:g} of {zone.people:g} people served{why}\n")
    if found.spread:
        served = found.spread["served"]
        sys.stdout.write(
            f"served in {found.draws} draws: {served.p50:g}, in one of ten {served.p10:g} or fewer and {served.p90:g} or more\n"
        )
    if not found.links:
        sys.stdout.write("no link can be named\n")
    else:
        weakest, *others = found.links
        sys.stdout.write(f"carries {weakest.people:g} people, limited by {weakest.link}: {weakest.what_moves_it}\n")
        for link in others:
            sys.stdout.write(f"  next {link.people:g}, {link.link}: {link.what_moves_it}\n")
    for margin in found.margins:
        sys.stdout.write(
            f"  {margin.margin} ({margin.share:.0%} of the PHY rate): {margin.people:g}, airtime {margin.band} GHz\n"
        )
    if found.unknown_links:
        sys.stdout.write(f"not known, so not judged: {', '.join(found.unknown_links)}\n")
    for line in found.uplinks:
        kinds = ", ".join(f"{kind} {share:.0%}" for kind, share in line.carried.items())
        sys.stdout.write(f"on {line.uplink}: {line.people:g} people, text and voice of {line.people_text_voice:g}; {kinds}\n")
    for row in found.what_if:
        (whole, whole_by), (radios, radios_by) = (
            ("unknown", "unknown") if one is None else (f"{one.people:g}", one.link) for one in (row.weakest, row.radio_weakest)
        )
        sys.stdout.write(
            f"{row.what:<50} {whole:>7} by {whole_by:<16} radios alone {radios:>7} by {radios_by:<16} "
            f"{row.goodput_mbps:6.0f} Mbit/s at most ({row.goodput_change:+.0%})\n"
        )
    for warning in found.warnings:
        sys.stdout.write(f"note: {warning}\n")


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
        float | None, typer.Option(help="fading and shadowing, with --confidence: 4, or what the calibration left")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="in milliseconds: one reflection, cells twice as wide")] = False,
    repeat: Annotated[int, typer.Option(min=1, help="compute so many times and time each")] = 1,
    out: Annotated[Path | None, typer.Option(help="CSV to write; without it, standard output")] = None,
    as_json: Json = False,
) -> None:
    """Radio map of every access point: path gain and received power, cell by cell."""
    import resource
    import time

    started_s = time.perf_counter()
    from floorplans.plan import write_whole
    from wifiplan.radio import (
        radiomap,
    )
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
        with _progress("radio map") as progress:
            gain_db, loss_db = job.gain_and_crowd_loss_db(reflections=reflections, samples=samples, progress=progress)
        compute_s.append(time.perf_counter() - started_s)
    taken_db, covered = loss_db, None
    if calibration is not None:
        from wifiplan.radio import calibrate

        fitted = calibrate.load(calibration)
        taken_db = fitted.crowd_factor * loss_db - calibrate.correction_db(fitted, job, reflections=reflections)
        sigma_db = fitted.sigma_db if sigma_db is None else sigma_db
    if confidence is not None:
        from wifiplan.radio import fading as uncertainty

        received_db = gain_db - taken_db + client_gain_dbi - body_loss_db
        sigma_db = uncertainty.FADING_DB if sigma_db is None else sigma_db
        covered = uncertainty.covered(job, received_db, min_rssi_dbm, confidence_share=confidence, sigma_db=sigma_db)
    text = coverage_csv(job, gain_db, taken_db, client_gain_dbi=client_gain_dbi, body_loss_db=body_loss_db)
    if covered is not None:
        sys.stderr.write(
            f"wifiplan: {design}: {covered['share']:.1%} of the {covered['places']} places inside have {min_rssi_dbm:g} dBm with "
            f"{confidence:.0%} confidence at {sigma_db:g} dB of fading, {covered['share_without_fading']:.1%} without fading\n"
        )
    if job.crowd is not None:
        sys.stderr.write(f"wifiplan: {design}: rssi_dbm has {loss_db.mean():.1f} dB of crowd loss on average, {LABEL}\n")
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
    out: Annotated[Path | None, typer.Option(help="CAL.json to write, for `wifiplan coverage --calibration`")] = None,
    as_json: Json = False,
) -> None:
    """Fit offset, wall losses and crowd loss to a survey, and say what it cannot tell."""
    from wifiplan.cli import print_json
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
    with _progress("calibrate") as progress:
        found = calibrate.calibrate(job, readings, posture=posture, reflections=reflections, seed=seed, progress=progress)
    if out is not None:
        calibrate.save(found, out)
    for warning in found.warnings:
        sys.stderr.write(f"wifiplan: {survey_csv}: {warning}\n")
    if as_json:
        print_json(calibrate.to_json(found))
        return
    sys.stdout.write(f"{found.links} links at {found.places} places, {found.outliers} of them out of line and not counted\n")
    for one in found.parameters:
        total = "" if one.loss_db is None else f" (table {one.table_loss_db:.1f} dB, together {one.loss_db:.1f} dB)"
        sys.stdout.write(f"{one.name:<14} {one.value:+6.2f} {one.unit}, 90 %: {one.low:+.2f} to {one.high:+.2f}{total}\n")
    for not_told in found.refused:
        sys.stdout.write(f"{not_told.name:<14} cannot be told: {not_told.reason}\n")
    for label, error in (("before", found.error.before), ("after, held out", found.error.after)):
        sys.stdout.write(
            f"{label:<16} mean {error.mean_error_db:+.2f} dB, mean absolute {error.mean_absolute_error_db:.2f} dB, "
            f"standard deviation {error.standard_deviation_db:.2f} dB (modelled less measured)\n"
        )
    sys.stdout.write(
        f"left at a place: {found.sigma_db:.1f} dB; what is promised with 90 % held at {found.kept_share:.0%} of held-out links\n"
    )


@app.command("place")
def place_command(  # noqa: PLR0917  typer's options are parameters
    plan: Annotated[Path, typer.Argument(help="plan.json, or any drawing that `wifiplan floorplan` reads")],
    scenario: Annotated[
        list[str], typer.Option(help="who is there and what they do, such as shelter-day1; several: all must work")
    ],
    out: Annotated[Path | None, typer.Option(help="design.json to write")] = None,
    persons: Annotated[float | None, typer.Option(help="all people in the building, instead of the scenario's density")] = None,
    persons_per_m2: Annotated[float | None, typer.Option(help="instead of the scenario's density")] = None,
    band: Annotated[
        list[str] | None, typer.Option(help="2.4, 5, 6: these radios only; without it, all that the model has")
    ] = None,
    width_mhz: Annotated[list[int] | None, typer.Option(help="channel width, 20 by default; several: chosen per radio")] = None,
    country: Annotated[str, typer.Option(help="channel and power rules: JP, ETSI or FCC")] = "JP",
    dfs: Annotated[str, typer.Option(help="radar channels: last, never or like-any")] = "last",
    mount: Annotated[list[str] | None, typer.Option(help="truss, ceiling, wall, rail, pole; without it, all")] = None,
    antenna: Annotated[list[str] | None, typer.Option(help="omni, patch; without it, both")] = None,
    forbid: Annotated[list[str] | None, typer.Option(help="x0,y0,x1,y1 in metres: nothing hangs in this rectangle")] = None,
    add: Annotated[list[str] | None, typer.Option(help="x,y,height[,level] in metres: a spot of your own")] = None,
    switch: Annotated[str | None, typer.Option(help="x,y in metres of the PoE switch")] = None,
    existing: Annotated[Path | None, typer.Option(help="design.json whose access points hang there already")] = None,
    existing_may: Annotated[str, typer.Option(help="stay, move or go")] = "stay",
    budget_yen: Annotated[float | None, typer.Option(help="what the access points may cost")] = None,
    max_access_points: Annotated[int | None, typer.Option(help="how many there may be")] = None,
    min_rssi_dbm: Annotated[float, typer.Option(help="signal that counts as coverage")] = -67.0,
    min_sinr_db: Annotated[float, typer.Option(help="signal over noise and interference that counts, down and up")] = 15.0,
    coverage_share: Annotated[float, typer.Option(help="of the people of every zone")] = 0.95,
    confidence_share: Annotated[float, typer.Option(help="with which a place is covered under fading")] = 0.9,
    second_access_point: Annotated[bool, typer.Option("--second-access-point", help="every place hears two")] = False,
    survives_one: Annotated[bool, typer.Option("--survives-one", help="also without any one access point")] = False,
    max_busy_share: Annotated[float, typer.Option(help="of a channel's time")] = 0.7,
    max_clients_per_radio: Annotated[int | None, typer.Option(help="association limit, instead of the model's")] = None,
    model_name: Annotated[
        list[str] | None, typer.Option("--model", help="access point model; several: the cheapest that works is taken")
    ] = None,
    own_equipment: Annotated[Path | None, typer.Option("--equipment", help="TOML of models of your own")] = None,
    poe: Annotated[
        str | None, typer.Option(help="class of the switch's ports: af, at, bt3 or bt4; at, or the price list's")
    ] = None,
    client_power_dbm: Annotated[float, typer.Option(help="what a phone sends with")] = 13.0,
    pitch_m: Annotated[float, typer.Option(help="between candidate spots")] = 5.0,
    prices: Annotated[
        Path | None, typer.Option(help="TOML of prices that are others than ours; see wifiplan/prices.toml")
    ] = None,
    alternatives: Annotated[bool, typer.Option("--alternatives", help="also what other answers cost and serve")] = False,
    max_seconds: Annotated[float | None, typer.Option(help="stop then with the best so far (so does Ctrl-C)")] = None,
    seed: Annotated[int, typer.Option(help="of the solver")] = 0,
    metres_per_unit: Annotated[float | None, typer.Option(help="for drawings without units")] = None,
    feature: Annotated[str | None, typer.Option(help="which building of a GeoJSON: KEY=VALUE or a number")] = None,
    height_m: Annotated[float | None, typer.Option(help="floor to ceiling, for drawings that do not say")] = None,
    level: Annotated[int | None, typer.Option(help="only this storey, from 0")] = None,
    as_json: Json = False,
) -> None:
    """Find where access points go, how many, and why, with a bound on how much better any other answer could be."""
    import floorplans
    from wifiplan import answer, model
    from wifiplan.capacity import demand
    from wifiplan.cli import print_json

    who = [demand.find_scenario(name) for name in scenario]
    floor_plan = floorplans.read(plan, level=level, metres_per_unit=metres_per_unit, feature=feature, height_m=height_m)
    demands = [demand.demands(floor_plan, one, persons=persons, persons_per_m2=persons_per_m2) for one in who]
    old = model.load(existing).access_points if existing is not None else ()

    from wifiplan.commands import options
    from wifiplan.placement.ask import Ask
    from wifiplan.placement.place import place, stopped
    from wifiplan.prices import price_list

    ask = Ask(
        requirement=model.Requirement(
            min_rssi_dbm=min_rssi_dbm,
            min_sinr_db=min_sinr_db,
            coverage_share=coverage_share,
            confidence_share=confidence_share,
            second_access_point=second_access_point,
            max_busy_share=max_busy_share,
            max_clients_per_radio=max_clients_per_radio,
        ),
        survives_one=survives_one,
        with_alternatives=alternatives,
        models=options.models(model_name or [], own_equipment),
        poe=options.poe(poe),
        bands=options.bands(band or []),
        widths_mhz=options.widths_mhz(width_mhz or [20]),
        country=country,
        avoid_dfs=options.avoid_dfs(dfs),
        client_power_dbm=client_power_dbm,
        obstruction_db=max(one.obstruction_db.value for one in who),
        mounts=options.mounts(mount or []),
        antennas=options.antennas(antenna or []),
        pitch_m=pitch_m,
        forbidden_m=tuple(options.rectangle_m(text) for text in forbid or []),
        added=tuple(options.spot(floor_plan, text) for text in add or []),
        existing=old,
        existing_may=options.existing_may(existing_may),
        switch_m=None if switch is None else options.place_m("--switch", switch),
        budget_yen=budget_yen,
        max_access_points=max_access_points,
        prices=None if prices is None else price_list(prices),
        seed=seed,
    )
    with _progress("placement") as progress, _stop_when(max_seconds) as cancelled:
        stages = {"gains": 0.0, "solve": 0.3, "check": 0.8}
        design = place(
            floor_plan,
            dict(zip(scenario, demands, strict=True)),
            ask,
            assumptions=demand.assumptions(who[0]),
            progress=None if progress is None else (lambda stage, share: progress(stages[stage] + 0.2 * share)),
            cancelled=cancelled,
        )
    if out is not None:
        model.save(design, out)
    found = design.placement
    assert found is not None  # `place` always says it
    if found.cancelled:
        sys.stderr.write(
            f"wifiplan: {plan}: stopped early; this is the best design so far, at most {found.gap_share:.1%} too dear\n"
        )
    if found.stopped_by:
        sys.stderr.write(f"wifiplan: {plan}: the demand cannot be met whole: {stopped(found)}\n")
    if as_json:
        print_json(answer.placement_to_json(found))
        return
    for ap in design.access_points:
        radios = ", ".join(f"{r.band} GHz channel {r.channel}, {r.tx_power_dbm:g} dBm" for r in ap.radios)
        sys.stdout.write(
            f"{ap.name}  x {ap.x_m:5.1f} m  y {ap.y_m:5.1f} m  height {ap.height_m:4.1f} m  {radios}\n    {ap.why}\n"
        )
    sys.stdout.write(
        f"{found.access_points} access points, {found.cost_yen:,} yen (no answer is below {found.bound.cost_yen:,}); "
        f"signal for {found.coverage_share:.1%} and service for {found.served_share:.1%} of the people, "
        f"in nine of ten crowds for {found.served_share_p10:.1%} or more\n"
    )


@app.command("equipment")
def equipment_command(
    own: Annotated[
        Path | None, typer.Option("--equipment", help="TOML of models of your own; it is checked as it is read")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the access point models known: bands, clients, power, price, and where each figure is from."""
    from wifiplan import equipment
    from wifiplan.cli import print_json

    rows = equipment.to_json(equipment.models(own))
    if as_json:
        print_json(rows)
        return
    sys.stdout.write(
        f"{'model':<34} {'Wi-Fi':<5} {'GHz':<9} {'clients/radio':>13} {'/AP':>6}  {'PoE':<8} {'W':>5} {'yen':>8}  limit from\n"
    )
    for row in rows:
        device = "-" if row["clients"] is None else str(row["clients"])
        sys.stdout.write(
            f"{row['model']:<34} {row['generation']:<5} {' '.join(row['bands']):<9} {row['clients_per_radio']:>13} {device:>6}  "
            f"802.3{row['poe']:<3} {row['poe_w']:>5g} {row['price_yen']:>8,.0f}  {row['sources']['clients_per_radio']}\n"
        )


@app.command("bill")
def bill_command(
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    out: Annotated[Path, typer.Option(metavar="B.csv|B.xlsx", help="Where to write; the suffix says which of the two.")],
    lang: Annotated[Literal["ja", "en"], typer.Option(help="Language of the bill.")] = "ja",
    prices: Annotated[Path | None, typer.Option(help="TOML of prices that are others than the design's.")] = None,
) -> None:
    """What to buy for a design, its cables and its power, for a spreadsheet."""
    from wifiplan import model
    from wifiplan.placement import bill
    from wifiplan.prices import price_list

    bill.write(model.load(design_json), out, lang=lang, price=None if prices is None else price_list(prices))
    sys.stdout.write(f"{out}\n")


@app.command("report")
def report_command(
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    out: Annotated[Path, typer.Option(metavar="R.pdf|R.html", help="Where to write; the suffix says which of the two.")],
    lang: Annotated[Literal["ja", "en"], typer.Option(help="Language of the report.")] = "ja",
    date: Annotated[dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date shown; today if not given.")] = None,
) -> None:
    """The report to hand over: plan, heat maps, access points, load, cost and assumptions."""
    from wifiplan import model
    from wifiplan.report import document as report

    day = None if date is None else date.date()
    with _progress("report") as progress:
        report.write_report(model.load(design_json), out, lang=lang, date=day, progress=progress)
    sys.stdout.write(f"{out}\n")


@app.command("resilience")
def resilience_command(
    design_json: Annotated[Path, typer.Argument(metavar="DESIGN.json")],
    battery_hours: Annotated[float | None, typer.Option(help="service without mains; 12, or the design's own")] = None,
    battery_wh: Annotated[float | None, typer.Option(help="energy of the UPS, instead of the design's")] = None,
    switch_ports: Annotated[int | None, typer.Option(help="access points on one switch, in the design's order")] = None,
    as_json: Json = False,
) -> None:
    """Who is without service when an access point, a switch, an uplink or a channel fails; what a battery can keep on."""
    from dataclasses import replace

    from wifiplan import model
    from wifiplan.capacity import resilience
    from wifiplan.cli import print_json

    design = model.load(design_json)
    if battery_wh is not None:
        design = replace(design, network=replace(design.network, battery_wh=battery_wh))
    with _progress("resilience") as progress:
        found = resilience.resilience_of(design, battery_hours=battery_hours, switch_ports=switch_ports, progress=progress)
    if as_json:
        print_json(resilience.to_json(found))
        return
    sys.stdout.write(f"{found.served:g} of {found.people:g} people are served when everything works\n")
    for loss in found.losses:
        kept = "" if loss.people_text_voice is None else f"; text and voice stay for {loss.people_text_voice:g}"
        lasts = "" if loss.seconds is None else f" for {loss.seconds:g} s"
        sys.stdout.write(f"{loss.what:<24} {loss.people:6.0f} people and {loss.area_m2:6.0f} m2 without service{lasts}{kept}\n")
    for name in found.unknown:
        sys.stdout.write(f"{name}: unknown, the design does not say\n")
    if found.battery is not None:
        sys.stdout.write(f"battery: everything for {found.battery.hours:g} h; {found.battery.wanted_hours:g} h are wanted\n")
        for step in found.battery.steps:
            off = ", ".join(step.off) or "nothing"
            sys.stdout.write(f"  from hour {step.from_hour:g}: off {off}; {step.on} on, {step.area_share:.0%} of the floor\n")
        if not found.battery.lasts:
            sys.stdout.write(f"  it lasts {found.battery.reached_hours:g} h at most: a larger battery is needed\n")


@app.command("city")
def city_command(  # noqa: PLR0917  typer's options are parameters
    facilities: Annotated[Path, typer.Argument(help="open-data list of facilities: GeoJSON of points, or CSV")],
    scenario: Annotated[str, typer.Option(help="who is there and what they do")] = "shelter-day1",
    out: Annotated[Path, typer.Option(help="folder for city.csv and the designs; run it again to go on")] = Path("city-out"),
    budget_yen: Annotated[float | None, typer.Option(help="which facilities come first within this sum")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes at work; without it, one for each core")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="only the first so many of the list")] = None,
    max_seconds: Annotated[float, typer.Option(help="for one facility; then its best design so far is taken")] = 120.0,
    seed: Annotated[int, typer.Option(help="of the solver")] = 0,
    as_json: Json = False,
) -> None:
    """One design for each facility of a city, as a gym of its floor area; what they cost, and which come first."""
    import time

    from floorplans.plan import write_whole
    from wifiplan import city
    from wifiplan.capacity import demand
    from wifiplan.cli import print_json

    demand.find_scenario(scenario)
    listed = city.read_facilities(facilities)[:limit]
    started_s = time.perf_counter()

    def said(row: city.Row, done: int, count: int) -> None:
        what = row.error or f"{row.access_points} access points, {row.cost_yen:,.0f} yen"
        what += f"; stopped early, serves {row.served_share:.1%}" if row.stopped_early else ""
        sys.stderr.write(f"{done}/{count} {row.name}: {what}\n")

    with _stop_when(None) as cancelled:
        rows = city.plan_city(
            listed,
            scenario,
            out,
            budget_yen=budget_yen,
            jobs=jobs,
            max_seconds=max_seconds,
            seed=seed,
            progress=said,
            cancelled=cancelled,
        )
    write_whole(out / "city.csv", city.city_csv(rows))
    sums = city.totals(rows) | {"seconds": round(time.perf_counter() - started_s, 1)}
    if as_json:
        print_json({"totals": sums, "facilities": city.to_json(rows)})
        return
    sys.stdout.write(
        f"{sums['designed']} of {sums['facilities']} facilities designed: {sums['access_points']} access points, "
        f"{sums['cost_yen']:,.0f} yen, service for {sums['people_served']} of {sums['people']} people\n"
    )
    if budget_yen is not None:
        sys.stdout.write(
            f"within {budget_yen:,.0f} yen: {sums['within_budget']} facilities, {sums['within_budget_yen']:,.0f} yen\n"
        )
    sys.stdout.write(f"{out / 'city.csv'}\n")


def _stop_when(max_seconds: float | None) -> Any:
    """A context whose value says whether to stop with what there is: at the first Ctrl-C, or when the time is up."""
    import signal
    import threading
    import time
    from contextlib import contextmanager

    @contextmanager
    def listening() -> Any:
        stop = threading.Event()
        deadline_s = None if max_seconds is None else time.monotonic() + max_seconds

        def on_signal(_number: int, _frame: Any) -> None:
            if stop.is_set():
                raise KeyboardInterrupt  # The second Ctrl-C does not wait for an answer.
            stop.set()

        here = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGINT, on_signal) if here else None
        try:
            yield lambda: stop.is_set() or (deadline_s is not None and time.monotonic() > deadline_s)
        finally:
            if here:
                signal.signal(signal.SIGINT, before)

    return listening()


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
