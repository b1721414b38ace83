"""The gear of a simulated facility: what each agent says of the people who are there, in the objects of its make's MIBs.

One wireless controller (Cisco AireOS' OIDs) carries every other access point, the rest are UniFi access points that stand
alone; a switch and a UPS complete the facility. They are polled through the same profiles as real gear. The way back is closed:
the poller knows nothing of this package, and this package nothing of the poller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from collectors.simulate.people import made_mac

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collectors.simulate.people import AccessPoint, Network, Radio


def _public_and_staff(clients: int) -> tuple[int, int]:
    """One in ten is staff."""
    return clients - clients // 10, clients // 10


Oid = tuple[int, ...]
Kind = Literal["integer", "text", "oid", "gauge", "counter", "counter64", "ticks"]
Row = tuple[Oid, Kind, Any]


def _oid(text: str) -> Oid:
    return tuple(int(part) for part in text.split("."))


_SYSTEM = _oid("1.3.6.1.2.1.1")
_INTERFACES = _oid("1.3.6.1.2.1.2.2.1")
_INTERFACES_X = _oid("1.3.6.1.2.1.31.1.1.1")
_AIRESPACE = _oid("1.3.6.1.4.1.14179")
_CISCO_AP = _oid("1.3.6.1.4.1.9.9.513.1")
_UNIFI = _oid("1.3.6.1.4.1.41112.1.6")
_UPS = _oid("1.3.6.1.2.1.33.1")
_POE = _oid("1.3.6.1.2.1.105.1")

_BYTES_PER_CLIENT_S = 12_500
"""100 kbit/s: what the simulated interfaces count for every client. An assumption."""


def _system(network: Network, description: str, object_id: str, name: str) -> list[Row]:
    return [
        ((*_SYSTEM, 1, 0), "text", description),
        ((*_SYSTEM, 2, 0), "oid", _oid(object_id)),
        ((*_SYSTEM, 3, 0), "ticks", int(network.now_s() * 100) % 2**32),
        ((*_SYSTEM, 5, 0), "text", name),
    ]


def _busy_percent(clients: int, radio: Radio) -> int:
    return min(95, 5 + round(60 * clients / radio.client_limit))


def _interface(index: int, name: str, mac: bytes, *, mbps: int, in_bytes: float, out_bytes: float) -> list[Row]:
    """One row of IF-MIB's ifTable and ifXTable."""
    return [
        ((*_INTERFACES, 1, index), "integer", index),
        ((*_INTERFACES, 2, index), "text", name),
        ((*_INTERFACES, 3, index), "integer", 6),
        ((*_INTERFACES, 5, index), "gauge", min(mbps * 1_000_000, 2**32 - 1)),
        ((*_INTERFACES, 6, index), "text", mac),
        ((*_INTERFACES, 7, index), "integer", 1),
        ((*_INTERFACES, 8, index), "integer", 1),
        ((*_INTERFACES, 10, index), "counter", int(in_bytes) % 2**32),
        ((*_INTERFACES, 16, index), "counter", int(out_bytes) % 2**32),
        ((*_INTERFACES_X, 1, index), "text", name),
        ((*_INTERFACES_X, 6, index), "counter64", int(in_bytes)),
        ((*_INTERFACES_X, 10, index), "counter64", int(out_bytes)),
        ((*_INTERFACES_X, 15, index), "gauge", mbps),
        ((*_INTERFACES_X, 18, index), "text", ""),
    ]


@dataclass(slots=True)
class _Traffic:
    """Bytes that grow with the clients, so that a rate can be told from two polls."""

    bytes_total: float = 0.0
    at_s: float = 0.0

    def grown(self, now_s: float, clients: int) -> float:
        self.bytes_total += max(0.0, now_s - self.at_s) * clients * _BYTES_PER_CLIENT_S
        self.at_s = now_s
        return self.bytes_total


class Controller:
    """A Cisco AireOS controller: AIRESPACE-WIRELESS-MIB and CISCO-LWAPP-AP-MIB."""

    name = "controller"

    def __init__(self, network: Network, access_points: Sequence[AccessPoint], ssids: Sequence[str]) -> None:
        self._network, self._access_points, self._ssids = network, access_points, ssids

    def rows(self) -> list[Row]:
        """Every object that this agent has now, in any order."""
        network = self._network
        clients = network.clients()
        rows = _system(network, "Cisco Controller", "1.3.6.1.4.1.9.1.1069", self.name)
        ap_table, radio_table = (*_AIRESPACE, 2, 2, 1, 1), (*_AIRESPACE, 2, 2, 2, 1)
        total = 0
        for ap in self._access_points:
            is_up = ap.name not in network.down
            index, own = tuple(ap.mac), clients[ap.name]
            total += sum(own)
            rows += [
                ((*ap_table, 1, *index), "text", ap.mac),
                ((*ap_table, 3, *index), "text", ap.name),
                ((*ap_table, 6, *index), "integer", 1 if is_up else 2),
                ((*_CISCO_AP, 1, 1, 1, 5, *index), "text", ap.name),
                ((*_CISCO_AP, 1, 1, 1, 6, *index), "ticks", int(network.now_s() * 100) if is_up else 0),
                ((*_CISCO_AP, 1, 1, 1, 54, *index), "gauge", sum(own)),
            ]
            for slot, (radio, count) in enumerate(zip(ap.radios, own, strict=True)):
                rows += [
                    ((*radio_table, 1, *index, slot), "integer", slot),
                    ((*radio_table, 2, *index, slot), "integer", 1 if radio.band == "2.4" else 2),
                    ((*radio_table, 4, *index, slot), "integer", radio.channel),
                    ((*radio_table, 12, *index, slot), "integer", 2 if is_up else 1),
                    ((*radio_table, 15, *index, slot), "counter", count),
                    ((*_AIRESPACE, 2, 2, 13, 1, 3, *index, slot), "integer", _busy_percent(count, radio)),
                    ((*_AIRESPACE, 2, 2, 13, 1, 4, *index, slot), "integer", count),
                ]
        for number, (ssid, part) in enumerate(zip(self._ssids, _public_and_staff(total), strict=True), 1):
            rows += [
                ((*_AIRESPACE, 2, 1, 1, 1, 2, number), "text", ssid),
                ((*_AIRESPACE, 2, 1, 1, 1, 38, number), "counter", part),
            ]
        rows.append(((*_CISCO_AP, 3, 35, 0), "gauge", len(self._access_points)))
        return rows


class LoneAccessPoint:
    """A UniFi access point: UBNT-UniFi-MIB, with net-snmp's own sysObjectID as the real ones have."""

    def __init__(self, network: Network, access_point: AccessPoint, ssids: Sequence[str]) -> None:
        self.name = access_point.name
        self._network, self._access_point, self._ssids, self._traffic = network, access_point, ssids, _Traffic()

    def rows(self) -> list[Row]:
        """Every object that this agent has now, in any order."""
        network, ap = self._network, self._access_point
        own = network.clients()[ap.name]
        rows = _system(network, "UAP-nanoHD 6.6.55.15189", "1.3.6.1.4.1.8072.3.2.10", ap.name)
        moved = self._traffic.grown(network.now_s(), sum(own))
        rows += _interface(1, "eth0", ap.mac, mbps=1000, in_bytes=moved, out_bytes=moved / 8)
        cell = 0
        for number, (radio, count) in enumerate(zip(ap.radios, own, strict=True), 1):
            code = {"2.4": "ng", "5": "na", "6": "6e"}[radio.band]
            busy = _busy_percent(count, radio)
            rows += [
                ((*_UNIFI, 1, 1, 1, 2, number), "text", f"wifi{number - 1}"),
                ((*_UNIFI, 1, 1, 1, 3, number), "text", code),
                ((*_UNIFI, 1, 1, 1, 6, number), "integer", busy),
                ((*_UNIFI, 1, 1, 1, 7, number), "integer", busy // 4),
                ((*_UNIFI, 1, 1, 1, 8, number), "integer", busy // 2),
                ((*_UNIFI, 1, 1, 1, 9, number), "integer", busy - busy // 4 - busy // 2),
            ]
            for ssid, part in zip(self._ssids, _public_and_staff(count), strict=True):
                cell += 1
                rows += [
                    ((*_UNIFI, 1, 2, 1, 2, cell), "text", bytes([*ap.mac[:5], (ap.mac[5] + cell) % 256])),
                    ((*_UNIFI, 1, 2, 1, 4, cell), "integer", radio.channel),
                    ((*_UNIFI, 1, 2, 1, 6, cell), "text", ssid),
                    ((*_UNIFI, 1, 2, 1, 7, cell), "text", f"ath{cell - 1}"),
                    ((*_UNIFI, 1, 2, 1, 8, cell), "integer", part),
                    ((*_UNIFI, 1, 2, 1, 9, cell), "text", code),
                    ((*_UNIFI, 1, 2, 1, 21, cell), "integer", round(radio.tx_power_dbm)),
                    ((*_UNIFI, 1, 2, 1, 22, cell), "integer", 1),
                ]
        rows += [((*_UNIFI, 3, 3, 0), "text", "UAP-nanoHD"), ((*_UNIFI, 3, 5, 0), "integer", int(network.now_s()))]
        return rows


class Switch:
    """The switch that feeds them: IF-MIB with the uplink first, POWER-ETHERNET-MIB."""

    name = "switch"

    def __init__(self, network: Network, access_points: Sequence[AccessPoint]) -> None:
        self._network, self._access_points = network, access_points
        self._uplink, self._ports = _Traffic(), [_Traffic() for _ in access_points]

    def rows(self) -> list[Row]:
        """Every object that this agent has now, in any order."""
        network = self._network
        clients, now_s = network.clients(), network.now_s()
        mac = made_mac("switch")
        rows = _system(network, "Managed PoE switch (simulated)", "1.3.6.1.4.1.8072.3.2.10", self.name)
        down_bytes = self._uplink.grown(now_s, sum(sum(own) for own in clients.values()))
        rows += _interface(1, "uplink", mac, mbps=1000, in_bytes=down_bytes, out_bytes=down_bytes / 8)
        for index, (ap, traffic) in enumerate(zip(self._access_points, self._ports, strict=True), 2):
            moved = traffic.grown(now_s, sum(clients[ap.name]))
            rows += _interface(index, f"port{index - 1}", mac, mbps=1000, in_bytes=moved / 8, out_bytes=moved)
            rows.append(((*_POE, 1, 1, 6, 1, index - 1), "integer", 2 if ap.name in network.down else 3))
        fed = len(self._access_points) - len(network.down)
        rows += [
            ((*_POE, 3, 1, 1, 2, 1), "gauge", 370),
            ((*_POE, 3, 1, 1, 3, 1), "integer", 1),
            ((*_POE, 3, 1, 1, 4, 1), "gauge", 13 * fed),
        ]
        return rows


class Ups:
    """The power supply behind them: UPS-MIB (RFC 1628)."""

    name = "ups"

    def __init__(self, network: Network) -> None:
        self._network = network

    def rows(self) -> list[Row]:
        """Every object that this agent has now, in any order."""
        on_battery = self._network.on_battery
        return [
            *_system(self._network, "UPS 1500 VA (simulated)", "1.3.6.1.4.1.935.10.1", self.name),
            ((*_UPS, 1, 1, 0), "text", "simulated"),
            ((*_UPS, 2, 1, 0), "integer", 2),
            ((*_UPS, 2, 2, 0), "integer", 60 if on_battery else 0),
            ((*_UPS, 2, 3, 0), "integer", 90 if on_battery else 95),
            ((*_UPS, 2, 4, 0), "integer", 97 if on_battery else 100),
            ((*_UPS, 4, 1, 0), "integer", 5 if on_battery else 3),
            ((*_UPS, 4, 4, 1, 5, 1), "integer", 18),
        ]


Agent = Controller | LoneAccessPoint | Switch | Ups


AGENT_NAMES = (Controller.name, Switch.name, Ups.name)
"""What no access point may be called: those agents are called so."""


def agents(network: Network) -> list[Agent]:
    """Give the facility's agents: every other access point behind the controller, the others alone.

    AireOS is older than 6 GHz: an access point with such a radio stands alone.
    """
    ssids = network.attendance.ssids
    fit = [ap for ap in network.access_points if all(radio.band != "6" for radio in ap.radios)]
    controlled = fit[::2]
    alone = [LoneAccessPoint(network, ap, ssids) for ap in network.access_points if ap not in controlled]
    return [Controller(network, controlled, ssids), *alone, Switch(network, network.access_points), Ups(network)]
