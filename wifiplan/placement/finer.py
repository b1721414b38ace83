"""Spots off the grid: whether any other place in the building makes the answer cheaper, and how far the bound then reaches.

The grid's answer is the best of its spots. First the building itself is asked: with as few access points as its clients need,
each at the lowest price that any place has, nothing can be cheaper, wherever it hangs. Where the answer is dearer than that,
coverage or airtime is what costs, and places between the grid's may do better: a finer grid is traced, and the programme without
airtime (a relaxation, quick to solve) proposes sets until one passes the check or none is cheaper than what there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wifiplan.errors import PlacementError, StoppedError
from wifiplan.placement.matrix import Matrix
from wifiplan.placement.milp import Solver, least_access_points, solve
from wifiplan.placement.polish import tuned
from wifiplan.placement.problem import Problem, posed
from wifiplan.placement.search import EVEN_SHARE, Outcome, outcome_of
from wifiplan.placement.spot import Spot
from wifiplan.placement.spots import candidates

FINER = 4
"""The finer grid is so many times as fine as that of the candidates (assumed)."""
MOST_SPOTS = 400
"""Spots of the finer grid at most: of a large building it is as fine as that allows (assumed: some seconds of tracing)."""
_LEAST_FINER = 1.5
"""A grid less fine than so many times the candidates' tells nothing new (assumed)."""
_SETS = 12
"""Sets of the finer grid that are tried (assumed: some seconds)."""
_SETS_IN_QUEUES = 2
"""The same where queues decide, which the programme without airtime does not see: all twelve failed by them in the assemblies of
the sample gym and community centre, at three seconds each."""


def with_finer_spots(task: Problem, outcome: Outcome, solver: Solver) -> tuple[Problem, Outcome]:
    """The problem with the places that were looked at besides, and the cheapest outcome among them.

    `Outcome.bound_of` says of what the bound is: "building" where no place in it makes a cheaper answer possible, "grid" where it
    is of the spots of the problem. In one hall what is short of radios or air is so at other places too: none is tried.
    """
    if outcome.stopped_by or outcome.cancelled or solver.stopped or task.ask.survives_one:
        return task, outcome
    plain_hall = task.matrix.one_hall and not task.matrix.in_queues
    if plain_hall and outcome.held_by in {"clients", "airtime"}:
        return task, outcome
    pool, pitch_m = _pool(task)
    cheapest = min(spot.cost_yen for spot in (*task.site.spots, *pool))
    floor_yen = _least_cost_yen(task.matrix, least_access_points(task.matrix), cheapest)
    if outcome.cost_yen <= floor_yen + 0.5:
        return task, replace(outcome, bound_of="building")
    if plain_hall and outcome.even and outcome.cost_yen <= (1 + EVEN_SHARE) * outcome.bound_yen:
        # A cheaper set between the grid's spots would stand in a heap again.
        return task, outcome
    known = set(task.site.spots)
    more = [spot for spot in pool if spot not in known]
    if not more:
        return task, outcome
    try:
        finer = posed(
            task.site.floor_plan,
            task.site.demands,
            (*task.site.spots, *more),
            task.ask,
            progress=lambda _stage, _share: _stop_if(solver),
            gains=task.site.gains,
            hear_among=len(task.site.spots),
        )
    except StoppedError:
        return task, replace(outcome, cancelled=True)
    relaxed = replace(finer.matrix.without_airtime(), least_access_points=least_access_points(finer.matrix))
    best, bound_yen, exact = outcome, 0.0, True
    for _ in range(_SETS_IN_QUEUES if task.matrix.in_queues else _SETS):
        answer = solve(relaxed, solver, max_nodes=task.ask.max_nodes)
        if answer is None or solver.stopped:
            break
        if exact:
            bound_yen = min(answer.bound, outcome.cost_yen)
        if answer.cost_yen > outcome.cost_yen - 0.5:
            break
        design, verdict, every = tuned(finer, answer.chosen, solver)
        if verdict.ok:
            best = outcome_of(finer, (0.0, answer.chosen, design, verdict), bound_yen, attempts=outcome.attempts + 1)
            break
        exact &= every
        relaxed = replace(relaxed, tried=(*relaxed.tried, answer.chosen))
    whole = best.cost_yen <= floor_yen + 0.5
    if not whole and best.cost_yen <= bound_yen + 0.5:
        reached = solve(_dilated(relaxed, finer, pitch_m), solver)
        whole = reached is not None and reached.bound >= best.cost_yen - 0.5
    bound_yen = min(max(bound_yen, floor_yen), best.cost_yen)
    return finer, replace(
        best,
        bound_yen=bound_yen,
        bound_of="building" if whole else "grid",
        bound_access_points=max(outcome.bound_access_points if best is outcome else 0, least_access_points(finer.matrix)),
        held_by="" if bound_yen >= best.cost_yen - 0.5 else outcome.held_by or "reach",
    )


def _stop_if(solver: Solver) -> None:
    if solver.stopped:
        raise StoppedError("stopped while places off the grid were traced")


def _pool(task: Problem) -> tuple[tuple[Spot, ...], float]:
    """The spots of the finer grid, and how far apart they are; none where a grid that is not too large would tell nothing new."""
    ask, pitch_m = task.ask, task.ask.pitch_m / FINER
    while pitch_m <= ask.pitch_m / _LEAST_FINER:
        try:
            found = candidates(
                task.site.floor_plan,
                pitch_m=pitch_m,
                mounts=ask.mounts,
                antennas=("omni",) if "omni" in ask.antennas else ask.antennas[:1],
                switch_m=ask.switch_m,
                forbidden_m=ask.forbidden_m,
                zones=[row.zone for row in task.site.demands[task.site.scenario] if row.people > 0],
                price=task.site.price,
            )
        except PlacementError:
            return (), pitch_m
        if len(found) <= MOST_SPOTS:
            return found, pitch_m
        pitch_m *= max(1.1, float(np.sqrt(len(found) / MOST_SPOTS)))
    return (), pitch_m


def _least_cost_yen(matrix: Matrix, count: int, cheapest_yen: float) -> float:
    """What so many access points cost at least, each at the lowest price there is; what hangs and stays is free."""
    kept = len(matrix.kept)
    new = max(0, count - kept)
    return new * cheapest_yen + matrix.steps_yen(new) - matrix.reuse_yen * min(new, len(matrix.movable))


def _dilated(matrix: Matrix, task: Problem, pitch_m: float) -> Matrix:
    """Each spot with what its neighbours on the grid cover besides, at the lowest of their prices.

    No place between does better.
    """
    spots: Sequence[Spot] = task.site.spots
    at = np.array([(spot.x_m, spot.y_m, spot.height_m, 1e3 * spot.level) for spot in spots])
    near = np.abs(at[:, None] - at[None]).max(axis=-1) <= 1.05 * pitch_m
    cost = np.where(near, matrix.cost_yen[None], np.inf).min(axis=1)
    return replace(
        matrix,
        cost_yen=cost,
        loads=tuple(replace(load, covers=(near.astype(np.float64) @ load.covers) > 0) for load in matrix.loads),
        too_near=np.zeros_like(matrix.too_near),
        tried=(),
    )
