"""Devices as arrays: the mean of a crowd, or whole ones drawn at random."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np

from wifiplan.capacity.rates import CALL_BYTES, FULL_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wifiplan.capacity.occupancy import Occupants

    Floats = NDArray[np.float64]

Figures = TypeVar("Figures")


@dataclass(frozen=True, slots=True)
class Devices:
    """Devices, arrays of (draw, device) unless said otherwise.

    `weight` counts those on the network, `active` those that also ask for something now.

    `place`, `kind` and `owner` index places, kinds and demands; `came_from` is the place that a sticky device came from.
    `down_mbps` and `up_mbps` are of the active part; `calls_down` and `calls_up` are a call's packets a second, besides.
    `down_uneven` and `up_uneven` are the mean square of the packets that active devices here ask for, over the square of their
    mean: 1 where each is at one application, more where an entry stands for the mean of several.
    `shadow_db` is (access point, draw, device) or a single 0; `kind_power_dbm` is (kind,).
    """

    place: NDArray[np.intp]
    kind: NDArray[np.intp]
    owner: NDArray[np.intp]
    weight: Floats
    active: Floats
    down_mbps: Floats
    up_mbps: Floats
    calls_down: Floats
    calls_up: Floats
    down_uneven: Floats
    up_uneven: Floats
    shadow_db: Floats
    came_from: NDArray[np.intp]
    sticky: NDArray[np.bool_]
    kind_power_dbm: Floats

    def scaled(self, by: float | Floats) -> Devices:
        """The same occupants, larger; by one figure, or by one for each draw (draw, 1)."""
        return replace(
            self,
            weight=self.weight * by,
            active=self.active * by,
            down_mbps=self.down_mbps * by,
            up_mbps=self.up_mbps * by,
            calls_down=self.calls_down * by,
            calls_up=self.calls_up * by,
        )

    def each_scaled(self, by: Floats) -> Devices:
        """The first draw once for each factor (k,), so much larger."""
        return self.draws(np.zeros(len(by), dtype=np.intp)).scaled(by[:, None])

    def draws(self, which: NDArray[np.intp]) -> Devices:
        """These draws alone."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        some = {name: part[which] for name, part in parts.items() if name not in {"shadow_db", "kind_power_dbm"}}
        shadow = self.shadow_db if self.shadow_db.shape[1] == 1 else self.shadow_db[:, which]
        return replace(self, **some, shadow_db=shadow)


class Use(NamedTuple, Generic[Figures]):
    """What an active device asks for: Mbit/s down and up, and packets a second of a call down and up."""

    down_mbps: Figures
    up_mbps: Figures
    calls_down: Figures
    calls_up: Figures


@dataclass(frozen=True, slots=True)
class _Alike:
    """Devices of one kind and demand, one at each of `place` (n,), all with these figures."""

    place: NDArray[np.intp]
    kind: int
    owner: int
    weight: float
    active: float
    use: Use[float]
    uneven: tuple[float, float]


def mean_devices(occupants: Occupants) -> Devices:
    """One draw in which every kind of device stands at every place, each with its share; none is sticky."""
    groups = []
    for index, one in enumerate(occupants.demands):
        start, end = occupants.starts[index], occupants.starts[index + 1]
        shares = occupants.kind_share[index]
        parts, uses = _parts(occupants, index), _uses(occupants, index)
        mean = Use(*(float(parts @ figure) for figure in uses))
        uneven = _uneven(parts, uses.down_mbps, uses.calls_down), _uneven(parts, uses.up_mbps, uses.calls_up)
        for k in np.flatnonzero(shares).tolist():
            weight = one.people * one.devices_per_person * one.associated_share * shares[k] / (end - start)
            groups.append(_Alike(np.arange(start, end), k, index, weight, weight * one.active_share, mean, uneven))

    def each(values: Sequence[float]) -> Floats:
        return np.concatenate([np.full(len(group.place), value) for group, value in zip(groups, values, strict=True)])[None, :]

    place = np.concatenate([group.place for group in groups])[None, :]
    active = each([group.active for group in groups])
    return Devices(
        place=place,
        kind=each([group.kind for group in groups]).astype(np.intp),
        owner=each([group.owner for group in groups]).astype(np.intp),
        weight=each([group.weight for group in groups]),
        active=active,
        down_mbps=active * each([group.use.down_mbps for group in groups]),
        up_mbps=active * each([group.use.up_mbps for group in groups]),
        calls_down=active * each([group.use.calls_down for group in groups]),
        calls_up=active * each([group.use.calls_up for group in groups]),
        down_uneven=each([group.uneven[0] for group in groups]),
        up_uneven=each([group.uneven[1] for group in groups]),
        shadow_db=np.zeros((1, 1, 1)),
        came_from=place,
        sticky=np.zeros(place.shape, dtype=bool),
        kind_power_dbm=np.array([one.tx_power_dbm.value for one in occupants.kinds]),
    )


def drawn_devices(occupants: Occupants, *, sticky_share: float, aps: int, draws: range, seed: int, fading_db: float) -> Devices:
    """Whole devices at random places, of random kinds, active or not, each at one application, behind its own fading.

    Every draw has its own generator: a draw is the same whatever else is drawn, and designs are compared on equal crowds.
    """
    counts = [round(one.people * one.devices_per_person) for one in occupants.demands]
    shape = (len(draws), sum(counts))
    place, kind, came_from = (np.zeros(shape, dtype=np.intp) for _ in range(3))
    weight, active = np.zeros(shape), np.zeros(shape)
    use = Use(*(np.zeros(shape) for _ in Use._fields))
    sticky = np.zeros(shape, dtype=bool)
    shadow = np.zeros((aps, *shape))
    owner = np.repeat(np.arange(len(counts)), counts)
    shares = np.cumsum(occupants.kind_share, axis=1)
    parts = [np.cumsum(_parts(occupants, index)) for index in range(len(counts))]
    tables = [_uses(occupants, index) for index in range(len(counts))]
    for row, draw in enumerate(draws):
        rng = np.random.default_rng([seed, draw])
        first = 0
        for index, (one, count) in enumerate(zip(occupants.demands, counts, strict=True)):
            mine = slice(first, first + count)
            first += count
            start, end = occupants.starts[index], occupants.starts[index + 1]
            uniform = rng.random((4, count))
            place[row, mine] = rng.integers(start, end, count)
            came_from[row, mine] = rng.integers(start, end, count)
            kind[row, mine] = np.minimum(np.searchsorted(shares[index], uniform[0], "right"), len(occupants.kinds) - 1)
            weight[row, mine] = uniform[1] < one.associated_share
            active[row, mine] = weight[row, mine] * (uniform[2] < one.active_share)
            which = np.minimum(np.searchsorted(parts[index], uniform[3], "right"), len(parts[index]) - 1)
            for figure, at_each in zip(use, tables[index], strict=True):
                figure[row, mine] = at_each[which]
            sticky[row, mine] = rng.random(count) < sticky_share
        for ap in range(aps):
            shadow[ap, row] = fading_db * np.random.default_rng([seed, draw, ap]).standard_normal(shape[1])
    return Devices(
        place=place,
        kind=kind,
        owner=np.broadcast_to(owner, shape),
        weight=weight,
        active=active,
        down_mbps=active * use.down_mbps,
        up_mbps=active * use.up_mbps,
        calls_down=active * use.calls_down,
        calls_up=active * use.calls_up,
        down_uneven=np.ones(shape),
        up_uneven=np.ones(shape),
        shadow_db=shadow,
        came_from=came_from,
        sticky=sticky,
        kind_power_dbm=np.array([one.tx_power_dbm.value for one in occupants.kinds]),
    )


def _uneven(parts: Floats, mbps: Floats, calls: Floats) -> float:
    """Mean square over square of the mean of what devices at these applications ask for, in packets, calls included."""
    packets = full_mbps(mbps, calls)
    mean = float(parts @ packets)
    return float(parts @ packets**2) / mean**2 if mean > 0 else 1.0


def full_mbps(mbps: Floats, calls: Floats) -> Floats:
    """What is asked for, in Mbit/s, if each packet of a call were a full one: calls a second send so many. Any shape."""
    return np.asarray(np.maximum(mbps - calls * 8e-6 * CALL_BYTES, 0.0) + calls * 8e-6 * FULL_BYTES)


def _parts(occupants: Occupants, index: int) -> Floats:
    """Share of a demand's active devices that is at each application; the last is at none."""
    scenario = occupants.scenarios[index]
    if scenario is None or not (scenario.down_mbps and scenario.up_mbps):
        return np.array([1.0, 0.0])
    shares = [app.share.value for app in scenario.applications]
    return np.array([*shares, max(0.0, 1 - sum(shares))])


def _uses(occupants: Occupants, index: int) -> Use[Floats]:
    """What an active device of a demand asks for at each application, arrays of (application,); nothing at the last.

    Where no scenario says, all are at the mean. A demand may have been edited: applications keep their proportions.
    """
    one, scenario = occupants.demands[index], occupants.scenarios[index]
    if scenario is None or not (scenario.down_mbps and scenario.up_mbps):
        return Use(*(np.array([value, 0.0]) for value in (one.down_mbps, one.up_mbps, 0.0, 0.0)))
    found = []
    for rate, mean in (("down_mbps", one.down_mbps / scenario.down_mbps), ("up_mbps", one.up_mbps / scenario.up_mbps)):
        found.append(np.array([getattr(app, rate).value for app in scenario.applications] + [0.0]) * mean)
    size = np.array([app.packet_bytes.value if app.kind == "voice" else math.inf for app in scenario.applications] + [math.inf])
    return Use(*found, *(rate * 1e6 / (8 * size) for rate in found))
