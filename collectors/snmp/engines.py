"""The engines that there are, each loaded only where it is chosen: pysnmp takes a second to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.config import EngineName
    from collectors.snmp.message import Engine


def make_engine(name: EngineName = "own") -> Engine:
    """Make an SNMP engine: our own, or pysnmp's."""
    if name == "pysnmp":
        from collectors.snmp._pysnmp import PysnmpEngine

        return PysnmpEngine()
    from collectors.snmp._udp import UdpEngine

    return UdpEngine()
