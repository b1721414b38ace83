"""Sets of spots found step by step, quickly and without any proof: where the programme begins, or what stands in for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wifiplan.placement.matrix import Matrix

Floats = NDArray[np.float64]


def greedy(matrix: Matrix) -> tuple[int, ...]:
    """A set found by taking, again and again, the spot that covers most people not yet covered: quick, and without any proof.

    It goes on until every zone is covered as required and the radios have room for all clients and their airtime, or no spot is
    left. Among equals the strongest mean signal wins, then spot order.
    """
    chosen: list[int] = list(matrix.must)
    signal = np.zeros(len(matrix.cost_yen))
    for load in matrix.loads:
        signal += np.maximum(load.signal_dbm, -100.0) @ load.people / load.people.sum()

    def enough() -> bool:
        for load in matrix.loads:
            covered = load.people * (load.covers[chosen].sum(axis=0) >= matrix.cover_times)
            zones = np.bincount(load.zone, weights=load.people)
            if (np.bincount(load.zone, weights=covered) < matrix.coverage_share * zones - 1e-9).any():
                return False
            if load.clients.sum() > matrix.max_clients * len(matrix.spectrum) * len(chosen):
                return False
            best = load.airtime_share[0][chosen].min(axis=0) if chosen else np.full(len(load.people), np.inf)
            if best[np.isfinite(best)].sum() > matrix.max_busy_share * len(chosen):
                return False
        return True

    while not enough():
        free = [
            spot
            for spot in range(len(matrix.cost_yen))
            if spot not in chosen
            and not matrix.too_near[spot, chosen].any()
            and matrix.cost_of([*chosen, spot]) <= matrix.max_cost_yen
        ]
        if not free or (matrix.max_access_points is not None and len(chosen) >= matrix.max_access_points):
            break
        gained = np.zeros(len(free))
        for load in matrix.loads:
            open_ = load.people * (load.covers[chosen].sum(axis=0) < matrix.cover_times)
            gained += load.covers[free] @ open_
        chosen.append(
            min(free, key=lambda spot: (-round(float(gained[free.index(spot)]), 2), -round(float(signal[spot]), 2), spot))
        )
    return tuple(sorted(chosen))


def spread(matrix: Matrix, chosen: Sequence[int]) -> tuple[int, ...]:
    """The set after its spots were moved one by one, at no more cost, to even cells and strong signals, which cost does not see.

    Clients take the strongest signal at equal powers. Fewer of them above the radios' limits comes first, in tenths of a radio,
    for powers and full radios even out the rest; then the people's mean signal. Coverage, spacing and the sets already tried are
    respected.
    """
    signal = [np.where(np.isfinite(load.signal_dbm), load.signal_dbm, -200.0) for load in matrix.loads]
    airtime = [np.where(np.isfinite(load.airtime_share[0]), load.airtime_share[0], 0.0) for load in matrix.loads]
    zones = [np.eye(int(load.zone.max()) + 1)[load.zone].T * load.people for load in matrix.loads]
    fixed = {*matrix.must, *matrix.movable}
    most_clients, most_busy = matrix.max_clients, matrix.max_busy_share

    def merits(rest: list[int], candidates: NDArray[np.intp]) -> list[tuple[float, float]]:
        """The merit of rest plus each candidate: (over the limits, minus mean signal)."""
        over, mean = np.zeros(len(candidates)), np.zeros(len(candidates))
        for load, dbm, busy in zip(matrix.loads, signal, airtime, strict=True):
            each = np.arange(dbm.shape[1])
            best = dbm[rest].max(axis=0) if rest else np.full(len(each), -np.inf)
            owner = dbm[rest].argmax(axis=0) if rest else np.zeros(len(each), dtype=np.intp)
            mean += np.maximum(dbm[candidates], best) @ load.people
            # A candidate takes few places from few others: who loses what is counted place by place.
            candidate, at = np.nonzero(dbm[candidates] > best)
            of_rest = busy[np.array(rest)[owner], each] if rest else np.zeros(len(each))
            for own, of_owner, limit in (
                (load.clients[at], load.clients, most_clients),
                (busy[candidates[candidate], at], of_rest, most_busy),
            ):
                mine = np.bincount(candidate, weights=own, minlength=len(candidates))
                over += np.maximum(mine - limit, 0.0) / limit
                if not rest:
                    continue
                before = np.bincount(owner, weights=of_owner, minlength=len(rest))
                key = candidate * len(rest) + owner[at]
                lost = np.bincount(key, weights=of_owner[at], minlength=len(candidates) * len(rest))
                over += np.maximum(before - lost.reshape(-1, len(rest)) - limit, 0.0).sum(axis=1) / limit
        return [(round(float(o), 1), -round(float(m), 2)) for o, m in zip(over, mean, strict=True)]

    def allowed(rest: list[int], spot: int) -> NDArray[np.intp]:
        ok = (matrix.cost_yen <= matrix.cost_yen[spot]) & ~matrix.too_near[:, rest].any(axis=1)
        ok[[spot, *rest]] = False
        ok[list(fixed)] = False
        for load, zone in zip(matrix.loads, zones, strict=True):
            some, times = np.flatnonzero(ok), load.covers[rest].sum(axis=0)
            covered, once_more = times >= matrix.cover_times, times == matrix.cover_times - 1
            reached = zone @ covered + load.covers[np.ix_(some, once_more)].astype(np.float64) @ zone[:, once_more].T
            ok[some] = (reached >= matrix.coverage_share * zone.sum(axis=1) - 1e-9).all(axis=1)
        return np.flatnonzero(ok)

    now = sorted(chosen)
    merit = merits(now[1:], np.array(now[:1]))[0]
    while True:
        best: tuple[tuple[float, float], int, int] | None = None
        for row, spot in enumerate(now):
            if spot in fixed:
                continue
            rest = now[:row] + now[row + 1 :]
            candidates = allowed(rest, spot)
            for candidate, found in zip(candidates, merits(rest, candidates), strict=True):
                move = (found, row, int(candidate))
                if found < merit and (best is None or move < best) and tuple(sorted([*rest, int(candidate)])) not in matrix.tried:
                    best = move
        if best is None:
            return tuple(now)
        merit, row, candidate = best
        now = sorted([*now[:row], candidate, *now[row + 1 :]])
