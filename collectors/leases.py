"""More than one collector: the sites are dealt into shares, and each share is a lease in Redis that one collector holds.

A site's targets go together, since its sums are made where its samples pass. A lease is Redis's own lock (`SET NX PX`,
renewed and given back by its token), so a collector that is killed loses its shares a lease later to the others, and one
that joins is given its part. Whoever was stopped for longer than a lease asks Redis before it polls again.

Where Redis itself cannot be reached, each collector goes on with what it had, and one that never had anything takes all:
a shelter watched twice is better than one not watched at all. It is said once, and once when it is over.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import os
import random
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError, RedisError

from collectors.errors import ConfigError
from collectors.sites import UNASSIGNED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from collectors.config import Target

    Shares = frozenset[int]

_LOG = logging.getLogger(__name__)

SHARES = 64
"""As many collectors as this have work; more stand by."""

LEASE_OF_INTERVAL = 0.45
LONGEST_LEASE_S = 4.5
"""A lease, the time to notice that it is free and to poll first stay together below one poll interval, in an event (10 s) too."""
TURNS_A_LEASE = 3


def lease_s(shortest_interval_s: float) -> float:
    """How long a lease is, for targets that are polled so often."""
    return min(LONGEST_LEASE_S, LEASE_OF_INTERVAL * shortest_interval_s)


def together(targets: Iterable[Target]) -> dict[str, str]:
    """Say for each site by which site's name its share is chosen: sites that one device serves, or that share one, go together.

    A site's sums are made where its samples pass, so all its devices must be polled by one collector; and with them all sites of
    those devices. Devices whose access points go to sites by rules go together in any case, for what no rule fits is one sum too.
    """
    root: dict[str, str] = {}

    def find(site: str) -> str:
        while root.setdefault(site, site) != site:
            site = root[site]
        return site

    for target in targets:
        first, *others = dict.fromkeys((target.site, *target.sites, *(() if target.rules is None else (UNASSIGNED,))))
        find(first)
        for other in others:
            low, high = sorted((find(first), find(other)))
            root[high] = low
    return {site: find(site) for site in root}


class Leases:
    """The shares that this collector holds.

    Parameters
    ----------
    url : str
        `redis://HOST:PORT/DB`; the password is taken from WIFIPLAN_REDIS_PASSWORD.
    group : str
        Collectors of one group share the same targets.
    lease_s : float
        After so long a collector that says nothing has lost its shares.

    Raises
    ------
    ConfigError
        The URL is none.
    """

    def __init__(self, url: str, *, group: str, lease_s: float) -> None:
        self.lease_s = lease_s
        self.name = f"{socket.gethostname()}:{os.getpid()}:{random.SystemRandom().randrange(1 << 32):08x}"
        self._group = group
        password = os.environ.get("WIFIPLAN_REDIS_PASSWORD")
        try:
            self._redis = Redis.from_url(url, password=password, socket_timeout=lease_s, socket_connect_timeout=lease_s)
        except ValueError:
            raise ConfigError("[collectors] url: not of the form redis://HOST:PORT/DB") from None
        self._locks: dict[int, Lock] = {}
        self._until_s: dict[int, float] = {}
        self._asked_s = time.monotonic()
        self._alone = False

    def __repr__(self) -> str:
        return f"Leases({self.name!r}, {len(self._until_s)} shares)"

    @staticmethod
    def share_of(site: str) -> int:
        """Which share a site is in: the same for every collector, whatever sites each knows of."""
        return int.from_bytes(hashlib.sha256(site.encode()).digest()[:4]) % SHARES

    @property
    def held(self) -> Shares:
        """The shares to poll."""
        return frozenset(self._until_s)

    def holds(self, share: int) -> bool:
        """Whether a share may be polled now: a lease that has run out is not believed in before Redis was asked again."""
        return self._alone or time.monotonic() < self._until_s.get(share, -math.inf)

    async def run(
        self, wanted: Callable[[], Shares], take: Callable[[Shares], None], leave: Callable[[Shares], Awaitable[None]]
    ) -> None:
        """Keep, take and give back shares until cancelled.

        Parameters
        ----------
        wanted : callable
            The shares that have any targets.
        take, leave : callable
            Told which shares to begin, and to end, polling. One that is left goes to another when `leave` has returned.
        """
        task = asyncio.current_task()
        while task is None or not task.cancelling():  # redis-py now and then takes a cancellation for a timeout of its own
            began_s = time.monotonic()
            try:
                await self._turn(wanted(), take, leave)
            except (RedisError, OSError, TimeoutError) as error:
                self._cut_off(error, wanted(), take)
            else:
                self._asked_s = began_s
                if self._alone:
                    self._alone = False
                    _LOG.warning("leases: Redis answers again; %d shares held", len(self._until_s))
            await asyncio.sleep(max(0.0, began_s + self.lease_s / TURNS_A_LEASE - time.monotonic()))

    def _cut_off(self, error: Exception, wanted: Shares, take: Callable[[Shares], None]) -> None:
        """Go on without Redis once the leases have run out, and so long again for a Redis that is only slow."""
        if self._alone or time.monotonic() - self._asked_s < 2 * self.lease_s:
            return
        self._alone = True
        _LOG.error("leases: Redis does not answer (%s); each collector goes on by itself", error or type(error).__name__)
        if not self._until_s:
            self._until_s = dict.fromkeys(wanted, -math.inf)
            take(wanted)

    async def _turn(self, wanted: Shares, take: Callable[[Shares], None], leave: Callable[[Shares], Awaitable[None]]) -> None:
        lost = {share for share in self._until_s if share not in wanted or not await self._renew(share)}
        if lost:
            await self._leave(lost, leave)
        fair = math.ceil(len(wanted) / await self._members())
        surplus = sorted(self._until_s)[fair:]
        if surplus:
            await self._leave(surplus, leave)
        gained = set()
        free = [share for share in wanted if share not in self._until_s and share not in lost and share not in surplus]
        random.shuffle(free)  # those who look at once do not all try the same
        for share in free:
            if len(self._until_s) >= fair:
                break
            if await self._acquire(share):
                gained.add(share)
        if gained:
            take(frozenset(gained))

    async def _renew(self, share: int) -> bool:
        """Lengthen a lease; one that Redis has forgotten, or that was taken without it, is taken anew if it is free."""
        asked_s = time.monotonic()
        lock = self._locks.get(share)
        if lock is not None:
            with suppress(LockError):
                await lock.reacquire()
                self._until_s[share] = asked_s + self.lease_s
                return True
        return await self._acquire(share)

    async def _acquire(self, share: int) -> bool:
        asked_s = time.monotonic()
        lock = Lock(self._redis, f"{self._group}:share:{share}", timeout=self.lease_s, thread_local=False)
        if not await lock.acquire(blocking=False, token=f"{self.name}:{random.getrandbits(64):016x}"):
            return False
        self._locks[share] = lock
        self._until_s[share] = asked_s + self.lease_s
        return True

    async def _leave(self, shares: Iterable[int], leave: Callable[[Shares], Awaitable[None]]) -> None:
        gone = frozenset(shares)
        for share in gone:
            del self._until_s[share]
        await leave(gone)
        await self._release(gone)

    async def _release(self, shares: Iterable[int]) -> None:
        for share in shares:
            lock = self._locks.pop(share, None)
            if lock is not None:
                with suppress(LockError):
                    await lock.release()

    async def _members(self) -> int:
        """Say that this collector is there, and count those that are, by Redis's own clock."""
        key = f"{self._group}:collectors"
        seconds, microseconds = await self._redis.time()
        now_s = seconds + microseconds / 1e6
        async with self._redis.pipeline() as pipe:
            pipe.zadd(key, {self.name: now_s + self.lease_s})
            pipe.zremrangebyscore(key, "-inf", now_s)
            pipe.zcard(key)
            _, _, count = await pipe.execute()
        return max(1, int(count))

    async def close(self) -> None:
        """Give everything back at once, for others to take. Idempotent."""
        with suppress(RedisError, OSError, TimeoutError):
            await self._release(list(self._locks))
            await self._redis.zrem(f"{self._group}:collectors", self.name)
        self._until_s.clear()
        with suppress(RedisError, OSError, TimeoutError):
            await self._redis.aclose()
