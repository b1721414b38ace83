"""Layers of a map: each is what its name says, worked out by hand on three cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import floorplans
from wifiplan.answer import Capacity, RadioLoad, Spread, ZoneService
from wifiplan.capacity import rates
from wifiplan.capacity.layers import LAYERS, Layer, layer, radios_of, usual_kind
from wifiplan.model import AccessPoint, Design, Radio

X_M, Y_M = np.array([5.0, 15.0, 25.0]), np.array([10.0])
GAIN_DB = np.array([[[-60.0, -80.0, -np.inf]], [[-90.0, -70.0, -np.inf]]])
"""Two access points, three cells; the last one hears nothing."""


@pytest.fixture
def design() -> Design:
    def ap(name: str, x_m: float, channel: int) -> AccessPoint:
        return AccessPoint(
            name=name, x_m=x_m, y_m=10.0, height_m=4.0, radios=(Radio(band="5", channel=channel, tx_power_dbm=20.0),)
        )

    return Design(floor_plan=floorplans.gym(), access_points=(ap("a", 5.0, 36), ap("b", 15.0, 36)), obstruction_db=4.0)


def of(design: Design, what: Layer, *, crowd: bool = True) -> list[float]:
    found = layer(design, radios_of(design, "5"), GAIN_DB, what, x_m=X_M, y_m=Y_M, crowd=crowd)
    return [round(float(value), 2) for value in found[0]]


def test_the_strongest_the_next_and_both_without_the_crowd(design: Design) -> None:
    assert [-44.0, -54.0, np.nan] == pytest.approx(of(design, "signal"), nan_ok=True)
    assert [-40.0, -50.0, np.nan] == pytest.approx(of(design, "signal", crowd=False), nan_ok=True)
    assert [-74.0, -64.0, np.nan] == pytest.approx(of(design, "second"), nan_ok=True)


def test_noise_is_that_of_the_width_and_a_client_sends_less(design: Design) -> None:
    """-94 dBm in 20 MHz; up: 13 dBm instead of 20."""
    assert [50.0, 40.0] == pytest.approx(of(design, "snr_down")[:2], abs=0.1)
    assert [43.0, 33.0] == pytest.approx(of(design, "snr_up")[:2], abs=0.1)


def test_others_on_the_channel_count_where_they_are_heard(design: Design) -> None:
    """-74 and -64 dBm are above -82; on another channel nobody is."""
    first, second = design.access_points
    apart = replace(design, access_points=(first, replace(second, radios=(replace(second.radios[0], channel=100),))))

    assert [1.0, 1.0] == of(design, "co_channel")[:2]
    assert [0.0, 0.0] == of(apart, "co_channel")[:2]


def test_the_rate_is_that_of_the_usual_device(design: Design) -> None:
    kind = usual_kind(design, "5")
    table = rates.rate_table("5", 20, kind.standard, kind.streams)

    assert table.rate_mbps[rates.sinr_step(np.array([of(design, "snr_down")[1]]))][0] == pytest.approx(
        of(design, "rate")[1], rel=0.15
    )
    assert of(design, "rate")[0] >= of(design, "rate")[1] > 0


def test_airtime_and_people_are_those_of_the_capacity_and_unknown_without_it(design: Design) -> None:
    def load(ap: str, busy_share: float) -> RadioLoad:
        return RadioLoad(
            ap=ap, band="5", channel=36, width_mhz=20, clients=10.0, client_limit=50, busy_share=busy_share, own_busy_share=0.1,
            offered_mbps=5.0, carried_mbps=5.0, median_rate_mbps=100.0, shares_air_with=(),
        )  # fmt: skip

    zone = ZoneService(zone="hall", people=100.0, devices=80.0, served=95.0, unserved=5.0, median_mbps=1.0, p10_mbps=0.5)
    capacity = Capacity(
        scenario="", people=100.0, radios=(load("a", 0.3), load("b", 0.6)), zones=(zone,), links=(),
        spread={"hall: served": Spread(p10=90.0, p50=95.0, p90=100.0)},
    )  # fmt: skip
    known = replace(design, capacity=capacity)

    assert [0.3, 0.6, np.nan] == pytest.approx(of(known, "airtime"), nan_ok=True)
    assert [0.9, 0.9, 0.9] == of(known, "people_p10")
    assert np.isnan(of(design, "airtime")).all()
    assert np.isnan(of(design, "people_p10")).all()


@pytest.mark.parametrize("what", LAYERS)
def test_nothing_is_known_where_no_radio_is(design: Design, what: Layer) -> None:
    found = layer(design, (), np.zeros((0, 1, 3)), what, x_m=X_M, y_m=Y_M)

    assert (1, 3) == found.shape
    assert np.isnan(found).all()
