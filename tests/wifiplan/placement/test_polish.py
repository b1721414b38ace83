"""Channels, widths and powers of one set of spots, judged by the full check."""

from __future__ import annotations

import pytest

import floorplans
from wifiplan.airtime import wifi
from wifiplan.airtime.flows import MAX_DELAY_MS
from wifiplan.capacity import demand
from wifiplan.errors import DesignError
from wifiplan.model import Demand, Requirement
from wifiplan.placement import bill
from wifiplan.placement.ask import Ask
from wifiplan.placement.milp import Solver
from wifiplan.placement.polish import row_of, tuned
from wifiplan.placement.problem import Problem, posed
from wifiplan.placement.spot import Spot

PLAN = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)


def _problem(*spots: Spot, people: float = 60.0, **asked: object) -> Problem:
    who = Demand(
        zone="hall",
        people=people,
        devices_per_person=1.0,
        associated_share=1.0,
        active_share=0.3,
        down_mbps=0.2,
        up_mbps=0.05,
    )
    return posed(
        PLAN,
        {"": (who,)},
        bill.priced(PLAN, spots),
        Ask(
            **{"bands": ("5",), "requirement": Requirement(max_clients_per_radio=50), "reflections": 0, "max_points": 60, **asked}
        ),
    )


WEST, EAST = Spot(x_m=5.0, y_m=7.0, height_m=6.0), Spot(x_m=25.0, y_m=7.0, height_m=6.0)


def test_two_that_hear_each_other_get_channels_of_their_own_within_the_law() -> None:
    """Apart, radar-free, no louder than allowed, and everything is met."""
    design, found, _ = tuned(_problem(WEST, EAST), (0, 1), Solver())
    radios = [ap.radios[0] for ap in design.access_points]

    assert found.ok
    assert 2 == len({radio.channel for radio in radios})
    assert not any(wifi.is_dfs("5", radio.channel) for radio in radios)
    assert all(radio.tx_power_dbm <= wifi.max_eirp_dbm("5", radio.channel) for radio in radios)


def test_without_a_power_to_choose_every_way_is_tried() -> None:
    """At full power there are few ways to give channels: the answer says that none was left out."""
    fixed = _problem(WEST, EAST, power_span_db=0.0, avoid_dfs=True)
    design, found, every = tuned(fixed, (0, 1), Solver())

    assert every
    assert found.ok
    assert {fixed.ask.power_dbm} == {ap.radios[0].tx_power_dbm for ap in design.access_points}
    assert not tuned(_problem(WEST, EAST), (0, 1), Solver())[2]


def test_an_uneven_crowd_is_evened_out_by_powers() -> None:
    """Nearly all of 90 clients hear the middle one best; turned down, it keeps the 50 that it may have."""
    middle = Spot(x_m=15.0, y_m=7.0, height_m=6.0)
    design, found, _ = tuned(_problem(middle, EAST, people=90.0), (0, 1), Solver())
    power_dbm = {ap.x_m: ap.radios[0].tx_power_dbm for ap in design.access_points}

    assert found.ok
    assert power_dbm[15.0] < power_dbm[25.0]


def test_a_row_is_found_again_by_the_name_that_it_got() -> None:
    """Names go from west to east, rows as they were chosen."""
    task = _problem(EAST, WEST)
    design, _, _ = tuned(task, (0, 1), Solver())

    assert {"AP-01": 1, "AP-02": 0} == row_of((EAST, WEST), design)


def test_a_width_that_may_not_be_used_outdoors_is_said() -> None:
    """No radar-free channel outdoors in Japan at 5 GHz."""
    yard = Spot(x_m=5.0, y_m=-6.0, height_m=4.0, outdoor=True)
    with pytest.raises(DesignError, match="outdoors in JP"):
        tuned(_problem(WEST, yard, avoid_dfs=True), (0, 1), Solver())


def test_whom_a_radio_has_no_time_for_is_sent_to_the_next_one() -> None:
    """Ninety tablets at 2 Mbit/s, most of which hear the middle one best: it may have 60, and is in time with fewer alone."""
    rows = demand.demands(PLAN, "assembly", persons=90.0)
    middle = Spot(x_m=15.0, y_m=7.0, height_m=6.0)
    ask = Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=60), reflections=0, max_points=60, power_span_db=0.5)
    task = posed(PLAN, {"assembly": rows}, bill.priced(PLAN, (middle, EAST)), ask)
    design, found, _ = tuned(task, (0, 1), Solver())
    limit = {ap.x_m: ap.radios[0].client_limit for ap in design.access_points}

    assert found.ok
    assert max(found.delay_p95_ms.values()) <= MAX_DELAY_MS
    assert 60 == limit[25.0]
    assert limit[15.0] <= 50
