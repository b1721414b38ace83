"""A second route to a whole building: every packet, backoff and PPDU of a facility case, event by event.

`python tests/benchmarks/facility_queues.py CASE…` simulates cases as `reference/capacity/facility` has them, beside `ns3.csv` and
the model of `wifiplan.capacity` where they are there. It takes frame durations and thresholds from `wifiplan.airtime` and nothing
else, so that it shows what hidden nodes, lost packets and full queues do where no other simulator is at hand.

A receiver locks on the first PPDU of at least -82 dBm and 4 dB above all else, and is deaf to others until that ends; who has not
locked waits for energy of -62 dBm only; a PPDU is lost where its SINR falls below its MCS's threshold at any time. One MPDU in
ten is lost besides; those behind it are held back until it comes. NAV and EIFS as in IEEE 802.11-2020, 10.3.2.4 and 10.3.2.3.7.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np

from wifiplan.airtime import wifi
from wifiplan.airtime.flows import AP_QUEUE_PACKETS, LIFETIME_MS, MAX_DELAY_MS, MAX_LOSS_SHARE
from wifiplan.airtime.frames import HEADER_BYTES
from wifiplan.capacity import hearing

sys.path.insert(0, str(Path(__file__).resolve().parent))
import facility_cases

SLOTS = 128  # PPDUs on the air at once
DELAYS = 400_000


@numba.njit(cache=True)
def _is_drowned(ends, least, power_mw, total, noise_mw):
    """Whether a PPDU from one node to another is less than `least` times all else that the other hears."""
    tx, rx = ends
    return power_mw[tx, rx] < least * (noise_mw + total[rx] - power_mw[tx, rx])


@numba.njit(cache=True)
def _run(  # noqa: PLR0917  one loop over events, kept whole so that Numba compiles it
    rng, seconds, warm_s, power_mw, noise_mw, detect_mw, energy_mw,
    link_from, link_to, head_us, symbol_us, bits, need, ack_us, max_us,
    flow_link, flow_rate, flow_bytes, flow_even, lost_share, lifetime, queue_limit, sifs,
):  # fmt: skip
    slot, aifs, timeout, eifs_us = 9.0, sifs + 27.0, 65.0, sifs + 44.0
    nodes, links, flows = len(power_mw), len(link_from), len(flow_link)
    size = 1024
    came, length, state = np.zeros((links, size)), np.zeros((links, size)), np.zeros((links, size), np.int8)
    of_flow = np.zeros((links, size), np.int32)
    head, count, given = np.zeros(links, np.int64), np.zeros(links, np.int64), np.zeros(links, np.int64)
    held = np.zeros(nodes, np.int64)  # packets in the node's queue
    nxt = np.empty(flows)
    for f in range(flows):
        nxt[f] = rng.random() / flow_rate[f] if flow_even[f] else rng.exponential(1 / flow_rate[f])
    cw = np.full(nodes, 15)
    back = np.zeros(nodes)
    for i in range(nodes):
        back[i] = rng.integers(0, 16)
    ref = np.full(nodes, aifs)  # from when its slots count
    hold = np.zeros(nodes)  # NAV or EIFS
    wants = np.full(nodes, np.inf)  # not before this time
    sending, waiting = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
    busy = np.zeros(nodes, np.bool_)
    lock = np.full(nodes, -1)
    total = np.zeros(nodes)
    since, on_air = np.zeros(nodes), np.zeros(nodes)
    phase = np.zeros(SLOTS, np.int64)  # 0 free, 1 data, 2 before its answer, 3 answer, 4 until the sender gives up
    until, link_of, good = np.full(SLOTS, np.inf), np.zeros(SLOTS, np.int64), np.zeros(SLOTS, np.bool_)
    from_node, to_node = np.zeros(SLOTS, np.int64), np.zeros(SLOTS, np.int64)
    batch, member = np.zeros(SLOTS, np.int64), np.zeros((SLOTS, 64), np.int64)
    delay, delay_flow, delays = np.zeros(DELAYS, np.float32), np.zeros(DELAYS, np.int32), 0
    arrived, dropped = np.zeros(flows), np.zeros(flows)
    sent, failed, mpdus = np.zeros(links), np.zeros(links), np.zeros(links)
    end, warm = seconds * 1e6, warm_s * 1e6
    starters = np.zeros(nodes, np.int64)
    touched = np.zeros(nodes, np.bool_)
    now = 0.0
    while True:
        f = int(np.argmin(nxt))
        t_packet = nxt[f]
        s = int(np.argmin(until))
        t_slot = until[s]
        t_start, first = np.inf, -1
        for i in range(nodes):
            if held[i] > 0 and not busy[i] and not waiting[i]:
                t = max(max(ref[i], hold[i] + aifs) + slot * back[i], wants[i])
                if t < t_start:
                    t_start, first = t, i
        now = min(t_packet, t_slot, t_start)
        if now >= end:
            break
        if t_packet <= now:
            link = flow_link[f]
            i = link_from[link]
            if now >= warm:
                arrived[f] += 1
            if held[i] >= queue_limit:
                if now >= warm:
                    dropped[f] += 1
            else:
                if held[i] == 0:
                    begin = max(ref[i], hold[i] + aifs)
                    wants[i] = now
                    if not busy[i] and now >= begin:
                        # What has been counted since the air fell idle.
                        passed = np.floor((now - begin) / slot) + 1
                        back[i] = max(back[i] - passed, 0.0) if back[i] > 0 else 0.0
                        ref[i] = now if back[i] == 0 else begin + slot * passed
                        hold[i] = min(hold[i], now - aifs)
                    elif back[i] <= 0:
                        back[i] = rng.integers(0, cw[i] + 1)
                at = (head[link] + count[link]) % size
                came[link, at], length[link, at], state[link, at], of_flow[link, at] = now, flow_bytes[f], 0, f
                count[link] += 1
                held[i] += 1
            nxt[f] += 1 / flow_rate[f] if flow_even[f] else rng.exponential(1 / flow_rate[f])
            continue
        touched[:] = False
        if t_slot <= now:
            i, d, link = from_node[s], to_node[s], link_of[s]
            if phase[s] == 1:  # The data ends.
                for j in range(nodes):
                    total[j] -= power_mw[i, j]
                    touched[j] = True
                    if lock[j] == s:
                        lock[j] = -1
                        if j != d:
                            snr = power_mw[i, j] / (noise_mw + max(total[j], 0.0))
                            hold[j] = now + (sifs + ack_us[link] if snr >= need[link] else eifs_us)
                        elif not good[s]:
                            hold[j] = now + eifs_us
                sending[i] = False
                got = 0
                if good[s]:
                    for k in range(batch[s]):
                        if rng.random() >= lost_share:
                            got += 1
                            if state[link, member[s, k]] == 0:
                                state[link, member[s, k]] = 1
                    while given[link] < count[link] and state[link, (head[link] + given[link]) % size] >= 1:
                        at = (head[link] + given[link]) % size
                        if came[link, at] >= warm and delays < DELAYS:
                            delay[delays], delay_flow[delays] = now - came[link, at], of_flow[link, at]
                            delays += 1
                        given[link] += 1
                if got and not sending[d]:
                    phase[s], until[s] = 2, now + sifs
                    hold[d] = max(hold[d], now + sifs + ack_us[link])
                else:
                    phase[s], until[s] = 4, now + timeout
            elif phase[s] == 2:  # Its answer begins.
                if sending[d]:
                    phase[s], until[s] = 4, now + timeout
                else:
                    phase[s], until[s], good[s] = 3, now + ack_us[link], True
                    sending[d] = True
                    lock[d] = -1
                    for a in range(SLOTS):
                        if (phase[a] == 1 or phase[a] == 3) and a != s and (to_node[a] if phase[a] == 1 else from_node[a]) == d:
                            good[a] = False
                    for j in range(nodes):
                        total[j] += power_mw[d, j]
                        touched[j] = True
                    for j in range(nodes):
                        power = power_mw[d, j]
                        reads = power >= detect_mw and power >= 2.5 * (noise_mw + total[j] - power)
                        if reads and not sending[j] and lock[j] == -1:
                            lock[j] = s
                    if lock[i] != s:
                        good[s] = False
                    for a in range(SLOTS):
                        if phase[a] == 1 or phase[a] == 3:
                            ends = (from_node[a], to_node[a]) if phase[a] == 1 else (to_node[a], from_node[a])
                            if _is_drowned(ends, need[link_of[a]] if phase[a] == 1 else 16.0, power_mw, total, noise_mw):
                                good[a] = False
            else:
                done = False
                if phase[s] == 3:
                    done = good[s]
                    for j in range(nodes):
                        total[j] -= power_mw[d, j]
                        touched[j] = True
                        if lock[j] == s:
                            lock[j] = -1
                            hold[j] = now if done or j != i else now + eifs_us
                    sending[d] = False
                if done:
                    for k in range(batch[s]):
                        if state[link, member[s, k]] == 1:
                            state[link, member[s, k]] = 2
                    while count[link] and state[link, head[link]] == 2:
                        head[link] = (head[link] + 1) % size
                        count[link] -= 1
                        given[link] -= 1
                        held[i] -= 1
                    cw[i] = 15
                else:
                    if now >= warm:
                        failed[link] += 1
                    cw[i] = min(2 * cw[i] + 1, 1023)
                back[i] = rng.integers(0, cw[i] + 1)
                wants[i] = 0.0
                waiting[i] = False
                touched[i] = True
                ref[i] = now + aifs
                phase[s], until[s] = 0, np.inf
        else:  # One begins to send, and all that cannot have heard it yet.
            many = 0
            for i in range(nodes):
                if held[i] > 0 and not busy[i] and not waiting[i]:
                    t = max(max(ref[i], hold[i] + aifs) + slot * back[i], wants[i])
                    if t <= now + 4.0 and (i == first or t <= now + 1e-6 or power_mw[first, i] >= detect_mw):
                        starters[many] = i
                        many += 1
            began = 0
            for n in range(many):
                i = starters[n]
                # The client whose first packet is the oldest.
                link, oldest = -1, np.inf
                for m in range(links):
                    if link_from[m] != i:
                        continue
                    while count[m] and (came[m, head[m]] < now - lifetime or state[m, head[m]] == 2):
                        if state[m, head[m]] == 0 and came[m, head[m]] >= warm:
                            dropped[of_flow[m, head[m]]] += 1
                        head[m] = (head[m] + 1) % size
                        count[m] -= 1
                        given[m] = max(given[m] - 1, 0)
                        held[i] -= 1
                    while given[m] < count[m] and state[m, (head[m] + given[m]) % size] >= 1:
                        at = (head[m] + given[m]) % size
                        if came[m, at] >= warm and delays < DELAYS:
                            delay[delays], delay_flow[delays] = now - came[m, at], of_flow[m, at]
                            delays += 1
                        given[m] += 1
                    if count[m] and came[m, head[m]] < oldest:
                        oldest, link = came[m, head[m]], m
                if link < 0:
                    continue
                s = 0
                while phase[s] != 0:
                    s += 1
                b, total_bits = 0, 22.0
                us = 0.0
                for k in range(min(count[link], 64)):
                    at = (head[link] + k) % size
                    if state[link, at] == 2:
                        continue
                    more = total_bits + 8 * (4 + 4 * np.ceil(length[link, at] / 4))
                    longer = head_us[link] + symbol_us[link] * np.ceil(more / bits[link] - 1e-9)
                    if b and longer > max_us:
                        break
                    total_bits, us = more, longer
                    member[s, b] = at
                    b += 1
                batch[s] = b
                phase[s], until[s], link_of[s], good[s] = 1, now + us, link, True
                from_node[s], to_node[s] = i, link_to[link]
                sending[i], waiting[i] = True, True
                lock[i] = -1
                if now >= warm:
                    sent[link] += 1
                    mpdus[link] += b
                for j in range(nodes):
                    total[j] += power_mw[i, j]
                starters[began] = s
                began += 1
            touched[:] = True
            for n in range(began):
                s = starters[n]
                for j in range(nodes):
                    if sending[j]:
                        continue
                    power = power_mw[from_node[s], j]
                    if power < detect_mw:
                        continue
                    if power / (noise_mw + total[j] - power) < 2.5:
                        continue
                    if lock[j] == -1:
                        lock[j] = s
            for a in range(SLOTS):
                if phase[a] == 1 or phase[a] == 3:
                    ends = (from_node[a], to_node[a]) if phase[a] == 1 else (to_node[a], from_node[a])
                    rx = ends[1]
                    if _is_drowned(ends, need[link_of[a]] if phase[a] == 1 else 16.0, power_mw, total, noise_mw):
                        good[a] = False
                    if sending[rx] and phase[a] == 1:
                        good[a] = False
                    if lock[rx] != a:
                        good[a] = False
        for j in range(nodes):
            if not touched[j]:
                continue
            is_busy = sending[j] or lock[j] >= 0 or total[j] >= energy_mw
            if is_busy and not busy[j]:
                begin = max(ref[j], hold[j] + aifs)
                if now >= begin - 1e-6:
                    back[j] = max(back[j] - np.floor((now - begin) / slot + 1e-6) - 1, 0.0)
                since[j] = now if sending[j] else now + wifi.CCA_US
            elif busy[j] and not is_busy:
                ref[j] = max(ref[j], now + aifs)
                on_air[j] += max(now - max(since[j], warm), 0.0)
            busy[j] = is_busy
    for j in range(nodes):
        if busy[j]:
            on_air[j] += max(end - max(since[j], warm), 0.0)
    return delay[:delays], delay_flow[:delays], arrived, dropped, on_air / (end - warm), sent, failed, mpdus


def simulate(
    case: facility_cases.Case, *, seconds: float = 1.7, warm_s: float = 0.5, seed: int = 1, lost_share: float = 0.1
) -> dict[str, Any]:
    """A case, simulated once: the figures of ns3.csv, and what each station lived through."""
    count, nodes = len(case.radios), len(case.gain_db)
    ap_of = np.concatenate((np.arange(count), np.zeros(nodes - count, dtype=int)))
    sends = np.concatenate(([radio.tx_power_dbm for radio in case.radios], np.zeros(nodes - count)))
    for one in case.stations:
        ap_of[one.node], sends[one.node] = one.ap, one.power_dbm
    apart = np.eye(count) == 0
    shares = np.isfinite(hearing.spill_db(case.radios)) & np.isfinite(hearing.busy_level_dbm(case.radios)) | ~apart
    power_mw = 10 ** ((sends[:, None] + case.gain_db) / 10) * shares[ap_of][:, ap_of]
    np.fill_diagonal(power_mw, 0.0)
    width = np.array([radio.width_mhz for radio in case.radios])
    band = case.band
    links, flows = [], []
    for one in case.stations:
        for way, (mcs, streams) in (("d", one.down), ("u", one.up)):
            asked = [flow for flow in one.flows if flow[0] == way]
            if not asked:
                continue
            standard = "n" if one.standard == "ac" and band == "2.4" else one.standard
            wide = min(int(width[one.ap]), wifi.WIDTHS_MHZ[standard][-1])
            symbol = wifi.symbol_us(standard, wifi.GI_NS[standard][0])
            rate = float(wifi.phy_rate_mbps(mcs, width_mhz=wide, streams=streams, standard=standard))
            flows += [
                (len(links), mbps / (8 * size), size + HEADER_BYTES, kind == "c") for _, kind, mbps, size in asked if mbps > 0
            ]
            links.append(
                (
                    *((one.ap, one.node) if way == "d" else (one.node, one.ap)),
                    float(wifi.preamble_us(standard, streams)) + wifi.extension_us(band),
                    symbol,
                    rate * symbol,
                    10 ** ((wifi.SINR_THRESHOLD_DB[mcs] + 10 * np.log10(streams)) / 10),
                    float(wifi.legacy_us(32, wifi.control_rate_mbps(mcs), band=band)),
                )
            )
    table = np.array(links)
    loads = np.array(flows)
    found = _run(
        np.random.default_rng(seed), seconds, warm_s, power_mw, 10 ** (float(np.mean(wifi.noise_dbm(width))) / 10),
        10**-8.2, 10**-6.2, table[:, 0].astype(np.int64), table[:, 1].astype(np.int64),
        *(table[:, k].copy() for k in range(2, 7)),
        wifi.MAX_PPDU_US, loads[:, 0].astype(np.int64), loads[:, 1].copy(), loads[:, 2].copy(), loads[:, 3] > 0, lost_share,
        LIFETIME_MS * 1e3, AP_QUEUE_PACKETS, wifi.sifs_us(band),
    )  # fmt: skip
    delay_us, flow, arrived, dropped, on_air, sent, failed, mpdus = found
    flow_node = np.where(table[:, 0] < count, table[:, 1], table[:, 0])[loads[:, 0].astype(int)].astype(int)
    down = (table[:, 0] < count)[loads[:, 0].astype(int)]
    cell = ap_of[flow_node]
    bits = 8 * (loads[:, 2] - HEADER_BYTES)
    got = np.bincount(flow, minlength=len(loads))
    late = 1e3 * MAX_DELAY_MS

    def keeps(mine: np.ndarray) -> tuple[float, float]:
        chosen = delay_us[mine[flow]]
        p95 = float(np.quantile(chosen, 0.95)) if len(chosen) else 0.0
        return p95, float(dropped[mine].sum() / max((dropped + got)[mine].sum(), 1))

    cells = [keeps(cell == r) for r in range(count)]
    stations = [keeps(flow_node == one.node) for one in case.stations]
    return {
        "on_air_share": float(on_air[:count].mean()),
        "carried_mbps": float((got * bits).sum() / ((seconds - warm_s) * 1e6)),
        "worst_delay_p95_ms": max(p95 for p95, _ in cells) / 1e3,
        "cells_ok_share": float(np.mean([p95 <= late and loss <= MAX_LOSS_SHARE for p95, loss in cells])),
        "served_share": float(np.mean([p95 <= late and loss <= MAX_LOSS_SHARE for p95, loss in stations])),
        "failed_ppdu_share": float(failed.sum() / max(sent.sum(), 1)),
        "down_p95_ms": [keeps((cell == r) & down)[0] / 1e3 for r in range(count)],
        "up_p95_ms": [keeps((cell == r) & ~down)[0] / 1e3 for r in range(count)],
        "on_air": on_air[:count],
        "batch_down": [float(mpdus[table[:, 0] == r].sum() / max(sent[table[:, 0] == r].sum(), 1)) for r in range(count)],
        "batch_up": [float(mpdus[(table[:, 1] == r)].sum() / max(sent[(table[:, 1] == r)].sum(), 1)) for r in range(count)],
        "sent": sent / (seconds - warm_s), "failed": failed / (seconds - warm_s), "mpdus": mpdus / (seconds - warm_s),
        "table": table, "stations": np.array(stations), "arrived": arrived,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=1.7)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    folder = facility_cases.FOLDER
    with (folder / "ns3.csv").open(encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    for path in asked.cases:
        case = facility_cases.read_case(path)
        started = time.perf_counter()
        found = simulate(case, seconds=asked.seconds, seed=asked.seed)
        truth = [row for row in table if row["case"] == path.name and int(row["aps"]) == len(case.radios)]
        names = ("on_air_share", "carried_mbps", "worst_delay_p95_ms", "cells_ok_share", "served_share", "failed_ppdu_share")
        here = " ".join(f"{name} {found[name]:.3f}" for name in names)
        print(f"{path.name}: {here} ({time.perf_counter() - started:.1f} s)")
        for row in truth:
            print("    ns-3:", " ".join(list(row.values())[6:12]))


if __name__ == "__main__":
    main()
