"""The collector at work: every sample is stored, spooled or in the ledger, whatever devices and stores do."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from collectors import delivery, service
from collectors.config import Config, Listen, Probe, Secret, Sharing, Target
from collectors.delivery import gaps_path
from collectors.errors import WHY_CODES, ConfigError, SnmpError, StoreError
from collectors.events import Event, events_path, save_events
from collectors.metrics import Sample
from collectors.poll import Poller, PollResult
from collectors.service import Service, Summary
from collectors.snmp import _udp
from collectors.stores._spool import Spool, read_gaps
from collectors.stores.store import open_store
from dashboards import watch
from tests.collectors.wire import Device, Wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from collectors.snmp.message import Value

ROOT = Path(__file__).resolve().parents[2]


def target(name: str, interval_s: float = 60.0) -> Target:
    return Target(name=name, site=f"site of {name}", host="192.0.2.1", interval_s=interval_s)


def config(folder: Path, *targets: Target, url: str = "", **more: Any) -> Config:
    url = url or f"sqlite:{folder / 'store.sqlite'}"
    return Config(path=folder / "targets.toml", store_url=url, interval_s=60.0, targets=targets, spool=folder / "spool", **more)


class Devices:
    """Stands for the poller: each device has five access points; it keeps what it gave, and fails as told."""

    def __init__(self) -> None:
        self.given: list[Sample] = []
        self.polled: list[tuple[str, float]] = []
        self.errors: dict[str, SnmpError] = {}
        self.aps = 5

    async def poll(self, target: Target) -> PollResult:
        self.polled.append((target.name, time.monotonic()))
        await asyncio.sleep(0)
        now = datetime.now(UTC)
        error = self.errors.get(target.name)
        samples = []
        if error is None:
            tags = {"site": target.site, "device": target.name}
            samples = [Sample(measurement="device", time=now, tags=tags, fields={"reachable": 1.0})]
            for number in range(self.aps):
                ap = {**tags, "ap": f"{target.name}-{number}", "ap_key": str(number)}
                samples.append(Sample(measurement="wifi_ap", time=now, tags=ap, fields={"clients": float(number)}))
        result = PollResult(target=target, time=now, device={}, samples=tuple(samples), error=error, requests=3, elapsed_s=0.5)
        self.given += delivery.samples_of(result)
        return result


def run_once(settings: Config, poll: Callable[[Target], Awaitable[PollResult]]) -> Summary:
    async def run() -> Summary:
        with Service(settings, poll) as worker:
            return await worker.once()

    return asyncio.run(run())


def run_for(settings: Config, poll: Callable[[Target], Awaitable[PollResult]], seconds: float, **more: Any) -> Summary:
    async def run() -> Summary:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stop.set)
        with Service(settings, poll, **more) as worker:
            return await worker.forever(stop)

    return asyncio.run(run())


def identities(samples: list[Sample]) -> Counter[Any]:
    return Counter((sample.series, sample.time) for sample in samples)


def test_one_cycle_stores_all_that_the_devices_gave(tmp_path: Path) -> None:
    """With one sample for each poll, of its cost."""
    devices = Devices()
    done = run_once(config(tmp_path, target("a"), target("b")), devices.poll)

    assert (2, 2, 0, 14, 14, 0, 0) == (
        done.targets, done.ok, done.failed, done.samples, done.stored, done.spooled, done.lost,
    )  # fmt: skip
    with open_store(f"sqlite:{tmp_path / 'store.sqlite'}", read_only=True) as store:
        assert identities(devices.given) == identities(list(store.read()))
        assert [{"seconds": 0.5, "requests": 3.0, "errors": 0.0}] * 2 == [s.fields for s in store.read("poll")]


@pytest.mark.parametrize(
    ("kind", "why", "said"),
    [
        ("timeout", None, {"reachable": 0.0}),
        ("refused", None, {"reachable": 0.0}),
        ("refused", "port_closed", {"reachable": 0.0}),
        ("refused", "resolve", None),
        ("refused", "collector", None),
        ("auth", None, None),
        ("protocol", None, None),
    ],
)
def test_a_device_that_fails_is_unreachable_or_unknown_and_nothing_else(tmp_path: Path, kind: Any, why: Any, said: Any) -> None:
    """Its access points get no zeros; the other devices are stored as ever; and the run is a success."""
    devices = Devices()
    devices.errors["bad"] = error = SnmpError(kind, "no", why=why)
    done = run_once(config(tmp_path, target("bad"), target("good")), devices.poll)

    assert (1, 1, 0) == (done.ok, done.failed, done.lost)
    with open_store(f"sqlite:{tmp_path / 'store.sqlite'}", read_only=True) as store:
        of_bad = {s.measurement: s.fields for s in store.latest() if s.tags["device"] == "bad"}
        assert 7 == len([s for s in store.latest() if s.tags["device"] == "good"])
    assert {"seconds": 0.5, "requests": 3.0, "errors": 1.0, "why": WHY_CODES[error.why]} == of_bad.pop("poll")
    assert ({} if said is None else {"device": said}) == of_bad


def test_a_fault_in_one_devices_samples_costs_no_other_device_its_own(tmp_path: Path) -> None:
    """A number that is none is a fault of the program; it is in the ledger."""
    devices = Devices()

    async def poll(target: Target) -> PollResult:
        result = await devices.poll(target)
        if target.name == "bad":
            broken = replace(result.samples[0], fields={"reachable": float("nan")})
            result = replace(result, samples=(broken, *result.samples[1:]))
        return result

    done = run_once(config(tmp_path, target("a"), target("bad"), target("z")), poll)

    assert (21, 14, 7) == (done.samples, done.stored, done.lost)
    with open_store(f"sqlite:{tmp_path / 'store.sqlite'}", read_only=True) as store:
        assert {"a", "z"} == {s.tags["device"] for s in store.read()}
    (gap,) = read_gaps(gaps_path(config(tmp_path)))
    assert 7 == gap.count
    assert "not writable" in gap.why


def test_the_sums_of_a_minute_go_on_over_a_restart(tmp_path: Path) -> None:
    """What was polled two minutes ago and not summed, for the collector was killed, is summed at the next start, once."""
    settings = config(tmp_path, target("a"))
    earlier = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=2)
    tags = {"site": "site of a", "device": "a", "source": "ap"}
    before = [
        Sample(measurement="wifi_total", time=earlier + timedelta(seconds=s), tags=tags, fields={"clients": clients})
        for s, clients in ((10, 20.0), (40, 40.0))
    ]
    with open_store(settings.store_url) as store:
        store.write(before)
    run_once(settings, Devices().poll)
    run_once(settings, Devices().poll)

    with open_store(settings.store_url, read_only=True) as store:
        assert (earlier, {"clients": 30.0, "devices": 1.0}) in [(s.time, s.fields) for s in store.read("wifi_site_1m")]


def test_nothing_to_poll_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"targets.toml: no \[\[target\]\] to poll"):
        Service(config(tmp_path), Devices().poll)


def test_a_server_that_is_not_there_is_an_error_without_a_spool_and_none_with_it(
    tmp_path: Path, unused_port: Callable[[], int]
) -> None:
    """Exit 0 if every sample was stored or spooled."""
    settings = config(tmp_path, target("a"), url=f"influx1://127.0.0.1:{unused_port()}/wifi")
    with pytest.raises(StoreError, match="not reachable"):
        run_once(replace(settings, spool_mb=0), Devices().poll)
    assert ["gaps.jsonl"] == [path.name for path in (tmp_path / "spool").iterdir()]

    first, second = run_once(settings, Devices().poll), run_once(settings, Devices().poll)
    assert [(7, 0, 7, 0)] * 2 == [(done.samples, done.stored, done.spooled, done.lost) for done in (first, second)]
    spool = Spool(settings.spool)
    assert 14 == spool.pending
    spool.close()


def test_what_a_full_spool_refuses_is_lost_and_said(tmp_path: Path, unused_port: Callable[[], int]) -> None:
    """In the ledger, with how many."""
    devices = Devices()
    noise = random.Random(1)

    async def poll(target: Target) -> PollResult:
        result = await devices.poll(target)
        tags = [{"site": "s", "device": target.name, "ap": noise.randbytes(50).hex()} for _ in range(30_000)]
        return replace(
            result, samples=tuple(Sample(measurement="wifi_ap", time=result.time, tags=t, fields={"clients": 1.0}) for t in tags)
        )

    settings = config(tmp_path, target("a"), url=f"influx1://127.0.0.1:{unused_port()}/wifi", spool_mb=1)
    with pytest.raises(StoreError, match=r"spool full \(1 MiB\); raise \[store\] spool_mb"):
        run_once(settings, poll)

    assert [30_001] == [gap.count for gap in read_gaps(gaps_path(settings))]


def test_targets_are_polled_on_their_own_grid(tmp_path: Path) -> None:
    """Each at its interval, spread over it; a first poll soon after the start."""
    devices = Devices()
    targets = [target(f"t{n}", interval_s=0.3) for n in range(8)]
    run_for(config(tmp_path, *targets), devices.poll, 2.4)
    gaps, phases = [], set()
    for each in targets:
        times = [at for name, at in devices.polled if name == each.name]
        assert 4 <= len(times) <= 10  # a busy machine starts late; the gaps below must be right all the same
        gaps += [b - a for a, b in itertools.pairwise(times[1:])]
        phases.add(round(times[1] % 0.3, 2))

    assert 0.3 == pytest.approx(sum(gaps) / len(gaps), abs=0.03)
    assert len(phases) >= 4


def test_a_dead_device_is_asked_every_other_interval_and_comes_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Often enough that its state stays known; said once when it fails and once when it answers."""
    devices = Devices()
    devices.errors["dead"] = SnmpError("timeout", "no answer from 192.0.2.1")

    async def poll(target: Target) -> PollResult:
        if len([name for name, _ in devices.polled if name == "dead"]) == 8:
            devices.errors.clear()
        return await devices.poll(target)

    with caplog.at_level(logging.INFO, logger="collectors"):
        run_for(config(tmp_path, target("dead", 0.1), target("alive", 0.1)), poll, 2.2)
    dead = [at for name, at in devices.polled if name == "dead"]
    alive = [at for name, at in devices.polled if name == "alive"]
    gaps = [b - a for a, b in itertools.pairwise(dead)]

    assert 0.2 == pytest.approx(sum(gaps[3:7]) / 4, abs=0.03)
    assert 0.1 == pytest.approx(sum(gaps[9:]) / len(gaps[9:]), abs=0.03)
    assert len(alive) > len(dead)
    assert ["dead: no answer from 192.0.2.1", "dead: answers again after 8 polls"] == [r.getMessage() for r in caplog.records]


def test_a_blackout_of_most_leaves_the_living_on_their_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slots and requests are few here, and 60 of 64 fall silent at once (800 of 820 in tests/benchmarks/blackout.py).

    The living are asked as before; the dead are unreachable for good, asked once a time, and come back when they answer.
    """
    monkeypatch.setattr(service, "AT_ONCE", 16)
    monkeypatch.setattr(_udp, "MAX_IN_FLIGHT", 8)
    monkeypatch.setattr(service, "_TURN_S", 0.1)
    monkeypatch.setattr(_udp, "_TURN_S", 0.05)
    monkeypatch.setattr(_udp, "MAX_DOUBTFUL_IN_FLIGHT", 30)
    monkeypatch.setattr("collectors.pace.FIRST_WITHIN_S", 0.5)
    values: dict[str, Value] = {"1.3.6.1.2.1.1.1.0": b"device", "1.3.6.1.2.1.1.3.0": 500}
    targets = [
        replace(target(f"d{n}", interval_s=1.0), host=f"192.0.2.{n}", version="2c", timeout_s=0.4, retries=2) for n in range(64)
    ]
    living = {one.name for one in targets[::16]}
    dark: set[str] = set()
    heard: dict[str, list[float]] = {one.name: [] for one in targets}
    sent_to_dark: list[float] = []

    class Network(Wire):
        def _transmit(self, address: tuple[str, int], message: bytes) -> None:
            if address[0] in dark:
                sent_to_dark.append(time.monotonic())
            else:
                super()._transmit(address, message)

    async def go() -> tuple[float, float]:
        async with Poller(Network(Device(values))) as poller:

            async def poll(target: Target) -> PollResult:
                result = await poller.poll(target)
                if result.error is None:
                    heard[target.name].append(time.monotonic())
                return result

            stop = asyncio.Event()
            with Service(config(tmp_path, *targets), poll) as worker:
                running = asyncio.create_task(worker.forever(stop))
                await asyncio.sleep(2.0)
                dark.update(one.host for one in targets if one.name not in living)
                began_s = time.monotonic()
                await asyncio.sleep(7.0)
                dark.clear()
                ended_s = time.monotonic()
                await asyncio.sleep(3.5)
                stop.set()
                await running
        return began_s, ended_s

    began_s, ended_s = asyncio.run(go())
    gaps = [later - at for name in living for at, later in itertools.pairwise([*heard[name], ended_s])]
    late = [at for at in sent_to_dark if at > began_s + 4.0]

    assert max(gaps) < 2.0
    assert not [at for name in heard.keys() - living for at in heard[name] if began_s + 0.5 < at < ended_s]
    assert len(late) <= 60 * 3.0  # each once every other interval, not three times
    assert all(heard[name][-1] > ended_s for name in heard)


def test_targets_can_be_changed_while_it_works(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """New ones start, removed ones stop, those that are the same are not disturbed; a changed store is for a restart."""
    devices = Devices()
    stays, goes, comes = target("stays", 0.2), target("goes", 0.2), target("comes", 0.2)
    settings = config(tmp_path, stays, goes)

    async def run() -> float:
        stop = asyncio.Event()
        with Service(settings, devices.poll) as worker:
            running = asyncio.create_task(worker.forever(stop))
            await asyncio.sleep(0.6)
            changed_s = time.monotonic()
            await worker.reload(replace(settings, targets=(stays, comes), store_url="sqlite:elsewhere"))
            await asyncio.sleep(0.6)
            stop.set()
            await running
            return changed_s

    with caplog.at_level(logging.WARNING, logger="collectors"):
        changed_s = asyncio.run(run())
    before = {name for name, at in devices.polled if at < changed_s}
    after = {name for name, at in devices.polled if at > changed_s}

    assert {"stays", "goes"} == before
    assert {"stays", "comes"} == after
    assert ["[store] has changed; restart the collector for that"] == [r.getMessage().partition(": ")[2] for r in caplog.records]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"spool_mb": 7}, "[store] has changed"),
        ({"metrics": ("127.0.0.1", 9)}, "[traps], [metrics] or [collectors] has changed"),
        ({"engine": "pysnmp"}, "engine has changed"),
    ],
)
def test_what_a_new_reading_cannot_change_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, changed: dict[str, object], says: str
) -> None:
    settings = config(tmp_path, target("stays", 60))

    async def run() -> None:
        with Service(settings, Devices().poll) as worker:
            await worker.reload(replace(settings, **changed))  # type: ignore[arg-type]
            polling = list(worker._polling.values())
            for task in polling:
                task.cancel()
            await asyncio.gather(*polling, return_exceptions=True)

    with caplog.at_level(logging.WARNING, logger="collectors"):
        asyncio.run(run())

    assert [says + "; restart the collector for that"] == [r.getMessage().partition(": ")[2] for r in caplog.records]


def test_a_store_in_trouble_holds_up_no_poll_and_gets_all_of_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite with its disk full for a while: samples wait in memory; said once, and once when it is over."""
    from collectors.stores._sqlite import SqliteStore

    devices = Devices()
    real = SqliteStore.write
    until_s = time.monotonic() + 1.2

    def full_for_a_while(self: SqliteStore, samples: list[Sample]) -> int:
        if time.monotonic() < until_s:
            raise StoreError("store.sqlite: database or disk is full; make room on its disk")
        return real(self, samples)

    monkeypatch.setattr(SqliteStore, "write", full_for_a_while)
    settings = config(tmp_path, *(target(f"t{n}", 0.2) for n in range(3)))
    with caplog.at_level(logging.WARNING, logger="collectors"):
        done = run_for(settings, devices.poll, 2.5)
    polled_in_trouble = [name for name, at in devices.polled if at < until_s]

    assert len(polled_in_trouble) >= 12
    assert (done.samples, 0) == (done.stored, done.lost)
    with open_store(settings.store_url, read_only=True) as store:
        assert identities(devices.given) == identities(list(store.read()))
    messages = [r.getMessage() for r in caplog.records]
    assert ["store: store.sqlite: database or disk is full; make room on its disk", "store: takes samples again"] == messages


def test_what_a_store_never_took_is_in_the_ledger_when_the_collector_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And when the memory for it is full, the oldest go first."""
    from collectors.stores._sqlite import SqliteStore

    def full(self: SqliteStore, samples: list[Sample]) -> int:
        raise StoreError("disk full")

    monkeypatch.setattr(SqliteStore, "write", full)
    monkeypatch.setattr(delivery, "_HELD_SAMPLES", 50)
    devices = Devices()
    settings = config(tmp_path, *(target(f"t{n}", 0.1) for n in range(3)))
    done = run_for(settings, devices.poll, 1.0)
    gaps = read_gaps(gaps_path(settings))

    assert len(devices.given) <= done.samples == done.lost == sum(gap.count for gap in gaps)
    assert done.samples > 60
    assert any("memory full" in gap.why for gap in gaps)
    assert "not written when the collector stopped: disk full" == gaps[-1].why
    assert min(s.time for s in devices.given) == min(gap.since for gap in gaps)
    assert max(s.time for s in devices.given) == max(gap.until for gap in gaps)


def test_a_step_of_the_clock_is_in_the_ledger(tmp_path: Path) -> None:
    """NTP found the time after a power cut: samples before it carry the wrong hour."""
    settings = config(tmp_path, target("a", 0.4))
    devices = Devices()
    run_for(settings, devices.poll, 3.2, clock=lambda: time.time() + (3600.0 if len(devices.polled) > 1 else 0.0))
    (gap,) = read_gaps(gaps_path(settings))

    assert gap.why.startswith("the clock of this collector was put forward by 3600 s: it had been behind, or is ahead now")
    assert 0 == gap.count
    assert 3600 == pytest.approx((gap.until - gap.since).total_seconds(), abs=1)


def test_one_store_has_one_collector_and_the_ledger_is_there_before_it_is_needed(tmp_path: Path) -> None:
    """Unless they share the targets. Who has it is named; a collector that ended has given it back."""
    settings = config(tmp_path, target("a"))
    with Service(settings, Devices().poll):
        assert gaps_path(settings).stat().st_size > 0
        with pytest.raises(StoreError, match=rf"store.sqlite: in use by another collector \(process {os.getpid()} on "):
            Service(settings, Devices().poll)
        shared = replace(settings, sharing=Sharing(url="redis://127.0.0.1:1/0", group="g"))
        Service(shared, Devices().poll).close()
    Service(settings, Devices().poll).close()


def test_hours_ahead_and_then_right_costs_one_interval(tmp_path: Path) -> None:
    """Samples from the future never win over now, in the newest of every series, in states and in sums; nothing is deleted."""
    began_s, began = time.monotonic(), time.time()
    ahead_s = 9 * 3600.0

    def clock() -> float:
        return time.time() + (ahead_s if time.monotonic() < began_s + 1.5 else 0.0)

    class Clocked(Devices):
        async def poll(self, target: Target) -> PollResult:
            result = await super().poll(target)
            now = datetime.fromtimestamp(clock(), UTC)
            totals = Sample(
                measurement="wifi_total",
                time=now,
                tags={"site": target.site, "device": target.name, "source": "ap"},
                fields={"clients": 10.0},
            )
            samples = (*(replace(sample, time=now) for sample in result.samples), totals)
            return replace(result, time=now, samples=samples)

    settings = config(tmp_path, target("a", interval_s=1.0))
    run_for(settings, Clocked().poll, 4.0, clock=clock)
    with open_store(f"sqlite:{tmp_path / 'store.sqlite'}", read_only=True) as store:
        newest = store.latest()
        ahead = [sample for sample in store.read() if sample.time.timestamp() > began + ahead_s - 60]
        (found,) = watch.status(settings, {}, newest, now=datetime.now(UTC))

    assert ahead
    assert all(sample.time.timestamp() <= time.time() for sample in newest if sample.measurement != "collector")
    assert ("ok", 10) == (found.state, found.clients)
    (gap,) = read_gaps(gaps_path(settings))
    assert "put back by 32400 s: it had been ahead, or is behind now" in gap.why


# ------------------------------------------------------------------------------- what comes between, and what else is watched


def run_while(settings: Config, poll: Any, doing: Callable[[Service], Awaitable[None]]) -> Summary:
    """Let a service work while something is done."""

    async def run() -> Summary:
        stop = asyncio.Event()
        with Service(settings, poll) as worker:
            running = asyncio.create_task(worker.forever(stop))
            try:
                await asyncio.sleep(0.1)
                await doing(worker)
            finally:
                stop.set()
            return await running

    return asyncio.run(run())


def test_a_notification_brings_the_poll_of_its_device_forward_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """net-snmp's snmptrap five times at once: one poll more, of that device only, and five samples that say so."""
    monkeypatch.setattr(service, "SOON_S", 1.2)
    monkeypatch.setattr("collectors.pace.FIRST_WITHIN_S", 0.0)
    devices = Devices()
    far = replace(target("far"), host="192.0.2.9")
    near = replace(target("near"), host="127.0.0.1", community=Secret(value="hush"))
    settings = config(tmp_path, far, near, traps=Listen(host="127.0.0.1", port=0))

    async def doing(worker: Service) -> None:
        for _ in range(200):
            await asyncio.sleep(0.02)
            if worker._receiver is not None and worker._receiver.port:
                break
        assert worker._receiver is not None
        command = [*program_snmptrap(), "-v2c", "-c", "hush", f"127.0.0.1:{worker._receiver.port}", "", "1.3.6.1.6.3.1.1.5.3"]
        processes = [await asyncio.create_subprocess_exec(*command, env={"MIBS": ""}) for _ in range(5)]

        assert [0] * 5 == [await process.wait() for process in processes]
        await asyncio.sleep(1.3)

    run_while(settings, devices.poll, doing)

    assert {"far": 1, "near": 2} == Counter(name for name, _ in devices.polled)
    with open_store(settings.store_url, read_only=True) as store:
        seen = [(s.tags, s.fields) for s in store.read("trap")]
    assert [({"site": "site of near", "device": "near", "event": "link_down"}, {"count": 1.0})] * 5 == seen


def program_snmptrap() -> list[str]:
    found = shutil.which("snmptrap")
    if found is None:
        pytest.skip("snmptrap is not installed: apt-get install snmp")
    return [found]


def test_in_an_event_its_sites_are_polled_more_often_until_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Another process writes the file; the collector follows it, and goes back to the old pace by itself."""
    monkeypatch.setattr(service, "_LOOK_S", 0.05)
    monkeypatch.setattr("collectors.pace.FIRST_WITHIN_S", 0.0)
    devices = Devices()
    settings = config(tmp_path, target("a"), target("b"))
    now = datetime.now(UTC)
    event = Event(name="台風", sites=frozenset({"site of a"}), since=now, until=now + timedelta(seconds=1.6), interval_s=0.2)
    slower = replace(event, name="訓練", sites=frozenset(), interval_s=30.0)

    async def doing(_: Service) -> None:
        save_events(events_path(settings), [event, slower])
        await asyncio.sleep(2.5)

    with caplog.at_level(logging.INFO, logger="collectors"):
        run_while(settings, devices.poll, doing)
    polls = Counter(name for name, _ in devices.polled)

    assert 5 <= polls["a"] <= 9
    assert 1 == polls["b"]
    messages = [record.getMessage() for record in caplog.records if "event" in record.getMessage()]
    assert [
        *("event 台風: site of a polled every 0.2 s", "event 訓練: all sites polled every 30 s"),
        *("event 台風 is over", "event 訓練 is over"),
    ] == [message.partition(" until")[0] for message in messages]


def test_probes_and_the_collectors_own_numbers_are_stored(tmp_path: Path, unused_port: Callable[[], int]) -> None:
    """A site whose internet is gone while its devices answer: both are in the store."""
    probe = Probe(name="internet", site="site of a", url=f"tcp://127.0.0.1:{unused_port()}", interval_s=0.2)
    settings = replace(config(tmp_path, target("a", 0.4), probes=(probe,)), interval_s=0.3)
    run_for(settings, Devices().poll, 1.2)
    with open_store(settings.store_url, read_only=True) as store:
        probes, own = list(store.read("probe")), list(store.read("collector"))
        up = [s.fields for s in store.latest("device", site="site of a")]

    assert [{"reachable": 1.0}] == up
    assert len(probes) >= 3
    assert {"site": "site of a", "device": "collector", "target": "internet"} == probes[0].tags
    assert {"reachable": 0.0} == probes[-1].fields
    assert len(own) >= 2
    assert {"failed_total": 0.0, "lost_total": 0.0, "dead": 0.0}.items() <= own[-1].fields.items()
    assert own[-1].fields["polls_total"] >= 1
    assert own[-1].fields["samples_total"] >= 8


def test_probes_can_be_changed_while_it_works(tmp_path: Path, unused_port: Callable[[], int]) -> None:
    probe = Probe(name="new", site="site of a", url=f"tcp://127.0.0.1:{unused_port()}", interval_s=0.1)
    settings = config(tmp_path, target("a"))

    async def doing(worker: Service) -> None:
        await worker.reload(replace(settings, probes=(probe,)))
        await asyncio.sleep(0.6)
        await worker.reload(settings)
        changed.append(datetime.now(UTC))
        await asyncio.sleep(0.3)

    changed: list[datetime] = []
    run_while(settings, Devices().poll, doing)
    with open_store(settings.store_url, read_only=True) as store:
        times = [sample.time for sample in store.read("probe")]

    assert len(times) >= 3
    assert max(times) <= changed[0]


def test_one_cycle_probes_too(tmp_path: Path, unused_port: Callable[[], int]) -> None:
    probe = Probe(name="gateway", site="site of a", url=f"tcp://127.0.0.1:{unused_port()}")
    done = run_once(config(tmp_path, target("a"), probes=(probe,)), Devices().poll)

    assert (8, 8) == (done.samples, done.stored)


def test_metrics_are_shown_while_it_works(tmp_path: Path, unused_port: Callable[[], int]) -> None:
    port = unused_port()
    texts = []

    async def doing(_: Service) -> None:
        await asyncio.sleep(0.3)
        async with httpx.AsyncClient() as client:
            texts.append((await client.get(f"http://127.0.0.1:{port}/metrics")).text)

    run_while(config(tmp_path, target("a", 0.1), metrics=("127.0.0.1", port)), Devices().poll, doing)

    assert "wifiplan_collector_failed_total 0\n" in texts[0]
    assert "wifiplan_collector_spool_bytes 0\n" in texts[0]


def test_a_port_that_is_taken_is_said_and_stops_no_poll(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither that of notifications nor that of metrics."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        tcp.bind(("127.0.0.1", 0))
        traps = Listen(host="127.0.0.1", port=udp.getsockname()[1])
        with caplog.at_level(logging.ERROR, logger="collectors"):
            done = run_for(config(tmp_path, target("a", 0.1), traps=traps, metrics=tcp.getsockname()), Devices().poll, 2.5)

    assert done.ok >= 3
    assert ["traps", "metrics"] == [record.getMessage().partition(":")[0] for record in caplog.records]


def test_a_fault_of_ours_in_one_poll_leaves_its_device_and_the_others_polled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    devices = Devices()

    async def poll(target: Target) -> PollResult:
        result = await devices.poll(target)
        if target.name == "bad":
            raise ZeroDivisionError
        return result

    run_for(config(tmp_path, target("bad", 0.1), target("good", 0.1)), poll, 0.8)
    polls = Counter(name for name, _ in devices.polled)

    assert min(polls["bad"], polls["good"]) >= 4
    assert "bad: its poll failed by a fault of the program" in caplog.text


def read_back(server: Any) -> Counter[Any]:
    """Every (series, time) that InfluxQL gives, asked without our code."""
    found: Counter[Any] = Counter()
    for measurement in ("wifi_ap", "device", "poll"):
        form = {"db": "wifi", "q": f'SELECT * FROM "{measurement}" GROUP BY *', "epoch": "u"}
        (result,) = httpx.post(f"{server.base_url}/query", data=form, timeout=60).json()["results"]
        for series in result.get("series", []):
            tags = tuple(sorted((k, v) for k, v in series["tags"].items() if v))
            found.update(((measurement, tags), row[0]) for row in series["values"])
    return found


def test_a_server_killed_in_the_midst_and_back_has_every_sample_once(influxd: Any, tmp_path: Path) -> None:
    """influxd killed -9 during a collect, back after 1,000 samples and more went to the spool: the sets are equal."""
    devices = Devices()
    devices.aps = 20
    settings = config(tmp_path, *(target(f"t{n}", 0.25) for n in range(20)), url=influxd.store_url)
    spooled = 0

    async def run() -> Summary:
        nonlocal spooled
        stop = asyncio.Event()
        with Service(settings, devices.poll) as worker:
            running = asyncio.create_task(worker.forever(stop))
            await asyncio.sleep(1.0)
            influxd.kill()
            while worker.summary().spooled < 1500:  # noqa: ASYNC110  # what is waited for has no event
                await asyncio.sleep(0.1)
            spooled = worker.summary().spooled
            await asyncio.to_thread(influxd.start)
            await asyncio.sleep(1.0)
            stop.set()
            await running
        with Service(settings, devices.poll) as worker:  # what waited at the stop goes at the next start
            return await worker.once()

    done = asyncio.run(run())
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    sent = Counter((sample.series, round((sample.time - epoch).total_seconds() * 1e6)) for sample in devices.given)

    assert spooled >= 1000
    assert (0, 0) == (done.spooled, done.lost)
    assert sent == read_back(influxd)
    assert 1 == max(sent.values())
    assert [] == read_gaps(gaps_path(settings))


def test_what_is_kept_no_longer_is_deleted_by_age(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples after `keep_days`, sums of minutes after `keep_rollup_days`, those of hours never."""
    monkeypatch.setattr(service, "_PRUNE_FIRST_S", 0.0)
    settings = config(tmp_path, target("a"), keep_days=30, keep_rollup_days=400)
    now = datetime.now(UTC)
    names = ("wifi_ap", "wifi_site_1m", "wifi_site_1h")
    with open_store(settings.store_url) as store:
        for days in (29, 31, 401):
            at = now - timedelta(days=days)
            store.write([Sample(measurement=m, time=at, tags={"site": "s"}, fields={"clients": 1.0}) for m in names])
    run_for(settings, Devices().poll, 1.0)

    with open_store(settings.store_url, read_only=True) as store:
        left = {name: [(now - s.time).days for s in store.read(name, until=now - timedelta(days=1))] for name in names}
    assert {"wifi_ap": [29], "wifi_site_1m": [31, 29], "wifi_site_1h": [401, 31, 29]} == left


KILLED_SERVICE = """
import asyncio, sys
from pathlib import Path
from tests.collectors import test_service as here
settings = here.config(Path(sys.argv[1]), *(here.target(f"t{n}", 0.2) for n in range(10)))
print("ready", flush=True)
here.run_for(settings, here.Devices().poll, 60.0)
"""


def test_what_a_killed_collector_could_not_write_is_in_the_ledger_at_the_next_start(tmp_path: Path) -> None:
    """kill -9 in the middle of its work: from then to the next start is a gap; after a stop as it should be there is none."""
    with subprocess.Popen([sys.executable, "-c", KILLED_SERVICE, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT) as process:
        url = f"sqlite:{tmp_path / 'store.sqlite'}"
        while not (tmp_path / "store.sqlite").exists() or not list(open_store(url, read_only=True).latest("wifi_ap")):
            time.sleep(0.1)
        killed = datetime.now(UTC)
        process.kill()
    settings = config(tmp_path, target("t0", 0.2))
    assert [] == read_gaps(gaps_path(settings))
    for _ in range(2):
        run_for(settings, Devices().poll, 0.5)
    (gap,) = read_gaps(gaps_path(settings))

    assert killed - timedelta(seconds=2.5) <= gap.since <= killed
    assert killed < gap.until <= datetime.now(UTC)
    assert "killed" in gap.why
