"""Events: several at once, each with its name, sites, times and planned people, and kept for ever."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors import events
from collectors.errors import CollectError, ConfigError
from collectors.events import Event, changing, load_events, name_for, save_events, started, stopped

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def event(name: str = "台風", *sites: str, until: datetime = NOW + 2 * HOUR) -> Event:
    return Event(name=name, sites=frozenset(sites), since=NOW, until=until)


def test_an_event_covers_its_sites_from_its_time_to_its_time() -> None:
    one, everywhere = event("a", "北校"), event("b")

    assert 10.0 == one.interval_s
    assert [True, False] == [one.covers(site, NOW) for site in ("北校", "南校")]
    assert [False, False] == [one.covers("北校", at) for at in (NOW - HOUR, NOW + 2 * HOUR)]
    assert everywhere.covers("南校", NOW)


def test_several_are_kept_with_all_that_was_said_of_them(tmp_path: Path) -> None:
    """Also those that are over: the review asks for them years later."""
    path = tmp_path / "spool" / "events.json"
    first = replace(event("台風", "北校", "南校", until=NOW + HOUR), planned={"北校": 250.0})
    second = replace(event("訓練", "東校"), interval_s=5.0)

    assert () == load_events(path)
    save_events(path, started(started((), first), second))
    assert (first, second) == load_events(path)
    after, ended = stopped(load_events(path), "訓練", NOW + HOUR / 2)
    save_events(path, after)
    assert (first, replace(second, until=NOW + HOUR / 2)) == load_events(path)
    assert not ended.goes_on(NOW + HOUR / 2)


def test_a_name_is_used_once_and_which_event_is_to_end_is_never_guessed() -> None:
    events = started(started((), event("a", "北校")), event("b", "南校"))

    with pytest.raises(ConfigError, match="a: there was an event of this name"):
        started(events, event("a"))
    for name in (None, "c"):
        with pytest.raises(ConfigError, match="these go on: a, b"):
            stopped(events, name, NOW)
    assert "b" == stopped(events[1:], None, NOW)[1].name


def test_of_those_that_are_started_at_once_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "spool" / "events.json"

    def start(number: int) -> None:
        with changing(path):
            save_events(path, started(load_events(path), event(f"e{number}")))

    with ThreadPoolExecutor(8) as several:
        list(several.map(start, range(24)))

    assert {f"e{number}" for number in range(24)} == {one.name for one in load_events(path)}


def test_one_that_holds_the_events_for_ever_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_WAITS_S", 0.05)
    path = tmp_path / "events.json"
    with changing(path), pytest.raises(CollectError, match=r"events\.json\.lock: another program has held it"), changing(path):
        pass
    with changing(path):
        save_events(path, [event()])

    assert [event()] == list(load_events(path))


def test_without_a_name_it_is_the_day_and_the_sites() -> None:
    day = f"{NOW.astimezone():%Y-%m-%d}"

    assert f"{day} 北校 南校" == name_for((), ["南校", "北校"], NOW)
    assert f"{day} 2" == name_for([event(day)], [], NOW)


def test_the_event_of_the_last_release_goes_on(tmp_path: Path) -> None:
    before = tmp_path / "event.json"
    before.write_text(json.dumps({"sites": ["北校"], "until": (NOW + HOUR).isoformat(), "interval_s": 5.0}), encoding="utf-8")
    (found,) = load_events(tmp_path / "events.json")

    assert ("event", frozenset({"北校"}), 5.0) == (found.name, found.sites, found.interval_s)
    assert found.covers("北校", NOW)
    save_events(tmp_path / "events.json", [found])
    assert [found] == list(load_events(tmp_path / "events.json"))
    assert not before.exists()


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "{}", '{"events": 5}', '{"events": [{}]}'),
        '{"events": [{"name": "a", "sites": [], "from": "now", "until": "then", "interval_s": 1}]}',
        '{"events": [{"name": "a", "sites": [], "from": "2026-11-23T09:00Z", "until": "2026-11-23T09:00Z", "interval_s": 0}]}',
    ],
)
def test_a_file_that_holds_no_events_says_the_way_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "events.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"events\.json: these are no events; mend the file, or move it away"):
        load_events(path)


def test_events_that_cannot_be_written_say_so(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file", encoding="utf-8")

    with pytest.raises(CollectError, match="check the folder"):
        save_events(tmp_path / "spool" / "events.json", [event()])
