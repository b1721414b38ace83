"""MPDUs that are lost alone: sent again in the sender's next access, while those behind them are held back until they come.

A PPDU whose BlockAck lacks some MPDUs is no collision: the window stays as it is, and the sender's next access repeats what is
lost, with what has come meanwhile. Only one that loses all of them has no BlockAck, and is tried again like one that collided.
The receiver hands packets on in order (IEEE 802.11-2020, 10.25.6), so that all of a PPDU behind its first lost MPDU wait for that
next access, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_AGAIN = 2
"""Accesses that a packet is followed through after its first; by then one in a hundred or fewer still waits."""


def incomplete_share(batch: Floats, lost_share: Floats) -> Floats:
    """Chance that a PPDU of one MPDU and of Poisson others, `batch` on average, lacks one or more; arguments broadcast."""
    if not np.any(lost_share):
        return np.zeros(np.shape(batch))
    return np.asarray(1 - (1 - lost_share) * np.exp(-lost_share * (batch - 1)))


def whole_share(batch: Floats, lost_share: Floats) -> Floats:
    """Chance that such a PPDU loses all of its MPDUs, and has no answer; arguments broadcast."""
    if not np.any(lost_share):
        return np.zeros(np.shape(batch))
    return np.asarray(lost_share * np.exp(-(1 - lost_share) * (batch - 1)))


def held_share(batch: Floats, lost_share: Floats) -> Floats:
    """Share of a PPDU's packets that wait for a later access: those lost, and those behind one that is lost; broadcast."""
    lost = np.maximum(lost_share, 1e-9)
    handed_on = (1 - lost) * -np.expm1(batch * np.log1p(-lost)) / (lost * np.maximum(batch, 1e-9))
    return np.asarray(np.where(lost_share > 0, np.clip(1 - handed_on, 0.0, 1.0), 0.0))


@dataclass(frozen=True, slots=True)
class Resends:
    """What becomes of a batch, (c,): answered accesses until nothing of it is left, and MPDUs of each on average.

    `again` is the chance of a packet to wait for k or more accesses after its first, (c, k) from k = 1.
    """

    accesses: Floats
    batch: Floats
    variation: Floats
    """Squared coefficient of variation of the number of accesses."""
    again: Floats


def resends(batch: Floats, lost_share: Floats, comes: Floats) -> Resends:
    """What becomes of batches of new packets, (c,): each MPDU is lost with this chance, and so many come an access."""
    if not np.any(lost_share):
        nothing = np.zeros(len(batch))
        return Resends(nothing + 1.0, batch, nothing, nothing[:, None])
    first, lacking = _lacking(batch, lost_share)
    second_batch = lacking + comes
    second, still_lacking = _lacking(second_batch, lost_share)
    later_batch = still_lacking + comes
    later = np.minimum(_lacking(later_batch, lost_share)[0], 0.95)
    third_on = first * second / (1 - later)
    more = first + third_on
    accesses = 1 + more
    square = 1 + 3 * first + third_on * (5 - 3 * later) / (1 - later)
    # A packet that waits does so for the lost ones before it, which one more access brings unless it loses one of them again.
    once, still = held_share(batch, lost_share), held_share(lacking, lost_share)
    return Resends(
        accesses=accesses,
        batch=(batch + first * second_batch + third_on * later_batch) / accesses,
        variation=np.maximum(square / accesses**2 - 1, 0.0),
        again=once[:, None] * still[:, None] ** np.arange(MOST_AGAIN),
    )


def _lacking(batch: Floats, lost_share: Floats) -> tuple[Floats, Floats]:
    """Chance that a PPDU that is answered lacks an MPDU, and how many it then lacks, at least one; (c,) both."""
    whole = whole_share(batch, lost_share)
    some = np.maximum(incomplete_share(batch, lost_share) - whole, 0.0)
    lacking = (lost_share * batch - whole) / np.maximum(some, 1e-9)
    return some / (1 - whole), np.maximum(lacking, 1.0)
