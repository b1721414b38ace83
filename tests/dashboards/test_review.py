"""The month: availability by its rules, gaps and maintenance apart, peaks, person-hours, totals that add up, and the papers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from collectors import config as collect_config
from collectors.metrics import Sample
from collectors.operations import Alerts, Maintenance
from collectors.stores.store import open_store
from dashboards import data, review
from dashboards.alerts import ALERT_RULES
from dashboards.errors import DashboardError
from dashboards.outbox import Message
from dashboards.people import DEFAULT_CLIENTS_PER_PERSON

SITE = "第一小学校 体育館"
BEGIN = datetime(2026, 9, 30, 15, 0, tzinfo=UTC)
"""October begins in Japan."""
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def october(watched: Path) -> Path:
    """100 hours up with 54 clients (108 in one minute), 2 hours down, the rest of the month unknown."""
    samples = []
    for minute in range(102 * 60):
        is_up = minute < 100 * 60
        clients = 108.0 if minute == 60 else 54.0 * is_up
        fields = {"clients": clients, "aps": 3.0, "aps_up": 3.0 * is_up}
        time = BEGIN + timedelta(minutes=minute)
        samples.append(Sample(measurement="wifi_site_1m", time=time, tags={"site": SITE}, fields=fields))
    with open_store(collect_config.load(watched).store_url) as store:
        store.write(samples)
    return watched


def reviewed(path: Path, alerts: Alerts | None = None, messages: tuple[Message, ...] = ()) -> review.Month:
    config = replace(collect_config.load(path), alerts=alerts)
    with open_store(config.store_url, read_only=True) as store:
        return review.reviewed(config, "2026-10", store, data.read_designs(config), (), messages, NOW)


def test_minutes_by_the_rules_and_what_nobody_saw_is_not_up(october: Path) -> None:
    found = reviewed(october)
    site = found.sites[0]

    assert (6000, 120, 0, 31 * 1440 - 6120) == (
        site.up_minutes,
        site.down_minutes,
        site.maintenance_minutes,
        site.unknown_minutes,
    )
    assert site.availability_share == pytest.approx(6000 / 6120)
    assert (108, BEGIN + timedelta(hours=1), 120.0) == (site.peak_clients, site.peak_at, site.planned)
    assert site.plan_error == pytest.approx(108 / 120 - 1)
    assert site.client_hours == pytest.approx(100 * 54 + 54 / 60)
    assert site.person_hours == pytest.approx(site.client_hours / DEFAULT_CLIENTS_PER_PERSON)


def test_announced_maintenance_is_apart_whatever_happened_in_it(october: Path) -> None:
    down = BEGIN + timedelta(hours=100)
    window = Maintenance(name="work", sites=("第一*",), since=down, until=down + timedelta(hours=3))
    site = reviewed(october, Alerts(maintenance=(window,))).sites[0]

    assert (6000, 0, 180) == (site.up_minutes, site.down_minutes, site.maintenance_minutes)
    assert 1.0 == site.availability_share
    assert 31 * 1440 == site.up_minutes + site.down_minutes + site.maintenance_minutes + site.unknown_minutes


def test_alerts_of_the_month_are_counted_once_for_all_who_were_told(october: Path) -> None:
    one = Message(
        number=1,
        recipient="a",
        title="",
        body="",
        made_at=BEGIN + timedelta(days=3),
        about=("raised aps_down|A|AP-1", "raised aps_down|A|AP-2", "cleared battery||ups"),
    )
    found = reviewed(october, messages=(one, replace(one, recipient="b"), replace(one, made_at=BEGIN - timedelta(days=1))))

    assert {"aps_down": 2} == found.alerts


def test_totals_are_the_sums_of_the_sites(october: Path) -> None:
    found = reviewed(october)
    double = replace(found, sites=(found.sites[0], replace(found.sites[0], site="B", down_minutes=880)))

    assert (12_000, 1000) == (double.totals()["up_minutes"], double.totals()["down_minutes"])
    assert double.totals()["availability_share"] == pytest.approx(12 / 13, abs=1e-5)


def test_review_as_typed_and_as_papers(run: Run, october: Path, tmp_path: Path) -> None:
    code, out, _ = run("review", "--month", "2026-10", "--config", october, "--out", tmp_path / "m.xlsx", "--json")
    pdf = run("review", "--month", "2026-10", "--config", october, "--out", tmp_path / "m.pdf", "--lang", "en")
    book = openpyxl.load_workbook(tmp_path / "m.xlsx")
    cells = list(book["動いていた時間"].iter_rows(values_only=True))

    assert (0, 6000) == (code, json.loads(out)["sites"][0]["up_minutes"])
    assert (SITE, "98.04 %", 100, 2) == cells[1][:4]
    assert 0 == pdf[0]
    assert "98.04 %" in pdf[1]
    assert b"%PDF" == (tmp_path / "m.pdf").read_bytes()[:4]


@pytest.mark.parametrize("month", ["2026-13", "October", "2026-1", "2999-01"])
def test_what_is_no_month_or_has_not_begun_is_exit_2(run: Run, watched: Path, month: str) -> None:
    code, _, err = run("review", "--month", month, "--config", watched)

    assert (2, 1) == (code, err.count("\n"))


def test_a_month_ends_by_the_clock_of_the_place() -> None:
    since, until = review.span_of("2026-10", Alerts().time_zone)

    assert (BEGIN, BEGIN + timedelta(days=31)) == (since, until)
    with pytest.raises(DashboardError):
        review.span_of("1999-10", Alerts().time_zone)


def test_every_kind_of_alert_that_is_told_has_words() -> None:
    told = {rule.kind for rule in ALERT_RULES if rule.level != "note"}

    assert {"その他"} & {review.kind_words(kind, "ja") for kind in told} == set()
    assert "Other" == review.kind_words("no_such_kind", "en")
