"""Clients that have something to send: the chain of their numbers keeps its chances and its order."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.airtime.cells import cells_of
from wifiplan.airtime.flows import Channel, flow_of
from wifiplan.airtime.uplink import Senders, senders_of


def senders(clients: float, up_mbps: float) -> Senders:
    cells = cells_of([[7]], [[clients]])
    nothing, load = np.zeros((1, 1)), np.full((1, 1), up_mbps)
    flows = (flow_of(cells, nothing, load, down=down) for down in (True, False))
    return senders_of(Channel(cells, *flows, np.ones(1)), np.ones(1), np.zeros(1))


@pytest.mark.parametrize("clients", [1, 24, 25, 400])
def test_chances_of_all_states_are_one(clients: int) -> None:
    """Also where not every number of senders is looked at, the last of which is everybody."""
    found = senders(clients, 0.2)

    assert 1.0 == pytest.approx(found.chance.sum())
    assert [0.0, clients] == [found.states.min(), found.states.max()]


def test_more_load_makes_more_senders() -> None:
    """From nearly nobody to nearly everybody, and only then is anything lost."""
    few, many = senders(20, 0.01), senders(20, 20.0)

    assert few.active[0] < 0.1
    assert many.active[0] > 18
    assert few.loss_share[0] < 1e-3 < many.loss_share[0]
