"""A channel for each access point of a set, so that those that hear each other share one last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_NEXT_MHZ = 10
"""Channels with less room between them are next to each other (assumed: half a 20 MHz channel)."""
_BESIDE = 0.1
"""What a neighbour on the next channel costs at most, in airtime (assumed; it only steers)."""
_SHARING = 1e-3
"""What sharing a channel costs beside the airtime, so that an idle one is taken first (assumed; it only steers)."""
_OUT_OF_HEARING = 1e-4
"""What one channel costs two that do not hear each other: they may still disturb (assumed; it only steers)."""
_MOVES = 10
"""Rounds of moves at most (assumed)."""
_NUMBER_STEP_MHZ = 5
"""Centre frequencies of channel numbers that follow each other are so far apart (802.11-2020, 17.3.8.4.2)."""


def channel_plan(
    airtime_share: Floats,
    hears: NDArray[np.bool_],
    channels: Sequence[Sequence[int]],
    *,
    nearness: Floats | None = None,
    width_mhz: int = 20,
) -> tuple[int, ...]:
    """A channel for each access point (n,), so that those that hear each other share one last, and then with the least airtime.

    Channels next to each other go to those far apart. One after the other by airtime, then moves of one as long as that helps.

    Parameters
    ----------
    airtime_share : (n,)
        Each access point's own.
    hears : (n, n)
        Who shares airtime with whom on one channel.
    channels : n sequences
        What each may have, the preferred ones first.
    nearness : (n, n), optional
        From 0 to 1: how much one disturbs the other from the next channel.
    width_mhz : int
        Of all of them.
    """
    count = len(airtime_share)
    near = np.zeros((count, count)) if nearness is None else nearness
    order = sorted(range(count), key=lambda ap: (-round(float(airtime_share[ap]), 4), ap))
    given: dict[int, int] = {}

    def cost(ap: int, choice: int) -> tuple[float, int]:
        total = 0.0
        for other, channel in given.items():
            apart_mhz = _NUMBER_STEP_MHZ * abs(channel - channels[ap][choice]) - width_mhz
            if other == ap or apart_mhz >= _NEXT_MHZ:
                continue
            if apart_mhz >= 0:
                total += _BESIDE * float(near[ap, other])
            elif hears[ap, other]:
                total += float(airtime_share[other] + airtime_share[ap]) + _SHARING
            else:
                total += _OUT_OF_HEARING
        # Rounded: the solver's last bits must not choose a channel.
        return round(total, 6), choice

    for _ in range(_MOVES):
        before = dict(given)
        for ap in order:
            given[ap] = channels[ap][min(range(len(channels[ap])), key=lambda choice, ap=ap: cost(ap, choice))]  # type: ignore[misc]
        if given == before:
            break
    return tuple(given[ap] for ap in range(count))
