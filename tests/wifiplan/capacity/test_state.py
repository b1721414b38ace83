"""A crowd on a design: how full the channels are."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.capacity.devices import mean_devices
from wifiplan.capacity.state import state_of


def test_two_that_hear_each_other_carry_both_loads(scene) -> None:
    """Each waits for all of the other; deaf to each other, for none."""
    near, apart = scene(), scene(far=-250.0, between=-250.0)
    heard = state_of(near, mean_devices(near.occupants))
    deaf = state_of(apart, mean_devices(apart.occupants))

    np.testing.assert_allclose(np.ones((2, 2)), heard.waits[0])
    np.testing.assert_allclose(np.eye(2), deaf.waits[0])
    assert 2.0 == pytest.approx((heard.waits[0] @ heard.own[0])[0] / deaf.own[0, 0], rel=0.01)
    assert heard.busy[0, 0] > deaf.busy[0, 0]


def test_twice_the_crowd_needs_twice_the_air(scene) -> None:
    found = scene()
    devices = mean_devices(found.occupants)
    once, twice = state_of(found, devices, direction=None), state_of(found, devices.scaled(2.0), direction=None)

    np.testing.assert_allclose(2 * once.own, twice.own, rtol=1e-6)
    assert [] == once.saturated
