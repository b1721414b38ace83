"""What cells carry, and who is served."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wifiplan.capacity.devices import mean_devices
from wifiplan.capacity.service import carried_load, goodput_of, radio_loads, served_share, zone_services
from wifiplan.capacity.state import state_of


def test_a_light_crowd_is_served_whole(scene) -> None:
    """Nothing lost, everybody served, and the rows of radios and zones say so."""
    found = scene(people=20.0)
    state = state_of(found, mean_devices(found.occupants))
    carried = carried_load(state)
    (zone,) = zone_services(found, state, carried)
    loads = radio_loads(found, state, carried, goodput_of(state))

    np.testing.assert_array_equal(np.ones_like(carried.admitted), carried.admitted)
    np.testing.assert_array_equal(np.ones_like(state.serving), served_share(found, state, carried))
    assert (20.0, 0.0) == (zone.served, zone.unserved)
    assert [("east",), ("west",)] == [load.shares_air_with for load in loads]


def test_a_crowd_that_is_too_large_and_not_turned_away_is_hardly_served(scene) -> None:
    """Six times the people on the same air, all of them with many packets: next to nobody is, and not for want of signal."""
    found = scene(people=480.0, limit=2000)
    state = state_of(found, mean_devices(found.occupants))
    (zone,) = zone_services(found, state, carried_load(state))

    assert 0 <= zone.served < 48
    assert 480.0 == zone.served + zone.unserved
    assert (0.0, 0.0) == (zone.no_signal, zone.turned_away)


def test_past_the_edge_the_few_packets_of_a_quiet_device_still_come_in_time(scene) -> None:
    """Nobody is turned away: of those who send a packet now and then more are served than of those who send many."""
    found = scene(people=240.0, limit=2000)
    many = mean_devices(found.occupants)
    few = replace(many, active=24 * many.active)  # the same packets, of more devices
    busy, quiet = (carried_load(state_of(found, devices)) for devices in (many, few))

    assert not busy.keeps.any()
    assert not quiet.keeps.any()
    assert busy.served.max() < quiet.served.min() < 1
