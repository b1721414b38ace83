"""Published worked examples: each rule gives what its author printed.

Numbered T1 to T14; T10 (PHY rates, noise) is in the tests of `wifi.py`, T15 (persons from area) in those of `demand.py`.
"""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest

from wifiplan.errors import DesignError

_SCRIPT = Path(__file__).resolve().parents[1] / "benchmarks" / "rules_of_thumb.py"
_SPEC = importlib.util.spec_from_file_location("rules_of_thumb", _SCRIPT)
assert _SPEC is not None
assert _SPEC.loader is not None
rules = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(rules)


def test_meraki_600_users() -> None:
    """T1, Meraki HD guide: 600 x 3 = 1,800 Mbit/s over 101 is 17.8: 18; 70 % of 600 over 25 a radio is 16.8: 17; the larger."""
    assert rules.meraki_access_points(600, 3, throughput_mbps=101) == 18
    assert rules.meraki_access_points(600, 0.001, throughput_mbps=101) == 17


@pytest.mark.parametrize(
    ("phy", "mbps"), [(54, 19), (72, 25), (144, 50), (173, 61), (289, 101), (143, 50), (287, 100), (430, 151)]
)
def test_meraki_throughput(phy: float, mbps: float) -> None:
    """T2, Meraki HD guide: PHY x 0.5 x 0.7, printed to the nearest Mbit/s."""
    assert mbps == pytest.approx(rules.meraki_throughput_mbps(phy), abs=1)


def test_p1238_teaching_example() -> None:
    """T3, notes on P.1238: 20 dBm, margin 10, -67 dBm, N = 28: 21.66, 12.82, 11.25 m; 8.50 m behind 5 dB, 2.92 m behind 18."""
    assert [21.66, 12.82, 11.25] == [round(rules.p1238_radius_m(f), 2) for f in (2400, 5000, 6000)]
    assert round(rules.p1238_radius_m(5000, obstacle_db=5), 2) == 8.50
    assert round(rules.p1238_radius_m(5000, obstacle_db=18), 2) == 2.92


def test_access_points_for_three_floors() -> None:
    """T3, the same notes: a circle of 8.50 m of which 70 % counts is 158.9 m2; 800 m2 need 6 a floor, 18 for three."""
    radius_m = rules.p1238_radius_m(5000, obstacle_db=5)

    assert 158.9 == pytest.approx(0.7 * math.pi * radius_m**2, abs=0.1)
    assert 3 * rules.area_access_points(800, radius_m) == 18


def test_efficiency_examples() -> None:
    """T4: 500 x 5 over 500 x 0.45 is 11.1: 12; 500 x 6 over 350 x 0.35 is 24.5: 25, more than coverage needs; two links 850."""
    assert rules.efficiency_access_points(500, 5, 500) == 12
    assert rules.efficiency_access_points(500, 6, 350, efficiency=0.35) == 25
    assert rules.floor_access_points(3000, m2_each=159) == 19
    assert 850 == rules.multi_link_mbps(400, 600)


def test_council_chamber() -> None:
    """T5, a US city's standard: 150 seats at 30 are 5, 750 Mbit/s; a second signal makes 20 into 28, 28,000 USD into 39,200."""
    assert rules.seats_access_points(150) == 5
    assert rules.backhaul_gbps(150, active_share=1.0, mbps_each=5) == pytest.approx(0.750)
    assert rules.redundant_access_points(20) == 28
    assert rules.redundant_access_points(20) * 28_000 / 20 == 39_200


def test_office() -> None:
    """T6, a worked office: 145 devices at 50 are 3, 58 x 3 Mbit/s fit on 1, 11,000 of 2,750 square feet are 4: 4 it is."""
    by_rule = (
        rules.seats_access_points(145, per_access_point=50),
        rules.efficiency_access_points(58, 3, 580),
        rules.floor_access_points(11_000, m2_each=2_750),
    )

    assert (3, 1, 4) == by_rule
    assert 4 == max(by_rule)


def test_airtime_rule() -> None:
    """Published rule: 100 tablets x 3 Mbit/s at 50 Mbit/s real need 7.5 radios; x 1 Mbit/s at 260 Mbit/s PHY, 0.96."""
    assert rules.airtime_radios(100, 3, 50) == pytest.approx(7.5)
    assert rules.airtime_radios(100, 1, 260 / 2) == pytest.approx(0.96, abs=0.002)


def test_convention_centre() -> None:
    """T13, Cisco Live 2011: 190 access points in 1,000,000 square feet, 5,263 each (5,250 published)."""
    assert 5263 == round(1_000_000 / 190)
    assert 5250 == pytest.approx(488.0 / 0.3048**2, rel=0.001)
    assert rules.floor_access_points(1_000_000 * 0.3048**2) == pytest.approx(190, abs=1)


def test_event_backhaul() -> None:
    """T14, CONBU: 3,000 people x 0.7 x 6 Mbit/s = 12.6 Gbit/s; 100 visitors bring 200 devices."""
    assert rules.backhaul_gbps(3000) == pytest.approx(12.6)
    assert 200 == rules.event_devices(100)


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
