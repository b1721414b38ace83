"""Transmit powers that share the clients of a set of access points out evenly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wifiplan.placement.milp import Rows, Solver

Floats = NDArray[np.float64]


MAX_COMPARISONS = 1e9
"""Signals compared in one search for even powers: bounds it in halls of dozens of access points, by steps and not by time
(assumed: some seconds)."""

_LEAST_ROUNDS = 40
"""Steps that the search may take at least, however large the hall (assumed)."""
_KICKS = 30
"""Times that the search starts again from near its best (assumed)."""
_KICKED_SHARE = 0.4
"""Access points whose power a new start changes (assumed)."""
_EVEN_SHARE_ROOM = 1.02
"""Over an even share of the clients: a tighter limit could not be met by whole points (assumed)."""
_STEPS_DB = np.array([-0.5, 0.5, -1.0, 1.0, -2.0, 2.0])
"""What one power is changed by at once: half a dB is what devices can be set to."""


def even_powers_db(gain_db: Floats, clients: Floats, max_clients: float, solver: Solver, *, span_db: float) -> Floats:
    """How many dB to turn each access point down (n,), so that clients who take the strongest signal fill none above its limit.

    The prices of the limits in the transport of clients at the greatest sum of dB are those powers: a client moves to the next
    access point just where that one is as strong. In steps of half a dB, at most `span_db` apart, the loudest at 0.

    Parameters
    ----------
    gain_db : (n, p)
        Path gain at equal powers.
    clients : (p,)
        At each point.
    max_clients : float
        Of one access point.
    """
    count, points = gain_db.shape
    gain = np.where(np.isfinite(gain_db), gain_db, -300.0)
    rows = Rows(gain.size)
    rows.cost[:] = -np.round((gain - gain.max(axis=0)) * clients, 3).ravel()
    at_ap, at_point = (ends.ravel() for ends in np.indices(gain.shape))
    pairs = np.arange(gain.size)
    rows.add(1.0, 1.0, points, (at_point, pairs, 1.0))
    limit = max(max_clients, _EVEN_SHARE_ROOM * float(clients.sum()) / count)
    rows.add(-np.inf, limit, count, (at_ap, pairs, clients[at_point]))
    solution = solver.minimise(rows)
    priced = np.round(2 * np.clip(solution.price[points:], -span_db, 0.0)) / 2 if solution.found else np.zeros(count)

    best_db = _evened(gain, clients, max_clients, np.zeros(count), span_db)
    if _excess(gain, clients, max_clients, best_db[None])[0] > 0:
        other_db = _evened(gain, clients, max_clients, priced, span_db)
        both = _excess(gain, clients, max_clients, np.array([best_db, other_db]))
        best_db = best_db if both[0] <= both[1] else other_db
    return best_db


def _excess(gain: Floats, clients: Floats, max_clients: float, power_db: Floats) -> Floats:
    """The clients above the limits (t,) for each row of powers (t, n)."""
    tries, count = power_db.shape
    best = np.argmax(gain[None] + power_db[:, :, None], axis=1)
    at = best + np.arange(tries)[:, None] * count
    loads = np.bincount(at.ravel(), weights=np.tile(clients, tries), minlength=tries * count).reshape(tries, count)
    return np.asarray(np.round(np.maximum(loads - max_clients, 0.0).sum(axis=1), 6), dtype=np.float64)


def _evened(gain: Floats, clients: Floats, max_clients: float, start_db: Floats, span_db: float) -> Floats:
    """The powers at the end of a walk downhill, one access point at a time, with kicks out of dead ends."""
    count = len(start_db)
    rng = np.random.default_rng(0)  # The same kicks always: part of the rule, not of chance.
    single = np.zeros((count * len(_STEPS_DB), count))
    single[np.arange(len(single)), np.repeat(np.arange(count), len(_STEPS_DB))] = np.tile(_STEPS_DB, count)

    def inside(power_db: Floats) -> Floats:
        return np.asarray(np.clip(power_db - power_db.max(axis=-1, keepdims=True), -span_db, 0.0))

    best = now = inside(start_db)
    least = excess = float(_excess(gain, clients, max_clients, now[None])[0])
    left = max(_LEAST_ROUNDS, int(MAX_COMPARISONS // (single.size * len(clients))))
    for _ in range(_KICKS):
        while excess > 0 and left > 0:
            left -= 1
            tries = inside(now + single)
            found = _excess(gain, clients, max_clients, tries)
            top = int(np.argmin(found))
            if found[top] >= excess:
                break
            now, excess = tries[top], float(found[top])
        if excess < least:
            best, least = now, excess
        if least == 0 or left == 0:
            break
        now = inside(best + rng.choice(_STEPS_DB[:4], count) * (rng.random(count) < _KICKED_SHARE))
        excess = float(_excess(gain, clients, max_clients, now[None])[0])
    return best
