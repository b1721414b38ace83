"""Samples in one SQLite file: readers never wait for the writer, and a power cut loses no transaction that was committed."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.errors import ConfigError, StoreError, reason
from collectors.metrics import AHEAD_S, ROLLUPS, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from types import TracebackType
    from typing import Self

SCHEMA = 2
"""Version of the tables, in the file's `user_version`. A file of version 1 gets what it lacks, any other is refused by name."""

_APPLICATION = 0x77696669  # "wifi": tells our files from other programs' SQLite files

_TABLES = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    measurement TEXT NOT NULL,
    site TEXT NOT NULL,
    tags TEXT NOT NULL,
    UNIQUE (measurement, tags)
);
CREATE TABLE sample (
    time_us INTEGER NOT NULL,
    series INTEGER NOT NULL REFERENCES series,
    fields TEXT NOT NULL,
    PRIMARY KEY (time_us, series)
) WITHOUT ROWID;
CREATE TABLE latest (
    series INTEGER PRIMARY KEY REFERENCES series,
    time_us INTEGER NOT NULL,
    fields TEXT NOT NULL
);
"""
_ROLLUP_TABLE = """
CREATE TABLE rollup (
    series INTEGER NOT NULL REFERENCES series,
    time_us INTEGER NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (series, time_us)
) WITHOUT ROWID
"""
# Samples of one moment lie together, for all of them are written at once; rollups of one series, for they are read as such.

_ADD_SAMPLE = """
INSERT INTO sample (time_us, series, fields) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET fields = json_patch(fields, excluded.fields)
"""
_ADD_ROLLUP = """
INSERT INTO rollup (time_us, series, fields) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET fields = excluded.fields
"""
_ADD_LATEST = """
INSERT INTO latest (time_us, series, fields) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET
    fields = CASE WHEN excluded.time_us = time_us THEN json_patch(fields, excluded.fields) ELSE excluded.fields END,
    time_us = excluded.time_us
WHERE excluded.time_us >= time_us OR time_us > ?
"""
# The last value is the latest time that may be now: what lies beyond it was written when the clock was wrong, and never wins.

_READ = """
SELECT time_us, series, fields FROM sample
WHERE (?1 IS NULL AND ?2 IS NULL
       OR series IN (SELECT id FROM series WHERE measurement = ifnull(?1, measurement) AND site = ifnull(?2, site)))
  AND time_us >= ?3 AND time_us < ?4
ORDER BY time_us
"""
_READ_ROLLUP = """
SELECT time_us, series, fields FROM rollup
WHERE series IN (SELECT id FROM series WHERE measurement = ?1 AND site = ifnull(?2, site))
  AND time_us >= ?3 AND time_us < ?4
ORDER BY time_us
"""
_READ_LATEST = """
SELECT time_us, series, fields FROM latest
WHERE ?1 IS NULL AND ?2 IS NULL
   OR series IN (SELECT id FROM series WHERE measurement = ifnull(?1, measurement) AND site = ifnull(?2, site))
"""
_FOR_EVER = 2**62
_PRUNED_AT_ONCE, _SERIES_AT_ONCE = 20_000, 500
"""Rows, or series of rollups, deleted in one transaction: the writer of samples waits no longer than that takes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class SqliteStore:
    """A `collectors.stores.store.Store` in one file. One connection, guarded by a lock; any thread may use it."""

    def __init__(self, path: str | Path, *, read_only: bool = False, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = Path(path), clock
        self._read_only = read_only
        self._lock = threading.RLock()
        self._series: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
        self._names: dict[int, tuple[str, dict[str, str]]] = {}
        if not str(path):
            raise ConfigError("store url sqlite: names no file; give sqlite:PATH")
        if read_only and not self._path.exists():
            raise StoreError(f"{self._path}: no store there yet; start `wifiplan collect`, or mend [store] url")
        if not self._path.parent.is_dir():
            raise StoreError(f"{self._path}: its folder is not there; make {self._path.parent} or mend [store] url")
        if not read_only:
            with self._plainly_of_files():  # its journals get the same rights
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o640))
        self._connect("mode=ro" if read_only else "mode=rw")

    def _connect(self, how: str) -> None:
        with self._plainly():
            self._connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?{how}",
                uri=True,
                timeout=30.0,
                isolation_level=None,
                check_same_thread=False,
            )
        try:
            with self._plainly():
                try:
                    self._set_up()
                except sqlite3.OperationalError:
                    if how != "mode=ro" or not self._is_at_rest():
                        raise
                    self._connection.close()
                    self._connect("immutable=1")
        except BaseException:
            self._connection.close()
            raise

    def _is_at_rest(self) -> bool:
        """Whether nobody can write to the store, and nothing waits in its journal: a copy on a disc, or another user's."""
        journal = self._path.with_name(f"{self._path.name}-wal")
        with suppress(OSError):
            return not os.access(self._path.parent, os.W_OK) and (not journal.exists() or not journal.stat().st_size)
        return False

    @contextmanager
    def _plainly_of_files(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(f"{self._path}: unable to open ({reason(error)}); check its path and rights") from None

    def __repr__(self) -> str:
        return f"SqliteStore({str(self._path)!r})"

    def _set_up(self) -> None:
        query = self._connection.execute
        if not self._read_only:
            with self._transaction():  # two collectors may start at once
                if query("SELECT count(*) FROM sqlite_master").fetchone() == (0,) and self._version() == (0, 0):
                    for statement in (*_TABLES.split(";"), _ROLLUP_TABLE):
                        query(statement)
                    query(f"PRAGMA application_id = {_APPLICATION}")
                    query(f"PRAGMA user_version = {SCHEMA}")
                elif self._version() == (_APPLICATION, 1):
                    query(_ROLLUP_TABLE)
                    query(f"PRAGMA user_version = {SCHEMA}")
        application, version = self._version()
        if (
            self._read_only
            and (application, version) == (0, 0)
            and query("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        ):
            raise StoreError(f"{self._path}: an empty store, whose collector was stopped at once; start `wifiplan collect`")
        if application != _APPLICATION:
            raise StoreError(f"{self._path}: a SQLite file, but not a store of wifiplan; mend [store] url")
        if version != SCHEMA:
            if version == 1:
                raise StoreError(f"{self._path}: store version 1; `wifiplan collect` brings it up to version {SCHEMA}")
            age = "newer than" if version > SCHEMA else "not"
            raise StoreError(f"{self._path}: store version {version} is {age} this program's {SCHEMA}; update wifiplan")
        if not self._read_only:
            query("PRAGMA journal_mode = WAL")
            query("PRAGMA synchronous = FULL")  # a shelter's power fails; one fsync a cycle is cheap

    def _version(self) -> tuple[int, int]:
        query = self._connection.execute
        return int(query("PRAGMA application_id").fetchone()[0]), int(query("PRAGMA user_version").fetchone()[0])

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        """Turn SQLite's errors into one line that names the file."""
        try:
            yield
        except sqlite3.Error as error:
            text = str(error)
            if "malformed" in text or "disk I/O" in text:
                text += (
                    f"; the store is broken: stop the collector, move {self._path.name}* away and bring back the last backup, "
                    f"or save what can be read by `sqlite3 {self._path.name} .recover | sqlite3 new.sqlite`"
                )
            elif "not a database" in text:
                text += "; mend [store] url, or move that file away"
            elif "unable to open" in text or "readonly" in text:
                text += "; check its path and rights"
            elif "full" in text:
                text += "; make room on its disk"
            elif "locked" in text:
                text += " by another program for 30 s; stop that one"
            elif "closed" in text:
                text = "the store was closed"
            raise StoreError(f"{self._path}: {text}") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a full disk has rolled it back already
                self._connection.execute("ROLLBACK")
            raise

    def write(self, samples: Sequence[Sample]) -> int:
        """Store all samples in one transaction, `latest` and rollups with them."""
        if self._read_only:
            raise StoreError(f"{self._path}: opened for reading only")
        with self._lock, self._plainly():
            fresh: list[tuple[str, tuple[tuple[str, str], ...]]] = []
            try:
                with self._transaction():
                    rows: list[tuple[int, int, str]] = []
                    sums: list[tuple[int, int, str]] = []
                    for s in samples:
                        fields = _json({k: float(v) for k, v in s.fields.items()})
                        row = (_microseconds(s.time), self._series_id(s, fresh), fields)
                        (sums if s.measurement in ROLLUPS else rows).append(row)
                    self._connection.executemany(_ADD_SAMPLE, rows)
                    self._connection.executemany(_ADD_ROLLUP, sums)
                    last_us = int((self._clock() + AHEAD_S) * 1_000_000)
                    self._connection.executemany(_ADD_LATEST, [(*row, last_us) for row in (*rows, *sums)])
            except BaseException:
                for key in fresh:  # rolled back: these numbers may soon be another's
                    del self._series[key]
                raise
        return len(samples)

    def _series_id(self, sample: Sample, fresh: list[tuple[str, tuple[tuple[str, str], ...]]]) -> int:
        key = sample.series
        known = self._series.get(key)
        if known is not None:
            return known
        measurement, pairs = key
        tags = _json({name: value for name, value in pairs if value})
        query = self._connection.execute
        row = query("SELECT id FROM series WHERE measurement = ? AND tags = ?", (measurement, tags)).fetchone()
        if row is None:
            site = sample.tags.get("site", "")
            row = query(
                "INSERT INTO series (measurement, site, tags) VALUES (?, ?, ?) RETURNING id", (measurement, site, tags)
            ).fetchone()
        self._series[key] = int(row[0])
        fresh.append(key)
        return int(row[0])

    def read(
        self,
        measurement: str | None = None,
        *,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Sample]:
        """Samples by time, then series, as they stood when reading began."""
        rows = self._rows(
            _READ_ROLLUP if measurement in ROLLUPS else _READ,
            measurement,
            site,
            -_FOR_EVER if since is None else _microseconds(since),
            _FOR_EVER if until is None else _microseconds(until),
        )
        for _, same_time in groupby(rows, key=lambda row: row[0]):
            yield from sorted((self._sample(row) for row in same_time), key=lambda sample: sample.series)

    def latest(self, measurement: str | None = None, *, site: str | None = None) -> list[Sample]:
        """The newest sample of every series, by series; one small table, so it costs the same after a year."""
        found = map(self._sample, self._rows(_READ_LATEST, measurement, site))
        wanted = (sample for sample in found if measurement is not None or sample.measurement not in ROLLUPS)
        return sorted(wanted, key=lambda sample: sample.series)

    def prune(self, measurements: Collection[str], before: datetime) -> int:
        """Delete what is older, a part at a time; the writer goes on between."""
        if self._read_only:
            raise StoreError(f"{self._path}: opened for reading only")
        with self._lock, self._plainly():
            names = dict(self._connection.execute("SELECT id, measurement FROM series"))
        chosen = [number for number, name in names.items() if name in measurements]
        limit_us, deleted = _microseconds(before), 0
        sums = [number for number in chosen if names[number] in ROLLUPS]
        for first in range(0, len(sums), _SERIES_AT_ONCE):
            part = [(number, limit_us) for number in sums[first : first + _SERIES_AT_ONCE]]
            with self._lock, self._plainly(), self._transaction():
                deleted += self._connection.executemany("DELETE FROM rollup WHERE series = ? AND time_us < ?", part).rowcount
        if len(sums) == len(chosen):
            return deleted
        raw = json.dumps([number for number in chosen if names[number] not in ROLLUPS])
        oldest = (
            "DELETE FROM sample WHERE (time_us, series) IN (SELECT time_us, series FROM sample"
            " WHERE time_us < ?2 AND series IN (SELECT value FROM json_each(?1)) LIMIT ?3)"
        )
        while True:
            with self._lock, self._plainly(), self._transaction():
                gone = self._connection.execute(oldest, (raw, limit_us, _PRUNED_AT_ONCE)).rowcount
            deleted += gone
            if gone < _PRUNED_AT_ONCE:
                return deleted

    def _rows(self, query: str, *values: str | int | None) -> Iterator[tuple[int, int, str]]:
        with self._plainly():
            cursor = self._connection.execute(query, values)
            for row in cursor:  # noqa: UP028  (`yield from` closes the cursor, too late where the store was closed first)
                yield row

    def _sample(self, row: tuple[int, int, str]) -> Sample:
        time_us, series, fields = row
        if series not in self._names:
            with self._plainly():
                name = self._connection.execute("SELECT measurement, tags FROM series WHERE id = ?", (series,)).fetchone()
            self._names[series] = (name[0], json.loads(name[1]))
        measurement, tags = self._names[series]
        return Sample(measurement=measurement, time=_EPOCH + time_us * _MICROSECOND, tags=dict(tags), fields=json.loads(fields))

    def backup(self, path: Path) -> None:
        """Copy the whole store as it stands now and check the copy; the collector goes on meanwhile."""
        if path.exists():
            raise StoreError(f"{path}: there already; give a new file's name")
        part = path.with_name(f".{path.name}.part")
        try:
            part.unlink(missing_ok=True)
            with self._plainly_of_files():
                os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640))
            with self._plainly(), closing(sqlite3.connect(part)) as target:
                self._connection.backup(target)
                (found,) = target.execute("PRAGMA integrity_check(1)").fetchone()
                if found != "ok":
                    raise sqlite3.DatabaseError(f"malformed ({found.splitlines()[-1]}), so no copy was kept")
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)

    def close(self) -> None:
        """Give back the file. Idempotent."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
