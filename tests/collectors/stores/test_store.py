"""Every store gives back what it was given. The same rules for SQLite and for InfluxDB."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from collectors.errors import CollectError, ConfigError, StoreError
from collectors.metrics import Sample
from collectors.stores.store import open_store

ROOT = Path(__file__).resolve().parents[3]
NOON = datetime(2026, 8, 30, 12, 0, 0, 123456, tzinfo=UTC)
AP = "体育館 1, 西=窓側"


def sample(clients: float = 3, *, at: datetime = NOON, ap: str = AP, site: str = "柏第一小", **more: str) -> Sample:
    tags = {"site": site, "device": "wlc", "ap": ap, "ap_key": "00:11:22:33:44:55", **more}
    return Sample(measurement="wifi_ap", time=at, tags=tags, fields={"clients": clients, "up": 1.0})


@pytest.fixture(params=["sqlite", "influx1", "influx2"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind; influx2 is influxdb-client's own way, through nginx to the same 1.6 server."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'store.sqlite'}"
    server = request.getfixturevalue("influxd")
    httpx.post(f"{server.base_url}/query", data={"q": 'CREATE DATABASE "wifi"'}).raise_for_status()
    if request.param == "influx1":
        return str(server.store_url)
    return str(request.getfixturevalue("nginx_v2"))


def test_what_is_written_is_read_back(url: str) -> None:
    """Names of any script and punctuation, microseconds, and every field."""
    written = [sample(), sample(4, at=NOON + timedelta(microseconds=1)), sample(5, ap=r"back\slash \xE3")]
    with open_store(url) as store:
        assert 3 == store.write(written)

        assert [written[0], written[2], written[1]] == sorted(store.read(), key=lambda s: (s.time, s.fields["clients"]))


def test_no_samples_are_no_trouble(url: str) -> None:
    """An empty cycle is not an error."""
    with open_store(url) as store:
        assert 0 == store.write([])
        assert [] == list(store.read())
        assert [] == store.latest()


def test_a_sample_written_twice_is_kept_once(url: str) -> None:
    """Replay is safe; and a field that arrives later joins the sample it belongs to."""
    later_field = Sample(measurement="wifi_ap", time=NOON, tags=sample().tags, fields={"uptime_s": 60.0})
    with open_store(url) as store:
        store.write([sample(3), sample(3)])
        store.write([sample(4), later_field])

        assert [{"clients": 4.0, "up": 1.0, "uptime_s": 60.0}] == [s.fields for s in store.read()]
        assert [{"clients": 4.0, "up": 1.0, "uptime_s": 60.0}] == [s.fields for s in store.latest()]


def test_samples_come_by_time_then_series(url: str) -> None:
    """Whatever the order of writing."""
    minutes = [NOON + timedelta(minutes=m) for m in (2, 0, 1)]
    with open_store(url) as store:
        store.write([sample(at=at, ap=ap) for at in minutes for ap in ("b", "a")])
        found = [(s.time, s.tags["ap"]) for s in store.read()]

        assert [(at, ap) for at in sorted(minutes) for ap in ("a", "b")] == found


def test_reading_can_be_narrowed(url: str) -> None:
    """By measurement, by site, from a time (inclusive) until a time (exclusive)."""
    other = Sample(measurement="device", time=NOON, tags={"site": "北 'o\\x\"", "device": "ap"}, fields={"reachable": 0.0})
    with open_store(url) as store:
        store.write([sample(m, at=NOON + timedelta(minutes=m)) for m in range(4)] + [other])

        assert [other] == list(store.read("device"))
        assert [other] == list(store.read(site="北 'o\\x\""))
        assert [] == list(store.read("wifi_ap", site="北 'o\\x\""))
        part = store.read("wifi_ap", since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=3))
        assert [1.0, 2.0] == [s.fields["clients"] for s in part]


def test_latest_is_the_newest_of_every_series(url: str) -> None:
    """A sample that arrives late, from the spool, does not hide a newer one."""
    with open_store(url) as store:
        store.write([sample(7, at=NOON), sample(1, at=NOON, ap="AP-1")])
        store.write([sample(6, at=NOON - timedelta(minutes=1)), sample(2, at=NOON + timedelta(minutes=1), ap="AP-1")])

        assert {AP: 7.0, "AP-1": 2.0} == {s.tags["ap"]: s.fields["clients"] for s in store.latest("wifi_ap")}
        assert [] == store.latest("wifi_ap", site="elsewhere")
        assert [] == store.latest("device")
        assert 2 == len(store.latest(site="柏第一小"))


def test_what_was_written_by_a_clock_that_was_ahead_never_wins_over_now(url: str) -> None:
    """Until something newer is written it is all that there is; what comes then is what holds, though its time is earlier."""
    now = datetime.now(UTC).replace(microsecond=0)
    with open_store(url) as store:
        store.write([sample(9, at=now + timedelta(hours=9)), sample(8, at=now + timedelta(hours=9), ap="AP-1")])
        store.write([sample(3, at=now)])

        assert {AP: 3.0, "AP-1": 8.0} == {s.tags["ap"]: s.fields["clients"] for s in store.latest("wifi_ap")}
        store.write([sample(2, at=now - timedelta(minutes=1))])
        assert 3.0 == next(s.fields["clients"] for s in store.latest("wifi_ap") if s.tags["ap"] == AP)


def test_rollups_are_read_by_name_only(url: str) -> None:
    """They are sums of what is there already; one written again, fuller after a restart, replaces the first."""
    minutes = [
        Sample(
            measurement="wifi_site_1m", time=NOON + timedelta(minutes=m), tags={"site": site}, fields={"clients": 10.0 * m + n}
        )
        for m in range(3)
        for n, site in enumerate(("a", "b"))
    ]
    again = replace(minutes[0], fields={"clients": 99.0})
    with open_store(url) as store:
        store.write([sample(), *minutes])
        store.write([again])

        assert [sample()] == list(store.read()) == store.latest()
        assert [again, *minutes[1:]] == list(store.read("wifi_site_1m"))
        assert minutes[3::2] == list(store.read("wifi_site_1m", site="b", since=NOON + timedelta(minutes=1)))
        assert minutes[4:] == store.latest("wifi_site_1m")


def test_what_is_old_is_deleted_and_the_rest_stays(url: str) -> None:
    """By measurement and age: samples go, their rollups stay longer."""
    hours = [NOON + timedelta(hours=h) for h in range(4)]
    sums = [Sample(measurement="wifi_site_1m", time=at, tags={"site": "s"}, fields={"clients": 1.0}) for at in hours]
    with open_store(url) as store:
        store.write([sample(at=at) for at in hours] + sums)
        store.prune(("wifi_ap", "device"), hours[2])

        assert hours[2:] == [s.time for s in store.read()]
        assert hours == [s.time for s in store.read("wifi_site_1m")]
        store.prune(("wifi_site_1m",), hours[3])
        assert hours[3:] == [s.time for s in store.read("wifi_site_1m")]
        assert hours[2:] == [s.time for s in store.read()]
        with open_store(url, read_only=True) as reader, pytest.raises(StoreError, match="reading only"):
            reader.prune(("wifi_ap",), hours[3])


def test_an_empty_tag_is_an_absent_tag(url: str) -> None:
    """InfluxDB knows no empty tags, so no store does: the same series everywhere."""
    with open_store(url) as store:
        store.write([sample(1, band=""), sample(2, at=NOON + timedelta(seconds=1))])

        assert [sample().tags] * 2 == [s.tags for s in store.read()]
        assert 1 == len(store.latest())


def test_a_number_is_always_a_float(url: str) -> None:
    """One vendor's -95 must not meet another's -95.5 as a type conflict."""
    tags = {"site": "s", "device": "d", "ap": "a", "ap_key": "k", "radio": "0", "band": "5"}
    whole, half = (
        Sample(measurement="wifi_radio", time=NOON + timedelta(seconds=i), tags=tags, fields={"noise_dbm": value})
        for i, value in enumerate((-95, -95.5))
    )
    with open_store(url) as store:
        store.write([whole])
        store.write([half])

        assert [(-95.0, float), (-95.5, float)] == [(s.fields["noise_dbm"], type(s.fields["noise_dbm"])) for s in store.read()]


def test_a_reader_sees_the_writers_samples_at_once(url: str) -> None:
    """Dashboards read while the collector writes, and cannot write themselves."""
    with open_store(url) as writer:
        writer.write([sample(1)])
        with open_store(url, read_only=True) as reader:
            assert 1 == len(reader.latest())
            writer.write([sample(2, at=NOON + timedelta(minutes=1))])

            assert [2.0] == [s.fields["clients"] for s in reader.latest()]
            with pytest.raises(StoreError, match="reading only"):
                reader.write([sample()])


def test_threads_share_a_store(url: str) -> None:
    """Streamlit's sessions are threads, and the service writes from a worker thread."""
    faults: list[BaseException] = []
    with open_store(url) as store:

        def work(number: int) -> None:
            try:
                for i in range(20):
                    store.write([sample(i, ap=f"AP-{number}-{i}")])
                    store.latest()
            except BaseException as error:  # noqa: BLE001
                faults.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [] == faults
        assert 80 == len(store.latest())


def test_a_closed_store_says_so(url: str) -> None:
    """Closing twice is fine; using it afterwards is one clear error."""
    store = open_store(url)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.write([sample()])


def test_a_reader_that_goes_away_in_the_middle_leaves_no_word(tmp_path: Path) -> None:
    """As `wifiplan samples | head` does: the store is closed before what was not read."""
    with open_store(f"sqlite:{tmp_path / 'store.sqlite'}") as store:
        store.write([sample(at=NOON + timedelta(minutes=m)) for m in range(3)])
        reading = iter(store.read())
        next(reading)

    reading.close()  # type: ignore[attr-defined]  # it is a generator
    with pytest.raises(StopIteration):
        next(reading)


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    """A number that is none fails the batch, and the series it would have made are not remembered."""
    with open_store(f"sqlite:{tmp_path / 's'}") as store:
        with pytest.raises(ValueError, match="JSON compliant"):
            store.write([sample(1), sample(float("nan"), ap="bad")])
        assert [] == list(store.read())

        store.write([sample(2, ap="bad")])
        store.write([sample(3)])
        assert {"bad": 2.0, AP: 3.0} == {s.tags["ap"]: s.fields["clients"] for s in store.latest()}


def test_a_store_that_is_not_there_is_named_to_a_reader(tmp_path: Path) -> None:
    """And nothing is made where it was looked for."""
    with pytest.raises(StoreError, match=r"store.sqlite: no store there yet; start `wifiplan collect`"):
        open_store(f"sqlite:{tmp_path / 'store.sqlite'}", read_only=True)

    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A misspelt path makes no folders."""
    with pytest.raises(StoreError, match=r"its folder is not there; make .*typo"):
        open_store(f"sqlite:{tmp_path / 'typo' / 'store.sqlite'}")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    """The user's own file under the store's name is not harmed."""
    path = tmp_path / "store.sqlite"
    path.write_text("my shopping list\n" * 100)

    for read_only in (False, True):
        with pytest.raises(StoreError, match="not a database"):
            open_store(f"sqlite:{path}", read_only=read_only)
    assert "my shopping list\n" * 100 == path.read_text()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """Nor is another program's."""
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()

    with pytest.raises(StoreError, match="not a store of wifiplan"):
        open_store(f"sqlite:{path}")


_KILLED_BEFORE_ITS_TABLES = """
import os, signal, sqlite3, sys
from collectors.stores import _sqlite
statements = iter(range(int(sys.argv[2])))
class Dying(sqlite3.Connection):
    def execute(self, *given):
        done = super().execute(*given)
        if next(statements, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
connect = sqlite3.connect
_sqlite.sqlite3.connect = lambda *a, **k: connect(*a, factory=Dying, **k)
_sqlite.SqliteStore(sys.argv[1])
"""


@pytest.mark.parametrize("statements", [1, 6])
def test_a_store_whose_collector_was_killed_before_it_had_tables_is_empty_and_goes_on(tmp_path: Path, statements: int) -> None:
    path = tmp_path / "store.sqlite"
    command = [sys.executable, "-c", _KILLED_BEFORE_ITS_TABLES, str(path), str(statements)]
    assert -signal.SIGKILL == subprocess.run(command, cwd=ROOT, check=False).returncode
    with pytest.raises(StoreError, match="an empty store, whose collector was stopped at once; start `wifiplan collect`"):
        open_store(f"sqlite:{path}", read_only=True)
    with open_store(f"sqlite:{path}") as store:
        assert 1 == store.write([sample()])


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    """A store written by a newer program is not guessed at."""
    path = tmp_path / "store.sqlite"
    open_store(f"sqlite:{path}").close()
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()

    for read_only in (False, True):
        with pytest.raises(StoreError, match="version 99 is newer than this program's"):
            open_store(f"sqlite:{path}", read_only=read_only)


def test_a_store_of_version_1_gets_its_rollup_table(tmp_path: Path) -> None:
    """From the collector; a reader says what to do."""
    path = tmp_path / "store.sqlite"
    with open_store(f"sqlite:{path}") as store:
        store.write([sample()])
    with sqlite3.connect(path) as raw:
        raw.executescript("DROP TABLE rollup; PRAGMA user_version = 1")
    raw.close()

    with pytest.raises(StoreError, match="store version 1; `wifiplan collect` brings it up to version 2"):
        open_store(f"sqlite:{path}", read_only=True)
    open_store(f"sqlite:{path}").close()
    with open_store(f"sqlite:{path}", read_only=True) as store:
        assert [sample()] == list(store.read())
        assert [] == list(store.read("wifi_ap_5m"))


def test_much_that_is_old_is_deleted_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer waits for no more than one part."""
    monkeypatch.setattr("collectors.stores._sqlite._PRUNED_AT_ONCE", 7)
    with open_store(f"sqlite:{tmp_path / 's'}") as store:
        store.write([sample(at=NOON + timedelta(minutes=m), ap=f"AP-{n}") for m in range(10) for n in range(5)])
        assert 40 == store.prune(("wifi_ap",), NOON + timedelta(minutes=8))
        assert 10 == len(list(store.read()))


@pytest.mark.parametrize("bad", ["mysql://user:hunter2@db/wifi", "store.sqlite", "sqlite:", "", "influx://h/db"])
def test_an_unknown_url_is_bad_input(bad: str) -> None:
    """One line with the forms that are known, and never a password."""
    with pytest.raises(ConfigError, match="sqlite:PATH") as caught:
        open_store(bad)

    assert 2 == caught.value.exit_code
    assert "hunter2" not in str(caught.value)
    assert isinstance(caught.value, CollectError)


def test_a_backup_is_whole_while_the_writer_goes_on(tmp_path: Path) -> None:
    """A copy taken between two transactions of a writer opens and holds only whole ones."""
    url = f"sqlite:{tmp_path / 'store.sqlite'}"
    copies = tmp_path / "copies"
    copies.mkdir()
    with open_store(url) as writer, open_store(url, read_only=True) as reader:
        for minute in range(3):
            writer.write([sample(minute, at=NOON + timedelta(minutes=minute), ap=f"AP-{n}") for n in range(100)])
            reader.backup(copies / f"{minute}.sqlite")
        with pytest.raises(StoreError, match="there already"):
            reader.backup(copies / "0.sqlite")

    assert ["0.sqlite", "1.sqlite", "2.sqlite"] == sorted(p.name for p in copies.iterdir())
    for minute in range(3):
        with open_store(f"sqlite:{copies / f'{minute}.sqlite'}", read_only=True) as copy:
            assert 100 * (minute + 1) == len(list(copy.read()))


KILLED_WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from collectors.metrics import Sample
from collectors.stores.store import open_store
store = open_store(sys.argv[1])
for minute in range(10**6):
    at = datetime(2026, 8, 30, tzinfo=UTC) + timedelta(minutes=minute)
    tags = [{"site": "s", "ap": str(n)} for n in range(50)]
    store.write([Sample(measurement="wifi_ap", time=at, tags=t, fields={"clients": 1.0}) for t in tags])
    print(minute, flush=True)
"""


def test_a_killed_writer_leaves_whole_transactions(tmp_path: Path) -> None:
    """kill -9 in the midst of writing: every cycle that was acknowledged is whole, and no cycle is partial."""
    url = f"sqlite:{tmp_path / 'store.sqlite'}"
    with subprocess.Popen([sys.executable, "-c", KILLED_WRITER, url], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(20)][-1]
        writer.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in writer.stdout)])

    with open_store(url, read_only=True) as store:
        per_cycle: dict[datetime, int] = {}
        for found in store.read():
            per_cycle[found.time] = per_cycle.get(found.time, 0) + 1
    assert {50} == set(per_cycle.values())
    assert len(per_cycle) >= acknowledged + 1


# ------------------------------------------------------------------------------------------------------------ files of SQLite


def test_files_are_not_for_strangers_whatever_the_umask(tmp_path: Path) -> None:
    """Store, journals, copy: 0640 or tighter."""
    before = os.umask(0)
    try:
        with open_store(f"sqlite:{tmp_path / 's.sqlite'}") as store:
            store.write([sample()])
            store.backup(tmp_path / "copy.sqlite")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)

    assert {"s.sqlite", "s.sqlite-wal", "s.sqlite-shm", "copy.sqlite"} == set(modes)
    assert {0o640} == set(modes.values())


def broken(path: Path) -> Path:
    """A store whose samples lie on pages that a bad disk has changed."""
    with open_store(f"sqlite:{path}") as store:
        store.write([sample(n, at=NOON + timedelta(minutes=n)) for n in range(3_000)])
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2 : len(octets) // 2 + 8192] = b"\xa5" * 8192
    path.write_bytes(octets)
    return path


def test_a_broken_store_says_the_way_out_and_is_not_copied(tmp_path: Path) -> None:
    path = broken(tmp_path / "s.sqlite")
    with open_store(f"sqlite:{path}", read_only=True) as store:
        with pytest.raises(StoreError, match=r"bring back the last backup, or save what can be read by `sqlite3"):
            list(store.read())
        with pytest.raises(StoreError, match=r"malformed .*so no copy was kept"):
            store.backup(tmp_path / "copy.sqlite")

    assert [path] == [one for one in tmp_path.iterdir() if "copy" in one.name or one == path]


READ = """
import os, sys
from collectors.stores import _sqlite
if not os.geteuid():
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
with _sqlite.SqliteStore(sys.argv[1], read_only=True) as store:
    print(len(store.latest()))
"""


def test_a_store_that_may_only_be_read_can_be_read() -> None:
    """A copy in a folder where another user may not write: SQLite's journal would need it."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "s.sqlite"
        with open_store(f"sqlite:{path}") as store:
            store.write([sample(), sample(2, ap="AP-1")])
        path.chmod(0o444)
        path.parent.chmod(0o555)
        done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=False, cwd=ROOT)
        path.parent.chmod(0o755)

    assert ("2\n", "") == (done.stdout, done.stderr)
