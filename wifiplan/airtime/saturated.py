"""What a channel carries when every queue is always full."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.airtime.contention import PREAMBLE_LOCK_SHARE, attempt_share, lead
from wifiplan.airtime.frames import SEGMENTS_PER_ACK
from wifiplan.airtime.overhead import beacon_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.airtime.cells import Cells

    Floats = NDArray[np.float64]

TCP_WINDOW_BYTES = 262_144
"""Assumption: what one connection may have on the way. Beyond it a client waits for the access point's acknowledgements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodput:
    """Payload in Mbit/s over all BSSs of a cell, (c, g), and the share of time with a frame on the air, (c,)."""

    down_mbps: NDArray[np.float64]
    up_mbps: NDArray[np.float64]
    busy_share: NDArray[np.float64]


def queue_shares(cells: Cells) -> Floats:
    """Share of an access point's PPDUs that goes to each group, (c, g).

    One FIFO gives clients equal packets: a slow client's PPDU holds few, so it needs many. Airtime fairness: equal time.
    """
    spent = np.where(
        cells.airtime_fair[:, None], cells.down_ppdu_us + cells.sifs_us[:, None] + cells.down_ack_us, cells.down_mpdus
    )
    weight = np.where(cells.clients > 0, cells.clients / np.maximum(spent, 1e-9), 0.0)
    return np.asarray(weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-300))


def saturated_goodput(cells: Cells) -> Goodput:
    """Goodput when every queue is always full, (c, g).

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
    idle = (1 - tau[:, 0]) ** n
    down_wins, up_wins = alone * aps * to, alone * ups
    both = np.flatnonzero(cells.down & cells.up & ~cells.tcp_ack_us.any(axis=1))
    if len(both):
        clients = ups[both].sum(axis=1)
        ahead = lead(cells.eifs_extra_us[both], aps=aps[both, 0], clients=clients, tau=tau[both, 0])
        part = (n[both] / np.maximum(aps[both, 0] * ahead + clients, 1e-12))[:, None]
        down_wins[both], up_wins[both] = down_wins[both] * ahead[:, None] * part, up_wins[both] * part

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
