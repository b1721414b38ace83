"""00000JAPAN: ready, not, or cannot be seen, and never guessed; a timed drill; the list as paper."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors.config import Config, Target
from collectors.metrics import Sample
from collectors.operations import JAPAN
from dashboards import data, emergency_wifi
from dashboards.emergency_wifi import SSID, ApReady

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SITE = "第一小学校 体育館"
Say = Callable[..., Sample]


def found(config: Config, samples: Sequence[Sample]) -> dict[str, tuple[str, str]]:
    seen = data.seen(replace(config, targets=tuple(replace(t, design=None) for t in config.targets)), samples, now=NOW)
    return {one.ap: (one.state, one.why) for one in emergency_wifi.readiness(config, seen.facilities, samples, NOW)}


def at(say: Say, number: int, ssid: str, clients: int, **values: float) -> Sample:
    return say("wifi_ssid", ssid=ssid, ap=f"AP-{number}", ap_key=f"00:00:5e:00:53:{number:02x}", clients=clients, **values)


def test_on_the_air_only_where_the_device_says_so_of_that_access_point(config: Config, all_well: list[Sample], say: Say) -> None:
    rows = [at(say, 1, SSID, 4), at(say, 2, "city", 0), at(say, 3, "city", 5)]

    assert {
        "AP-1": ("ready", "on_air"),
        "AP-2": ("not", "not_defined"),
        "AP-3": ("cannot_be_seen", "only_defined"),
    } == found(config, [*all_well, *rows])


def test_a_network_that_is_defined_on_the_controller_is_not_yet_on_the_air(
    config: Config, all_well: list[Sample], say: Say
) -> None:
    rows = [say("wifi_ssid", ssid=SSID, clients=0), say("wifi_ssid", ssid="city", clients=40)]

    assert {("cannot_be_seen", "only_defined")} == set(found(config, [*all_well, *rows]).values())


def test_a_list_of_all_networks_without_it_says_not_and_one_of_clients_says_nothing(
    config: Config, all_well: list[Sample], say: Say
) -> None:
    networks = [say("wifi_ssid", ssid="city", clients=40), say("wifi_ssid", ssid="staff", clients=0)]
    clients = networks[:1]

    assert {("not", "not_defined")} == set(found(config, [*all_well, *networks]).values())
    assert {("cannot_be_seen", "no_networks")} == set(found(config, [*all_well, *clients]).values())
    assert {("cannot_be_seen", "no_networks")} == set(found(config, all_well).values())


def test_an_access_point_that_is_down_is_not_ready_and_one_without_news_cannot_be_seen(config: Config, say: Say) -> None:
    samples = [
        say("device", reachable=1),
        say("wifi_ap", ap="AP-1", ap_key="00:00:5e:00:53:01", up=0, clients=0),
        say("wifi_ap", ap="AP-2", ap_key="00:00:5e:00:53:02", up=1, clients=1, age_s=4000),
        at(say, 1, SSID, 0),
        at(say, 2, SSID, 0, age_s=4000),
    ]

    assert {"AP-1": ("not", "ap_down"), "AP-2": ("cannot_be_seen", "ap_unknown")} == found(config, samples)


def test_a_lone_access_point_speaks_of_itself(config: Config, say: Say) -> None:
    lone = replace(config, targets=(Target(name="AP-9", site=SITE, host="127.0.0.1", interval_s=60.0),))
    samples = [
        say("device", device="AP-9", reachable=1),
        say("wifi_ap", device="AP-9", ap="AP-9", ap_key="0", up=1, clients=3),
        say("wifi_ssid", device="AP-9", ssid=SSID, band="5", clients=0),
    ]

    assert {"AP-9": ("ready", "on_air")} == found(lone, samples)


def test_since_when_ends_at_a_gap_and_a_drill_counts_from_its_begin() -> None:
    times = [NOW - timedelta(minutes=minutes) for minutes in (1, 2, 10, 60, 61)]
    one = ApReady(site="A", ap="AP", state="ready", why="on_air", defined=True, since=emergency_wifi._begin(times))
    before = emergency_wifi.timed([one], NOW)[0]
    after = emergency_wifi.timed([one], NOW - timedelta(minutes=30))[0]

    assert one.since == NOW - timedelta(minutes=10)
    assert (0.0, 1200.0) == (before.ready_after_s, after.ready_after_s)


def test_show_and_drill_as_typed(
    run: Callable[..., tuple[int, str, str]],
    watched: Path,
    put_samples: Callable[[Sequence[Sample]], None],
    say: Say,
    tmp_path: Path,
) -> None:
    put_samples([at(say, 1, SSID, 2)])
    assert 0 == run("emergency", "drill", "start", "--by", "office", "--config", watched)[0]
    assert 2 == run("emergency", "drill", "start", "--config", watched)[0]
    code, out, _ = run("emergency", "show", "--config", watched, "--out", tmp_path / "r.pdf", "--json")
    told = json.loads(out)
    shown = run("emergency", "show", "--config", watched)[1]

    assert (0, {"ready": 1, "not": 0, "cannot_be_seen": 2}) == (code, told["counts"])
    assert [0.0] == [one["ready_after_s"] for one in told["access_points"] if one["state"] == "ready"]
    assert b"%PDF" == (tmp_path / "r.pdf").read_bytes()[:4]
    assert "暗号化されていません" in shown
    assert 0 == run("emergency", "drill", "stop", "--config", watched)[0]
    assert 2 == run("emergency", "drill", "stop", "--config", watched)[0]
    assert json.loads(run("emergency", "show", "--config", watched, "--json")[1])["drill"] is None


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_words_of_every_state_and_why(lang: str) -> None:
    from dashboards.locale import all_words

    names = ("ready", "not", "cannot_be_seen", "on_air", "ap_down", "not_defined", "ap_unknown", "only_defined", "no_networks")

    assert all(all_words().entries[f"emergency.{name}"][lang] for name in names)


def test_where_it_is_missing_stands_first_on_the_list() -> None:
    aps = [
        ApReady(site=site, ap="AP-1", state=state, why="on_air", defined=None)
        for site, state in (("a", "ready"), ("b", "cannot_be_seen"), ("c", "not"))
    ]
    made = emergency_wifi.as_paper(aps, ssid="00000JAPAN", started=None, zone=JAPAN, lang="ja", now=NOW)

    assert ["c", "b", "a"] == [row[0] for row in made.sheets[0].rows]
