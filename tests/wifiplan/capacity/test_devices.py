"""The mean crowd and crowds that are drawn agree."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.capacity.devices import drawn_devices, mean_devices


def test_the_mean_crowd_is_all_of_it(scene) -> None:
    """80 devices, half of them active with 1 Mbit/s down and 0.2 up; none is sticky."""
    found = mean_devices(scene().occupants)

    assert [80.0, 40.0, 40.0, 8.0] == [
        pytest.approx(part.sum()) for part in (found.weight, found.active, found.down_mbps, found.up_mbps)
    ]
    assert not found.sticky.any()
    assert 160.0 == pytest.approx(found.scaled(2.0).weight.sum())


def test_drawn_crowds_are_the_mean_one_on_average(scene) -> None:
    """Within three standard errors of 200 draws; a share of them sticks."""
    found = drawn_devices(scene().occupants, sticky_share=0.25, aps=2, draws=range(200), seed=3, fading_db=4.0)

    assert (200, 80) == found.weight.shape
    assert 40.0 == pytest.approx(found.active.sum(axis=1).mean(), abs=3 * np.sqrt(20 / 200))
    assert 0.25 == pytest.approx(found.sticky.mean(), abs=0.01)
    assert 4.0 == pytest.approx(found.shadow_db.std(), rel=0.02)
