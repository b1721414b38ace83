"""Beacons, probes and broadcasts, against figures by hand and what must hold."""

from __future__ import annotations

import pytest

from wifiplan.airtime.overhead import overhead_of


def test_overhead_of_a_hall() -> None:
    """Three SSIDs on four access points at 2.4 GHz: 12 beacons of 1,640 us and PIFS (19 us) each 102.4 ms are 19 %."""
    found = overhead_of(band="2.4", bss=4, ssids=3)

    assert float(found.beacons_share) == pytest.approx(12 * (1640 + 19) / 102_400)


def test_overhead_grows_with_people() -> None:
    """500 phones that only look around: a probe a minute, answered by every SSID; more of it at the low basic rate."""
    none, crowd = overhead_of(band="2.4", ssids=2), overhead_of(band="2.4", ssids=2, devices=500, clients=300)
    fast = overhead_of(band="2.4", ssids=2, devices=500, clients=300, basic_rate_mbps=12)

    assert none.share == 0
    assert 0.03 < crowd.probes_share < 0.06
    assert 0.03 < crowd.broadcasts_share < 0.09
    assert fast.share < crowd.share / 4
    assert overhead_of(band="2.4", devices=[0, 10]).share.shape == (2,)
