"""The review of an event: peaks, who was full and for how long, forecast against measured, and the paper of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors import config as collect_config
from collectors.events import Event, events_path, save_events
from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards import event_review
from dashboards.people import DEFAULT_CLIENTS_PER_PERSON

SITE = "第一小学校 体育館"
START = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def held(watched: Path) -> Path:
    """An event of an hour: 90 clients, 150 at half past; AP-1 (limit 80) is full for ten minutes, AP-2 for five of these."""
    config = collect_config.load(watched)
    event = Event(
        name="sports day",
        sites=frozenset({SITE}),
        since=START,
        until=START + timedelta(hours=1),
        planned={SITE: 100.0},
    )
    save_events(events_path(config), [event])
    samples = []
    for minute in range(60):
        time = START + timedelta(minutes=minute)
        clients = 150.0 if minute == 30 else 90.0
        samples.append(Sample(measurement="wifi_site_1m", time=time, tags={"site": SITE}, fields={"clients": clients}))
        for ap, full in (("AP-1", 20 <= minute < 30), ("AP-2", 25 <= minute < 30)):
            tags = {"site": SITE, "device": "wlc", "ap": ap, "ap_key": ap}
            samples.append(
                Sample(measurement="wifi_ap", time=time, tags=tags, fields={"clients": 80.0 if full else 30.0, "up": 1.0})
            )
    with open_store(config.store_url) as store:
        store.write(samples)
    return watched


def test_review_tells_peak_forecast_and_who_was_full(run: Run, held: Path) -> None:
    code, out, _ = run("event", "review", "sports day", "--config", held, "--json")
    found = json.loads(out)
    site = found["sites"][0]

    assert (0, "sports day", "2026-11-01T01:00:00+00:00") == (code, found["name"], found["from"])
    assert (SITE, 150, 120.0, 600.0) == (site["site"], site["peak_clients"], site["planned"], site["full_s"])
    assert [("AP-1", 600.0), ("AP-2", 300.0)] == [(one["ap"], one["full_s"]) for one in site["full_aps"]]
    forecast = 100 * DEFAULT_CLIENTS_PER_PERSON
    assert site["forecast_clients"] == pytest.approx(forecast)
    assert site["forecast_error"] == pytest.approx(150 / forecast - 1, abs=1e-3)
    assert 1.0 == site["known_share"]


@pytest.mark.parametrize("suffix", [".pdf", ".html", ".xlsx"])
def test_review_is_written_as_paper(run: Run, held: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"review{suffix}"
    code, said, _ = run("event", "review", "sports day", "--config", held, "--out", out)

    assert 0 == code
    assert "150 台" in said
    assert "AP-1" in said
    assert {".pdf": b"%PDF", ".html": b"<!do", ".xlsx": b"PK\x03\x04"}[suffix] == out.read_bytes()[:4]


def test_an_event_that_is_not_there_and_a_suffix_that_is_none(run: Run, held: Path, tmp_path: Path) -> None:
    assert (2, True) == ((done := run("event", "review", "x", "--config", held))[0], "sports day" in done[2])
    assert 2 == run("event", "review", "sports day", "--config", held, "--out", tmp_path / "r.doc")[0]


def test_a_site_without_measurements_is_unknown_and_not_nobody(run: Run, watched: Path) -> None:
    config = collect_config.load(watched)
    event = Event(name="old", sites=frozenset({SITE}), since=START, until=START + timedelta(hours=1))
    save_events(events_path(config), [event])
    site = json.loads(run("event", "review", "old", "--config", watched, "--json")[1])["sites"][0]

    said = run("event", "review", "old", "--config", watched, "--lang", "en")[1]

    assert (None, None, 0.0, 0.0) == (site["peak_clients"], site["forecast_error"], site["full_s"], site["known_share"])
    assert "There are no measurements" in said
    assert "at its limit" not in said


def test_time_in_which_two_are_full_counts_once() -> None:
    at = [START + timedelta(minutes=minute) for minute in (0, 5, 10, 20)]

    assert 600.0 == event_review._union_s([(at[0], at[1]), (at[0], at[2])])
    assert 900.0 == event_review._union_s([(at[2], at[3]), (at[0], at[1])])
