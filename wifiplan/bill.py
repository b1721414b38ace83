"""What has to be bought for a set of spots, how much power it draws, and both as files that a buyer can edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from wifiplan import spots as sites
from wifiplan.spots import Prices, Spot


def rows(spots: Sequence[Spot], price: Prices, *, reused: int = 0) -> list[dict[str, Any]]:
    """By item: {item, count, unit_yen, low_yen, high_yen, yen}. The sum of `yen` is the cost that was minimised.

    Parameters
    ----------
    reused : int
        Access points of which the hardware is there already.
    """
    counts: Counter[str] = Counter()
    for spot in spots:
        counts.update(dict(spot.items))
    counts["access_point"] -= reused
    counts["switch"] = counts["ups"] = switches(spots, price)
    return [
        {
            "item": name,
            "count": counts[name],
            "unit_yen": row["yen"],
            "low_yen": row["low"],
            "high_yen": row["high"],
            "yen": row["yen"] * counts[name],
        }
        for name, row in price.items()
        if counts[name] > 0
    ]


def switches(spots: Sequence[Spot], price: Prices) -> int:
    """New ones, for the access points that do not hang on an old one."""
    return -(-sum(1 for spot in spots if not spot.kept) // sites.ports(price))


def power(spots: Sequence[Spot], price: Prices) -> dict[str, Any]:
    """Ports and watts of the new switches: {switches, ports, ports_used, poe_w, poe_used_w}."""
    count, new = switches(spots, price), sum(1 for spot in spots if not spot.kept)
    switch = price["switch"]
    return {
        "switches": count,
        "ports": count * int(switch["ports"]),
        "ports_used": new,
        "poe_w": count * float(switch["poe_w"]),
        "poe_used_w": new * float(price["access_point"]["poe_w"]),
    }
