"""A blackout: most targets fall silent at once, and the living go on as if nothing were.

`python tests/benchmarks/blackout.py [--targets 820] [--dead 800] [--interval-s 10] [--seconds 100]`. Needs the references beside
the repository (bench/snmp) and gcc with libssl-dev. All targets answer at first; after three intervals what is sent to the dead
ones is dropped, without a word, as a network without power does. `--from-the-start` has them dead before the collector starts.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import platform
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import snmp

WARM_INTERVALS = 3
STEP_S = 4.0


async def blackout(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Run the collector through it, and watch what its store says second by second."""
    from collectors.config import Config
    from collectors.poll import Poller
    from collectors.service import Service
    from collectors.snmp._udp import UdpEngine
    from collectors.stores.store import open_store
    from dashboards import watch

    plain = snmp.targets("aps", "2c", folder)
    targets = tuple(
        replace(plain[n % len(plain)], name=f"T{n}", site=f"S{n}", interval_s=options.interval_s) for n in range(options.targets)
    )
    dead = {target.name for target in targets[:: max(1, options.targets // options.dead)][: options.dead]}
    dead |= {target.name for target in targets if len(dead) < options.dead}
    dead = set(sorted(dead)[: options.dead])
    dark: set[tuple[str, int]] = set()

    class Wires(UdpEngine):
        def _transmit(self, address: tuple[str, int], message: bytes) -> None:
            if address not in dark:
                super()._transmit(address, message)

    # An address is one device: those beyond the agent's thousand share one with another of the same fate.
    fates: dict[str, bool] = {}
    hosts = [f"127.1.{n // 250}.{n % 250}" for n in range(1, snmp.STANDALONE + 1)]
    dead_hosts = hosts[: max(1, round(len(hosts) * options.dead / options.targets))]
    living_hosts = hosts[len(dead_hosts) :]
    placed = []
    for number, target in enumerate(targets):
        pool = dead_hosts if target.name in dead else living_hosts
        host = pool[number % len(pool)]
        fates[host] = target.name in dead
        placed.append(replace(target, host=host))
    url = f"sqlite:{folder / 'store.sqlite'}"
    config = Config(
        path=folder / "targets.toml", store_url=url, interval_s=options.interval_s, targets=tuple(placed), spool=folder / "spool"
    )
    since = time.monotonic()
    last = {target.name: since for target in placed if target.name not in dead}
    oldest_s = dict.fromkeys(last, 0.0)
    said: dict[str, list[str]] = {target.name: [] for target in placed}
    down_s: dict[str, float] = {}
    dark_at_s = since if options.from_the_start else since + WARM_INTERVALS * options.interval_s
    unknown_living = 0

    async with Poller(Wires()) as poller:

        async def poll(target: Any) -> Any:
            result = await poller.poll(target)
            if result.error is None and target.name in last:
                oldest_s[target.name] = max(oldest_s[target.name], time.monotonic() - last[target.name])
                last[target.name] = time.monotonic()
            return result

        stop = asyncio.Event()
        with Service(config, poll) as service:
            running = asyncio.create_task(service.forever(stop))
            while time.monotonic() < dark_at_s + options.seconds:
                if time.monotonic() >= dark_at_s:
                    dark.update((host, snmp.PORT) for host, is_dead in fates.items() if is_dead)
                await asyncio.sleep(STEP_S)
                with open_store(url, read_only=True) as store:
                    samples = await asyncio.to_thread(store.latest)
                for one in await asyncio.to_thread(watch.status, config, {}, samples, now=datetime.now(UTC)):
                    name = f"T{one.site[1:]}"
                    states = said[name]
                    if not states or states[-1] != one.state:
                        states.append(one.state)
                    if one.state == "down":
                        down_s.setdefault(name, time.monotonic() - dark_at_s)
                    warm = time.monotonic() > since + 2 * options.interval_s
                    unknown_living += name not in dead and warm and "unknown" == one.state
            stop.set()
            await running
    now_s = time.monotonic()
    ages = [max(oldest_s[name], 0.0 if stop.is_set() else now_s - last[name]) for name in last]
    after_down = {name: said[name][said[name].index("down") + 1 :] if "down" in said[name] else [] for name in dead}
    return {
        "targets": len(placed),
        "dead": len(dead),
        "interval_s": options.interval_s,
        "oldest_living_intervals": round(max(ages) / options.interval_s, 2),
        "living_unknown": unknown_living,
        "living_states": sorted({state for name in last for state in said[name]}),
        "down": len([name for name in dead if name in down_s]),
        "slowest_down_intervals": round(max(down_s.values(), default=0.0) / options.interval_s, 2),
        "flapped": sum(bool(states) for states in after_down.values()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=820)
    parser.add_argument("--dead", type=int, default=800)
    parser.add_argument("--interval-s", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=100.0)
    parser.add_argument("--from-the-start", action="store_true")
    options = parser.parse_args()
    logging.getLogger("collectors").setLevel(logging.ERROR)
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        agent = snmp.start_agent(Path(name))
        try:
            print(asyncio.run(blackout(Path(name), options)))
        finally:
            agent.kill()


if __name__ == "__main__":
    main()
