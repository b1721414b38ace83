"""The memory of path gains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import floorplans
from wifiplan.model import AccessPoint, Requirement
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


def test_several_sets_of_points_are_traced_in_one_go(
    isotropic: Callable[..., AccessPoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As each by itself, to the rounding; what is asked again is not traced again, whichever way."""
    plan, ap = floorplans.sample("gym"), isotropic(15.0, 8.0, 6.0)
    low, high = np.array([[10.0, 8.0, 1.0], [20.0, 9.0, 1.0], [3.0, 3.0, 1.0]]), np.array([[12.0, 4.0, 6.0]])
    alone, memory = GainMemory(reflections=1), GainMemory(reflections=1)
    found = memory.together(plan, [ap], [low, high], frequency_mhz=5500.0)

    for points, gain in zip((low, high), found, strict=True):
        np.testing.assert_allclose(alone(plan, [ap], points, frequency_mhz=5500.0), gain, atol=0.011)
    monkeypatch.setattr(radiomap, "gains_db", None)
    np.testing.assert_array_equal(found[1], memory(plan, [ap], high, frequency_mhz=5500.0))


def test_a_margin_is_for_fading_or_for_the_place(isotropic: Callable[..., AccessPoint]) -> None:
    """1.2816 x 4 dB everywhere; in the gym's hall 1.2816 x the 3.8 dB of a measured hall."""
    plan, ap = floorplans.sample("gym"), isotropic(15.0, 8.0, 6.0)
    places = np.array([[10.0, 8.0, 1.0], [20.0, 9.0, 1.0]])
    alike, of_place = (GainMemory().margin_db(Requirement(fading_db=one), plan, [ap], places) for one in (4.0, None))

    np.testing.assert_allclose([[5.126, 5.126]], alike, atol=1e-3)
    np.testing.assert_allclose([[4.870, 4.870]], of_place, atol=1e-3)
