"""What random crowds need beyond the mean one, and what it costs: nine of ten of them are to be served as asked.

The programme and its bound know the mean crowd. What is found for it is put through `DRAWS` crowds of whole people at random
places; where too few of them are served, first the same spots with their clients shared out more evenly are tried, then one
access point more, and so on. What that adds to the price is the headroom.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from wifiplan.answer import UNSTEERED, Failure, Spread
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.spread import DRAWS
from wifiplan.errors import PlacementError
from wifiplan.model import Design
from wifiplan.placement.milp import Solver
from wifiplan.placement.points import points_per_zone
from wifiplan.placement.polish import tuned
from wifiplan.placement.powers import EVEN_SHARE_ROOM
from wifiplan.placement.problem import Problem, Progress
from wifiplan.placement.search import Outcome, best_outcome, fails_at_2g4, outcome_of
from wifiplan.placement.verdict import Check

_FEW_DRAWS, _LEAST_DRAWS = 10, 3
"""Crowds of a search that was stopped: as many as take about a second (assumed)."""
_FEW_PLACES, _PLACES = 500_000, 5_000_000
"""Radios x devices x crowds that take about that; and so many for a design of a large hall that fails anyhow (assumed)."""
_MORE = 6
"""So many access points more are tried at most (assumed; at least a fifth of those there are)."""
_MORE_SHARE = 0.2
_SETS = 3
"""Sets of spots that are tried with so many access points, before one more is taken (assumed: each takes seconds)."""
_SPARE = 1.08
"""Places over what so many access points more would have each, where those were too few (assumed)."""
_ROUNDING, _ROUNDED_PEOPLE = 1e-6, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowds:
    """What `draws` crowds of a design's own scenario get, and the worst scenario's share served in nine of ten of them."""

    draws: int
    spread: Mapping[str, Spread]
    served_share: float
    unsteered_share: float
    """The same if nobody whom a full access point turns away is sent to the next one."""


def crowds_of(task: Problem, design: Design, solver: Solver, *, judged: bool = True, least_share: float = 0.0) -> Crowds:
    """A design put through random crowds of every scenario; through fewer where there is no time left.

    Or where nothing is `judged` by them, because the mean crowd is not served: of a large hall they take minutes. And once it is
    certain that nine of ten do not serve `least_share`: then the figures are those of the crowds until there.
    """
    found: list[tuple[Mapping[str, Spread], float]] = []
    draws = DRAWS
    for name, rows in task.site.demands.items():
        asked = replace(design, demands=rows, scenario=name)
        people = sum(row.people for row in rows)
        spread, drawn = _spread(task, asked, solver, judged=judged, least_served=least_share * people - _ROUNDED_PEOPLE)
        draws = min(draws, drawn)
        found.append((spread, people))
    shares = [[min(1.0, spread[name].p10 / people) for spread, people in found] for name in ("served", UNSTEERED)]
    return Crowds(draws=draws, spread=found[0][0], served_share=min(shares[0]), unsteered_share=min(shares[1]))


def _spread(
    task: Problem, design: Design, solver: Solver, *, judged: bool, least_served: float
) -> tuple[Mapping[str, Spread], int]:
    count = points_per_zone(design.demands, task.ask.max_points)

    def told(_share: float) -> None:
        if solver.stopped:
            raise _StoppedError

    devices = max(1.0, sum(row.people * row.devices_per_person for row in design.demands))
    radios = sum(len(ap.radios) for ap in design.access_points)
    few = int(min(_FEW_DRAWS, max(_LEAST_DRAWS, _FEW_PLACES // (devices * radios))))
    many = DRAWS if judged else int(min(DRAWS, max(_FEW_DRAWS, _PLACES // (devices * radios))))

    def drawn(draws: int, progress: Callable[[float], None] | None) -> tuple[Mapping[str, Spread], int]:
        found = capacity(
            design,
            points_per_zone=count,
            gains_db=task.site.gains,
            draws=draws,
            seed=task.ask.seed,
            least_served=least_served,
            with_links=False,
            progress=progress,
        )
        return found.spread, found.draws

    with contextlib.suppress(_StoppedError):
        told(0.0)
        return drawn(many, told)
    return drawn(few, None)


class _StoppedError(Exception):
    """The planner's wish to stop, on its way out of the crowds."""


def with_headroom(task: Problem, outcome: Outcome, solver: Solver, *, progress: Progress | None = None) -> tuple[Outcome, Crowds]:
    """The outcome, or the first one with more room that serves the share asked for in nine of ten crowds.

    Its bound stays that of the mean crowd, and `Outcome.headroom_yen` is what the crowds add to the price. Where none does, the
    one that serves most fails by "crowds": most in those crowds that it took to refuse it, and its figures are those of all.
    """
    least = task.ask.requirement.served_share
    if not outcome.check.ok:
        return outcome, crowds_of(task, outcome.design, solver, judged=False)
    crowds = crowds_of(task, outcome.design, solver, least_share=least)
    best = outcome, crowds
    enough = crowds.served_share >= least - _ROUNDING
    for number, roomier in enumerate(() if enough else _roomier(task, outcome, solver), 1):
        if solver.stopped:
            break
        if progress is not None:
            progress("check", min(0.9, number / _MORE))
        tried = crowds_of(task, roomier.design, solver, least_share=least)
        if tried.served_share > best[1].served_share:
            best = roomier, tried
        if best[1].served_share >= least - _ROUNDING:
            break
    found, crowds = best
    if crowds.draws < DRAWS and not solver.stopped:
        crowds = crowds_of(task, found.design, solver)
    headroom_yen = max(0.0, found.cost_yen - outcome.cost_yen)
    found = replace(
        found,
        bound_yen=min(outcome.bound_yen, outcome.cost_yen),
        bound_access_points=outcome.bound_access_points,
        bound_of=outcome.bound_of,
        held_by=outcome.held_by,
        headroom_yen=headroom_yen,
        cancelled=outcome.cancelled or solver.stopped,
    )
    if crowds.served_share < least - _ROUNDING:
        short = Failure(constraint="crowds", where="nine of ten crowds", value=round(crowds.served_share, 4), limit=least)
        verdict = replace(found.check, failures=(*found.check.failures, short), shortfall=1 - crowds.served_share)
        found = replace(found, check=verdict, stopped_by=None if found.cancelled else "crowds")
    return found, crowds


def _roomier(task: Problem, outcome: Outcome, solver: Solver) -> Iterator[Outcome]:
    """Outcomes that pass the check with more and more room: the same spots evened out, then with access points more."""
    count = len(outcome.spots)
    clients = max(float(crowd.clients.sum()) for crowd in task.site.crowds()) / len(task.ask.bands)
    wider = task.with_spots([spot for spot in outcome.spots if spot not in task.site.spots])
    rows = tuple(wider.site.spots.index(spot) for spot in outcome.spots)
    even = tuned(wider, rows, solver, max_clients=EVEN_SHARE_ROOM * clients / count)
    yield from _both_limits(wider, outcome_of(wider, (0.0, rows, *even[:2]), outcome.bound_yen, attempts=outcome.attempts + 1))
    most = count + max(_MORE, round(_MORE_SHARE * count))
    if task.ask.max_access_points is not None:
        most = min(most, task.ask.max_access_points)
    spare = 1.0
    for more in range(count + 1, most + 1):
        try:
            found = _with_more(task, solver, more, spare * count / more)
            if not found.check.ok and spare == 1.0 and not fails_at_2g4(found.check):
                # What leaves no place free with few cannot be shared out as tightly among more, with walls between them.
                spare = _SPARE
                found = _with_more(task, solver, more, spare * count / more)
        except PlacementError:
            return
        if found.stopped_by and (task.matrix.one_hall or not fails_at_2g4(found.check)):
            return
        yield from _both_limits(task, found)


def _with_more(task: Problem, solver: Solver, count: int, share: float) -> Outcome:
    """The outcome with so many access points at least, each with this share of what it may have otherwise."""
    share = min(1.0, share)
    matrix = replace(
        task.matrix,
        least_access_points=count,
        max_clients=task.matrix.max_clients * share,
        max_busy_share=task.matrix.max_busy_share * share,
        most_room=task.matrix.most_room * share,
    )
    return best_outcome(replace(task, matrix=matrix), solver, most_sets=_SETS)


def _both_limits(task: Problem, outcome: Outcome) -> Iterator[Outcome]:
    """The outcome with its radios' own limits of clients, then with those that share them out evenly, where it works so."""
    design, verdict = _with_whole_limits(task, outcome.design, outcome.check)
    if verdict.ok:
        yield replace(outcome, design=design, check=verdict)
    if outcome.check.ok and design != outcome.design:
        yield outcome


def _with_whole_limits(task: Problem, design: Design, verdict: Check) -> tuple[Design, Check]:
    """The design with its radios' own limits of clients, which a search lowers to share them out, where it works so too."""
    kept = {ap.name for ap in task.ask.existing}
    points = tuple(
        ap if ap.name in kept else replace(ap, radios=tuple(replace(r, client_limit=task.ask.client_limit) for r in ap.radios))
        for ap in design.access_points
    )
    if points == design.access_points:
        return design, verdict
    whole = replace(design, access_points=points)
    found = task.checked(whole)
    return (whole, found) if found.ok or not verdict.ok else (design, verdict)
