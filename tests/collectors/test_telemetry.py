"""The collector's own numbers: what it did, for the store and for Prometheus on this machine."""

from __future__ import annotations

import asyncio
import platform
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from collectors import telemetry
from collectors.errors import CollectError
from collectors.metrics import MEASUREMENTS
from collectors.telemetry import Telemetry, exposition

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_what_was_slowest_and_latest_is_told_once_and_what_was_done_is_summed() -> None:
    own = Telemetry()
    own.polled(0.5, failed=False, late_s=0.0)
    own.polled(4.0, failed=True, late_s=2.0)
    first = own.take(NOW, {"dead": 1, "held": 0})
    own.polled(0.1, failed=False, late_s=0.0)
    second = own.take(NOW, {})

    assert {"polls_total": 2, "failed_total": 1, "slowest_s": 4.0, "late_s": 2.0, "dead": 1, "held": 0} == first.fields
    assert {"polls_total": 3, "failed_total": 1, "slowest_s": 0.1, "late_s": 0.0} == second.fields
    assert {"site": "collector", "device": platform.node()} == first.tags
    assert set(first.fields) <= {metric.name for metric in MEASUREMENTS["collector"].fields}


def test_every_field_is_shown_to_prometheus_with_help_type_and_unit() -> None:
    """Text format 0.0.4: names end in the base unit, counters in _total."""
    text = exposition({metric.name: 12345678.5 for metric in MEASUREMENTS["collector"].fields})
    names = re.findall(r"^(wifiplan_collector_[a-z_]+) 12345678\.5$", text, flags=re.MULTILINE)

    assert len(MEASUREMENTS["collector"].fields) == len(names) == text.count("# HELP ") == text.count("# TYPE ")
    assert {"wifiplan_collector_slowest_seconds", "wifiplan_collector_spool_bytes", "wifiplan_collector_lost_total"} <= set(names)
    assert "# TYPE wifiplan_collector_lost_total counter" in text
    assert "# TYPE wifiplan_collector_held gauge" in text


def test_metrics_are_served_and_nothing_else_is(unused_port: Callable[[], int]) -> None:
    port = unused_port()

    async def go() -> tuple[httpx.Response, httpx.Response, httpx.Response, bytes]:
        server = await telemetry.serve(("127.0.0.1", port), lambda: telemetry.exposition({"polls_total": 7.0}))
        async with server, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            answers = await client.get("/metrics"), await client.get("/"), await client.post("/metrics")
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"x" * 100_000)
            rest = await reader.read()
            writer.close()
            with pytest.raises(CollectError, match=r"give \[metrics\] listen another port"):
                await telemetry.serve(("127.0.0.1", port), str)
            return *answers, rest

    metrics, root, posted, rest = asyncio.run(go())

    assert (200, 404, 404) == (metrics.status_code, root.status_code, posted.status_code)
    assert "text/plain; version=0.0.4; charset=utf-8" == metrics.headers["content-type"]
    assert "\nwifiplan_collector_polls_total 7\n" in metrics.text
    assert b"" == rest


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:9162"}, 200),
        ({"Host": "[::1]:9162"}, 200),
        ({"Host": "evil.example:9162"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9162"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_from_elsewhere_does_not_read_metrics(
    unused_port: Callable[[], int], headers: dict[str, str], status: int
) -> None:  # fmt: skip
    """Its own name may point at this machine (DNS rebinding): only who names this machine is answered."""
    port = unused_port()

    async def go() -> httpx.Response:
        server = await telemetry.serve(("127.0.0.1", port), lambda: telemetry.exposition({"polls_total": 7.0}))
        async with server, httpx.AsyncClient() as client:
            return await client.get(f"http://127.0.0.1:{port}/metrics", headers=headers)

    answer = asyncio.run(go())

    assert status == answer.status_code
    assert ("polls_total" in answer.text) == (status == 200)
