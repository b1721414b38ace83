"""Several collectors: each site has one, whoever comes and goes."""

from __future__ import annotations

import asyncio
import itertools
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from collectors import config
from collectors.config import Target
from collectors.errors import ConfigError
from collectors.leases import SHARES, Leases, lease_s, together
from collectors.sites import UNASSIGNED, Rule, SiteRules
from collectors.snmp import _ber as ber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
COMMUNITY = "leased"


class RedisServer:
    """A real redis-server on loopback that keeps nothing on disk."""

    def __init__(self, executable: str, folder: Path, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self._port = port
        self._command = [executable, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
                return
            time.sleep(0.02)
        pytest.fail("redis-server did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def redis(os_program: Callable[[str], str], tmp_path: Path, unused_port: Callable[[], int]) -> Iterator[RedisServer]:
    server = RedisServer(os_program("redis-server"), tmp_path, unused_port())
    server.start()
    yield server
    server.kill()


class Collector:
    """What a service is to its leases."""

    def __init__(self, url: str, lease: float, wanted: int = 12) -> None:
        self.leases = Leases(url, group="g", lease_s=lease)
        self.wanted = frozenset(range(wanted))
        self.polls: set[int] = set()
        self.running: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.running = asyncio.create_task(self.leases.run(lambda: self.wanted, self._take, self._leave))

    def _take(self, shares: frozenset[int]) -> None:
        assert not shares & self.polls
        self.polls |= shares

    async def _leave(self, shares: frozenset[int]) -> None:
        assert shares <= self.polls
        self.polls -= shares

    async def die(self) -> None:
        """As kill -9: nothing is given back."""
        assert self.running is not None
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running

    async def stop(self) -> None:
        await self.die()
        await self.leases.close()


async def until(true: Callable[[], bool], seconds: float = 10.0) -> float:
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds
        await asyncio.sleep(0.01)
    return time.monotonic() - start


def test_shares_are_dealt_evenly_and_each_has_one_collector(redis: RedisServer) -> None:
    """One has all; three have a third each; one that stops gives its part back at once, one that dies after a lease."""
    lease = 0.6

    async def work() -> list[Any]:
        first, second, third = (Collector(redis.url, lease) for _ in range(3))
        everyone = [first, second, third]
        try:
            first.start()
            await until(lambda: len(first.polls) == 12)
            second.start()
            third.start()
            await until(lambda: [4, 4, 4] == [len(one.polls) for one in everyone])
            assert frozenset(range(12)) == first.polls | second.polls | third.polls
            await third.stop()
            stopped_s = await until(lambda: [6, 6] == [len(one.polls) for one in everyone[:2]])
            await second.die()
            dead_s = await until(lambda: len(first.polls) == 12)
            assert not second.leases.holds(next(iter(second.polls)))
        finally:
            for one in everyone:
                await one.stop()
        return [stopped_s, dead_s]

    stopped_s, dead_s = asyncio.run(work())
    assert stopped_s < lease
    assert dead_s < 2 * lease


def test_one_that_was_stopped_asks_before_it_polls_again(redis: RedisServer) -> None:
    """SIGSTOP, a hanging disk: its lease has run out by its own clock, and another has its shares."""

    async def work() -> None:
        first, second = Collector(redis.url, 0.3), Collector(redis.url, 0.3)
        try:
            first.start()
            await until(lambda: len(first.polls) == 12)
            await first.die()
            await asyncio.sleep(0.35)
            assert not any(map(first.leases.holds, range(12)))
            second.start()
            await until(lambda: len(second.polls) == 12)
            first.start()
            await until(lambda: len(first.polls) == len(second.polls) == 6)
            assert not first.polls & second.polls
        finally:
            await first.stop()
            await second.stop()

    asyncio.run(work())


def test_without_redis_each_goes_on_with_what_it_has(redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """And who never had anything takes all: watched twice is better than not at all. Back again, each share has one."""

    async def work() -> None:
        first, late = Collector(redis.url, 0.3), Collector(redis.url, 0.3)
        try:
            first.start()
            await until(lambda: len(first.polls) == 12)
            redis.kill()
            late.start()
            await until(lambda: len(late.polls) == 12)
            assert all(map(first.leases.holds, range(12)))
            assert 12 == len(first.polls)
            redis.start()
            await until(lambda: len(first.polls) == len(late.polls) == 6)
            assert not first.polls & late.polls
        finally:
            await first.stop()
            await late.stop()

    asyncio.run(work())
    messages = [record.getMessage() for record in caplog.records]
    assert 2 == sum("Redis does not answer" in message for message in messages)
    assert 2 == sum("Redis answers again" in message for message in messages)


def test_sites_of_one_device_go_together_and_with_them_all_their_devices() -> None:
    rules = SiteRules((Rule(by="ap", value="N*", site="north"), Rule(by="ap", value="S*", site="south")))
    targets = [
        Target(name="wlc", site=UNASSIGNED, host="192.0.2.1", rules=rules),
        Target(name="switch", site="south", host="192.0.2.2"),
        Target(name="other", site="west", host="192.0.2.3"),
        Target(name="ap", site="east", host="192.0.2.4"),
        Target(name="wlc-2", site="hall", host="192.0.2.5", rules=SiteRules((Rule(by="ap", value="E*", site="east"),))),
    ]
    found = together(targets)

    assert "west" == found["west"]
    assert 1 == len({found[site] for site in ("north", "south", "east", "hall", UNASSIGNED)})
    assert found == together(targets[::-1])


def test_a_site_has_the_same_share_everywhere() -> None:
    """It is made of its name alone, and spread."""
    shares = [Leases.share_of(f"体育館 {n}") for n in range(1000)]

    assert shares == [Leases.share_of(f"体育館 {n}") for n in range(1000)]
    assert set(range(SHARES)) == set(shares)
    assert 4.5 == lease_s(60)
    assert pytest.approx(0.9) == lease_s(2)


@pytest.mark.parametrize("line", ["redis = 'http://h'", "redis = 'redis://:hunter2@h:1/0'", "rediss = 'x'", "group = 'g'"])
def test_what_is_written_wrongly_is_one_line(tmp_path: Path, line: str) -> None:
    """With the way out, and never a password."""
    path = tmp_path / "t.toml"
    path.write_text(f"[store]\nurl = 'sqlite:s'\n[collectors]\n{line}\n")
    with pytest.raises(ConfigError, match="collectors") as caught:
        config.load(path)
    assert "hunter2" not in str(caught.value)


# ------------------------------------------------------------------------------------------------- three real processes


class Devices:
    """Devices that answer nothing but that they are there, each on a port of its own; who asked when is kept."""

    def __init__(self, count: int) -> None:
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        for sock in self._sockets:
            sock.bind(("127.0.0.1", 0))
        self.ports = [sock.getsockname()[1] for sock in self._sockets]
        self.asked: list[tuple[int, int, float]] = []
        """Device, source port of the collector, time."""
        self._stop = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop:
            ready, _, _ = select.select(self._sockets, [], [], 0.1)
            for sock in ready:
                data, source = sock.recvfrom(65536)
                at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
                version, at = ber.read_integer(data, at, end)
                community, at = ber.read_octets(data, at, end)
                if community != COMMUNITY.encode():
                    continue  # some other program's that came to this port by chance
                self.asked.append((self._sockets.index(sock), source[1], time.monotonic()))
                _, number, _, _, pairs = ber.read_pdu(data, at, end)
                rows = [ber.tlv(ber.OID, ber.oid_octets(oid)) + ber.tlv(ber.END_OF_MIB_VIEW, b"") for oid, _ in pairs]
                listed = ber.tlv(ber.SEQUENCE, b"".join(ber.tlv(ber.SEQUENCE, row) for row in rows))
                pdu = ber.tlv(ber.RESPONSE, ber.integer(number) + ber.integer(0) * 2 + listed)
                sock.sendto(ber.community_message(version, community, pdu), source)

    def close(self) -> None:
        self._stop = True
        self._thread.join()
        for sock in self._sockets:
            sock.close()

    def of(self, device: int) -> list[tuple[int, float]]:
        return [(source, at) for number, source, at in list(self.asked) if number == device]


def test_three_collectors_and_one_killed_leave_no_target_unwatched(redis: RedisServer, tmp_path: Path) -> None:
    """kill -9: none unpolled for more than two intervals, none polled by two for longer than a lease."""
    interval, count = 3.0, 12
    devices = Devices(count)
    processes = []
    try:
        for number in range(3):
            path = tmp_path / f"collector{number}.toml"
            head = (
                f"interval_s = {interval}\n[store]\nurl = 'sqlite:store.sqlite'\n"
                f"[collectors]\nredis = '{redis.url}'\ngroup = 'of {devices.ports[0]}'\n"
            )
            rows = [
                f"[[target]]\nname = 'd{n}'\nsite = 'site {n}'\nhost = '127.0.0.1'\nport = {port}\nversion = '2c'\n"
                "community_env = 'LEASED'\n"
                for n, port in enumerate(devices.ports)
            ]
            path.write_text(head + "".join(rows))
            command = [sys.executable, "-c", "from wifiplan.cli import main; main()", "collect", str(path)]
            processes.append(
                subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, env={**os.environ, "LEASED": COMMUNITY})
            )

        def sources(since: float) -> set[int]:
            return {source for _, source, at in list(devices.asked) if at >= since}

        deadline = time.monotonic() + 60
        while len(sources(time.monotonic() - interval)) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(1.5 * interval)
        assert 3 == len(sources(time.monotonic() - 1.5 * interval))
        killed = time.monotonic()
        processes[1].send_signal(signal.SIGKILL)
        time.sleep(3 * interval)
        ended = time.monotonic()
        assert 2 == len(sources(ended - 1.5 * interval))
        assert {0} == {process.poll() or 0 for process in (processes[0], processes[2])}
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        devices.close()

    for device in range(count):
        asked = [(source, at) for source, at in devices.of(device) if at < ended]
        gaps = [after - before for before, after in itertools.pairwise([*(at for _, at in asked), ended])]
        assert max(gaps) <= 2 * interval, (device, max(gaps))
        assert asked[-1][1] > killed
        watches = [(one, *watch) for one in {who for who, _ in asked} for watch in spans([at for who, at in asked if who == one])]
        for one, began, last in watches:
            together = [min(last, until_s) - max(began, since) for other, since, until_s in watches if other != one]
            assert max(together, default=0.0) <= lease_s(interval), (device, watches)


def spans(times: list[float], pause_s: float = 4.9) -> list[tuple[float, float]]:
    """From when to when a collector polled a device without a pause: it may lose a site and get it again."""
    found = [(times[0], times[0])]
    for at in times[1:]:
        began, last = found[-1]
        if at - last <= pause_s:
            found[-1] = (began, at)
        else:
            found.append((at, at))
    return found
