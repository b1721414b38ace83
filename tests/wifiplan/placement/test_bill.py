"""The bill of materials: what is counted, and what a spreadsheet reads of it."""

from __future__ import annotations

import math

import floorplans
from wifiplan.answer import SwitchPower
from wifiplan.placement import bill
from wifiplan.placement.spot import Spot, hanging
from wifiplan.placement.spots import candidates
from wifiplan.prices import ports_per_switch, price_list

_NEW = Spot(x_m=1.0, y_m=1.0, height_m=3.0, items=(("access_point", 1), ("drop", 1)))
_OLD = Spot(x_m=9.0, y_m=1.0, height_m=3.0, kept="old")


def test_a_switch_and_a_battery_for_every_eight() -> None:
    """Eight new access points need one of each, nine need two; one that hangs already is on the old switch."""
    price = price_list()

    assert 1 == bill.switches([_NEW] * 8 + [_OLD], price)
    assert 2 == bill.switches([_NEW] * 9, price)
    assert 0 == bill.switches([_OLD], price)
    power = SwitchPower(switches=2, ports=16, ports_used=9, poe_w=480.0, poe_used_w=270.0)
    assert power == bill.power([_NEW] * 9, price)


def test_a_switch_with_little_power_feeds_fewer() -> None:
    """60 W keep 30 W for two, whatever the number of ports."""
    price = dict(price_list())
    price["switch"] = {**price["switch"], "poe_w": 60.0}

    assert 2 == ports_per_switch(price)
    assert 3 == bill.switches([_NEW] * 5, price)


def test_cost_is_the_sum_of_what_is_bought() -> None:
    """A guarded wall spot buys a guard, a high one the lift, a long run its further metres; a kept one nothing."""
    plan = floorplans.sample("gym")
    price = {name: row["yen"] for name, row in price_list().items()}
    found = candidates(plan, antennas=("omni", "patch"))

    for spot in found:
        items = dict(spot.items)
        assert spot.cost_yen == sum(price[name] * count for name, count in items.items())
        assert items.get("guard", 0) == spot.guard
        assert items.get("high_work", 0) == (spot.height_m > 4.0)
        assert items.get("patch", 0) == (spot.antenna == "patch")
        assert items.get("longer_drop", 0) == max(0, math.ceil((spot.cable_m - 70.0) / 20.0))
    kept = bill.priced(plan, [hanging(found[0].access_point("old"))])[0]
    assert 0.0 == kept.cost_yen


def test_what_is_reused_is_not_bought() -> None:
    """Of three new spots one takes the access point that hung elsewhere; its cable is new."""
    rows = {row.item: row for row in bill.rows([_NEW] * 3, price_list(), reused=1)}

    assert (2, 3) == (rows["access_point"].count, rows["drop"].count)
    assert 2 * rows["access_point"].unit_yen == rows["access_point"].yen
