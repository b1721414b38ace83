"""How fast samples are written and read, and that a killed server gets all of them: `python tests/benchmarks/stores.py`.

Needs influxd (apt-get install influxdb); without it only SQLite is measured. `--outage-s 300` keeps the server dead for
five minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from collectors.config import Config, Target  # noqa: E402
from collectors.delivery import gaps_path, open_for_writing, samples_of  # noqa: E402
from collectors.metrics import Sample  # noqa: E402
from collectors.poll import PollResult  # noqa: E402
from collectors.service import Service  # noqa: E402
from collectors.stores.rollup import recover  # noqa: E402
from collectors.stores.store import open_store  # noqa: E402
from tests.conftest import Influxd  # noqa: E402

if TYPE_CHECKING:
    from collectors.stores.store import Store

APS, MINUTES = 1000, 300
FIELDS = {"clients": 3.0, "up": 1.0, "channel": 36.0, "busy_share": 0.25, "noise_dbm": -95.0}


def cycle(at: datetime) -> list[Sample]:
    """One poll of a city: 1000 access points of two radios, ten to a site."""
    return [
        Sample(
            measurement="wifi_radio",
            time=at,
            tags={
                "site": f"site {ap // 10}",
                "device": f"wlc {ap // 100}",
                "ap": f"AP {ap}",
                "ap_key": f"02:00:00:00:{ap // 256:02x}:{ap % 256:02x}",
                "radio": str(radio),
                "band": "5" if radio else "2.4",
            },
            fields=dict(FIELDS),
        )
        for ap in range(APS)
        for radio in range(2)
    ]


def timed(title: str, start_s: float, samples: int) -> None:
    seconds = time.perf_counter() - start_s
    print(f"{title:58} {samples / seconds:10,.0f} samples/s  ({samples:,} in {seconds:.1f} s)")


def write(title: str, store: Store, first: datetime) -> None:
    """Write cycle after cycle; what is spooled goes to the server meanwhile, as it does in the service."""
    cycles = [cycle(first + timedelta(minutes=minute)) for minute in range(MINUTES)]
    count = sum(map(len, cycles))
    drain = getattr(store, "drain", None)
    start_s = time.perf_counter()

    def spool() -> None:
        for samples in cycles:
            store.write(samples)
        timed(f"{title}: written", start_s, count)

    writer = threading.Thread(target=spool)
    writer.start()
    stored = 0
    while drain is not None and (writer.is_alive() or store.pending):  # type: ignore[attr-defined]
        stored += drain()
        time.sleep(0.01)
    writer.join()
    if drain is not None:
        assert stored == count
        timed(f"{title}: written and in the server", start_s, count)


def sums(store: Store, first: datetime) -> None:
    """A month of one site's minutes, and what it costs to go on after a restart."""
    minutes = 30 * 24 * 60
    rows = [
        Sample(
            measurement="wifi_site_1m",
            time=first - timedelta(minutes=minute),
            tags={"site": f"site {n}"},
            fields={"clients": 40.0, "aps": 10.0, "aps_up": 10.0, "devices": 1.0},
        )
        for n in range(3)
        for minute in range(minutes)
    ]
    for at in range(0, len(rows), 10_000):
        store.write(rows[at : at + 10_000])
    start_s = time.perf_counter()
    assert len(list(store.read("wifi_site_1m", site="site 1"))) == minutes
    print(f"SQLite: a month of one site by the minute                  {1000 * (time.perf_counter() - start_s):9.1f} ms")
    start_s = time.perf_counter()
    found = recover(store, first + timedelta(minutes=MINUTES))
    spent_ms = 1000 * (time.perf_counter() - start_s)
    print(f"SQLite: read for the sums under way after a restart        {spent_ms:9.1f} ms  ({len(found.samples):,} samples)")
    start_s = time.perf_counter()
    gone = store.prune(("wifi_radio",), first + timedelta(minutes=MINUTES // 2))
    timed("SQLite: old samples deleted", start_s, gone)


def read(title: str, store: Store, first: datetime) -> None:
    last = first + timedelta(minutes=MINUTES)
    questions: dict[str, Any] = {
        "latest of all series": store.latest,
        "latest of one site": lambda: store.latest(site="site 7"),
        "5 h of one site": lambda: list(store.read("wifi_radio", site="site 7")),
        "10 min of everything": lambda: list(store.read(since=last - timedelta(minutes=10))),
    }
    for name, ask in questions.items():
        ask()
        start_s = time.perf_counter()
        rows = len(ask())
        print(f"{title}: {name:42} {1000 * (time.perf_counter() - start_s):9.1f} ms  ({rows:,} samples)")


class Devices:
    """Twenty devices of twenty access points; keeps what it gave."""

    def __init__(self) -> None:
        self.given: list[Sample] = []

    async def poll(self, target: Target) -> PollResult:
        now = datetime.now(UTC)
        tags = {"site": target.site, "device": target.name}
        samples = tuple(
            Sample(measurement="wifi_ap", time=now, tags={**tags, "ap": str(n)}, fields={"clients": float(n)}) for n in range(20)
        )
        result = PollResult(target=target, time=now, device={}, samples=samples)
        self.given += samples_of(result)
        return result


def read_back(server: Influxd) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for measurement in ("wifi_ap", "poll"):
        form = {"db": "outage", "q": f'SELECT * FROM "{measurement}" GROUP BY *', "epoch": "u"}
        for series in httpx.post(f"{server.base_url}/query", data=form, timeout=600).json()["results"][0].get("series", []):
            tags = tuple(sorted((k, v) for k, v in series["tags"].items() if v))
            found.update(((measurement, tags), row[0]) for row in series["values"])
    return found


async def outage(server: Influxd, folder: Path, outage_s: float) -> None:
    """kill -9 of the server while a collector works, back after a while: the sets of (series, time) are compared."""
    targets = tuple(Target(name=f"t{n}", site=f"s{n}", host="-", interval_s=1.0) for n in range(20))
    url = server.store_url.replace("/wifi", "/outage")
    config = Config(path=folder / "targets.toml", store_url=url, interval_s=1.0, targets=targets, spool=folder / "spool")
    devices, stop = Devices(), asyncio.Event()
    with Service(config, devices.poll) as service:
        running = asyncio.create_task(service.forever(stop))
        await asyncio.sleep(5)
        server.kill()
        await asyncio.sleep(outage_s)
        spooled, size = service.summary().spooled, sum(path.stat().st_size for path in config.spool.glob("*.spool"))
        await asyncio.to_thread(server.start)
        back_s = time.monotonic()
        while service.summary().spooled:  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.05)
        drained_s = time.monotonic() - back_s
        stop.set()
        done = await running
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    sent = Counter((s.series, (s.time - epoch) // timedelta(microseconds=1)) for s in devices.given)
    found = read_back(server)
    print(
        f"outage of {outage_s:.0f} s: {spooled:,} samples spooled ({size / 1e6:.2f} MB), "
        f"delivered {drained_s:.1f} s after the start; "
        f"sent {len(sent):,}, read back {len(found):,}, equal: {sent == found}; lost {done.lost}, "
        f"ledger {gaps_path(config).read_bytes().rstrip(bytes(1)).count(10)} entries"
    )


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--outage-s", type=float, default=20.0)
    outage_s = options.parse_args().outage_s
    folder = Path(tempfile.mkdtemp(prefix="wifiplan-stores-"))
    first = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)
    server = None
    try:
        with open_store(f"sqlite:{folder / 'store.sqlite'}") as store:
            write("SQLite", store, first)
            read("SQLite", store, first)
            sums(store, first)
        print(f"SQLite: {(folder / 'store.sqlite').stat().st_size / APS / 2 / MINUTES:.0f} bytes a sample")
        if shutil.which("influxd") is None:
            print("influxd is not installed: apt-get install influxdb")
            return
        (folder / "influxd").mkdir()
        server = Influxd(folder / "influxd")
        server.start()
        config = Config(
            path=folder / "t.toml", store_url=server.store_url, interval_s=60.0, targets=(), spool=folder / "write.spool"
        )
        with open_for_writing(config) as store:
            write("influxd 1.6.7 through the spool", store, first)
            read("influxd 1.6.7", store, first)
        asyncio.run(outage(server, folder, outage_s))
    finally:
        if server is not None:
            with suppress(OSError):
                server.kill()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
