"""The collector's own numbers: as samples in the store, and as text for Prometheus on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.errors import CollectError, reason
from collectors.metrics import MEASUREMENTS, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

COLLECTOR = "collector"
"""The site of the collector's own samples, whose device is the machine it runs on; and the device of its probes."""

_LOCAL = re.compile(r"(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_REQUEST_BYTES = 8192
_REQUEST_S = 5.0
_AT_ONCE = 8


@dataclass(slots=True)
class Telemetry:
    """What the collector did since it started; `slowest_s` and `late_s` since the last `take`."""

    polls: int = 0
    failed: int = 0
    slowest_s: float = 0.0
    late_s: float = 0.0

    def polled(self, seconds: float, *, failed: bool, late_s: float) -> None:
        """Enter a poll: what it took, and how late it began."""
        self.polls += 1
        self.failed += failed
        self.slowest_s = max(self.slowest_s, seconds)
        self.late_s = max(self.late_s, late_s)

    def fields(self, now: Mapping[str, float]) -> dict[str, float]:
        """Give the fields of the measurement `collector`; `now` are those that others know."""
        own = {"polls_total": self.polls, "failed_total": self.failed, "slowest_s": self.slowest_s, "late_s": self.late_s}
        return {name: float(value) for name, value in {**own, **now}.items()}

    def take(self, time: datetime, now: Mapping[str, float]) -> Sample:
        """Give the sample to store, and begin to look for the slowest anew."""
        fields = self.fields(now)
        self.slowest_s = self.late_s = 0.0
        return Sample(
            measurement="collector", time=time, tags={"site": COLLECTOR, "device": platform.node() or COLLECTOR}, fields=fields
        )


def exposition(fields: Mapping[str, float]) -> str:
    """Write the collector's fields in Prometheus' text format 0.0.4.

    >>> print(exposition({"polls_total": 3.0}), end="")
    # HELP wifiplan_collector_polls_total polls since the start
    # TYPE wifiplan_collector_polls_total counter
    wifiplan_collector_polls_total 3
    """
    lines = []
    for metric in MEASUREMENTS["collector"].fields:
        if metric.name in fields:
            name = f"wifiplan_collector_{metric.name.removesuffix('_s') + '_seconds' if metric.unit == 's' else metric.name}"
            kind = "counter" if metric.kind == "counter" else "gauge"
            lines += [f"# HELP {name} {metric.help}", f"# TYPE {name} {kind}", f"{name} {fields[metric.name]:.10g}"]
    return "\n".join(lines) + "\n"


def _is_from_here(request: bytes) -> bool:
    """Whether a request names this machine: a page from elsewhere may have its own name point here (DNS rebinding)."""
    names = []
    for line in request.split(b"\r\n")[1:]:
        heading, _, value = line.decode("latin-1").partition(":")
        if heading.strip().lower() in ("host", "origin"):
            names.append(value.strip().partition("://")[2] or value.strip())
    return all(_LOCAL.fullmatch(name) for name in names)


_HEARTBEAT = b"/heartbeat/"


async def serve(
    listen: tuple[str, int], text: Callable[[], str], *, heard: Callable[[str], bool] | None = None
) -> asyncio.Server:
    """Answer `GET /metrics` with a text, and nothing else; `config` lets only loopback in.

    Parameters
    ----------
    heard : callable, optional
        Told the name of `/heartbeat/NAME` when somebody asks for that; whether it is one that is awaited.

    Raises
    ------
    CollectError
        The port cannot be had.
    """
    busy = asyncio.Semaphore(_AT_ONCE)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with busy, asyncio.timeout(_REQUEST_S):
                request = (await reader.readuntil(b"\r\n\r\n"))[:_REQUEST_BYTES]
                method, _, rest = request.partition(b" ")
                wanted = rest.partition(b" ")[0].partition(b"?")[0]
                if not _is_from_here(request):
                    state, body = "403 Forbidden", "ask for this machine by 127.0.0.1, [::1] or localhost\n"
                elif method == b"GET" and wanted == b"/metrics":
                    state, body = "200 OK", text()
                elif heard is not None and wanted.startswith(_HEARTBEAT) and heard(wanted[len(_HEARTBEAT) :].decode("latin-1")):
                    state, body = "200 OK", "heard\n"
                else:
                    state, body = "404 Not Found", "metrics are under /metrics\n"
                octets = body.encode()
                head = (
                    f"HTTP/1.1 {state}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: {len(octets)}"
                )
                writer.write(f"{head}\r\nConnection: close\r\n\r\n".encode() + octets)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the one who asked went away, or asks for something else
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    try:
        return await asyncio.start_server(answer, *listen, limit=_REQUEST_BYTES)
    except OSError as error:
        why = reason(error)
        raise CollectError(
            f"metrics: {listen[0]}:{listen[1]} cannot be had ({why}); give [metrics] listen another port"
        ) from None
