"""Contention against Bianchi's own tables."""

from __future__ import annotations

import numpy as np
import pytest

from tests.wifiplan.airtime.tables import table
from wifiplan.airtime.contention import attempt_share, bianchi_tau


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
