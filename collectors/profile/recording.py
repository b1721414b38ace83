"""Recorded devices: whole walks kept in files, to try profiles on without the device.

Two forms are read: snmpsim's `.snmprec` (OID|type|value) and what `snmpbulkwalk -On` prints.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.errors import ConfigError
from collectors.files import read_octets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from collectors.snmp.message import Value


class Walk:
    """A recorded device: every OID with its value."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self.values = values
        self._order = sorted((tuple(map(int, oid.split("."))), oid) for oid in values)

    def column(self, oid: str) -> dict[str, Value]:
        """Give what is under an OID, by the rest of each OID, in order."""
        prefix = tuple(map(int, oid.split(".")))
        cut = len(oid) + 1
        rows: dict[str, Value] = {}
        for place in range(bisect_left(self._order, (prefix, "")), len(self._order)):
            numbers, name = self._order[place]
            if numbers[: len(prefix)] != prefix:
                break
            if len(numbers) > len(prefix):
                rows[name[cut:]] = self.values[name]
        return rows

    def answers(self, oid: str) -> bool:
        """Whether there is something at or under an OID."""
        prefix = tuple(map(int, oid.split(".")))
        place = bisect_left(self._order, (prefix, ""))
        return place < len(self._order) and self._order[place][0][: len(prefix)] == prefix


def read(path: str | Path) -> Walk:
    """Read a recorded device.

    Raises
    ------
    ConfigError
        It cannot be read, or a line is of neither form; the message names file and line.
    """
    path = Path(path)
    octets = read_octets(path, "give the path of a recorded walk")
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):  # what PowerShell's > writes
        octets = octets.decode("utf-16", errors="replace").encode()
    lines = octets.decode("utf-8-sig", errors="surrogateescape").split("\n")
    first = next((line for line in lines if line.strip()), "")
    parse = _snmprec if "|" in first else _printed
    try:
        values = dict(parse(lines))
    except _BadLineError as error:
        raise ConfigError(
            f"{path}:{error.args[0]}: {error.args[1]}; give an .snmprec file or what `snmpbulkwalk -On` prints"
        ) from None
    if not values:
        raise ConfigError(
            f"{path}: there is nothing in this walk; record it again with `snmpbulkwalk -v2c -c COMMUNITY -On HOST .1`"
        )
    return Walk(values)


class _BadLineError(Exception):
    """Line number, what is wrong."""


_OID = re.compile(r"\.?(\d+(?:\.\d+)+)")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")


def _snmprec(lines: Iterable[str]) -> Iterable[tuple[str, Value]]:
    """Parse OID|type|value; the types are ASN.1 tags, with x for hexadecimal (snmpsim documentation, "Managing data files")."""
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        oid, _, rest = line.rstrip("\r").partition("|")
        kind, bar, text = rest.partition("|")
        hit = _OID.fullmatch(oid.strip())
        if hit is None or not bar:
            raise _BadLineError(number, "not OID|type|value")
        tag, variation, _ = kind.partition(":")
        if variation:
            continue  # a value that snmpsim computes: a walk has none
        try:
            value = _snmprec_value(tag, text)
        except ValueError:
            raise _BadLineError(number, f"{text!r} is no value of type {tag}") from None
        if value is not None:
            yield hit.group(1), value


def _snmprec_value(tag: str, text: str) -> Value | None:
    octets = bytes.fromhex(text) if tag.endswith(("x", "e")) else None
    kind = tag.rstrip("xe")
    if kind in ("2", "65", "66", "67", "70"):
        return int(text)
    if kind in ("4", "68"):
        return _octets(text) if octets is None else octets
    if kind == "64":
        return text if octets is None else ".".join(map(str, octets))
    if kind == "6":
        return text.lstrip(".")
    if kind == "5":
        return None
    raise ValueError(kind)


_PRINTED = re.compile(r"\.?((?:\d+|iso)(?:\.\d+)+) = ?(?:Wrong Type \([^)]*\): ?)?(?:([A-Za-z0-9-]+): ?)?(.*)", re.DOTALL)
_WITHOUT_TYPE = re.compile(r'-?\d+|".+"', re.DOTALL)
_NUMBER = re.compile(r"-?\d+")
_IN_BRACKETS = re.compile(r"\((-?\d+)\)")


def _printed(lines: Iterable[str]) -> Iterable[tuple[str, Value]]:
    """Parse `snmpwalk -On`; a string or a row of hexadecimal may go on over lines."""
    entry, at = "", 0
    for number, line in enumerate([*lines, ".0.0 = end"], 1):
        if _PRINTED.match(line) is None:
            if entry:
                entry += "\n" + line
            elif line.strip():
                raise _BadLineError(number, "not `.OID = TYPE: value`")
            continue
        if entry:
            pair = _printed_pair(entry, at)
            if pair is not None:
                yield pair
        entry, at = line, number


def _numbers(oid: str) -> str:
    """Write an OID in numbers; without -On, `snmpwalk` calls its first one `iso`."""
    return re.sub(r"^\.?iso\.", "1.", oid).lstrip(".")


def _printed_pair(entry: str, number: int) -> tuple[str, Value] | None:
    hit = _PRINTED.match(entry)
    assert hit is not None
    oid, kind, text = _numbers(hit.group(1)), hit.group(2) or "", hit.group(3).rstrip("\r\n")
    if kind in ("INTEGER", "Gauge32", "Counter32", "Counter64", "Unsigned32", "UInteger32"):
        found = _IN_BRACKETS.search(text) or _NUMBER.match(text)
        if found is None:
            raise _BadLineError(number, f"{text!r} is no {kind}")
        return oid, int(found.group(found.re.groups))
    if kind == "Timeticks":
        ticks = _IN_BRACKETS.search(text) or _NUMBER.match(text)
        return None if ticks is None else (oid, int(ticks.group(ticks.re.groups)))
    if kind == "STRING":
        quoted = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
        return oid, _octets(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
    if kind == "Hex-STRING":
        return oid, bytes.fromhex(text)
    if kind == "OID":
        return oid, _numbers(text)
    if kind in ("IpAddress", "Network"):
        return oid, text
    if kind == "" and text == '""':
        return oid, b""
    if not kind and _WITHOUT_TYPE.fullmatch(text):
        raise _BadLineError(number, f"{text[:40]!r} has no type, so this was printed with -OQ or -Oq")
    return None  # No Such Object, NULL, and types that no profile reads
