"""Profiles are checked when they are loaded, and a mistake is said with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.errors import ConfigError
from collectors.profile import library

HERE = Path(__file__).resolve().parent.parent


OURS = sorted((HERE.parent / "snmp").glob("*.snmprec"))


@pytest.mark.parametrize("name", library.names())
def test_every_profile_loads_and_has_a_recording_of_our_own(name: str) -> None:
    assert library.load(name).vendor
    assert name in {path.stem for path in OURS}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("vendor: X", "device: missing"),
        ("vendor: X\ndevice: d\nsource: s\nunverified: true\nventor: y", "ventor: unknown key"),
        ("vendor: [", "bad.yaml: line 1"),
        ("vendor: X\ndevice: d\nsource: s", "either which recordings"),
        ("vendor: X\nvendor: Y", "the key vendor is there twice"),
        ("vendor: X\ndevice: d\nsource: s\nunverified: true\nmatch: [{}]", "match[0]: one of sys_object_id, sys_descr, answers"),
        (
            "vendor: X\ndevice: d\nsource: s\nunverified: true\ntables: [{measurement: wifi_app}]",
            "tables[0]: there is no measurement wifi_app",
        ),
        (
            "vendor: X\ndevice: d\nsource: s\nunverified: true\ntables: [{measurement: ups, fields: {lode: {value: 1}}}]",
            "ups has no field lode",
        ),
        ("vendor: X\ndevice: d\nsource: s\nunverified: true\ntables: [{oid: 1.x}]", "tables[0].oid"),
        (
            "vendor: X\ndevice: d\nsource: s\nunverified: true\ntables: [{measurement: ups, fields: {load_share: {sum: t}}}]",
            "the table t, which is not there",
        ),
        ("vendor: X\ndevice: d\nsource: s\nunverified: true\ninclude: [nothing]", "there is no profile nothing"),
    ],
)
def test_a_wrong_profile_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError) as caught:
        library.load(str(path))

    assert place in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_table_in_the_docs_is_that_of_the_profiles() -> None:
    docs = (HERE.parent.parent / "docs" / "vendors.md").read_text(encoding="utf-8")

    assert library.vendors_table() in docs, "paste what `wifiplan profile list` prints into docs/vendors.md"


def test_an_unknown_profile_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"no profile nope; there are .*unifi"):
        library.load("nope")
