"""How long the state of a whole city takes, and a turn of the watch: 1000 facilities of 6 access points, from the store on.

The watch has all of a city: a list of opened shelters, 500 counts of heads, two recipients, the public folder. Its turns
are timed while nothing happens and when 800 sites have just fallen silent; then `wifiplan watch` itself runs for a minute, and
what it took of processor and memory is what the kernel says of it.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import floorplans
from collectors import config as collect_config
from collectors.config import Config
from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards import data, drawing
from dashboards.duty import TURN_S, Duty
from wifiplan import model
from wifiplan.model import AccessPoint, Design, Radio

SITES, APS, SILENT, COUNTS = 1000, 6, 800, 500
WATCHED_S = 60.0
RECIPIENT = """
[[alerts.recipient]]
name = "{name}"
url_env = "WIFIPLAN_ALERT_{name}"
"""


def samples_of(site: str, now: datetime) -> list[Sample]:
    of_site = {"site": site, "device": f"wlc {site}"}

    def say(measurement: str, fields: dict[str, float], **tags: str) -> Sample:
        return Sample(measurement=measurement, time=now, tags={**of_site, **tags}, fields=fields)

    found = [
        say("device", {"reachable": 1.0, "uptime_s": 9.0}),
        say("wifi_total", {"clients": 180.0, "aps": 6.0, "aps_up": 6.0}, source="ap"),
    ]
    for number in range(APS):
        ap = {"ap": f"AP-{number}", "ap_key": str(number)}
        found.append(say("wifi_ap", {"clients": 30.0, "up": 1.0}, **ap))
        found += [say("wifi_radio", {"clients": 15.0, "busy_share": 0.3}, radio=str(r), band="5", **ap) for r in (0, 1)]
    return found


def city(folder: Path, sites: list[str]) -> Config:
    """A whole city's targets.toml, its list of opened shelters and its counts of heads."""
    spool = folder / "spool"
    spool.mkdir()
    lines = [
        f'interval_s = 60\n[store]\nurl = "sqlite:{folder / "store.sqlite"}"\nspool = "{spool}"',
        '[shelters]\nopened_file = "opened.csv"',
        f'[alerts]\npublic = "{folder / "public"}"',
        *(RECIPIENT.format(name=name) for name in ("STAFF", "OFFICE")),
        *(f'[[target]]\nname = "wlc {site}"\nsite = "{site}"\nhost = "127.0.0.1"\ndesign = "design.json"' for site in sites),
        *(f'[[site]]\nname = "{site}"\ntelephone = "0767-00-0000"\ncapacity_people = 480' for site in sites),
    ]
    (folder / "targets.toml").write_text("\n".join(lines), encoding="utf-8")
    now = datetime.now(UTC)
    rows = "\n".join(f"{site},120,{(now - timedelta(hours=9)).isoformat()}" for site in sites)
    (folder / "opened.csv").write_text(f"名称,人数,時点\n{rows}\n", encoding="utf-8")
    counts = [
        {"site": sites[n % 200], "time": (now - timedelta(days=1 + n % 9)).isoformat(), "people": 160 + n % 50, "clients": 180}
        for n in range(COUNTS)
    ]
    (spool / "headcounts.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in counts), encoding="utf-8")
    return collect_config.load(folder / "targets.toml")


def watched(config: Config, folder: Path) -> None:
    """Time turns of the watch: while nothing happens, and when most sites have just fallen silent."""
    at = datetime.now(UTC)
    with Duty(config, clock=lambda: at, send=lambda _recipient, _text: "") as duty:

        def turns(number: int) -> tuple[float, float]:
            nonlocal at
            wall_s, cpu_s = [], []
            for _ in range(number):
                at += timedelta(seconds=TURN_S)
                began_s, began_cpu_s = time.perf_counter(), time.process_time()
                turn = duty.turn()
                duty.send_due()
                wall_s.append(time.perf_counter() - began_s)
                cpu_s.append(time.process_time() - began_cpu_s)
            began_s = time.perf_counter()
            duty.publish(folder / "public", turn)
            public_s = time.perf_counter() - began_s
            print(f"  {turn.firing} alerts, {len(duty.outbox.messages())} messages; public folder {public_s:.2f} s")
            return max(wall_s), statistics.median(cpu_s)

        for what in ("nothing happens", f"{SILENT} sites have fallen silent"):
            worst_s, cpu_s = turns(30)
            print(
                f"turn of the watch, {what}: {cpu_s:.2f} s of CPU (median of 30, every {TURN_S:g} s), the slowest {worst_s:.2f} s"
            )
            with open_store(config.store_url) as store:
                for number, site in enumerate(config.site_names):
                    store.write([one for one in samples_of(site, at) if number >= SILENT])


def process(config: Config) -> None:
    """Run `wifiplan watch` itself for a minute; what the kernel says that it took."""
    with open_store(config.store_url) as store:
        for site in config.site_names:
            store.write(samples_of(site, datetime.now(UTC)))
    command = [Path(sys.executable).with_name("wifiplan"), "watch", "--config", str(config.path)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    watch = subprocess.Popen(
        command, stderr=subprocess.DEVNULL, env=os.environ | {"WIFIPLAN_ALERT_STAFF": "", "WIFIPLAN_ALERT_OFFICE": ""}
    )
    time.sleep(WATCHED_S)
    watch.send_signal(signal.SIGTERM)
    code = watch.wait(timeout=30)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"`wifiplan watch` for {WATCHED_S:g} s: {cpu_s:.1f} s of CPU, {after.ru_maxrss / 1024:.0f} MB, ended with {code}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        radios = (Radio(band="5", channel=36, planned_clients=30.0, client_limit=50),)
        access_points = tuple(
            AccessPoint(name=f"AP-{n}", x_m=6.0 * n + 2, y_m=9.0, height_m=5.0, radios=radios) for n in range(APS)
        )
        model.save(Design(floor_plan=floorplans.sample("gym"), access_points=access_points), folder / "design.json")
        sites = [f"site {number:04d}" for number in range(SITES)]
        config = city(folder, sites)
        with open_store(config.store_url) as store:
            written = sum(store.write(samples_of(site, datetime.now(UTC))) for site in sites)
        seconds = []
        for _ in range(5):
            started_s = time.perf_counter()
            found = data.current_facilities(config)
            seconds.append(time.perf_counter() - started_s)
        if {one.state for one in found} != {"ok"}:
            raise SystemExit(f"not all facilities are ok: {found[0]}")
        print(
            f"{SITES} facilities, {written} series: {statistics.median(seconds):.2f} s from the store to all states (median of 5)"
        )
        watched(config, folder)
        process(config)
        started_s = time.perf_counter()
        for one in found[:100]:
            drawing.live_plan(floorplans.sample("gym"), one.access_points, "ja")
        print(f"one live plan of {APS} access points drawn: {(time.perf_counter() - started_s) * 10:.1f} ms")


if __name__ == "__main__":
    main()
