"""Frames of 802.11 and how long they are on the air: the longest PPDU, its answer, a whole exchange.

Frames and headers are those of `tests/wifiplan/capacity/README.md`: payload + UDP/IP 28 + LLC 8 + QoS header 26 + FCS 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

HEADER_BYTES = 28 + 8 + 26 + 4
"""UDP/IP 28, LLC/SNAP 8, QoS data header 26, FCS 4: what an MPDU has beside its payload."""

ACK_BYTES, RTS_BYTES, CTS_BYTES = 14, 20, 14
"""Sizes of control frames, FCS included (9.3.1.2 to 9.3.1.4)."""
RTS_RATE_MBPS = 24.0
"""Rate of an RTS and of its CTS. Assumption: the highest mandatory rate of OFDM (17.2.3.4)."""

MAX_MSDU_BYTES = 2304
"""The largest MSDU (9.2.4.7)."""
TCP_HEADER_BYTES = 24
"""TCP with timestamps has 32 bytes of header where UDP has 8: packets stay as long, payload is shorter."""
TCP_ACK_BYTES = 20 + 32 + 8 + 26 + 4
"""An MPDU with no more than an acknowledgement: IP 20, TCP with timestamps 32, LLC/SNAP 8, QoS data header 26, FCS 4."""
SEGMENTS_PER_ACK = 2
"""Delayed acknowledgements (RFC 9293, 3.8.6.3)."""

DSSS_MBPS = (1.0, 2.0, 5.5, 11.0)
OFDM_MBPS = (6.0, 9.0, 12.0, 18.0, 24.0, 36.0, 48.0, 54.0)
"""Rates that a beacon can have: DSSS and CCK at 2.4 GHz alone (clauses 15 and 16), OFDM in all bands (clause 17)."""


def ppdu(
    bits_per_symbol: ArrayLike,
    symbol_us: ArrayLike,
    preamble_us: ArrayLike,
    *,
    mpdu_bytes: ArrayLike,
    max_ampdu_bytes: ArrayLike,
    ba_window: ArrayLike,
) -> tuple[Floats, Floats]:
    """The longest PPDU the limits allow: (MPDUs in it, time on the air in us). Any shape.

    An A-MPDU ends at the smallest of the BlockAck window, the byte limit and 5.484 ms; each subframe has a 4-byte delimiter and
    is padded to 4 bytes, but for the last. A window of 1 is a single MPDU.
    """
    bits, symbol = np.asarray(bits_per_symbol, dtype=np.float64), np.asarray(symbol_us, dtype=np.float64)
    preamble, mpdu = np.asarray(preamble_us, dtype=np.float64), np.asarray(mpdu_bytes, dtype=np.float64)
    subframe = subframe_bytes(mpdu)
    # 5,440 us are exactly 400 symbols of 13.6 us: rounding must not lose one.
    longest = np.floor((wifi.MAX_PPDU_US - preamble) / symbol + 1e-9) * bits
    by_time = np.floor(((longest - 22) / 8 - mpdu - 4) / subframe) + 1
    by_size = np.floor((np.asarray(max_ampdu_bytes) - mpdu - 4) / subframe) + 1
    count = np.maximum(1.0, np.minimum(np.minimum(by_time, by_size), ba_window))
    return count, ppdu_us(count, bits, symbol, preamble, mpdu_bytes=mpdu)


def subframe_bytes(mpdu_bytes: ArrayLike) -> Floats:
    """An MPDU inside an A-MPDU: delimiter and padding to 4 bytes (9.7.1)."""
    return np.asarray(4 + 4 * np.ceil(np.asarray(mpdu_bytes, dtype=np.float64) / 4))


def ppdu_us(count: ArrayLike, bits: ArrayLike, symbol: ArrayLike, preamble: ArrayLike, *, mpdu_bytes: ArrayLike) -> Floats:
    """Time on the air of `count` MPDUs: service field 16 and tail 6 bits, whole symbols (27.4.3)."""
    size = (np.asarray(count) - 1) * subframe_bytes(mpdu_bytes) + np.asarray(mpdu_bytes) + 4
    return np.asarray(np.asarray(preamble) + np.asarray(symbol) * np.ceil((22 + 8 * size) / np.asarray(bits) - 1e-9))


def exchange(
    mcs: ArrayLike,
    *,
    band: str = "5",
    width_mhz: int = 20,
    streams: ArrayLike = 1,
    standard: str = "ax",
    gi_ns: int | None = None,
    payload_bytes: int = 1472,
    packet_error_share: ArrayLike = 0.0,
) -> tuple[Floats, Floats]:
    """A full PPDU with its BlockAck and the mean backoff of a lone sender: (payload Mbit that arrives, seconds), any shape.

    Their quotient is the goodput of a channel that one sender has to itself, without beacons; its inverse, times the Mbit/s that
    a client asks for, the share of time that this client takes. `packet_error_share` of the packets fail and are sent again: at
    the MCS that `wifi.mcs_and_streams` picks by SINR it is `wifi.PACKET_ERROR_SHARE`.
    """
    symbol = wifi.symbol_us(standard, gi_ns or wifi.GI_NS[standard][0])
    rate = wifi.phy_rate_mbps(mcs, width_mhz=width_mhz, streams=streams, standard=standard, gi_ns=gi_ns)
    count, on_air_us = ppdu(
        np.round(rate * symbol, 6),
        symbol,
        wifi.preamble_us(standard, streams),
        mpdu_bytes=payload_bytes + HEADER_BYTES,
        max_ampdu_bytes=wifi.MAX_AMPDU_BYTES[standard],
        ba_window=64,
    )
    sifs = wifi.sifs_us(band)
    ack = wifi.legacy_us(wifi.block_ack_bytes(64), wifi.control_rate_mbps(mcs), band=band)
    space = 2 * sifs + wifi.SLOT_US * (wifi.AIFSN_BEST_EFFORT + wifi.CW_MIN / 2) + wifi.extension_us(band)
    arrives = count * payload_bytes * 8e-6 * (1 - np.asarray(packet_error_share, dtype=np.float64))
    return arrives, (on_air_us + ack + space) * 1e-6
