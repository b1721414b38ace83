"""A channel for each access point of a set: none is shared while a clean one is idle, neighbours differ, reuse is far apart.

Who shares with whom is read from the path gains between the access points of the set and to the clients that each serves, by the
levels of `wifiplan.capacity.hearing`: two that hear each other wait for each other, two that do not disturb each other's clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wifiplan.capacity import hearing
from wifiplan.model import Band, Radio
from wifiplan.units import dbm_from_mw, mw_from_dbm

Floats = NDArray[np.float64]

_DOWN_SHARE = 0.75
"""Of the airtime that access points send themselves, the rest their clients (assumed; it only steers)."""
_LEAST_COUPLING_DBM = -130.0
"""Two that hear less than this of each other are as far apart as can be (assumed; it only steers)."""
_NEAR_DB, _NEAR_COSTS = 40.0, 4.0
"""A neighbour heard so far above the level at which it is waited for costs so many times more to share with than one at the
edge of hearing: neighbours differ, and what is turned up later still hears the fewest (assumed; it only steers)."""
_FAR_APART = 1e-3
"""What coupling on one channel costs those that neither hear nor disturb each other: reuse is as far apart as it can be
(assumed; it only steers)."""
_STARTS = 12
"""Plans that the search begins with: one by one, then these in turn shuffled (assumed)."""
_ROUNDS = 20
"""Moves and exchanges at most, for each access point (assumed)."""
_LEAST_GAIN = 1e-6
"""Below this a change is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What the access points of a set cost each other, (n, n) each: the share of i's goodput that is lost to j, full as it is.

    `shared` on one channel, `beside` on the next one, `after` on the one after that.
    """

    shared: Floats
    beside: Floats
    after: Floats
    hears: NDArray[np.bool_]
    """(n, n): access point i waits for access point j on one channel."""
    airtime_share: Floats
    """(n,): what each needs of a channel alone on it."""

    def busy_share(self, channels: Sequence[int]) -> Floats:
        """How busy each one's channel is at least, (n,), with all that it waits for on the same one."""
        same = np.array(channels)[:, None] == np.array(channels)
        return np.asarray((same & (self.hears | np.eye(len(same), dtype=bool))) @ self.airtime_share, dtype=np.float64)


def harm_of(
    gain_db: Floats,
    between_db: Floats,
    power_dbm: Floats,
    clients: Floats,
    airtime_share: Floats,
    *,
    noise_dbm: float,
    s_per_mbit: Callable[[Floats], Floats],
) -> Harm:
    """What access points cost each other, from the gains between them and to the clients, who take the strongest.

    Parameters
    ----------
    gain_db : (n, p)
        Path gain to the clients' places.
    between_db : (n, n)
        Path gain from access point j to access point i in row i.
    power_dbm : (n,)
        Transmit powers.
    clients : (p,)
        At each place.
    airtime_share : (n,)
        That each needs; pairs that need more are the more kept apart.
    noise_dbm : float
        In the channel, with the noise figure.
    s_per_mbit : callable
        What a megabit takes at an SINR in dB, any shape (`rates.s_per_mbit`); inf where no rate is carried.
    """
    count = len(power_dbm)
    rssi_dbm = power_dbm[:, None] + gain_db
    serving = np.argmax(rssi_dbm, axis=0)
    own_mw, noise_mw = mw_from_dbm(rssi_dbm), float(mw_from_dbm(noise_dbm))
    at_ap_dbm = power_dbm[None, :] + between_db
    of_ap = at_ap_dbm >= hearing.PRIMARY_DBM
    weight = np.zeros((count, len(clients)))
    weight[serving, np.arange(len(clients))] = clients
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    by_clients = weight @ (rssi_dbm >= hearing.PRIMARY_DBM).T
    waits = _DOWN_SHARE * of_ap + (1 - _DOWN_SHARE) * by_clients
    own = own_mw[serving, np.arange(len(clients))]
    alone_s = s_per_mbit(dbm_from_mw(own / noise_mw))
    reached = np.isfinite(alone_s)

    def lost(spill_db: float) -> Floats:
        """(i, j): the share of i's goodput that goes when j sends at the same time."""
        found = np.zeros((count, count))
        for other in range(count):
            with_s = s_per_mbit(dbm_from_mw(own / (noise_mw + own_mw[other] * mw_from_dbm(spill_db))))
            kept = np.divide(alone_s, with_s, out=np.ones_like(alone_s), where=reached)
            found[:, other] = weight @ (1 - kept)
        return found

    pair = (airtime_share[:, None] + airtime_share[None]) / max(2 * float(airtime_share.mean()), 1e-9)
    coupling = np.clip((at_ap_dbm - _LEAST_COUPLING_DBM) / -_LEAST_COUPLING_DBM, 0.0, 1.0)
    near = np.clip((at_ap_dbm - hearing.PRIMARY_DBM) / _NEAR_DB, 0.0, 1.0)
    shared = (0.5 * waits * (1 + _NEAR_COSTS * near) + (1 - waits) * lost(0.0)) * pair + _FAR_APART * np.where(
        np.isfinite(coupling), coupling, 0.0
    )
    beside, after = lost(hearing.ADJACENT_DB), lost(hearing.NEXT_DB)
    found = Harm(
        shared=shared + shared.T,
        beside=(beside + beside.T) * pair,
        after=(after + after.T) * pair,
        hears=of_ap,
        airtime_share=airtime_share,
    )
    for matrix in (found.shared, found.beside, found.after):
        np.fill_diagonal(matrix, 0.0)
    return found


def channel_plan(
    harm: Harm,
    channels: Sequence[Sequence[int]],
    *,
    band: Band = "5",
    widths_mhz: Sequence[int] = (),
    burden: Mapping[tuple[int, int], float] | None = None,
) -> tuple[int, ...]:
    """A channel for each access point (n,): none is shared while a clean one is idle, and then the least harm in all.

    One after the other by how much they suffer, then moves and exchanges as long as those help, from several beginnings.

    Parameters
    ----------
    channels : n sequences
        What each may have, the preferred ones first.
    widths_mhz : n of them, optional
        20 where not given.
    burden : mapping of (channel, width), optional
        What a channel costs by itself, as a share of its goodput: foreign networks on it, or radar. One without is clean.
    """
    count = len(channels)
    widths = tuple(widths_mhz) or (20,) * count
    choices = list(dict.fromkeys((c, width) for may, width in zip(channels, widths, strict=True) for c in may))
    row = {choice: index for index, choice in enumerate(choices)}
    spill_db = hearing.spill_db([Radio(band=band, channel=channel, width_mhz=width) for channel, width in choices])
    np.fill_diagonal(spill_db, 0.0)
    overlaps = spill_db > hearing.ADJACENT_DB
    own = np.array([(burden or {}).get(choice, 0.0) for choice in choices])
    may = np.zeros((count, len(choices)), dtype=bool)
    for ap, (listed, width) in enumerate(zip(channels, widths, strict=True)):
        may[ap, [row[channel, width] for channel in listed]] = True
    relations = (overlaps, spill_db == hearing.ADJACENT_DB, spill_db == hearing.NEXT_DB)
    plan = _Plan(may=may, relations=relations, harms=(harm.shared, harm.beside, harm.after), burden=own)
    # Shuffles are part of the rule, not of chance: the same always.
    rng = np.random.default_rng(0)
    first = np.argsort(-np.round(harm.shared.sum(axis=1), 6), kind="stable")
    found = [plan.improved(plan.one_by_one(first if start == 0 else rng.permutation(count))) for start in range(_STARTS)]
    best = min(found, key=lambda given: (plan.total(given), tuple(given)))
    return tuple(choices[choice][0] for choice in best)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What there is to choose from, and what it costs: n access points, c choices of channel and width."""

    may: NDArray[np.bool_]
    """(n, c)"""
    relations: tuple[NDArray[np.bool_], ...]
    """(c, c) each: which choices overlap, are beside each other, and one further."""
    harms: tuple[Floats, ...]
    """(n, n) each, of those."""
    burden: Floats
    """(c,)"""

    def cost(self, given: NDArray[np.intp]) -> Floats:
        """(n, c): what each would suffer and do on each choice, with the others (-1: none yet) as given."""
        set_ = given >= 0
        cost = np.broadcast_to(self.burden, self.may.shape).copy()
        for relation, harm in zip(self.relations, self.harms, strict=True):
            cost += (harm * set_) @ relation[np.maximum(given, 0)].astype(np.float64)
        return np.where(self.may, cost, np.inf)

    def idle(self, given: NDArray[np.intp]) -> NDArray[np.bool_]:
        """(c,): the clean choices that overlap nobody's."""
        used = self.relations[0][given[given >= 0]].any(axis=0) if (given >= 0).any() else np.zeros(len(self.burden), dtype=bool)
        return np.asarray(~used & (self.burden == 0))

    def total(self, given: NDArray[np.intp]) -> tuple[int, float]:
        """(access points that share or are burdened though a clean choice is idle, harm in all, rounded: no last bit decides)."""
        each = np.arange(len(given))
        overlap = self.relations[0][np.ix_(given, given)]
        shares = (overlap.sum(axis=1) > 1) | (self.burden[given] > 0)
        could = (self.may & self.idle(given)).any(axis=1)
        harm = float((self.cost(given)[each, given] + self.burden[given]).sum() / 2)
        return int((shares & could).sum()), round(harm, 6)

    def one_by_one(self, order: NDArray[np.intp]) -> NDArray[np.intp]:
        given = np.full(len(self.may), -1)
        for ap in order:
            cost = np.round(self.cost(given)[ap], 6)
            clean = np.where(self.idle(given), cost, np.inf)
            given[ap] = int(np.argmin(clean if np.isfinite(clean).any() else cost))
        return given

    def improved(self, given: NDArray[np.intp]) -> NDArray[np.intp]:
        """After moves of one and exchanges of two, the most promising first, as long as they help."""
        now = self.total(given)
        for _ in range(_ROUNDS * len(given)):
            for other in self._next_to(given):
                value = self.total(other)
                if value < now:
                    now, given = value, other
                    break
            else:
                break
        return given

    def _next_to(self, given: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
        """The plans one move or exchange away: those onto idle choices first, then by what the two gain."""
        cost, idle = self.cost(given), self.idle(given)
        gain = cost[np.arange(len(given)), given][:, None] - cost
        moves = np.argwhere(self.may & ((gain > _LEAST_GAIN) | idle))
        order = np.lexsort((-np.round(gain[moves[:, 0], moves[:, 1]], 6), ~idle[moves[:, 1]]))
        for ap, choice in moves[order]:
            if choice != given[ap]:
                yield _with(given, [ap], [choice])
        one, other = np.triu_indices(len(given), 1)
        a, b = given[one], given[other]
        # What the two are to each other is the same before and after, but was counted against the other's old place.
        twice = np.zeros(len(one))
        for relation, harm in zip(self.relations, self.harms, strict=True):
            both = relation[b, b].astype(np.float64) + relation[a, a] - 2.0 * relation[a, b]
            twice += harm[one, other] * both
        allowed = (a != b) & self.may[one, b] & self.may[other, a]
        worth = np.where(allowed, gain[one, b] + gain[other, a] + twice, -np.inf)
        for pair in np.argsort(-np.round(worth, 6), kind="stable"):
            if worth[pair] <= _LEAST_GAIN:
                break
            yield _with(given, [one[pair], other[pair]], [b[pair], a[pair]])


def _with(given: NDArray[np.intp], rows: Sequence[int], choices: Sequence[int]) -> NDArray[np.intp]:
    changed = given.copy()
    changed[list(rows)] = list(choices)
    return changed
