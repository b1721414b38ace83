"""What lost MPDUs cost, against drawn ones."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.airtime.resends import held_share, incomplete_share, resends, whole_share


def test_nothing_is_lost_where_nothing_can_be() -> None:
    found = resends(np.array([1.0, 30.0]), np.zeros(2), np.full(2, 3.0))

    assert [1.0, 1.0] == found.accesses.tolist()
    assert [1.0, 30.0] == found.batch.tolist()
    assert 0.0 == found.again.sum()


def test_a_single_packet_is_whole_or_not_there() -> None:
    """One MPDU that is lost has no answer: never a PPDU that lacks some."""
    one, lost = np.ones(1), np.full(1, 0.1)

    assert 0.1 == pytest.approx(float(incomplete_share(one, lost)[0]))
    assert 0.1 == pytest.approx(float(whole_share(one, lost)[0]))
    assert 1.0 == pytest.approx(float(resends(one, lost, np.zeros(1)).accesses[0]))
    assert 0.1 == pytest.approx(float(held_share(one, lost)[0]))


@pytest.mark.parametrize("batch", [4, 12, 40])
def test_a_batch_takes_as_many_accesses_as_drawn_ones(batch: int) -> None:
    """Within a twentieth, with one in ten lost and two more an access; so is the part that the first access hands on."""
    rng = np.random.default_rng(1)
    accesses, handed_on = [], []
    for _ in range(4000):
        there = rng.random(batch) >= 0.1
        handed_on.append(np.argmin(there) if not there.all() else batch)
        count, missing = 1, batch - there.sum()
        while missing:
            missing = (rng.random(missing + rng.poisson(2.0)) < 0.1).sum()
            count += 1
        accesses.append(count)
    found = resends(np.full(1, float(batch)), np.full(1, 0.1), np.full(1, 2.0))

    assert np.mean(accesses) == pytest.approx(float(found.accesses[0]), rel=0.05)
    assert 1 - np.mean(handed_on) / batch == pytest.approx(float(found.again[0, 0]), abs=0.02)
