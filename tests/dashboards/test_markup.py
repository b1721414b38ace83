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
from dashboards import markup, watch
from dashboards.markup import Cell
from dashboards.states import STATES, ApState, Facility, State
from floorplans.plan import FloorPlan
from wifiplan.catalogue import LANGS, Lang
from wifiplan.model import Design

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
    shapes = {re.sub(r'fill="[^"]*"', "", markup.mark(state)) for state in STATES}

    assert len(STATES) == len(shapes)


def test_the_plan_shows_clients_planned_and_limit_of_each_access_point(plan: FloorPlan) -> None:
    svg = markup.live_plan(plan, [ap(), ap(name="AP-2", clients=7, x_m=20.0)], "ja")

    assert {"18", "7", "AP-1", "AP-2"} <= set(texts(svg))
    assert 2 == texts(svg).count("計画40・上限80")


def test_a_stale_access_point_shows_a_question_mark_and_its_last_count_as_last(plan: FloorPlan) -> None:
    stale = ap(state="unknown", clients=None, last_clients=22, age_s=310.0, stale=True)
    shown = texts(markup.live_plan(plan, [stale], "ja"))

    assert "?" in shown
    assert "22" not in shown
    assert "不明" in shown
    assert "最後は22（5分前）" in shown


@pytest.mark.parametrize("state", [state for state in STATES if state != "ok"])
@pytest.mark.parametrize("lang", LANGS)
def test_every_state_but_ok_is_also_written_beside_its_mark(plan: FloorPlan, state: State, lang: Lang) -> None:
    from dashboards.locale import words

    assert words(f"state.{state}", lang) in texts(markup.live_plan(plan, [ap(state=state)], lang))


def test_the_plan_says_in_words_what_it_shows_to_those_who_hear_it(plan: FloorPlan) -> None:
    label = drawn(markup.live_plan(plan, [ap()], "en")).get("aria-label")

    assert label is not None
    assert "AP-1: OK, clients 18, planned 40, limit 80" in label


def test_labels_keep_clear_of_each_other_and_of_the_marks(plan: FloorPlan) -> None:
    """Twelve access points in a gym, four metres apart in a row at the wall: the worst that placement gives."""
    aps = [ap(name=f"体育館AP-{n:02d}", x_m=3.0 + 6.5 * (n % 6), y_m=1.0 + 12.0 * (n // 6)) for n in range(12)]
    svg = drawn(markup.live_plan(plan, aps, "ja"))
    width = float(svg.get("viewBox", "0 0 0 0").split()[2])
    names = [
        (float(t.get("x", "0")), float(t.get("y", "0")), 27 * 7.2) for t in svg.iter("text") if "wp-name" in t.get("class", "")
    ]

    assert 12 == len(names)
    assert all(x - w / 2 >= -1 and x + w / 2 <= width + 1 for x, _, w in names)
    overlapping = [
        (a, b) for i, a in enumerate(names) for b in names[i + 1 :] if abs(a[1] - b[1]) < 20 and abs(a[0] - b[0]) < 0.6 * a[2]
    ]
    assert [] == overlapping


def test_names_from_devices_cannot_become_markup(plan: FloorPlan) -> None:
    svg = markup.live_plan(plan, [ap(name=HOSTILE)], "en")
    table = markup.table(["<b>"], [[Cell(text=HOSTILE)]], caption=HOSTILE)
    notice = markup.notice(HOSTILE, HOSTILE)

    assert HOSTILE in texts(svg)
    for html in (svg, table, notice, markup.heading(HOSTILE), markup.note(HOSTILE), markup.items([HOSTILE, HOSTILE])):
        assert "<script" not in html


def test_a_table_is_one_that_a_screen_reader_can_walk() -> None:
    table = drawn(
        markup.table(["施設", "接続台数"], [[Cell(text="体育館"), Cell(text="18", right=True)]], caption="全施設")
    ).find("table")

    assert table is not None
    assert ["施設", "接続台数"] == [th.text for th in table.iter("th")]
    assert {"col"} == {th.get("scope") for th in table.iter("th")}
    assert [("体育館", "施設"), ("18", "接続台数")] == [(td.text, td.get("data-label")) for td in table.iter("td")]


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


@pytest.mark.parametrize("sample", ["gym", "community-centre", "school-corridor"])
def test_every_sample_building_is_drawn_as_well_formed_svg(sample: str) -> None:
    import floorplans

    building = floorplans.sample(sample)
    x0, y0, x1, y1 = building.extent_m
    svg = drawn(markup.live_plan(building, [ap(x_m=(x0 + x1) / 2, y_m=(y0 + y1) / 2)], "ja"))

    walls = [wall for wall in building.walls if wall.z0_m <= building.levels[0].floor_m + 1.2 < wall.z1_m]
    assert len(walls) == sum(line.get("stroke") == "#1a1a1a" for line in svg.iter("line"))
