"""SNMP messages to bytes and back (BER of RFC 1157, 1901, 3412, 3416), no more of ASN.1 than they need.

Every reader raises `Malformed` on anything else, however broken; offsets only grow, so no datagram keeps it busy for long.
"""

from __future__ import annotations

import functools
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.snmp.message import Value

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE, COUNTER64, UINTEGER32 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x47
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 0x80, 0x81, 0x82
GET, GET_NEXT, RESPONSE, GET_BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8

_CACHED_OIDS = 1 << 16
_text_of: dict[bytes, str] = {}
_octets_of: dict[str, bytes] = {}
"""A poller meets the same OIDs at every poll: they are written out once."""


class Malformed(Exception):  # noqa: N818  (it is what the datagram is)
    """These octets are no such message."""


# ---------------------------------------------------------------------------------------------------------------- writing


def tlv(tag: int, content: bytes) -> bytes:
    """Write tag, length and content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(value: int) -> bytes:
    """Write an INTEGER."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid_octets(text: str) -> bytes:
    """Write the content of an OBJECT IDENTIFIER."""
    octets = _octets_of.get(text)
    if octets is None:
        numbers = [int(number) for number in text.split(".")]
        head = numbers[0] * 40 + (numbers[1] if len(numbers) > 1 else 0)
        octets = b"".join(_base_128(number) for number in (head, *numbers[2:]))
        if len(_octets_of) >= _CACHED_OIDS:
            _octets_of.clear()
        _octets_of[text] = octets
    return octets


def _base_128(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(0x80 | number & 0x7F)
    return bytes(reversed(octets))


def pdu(kind: int, request_id: int, first: int, second: int, oids: Sequence[str]) -> bytes:
    """Write a request whose identifier is one of `identity`.

    `first` and `second` are non-repeaters and max-repetitions of a GETBULK, else 0.
    """
    front, back = request(kind, first, second, tuple(oids))
    return front + identity(request_id) + back


def identity(number: int) -> bytes:
    """Write the content of an INTEGER from 2^23 to 2^31 - 1, which always takes four octets."""
    return number.to_bytes(4, "big")


@functools.lru_cache(maxsize=1 << 11)
def request(kind: int, first: int, second: int, oids: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Write what comes before and after the request identifier, the one thing that differs from poll to poll."""
    pairs = tlv(SEQUENCE, b"".join(tlv(SEQUENCE, tlv(OID, oid_octets(oid)) + b"\x05\x00") for oid in oids))
    back = integer(first) + integer(second) + pairs
    whole = tlv(kind, b"\x02\x04" + bytes(4) + back)
    return whole[: -len(back) - 4], back


def community_message(version: int, community: bytes, pdu: bytes) -> bytes:
    """Write a message of version 1 (0) or 2c (1)."""
    return tlv(SEQUENCE, integer(version) + tlv(OCTETS, community) + pdu)


@functools.lru_cache(maxsize=1 << 11)
def community_request(version: int, community: bytes, question: tuple[int, int, int, tuple[str, ...]]) -> tuple[bytes, bytes]:
    """Write what comes before and after the request identifier in a message of version 1 (0) or 2c (1)."""
    front, back = request(*question)
    whole = community_message(version, community, front + bytes(4) + back)
    return whole[: -len(back) - 4], back


# ---------------------------------------------------------------------------------------------------------------- reading


def header(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Read tag, start and end of the content that begins at an offset."""
    if at + 2 > end:
        raise Malformed
    tag, size = data[at], data[at + 1]
    at += 2
    if size & 0x80:
        octets = size & 0x7F
        if not 0 < octets <= 4 or at + octets > end:
            raise Malformed
        size = int.from_bytes(data[at : at + octets], "big")
        at += octets
    if at + size > end:
        raise Malformed
    return tag, at, at + size


def expect(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """Read start and end of a content whose tag is known."""
    found, start, stop = header(data, at, end)
    if found != tag:
        raise Malformed
    return start, stop


def read_integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Read an INTEGER and the offset after it."""
    start, stop = expect(data, at, end, INTEGER)
    if not 0 < stop - start <= 8:
        raise Malformed
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def read_octets(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """Read an OCTET STRING and the offset after it."""
    start, stop = expect(data, at, end, OCTETS)
    return data[start:stop], stop


def oid_text(octets: bytes) -> str:
    """Read the content of an OBJECT IDENTIFIER as dotted text."""
    text = _text_of.get(octets)
    if text is None:
        if not octets or octets[-1] & 0x80:
            raise Malformed
        numbers: list[int] = []
        number = 0
        for octet in octets:
            number = number << 7 | octet & 0x7F
            if not octet & 0x80:
                numbers.append(number)
                number = 0
        head = min(numbers[0] // 40, 2)
        text = ".".join(map(str, (head, numbers[0] - 40 * head, *numbers[1:])))
        if len(_text_of) >= _CACHED_OIDS:
            _text_of.clear()
        _text_of[octets] = text
    return text


def read_front(data: bytes) -> tuple[int, int, int, int]:
    """Read version and message or request identifier from the front of a message, and where the rest begins and ends.

    For versions 1 and 2c the rest begins at the PDU, for version 3 at the global header.
    """
    at, end = expect(data, 0, len(data), SEQUENCE)
    version, at = read_integer(data, at, end)
    if version == 3:
        start, stop = expect(data, at, end, SEQUENCE)
        identity, _ = read_integer(data, start, stop)
    elif version in (0, 1):
        _, at = read_octets(data, at, end)
        kind, start, stop = header(data, at, end)
        if kind & 0xE0 != 0xA0:
            raise Malformed
        identity, _ = read_integer(data, start, stop)
    else:
        raise Malformed
    return version, identity, at, end


def read_pdu(data: bytes, at: int, end: int) -> tuple[int, int, int, int, list[tuple[str, Value | None]]]:
    """Read a PDU: kind, request identifier, error status, error index, and the pairs of OID and value."""
    kind, request_id, status, index, at, end = read_pdu_front(data, at, end)
    return kind, request_id, status, index, pairs(data, at, end)


def read_pdu_front(data: bytes, at: int, end: int) -> tuple[int, int, int, int, int, int]:
    """Read a PDU: kind, request identifier, error status, error index, and where its variable bindings begin and end."""
    kind, at, end = header(data, at, end)
    if kind & 0xE0 != 0xA0:
        raise Malformed
    request_id, at = read_integer(data, at, end)
    status, at = read_integer(data, at, end)
    index, at = read_integer(data, at, end)
    at, end = expect(data, at, end, SEQUENCE)
    return kind, request_id, status, index, at, end


def pairs(data: bytes, at: int, end: int) -> list[tuple[str, Value | None]]:
    """Read the variable bindings. This is the poller's inner loop, so the short forms are read in place."""
    found: list[tuple[str, Value | None]] = []
    append, known = found.append, _text_of.get
    try:
        while at < end:
            if data[at] != SEQUENCE:
                raise Malformed
            size = data[at + 1]
            at += 2
            if size & 0x80:
                _, at, stop = header(data, at - 2, end)
            else:
                stop = at + size
            if stop > end or data[at] != OID:
                raise Malformed
            size = data[at + 1]
            at += 2
            if size & 0x80:
                _, at, after = header(data, at - 2, stop)
            else:
                after = at + size
            octets = data[at:after]
            name = known(octets) or oid_text(octets)
            tag, size = data[after], data[after + 1]
            at = after + 2
            if size & 0x80:
                _, at, after = header(data, after, stop)
            else:
                after = at + size
            if after != stop:
                raise Malformed
            if size == 1 and tag in _NUMBERS:
                number = data[at]
                append((name, number - 256 if number > 127 and tag == INTEGER else number))
            elif tag == INTEGER:
                append((name, int.from_bytes(data[at:after], "big", signed=True)))
            elif tag in _UNSIGNED:
                append((name, int.from_bytes(data[at:after], "big")))
            elif tag == OCTETS:
                append((name, data[at:after]))
            else:
                append((name, _rare(tag, data[at:after])))
            at = stop
    except IndexError:
        raise Malformed from None
    return found


class Shape:
    """The form of some variable bindings: an answer of the same names and lengths as the last is read without looking at each.

    Parameters
    ----------
    data : bytes
        A message whose variable bindings, from `at` to `end`, have been read as `pairs`.
    """

    __slots__ = ("_fixed", "_odd", "_places", "_size", "_unpack", "_values", "names")

    def __init__(self, data: bytes, at: int, end: int, pairs: Sequence[tuple[str, Value | None]]) -> None:
        start, form, fixed = at, [">"], []
        self._places: list[int] = []
        self._odd: list[tuple[int, bool]] = []
        self._size = end - at
        for place in range(len(pairs)):
            _, inner, stop = header(data, at, end)
            _, _, inner = header(data, inner, stop)
            tag, inner, _ = header(data, inner, stop)
            if tag in _NUMBERS or tag == OCTETS:
                code = None if tag == OCTETS else (_SIGNED if tag == INTEGER else _UNSIGNED_FORMS).get(stop - inner)
                form += [f"{inner - start}s", code or f"{stop - inner}s"]
                fixed.append(data[start:inner])
                self._places.append(place)
                if code is None and tag != OCTETS:
                    self._odd.append((place, tag == INTEGER))
                start = stop
            at = stop
        form.append(f"{end - start}s")
        fixed.append(data[start:end])
        self._unpack = struct.Struct("".join(form)).unpack_from
        self._fixed = tuple(fixed)
        self._values = [value for _, value in pairs]
        self.names = [name for name, _ in pairs]

    def values(self, data: bytes, at: int, end: int) -> list[Value | None] | None:
        """Give the values of other bindings of this form; None where they are of another."""
        if end - at != self._size:
            return None
        parts = self._unpack(data, at)
        if parts[::2] != self._fixed:
            return None
        values = self._values.copy()
        for place, value in zip(self._places, parts[1::2], strict=True):
            values[place] = value
        for place, signed in self._odd:  # of three octets, and other lengths that no machine has numbers of
            octets = values[place]
            assert isinstance(octets, bytes)
            values[place] = int.from_bytes(octets, "big", signed=signed)
        return values


_SIGNED, _UNSIGNED_FORMS = {1: "b", 2: "h", 4: "i", 8: "q"}, {1: "B", 2: "H", 4: "I", 8: "Q"}
"""Octets -> how `struct` calls such a number."""
_UNSIGNED = frozenset((COUNTER32, GAUGE32, TIME_TICKS, COUNTER64, UINTEGER32))
_NUMBERS = _UNSIGNED | {INTEGER}


def _rare(tag: int, content: bytes) -> Value | None:
    if tag in (NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW):
        return None
    if tag == OID:
        return oid_text(content)
    if tag == IP_ADDRESS and len(content) == 4:
        return ".".join(map(str, content))
    if tag == OPAQUE:
        return _opaque(content)
    raise Malformed


def _opaque(content: bytes) -> Value:
    """Read an opaque value: net-snmp wraps floats so (tags 0x9F78 and 0x9F79)."""
    for prefix, form in ((b"\x9f\x78\x04", ">f"), (b"\x9f\x79\x08", ">d")):
        if content.startswith(prefix) and len(content) == len(prefix) + struct.calcsize(form):
            return float(struct.unpack(form, content[len(prefix) :])[0])
    return content
