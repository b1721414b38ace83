"""Whether a design does what was asked of it: the full radio map and capacity model against the requirement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wifiplan.airtime import wifi
from wifiplan.answer import Capacity, Constraint, Failure
from wifiplan.capacity import demand, hearing, rates
from wifiplan.capacity.association import MIN_ASSOCIATION_DBM
from wifiplan.capacity.demand import ClientKind
from wifiplan.capacity.facility import capacity
from wifiplan.model import Band, Demand, Design, Radio, Requirement
from wifiplan.placement.ask import CLIENT_POWER_DBM
from wifiplan.placement.points import People, people_points, points_per_zone
from wifiplan.radio.gains import GainMemory
from wifiplan.units import mw_from_dbm

Floats = NDArray[np.float64]

LEFT_OUT_SHARE = 1e-3
"""So small a share of the people without service counts as none, for points and rounding (assumed)."""

ROUNDED_PEOPLE = 0.05
"""Half of a tenth of a person: what the capacity model's figures are rounded by in every zone."""

BUSY_TOLERANCE = 1e-4
"""A busy share may be above its limit by this, for the capacity model rounds it to four places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A design against its requirement. Shares are of people.

    `clients`, `busy_share` and `delay_p95_ms` are those of each (access point, band) when full radios turn clients away to the
    next strongest.
    """

    coverage_share: float
    zone_coverage: dict[str, float]
    served_share: float
    zone_served: dict[str, float]
    clients: dict[tuple[str, str], float]
    busy_share: dict[tuple[str, str], float]
    delay_p95_ms: dict[tuple[str, str], float]
    failures: tuple[Failure, ...]
    shortfall: float
    """0 when everything is met; otherwise grows with what is missing, so that a search can go downhill."""

    @property
    def ok(self) -> bool:
        """Nothing failed."""
        return not self.failures

    @property
    def met(self) -> float:
        """How much of what was asked is there: what the largest part has most of."""
        return round(self.served_share + self.coverage_share, 6)


def nothing() -> Check:
    """The check of a design without any access point."""
    return Check(
        coverage_share=0.0,
        zone_coverage={},
        served_share=0.0,
        zone_served={},
        clients={},
        busy_share={},
        delay_p95_ms={},
        failures=(Failure(constraint="service", where="everywhere", value=0.0, limit=1.0),),
        shortfall=1.0,
    )


def check(
    design: Design,
    gains_db: GainMemory,
    *,
    demands: Sequence[Demand] | None = None,
    scenario: str | None = None,
    client_power_dbm: float = CLIENT_POWER_DBM,
    max_points: int = 200,
) -> Check:
    """The design's coverage and load, and everything that falls short of its requirement.

    A place is covered when the access point that is strongest there, of any band, has the required RSSI and the required SINR
    down and up, each with the margin of `GainMemory.margin_db`; and, where asked for, a second access point has the RSSI too.
    Interference is that of access points that may send at the same time (`hearing.talks_over`): on an overlapping channel as if
    they always did, so that coverage does not hang on others being idle; on an adjacent one as often as their load makes them.

    Parameters
    ----------
    design : Design
        With the requirement and, unless `demands` and their `scenario` are given, its own.
    gains_db : GainMemory
        The radio map.
    """
    asked = tuple(design.demands if demands is None else demands)
    name = design.scenario if scenario is None else scenario
    crowd = people_points(design.floor_plan, asked, max_points=max_points)
    model = capacity(
        replace(design, demands=asked, scenario=name),
        points_per_zone=points_per_zone(asked, max_points),
        gains_db=gains_db,
        with_links=False,
    )
    loaded = {(radio.ap, str(radio.band)): radio.own_busy_share for radio in model.radios}
    rssi_ok, clear, second_ok = _signal(design, crowd, gains_db, client_power_dbm, loaded)
    covered = clear & second_ok
    failures, zone_coverage = _coverage(design.requirement, crowd, rssi_ok, clear, covered)
    load = _modelled(design.requirement, model, crowd)
    failures += load.failures
    everybody = float(crowd.people.sum())
    shortfall = sum(abs(failure.value - failure.limit) / max(failure.limit, 1e-9) for failure in failures)
    return Check(
        coverage_share=round(float(crowd.people[covered].sum() / everybody), 4),
        zone_coverage=zone_coverage,
        served_share=round(sum(load.zone_served.values()) / everybody, 4),
        zone_served=load.zone_served,
        clients=load.clients,
        busy_share=load.busy_share,
        delay_p95_ms=load.delay_p95_ms,
        failures=tuple(failures),
        shortfall=round(shortfall, 6),
    )


def _coverage(
    requirement: Requirement,
    crowd: People,
    rssi_ok: NDArray[np.bool_],
    clear: NDArray[np.bool_],
    covered: NDArray[np.bool_],
) -> tuple[list[Failure], dict[str, float]]:
    failures: list[Failure] = []
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
    return failures, zone_coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    clients: dict[tuple[str, str], float]
    busy_share: dict[tuple[str, str], float]
    delay_p95_ms: dict[tuple[str, str], float]
    zone_served: dict[str, float]
    failures: list[Failure]


def _modelled(requirement: Requirement, model: Capacity, crowd: People) -> _Load:
    """The load by the whole model, against the limits."""
    busy = {(radio.ap, str(radio.band)): radio.busy_share for radio in model.radios}
    failures = _too_busy(busy, requirement.max_busy_share)
    everybody = float(crowd.people.sum())
    out = sum(zone.unserved for zone in model.zones)
    if out > LEFT_OUT_SHARE * everybody + ROUNDED_PEOPLE * len(model.zones):
        why_not: dict[Constraint, float] = {
            "clients": sum(zone.turned_away for zone in model.zones),
            "service": sum(zone.no_signal for zone in model.zones),
            # In reach and let in, but too late for too many packets.
            "airtime": sum(zone.unserved - zone.turned_away - zone.no_signal for zone in model.zones),
        }
        most = max(why_not, key=lambda name: why_not[name])
        failures.append(Failure(constraint=most, where="everywhere", value=round(everybody - out, 1), limit=round(everybody, 1)))
    served = dict.fromkeys(crowd.zones, 0.0)
    for zone in model.zones:
        served[zone.zone] += zone.served
    return _Load(
        clients={(radio.ap, str(radio.band)): radio.clients for radio in model.radios},
        busy_share=busy,
        delay_p95_ms={(radio.ap, str(radio.band)): radio.delay_p95_ms for radio in model.radios},
        zone_served={zone: round(people, 1) for zone, people in served.items()},
        failures=failures,
    )


def _too_busy(busy: Mapping[tuple[str, str], float], most: float) -> list[Failure]:
    return [
        Failure(constraint="airtime", where=f"{ap} {band} GHz", value=round(share, 4), limit=most)
        for (ap, band), share in busy.items()
        if share > most + BUSY_TOLERANCE
    ]


def only_2g4_is_full(failures: Sequence[Failure]) -> bool:
    """Whether all radios that are too busy, of which there are some, are at 2.4 GHz."""
    busy = [failure.where for failure in failures if failure.constraint == "airtime" and failure.where != "everywhere"]
    return bool(busy) and all(where.endswith(" 2.4 GHz") for where in busy)


def client_kinds(scenario: str) -> tuple[ClientKind, ...]:
    """The devices that `facility` takes for a design of this scenario; those of the first where it names several."""
    known = demand.scenarios().get(scenario.replace("+", ",").split(",")[0].strip())
    return tuple(kind for kind in (known.clients if known else demand.clients()) if kind.share.value > 0)


def airtime_share(
    crowd: People,
    gain_db: Floats,
    tx_power_dbm: ArrayLike,
    kind: ClientKind,
    *,
    band: Band,
    width_mhz: int,
) -> Floats:
    """Share of a channel that each point's clients need of an access point alone on it (..., p), if all are of one kind.

    inf where they do not associate or no rate reaches, down or up. No contention, no interference, no overhead: no channel plan
    needs less of the air by `facility`.
    """
    if band not in kind.bands:
        return np.full(np.shape(gain_db), np.inf)
    rssi_dbm = np.asarray(tx_power_dbm, dtype=np.float64) + gain_db
    noise_dbm = float(wifi.noise_dbm(width_mhz))
    down = rates.s_per_mbit(rssi_dbm - noise_dbm, kind, band=band, width_mhz=width_mhz)
    up = rates.s_per_mbit(kind.tx_power_dbm.value + gain_db - noise_dbm, kind, band=band, width_mhz=width_mhz)
    reached = np.isfinite(down) & np.isfinite(up) & (rssi_dbm >= MIN_ASSOCIATION_DBM)
    share = crowd.active * (crowd.down_mbps * np.where(reached, down, 0.0) + crowd.up_mbps * np.where(reached, up, 0.0))
    return np.asarray(np.where(reached, share, np.inf))


def _signal(
    design: Design,
    crowd: People,
    gains_db: GainMemory,
    client_power_dbm: float,
    own_busy_share: Mapping[tuple[str, str], float],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """The points (point,) where RSSI, SINR both ways and a second access point are as required."""
    requirement = design.requirement
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
        frequency_mhz = wifi.FREQUENCY_MHZ[band]
        gain = gains_db(design.floor_plan, access_points, crowd.points_m, frequency_mhz=frequency_mhz)
        between = gains_db(
            design.floor_plan, access_points, places_m[[index for index, _ in radios]], frequency_mhz=frequency_mhz
        )
        power = np.array([radio.tx_power_dbm for _, radio in radios])
        rssi = power[:, None] + gain
        margin = gains_db.margin_db(requirement, design.floor_plan, access_points, crowd.points_m)
        both = [radio for _, radio in radios]
        spill_db = hearing.spill_db(both)
        at_ap_dbm = power[None, :] + between.T + spill_db  # (i, j): what i has of j in its channel
        level_dbm = hearing.busy_level_dbm(both)
        load = np.array([own_busy_share[design.access_points[index].name, str(band)] for index, _ in radios])
        over = hearing.talks_over(at_ap_dbm >= level_dbm) * np.where(np.isfinite(level_dbm), 1.0, load[None, :])
        noise_dbm = wifi.noise_dbm(np.array([radio.width_mhz for radio in both]))
        best = np.argmax(rssi, axis=0)
        interference_mw = (over * mw_from_dbm(spill_db)) @ mw_from_dbm(rssi)
        down = hearing.sinr_db(rssi, noise_dbm[:, None], interference_mw)
        heard_mw = (over * mw_from_dbm(at_ap_dbm)).sum(axis=1)
        up = hearing.sinr_db(client_power_dbm + gain, noise_dbm[:, None], heard_mw[:, None])
        each = np.arange(points)
        strong = (rssi - margin)[best, each] >= requirement.min_rssi_dbm
        clear = (np.minimum(down, up) - margin)[best, each] >= requirement.min_sinr_db
        covered |= strong & clear
        rssi_ok |= strong
        for row, (index, _) in enumerate(radios):
            heard[index] |= rssi[row] - margin[row] >= requirement.min_rssi_dbm
    second_ok = heard.sum(axis=0) >= 2 if requirement.second_access_point else np.ones(points, dtype=bool)
    return rssi_ok, covered, second_ok
