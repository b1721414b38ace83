"""What a device counted by is still missed after a restart of the collector, and nothing that is broken stops a poll."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.config import Target
from collectors.known_file import KnownFile
from collectors.poll import Poller, PollResult
from collectors.profile.known_rows import KnownRows
from collectors.snmp.message import Value
from collectors.totals import FORGET_S
from tests.collectors.wire import Device, Wire

PROFILE = """
vendor: test
device: controller
source: test
unverified: true
tables:
  - measurement: wifi_ap
    oid: 1.3.6.1.4.1.99.2
    tags: {ap: {column: 1}, ap_key: {column: 2}}
    fields: {clients: {column: 3}, up: {column: 4, map: {1: 1, 2: 0}}}
"""
SYSTEM: dict[str, Value] = {
    "1.3.6.1.2.1.1.1.0": b"controller",
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.99.9",
    "1.3.6.1.2.1.1.3.0": 4711,
    "1.3.6.1.2.1.1.5.0": b"wlc",
}
WHOLE = {"clients": 60.0, "aps": 3.0, "aps_up": 3.0}
LACKING = {"clients": 30.0, "uncounted": 1.0, "gone": 1.0, "aps": 2.0, "aps_up": 2.0}


def device(*clients: int, descr: bytes = b"controller") -> Device:
    """A controller with so many access points, that serve so many clients each."""
    values: dict[str, Value] = {**SYSTEM, "1.3.6.1.2.1.1.1.0": descr}
    for number, count in enumerate(clients, start=1):
        for column, value in enumerate((f"AP-{number}".encode(), bytes((2, 0, 0, 0, 0, number)), count, 1), start=1):
            values[f"1.3.6.1.4.1.99.2.{column}.{number}"] = value
    return Device(values)


class Collector:
    """A collector that is started anew for each poll, an hour of the wall's clock later if so said."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "spool" / "known_rows.json"
        profile = folder / "test.yaml"
        profile.write_text(PROFILE)
        self.target = Target(name="wlc", site="gym", host="127.0.0.1", profile=str(profile), timeout_s=1.0, retries=0)
        self.now_s = 1e9

    def __call__(self, asked: Device, after_s: float = 60.0) -> PollResult:
        self.now_s += after_s

        async def run() -> PollResult:
            async with Poller(Wire(asked), known=KnownFile(self.path, lambda: self.now_s)) as poller:
                return await poller.poll(self.target)

        result = asyncio.run(run())
        assert result.error is None
        return result


@pytest.fixture
def collector(tmp_path: Path) -> Collector:
    return Collector(tmp_path)


def total(result: PollResult) -> dict[str, float]:
    return next(sample.fields for sample in result.samples if sample.measurement == "wifi_total")


def test_an_access_point_that_is_gone_after_a_restart_is_missed_and_named(collector: Collector) -> None:
    assert WHOLE == total(collector(device(10, 20, 30)))

    after = collector(device(10, 20))

    assert LACKING == total(after)
    assert "AP-3" in after.warnings[0]


def test_what_was_missing_before_a_restart_is_still_missing_after_two_of_them(collector: Collector) -> None:
    collector(device(10, 20, 30))
    collector(device(10, 20))

    assert LACKING == total(collector(device(10, 20)))
    assert WHOLE == total(collector(device(10, 20, 30)))


def test_it_is_forgotten_a_day_after_it_was_first_missed_restarts_or_not(collector: Collector) -> None:
    collector(device(10, 20, 30))
    for _ in range(4):
        assert LACKING == total(collector(device(10, 20), after_s=FORGET_S / 5))

    for _ in range(3):
        later = total(collector(device(10, 20), after_s=FORGET_S / 5))

    assert {"clients": 30.0, "aps": 2.0, "aps_up": 2.0} == later


def test_a_collector_that_was_away_for_longer_than_a_day_begins_anew(collector: Collector) -> None:
    collector(device(10, 20, 30))

    assert {"clients": 30.0, "aps": 2.0, "aps_up": 2.0} == total(collector(device(10, 20), after_s=FORGET_S + 60))


def test_a_clock_that_was_put_back_forgets_nothing(collector: Collector) -> None:
    collector(device(10, 20, 30))

    assert LACKING == total(collector(device(10, 20), after_s=-9 * 3600))


def test_another_machine_or_firmware_of_the_same_name_is_not_held_against_the_old_one(collector: Collector) -> None:
    collector(device(10, 20, 30))
    as_new = total(collector(device(10, 20, descr=b"controller, new firmware")))
    collector.target = replace(collector.target, host="127.0.0.2")
    elsewhere = total(collector(device(10)))

    assert 30.0 == as_new["clients"]
    assert "uncounted" not in as_new
    assert {"clients": 10.0, "aps": 1.0, "aps_up": 1.0} == elsewhere


def test_a_device_that_was_not_asked_yet_stays_in_the_file(collector: Collector) -> None:
    collector(device(10, 20, 30))
    name, collector.target = collector.target.name, replace(collector.target, name="other")
    collector(device(1))

    assert {name, "other"} == json.loads(collector.path.read_text("utf-8")).keys()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"wlc": 3}', '{"wlc": {"time": "x"}}', '{"wlc": {"time": 1e9, "identity": "I", "rows": [[]]}}']
)
def test_a_file_that_is_broken_is_said_and_learned_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str) -> None:
    path = tmp_path / "known_rows.json"
    path.write_text(text)
    with caplog.at_level(logging.WARNING):
        found = KnownFile(path, lambda: 1e9 + 60).rows_of("wlc", "I")

    assert found.is_whole
    assert str(path) in caplog.text


def test_a_folder_that_cannot_be_written_is_said_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "spool").write_text("a file")
    kept = KnownFile(tmp_path / "spool" / "known_rows.json")
    kept.keep("wlc", "I", KnownRows())
    with caplog.at_level(logging.WARNING):
        kept.write()

    assert "not kept over a restart" in caplog.text


def test_it_is_written_when_there_is_news_and_it_is_for_nobody_else_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, at_s = tmp_path / "spool" / "known_rows.json", 1000.0
    monkeypatch.setattr("collectors.known_file.time.monotonic", lambda: at_s)
    kept, rows, written = KnownFile(path, lambda: 1e9), KnownRows(), []
    for at_s in (1000.0, 1020.0, 1031.0, 1300.0, 1632.0):
        kept.keep("wlc", "I", rows)
        written.append(path.is_file())
        if at_s < 1632.0:
            path.unlink(missing_ok=True)

    assert [False, False, True, False, True] == written
    assert 0 == path.stat().st_mode & 0o027
