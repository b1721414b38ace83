"""Addresses as people write them: one spelling, or a reason."""

from __future__ import annotations

import pytest

from collectors.addresses import host_and_port


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.1", ("192.0.2.1", None)),
        ("192.000.002.010", ("192.0.2.10", None)),
        ("１９２．０．２．１：１１６１", ("192.0.2.1", 1161)),
        ("192.0.2.1/24", ("192.0.2.1", None)),
        ("::ffff:192.0.2.1", ("192.0.2.1", None)),
        ("192.0.2.0/31", ("192.0.2.0", None)),
        ("2001:0DB8:0::0001", ("2001:db8::1", None)),
        ("[2001:db8::1]:161", ("2001:db8::1", 161)),
        ("fe80::1%eth0", ("fe80::1%eth0", None)),
        ("ap-1.example.", ("ap-1.example.", None)),
        ("ap_1:1161", ("ap_1", 1161)),
    ],
)
def test_an_address_has_one_spelling(text: str, found: tuple[str, int | None]) -> None:
    assert found == host_and_port(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "192.0.2.300", "192.0.2", "0x7f.1", "0x7f000001", "2130706433", "http://192.0.2.2/", "192.0.2.3, 192.0.2.4"),
        *("192.0.2.5-192.0.2.9", "192.0.2.1/abc", "ap 1", "ap/1", "192.0.2.1:0", "192.0.2.1:99999", "[192.0.2.1", "北校"),
        *("192.0.2.0/24", "192.0.2.255/24", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "DHCP", "TBD"),
    ],
)
def test_what_is_none_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no (address|port)"):
        host_and_port(text)
