"""Where access points go, how many, and why: candidates -> programme -> channels and powers -> the full check.

A: `milp` chooses spots and widths on a matrix; its bound holds for every design. B: `tuning` gives those
spots channels and powers. C: `verdict`, the whole radio map and capacity model; a set that fails goes back to A as one
that was tried (`search`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shapely.geometry import Polygon

from floorplans.plan import FloorPlan
from wifiplan.capacity import facility as capacity
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import AccessPoint, Band, Demand, Design, Requirement
from wifiplan.placement import bill
from wifiplan.placement import spots as sites
from wifiplan.placement.alternatives import alternatives, reason, why
from wifiplan.placement.milp import Solver
from wifiplan.placement.problem import MAX_POINTS, MIN_SPACING_M, POWER_ABOVE_CLIENT_DB, Problem, Progress, problem
from wifiplan.placement.search import Outcome, refined, search
from wifiplan.placement.spots import Spot
from wifiplan.placement.verdict import CLIENT_POWER_DBM
from wifiplan.prices import Prices, price_list

DRAWS = 200
"""Crowds of the Monte Carlo that a design is put through at the end."""


def place(
    floor_plan: FloorPlan,
    demands: Sequence[Demand],
    requirement: Requirement = Requirement(),  # noqa: B008  (frozen)
    *,
    also: Mapping[str, Sequence[Demand]] | None = None,
    scenario: str = "",
    bands: Sequence[Band] = ("5",),
    widths_mhz: Sequence[int] = (20,),
    country: str = "JP",
    avoid_dfs: bool | None = None,
    client_power_dbm: float = CLIENT_POWER_DBM,
    power_above_client_db: float = POWER_ABOVE_CLIENT_DB,
    obstruction_db: float = 0.0,
    mounts: Sequence[sites.Mount] = sites.MOUNTS,
    antennas: Sequence[str] = ("omni", "patch"),
    forbidden_m: Sequence[Polygon] = (),
    added: Sequence[Spot] = (),
    existing: Sequence[AccessPoint] = (),
    existing_may: str = "stay",
    switch_m: tuple[float, float] | None = None,
    budget_yen: float | None = None,
    max_access_points: int | None = None,
    pitch_m: float = 5.0,
    reflections: int = 2,
    max_points: int = MAX_POINTS,
    prices: Prices | None = None,
    survives_one: bool = False,
    seed: int = 0,
    max_nodes: int = 20_000,
    refine: int = 40,
    with_alternatives: bool = False,
    assumptions: Sequence[dict[str, Any]] = (),
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Design:
    """The design of least cost that serves the people of a scenario.

    Parameters
    ----------
    floor_plan : FloorPlan
        With zones that the demands name.
    demands : sequence of Demand
        Of one scenario (`wifiplan.capacity.demand.demands`).
    requirement : Requirement
        Signal, airtime and client limits.
    also : mapping of scenario to Demands, optional
        Further scenarios that the same design must serve.
    bands : sequence of "2.4", "5", "6"
        A radio each in every access point. 2.4 GHz only where asked for.
    widths_mhz : sequence of int
        Channel widths to choose from.
    avoid_dfs : bool, optional
        True never uses a channel that radar can silence; False takes them like any other; None only where the load needs them.
    client_power_dbm, power_above_client_db : float
        What a client sends with, and how much louder an access point may be.
    obstruction_db : float
        What people in the way cost every path (`Scenario.obstruction_db`).
    mounts, antennas : sequences
        What may be used; see `wifiplan.placement.spots.spots`.
    forbidden_m : sequence of polygons
        Nothing hangs here, beside the plan's keepout zones.
    added : sequence of Spot
        The planner's own spots (`wifiplan.placement.spots.given`).
    existing : sequence of AccessPoint
        What hangs there already.
    existing_may : "stay", "move" or "go"
        It stays and is built upon; may be taken down and used elsewhere; or may be taken down. Left where it is it costs nothing.
    switch_m : (x, y), optional
        Of the PoE switch; see `wifiplan.placement.spots.spots`.
    budget_yen, max_access_points : optional
        Upper limits. Where they bind, the design is the largest part that can be served.
    pitch_m : float
        Between candidate spots.
    reflections : int
        Greatest number of reflections on a path.
    max_points : int
        About so many places stand for the people, in the programme and in the check.
    prices : Prices, optional
        Instead of those that come with the program (`wifiplan.prices.price_list`).
    survives_one : bool
        All of this is still met without any one access point.
    seed, max_nodes : int
        Of the solver. The same input gives the same design on every machine; the bound and gap say how far the search came.
    refine : int
        Full checks that the search for better places off the grid may take, at no more cost. 0: none.
    with_alternatives : bool
        Also find out what other answers cost and serve: `placement["alternatives"]` and `placement["curve"]`.
    assumptions : sequence of {what, value, unit, source}
        Kept in the design, before placement's own.
    progress : callable, optional
        Told (stage, share done).
    cancelled : callable, optional
        Asked now and then; True ends the search with the best so far, and the design says so.

    Returns
    -------
    Design
        With `placement` as `wifiplan place --json` prints it. Where the demand cannot be met whole, `placement["stopped_by"]`
        names the limit that stops the rest.

    Raises
    ------
    DesignError
        For a requirement that contradicts itself or a budget below one access point.
    PlacementError
        Where nothing can be hung, or nobody is to be served.
    """
    _check_requirement(requirement, max_access_points)
    if existing_may not in {"stay", "move", "go"}:
        raise DesignError(f"existing access points may {existing_may!r}: say stay, move or go")
    sites.people(floor_plan, demands)
    outdoors = [row.zone for row in demands if row.people > 0]
    price = prices or price_list()
    own = sites.priced(floor_plan, [*map(sites.existing, existing), *added], switch_m=switch_m, price=price)
    try:
        found = sites.spots(
            floor_plan,
            pitch_m=pitch_m,
            mounts=mounts,
            antennas=antennas,
            switch_m=switch_m,
            forbidden_m=forbidden_m,
            zones=outdoors,
            price=price,
        )
    except PlacementError:
        if not own:
            raise
        found = ()
    spots = (*own, *found)
    cheapest_yen = min(
        spot.cost_yen + (0.0 if spot.kept else float(price["switch"]["yen"] + price["ups"]["yen"])) for spot in spots
    )
    if budget_yen is not None and budget_yen < cheapest_yen:
        raise DesignError(
            f"the budget of {budget_yen:,.0f} yen is below one access point with its switch ({cheapest_yen:,.0f} yen); raise it"
        )
    started_s = time.perf_counter()
    task = problem(
        floor_plan,
        {scenario: demands, **(also or {})},
        requirement,
        spots,
        bands=bands,
        widths_mhz=widths_mhz,
        country=country,
        avoid_dfs=avoid_dfs,
        client_power_dbm=client_power_dbm,
        power_above_client_db=power_above_client_db,
        obstruction_db=obstruction_db,
        kept=existing,
        kept_may=existing_may,
        budget_yen=budget_yen,
        max_access_points=max_access_points,
        prices=price,
        survives_one=survives_one,
        max_points=max_points,
        reflections=reflections,
        progress=progress,
    )
    gains_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    solver = Solver(seed=seed, max_nodes=max_nodes, cancelled=cancelled)
    outcome = search(task, solver, progress=progress)
    solve_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    if refine and outcome.check.ok and not outcome.cancelled:
        outcome = refined(task, outcome, pitch_m=pitch_m, mounts=mounts, forbidden_m=forbidden_m, switch_m=switch_m, most=refine)
    design = _told(task, outcome, seed)
    check_s = time.perf_counter() - started_s
    summary: dict[str, Any] = {
        "access_points": len(outcome.spots),
        "coverage_share": outcome.check.coverage_share,
        "served_share": outcome.check.served_share,
        "served_share_p10": served_share_p10(design),
        "cost_yen": round(outcome.cost_yen),
        "bound": {
            "cost_yen": round(outcome.bound_yen),
            "access_points": outcome.bound_access_points,
            "valid_for": _valid_for(task, outcome),
        },
        "gap_share": round(1.0 - outcome.bound_yen / outcome.cost_yen, 4) if outcome.cost_yen > 0 else 0.0,
        "held_by": outcome.held_by,
        "seconds": {"gains": round(gains_s, 3), "solve": round(solve_s, 3), "check": round(check_s, 3)},
        "seed": seed,
        "stopped_by": outcome.stopped_by,
        "cancelled": outcome.cancelled,
        "failures": [
            {"constraint": one.constraint, "where": one.where, "value": one.value, "limit": one.limit}
            for one in outcome.check.failures
        ],
        "spots": len(spots),
        "points": sum(len(load.people) for load in task.matrix.loads),
        "sets_checked": outcome.attempts,
        "nodes": solver.nodes,
        "bill": bill.rows(outcome.spots, price, reused=task.reused(outcome.spots)),
        "power": bill.power(outcome.spots, price),
        "cables_m": {
            ap.name: spot.cable_m for ap, spot in zip(design.access_points, outcome.spots, strict=True) if not spot.kept
        },
        "reasons": design.placement["reasons"],
    }
    if with_alternatives:
        summary |= alternatives(task, outcome, solver)
    return replace(
        design,
        placement=summary,
        assumptions=(*assumptions, *_assumptions(task)),
    )


def _told(task: Problem, outcome: Outcome, seed: int) -> Design:
    """The design with its planned clients, its capacity by the full Monte Carlo, and why each access point is there."""
    loads = outcome.check.clients
    design = outcome.design
    count = sites.points_per_zone(design.demands, task.max_points)
    model = capacity.capacity(design, points_per_zone=count, gains_db=task.gains, draws=DRAWS, seed=seed)
    reasons = [reason(task, outcome, row) for row in range(len(design.access_points))]
    return replace(
        design,
        access_points=tuple(
            replace(
                ap,
                radios=tuple(replace(radio, planned_clients=round(loads[ap.name, radio.band], 1)) for radio in ap.radios),
                why=why(reason),
            )
            for ap, reason in zip(design.access_points, reasons, strict=True)
        ),
        capacity=capacity.to_json(model),
        placement={"reasons": reasons},
    )


def served_share_p10(design: Design) -> float:
    """Share of the people that is served or more in nine of ten crowds, by the draws kept in the design's capacity."""
    people = sum(row.people for row in design.demands)
    return round(min(1.0, float(design.capacity["spread"]["served"]["p10"]) / people), 4) if people > 0 else 0.0


_STOPPED: dict[str, str] = {
    "reach": "some people are out of reach of every spot; allow other mounts or a lower signal",
    "clients": "the association limit of the radios; raise max_clients_per_radio or add a band",
    "airtime": "the airtime of the channels there are; allow more channels (DFS, 6 GHz) or ask for less",
    "access_points": "the number of access points allowed; raise it",
    "budget": "the budget; raise it",
}


def stopped(placement: Mapping[str, Any]) -> str:
    """What stops the rest, in one sentence, for the `placement` of a design whose demand is not met whole."""
    return (
        f"signal for {placement['coverage_share']:.0%} and service for {placement['served_share']:.0%} of the people; "
        f"what stops the rest: {_STOPPED[placement['stopped_by']]}"
    )


def _assumptions(task: Problem) -> tuple[dict[str, Any], ...]:
    above_db = task.power_dbm - task.client_power_dbm
    rows: list[dict[str, Any]] = [
        {"what": "client power", "value": task.client_power_dbm, "unit": "dBm", "source": "12 to 15 dBm seen in phones"},
        {"what": "access point above client power, at most", "value": above_db, "unit": "dB", "source": "assumption"},
        {
            "what": "loss by people in the way",
            "value": task.gains.obstruction_db,
            "unit": "dB",
            "source": "assumption of the scenario",
        },
        {"what": "spacing of access points, at least", "value": MIN_SPACING_M, "unit": "m", "source": "assumption"},
        {
            "what": "mounting height, at most",
            "value": sites.MAX_HEIGHT_M,
            "unit": "m",
            "source": "assumption: service from a lift",
        },
    ]
    if any(spot.guard for spot in task.spots):
        rows.append(
            {"what": "guard below", "value": sites.BALL_HEIGHT_M, "unit": "m", "source": "assumption: ball play in halls"}
        )
    return (
        *rows,
        *(
            {
                "what": f"price: {name.replace('_', ' ')}",
                "value": row["yen"],
                "unit": f"yen per {row['per']}",
                "source": row["source"],
            }
            for name, row in task.price.items()
        ),
    )


def _check_requirement(requirement: Requirement, max_access_points: int | None) -> None:
    for name in ("coverage_share", "max_busy_share"):
        share = getattr(requirement, name)
        if not 0.0 < share <= 1.0:
            raise DesignError(f"requirement: {name} is {share:g}; it must be above 0 and at most 1")
    if not 0.5 <= requirement.confidence_share < 1.0:
        raise DesignError(f"requirement: confidence_share is {requirement.confidence_share:g}; give 0.5 (the mean) to below 1")
    if requirement.max_clients_per_radio < 1:
        raise DesignError(f"requirement: max_clients_per_radio is {requirement.max_clients_per_radio}; one client must fit")
    if requirement.min_rssi_dbm > 0:
        raise DesignError(f"requirement: min_rssi_dbm is {requirement.min_rssi_dbm:g}; no client receives that: use -67 or so")
    if max_access_points is not None and max_access_points < (2 if requirement.second_access_point else 1):
        raise DesignError(f"at most {max_access_points} access points cannot do what is asked; allow more")


def _valid_for(task: Problem, outcome: Outcome) -> str:
    if outcome.stopped_by:
        return "nothing: the demand cannot be met whole"
    widths = " or ".join(map(str, task.widths_mhz))
    return (
        f"every choice among {len(task.spots)} spots at least {MIN_SPACING_M:g} m apart, {' and '.join(task.bands)} GHz "
        f"at {widths} MHz, any of the channels allowed, powers up to {task.power_dbm:g} dBm, any association of clients"
    )
