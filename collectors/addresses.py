"""Where a device is, as people write it: an address in one spelling, or a name, and the port that may stand with it."""

from __future__ import annotations

import ipaddress
import re
import unicodedata

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.(?!-)[a-z0-9_-]{1,63})*\.?", re.IGNORECASE | re.ASCII)
_NUMBERS = re.compile(r"[0-9.]+|0x[0-9a-f.]*", re.IGNORECASE | re.ASCII)
_PLACEHOLDERS = frozenset(("dhcp", "none", "null", "nil", "na", "tbd", "unknown", "unassigned"))
_QUAD = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", re.ASCII)


def host_and_port(text: str) -> tuple[str, int | None]:
    """Read an address or a name, alone or with a port: `192.0.2.1`, `192.0.2.1:1161`, `[2001:db8::1]:161`, `ap1.example`.

    Numbers are decimal: a list that is padded with zeros (`192.000.002.010`) does not mean the octal that the C library reads in
    it. A prefix length behind an address (`192.0.2.1/24`) is left out.

    Raises
    ------
    ValueError
        It is neither: a URL, a range, several addresses, or numbers that are no address.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::([0-9]{1,5}))?", text, re.ASCII)
    if bracketed is not None:
        return _host(bracketed[1]), _port(bracketed[2])
    host, colon, port = text.rpartition(":")
    if colon and ":" not in host and "/" not in port:
        return _host(host), _port(port)
    return _host(text), None


def _host(text: str) -> str:
    host, slash, prefix = text.partition("/")
    if _QUAD.fullmatch(host):
        host = ".".join(str(int(part)) for part in host.split("."))
    has_prefix = bool(slash and prefix.isascii() and prefix.isdigit() and len(prefix) <= 3)
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        found = None
    if slash and not (found and has_prefix):
        raise ValueError(f"{text} is no address")
    if found is not None:
        return _one_device(found, int(prefix) if has_prefix else None, text)
    last = host.rstrip(".").rpartition(".")[2]
    if not _NAME.fullmatch(host) or _NUMBERS.fullmatch(last) or host.casefold() in _PLACEHOLDERS:
        raise ValueError(f"{text or 'nothing'} is no address")
    return host


def _one_device(found: ipaddress.IPv4Address | ipaddress.IPv6Address, prefix: int | None, text: str) -> str:
    """Write an address in its one spelling, where it can be that of one device: ::ffff:192.0.2.1 is 192.0.2.1."""
    address = getattr(found, "ipv4_mapped", None) or found
    is_of_many = address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255"
    if address.version == 4 and prefix is not None and prefix < 31:
        network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
        is_of_many = is_of_many or address in (network.network_address, network.broadcast_address)
    if is_of_many:
        raise ValueError(f"{text} is no address of one device")
    return str(address)


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise ValueError(f"{text or 'nothing'} is no port")
    return int(text)


def split_listen(listen: str) -> tuple[str, int]:
    """Read where a server is to listen: an IP address and a port.

    Raises
    ------
    ValueError
        It is of another form.
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise ValueError(f"{listen}: write ADDRESS:PORT, an IPv6 address in brackets")
    address = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise ValueError(f"{listen}: {address or 'nothing'} is no IP address; write ADDRESS:PORT") from None
    return address, int(port)


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own."""
    return ipaddress.ip_address(address).is_loopback
