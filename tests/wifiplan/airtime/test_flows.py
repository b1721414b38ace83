"""One direction of a cell as one flow: no packet is lost or made by merging groups."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.airtime.cells import cells_of
from wifiplan.airtime.flows import flow_of


def test_merged_groups_bring_all_their_packets() -> None:
    """Six clients of two MCS that offer 1 Mbit/s each: clients times rate are the packets of all, per us."""
    cells = cells_of([[2, 9]], [[4, 2]])
    up = flow_of(cells, np.zeros((1, 2)), np.ones((1, 2)), down=False)

    assert 6 / cells.up_bits[0, 0] == pytest.approx(up.flows[0] * up.rate[0])
    assert 6 == pytest.approx(up.flows[0])
    assert up.on[0]


def test_a_direction_without_load_is_off() -> None:
    """Nothing is offered down: the flow is off, and its rate stays finite."""
    down = flow_of(cells_of([[7]], [[4]]), np.zeros((1, 1)), np.ones((1, 1)), down=True)

    assert not down.on[0]
    assert np.isfinite(down.rate[0])
