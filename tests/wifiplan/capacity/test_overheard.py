"""What radios and their clients hear of each other."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.capacity.association import rssi_at
from wifiplan.capacity.devices import mean_devices
from wifiplan.capacity.overheard import interference_mw, overheard_of, waits_of
from wifiplan.capacity.tallies import sums_of


@pytest.mark.parametrize(("between", "disturbs"), [(-60.0, False), (-150.0, True)])
def test_only_those_that_do_not_wait_disturb(scene, between: float, disturbs: bool) -> None:
    """Two access points whose clients hear both: power of the other reaches a client where the two do not take turns."""
    found = scene(between=between)
    devices = mean_devices(found.occupants)
    rssi = rssi_at(found, devices, devices.place)
    serving = rssi.argmax(axis=0)
    sums = sums_of(serving, 2)
    heard = overheard_of(found, devices, serving, sums=sums, rssi=rssi, power_up=devices.kind_power_dbm[devices.kind])
    ones = np.ones((1, 2))
    down_mw, _ = interference_mw(found, serving, rssi, heard=heard, activity=ones, down_part=ones, adjacent_only=False)
    left_mw, _ = interference_mw(found, serving, rssi, heard=heard, activity=ones, down_part=ones, adjacent_only=True)

    assert disturbs == bool((down_mw > 0).all())
    assert (left_mw == 0).all()  # on one channel they collide, which is no noise
    assert (not disturbs) == bool((down_mw == 0).all())
    assert (0.0 if disturbs else 1.0) == waits_of(found, heard, np.ones((1, 2)))[0, 0, 1]
