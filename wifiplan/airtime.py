"""One Wi-Fi cell: what a channel carries when everybody sends, and how long packets wait when they do not.

Contention is Bianchi's fixed point over whole PPDUs: every contender sends in a slot with the same probability tau, the air time
of a success, a collision and an idle slot follow from 802.11's frames, and goodput is payload per mean slot. Array in, array out:
`c` cells by `g` groups of clients.

Frames and headers are those of `tests/wifiplan/capacity/README.md`: payload + UDP/IP 28 + LLC 8 + QoS header 26 + FCS 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from wifiplan import wifi

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

HEADER_BYTES = 28 + 8 + 26 + 4
"""UDP/IP 28, LLC/SNAP 8, QoS data header 26, FCS 4: what an MPDU has beside its payload."""

BLOCK_ACK_BYTES, ACK_BYTES, RTS_BYTES, CTS_BYTES = 32, 14, 20, 14
RTS_RATE_MBPS = 24.0
BEACON_BYTES = {("2.4", "n"): 148, ("2.4", "ax"): 181, ("2.4", "be"): 181}
"""By band and standard; 201 elsewhere. A beacon grows with every capability element."""

PREAMBLE_LOCK_SHARE = 0.5
"""Of the stations that hear a collision, how many lock on one of its preambles and must then wait EIFS instead of AIFS (10.3.2.3.7).

Assumption between two ends: all of them in Bianchi's tables, none where every sender is equally strong (the packet simulation).
"""


@cache
def _phy(standard: str, width_mhz: int, gi_ns: int, streams: int, mcs: int) -> tuple[float, float, float]:
    """(bits per symbol, symbol in us, preamble in us)."""
    symbol = wifi.symbol_us(standard, gi_ns)
    rate = float(wifi.phy_rate_mbps(mcs, width_mhz=width_mhz, streams=streams, standard=standard, gi_ns=gi_ns))
    return round(rate * symbol, 6), symbol, float(wifi.preamble_us(standard, streams))


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
    subframe = 4 + 4 * np.ceil(mpdu / 4)
    # 5,440 us are exactly 400 symbols of 13.6 us: rounding must not lose one.
    longest = np.floor((wifi.MAX_PPDU_US - preamble) / symbol + 1e-9) * bits
    by_time = np.floor(((longest - 22) / 8 - mpdu - 4) / subframe) + 1
    by_size = np.floor((np.asarray(max_ampdu_bytes) - mpdu - 4) / subframe) + 1
    count = np.maximum(1.0, np.minimum(np.minimum(by_time, by_size), ba_window))
    return count, ppdu_us(count, bits, symbol, preamble, mpdu_bytes=mpdu)


def ppdu_us(count: ArrayLike, bits: ArrayLike, symbol: ArrayLike, preamble: ArrayLike, *, mpdu_bytes: ArrayLike) -> Floats:
    """Time on the air of `count` MPDUs: service field 16 and tail 6 bits, whole symbols (27.4.3)."""
    mpdu = np.asarray(mpdu_bytes, dtype=np.float64)
    size = (np.asarray(count) - 1) * (4 + 4 * np.ceil(mpdu / 4)) + mpdu + 4
    return np.asarray(preamble) + np.asarray(symbol) * np.ceil((22 + 8 * size) / np.asarray(bits) - 1e-9)


def exchange(
    mcs: ArrayLike,
    *,
    band: str = "5",
    width_mhz: int = 20,
    streams: ArrayLike = 1,
    standard: str = "ax",
    gi_ns: int | None = None,
    payload_bytes: int = 1472,
) -> tuple[Floats, Floats]:
    """A full PPDU with its BlockAck and the mean backoff of a lone sender: (payload Mbit, seconds), any shape of `mcs`, `streams`.

    Their quotient is the goodput of a channel that one sender has to itself, without beacons.
    """
    gi = gi_ns or wifi.GI_NS[standard][0]
    symbol = wifi.symbol_us(standard, gi)
    rate = wifi.phy_rate_mbps(mcs, width_mhz=width_mhz, streams=streams, standard=standard, gi_ns=gi)
    count, on_air_us = ppdu(
        np.round(rate * symbol, 6),
        symbol,
        wifi.preamble_us(standard, streams),
        mpdu_bytes=payload_bytes + HEADER_BYTES,
        max_ampdu_bytes=wifi.MAX_AMPDU_BYTES[standard],
        ba_window=64,
    )
    sifs = wifi.sifs_us(band)
    ack = wifi.legacy_us(BLOCK_ACK_BYTES, wifi.control_rate_mbps(mcs), band=band)
    space = 2 * sifs + wifi.SLOT_US * (wifi.AIFSN_BEST_EFFORT + wifi.CW_MIN / 2)
    return count * payload_bytes * 8e-6, (on_air_us + _extension_us(band) + ack + space) * 1e-6


def _extension_us(band: str) -> float:
    return wifi.SIGNAL_EXTENSION_US if band == "2.4" else 0.0


def attempt_share(contenders: ArrayLike) -> Floats:
    """Probability tau that a saturated station sends in a slot, among `contenders` of its kind (real numbers allowed), any shape.

    Solves tau = 2(1-2p) / ((1-2p)(W+1) + pW(1-(2p)^m)) and p = 1-(1-tau)^(n-1), W = 16, m = 6, without retry limit.

    Examples
    --------
    >>> attempt_share([1, 10]).round(4)
    array([0.1176, 0.0567])

    References
    ----------
    .. [1] G. Bianchi, "Performance analysis of the IEEE 802.11 distributed coordination function", IEEE JSAC 18(3), 2000, (7), (9).
    """
    n, inverse = np.unique(np.asarray(contenders, dtype=np.float64), return_inverse=True)
    return _tau(n, window=wifi.CW_MIN + 1, stages=6)[inverse].reshape(np.shape(contenders))


def _tau(n: Floats, *, window: int, stages: int) -> Floats:
    others = np.maximum(n - 1.0, 0.0)
    low, high = np.zeros(n.shape), np.ones(n.shape)
    for _ in range(50):
        p = (low + high) / 2
        tau = _tau_of(p, window=window, stages=stages)
        below = 1 - (1 - tau) ** others > p
        low, high = np.where(below, p, low), np.where(below, high, p)
    return _tau_of(np.where(others > 0, (low + high) / 2, 0.0), window=window, stages=stages)


def _tau_of(p: Floats, *, window: int, stages: int) -> Floats:
    # (1-(2p)^m) / (1-2p) is the sum of (2p)^i: no division by zero at p = 1/2.
    series = sum((2 * p) ** i for i in range(stages))
    return 2.0 / (window + 1 + p * window * series)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells as arrays: (c,) each, or (c, g) per group of clients. `clients` 0 is padding. Times in us.

    `down_` is what the access points send to a group, `up_` what it sends: PPDU at full length, MPDUs in it, and its answer.
    """

    access_points: NDArray[np.float64]
    clients: NDArray[np.float64]
    down: NDArray[np.bool_]
    up: NDArray[np.bool_]
    down_ppdu_us: NDArray[np.float64]
    down_mpdus: NDArray[np.float64]
    down_ack_us: NDArray[np.float64]
    up_ppdu_us: NDArray[np.float64]
    up_mpdus: NDArray[np.float64]
    up_ack_us: NDArray[np.float64]
    payload_bits: NDArray[np.float64]
    airtime_fair: NDArray[np.bool_]
    sifs_us: NDArray[np.float64]
    rts_us: NDArray[np.float64]
    cts_us: NDArray[np.float64]
    eifs_extra_us: NDArray[np.float64]
    beacon_us: NDArray[np.float64]
    beacon_sources: NDArray[np.float64]
    beacons_each: NDArray[np.float64]
    beacon_interval_us: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodput:
    """Payload in Mbit/s over all BSSs of a cell, (c, g), and the share of time with a frame on the air, (c,)."""

    down_mbps: NDArray[np.float64]
    up_mbps: NDArray[np.float64]
    busy_share: NDArray[np.float64]


def queue_shares(cells: Cells) -> Floats:
    """Of an access point's PPDUs, the share that goes to each group, (c, g).

    One FIFO gives clients equal packets: a slow client's PPDU holds few, so it needs many. Airtime fairness gives them equal time.
    """
    spent = np.where(
        cells.airtime_fair[:, None], cells.down_ppdu_us + cells.sifs_us[:, None] + cells.down_ack_us, cells.down_mpdus
    )
    weight = np.where(cells.clients > 0, cells.clients / np.maximum(spent, 1e-9), 0.0)
    return weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)


def beacon_share(cells: Cells, exchange_us: Floats) -> tuple[Floats, Floats]:
    """(share of time that beacons take from data, share with a beacon on the air), (c,).

    A beacon goes out one PIFS after the exchange it had to wait for (CW 0), so that access points whose beacon time fell
    into the same exchange send over one another: beyond a few BSSs, beacons cost less air than their number, and get lost.
    """
    each = cells.beacon_us + cells.sifs_us + wifi.SLOT_US
    taken = np.zeros(exchange_us.shape)
    for _ in range(8):
        waiting = np.minimum(1.0, (exchange_us + taken) / cells.beacon_interval_us)
        taken = cells.beacons_each * each * (1 - (1 - waiting) ** cells.beacon_sources)
    share = taken / (exchange_us + taken)
    return share, share * cells.beacon_us / np.maximum(each, 1e-9)


def saturated(cells: Cells) -> Goodput:
    """Goodput when every queue is always full.

    Notes
    -----
    A slot is idle, one success or one collision. A collision lasts as long as the longest of its PPDUs (or an RTS); with tau
    the chance of each contender, P(no PPDU longer than t) is a product over contenders, which gives the mean of the longest.
    Uplink is fair by access (DCF): each client gets as many PPDUs. An access point is one contender, whatever its clients.
    """
    aps = np.where(cells.down, cells.access_points, 0.0)[:, None]
    ups = np.where(cells.up[:, None], cells.clients, 0.0)
    to = queue_shares(cells)
    to = np.where(cells.clients.sum(axis=1, keepdims=True) > 0, to, 0.0)
    n = (aps[:, 0] * (to.sum(axis=1) > 0)) + ups.sum(axis=1)
    alive = n > 0
    tau = attempt_share(np.maximum(n, 1.0))[:, None]
    alone = (tau * (1 - tau) ** (np.maximum(n, 1.0) - 1)[:, None]) * alive[:, None]
    down_wins, up_wins = alone * aps * to, alone * ups
    idle = (1 - tau[:, 0]) ** n

    rts = cells.rts_us[:, None] > 0
    handshake = np.where(rts, cells.rts_us[:, None] + cells.cts_us[:, None] + 2 * cells.sifs_us[:, None], 0.0)
    longest = _mean_longest(cells, aps=aps, ups=ups, to=to, tau=tau)
    single = (down_wins * cells.down_ppdu_us + up_wins * cells.up_ppdu_us).sum(axis=1)
    success = down_wins.sum(axis=1) + up_wins.sum(axis=1)
    collision = np.maximum(1 - idle - success, 0.0)
    colliding_us = np.where(rts[:, 0], collision * cells.rts_us, np.maximum(longest - single, 0.0))

    aifs = cells.sifs_us + wifi.AIFSN_BEST_EFFORT * wifi.SLOT_US
    on_air = (
        down_wins * (cells.down_ppdu_us + cells.down_ack_us + handshake)
        + up_wins * (cells.up_ppdu_us + cells.up_ack_us + handshake)
    ).sum(axis=1)
    slot_us = (
        idle * wifi.SLOT_US
        + on_air
        + success * (cells.sifs_us + aifs)
        + colliding_us
        + collision * (aifs + PREAMBLE_LOCK_SHARE * cells.eifs_extra_us)
    )
    frames_us = on_air + colliding_us - np.where(rts[:, 0], success * 2 * cells.sifs_us, 0.0)
    exchange_us = np.where(alive, slot_us / np.maximum(1 - idle, 1e-12), 1e3)
    beacons, beacons_on_air = beacon_share(cells, exchange_us)
    per_us = (cells.payload_bits * (1 - beacons) / slot_us)[:, None]
    return Goodput(
        down_mbps=np.where(alive[:, None], down_wins * cells.down_mpdus * per_us, 0.0),
        up_mbps=np.where(alive[:, None], up_wins * cells.up_mpdus * per_us, 0.0),
        busy_share=np.where(alive, frames_us / slot_us * (1 - beacons), 0.0) + beacons_on_air,
    )


def _mean_longest(cells: Cells, *, aps: Floats, ups: Floats, to: Floats, tau: Floats) -> Floats:
    """Mean over slots of the longest PPDU that starts in one, in us (c,); 0 counts for an idle slot."""
    lengths = np.concatenate((cells.down_ppdu_us, cells.up_ppdu_us), axis=1)
    order = np.argsort(lengths, axis=1)
    lengths = np.take_along_axis(lengths, order, axis=1)
    ap_share = np.take_along_axis(np.concatenate((to, np.zeros_like(to)), axis=1), order, axis=1)
    clients = np.take_along_axis(np.concatenate((np.zeros_like(ups), ups), axis=1), order, axis=1)
    shorter_ap, shorter_clients = np.cumsum(ap_share, axis=1), np.cumsum(clients, axis=1)
    longer_clients = clients.sum(axis=1, keepdims=True) - shorter_clients
    up_to = (1 - tau) ** longer_clients * (1 - tau * np.maximum(1 - shorter_ap, 0.0)) ** aps
    before = np.concatenate(((1 - tau) ** (aps + clients.sum(axis=1, keepdims=True)), up_to[:, :-1]), axis=1)
    return np.asarray((lengths * (up_to - before)).sum(axis=1))
