"""How long packets wait: backoffs that lose again and again, and queues that access points keep for their clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime.contention import contend
from wifiplan.airtime.flows import AP_QUEUE_PACKETS, LIFETIME_MS
from wifiplan.airtime.resends import incomplete_share, resends, whole_share

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wifiplan.airtime.flows import Flow

    Floats = NDArray[np.float64]

P95_PART = 20.0
"""One packet in 20 may come later than the 95th percentile."""
P95_OF_MEMORYLESS = 3.0
"""Means within which 95 of 100 memoryless waits end: ln 20."""
LONG_BATCH_TAIL, LONG_BATCH_TAIL_AMONG_SENDERS = 1.0, 1.4
TAIL_FADES_BY, TAIL_FADES_BY_AMONG_SENDERS = 0.15, 2.0
"""The 95th percentile of the wait for an access point's access, in means. A polled queue makes a batch wait about as long each
time, a short one as a single server's customers do, so that what those have more fades with so many packets of a batch;
among clients that contend, an access itself takes long or short. Assumed, between a clock's 1 and `P95_OF_MEMORYLESS`."""


def wait_tail(batch: Floats, among_senders: NDArray[np.bool_], waits_share: Floats) -> Floats:
    """The 95th percentile of the wait that ends in such a batch, over its mean, any shape.

    Of a single server's customers a part has to wait at all, `waits_share`: P(wait > t) = part x exp(-part x t / mean), exact
    for memoryless service, so that their mean says less of the others the fewer they are.
    """
    part = np.clip(waits_share, 0.05, 1.0)
    single = np.log(P95_PART * part) / part
    long = np.where(among_senders, LONG_BATCH_TAIL_AMONG_SENDERS, LONG_BATCH_TAIL)
    fades = np.where(among_senders, TAIL_FADES_BY_AMONG_SENDERS, TAIL_FADES_BY)
    return np.asarray(long + np.maximum(single - long, 0.0) * np.exp(-(batch - 1) / fades))


@dataclass(frozen=True, slots=True)
class _Backoffs:
    """Time of an access: one that has lost k times has waited for the windows 16, 32, ... of k backoffs and part of the next.

    (c, k): chance of so many losses, where its last backoff begins, and how long that may be, in us. So a few accesses take long.
    """

    share: NDArray[np.float64]
    begin: NDArray[np.float64]
    window: NDArray[np.float64]

    def longer(self, t_us: Floats) -> tuple[Floats, Floats]:
        """P(D > t), and its integral from t on; (c,)."""
        part = np.clip((self.begin + self.window - t_us[:, None]) / self.window, 0.0, 1.0)
        rest = np.maximum(self.begin - t_us[:, None], 0.0) + part**2 * self.window / 2
        return np.einsum("ck,ck->c", self.share, part), np.einsum("ck,ck->c", self.share, rest)

    def beyond(self, t_us: Floats) -> tuple[Floats, Floats, Floats]:
        """P(D > t), its integral from t on, and the integral of that; (c,)."""
        part = np.clip((self.begin + self.window - t_us[:, None]) / self.window, 0.0, 1.0)
        before = np.maximum(self.begin - t_us[:, None], 0.0)
        rest = before + part**2 * self.window / 2
        twice = before * (before + self.window) / 2 + part**3 * self.window**2 / 6
        return (self.share * part).sum(axis=1), (self.share * rest).sum(axis=1), (self.share * twice).sum(axis=1)


def _backoffs(contenders: Floats, mean_us: Floats, hit_share: Floats | float = 0.0) -> _Backoffs:
    lose = (1 - (1 - contend(contenders).lose_share) * (1 - hit_share))[:, None]
    k = np.arange(16)
    window = np.minimum(2.0**k, 64.0)
    share = lose**k * np.where(k < 15, 1 - lose, 1.0)
    begin = np.concatenate(([0.0], np.cumsum(window)[:-1])) / 2
    scale = (mean_us / np.maximum((share * (begin + window / 2)).sum(axis=1), 1e-9))[:, None]
    return _Backoffs(share, begin * scale, window * scale)


def queue_overflow(contenders: Floats, access_us: Floats, per_us: Floats, mean_queue: Floats) -> Floats:
    """Share of an access point's packets that finds its queue full: what comes in accesses so long that the rest of it fills."""
    # A queue that overflows all the time is not as long on average as it would be without an end.
    room_us = np.maximum(AP_QUEUE_PACKETS - mean_queue, 0.1 * AP_QUEUE_PACKETS) / np.maximum(per_us, 1e-15)
    return np.asarray(_backoffs(contenders, access_us).beyond(room_us)[1] / np.maximum(access_us, 1e-9))


def access_delays(
    contenders: Floats,
    mean_us: Floats,
    up: Flow,
    *,
    hit_share: Floats | float = 0.0,
    lost_share: Floats | float = 0.0,
    batch: Floats | float = 1.0,
) -> tuple[Floats, Floats, Floats]:
    """(mean and 95th percentile of what arrives in ms, share that grows older than `LIFETIME_MS`) by the time of an access; (c,).

    Long accesses collect many packets: P(delay > t) = (P(D > t) + rate x integral of P(D > u) du from t) / (1 + rate E D). Of a
    batch, those that are held back for MPDUs that were lost wait for one or more accesses more.
    """
    batch = np.broadcast_to(np.asarray(batch, dtype=np.float64), mean_us.shape)
    lost_share = np.broadcast_to(np.asarray(lost_share, dtype=np.float64), mean_us.shape)
    accesses = _backoffs(contenders, mean_us, 1 - (1 - hit_share) * (1 - whole_share(batch, lost_share)))
    rate = up.rate * (1 - lost_share)
    # Of the accesses, only those that find no lost MPDU wait for a first packet.
    fresh = 1 - incomplete_share(batch, lost_share)
    weight = fresh + rate * mean_us

    def tails(t_us: Floats) -> tuple[Floats, Floats]:
        """P(delay > t), and its integral from t on, of a packet's first access."""
        part, rest, twice = accesses.beyond(t_us)
        return (fresh * part + rate * rest) / weight, (fresh * rest + rate * twice) / weight

    lifetime = np.full(mean_us.shape, LIFETIME_MS * 1e3)
    zero = np.zeros(mean_us.shape)
    outlived, beyond = tails(lifetime)
    arrived = np.maximum(1 - outlived, 1e-9)
    again = resends(batch, lost_share, zero)
    mean = (tails(zero)[1] - beyond - lifetime * outlived) / arrived + again.again.sum(axis=1) * mean_us

    def beyond_first(t_us: Floats) -> Floats:
        part, rest = accesses.longer(t_us)
        return np.asarray((fresh * part + rate * rest) / weight)

    low, high = zero, lifetime
    for _ in range(12):
        middle = (low + high) / 2
        above = beyond_first(middle) - outlived > 0.05 * arrived
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    high = held_back(beyond_first, again.again, high, mean_us, outlived + 0.05 * arrived)
    return np.clip(mean * 1e-3, 0.0, LIFETIME_MS), high * 1e-3, np.clip(outlived, 0.0, 1.0)


def held_back(beyond: Callable[[Floats], Floats], again: Floats, first_us: Floats, each_us: Floats, share: Floats) -> Floats:
    """The delay that a `share` of packets goes beyond, (c,), where k or more accesses come after a first with `again` (c, k).

    `beyond` is P(delay > t) of those whose first access is enough, and `first_us` the delay that the share of those goes
    beyond; an access takes `each_us`. Between that and as many accesses more the answer is found by halving.
    """
    if not again.any():
        return first_us
    reached = np.concatenate((np.ones((len(first_us), 1)), again, np.zeros((len(first_us), 1))), axis=1)
    low, high = first_us, first_us + again.shape[1] * each_us
    for _ in range(6):
        middle = (low + high) / 2
        found = np.zeros(len(middle))
        for k in range(again.shape[1] + 1):
            left_us = middle - k * each_us
            found += (reached[:, k] - reached[:, k + 1]) * np.where(left_us > 0, beyond(np.maximum(left_us, 0.0)), 1.0)
        low, high = np.where(found > share, middle, low), np.where(found > share, high, middle)
    return np.asarray((low + high) / 2)


def queue(
    way: Flow, access_us: Floats, variation: Floats, *, visit_us: Floats | None = None, lost_share: Floats | float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """(wait in us before a visit, visits per us of all clients, packets that a visit finds) of a finite-source queue.

    A visit is an access, or as many as it takes until no MPDU is missing: what is lost is older than all else and goes first.
    With Z the mean time until an emptied queue holds a packet again and E the time of a visit, the wait W among N clients solves
    W (Z + W + E) = (N-1)(W E + (1 + c^2) E^2 / 2), c^2 the `variation` of E, and a visit finds 1 + rate (W + access) packets.
    """
    visit_us = access_us if visit_us is None else visit_us
    rate = way.rate * (1 - lost_share)
    empty = np.exp(-rate * access_us)
    source_us = empty / rate
    others = np.maximum(way.flows - 1, 0)
    half = source_us + visit_us - others * visit_us
    constant = others * visit_us**2 * (1 + variation) / 2
    wait_us = (np.sqrt(half**2 + 4 * constant) - half) / 2
    visits = np.where(way.on, np.minimum(way.flows / (source_us + wait_us + visit_us), 1 / visit_us), 0.0)
    return wait_us, visits, empty + rate * (wait_us + access_us)


@dataclass(frozen=True, slots=True)
class Delays:
    """What a direction's packets live through, from the wait of the first packet of a batch; (c,) each."""

    way: Flow
    wait_us: NDArray[np.float64]
    own_us: NDArray[np.float64]
    batch: NDArray[np.float64]
    grown: NDArray[np.float64]
    tail: NDArray[np.float64]
    access_us: NDArray[np.float64]
    again: NDArray[np.float64]
    """Chance of a packet to wait for k or more accesses after its first, (c, k)."""

    def stable(self) -> NDArray[np.bool_]:
        """Whether the queue empties: all that has come fits into one PPDU."""
        return np.asarray(~self.way.on | (self.grown <= self.way.most * (1 + 1e-6)))

    def mean_ms(self) -> Floats:
        """Mean delay of a packet."""
        # The batch's first packet waits W, those that come during W half of it on average.
        mean_us = self.wait_us * (1 + self.batch) / (2 * self.batch) + self.own_us + self.again.sum(axis=1) * self.access_us
        return np.where(self.way.on, np.minimum(mean_us * 1e-3, LIFETIME_MS), 0.0)

    def p95_ms(self) -> Floats:
        """Delay that 95 of 100 packets stay within."""
        tail_us = np.maximum(self.tail * self.wait_us, 1e-6)
        five = np.full(tail_us.shape, 0.05)
        late_us = held_back(lambda t: 0.05 ** (t / tail_us), self.again, tail_us, self.access_us, five)
        return np.where(self.way.on, np.minimum((late_us + self.own_us) * 1e-3, LIFETIME_MS), 0.0)

    def loss_share(self, accesses: Floats, batch: Floats) -> Floats:
        """Packets that grow too old, or that find no place, with so many accesses per us of all clients, of such batches."""
        carried = accesses * batch / (self.way.flows * self.way.rate)
        outlived = np.exp(-P95_OF_MEMORYLESS * LIFETIME_MS * 1e3 / np.maximum(self.tail * self.wait_us, 1e-3))
        return np.where(self.way.on, np.where(self.stable(), outlived, np.maximum(outlived, 1 - np.minimum(carried, 1.0))), 0.0)
