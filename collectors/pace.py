"""How often a device is polled: at its interval; slower while it is dead; faster where there is an event, for a set time.

The event stands in a file beside the spool, which the collector follows: it survives a restart, and another process may set it.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collectors.errors import CollectError, ConfigError, reason
from collectors.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.config import Config

EVENT_INTERVAL_S = 10.0
DEAD_AFTER = 3
"""Failed polls in a row after which a device is asked only every other interval: often enough that its state stays known."""
SOON_S = 5.0
"""From one poll to the next that a notification asks for, at the least: many of them give one more poll."""
FIRST_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Sites that are polled more often until a time. No sites are all sites."""

    sites: frozenset[str]
    until: datetime
    interval_s: float = EVENT_INTERVAL_S

    def covers(self, site: str, now: datetime) -> bool:
        """Whether a site is polled by it now."""
        return now < self.until and (not self.sites or site in self.sites)


def event_path(config: Config) -> Path:
    """Where the event of a collector stands."""
    return config.spool / "event.json"


def load_event(path: Path) -> Event | None:
    """Read the event, if there is one; it may be over.

    Raises
    ------
    ConfigError
        The file is of another form.
    """
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        until = datetime.fromisoformat(written["until"]).astimezone(UTC)
        event = Event(sites=frozenset(map(str, written["sites"])), until=until, interval_s=float(written["interval_s"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        raise ConfigError(f"{path}: this is no event; run `wifiplan event stop`, or remove the file") from None
    if not (math.isfinite(event.interval_s) and event.interval_s > 0):
        raise ConfigError(f"{path}: interval_s {event.interval_s}; run `wifiplan event stop`, or remove the file")
    return event


def save_event(path: Path, event: Event | None) -> None:
    """Write the event, whole or not at all; None removes it.

    Raises
    ------
    CollectError
        The folder cannot be written.
    """
    try:
        if event is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise CollectError(f"{path}: cannot be written ({reason(error)}); check the folder") from None
    written = {"sites": sorted(event.sites), "until": event.until.isoformat(), "interval_s": event.interval_s}
    write_whole(path, json.dumps(written, ensure_ascii=False), way_out="check the folder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The times at which one target is polled: a phase of its own, so that not all come at once. Seconds are monotonic."""

    share: float
    start_s: float

    @classmethod
    def of(cls, name: str, start_s: float) -> Grid:
        """Give a target its phase by its name: it keeps it over restarts."""
        return cls(share=int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32, start_s=start_s)

    def first_s(self, interval_s: float) -> float:
        """When it is polled first: soon after the start."""
        return self.start_s + self.share * min(interval_s, FIRST_WITHIN_S)

    def next_s(self, began_s: float, now_s: float, interval_s: float, failures: int) -> float:
        """When it is polled next after a poll that began then; never twice within half an interval."""
        earliest_s = max(now_s, began_s + interval_s * (1.5 if failures >= DEAD_AFTER else 0.5))
        grid_s = self.start_s + self.share * interval_s
        return grid_s + math.ceil((earliest_s - grid_s) / interval_s) * interval_s
