"""Clients that have something to send, as a birth-death chain: what they do to each other and to the access points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.airtime.contention import contend, fewer_contenders, lead
from wifiplan.airtime.flows import LIFETIME_MS, MAX_LOSS_SHARE, after_collision_us, fixed_us
from wifiplan.airtime.hidden import attempts, retries
from wifiplan.airtime.resends import whole_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.airtime.flows import Channel

    Floats = NDArray[np.float64]

GROWTH_IN_COLLISIONS = 1.8
"""How much more than the mean batch the longest PPDU of a collision has grown: who waits long collects most and collides
most. Set once by `tests/benchmarks/airtime_queues.py`, which simulates the queues, not by a table.
"""


SERVICE_VARIATION = 0.2
"""Squared coefficient of variation of the time an access takes: 0 would be a clock, 1 a memoryless server. Same simulation."""

TOO_LATE = 5.5
"""Packets that grow too old, for each chance of a collision and lifetime that an access waits: keeps crowded queues in bounds.
From the same simulation; the loss that is reported comes from `delays.access_delays`."""

CROWDED_POWER, CROWDED_BY_LATE = 4, 10.0
"""When what leaves is no longer what comes: with this power of the share of clients that have something to send, and, from a
tenth (1 / `CROWDED_BY_LATE`) of packets too late up to two tenths, altogether. Assumed."""

WATCHED_S = 20.0
"""A load that a cell carries this long, on average, before its clients' queues tip over, is carried."""

SENDER_STATES = 24
"""Numbers of clients with something to send that are looked at: each one up to so many clients; with more, each one up to
half of it, and then by steps that grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """The uplink of a cell: what its clients do to each other and to the access points; (c,), and (c, k) by state."""

    states: NDArray[np.float64]
    chance: NDArray[np.float64]
    success_us: NDArray[np.float64]
    lead: NDArray[np.float64]
    """`contention.lead` of an access point in each state."""
    active: NDArray[np.float64]
    collision_us: NDArray[np.float64]
    on_air_share: NDArray[np.float64]
    exchanges: NDArray[np.float64]
    """PPDUs of all clients in a us, those that were hit too."""
    among: NDArray[np.float64]
    wait_us: NDArray[np.float64]
    batch: NDArray[np.float64]
    overflow: NDArray[np.float64]
    loss_share: NDArray[np.float64]

    def shared(self, own_us: Floats, lost_us: Floats) -> Floats:
        """Time an access point's access takes among these clients: in each state it wins the air `lead` times as often as one.

        `own_us` is what its turn takes, and `lost_us` the idle slots and collisions that come with as many turns as a client's.
        """
        turn_us = own_us[:, None] + (lost_us[:, None] + self.states * self.success_us) / self.lead
        return np.asarray(1 / np.maximum((self.chance / turn_us).sum(axis=1), 1e-12))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cycle:
    """An access of a client in each state (c, k): its PPDU, the longest of a collision, all of it in us; packets that come.

    `whole_share` is the chance that none of its MPDUs is lost by itself.
    """

    ppdu_us: NDArray[np.float64]
    longest_us: NDArray[np.float64]
    access_us: NDArray[np.float64]
    comes: NDArray[np.float64]
    whole_share: NDArray[np.float64] | float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contest:
    """What clients contend under in each state: (c, k) what Bianchi says of it, (c, 1) the rest; times in us, `rate` per us."""

    states: NDArray[np.float64]
    aps: NDArray[np.float64]
    collisions: NDArray[np.float64]
    lose: NDArray[np.float64]
    quiet_us: NDArray[np.float64]
    with_ap: NDArray[np.float64]
    turns: NDArray[np.float64]
    lead: NDArray[np.float64]
    head_us: NDArray[np.float64]
    mpdu_us: NDArray[np.float64]
    most: NDArray[np.float64]
    rate: NDArray[np.float64]
    fixed_us: NDArray[np.float64]
    free: NDArray[np.float64]
    up_attempts: NDArray[np.float64]
    down_attempts: NDArray[np.float64]
    rts_us: NDArray[np.float64]
    down_us: NDArray[np.float64]
    down_answer_us: NDArray[np.float64]
    up_answer_us: NDArray[np.float64]
    arrives_share: NDArray[np.float64]
    """Of the MPDUs that are sent; `rate` is of those with what is sent again."""
    log_arrives: NDArray[np.float64]

    def cycle(self, batch: Floats) -> _Cycle:
        """An access of such a batch, and the packets that come in a client's turn of n E."""
        ppdu_us = self.head_us + self.mpdu_us * np.minimum(batch, self.most)
        longest_us = self.head_us + self.mpdu_us * np.minimum(1 + GROWTH_IN_COLLISIONS * (batch - 1), self.most)
        longest_us = np.where(
            self.rts_us > 0, self.rts_us, longest_us + self.with_ap * np.maximum(self.down_us - longest_us, 0.0)
        )
        lost_us = self.quiet_us + self.collisions * longest_us
        ap_us = self.turns * self.down_attempts * (self.lead * (self.down_us + self.fixed_us + self.down_answer_us) + lost_us)
        access_us = (self.up_attempts * (ppdu_us + self.fixed_us + self.up_answer_us + lost_us) + ap_us) / self.free
        waits = self.states * access_us / (LIFETIME_MS * 1e3)
        in_time = 1 / (1 + TOO_LATE * self.lose * waits**2 / (waits + 0.05))
        return _Cycle(
            ppdu_us=ppdu_us,
            longest_us=longest_us,
            access_us=access_us,
            comes=self.rate * self.states * access_us * in_time,
            whole_share=np.exp(self.log_arrives * batch) if self.log_arrives.any() else 1.0,
        )

    def empties(self, cycle: _Cycle) -> Floats:
        """Chance that an access leaves nothing behind: all fitted into one PPDU, none was lost, nothing came meanwhile."""
        fitted = 1 - np.minimum(cycle.comes / self.most, 1.0) ** self.most
        return np.asarray(fitted * cycle.whole_share * np.exp(-self.rate * (cycle.ppdu_us + self.up_answer_us)))

    def taken(self, batch: Floats) -> Floats:
        """Packets that an access takes, if others take `batch`: what comes in its turn, and one that ends a silence."""
        cycle = self.cycle(batch)
        return np.asarray(cycle.comes + self.empties(cycle) / self.arrives_share)

    def batch(self) -> Floats:
        """Packets that an access takes when all others take as many (c, k).

        What an access finds grows with the batch: by straight pieces, until collisions and then PPDUs are full.
        """
        most = self.most
        knee = 1 + (most - 1) / GROWTH_IN_COLLISIONS
        first, second, full = self.taken(np.ones_like(most)), self.taken(knee), self.taken(most)
        low = 1 + (first - 1) / np.maximum(1 - (second - first) / np.maximum(knee - 1, 1e-9), 1e-9)
        high = knee + (second - knee) / np.maximum(1 - (full - second) / np.maximum(most - knee, 1e-9), 1e-9)
        return np.clip(np.where(second <= knee, low, np.where(full <= most, high, most)), 1.0, most)


def _contest(channel: Channel, down_batch: Floats, ap_active: Floats) -> _Contest:
    """Each state of the uplink beside access points that contend with this chance and send such batches."""
    cells, down, up = channel.cells, channel.down, channel.up
    n = _states(up.flows)
    aps = (cells.access_points * ap_active * down.on)[:, None]
    contenders = np.maximum(n, 1.0) + aps
    found = contend(fewer_contenders(contenders, cells.up_hit_share[:, None]))
    # A packet that finds the air idle is sent without backoff.
    idle = np.where((n <= 1) & (aps <= 0), found.idle_slots / 2, found.idle_slots)
    return _Contest(
        states=n,
        aps=aps,
        collisions=found.collisions,
        lose=found.lose_share,
        quiet_us=idle * wifi.SLOT_US + found.collisions * after_collision_us(cells)[:, None],
        with_ap=np.minimum(1.0, 2 * aps / contenders),
        turns=aps / np.maximum(n, 1.0),
        lead=lead(cells.eifs_extra_us[:, None], aps=aps, clients=n, tau=found.attempt_share),
        head_us=up.head_us[:, None],
        mpdu_us=up.mpdu_us[:, None],
        most=up.most[:, None],
        rate=up.rate[:, None],
        fixed_us=fixed_us(cells)[:, None],
        free=channel.left[:, None],
        up_attempts=attempts(cells.up_hit_share, up.ppdu_us(np.ones(len(cells.up_hit_share))))[:, None],
        down_attempts=attempts(cells.down_hit_share, down.ppdu_us(down_batch), whole_share(down_batch, cells.lost_share))[
            :, None
        ],
        rts_us=cells.rts_us[:, None],
        down_us=down.ppdu_us(down_batch)[:, None],
        down_answer_us=down.answer_us[:, None],
        up_answer_us=up.answer_us[:, None],
        arrives_share=1 - cells.lost_share[:, None],
        log_arrives=np.log1p(-cells.lost_share)[:, None],
    )


def senders_of(channel: Channel, down_batch: Floats, ap_active: Floats) -> Senders:
    """Clients with something to send as a birth-death chain.

    In state n, an idle client gets a packet at its rate; a success takes E(n) by Bianchi at n contenders and the access points,
    and takes all that its sender has collected in n E(n). Chance of n: product of birth over death. So load that a channel
    carries with few senders but not with many tips over, as in the packet simulation, where the crowded states outweigh.
    """
    cells, up = channel.cells, channel.up
    contest = _contest(channel, down_batch, ap_active)
    n, most = contest.states, contest.most
    batch = contest.batch()
    cycle = contest.cycle(batch)
    ppdu_us, longest, access, comes = cycle.ppdu_us, cycle.longest_us, cycle.access_us, cycle.comes
    birth = np.maximum(up.flows[:, None] - n + 1, 1e-9) * contest.rate * contest.arrives_share
    ratio = np.log(np.maximum(birth * access / np.maximum(contest.empties(cycle), 1e-9), 1e-300))
    chance = _chances(n, ratio, access)

    active = (chance * n).sum(axis=1)
    each_us = np.where(n > 0, chance / access, 0.0)
    # What leaves is what comes, which the chain keeps only roughly; but in a crowd of all, or of too late ones, what leaves is
    # what is carried.
    late = 1 - (each_us * comes).sum(axis=1) / np.maximum((each_us * contest.rate * n * access).sum(axis=1), 1e-30)
    crowded = np.maximum(np.minimum(active / up.flows, 1.0) ** CROWDED_POWER, np.clip(CROWDED_BY_LATE * late - 1, 0.0, 1.0))
    leaves = (each_us * batch).sum(axis=1) / np.maximum(up.flows * up.rate, 1e-15)
    left_over = np.maximum(1 - leaves, 0.0) * crowded
    each_us = each_us * (1 + (1 - crowded) * (1 / np.maximum(leaves, 1e-3) - 1))[:, None]
    accesses = np.maximum(each_us.sum(axis=1), 1e-15)
    overflow = (each_us * np.maximum(comes - most, 0.0)).sum(axis=1) / np.maximum((each_us * comes).sum(axis=1), 1e-30)
    full_share = (each_us * np.minimum(comes / most, 1.0)).sum(axis=1) / accesses
    # Behind a full PPDU a packet waits for the next; when there is no end to it, what is too much is lost instead.
    behind = np.where(overflow > MAX_LOSS_SHARE, 1.0, 1 / np.maximum(1 - full_share ** most[:, 0], 0.05))
    handshake_us = np.where(cells.rts_us > 0, cells.rts_us + cells.cts_us, 0.0)[:, None]
    sent_us = ppdu_us + contest.up_answer_us + handshake_us + contest.collisions * longest
    on_air = (each_us * contest.up_attempts * sent_us).sum(axis=1)
    free_share = 1 - np.minimum(on_air, 0.95)
    again = retries(cells.up_hit_share, (each_us * ppdu_us).sum(axis=1) / accesses, np.zeros(len(on_air)), free_share)
    among = (chance * n * n).sum(axis=1) / np.maximum(active, 1e-9) + contest.aps[:, 0]
    on = up.on
    return Senders(
        states=n,
        chance=chance,
        success_us=np.where(
            n > 0,
            contest.up_attempts
            * (ppdu_us + contest.fixed_us + contest.up_answer_us + contest.quiet_us + contest.collisions * longest)
            / contest.free,
            0.0,
        ),
        lead=contest.lead,
        active=np.where(on, active, 0.0),
        collision_us=np.where(on, (each_us * longest).sum(axis=1) / accesses, 0.0),
        on_air_share=np.where(on, on_air, 0.0),
        exchanges=np.where(on, (each_us * contest.up_attempts).sum(axis=1), 0.0),
        among=among,
        wait_us=active / accesses * behind + again.backoff_us,
        batch=np.where(on, (each_us * batch).sum(axis=1) / accesses, 1.0),
        overflow=np.where(on, overflow, 0.0),
        loss_share=np.where(on, np.clip(np.maximum(overflow, left_over), 0.0, 1.0), 0.0),
    )


def _chances(n: Floats, log_ratio: Floats, access_us: Floats) -> Floats:
    """Chance of each state (c, k), from the logarithm of birth over death that leads to it."""
    gap = np.diff(n, axis=1)
    # Sum of the logarithm over all n between two states, by Euler and Maclaurin.
    steps = gap * (log_ratio[:, 1:] + log_ratio[:, :-1]) / 2 + (log_ratio[:, 1:] - log_ratio[:, :-1]) / 2
    steps = steps * 2 / (1 + SERVICE_VARIATION)
    steps[:, 0] = log_ratio[:, 1]
    log = np.concatenate((np.zeros((len(n), 1)), np.cumsum(np.where(gap > 0, steps, -np.inf), axis=1)), axis=1)
    width = np.concatenate(
        (np.ones((len(n), 1)), np.maximum(1.0, (gap[:, 1:] + gap[:, :-1]) / 2), np.maximum(gap[:, -1:], 1.0)), axis=1
    )
    return _from_empty(log, width, access_us)


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
    j = np.arange(SENDER_STATES + 1.0)
    half = SENDER_STATES // 2
    most = np.maximum(np.ceil(flows), 1.0)[:, None]
    grown = half * (np.maximum(most, SENDER_STATES) / half) ** ((j - half) / (SENDER_STATES - half))
    return np.minimum(np.where((most > SENDER_STATES) & (j > half), grown, j), most)
