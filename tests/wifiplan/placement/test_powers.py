"""Powers that share clients out evenly."""

from __future__ import annotations

import numpy as np

from wifiplan.placement import powers
from wifiplan.placement.milp import Solver


def test_powers_move_the_border_between_two_cells() -> None:
    """Nine in ten clients hear the first one better, by 1 to 4 dB: turned down by about 2 dB, it keeps the six it may have."""
    gain_db = np.array(
        [[-60.0, -60, -60, -60, -60, -60, -60, -60, -60, -80], [-64, -63.6, -63.2, -62.8, -62.4, -62, -61.6, -61.2, -60.8, -60]]
    )
    clients = np.full(10, 10.0)
    down_db = powers.even_powers_db(gain_db, clients, 60.0, Solver(), span_db=10.0)
    loads = np.bincount(np.argmax(gain_db + down_db[:, None], axis=0), weights=clients)

    assert loads.max() <= 60.0
    assert -2.5 <= down_db[0] <= -1.5


def test_powers_stay_where_no_limit_binds() -> None:
    """Nobody is turned down for nothing."""
    gain_db = np.array([[-60.0, -70.0], [-70.0, -60.0]])
    np.testing.assert_array_equal(0.0, powers.even_powers_db(gain_db, np.array([5.0, 5.0]), 50.0, Solver(), span_db=10.0))


def test_nobody_loses_the_signal_that_is_required_for_an_even_load() -> None:
    """Sixty clients hear the first one better by 1 to 5 dB; a sixth of them have 2 dB to spare: no more is taken."""
    gain_db = np.array([[-60.0, -60, -60, -60, -60, -80], [-61, -62, -63, -64, -65, -60]])
    clients = np.full(6, 10.0)
    spare_db = np.array([[20.0, 20, 20, 20, 2, -5], [-5, -5, -5, -5, -5, 20]])

    def loudness_db(required: float) -> float:
        coverage = powers.Coverage(spare_db=spare_db, people=clients[None], required=np.array([required]))
        return float(powers.even_powers_db(gain_db, clients, 30.0, Solver(), span_db=10.0, coverage=coverage)[0])

    assert -2.0 <= loudness_db(60.0) < -1.0
    # Where five in six are enough, it goes as far as is even.
    assert -2.5 == loudness_db(50.0)
    # Not even full power covers more people than there are: coverage has no say.
    assert loudness_db(50.0) == loudness_db(70.0)
