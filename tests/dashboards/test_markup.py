"""Marks, tables and plans: told by shape, colour and words; every foreign text escaped; unknown never shown as a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from collectors.config import Target
from collectors.metrics import Sample
from dashboards import drawing, markup, watch
from dashboards.markup import Cell
from dashboards.states import STATES, ApState, Facility, State
from floorplans.plan import FloorPlan
from wifiplan.model import Design
from wifiplan.report.catalogue import LANGS, Lang

HOSTILE = """<script>alert("x")</script> **b** $1$ :smile: &amp; ' " `"""


def ap(**changes: object) -> ApState:
    base = ApState(
        name="AP-1",
        key=None,
        state="ok",
        clients=18,
        last_clients=18,
        planned=40.0,
        limit=80,
        age_s=5.0,
        device="wlc",
        x_m=9.0,
        y_m=6.0,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.fixture
def plan(design: Design) -> FloorPlan:
    return design.floor_plan


def drawn(html: str) -> ET.Element:
    return ET.fromstring(html)


def texts(html: str) -> list[str]:
    return [text.text or "" for text in drawn(html).iter("text")]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("state", STATES)
def test_text_on_a_mark_has_the_contrast_that_wcag_asks_for(state: State) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    low, high = sorted(map(_luminance, markup.COLOURS[state]))

    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_every_state_has_a_shape_of_its_own() -> None:
    shapes = {re.sub(r'fill="[^"]*"', "", str(markup.shape_of(state))) for state in STATES}

    assert len(STATES) == len(shapes)


def test_names_from_devices_cannot_become_markup(plan: FloorPlan) -> None:
    svg = drawing.live_plan(plan, [ap(name=HOSTILE)], "en")
    (group,) = drawn(svg).iter("g")
    table = markup.table(["<b>"], [[Cell(content=HOSTILE)]], caption=HOSTILE)
    notice = markup.notice(HOSTILE, HOSTILE)

    assert HOSTILE == group.get("data-ap")
    assert (group.findtext("title") or "").startswith(HOSTILE)
    for html in (svg, table, notice, markup.heading(HOSTILE), markup.note(HOSTILE), markup.items([HOSTILE, HOSTILE])):
        assert "<script" not in html


def test_a_table_is_one_that_a_screen_reader_can_walk() -> None:
    table = drawn(
        markup.table(["施設", "接続台数"], [[Cell(content="体育館"), Cell(content="18", right=True)]], caption="全施設")
    ).find("table")

    assert table is not None
    assert ["施設", "接続台数"] == [th.text for th in table.iter("th")]
    assert {"col"} == {th.get("scope") for th in table.iter("th")}
    assert [("体育館", "施設"), ("18", "接続台数")] == [(td.text, td.get("data-label")) for td in table.iter("td")]


def test_the_heading_of_numbers_stands_over_them() -> None:
    """A column of numbers has its heading at the right, as its numbers are."""
    html = markup.table(["name", "people"], [[Cell(content="north"), Cell(content="12", right=True)]])

    assert '<th scope="col" role="columnheader">name</th>' in html
    assert '<th scope="col" role="columnheader" class="wp-right">people</th>' in html


@pytest.mark.parametrize(
    ("clients", "complete", "text"),
    [(60, True, "60"), (1234, True, "1,234"), (60, False, "60以上"), (None, False, "不明"), (0, True, "0")],
)
def test_a_count_that_lacks_a_device_is_said_to_be_a_lower_bound(clients: int | None, complete: bool, text: str) -> None:
    assert text == markup.clients(Facility(site="x", state="ok", clients=clients, complete=complete), "ja")


@pytest.mark.parametrize("lang", LANGS)
def test_the_banner_has_the_state_its_figures_and_the_reasons(
    target: Target, design: Design, all_well: Sequence[Sample], now: datetime, lang: Lang
) -> None:
    found = watch.facility(target.site, [target], {Path("design.json"): design}, all_well, now=now)
    banner = drawn(markup.banner(found, lang, ["because"]))

    assert ["60", "120", "240", "3 / 3"] == [dd.text for dd in banner.iter("dd")][:4]
    assert ["because"] == [li.text for li in banner.iter("li")]
