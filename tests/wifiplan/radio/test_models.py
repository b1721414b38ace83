"""Models side by side: published numbers, and what each finds again in links that were made with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wifiplan.radio.links import Links
from wifiplan.radio.models import SIMPLE, ImageMethod, LogDistance, Mixture, SightByPlan


def links(n: int = 200, seed: int = 0, walls: int | None = None) -> Links:
    """Links of 1 to 60 m at 5.2 GHz, 20 dBm, through up to three walls; the image method loses 12 dB at each."""
    rng = np.random.default_rng(seed)
    distance_m = 10.0 ** rng.uniform(0.0, 1.78, n)
    count = rng.integers(0, 4, n) if walls is None else np.full(n, walls)
    free_db = 20.0 * np.log10(distance_m) + 46.8
    return Links(
        points_m=np.column_stack([distance_m, np.zeros(n), np.ones(n)]),
        access_point=np.zeros(n, dtype=np.intp),
        rssi_dbm=np.full(n, np.nan),
        model_dbm=20.0 - free_db - 12.0 * count,
        free_dbm=np.full(n, 20.0),
        distance_m=distance_m,
        frequency_mhz=np.full(n, 5200.0),
        counts={"brick": count},
        crowd_db=np.zeros(n),
        patch=np.arange(n),
    )


def measured(one: Links, rssi_dbm: np.ndarray) -> Links:
    return replace(one, rssi_dbm=rssi_dbm)


def test_p1238_is_the_published_loss() -> None:
    """Office, 10 m, 5.2 GHz: 14.6 + 34.62 + 20.3 log 5.2 = 63.8 dB in sight; 24.6 + 29.53 + 23.8 log 5.2 = 71.2 dB not."""
    one = replace(links(2), distance_m=np.array([10.0, 10.0]), counts={"brick": np.array([0, 1])})

    np.testing.assert_allclose([20.0 - 63.75, 20.0 - 71.17], SightByPlan().rssi_dbm(one, (0.0,)), atol=0.01)


@pytest.mark.parametrize(
    ("model", "values"),
    [(ImageMethod(), (-4.0,)), (SightByPlan(), (3.0,)), (LogDistance(), (-48.0, 3.1)), (Mixture(), (-3.0, -12.0))],
)
def test_each_model_finds_its_own_numbers(
    model: ImageMethod | SightByPlan | LogDistance | Mixture, values: tuple[float, ...]
) -> None:
    """2 dB of noise, one reading in ten 25 dB too low."""
    one = links(400)
    rng = np.random.default_rng(1)
    rssi_dbm = model.rssi_dbm(one, values) + rng.normal(0.0, 2.0, 400)
    rssi_dbm[::10] -= 25.0

    np.testing.assert_allclose(values, model.fit(measured(one, rssi_dbm)), atol=0.8)


def test_mixture_keeps_the_image_where_nothing_is_between_and_carries_on_behind_walls() -> None:
    """With levels alike: at most 3 dB above the larger part, the image method's in sight, the diffuse term behind three walls."""
    near, far = links(walls=0), links(walls=3)
    mixed, behind = Mixture().rssi_dbm(near, (0.0, -10.0)), Mixture().rssi_dbm(far, (0.0, -10.0))

    assert np.all(mixed >= near.model_dbm)
    assert np.median(mixed - near.model_dbm) < 1.5
    assert np.all(behind > far.model_dbm + 10.0)


def test_every_model_says_where_it_is_from() -> None:
    names = [model.name for model in SIMPLE]

    assert ["image", "p1238", "log-distance", "mixture"] == names
    assert all(len(model.source) > 30 and model.numbers for model in SIMPLE)


def test_a_few_links_do_not_make_a_wild_slope() -> None:
    """Three links at one distance: the exponent stays near free space's."""
    one = replace(links(3), distance_m=np.array([10.0, 10.1, 9.9]))
    level, exponent = LogDistance().fit(measured(one, np.array([-50.0, -60.0, -40.0])))

    assert 2.0 == pytest.approx(exponent, abs=1.0)
    assert np.isfinite(level)
