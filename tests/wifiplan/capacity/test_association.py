"""Which radio serves which device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wifiplan.capacity.association import MIN_ASSOCIATION_DBM, associate, rssi_at
from wifiplan.capacity.devices import mean_devices


def test_each_half_is_served_by_its_own(scene) -> None:
    found = scene()
    devices = mean_devices(found.occupants)
    serving, turned_away = associate(found, devices, rssi_at(found, devices, devices.place))
    west = found.occupants.points_m[devices.place[0], 0] < 15

    np.testing.assert_array_equal(np.where(west, 0, 1), serving[0])
    assert not turned_away.any()


def test_full_radios_turn_away_the_rest(scene) -> None:
    """Two radios of 30 for 80: at most 60 are served, the others found a signal but no place."""
    found = scene(limit=30)
    devices = mean_devices(found.occupants)
    serving, turned_away = associate(found, devices, rssi_at(found, devices, devices.place))
    served = [float(devices.weight[serving == radio].sum()) for radio in (0, 1)]

    assert [30.0, 30.0] == [pytest.approx(one, abs=1.0) for one in served]
    assert 80.0 == pytest.approx(sum(served) + devices.weight[turned_away].sum())


def test_too_weak_is_nobody(scene) -> None:
    """Just below the level everybody is left without a radio, and that is not the same as turned away."""
    found = scene(near=-100.0, far=-100.0)
    devices = mean_devices(found.occupants)
    rssi = np.full((2, *devices.place.shape), MIN_ASSOCIATION_DBM - 0.1)
    serving, turned_away = associate(found, devices, rssi)

    assert {-1} == set(serving.ravel().tolist())
    assert not turned_away.any()


def test_without_steering_nobody_goes_to_the_weaker_one(scene) -> None:
    """West is crowded and full: east takes the rest only where full radios send them on."""
    found = scene(limit=30)
    devices = mean_devices(found.occupants)
    west = found.occupants.points_m[devices.place, 0] < 15
    crowded = replace(devices, weight=np.where(west, devices.weight, 0.1 * devices.weight))
    rssi = rssi_at(found, crowded, crowded.place)
    alone = replace(found, behaviour=replace(found.behaviour, steering=False))

    def moved(serving: np.ndarray) -> float:
        return float(crowded.weight[west & (serving == 1)].sum())

    assert 0 < moved(associate(found, crowded, rssi)[0])
    assert 0 == moved(associate(alone, crowded, rssi)[0])
    assert associate(alone, crowded, rssi)[1].any()
