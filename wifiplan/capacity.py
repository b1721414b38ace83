"""The whole facility: who associates where, how full each channel is, who is served, and what breaks first."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import Polygon

from wifiplan import airtime, wifi
from wifiplan.demand import Scenario, demands, places
from wifiplan.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan, Zone
    from wifiplan.model import Demand, Design

    Gains = Callable[..., NDArray[np.float64]]

FREQUENCY_MHZ = {"2.4": 2442.0, "5": 5500.0, "6": 6185.0}
"""Where a band's path gains are computed, whatever the channel: the difference inside a band is below 0.5 dB."""

CLIENT_STREAMS = 2
CLIENT_STANDARD = "ax"
BAND_PREFERENCE_DB = {"2.4": 0.0, "5": 8.0, "6": 8.0}
"""Added to a band's signal when a client chooses: phones leave 2.4 GHz while 5 GHz is not much weaker. Assumption."""
MIN_ASSOCIATION_DBM = -82.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioLoad:
    """One radio at the peak. `busy_share` is its channel's, its own and every neighbour's it must wait for."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneService:
    """One zone's people at the peak. Rates are what an active device gets, down, in Mbit/s."""

    zone: str
    people: float
    devices: float
    served: float
    unserved: float
    median_mbps: float
    p10_mbps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of the chain and the people at which it breaks."""

    link: str
    people: float
    what_moves_it: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a design carries. `links` is in the order in which they break."""

    scenario: str
    people: float
    radios: tuple[RadioLoad, ...]
    zones: tuple[ZoneService, ...]
    links: tuple[Link, ...]


def standing_points_m(zone: Zone, count: int) -> NDArray[np.float64]:
    """Places for people in a zone, (n, 2): a square grid of about `count` cells, clipped by the polygon. Never empty."""
    polygon = Polygon(zone.polygon_m)
    x0, y0, x1, y1 = polygon.bounds
    step = math.sqrt(max(polygon.area, 1e-6) / max(count, 1))
    xs = np.arange(x0 + step / 2, x1, step)
    ys = np.arange(y0 + step / 2, y1, step)
    xx, yy = (axis.ravel() for axis in np.meshgrid(xs, ys))
    inside = shapely.contains_xy(polygon, xx, yy)
    if not inside.any():
        point = polygon.representative_point()
        return np.array([[point.x, point.y]])
    return np.column_stack((xx[inside], yy[inside]))


def capacity(
    design: Design,
    *,
    scenario: Scenario | str | None = None,
    persons: float | None = None,
    points_per_zone: int = 200,
    gains_db: Gains | None = None,
) -> Capacity:
    """What the design carries at the peak of its demand, or of another scenario's.

    Parameters
    ----------
    scenario : Scenario or name, optional
        Instead of `design.demands`.
    persons : float, optional
        With a scenario: all people in the building.
    gains_db : callable, optional
        Path gains (access point, point) in dB; by default `wifiplan.radiomap.gains_db`.

    Raises
    ------
    DesignError
        No access point, no demand, or a demand for a zone that the plan does not have.
    """
    asked = demands(design.floor_plan, scenario, persons=persons) if scenario is not None else design.demands
    name = (scenario if isinstance(scenario, str) else scenario.name) if scenario is not None else design.scenario
    radios = [(ap, radio) for ap in design.access_points for radio in ap.radios]
    if not radios:
        raise DesignError("the design has no access point with a radio; place some with `wifiplan place`")
    if not asked:
        raise DesignError("the design has no demand; give --scenario NAME")
    if gains_db is None:
        from wifiplan import radiomap  # loads Numba

        gains_db = radiomap.gains_db
    paths = gains_db

    by_name = {zone.name: zone for zone in places(design.floor_plan)} | {zone.name: zone for zone in design.floor_plan.zones}
    points, owner, weight = _clients(design.floor_plan, asked, by_name, points_per_zone)
    bands = sorted({radio.band for _, radio in radios})
    gain = {band: paths(design.floor_plan, design.access_points, points, frequency_mhz=FREQUENCY_MHZ[band]) for band in bands}
    rssi = np.stack([radio.tx_power_dbm + gain[radio.band][design.access_points.index(ap)] for ap, radio in radios])

    # Association: strongest with the band's preference; a client below MIN_ASSOCIATION_DBM everywhere stays out.
    heard = rssi >= MIN_ASSOCIATION_DBM
    choice = np.where(heard, rssi + np.array([BAND_PREFERENCE_DB[radio.band] for _, radio in radios])[:, None], -np.inf)
    serving = choice.argmax(axis=0)
    associated = heard.any(axis=0)

    rate_factor = np.zeros(len(points))  # Mbit of payload per second of air
    rates = np.zeros(len(points))
    for index, (_, radio) in enumerate(radios):
        mine = associated & (serving == index)
        sinr = rssi[index, mine] - wifi.noise_dbm(radio.width_mhz)
        mcs, streams = wifi.mcs_and_streams(sinr, width_mhz=radio.width_mhz, streams=CLIENT_STREAMS, standard=CLIENT_STANDARD)
        megabits, seconds = airtime.exchange(np.maximum(mcs, 0), band=radio.band, width_mhz=radio.width_mhz, streams=streams)
        rate_factor[mine] = np.where(mcs >= 0, megabits / seconds * (1 - wifi.PACKET_ERROR_SHARE), 0.0)
        rates[mine] = wifi.phy_rate_mbps(np.maximum(mcs, 0), width_mhz=radio.width_mhz, streams=streams) * (mcs >= 0)
    served = associated & (rate_factor > 0)

    active = weight * np.array([d.active_share for d in asked])[owner]
    down = active * np.array([d.down_mbps for d in asked])[owner]
    up = active * np.array([d.up_mbps for d in asked])[owner]
    need = np.where(served, (down + up) / np.maximum(rate_factor, 1e-9), 0.0)  # share of a second

    own = np.array([need[served & (serving == index)].sum() for index in range(len(radios))])
    shares = _share_air(
        design,
        radios,
        gain_between=lambda f: paths(design.floor_plan, design.access_points, _positions(design), frequency_mhz=f),
    )
    wanted = shares @ own
    carried_share = np.minimum(1.0, design.requirement.max_busy_share / np.maximum(wanted, 1e-12))
    # A radio that wants less than the limit carries all of it.
    loads = []
    for index, (ap, radio) in enumerate(radios):
        mine = served & (serving == index)
        offered = float((down + up)[mine].sum())
        loads.append(
            RadioLoad(
                ap=ap.name,
                band=radio.band,
                channel=radio.channel,
                width_mhz=radio.width_mhz,
                clients=round(float(weight[mine].sum()), 2),
                client_limit=radio.client_limit,
                busy_share=round(float(min(1.0, wanted[index])), 4),
                own_busy_share=round(float(min(1.0, own[index])), 4),
                offered_mbps=round(offered, 3),
                carried_mbps=round(offered * float(carried_share[index]), 3),
                median_rate_mbps=round(_weighted_quantile(rates[mine], weight[mine], 0.5), 1),
                shares_air_with=tuple(
                    radios[other][0].name for other in range(len(radios)) if other != index and shares[index, other] > 0
                ),
            )
        )
    got = np.where(served, carried_share[serving], 0.0)
    zones = tuple(_zone(d, index, owner, weight=weight, served=served, got=got) for index, d in enumerate(asked))
    people = float(sum(d.people for d in asked))
    links = _links(people, loads, wanted, design, float(np.where(served, 0, weight).sum() / max(weight.sum(), 1e-12)))
    return Capacity(scenario=name, people=round(people, 1), radios=tuple(loads), zones=zones, links=links)


def _positions(design: Design) -> NDArray[np.float64]:
    floors = [level.floor_m for level in design.floor_plan.levels]
    return np.array([[ap.x_m, ap.y_m, floors[ap.level] + ap.height_m] for ap in design.access_points])


def _clients(
    plan: FloorPlan, asked: tuple[Demand, ...], by_name: dict[str, Zone], count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Points (n, 3) above the datum, the demand each belongs to, and how many associated devices it stands for."""
    points, owner, weight = [], [], []
    for index, one in enumerate(asked):
        zone = by_name.get(one.zone)
        if zone is None:
            raise DesignError(f"demands[{index}]: no zone {one.zone!r} in the plan; it has {', '.join(by_name)}")
        at = standing_points_m(zone, count)
        z = plan.levels[zone.level].floor_m + one.client_height_m
        points.append(np.column_stack((at, np.full(len(at), z))))
        owner.append(np.full(len(at), index))
        weight.append(np.full(len(at), one.people * one.devices_per_person * one.associated_share / len(at)))
    return np.concatenate(points), np.concatenate(owner), np.concatenate(weight)


def _share_air(design: Design, radios: list[Any], gain_between: Callable[[float], NDArray[np.float64]]) -> NDArray[np.float64]:
    """How much of one radio's time on the air another must wait for: 1 for itself, 0 when it cannot hear it."""
    shares = np.eye(len(radios))
    between: dict[str, NDArray[np.float64]] = {}
    for a, (ap_a, radio_a) in enumerate(radios):
        for b, (ap_b, radio_b) in enumerate(radios):
            if a == b or radio_a.band != radio_b.band:
                continue
            if not wifi.overlap_share(radio_a.band, radio_a.channel, radio_a.width_mhz, radio_b.channel, radio_b.width_mhz):
                continue
            if radio_a.band not in between:
                between[radio_a.band] = gain_between(FREQUENCY_MHZ[radio_a.band])
            level = (
                radio_b.tx_power_dbm + between[radio_a.band][design.access_points.index(ap_b), design.access_points.index(ap_a)]
            )
            if ap_a is ap_b or level >= wifi.cca_preamble_dbm(radio_b.width_mhz):
                shares[a, b] = 1.0
    return shares


def _zone(
    one: Demand,
    index: int,
    owner: NDArray[np.int64],
    *,
    weight: NDArray[np.float64],
    served: NDArray[np.bool_],
    got: NDArray[np.float64],
) -> ZoneService:
    mine = owner == index
    devices = float(weight[mine].sum())
    share = float((weight * served * got)[mine].sum() / devices) if devices else 0.0
    people = one.people
    rate = one.down_mbps * got[mine]
    return ZoneService(
        zone=one.zone,
        people=round(people, 1),
        devices=round(devices, 1),
        served=round(people * share, 1),
        unserved=round(people * (1 - share), 1),
        median_mbps=round(_weighted_quantile(rate, weight[mine], 0.5), 3),
        p10_mbps=round(_weighted_quantile(rate, weight[mine], 0.1), 3),
    )


def _weighted_quantile(values: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    if not len(values) or weight.sum() <= 0:
        return 0.0
    order = np.argsort(values)
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][min(int(np.searchsorted(reached, share)), len(values) - 1)])


def _links(
    people: float, loads: list[RadioLoad], wanted: NDArray[np.float64], design: Design, uncovered: float
) -> tuple[Link, ...]:
    """Where each link breaks if the crowd grows as it stands; only links whose limit is known."""
    found = []
    for band in sorted({load.band for load in loads}):
        worst = max((w for load, w in zip(loads, wanted, strict=True) if load.band == band), default=0.0)
        if worst > 0:
            found.append(
                Link(
                    link=f"airtime {band} GHz",
                    people=math.floor(people * design.requirement.max_busy_share / worst),
                    what_moves_it="more access points on channels of their own, narrower channels",
                )
            )
    limits = [(load, load.client_limit or design.requirement.max_clients_per_radio) for load in loads if load.clients > 0]
    if limits:
        load, limit = min(limits, key=lambda pair: pair[1] / pair[0].clients)
        found.append(
            Link(
                link="associations",
                people=math.floor(people * limit / load.clients),
                what_moves_it=f"more radios near {load.ap}, or a higher client limit there",
            )
        )
    if uncovered > 0.5:
        found.append(Link(link="coverage", people=0, what_moves_it="access points nearer to the people"))
    return tuple(sorted(found, key=lambda link: link.people))


def to_json(capacity: Capacity) -> dict[str, Any]:
    """Plain JSON as `wifiplan capacity --json` prints and `Design.capacity` holds."""
    first = capacity.links[0] if capacity.links else None
    return {
        "scenario": capacity.scenario,
        "people": capacity.people,
        "radios": [asdict(load) | {"shares_air_with": list(load.shares_air_with)} for load in capacity.radios],
        "zones": [asdict(zone) for zone in capacity.zones],
        "weakest_link": {
            "link": first.link if first else "unknown",
            "people": first.people if first else None,
            "next": [{"link": link.link, "people": link.people} for link in capacity.links[1:]],
            "what_moves_it": first.what_moves_it if first else "",
        },
    }
