"""SNMP messages in octets: what is written is read again, values come as what they are, and rubbish does no harm."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp import _ber as ber

OIDS = st.lists(st.integers(0, (1 << 32) - 1), min_size=0, max_size=20).map(lambda rest: ".".join(map(str, [1, 3, *rest])))


@given(OIDS)
def test_an_oid_is_read_as_it_was_written(oid: str) -> None:
    assert oid == ber.oid_text(ber.oid_octets(oid))


def test_an_oid_is_written_as_x690_says() -> None:
    """ITU-T X.690 8.19: the first two numbers share an octet string of base 128."""
    assert bytes.fromhex("2b06010401ef0d") == ber.oid_octets("1.3.6.1.4.1.14221")
    assert "2.999.3" == ber.oid_text(bytes.fromhex("883703"))


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_an_integer_is_read_as_it_was_written(value: int) -> None:
    octets = ber.integer(value)

    assert (value, len(octets)) == ber.read_integer(octets, 0, len(octets))


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (-95, "0201a1"),
        (4294967295, "4104ffffffff"),
        (4294967295, "420500ffffffff"),
        (123456789, "4304075bcd15"),
        (18446744073709551615, "460900ffffffffffffffff"),
        (b"\xff\x00", "0402ff00"),
        ("192.0.2.1", "4004c0000201"),
        ("1.3.6.1", "06032b0601"),
        (None, "0500"),
        (None, "8000"),
        (None, "8100"),
        (None, "8200"),
        (1.5, "44079f78043fc00000"),
        (b"\x04\x01a", "4403040161"),
    ],
)
def test_values_come_as_what_they_are(value: object, octets: str) -> None:
    pair = ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_octets("1.3.6.1.9")) + bytes.fromhex(octets))
    content = ber.integer(7) + ber.integer(0) + ber.integer(0) + ber.tlv(ber.SEQUENCE, pair)
    message = ber.tlv(ber.RESPONSE, content)

    assert (ber.RESPONSE, 7, 0, 0, [("1.3.6.1.9", value)]) == ber.read_pdu(message, 0, len(message))


def test_long_values_have_long_lengths() -> None:
    for size in (0, 127, 128, 255, 256, 12_000):
        pair = ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_octets("1.3.6")) + ber.tlv(ber.OCTETS, b"x" * size))
        content = ber.integer(1) + ber.integer(0) + ber.integer(0) + ber.tlv(ber.SEQUENCE, pair)
        message = ber.tlv(ber.RESPONSE, content)

        assert [("1.3.6", b"x" * size)] == ber.read_pdu(message, 0, len(message))[4]


def test_mutated_messages_are_read_or_malformed_and_nothing_else() -> None:
    """Ten thousand answers with flipped, lost and doubled octets: no other error, and no octet beyond the end is touched."""
    pairs = b"".join(
        ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_octets(f"1.3.6.1.4.1.14179.2.2.2.1.15.0.17.34.51.68.{n}.0")) + value)
        for n, value in enumerate((b"\x41\x01\x05", b"\x04\x03abc", b"\x05\x00", b"\x44\x07\x9f\x78\x04\x3f\xc0\x00\x00"))
    )
    content = ber.integer(12345) + ber.integer(0) + ber.integer(0) + ber.tlv(ber.SEQUENCE, pairs)
    good = ber.community_message(1, b"public", ber.tlv(ber.RESPONSE, content))
    rng = random.Random(5)
    malformed = 0
    for _ in range(10_000):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            if (kind := rng.randrange(3)) == 0:
                data[at] = rng.randrange(256)
            elif kind == 1:
                del data[at : at + rng.randrange(1, 9)]
            else:
                data[at:at] = rng.randbytes(rng.randrange(1, 5))
        try:
            _, _, at, end = ber.read_front(bytes(data))
            ber.read_pdu(bytes(data), at, end)
        except ber.Malformed:
            malformed += 1

    assert 1000 < malformed < 10_000


@pytest.mark.parametrize(
    ("datagram", "identity"),
    [
        ("302902010104067075626c6963a01c0204123456780201000201003000" + "00" * 14, (1, 0x12345678)),
        ("3011020103300c020401020304020205dc040104", (3, 0x01020304)),
    ],
)
def test_the_identity_of_a_message_is_read_from_its_front(datagram: str, identity: tuple[int, int]) -> None:
    assert identity == ber.read_front(bytes.fromhex(datagram))[:2]


@pytest.mark.parametrize("datagram", ["", "30", "3003020102", "30800000", "3084ffffffff", "3003020105", "04030201"])
def test_what_is_no_message_is_malformed(datagram: str) -> None:
    with pytest.raises(ber.Malformed):
        ber.read_front(bytes.fromhex(datagram))


def bindings(*pairs: tuple[str, bytes]) -> bytes:
    return b"".join(ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid_octets(oid)) + value) for oid, value in pairs)


TAGS = (ber.INTEGER, ber.OCTETS, ber.COUNTER32, ber.GAUGE32, ber.TIME_TICKS, ber.COUNTER64, ber.UINTEGER32)


@given(kinds=st.lists(st.tuples(st.sampled_from(TAGS), st.integers(0, 9)), min_size=1, max_size=8), data=st.data())
def test_numbers_and_texts_of_every_length_are_read_by_the_shape_as_each_by_itself(
    kinds: list[tuple[int, int]], data: st.DataObject
) -> None:
    def drawn() -> bytes:
        values = (ber.tlv(tag, data.draw(st.binary(min_size=size, max_size=size))) for tag, size in kinds)
        return bindings(*((f"1.3.6.{number}", value) for number, value in enumerate(values)))

    first, second = drawn(), drawn()
    shape = ber.Shape(first, 0, len(first), ber.pairs(first, 0, len(first)))

    assert [value for _, value in ber.pairs(second, 0, len(second))] == shape.values(second, 0, len(second))


def test_an_answer_of_the_same_form_is_read_by_its_shape_and_any_other_is_not() -> None:
    """Names and lengths are compared, so what is read is what reading each would have given."""
    counter, text = ber.tlv(ber.COUNTER64, bytes((0, 1, 2, 200))), ber.tlv(ber.OCTETS, b"ap-1")
    first = bindings(("1.3.6.1", ber.integer(-5)), ("1.3.6.2", counter), ("1.3.6.3", text), ("1.3.6.4", b"\x82\x00"))
    shape = ber.Shape(first, 0, len(first), ber.pairs(first, 0, len(first)))
    other = ber.tlv(ber.COUNTER64, bytes((255, 1, 2, 7))), ber.tlv(ber.OCTETS, b"ap-2")
    same = bindings(("1.3.6.1", ber.integer(100)), ("1.3.6.2", other[0]), ("1.3.6.3", other[1]), ("1.3.6.4", b"\x82\x00"))
    longer = bindings(("1.3.6.1", ber.integer(300)), ("1.3.6.2", counter), ("1.3.6.3", text), ("1.3.6.4", b"\x82\x00"))
    renamed = bindings(("1.3.6.1", ber.integer(-5)), ("1.3.6.9", counter), ("1.3.6.3", text), ("1.3.6.4", b"\x82\x00"))
    retyped = bindings(("1.3.6.1", ber.integer(-5)), ("1.3.6.2", counter), ("1.3.6.3", text), ("1.3.6.4", b"\x05\x00"))

    for data in (first, same):
        read = ber.pairs(data, 0, len(data))
        assert read == list(zip(shape.names, shape.values(data, 0, len(data)) or (), strict=True))
    assert [None] * 3 == [shape.values(data, 0, len(data)) for data in (longer, renamed, retyped)]
