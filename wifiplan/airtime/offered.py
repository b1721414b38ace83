"""What a channel carries of an offered load, how late, and how many clients it has room for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.airtime.cells import MAX_CLIENTS, subset
from wifiplan.airtime.contention import contend, fewer_contenders
from wifiplan.airtime.delays import Delays, access_delays, queue, queue_overflow, wait_tail
from wifiplan.airtime.flows import LIFETIME_MS, MAX_DELAY_MS, MAX_LOSS_SHARE, Channel, after_collision_us, fixed_us, flow_of
from wifiplan.airtime.hidden import retries
from wifiplan.airtime.overhead import beacon_share
from wifiplan.airtime.resends import resends, whole_share
from wifiplan.airtime.saturated import saturated_goodput
from wifiplan.airtime.uplink import senders_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.airtime.cells import Cells
    from wifiplan.airtime.hidden import Retries
    from wifiplan.airtime.resends import Resends
    from wifiplan.airtime.uplink import Senders

    Floats = NDArray[np.float64]

INNER_ROUNDS = 6
"""Turns of the access points' queue for each of the clients' chain, which costs more."""
STEP_SHARE = 0.9
"""Part of the way to the next guess that a turn goes: all of it would swing. Assumed."""

AP_GROWTH_IN_COLLISIONS = 2.5
"""`uplink.GROWTH_IN_COLLISIONS` of access points. Same simulation."""

AP_ACCESS_VARIATION = 3.0
"""`uplink.SERVICE_VARIATION` of an access point among contending clients. Same simulation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """A cell with so much offered. (c, g) carried payload in Mbit/s; (c,) the rest, delay of the worse direction."""

    down_mbps: NDArray[np.float64]
    up_mbps: NDArray[np.float64]
    busy_share: NDArray[np.float64]
    counted_share: NDArray[np.float64]
    """What an access point's own counter shows of it: others' frames count from `wifi.CCA_US` after they begin."""
    offered_mbps: NDArray[np.float64]
    loss_share: NDArray[np.float64]
    delay_mean_ms: NDArray[np.float64]
    delay_p95_ms: NDArray[np.float64]
    down_p95_ms: NDArray[np.float64]
    up_p95_ms: NDArray[np.float64]
    stable: NDArray[np.bool_]
    fits: NDArray[np.bool_]
    """Each direction within `MAX_DELAY_MS` and `MAX_LOSS_SHARE`."""
    down_batch: NDArray[np.float64]
    up_batch: NDArray[np.float64]
    """Packets of a mean PPDU."""
    down_air_us: NDArray[np.float64]
    up_air_us: NDArray[np.float64]
    """A mean PPDU with its answer on the air."""


def steady_state(cells: Cells, down_mbps: Floats, up_mbps: Floats, *, rounds: int = 72) -> Steady:
    """Carried load and delay when every client of a group offers `down_mbps` and `up_mbps` (c, g) of payload, Poisson arrivals.

    Notes
    -----
    Packets that wait together leave in one PPDU, so PPDUs grow with the queue and use the air better.
    Uplink is a birth-death chain of the clients that have something to send (`uplink.senders_of`); downlink clients queue for
    their access point, one contender more, as a polled finite-source queue (`delays.queue`). The two meet in the chance that an
    access point contends and in the time its accesses take, found by iteration from empty queues.
    """
    aps = cells.access_points
    down = flow_of(cells, down_mbps, up_mbps, down=True)
    up = flow_of(cells, down_mbps, up_mbps, down=False)
    longest_us = np.maximum(down.on * down.ppdu_us(np.full(aps.shape, 4.0)), up.ppdu_us(np.full(aps.shape, 4.0)))
    beacons, beacons_on_air = beacon_share(cells, fixed_us(cells) + longest_us)
    left = np.maximum(1 - beacons - cells.taken_share, 1e-9)
    channel = Channel(cells, down, up, left)
    met = _meeting(channel, rounds)
    first_batch, ap_active, senders, found = met.down_batch, met.ap_active, met.senders, met.turn
    down_accesses, ap_access, down_batch = found.down_accesses, found.ap_access_us, found.lost.batch

    handshake_us = np.where(cells.rts_us > 0, cells.rts_us + cells.cts_us, 0.0)
    down_us = down.ppdu_us(down_batch) + down.answer_us
    busy = (
        aps * down_accesses * found.again.attempts * (down_us + handshake_us + found.ap_collisions * found.ap_collision_us)
        + senders.on_air_share
        + beacons_on_air
        + cells.taken_share
    )
    busy = np.minimum(busy, 1.0)
    # Of its own exchanges, an access point sends one of the two frames.
    exchanges = aps * down_accesses * found.again.attempts + senders.exchanges
    counted = busy - np.minimum(wifi.CCA_US * (2 - 1 / np.maximum(aps, 1.0)) * exchanges, busy)
    # A packet that finds the channel idle goes at once; else its own backoff comes on top.
    down_own = down_us - down.answer_us + busy * np.maximum(ap_access - down_us, 0)
    tail = wait_tail(first_batch, up.on, ap_active)
    state = Delays(
        down, found.down_wait_us, down_own, first_batch, found.down_grown, tail, access_us=ap_access, again=found.lost.again
    )
    down_mean = state.mean_ms()
    per_us = down.flows * down.rate
    contenders = 1 + (aps - 1) * ap_active + senders.active
    full_queue = np.where(state.stable(), queue_overflow(contenders, ap_access, per_us, per_us * down_mean * 1e3), 0.0)
    down_loss = np.where(down.on, np.clip(np.maximum(state.loss_share(down_accesses, down_batch), full_queue), 0.0, 1.0), 0.0)
    up_mean, up_p95, up_late = access_delays(
        senders.among,
        senders.wait_us,
        up,
        hit_share=cells.up_hit_share,
        lost_share=cells.lost_share,
        batch=senders.batch,
    )
    up_p95 = np.where(senders.overflow > MAX_LOSS_SHARE, LIFETIME_MS, up_p95)
    up_loss = np.where(up.on, np.maximum(senders.loss_share, up_late), 0.0)
    down_offer = np.where(cells.down[:, None], cells.clients * down_mbps, 0.0)
    up_offer = np.where(cells.up[:, None], cells.clients * up_mbps, 0.0)
    total = down_offer.sum(axis=1) + up_offer.sum(axis=1)
    down_carried = down_offer * _carried_share(cells, down_mbps, down_loss)
    lost = (down_offer - down_carried).sum(axis=1) + up_offer.sum(axis=1) * up_loss
    mean = np.maximum(down_mean, np.where(up.on, up_mean, 0.0))
    down_p95 = np.where(down.on, np.minimum(state.p95_ms(), LIFETIME_MS), 0.0)
    up_p95 = np.where(up.on, up_p95, 0.0)
    p95 = np.maximum(down_p95, up_p95)
    return Steady(
        down_mbps=down_carried,
        up_mbps=up_offer * (1 - up_loss)[:, None],
        busy_share=busy,
        counted_share=counted,
        offered_mbps=total,
        loss_share=np.where(total > 0, lost / np.where(total > 0, total, 1.0), 0.0),
        delay_mean_ms=mean,
        delay_p95_ms=p95,
        down_p95_ms=down_p95,
        up_p95_ms=up_p95,
        stable=state.stable() & (senders.overflow <= 1e-3),
        fits=(p95 <= MAX_DELAY_MS) & (np.maximum(down_loss, up_loss) <= MAX_LOSS_SHARE),
        down_batch=np.minimum(down.most, down_batch),
        up_batch=senders.batch,
        down_air_us=down_us,
        up_air_us=up.ppdu_us(senders.batch) + up.answer_us,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meeting:
    """Where uplink and downlink come to rest: what an access point's visit finds and the chance that it contends, (c,)."""

    down_batch: NDArray[np.float64]
    ap_active: NDArray[np.float64]
    senders: Senders
    turn: _Turn


def _meeting(channel: Channel, rounds: int) -> _Meeting:
    """Uplink and downlink of each cell by iteration from empty queues, at most `rounds` turns of the access points' queue."""
    down_batch, ap_active = np.ones(len(channel.left)), np.zeros(len(channel.left))
    each_part = np.ones(len(channel.left))
    moving = np.flatnonzero(channel.down.on)
    for _round in range(max(1, rounds // INNER_ROUNDS)):
        if not len(moving):
            break
        # Most cells settle soon; those near their limit do not, and go on by themselves.
        some = subset(channel, moving)
        batch, active, part = down_batch[moving], ap_active[moving], each_part[moving]
        senders = senders_of(some, batch * part, active)
        for _ in range(INNER_ROUNDS):
            found = _turn(some, senders, batch, active, part)
            part = found.lost.batch / batch
            active = active + STEP_SHARE * (np.minimum(1.0, found.down_accesses * found.ap_access_us) - active)
            batch = batch + STEP_SHARE * (np.minimum(some.down.most, found.down_grown) - batch)
        moved = np.abs(batch + active - down_batch[moving] - ap_active[moving]) > 1e-3 * batch
        down_batch[moving], ap_active[moving], each_part[moving] = batch, active, part
        moving = moving[moved]
    senders = senders_of(channel, down_batch * each_part, ap_active)
    found = _turn(channel, senders, down_batch, ap_active, each_part)
    return _Meeting(down_batch=down_batch, ap_active=ap_active, senders=senders, turn=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """What access points and clients do to each other, given the access points' mean batch and the chance that one contends."""

    ap_collisions: NDArray[np.float64]
    ap_collision_us: NDArray[np.float64]
    ap_access_us: NDArray[np.float64]
    down_wait_us: NDArray[np.float64]
    down_accesses: NDArray[np.float64]
    down_grown: NDArray[np.float64]
    again: Retries
    lost: Resends


def _turn(channel: Channel, senders: Senders, found_batch: Floats, active: Floats, each_part: Floats) -> _Turn:
    """The access points' queue beside such clients, from one guess of it to the next.

    A visit to a client finds `found_batch` packets; `each_part` times that is the mean batch of its accesses.
    """
    batch = found_batch * each_part
    cells, down, up = channel.cells, channel.down, channel.up
    rivals = (cells.access_points - 1) * active
    # Access points collide among themselves with grown PPDUs; against clients, their own is at its mean.
    growth = 1 + (AP_GROWTH_IN_COLLISIONS - 1) * rivals / np.maximum(rivals + senders.active, 1e-9)
    grown_us = down.ppdu_us(1 + growth * (batch - 1))
    found = contend(fewer_contenders(1 + rivals + senders.active, cells.up_hit_share))
    idle, collisions = found.idle_slots, found.collisions
    contenders = 1 + rivals + senders.active
    with_ap = np.minimum(1.0, 2 * (1 + rivals) / contenders)
    others_us = up.on * senders.collision_us
    collision_us = np.where(cells.rts_us > 0, cells.rts_us, others_us + with_ap * np.maximum(grown_us - others_us, 0.0))
    lost_us = idle * wifi.SLOT_US + collisions * (collision_us + after_collision_us(cells))
    own_us = (1 + rivals) * (down.ppdu_us(batch) + fixed_us(cells) + down.answer_us) / channel.left
    lost_us = (1 + rivals) * lost_us / channel.left
    alone_us = own_us + lost_us
    air_us = down.ppdu_us(batch)
    free_share = 1 - np.minimum(senders.on_air_share, 0.95)
    again = retries(cells.down_hit_share, air_us, alone_us, free_share, whole_share(batch, cells.lost_share))
    access_us = (
        np.where(up.on, senders.shared(own_us * again.attempts, lost_us * again.attempts), alone_us * again.attempts)
        + again.backoff_us
    )
    lost = resends(found_batch, cells.lost_share, np.minimum(down.rate * (1 - cells.lost_share) * access_us, down.most))
    variation = (np.where(up.on, AP_ACCESS_VARIATION, 0.0) + again.variation) / lost.accesses + lost.variation
    wait_us, visits, grown = queue(down, access_us, variation, visit_us=access_us * lost.accesses, lost_share=cells.lost_share)
    return _Turn(
        ap_collisions=collisions,
        ap_collision_us=collision_us,
        ap_access_us=access_us,
        down_wait_us=wait_us,
        down_accesses=visits * lost.accesses,
        down_grown=grown,
        again=again,
        lost=lost,
    )


def _carried_share(cells: Cells, down_mbps: Floats, loss_share: Floats) -> Floats:
    """Share of each group's downlink that gets through (c, g): all groups lose alike in one FIFO.

    With airtime fairness the time that is carried is dealt out equally, up to what each client needs: slow clients lose first.
    """
    alike = np.broadcast_to((1 - loss_share)[:, None], down_mbps.shape)
    if not (cells.airtime_fair & (loss_share > 0)).any():
        return np.asarray(alike)
    each_us = cells.down_ppdu_us + cells.down_ack_us + fixed_us(cells)[:, None]
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


def clients_that_fit(some: Cells, down_mbps: Floats, up_mbps: Floats) -> Floats:
    """The most clients of a BSS (c,) that each get `down_mbps` and `up_mbps` (c, g) by `Steady.fits`: one group of clients each.

    The count in `some` is ignored; 0 where not even one fits. At most `MAX_CLIENTS`, which is all that a BSS can hold.
    """
    # Never more than a lone client's goodput could be shared among: contention only takes from it.
    one = np.zeros_like(some.clients)
    one[:, 0] = 1.0
    alone = saturated_goodput(replace(some, clients=one, access_points=np.ones(some.access_points.shape)))
    ceiling = (alone.down_mbps + alone.up_mbps).sum(axis=1) / np.maximum((down_mbps + up_mbps)[:, 0], 1e-9)
    low, high = np.zeros(some.access_points.shape), np.floor(np.clip(1.05 * ceiling, 0, MAX_CLIENTS)) + 1
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2)
        clients = np.zeros_like(some.clients)
        clients[:, 0] = np.maximum(middle, 1) * some.access_points
        fits = steady_state(replace(some, clients=clients), down_mbps, up_mbps).fits
        low, high = np.where(fits & (middle > low), middle, low), np.where(fits, high, np.maximum(middle, low + 1))
    return low
