"""How long packets wait, against what a clock, a memoryless server and a lone client must give."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.airtime.delays import queue, wait_tail
from wifiplan.airtime.flows import Flow


def flow(*, flows: float, rate: float) -> Flow:
    one = np.ones(1)
    return Flow(on=one > 0, flows=flows * one, rate=rate * one, head_us=one, mpdu_us=one, most=64 * one, answer_us=one)


def test_a_lone_client_waits_for_nobody() -> None:
    """With one client there is no queue: an access finds what came while it was served, and one packet that ended a silence."""
    wait_us, accesses, found = queue(flow(flows=1.0, rate=1e-3), np.full(1, 200.0), np.zeros(1))

    assert 0.0 == pytest.approx(wait_us[0])
    assert np.exp(-0.2) + 0.2 == pytest.approx(found[0])
    assert 1 / (np.exp(-0.2) / 1e-3 + 200.0) == pytest.approx(accesses[0])


def test_many_clients_share_the_air_and_no_more() -> None:
    """Far beyond what the air carries, accesses follow each other without a gap, and everybody waits for all others' turns."""
    wait_us, accesses, _ = queue(flow(flows=100.0, rate=1.0), np.full(1, 200.0), np.zeros(1))

    assert 1 / 200.0 == pytest.approx(accesses[0], rel=0.01)
    assert 98 * 200.0 < wait_us[0] < 100 * 200.0


def test_the_tail_of_a_wait_is_between_a_clock_and_a_memoryless_server() -> None:
    """From the ln 20 means of single packets that all wait down to 1 or 1.4 of a long batch; more where few wait at all."""
    among = np.array([False, True])
    single, long = (wait_tail(np.full(2, batch), among, np.ones(2)) for batch in (1.0, 60.0))
    half = wait_tail(np.ones(2), among, np.full(2, 0.5))

    np.testing.assert_allclose(np.log(20.0), single)
    np.testing.assert_allclose([1.0, 1.4], long, atol=1e-9)
    np.testing.assert_allclose(0.05, 0.5 * np.exp(-0.5 * half))
