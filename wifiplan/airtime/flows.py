"""One direction of a cell with an offered load: its clients' packets merged into one flow, and the channel that flows share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.airtime.frames import SEGMENTS_PER_ACK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.airtime.cells import Cells

    Floats = NDArray[np.float64]

AP_QUEUE_PACKETS = 1000
"""What the queue of an access point or a client holds. Assumption: the usual length of a driver's."""
LIFETIME_MS = 500.0
"""A packet older than this is dropped."""
MAX_DELAY_MS, MAX_LOSS_SHARE = 100.0, 0.01
"""A client fits while 95 of 100 packets arrive within this time and no more than this share is lost."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One direction of a cell, groups merged by their packets: (c,) each. `rate` in packets per us and client."""

    on: NDArray[np.bool_]
    flows: NDArray[np.float64]
    rate: NDArray[np.float64]
    head_us: NDArray[np.float64]
    mpdu_us: NDArray[np.float64]
    most: NDArray[np.float64]
    answer_us: NDArray[np.float64]

    def ppdu_us(self, batch: Floats) -> Floats:
        """Time on the air of a PPDU of so many packets."""
        return self.head_us + self.mpdu_us * np.minimum(self.most, batch)


def flow_of(cells: Cells, down_mbps: Floats, up_mbps: Floats, *, down: bool) -> Flow:
    """Downlink or uplink of each cell when every client of a group offers `down_mbps` and `up_mbps` (c, g)."""
    down_packets = np.where(cells.down[:, None], down_mbps / np.maximum(cells.down_bits, 1e-9), 0.0)
    up_packets = np.where(cells.up[:, None], up_mbps / np.maximum(cells.up_bits, 1e-9), 0.0)
    if down:
        data, other, clients = down_packets, up_packets, cells.clients / np.maximum(cells.access_points, 1)[:, None]
        full_us, mpdus, each_us, answer_us = cells.down_ppdu_us, cells.down_mpdus, cells.down_mpdu_us, cells.down_ack_us
    else:
        data, other, clients = up_packets, down_packets, cells.clients
        full_us, mpdus, each_us, answer_us = cells.up_ppdu_us, cells.up_mpdus, cells.up_mpdu_us, cells.up_ack_us
    # With TCP the other way's data is acknowledged this way.
    acks = np.where(cells.tcp_ack_us > 0, other / SEGMENTS_PER_ACK, 0.0)
    head_us = full_us - mpdus * each_us
    each_us = (data * each_us + acks * cells.tcp_ack_us) / np.maximum(data + acks, 1e-30)
    packets = clients * (data + acks)
    total = packets.sum(axis=1)
    weight = packets / np.where(total > 0, total, 1.0)[:, None]
    # As many alike as take turns like these: heavy flows collect more packets between their turns than the mean flow would.
    alike = total**2 / np.maximum(np.where(clients > 0, packets**2 / np.maximum(clients, 1e-12), 0.0).sum(axis=1), 1e-60)
    flows = np.maximum(np.where(total > 0, np.minimum(alike, clients.sum(axis=1)), clients.sum(axis=1)), 1e-9)
    full = np.where(total > 0, 1 / np.maximum((weight / np.maximum(mpdus, 1)).sum(axis=1), 1e-9), 1.0)
    # Clients of an access point share its queue; just before its turn a client has twice its mean part.
    queue = 2 * AP_QUEUE_PACKETS / flows if down else AP_QUEUE_PACKETS
    if down:
        # Packets that do not fit into their client's PPDU queue like another client's; all of them without aggregation.
        flows = flows * np.minimum(full / np.maximum(full - 1, 1e-9), 1e3)
    return Flow(
        on=total > 0,
        flows=flows,
        rate=np.maximum(total / flows, 1e-15),
        head_us=(weight * head_us).sum(axis=1),
        mpdu_us=(weight * each_us).sum(axis=1),
        most=np.maximum(np.minimum(full, queue), 1.0),
        answer_us=(weight * answer_us).sum(axis=1),
    )


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that access points and clients share; `left` is the time that beacons and others leave of it, (c,)."""

    cells: Cells
    down: Flow
    up: Flow
    left: NDArray[np.float64]


def fixed_us(cells: Cells) -> Floats:
    """Time of a successful exchange beside its PPDU, answer and backoff: spaces, RTS and CTS; (c,)."""
    handshake_us = np.where(cells.rts_us > 0, cells.rts_us + cells.cts_us + 2 * cells.sifs_us, 0.0)
    return 2 * cells.sifs_us + wifi.AIFSN_BEST_EFFORT * wifi.SLOT_US + handshake_us


def after_collision_us(cells: Cells) -> Floats:
    """Time that stations wait after a collision (c,): AIFS.

    No EIFS, unlike in `saturated`: while the load is carried few stand by, and who collided does not wait it.
    """
    return cells.sifs_us + wifi.AIFSN_BEST_EFFORT * wifi.SLOT_US
