"""The arrays of the programme: what each candidate spot costs, whom it covers, and how much airtime they need of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UNBOUNDED = math.inf
"""A budget that does not bind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One scenario's demand against s spots and r kinds of radio. Every array ends with the demand points p."""

    people: Floats
    clients: Floats
    zone: NDArray[np.intp]
    covers: NDArray[np.bool_]
    """Whether (s, p) has signal and SINR as required, in both directions."""
    airtime_share: Floats
    """Busy share (r, s, p) of a channel of that width if s alone serves all clients of p; inf where no rate reaches."""
    signal_dbm: Floats
    """Signal (s, p), to choose between sets of equal cost."""
    group: NDArray[np.intp] | None = None
    """Group (p,) of points that are served together, by number from 0; each alone where not given. Coverage is always of each."""
    room_share: Floats | None = None
    """What all clients of p take of a radio's room (r, p), whoever serves them (`capacity.room`); None where it never binds."""

    def grouped_room(self) -> Floats | None:
        """The groups' `room_share` (r, g)."""
        if self.room_share is None or self.group is None:
            return self.room_share
        return np.array([_summed(row, self.group) for row in self.room_share])

    def grouped(self) -> tuple[Floats, Floats, Floats]:
        """The groups' `people` (g,), `clients` (g,) and `airtime_share` (r, s, g).

        A group needs no more airtime than if all its clients stood at the place that is best for that spot: a relaxation.
        """
        if self.group is None:
            return self.people, self.clients, self.airtime_share
        count = int(self.group.max()) + 1
        people = _summed(self.people, self.group)
        clients = _summed(self.clients, self.group)
        each = np.full((*self.airtime_share.shape[:2], count), np.inf)
        per_client = np.where(self.clients > 0, self.airtime_share / np.maximum(self.clients, 1e-12), 0.0)
        per_client = np.where(np.isfinite(self.airtime_share), per_client, np.inf)
        order = np.argsort(self.group, kind="stable")
        first = np.flatnonzero(np.diff(self.group[order], prepend=-1))
        each[..., self.group[order][first]] = np.minimum.reduceat(per_client[..., order], first, axis=-1)
        return people, clients, np.where(np.isfinite(each), each * clients, np.inf)

    def merged_covers(self) -> tuple[Floats, NDArray[np.intp], NDArray[np.bool_]]:
        """The `people`, `zone` and `covers` with points of one zone that the same spots cover taken as one."""
        key = np.vstack([self.zone[None], self.covers])
        _, first, to = np.unique(key, axis=1, return_index=True, return_inverse=True)
        return _summed(self.people, to.ravel()), self.zone[first], self.covers[:, first]


def _summed(weight: Floats, to: NDArray[np.intp]) -> Floats:
    return np.asarray(np.bincount(to, weights=weight), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All that the programme sees, as arrays.

    A radio kind's `units` are its channel's 20 MHz parts; `spectrum` is that of each band.
    """

    cost_yen: Floats
    loads: tuple[Load, ...]
    too_near: NDArray[np.bool_]
    """Pairs (s, s) so close to each other that only one of the two may be used."""
    hears: NDArray[np.bool_]
    """Pairs (s, s) whose radios on one channel share its airtime, in every design."""
    band: tuple[int, ...]
    units: tuple[int, ...]
    spectrum: tuple[int, ...]
    coverage_share: float
    max_busy_share: float
    max_clients: float
    most_room: float = 1.0
    """Of a radio's room; less where sets of spots are to be more generous than the bound must be."""
    cover_times: int = 1
    must: tuple[int, ...] = ()
    """Spots that are in every answer."""
    movable: tuple[int, ...] = ()
    """Spots whose access point, when left, saves `reuse_yen` on another one."""
    reuse_yen: float = 0.0
    kept: tuple[int, ...] = ()
    """Spots whose access point hangs there already."""
    step_yen: float = 0.0
    step_ports: int = 0
    """What every further so many new access points cost together (their switch); 0: nothing."""
    left_out_share: float = 0.0
    """Share of the people that need not be served."""
    max_cost_yen: float = UNBOUNDED
    max_access_points: int | None = None
    least_access_points: int = 0
    """Least number in every set that works: spares the search by cost what that by count has found out."""
    tried: tuple[tuple[int, ...], ...] = ()
    """Sets of spots that do not work, sorted."""

    @property
    def one_hall(self) -> bool:
        """Whether all people are in one zone."""
        return all((load.zone == load.zone[0]).all() for load in self.loads)

    @property
    def in_queues(self) -> bool:
        """Whether a radio has no time for all of its clients before it has no place for them."""
        return any(load.room_share is not None for load in self.loads)

    def without_airtime(self) -> Matrix:
        """A relaxation: coverage and the number of clients alone, everybody served as one group without airtime.

        A radio's room is left to the number of access points: of a mixed group it would be held to the mean of kinds that radios
        of several bands could part.
        """
        loads = tuple(
            replace(
                load,
                airtime_share=np.zeros_like(load.airtime_share),
                group=np.zeros(len(load.people), dtype=np.intp),
                room_share=None,
            )
            for load in self.loads
        )
        return replace(self, loads=loads, tried=())

    def subset(self, spots: Sequence[int]) -> Matrix:
        """These spots alone, under the same limits; what was found out of all of them is forgotten."""
        at = list(spots)
        row = {spot: index for index, spot in enumerate(at)}
        return replace(
            self,
            cost_yen=self.cost_yen[at],
            loads=tuple(
                replace(
                    load,
                    covers=load.covers[at],
                    airtime_share=load.airtime_share[:, at],
                    signal_dbm=load.signal_dbm[at],
                )
                for load in self.loads
            ),
            too_near=self.too_near[np.ix_(at, at)],
            hears=self.hears[np.ix_(at, at)],
            must=tuple(row[spot] for spot in self.must if spot in row),
            movable=tuple(row[spot] for spot in self.movable if spot in row),
            kept=tuple(row[spot] for spot in self.kept if spot in row),
            least_access_points=0,
            tried=(),
        )

    def steps_yen(self, new: int) -> float:
        """The price of the switches that so many new access points need."""
        return self.step_yen * -(-new // self.step_ports) if self.step_ports else 0.0

    def cost_of(self, chosen: Sequence[int]) -> float:
        """The price of a set with its switches, reused access points taken off."""
        left = len(set(self.movable) - set(chosen))
        new = len(set(chosen) - {*self.movable, *self.must, *self.kept})
        return float(self.cost_yen[list(chosen)].sum()) + self.steps_yen(new) - self.reuse_yen * min(left, new)


def cliques(adjacent: NDArray[np.bool_], *, every_pair: bool) -> tuple[NDArray[np.intp], ...]:
    """The sets of mutually adjacent nodes, each as large as it gets, that together hold every node, or every pair.

    Greedy, in node order: the same sets on every machine.
    """
    both = adjacent & adjacent.T
    np.fill_diagonal(both, val=False)
    left = np.triu(both) if every_pair else np.eye(len(both), dtype=bool)
    groups: list[NDArray[np.intp]] = []
    while left.any():
        group = sorted({int(end) for end in np.argwhere(left)[0]})
        common = both[group].all(axis=0)
        while common.any():
            # Whom most is left to do with first, then by order.
            todo = (left[group] | left[:, group].T).sum(axis=0) + left.diagonal()
            nodes = np.flatnonzero(common)
            node = int(nodes[np.argmax(todo[nodes])])
            group.append(node)
            common &= both[node]
        group.sort()
        left[np.ix_(group, group)] = False
        groups.append(np.array(group))
    return tuple(groups)
