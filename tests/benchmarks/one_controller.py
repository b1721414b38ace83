"""One controller for a whole city's schools: 60 sites and 600 access points in one poll, each site against its own plan."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import floorplans
from collectors import config as collect_config
from collectors.poll import Poller
from collectors.service import Service
from collectors.simulate.design import read_design
from collectors.simulate.gear import Controller
from collectors.simulate.people import Network
from collectors.simulate.serve import serve
from dashboards import data
from dashboards.simulate import attendance_of
from wifiplan import model
from wifiplan.model import AccessPoint, Demand, Design, Radio

SITES, APS = 60, 10
RADIOS = (Radio(band="2.4", channel=1, planned_clients=10.0, client_limit=30), Radio(band="5", channel=36, planned_clients=20.0))
TIMES = 7


def design_of(names: list[str]) -> Design:
    """Give a gym with these access points; where they stand does not matter here."""
    plan = floorplans.sample("gym")
    aps = tuple(
        AccessPoint(name=name, x_m=2.0 + n % 10, y_m=2.0 + n // 10, height_m=5.0, radios=RADIOS) for n, name in enumerate(names)
    )
    people = Demand(
        zone=plan.zones[0].name,
        people=300,
        devices_per_person=1.0,
        associated_share=0.8,
        active_share=0.3,
        down_mbps=0.3,
        up_mbps=0.2,
    )
    return Design(floor_plan=plan, access_points=aps, demands=(people,), scenario="shelter-day1")


def written(folder: Path, port: int) -> Path:
    """Write a targets.toml of one controller and a design for each site, and give its path."""
    text = f'[store]\nurl = "sqlite:store.sqlite"\n[[target]]\nname = "wlc"\nhost = "127.0.0.1"\nport = {port}\ntimeout_s = 5.0\n'
    for site in range(SITES):
        model.save(design_of([f"S{site:02d}-AP-{n:02d}" for n in range(APS)]), folder / f"site{site:02d}.json")
        text += f'[[site]]\nname = "school {site:02d}"\ndesign = "site{site:02d}.json"\naps = ["S{site:02d}-*"]\n'
    path = folder / "targets.toml"
    path.write_text(text, encoding="utf-8")
    return path


async def polled(folder: Path) -> tuple[Path, int, float, int]:
    """Serve the controller, collect once; give targets.toml, polls, seconds and samples."""
    everything = folder / "all.json"
    model.save(design_of([f"S{site:02d}-AP-{n:02d}" for site in range(SITES) for n in range(APS)]), everything)
    planned = read_design(everything)
    network = Network(planned.access_points, attendance=attendance_of(planned.scenario))
    served = await serve(network, [Controller(network, planned.access_points, network.attendance.ssids)])
    path = written(folder, served.ports["controller"])
    polls = 0
    config = collect_config.load(path)
    async with Poller() as poller:

        async def poll(target: collect_config.Target):  # type: ignore[no-untyped-def]
            nonlocal polls
            polls += 1
            return await poller.poll(target)

        with Service(config, poll) as service:
            started_s = time.perf_counter()
            done = await service.once()
            seconds = time.perf_counter() - started_s
    await served.close()
    return path, polls, seconds, done.samples


def page_seconds(path: Path) -> list[tuple[float, float]]:
    """Draw the live page of one site, each time anew; give seconds that passed, and seconds of this process's CPU."""
    from streamlit.testing.v1 import AppTest

    os.environ[data.CONFIG_ENV] = str(path)
    found = []
    for _ in range(TIMES):
        data._shared = None
        page = AppTest.from_string("from dashboards.views import live\nlive.page()", default_timeout=60)
        page.query_params["site"] = "school 07"
        started_s, used_s = time.perf_counter(), time.process_time()
        page.run()
        found.append((time.perf_counter() - started_s, time.process_time() - used_s))
        if page.exception:
            raise SystemExit(f"the page failed: {page.exception[0].value}")
    return found


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        path, polls, seconds, samples = asyncio.run(polled(Path(name)))
        config = collect_config.load(path)
        times = []
        for _ in range(TIMES):
            started_s = time.perf_counter()
            now = data.current(config)
            times.append(time.perf_counter() - started_s)
        with_plan = [
            one for one in now.facilities if one.aps_up == APS and len(one.access_points) == APS and one.clients is not None
        ]
        if polls != 1 or len(with_plan) != SITES or now.unassigned:
            raise SystemExit(
                f"{polls} polls, {len(with_plan)} of {SITES} sites with their plan, {len(now.unassigned)} unassigned"
            )
        print(f"{SITES} sites, {SITES * APS} access points: {polls} poll, {samples} samples, {seconds:.2f} s to poll and store")
        print(f"from the store to all {SITES} states: {statistics.median(times):.2f} s (median of {TIMES})")
        passed, used = (statistics.median(seconds) for seconds in zip(*page_seconds(path), strict=True))
        print(f"the live page of one site: {passed:.2f} s, {used:.2f} s of them CPU (medians of {TIMES}, first with imports)")
        print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
