"""Channels, widths and powers for one set of spots, judged by the full check: stages B and C."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from wifiplan.airtime import wifi
from wifiplan.airtime.flows import MAX_DELAY_MS
from wifiplan.answer import Constraint
from wifiplan.capacity import rates
from wifiplan.errors import DesignError
from wifiplan.model import Band, Design, Radio
from wifiplan.placement.channels import Harm, channel_plan, harm_of
from wifiplan.placement.milp import Solver
from wifiplan.placement.points import People
from wifiplan.placement.powers import EVEN_SHARE_ROOM, Coverage, even_powers_db
from wifiplan.placement.problem import Problem, radio, west_first
from wifiplan.placement.spot import ANTENNA_GAIN_DBI, Spot
from wifiplan.placement.verdict import Check, airtime_share, client_kinds, only_2g4_is_full

Floats = NDArray[np.float64]

EXHAUSTIVE = 1100
"""Most ways to give channels that are all tried; above it, downhill steps from a good one (assumed: some seconds)."""

STEPS = 24
"""Most designs that channels and powers of one set of spots may take to check (assumed: some seconds)."""

_RADAR_SHARE = 0.05
"""What a channel that radar can silence costs, as a share of its goodput, where such are taken last (assumed; it only steers)."""
_POWER_STEPS_DB = (0.5, 1.0, 2.0)
"""What one power is changed by to move clients (assumed)."""
_MENDED = 1.15
"""Of a limit of busy time: what steps bring down to it at most (assumed)."""
_FULLEST = 3
"""So many of the fullest radios are turned down, and of the emptiest up (assumed)."""
_FEWER_SHARE, _FEWEST_SHARE = 0.05, 0.1
"""Of its clients, a radio whose packets take twice as long as they may gets so many fewer at once, and at most (assumed)."""
_CHANNELS_TRIED = 4
"""Other channels tried for one radio, the least used first (assumed)."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """One radio's choices; the design is built from those of every spot and band."""

    channel: int
    width_mhz: int
    power_dbm: float
    client_limit: int


_Key = tuple[int, Band]
"""Which radio: row of the set of spots, and band."""
_Settings = dict[_Key, _Setting]
_Trial = tuple[_Settings, Design, Check]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """A set of spots whose radios are to be set."""

    task: Problem
    chosen: tuple[int, ...]
    spots: tuple[Spot, ...]
    width_mhz: Mapping[_Key, int]
    """As the programme chose it."""
    client_limit: int
    """Of every radio, where its own setting has no lower one."""

    def options(self, key: _Key, width_mhz: int, *, clean: bool = False) -> tuple[int, ...]:
        """Channels that the radio may have, radar-free ones first; one that hangs there already keeps its own."""
        for kept in self.task.ask.kept_radios(self.spots[key[0]].kept):
            if kept.band == key[1]:
                return (kept.channel,)
        return self.task.site.channels(key[1], width_mhz, outdoor=self.spots[key[0]].outdoor, clean=clean)

    def design(self, settings: Mapping[_Key, _Setting]) -> Design:
        radios = [
            tuple(
                radio(
                    spot,
                    band,
                    one.channel,
                    one.width_mhz,
                    tx_power_dbm=_legal_dbm(self.task, spot, band, one),
                    client_limit=one.client_limit,
                )
                for band in self.task.ask.bands
                for one in [settings[row, band]]
            )
            for row, spot in enumerate(self.spots)
        ]
        for row, spot in enumerate(self.spots):
            if kept := self.task.ask.kept_radios(spot.kept):
                radios[row] = tuple(replace(one, client_limit=one.client_limit or self.client_limit) for one in kept)
        return self.task.design(self.chosen, radios)


def tuned(
    task: Problem,
    chosen: Sequence[int],
    solver: Solver,
    widths: Sequence[Mapping[Band, int]] | None = None,
    *,
    max_clients: float | None = None,
) -> tuple[Design, Check, bool]:
    """The best design found for one set of spots, its check, and whether every way was tried.

    Parameters
    ----------
    widths : per spot, band -> MHz, optional
        From the programme; the narrowest of each band otherwise.
    max_clients : float, optional
        What every radio is to turn further clients away at, if that is less than what is required of it.
    """
    spots = tuple(task.site.spots[spot] for spot in chosen)
    narrowest_mhz = task.site.widths_mhz[0]
    rows = range(len(spots))
    wide = {(row, band): widths[row][band] if widths else narrowest_mhz for row in rows for band in task.ask.bands}
    required = task.ask.client_limit
    limit = required if max_clients is None else max(1, min(required, int(np.ceil(max_clients))))
    one_set = _Set(task=task, chosen=tuple(chosen), spots=spots, width_mhz=wide, client_limit=limit)
    for key, width_mhz in wide.items():
        if not one_set.options(key, width_mhz):
            raise DesignError(f"no {width_mhz} MHz channel at {key[1]} GHz outdoors in {task.ask.country}; take a narrower one")
    if task.ask.power_span_db == 0:
        may = [one_set.options(key, width_mhz) for key, width_mhz in wide.items()]
        if math.prod(map(len, may)) <= EXHAUSTIVE:
            ways = [dict(zip(wide, way, strict=True)) for way in itertools.product(*may)]
            return *_best_of(one_set, ways), len(task.site.widths_mhz) == 1
    return *_downhill(one_set, solver), False


def _best_of(one_set: _Set, ways: Sequence[Mapping[_Key, int]]) -> tuple[Design, Check]:
    """The best of these ways at full power: the first that works, with fewest radar channels, then with fewest shared."""
    task, wide = one_set.task, one_set.width_mhz

    def dislike(way: Mapping[_Key, int]) -> tuple[int, int]:
        radar = sum(wifi.is_dfs(key[1], channel, wide[key], country=task.ask.country) for key, channel in way.items())
        return 0 if task.ask.avoid_dfs is False else radar, len(way) - len({(key[1], channel) for key, channel in way.items()})

    best: tuple[Design, Check] | None = None
    for way in sorted(ways, key=dislike):
        design = one_set.design(
            {key: _Setting(channel, wide[key], task.ask.power_dbm, one_set.client_limit) for key, channel in way.items()}
        )
        verdict = task.checked(design)
        if best is None or verdict.shortfall < best[1].shortfall:
            best = design, verdict
        if verdict.ok:
            break
    assert best is not None
    return best


def _downhill(one_set: _Set, solver: Solver) -> tuple[Design, Check]:
    """The best design found from even loads and channels far apart, in steps of one radio's setting."""
    task, spots, wide = one_set.task, one_set.spots, one_set.width_mhz
    crowd = max(task.site.crowds(), key=lambda one: float(one.clients.sum()))
    gain_db = task.site.gains(
        task.site.floor_plan,
        [spot.access_point("", (radio(spot, task.ask.bands[0], 0, task.site.widths_mhz[0]),)) for spot in spots],
        crowd.points_m,
        frequency_mhz=wifi.FREQUENCY_MHZ[task.ask.bands[0]],
    )
    down_db = _shared_out_db(one_set, crowd, gain_db, solver)
    powers_dbm = task.ask.power_dbm + down_db
    trials: list[_Trial] = []
    harms = {band: _harm(one_set, crowd, band, powers_dbm) for band in task.ask.bands}
    # Clean channels, radar ones where they help much, and, where all fails for want of air, any.
    ways = [(True, _RADAR_SHARE), (False, _RADAR_SHARE), (False, 0.0)] if task.ask.avoid_dfs is None else [(False, 0.0)]
    for clean, radar_share in ways:
        if trials and (solver.stopped or (not radar_share and not _wants_air(trials[-1][2]))):
            break
        settings: _Settings = {}
        full = False
        for band in task.ask.bands:
            keys = [(row, band) for row in range(len(spots))]
            may = [one_set.options(key, wide[key], clean=clean) or one_set.options(key, wide[key]) for key in keys]
            widths_mhz = [wide[key] for key in keys]
            burden = task.site.burden(band, widths_mhz, radar_share=radar_share)
            given = channel_plan(harms[band], may, band=band, widths_mhz=widths_mhz, burden=burden)
            full |= float(harms[band].busy_share(given).max()) > task.matrix.max_busy_share
            for key, channel in zip(keys, given, strict=True):
                settings[key] = _Setting(channel, wide[key], float(powers_dbm[key[0]]), one_set.client_limit)
        if full and clean:
            # Too full before anything is sent again: the check would say so after seconds.
            continue
        design = one_set.design(settings)
        trials.append((settings, design, task.checked(design)))
        if trials[-1][2].ok:
            break
    (settings, design, verdict), used = _in_time(one_set, min(trials, key=_shortfall), solver, most=STEPS)
    left, improved = STEPS - used, True
    if _beyond_steps(task, verdict):
        left = 0
    while improved and left > 0 and not verdict.ok and not solver.stopped:
        improved = False
        for step in itertools.islice(_steps(one_set, settings, verdict, row_of(spots, design)), left):
            left -= 1
            if solver.stopped:
                break
            tried = one_set.design(step)
            found = task.checked(tried)
            if found.shortfall < verdict.shortfall:
                settings, design, verdict, improved = step, tried, found, True
                break
    return design, verdict


def _beyond_steps(task: Problem, verdict: Check) -> bool:
    """Whether 2.4 GHz alone is so full in one hall that no step mends it, and may be left off."""
    if not (task.matrix.one_hall and task.ask.may_leave_off_2g4 and only_2g4_is_full(verdict.failures)):
        return False
    fullest = max(share for (_, band), share in verdict.busy_share.items() if band == "2.4")
    return fullest > _MENDED * task.ask.requirement.max_busy_share


def _shortfall(trial: _Trial) -> float:
    return trial[2].shortfall


def _shared_out_db(one_set: _Set, crowd: People, gain_db: Floats, solver: Solver) -> Floats:
    """How many dB each access point is turned down (n,), so that clients are shared out and nobody loses the signal for it."""
    task, count = one_set.task, len(one_set.spots)
    if task.ask.power_span_db <= 0 or count < 2:
        return np.zeros(count)
    mean = float(crowd.clients.sum()) / count
    most = max(float(one_set.client_limit * len(task.ask.bands)), mean)
    if task.matrix.in_queues:
        # Queues break before places run out: as even as whole points allow.
        most = min(most, EVEN_SHARE_ROOM * mean)
    requirement = task.ask.requirement
    points = [spot.access_point("", (radio(spot, task.ask.bands[0], 0, task.site.widths_mhz[0]),)) for spot in one_set.spots]
    margin_db = task.site.gains.margin_db(requirement, task.site.floor_plan, points, crowd.points_m)
    people = np.where(np.arange(len(crowd.zones))[:, None] == crowd.zone, crowd.people, 0.0)
    coverage = Coverage(
        spare_db=task.ask.power_dbm + gain_db - margin_db - requirement.min_rssi_dbm,
        people=people,
        required=requirement.coverage_share * people.sum(axis=1),
    )
    return even_powers_db(gain_db, crowd.clients, most, solver, span_db=task.ask.power_span_db, coverage=coverage)


def _in_time(one_set: _Set, start: _Trial, solver: Solver, *, most: int) -> tuple[_Trial, int]:
    """The best of a trial with lower and lower limits of clients at radios whose packets come too late, and the designs it took.

    Whom a radio has no time for is sent to the next strongest, which may then be late itself: so limits fall until everybody is
    in time, or the places left are fewer than the clients.
    """
    best, (settings, design, verdict), rounds = start, start, 0
    row = row_of(one_set.spots, design)
    everybody = sum(verdict.clients.values())
    ours = [key for key in settings if not one_set.task.ask.kept_radios(one_set.spots[key[0]].kept)]
    while rounds < most and not best[2].ok and not solver.stopped:
        clients, delay_ms = _of_rows(row, verdict.clients), _of_rows(row, verdict.delay_p95_ms)
        late = [key for key in ours if delay_ms[key] > MAX_DELAY_MS]
        lower = dict(settings)
        for key in late:
            share = min(_FEWEST_SHARE, _FEWER_SHARE * math.log2(delay_ms[key] / MAX_DELAY_MS))
            limit = math.ceil(clients[key]) - max(1, round(share * clients[key]))
            lower[key] = replace(settings[key], client_limit=max(1, min(settings[key].client_limit, limit)))
        if lower == settings or sum(one.client_limit for one in lower.values()) < everybody:
            break
        rounds += 1
        settings, design = lower, one_set.design(lower)
        verdict = one_set.task.checked(design)
        if verdict.shortfall < best[2].shortfall:
            best = settings, design, verdict
    return best, rounds


def _wants_air(verdict: Check) -> bool:
    """Whether other channels might mend what failed."""
    return bool({failure.constraint for failure in verdict.failures} & {"airtime", "sinr"})


def _harm(one_set: _Set, crowd: People, band: Band, powers_dbm: Floats) -> Harm:
    """What the spots of a set cost each other in one band at these powers."""
    task, spots = one_set.task, one_set.spots
    width_mhz, frequency_mhz = max(one_set.width_mhz[row, band] for row in range(len(spots))), wifi.FREQUENCY_MHZ[band]
    floors_m = [level.floor_m for level in task.site.floor_plan.levels]
    places_m = np.array([(spot.x_m, spot.y_m, floors_m[spot.level] + spot.height_m) for spot in spots])
    radios = [spot.access_point("", (radio(spot, band, 0, width_mhz),)) for spot in spots]
    gain_db, between_db = task.site.gains.together(
        task.site.floor_plan, radios, [crowd.points_m, places_m], frequency_mhz=frequency_mhz
    )
    between_db = between_db.T
    kind = next((one for one in client_kinds(task.site.scenario) if band in one.bands), None)
    if kind is None:
        # Nobody has the band: whatever is chosen harms nobody.
        nothing = np.zeros((len(spots), len(spots)))
        return Harm(shared=nothing, beside=nothing, after=nothing, hears=nothing.astype(bool), airtime_share=np.zeros(len(spots)))
    need = airtime_share(crowd, gain_db, powers_dbm[:, None], kind, band=band, width_mhz=width_mhz)
    strongest = np.argmax(gain_db + powers_dbm[:, None], axis=0)
    need = np.where(np.isfinite(need) & (strongest == np.arange(len(spots))[:, None]), need, 0.0)
    return harm_of(
        gain_db,
        between_db,
        powers_dbm,
        crowd.clients,
        need.sum(axis=1),
        noise_dbm=float(wifi.noise_dbm(width_mhz)),
        s_per_mbit=lambda sinr_db: rates.s_per_mbit(sinr_db, kind, band=band, width_mhz=width_mhz),
    )


def radios_beside(task: Problem, spots: Sequence[Spot], band: Band) -> list[Radio]:
    """Radios of one band for these spots, at full power on channels that harm each other least."""
    width_mhz = task.site.widths_mhz[0]
    keys: list[_Key] = [(row, band) for row in range(len(spots))]
    one_set = _Set(
        task=task, chosen=(), spots=tuple(spots), width_mhz=dict.fromkeys(keys, width_mhz), client_limit=task.ask.client_limit
    )
    crowd = max(task.site.crowds(), key=lambda one: float(one.clients.sum()))
    harm = _harm(one_set, crowd, band, np.full(len(spots), task.ask.power_dbm))
    widths_mhz = [width_mhz] * len(spots)
    burden = task.site.burden(band, widths_mhz, radar_share=0.0)
    may = [one_set.options(key, width_mhz) for key in keys]
    given = channel_plan(harm, may, band=band, widths_mhz=widths_mhz, burden=burden)
    return [
        radio(
            spot,
            band,
            channel,
            width_mhz,
            tx_power_dbm=_legal_dbm(task, spot, band, _Setting(channel, width_mhz, task.ask.power_dbm, one_set.client_limit)),
            client_limit=task.ask.client_limit,
        )
        for spot, channel in zip(spots, given, strict=True)
    ]


def _legal_dbm(task: Problem, spot: Spot, band: Band, one: _Setting) -> float:
    eirp = wifi.max_eirp_dbm(band, one.channel, one.width_mhz, country=task.ask.country)
    gain_dbi = max(ANTENNA_GAIN_DBI[spot.antenna], task.ask.model.radio(band).antenna_gain_dbi)
    return float(np.floor(2 * min(one.power_dbm, eirp - gain_dbi, task.ask.max_power_dbm(band))) / 2)


def row_of(spots: Sequence[Spot], design: Design) -> dict[str, int]:
    """The row of each access point of `Problem.design`."""
    order = sorted(range(len(spots)), key=lambda row: west_first(spots[row]))
    return {ap.name: row for ap, row in zip(design.access_points, order, strict=True)}


def _steps(one_set: _Set, settings: _Settings, verdict: Check, row: Mapping[str, int]) -> Iterator[_Settings]:
    """The neighbours of a setting, those that mend a failure first."""
    task = one_set.task
    clients, busy = _of_rows(row, verdict.clients), _of_rows(row, verdict.busy_share)
    kinds = {failure.constraint for failure in verdict.failures}
    free = {key for key in settings if not task.ask.kept_radios(one_set.spots[key[0]].kept)}
    settings, whole = {key: one for key, one in settings.items() if key in free}, settings
    for step in _own_steps(one_set, settings, kinds, clients, busy):
        yield whole | step


def _of_rows(row: Mapping[str, int], values: Mapping[tuple[str, str], float]) -> dict[_Key, float]:
    """A check's values by row of the set of spots instead of by access point."""
    return {(row[ap], cast("Band", band)): value for (ap, band), value in values.items()}


def _own_steps(
    one_set: _Set,
    settings: _Settings,
    kinds: AbstractSet[Constraint],
    clients: Mapping[_Key, float],
    busy: Mapping[_Key, float],
) -> Iterator[_Settings]:
    """The neighbours of the settings that are ours to choose."""
    task = one_set.task
    fullest = sorted(settings, key=lambda key: (-clients[key], key))
    busiest = sorted(settings, key=lambda key: (-busy[key], key))
    if kinds & {"airtime", "sinr"}:
        # The fullest cells go where neighbours on the next channels are few: with those that have room to spare.
        for key in busiest[:_FULLEST]:
            for other in reversed(busiest[-_CHANNELS_TRIED:]):
                mine, theirs = settings[key], settings[other]
                if other[1] == key[1] and mine.width_mhz == theirs.width_mhz and mine.channel != theirs.channel:
                    yield settings | {
                        key: replace(mine, channel=theirs.channel),
                        other: replace(theirs, channel=mine.channel),
                    }
    if kinds & {"clients", "airtime"} and task.ask.power_span_db > 0:
        for key in [*fullest[:_FULLEST], *fullest[-_FULLEST:]]:
            sign = -1.0 if key in fullest[:_FULLEST] else 1.0
            for step_db in _POWER_STEPS_DB:
                power = settings[key].power_dbm + sign * step_db
                if task.ask.power_dbm - task.ask.power_span_db <= power <= task.ask.power_dbm:
                    yield settings | {key: replace(settings[key], power_dbm=power)}
    if kinds & {"airtime", "sinr"}:
        for key in busiest:
            one = settings[key]
            used = Counter(other.channel for at, other in settings.items() if at[1] == key[1])
            for width_mhz in (width for width in task.site.widths_mhz if width >= one.width_mhz):
                found = one_set.options(key, width_mhz)
                for channel in sorted(found, key=lambda channel: (used[channel], found.index(channel)))[:_CHANNELS_TRIED]:
                    if (channel, width_mhz) != (one.channel, one.width_mhz):
                        yield settings | {key: replace(one, channel=channel, width_mhz=width_mhz)}
    if kinds & {"rssi", "second", "service"} and task.ask.power_span_db > 0:
        for key, one in settings.items():
            if one.power_dbm < task.ask.power_dbm:
                yield settings | {key: replace(one, power_dbm=min(task.ask.power_dbm, one.power_dbm + _POWER_STEPS_DB[-1]))}
