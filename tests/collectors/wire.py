"""Devices without a network: our own engine, whose datagrams are answered in this process, whole or damaged."""

from __future__ import annotations

import asyncio
import random
import time
from bisect import bisect_right
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from collectors.poll import Poller
from collectors.snmp import _ber as ber
from collectors.snmp import _usm as usm
from collectors.snmp._udp import UdpEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from collectors.config import Target
    from collectors.poll import PollResult
    from collectors.snmp.message import Value

ENGINE_ID = b"\x80\x00\x1f\x88\x04wire"
AUTH, PRIV = "authpass1", "privpass1"
TIME_WINDOW_S = 150


def encoded(value: Value | None) -> bytes:
    """A value as a device sends it; None is the end of what it has."""
    if value is None:
        return ber.tlv(ber.END_OF_MIB_VIEW, b"")
    if isinstance(value, bytes):
        return ber.tlv(ber.OCTETS, value)
    if isinstance(value, str):
        return ber.tlv(ber.OID, ber.oid_octets(value))
    return ber.integer(int(value))


class Device:
    """An agent of versions 1, 2c and 3 (user "u", SHA-256, AES-128) with fixed values and a clock that a test may set."""

    def __init__(self, values: Mapping[str, Value], clock: Callable[[], float] = time.monotonic) -> None:
        self._order = sorted((tuple(map(int, oid.split("."))), oid, encoded(value)) for oid, value in values.items())
        self._keys = [numbers for numbers, _, _ in self._order]
        self._user = usm.keys(ENGINE_ID, "sha256", AUTH, "aes128", PRIV)
        self._clock = clock
        self.boots = 3
        self.requests = self.reports = 0

    def answer(self, data: bytes) -> bytes:
        """The response to a request."""
        self.requests += 1
        at, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
        version, at = ber.read_integer(data, at, end)
        if version == 3:
            return self._answer_user(data, at, end)
        community, at = ber.read_octets(data, at, end)
        return ber.community_message(version, community, self._pdu(data, at, end))

    def _pdu(self, data: bytes, at: int, end: int) -> bytes:
        kind, number, first, second, pairs = ber.read_pdu(data, at, end)
        oids = [oid for oid, _ in pairs]
        found: list[bytes] = []
        if kind == ber.GET:
            for oid in oids:
                place = bisect_right(self._keys, key := _numbers(oid))
                value = self._order[place - 1][2] if place and self._keys[place - 1] == key else ber.tlv(ber.NO_SUCH_OBJECT, b"")
                found.append(_pair(oid, value))
        else:
            single, rounds = (first, second) if kind == ber.GET_BULK else (len(oids), 0)
            found += [self._next(oid)[0] for oid in oids[:single]]
            rows = oids[single:]
            for _ in range(rounds if rows else 0):
                steps = [self._next(oid) for oid in rows]
                found += [pair for pair, _ in steps]
                rows = [oid for _, oid in steps]
        listed = ber.tlv(ber.SEQUENCE, b"".join(found))
        return ber.tlv(ber.RESPONSE, ber.integer(number) + ber.integer(0) + ber.integer(0) + listed)

    def _next(self, oid: str) -> tuple[bytes, str]:
        place = bisect_right(self._keys, _numbers(oid))
        if place == len(self._order):
            return _pair(oid, encoded(None)), oid
        _, name, value = self._order[place]
        return _pair(name, value), name

    def _answer_user(self, data: bytes, at: int, end: int) -> bytes:
        """As RFC 3414 section 3.2 has it, for the engine that answers."""
        start, stop = ber.expect(data, at, end, ber.SEQUENCE)
        identity, _ = ber.read_integer(data, start, stop)
        security_start, security_stop = ber.expect(data, stop, end, ber.OCTETS)
        at, inner = ber.expect(data, security_start, security_stop, ber.SEQUENCE)
        engine_id, at = ber.read_octets(data, at, inner)
        boots, at = ber.read_integer(data, at, inner)
        time_s, at = ber.read_integer(data, at, inner)
        _, at = ber.read_octets(data, at, inner)
        code_start, code_stop = ber.expect(data, at, inner, ber.OCTETS)
        salt, _ = ber.read_octets(data, code_stop, inner)
        if engine_id != ENGINE_ID:
            return self._report(identity, 4, flags=0)
        if code_start == code_stop:
            return self._report(identity, 3, flags=0)  # a stranger
        blank = data[:code_start] + bytes(code_stop - code_start) + data[code_stop:]
        assert self._user.is_genuine(blank, data[code_start:code_stop])
        if boots != self.boots or abs(time_s - self._now_s()) > TIME_WINDOW_S:
            return self._report(identity, 2, flags=1)
        encrypted, _ = ber.read_octets(data, security_stop, end)
        scoped = self._user.decrypt(encrypted, salt, boots, time_s)
        at, end = ber.expect(scoped, 0, len(scoped), ber.SEQUENCE)
        _, at = ber.read_octets(scoped, at, end)
        _, at = ber.read_octets(scoped, at, end)
        return self._message(identity, self._pdu(scoped, at, end), flags=3)

    def _report(self, identity: int, which: int, *, flags: int) -> bytes:
        self.reports += 1
        counter = _pair(f"1.3.6.1.6.3.15.1.1.{which}.0", ber.tlv(ber.COUNTER32, b"\x01"))
        body = ber.integer(0) + ber.integer(0) + ber.integer(0) + ber.tlv(ber.SEQUENCE, counter)
        return self._message(identity, ber.tlv(ber.REPORT, body), flags=flags)

    def _message(self, identity: int, pdu: bytes, *, flags: int) -> bytes:
        scoped = ber.tlv(ber.SEQUENCE, ber.tlv(ber.OCTETS, ENGINE_ID) + ber.tlv(ber.OCTETS, b"") + pdu)
        salt = b""
        if flags & 2:
            encrypted, salt = self._user.encrypt(scoped, self.boots, self._now_s())
            scoped = ber.tlv(ber.OCTETS, encrypted)
        code = bytes(self._user.code_size) if flags & 1 else b""
        head = ber.tlv(
            ber.SEQUENCE, ber.integer(identity) + ber.integer(65507) + ber.tlv(ber.OCTETS, bytes((flags,))) + ber.integer(3)
        )
        clock = ber.integer(self.boots) + ber.integer(self._now_s())
        before = ber.tlv(ber.OCTETS, ENGINE_ID) + clock + ber.tlv(ber.OCTETS, b"u")

        def whole(code: bytes) -> bytes:
            inner = ber.tlv(ber.SEQUENCE, before + ber.tlv(ber.OCTETS, code) + ber.tlv(ber.OCTETS, salt))
            return ber.tlv(ber.SEQUENCE, ber.integer(3) + head + ber.tlv(ber.OCTETS, inner) + scoped)

        return whole(self._user.code(whole(code))) if code else whole(code)

    def _now_s(self) -> int:
        return int(self._clock()) + 1000


class Wire(UdpEngine):
    """Our engine, whose datagrams go to devices in this process; `spoil` may change or lose an answer, or make many of it."""

    def __init__(self, device: Device, spoil: Callable[[bytes], list[bytes]] = lambda data: [data]) -> None:
        super().__init__()
        self._device, self._spoil = device, spoil

    def _open(self, family: int) -> None:
        del family
        self._loop = asyncio.get_running_loop()

    def _transmit(self, address: tuple[str, int], message: bytes) -> None:
        for answer in self._spoil(self._device.answer(message)):
            asyncio.get_running_loop().call_soon(self._arrive, answer, address)

    def _arrive(self, data: bytes, source: tuple[str, int]) -> None:
        with suppress(ber.Malformed):  # as where a socket is read
            self._take(data, source)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A datagram damaged in one to four places: octets changed, cut, put in, doubled; lengths and tags more often than chance."""
    octets = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if not octets:
            break
        at = chance.randrange(len(octets))
        what = chance.randrange(7)
        if what == 0:
            octets[at] = chance.randrange(256)
        elif what == 1:
            octets[at] ^= 1 << chance.randrange(8)
        elif what == 2:
            octets[at] = chance.choice((0x00, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF, 0x02, 0x04, 0x05, 0x06, 0x30, 0x40, 0x44, 0x46))
        elif what == 3:
            del octets[at : at + chance.randint(1, 8)]
        elif what == 4:
            octets[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
        elif what == 5:
            octets[at:at] = octets[at : at + chance.randint(1, 64)]
        else:
            del octets[at:]
    return bytes(octets)


async def fuzz(walk: Mapping[str, Value], target: Target, datagrams: int, seed: int) -> list[PollResult]:
    """Poll a recorded device until it has sent so many damaged datagrams, and as many whole ones; now and then it is met anew."""
    chance, sent = random.Random(seed), 0

    def spoil(data: bytes) -> list[bytes]:
        nonlocal sent
        if chance.random() < 0.5:
            return [data]
        sent += 1
        return [mutated(data, chance)]

    wire, results = Wire(Device(walk), spoil), []
    async with Poller(wire) as poller:
        while sent < datagrams:
            results.append(await poller.poll(target))
            if not len(results) % 20:
                target = replace(target, interval_s=target.interval_s + 1)
        assert not wire._pending
    return results


def _pair(oid: str, value: bytes) -> bytes:
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_octets(oid)) + value)


def _numbers(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))
