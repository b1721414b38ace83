"""Notifications of devices: what they mean comes from the profiles, and each asks for a poll of the device that sent it.

A notification is a hint and no measurement: nothing of it is stored but that it came, and from which device. So it may be
dropped when there are too many, and none of what it carries (often a client's MAC address) goes further than this module.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import time
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Any

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher
from pysnmp.entity import config as usm
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.ntfrcv import NotificationReceiver
from pysnmp.proto.secmod.rfc2576 import SnmpV1SecurityModel

from collectors.errors import CollectError, ConfigError, reason
from collectors.snmp import _ber as ber
from collectors.snmp._pysnmp import AUTH, PRIV
from collectors.snmp._usm import DIGEST, password_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from collectors.config import Listen, Target, User

_LOG = logging.getLogger(__name__)

A_SECOND, AT_ONCE = 5.0, 20.0
"""Notifications that one source may send: so many a second, and so many more after a silence. The rest is dropped unread."""

_TRAP_OID, _TRAP_ADDRESS = "1.3.6.1.6.3.1.1.4.1.0", "1.3.6.1.6.3.18.1.3.0"
"""snmpTrapOID (RFC 3418), and snmpTrapAddress (RFC 3584), which a forwarder adds."""
_ENGINES_AT_A_SOURCE = 4
_SOURCES = 4096
_NAMES_S = 600.0
_NO_AUTH, _NO_PRIV, _PRIV = 1, 2, 3


class Limiter:
    """A bucket of tokens for each source: `rate` come in a second, up to `burst`."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def takes(self, source: str, now_s: float) -> bool:
        """Take a token of a source, if it has one."""
        tokens, at_s = self._buckets.pop(source, (self._burst, now_s))
        tokens = min(self._burst, tokens + (now_s - at_s) * self._rate)
        passes = tokens >= 1
        self._buckets[source] = (tokens - passes, now_s)
        if len(self._buckets) > _SOURCES:
            self._buckets.popitem(last=False)
        return passes


class Receiver:
    """Hears notifications of versions 1, 2c and 3, and answers informs.

    Parameters
    ----------
    listen : Listen
        Where, and a community that all devices may use.
    meanings : mapping
        snmpTrapOID -> what a notification says; others are not heeded.
    heard : callable
        Called with a target's name and what happened there, for each notification that has a meaning.
    """

    def __init__(self, listen: Listen, meanings: Mapping[str, str], heard: Callable[[str, str], None]) -> None:
        self.counts: Counter[str] = Counter()
        """Datagrams by what became of them: heard, other, strange, refused, flood, broken."""
        self._listen, self._heard = listen, heard
        self._meanings = meanings
        self._targets: dict[str, list[Target]] = {}
        self._naming: asyncio.Task[None] | None = None
        self._limiter = Limiter(A_SECOND, AT_ONCE)
        self._engine: Any = None
        self._transport: Any = None
        self._source = ""
        self._engines: dict[str, OrderedDict[bytes, str]] = {}
        self._local_users: set[str] = set()
        self.port = listen.port

    def follow(self, targets: Iterable[Target]) -> None:
        """Heed the notifications of these targets, and of no others; needs a running event loop.

        Those named by an address are heeded at once, the others once their names are resolved, now and every ten minutes.
        """
        hosts = [(host, target) for target in targets for host in (target.host, *target.answers_from)]
        literal: dict[str, list[Target]] = {}
        named: list[tuple[str, Target]] = []
        for host, target in hosts:
            try:
                literal.setdefault(str(ipaddress.ip_address(host)), []).append(target)
            except ValueError:
                named.append((host, target))
        self._targets = literal
        self._stop_naming()
        if named:
            self._naming = asyncio.get_running_loop().create_task(self._follow_names(literal, named))

    async def _follow_names(self, literal: dict[str, list[Target]], named: list[tuple[str, Target]]) -> None:
        find = asyncio.get_running_loop().getaddrinfo
        while True:
            found = await asyncio.gather(*(find(host, None, type=socket.SOCK_DGRAM) for host, _ in named), return_exceptions=True)
            by_address = {address: list(targets) for address, targets in literal.items()}
            for (_, target), answer in zip(named, found, strict=True):
                if not isinstance(answer, BaseException):  # a name that is not known now is not heeded
                    for address in {str(entry[4][0]) for entry in answer}:
                        by_address.setdefault(address, []).append(target)
            self._targets = by_address
            await asyncio.sleep(_NAMES_S)

    def _stop_naming(self) -> None:
        if self._naming is not None:
            self._naming.cancel()
            self._naming = None

    def open(self) -> None:
        """Begin to listen; needs a running event loop.

        Raises
        ------
        CollectError
            The port is taken, or this user may not have it.
        """
        v6 = ":" in self._listen.host
        sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            sock.bind((self._listen.host, self._listen.port))
        except OSError as error:
            sock.close()
            place = f"{self._listen.host}:{self._listen.port}"
            way_out = (
                "listen on a port from 1024 on" if isinstance(error, PermissionError) else "give [traps] listen another port"
            )
            raise CollectError(f"traps: UDP {place} cannot be had ({reason(error)}); {way_out}") from None
        self.port = sock.getsockname()[1]
        engine = self._engine = SnmpEngine()
        engine.security_models.update({1: _AnyCommunity(), 2: _AnyCommunity()})
        engine.register_transport_dispatcher(AsyncioDispatcher())
        self._transport = self._gated(udp6.Udp6AsyncioTransport if v6 else udp.UdpAsyncioTransport).open_server_mode(sock=sock)
        usm.add_transport(engine, udp6.SNMP_UDP6_DOMAIN if v6 else udp.SNMP_UDP_DOMAIN, self._transport)
        NotificationReceiver(engine, self._received)

    def close(self) -> None:
        """Give the port back. Idempotent."""
        self._stop_naming()
        if self._engine is not None:
            self._engine.close_dispatcher()
            self._engine = None

    def _gated(self, base: Any) -> Any:
        """Make a pysnmp UDP transport that hands on only what may be a notification of a target."""
        receiver = self

        class Gated(base):  # type: ignore[misc]
            def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:
                source = transportAddress[0].partition("%")[0].removeprefix("::ffff:")
                if self._callback_function is None or not receiver._passes(datagram, source):
                    return
                try:
                    self._callback_function(self, transportAddress, datagram)
                except Exception:  # noqa: BLE001  (pysnmp may raise anything on a message that is broken further in)
                    receiver.counts["broken"] += 1

        return Gated()

    def _passes(self, datagram: bytes, source: str) -> bool:
        """Look at the front of a datagram: pysnmp is slow, and keeps tables of what it has seen."""
        self._source = source
        if not self._limiter.takes(source, time.monotonic()):
            self.counts["flood"] += 1
            return False
        try:
            version, community, engine_id, user_name = _read_front(datagram)
        except ber.Malformed:
            self.counts["broken"] += 1
            return False
        targets = self._targets.get(source)
        if targets is None and version != 3 and self._forwards(datagram):
            return True
        if targets is None:
            self.counts["strange"] += 1
            return False
        allowed = self._knows_user(source, targets, engine_id, user_name) if version == 3 else self._allows(targets, community)
        if not allowed:
            self.counts["refused"] += 1
        return allowed

    def _forwards(self, datagram: bytes) -> bool:
        """Whether a stranger passes on what a target sent: it has to know the common community."""
        _, community, _, _ = _read_front(datagram)
        return self._listen.community is not None and self._is(community, self._listen.community)

    def _allows(self, targets: list[Target], community: bytes) -> bool:
        secrets = [target.community for target in targets if target.user is None]
        if self._listen.community is not None:
            secrets.append(self._listen.community)
        return any(self._is(community, secret) for secret in secrets)

    def _bearers(self, targets: list[Target], community: bytes) -> list[Target]:
        """Those of the targets at one address whose community it is; all of them where it is the common one."""
        own = [target for target in targets if target.user is None and self._is(community, target.community)]
        is_common = self._listen.community is not None and self._is(community, self._listen.community)
        return own if own or not is_common else targets

    @staticmethod
    def _is(community: bytes, secret: Any) -> bool:
        try:
            return bool(community == secret.reveal().encode())
        except ConfigError:
            return False  # said when the target is polled

    def _knows_user(self, source: str, targets: list[Target], engine_id: bytes, user_name: bytes) -> bool:
        """Make pysnmp know the user of a target. A trap is signed for its sender's engine, an inform for ours."""
        user = next((t.user for t in targets if t.user is not None and t.user.name.encode() == user_name), None)
        if user is None:
            return not user_name and bool(targets)  # how an inform's sender asks who we are
        if not engine_id or engine_id == bytes(self._engine.snmpEngineID):
            if user.name not in self._local_users:
                self._local_users.add(user.name)
                self._add(user, None)
            return True
        engines = self._engines.setdefault(source, OrderedDict())
        if engine_id in engines:
            engines.move_to_end(engine_id)
            return True
        if len(engines) >= _ENGINES_AT_A_SOURCE:  # anyone can make up one and the sender's address
            old, name = engines.popitem(last=False)
            usm.delete_v3_user(self._engine, name, usm.rfc1902.OctetString(old))
        engines[engine_id] = user.name
        self._add(user, engine_id)
        return True

    def _add(self, user: User, engine_id: bytes | None) -> None:
        """Register a user at an engine. The slow part of making its keys is done once a passphrase."""
        try:
            auth, priv = user.auth_secret.reveal() if user.auth else "", user.priv_secret.reveal() if user.priv else ""
        except ConfigError:
            return  # said when the target is polled
        digest = DIGEST[user.auth][0] if user.auth else ""
        usm.add_v3_user(
            self._engine,
            user.name,
            AUTH[user.auth],
            password_key(auth.encode(), digest) if auth else None,
            PRIV[user.priv],
            password_key(priv.encode(), digest) if priv else None,
            securityEngineId=None if engine_id is None else usm.rfc1902.OctetString(engine_id),
            authKeyType=usm.USM_KEY_TYPE_MASTER,
            privKeyType=usm.USM_KEY_TYPE_MASTER,
        )

    def _received(self, engine: Any, reference: Any, engine_id: Any, context: Any, varbinds: Any, _: Any) -> None:
        """Take what pysnmp found genuine."""
        del reference, engine_id, context
        request = engine.observer.get_execution_context("rfc3412.receiveMessage:request")
        values = {str(oid): value for oid, value in varbinds if str(oid) in (_TRAP_OID, _TRAP_ADDRESS)}
        targets = self._targets.get(self._source)
        if targets is None and _TRAP_ADDRESS in values:
            targets = self._targets.get(values[_TRAP_ADDRESS].prettyPrint())
        if request["securityModel"] == 3:
            targets = [t for t in targets or [] if _suffices(t.user, request["securityName"], request["securityLevel"])]
        else:
            targets = self._bearers(targets or [], bytes(request["securityName"]))
        meaning = self._meanings.get(str(values.get(_TRAP_OID, "")))
        if not targets or meaning is None:
            self.counts["other" if targets else "strange"] += 1
            return
        self.counts["heard"] += 1
        for target in targets:
            self._heard(target.name, meaning)


class _AnyCommunity(SnmpV1SecurityModel):  # type: ignore[misc]
    """The gate has looked at the community."""

    def _com2sec(self, snmpEngine: Any, communityName: Any, transportInformation: Any) -> Any:
        del self, transportInformation
        return communityName, snmpEngine.snmpEngineID, b""

    def _sec2com(self, snmpEngine: Any, securityName: Any, contextEngineId: Any, contextName: Any) -> Any:
        del self, snmpEngine, contextEngineId, contextName
        return securityName


def _suffices(user: User | None, name: Any, level: int) -> bool:
    """Whether a message is signed and encrypted as the target's user is: pysnmp does not ask that of traps."""
    if user is None or user.name.encode() != bytes(name):
        return False
    return int(level) >= (_NO_AUTH if user.auth is None else _NO_PRIV if user.priv is None else _PRIV)


def _read_front(datagram: bytes) -> tuple[int, bytes, bytes, bytes]:
    """Read version, community, and for version 3 engine identifier and user name (RFC 1157, 1901, 3412, 3414)."""
    at, end = ber.expect(datagram, 0, len(datagram), ber.SEQUENCE)
    version, at = ber.read_integer(datagram, at, end)
    if version in (0, 1):
        community, _ = ber.read_octets(datagram, at, end)
        return version, community, b"", b""
    if version != 3:
        raise ber.Malformed
    _, at = ber.expect(datagram, at, end, ber.SEQUENCE)
    start, stop = ber.expect(datagram, at, end, ber.OCTETS)
    start, stop = ber.expect(datagram, start, stop, ber.SEQUENCE)
    engine_id, start = ber.read_octets(datagram, start, stop)
    _, start = ber.read_integer(datagram, start, stop)
    _, start = ber.read_integer(datagram, start, stop)
    user_name, _ = ber.read_octets(datagram, start, stop)
    return version, b"", engine_id, user_name
