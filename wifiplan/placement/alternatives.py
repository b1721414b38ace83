"""What other answers would cost and serve, and why each access point of this one is there: all by the full check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.answer import Alternative, LimitTried, Reached, Reason
from wifiplan.errors import PlacementError
from wifiplan.placement.milp import Solver, solve
from wifiplan.placement.points import people_points
from wifiplan.placement.problem import Problem, without
from wifiplan.placement.search import Outcome, best_outcome
from wifiplan.placement.spot import Spot
from wifiplan.placement.verdict import Check


def reason(task: Problem, outcome: Outcome, row: int, *, quick: bool = False) -> Reason:
    """Who loses what without one access point, by the full check of the rest.

    Or, `quick`, by its signal and the free places on the others alone: a full check of each of dozens takes minutes.
    """
    design, before = outcome.design, outcome.check
    people = {demand.zone: demand.people for demand in design.demands}
    rest = (*design.access_points[:row], *design.access_points[row + 1 :])
    name = design.access_points[row].name
    if not rest:
        zone = max(people, key=lambda one: people[one])
        everybody = sum(people.values())
        return Reason(
            ap=name,
            zone=zone,
            uncovered_people=round(everybody * before.coverage_share, 1),
            unserved_people=round(everybody * before.served_share, 1),
            weaker_db=0.0,
        )
    crowd = people_points(task.site.floor_plan, task.site.demands[task.site.scenario], max_points=task.ask.max_points)
    frequency_mhz = wifi.FREQUENCY_MHZ[task.ask.bands[0]]
    gain = task.site.gains(task.site.floor_plan, design.access_points, crowd.points_m, frequency_mhz=frequency_mhz)
    rssi = np.array([ap.radios[0].tx_power_dbm for ap in design.access_points])[:, None] + gain
    left = np.delete(rssi, row, axis=0).max(axis=0)
    weaker_db = rssi.max(axis=0) - left
    mine = crowd.people * (weaker_db > 0)
    if quick:
        least_dbm = design.requirement.min_rssi_dbm
        sure = rssi - task.site.gains.margin_db(design.requirement, design.floor_plan, design.access_points, crowd.points_m)
        lost = crowd.people * ((sure.max(axis=0) >= least_dbm) & (np.delete(sure, row, axis=0).max(axis=0) < least_dbm))
        uncovered = {zone: float(lost[crowd.zone == index].sum()) for index, zone in enumerate(crowd.zones)}
        homeless = _homeless(before, name, task.ask.client_limit) * crowd.people.sum() / crowd.clients.sum()
        home = crowd.zones[int(np.argmax(np.bincount(crowd.zone, weights=mine, minlength=len(crowd.zones))))]
        unserved = {home: float(homeless)}
    else:
        after = task.asking(survives_one=False).checked(replace(design, access_points=rest))
        uncovered = {
            zone: max(0.0, share - after.zone_coverage.get(zone, 0.0)) * people.get(zone, 0.0)
            for zone, share in before.zone_coverage.items()
        }
        unserved = {zone: max(0.0, served - after.zone_served.get(zone, 0.0)) for zone, served in before.zone_served.items()}
    lost_in = {zone: (uncovered[zone], unserved.get(zone, 0.0)) for zone in uncovered}
    worst = max(lost_in, key=lambda zone: sum(lost_in[zone]))
    if sum(lost_in[worst]) < 0.5:
        worst = crowd.zones[int(np.argmax(np.bincount(crowd.zone, weights=mine, minlength=len(crowd.zones))))]
    own = mine * (crowd.zone == crowd.zones.index(worst))
    return Reason(
        ap=name,
        zone=worst,
        uncovered_people=round(sum(uncovered.values()), 1),
        unserved_people=round(sum(unserved.values()), 1),
        weaker_db=round(float((np.where(own > 0, weaker_db, 0.0) * own).sum() / own.sum()), 1) if own.sum() > 0 else 0.0,
    )


def _homeless(before: Check, name: str, limit: float) -> float:
    """The clients of one access point for whom the others have no free place."""
    own = sum(count for (ap, _), count in before.clients.items() if ap == name)
    free = sum(max(0.0, limit - count) for (ap, _), count in before.clients.items() if ap != name)
    return max(0.0, own - free)


def why(reason: Reason) -> str:
    """One sentence for one entry of `reasons`."""
    lost, dark, zone = reason.unserved_people, reason.uncovered_people, reason.zone
    if dark >= 0.5 and lost >= 0.5:
        return f"Without it about {dark:.0f} people, first in {zone}, have too weak a signal and {lost:.0f} are not served."
    if dark >= 0.5:
        return f"Without it about {dark:.0f} people, first in {zone}, have a signal below the required one."
    if lost >= 0.5:
        return f"Without it about {lost:.0f} people, first in {zone}, find no free place or airtime on the others."
    return f"Without it the others still serve everybody, with a signal {reason.weaker_db:.1f} dB weaker in {zone}."


def other_answers(task: Problem, outcome: Outcome, solver: Solver) -> tuple[tuple[Reached, ...], tuple[Alternative, ...]]:
    """What other answers cost and serve.

    Returns
    -------
    curve : tuple of Reached
        From this design downwards, the access point whose loss hurts least taken away one by one, by the full check.
    alternatives : tuple of Alternative
        "one access point fewer", "survives the loss of any one access point", "only wall mounts" and, where some hang already,
        "all new", each a design of its own; `stopped_by` says what it lacks.
    """
    curve = []
    plain = task.asking(survives_one=False)
    design, spots = outcome.design, list(outcome.spots)
    verdict = outcome.check
    while True:
        curve.append(_reached(spots, task.cost_yen(spots), verdict))
        if len(spots) == 1:
            break
        fewer = [(row, plain.checked(without(design, row))) for row in range(len(spots))]
        row, verdict = max(fewer, key=lambda pair: (pair[1].served_share + pair[1].coverage_share, -pair[0]))
        design = without(design, row)
        spots.pop(row)
    tasks: list[tuple[str, Problem]] = []
    if len(outcome.spots) > 1:
        tasks.append(
            ("one access point fewer", replace(task, matrix=replace(task.matrix, max_access_points=len(outcome.spots) - 1)))
        )
    if not task.ask.survives_one:
        tasks.append(("survives the loss of any one access point", task.asking(survives_one=True)))
    walls = [index for index, spot in enumerate(task.site.spots) if spot.mount in {"wall", "given"}]
    if walls and len(walls) < len(task.site.spots):
        tasks.append(("only wall mounts", task.only(walls)))
    fresh = [index for index, spot in enumerate(task.site.spots) if not spot.kept]
    if len(fresh) < len(task.site.spots) and fresh:
        tasks.append(("all new", task.only(fresh)))
    found: list[Alternative] = []
    for what, other in tasks:
        try:
            answer = best_outcome(other, solver)
        except PlacementError as error:
            found.append(Alternative(what=what, stopped_by="reach", says=str(error)))
            continue
        reached = _reached(answer.spots, answer.cost_yen, answer.check)
        found.append(Alternative(what=what, reached=reached, stopped_by=answer.stopped_by))
    return tuple(curve), tuple(found)


LIMIT_SHARES = (0.75, 1.25)
"""Of the clients that a radio may hold: what a quarter fewer or more would change."""
_RAISED = 2.0
"""And twice as many, where nothing else does: fewer radios may share the air that lacks (assumed)."""


def other_limits(task: Problem, outcome: Outcome, solver: Solver) -> tuple[LimitTried, ...]:
    """What the design would be with other limits of clients a radio, the smallest first, its own among them."""
    own = task.ask.client_limit
    found = [_limit_tried(own, outcome)]
    for share in LIMIT_SHARES if outcome.check.ok else (*LIMIT_SHARES, _RAISED):
        limit = max(1, round(share * own))
        other = task.asking(requirement=replace(task.ask.requirement, max_clients_per_radio=limit))
        other = replace(other, matrix=replace(task.matrix, max_clients=task.matrix.max_clients + limit - own))
        if limit > own and outcome.check.ok:
            # What works at its own limit works at a higher one: only a cheaper set would be news.
            cheaper = solve(other.matrix, solver)
            if cheaper is None or cheaper.bound >= outcome.cost_yen - 1.0:
                found.append(_limit_tried(limit, outcome))
                continue
        try:
            found.append(_limit_tried(limit, best_outcome(other, solver)))
        except PlacementError:
            continue
    return tuple(sorted(found, key=lambda one: one.clients_per_radio))


def _limit_tried(limit: int, outcome: Outcome) -> LimitTried:
    return LimitTried(
        clients_per_radio=limit,
        access_points=len(outcome.spots),
        cost_yen=round(outcome.cost_yen),
        served_share=outcome.check.served_share,
        stopped_by=outcome.stopped_by,
    )


def _reached(spots: Sequence[Spot], cost_yen: float, verdict: Check) -> Reached:
    return Reached(
        access_points=len(spots),
        cost_yen=round(cost_yen),
        served_share=verdict.served_share,
        coverage_share=verdict.coverage_share,
    )
