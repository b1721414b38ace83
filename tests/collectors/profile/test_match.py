"""The profile that fits best is chosen, by what a device says and what it answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from collectors.profile import library, match, recording

if TYPE_CHECKING:
    from collectors.snmp.message import Value


HERE = Path(__file__).resolve().parent.parent


SHARED = HERE.parent.parent.parent / "shared" / "data" / "snmp"


RECORDED = sorted(path.name.removesuffix(".snmprec") for path in SHARED.glob("*.snmprec"))


@pytest.mark.parametrize(
    ("wanted", "values"),
    [
        ("aruba-controller", {"2.0": "1.3.6.1.4.1.6486.800.1.1.2.2.2.1", "1.3.6.1.4.1.14823.2.2.1.5.2.1.4.1.3.0.1": b"gym"}),
        ("aruba-instant", {"2.0": "1.3.6.1.4.1.674.10895.5023", "1.3.6.1.4.1.14823.2.3.3.1.2.1.1.2.0.1": b"gym"}),
        ("h3c-ac", {"2.0": "1.3.6.1.4.1.11.2.3.7.8.5", "1.3.6.1.4.1.25506.2.75.1.1.2.2.0": 5}),
        ("cisco-wlc", {"2.0": "1.3.6.1.4.1.9.1.1279", "1.3.6.1.4.1.14179.2.2.1.1.3.0.1": b"gym"}),
        ("cisco-ios-ap", {"2.0": "1.3.6.1.4.1.9.1.1034", "1.3.6.1.4.1.9.9.273.1.1.2.1.1.1": 4}),
        ("if-mib", {"2.0": "1.3.6.1.4.1.9.1.1208"}),
        ("poe", {"2.0": "1.3.6.1.4.1.41112.1.10", "1.3.6.1.2.1.105.1.3.1.1.2.1": 95}),
        ("ruckus-smartzone", {"2.0": "1.3.6.1.4.1.25053.3.1.13", "1.3.6.1.4.1.25053.1.4.1.1.1.15.1.0": 3}),
        ("ruckus-unleashed", {"2.0": "1.3.6.1.4.1.25053.3.1.15", "1.3.6.1.4.1.25053.1.15.1.1.1.15.1.0": 3}),
        ("unifi", {"2.0": "1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.41112.1.6.1.2.1.8.1": 3}),
        ("tplink-eap", {"2.0": "1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.11863.10.1.1.1.0": 3}),
        ("if-mib", {"2.0": "1.3.6.1.4.1.8072.3.2.10"}),
        ("ups", {"2.0": "1.3.6.1.4.1.534.1", "1.3.6.1.4.1.534.1.2.1.0": 900, "1.3.6.1.2.1.33.1.2.3.0": 15}),
        ("eaton-ups", {"2.0": "1.3.6.1.4.1.534.1", "1.3.6.1.4.1.534.1.2.1.0": 900}),
        ("cyberpower-ups", {"2.0": "1.3.6.1.4.1.3808.1.1.1", "1.3.6.1.4.1.3808.1.1.1.2.2.1.0": 90}),
        ("apc-ups", {"2.0": "1.3.6.1.4.1.318.1.3.27", "1.3.6.1.2.1.33.1.2.3.0": 15}),
        ("jema-ups", {"2.0": "1.3.6.1.4.1.119.2.1", "1.3.6.1.4.1.4550.1.1.2.3.0": 15}),
        ("yamaha-wlx", {"2.0": "1.3.6.1.4.1.1182.3.1", "1.0": b"WLX313 Rev.18.00.13"}),
        ("if-mib", {"2.0": "1.3.6.1.4.1.1182.2.58", "1.0": b"RTX1300 Rev.23.00.05"}),
        ("mikrotik-capsman", {"2.0": "1.3.6.1.4.1.14988.1", "1.0": b"RouterOS CHR", "1.3.6.1.4.1.14988.1.1.1.7.1.2.5": 2}),
        ("if-mib", {"2.0": "1.3.6.1.4.1.14988.1", "1.0": b"RouterOS CRS328"}),
    ],
)
def test_models_and_makes_under_other_names_select_by_what_they_answer(wanted: str, values: dict[str, Value]) -> None:
    """A sysObjectID alone is weak: others sell the same gear under theirs, and many use net-snmp's own."""
    system: dict[str, Value] = {"1.3.6.1.2.1.1.1.0": b"", "1.3.6.1.2.1.2.2.1.8.1": 1}
    walk = recording.Walk(system | {oid if oid.startswith("1.3") else f"1.3.6.1.2.1.1.{oid}": v for oid, v in values.items()})

    assert wanted == match.chosen(walk)


@pytest.mark.usefixtures("shared")
def test_a_profile_reads_the_recordings_it_claims() -> None:
    """Each recorded device selects exactly one profile, and those a profile names select it."""
    claimed = {recorded: name for name in library.names() for recorded in library.load(name).recorded}
    chosen = {name: match.chosen(recording.read(SHARED / f"{name}.snmprec")) for name in RECORDED}

    assert claimed == {name: chosen[name] for name in claimed}
    assert set(chosen) - set(claimed) <= {"facility-buffalo_ts5410r", "facility-linksys-ss_lgs318p", "hpmsm", "allied-tq"}
