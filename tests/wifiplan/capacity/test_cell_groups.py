"""The cell that each radio lives in."""

from __future__ import annotations

import numpy as np

from wifiplan.capacity.devices import mean_devices
from wifiplan.capacity.state import state_of


def test_a_cell_holds_own_and_heard_stations(scene) -> None:
    """Each of two that hear each other sees two access points and all 40 active clients; deaf, one and its own 20."""
    near, apart = scene(), scene(far=-250.0, between=-250.0)
    (both,) = state_of(near, mean_devices(near.occupants)).offered
    (alone,) = state_of(apart, mean_devices(apart.occupants)).offered

    np.testing.assert_allclose([2.0, 2.0], both.cells.access_points)
    np.testing.assert_allclose([40.0, 40.0], both.cells.clients[:, 0])
    np.testing.assert_allclose([1.0, 1.0], alone.cells.access_points)
    np.testing.assert_allclose([20.0, 20.0], alone.cells.clients[:, 0], rtol=0.05)


def test_the_mean_client_asks_for_what_each_does(scene) -> None:
    """1 Mbit/s down and 0.2 up, whoever is merged: one group of clients for each direction."""
    found = scene()
    (group,) = state_of(found, mean_devices(found.occupants)).offered

    np.testing.assert_allclose([1.0, 0.0], group.down_mbps[0])
    np.testing.assert_allclose([0.0, 0.2], group.up_mbps[0])


def test_saturated_access_points_share_the_downlink(scene) -> None:
    """Two alike: half of it each."""
    found = scene()
    (group,) = state_of(found, mean_devices(found.occupants), direction="down").saturated

    np.testing.assert_allclose([[0.5, 0.5]], group.own_share, rtol=1e-6)
