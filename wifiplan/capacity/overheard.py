"""What radios and their clients hear of each other: who waits for whom, and who disturbs whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.capacity.tallies import ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.capacity.devices import Devices
    from wifiplan.capacity.scene import RadioScene
    from wifiplan.capacity.tallies import RadioSums

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Overheard:
    """What clients hear and are heard of, for each pair (r, q) of radios with common spectrum; arrays of (draw,)."""

    by_clients: dict[tuple[int, int], Floats]
    """Share of r's active clients that wait for access point q."""
    of_clients: dict[tuple[int, int], Floats]
    """Share of q's active clients that access point r waits for."""
    hidden_mw: dict[tuple[int, int], Floats]
    """Mean power at access point r of those of q's active clients that it does not wait for."""


def overheard_of(
    scene: RadioScene,
    devices: Devices,
    serving: NDArray[np.intp],
    *,
    sums: RadioSums,
    rssi: Floats,
    power_up: Floats,
) -> Overheard:
    """What radios hear of each other's clients.

    `rssi` is (radio, draw, device) in dBm, `power_up` (draw, device) what the devices send with, in dBm.
    """
    by_clients, of_clients, hidden = {}, {}, {}
    count = sums.of(devices.active)
    for r, q in np.argwhere(np.isfinite(scene.spill_db)):
        threshold, spill = scene.threshold_dbm[r, q], scene.spill_db[r, q]
        at_r = rssi[r] - scene.power_dbm[r] + power_up + spill
        of_q = np.where(serving == q, devices.active, 0.0)
        loud = at_r >= threshold
        hidden[r, q] = ratio((of_q * np.where(loud, 0.0, 10 ** (at_r / 10))).sum(axis=1), count[:, q], 0.0)
        if np.isfinite(threshold):
            of_clients[r, q] = ratio((of_q * loud).sum(axis=1), count[:, q], float(scene.hears[r, q]))
            of_r = np.where(serving == r, devices.active, 0.0)
            by_clients[r, q] = ratio((of_r * (rssi[q] + spill >= threshold)).sum(axis=1), count[:, r], float(scene.hears[r, q]))
    return Overheard(by_clients, of_clients, hidden)


def waits_of(scene: RadioScene, heard: Overheard, down_part: Floats) -> Floats:
    """How much of q's airtime r must wait for, (draw, r, q): 1 for itself, 0 when nothing of r hears anything of q.

    Each of q's transmissions (its access point's, its clients') against each of r's, weighted by their airtime. What r's clients
    hear of q's clients is not traced; it is taken as what r's access point hears of them.
    """
    draws, radios = down_part.shape
    waits = np.zeros((draws, radios, radios))
    waits[:, np.arange(radios), np.arange(radios)] = 1.0
    for (r, q), by_clients in heard.by_clients.items():
        down_r, down_q, of_clients = down_part[:, r], down_part[:, q], heard.of_clients[r, q]
        of_ap = down_r * scene.hears[r, q] + (1 - down_r) * by_clients
        waits[:, r, q] = down_q * of_ap + (1 - down_q) * of_clients
    return waits


def interference_mw(
    scene: RadioScene,
    serving: NDArray[np.intp],
    rssi: Floats,
    *,
    heard: Overheard,
    activity: Floats | None,
    down_part: Floats,
    adjacent_only: bool,
) -> tuple[Floats, Floats]:
    """Mean power (draw, device) that disturbs the downlink at the device, and the uplink at its access point.

    From radios with common or adjacent spectrum that may send at the same time (`hearing.talks_over`), as often as they send;
    with `adjacent_only`, those with common spectrum are left to `hidden_nodes`, where their frames collide.
    """
    down, up = np.zeros(serving.shape), np.zeros(serving.shape)
    if activity is None:
        return down, up
    draws, radios = activity.shape
    at_ap = np.zeros((draws, radios + 1))
    rows = np.arange(draws)[:, None]
    for (r, q), hidden_mw in heard.hidden_mw.items():
        if adjacent_only and np.isfinite(scene.threshold_dbm[r, q]):
            continue
        unheard = scene.talks_over[r, q]
        sends = activity[:, q]
        from_ap = unheard * sends * down_part[:, q] * 10 ** (scene.ap_power_dbm[r, q] / 10)
        at_ap[:, r] += from_ap + sends * (1 - down_part[:, q]) * hidden_mw
    spill = np.where(np.isfinite(scene.spill_db), 10 ** (scene.spill_db / 10), 0.0) * scene.talks_over
    if adjacent_only:
        spill = np.where(np.isfinite(scene.threshold_dbm), 0.0, spill)
    for q in np.flatnonzero(spill.any(axis=0)).tolist():
        into = np.append(spill[:, q], 0.0)[serving] * activity[:, q][:, None]
        down += into * 10 ** (rssi[q] / 10)
    up = at_ap[rows, serving]
    return down, up
