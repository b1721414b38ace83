"""A second route to one cell: packets, queues, backoff counters and collisions, event by event, against the model of `airtime`.

`python tests/benchmarks/airtime_queues.py [--write]` prints for a grid of cells how many clients fit by this simulation and by
the model; `--write` keeps the simulation's answers as `tests/wifiplan/capacity/queues.csv`, which the tests read.
It takes frame durations from `airtime`, and nothing else: no fixed point, no mean field. Rules as in
`tests/wifiplan/capacity/README.md`: EDCA best effort, no channel errors, no retry limit, AP queue 1,000 packets, lifetime 500 ms.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import math
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np

from wifiplan.airtime import cell_file
from wifiplan.airtime.flows import AP_QUEUE_PACKETS, LIFETIME_MS, MAX_DELAY_MS, MAX_LOSS_SHARE

TABLE = Path(__file__).resolve().parents[1] / "wifiplan" / "capacity" / "queues.csv"
KEYS = (
    "standard", "band_ghz", "width_mhz", "streams", "direction", "bss", "mcs", "payload_bytes", "aggregation", "rate_mbps", "rts"
)  # fmt: skip

QUEUE = AP_QUEUE_PACKETS
BINS = 1200  # of 0.5 ms


@numba.njit(cache=True)
def _run(  # noqa: PLR0917  one loop over events, kept whole so that Numba compiles it
    rng, seconds, warm_s, aps, per_ap, group_of, saturated,
    down_rate, up_rate,  # packets per us and client, by group; 0 is silent
    down_head, down_each, down_most, down_answer, up_head, up_each, up_most, up_answer,
    sifs, rts_us, cts_us, beacon_us, beacon_sources, beacon_interval, lifetime, ack_timeout_slots,
):  # fmt: skip
    slot, aifs = 9.0, sifs + 27.0
    clients = aps * per_ap
    flows = 2 * clients  # 0..clients-1 down, then up
    contenders = aps + clients
    size = QUEUE + 1
    queue = np.empty((flows, size))
    head, count = np.zeros(flows, np.int64), np.zeros(flows, np.int64)
    ap_count = np.zeros(aps, np.int64)
    rate = np.zeros(flows)
    for c in range(clients):
        rate[c], rate[clients + c] = down_rate[group_of[c % per_ap]], up_rate[group_of[c % per_ap]]
    # One stream of arrivals for each access point, whose packets go to its clients at random, and one for each client.
    streams = aps + clients
    stream_rate, nxt = np.zeros(streams), np.full(streams, np.inf)
    for i in range(streams):
        stream_rate[i] = rate[i * per_ap] * per_ap if i < aps else rate[clients + i - aps]
        if stream_rate[i] > 0 and not saturated:
            nxt[i] = rng.exponential(1 / stream_rate[i])
    cw = np.full(contenders, 15)
    back = rng.integers(0, 16, contenders).astype(np.float64)
    late = np.zeros(contenders)  # slots by which a contender starts counting later than the rest
    beacon_at = rng.random(beacon_sources) * beacon_interval
    now = 0.0
    end, warm = seconds * 1e6, warm_s * 1e6
    histogram = np.zeros((2, BINS + 1))
    delay_sum, delivered, dropped = np.zeros(2), np.zeros(2), np.zeros(2)
    by_group = np.zeros((2, len(down_head)))
    collided, successes, on_air, mpdus = 0.0, 0.0, 0.0, 0.0
    when, chosen = np.empty(contenders), np.zeros(contenders, np.int64)
    round_robin = np.zeros(aps, np.int64)
    while now < end:
        # Packets that came while the air was busy.
        for i in range(streams):
            while nxt[i] <= now:
                way = 0 if i < aps else 1
                f = i * per_ap + rng.integers(0, per_ap) if way == 0 else clients + i - aps
                held = ap_count[i] if way == 0 else count[f]
                if held >= QUEUE:
                    if nxt[i] >= warm:
                        dropped[way] += 1
                else:
                    if held == 0 and back[i] <= 0:
                        back[i] = rng.integers(0, cw[i] + 1)
                    queue[f, (head[f] + count[f]) % size] = nxt[i]
                    count[f] += 1
                    if way == 0:
                        ap_count[i] += 1
                nxt[i] += rng.exponential(1 / stream_rate[i])
        # Beacons that waited go first.
        waiting = 0
        for b in range(beacon_sources):
            if beacon_at[b] <= now:
                waiting += 1
                beacon_at[b] += beacon_interval
        if waiting:
            now += sifs + slot + beacon_us
            on_air += beacon_us
            continue
        # Who sends first.
        start = now + aifs
        for i in range(contenders):
            if i < aps:
                has = ap_count[i] > 0
                if saturated:
                    has = rate[i * per_ap] > 0
                soonest = nxt[i]
            else:
                f = clients + i - aps
                has = count[f] > 0
                if saturated:
                    has = rate[f] > 0
                soonest = nxt[i]
            ready = start + slot * (back[i] + late[i])
            if has:
                when[i] = ready
            elif soonest < np.inf and not saturated:
                when[i] = max(ready, start + slot * math.ceil(max(soonest - start, 0.0) / slot))
            else:
                when[i] = np.inf
        first = when.min()
        soonest_beacon = beacon_at.min() if beacon_sources else np.inf
        if soonest_beacon < first:
            passed = math.floor(max(soonest_beacon - start, 0.0) / slot)
            for i in range(contenders):
                back[i] = max(back[i] - max(passed - late[i], 0), 0)
                late[i] = max(late[i] - passed, 0)
            now = soonest_beacon
            for b in range(beacon_sources):
                if beacon_at[b] <= now:
                    beacon_at[b] += beacon_interval
            now += beacon_us
            on_air += beacon_us
            continue
        if first == np.inf:
            break
        passed = round((first - start) / slot)
        senders = 0
        for i in range(contenders):
            if when[i] < first + 1:
                chosen[senders] = i
                senders += 1
        for i in range(contenders):
            # Bystanders count the slot that another takes, as Bianchi's chain does.
            counted = max(passed - late[i], 0) + (1 if when[i] >= first + 1 else 0)
            back[i] = max(back[i] - counted, 0)
            late[i] = 0
        # Packets that came while the air was idle.
        for i in range(streams):
            while nxt[i] <= first:
                way = 0 if i < aps else 1
                f = i * per_ap + rng.integers(0, per_ap) if way == 0 else clients + i - aps
                held = ap_count[i] if way == 0 else count[f]
                if held >= QUEUE:
                    if nxt[i] >= warm:
                        dropped[way] += 1
                else:
                    queue[f, (head[f] + count[f]) % size] = nxt[i]
                    count[f] += 1
                    if way == 0:
                        ap_count[i] += 1
                nxt[i] += rng.exponential(1 / stream_rate[i])
        longest = 0.0
        for s in range(senders):
            i = chosen[s]
            f = -1
            if i < aps:
                oldest = np.inf
                for step in range(per_ap):
                    c = i * per_ap + (round_robin[i] + step) % per_ap
                    if saturated:
                        f = c
                        break
                    # What is too old is dropped from the head.
                    while count[c] and queue[c, head[c]] < first - lifetime:
                        if queue[c, head[c]] >= warm:
                            dropped[0] += 1
                        head[c] = (head[c] + 1) % size
                        count[c] -= 1
                        ap_count[i] -= 1
                    if count[c] and queue[c, head[c]] < oldest:
                        oldest, f = queue[c, head[c]], c
            else:
                f = clients + i - aps
                while not saturated and count[f] and queue[f, head[f]] < first - lifetime:
                    if queue[f, head[f]] >= warm:
                        dropped[1] += 1
                    head[f] = (head[f] + 1) % size
                    count[f] -= 1
                if not saturated and not count[f]:
                    f = -1
            if f < 0:
                continue
            g = group_of[f % clients % per_ap]
            if f < clients:
                batch = down_most[g] if saturated else min(down_most[g], count[f])
                us, answer = down_head[g] + down_each[g] * batch, down_answer[g]
            else:
                batch = up_most[g] if saturated else min(up_most[g], count[f])
                us, answer = up_head[g] + up_each[g] * batch, up_answer[g]
            longest = max(longest, us)
            if senders == 1:
                way = 0 if f < clients else 1
                extra = rts_us + cts_us + 2 * sifs if rts_us > 0 else 0.0
                done = first + extra + us
                if first >= warm:
                    successes += 1
                    mpdus += batch
                    on_air += us + answer + (rts_us + cts_us if rts_us > 0 else 0.0)
                    by_group[way, g] += batch
                if saturated:
                    if f < clients:
                        round_robin[i] += 1
                else:
                    for _ in range(batch):
                        came = queue[f, head[f]]
                        head[f] = (head[f] + 1) % size
                        count[f] -= 1
                        if way == 0:
                            ap_count[i] -= 1
                        if came >= warm:
                            delivered[way] += 1
                            delay_sum[way] += done - came
                            histogram[way, min(int((done - came) / 500.0), BINS)] += 1
                cw[i] = 15
                back[i] = rng.integers(0, 16)
                now = done + sifs + answer
            else:
                cw[i] = min(2 * cw[i] + 1, 1023)
                back[i] = rng.integers(0, cw[i] + 1)
                late[i] = ack_timeout_slots
        if senders > 1:
            us = rts_us if rts_us > 0 else longest
            now = first + us
            if first >= warm:
                collided += 1
                on_air += us
        elif longest == 0.0:
            now = first  # all that it had was too old
    return histogram, delay_sum, delivered, dropped, by_group, collided, successes, on_air, mpdus


def simulate(cell: dict[str, Any], *, seconds: float = 10.0, warm_s: float = 1.0, seed: int = 1) -> dict[str, Any]:
    """The cell of `wifiplan airtime`, simulated; UDP only."""
    asked = cell_file.checked([cell], where="")
    a = cell_file.cell_arrays(asked)
    groups = np.concatenate([np.full(group.count, index) for index, group in enumerate(asked[0].clients)]).astype(np.int64)
    load = asked[0].rate_mbps
    rate = 1.0 if load is None else load / a.down_bits[0, 0]
    per_us = np.full(len(asked[0].clients), rate)
    zero = np.zeros_like(per_us)
    most_d, most_u = a.down_mpdus[0].astype(np.int64), a.up_mpdus[0].astype(np.int64)
    started = time.perf_counter()
    found = _run(
        np.random.default_rng(seed), seconds, warm_s, int(a.access_points[0]), len(groups), groups, load is None,
        per_us if a.down[0] else zero, per_us if a.up[0] else zero,
        a.down_ppdu_us[0] - most_d * a.down_mpdu_us[0], a.down_mpdu_us[0], most_d, a.down_ack_us[0],
        a.up_ppdu_us[0] - most_u * a.up_mpdu_us[0], a.up_mpdu_us[0], most_u, a.up_ack_us[0],
        a.sifs_us[0], a.rts_us[0], a.cts_us[0], a.beacon_us[0], int(a.beacon_sources[0]), a.beacon_interval_us[0],
        LIFETIME_MS * 1e3, 5.0,
    )  # fmt: skip
    histogram, delay_sum, delivered, dropped, by_group, collided, successes, on_air, mpdus = found
    span_us = (seconds - warm_s) * 1e6
    p95 = [float(0.5 * (1 + np.searchsorted(np.cumsum(h), 0.95 * h.sum()))) if h.sum() else 0.0 for h in histogram]
    goodput = by_group * a.down_bits[0, 0] / span_us
    return {
        "goodput_mbps": float(goodput.sum()),
        "down_mbps": float(goodput[0].sum()),
        "up_mbps": float(goodput[1].sum()),
        "groups": goodput.sum(axis=0).tolist(),
        "delay_p95_ms": p95,
        "delay_mean_ms": (delay_sum / np.maximum(delivered, 1) * 1e-3).tolist(),
        "loss_share": (dropped / np.maximum(dropped + delivered, 1)).tolist(),
        "collisions": float(collided / max(successes, 1)),
        "batch": float(mpdus / max(successes, 1)),
        "busy_share": float(on_air / span_us),
        "seconds": time.perf_counter() - started,
    }


def fits(cell: dict[str, Any], count: int, *, seconds: float, seed: int) -> bool:
    """Whether so many clients a BSS are served well in this simulation."""
    found = simulate(cell | {"clients": [{**cell["clients"][0], "count": count}]}, seconds=seconds, seed=seed)
    return max(found["delay_p95_ms"]) <= MAX_DELAY_MS and max(found["loss_share"]) <= MAX_LOSS_SHARE


def most_clients(cell: dict[str, Any], *, guess: int, seconds: float = 20.0, seed: int = 1) -> int:
    """The most clients that fit, by halving."""
    low, high = 0, max(guess, 1)
    while fits(cell, high, seconds=seconds, seed=seed):
        low, high = high, math.ceil(high * 1.3) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(cell, middle, seconds=seconds, seed=seed) else (low, middle)
    return low


def grid() -> list[dict[str, Any]]:
    """Cells of every kind: MCS, width, load, direction, co-channel BSSs, generation, small packets, RTS."""
    plain = {"standard": "ax", "band_ghz": 5, "width_mhz": 20, "streams": 1, "bss": 1, "payload_bytes": 1472, "rts": False}
    plain["aggregation"] = True
    found = [
        plain | {"direction": direction, "mcs": mcs, "width_mhz": width, "rate_mbps": rate, "bss": bss}
        for direction, (mcs, width), rate, bss in itertools.product(
            ("down", "up", "both"), ((0, 20), (3, 20), (7, 20), (11, 20), (3, 80), (9, 80)), (0.5, 1.0, 5.0), (1, 2)
        )
    ]
    for direction, mcs, rts in itertools.product(("down", "up", "both"), (3, 7), (False, True)):
        other = plain | {"direction": direction, "mcs": mcs, "rts": rts}
        found += [
            other | {"payload_bytes": 160, "rate_mbps": 0.064},
            other | {"standard": "n", "band_ghz": 2.4, "rate_mbps": 0.5},
            other | {"standard": "ac", "rate_mbps": 1.0},
        ]
    for direction, mcs in itertools.product(("down", "up", "both"), (2, 6)):
        other = plain | {"direction": direction, "mcs": mcs}
        found += [
            other | {"aggregation": False, "rate_mbps": 0.5},
            other | {"aggregation": False, "payload_bytes": 160, "rate_mbps": 0.064},
            other | {"width_mhz": 40, "streams": 2, "bss": 3, "rate_mbps": 1.0},
            other | {"width_mhz": 80, "streams": 2, "payload_bytes": 512, "rate_mbps": 2.0},
        ]
    return found


def as_cell(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the grid as `wifiplan airtime` reads it."""
    return {key: value for key, value in row.items() if key != "mcs"} | {"clients": [{"mcs": row["mcs"], "count": 1}]}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--write", action="store_true")
    write = options.parse_args().write
    rows = grid()
    answers = cell_file.answers([as_cell(row) | {"solve": "clients"} for row in rows])
    kept, started = [], time.perf_counter()
    for row, answer in zip(rows, answers, strict=True):
        model = answer["max_clients"]
        if not 3 <= model <= 250:
            continue
        simulated = most_clients(as_cell(row), guess=model)
        kept.append(row | {"max_clients": simulated})
        print(
            *(row[key] for key in KEYS), f"simulated {simulated} model {model} {model / max(simulated, 1) - 1:+.0%}", flush=True
        )
    models = {tuple(row[key] for key in KEYS): answer["max_clients"] for row, answer in zip(rows, answers, strict=True)}
    for direction in ("down", "up", "both"):
        pairs = [(row["max_clients"], models[tuple(row[key] for key in KEYS)]) for row in kept if row["direction"] == direction]
        errors = np.array([model / simulated - 1 for simulated, model in pairs if simulated >= 8])
        outside = sum(abs(model - simulated) > max(2, 0.1 * simulated) for simulated, model in pairs)
        spread = np.sqrt((errors**2).mean())
        print(f"{direction}: {len(pairs)} cells, {outside} beyond 10 % and 2; mean {errors.mean():+.1%}, rms {spread:.1%}")
    print(f"{time.perf_counter() - started:.0f} s")
    if write:
        with TABLE.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, [*KEYS, "max_clients"], lineterminator="\n")
            out.writeheader()
            out.writerows(kept)


if __name__ == "__main__":
    main()
