"""pysnmp as an SNMP engine, with its defects worked round: the other engine to choose, and the only asker that imports it.

Requests go straight to pysnmp's message dispatcher: registering each target in its own tables makes a cold start quadratic, its
timers and name look-ups cost far more than they give here, and it forgets SNMPv3 engines after five minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

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

from collectors.errors import SnmpError
from collectors.snmp import _ber as ber
from collectors.snmp.message import MAX_IN_FLIGHT, Response, Tally, auth_error, wrong_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.snmp.message import Operation, Peer, Value

AUTH = {
    None: usm.USM_AUTH_NONE,
    "md5": usm.USM_AUTH_HMAC96_MD5,
    "sha1": usm.USM_AUTH_HMAC96_SHA,
    "sha224": usm.USM_AUTH_HMAC128_SHA224,
    "sha256": usm.USM_AUTH_HMAC192_SHA256,
    "sha384": usm.USM_AUTH_HMAC256_SHA384,
    "sha512": usm.USM_AUTH_HMAC384_SHA512,
}
PRIV = {
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
_AUTH_ERRORS: dict[type, str] = {
    errind.UnknownUserName: "user",
    errind.UnknownSecurityName: "user",
    errind.UnsupportedSecurityLevel: "level",
    errind.DecryptionError: "decryption",
    errind.EncryptionError: "decryption",
    errind.WrongDigest: "digest",
    errind.AuthenticationFailure: "digest",
    errind.AuthenticationError: "digest",
}


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
        self.tallies: dict[tuple[str, int], Tally] = {}
        self._asked: OrderedDict[tuple[int, int], tuple[str, int]] = OrderedDict()

    def note(self, datagram: bytes, address: tuple[str, int]) -> None:
        self._asked[ber.read_front(datagram)[:2]] = address
        while len(self._asked) > 8 * MAX_IN_FLIGHT:
            self._asked.popitem(last=False)
        if address in self.tallies:
            self.tallies[address].sent += 1

    def passes(self, datagram: bytes, source: str) -> bool:
        try:
            address = self._asked.get(ber.read_front(datagram)[:2])
        except ber.Malformed:
            return False
        if address is None:
            return False
        if source not in self.allowed.get(address, ()):
            if address in self.tallies:
                self.tallies[address].trouble = wrong_source(address[0], source)
            return False
        return True


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
    """One shared pysnmp engine. A user name that has other passphrases elsewhere gets a pysnmp engine of its own."""

    def __init__(self) -> None:
        self._gate = _Gate()
        self._room: dict[bool, asyncio.Semaphore] = {}
        self._machines: list[_Machine] = []
        self._pending: set[asyncio.Future[Any]] = set()
        self._closed = False

    async def exchange(
        self, peer: Peer, operation: Operation, oids: Sequence[str], repetitions: int = 0, *, non_repeaters: int = 0
    ) -> Response:
        """Send once and wait for the answer; see `collectors.snmp.message.Engine`."""
        if self._closed:
            raise SnmpError("protocol", "the SNMP engine is closed")
        if not self._room:
            self._room = {doubtful: asyncio.Semaphore(MAX_IN_FLIGHT // 2) for doubtful in (False, True)}
        machine, name = self._machine(peer)
        self._gate.allowed[peer.address] = peer.sources
        self._gate.tallies[peer.address] = peer.tally
        async with self._room[peer.doubtful]:
            pdu = await self._request(machine, name, peer, _pdu(peer.version, operation, oids, repetitions, non_repeaters))
        module = v1 if peer.version == "1" else v2c
        return Response(
            error_status=int(module.apiPDU.get_error_status(pdu)),
            error_index=int(module.apiPDU.get_error_index(pdu, muteErrors=True)),
            varbinds=[(".".join(map(str, tuple(oid))), _value(value)) for oid, value in module.apiPDU.get_varbinds(pdu)],
        )

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
        identity = (user.auth, peer.auth_secret, user.priv, peer.priv_secret)
        known = self._users.get(user.name)
        if known is None:
            self._users[user.name] = identity
            auth, priv = peer.auth_secret or None, peer.priv_secret or None
            usm.add_v3_user(self.engine, user.name, AUTH[user.auth], auth, PRIV[user.priv], priv)
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


def _pdu(version: str, operation: Operation, oids: Sequence[str], repetitions: int, non_repeaters: int) -> Any:
    module = v1 if version == "1" else v2c
    if operation == "bulk":
        pdu = v2c.GetBulkRequestPDU()
        v2c.apiBulkPDU.set_defaults(pdu)
        v2c.apiBulkPDU.set_non_repeaters(pdu, non_repeaters)
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
    about = _AUTH_ERRORS.get(type(indication))
    if about is not None:
        return auth_error(peer, about)
    return SnmpError("protocol", f"{where}: {indication}")
