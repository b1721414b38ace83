"""What cells carry of their load, and who is served."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betainc

from wifiplan.airtime.cells import take
from wifiplan.airtime.flows import LIFETIME_MS, MAX_DELAY_MS, MAX_LOSS_SHARE
from wifiplan.airtime.hidden import late_ms
from wifiplan.airtime.offered import steady_state
from wifiplan.airtime.saturated import saturated_goodput
from wifiplan.answer import RadioLoad, ZoneService
from wifiplan.capacity.devices import full_mbps
from wifiplan.capacity.rates import FULL_BYTES
from wifiplan.capacity.tallies import ratio, weighted_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wifiplan.capacity.cell_groups import Direction
    from wifiplan.capacity.scene import RadioScene
    from wifiplan.capacity.state import NetworkState

    Floats = NDArray[np.float64]


QUICK_ROUNDS = 100
"""Steps of `steady_state` where only "does it fit" is asked and no figure is shown. Assumed."""


NOTICED_S = 1.0
"""Who gets 95 of 100 packets of so long a time within 100 ms is served in it: about what a person notices (assumed). Past a
cell's edge that holds for some who send a packet now and then, and for next to nobody who sends many."""
LATE_SHARE = 0.05
"""Packets that may come later than a 95th percentile."""


@dataclass(frozen=True, slots=True)
class CarriedLoad:
    """What the cells do with their load, (draw, radio) but for `served`."""

    loss: Floats
    on_air: Floats
    delay_p95_ms: Floats
    keeps: NDArray[np.bool_]
    """95 of 100 packets arrive within 100 ms and no more than one in 100 is lost."""
    admitted: Floats
    """The largest part of the load that is served well, at most 1: what is served if the others are turned away."""
    served: Floats
    """Chance that a device gets its packets in time when nobody is turned away, (draw, device)."""


def carried_load(state: NetworkState, *, admission: bool = True) -> CarriedLoad:
    """What every radio's cell carries of the load that is offered to it.

    Without `admission`, what the air would hold if the others were turned away is not sought: `admitted` is 1.
    """
    shape = state.own.shape
    loss, on_air, down_ms, up_ms = np.zeros(shape), state.taken_share.copy(), np.zeros(shape), np.zeros(shape)
    admitted = np.ones(shape)
    for group in state.offered:
        rows = (len(loss), len(group.which))
        steady = steady_state(group.cells, group.down_mbps, group.up_mbps)
        share = np.ones(len(group.down_mbps))
        bad = np.flatnonzero(~steady.fits & admission)
        if len(bad):
            cells, down, up = take(group.cells, bad), group.down_mbps[bad], group.up_mbps[bad]
            low, high = np.zeros(len(bad)), np.ones(len(bad))
            for _ in range(7):
                middle = (low + high) / 2
                fewer = replace(cells, clients=cells.clients * middle[:, None])
                good = steady_state(fewer, down, up, rounds=QUICK_ROUNDS).fits
                low, high = np.where(good, middle, low), np.where(good, high, middle)
            share[bad] = low
        loss[:, group.which] = steady.loss_share.reshape(rows)
        on_air[:, group.which] = steady.counted_share.reshape(rows)
        down_ms[:, group.which] = steady.down_p95_ms.reshape(rows)
        up_ms[:, group.which] = steady.up_p95_ms.reshape(rows)
        admitted[:, group.which] = share.reshape(rows)
    each_ms, delay_ms = _delays(state, down_ms, up_ms, 1 - np.minimum(on_air, 1.0))
    return CarriedLoad(
        loss=loss,
        on_air=on_air,
        delay_p95_ms=delay_ms,
        keeps=(delay_ms <= MAX_DELAY_MS) & (loss <= MAX_LOSS_SHARE),
        admitted=admitted,
        served=_served(state, each_ms, loss),
    )


def _served(state: NetworkState, each_ms: tuple[Floats, Floats], loss: Floats) -> Floats:
    """Chance that a device gets 95 of 100 of its packets in time, and no more than one in 100 lost, (draw, device).

    All do where its waits allow it. Past that each packet is late with a chance, and the more packets, the more luck it takes.
    """
    devices = state.devices
    lost = np.append(loss, np.zeros((len(loss), 1)), axis=1)[np.arange(len(loss))[:, None], state.serving]
    active = np.maximum(devices.active, 1e-9)
    packets, late = np.zeros(active.shape), np.zeros(active.shape)
    for mbps, calls, delay_ms in (
        (devices.down_mbps, devices.calls_down, each_ms[0]),
        (devices.up_mbps, devices.calls_up, each_ms[1]),
    ):
        count = NOTICED_S * full_mbps(mbps, calls) / active / (8e-6 * FULL_BYTES)
        packets += count
        late += count * LATE_SHARE ** (MAX_DELAY_MS / np.maximum(delay_ms, 1e-6))
    late = ratio(late, packets, 0.0)
    keeps = (late <= LATE_SHARE * (1 + 1e-9)) & (lost <= MAX_LOSS_SHARE)
    beyond = np.flatnonzero(~keeps.ravel())
    served = np.ones(active.shape)
    if len(beyond):
        n, x, gone = (part.ravel()[beyond] for part in (np.maximum(packets, 1.0), late, lost))
        may = np.floor(LATE_SHARE * n)
        chance = betainc(n - may, may + 1, 1 - np.minimum(x, 1.0))
        served.ravel()[beyond] = chance * np.where(gone > MAX_LOSS_SHARE, (1 - gone) ** n, 1.0)
    return served


def _delays(state: NetworkState, down_ms: Floats, up_ms: Floats, free_share: Floats) -> tuple[tuple[Floats, Floats], Floats]:
    """What 95 of 100 packets stay within in ms: of each device down and up (draw, device), and of each radio (draw, radio)."""
    rows = np.arange(len(down_ms))[:, None]

    def at(values: Floats) -> Floats:
        return np.append(values, np.zeros((len(values), 1)), axis=1)[rows, state.serving]

    devices = state.devices
    asks = [np.where(state.quality.ok, load, 0.0) for load in (devices.down_mbps, devices.up_mbps)]
    if state.hits is None:
        return (at(down_ms), at(up_ms)), np.maximum(down_ms, up_ms)
    up_us = at(state.hits.up_air_us)
    # An access point's queue waits for its hit PPDUs as a whole, which is in its delay already; a client waits for its own.
    struck = np.flatnonzero(state.hits.up.ravel() > 0)
    late_up = at(up_ms)
    late_up.ravel()[struck] = np.minimum(
        late_ms(*(part.ravel()[struck] for part in (state.hits.up, up_us, late_up, at(free_share)))), LIFETIME_MS
    )
    late = (at(down_ms), late_up)
    cell = [_cell_p95_ms(state, load, delay) for load, delay in zip(asks, late, strict=True)]
    return late, np.maximum(*cell)


def _cell_p95_ms(state: NetworkState, load: Floats, each_ms: Floats) -> Floats:
    """What 95 of 100 packets of each radio stay within, (draw, radio), where each device's waits are memoryless."""
    total = state.sums.of(load)
    low, high = np.zeros(total.shape), np.full(total.shape, LIFETIME_MS)
    some = np.flatnonzero((load > 0) & (state.serving >= 0))
    draw, radio = state.sums.draw_of(some), state.serving.ravel()[some]
    asks, scale_ms = load.ravel()[some], np.maximum(each_ms.ravel()[some], 1e-6)
    for _ in range(14):
        middle = (low + high) / 2
        beyond = state.sums.of_some(some, asks * 0.05 ** (middle[draw, radio] / scale_ms))
        above = beyond > 0.05 * total
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.where(total > 0, high, 0.0)


def goodput_of(state: NetworkState, direction: Direction = "down") -> Floats:
    """What each radio carries in Mbit/s when every active client is saturated in `direction`, (draw, radio)."""
    found = np.zeros(state.own.shape)
    for group in state.saturated:
        rows = (len(found), len(group.which))
        cell = saturated_goodput(group.cells)
        down = cell.down_mbps.sum(axis=1).reshape(rows) * group.own_share
        up = cell.up_mbps.sum(axis=1).reshape(rows)
        if direction != "down":
            own = state.sums.of(np.where(state.quality.ok, state.devices.active, 0.0))[:, group.which]
            up = up * own / np.maximum(group.cells.clients.reshape(rows), 1e-12)
        found[:, group.which] = down if direction == "down" else up if direction == "up" else down + up
    return found


def radio_loads(scene: RadioScene, state: NetworkState, carried: CarriedLoad, goodput: Floats) -> tuple[RadioLoad, ...]:
    """One row for each radio, of the first draw."""
    devices, quality = state.devices, state.quality
    clients = state.sums.of(devices.weight)[0]
    offered = state.sums.of(np.where(quality.ok, devices.down_mbps + devices.up_mbps, 0.0))[0]
    phy = np.where(quality.ok, scene.rates.rate_mbps.ravel()[quality.down], 0.0)[0]
    found = []
    for r, (ap, radio) in enumerate(scene.radios):
        mine = (state.serving[0] == r) & (devices.weight[0] > 0)
        rate, weight = phy[mine], devices.weight[0][mine]
        others = [q for q in range(len(scene.radios)) if q != r and state.waits[0, r, q] > 0.01]
        found.append(
            RadioLoad(
                ap=ap.name,
                band=radio.band,
                channel=radio.channel,
                width_mhz=radio.width_mhz,
                clients=round(float(clients[r]), 2),
                client_limit=radio.client_limit,
                busy_share=round(float(min(1.0, state.busy[0, r])), 4),
                own_busy_share=round(float(min(1.0, state.own[0, r])), 4),
                offered_mbps=round(float(offered[r]), 3),
                carried_mbps=round(float(offered[r] * (1 - carried.loss[0, r])), 3),
                median_rate_mbps=round(weighted_quantile(rate, weight, 0.5), 1),
                p10_rate_mbps=round(weighted_quantile(rate, weight, 0.1), 1),
                shares_air_with=tuple(scene.radios[q][0].name for q in others),
                on_air_share=round(float(min(1.0, carried.on_air[0, r])), 4),
                overhead_share=round(float(state.taken_share[0, r]), 4),
                delay_p95_ms=round(float(carried.delay_p95_ms[0, r]), 1),
                goodput_mbps=round(float(goodput[0, r]), 3),
            )
        )
    return tuple(found)


def served_share(scene: RadioScene, state: NetworkState, carried: CarriedLoad) -> Floats:
    """What each device gets of its service, (draw, device): 1 in time and whole, less where its cell cannot hold all of them.

    Guaranteed ones are served first, the others with what is left.
    """
    first = np.array([one.guaranteed for one in scene.occupants.demands])[state.devices.owner]
    rows = np.arange(len(carried.loss))[:, None]
    if first.any():
        cost = scene.rates.s_per_mbit.ravel()
        need = np.where(
            state.quality.ok,
            state.devices.down_mbps * cost[state.quality.down] + state.devices.up_mbps * cost[state.quality.up],
            0.0,
        )
        heard = np.einsum("drq,dq->dr", state.waits, state.sums.of(np.where(first, need, 0.0)))
        guaranteed = ratio(heard, np.einsum("drq,dq->dr", state.waits, state.own), 0.0)
        mine = np.minimum(1.0, ratio(carried.admitted, guaranteed, 1.0))
        rest = np.clip(ratio(carried.admitted - guaranteed, 1 - guaranteed, 1.0), 0.0, 1.0)
        mine, rest = (np.append(part, np.ones((len(part), 1)), axis=1) for part in (mine, rest))
        share = np.where(first, mine[rows, state.serving], np.minimum(rest[rows, state.serving], carried.served))
    else:
        share = carried.served
    return np.where(state.quality.ok, share, 0.0)


def zone_services(scene: RadioScene, state: NetworkState, carried: CarriedLoad) -> tuple[ZoneService, ...]:
    """One row for each demand, of the first draw."""
    devices = state.devices
    share = served_share(scene, state, carried)[0]
    got = np.append(1 - carried.loss[0], 0.0)[state.serving[0]] * state.quality.ok[0]
    found = []
    for index, one in enumerate(scene.occupants.demands):
        mine = devices.owner[0] == index
        weight = devices.weight[0][mine]
        total = float(weight.sum())
        served = float((weight * share[mine]).sum()) / total if total else 1.0
        away = float((weight * state.turned_away[0][mine]).sum()) / total if total else 0.0
        deaf = float((weight * ~(state.quality.ok[0][mine] | state.turned_away[0][mine])).sum()) / total if total else 0.0
        rate = one.down_mbps * got[mine]
        found.append(
            ZoneService(
                zone=one.zone,
                people=round(one.people, 1),
                devices=round(total, 1),
                served=round(one.people * served, 1),
                unserved=round(one.people * (1 - served), 1),
                median_mbps=round(weighted_quantile(rate, weight, 0.5), 3),
                p10_mbps=round(weighted_quantile(rate, weight, 0.1), 3),
                no_signal=round(one.people * deaf, 1),
                turned_away=round(one.people * away, 1),
            )
        )
    return tuple(found)
