"""The problem that placement solves: a building, its people, its candidate spots and what was asked, as a matrix."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from floorplans.plan import FloorPlan
from wifiplan.airtime import wifi
from wifiplan.capacity import demand, hearing
from wifiplan.capacity.association import MIN_ASSOCIATION_DBM
from wifiplan.capacity.demand import ClientKind
from wifiplan.capacity.paths import people_of
from wifiplan.capacity.room import room_of
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Band, Demand, Design, Network, Radio
from wifiplan.placement.ask import Ask
from wifiplan.placement.matrix import UNBOUNDED, Load, Matrix
from wifiplan.placement.points import People, groups, people_points
from wifiplan.placement.spot import ANTENNA_GAIN_DBI, Spot
from wifiplan.placement.verdict import (
    BUSY_TOLERANCE,
    LEFT_OUT_SHARE,
    ROUNDED_PEOPLE,
    Check,
    airtime_share,
    check,
    client_kinds,
    nothing,
)
from wifiplan.prices import Prices, ports_per_switch
from wifiplan.radio.gains import GainMemory

Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]
"""Called with the stage's name and the share of it that is done."""

_LEAST_GROUPS = 8
"""Groups that each kind of device has at least (assumed)."""
_AIRTIME_STEPS = 1e8
"""Airtime is rounded down to this part of a channel: a bound may only be too kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One building with its people, its candidate spots and what was asked of it: all that is known before the algebra."""

    floor_plan: FloorPlan
    demands: Mapping[str, tuple[Demand, ...]]
    """Demands by scenario; the first is the design's own."""
    ask: Ask
    spots: tuple[Spot, ...]
    price: Prices
    gains: GainMemory

    @property
    def scenario(self) -> str:
        """The design's own scenario."""
        return next(iter(self.demands))

    @property
    def widths_mhz(self) -> tuple[int, ...]:
        """Channel widths to choose from, the narrowest first."""
        return tuple(sorted(self.ask.widths_mhz))

    @property
    def radio_kinds(self) -> list[tuple[Band, int]]:
        """The bands and widths for which there is a channel."""
        return [(band, width) for band in self.ask.bands for width in self.widths_mhz if self.channels(band, width)]

    def crowds(self) -> list[People]:
        """The people of each scenario, as points."""
        return [people_points(self.floor_plan, rows, max_points=self.ask.max_points) for rows in self.demands.values()]

    def channels(self, band: Band, width_mhz: int, *, outdoor: bool = False, clean: bool = False) -> tuple[int, ...]:
        """The channels that may be used, radar-free ones first; `clean` leaves the others out."""
        country = self.ask.country
        avoid_dfs = clean or bool(self.ask.avoid_dfs)
        found = wifi.channels(band, width_mhz, country=country, avoid_dfs=avoid_dfs, indoor=not outdoor)
        most = self.ask.requirement.max_busy_share
        return tuple(
            sorted(
                # One that others fill up to the limit would fail the check with nobody of ours on it.
                (channel for channel in found if self.foreign_share(band, channel, width_mhz) < most),
                key=lambda channel: (wifi.is_dfs(band, channel, width_mhz, country=country), channel),
            )
        )

    def foreign_share(self, band: Band, channel: int, width_mhz: int) -> float:
        """Share of a channel's time that networks on overlapping channels take that are not ours."""
        left = 1.0
        for one in self.ask.foreign:
            if one.band == band and wifi.overlap_share(band, channel, width_mhz, one.channel, one.width_mhz):
                left *= 1 - one.busy_share
        return 1 - left

    def burden(self, band: Band, widths_mhz: Sequence[int], *, radar_share: float) -> dict[tuple[int, int], float]:
        """What channels of these widths cost by themselves, by (channel, width): foreign networks, and radar.

        Without those that cost nothing.
        """
        found: dict[tuple[int, int], float] = {}
        for width_mhz in set(widths_mhz):
            for channel in wifi.channels(band, width_mhz, country=self.ask.country):
                radar = wifi.is_dfs(band, channel, width_mhz, country=self.ask.country)
                cost = self.foreign_share(band, channel, width_mhz) + (radar_share if radar else 0.0)
                if cost > 0:
                    found[channel, width_mhz] = cost
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A site and its matrix: all that the stages share."""

    site: Site
    matrix: Matrix

    @property
    def ask(self) -> Ask:
        """What was asked."""
        return self.site.ask

    def asking(self, **changes: Any) -> Problem:
        """The same problem with another wish that the matrix does not see, such as `survives_one`."""
        return replace(self, site=replace(self.site, ask=replace(self.ask, **changes)))

    def only(self, rows: Sequence[int]) -> Problem:
        """The same problem with these candidates alone."""
        spots = tuple(self.site.spots[index] for index in rows)
        return replace(self, site=replace(self.site, spots=spots), matrix=self.matrix.subset(rows))

    def with_spots(self, more: Sequence[Spot]) -> Problem:
        """The same problem with further spots that the matrix does not see, for `polish`; their rows follow those there are."""
        return replace(self, site=replace(self.site, spots=(*self.site.spots, *more)))

    def checked(self, design: Design) -> Check:
        """The check of every scenario: the worst one's; what is lost with any one access point fails it where asked."""
        checks = self._each_scenario(design)
        worst = max(checks, key=lambda one: one.shortfall)
        broken = [
            one
            for row in range(len(design.access_points) if self.ask.survives_one else 0)
            for one in self._each_scenario(without(design, row))
        ]
        return replace(
            worst,
            coverage_share=min(one.coverage_share for one in checks),
            served_share=min(one.served_share for one in checks),
            shortfall=sum(one.shortfall for one in (*checks, *broken)),
            failures=tuple(failure for one in (*checks, *broken) for failure in one.failures),
        )

    def _each_scenario(self, design: Design) -> list[Check]:
        return [
            check(
                design,
                self.site.gains,
                demands=rows,
                scenario=name,
                client_power_dbm=self.ask.client_power_dbm,
                max_points=self.ask.max_points,
            )
            for name, rows in self.site.demands.items()
            if design.access_points
        ] or [nothing()]

    def reused(self, spots: Sequence[Spot]) -> int:
        """How many access points that hang elsewhere now go to new spots."""
        left = len(self.matrix.movable) - sum(1 for spot in spots if spot.kept)
        return max(0, min(left, sum(1 for spot in spots if not spot.kept))) if self.matrix.movable else 0

    def cost_yen(self, spots: Sequence[Spot]) -> float:
        """What spots cost with their switches, reused access points taken off: `Matrix.cost_of`, for spots off the grid too."""
        new = sum(1 for spot in spots if not spot.kept)
        own = sum(spot.cost_yen for spot in spots)
        return own + self.matrix.steps_yen(new) - self.matrix.reuse_yen * self.reused(spots)

    def design(self, chosen: Sequence[int], radios: Sequence[tuple[Radio, ...]]) -> Design:
        """The design of these spots with these radios, named from west to east."""
        site, kept = self.site, {ap.name: ap for ap in self.ask.existing}
        order = sorted(range(len(chosen)), key=lambda row: west_first(site.spots[chosen[row]]))
        access_points = []
        free = (name for number in itertools.count(1) if (name := f"AP-{number:02d}") not in kept)
        for row in order:
            spot = site.spots[chosen[row]]
            if spot.kept:
                access_points.append(replace(kept[spot.kept], radios=radios[row], why=""))
            else:
                access_points.append(replace(spot.access_point(next(free), radios[row]), model=self.ask.model.name))
        return Design(
            floor_plan=site.floor_plan,
            access_points=tuple(access_points),
            demands=site.demands[site.scenario],
            requirement=self.ask.requirement,
            scenario=site.scenario,
            network=Network(foreign=self.ask.foreign),
        )


def without(design: Design, row: int) -> Design:
    """The design less one of its access points."""
    return replace(design, access_points=(*design.access_points[:row], *design.access_points[row + 1 :]))


def west_first(spot: Spot) -> tuple[float, ...]:
    """The order in which access points are named."""
    return spot.level, spot.x_m, spot.y_m, spot.height_m


def posed(
    floor_plan: FloorPlan,
    demands: Mapping[str, Sequence[Demand]],
    spots: Sequence[Spot],
    ask: Ask,
    *,
    progress: Progress | None = None,
    gains: GainMemory | None = None,
    hear_among: int | None = None,
) -> Problem:
    """The problem of choosing among these spots: its radio map traced, its matrix filled.

    Parameters
    ----------
    demands : mapping of scenario to Demands
        All of which the design must serve; the first is its own.
    gains : GainMemory, optional
        That of another problem of the same building, so that nothing is traced twice.
    hear_among : int, optional
        Of so many spots, the first, it is found out which always hear each other; the others share with nobody, which is a
        relaxation. All where not given.

    Raises
    ------
    DesignError
        Where a band has no channel of the widths asked for.
    """
    site = Site(
        floor_plan=floor_plan,
        demands={name: tuple(rows) for name, rows in demands.items()},
        ask=ask,
        spots=tuple(spots),
        price=ask.price,
        gains=gains or gain_memory(floor_plan, demands, ask),
    )
    kinds = site.radio_kinds
    for band in ask.bands:
        if band not in {kind[0] for kind in kinds}:
            way = "allow radar (DFS) channels or a narrower one" if ask.avoid_dfs else "take a narrower one"
            if any(one.band == band for one in ask.foreign):
                way += ", or another band: the scan finds foreign networks on the others"
            raise DesignError(f"no {site.widths_mhz[0]} MHz channel at {band} GHz in {ask.country}; {way}")
    crowds = site.crowds()
    among = len(site.spots) if hear_among is None else hear_among
    gain_db = [_gains_db(site, band, crowds, among, progress or (lambda _stage, _share: None)) for band in ask.bands]
    hears = np.zeros((len(site.spots), len(site.spots)), dtype=bool)
    hears[:among, :among] = np.logical_and.reduce([_always_hear(site, *found) for found in gain_db])
    np.fill_diagonal(hears, val=True)
    loads = tuple(
        _load(
            site,
            crowd,
            {band: of_people[index] for band, (_, of_people) in zip(ask.bands, gain_db, strict=True)},
            devices=client_kinds(name),
            scenario=name,
        )
        for index, (name, crowd) in enumerate(zip(site.demands, crowds, strict=True))
    )
    return Problem(site=site, matrix=_matrix(site, loads, hears))


def gain_memory(floor_plan: FloorPlan, demands: Mapping[str, Sequence[Demand]], ask: Ask) -> GainMemory:
    """Path gains with people in the way: of several scenarios those of the densest crowd, behind the most partitions."""
    if ask.obstruction_db is not None:
        return GainMemory(reflections=ask.reflections, obstruction_db=ask.obstruction_db)
    known = [one for name in demands if (one := demand.scenarios().get(name)) is not None]
    densest: dict[tuple[str, float], Demand] = {}
    for row in (row for rows in demands.values() for row in rows):
        key = row.zone, row.client_height_m
        if key not in densest or row.people > densest[key].people:
            densest[key] = row
    return GainMemory(
        reflections=ask.reflections,
        obstruction_db=max((one.partitions_db.value for one in known), default=0.0),
        people=people_of(floor_plan, densest.values()),
    )


def _gains_db(site: Site, band: Band, crowds: Sequence[People], among: int, tell: Progress) -> tuple[Floats, list[Floats]]:
    """Path gain (spot, spot) between the first so many spots, and (spot, point) of all to the people of each scenario."""
    floors_m = [level.floor_m for level in site.floor_plan.levels]
    spots_m = np.array([(spot.x_m, spot.y_m, floors_m[spot.level] + spot.height_m) for spot in site.spots])
    access_points = [spot.access_point("", (radio(spot, band, 0, site.widths_mhz[0]),)) for spot in site.spots]
    frequency_mhz = wifi.FREQUENCY_MHZ[band]
    # Spots with several antennas are one place.
    number: dict[bytes, int] = {}
    of_spot = [number.setdefault(place.tobytes(), len(number)) for place in spots_m[:among]]
    places_m = np.array([np.frombuffer(place) for place in number]).reshape(-1, 3)
    sets_m = [crowd.points_m for crowd in crowds]
    first, then = access_points[:among], access_points[among:]

    def told(share: float) -> None:
        tell("gains", share)

    *of_people, between = site.gains.together(
        site.floor_plan, first, [*sets_m, places_m], frequency_mhz=frequency_mhz, progress=told
    )
    if then:
        more = site.gains.together(site.floor_plan, then, sets_m, frequency_mhz=frequency_mhz, progress=told)
        of_people = [np.concatenate(pair) for pair in zip(of_people, more, strict=True)]
    return between[:, of_spot], of_people


def _too_near(site: Site) -> NDArray[np.bool_]:
    """(spot, spot): closer than access points may be; one spot with two antennas is one spot."""
    place_m = np.array([(spot.x_m, spot.y_m, spot.height_m) for spot in site.spots])
    level = np.array([spot.level for spot in site.spots])
    stays = np.array([bool(spot.kept) for spot in site.spots])
    near = np.linalg.norm(place_m[:, None] - place_m[None], axis=-1) < site.ask.min_spacing_m
    # What hangs already may hang closer together than we would have hung it.
    return np.asarray(near & (level[:, None] == level[None]) & ~(stays[:, None] & stays[None]))


def _matrix(site: Site, loads: tuple[Load, ...], hears: NDArray[np.bool_]) -> Matrix:
    """The costs, limits and rounding of the programme around what the radio map says."""
    ask, kinds, price = site.ask, site.radio_kinds, site.price
    kept = tuple(index for index, spot in enumerate(site.spots) if spot.kept)
    rounded = max(ROUNDED_PEOPLE * len(rows) / sum(row.people for row in rows) for rows in site.demands.values())
    return Matrix(
        cost_yen=np.array([spot.cost_yen for spot in site.spots]),
        loads=loads,
        too_near=_too_near(site),
        hears=hears,
        band=tuple(list(ask.bands).index(band) for band, _ in kinds),
        units=tuple(width_mhz // 20 for _, width_mhz in kinds),
        spectrum=tuple(max(len(site.channels(b, w)) * w // 20 for kb, w in kinds if kb == b) for b in ask.bands),
        coverage_share=ask.requirement.coverage_share,
        # As much as the check lets pass: a bound that it could beat would be none.
        max_busy_share=ask.requirement.max_busy_share + BUSY_TOLERANCE,
        left_out_share=LEFT_OUT_SHARE + rounded,
        # The model still lets in a device of which half fits.
        max_clients=ask.client_limit + max(float(load.clients.max()) for load in loads) / 2,
        cover_times=2 if ask.requirement.second_access_point else 1,
        must=kept if ask.existing_may == "stay" else (),
        movable=kept if ask.existing_may == "move" else (),
        kept=kept,
        step_yen=float(price["switch"]["yen"] + price["ups"]["yen"]),
        step_ports=ports_per_switch(price),
        reuse_yen=float(price["access_point"]["yen"]),
        max_cost_yen=UNBOUNDED if ask.budget_yen is None else ask.budget_yen,
        max_access_points=ask.max_access_points,
    )


def _always_hear(site: Site, between_db: Floats, people_db: Sequence[Floats]) -> NDArray[np.bool_]:
    """Pairs (spot, spot) that always hear each other: on one channel, each waits for all that the other and its clients send.

    They hear each other, and each other's clients wherever those may stand, when all are turned down:
    `hearing.surely_heard_dbm`.
    """
    quiet_dbm = site.ask.power_dbm - site.ask.power_span_db
    threshold_dbm = hearing.surely_heard_dbm(site.widths_mhz)
    hears = quiet_dbm + np.minimum(between_db, between_db.T) >= threshold_dbm
    quietest_dbm = min(quiet_dbm, *(kind.tx_power_dbm.value for name in site.demands for kind in client_kinds(name)))
    for gain_db in (found[: len(hears)] for found in people_db):
        may_be_served = site.ask.power_dbm + gain_db >= MIN_ASSOCIATION_DBM
        loud = quietest_dbm + gain_db >= threshold_dbm
        # Anybody whom t may serve and s would not hear: then they need not share.
        hears &= ((~loud).astype(np.float64) @ may_be_served.T.astype(np.float64)) == 0
    return np.asarray(hears & hears.T)


def _load(site: Site, crowd: People, gain_db: Mapping[Band, Floats], *, devices: Sequence[ClientKind], scenario: str) -> Load:
    """The demand of one scenario against all spots and kinds of radio; each kind of device is a crowd on the same places."""
    requirement, kinds = site.ask.requirement, site.radio_kinds
    access_points = [spot.access_point("", ()) for spot in site.spots]
    margin = site.gains.margin_db(requirement, site.floor_plan, access_points, crowd.points_m)
    rssi_dbm = [_power_caps_dbm(site, *kind)[:, None] + gain_db[kind[0]] for kind in kinds]
    covers = np.zeros(rssi_dbm[0].shape, dtype=bool)
    shares = np.full((len(devices), len(kinds), *covers.shape), np.inf)
    known = [one for name in site.demands if (one := demand.scenarios().get(name)) is not None]
    secure = any(one.security in wifi.SECURITY_AT_6_GHZ for one in known)
    for index, (band, width_mhz) in enumerate(kinds):
        noise_dbm = float(wifi.noise_dbm(width_mhz))
        down_db, up_db = rssi_dbm[index] - noise_dbm, site.ask.client_power_dbm + gain_db[band] - noise_dbm
        strong = rssi_dbm[index] - margin >= requirement.min_rssi_dbm
        covers |= strong & (np.minimum(down_db, up_db) - margin >= requirement.min_sinr_db)
        cap_dbm = _power_caps_dbm(site, band, width_mhz)[:, None]
        for row, kind in enumerate(devices):
            if band != "6" or secure:
                shares[row, index] = airtime_share(crowd, gain_db[band], cap_dbm, kind, band=band, width_mhz=width_mhz)
    part = np.array([kind.share.value for kind in devices])
    area = groups(crowd, max(_LEAST_GROUPS, site.ask.max_groups // len(devices)))
    airtime = np.floor(np.moveaxis(shares * part[:, None, None, None], 0, 2) * _AIRTIME_STEPS) / _AIRTIME_STEPS
    return Load(
        people=np.outer(part, crowd.people).ravel(),
        clients=np.outer(part, crowd.clients).ravel(),
        zone=np.tile(crowd.zone, len(devices)),
        covers=np.tile(covers, (1, len(devices))),
        airtime_share=airtime.reshape(len(kinds), len(site.spots), len(devices) * len(crowd.people)),
        signal_dbm=np.tile(rssi_dbm[0], (1, len(devices))),
        group=(area[None] + (area.max() + 1) * np.arange(len(devices))[:, None]).ravel(),
        room_share=_room_share(site, crowd, gain_db, rssi_dbm, devices=devices, scenario=scenario),
    )


def _room_share(
    site: Site,
    crowd: People,
    gain_db: Mapping[Band, Floats],
    rssi_dbm: Sequence[Floats],
    *,
    devices: Sequence[ClientKind],
    scenario: str,
) -> Floats | None:
    """What the clients of each kind of device and point take of one radio's room (r, kind x point); None where it never binds."""
    known = demand.scenarios().get(scenario)
    if known is None or [kind.name for kind in known.clients if kind.share.value > 0] != [kind.name for kind in devices]:
        return None
    enough = site.ask.client_limit + max(float(one.clients.max()) for one in site.crowds())
    rows, binds = [], False
    for (band, width_mhz), rssi in zip(site.radio_kinds, rssi_dbm, strict=True):
        noise_dbm = float(wifi.noise_dbm(width_mhz))
        loudest_dbm = max(kind.tx_power_dbm.value for kind in devices)
        best_db = float(rssi.max()) - noise_dbm, loudest_dbm + float(gain_db[band].max()) - noise_dbm
        channel = site.channels(band, width_mhz)[0]
        one = AccessPoint(
            name="", x_m=0.0, y_m=0.0, height_m=1.0, radios=(Radio(band=band, channel=channel, width_mhz=width_mhz),)
        )
        alone = Design(floor_plan=site.floor_plan, access_points=(one,), demands=site.demands[scenario], scenario=scenario)
        room = room_of(alone, best_db, enough)
        if len(room) != len(devices):
            return None
        binds |= bool(room.any())
        rows.append(np.outer([kind.share.value for kind in devices] * room, crowd.clients).ravel())
    return np.array(rows) if binds else None


def _power_caps_dbm(site: Site, band: Band, width_mhz: int) -> Floats:
    """The most power at the port of each spot (spot,): that over a client, and the loosest channel's e.i.r.p., in half dB."""
    country = site.ask.country
    legal_dbm = max(wifi.max_eirp_dbm(band, one, width_mhz, country=country) for one in site.channels(band, width_mhz))
    own_dbi = site.ask.model.radio(band).antenna_gain_dbi
    gain_dbi = np.array([max(ANTENNA_GAIN_DBI[spot.antenna], own_dbi) for spot in site.spots])
    most_dbm = min(site.ask.power_dbm, site.ask.max_power_dbm(band))
    return np.asarray(np.floor(2 * np.minimum(most_dbm, legal_dbm - gain_dbi)) / 2, dtype=np.float64)


def radio(spot: Spot, band: Band, channel: int, width_mhz: int, *, tx_power_dbm: float = 0.0, client_limit: int = 1) -> Radio:
    """A radio on a spot, with its antenna's gain."""
    return Radio(
        band=band,
        channel=channel,
        width_mhz=width_mhz,
        tx_power_dbm=tx_power_dbm,
        antenna_gain_dbi=ANTENNA_GAIN_DBI[spot.antenna],
        client_limit=client_limit,
    )
