"""Ask devices over SNMP: the only door to pysnmp.

`Engine` sends one request and gives its response; another engine needs only that. `Session` is one device on an engine: it
knows which version, how many repetitions and which columns that device can bear.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pyasn1.type import univ
from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher
from pysnmp.entity import config as usm
from pysnmp.entity.engine import SnmpEngine
from pysnmp.error import PySnmpError
from pysnmp.proto import errind, rfc1155, rfc1902
from pysnmp.proto.api import v1, v2c
from pysnmp.proto.error import StatusInformation
from pysnmp.proto.mpmod.base import AbstractMessageProcessingModel
from pysnmp.proto.mpmod.rfc3412 import SnmpV3MessageProcessingModel
from pysnmp.proto.secmod.rfc2576 import SnmpV1SecurityModel
from pysnmp.proto.secmod.rfc3414.service import SnmpUSMSecurityModel

from collectors.errors import ConfigError, SnmpError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from collectors.config import Target, User

Value = int | float | bytes | str
"""What a device can say: integers and counters, octets, and object identifiers and IP addresses as dotted text."""

Operation = Literal["get", "next", "bulk"]

MAX_IN_FLIGHT = 100
"""Requests at once on a socket: at 1000 most replies were lost (measured with pysnmp 7.1.30), at 100 none."""
FIRST_REPETITIONS = 25
"""Large enough to be quick, small enough for most agents; halved when an agent cannot bear it."""
MAX_VARBINDS = 120
"""Of one GETBULK answer: more only makes IP fragments, which some networks lose."""
COLUMNS_AT_ONCE = 6
GET_AT_ONCE = 20

_ALIVE = "1.3.6.1.2.1.1.3.0"
"""sysUpTime, which every agent has."""
_SKIPPED_POLLS = 10

TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS, AUTHORIZATION_ERROR = 1, 2, 5, 6, 16
"""Error states of a response (RFC 3416 section 3)."""


class _Nothing:
    """There is no value: noSuchObject, noSuchInstance, endOfMibView (RFC 3416 section 3) or null."""


_NOTHING = _Nothing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Where and how one device is asked. `sources` are the addresses that may answer."""

    address: tuple[str, int]
    sources: frozenset[str]
    version: Literal["1", "2c", "3"]
    community: str = field(default="", repr=False)
    user: User | None = None
    timeout_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What one request got: error state and index, and the pairs of OID and value (None: no value there)."""

    error_status: int
    error_index: int
    varbinds: Sequence[tuple[str, Value | None]]


class Engine(Protocol):
    """Sends requests. One engine serves every device."""

    async def exchange(self, peer: Peer, operation: Operation, oids: Sequence[str], repetitions: int = 0) -> Response:
        """Send once and wait for the answer.

        Raises
        ------
        SnmpError
            timeout, auth, refused or protocol.
        """

    def sent(self, peer: Peer) -> int:
        """Count the datagrams sent to a peer so far."""

    def dropped(self, peer: Peer) -> str | None:
        """Name the wrong source whose reply to this peer was dropped last, and forget it."""

    async def close(self) -> None:
        """End every exchange in flight with an error and give the sockets back. Idempotent."""


# ---------------------------------------------------------------------------------------------------------------- session


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
    """One device: what it is asked, and what it taught (its version, the repetitions it can bear)."""

    def __init__(self, engine: Engine, target: Target) -> None:
        self.engine = engine
        self.target = target
        self.repetitions = FIRST_REPETITIONS
        self.warnings: list[str] = []
        self._peer: Peer | None = None
        self._answered = False
        self._silent: dict[str, int] = {}

    async def open(self) -> None:
        """Resolve the host and read the secrets. A name that no longer resolves keeps its last address."""
        target = self.target
        try:
            address = await _resolve(target.host, target.port)
            further = [(await _resolve(host, target.port))[0] for host in target.answers_from]
        except OSError as error:
            if self._peer is not None:
                return
            raise SnmpError("refused", f"{target.host}: the name cannot be resolved ({error.strerror})") from None
        try:
            community = "" if target.user is not None else target.community.reveal()
        except ConfigError as error:
            raise SnmpError("auth", f"{target.name}: {error}") from None
        version = "3" if target.user is not None else target.version or "2c"
        if self._peer is not None and target.version is None and self._answered:
            version = self._peer.version
        self._peer = Peer(
            address=address,
            sources=frozenset((address[0], *further)),
            version=version,
            community=community,
            user=target.user,
            timeout_s=target.timeout_s,
        )

    @property
    def peer(self) -> Peer:
        """The address and credentials in use."""
        if self._peer is None:
            raise SnmpError("protocol", f"{self.target.host}: the session is not open")
        return self._peer

    @property
    def sent(self) -> int:
        """Datagrams sent to the device so far."""
        return 0 if self._peer is None else self.engine.sent(self._peer)

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
                queue[:0] = self._halves(batch, f"the device answered {_status_text(response.error_status)}")
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
        found: dict[str, dict[str, Value]] = {}
        queue = [_Column(oid) for oid in oids if not self._is_silent(oid)]
        walked = list(queue)
        while queue:
            batch, queue = queue[:COLUMNS_AT_ONCE], queue[COLUMNS_AT_ONCE:]
            await self._walk(batch, walked)
        for column in walked:
            if column.done:
                found[column.oid] = column.rows
        return found

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
        while active or alone:
            if not active:
                active = [alone.pop()]
            repetitions = max(1, min(self.repetitions, MAX_VARBINDS // len(active)))
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
                self._take(active, response)
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
            active = [column for column in active if not column.done]

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

    def _take(self, active: list[_Column], response: Response) -> None:
        """Sort an answer's pairs into their columns; OIDs that do not increase end a column."""
        width = len(active)
        if not response.varbinds:
            for column in active:
                column.done = True
                self._warn(f"{column.oid}: the device answered with nothing ({len(column.rows)} rows came before)")
            return
        for place, (oid, value) in enumerate(response.varbinds):
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
                self._warn(f"{column.oid}: the device's OIDs do not increase after {column.last}; stopped there")
                continue
            column.rows[index] = value
            column.last = index

    def _skip(self, column: _Column, status: int, walked: list[_Column]) -> None:
        """Step over a row that the device cannot give, by the indexes that the table's other columns have."""
        table = column.oid.rpartition(".")[0] + "."
        here = _numbers(column.last) if column.last else ()
        known = {index for other in walked if other.oid.startswith(table) for index in other.rows}
        after = sorted((numbers, index) for index in known if (numbers := _numbers(index)) > here)
        self._warn(
            f"{column.oid}: the device answered {_status_text(status)} after row {column.last or 'none'}; that row is left out"
        )
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
        self, operation: Operation, oids: Sequence[str], repetitions: int = 0, attempts: int | None = None
    ) -> Response:
        """Ask, again on timeout, and in version 1 where nobody said which and 2c is not answered."""
        attempts = self.target.retries + 1 if attempts is None else attempts
        for _ in range(attempts):
            with _timeouts_ignored():
                response = await self.engine.exchange(self.peer, operation, oids, repetitions)
                self._answered = True
                return response
        if operation == "get" and not self._answered and self.target.version is None and self.peer.version == "2c":
            return await self._fall_back(oids)
        raise SnmpError("timeout", self._timeout_text(attempts))

    async def _fall_back(self, oids: Sequence[str]) -> Response:
        """Try version 1 once: an agent that speaks only that drops 2c without a word."""
        peer = self.peer
        self._peer = replace(peer, version="1")
        with _timeouts_ignored():
            response = await self.engine.exchange(self.peer, "get", oids)
            self._answered = True
            return response
        self._peer = peer
        raise SnmpError("timeout", self._timeout_text(self.target.retries + 1))

    def _timeout_text(self, attempts: int) -> str:
        peer = self.peer
        where = f"{self.target.host}:{peer.address[1]}"
        dropped = self.engine.dropped(peer)
        if dropped is not None:
            return (
                f"{where}: the answer came from {dropped}, not from {peer.address[0]}, and was dropped; name it in answers_from"
            )
        asked = f"no answer in {attempts} x {peer.timeout_s:g} s"
        if self._answered:
            return f"{where}: {asked}, though it answered before"
        if peer.version == "3":
            return f"{where}: {asked}; check address, port and firewall, that SNMPv3 is on, and the privacy passphrase"
        return f"{where}: {asked}; check address, port and firewall, and the community (a wrong one is not answered)"

    def _warn(self, text: str) -> None:
        self.warnings.append(text)


@contextlib.contextmanager
def _timeouts_ignored() -> Iterator[None]:
    try:
        yield
    except SnmpError as error:
        if error.kind != "timeout":
            raise


def _status_text(status: int) -> str:
    names = {1: "tooBig", 2: "noSuchName", 3: "badValue", 4: "readOnly", 5: "genErr", 6: "noAccess", 16: "authorizationError"}
    return names.get(status, f"error {status}")


def _numbers(index: str) -> tuple[int, ...]:
    return tuple(map(int, index.split(".")))


async def _resolve(host: str, port: int) -> tuple[str, int]:
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host)), port
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    return str(found[0][4][0]), port


# ----------------------------------------------------------------------------------------------------------------- pysnmp


_AUTH = {
    None: usm.USM_AUTH_NONE,
    "md5": usm.USM_AUTH_HMAC96_MD5,
    "sha1": usm.USM_AUTH_HMAC96_SHA,
    "sha224": usm.USM_AUTH_HMAC128_SHA224,
    "sha256": usm.USM_AUTH_HMAC192_SHA256,
    "sha384": usm.USM_AUTH_HMAC256_SHA384,
    "sha512": usm.USM_AUTH_HMAC384_SHA512,
}
_PRIV = {
    None: usm.USM_PRIV_NONE,
    "des": usm.USM_PRIV_CBC56_DES,
    "aes128": usm.USM_PRIV_CFB128_AES,
    "aes192": usm.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "aes256": usm.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "aes192-reeder": usm.USM_PRIV_CFB192_AES,
    "aes256-reeder": usm.USM_PRIV_CFB256_AES,
}
_DISCOVERIES = 4
_REDISCOVER = (errind.notInTimeWindow, errind.unknownEngineID)
_AUTH_ERRORS = (
    errind.UnknownUserName,
    errind.UnknownSecurityName,
    errind.WrongDigest,
    errind.AuthenticationFailure,
    errind.AuthenticationError,
    errind.DecryptionError,
    errind.EncryptionError,
    errind.UnsupportedSecurityLevel,
    errind.UnknownCommunityName,
)


class _Community(SnmpV1SecurityModel):  # type: ignore[misc]
    """Takes the community itself for the security name, so that no table is kept, searched and rebuilt for it."""

    def _sec2com(self, snmpEngine: Any, securityName: Any, contextEngineId: Any, contextName: Any) -> Any:
        del self, snmpEngine, contextEngineId, contextName
        return securityName

    def _com2sec(self, snmpEngine: Any, communityName: Any, transportInformation: Any) -> Any:
        del self, transportInformation
        return communityName, snmpEngine.snmpEngineID, b""


class _Usm(SnmpUSMSecurityModel):  # type: ignore[misc]
    """Keeps what it learnt of an engine's clock: pysnmp forgets after five minutes and then asks again at every poll."""

    def receive_timer_tick(self, snmpEngine: Any, timeNow: Any) -> None:
        del snmpEngine, timeNow
        self._SnmpUSMSecurityModel__timelineExpQueue.clear()  # grows by one a message


class _V3(SnmpV3MessageProcessingModel):  # type: ignore[misc]
    """Keeps the engine identifiers too."""

    def receive_timer_tick(self, snmpEngine: Any, timeNow: Any) -> None:
        self._SnmpV3MessageProcessingModel__engineIdCacheExpQueue.clear()
        AbstractMessageProcessingModel.receive_timer_tick(self, snmpEngine, timeNow)

    def forget(self, domain: Any, address: Any) -> None:
        """Drop the identifier of an address: another device answers there now."""
        self._SnmpV3MessageProcessingModel__engineIdCache.pop((domain, address), None)


class _Gate:
    """Lets through only datagrams that answer a request, from an address that may answer it.

    pysnmp takes an answer from anywhere and lets a TypeError out on garbage, so both are kept from it here.
    """

    def __init__(self) -> None:
        self.allowed: dict[tuple[str, int], frozenset[str]] = {}
        self.sent: dict[tuple[str, int], int] = {}
        self.dropped: dict[tuple[str, int], str] = {}
        self._asked: OrderedDict[tuple[int, int], tuple[str, int]] = OrderedDict()

    def note(self, datagram: bytes, address: tuple[str, int]) -> None:
        identity = message_id(datagram)
        if identity is not None:
            self._asked[identity] = address
            while len(self._asked) > 8 * MAX_IN_FLIGHT:
                self._asked.popitem(last=False)
        self.sent[address] = self.sent.get(address, 0) + 1

    def passes(self, datagram: bytes, source: str) -> bool:
        identity = message_id(datagram)
        address = None if identity is None else self._asked.get(identity)
        if address is None:
            return False
        if source not in self.allowed.get(address, ()):
            self.dropped[address] = source
            return False
        return True


def message_id(datagram: bytes) -> tuple[int, int] | None:
    """Read version and message or request identifier from the front of an SNMP message; None if it is none.

    Notes
    -----
    Versions 1 and 2c: SEQUENCE { INTEGER, OCTET STRING, PDU { INTEGER ...} } (RFC 1157, RFC 1901); version 3: SEQUENCE
    { INTEGER, SEQUENCE { INTEGER ...} ...} (RFC 3412 section 6).
    """
    try:
        tag, at, _ = _header(datagram, 0)
        if tag != 0x30:
            return None
        tag, at, end = _header(datagram, at)
        version = int.from_bytes(datagram[at:end], "big")
        if tag != 0x02 or version not in (0, 1, 3):
            return None
        tag, at, end = _header(datagram, end)
        if version != 3:
            tag, at, _ = _header(datagram, end)
            if tag & 0xE0 != 0xA0:
                return None
        elif tag != 0x30:
            return None
        tag, at, end = _header(datagram, at)
        if tag != 0x02 or end > len(datagram):
            return None
        return version, int.from_bytes(datagram[at:end], "big", signed=True)
    except IndexError:
        return None


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """BER tag, start and end of the content at an offset."""
    tag, length = data[at], data[at + 1]
    at += 2
    if length & 0x80:
        size = length & 0x7F
        if not 0 < size <= 4 or at + size > len(data):
            raise IndexError
        length = int.from_bytes(data[at : at + size], "big")
        at += size
    return tag, at, at + length


def _transport(base: Any, gate: _Gate) -> Any:
    """Make a pysnmp UDP transport that asks the gate."""

    class Gated(base):  # type: ignore[misc]
        def open(self) -> Any:
            sock = socket.socket(self.SOCK_FAMILY, socket.SOCK_DGRAM)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            sock.bind(("", 0))
            return self.open_server_mode(sock=sock)

        def send_message(self, outgoingMessage: bytes, transportAddress: Any) -> None:
            gate.note(outgoingMessage, tuple(transportAddress[:2]))
            super().send_message(outgoingMessage, transportAddress)

        def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:
            if self._callback_function is None or not gate.passes(datagram, transportAddress[0].partition("%")[0]):
                return
            # pysnmp may raise anything on a message that is broken further in: that message is lost, no more
            with contextlib.suppress(Exception):
                self._callback_function(self, transportAddress, datagram)

    return Gated()


class PysnmpEngine:
    """pysnmp's SnmpEngine without its target tables, timers and name look-ups, which cost far more than they give here.

    Requests go straight to the message dispatcher: registering each target in pysnmp's own tables makes a cold start
    quadratic. Only credentials are registered. A user name with other passphrases gets an engine of its own.
    """

    def __init__(self) -> None:
        self._gate = _Gate()
        self._room: asyncio.Semaphore | None = None
        self._machines: list[_Machine] = []
        self._pending: set[asyncio.Future[Any]] = set()
        self._closed = False

    async def exchange(self, peer: Peer, operation: Operation, oids: Sequence[str], repetitions: int = 0) -> Response:
        """Send once and wait for the answer; see `Engine`."""
        if self._closed:
            raise SnmpError("protocol", "the SNMP engine is closed")
        if self._room is None:
            self._room = asyncio.Semaphore(MAX_IN_FLIGHT)
        machine, name = self._machine(peer)
        self._gate.allowed[peer.address] = peer.sources
        async with self._room:
            pdu = await self._request(machine, name, peer, _pdu(peer.version, operation, oids, repetitions))
        module = v1 if peer.version == "1" else v2c
        return Response(
            error_status=int(module.apiPDU.get_error_status(pdu)),
            error_index=int(module.apiPDU.get_error_index(pdu, muteErrors=True)),
            varbinds=[(".".join(map(str, tuple(oid))), _value(value)) for oid, value in module.apiPDU.get_varbinds(pdu)],
        )

    def sent(self, peer: Peer) -> int:
        """Count the datagrams sent to a peer so far."""
        return self._gate.sent.get(peer.address, 0)

    def dropped(self, peer: Peer) -> str | None:
        """Name the wrong source whose reply to this peer was dropped last, and forget it."""
        return self._gate.dropped.pop(peer.address, None)

    async def close(self) -> None:
        """End what is in flight (pysnmp would leave it waiting for ever) and close the sockets."""
        self._closed = True
        for future in list(self._pending):
            if not future.done():
                future.set_exception(SnmpError("protocol", "the SNMP engine was closed"))
        for machine in self._machines:
            machine.close()
        self._machines = []
        await asyncio.sleep(0)

    def _machine(self, peer: Peer) -> tuple[_Machine, Any]:
        for machine in self._machines:
            name = machine.security_name(peer)
            if name is not None:
                return machine, name
        machine = _Machine(self._gate)
        self._machines.append(machine)
        name = machine.security_name(peer)
        if name is None:
            raise SnmpError("protocol", "the SNMP engine took no credentials")
        return machine, name

    async def _request(self, machine: _Machine, name: Any, peer: Peer, pdu: Any) -> Any:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + peer.timeout_s
        for _ in range(_DISCOVERIES + 1):
            future: asyncio.Future[Any] = loop.create_future()
            self._pending.add(future)
            try:
                known = machine.knows(peer)
                machine.send(peer, name, pdu, future)
                async with asyncio.timeout_at(deadline):
                    status, answer = await future
            except TimeoutError:
                if peer.version == "3":
                    machine.forget(peer)  # pysnmp drops the report by which a device with a new engine identifier says so
                raise SnmpError("timeout", f"{peer.address[0]}: no answer") from None
            except (StatusInformation, PySnmpError) as error:
                raise _pysnmp_error(peer, error) from None
            finally:
                self._pending.discard(future)
            if status is None:
                return answer
            indication = status.get("errorIndication")
            if indication not in _REDISCOVER:
                raise _pysnmp_error(peer, indication)
            if known and indication == errind.unknownEngineID:
                machine.forget(peer)
        raise SnmpError("protocol", f"{peer.address[0]}: its SNMPv3 engine does not agree on its identity or time")


class _Machine:
    """One pysnmp SnmpEngine with its sockets and the credentials it knows."""

    def __init__(self, gate: _Gate) -> None:
        self.engine = SnmpEngine()
        self.engine.security_models.update({1: _Community(), 2: _Community(), 3: _Usm()})
        self._v3 = _V3()
        self.engine.message_processing_subsystems[_V3.MESSAGE_PROCESSING_MODEL_ID] = self._v3
        self.engine.register_transport_dispatcher(AsyncioDispatcher())
        self._gate = gate
        self._domains: dict[bool, Any] = {}
        self._users: dict[str, tuple[Any, ...]] = {}

    def security_name(self, peer: Peer) -> Any:
        """Register a peer's credentials; None if its user's name is taken by other passphrases."""
        user = peer.user
        if user is None:
            return v2c.OctetString(peer.community.encode())
        try:
            auth = user.auth_secret.reveal() if user.auth else None
            priv = user.priv_secret.reveal() if user.priv else None
        except ConfigError as error:
            raise SnmpError("auth", f"{user.name}: {error}") from None
        for what, secret in (("authentication", auth), ("privacy", priv)):
            if secret is not None and len(secret) < 8:
                raise SnmpError("auth", f"the {what} passphrase of {user.name} is shorter than 8 characters (RFC 3414)")
        identity = (user.auth, auth, user.priv, priv)
        known = self._users.get(user.name)
        if known is None:
            self._users[user.name] = identity
            usm.add_v3_user(self.engine, user.name, _AUTH[user.auth], auth, _PRIV[user.priv], priv)
            return v2c.OctetString(user.name.encode())
        return v2c.OctetString(user.name.encode()) if known == identity else None

    def send(self, peer: Peer, name: Any, pdu: Any, future: asyncio.Future[Any]) -> None:
        """Send a request; the future gets pysnmp's status, or None and the answered PDU."""

        def done(*answer: Any) -> None:
            pdu, status = answer[8], answer[9]
            if not future.done():
                future.set_result((status, pdu))

        model = {"1": 0, "2c": 1, "3": 3}[peer.version]
        security = {"1": 1, "2c": 2, "3": 3}[peer.version]
        user = peer.user
        level = 1 if user is None or user.auth is None else 2 if user.priv is None else 3
        domain, address = self._place(peer)
        ticks = (peer.timeout_s + 1.0) / self.engine.transport_dispatcher.get_timer_resolution()
        self.engine.message_dispatcher.send_pdu(
            self.engine,
            domain,
            address,
            model,
            security,
            name,
            level,
            None,
            b"" if user is None else user.context.encode(),
            0 if peer.version == "1" else 1,
            pdu,
            True,
            ticks,
            done,
            None,
        )

    def knows(self, peer: Peer) -> bool:
        """Whether the SNMPv3 engine behind an address is known."""
        return self._v3.get_peer_engine_info(*self._place(peer))[0] is not None

    def forget(self, peer: Peer) -> None:
        """Forget the engine behind an address, for another answers there."""
        self._v3.forget(*self._place(peer))

    def close(self) -> None:
        self.engine.close_dispatcher()

    def _place(self, peer: Peer) -> tuple[Any, Any]:
        v6 = ":" in peer.address[0]
        module = udp6 if v6 else udp
        domain = udp6.SNMP_UDP6_DOMAIN if v6 else udp.SNMP_UDP_DOMAIN
        if v6 not in self._domains:
            base = module.Udp6AsyncioTransport if v6 else module.UdpAsyncioTransport
            self._domains[v6] = _transport(base, self._gate).open()
            usm.add_transport(self.engine, domain, self._domains[v6])
        return domain, self._domains[v6].ADDRESS_TYPE(peer.address)


def _pdu(version: str, operation: Operation, oids: Sequence[str], repetitions: int) -> Any:
    module = v1 if version == "1" else v2c
    if operation == "bulk":
        pdu = v2c.GetBulkRequestPDU()
        v2c.apiBulkPDU.set_defaults(pdu)
        v2c.apiBulkPDU.set_non_repeaters(pdu, 0)
        v2c.apiBulkPDU.set_max_repetitions(pdu, repetitions)
        v2c.apiBulkPDU.set_varbinds(pdu, [(oid, v2c.null) for oid in oids])
        return pdu
    pdu = module.GetRequestPDU() if operation == "get" else module.GetNextRequestPDU()
    module.apiPDU.set_defaults(pdu)
    module.apiPDU.set_varbinds(pdu, [(oid, module.null) for oid in oids])
    return pdu


def _value(value: Any) -> Value | None:
    """Give pysnmp's value as one of ours."""
    if isinstance(value, univ.Null):  # and the three exceptions, which are its subclasses
        return None
    if isinstance(value, univ.Integer):
        return int(value)
    if isinstance(value, (rfc1902.IpAddress, rfc1155.IpAddress)):
        return ".".join(str(octet) for octet in value.asOctets())
    if isinstance(value, univ.OctetString):
        return bytes(value)
    if isinstance(value, univ.ObjectIdentifier):
        return ".".join(map(str, tuple(value)))
    return None


def _pysnmp_error(peer: Peer, error: Any) -> SnmpError:
    indication = error.get("errorIndication") if isinstance(error, StatusInformation) else error
    where = peer.address[0]
    if isinstance(indication, errind.RequestTimedOut):
        return SnmpError("timeout", f"{where}: no answer")
    if isinstance(indication, _AUTH_ERRORS):
        return SnmpError("auth", f"{where}: {_auth_text(peer, indication)}")
    return SnmpError("protocol", f"{where}: {indication}")


def _auth_text(peer: Peer, indication: Any) -> str:
    name = peer.user.name if peer.user is not None else ""
    if isinstance(indication, (errind.UnknownUserName, errind.UnknownSecurityName)):
        return f"the device does not know the user {name}; check --v3-user"
    if isinstance(indication, errind.UnsupportedSecurityLevel):
        return f"the device does not offer {name} this security level; check --v3-auth and --v3-priv"
    if isinstance(indication, (errind.DecryptionError, errind.EncryptionError)):
        return f"the privacy key of {name} is not the device's; check WIFIPLAN_V3_PRIV and --v3-priv"
    return f"the authentication key of {name} is not the device's; check WIFIPLAN_V3_AUTH and --v3-auth"
