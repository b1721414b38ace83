"""The app as a viewer has it: started by its command, looked at in Debian's Chromium."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

OFFLINE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
)
"""What keeps Chromium's own updates and lists off the network: what is left are the page's requests."""

START_S = 60.0

# The first look at a page waits for imports, and on a machine that two others use as well.
expect.set_options(timeout=30_000)


class Printed(NamedTuple):
    """What a page's print is: how many sheets, the first one's size in points, and what stands on them."""

    sheets: int
    size_pt: tuple[int, int]
    text: str


@pytest.fixture
def printed(tmp_path: Path) -> Callable[[Page], Printed]:
    """Print a page as its own style has it."""

    def prints(page: Page) -> Printed:
        # On screen a sheet is hidden: one that is seen has come before its style, and would be printed without it.
        expect(page.locator(".wp-sheet")).to_be_hidden()
        page.pdf(path=str(tmp_path / "sheet.pdf"), prefer_css_page_size=True)
        with pdfium.PdfDocument(tmp_path / "sheet.pdf") as document:
            sheets, (width, height) = len(document), document[0].get_size()
        # What is printed is read from the page: a machine without Japanese fonts prints boxes, which no reader tells apart.
        page.emulate_media(media="print")
        return Printed(sheets, (round(width), round(height)), page.locator("body").inner_text())

    return prints


@pytest.fixture(scope="session")
def browser(os_program: Callable[[str], str]) -> Iterator[Browser]:
    executable = os_program("chromium")
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=executable, args=list(OFFLINE))
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, timezone_id="Asia/Tokyo")
    context.set_default_timeout(30_000)
    opened = context.new_page()
    yield opened
    context.close()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def _running(folder: Path, *arguments: object, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A command of ours until the block ends; stopped by its own pid."""
    log = folder / f"{arguments[0]}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", "from wifiplan.cli import main; main()", *map(str, arguments)],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def running() -> Callable[..., Any]:
    """`with running(folder, "collect", targets):` is a command of ours at work."""
    return _running


@pytest.fixture(scope="session")
def serving() -> Callable[..., Any]:
    """`with serving(folder, "--config", targets) as url:` is the app, answering."""

    @contextmanager
    def serve(
        folder: Path, *options: object, port: int | None = None, environment: dict[str, str] | None = None
    ) -> Iterator[str]:
        port = port or _free_port()
        with _running(folder, "app", "--port", port, *options, environment=environment) as process:
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + START_S
            while True:
                try:
                    with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                        break
                except OSError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        pytest.fail((folder / "app.log").read_text(errors="replace")[-2000:])
                    time.sleep(0.1)
            yield url

    return serve
