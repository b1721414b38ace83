"""Held-out evidence and the weights that follow from it."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.radio import evidence


def field(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return np.column_stack([rng.uniform(0, 60, n), rng.uniform(0, 30, n), np.ones(n)]), rng.integers(0, 7, n)


def test_each_link_is_held_out_once_of_each_kind() -> None:
    """Halves of the longer side, both colours, every access point: regions and access points, never neighbours alone."""
    points_m, access_point = field()
    parts = evidence.splits(points_m, access_point, least=10, rng=np.random.default_rng(0))
    times = {kind: sum(one.held_out.astype(int) for one in parts if one.kind == kind) for kind in evidence.KINDS}

    assert all(np.all(count == 1) for count in times.values())
    west = next(one.held_out for one in parts if one.kind == "halves")
    assert points_m[west, 0].max() < points_m[~west, 0].min()
    of_aps = [one.held_out for one in parts if one.kind == "access points"]
    assert all(not set(access_point[out]) & set(access_point[~out]) for out in of_aps)


def test_a_survey_of_one_access_point_holds_out_regions_only() -> None:
    points_m, _ = field()
    parts = evidence.splits(points_m, np.zeros(400, dtype=int), least=10, rng=np.random.default_rng(0))

    assert {"halves", "checkerboards"} == {one.kind for one in parts}


def test_weights_follow_the_error_and_are_never_worse_than_the_yardstick() -> None:
    """A model with half the error takes nearly all; two alike share; one that only the yardstick beats leaves it alone."""
    rng = np.random.default_rng(1)
    small, large, other = rng.normal(0, 4, 2000), rng.normal(0, 8, 2000), rng.normal(0, 4, 2000)
    clear = evidence.weights([{"halves": small}, {"halves": large}], never_worse_than=1)
    even = evidence.weights([{"halves": small}, {"halves": other}], never_worse_than=0)
    alone = evidence.weights([{"halves": large + 20.0}, {"halves": large + 30.0}, {"halves": small}], never_worse_than=2)

    assert clear[0] > 0.7
    np.testing.assert_allclose([0.5, 0.5], even, atol=0.05)
    assert 1.0 == pytest.approx(float(np.sum(alone)))
    mixed = alone @ np.stack([large + 20.0, large + 30.0, small])
    assert np.mean(mixed**2) <= np.mean(small**2) + 1e-9
