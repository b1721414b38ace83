"""Levels: what each adds, costs and serves."""

from __future__ import annotations

import pytest

from wifiplan.city import levels
from wifiplan.city.levels import Event, Figures
from wifiplan.prices import batteries_for, price_list

DAY = Event(hours=72.0, mains_out_h=24.0, line_out_h=48.0, access_point_fails_share=0.1)
BASIC = Figures(
    level="basic", people=200, access_points=2, switches=1, cost_yen=600_000, five_year_yen=1_100_000, served_share=1.0,
    gap_share=0.0, stopped_early=False, model="m", seconds=1.0,
)  # fmt: skip


@pytest.mark.parametrize(("level", "hours"), [("basic", 22.8), ("survives-one", 24.0), ("satellite", 45.6), ("battery", 68.4)])
def test_hours_of_service_are_what_mains_line_and_a_broken_access_point_leave(level: levels.Level, hours: float) -> None:
    assert hours == levels.service_hours(level, 2, 24.0, DAY)


def test_a_battery_too_small_leaves_the_rest_of_the_night_dark() -> None:
    assert 55.1 == levels.service_hours("battery", 2, 10.0, DAY)


def test_satellite_and_batteries_are_added_to_the_basic_design() -> None:
    price = price_list()
    satellite, battery = levels.with_levels([BASIC], ("satellite", "battery"), price, 24.0)
    more = batteries_for(price, 24.0)["ups"]["yen"] - price["ups"]["yen"]

    assert 500_000 == satellite.cost_yen - BASIC.cost_yen
    assert more == battery.cost_yen - satellite.cost_yen
    assert 500_000 + 5 * 240_000 == satellite.five_year_yen - BASIC.five_year_yen


def test_only_what_must_be_placed_is_placed() -> None:
    assert ("basic",) == levels.designs_of(("satellite",))
    assert ("survives-one",) == levels.designs_of(("survives-one",))
    assert ("basic", "survives-one") == levels.designs_of(levels.LEVELS)


def test_every_figure_says_where_it_is_from() -> None:
    """A figure is read in a source, computed, or called assumed."""
    assert all(tag in {"S", "D", "U"} and source for _, _, tag, source, _ in levels.sources())
    assert all("assumed" in source or name == "event.hours" for name, _, tag, source, _ in levels.sources() if tag == "U")
