"""Recorded walks are read as the agent said them, whichever tool wrote them down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.errors import ConfigError
from collectors.profile import recording

if TYPE_CHECKING:
    from pathlib import Path

SNMPREC = """1.3.6.1.2.1.1.1.0|4|Switch
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9
1.3.6.1.2.1.1.3.0|67|4200
1.3.6.1.2.1.1.5.0|4x|e4bd93ff
1.3.6.1.2.1.1.7.0|2|-3
1.3.6.1.2.1.4.20.1.1.1|64|192.0.2.1
1.3.6.1.2.1.4.20.1.1.2|64x|c0000202
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.31.1.1.1.6.2|70:numeric|rate=1
1.3.6.1.2.1.99.1|5|
"""
PRINTED = """.1.3.6.1.2.1.1.1.0 = STRING: "Switch"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.9
.1.3.6.1.2.1.1.3.0 = Timeticks: (4200) 0:00:42.00
.1.3.6.1.2.1.1.5.0 = Hex-STRING: E4 BD 93
FF
.1.3.6.1.2.1.1.7.0 = INTEGER: odd(-3)
.1.3.6.1.2.1.4.20.1.1.1 = IpAddress: 192.0.2.1
.1.3.6.1.2.1.4.20.1.1.2 = IpAddress: 192.0.2.2
.1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551615
.1.3.6.1.2.1.31.1.1.1.6.2 = No Such Instance currently exists at this OID
.1.3.6.1.2.1.99.1 = NULL
"""
VALUES = {
    "1.3.6.1.2.1.1.1.0": b"Switch",
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9",
    "1.3.6.1.2.1.1.3.0": 4200,
    "1.3.6.1.2.1.1.5.0": b"\xe4\xbd\x93\xff",
    "1.3.6.1.2.1.1.7.0": -3,
    "1.3.6.1.2.1.4.20.1.1.1": "192.0.2.1",
    "1.3.6.1.2.1.4.20.1.1.2": "192.0.2.2",
    "1.3.6.1.2.1.31.1.1.1.6.1": (1 << 64) - 1,
}


@pytest.mark.parametrize("text", [SNMPREC, PRINTED])
def test_both_forms_give_the_same_device(tmp_path: Path, text: str) -> None:
    path = tmp_path / "device"
    path.write_text(text)

    assert VALUES == recording.read(path).values


def test_a_printed_text_may_go_on_over_lines(tmp_path: Path) -> None:
    path = tmp_path / "device"
    path.write_text('.1.3.6.1.2.1.1.1.0 = STRING: "one\ntwo \\"three\\""\n.1.3.6.1.2.1.1.4.0 = ""\n')

    assert {"1.3.6.1.2.1.1.1.0": b'one\ntwo "three"', "1.3.6.1.2.1.1.4.0": b""} == recording.read(path).values


def test_a_column_comes_in_the_order_of_its_numbers_and_without_its_neighbours() -> None:
    walk = recording.Walk({"1.2.10": 10, "1.2.9": 9, "1.20.1": 0, "1.2": 1, "1.3.1": 2})

    assert [("9", 9), ("10", 10)] == list(walk.column("1.2").items())
    assert (True, True, False) == (walk.answers("1.2"), walk.answers("1.20"), walk.answers("1.4"))


def test_a_missing_recording_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        recording.read(tmp_path / "nothing")


def test_a_walk_without_on_and_one_from_powershell_are_read(tmp_path: Path) -> None:
    """`iso.` is 1, a wrong type is said before the right one, and `>` of PowerShell writes UTF-16."""
    path = tmp_path / "device.walk"
    lines = ["iso.3.6.1.2.1.1.2.0 = OID: iso.3.6.1.4.1.9", "iso.3.6.1.2.1.1.7.0 = Wrong Type (should be Gauge32): INTEGER: 9"]
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path.write_text("\r\n".join(lines), encoding=encoding)

        assert {"1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9", "1.3.6.1.2.1.1.7.0": 9} == recording.read(path).values


def test_values_without_their_types_are_refused_and_not_left_out(tmp_path: Path) -> None:
    path = tmp_path / "device.walk"
    path.write_text('.1.3.6.1.2.1.1.5.0 = "wlc"\n')

    with pytest.raises(ConfigError, match=r"device\.walk:1: .* has no type"):
        recording.read(path)
