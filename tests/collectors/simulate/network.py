"""A small simulated network for tests, and net-snmp's own client to ask it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from collectors.simulate.gear import agents
from collectors.simulate.people import AccessPoint, Band, Network, Radio
from collectors.simulate.serve import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

END = re.compile(r"^End of MIB$|= No more variables left")


def radio(band: Band = "5", planned_clients: float = 30.0, channel: int = 36) -> Radio:
    return Radio(band=band, channel=channel, width_mhz=20, tx_power_dbm=17.0, planned_clients=planned_clients, client_limit=50)


def four_aps(planned_clients: float = 30.0) -> tuple[AccessPoint, ...]:
    return tuple(
        AccessPoint(
            name=f"体育館-{n}",
            mac=bytes([2, 0, 0, 0, 0, n]),
            radios=(radio("2.4", planned_clients / 3, 1), radio("5", planned_clients)),
        )
        for n in range(1, 5)
    )


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@contextmanager
def served(network: Network) -> Iterator[dict[str, int]]:
    """Agents in a thread of their own; gives their ports."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        facility = agents(network)
        running = asyncio.run_coroutine_threadsafe(serve(network, facility), loop).result(10)
        try:
            yield running.ports
        finally:
            asyncio.run_coroutine_threadsafe(running.close(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def net_snmp(program: str, port: int, *oids: str, version: str = "2c", community: str = "public") -> tuple[list[str], int]:
    """What net-snmp's own client prints, and its exit code. `-OQn` is OID = value, in numbers."""
    line = [program, f"-v{version}", "-c", community, "-r0", "-t0.5", "-OQnU", "-m", "", f"127.0.0.1:{port}", *oids]
    done = subprocess.run(line, capture_output=True, text=True, timeout=30)
    return [line for line in done.stdout.splitlines() if not END.search(line)], done.returncode


def values(lines: list[str]) -> list[int]:
    return [int(line.partition(" = ")[2]) for line in lines]
