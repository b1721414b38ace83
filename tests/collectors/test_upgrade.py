"""What the last release wrote opens after an upgrade, goes on, and there is a way back."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors import config
from collectors.delivery import gaps_path
from collectors.events import events_path, load_events
from collectors.metrics import Sample
from collectors.poll import PollResult
from collectors.service import Service
from collectors.stores._spool import Spool, read_gaps
from collectors.stores.store import open_store
from wifiplan import model

LAST = Path(__file__).resolve().parent / "last_release"
NOON = datetime(2026, 8, 30, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of all that the last release left."""
    return Path(shutil.copytree(LAST, tmp_path / "was"))


def test_its_targets_say_the_same(folder: Path) -> None:
    found = config.load(folder / "targets.toml")

    assert (["wlc", "ups"], [30.0, 60.0], 14, 64) == (
        [target.name for target in found.targets],
        [target.interval_s for target in found.targets],
        found.keep_days,
        found.spool_mb,
    )
    assert ("北校", 1161, "cisco-wlc", ("192.0.2.9",)) == (
        found.targets[0].site,
        found.targets[0].port,
        found.targets[0].profile,
        found.targets[0].answers_from,
    )


def test_its_store_is_read_and_written_on(folder: Path) -> None:
    """A poll of the new program follows its samples; a program of the last release could read the file still (schema 2)."""
    settings = config.load(folder / "targets.toml")
    with open_store(settings.store_url, read_only=True) as store:
        before = list(store.read())

    async def poll(target: config.Target) -> PollResult:
        tags = {"site": target.site, "device": target.name}
        sample = Sample(measurement="device", time=datetime.now(UTC), tags=tags, fields={"reachable": 1.0})
        return PollResult(target=target, time=sample.time, device={}, samples=(sample,))

    with Service(settings, poll) as service:
        done = asyncio.run(service.once())
    with open_store(settings.store_url, read_only=True) as store:
        after = list(store.read())
        (minute,) = store.read("wifi_site_1m", until=datetime(2026, 8, 31, tzinfo=UTC))

    assert 20 == len(before)
    assert before == after[:20]
    assert 0 == done.lost
    assert {"体育館-1", "体育館-2"} == {sample.tags["ap"] for sample in before if sample.measurement == "wifi_ap"}
    assert 10.0 == minute.fields["clients"]
    with sqlite3.connect(folder / "store.sqlite") as file:
        assert (2,) == file.execute("PRAGMA user_version").fetchone()
    file.close()


def test_what_it_had_not_sent_waits_still(folder: Path) -> None:
    spool = Spool(folder / "targets.spool")
    lines, records = spool.batch()
    spool.close()

    assert (4, 1) == (len(lines), len(records))
    assert lines[0].startswith("device,")
    assert NOON == records[0].since


def test_its_ledger_and_its_event_are_known(folder: Path) -> None:
    settings = config.load(folder / "targets.toml")
    (gap,) = read_gaps(gaps_path(settings))
    (event,) = load_events(events_path(settings))

    assert ("refused: field type conflict", 7) == (gap.why, gap.count)
    assert event.covers("北校", NOON)


def test_its_design_opens(folder: Path) -> None:
    found = model.load(folder / "design.json")

    assert ["体育館-1", "体育館-2"] == [ap.name for ap in found.access_points]


def test_the_way_back_is_a_copy_made_before(folder: Path, tmp_path: Path) -> None:
    """What the new program writes, the copy does not have; it is whole by itself."""
    with open_store(f"sqlite:{folder / 'store.sqlite'}") as store:
        store.backup(tmp_path / "before.sqlite")
        store.write([Sample(measurement="device", time=NOON, tags={"site": "x", "device": "y"}, fields={"reachable": 1.0})])
    with open_store(f"sqlite:{tmp_path / 'before.sqlite'}", read_only=True) as copy:
        assert 20 == len(list(copy.read()))
