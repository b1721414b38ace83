"""Fewer radios at 2.4 GHz than access points, where the three channels there hold no more: the others' are left off.

Every radio sends its beacons and answers every probe whoever it serves, so that in a hall of dozens of access points each one
more at 2.4 GHz takes air from those there are. Where a search with all radios fails by that alone, it is made again without the
band, and as many radios as its channels hold are switched on again, evenly spread: devices that know no other band still get in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from wifiplan.answer import LeftOff
from wifiplan.errors import PlacementError
from wifiplan.model import AccessPoint, Band, Design
from wifiplan.placement.headroom import Crowds, crowds_of
from wifiplan.placement.milp import Solver
from wifiplan.placement.polish import radios_beside
from wifiplan.placement.problem import Problem, Progress, posed
from wifiplan.placement.search import Outcome, best_outcome, fails_at_2g4

BAND: Band = "2.4"
_CHANNELS = 3
"""Channels of 20 MHz at 2.4 GHz that do not overlap."""


def without_full_2g4(
    task: Problem, outcome: Outcome, solver: Solver, *, progress: Progress | None = None
) -> tuple[Problem, Outcome]:
    """The problem without 2.4 GHz and its outcome, where that band is what fails and less fails without it.

    That alone fails in the mean crowd; or nine of ten random ones need access points more, which would fill it.
    """
    fails = fails_at_2g4(outcome.check) or outcome.stopped_by == "crowds"
    if not task.ask.may_leave_off_2g4 or not fails or outcome.cancelled or solver.stopped:
        return task, outcome
    bands = tuple(band for band in task.ask.bands if band != BAND)
    if not bands:
        return task, outcome
    fewer = posed(
        task.site.floor_plan,
        task.site.demands,
        task.site.spots,
        replace(task.ask, bands=bands),
        gains=task.site.gains,
    )
    try:
        found = best_outcome(fewer, solver, progress=progress)
    except PlacementError:
        return task, outcome
    if not found.check.ok and (found.stopped_by == "budget" or found.check.met <= outcome.check.met):
        return task, outcome
    return fewer, found


def some_on_again(task: Problem, whole: Problem, outcome: Outcome, crowds: Crowds, solver: Solver) -> tuple[Outcome, Crowds]:
    """The outcome with as many radios at 2.4 GHz as its channels hold, if any: nothing fails and no crowd gets less by them.

    `task` is the problem without the band, `whole` the one with it.
    """
    order = _evenly(outcome.design.access_points)
    for count in _counts(len(order)):
        if solver.stopped:
            break
        design = _with_radios(whole, outcome, order[:count])
        verdict = task.checked(design)
        if verdict.failures and verdict.met <= outcome.check.met:
            continue
        found = crowds_of(task, design, solver, judged=verdict.ok, least_share=crowds.served_share)
        if found.served_share >= crowds.served_share:
            return replace(outcome, design=design, check=verdict), found
    return outcome, crowds


def left_off(design: Design, all_on: Outcome, crowds_share: float) -> LeftOff:
    """What the design leaves off, beside what was found with all radios on: in the mean crowd, and so much in nine of ten."""
    full = {where: share for where, share in all_on.check.busy_share.items() if where[1] == BAND}
    return LeftOff(
        band=BAND,
        radios=sum(all(radio.band != BAND for radio in ap.radios) for ap in design.access_points),
        busy_share_with_all=max(full.values()),
        served_share_with_all=min(all_on.check.served_share, crowds_share),
    )


def _counts(count: int) -> Iterator[int]:
    """So many radios are tried, the most first: as many on each channel, doubled, up to half of the access points."""
    doubled = [_CHANNELS]
    while 2 * doubled[-1] <= count // 2:
        doubled.append(2 * doubled[-1])
    return reversed([number for number in doubled if number <= count])


def _evenly(access_points: Sequence[AccessPoint]) -> list[int]:
    """Their rows in an order of which every beginning is spread: one far from the middle, then each the furthest from all."""
    at = np.array([(ap.x_m, ap.y_m, ap.height_m + 1e3 * ap.level) for ap in access_points])
    away = np.linalg.norm(at[:, None] - at[None], axis=-1)
    order = [int(np.argmax(away[int(np.argmin(away.sum(axis=1)))]))]
    while len(order) < len(access_points):
        nearest = away[:, order].min(axis=1)
        nearest[order] = -1.0
        order.append(int(np.argmax(nearest)))
    return order


def _with_radios(whole: Problem, outcome: Outcome, rows: Sequence[int]) -> Design:
    """The design with a radio at 2.4 GHz on these of its access points, where there is none yet."""
    access_points = list(outcome.design.access_points)
    rows = [row for row in rows if all(radio.band != BAND for radio in access_points[row].radios)]
    if not rows:  # All of them hang there already and keep theirs.
        return outcome.design
    for row, radio in zip(rows, radios_beside(whole, [outcome.spots[row] for row in rows], BAND), strict=True):
        access_points[row] = replace(access_points[row], radios=(radio, *access_points[row].radios))
    return replace(outcome.design, access_points=tuple(access_points))
