"""What is InfluxDB's own: its two ways in, its ways of saying no, and its secrets. All against a real influxd 1.6."""

from __future__ import annotations

import http.server
import json
import logging
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from collectors.errors import ConfigError, StoreError
from collectors.metrics import Sample
from collectors.stores._influx import InfluxStore
from collectors.stores.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOON = datetime(2026, 8, 30, 12, tzinfo=UTC)


def sample(number: int = 0, *, at: datetime = NOON, **tags: str) -> Sample:
    tags = {"site": "s", "device": "d", "ap": f"AP-{number}", "ap_key": str(number), **tags}
    return Sample(measurement="wifi_ap", time=at, tags=tags, fields={"clients": float(number)})


def influxql(server: Any, query: str) -> list[dict[str, Any]]:
    """Series that the server answers, asked without any of our code."""
    answer = httpx.post(f"{server.base_url}/query", data={"db": "wifi", "q": query, "epoch": "ns"}).json()
    assert "error" not in answer["results"][0]
    return list(answer["results"][0].get("series", []))


class Recorded(http.server.BaseHTTPRequestHandler):
    """Stands where a server of another version would, says what it is told to and keeps what it was asked."""

    version = "1.8.10"
    status = 204
    body = b""
    seen: list[tuple[str, dict[str, str], bytes]]

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.path, dict(self.headers), asked))
        is_ping = self.path == "/ping"
        self.send_response(204 if is_ping else self.status)
        self.send_header("X-Influxdb-Version", self.version)
        if not is_ping and self.status != 204:
            self.send_header("Content-Length", str(len(self.body)))
            self.end_headers()
            self.wfile.write(self.body)
        else:
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def stand_in(version: str, status: int = 204, body: bytes = b"") -> Iterator[tuple[int, list[tuple[str, dict[str, str], bytes]]]]:
    seen: list[tuple[str, dict[str, str], bytes]] = []
    handler = type("Handler", (Recorded,), {"version": version, "status": status, "body": body, "seen": seen})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1], seen
        finally:
            server.shutdown()
            thread.join()


def test_the_database_is_made_when_the_first_sample_comes(influxd: Any) -> None:
    """A fresh server needs no hand; before that a reader is told plainly."""
    with open_store(influxd.store_url, read_only=True) as reader:
        with pytest.raises(StoreError, match=r"database not found: wifi; start `wifiplan collect`"):
            list(reader.read("wifi_ap"))
        with open_store(influxd.store_url) as store:
            assert 1 == store.write([sample()])
        assert [sample()] == list(reader.read())


def test_what_other_programs_see_is_plain(influxd: Any) -> None:
    """Grafana reads with InfluxQL of its own: one float per field, tags as they are, nanoseconds."""
    with open_store(influxd.store_url) as store:
        store.write([sample(3, at=NOON + timedelta(microseconds=7), ap="体育館 1, 西=窓側")])

    (series,) = influxql(influxd, 'SELECT * FROM "wifi_ap" GROUP BY *')
    assert {"ap": "体育館 1, 西=窓側", "ap_key": "3", "device": "d", "site": "s"} == series["tags"]
    assert [["time", "clients"], [[1788091200000007000, 3]]] == [series["columns"], series["values"]]
    assert [["clients", "float"]] == influxql(influxd, 'SHOW FIELD KEYS FROM "wifi_ap"')[0]["values"]


def test_what_line_protocol_cannot_hold_is_shown_as_bytes(influxd: Any) -> None:
    """A network called with a line break cannot break into the next line, and its site can still be asked for."""
    bad = sample(ap="a\nwifi_ap,ap=forged clients=9", site="end\\")
    with open_store(influxd.store_url) as store:
        store.write([bad, sample(1)])

        assert ["AP-1", r"a\x0Awifi_ap,ap=forged clients=9"] == sorted(s.tags["ap"] for s in store.read())
        assert [r"end\x5C"] == [s.tags["site"] for s in store.read(site="end\\")]


def test_a_sample_without_fields_says_nothing_and_is_no_trouble(influxd: Any) -> None:
    """And one with a number that is none is a fault of ours, found before anything is sent."""
    with open_store(influxd.store_url) as store:
        nothing = Sample(measurement="wifi_ap", time=NOON, tags={"site": "s"}, fields={})
        assert 1 == store.write([nothing, sample(1)])
        assert 0 == store.write([nothing])
        with pytest.raises(ValueError, match="not a finite number"):
            store.write([Sample(measurement="wifi_ap", time=NOON, tags={"site": "s"}, fields={"clients": float("inf")})])


def test_what_the_server_refuses_for_ever_is_counted_and_logged(influxd: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A field of another type and a point older than the retention: 400 with dropped=N, the others are kept."""
    influxql(influxd, 'CREATE DATABASE "wifi" WITH DURATION 1w')
    httpx.post(f"{influxd.base_url}/write", params={"db": "wifi"}, content="wifi_ap,ap=AP-0 up=true").raise_for_status()
    now = datetime.now(UTC).replace(microsecond=0)
    conflict = Sample(measurement="wifi_ap", time=now, tags={"site": "s", "ap": "AP-0"}, fields={"up": 1.0})
    with open_store(influxd.store_url) as store, caplog.at_level(logging.WARNING):
        assert 1 == store.write([sample(1, at=now), conflict])
        assert 2 == store.write([sample(2, at=now), sample(3, at=now - timedelta(days=30)), sample(4, at=now)])

        assert {"1", "2", "4"} == {s.tags["ap_key"] for s in store.read(since=now - timedelta(days=60)) if "ap_key" in s.tags}
    assert 2 == len(caplog.records)
    assert "refused 1 of 2 samples: partial write: field type conflict" in caplog.records[0].getMessage()
    assert "refused 1 of 3 samples: partial write: points beyond retention policy" in caplog.records[1].getMessage()


class Poisoned(InfluxStore):
    """A server that refuses a whole request with a bad line in it, and does not say how many it dropped; or says 0 of them."""

    def __init__(self, text: str = '{"error":"unable to parse"}') -> None:
        super().__init__("influx1://127.0.0.1:1/wifi")
        self.text, self.taken, self.requests = text, [], 0

    def _posted(self, body: bytes) -> tuple[int, str]:
        self.requests += 1
        lines = body.decode().split("\n")
        if any("poison" in line for line in lines):
            return 400, self.text
        self.taken += lines
        return 204, ""


@pytest.mark.parametrize("text", ['{"error":"unable to parse"}', "partial write: unable to parse dropped=0"])
def test_one_bad_line_never_takes_its_batch(text: str) -> None:
    """1 in 5,000: 4,999 are stored, and the one is named."""
    server = Poisoned(text)
    lines = [f"wifi_ap,ap=AP-{n} clients=1.0 {n}" for n in range(5_000)]
    lines[3_210] = "wifi_ap,ap=poison clients=1.0 3210"
    refused = server.send(lines)

    assert 4_999 == len(server.taken)
    assert (1, (("wifi_ap,ap=poison", refused.why),)) == (refused.count, refused.found)
    assert server.requests < 40


def test_a_batch_of_bad_lines_is_not_asked_about_one_by_one() -> None:
    server = Poisoned()
    refused = server.send([f"wifi_ap,ap=poison{n} clients=1.0 {n}" for n in range(5_000)])

    assert 5_000 == refused.count
    assert server.requests < 500


def test_both_ways_in_write_the_same(influxd: Any, nginx_v2: str) -> None:
    """influxdb-client through the v2 API, and /write: what one wrote the other reads."""
    with open_store(influxd.store_url) as plain, open_store(nginx_v2) as client:
        plain.write([sample(1)])
        client.write([sample(2), sample(1)])

        assert [sample(1), sample(2)] == list(plain.read()) == list(client.read())


def test_a_lot_is_sent_in_parts(influxd: Any) -> None:
    """Twelve thousand samples, more than one request and more than one answer hold."""
    many = [sample(n % 100, at=NOON + timedelta(seconds=n)) for n in range(12_000)]
    with open_store(influxd.store_url) as store:
        assert 12_000 == store.write(many)
        assert many == list(store.read())


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("1.6.7~rc0", "/write?db=wifi&precision=ns"),
        ("1.7.9", "/write?db=wifi&precision=ns"),
        ("1.8.10", "/api/v2/write?org=-&bucket=wifi&precision=ns"),
        ("1.11.8", "/api/v2/write?org=-&bucket=wifi&precision=ns"),
    ],
)
def test_the_version_decides_the_way_in(version: str, path: str) -> None:
    """1.6 and 1.7 have no v2 API; found out once."""
    with stand_in(version) as (port, seen), open_store(f"influx1://127.0.0.1:{port}/wifi") as store:
        store.write([sample(1)])
        store.write([sample(2)])

    assert ["/ping", path, path] == [asked[0] for asked in seen]
    assert b"wifi_ap,ap=AP-1,ap_key=1,device=d,site=s clients=1.0 1788091200000000000" == seen[1][2]


def test_secrets_go_to_the_server_and_nowhere_else(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """By the environment, in the header that each version wants; not in repr, errors or the log."""
    monkeypatch.setenv("WIFIPLAN_INFLUX_TOKEN", "s3cret")
    monkeypatch.setenv("WIFIPLAN_INFLUX_USER", "kashiwa")
    monkeypatch.setenv("WIFIPLAN_INFLUX_PASSWORD", "s3cret")
    said = []
    caplog.set_level(logging.DEBUG)
    for scheme, version, path, header in (
        ("influx1", "1.6.7", "wifi", "Basic a2FzaGl3YTpzM2NyZXQ="),
        ("influx1", "1.8.10", "wifi", "Token kashiwa:s3cret"),
        ("influx2", "v2.7.1", "city/wifi", "Token s3cret"),
    ):
        with stand_in(version, 401, b'{"error":"authorization failed"}') as (port, seen):
            with open_store(f"{scheme}://127.0.0.1:{port}/{path}") as store:
                with pytest.raises(StoreError, match=r"HTTP 401: authorization failed; check WIFIPLAN_INFLUX_") as caught:
                    store.write([sample()])
                with pytest.raises(StoreError):
                    list(store.read())
                said += [str(caught.value), repr(store), repr(vars(store)["_place"])]
            assert header == seen[-2][1]["Authorization"]
            assert "/query" == seen[-1][0]

    assert not [text for text in [*said, caplog.text] if "s3cret" in text]


def test_a_password_in_the_url_works_and_is_not_shown() -> None:
    """The form that COMMANDS.md allows; the environment is better."""
    with stand_in("1.6.7") as (port, seen), open_store(f"influx1://u:p%40ss@127.0.0.1:{port}/wifi") as store:
        store.write([sample()])

        assert f"InfluxStore('influx1://127.0.0.1:{port}/wifi')" == repr(store)
    assert "Basic dTpwQHNz" == seen[-1][1]["Authorization"]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (500, b'{"error":"retention policy not found: x"}', "HTTP 500: retention policy not found: x"),
        (503, b"overloaded", "HTTP 503: overloaded"),
        (
            404,
            b'{"code":"not found","message":"bucket \\"wifi\\" not found"}',
            'bucket "wifi" not found; make the database or bucket',
        ),
        (429, b"", "HTTP 429"),
    ],
)
def test_what_may_pass_is_an_error_to_try_again(status: int, body: bytes, words: str) -> None:
    """Not a refusal: the spool keeps these."""
    with (
        stand_in("v2.7.1", status, body) as (port, _),
        open_store(f"influx2://127.0.0.1:{port}/city/wifi") as store,
        pytest.raises(StoreError, match=words),
    ):
        store.write([sample()])


def test_an_error_in_an_answer_of_200_is_seen() -> None:
    """InfluxQL's errors come at HTTP 200, in any chunk."""
    good = {"results": [{"statement_id": 0, "series": [{"name": "m", "columns": ["time", "x"], "values": [[1, 1]]}]}]}
    body = json.dumps(good) + "\n" + json.dumps({"results": [{"statement_id": 0, "error": "shard is gone"}]})
    with stand_in("1.8.10", 200, body.encode()) as (port, _), open_store(f"influx1://127.0.0.1:{port}/wifi") as store:
        with pytest.raises(StoreError, match="shard is gone"):
            list(store.read("m"))
        with pytest.raises(StoreError, match="shard is gone"):
            store.latest("m")


def test_a_server_that_is_not_there_is_named(unused_port: Callable[[], int]) -> None:
    """Writing and reading, both ways in: one line with the address and the way out."""
    port = unused_port()
    for url in (f"influx1://127.0.0.1:{port}/wifi", f"influx2://127.0.0.1:{port}/city/wifi"):
        with open_store(url) as store:
            for attempt in (lambda store=store: store.write([sample()]), lambda store=store: list(store.read())):
                with pytest.raises(StoreError, match=rf"127.0.0.1:{port}/.*: not reachable .*; start InfluxDB, or mend"):
                    attempt()


def test_a_server_of_another_kind_is_named() -> None:
    """Something else listens there."""
    with (
        stand_in("") as (port, _),
        open_store(f"influx1://127.0.0.1:{port}/wifi") as store,
        pytest.raises(StoreError, match="that is no InfluxDB"),
    ):
        store.write([sample()])


@pytest.mark.parametrize(
    "url",
    [
        "influx1://",
        "influx1://host:8086",
        "influx1://host:8086/",
        "influx1://host:8086/a/b",
        "influx1://u:hunter2@host:port/wifi",
        "influx2://host:8086/wifi",
        "influx2://host:8086//wifi",
        "influx2://host:8086/city/wifi?token=hunter2",
    ],
)
def test_a_url_that_says_too_little_or_too_much_is_bad_input(url: str) -> None:
    """With the two forms that are known, and without the password."""
    with pytest.raises(ConfigError, match="influx2://HOST:PORT/ORG/BUCKET") as caught:
        open_store(url)

    assert "hunter2" not in str(caught.value)


def test_backups_are_the_servers_own(tmp_path: Any) -> None:
    """Said in one line."""
    with InfluxStore("influx1://127.0.0.1:1/wifi") as store, pytest.raises(StoreError, match="influxd backup"):
        store.backup(tmp_path / "copy")
