"""Events: an evacuation, a match, an exercise. Their sites are polled more often while they last, and they are kept for ever.

They stand in one file beside the spool, which a running collector follows: they survive a restart, and another process may start
and stop them. What was planned for is kept with them, for the review that comes afterwards.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from collectors.errors import CollectError, ConfigError, reason
from collectors.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from collectors.config import Config

EVENT_INTERVAL_S = 10.0
_BEFORE = "event.json"
"""The file of the one event that there could be before there could be several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Sites that are polled more often from a time to a time. No sites are all sites. `planned` people are by site."""

    name: str
    sites: frozenset[str]
    since: datetime
    until: datetime
    interval_s: float = EVENT_INTERVAL_S
    planned: Mapping[str, float] = field(default_factory=dict)

    def goes_on(self, now: datetime) -> bool:
        """Whether it is now."""
        return self.since <= now < self.until

    def covers(self, site: str, now: datetime) -> bool:
        """Whether a site is polled by it now."""
        return self.goes_on(now) and (not self.sites or site in self.sites)

    def to_json(self) -> dict[str, Any]:
        """What is written down of it."""
        return {
            "name": self.name,
            "sites": sorted(self.sites),
            "from": self.since.isoformat(),
            "until": self.until.isoformat(),
            "interval_s": self.interval_s,
            "planned": dict(sorted(self.planned.items())),
        }


def events_path(config: Config) -> Path:
    """Where the events of a collector stand."""
    return config.spool / "events.json"


def load_events(path: Path) -> tuple[Event, ...]:
    """Read all events there ever were, the first ones first; one of the last release's file comes with them.

    Raises
    ------
    ConfigError
        A file is of another form.
    """
    found = _read(path, lambda written: [_event(one) for one in written["events"]])
    before = path.with_name(_BEFORE)
    return (*found, *_read(before, lambda written: [_event({"name": "event", "from": _EARLY, **written})]))


_EARLY = "1970-01-01T00:00:00+00:00"


def _read(path: Path, events: Any) -> list[Event]:
    try:
        found: list[Event] = events(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise ConfigError(
            f"{path}: these are no events; mend the file, or move it away (it is the record of all events)"
        ) from None
    return found


def _event(written: Mapping[str, Any]) -> Event:
    since, until = (datetime.fromisoformat(written[key]).astimezone(UTC) for key in ("from", "until"))
    planned = {str(site): float(people) for site, people in written.get("planned", {}).items()}
    event = Event(
        name=str(written["name"]),
        sites=frozenset(map(str, written["sites"])),
        since=since,
        until=until,
        interval_s=float(written["interval_s"]),
        planned=planned,
    )
    if not (math.isfinite(event.interval_s) and event.interval_s > 0) or not all(map(math.isfinite, planned.values())):
        raise ValueError("interval_s")
    return event


def save_events(path: Path, events: Iterable[Event]) -> None:
    """Write all events, whole or not at all.

    Raises
    ------
    CollectError
        The folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        written = {"events": [event.to_json() for event in events]}
        write_whole(path, json.dumps(written, ensure_ascii=False, indent=1), way_out="check the folder")
        path.with_name(_BEFORE).unlink(missing_ok=True)
    except OSError as error:
        raise CollectError(f"{path}: cannot be written ({reason(error)}); check the folder") from None


_WAITS_S = 10.0
"""Whoever changes the events is done in a moment (assumed)."""


@contextmanager
def changing(path: Path) -> Iterator[None]:
    """Keep others from changing the events meanwhile: two that start one at once must both find theirs.

    Raises
    ------
    CollectError
        Another holds them for too long, or the folder cannot be written.
    """
    lock = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        file = os.open(lock, os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        raise CollectError(f"{lock}: cannot be written ({reason(error)}); check the folder") from None
    try:
        until_s = time.monotonic() + _WAITS_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() > until_s:
                    raise CollectError(f"{lock}: another program has held it for {_WAITS_S:g} s; try again") from None
                time.sleep(0.02)
            else:
                break
        yield
    finally:
        os.close(file)


def started(events: Sequence[Event], event: Event) -> tuple[Event, ...]:
    """Add an event.

    Raises
    ------
    ConfigError
        There was one of its name.
    """
    if any(one.name == event.name for one in events):
        raise ConfigError(f"{event.name}: there was an event of this name; give another one")
    return (*events, event)


def stopped(events: Sequence[Event], name: str | None, now: datetime) -> tuple[tuple[Event, ...], Event]:
    """End an event now; without a name the one that goes on. Give all events, and the one that was ended.

    Raises
    ------
    ConfigError
        None of this name goes on, or several do and no name says which.
    """
    going_on = [event for event in events if event.goes_on(now)]
    chosen = [event for event in going_on if name in (None, event.name)]
    if len(chosen) != 1:
        names = ", ".join(event.name for event in going_on) or "none"
        raise ConfigError(f"{name or 'event stop'}: which event is to end? these go on: {names}")
    ended = replace(chosen[0], until=now)
    return tuple(ended if event is chosen[0] else event for event in events), ended


def name_for(events: Sequence[Event], sites: Iterable[str], at: datetime) -> str:
    """Name an event by its day, here, and its sites."""
    where = " ".join(sorted(sites)[:3])
    plain = f"{at.astimezone():%Y-%m-%d} {where}".strip()
    taken = {event.name for event in events}
    return next(name for name in (plain, *(f"{plain} {n}" for n in range(2, len(taken) + 3))) if name not in taken)
