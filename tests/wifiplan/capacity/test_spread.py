"""Percentiles over crowds drawn at random."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wifiplan.answer import UNSTEERED
from wifiplan.capacity import spread
from wifiplan.capacity.devices import drawn_devices
from wifiplan.capacity.state import state_of


def test_chunks_do_not_change_the_spread(scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw at a time gives what all at once give, and progress ends at 1."""
    told: list[float] = []
    whole = spread.spread_of(scene(), draws=5, seed=1, direction="down", progress=None)
    monkeypatch.setattr(spread, "CHUNK_SIZE", 1)
    parts = spread.spread_of(scene(), draws=5, seed=1, direction="down", progress=told.append)

    assert whole == parts
    assert [0.6, 0.7, 0.8, 0.9, 1.0] == [pytest.approx(share) for share in told]
    assert {"served", "busy_share", "west 5 GHz: clients", "hall: served"} <= set(whole[0])
    assert 5 == whole[1]


def test_no_more_crowds_are_drawn_once_nine_of_ten_cannot_serve_so_many(scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw at a time: what is refused early is what all draws refuse, and what all draws allow is drawn whole."""
    monkeypatch.setattr(spread, "CHUNK_SIZE", 1)
    tight = scene(limit=43)
    whole, _ = spread.spread_of(tight, draws=40, seed=1, direction="down", progress=None)
    least = whole["served"].p10
    drawn = {
        by: spread.spread_of(tight, draws=40, seed=1, direction="down", progress=None, least_served=least + by)
        for by in (-0.01, 0.01, 1.0)
    }

    assert (whole, 40) == drawn[-0.01]
    assert 5 <= drawn[1.0][1] <= drawn[0.01][1] <= 40
    assert drawn[1.0][1] < 40
    assert drawn[1.0][0]["served"].p10 < least + 1.0


def test_both_figures_with_and_without_steering(scene) -> None:
    """Where no radio is full they are one; where one is, steering can only help."""
    roomy, _ = spread.spread_of(scene(), draws=20, seed=1, direction="down", progress=None)
    tight, _ = spread.spread_of(scene(limit=40), draws=20, seed=1, direction="down", progress=None)

    assert roomy["served"] == roomy[UNSTEERED]
    assert tight[UNSTEERED].p50 < tight["served"].p50


def test_crowds_without_steering_are_those_of_access_points_that_steer_nobody(scene) -> None:
    """Only draws with a full radio are looked at again: the figure is that of all of them."""
    tight = scene(limit=43)
    alone = replace(tight, behaviour=replace(tight.behaviour, steering=False))
    told, _ = spread.spread_of(tight, draws=40, seed=1, direction="down", progress=None)
    served = spread.spread_of(alone, draws=40, seed=1, direction="down", progress=None)[0]["served"]

    assert served == told[UNSTEERED]
    assert served != told["served"]


def test_some_draws_are_those_draws(scene) -> None:
    """Crowds that are picked out are in the state in which they are among the others."""
    found = scene(limit=45, between=-150.0)
    devices = drawn_devices(found.occupants, sticky_share=0.0, aps=2, draws=range(6), seed=3, fading_db=4.0)
    whole, some = (state_of(found, one, direction=None) for one in (devices, devices.draws(np.array([1, 4]))))

    np.testing.assert_array_equal(whole.serving[[1, 4]], some.serving)
    np.testing.assert_allclose(whole.busy[[1, 4]], some.busy, rtol=1e-12)
