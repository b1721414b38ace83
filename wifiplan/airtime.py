"""One Wi-Fi cell: how long a frame exchange takes, and what a channel full of them carries.

Frames and their headers are those of `tests/wifiplan/capacity/README.md`: payload + UDP/IP 28 + LLC 8 + QoS header 26 + FCS 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wifiplan import wifi

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

HEADER_BYTES = 28 + 8 + 26 + 4
"""UDP/IP 28, LLC/SNAP 8, QoS data header 26, FCS 4: what an MPDU has beside its payload."""

BLOCK_ACK_BYTES = 32
BEACON_BYTES = {"2.4": 148, "5": 201, "6": 201}


def ppdu(
    mcs: ArrayLike,
    *,
    width_mhz: int = 20,
    streams: ArrayLike = 1,
    standard: str = "ax",
    gi_ns: int | None = None,
    payload_bytes: ArrayLike = 1472,
    max_ampdu_bytes: float | None = None,
    ba_window: float = 64,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The longest PPDU the limits allow: (MPDUs in it, time on the air in us). Any shape.

    An A-MPDU ends at the smallest of the BlockAck window, the byte limit and 5.484 ms; each subframe has a 4-byte delimiter and
    is padded to 4 bytes, but for the last.
    """
    rate = wifi.phy_rate_mbps(mcs, width_mhz=width_mhz, streams=streams, standard=standard, gi_ns=gi_ns)
    rate = np.maximum(rate, 1e-9)
    symbol = wifi.symbol_us(standard, gi_ns or wifi.GI_NS[standard][0])
    mpdu = np.asarray(payload_bytes, dtype=np.float64) + HEADER_BYTES
    subframe = 4 + 4 * np.ceil(mpdu / 4)
    limit = min(max_ampdu_bytes or np.inf, wifi.MAX_AMPDU_BYTES[standard])
    window = min(ba_window, wifi.MAX_BA_WINDOW[standard])
    preamble = wifi.preamble_us(standard, streams)
    bits = np.floor((wifi.MAX_PPDU_US - preamble) / symbol) * rate * symbol
    by_time = np.floor(((bits - 22) / 8 - mpdu - 4) / subframe) + 1
    by_size = np.floor((limit - mpdu - 4) / subframe) + 1
    count = np.maximum(1, np.minimum(np.minimum(by_time, by_size), window))
    size = (count - 1) * subframe + mpdu + 4
    return count, preamble + symbol * np.ceil((16 + 8 * size + 6) / (rate * symbol))


def exchange(
    mcs: ArrayLike,
    *,
    band: str = "5",
    width_mhz: int = 20,
    streams: ArrayLike = 1,
    standard: str = "ax",
    gi_ns: int | None = None,
    payload_bytes: ArrayLike = 1472,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A full PPDU with its BlockAck and the mean backoff of a lone sender: (payload Mbit, seconds), any shape."""
    count, on_air = ppdu(mcs, width_mhz=width_mhz, streams=streams, standard=standard, gi_ns=gi_ns, payload_bytes=payload_bytes)
    sifs = wifi.sifs_us(band)
    ack = wifi.legacy_us(BLOCK_ACK_BYTES, wifi.control_rate_mbps(mcs), band=band)
    space = sifs + wifi.AIFSN_BEST_EFFORT * wifi.SLOT_US + wifi.SLOT_US * wifi.CW_MIN / 2
    return count * np.asarray(payload_bytes) * 8e-6, (on_air + sifs + ack + space) * 1e-6
