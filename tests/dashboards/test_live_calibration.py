"""What months of clients say of people: what is drawn is found again, and what cannot be told is refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from collectors import config as collect_config
from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards import shelters
from dashboards.live_calibration import busy_per_client
from dashboards.people import HeadCount

NOW = datetime.now(UTC)
SITE = "第一小学校 体育館"
Run = Callable[..., tuple[int, str, str]]


def hours(slope: float, number: int = 200, *, seed: int = 1, spread: float = 60.0) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    clients = rng.uniform(0, spread, number)
    return [(float(n), float(0.15 + slope * n + rng.normal(0, 0.02))) for n in clients]


def test_the_air_that_a_client_takes_is_found_whatever_neighbours_take() -> None:
    told = busy_per_client({f"AP-{n}": hours(0.006, seed=n) for n in range(8)})

    assert told.value == pytest.approx(0.006, rel=0.05)
    assert told.low is not None
    assert told.high is not None
    assert told.low <= told.value <= told.high


@pytest.mark.parametrize(
    "rows",
    [
        {"AP-1": hours(0.006), "AP-2": hours(0.006)},
        {f"AP-{n}": hours(0.006, 20) for n in range(8)},
        {f"AP-{n}": hours(0.006, spread=5.0) for n in range(8)},
        {f"AP-{n}": hours((0.001, 0.02)[n % 2], seed=n) for n in range(4)},
        {},
    ],
)
def test_a_slope_is_refused_where_it_cannot_be_told(rows: dict[str, list[tuple[float, float]]]) -> None:
    told = busy_per_client(rows)

    assert told.value is None
    assert told.refused


@pytest.fixture
def counted(watched: Path) -> Path:
    """Eight counts of heads with 1.3 clients a person, and 100 hours of each access point at 0.6 % of the air a client."""
    config = collect_config.load(watched)
    counts = [
        HeadCount(site=SITE, time=NOW - timedelta(days=day), people=200 + day, clients=round(1.3 * (200 + day)))
        for day in range(1, 9)
    ]
    shelters.add_counts(config, counts)
    samples = []
    for ap in range(1, 4):
        for hour, (clients, busy) in enumerate(hours(0.006, 100, seed=ap)):
            tags = {"site": SITE, "device": "wlc", "ap": f"AP-{ap}", "ap_key": f"k{ap}"}
            fields = {"clients_mean": clients, "busy_share_max": busy, "polls": 60.0}
            time = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hour)
            samples.append(Sample(measurement="wifi_ap_1h", time=time, tags=tags, fields=fields))
    with open_store(config.store_url) as store:
        store.write(samples)
    return watched


def parameters(run: Run, path: Path, *more: object) -> dict[str, dict[str, object]]:
    code, out, _ = run("calibrate", "--live", "--config", path, *more, "--json")
    assert 0 == code
    return {one["name"]: one for one in json.loads(out)["parameters"]}


def test_clients_per_person_are_learned_and_their_two_factors_refused(run: Run, counted: Path) -> None:
    found = parameters(run, counted)

    assert found["clients_per_person"]["value"] == pytest.approx(1.3, rel=0.12)
    assert "ask people" in str(found["devices_per_person"]["refused"])
    assert "ask people" in str(found["associated_share"]["refused"])
    assert found["busy_share_per_client"]["value"] == pytest.approx(0.006, rel=0.1)
    assert "no design holds a capacity" in str(found["active_share"]["refused"])


def test_where_people_were_asked_for_one_factor_counts_tell_the_other(run: Run, counted: Path) -> None:
    found = parameters(run, counted, "--devices-per-person", "1.6")
    wrong = parameters(run, counted, "--devices-per-person", "1.0")

    assert found["associated_share"]["value"] == pytest.approx(1.3 / 1.6, rel=0.12)
    assert "above 1" in str(wrong["associated_share"]["refused"])


def test_without_counts_nothing_is_told(run: Run, watched: Path) -> None:
    found = parameters(run, watched)

    assert all(one["value"] is None and one["refused"] for one in found.values())
