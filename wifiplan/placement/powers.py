"""Transmit powers that share the clients of a set of access points out evenly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wifiplan.placement.milp import Rows, Solver

Floats = NDArray[np.float64]


MAX_OPERATIONS = 3e9
"""Multiplications in one search for even powers: bounds it in halls of dozens of access points, by steps and not by time
(assumed: some seconds)."""

_LEAST_ROUNDS = 40
"""Steps that the search may take at least, however large the hall (assumed)."""
_STRONGEST = 8
"""Access points among which the transport may share a place's clients: weaker ones are never within the span (assumed)."""
_KICKS = 30
"""Times that the search starts again from near its best (assumed)."""
_KICKED_SHARE = 0.4
"""Access points whose power a new start changes (assumed)."""
EVEN_SHARE_ROOM = 1.02
"""Over an even share of the clients: a tighter limit could not be met by whole points (assumed)."""
_UNCOVERED = 10.0
"""Somebody without signal counts for so many above a limit, whom a full access point sends on (assumed)."""
_ROUNDING = 1e-9
_STEPS_DB = np.array([-0.5, 0.5, -1.0, 1.0, -2.0, 2.0])
"""What one power is changed by at once: half a dB is what devices can be set to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Who is to keep the signal that is required while powers are turned down."""

    spare_db: Floats
    """(n, p): the signal at full power above what is required, with its margin."""
    people: Floats
    """(z, p): the people at each point that is in zone z, 0 elsewhere."""
    required: Floats
    """(z,): people of each zone who must have the signal."""

    def missing(self, best_db: Floats) -> Floats:
        """People short of what is required (...), where the best there is above it is (..., p)."""
        covered = (best_db >= 0).astype(np.float64) @ self.people.T
        return np.asarray(np.maximum(self.required - covered - _ROUNDING, 0.0).sum(axis=-1), dtype=np.float64)

    def missing_at(self, power_db: Floats) -> float:
        """The same at these powers (n,)."""
        return float(self.missing((self.spare_db + power_db[:, None]).max(axis=0)))


def even_powers_db(
    gain_db: Floats,
    clients: Floats,
    max_clients: float,
    solver: Solver,
    *,
    span_db: float,
    coverage: Coverage | None = None,
) -> Floats:
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
    coverage : Coverage, optional
        Nobody loses it by being shared out: sought again with it where powers without it would be too low, unless full power is.
    """
    gain = np.where(np.isfinite(gain_db), gain_db, -300.0)
    even = _Evening(gain=gain, clients=clients, max_clients=max_clients, span_db=span_db, solver=solver)
    best_db = _evened_db(even)
    if coverage is None or coverage.missing_at(best_db) == 0 or coverage.missing_at(np.zeros(len(gain))) > 0:
        return best_db
    return _evened_db(replace(even, coverage=coverage))


def _evened_db(even: _Evening) -> Floats:
    """The best of two walks: from equal powers, and from the prices of the transport."""
    gain, clients, max_clients, span_db, solver = even.gain, even.clients, even.max_clients, even.span_db, even.solver
    best_db, excess = even.improved(np.zeros(len(gain)))
    if excess > 0 and not solver.stopped:
        other_db, other = even.improved(_priced_db(gain, clients, max_clients, solver, span_db))
        best_db = best_db if excess <= other else other_db
    return best_db


def _priced_db(gain: Floats, clients: Floats, max_clients: float, solver: Solver, span_db: float) -> Floats:
    """Powers by the prices of the transport of clients to access points, in half dB."""
    count, points = gain.shape
    strong = np.zeros(gain.shape, dtype=bool)
    strong[np.argsort(-gain, axis=0, kind="stable")[:_STRONGEST], np.arange(points)] = True
    at_ap, at_point = np.nonzero(strong)
    rows, pairs = Rows(len(at_ap)), np.arange(len(at_ap))
    rows.cost[:] = -np.round((gain - gain.max(axis=0)) * clients, 3)[at_ap, at_point]
    rows.add(1.0, 1.0, points, (at_point, pairs, 1.0))
    limit = max(max_clients, EVEN_SHARE_ROOM * float(clients.sum()) / count)
    rows.add(-np.inf, limit, count, (at_ap, pairs, clients[at_point]))
    solution = solver.minimise(rows)
    if not solution.found:
        return np.zeros(count)
    return np.asarray(np.round(2 * np.clip(solution.price[points:], -span_db, 0.0)) / 2, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evening:
    """A walk downhill in powers, one access point at a time, with kicks out of dead ends.

    A step changes one power: only clients move to whom that access point is the strongest, before or after. Who moves is read
    from the strongest and the second strongest at each place, so that no step is an assignment of its own.
    """

    gain: Floats
    clients: Floats
    max_clients: float
    span_db: float
    solver: Solver
    coverage: Coverage | None = None

    def improved(self, start_db: Floats) -> tuple[Floats, float]:
        """The powers at the end of the walk, the loudest at 0, and the clients above the limits."""
        count, points = self.gain.shape
        rng = np.random.default_rng(0)  # The same kicks always: part of the rule, not of chance.
        best = now = self._inside(start_db)
        least = excess = self._excess(now)
        left = max(_LEAST_ROUNDS, int(MAX_OPERATIONS // max(1, len(_STEPS_DB) * points * count * count)))
        for _ in range(_KICKS):
            while excess > 0 and left > 0 and not (left % 8 == 0 and self.solver.stopped):
                left -= 1
                found = self._after_steps(now)
                ap, step = np.unravel_index(int(np.argmin(found)), found.shape)
                if found[ap, step] >= excess:
                    break
                now = now.copy()
                now[ap] += _STEPS_DB[step]
                now -= now.max()
                excess = self._excess(now)
            if excess < least:
                best, least = now, excess
            if least == 0 or left == 0 or self.solver.stopped:
                break
            now = self._inside(best + rng.choice(_STEPS_DB[:4], count) * (rng.random(count) < _KICKED_SHARE))
            excess = self._excess(now)
        return best, least

    def _inside(self, power_db: Floats) -> Floats:
        return np.asarray(np.clip(power_db - power_db.max(), -self.span_db, 0.0))

    def _excess(self, power_db: Floats) -> float:
        owner = np.argmax(self.gain + power_db[:, None], axis=0)
        loads = np.bincount(owner, weights=self.clients, minlength=len(self.gain))
        missing = 0.0 if self.coverage is None else _UNCOVERED * self.coverage.missing_at(power_db)
        return round(float(np.maximum(loads - self.max_clients, 0.0).sum()) + missing, 6)

    def _after_steps(self, power_db: Floats) -> Floats:
        """The clients above the limits (n, steps) after each access point's each step; inf where it leaves the span."""
        count, points = self.gain.shape
        each = np.arange(points)
        signal = self.gain + power_db[:, None]
        owner = np.argmax(signal, axis=0)
        best = signal[owner, each]
        rest = signal.copy()
        rest[owner, each] = -np.inf
        second = np.argmax(rest, axis=0)
        next_best = rest[second, each]
        loads = np.bincount(owner, weights=self.clients, minlength=count)
        mine = owner == np.arange(count)[:, None]
        found = np.full((count, len(_STEPS_DB)), np.inf)
        itself = np.eye(count, dtype=bool)
        others_least = np.where(itself, np.inf, power_db).min(axis=1)
        others_most = np.where(itself, -np.inf, power_db).max(axis=1)
        if self.coverage is not None:
            spare = self.coverage.spare_db + power_db[:, None]
            two = np.partition(spare, -2, axis=0)[-2:]
            spare_of_others = np.where(spare == two[1], two[0], two[1])
        for step, change_db in enumerate(_STEPS_DB):
            if change_db > 0:
                ap, at = np.nonzero(~mine & (signal + change_db > best))
                sign, other = 1.0, owner[at]
            else:
                ap, at = np.nonzero(mine & (signal + change_db < next_best))
                sign, other = -1.0, second[at]
            # Few move at once: counted one by one, they take less than a product over all places.
            moved = np.bincount(ap * count + other, weights=self.clients[at], minlength=count * count).reshape(count, count)
            after = loads - sign * moved
            after[np.arange(count), np.arange(count)] += sign * moved.sum(axis=1)
            changed = power_db + change_db
            inside = (changed - others_least <= self.span_db) & (others_most - changed <= self.span_db)
            excess = np.maximum(after - self.max_clients, 0.0).sum(axis=1)
            if self.coverage is not None:
                # The loudest is always at full power.
                most = np.maximum(others_most, changed)[:, None]
                excess += _UNCOVERED * self.coverage.missing(np.maximum(spare_of_others, spare + change_db) - most)
            excess = np.round(excess, 6)
            found[:, step] = np.where(inside, excess, np.inf)
        return found
