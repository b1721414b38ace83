"""Which radio serves which device."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.capacity.devices import Devices
    from wifiplan.capacity.scene import RadioScene

    Floats = NDArray[np.float64]


MIN_ASSOCIATION_DBM = -82.0
"""Signal below which no device stays with a radio. Assumed: the level at which a receiver must read the lowest rate in 20 MHz
(IEEE 802.11-2020, 17.3.10.2)."""


def rssi_at(scene: RadioScene, devices: Devices, place: NDArray[np.intp]) -> Floats:
    """Signal of every radio at every device, (radio, draw, device) in dBm, when they stand at `place` (draw, device)."""
    shadow = devices.shadow_db[scene.ap] if len(devices.shadow_db) > 1 or devices.shadow_db.size > 1 else devices.shadow_db
    return np.asarray(scene.power_dbm[:, None, None] + scene.gain_db[:, place] + shadow)


def associate(scene: RadioScene, devices: Devices, rssi_dbm: Floats) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The radio that serves each device, -1 for none, and whether it found radios in reach but all full; (draw, device) both.

    Every device asks the radio that it likes best; a full radio keeps those it hears best, and the others ask the next, where
    there is steering (`Behaviour.steering`).
    """
    reach = (rssi_dbm >= MIN_ASSOCIATION_DBM) & scene.usable[:, devices.kind]
    liked = rssi_dbm
    if devices.sticky.any():
        liked = np.where(devices.sticky, rssi_at(scene, devices, devices.came_from), rssi_dbm)
    score = np.where(reach, liked + scene.preference_db[:, None, None], -np.inf)
    radios, draws, _ = score.shape
    serving, best = score.argmax(axis=0), score.max(axis=0)
    serving = np.where(np.isfinite(best), serving, -1)
    if not scene.behaviour.client_limits:
        return serving, np.zeros(serving.shape, dtype=bool)
    limits = np.broadcast_to(scene.limit, (draws, radios)).ravel()
    draw = np.broadcast_to(np.arange(draws)[:, None], serving.shape)
    refused = np.zeros(serving.shape, dtype=bool)
    for _ in range(radios * 4):
        cell = np.where(serving >= 0, draw * radios + serving, draws * radios).ravel()
        taken = np.bincount(cell, weights=devices.weight.ravel(), minlength=draws * radios + 1)[:-1].reshape(draws, radios)
        over = taken > scene.limit + 1e-6
        if not over.any():
            break
        # Only devices at an overfull radio are sorted.
        flat = np.flatnonzero((serving >= 0) & over[draw, np.maximum(serving, 0)])
        order = flat[np.lexsort((-best.ravel()[flat], cell[flat]))]
        filled = np.cumsum(devices.weight.ravel()[order])
        first = np.flatnonzero(np.diff(cell[order], prepend=-1))
        base = np.repeat(filled[first] - devices.weight.ravel()[order][first], np.diff(np.append(first, len(order))))
        limit = limits[cell[order]]
        out = order[filled - base > limit + 1e-6]
        if not len(out):
            break
        d, n = np.unravel_index(out, serving.shape)
        score[serving[d, n] if scene.behaviour.steering else slice(None), d, n] = -np.inf
        refused[d, n] = True
        again = score[:, d, n]
        best[d, n] = again.max(axis=0)
        serving[d, n] = np.where(np.isfinite(best[d, n]), again.argmax(axis=0), -1)
    return serving, refused & (serving < 0)
