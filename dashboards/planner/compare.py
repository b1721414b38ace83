"""Two designs side by side: their figures as far as they are known, and what differs. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wifiplan.model import stale

if TYPE_CHECKING:
    from dashboards.planner.project import Document
    from dashboards.planner.wishes import Wish
    from wifiplan.model import Design


Kind = Literal["only", "moved", "retuned", "walls", "zones", "people", "requirement", "prices", "choice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Figures of a design; None where nobody has computed them for it as it is."""

    access_points: int
    people: float | None
    people_p10: float | None
    cost_yen: float | None
    coverage_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An access point that only one of two has, that hangs elsewhere or is tuned otherwise; or the building, or what is asked."""

    kind: Kind
    name: str = ""
    in_first: bool = True
    metres: float = 0.0


def figures(design: Design) -> Known:
    """What its answers say, if they are of it."""
    old = stale(design)
    capacity = None if "capacity" in old else design.capacity
    placement = None if "placement" in old else design.placement
    spread = None if capacity is None else capacity.spread.get("served")
    return Known(
        access_points=len(design.access_points),
        people=None if capacity is None else capacity.served,
        people_p10=None if spread is None else spread.p10,
        cost_yen=None if placement is None else placement.cost_yen,
        coverage_share=None if placement is None else placement.coverage_share,
    )


def differences(one: Document, other: Document) -> tuple[Difference, ...]:
    """What differs: the building, what is asked, then the access points in the order of their names."""
    return (*_asked(one, other), *_points(one.design, other.design))


def _asked(one: Document, other: Document) -> tuple[Difference, ...]:
    first, second = one.design, other.design
    pairs: tuple[tuple[Kind, object, object], ...] = (
        ("walls", first.floor_plan.walls, second.floor_plan.walls),
        ("zones", first.floor_plan.zones, second.floor_plan.zones),
        ("people", first.demands, second.demands),
        ("requirement", first.requirement, second.requirement),
        ("prices", dict(one.wish.prices_yen), dict(other.wish.prices_yen)),
        ("choice", _choice(one.wish), _choice(other.wish)),
    )
    return tuple(Difference(kind=kind) for kind, here, there in pairs if here != there)


def _choice(wish: Wish) -> tuple[object, ...]:
    """What may be bought, and what it must survive."""
    return wish.models, wish.bands, wish.budget_yen, wish.max_access_points, wish.battery_hours, wish.survives_one


def _points(first: Design, second: Design) -> tuple[Difference, ...]:
    one, two = ({ap.name: ap for ap in design.access_points} for design in (first, second))
    found = []
    for name in sorted(one.keys() | two.keys()):
        if name not in one or name not in two:
            found.append(Difference(kind="only", name=name, in_first=name in one))
            continue
        a, b = one[name], two[name]
        metres = math.dist((a.x_m, a.y_m, a.height_m), (b.x_m, b.y_m, b.height_m))
        if metres > 0.005 or a.level != b.level:
            found.append(Difference(kind="moved", name=name, metres=metres))
        tuned = [[(radio.band, radio.channel, radio.width_mhz, radio.tx_power_dbm) for radio in ap.radios] for ap in (a, b)]
        if tuned[0] != tuned[1] or a.model != b.model:
            found.append(Difference(kind="retuned", name=name))
    return tuple(found)
