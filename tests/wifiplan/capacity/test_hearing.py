"""Who hears whom: the standard's levels at every width, and one answer for the check, the capacity model and placement."""

from __future__ import annotations

import math

import numpy as np
import pytest

import floorplans
from wifiplan.capacity import hearing
from wifiplan.capacity.facility import capacity
from wifiplan.model import AccessPoint, Demand, Design, Radio, Requirement
from wifiplan.placement import verdict as check
from wifiplan.radio import fading


def _radio(channel: int, width_mhz: int = 20, band: str = "5") -> Radio:
    return Radio(band=band, channel=channel, width_mhz=width_mhz, tx_power_dbm=20.0)


@pytest.mark.parametrize(("width_mhz", "dbm"), [(20, -82.0), (40, -79.0), (80, -76.0), (160, -73.0)])
def test_a_frame_that_covers_the_primary_channel(width_mhz: int, dbm: float) -> None:
    """21.3.18.5.3: -82, -79, -76, -73 dBm for the whole frame, which is -82 dBm in each 20 MHz."""
    level = hearing.busy_level_dbm([_radio(36, width_mhz), _radio(36, width_mhz)])

    assert dbm == pytest.approx(level[0, 1], abs=0.05)
    assert math.inf == level[0, 0]


def test_a_wide_frame_at_a_narrow_radio_counts_by_what_falls_into_its_channel() -> None:
    """80 MHz at 20: a quarter of the power lies in the channel, and -82 dBm there make it busy."""
    pair = [_radio(36, 20), _radio(36, 80)]

    assert -6.0 == pytest.approx(hearing.spill_db(pair)[0, 1], abs=0.03)
    assert -82.0 == pytest.approx(hearing.busy_level_dbm(pair)[0, 1])


def test_a_frame_on_a_secondary_channel_only_must_be_ten_db_stronger() -> None:
    """21.3.18.5.4: -72 dBm in 20 MHz; a 40 MHz frame beside the primary 40 MHz half has 3 dB more in all."""
    narrow, wide = _radio(40, 20), _radio(44, 40)

    assert -72.0 == pytest.approx(hearing.busy_level_dbm([_radio(36, 80), narrow])[0, 1])
    assert -69.0 == pytest.approx(hearing.busy_level_dbm([_radio(36, 80), wide])[0, 1], abs=0.05)
    assert -82.0 == pytest.approx(hearing.busy_level_dbm([narrow, _radio(36, 80)])[0, 1])


def test_spectrum_off_the_raster_is_energy() -> None:
    """Channels 1 and 3 at 2.4 GHz: no preamble can be read, -62 dBm of energy make the other wait."""
    pair = [_radio(1, band="2.4"), _radio(3, band="2.4")]

    assert -62.0 == pytest.approx(hearing.busy_level_dbm(pair)[0, 1])


def test_channels_apart_are_never_waited_for() -> None:
    """The next channel spills 28 dB less, the one after 40 dB less, and a third one nothing."""
    radios = [_radio(36), _radio(40), _radio(44), _radio(48)]

    assert [-28.0, -40.0, -math.inf] == hearing.spill_db(radios)[0, 1:].tolist()
    assert np.isinf(hearing.busy_level_dbm(radios)).all()


def test_any_two_radios_at_the_sure_level_wait_for_each_other() -> None:
    """Whatever channels and widths they get, as long as these overlap."""
    widths = [20, 40, 80]
    radios = [_radio(channel, width) for width in widths for channel in (36, 40, 44, 48)]
    level, spill = hearing.busy_level_dbm(radios), hearing.spill_db(radios)
    common = np.isfinite(level)
    in_channel = hearing.surely_heard_dbm(widths) + spill

    assert common.sum() > 50
    assert (in_channel[common] >= level[common] - 1e-9).all()


def test_one_that_does_not_wait_is_enough_to_talk_over() -> None:
    hears = np.array([[True, True], [False, True]])

    assert [[False, True], [True, False]] == hearing.talks_over(hears).tolist()


class _Gains:
    """Half of a hall beside each of two access points, which have `between` dB between them."""

    obstruction_db = 0.0

    def __init__(self, between: float) -> None:
        self.between = between

    def __call__(self, _floor_plan, access_points, points_m, **_options):
        points = np.asarray(points_m)
        if (points[:, 2] > 3).all():
            return np.full((len(access_points), len(points)), self.between)
        return np.array([np.where(np.abs(points[:, 0] - ap.x_m) < 15, -80.0, -100.0) for ap in access_points])

    def margin_db(self, requirement, _floor_plan, access_points, points_m):
        return np.full((len(access_points), len(points_m)), fading.margin_db(requirement.confidence_share, requirement.fading_db))


@pytest.mark.parametrize("width_mhz", [40, 80])
def test_check_and_capacity_agree_on_both_sides_of_the_level(width_mhz: int) -> None:
    """Half a dB above the level they take turns: all is covered and served. Half a dB below they talk over each other."""
    level_dbm = -82.0 + 10 * math.log10(width_mhz / 20)
    demand = Demand(
        zone="hall", people=40.0, devices_per_person=1.0, associated_share=1.0, active_share=0.5, down_mbps=0.5, up_mbps=0.5
    )
    places = [
        AccessPoint(name=name, x_m=x_m, y_m=7.5, height_m=6.0, radios=(_radio(36, width_mhz),))
        for name, x_m in (("a", 0.0), ("b", 30.0))
    ]
    design = Design(
        floor_plan=floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False),
        access_points=tuple(places),
        demands=(demand,),
        requirement=Requirement(confidence_share=0.5),
    )

    above, below = (_Gains(level_dbm - 20.0 + over) for over in (0.5, -0.5))
    verdicts = [check.check(design, gains) for gains in (above, below)]
    models = [capacity(design, gains_db=gains, with_links=False) for gains in (above, below)]

    assert [("b",), ()] == [model.radios[0].shares_air_with for model in models]
    assert [1.0, 0.0] == [verdict.coverage_share for verdict in verdicts]
    assert [set(), {"sinr"}] == [{failure.constraint for failure in verdict.failures} for verdict in verdicts]
    for verdict, model in zip(verdicts, models, strict=True):
        assert model.served / model.people == pytest.approx(verdict.served_share, abs=0.01)
        # The check stands people at fewer places.
        for radio in model.radios:
            assert verdict.clients[radio.ap, "5"] == pytest.approx(radio.clients, abs=1.0)
