"""One device on an engine: which version, how many repetitions and which columns it can bear; it is asked for no more."""

from __future__ import annotations

import asyncio
import functools
import math
import socket
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from collectors.config import User
from collectors.errors import ConfigError, SnmpError
from collectors.snmp import names
from collectors.snmp.layout import Layout, Plan
from collectors.snmp.message import (
    AUTHORIZATION_ERROR,
    GEN_ERR,
    NO_ACCESS,
    NO_SUCH_NAME,
    TOO_BIG,
    Peer,
    Response,
    Tally,
    status_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from collectors.config import Target
    from collectors.errors import Why
    from collectors.snmp.message import Engine, Operation, Value

FIRST_REPETITIONS = 25
"""Large enough to be quick, small enough for most agents; halved when an agent cannot bear it."""
MAX_VARBINDS = 120
"""Of one GETBULK answer: more only makes IP fragments, which some networks lose."""
COLUMNS_AT_ONCE = 6
"""Columns walked side by side though one answer has no room for all their rows: fewer round trips (assumed)."""
GET_AT_ONCE = 20
"""Single values in one GET: with their OIDs far below one Ethernet frame (assumed)."""

_NOTHING = Response(error_status=0, error_index=0, varbinds=())
_ALIVE = "1.3.6.1.2.1.1.3.0"
"""sysUpTime, which every agent has."""
_SKIPPED_POLLS = 10
"""Polls for which an OID that got no answer is left alone (assumed)."""
_PLANNED_POLLS = 30
"""Then everything is asked for again one by one, in case the device has learnt more."""

_MOST_ROWS = 100_000
"""Of one column: three times the radios of the largest controllers on sale (10,000 access points) (assumed)."""
_ROWS_IN_TIME, _TIME_S = 16_384, 8.0
"""A column that is still going on after so many rows and so long has no end (assumed)."""
_ROWS_BEYOND, _TIMES_BEYOND = 100, 4
"""A column with so many rows more than each of its table's others, which have ended, has no end (assumed)."""
_MOST_VALUES, _MOST_OCTETS = 2_000_000, 256 << 20
"""Of one poll: ten times what the largest controllers have to say, and what memory can bear (assumed)."""

_STRANGER, _STRANGER_WAITS_S = User(name="wifiplan"), 1.0
"""A user whom no device knows, by whose question one is found whose community is wrong; and how long that is waited for."""
_CLOSED_PORT = 33434
"""Where nothing listens: the first port of traceroute, which every machine that answers at all says is closed."""


@dataclass(slots=True)
class _Column:
    """One column on its walk: the rows so far, and the OID to go on from."""

    oid: str
    rows: dict[str, Value] = field(default_factory=dict)
    last: str = ""
    done: bool = False

    @property
    def at(self) -> str:
        return f"{self.oid}.{self.last}" if self.last else self.oid


class Session:
    """One device: what it is asked, and what it taught (its version, the repetitions it can bear).

    With `asks_why` a device that never answers is asked in other ways whether it is there; a search of a network leaves that.
    """

    def __init__(self, engine: Engine, target: Target, *, asks_why: bool = False) -> None:
        self.engine = engine
        self.asks_why = asks_why
        self.target = target
        self.repetitions = FIRST_REPETITIONS
        self.warnings: list[str] = []
        self._peer: Peer | None = None
        self._tally = Tally()
        self._there: Literal["agent", "machine"] | None = None
        self._asked_whether_there = 0
        self._found: tuple[object, ...] = ()
        self._answered = False
        self._combines = True
        self._plan: Plan | None = None
        self.layout: Layout | None = None
        """How what was read last was laid out; None where it came in several answers, or otherwise than before."""
        self._rows: dict[str, int] = {}
        self._had: set[str] = set()
        self._silent: dict[str, int] = {}
        self._doubtful = True
        self._looked_up_s = -names.LOOK_UP_AGAIN_S
        self._values_left, self._octets_left = _MOST_VALUES, _MOST_OCTETS
        self._longest_s = self._until_s = math.inf

    async def knock(self) -> None:
        """Ask a device that did not answer last for one value, once: the living do not wait for it.

        Raises
        ------
        SnmpError
            It does not answer now either.
        """
        self._doubtful = True
        await self._ask("get", [_ALIVE], attempts=1)

    async def open(self, *, longest_s: float = math.inf) -> None:
        """Resolve the host and read the secrets. A name that no longer resolves keeps its last address.

        After `longest_s` nothing more is asked.
        """
        target = self.target
        self._longest_s, self._until_s = longest_s, time.monotonic() + longest_s
        self._values_left, self._octets_left = _MOST_VALUES, _MOST_OCTETS
        is_known = self._peer is not None and not self._doubtful
        if is_known and time.monotonic() - self._looked_up_s < names.LOOK_UP_AGAIN_S:
            address, sources = self.peer.address, self.peer.sources
        else:
            self._looked_up_s = time.monotonic()
            try:
                address = await names.address_of(target.host, target.port)
                further = [(await names.address_of(host, target.port))[0] for host in target.answers_from]
            except OSError as error:
                if self._peer is None:
                    # Where no name server answers the trouble is the collector's own; a name that none knows is the target's.
                    unheard = isinstance(error, TimeoutError) or error.errno == socket.EAI_AGAIN
                    why: Why = "collector" if unheard else "resolve"
                    what = error.strerror or "no name server answers"
                    raise SnmpError("refused", f"{target.host}: the name cannot be resolved ({what})", why=why) from None
                address, sources = self._peer.address, self._peer.sources
            else:
                sources = frozenset((address[0], *further))
        community, auth_secret, priv_secret = self._secrets()
        version = "3" if target.user is not None else target.version or "2c"
        if self._peer is not None and target.version is None and self._answered:
            version = self._peer.version
        found = (address, sources, version, community, auth_secret, priv_secret)
        if self._peer is None or self._found != found:
            self._found = found
            self._peer = Peer(
                address=address,
                sources=sources,
                version=version,
                community=community,
                user=target.user,
                auth_secret=auth_secret,
                priv_secret=priv_secret,
                timeout_s=target.timeout_s,
                tally=self._tally,
            )

    def _secrets(self) -> tuple[str, str, str]:
        """Read community, authentication and privacy passphrase."""
        user = self.target.user
        try:
            if user is None:
                return self.target.community.reveal(), "", ""
            auth = user.auth_secret.reveal() if user.auth else ""
            priv = user.priv_secret.reveal() if user.priv else ""
        except ConfigError as error:
            raise SnmpError("auth", f"{self.target.name}: {error}") from None
        for what, wanted, secret in (("authentication", user.auth, auth), ("privacy", user.priv, priv)):
            if wanted and len(secret) < 8:
                raise SnmpError("auth", f"the {what} passphrase of {user.name} is shorter than 8 characters (RFC 3414)")
        return "", auth, priv

    @property
    def peer(self) -> Peer:
        """The address and credentials in use."""
        if self._peer is None:
            raise SnmpError("protocol", f"{self.target.host}: the session is not open")
        return self._peer

    @property
    def sent(self) -> int:
        """Datagrams sent to the device so far."""
        return self._tally.sent

    def take_warnings(self) -> list[str]:
        """Give what went wrong in part, and forget it."""
        taken, self.warnings = self.warnings, []
        return taken

    async def probe(self, oids: Sequence[str]) -> set[str]:
        """Tell under which OIDs the device has anything."""
        there: set[str] = set()
        queue = list(oids)
        while queue:
            batch, queue = queue[:GET_AT_ONCE], queue[GET_AT_ONCE:]
            response = await self._ask("next", batch)
            if response.error_status == 0:
                pairs = zip(batch, response.varbinds, strict=False)
                there.update(oid for oid, (found, value) in pairs if value is not None and found.startswith(oid + "."))
            elif len(batch) > 1:
                culprit = response.error_index - 1
                if response.error_status != NO_SUCH_NAME or not 0 <= culprit < len(batch):
                    for oid in batch:
                        there |= await self.probe([oid])
                else:
                    queue = batch[:culprit] + batch[culprit + 1 :] + queue
        return there

    async def get(self, oids: Iterable[str]) -> dict[str, Value]:
        """Read single values; what the device does not have is absent, what it cannot give is named in `warnings` too.

        Raises
        ------
        SnmpError
            It does not answer at all, or lets nothing be read.
        """
        answers: dict[str, Value] = {}
        wanted = [oid for oid in oids if not self._is_silent(oid)]
        queue = [wanted[at : at + GET_AT_ONCE] for at in range(0, len(wanted), GET_AT_ONCE)]
        barred = False
        while queue:
            batch = queue.pop(0)
            try:
                response = await self._ask("get", batch)
            except SnmpError as error:
                if error.kind != "timeout" or not self._answered:
                    raise
                await self._ask("get", [_ALIVE], attempts=1)  # raises if the device itself is gone
                queue[:0] = self._halves(batch, "no answer to this value")
                continue
            if response.error_status == 0:
                answers.update((oid, value) for oid, value in response.varbinds if value is not None)
            elif response.error_status == NO_SUCH_NAME and 0 < response.error_index <= len(batch):
                del batch[response.error_index - 1]
                queue[:0] = [batch] if batch else []
            else:  # which of them it is, some agents tell wrongly
                barred |= response.error_status == AUTHORIZATION_ERROR
                queue[:0] = self._halves(batch, f"the device answered {status_text(response.error_status)}")
        self._had.update(answers)
        if barred and not answers:
            who = "this community" if self.peer.user is None else self.peer.user.name
            raise SnmpError(
                "refused",
                f"{self.target.host}: the device lets {who} read nothing; check its access rules and the security level",
            )
        return answers

    def _halves(self, batch: list[str], trouble: str) -> list[list[str]]:
        """Cut a batch that failed in two; a single value that failed is given up, and not asked for at every poll."""
        if len(batch) == 1:
            self._warn(f"{batch[0]}: {trouble}")
            self._silent[batch[0]] = _SKIPPED_POLLS
            return []
        middle = len(batch) // 2
        return [batch[:middle], batch[middle:]]

    async def columns(self, oids: Iterable[str]) -> dict[str, dict[str, Value]]:
        """Walk table columns side by side.

        Parameters
        ----------
        oids : iterable of str
            Columns, in numbers, without an index. Those of one table should stand together.

        Returns
        -------
        dict
            Column -> index -> value, for every column that the device answered, if only with "nothing here".
            A column that failed is absent and named in `warnings`.
        """
        walked = [_Column(oid) for oid in oids if not self._is_silent(oid)]
        for batch in self._batches(walked):
            await self._walk(batch, walked)
        return self._finished(walked)

    async def read(self, scalars: Sequence[str], columns: Sequence[str]) -> tuple[dict[str, Value], dict[str, dict[str, Value]]]:
        """Read single values and columns, in as few requests as the device can bear.

        What `get` and `columns` have found once is asked for in one GETBULK that has room for it: each value as the one after its
        object identifier, each column with one row more than it had, which shows a row that is new.
        """
        plan, scalars, columns, self.layout = self._plan, tuple(scalars), tuple(columns), None
        if plan is None or plan.scalars != scalars or plan.columns != columns or plan.polls_left == 0:
            return await self._read_plainly(scalars, columns)
        plan.polls_left -= 1
        response = await self._read_at_once(plan)
        read = None if plan.layout is None else plan.layout.read(response)
        if read is not None:
            self.layout = plan.layout
            return read
        walked = {oid: _Column(oid) for oid in columns}
        values = self._sorted(plan, response.varbinds, [walked[oid] for oid in plan.first])
        missing = [oid for oid in scalars if oid not in values and (oid in self._had or not oid.endswith(".0"))]
        if not missing and not self.warnings and set(plan.first) == walked.keys() and all(one.done for one in walked.values()):
            plan.layout = Layout.of(response, plan.single, {oid: tuple(walked[oid].rows) for oid in plan.first})
        if missing:
            late = await self.get(missing)
            values.update(late)
            self._combines = self._combines and late.keys().isdisjoint(plan.single)
        for batch in plan.batches:
            left = [walked[oid] for oid in batch if not walked[oid].done]
            if left:
                await self._walk(left, list(walked.values()))
        found = self._finished(list(walked.values()))
        if self._silent or not self._combines:
            self._plan = None
        return values, found

    async def _read_plainly(
        self, scalars: Sequence[str], columns: Sequence[str]
    ) -> tuple[dict[str, Value], dict[str, dict[str, Value]]]:
        """Read one thing after the other, and learn how to do it at once the next time."""
        values = await self.get(scalars)
        found = await self.columns(columns)
        self._plan = self._planned(scalars, columns)
        return values, found

    def _planned(self, scalars: Sequence[str], columns: Sequence[str]) -> Plan | None:
        single = [oid for oid in scalars if oid.endswith(".0") and oid in self._had]
        bearable = bool(single) and len(single) <= self._room() // 2 and all(oid in self._rows for oid in columns)
        if self.peer.version == "1" or self._silent or not self._combines or not bearable:
            return None
        batches = self._batches([_Column(oid) for oid in columns])
        first = batches[0] if batches and len(single) + self._cost(batches[0]) <= self._room() else []
        return Plan(
            scalars=tuple(scalars),
            columns=tuple(columns),
            single=tuple(single),
            first=tuple(column.oid for column in first),
            oids=(*(oid[:-2] for oid in single), *(column.oid for column in first)),
            repetitions=max((self._rows[column.oid] + 1 for column in first), default=0),
            batches=tuple(tuple(column.oid for column in batch) for batch in batches),
            polls_left=_PLANNED_POLLS,
        )

    async def _read_at_once(self, plan: Plan) -> Response:
        """Ask for values and the rows of some columns together; what does not come is left to be asked for plainly."""
        try:
            response = await self._ask("bulk", plan.oids, plan.repetitions, non_repeaters=len(plan.single))
        except SnmpError as error:
            if error.kind != "timeout":
                raise
            await self._ask("get", [_ALIVE], attempts=1)  # raises if the device itself is gone
            self._combines = False
            return _NOTHING
        if response.error_status != 0 or len(response.varbinds) < len(plan.single):
            self._combines = False
            return _NOTHING
        return response

    def _sorted(self, plan: Plan, varbinds: Sequence[tuple[str, Value | None]], first: list[_Column]) -> dict[str, Value]:
        """Sort what was asked for at once into single values, which are given, and columns."""
        single = plan.single
        pairs = zip(single, varbinds, strict=False)
        values = {oid: value for oid, (found, value) in pairs if value is not None and found == oid}
        if len(varbinds) > len(single):
            self._take(first, varbinds[len(single) :])
        return values

    def _batches(self, columns: list[_Column]) -> list[list[_Column]]:
        """Put columns together that have about as many rows, as many as one answer has room for."""
        many = self.repetitions + 1
        queue = sorted(columns, key=lambda column: min(self._rows.get(column.oid, many), many))
        batches: list[list[_Column]] = []
        for column in queue:
            last = batches[-1] if batches else []
            if last and (self._cost([*last, column]) <= self._room() or len(last) < COLUMNS_AT_ONCE):
                last.append(column)
            else:
                batches.append([column])
        return batches

    def _cost(self, columns: list[_Column]) -> int:
        return len(columns) * (max(self._rows.get(column.oid, self.repetitions) for column in columns) + 1)

    def _rows_left(self, column: _Column) -> int:
        """How many rows may still come, and one more that shows the end."""
        left = self._rows.get(column.oid, -1) - len(column.rows)
        return left + 1 if left >= 0 else self.repetitions

    def _room(self) -> int:
        """How many values one answer may have: less for a device that could not bear many repetitions."""
        return max(1, MAX_VARBINDS * self.repetitions // FIRST_REPETITIONS)

    def _finished(self, walked: list[_Column]) -> dict[str, dict[str, Value]]:
        rows = {column.oid: len(column.rows) for column in walked if column.done}
        if any(self._rows.get(oid) != count for oid, count in rows.items()):
            self._rows.update(rows)
            if self._plan is not None:
                polls_left = self._plan.polls_left
                self._plan = self._planned(self._plan.scalars, self._plan.columns)
                if self._plan is not None:
                    self._plan.polls_left = polls_left
        return {column.oid: column.rows for column in walked if column.done}

    def _is_silent(self, oid: str) -> bool:
        """Whether an OID is skipped this time: waiting in vain for it at every poll would delay all the others."""
        left = self._silent.pop(oid, 0)
        if left:
            self._silent[oid] = left - 1
            self._warn(f"{oid}: skipped, for the device could not give it lately")
        return bool(left)

    async def _walk(self, batch: list[_Column], walked: list[_Column]) -> None:
        """Walk until each column is done or has failed; a trouble is pinned on its column before any is given up."""
        active = list(batch)
        alone: list[_Column] = []
        began_s = time.monotonic()
        while active or alone:
            if not active:
                active = [alone.pop()]
            left = max(self._rows_left(column) for column in active)
            repetitions = max(1, min(self.repetitions, self._room() // len(active), left))
            try:
                response = await self._ask_rows(active, repetitions)
            except SnmpError as error:
                if error.kind != "timeout":
                    raise
                if len(active) > 1:
                    alone, active = alone + active, []
                    continue
                await self._ask("get", [_ALIVE])  # raises if the device itself is gone
                self._warn(f"{active[0].oid}: no answer to this column ({len(active[0].rows)} rows came before)")
                self._silent[active[0].oid] = _SKIPPED_POLLS
                active = []
                continue
            if response.error_status == 0:
                self._take(active, response.varbinds)
            elif response.error_status == NO_SUCH_NAME:
                for column in self._culprits(active, response):
                    column.done = True
            else:
                culprits = self._culprits(active, response)
                if len(active) > 1:
                    alone += culprits
                    active = [column for column in active if column not in culprits]
                    continue
                self._skip(active[0], response.error_status, walked)
                if not active[0].done and active[0].last == "":
                    active = []
                    continue
            active = [column for column in active if not column.done and not self._is_endless(column, walked, began_s)]

    def _is_endless(self, column: _Column, walked: list[_Column], began_s: float) -> bool:
        """Whether a column gives more rows than it can have. It is then given up, and not asked for at every poll."""
        rows = len(column.rows)
        if rows <= _ROWS_BEYOND:
            return False
        table = column.oid.rpartition(".")[0] + "."
        ended = [len(other.rows) for other in walked if other.done and other.rows and other.oid.startswith(table)]
        beyond = bool(ended) and rows > _TIMES_BEYOND * max(ended) + _ROWS_BEYOND
        too_long = rows > _ROWS_IN_TIME and time.monotonic() - began_s > _TIME_S
        if not (beyond or too_long or rows > _MOST_ROWS):
            return False
        self._warn(f"{column.oid}: no end after {_rows(column)}; the column is left out")
        self._silent[column.oid] = _SKIPPED_POLLS
        column.rows.clear()
        return True

    async def _ask_rows(self, active: list[_Column], repetitions: int) -> Response:
        """Ask for the next rows, fewer when the device cannot bear so many; what worked is remembered."""
        oids = [column.at for column in active]
        if self.peer.version == "1":
            return await self._ask("next", oids)
        size, timeouts = repetitions, 0
        while True:
            last_chance = size == 1 or timeouts > 0
            try:
                response = await self._ask("bulk", oids, size, attempts=None if size == 1 else 2 if not last_chance else 1)
            except SnmpError as error:
                if error.kind != "timeout" or size == 1:
                    raise
                timeouts += 1
                size //= 2
                continue
            crowded = response.error_status == TOO_BIG or (response.error_status == 0 and not response.varbinds)
            failed_cell = response.error_status in (GEN_ERR, NO_ACCESS, AUTHORIZATION_ERROR) and len(active) == 1
            if (crowded or failed_cell) and size > 1:
                size //= 2
                if crowded:
                    self.repetitions = size
                continue
            if timeouts:
                self.repetitions = size
            return response

    def _take(self, active: list[_Column], varbinds: Sequence[tuple[str, Value | None]]) -> None:
        """Sort an answer's pairs into their columns; OIDs that do not increase end a column."""
        width = len(active)
        if not varbinds:
            for column in active:
                column.done = True
                self._warn(f"{column.oid}: the device answered with nothing ({len(column.rows)} rows came before)")
            return
        for place, (oid, value) in enumerate(varbinds):
            column = active[place % width]
            if column.done:
                continue
            prefix = column.oid + "."
            if value is None or not oid.startswith(prefix):
                column.done = True
                continue
            index = oid[len(prefix) :]
            if column.last and _numbers(index) <= _numbers(column.last):
                column.done = True
                self._warn(f"{column.oid}: the device's OIDs do not increase after {_rows(column)}; stopped there")
                continue
            column.rows[index] = value
            column.last = index

    def _skip(self, column: _Column, status: int, walked: list[_Column]) -> None:
        """Step over a row that the device cannot give, by the indexes that the table's other columns have."""
        table = column.oid.rpartition(".")[0] + "."
        here = _numbers(column.last) if column.last else ()
        known = {index for other in walked if other.oid.startswith(table) for index in other.rows}
        after = sorted((numbers, index) for index in known if (numbers := _numbers(index)) > here)
        self._warn(f"{column.oid}: the device answered {status_text(status)} after {_rows(column)}; the next is left out")
        if after:
            column.last = after[0][1]
        else:
            column.done = bool(column.rows)
            column.last = column.last if column.rows else ""

    @staticmethod
    def _culprits(active: list[_Column], response: Response) -> list[_Column]:
        place = response.error_index - 1
        return [active[place]] if 0 <= place < len(active) else list(active)

    async def _ask(
        self,
        operation: Operation,
        oids: Sequence[str],
        repetitions: int = 0,
        *,
        attempts: int | None = None,
        non_repeaters: int = 0,
    ) -> Response:
        """Ask, again on timeout, and in version 1 where nobody said which and 2c is not answered."""
        attempts = self.target.retries + 1 if attempts is None else attempts
        if time.monotonic() > self._until_s:
            raise SnmpError("protocol", f"{self.target.name}: its answers did not end within {self._longest_s:g} s; given up")
        for _ in range(attempts):
            peer = replace(self.peer, doubtful=True) if self._doubtful else self.peer
            try:
                return self._taken(await self.engine.exchange(peer, operation, oids, repetitions, non_repeaters=non_repeaters))
            except SnmpError as error:
                if error.kind != "timeout":
                    raise
            self._doubtful = True
        if operation == "get" and not self._answered and self.target.version is None and self.peer.version == "2c":
            return await self._fall_back(oids, attempts)
        raise await self._timeout(attempts)

    async def _fall_back(self, oids: Sequence[str], attempts: int) -> Response:
        """Try version 1 once: an agent that speaks only that drops 2c without a word."""
        peer = self.peer
        self._peer = replace(peer, version="1")
        try:
            return self._taken(await self.engine.exchange(replace(self.peer, doubtful=True), "get", oids))
        except SnmpError as error:
            if error.kind != "timeout":
                raise
        self._peer = peer
        raise await self._timeout(attempts)

    def _taken(self, response: Response) -> Response:
        """See that a device answers, and that it does not go on for ever."""
        self._answered, self._doubtful = True, False
        self._values_left -= len(response.varbinds)
        self._octets_left -= response.octets
        if self._values_left < 0 or self._octets_left < 0:
            raise SnmpError(
                "protocol",
                f"{self.target.host}: more than {_MOST_VALUES} values or {_MOST_OCTETS >> 20} MiB in one poll; given up",
            )
        return response

    async def _timeout(self, attempts: int) -> SnmpError:
        peer = self.peer
        where = f"{self.target.host}:{peer.address[1]}"
        trouble = self._tally.take_trouble()
        if trouble is not None:
            return SnmpError(trouble.kind, f"{where}: {trouble}", why=trouble.why)
        asked = f"{where}: no answer in {attempts} x {peer.timeout_s:g} s"
        if self._answered:
            return SnmpError("timeout", f"{asked}, though it answered before")
        if peer.version == "3":
            return SnmpError(
                "timeout", f"{asked}; check address, port and firewall, that SNMPv3 is on, and the privacy passphrase"
            )
        there = await self._whether_there()
        if there == "agent":
            text = f"{asked}, though it answers strangers: it does not hear this community, or lets nobody ask with it from here"
            return SnmpError("timeout", text, why="auth")
        if there == "machine":
            text = f"{asked}, though its machine is there: check the community (a wrong one is not answered), and who may ask"
            return SnmpError("timeout", text)
        return SnmpError("timeout", f"{asked}; check address, port and firewall, and the community (a wrong one is not answered)")

    async def _whether_there(self) -> Literal["agent", "machine"] | None:
        """Find out whether a device that never answered is there all the same, as far as can be told without its community.

        An agent must refuse a version 3 user whom it does not know (RFC 3414 3.2); a machine says that another port is closed, by
        which it lives, though not what does not answer at this one. Asked at the first silent poll, and now and then.
        """
        if not self.asks_why:
            return None
        if self._asked_whether_there % _SKIPPED_POLLS == 0:
            stranger = replace(
                self.peer, version="3", user=_STRANGER, doubtful=True, timeout_s=min(self.peer.timeout_s, _STRANGER_WAITS_S)
            )
            elsewhere = replace(stranger, address=(stranger.address[0], _CLOSED_PORT))
            whys = await asyncio.gather(self._why_not(stranger), self._why_not(elsewhere))
            self._there = "agent" if whys[0] in (None, "auth") else "machine" if whys[1] == "port_closed" else None
            self._tally.take_trouble()
        self._asked_whether_there += 1
        return self._there

    async def _why_not(self, peer: Peer) -> Why | None:
        try:
            await self.engine.exchange(peer, "get", [_ALIVE])
        except SnmpError as error:
            return error.why
        return None

    def _warn(self, text: str) -> None:
        self.warnings.append(text)


def _rows(column: _Column) -> str:
    """Say how far a column was read, and not to which index: that of a table of clients is somebody's MAC address."""
    return f"{len(column.rows)} row{'' if len(column.rows) == 1 else 's'}"


@functools.lru_cache(maxsize=1 << 16)
def _numbers(index: str) -> tuple[int, ...]:
    return tuple(map(int, index.split(".")))
