"""Reach what the people of a site need: its gateway, a name server, a page beyond. Wi-Fi up and internet down is seen so.

A probe says 1 (an answer came), 0 (none came, and one would have) or nothing at all where it cannot know: a host that has
never answered over TCP may only drop it, so without the right to send ICMP its silence is no proof.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import logging
import os
import secrets
import socket
import struct
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collectors.metrics import Sample
from collectors.telemetry import COLLECTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from collectors.config import Probe

_LOG = logging.getLogger(__name__)

TCP_PORTS = (443, 80, 53, 22)
"""Where a host is tried that should be asked over ICMP; an answer that nothing listens there is one too."""

_ECHO, _ECHO_REPLY = 8, 0
_ECHO_V6, _ECHO_REPLY_V6 = 128, 129
_DNS_PORT = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a probe found: `reachable` None is unknown; `latency_s` is from the question to the answer."""

    time: datetime
    reachable: bool | None
    latency_s: float | None = None


class Prober:
    """Tries probes, and remembers what hosts have shown to be able to answer. `clock` gives seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._by_tcp: set[str] = set()
        self._may_ping = True
        self._http: httpx.AsyncClient | None = None

    async def reach(self, probe: Probe) -> Reached:
        """Try once. Never raises for what the network does."""
        host, port, rest = probe.place
        began_s = time.monotonic()
        reachable: bool | None
        try:
            async with asyncio.timeout(probe.timeout_s):
                if probe.kind == "icmp":
                    reachable = await self._ping(host)
                elif probe.kind == "tcp":
                    await _connect(host, port or 0)
                    reachable = True
                elif probe.kind == "dns":
                    reachable = await _resolves(host, port or _DNS_PORT, rest)
                else:
                    reachable = await self._page_is_there(probe.url, probe.timeout_s)
        except (OSError, TimeoutError):
            reachable = False
        if probe.kind == "icmp" and not self._may_ping:
            reachable = await self._reach_without_icmp(host, probe.timeout_s)
        latency_s = time.monotonic() - began_s if reachable else None
        return Reached(time=datetime.fromtimestamp(self._clock(), UTC), reachable=reachable, latency_s=latency_s)

    async def sample(self, probe: Probe) -> Sample | None:
        """Try once, and give the sample to store, if there is anything to say."""
        found = await self.reach(probe)
        if found.reachable is None:
            return None
        fields = {"reachable": float(found.reachable)}
        if found.latency_s is not None:
            fields["latency_s"] = found.latency_s
        tags = {"site": probe.site, "device": COLLECTOR, "target": probe.name}
        return Sample(measurement="probe", time=found.time, tags=tags, fields=fields)

    async def close(self) -> None:
        """Give the connections back. Idempotent."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def _ping(self, host: str) -> bool:
        """Send one ICMP echo (RFC 792, RFC 4443 4.1) and wait for its reply."""
        if not self._may_ping:
            return False
        loop = asyncio.get_running_loop()
        family, _, _, _, address = (await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM))[0]
        is_v6 = family == socket.AF_INET6
        try:
            sock, is_raw = _icmp_socket(is_v6=is_v6)
        except PermissionError:
            self._may_ping = False
            _LOG.warning(
                "no right to send ICMP, so hosts are tried by TCP instead; grant CAP_NET_RAW (the systemd unit does), "
                "or put this user's group into net.ipv4.ping_group_range"
            )
            return False
        with sock:
            number = next(self._numbers) & 0xFFFF
            token = secrets.token_bytes(16)
            sock.connect((address[0], 0, 0, 0) if is_v6 else (address[0], 0))  # of datagrams it waits for nothing
            await loop.sock_sendall(sock, _echo(_ECHO_V6 if is_v6 else _ECHO, number, token))
            while True:
                answer = await loop.sock_recv(sock, 2048)
                if is_raw and not is_v6:
                    answer = answer[(answer[0] & 0x0F) * 4 :]  # the IP header
                if answer[:1] == bytes([_ECHO_REPLY_V6 if is_v6 else _ECHO_REPLY]) and answer[8:] == token:
                    return True

    async def _reach_without_icmp(self, host: str, timeout_s: float) -> bool | None:
        """Try TCP ports at once: any answer will do. Silence counts only from a host that has answered before."""
        tries = [asyncio.create_task(_answers(host, port)) for port in TCP_PORTS]
        try:
            async with asyncio.timeout(timeout_s):
                for done in asyncio.as_completed(tries):
                    if await done:
                        self._by_tcp.add(host)
                        return True
        except TimeoutError:
            pass
        finally:
            for task in tries:
                task.cancel()
            await asyncio.gather(*tries, return_exceptions=True)
        return False if host in self._by_tcp else None

    async def _page_is_there(self, url: str, timeout_s: float) -> bool:
        """Whether a page comes. One that sends elsewhere is a sign-in page in the way, as often as not."""
        import httpx

        if self._http is None:
            self._http = httpx.AsyncClient(follow_redirects=False)
        try:
            async with self._http.stream("GET", url, timeout=timeout_s) as answer:
                return answer.is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            return False


def _icmp_socket(*, is_v6: bool) -> tuple[socket.socket, bool]:
    """Open a socket for echoes, and say whether it is a raw one: the other kind needs no capability, where it is allowed."""
    family = socket.AF_INET6 if is_v6 else socket.AF_INET
    protocol = socket.IPPROTO_ICMPV6 if is_v6 else socket.IPPROTO_ICMP
    try:
        sock, is_raw = socket.socket(family, socket.SOCK_DGRAM, protocol), False
    except PermissionError:
        sock, is_raw = socket.socket(family, socket.SOCK_RAW, protocol), True
    sock.setblocking(False)
    return sock, is_raw


def _echo(kind: int, number: int, token: bytes) -> bytes:
    head = struct.pack("!BBHHH", kind, 0, 0, os.getpid() & 0xFFFF, number)
    if kind == _ECHO_V6:
        return head + token  # the kernel knows the addresses that its checksum is over
    octets = head + token
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total >> 16) + (total & 0xFFFF)
    return octets[:2] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + octets[4:]


async def _connect(host: str, port: int) -> None:
    _, writer = await asyncio.open_connection(host, port)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _answers(host: str, port: int) -> bool:
    """Whether a host says anything to a connection, if only that it does not want it."""
    try:
        await _connect(host, port)
    except OSError as error:
        return error.errno == errno.ECONNREFUSED
    return True


async def _resolves(server: str, port: int, name: str) -> bool:
    """Whether a name server answers for a name (RFC 1035 4.1): that there is no such name is an answer, a failure is none."""
    import dns.asyncquery
    import dns.exception
    import dns.message
    import dns.rcode

    found = await asyncio.get_running_loop().getaddrinfo(server, port, type=socket.SOCK_DGRAM)
    try:
        answer = await dns.asyncquery.udp(dns.message.make_query(name, "A"), str(found[0][4][0]), port=port)
    except dns.exception.DNSException:
        return False
    return answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
