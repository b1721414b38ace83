"""Published worked examples: each rule gives what its author printed."""

from __future__ import annotations

import math

import pytest

from wifiplan import demand, rules
from wifiplan.errors import DesignError


def test_meraki_600_users() -> None:
    """Meraki HD guide: 600 x 3 Mbit/s over 101 Mbit/s = 18; 70 % of 600 over 25 a radio = 17; the larger is taken."""
    assert rules.meraki_access_points(600, 3, throughput_mbps=101) == 18
    assert rules.meraki_access_points(600, 0.001, throughput_mbps=101) == 17


@pytest.mark.parametrize(
    ("phy", "mbps"), [(54, 19), (72, 25), (144, 50), (173, 61), (289, 101), (143, 50), (287, 100), (430, 151)]
)
def test_meraki_throughput(phy: float, mbps: float) -> None:
    """Meraki HD guide: PHY x 0.5 x 0.7, printed to the nearest Mbit/s."""
    assert mbps == pytest.approx(rules.meraki_throughput_mbps(phy), abs=1)


def test_p1238_teaching_example() -> None:
    """20 dBm, margin 10 dB, -67 dBm, N = 28: 77 dB allowed; 21.66, 12.82, 11.25 m; 8.50 m behind 5 dB, 2.92 m behind 18 dB."""
    assert [21.66, 12.82, 11.25] == [round(rules.p1238_radius_m(f), 2) for f in (2400, 5000, 6000)]
    assert round(rules.p1238_radius_m(5000, obstacle_db=5), 2) == 8.50
    assert round(rules.p1238_radius_m(5000, obstacle_db=18), 2) == 2.92


def test_access_points_for_three_floors() -> None:
    """The same notes: a circle of 8.50 m of which 70 % counts is 158.9 m2; 800 m2 need 6 a floor, 18 for three."""
    radius_m = rules.p1238_radius_m(5000, obstacle_db=5)

    assert 158.9 == pytest.approx(0.7 * math.pi * radius_m**2, abs=0.1)
    assert 3 * rules.area_access_points(800, radius_m) == 18


def test_efficiency_examples() -> None:
    """500 x 5 over 500 x 0.45 is 11.1: 12; 500 x 6 over 350 x 0.35 is 24.5: 25, more than coverage needs."""
    assert rules.efficiency_access_points(500, 5, 500) == 12
    assert rules.efficiency_access_points(500, 6, 350, efficiency=0.35) == 25
    assert rules.floor_access_points(3000, m2_each=159) == 19


def test_council_chamber() -> None:
    """A US city's design standard: 150 seats at 30 an access point are 5, and a second signal makes 20 into 28."""
    assert rules.seats_access_points(150) == 5
    assert rules.redundant_access_points(20) == 28


def test_office() -> None:
    """A worked office: 145 devices at 50 are 3, 58 x 3 Mbit/s fit on 1, 11,000 of 2,750 square feet are 4."""
    assert rules.seats_access_points(145, per_access_point=50) == 3
    assert rules.efficiency_access_points(58, 3, 580) == 1
    assert rules.floor_access_points(11_000, m2_each=2_750) == 4


def test_airtime_rule() -> None:
    """100 tablets x 3 Mbit/s at 50 Mbit/s real need 7.5 radios; x 1 Mbit/s at 260 Mbit/s PHY, 0.96."""
    assert rules.airtime_radios(100, 3, 50) == pytest.approx(7.5)
    assert rules.airtime_radios(100, 1, 260 / 2) == pytest.approx(0.96, abs=0.002)


def test_convention_centre() -> None:
    """Cisco Live 2011: 190 access points in 1,000,000 square feet, planned with a duty cycle of 20 %."""
    assert rules.floor_access_points(1_000_000 * 0.3048**2) == pytest.approx(190, abs=1)
    assert demand.find_scenario("spectators").active_share.value == 0.2


def test_event_backhaul() -> None:
    """3,000 people x 0.7 x 6 Mbit/s = 12.6 Gbit/s."""
    assert rules.backhaul_gbps(3000) == pytest.approx(12.6)


def test_rules_stand_side_by_side() -> None:
    """Each under its own name; none is an average of others."""
    found = rules.compare(600, 600, 3, 287)

    assert set(found) == set(rules.RULES)
    assert found["meraki"] == 18
    assert found["seats-30"] == 20
    assert found["clients-50"] == 12


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
def test_nonsense_is_refused(bad: float) -> None:
    """A rate that is none names itself."""
    with pytest.raises(DesignError, match="phy_rate_mbps"):
        rules.meraki_throughput_mbps(bad)
