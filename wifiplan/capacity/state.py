"""A crowd on a design: who is served by which radio, over what links, and how full every channel is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wifiplan.airtime.overhead import overhead_of
from wifiplan.capacity import hearing
from wifiplan.capacity.association import associate, rssi_at
from wifiplan.capacity.cell_groups import CellGroup, Direction, LinkQuality, cell_groups
from wifiplan.capacity.hidden_nodes import Hits, with_hits
from wifiplan.capacity.overheard import interference_mw, overheard_of, waits_of
from wifiplan.capacity.rates import SINR_DB, sinr_step
from wifiplan.capacity.scene import basic_rate_mbps
from wifiplan.capacity.tallies import RadioSums, ratio, sums_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.capacity.devices import Devices
    from wifiplan.capacity.scene import RadioScene

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkState:
    """A crowd on a design: (draw, device) who is served where; (draw, radio) the rest; `waits` is (draw, radio, radio).

    `own` is the airtime that a radio's own clients need, as a share of time; `busy` is with all that it waits for.
    """

    devices: Devices
    serving: NDArray[np.intp]
    turned_away: NDArray[np.bool_]
    quality: LinkQuality
    sums: RadioSums
    own: Floats
    waits: Floats
    taken_share: Floats
    """Time that probes, broadcasts and foreign networks take."""
    people_share: Floats
    """Time that probes and broadcasts alone take: it grows with people."""
    beacons_share: Floats
    busy: Floats
    offered: list[CellGroup]
    hits: Hits | None
    """None where nobody is hidden from anybody."""
    saturated: list[CellGroup]


def state_of(
    scene: RadioScene,
    devices: Devices,
    *,
    direction: Direction | None = "down",
    given: tuple[NDArray[np.intp], LinkQuality] | None = None,
) -> NetworkState:
    """Associate, measure the links, and put every radio into the cell that it hears. `direction` None: no saturated cells.

    With `given`, association and links are those and are not sought: so a packet simulation of the same is compared.
    """
    rssi = rssi_at(scene, devices, devices.place)
    if given is None:
        serving, turned_away = associate(scene, devices, rssi)
    else:
        serving, turned_away = given[0], np.zeros(given[0].shape, dtype=bool)
    radios, draws, _ = rssi.shape
    sums = sums_of(serving, radios)
    at = np.maximum(serving, 0)
    mine = np.take_along_axis(rssi, at[None], axis=0)[0]
    power_up = devices.kind_power_dbm[devices.kind]
    heard = overheard_of(scene, devices, sums=sums, rssi=rssi, power_up=power_up)

    def quality(activity: Floats | None, down_part: Floats, *, adjacent_only: bool = True) -> LinkQuality:
        if given is not None:
            return given[1]
        down_mw, up_mw = interference_mw(
            scene,
            serving,
            rssi,
            sums=sums,
            heard=heard,
            activity=activity,
            down_part=down_part,
            adjacent_only=adjacent_only,
        )
        noise = scene.noise_dbm[at]
        sinr_down = hearing.sinr_db(mine, noise, down_mw)
        sinr_up = hearing.sinr_db(power_up + mine - scene.power_dbm[at], noise, up_mw)
        base = (scene.group[at] * scene.rates.ok.shape[1] + devices.kind) * len(SINR_DB)
        index_down, index_up = base + sinr_step(sinr_down), base + sinr_step(sinr_up)
        ok = (serving >= 0) & scene.rates.ok.ravel()[index_down] & scene.rates.ok.ravel()[index_up]
        return LinkQuality(index_down, index_up, ok)

    cost = scene.rates.s_per_mbit.ravel()
    first = quality(None, np.ones((draws, radios)))
    down_need = sums.of(np.where(first.ok, devices.down_mbps * cost[first.down], 0.0))
    up_need = sums.of(np.where(first.ok, devices.up_mbps * cost[first.up], 0.0))
    down_part = ratio(down_need, down_need + up_need, 1.0)
    waits = waits_of(scene, heard, down_part)
    wanted = np.einsum("drq,dq->dr", waits, down_need + up_need)
    found = quality((down_need + up_need) / np.maximum(1.0, wanted), down_part)

    def of_calls(each_us: Floats) -> Floats:
        need = devices.calls_down * each_us.ravel()[found.down] + devices.calls_up * each_us.ravel()[found.up]
        return sums.of(np.where(found.ok, need, 0.0)) * 1e-6

    calls = of_calls(scene.rates.call_us)
    own = calls + sums.of(np.where(found.ok, devices.down_mbps * cost[found.down] + devices.up_mbps * cost[found.up], 0.0))
    beacons, people_share = overheads(scene, devices, waits)
    taken = 1 - (1 - people_share) * (1 - scene.foreign_share)
    busy = np.einsum("drq,dq->dr", waits, own) + beacons + taken
    offered, hits = with_hits(
        scene,
        devices,
        cell_groups(scene, devices, found, sums=sums, waits=waits, taken=taken),
        quality=found,
        sums=sums,
        rssi=rssi,
        heard=heard,
        waits=waits,
    )
    saturated: list[CellGroup] = []
    if direction is not None:
        # Full queues send as their direction says, whatever was asked for.
        part = np.full((draws, radios), {"down": 1.0, "up": 0.0, "both": 0.5}[direction])
        waits_full = waits_of(scene, heard, part)
        loaded = (sums.of(np.where(found.ok, devices.active, 0.0)) > 0).astype(np.float64)
        sharing = np.maximum(np.einsum("drq,dq->dr", waits_full, loaded), 1.0)
        full = quality(loaded / sharing, part, adjacent_only=False)
        saturated = cell_groups(scene, devices, full, sums=sums, waits=waits_full, taken=taken, saturated=direction)
    return NetworkState(
        devices=devices,
        serving=serving,
        turned_away=turned_away,
        quality=found,
        sums=sums,
        own=own,
        waits=waits,
        taken_share=taken,
        people_share=people_share,
        beacons_share=beacons,
        busy=busy,
        offered=offered,
        hits=hits,
        saturated=saturated,
    )


def overheads(scene: RadioScene, devices: Devices, waits: Floats) -> tuple[Floats, Floats]:
    """Beacons, and probes with broadcasts, as shares of each radio's time, (draw, radio) both: the second grows with people."""
    network = scene.design.network
    ssids = float(max(1, len(network.ssids)))
    draws, radios = waits.shape[:2]
    sharing = waits.sum(axis=2)
    everybody = sum(one.people * one.devices_per_person for one in scene.occupants.demands)
    connected = devices.weight.sum(axis=1)[:, None]
    planned = sum(one.people * one.devices_per_person * one.associated_share for one in scene.occupants.demands)
    # Devices that stay off the network probe all the more; scaled with the crowd.
    around = np.broadcast_to(everybody * ratio(connected, np.full_like(connected, planned), 0.0), (draws, radios))
    beacons, taken = np.zeros((draws, radios)), np.zeros((draws, radios))
    for g, (band, _) in enumerate(scene.groups):
        mine = np.flatnonzero(scene.group == g)
        found = overhead_of(
            band=band,
            bss=sharing[:, mine],
            ssids=ssids,
            # One broadcast domain: every access point repeats everybody's, and waits for the others to do so too.
            clients=np.broadcast_to(connected, (draws, len(mine))) * sharing[:, mine],
            devices=around[:, mine],
            basic_rate_mbps=basic_rate_mbps(network, band),
        )
        beacons[:, mine] = found.beacons_share
        taken[:, mine] = found.share if scene.behaviour.overhead else 0.0
    return beacons, np.minimum(taken, 0.99)
