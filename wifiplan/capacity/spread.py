"""How far the answer spreads when whole devices stand at random places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.answer import UNSTEERED, Spread
from wifiplan.capacity.devices import drawn_devices
from wifiplan.capacity.service import CarriedLoad, carried_load, goodput_of, served_share
from wifiplan.capacity.state import NetworkState, state_of
from wifiplan.capacity.tallies import ratio
from wifiplan.radio.fading import FADING_DB

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wifiplan.capacity.cell_groups import Direction
    from wifiplan.capacity.scene import RadioScene

    Floats = NDArray[np.float64]


DRAWS = 200
"""Crowds that a design is put through where its requirement is judged (assumed)."""

_MOST_SHORT = 0.1
"""Of the crowds, where nine of ten are to get something."""
CHUNK_SIZE = 1_500_000
"""Radios x draws x devices that are held at a time: some 12 MB an array."""


def spread_of(
    scene: RadioScene,
    *,
    draws: int,
    seed: int,
    direction: Direction,
    progress: Callable[[float], None] | None,
    least_served: float = 0.0,
) -> tuple[dict[str, Spread], int]:
    """Percentiles over whole crowds drawn at random (of the facility, of each radio, of each zone), and how many were drawn.

    Fewer than `draws` are, where so many of them serve less than `least_served` people that nine of ten cannot reach it.
    """
    occupants = scene.occupants
    count = max(1, sum(round(one.people * one.devices_per_person) for one in occupants.demands))
    step = max(1, CHUNK_SIZE // (count * len(scene.radios)))
    fading_db = scene.design.requirement.fading_db
    if fading_db is None:  # how far a map is off at a place is the same for all devices there: no chance between them
        fading_db = FADING_DB
    aps = len(scene.design.access_points)
    columns: dict[str, list[Floats]] = {}
    short, drawn = 0, 0
    for first in range(0, draws, step):
        some = range(first, min(draws, first + step))
        devices = drawn_devices(
            occupants, sticky_share=scene.behaviour.sticky_share, aps=aps, draws=some, seed=seed, fading_db=fading_db
        )
        state = state_of(scene, devices, direction=direction)
        carried = carried_load(state, admission=scene.guarantees)
        figures = _figures(scene, state, carried, goodput_of(state, direction))
        figures[UNSTEERED] = _unsteered(scene, state, figures["served"])
        for name, values in figures.items():
            columns.setdefault(name, []).append(values)
        drawn = some.stop
        if progress is not None:
            progress(0.5 + 0.5 * drawn / draws)
        short += int((figures["served"] < least_served).sum())
        if short > _MOST_SHORT * (draws - 1) + 1:
            break
    found = {}
    for name, parts in columns.items():
        p10, p50, p90 = np.quantile(np.concatenate(parts), (_MOST_SHORT, 0.5, 0.9))
        found[name] = Spread(p10=round(float(p10), 4), p50=round(float(p50), 4), p90=round(float(p90), 4))
    return found, drawn


def _unsteered(scene: RadioScene, state: NetworkState, served: Floats) -> Floats:
    """People served in each draw, (draw,), if all join the strongest signal: as they are in draws where no radio is full."""
    full = np.flatnonzero((state.sums.of(state.devices.weight) > scene.limit - 1).any(axis=1))
    if not scene.behaviour.steering or not len(full):
        return served
    alone = replace(scene, behaviour=replace(scene.behaviour, steering=False))
    devices = state.devices if len(full) == len(served) else state.devices.draws(full)
    left = state_of(alone, devices, direction=None)
    found = served.copy()
    found[full] = np.sum(list(_zones(alone, left, carried_load(left, admission=scene.guarantees)).values()), axis=0)
    return found


def _zones(scene: RadioScene, state: NetworkState, carried: CarriedLoad) -> dict[str, Floats]:
    """People served in each zone and draw, arrays of (draw,)."""
    devices = state.devices
    share = served_share(scene, state, carried)
    zones: dict[str, Floats] = {}
    for index, one in enumerate(scene.occupants.demands):
        weight = np.where(devices.owner == index, devices.weight, 0.0)
        got = one.people * ratio((weight * share).sum(axis=1), weight.sum(axis=1), 1.0)
        zones[one.zone] = zones.get(one.zone, 0.0) + got
    return zones


def _figures(scene: RadioScene, state: NetworkState, carried: CarriedLoad, goodput: Floats) -> dict[str, Floats]:
    """The figures of each draw, arrays of (draw,)."""
    devices = state.devices
    offered = state.sums.of(np.where(state.quality.ok, devices.down_mbps + devices.up_mbps, 0.0))
    clients = state.sums.of(devices.weight)
    found: dict[str, Floats] = {}
    zones = _zones(scene, state, carried)
    found["served"] = np.sum(list(zones.values()), axis=0)
    found["offered_mbps"] = (devices.down_mbps + devices.up_mbps).sum(axis=1)
    found["carried_mbps"] = (offered * (1 - carried.loss)).sum(axis=1)
    found["goodput_mbps"] = goodput.sum(axis=1)
    found["busy_share"] = state.busy.max(axis=1)
    found["delay_p95_ms"] = carried.delay_p95_ms.max(axis=1)
    for r, (ap, radio) in enumerate(scene.radios):
        where = f"{ap.name} {radio.band} GHz"
        found[f"{where}: clients"] = clients[:, r]
        found[f"{where}: busy_share"] = state.busy[:, r]
        found[f"{where}: on_air_share"] = carried.on_air[:, r]
    return found | {f"{zone}: served": values for zone, values in zones.items()}
