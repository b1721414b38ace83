"""Where access points go, how many, and why: candidates -> programme -> channels and powers -> the full check.

A: `wifiplan.programme` chooses spots and widths on a matrix; its bound holds for every design. B: channels and powers for those
spots. C: `wifiplan.check`, the whole radio map and capacity model; a set that fails goes back to A as one that was tried.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from floorplans.plan import FloorPlan
from wifiplan import capacity, programme, wifi
from wifiplan import spots as sites
from wifiplan.check import CLIENT_POWER_DBM, Check, Failure, GainMemory, airtime_share, check, margin_db
from wifiplan.errors import DesignError, PlacementError
from wifiplan.model import AccessPoint, Band, Demand, Design, Radio, Requirement
from wifiplan.programme import Answer, Limit, Load, Matrix, Solver
from wifiplan.spots import People, Spot

Floats = NDArray[np.float64]
Progress = Callable[[str, float], None]
"""Called with the stage's name and the share of it that is done."""

POWER_ABOVE_CLIENT_DB = 6.0
"""An access point louder than this over its clients is heard where it does not hear."""

MIN_SPACING_M = 4.0
"""Between access points of one level: closer, their transmitters raise each other's noise on any channel. Assumption."""

POWER_SPAN_DB = 10.0
"""Access points are turned down by at most this to share clients evenly."""

EXHAUSTIVE = 400
"""Most ways to give channels that are all tried; above it, downhill steps from a good one."""

STEPS = 120
"""Most designs that channels and powers of one set of spots may take to check."""

ATTEMPTS = 6
"""Sets of spots that may fail the check before the programme is asked for more room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One building, its demands and what may be used: all that the stages share. `demands[0]` is the design's own."""

    floor_plan: FloorPlan
    demands: tuple[tuple[Demand, ...], ...]
    requirement: Requirement
    scenario: str
    bands: tuple[Band, ...]
    widths_mhz: tuple[int, ...]
    country: str
    avoid_dfs: bool | None
    client_power_dbm: float
    power_dbm: float
    span_db: float
    check_points: int
    spots: tuple[Spot, ...]
    kept: Mapping[str, AccessPoint]
    gains: GainMemory
    matrix: Matrix

    def checked(self, design: Design) -> Check:
        """The full check, of every scenario: the worst one's."""
        checks = [
            check(design, self.gains, demands=demands, client_power_dbm=self.client_power_dbm, max_points=self.check_points)
            for demands in self.demands
        ]
        worst = max(checks, key=lambda one: one.shortfall)
        failures = tuple(failure for one in checks for failure in one.failures)
        return replace(
            worst,
            coverage_share=min(one.coverage_share for one in checks),
            served_share=min(one.served_share for one in checks),
            shortfall=sum(one.shortfall for one in checks),
            failures=failures,
        )

    def channels(self, band: Band, width_mhz: int, *, outdoor: bool = False, clean: bool = False) -> tuple[int, ...]:
        """Those that may be used, radar-free ones first; `clean` leaves the others out."""
        found = wifi.channels(band, width_mhz, country=self.country, avoid_dfs=clean or bool(self.avoid_dfs), indoor=not outdoor)
        return tuple(sorted(found, key=lambda channel: (wifi.is_dfs(band, channel, width_mhz, country=self.country), channel)))

    def design(self, chosen: Sequence[int], radios: Sequence[tuple[Radio, ...]]) -> Design:
        """These spots with these radios, named from west to east."""
        order = sorted(range(len(chosen)), key=lambda row: _west_first(self.spots[chosen[row]]))
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
            demands=self.demands[0],
            requirement=self.requirement,
            scenario=self.scenario,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the stages found: the design, its check, and the proof. `spots` are in the order of the design's access points."""

    chosen: tuple[int, ...]
    spots: tuple[Spot, ...]
    design: Design
    check: Check
    cost_yen: float
    bound_yen: float
    bound_access_points: int
    attempts: int
    stopped_by: Limit | None
    cancelled: bool
    held_by: str
    """Where the gap is open: the constraint that the cheapest sets of spots did not meet in the full check."""


def _west_first(spot: Spot) -> tuple[float, ...]:
    return spot.level, spot.x_m, spot.y_m, spot.height_m


def problem(
    floor_plan: FloorPlan,
    demands: Sequence[Sequence[Demand]],
    requirement: Requirement,
    spots: Sequence[Spot],
    *,
    scenario: str = "",
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
    max_points: int = 200,
    check_points: int = 600,
    reflections: int = 2,
    progress: Progress | None = None,
) -> Problem:
    """The matrix of gains between the spots and the people, and all else that placing needs. See `place` for what is what."""
    tell = progress or (lambda _stage, _share: None)
    gains = GainMemory(reflections=reflections, obstruction_db=obstruction_db)
    spots = tuple(spots)
    blank = Problem(
        floor_plan=floor_plan,
        demands=tuple(tuple(rows) for rows in demands),
        requirement=requirement,
        scenario=scenario,
        bands=tuple(bands),
        widths_mhz=tuple(sorted(widths_mhz)),
        country=country,
        avoid_dfs=avoid_dfs,
        client_power_dbm=client_power_dbm,
        power_dbm=client_power_dbm + power_above_client_db,
        span_db=span_db,
        check_points=check_points,
        spots=spots,
        kept={ap.name: ap for ap in kept},
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
    crowds = [sites.people(floor_plan, rows, max_points=max_points) for rows in blank.demands]
    for band in bands:
        at_band[band] = [spot.access_point("", (_radio(spot, band, 0, blank.widths_mhz[0]),)) for spot in spots]
        for index, crowd in enumerate(crowds):
            gain_of[index, band] = gains(
                floor_plan,
                at_band[band],
                crowd.points_m,
                frequency_mhz=capacity.FREQUENCY_MHZ[band],
                progress=lambda share: tell("gains", share),
            )
        between = gains(floor_plan, at_band[band], spots_m, frequency_mhz=capacity.FREQUENCY_MHZ[band])
        # Only those that hear each other when both are turned down share the air in every design.
        widest = float(wifi.cca_preamble_dbm(max(blank.widths_mhz)))
        hears &= blank.power_dbm - span_db + np.minimum(between, between.T) >= widest
    np.fill_diagonal(hears, val=True)
    loads = tuple(
        _load(blank, crowd, {band: gain_of[index, band] for band in bands}, kinds) for index, crowd in enumerate(crowds)
    )
    place_m = np.array([(spot.x_m, spot.y_m, spot.height_m) for spot in spots])
    level = np.array([spot.level for spot in spots])
    near = np.linalg.norm(place_m[:, None] - place_m[None], axis=-1) < min_spacing_m
    stays = np.array([bool(spot.kept) for spot in spots])
    # What hangs already may hang closer together than we would have hung it; one spot with two antennas is one spot.
    near &= (level[:, None] == level[None]) & ~(stays[:, None] & stays[None])
    of_kept = tuple(int(spot) for spot in np.flatnonzero(stays))
    price = sites.prices()
    matrix = Matrix(
        cost_yen=np.array([spot.cost_yen for spot in spots]),
        loads=loads,
        too_near=near,
        hears=hears,
        band=tuple(list(bands).index(band) for band, _ in kinds),
        units=tuple(width_mhz // 20 for _, width_mhz in kinds),
        spectrum=tuple(max(len(blank.channels(b, w)) * w // 20 for kb, w in kinds if kb == b) for b in bands),
        coverage_share=requirement.coverage_share,
        max_busy_share=requirement.max_busy_share,
        max_clients=requirement.max_clients_per_radio,
        cover_times=2 if requirement.second_access_point else 1,
        must=of_kept if kept_may == "stay" else (),
        movable=of_kept if kept_may == "move" else (),
        reuse_yen=float(price["access_point"]["yen"]),
        max_cost_yen=programme.UNBOUNDED if budget_yen is None else budget_yen,
        max_access_points=max_access_points,
    )
    return replace(blank, matrix=matrix)


def _load(blank: Problem, crowd: People, gain_db: Mapping[Band, Floats], kinds: Sequence[tuple[Band, int]]) -> Load:
    requirement, margin = blank.requirement, margin_db(blank.requirement)
    shares, signal = [], None
    covers = np.zeros(gain_db[blank.bands[0]].shape, dtype=bool)
    for band, width_mhz in kinds:
        cap = np.array([_power_cap_dbm(blank, spot, band, width_mhz) for spot in blank.spots])
        rssi_dbm = cap[:, None] + gain_db[band]
        noise_dbm = float(wifi.noise_dbm(width_mhz))
        down_db, up_db = rssi_dbm - noise_dbm, blank.client_power_dbm + gain_db[band] - noise_dbm
        strong = rssi_dbm - margin >= requirement.min_rssi_dbm
        covers |= strong & (np.minimum(down_db, up_db) - margin >= requirement.min_sinr_db)
        # Rounded down: a bound may only be too kind.
        shares.append(np.floor(airtime_share(crowd, rssi_dbm, band, width_mhz) * 1e8) / 1e8)
        if signal is None:
            signal = rssi_dbm
    return Load(
        people=crowd.people,
        clients=crowd.clients,
        zone=crowd.zone,
        covers=covers,
        airtime_share=np.array(shares),
        signal_dbm=cast("Floats", signal),
    )


def _power_cap_dbm(blank: Problem, spot: Spot, band: Band, width_mhz: int) -> float:
    """At the port: 6 dB over a client, and the loosest channel's e.i.r.p. less the antenna's gain, in half dB."""
    legal = max(wifi.max_eirp_dbm(band, channel, width_mhz, country=blank.country) for channel in blank.channels(band, width_mhz))
    return float(np.floor(2 * min(blank.power_dbm, legal - sites.ANTENNA_GAIN_DBI[spot.antenna])) / 2)


def _radio(spot: Spot, band: Band, channel: int, width_mhz: int, *, tx_power_dbm: float = 0.0, client_limit: int = 1) -> Radio:
    return Radio(
        band=band,
        channel=channel,
        width_mhz=width_mhz,
        tx_power_dbm=tx_power_dbm,
        antenna_gain_dbi=sites.ANTENNA_GAIN_DBI[spot.antenna],
        client_limit=client_limit,
    )


def channels_for(airtime_share: Floats, hears: NDArray[np.bool_], channels: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """A channel for each access point, so that those that hear each other share one last, and then with the least airtime.

    Parameters
    ----------
    airtime_share : (n,)
        Each access point's own.
    hears : (n, n)
        Who shares airtime with whom on one channel.
    channels : n sequences
        What each may have, the preferred ones first.
    """
    order = sorted(range(len(airtime_share)), key=lambda ap: (-round(float(airtime_share[ap]), 4), ap))
    given: dict[int, int] = {}
    for ap in order:

        def cost(choice: int, ap: int = ap) -> tuple[float, int]:
            others = [other for other, channel in given.items() if channel == channels[ap][choice] and hears[ap, other]]
            # Rounded: the solver's last bits must not choose a channel.
            return round(sum(float(airtime_share[other]) for other in others) + 1e-3 * len(others), 6), choice

        given[ap] = channels[ap][min(range(len(channels[ap])), key=cost)]
    return tuple(given[ap] for ap in range(len(airtime_share)))


# ------------------------------------------------------------------------------------------------- channels and powers


@dataclass(frozen=True, slots=True)
class _Setting:
    """One radio's choices; the design is built from those of every spot and band."""

    channel: int
    width_mhz: int
    power_dbm: float


def tuned(
    task: Problem, chosen: Sequence[int], solver: Solver, widths: Sequence[Mapping[Band, int]] | None = None
) -> tuple[Design, Check, bool]:
    """Stages B and C for one set of spots: the best design found, its check, and whether every way was tried.

    Parameters
    ----------
    widths : per spot, band -> MHz, optional
        From the programme; the narrowest of each band otherwise.
    """
    spots = [task.spots[spot] for spot in chosen]
    wide = widths or [dict.fromkeys(task.bands, task.widths_mhz[0]) for _ in spots]

    def options(key: tuple[int, Band], width_mhz: int, *, clean: bool = False) -> tuple[int, ...]:
        return task.channels(key[1], width_mhz, outdoor=spots[key[0]].outdoor, clean=clean)

    keys = [(row, band) for row in range(len(spots)) for band in task.bands]
    for row, band in keys:
        if not options((row, band), wide[row][band]):
            raise DesignError(f"no {wide[row][band]} MHz channel at {band} GHz outdoors in {task.country}; take a narrower one")

    def build(settings: Mapping[tuple[int, Band], _Setting]) -> Design:
        limit = task.requirement.max_clients_per_radio
        radios = [
            tuple(
                _radio(
                    spot,
                    band,
                    one.channel,
                    one.width_mhz,
                    tx_power_dbm=_legal_dbm(task, spot, band, one),
                    client_limit=limit,
                )
                for band in task.bands
                for one in [settings[row, band]]
            )
            for row, spot in enumerate(spots)
        ]
        return task.design(chosen, radios)

    ways = 1
    for row, band in keys:
        ways = min(ways * len(options((row, band), wide[row][band])), EXHAUSTIVE + 1)
    if ways <= EXHAUSTIVE and task.span_db == 0:
        best: tuple[Design, Check] | None = None
        for given in itertools.product(*(options((row, band), wide[row][band]) for row, band in keys)):
            channel_of = dict(zip(keys, given, strict=True))
            design = build({key: _Setting(channel_of[key], wide[key[0]][key[1]], task.power_dbm) for key in keys})
            verdict = task.checked(design)
            if best is None or verdict.shortfall < best[1].shortfall:
                best = design, verdict
            if verdict.ok:
                break
        assert best is not None
        return *best, len(task.widths_mhz) == 1

    crowd = sites.people(task.floor_plan, task.demands[0], max_points=task.check_points)
    gain_db = task.gains(
        task.floor_plan,
        [spot.access_point("", (_radio(spot, task.bands[0], 0, task.widths_mhz[0]),)) for spot in spots],
        crowd.points_m,
        frequency_mhz=capacity.FREQUENCY_MHZ[task.bands[0]],
    )
    down_db = np.zeros(len(spots))
    if task.span_db > 0 and len(spots) > 1:
        most = float(task.requirement.max_clients_per_radio * len(task.bands))
        down_db = programme.even_powers_db(gain_db, crowd.clients, most, solver, span_db=task.span_db)
    strongest = np.argmax(gain_db + down_db[:, None], axis=0)
    own = airtime_share(crowd, gain_db + (task.power_dbm + down_db)[:, None], task.bands[0], task.widths_mhz[0])
    own = np.where(np.isfinite(own) & (strongest == np.arange(len(spots))[:, None]), own, 0.0)
    busy = own.sum(axis=1)
    hears = task.matrix.hears[np.ix_(list(chosen), list(chosen))]
    trials: list[tuple[float, int, dict[tuple[int, Band], _Setting], Design, Check]] = []
    for clean in (True, False) if task.avoid_dfs is None else (False,):
        settings: dict[tuple[int, Band], _Setting] = {}
        for band in task.bands:
            may = [
                options((row, band), wide[row][band], clean=clean) or options((row, band), wide[row][band])
                for row in range(len(spots))
            ]
            for row, channel in enumerate(channels_for(busy, hears, may)):
                settings[row, band] = _Setting(channel, wide[row][band], task.power_dbm + float(down_db[row]))
        design = build(settings)
        verdict = task.checked(design)
        if verdict.ok:
            return design, verdict, False
        trials.append((verdict.shortfall, len(trials), settings, design, verdict))
    _, _, settings, design, verdict = min(trials, key=lambda trial: trial[:2])
    budget = STEPS
    improved = True
    while improved and budget > 0 and not verdict.ok:
        improved = False
        for step in _steps(task, settings, options, verdict, _row_of(spots, design)):
            budget -= 1
            tried = build(step)
            found_verdict = task.checked(tried)
            if found_verdict.shortfall < verdict.shortfall:
                settings, design, verdict, improved = step, tried, found_verdict, True
                break
            if budget == 0:
                break
    return design, verdict, False


def _legal_dbm(task: Problem, spot: Spot, band: Band, one: _Setting) -> float:
    eirp = wifi.max_eirp_dbm(band, one.channel, one.width_mhz, country=task.country)
    return float(np.floor(2 * min(one.power_dbm, eirp - sites.ANTENNA_GAIN_DBI[spot.antenna])) / 2)


def _row_of(spots: Sequence[Spot], design: Design) -> dict[str, int]:
    """The row of each access point of `Problem.design`."""
    order = sorted(range(len(spots)), key=lambda row: _west_first(spots[row]))
    return {ap.name: row for ap, row in zip(design.access_points, order, strict=True)}


def _steps(
    task: Problem,
    settings: dict[tuple[int, Band], _Setting],
    options: Callable[[tuple[int, Band], int], tuple[int, ...]],
    verdict: Check,
    row_of: Mapping[str, int],
) -> Iterator[dict[tuple[int, Band], _Setting]]:
    """Neighbours of a setting, those that mend a failure first."""
    clients = {(row_of[ap], cast("Band", band)): count for (ap, band), count in verdict.clients.items()}
    busy = {(row_of[ap], cast("Band", band)): share for (ap, band), share in verdict.busy_share.items()}
    kinds = {failure.constraint for failure in verdict.failures}
    fullest = sorted(settings, key=lambda key: (-clients[key], key))
    busiest = sorted(settings, key=lambda key: (-busy[key], key))
    if "clients" in kinds and task.span_db > 0:
        for key in [*fullest[:3], *fullest[-3:]]:
            sign = -1.0 if key in fullest[:3] else 1.0
            for step_db in (0.5, 1.0, 2.0):
                power = settings[key].power_dbm + sign * step_db
                if task.power_dbm - task.span_db <= power <= task.power_dbm:
                    yield settings | {key: replace(settings[key], power_dbm=power)}
    if kinds & {"airtime", "sinr"}:
        for key in busiest:
            one = settings[key]
            used = Counter(other.channel for at, other in settings.items() if at[1] == key[1])
            for width_mhz in (width for width in task.widths_mhz if width >= one.width_mhz):
                found = options(key, width_mhz)
                for channel in sorted(found, key=lambda channel: (used[channel], found.index(channel)))[:4]:
                    if (channel, width_mhz) != (one.channel, one.width_mhz):
                        yield settings | {key: replace(one, channel=channel, width_mhz=width_mhz)}
    if kinds & {"rssi", "second", "service"} and task.span_db > 0:
        for key, one in settings.items():
            if one.power_dbm < task.power_dbm:
                yield settings | {key: replace(one, power_dbm=min(task.power_dbm, one.power_dbm + 2.0))}


# -------------------------------------------------------------------------------------------------------------- search


def search(task: Problem, solver: Solver, *, progress: Progress | None = None) -> Outcome:
    """The stages in turn, until a set of spots passes the full check."""
    tell = progress or (lambda _stage, _share: None)
    matrix, bound_yen, exact, attempts = task.matrix, 0.0, True, 0
    failed: Counter[str] = Counter()
    fewest = programme.solve(matrix, solver, goal="count")
    best: tuple[float, tuple[int, ...], Design, Check] | None = None
    stopped_by: Limit | None = None
    cancelled = False
    tighter = 1.0
    while not cancelled:
        answer = programme.solve(matrix, solver)
        cancelled = solver.stopped
        if answer is None:
            break
        if exact:
            bound_yen = answer.bound
        even, wide = programme.spread(matrix, answer.chosen), _widths(task, answer)
        sets: list[tuple[tuple[int, ...], list[dict[Band, int]] | None]] = [(even, None)]
        if even != answer.chosen or any(width > task.widths_mhz[0] for row in wide for width in row.values()):
            sets.append((answer.chosen, wide))
        for chosen, widths in sets:
            attempts += 1
            tell("solve", min(0.9, attempts / 20))
            design, verdict, every = tuned(task, chosen, solver, widths)
            if best is None or verdict.shortfall < best[0]:
                best = verdict.shortfall, chosen, design, verdict
            if verdict.ok:
                return _outcome(task, best, bound_yen, fewest, failed, attempts=attempts, cancelled=cancelled)
            failed.update({failure.constraint for failure in verdict.failures})
            exact &= every
        matrix = replace(matrix, tried=(*matrix.tried, *dict.fromkeys(chosen for chosen, _ in sets)))
        if attempts >= ATTEMPTS and not exact:
            # Room for what the programme does not see: interference, and clients who take the strongest signal.
            tighter *= 0.93
            matrix = replace(
                task.matrix,
                max_clients=int(task.matrix.max_clients * tighter),
                max_busy_share=task.matrix.max_busy_share * tighter,
                tried=matrix.tried,
            )
            if tighter < 0.5:
                break
    if cancelled and best is None and (quick := programme.greedy(task.matrix)):
        design, verdict, _ = tuned(task, quick, solver)
        best = verdict.shortfall, quick, design, verdict
    if best is None:
        part, stopped_by = programme.largest_part(task.matrix, solver)
        if part is None or not part.chosen:
            raise PlacementError(
                "no spot serves anybody: the people are out of reach of all of them; allow other mounts or more power"
            )
        design, verdict, _ = tuned(task, part.chosen, solver, _widths(task, part))
        best = verdict.shortfall, part.chosen, design, verdict
    elif not cancelled:
        stopped_by = _limit_of(best[3].failures)
    return _outcome(task, best, bound_yen, fewest, failed, attempts=attempts, stopped_by=stopped_by, cancelled=cancelled)


def _limit_of(failures: Sequence[Failure]) -> Limit:
    """The programme's word for what the check found."""
    first = failures[0].constraint if failures else "service"
    if first in {"clients", "airtime"}:
        return cast("Limit", first)
    return "reach"


def _widths(task: Problem, answer: Answer) -> list[dict[Band, int]]:
    kinds = [(band, width) for band in task.bands for width in task.widths_mhz if task.channels(band, width)]
    return [
        {
            band: next(
                (width for used, (b, width) in zip(row, kinds, strict=True) if used and b == band),
                next(width for b, width in kinds if b == band),
            )
            for band in task.bands
        }
        for row in answer.kinds
    ]


def _outcome(
    task: Problem,
    best: tuple[float, tuple[int, ...], Design, Check],
    bound_yen: float,
    fewest: Answer | None,
    failed: Counter[str],
    *,
    attempts: int,
    stopped_by: Limit | None = None,
    cancelled: bool,
) -> Outcome:
    _, chosen, design, verdict = best
    cost_yen = task.matrix.cost_of(chosen)
    bound = 0.0 if stopped_by else min(bound_yen, cost_yen)
    return Outcome(
        chosen=chosen,
        spots=tuple(sorted((task.spots[spot] for spot in chosen), key=_west_first)),
        design=design,
        check=verdict,
        cost_yen=cost_yen,
        bound_yen=bound,
        bound_access_points=int(np.ceil(fewest.bound - 1e-6)) if fewest and not stopped_by else 0,
        attempts=attempts,
        stopped_by=stopped_by,
        cancelled=cancelled,
        held_by=failed.most_common(1)[0][0] if failed and bound < cost_yen else "",
    )


def place(
    floor_plan: FloorPlan,
    demands: Sequence[Demand],
    requirement: Requirement = Requirement(),  # noqa: B008  (frozen)
    *,
    also: Sequence[Sequence[Demand]] = (),
    scenario: str = "",
    bands: Sequence[Band] = ("5",),
    widths_mhz: Sequence[int] = (20,),
    country: str = "JP",
    avoid_dfs: bool | None = None,
    client_power_dbm: float = CLIENT_POWER_DBM,
    power_above_client_db: float = POWER_ABOVE_CLIENT_DB,
    obstruction_db: float = 0.0,
    mounts: Sequence[sites.Mount] = sites.MOUNTS,
    antennas: Sequence[str] = ("omni", "patch"),
    forbidden_m: Sequence[Polygon] = (),
    added: Sequence[Spot] = (),
    existing: Sequence[AccessPoint] = (),
    existing_may: str = "stay",
    switch_m: tuple[float, float] | None = None,
    budget_yen: float | None = None,
    max_access_points: int | None = None,
    pitch_m: float = 5.0,
    reflections: int = 2,
    max_points: int = 200,
    check_points: int = 600,
    seed: int = 0,
    max_nodes: int = 20_000,
    refine: int = 40,
    with_alternatives: bool = False,
    assumptions: Sequence[dict[str, Any]] = (),
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Design:
    """The design of least cost that serves the people of a scenario.

    Parameters
    ----------
    floor_plan : FloorPlan
        With zones that the demands name.
    demands : sequence of Demand
        Of one scenario (`wifiplan.demand.demands`).
    requirement : Requirement
        Signal, airtime and client limits.
    also : sequences of Demand
        Of further scenarios that the same design must serve.
    bands : sequence of "2.4", "5", "6"
        A radio each in every access point. 2.4 GHz only where asked for.
    widths_mhz : sequence of int
        Channel widths to choose from.
    avoid_dfs : bool, optional
        True never uses a channel that radar can silence; False takes them like any other; None only where the load needs them.
    client_power_dbm, power_above_client_db : float
        What a client sends with, and how much louder an access point may be.
    obstruction_db : float
        What people in the way cost every path (`Scenario.obstruction_db`).
    mounts, antennas : sequences
        What may be used; see `wifiplan.spots.spots`.
    forbidden_m : sequence of polygons
        Nothing hangs here, beside the plan's keepout zones.
    added : sequence of Spot
        The planner's own spots (`wifiplan.spots.given`).
    existing : sequence of AccessPoint
        What hangs there already.
    existing_may : "stay", "move" or "go"
        It stays and is built upon; may be taken down and used elsewhere; or may be taken down. Left where it is it costs nothing.
    switch_m : (x, y), optional
        Of the PoE switch; see `wifiplan.spots.spots`.
    budget_yen, max_access_points : optional
        Upper limits. Where they bind, the design is the largest part that can be served.
    pitch_m : float
        Between candidate spots.
    reflections : int
        Greatest number of reflections on a path.
    max_points, check_points : int
        About so many places stand for the people, in the programme and in the check.
    seed, max_nodes : int
        Of the solver. The same input gives the same design on every machine; the bound and gap say how far the search came.
    refine : int
        Full checks that the search for better places off the grid may take, at no more cost. 0: none.
    with_alternatives : bool
        Also find out what other answers cost and serve: `placement["alternatives"]` and `placement["curve"]`.
    assumptions : sequence of {what, value, unit, source}
        Kept in the design, before placement's own.
    progress : callable, optional
        Told (stage, share done).
    cancelled : callable, optional
        Asked now and then; True ends the search with the best so far, and the design says so.

    Returns
    -------
    Design
        With `placement` as `wifiplan place --json` prints it. Where the demand cannot be met whole, `placement["stopped_by"]`
        names the limit that stops the rest.

    Raises
    ------
    DesignError
        For a requirement that contradicts itself or a budget below one access point.
    PlacementError
        Where nothing can be hung, or nobody is to be served.
    """
    _check_requirement(requirement, max_access_points)
    if existing_may not in {"stay", "move", "go"}:
        raise DesignError(f"existing access points may {existing_may!r}: say stay, move or go")
    sites.people(floor_plan, demands)
    outdoors = [row.zone for row in demands if row.people > 0]
    own = sites.priced(floor_plan, [*map(sites.existing, existing), *added], switch_m=switch_m)
    try:
        found = sites.spots(
            floor_plan,
            pitch_m=pitch_m,
            mounts=mounts,
            antennas=antennas,
            switch_m=switch_m,
            forbidden_m=forbidden_m,
            zones=outdoors,
        )
    except PlacementError:
        if not own:
            raise
        found = ()
    spots = (*own, *found)
    cheapest_yen = min(spot.cost_yen for spot in spots)
    if budget_yen is not None and budget_yen < cheapest_yen:
        raise DesignError(f"the budget of {budget_yen:,.0f} yen is below one access point ({cheapest_yen:,.0f} yen); raise it")
    started_s = time.perf_counter()
    task = problem(
        floor_plan,
        [demands, *also],
        requirement,
        spots,
        scenario=scenario,
        bands=bands,
        widths_mhz=widths_mhz,
        country=country,
        avoid_dfs=avoid_dfs,
        client_power_dbm=client_power_dbm,
        power_above_client_db=power_above_client_db,
        obstruction_db=obstruction_db,
        kept=existing,
        kept_may=existing_may,
        budget_yen=budget_yen,
        max_access_points=max_access_points,
        max_points=max_points,
        check_points=check_points,
        reflections=reflections,
        progress=progress,
    )
    gains_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    solver = Solver(seed=seed, max_nodes=max_nodes, cancelled=cancelled)
    outcome = search(task, solver, progress=progress)
    solve_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    if refine and outcome.check.ok and not outcome.cancelled:
        outcome = refined(task, outcome, pitch_m=pitch_m, mounts=mounts, forbidden_m=forbidden_m, switch_m=switch_m, most=refine)
    design = _told(task, outcome)
    check_s = time.perf_counter() - started_s
    summary: dict[str, Any] = {
        "access_points": len(outcome.spots),
        "coverage_share": outcome.check.coverage_share,
        "served_share": outcome.check.served_share,
        "cost_yen": round(outcome.cost_yen),
        "bound": {
            "cost_yen": round(outcome.bound_yen),
            "access_points": outcome.bound_access_points,
            "valid_for": _valid_for(task, outcome),
        },
        "gap_share": round(1.0 - outcome.bound_yen / outcome.cost_yen, 4) if outcome.cost_yen > 0 else 0.0,
        "held_by": outcome.held_by,
        "seconds": {"gains": round(gains_s, 3), "solve": round(solve_s, 3), "check": round(check_s, 3)},
        "seed": seed,
        "stopped_by": outcome.stopped_by,
        "cancelled": outcome.cancelled,
        "failures": [
            {"constraint": one.constraint, "where": one.where, "value": one.value, "limit": one.limit}
            for one in outcome.check.failures
        ],
        "spots": len(spots),
        "points": sum(len(load.people) for load in task.matrix.loads),
        "sets_checked": outcome.attempts,
        "nodes": solver.nodes,
        "bill": bill(outcome.spots),
        "cables_m": {
            ap.name: spot.cable_m for ap, spot in zip(design.access_points, outcome.spots, strict=True) if not spot.kept
        },
        "reasons": design.placement["reasons"],
    }
    if with_alternatives:
        summary |= alternatives(task, outcome, solver)
    return replace(
        design,
        placement=summary,
        assumptions=(*assumptions, *_assumptions(task)),
    )


def refined(
    task: Problem,
    outcome: Outcome,
    *,
    pitch_m: float,
    mounts: Sequence[sites.Mount],
    forbidden_m: Sequence[Polygon],
    switch_m: tuple[float, float] | None,
    most: int,
) -> Outcome:
    """Better places off the grid, one access point at a time, at no more cost, judged by the full check.

    Better is a stronger signal for the worst served tenth of the people, as long as nothing fails.
    """
    finer = sites.spots(
        task.floor_plan,
        pitch_m=pitch_m / 4,
        mounts=mounts,
        antennas=sorted({spot.antenna for spot in outcome.spots} & set(sites.ANTENNA_GAIN_DBI)),
        switch_m=switch_m,
        forbidden_m=forbidden_m,
        zones=[row.zone for row in task.demands[0] if row.people > 0],
    )
    spots = list(outcome.spots)
    design, verdict = outcome.design, outcome.check
    merit = _tenth_dbm(task, design)
    for row, spot in enumerate(outcome.spots):
        near = [
            one
            for one in finer
            if not spot.kept
            and (one.level, one.mount, one.antenna) == (spot.level, spot.mount, spot.antenna)
            and one.cost_yen <= spot.cost_yen
            and 0 < np.hypot(one.x_m - spot.x_m, one.y_m - spot.y_m) <= pitch_m / 2
            and all(_apart(one, other) for index, other in enumerate(spots) if index != row)
        ]
        for one in near:
            here = replace(
                design.access_points[row], x_m=one.x_m, y_m=one.y_m, height_m=one.height_m, azimuth_deg=one.azimuth_deg
            )
            moved = replace(design, access_points=(*design.access_points[:row], here, *design.access_points[row + 1 :]))
            better = _tenth_dbm(task, moved)
            if most == 0 or better <= merit + 0.05:
                continue
            most -= 1
            tried = task.checked(moved)
            if tried.ok:
                design, verdict, merit, spots[row] = moved, tried, better, one
    saved_yen = sum(one.cost_yen for one in outcome.spots) - sum(one.cost_yen for one in spots)
    return replace(outcome, design=design, check=verdict, spots=tuple(spots), cost_yen=outcome.cost_yen - saved_yen)


def _apart(one: Spot, other: Spot) -> bool:
    away = np.linalg.norm([one.x_m - other.x_m, one.y_m - other.y_m, one.height_m - other.height_m])
    return one.level != other.level or bool(away >= MIN_SPACING_M)


def _tenth_dbm(task: Problem, design: Design) -> float:
    """Strongest signal that nine people in ten have at least, all scenarios."""
    worst = []
    band = task.bands[0]
    power = np.array([next(r.tx_power_dbm for r in ap.radios if r.band == band) for ap in design.access_points])
    for rows in task.demands:
        crowd = sites.people(task.floor_plan, rows, max_points=task.check_points)
        gain = task.gains(task.floor_plan, design.access_points, crowd.points_m, frequency_mhz=capacity.FREQUENCY_MHZ[band])
        best = (power[:, None] + gain).max(axis=0)
        order = np.argsort(best)
        reached = np.cumsum(crowd.people[order]) / crowd.people.sum()
        worst.append(float(best[order][int(np.searchsorted(reached, 0.1))]))
    return round(min(worst), 2)


# ------------------------------------------------------------------------------------------------- what is told of it


def bill(spots: Sequence[Spot]) -> list[dict[str, Any]]:
    """What the access points need, by item: {item, count, unit_yen, yen}. The sum is the cost that was minimised."""
    table = sites.prices()
    counts: Counter[str] = Counter()
    for spot in spots:
        counts.update(dict(spot.items))
    return [
        {"item": name, "count": counts[name], "unit_yen": row["yen"], "yen": row["yen"] * counts[name]}
        for name, row in table.items()
        if counts[name]
    ]


def _told(task: Problem, outcome: Outcome) -> Design:
    """The design with its planned clients, its capacity and why each access point is there."""
    loads = outcome.check.clients
    design = outcome.design
    reasons = [_reason(task, outcome, row) for row in range(len(design.access_points))]
    return replace(
        design,
        access_points=tuple(
            replace(
                ap,
                radios=tuple(replace(radio, planned_clients=round(loads[ap.name, radio.band], 1)) for radio in ap.radios),
                why=why(reason),
            )
            for ap, reason in zip(design.access_points, reasons, strict=True)
        ),
        capacity=capacity.to_json(outcome.check.capacity),
        placement={"reasons": reasons},
    )


def _reason(task: Problem, outcome: Outcome, row: int) -> dict[str, Any]:
    """Who loses what without one access point, by the full check of the rest."""
    design, before = outcome.design, outcome.check
    people = {demand.zone: demand.people for demand in design.demands}
    rest = (*design.access_points[:row], *design.access_points[row + 1 :])
    name = design.access_points[row].name
    if not rest:
        zone = max(people, key=lambda one: people[one])
        everybody = sum(people.values())
        return {
            "ap": name,
            "zone": zone,
            "uncovered_people": round(everybody * before.coverage_share, 1),
            "unserved_people": round(everybody * before.served_share, 1),
            "weaker_db": 0.0,
        }
    after = task.checked(replace(design, access_points=rest))
    uncovered = {
        zone: max(0.0, share - after.zone_coverage.get(zone, 0.0)) * people.get(zone, 0.0)
        for zone, share in before.zone_coverage.items()
    }
    unserved = {zone: max(0.0, served - after.zone_served.get(zone, 0.0)) for zone, served in before.zone_served.items()}
    crowd = sites.people(task.floor_plan, task.demands[0], max_points=task.check_points)
    gain = task.gains(task.floor_plan, design.access_points, crowd.points_m, frequency_mhz=capacity.FREQUENCY_MHZ[task.bands[0]])
    rssi = np.array([ap.radios[0].tx_power_dbm for ap in design.access_points])[:, None] + gain
    weaker_db = rssi.max(axis=0) - np.delete(rssi, row, axis=0).max(axis=0)
    mine = crowd.people * (weaker_db > 0)
    lost_in = {zone: (uncovered[zone], unserved.get(zone, 0.0)) for zone in uncovered}
    worst = max(lost_in, key=lambda zone: sum(lost_in[zone]))
    if sum(lost_in[worst]) < 0.5:
        worst = crowd.zones[int(np.argmax(np.bincount(crowd.zone, weights=mine, minlength=len(crowd.zones))))]
    own = mine * (crowd.zone == crowd.zones.index(worst))
    return {
        "ap": name,
        "zone": worst,
        "uncovered_people": round(sum(uncovered.values()), 1),
        "unserved_people": round(sum(unserved.values()), 1),
        "weaker_db": round(float((np.where(own > 0, weaker_db, 0.0) * own).sum() / own.sum()), 1) if own.sum() > 0 else 0.0,
    }


def why(reason: Mapping[str, Any]) -> str:
    """One sentence for one entry of `reasons`."""
    lost, dark, zone = reason["unserved_people"], reason["uncovered_people"], reason["zone"]
    if dark >= 0.5 and lost >= 0.5:
        return f"Without it about {dark:.0f} people, first in {zone}, have too weak a signal and {lost:.0f} are not served."
    if dark >= 0.5:
        return f"Without it about {dark:.0f} people, first in {zone}, have a signal below the required one."
    if lost >= 0.5:
        return f"Without it about {lost:.0f} people, first in {zone}, find no free place or airtime on the others."
    return f"Without it the others still serve everybody, with a signal {reason['weaker_db']:.1f} dB weaker in {zone}."


def alternatives(task: Problem, outcome: Outcome, solver: Solver) -> dict[str, Any]:
    """What other answers cost and serve.

    Returns
    -------
    dict
        `curve`: from this design downwards, the access point whose loss hurts least taken away one by one: each with its
        access_points, cost_yen, served_share and coverage_share by the full check. `alternatives`: the same of "one access point
        fewer", "only wall mounts" and "keep the existing ones", each a design of its own; `stopped_by` says what it lacks.
    """
    curve = []
    design, spots = outcome.design, list(outcome.spots)
    verdict = outcome.check
    while True:
        curve.append(
            {
                "access_points": len(spots),
                "cost_yen": round(sum(spot.cost_yen for spot in spots)),
                "served_share": verdict.served_share,
                "coverage_share": verdict.coverage_share,
            }
        )
        if len(spots) == 1:
            break
        without = [
            (row, task.checked(replace(design, access_points=(*design.access_points[:row], *design.access_points[row + 1 :]))))
            for row in range(len(spots))
        ]
        row, verdict = max(without, key=lambda pair: (pair[1].served_share + pair[1].coverage_share, -pair[0]))
        design = replace(design, access_points=(*design.access_points[:row], *design.access_points[row + 1 :]))
        spots.pop(row)
    tasks: list[tuple[str, Problem]] = []
    if len(outcome.spots) > 1:
        tasks.append(
            ("one access point fewer", replace(task, matrix=replace(task.matrix, max_access_points=len(outcome.spots) - 1)))
        )
    walls = [index for index, spot in enumerate(task.spots) if spot.mount in {"wall", "given"}]
    if walls and len(walls) < len(task.spots):
        tasks.append(("only wall mounts", _only(task, walls)))
    fresh = [index for index, spot in enumerate(task.spots) if not spot.kept]
    if len(fresh) < len(task.spots) and fresh:
        tasks.append(("all new", _only(task, fresh)))
    found: list[dict[str, Any]] = []
    for what, other in tasks:
        try:
            answer = search(other, solver)
        except PlacementError as error:
            found.append({"what": what, "stopped_by": "reach", "says": str(error)})
            continue
        found.append(
            {
                "what": what,
                "access_points": len(answer.spots),
                "cost_yen": round(answer.cost_yen),
                "served_share": answer.check.served_share,
                "coverage_share": answer.check.coverage_share,
                "stopped_by": answer.stopped_by,
            }
        )
    return {"curve": curve, "alternatives": found}


def _only(task: Problem, rows: Sequence[int]) -> Problem:
    """The same problem with these candidates alone."""
    matrix = replace(
        task.matrix.subset(rows),
        too_near=task.matrix.too_near[np.ix_(rows, rows)],
        max_cost_yen=task.matrix.max_cost_yen,
        max_access_points=task.matrix.max_access_points,
    )
    kept = {spot.kept for index in rows if (spot := task.spots[index]).kept}
    if kept:
        matrix = replace(matrix, must=tuple(row for row, index in enumerate(rows) if index in task.matrix.must))
    return replace(task, spots=tuple(task.spots[index] for index in rows), matrix=matrix)


_STOPPED: dict[str, str] = {
    "reach": "some people are out of reach of every spot; allow other mounts or a lower signal",
    "clients": "the association limit of the radios; raise max_clients_per_radio or add a band",
    "airtime": "the airtime of the channels there are; allow more channels (DFS, 6 GHz) or ask for less",
    "access_points": "the number of access points allowed; raise it",
    "budget": "the budget; raise it",
}


def stopped(placement: Mapping[str, Any]) -> str:
    """What stops the rest, in one sentence, for the `placement` of a design whose demand is not met whole."""
    return (
        f"signal for {placement['coverage_share']:.0%} and service for {placement['served_share']:.0%} of the people; "
        f"what stops the rest: {_STOPPED[placement['stopped_by']]}"
    )


def _assumptions(task: Problem) -> tuple[dict[str, Any], ...]:
    above_db = task.power_dbm - task.client_power_dbm
    rows: list[dict[str, Any]] = [
        {"what": "client power", "value": task.client_power_dbm, "unit": "dBm", "source": "12 to 15 dBm seen in phones"},
        {"what": "access point above client power, at most", "value": above_db, "unit": "dB", "source": "assumption"},
        {
            "what": "loss by people in the way",
            "value": task.gains.obstruction_db,
            "unit": "dB",
            "source": "assumption of the scenario",
        },
        {"what": "spacing of access points, at least", "value": MIN_SPACING_M, "unit": "m", "source": "assumption"},
        {
            "what": "mounting height, at most",
            "value": sites.MAX_HEIGHT_M,
            "unit": "m",
            "source": "assumption: service from a lift",
        },
    ]
    if any(spot.guard for spot in task.spots):
        rows.append(
            {"what": "guard below", "value": sites.BALL_HEIGHT_M, "unit": "m", "source": "assumption: ball play in halls"}
        )
    return (
        *rows,
        *(
            {
                "what": f"price: {name.replace('_', ' ')}",
                "value": row["yen"],
                "unit": f"yen per {row['per']}",
                "source": row["source"],
            }
            for name, row in sites.prices().items()
        ),
    )


def _check_requirement(requirement: Requirement, max_access_points: int | None) -> None:
    for name in ("coverage_share", "max_busy_share"):
        share = getattr(requirement, name)
        if not 0.0 < share <= 1.0:
            raise DesignError(f"requirement: {name} is {share:g}; it must be above 0 and at most 1")
    if not 0.5 <= requirement.confidence_share < 1.0:
        raise DesignError(f"requirement: confidence_share is {requirement.confidence_share:g}; give 0.5 (the mean) to below 1")
    if requirement.max_clients_per_radio < 1:
        raise DesignError(f"requirement: max_clients_per_radio is {requirement.max_clients_per_radio}; one client must fit")
    if requirement.min_rssi_dbm > 0:
        raise DesignError(f"requirement: min_rssi_dbm is {requirement.min_rssi_dbm:g}; no client receives that: use -67 or so")
    if max_access_points is not None and max_access_points < (2 if requirement.second_access_point else 1):
        raise DesignError(f"at most {max_access_points} access points cannot do what is asked; allow more")


def _valid_for(task: Problem, outcome: Outcome) -> str:
    if outcome.stopped_by:
        return "nothing: the demand cannot be met whole"
    widths = " or ".join(map(str, task.widths_mhz))
    return (
        f"every choice among {len(task.spots)} spots at least {MIN_SPACING_M:g} m apart, {' and '.join(task.bands)} GHz "
        f"at {widths} MHz, any of the channels allowed, powers up to {task.power_dbm:g} dBm, any association of clients"
    )
