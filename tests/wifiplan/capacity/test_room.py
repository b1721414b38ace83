"""How many clients one radio has room for at the very best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import floorplans
from wifiplan.capacity import demand
from wifiplan.capacity.facility import capacity
from wifiplan.capacity.room import room_of
from wifiplan.model import AccessPoint, Design, Radio

BEST_DB = (60.0, 60.0)


def _alone(people: float) -> Design:
    """Tablets of an assembly in a hall with one access point."""
    plan = floorplans.gym(20.0, 15.0, 6.0, stage=False, store_room=False)
    ap = AccessPoint(name="a", x_m=10.0, y_m=7.5, height_m=5.0, radios=(Radio(band="5", channel=36, client_limit=500),))
    return Design(
        floor_plan=plan,
        access_points=(ap,),
        demands=demand.demands(plan, "assembly", persons=people),
        scenario="assembly",
        obstruction_db=0.0,
    )


def _late(design: Design) -> bool:
    """By the whole model: some packets of someone come too late."""
    found = capacity(design, gains_db=lambda _plan, aps, points, **_: np.full((len(aps), len(points)), -40.0), with_links=False)
    return found.served < found.people - 0.5


def test_no_crowd_that_the_model_serves_takes_more_than_all_of_the_room() -> None:
    """A relaxation: what just works by the whole model is within the room, and what is 5 % above it no longer works."""
    design = _alone(60.0)
    shares = np.array([kind.share.value for kind in demand.find_scenario("assembly").clients if kind.share.value > 0])
    most = 1.0 / float(shares @ room_of(design, BEST_DB, 500.0))

    assert 40 < most < 60
    assert not _late(_alone(round(0.95 * most, 1)))
    assert _late(_alone(round(1.05 * most, 1)))


def test_slow_devices_take_more_room_than_quick_ones() -> None:
    """Wi-Fi 5 tablets against those of Wi-Fi 6."""
    quick, slow = room_of(_alone(120.0), BEST_DB, 500.0)

    assert 0 < quick < slow


def test_where_so_many_always_fit_nothing_is_held_to_it() -> None:
    """A limit of 20 clients a radio comes first."""

    assert not room_of(_alone(120.0), BEST_DB, 20.0).any()


def test_who_is_served_first_is_not_held_to_it() -> None:
    design = _alone(120.0)
    first = replace(design, demands=tuple(replace(one, guaranteed=True) for one in design.demands))
    (one,) = design.demands
    uneven = replace(design, demands=(one, replace(one, down_mbps=2 * one.down_mbps)))

    assert not room_of(first, BEST_DB, 500.0).any()
    assert not room_of(uneven, BEST_DB, 500.0).any()


@pytest.mark.parametrize("worse", [(30.0, 60.0), (60.0, 20.0)])
def test_weaker_signals_never_leave_more_room(worse: tuple[float, float]) -> None:
    design = _alone(120.0)

    assert (room_of(design, worse, 500.0) >= room_of(design, BEST_DB, 500.0) - 1e-6).all()
