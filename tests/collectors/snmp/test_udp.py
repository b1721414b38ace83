"""Long times and damaged datagrams, on devices in this process."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from collectors.config import Secret, Target, User
from collectors.metrics import MEASUREMENTS
from collectors.poll import Poller
from collectors.profile import recording
from collectors.snmp import _udp
from tests.collectors.wire import AUTH, PRIV, Device, Wire, fuzz

if TYPE_CHECKING:
    from collectors.poll import PollResult

RECORDINGS = Path(__file__).resolve().parents[2] / "snmp"
USER = User(name="u", auth="sha256", auth_secret=Secret(value=AUTH), priv="aes128", priv_secret=Secret(value=PRIV))


class Clock:
    """A clock that a test puts forward."""

    def __init__(self) -> None:
        self.now_s = 5000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.mark.parametrize("drift", [1.0, 1.02, 0.98])
def test_version_3_over_15_minutes_is_one_request_a_poll(monkeypatch: pytest.MonkeyPatch, drift: float) -> None:
    """From the second poll on: no discovery again, no report, though the device's clock runs a little off."""
    clock = Clock()
    monkeypatch.setattr(_udp, "time", clock)
    device = Device(recording.read(RECORDINGS / "unifi.snmprec").values, clock=lambda: clock.now_s * drift)
    target = Target(name="d", site="s", host="192.0.2.1", user=USER)

    async def work() -> list[tuple[int, int]]:
        counts = []
        async with Poller(Wire(device)) as poller:
            for _ in range(16):
                requests, reports = device.requests, device.reports
                result = await poller.poll(target)
                assert result.error is None
                assert result.requests == device.requests - requests
                counts.append((device.requests - requests, device.reports - reports))
                clock.now_s += 60.0
        return counts

    first, *later = asyncio.run(work())
    assert 1 == first[1]
    assert [(1, 0)] * 15 == later


def test_a_device_whose_clock_was_put_is_asked_once_more_and_then_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers with its time, and the next polls are of one request again."""
    clock, offset = Clock(), [0.0]
    monkeypatch.setattr(_udp, "time", clock)
    device = Device(recording.read(RECORDINGS / "unifi.snmprec").values, clock=lambda: clock.now_s + offset[0])
    target = Target(name="d", site="s", host="192.0.2.1", user=USER)

    async def work() -> list[int]:
        counts = []
        async with Poller(Wire(device)) as poller:
            await poller.poll(target)
            for step in (0.0, 3600.0, 0.0):
                offset[0] += step
                counts.append((await poller.poll(target)).requests)
        return counts

    assert [1, 2, 1] == asyncio.run(work())


def test_damaged_datagrams_do_no_harm(caplog: pytest.LogCaptureFixture) -> None:
    """3,000 of them: no poll raises or hangs, none logs a fault of ours, and what is stored is of a known kind and finite."""
    common: dict[str, Any] = {"name": "d", "site": "s", "host": "192.0.2.1", "timeout_s": 0.01}
    targets = [Target(version="1", **common), Target(version="2c", **common), Target(version="3", user=USER, **common)]
    walks = [recording.read(RECORDINGS / f"{name}.snmprec").values for name in ("unifi", "cisco-wlc", "ups", "if-mib")]

    async def work() -> list[list[PollResult]]:
        async with asyncio.timeout(120):
            return await asyncio.gather(*(fuzz(walk, target, 250, seed=7) for walk in walks for target in targets))

    with caplog.at_level(logging.ERROR):
        found = asyncio.run(work())

    assert [] == [record for record in caplog.records if record.levelno >= logging.ERROR]
    for results in found:
        assert any(result.samples for result in results)
        for sample in (sample for result in results for sample in result.samples):
            assert set(sample.fields) <= {metric.name for metric in MEASUREMENTS[sample.measurement].fields}
            assert all(abs(value) < float("inf") for value in sample.fields.values())
