"""The stages in turn: A proposes a set of spots, B and C try it, and what fails goes back to A until one passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.answer import Failure
from wifiplan.errors import PlacementError
from wifiplan.model import Band, Design
from wifiplan.placement.ask import mounts_of
from wifiplan.placement.heuristics import greedy, spread
from wifiplan.placement.layouts import even_layouts
from wifiplan.placement.milp import Answer, Limit, Solver, largest_part, least_access_points, solve, solve_by_few
from wifiplan.placement.points import People
from wifiplan.placement.polish import tuned
from wifiplan.placement.problem import Problem, Progress, west_first
from wifiplan.placement.spot import ANTENNA_GAIN_DBI, Spot
from wifiplan.placement.spots import candidates
from wifiplan.placement.verdict import BUSY_TOLERANCE, Check, only_2g4_is_full

TIGHTER_SHARE = 0.95
"""Of its limits the programme is held to this share after a set of its own has failed the check, again and again (assumed)."""

_TIGHTEST_SHARE = 0.5
"""Down to this share of the limits (assumed)."""
_MANY = 20
"""Above so many access points a set that is likely to fail is not tried: a check takes seconds (assumed)."""
_LARGE_ROUNDS = 2
"""Numbers of access points that even layouts of dozens are tried with, before the limit is named that they fail by (assumed)."""
_MOST_AT_2G4 = 6
"""So many access points of one hall stand two on each channel at 2.4 GHz: where those are too full, one more fills them more.
Where the clients alone need so many, it is tried before anything is proved."""
_DEARER_SHARE = 0.05
"""Of dozens, and where the air of a hall is what lacks, even layouts may cost so much more than the set that they stand for: that
one hangs in a heap near the switch, where cables are short and no power shares the people out (assumed; the gap says what it
costs)."""
EVEN_SHARE = 0.02
"""In one hall so much more may an even layout cost where none costs as little as the cheapest set: a few longer cables (assumed;
the gap says what it costs). The cheapest set stands in a heap on the switch's side then."""
_SETS_EXPECTED = 20
"""Sets of spots that a search takes at most, as far as its progress is told (assumed)."""
_FINER = 4
"""The grid of better places is so many times as fine as that of the candidates (assumed)."""
_BETTER_DB = 0.05
"""Less than this is no better signal (assumed: a rounding of gains)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the stages found: the design, its check, and the proof. `spots` are in the order of the design's access points."""

    chosen: tuple[int, ...]
    spots: tuple[Spot, ...]
    design: Design
    check: Check
    cost_yen: float
    bound_yen: float
    bound_access_points: int
    attempts: int
    stopped_by: Limit | None
    cancelled: bool
    bound_of: Literal["grid", "building"] = "grid"
    """Of what the bound is: of the problem's spots, or of every place in the building."""
    even: bool = False
    """An even layout: no place of it is moved for itself."""
    held_by: str = ""
    """Where the gap is open: the constraint that the cheapest sets of spots did not meet in the full check."""
    headroom_yen: float = 0.0
    """What of the cost random crowds add to that of the mean one, of which the bound is."""


def best_outcome(task: Problem, solver: Solver, *, progress: Progress | None = None, most_sets: int | None = None) -> Outcome:
    """The outcome of the stages in turn, until a set of spots passes the full check, or after `most_sets` of them."""
    tell = progress or (lambda _stage, _share: None)
    matrix, bound_yen, exact, attempts = task.matrix, 0.0, True, 0
    failed: Counter[str] = Counter()
    one_hall = matrix.one_hall
    fewest = least_access_points(matrix)
    if one_hall and task.ask.may_leave_off_2g4 and "2.4" in task.ask.bands and fewest >= _MOST_AT_2G4:
        full = _even_and_full_at_2g4(task, fewest, solver)
        if full is not None:
            return full
    if one_hall and fewest > _MANY:
        # Of dozens in one hall the clients alone need as many as any proof finds, which takes a minute and more there.
        matrix = replace(matrix.without_airtime(), least_access_points=fewest)
    elif (least := solve_by_few(matrix, solver, goal="count")) is not None:
        fewest = int(np.ceil(least.bound - 1e-6))
    # What works without any one of its access points has one more than what just works.
    fewest += task.ask.survives_one
    matrix = replace(matrix, least_access_points=fewest)
    if task.ask.survives_one:
        # Two that cover each place are not needed for it, but are where to look: the bound is that of the programme without.
        plain = solve(matrix, solver)
        bound_yen, exact = (plain.bound if plain else 0.0), False
        matrix = replace(matrix, cover_times=matrix.cover_times + 1)
    best: tuple[float, tuple[int, ...], Design, Check] | None = None
    stopped_by: Limit | None = None
    cancelled = False
    tighter, rounds = 1.0, 0
    full_by: float | None = None
    evenest: Outcome | None = None
    # Of dozens, or in one hall, even layouts stand for the set: which of equal ones it is makes no difference to them.
    proposed = solve_by_few if one_hall or matrix.least_access_points > _MANY else solve
    while not cancelled:
        answer = proposed(matrix, solver)
        cancelled = solver.stopped
        if answer is None or (cancelled and (best is not None or evenest is not None)):
            break
        if exact:
            bound_yen = answer.bound
        strict = float(task.ask.client_limit)
        if exact and len(answer.chosen) > _MANY and matrix.max_clients > strict:
            # Of dozens hardly each has half a place more, as the bound allows: what follows begins with whole places.
            exact, matrix = False, replace(matrix, max_clients=strict)
            answer = proposed(matrix, solver) or answer
        many = len(answer.chosen) > _MANY
        dearer_share = _DEARER_SHARE if (many or full_by is not None) and task.ask.budget_yen is None else 0.0
        laid: list[Check] = []
        layouts = list(even_layouts(task, answer.chosen, dearer_share=dearer_share))
        if one_hall and not layouts and not task.matrix.in_queues and task.ask.budget_yen is None:
            layouts = list(even_layouts(task, answer.chosen, dearer_share=EVEN_SHARE))
        for layout in layouts:
            # Whoever stops before there is anything gets an even layout, not a heap.
            if solver.stopped and evenest is not None:
                break
            attempts += 1
            found = _tried_layout(
                task, layout, solver, bound_yen=bound_yen, fewest=fewest, failed=failed, attempts=attempts, cancelled=cancelled
            )
            if found.check.ok:
                return found
            failed.update({failure.constraint for failure in found.check.failures})
            laid.append(found.check)
            if evenest is None or found.check.shortfall < evenest.check.shortfall:
                evenest = found
        if many and evenest is not None and not cancelled:
            # Heaps do no better than even layouts of as many; with somewhat more of them, or else a limit is named.
            rounds += 1
            if rounds == _LARGE_ROUNDS or solver.stopped or all(fails_at_2g4(verdict) for verdict in laid):
                limit = None if solver.stopped else _limit_of(evenest.check.failures)
                return replace(evenest, stopped_by=limit, bound_yen=0.0 if limit else bound_yen, cancelled=solver.stopped)
            tighter *= TIGHTER_SHARE
            matrix = replace(
                matrix,
                max_clients=strict * tighter,
                max_busy_share=task.matrix.max_busy_share * tighter,
                most_room=task.matrix.most_room * tighter,
            )
            continue
        if solver.stopped and evenest is not None:
            break
        if one_hall and laid:
            # As many get no more of one air at other places: at once to one more, and where that fills it more, no further.
            emptiest = min(verdict.shortfall for verdict in laid)
            if full_by is not None and emptiest >= full_by:
                break
            if len(answer.chosen) >= _MOST_AT_2G4 and all(fails_at_2g4(verdict) for verdict in laid):
                break
            if all(_band_is_full(task, verdict) or fails_at_2g4(verdict) for verdict in laid):
                exact, full_by = False, emptiest
                matrix = replace(matrix, least_access_points=len(answer.chosen) + 1)
                continue
        even, wide = answer.chosen if solver.stopped else spread(matrix, answer.chosen), _widths(task, answer)
        sets: list[tuple[tuple[int, ...], list[dict[Band, int]] | None]] = [(even, None)]
        if even != answer.chosen or any(width > task.site.widths_mhz[0] for row in wide for width in row.values()):
            sets.append((answer.chosen, wide))
        only_there, only_air = True, True
        for chosen, widths in sets:
            attempts += 1
            tell("solve", min(0.9, attempts / _SETS_EXPECTED))
            most = min(matrix.max_clients, float(task.ask.client_limit))
            design, verdict, every = tuned(task, chosen, solver, widths, max_clients=most)
            if best is None or verdict.shortfall < best[0]:
                best = verdict.shortfall, chosen, design, verdict
            if verdict.ok:
                return outcome_of(task, best, bound_yen, fewest, failed, attempts=attempts, cancelled=cancelled)
            failed.update({failure.constraint for failure in verdict.failures})
            exact &= every
            only_there &= fails_at_2g4(verdict)
            only_air &= {failure.constraint for failure in verdict.failures} <= {"airtime", "clients"}
            if solver.stopped:
                break
        if one_hall and only_there and len(answer.chosen) >= _MOST_AT_2G4:
            break
        if most_sets is not None and attempts >= most_sets and best is not None:
            return outcome_of(task, best, bound_yen, fewest, failed, attempts=attempts, cancelled=cancelled)
        matrix = replace(matrix, tried=(*matrix.tried, *dict.fromkeys(chosen for chosen, _ in sets)))
        if one_hall and (only_there or only_air):
            # Its air and its radios are as many at other places.
            exact, matrix = False, replace(matrix, least_access_points=len(answer.chosen) + 1)
            continue
        if not exact:
            # Room for what the programme does not see: interference, queues, and clients who take the strongest signal.
            tighter *= TIGHTER_SHARE
            matrix = replace(
                matrix,
                max_clients=task.matrix.max_clients * tighter,
                max_busy_share=task.matrix.max_busy_share * tighter,
                most_room=task.matrix.most_room * tighter,
            )
            if tighter < _TIGHTEST_SHARE:
                break
    cancelled = cancelled or solver.stopped
    if best is None and evenest is not None and not cancelled:
        return replace(evenest, stopped_by=_limit_of(evenest.check.failures), bound_yen=0.0, bound_access_points=0)
    if cancelled and evenest is not None and (best is None or evenest.check.shortfall < best[0]):
        return replace(evenest, cancelled=True)
    if cancelled and best is None and (quick := greedy(task.matrix)):
        design, verdict, _ = tuned(task, quick, solver)
        best = verdict.shortfall, quick, design, verdict
    if not cancelled and best is not None and task.ask.may_leave_off_2g4 and fails_at_2g4(best[3]):
        # What follows is the search without that band: the largest part with it, which may take minutes, would be for nothing.
        stopped_by = "airtime"
    elif not cancelled:
        part, limit = largest_part(task.matrix, solver)
        cancelled = solver.stopped
        stopped_by = limit if best is None else _limit_of(best[3].failures)
        if part is not None and part.chosen:
            design, verdict, _ = tuned(task, part.chosen, solver, _widths(task, part))
            if best is None or verdict.met > best[3].met:
                best = verdict.shortfall, part.chosen, design, verdict
    if best is None:
        raise PlacementError(
            "no spot serves anybody: the people are out of reach of all of them; allow other mounts or more power"
        )
    return outcome_of(task, best, bound_yen, fewest, failed, attempts=attempts, stopped_by=stopped_by, cancelled=cancelled)


def _even_and_full_at_2g4(task: Problem, count: int, solver: Solver) -> Outcome | None:
    """The outcome of an even layout of so many access points, as few as the clients need, if only 2.4 GHz is too full there."""
    chosen = greedy(task.matrix)[:count]
    layout = next(even_layouts(task, chosen, dearer_share=np.inf), None) if len(chosen) == count else None
    if layout is None:
        return None
    found = _tried_layout(task, layout, solver, bound_yen=0.0, fewest=0, failed={}, attempts=1, cancelled=solver.stopped)
    return replace(found, stopped_by="airtime") if fails_at_2g4(found.check) else None


def _tried_layout(
    task: Problem,
    layout: Sequence[Spot],
    solver: Solver,
    *,
    bound_yen: float,
    fewest: int,
    failed: Mapping[str, int],
    attempts: int,
    cancelled: bool,
) -> Outcome:
    """The outcome of an even layout, whether it passes the check or not; `failed` is what cheaper sets failed by."""
    more = [spot for spot in layout if spot not in task.site.spots]
    wider = task.with_spots(more)
    rows = tuple(wider.site.spots.index(spot) for spot in layout)
    design, verdict, _ = tuned(wider, rows, solver)
    best = verdict.shortfall, rows, design, verdict
    return replace(outcome_of(wider, best, bound_yen, fewest, failed, attempts=attempts, cancelled=cancelled), even=True)


def _band_is_full(task: Problem, verdict: Check) -> bool:
    """Whether all channels of a band are busier than they may be."""
    most = task.ask.requirement.max_busy_share + BUSY_TOLERANCE
    return any(
        all(share > most for (_, on), share in verdict.busy_share.items() if on == band)
        for band in {on for _, on in verdict.busy_share}
    )


def fails_at_2g4(verdict: Check) -> bool:
    """Whether only 2.4 GHz is too busy, another band beside it: more radios fill its channels more."""
    return only_2g4_is_full(verdict.failures) and any(on != "2.4" for _, on in verdict.busy_share)


def _limit_of(failures: Sequence[Failure]) -> Limit:
    """The programme's word for what the check found."""
    first = failures[0].constraint if failures else "service"
    if first in {"clients", "airtime"}:
        return cast("Limit", first)
    return "reach"


def _widths(task: Problem, answer: Answer) -> list[dict[Band, int]]:
    kinds = [(band, width) for band in task.ask.bands for width in task.site.widths_mhz if task.site.channels(band, width)]
    return [
        {
            band: next(
                (width for used, (b, width) in zip(row, kinds, strict=True) if used and b == band),
                next(width for b, width in kinds if b == band),
            )
            for band in task.ask.bands
        }
        for row in answer.kinds
    ]


def outcome_of(
    task: Problem,
    best: tuple[float, tuple[int, ...], Design, Check],
    bound_yen: float,
    fewest: int = 0,
    failed: Mapping[str, int] | None = None,
    *,
    attempts: int,
    stopped_by: Limit | None = None,
    cancelled: bool = False,
) -> Outcome:
    """The outcome of a set of spots that was tried: (shortfall, its rows, design, check)."""
    _, chosen, design, verdict = best
    cost_yen = task.cost_yen([task.site.spots[row] for row in chosen])
    bound = 0.0 if stopped_by else min(bound_yen, cost_yen)
    return Outcome(
        chosen=chosen,
        spots=tuple(sorted((task.site.spots[spot] for spot in chosen), key=west_first)),
        design=design,
        check=verdict,
        cost_yen=cost_yen,
        bound_yen=bound,
        bound_access_points=0 if stopped_by else fewest,
        attempts=attempts,
        stopped_by=stopped_by,
        cancelled=cancelled,
        held_by=Counter(failed).most_common(1)[0][0] if failed and bound < cost_yen else "",
    )


def refined(task: Problem, outcome: Outcome, solver: Solver) -> Outcome:
    """The outcome with better places off the grid, one access point at a time, at no more cost; the full check has the last word.

    Better is a stronger signal for the worst served tenth of the people, as long as nothing fails.
    """
    ask, most = task.ask, task.ask.refine
    finer = candidates(
        task.site.floor_plan,
        pitch_m=ask.pitch_m / _FINER,
        mounts=[mount for mount in ask.mounts if mount in mounts_of(ask.model)],
        antennas=sorted({spot.antenna for spot in outcome.spots} & set(ANTENNA_GAIN_DBI)),
        switch_m=ask.switch_m,
        forbidden_m=ask.forbidden_m,
        zones=[row.zone for row in task.site.demands[task.site.scenario] if row.people > 0],
        price=task.site.price,
    )
    spots = list(outcome.spots)
    design, verdict = outcome.design, outcome.check
    crowds = task.site.crowds()
    merit = _tenth_dbm(task, design, crowds)
    for row, spot in enumerate(outcome.spots):
        if most == 0 or solver.stopped:
            break
        near = [
            one
            for one in finer
            if not spot.kept
            and (one.level, one.mount, one.antenna) == (spot.level, spot.mount, spot.antenna)
            and one.cost_yen <= spot.cost_yen
            and 0 < np.hypot(one.x_m - spot.x_m, one.y_m - spot.y_m) <= ask.pitch_m / 2
            and all(_apart(one, other, ask.min_spacing_m) for index, other in enumerate(spots) if index != row)
        ]
        there = [
            replace(design.access_points[row], x_m=one.x_m, y_m=one.y_m, height_m=one.height_m, azimuth_deg=one.azimuth_deg)
            for one in near
        ]
        if there:  # Traced at once, each is known when it is looked at.
            _tenth_dbm(task, replace(design, access_points=(*design.access_points, *there)), crowds)
        for one, here in zip(near, there, strict=True):
            if most == 0 or solver.stopped:
                break
            moved = replace(design, access_points=(*design.access_points[:row], here, *design.access_points[row + 1 :]))
            better = _tenth_dbm(task, moved, crowds)
            if better <= merit + _BETTER_DB:
                continue
            most -= 1
            tried = task.checked(moved)
            if tried.ok:
                design, verdict, merit, spots[row] = moved, tried, better, one
    return replace(outcome, design=design, check=verdict, spots=tuple(spots), cost_yen=task.cost_yen(spots))


def _apart(one: Spot, other: Spot, spacing_m: float) -> bool:
    away = np.linalg.norm([one.x_m - other.x_m, one.y_m - other.y_m, one.height_m - other.height_m])
    return one.level != other.level or bool(away >= spacing_m)


def _tenth_dbm(task: Problem, design: Design, crowds: Sequence[People]) -> float:
    """The signal that nine people in ten have at least in each scenario."""
    worst = []
    band = task.ask.bands[0]
    power = np.array([next(r.tx_power_dbm for r in ap.radios if r.band == band) for ap in design.access_points])
    for crowd in crowds:
        gain = task.site.gains(task.site.floor_plan, design.access_points, crowd.points_m, frequency_mhz=wifi.FREQUENCY_MHZ[band])
        best = (power[:, None] + gain).max(axis=0)
        order = np.argsort(best)
        reached = np.cumsum(crowd.people[order]) / crowd.people.sum()
        worst.append(float(best[order][int(np.searchsorted(reached, 0.1))]))
    return round(min(worst), 2)
