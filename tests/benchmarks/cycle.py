"""A thousand devices at once: `python tests/benchmarks/cycle.py [--memory-cycles 200]`.

One cycle of `wifiplan collect` on the C agent of the references (bench/snmp; needs gcc with libssl-dev) that loses 5 % of the
requests, with 20 devices dead and 5 that answer after 1.5 s: does it end within its 60 s, is every number the device's own, is
who is dead marked? Then a collector at an interval of a second for 200 cycles: the memory that it takes.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from collectors.config import Config  # noqa: E402
from collectors.poll import Poller  # noqa: E402
from collectors.service import Service  # noqa: E402
from collectors.store import open_store  # noqa: E402
from tests.benchmarks.snmp import PORT, start_agent, targets  # noqa: E402

DEAD, SLOW = 20, 5
SLOW_PORT = PORT + 1


def number(host: str) -> int:
    """Which access point of the agent has this address."""
    _, _, high, low = host.split(".")
    return int(high) * 250 + int(low)


def clients(ap: int) -> dict[str, float]:
    """What the agent says of an access point's four networks (fastagent.c, `getap`)."""
    return {str(k): float((ap * 3 + k * 5) % 40) for k in range(1, 5)}


async def lossy(folder: Path) -> None:
    dead_port = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # hears and says nothing, on every address of loopback
    dead_port.bind(("", 0))
    everyone = [replace(t, timeout_s=2.0, site=f"site {n // 10}") for n, t in enumerate(targets("aps", "2c", folder))]
    everyone[:DEAD] = [replace(t, port=dead_port.getsockname()[1]) for t in everyone[:DEAD]]
    everyone[DEAD : DEAD + SLOW] = [replace(t, port=SLOW_PORT) for t in everyone[DEAD : DEAD + SLOW]]
    names = {target.name: target for target in everyone}
    store_url = f"sqlite:{folder / 'lossy.sqlite'}"
    config = Config(path=folder / "t.toml", store_url=store_url, interval_s=60.0, targets=tuple(everyone), spool=folder / "spool")
    async with Poller() as poller:
        for title in ("cold", "warm", "warm"):
            since = time.time()
            with Service(config, poller.poll) as service:
                done = await service.once()
            with open_store(store_url, read_only=True) as store:
                found = [s for s in store.read() if s.time.timestamp() >= since]
            marked = {s.tags["device"] for s in found if s.measurement == "device" and s.fields["reachable"] == 0}
            ssids = [s for s in found if s.measurement == "wifi_ssid" and "clients" in s.fields]
            wrong = sum(s.fields["clients"] != clients(number(s.tags["device"]))[s.tags["ssid"]] for s in ssids)
            dead = {t.name for t in everyone[:DEAD]}
            others = len(marked - dead)
            print(
                f"{title}: {done.seconds:.1f} s; {done.ok} answered, {done.failed} not "
                f"({len(marked & dead)} of {DEAD} dead marked, {others} others); {len(ssids):,} client counts of "
                f"{len(ssids) / 4:.1f} devices, {wrong} not the device's own; {len(found):,} samples",
                flush=True,
            )
            assert names.keys() >= marked
    dead_port.close()


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


async def memory(folder: Path, cycles: int) -> None:
    everyone = [replace(t, interval_s=1.0, site=f"site {n // 10}") for n, t in enumerate(targets("aps", "3", folder))]
    config: Any = Config(
        path=folder / "m.toml",
        store_url=f"sqlite:{folder / 'memory.sqlite'}",
        interval_s=1.0,
        targets=tuple(everyone),
        spool=folder / "spool",
    )
    stop, seen = asyncio.Event(), []
    async with Poller() as poller:
        with Service(config, poller.poll) as service:
            running = asyncio.create_task(service.forever(stop))
            while (polls := service.summary().ok) < cycles * len(everyone):
                await asyncio.sleep(5)
                if polls >= len(seen) * cycles * len(everyone) / 10:
                    seen.append(f"{polls // len(everyone)}: {resident_mb():.0f}")
            stop.set()
            done = await running
    print(f"memory of 1000 targets, version 3 (cycle: MB): {', '.join(seen)}; {done.failed} failed, {done.samples:,} samples")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory-cycles", type=int, default=200)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # each dead device is said
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        agents = [start_agent(folder, "-l", "50"), start_agent(folder, "-d", "1500", port=SLOW_PORT)]
        try:
            asyncio.run(lossy(folder))
        finally:
            for agent in agents:
                agent.terminate()
                agent.wait()
        if options.memory_cycles:
            agent = start_agent(folder)
            try:
                asyncio.run(memory(folder, options.memory_cycles))
            finally:
                agent.terminate()
                agent.wait()


if __name__ == "__main__":
    main()
