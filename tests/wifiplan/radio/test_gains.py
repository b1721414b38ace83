"""The memory of path gains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import floorplans
from wifiplan.model import AccessPoint
from wifiplan.radio import radiomap
from wifiplan.radio.gains import GainMemory


def test_gains_are_computed_once_and_rounded(monkeypatch: pytest.MonkeyPatch, isotropic: Callable[..., AccessPoint]) -> None:
    """The second call for a known access point does not trace again; values are to 0.01 dB, less what people in the way cost."""
    calls = []

    def counted(floor_plan, access_points, points_m, **options):
        calls.append(len(access_points))
        return np.full((len(access_points), len(points_m)), -70.12345)

    monkeypatch.setattr(radiomap, "gains_db", counted)
    memory = GainMemory(obstruction_db=3.0)
    plan = floorplans.sample("gym")
    a, b = isotropic(5.0, 8.0, 6.0), isotropic(9.0, 8.0, 6.0)
    memory(plan, [a], np.zeros((4, 3)), frequency_mhz=5500.0)
    gain = memory(plan, [a, replace(b, name="other"), b], np.zeros((4, 3)), frequency_mhz=5500.0)

    assert [1, 1] == calls
    np.testing.assert_allclose(-73.12, gain)
