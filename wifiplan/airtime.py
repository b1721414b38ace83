"""One Wi-Fi cell: what a channel carries when everybody sends, and how long packets wait when they do not.

Contention is Bianchi's fixed point over whole PPDUs: every contender sends in a slot with the same probability tau, the air time
of a success, a collision and an idle slot follow from 802.11's frames, and goodput is payload per mean slot. Array in, array out:
`c` cells by `g` groups of clients. Nothing is gained from OFDMA, MU-MIMO or OBSS-PD.

Frames and headers are those of `tests/wifiplan/capacity/README.md`: payload + UDP/IP 28 + LLC 8 + QoS header 26 + FCS 4.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from wifiplan import wifi
from wifiplan.errors import DesignError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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

BLOCK_ACK_BYTES, ACK_BYTES, RTS_BYTES, CTS_BYTES = 32, 14, 20, 14
RTS_RATE_MBPS = 24.0

PREAMBLE_LOCK_SHARE = 0.5
"""Of the stations that hear a collision, how many lock on one of its preambles and then wait EIFS, not AIFS (10.3.2.3.7).

Assumption between two ends: all of them in Bianchi's tables, none where every sender is equally strong (packet simulation).
"""

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
    ack = wifi.legacy_us(BLOCK_ACK_BYTES, wifi.control_rate_mbps(mcs), band=band)
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
    return np.asarray(np.interp(np.log(np.maximum(np.asarray(contenders, dtype=np.float64), 1.0)), *_tau_table()))


@cache
def _tau_table() -> tuple[Floats, Floats]:
    """(log n, tau) for n to 100,000: a fixed point a cell would cost more than all the rest."""
    log_n = np.linspace(0.0, np.log(1e5), 8192)
    return log_n, bianchi_tau(np.exp(log_n), window=wifi.CW_MIN + 1, stages=6)


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


def _per_success(contenders: Floats) -> tuple[Floats, Floats]:
    """(idle slots, collisions) for each success among so many saturated contenders."""
    tau = attempt_share(contenders)
    idle = (1 - tau) ** np.maximum(contenders, 1.0)
    success = np.maximum(contenders, 1.0) * tau * idle / (1 - tau)
    return idle / success, np.maximum(1 - idle - success, 0.0) / success


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

    Each way's data is answered the other way, one acknowledgement for two segments. Downlink: for each access point one client
    holds acknowledgements, on average, as it sends them as often as it is sent to. Uplink: clients stop when their window is
    out, so that only as many contend as an access point, one of all contenders, can acknowledge in turn.
    """
    tcp, down, up = (cells.tcp_ack_us > 0), cells.down[:, None], cells.up[:, None]
    bss = cells.access_points[:, None]
    window = TCP_WINDOW_BYTES * 8 / np.maximum(cells.up_bits, 1e-9) / np.maximum(cells.up_mpdus, 1)
    each_ap = np.maximum(cells.clients.sum(axis=1, keepdims=True) / bss, 1e-9)
    sending = np.clip(window, 1.0, np.maximum(each_ap, 1.0))
    down_head = cells.down_ppdu_us - cells.down_mpdus * cells.down_mpdu_us
    up_head = cells.up_ppdu_us - cells.up_mpdus * cells.up_mpdu_us
    per = 1.0 / SEGMENTS_PER_ACK
    down_acks_us = cells.tcp_ack_us * np.minimum(64, np.maximum(1, per * cells.up_mpdus * sending)) * up
    up_acks_us = cells.tcp_ack_us * np.maximum(1, per * cells.down_mpdus / np.where(up, sending, 1.0)) * down
    changed = replace(
        cells,
        down_ppdu_us=np.where(tcp, np.where(down, cells.down_ppdu_us, down_head) + down_acks_us, cells.down_ppdu_us),
        up_ppdu_us=np.where(tcp, np.where(up, cells.up_ppdu_us, up_head) + up_acks_us, cells.up_ppdu_us),
        down_bits=np.where(tcp & ~down, 0.0, cells.down_bits),
        up_bits=np.where(tcp & ~up, 0.0, cells.up_bits),
    )
    some = to.sum(axis=1, keepdims=True) > 0
    any_tcp = tcp.any(axis=1, keepdims=True)
    ups = np.where(tcp, np.where(up, cells.clients * np.minimum(1.0, sending / each_ap), bss * to), ups)
    return changed, np.where(any_tcp, bss * some, aps), ups


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

GROWTH_IN_COLLISIONS = 4.0
"""How much more than the mean batch the longest PPDU of a collision has grown: who waits long collects most and collides most.
Fitted once to a queueing simulation of the same rules (`tests/benchmarks/airtime_queues.py`), not to the reference."""

UP_TAIL = 5.0
"""95th percentile of an uplink's wait over its mean: backoff doubles for those who lose. Same simulation."""


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


def offered(cells: Cells, down_mbps: Floats, up_mbps: Floats, *, rounds: int = 150) -> Steady:
    """Carried load and delay when every client of a group offers `down_mbps` and `up_mbps` (c, g) of payload, Poisson arrivals.

    Notes
    -----
    A client's packets wait together and leave in one PPDU, so that PPDUs grow with the wait and air is used better: mean field
    of a finite-source queue. With Z the mean time until an emptied queue holds a packet again, E the time one access takes
    (PPDU, answer, idle slots and collisions by Bianchi at the mean number of contenders), the wait W before it among N clients
    solves W (Z + W + E) = (N-1)(W E + E^2/2), and the batch is 1 + rate (W + E), up to the A-MPDU limits.
    Downlink clients queue for their access point, which gets what uplink leaves, but not less than an equal share of accesses;
    uplink clients queue for the channel. Started from empty queues: where there are two states, it is the uncongested one.
    """
    aps = cells.access_points
    down = _way(cells, down_mbps, up_mbps, down=True)
    up = _way(cells, down_mbps, up_mbps, down=False)
    aifs = cells.sifs_us + wifi.AIFSN_BEST_EFFORT * wifi.SLOT_US
    rts = cells.rts_us > 0
    fixed_us = aifs + cells.sifs_us + np.where(rts, cells.rts_us + cells.cts_us + 2 * cells.sifs_us, 0.0)
    after_collision_us = aifs + PREAMBLE_LOCK_SHARE * cells.eifs_extra_us
    others_up = np.maximum(up.flows - 1, 0) / up.flows

    zero = np.zeros(aps.shape)
    down_batch, up_batch, ap_active, up_active = zero + 1, zero + 1, zero, zero
    for turn in range(rounds):
        down_us, up_us = down.ppdu_us(down_batch), up.ppdu_us(up_batch)
        rival_aps = (aps - 1) * ap_active
        # Access points collide among themselves with grown PPDUs; against clients, their own is at its mean.
        growth = 1 + (GROWTH_IN_COLLISIONS - 1) * rival_aps / np.maximum(rival_aps + up_active, 1e-9)
        longest_us = np.maximum(
            down.on * down.ppdu_us(1 + growth * (down_batch - 1)), up.on * up.ppdu_us(1 + GROWTH_IN_COLLISIONS * (up_batch - 1))
        )
        collision_us = np.where(rts, cells.rts_us, longest_us)
        if turn % 10 == 0:
            before = down_batch + up_batch + ap_active + up_active
            beacons, beacons_on_air = beacon_share(cells, fixed_us + np.maximum(down.on * down_us, up.on * up_us))
            left = np.maximum(1 - beacons - cells.taken_share, 1e-9)

        idle, collisions = _per_success(np.where(up.on, 1 + aps * ap_active + up_active * others_up, 1 + rival_aps))
        lost_us = idle * wifi.SLOT_US + collisions * (collision_us + after_collision_us)
        up_access = (up_us + fixed_us + up.answer_us + lost_us) / left
        for_aps = aps * ap_active * (down_us + fixed_us + down.answer_us + lost_us) / left
        up_wait, up_accesses, up_grown = _queue(up, up_access, for_aps)

        idle, ap_collisions = _per_success(1 + rival_aps + up_active)
        lost_us = idle * wifi.SLOT_US + ap_collisions * (collision_us + after_collision_us)
        shared = (down_us + fixed_us + down.answer_us + lost_us) / left * (1 + rival_aps)
        ap_access = np.minimum(shared + up_active * up_access, shared / np.maximum(1 - up_accesses * up_access, 1e-3))
        down_wait, down_accesses, down_grown = _queue(down, ap_access, zero)

        step = 0.35
        ap_active = ap_active + step * (np.minimum(1.0, down_accesses * ap_access) - ap_active)
        up_active = up_active + step * (np.minimum(up.flows, up_accesses * (up_wait + up_access)) - up_active)
        down_batch = down_batch + step * (np.minimum(down.most, down_grown) - down_batch)
        up_batch = up_batch + step * (np.minimum(up.most, up_grown) - up_batch)
        if turn % 10 == 9 and np.all(np.abs(down_batch + up_batch + ap_active + up_active - before) < 1e-6 * before):
            break

    handshake_us = np.where(rts, cells.rts_us + cells.cts_us, 0.0)
    busy = (
        aps * down_accesses * (down.ppdu_us(down_batch) + down.answer_us + handshake_us + ap_collisions * collision_us)
        + up_accesses * (up.ppdu_us(up_batch) + up.answer_us + handshake_us + collisions * collision_us)
        + beacons_on_air
        + cells.taken_share
    )
    # A packet that finds the channel idle goes at once; else its own backoff comes on top.
    busy = np.minimum(busy, 1.0)
    down_own = down.ppdu_us(down_batch) + busy * np.maximum(ap_access - down.ppdu_us(down_batch) - down.answer_us, 0)
    up_own = up.ppdu_us(up_batch) + busy * np.maximum(up_access - up.ppdu_us(up_batch) - up.answer_us, 0)
    # A polled queue makes a batch wait about as long each time; a short one waits as a single server's customers do.
    down_state = _Delays(down, down_wait, down_own, down_batch, down_grown, 1 + 1.6 * np.exp(-(down_batch - 1) / 0.15))
    up_state = _Delays(up, up_wait, up_own, up_batch, up_grown, np.full(aps.shape, UP_TAIL))
    down_loss = down_state.loss_share(down_accesses)
    up_loss = up_state.loss_share(up_accesses)
    down_offer = np.where(cells.down[:, None], cells.clients * down_mbps, 0.0)
    up_offer = np.where(cells.up[:, None], cells.clients * up_mbps, 0.0)
    total = down_offer.sum(axis=1) + up_offer.sum(axis=1)
    lost = down_offer.sum(axis=1) * down_loss + up_offer.sum(axis=1) * up_loss
    down_p95, up_p95 = down_state.p95_ms(), up_state.p95_ms()
    return Steady(
        down_mbps=down_offer * (1 - down_loss)[:, None],
        up_mbps=up_offer * (1 - up_loss)[:, None],
        busy_share=busy,
        offered_mbps=total,
        loss_share=np.where(total > 0, lost / np.where(total > 0, total, 1.0), 0.0),
        delay_mean_ms=np.maximum(down_state.mean_ms(), up_state.mean_ms()),
        delay_p95_ms=np.maximum(down_p95, up_p95),
        stable=down_state.stable() & up_state.stable(),
        fits=(np.maximum(down_p95, up_p95) <= MAX_DELAY_MS) & (np.maximum(down_loss, up_loss) <= MAX_LOSS_SHARE),
    )


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
    return _Way(
        on=total > 0,
        flows=flows,
        rate=np.maximum(total / flows, 1e-15),
        head_us=(weight * head_us).sum(axis=1),
        mpdu_us=(weight * each_us).sum(axis=1),
        most=np.where(total > 0, 1 / np.maximum((weight / np.maximum(mpdus, 1)).sum(axis=1), 1e-9), 1.0),
        answer_us=(weight * answer_us).sum(axis=1),
    )


def _queue(way: _Way, access_us: Floats, extra_us: Floats) -> tuple[Floats, Floats, Floats]:
    """(wait in us before an access, accesses per us of all clients, packets that an access finds) of a finite-source queue.

    `extra_us` is waited for besides the other clients.
    """
    empty = np.exp(-way.rate * access_us)
    source_us = empty / way.rate
    others = np.maximum(way.flows - 1, 0)
    half = source_us + access_us - others * access_us - extra_us
    constant = others * access_us**2 / 2 + extra_us * (source_us + access_us)
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
    beacon_interval_ms: Annotated[float, Field(gt=0)] = 102.4
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
    return _answers(_checked(descriptions, where=where))


def read_cells(path: str | Path) -> dict[str, Any] | list[dict[str, Any]]:
    """Answer a file that holds one cell, or an array of them."""
    path = Path(path)
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DesignError(f"{path}: no such file; give a JSON of one cell or an array of cells") from None
    except (OSError, ValueError) as error:
        raise DesignError(f"{path}: not readable as JSON ({error}); give one cell or an array of cells") from None
    if isinstance(data, dict):
        return _answers(_checked([data], where=str(path), single=True))[0]
    if not isinstance(data, list):
        raise DesignError(f"{path}: a cell is a JSON object, this is a {type(data).__name__}")
    return _answers(_checked(data, where=str(path)))


def _checked(descriptions: list[Any], *, where: str, single: bool = False) -> list[_Cell]:
    try:
        return _CELLS.validate_python(descriptions)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        index, *place = first["loc"]
        message = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            message = f"unknown key; use {', '.join(_Cell.model_fields if len(place) == 1 else _Group.model_fields)}"
        names = [where, "" if single or not where else f"[{index}]", ".".join(map(str, place)), message]
        raise DesignError(": ".join(filter(None, names))) from None


def _answers(asked: list[_Cell]) -> list[dict[str, Any]]:
    if not asked:
        return []
    arrays = cell_arrays(asked)
    loaded = np.array([one.rate_mbps is not None for one in asked])
    answers: list[dict[str, Any]] = [{}] * len(asked)
    for index, answer in _saturated_answers(asked, arrays, np.flatnonzero(~loaded)):
        answers[index] = answer
    for index, answer in _offered_answers(asked, arrays, np.flatnonzero(loaded)):
        answers[index] = answer
    return answers


def _saturated_answers(asked: list[_Cell], arrays: Cells, which: NDArray[np.intp]) -> Iterator[tuple[int, dict[str, Any]]]:
    if not len(which):
        return
    found = saturated(take(arrays, which))
    yield from zip(
        which.tolist(), _rows([asked[i] for i in which], found.down_mbps, found.up_mbps, found.busy_share), strict=True
    )


def _offered_answers(asked: list[_Cell], arrays: Cells, which: NDArray[np.intp]) -> Iterator[tuple[int, dict[str, Any]]]:
    if not len(which):
        return
    some, mine = take(arrays, which), [asked[i] for i in which]
    rate = np.array([one.rate_mbps for one in mine], dtype=np.float64)[:, None]
    down, up = (np.where(on[:, None], rate, 0.0) for on in (some.down, some.up))
    solve = np.array([one.solve is not None for one in mine])
    most = np.zeros(len(mine))
    if solve.any():
        bss = some.access_points[solve]
        most[solve] = clients_that_fit(take(some, np.flatnonzero(solve)), down[solve], up[solve])
        clients = some.clients.copy()
        clients[solve, 0] = most[solve] * bss
        some = replace(some, clients=clients)
    found = offered(some, down, up)
    rows = _rows(mine, found.down_mbps, found.up_mbps, found.busy_share)
    extra = zip(
        rows,
        found.offered_mbps.tolist(),
        found.loss_share.tolist(),
        found.delay_mean_ms.tolist(),
        found.delay_p95_ms.tolist(),
        found.stable.tolist(),
        strict=True,
    )
    for index, (row, load, loss, mean, p95, stable) in enumerate(extra):
        row |= {"offered_mbps": load, "loss_share": loss, "delay_mean_ms": mean, "delay_p95_ms": p95, "stable": stable}
        if solve[index]:
            row["max_clients"] = int(most[index])
        yield int(which[index]), row


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
    return Cells(**{name: getattr(some, name)[which] for name in Cells.__slots__})


def cell_arrays(asked: list[_Cell]) -> Cells:
    """Arrays of checked cells; groups are padded with `clients` 0."""
    width = max(len(one.clients) for one in asked)
    phys = [[_phy(one.standard, one.width_mhz, one.gi_ns, one.streams, group.mcs) for group in one.clients] for one in asked]
    bits, symbol, preamble = (
        np.array([[phy[part] for phy in row] + [row[0][part]] * (width - len(row)) for row in phys]) for part in range(3)
    )
    mcs = np.array([[group.mcs for group in one.clients] + [0] * (width - len(one.clients)) for one in asked])
    count = np.array(
        [[group.count for group in one.clients] + [0] * (width - len(one.clients)) for one in asked], dtype=np.float64
    )
    bands = [_BANDS[one.band_ghz] for one in asked]
    directions = np.array([one.direction for one in asked])
    most_bytes = [
        min(wifi.MAX_AMPDU_BYTES[o.standard], np.inf if o.max_ampdu_bytes is None else o.max_ampdu_bytes) for o in asked
    ]
    window = [min(wifi.MAX_BA_WINDOW[one.standard], one.ba_window or np.inf) if one.aggregation else 1 for one in asked]
    return _assemble(
        bits_per_symbol=bits,
        symbol_us=symbol,
        preamble_us=preamble,
        mcs=mcs,
        clients=count,
        max_ampdu_bytes=_column(most_bytes),
        ba_window=_column(window),
        low_band=np.array([band == "2.4" for band in bands]),
        bss=_floats([one.bss for one in asked]),
        idle_bss=_floats([one.idle_bss for one in asked]),
        ssids=_floats([one.ssids for one in asked]),
        down=directions != "up",
        up=directions != "down",
        payload_bytes=_floats([one.payload_bytes for one in asked]),
        aggregation=np.array([one.aggregation for one in asked]),
        rts=np.array([one.rts for one in asked]),
        airtime_fair=np.array([one.fairness == "airtime" for one in asked]),
        tcp=np.array([one.transport == "tcp" for one in asked]),
        beacon_interval_ms=_floats([one.beacon_interval_ms for one in asked]),
        basic_rate_mbps=_floats([o.basic_rate_mbps or wifi.basic_rate_mbps(band) for o, band in zip(asked, bands, strict=True)]),
        beacon_bytes=_floats(
            [o.beacon_bytes or wifi.beacon_bytes(band, o.standard) for o, band in zip(asked, bands, strict=True)]
        ),
        packet_error_share=np.zeros(1),
        protection_us=np.zeros(1),
        taken_share=np.zeros(len(asked)),
    )


def _floats(values: list[Any]) -> Floats:
    return np.array(values, dtype=np.float64)


def _column(values: list[Any]) -> Floats:
    return _floats(values)[:, None]


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
    answer_bytes = np.where(aggregation, BLOCK_ACK_BYTES, ACK_BYTES)[:, None]
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
