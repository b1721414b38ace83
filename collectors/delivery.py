"""From poll to store: what is stored of a poll, the store of a configuration, and the way there, which no poll waits for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from collectors.errors import WHY_CODES, StoreError, reason
from collectors.metrics import Sample
from collectors.stores._spool import Ledger, Spool, SpooledStore
from collectors.stores.store import open_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from collectors.config import Config
    from collectors.poll import PollResult
    from collectors.stores.store import Store

_LOG = logging.getLogger(__name__)

_GATHER_S = 0.2
"""How long samples are gathered for one transaction (assumed: a fifth of a second is seen by nobody)."""
_RETRY_S = (1.0, 2.0, 5.0, 10.0)
"""Pauses before a store in trouble is tried again; the last one stays (assumed)."""
_HELD_SAMPLES = 500_000
"""Samples in memory at most, the oldest of which then go to the ledger as lost (assumed)."""


def samples_of(result: PollResult) -> list[Sample]:
    """Give what is stored of a poll: the device's own samples, or that it was not reachable, and the poll itself.

    A device that did not answer gives nothing else: what its access points do is unknown, not 0. One that answered, but
    with a refusal or something unreadable, is neither reachable nor not: it is unknown too. So is one that was never asked,
    because its name is not resolved or the collector itself has no network. `why` of the poll says which of them it is.
    """
    tags = {"site": result.target.site, "device": result.target.name}
    samples = list(result.samples)
    if result.error is not None and result.error.why in ("silent", "refused", "port_closed"):
        samples.append(Sample(measurement="device", time=result.time, tags=tags, fields={"reachable": 0.0}))
    errors = len(result.warnings) + (result.error is not None)
    fields = {"seconds": result.elapsed_s, "requests": float(result.requests), "errors": float(errors)}
    if result.error is not None:
        fields["why"] = float(WHY_CODES[result.error.why])
    samples.append(Sample(measurement="poll", time=result.time, tags=tags, fields=fields))
    return samples


_ABOUT_AGAIN_S = 3600.0


class About:
    """What each device is, told when it changes and once an hour: it is the same at nearly every poll."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[dict[str, str], float]] = {}

    def sample(self, result: PollResult) -> list[Sample]:
        """Give the sample that is due, if one is."""
        tags = {name: result.device.get(name) for name in ("model", "firmware", "serial", "sys_name")}
        known = {name: value for name, value in tags.items() if value} | ({"macs": " ".join(result.macs)} if result.macs else {})
        at_s = result.time.timestamp()
        before, told_s = self._told.get(result.target.name, ({}, 0.0))
        if result.error is not None or not known or (known == before and 0 <= at_s - told_s < _ABOUT_AGAIN_S):
            return []
        self._told[result.target.name] = known, at_s
        uptime_s = next((s.fields.get("uptime_s", 0.0) for s in result.samples if s.measurement == "device"), 0.0)
        where = {"site": result.target.site, "device": result.target.name}
        return [Sample(measurement="about", time=result.time, tags=where | known, fields={"uptime_s": uptime_s})]


class Delivery:
    """Takes samples from the polls to the store, in one transaction what comes within a moment.

    No poll waits for it: a store that hangs or is gone holds up nothing else.
    """

    def __init__(self, store: Store, ledger: Callable[[], Ledger]) -> None:
        self.samples = self.lost = 0
        self._store, self._ledger = store, ledger
        self._spooled = store if isinstance(store, SpooledStore) else None
        self._held: deque[list[Sample]] = deque()
        self._held_count = 0
        self._wake, self._to_drain, self._stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._trouble = ""

    @property
    def spooled(self) -> int:
        """Samples that came to this delivery and are only on the spool's disk; it sends the oldest first."""
        return 0 if self._spooled is None else min(self._spooled.pending, self.samples - self.lost - self._held_count)

    @property
    def lost_for_ever(self) -> int:
        """Samples that are in no store and no spool: the ledger has them."""
        return self.lost + (0 if self._spooled is None else self._spooled.refused)

    @property
    def stored(self) -> int:
        """Samples that the store has confirmed."""
        return self.samples - self.lost_for_ever - self._held_count - self.spooled

    @property
    def held(self) -> int:
        """Samples in memory."""
        return self._held_count

    @property
    def spool_bytes(self) -> int:
        """Size of what is spooled."""
        return 0 if self._spooled is None else self._spooled.size_bytes

    def put(self, samples: list[Sample]) -> None:
        """Hand over the samples of one poll, and of the buckets that it closed."""
        if not samples:
            return
        self._held.append(samples)
        self._held_count += len(samples)
        self.samples += len(samples)
        self._wake.set()
        while self._held_count > _HELD_SAMPLES:
            self._lose(self._take_first(), f"not written, and memory full: {self._trouble or 'the store is too slow'}")

    def _take_first(self) -> list[Sample]:
        first = self._held.popleft()
        self._held_count -= len(first)
        return first

    def _lose(self, samples: list[Sample], why: str) -> None:
        self.lost += len(samples)
        times = [sample.time for sample in samples]
        try:
            self._ledger().add(min(times), max(times), why, len(samples))
        except StoreError as error:
            _LOG.error("%d samples lost (%s), and no ledger to enter them in: %s", len(samples), why, error)

    async def flush(self) -> None:
        """Write all that is held, in one transaction.

        Raises
        ------
        StoreError
            The store does not take it now. It is still held; what a full spool refused is in the ledger and lost.
        """
        polls = list(self._held)
        if not polls:
            return
        batch = [sample for samples in polls for sample in samples]
        try:
            refused = len(batch) - await asyncio.to_thread(self._store.write, batch)
        except ValueError:  # a fault of ours in one device's samples must not cost the others theirs
            refused = await self._one_by_one(polls)
        except StoreError:
            if self._spooled is not None:
                self._forget(polls)
                self.lost += len(batch)
            raise
        self._forget(polls)
        self.lost += refused
        self._to_drain.set()

    async def _one_by_one(self, polls: list[list[Sample]]) -> int:
        refused = 0
        for samples in polls:
            try:
                refused += len(samples) - await asyncio.to_thread(self._store.write, samples)
            except ValueError as error:
                _LOG.error("%s: its samples cannot be written (%s); please report it", samples[0].tags.get("device"), error)
                self._lose(samples, f"not writable: {error}")
        return refused

    def _forget(self, polls: list[list[Sample]]) -> None:
        for samples in polls:
            if self._held and self._held[0] is samples:  # a full memory may have dropped it meanwhile
                self._take_first()

    async def drain(self) -> None:
        """Bring what is spooled to the server; raises `StoreError` when it does not take it now."""
        while self._spooled is not None and self._spooled.pending and not self._stop.is_set():
            await asyncio.to_thread(self._spooled.drain_some)

    async def run(self) -> None:
        """Deliver until `finish`."""
        await asyncio.gather(self._keep(self._flush_soon, self._wake), self._keep(self.drain, self._to_drain))

    async def _flush_soon(self) -> None:
        await self._pause(_GATHER_S)
        await self.flush()

    async def _keep(self, work: Callable[[], Awaitable[None]], due: asyncio.Event) -> None:
        """Do the work each time it is due; where the store is in trouble, again after a while. Both are said once."""
        attempt = 0
        while not self._stop.is_set():
            await due.wait()
            due.clear()
            try:
                await work()
                if attempt:
                    _LOG.warning("store: takes samples again")
                    self._trouble = ""
                attempt = 0
            except StoreError as error:
                if not attempt:
                    _LOG.error("store: %s", error)
                self._trouble = str(error)
                await self._pause(_RETRY_S[min(attempt, len(_RETRY_S) - 1)])
                attempt += 1
                due.set()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def finish(self, running: asyncio.Task[None]) -> None:
        """Let the run under way end, and deliver what can be delivered now; the rest stays spooled or is entered as lost."""
        self._stop.set()
        self._wake.set()
        self._to_drain.set()
        await running
        try:
            await self.flush()
            if self._spooled is not None and self._spooled.pending:
                await asyncio.to_thread(self._spooled.drain_some)
        except StoreError as error:
            self._trouble = str(error)
        while self._held:
            self._lose(self._take_first(), f"not written when the collector stopped: {self._trouble}")


def gaps_path(config: Config) -> Path:
    """Where the ledger of gaps is."""
    return config.spool / "gaps.jsonl"


def open_ledger(config: Config) -> Ledger:
    """Open the ledger of gaps of a configuration.

    Raises
    ------
    StoreError
        Its folder cannot be written in.
    """
    try:
        config.spool.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        why = reason(error)
        raise StoreError(f"{config.spool}: {why}; give [store] spool a folder to write in") from None
    return Ledger(gaps_path(config))


def open_for_writing(config: Config, clock: Callable[[], float] = time.time) -> Store:
    """Open the store that a configuration names, a server's behind its spool. `clock` gives seconds since 1970.

    Raises
    ------
    ConfigError
        The URL is of no known form.
    StoreError
        The store or its spool cannot be used.
    """
    store = open_store(config.store_url, clock=clock)
    if config.store_url.startswith("sqlite:") or not config.spool_mb:
        return store
    from collectors.stores._influx import InfluxStore

    assert isinstance(store, InfluxStore)
    spool = Spool(config.spool, limit_bytes=config.spool_mb * 2**20)
    return SpooledStore(store, spool, open_ledger(config))
