"""Every bar of one cell with the figure reached: `taskset -c 0 python tests/benchmarks/airtime.py`."""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from wifiplan.airtime import cell_file
from wifiplan.airtime.cells import take
from wifiplan.airtime.contention import bianchi_tau
from wifiplan.airtime.offered import steady_state
from wifiplan.airtime.saturated import saturated_goodput

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "wifiplan" / "airtime"))
import tables as reference  # the tables, and how a row becomes a cell

CELLS = 20_000


def show(what: str, bar: str, reached: str) -> None:
    print(f"| {what} | {bar} | {reached} |")


def errors(rows: list[dict[str, str]], answers: list[dict[str, Any]], column: str, factor: float = 1.0) -> np.ndarray:
    return np.array([factor * answer["goodput_mbps"] / float(row[column]) - 1 for row, answer in zip(rows, answers, strict=True)])


def saturated() -> None:
    rows = reference.SATURATED
    found = errors(rows, cell_file.answers([reference.as_cell(row) for row in rows]), "agg")
    tolerance = np.array([float(row["tol"]) for row in rows])
    names = np.array([row["set"] for row in rows])
    inside = (np.abs(found) <= tolerance).sum()
    show(
        "saturated.csv: rows within their `tol`",
        f"{len(rows)}",
        f"{inside} (worst uses {np.max(np.abs(found) / tolerance):.0%} of it)",
    )
    bars = {"S1": "0.5 %", "S2": "2 %", "S3": "2 %", "S4": "2 %"}
    for name in sorted(set(names)):
        mine = np.abs(found[names == name])
        show(f"{name}: median, worst of {len(mine)}", bars.get(name[:2], "-"), f"{np.median(mine):.2%}, {mine.max():.1%}")
    mine = [(row, answer) for row, answer in zip(rows, cell_file.answers([reference.as_cell(row) for row in rows]), strict=True)]
    both = [f"{answer['down_mbps'] / float(row['dl']) - 1:+.0%}" for row, answer in mine if row["dir"] == "both"]
    show("both ways full, 1, 5 and 20 clients: downlink's error", "25 %", ", ".join(both))
    contended = [
        row for row in rows if row["set"].startswith("S2") and int(row["nsta"]) * int(row["nbss"]) + (row["dir"] == "both") >= 2
    ]
    alone = cell_file.answers([reference.as_cell(row) | {"direction": "down", "bss": 1} for row in contended])
    wrong = np.abs(errors(contended, alone, "agg")) > np.array([float(row["tol"]) for row in contended])
    show("S2 rows that a model without contention fails", f"{len(contended)}", f"{wrong.sum()}")


def clients() -> None:
    for row in reference.table("clients_supported.csv"):
        direction, *co_channel = row["dir"].split(" (")
        cell = {
            "clients": [{"mcs": int(row["mcs"]), "count": 1}],
            "direction": reference.DIRECTIONS[direction],
            "bss": 2 if co_channel else 1,
            "payload_bytes": int(row["payload"]),
            "rate_mbps": float(row["rate_mbps_each_way"]),
            "solve": "clients",
        }
        what = f"clients: MCS {row['mcs']}, {direction}, {row['rate_mbps_each_way']} Mbit/s, {cell['bss']} BSS"
        show(what, f"{row['n_last_ok']} fit, {row['n_first_bad'] or '?'} do not", str(cell_file.answer(cell)["max_clients"]))
    down, up = (
        cell_file.answer({"clients": [{"mcs": 3, "count": 1}], "rate_mbps": 1, "solve": "clients", "direction": direction})
        for direction in ("down", "up")
    )
    show("MCS 3, 20 MHz, 1 Mbit/s: uplink / downlink", "< 0.7", f"{up['max_clients'] / down['max_clients']:.2f}")


def tcp() -> None:
    rows = reference.table("tcp.csv")
    answers = cell_file.answers(
        [
            {
                "clients": [{"mcs": int(row["mcs"]), "count": int(row["nsta"])}],
                "width_mhz": int(row["bw"]),
                "direction": reference.DIRECTIONS[row["dir"]],
                "transport": "tcp",
            }
            for row in rows
        ]
    )
    found = errors(rows, answers, "agg_mbps")
    for direction, bar in (("dl", "10 %"), ("ul", "15 %"), ("both", "-")):
        mine = found[[row["dir"] == direction for row in rows]]
        show(f"tcp.csv {direction}: worst, mean of {len(mine)}", bar, f"{np.abs(mine).max():.1%}, {mine.mean():+.1%}")


def bianchi() -> None:
    rows = [row for row in reference.table("bianchi_single_mpdu.csv") if row["mode"].startswith("HeMcs")]
    modes = [row["mode"].removeprefix("HeMcs").removesuffix("MHz").split("_") for row in rows]
    answers = cell_file.answers(
        [
            {
                "clients": [{"mcs": int(mcs), "count": int(row["n"])}],
                "width_mhz": int(width),
                "direction": "up",
                "aggregation": False,
            }
            for row, (mcs, width) in zip(rows, modes, strict=True)
        ]
    )
    found = np.abs(errors(rows, answers, "throughput_mbps", 1500 / 1472))
    show(
        f"bianchi_single_mpdu.csv, {len(rows)} HE rows: median, worst", "1.2 %, 4 %", f"{np.median(found):.2%}, {found.max():.1%}"
    )
    table = reference.table("bianchi2000.csv")
    tau = [float(bianchi_tau(float(row["n"]), window=int(row["W"]), stages=int(row["m"]))) for row in table]
    worst = max(abs(mine / float(row["tau"]) - 1) for mine, row in zip(tau, table, strict=True))
    show(f"bianchi2000.csv, tau of {len(table)} rows: worst", "-", f"{worst:.2%}")


def speed() -> None:
    rows = [reference.as_cell(row) for row in reference.SATURATED]
    many = list(itertools.islice(itertools.cycle(rows), CELLS))
    arrays = cell_file.cell_arrays(cell_file.checked(many, where=""))
    solve = [
        {"clients": [{"mcs": mcs, "count": 1}], "rate_mbps": rate, "direction": direction, "solve": "clients"}
        for mcs, rate, direction in itertools.product(range(12), (0.064, 0.1, 0.5, 1, 2, 5), ("down", "up", "both"))
    ]
    facility = take(arrays, np.arange(1200))
    load = np.full(facility.clients.shape, 0.3)
    jobs: list[tuple[str, str, int, Any]] = [
        (f"saturated cells/s: {CELLS:,} as JSON objects in one call", "17,000", CELLS, lambda: cell_file.answers(many)),
        ("the same from arrays (`saturated`)", "17,000", CELLS, lambda: saturated_goodput(arrays)),
        (f"`solve: clients`/s: {len(solve)} in one call", "200", len(solve), lambda: cell_file.answers(solve)),
        ("cells with an offered load/s (`offered`, 1,200 in one call)", "-", 1200, lambda: steady_state(facility, load, load)),
    ]
    for what, bar, count, job in jobs:
        job()
        cpu_s, clock_s = [], []
        for _ in range(5):
            cpu, clock = time.process_time(), time.perf_counter()
            job()
            cpu_s.append(time.process_time() - cpu)
            clock_s.append(time.perf_counter() - clock)
        of_core, by_clock = count / float(np.median(cpu_s)), count / float(np.median(clock_s))
        show(what, bar, f"{of_core:,.0f} of CPU time ({by_clock:,.0f} by the clock, core shared with others)")


def main() -> None:
    print("| bar | asked | reached |\n|---|---|---|")
    for part in (saturated, clients, tcp, bianchi, speed):
        part()
    print(f"\nload of the machine (1, 5, 15 min): {', '.join(f'{load:.1f}' for load in os.getloadavg())}")


if __name__ == "__main__":
    main()
