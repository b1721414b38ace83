"""The bill of materials: what is counted, and what a spreadsheet reads of it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

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


@pytest.mark.parametrize(
    ("height_m", "extra_yen"),
    [(4.0, 0), (4.1, 30_000), (10.0, 30_000), (10.1, 90_000)],
    ids=["ladder", "tower", "top", "platform"],
)
def test_work_at_height_is_priced_by_height(height_m: float, extra_yen: int) -> None:
    """From a ladder nothing, above 4 m a tower, above 10 m a platform besides; what hangs there already costs no work."""
    price = price_list()
    low = bill.bought(replace(_NEW, height_m=2.5), price)

    assert extra_yen == bill.bought(replace(_NEW, height_m=height_m), price).cost_yen - low.cost_yen
    assert 0.0 == bill.bought(replace(_OLD, height_m=height_m), price).cost_yen


def test_steps_of_height_are_the_planners_to_set(tmp_path) -> None:
    """Where no tower can stand below 7 m, a list of one's own says so: walls get cheaper than trusses, the bill names both."""
    own = tmp_path / "prices.toml"
    own.write_text("[higher_work]\nabove_m = 7.0\n", encoding="utf-8")
    price = price_list(own)
    yen = {spot.height_m: spot.cost_yen for spot in candidates(floorplans.sample("gym"), price=price) if spot.cable_m <= 70}

    assert {3.0: 225_000.0, 5.5: 225_000.0, 9.4: 285_000.0} == yen
    high = bill.bought(replace(_NEW, height_m=9.4), price)
    assert {"high_work": 30_000, "higher_work": 60_000}.items() <= {row.item: row.yen for row in bill.rows([high], price)}.items()
    assert "piece above 7 m, besides work at height" == price["higher_work"]["per"]


def test_what_is_reused_is_not_bought() -> None:
    """Of three new spots one takes the access point that hung elsewhere; its cable is new."""
    rows = {row.item: row for row in bill.rows([_NEW] * 3, price_list(), reused=1)}

    assert (2, 3) == (rows["access_point"].count, rows["drop"].count)
    assert 2 * rows["access_point"].unit_yen == rows["access_point"].yen
