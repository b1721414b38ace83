"""The disaster office's page as it is used: on a phone at night, and on one sheet of paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from collectors.metrics import Sample
from collectors.stores.store import open_store
from dashboards.locale import words
from wifiplan.report.catalogue import LANGS, Lang

SHELTERS = 80
"""What one A4 is for."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, serving: Callable[..., Any]) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("office")
    names = [f"第{number}小中一貫校 第二体育館" for number in range(SHELTERS)]
    rows = "".join(
        f'[[site]]\nname = "{name}"\ncapacity_people = 100\n'
        f'[[target]]\nname = "wlc-{number}"\nsite = "{name}"\nhost = "127.0.0.1"\n'
        for number, name in enumerate(names)
    )
    (folder / "targets.toml").write_text(
        f'[store]\nurl = "sqlite:store.sqlite"\n[shelters]\nopened_file = "opened.csv"\n{rows}', encoding="utf-8"
    )
    lines = "".join(f"{name},{number}\n" for number, name in enumerate(names))
    (folder / "opened.csv").write_text(f"名称,人数\n{lines}", encoding="utf-8")
    place = {"site": names[0], "device": "wlc-0", "source": "ap"}
    now = datetime.now(UTC)
    with open_store(f"sqlite:{folder / 'store.sqlite'}") as store:
        store.write([Sample(measurement="wifi_total", time=now, tags=place, fields={"clients": 3.0, "aps": 1.0, "aps_up": 1.0})])
    with serving(folder, "--config", folder / "targets.toml") as address:
        yield address


@pytest.mark.parametrize("lang", LANGS)
def test_a_phones_first_screen_answers_the_question(browser: Browser, url: str, lang: Lang) -> None:
    """Which shelters can people use now: how many, and the first of them, without a touch. Nothing is wider than the phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(f"{url}/office?lang={lang}")
    expect(page.locator(".wp-answer b")).to_have_text("80")
    cards = page.locator(".wp-shelters").first.locator("li")
    expect(cards).to_have_count(SHELTERS)
    seen = [box for box in (cards.nth(number).bounding_box() for number in range(4)) if box is not None]
    width = page.evaluate("document.documentElement.scrollWidth")
    text = cards.first.inner_text()
    context.close()

    assert sum(box["y"] + box["height"] <= 844 for box in seen) >= 2
    assert 390 == width
    assert words("crowding.roomy", lang) in text


@pytest.mark.parametrize("lang", LANGS)
def test_eighty_shelters_are_printed_on_one_a4(
    page: Page, url: str, lang: Lang, printed: Callable[[Page], tuple[int, tuple[int, int], str]]
) -> None:
    page.goto(f"{url}/office?lang={lang}")
    expect(page.locator(".wp-shelters").first.locator("li")).to_have_count(SHELTERS)
    expect(page.locator(".wp-sheet")).to_have_count(1)
    sheets, size_pt, text = printed(page)

    assert 1 == sheets
    assert (595, 842) == size_pt
    assert words("figure.shortest_battery", lang).split()[0] in text
    assert SHELTERS == text.count("小中一貫校")
