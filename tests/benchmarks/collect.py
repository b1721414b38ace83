"""The collector with 1,000 devices, as a bad day has them: packets lost, devices dead and slow; and what memory it keeps.

`python tests/benchmarks/collect.py [--cycles 200] [--interval-s 3]`. Needs the references beside the repository (bench/snmp) and
gcc with libssl-dev. The devices are those of the agent there, each at an address of its own; a relay in between loses 5 % of
the datagrams in each direction and all those of 20 devices, and lets 5 others answer each request after 1.5 s.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import logging
import os
import platform
import random
import selectors
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import snmp

RELAY_PORT = snmp.PORT + 1000
LOST_SHARE, DEAD, SLOW, SLOW_S = 0.05, 20, 5, 1.5
IP_PKTINFO = 8


def relay() -> None:
    """Pass datagrams on between poller and agent, badly. Each device is told by its address, and answers from it."""
    rng = random.Random(5)
    hosts = [f"127.1.{n // 250}.{n % 250}" for n in range(1, snmp.STANDALONE + 1)]
    chosen = rng.sample(hosts, DEAD + SLOW)
    dead, slow = set(chosen[:DEAD]), set(chosen[DEAD:])
    front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for sock in (front, back):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sock.setblocking(False)
    front.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    front.bind(("0.0.0.0", RELAY_PORT))
    back.bind(("127.0.0.1", 0))
    askers: dict[str, Any] = {}
    late: list[tuple[float, int, str, bytes]] = []
    watched = selectors.DefaultSelector()
    watched.register(front, selectors.EVENT_READ)
    watched.register(back, selectors.EVENT_READ)
    number = 0
    print("ready", *sorted(dead), flush=True)

    def answer(host: str, datagram: bytes) -> None:
        source = struct.pack("=I4s4s", 0, socket.inet_aton(host), bytes(4))
        front.sendmsg([datagram], [(socket.IPPROTO_IP, IP_PKTINFO, source)], 0, askers[host])

    while True:
        for key, _ in watched.select(0.05):
            try:
                if key.fileobj is front:
                    datagram, ancillary, _, asker = front.recvmsg(65535, 256)
                    host = socket.inet_ntoa(ancillary[0][2][8:12])
                    askers[host] = asker
                    if host not in dead and rng.random() >= LOST_SHARE:
                        back.sendto(datagram, (host, snmp.PORT))
                else:
                    datagram, (host, _) = back.recvfrom(65535)
                    if rng.random() < LOST_SHARE:
                        continue
                    if host in slow:
                        number += 1
                        heapq.heappush(late, (time.monotonic() + SLOW_S, number, host, datagram))
                    else:
                        answer(host, datagram)
            except BlockingIOError:
                continue
        while late and late[0][0] <= time.monotonic():
            _, _, host, datagram = heapq.heappop(late)
            answer(host, datagram)


def resident_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def clients_of(samples: Any) -> dict[Any, float]:
    return {sample.series: sample.fields["clients"] for sample in samples if "clients" in sample.fields}


def settings(folder: Path, targets: list[Any], interval_s: float) -> Any:
    from collectors.config import Config

    each = tuple(replace(target, interval_s=interval_s) for target in targets)
    url = f"sqlite:{folder / 'store.sqlite'}"
    return Config(path=folder / "targets.toml", store_url=url, interval_s=interval_s, targets=each, spool=folder / "spool")


async def bad_day(folder: Path, dead: set[str]) -> None:
    """Poll all at once, three times, through the relay."""
    from collectors.delivery import samples_of
    from collectors.poll import Poller
    from collectors.service import Service

    plain = snmp.targets("aps", "2c", folder)
    async with Poller() as poller:
        truth = {target.name: clients_of((await poller.poll(target)).samples) for target in plain}
    through = [replace(target, port=RELAY_PORT, timeout_s=2.0, retries=2) for target in plain]
    print("| cycle | seconds | answered | failed | false zeros | other wrong counts | dead marked | resident MB |")
    print("|---|---|---|---|---|---|---|---|")
    async with Poller() as poller:
        for cycle in (1, 2, 3):
            results: list[Any] = []

            async def poll(target: Any, results: list[Any] = results) -> Any:
                result = await poller.poll(target)
                results.append(result)
                return result

            (folder / str(cycle)).mkdir()
            with Service(settings(folder / str(cycle), through, 60.0), poll) as service:
                began_s = time.monotonic()
                done = await service.once()
                seconds = time.monotonic() - began_s
            zeros = wrong = 0
            for result in results:
                for series, clients in clients_of(result.samples).items():
                    zeros += clients == 0 and truth[result.target.name][series] != 0
                    wrong += clients not in (0, truth[result.target.name][series])
            marked = {
                result.target.name
                for result in results
                for sample in samples_of(result)
                if sample.measurement == "device" and sample.fields.get("reachable") == 0
            }
            cells = [cycle, f"{seconds:.1f}", done.ok, done.failed, zeros, wrong, len(marked & dead), f"{resident_mb():.0f}"]
            print("|", " | ".join(map(str, cells)), "|", flush=True)


async def memory(folder: Path, cycles: int, interval_s: float) -> None:
    """Let the service work for many cycles, straight at the agent."""
    from collectors.poll import Poller
    from collectors.service import Service

    targets = snmp.targets("aps", "2c", folder)
    stop = asyncio.Event()
    print("\n| cycles of 1,000 devices | polls | failed | resident MB |")
    print("|---|---|---|---|")
    async with Poller() as poller:
        with Service(settings(folder, targets, interval_s), poller.poll) as service:
            running = asyncio.create_task(service.forever(stop))
            for quarter in range(1, 9):
                await asyncio.sleep(cycles * interval_s / 8)
                done = service.summary()
                print(f"| {cycles * quarter // 8} | {done.ok + done.failed} | {done.failed} | {resident_mb():.0f} |", flush=True)
            stop.set()
            await running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--interval-s", type=float, default=3.0)
    parser.add_argument("--relay", action="store_true")
    options = parser.parse_args()
    if options.relay:
        relay()
        return
    logging.getLogger("collectors").setLevel(logging.ERROR)
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        agent = snmp.start_agent(folder)
        try:
            command = [sys.executable, __file__, "--relay"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as between:
                assert between.stdout is not None
                dead = set(between.stdout.readline().split()[1:])
                try:
                    asyncio.run(bad_day(folder, dead))
                finally:
                    between.kill()
            if options.cycles:
                asyncio.run(memory(folder, options.cycles, options.interval_s))
        finally:
            agent.kill()


if __name__ == "__main__":
    main()
