"""From three numbers to a PDF in the planner's page: seconds and clicks, in Debian's Chromium.

    python tests/benchmarks/planner_pdf.py [--lang ja] [--length-m 38.9 --width-m 23.2 --height-m 9.7]

Prints one JSON value: seconds from the first look at the page to the plan, to the placed design, and to the report's PDF, and
the clicks that it took. Compiled code is loaded, not compiled: run it twice on a new machine.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from planner_drag import app
from playwright.sync_api import sync_playwright

from dashboards.locale import words


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--lang", choices=("ja", "en"), default="ja")
    for name, value in (("length", 38.9), ("width", 23.2), ("height", 9.7)):
        parser.add_argument(f"--{name}-m", type=float, default=value)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    asked = parser.parse_args()
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=asked.chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1360, "height": 1000})
        page.set_default_timeout(300_000)

        def press(key: str) -> None:
            page.get_by_role("button", name=words(key, asked.lang), exact=True).first.click()

        started_s = time.monotonic()
        page.goto(f"{url}/planner?lang={asked.lang}")
        for key in ("length_m", "width_m", "height_m"):
            page.get_by_label(words(f"planner.{key}", asked.lang)).fill(str(getattr(asked, key)))
        press("planner.begin")
        page.wait_for_selector('.planner[data-ready="1"]')
        seconds["plan"] = round(time.monotonic() - started_s, 1)
        press("planner.place")
        page.wait_for_selector("[data-ap]")
        seconds["placed"] = round(time.monotonic() - started_s, 1)
        with page.expect_download() as download:
            press("planner.file_report")
        is_pdf = Path(download.value.path()).read_bytes().startswith(b"%PDF")
        seconds["pdf"] = round(time.monotonic() - started_s, 1)
        access_points = page.locator("[data-ap]").count()
        browser.close()
    print(json.dumps({"seconds": seconds, "clicks": 3, "access_points": access_points, "is_pdf": is_pdf}))


if __name__ == "__main__":
    main()
