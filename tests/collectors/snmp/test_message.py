"""What an answer's names and values, read by themselves, are as pairs."""

from __future__ import annotations

from collectors.snmp.message import Pairs


def test_names_and_values_read_by_themselves_are_the_pairs_that_a_plain_reading_gives() -> None:
    plain = [("1.3.1", 5), ("1.3.2", b"AP"), ("1.3.3", None)]
    pairs = Pairs([name for name, _ in plain], [value for _, value in plain])

    assert plain == list(pairs)
    assert (3, plain[1], plain[-1]) == (len(pairs), pairs[1], pairs[-1])
    assert plain[1:] == list(pairs[1:])
