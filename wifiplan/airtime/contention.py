"""Contention by Bianchi's fixed point: how often stations try, and how often they collide."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Contention:
    """What saturated stations do to each other, any shape: tau, and for each success so many idle slots and collisions.

    `lose_share` is the chance that an attempt collides.
    """

    attempt_share: NDArray[np.float64]
    idle_slots: NDArray[np.float64]
    collisions: NDArray[np.float64]
    lose_share: NDArray[np.float64]


def attempt_share(contenders: ArrayLike) -> Floats:
    """Probability tau that a saturated station sends in a slot, among `contenders` of its kind (real numbers allowed), any shape.

    Solves tau = 2(1-2p) / ((1-2p)(W+1) + pW(1-(2p)^m)) and p = 1-(1-tau)^(n-1) with W = 16, m = 6, without retry limit.

    Examples
    --------
    >>> attempt_share([1, 10]).round(4)
    array([0.1176, 0.0525])

    References
    ----------
    .. [1] G. Bianchi, "Performance analysis of the IEEE 802.11 distributed coordination function", IEEE JSAC 18(3), 2000,
       equations (7) and (9).
    """
    return contend(contenders).attempt_share


def contend(contenders: ArrayLike) -> Contention:
    """What happens among so many contenders of a kind (real numbers allowed), any shape.

    By straight lines between points of `_contention_table`: a fixed point a cell would cost more than all the rest.
    """
    points, step = _contention_table()
    at = np.log(np.clip(np.asarray(contenders, dtype=np.float64), 1.0, 0.999 * MOST_CONTENDERS)) / step
    index = at.astype(np.intp)
    below = points[:, index]
    return Contention(*(below + (at - index) * (points[:, index + 1] - below)))


def fewer_contenders(contenders: Floats, hit_share: Floats) -> Floats:
    """As many as try as often as these do where their frames are also hit otherwise, which doubles windows like a collision.

    Arguments broadcast; the ratio of Bianchi's tau at both chances to lose.
    """
    if not np.any(hit_share):
        return contenders
    lose = contend(contenders).lose_share
    window, stages = wifi.CW_MIN + 1, 6
    ratio = _tau_of(1 - (1 - lose) * (1 - hit_share), window, stages) / _tau_of(lose, window, stages)
    return np.asarray(1 + (contenders - 1) * ratio)


PREAMBLE_LOCK_SHARE = 0.4
"""Share of the stations that hear a collision which lock on one of its preambles and then wait EIFS, not AIFS (10.3.2.3.7).

Assumption between two ends: all of them in Bianchi's tables, none where every sender is equally strong (packet simulation).
"""


def lead(eifs_extra_us: Floats, *, aps: Floats, clients: Floats, tau: Floats) -> Floats:
    """How much more often an access point wins the air than one of its clients while all have something to send; broadcast.

    Clients are about equally far from it, so that of two that collide it locks on neither, and counts on after AIFS while those
    that locked on the nearer one wait EIFS. It counts alone, but for those that did not, until one of them sends. Not with TCP,
    where what one side sends is what the other acknowledges.

    Parameters
    ----------
    eifs_extra_us
        EIFS less AIFS.
    aps, clients
        Contenders of each sort; the clients' are spread evenly over the access points.
    tau
        Chance of each to send in a slot.
    """
    contenders = aps + clients
    own = clients / np.maximum(aps, 1.0)
    of_own = np.where(aps > 0, own * np.maximum(own - 1, 0.0) / np.maximum(contenders * (contenders - 1), 1e-9), 0.0)
    idle = (1 - tau) ** contenders
    success = contenders * tau * idle / np.maximum(1 - tau, 1e-12)
    ends = np.maximum(1 - (1 - tau) ** ((1 - PREAMBLE_LOCK_SHARE) * np.maximum(contenders - 1, 0.0)), 1e-12)
    counted = (1 - (1 - ends) ** (eifs_extra_us / wifi.SLOT_US)) / ends
    return np.asarray(1 + np.maximum(1 - idle - success, 0.0) * of_own * counted)


MOST_CONTENDERS = 1e5
"""More contend as so many do: by then next to nothing gets through."""


@cache
def _contention_table() -> tuple[Floats, float]:
    """The four of `Contention`, by row, at numbers of contenders from 1 up with evenly spaced logarithms, and that spacing."""
    log_n = np.linspace(0.0, np.log(MOST_CONTENDERS), 8192)
    n = np.exp(log_n)
    tau = bianchi_tau(n, window=wifi.CW_MIN + 1, stages=6)
    idle = (1 - tau) ** n
    success = n * tau * idle / (1 - tau)
    # Among thousands, next to nothing gets through; the bound keeps what follows finite.
    collisions = np.minimum(np.maximum(1 - idle - success, 0.0) / success, 1e9)
    return np.stack((tau, idle / success, collisions, 1 - (1 - tau) ** (n - 1))), float(log_n[1])


def bianchi_tau(contenders: ArrayLike, *, window: int, stages: int) -> Floats:
    """The fixed point behind `attempt_share` for any window and number of doublings, by bisection on p."""
    others = np.maximum(np.asarray(contenders, dtype=np.float64) - 1.0, 0.0)
    low, high = np.zeros(others.shape), np.ones(others.shape)
    for _ in range(60):
        p = (low + high) / 2
        below = 1 - (1 - _tau_of(p, window, stages)) ** others > p
        low, high = np.where(below, p, low), np.where(below, high, p)
    return _tau_of(np.where(others > 0, (low + high) / 2, 0.0), window, stages)


def _tau_of(p: Floats, window: int, stages: int) -> Floats:
    # (1-(2p)^m) / (1-2p) is the sum of (2p)^i: no division by zero at p = 1/2.
    series = np.sum([(2 * p) ** i for i in range(stages)], axis=0)
    return np.asarray(2.0 / (window + 1 + p * window * series))
