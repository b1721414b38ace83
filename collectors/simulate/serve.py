"""A simulated facility on this machine: agents at their ports, the targets.toml that polls them, the file that steers them."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.errors import CollectError, ConfigError
from collectors.simulate.agent import Endpoint
from collectors.simulate.gear import AGENT_NAMES, agents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from collectors.simulate.gear import Agent
    from collectors.simulate.people import Network


_LOOK_S = 0.2
"""How often the control file is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Agents that answer: name -> UDP port of 127.0.0.1."""

    network: Network
    ports: dict[str, int]
    transports: tuple[asyncio.DatagramTransport, ...]

    async def close(self) -> None:
        """Stop answering and give the ports back."""
        for transport in self.transports:
            transport.close()
        await asyncio.sleep(0)  # asyncio closes the sockets in its next turn


async def serve(network: Network, facility: Sequence[Agent], *, port: int = 0, community: str = "public") -> Served:
    """Answer for each agent on its own port of 127.0.0.1: `port` and those after it, or any free ones for 0.

    Raises
    ------
    CollectError
        A port is taken.
    """
    loop = asyncio.get_running_loop()
    ports: dict[str, int] = {}
    transports: list[asyncio.DatagramTransport] = []
    for number, agent in enumerate(facility):
        wanted = port + number if port else 0
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda agent=agent: Endpoint(agent, network, community),  # type: ignore[misc]
                local_addr=("127.0.0.1", wanted),
            )
        except (OSError, OverflowError) as error:
            for opened in transports:
                opened.close()
            reason = "is taken" if isinstance(error, OSError) else "is not a port"
            raise CollectError(
                f"--port {port}: UDP port {wanted} of 127.0.0.1 {reason}; "
                f"give the first of {len(facility)} free ports in a row, or 0 for any"
            ) from None
        ports[agent.name] = transport.get_extra_info("sockname")[1]
        transports.append(transport)
    return Served(network=network, ports=ports, transports=tuple(transports))


def targets_toml(ports: dict[str, int], *, site: str, design: str, store_url: str, interval_s: float) -> str:
    """Write a targets.toml that polls these agents."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

    lines = [f"[store]\nurl = {quoted(store_url)}\ninterval_s = {interval_s:g}\n"]
    for name, port in ports.items():
        lone_ap = f"ap = {quoted(name)}\n" if name not in AGENT_NAMES else ""
        lines.append(
            f"[[target]]\nname = {quoted(name)}\nsite = {quoted(site)}\nhost = '127.0.0.1'\nport = {port}\n"
            f"design = {quoted(design)}\n{lone_ap}"
        )
    return "\n".join(lines)


class ControlFile:
    """A JSON file with `Network.control`'s arguments: whoever runs the simulation takes things in hand with it."""

    def __init__(self, network: Network, path: Path) -> None:
        self._network, self._path = network, path
        self._seen: tuple[int, int] | None = None

    def follow(self) -> None:
        """Do what it says now, if it has changed. What was said before holds while it is half-written or wrong."""
        with suppress(OSError, ValueError, TypeError, ConfigError):
            stat = self._path.stat()
            state = stat.st_mtime_ns, stat.st_size
            if state != self._seen:
                self._network.control(**json.loads(self._path.read_bytes()))
                self._seen = state


async def serve_until_stopped(
    network: Network, ready: Callable[[dict[str, int]], None], *, port: int = 0, hand: ControlFile | None = None
) -> None:
    """Serve a facility until SIGINT or SIGTERM.

    Parameters
    ----------
    ready : callable
        Called with name -> UDP port once all agents answer.
    hand : ControlFile, optional
        What to follow meanwhile.

    Raises
    ------
    CollectError
        A port is taken.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    served = await serve(network, agents(network), port=port)
    try:
        ready(served.ports)
        while not stop.is_set():
            if hand is not None:
                hand.follow()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_S)
    finally:
        await served.close()
