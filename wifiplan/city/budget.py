"""Which facilities and levels this year's money buys: most person-hours of service, proven by HiGHS, greedy beside it.

    max  sum value[i, l] * weight[t] * y[i, l, t]
    s.t. sum_l,t y[i, l, t] <= 1                      a facility has one level, in one year
         sum_i,l cost[i, l] * y[i, l, t] <= budget[t]  each year pays for itself (what is left over is not carried on)
         sum_l,t y[i, l, t] = 1                        for a must-have
         sum_i in d,l,t y[i, l, t] >= floor[d]         so many in each district

A facility that is bought in year t of T serves for the T - t years that are left: `weight`. Of equal sums the cheaper is taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from wifiplan.errors import DesignError, PlacementError

GAP_SHARE = 1e-4
"""HiGHS may stop so near to its bound."""

MOST_SECONDS = 60.0
NEXT_YEN = 1_000_000.0
CURVE_POINTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One level of one facility: what it costs in yen, and the person-hours that it serves in an event."""

    facility: int
    level: str
    cost_yen: float
    person_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a choice must keep to.

    `budget_yen` is for each year, `years` of them. `must` are facilities that are bought whatever they serve, and
    `district_floor` how many there are at least in each district (all of them, where it has fewer).
    """

    budget_yen: float
    years: int = 1
    must: frozenset[int] = frozenset()
    district_floor: int = 0
    district_of: Mapping[int, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is bought: facility to offer and year from 0; person-hours, yen, and HiGHS's bound on those of any other."""

    bought: Mapping[int, tuple[Offer, int]]
    person_hours: float
    cost_yen: float
    bound: float
    gap_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One budget of the curve."""

    budget_yen: float
    person_hours: float
    facilities: int


def check(offers: Sequence[Offer], rules: Rules, names: Mapping[int, str]) -> None:
    """Refuse what cannot be kept to, and name it.

    Raises
    ------
    DesignError
        A budget of 0 or none, a must-have without a design, must-haves or floors above the budget.
    """
    if not (math.isfinite(rules.budget_yen) and rules.budget_yen > 0):
        raise DesignError(f"--budget-yen {rules.budget_yen:,.0f}: buys nothing; give more than 0, or leave it out")
    if not 1 <= rules.years <= 20:
        raise DesignError(f"--years {rules.years}; give 1 to 20")
    cheapest: dict[int, float] = {}
    for offer in offers:
        cheapest[offer.facility] = min(offer.cost_yen, cheapest.get(offer.facility, math.inf))
    for number in sorted(rules.must):
        if number not in cheapest:
            raise DesignError(
                f"--must {names.get(number, number)}: has no design (its size is unknown, or it stays closed); leave it out"
            )
    all_yen = rules.budget_yen * rules.years
    must_yen = sum(cheapest[number] for number in rules.must)
    if must_yen > all_yen:
        listed = ", ".join(f"{names.get(number, number)} {cheapest[number]:,.0f}" for number in sorted(rules.must)[:5])
        raise DesignError(
            f"--must: the {len(rules.must)} facilities cost {must_yen:,.0f} yen at least ({listed}), "
            f"the budget is {all_yen:,.0f}; raise it, or name fewer"
        )
    floors_yen = must_yen
    for district, members in _members(offers, rules).items():
        need = min(rules.district_floor, len(members)) - sum(one in rules.must for one in members)
        floors_yen += sum(sorted(cheapest[one] for one in members if one not in rules.must)[: max(0, need)])
        if floors_yen > all_yen:
            raise DesignError(
                f"--district-floor {rules.district_floor}: with {district or 'the last district'} it costs {floors_yen:,.0f} yen "
                f"at least, the budget is {all_yen:,.0f}; raise it, or lower the floor"
            )


def chosen(offers: Sequence[Offer], rules: Rules, *, most_seconds: float = MOST_SECONDS) -> Choice:
    """The choice of most person-hours.

    Raises
    ------
    PlacementError
        None keeps to all rules: years that cannot pay for must-haves one by one.
    """
    offers = [offer for offer in offers if offer.person_hours > 0 or offer.facility in rules.must]
    if not offers:
        return Choice(bought={}, person_hours=0.0, cost_yen=0.0, bound=0.0, gap_share=0.0)
    years = rules.years
    cost = np.array([offer.cost_yen for offer in offers], float)
    hours = np.array([offer.person_hours for offer in offers], float)
    weight = np.array([(years - year) / years for year in range(years)])
    value = (hours[:, None] * weight[None, :]).ravel()
    # Of equal person-hours the cheaper: never worth a person-hour of the whole.
    tie = cost[:, None].repeat(years, axis=1).ravel()
    tie *= 1e-6 * max(float(value.max()), 1.0) / max(float(tie.sum()), 1.0)
    rows, low, high = _rows(offers, rules, cost)
    found = milp(
        c=-(value - tie),
        constraints=LinearConstraint(rows, low, high),
        integrality=np.ones(len(value), np.int64),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": GAP_SHARE, "time_limit": most_seconds},
    )
    if found.x is None:
        raise PlacementError(
            f"budget: no choice keeps to every rule ({found.message.strip()}); "
            "raise the budget, lower --district-floor, or name fewer --must"
        )
    taken = np.flatnonzero(found.x > 0.5)
    bought = {offers[at // years].facility: (offers[at // years], int(at % years)) for at in taken}
    reached = float(value[taken].sum())
    dual = found.get("mip_dual_bound")
    bound = max(reached, -float(dual) + float(tie.sum()) if dual is not None else reached)
    bound = min(bound, float(value.sum()))
    return Choice(
        bought=bought,
        person_hours=reached,
        cost_yen=float(sum(offer.cost_yen for offer, _ in bought.values())),
        bound=bound,
        gap_share=max(0.0, 1.0 - reached / bound) if bound > 0 else 0.0,
    )


def _rows(offers: Sequence[Offer], rules: Rules, cost: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray, np.ndarray]:
    """The rows of the programme with their lower and upper limits."""
    years = rules.years
    facilities = {number: at for at, number in enumerate(dict.fromkeys(offer.facility for offer in offers))}
    one = np.array([facilities[offer.facility] for offer in offers]).repeat(years)
    columns = np.arange(len(one))
    once = sp.csr_matrix((np.ones(len(one)), (one, columns)))
    least = np.array([1.0 if number in rules.must else 0.0 for number in facilities])
    year = np.tile(np.arange(years), len(offers))
    pays = sp.csr_matrix((cost.repeat(years), (year, columns)))
    parts, low, high = [once, pays], [least, np.zeros(years)], [np.ones(len(facilities)), np.full(years, rules.budget_yen)]
    members = _members(offers, rules)
    if members:
        district = {number: at for at, group in enumerate(members.values()) for number in group}
        of = np.array([district.get(offer.facility, -1) for offer in offers]).repeat(years)
        inside = np.flatnonzero(of >= 0)
        parts.append(sp.csr_matrix((np.ones(len(inside)), (of[inside], inside)), shape=(len(members), len(one))))
        low.append(np.array([min(rules.district_floor, len(group)) for group in members.values()], float))
        high.append(np.full(len(members), np.inf))
    return sp.vstack(parts, format="csr"), np.concatenate(low), np.concatenate(high)


def _members(offers: Sequence[Offer], rules: Rules) -> dict[str, list[int]]:
    """District to its facilities that have an offer, where there is a floor."""
    found: dict[str, list[int]] = {}
    if rules.district_floor > 0 and rules.district_of is not None:
        for number in dict.fromkeys(offer.facility for offer in offers):
            if rules.district_of.get(number):
                found.setdefault(rules.district_of[number], []).append(number)
    return found


def greedy(offers: Sequence[Offer], rules: Rules) -> Choice:
    """What somebody with a calculator does: must-haves and floors at their cheapest, then most for a yen, year by year.

    Beside the proven choice, so that it is seen what the solver is worth.
    """
    by_facility: dict[int, list[Offer]] = {}
    for offer in offers:
        by_facility.setdefault(offer.facility, []).append(offer)
    first = [*sorted(rules.must)]
    for members in _members(offers, rules).values():
        first += sorted(members, key=lambda one: min(offer.cost_yen for offer in by_facility[one]))[: rules.district_floor]
    held: dict[int, tuple[Offer, int]] = {}
    for year in range(rules.years):
        left_yen = rules.budget_yen
        for number in first:
            offer = min(by_facility[number], key=lambda one: one.cost_yen)
            if number not in held and offer.cost_yen <= left_yen:
                held[number] = offer, year
                left_yen -= offer.cost_yen
        while (best := _best_for_a_yen(offers, held, year, left_yen)) is not None:
            left_yen -= best.cost_yen - (held[best.facility][0].cost_yen if best.facility in held else 0.0)
            held[best.facility] = best, year
    return Choice(
        bought=held,
        person_hours=sum(offer.person_hours * (rules.years - year) / rules.years for offer, year in held.values()),
        cost_yen=sum(offer.cost_yen for offer, _ in held.values()),
        bound=math.inf,
        gap_share=1.0,
    )


def _best_for_a_yen(offers: Sequence[Offer], held: Mapping[int, tuple[Offer, int]], year: int, left_yen: float) -> Offer | None:
    """The offer, or the step to a higher level this year, of most person-hours for a yen; None where no more can be paid."""
    best, best_rate = None, 0.0
    for offer in offers:
        now, when = held.get(offer.facility, (None, year))
        more_yen = offer.cost_yen - (now.cost_yen if now else 0.0)
        more = offer.person_hours - (now.person_hours if now else 0.0)
        if when == year and more > 0 and more_yen <= left_yen and more / max(more_yen, 1.0) > best_rate:
            best, best_rate = offer, more / max(more_yen, 1.0)
    return best


def curve(offers: Sequence[Offer]) -> tuple[Point, ...]:
    """Person-hours by the budget, from a tenth of what everything costs to all of it, each proven; without other rules."""
    dearest: dict[int, float] = {}
    for offer in offers:
        if offer.person_hours > 0:
            dearest[offer.facility] = max(offer.cost_yen, dearest.get(offer.facility, 0.0))
    whole_yen = sum(dearest.values())
    points = []
    for part in range(1, CURVE_POINTS + 1):
        budget_yen = round(whole_yen * part / CURVE_POINTS)
        found = chosen(offers, Rules(budget_yen=budget_yen), most_seconds=MOST_SECONDS / CURVE_POINTS)
        points.append(Point(budget_yen=budget_yen, person_hours=round(found.person_hours), facilities=len(found.bought)))
    return tuple(points)
