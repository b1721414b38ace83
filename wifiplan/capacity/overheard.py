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
    """What clients hear and are heard of, of each radio r and each other one q, (draw, r, q); 0 where they share no spectrum."""

    by_clients: Floats
    """Share of r's active clients that wait for access point q."""
    of_clients: Floats
    """Share of q's active clients that access point r waits for."""
    hidden_mw: Floats
    """Mean power at access point r of those of q's active clients that it does not wait for."""
    loud_mw: Floats
    """And of those that it waits for."""


def overheard_of(scene: RadioScene, devices: Devices, *, sums: RadioSums, rssi: Floats, power_up: Floats) -> Overheard:
    """What radios hear of each other's clients.

    `rssi` is (radio, draw, device) in dBm, `power_up` (draw, device) what the devices send with, in dBm.
    """
    radios, draws = sums.radios, sums.draws
    by_clients, of_clients, hidden, heard = (np.zeros((draws, radios, radios)) for _ in range(4))
    signal, active = rssi.reshape(radios, -1), np.broadcast_to(devices.active, rssi.shape[1:]).ravel()
    sent, count = np.broadcast_to(power_up, rssi.shape[1:]).ravel(), sums.of(devices.active)
    near, common = np.isfinite(scene.spill_db), np.isfinite(scene.threshold_dbm)
    for one, mine in enumerate(sums.members):
        clients, weight = mine[active[mine] > 0], active[mine][active[mine] > 0]
        whole = count[:, [one]]
        # Its clients at each radio r near it, and each radio q near it at its clients.
        r, q = np.flatnonzero(near[:, one]), np.flatnonzero(common[one])
        at_r = signal[r[:, None], clients] - scene.power_dbm[r][:, None] + sent[clients] + scene.spill_db[r, one][:, None]
        loud = at_r >= scene.threshold_dbm[r, one][:, None]
        hidden[:, r, one] = ratio(sums.by_draw(clients, weight * np.where(loud, 0.0, 10 ** (at_r / 10))), whole, 0.0)
        waits = sums.by_draw(clients, weight * loud)
        heard[:, r, one] = ratio(sums.by_draw(clients, weight * np.where(loud, 10 ** (at_r / 10), 0.0)), waits, 0.0)
        of_clients[:, r, one] = ratio(waits, whole, scene.hears[r, one])
        at_clients = signal[q[:, None], clients] + scene.spill_db[one, q][:, None]
        waiting = weight * (at_clients >= scene.threshold_dbm[one, q][:, None])
        by_clients[:, one, q] = ratio(sums.by_draw(clients, waiting), whole, scene.hears[one, q])
    return Overheard(by_clients, np.where(common, of_clients, 0.0), hidden, heard)


def waits_of(scene: RadioScene, heard: Overheard, down_part: Floats) -> Floats:
    """How much of q's airtime r must wait for, (draw, r, q): 1 for itself, 0 when nothing of r hears anything of q.

    Each of q's transmissions (its access point's, its clients') against each of r's, weighted by their airtime. What r's clients
    hear of q's clients is not traced; it is taken as what r's access point hears of them.
    """
    down_r, down_q = down_part[:, :, None], down_part[:, None, :]
    of_ap = down_r * scene.hears + (1 - down_r) * heard.by_clients
    waits = np.where(np.isfinite(scene.threshold_dbm), down_q * of_ap + (1 - down_q) * heard.of_clients, 0.0)
    each = np.arange(down_part.shape[1])
    waits[:, each, each] = 1.0
    return waits


def interference_mw(
    scene: RadioScene,
    serving: NDArray[np.intp],
    rssi: Floats,
    *,
    sums: RadioSums,
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
    rows = np.arange(draws)[:, None]
    near = np.isfinite(scene.spill_db)
    if adjacent_only:
        near = near & ~np.isfinite(scene.threshold_dbm)
    sent, received = activity * down_part, activity * (1 - down_part)
    from_ap = np.where(near, scene.talks_over * 10 ** (scene.ap_power_dbm / 10), 0.0)
    at_ap = np.zeros((draws, radios + 1))
    at_ap[:, :-1] = sent @ from_ap.T + np.einsum("drq,dq->dr", np.where(near, heard.hidden_mw, 0.0), received)
    signal, at_device = rssi.reshape(radios, -1), down.reshape(-1)
    spill = np.where(near, 10 ** (scene.spill_db / 10), 0.0) * scene.talks_over
    for r, mine in enumerate(sums.members):
        q = np.flatnonzero(spill[r])
        if len(q) and len(mine):
            into = spill[r, q][:, None] * activity[:, q].T[:, sums.draw_of(mine)]
            at_device[mine] = (into * 10 ** (signal[q[:, None], mine] / 10)).sum(axis=0)
    up = at_ap[rows, serving]
    return down, up
