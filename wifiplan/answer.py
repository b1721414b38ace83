"""What a design was found to do: the types of the answers that a design carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of the chain and the people at which it breaks."""

    link: str
    people: float
    what_moves_it: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of a day: who is there, and what all of them ask for together."""

    hour: int
    people: float
    devices: float
    active: float
    down_mbps: float
    up_mbps: float
    joins_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The draws' 10th, 50th and 90th percentile."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioLoad:
    """One radio at the peak.

    `busy_share` is the airtime that its own and every neighbour's load needs that it must wait for, sent in full frames, with
    beacons, probes, broadcasts and foreign networks: what is planned with. `on_air_share` is the time with any frame on the air,
    as a counter in the device shows it: shorter frames at light load take more of it. `goodput_mbps` is the most that it carries
    down when all its active clients load without end.
    """

    ap: str
    band: str
    channel: int
    width_mhz: int
    clients: float
    client_limit: int | None
    busy_share: float
    own_busy_share: float
    offered_mbps: float
    carried_mbps: float
    median_rate_mbps: float
    shares_air_with: tuple[str, ...]
    p10_rate_mbps: float = 0.0
    on_air_share: float = 0.0
    overhead_share: float = 0.0
    delay_p95_ms: float = 0.0
    goodput_mbps: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneService:
    """One zone's people at the peak. Rates are what an active device gets, down, in Mbit/s.

    Of the unserved, `no_signal` are in reach of no radio at its lowest rate, and `turned_away` find every radio in reach full.
    """

    zone: str
    people: float
    devices: float
    served: float
    unserved: float
    median_mbps: float
    p10_mbps: float
    no_signal: float = 0.0
    turned_away: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a design carries. `links` is in the order in which they break; `unknown_links` nobody has told us of.

    `day` is the whole crowd hour by hour, where its scenario is known: arrivals, activity, joins.
    `spread` is empty without draws: facility figures, then "AP band: figure" and "zone: served".
    """

    scenario: str
    people: float
    radios: tuple[RadioLoad, ...]
    zones: tuple[ZoneService, ...]
    links: tuple[Link, ...]
    served: float = 0.0
    goodput_mbps: float = 0.0
    unknown_links: tuple[str, ...] = ()
    margins: tuple[dict[str, Any], ...] = ()
    uplinks: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    day: tuple[Hour, ...] = ()
    draws: int = 0
    seed: int = 0
    spread: dict[str, Spread] = field(default_factory=dict)
