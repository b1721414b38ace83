"""Contention against Bianchi's own tables."""

from __future__ import annotations

import numpy as np
import pytest

from tests.wifiplan.airtime.tables import table
from wifiplan.airtime.contention import attempt_share, bianchi_tau, fewer_contenders, lead


@pytest.mark.parametrize("row", table("bianchi2000.csv"), ids=lambda row: f"W{row['W']}-m{row['m']}-n{row['n']}-{row['access']}")
def test_tau_of_the_paper(row: dict[str, str]) -> None:
    """IEEE JSAC 18(3) 2000: the fixed point of equations (7) and (9)."""
    tau = bianchi_tau(float(row["n"]), window=int(row["W"]), stages=int(row["m"]))

    assert float(tau) == pytest.approx(float(row["tau"]), rel=2e-3)
    assert float(1 - (1 - tau) ** (int(row["n"]) - 1)) == pytest.approx(float(row["p"]), rel=2e-3)


def test_interpolated_tau_is_the_fixed_point() -> None:
    """The table that makes a million cells a second possible costs no accuracy."""
    n = np.array([1.0, 1.5, 2.0, 7.3, 50.0, 2000.0])

    assert attempt_share(n) == pytest.approx(bianchi_tau(n, window=16, stages=6), rel=1e-6)


def test_who_is_hit_tries_as_seldom_as_fewer_would() -> None:
    """Windows double for a hit as for a collision; a lone sender stays one, and nothing changes where nobody is hit."""
    many = np.array([1.0, 5.0, 20.0])
    none, some, often = (fewer_contenders(many, np.full(3, hit)) for hit in (0.0, 0.3, 0.6))

    np.testing.assert_allclose(many, none)
    assert 1.0 == pytest.approx(some[0])
    assert (often[1:] < some[1:]).all()
    assert (some[1:] < many[1:]).all()


def test_an_access_point_leads_only_where_its_own_clients_collide() -> None:
    """One client alone cannot collide with another; of twelve, collisions let it count on while they wait EIFS."""
    clients = np.array([0.0, 1.0, 12.0])
    found = lead(np.full(3, 60.0), aps=np.ones(3), clients=clients, tau=attempt_share(1 + clients))

    assert [1.0, 1.0] == found[:2].tolist()
    assert 1.2 < found[2] < 1.5
