"""Object identifiers, and the row's index at their end: cut into its parts, and written again."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from collectors.profile.convert import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from collectors.profile.schema import Part


def under(oid: str, prefix: str) -> bool:
    """Whether an object identifier is another or stands below it."""
    return oid == prefix or oid.startswith(prefix + ".")


@functools.lru_cache(maxsize=1 << 15)
def split_index(index: str, kinds: tuple[tuple[str, Part], ...]) -> dict[str, str] | None:
    """Cut an index into its parts; None if it has another form. Some agents write the length before a MAC, most do not."""
    numbers = index.split(".")
    parts = _split_numbers(numbers, kinds, 0)
    return _split_numbers(numbers, kinds, 1) if parts is None else parts


def _split_numbers(numbers: list[str], kinds: Sequence[tuple[str, Part]], before_mac: int) -> dict[str, str] | None:
    parts: dict[str, str] = {}
    at = 0
    for name, kind in kinds:
        if kind == "rest":
            parts[name] = ".".join(numbers[at:])
            at = len(numbers)
        elif kind == "rest_text":
            parts[name] = text_of(bytes(int(n) & 0xFF for n in numbers[at:]))
            at = len(numbers)
        else:
            length = {"int": 1, "mac": 6, "ip": 4}.get(kind)
            if kind == "mac":
                at += before_mac
            if length is None:
                if at >= len(numbers):
                    return None
                length = int(numbers[at])
                at += 1
            if at + length > len(numbers):
                return None
            taken = numbers[at : at + length]
            at += length
            if kind == "mac":
                if any(int(n) > 255 for n in taken):
                    return None
                parts[name] = ":".join(f"{int(n):02x}" for n in taken)
            elif kind == "string":
                parts[name] = text_of(bytes(int(n) & 0xFF for n in taken))
            else:
                parts[name] = ".".join(taken)
    return parts if at == len(numbers) else None


def split_loosely(index: str, kinds: Sequence[tuple[str, Part]]) -> dict[str, str] | None:
    """Cut an index whose one part that is no number has another form than it should: it is what the numbers leave."""
    numbers = index.split(".")
    wide = [place for place, (_, kind) in enumerate(kinds) if kind != "int"]
    if len(wide) != 1 or len(numbers) < len(kinds):
        return None
    behind = len(kinds) - wide[0] - 1
    taken = numbers[wide[0] : len(numbers) - behind]
    middle = ".".join(taken)
    if kinds[wide[0]][1] == "string" and len(taken) > 1 and all(31 < int(number) < 256 for number in taken):
        middle = text_of(bytes(map(int, taken)))  # a text without its length before it
    values = [*numbers[: wide[0]], middle, *numbers[len(numbers) - behind :]]
    return {name: value for (name, _), value in zip(kinds, values, strict=True)}


def write_index(parts: Mapping[str, str], by: Iterable[str], kinds: Mapping[str, str]) -> list[str]:
    """Write index parts as OID numbers again."""
    numbers: list[str] = []
    for name in by:
        text, kind = parts[name], kinds[name]
        if kind == "mac":
            numbers += [str(int(octet, 16)) for octet in text.split(":")]
        elif kind == "string":
            octets = text.encode()
            numbers += [str(len(octets)), *(str(octet) for octet in octets)]
        else:
            numbers.append(text)
    return numbers
