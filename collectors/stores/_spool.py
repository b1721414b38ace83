"""What the server did not take yet, kept on disk, and what was not kept at all, in a ledger.

Every sample goes through the spool on its way to InfluxDB: once `SpooledStore.write` returns, the sample is on the disk
and reaches the server, though either side is killed. A batch whose answer was lost is sent again; a point sent twice is
one point, so the effect is that of once.

A folder holds::

    000000000042.spool   segments: records of compressed line protocol, only ever appended to
    position             how far the oldest segment has been sent
    gaps.jsonl           the ledger, one JSON object a line, then NULs up to its reserved size
    lock                 held by the one collector that uses the folder
"""

from __future__ import annotations

import json
import logging
import os
import struct
import threading
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from collectors.errors import StoreError, reason
from collectors.stores.lock import Lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from collectors.metrics import Sample
    from collectors.stores._influx import InfluxStore

_LOG = logging.getLogger(__name__)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_MAGIC = b"wsp1"
_RECORD = struct.Struct("<4sIIqqI")  # magic, bytes of payload, samples, first and last time in us, CRC of payload
_CRC = struct.Struct("<I")  # of the record's header
_HEADER_BYTES = _RECORD.size + _CRC.size
_POSITION = struct.Struct("<qqI")  # segment, offset, CRC of both
_LINES_PER_REQUEST = 5_000
_LEDGER_STEP_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Samples of a span of time that are in no store, as `count` says how many, and why."""

    since: datetime
    until: datetime
    why: str
    count: int


class Ledger:
    """Gaps, in a file whose room is taken in advance: it can still be written when the disk is full."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: Gap | None = None
        self._start = self._end = 0
        self._lock = threading.Lock()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        except OSError as error:
            raise StoreError(f"{path}: {reason(error)}; give [store] spool a folder to write in") from None
        with suppress(OSError):
            self._reserve()
        self._start = self._end = len(path.read_bytes().rstrip(b"\0"))

    def _reserve(self) -> None:
        size = os.fstat(self._file).st_size
        if size - self._end < _LEDGER_STEP_BYTES // 8:
            os.posix_fallocate(self._file, size, _LEDGER_STEP_BYTES)
            os.fsync(self._file)

    def add(self, since: datetime, until: datetime, why: str, count: int) -> None:
        """Enter a gap. One that goes on for the same reason stays one line, which grows."""
        with self._lock:
            known = self._open
            if known is not None and known.why == why:
                since, until, count = min(known.since, since), max(known.until, until), known.count + count
            else:
                self._start = self._end
            self._open = Gap(since=since, until=until, why=why, count=count)
            line = _ledger_line(self._open)
            try:
                with suppress(OSError):
                    self._reserve()
                os.pwrite(self._file, line, self._start)
                self._end = self._start + len(line)
                os.fdatasync(self._file)
            except OSError as error:
                _LOG.error("%s: gap not entered (%s): %s", self._path, error, line.decode().strip())

    def close(self) -> None:
        """Give the file back. Idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _ledger_line(gap: Gap) -> bytes:
    entry = {"from": gap.since.isoformat(), "to": gap.until.isoformat(), "why": gap.why, "samples": gap.count}
    return (json.dumps(entry, ensure_ascii=False) + "\n").encode()


def read_gaps(path: Path) -> list[Gap]:
    """Gaps of a ledger, oldest entry first; none where there is no ledger. A line cut short by a crash is left out."""
    try:
        lines = path.read_bytes().rstrip(b"\0").split(b"\n")
    except FileNotFoundError:
        return []
    gaps = []
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):
            entry = json.loads(line)
            since, until = (datetime.fromisoformat(entry[key]) for key in ("from", "to"))
            gaps.append(Gap(since=since, until=until, why=str(entry["why"]), count=int(entry["samples"])))
    return gaps


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    segment: int
    end: int
    count: int
    since: datetime
    until: datetime
    payload: bytes | None  # None: damaged


class Spool:
    """A queue of line protocol on disk, first in, first out; one process, any thread.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    limit_bytes : int
        The segments never take more.

    Raises
    ------
    StoreError
        The folder cannot be used, or another collector uses it.
    """

    def __init__(self, folder: Path, *, limit_bytes: int = 512 * 2**20) -> None:
        self._folder, self._limit_bytes = folder, limit_bytes
        self._segment_bytes = max(64 * 1024, min(8 * 2**20, limit_bytes // 16))
        self._lock = threading.Lock()
        self._active = -1
        self._active_end = 0
        try:
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: {reason(error)}; give [store] spool a folder to write in") from None
        self._held = Lock(folder / "lock", what=str(folder), way_out="stop that one, or give [store] spool another folder")
        self._position_file = os.open(folder / "position", os.O_RDWR | os.O_CREAT, 0o640)
        self._sizes = {int(path.stem): path.stat().st_size for path in folder.glob("*.spool") if path.stem.isdigit()}
        self._next_segment = max(self._sizes, default=0) + 1
        self._segment, self._offset = self._read_position()
        self._write_position()  # takes its room before the disk is full
        for number in [n for n in self._sizes if n < self._segment]:
            self._remove(number)
        self.pending = sum(record.count for record in self._records(with_payload=False))
        """Samples that wait."""

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:012d}.spool"

    def _read_position(self) -> tuple[int, int]:
        """Where sending goes on; the oldest segment's start if it is not known, which sends some points twice."""
        oldest = min(self._sizes, default=self._next_segment)
        with suppress(struct.error):
            segment, offset, crc = _POSITION.unpack(os.pread(self._position_file, _POSITION.size, 0))
            if crc == zlib.crc32(struct.pack("<qq", segment, offset)) and segment in self._sizes:
                return int(segment), int(offset)
        return oldest, 0

    def _write_position(self) -> None:
        place = struct.pack("<qq", self._segment, self._offset)
        with suppress(OSError):  # a lost position only sends some points twice
            os.pwrite(self._position_file, place + _CRC.pack(zlib.crc32(place)), 0)

    @property
    def size_bytes(self) -> int:
        """What the segments take on disk."""
        return sum(self._sizes.values())

    def append(self, lines: Sequence[str], since: datetime, until: datetime) -> None:
        """Put lines on disk; when this returns they survive a crash and a power cut.

        Raises
        ------
        StoreError
            The spool or its disk is full: nothing was taken.
        """
        payload = zlib.compress("\n".join(lines).encode(), 1)
        first, last = ((time - _EPOCH) // _MICROSECOND for time in (since, until))
        header = _RECORD.pack(_MAGIC, len(payload), len(lines), first, last, zlib.crc32(payload))
        record = header + _CRC.pack(zlib.crc32(header)) + payload
        with self._lock:
            if self.size_bytes + len(record) > self._limit_bytes:
                raise StoreError(f"{self._folder}: spool full ({self._limit_bytes // 2**20} MiB); raise [store] spool_mb")
            try:
                self._write(record)
            except OSError as error:
                self._undo()
                why = reason(error)
                raise StoreError(f"{self._folder}: spool not writable ({why}); make room on its disk") from None
            self.pending += len(lines)

    def _write(self, record: bytes) -> None:
        if self._active < 0 or self._active_end >= self._segment_bytes:
            self._retire()
            self._active = os.open(self._path(self._next_segment), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)
            self._active_number, self._active_end = self._next_segment, 0
            self._sizes[self._active_number] = 0
            self._next_segment += 1
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        written = 0
        while written < len(record):
            written += os.pwrite(self._active, record[written:], self._active_end + written)
        os.fdatasync(self._active)
        self._active_end += len(record)
        self._sizes[self._active_number] = self._active_end

    def _undo(self) -> None:
        """Cut off what a failed write left, so that the next record follows the last whole one."""
        if self._active >= 0:
            try:
                os.ftruncate(self._active, self._active_end)
            except OSError:
                self._retire()

    def _retire(self) -> None:
        if self._active >= 0:
            os.close(self._active)
            self._active = -1

    def batch(self) -> tuple[list[str], list[_Record]]:
        """Give the oldest lines, about as many as one request takes, with their records; nothing when nothing waits."""
        lines: list[str] = []
        records: list[_Record] = []
        for record in self._records(with_payload=True):
            records.append(record)
            if record.payload is not None:
                lines += zlib.decompress(record.payload).decode().split("\n")
            if len(lines) >= _LINES_PER_REQUEST:
                break
        return lines, records

    def _records(self, *, with_payload: bool) -> Iterator[_Record]:
        """Whole records from the position on. What follows the last whole one of a segment was never acknowledged."""
        with self._lock:
            ends = sorted((number, size) for number, size in self._sizes.items() if number >= self._segment)
            start = self._segment, self._offset
        for number, end in ends:
            offset = start[1] if number == start[0] else 0
            with self._path(number).open("rb") as file:
                while offset + _HEADER_BYTES <= end:
                    file.seek(offset)
                    header = file.read(_HEADER_BYTES)
                    magic, length, count, since, until, crc = _RECORD.unpack(header[: _RECORD.size])
                    if magic != _MAGIC or _CRC.unpack(header[_RECORD.size :])[0] != zlib.crc32(header[: _RECORD.size]):
                        if any(header):
                            _LOG.warning("%s: nothing can be read from byte %d on", self._path(number), offset)
                        break
                    offset += _HEADER_BYTES + length
                    if offset > end:
                        break
                    payload = file.read(length) if with_payload else b""
                    is_whole = not with_payload or zlib.crc32(payload) == crc
                    yield _Record(
                        segment=number,
                        end=offset,
                        count=count,
                        since=_EPOCH + since * _MICROSECOND,
                        until=_EPOCH + until * _MICROSECOND,
                        payload=payload if is_whole else None,
                    )

    def done(self, records: Sequence[_Record]) -> None:
        """Forget the oldest records: the server has them."""
        last = records[-1]
        with self._lock:
            self._segment, self._offset = last.segment, last.end
            self._write_position()
            self.pending -= sum(record.count for record in records)
            for number in [n for n in self._sizes if n < last.segment]:
                self._remove(number)
            is_active = self._active >= 0 and last.segment == self._active_number
            if is_active and last.end == self._active_end >= self._segment_bytes // 8:
                self._retire()  # all of it is sent: give the room back before it is full
                self._remove(last.segment)

    def _remove(self, number: int) -> None:
        self._path(number).unlink(missing_ok=True)
        self._sizes.pop(number, None)

    def close(self) -> None:
        """Give the folder back. Idempotent."""
        with self._lock:
            self._retire()
            if self._position_file >= 0:
                os.close(self._position_file)
                self._position_file = -1
            self._held.close()


class SpooledStore:
    """A `collectors.stores.store.Store` that puts samples on disk first; `drain` brings them to the server."""

    def __init__(self, store: InfluxStore, spool: Spool, ledger: Ledger) -> None:
        self._store, self._spool, self.ledger = store, spool, ledger
        self.refused = 0
        """Samples that drained but are in no store: entered in the ledger."""
        self._draining = threading.Lock()
        self.read, self.latest, self.prune, self.backup = store.read, store.latest, store.prune, store.backup

    def __repr__(self) -> str:
        return f"SpooledStore({self._store!r})"

    @property
    def pending(self) -> int:
        """Samples on disk that the server has not confirmed."""
        return self._spool.pending

    @property
    def size_bytes(self) -> int:
        """What the spool takes on disk."""
        return self._spool.size_bytes

    def write(self, samples: Sequence[Sample]) -> int:
        """Put all samples on disk, or enter them in the ledger and raise `StoreError`."""
        lines = self._store.encode(samples)
        if not lines:
            return 0
        times = [sample.time for sample in samples]
        try:
            self._spool.append(lines, min(times), max(times))
        except StoreError as error:
            self.ledger.add(min(times), max(times), str(error), len(lines))
            raise
        return len(lines)

    def drain(self) -> int:
        """Send what waits until nothing does; the number of samples that the server took.

        Raises
        ------
        StoreError
            The server does not take them now. They stay.
        """
        stored = 0
        while self.pending:
            stored += self.drain_some()
        return stored

    def drain_some(self) -> int:
        """Send the oldest, about one request's worth; the number of samples that the server took."""
        with self._draining:
            lines, records = self._spool.batch()
            if not records:
                return 0
            refused = self._store.send(lines)
            since, until = records[0].since, records[-1].until
            for series, why in refused.found:
                self.ledger.add(since, until, f"refused: {series}: {why}", 1)
            if refused.count > len(refused.found):
                self.ledger.add(since, until, f"refused: {refused.why}", refused.count - len(refused.found))
            for record in records:
                if record.payload is None:
                    self.ledger.add(record.since, record.until, "damaged on the spool's disk", record.count)
            self._spool.done(records)
            stored = len(lines) - refused.count
            self.refused += sum(record.count for record in records) - stored
            return stored

    def close(self) -> None:
        """Give everything back; what waits stays on disk. Idempotent."""
        self._store.close()
        self._spool.close()
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
