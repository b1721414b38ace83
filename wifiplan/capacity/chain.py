"""The links behind the radios: addresses, sessions, the line out, power. What each carries, in people.

Pure arithmetic on `model.Network` and on what a person asks for; `limits` puts the radio links beside these and sorts them.
A link whose limit nobody has told is not judged: it is listed as unknown, never as ample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wifiplan.answer import Link, UplinkService

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wifiplan.capacity.wanted import PerPerson
    from wifiplan.model import Network

PRIORITY = ("text", "voice", "web", "upload", "video")
"""Kinds of use in the order in which a full line carries them: least data for most use. Strict, so that text and voice survive
(`shaped`). Assumed: what a shelter needs first."""

LINE_SHARE = 0.9
"""Share of a line's rate that may be planned: above, its queue delays everything behind it. Assumed."""

BATTERY_SHARE = 0.9
"""Share of a battery's energy that reaches the devices through its inverter or converter. Assumed."""

AMPLE = 1e6
"""People beyond which a limit is none: no building holds a million. Assumed."""


# ----------------------------------------------------------------------------------------------------------- addresses


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """What a link is judged by. `carried_by` gives the people that the radios carry with only so many access points on."""

    network: Network
    each: PerPerson
    access_points: int
    carried_by: Callable[[int], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """A link behind the radios.

    `kind` names it in answers and among the unknown ones, and finds its words in both languages (`link.` and `moves.` in
    wording.toml); links of one kind answer the same question by `method`, and one that is known is enough. `known` says whether
    anybody has told what it holds; only then is `breaks_at` asked for the people at which it breaks, None where it holds back
    nobody.
    """

    kind: str
    what_moves_it: str
    known: Callable[[Network], bool]
    breaks_at: Callable[[Facility], float | None]
    method: str = ""


def _addresses(of: Facility) -> float:
    return _people(
        of.network.dhcp_addresses or 0, leased(of.each.connected, lease_s=of.network.dhcp_lease_s, stay_h=of.each.stay_h)
    )


def _line(of: Facility) -> float:
    first = of.network.uplinks[0]
    return line_people(of.each, down_mbps=first.down_mbps, up_mbps=first.up_mbps)


def _kept(of: Facility, kept: int | None) -> float | None:
    return of.carried_by(kept) if kept is not None and kept < of.access_points else None


_SESSIONS_MOVE = "a router that holds more sessions, or more public addresses"

CHAIN_LINKS = (
    ChainLink(
        kind="dhcp",
        what_moves_it="a larger address pool, or a shorter lease",
        known=lambda network: network.dhcp_addresses is not None,
        breaks_at=_addresses,
    ),
    ChainLink(
        kind="nat",
        what_moves_it=_SESSIONS_MOVE,
        known=lambda network: network.nat_sessions is not None,
        breaks_at=lambda of: _people(of.network.nat_sessions or 0, of.each.sessions),
    ),
    ChainLink(
        # A port can serve several destinations at once, but devices in one shelter ask the same few: not counted on.
        kind="nat",
        method="MAP-E",
        what_moves_it=_SESSIONS_MOVE,
        known=lambda network: network.map_e_ports is not None,
        breaks_at=lambda of: _people(of.network.map_e_ports or 0, of.each.sessions),
    ),
    ChainLink(
        kind="uplink",
        what_moves_it="a faster line, or a second one",
        known=lambda network: bool(network.uplinks),
        breaks_at=_line,
    ),
    ChainLink(
        kind="poe",
        what_moves_it="a switch with more PoE power, or a second one",
        known=lambda network: network.poe_w is not None,
        breaks_at=lambda of: _kept(of, powered(of.network)),
    ),
    ChainLink(
        kind="battery",
        what_moves_it="a larger battery, or fewer access points at night",
        known=lambda network: network.battery_wh is not None,
        breaks_at=lambda of: _kept(of, lasting(of.network)),
    ),
)
"""Every link behind the radios, one row each. A new one is a row here, its limit in `model.Network`, and its words."""


def chain_links(network: Network, each: PerPerson, *, access_points: int, carried_by: Callable[[int], float]) -> tuple[Link, ...]:
    """The people at which each known link breaks.

    Parameters
    ----------
    carried_by
        People that the radios carry when only so many access points have power; asked only where power lacks.
    """
    of = Facility(network=network, each=each, access_points=access_points, carried_by=carried_by)
    found = ((row, row.breaks_at(of)) for row in CHAIN_LINKS if row.known(network))
    return tuple(
        Link(kind=row.kind, method=row.method, people=_floor(people), what_moves_it=row.what_moves_it)
        for row, people in found
        if people is not None
    )


def unknown(network: Network) -> tuple[str, ...]:
    """Links that cannot be judged, because nobody has said what they hold."""
    known = {row.kind for row in CHAIN_LINKS if row.known(network)}
    return tuple(dict.fromkeys(row.kind for row in CHAIN_LINKS if row.kind not in known))


def _people(limit: float, each: float) -> float:
    return max(0.0, limit) / each if each > 0 else math.inf


def _floor(people: float) -> float:
    # 253 addresses / 0.55 are 459.99999999999994 in binary.
    return float(math.floor(min(people, AMPLE) + 1e-6))
