"""What is to be solved: one building, its people, its candidate spots and the gains between them, as the programme's matrix."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from floorplans.plan import FloorPlan
from wifiplan.airtime import wifi
from wifiplan.capacity import demand, hearing
from wifiplan.capacity import facility as capacity
from wifiplan.capacity.demand import ClientKind
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Band, Demand, Design, Radio, Requirement
from wifiplan.placement import milp as programme
from wifiplan.placement import spots as sites
from wifiplan.placement.milp import Load, Matrix
from wifiplan.placement.spots import People, Spot
from wifiplan.placement.verdict import (
    BUSY_TOLERANCE,
    CLIENT_POWER_DBM,
    LEFT_OUT_SHARE,
    NOTHING,
    TENTHS,
    Check,
    GainMemory,
    airtime_share,
    check,
    client_kinds,
)
from wifiplan.prices import Prices, ports_per_switch, price_list
from wifiplan.radio.fading import margin_db

Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]
"""Called with the stage's name and the share of it that is done."""

POWER_ABOVE_CLIENT_DB = 6.0
"""An access point louder than this over its clients is heard where it does not hear."""

MIN_SPACING_M = 4.0
"""Between access points of one level: closer, their transmitters raise each other's noise on any channel. Assumption."""

POWER_SPAN_DB = 10.0
"""Access points are turned down by at most this to share clients evenly."""

MAX_POINTS = 400
"""About so many places stand for the people, in the programme and in the check alike."""

MAX_GROUPS = 96
"""About so many groups of them are served in the programme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One building, its demands and what may be used: all that the stages share."""

    floor_plan: FloorPlan
    demands: Mapping[str, tuple[Demand, ...]]
    """By scenario; the first is the design's own."""
    requirement: Requirement
    bands: tuple[Band, ...]
    widths_mhz: tuple[int, ...]
    country: str
    avoid_dfs: bool | None
    client_power_dbm: float
    power_dbm: float
    span_db: float
    min_spacing_m: float
    max_points: int
    spots: tuple[Spot, ...]
    kept: Mapping[str, AccessPoint]
    price: Prices
    survives_one: bool
    """Everything is still met without any one access point."""
    gains: GainMemory
    matrix: Matrix

    def checked(self, design: Design) -> Check:
        """The check, of every scenario: the worst one's; what is lost with any one access point fails it where asked."""
        checks = self._each_scenario(design)
        worst = max(checks, key=lambda one: one.shortfall)
        broken = [
            one
            for row in range(len(design.access_points) if self.survives_one else 0)
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
                self.gains,
                demands=rows,
                scenario=name,
                client_power_dbm=self.client_power_dbm,
                max_points=self.max_points,
            )
            for name, rows in self.demands.items()
            if design.access_points
        ] or [NOTHING]

    @property
    def scenario(self) -> str:
        """The design's own."""
        return next(iter(self.demands))

    def crowds(self) -> list[People]:
        """The people of each scenario."""
        return [sites.people(self.floor_plan, rows, max_points=self.max_points) for rows in self.demands.values()]

    def reused(self, spots: Sequence[Spot]) -> int:
        """How many access points that hang elsewhere now go to new spots."""
        left = len(self.matrix.movable) - sum(1 for spot in spots if spot.kept)
        return max(0, min(left, sum(1 for spot in spots if not spot.kept))) if self.matrix.movable else 0

    def cost_yen(self, spots: Sequence[Spot]) -> float:
        """What spots cost with their switches, reused access points taken off: `Matrix.cost_of`, for spots off the grid too."""
        new = sum(1 for spot in spots if not spot.kept)
        own = sum(spot.cost_yen for spot in spots)
        return own + self.matrix.steps_yen(new) - self.matrix.reuse_yen * self.reused(spots)

    def channels(self, band: Band, width_mhz: int, *, outdoor: bool = False, clean: bool = False) -> tuple[int, ...]:
        """Those that may be used, radar-free ones first; `clean` leaves the others out."""
        found = wifi.channels(band, width_mhz, country=self.country, avoid_dfs=clean or bool(self.avoid_dfs), indoor=not outdoor)
        return tuple(sorted(found, key=lambda channel: (wifi.is_dfs(band, channel, width_mhz, country=self.country), channel)))

    def design(self, chosen: Sequence[int], radios: Sequence[tuple[Radio, ...]]) -> Design:
        """These spots with these radios, named from west to east."""
        order = sorted(range(len(chosen)), key=lambda row: west_first(self.spots[chosen[row]]))
        access_points = []
        free = (name for number in itertools.count(1) if (name := f"AP-{number:02d}") not in self.kept)
        for row in order:
            spot = self.spots[chosen[row]]
            if spot.kept:
                access_points.append(replace(self.kept[spot.kept], radios=radios[row], why=""))
            else:
                access_points.append(spot.access_point(next(free), radios[row]))
        return Design(
            floor_plan=self.floor_plan,
            access_points=tuple(access_points),
            demands=self.demands[self.scenario],
            requirement=self.requirement,
            scenario=self.scenario,
        )


def without(design: Design, row: int) -> Design:
    """The design less one of its access points."""
    return replace(design, access_points=(*design.access_points[:row], *design.access_points[row + 1 :]))


def west_first(spot: Spot) -> tuple[float, ...]:
    """The order in which access points are named."""
    return spot.level, spot.x_m, spot.y_m, spot.height_m


def problem(
    floor_plan: FloorPlan,
    demands: Mapping[str, Sequence[Demand]],
    requirement: Requirement,
    spots: Sequence[Spot],
    *,
    bands: Sequence[Band] = ("5",),
    widths_mhz: Sequence[int] = (20,),
    country: str = "JP",
    avoid_dfs: bool | None = None,
    client_power_dbm: float = CLIENT_POWER_DBM,
    power_above_client_db: float = POWER_ABOVE_CLIENT_DB,
    span_db: float = POWER_SPAN_DB,
    min_spacing_m: float = MIN_SPACING_M,
    obstruction_db: float = 0.0,
    kept: Sequence[AccessPoint] = (),
    kept_may: str = "stay",
    budget_yen: float | None = None,
    max_access_points: int | None = None,
    prices: Prices | None = None,
    survives_one: bool = False,
    max_points: int = MAX_POINTS,
    max_groups: int = MAX_GROUPS,
    reflections: int = 2,
    progress: Progress | None = None,
) -> Problem:
    """The matrix of gains between the spots and the people, and all else that placing needs. See `place` for what is what."""
    tell = progress or (lambda _stage, _share: None)
    gains = GainMemory(reflections=reflections, obstruction_db=obstruction_db)
    spots = tuple(spots)
    blank = Problem(
        floor_plan=floor_plan,
        demands={name: tuple(rows) for name, rows in demands.items()},
        requirement=requirement,
        bands=tuple(bands),
        widths_mhz=tuple(sorted(widths_mhz)),
        country=country,
        avoid_dfs=avoid_dfs,
        client_power_dbm=client_power_dbm,
        power_dbm=client_power_dbm + power_above_client_db,
        span_db=span_db,
        min_spacing_m=min_spacing_m,
        max_points=max_points,
        spots=spots,
        kept={ap.name: ap for ap in kept},
        price=prices or price_list(),
        survives_one=survives_one,
        gains=gains,
        matrix=cast("Matrix", None),
    )
    kinds = [(band, width_mhz) for band in bands for width_mhz in blank.widths_mhz if blank.channels(band, width_mhz)]
    for band in bands:
        if band not in {kind[0] for kind in kinds}:
            way = "allow radar (DFS) channels or a narrower one" if avoid_dfs else "take a narrower one"
            raise DesignError(f"no {blank.widths_mhz[0]} MHz channel at {band} GHz in {country}; {way}")
    floors_m = [level.floor_m for level in floor_plan.levels]
    spots_m = np.array([(spot.x_m, spot.y_m, floors_m[spot.level] + spot.height_m) for spot in spots])
    at_band: dict[Band, list[AccessPoint]] = {}
    hears = np.ones((len(spots), len(spots)), dtype=bool)
    gain_of: dict[tuple[int, Band], Floats] = {}
    crowds = blank.crowds()
    for band in bands:
        at_band[band] = [spot.access_point("", (radio(spot, band, 0, blank.widths_mhz[0]),)) for spot in spots]
        for index, crowd in enumerate(crowds):
            gain_of[index, band] = gains(
                floor_plan,
                at_band[band],
                crowd.points_m,
                frequency_mhz=wifi.FREQUENCY_MHZ[band],
                progress=lambda share: tell("gains", share),
            )
        between = gains(floor_plan, at_band[band], spots_m, frequency_mhz=wifi.FREQUENCY_MHZ[band])
        of_people = [gain_of[index, band] for index in range(len(crowds))]
        hears &= _always_hear(blank, between, of_people)
    np.fill_diagonal(hears, val=True)
    loads = tuple(
        _load(
            blank,
            crowd,
            {band: gain_of[index, band] for band in bands},
            kinds,
            devices=client_kinds(name),
            max_groups=max_groups,
        )
        for index, (name, crowd) in enumerate(zip(blank.demands, crowds, strict=True))
    )
    place_m = np.array([(spot.x_m, spot.y_m, spot.height_m) for spot in spots])
    level = np.array([spot.level for spot in spots])
    near = np.linalg.norm(place_m[:, None] - place_m[None], axis=-1) < min_spacing_m
    stays = np.array([bool(spot.kept) for spot in spots])
    # What hangs already may hang closer together than we would have hung it; one spot with two antennas is one spot.
    near &= (level[:, None] == level[None]) & ~(stays[:, None] & stays[None])
    of_kept = tuple(int(spot) for spot in np.flatnonzero(stays))
    price = blank.price
    matrix = Matrix(
        cost_yen=np.array([spot.cost_yen for spot in spots]),
        loads=loads,
        too_near=near,
        hears=hears,
        band=tuple(list(bands).index(band) for band, _ in kinds),
        units=tuple(width_mhz // 20 for _, width_mhz in kinds),
        spectrum=tuple(max(len(blank.channels(b, w)) * w // 20 for kb, w in kinds if kb == b) for b in bands),
        coverage_share=requirement.coverage_share,
        # As much as the check lets pass: a bound that it could beat would be none.
        max_busy_share=requirement.max_busy_share + BUSY_TOLERANCE,
        left_out_share=LEFT_OUT_SHARE
        + max(TENTHS * len(rows) / sum(row.people for row in rows) for rows in blank.demands.values()),
        # The model still lets in a device of which half fits.
        max_clients=requirement.max_clients_per_radio + max(float(load.clients.max()) for load in loads) / 2,
        cover_times=2 if requirement.second_access_point else 1,
        must=of_kept if kept_may == "stay" else (),
        movable=of_kept if kept_may == "move" else (),
        kept=of_kept,
        step_yen=float(price["switch"]["yen"] + price["ups"]["yen"]),
        step_ports=ports_per_switch(price),
        reuse_yen=float(price["access_point"]["yen"]),
        max_cost_yen=programme.UNBOUNDED if budget_yen is None else budget_yen,
        max_access_points=max_access_points,
    )
    return replace(blank, matrix=matrix)


def _always_hear(blank: Problem, between_db: Floats, people_db: Sequence[Floats]) -> NDArray[np.bool_]:
    """(spot, spot): in every design two radios here on one channel wait for all that the other and its clients send.

    They hear each other, and each other's clients wherever those may stand, when all are turned down:
    `hearing.surely_heard_dbm`.
    """
    quiet_dbm = blank.power_dbm - blank.span_db
    threshold_dbm = hearing.surely_heard_dbm(blank.widths_mhz)
    hears = quiet_dbm + np.minimum(between_db, between_db.T) >= threshold_dbm
    quietest_dbm = min(quiet_dbm, *(kind.tx_power_dbm.value for name in blank.demands for kind in client_kinds(name)))
    for gain_db in people_db:
        may_be_served = blank.power_dbm + gain_db >= capacity.MIN_ASSOCIATION_DBM
        loud = quietest_dbm + gain_db >= threshold_dbm
        # Anybody whom t may serve and s would not hear: then they need not share.
        hears &= ((~loud).astype(np.float64) @ may_be_served.T.astype(np.float64)) == 0
    return np.asarray(hears & hears.T)


def _load(
    blank: Problem,
    crowd: People,
    gain_db: Mapping[Band, Floats],
    kinds: Sequence[tuple[Band, int]],
    *,
    devices: Sequence[ClientKind],
    max_groups: int,
) -> Load:
    requirement = blank.requirement
    margin = margin_db(requirement.confidence_share, requirement.fading_db)
    signal = None
    covers = np.zeros(gain_db[blank.bands[0]].shape, dtype=bool)
    shares = np.full((len(devices), len(kinds), *covers.shape), np.inf)
    known = [one for name in blank.demands if (one := demand.scenarios().get(name)) is not None]
    secure = any(one.security in wifi.SECURITY_AT_6_GHZ for one in known)
    for index, (band, width_mhz) in enumerate(kinds):
        cap = np.array([_power_cap_dbm(blank, spot, band, width_mhz) for spot in blank.spots])
        rssi_dbm = cap[:, None] + gain_db[band]
        noise_dbm = float(wifi.noise_dbm(width_mhz))
        down_db, up_db = rssi_dbm - noise_dbm, blank.client_power_dbm + gain_db[band] - noise_dbm
        strong = rssi_dbm - margin >= requirement.min_rssi_dbm
        covers |= strong & (np.minimum(down_db, up_db) - margin >= requirement.min_sinr_db)
        for row, kind in enumerate(devices):
            if band != "6" or secure:
                shares[row, index] = airtime_share(crowd, gain_db[band], cap[:, None], kind, band=band, width_mhz=width_mhz)
        if signal is None:
            signal = rssi_dbm
    # Each kind of device is a crowd of its own on the same places.
    part = np.array([kind.share.value for kind in devices])
    area = sites.groups(crowd, max(8, max_groups // len(devices)))
    places = len(crowd.people)
    # Rounded down: a bound may only be too kind.
    airtime = np.floor(np.moveaxis(shares * part[:, None, None, None], 0, 2) * 1e8) / 1e8
    return Load(
        people=np.outer(part, crowd.people).ravel(),
        clients=np.outer(part, crowd.clients).ravel(),
        zone=np.tile(crowd.zone, len(devices)),
        covers=np.tile(covers, (1, len(devices))),
        airtime_share=airtime.reshape(len(kinds), len(blank.spots), len(devices) * places),
        signal_dbm=np.tile(cast("Floats", signal), (1, len(devices))),
        group=(area[None] + (area.max() + 1) * np.arange(len(devices))[:, None]).ravel(),
    )


def _power_cap_dbm(blank: Problem, spot: Spot, band: Band, width_mhz: int) -> float:
    """At the port: 6 dB over a client, and the loosest channel's e.i.r.p. less the antenna's gain, in half dB."""
    legal = max(wifi.max_eirp_dbm(band, channel, width_mhz, country=blank.country) for channel in blank.channels(band, width_mhz))
    return float(np.floor(2 * min(blank.power_dbm, legal - sites.ANTENNA_GAIN_DBI[spot.antenna])) / 2)


def radio(spot: Spot, band: Band, channel: int, width_mhz: int, *, tx_power_dbm: float = 0.0, client_limit: int = 1) -> Radio:
    """A radio on a spot, with its antenna's gain."""
    return Radio(
        band=band,
        channel=channel,
        width_mhz=width_mhz,
        tx_power_dbm=tx_power_dbm,
        antenna_gain_dbi=sites.ANTENNA_GAIN_DBI[spot.antenna],
        client_limit=client_limit,
    )
