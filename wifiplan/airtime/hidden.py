"""What it costs to be hit by stations that the sender does not hear: PPDUs again, after backoffs that double.

Hidden stations neither wait nor count down together with the sender, so that their collisions are no part of Bianchi's
contention: a PPDU is lost as often as one of theirs overlaps it, however many contend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_HIT_SHARE = 0.95
"""Above it next to nothing gets through; the bound keeps what follows finite."""

LONGEST_DOUBLINGS = 6
"""The contention window grows from 16 to 1024 slots (IEEE 802.11-2020, Table 9-155, best effort)."""

RETRIES = 12
"""Retries of a PPDU that are looked at; packets are then too old."""
FEW_RETRIES = 4
"""The same where nobody is hidden and only losses are sent again: one in some thousands needs more."""


def _chains(hit: Floats, air_us: Floats, lost: Floats | float = 0.0) -> tuple[Floats, Floats]:
    """Chance (..., k) of exactly k retries, and the backoff of those beyond a first attempt's in slots, (k,).

    `lost` is the chance that an attempt has no answer without being hit, the same each time. Whom a PPDU was hit by was hit too,
    and both try again: their next frames, of `air_us`, meet as often as two draws from windows that have doubled lie closer than
    a frame, until the windows are long.
    """
    hit, air_us, lost = np.broadcast_arrays(hit, air_us, lost)
    k = np.arange(RETRIES if hit.any() else FEW_RETRIES)
    window = (wifi.CW_MIN + 1) * (2.0 ** np.minimum(k, LONGEST_DOUBLINGS))
    near = np.minimum(air_us[..., None] / (window * wifi.SLOT_US), 1.0)
    first = np.clip(hit, 0.0, MOST_HIT_SHARE)[..., None]
    again = np.maximum(first, 1 - (1 - near) ** 2)
    again[..., :1] = first
    if lost.any():
        lost = lost[..., None]
        was_hit = first / np.maximum(1 - (1 - first) * (1 - lost), 1e-12)
        again = 1 - (1 - lost) * (1 - first - (again - first) * was_hit)
    reached = np.concatenate((np.ones_like(first), np.cumprod(np.minimum(again, MOST_HIT_SHARE), axis=-1)), axis=-1)
    chance = reached[..., :-1] - reached[..., 1:]
    chance[..., -1] += reached[..., -1]
    return chance, np.cumsum((window - window[0]) / 2)


def attempts(hit: Floats, air_us: Floats, lost: Floats | float = 0.0) -> Floats:
    """Times that a PPDU of `air_us` is sent until it is not hit, with this chance to be hit at first; arguments broadcast."""
    if not (np.any(hit) or np.any(lost)):
        return np.ones(np.broadcast_shapes(np.shape(hit), np.shape(air_us)))
    chance, _ = _chains(hit, air_us, lost)
    return np.asarray((chance * np.arange(1, chance.shape[-1] + 1)).sum(axis=-1))


@dataclass(frozen=True, slots=True)
class Retries:
    """What a PPDU goes through until it is not hit, (c,): times it is sent, and the backoff beyond that of a first attempt."""

    attempts: Floats
    backoff_us: Floats
    variation: Floats
    """Squared coefficient of variation of the time an access takes, because of retries alone."""


def retries(hit: Floats, air_us: Floats, attempt_us: Floats, free_share: Floats, lost: Floats | float = 0.0) -> Retries:
    """The cost of being hit with this chance at a first attempt, (c,).

    Parameters
    ----------
    air_us : (c,)
        The frame that is hit.
    attempt_us : (c,)
        An attempt with its spaces and the backoff of a first one.
    free_share : (c,)
        Time without a frame on the air: a backoff stands still while there is one.
    lost : (c,), optional
        Chance that an attempt loses all of its MPDUs, whoever sends.
    """
    if not (np.any(hit) or np.any(lost)):
        nothing = np.zeros(len(hit))
        return Retries(nothing + 1.0, nothing, nothing)
    chance, slots = _chains(hit, air_us, lost)
    extra_us = slots * wifi.SLOT_US / np.maximum(free_share, 0.05)[:, None]
    times = np.arange(1, len(slots) + 1)
    spent_us = times * attempt_us[:, None] + extra_us
    mean_us = (chance * spent_us).sum(axis=1)
    square = (chance * spent_us**2).sum(axis=1)
    return Retries(
        attempts=(chance * times).sum(axis=1),
        backoff_us=(chance * extra_us).sum(axis=1),
        variation=np.maximum(square / np.maximum(mean_us, 1e-9) ** 2 - 1, 0.0),
    )


def late_ms(hit: Floats, air_us: Floats, base_p95_ms: Floats, free_share: Floats) -> Floats:
    """What 95 of 100 packets of a sender stay within, in ms, whose PPDUs are hit with this chance at a first attempt; all (n,).

    `base_p95_ms` is what they would stay within without being hit; each retry waits for the air once more, a third of that on
    average as memoryless waits do, and for a backoff that has doubled, while `free_share` of the time is free.
    """
    chance, slots = _chains(hit, air_us)
    spent_ms = (
        np.arange(len(slots)) * base_p95_ms[:, None] / 3 + slots * wifi.SLOT_US * 1e-3 / np.maximum(free_share, 0.05)[:, None]
    )
    low, high = base_p95_ms, np.maximum(base_p95_ms, 1e-6) + spent_ms[:, -1]
    for _ in range(14):
        middle = (low + high) / 2
        waited_ms = np.maximum(middle[:, None] - spent_ms, 0.0)
        above = (chance * 0.05 ** (waited_ms / np.maximum(base_p95_ms, 1e-6)[:, None])).sum(axis=1) > 0.05
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return high


def hit_share(duration_us: Floats, rate_per_us: Floats, busy_share: Floats, free_share: Floats) -> Floats:
    """Chance that a PPDU of this duration is overlapped by a sender that does not hear it; arguments broadcast.

    The other sends `rate_per_us` PPDUs and is on the air for `busy_share` of the time, both stations hear everybody else, and the
    air is free of all frames for `free_share`. Neither begins while somebody else sends, so the chance is that within the time
    that is free but for the other.
    """
    open_share = np.maximum(free_share + busy_share, 0.02)
    busy = np.minimum(busy_share / open_share, MOST_HIT_SHARE)
    return np.asarray(1 - (1 - busy) * np.exp(-rate_per_us * duration_us / open_share))
