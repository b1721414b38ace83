r"""Samples in InfluxDB 1.6 to 3.x: line protocol in, InfluxQL out, the one pair of languages that all of them speak.

Everything goes through influxdb-client's connections and encoding: samples by its write API where the server has `/api/v2/write`
(1.8 and later), else to `/write`; InfluxQL, for which it has no words, to `/query`. What line protocol cannot hold is written as
other bytes that cannot be shown are: a control character, or a backslash at the end of a tag, as \xNN.
"""

from __future__ import annotations

import heapq
import io
import json
import logging
import math
import os
import re
import threading
import time
from base64 import b64encode
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from collectors.errors import ConfigError, StoreError
from collectors.metrics import AHEAD_S, ROLLUPS, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_LOG = logging.getLogger(__name__)

_LARGEST_BATCH = 5_000
"""Lines in one request: what InfluxData advises."""

_MOST_PARTS = 400
"""Requests at most for one batch: some fifteen bad lines are found by halves; where all are bad, that is no use (assumed)."""
_NAMED_CHARACTERS = 200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NOT_IN_A_TAG = re.compile(r"[\x00-\x1f\x7f]|\\\Z")
_CLIENTS_API = (1, 8)
"""The version from which on a server has the write API of influxdb-client (release notes of InfluxDB 1.8)."""
_CONNECT_MS = 5_000
"""How long a connection may take: a store on the same network takes milliseconds (assumed)."""
_FORM = "application/x-www-form-urlencoded"
_SINCE_A_CLOCK_WAS_WRONG = timedelta(minutes=10)
"""What is older than this says less of now than that a clock is wrong does (assumed)."""
_ABOUT_THE_POOL = re.compile(r"^(<[^>]*>|HTTP\w+\([^)]*\)): ")
"""What urllib3 writes before the reason of an error."""
_FORMS = "give influx1://HOST:PORT/DB or influx2://HOST:PORT/ORG/BUCKET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Samples that the server will never take: sending them again would change nothing."""

    count: int
    why: str
    found: tuple[tuple[str, str], ...] = ()
    """Series and reason of those that could be told from the others."""


@dataclass(slots=True)
class _Patience:
    """How many more requests the search for bad lines of one batch may take."""

    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a URL points. The password is not in it."""

    scheme: str
    host: str
    port: int
    org: str
    database: str

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def __str__(self) -> str:
        org = f"{self.org}/" if self.org else ""
        return f"{self.scheme}://{self.host}:{self.port}/{org}{self.database}"


def parsed(url: str) -> tuple[_Place, str, str]:
    """Place, user and password."""
    scheme = url.partition(":")[0]
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ConfigError(f"store url {scheme}: its host or port cannot be read; {_FORMS}") from None
    names = [unquote(name) for name in parts.path.strip("/").split("/")]
    if not host or len(names) != (1 if scheme == "influx1" else 2) or not all(names) or parts.query or parts.fragment:
        raise ConfigError(f"store url {scheme}: host, database or bucket missing, or too much; {_FORMS}")
    org, database = ("", names[0]) if scheme == "influx1" else (names[0], names[1])
    place = _Place(scheme=scheme, host=host, port=port or 8086, org=org, database=database)
    return place, unquote(parts.username or ""), unquote(parts.password or "")


class InfluxStore:
    """A `collectors.stores.store.Store` on a server. Nothing is asked of the server before the first read or write."""

    def __init__(
        self, url: str, *, read_only: bool = False, timeout_s: float = 30.0, clock: Callable[[], float] = time.time
    ) -> None:
        place, user, password = parsed(url)
        self._place, self._read_only, self._timeout_s = place, read_only, timeout_s
        self._lock = threading.Lock()
        self._clock = clock
        self._writer: Any = None
        self._client: Any = None
        self._closed = False
        self._prefixes: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
        if place.scheme == "influx1":
            user = os.environ.get("WIFIPLAN_INFLUX_USER", user)
            password = os.environ.get("WIFIPLAN_INFLUX_PASSWORD", password)
            self._token = f"{user}:{password}" if user else ""
            self._authorization = f"Basic {b64encode(self._token.encode()).decode()}" if user else ""
        else:
            self._token = os.environ.get("WIFIPLAN_INFLUX_TOKEN", "")
            self._authorization = f"Token {self._token}" if self._token else ""

    def __repr__(self) -> str:
        return f"InfluxStore('{self._place}')"

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        """Turn the network's errors into one line that names the server."""
        from urllib3.exceptions import HTTPError

        if self._closed:
            raise StoreError(f"{self._place}: the store was closed")
        try:
            yield
        except (HTTPError, OSError) as error:
            why = _ABOUT_THE_POOL.sub("", str(error)) or type(error).__name__
            raise StoreError(f"{self._place}: not reachable ({why}); start InfluxDB, or mend [store] url") from error

    def _connected(self) -> Any:
        """Give influxdb-client, which opens no connection before its first request."""
        from influxdb_client.client.influxdb_client import InfluxDBClient

        with self._lock:
            if self._client is None:
                self._client = InfluxDBClient(
                    url=self._place.base_url,
                    token=self._token,
                    org=self._place.org or "-",
                    timeout=(_CONNECT_MS, int(self._timeout_s * 1000)),
                )
            return self._client

    def _asked(self, method: str, path: str, content: str = "", **more: Any) -> Any:
        """Send a request of our own by the client's connections; give urllib3's response, whose body is not read yet."""
        from influxdb_client.rest import ApiException

        headers = {"Authorization": self._authorization} if self._authorization else {}
        if content:
            headers["Content-Type"] = content
        try:
            return self._connected().api_client.rest_client.request(
                method, f"{self._place.base_url}{path}", headers=headers, _preload_content=False, **more
            )
        except ApiException as error:
            return error.response

    def _fault(self, status: int, text: str) -> StoreError:
        names = (
            "WIFIPLAN_INFLUX_USER and WIFIPLAN_INFLUX_PASSWORD" if self._place.scheme == "influx1" else "WIFIPLAN_INFLUX_TOKEN"
        )
        way_out = {
            401: f"; check {names}",
            403: f"; check {names} and what they may do",
            404: f"; make the database or bucket {self._place.database}, or mend [store] url",
        }.get(status, "")
        return StoreError(f"{self._place}: HTTP {status}: {_message(text)}{way_out}")

    # Writing

    def encode(self, samples: Sequence[Sample]) -> list[str]:
        """Give one line of line protocol for each sample; one without fields gives none."""
        lines = []
        for sample in samples:
            if not sample.fields:
                continue
            key = sample.series
            prefix = self._prefixes.get(key)
            if prefix is None:
                prefix = self._prefixes[key] = _prefix(sample)
            if not all(map(math.isfinite, sample.fields.values())):
                raise ValueError(f"{sample.measurement}: a field is not a finite number")
            fields = ",".join([f"{name}={float(value)!r}" for name, value in sample.fields.items()])
            lines.append(f"{prefix} {fields} {(sample.time - _EPOCH) // _MICROSECOND}000")
        return lines

    def write(self, samples: Sequence[Sample]) -> int:
        """Store all samples; fewer are counted where the server refuses some for ever, which is logged."""
        lines = self.encode(samples)
        stored = 0
        for first in range(0, len(lines), _LARGEST_BATCH):
            batch = lines[first : first + _LARGEST_BATCH]
            refused = self.send(batch)
            stored += len(batch) - refused.count
        return stored

    def send(self, lines: Sequence[str]) -> Refused:
        """Write lines in one request.

        Raises
        ------
        StoreError
            They did not arrive, as far as is known, and may be sent again: a point sent twice is one point.
        """
        if self._read_only:
            raise StoreError(f"{self._place}: opened for reading only")
        return self._sent(lines, _Patience(_MOST_PARTS))

    def _sent(self, lines: Sequence[str], patience: _Patience) -> Refused:
        """Write lines; where the server does not say how many of them it refused, find the bad ones by halves."""
        if not lines:
            return Refused(count=0, why="")
        patience.left -= 1
        body = "\n".join(lines).encode()
        status, text = self._posted(body)
        if status == 404 and self._place.scheme == "influx1" and "database not found" in text:
            self._query(f"CREATE DATABASE {_quoted(self._place.database)}")
            status, text = self._posted(body)
        if status < 300:
            return Refused(count=0, why="")
        if status == 413 and len(lines) > 1:  # a proxy in front allows less: nginx 1 MiB unless told otherwise
            return self._halves(lines, _Patience(_MOST_PARTS))
        if status in (400, 413, 422):
            dropped = re.search(r"dropped=([1-9]\d*)", text)
            if dropped is None and len(lines) > 1 and patience.left > 0:
                return self._halves(lines, patience)
            found: tuple[tuple[str, str], ...] = ()
            if dropped is None and len(lines) == 1:
                found = ((lines[0].rpartition(" ")[0].rpartition(" ")[0][:_NAMED_CHARACTERS], _message(text)),)
            refused = Refused(count=min(int(dropped[1]), len(lines)) if dropped else len(lines), why=_message(text), found=found)
            _LOG.warning("%s: refused %d of %d samples: %s", self._place, refused.count, len(lines), refused.why)
            return refused
        raise self._fault(status, text)

    def _halves(self, lines: Sequence[str], patience: _Patience) -> Refused:
        half = len(lines) // 2
        first, second = self._sent(lines[:half], patience), self._sent(lines[half:], patience)
        return Refused(count=first.count + second.count, why=first.why or second.why, found=first.found + second.found)

    def _posted(self, body: bytes) -> tuple[int, str]:
        """Status and text of the server's answer."""
        if self._writer is None:  # two threads may both find it out, and find the same
            self._writer = self._write_with_client if self._has_clients_api() else self._write_plainly
        return self._writer(body)  # type: ignore[no-any-return]

    def _has_clients_api(self) -> bool:
        if self._place.scheme == "influx2":
            return True
        with self._plainly():
            answer = self._asked("GET", "/ping")
            answer.drain_conn()
        version = re.match(r"v?(\d+)\.(\d+)", answer.headers.get("X-Influxdb-Version", ""))
        if version is None:
            raise StoreError(f"{self._place}: that is no InfluxDB (GET /ping: HTTP {answer.status}); mend [store] url")
        return (int(version[1]), int(version[2])) >= _CLIENTS_API

    def _write_plainly(self, body: bytes) -> tuple[int, str]:
        with self._plainly():
            query = {"db": self._place.database, "precision": "ns"}
            answer = self._asked("POST", "/write", "text/plain; charset=utf-8", query_params=query, body=body)
            return answer.status, answer.data.decode(errors="replace")

    def _write_with_client(self, body: bytes) -> tuple[int, str]:
        from influxdb_client.client.write_api import SYNCHRONOUS
        from influxdb_client.domain.write_precision import WritePrecision
        from influxdb_client.rest import ApiException

        place = self._place
        try:
            with self._plainly():
                self._connected().write_api(write_options=SYNCHRONOUS).write(
                    bucket=place.database, org=place.org or "-", record=body, write_precision=WritePrecision.NS
                )
        except ApiException as error:
            return int(error.status or 0), str(error.body or error.reason or "")
        return 204, ""

    # Reading

    def read(
        self,
        measurement: str | None = None,
        *,
        site: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Sample]:
        """Samples by time, then series; streamed, so any number of them needs little memory."""
        where = [] if site is None else [f'"site" = {_text(_tag_value(site))}']
        if since is not None:
            where.append(f"time >= {(since - _EPOCH) // _MICROSECOND}000")
        if until is not None:
            where.append(f"time < {(until - _EPOCH) // _MICROSECOND}000")
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        names = self._measurements(measurement)
        streams = [self._stream(f"SELECT * FROM {_quoted(name)}{clause}") for name in names]  # noqa: S608  # quoted above
        merged = heapq.merge(*streams, key=lambda sample: sample.time)
        for _, same_time in groupby(merged, key=lambda sample: sample.time):
            yield from sorted(same_time, key=lambda sample: sample.series)

    def _stream(self, query: str) -> Iterator[Sample]:
        for series in self._results(query):
            columns = series["columns"]
            for row in series["values"]:
                yield _sample(series["name"], {}, columns, row)

    def latest(self, measurement: str | None = None, *, site: str | None = None) -> list[Sample]:
        """The newest sample of every series, by series."""
        where = [] if site is None else [f'"site" = {_text(_tag_value(site))}']
        found = []
        for name in self._measurements(measurement):
            newest = self._newest(name, where)
            limit = _EPOCH + timedelta(seconds=self._clock() + AHEAD_S)
            ahead = [sample for sample in newest if sample.time > limit]
            if ahead:  # written while a clock was wrong: what came since is older, and is what holds now
                since_ns, limit_ns = ((at - _EPOCH) // _MICROSECOND * 1000 for at in (limit - _SINCE_A_CLOCK_WAS_WRONG, limit))
                past = {s.series: s for s in self._newest(name, [*where, f"time > {since_ns}", f"time <= {limit_ns}"])}
                newest = [past.get(sample.series, sample) if sample.time > limit else sample for sample in newest]
            found += newest
        return sorted(found, key=lambda sample: sample.series)

    def _newest(self, name: str, where: Sequence[str]) -> list[Sample]:
        clause = f" WHERE {' AND '.join(where)}" if where else ""
        query = f"SELECT * FROM {_quoted(name)}{clause} GROUP BY * ORDER BY time DESC LIMIT 1"  # noqa: S608  # quoted above
        return [
            _sample(name, series.get("tags", {}), series["columns"], row)
            for series in self._results(query)
            for row in series["values"]
        ]

    def _measurements(self, measurement: str | None) -> list[str]:
        if measurement is not None:
            return [measurement]
        names = [row[0] for series in self._results("SHOW MEASUREMENTS") for row in series["values"]]
        return [name for name in names if name not in ROLLUPS]

    def prune(self, measurements: Collection[str], before: datetime) -> int:
        """Delete what is older, by InfluxQL's DELETE, which 1.x and 2.x have; the server does not say how many."""
        if self._read_only:
            raise StoreError(f"{self._place}: opened for reading only")
        limit = f"time < {(before - _EPOCH) // _MICROSECOND}000"
        there = {row[0] for series in self._results("SHOW MEASUREMENTS") for row in series["values"]}
        for name in sorted(there.intersection(measurements)):
            self._query(f"DELETE FROM {_quoted(name)} WHERE {limit}")  # noqa: S608  # quoted above
        return 0

    def _query(self, query: str) -> None:
        for _ in self._results(query):
            pass

    def _results(self, query: str) -> Iterator[dict[str, Any]]:
        """Series of the answer, chunk by chunk. A statement's error comes at HTTP 200, so every chunk is looked at."""
        form = {"db": self._place.database, "q": query, "epoch": "ns", "chunked": "true", "chunk_size": "5000"}
        with self._plainly(), closing(self._asked("POST", "/query", _FORM, post_params=form)) as answer:
            if answer.status != 200:
                raise self._fault(answer.status, answer.data.decode(errors="replace"))
            answer.auto_close = False  # it would be closed before the last of its lines is read
            for line in io.TextIOWrapper(answer, encoding="utf-8"):
                if not line.strip():
                    continue
                try:
                    chunk = json.loads(line)
                except ValueError:
                    raise StoreError(f"{self._place}: answered something that is not JSON; mend [store] url") from None
                for result in [chunk, *chunk.get("results", [])]:
                    if "error" in result:
                        hint = "; start `wifiplan collect`, or mend [store] url" if "not found" in result["error"] else ""
                        raise StoreError(f"{self._place}: {result['error']}{hint}")
                    yield from result.get("series", [])

    def backup(self, path: Path) -> None:
        """Not ours to do: the server has its own."""
        raise StoreError(f"{path}: {self._place} is backed up with InfluxDB's own tools (influxd backup, influx backup)")

    def close(self) -> None:
        """Give the connections back. Idempotent."""
        self._closed = True
        if self._client is not None:
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _prefix(sample: Sample) -> str:
    """Measurement and tags in line protocol, escaped by influxdb-client."""
    from influxdb_client.client.write import point as untyped

    point: Any = untyped.Point(sample.measurement)  # type: ignore[no-untyped-call]
    for name, value in sample.tags.items():
        point.tag(name, _tag_value(value))
    line: str = point.field("f", 0.0).time(0).to_line_protocol()
    return line.removesuffix(" f=0 0")


def _tag_value(value: str) -> str:
    """As it is stored: see the module's first words."""
    return _NOT_IN_A_TAG.sub(lambda bad: f"\\x{ord(bad[0]):02X}", value)


def _sample(measurement: str, tags: dict[str, str], columns: list[str], row: list[Any]) -> Sample:
    """Build a sample from a row. Every field was written as a number, so a text is a tag; null is absent."""
    time_ns = 0
    tags = {name: value for name, value in tags.items() if value}
    fields: dict[str, float] = {}
    for name, value in zip(columns, row, strict=True):
        if name == "time":
            time_ns = value
        elif isinstance(value, str):
            tags[name] = value
        elif value is not None:
            fields[name] = float(value)
    return Sample(measurement=measurement, time=_EPOCH + time_ns // 1000 * _MICROSECOND, tags=tags, fields=fields)


def _message(text: str) -> str:
    """The server's own words out of its JSON, in one line."""
    with suppress(ValueError, AttributeError):
        found = json.loads(text)
        text = found.get("error") or found.get("message") or text
    return " ".join(text.split())[:300]


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
