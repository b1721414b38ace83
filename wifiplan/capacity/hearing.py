"""Who hears whom: which radios take turns on the air, and how much of one's power falls into another's channel.

A station waits for a frame that it hears on its primary 20 MHz channel, and a wide one also for what it hears on the rest of its
channel. A frame of 40, 80 or 160 MHz spreads its power evenly, so that every 20 MHz of it carries 3, 6 or 9 dB less than the
whole: levels are compared for each 20 MHz. Everything here is of pairs (r, q): what r has of q.

References
----------
.. [1] IEEE 802.11-2020, 17.3.10.6: a frame on the primary 20 MHz channel makes the medium busy at -82 dBm, any energy at -62 dBm.
.. [2] IEEE 802.11-2020, 21.3.18.5.3: -79, -76 and -73 dBm for frames of 40, 80 and 160 MHz that cover the primary channel, which
   is -82 dBm for each 20 MHz; 21.3.18.5.4: a frame that does not cover it makes a secondary channel busy at -72 dBm in 20 MHz.
.. [3] IEEE 802.11ax-2021, 27.3.20.6: the same levels for 802.11ax.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from wifiplan.model import Radio

    Floats = NDArray[np.float64]

PRIMARY_DBM = -82.0
"""In 20 MHz: a frame that covers the primary channel (17.3.10.6, 21.3.18.5.3)."""

SECONDARY_DBM = -72.0
"""In 20 MHz: a frame on a secondary channel only (21.3.18.5.4)."""

ENERGY_DBM = -62.0
"""In 20 MHz: anything, whether it can be read or not (17.3.10.6)."""

ADJACENT_DB, NEXT_DB = -28.0, -40.0
"""Power that a channel spills into the next one, and into the one after: masks at 20 and 30 MHz (17.3.9.3, 27.3.19.1)."""

OBSS_PD_MAX_DBM, OBSS_PD_REFERENCE_DBM = -62.0, 21.0
"""Spatial reuse of 802.11ax: the highest level, and the transmit power at which it is -82 dBm (26.10.2.4)."""


def spill_db(radios: Sequence[Radio]) -> Floats:
    """How much of q's power falls into r's channel, (r, q): by overlap, or by the mask where q is one of the next channels.

    -inf where nothing does, and on the diagonal.
    """
    kinds, of = _kinds(radios)
    spill = np.full((len(kinds), len(kinds)), -np.inf)
    for r, one in enumerate(kinds):
        for q, other in enumerate(kinds):
            if one.band != other.band:
                continue
            overlap = wifi.overlap_share(one.band, one.channel, one.width_mhz, other.channel, other.width_mhz)
            if overlap > 0:
                spill[r, q] = 10 * math.log10(overlap)
                continue
            centres = [wifi.frequency_mhz(each.band, each.channel, each.width_mhz) for each in (one, other)]
            gap_mhz = abs(centres[0] - centres[1]) - (one.width_mhz + other.width_mhz) / 2
            if gap_mhz < 30:
                spill[r, q] = ADJACENT_DB if gap_mhz < 10 else NEXT_DB
    found = spill[np.ix_(of, of)]
    np.fill_diagonal(found, -np.inf)
    return found


def _kinds(radios: Sequence[Radio], *, by_power: bool = False) -> tuple[list[Radio], list[int]]:
    """One radio of each band, channel and width (and power), and which of them each radio is: pairs of kinds are few."""
    number: dict[tuple[object, ...], int] = {}
    keys = [(radio.band, radio.channel, radio.width_mhz, radio.tx_power_dbm if by_power else None) for radio in radios]
    of = [number.setdefault(key, len(number)) for key in keys]
    return [radios[of.index(index)] for index in range(len(number))], of


def busy_level_dbm(radios: Sequence[Radio], *, obss_pd: bool = False) -> Floats:
    """Level from which r waits for a frame of q, (r, q); inf where they have no spectrum in common, and on the diagonal.

    It is to be compared with the power of the whole frame that falls into r's channel: the frame's power less `spill_db`.

    Parameters
    ----------
    radios : sequence of Radio
        Of any bands; those of different bands never wait for each other.
    obss_pd : bool
        802.11ax's spatial reuse: frames of other cells are talked over up to a level that falls with the own power (26.10.2.4).
    """
    kinds, of = _kinds(radios, by_power=obss_pd)
    level = np.full((len(kinds), len(kinds)), np.inf)
    for r, one in enumerate(kinds):
        mine = wifi.members(one.band, one.channel, one.width_mhz)
        primary = one.channel if one.channel in mine else mine[0]
        for q, other in enumerate(kinds):
            if one.band != other.band:
                continue
            overlap = wifi.overlap_share(one.band, one.channel, one.width_mhz, other.channel, other.width_mhz)
            if not overlap:
                continue
            theirs = wifi.members(other.band, other.channel, other.width_mhz)
            if primary in theirs:
                in_20_mhz = PRIMARY_DBM
                if obss_pd:
                    reuse = PRIMARY_DBM + OBSS_PD_REFERENCE_DBM - one.tx_power_dbm
                    in_20_mhz = max(in_20_mhz, min(OBSS_PD_MAX_DBM, reuse))
            elif set(mine) & set(theirs):
                in_20_mhz = SECONDARY_DBM
            else:
                in_20_mhz = ENERGY_DBM
            level[r, q] = in_20_mhz + 10 * math.log10(max(1.0, overlap * other.width_mhz / 20.0))
    found = level[np.ix_(of, of)]
    np.fill_diagonal(found, np.inf)
    return found


def surely_heard_dbm(widths_mhz: Sequence[int]) -> float:
    """Level of a whole frame at which any two radios that may use these widths on overlapping channels wait for each other.

    Examples
    --------
    >>> round(surely_heard_dbm([20])), round(surely_heard_dbm([80])), round(surely_heard_dbm([20, 80]))
    (-82, -76, -66)
    """
    widest_db = 10 * math.log10(max(widths_mhz) / 20.0)
    return (PRIMARY_DBM if len(set(widths_mhz)) == 1 else SECONDARY_DBM) + widest_db


def talks_over(hears: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether q may send while r does, (r, q): one of them does not wait for the other. `hears` is (r, q): r waits for q."""
    return np.asarray(~(hears & hears.T))


def sinr_db(signal_dbm: ArrayLike, noise_dbm: ArrayLike, interference_mw: ArrayLike = 0.0) -> Floats:
    """Signal over noise and interference; arguments broadcast."""
    noise_mw = 10 ** (np.asarray(noise_dbm, dtype=np.float64) / 10)
    return np.asarray(np.asarray(signal_dbm, dtype=np.float64) - 10 * np.log10(noise_mw + np.asarray(interference_mw)))
