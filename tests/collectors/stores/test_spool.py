"""What the spool took reaches the server, once in effect, whatever is killed; what it did not take is in the ledger."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from collectors.errors import StoreError
from collectors.metrics import Sample
from collectors.stores._influx import InfluxStore, Refused
from collectors.stores._spool import Gap, Ledger, Spool, SpooledStore, read_gaps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

NOON = datetime(2026, 8, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sample(number: int, ap: str = "AP-1") -> Sample:
    at = NOON + timedelta(seconds=number)
    return Sample(measurement="wifi_ap", time=at, tags={"site": "s", "ap": ap}, fields={"clients": float(number)})


class Server(InfluxStore):
    """Takes lines, or does not, as told."""

    def __init__(self) -> None:
        super().__init__("influx1://127.0.0.1:1/wifi")
        self.taken: list[str] = []
        self.is_up = True
        self.refused = Refused(count=0, why="")

    def send(self, lines: Sequence[str]) -> Refused:
        if not self.is_up:
            raise StoreError("not reachable")
        self.taken += lines
        return self.refused


def spooled(folder: Path, server: InfluxStore, **options: Any) -> SpooledStore:
    folder.mkdir(exist_ok=True)
    return SpooledStore(server, Spool(folder, **options), Ledger(folder / "gaps.jsonl"))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.spool"))


def test_what_is_written_is_drained_in_order(tmp_path: Path) -> None:
    """First in, first out; nothing is left behind."""
    with spooled(tmp_path, server := Server()) as store:
        for number in range(5):
            assert 2 == store.write([sample(2 * number), sample(2 * number + 1)])
        assert 10 == store.pending
        assert 10 == store.drain()

        assert server.encode([sample(n) for n in range(10)]) == server.taken
        assert (0, 0) == (store.pending, store.drain())
        assert 0 == store.write([])


def test_a_server_that_is_down_loses_nothing(tmp_path: Path) -> None:
    """What could not be sent stays, over a restart of the collector too, and is sent before what came later."""
    server = Server()
    server.is_up = False
    with spooled(tmp_path, server) as store:
        store.write([sample(0)])
        with pytest.raises(StoreError, match="not reachable"):
            store.drain()
        store.write([sample(1)])
    with spooled(tmp_path, server := Server()) as store:
        assert 2 == store.pending
        store.write([sample(2)])
        assert 3 == store.drain()

    assert server.encode([sample(n) for n in range(3)]) == server.taken


def test_what_was_drained_is_not_sent_again_after_a_restart(tmp_path: Path) -> None:
    """The position is kept; the folder does not grow."""
    for round_ in range(4):
        with spooled(tmp_path, server := Server()) as store:
            assert 0 == store.pending
            store.write([sample(round_)])
            store.drain()
        assert 1 == len(server.taken)
    assert len(files(tmp_path)) <= 1


def test_a_lost_position_sends_twice_rather_than_never(tmp_path: Path) -> None:
    """Points are idempotent, so that is the safe side."""
    with spooled(tmp_path, Server()) as store:
        store.write([sample(0)])
        store.drain()
        store.write([sample(1)])
    (tmp_path / "position").write_bytes(b"\xff" * 20)
    with spooled(tmp_path, server := Server()) as store:
        store.drain()

    assert server.encode([sample(0), sample(1)]) == server.taken


def test_a_torn_last_record_is_tolerated(tmp_path: Path) -> None:
    """kill -9 or a power cut in the middle of an append: the whole records before it are sent, and nothing else."""
    with spooled(tmp_path, Server()) as store:
        store.write([sample(0), sample(1)])
        whole = (tmp_path / files(tmp_path)[0]).stat().st_size
        store.write([sample(2)])
    segment = tmp_path / files(tmp_path)[0]
    content = segment.read_bytes()
    for end in (*range(whole, whole + 50, 3), *range(whole + 50, len(content), 23)):
        for tail in (b"", b"\0" * (len(content) - end)):  # cut short, or the size was kept but not the bytes
            segment.write_bytes(content[:end] + tail)
            (tmp_path / "position").unlink()
            with spooled(tmp_path, server := Server()) as store:
                store.drain()
                store.write([sample(3)])
                store.drain()
            torn_is_whole = content[:end] + tail == content
            assert server.encode([sample(n) for n in (0, 1, *([2] if torn_is_whole else []), 3)]) == server.taken
            for name in files(tmp_path):
                if name != segment.name:
                    (tmp_path / name).unlink()


def test_a_damaged_record_is_entered_in_the_ledger_and_the_others_go_on(tmp_path: Path) -> None:
    """A bit that rots on the disk costs one record, and the ledger says which time it held."""
    with spooled(tmp_path, Server()) as store:
        for number in range(3):
            store.write([sample(2 * number), sample(2 * number + 1)])
    segment = tmp_path / files(tmp_path)[0]
    content = bytearray(segment.read_bytes())
    content[len(content) // 2 + 10] ^= 1  # in the payload of the middle one
    segment.write_bytes(content)
    with spooled(tmp_path, server := Server()) as store:
        assert 4 == store.drain()
        assert 0 == store.pending

    assert server.encode([sample(n) for n in (0, 1, 4, 5)]) == server.taken
    assert [Gap(since=sample(2).time, until=sample(3).time, why="damaged on the spool's disk", count=2)] == read_gaps(
        tmp_path / "gaps.jsonl"
    )


def test_the_spool_is_bounded_and_the_ledger_says_what_was_not_taken(tmp_path: Path) -> None:
    """The oldest are kept, the newest refused; one gap for one reason; with room again it goes on."""
    server = Server()
    server.is_up = False
    noise = random.Random(1)
    refused = []
    with spooled(tmp_path, server, limit_bytes=200_000) as store:
        for number in range(200):
            batch = [sample(number, ap=noise.randbytes(40).hex()) for _ in range(50)]
            try:
                store.write(batch)
            except StoreError:
                refused.append(number)
            assert store.size_bytes <= 200_000
        assert refused[0] > 20
        assert refused == list(range(refused[0], 200))
        server.is_up = True
        assert 50 * refused[0] == store.drain()
        assert 1 == store.write([sample(200)])
        assert 1 == store.drain()

    (gap,) = read_gaps(tmp_path / "gaps.jsonl")
    assert (sample(refused[0]).time, sample(199).time, 50 * len(refused)) == (gap.since, gap.until, gap.count)
    assert "spool full" in gap.why


def test_many_segments_are_sent_and_given_back(tmp_path: Path) -> None:
    """Segments of 64 KiB: as many as it takes, in order, and none is left when all is sent."""
    server = Server()
    server.is_up = False
    noise = random.Random(2)
    with spooled(tmp_path, server, limit_bytes=2**20) as store:
        batches = [[sample(n, ap=noise.randbytes(40).hex()) for _ in range(100)] for n in range(50)]
        for batch in batches:
            store.write(batch)
        assert len(files(tmp_path)) > 2
        server.is_up = True
        store.drain()
        assert len(files(tmp_path)) <= 1
    assert server.encode([s for batch in batches for s in batch]) == server.taken


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """1 MiB: a real file system where one may be mounted, else a quota on the calls that take room."""
    disk = tmp_path / "disk"
    disk.mkdir()
    is_mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], capture_output=True).returncode == 0
    if is_mounted:
        yield disk
        subprocess.run(["umount", str(disk)], check=True)
        return
    real_write, real_reserve = os.pwrite, os.posix_fallocate

    def within_quota(file: int, end: int) -> None:
        used = sum(path.stat().st_size for path in disk.rglob("*"))
        if used + max(0, end - os.fstat(file).st_size) > 2**20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(file: int, data: bytes, offset: int) -> int:
        within_quota(file, offset + len(data))
        return real_write(file, data, offset)

    def reserve(file: int, offset: int, length: int) -> None:
        within_quota(file, offset + length)
        real_reserve(file, offset, length)

    monkeypatch.setattr(os, "pwrite", write)
    monkeypatch.setattr(os, "posix_fallocate", reserve)
    yield disk


def test_a_full_disk_refuses_cleanly_and_the_ledger_can_still_be_written(small_disk: Path) -> None:
    """The ledger's room was taken in advance. With room again, taking goes on."""
    server = Server()
    server.is_up = False
    noise = random.Random(3)
    with spooled(small_disk, server) as store:
        taken, refused, reasons = [], [], set()
        for number in range(600):
            batch = [sample(number, ap=noise.randbytes(40).hex()) for _ in range(50)]
            try:
                store.write(batch)
                taken += batch
            except StoreError as error:
                reasons.add(str(error))
                refused += batch
        assert len(refused) > 1000
        assert {f"{small_disk}: spool not writable (no space left on device); make room on its disk"} == reasons
        server.is_up = True
        assert len(taken) == store.drain()
        assert server.encode(taken) == server.taken
        assert 1 == store.write([sample(600)])
    (gap,) = read_gaps(small_disk / "gaps.jsonl")

    assert (refused[0].time, refused[-1].time, len(refused)) == (gap.since, gap.until, gap.count)


def test_a_write_that_fails_half_way_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next record follows the last whole one."""
    with spooled(tmp_path, server := Server()) as store:
        store.write([sample(0)])
        real = os.pwrite

        def half(file: int, data: bytes, offset: int) -> int:
            real(file, data[: len(data) // 2], offset)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        with monkeypatch.context() as patch:
            patch.setattr(os, "pwrite", half)
            with pytest.raises(StoreError, match="input/output error"):
                store._spool.append(["x y=1 1"], NOON, NOON)
        store.write([sample(1)])
        store.drain()

    assert server.encode([sample(0), sample(1)]) == server.taken


def test_what_the_server_refuses_for_ever_is_in_the_ledger(tmp_path: Path) -> None:
    """And is not sent again."""
    server = Server()
    server.refused = Refused(count=1, why="field type conflict")
    with spooled(tmp_path, server) as store:
        store.write([sample(0), sample(1)])
        assert 1 == store.drain()
        assert 0 == store.pending

    assert [Gap(since=sample(0).time, until=sample(1).time, why="refused: field type conflict", count=1)] == read_gaps(
        tmp_path / "gaps.jsonl"
    )


def test_a_bad_line_is_named_in_the_ledger(tmp_path: Path) -> None:
    server = Server()
    server.refused = Refused(count=1, why="unable to parse", found=(("wifi_ap,ap=AP-1", "unable to parse"),))
    with spooled(tmp_path, server) as store:
        store.write([sample(0), sample(1)])
        store.drain()

    assert [("refused: wifi_ap,ap=AP-1: unable to parse", 1)] == [(g.why, g.count) for g in read_gaps(tmp_path / "gaps.jsonl")]


def test_one_folder_has_one_collector(tmp_path: Path) -> None:
    """Two would send and forget each other's records."""
    first = Spool(tmp_path)
    with pytest.raises(StoreError, match="in use by another collector"):
        Spool(tmp_path)
    first.close()
    first.close()
    Spool(tmp_path).close()


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match=r"file/spool: not a directory; give \[store\] spool a folder"):
        Spool(tmp_path / "file" / "spool")
    with pytest.raises(StoreError, match=r"give \[store\] spool a folder"):
        Ledger(tmp_path / "no" / "gaps.jsonl")


def test_the_ledger_keeps_reasons_apart_and_survives(tmp_path: Path) -> None:
    """The same reason again is one growing line; another reason, or another start, is a line of its own."""
    path = tmp_path / "gaps.jsonl"
    assert [] == read_gaps(path)
    ledger = Ledger(path)
    ledger.add(NOON, NOON, "full", 1)
    ledger.add(NOON + HOUR, NOON + 2 * HOUR, "full", 999)
    ledger.add(NOON, NOON, "髙", 2)
    ledger.close()
    ledger = Ledger(path)
    ledger.add(NOON, NOON, "髙", 3)
    for number in range(700):
        ledger.add(NOON, NOON, f"reason {number}", 1)
    ledger.close()
    ledger.close()
    gaps = read_gaps(path)

    assert [("full", 1000), ("髙", 2), ("髙", 3)] == [(gap.why, gap.count) for gap in gaps[:3]]
    assert (NOON, NOON + 2 * HOUR) == (gaps[0].since, gaps[0].until)
    assert [f"reason {n}" for n in range(700)] == [gap.why for gap in gaps[3:]]


def test_writers_and_the_drain_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Written from one thread while another drains: every sample once."""
    with spooled(tmp_path, server := Server(), limit_bytes=2**20) as store:
        done = threading.Event()

        def drain() -> None:
            while not done.is_set():
                store.drain()

        thread = threading.Thread(target=drain)
        thread.start()
        for number in range(300):
            store.write([sample(number)])
        done.set()
        thread.join()
        store.drain()

    assert server.encode([sample(n) for n in range(300)]) == server.taken


KILLED_COLLECTOR = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from collectors.stores._influx import InfluxStore
from collectors.stores._spool import Ledger, Spool, SpooledStore
from collectors.metrics import Sample
folder = Path(sys.argv[2])
folder.mkdir(exist_ok=True)
store = SpooledStore(InfluxStore(sys.argv[1]), Spool(folder), Ledger(folder / "gaps.jsonl"))
first = int(sys.argv[3])
for number in range(first, first + 10**6):
    at = datetime(2026, 8, 30, tzinfo=UTC) + timedelta(seconds=number)
    tags = [{"site": "s", "ap": str(n)} for n in range(20)]
    store.write([Sample(measurement="wifi_ap", time=at, tags=t, fields={"clients": 1.0}) for t in tags])
    print(number, flush=True)
    if number % 3 == 0:
        store.drain()
"""


def test_a_collector_killed_again_and_again_delivers_all_it_acknowledged(influxd: Any, tmp_path: Path) -> None:
    """kill -9 of the collector at any moment: the set read back by InfluxQL holds all that the spool acknowledged."""
    acknowledged: set[int] = set()
    first = 0
    for lines in (5, 17, 8):
        arguments = [sys.executable, "-c", KILLED_COLLECTOR, influxd.store_url, str(tmp_path / "spool"), str(first)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(lines):
                acknowledged.add(int(process.stdout.readline()))
            process.send_signal(signal.SIGKILL)
            acknowledged |= {int(line) for line in process.stdout}
        first = max(acknowledged) + 10
    with spooled(tmp_path / "spool", InfluxStore(influxd.store_url)) as store:
        store.drain()
    answer = httpx.post(f"{influxd.base_url}/query", data={"db": "wifi", "q": 'SELECT * FROM "wifi_ap"', "epoch": "s"}).json()
    (series,) = answer["results"][0]["series"]
    columns = series["columns"]
    found = [(row[columns.index("time")], row[columns.index("ap")]) for row in series["values"]]
    start = int(datetime(2026, 8, 30, tzinfo=UTC).timestamp())
    wanted = {(start + number, str(ap)) for number in acknowledged for ap in range(20)}

    assert len(acknowledged) >= 30
    assert len(set(found)) == len(found)
    assert wanted <= set(found)
    assert len(set(found) - wanted) <= 3 * 20  # at most the one batch in hand at each kill
    assert [] == read_gaps(tmp_path / "spool" / "gaps.jsonl")
