"""`wifiplan city`. Bodies import what they need, so that `wifiplan --help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wifiplan.commands.terminal import Json, print_json, stop_when

app = typer.Typer()


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

    demand.find_scenario(scenario)
    listed = city.read_facilities(facilities)[:limit]
    started_s = time.perf_counter()

    def said(row: city.Row, done: int, count: int) -> None:
        what = row.error or f"{row.access_points} access points, {row.cost_yen:,.0f} yen"
        what += f"; stopped early, serves {row.served_share:.1%}" if row.stopped_early else ""
        sys.stderr.write(f"{done}/{count} {row.name}: {what}\n")

    with stop_when(None) as cancelled:
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
