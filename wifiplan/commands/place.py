"""`wifiplan place`. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wifiplan.commands.terminal import Json, print_json, progress_bar, stop_when

app = typer.Typer()


@app.command("place")
def place_command(  # noqa: PLR0917  typer's options are parameters
    plan: Annotated[Path, typer.Argument(help="plan.json, or any drawing that `wifiplan floorplan` reads")],
    scenario: Annotated[
        list[str], typer.Option(help="who is there and what they do, such as shelter-day1; several: all must work")
    ],
    out: Annotated[Path | None, typer.Option(help="design.json to write")] = None,
    persons: Annotated[float | None, typer.Option(help="all people in the building, instead of the scenario's density")] = None,
    persons_per_m2: Annotated[float | None, typer.Option(help="instead of the scenario's density")] = None,
    m2_per_person: Annotated[
        float | None, typer.Option(help="the same the other way round: 3.5 by the guideline of 2024")
    ] = None,
    usable_share: Annotated[float, typer.Option(help="of the floor, where people are so dense: 0.7 in Kashiwa's figures")] = 1.0,
    band: Annotated[list[str] | None, typer.Option(help="2.4, 5, 6: these radios only; without it, all of the model")] = None,
    width_mhz: Annotated[list[int] | None, typer.Option(help="channel width, 20 by default; several: chosen per radio")] = None,
    country: Annotated[str, typer.Option(help="channel and power rules: JP, ETSI or FCC")] = "JP",
    dfs: Annotated[str, typer.Option(help="radar channels: last, never or like-any")] = "last",
    mount: Annotated[list[str] | None, typer.Option(help="truss, ceiling, wall, rail, pole; without it, all")] = None,
    antenna: Annotated[list[str] | None, typer.Option(help="omni, patch; without it, both")] = None,
    forbid: Annotated[list[str] | None, typer.Option(help="x0,y0,x1,y1 in metres: nothing hangs in this rectangle")] = None,
    add: Annotated[list[str] | None, typer.Option(help="x,y,height[,level] in metres: a spot of your own")] = None,
    scan: Annotated[
        Path | None, typer.Option(help="CSV of the networks of others that a Wi-Fi scan heard: channel, rssi_dbm, busy_share, …")
    ] = None,
    switch: Annotated[str | None, typer.Option(help="x,y in metres of the PoE switch")] = None,
    existing: Annotated[
        Path | None, typer.Option(help="design.json or CSV (name, x, y, model, channel) of what hangs there")
    ] = None,
    existing_may: Annotated[str, typer.Option(help="stay, move or go")] = "stay",
    retune_existing: Annotated[bool, typer.Option("--retune-existing", help="other channels and powers for them too")] = False,
    budget_yen: Annotated[float | None, typer.Option(help="what the access points may cost")] = None,
    max_access_points: Annotated[int | None, typer.Option(help="how many there may be")] = None,
    min_rssi_dbm: Annotated[float, typer.Option(help="signal that counts as coverage")] = -67.0,
    min_sinr_db: Annotated[float, typer.Option(help="signal over noise and interference that counts, down and up")] = 15.0,
    coverage_share: Annotated[float, typer.Option(help="of the people of every zone")] = 0.95,
    served_share: Annotated[float, typer.Option(help="of the people, to be served in nine of ten random crowds")] = 0.95,
    confidence_share: Annotated[float, typer.Option(help="with which a place is covered under fading")] = 0.9,
    deviation: Annotated[
        str,
        typer.Option(
            help="what that allows for: fading (4 dB everywhere) or place (what maps of measured buildings were off by)"
        ),
    ] = "fading",
    second_access_point: Annotated[bool, typer.Option("--second-access-point", help="every place hears two")] = False,
    survives_one: Annotated[bool, typer.Option("--survives-one", help="also without any one access point")] = False,
    max_busy_share: Annotated[float, typer.Option(help="of a channel's time")] = 0.7,
    max_clients_per_radio: Annotated[int | None, typer.Option(help="association limit, instead of the model's")] = None,
    model_name: Annotated[
        list[str] | None, typer.Option("--model", help="access point model; several: the cheapest that works is taken")
    ] = None,
    own_equipment: Annotated[Path | None, typer.Option("--equipment", help="TOML of models of your own")] = None,
    poe: Annotated[str | None, typer.Option(help="class of the switch's ports: af, at (the default), bt3 or bt4")] = None,
    client_power_dbm: Annotated[float, typer.Option(help="what a phone sends with")] = 13.0,
    obstruction_db: Annotated[
        float | None, typer.Option(help="one loss by people for every path, instead of crowds path by path")
    ] = None,
    pitch_m: Annotated[float, typer.Option(help="between candidate spots")] = 5.0,
    prices: Annotated[
        Path | None, typer.Option(help="TOML of prices that are others than ours; see wifiplan/prices.toml")
    ] = None,
    alternatives: Annotated[bool, typer.Option("--alternatives", help="also what other answers cost and serve")] = False,
    limits: Annotated[bool, typer.Option(help="also what a quarter more or fewer clients a radio would change")] = True,
    battery_hours: Annotated[float | None, typer.Option(help="buy batteries that keep all on so long without mains")] = None,
    max_seconds: Annotated[float | None, typer.Option(help="stop then with the best so far (so does Ctrl-C)")] = None,
    seed: Annotated[int, typer.Option(help="of the solver")] = 0,
    metres_per_unit: Annotated[float | None, typer.Option(help="for drawings without units")] = None,
    feature: Annotated[str | None, typer.Option(help="which building of a GeoJSON: KEY=VALUE or a number")] = None,
    height_m: Annotated[float | None, typer.Option(help="floor to ceiling, for drawings that do not say")] = None,
    level: Annotated[int | None, typer.Option(help="only this storey, from 0")] = None,
    as_json: Json = False,
) -> None:
    """Find where access points go, how many, and why, with a bound on how much better any other answer could be."""
    import time

    started_s = time.monotonic()
    import floorplans
    from wifiplan import answer, equipment, model
    from wifiplan.capacity import demand
    from wifiplan.commands import options

    who = [demand.find_scenario(name) for name in scenario]
    floor_plan = floorplans.read(plan, level=level, metres_per_unit=metres_per_unit, feature=feature, height_m=height_m)
    density = options.persons_per_m2(persons_per_m2, m2_per_person)
    options.check_usable_share(usable_share, persons)
    demands = [demand.demands(floor_plan, one, persons=persons, persons_per_m2=density, usable_share=usable_share) for one in who]

    from wifiplan.capacity.spread import DRAWS
    from wifiplan.placement import existing as hanging
    from wifiplan.placement.ask import Ask
    from wifiplan.placement.place import left_off_said, place, stopped
    from wifiplan.placement.scan import read_scan
    from wifiplan.prices import price_list

    known = equipment.models(own_equipment)
    old = hanging.read(existing, floor_plan, own=known) if existing is not None else ()
    ask = Ask(
        requirement=model.Requirement(
            min_rssi_dbm=min_rssi_dbm,
            min_sinr_db=min_sinr_db,
            coverage_share=coverage_share,
            confidence_share=confidence_share,
            fading_db=options.fading_db(deviation),
            second_access_point=second_access_point,
            max_busy_share=max_busy_share,
            max_clients_per_radio=max_clients_per_radio,
            served_share=options.served_share(served_share),
        ),
        survives_one=survives_one,
        with_alternatives=alternatives,
        with_limits=limits,
        battery_hours=battery_hours,
        models=options.models(model_name or [], own_equipment),
        poe=options.poe(poe),
        bands=options.bands(band or []),
        widths_mhz=options.widths_mhz(width_mhz or [20]),
        country=country,
        avoid_dfs=options.avoid_dfs(dfs),
        client_power_dbm=client_power_dbm,
        obstruction_db=None if obstruction_db is None else options.obstruction_db(obstruction_db),
        mounts=options.mounts(mount or []),
        antennas=options.antennas(antenna or []),
        pitch_m=pitch_m,
        forbidden_m=tuple(options.rectangle_m(text) for text in forbid or []),
        added=tuple(options.spot(floor_plan, text) for text in add or []),
        existing=old,
        existing_may=options.existing_may(existing_may),
        foreign=() if scan is None else read_scan(scan, own=[ap.key for ap in old if ap.key]),
        retune_existing=retune_existing,
        switch_m=None if switch is None else options.place_m("--switch", switch),
        budget_yen=budget_yen,
        max_access_points=max_access_points,
        prices=None if prices is None else price_list(prices),
        seed=seed,
    )
    left_s = None if max_seconds is None else max_seconds - (time.monotonic() - started_s)  # reading the drawing counts too
    with progress_bar("placement") as progress, stop_when(left_s) as cancelled:
        stages = {"gains": 0.0, "solve": 0.3, "check": 0.8}
        design = place(
            floor_plan,
            dict(zip(scenario, demands, strict=True)),
            ask,
            assumptions=demand.assumptions(who[0]),
            progress=lambda stage, share: progress(stages[stage] + 0.2 * share),
            cancelled=cancelled,
        )
    design = equipment.with_own(design, [known[ap.model] for ap in design.access_points if ap.model and ap.model in known])
    if out is not None:
        model.save(design, out)
    found = design.placement
    assert found is not None  # `place` always says it
    if found.cancelled:
        sys.stderr.write(
            f"wifiplan: {plan}: stopped early; this is the best design so far"
            + (", which does not meet the demand\n" if found.failures else f", at most {found.gap_share:.1%} too dear\n")
        )
    if found.stopped_by:
        sys.stderr.write(f"wifiplan: {plan}: the demand cannot be met whole: {stopped(found)}\n")
    if as_json:
        print_json(answer.placement_to_json(found))
        return
    if said := left_off_said(found):
        sys.stdout.write(f"{said} (--band 2.4 --band 5 keeps them on)\n")
    for ap in design.access_points:
        radios = ", ".join(f"{r.band} GHz channel {r.channel}, {r.tx_power_dbm:g} dBm" for r in ap.radios)
        sys.stdout.write(
            f"{ap.name}  x {ap.x_m:5.1f} m  y {ap.y_m:5.1f} m  height {ap.height_m:4.1f} m  {radios}\n    {ap.why}\n"
        )
    of = "crowds" if found.draws >= DRAWS else f"of only {found.draws} crowds"
    sys.stdout.write(
        f"{found.access_points} access points, {found.cost_yen:,} yen (no answer is below {found.bound.cost_yen:,}); "
        f"signal for {found.coverage_share:.1%} and service for {found.served_share:.1%} of the people, "
        f"in nine of ten {of} for {found.served_share_p10:.1%} or more"
        + ("" if found.served_share_p10_unsteered is None else f" ({found.served_share_p10_unsteered:.1%} without steering)")
        + (f", for which {found.headroom_yen:,} of the yen are\n" if found.headroom_yen else "\n")
    )
