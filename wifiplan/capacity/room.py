"""How many clients one radio has room for at the very best: alone on its channel, everybody at the best signal there is.

No design does better, so that placement's programme can hold every radio to it: the rule that 95 of 100 packets come within
100 ms, as a linear cut. Clients of several kinds share a radio; the cut's weights are those of a radio with one kind alone, and
its right side is what the best mixture comes to, so that mixtures are never held to less than they do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime.offered import steady_state
from wifiplan.capacity.cell_groups import LinkQuality
from wifiplan.capacity.devices import mean_devices
from wifiplan.capacity.occupancy import occupants_of
from wifiplan.capacity.rates import SINR_DB, sinr_step
from wifiplan.capacity.scene import Behaviour, scene_of
from wifiplan.capacity.service import QUICK_ROUNDS
from wifiplan.capacity.state import state_of
from wifiplan.capacity.wanted import wanted_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.model import Design

    Floats = NDArray[np.float64]

_HALVINGS = 12
"""Of the count that fits: to a four thousandth of all clients."""
_MIXES = 10
"""Random mixtures of kinds besides each alone and all as they come (assumed)."""
_SPARE = 1.01
"""What mixtures between those tried may do better, and the few clients whom the check lets wait longer (assumed)."""


def room_of(design: Design, sinr_db: tuple[float, float], enough: float) -> Floats:
    """What each client takes of a radio's room, (kind,), 0 for kinds that cannot use it; a radio's clients sum to at most 1.

    Parameters
    ----------
    design : Design
        One access point with one radio, at its demands. Everybody on the network makes probes and broadcasts.
    sinr_db : float
        The best down and up that anybody has.
    enough : float
        Clients that a radio never has more of: where so many always fit, all is 0.

    Notes
    -----
    Held to nothing (all 0) are crowds of which some are served before others, or whose zones ask for different things: they share
    a radio in ways that this does not see.
    """
    asks = {(one.guaranteed, one.active_share, one.down_mbps, one.up_mbps) for one in design.demands if one.people > 0}
    wanted = wanted_of(design, None, None, None)
    occupants = occupants_of(design.floor_plan, wanted, 1, 0.0)
    scene = scene_of(design, occupants, Behaviour(), lambda _plan, aps, points, **_: np.zeros((len(aps), len(points))), 0.0)
    devices = mean_devices(occupants)
    kinds = len(occupants.kinds)
    count = devices.weight.shape[1]
    own = np.bincount(devices.kind[0], weights=devices.weight[0], minlength=kinds)
    usable = scene.usable[0] & (own > 0)

    def fits(part: Floats) -> NDArray[np.bool_]:
        """Whether a radio keeps the rule with these parts (n, kind) of each kind's clients; the others are there, too."""
        share = part[:, devices.kind[0]]
        mine, others = np.minimum(share, 1.0), np.maximum(1 - share, 0.0)
        twice = (len(part), 2)

        def both(values: Floats, *, loaded: bool = True) -> Floats:
            return np.concatenate((values * mine, np.zeros_like(others) if loaded else values * others), axis=1)

        tiled = replace(
            devices,
            place=np.tile(devices.place, twice),
            kind=np.tile(devices.kind, twice),
            owner=np.tile(devices.owner, twice),
            weight=both(devices.weight, loaded=False),
            active=both(devices.active),
            down_mbps=both(devices.down_mbps),
            up_mbps=both(devices.up_mbps),
            calls_down=both(devices.calls_down),
            calls_up=both(devices.calls_up),
            down_uneven=np.tile(devices.down_uneven, twice),
            up_uneven=np.tile(devices.up_uneven, twice),
            came_from=np.tile(devices.came_from, twice),
            sticky=np.tile(devices.sticky, twice),
        )
        serving = np.zeros((len(part), 2 * count), dtype=np.intp)
        serving[:, count:] = -1
        base = tiled.kind * len(SINR_DB)
        quality = LinkQuality(base + sinr_step(sinr_db[0]), base + sinr_step(sinr_db[1]), serving >= 0)
        state = state_of(scene, tiled, direction=None, given=(serving, quality))
        (group,) = state.offered
        return steady_state(group.cells, group.down_mbps, group.up_mbps, rounds=QUICK_ROUNDS).fits

    def most(mix: Floats) -> tuple[Floats, bool]:
        """How many clients of each mixture (n, kind) of shares fit, (n,), and whether that says anything."""
        of_each = mix / np.where(own > 0, own, np.inf)
        ceiling = np.minimum(1 / of_each.max(axis=1), enough)  # clients at which one kind is used up
        if fits(ceiling[:, None] * of_each).all():
            return ceiling, False
        low, high = np.zeros(len(mix)), ceiling.copy()
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            good = fits(middle[:, None] * of_each)
            low, high = np.where(good, middle, low), np.where(good, high, middle)
        return high, True

    found = np.zeros(kinds)
    if len(asks) != 1 or next(iter(asks))[0] or not usable.any():
        return found
    rng = np.random.default_rng(0)  # The same mixtures always: part of the rule, not of chance.
    alone = np.eye(kinds)[usable]
    mixes = np.vstack((own * usable, rng.dirichlet(np.ones(kinds), _MIXES) * usable))
    mixes = mixes / np.maximum(mixes.sum(axis=1, keepdims=True), 1e-12)
    fitting, binds = most(np.vstack((alone, mixes)))
    if not binds:
        return found
    found[usable] = 1.0 / fitting[: len(alone)]
    best = float((fitting[len(alone) :] * (mixes @ found)).max())
    return found / (max(1.0, best) * _SPARE)
