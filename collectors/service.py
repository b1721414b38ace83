"""The collector at work: polls each target at its interval and delivers the samples to the store, until it is told to stop.

A device's failure never reaches another device. A store's failure never reaches a poll: samples wait on disk (InfluxDB) or
in memory (SQLite), and what could not be kept is entered in the ledger of gaps.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from collectors import telemetry
from collectors.delivery import About, Delivery, open_for_writing, open_ledger, samples_of
from collectors.errors import CollectError, ConfigError, StoreError
from collectors.events import events_path, load_events
from collectors.metrics import MEASUREMENTS, Sample
from collectors.pace import DEAD_AFTER, SOON_S, Grid
from collectors.probe import Prober
from collectors.sites import UNASSIGNED
from collectors.stores._spool import SpooledStore
from collectors.stores.lock import Lock
from collectors.stores.rollup import Rollups, Standing, recover
from collectors.stores.store import open_store
from collectors.telemetry import Telemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from typing import Self

    from collectors.config import Config, Probe, Target
    from collectors.events import Event
    from collectors.leases import Leases
    from collectors.poll import PollResult
    from collectors.snmp.traps import Receiver
    from collectors.stores._spool import Ledger
    from collectors.stores.rollup import Recovered

    Poll = Callable[[Target], Awaitable[PollResult]]

_LOG = logging.getLogger(__name__)

AT_ONCE = 200
"""Polls under way at the same time, of devices that answered last."""
DOUBTFUL_AT_ONCE = 2_000
"""The same of devices that did not, or were never asked: most of them only wait (assumed)."""

_TURN_S = 1.0
"""A poll that takes longer is one of a device that is slow, or falls silent now: it keeps nobody waiting (assumed)."""
_CLOCK_STEP_S = 5.0
"""A step of the clock that is entered in the ledger: less is what NTP does (slew), or a busy machine (assumed)."""
_LOOK_S = 1.0
"""How often the file of the event is looked at: docs promise that a running collector follows within a second."""
_DOUBTED_STEP_S, _DOUBTED_FOR_S = 3600.0, 86400.0
"""After a step of more than an hour the clock is not believed for a day where that would delete samples (assumed)."""
_PRUNE_FIRST_S, _PRUNE_EVERY_S = 60.0, 3600.0
_FINE_ROLLUPS = ("wifi_ap_5m", "wifi_site_1m")
_SHARE_OF_ONE_ALONE = 0
"""The number of the one share of the sites that there is where a collector works alone."""
_ASK_AGAIN_S = 0.1
"""How often a target is looked at whose site another collector has (assumed)."""
_STOPPED = b"stopped\n"
_TAKEN_OVER_WITHIN = 0.1
"""Part of the interval in which targets are polled that another collector had until now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run did. `samples` = `stored` + `spooled` + `lost`."""

    targets: int
    ok: int
    failed: int
    samples: int
    stored: int
    spooled: int
    lost: int
    seconds: float


class Service:
    """Polls the targets of a configuration: once, or until it is told to stop.

    Parameters
    ----------
    config : Config
        What to poll and where to store.
    poll : callable
        Polls one target and never raises for what the device does: `collectors.poll.Poller.poll`, or a test's own.
    clock : callable
        Seconds since 1970: what the machine takes for now.

    Raises
    ------
    ConfigError
        There is nothing to poll, or the store's URL is of no known form.
    StoreError
        The store or its spool cannot be used.
    """

    def __init__(self, config: Config, poll: Poll, *, clock: Callable[[], float] = time.time) -> None:
        if not config.targets:
            raise ConfigError(f"{config.path}: no [[target]] to poll; add one")
        self._config, self._poll, self._clock = config, poll, clock
        self._own_ledger: Ledger | None = None
        self._lock = _lock_of(config)
        try:
            self._store = open_for_writing(config, clock)
        except BaseException:
            if self._lock is not None:
                self._lock.close()
            raise
        self._delivery = Delivery(self._store, self._ledger)
        try:
            self._ledger()  # its room is taken before the disk is full
        except StoreError as error:
            _LOG.error("%s; until then nothing says what could not be stored", error)
        self._slots, self._doubtful_slots = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(DOUBTFUL_AT_ONCE)
        self._started_s = time.monotonic()
        self._polling: dict[str, asyncio.Task[None]] = {}
        self._probing: list[asyncio.Task[None]] = []
        self._failures: dict[str, int] = {}
        self._wakes: dict[str, asyncio.Event] = {}
        self._soon: set[str] = set()
        self._events: tuple[Event, ...] = ()
        self._event_trouble = ""
        self._prober = Prober(clock)
        self._about = About()
        self._receiver: Receiver | None = None
        self._telemetry = Telemetry()
        self._leases: Leases | None = None
        self._together: dict[str, str] = {}
        self._recovering: set[asyncio.Task[None]] = set()
        self._stopped_at: datetime | None = None
        self._prune_from_s = -math.inf
        self._standings = _standings(config)
        self._devices_of = _devices_of(config)
        self._rollups = Rollups(self._interval_s, self._standing, self._serving)
        self._intervals_s = {target.name: target.interval_s for target in config.targets}

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _interval_s(self, device: str) -> float:
        return self._intervals_s.get(device, self._config.interval_s)

    def _standing(self, device: str) -> Standing:
        return self._standings.get(device, Standing())

    def _serving(self, site: str) -> frozenset[str]:
        return self._devices_of.get(site, frozenset())

    def _ledger(self) -> Ledger:
        if isinstance(self._store, SpooledStore):
            return self._store.ledger
        if self._own_ledger is None:
            self._own_ledger = open_ledger(self._config)
        return self._own_ledger

    async def once(self) -> Summary:
        """Poll every target once, and deliver.

        Raises
        ------
        StoreError
            The store did not take the samples, nor did a spool.
        """
        self._rollups.open(_SHARE_OF_ONE_ALONE)
        everything = frozenset((_SHARE_OF_ONE_ALONE,))
        probing = [self._probe_one(probe) for probe in self._config.probes]
        await asyncio.gather(self._recover(everything), *(self._poll_one(target) for target in self._config.targets), *probing)
        await self._prober.close()
        self._delivery.put(self._rollups.closed(self._now()))
        await self._delivery.flush()
        try:
            await self._delivery.drain()
        except StoreError as error:
            _LOG.warning("store: %s; samples wait in %s", error, self._config.spool)
        return self.summary()

    async def forever(self, stop: asyncio.Event) -> Summary:
        """Poll every target at its interval until `stop` is set; then end cleanly."""
        delivering = asyncio.create_task(self._delivery.run())
        self._look_back()
        self._follow_event()
        chores = [self._watch_clock(), self._prune(), self._watch_event(), self._report()]
        sharing = self._config.sharing
        if sharing is not None:
            from collectors.leases import Leases, lease_s, together  # one collector alone needs no Redis

            self._together = together(self._config.targets)
            self._leases = Leases(sharing.url, group=sharing.group, lease_s=lease_s(min(self._intervals_s.values())))
            chores.append(self._leases.run(self._shares, self._take_shares, self._leave_shares))
        server = await self._open_doors()
        if self._leases is None:
            self._take_shares(frozenset((_SHARE_OF_ONE_ALONE,)))
        beside = [asyncio.create_task(work) for work in chores]
        self._start_probes(self._config.probes)
        try:
            await stop.wait()
        finally:
            if server is not None:
                server.close()
            if self._receiver is not None:
                self._receiver.close()
            await _cancel(*beside)
            await _cancel(*self._recovering, *self._polling.values(), *self._probing)
            if self._leases is not None:
                await self._leases.close()
            await self._prober.close()
            await self._delivery.finish(delivering)
            with suppress(OSError):
                self._alive.write_bytes(_STOPPED)
        return self.summary()

    async def _open_doors(self) -> asyncio.Server | None:
        """Begin to hear notifications and to show metrics. That a port is taken is said, and stops no poll."""
        server = None
        if self._config.traps is not None:
            from collectors.profile.library import events
            from collectors.snmp.traps import Receiver  # it loads pysnmp, which few need

            self._receiver = Receiver(self._config.traps, events(), self.heard)
            self._receiver.follow(self._config.targets)
            try:
                self._receiver.open()
            except CollectError as error:
                _LOG.error("%s; polling goes on without notifications", error)
                self._receiver.close()
                self._receiver = None
        if self._config.metrics is not None:
            try:
                server = await telemetry.serve(self._config.metrics, self._exposition)
            except CollectError as error:
                _LOG.error("%s; polling goes on without it", error)
        return server

    async def reload(self, config: Config) -> None:
        """Go on with other targets: those that stay the same are not disturbed. The store stays until a restart."""
        if (config.store_url, config.spool, config.spool_mb) != (
            self._config.store_url,
            self._config.spool,
            self._config.spool_mb,
        ):
            _LOG.warning("%s: [store] has changed; restart the collector for that", config.path)
        if (config.traps, config.metrics, config.sharing) != (self._config.traps, self._config.metrics, self._config.sharing):
            _LOG.warning("%s: [traps], [metrics] or [collectors] has changed; restart the collector for that", config.path)
        if config.engine != self._config.engine:
            _LOG.warning("%s: engine has changed; restart the collector for that", config.path)
        old = self._config
        config = replace(  # it goes on with what it has open
            config,
            **{name: getattr(old, name) for name in ("store_url", "spool", "spool_mb", "traps", "metrics", "sharing", "engine")},
        )
        before, after = ({target.name: target for target in c.targets} for c in (self._config, config))
        probes_changed = config.probes != self._config.probes
        gone = [name for name, target in before.items() if after.get(name) != target]
        self._config = config
        self._standings, self._devices_of = _standings(config), _devices_of(config)
        if self._leases is not None:
            from collectors.leases import together

            self._together = together(config.targets)
        self._intervals_s = {target.name: target.interval_s for target in config.targets}
        await _cancel(*(self._polling.pop(name) for name in gone if name in self._polling))
        for name in gone:
            self._failures.pop(name, None)
            self._wakes.pop(name, None)
        if self._receiver is not None:
            self._receiver.follow(config.targets)
        if probes_changed:
            await _cancel(*self._probing)
            self._start_probes(config.probes)
        fresh = tuple(target for name, target in after.items() if name not in self._polling and self._is_mine(target.site))
        self._start(fresh)
        _LOG.info("%s: read again; %d targets, %d of them new or changed", config.path, len(after), len(fresh))

    def _share(self, site: str) -> int:
        return _SHARE_OF_ONE_ALONE if self._leases is None else self._leases.share_of(self._together.get(site, site))

    def _shares(self) -> frozenset[int]:
        return frozenset(self._share(target.site) for target in self._config.targets)

    def _is_mine(self, site: str) -> bool:
        """Whether this collector may poll a site now, and no other does."""
        return self._leases is None or self._leases.holds(self._share(site))

    def _take_shares(self, shares: frozenset[int]) -> None:
        """Begin with the targets of some shares of the sites."""
        for share in shares:
            self._rollups.open(share)
        recovering = asyncio.create_task(self._recover(shares))
        self._recovering.add(recovering)
        recovering.add_done_callback(self._recovering.discard)
        self._start(tuple(target for target in self._config.targets if self._share(target.site) in shares))

    async def _leave_shares(self, shares: frozenset[int]) -> None:
        """End with the targets of some shares, in the middle of a poll too: another collector polls them at once."""
        gone = [target.name for target in self._config.targets if self._share(target.site) in shares]
        await _cancel(*(self._polling.pop(name) for name in gone if name in self._polling))
        for name in gone:
            self._failures.pop(name, None)
            self._wakes.pop(name, None)
        for share in shares:
            self._rollups.drop(share)

    def _start(self, targets: tuple[Target, ...]) -> None:
        for target in targets:
            self._polling[target.name] = asyncio.create_task(self._keep_polling(target))

    def _start_probes(self, probes: tuple[Probe, ...]) -> None:
        self._probing = [asyncio.create_task(self._keep_probing(probe)) for probe in probes]

    async def _keep_polling(self, target: Target) -> None:
        """Poll when it is due; a fault of ours with one device leaves the others alone."""
        grid = Grid.of(target.name, time.monotonic())
        self._wakes[target.name] = asyncio.Event()
        due_s = grid.first_s(target.interval_s * (1.0 if self._leases is None else _TAKEN_OVER_WITHIN))
        await asyncio.sleep(due_s - time.monotonic())
        while True:
            began_s = time.monotonic()
            try:
                while not self._is_mine(target.site):  # noqa: ASYNC110  (a lease that ran out is asked for, and has no event)
                    await asyncio.sleep(_ASK_AGAIN_S)
                await self._poll_one(target, due_s)
            except Exception:  # noqa: BLE001  (one device's fault never stops the others)
                _LOG.exception("%s: its poll failed by a fault of the program; please report it", target.name)
            due_s = await self._rest(target, grid, began_s)

    async def _rest(self, target: Target, grid: Grid, began_s: float) -> float:
        """Wait until a target is due again, which a notification or an event may bring forward; give when that was."""
        wake = self._wakes[target.name]
        while True:
            now_s = time.monotonic()
            due_s = grid.next_s(began_s, now_s, self._pace_s(target), self._failures.get(target.name, 0))
            if target.name in self._soon:
                due_s = min(due_s, max(now_s, began_s + SOON_S))
            try:
                async with asyncio.timeout(due_s - now_s):
                    await wake.wait()
                wake.clear()
            except TimeoutError:
                self._soon.discard(target.name)
                return due_s

    def _pace_s(self, target: Target) -> float:
        """Seconds between the polls of a target now."""
        now = self._now()
        paces_s = [event.interval_s for event in self._events if any(event.covers(site, now) for site in target.sites)]
        return min((target.interval_s, *paces_s))

    def poll_soon(self, name: str) -> None:
        """Poll a target as soon as may be, once: again and again makes no difference."""
        if name in self._wakes:
            self._soon.add(name)
            self._wakes[name].set()

    def heard(self, name: str, what: str) -> None:
        """Take a notification of a device: store that it came, and poll the device. Who does not poll it leaves it alone."""
        target = next((target for target in self._config.targets if target.name == name), None)
        if target is None or not self._is_mine(target.site):
            return
        _LOG.info("%s: notification %s", name, what)
        tags = {"site": target.site, "device": name, "event": what}
        self._delivery.put([Sample(measurement="trap", time=self._now(), tags=tags, fields={"count": 1.0})])
        self.poll_soon(name)

    async def _watch_event(self) -> None:
        """Follow the file of events, and their beginnings and ends."""
        while True:
            await asyncio.sleep(_LOOK_S)
            self._follow_event()

    def _follow_event(self) -> None:
        try:
            events = load_events(events_path(self._config))
        except ConfigError as error:
            if self._event_trouble != str(error):
                self._event_trouble = str(error)
                _LOG.error("%s; going on as before", error)
            return
        self._event_trouble = ""
        now = self._now()
        going_on = tuple(event for event in events if event.goes_on(now))
        if going_on == self._events:
            return
        before, self._events = self._events, going_on
        changed = [event for event in (*before, *going_on) if (event in before) != (event in going_on)]
        for event in changed:
            if event in going_on:
                sites = ", ".join(sorted(event.sites)) or "all sites"
                until = event.until.isoformat(timespec="seconds")
                _LOG.info("event %s: %s polled every %g s until %s", event.name, sites, event.interval_s, until)
            elif event.name not in {one.name for one in going_on}:
                _LOG.info("event %s is over", event.name)
        for target in self._config.targets:
            wake = self._wakes.get(target.name)
            if wake is not None and any(not event.sites or not event.sites.isdisjoint(target.sites) for event in changed):
                wake.set()

    @asynccontextmanager
    async def _slot(self, target: Target) -> AsyncIterator[None]:
        """Wait for a turn among one's like. Who is then busy for longer waits for its device, and gives the turn to the next."""
        slots = self._doubtful_slots if self._failures.get(target.name, 1) else self._slots
        await slots.acquire()
        has_turn = True

        def give_back() -> None:
            nonlocal has_turn
            if has_turn:
                has_turn = False
                slots.release()

        timer = asyncio.get_running_loop().call_later(_TURN_S, give_back)
        try:
            yield
        finally:
            timer.cancel()
            give_back()

    async def _poll_one(self, target: Target, due_s: float | None = None) -> None:
        async with self._slot(target):
            late_s = 0.0 if due_s is None else max(0.0, time.monotonic() - due_s)
            result = await self._poll(target)
        self._telemetry.polled(result.elapsed_s, failed=result.error is not None, late_s=late_s)
        before = self._failures.get(target.name, 0)
        if result.error is None:
            self._failures[target.name] = 0
            if before:
                _LOG.info("%s: answers again after %d polls", target.name, before)
        else:
            self._failures[target.name] = before + 1
            if not before:  # said once, not at each poll
                _LOG.warning("%s: %s", target.name, result.error)
        samples = samples_of(result) + self._about.sample(result)
        self._delivery.put(samples + self._rollups.take(self._share(target.site), samples, result.time))

    async def _keep_probing(self, probe: Probe) -> None:
        """Try a probe at its interval, each at a phase of its own."""
        grid = Grid.of(f"{probe.site} {probe.name}", time.monotonic())
        await asyncio.sleep(grid.first_s(probe.interval_s) - time.monotonic())
        while True:
            began_s = time.monotonic()
            if self._is_mine(probe.site):  # else another collector does
                await self._probe_one(probe)
            now_s = time.monotonic()
            await asyncio.sleep(grid.next_s(began_s, now_s, probe.interval_s, 0) - now_s)

    async def _probe_one(self, probe: Probe) -> None:
        try:
            sample = await self._prober.sample(probe)
        except Exception:  # noqa: BLE001  (nor one probe's)
            _LOG.exception("probe %s of %s failed by a fault of the program; please report it", probe.name, probe.site)
            return
        if sample is not None:
            self._delivery.put([sample])

    def _exposition(self) -> str:
        return telemetry.exposition(self._telemetry.fields(self._numbers()))

    def _numbers(self) -> dict[str, float]:
        """Count what the collector has in hand."""
        counts = {} if self._receiver is None else dict(self._receiver.counts)
        heard = counts.pop("heard", 0)
        delivery = self._delivery
        return {
            "dead": sum(failures >= DEAD_AFTER for failures in self._failures.values()),
            "samples_total": delivery.samples,
            "lost_total": delivery.lost_for_ever,
            "held": delivery.held,
            "spooled": delivery.spooled,
            "spool_bytes": delivery.spool_bytes,
            "traps_total": heard,
            "traps_dropped_total": sum(counts.values()) - counts.get("other", 0),
        }

    async def _report(self) -> None:
        """Store the collector's own numbers at the common interval."""
        while True:
            await asyncio.sleep(self._config.interval_s)
            self._delivery.put([self._telemetry.take(self._now(), self._numbers())])

    async def _recover(self, shares: frozenset[int]) -> None:
        """Read what the sums of the minutes and hours under way need from before the start."""
        began = self._now()
        longest_s = max(self._intervals_s.values())
        try:
            found = await asyncio.to_thread(_recovered, self._config.store_url, began, self._stopped_at, longest_s)
        except StoreError as error:
            _LOG.info("sums begin with the next whole minute and hour: %s", error)
            for share in shares:
                self._rollups.begin(share, began)
        else:
            for share, part in found.parts(self._share).items():
                self._rollups.resume(share, part)
            for share in shares:
                self._rollups.resume(share, replace(found, samples=[]))

    async def _prune(self) -> None:
        """Delete what is kept no longer."""
        await asyncio.sleep(_PRUNE_FIRST_S)
        while True:
            if time.monotonic() >= self._prune_from_s:
                await self._prune_once()
            await asyncio.sleep(_PRUNE_EVERY_S)

    async def _prune_once(self) -> None:
        now = self._now()
        try:
            for names, days in ((MEASUREMENTS, self._config.keep_days), (_FINE_ROLLUPS, self._config.keep_rollup_days)):
                await asyncio.to_thread(self._store.prune, names, now - timedelta(days=days))
        except StoreError as error:
            _LOG.warning("store: old samples not deleted: %s", error)

    @property
    def _alive(self) -> Path:
        """A file that is touched while the collector runs, and says so when it has stopped as it should."""
        return self._config.spool / "alive"

    def _look_back(self) -> None:
        """See when the last run ended; where it was killed, from then on is a gap that it could not enter itself."""
        now = self._now()
        try:
            touched_at = datetime.fromtimestamp(self._alive.stat().st_mtime, UTC)
            self._stopped_at = min(now, touched_at)
            if touched_at > now + timedelta(seconds=_CLOCK_STEP_S):
                _LOG.warning(
                    "the last run ended at %s, which is still to come: this machine's clock was ahead then, or is behind now",
                    touched_at.isoformat(timespec="seconds"),
                )
            if now - touched_at > timedelta(days=self._config.keep_days):  # away for so long, or a clock that is wrong now
                self._prune_from_s = time.monotonic() + _DOUBTED_FOR_S
            if self._alive.read_bytes() == _STOPPED:
                return
        except OSError:
            return
        why = (
            "the collector had been killed, or its machine: what it had polled and not yet written, and all until now, is missing"
        )
        _LOG.warning("%s to %s: %s", *(at.isoformat(timespec="seconds") for at in (self._stopped_at, now)), why)
        with suppress(StoreError):
            self._ledger().add(self._stopped_at, now, why, 0)

    def _show_alive(self) -> None:
        with suppress(OSError):  # a full disk: the store and the spool say so
            self._alive.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            os.close(os.open(self._alive, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640))
            os.utime(self._alive, (self._clock(), self._clock()))

    async def _watch_clock(self) -> None:
        """Enter in the ledger when the clock was put: samples around that time are not where they seem to be."""
        offset_s = self._clock() - time.monotonic()
        while True:
            self._show_alive()
            await asyncio.sleep(1.0)
            step_s = self._clock() - time.monotonic() - offset_s
            if abs(step_s) > _CLOCK_STEP_S:
                offset_s += step_s
                now = self._now()
                since, until = sorted((now - timedelta(seconds=step_s), now))
                why = f"the clock of this collector was put {'forward' if step_s > 0 else 'back'} by {abs(step_s):.0f} s"
                if step_s < 0:
                    why += ": it had been ahead, or is behind now; samples written before have times that are still to come"
                else:
                    why += ": it had been behind, or is ahead now; samples written before seem older than they are"
                if abs(step_s) > _DOUBTED_STEP_S:
                    self._prune_from_s = time.monotonic() + _DOUBTED_FOR_S
                _LOG.warning("%s", why)
                with suppress(StoreError):
                    self._ledger().add(since, until, why, 0)

    def summary(self) -> Summary:
        """What was done so far."""
        return Summary(
            targets=len(self._config.targets),
            ok=self._telemetry.polls - self._telemetry.failed,
            failed=self._telemetry.failed,
            samples=self._delivery.samples,
            stored=self._delivery.stored,
            spooled=self._delivery.spooled,
            lost=self._delivery.lost_for_ever,
            seconds=round(time.monotonic() - self._started_s, 3),
        )

    def close(self) -> None:
        """Give back the store and the spool. Idempotent."""
        self._store.close()
        if self._lock is not None:
            self._lock.close()
        if self._own_ledger is not None:
            self._own_ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _lock_of(config: Config) -> Lock | None:
    """Hold a store's file for one collector, where the targets are not shared out; a spool is held by itself."""
    scheme, _, place = config.store_url.partition(":")
    if scheme != "sqlite" or config.sharing is not None or not Path(place).parent.is_dir():
        return None
    path = Path(place)
    way_out = "stop that one, or let them share the targets by [collectors]"
    return Lock(path.with_name(f"{path.name}.lock"), what=place, way_out=way_out)


def _devices_of(config: Config) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for target in config.targets:
        for site in (*target.sites, UNASSIGNED):
            found.setdefault(site, set()).add(target.name)
    return {site: frozenset(names) for site, names in found.items()}


def _standings(config: Config) -> dict[str, Standing]:
    return {target.name: Standing(backup_of=target.backup_of, counts=target.counts) for target in config.targets}


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    for fault in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(fault, Exception):
            raise fault


def _recovered(store_url: str, until: datetime, stopped: datetime | None, interval_s: float) -> Recovered:
    """Read by a connection of its own, which the writer does not wait for."""
    with open_store(store_url, read_only=True) as store:
        return recover(store, until, stopped=stopped, interval_s=interval_s)
