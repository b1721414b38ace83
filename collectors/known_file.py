"""What devices counted by, kept over a restart: one file, so that what is missing then is still missed afterwards.

A collector that starts again in the middle of a disaster would else take the first answer of a controller that has lost half of
its access points for all there is. The file is read at the start, and written whole when other rows are known and at the end.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collectors.errors import CollectError
from collectors.files import read_json, write_whole
from collectors.profile.known_rows import KnownRows
from collectors.totals import FORGET_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LOG = logging.getLogger(__name__)

WRITE_AFTER_S, WRITE_EVERY_S = 30.0, 600.0
"""How long news waits for more of it before it is written, and how often counts are, which change always (assumed)."""
_MOST_OCTETS = 64 << 20


@dataclass(slots=True)
class _Device:
    """Whose rows they are (the same name may be another machine after a change of targets.toml), and when it last gave them."""

    identity: str
    known: KnownRows
    version: int
    at_s: float


class KnownFile:
    """The rows of all devices of a collector, by the names of their targets.

    Parameters
    ----------
    path : Path
        Where they are kept. A file that cannot be read is as none, and is said.
    clock : callable
        Seconds since 1970, which may be put; ages in the file are by it, and never negative.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._devices: dict[str, _Device] = {}
        self._written_s = self._changed_s = time.monotonic()
        self._has_news = False
        self._before = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        """Name -> what was kept; of whom was silent for so long that it would be forgotten, nothing."""
        now = self._clock()
        try:
            if not self._path.is_file() or self._path.stat().st_size > _MOST_OCTETS:
                return {}
            written = read_json(self._path, "remove it: what devices counted by is learned anew")
            return {name: row for name, row in written.items() if now - float(row["time"]) <= FORGET_S}
        except (CollectError, OSError, AttributeError, KeyError, TypeError, ValueError) as error:
            _LOG.warning("%s: %s; what was there before this start is not known", self._path, error)
            return {}

    def rows_of(self, name: str, identity: str) -> KnownRows:
        """What a device counted by before the start, if it is still the same one; else nothing."""
        written = self._before.pop(name, None)
        if written is None or written.get("identity") != identity:
            return KnownRows()
        age_s = max(0.0, self._clock() - float(written["time"]))
        try:
            return KnownRows.of_json(written, time.monotonic() - age_s)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            _LOG.warning("%s: what is kept of %s cannot be read (%r); it is learned anew", self._path, name, error)
            return KnownRows()

    def keep(self, name: str, identity: str, known: KnownRows) -> None:
        """Take note of what a device counts by now, and write all of it where it is time to."""
        device, now_s = self._devices.get(name), time.monotonic()
        if device is None or device.known is not known or device.version != known.version:
            self._devices[name] = _Device(identity, known, known.version, now_s)
            if not self._has_news:
                self._has_news, self._changed_s = True, now_s
        else:
            device.at_s = now_s
        if (self._has_news and now_s - self._changed_s >= WRITE_AFTER_S) or now_s - self._written_s >= WRITE_EVERY_S:
            self.write()

    def write(self) -> None:
        """Write it now. A disk that is full is said, and stops no poll. Who has asked nobody has nothing to write."""
        if not self._devices:
            return
        now_s, now = time.monotonic(), self._clock()
        self._written_s, self._has_news = now_s, False
        rows = {name: row for name, row in self._before.items() if now - float(row["time"]) <= FORGET_S}  # not asked yet
        for name, one in self._devices.items():
            if now_s - one.at_s <= FORGET_S:
                rows[name] = {"identity": one.identity, "time": now - (now_s - one.at_s), **one.known.to_json(one.at_s)}
        try:
            self._path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            write_whole(self._path, json.dumps(rows, ensure_ascii=False, separators=(",", ":")))
        except (CollectError, OSError) as error:
            _LOG.warning("what devices count by is not kept over a restart: %s", error)
