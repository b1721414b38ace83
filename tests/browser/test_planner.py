"""The planner as planners have it: in Chromium, both languages, from three numbers to a PDF, and on a bad day."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

import floorplans
from dashboards.locale import words
from dashboards.planner import project
from dashboards.planner.desk import Desk
from wifiplan import model
from wifiplan.report.catalogue import LANGS, Lang

LONG = pytest.mark.skipif(
    not os.environ.get("WIFIPLAN_LONG_TESTS"), reason="takes minutes of both cores: WIFIPLAN_LONG_TESTS=1 runs it"
)
READY = '.planner[data-ready="1"]'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planner")


@pytest.fixture(scope="module")
def url(folder: Path, serving: Callable[..., Any]) -> Iterator[str]:
    with serving(folder) as address:
        yield address


@pytest.fixture
def desk(folder: Path) -> Desk:
    return Desk(folder / "projects")


def host_of(url: str) -> str:
    """Whom a request goes to; what the page has in memory (blob, data) goes to nobody."""
    inner = url.removeprefix("blob:")
    return "127.0.0.1" if inner.startswith("data:") else urlsplit(inner).hostname or url


def begun(desk: Desk, name: str) -> str:
    """A small gym with two access points on the desk."""
    found = project.begun(name, floorplans.gym(14.0, 10.0, 6.0))
    for x_m, y_m in ((4.0, 5.0), (9.0, 5.0)):
        found = project.edited(found, "add", {"x_m": x_m, "y_m": y_m})
    return desk.create(found).name


def opened(page: Page, url: str, name: str, lang: Lang = "en") -> list[str]:
    """The project's page, ready; the hosts of all that it asks for."""
    hosts: list[str] = []
    page.on("request", lambda request: hosts.append(host_of(request.url)))
    page.goto(f"{url}/planner?lang={lang}&project={name}", timeout=90_000)
    page.wait_for_selector(READY, timeout=90_000)
    return hosts


def until(holds: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it comes to hold in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.2)
    return False


def drag(page: Page, ap: str, right: float, down: float) -> None:
    body = page.locator(f'[data-ap="{ap}"]').bounding_box()
    assert body is not None
    x, y = body["x"] + body["width"] / 2, body["y"] + body["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(x + right * step / 5, y + down * step / 5)
    page.mouse.up()


@LONG
@pytest.mark.parametrize("lang", LANGS)
def test_from_three_numbers_to_a_pdf_in_ten_clicks(page: Page, url: str, lang: Lang, tmp_path: Path) -> None:
    """And not one request leaves this machine."""
    clicks = 0

    def click(name: str) -> None:
        nonlocal clicks
        clicks += 1
        page.get_by_role("button", name=name, exact=True).click()

    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(host_of(request.url)))
    page.goto(f"{url}/planner?lang={lang}")
    for key, value in (("length_m", "12"), ("width_m", "9"), ("height_m", "5")):
        page.get_by_label(words(f"planner.{key}", lang)).fill(value)
    click(words("planner.begin", lang))
    page.wait_for_selector(READY, timeout=90_000)
    click(words("planner.place", lang))
    expect(page.locator("[data-ap]").first).to_be_visible(timeout=200_000)
    with page.expect_download(timeout=120_000) as download:
        click(words("planner.file_report", lang))
    download.value.save_as(tmp_path / "report.pdf")

    assert b"%PDF" == (tmp_path / "report.pdf").read_bytes()[:4]
    assert clicks <= 10
    assert {"127.0.0.1"} == hosts


def test_a_drag_is_in_the_file_and_undo_goes_back_to_the_start(page: Page, url: str, desk: Desk) -> None:
    name = begun(desk, "drag")
    hosts = opened(page, url, name)
    start = desk.open(name)
    drag(page, "AP-01", 60.0, 20.0)

    assert until(lambda: desk.open(name).at == start.at + 1)
    assert desk.open(name).document.design.access_points[0].x_m > 4.0
    page.keyboard.press("Control+z")
    assert until(lambda: desk.open(name).at == start.at)
    for _ in range(start.at):
        page.keyboard.press("Control+z")
    assert until(lambda: desk.open(name).at == 0)
    assert () == desk.open(name).document.design.access_points
    assert {"127.0.0.1"} == set(hosts)


def test_everything_can_be_done_by_keyboard(page: Page, url: str, desk: Desk) -> None:
    """An access point is reached with Tab, moved, turned, locked; a wall is typed."""
    name = begun(desk, "keys")
    opened(page, url, name)
    page.locator('[data-ap="AP-02"]').focus()
    for key in ("ArrowRight", "Shift+ArrowUp", "]", "l"):
        page.keyboard.press(key)
        page.wait_for_timeout(300)

    assert until(lambda: desk.open(name).document.design.access_points[1].lock)
    ap = desk.open(name).document.design.access_points[1]
    assert (9.5, 5.1, 15.0) == (ap.x_m, ap.y_m, ap.azimuth_deg)
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    for field, value in (("x1", "3"), ("y1", "4"), ("x2", "3"), ("y2", "7")):
        page.locator(f'[name="typed-{field}"]').fill(value)
    page.get_by_role("button", name=words("planner_plan.draw", "en"), exact=True).press("Enter")
    assert until(lambda: desk.open(name).document.design.floor_plan.walls[-1].end_m == (3.0, 7.0))


def test_a_second_window_is_told_and_nothing_is_lost(browser: Browser, page: Page, url: str, desk: Desk) -> None:
    name = begun(desk, "two")
    opened(page, url, name)
    other = browser.new_context(viewport={"width": 1280, "height": 900})
    second = other.new_page()
    opened(second, url, name)
    before = desk.open(name).revision
    drag(page, "AP-01", 40.0, 0.0)
    expect(second.locator(".said")).to_have_text(words("planner_plan.other_window", "en"))
    drag(second, "AP-02", -40.0, 10.0)
    expect(page.locator(".said")).to_have_text(words("planner_plan.other_window", "en"))
    other.close()

    assert until(lambda: desk.open(name).revision >= before + 2)
    moved = desk.open(name).document.design.access_points
    assert moved[0].x_m > 4.0
    assert moved[1].x_m < 9.0


@LONG
def test_placing_goes_on_when_the_tab_is_closed(browser: Browser, url: str, desk: Desk) -> None:
    name = begun(desk, "closed")
    context = browser.new_context()
    page = context.new_page()
    opened(page, url, name)
    page.get_by_role("button", name=words("planner.place", "en"), exact=True).click()
    expect(page.get_by_role("button", name=words("planner.cancel", "en"), exact=True)).to_be_visible()
    context.close()

    assert until(lambda: desk.open(name).steps[-1].did == "place", 200.0)
    assert desk.open(name).document.design.placement is not None


@LONG
def test_placing_can_be_stopped(page: Page, url: str, desk: Desk) -> None:
    """Either nothing was found yet and nothing changes, or the best so far is there and says so."""
    name = desk.create(project.begun("stop", floorplans.gym())).name
    opened(page, url, name)
    page.get_by_role("button", name=words("planner.place", "en"), exact=True).click()
    page.get_by_role("button", name=words("planner.cancel", "en"), exact=True).click()
    expect(page.get_by_role("button", name=words("planner.place", "en"), exact=True)).to_be_visible(timeout=60_000)
    found = desk.open(name)

    assert 1 == len(found.steps) or found.document.design.placement is not None


@LONG
def test_a_restart_under_an_open_page_loses_nothing(
    page: Page, serving: Callable[..., Any], running: Callable[..., Any], tmp_path: Path
) -> None:
    """What is dragged while the server is away is sent when it is back."""
    own = Desk(tmp_path / "projects")
    name = begun(own, "restart")
    with serving(tmp_path) as first:
        port = urlsplit(first).port
        opened(page, first, name)
    expect(page.locator(".said")).to_have_text(words("planner_plan.lost", "en"))
    drag(page, "AP-01", 40.0, 0.0)
    with running(tmp_path, "app", "--port", port):
        assert until(lambda: own.open(name).document.design.access_points[0].x_m > 4.0, 150.0)


def test_an_existing_design_with_two_access_points_is_kept(page: Page, url: str, desk: Desk, tmp_path: Path) -> None:
    design = project.document_of(project.begun("x", floorplans.gym(14.0, 10.0, 6.0)).steps[0].parts).design
    for name, given in (("add", {"x_m": 4.0, "y_m": 5.0}), ("add", {"x_m": 9.0, "y_m": 5.0})):
        from dashboards.planner import edits

        design, _ = edits.done(design, name, given)
    model.save(design, tmp_path / "there.design.json")
    page.goto(f"{url}/planner?lang=en")
    page.get_by_role("tab", name=words("planner.by_design", "en")).click()
    page.locator('input[type="file"]').nth(1).set_input_files(tmp_path / "there.design.json")
    page.get_by_role("button", name=words("planner.open_design", "en"), exact=True).click()
    page.wait_for_selector(READY, timeout=90_000)

    assert design.access_points == desk.open("there").document.design.access_points
    assert 2 == page.locator("[data-ap]").count()


def test_a_drawing_that_is_damaged_or_newer_is_one_sentence(page: Page, url: str, tmp_path: Path) -> None:
    newer = {"format": 9, "name": "x", "steps": [], "parts": {}, "versions": [], "at": 0, "revision": 0}
    (tmp_path / "newer.wifiplan").write_text(json.dumps(newer), encoding="utf-8")
    page.goto(f"{url}/planner?lang=en")
    page.get_by_role("tab", name=words("planner.by_design", "en")).click()
    page.locator('input[type="file"]').nth(1).set_input_files(tmp_path / "newer.wifiplan")
    page.get_by_role("button", name=words("planner.open_design", "en"), exact=True).click()

    expect(page.get_by_text("format 9 is newer than this program's 1; update wifiplan")).to_be_visible()


@pytest.mark.parametrize("lang", LANGS)
def test_the_plan_is_whole_on_a_phone(browser: Browser, url: str, desk: Desk, lang: Lang) -> None:
    name = begun(desk, f"phone {lang}")
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    opened(page, url, name, lang)
    wide = page.evaluate("document.documentElement.scrollWidth")
    board = page.locator(".board").bounding_box()
    cut = [
        box
        for box in (mark.bounding_box() for mark in page.locator("[data-ap]").all())
        if box and board and not (board["x"] <= box["x"] and box["x"] + box["width"] <= board["x"] + board["width"])
    ]
    context.close()

    assert wide <= 390
    assert [] == cut
