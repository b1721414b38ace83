"""The links behind the radios: addresses, sessions, the line out, power. What each carries, in people.

Pure arithmetic on `model.Network` and on what a person asks for; `capacity` puts the radio links beside these and sorts them.
A link whose limit nobody has told is not judged: it is listed as unknown, never as ample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wifiplan.answer import Link, UplinkService
from wifiplan.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wifiplan.model import Network

PRIORITY = ("text", "voice", "web", "upload", "video")
"""What a full line carries first: least data for most use. Strict, so that text and voice survive (`shaped`)."""

LINE_SHARE = 0.9
"""Of a line's rate that may be planned: above, its queue delays everything behind it. Assumption."""

BATTERY_SHARE = 0.9
"""Of a battery's energy that reaches the devices through its inverter or converter. Assumption."""

PORTS = 64_512
"""Ports 1024 to 65,535 of one public address (RFC 6888, requirement 4 and its discussion of port ranges)."""

AMPLE = 1e6
"""People beyond which a limit is none: no building holds a million."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerPerson:
    """What one person asks of the network at the peak: connected devices, sessions, and (down, up) Mbit/s by kind of use."""

    connected: float
    sessions: float
    stay_h: float
    mbps: Mapping[str, tuple[float, float]]

    @property
    def down_mbps(self) -> float:
        """Of all kinds."""
        return sum(down for down, _ in self.mbps.values())

    @property
    def up_mbps(self) -> float:
        """Of all kinds."""
        return sum(up for _, up in self.mbps.values())


# ----------------------------------------------------------------------------------------------------------- addresses


def leases(prefix_length: int, *, reserved: int = 0) -> int:
    """Addresses that an IPv4 network can lease: all but its own, its broadcast's, and those kept for routers and servers.

    Examples
    --------
    >>> leases(22), leases(24, reserved=1)
    (1022, 253)
    """
    if not 1 <= prefix_length <= 30:
        raise DesignError(f"a network of /{prefix_length} has no room for clients; give /1 to /30")
    return max(0, (1 << (32 - prefix_length)) - 2 - reserved)


def leased(devices: float, *, lease_s: float, stay_h: float) -> float:
    """Addresses in use while `devices` are connected and each stays `stay_h` on average.

    Devices that leave say nothing, and keep their address until the lease ends: by Little's law, those gone within one lease time
    are devices x lease / stay.

    Examples
    --------
    >>> leased(200, lease_s=3600, stay_h=4)
    250.0
    """
    return devices * (1.0 + lease_s / 3600.0 / stay_h)


# ------------------------------------------------------------------------------------------------------------ sessions


def users_per_address(ports_each: int, *, ports: int = PORTS) -> int:
    """Users that share one public address when each has so many ports of his own.

    Examples
    --------
    >>> [users_per_address(n) for n in (4000, 2000, 1000, 512, 256)]
    [16, 32, 64, 126, 252]

    References
    ----------
    .. [1] RFC 6888, "Common Requirements for Carrier-Grade NATs"; table of the VyOS documentation on CGNAT.
    """
    if ports_each < 1:
        raise DesignError(f"{ports_each} ports a user: give at least 1")
    return ports // ports_each


def addresses_for(users: int, ports_each: int, *, ports: int = PORTS) -> int:
    """Public addresses that so many users need.

    Examples
    --------
    >>> [addresses_for(100_000, n) for n in (4000, 2000, 1000, 512, 256)]
    [6250, 3125, 1563, 794, 397]
    """
    return math.ceil(users / users_per_address(ports_each, ports=ports))


# ---------------------------------------------------------------------------------------------------------------- line


def shaped(offered_mbps: Mapping[str, tuple[float, float]], *, down_mbps: float, up_mbps: float) -> dict[str, float]:
    """Share of each kind of use that a line carries when kinds are served in the order of `PRIORITY`.

    Parameters
    ----------
    offered_mbps
        Kind of use to (down, up) Mbit/s of everybody together.
    down_mbps, up_mbps
        What may be used of the line.

    Examples
    --------
    >>> shaped({"video": (90.0, 3.0), "text": (2.0, 2.0)}, down_mbps=20.0, up_mbps=5.0)
    {'text': 1.0, 'video': 0.2}
    """
    left_down, left_up = max(down_mbps, 0.0), max(up_mbps, 0.0)
    shares: dict[str, float] = {}
    for kind in sorted(offered_mbps, key=PRIORITY.index):
        down, up = offered_mbps[kind]
        share = min(1.0, left_down / down if down > 0 else 1.0, left_up / up if up > 0 else 1.0)
        left_down, left_up = max(0.0, left_down - share * down), max(0.0, left_up - share * up)
        shares[kind] = round(share, 4)
    return shares


def line_people(each: PerPerson, *, down_mbps: float, up_mbps: float, kinds: tuple[str, ...] = PRIORITY) -> float:
    """People whose use of these kinds fits `LINE_SHARE` of a line, in both directions."""
    down = sum(each.mbps[kind][0] for kind in kinds if kind in each.mbps)
    up = sum(each.mbps[kind][1] for kind in kinds if kind in each.mbps)
    return min(_people(LINE_SHARE * down_mbps, down), _people(LINE_SHARE * up_mbps, up))


def failover(network: Network, each: PerPerson, people: float) -> tuple[UplinkService, ...]:
    """What stays when one uplink after the other fails: one row a line, in order of preference.

    Each with the people it carries whole, the people whose text and voice it carries, and of `people` the share of every kind.
    """
    offered = {kind: (down * people, up * people) for kind, (down, up) in each.mbps.items()}
    rows = []
    for line in network.uplinks:
        down, up = line.down_mbps, line.up_mbps
        rows.append(
            UplinkService(
                uplink=line.name,
                kind=line.kind,
                people=_floor(line_people(each, down_mbps=down, up_mbps=up)),
                people_text_voice=_floor(line_people(each, down_mbps=down, up_mbps=up, kinds=("text", "voice"))),
                carried=shaped(offered, down_mbps=LINE_SHARE * down, up_mbps=LINE_SHARE * up),
            )
        )
    return tuple(rows)


# --------------------------------------------------------------------------------------------------------------- power


def powered(network: Network) -> int | None:
    """Access points that the switch can feed; None where its power is not known."""
    if network.poe_w is None:
        return None
    return max(0, math.floor(network.poe_w / network.access_point_w + 1e-9))


def lasting(network: Network) -> int | None:
    """Access points that the battery keeps for `battery_hours` beside switch and router; None where it is not known."""
    if network.battery_wh is None:
        return None
    mean_w = BATTERY_SHARE * network.battery_wh / network.battery_hours - network.other_w
    return max(0, math.floor(mean_w / network.access_point_w + 1e-9))


def battery_hours(network: Network, access_points: int) -> float | None:
    """How long the battery lasts with so many access points on.

    Examples
    --------
    >>> from wifiplan.model import Network
    >>> battery_hours(Network(battery_wh=1000.0, access_point_w=15.0, other_w=30.0), 4)
    10.0
    """
    if network.battery_wh is None:
        return None
    return BATTERY_SHARE * network.battery_wh / (network.other_w + access_points * network.access_point_w)


# --------------------------------------------------------------------------------------------------------- the links


MOVES = {
    "dhcp": "a larger address pool, or a shorter lease",
    "nat": "a router that holds more sessions, or more public addresses",
    "uplink": "a faster line, or a second one",
    "poe": "a switch with more PoE power, or a second one",
    "battery": "a larger battery, or fewer access points at night",
}


def links(network: Network, each: PerPerson, *, access_points: int, carried_by: Callable[[int], float]) -> tuple[Link, ...]:
    """The people at which each known link breaks.

    Parameters
    ----------
    carried_by
        People that the radios carry when only so many access points have power; asked only where power lacks.
    """
    found: dict[tuple[str, str], float] = {}
    if network.dhcp_addresses is not None:
        found["dhcp", ""] = _people(
            network.dhcp_addresses, leased(each.connected, lease_s=network.dhcp_lease_s, stay_h=each.stay_h)
        )
    if network.nat_sessions is not None:
        found["nat", ""] = _people(network.nat_sessions, each.sessions)
    if network.map_e_ports is not None:
        # A port can serve several destinations at once, but devices in one shelter ask the same few: not counted on.
        found["nat", "MAP-E"] = _people(network.map_e_ports, each.sessions)
    if network.uplinks:
        first = network.uplinks[0]
        found["uplink", ""] = line_people(each, down_mbps=first.down_mbps, up_mbps=first.up_mbps)
    for name, kept in (("poe", powered(network)), ("battery", lasting(network))):
        if kept is not None and kept < access_points:
            found[name, ""] = carried_by(kept)
    return tuple(
        Link(kind=kind, method=method, people=_floor(people), what_moves_it=MOVES[kind])
        for (kind, method), people in found.items()
    )


def unknown(network: Network) -> tuple[str, ...]:
    """Links that cannot be judged, because nobody has said what they hold."""
    given = {
        "dhcp": network.dhcp_addresses,
        "nat": network.nat_sessions if network.nat_sessions is not None else network.map_e_ports,
        "uplink": network.uplinks or None,
        "poe": network.poe_w,
        "battery": network.battery_wh,
    }
    return tuple(name for name, value in given.items() if value is None)


def _people(limit: float, each: float) -> float:
    return max(0.0, limit) / each if each > 0 else math.inf


def _floor(people: float) -> float:
    # 253 addresses / 0.55 are 459.99999999999994 in binary.
    return float(math.floor(min(people, AMPLE) + 1e-6))
