"""What is asked of a design, each figure with its source: people, requirement, what may be bought. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from shapely.geometry import Polygon

from wifiplan import equipment
from wifiplan.capacity import demand
from wifiplan.errors import DesignError
from wifiplan.model import Assumption, Band, Design, Requirement
from wifiplan.placement.ask import Ask
from wifiplan.prices import Prices, price_list

PeopleBy = Literal["scenario", "area", "capacity", "number"]
"""Who says how many: the scenario's own density, m2 a person of the usable floor, the city's published capacity, the planner."""

OWN_PRICE = "given by the planner"
"""Source of a price that is asked for instead of the usual one."""

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a planner asks for; the same as the options of `wifiplan place`.

    `people_by` says which of `persons` and (`m2_per_person`, `usable_share`) counts; `people_source` where the number is from.
    `devices_per_person` None: the scenario's. `prices_yen` has the planner's own prices of what `prices.toml` lists.
    """

    scenario: str = "shelter-day1"
    people_by: PeopleBy = "scenario"
    persons: Annotated[float, Field(gt=0, le=100_000)] | None = None
    m2_per_person: Annotated[float, Field(gt=0, le=1000)] = 3.5
    usable_share: Annotated[float, Field(gt=0, le=1)] = 0.7
    people_source: str = ""
    devices_per_person: Annotated[float, Field(gt=0, le=20)] | None = None
    prices_yen: Mapping[str, Annotated[float, Field(ge=0, le=1e9)]] = field(default_factory=dict)
    min_rssi_dbm: Annotated[float, Field(ge=-100, le=0)] = -67.0
    min_sinr_db: Annotated[float, Field(ge=-10, le=60)] = 15.0
    coverage_share: Annotated[float, Field(gt=0, le=1)] = 0.95
    max_clients_per_radio: Annotated[int, Field(ge=1, le=1000)] | None = None
    second_access_point: bool = False
    survives_one: bool = False
    with_alternatives: bool = False
    models: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    budget_yen: Annotated[float, Field(gt=0)] | None = None
    max_access_points: Annotated[int, Field(ge=1, le=500)] | None = None
    battery_hours: Annotated[float, Field(gt=0, le=168)] | None = None
    seed: int = 0


setattr(Wish, "__pydantic_config__", _STRICT)  # noqa: B010


def people(design: Design, wish: Wish) -> tuple[float | None, float | None]:
    """(persons, persons per m2) as `demand.demands` takes them: both None where the scenario says it."""
    if wish.people_by in {"capacity", "number"}:
        if wish.persons is None:
            raise DesignError("how many people: no number is given; give one, or take the scenario's")
        return wish.persons, None
    if wish.people_by == "area":
        area_m2 = sum(zone.area_m2 for zone in demand.places(design.floor_plan))
        return float(demand.persons(area_m2, wish.m2_per_person, usable_share=wish.usable_share)), None
    return None, None


def asked(design: Design, wish: Wish) -> Design:
    """The design for the people and by the requirement that are wished; access points stay as they are."""
    scenario = demand.find_scenario(wish.scenario)
    persons, density = people(design, wish)
    demands = demand.demands(design.floor_plan, scenario, persons=persons, persons_per_m2=density)
    if wish.devices_per_person is not None:
        demands = tuple(replace(one, devices_per_person=wish.devices_per_person) for one in demands)
    assumptions = _assumptions(design, wish)
    placement = design.placement
    if placement is not None and _prices_in(assumptions) != _prices_in(design.assumptions):
        placement = replace(placement, computed_from="other prices")  # which the hash of the inputs does not tell
    return replace(
        design,
        demands=demands,
        placement=placement,
        scenario=wish.scenario,
        obstruction_db=scenario.obstruction_db.value,
        requirement=replace(
            design.requirement,
            min_rssi_dbm=wish.min_rssi_dbm,
            min_sinr_db=wish.min_sinr_db,
            coverage_share=wish.coverage_share,
            max_clients_per_radio=wish.max_clients_per_radio,
            second_access_point=wish.second_access_point,
        ),
        network=design.network if wish.battery_hours is None else replace(design.network, battery_hours=wish.battery_hours),
        assumptions=assumptions,
    )


def _assumptions(design: Design, wish: Wish) -> tuple[Assumption, ...]:
    """The scenario's figures with their sources and the planner's prices; placement's own stay."""
    scenario = demand.find_scenario(wish.scenario)
    theirs = {(row.kind, row.of) for name in demand.scenarios() for row in demand.assumptions(demand.find_scenario(name))}
    theirs |= {("price", name) for name in wish.prices_yen}
    placed = tuple(row for row in design.assumptions if (row.kind, row.of) not in theirs and row.source != OWN_PRICE)
    table = price_list()
    prices = tuple(
        Assumption(
            kind="price", of=name, what=f"price: {name}", value=yen, unit=f"yen per {table[name]['per']}", source=OWN_PRICE
        )
        for name, yen in wish.prices_yen.items()
        if name in table
    )
    return (*demand.assumptions(scenario), *placed, *prices)


def _prices_in(assumptions: tuple[Assumption, ...]) -> dict[str, float]:
    """What differs from the usual prices."""
    usual = price_list()
    return {row.of: row.value for row in assumptions if row.kind == "price" and row.value != usual.get(row.of, {}).get("yen")}


def prices(wish: Wish) -> Prices | None:
    """The price list with the planner's own prices; None where there are none."""
    if not wish.prices_yen:
        return None
    return {
        name: {**row, "yen": yen, "low": yen, "high": yen, "source": OWN_PRICE}
        if (yen := wish.prices_yen.get(name)) is not None
        else row
        for name, row in price_list().items()
    }


def wish_of(design: Design) -> Wish:
    """What an existing design was made for, as far as it says so."""
    asked_for: Requirement = design.requirement
    known = design.scenario if design.scenario in demand.scenarios() else Wish().scenario
    total = sum(one.people for one in design.demands)
    return Wish(
        scenario=known,
        people_by="number" if total > 0 else "scenario",
        persons=total if total > 0 else None,
        people_source="design" if total > 0 else "",
        min_rssi_dbm=asked_for.min_rssi_dbm,
        min_sinr_db=asked_for.min_sinr_db,
        coverage_share=asked_for.coverage_share,
        max_clients_per_radio=asked_for.max_clients_per_radio,
        second_access_point=asked_for.second_access_point,
    )


def ask_of(design: Design, wish: Wish) -> Ask:
    """What placement is asked: what is locked stays as it hangs, and nothing hangs in a keepout."""
    known = equipment.models()
    return Ask(
        requirement=design.requirement,
        survives_one=wish.survives_one,
        with_alternatives=wish.with_alternatives,
        models=tuple(equipment.find(name, known) for name in wish.models),
        bands=wish.bands,
        country=design.country or "JP",
        obstruction_db=demand.obstruction_db(design),
        forbidden_m=keep_outs_m(design),
        existing=tuple(ap for ap in design.access_points if ap.lock),
        budget_yen=wish.budget_yen,
        max_access_points=wish.max_access_points,
        battery_hours=wish.battery_hours,
        prices=prices(wish),
        seed=wish.seed,
    )


def keep_outs_m(design: Design) -> tuple[Polygon, ...]:
    """Where nothing may hang."""
    return tuple(Polygon(zone.polygon_m) for zone in design.floor_plan.zones if zone.kind == "keepout")
