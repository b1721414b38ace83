"""How soon the map follows a hand: from drag event to painted picture in Debian's Chromium, alone and among ten planners.

    python tests/benchmarks/planner_drag.py [--seconds 12] [--planners 10]
    python tests/benchmarks/planner_drag.py --cpu

Prints one JSON value: milliseconds, median and 95th percentile, of previews with one and with four access points traced, of the
full map after letting go, and of previews while nine more planners drag over the same wire. Of a preview, `waited` is from the
event until it is asked for (one is asked for at a time), `away` from then until it is back, the rest until it is painted.
With `--cpu`, without a browser: the processor time of a preview and of a full map, which hangs less on what else the machine
does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PLACES_M = ((6.0, 6.0), (26.0, 6.0), (6.0, 18.0), (26.0, 18.0))
"""Four access points in the hall of the usual gym."""


def summary(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile in milliseconds, and how many there were.

    >>> summary([1.0, 2.0, 3.0])
    {'count': 3, 'median_ms': 2.0, 'p95_ms': 3.0}
    """
    ranked = sorted(values)
    if not ranked:
        return {"count": 0}
    p95 = ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))]
    return {"count": len(ranked), "median_ms": round(statistics.median(ranked), 1), "p95_ms": round(p95, 1)}


@contextmanager
def app(folder: Path) -> Iterator[str]:
    """The app with a gym on its desk, until the block ends; stopped by its own pid."""
    import floorplans
    from dashboards.planner import project
    from dashboards.planner.desk import Desk

    begun = project.begun("gym", floorplans.gym())
    for x_m, y_m in PLACES_M:
        begun = project.edited(begun, "add", {"x_m": x_m, "y_m": y_m})
    Desk(folder / "projects").create(begun)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [sys.executable, "-c", "from wifiplan.cli import main; main()", "app", "--port", str(port)]
    with (folder / "app.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=dict(os.environ))
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def dragged(page: Any, seconds: float, rng: random.Random) -> dict[str, dict[str, float]]:
    """One access point dragged about for so long, let go ten times; milliseconds of previews and of full maps."""
    page.evaluate("window.__planner.previews.length = 0; window.__planner.full.length = 0")
    board = page.locator(".board").bounding_box()
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        body = page.locator('[data-ap="AP-01"]').bounding_box()
        page.mouse.move(body["x"] + body["width"] / 2, body["y"] + body["height"] / 2)
        page.mouse.down()
        for _ in range(12):
            page.mouse.move(
                board["x"] + board["width"] * rng.uniform(0.15, 0.7), board["y"] + board["height"] * rng.uniform(0.35, 0.65)
            )
            page.wait_for_timeout(60)
        page.mouse.up()
        page.wait_for_timeout(1200)
    found = page.evaluate("({previews: window.__planner.previews, full: window.__planner.full})")
    return {
        "preview": summary([one["paint"] for one in found["previews"]]),
        "preview_waited": summary([one["waited"] for one in found["previews"]]),
        "preview_away": summary([one["away"] for one in found["previews"]]),
        "preview_computed": summary([one["computed"] for one in found["previews"]]),
        "full": summary([one["paint"] for one in found["full"]]),
    }


ALL_FOUR = """() => { const app = window.__plan, hold = app.hold.bind(app), first = {};
  const clip = (value, most) => Math.min(most, Math.max(0.5, value));
  for (const ap of app.state.view.access_points) first[ap.name] = [ap.x_m, ap.y_m];
  app.hold = (name, at, since) => {
    const by = [at[0] - first[name][0], at[1] - first[name][1]];
    for (const [other, [x, y]] of Object.entries(first))
      if (other !== name) app.state.held[other] = [clip(x + 0.2 * by[0], 38), clip(y + 0.2 * by[1], 22)];
    hold(name, at, since);
  };
  app.release = () => { app.state.hand = null; app.state.held = {}; app.redraw(); };
}"""
"""From now on a hand drags all four, and letting go leaves them where they were."""


async def _planner(url: str, token: str, number: int, until: float, waits: list[float]) -> None:
    """Another planner over the wire: one map after the other, a hand's pause between."""
    import websockets

    rng = random.Random(number)
    async with websockets.connect(f"{url.replace('http', 'ws')}/planner/wire", max_size=None) as wire:
        await wire.send(json.dumps({"token": token}))
        await wire.recv()
        sequence = 0
        while time.monotonic() < until:
            sequence += 1
            moved = {f"AP-0{1 + number % 4}": [round(rng.uniform(2, 30), 2), round(rng.uniform(2, 20), 2)]}
            began = time.monotonic()
            await wire.send(json.dumps({"map": {"layer": "signal", "band": "5", "moved": moved}, "seq": sequence}))
            while isinstance(await wire.recv(), str):
                pass
            waits.append(1000 * (time.monotonic() - began))
            await asyncio.sleep(0.08)


def crowd(url: str, token: str, count: int, seconds: float) -> tuple[threading.Thread, list[float]]:
    """So many planners in a thread of their own; how long each waited for each map, in milliseconds."""
    waits: list[float] = []
    until = time.monotonic() + seconds

    async def every() -> None:
        await asyncio.gather(*(_planner(url, token, number, until, waits) for number in range(count)))

    thread = threading.Thread(target=lambda: asyncio.run(every()))
    thread.start()
    return thread, waits


def processor_time() -> dict[str, dict[str, float]]:
    """Milliseconds of one core for a preview with one and with four access points traced anew, and for a full map with one."""
    import numba

    import floorplans
    from dashboards.planner import project
    from dashboards.planner.preview import Painter, finished

    numba.set_num_threads(1)
    begun = project.begun("gym", floorplans.gym())
    for x_m, y_m in PLACES_M:
        begun = project.edited(begun, "add", {"x_m": x_m, "y_m": y_m})
    design, painter, rng = begun.document.design, Painter(), random.Random(1)
    names = [ap.name for ap in design.access_points]

    def spent(count: int, *, full: bool, times: int) -> dict[str, float]:
        values = []
        for _ in range(times):
            moved = {name: (rng.uniform(2.0, 30.0), rng.uniform(2.0, 20.0)) for name in names[:count]}
            began = time.process_time()
            finished(painter.drawn(design, "signal", "5", full=full, moved=moved))
            values.append(1000 * (time.process_time() - began))
        return summary(values[3:])

    return {
        "preview of one": spent(1, full=False, times=103),
        "preview of four": spent(4, full=False, times=103),
        "full map of one": spent(1, full=True, times=53),
        "full map of four": spent(4, full=True, times=53),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--planners", type=int, default=10)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--cpu", action="store_true")
    asked = parser.parse_args()
    if asked.cpu:
        print(json.dumps(processor_time(), indent=1))
        return
    from playwright.sync_api import sync_playwright

    rng, hosts = random.Random(1), set()
    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1360, "height": 1000})
        page.on("request", lambda request: hosts.add(request.url.split("/")[2].partition(":")[0]))
        page.goto(f"{url}/planner?lang=en&project=gym")
        page.wait_for_selector('.planner[data-full="1"]', timeout=120_000)
        page.wait_for_timeout(20_000)  # the first check of the design is done by then
        found: dict[str, Any] = {"one": dragged(page, asked.seconds, rng)}
        page.wait_for_timeout(8_000)
        token = page.evaluate("window.__plan.wire.token")
        thread, waits = crowd(url, token, asked.planners - 1, asked.seconds)
        among = dragged(page, asked.seconds, rng)
        thread.join()
        found["among_ten"] = {"browser": among["preview"], "others": summary(waits)}
        page.wait_for_timeout(8_000)
        page.evaluate(ALL_FOUR)
        found["four"] = dragged(page, asked.seconds, rng)
        browser.close()
    found["hosts"] = sorted(hosts)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
