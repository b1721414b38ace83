"""The full check of a design: coverage both ways, admission, airtime; with gains made by hand where that says more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import floorplans
from wifiplan.airtime.flows import MAX_DELAY_MS
from wifiplan.capacity.facility import capacity
from wifiplan.model import AccessPoint, Demand, Design, Radio, Requirement
from wifiplan.placement.points import people_points
from wifiplan.placement.verdict import airtime_share, check, client_kinds
from wifiplan.radio.fading import margin_db
from wifiplan.radio.gains import GainMemory


def _access_point(name: str, x_m: float, channel: int, power_dbm: float = 19.0, limit: int = 50) -> AccessPoint:
    radio = Radio(band="5", channel=channel, tx_power_dbm=power_dbm, client_limit=limit)
    return AccessPoint(name=name, x_m=x_m, y_m=7.5, height_m=6.0, radios=(radio,))


def _design(*access_points: AccessPoint, people: float = 40.0, **asked: object) -> Design:
    demand = Demand(
        zone="hall",
        people=people,
        devices_per_person=1.0,
        associated_share=1.0,
        active_share=0.3,
        down_mbps=0.3,
        up_mbps=0.1,
    )
    plan = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)
    asked = {"confidence_share": 0.5, **asked}
    return Design(floor_plan=plan, access_points=access_points, demands=(demand,), requirement=Requirement(**asked))


class _Gains(GainMemory):
    """Path gain to clients and between access points, by hand: `near` within 15 m of the access point's x, `far` beyond."""

    def __init__(self, near: float, far: float, between: float) -> None:
        super().__init__()
        self.near, self.far, self.between = near, far, between

    def __call__(self, _floor_plan, access_points, points_m, **_options):
        points = np.asarray(points_m)
        if (points[:, 2] > 3).all():
            return np.full((len(access_points), len(points)), self.between)
        return np.array([np.where(np.abs(points[:, 0] - ap.x_m) < 15, self.near, self.far) for ap in access_points])


def _failed(design: Design, gains: object) -> set[str]:
    return {failure.constraint for failure in check(design, gains).failures}


def test_everything_met_is_ok() -> None:
    """One access point, strong everywhere."""
    verdict = check(_design(_access_point("a", 15.0, 36)), _Gains(-70.0, -75.0, -60.0))

    assert verdict.ok
    assert 0.0 == verdict.shortfall
    assert [("a", "5")] == list(verdict.delay_p95_ms)
    assert 0.0 < verdict.delay_p95_ms["a", "5"] < MAX_DELAY_MS
    assert 1.0 == verdict.coverage_share == verdict.served_share


def test_a_weak_signal_fails_rssi() -> None:
    """19 dBm - 90 dB is -71 dBm, below -67."""
    assert {"rssi"} == _failed(_design(_access_point("a", 15.0, 36)), _Gains(-90.0, -90.0, -60.0))


def test_confidence_takes_a_margin() -> None:
    """-64 dBm does for the mean, not for nine in ten under 4 dB of fading: 1.2816 x 4 = 5.13 dB more."""
    gains = _Gains(-83.0, -83.0, -60.0)

    assert set() == _failed(_design(_access_point("a", 15.0, 36)), gains)
    assert {"rssi"} == _failed(_design(_access_point("a", 15.0, 36), confidence_share=0.9), gains)
    assert 5.126 == pytest.approx(margin_db(0.9, 4.0), abs=1e-3)


def test_a_promise_may_allow_for_the_deviation_of_the_place() -> None:
    """-59 dBm: enough for 4 dB of fading anywhere (5.1 dB more than -67), not for the 8.6 dB of a room below 150 m2 (11.0 dB)."""
    plan = floorplans.gym(30.0, 15.0, 8.0, stage=False, store_room=False)
    small = replace(plan, zones=tuple(replace(zone, polygon_m=((1, 1), (13, 1), (13, 13), (1, 13))) for zone in plan.zones))
    gains = _Gains(-78.0, -78.0, -60.0)
    failed = {}
    for name, where in (("hall", plan), ("room", small)):
        for fading_db in (4.0, None):
            design = _design(_access_point("a", 7.0, 36), confidence_share=0.9, fading_db=fading_db)
            failed[name, fading_db] = _failed(replace(design, floor_plan=where), gains)

    assert {("hall", 4.0): set(), ("hall", None): set(), ("room", 4.0): set(), ("room", None): {"rssi"}} == failed


def test_a_client_too_weak_to_answer_fails_sinr() -> None:
    """Down 19 - 82 is fine, up 13 - 82 = -69 dBm is 25 dB over the noise: 20 dB are met, 26 dB only on the way down."""
    gains = _Gains(-82.0, -82.0, -60.0)

    assert set() == _failed(_design(_access_point("a", 15.0, 36), min_sinr_db=24.0), gains)
    assert {"sinr"} == _failed(_design(_access_point("a", 15.0, 36), min_sinr_db=26.0), gains)
    louder = check(_design(_access_point("a", 15.0, 36), min_sinr_db=26.0), gains, client_power_dbm=16.0)
    assert louder.ok


def test_deaf_neighbours_on_one_channel_interfere_and_hearing_ones_share() -> None:
    """14 dB between near and far: on one channel that is the SINR if they are deaf to each other; if they hear, they wait."""
    pair = (_access_point("a", 5.0, 36), _access_point("b", 25.0, 36))
    deaf, hearing = _Gains(-70.0, -84.0, -110.0), _Gains(-70.0, -84.0, -60.0)

    assert {"sinr"} == _failed(_design(*pair), deaf)
    assert set() == _failed(_design(*pair), hearing)
    assert set() == _failed(_design(pair[0], _access_point("b", 25.0, 40)), deaf)


def test_a_second_access_point_where_asked() -> None:
    """One alone cannot give it; two that both reach everybody do."""
    gains = _Gains(-70.0, -75.0, -60.0)
    pair = (_access_point("a", 5.0, 36), _access_point("b", 25.0, 40))

    assert {"second"} == _failed(_design(pair[0], second_access_point=True), gains)
    assert set() == _failed(_design(*pair, second_access_point=True), gains)


def test_full_radios_turn_clients_away_to_the_next() -> None:
    """70 clients, 40 a radio: the 30 that the first cannot take go to the second, as long as it reaches them."""
    gains = _Gains(-70.0, -75.0, -60.0)
    pair = (_access_point("a", 15.0, 36, limit=40), _access_point("b", 29.0, 40, power_dbm=17.0, limit=40))
    verdict = check(_design(*pair, people=70.0), gains)

    assert verdict.ok
    # Devices are counted in shares of kinds at places: up to half of the last one more or less.
    assert 40.0 == pytest.approx(verdict.clients["a", "5"], abs=0.1)
    assert 70.0 == pytest.approx(verdict.clients["a", "5"] + verdict.clients["b", "5"])
    assert {"clients"} == _failed(_design(*pair, people=90.0), gains)


def test_too_much_airtime_fails() -> None:
    """A twentieth of the demand's airtime limit is too little."""
    busy = _design(_access_point("a", 15.0, 36), max_busy_share=0.001)

    assert {"airtime"} == _failed(busy, _Gains(-70.0, -75.0, -60.0))


@pytest.mark.parametrize(("near_db", "width_mhz"), [(-60.0, 20), (-85.0, 20), (-96.0, 20), (-75.0, 40), (-80.0, 80)])
def test_the_programmes_airtime_is_the_models_without_anything_added(near_db: float, width_mhz: int) -> None:
    """Of a lone access point the model's own busy share is what the programme reckons with, never less: else its bound lies."""
    radio = Radio(band="5", channel=36, width_mhz=width_mhz, tx_power_dbm=19.0, client_limit=50)
    design = _design(replace(_access_point("a", 15.0, 36), radios=(radio,)))
    gains = _Gains(near_db, near_db, -60.0)
    crowd = people_points(design.floor_plan, design.demands, max_points=60)
    reckoned = sum(
        kind.share.value
        * airtime_share(crowd, np.full(len(crowd.people), near_db), 19.0, kind, band="5", width_mhz=width_mhz).sum()
        for kind in client_kinds("")
    )
    model = capacity(design, gains_db=gains, points_per_zone=60, with_links=False)

    assert model.radios[0].own_busy_share == pytest.approx(reckoned, rel=0.02)
    assert reckoned <= model.radios[0].own_busy_share + 6e-5


def test_the_check_sees_the_crowd_that_the_programme_sees() -> None:
    """Points and people are those of `people_points`: the clients of all radios add up to the zone's."""
    design = _design(_access_point("a", 5.0, 36), _access_point("b", 25.0, 40))
    verdict = check(design, _Gains(-70.0, -75.0, -60.0), max_points=120)

    assert people_points(design.floor_plan, design.demands, max_points=120).clients.sum() == pytest.approx(
        sum(verdict.clients.values())
    )
