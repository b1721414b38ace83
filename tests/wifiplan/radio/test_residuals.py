"""Kriged residuals: near a measured place its value, far away the model's own, with a deviation that says which."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from wifiplan.radio import residuals


def surveyed(n: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shadowing of 6 dB, alike over 8 m, and 3 dB at each place, for two access points."""
    rng = np.random.default_rng(seed)
    points_m = np.column_stack([rng.uniform(0, 60, n), rng.uniform(0, 30, n), np.ones(n)])
    access_point = np.arange(n) % 2
    value = np.zeros(n)
    for index in range(2):
        own = access_point == index
        away_m = np.linalg.norm(points_m[own][:, None] - points_m[own][None], axis=-1)
        root = np.linalg.cholesky(36.0 * np.exp(-away_m / 8.0) + 9.0 * np.eye(int(own.sum())))
        value[own] = root @ rng.standard_normal(int(own.sum()))
    return points_m, access_point, value


def test_finds_the_deviations_that_it_was_made_with() -> None:
    found = residuals.fit(["A", "B"], *surveyed())

    assert 6.0 == pytest.approx(found.shadowing_db, abs=1.5)
    assert 3.0 == pytest.approx(found.place_db, abs=1.0)
    assert 8.0 == pytest.approx(found.correlation_m, rel=0.5)


def test_held_out_places_are_better_and_their_deviation_is_true() -> None:
    """Half of the places: the error falls by a tenth or more, and nine in ten are within 1.645 deviations."""
    points_m, access_point, value = surveyed()
    known = np.arange(len(value)) % 4 < 2
    found = residuals.fit(["A", "B"], points_m[known], access_point[known], value[known])
    mean, deviation = found.at(["A", "B"], points_m[~known])
    place = np.arange(int((~known).sum()))
    left = value[~known] - mean[access_point[~known], place]

    assert np.std(left) < 0.9 * np.std(value)
    assert 0.9 == pytest.approx(np.mean(np.abs(left) < 1.645 * deviation[access_point[~known], place]), abs=0.07)


def test_far_from_the_survey_it_is_the_model() -> None:
    """500 m away: the small share that an access point has in common, and the whole deviation; of an unknown one, nothing."""
    found = residuals.fit(["A", "B"], *surveyed())
    mean, deviation = found.at(["A", "C"], np.array([[500.0, 500.0, 1.0]]))

    assert abs(mean[0, 0]) < 2.0 * residuals.ACCESS_POINT_DB
    assert 0.0 == mean[1, 0]
    assert deviation[1, 0] == pytest.approx(found.far_db)
    assert deviation[0, 0] == pytest.approx(math.hypot(found.shadowing_db, found.place_db), rel=0.1)


def test_many_places_are_gathered() -> None:
    """5,000 places of an access point are held as 400 or fewer, which stand for all of them."""
    rng = np.random.default_rng(0)
    points_m = np.column_stack([rng.uniform(0, 60, 5000), rng.uniform(0, 30, 5000), np.ones(5000)])
    found = residuals.fit(["A"], points_m, np.zeros(5000, dtype=np.intp), rng.normal(0, 4, 5000))

    assert len(found.places[0].x_m) <= residuals.MOST_PLACES
    assert 5000 == sum(found.places[0].links)


def test_an_access_point_that_should_have_been_heard_is_less_sure() -> None:
    """Modelled 10 dB above the weakest reading at 60 places and heard at none: off by more than one modelled at its level."""
    found = residuals.fit(["A", "B"], *surveyed())
    rng = np.random.default_rng(1)
    points_m = np.column_stack([rng.uniform(0, 60, 60), rng.uniform(0, 30, 60), np.ones(60)])
    loud, faint = (
        residuals.silent(found, "C", points_m, np.full(60, above_db), missed_share=0.05, spread_db=4.0)
        for above_db in (10.0, -30.0)
    )
    _, deviation = replace(found, silent=(loud,)).at(["C"], points_m)

    assert 4.0 == pytest.approx(faint.deviation_db, abs=0.1)
    assert loud.deviation_db > 6.0
    assert math.hypot(found.far_db, loud.deviation_db) == pytest.approx(deviation.min())


def test_a_promise_takes_more_off_where_few_places_tell_of_their_own() -> None:
    """Three squares of the correlation distance: Student's t with two degrees, 1.886; hundreds: the normal 1.28."""
    near = residuals.KnownPlaces(
        access_point="A", x_m=(1.0, 11.0, 21.0), y_m=(1.0,) * 3, z_m=(1.0,) * 3, residual_db=(0.0,) * 3, links=(1,) * 3
    )
    few = residuals.Residuals(
        access_point_db=1.0, shadowing_db=6.0, correlation_m=10.0, place_db=3.0, stretch=1.0, places=(near,)
    )
    many = replace(few, correlation_m=1.0, places=residuals.fit(["A", "B"], *surveyed()).places)

    assert 1.886 == pytest.approx(few.margin(0.9), abs=1e-3)
    assert 1.285 == pytest.approx(many.margin(0.9), abs=3e-3)


def test_what_was_heard_at_the_same_places_is_kriged_as_each_alone() -> None:
    """One solution for both, with the residuals of each."""
    points_m, _, value = surveyed(80)
    found = residuals.fit(["A", "B"], np.tile(points_m, (2, 1)), np.repeat([0, 1], 80), np.concatenate([value, value[::-1]]))
    asked_m = np.array([[10.0, 5.0, 1.0], [33.0, 21.0, 1.0], [200.0, 5.0, 1.0]])
    together, deviation = found.at(["A", "B"], asked_m)

    for row, name in enumerate(("A", "B")):
        alone, own = replace(found, places=(found.places[row],)).at([name], asked_m)
        assert together[row] == pytest.approx(alone[0], abs=1e-9)
        assert deviation[row] == pytest.approx(own[0], abs=1e-9)
