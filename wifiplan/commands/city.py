"""`wifiplan city`. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wifiplan.commands.terminal import Json, note, print_json, stop_when

if TYPE_CHECKING:
    from wifiplan.city.listing import Facility
    from wifiplan.city.outcome import CityPlan
    from wifiplan.city.plan import Made, Wish

app = typer.Typer()


@app.command("city")
def city_command(  # noqa: PLR0917  typer's options are parameters
    facilities: Annotated[
        list[Path],
        typer.Argument(
            help="open-data lists of shelters: CSV, XLSX, GeoJSON, GeoPackage, shapefile; layers may stand among them"
        ),
    ],
    scenario: Annotated[str, typer.Option(help="who is there and what they do")] = "shelter-day1",
    out: Annotated[Path, typer.Option(help="folder for the plan and its designs; run it again to go on")] = Path("city-out"),
    budget_yen: Annotated[
        float | None, typer.Option(help="for each year: which facilities and levels come first within this sum")
    ] = None,
    years: Annotated[int, typer.Option(help="years of that budget")] = 1,
    must: Annotated[
        list[str] | None, typer.Option(help="name, id or number of a facility that is bought whatever it serves")
    ] = None,
    district_floor: Annotated[int, typer.Option(min=0, help="so many facilities at least in each district")] = 0,
    level: Annotated[
        list[str] | None,
        typer.Option(help="basic, survives-one, satellite, battery; several: the budget chooses; without it, basic"),
    ] = None,
    battery_hours: Annotated[float, typer.Option(help="of the level battery")] = 24.0,
    model_name: Annotated[
        list[str] | None, typer.Option("--model", help="access point model; several: the cheapest that works")
    ] = None,
    own_equipment: Annotated[Path | None, typer.Option("--equipment", help="TOML of models of your own")] = None,
    prices: Annotated[Path | None, typer.Option(help="TOML of prices that are others than ours")] = None,
    layers: Annotated[
        list[str] | None,
        typer.Option(
            help="population, hazard, district, boundary or buildings, as geopandas reads them; KIND=FILE names the kind"
        ),
    ] = None,
    hazard: Annotated[
        str, typer.Option(help="which disaster: flood, landslide, storm-surge, earthquake, tsunami, fire, inland-flood, volcano")
    ] = "",
    people: Annotated[
        str, typer.Option(help="planned for: scenario, guideline (3.5 m2), before (2 m2), published or assigned")
    ] = "scenario",
    usable_share: Annotated[
        float | None,
        typer.Option(help="of the floor: for the scenario as in `place`, and at 3.5 and 2 m2 (else 1 and 0.7)"),
    ] = None,
    sheltered_share: Annotated[float, typer.Option(help="of the population, who come to shelters")] = 0.1,
    columns: Annotated[Path | None, typer.Option(help='TOML: field = "heading of the list"')] = None,
    crs: Annotated[str | None, typer.Option(help="system of the coordinates, where the file does not say it: EPSG:6677")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="only facilities whose kind has this word, such as 避難所")] = None,
    drawings: Annotated[Path | None, typer.Option(help="folder of drawings that are named as the facilities")] = None,
    assume_sizes: Annotated[
        bool, typer.Option("--assume-sizes", help="the usual size of its kind for a school without one")
    ] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="processes at work; without it, one for each core")] = None,
    dask: Annotated[
        str | None, typer.Option(help="address of a Dask scheduler, instead of this machine: tcp://192.0.2.1:8786")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="only the first so many of the list")] = None,
    max_seconds: Annotated[
        float, typer.Option(help="of computing for one facility; then its best design so far is taken")
    ] = 120.0,
    papers: Annotated[
        bool, typer.Option("--papers", help="also posters and an operations card for each shelter that is to be built")
    ] = False,
    ssid: Annotated[str, typer.Option(help="the city's own network, on the posters and in the standard list")] = "",
    served_share: Annotated[float, typer.Option(help="of the people of each, to be served in nine of ten crowds")] = 0.95,
    seed: Annotated[int, typer.Option(help="of the solver")] = 0,
    as_json: Json = False,
) -> None:
    """Say which shelters of a city come first with this year's money: designs, costs, what they serve, and why."""
    import time

    from wifiplan.city import outcome, plan
    from wifiplan.commands import city_files

    wish = plan.Wish(
        lists=tuple(facilities),
        layers=tuple(layers or ()),
        columns=columns,
        crs=crs,
        kinds=tuple(kind or ()),
        drawings=drawings,
        assume_sizes=assume_sizes,
        limit=limit,
        scenario=scenario,
        people_rule=_one_of("--people", people, plan.PEOPLE_RULES),
        usable_share=None if usable_share is None else _share("--usable-share", usable_share),
        sheltered_share=_share("--sheltered-share", sheltered_share),
        hazard=hazard,
        levels=_levels(level or ["basic"]),
        battery_hours=_hours(battery_hours),
        models=tuple(model_name or ()),
        equipment=own_equipment,
        prices=prices,
        max_seconds=max_seconds,
        served_share=_share("--served-share", served_share),
        seed=seed,
        budget_yen=budget_yen,
        years=years,
        must=tuple(must or ()),
        district_floor=district_floor,
    )
    _check(wish)
    started_s = time.perf_counter()
    found = plan.city_of(wish)
    for line in found.warnings:
        note("city", line)

    def said(facility: Facility, made: Made, done: int, count: int) -> None:
        sys.stderr.write(f"{done}/{count} {facility.name}: {_outcome(made)}\n")

    with stop_when(None) as cancelled:
        made = plan.design_all(found, wish, out, jobs=jobs, dask=dask, progress=said, cancelled=cancelled)
    answer = outcome.plan(found, wish, made)
    written = city_files.write(answer, out, papers=papers, ssid=ssid)
    sums = answer.totals | {"seconds": round(time.perf_counter() - started_s, 1)}
    if as_json:
        print_json(outcome.to_json(answer) | {"totals": sums, "files": [path.name for path in written]})
        return
    _tell(answer, out)


def _outcome(made: Made) -> str:
    if made.error is not None or not made.figures:
        return made.error or "no figures"
    first = made.figures[0]
    text = f"{first.access_points} access points, {first.cost_yen:,.0f} yen"
    return text + (f"; stopped early, serves {first.served_share:.1%}" if first.stopped_early else "")


def _tell(answer: CityPlan, out: Path) -> None:
    sums = answer.totals
    sys.stdout.write(
        f"{sums['designed']} of {sums['facilities']} facilities designed: {sums['access_points']} access points, "
        f"{sums['cost_yen']:,.0f} yen, service for {sums['people_served']} of {sums['people']} people\n"
    )
    if answer.skipped:
        sys.stdout.write(f"{len(answer.skipped)} rows left out, such as {answer.skipped[0].name}: {answer.skipped[0].reason}\n")
    if answer.budget is not None:
        told = answer.budget
        sys.stdout.write(
            f"within {told['budget_yen'] * told['years']:,.0f} yen: {told['facilities']} facilities, "
            f"{told['cost_yen']:,.0f} yen, "
            f"{told['person_hours']:,.0f} person-hours (no other choice has more than {told['bound']:,.0f}; "
            f"greedy {told['greedy']['person_hours']:,.0f})\n{told['next']['sentence_en']}\n"
        )
    sys.stdout.write(f"{out / 'city.csv'}\n")


def _check(wish: Wish) -> None:
    """What is wrong with an option is said before anything is designed."""
    from wifiplan import equipment
    from wifiplan.city.budget import Rules, check
    from wifiplan.prices import price_list

    known = equipment.models(wish.equipment)
    for name in wish.models:
        equipment.find(name, known)
    if wish.prices is not None:
        price_list(wish.prices)
    if wish.budget_yen is not None:
        check((), Rules(budget_yen=wish.budget_yen, years=wish.years), {})


def _one_of(option: str, word: str, words: tuple[Any, ...]) -> Any:
    from wifiplan.errors import DesignError

    if word not in words:
        raise DesignError(f"{option} {word}: no such thing; use {', '.join(words)}")
    return word


def _levels(names: list[str]) -> tuple[Any, ...]:
    from wifiplan.city.levels import LEVELS

    for name in names:
        _one_of("--level", name, LEVELS)
    return tuple(level for level in LEVELS if level in names)


def _share(option: str, value: float) -> float:
    from wifiplan.errors import DesignError

    if not 0.0 < value <= 1.0:
        raise DesignError(f"{option} {value:g}: is a share; give more than 0, and 1 at most")
    return value


def _hours(value: float) -> float:
    from wifiplan.errors import DesignError

    if not 0.0 < value <= 720.0:
        raise DesignError(f"--battery-hours {value:g}; give more than 0, and 720 at most")
    return value
