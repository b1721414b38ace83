"""One agent at its socket: SNMP of versions 1 and 2c, as RFC 1157 and RFC 3416 have it, by pysnmp's messages."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pysnmp.error import PySnmpError
from pysnmp.proto import api

if TYPE_CHECKING:
    from collectors.simulate.gear import Agent, Oid, Row
    from collectors.simulate.people import Network

_V1, _V2C = api.PROTOCOL_MODULES[api.SNMP_VERSION_1], api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
_NO_SUCH_NAME, _READ_ONLY, _NOT_WRITABLE = 2, 4, 17
_LARGEST_ANSWER_BYTES = 1400
"""What fits an Ethernet frame: real agents end a GETBULK there."""


class Endpoint(asyncio.DatagramProtocol):
    """One agent at its socket: answers GET, GETNEXT and GETBULK of v1 and v2c, and is silent about what it cannot read."""

    def __init__(self, agent: Agent, network: Network, community: str) -> None:
        self._agent, self._network, self._community = agent, network, community.encode()
        self._seen: tuple[int, int] | None = None
        self._rows: list[Row] = []
        self._oids: list[Oid] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket to answer at; asyncio calls it."""
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Answer a request, or say nothing; asyncio calls it."""
        if self._agent.name in self._network.silent or self._agent.name in self._network.down:
            return
        with suppress(PyAsn1Error, PySnmpError):  # not SNMP: a real agent is silent too
            answer = self._answer(data)
            if answer is not None:
                self._transport.sendto(answer, addr)

    def _refresh(self) -> None:
        """Once a second and after each `control`, so that one walk sees one state."""
        state = int(self._network.now_s()), self._network.version
        if state != self._seen:
            self._rows = sorted(self._agent.rows(), key=lambda row: row[0])
            self._oids = [row[0] for row in self._rows]
            self._seen = state

    def _answer(self, data: bytes) -> bytes | None:
        version = int(api.decodeMessageVersion(data))
        if version not in (api.SNMP_VERSION_1, api.SNMP_VERSION_2C):
            return None
        proto = _V1 if version == api.SNMP_VERSION_1 else _V2C
        request, _ = decoder.decode(data, asn1Spec=proto.Message())
        if bytes(proto.apiMessage.get_community(request)) != self._community:
            return None
        pdu = proto.apiMessage.get_pdu(request)
        response = proto.apiMessage.get_response(request)
        answer = proto.apiMessage.get_pdu(response)
        self._refresh()
        if proto is _V2C and pdu.isSameTypeWith(_V2C.GetBulkRequestPDU()):
            asked = [tuple(oid) for oid, _ in _V2C.apiBulkPDU.get_varbinds(pdu)]
            once, most = (
                max(0, int(get(pdu))) for get in (_V2C.apiBulkPDU.get_non_repeaters, _V2C.apiBulkPDU.get_max_repetitions)
            )
            _V2C.apiPDU.set_varbinds(answer, self._bulk(asked, once, most))
            return bytes(encoder.encode(response))
        asked = [tuple(oid) for oid, _ in proto.apiPDU.get_varbinds(pdu)]
        if pdu.isSameTypeWith(proto.GetRequestPDU()):
            found = [self._get(oid, proto) for oid in asked]
        elif pdu.isSameTypeWith(proto.GetNextRequestPDU()):
            found = [self._next(oid, proto) for oid in asked]
        elif pdu.isSameTypeWith(proto.SetRequestPDU()):
            proto.apiPDU.set_varbinds(answer, proto.apiPDU.get_varbinds(pdu))
            proto.apiPDU.set_error_status(answer, _READ_ONLY if proto is _V1 else _NOT_WRITABLE)
            proto.apiPDU.set_error_index(answer, 1)
            return bytes(encoder.encode(response))
        else:
            return None
        missing = next((i for i, (_, value) in enumerate(found, 1) if value is None), None)
        if missing is not None:  # v1 only: one object that is not there spoils the answer
            proto.apiPDU.set_varbinds(answer, [(oid, proto.null) for oid in asked])
            proto.apiPDU.set_error_status(answer, _NO_SUCH_NAME)
            proto.apiPDU.set_error_index(answer, missing)
        else:
            proto.apiPDU.set_varbinds(answer, found)
        return bytes(encoder.encode(response))

    def _get(self, oid: Oid, proto: Any) -> tuple[Oid, Any]:
        at = bisect_left(self._oids, oid)
        if at < len(self._oids) and self._oids[at] == oid:
            value = _wire(self._rows[at], proto)
            if value is not None:
                return oid, value
        return oid, None if proto is _V1 else _V2C.NoSuchInstance("")

    def _next(self, oid: Oid, proto: Any) -> tuple[Oid, Any]:
        for row in self._rows[bisect_right(self._oids, oid) :]:
            value = _wire(row, proto)
            if value is not None:
                return row[0], value
        return oid, None if proto is _V1 else _V2C.EndOfMibView("")

    def _bulk(self, asked: list[Oid], once: int, most: int) -> list[tuple[Oid, Any]]:
        """RFC 3416, 4.2.3; ends where the answer would not fit a frame."""
        found = [self._next(oid, _V2C) for oid in asked[:once]]
        size = sum(_size(pair) for pair in found)
        columns = asked[once:]
        for _ in range(most if columns else 0):
            row = [self._next(oid, _V2C) for oid in columns]
            for pair in row:
                size += _size(pair)
                if size > _LARGEST_ANSWER_BYTES and found:
                    return found
                found.append(pair)
            if all(value.isSameTypeWith(_V2C.EndOfMibView()) for _, value in row):
                break
            columns = [oid for oid, _ in row]
        return found


def _size(pair: tuple[Oid, Any]) -> int:
    """At most what the pair takes on the wire."""
    oid, value = pair
    return 16 + len(oid) + sum(part > 127 for part in oid) + (len(value) if hasattr(value, "asOctets") else 9)


def _wire(row: Row, proto: Any) -> Any:
    """The value in SNMP's own type; None where the version has none for it."""
    _, kind, value = row
    if kind == "text":
        return proto.OctetString(value if isinstance(value, bytes) else value.encode())
    if proto is _V1:
        if kind == "counter64":
            return None
        types = {"integer": _V1.Integer, "oid": _V1.ObjectIdentifier, "gauge": _V1.Gauge, "counter": _V1.Counter}
        return types.get(kind, _V1.TimeTicks)(value)
    types = {
        "integer": _V2C.Integer32,
        "oid": _V2C.ObjectIdentifier,
        "gauge": _V2C.Gauge32,
        "counter": _V2C.Counter32,
        "counter64": _V2C.Counter64,
    }
    return types.get(kind, _V2C.TimeTicks)(value)
