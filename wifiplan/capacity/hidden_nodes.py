"""Hidden nodes: how often the PPDUs of each radio and of its clients are hit by stations that their senders do not hear.

A PPDU is lost where another station sends at any time while it is on the air, is not heard by its sender, and leaves it less SINR
at its receiver than its MCS needs. Clients are not traced to each other: towards stations of another radio, a client of that
radio is taken to stand at it. So its access point may hear some that it does not, and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime.hidden import MOST_HIT_SHARE, attempts, hit_share
from wifiplan.airtime.offered import steady_state
from wifiplan.capacity.tallies import ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wifiplan.capacity.cell_groups import CellGroup, LinkQuality
    from wifiplan.capacity.devices import Devices
    from wifiplan.capacity.overheard import Overheard
    from wifiplan.capacity.scene import RadioScene
    from wifiplan.capacity.tallies import RadioSums

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hits:
    """Chance that a PPDU of each device is hit, to it and from it, (draw, device)."""

    down: Floats
    up: Floats
    up_air_us: Floats
    """A PPDU of a client of each radio, (draw, radio)."""


TURNS = 4
"""Turns from collisions to the load they make and back; later ones change figures by a few per cent (assumed to be enough)."""

QUICK_ROUNDS = 36
"""Steps of `steady_state` in all turns: only batches and rates are wanted of it. Assumed."""


@dataclass(frozen=True, slots=True)
class _Struck:
    """Which of a radio's devices (n,) would be hit by stations of each radio `q` (k,) that they do not hear: (k, n) each.

    `which` are the devices' numbers (`RadioSums`), `draw` the draw of each.
    """

    which: NDArray[np.intp]
    draw: NDArray[np.intp]
    q: NDArray[np.intp]
    down_by_ap: Floats
    down_by_clients: Floats
    up_by_ap: Floats
    up_by_clients: Floats


@dataclass(frozen=True, slots=True)
class _Sending:
    """What stations of each radio have on the air, (draw, radio): PPDUs a us and the time of one, down and up."""

    down_rate: Floats
    down_us: Floats
    up_rate: Floats
    up_us: Floats
    free_share: Floats
    """Time without any frame on the air that the radio hears."""


def with_hits(
    scene: RadioScene,
    devices: Devices,
    groups: list[CellGroup],
    *,
    quality: LinkQuality,
    sums: RadioSums,
    rssi: Floats,
    heard: Overheard,
    waits: Floats,
) -> tuple[list[CellGroup], Hits | None]:
    """The same cells with the chance that their PPDUs are hit, and that of each device; unchanged where nobody is hidden."""
    struck = _struck(scene, devices, quality=quality, sums=sums, rssi=rssi, heard=heard)
    if not struck:
        return groups, None
    down_hit, up_hit = np.zeros(waits.shape[:2]), np.zeros(waits.shape[:2])
    for turn in range(TURNS):
        sending = _sending(groups, down_hit, up_hit)
        hits = _hits(struck, sending, shape=devices.weight.shape)
        keep = 0.0 if turn == 0 else 0.5
        down_hit, up_hit = (
            keep * old + (1 - keep) * _mean_hit(each, np.where(quality.ok, load, 0.0), sums)
            for old, each, load in ((down_hit, hits.down, devices.down_mbps), (up_hit, hits.up, devices.up_mbps))
        )
        groups = [_hit_cells(group, waits, down_hit, up_hit) for group in groups]
    return groups, hits


def _mean_hit(each: Floats, load: Floats, sums: RadioSums) -> Floats:
    """The mean over the devices of each radio, (draw, radio), by their load."""
    return ratio(sums.of(load * each), sums.of(load), 0.0)


def _struck(
    scene: RadioScene, devices: Devices, *, quality: LinkQuality, sums: RadioSums, rssi: Floats, heard: Overheard
) -> dict[int, _Struck]:
    """By radio r, which of its devices are hit by whom on its channel; without radios of which nothing is hidden from r's."""
    need_db, ok = scene.rates.need_db.ravel(), quality.ok.ravel()
    power_up = np.broadcast_to(devices.kind_power_dbm[devices.kind], rssi.shape[1:]).ravel()
    signal = rssi.reshape(sums.radios, -1)
    found: dict[int, _Struck] = {}
    for r, members in enumerate(sums.members):
        mine, q = members[ok[members]], np.flatnonzero(np.isfinite(scene.threshold_dbm[r]))
        if not (len(mine) and len(q)):
            continue
        draw = sums.draw_of(mine)
        need_down, need_up = need_db[quality.down.ravel()[mine]], need_db[quality.up.ravel()[mine]]
        from_q = signal[q[:, None], mine] + scene.spill_db[r, q][:, None]
        at_ap = signal[r, mine] - scene.power_dbm[r] + power_up[mine]
        of_clients = heard.of_clients[:, r, q].T
        unheard = np.where(of_clients > 1 - 1e-9, 0.0, 1 - of_clients)[:, draw]
        hidden_db, loud_db = (
            (10 * np.log10(np.maximum(mw[:, r, q], 1e-30))).T[:, draw] for mw in (heard.hidden_mw, heard.loud_mw)
        )
        client_db = from_q - scene.power_dbm[q][:, None] + devices.kind_power_dbm.mean()
        talks_over, threshold = scene.talks_over[r, q][:, None] > 0, scene.threshold_dbm[r, q][:, None]
        by = (
            talks_over & (signal[r, mine] - from_q < need_down),
            unheard * (signal[r, mine] - client_db < need_down),
            (from_q < threshold) & (at_ap - scene.ap_power_dbm[r, q][:, None] < need_up),
            unheard * (at_ap - hidden_db < need_up)
            + of_clients[:, draw] * ((client_db < threshold) & (at_ap - loud_db < need_up)),
        )
        some = np.logical_or.reduce([part.any(axis=1) for part in by])
        if some.any():
            found[r] = _Struck(mine, draw, q[some], *(part[some].astype(np.float64) for part in by))
    return found


def _sending(groups: Sequence[CellGroup], down_hit: Floats, up_hit: Floats) -> _Sending:
    """From the cells at rest. A radio sends its own packets in PPDUs as large as those of its cell."""
    shape = down_hit.shape
    down_rate, down_us, up_rate, up_us, free_share = (np.zeros(shape) for _ in range(5))
    for group in groups:
        rows = (shape[0], len(group.which))
        steady = steady_state(group.cells, group.down_mbps, group.up_mbps, rounds=QUICK_ROUNDS)
        down_rate[:, group.which] = group.own_down_packets / np.maximum(steady.down_batch.reshape(rows), 1.0)
        up_rate[:, group.which] = group.own_up_packets / np.maximum(steady.up_batch.reshape(rows), 1.0)
        down_us[:, group.which] = steady.down_air_us.reshape(rows)
        up_us[:, group.which] = steady.up_air_us.reshape(rows)
        free_share[:, group.which] = 1 - np.minimum(steady.busy_share.reshape(rows), 1.0)
    return _Sending(
        down_rate * attempts(down_hit, down_us),
        down_us,
        up_rate * attempts(up_hit, up_us),
        up_us,
        free_share,
    )


def _hits(struck: dict[int, _Struck], sending: _Sending, *, shape: tuple[int, int]) -> Hits:
    """The chance of each device, from all that is hidden from it or from its access point."""
    spared = {"down": np.zeros(shape), "up": np.zeros(shape)}
    for r, of in struck.items():
        free_share = sending.free_share[:, [r]]
        for name, air_us, by_ap, by_clients in (
            ("down", sending.down_us[:, [r]], of.down_by_ap, of.down_by_clients),
            ("up", sending.up_us[:, [r]], of.up_by_ap, of.up_by_clients),
        ):
            for rate, each_us, by in (
                (sending.down_rate[:, of.q], sending.down_us[:, of.q], by_ap),
                (sending.up_rate[:, of.q], sending.up_us[:, of.q], by_clients),
            ):
                chance = np.minimum(hit_share(air_us, rate, rate * each_us, free_share), MOST_HIT_SHARE)
                spared[name].reshape(-1)[of.which] += (by * np.log1p(-chance).T[:, of.draw]).sum(axis=0)
    return Hits(-np.expm1(spared["down"]), -np.expm1(spared["up"]), sending.up_us)


def _hit_cells(group: CellGroup, waits: Floats, down_hit: Floats, up_hit: Floats) -> CellGroup:
    """A cell is hit as its stations are, by the packets of each as far as the radio waits for them."""
    as_heard = waits[:, group.which]
    hits = []
    for packets, hit in ((group.down_packets, down_hit), (group.up_packets, up_hit)):
        all_packets = np.einsum("drq,dq->dr", as_heard, packets)
        hits.append(ratio(np.einsum("drq,dq->dr", as_heard, packets * hit), all_packets, 0.0).ravel())
    return replace(group, cells=replace(group.cells, down_hit_share=hits[0], up_hit_share=hits[1]))
