"""One table from SINR to airtime."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wifiplan.airtime import wifi
from wifiplan.airtime.frames import exchange
from wifiplan.capacity import demand, rates


def _kind(standard: str = "ax", streams: int = 2, bands: tuple[str, ...] = ("2.4", "5")) -> demand.ClientKind:
    return demand.ClientKind(
        name="phone",
        share=demand.Figure(value=1.0),
        standard=standard,
        streams=streams,
        bands=bands,
        tx_power_dbm=demand.Figure(value=13.0),
    )


def test_an_sinr_takes_the_row_below_it() -> None:
    """And a hundredth of a dB is forgiven, so that a threshold that is met by sums of floats is met."""
    steps = rates.sinr_step([-99.0, -10.0, 0.05, 0.0999, 69.95, 200.0, math.nan])

    assert [0, 0, 100, 101, 799, 799, 0] == steps.tolist()


def test_a_megabit_takes_its_exchange() -> None:
    """As one lone sender's exchange at MCS 11 of two streams, packets sent again included."""
    megabits, seconds = exchange(11, width_mhz=20, streams=2, packet_error_share=wifi.PACKET_ERROR_SHARE)

    found = float(rates.s_per_mbit(60.0, _kind(), band="5", width_mhz=20))

    assert float(seconds / megabits) == pytest.approx(found, rel=1e-6)


def test_no_rate_takes_for_ever() -> None:
    assert math.inf == float(rates.s_per_mbit(-5.0, _kind(), band="5", width_mhz=20))


@pytest.mark.parametrize("standard", ["n", "ac", "ax"])
@pytest.mark.parametrize("band", ["2.4", "5"])
def test_a_better_signal_never_takes_longer(standard: str, band: str) -> None:
    """What the bound of placement rests on: it asks at the strongest signal that a spot can give."""
    cost = rates.s_per_mbit(rates.SINR_DB, _kind(standard), band=band, width_mhz=40)
    reached = cost[np.isfinite(cost)]

    assert len(reached) > 500
    assert (np.diff(reached) <= 1e-12).all()


def test_a_device_of_5_ghz_only_generation_speaks_the_older_one() -> None:
    assert ["n", "ac", "ax"] == [rates.standard_at("ac", "2.4"), rates.standard_at("ac", "5"), rates.standard_at("ax", "2.4")]


def test_a_kind_without_the_band_is_nowhere_ok() -> None:
    table = rates.stacked([("6", 20), ("5", 20)], [_kind()])

    assert [False, True] == table.ok.any(axis=2)[:, 0].tolist()
