"""Whether a design does what was asked of it: the full radio map and capacity model against the requirement."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from floorplans.plan import FloorPlan
from wifiplan import airtime, capacity, radiomap, wifi
from wifiplan import spots as sites
from wifiplan.model import AccessPoint, Band, Demand, Design, Radio, Requirement
from wifiplan.units import dbm_from_mw, mw_from_dbm

Floats = NDArray[np.float64]
Constraint = Literal["rssi", "sinr", "second", "clients", "airtime", "service"]

CLIENT_POWER_DBM = 13.0
"""A phone's (12 to 15 dBm seen)."""

LEFT_OUT_SHARE = 1e-3
"""Of the people: so few without service count as none, for points and rounding."""

BUSY_TOLERANCE = 1e-4
"""What a busy share may be above its limit, for rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One requirement that is not met: `where` is a zone or "access point band", `value` against `limit`."""

    constraint: Constraint
    where: str
    value: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A design against its requirement. Shares are of people; `capacity` is the whole model's answer.

    `clients` and `busy_share` are those of each (access point, band) when full radios turn clients away to the next strongest.
    """

    coverage_share: float
    zone_coverage: dict[str, float]
    served_share: float
    zone_served: dict[str, float]
    clients: dict[tuple[str, str], float]
    busy_share: dict[tuple[str, str], float]
    failures: tuple[Failure, ...]
    shortfall: float
    """0 when everything is met; otherwise grows with what is missing, so that a search can go downhill."""
    capacity: capacity.Capacity

    @property
    def ok(self) -> bool:
        """Nothing failed."""
        return not self.failures

    @property
    def met(self) -> float:
        """How much of what was asked is there: what the largest part has most of."""
        return round(self.served_share + self.coverage_share, 6)


class GainMemory:
    """`radiomap.gains_db` that computes each access point and place once. Gains are to 0.01 dB.

    That is above what two machines' sums differ by and far below what the model knows, so that every decision taken on these
    gains is the same everywhere.
    """

    def __init__(self, *, reflections: int = 2, obstruction_db: float = 0.0) -> None:
        self.reflections, self.obstruction_db = reflections, obstruction_db
        self._known: dict[tuple[object, ...], Floats] = {}

    def __call__(
        self,
        floor_plan: FloorPlan,
        access_points: Sequence[AccessPoint],
        points_m: ArrayLike,
        *,
        frequency_mhz: float,
        progress: Callable[[float], None] | None = None,
    ) -> Floats:
        """(ap, n) as `radiomap.gains_db`, less `obstruction_db`."""
        points = np.ascontiguousarray(points_m, dtype=np.float64)
        place = (id(floor_plan), frequency_mhz, hashlib.blake2b(points.tobytes(), digest_size=16).digest())
        keys = [(place, _antenna(ap, frequency_mhz)) for ap in access_points]
        new = {key: ap for key, ap in zip(keys, access_points, strict=True) if key not in self._known}
        if new:
            found = radiomap.gains_db(
                floor_plan,
                list(new.values()),
                points,
                frequency_mhz=frequency_mhz,
                reflections=self.reflections,
                progress=progress,
            )
            self._known.update(zip(new, np.round(found, 2) - self.obstruction_db, strict=True))
        return np.array([self._known[key] for key in keys]).reshape(len(keys), len(points))


def _antenna(ap: AccessPoint, frequency_mhz: float) -> tuple[object, ...]:
    gain_dbi = radiomap.antenna_gain_dbi(ap, frequency_mhz)
    return ap.x_m, ap.y_m, ap.height_m, ap.level, ap.antenna, ap.azimuth_deg, ap.tilt_deg, gain_dbi


def margin_db(requirement: Requirement) -> float:
    """What a mean signal must have over the required one, so that it is met with the stated confidence under fading."""
    return float(NormalDist().inv_cdf(requirement.confidence_share) * requirement.fading_db)


def check(
    design: Design,
    gains_db: GainMemory,
    *,
    demands: Sequence[Demand] | None = None,
    client_power_dbm: float = CLIENT_POWER_DBM,
    max_points: int = 200,
) -> Check:
    """The design's coverage and load, and everything that falls short of its requirement.

    A place is covered when the access point that is strongest there, of any band, has the required RSSI and the required SINR
    down and up, each with the margin of `margin_db`; and, where asked for, a second access point has the RSSI too. Interference
    is that of access points on overlapping channels which do not hear each other and so talk at the same time.

    Parameters
    ----------
    design : Design
        With the requirement and, unless `demands` are given, its own.
    gains_db : GainMemory
        The radio map.
    """
    asked = tuple(design.demands if demands is None else demands)
    requirement = design.requirement
    crowd = sites.people(design.floor_plan, asked, max_points=max_points)
    failures: list[Failure] = []
    rssi_ok, clear, second_ok = _signal(design, crowd, gains_db, client_power_dbm)
    covered = clear & second_ok
    zone_coverage: dict[str, float] = {}
    for index, zone in enumerate(crowd.zones):
        here = crowd.zone == index
        total = float(crowd.people[here].sum())
        if total <= 0:
            continue
        met: dict[Constraint, NDArray[np.bool_]] = {"rssi": rssi_ok, "sinr": clear, "second": covered}
        shares: dict[Constraint, float] = {name: float(crowd.people[here & places].sum()) / total for name, places in met.items()}
        zone_coverage[zone] = round(shares["second"], 4)
        missed = [name for name, share in shares.items() if share < requirement.coverage_share - 1e-9]
        if missed:
            failures.append(
                Failure(constraint=missed[0], where=zone, value=zone_coverage[zone], limit=requirement.coverage_share)
            )
    load = capacity.capacity(
        _with_demands(design, asked),
        points_per_zone=sites.points_per_zone(asked, max_points),
        gains_db=gains_db,
    )
    air = _air(design, crowd, gains_db)
    keys = [(ap.name, str(radio.band)) for ap, radio in air.radios]
    limits = np.array([radio.client_limit or requirement.max_clients_per_radio for _, radio in air.radios], dtype=np.float64)
    taken = admitted(air.preference, crowd.clients, limits)
    clients = taken @ crowd.clients
    busy = _busy(load, keys, air, taken)
    for key, share in zip(keys, busy, strict=True):
        if share > requirement.max_busy_share + BUSY_TOLERANCE:
            failures.append(
                Failure(
                    constraint="airtime",
                    where=f"{key[0]} {key[1]} GHz",
                    value=round(float(share), 4),
                    limit=requirement.max_busy_share,
                )
            )
    carried = np.minimum(1.0, requirement.max_busy_share / np.maximum(busy, 1e-12))
    got = carried @ taken
    everybody = float(crowd.people.sum())
    out = float(crowd.people @ (1.0 - taken.sum(axis=0)))
    if out > LEFT_OUT_SHARE * everybody:
        # Nobody is let in where everything in reach is full, or nothing is in reach.
        full = bool((clients >= limits - 1e-6).any())
        failures.append(
            Failure(
                constraint="clients" if full else "service",
                where="everywhere",
                value=round(everybody - out, 1),
                limit=round(everybody, 1),
            )
        )
    shortfall = sum(abs(failure.value - failure.limit) / failure.limit for failure in failures)
    return Check(
        coverage_share=round(float(crowd.people[covered].sum() / everybody), 4),
        zone_coverage=zone_coverage,
        served_share=round(float(crowd.people @ got) / everybody, 4),
        zone_served={
            zone: round(float((crowd.people * got)[crowd.zone == index].sum()), 1) for index, zone in enumerate(crowd.zones)
        },
        clients={key: round(float(count), 2) for key, count in zip(keys, clients, strict=True)},
        busy_share={key: round(float(share), 4) for key, share in zip(keys, busy, strict=True)},
        failures=tuple(failures),
        shortfall=round(shortfall, 6),
        capacity=load,
    )


@dataclass(frozen=True, slots=True)
class _Air:
    """Every radio at every point: how much a client likes it (-inf: cannot), and what airtime serving all there takes."""

    radios: list[tuple[AccessPoint, Radio]]
    preference: Floats
    airtime_share: Floats


def _air(design: Design, crowd: sites.People, gains_db: GainMemory) -> _Air:
    radios = [(ap, radio) for ap in design.access_points for radio in ap.radios]
    preference, shares = [], []
    for ap, radio in radios:
        gain = gains_db(design.floor_plan, [ap], crowd.points_m, frequency_mhz=capacity.FREQUENCY_MHZ[radio.band])[0]
        rssi_dbm = radio.tx_power_dbm + gain
        share = airtime_share(crowd, rssi_dbm, radio.band, radio.width_mhz)
        shares.append(share)
        preference.append(np.where(np.isfinite(share), rssi_dbm + capacity.BAND_PREFERENCE_DB[radio.band], -np.inf))
    return _Air(radios, np.array(preference), np.array(shares))


def airtime_share(crowd: sites.People, rssi_dbm: Floats, band: Band, width_mhz: int) -> Floats:
    """Share of a channel that each point's clients need of an access point alone on it (..., p).

    inf where they do not associate or no rate reaches. No contention, no interference: no channel plan needs less.
    """
    mcs, streams = wifi.mcs_and_streams(
        rssi_dbm - float(wifi.noise_dbm(width_mhz)),
        width_mhz=width_mhz,
        streams=capacity.CLIENT_STREAMS,
        standard=capacity.CLIENT_STANDARD,
    )
    megabits, seconds = airtime.exchange(np.maximum(mcs, 0), band=band, width_mhz=width_mhz, streams=streams)
    share = crowd.active * (crowd.down_mbps + crowd.up_mbps) * seconds / megabits / (1 - wifi.PACKET_ERROR_SHARE)
    return np.asarray(np.where((mcs >= 0) & (rssi_dbm >= capacity.MIN_ASSOCIATION_DBM), share, np.inf))


def admitted(preference: Floats, clients: Floats, limits: Floats) -> Floats:
    """Who is let in where (radio, point), as shares of each point's clients: all ask the radio they like best first.

    A full radio turns away those it hears worst, who ask the next one that they can reach; so no radio has more than its limit,
    and somebody is left out only where everything in reach is full.

    Parameters
    ----------
    preference : (radio, point)
        -inf where a client cannot use the radio.
    clients : (point,)
    limits : (radio,)
    """
    radios, points = preference.shape
    each = np.arange(points)
    order = np.argsort(-preference, axis=0, kind="stable")
    rank = np.argsort(order, axis=0, kind="stable")
    usable = np.isfinite(preference)
    nearest_first = np.argsort(-preference, axis=1, kind="stable")
    taken = np.zeros((radios, points))
    # (rank, point): the share that asks its first, second, ... choice next. The last row has nowhere to go.
    asks = np.zeros((radios + 1, points))
    asks[0] = 1.0
    for _ in range(_MOST_ROUNDS):
        moved = False
        for radio in range(radios):
            asking = np.where(usable[radio], asks[rank[radio], each], 0.0)
            if asking @ clients <= 1e-6:
                continue
            moved = True
            asks[rank[radio][usable[radio]], each[usable[radio]]] = 0.0
            wish = taken[radio] + asking
            best = nearest_first[radio]
            room = limits[radio] - np.concatenate([[0.0], np.cumsum(wish[best] * clients[best])[:-1]])
            kept = np.clip(room / np.maximum(clients[best], 1e-12), 0.0, wish[best])
            taken[radio, best] = kept
            asks[rank[radio][best] + 1, best] += wish[best] - kept
        if not moved:
            break
    return taken


_MOST_ROUNDS = 1000


def _busy(load: capacity.Capacity, keys: list[tuple[str, str]], air: _Air, taken: Floats) -> Floats:
    """Busy share of each radio's channel (radio,) once full radios have turned clients away.

    The model's own figure for each radio, in proportion to the airtime of its clients before and after; then every radio has its
    own and that of those it shares the air with. The model only adds to what the exchanges alone take: a figure of its that
    stops at 1 must not make a full radio look less busy.
    """
    needs = np.where(np.isfinite(air.airtime_share), air.airtime_share, 0.0)
    after = (taken * needs).sum(axis=1)
    strongest = np.argmax(air.preference, axis=0)
    first = np.where(np.isfinite(air.preference).any(axis=0) & (strongest == np.arange(len(keys))[:, None]), needs, 0.0).sum(
        axis=1
    )
    modelled = {(radio.ap, radio.band): radio for radio in load.radios}
    own_model = np.array([modelled[key].own_busy_share for key in keys])
    # A radio that had nobody takes on the others' overhead.
    factor = max(1.0, own_model.sum() / first.sum()) if first.sum() > 0 else 1.0
    own = after * np.where(first > 1e-9, np.maximum(1.0, own_model / np.maximum(first, 1e-9)), factor)
    shares = np.array(
        [[one == other or (one[1] == other[1] and other[0] in modelled[one].shares_air_with) for other in keys] for one in keys]
    )
    return np.asarray(shares @ own, dtype=np.float64)


def _with_demands(design: Design, demands: tuple[Demand, ...]) -> Design:
    return design if demands == design.demands else replace(design, demands=demands)


def _signal(
    design: Design, crowd: sites.People, gains_db: GainMemory, client_power_dbm: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Where (point,) RSSI, SINR both ways and a second access point are as required."""
    requirement = design.requirement
    margin = margin_db(requirement)
    points = len(crowd.people)
    rssi_ok, covered = np.zeros(points, dtype=bool), np.zeros(points, dtype=bool)
    heard = np.zeros((len(design.access_points), points), dtype=bool)
    by_band: dict[Band, list[tuple[int, Radio]]] = {}
    for index, ap in enumerate(design.access_points):
        for radio in ap.radios:
            by_band.setdefault(radio.band, []).append((index, radio))
    floors_m = [level.floor_m for level in design.floor_plan.levels]
    places_m = np.array([(ap.x_m, ap.y_m, floors_m[ap.level] + ap.height_m) for ap in design.access_points])
    for band, radios in by_band.items():
        access_points = [design.access_points[index] for index, _ in radios]
        frequency_mhz = capacity.FREQUENCY_MHZ[band]
        gain = gains_db(design.floor_plan, access_points, crowd.points_m, frequency_mhz=frequency_mhz)
        between = gains_db(
            design.floor_plan, access_points, places_m[[index for index, _ in radios]], frequency_mhz=frequency_mhz
        )
        power = np.array([radio.tx_power_dbm for _, radio in radios])
        rssi = power[:, None] + gain
        # (i, j): j talks over i, because it is on i's channel and one of them does not hear the other.
        overlap = np.array(
            [
                [
                    wifi.overlap_share(band, a.channel, a.width_mhz, b.channel, b.width_mhz) * (i != j)
                    for j, (_, b) in enumerate(radios)
                ]
                for i, (_, a) in enumerate(radios)
            ]
        )
        threshold = np.array([float(wifi.cca_preamble_dbm(radio.width_mhz)) for _, radio in radios])
        at_each = power[:, None] + between  # (j, i): what i hears of j
        deaf = (threshold[:, None] > at_each.T) | (at_each < threshold[None, :])
        talks_over = overlap * deaf
        noise_mw = mw_from_dbm(np.array([float(wifi.noise_dbm(radio.width_mhz)) for _, radio in radios]))
        best = np.argmax(rssi, axis=0)
        received_mw = mw_from_dbm(rssi)
        interference_mw = talks_over @ received_mw
        down = rssi - dbm_from_mw(noise_mw[:, None] + interference_mw)
        heard_mw = (talks_over * mw_from_dbm(at_each.T)).sum(axis=1)
        up = client_power_dbm + gain - dbm_from_mw(noise_mw + heard_mw)[:, None]
        each = np.arange(points)
        strong = rssi[best, each] - margin >= requirement.min_rssi_dbm
        clear = np.minimum(down, up)[best, each] - margin >= requirement.min_sinr_db
        covered |= strong & clear
        rssi_ok |= strong
        for row, (index, _) in enumerate(radios):
            heard[index] |= rssi[row] - margin >= requirement.min_rssi_dbm
    second_ok = heard.sum(axis=0) >= 2 if requirement.second_access_point else np.ones(points, dtype=bool)
    return rssi_ok, covered, second_ok
