"""The radios with all that lies between them and the people."""

from __future__ import annotations

import numpy as np


def test_two_on_one_channel_wait_for_each_other_when_they_hear_it(scene) -> None:
    """17 dBm over 60 dB of path are well above -82 dBm, over 110 dB well below."""
    near, apart = scene(between=-60.0), scene(between=-110.0)

    np.testing.assert_array_equal([[0, 1], [1, 0]], near.hears)
    np.testing.assert_array_equal(np.zeros((2, 2)), apart.hears)
    np.testing.assert_array_equal([[1, 1], [1, 1]], apart.talks_over)


def test_a_part_keeps_what_concerns_it(scene) -> None:
    """One of the two: its own row of every array, nobody to hear."""
    whole = scene()
    part = whole.part(np.array([1]))

    assert ["east"] == [ap.name for ap, _ in part.radios]
    np.testing.assert_array_equal(whole.gain_db[1:], part.gain_db)
    assert (1, 1) == part.spill_db.shape
    assert -np.inf == part.spill_db[0, 0]
