"""Make docs/images: a gym as viewers and readers see it, one access point full and one down; a made-up city of 1,000 facilities.

    .venv/bin/python scripts/screenshots.py [--city]

Needs Chromium (`apt-get install chromium fonts-noto-cjk`) and the packages of requirements-dev.lock.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
LARGEST_BYTES = 300_000
HAND = {"clients": {"AP-02": 56}, "down": ["AP-03"]}
"""What the simulated network is told, so that the picture shows more than one state."""


def command(*arguments: object) -> list[str]:
    """One of ours, in a process of its own."""
    return [sys.executable, "-c", "from wifiplan.cli import main; main()", *map(str, arguments)]


@contextlib.contextmanager
def running(folder: Path, *arguments: object) -> Iterator[None]:
    """Keep a command at work until the block ends."""
    with (folder / f"{arguments[0]}.log").open("wb") as log:
        process = subprocess.Popen(command(*arguments), stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def free_port() -> int:
    """Find a TCP port of 127.0.0.1 that nobody has now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for(path: Path) -> None:
    """Wait until a command has written its file."""
    deadline = time.monotonic() + 60
    while not path.exists():
        if time.monotonic() > deadline:
            raise SystemExit(f"{path.name} was not written; see the logs in {path.parent}")
        time.sleep(0.1)


def save(picture: Image.Image, name: str) -> None:
    """Save in few colours: a drawing needs no more, and the file stays small."""
    picture = picture.convert("RGB").quantize(colors=128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    path = IMAGES / name
    picture.save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise SystemExit(f"{path}: {size:,} bytes, more than {LARGEST_BYTES:,}")
    print(f"{path.relative_to(IMAGES.parent.parent)}  {size:,} bytes")


def shot(page: Page) -> Image.Image:
    """What the viewer sees now."""
    return Image.open(io.BytesIO(page.screenshot()))


def report_page(path: Path) -> Image.Image:
    """Draw the report's first page."""
    with pdfium.PdfDocument(path) as document:
        picture: Image.Image = document[0].render(scale=1.6).to_pil()
        return picture


def shoot(url: str) -> None:
    """Take the pictures of the pages."""
    executable = shutil.which("chromium")
    if executable is None:
        raise SystemExit("chromium is not installed: apt-get install chromium fonts-noto-cjk")
    expect.set_options(timeout=180_000)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1360, "height": 1290}, timezone_id="Asia/Tokyo")
        page.goto(f"{url}/live")
        expect(page.locator('svg.wp-plan g[data-ap="AP-02"] text')).to_have_text("56")
        expect(page.locator('svg.wp-plan g[data-ap="AP-03"]')).to_have_attribute("data-state", "down")
        save(shot(page), "live.png")
        page.goto(f"{url}/design")
        expect(page.locator("img.wp-figure")).to_have_count(3)
        page.wait_for_timeout(1000)
        save(shot(page), "design.png")
        browser.close()


def shoot_city() -> None:
    """Take the pictures of the disaster office on a phone, and of all facilities."""
    sys.path.insert(0, str(IMAGES.parent.parent / "tests" / "benchmarks"))
    import operations_pages as city

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        targets = city.make_city(folder, 1000)
        with city.serving(folder, targets) as url, sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-gpu"],
                env=city.with_japanese_letters(folder),
            )
            for view, width, height in (("office", 390, 844), ("facilities", 1360, 1250)):
                page = browser.new_page(viewport={"width": width, "height": height}, timezone_id="Asia/Tokyo")
                city.poll(folder, 1000, datetime.now(UTC))
                page.goto(f"{url}/{view}")
                city.look(page, view, "ja")
                page.wait_for_timeout(12_000)  # the next reading, and all of the page
                save(shot(page), f"{view}.png")
            browser.close()


def main() -> None:
    """Run the whole job in a temporary folder and take its pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    if "--city" in sys.argv:
        shoot_city()
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for arguments in (
            (
                "gym",
                "--length-m",
                38.9,
                "--width-m",
                23.2,
                "--height-m",
                9.7,
                "--name",
                "見本小学校 体育館",
                "--out",
                "plan.json",
            ),
            ("place", "plan.json", "--scenario", "shelter-day1", "--out", "design.json"),
            ("report", "design.json", "--out", "report.pdf", "--lang", "ja"),
        ):
            subprocess.run(command(*arguments), cwd=folder, check=True, stdout=subprocess.DEVNULL)
        save(report_page(folder / "report.pdf"), "report.png")
        (folder / "hand.json").write_text(json.dumps(HAND), encoding="utf-8")
        port = free_port()
        snmp = ("simulate", "design.json", "--port", 0, "--write-targets", "targets.toml", "--control", "hand.json")
        with running(folder, *snmp):
            wait_for(folder / "targets.toml")
            with running(folder, "collect", "targets.toml"), running(folder, "app", "--config", "targets.toml", "--port", port):
                wait_for(folder / "store.sqlite")
                for _ in range(600):
                    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                        break
                    time.sleep(0.1)
                shoot(f"http://127.0.0.1:{port}")


if __name__ == "__main__":
    main()
