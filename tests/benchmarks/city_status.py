"""How long the state of a whole city takes, and a turn of the watch: 1000 facilities of 6 access points, from the store on."""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import floorplans
from collectors.config import Config, Target
from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards import data, drawing
from dashboards.duty import TURN_S, Duty
from wifiplan import model
from wifiplan.model import AccessPoint, Design, Radio

SITES, APS = 1000, 6


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


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        radios = (Radio(band="5", channel=36, planned_clients=30.0, client_limit=50),)
        access_points = tuple(
            AccessPoint(name=f"AP-{n}", x_m=6.0 * n + 2, y_m=9.0, height_m=5.0, radios=radios) for n in range(APS)
        )
        model.save(Design(floor_plan=floorplans.sample("gym"), access_points=access_points), folder / "design.json")
        sites = [f"site {number:04d}" for number in range(SITES)]
        targets = tuple(Target(name=f"wlc {site}", site=site, host="x", design=folder / "design.json") for site in sites)
        url = f"sqlite:{folder / 'store.sqlite'}"
        config = Config(path=folder / "targets.toml", store_url=url, spool=folder / "spool", interval_s=60.0, targets=targets)
        with open_store(url) as store:
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
        with Duty(config, send=lambda _recipient, _text: "") as duty:
            turns = []
            for _ in range(5):
                started_s = time.perf_counter()
                turn = duty.turn()
                turns.append(time.perf_counter() - started_s)
            started_s = time.perf_counter()
            duty.publish(folder / "public", turn)
            published_s = time.perf_counter() - started_s
        print(
            f"one turn of the watch: {statistics.median(turns):.2f} s (median of 5, every {TURN_S:g} s); "
            f"the public folder: {published_s:.2f} s"
        )
        started_s = time.perf_counter()
        for one in found[:100]:
            drawing.live_plan(floorplans.sample("gym"), one.access_points, "ja")
        print(f"one live plan of {APS} access points drawn: {(time.perf_counter() - started_s) * 10:.1f} ms")


if __name__ == "__main__":
    main()
