"""What cells carry, and who is served."""

from __future__ import annotations

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


def test_a_crowd_that_is_too_large_is_served_in_part(scene) -> None:
    """Six times the people on the same air: some are not served, none of them for want of signal."""
    found = scene(people=480.0, limit=2000)
    state = state_of(found, mean_devices(found.occupants))
    (zone,) = zone_services(found, state, carried_load(state))

    assert 0 < zone.served < 480
    assert 480.0 == zone.served + zone.unserved
    assert (0.0, 0.0) == (zone.no_signal, zone.turned_away)
