"""How many people are there, told from clients with bounds, and how crowded that is: pure functions, nothing is read or written.

Clients per person differ from shelter to shelter and from week to week: how many devices people brought, how many of them
joined. So the estimate begins with what the scenarios assume, and learns from every count of heads: from those of the same
shelter most, from those of others what is usual in this city, and from all of them together how far shelters differ and how
much one changes from day to day. On the logarithm of clients per person that is a normal model with two levels.

Before any count the bounds are as wide as cities may differ: they hold for nine of ten crowds over all cities, not for nine of
ten in each, for nobody can know which kind of city this is until heads are counted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    from numpy.typing import NDArray

Basis = Literal["counted", "calibrated_here", "calibrated_city", "assumed"]
"""Staff counted heads lately; heads were counted here before; only elsewhere in the city; nowhere: the scenarios' assumption."""

Crowding = Literal["roomy", "filling", "crowded", "full"]
CROWDING: tuple[Crowding, ...] = get_args(Crowding)
CROWDING_JA: Mapping[Crowding, str] = {"roomy": "空いています", "filling": "やや混雑", "crowded": "混雑", "full": "満"}
"""The four words that many cities use (VACAN); `status --json` gives them."""

DEFAULT_CLIENTS_PER_PERSON = 0.95
"""Until heads are counted or `[shelters] clients_per_person` says better. The scenarios' 1.1 (0.9 to 1.35: devices of 1.1 to 1.5,
shares of 0.8 to 0.9) plan for those who do connect; elderly people have fewer devices, and of those who could connect far from
all did (Kumamoto 2016: 23 %), so a live figure begins between that and the 0.8 of a crowd that is short of devices. Assumed."""

CITY_SD = 0.13
"""How far one city is from that, as a standard deviation of the logarithm. Assumed."""
_SITES_SD, _DAYS_SD, _SPREADS_SD = 0.14, 0.07, 0.5
"""How far shelters are from their city and days from their shelter, and how far these two may be off themselves (of their
logarithm): a city whose shelters are all alike, and one with shelters of families and of the elderly, are both possible. With
`CITY_SD` they make 0.23 before any count, as much as devices of 0.8 to 1.6 with shares of 0.6 to 0.95. Assumed."""
_SITES_SDS, _DAYS_SDS = np.geomspace(0.02, 0.7, 14), np.geomspace(0.015, 0.35, 10)
_HALF_LIFE_DAYS = 30.0
"""A count of so many days ago weighs half: people stay for about a month (Nanao 2024) and others come. Partly assumed."""

FRESH_COUNT_S = 6 * 3600.0
"""A count of heads that is younger is the answer itself. Assumed: counts are made at meals."""
OLDEST_COUNT_S = 7 * 86400.0
"""A count that is older says nothing about now where no client is counted. Assumed."""
_COUNTING_SD, _HOUR_SD = 0.03, 0.03
"""What a count of heads misses, and how far people come and go in an hour (with its square root). Assumed."""

_Z = 1.645
"""Of the bounds that nine of ten keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadCount:
    """Heads that somebody counted, and the clients at that time."""

    site: str
    time: datetime
    people: int
    clients: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """People at a site, with bounds that nine of ten keep. `high` None: at least so many; the network takes no more of them.

    `counts` is how many counts of heads went into it.
    """

    value: int
    low: int
    high: int | None
    basis: Basis
    counts: int = 0

    def to_json(self) -> dict[str, int | str | None]:
        """What `wifiplan status --json` prints of it."""
        return {"value": self.value, "low": self.low, "high": self.high, "basis": self.basis}


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What all counts of heads together say of the logarithm of clients per person, beside what was assumed.

    `middle` and `sd` are those of a shelter of the city that was never counted, on any day; `sites` has middle, sd and number of
    counts of each counted one; `counts` is the number of all.
    """

    middle: float
    sd: float
    counts: int = 0
    sites: Mapping[str, tuple[float, float, int]] = field(default_factory=dict)

    def of(self, site: str) -> tuple[float, float, int]:
        """Middle, sd and number of counts of a site."""
        return self.sites.get(site, (self.middle, self.sd, self.counts))

    def clients_per_person(self, site: str = "") -> float:
        """What is to be expected at a site; at one that was never counted, where none is named."""
        return math.exp(self.of(site)[0])


def calibrated(counts: Iterable[HeadCount], now: datetime, *, prior: float | None = None) -> Calibration:
    """Learn from counts of heads; those without people or clients teach nothing.

    How far shelters and days differ is not known either, so it is not set to what seems likeliest: every pair of a grid of
    spreads is weighed by how well it explains the counts, and all of them together give the bounds.

    Parameters
    ----------
    counts : iterable of HeadCount
    now : datetime
        Aware; older counts weigh less.
    prior : float, optional
        Clients a person that are assumed in this city, if not `DEFAULT_CLIENTS_PER_PERSON`.
    """
    assumed = math.log(prior or DEFAULT_CLIENTS_PER_PERSON)
    by_site: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for one in counts:
        if one.people > 0 and one.clients is not None and one.clients > 0 and one.time <= now:
            weight = 0.5 ** ((now - one.time).total_seconds() / 86400.0 / _HALF_LIFE_DAYS)
            shift = math.log(one.clients / one.people) - assumed
            by_site[one.site].append((shift, 1.0 / one.clients + _COUNTING_SD**2, weight))
    sites_var, days_var = (one.ravel() ** 2 for one in np.meshgrid(_SITES_SDS, _DAYS_SDS, indexing="ij"))
    log_odds = -0.5 * (_far(sites_var, _SITES_SD) ** 2 + _far(days_var, _DAYS_SD) ** 2)
    means: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for site, rows in by_site.items():
        shifts, noises, weights = (np.array(column)[:, None] for column in zip(*rows, strict=True))
        # A count of long ago is of another crowd: its own variance grows, it is not only one of fewer.
        precisions = weights / (days_var + noises)
        variance = 1.0 / precisions.sum(axis=0)
        mean = variance * (precisions * shifts).sum(axis=0)
        log_odds += 0.5 * (np.log(precisions).sum(axis=0) + np.log(variance) - (precisions * (shifts - mean) ** 2).sum(axis=0))
        means[site] = mean, variance
    # The city's own shift, given each pair of spreads.
    of_sites = [(mean, 1.0 / (sites_var + variance)) for mean, variance in means.values()]
    precision = 1.0 / CITY_SD**2 + sum((each for _, each in of_sites), np.zeros_like(sites_var))
    city = sum((mean * each for mean, each in of_sites), np.zeros_like(sites_var)) / precision
    log_odds += 0.5 * sum((np.log(each) - each * mean**2 for mean, each in of_sites), np.zeros_like(sites_var))
    log_odds += 0.5 * (precision * city**2 - np.log(precision))
    odds = np.exp(log_odds - log_odds.max())
    odds /= odds.sum()
    middle, sd = _together(odds, assumed + city, 1.0 / precision + sites_var + days_var)
    sites = {}
    for site, (mean, variance) in means.items():
        own = sites_var / (sites_var + variance)
        left = own * variance + (1.0 - own) ** 2 / precision + days_var
        sites[site] = *_together(odds, assumed + own * mean + (1.0 - own) * city, left), len(by_site[site])
    return Calibration(middle=middle, sd=sd, counts=sum(len(rows) for rows in by_site.values()), sites=sites)


def _far(variance: NDArray[np.float64], expected_sd: float) -> NDArray[np.float64]:
    """How far spreads are from the expected one, in steps of what is assumed of it."""
    return (0.5 * np.log(variance) - math.log(expected_sd)) / _SPREADS_SD


def _together(odds: NDArray[np.float64], middles: NDArray[np.float64], variances: NDArray[np.float64]) -> tuple[float, float]:
    """Middle and sd of the normal with the same bounds (of nine in ten) as several with these odds have together."""
    is_likely = odds > odds.max() * 1e-3
    odds, middles, sds = odds[is_likely], middles[is_likely], np.sqrt(variances[is_likely])
    odds = odds / odds.sum()
    places = np.linspace((middles - 4.0 * sds).min(), (middles + 4.0 * sds).max(), 121)
    below = ndtr((places[:, None] - middles) / sds) @ odds
    low, high = np.interp((0.05, 0.95), below, places)
    return float((low + high) / 2.0), float((high - low) / (2.0 * _Z))


def estimate(
    site: str,
    clients: int,
    calibration: Calibration,
    *,
    at_limit: bool = False,
) -> People:
    """People at a site by its clients.

    Parameters
    ----------
    clients : int
        All of them: a count that lacks an access point is no count.
    at_limit : bool
        The network takes no more clients, so that there may be any number more people.
    """
    middle, sd, counts = calibration.of(site)
    basis: Basis = "calibrated_here" if site in calibration.sites else "calibrated_city" if counts else "assumed"
    each = math.exp(middle)
    low, _ = _shortest(clients / each, math.hypot(sd, 1.0 / math.sqrt(max(clients, 1))))
    # One more client than there are: with none at all there may be some people all the same.
    _, high = _shortest((clients + 1) / each, math.hypot(sd, 1.0 / math.sqrt(clients + 1)))
    value = round(clients / each)
    return People(
        value=value,
        low=min(value, math.floor(low)),
        high=None if at_limit else max(value, math.ceil(high)),
        basis=basis,
        counts=counts,
    )


def _shortest(value: float, sd: float) -> tuple[float, float]:
    """The shortest bounds that nine of ten lognormal numbers around `value` keep: both ends are equally likely."""
    reach = _Z * (1.0 + sd**2 / 2.0)
    return value * math.exp(-(sd**2) - reach * sd), value * math.exp(-(sd**2) + reach * sd)


def of_count(count: HeadCount, now: datetime) -> People:
    """People at a site by a count of heads, with bounds that widen as it ages."""
    hours = max(0.0, (now - count.time).total_seconds()) / 3600.0
    factor = math.exp(_Z * math.hypot(_COUNTING_SD, _HOUR_SD * math.sqrt(hours)))
    low, high = math.floor(count.people / factor), math.ceil(count.people * factor)
    return People(value=count.people, low=low, high=high, basis="counted", counts=1)


def people_at(
    site: str,
    *,
    clients: int | None,
    count: HeadCount | None,
    calibration: Calibration,
    now: datetime,
    at_limit: bool = False,
) -> People | None:
    """The best that is known of a site's people: a fresh count, else its clients, else an older count; None: unknown.

    `clients` is None where they are unknown or only a part of them is counted; `count` is the newest count of heads.
    """
    age_s = math.inf if count is None else (now - count.time).total_seconds()
    if count is not None and -FRESH_COUNT_S <= age_s <= FRESH_COUNT_S:
        return of_count(count, now)
    if clients is not None:
        return estimate(site, clients, calibration, at_limit=at_limit)
    if count is not None and 0 <= age_s <= OLDEST_COUNT_S:
        return of_count(count, now)
    return None


def crowding(
    people: People | None, capacity_people: float | None, shares: tuple[float, ...], *, full: bool = False
) -> Crowding | None:
    """How crowded it is: the share of capacity against the city's thresholds; None where either is unknown.

    Parameters
    ----------
    shares : tuple of float
        Two or three: up to the first there is room, up to the second it fills, and from the third on it is full.
    full : bool
        Staff say that it takes nobody more, whatever the numbers are.

    Examples
    --------
    >>> of = lambda n: People(value=n, low=n, high=n, basis="counted")
    >>> [crowding(of(n), 100, (0.3, 0.6, 0.8)) for n in (30, 60, 79, 80)]
    ['roomy', 'filling', 'crowded', 'full']
    """
    if full:
        return "full"
    if people is None or not capacity_people:
        return None
    # Where it may be any number more, only what it is at least can be said; less crowded than that would be a promise.
    share = (people.low if people.high is None else people.value) / capacity_people
    if len(shares) > 2 and share >= shares[2]:
        return "full"
    if share > shares[1]:
        return "crowded"
    if people.high is None:
        return None
    return "filling" if share > shares[0] else "roomy"
