"""What a city's plan comes to: figures of each facility, which come first within the budget, and one sentence why."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from wifiplan.capacity import demand
from wifiplan.city import around, budget, people
from wifiplan.city.budget import Choice, Offer, Rules
from wifiplan.city.levels import Figures, event, service_hours, sources, with_levels
from wifiplan.city.listing import Skipped
from wifiplan.city.people import Assignment
from wifiplan.city.plan import City, Made, Wish
from wifiplan.city.words import japanese, said, words
from wifiplan.errors import DesignError
from wifiplan.prices import price_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of a facility. Without a design its figures are None and `error` says why: unknown is not 0.

    `people` are planned for, `people_assigned` are those who would come. `levels` has every level's figures; those of the row
    are the bought level's, or the first one's. `person_hours` are served in an event of `levels.toml`.
    """

    number: int
    name: str
    floor_m2: float | None = None
    people: float | None = None
    access_points: int | None = None
    cost_yen: float | None = None
    served_share: float | None = None
    gap_share: float | None = None
    yen_per_person: float | None = None
    rank: int | None = None
    within_budget: bool | None = None
    stopped_early: bool | None = None
    seconds: float | None = None
    design: str | None = None
    error: str | None = None
    longitude_deg: float | None = None
    latitude_deg: float | None = None
    row: int | None = None
    source: str = ""
    id: str = ""
    kana: str = ""
    english: str = ""
    address: str = ""
    code: str = ""
    prefecture: str = ""
    municipality: str = ""
    telephone: str = ""
    district: str = ""
    size_from: str = ""
    model: str | None = None
    level: str | None = None
    year: int | None = None
    five_year_yen: float | None = None
    person_hours: float | None = None
    capacity_published: int | None = None
    capacity_3_5_m2: int | None = None
    capacity_2_m2: int | None = None
    people_assigned: float | None = None
    way_m: float | None = None
    open: bool | None = None
    open_why: str = ""
    mark: str = ""
    stopped_by: str | None = None
    levels: tuple[dict[str, Any], ...] = ()
    why_en: str = ""
    why_ja: str = ""


_MODEL_SUMS = ("facilities", "works", "access_points", "cost_yen", "five_year_yen", "people", "people_served")
"""What is added up for each model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CityPlan:
    """A city's plan whole: what `city.json` holds and `wifiplan city --json` prints."""

    facilities: tuple[Row, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[str, ...]
    totals: dict[str, Any]
    budget: dict[str, Any] | None
    assignment: dict[str, Any] | None
    asked: dict[str, Any]
    assumptions: tuple[tuple[str, float, str, str, str], ...] = ()
    models: tuple[dict[str, Any], ...] = ()
    """What each model to choose from would come to in all facilities that it was tried in, where there were several."""
    outline: tuple[tuple[tuple[float, float], ...], ...] = ()


def plan(city: City, wish: Wish, made: Mapping[int, Made]) -> CityPlan:
    """What it comes to: figures of each facility, which come first within the budget, and why.

    Raises
    ------
    DesignError
        A budget, must-haves or floors that cannot be kept to.
    """
    price, day = price_list(wish.prices) if wish.prices is not None else price_list(), event()
    grown = {number: with_levels(one.figures, wish.levels, price, wish.battery_hours) for number, one in made.items()}
    need = {one.number: _need(city, at) for at, one in enumerate(city.facilities)}
    offers = [
        Offer(
            facility=number,
            level=one.level,
            cost_yen=one.cost_yen,
            person_hours=_served(one, need[number]) * service_hours(one.level, one.access_points, wish.battery_hours, day),
        )
        for number, figures in grown.items()
        for one in figures
    ]
    choice, told = _bought(city, wish, offers)
    hours: dict[int, dict[str, float]] = {}
    for offer in offers:
        hours.setdefault(offer.facility, {})[offer.level] = offer.person_hours
    rows = [
        _row(
            city,
            at,
            made[one.number],
            figures=grown[one.number],
            hours=hours.get(one.number, {}),
            need=need[one.number],
            choice=choice,
        )
        for at, one in enumerate(city.facilities)
    ]
    rows = _ranked(rows)
    cut = _cut(city, wish, offers, choice)
    rows = [_reasoned(row, city.openings[at], cut) for at, row in enumerate(rows)]
    return CityPlan(
        facilities=tuple(rows),
        skipped=city.skipped,
        warnings=(*city.warnings, *_stopped(rows)),
        totals=totals(rows),
        budget=told,
        assignment=None if city.assignment is None else _assignment_json(city.assignment),
        asked=_asked(wish),
        assumptions=_assumptions(wish),
        models=_models([made[one.number].figures[0] for one in city.facilities if made[one.number].figures]),
        outline=city.outline,
    )


def _assumptions(wish: Wish) -> tuple[tuple[str, float, str, str, str], ...]:
    own = (
        (
            "usable_share",
            wish.usable_share or demand.KASHIWA_USABLE_SHARE,
            "S",
            "Kashiwa: every published capacity keeps 30 % of the floor free",
            "床のうち使える割合（柏市の公表値から）",
        ),
        (
            "sheltered_share",
            wish.sheltered_share,
            "U",
            "assumed: of the population, who come to a shelter on the first day",
            "人口のうち避難する割合（仮定）",
        ),
        ("detour", people.DETOUR, "U", "assumed: way by road over the straight one", "道のりと直線距離の比（仮定）"),
        (
            "battery_hours",
            wish.battery_hours,
            "U",
            "asked, or assumed as long as mains are out",
            "蓄電池で動く時間（指定または仮定）",
        ),
    )
    return own + sources()


def _asked(wish: Wish) -> dict[str, Any]:
    plain = {key: value for key, value in asdict(wish).items() if value not in (None, (), "")}
    return {
        key: [str(one) if isinstance(one, Path) else one for one in value]
        if isinstance(value, list | tuple)
        else str(value)
        if isinstance(value, Path)
        else value
        for key, value in plain.items()
    }


def _stopped(rows: Sequence[Row]) -> list[str]:
    early = [row.name for row in rows if row.stopped_early]
    if not early:
        return []
    return [said("said.stopped", count=len(early), names=", ".join(early[:5]))]


def _need(city: City, at: int) -> float | None:
    """People who would come: assigned, where homes are known; 0 where it stays closed; None for all that are planned for."""
    if city.openings[at].open is False:
        return 0.0
    return None if city.assignment is None else float(city.assignment.people[at])


def _served(figures: Figures, need: float | None) -> float:
    served = figures.people * figures.served_share
    return served if need is None else min(need, served)


def _bought(city: City, wish: Wish, offers: Sequence[Offer]) -> tuple[Choice | None, dict[str, Any] | None]:
    """The choice within the budget, and what is told of it."""
    must = around.must_be(city.facilities, wish.must)
    if wish.budget_yen is None:
        if must or wish.district_floor or wish.years > 1:
            raise DesignError("--must, --district-floor and --years say how a budget is spent; give --budget-yen")
        return None, None
    names = {one.number: one.name for one in city.facilities}
    rules = Rules(
        budget_yen=wish.budget_yen,
        years=wish.years,
        must=must,
        district_floor=wish.district_floor,
        district_of={one.number: one.district for one in city.facilities},
    )
    budget.check(offers, rules, names)
    choice, beside = budget.chosen(offers, rules), budget.greedy(offers, rules)
    more = budget.chosen(offers, replace(rules, budget_yen=rules.budget_yen + budget.NEXT_YEN))
    # What the solver found within its gap may lie below greedy's; the better one is the answer.
    if beside.person_hours > choice.person_hours:
        choice = replace(beside, bound=choice.bound, gap_share=max(0.0, 1.0 - beside.person_hours / max(choice.bound, 1e-9)))
    told = {
        "budget_yen": wish.budget_yen,
        "years": wish.years,
        "bound": round(choice.bound, 1),
        "gap_share": round(choice.gap_share, 6),
        "person_hours": round(choice.person_hours, 1),
        "cost_yen": round(choice.cost_yen),
        "left_yen": round(wish.budget_yen * wish.years - choice.cost_yen),
        "facilities": len(choice.bought),
        "greedy": {
            "person_hours": round(beside.person_hours, 1),
            "cost_yen": round(beside.cost_yen),
            "facilities": len(beside.bought),
        },
        "curve": [asdict(point) for point in budget.curve(offers)],
        "by_year": [
            {
                "year": year + 1,
                "cost_yen": round(sum(offer.cost_yen for offer, when in choice.bought.values() if when == year)),
                "facilities": sum(when == year for _, when in choice.bought.values()),
            }
            for year in range(wish.years)
        ],
        "next": _next(choice, more, names),
    }
    return choice, told


def _next(choice: Choice, more: Choice, names: Mapping[int, str]) -> dict[str, Any]:
    """What another million yen a year buys."""
    hours = more.person_hours - choice.person_hours
    new = [
        number
        for number, (offer, _) in more.bought.items()
        if number not in choice.bought or choice.bought[number][0].level != offer.level
    ]
    values: dict[str, Any] = {
        "more": f"{budget.NEXT_YEN:,.0f}",
        "hours": f"{hours:,.0f}",
        "share": f"+{hours / choice.person_hours:.1%}" if choice.person_hours > 0 else "–",
        "names": "、".join(names[number] for number in new[:3]) or "–",
    }
    key = "budget.next" if hours >= 1 else "budget.next_none"
    return {
        "yen": budget.NEXT_YEN,
        "person_hours": round(hours, 1),
        "facilities": new,
        "sentence_en": words(key, "en", **values),
        "sentence_ja": words(key, "ja", **values),
    }


def _row(
    city: City,
    at: int,
    made: Made,
    *,
    figures: Sequence[Figures],
    hours: Mapping[str, float],
    need: float | None,
    choice: Choice | None,
) -> Row:
    one, rooms, opening = city.facilities[at], city.rooms[at], city.openings[at]
    bought = choice.bought.get(one.number) if choice is not None else None
    shown = next((row for row in figures if bought is not None and row.level == bought[0].level), figures[0] if figures else None)
    come = None if city.assignment is None else float(city.assignment.people[at])
    way_m = None if city.assignment is None or not math.isfinite(city.assignment.way_m[at]) else float(city.assignment.way_m[at])
    row = Row(
        number=one.number,
        name=one.name,
        floor_m2=None if one.floor_m2 is None else round(one.floor_m2),
        design=made.design,
        error=made.error,
        longitude_deg=one.longitude_deg,
        latitude_deg=one.latitude_deg,
        row=one.row,
        source=one.source,
        size_from=one.size_from,
        capacity_published=rooms.published,
        capacity_3_5_m2=rooms.at_3_5_m2,
        capacity_2_m2=rooms.at_2_m2,
        people_assigned=None if come is None else round(come, 1),
        way_m=None if way_m is None else round(way_m),
        open=opening.open,
        open_why=opening.why,
        mark=city.marks.get(one.number, ""),
        **{
            name: getattr(one, name)
            for name in ("id", "kana", "english", "address", "code", "prefecture", "municipality", "telephone", "district")
        },
    )
    if shown is None:
        return row
    served = _served(shown, need)
    return replace(
        row,
        people=round(shown.people),
        access_points=shown.access_points,
        cost_yen=shown.cost_yen,
        five_year_yen=shown.five_year_yen,
        served_share=shown.served_share,
        gap_share=shown.gap_share,
        stopped_early=shown.stopped_early,
        stopped_by=shown.stopped_by,
        yen_per_person=round(shown.cost_yen / served) if served >= 0.5 else None,
        seconds=shown.seconds,
        model=shown.model,
        level=shown.level,
        person_hours=round(hours[shown.level], 1),
        within_budget=None if choice is None else bought is not None,
        year=None if bought is None else bought[1] + 1,
        levels=tuple({**asdict(one_level), "person_hours": round(hours[one_level.level], 1)} for one_level in figures),
    )


def _ranked(rows: Sequence[Row]) -> list[Row]:
    """Numbered by yen a person who is served, cheapest first; one that serves nobody has no rank."""
    order = sorted((row for row in rows if row.yen_per_person is not None), key=lambda row: (row.yen_per_person, row.number))
    rank = {row.number: at for at, row in enumerate(order, 1)}
    return [replace(row, rank=rank.get(row.number)) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """What reasons compare with: yen a person-hour of the dearest bought and of the best that is not, and what is left."""

    choice: Choice | None
    must: frozenset[int]
    district_floor: int
    dearest: float
    best_left_out: float
    left_yen: float
    cheapest_yen: Mapping[int, float]


def _cut(city: City, wish: Wish, offers: Sequence[Offer], choice: Choice | None) -> _Cut:
    bought = {} if choice is None else choice.bought
    rates = {True: [0.0], False: [math.inf]}
    cheapest: dict[int, float] = {}
    for offer in offers:
        cheapest[offer.facility] = min(offer.cost_yen, cheapest.get(offer.facility, math.inf))
        held = bought.get(offer.facility)
        if offer.person_hours > 0 and (held is None or held[0] == offer):
            rates[held is not None].append(offer.cost_yen / offer.person_hours)
    return _Cut(
        choice=choice,
        must=around.must_be(city.facilities, wish.must),
        district_floor=wish.district_floor,
        dearest=max(rates[True]),
        best_left_out=min(rates[False]),
        left_yen=(wish.budget_yen or 0.0) * wish.years - (0.0 if choice is None else choice.cost_yen),
        cheapest_yen=cheapest,
    )


def _reasoned(row: Row, opening: around.Opening, cut: _Cut) -> Row:
    """One plain sentence why it is chosen or not."""
    code, values = _why(row, opening, cut)
    if code == "closed":
        values = {"reason": said(f"open.{opening.why}")}
    why = said(f"why.{code}", **values)
    return replace(row, why_ja=why.ja, why_en=str(why))


def _why(row: Row, opening: around.Opening, cut: _Cut) -> tuple[str, dict[str, object]]:
    """The code of `words.toml` for a row, and the values that go into its sentence."""
    if row.error is not None or row.cost_yen is None:
        return "no-design", {"reason": row.error or ""}
    if opening.open is False:
        return "closed", {}
    if cut.choice is None:
        if row.rank is None:
            return "nobody", {}
        return "ranked", {"yen": f"{row.yen_per_person:,.0f}", "rank": row.rank, "count": len(cut.cheapest_yen)}
    hours = row.person_hours or 0.0
    rate = row.cost_yen / hours if hours > 0 else math.inf
    served = (row.people or 0) * (row.served_share or 0.0)
    served = served if row.people_assigned is None else min(row.people_assigned, served)
    values: dict[str, object] = {"cost": f"{row.cost_yen:,.0f}", "people": f"{served:,.0f}", "rate": f"{rate:,.0f}"}
    if row.number in cut.must:
        return "must", values
    if row.number in cut.choice.bought:
        if cut.district_floor and rate > cut.best_left_out:
            return "floor", {**values, "district": row.district, "floor": cut.district_floor}
        return "chosen", values
    if hours <= 0:
        return "nobody", values
    cheapest_yen = cut.cheapest_yen[row.number]
    if rate > cut.dearest > 0:
        return "dear", {**values, "cut": f"{cut.dearest:,.0f}"}
    key = "no-room" if cheapest_yen > cut.left_yen else "beaten"
    return key, {**values, "cost": f"{cheapest_yen:,.0f}", "left": f"{cut.left_yen:,.0f}"}


def totals(rows: Sequence[Row]) -> dict[str, Any]:
    """Sums over the facilities that have a design, and how many have none."""
    made = [row for row in rows if row.error is None]
    bought = [row for row in made if row.within_budget]
    return {
        "facilities": len(rows),
        "designed": len(made),
        "without_design": len(rows) - len(made),
        "people": sum(row.people or 0 for row in made),
        "people_served": round(sum((row.people or 0) * (row.served_share or 0.0) for row in made)),
        "people_assigned": None
        if any(row.people_assigned is None for row in rows) or not rows
        else round(sum(row.people_assigned or 0.0 for row in rows)),
        "capacity_published": sum(row.capacity_published or 0 for row in rows),
        "capacity_3_5_m2": sum(row.capacity_3_5_m2 or 0 for row in rows),
        "capacity_2_m2": sum(row.capacity_2_m2 or 0 for row in rows),
        "access_points": sum(row.access_points or 0 for row in made),
        "cost_yen": sum(row.cost_yen or 0 for row in made),
        "five_year_yen": sum(row.five_year_yen or 0 for row in made),
        "within_budget": len(bought),
        "within_budget_yen": sum(row.cost_yen or 0 for row in bought),
        "within_budget_five_year_yen": sum(row.five_year_yen or 0 for row in bought),
        "sizes_from": dict(Counter(row.size_from for row in rows if row.size_from)),
    }


def _models(figures: Sequence[Figures]) -> tuple[dict[str, Any], ...]:
    """Sums of each model over facilities at their first level; `works` of them meet their demand with it."""
    sums: dict[str, dict[str, Any]] = {}
    for one in figures:
        for tried in one.models_tried:
            model = sums.setdefault(str(tried["model"]), dict.fromkeys(_MODEL_SUMS, 0))
            works = tried["stopped_by"] is None and not one.stopped_early
            more = (1, works, tried["access_points"], tried["cost_yen"], tried["five_year_yen"] or 0, one.people)
            for name, value in zip(_MODEL_SUMS, (*more, one.people * tried["served_share"]), strict=True):
                model[name] += value
    return tuple({"model": name, **{key: round(value) for key, value in row.items()}} for name, row in sums.items())


def _assignment_json(found: Assignment) -> dict[str, Any]:
    return {
        "people": round(found.total),
        "without_room": round(found.left),
        "mean_way_m": None if not math.isfinite(found.mean_way_m) else round(found.mean_way_m),
        "detour": people.DETOUR,
        "person_m": round(found.person_m),
        "bound_person_m": round(found.bound_person_m),
        "gap_share": round(found.gap_share, 6),
        "overfull_if_nearest": round(found.overfull_if_nearest),
    }


def to_json(found: CityPlan) -> dict[str, Any]:
    """Plain JSON; what is unknown is null."""
    return {
        "facilities": [asdict(row) for row in found.facilities],
        "skipped": [asdict(row) for row in found.skipped],
        "warnings": list(found.warnings),
        "warnings_ja": [str(japanese(text)) for text in found.warnings],
        "totals": found.totals,
        "budget": found.budget,
        "assignment": found.assignment,
        "asked": found.asked,
        "assumptions": [list(row) for row in found.assumptions],
        "models": list(found.models),
        "outline": [[list(point) for point in ring] for ring in found.outline],
    }
