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
