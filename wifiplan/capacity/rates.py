"""What a signal is worth on the air: SINR to MCS, rate, frames and airtime, in one table that everything looks up.

The capacity model, the check of a design, placement and the maps all read their rates here, so that none of them can promise
what another one does not find.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.airtime.cells import cells_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from wifiplan.capacity.demand import ClientKind

    Floats = NDArray[np.float64]

SINR_DB = np.arange(-10.0, 70.0, 0.1)
"""The SINR of each row of a table: from below MCS 0 to above the highest rate of four streams."""

FULL_BYTES, CALL_BYTES = 1472, 100
"""Payload of a packet: a full one, and one of a call, which leaves alone because it cannot wait for others."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What a client's SINR gives, for look-up by `sinr_step`; each of shape (..., SINR)."""

    ok: NDArray[np.bool_]
    """It reaches the lowest rate."""
    rate_mbps: Floats
    """Of the PHY, 0 where not `ok`."""
    ppdu_us: Floats
    mpdus: Floats
    mpdu_us: Floats
    ack_us: Floats
    s_per_mbit: Floats
    """Airtime of full PPDUs with BlockAck and the backoff of a lone sender, for each Mbit of payload that arrives."""
    call_us: Floats
    """One packet of a call, alone in its PPDU, with its spaces: time that nobody else can use. Its backoff others can."""
    need_db: Floats
    """The SINR below which a PPDU of this MCS and number of streams is lost: its threshold, without the margin of the link."""
    call_mpdu_us: Floats
    """What the packet of a call takes of a PPDU, where `mpdu_us` is what a full one takes."""


def sinr_step(sinr_db: ArrayLike) -> NDArray[np.intp]:
    """The row of `SINR_DB` for each SINR, any shape: the one below it. A hundredth of a dB is forgiven for rounding."""
    clean = np.nan_to_num(np.asarray(sinr_db, dtype=np.float64), nan=-99.0, neginf=-99.0, posinf=99.0)
    return np.asarray(np.clip(np.floor((clean - SINR_DB[0]) * 10 + 0.1), 0, len(SINR_DB) - 1), dtype=np.intp)


def standard_at(standard: str, band: str) -> str:
    """The generation that a device speaks in a band: 802.11ac is one of 5 GHz, its devices speak 802.11n at 2.4 GHz."""
    return "n" if standard == "ac" and band == "2.4" else standard


@functools.lru_cache(maxsize=256)
def rate_table(
    band: str,
    width_mhz: int,
    standard: str,
    streams: int,
    *,
    packet_error_share: float = wifi.PACKET_ERROR_SHARE,
    protection_us: float = 0.0,
) -> Rates:
    """The table of one kind of device on channels of one band and width, arrays of (SINR,).

    Parameters
    ----------
    standard, streams : str, int
        The device's; what band and width do not allow is left away.
    packet_error_share : float
        Packets sent again, charged to airtime.
    protection_us : float
        Put before every data PPDU, `wifi.protection_us`.
    """
    standard = standard_at(standard, band)
    width = min(width_mhz, wifi.WIDTHS_MHZ[standard][-1])
    mcs, used = wifi.mcs_and_streams(
        SINR_DB, width_mhz=width, streams=min(streams, wifi.MAX_STREAMS[standard]), standard=standard
    )
    return table_of(
        mcs,
        used,
        band=band,
        width_mhz=width,
        standard=standard,
        packet_error_share=packet_error_share,
        protection_us=protection_us,
    )


def table_of(
    mcs: NDArray[np.int64],
    streams: NDArray[np.int64],
    *,
    band: str,
    width_mhz: int,
    standard: str,
    packet_error_share: float = wifi.PACKET_ERROR_SHARE,
    protection_us: float = 0.0,
) -> Rates:
    """The frames of given links, arrays of (n,): MCS (-1 for none) and streams of each, in one generation and width."""
    full, call = (
        cells_of(
            mcs[None, :],
            np.ones((1, len(mcs))),
            standard=standard,
            band=band,
            width_mhz=width_mhz,
            streams=streams[None, :],
            payload_bytes=size,
            packet_error_share=packet_error_share,
            protection_us=protection_us,
        )
        for size in (FULL_BYTES, CALL_BYTES)
    )
    ok = mcs >= 0
    rate = wifi.phy_rate_mbps(np.maximum(mcs, 0), width_mhz=width_mhz, streams=streams, standard=standard)
    ppdu_us, mpdus, mpdu_us, ack_us = full.down_ppdu_us[0], full.down_mpdus[0], full.down_mpdu_us[0], full.down_ack_us[0]
    spaces_us = 2 * wifi.sifs_us(band) + wifi.SLOT_US * (wifi.AIFSN_BEST_EFFORT + wifi.CW_MIN / 2)
    alone_us = call.down_ppdu_us[0] - (call.down_mpdus[0] - 1) * call.down_mpdu_us[0]
    return Rates(
        ok=ok,
        rate_mbps=np.where(ok, rate, 0.0),
        ppdu_us=ppdu_us,
        mpdus=np.maximum(mpdus, 1.0),
        mpdu_us=mpdu_us,
        ack_us=ack_us,
        s_per_mbit=(ppdu_us + ack_us + spaces_us) / (mpdus * full.down_bits[0]),
        call_us=(alone_us + ack_us + 2 * wifi.sifs_us(band) + wifi.SLOT_US * wifi.AIFSN_BEST_EFFORT) / (1 - packet_error_share),
        need_db=wifi.SINR_THRESHOLD_DB[np.maximum(mcs, 0)] + 10 * np.log10(np.maximum(streams, 1)),
        call_mpdu_us=alone_us - (ppdu_us - mpdus * mpdu_us),
    )


def stacked(
    groups: Sequence[tuple[str, int]],
    kinds: Sequence[ClientKind],
    *,
    packet_error_share: float = wifi.PACKET_ERROR_SHARE,
    protection_us: float = 0.0,
) -> Rates:
    """The tables of all kinds of devices on all (band, width) groups, arrays of (group, kind, SINR).

    A kind without the band is nowhere `ok`. `protection_us` is charged at 2.4 GHz only.
    """
    nothing = np.zeros(len(SINR_DB))
    blank = Rates(nothing.astype(bool), *(nothing + float(name == "mpdus") for name in Rates.__slots__[1:]))
    tables = [
        [
            rate_table(
                band,
                width_mhz,
                kind.standard,
                kind.streams,
                packet_error_share=packet_error_share,
                protection_us=protection_us if band == "2.4" else 0.0,
            )
            if band in kind.bands
            else blank
            for kind in kinds
        ]
        for band, width_mhz in groups
    ]
    return Rates(*(np.array([[getattr(one, name) for one in row] for row in tables]) for name in Rates.__slots__))


def s_per_mbit(sinr_db: ArrayLike, kind: ClientKind, *, band: str, width_mhz: int) -> Floats:
    """Seconds of air that a megabit takes this kind of device at an SINR, any shape; inf where no rate is carried."""
    found = rate_table(band, width_mhz, kind.standard, kind.streams)
    row = sinr_step(sinr_db)
    return np.asarray(np.where(found.ok[row], found.s_per_mbit[row], np.inf))
