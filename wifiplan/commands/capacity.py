"""`wifiplan capacity`. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wifiplan.commands.terminal import Json, MaxSeconds, print_json, progress_bar

if TYPE_CHECKING:
    from wifiplan.answer import Capacity

app = typer.Typer()


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
    usable_share: Annotated[float, typer.Option(help="Of the floor, where people are so dense: 0.7 in Kashiwa's figures.")] = 1.0,
    served_share: Annotated[
        float | None, typer.Option(help="Of the people, to be served in nine of ten crowds; else what the design asks for.")
    ] = None,
    network: Annotated[
        Path | None, typer.Option(help="TOML of SSIDs, uplinks, DHCP, NAT, PoE, battery, instead of the design's own.")
    ] = None,
    obstruction_db: Annotated[
        float | None, typer.Option(help="One loss by people for every path, instead of crowds path by path.")
    ] = None,
    draws: Annotated[int, typer.Option(help="Monte Carlo draws for the percentiles; 0 for the mean alone.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the draws: the same seed, the same answer.")] = 0,
    sticky_share: Annotated[float, typer.Option(help="Devices that stay with the access point they came in by.")] = 0.0,
    band_preference_db: Annotated[float, typer.Option(help="How much better 5 and 6 GHz are liked than 2.4 GHz.")] = 8.0,
    obss_pd: Annotated[bool, typer.Option("--obss-pd", help="Let 802.11ax talk over other cells' weak frames.")] = False,
    what_if: Annotated[bool, typer.Option("--what-if", help="Also the same with one thing changed at a time.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the design with this answer in it, for the report.")] = None,
    max_seconds: MaxSeconds = None,
    as_json: Json = False,
) -> None:
    """Load per access point and radio, service per zone, and the link that breaks first."""
    from dataclasses import replace

    from wifiplan import answer, model
    from wifiplan.capacity import demand, whatif
    from wifiplan.capacity.facility import capacity
    from wifiplan.capacity.scene import Behaviour
    from wifiplan.commands import options
    from wifiplan.errors import DesignError

    persons_per_m2 = options.persons_per_m2(persons_per_m2, m2_per_person)
    options.check_usable_share(usable_share, persons)
    if scenario is None and (persons is not None or persons_per_m2 is not None or usable_share < 1 or scenarios is not None):
        raise DesignError("options about people and --scenarios change a scenario: name it with --scenario")
    design = model.load(design_json)
    if network is not None:
        design = replace(design, network=model.load_network(network))
    if obstruction_db is not None:
        design = replace(design, obstruction_db=options.obstruction_db(obstruction_db))
    if served_share is not None:
        asked_share = options.served_share(served_share)
        design = replace(design, requirement=replace(design.requirement, served_share=asked_share))
    asked: demand.Scenario | str | None = scenario
    if scenario is not None and scenarios is not None:
        asked = demand.find_scenario(scenario, scenarios)
    behaviour = Behaviour(band_preference_db=band_preference_db, sticky_share=sticky_share, obss_pd=obss_pd)
    who: dict[str, Any] = {"scenario": asked, "persons": persons, "persons_per_m2": persons_per_m2, "usable_share": usable_share}
    with progress_bar("capacity", max_seconds) as progress:
        found = capacity(design, **who, behaviour=behaviour, draws=draws, seed=seed, progress=progress)
    if what_if:
        with progress_bar("what if", max_seconds) as progress:
            found = replace(found, what_if=whatif.what_if(design, **who, behaviour=behaviour, progress=progress))
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
    if (tenth := found.served_share_p10()) is not None:
        unsteered = found.served_share_p10(steering=False) or 0.0
        verdict = "accepted" if tenth >= found.served_share - 1e-6 else "not accepted"
        sys.stdout.write(
            f"in nine of ten crowds {tenth:.1%} or more are served ({unsteered:.1%} if full access points send nobody on): "
            f"{verdict}, {found.served_share:.1%} asked for\n"
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
