"""A simulated network: SNMP agents that behave like the one a design plans, so that the way from device to screen can be tried.

One wireless controller (Cisco AireOS' OIDs) carries every other access point, the rest are UniFi access points that stand
alone; a switch and a UPS complete the facility. Each is an agent of its own, on a UDP port of its own, and is polled
through the same profiles as real gear. The way back is closed: the poller knows nothing of this module, and this module
nothing of the poller.

How people come and go is an assumption, not a measurement: at every radio clients arrive at random and stay for a random
time (a queue with endless servers, M/M/inf), around the radio's planned clients times the share of people who are there
at that hour. A day is compressed to `day_s`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from bisect import bisect_left, bisect_right
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pysnmp.error import PySnmpError
from pysnmp.proto import api

from collectors.config import first_fault
from collectors.errors import CollectError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

Band = Literal["2.4", "5", "6"]

PRESENT_SHARE: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "assembly": ((8, 0.05), (9, 0.9), (10, 1.0), (12, 0.6), (13, 0.9), (15, 1.0), (16, 0.3), (18, 0.0)),
    "spectators": ((8, 0.1), (10, 0.7), (12, 1.0), (13, 0.9), (15, 1.0), (17, 0.4), (19, 0.0)),
    "shelter-day1": ((0, 1.0), (7, 1.0), (10, 0.8), (16, 0.85), (19, 1.0)),
    "shelter-day3": ((0, 0.95), (7, 0.95), (10, 0.55), (16, 0.6), (19, 1.0)),
    "shelter-week2": ((0, 0.9), (7, 0.9), (10, 0.35), (16, 0.45), (19, 1.0)),
    "staff": ((0, 0.2), (7, 0.5), (9, 1.0), (17, 1.0), (20, 0.3)),
}
"""Scenario -> (hour of the day, share of the planned clients who are there), joined by straight lines. All assumptions."""

_BUSIEST_HOUR = {"assembly": 10.0, "spectators": 12.0, "staff": 9.0}
_STEP_S = 1.0
_FORMAT = 1


class _Part(BaseModel):
    # A design has much that is not ours to read, so here unknown keys are let be.
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Radio(_Part):
    band: Band
    channel: int
    width_mhz: int = 20
    tx_power_dbm: float = 17.0
    planned_clients: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    client_limit: Annotated[int, Field(ge=1)] | None = None


class _AccessPoint(_Part):
    name: Annotated[str, Field(min_length=1)]
    key: str | None = None
    radios: tuple[_Radio, ...] = ()


class _Demand(_Part):
    people: Annotated[float, Field(ge=0)] = 0.0
    devices_per_person: Annotated[float, Field(ge=0)] = 0.0
    associated_share: Annotated[float, Field(ge=0, le=1)] = 1.0


class _FloorPlan(_Part):
    name: str = ""


class _Design(_Part):
    format: int = _FORMAT
    floor_plan: _FloorPlan = _FloorPlan()
    scenario: str = ""
    access_points: Annotated[tuple[_AccessPoint, ...], Field(min_length=1)]
    demands: tuple[_Demand, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Radio:
    """One radio of the simulated network. `client_limit` only sets how busy its channel looks."""

    band: Band
    channel: int
    width_mhz: int
    tx_power_dbm: float
    planned_clients: float
    client_limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPoint:
    """One access point; `mac` has six bytes."""

    name: str
    mac: bytes
    radios: tuple[Radio, ...]


def read_design(path: Path) -> tuple[str, str, tuple[AccessPoint, ...]]:
    """Read site, scenario and access points from the documented keys of a design.json.

    Raises
    ------
    ConfigError
        It cannot be read, is newer than this program, or has no access points.
    """
    try:
        raw = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"{path}: {(error.strerror or str(error)).lower()}; give a design that `wifiplan place` wrote"
        ) from None
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON ({error}); give a design that `wifiplan place` wrote") from None
    version = raw.get("format", _FORMAT) if isinstance(raw, dict) else None
    if isinstance(version, int) and version > _FORMAT:
        raise ConfigError(f"{path}: format {version} is newer than this program's {_FORMAT}; update wifiplan")
    try:
        design = _Design.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{path}: {first_fault(error)}; give a design that `wifiplan place` wrote") from None
    names = [Controller.name, Switch.name, Ups.name]
    for number, ap in enumerate(design.access_points):
        if ap.name in names:
            raise ConfigError(f"{path}: access_points[{number}].name: {ap.name} is another agent's name; names must differ")
        names.append(ap.name)
    site = design.floor_plan.name or path.stem
    # Where the plan says nothing of a radio, its part of everybody's devices.
    devices = sum(d.people * d.devices_per_person * d.associated_share for d in design.demands)
    radios = sum(len(ap.radios) for ap in design.access_points)
    share = devices / radios if devices and radios else 10.0
    access_points = tuple(
        AccessPoint(
            name=ap.name,
            mac=_mac(ap.key, f"{site}/{ap.name}"),
            radios=tuple(
                Radio(
                    band=r.band,
                    channel=r.channel,
                    width_mhz=r.width_mhz,
                    tx_power_dbm=r.tx_power_dbm,
                    planned_clients=share if r.planned_clients is None else r.planned_clients,
                    client_limit=r.client_limit or 50,
                )
                for r in ap.radios
            ),
        )
        for ap in design.access_points
    )
    return site, design.scenario, access_points


def _mac(key: str | None, seed: str) -> bytes:
    """The design's own, else a made one, marked as locally administered and the same at every start."""
    if key is not None and re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", key):
        return bytes.fromhex(key.replace(":", ""))
    return b"\x02" + hashlib.sha256(seed.encode()).digest()[:5]


class Network:
    """Who is associated where, now. The same seed gives the same people, however often it is looked at.

    Parameters
    ----------
    access_points : sequence of AccessPoint
        The network.
    scenario : str
        A key of `PRESENT_SHARE`; another name keeps the planned number of people there all day.
    day_s : float
        Seconds that a simulated day takes. It begins at the scenario's busiest hour.
    stay_s : float
        Mean seconds that a client stays at a radio.
    clock : callable
        Seconds, never backwards.
    """

    def __init__(
        self,
        access_points: Sequence[AccessPoint],
        *,
        scenario: str = "shelter-day1",
        seed: int = 0,
        day_s: float = 1200.0,
        stay_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.access_points = tuple(access_points)
        self.started_s = clock()
        self._clock = clock
        self._rng = np.random.default_rng(seed)
        self._day_s, self._stay_s = day_s, stay_s
        self._shape = PRESENT_SHARE.get(scenario, ((0.0, 1.0),))
        self._first_hour = _BUSIEST_HOUR.get(scenario, 20.0)
        self._planned = np.array([r.planned_clients for ap in access_points for r in ap.radios])
        self._ends = np.cumsum([0, *(len(ap.radios) for ap in access_points)])
        self._step = 0
        self._clients: NDArray[np.int64] = self._rng.poisson(self._planned * self._present_share(0.0))
        self._held: dict[str, int] = {}
        self.down: set[str] = set()
        self.silent: set[str] = set()
        self.on_battery = False
        self.version = 0

    def _present_share(self, elapsed_s: float) -> float:
        hour = (self._first_hour + 24.0 * elapsed_s / self._day_s) % 24.0
        hours, shares = zip(*self._shape, strict=True)
        return float(np.interp(hour, hours, shares, period=24.0))

    def now_s(self) -> float:
        """Seconds since the start."""
        return self._clock() - self.started_s

    def clients(self) -> dict[str, tuple[int, ...]]:
        """Clients of each radio, by the name of its access point; all 0 where that is down."""
        leave_share = 1.0 - np.exp(-_STEP_S / self._stay_s)
        for step in range(self._step + 1, int(self.now_s() / _STEP_S) + 1):
            wanted = self._planned * self._present_share(step * _STEP_S)
            left = self._rng.binomial(self._clients, leave_share)
            self._clients = self._clients - left + self._rng.poisson(wanted * leave_share)
            self._step = step
        return {ap.name: self._at(index, ap) for index, ap in enumerate(self.access_points)}

    def _at(self, index: int, ap: AccessPoint) -> tuple[int, ...]:
        if ap.name in self.down:
            return (0,) * len(ap.radios)
        held = self._held.get(ap.name)
        if held is None:
            return tuple(int(n) for n in self._clients[self._ends[index] : self._ends[index + 1]])
        return _split(held, len(ap.radios))

    def control(
        self,
        *,
        clients: dict[str, int] | None = None,
        down: Iterable[str] = (),
        silent: Iterable[str] = (),
        on_battery: bool = False,
    ) -> None:
        """Take things in hand; what is not named goes its own way again.

        Parameters
        ----------
        clients : dict
            Access point -> the number of its clients, spread evenly over its radios.
        down : iterable of str
            Access points that are down: the controller says so; one that stands alone is silent.
        silent : iterable of str
            Agents (`controller`, `switch`, `ups` or an access point that stands alone) that do not answer.
        on_battery : bool
            The mains have failed.
        """
        names = {ap.name for ap in self.access_points}
        unknown = {*(clients or {}), *down} - names
        if not isinstance(on_battery, bool) or not all(isinstance(n, int) and n >= 0 for n in (clients or {}).values()):
            raise ConfigError("control: clients are whole numbers from 0, on_battery is true or false")
        if unknown:
            raise ConfigError(f"{min(unknown)}: no such access point; there are {', '.join(sorted(names))}")
        self._held = dict(clients or {})
        self.down, self.silent, self.on_battery = set(down), set(silent), on_battery
        self.version += 1


def _split(total: int, parts: int) -> tuple[int, ...]:
    """As evenly as whole clients go, the first parts getting what is left over."""
    even, rest = divmod(total, max(parts, 1))
    return tuple(even + (part < rest) for part in range(parts))


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
        mac = _mac(None, "switch")
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


def agents(network: Network, scenario: str) -> list[Agent]:
    """Give the facility's agents: every other access point behind the controller, the others alone.

    AireOS is older than 6 GHz: an access point with such a radio stands alone.
    """
    ssids = ("00000JAPAN", "staff") if scenario.startswith("shelter") else ("city-free-wifi", "staff")
    fit = [ap for ap in network.access_points if all(radio.band != "6" for radio in ap.radios)]
    controlled = fit[::2]
    alone = [LoneAccessPoint(network, ap, ssids) for ap in network.access_points if ap not in controlled]
    return [Controller(network, controlled, ssids), *alone, Switch(network, network.access_points), Ups(network)]


_V1, _V2C = api.PROTOCOL_MODULES[api.SNMP_VERSION_1], api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
_NO_SUCH_NAME, _READ_ONLY, _NOT_WRITABLE = 2, 4, 17
_LARGEST_ANSWER_BYTES = 1400
"""What fits an Ethernet frame: real agents end a GETBULK there."""


class _Endpoint(asyncio.DatagramProtocol):
    """One agent at its socket: answers GET, GETNEXT and GETBULK of v1 and v2c, and is silent about what it cannot read."""

    def __init__(self, agent: Agent, network: Network, community: str) -> None:
        self._agent, self._network, self._community = agent, network, community.encode()
        self._seen: tuple[int, int] | None = None
        self._rows: list[Row] = []
        self._oids: list[Oid] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if self._agent.name in self._network.silent or self._agent.name in self._network.down:
            return
        with suppress(PyAsn1Error, PySnmpError):  # not SNMP: a real agent is silent too
            answer = self._answer(data)
            if answer is not None:
                self._transport.sendto(answer, addr)

    def _refresh(self) -> None:
        """Once a second and after each `control`, so that one walk sees one state."""
        state = int(self._network.now_s()), self._network.version
        if state != self._seen:
            self._rows = sorted(self._agent.rows(), key=lambda row: row[0])
            self._oids = [row[0] for row in self._rows]
            self._seen = state

    def _answer(self, data: bytes) -> bytes | None:
        version = int(api.decodeMessageVersion(data))
        if version not in (api.SNMP_VERSION_1, api.SNMP_VERSION_2C):
            return None
        proto = _V1 if version == api.SNMP_VERSION_1 else _V2C
        request, _ = decoder.decode(data, asn1Spec=proto.Message())
        if bytes(proto.apiMessage.get_community(request)) != self._community:
            return None
        pdu = proto.apiMessage.get_pdu(request)
        response = proto.apiMessage.get_response(request)
        answer = proto.apiMessage.get_pdu(response)
        self._refresh()
        if proto is _V2C and pdu.isSameTypeWith(_V2C.GetBulkRequestPDU()):
            asked = [tuple(oid) for oid, _ in _V2C.apiBulkPDU.get_varbinds(pdu)]
            once, most = (
                max(0, int(get(pdu))) for get in (_V2C.apiBulkPDU.get_non_repeaters, _V2C.apiBulkPDU.get_max_repetitions)
            )
            _V2C.apiPDU.set_varbinds(answer, self._bulk(asked, once, most))
            return bytes(encoder.encode(response))
        asked = [tuple(oid) for oid, _ in proto.apiPDU.get_varbinds(pdu)]
        if pdu.isSameTypeWith(proto.GetRequestPDU()):
            found = [self._get(oid, proto) for oid in asked]
        elif pdu.isSameTypeWith(proto.GetNextRequestPDU()):
            found = [self._next(oid, proto) for oid in asked]
        elif pdu.isSameTypeWith(proto.SetRequestPDU()):
            proto.apiPDU.set_varbinds(answer, proto.apiPDU.get_varbinds(pdu))
            proto.apiPDU.set_error_status(answer, _READ_ONLY if proto is _V1 else _NOT_WRITABLE)
            proto.apiPDU.set_error_index(answer, 1)
            return bytes(encoder.encode(response))
        else:
            return None
        missing = next((i for i, (_, value) in enumerate(found, 1) if value is None), None)
        if missing is not None:  # v1 only: one object that is not there spoils the answer
            proto.apiPDU.set_varbinds(answer, [(oid, proto.null) for oid in asked])
            proto.apiPDU.set_error_status(answer, _NO_SUCH_NAME)
            proto.apiPDU.set_error_index(answer, missing)
        else:
            proto.apiPDU.set_varbinds(answer, found)
        return bytes(encoder.encode(response))

    def _get(self, oid: Oid, proto: Any) -> tuple[Oid, Any]:
        at = bisect_left(self._oids, oid)
        if at < len(self._oids) and self._oids[at] == oid:
            value = _wire(self._rows[at], proto)
            if value is not None:
                return oid, value
        return oid, None if proto is _V1 else _V2C.NoSuchInstance("")

    def _next(self, oid: Oid, proto: Any) -> tuple[Oid, Any]:
        for row in self._rows[bisect_right(self._oids, oid) :]:
            value = _wire(row, proto)
            if value is not None:
                return row[0], value
        return oid, None if proto is _V1 else _V2C.EndOfMibView("")

    def _bulk(self, asked: list[Oid], once: int, most: int) -> list[tuple[Oid, Any]]:
        """RFC 3416, 4.2.3; ends where the answer would not fit a frame."""
        found = [self._next(oid, _V2C) for oid in asked[:once]]
        size = sum(_size(pair) for pair in found)
        columns = asked[once:]
        for _ in range(most if columns else 0):
            row = [self._next(oid, _V2C) for oid in columns]
            for pair in row:
                size += _size(pair)
                if size > _LARGEST_ANSWER_BYTES and found:
                    return found
                found.append(pair)
            if all(value.isSameTypeWith(_V2C.EndOfMibView()) for _, value in row):
                break
            columns = [oid for oid, _ in row]
        return found


def _size(pair: tuple[Oid, Any]) -> int:
    """At most what the pair takes on the wire."""
    oid, value = pair
    return 16 + len(oid) + sum(part > 127 for part in oid) + (len(value) if hasattr(value, "asOctets") else 9)


def _wire(row: Row, proto: Any) -> Any:
    """The value in SNMP's own type; None where the version has none for it."""
    _, kind, value = row
    if kind == "text":
        return proto.OctetString(value if isinstance(value, bytes) else value.encode())
    if proto is _V1:
        if kind == "counter64":
            return None
        types = {"integer": _V1.Integer, "oid": _V1.ObjectIdentifier, "gauge": _V1.Gauge, "counter": _V1.Counter}
        return types.get(kind, _V1.TimeTicks)(value)
    types = {
        "integer": _V2C.Integer32,
        "oid": _V2C.ObjectIdentifier,
        "gauge": _V2C.Gauge32,
        "counter": _V2C.Counter32,
        "counter64": _V2C.Counter64,
    }
    return types.get(kind, _V2C.TimeTicks)(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Agents that answer: name -> UDP port of 127.0.0.1."""

    network: Network
    ports: dict[str, int]
    transports: tuple[asyncio.DatagramTransport, ...]

    async def close(self) -> None:
        """Stop answering and give the ports back."""
        for transport in self.transports:
            transport.close()
        await asyncio.sleep(0)  # asyncio closes the sockets in its next turn


async def serve(network: Network, facility: Sequence[Agent], *, port: int = 0, community: str = "public") -> Served:
    """Answer for each agent on its own port of 127.0.0.1: `port` and those after it, or any free ones for 0.

    Raises
    ------
    CollectError
        A port is taken.
    """
    loop = asyncio.get_running_loop()
    ports: dict[str, int] = {}
    transports: list[asyncio.DatagramTransport] = []
    for number, agent in enumerate(facility):
        wanted = port + number if port else 0
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda agent=agent: _Endpoint(agent, network, community),  # type: ignore[misc]
                local_addr=("127.0.0.1", wanted),
            )
        except (OSError, OverflowError) as error:
            for opened in transports:
                opened.close()
            reason = "is taken" if isinstance(error, OSError) else "is not a port"
            raise CollectError(
                f"--port {port}: UDP port {wanted} of 127.0.0.1 {reason}; "
                f"give the first of {len(facility)} free ports in a row, or 0 for any"
            ) from None
        ports[agent.name] = transport.get_extra_info("sockname")[1]
        transports.append(transport)
    return Served(network=network, ports=ports, transports=tuple(transports))


def targets_toml(ports: dict[str, int], *, site: str, design: str, store_url: str, interval_s: float) -> str:
    """Write a targets.toml that polls these agents."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

    lines = [f"[store]\nurl = {quoted(store_url)}\ninterval_s = {interval_s:g}\n"]
    for name, port in ports.items():
        lone_ap = f"ap = {quoted(name)}\n" if name not in (Controller.name, Switch.name, Ups.name) else ""
        lines.append(
            f"[[target]]\nname = {quoted(name)}\nsite = {quoted(site)}\nhost = '127.0.0.1'\nport = {port}\n"
            f"design = {quoted(design)}\n{lone_ap}"
        )
    return "\n".join(lines)


class ControlFile:
    """A JSON file with `Network.control`'s arguments: whoever runs the simulation takes things in hand with it."""

    def __init__(self, network: Network, path: Path) -> None:
        self._network, self._path = network, path
        self._seen: tuple[int, int] | None = None

    def follow(self) -> None:
        """Do what it says now, if it has changed. What was said before holds while it is half-written or wrong."""
        with suppress(OSError, ValueError, TypeError, ConfigError):
            stat = self._path.stat()
            state = stat.st_mtime_ns, stat.st_size
            if state != self._seen:
                self._network.control(**json.loads(self._path.read_bytes()))
                self._seen = state
