"""Percentiles over crowds drawn at random."""

from __future__ import annotations

import pytest

from wifiplan.answer import UNSTEERED
from wifiplan.capacity import spread


def test_chunks_do_not_change_the_spread(scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One draw at a time gives what all at once give, and progress ends at 1."""
    told: list[float] = []
    whole = spread.spread_of(scene(), draws=5, seed=1, direction="down", progress=None)
    monkeypatch.setattr(spread, "CHUNK_SIZE", 1)
    parts = spread.spread_of(scene(), draws=5, seed=1, direction="down", progress=told.append)

    assert whole == parts
    assert [0.6, 0.7, 0.8, 0.9, 1.0] == [pytest.approx(share) for share in told]
    assert {"served", "busy_share", "west 5 GHz: clients", "hall: served"} <= set(whole)


def test_both_figures_with_and_without_steering(scene) -> None:
    """Where no radio is full they are one; where one is, steering can only help."""
    roomy = spread.spread_of(scene(), draws=20, seed=1, direction="down", progress=None)
    tight = spread.spread_of(scene(limit=40), draws=20, seed=1, direction="down", progress=None)

    assert roomy["served"] == roomy[UNSTEERED]
    assert tight[UNSTEERED].p50 < tight["served"].p50
