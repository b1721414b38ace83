"""Sums, ratios and quantiles."""

from __future__ import annotations

import numpy as np

from wifiplan.capacity.tallies import ratio, sums_of, weighted_quantile


def test_sums_are_of_each_radio_of_each_draw() -> None:
    """Devices that nobody serves are in no sum."""
    sums = sums_of(np.array([[0, 1, 1, -1], [-1, -1, 0, 0]]), 3)

    np.testing.assert_array_equal([[1, 5, 0], [7, 0, 0]], sums.of(np.array([1.0, 2.0, 3.0, 4.0])[None, :].repeat(2, axis=0)))


def test_sums_of_some_devices_by_their_numbers() -> None:
    """A device's number is draw x devices + device; each radio knows the numbers of its own."""
    sums = sums_of(np.array([[0, 1, 1, -1], [-1, 1, 0, 0]]), 2)

    assert [[0, 6, 7], [1, 2, 5]] == [mine.tolist() for mine in sums.members]
    np.testing.assert_array_equal([[1, 0], [0, 5]], sums.of_some(np.array([0, 5]), np.array([1.0, 5.0])))
    np.testing.assert_array_equal([0, 1, 1], sums.draw_of(np.array([3, 4, 7])))
    np.testing.assert_array_equal([[3, 30], [4, 40]], sums.by_draw(np.array([1, 2, 5]), np.array([[1.0, 2, 4], [10, 20, 40]])))


def test_a_ratio_to_nothing_is_said() -> None:
    np.testing.assert_array_equal([0.5, 9.0], ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0]), 9.0))


def test_quantiles_go_by_weight() -> None:
    """Of one device in a hundred at 1 and the others at 10 the tenth percentile is 10."""
    assert 10.0 == weighted_quantile(np.array([10.0, 1.0]), np.array([99.0, 1.0]), 0.1)
    assert 1.0 == weighted_quantile(np.array([10.0, 1.0]), np.array([50.0, 50.0]), 0.1)
    assert 0.0 == weighted_quantile(np.array([]), np.array([]), 0.5)
