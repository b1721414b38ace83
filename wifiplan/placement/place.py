"""The front door of placement: where access points go, how many, and why.

Candidates, then in turn: A, `milp` chooses spots and widths on a matrix, and its bound holds for every design. B, `polish` gives
those spots channels and powers. C, `verdict` judges them by the whole radio map and capacity model; a set that fails goes back
to A as one that was tried (`search`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from floorplans.plan import FloorPlan
from wifiplan.answer import Bound, ModelTried, Placement, Reason, Seconds
from wifiplan.capacity.facility import capacity
from wifiplan.equipment import with_own
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import Assumption, Demand, Design, Network, inputs_hash
from wifiplan.placement import bill
from wifiplan.placement.alternatives import other_answers, other_limits, reason, why
from wifiplan.placement.ask import Ask, mounts_of
from wifiplan.placement.fewer_2g4 import BAND, left_off, some_on_again, without_full_2g4
from wifiplan.placement.finer import with_finer_spots
from wifiplan.placement.headroom import Crowds, with_headroom
from wifiplan.placement.milp import Solver
from wifiplan.placement.points import people_points, points_per_zone
from wifiplan.placement.problem import Problem, Progress, gain_memory, posed
from wifiplan.placement.search import Outcome, best_outcome, refined
from wifiplan.placement.spot import BALL_HEIGHT_M, Spot, hanging
from wifiplan.placement.spots import MAX_HEIGHT_M, candidates
from wifiplan.placement.verdict import only_2g4_is_full
from wifiplan.prices import Prices
from wifiplan.radio.gains import GainMemory

MANY_SPOTS, WIDEST_PITCH_M = 600, 10.0
"""More candidate spots than this are put farther apart, up to so many metres (assumed; finer ones are tried around the best)."""

MOST_TRACED_S = 30.0
"""So long one core may trace the spots of a building; of a larger one reflections are left away (assumed)."""

_PATH_S, _AMONG, _BY_SURFACES, _BY_REFLECTION = 1.4e-6, 78.0, 1.6, 12.0
"""What a path takes among so many walls, openings and slabs; by what power of their number that grows; and how many times as long
one reflection more takes. Measured on a floor of 60 rooms (1.4, 19 and 214 us with 0, 1 and 2) and on a university floor of 335
surfaces (15, 170 and 1,800)."""

_FULL_REASONS = 16
"""Of so many access points the loss of each is put through the full check, of more only signal and places (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What was done to find an answer: seconds of the clock for each stage, and the solver's nodes."""

    gains_s: float
    solve_s: float
    check_s: float
    nodes: int


def place(
    floor_plan: FloorPlan,
    demands: Mapping[str, Sequence[Demand]],
    ask: Ask | None = None,
    *,
    assumptions: Sequence[Assumption] = (),
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Design:
    """The design of least cost that serves the people of a scenario, or of several.

    Parameters
    ----------
    floor_plan : FloorPlan
        With zones that the demands name.
    demands : mapping of scenario to Demands
        All of which the same design must serve (`wifiplan.capacity.demand.demands`); the first is the design's own.
    ask : Ask, optional
        What may be used and what is wanted.
    assumptions : sequence of Assumption
        Kept in the design, before placement's own.
    progress : callable, optional
        Told (stage, share done).
    cancelled : callable, optional
        Asked now and then; True ends the search with the best so far, and the design says so.

    Returns
    -------
    Design
        With `placement` as `wifiplan place --json` prints it. Where the demand cannot be met whole, `Placement.stopped_by`
        names the limit that stops the rest.

    Raises
    ------
    DesignError
        For a budget below one access point, or a demand for a zone that the plan has not.
    PlacementError
        Where nothing can be hung, or nobody is to be served.
    """
    ask = ask or Ask()
    one_each = [replace(ask, models=(model,)) for model in ask.models] if len(ask.models) > 1 else [ask]
    memories: dict[int, GainMemory] = {}
    designs = [
        _placed(floor_plan, demands, one, memories, assumptions=assumptions, progress=progress, cancelled=cancelled)
        for one in one_each
    ]
    return designs[0] if len(designs) == 1 else _cheapest(designs)


def _placed(
    floor_plan: FloorPlan,
    demands: Mapping[str, Sequence[Demand]],
    ask: Ask,
    memories: dict[int, GainMemory],
    *,
    assumptions: Sequence[Assumption],
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> Design:
    """The design with one model; what was traced for another one, by the reflections followed, is not traced again."""
    ask, spots = affordable(floor_plan, demands, ask)
    if ask.reflections not in memories:
        memories[ask.reflections] = gain_memory(floor_plan, demands, ask)
    gains = memories[ask.reflections]
    started_s = time.perf_counter()
    task = posed(floor_plan, demands, spots, ask, progress=_or_stop(progress, cancelled), gains=gains)
    posed_s = time.perf_counter()
    solver = Solver(seed=ask.seed, max_nodes=ask.max_nodes, cancelled=cancelled)
    whole, all_on = task, best_outcome(task, solver, progress=progress)
    task, outcome = without_full_2g4(whole, all_on, solver, progress=progress)
    solved_s = time.perf_counter()
    task, outcome, crowds = _finished(task, outcome, solver, progress)
    crowds_share = 1.0
    if BAND in task.ask.bands:
        fewer, without = without_full_2g4(whole, outcome, solver, progress=progress)
        if fewer is not whole:
            fewer, without, its_crowds = _finished(fewer, without, solver, progress)
            if its_crowds.served_share > crowds.served_share:
                all_on, crowds_share = outcome, crowds.served_share
                task, outcome, crowds = fewer, without, its_crowds
    off = BAND in whole.ask.bands and BAND not in task.ask.bands
    if off:
        outcome, crowds = some_on_again(task, whole, outcome, crowds, solver)
    design, reasons = _told(task, outcome, crowds, solver)
    work = _Work(
        gains_s=posed_s - started_s,
        solve_s=solved_s - posed_s,
        check_s=time.perf_counter() - solved_s,
        nodes=solver.nodes,
    )
    curve, others = other_answers(task, outcome, solver) if ask.with_alternatives else ((), ())
    limits = other_limits(task, outcome, solver) if ask.with_limits and not outcome.cancelled else ()
    answer = replace(
        _placement(task, outcome, design, crowds, work),
        reasons=reasons,
        curve=curve,
        alternatives=others,
        limits_tried=limits,
        left_off=left_off(design, all_on, crowds_share) if off else None,
    )
    design = with_own(design, ask.models)
    return replace(design, placement=answer, assumptions=(*assumptions, *_assumptions(task)))


def _finished(task: Problem, outcome: Outcome, solver: Solver, progress: Progress | None) -> tuple[Problem, Outcome, Crowds]:
    """What the stages found, with better places off the grid and room for crowds that differ; the problem has those places."""
    task, outcome = with_finer_spots(task, outcome, solver)
    if task.ask.refine and outcome.check.ok and not outcome.even and not outcome.cancelled:
        outcome = refined(task, outcome, solver)
    return task, *with_headroom(task, outcome, solver, progress=progress)


def _network(task: Problem, outcome: Outcome) -> Network:
    """What is known of the network from what is bought: watts of access points, and batteries where hours were asked."""
    ups, watts = task.site.price["ups"], float(task.site.price["access_point"]["poe_w"])
    if task.ask.battery_hours is None:
        return Network(access_point_w=watts)
    count = bill.switches(outcome.spots, task.site.price)
    return Network(
        access_point_w=watts,
        other_w=float(ups["switch_w"]) * max(1, count),
        battery_wh=count * float(ups["energy_wh"]),
        battery_hours=task.ask.battery_hours,
    )


def _cheapest(designs: Sequence[Design]) -> Design:
    """The cheapest of the designs that work, with what each model costs beside it; the one that serves most if none works."""

    def merit(design: Design) -> tuple[bool, float, float]:
        found = design.placement
        assert found is not None  # `place` always says it
        if found.stopped_by:
            return True, -found.served_share - found.coverage_share, found.cost_yen
        return False, found.cost_yen, found.five_year_yen or 0.0

    best = min(designs, key=merit)
    assert best.placement is not None
    tried = tuple(
        ModelTried(
            model=found.model,
            access_points=found.access_points,
            cost_yen=found.cost_yen,
            five_year_yen=found.five_year_yen,
            served_share=found.served_share,
            coverage_share=found.coverage_share,
            stopped_by=found.stopped_by,
        )
        for design in designs
        if (found := design.placement) is not None
    )
    return replace(best, placement=replace(best.placement, models_tried=tried))


def affordable(floor_plan: FloorPlan, demands: Mapping[str, Sequence[Demand]], ask: Ask) -> tuple[Ask, tuple[Spot, ...]]:
    """The question with spots farther apart and fewer reflections where a large building would take hours, and its spots.

    By the size of the building and not by the clock, so that the answer is the same everywhere.
    """
    first = next(iter(demands.values()))
    spots = _spots(floor_plan, first, ask)
    while len(spots) > MANY_SPOTS and ask.pitch_m < WIDEST_PITCH_M:
        ask = replace(ask, pitch_m=min(WIDEST_PITCH_M, 1.25 * ask.pitch_m))
        spots = _spots(floor_plan, first, ask)
    people = sum(len(people_points(floor_plan, rows, max_points=ask.max_points).points_m) for rows in demands.values())
    paths = len(spots) * (people + len(spots)) * len(ask.bands)
    surfaces = sum(1 + len(wall.openings) for wall in floor_plan.walls) + len(floor_plan.slabs)
    direct_s = paths * _PATH_S * (surfaces / _AMONG) ** _BY_SURFACES
    while ask.reflections and direct_s * _BY_REFLECTION**ask.reflections > MOST_TRACED_S:
        ask = replace(ask, reflections=ask.reflections - 1)
    return ask, spots


def _spots(floor_plan: FloorPlan, demands: Sequence[Demand], ask: Ask) -> tuple[Spot, ...]:
    """The spots to choose from: those that hang already or are the planner's own, then the plan's."""
    # Nobody to serve is said before anything else.
    people_points(floor_plan, demands)
    price = ask.price
    own = bill.priced(floor_plan, [*map(hanging, ask.existing), *ask.added], switch_m=ask.switch_m, price=price)
    try:
        found = candidates(
            floor_plan,
            pitch_m=ask.pitch_m,
            mounts=[mount for mount in ask.mounts if mount in mounts_of(ask.model)],
            antennas=ask.antennas,
            switch_m=ask.switch_m,
            forbidden_m=ask.forbidden_m,
            zones=[row.zone for row in demands if row.people > 0],
            price=price,
        )
    except PlacementError:
        if not own:
            raise
        found = ()
    spots = (*own, *found)
    _check_budget(spots, price, ask.budget_yen)
    return spots


def _check_budget(spots: Sequence[Spot], price: Prices, budget_yen: float | None) -> None:
    first_switch_yen = float(price["switch"]["yen"] + price["ups"]["yen"])
    cheapest_yen = min(spot.cost_yen + (0.0 if spot.kept else first_switch_yen) for spot in spots)
    if budget_yen is not None and budget_yen < cheapest_yen:
        raise DesignError(
            f"the budget of {budget_yen:,.0f} yen is below one access point with its switch ({cheapest_yen:,.0f} yen); raise it"
        )


def _placement(task: Problem, outcome: Outcome, design: Design, crowds: Crowds, work: _Work) -> Placement:
    """What the design costs and serves, how much better any other could be, and what it took to find out; without the reasons."""
    bought = bill.rows(outcome.spots, task.site.price, reused=task.reused(outcome.spots), model=task.ask.model.name)
    five_year = bill.five_years(bought, task.site.price, access_points=len(outcome.spots))
    return Placement(
        access_points=len(outcome.spots),
        coverage_share=outcome.check.coverage_share,
        served_share=outcome.check.served_share,
        served_share_p10=round(crowds.served_share, 4),
        served_share_p10_unsteered=round(crowds.unsteered_share, 4),
        draws=crowds.draws,
        headroom_yen=round(outcome.headroom_yen),
        cost_yen=round(outcome.cost_yen),
        bound=Bound(
            cost_yen=round(outcome.bound_yen),
            access_points=outcome.bound_access_points,
            valid_for=_valid_for(task, outcome),
        ),
        gap_share=gap_share(outcome),
        held_by=outcome.held_by,
        seconds=Seconds(gains=round(work.gains_s, 3), solve=round(work.solve_s, 3), check=round(work.check_s, 3)),
        seed=task.ask.seed,
        stopped_by=outcome.stopped_by,
        cancelled=outcome.cancelled,
        failures=outcome.check.failures,
        spots=len(task.site.spots),
        points=sum(len(load.people) for load in task.matrix.loads),
        sets_checked=outcome.attempts,
        nodes=work.nodes,
        bill=bought,
        power=bill.power(outcome.spots, task.site.price),
        cables_m={ap.name: spot.cable_m for ap, spot in zip(design.access_points, outcome.spots, strict=True) if not spot.kept},
        model=task.ask.model.name,
        five_year_yen=round(five_year.yen),
        five_years=five_year.rows,
        computed_from=inputs_hash(design, network=False),
    )


def _or_stop(progress: Progress | None, cancelled: Callable[[], bool] | None) -> Progress:
    """Progress that ends the work while there is nothing yet to end with."""

    def told(stage: str, share: float) -> None:
        if progress is not None:
            progress(stage, share)
        if cancelled is not None and cancelled():
            raise PlacementError(
                "stopped while the signal of the candidate spots was computed, before a first design; allow more time"
            )

    return told


def gap_share(outcome: Outcome) -> float:
    """What the design costs above the bound, headroom aside, as a share of that; 1 where it does not meet its demand.

    What meets the demand may cost any sum, so that a design that does not is never called near to the best.
    """
    if not outcome.check.ok:
        return 1.0
    cost_yen = outcome.cost_yen - outcome.headroom_yen
    return round(1.0 - outcome.bound_yen / cost_yen, 4) if cost_yen > 0 else 0.0


def _told(task: Problem, outcome: Outcome, crowds: Crowds, solver: Solver) -> tuple[Design, tuple[Reason, ...]]:
    """The design with its planned clients and its capacity with its crowds, and why each access point is there."""
    loads = outcome.check.clients
    design = replace(
        outcome.design,
        obstruction_db=task.ask.obstruction_db,
        client_power_dbm=task.ask.client_power_dbm,
        power_above_client_db=task.ask.power_above_client_db,
        reflections=task.ask.reflections,
        country=task.ask.country,
        network=_network(task, outcome),
    )
    count = points_per_zone(design.demands, task.ask.max_points)
    model = capacity(design, points_per_zone=count, gains_db=task.site.gains)
    model = replace(model, draws=crowds.draws, seed=task.ask.seed, spread=dict(crowds.spread))
    many = len(design.access_points) > _FULL_REASONS
    reasons = tuple(reason(task, outcome, row, quick=many or solver.stopped) for row in range(len(design.access_points)))
    points = tuple(
        replace(
            ap,
            radios=tuple(replace(radio, planned_clients=round(loads[ap.name, radio.band], 1)) for radio in ap.radios),
            why=why(one),
        )
        for ap, one in zip(design.access_points, reasons, strict=True)
    )
    return replace(design, access_points=points, capacity=model), reasons


_STOPPED: dict[str, str] = {
    "reach": "some people are out of reach of every spot; allow other mounts or a lower signal",
    "clients": "the association limit of the radios; raise max_clients_per_radio or add a band",
    "airtime": "the airtime of the channels there are; allow more channels (DFS, 6 GHz) or ask for less",
    "access_points": "the number of access points allowed; raise it",
    "budget": "the budget; raise it",
    "crowds": "that crowds differ: in one of ten fewer are served than asked for; allow more access points or ask for less "
    "(--served-share)",
}


def stopped(placement: Placement) -> str:
    """One sentence that says what stops the rest, for the `placement` of a design whose demand is not met whole."""
    tenth = f" ({placement.served_share_p10:.0%} in nine of ten crowds)" if placement.stopped_by == "crowds" else ""
    return (
        f"signal for {placement.coverage_share:.0%} and service for {placement.served_share:.0%} of the people{tenth}; "
        f"what stops the rest: {_STOPPED[placement.stopped_by or 'reach']}"
        f"{_at_2g4(placement)}{_with_more_clients(placement)}"
    )


def _with_more_clients(placement: Placement) -> str:
    """Where a higher limit of clients would do: fewer radios fill the channels less."""
    works = [one for one in placement.limits_tried if one.stopped_by is None and one.access_points < placement.access_points]
    if placement.stopped_by not in {"airtime", "crowds", "clients"} or not works:
        return ""
    least = min(works, key=lambda one: one.clients_per_radio)
    return (
        f"; with up to {least.clients_per_radio} clients a radio {least.access_points} access points would serve "
        f"{least.served_share:.0%} on the mean"
    )


def left_off_said(placement: Placement) -> str:
    """One sentence on the radios that are left off; empty where all are used."""
    off = placement.left_off
    if off is None:
        return ""
    return (
        f"the {off.band} GHz radio of {off.radios} of {placement.access_points} access points is left off: with all on, "
        f"its channels are busy for {off.busy_share_with_all:.0%} of the time and {off.served_share_with_all:.0%} of the people "
        "are served"
    )


def _at_2g4(placement: Placement) -> str:
    """Where only radios at 2.4 GHz are too busy: more of them fill its channels more, and the way out is to leave them off."""
    if placement.stopped_by != "airtime" or not only_2g4_is_full(placement.failures):
        return ""
    return "; only at 2.4 GHz, whose channels more radios fill more: leave that band off (--band 5)"


def _assumptions(task: Problem) -> tuple[Assumption, ...]:
    """What placement itself took for granted, prices among it."""
    ask = task.ask
    figures = [
        ("client_power_dbm", "client power", ask.client_power_dbm, "dBm", "12 to 15 dBm seen in phones"),
        (
            "power_above_client_db",
            "access point above client power, at most",
            ask.power_dbm - ask.client_power_dbm,
            "dB",
            "assumption",
        ),
        ("min_spacing_m", "spacing of access points, at least", ask.min_spacing_m, "m", "assumption"),
        ("max_height_m", "mounting height, at most", MAX_HEIGHT_M, "m", "assumption: service from a lift"),
    ]
    if ask.obstruction_db is not None:
        figures.append(("placed_obstruction_db", "loss by people in the way", ask.obstruction_db, "dB", "assumption"))
    if any(spot.guard for spot in task.site.spots):
        figures.append(("guard_height_m", "guard below", BALL_HEIGHT_M, "m", "assumption: ball play in halls"))
    prices = (
        Assumption(
            kind="price",
            of=name,
            what=f"price: {name.replace('_', ' ')}",
            value=row["yen"],
            unit=f"yen per {row['per']}",
            source=row["source"],
        )
        for name, row in task.site.price.items()
    )
    rows = (
        Assumption(kind=kind, what=what, value=value, unit=unit, source=source) for kind, what, value, unit, source in figures
    )
    return (*rows, *prices)


def _valid_for(task: Problem, outcome: Outcome) -> str:
    if outcome.stopped_by:
        return "nothing: the demand cannot be met whole"
    widths = " or ".join(map(str, task.site.widths_mhz))
    bands = " and ".join(task.ask.bands)
    where = f"every choice among {len(task.site.spots)} spots" if outcome.bound_of == "grid" else "every place in the building,"
    return (
        f"{where} at least {task.ask.min_spacing_m:g} m apart, {bands} GHz "
        f"at {widths} MHz, any of the channels allowed, powers up to {task.ask.power_dbm:g} dBm, any association of clients"
    )
