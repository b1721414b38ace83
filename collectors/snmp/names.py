"""The addresses of devices that are known by name."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor

LOOK_UP_S, LOOK_UP_AGAIN_S = 6.0, 60.0
"""A name is waited for so long, and looked up again after that (assumed): in a blackout name servers are silent too."""
_THREADS = ThreadPoolExecutor(16, thread_name_prefix="names")
"""Name servers that hang hold up other names, and neither the store's threads nor a device that is known."""


@functools.lru_cache(maxsize=1 << 14)
def _literal(host: str) -> str | None:
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host))
    return None


async def address_of(host: str, port: int) -> tuple[str, int]:
    """Give address and port of a host; an address is its own.

    Raises
    ------
    OSError
        There is no such name, or no name server answers (`TimeoutError`, or EAI_AGAIN).
    """
    literal = _literal(host)
    if literal is not None:
        return literal, port
    look_up = functools.partial(socket.getaddrinfo, host, port, type=socket.SOCK_DGRAM)
    async with asyncio.timeout(LOOK_UP_S):
        found = await asyncio.get_running_loop().run_in_executor(_THREADS, look_up)
    return str(found[0][4][0]), port
