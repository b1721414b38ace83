"""What beacons, probes and broadcasts take of a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime import wifi
from wifiplan.airtime.frames import ACK_BYTES

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wifiplan.airtime.cells import Cells

    Floats = NDArray[np.float64]

PROBE_REQUEST_BYTES = 120
"""24 of header, 4 of FCS, an SSID of up to 32, rates and capabilities. Assumption: the middle of what phones send."""
PROBES_PER_S = 1 / 60
"""Probe requests of a device on one channel. Assumption: a scan a minute while people look at their phones."""
BROADCASTS_PER_S, BROADCAST_BYTES = 0.1, 200
"""Group-addressed frames that a client causes (ARP 64 B, mDNS some 300 B, router advertisements). Assumption: one in 10 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overhead:
    """Share of a channel's time by what grows with people and networks, not with what they ask for; any shape."""

    beacons_share: NDArray[np.float64]
    probes_share: NDArray[np.float64]
    broadcasts_share: NDArray[np.float64]

    @property
    def share(self) -> Floats:
        """Probes and broadcasts: what `cells_of` takes as `taken_share`. Beacons are counted there by themselves."""
        return np.minimum(self.probes_share + self.broadcasts_share, 1.0)


def overhead_of(
    *,
    band: str,
    bss: ArrayLike = 1.0,
    ssids: ArrayLike = 1.0,
    clients: ArrayLike = 0.0,
    devices: ArrayLike = 0.0,
    probes_per_s: float = PROBES_PER_S,
    broadcasts_per_s: float = BROADCASTS_PER_S,
    broadcast_bytes: float = BROADCAST_BYTES,
    basic_rate_mbps: float | None = None,
    standard: str = "ax",
) -> Overhead:
    """What beacons, probes and broadcasts take of one channel, of the shape that the arrays broadcast to.

    Parameters
    ----------
    bss, ssids
        Access points that hear each other on the channel, and the SSIDs of each.
    clients
        Associated to them, in all: each makes `broadcasts_per_s` frames (ARP, mDNS, router advertisement) that its access point
        sends at the basic rate to everybody.
    devices
        In earshot, associated or not: each makes `probes_per_s` probe requests; every SSID of every access point answers.

    Notes
    -----
    A group-addressed frame has no acknowledgement; a probe response has one. Each waits AIFS and a mean backoff of its own.
    """
    rate = basic_rate_mbps or wifi.basic_rate_mbps(band)
    beacon_bytes = wifi.beacon_bytes(band, standard)
    wait_us = wifi.sifs_us(band) + wifi.SLOT_US * (wifi.AIFSN_BEST_EFFORT + wifi.CW_MIN / 2)

    def on_air_us(size_bytes: float) -> float:
        return float(wifi.legacy_us(size_bytes, rate, band=band))

    beacon_us = on_air_us(beacon_bytes) + wifi.sifs_us(band) + wifi.SLOT_US
    response_us = wait_us + on_air_us(beacon_bytes) + wifi.sifs_us(band) + on_air_us(ACK_BYTES)
    networks = np.asarray(bss, dtype=np.float64) * np.asarray(ssids, dtype=np.float64)
    probe_us = wait_us + on_air_us(PROBE_REQUEST_BYTES) + networks * response_us
    group_us = wait_us + on_air_us(broadcast_bytes)
    return Overhead(
        beacons_share=np.minimum(networks * beacon_us / (wifi.BEACON_INTERVAL_MS * 1e3), 1.0),
        probes_share=np.minimum(np.asarray(devices, dtype=np.float64) * probes_per_s * probe_us * 1e-6, 1.0),
        broadcasts_share=np.minimum(np.asarray(clients, dtype=np.float64) * broadcasts_per_s * group_us * 1e-6, 1.0),
    )


def beacon_share(cells: Cells, exchange_us: Floats) -> tuple[Floats, Floats]:
    """(share of time that beacons take from data, share with a beacon on the air), (c,).

    A beacon goes out one PIFS after the exchange it had to wait for (CW 0), so that access points whose beacon time fell
    into the same exchange send over one another: beyond a few BSSs, beacons cost less air than their number, and get lost.
    """
    each = cells.beacon_us + cells.sifs_us + wifi.SLOT_US
    taken = np.zeros(exchange_us.shape)
    for _ in range(8):
        waiting = np.minimum(1.0, (exchange_us + taken) / cells.beacon_interval_us)
        taken = cells.beacons_each * each * (1 - (1 - waiting) ** cells.beacon_sources)
    share = taken / (exchange_us + taken)
    return share, share * cells.beacon_us / each
