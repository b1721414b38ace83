"""The default SNMP engine: our own messages on one UDP socket a family, for any number of devices.

An engine once discovered stays known and a reboot is followed; an answer counts only from an address that may give it; a port
where nobody listens is told at once by the kernel's error queue, and not by waiting.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import os
import random
import socket
import struct
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.errors import SnmpError, reason
from collectors.snmp import _ber as ber
from collectors.snmp import _usm as usm
from collectors.snmp.message import MAX_DOUBTFUL_IN_FLIGHT, MAX_IN_FLIGHT, Pairs, Response, auth_error, wrong_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.snmp.message import Operation, Peer

_KINDS: dict[str, int] = {"get": ber.GET, "next": ber.GET_NEXT, "bulk": ber.GET_BULK}
_VERSIONS = {"1": 0, "2c": 1}
_MAX_SIZE = 65507
"""The largest UDP payload over IPv4, which is what we can take."""
_AT_ONCE = 64
"""Datagrams read before other tasks have their turn."""
_RECEIVE_BUFFER = 4 << 20
_IP_RECVERR, _IPV6_RECVERR, _MSG_ERRQUEUE = 11, 25, 0x2000
"""linux/in.h, linux/in6.h, linux/socket.h: errors wait in a queue of their own and name the datagram that they are about."""

_REPORTS = {
    "1.3.6.1.6.3.15.1.1.1.0": "level",
    "1.3.6.1.6.3.15.1.1.2.0": "time",
    "1.3.6.1.6.3.15.1.1.3.0": "user",
    "1.3.6.1.6.3.15.1.1.4.0": "engine",
    "1.3.6.1.6.3.15.1.1.5.0": "digest",
    "1.3.6.1.6.3.15.1.1.6.0": "decryption",
}
"""usmStats (RFC 3414 section 5)."""
_TIME_WINDOW_S = 150
_FIRST_ID, _LAST_ID = 1 << 24, (1 << 31) - 1
"""Identifiers that take four octets, so that messages are written once and only this changes in them."""
_LOOK_S = 0.02
"""How often it is seen whose time is over: no timeout has to be more exact (assumed)."""
_TURN_S = 0.5
"""A request without a reply for so long gives its place to the next: devices that fall silent hold up none that answer."""
_ROUNDS = 4
"""Requests for one answer at most: discovery, clock, and once more if the device changed meanwhile."""


@dataclass(slots=True)
class _Engine:
    """An SNMPv3 engine behind an address, and its clock as we know it."""

    engine_id: bytes
    boots: int
    time_s: int
    at_s: float
    """When it was so, by our monotonic clock."""
    fronts: dict[str, bytes] = field(default_factory=dict)
    """Context name -> what a scoped PDU for it begins with."""

    def front(self, context: str) -> bytes:
        front = self.fronts.get(context)
        if front is None:
            front = ber.tlv(ber.OCTETS, self.engine_id) + ber.tlv(ber.OCTETS, context.encode())
            self.fronts[context] = front
        return front

    def now_s(self) -> int:
        return self.time_s + int(time.monotonic() - self.at_s)


_Question = tuple[int, int, int, tuple[str, ...]]
"""What a request asks for: kind, non-repeaters, repetitions, OIDs."""
_DISCOVERY: _Question = (ber.GET, 0, 0, ())


@dataclass(slots=True)
class _Pending:
    """A request on its way."""

    peer: Peer
    future: asyncio.Future[Response | _Report]
    place: _Place
    turn_until_s: float
    deadline_s: float
    request_id: int
    engine: _Engine | None = None
    keys: usm.Keys | None = None
    is_at_once: bool = False
    """Whether it asks for single values and rows at once, as at each poll."""


class _Place:
    """A place in a room, given back once."""

    __slots__ = ("_is_held", "_room")

    def __init__(self, room: asyncio.Semaphore) -> None:
        self._room, self._is_held = room, True

    def leave(self) -> None:
        if self._is_held:
            self._is_held = False
            self._room.release()


@dataclass(slots=True)
class _Report:
    """What a device answers in place of a response when it cannot take a request."""

    about: str
    engine_id: bytes
    boots: int
    time_s: int
    genuine: bool


class UdpEngine:
    """Sends requests and sorts answers; see `collectors.snmp.message.Engine`."""

    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket] = {}
        self._room: dict[tuple[int, bool], asyncio.Semaphore] = {}
        self._pending: dict[tuple[int, int], _Pending] = {}
        self._engines: dict[tuple[str, int], _Engine] = {}
        self._next_id = random.SystemRandom().randrange(_FIRST_ID, 1 << 30)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_looking = False
        self._closed = False

    async def exchange(
        self, peer: Peer, operation: Operation, oids: Sequence[str], repetitions: int = 0, *, non_repeaters: int = 0
    ) -> Response:
        """Send once and wait for the answer; see `collectors.snmp.message.Engine`."""
        if self._closed:
            raise SnmpError("protocol", "the SNMP engine is closed")
        family = socket.AF_INET6 if ":" in peer.address[0] else socket.AF_INET
        if (family, False) not in self._room:
            self._room[family, False] = asyncio.Semaphore(MAX_IN_FLIGHT)
            self._room[family, True] = asyncio.Semaphore(MAX_DOUBTFUL_IN_FLIGHT)
            self._open(family)
        room = self._room[family, peer.doubtful]
        await room.acquire()
        place = _Place(room)
        try:
            deadline = time.monotonic() + peer.timeout_s  # the clock of asyncio's loops
            question = (_KINDS[operation], non_repeaters, repetitions, tuple(oids))
            if peer.version == "3":
                return await self._ask_user(peer, question, deadline, place)
            version, identity = _VERSIONS[peer.version], self._identity()
            front, back = ber.community_request(version, peer.community.encode(), question)
            message = front + ber.identity(identity) + back
            at_once = non_repeaters > 0
            answer = await self._send(peer, (version, identity), message, deadline, place, identity, at_once=at_once)
            assert isinstance(answer, Response)
            return answer
        finally:
            place.leave()

    async def close(self) -> None:
        """End every exchange in flight with an error and give the sockets back. Idempotent."""
        self._closed = True
        for pending in list(self._pending.values()):
            if not pending.future.done():
                pending.future.set_exception(SnmpError("protocol", "the SNMP engine was closed"))
        self._pending.clear()
        for sock in self._sockets.values():
            if self._loop is not None and not self._loop.is_closed():
                self._loop.remove_reader(sock)
            sock.close()
        self._sockets.clear()
        await asyncio.sleep(0)

    # -- requests

    async def _ask_user(self, peer: Peer, question: _Question, deadline: float, place: _Place) -> Response:
        """Ask with a user, after finding out the engine and its clock where they are not known."""
        for _ in range(_ROUNDS):
            engine = self._engines.get(peer.address)
            identity, request_id = self._identity(), self._identity()
            front, back = ber.request(*(_DISCOVERY if engine is None else question))
            request = front + ber.identity(request_id) + back
            keys = None if engine is None else _keys(peer, engine)
            message = _user_message(peer, identity, request, engine, keys)
            at_once = engine is not None and question[1] > 0
            answer = await self._send(peer, (3, identity), message, deadline, place, request_id, engine, keys, at_once=at_once)
            if isinstance(answer, Response):
                return answer
            self._take_report(peer, engine, answer)
        raise SnmpError("protocol", f"{peer.address[0]}: its SNMPv3 engine does not agree on its identity or time")

    def _take_report(self, peer: Peer, engine: _Engine | None, report: _Report) -> None:
        """Learn from a report, or raise what it says."""
        if report.about == "engine" or engine is None:
            if not report.engine_id or (engine is not None and report.engine_id == engine.engine_id):
                raise SnmpError("protocol", f"{peer.address[0]}: the device does not tell its SNMPv3 engine identifier")
            self._engines[peer.address] = _Engine(report.engine_id, report.boots, report.time_s, time.monotonic())
        elif report.about == "time":
            if not report.genuine:
                raise auth_error(peer, "digest")
            self._engines[peer.address] = _Engine(engine.engine_id, report.boots, report.time_s, time.monotonic())
        else:
            raise auth_error(peer, report.about)

    async def _send(  # noqa: PLR0917
        self,
        peer: Peer,
        identity: tuple[int, int],
        message: bytes,
        deadline: float,
        place: _Place,
        request_id: int,
        engine: _Engine | None = None,
        keys: usm.Keys | None = None,
        *,
        at_once: bool = False,
    ) -> Response | _Report:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Response | _Report] = loop.create_future()
        self._pending[identity] = _Pending(
            peer, future, place, time.monotonic() + _TURN_S, deadline, request_id, engine, keys, at_once
        )
        peer.tally.sent += 1
        if not self._is_looking:
            self._is_looking = True
            loop.call_later(_LOOK_S, self._look_after, loop)
        try:
            self._transmit(peer.address, message)
            return await future
        finally:
            self._pending.pop(identity, None)

    def _look_after(self, loop: asyncio.AbstractEventLoop) -> None:
        """End requests whose time is over, and let others ask in place of those that bring no reply: one timer for all."""
        now_s = time.monotonic()
        for pending in list(self._pending.values()):
            if now_s >= pending.deadline_s:
                if not pending.future.done():
                    pending.future.set_exception(SnmpError("timeout", f"{pending.peer.address[0]}: no answer"))
            elif now_s >= pending.turn_until_s:
                pending.place.leave()  # what brings no reply for so long will not crowd the socket with it
        self._is_looking = bool(self._pending)
        if self._is_looking:
            loop.call_later(_LOOK_S, self._look_after, loop)

    def _identity(self) -> int:
        self._next_id = _FIRST_ID if self._next_id >= _LAST_ID else self._next_id + 1
        return self._next_id

    # -- sockets

    def _open(self, family: int) -> None:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if sys.platform == "linux":
            if family == socket.AF_INET:
                sock.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
            else:
                sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        sock.bind(("", 0))
        self._sockets[family] = sock
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._readable, sock)

    def _transmit(self, address: tuple[str, int], message: bytes) -> None:
        sock = self._sockets[socket.AF_INET6 if ":" in address[0] else socket.AF_INET]
        for _ in range(8):
            try:
                sock.sendto(message, address)
            except BlockingIOError:
                return  # the kernel's buffer is full: as good as lost, and asked again as such
            except OSError as error:
                if not self._read_errors(sock):  # else it was about an earlier datagram
                    own = error.errno in (errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
                    raise SnmpError("refused", f"{address[0]}: {reason(error)}", why="collector" if own else None) from None
            else:
                return

    def _readable(self, sock: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                data, source = sock.recvfrom(_MAX_SIZE + 1)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                self._read_errors(sock)
                continue
            try:
                self._take(data, source)
            except ber.Malformed:
                continue

    def _read_errors(self, sock: socket.socket) -> bool:
        """Read the queue of ICMP errors and end the requests that they are about; whether there were any."""
        found = False
        while True:
            try:
                data, ancillary, _, _ = sock.recvmsg(_MAX_SIZE, 512, _MSG_ERRQUEUE)
            except (BlockingIOError, InterruptedError):
                return found
            except OSError:
                return found
            found = True
            code = next((struct.unpack_from("=I", extra)[0] for _, _, extra in ancillary if len(extra) >= 16), 0)
            try:
                pending = self._pending.get(ber.read_front(data)[:2])
            except ber.Malformed:
                continue
            if pending is None or pending.future.done():
                continue
            where = f"{pending.peer.address[0]}:{pending.peer.address[1]}"
            if code == errno.ECONNREFUSED:
                text = f"{where}: nothing listens there (port unreachable); check the port, and that SNMP is on"
                pending.future.set_exception(SnmpError("refused", text, why="port_closed"))
            elif code in (errno.EHOSTUNREACH, errno.ENETUNREACH):
                text = f"{where}: the network says that it cannot be reached ({os.strerror(code).lower()})"
                pending.future.set_exception(SnmpError("refused", text))

    # -- answers

    def _take(self, data: bytes, source: tuple[str, int]) -> None:
        """Give a datagram to the request that it answers, if it comes from an address that may."""
        version, identity, at, end = ber.read_front(data)
        pending = self._pending.get((version, identity))
        if pending is None or pending.future.done():
            return
        peer = pending.peer
        if source[0].partition("%")[0] not in peer.sources:
            peer.tally.trouble = wrong_source(peer.address[0], source[0])
            return
        try:
            answer = _response(pending, data, at, end) if version != 3 else self._user_response(pending, data, at, end)
        except ber.Malformed:
            peer.tally.trouble = SnmpError("protocol", "its answer cannot be read")
            return
        if answer is not None:
            pending.future.set_result(answer)

    def _user_response(self, pending: _Pending, data: bytes, at: int, end: int) -> Response | _Report | None:
        """Read the rest of a version 3 message (RFC 3412 section 6, RFC 3414 section 3.2); None if it must not be believed."""
        start, stop = ber.expect(data, at, end, ber.SEQUENCE)
        _, inner = ber.read_integer(data, start, stop)  # msgID
        _, inner = ber.read_integer(data, inner, stop)  # msgMaxSize
        flags, inner = ber.read_octets(data, inner, stop)
        level = flags[0] & 3 if flags else 0
        security_start, security_stop = ber.expect(data, stop, end, ber.OCTETS)
        at, inner_stop = ber.expect(data, security_start, security_stop, ber.SEQUENCE)
        engine_id, at = ber.read_octets(data, at, inner_stop)
        boots, at = ber.read_integer(data, at, inner_stop)
        time_s, at = ber.read_integer(data, at, inner_stop)
        _, at = ber.read_octets(data, at, inner_stop)
        code_start, code_stop = ber.expect(data, at, inner_stop, ber.OCTETS)
        salt, _ = ber.read_octets(data, code_stop, inner_stop)
        keys, engine = pending.keys, pending.engine

        genuine = False
        if level & 1 and keys is not None and keys.auth_key:
            blank = data[:code_start] + bytes(code_stop - code_start) + data[code_stop:]
            genuine = keys.is_genuine(blank, data[code_start:code_stop])
            if not genuine:
                pending.peer.tally.trouble = SnmpError("auth", "its answer is not authentic; check WIFIPLAN_V3_AUTH")
                return None
        if level & 2:
            encrypted, _ = ber.read_octets(data, security_stop, end)
            if keys is None or keys.priv is None:
                raise ber.Malformed
            try:
                scoped = keys.decrypt(encrypted, salt, boots, time_s)
            except ValueError:
                raise ber.Malformed from None
            start, stop = ber.expect(scoped, 0, len(scoped), ber.SEQUENCE)
        else:
            scoped = data
            start, stop = ber.expect(data, security_stop, end, ber.SEQUENCE)
        _, start = ber.read_octets(scoped, start, stop)  # contextEngineID
        _, start = ber.read_octets(scoped, start, stop)  # contextName
        kind, request_id, status, index, start, stop = ber.read_pdu_front(scoped, start, stop)

        if kind == ber.REPORT:
            pairs = ber.pairs(scoped, start, stop)
            about = _REPORTS.get(pairs[0][0] if pairs else "", "")
            return _Report(about, engine_id, boots, time_s, genuine)
        if kind != ber.RESPONSE or engine is None or engine_id != engine.engine_id or request_id != pending.request_id:
            raise ber.Malformed
        if keys is not None and keys.auth_key:
            if not genuine:
                return None  # a response must come at the level of its request
            _follow(engine, boots, time_s)
        return _answer(pending, status, index, scoped, start, stop, len(data))


_SHAPED_PAIRS = 64
"""Of larger answers some length differs at nearly every poll (assumed)."""


def _response(pending: _Pending, data: bytes, at: int, end: int) -> Response:
    kind, _, status, index, at, end = ber.read_pdu_front(data, at, end)
    if kind != ber.RESPONSE:
        raise ber.Malformed
    return _answer(pending, status, index, data, at, end, len(data))


def _answer(pending: _Pending, status: int, index: int, data: bytes, at: int, end: int, octets: int) -> Response:  # noqa: PLR0917
    """Read the variable bindings of a response, of one that comes at each poll by the shape of the last one."""
    if status or not pending.is_at_once:
        return Response(error_status=status, error_index=index, varbinds=ber.pairs(data, at, end), octets=octets)
    shape = pending.peer.tally.shape
    values = shape.values(data, at, end) if isinstance(shape, ber.Shape) else None
    if values is not None:
        assert isinstance(shape, ber.Shape)
        pairs = Pairs(shape.names, values)
        return Response(error_status=0, error_index=0, varbinds=pairs, octets=octets, names=shape.names, values=values)
    found = ber.pairs(data, at, end)
    pending.peer.tally.shape = None
    if len(found) > _SHAPED_PAIRS:
        return Response(error_status=0, error_index=0, varbinds=found, octets=octets)
    made = ber.Shape(data, at, end, found)
    if isinstance(shape, ber.Shape) and shape.names == made.names:
        made.names = shape.names
    pending.peer.tally.shape = made
    return Response(error_status=0, error_index=0, varbinds=found, octets=octets, names=made.names)


def _follow(engine: _Engine, boots: int, time_s: int) -> None:
    """Keep pace with a device's clock (RFC 3414 3.2.7 b)."""
    if boots > engine.boots or (boots == engine.boots and time_s > engine.time_s):
        engine.boots, engine.time_s, engine.at_s = boots, time_s, time.monotonic()
    elif boots < engine.boots or time_s < engine.now_s() - _TIME_WINDOW_S:
        raise ber.Malformed  # an old answer, played again


def _keys(peer: Peer, engine: _Engine) -> usm.Keys:
    assert peer.user is not None
    return usm.keys(engine.engine_id, peer.user.auth, peer.auth_secret, peer.user.priv, peer.priv_secret)


_VERSION_3, _NOTHING = ber.integer(3), ber.tlv(ber.OCTETS, b"")
_HEAD_END = {flags: ber.integer(_MAX_SIZE) + ber.tlv(ber.OCTETS, bytes((flags,))) + ber.integer(3) for flags in (4, 5, 7)}
"""msgMaxSize, msgFlags (reportable, authenticated, encrypted) and the user-based security model."""


def _user_message(peer: Peer, identity: int, request: bytes, engine: _Engine | None, keys: usm.Keys | None) -> bytes:
    """Write a version 3 message; without an engine it is a discovery (RFC 3414 section 4)."""
    assert peer.user is not None
    if engine is None:
        engine_id, boots, time_s, name = b"", 0, 0, b""
        front = _NOTHING + ber.tlv(ber.OCTETS, peer.user.context.encode())
    else:
        engine_id, boots, time_s, name = engine.engine_id, engine.boots, engine.now_s(), peer.user.name.encode()
        front = engine.front(peer.user.context)
    scoped, flags, code, salt = ber.tlv(ber.SEQUENCE, front + request), 4, b"", b""
    if keys is not None and keys.auth_key:
        flags, code = 5, bytes(keys.code_size)
        if keys.priv is not None:
            flags = 7
            encrypted, salt = keys.encrypt(scoped, boots, time_s)
            scoped = ber.tlv(ber.OCTETS, encrypted)
    clock = time_s.to_bytes(time_s.bit_length() // 8 + 1, "big", signed=True)
    begin, between, before, after = _frame(engine_id, boots, len(clock), name, flags, len(code), len(salt), len(scoped))
    head, rest = begin + ber.identity(identity) + between + clock + before, after + salt + scoped
    if not code or keys is None:
        return head + rest
    return head + keys.code(head + code + rest) + rest


@functools.lru_cache(maxsize=1 << 12)
def _frame(  # noqa: PLR0917
    engine_id: bytes,
    boots: int,
    clock_octets: int,
    name: bytes,
    flags: int,
    code_octets: int,
    salt_octets: int,
    scoped_octets: int,
) -> tuple[bytes, bytes, bytes, bytes]:
    """Write what stands in a message before its identity, its clock, its code and its salt, of which the lengths are known."""
    after = ber.tlv(ber.OCTETS, bytes(salt_octets))
    before = ber.tlv(ber.OCTETS, name) + ber.tlv(ber.OCTETS, bytes(code_octets))
    clock = ber.tlv(ber.OCTETS, engine_id) + ber.integer(boots) + ber.tlv(ber.INTEGER, bytes(clock_octets))
    security = ber.tlv(ber.OCTETS, ber.tlv(ber.SEQUENCE, clock + before + after))
    head = ber.tlv(ber.SEQUENCE, b"\x02\x04" + bytes(4) + _HEAD_END[flags])
    message = ber.tlv(ber.SEQUENCE, _VERSION_3 + head + security + bytes(scoped_octets))
    salt_at = len(message) - scoped_octets - salt_octets
    code_at = salt_at - (len(after) - salt_octets) - code_octets
    clock_at = code_at - (len(before) - code_octets) - clock_octets
    identity_at = len(message) - scoped_octets - len(security) - len(_HEAD_END[flags]) - 4
    return (
        message[:identity_at],
        message[identity_at + 4 : clock_at],
        message[clock_at + clock_octets : code_at],
        message[code_at + code_octets : salt_at],
    )
