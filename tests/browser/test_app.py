"""What a viewer sees: new counts within one poll interval, both languages, a phone's width, and not one request elsewhere."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

import floorplans
from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards.emergency_wifi import SSID
from dashboards.locale import words
from wifiplan import model
from wifiplan.model import AccessPoint, Design, Radio
from wifiplan.report.catalogue import LANGS, Lang

INTERVAL_S = 4.0
SITE = "第一小学校 体育館"
VIEWS = ("live", "facilities", "design", "office", "alerts", "events", "readiness")
WITH_TABLE = ("live", "facilities", "design", "readiness")
IN_ANOTHER_LANGUAGE = {
    "ja": re.compile(r"[A-Za-z]{3,}(?: [a-z]{2,}){2,}"),
    "en": re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]+"),
}
"""Three English words in a row, and Japanese letters: neither is on a page of the other language, names left out."""
HOSTILE = '<img src=x onerror="document.title=1">'


class Facility:
    """A folder with a design, a targets.toml and a store that a test writes into as a collector would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.targets = folder / "targets.toml"
        self.design = folder / "design.json"
        radios = (
            Radio(band="2.4", channel=1, planned_clients=8.0, client_limit=30),
            Radio(band="5", channel=36, planned_clients=32.0, client_limit=50),
        )
        places = (("AP-1", 9.0, 6.0), ("AP-2", 20.0, 6.0), (HOSTILE, 14.0, 16.0))
        access_points = tuple(AccessPoint(name=name, x_m=x, y_m=y, height_m=5.0, radios=radios) for name, x, y in places)
        model.save(Design(floor_plan=floorplans.sample("gym"), access_points=access_points), self.design)
        self.targets.write_text(
            f'[store]\nurl = "sqlite:store.sqlite"\ninterval_s = {INTERVAL_S}\n'
            f'[[target]]\nname = "wlc"\nsite = "{SITE}"\nhost = "127.0.0.1"\ndesign = "design.json"\n',
            encoding="utf-8",
        )

    def poll(self, *clients: int) -> None:
        """What a poll gives now."""
        now = datetime.now(UTC)
        of_site = {"site": SITE, "device": "wlc"}
        names = ("AP-1", "AP-2", HOSTILE)
        samples = [
            Sample(
                measurement="wifi_ap",
                time=now,
                tags={**of_site, "ap": name, "ap_key": str(number)},
                fields={"clients": float(count), "up": 1.0},
            )
            for number, (name, count) in enumerate(zip(names, clients, strict=True))
        ]
        total = {"clients": float(sum(clients)), "aps": 3.0, "aps_up": 3.0}
        samples.append(Sample(measurement="wifi_total", time=now, tags={**of_site, "source": "ap"}, fields=total))
        with open_store(f"sqlite:{self.folder / 'store.sqlite'}") as store:
            store.write(samples)


@pytest.fixture(scope="module")
def facility(tmp_path_factory: pytest.TempPathFactory) -> Facility:
    return Facility(tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="module")
def url(facility: Facility, serving: Callable[..., Any]) -> Iterator[str]:
    facility.poll(18, 20, 22)
    with serving(facility.folder, "--config", facility.targets) as address:
        yield address


def title(view: str, lang: Lang) -> str:
    return words("emergency.title", lang, ssid=SSID) if view == "readiness" else words(f"{view}.title", lang)


def count_of(page: Page, ap: str) -> Any:
    return page.locator(f'svg.wp-plan g[data-ap="{ap}"] text')


def test_a_new_count_is_on_the_page_within_one_poll_interval_by_itself(page: Page, url: str, facility: Facility) -> None:
    facility.poll(18, 20, 22)
    page.goto(f"{url}/live")
    expect(count_of(page, "AP-1")).to_have_text("18")
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    facility.poll(57, 20, 22)
    written_s = time.monotonic()
    expect(count_of(page, "AP-1")).to_have_text("57", timeout=INTERVAL_S * 1000)
    seen_s = time.monotonic() - written_s
    expect(page.get_by_role("cell", name="57", exact=True)).to_be_visible()

    assert seen_s <= INTERVAL_S
    assert [] == loads


def test_a_collector_that_stops_turns_counts_into_question_marks(page: Page, url: str, facility: Facility) -> None:
    facility.poll(18, 20, 22)
    page.goto(f"{url}/live?lang=en")
    expect(count_of(page, "AP-2")).to_have_text("20")
    expect(count_of(page, "AP-2")).to_have_text("?", timeout=5 * INTERVAL_S * 1000)
    expect(page.get_by_text(re.compile("No new measurements arrive"))).to_be_visible()

    assert 3 == page.locator('svg.wp-plan g[data-state="unknown"]').count()


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("view", VIEWS)
def test_every_page_is_whole_in_both_languages_and_asks_no_other_host(
    page: Page, url: str, facility: Facility, view: str, lang: Lang
) -> None:
    hosts: set[str] = set()
    errors: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).netloc))
    page.on("pageerror", lambda error: errors.append(str(error)))
    facility.poll(18, 20, 22)
    page.goto(f"{url}/{view}?lang={lang}")
    expect(page.get_by_role("heading", name=title(view, lang), exact=True)).to_be_visible()
    if view == "design":  # on a fresh machine the radio model is compiled first
        expect(page.locator("img.wp-figure")).to_have_count(3, timeout=180_000)
    if view in WITH_TABLE:
        expect(page.get_by_role("table").first).to_be_visible()
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    # What is read before the script has ended is a part of the page, and which part depends on the machine.
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)
    said = page.get_by_role("main").inner_text()
    commands = page.get_by_role("main").locator("code").all_inner_texts()  # the same in both languages
    for name in (SITE, HOSTILE, floorplans.sample("gym").name, *commands):
        said = said.replace(name, "")

    assert [] == IN_ANOTHER_LANGUAGE[lang].findall(said)
    assert {urlsplit(url).netloc} == hosts - {""}
    assert [] == errors


def test_the_switch_changes_the_language_and_keeps_it_on_the_next_page(page: Page, url: str, facility: Facility) -> None:
    facility.poll(18, 20, 22)
    page.goto(f"{url}/live")
    expect(page.get_by_role("heading", name="いまの様子")).to_be_visible()
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_role("heading", name="Live", exact=True)).to_be_visible()
    page.get_by_role("link", name="All facilities").click()
    expect(page.get_by_role("heading", name="All facilities")).to_be_visible()


def test_the_bare_address_leads_to_the_facility(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name="いまの様子")).to_be_visible()

    assert "/live" == urlsplit(page.url).path


def test_a_name_from_a_device_is_text_and_nothing_else(page: Page, url: str, facility: Facility) -> None:
    facility.poll(18, 20, 22)
    page.goto(f"{url}/live")
    expect(page.get_by_role("cell", name=HOSTILE)).to_be_visible()

    assert 0 == page.locator("img[src=x]").count()
    assert "1" != page.title()


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_has_to_be_scrolled_sideways_on_a_phone(page: Page, url: str, facility: Facility, view: str) -> None:
    facility.poll(18, 20, 22)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{url}/{view}")
    expect(page.get_by_role("heading", name=title(view, "ja"), exact=True)).to_be_visible()
    if view in WITH_TABLE:
        expect(page.get_by_role("table").first).to_be_visible()
    page.wait_for_function(  # images and the side bar move things for a moment
        "[...document.querySelectorAll('.stMainBlockContainer, .wp-scroll, .wp-plan')].every(e => e.scrollWidth <= innerWidth)",
        timeout=10_000,
    )
    letters = page.evaluate(
        "[...document.querySelectorAll('.wp-number, .wp-name')].map(e => e.getBoundingClientRect().height)"
        if view == "live"
        else "[16]"
    )
    assert min(letters) >= 10


def test_with_a_password_nothing_is_seen_before_it(page: Page, facility: Facility, serving: Callable[..., Any]) -> None:
    secret = "kotoba no kagi 2026"
    facility.poll(18, 20, 22)
    with serving(facility.folder, "--config", facility.targets, environment={"WIFIPLAN_APP_PASSWORD": secret}) as url:
        page.goto(f"{url}/live")
        expect(page.get_by_role("heading", name="ログイン")).to_be_visible()
        before = page.content()
        page.get_by_label("パスワード").first.fill(secret)
        facility.poll(18, 20, 22)  # a busy machine takes longer to start than three poll intervals
        page.get_by_role("button", name="ログインする").click()
        expect(count_of(page, "AP-1")).to_have_text("18")
        page.goto(f"{url}/facilities")
        page.get_by_role("link", name=SITE).click()
        expect(count_of(page, "AP-1")).to_be_visible()

    assert SITE not in before


def test_a_change_in_the_simulated_network_reaches_the_screen(
    page: Page, tmp_path: Path, running: Callable[..., Any], serving: Callable[..., Any]
) -> None:
    """Agents over UDP, collector, store and app, each by its own command: the whole way that real gear takes."""
    design = Facility(tmp_path).design
    targets, hand = tmp_path / "network.toml", tmp_path / "hand.json"
    hand.write_text('{"clients": {"AP-1": 12, "AP-2": 13}}', encoding="utf-8")
    network = ("simulate", design, "--port", 0, "--write-targets", targets, "--control", hand, "--interval-s", INTERVAL_S)
    with running(tmp_path, *network):
        deadline = time.monotonic() + 30
        while not targets.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        with running(tmp_path, "collect", targets), serving(tmp_path, "--config", targets) as url:
            page.goto(f"{url}/live")
            expect(count_of(page, "AP-1")).to_have_text("12")
            expect(count_of(page, "AP-2")).to_have_text("13")
            hand.write_text('{"clients": {"AP-1": 57}, "down": ["AP-2"]}', encoding="utf-8")
            changed_s = time.monotonic()
            # At most one interval to the next poll, a second in which an agent answers one state, one interval to the screen.
            expect(count_of(page, "AP-1")).to_have_text("57", timeout=2 * INTERVAL_S * 1000 + 2000)
            seen_s = time.monotonic() - changed_s
            expect(count_of(page, "AP-2")).not_to_have_text("13", timeout=5 * INTERVAL_S * 1000)

    assert seen_s < 2 * INTERVAL_S + 2
