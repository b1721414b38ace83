"""The whole facility: who associates where, how full each channel is, who is served, and what breaks first.

Path gains are traced once; everything after them is arrays of (draw, device) or (draw, radio). One draw with fractions of
devices at every place gives the mean; many draws with whole devices at random places give the spread. Both take the same steps:
association, SINR both ways, what a radio hears of the others, and then, for the cell that each radio lives in,
`wifiplan.airtime`.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from shapely.geometry import Polygon

from wifiplan.airtime import wifi
from wifiplan.airtime.cells import MAX_CLIENTS, Cells, cells_of, take
from wifiplan.airtime.offered import steady_state
from wifiplan.airtime.overhead import overhead_of
from wifiplan.airtime.saturated import saturated_goodput
from wifiplan.answer import Capacity, Hour, Link, RadioLoad, Spread, ZoneService
from wifiplan.capacity import chain, demand, hearing, rates
from wifiplan.capacity.chain import PerPerson
from wifiplan.capacity.demand import Scenario, demands, places
from wifiplan.capacity.rates import SINR_DB, Rates, sinr_step
from wifiplan.errors import DesignError
from wifiplan.model import MAX_PEOPLE_PER_M2

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from floorplans.plan import FloorPlan, Zone
    from wifiplan.model import AccessPoint, Demand, Design, Network, Radio

    Gains = Callable[..., NDArray[np.float64]]
    Floats = NDArray[np.float64]
    Direction = Literal["down", "up", "both"]

BAND_PREFERENCE_DB = {"2.4": 0.0, "5": 8.0, "6": 8.0}
"""Added to a band's signal when a client chooses: phones leave 2.4 GHz while 5 GHz is not much weaker. Assumption."""
MIN_ASSOCIATION_DBM = -82.0

MARGIN_SHARES = (0.65, 0.5)
"""Published deratings: plan with so much of the PHY rate. Beside the model's answer by name, never in it."""

SAME_DEVICE_DB = -50.0
"""Between the antennas of two radios of one access point. Assumption: they share a case and have filters."""

POINTS = 600
"""Places in the whole building, unless said otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How devices and access points behave; the defaults take nothing for granted that helps.

    `band_preference_db` is what 5 and 6 GHz are better liked than 2.4 GHz; `sticky_share` of the devices stay with the access
    point that was best where they came from. `obss_pd` lets 802.11ax talk over frames of other cells (26.10.2.4).
    `packet_error_share` is that of `wifi.SINR_THRESHOLD_DB`, charged to airtime; `overhead` counts probes and broadcasts.
    `only_2g4_share` of the devices are old ones, besides those of the scenario's list.
    """

    band_preference_db: float = BAND_PREFERENCE_DB["5"]
    sticky_share: float = 0.0
    obss_pd: bool = False
    packet_error_share: float = wifi.PACKET_ERROR_SHARE
    overhead: bool = True
    client_limits: bool = True
    only_2g4_share: float = 0.0


# ------------------------------------------------------------------------------------------------------------- places


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


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Who is where: one entry of `points_m` per place, `first` and past the last of each demand's."""

    asked: tuple[Demand, ...]
    scenarios: tuple[Scenario | None, ...]
    points_m: Floats
    starts: NDArray[np.intp]
    kinds: tuple[demand.ClientKind, ...]
    """All kinds of devices there are."""
    kind_share: Floats
    """(demand, kind)"""


OLD_DEVICE = demand.ClientKind(
    name="2.4 GHz only",
    share=demand.Figure(value=1.0, assumption="Behaviour.only_2g4_share"),
    standard="n",
    streams=1,
    bands=("2.4",),
    tx_power_dbm=demand.Figure(value=15.0, assumption="12 to 15 dBm seen in phones"),
)


def _kinds(of: Sequence[Scenario | None], old_share: float) -> tuple[tuple[demand.ClientKind, ...], Floats]:
    """All kinds with a share, and the share (demand, kind) of each."""
    lists = [demand.clients() if one is None else one.clients for one in of]
    kinds = tuple(dict.fromkeys(kind for one in lists for kind in one if kind.share.value > 0))
    shares = np.array([[kind.share.value if kind in one else 0.0 for kind in kinds] for one in lists])
    if not old_share:
        return kinds, shares
    if not 0 <= old_share <= 1:
        raise DesignError(f"only_2g4_share is {old_share:g}; give a share from 0 to 1")
    old = np.full((len(lists), 1), old_share)
    return (*kinds, OLD_DEVICE), np.concatenate((shares * (1 - old), old), axis=1)


def _crowd(plan: FloorPlan, asked: _Asked, points_per_zone: int | None, old_share: float) -> _Crowd:
    by_name = {zone.name: zone for zone in places(plan)} | {zone.name: zone for zone in plan.zones}
    zones = []
    for index, one in enumerate(asked.demands):
        zone = by_name.get(one.zone)
        if zone is None:
            raise DesignError(f"demands[{index}]: no zone {one.zone!r} in the plan; it has {', '.join(by_name)}")
        _check_demand(one, zone, index)
        zones.append(zone)
    area_m2 = sum(zone.area_m2 for zone in zones)
    points, starts = [], [0]
    for one, zone in zip(asked.demands, zones, strict=True):
        count = points_per_zone or max(12, round(POINTS * zone.area_m2 / area_m2))
        at = standing_points_m(zone, count)
        points.append(np.column_stack((at, np.full(len(at), plan.levels[zone.level].floor_m + one.client_height_m))))
        starts.append(starts[-1] + len(at))
    kinds, shares = _kinds(asked.scenarios, old_share)
    return _Crowd(asked.demands, asked.scenarios, np.concatenate(points), np.array(starts), kinds, shares)


def _check_demand(one: Demand, zone: Zone, index: int) -> None:
    where = f"demands[{index}]"
    for name in ("people", "devices_per_person", "down_mbps", "up_mbps", "client_height_m"):
        value = getattr(one, name)
        if not (math.isfinite(value) and 0 <= value <= 1e6):
            raise DesignError(f"{where}.{name} is {value:g}; give a number from 0")
    for name in ("associated_share", "active_share"):
        if not 0 <= getattr(one, name) <= 1:
            raise DesignError(f"{where}.{name} is {getattr(one, name):g}; give a share from 0 to 1")
    if one.people > MAX_PEOPLE_PER_M2 * max(zone.area_m2, 1.0):
        raise DesignError(
            f"{where}.people: {one.people:g} people cannot stand on the {zone.area_m2:.0f} m2 of {one.zone!r}; "
            f"give at most {MAX_PEOPLE_PER_M2:g} a square metre"
        )


# ------------------------------------------------------------------------------------------------------------- radios


@dataclass(frozen=True, slots=True)
class _Scene:
    """Radios (r,) of a design with all that is between them and the places (p,)."""

    design: Design
    crowd: _Crowd
    behaviour: Behaviour
    radios: list[tuple[AccessPoint, Radio]]
    ap: NDArray[np.intp]
    power_dbm: Floats
    limit: Floats
    preference_db: Floats
    noise_dbm: Floats
    gain_db: Floats
    """(r, p)"""
    usable: NDArray[np.bool_]
    """(r, kind): the kind has the band, and the band an SSID for it."""
    ap_power_dbm: Floats
    """(r, q): q's power at access point r, as far as it is in r's channel."""
    spill_db: Floats
    """(r, q): share of q's power in r's channel; -inf where none, or on the diagonal."""
    threshold_dbm: Floats
    """(r, q): level at which stations on r's channel wait for q's frames; inf where they need not."""
    hears: Floats
    """(r, q): 1 where access point r waits for access point q."""
    talks_over: Floats
    """(r, q): 1 where one of the two access points does not wait for the other."""
    group: NDArray[np.intp]
    groups: list[tuple[str, int]]
    """(band, width) of each group; `rates` has a row for each."""
    rates: Rates
    foreign_share: Floats

    def part(self, which: NDArray[np.intp]) -> _Scene:
        """Only these radios."""
        square = np.ix_(which, which)
        return replace(
            self,
            radios=[self.radios[i] for i in which],
            ap=self.ap[which],
            power_dbm=self.power_dbm[which],
            limit=self.limit[which],
            preference_db=self.preference_db[which],
            noise_dbm=self.noise_dbm[which],
            gain_db=self.gain_db[which],
            usable=self.usable[which],
            ap_power_dbm=self.ap_power_dbm[square],
            spill_db=self.spill_db[square],
            threshold_dbm=self.threshold_dbm[square],
            hears=self.hears[square],
            talks_over=self.talks_over[square],
            group=self.group[which],
            foreign_share=self.foreign_share[which],
        )


def _scene(design: Design, crowd: _Crowd, behaviour: Behaviour, gains_db: Gains, obstruction_db: float) -> _Scene:
    radios = [(ap, radio) for ap in design.access_points for radio in ap.radios]
    for ap, radio in radios:
        _check_radio(ap, radio)
    names = {id(ap): index for index, ap in enumerate(design.access_points)}
    device = np.array([names[id(one)] for one, _ in radios])
    band = [radio.band for _, radio in radios]
    power = np.array([radio.tx_power_dbm for _, radio in radios], dtype=np.float64)
    gain, between = np.empty((len(radios), len(crowd.points_m))), np.full((len(radios), len(radios)), -np.inf)
    floors = [level.floor_m for level in design.floor_plan.levels]
    spill = hearing.spill_db([radio for _, radio in radios])
    for name in dict.fromkeys(band):
        mine = np.array([index for index, one in enumerate(band) if one == name])
        used = [design.access_points[index] for index in dict.fromkeys(device[mine].tolist())]
        row = {id(one): index for index, one in enumerate(used)}
        rows = [row[id(radios[index][0])] for index in mine]
        frequency = wifi.FREQUENCY_MHZ[name]
        gain[mine] = gains_db(design.floor_plan, used, crowd.points_m, frequency_mhz=frequency)[rows] - obstruction_db
        if len(used) > 1 and np.isfinite(spill[np.ix_(mine, mine)]).any():
            places_m = np.array([[one.x_m, one.y_m, floors[one.level] + one.height_m] for one in used])
            at = gains_db(design.floor_plan, used, places_m, frequency_mhz=frequency)
            between[np.ix_(mine, mine)] = at[np.ix_(rows, rows)].T
    between[device[:, None] == device[None, :]] = SAME_DEVICE_DB
    np.fill_diagonal(between, -np.inf)
    threshold = hearing.busy_level_dbm([radio for _, radio in radios], obss_pd=behaviour.obss_pd)
    at_ap = power[None, :] + between + spill
    width = np.array([radio.width_mhz for _, radio in radios])
    groups = list(dict.fromkeys((str(radio.band), radio.width_mhz) for _, radio in radios))
    kinds = crowd.kinds
    sixth = _sixth_band_open(design, crowd)
    requirement = design.requirement
    return _Scene(
        design=design,
        crowd=crowd,
        behaviour=behaviour,
        radios=radios,
        ap=device,
        power_dbm=power,
        limit=np.array(
            [
                min(
                    MAX_CLIENTS,
                    radio.client_limit if radio.client_limit is not None else requirement.max_clients_per_radio,
                )
                for _, radio in radios
            ],
            dtype=np.float64,
        ),
        preference_db=np.array([0.0 if one == "2.4" else behaviour.band_preference_db for one in band]),
        noise_dbm=wifi.noise_dbm(width),
        gain_db=gain,
        usable=np.array([[one in kind.bands and (one != "6" or sixth) for kind in kinds] for one in band]),
        ap_power_dbm=at_ap,
        spill_db=spill,
        threshold_dbm=threshold,
        hears=(at_ap >= threshold).astype(np.float64),
        talks_over=hearing.talks_over(at_ap >= threshold).astype(np.float64),
        group=np.array([groups.index((str(radio.band), radio.width_mhz)) for _, radio in radios]),
        groups=groups,
        rates=rates.stacked(
            groups,
            kinds,
            packet_error_share=behaviour.packet_error_share,
            protection_us=wifi.protection_us("2.4") if design.network.protection_11b else 0.0,
        ),
        foreign_share=_foreign_share(design.network, radios),
    )


def _check_radio(ap: AccessPoint, radio: Radio) -> None:
    where = f"access point {ap.name}, {radio.band} GHz"
    if not -30 <= radio.tx_power_dbm <= 36:
        raise DesignError(f"{where}: tx_power_dbm is {radio.tx_power_dbm:g}; give -30 to 36")
    if radio.client_limit is not None and radio.client_limit < 0:
        raise DesignError(f"{where}: client_limit is {radio.client_limit}; give 0 or more, or leave it out")
    wifi.members(radio.band, radio.channel, radio.width_mhz)  # raises for a channel that does not exist


def _sixth_band_open(design: Design, crowd: _Crowd) -> bool:
    """Whether anybody may use 6 GHz: an open 00000JAPAN does not exist there."""
    if design.network.ssids:
        return any(one.security in wifi.SECURITY_AT_6_GHZ for one in design.network.ssids)
    return any(one is not None and one.security in wifi.SECURITY_AT_6_GHZ for one in crowd.scenarios)


def _foreign_share(network: Network, radios: Sequence[tuple[AccessPoint, Radio]]) -> Floats:
    """Of each radio's time, what networks on overlapping channels take that are not ours."""
    left = np.ones(len(radios))
    for index, one in enumerate(network.foreign):
        if not 0 <= one.busy_share <= 1:
            raise DesignError(f"network.foreign[{index}].busy_share is {one.busy_share:g}; give a share from 0 to 1")
        for r, (_, radio) in enumerate(radios):
            if radio.band == one.band and wifi.overlap_share(
                one.band, radio.channel, radio.width_mhz, one.channel, one.width_mhz
            ):
                left[r] *= 1 - one.busy_share
    return 1 - left


def _basic_rate_mbps(network: Network, band: str) -> float:
    return network.basic_rate_2g4_mbps if band == "2.4" else network.basic_rate_mbps


# ------------------------------------------------------------------------------------------------------------ devices


@dataclass(frozen=True, slots=True)
class _Devices:
    """Devices as (draw, device). `weight` counts those on the network, `active` those that also ask for something now.

    `down_mbps` and `up_mbps` are of the active part; `calls_` are a call's packets per second, besides.
    `shadow_db` is (access point, draw, device) or a single 0.
    """

    place: NDArray[np.intp]
    kind: NDArray[np.intp]
    owner: NDArray[np.intp]
    weight: Floats
    active: Floats
    down_mbps: Floats
    up_mbps: Floats
    calls_down: Floats
    calls_up: Floats
    shadow_db: Floats
    came_from: NDArray[np.intp]
    sticky: NDArray[np.bool_]
    kind_power_dbm: Floats

    def scaled(self, by: float) -> _Devices:
        """The same crowd, larger."""
        return replace(
            self,
            weight=self.weight * by,
            active=self.active * by,
            down_mbps=self.down_mbps * by,
            up_mbps=self.up_mbps * by,
            calls_down=self.calls_down * by,
            calls_up=self.calls_up * by,
        )


def _mean_devices(crowd: _Crowd) -> _Devices:
    """One draw in which every kind of device stands at every place, each with its share; none is sticky."""
    rows = []
    for index, one in enumerate(crowd.asked):
        start, end = crowd.starts[index], crowd.starts[index + 1]
        shares = crowd.kind_share[index]
        for k in np.flatnonzero(shares):
            weight = one.people * one.devices_per_person * one.associated_share * shares[k] / (end - start)
            uses = [float(_parts(crowd, index) @ table) for table in _uses(crowd, index)]
            rows.append((np.arange(start, end), k, index, weight, weight * one.active_share, *uses))
    place = np.concatenate([row[0] for row in rows])[None, :]
    spread = [np.concatenate([np.full(len(row[0]), row[part]) for row in rows])[None, :] for part in range(1, 9)]
    kind, owner, weight, active, down, up, calls_down, calls_up = spread
    return _Devices(
        place=place,
        kind=kind.astype(np.intp),
        owner=owner.astype(np.intp),
        weight=weight,
        active=active,
        down_mbps=active * down,
        up_mbps=active * up,
        calls_down=active * calls_down,
        calls_up=active * calls_up,
        shadow_db=np.zeros((1, 1, 1)),
        came_from=place,
        sticky=np.zeros(place.shape, dtype=bool),
        kind_power_dbm=np.array([one.tx_power_dbm.value for one in crowd.kinds]),
    )


def _drawn_devices(crowd: _Crowd, behaviour: Behaviour, *, aps: int, draws: range, seed: int, fading_db: float) -> _Devices:
    """Whole devices at random places, of random kinds, active or not, each at one application, behind its own fading.

    Every draw has its own generator: a draw is the same whatever else is drawn, and designs are compared on equal crowds.
    """
    counts = [round(one.people * one.devices_per_person) for one in crowd.asked]
    shape = (len(draws), sum(counts))
    place, kind, came_from = (np.zeros(shape, dtype=np.intp) for _ in range(3))
    weight, active, *uses = (np.zeros(shape) for _ in range(6))
    sticky = np.zeros(shape, dtype=bool)
    shadow = np.zeros((aps, *shape))
    owner = np.repeat(np.arange(len(counts)), counts)
    shares = np.cumsum(crowd.kind_share, axis=1)
    parts = [np.cumsum(_parts(crowd, index)) for index in range(len(counts))]
    tables = [_uses(crowd, index) for index in range(len(counts))]
    for row, draw in enumerate(draws):
        rng = np.random.default_rng([seed, draw])
        first = 0
        for index, (one, count) in enumerate(zip(crowd.asked, counts, strict=True)):
            mine = slice(first, first + count)
            first += count
            start, end = crowd.starts[index], crowd.starts[index + 1]
            uniform = rng.random((4, count))
            place[row, mine] = rng.integers(start, end, count)
            came_from[row, mine] = rng.integers(start, end, count)
            kind[row, mine] = np.minimum(np.searchsorted(shares[index], uniform[0], "right"), len(crowd.kinds) - 1)
            weight[row, mine] = uniform[1] < one.associated_share
            active[row, mine] = weight[row, mine] * (uniform[2] < one.active_share)
            which = np.minimum(np.searchsorted(parts[index], uniform[3], "right"), len(parts[index]) - 1)
            for use, one_of in zip(uses, tables[index], strict=True):
                use[row, mine] = one_of[which]
            sticky[row, mine] = rng.random(count) < behaviour.sticky_share
        for ap in range(aps):
            shadow[ap, row] = fading_db * np.random.default_rng([seed, draw, ap]).standard_normal(shape[1])
    return _Devices(
        place=place,
        kind=kind,
        owner=np.broadcast_to(owner, shape),
        weight=weight,
        active=active,
        down_mbps=active * uses[0],
        up_mbps=active * uses[1],
        calls_down=active * uses[2],
        calls_up=active * uses[3],
        shadow_db=shadow,
        came_from=came_from,
        sticky=sticky,
        kind_power_dbm=np.array([one.tx_power_dbm.value for one in crowd.kinds]),
    )


def _parts(crowd: _Crowd, index: int) -> Floats:
    """Share of a demand's active devices that is at each application; the last is at none."""
    scenario = crowd.scenarios[index]
    if scenario is None or not (scenario.down_mbps and scenario.up_mbps):
        return np.array([1.0, 0.0])
    shares = [app.share.value for app in scenario.applications]
    return np.array([*shares, max(0.0, 1 - sum(shares))])


def _uses(crowd: _Crowd, index: int) -> list[Floats]:
    """What an active device asks for at each application: Mbit/s down and up, and packets per second of a call down and up.

    Where no scenario says, all are at the mean. A demand may have been edited: applications keep their proportions.
    """
    one, scenario = crowd.asked[index], crowd.scenarios[index]
    if scenario is None or not (scenario.down_mbps and scenario.up_mbps):
        return [np.array([value, 0.0]) for value in (one.down_mbps, one.up_mbps, 0.0, 0.0)]
    found = []
    for rate, mean in (("down_mbps", one.down_mbps / scenario.down_mbps), ("up_mbps", one.up_mbps / scenario.up_mbps)):
        found.append(np.array([getattr(app, rate).value for app in scenario.applications] + [0.0]) * mean)
    size = np.array([app.packet_bytes.value if app.kind == "voice" else math.inf for app in scenario.applications] + [math.inf])
    return [*found, *(rate * 1e6 / (8 * size) for rate in found)]


# -------------------------------------------------------------------------------------------------------- association


def _rssi_dbm(scene: _Scene, devices: _Devices, place: NDArray[np.intp]) -> Floats:
    """Received power (radio, draw, device)."""
    shadow = devices.shadow_db[scene.ap] if len(devices.shadow_db) > 1 or devices.shadow_db.size > 1 else devices.shadow_db
    return np.asarray(scene.power_dbm[:, None, None] + scene.gain_db[:, place] + shadow)


def _associate(scene: _Scene, devices: _Devices, rssi_dbm: Floats) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """(draw, device) each: the radio that serves it, -1 for none; and whether it found some radio in reach, but all full.

    Every device asks the radio that it likes best; a full radio keeps those it hears best, and the others ask the next.
    """
    reach = (rssi_dbm >= MIN_ASSOCIATION_DBM) & scene.usable[:, devices.kind]
    liked = rssi_dbm
    if devices.sticky.any():
        liked = np.where(devices.sticky, _rssi_dbm(scene, devices, devices.came_from), rssi_dbm)
    score = np.where(reach, liked + scene.preference_db[:, None, None], -np.inf)
    radios, draws, _ = score.shape
    serving, best = score.argmax(axis=0), score.max(axis=0)
    serving = np.where(np.isfinite(best), serving, -1)
    if not scene.behaviour.client_limits:
        return serving, np.zeros(serving.shape, dtype=bool)
    draw = np.broadcast_to(np.arange(draws)[:, None], serving.shape)
    asked = np.zeros(serving.shape, dtype=bool)
    for _ in range(radios * 4):
        cell = np.where(serving >= 0, draw * radios + serving, draws * radios).ravel()
        taken = np.bincount(cell, weights=devices.weight.ravel(), minlength=draws * radios + 1)[:-1].reshape(draws, radios)
        over = taken > scene.limit + 1e-6
        if not over.any():
            break
        # Only devices at an overfull radio are sorted.
        flat = np.flatnonzero((serving >= 0) & over[draw, np.maximum(serving, 0)])
        order = flat[np.lexsort((-best.ravel()[flat], cell[flat]))]
        filled = np.cumsum(devices.weight.ravel()[order])
        first = np.flatnonzero(np.diff(cell[order], prepend=-1))
        base = np.repeat(filled[first] - devices.weight.ravel()[order][first], np.diff(np.append(first, len(order))))
        limit = scene.limit[serving.ravel()[order]]
        out = order[filled - base > limit + 1e-6]
        if not len(out):
            break
        d, n = np.unravel_index(out, serving.shape)
        score[serving[d, n], d, n] = -np.inf
        asked[d, n] = True
        again = score[:, d, n]
        best[d, n] = again.max(axis=0)
        serving[d, n] = np.where(np.isfinite(best[d, n]), again.argmax(axis=0), -1)
    return serving, asked & (serving < 0)


# -------------------------------------------------------------------------------------------------------------- cells


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over a radio's devices: `of(x)` is (draw, radio)."""

    cell: NDArray[np.intp]
    draws: int
    radios: int

    def of(self, values: Floats) -> Floats:
        found = np.bincount(self.cell, weights=np.broadcast_to(values, (self.draws, values.shape[-1])).ravel(), minlength=0)
        full = np.zeros(self.draws * (self.radios + 1))
        full[: len(found)] = found
        return full.reshape(self.draws, self.radios + 1)[:, :-1]


def _sums(serving: NDArray[np.intp], radios: int) -> _Sums:
    draws = len(serving)
    slot = np.where(serving >= 0, serving, radios) + np.arange(draws)[:, None] * (radios + 1)
    return _Sums(slot.ravel(), draws, radios)


@dataclass(frozen=True, slots=True)
class _Quality:
    """What each device's link is worth, (draw, device): indices into `Rates`, and whether it works both ways."""

    down: NDArray[np.intp]
    up: NDArray[np.intp]
    ok: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """A crowd on a design: (draw, device) who is served where; (draw, radio) the rest; `waits` is (draw, radio, radio)."""

    devices: _Devices
    serving: NDArray[np.intp]
    turned_away: NDArray[np.bool_]
    quality: _Quality
    sums: _Sums
    own: Floats
    waits: Floats
    taken_share: Floats
    """By probes, broadcasts and foreign networks."""
    people_share: Floats
    """By probes and broadcasts alone: it grows with people."""
    calls_share: Floats
    """By calls, own and neighbours': part of `busy`, and time that queues do not have."""
    beacons_share: Floats
    busy: Floats
    offered: list[_CellGroup]
    saturated: list[_CellGroup]


@dataclass(frozen=True, slots=True)
class _CellGroup:
    """Cells of the radios `which` of one band and width: (draw * radio) of them, as each radio hears them, and their load."""

    which: NDArray[np.intp]
    cells: Cells
    down_mbps: Floats
    up_mbps: Floats
    own_share: Floats
    """Of the cell's downlink, the radio's own."""


def _state(scene: _Scene, devices: _Devices, *, load: bool = True, direction: Direction | None = "down") -> _State:
    """Associate, measure the links, and put every radio into the cell that it hears. `direction` None: no saturated cells."""
    rssi = _rssi_dbm(scene, devices, devices.place)
    serving, turned_away = _associate(scene, devices, rssi)
    radios, draws, _ = rssi.shape
    sums = _sums(serving, radios)
    at = np.maximum(serving, 0)
    mine = np.take_along_axis(rssi, at[None], axis=0)[0]
    power_up = devices.kind_power_dbm[devices.kind]
    heard = _heard(scene, devices, serving, sums=sums, rssi=rssi, power_up=power_up)

    def quality(activity: Floats | None, down_part: Floats) -> _Quality:
        down_mw, up_mw = _interference_mw(scene, serving, rssi, heard=heard, activity=activity, down_part=down_part)
        noise = scene.noise_dbm[at]
        sinr_down = hearing.sinr_db(mine, noise, down_mw)
        sinr_up = hearing.sinr_db(power_up + mine - scene.power_dbm[at], noise, up_mw)
        base = (scene.group[at] * scene.rates.ok.shape[1] + devices.kind) * len(SINR_DB)
        index_down, index_up = base + sinr_step(sinr_down), base + sinr_step(sinr_up)
        ok = (serving >= 0) & scene.rates.ok.ravel()[index_down] & scene.rates.ok.ravel()[index_up]
        return _Quality(index_down, index_up, ok)

    cost = scene.rates.s_per_mbit.ravel()
    first = quality(None, np.ones((draws, radios)))
    down_need = sums.of(np.where(first.ok, devices.down_mbps * cost[first.down], 0.0))
    up_need = sums.of(np.where(first.ok, devices.up_mbps * cost[first.up], 0.0))
    down_part = _ratio(down_need, down_need + up_need, 1.0)
    waits = _waits(scene, heard, down_part)
    wanted = np.einsum("drq,dq->dr", waits, down_need + up_need)
    found = quality((down_need + up_need) / np.maximum(1.0, wanted), down_part)

    call_us = scene.rates.call_us.ravel()
    calls = (
        sums.of(np.where(found.ok, devices.calls_down * call_us[found.down] + devices.calls_up * call_us[found.up], 0.0)) * 1e-6
    )
    own = calls + sums.of(np.where(found.ok, devices.down_mbps * cost[found.down] + devices.up_mbps * cost[found.up], 0.0))
    beacons, people_share = _overheads(scene, devices, waits)
    taken = 1 - (1 - people_share) * (1 - scene.foreign_share)
    busy = np.einsum("drq,dq->dr", waits, own) + beacons + taken
    calls_share = np.minimum(np.einsum("drq,dq->dr", waits, calls), 0.99)
    queued = 1 - (1 - taken) * (1 - calls_share)
    offered = _cells(scene, devices, found, sums=sums, waits=waits, taken=queued) if load else []
    saturated: list[_CellGroup] = []
    if direction is not None:
        # Full queues send as their direction says, whatever was asked for.
        part = np.full((draws, radios), {"down": 1.0, "up": 0.0, "both": 0.5}[direction])
        waits_full = _waits(scene, heard, part)
        loaded = (sums.of(np.where(found.ok, devices.active, 0.0)) > 0).astype(np.float64)
        sharing = np.maximum(np.einsum("drq,dq->dr", waits_full, loaded), 1.0)
        full = quality(loaded / sharing, part)
        saturated = _cells(scene, devices, full, sums=sums, waits=waits_full, taken=taken, saturated=direction)
    return _State(
        devices=devices,
        serving=serving,
        turned_away=turned_away,
        quality=found,
        sums=sums,
        own=own,
        waits=waits,
        taken_share=taken,
        people_share=people_share,
        calls_share=calls_share,
        beacons_share=beacons,
        busy=busy,
        offered=offered,
        saturated=saturated,
    )


def _ratio(part: Floats, whole: Floats, otherwise: float) -> Floats:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), otherwise)


@dataclass(frozen=True, slots=True)
class _Heard:
    """By pair of radios with common spectrum: what clients hear and are heard of. All (draw,) by (r, q)."""

    by_clients: dict[tuple[int, int], Floats]
    """Share of r's active clients that wait for access point q."""
    of_clients: dict[tuple[int, int], Floats]
    """Share of q's active clients that access point r waits for."""
    hidden_mw: dict[tuple[int, int], Floats]
    """Mean power at access point r of those of q's active clients that it does not wait for."""


def _heard(
    scene: _Scene,
    devices: _Devices,
    serving: NDArray[np.intp],
    *,
    sums: _Sums,
    rssi: Floats,
    power_up: Floats,
) -> _Heard:
    by_clients, of_clients, hidden = {}, {}, {}
    count = sums.of(devices.active)
    for r, q in np.argwhere(np.isfinite(scene.spill_db)):
        threshold, spill = scene.threshold_dbm[r, q], scene.spill_db[r, q]
        at_r = rssi[r] - scene.power_dbm[r] + power_up + spill
        of_q = np.where(serving == q, devices.active, 0.0)
        loud = at_r >= threshold
        hidden[r, q] = _ratio((of_q * np.where(loud, 0.0, 10 ** (at_r / 10))).sum(axis=1), count[:, q], 0.0)
        if np.isfinite(threshold):
            of_clients[r, q] = _ratio((of_q * loud).sum(axis=1), count[:, q], float(scene.hears[r, q]))
            of_r = np.where(serving == r, devices.active, 0.0)
            by_clients[r, q] = _ratio((of_r * (rssi[q] + spill >= threshold)).sum(axis=1), count[:, r], float(scene.hears[r, q]))
    return _Heard(by_clients, of_clients, hidden)


def _waits(scene: _Scene, heard: _Heard, down_part: Floats) -> Floats:
    """(draw, r, q): how much of q's airtime r must wait for: 1 for itself, 0 when nothing of r hears anything of q.

    Each of q's transmissions (its access point's, its clients') against each of r's, weighted by their airtime. What r's clients
    hear of q's clients is not traced; it is taken as what r's access point hears of them.
    """
    draws, radios = down_part.shape
    waits = np.zeros((draws, radios, radios))
    waits[:, np.arange(radios), np.arange(radios)] = 1.0
    for (r, q), by_clients in heard.by_clients.items():
        down_r, down_q, of_clients = down_part[:, r], down_part[:, q], heard.of_clients[r, q]
        of_ap = down_r * scene.hears[r, q] + (1 - down_r) * by_clients
        waits[:, r, q] = down_q * of_ap + (1 - down_q) * of_clients
    return waits


def _interference_mw(
    scene: _Scene,
    serving: NDArray[np.intp],
    rssi: Floats,
    *,
    heard: _Heard,
    activity: Floats | None,
    down_part: Floats,
) -> tuple[Floats, Floats]:
    """Mean power (draw, device) that disturbs the downlink at the device, and the uplink at its access point.

    From radios with common or adjacent spectrum that may send at the same time (`hearing.talks_over`), as often as they send.
    """
    down, up = np.zeros(serving.shape), np.zeros(serving.shape)
    if activity is None:
        return down, up
    draws, radios = activity.shape
    at_ap = np.zeros((draws, radios + 1))
    rows = np.arange(draws)[:, None]
    for (r, q), hidden_mw in heard.hidden_mw.items():
        unheard = scene.talks_over[r, q]
        sends = activity[:, q]
        from_ap = unheard * sends * down_part[:, q] * 10 ** (scene.ap_power_dbm[r, q] / 10)
        at_ap[:, r] += from_ap + sends * (1 - down_part[:, q]) * hidden_mw
    spill = np.where(np.isfinite(scene.spill_db), 10 ** (scene.spill_db / 10), 0.0) * scene.talks_over
    for q in np.flatnonzero(spill.any(axis=0)).tolist():
        into = np.append(spill[:, q], 0.0)[serving] * activity[:, q][:, None]
        down += into * 10 ** (rssi[q] / 10)
    up = at_ap[rows, serving]
    return down, up


def _overheads(scene: _Scene, devices: _Devices, waits: Floats) -> tuple[Floats, Floats]:
    """(beacons, probes and broadcasts) as shares of each radio's time (draw, radio): the second grows with people."""
    network = scene.design.network
    ssids = float(max(1, len(network.ssids)))
    draws, radios = waits.shape[:2]
    sharing = waits.sum(axis=2)
    everybody = sum(one.people * one.devices_per_person for one in scene.crowd.asked)
    connected = devices.weight.sum(axis=1)[:, None]
    planned = sum(one.people * one.devices_per_person * one.associated_share for one in scene.crowd.asked)
    # Devices that stay off the network probe all the more; scaled with the crowd.
    around = np.broadcast_to(everybody * _ratio(connected, np.full_like(connected, planned), 0.0), (draws, radios))
    beacons, taken = np.zeros((draws, radios)), np.zeros((draws, radios))
    for g, (band, _) in enumerate(scene.groups):
        mine = np.flatnonzero(scene.group == g)
        found = overhead_of(
            band=band,
            bss=sharing[:, mine],
            ssids=ssids,
            # One broadcast domain: every access point repeats everybody's, and waits for the others to do so too.
            clients=np.broadcast_to(connected, (draws, len(mine))) * sharing[:, mine],
            devices=around[:, mine],
            basic_rate_mbps=_basic_rate_mbps(network, band),
        )
        beacons[:, mine] = found.beacons_share
        taken[:, mine] = found.share if scene.behaviour.overhead else 0.0
    return beacons, np.minimum(taken, 0.99)


def _cells(
    scene: _Scene,
    devices: _Devices,
    quality: _Quality,
    *,
    sums: _Sums,
    waits: Floats,
    taken: Floats,
    saturated: Direction | None = None,
) -> list[_CellGroup]:
    """Every radio's cell: its own stations, and those of its neighbours as far as it waits for them.

    Groups of clients are merged: by packets into one mean client where load is offered, by access into one mean PPDU where queues
    are full (equal packets down, equal accesses up). Identical clients merge without error.
    """
    table = {name: getattr(scene.rates, name).ravel() for name in ("ppdu_us", "mpdus", "mpdu_us", "ack_us")}
    active = np.where(quality.ok, devices.active, 0.0)
    ways: list[list[Floats]] = []
    loads = []
    for index, mbps, each_access in ((quality.down, devices.down_mbps, False), (quality.up, devices.up_mbps, True)):
        ppdu, mpdus, mpdu, ack = (table[name][index] for name in ("ppdu_us", "mpdus", "mpdu_us", "ack_us"))
        load = np.where(quality.ok, mbps, 0.0)
        # Of PPDUs when saturated, of packets when load is offered.
        weight = (active if each_access else active / mpdus) if saturated else load
        head = ppdu - mpdus * mpdu
        total = sums.of(weight)
        most = sums.of(weight * mpdus) if saturated else sums.of(weight / mpdus)
        ways.append([total, sums.of(weight * head), sums.of(weight * mpdu), most, sums.of(weight * ack), sums.of(weight * ppdu)])
        loads.append(sums.of(load))
    flows = sums.of(active)
    found = []
    for g, (band, width_mhz) in enumerate(scene.groups):
        which = np.flatnonzero(scene.group == g)
        found.append(
            _cell_group(
                scene,
                which,
                band,
                width_mhz,
                flows=flows,
                ways=ways,
                loads=loads,
                waits=waits,
                taken=taken,
                saturated=saturated,
            )
        )
    return found


def _cell_group(
    scene: _Scene,
    which: NDArray[np.intp],
    band: str,
    width_mhz: int,
    *,
    flows: Floats,
    ways: list[list[Floats]],
    loads: list[Floats],
    waits: Floats,
    taken: Floats,
    saturated: Direction | None,
) -> _CellGroup:
    as_heard = waits[:, which]

    def heard(values: Floats) -> Floats:
        return np.asarray(np.einsum("drq,dq->dr", as_heard, values).ravel())

    sends = [
        (flows > 0) & (saturated in {way, "both"}) if saturated else (load > 0)
        for load, way in zip(loads, ("down", "up"), strict=True)
    ]
    aps = heard(sends[0].astype(np.float64))
    clients = heard(flows)
    arrays: dict[str, Floats] = {}
    for name, parts in zip(("down", "up"), ways, strict=True):
        total = parts[0]
        # Of saturated access points each wins the air equally often, whatever the number of its clients.
        scale = _ratio(np.ones_like(total), total, 0.0) if saturated and name == "down" else np.ones_like(total)
        weight = heard(total * scale)
        mean_head, mean_mpdu, mean_most, mean_ack, mean_ppdu = (_ratio(heard(part * scale), weight, 1.0) for part in parts[1:])
        mpdus = np.maximum(mean_most, 1.0) if saturated else 1.0 / np.maximum(mean_most, 1e-9)
        ppdu_us = mean_ppdu if saturated else mean_head + mpdus * mean_mpdu
        arrays[name] = np.stack((mpdus, mean_mpdu, mean_ack, ppdu_us))[:, :, None]
    count = len(aps)
    cells = cells_of(
        np.zeros((count, 1), dtype=np.int64),
        np.ones((count, 1)),
        band=band,
        width_mhz=width_mhz,
        ssids=np.full(count, float(max(1, len(scene.design.network.ssids)))),
        basic_rate_mbps=_basic_rate_mbps(scene.design.network, band),
        packet_error_share=scene.behaviour.packet_error_share,
        taken_share=taken[:, which].ravel(),
    )
    cells = replace(
        cells,
        access_points=np.maximum(aps, 1e-9),
        clients=clients[:, None],
        down=aps > 1e-9,
        up=heard(sends[1].astype(np.float64)) > 1e-9,
        beacon_sources=as_heard.sum(axis=2).ravel(),
        down_mpdus=arrays["down"][0],
        down_mpdu_us=arrays["down"][1],
        down_ack_us=arrays["down"][2],
        down_ppdu_us=arrays["down"][3],
        up_mpdus=arrays["up"][0],
        up_mpdu_us=arrays["up"][1],
        up_ack_us=arrays["up"][2],
        up_ppdu_us=arrays["up"][3],
    )
    down, up = (heard(load) for load in loads)
    per = np.maximum(clients, 1e-12)
    own_down = sends[0][:, which].astype(np.float64)
    mine = own_down
    if saturated:
        # An equal part of the accesses, filled with its own packets.
        own_mpdus = _ratio(ways[0][3], ways[0][0], 0.0)[:, which]
        mine = own_down * own_mpdus / np.maximum(arrays["down"][0].reshape(own_mpdus.shape), 1e-9)
    return _CellGroup(
        which=which,
        cells=cells,
        down_mbps=(down / per)[:, None],
        up_mbps=(up / per)[:, None],
        own_share=mine / np.maximum(aps.reshape(own_down.shape), 1e-9),
    )


@dataclass(frozen=True, slots=True)
class _Carried:
    """(draw, radio): what the cells do with their load. `fits` is the largest part of it that is served well, at most 1."""

    loss: Floats
    on_air: Floats
    delay_p95_ms: Floats
    fits: Floats


def _carried(state: _State) -> _Carried:
    shape = state.own.shape
    loss, on_air, delay, fits = np.zeros(shape), state.taken_share.copy(), np.zeros(shape), np.ones(shape)
    for group in state.offered:
        rows = (len(loss), len(group.which))
        steady = steady_state(group.cells, group.down_mbps, group.up_mbps)
        share = np.ones(len(group.down_mbps))
        bad = np.flatnonzero(~steady.fits)
        if len(bad):
            cells, down, up = take(group.cells, bad), group.down_mbps[bad], group.up_mbps[bad]
            low, high = np.zeros(len(bad)), np.ones(len(bad))
            for _ in range(7):
                middle = (low + high) / 2
                good = steady_state(replace(cells, clients=cells.clients * middle[:, None]), down, up, rounds=_ROUNDS).fits
                low, high = np.where(good, middle, low), np.where(good, high, middle)
            share[bad] = low
        loss[:, group.which] = steady.loss_share.reshape(rows)
        on_air[:, group.which] = steady.busy_share.reshape(rows)
        delay[:, group.which] = steady.delay_p95_ms.reshape(rows)
        fits[:, group.which] = share.reshape(rows)
    return _Carried(loss, on_air, delay, fits)


_ROUNDS = 100


def _goodput_mbps(state: _State, direction: Direction = "down") -> Floats:
    """(draw, radio): what each radio carries when every active client is saturated in `direction`."""
    found = np.zeros(state.own.shape)
    for group in state.saturated:
        rows = (len(found), len(group.which))
        cell = saturated_goodput(group.cells)
        down = cell.down_mbps.sum(axis=1).reshape(rows) * group.own_share
        up = cell.up_mbps.sum(axis=1).reshape(rows)
        if direction != "down":
            own = state.sums.of(np.where(state.quality.ok, state.devices.active, 0.0))[:, group.which]
            up = up * own / np.maximum(group.cells.clients.reshape(rows), 1e-12)
        found[:, group.which] = down if direction == "down" else up if direction == "up" else down + up
    return found


# ----------------------------------------------------------------------------------------------------------- facility


@dataclass(frozen=True, slots=True)
class _Asked:
    """A facility's demands with the scenario of each, where it is known."""

    name: str
    demands: tuple[Demand, ...]
    scenarios: tuple[Scenario | None, ...]


def _asked(design: Design, scenario: Scenario | str | None, persons: float | None, persons_per_m2: float | None) -> _Asked:
    if scenario is None:
        if not design.demands:
            raise DesignError("the design has no demand; give --scenario NAME")
        names = [name.strip() for name in design.scenario.replace("+", ",").split(",") if name.strip()]
        known = [demand.scenarios()[name] for name in names if name in demand.scenarios()]
        of = {one.guaranteed: one for one in reversed(known)}
        return _Asked(design.scenario, design.demands, tuple(of.get(one.guaranteed) for one in design.demands))
    wanted = [demand.find_scenario(name.strip()) for name in scenario.split("+")] if isinstance(scenario, str) else [scenario]
    rows: list[tuple[Demand, Scenario]] = []
    for one in wanted:
        # A number of people is that of the crowd; a scenario with a number of its own keeps it beside another one.
        own = len(wanted) > 1 and one.persons is not None
        found = demands(design.floor_plan, one, persons=None if own else persons, persons_per_m2=None if own else persons_per_m2)
        rows += [(each, one) for each in found]
    return _Asked("+".join(one.name for one in wanted), tuple(row[0] for row in rows), tuple(row[1] for row in rows))


def capacity(
    design: Design,
    *,
    scenario: Scenario | str | None = None,
    persons: float | None = None,
    persons_per_m2: float | None = None,
    points_per_zone: int | None = None,
    gains_db: Gains | None = None,
    obstruction_db: float | None = None,
    behaviour: Behaviour | None = None,
    direction: Direction = "down",
    draws: int = 0,
    seed: int = 0,
    with_links: bool = True,
    progress: Callable[[float], None] | None = None,
) -> Capacity:
    """What the design carries at the peak of its demand, or of another scenario's.

    Parameters
    ----------
    scenario : Scenario or name, optional
        Instead of `design.demands`; "shelter-day1+staff" is both at once.
    persons, persons_per_m2 : float, optional
        With a scenario: all people in the building, or how densely they stand.
    points_per_zone : int, optional
        Places in each zone; by default `POINTS` in all, by area.
    gains_db : callable, optional
        Path gains (access point, point) in dB; by default `wifiplan.radio.radiomap.gains_db`. One that is given brings its own
        obstruction, and may remember what it has traced.
    obstruction_db : float, optional
        What people and partitions cost every path to a client; by default the scenario's, or what the design was reckoned with.
    direction : {"down", "up", "both"}
        What is saturated for `goodput_mbps`.
    draws, seed : int
        Monte Carlo draws of positions, devices, activity and fading; with the same seed the same answer.
    with_links : bool
        Look for the people at which each link breaks, which takes most of the time without draws.

    Raises
    ------
    DesignError
        No access point, no demand, a demand for a zone that the plan does not have, an absurd number.

    Notes
    -----
    With nobody there, nothing is loaded and no link breaks. Who is not reached at the lowest rate is not served (`no_signal`).
    """
    asked = _asked(design, scenario, persons, persons_per_m2)
    if not any(ap.radios for ap in design.access_points):
        raise DesignError("the design has no access point with a radio; place some with `wifiplan place`")
    if draws < 0 or draws > 100_000:
        raise DesignError(f"draws is {draws}; give 0 to 100000")
    behaviour = behaviour or Behaviour()
    crowd = _crowd(design.floor_plan, asked, points_per_zone, behaviour.only_2g4_share)
    if obstruction_db is None:
        chosen = next((one for one in asked.scenarios if one is not None), None)
        said = chosen.obstruction_db.value if scenario is not None and chosen else demand.obstruction_db(design)
        obstruction_db = said if gains_db is None else 0.0
    if gains_db is None:
        from wifiplan.radio import radiomap  # loads Numba

        gains_db = radiomap.gains_db
    scene = _scene(design, crowd, behaviour, gains_db, obstruction_db)
    if progress is not None:
        progress(0.5)
    state = _state(scene, _mean_devices(crowd), direction=direction)
    carried = _carried(state)
    goodput = _goodput_mbps(state, direction)
    loads = _loads(scene, state, carried, goodput)
    zones = _zones(scene, state, carried)
    people = float(sum(one.people for one in asked.demands))
    each = _per_person(asked)
    links = _links(scene, state, each) if people > 0 and with_links else ()
    spread = _spread(scene, draws=draws, seed=seed, direction=direction, progress=progress) if draws else {}
    return Capacity(
        scenario=asked.name,
        people=round(people, 1),
        radios=loads,
        zones=zones,
        links=links,
        served=round(sum(zone.served for zone in zones), 1),
        goodput_mbps=round(float(goodput.sum()), 3),
        unknown_links=chain.unknown(design.network),
        margins=_margins(scene, state) if people > 0 else (),
        uplinks=tuple(chain.failover(design.network, each, people)),
        warnings=_warnings(scene, each, people),
        day=_day(asked),
        draws=draws,
        seed=seed,
        spread=spread,
    )


def _loads(scene: _Scene, state: _State, carried: _Carried, goodput: Floats) -> tuple[RadioLoad, ...]:
    devices, quality = state.devices, state.quality
    clients = state.sums.of(devices.weight)[0]
    offered = state.sums.of(np.where(quality.ok, devices.down_mbps + devices.up_mbps, 0.0))[0]
    phy = np.where(quality.ok, scene.rates.rate_mbps.ravel()[quality.down], 0.0)[0]
    found = []
    for r, (ap, radio) in enumerate(scene.radios):
        mine = (state.serving[0] == r) & (devices.weight[0] > 0)
        rate, weight = phy[mine], devices.weight[0][mine]
        others = [q for q in range(len(scene.radios)) if q != r and state.waits[0, r, q] > 0.01]
        found.append(
            RadioLoad(
                ap=ap.name,
                band=radio.band,
                channel=radio.channel,
                width_mhz=radio.width_mhz,
                clients=round(float(clients[r]), 2),
                client_limit=radio.client_limit,
                busy_share=round(float(min(1.0, state.busy[0, r])), 4),
                own_busy_share=round(float(min(1.0, state.own[0, r])), 4),
                offered_mbps=round(float(offered[r]), 3),
                carried_mbps=round(float(offered[r] * (1 - carried.loss[0, r])), 3),
                median_rate_mbps=round(_weighted_quantile(rate, weight, 0.5), 1),
                p10_rate_mbps=round(_weighted_quantile(rate, weight, 0.1), 1),
                shares_air_with=tuple(scene.radios[q][0].name for q in others),
                on_air_share=round(float(min(1.0, carried.on_air[0, r])), 4),
                overhead_share=round(float(state.taken_share[0, r]), 4),
                delay_p95_ms=round(float(carried.delay_p95_ms[0, r]), 1),
                goodput_mbps=round(float(goodput[0, r]), 3),
            )
        )
    return tuple(found)


def _served_share(scene: _Scene, state: _State, carried: _Carried) -> Floats:
    """(draw, device): 1 for who gets what was asked for in time, a part where the cell can hold only a part of its clients.

    Guaranteed ones are served first, the others with what is left.
    """
    first = np.array([one.guaranteed for one in scene.crowd.asked])[state.devices.owner]
    fits = np.append(carried.fits, np.ones((len(carried.fits), 1)), axis=1)
    rows = np.arange(len(fits))[:, None]
    if first.any():
        cost = scene.rates.s_per_mbit.ravel()
        need = np.where(
            state.quality.ok,
            state.devices.down_mbps * cost[state.quality.down] + state.devices.up_mbps * cost[state.quality.up],
            0.0,
        )
        heard = np.einsum("drq,dq->dr", state.waits, state.sums.of(np.where(first, need, 0.0)))
        guaranteed = _ratio(heard, np.einsum("drq,dq->dr", state.waits, state.own), 0.0)
        mine = np.minimum(1.0, _ratio(carried.fits, guaranteed, 1.0))
        rest = np.clip(_ratio(carried.fits - guaranteed, 1 - guaranteed, 1.0), 0.0, 1.0)
        mine, rest = (np.append(part, np.ones((len(part), 1)), axis=1) for part in (mine, rest))
        share = np.where(first, mine[rows, state.serving], rest[rows, state.serving])
    else:
        share = fits[rows, state.serving]
    return np.where(state.quality.ok, share, 0.0)


def _zones(scene: _Scene, state: _State, carried: _Carried) -> tuple[ZoneService, ...]:
    devices = state.devices
    share = _served_share(scene, state, carried)[0]
    got = np.append(1 - carried.loss[0], 0.0)[state.serving[0]] * state.quality.ok[0]
    found = []
    for index, one in enumerate(scene.crowd.asked):
        mine = devices.owner[0] == index
        weight = devices.weight[0][mine]
        total = float(weight.sum())
        served = float((weight * share[mine]).sum()) / total if total else 1.0
        away = float((weight * state.turned_away[0][mine]).sum()) / total if total else 0.0
        deaf = float((weight * ~(state.quality.ok[0][mine] | state.turned_away[0][mine])).sum()) / total if total else 0.0
        rate = one.down_mbps * got[mine]
        found.append(
            ZoneService(
                zone=one.zone,
                people=round(one.people, 1),
                devices=round(total, 1),
                served=round(one.people * served, 1),
                unserved=round(one.people * (1 - served), 1),
                median_mbps=round(_weighted_quantile(rate, weight, 0.5), 3),
                p10_mbps=round(_weighted_quantile(rate, weight, 0.1), 3),
                no_signal=round(one.people * deaf, 1),
                turned_away=round(one.people * away, 1),
            )
        )
    return tuple(found)


def _weighted_quantile(values: NDArray[np.float64], weight: NDArray[np.float64], share: float) -> float:
    if not len(values) or weight.sum() <= 0:
        return 0.0
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    return float(values[order][min(int(np.searchsorted(reached, share)), len(values) - 1)])


# -------------------------------------------------------------------------------------------------------------- spread

_MOST_CELLS = 1_500_000
"""Radios x draws x devices that are held at a time."""


def _spread(
    scene: _Scene, *, draws: int, seed: int, direction: Direction, progress: Callable[[float], None] | None
) -> dict[str, Spread]:
    """Percentiles over whole crowds drawn at random: of the facility, of each radio, of each zone."""
    crowd = scene.crowd
    count = max(1, sum(round(one.people * one.devices_per_person) for one in crowd.asked))
    step = max(1, _MOST_CELLS // (count * len(scene.radios)))
    fading_db = scene.design.requirement.fading_db
    aps = len(scene.design.access_points)
    columns: dict[str, list[Floats]] = {}
    for first in range(0, draws, step):
        some = range(first, min(draws, first + step))
        devices = _drawn_devices(crowd, scene.behaviour, aps=aps, draws=some, seed=seed, fading_db=fading_db)
        state = _state(scene, devices, direction=direction)
        carried = _carried(state)
        for name, values in _figures(scene, state, carried, _goodput_mbps(state, direction)).items():
            columns.setdefault(name, []).append(values)
        if progress is not None:
            progress(0.5 + 0.5 * some.stop / draws)
    found = {}
    for name, parts in columns.items():
        p10, p50, p90 = np.quantile(np.concatenate(parts), (0.1, 0.5, 0.9))
        found[name] = Spread(p10=round(float(p10), 4), p50=round(float(p50), 4), p90=round(float(p90), 4))
    return found


def _figures(scene: _Scene, state: _State, carried: _Carried, goodput: Floats) -> dict[str, Floats]:
    """(draw,) each."""
    devices = state.devices
    share = _served_share(scene, state, carried)
    offered = state.sums.of(np.where(state.quality.ok, devices.down_mbps + devices.up_mbps, 0.0))
    clients = state.sums.of(devices.weight)
    found: dict[str, Floats] = {}
    zones: dict[str, Floats] = {}
    for index, one in enumerate(scene.crowd.asked):
        mine = devices.owner == index
        weight = np.where(mine, devices.weight, 0.0)
        got = one.people * _ratio((weight * share).sum(axis=1), weight.sum(axis=1), 1.0)
        zones[one.zone] = zones.get(one.zone, 0.0) + got
    found["served"] = np.sum(list(zones.values()), axis=0)
    found["offered_mbps"] = (devices.down_mbps + devices.up_mbps).sum(axis=1)
    found["carried_mbps"] = (offered * (1 - carried.loss)).sum(axis=1)
    found["goodput_mbps"] = goodput.sum(axis=1)
    found["busy_share"] = state.busy.max(axis=1)
    found["delay_p95_ms"] = carried.delay_p95_ms.max(axis=1)
    for r, (ap, radio) in enumerate(scene.radios):
        where = f"{ap.name} {radio.band} GHz"
        found[f"{where}: clients"] = clients[:, r]
        found[f"{where}: busy_share"] = state.busy[:, r]
        found[f"{where}: on_air_share"] = carried.on_air[:, r]
    return found | {f"{zone}: served": values for zone, values in zones.items()}


# -------------------------------------------------------------------------------------------------------- weakest link

MOVES = {
    "airtime": "more access points on channels of their own, narrower channels",
    "associations": "more radios near the crowd, or a higher client limit",
    "coverage": "access points nearer to the people",
}


def _per_person(asked: _Asked) -> PerPerson:
    """The mean person of all demands."""
    people = sum(one.people for one in asked.demands) or 1.0
    connected = sessions = stayed = 0.0
    mbps: dict[str, list[float]] = {}
    for one, scenario in zip(asked.demands, asked.scenarios, strict=True):
        devices = one.people * one.devices_per_person * one.associated_share
        connected += devices
        sessions += devices * (scenario.sessions_per_device.value if scenario else _SESSIONS)
        stayed += devices * (scenario.stay_h.value if scenario else _STAY_H)
        active = devices * one.active_share
        parts = [("web", 1.0, 1.0)]
        if scenario is not None and scenario.down_mbps and scenario.up_mbps:
            parts = [
                (
                    app.kind,
                    app.share.value * app.down_mbps.value / scenario.down_mbps,
                    app.share.value * app.up_mbps.value / scenario.up_mbps,
                )
                for app in scenario.applications
            ]
        for kind, down_part, up_part in parts:
            row = mbps.setdefault(kind, [0.0, 0.0])
            row[0] += active * one.down_mbps * down_part / people
            row[1] += active * one.up_mbps * up_part / people
    return PerPerson(
        connected=connected / people,
        sessions=sessions / people,
        stay_h=stayed / connected if connected else _STAY_H,
        mbps={kind: (row[0], row[1]) for kind, row in mbps.items()},
    )


def _day(asked: _Asked) -> tuple[Hour, ...]:
    """All demands together, from midnight; empty where a scenario is not known."""
    rows: list[tuple[Hour, ...]] = []
    for one, scenario in zip(asked.demands, asked.scenarios, strict=True):
        if scenario is None:
            return ()
        # People come before the hour in which most of them are active.
        peak = int(np.argmax(scenario.hours))
        first = (peak - math.ceil(scenario.arrive_h.value)) % 24
        rows.append(tuple(sorted(demand.day(scenario, one.people, first_hour=first), key=lambda row: row.hour)))
    return tuple(
        replace(
            hours[0],
            **{
                name: round(sum(getattr(hour, name) for hour in hours), 3)
                for name in ("people", "devices", "active", "down_mbps", "up_mbps", "joins_per_min")
            },
        )
        for hours in zip(*rows, strict=True)
    )


_SESSIONS, _STAY_H = 200.0, 12.0
"""Of a device whose scenario is not known: as in `demand.Scenario`."""


def _links(scene: _Scene, state: _State, each: PerPerson) -> tuple[Link, ...]:
    """Where each link breaks if the crowd grows as it stands, first things first; only links whose limit is known."""
    found = _radio_links(scene, state)

    def carried_by(kept: int) -> float:
        if kept == 0:
            return 0.0
        # Those that serve most stay on.
        clients = state.sums.of(state.devices.weight)[0]
        served = np.bincount(scene.ap, weights=clients, minlength=len(scene.design.access_points))
        on = np.isin(scene.ap, np.argsort(-served, kind="stable")[:kept])
        part = scene.part(np.flatnonzero(on))
        if not part.radios:
            return 0.0
        rest = _radio_links(part, _state(part, state.devices, direction=None))
        return min((link.people for link in rest), default=chain.AMPLE)

    found += list(chain.links(scene.design.network, each, access_points=len(scene.design.access_points), carried_by=carried_by))
    return tuple(sorted(found, key=lambda link: link.people))


def _radio_links(scene: _Scene, state: _State) -> list[Link]:
    people = float(sum(one.people for one in scene.crowd.asked))
    found = []
    devices = state.devices
    total = float(devices.weight.sum())
    reached = float((devices.weight * (state.quality.ok | state.turned_away)).sum()) / total if total else 1.0
    if reached < scene.design.requirement.coverage_share - 1e-9:
        found.append(Link(link="coverage", people=math.floor(people * reached), what_moves_it=MOVES["coverage"]))
    room = _association_factor(scene, devices) if scene.behaviour.client_limits and total else math.inf
    if math.isfinite(room):
        found.append(Link(link="associations", people=math.floor(people * room + 1e-6), what_moves_it=MOVES["associations"]))
    found += [
        Link(link=f"airtime {band} GHz", people=math.floor(people * factor + 1e-6), what_moves_it=MOVES["airtime"])
        for band, factor in _airtime_factors(scene, state, room).items()
    ]
    return found


def _association_factor(scene: _Scene, devices: _Devices) -> float:
    """How many times the crowd finds a place before the first device is turned away by every radio in reach."""
    rssi = _rssi_dbm(scene, devices, devices.place)
    reach = ((rssi >= MIN_ASSOCIATION_DBM) & scene.usable[:, devices.kind]).any(axis=0)
    reached = float((devices.weight * reach).sum())
    if reached <= 0:
        return math.inf

    def left_out(factor: float) -> bool:
        larger = devices.scaled(factor)
        _, away = _associate(scene, larger, rssi)
        return float((larger.weight * away).sum()) > max(0.5, 0.002 * factor * reached)

    # Never more than all places together.
    low, high = 0.0, 1.01 * float(scene.limit.sum()) / reached
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (low, middle) if left_out(middle) else (middle, high)
    return low


def _airtime_factors(scene: _Scene, state: _State, room: float) -> dict[str, float]:
    """By band, how many times its load fits: until the busiest radio passes `max_busy_share`, or a cell no longer keeps up.

    The second is `Steady.fits`: 95 of 100 packets within 100 ms, at most 1 in 100 lost. Interference and association
    change with the crowd, by leaps where one band is full of clients and the next takes the rest: the answer is that of the
    crowd at its own limit, found by halving, or, where all radios are full before (`room`), of the crowd that fills them.
    """
    found = _fitting(scene, state)
    least = min(found.values(), default=math.inf)
    if not (math.isfinite(least) and room > 0):
        return found

    def at(factor: float) -> _State:
        return state if factor == 1.0 else _state(scene, state.devices.scaled(factor), direction=None)

    low, high, full = (1.0, math.inf, set[str]())
    if least < 1:
        low, high, full = 0.0, 1.0, {band for band in found if found[band] < 1}
    guess = min(max(least, 0.01), room)
    for _ in range(8):
        failing = _failing(scene, at(guess))
        if failing:
            high, full = guess, failing
        else:
            low = guess
        if low >= room * 0.999 or high / max(low, 1e-9) < 1.03 or (low == least and not failing):
            break
        guess = math.sqrt(low * high) if low > 0 and high < math.inf else guess * (0.5 if failing else 2.0)
    if low == 0.0:
        return found
    found = _fitting(scene, at(low))
    return {band: min(low * factor, high if band in full else math.inf) for band, factor in found.items()}


def _failing(scene: _Scene, state: _State) -> set[str]:
    """Bands with a radio that is too busy, or whose cell does not keep up, with the crowd as it is."""
    failing = set()
    for group in state.offered:
        loaded = (state.waits[0] @ state.own[0])[group.which] > 1e-9
        if not loaded.any():
            continue
        fits = steady_state(group.cells, group.down_mbps, group.up_mbps, rounds=_ROUNDS).fits
        busy = state.busy[0, group.which] > scene.design.requirement.max_busy_share
        if (loaded & (busy | ~fits)).any():
            failing.add(scene.groups[scene.group[group.which[0]]][0])
    return failing


def _fitting(scene: _Scene, state: _State) -> dict[str, float]:
    """By band, the factor by which its clients may grow as they stand."""
    if not state.offered:
        return {}
    order = np.concatenate([group.which for group in state.offered])
    bands = np.array([scene.groups[scene.group[r]][0] for r in order])
    cells = Cells(**{name: np.concatenate([getattr(group.cells, name) for group in state.offered]) for name in Cells.__slots__})
    down, up = (np.concatenate([getattr(group, name) for group in state.offered]) for name in ("down_mbps", "up_mbps"))
    needs, people = (state.waits[0] @ state.own[0])[order], state.people_share[0][order]
    foreign, loaded = scene.foreign_share[order], needs > 1e-9
    # busy = factor (needs + people (1 - foreign)) + beacons + foreign
    room = scene.design.requirement.max_busy_share - state.beacons_share[0][order] - foreign
    most = np.where(loaded, _ratio(np.maximum(room, 0.0), needs + people * (1 - foreign), 0.0), math.inf)
    chosen = np.flatnonzero(loaded & (most > 0))
    factors = most.copy()
    if len(chosen):
        factors[chosen] = _fitting_factors(
            take(cells, chosen),
            down[chosen],
            up[chosen],
            most=most[chosen],
            people_share=1 - (1 - people[chosen]) * (1 - state.calls_share[0][order][chosen]),
            foreign_share=foreign[chosen],
        )
    return {str(band): float(factors[bands == band].min()) for band in dict.fromkeys(bands) if loaded[bands == band].any()}


def _fitting_factors(
    cells: Cells,
    down_mbps: Floats,
    up_mbps: Floats,
    *,
    most: Floats,
    people_share: Floats,
    foreign_share: Floats,
) -> Floats:
    """The largest factor (c,), up to `most`, by which the clients of each cell may grow and still be served well."""
    steps = 24
    count = len(most)
    low, high = np.zeros(count), most.copy()
    many = take(cells, np.tile(np.arange(count), steps))
    down, up = np.tile(down_mbps, (steps, 1)), np.tile(up_mbps, (steps, 1))
    for _ in range(2):
        factors = low + (high - low) * (np.arange(1, steps + 1) / steps)[:, None]
        taken = 1 - (1 - np.minimum(people_share * factors, 0.99)) * (1 - foreign_share)
        larger = replace(many, clients=many.clients * factors.ravel()[:, None], taken_share=taken.ravel())
        good = steady_state(larger, down, up, rounds=_ROUNDS).fits.reshape(steps, count)
        # Up to the first step that does not fit.
        fitting = np.cumprod(good, axis=0).sum(axis=0)
        ladder = np.vstack((low, factors))
        low, high = ladder[fitting, np.arange(count)], ladder[np.minimum(fitting + 1, steps), np.arange(count)]
        if (low >= high).all():
            break
    return low


def _margins(scene: _Scene, state: _State) -> tuple[dict[str, Any], ...]:
    """People that the airtime carries by the published deratings: load over a part of the PHY rate, and nothing else counted."""
    devices, quality = state.devices, state.quality
    rate = scene.rates.rate_mbps.ravel()
    people = float(sum(one.people for one in scene.crowd.asked))
    rows = []
    for share in MARGIN_SHARES:
        seconds = np.where(
            quality.ok,
            devices.down_mbps / np.maximum(rate[quality.down], 1e-9) + devices.up_mbps / np.maximum(rate[quality.up], 1e-9),
            0.0,
        )
        busy = np.einsum("drq,dq->dr", state.waits, state.sums.of(seconds))[0] / share
        for band in dict.fromkeys(radio.band for _, radio in scene.radios):
            worst = max(float(busy[r]) for r, (_, radio) in enumerate(scene.radios) if radio.band == band)
            if worst > 0:
                rows.append(
                    {
                        "margin": "published derating",
                        "share": share,
                        "link": f"airtime {band} GHz",
                        "people": math.floor(people / worst),
                    }
                )
    return tuple(rows)


def _warnings(scene: _Scene, each: PerPerson, people: float) -> tuple[str, ...]:
    network = scene.design.network
    found = []
    connected = each.connected * people
    if network.dhcp_addresses is not None:
        needed = chain.leased(connected, lease_s=network.dhcp_lease_s, stay_h=each.stay_h)
        if needed > network.dhcp_addresses:
            found.append(
                f"{math.ceil(needed)} addresses are needed (devices, and those that left within the lease time) and "
                f"{network.dhcp_addresses} there are: {math.ceil(needed - network.dhcp_addresses)} devices get none"
            )
    if (
        any(radio.band == "6" for _, radio in scene.radios)
        and not scene.usable[[index for index, (_, radio) in enumerate(scene.radios) if radio.band == "6"]].any()
    ):
        found.append("nobody can use the 6 GHz radios: an open SSID does not exist there, and these devices may lack the band")
    if people <= 0:
        found.append("nobody is there: nothing is loaded, and no link can be named")
    silent = sorted({f"{ap.name} channel {radio.channel}" for ap, radio in scene.radios if _radar(radio)})
    if silent:
        found.append(f"silent for {wifi.DFS_CHECK_S:.0f} s after start or radar: {', '.join(silent)} (DFS channels)")
    return tuple(found)


def _radar(radio: Radio) -> bool:
    return wifi.is_dfs(radio.band, radio.channel, radio.width_mhz)


def to_json(capacity: Capacity) -> dict[str, Any]:
    """Plain JSON as `wifiplan capacity --json` prints and `Design.capacity` holds."""
    first = capacity.links[0] if capacity.links else None
    return {
        "scenario": capacity.scenario,
        "people": capacity.people,
        "served": capacity.served,
        "goodput_mbps": capacity.goodput_mbps,
        "radios": [asdict(load) | {"shares_air_with": list(load.shares_air_with)} for load in capacity.radios],
        "access_points": _by_access_point(capacity.radios),
        "zones": [asdict(zone) for zone in capacity.zones],
        "weakest_link": {
            "link": first.link if first else "unknown",
            "people": first.people if first else None,
            "next": [asdict(link) for link in capacity.links[1:]],
            "what_moves_it": first.what_moves_it if first else "",
        },
        "unknown_links": list(capacity.unknown_links),
        "margins": list(capacity.margins),
        "uplinks": list(capacity.uplinks),
        "warnings": list(capacity.warnings),
        "day": [asdict(hour) for hour in capacity.day],
        "draws": capacity.draws,
        "seed": capacity.seed,
        "spread": {name: asdict(values) for name, values in capacity.spread.items()},
    }


def _by_access_point(radios: Sequence[RadioLoad]) -> list[dict[str, Any]]:
    """Sums over the radios of each, and its fullest channel."""
    found: dict[str, dict[str, Any]] = {}
    for load in radios:
        row = found.setdefault(
            load.ap, {"ap": load.ap, "clients": 0.0, "busy_share": 0.0, "offered_mbps": 0.0, "carried_mbps": 0.0}
        )
        row["busy_share"] = max(row["busy_share"], load.busy_share)
        for name in ("clients", "offered_mbps", "carried_mbps"):
            row[name] = round(row[name] + getattr(load, name), 3)
    return list(found.values())
