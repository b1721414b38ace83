"""What it costs to be hit by stations that the sender does not hear."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.airtime.hidden import attempts, hit_share, late_ms, retries


def test_nobody_hit_is_one_attempt() -> None:
    found = retries(np.zeros(3), np.full(3, 300.0), np.full(3, 400.0), np.full(3, 0.5))

    assert [1.0, 1.0, 1.0] == found.attempts.tolist()
    assert [0.0, 0.0, 0.0] == found.backoff_us.tolist()
    assert [1.0] == attempts(np.zeros(1), np.full(1, 300.0)).tolist()


def test_two_that_were_hit_meet_again_until_their_windows_are_long() -> None:
    """A frame of 300 us against 32 slots, 288 us: the first retries of two that were both lost meet for certain."""
    short, long = attempts(np.array([0.1, 0.1]), np.array([20.0, 300.0]))

    assert 1.0 + 0.1 / 0.9 < short < 1.2
    assert long > 1.2
    assert short < 0.95 * long


def test_a_hidden_sender_is_met_in_the_time_that_others_leave() -> None:
    """One that sends for a tenth of the time is met twice as often where others take half of it."""
    alone = float(hit_share(0.0, 1e-4, 0.1, 0.9))
    crowded = float(hit_share(0.0, 1e-4, 0.1, 0.4))

    assert 0.1 == pytest.approx(alone)
    assert 0.2 == pytest.approx(crowded)


def test_who_is_hit_waits_longer_than_the_cell() -> None:
    """And not at all longer where nothing hits it."""
    base = np.full(4, 10.0)
    late = late_ms(np.array([0.0, 0.1, 0.4, 0.8]), np.full(4, 200.0), base, np.full(4, 0.5))

    assert 10.0 == pytest.approx(late[0], rel=0.01)
    assert (np.diff(late) > 1.0).all()
