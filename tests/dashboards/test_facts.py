"""What a device says, before anybody judges it: fresh, stale, refused, ahead; what was not said is None."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from collectors.config import Target
from collectors.metrics import MEASUREMENTS as KNOWN
from collectors.metrics import Sample
from dashboards.facts import MEASUREMENTS, device_of, probes_of

Say = Callable[..., Sample]


def test_every_measurement_that_is_read_exists() -> None:
    assert set() == set(MEASUREMENTS) - set(KNOWN)


@pytest.mark.parametrize(("age_s", "heard"), [(180.0, True), (181.0, False), (-180.0, True), (-181.0, False)])
def test_a_device_is_heard_for_three_intervals_and_a_time_further_ahead_says_nothing(
    target: Target, say: Say, now: datetime, age_s: float, heard: bool
) -> None:
    device = device_of(target, [say("wifi_total", age_s=age_s, source="ap", clients=5)], now)

    assert (heard, age_s < -180) == (device.heard, device.ahead)


def test_a_refusal_is_no_answer_and_a_poll_only_tells_that_it_was_asked(target: Target, say: Say, now: datetime) -> None:
    device = device_of(target, [say("device", reachable=0), say("poll", seconds=0.1)], now)

    assert (False, None, True, True) == (device.heard, device.age_s, device.refused, device.polled)


def test_a_device_that_answered_without_wifi_has_none_and_one_that_never_did_may_have(
    target: Target, say: Say, now: datetime
) -> None:
    assert [False, True] == [device_of(target, said, now).wifi for said in ([say("link", interface="1", up=1)], [])]


def test_what_an_access_point_does_not_say_is_none_and_not_zero(target: Target, say: Say, now: datetime) -> None:
    (ap,) = device_of(target, [say("wifi_radio", ap="AP-1", ap_key="1", radio="0", band="5", channel=36)], now).aps

    assert (None, None) == (ap.clients, ap.up)
    assert [("5", None, None, None)] == [(load.band, load.clients, load.up, load.busy_share) for load in ap.bands]


@pytest.mark.parametrize(
    ("age_s", "value", "reachable"), [(5.0, 1, True), (5.0, 0, False), (500.0, 0, None), (500.0, 1, None), (-500.0, 1, None)]
)
def test_an_old_probe_is_not_known(say: Say, now: datetime, age_s: float, value: int, reachable: bool | None) -> None:
    probes = probes_of([say("probe", age_s=age_s, target="internet", reachable=value)], now, 180.0)

    assert [("internet", reachable)] == [(probe.target, probe.reachable) for probe in probes]
