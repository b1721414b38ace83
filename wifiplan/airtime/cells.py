"""One Wi-Fi cell: what a channel carries when everybody sends, and how long packets wait when they do not.

Contention is Bianchi's fixed point over whole PPDUs: every contender sends in a slot with the same probability tau, the air time
of a success, a collision and an idle slot follow from 802.11's frames, and goodput is payload per mean slot. Array in, array out:
`c` cells by `g` groups of clients. Nothing is gained from OFDMA, MU-MIMO or OBSS-PD. `docs/decisions` says why.

A facility makes its cells with `cells_of` and asks `saturated`, `offered` and `clients_that_fit`: there is no other model.

Frames and headers are those of `tests/wifiplan/capacity/README.md`: payload + UDP/IP 28 + LLC 8 + QoS header 26 + FCS 4.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from wifiplan.airtime import wifi
from wifiplan.errors import DesignError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

HEADER_BYTES = 28 + 8 + 26 + 4
"""UDP/IP 28, LLC/SNAP 8, QoS data header 26, FCS 4: what an MPDU has beside its payload."""

PROBE_REQUEST_BYTES = 120
"""24 of header, 4 of FCS, an SSID of up to 32, rates and capabilities. Assumption: the middle of what phones send."""
PROBES_PER_S = 1 / 60
"""Probe requests of a device on one channel. Assumption: a scan a minute while people look at their phones."""
BROADCASTS_PER_S, BROADCAST_BYTES = 0.1, 200
"""Group-addressed frames that a client causes (ARP 64 B, mDNS some 300 B, router advertisements). Assumption: one in 10 s."""

ACK_BYTES, RTS_BYTES, CTS_BYTES = 14, 20, 14
RTS_RATE_MBPS = 24.0

PREAMBLE_LOCK_SHARE = 0.4
"""Of the stations that hear a collision, how many lock on one of its preambles and then wait EIFS, not AIFS (10.3.2.3.7).

Assumption between two ends: all of them in Bianchi's tables, none where every sender is equally strong (packet simulation).
"""

AP_QUEUE_PACKETS = 1000
LIFETIME_MS = 500.0
"""A packet older than this is dropped."""
MAX_DELAY_MS, MAX_LOSS_SHARE = 100.0, 0.01
"""A client fits while 95 of 100 packets arrive within this time and no more than this share is lost."""


# ------------------------------------------------------------------------------------------------------------- frames


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


# --------------------------------------------------------------------------------------------------------- contention


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
    return np.asarray(contention(contenders)[0])


def contention(contenders: ArrayLike) -> Floats:
    """(4, ...): tau, idle slots and collisions for each success, and the chance that an attempt collides; any shape.

    By straight lines between points of `_contention_table`: a fixed point a cell would cost more than all the rest.
    """
    points, step = _contention_table()
    at = np.log(np.clip(np.asarray(contenders, dtype=np.float64), 1.0, 0.999 * MOST_CONTENDERS)) / step
    index = at.astype(np.intp)
    below = points[:, index]
    return np.asarray(below + (at - index) * (points[:, index + 1] - below))


MOST_CONTENDERS = 1e5


@cache
def _contention_table() -> tuple[Floats, float]:
    """`contention` at numbers of contenders from 1 up whose logarithms are evenly spaced, and that spacing."""
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


# -------------------------------------------------------------------------------------------------------------- cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Cells as arrays: (c,) each, or (c, g) per group of clients. Times in us; padding has `clients` 0.

    `down_` is what an access point sends to a client of a group, `up_` what the client sends: a full PPDU, the MPDUs in it,
    what one MPDU more costs, its answer, and the payload of an MPDU that arrives, in bits (retries are charged here).
    """

    access_points: NDArray[np.float64]
    clients: NDArray[np.float64]
    down: NDArray[np.bool_]
    up: NDArray[np.bool_]
    down_ppdu_us: NDArray[np.float64]
    down_mpdus: NDArray[np.float64]
    down_mpdu_us: NDArray[np.float64]
    down_ack_us: NDArray[np.float64]
    down_bits: NDArray[np.float64]
    up_ppdu_us: NDArray[np.float64]
    up_mpdus: NDArray[np.float64]
    up_mpdu_us: NDArray[np.float64]
    up_ack_us: NDArray[np.float64]
    up_bits: NDArray[np.float64]
    airtime_fair: NDArray[np.bool_]
    sifs_us: NDArray[np.float64]
    rts_us: NDArray[np.float64]
    """0 without RTS."""
    cts_us: NDArray[np.float64]
    eifs_extra_us: NDArray[np.float64]
    """EIFS less AIFS: SIFS and an ACK at the lowest rate."""
    beacon_us: NDArray[np.float64]
    beacon_sources: NDArray[np.float64]
    beacons_each: NDArray[np.float64]
    beacon_interval_us: NDArray[np.float64]
    tcp_ack_us: NDArray[np.float64]
    """What a TCP acknowledgement adds to an A-MPDU; 0 with UDP."""
    taken_share: NDArray[np.float64]
    """Time that is not the cell's: foreign networks, broadcasts, probes (`Overhead.share`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodput:
    """Payload in Mbit/s over all BSSs of a cell, (c, g), and the share of time with a frame on the air, (c,)."""

    down_mbps: NDArray[np.float64]
    up_mbps: NDArray[np.float64]
    busy_share: NDArray[np.float64]


def queue_shares(cells: Cells) -> Floats:
    """Of an access point's PPDUs, the share that goes to each group, (c, g).

    One FIFO gives clients equal packets: a slow client's PPDU holds few, so it needs many. Airtime fairness: equal time.
    """
    spent = np.where(
        cells.airtime_fair[:, None], cells.down_ppdu_us + cells.sifs_us[:, None] + cells.down_ack_us, cells.down_mpdus
    )
    weight = np.where(cells.clients > 0, cells.clients / np.maximum(spent, 1e-9), 0.0)
    return np.asarray(weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300))


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
    return share, share * cells.beacon_us / each


def saturated(cells: Cells) -> Goodput:
    """Goodput when every queue is always full.

    Notes
    -----
    A slot is idle, one success or one collision. A collision lasts as long as the longest of its PPDUs (or an RTS); with tau
    the chance of each contender, P(no PPDU longer than t) is a product over contenders, which gives the mean of the longest.
    Uplink is fair by access (DCF): each client gets as many PPDUs. An access point is one contender, whatever its clients.
    """
    to = queue_shares(cells)
    aps = np.where(cells.down & (to.sum(axis=1) > 0), cells.access_points, 0.0)[:, None]
    ups = np.where(cells.up[:, None], cells.clients, 0.0)
    if cells.tcp_ack_us.any():
        cells, aps, ups = _with_acknowledgements(cells, aps, ups, to)
    n = aps[:, 0] + ups.sum(axis=1)
    alive = n > 0
    tau = attempt_share(n)[:, None]
    alone = tau * (1 - tau) ** (np.maximum(n, 1.0) - 1)[:, None]
    down_wins, up_wins = alone * aps * to, alone * ups
    idle = (1 - tau[:, 0]) ** n

    rts = cells.rts_us > 0
    handshake = np.where(rts, cells.rts_us + cells.cts_us + 2 * cells.sifs_us, 0.0)
    single = (down_wins * cells.down_ppdu_us + up_wins * cells.up_ppdu_us).sum(axis=1)
    answers = (down_wins * cells.down_ack_us + up_wins * cells.up_ack_us).sum(axis=1)
    success = down_wins.sum(axis=1) + up_wins.sum(axis=1)
    collision = np.maximum(1 - idle - success, 0.0)
    longest = _mean_longest(cells, aps=aps, ups=ups, to=to, tau=tau)
    colliding_us = np.where(rts, collision * cells.rts_us, np.maximum(longest - single, 0.0))

    aifs = cells.sifs_us + wifi.AIFSN_BEST_EFFORT * wifi.SLOT_US
    slot_us = (
        idle * wifi.SLOT_US
        + single
        + answers
        + success * (handshake + cells.sifs_us + aifs)
        + colliding_us
        + collision * (aifs + PREAMBLE_LOCK_SHARE * cells.eifs_extra_us)
    )
    on_air_us = single + answers + colliding_us + success * np.where(rts, cells.rts_us + cells.cts_us, 0.0)
    exchange_us = np.where(alive, slot_us / np.where(alive, 1 - idle, 1.0), 1e3)
    beacons, beacons_on_air = beacon_share(cells, exchange_us)
    left = np.maximum(1 - beacons - cells.taken_share, 0.0)
    per_us = (left / slot_us)[:, None]
    return Goodput(
        down_mbps=down_wins * cells.down_mpdus * cells.down_bits * per_us,
        up_mbps=up_wins * cells.up_mpdus * cells.up_bits * per_us,
        busy_share=np.minimum(on_air_us / slot_us * left + beacons_on_air + cells.taken_share, 1.0),
    )


def _with_acknowledgements(cells: Cells, aps: Floats, ups: Floats, to: Floats) -> tuple[Cells, Floats, Floats]:
    """A saturated TCP cell as (cells, contending access points, contending clients): what acknowledgements add, and withhold.

    Each way's data is answered the other way, one acknowledgement for two segments. Who answers one sender contends half of the
    time: after its turn it has nothing until the sender's next, and wins every other turn while it has. Downlink: one client for
    each access point. Uplink: the access point, which answers many and so is seldom without; clients stop when their window is
    out, so that only as many contend as an access point, one of all contenders, can acknowledge in turn.
    """
    tcp, down, up = (cells.tcp_ack_us > 0), cells.down[:, None], cells.up[:, None]
    bss = cells.access_points[:, None]
    window = TCP_WINDOW_BYTES * 8 / np.maximum(cells.up_bits, 1e-9) / np.maximum(cells.up_mpdus, 1)
    each_ap = np.maximum(cells.clients.sum(axis=1, keepdims=True) / bss, 1e-9)
    sending = np.clip(window, 1.0, np.maximum(each_ap, 1.0))
    ap_holds = np.where(down, 1.0, 1 - 0.5 / np.maximum(each_ap, 1.0))
    client_holds = np.where(up, sending, 0.5)
    down_head = cells.down_ppdu_us - cells.down_mpdus * cells.down_mpdu_us
    up_head = cells.up_ppdu_us - cells.up_mpdus * cells.up_mpdu_us
    per = 1.0 / SEGMENTS_PER_ACK
    down_acks_us = cells.tcp_ack_us * np.minimum(64, np.maximum(1, per * cells.up_mpdus * client_holds / ap_holds)) * up
    up_acks_us = cells.tcp_ack_us * np.maximum(1, per * cells.down_mpdus * ap_holds / client_holds) * down
    changed = replace(
        cells,
        down_ppdu_us=np.where(tcp, np.where(down, cells.down_ppdu_us, down_head) + down_acks_us, cells.down_ppdu_us),
        up_ppdu_us=np.where(tcp, np.where(up, cells.up_ppdu_us, up_head) + up_acks_us, cells.up_ppdu_us),
        down_bits=np.where(tcp & ~down, 0.0, cells.down_bits),
        up_bits=np.where(tcp & ~up, 0.0, cells.up_bits),
    )
    some = to.sum(axis=1, keepdims=True) > 0
    any_tcp = tcp.any(axis=1, keepdims=True)
    ups = np.where(tcp, np.where(up, cells.clients * np.minimum(1.0, sending / each_ap), bss * to * client_holds), ups)
    return changed, np.where(any_tcp, bss * some * ap_holds, aps), ups


def _mean_longest(cells: Cells, *, aps: Floats, ups: Floats, to: Floats, tau: Floats) -> Floats:
    """Mean over slots of the longest PPDU that starts in one, in us (c,); 0 counts for an idle slot."""
    lengths = np.concatenate((cells.down_ppdu_us, cells.up_ppdu_us), axis=1)
    order = np.argsort(lengths, axis=1)
    lengths = np.take_along_axis(lengths, order, axis=1)
    ap_share = np.take_along_axis(np.concatenate((to, np.zeros_like(to)), axis=1), order, axis=1)
    clients = np.take_along_axis(np.concatenate((np.zeros_like(ups), ups), axis=1), order, axis=1)
    longer_ap = np.maximum(1 - np.cumsum(ap_share, axis=1), 0.0)
    longer_clients = clients.sum(axis=1, keepdims=True) - np.cumsum(clients, axis=1)
    up_to = (1 - tau) ** longer_clients * (1 - tau * longer_ap) ** aps
    before = np.concatenate(((1 - tau) ** (aps + clients.sum(axis=1, keepdims=True)), up_to[:, :-1]), axis=1)
    return np.asarray((lengths * (up_to - before)).sum(axis=1))


# ------------------------------------------------------------------------------------------------------- offered load

GROWTH_IN_COLLISIONS, AP_GROWTH_IN_COLLISIONS = 1.8, 2.5
"""How much more than the mean batch the longest PPDU of a collision has grown, of clients and of access points: who waits long
collects most and collides most. Set once by `tests/benchmarks/airtime_queues.py`, which simulates the queues, not by a table.
"""

SERVICE_VARIATION, AP_ACCESS_VARIATION = 0.2, 3.0
"""Squared coefficient of variation of the time an access takes, of clients and of an access point among contending clients: 0
would be a clock, 1 a memoryless server. Same simulation."""

TOO_LATE = 5.5
"""Packets that grow too old, for each chance of a collision and lifetime that an access waits: keeps crowded queues in bounds.
From the same simulation; the loss that is reported comes from `_access_delays`."""

INNER_ROUNDS = 6

WATCHED_S = 20.0
"""A load that a cell carries this long, on average, before its clients' queues tip over, is carried."""

CROWD_STATES = 24
"""Numbers of clients with something to send that `offered` looks at: each one up to so many clients; with more, each one up to
half of it, and then by steps that grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """A cell with so much offered. (c, g) carried payload in Mbit/s; (c,) the rest, delay of the worse direction."""

    down_mbps: NDArray[np.float64]
    up_mbps: NDArray[np.float64]
    busy_share: NDArray[np.float64]
    offered_mbps: NDArray[np.float64]
    loss_share: NDArray[np.float64]
    delay_mean_ms: NDArray[np.float64]
    delay_p95_ms: NDArray[np.float64]
    stable: NDArray[np.bool_]
    fits: NDArray[np.bool_]
    """Each direction within `MAX_DELAY_MS` and `MAX_LOSS_SHARE`."""


def offered(cells: Cells, down_mbps: Floats, up_mbps: Floats, *, rounds: int = 72) -> Steady:
    """Carried load and delay when every client of a group offers `down_mbps` and `up_mbps` (c, g) of payload, Poisson arrivals.

    Notes
    -----
    Packets that wait together leave in one PPDU, so PPDUs grow with the queue and use the air better.
    Uplink is a birth-death chain of the clients that have something to send (`_crowd`); downlink clients queue for their access
    point, one contender more, as a polled finite-source queue (`_queue`). The two meet in the chance that an access point
    contends and in the time its accesses take, found by iteration from empty queues.
    """
    aps = cells.access_points
    down = _way(cells, down_mbps, up_mbps, down=True)
    up = _way(cells, down_mbps, up_mbps, down=False)
    longest_us = np.maximum(down.on * down.ppdu_us(np.full(aps.shape, 4.0)), up.ppdu_us(np.full(aps.shape, 4.0)))
    beacons, beacons_on_air = beacon_share(cells, _fixed_us(cells) + longest_us)
    left = np.maximum(1 - beacons - cells.taken_share, 1e-9)
    shared = _Shared(cells, down, up, left)
    down_batch, ap_active = np.ones(aps.shape), np.zeros(aps.shape)
    moving = np.flatnonzero(down.on)
    for _ in range(max(1, rounds // INNER_ROUNDS)):
        if not len(moving):
            break
        # Most cells settle soon; those near their limit do not, and go on by themselves.
        some = _subset(shared, moving)
        batch, active = down_batch[moving], ap_active[moving]
        crowd = _crowd(some, batch, active)
        for _turn in range(INNER_ROUNDS):
            found = some.turn(crowd, batch, active)
            active = active + 0.9 * (np.minimum(1.0, found.down_accesses * found.ap_access_us) - active)
            batch = batch + 0.9 * (np.minimum(some.down.most, found.down_grown) - batch)
        moved = np.abs(batch + active - down_batch[moving] - ap_active[moving]) > 1e-3 * batch
        down_batch[moving], ap_active[moving] = batch, active
        moving = moving[moved]
    crowd = _crowd(shared, down_batch, ap_active)
    found = shared.turn(crowd, down_batch, ap_active)
    down_accesses, ap_access = found.down_accesses, found.ap_access_us

    handshake_us = np.where(cells.rts_us > 0, cells.rts_us + cells.cts_us, 0.0)
    down_us = down.ppdu_us(down_batch) + down.answer_us
    busy = (
        aps * down_accesses * (down_us + handshake_us + found.ap_collisions * found.ap_collision_us)
        + crowd.on_air_share
        + beacons_on_air
        + cells.taken_share
    )
    busy = np.minimum(busy, 1.0)
    # A packet that finds the channel idle goes at once; else its own backoff comes on top.
    down_own = down_us - down.answer_us + busy * np.maximum(ap_access - down_us, 0)
    # A polled queue makes a batch wait about as long each time, a short one as a single server's customers do; against clients
    # that contend, an access itself takes long or short.
    tail = np.where(up.on, 1.4 + 1.6 * np.exp(-(down_batch - 1) / 2), 1 + 1.6 * np.exp(-(down_batch - 1) / 0.15))
    state = _Delays(down, found.down_wait_us, down_own, down_batch, found.down_grown, tail)
    down_mean = state.mean_ms()
    per_us = down.flows * down.rate
    contenders = 1 + (aps - 1) * ap_active + crowd.active
    full_queue = np.where(state.stable(), _queue_overflow(contenders, ap_access, per_us, per_us * down_mean * 1e3), 0.0)
    down_loss = np.where(down.on, np.clip(np.maximum(state.loss_share(down_accesses), full_queue), 0.0, 1.0), 0.0)
    up_mean, up_p95, up_late = _access_delays(crowd.among, crowd.wait_us, up)
    up_p95 = np.where(crowd.overflow > MAX_LOSS_SHARE, LIFETIME_MS, up_p95)
    up_loss = np.where(up.on, np.maximum(crowd.loss_share, up_late), 0.0)
    down_offer = np.where(cells.down[:, None], cells.clients * down_mbps, 0.0)
    up_offer = np.where(cells.up[:, None], cells.clients * up_mbps, 0.0)
    total = down_offer.sum(axis=1) + up_offer.sum(axis=1)
    down_carried = down_offer * _carried_share(cells, down_mbps, down_loss)
    lost = (down_offer - down_carried).sum(axis=1) + up_offer.sum(axis=1) * up_loss
    mean = np.maximum(down_mean, np.where(up.on, up_mean, 0.0))
    p95 = np.maximum(state.p95_ms(), np.where(up.on, up_p95, 0.0))
    return Steady(
        down_mbps=down_carried,
        up_mbps=up_offer * (1 - up_loss)[:, None],
        busy_share=busy,
        offered_mbps=total,
        loss_share=np.where(total > 0, lost / np.where(total > 0, total, 1.0), 0.0),
        delay_mean_ms=mean,
        delay_p95_ms=p95,
        stable=state.stable() & (crowd.overflow <= 1e-3),
        fits=(p95 <= MAX_DELAY_MS) & (np.maximum(down_loss, up_loss) <= MAX_LOSS_SHARE),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What access points and clients do to each other, given the access points' mean batch and the chance that one contends."""

    ap_collisions: NDArray[np.float64]
    ap_collision_us: NDArray[np.float64]
    ap_access_us: NDArray[np.float64]
    down_wait_us: NDArray[np.float64]
    down_accesses: NDArray[np.float64]
    down_grown: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Shared:
    """A channel that access points and clients share; `left` is the time that beacons and others leave of it, (c,)."""

    cells: Cells
    down: _Way
    up: _Way
    left: NDArray[np.float64]

    def turn(self, crowd: _Crowd, batch: Floats, active: Floats) -> _Turn:
        """The access points' queue beside such clients, from one guess of it to the next."""
        cells, down, up = self.cells, self.down, self.up
        rivals = (cells.access_points - 1) * active
        # Access points collide among themselves with grown PPDUs; against clients, their own is at its mean.
        growth = 1 + (AP_GROWTH_IN_COLLISIONS - 1) * rivals / np.maximum(rivals + crowd.active, 1e-9)
        grown_us = down.ppdu_us(1 + growth * (batch - 1))
        _, idle, collisions, _ = contention(1 + rivals + crowd.active)
        collision_us = np.where(cells.rts_us > 0, cells.rts_us, np.maximum(grown_us, up.on * crowd.collision_us))
        lost_us = idle * wifi.SLOT_US + collisions * (collision_us + _after_collision_us(cells))
        alone_us = (1 + rivals) * (down.ppdu_us(batch) + _fixed_us(cells) + down.answer_us + lost_us) / self.left
        access_us = np.where(up.on, crowd.shared(alone_us), alone_us)
        wait_us, accesses, grown = _queue(down, access_us, np.where(up.on, AP_ACCESS_VARIATION, 0.0))
        return _Turn(
            ap_collisions=collisions,
            ap_collision_us=collision_us,
            ap_access_us=access_us,
            down_wait_us=wait_us,
            down_accesses=accesses,
            down_grown=grown,
        )


def _carried_share(cells: Cells, down_mbps: Floats, loss_share: Floats) -> Floats:
    """Of each group's downlink, what gets through (c, g): all groups lose alike in one FIFO.

    With airtime fairness the time that is carried is dealt out equally, up to what each client needs: slow clients lose first.
    """
    alike = np.broadcast_to((1 - loss_share)[:, None], down_mbps.shape)
    if not (cells.airtime_fair & (loss_share > 0)).any():
        return np.asarray(alike)
    each_us = cells.down_ppdu_us + cells.down_ack_us + _fixed_us(cells)[:, None]
    need = down_mbps * each_us / np.maximum(cells.down_mpdus * cells.down_bits, 1e-9)
    order = np.argsort(need, axis=1)
    sorted_need, sorted_clients = (np.take_along_axis(part, order, axis=1) for part in (need, cells.clients))
    time = (need * cells.clients).sum(axis=1) * (1 - loss_share)
    # Whom the equal part covers gets its need; the level is what is left for each of the others.
    covered = np.cumsum(sorted_need * sorted_clients, axis=1) - sorted_need * sorted_clients
    others = np.cumsum(sorted_clients[:, ::-1], axis=1)[:, ::-1]
    level = ((time[:, None] - covered) / np.maximum(others, 1e-12)).max(axis=1)
    fair = np.minimum(1.0, level[:, None] / np.maximum(need, 1e-30))
    return np.asarray(np.where(cells.airtime_fair[:, None], fair, alike))


def _fixed_us(cells: Cells) -> Floats:
    """Of a successful exchange, beside PPDU, answer and backoff."""
    handshake_us = np.where(cells.rts_us > 0, cells.rts_us + cells.cts_us + 2 * cells.sifs_us, 0.0)
    return 2 * cells.sifs_us + wifi.AIFSN_BEST_EFFORT * wifi.SLOT_US + handshake_us


def _after_collision_us(cells: Cells) -> Floats:
    """AIFS. No EIFS, unlike `saturated`: while the load is carried few stand by, and who collided does not wait it."""
    return cells.sifs_us + wifi.AIFSN_BEST_EFFORT * wifi.SLOT_US


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crowd:
    """The uplink of a cell: what its clients do to each other and to the access points; (c,), and (c, k) by state."""

    states: NDArray[np.float64]
    chance: NDArray[np.float64]
    success_us: NDArray[np.float64]
    active: NDArray[np.float64]
    collision_us: NDArray[np.float64]
    on_air_share: NDArray[np.float64]
    among: NDArray[np.float64]
    wait_us: NDArray[np.float64]
    overflow: NDArray[np.float64]
    loss_share: NDArray[np.float64]

    def shared(self, alone_us: Floats) -> Floats:
        """Time an access point's access takes among these clients: in each state it wins the air as often as one of them."""
        return np.asarray(1 / np.maximum((self.chance / (alone_us[:, None] + self.states * self.success_us)).sum(axis=1), 1e-12))


def _crowd(shared: _Shared, down_batch: Floats, ap_active: Floats) -> _Crowd:
    """Clients with something to send as a birth-death chain.

    In state n, an idle client gets a packet at its rate; a success takes E(n) by Bianchi at n contenders and the access points,
    and takes all that its sender has collected in n E(n). Chance of n: product of birth over death. So load that a channel
    carries with few senders but not with many tips over, as in the packet simulation, where the crowded states outweigh.
    """
    cells, down, up, left = shared.cells, shared.down, shared.up, shared.left
    flows = up.flows[:, None]
    n = _states(up.flows)
    aps = (cells.access_points * ap_active * down.on)[:, None]
    contenders = np.maximum(n, 1.0) + aps
    _, idle, collisions, lose = contention(contenders)
    # A packet that finds the air idle is sent without backoff.
    idle = np.where((n <= 1) & (aps <= 0), idle / 2, idle)
    head, each, most, rate = (part[:, None] for part in (up.head_us, up.mpdu_us, up.most, up.rate))
    fixed, after, free = _fixed_us(cells)[:, None], _after_collision_us(cells)[:, None], left[:, None]
    rts_us = cells.rts_us[:, None]
    down_us = down.ppdu_us(down_batch)[:, None]
    with_ap = np.minimum(1.0, 2 * aps / contenders)
    turns = aps / np.maximum(n, 1.0)
    quiet = idle * wifi.SLOT_US + collisions * after
    down_answer, up_answer = down.answer_us[:, None], up.answer_us[:, None]

    def cycle(batch: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """(PPDU, longest of a collision, E in us, packets that come in a client's turn of n E), for such a batch."""
        ppdu_us = head + each * np.minimum(batch, most)
        longest_us = head + each * np.minimum(1 + GROWTH_IN_COLLISIONS * (batch - 1), most)
        longest_us = np.where(rts_us > 0, rts_us, longest_us + with_ap * np.maximum(down_us - longest_us, 0.0))
        lost_us = quiet + collisions * longest_us
        access_us = (ppdu_us + fixed + up_answer + lost_us + turns * (down_us + fixed + down_answer + lost_us)) / free
        waits = n * access_us / (LIFETIME_MS * 1e3)
        in_time = 1 / (1 + TOO_LATE * lose * waits**2 / (waits + 0.05))
        return ppdu_us, longest_us, access_us, rate * n * access_us * in_time

    def empties(ppdu_us: Floats, comes: Floats) -> Floats:
        """Chance that an access leaves nothing behind: all of it fitted into one PPDU, and nothing came while it was sent."""
        return np.asarray((1 - np.minimum(comes / most, 1.0) ** most) * np.exp(-rate * (ppdu_us + up_answer)))

    def taken(batch: Floats) -> Floats:
        """Packets that an access takes, if others take `batch`: what comes in its turn, and one that ends a silence."""
        ppdu_us, _, _, comes = cycle(batch)
        return np.asarray(comes + empties(ppdu_us, comes))

    # What an access finds grows with the batch: by straight pieces, until collisions and then PPDUs are full.
    knee = 1 + (most - 1) / GROWTH_IN_COLLISIONS
    first, second, full = taken(np.ones_like(most)), taken(knee), taken(most)
    low = 1 + (first - 1) / np.maximum(1 - (second - first) / np.maximum(knee - 1, 1e-9), 1e-9)
    high = knee + (second - knee) / np.maximum(1 - (full - second) / np.maximum(most - knee, 1e-9), 1e-9)
    batch = np.clip(np.where(second <= knee, low, np.where(full <= most, high, most)), 1.0, most)
    ppdu_us, longest, access, comes = cycle(batch)
    leave = empties(ppdu_us, comes)
    birth = np.maximum(flows - n + 1, 1e-9) * rate
    ratio = np.log(np.maximum(birth * access / np.maximum(leave, 1e-9), 1e-300))
    gap = np.diff(n, axis=1)
    # Sum of the logarithm over all n between two states, by Euler and Maclaurin.
    steps = gap * (ratio[:, 1:] + ratio[:, :-1]) / 2 + (ratio[:, 1:] - ratio[:, :-1]) / 2
    steps = steps * 2 / (1 + SERVICE_VARIATION)
    steps[:, 0] = ratio[:, 1]
    log = np.concatenate((np.zeros((len(n), 1)), np.cumsum(np.where(gap > 0, steps, -np.inf), axis=1)), axis=1)
    width = np.concatenate(
        (np.ones((len(n), 1)), np.maximum(1.0, (gap[:, 1:] + gap[:, :-1]) / 2), np.maximum(gap[:, -1:], 1.0)), axis=1
    )
    chance = _from_empty(log, width, access)

    active = (chance * n).sum(axis=1)
    each_us = np.where(n > 0, chance / access, 0.0)
    # What leaves is what comes, which the chain keeps only roughly; but in a crowd of all, or of too late ones, what leaves is
    # what is carried.
    late = 1 - (each_us * comes).sum(axis=1) / np.maximum((each_us * rate * n * access).sum(axis=1), 1e-30)
    crowded = np.maximum(np.minimum(active / up.flows, 1.0) ** 4, np.clip(10 * late - 1, 0.0, 1.0))
    leaves = (each_us * batch).sum(axis=1) / np.maximum(up.flows * up.rate, 1e-15)
    left_over = np.maximum(1 - leaves, 0.0) * crowded
    each_us = each_us * (1 + (1 - crowded) * (1 / np.maximum(leaves, 1e-3) - 1))[:, None]
    accesses = np.maximum(each_us.sum(axis=1), 1e-15)
    overflow = (each_us * np.maximum(comes - most, 0.0)).sum(axis=1) / np.maximum((each_us * comes).sum(axis=1), 1e-30)
    full_share = (each_us * np.minimum(comes / most, 1.0)).sum(axis=1) / accesses
    # Behind a full PPDU a packet waits for the next; when there is no end to it, what is too much is lost instead.
    behind = np.where(overflow > MAX_LOSS_SHARE, 1.0, 1 / np.maximum(1 - full_share ** most[:, 0], 0.05))
    handshake_us = np.where(cells.rts_us > 0, cells.rts_us + cells.cts_us, 0.0)[:, None]
    on_air = (each_us * (ppdu_us + up_answer + handshake_us + collisions * longest)).sum(axis=1)
    among = (chance * n * n).sum(axis=1) / np.maximum(active, 1e-9) + aps[:, 0]
    on = up.on
    return _Crowd(
        states=n,
        chance=chance,
        success_us=np.where(n > 0, (ppdu_us + fixed + up_answer + quiet + collisions * longest) / free, 0.0),
        active=np.where(on, active, 0.0),
        collision_us=np.where(on, (each_us * longest).sum(axis=1) / accesses, 0.0),
        on_air_share=np.where(on, on_air, 0.0),
        among=among,
        wait_us=active / accesses * behind,
        overflow=np.where(on, overflow, 0.0),
        loss_share=np.where(on, np.clip(np.maximum(overflow, left_over), 0.0, 1.0), 0.0),
    )


def _from_empty(log: Floats, width: Floats, access_us: Floats) -> Floats:
    """Chance of each state (c, k) over `WATCHED_S` from an empty cell, from the logarithm of the stationary one.

    Where there are two humps, the crowded one counts as far as the valley between them is crossed in that time.
    """
    below = np.maximum.accumulate(log, axis=1)
    above = np.maximum.accumulate(log[:, ::-1], axis=1)[:, ::-1]
    depth = np.where(np.isfinite(log), np.minimum(below, above) - np.maximum(log, -1e300), 0.0)
    valley = depth.argmax(axis=1)[:, None]
    lower = np.arange(log.shape[1]) <= np.where(np.take_along_axis(depth, valley, 1) > 0, valley, log.shape[1])
    scale = np.where(lower, log, -np.inf).max(axis=1, keepdims=True)
    calm = np.where(lower, np.exp(np.minimum(log - scale, 0.0)) * width, 0.0)
    calm_sum = calm.sum(axis=1, keepdims=True)
    crowded = np.where(lower, 0.0, np.exp(np.minimum(log - log.max(axis=1, keepdims=True), 0.0)) * width)
    crowded_sum = np.maximum(crowded.sum(axis=1, keepdims=True), 1e-300)
    # Stationary share of the crowded hump, and the share of the time that is left after crossing.
    share = 1 / (1 + calm_sum / crowded_sum * np.exp(np.clip(scale - log.max(axis=1, keepdims=True), -700, 0)))
    crossing_us = np.take_along_axis(access_us, valley, 1) / np.maximum(np.take_along_axis(calm / calm_sum, valley, 1), 1e-30)
    ratio = WATCHED_S * 1e6 / crossing_us
    reached = 1 - (1 - np.exp(-ratio)) / np.maximum(ratio, 1e-30)
    share = np.where(lower.all(axis=1, keepdims=True), 0.0, np.minimum(share, reached))
    return np.asarray(calm / calm_sum * (1 - share) + crowded / crowded_sum * share)


def _states(flows: Floats) -> Floats:
    """Numbers of active clients to look at, (c, k): 0, 1, 2, ..., beyond half of them in growing steps up to all."""
    j = np.arange(CROWD_STATES + 1.0)
    half = CROWD_STATES // 2
    most = np.maximum(np.ceil(flows), 1.0)[:, None]
    grown = half * (np.maximum(most, CROWD_STATES) / half) ** ((j - half) / (CROWD_STATES - half))
    return np.minimum(np.where((most > CROWD_STATES) & (j > half), grown, j), most)


@dataclass(frozen=True, slots=True)
class _Backoffs:
    """Time of an access: one that has lost k times has waited for the windows 16, 32, ... of k backoffs and part of the next.

    (c, k): chance of so many losses, where its last backoff begins, and how long that may be, in us. So a few accesses take long.
    """

    share: NDArray[np.float64]
    begin: NDArray[np.float64]
    window: NDArray[np.float64]

    def beyond(self, t_us: Floats) -> tuple[Floats, Floats, Floats]:
        """P(D > t), its integral from t on, and the integral of that; (c,)."""
        part = np.clip((self.begin + self.window - t_us[:, None]) / self.window, 0.0, 1.0)
        before = np.maximum(self.begin - t_us[:, None], 0.0)
        rest = before + part**2 * self.window / 2
        twice = before * (before + self.window) / 2 + part**3 * self.window**2 / 6
        return (self.share * part).sum(axis=1), (self.share * rest).sum(axis=1), (self.share * twice).sum(axis=1)


def _backoffs(contenders: Floats, mean_us: Floats) -> _Backoffs:
    lose = contention(contenders)[3][:, None]
    k = np.arange(16)
    window = np.minimum(2.0**k, 64.0)
    share = lose**k * np.where(k < 15, 1 - lose, 1.0)
    begin = np.concatenate(([0.0], np.cumsum(window)[:-1])) / 2
    scale = (mean_us / np.maximum((share * (begin + window / 2)).sum(axis=1), 1e-9))[:, None]
    return _Backoffs(share, begin * scale, window * scale)


def _queue_overflow(contenders: Floats, access_us: Floats, per_us: Floats, mean_queue: Floats) -> Floats:
    """Share of an access point's packets that finds its queue full: what comes in accesses so long that the rest of it fills."""
    # A queue that overflows all the time is not as long on average as it would be without an end.
    room_us = np.maximum(AP_QUEUE_PACKETS - mean_queue, 0.1 * AP_QUEUE_PACKETS) / np.maximum(per_us, 1e-15)
    return np.asarray(_backoffs(contenders, access_us).beyond(room_us)[1] / np.maximum(access_us, 1e-9))


def _access_delays(contenders: Floats, mean_us: Floats, up: _Way) -> tuple[Floats, Floats, Floats]:
    """(mean and 95th percentile of what arrives in ms, share that grows older than `LIFETIME_MS`) by the time of an access; (c,).

    Long accesses collect many packets: P(delay > t) = (P(D > t) + rate x integral of P(D > u) du from t) / (1 + rate E D).
    """
    accesses = _backoffs(contenders, mean_us)
    weight = 1 + up.rate * mean_us

    def tails(t_us: Floats) -> tuple[Floats, Floats]:
        """P(delay > t), and its integral from t on."""
        part, rest, twice = accesses.beyond(t_us)
        return (part + up.rate * rest) / weight, (rest + up.rate * twice) / weight

    lifetime = np.full(mean_us.shape, LIFETIME_MS * 1e3)
    zero = np.zeros(mean_us.shape)
    outlived, beyond = tails(lifetime)
    arrived = np.maximum(1 - outlived, 1e-9)
    mean = (tails(zero)[1] - beyond - lifetime * outlived) / arrived
    low, high = zero, lifetime
    for _ in range(12):
        middle = (low + high) / 2
        above = tails(middle)[0] - outlived > 0.05 * arrived
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.clip(mean * 1e-3, 0.0, LIFETIME_MS), high * 1e-3, np.clip(outlived, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Way:
    """One direction of a cell, groups merged by their packets: (c,) each. `rate` in packets per us and client."""

    on: NDArray[np.bool_]
    flows: NDArray[np.float64]
    rate: NDArray[np.float64]
    head_us: NDArray[np.float64]
    mpdu_us: NDArray[np.float64]
    most: NDArray[np.float64]
    answer_us: NDArray[np.float64]

    def ppdu_us(self, batch: Floats) -> Floats:
        return self.head_us + self.mpdu_us * np.minimum(self.most, batch)


def _way(cells: Cells, down_mbps: Floats, up_mbps: Floats, *, down: bool) -> _Way:
    down_packets = np.where(cells.down[:, None], down_mbps / np.maximum(cells.down_bits, 1e-9), 0.0)
    up_packets = np.where(cells.up[:, None], up_mbps / np.maximum(cells.up_bits, 1e-9), 0.0)
    if down:
        data, other, clients = down_packets, up_packets, cells.clients / np.maximum(cells.access_points, 1)[:, None]
        full_us, mpdus, each_us, answer_us = cells.down_ppdu_us, cells.down_mpdus, cells.down_mpdu_us, cells.down_ack_us
    else:
        data, other, clients = up_packets, down_packets, cells.clients
        full_us, mpdus, each_us, answer_us = cells.up_ppdu_us, cells.up_mpdus, cells.up_mpdu_us, cells.up_ack_us
    # With TCP the other way's data is acknowledged this way.
    acks = np.where(cells.tcp_ack_us > 0, other / SEGMENTS_PER_ACK, 0.0)
    head_us = full_us - mpdus * each_us
    each_us = (data * each_us + acks * cells.tcp_ack_us) / np.maximum(data + acks, 1e-30)
    packets = clients * (data + acks)
    total = packets.sum(axis=1)
    weight = packets / np.where(total > 0, total, 1.0)[:, None]
    flows = np.maximum(clients.sum(axis=1), 1e-9)
    full = np.where(total > 0, 1 / np.maximum((weight / np.maximum(mpdus, 1)).sum(axis=1), 1e-9), 1.0)
    # Clients of an access point share its queue; just before its turn a client has twice its mean part.
    queue = 2 * AP_QUEUE_PACKETS / flows if down else AP_QUEUE_PACKETS
    if down:
        # Packets that do not fit into their client's PPDU queue like another client's; all of them without aggregation.
        flows = flows * np.minimum(full / np.maximum(full - 1, 1e-9), 1e3)
    return _Way(
        on=total > 0,
        flows=flows,
        rate=np.maximum(total / flows, 1e-15),
        head_us=(weight * head_us).sum(axis=1),
        mpdu_us=(weight * each_us).sum(axis=1),
        most=np.maximum(np.minimum(full, queue), 1.0),
        answer_us=(weight * answer_us).sum(axis=1),
    )


def _queue(way: _Way, access_us: Floats, variation: Floats) -> tuple[Floats, Floats, Floats]:
    """(wait in us before an access, accesses per us of all clients, packets that an access finds) of a finite-source queue.

    With Z the mean time until an emptied queue holds a packet again and E the time one access takes, the wait W among N clients
    solves W (Z + W + E) = (N-1)(W E + (1 + c^2) E^2 / 2), c^2 the `variation` of E, and an access finds 1 + rate (W + E) packets.
    """
    empty = np.exp(-way.rate * access_us)
    source_us = empty / way.rate
    others = np.maximum(way.flows - 1, 0)
    half = source_us + access_us - others * access_us
    constant = others * access_us**2 * (1 + variation) / 2
    wait_us = (np.sqrt(half**2 + 4 * constant) - half) / 2
    accesses = np.where(way.on, np.minimum(way.flows / (source_us + wait_us + access_us), 1 / access_us), 0.0)
    return wait_us, accesses, empty + way.rate * (wait_us + access_us)


@dataclass(frozen=True, slots=True)
class _Delays:
    """What a direction's packets live through, from the wait of the first packet of a batch; (c,) each."""

    way: _Way
    wait_us: NDArray[np.float64]
    own_us: NDArray[np.float64]
    batch: NDArray[np.float64]
    grown: NDArray[np.float64]
    tail: NDArray[np.float64]

    def stable(self) -> NDArray[np.bool_]:
        return np.asarray(~self.way.on | (self.grown <= self.way.most * (1 + 1e-6)))

    def mean_ms(self) -> Floats:
        # The batch's first packet waits W, those that come during W half of it on average.
        mean_us = self.wait_us * (1 + self.batch) / (2 * self.batch) + self.own_us
        return np.where(self.way.on, np.minimum(mean_us * 1e-3, LIFETIME_MS), 0.0)

    def p95_ms(self) -> Floats:
        return np.where(self.way.on, np.minimum((self.tail * self.wait_us + self.own_us) * 1e-3, LIFETIME_MS), 0.0)

    def loss_share(self, accesses: Floats) -> Floats:
        carried = accesses * self.batch / (self.way.flows * self.way.rate)
        outlived = np.exp(-3.0 * LIFETIME_MS * 1e3 / np.maximum(self.tail * self.wait_us, 1e-3))
        return np.where(self.way.on, np.where(self.stable(), outlived, np.maximum(outlived, 1 - np.minimum(carried, 1.0))), 0.0)


# ---------------------------------------------------------------------------------------------- cells as people write them

MAX_CLIENTS = 2007
"""Association identifiers of a BSS (9.4.1.8)."""
MAX_MSDU_BYTES = 2304
TCP_HEADER_BYTES = 24
"""TCP with timestamps has 32 bytes of header where UDP has 8: packets stay as long, payload is shorter."""
TCP_ACK_BYTES = 20 + 32 + 8 + 26 + 4
SEGMENTS_PER_ACK = 2
TCP_WINDOW_BYTES = 262_144
"""Assumption: what one connection may have on the way. Beyond it a client waits for the access point's acknowledgements."""

_BANDS = {2.4: "2.4", 5.0: "5", 6.0: "6"}
_DSSS = (1.0, 2.0, 5.5, 11.0)
_OFDM = (6.0, 9.0, 12.0, 18.0, 24.0, 36.0, 48.0, 54.0)

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    mcs: Annotated[int, Field(ge=0, le=13)]
    count: Count


class _Cell(BaseModel):
    """`CELL.json`: the keys and what they are when left out."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    standard: Literal["n", "ac", "ax", "be"] = "ax"
    band_ghz: float = 5.0
    width_mhz: int = 20
    gi_ns: int | None = None
    streams: Annotated[int, Field(ge=1, le=8)] = 1
    bss: Annotated[int, Field(ge=1, le=1000)] = 1
    idle_bss: Annotated[int, Field(ge=0, le=1000)] = 0
    clients: Annotated[list[_Group], Field(min_length=1, max_length=1000)] = [_Group(mcs=7, count=10)]
    direction: Literal["down", "up", "both"] = "down"
    payload_bytes: Annotated[int, Field(ge=1, le=MAX_MSDU_BYTES - 36)] = 1472
    aggregation: bool = True
    max_ampdu_bytes: Annotated[int, Field(ge=0)] | None = None
    ba_window: Annotated[int, Field(ge=1)] | None = 64
    rts: bool = False
    beacon_interval_ms: Annotated[float, Field(gt=0, le=65_535 * 1.024)] = 102.4
    ssids: Annotated[int, Field(ge=1, le=64)] = 1
    basic_rate_mbps: float | None = None
    beacon_bytes: Annotated[int, Field(ge=24, le=4095)] | None = None
    fairness: Literal["packet", "airtime"] = "packet"
    transport: Literal["udp", "tcp"] = "udp"
    rate_mbps: Annotated[float, Field(ge=0, le=1e5)] | None = None
    solve: Literal["clients"] | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.band_ghz not in _BANDS:
            raise ValueError(f"band_ghz is {self.band_ghz:g}; use 2.4, 5 or 6")
        band = _BANDS[self.band_ghz]
        if band not in wifi.BANDS[self.standard]:
            raise ValueError(f"802.11{self.standard} has no {band} GHz; use {' or '.join(wifi.BANDS[self.standard])}")
        if (band == "2.4" and self.width_mhz > 40) or (band == "5" and self.width_mhz > 160):
            raise ValueError(f"{band} GHz has no channel of {self.width_mhz} MHz")
        count = sum(group.count for group in self.clients)
        if count > MAX_CLIENTS and self.solve is None:
            raise ValueError(f"clients: {count:,} in a BSS; an access point can hold {MAX_CLIENTS:,}, use more BSSs")
        for index, group in enumerate(self.clients):
            try:
                bits, _, _ = _phy(self.standard, self.width_mhz, self.gi_ns, self.streams, group.mcs)
            except OutOfRangeError as error:
                raise ValueError(str(error)) from None
            if not bits:
                raise ValueError(
                    f"clients.{index}: 802.11{self.standard} excludes MCS {group.mcs} with {self.streams} streams at "
                    f"{self.width_mhz} MHz; use MCS {group.mcs - 1}"
                )
        rates = _OFDM + _DSSS if band == "2.4" else _OFDM
        if self.basic_rate_mbps is not None and self.basic_rate_mbps not in rates:
            raise ValueError(f"basic_rate_mbps is {self.basic_rate_mbps:g}; {band} GHz has {', '.join(f'{r:g}' for r in rates)}")
        if self.solve is not None and (not self.rate_mbps or len(self.clients) != 1):
            raise ValueError('"solve": "clients" needs rate_mbps above 0 and one entry of clients')
        if self.transport == "tcp" and self.payload_bytes <= TCP_HEADER_BYTES:
            raise ValueError(f"payload_bytes must be above {TCP_HEADER_BYTES} with tcp: its header is longer by that")
        return self


_CELLS: TypeAdapter[list[_Cell]] = TypeAdapter(list[_Cell])


@cache
def _phy(standard: str, width_mhz: int, gi_ns: int | None, streams: int, mcs: int) -> tuple[float, float, float]:
    """(bits per symbol, 0 if the standard excludes it; symbol in us; preamble in us)."""
    if streams > wifi.MAX_STREAMS[standard]:
        raise OutOfRangeError(f"802.11{standard} has 1 to {wifi.MAX_STREAMS[standard]} streams")
    rate = wifi.phy_rate_mbps(mcs, width_mhz=width_mhz, streams=streams, standard=standard, gi_ns=gi_ns)
    symbol = wifi.symbol_us(standard, gi_ns or wifi.GI_NS[standard][0])
    return round(float(rate) * symbol, 6), symbol, float(wifi.preamble_us(standard, streams))


def cell(description: dict[str, Any]) -> dict[str, Any]:
    """One cell in, one answer out, both as `COMMANDS.md` describes them; raises `DesignError` that names the key."""
    return cells([description], where="")[0]


def cells(descriptions: list[dict[str, Any]], *, where: str = "cells") -> list[dict[str, Any]]:
    """Many cells at once, in order. A bad one raises `DesignError` with its index; `where` begins the message."""
    answers: list[dict[str, Any]] = []
    # In slices: a million cells need not be a million checked objects at once.
    for start in range(0, len(descriptions), _SLICE):
        answers += _answers(_checked(descriptions[start : start + _SLICE], where=where, start=start))
    return answers


_SLICE = 2000


def read_cells(path: str | Path) -> dict[str, Any] | list[dict[str, Any]]:
    """Answer a file that holds one cell, or an array of them."""
    path = Path(path)
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DesignError(f"{path}: no such file; give a JSON of one cell or an array of cells") from None
    except (OSError, ValueError, RecursionError) as error:
        raise DesignError(f"{path}: not readable as JSON ({error}); give one cell or an array of cells") from None
    if isinstance(data, dict):
        return _answers(_checked([data], where=str(path), start=None))[0]
    if not isinstance(data, list):
        raise DesignError(f"{path}: a cell is a JSON object, this is a {type(data).__name__}")
    return cells(data, where=str(path))


def _checked(descriptions: list[Any], *, where: str, start: int | None = 0) -> list[_Cell]:
    """Cells from what JSON gave; an error names the index counted from `start`, or none for a cell that is alone."""
    try:
        return _CELLS.validate_python(descriptions)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        index, *place = first["loc"]
        shown = repr(first["input"])
        message = first["msg"].removeprefix("Value error, ").replace("Input should", f"{shown[:40]} should")
        if first["type"] == "model_type":
            message = f"a {'cell' if len(place) == 0 else 'group of clients'} is a JSON object, this is {shown[:40]}"
        if place[-1:] == ["mcs"] and first["type"] == "greater_than_equal":
            message = f"MCS {first['input']} is below the lowest: such a client has no service; give 0 or more"
        if first["type"] == "extra_forbidden":
            message = f"unknown key; use {', '.join(_Cell.model_fields if len(place) == 1 else _Group.model_fields)}"
        number = "" if start is None or not where else f"[{start + int(index)}]"
        raise DesignError(": ".join(filter(None, [where, number, ".".join(map(str, place)), message]))) from None


def _answers(asked: list[_Cell]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = [{}] * len(asked)
    # Cells of like numbers of groups together: one with a thousand must not make a thousand columns for all.
    alike: dict[tuple[int, bool], list[int]] = {}
    for index, one in enumerate(asked):
        alike.setdefault(((len(one.clients) - 1).bit_length(), one.rate_mbps is None), []).append(index)
    for (_, full), where in alike.items():
        some = [asked[index] for index in where]
        for index, answer in zip(where, (_saturated_answers if full else _offered_answers)(some), strict=True):
            answers[index] = answer
    return answers


def _saturated_answers(asked: list[_Cell]) -> list[dict[str, Any]]:
    found = saturated(cell_arrays(asked))
    return _rows(asked, found.down_mbps, found.up_mbps, found.busy_share)


def _offered_answers(asked: list[_Cell]) -> list[dict[str, Any]]:
    some = cell_arrays(asked)
    rate = np.array([one.rate_mbps for one in asked], dtype=np.float64)[:, None]
    down, up = (np.where(on[:, None], rate, 0.0) for on in (some.down, some.up))
    solve = np.array([one.solve is not None for one in asked])
    most = np.zeros(len(asked))
    if solve.any():
        bss = some.access_points[solve]
        most[solve] = clients_that_fit(take(some, np.flatnonzero(solve)), down[solve], up[solve])
        clients = some.clients.copy()
        clients[solve, 0] = most[solve] * bss
        some = replace(some, clients=clients)
    found = offered(some, down, up)
    rows = _rows(asked, found.down_mbps, found.up_mbps, found.busy_share)
    more = ("offered_mbps", "loss_share", "delay_mean_ms", "delay_p95_ms", "stable")
    for name in more:
        for row, value in zip(rows, getattr(found, name).tolist(), strict=True):
            row[name] = value
    for index in np.flatnonzero(solve):
        rows[index]["max_clients"] = int(most[index])
    return rows


def _rows(asked: list[_Cell], down: Floats, up: Floats, busy: Floats) -> list[dict[str, Any]]:
    groups, down_sum, up_sum = (down + up).tolist(), down.sum(axis=1).tolist(), up.sum(axis=1).tolist()
    return [
        {
            "goodput_mbps": d + u,
            "down_mbps": d,
            "up_mbps": u,
            "groups": [{"mcs": group.mcs, "goodput_mbps": mbps} for group, mbps in zip(one.clients, row, strict=False)],
            "busy_share": share,
        }
        for one, row, d, u, share in zip(asked, groups, down_sum, up_sum, busy.tolist(), strict=True)
    ]


def clients_that_fit(some: Cells, down_mbps: Floats, up_mbps: Floats) -> Floats:
    """The most clients of a BSS (c,) that each get `down_mbps` and `up_mbps` (c, g) by `Steady.fits`: one group of clients each.

    The count in `some` is ignored; 0 where not even one fits. At most `MAX_CLIENTS`, which is all that a BSS can hold.
    """
    # Never more than a lone client's goodput could be shared among: contention only takes from it.
    one = np.zeros_like(some.clients)
    one[:, 0] = 1.0
    alone = saturated(replace(some, clients=one, access_points=np.ones(some.access_points.shape)))
    ceiling = (alone.down_mbps + alone.up_mbps).sum(axis=1) / np.maximum((down_mbps + up_mbps)[:, 0], 1e-9)
    low, high = np.zeros(some.access_points.shape), np.floor(np.clip(1.05 * ceiling, 0, MAX_CLIENTS)) + 1
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2)
        clients = np.zeros_like(some.clients)
        clients[:, 0] = np.maximum(middle, 1) * some.access_points
        fits = offered(replace(some, clients=clients), down_mbps, up_mbps).fits
        low, high = np.where(fits & (middle > low), middle, low), np.where(fits, high, np.maximum(middle, low + 1))
    return low


def take(some: Cells, which: NDArray[np.intp]) -> Cells:
    """The cells at these indices."""
    return _subset(some, which)


T = TypeVar("T")


def _subset(some: T, which: NDArray[np.intp]) -> T:
    """A dataclass of arrays, or of such dataclasses, at these indices of the first axis."""
    parts = {field.name: getattr(some, field.name) for field in fields(some)}  # type: ignore[arg-type]
    return type(some)(
        **{name: part[which] if isinstance(part, np.ndarray) else _subset(part, which) for name, part in parts.items()}
    )


def cell_arrays(asked: list[_Cell]) -> Cells:
    """Arrays of checked cells; groups are padded with `clients` 0."""
    names = tuple(_Cell.model_fields)
    column = dict(zip(names, zip(*map(attrgetter(*names), asked), strict=True), strict=True))
    standards, groups, bands = column["standard"], column["clients"], [_BANDS[band] for band in column["band_ghz"]]
    width = max(map(len, groups))
    mcs, count = np.zeros((len(asked), width), dtype=np.int64), np.zeros((len(asked), width))
    phy = np.empty((len(asked), width, 3))
    for row, (cell_groups, *one) in enumerate(
        zip(groups, standards, column["width_mhz"], column["gi_ns"], column["streams"], strict=True)
    ):
        phy[row] = _phy(*one, cell_groups[0].mcs)
        for place, group in enumerate(cell_groups):
            mcs[row, place], count[row, place] = group.mcs, group.count
            if place:
                phy[row, place] = _phy(*one, group.mcs)
    directions = np.array(column["direction"])
    aggregation = np.array(column["aggregation"])
    most_bytes = np.minimum(
        [wifi.MAX_AMPDU_BYTES[name] for name in standards],
        [np.inf if size is None else size for size in column["max_ampdu_bytes"]],
    )
    window = np.minimum([wifi.MAX_BA_WINDOW[name] for name in standards], [size or np.inf for size in column["ba_window"]])
    basic_rates = zip(column["basic_rate_mbps"], bands, strict=True)
    beacons = zip(column["beacon_bytes"], bands, standards, strict=True)
    return _assemble(
        bits_per_symbol=phy[:, :, 0],
        symbol_us=phy[:, :, 1],
        preamble_us=phy[:, :, 2],
        mcs=mcs,
        clients=count,
        max_ampdu_bytes=most_bytes[:, None],
        ba_window=np.where(aggregation, window, 1.0)[:, None],
        low_band=np.array(bands) == "2.4",
        bss=np.array(column["bss"], dtype=np.float64),
        idle_bss=np.array(column["idle_bss"], dtype=np.float64),
        ssids=np.array(column["ssids"], dtype=np.float64),
        down=directions != "up",
        up=directions != "down",
        payload_bytes=np.array(column["payload_bytes"], dtype=np.float64),
        aggregation=aggregation,
        rts=np.array(column["rts"]),
        airtime_fair=np.array(column["fairness"]) == "airtime",
        tcp=np.array(column["transport"]) == "tcp",
        beacon_interval_ms=np.array(column["beacon_interval_ms"]),
        basic_rate_mbps=np.array([rate or wifi.basic_rate_mbps(band) for rate, band in basic_rates]),
        beacon_bytes=np.array([size or wifi.beacon_bytes(band, name) for size, band, name in beacons], dtype=np.float64),
        packet_error_share=np.zeros(1),
        protection_us=np.zeros(1),
        taken_share=np.zeros(len(asked)),
    )


def _assemble(
    *,
    bits_per_symbol: Floats,
    symbol_us: Floats,
    preamble_us: Floats,
    mcs: NDArray[np.int64],
    clients: Floats,
    max_ampdu_bytes: Floats,
    ba_window: Floats,
    low_band: NDArray[np.bool_],
    bss: Floats,
    idle_bss: Floats,
    ssids: Floats,
    down: NDArray[np.bool_],
    up: NDArray[np.bool_],
    payload_bytes: Floats,
    aggregation: NDArray[np.bool_],
    rts: NDArray[np.bool_],
    airtime_fair: NDArray[np.bool_],
    tcp: NDArray[np.bool_],
    beacon_interval_ms: Floats,
    basic_rate_mbps: Floats,
    beacon_bytes: Floats,
    packet_error_share: Floats,
    protection_us: Floats,
    taken_share: Floats,
) -> Cells:
    """The one place where keys become frames. (c, g) for PHY, `mcs` and `clients` of a BSS, (c,) for the rest."""
    sifs = np.where(low_band, wifi.sifs_us("2.4"), wifi.sifs_us("5"))
    extension = np.where(low_band, wifi.SIGNAL_EXTENSION_US, 0.0)
    mpdu = (payload_bytes + HEADER_BYTES)[:, None]
    mpdus, on_air = ppdu(
        bits_per_symbol, symbol_us, preamble_us, mpdu_bytes=mpdu, max_ampdu_bytes=max_ampdu_bytes, ba_window=ba_window
    )
    on_air = on_air + extension[:, None] + protection_us[:, None]
    each = symbol_us * 8 * subframe_bytes(mpdu) / np.maximum(bits_per_symbol, 1e-9)
    answer_bytes = np.where(aggregation[:, None], wifi.block_ack_bytes(ba_window), ACK_BYTES)
    answer = wifi.legacy_us(answer_bytes, wifi.control_rate_mbps(mcs)) + extension[:, None]
    beacon = wifi.legacy_us(beacon_bytes, basic_rate_mbps) + np.where(np.isin(basic_rate_mbps, _DSSS), 0.0, extension)
    payload = 8 * (payload_bytes - np.where(tcp, TCP_HEADER_BYTES, 0)) * (1 - packet_error_share)
    bits_each = np.broadcast_to(payload[:, None], mpdus.shape)
    return Cells(
        access_points=bss,
        clients=clients * bss[:, None],
        down=down,
        up=up,
        down_ppdu_us=on_air,
        down_mpdus=mpdus,
        down_mpdu_us=each,
        down_ack_us=answer,
        down_bits=bits_each,
        up_ppdu_us=on_air,
        up_mpdus=mpdus,
        up_mpdu_us=each,
        up_ack_us=answer,
        up_bits=bits_each,
        airtime_fair=airtime_fair,
        sifs_us=sifs,
        rts_us=np.where(rts, wifi.legacy_us(RTS_BYTES, RTS_RATE_MBPS) + extension, 0.0),
        cts_us=np.where(rts, wifi.legacy_us(CTS_BYTES, RTS_RATE_MBPS) + extension, 0.0),
        eifs_extra_us=sifs + wifi.legacy_us(ACK_BYTES, 6.0) + extension,
        beacon_us=beacon,
        beacon_sources=bss + idle_bss,
        beacons_each=ssids,
        beacon_interval_us=beacon_interval_ms * 1e3,
        tcp_ack_us=np.where(tcp[:, None], symbol_us * 8 * subframe_bytes(TCP_ACK_BYTES) / np.maximum(bits_per_symbol, 1e-9), 0.0),
        taken_share=taken_share,
    )


# ------------------------------------------------------------------------------------- cells of a facility, as arrays


def cells_of(
    mcs: ArrayLike,
    clients: ArrayLike,
    *,
    standard: str | Sequence[str] = "ax",
    band: str = "5",
    width_mhz: int = 20,
    gi_ns: int | None = None,
    streams: ArrayLike = 1,
    bss: ArrayLike = 1.0,
    idle_bss: ArrayLike = 0.0,
    ssids: ArrayLike = 1.0,
    down: ArrayLike = True,
    up: ArrayLike = True,
    payload_bytes: ArrayLike = 1472.0,
    rts: ArrayLike = False,
    airtime_fair: ArrayLike = False,
    tcp: ArrayLike = False,
    basic_rate_mbps: float | None = None,
    packet_error_share: ArrayLike = wifi.PACKET_ERROR_SHARE,
    protection_us: ArrayLike = 0.0,
    taken_share: ArrayLike = 0.0,
) -> Cells:
    """Cells of one band and width from arrays, for `saturated`, `offered` and `clients_that_fit`: the facility's door.

    Parameters
    ----------
    mcs : (c, g)
        Of each group of clients, as `wifi.mcs_and_streams` gives it; -1 is no service, and its clients then count for nothing.
    clients : (c, g)
        Associated clients of one BSS, fractions allowed.
    standard : name, or g names
        Of each group of clients. An access point talks to each in its own generation, at that one's width and usual guard
        interval where it does not have the cell's.
    streams : (c, g)
    bss, idle_bss, ssids : (c,)
        Co-channel BSSs alike that hear each other, further ones that only beacon, SSIDs of each.
    packet_error_share : (c,)
        Packets sent again, charged to airtime.
    protection_us : (c,)
        Put before every data PPDU, `wifi.protection_us`.
    taken_share : (c,)
        Time that others take: `Overhead.share` and the busy share of foreign networks, from a scan or from the collectors.

    Notes
    -----
    An uplink slower than the downlink (a phone sends with less power) is a `replace` of the `up_` arrays by those of a second
    call with the uplink's MCS; `with_uplink` does that.
    """
    index, count, nss = np.broadcast_arrays(
        np.atleast_2d(np.asarray(mcs, dtype=np.int64)), np.asarray(clients, dtype=np.float64), np.asarray(streams, dtype=np.int64)
    )
    names = [standard] * index.shape[1] if isinstance(standard, str) else list(standard)
    bits, symbol, preamble, limit, window = (np.empty(index.shape) for _ in range(5))
    for name in set(names):
        of = np.array([one == name for one in names])
        gi = gi_ns if gi_ns in wifi.GI_NS[name] else wifi.GI_NS[name][0]
        symbol[:, of] = wifi.symbol_us(name, gi)
        widest = min(width_mhz, wifi.WIDTHS_MHZ[name][-1])
        rate = wifi.phy_rate_mbps(np.maximum(index[:, of], 0), width_mhz=widest, streams=nss[:, of], standard=name, gi_ns=gi)
        bits[:, of] = np.round(rate * symbol[:, of], 6)
        preamble[:, of] = wifi.preamble_us(name, nss[:, of])
        limit[:, of], window[:, of] = wifi.MAX_AMPDU_BYTES[name], 64.0
    shape = (len(index),)

    def row(value: ArrayLike, kind: type = float) -> Any:
        return np.broadcast_to(np.asarray(value, dtype=kind), shape)

    dead = (index < 0) | (bits <= 0)
    return _assemble(
        bits_per_symbol=np.where(dead, 1.0, bits),
        symbol_us=symbol,
        preamble_us=preamble,
        mcs=np.maximum(index, 0),
        clients=np.where(dead, 0.0, count),
        max_ampdu_bytes=limit,
        ba_window=window,
        low_band=row(band == "2.4", bool),
        bss=row(bss),
        idle_bss=row(idle_bss),
        ssids=row(ssids),
        down=row(down, bool),
        up=row(up, bool),
        payload_bytes=row(payload_bytes),
        aggregation=row(True, bool),
        rts=row(rts, bool),
        airtime_fair=row(airtime_fair, bool),
        tcp=row(tcp, bool),
        beacon_interval_ms=row(wifi.BEACON_INTERVAL_MS),
        basic_rate_mbps=row(basic_rate_mbps or wifi.basic_rate_mbps(band)),
        beacon_bytes=row(wifi.beacon_bytes(band, names[0])),
        packet_error_share=row(packet_error_share),
        protection_us=row(protection_us),
        taken_share=row(taken_share),
    )


def with_uplink(cells: Cells, uplink: Cells) -> Cells:
    """`cells` whose clients send as those of `uplink` do: the same groups at the MCS that the access point hears them with."""
    served = (cells.clients > 0) & (uplink.clients > 0)
    return replace(
        cells,
        clients=np.where(served, cells.clients, 0.0),
        up_ppdu_us=uplink.up_ppdu_us,
        up_mpdus=uplink.up_mpdus,
        up_mpdu_us=uplink.up_mpdu_us,
        up_ack_us=uplink.up_ack_us,
        up_bits=uplink.up_bits,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Share of a channel's time by what grows with people and networks, not with what they ask for; any shape."""

    beacons_share: NDArray[np.float64]
    probes_share: NDArray[np.float64]
    broadcasts_share: NDArray[np.float64]

    @property
    def share(self) -> Floats:
        """Probes and broadcasts: what `cells_of` takes as `taken_share`. Beacons are counted there by themselves."""
        return np.minimum(self.probes_share + self.broadcasts_share, 1.0)


def overhead(
    *,
    band: str,
    bss: ArrayLike = 1.0,
    ssids: ArrayLike = 1.0,
    clients: ArrayLike = 0.0,
    devices: ArrayLike = 0.0,
    probes_per_s: float = PROBES_PER_S,
    broadcasts_per_s: float = BROADCASTS_PER_S,
    broadcast_bytes: float = BROADCAST_BYTES,
    basic_rate_mbps: float | None = None,
    standard: str = "ax",
) -> Overhead:
    """What beacons, probes and broadcasts take of one channel; arrays in, arrays out.

    Parameters
    ----------
    bss, ssids
        Access points that hear each other on the channel, and the SSIDs of each.
    clients
        Associated to them, in all: each makes `broadcasts_per_s` frames (ARP, mDNS, router advertisement) that its access point
        sends at the basic rate to everybody.
    devices
        In earshot, associated or not: each makes `probes_per_s` probe requests; every SSID of every access point answers.

    Notes
    -----
    A group-addressed frame has no acknowledgement; a probe response has one. Each waits AIFS and a mean backoff of its own.
    """
    rate = basic_rate_mbps or wifi.basic_rate_mbps(band)
    beacon_bytes = wifi.beacon_bytes(band, standard)
    wait_us = wifi.sifs_us(band) + wifi.SLOT_US * (wifi.AIFSN_BEST_EFFORT + wifi.CW_MIN / 2)

    def on_air_us(size_bytes: float) -> float:
        return float(wifi.legacy_us(size_bytes, rate, band=band))

    beacon_us = on_air_us(beacon_bytes) + wifi.sifs_us(band) + wifi.SLOT_US
    response_us = wait_us + on_air_us(beacon_bytes) + wifi.sifs_us(band) + on_air_us(ACK_BYTES)
    networks = np.asarray(bss, dtype=np.float64) * np.asarray(ssids, dtype=np.float64)
    probe_us = wait_us + on_air_us(PROBE_REQUEST_BYTES) + networks * response_us
    group_us = wait_us + on_air_us(broadcast_bytes)
    return Overhead(
        beacons_share=np.minimum(networks * beacon_us / (wifi.BEACON_INTERVAL_MS * 1e3), 1.0),
        probes_share=np.minimum(np.asarray(devices, dtype=np.float64) * probes_per_s * probe_us * 1e-6, 1.0),
        broadcasts_share=np.minimum(np.asarray(clients, dtype=np.float64) * broadcasts_per_s * group_us * 1e-6, 1.0),
    )
