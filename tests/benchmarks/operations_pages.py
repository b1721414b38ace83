"""How fast the pages are that people watch on the worst day: one browser beside 19 scripted sessions, 1,000 facilities.

    python tests/benchmarks/operations_pages.py [--sites 1000] [--sessions 19] [--pictures DIR]

A city of that many facilities is written into a store as a collector would, with a list of opened shelters and two poll cycles
a minute while it runs. The app is started by its command. Scripted sessions hold the app's websocket open as browsers do, and
each loads a page every ten seconds. Then Debian's Chromium opens each page in both languages at 1360 and 390 pixels: the time
from the address to the page's last part, and from a click in the menu to the next page, each the median of five looks, of which
the worst must keep the bar. `--pictures` keeps what it saw.
"""

from __future__ import annotations

import argparse
import json
import math
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
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, expect, sync_playwright

import floorplans
from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards.locale import words
from wifiplan import model
from wifiplan.model import AccessPoint, Design, Radio
from wifiplan.report.catalogue import LANGS, Lang

DISTRICTS = ("北", "南", "東", "西", "中央", "港", "山手", "田園")
APS = 4
PAGES = ("office", "facilities", "live")
MOST_FIRST_S, MOST_CHANGE_S = 2.0, 1.5
LOOKS = 5


def name_of(number: int) -> str:
    return f"{DISTRICTS[number % len(DISTRICTS)]}第{number // len(DISTRICTS) + 1}小学校 体育館"


def make_city(folder: Path, sites: int, *, seed: int = 1) -> Path:
    """A targets.toml of that many facilities, with one design, places, capacities and a list of opened shelters."""
    chance = random.Random(seed)
    radios = (Radio(band="5", channel=36, planned_clients=30.0, client_limit=50),)
    access_points = tuple(
        AccessPoint(name=f"AP-{n + 1}", x_m=7.0 + 8.0 * n, y_m=9.0, height_m=5.0, radios=radios) for n in range(APS)
    )
    model.save(Design(floor_plan=floorplans.sample("gym"), access_points=access_points), folder / "design.json")
    lines = ['interval_s = 60\n[store]\nurl = "sqlite:store.sqlite"\n[shelters]\nopened_file = "opened.csv"\n']
    opened = ["名称,人数,想定収容人数"]
    for number in range(sites):
        district = number % len(DISTRICTS)
        angle, out = 2 * math.pi * district / len(DISTRICTS), 0.03 + 0.02 * chance.random()
        latitude = 37.05 + out * math.sin(angle) + 0.012 * chance.random()
        longitude = 136.96 + out * math.cos(angle) * 1.3 + 0.015 * chance.random()
        capacity = chance.choice((120, 240, 300, 480, 650))
        lines.append(
            f'[[site]]\nname = "{name_of(number)}"\ndistrict = "{DISTRICTS[district]}"\nlatitude = {latitude:.5f}\n'
            f"longitude = {longitude:.5f}\ncapacity_people = {capacity}\n"
            f'[[target]]\nname = "wlc-{number}"\nsite = "{name_of(number)}"\nhost = "127.0.0.1"\ndesign = "design.json"\n'
        )
        if number % 25 < 2:
            people = "" if chance.random() < 0.3 else str(int(capacity * chance.choice((0.1, 0.25, 0.5, 0.7, 0.9))))
            opened.append(f"{name_of(number)},{people},{capacity}")
    (folder / "targets.toml").write_text("".join(lines), encoding="utf-8")
    (folder / "opened.csv").write_text("\n".join(opened) + "\n", encoding="utf-8")
    return folder / "targets.toml"


def poll(folder: Path, sites: int, at: datetime, *, seed: int = 2) -> None:
    """What one poll of all devices gives: most serve, some are crowded, down, on battery, without internet, or never heard."""
    chance = random.Random(seed)
    samples = []
    for number in range(sites):
        fate = chance.random()
        if fate < 0.04:
            continue  # never heard
        of_site = {"site": name_of(number), "device": f"wlc-{number}"}
        up = 0.0 if fate < 0.06 else 1.0
        each = 0 if not up else 55 if fate < 0.09 else chance.randint(3, 30)

        def say(measurement: str, fields: dict[str, float], of_site: dict[str, str] = of_site, **tags: str) -> None:
            samples.append(Sample(measurement=measurement, time=at, tags={**of_site, **tags}, fields=fields))

        say("device", {"reachable": 1.0, "uptime_s": 9.0})
        say("wifi_total", {"clients": float(each * APS), "aps": float(APS), "aps_up": APS * up}, source="ap")
        say("wifi_site", {"clients": float(each * APS), "aps": float(APS), "aps_up": APS * up})
        for ap in range(APS):
            say("wifi_ap", {"clients": float(each), "up": up}, ap=f"AP-{ap + 1}", ap_key=str(ap))
        if fate > 0.3:
            say("probe", {"reachable": 0.0 if fate < 0.35 else 1.0}, target="internet")
        if fate > 0.5:
            say("ups", {"on_battery": 1.0, "minutes_left": 45.0} if fate > 0.95 else {"on_battery": 0.0})
    with open_store(f"sqlite:{folder / 'store.sqlite'}") as store:
        store.write(samples)


def history(folder: Path, site: str, now: datetime) -> None:
    """A week of sums of one facility and of its access points."""
    samples = []
    start = now.replace(second=0, microsecond=0)
    for minutes in range(7 * 24 * 60, 0, -1):
        at = start - timedelta(minutes=minutes)
        day = 60 + 50 * math.sin(2 * math.pi * (at.hour + at.minute / 60 - 9) / 24)
        if minutes <= 2 * 24 * 60:
            samples.append(
                Sample(
                    measurement="wifi_site_1m",
                    time=at,
                    tags={"site": site},
                    fields={"clients": round(day), "aps": 4.0, "aps_up": 4.0},
                )
            )
        if at.minute == 0:
            samples.append(
                Sample(
                    measurement="wifi_site_1h", time=at, tags={"site": site}, fields={"clients_mean": day, "clients_max": day + 9}
                )
            )
        if at.minute % 5 == 0 and minutes <= 2 * 24 * 60:
            fields = {"clients_mean": day / 4, "clients_max": day / 4 + 3, "up_share": 1.0, "polls": 5.0}
            samples.extend(
                Sample(
                    measurement="wifi_ap_5m",
                    time=at,
                    tags={"site": site, "device": "wlc-0", "ap": f"AP-{ap + 1}", "ap_key": str(ap)},
                    fields=fields,
                )
                for ap in range(APS)
            )
    with open_store(f"sqlite:{folder / 'store.sqlite'}") as store:
        store.write(samples)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def serving(folder: Path, targets: Path) -> Iterator[str]:
    port = free_port()
    command = [
        sys.executable,
        "-c",
        "from wifiplan.cli import main; main()",
        "app",
        "--port",
        str(port),
        "--config",
        str(targets),
    ]
    with (folder / "app.log").open("wb") as log:
        app = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=dict(os.environ))
    try:
        url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 90
        while True:
            try:
                with urlopen(f"{url}/_stcore/health", timeout=1):
                    break
            except OSError:
                if app.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit((folder / "app.log").read_text(errors="replace")[-2000:]) from None
                time.sleep(0.2)
        yield url
    finally:
        app.send_signal(signal.SIGTERM)
        try:
            app.wait(10)
        except subprocess.TimeoutExpired:
            app.kill()
            app.wait()


def with_japanese_letters(folder: Path) -> dict[str, str]:
    """An environment in which Chromium draws Japanese with the report's fonts, where the machine has none of its own."""
    found = [find_spec(f"noto_cjk_sans_jp_{weight}") for weight in ("regular", "bold")]
    folders = "".join(f"<dir>{Path(one.origin).parent}</dir>" for one in found if one is not None and one.origin)
    path = folder / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{folders}</fontconfig>',
        encoding="utf-8",
    )
    return {**os.environ, "FONTCONFIG_FILE": str(path)}


def look(page: Page, view: str, lang: Lang) -> None:
    """Wait for the last part of a page."""
    expect(page.get_by_role("heading", name=words(f"{view}.title", lang), exact=True)).to_be_visible(timeout=60_000)
    last = {"office": ".wp-answer", "facilities": ".wp-table", "live": ".wp-banner"}[view]
    expect(page.locator(last).first).to_be_visible(timeout=60_000)


def first_s(  # noqa: PLR0917
    browser: Browser, url: str, view: str, lang: Lang, width: int, pictures: Path | None
) -> float:
    """Seconds from the address to the whole page, in a browser that has the app's scripts already: the median of `LOOKS`."""
    context = browser.new_context(viewport={"width": width, "height": 844}, timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{url}/{view}?lang={lang}")
    look(page, view, lang)
    seconds = []
    for _ in range(LOOKS):
        started_s = time.perf_counter()
        page.goto(f"{url}/{view}?lang={lang}")
        look(page, view, lang)
        seconds.append(time.perf_counter() - started_s)
    if pictures is not None:
        page.wait_for_timeout(700)
        page.screenshot(path=str(pictures / f"{view}-{lang}-{width}.png"), full_page=False)
    context.close()
    return statistics.median(seconds)


def change_s(browser: Browser, url: str, lang: Lang) -> dict[str, float]:
    """Seconds from a click in the menu to each next page: the median of `LOOKS`."""
    context = browser.new_context(viewport={"width": 1360, "height": 844}, timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{url}/office?lang={lang}")
    look(page, "office", lang)
    seconds: dict[str, list[float]] = {view: [] for view in PAGES}
    for view in ("facilities", "live", "office") * LOOKS:
        started_s = time.perf_counter()
        page.get_by_role("link", name=words(f"app.{view}", lang), exact=True).click()
        look(page, view, lang)
        seconds[view].append(time.perf_counter() - started_s)
    context.close()
    return {f"to {view} {lang}": statistics.median(found) for view, found in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--sessions", type=int, default=19)
    parser.add_argument("--pictures", type=Path)
    asked = parser.parse_args()
    if asked.pictures is not None:
        asked.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets = make_city(folder, asked.sites)
        poll(folder, asked.sites, datetime.now(UTC))
        history(folder, name_of(0), datetime.now(UTC))
        stop = threading.Event()

        def polls() -> None:
            while not stop.wait(30):
                poll(folder, asked.sites, datetime.now(UTC))

        with serving(folder, targets) as url, sessions(url, asked.sessions), sync_playwright() as play:
            polling = threading.Thread(target=polls)
            polling.start()
            browser = play.chromium.launch(
                executable_path="/usr/bin/chromium",
                args=["--no-sandbox", "--disable-gpu"],
                env=with_japanese_letters(folder),
            )
            try:
                found = {
                    f"{view} {lang} {width}": first_s(browser, url, view, lang, width, asked.pictures)
                    for view in PAGES
                    for lang in LANGS
                    for width in (1360, 390)
                }
                changes = {key: second for lang in LANGS for key, second in change_s(browser, url, lang).items()}
            finally:
                browser.close()
                stop.set()
                polling.join()
    for view in PAGES:
        seconds = [value for key, value in found.items() if key.startswith(view)]
        print(
            f"{view}: {statistics.median(seconds):.2f} s to the whole page (median of {len(seconds)}, worst {max(seconds):.2f} s)"
        )
    seconds = list(changes.values())
    print(f"page change: {statistics.median(seconds):.2f} s (median of {len(seconds)}, worst {max(seconds):.2f} s)")
    print(json.dumps({key: round(value, 2) for key, value in {**found, **changes}.items()}))
    if max(found.values()) > MOST_FIRST_S or max(seconds) > MOST_CHANGE_S:
        raise SystemExit(f"slower than {MOST_FIRST_S:g} s to a page, or {MOST_CHANGE_S:g} s from page to page")


@contextmanager
def sessions(url: str, number: int) -> Iterator[None]:
    """So many viewers in a process of their own, by the protocol that browsers speak: each holds a session open and reruns it."""
    if not number:
        yield
        return
    command = [sys.executable, str(Path(__file__).with_name("app_sessions.py")), url, str(number)]
    viewers = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert viewers.stdout is not None
        if viewers.stdout.readline().strip() != "ready":
            raise SystemExit("the scripted sessions did not start")
        yield
    finally:
        viewers.terminate()
        viewers.wait(10)


if __name__ == "__main__":
    main()
