"""Damaged drawings that still look like drawings: groups, numbers, tags and operators changed by the grammar of each format."""

from __future__ import annotations

import math
import random
import re
import struct
import zlib
from collections.abc import Callable

NUMBERS = (
    b"0",
    b"-1",
    b"1e308",
    b"-1e308",
    b"nan",
    b"inf",
    b"1e-320",
    b"999999999999",
    b"2147483648",
    b"",
    b"0x",
    b"1,5",
    b"--3",
)


def raw(data: bytes, rng: random.Random) -> bytes:
    """Bytes changed, cut, doubled and put in."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 10))):
        at = rng.randrange(max(1, len(out)))
        what = rng.randrange(5)
        if what == 0 and out:
            out[at % len(out)] = rng.randrange(256)
        elif what == 1:
            del out[at : at + rng.choice((1, 4, 50, 2_000))]
        elif what == 2:
            out[at:at] = out[at : at + rng.choice((1, 16, 500))]
        elif what == 3:
            out[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4, 30))))
        else:
            out[at : at + 4] = rng.choice((b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80"))
    return bytes(out)


def numbers(data: bytes, rng: random.Random) -> bytes:
    """Numbers in a text made absurd."""
    places = list(re.finditer(rb"-?\d+\.?\d*", data))
    out = bytearray(data)
    for place in sorted(rng.sample(places, min(len(places), rng.choice((1, 2, 8, 40)))), key=lambda one: -one.start()):
        out[place.start() : place.end()] = rng.choice(NUMBERS)
    return bytes(out)


def dxf(data: bytes, rng: random.Random) -> bytes:
    """Pairs of group code and value dropped, doubled, exchanged, or given another kind."""
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    pairs = [lines[at : at + 2] for at in range(0, len(lines) - 1, 2)]
    kinds = (
        b"INSERT",
        b"LINE",
        b"ARC",
        b"SPLINE",
        b"MLINE",
        b"HATCH",
        b"DIMENSION",
        b"LWPOLYLINE",
        b"TEXT",
        b"ENDSEC",
        b"SOLID",
        b"3DFACE",
    )
    for _ in range(rng.choice((1, 2, 10))):
        at = rng.randrange(len(pairs))
        what = rng.randrange(6)
        if what == 0:
            del pairs[at]
        elif what == 1:
            pairs.insert(at, list(pairs[rng.randrange(len(pairs))]))
        elif what == 2:
            other = rng.randrange(len(pairs))
            pairs[at], pairs[other] = pairs[other], pairs[at]
        elif what == 3:
            pairs[at] = [pairs[at][0], rng.choice(NUMBERS)]
        elif what == 4:
            pairs[at] = [b"%3d" % rng.choice((0, 2, 8, 10, 40, 70, 73, 100, 210, 330, 1001)), pairs[at][1]]
        else:
            entities = [n for n, pair in enumerate(pairs) if pair[0].strip() == b"0"]
            pairs[rng.choice(entities)][1] = rng.choice(kinds)
    return b"\n".join(line for pair in pairs for line in pair)


def xml(data: bytes, rng: random.Random) -> bytes:
    """Tags, attributes and nesting changed."""
    what = rng.randrange(5)
    if what == 0:
        return numbers(data, rng)
    tags = list(re.finditer(rb"<[^>]*>", data))
    one, two = rng.choice(tags), rng.choice(tags)
    if what == 1:
        return data[: one.start()] + data[one.end() :]
    if what == 2:
        return data[: one.start()] + two[0] * rng.choice((1, 3, 300)) + data[one.start() :]
    if what == 3:
        place = (
            b'<g transform="matrix(1e200 1e200 1e200 1e200 0 0) scale(0) rotate(1e9)" style="stroke:red;stroke-dasharray:nan">'
        )
        return data[: one.end()] + place + data[one.end() :]
    return data[: one.end()] + b'<path d="M0 0A1e-300 1e300 nan 1 1 5 5C1 2 3 4 5 6 7 8Zz 9 9h1e999v"/>' + data[one.end() :]


def pdf(data: bytes, rng: random.Random) -> bytes:
    """Operators and numbers of a page's content, and the objects around it."""
    what = rng.randrange(4)
    if what == 0:
        return numbers(data, rng)
    words = (
        b" l ",
        b" m ",
        b" S",
        b" re ",
        b" c ",
        b" cm ",
        b" q ",
        b" Q ",
        b" Do ",
        b"endobj",
        b"stream",
        b"/Length",
        b"/Kids",
        b"xref",
    )
    old = rng.choice(words)
    new = rng.choice((*words, b" /Parent 2 0 R ", b"<<", b">>", b"[[[[[[", b"(((("))
    return data.replace(old, new, rng.choice((1, 1, 50)))


_CLASSES = (b"CDataSen", b"CDataEnko", b"CDataMoji", b"CDataTen", b"CDataSolid", b"CDataBlock", b"CDataSunpou", b"CDataList")


def jww(data: bytes, rng: random.Random) -> bytes:
    """Records of Jw_cad: their classes, lengths, counts, the marks that one begins with, and coordinates."""
    out = bytearray(data)
    first = data.find(b"CData")
    for _ in range(rng.choice((1, 2, 8))):
        what = rng.randrange(5)
        if what == 0:
            # Coordinates: eight bytes that are a number that a drawing has.
            places = [
                at for at in rng.sample(range(first, len(out) - 8), 200) if 1e-3 < abs(struct.unpack_from("<d", out, at)[0]) < 1e6
            ]
            for at in places[:3]:
                struct.pack_into("<d", out, at, rng.choice((0.0, -1.0, 1e308, math.inf, math.nan, 5e-324, 1e12)))
        elif what == 1:
            old = out.find(rng.choice(_CLASSES))
            if old >= 0:
                new = rng.choice(_CLASSES)
                out[old - 2 : old + 8] = struct.pack("<H", len(new)) + new
        elif what == 2:
            at = out.find(b"CData") - rng.choice((2, 4, 6, 8))
            struct.pack_into("<H", out, max(0, at), rng.choice((0, 1, 0x7FFF, 0xFFFF, 400)))
        elif what == 3:
            # 0x8001 and above begin another record of a class that is known.
            places = [at for at in range(first, len(out) - 2) if out[at + 1] == 0x80 and out[at] < 9]
            if places:
                struct.pack_into("<H", out, rng.choice(places), rng.choice((0x8000, 0x8001, 0x8003, 0x8009, 0xFFFF, 0)))
        else:
            at = rng.randrange(8, max(9, first))
            out[at] = rng.choice((0, 1, 254, 255))
    return bytes(out)


def png(data: bytes, rng: random.Random) -> bytes:
    """Chunks lost, doubled or exchanged, a header that says otherwise, all with right checksums."""
    chunks, at = [], 8
    while at + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    what = rng.randrange(5)
    place = rng.randrange(len(chunks))
    if what == 0:
        head = bytearray(chunks[0][1])
        if rng.random() < 0.5:
            struct.pack_into(">I", head, rng.choice((0, 4)), rng.choice((0, 1, 7, 999, 40_000, 2**31 - 1)))
        else:
            head[rng.randrange(8, 13)] = rng.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        chunks[0] = (chunks[0][0], bytes(head))
    elif what == 1:
        del chunks[place]
    elif what == 2:
        chunks.insert(place, rng.choice(chunks))
    elif what == 3:
        chunks[place] = (chunks[place][0], raw(chunks[place][1] or b"0", rng))
    else:
        made = rng.choice((b"PLTE", b"tRNS", b"zTXt", b"iCCP", b"acTL", b"pHYs", b"gAMA"))
        chunks.insert(place, (made, rng.randbytes(rng.choice((0, 3, 4, 9, 300)))))
    body = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return data[:8] + body


GRAMMARS: dict[str, tuple[Callable[[bytes, random.Random], bytes], ...]] = {
    "dxf": (dxf, dxf, numbers, raw),
    "jww": (jww, jww, raw),
    "svg": (xml, xml, raw),
    "pdf": (pdf, numbers, raw),
    "png": (png, png, raw),
}


def damaged(kind: str, data: bytes, rng: random.Random) -> bytes:
    """One damaged copy of a file of this kind."""
    return rng.choice(GRAMMARS[kind])(data, rng)
