"""The cell that each radio lives in, as `wifiplan.airtime` reckons it, for all radios of one band and width at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from wifiplan.airtime.cells import Cells, cells_of
from wifiplan.capacity.devices import full_mbps
from wifiplan.capacity.rates import FULL_BYTES
from wifiplan.capacity.scene import basic_rate_mbps
from wifiplan.capacity.tallies import ratio

Direction = Literal["down", "up", "both"]
"""Which queues are always full."""

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.capacity.devices import Devices
    from wifiplan.capacity.scene import RadioScene
    from wifiplan.capacity.tallies import RadioSums

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """What each device's link is worth, (draw, device): indices into `Rates`, and whether it works both ways."""

    down: NDArray[np.intp]
    up: NDArray[np.intp]
    ok: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CellGroup:
    """Cells of the radios `which` of one band and width: (draw * radio) of them, as each radio hears them, and their load."""

    which: NDArray[np.intp]
    cells: Cells
    down_mbps: Floats
    up_mbps: Floats
    own_share: Floats
    """The radio's own part of the cell's downlink, (draw, radio)."""
    down_packets: Floats
    up_packets: Floats
    """Packets a us of every radio of the scene, (draw, radio): of its own clients."""

    @property
    def own_down_packets(self) -> Floats:
        """Packets a us down of the radios `which`, (draw, which)."""
        return np.asarray(self.down_packets[:, self.which])

    @property
    def own_up_packets(self) -> Floats:
        """Packets a us up of the radios `which`, (draw, which)."""
        return np.asarray(self.up_packets[:, self.which])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """One direction of every radio's clients, summed, (draw, radio) each; divided by `weight` they are those of a mean PPDU.

    `weight` is of PPDUs when queues are full, of packets when load is offered; `aggregation` then holds MPDUs a PPDU, or PPDUs a
    packet. `head_us` is what a PPDU takes besides its MPDUs.
    """

    sends: NDArray[np.bool_]
    load_mbps: Floats
    alike: Floats
    """Sum of the squares of what each client asks for, in Mbit/s squared: tells many alike from a few heavy ones."""
    weight: Floats
    head_us: Floats
    mpdu_us: Floats
    aggregation: Floats
    ack_us: Floats
    ppdu_us: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _MeanPpdu:
    """One direction of each cell as its radio hears it, (cell, 1): the PPDU of the one mean client that stands for all."""

    mpdus: Floats
    mpdu_us: Floats
    ack_us: Floats
    ppdu_us: Floats


def cell_groups(
    scene: RadioScene,
    devices: Devices,
    quality: LinkQuality,
    *,
    sums: RadioSums,
    waits: Floats,
    taken: Floats,
    saturated: Direction | None = None,
) -> list[CellGroup]:
    """Every radio's cell: its own stations, and those of its neighbours as far as it waits for them.

    Groups of clients are merged: by packets into one mean client where load is offered, by access into one mean PPDU where queues
    are full (equal packets down, equal accesses up). Identical clients merge without error.

    Parameters
    ----------
    waits : (draw, r, q)
        How much of q's airtime r must wait for.
    taken : (draw, r)
        Share of time that is gone before any data.
    saturated : {"down", "up", "both"}, optional
        Queues that are always full; without it the load that is offered.
    """
    ways = _ways(scene, devices, quality, sums=sums, saturated=saturated)
    flows = sums.of(np.where(quality.ok, devices.active, 0.0))
    return [
        _cell_group(scene, group, ways, flows=flows, waits=waits, taken=taken, saturated=saturated)
        for group in range(len(scene.groups))
    ]


def _ways(
    scene: RadioScene, devices: Devices, quality: LinkQuality, *, sums: RadioSums, saturated: Direction | None
) -> tuple[_Way, _Way]:
    """Down and up of every radio's own clients."""
    ppdu_us, mpdus, mpdu_us, ack_us, call_mpdu_us = (
        table.ravel()
        for table in (
            scene.rates.ppdu_us,
            scene.rates.mpdus,
            scene.rates.mpdu_us,
            scene.rates.ack_us,
            scene.rates.call_mpdu_us,
        )
    )
    active = np.where(quality.ok, devices.active, 0.0)
    flows = sums.of(active)

    def way(name: Direction, index: NDArray[np.intp], mbps: Floats, calls: Floats, uneven: Floats) -> _Way:
        ppdu, many, mpdu, ack = ppdu_us[index], mpdus[index], mpdu_us[index], ack_us[index]
        head = ppdu - many * mpdu
        # Packets of calls are packets like all others, but short: counted as if each were a full one.
        of_calls = np.where(quality.ok, calls, 0.0) * 8e-6 * FULL_BYTES
        load = np.where(quality.ok, full_mbps(mbps, calls), 0.0)
        weight = load
        if not saturated:
            mpdu = mpdu + ratio(of_calls, load, 0.0) * (call_mpdu_us[index] - mpdu)
        if saturated:
            weight = active if name == "up" else active / many
        load_mbps = sums.of(load)
        return _Way(
            sends=(flows > 0) & (saturated in {name, "both"}) if saturated else (load_mbps > 0),
            load_mbps=load_mbps,
            alike=sums.of(np.where(active > 0, uneven * load**2 / np.maximum(active, 1e-12), 0.0)),
            weight=sums.of(weight),
            head_us=sums.of(weight * head),
            mpdu_us=sums.of(weight * mpdu),
            aggregation=sums.of(weight * many) if saturated else sums.of(weight / many),
            ack_us=sums.of(weight * ack),
            ppdu_us=sums.of(weight * ppdu),
        )

    return (
        way("down", quality.down, devices.down_mbps, devices.calls_down, devices.down_uneven),
        way("up", quality.up, devices.up_mbps, devices.calls_up, devices.up_uneven),
    )


def _heard(as_heard: Floats, values: Floats) -> Floats:
    """The sum over q of what r waits for of q (draw, r, q) times `values` (draw, q), for each cell."""
    return np.asarray(np.einsum("drq,dq->dr", as_heard, values).ravel())


def _mean_ppdu(way: _Way, as_heard: Floats, *, each_equal: bool, saturated: bool) -> _MeanPpdu:
    """The PPDU that stands for all of a direction. `each_equal`: every sender counts alike, whatever its clients."""
    scale = ratio(np.ones_like(way.weight), way.weight, 0.0) if each_equal else np.ones_like(way.weight)
    weight = _heard(as_heard, way.weight * scale)

    def mean(part: Floats) -> Floats:
        return ratio(_heard(as_heard, part * scale), weight, 1.0)

    aggregation, mpdu_us = mean(way.aggregation), mean(way.mpdu_us)
    mpdus = np.maximum(aggregation, 1.0) if saturated else 1.0 / np.maximum(aggregation, 1e-9)
    ppdu_us = mean(way.ppdu_us) if saturated else mean(way.head_us) + mpdus * mpdu_us
    return _MeanPpdu(mpdus=mpdus[:, None], mpdu_us=mpdu_us[:, None], ack_us=mean(way.ack_us)[:, None], ppdu_us=ppdu_us[:, None])


def _cell_group(
    scene: RadioScene,
    group: int,
    ways: tuple[_Way, _Way],
    *,
    flows: Floats,
    waits: Floats,
    taken: Floats,
    saturated: Direction | None,
) -> CellGroup:
    band, width_mhz = scene.groups[group]
    which = np.flatnonzero(scene.group == group)
    as_heard = waits[:, which]
    down, up = ways
    senders = _heard(as_heard, down.sends.astype(np.float64))
    clients = _heard(as_heard, flows)
    # Of saturated access points each wins the air equally often, whatever the number of its clients.
    down_ppdu = _mean_ppdu(down, as_heard, each_equal=saturated is not None, saturated=saturated is not None)
    up_ppdu = _mean_ppdu(up, as_heard, each_equal=False, saturated=saturated is not None)
    down_load, up_load = _heard(as_heard, down.load_mbps), _heard(as_heard, up.load_mbps)
    nothing = np.zeros_like(clients)
    many = clients[:, None]
    if not saturated:
        # Two groups that stand for all: so many alike as collect packets as fast as the real ones, for each direction.
        alike = [ratio(load**2, _heard(as_heard, way.alike), 0.0) for way, load in ((down, down_load), (up, up_load))]
        many = np.column_stack(alike)
    cells = cells_of(
        np.zeros(many.shape, dtype=np.int64),
        np.ones(many.shape),
        band=band,
        width_mhz=width_mhz,
        ssids=np.full(len(senders), float(max(1, len(scene.design.network.ssids)))),
        basic_rate_mbps=basic_rate_mbps(scene.design.network, band),
        packet_error_share=scene.behaviour.packet_error_share,
        taken_share=taken[:, which].ravel(),
    )
    cells = replace(
        cells,
        access_points=np.maximum(senders, 1e-9),
        clients=many,
        down=senders > 1e-9,
        up=_heard(as_heard, up.sends.astype(np.float64)) > 1e-9,
        beacon_sources=as_heard.sum(axis=2).ravel(),
        down_mpdus=np.broadcast_to(down_ppdu.mpdus, many.shape),
        down_mpdu_us=np.broadcast_to(down_ppdu.mpdu_us, many.shape),
        down_ack_us=np.broadcast_to(down_ppdu.ack_us, many.shape),
        down_ppdu_us=np.broadcast_to(down_ppdu.ppdu_us, many.shape),
        up_mpdus=np.broadcast_to(up_ppdu.mpdus, many.shape),
        up_mpdu_us=np.broadcast_to(up_ppdu.mpdu_us, many.shape),
        up_ack_us=np.broadcast_to(up_ppdu.ack_us, many.shape),
        up_ppdu_us=np.broadcast_to(up_ppdu.ppdu_us, many.shape),
    )
    packet_bits = 8 * FULL_BYTES * (1 - scene.behaviour.packet_error_share)
    own = down.sends[:, which].astype(np.float64)
    mine = own
    if saturated:
        # An equal part of the accesses, filled with its own packets.
        own_mpdus = ratio(down.aggregation, down.weight, 0.0)[:, which]
        mine = own * own_mpdus / np.maximum(down_ppdu.mpdus.reshape(own_mpdus.shape), 1e-9)
    return CellGroup(
        which=which,
        cells=cells,
        down_mbps=np.column_stack((down_load / np.maximum(many[:, 0], 1e-12), nothing)) if not saturated else down_load[:, None],
        up_mbps=np.column_stack((nothing, up_load / np.maximum(many[:, 1], 1e-12))) if not saturated else up_load[:, None],
        own_share=mine / np.maximum(senders.reshape(own.shape), 1e-9),
        down_packets=down.load_mbps / packet_bits,
        up_packets=up.load_mbps / packet_bits,
    )
