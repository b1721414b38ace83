"""A facility as a shelter: live news, the city's list and counts of heads become one answer, and what is unknown stays so."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors import config as collect_config
from collectors.config import Config
from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards import data, shelters
from dashboards.opened import Opened, Shelter
from dashboards.people import HeadCount
from dashboards.states import Facility

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SITE = "第一小学校 体育館"
WELL = Facility(site=SITE, state="ok", clients=95, limit=240, aps=3, aps_up=3, age_s=10.0, internet=True)


def seen(config: Config, facility: Facility, **known: object) -> shelters.ShelterNow:
    opened = Opened(shelters={SITE: Shelter(site=SITE, **known)})  # type: ignore[arg-type]
    return shelters.shelters_now(config, [facility], opened, (), NOW)[0]


def test_people_crowding_and_room_from_clients_and_capacity(config: Config) -> None:
    found = seen(config, WELL, opened=True, capacity_people=200)

    assert found.people is not None
    assert (100, "assumed", "filling", 100) == (found.people.value, found.people.basis, found.crowding, found.room_people)
    assert ("usable", True, "やや混雑") == (found.usable, found.opened, found.to_json()["crowding"])


@pytest.mark.parametrize(
    ("change", "usable"),
    [
        ({"state": "down", "clients": 0}, "down"),
        ({"state": "unknown", "clients": None}, "unknown"),
        ({"complete": False}, "usable"),
    ],
)
def test_people_are_unknown_where_clients_are_not_all_counted(config: Config, change: dict[str, object], usable: str) -> None:
    """Nobody on a network that is down is not nobody in the hall."""
    found = seen(config, replace(WELL, **change), opened=True, capacity_people=200)  # type: ignore[arg-type]

    assert (usable, None, None, None) == (found.usable, found.people, found.crowding, found.room_people)


def test_a_closed_shelter_has_no_crowding(config: Config) -> None:
    assert seen(config, WELL, opened=False, capacity_people=200).crowding is None


def test_a_network_near_its_limit_says_at_least(config: Config) -> None:
    found = seen(config, replace(WELL, clients=235), opened=True, capacity_people=1000)

    assert found.people is not None
    assert (None, None, None) == (found.people.high, found.crowding, found.room_people)


def test_a_count_of_heads_meets_the_clients_of_its_minutes(tmp_path: Path) -> None:
    count = HeadCount(site=SITE, time=NOW, people=100)
    with open_store(f"sqlite:{tmp_path / 's.sqlite'}") as store:
        for minutes, clients, missing in ((-3, 120, 0), (2, 130, 0), (4, 10, 1), (30, 900, 0)):
            fields = {"clients": float(clients)} | ({"missing": 1.0} if missing else {})
            time = NOW + timedelta(minutes=minutes)
            store.write([Sample(measurement="wifi_site_1m", time=time, tags={"site": SITE}, fields=fields)])
        found = shelters.paired(count, store)
        nothing = shelters.paired(replace(count, site="elsewhere"), store)

    assert found is not None
    assert 125 == found.clients
    assert nothing is None


def test_counts_of_heads_are_kept_and_read_again(config: Config) -> None:
    config = replace(config, spool=config.path.parent / "spool")
    counts = [HeadCount(site=SITE, time=NOW, people=100, clients=120)]
    shelters.add_counts(config, counts)

    assert tuple(counts) == shelters.load_counts(config)


def test_status_of_a_city_with_a_list_of_opened_shelters(
    watched: Path, put_samples: Callable[[Sequence[Sample]], None], tmp_path: Path
) -> None:
    (tmp_path / "opened.csv").write_text(f"名称,想定収容人数\n{SITE},屋内120人／屋外0人\n知らない館,\n", encoding="utf-8")
    watched.write_text(watched.read_text(encoding="utf-8") + '[shelters]\nopened_file = "opened.csv"\n', encoding="utf-8")
    found = data.current(collect_config.load(watched))
    told = found.shelters[0].to_json()

    assert (True, "やや混雑") == (told["opened"], told["crowding"])
    assert {"value": 63, "basis": "assumed"} == {key: told["people"][key] for key in ("value", "basis")}
    assert "知らない館" in found.faults[0]
    assert json.dumps(told)


def test_a_list_that_is_gone_is_told_and_the_rest_is_shown(watched: Path) -> None:
    watched.write_text(watched.read_text(encoding="utf-8") + '[shelters]\nopened_file = "gone.csv"\n', encoding="utf-8")
    found = data.current(collect_config.load(watched))

    assert "gone.csv" in found.faults[0]
    assert ("ok", None) == (found.facilities[0].state, found.shelters[0].opened)
