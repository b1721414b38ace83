"""How many people are there, told from clients with bounds, and how crowded that is: pure functions, nothing is read or written.

Clients per person differ from shelter to shelter and from week to week: how many devices people brought, how many of them
joined. So the estimate begins with what the scenarios assume, and learns from every count of heads: from those of the same
shelter most, from those of others what is usual in this city, and from all of them together how far shelters differ and how
much one changes from day to day. On the logarithm of clients per person that is a normal model with two levels.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

Basis = Literal["counted", "calibrated_here", "calibrated_city", "assumed"]
"""Staff counted heads lately; heads were counted here before; only elsewhere in the city; nowhere: the scenarios' assumption."""

Crowding = Literal["roomy", "filling", "crowded", "full"]
CROWDING: tuple[Crowding, ...] = get_args(Crowding)
CROWDING_JA: Mapping[Crowding, str] = {"roomy": "空いています", "filling": "やや混雑", "crowded": "混雑", "full": "満"}
"""The four words that many cities use (VACAN); `status --json` gives them."""

DEFAULT_CLIENTS_PER_PERSON = 1.08
"""Devices a person times share associated: the scenario shelter-day3's, between the first day's 0.88 and the second week's 1.35.
Assumed until heads are counted, or until `[shelters] clients_per_person` says better."""

CITY_SD, SITES_SD, DAYS_SD = 0.12, 0.11, 0.07
"""Before any count: how far this city is from the scenarios, shelters from their city, days from their shelter; standard
deviations of the logarithm. Together 0.18: nine of ten within 27 % below and 37 % above. Assumed: devices a person of 1.1 to
1.5 and shares of 0.8 to 0.9 in the scenarios alone give 0.10."""
_PRIOR_COUNTS = 4.0
"""How many counts the assumed spreads weigh as much as. Assumed."""
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
    """Heads that somebody counted, and the clients at that time; `prior` is the clients a person that were assumed there."""

    site: str
    time: datetime
    people: int
    clients: int | None = None
    prior: float = DEFAULT_CLIENTS_PER_PERSON


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
    """What all counts of heads together say, as shifts of the logarithm of clients per person from what was assumed.

    `shift`, `sd` are of the city; `sites` has shift, sd and number of counts of each counted site; `sites_sd` is how far sites
    are from their city, `days_sd` how far a day is from its site.
    """

    shift: float = 0.0
    sd: float = CITY_SD
    sites_sd: float = SITES_SD
    days_sd: float = DAYS_SD
    counts: int = 0
    sites: Mapping[str, tuple[float, float, int]] = field(default_factory=dict)

    def clients_per_person(self, site: str, prior: float) -> float:
        """What is to be expected at a site where `prior` was assumed."""
        return prior * math.exp(self.sites[site][0] if site in self.sites else self.shift)


def calibrated(counts: Iterable[HeadCount], now: datetime) -> Calibration:
    """Learn from counts of heads; those without people or clients teach nothing.

    Parameters
    ----------
    counts : iterable of HeadCount
    now : datetime
        Aware; older counts weigh less.
    """
    by_site: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for one in counts:
        if one.people > 0 and one.clients is not None and one.clients > 0 and one.time <= now:
            weight = 0.5 ** ((now - one.time).total_seconds() / 86400.0 / _HALF_LIFE_DAYS)
            shift = math.log(one.clients / one.people / one.prior)
            by_site[one.site].append((shift, 1.0 / one.clients + _COUNTING_SD**2, weight))
    if not by_site:
        return Calibration()
    days_sd = _days_sd(by_site)
    means: dict[str, tuple[float, float, int]] = {}
    for site, rows in by_site.items():
        # A count of long ago is of another crowd: its own variance grows, it is not only one of fewer.
        weights = [weight / (days_sd**2 + noise) for _, noise, weight in rows]
        mean = sum(w * shift for w, (shift, _, _) in zip(weights, rows, strict=True)) / sum(weights)
        means[site] = mean, 1.0 / sum(weights), len(rows)
    sites_sd = _sites_sd(means)
    precisions = {site: 1.0 / (sites_sd**2 + variance) for site, (_, variance, _) in means.items()}
    precision = 1.0 / CITY_SD**2 + sum(precisions.values())
    shift = sum(precisions[site] * mean for site, (mean, _, _) in means.items()) / precision
    city_variance = 1.0 / precision
    sites = {}
    for site, (mean, variance, number) in means.items():
        own = sites_sd**2 / (sites_sd**2 + variance)
        left = own * variance + (1.0 - own) ** 2 * city_variance
        sites[site] = own * mean + (1.0 - own) * shift, math.sqrt(left), number
    return Calibration(
        shift=shift,
        sd=math.sqrt(city_variance),
        sites_sd=sites_sd,
        days_sd=days_sd,
        counts=sum(number for _, _, number in means.values()),
        sites=sites,
    )


def _days_sd(by_site: Mapping[str, list[tuple[float, float, float]]]) -> float:
    """How far one site's counts differ from each other beyond what small numbers do, drawn towards the assumed spread."""
    excess, freedom = 0.0, 0
    for rows in by_site.values():
        mean = sum(shift for shift, _, _ in rows) / len(rows)
        excess += sum((shift - mean) ** 2 for shift, _, _ in rows)
        excess -= (len(rows) - 1) / len(rows) * sum(noise for _, noise, _ in rows)
        freedom += len(rows) - 1
    return math.sqrt(max((_PRIOR_COUNTS * DAYS_SD**2 + excess) / (_PRIOR_COUNTS + freedom), (DAYS_SD / 4) ** 2))


def _sites_sd(means: Mapping[str, tuple[float, float, int]]) -> float:
    """How far the sites differ from each other beyond what few counts of each do, drawn towards the assumed spread."""
    middle = sum(mean for mean, _, _ in means.values()) / len(means)
    freedom = len(means) - 1
    excess = sum((mean - middle) ** 2 for mean, _, _ in means.values())
    excess -= freedom / len(means) * sum(variance for _, variance, _ in means.values())
    return math.sqrt(max((_PRIOR_COUNTS * SITES_SD**2 + excess) / (_PRIOR_COUNTS + freedom), (SITES_SD / 4) ** 2))


def estimate(
    site: str,
    clients: int,
    calibration: Calibration,
    *,
    prior: float = DEFAULT_CLIENTS_PER_PERSON,
    at_limit: bool = False,
) -> People:
    """People at a site by its clients.

    Parameters
    ----------
    clients : int
        All of them: a count that lacks an access point is no count.
    prior : float
        Clients a person that are assumed there.
    at_limit : bool
        The network takes no more clients, so that there may be any number more people.
    """
    if site in calibration.sites:
        shift, sd, counts = calibration.sites[site]
        basis: Basis = "calibrated_here"
    else:
        shift, sd, counts = calibration.shift, math.hypot(calibration.sd, calibration.sites_sd), calibration.counts
        basis = "calibrated_city" if counts else "assumed"
    each = prior * math.exp(shift)
    spread = math.hypot(sd, calibration.days_sd)
    value = clients / each
    low = value * math.exp(-_Z * math.hypot(spread, 1.0 / math.sqrt(max(clients, 1))))
    # One more client than there are: with none at all there may be some people all the same.
    high = (clients + 1) / each * math.exp(_Z * math.hypot(spread, 1.0 / math.sqrt(clients + 1)))
    return People(value=round(value), low=math.floor(low), high=None if at_limit else math.ceil(high), basis=basis, counts=counts)


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
    prior: float = DEFAULT_CLIENTS_PER_PERSON,
    at_limit: bool = False,
) -> People | None:
    """The best that is known of a site's people: a fresh count, else its clients, else an older count; None: unknown.

    `clients` is None where they are unknown or only a part of them is counted; `count` is the newest count of heads.
    """
    age_s = math.inf if count is None else (now - count.time).total_seconds()
    if count is not None and -FRESH_COUNT_S <= age_s <= FRESH_COUNT_S:
        return of_count(count, now)
    if clients is not None:
        return estimate(site, clients, calibration, prior=prior, at_limit=at_limit)
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
