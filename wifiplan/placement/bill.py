"""What has to be bought for a set of spots, and how much power it draws."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from floorplans.plan import FloorPlan
from wifiplan.answer import BillRow, SwitchPower, YearsRow
from wifiplan.placement.cables import cable_lengths_m, default_switch_m
from wifiplan.placement.spot import Spot
from wifiplan.prices import Prices, ports_per_switch, price_list

HEIGHT_STEPS = ("high_work", "higher_work")
"""What work at height costs in steps: each is bought above its own `above_m`, the higher one besides the lower."""
_DROP_M, _LONGER_M = 70.0, 20.0
"""What prices.toml means by a drop and by a longer one."""


def priced(
    floor_plan: FloorPlan,
    wanted: Sequence[Spot],
    *,
    switch_m: tuple[float, float] | None = None,
    price: Prices | None = None,
) -> tuple[Spot, ...]:
    """The spots with their cable run along the walls, what is bought for each, and its cost."""
    if not wanted:
        return ()
    runs_m = cable_lengths_m(floor_plan, wanted, switch_m or default_switch_m(floor_plan))
    table = price or price_list()
    return tuple(bought(replace(spot, cable_m=round(run, 1)), table) for spot, run in zip(wanted, runs_m, strict=True))


def bought(spot: Spot, table: Prices) -> Spot:
    """The spot with what is bought for it, and its cost."""
    longer = max(0, math.ceil((spot.cable_m - _DROP_M) / _LONGER_M))
    wanted = {
        "access_point": not spot.kept,
        "licence": not spot.kept,
        "mount": not spot.kept,
        "drop": not spot.kept,
        "longer_drop": 0 if spot.kept else longer,
        **{step: not spot.kept and spot.height_m > float(table[step]["above_m"]) for step in HEIGHT_STEPS},
        "guard": not spot.kept and spot.guard,
        "patch": not spot.kept and spot.antenna == "patch",
        "pole": not spot.kept and spot.mount == "pole",
    }
    items = tuple((name, int(count)) for name, count in wanted.items() if count)
    return replace(spot, items=items, cost_yen=float(sum(table[name]["yen"] * count for name, count in items)))


YEARS = 5
"""Over so many years a network is paid for beside its purchase (Japanese leases of network gear run five years)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """What a network costs over `YEARS`, together and by its parts."""

    yen: float
    rows: tuple[YearsRow, ...]


def five_years(bought: Sequence[BillRow], price: Prices, *, access_points: int) -> Years:
    """What a network costs over `YEARS`: purchase, licences after the first year, what breaks or ages, and the line.

    Parameters
    ----------
    bought : sequence of BillRow
        The bill, with the first year's licences.
    access_points : int
        All that are managed, those that hung there already too.
    """
    count = {row.item: row.count for row in bought}
    device, ups = price["access_point"], price["ups"]
    batteries = count.get("ups", 0) * math.floor((YEARS - 0.5) / ups["battery_years"])
    parts = {
        "purchase": sum(row.yen for row in bought),
        "licence": (YEARS * access_points - count.get("licence", 0)) * price["licence"]["yen"],
        "replacement": YEARS * access_points * device["failed_share_a_year"] * device["yen"] + batteries * ups["battery_yen"],
        "line": YEARS * price["line"]["yen"],
    }
    rows = tuple(YearsRow(part=part, yen=round(yen)) for part, yen in parts.items())
    return Years(yen=sum(row.yen for row in rows), rows=rows)


def rows(spots: Sequence[Spot], price: Prices, *, reused: int = 0, model: str | None = None) -> tuple[BillRow, ...]:
    """The lines of the bill, by item.

    The sum of `yen` is the cost that was minimised.

    Parameters
    ----------
    reused : int
        Access points of which the hardware is there already.
    model : str, optional
        Of the access points.
    """
    counts: Counter[str] = Counter()
    for spot in spots:
        counts.update(dict(spot.items))
    counts["access_point"] -= reused
    counts["switch"] = counts["ups"] = switches(spots, price)
    return tuple(
        BillRow(
            item=name,
            count=counts[name],
            unit_yen=row["yen"],
            low_yen=row["low"],
            high_yen=row["high"],
            yen=row["yen"] * counts[name],
            model=model if name == "access_point" else None,
        )
        for name, row in price.items()
        if counts[name] > 0
    )


def switches(spots: Sequence[Spot], price: Prices) -> int:
    """How many new switches are needed, for the access points that do not hang on an old one."""
    return -(-sum(1 for spot in spots if not spot.kept) // ports_per_switch(price))


def power(spots: Sequence[Spot], price: Prices) -> SwitchPower:
    """Ports and watts of the new switches."""
    count, new = switches(spots, price), sum(1 for spot in spots if not spot.kept)
    switch = price["switch"]
    return SwitchPower(
        switches=count,
        ports=count * int(switch["ports"]),
        ports_used=new,
        poe_w=count * float(switch["poe_w"]),
        poe_used_w=new * float(price["access_point"]["poe_w"]),
    )
