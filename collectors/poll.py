"""Target in, PollResult out: one device, once, and nothing that a device does ever raises."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from collectors.errors import CollectError, SnmpError
from collectors.metrics import Sample
from collectors.own_network import is_cut_off
from collectors.profile import library, match
from collectors.profile.by_site import by_site
from collectors.profile.convert import text_of
from collectors.profile.counting import Counter
from collectors.profile.decode import Answers, Decoded, Total, decode, model_of
from collectors.profile.memo import Memo
from collectors.profile.rows import Row
from collectors.snmp.engines import make_engine
from collectors.snmp.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from collectors.config import EngineName, Target
    from collectors.known_file import KnownFile
    from collectors.profile.library import Profile
    from collectors.snmp.message import Engine, Value

_LOG = logging.getLogger(__name__)

SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_NAME = (f"1.3.6.1.2.1.1.{n}.0" for n in (1, 2, 3, 5))
"""SNMPv2-MIB, the system group (RFC 3418)."""
_SYSTEM = (SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_NAME)
_TICKS = 1 << 32
"""sysUpTime is a 32-bit count of hundredths of a second: it starts again after 497 days."""

LONGEST_S = 120.0
"""A poll that takes longer is given up, if the target's interval is not longer still (assumed): nothing waits for ever."""

_SLACK = 1.05
"""The device reads its counters somewhat before or after its answer is timed: a full link may seem a little more than full."""

Series = tuple[Any, ...]
"""A row's measurement and tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """What one poll gave. With an `error` there are no samples; partial trouble is in `warnings`."""

    target: Target
    time: datetime
    device: dict[str, str | None]
    samples: tuple[Sample, ...] = ()
    totals: tuple[Total, ...] = ()
    warnings: tuple[str, ...] = ()
    error: SnmpError | None = None
    macs: tuple[str, ...] = ()
    """Of a device that is itself an access point: its own addresses, by which a controller may list it."""
    requests: int = 0
    elapsed_s: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Give the object that `wifiplan poll --json` prints."""
        time = _rfc_3339(self.time)  # which all of its samples have
        return {
            "device": self.device,
            "samples": [
                {"measurement": one.measurement, "time": time, "tags": one.tags, "fields": one.fields} for one in self.samples
            ],
            "totals": [{"what": total.what, "source": total.source, "value": total.value} for total in self.totals],
            "warnings": list(self.warnings),
            "error": None if self.error is None else {"kind": self.error.kind, "message": str(self.error)},
            "requests": self.requests,
            "seconds": round(self.elapsed_s, 3),
        }

    def to_line(self) -> str:
        """Give the same as one line of JSON."""
        return orjson.dumps(self.to_json(), option=orjson.OPT_APPEND_NEWLINE).decode()


def _rfc_3339(time: datetime) -> str:
    """Write a time in RFC 3339, UTC."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class _Seen:
    """One reading of a counter, and the rate that it gave."""

    counter: Counter
    at_s: float
    rate: float | None


@dataclass(slots=True)
class _Memory:
    """What a target has taught so far."""

    target: Target
    session: Session
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    identity: tuple[str | None, str] | None = None
    who: str = ""
    """What tells the device from another one that comes to have its name."""
    profile: Profile | None = None
    about: dict[str, str | None] = field(default_factory=dict)
    macs: tuple[str, ...] = ()
    uptime: tuple[int, float] | None = None
    failing: bool = False
    """Whether the last poll failed: then it is asked for one value before all others."""
    counters: dict[Series, dict[str, _Seen]] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Site -> the tags that all its samples of this device have."""


def seldom_look_for_circles() -> None:
    """Let Python look for objects that hold each other a tenth as often: of what a poll makes none do.

    Each look goes through all that is known of a thousand devices, which took a twelfth of a poll's time. What still is in a
    circle is found later, and what is not goes at once as ever. For the whole process, so for who owns it to call.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


class Poller:
    """Polls any number of targets over one shared engine, and remembers what each has taught it."""

    def __init__(
        self, engine: Engine | EngineName = "own", *, clock: Callable[[], float] = time.time, known: KnownFile | None = None
    ) -> None:
        self._engine: Engine = make_engine(engine) if isinstance(engine, str) else engine
        self._clock, self._known = clock, known
        self._memories: dict[str, _Memory] = {}

    async def poll(self, target: Target) -> PollResult:
        """Poll one target now. Never raises for what the device does; two polls of one target wait for each other."""
        memory = self._memories.get(target.name)
        if memory is None or (memory.target is not target and memory.target != target):
            memory = self._memories[target.name] = _Memory(target, Session(self._engine, target, asks_why=True))
        async with memory.busy:
            start = time.monotonic()
            device: dict[str, str | None] = dict.fromkeys(
                ("vendor", "model", "firmware", "serial", "profile", "sys_name", "sys_object_id", "sys_descr")
            )
            sent = memory.session.sent
            error: SnmpError | None = None
            decoded: Decoded | None = None
            samples: list[Sample] = []
            try:
                decoded = await self._read(memory, device)
                now = datetime.fromtimestamp(self._clock(), UTC)
                samples = _samples(target, decoded, now, memory.tags)
            except SnmpError as trouble:
                error = trouble
                if trouble.why in ("silent", "refused") and is_cut_off(memory.session.peer.address[0]):
                    error = SnmpError(trouble.kind, f"{trouble}; this machine has no network", why="collector")
            except CollectError as trouble:
                error = SnmpError("protocol", f"{target.name}: {trouble}")
            except Exception as trouble:  # noqa: BLE001  (one device's fault never stops the others)
                _LOG.exception("polling %s failed by a fault of the program", target.name)
                error = SnmpError(
                    "protocol", f"{target.name}: its answer could not be read ({type(trouble).__name__}); please report it"
                )
            memory.failing = error is not None
            now = datetime.fromtimestamp(self._clock(), UTC) if memory.failing else now
            return PollResult(
                target=target,
                time=now,
                device=device,
                samples=tuple(samples),
                totals=() if decoded is None else decoded.totals,
                warnings=tuple(memory.session.take_warnings()) + (() if decoded is None else decoded.warnings),
                error=error,
                macs=memory.macs,
                requests=memory.session.sent - sent,
                elapsed_s=time.monotonic() - start,
            )

    async def close(self) -> None:
        """Give the sockets back, and keep what devices count by. Idempotent."""
        if self._known is not None:
            self._known.write()
        await self._engine.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _read(self, memory: _Memory, device: dict[str, str | None]) -> Decoded:
        session, target = memory.session, memory.target
        await session.open(longest_s=max(LONGEST_S, 2 * target.interval_s))
        if memory.failing:
            await session.knock()
        expected, columns = memory.profile, None
        if expected is None:
            scalars = await session.get(_SYSTEM)
        else:
            scalars, columns = await session.read((*_SYSTEM, *expected.scalars), expected.columns)
        at_s = time.monotonic()
        sys_descr = _text(scalars.get(SYS_DESCR)) or ""
        sys_object_id = _text(scalars.get(SYS_OBJECT_ID))
        device.update(sys_name=_text(scalars.get(SYS_NAME)), sys_object_id=sys_object_id, sys_descr=sys_descr)
        if memory.identity != (sys_object_id, sys_descr):
            about = frozenset(() if target.rules is None else target.rules.looks_at.intersection(library.ABOUT))
            name = target.profile or await _identify(session, sys_object_id, sys_descr)
            memory.profile = None if name is None else library.load(name, sys_object_id or "0.0", about)
            memory.identity, memory.memo = (sys_object_id, sys_descr), Memo()  # another firmware may have other rows
            if self._known is not None:
                memory.who = f"{target.host}:{target.port} {sys_object_id} {sys_descr}"
                memory.memo.known = self._known.rows_of(target.name, memory.who)
            memory.about, memory.macs = await _about(session, memory.profile)
        found = memory.profile
        uptime_s = _uptime_s(scalars.get(SYS_UP_TIME))
        if found is None:
            decoded = Decoded(rows=(), totals=(), warnings=())
        else:
            if columns is None or found is not expected:
                further, columns = await session.read((*_SYSTEM, *found.scalars), found.columns)
                scalars.update(further)
            answers = Answers(scalars=scalars, columns=columns, layout=session.layout)
            name = target.ap or target.name
            decoded = decode(found, answers, ap=name, uptime_s=uptime_s, memo=memory.memo, at_s=at_s)
            if self._known is not None:
                self._known.keep(target.name, memory.who, memory.memo.known)
            device.update(vendor=found.vendor, profile=found.name, model=model_of(found, answers))
        for name, value in memory.about.items():
            if value and not device.get(name):
                device[name] = value
        restarted = _restarted(memory, scalars.get(SYS_UP_TIME), at_s)
        _add_rates(memory, decoded.rows, at_s, restarted=restarted)
        fields = {"reachable": 1.0} | ({} if uptime_s is None else {"uptime_s": uptime_s})
        row = Row(measurement="device", tags={}, fields=fields)
        rows = (row, *decoded.rows)
        return Decoded(rows=rows, totals=decoded.totals, warnings=decoded.warnings, gone=decoded.gone)


def _samples(target: Target, decoded: Decoded, now: datetime, tags: dict[str, dict[str, str]]) -> list[Sample]:
    """Give the rows that know something as samples of the device, or of the sites that its access points are of."""
    if target.rules is None:
        own = tags.get(target.site) or tags.setdefault(target.site, {"site": target.site, "device": target.name})
        return [row.sample(now, own) for row in decoded.rows if row.fields]
    placed = by_site(decoded.rows, target.rules, target.site, decoded.gone)
    for site, _ in placed:
        if site not in tags:
            tags[site] = {"site": site, "device": target.name}
    return [row.sample(now, tags[site]) for site, row in placed if row.fields]


_CHASSIS = (1, 1001)
"""Where most devices have themselves in ENTITY-MIB (RFC 6933): the first entity, or the first of the first stack member."""
_ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
_ENTITY_COLUMNS = {"model": 13, "firmware": 10, "serial": 11}
"""entPhysicalModelName, entPhysicalSoftwareRev, entPhysicalSerialNum."""
_IF_PHYS_ADDRESS = "1.3.6.1.2.1.2.2.1.6"
_MOST_MACS = 16


async def _about(session: Session, profile: Profile | None) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """Read what a device is, once: model, firmware, serial; of an access point its own addresses too. Never fails."""
    oids = {f"{_ENTITY}.{column}.{at}": name for at in _CHASSIS for name, column in _ENTITY_COLUMNS.items()}
    about: dict[str, str | None] = {}
    macs: dict[str, None] = {}
    try:
        found = await session.get(oids)
        for oid, name in oids.items():
            about[name] = about.get(name) or (_text(found.get(oid)) or "").strip() or None
        if profile is not None and profile.lone:
            _, columns = await session.read((), (_IF_PHYS_ADDRESS, *profile.macs))
            values = (value for column in columns.values() for value in column.values())
            octets = (value for value in values if isinstance(value, bytes) and len(value) == 6 and any(value))
            macs = dict.fromkeys(value.hex(":") for value in octets)
    except SnmpError as error:
        _LOG.debug("what the device is could not be read: %s", error)
    session.take_warnings()  # what it does not say of itself is no trouble of the poll
    return about, tuple(sorted(macs)[:_MOST_MACS])


async def _identify(session: Session, sys_object_id: str | None, sys_descr: str) -> str | None:
    there = await session.probe(match.probes(sys_object_id, sys_descr))
    return match.choose(sys_object_id, sys_descr, there.__contains__)


def _text(value: Value | None) -> str | None:
    return None if value is None else text_of(value)


def _uptime_s(value: Value | None) -> float | None:
    return value / 100 if isinstance(value, int) else None


def _restarted(memory: _Memory, ticks: Value | None, at_s: float) -> bool:
    """Whether the agent started again since the last poll. Its clock running over after 497 days is no start."""
    last = memory.uptime
    memory.uptime = (ticks, at_s) if isinstance(ticks, int) else None
    if last is None or not isinstance(ticks, int) or ticks >= last[0]:
        return False
    expected = last[0] + (at_s - last[1]) * 100 - _TICKS
    return abs(ticks - expected) > 6000


def _add_rates(memory: _Memory, rows: tuple[Row, ...], at_s: float, *, restarted: bool) -> None:
    """Turn counters into rates by what they were at the last poll; what cannot be told is left out."""
    seen: dict[Series, dict[str, _Seen]] = {}
    for row in rows:
        if not row.counters:
            continue
        before = {} if restarted else memory.counters.get(row.key, {})
        now = seen[row.key] = {}
        fields, limit = row.fields, row.fields.get("speed_bps")
        for name, counter in row.counters.items():
            last = before.get(name)
            rate = None if last is None else rate_per_s(counter, last.counter, at_s - last.at_s, last.rate, limit)
            now[name] = _Seen(counter, at_s, rate)
            if rate is not None:
                fields[name] = rate
    memory.counters = seen


def rate_per_s(counter: Counter, last: Counter, elapsed_s: float, last_rate: float | None, limit: float | None) -> float | None:
    """Give the rate of a counter since its last reading, in its scaled units a second.

    A counter that went down ran over only if that explains the step: from near its top, at no more than three times the last
    rate and no more than the limit. All else is a counter that began anew, whose rate is not known.

    Parameters
    ----------
    last : Counter
        The last reading.
    last_rate : float or None
        The rate at the last reading.
    limit : float or None
        The rate that cannot be exceeded (the link's speed).

    Returns
    -------
    float or None
        None where the counter began anew, where it is another counter than before (of 32 bits in place of 64, which begins
        elsewhere), where so small a counter could have run over twice, or where the rate is beyond the limit.
    """
    if elapsed_s <= 0 or (counter.bits, counter.broken_at) != (last.bits, last.broken_at):
        return None
    if limit is not None and limit * elapsed_s >= counter.scale * (1 << counter.bits):
        return None  # it may have run over more than once
    step = counter.value - last.value
    ran_over = step < 0
    if ran_over:
        step += 1 << counter.bits
    rate = step * counter.scale / elapsed_s
    if ran_over and (last_rate is None or rate > 3 * last_rate):
        return None
    if limit is None:
        return rate
    return None if rate > _SLACK * limit else min(rate, limit)
