"""Whether this machine itself has a network: what a silent device cannot tell."""

from __future__ import annotations

import ipaddress
from pathlib import Path

INTERFACES = Path("/sys/class/net")
"""Where Linux shows its interfaces and whether they have a carrier."""


def is_cut_off(address: str) -> bool:
    """Whether nothing beyond this machine can be reached, so that the silence of `address` says nothing about it.

    True where every interface but the loopback one has lost its carrier, or there is none; False where that is not known.
    """
    try:
        if ipaddress.ip_address(address.partition("%")[0]).is_loopback:
            return False
        states = [_state(folder) for folder in INTERFACES.iterdir() if folder.name != "lo"]
    except (OSError, ValueError):
        return False
    return all(state in ("down", "lowerlayerdown", "notpresent") for state in states)


def _state(interface: Path) -> str:
    return (interface / "operstate").read_text(encoding="ascii").strip()
