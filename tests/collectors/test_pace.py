"""How often a device is polled: on its own grid, seldom while it is dead, often in an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors.errors import CollectError, ConfigError
from collectors.pace import Event, Grid, load_event, save_event

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_a_poll_comes_on_the_grid_and_never_twice_within_half_an_interval() -> None:
    grid = Grid(share=0.25, start_s=1000.0)

    assert 1001.25 == grid.first_s(60.0)
    assert 1075.0 == grid.next_s(1001.25, 1001.5, 60.0, 0)  # 1015 would be too soon
    assert 1135.0 == grid.next_s(1075.0, 1075.1, 60.0, 0)
    assert 1255.0 == grid.next_s(1075.0, 1200.0, 60.0, 0)  # after a poll of more than two minutes


@pytest.mark.parametrize(("failures", "next_s"), [(0, 1135.0), (2, 1135.0), (3, 1195.0), (50, 1195.0)])
def test_a_dead_device_is_asked_every_other_time(failures: int, next_s: float) -> None:
    """No more seldom, else its state would be stale: unknown after three intervals."""
    assert next_s == Grid(share=0.25, start_s=1000.0).next_s(1075.0, 1075.1, 60.0, failures)


def test_devices_are_spread_over_their_interval_and_keep_their_phase() -> None:
    shares = [Grid.of(f"AP-{number}", 0.0).share for number in range(1000)]
    tenths = [sum(tenth <= share * 10 < tenth + 1 for share in shares) for tenth in range(10)]

    assert all(70 < count < 130 for count in tenths)
    assert Grid.of("AP-7", 5.0).share == shares[7]


def test_an_event_covers_its_sites_until_its_time() -> None:
    event = Event(sites=frozenset({"北校"}), until=NOW + timedelta(hours=2))
    everywhere = Event(sites=frozenset(), until=NOW + timedelta(hours=2))

    assert 10.0 == event.interval_s
    assert [True, False] == [event.covers(site, NOW) for site in ("北校", "南校")]
    assert not event.covers("北校", NOW + timedelta(hours=2))
    assert everywhere.covers("南校", NOW)


def test_an_event_is_kept_in_a_file_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "event.json"
    event = Event(sites=frozenset({"北校", "南校"}), until=NOW, interval_s=5.0)

    assert load_event(path) is None
    save_event(path, event)
    assert event == load_event(path)
    save_event(path, None)
    assert load_event(path) is None
    assert [] == list(path.parent.iterdir())


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"sites": [], "until": "soon", "interval_s": 5}', '{"sites": [], "until": "2026-11-23T09:00Z", "interval_s": 0}'],
)
def test_a_file_that_is_no_event_says_the_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "event.json"
    path.write_text(text)

    with pytest.raises(ConfigError, match="run `wifiplan event stop`, or remove the file"):
        load_event(path)


def test_an_event_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file")

    with pytest.raises(CollectError, match="cannot be written"):
        save_event(tmp_path / "spool" / "event.json", Event(sites=frozenset(), until=NOW))
