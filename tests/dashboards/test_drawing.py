"""The live plan as SVG: every count, state and wall is on it, and no label covers anything at a desk's or a phone's width."""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from PIL import ImageFont
from shapely import Polygon
from shapely import box as rectangle

import floorplans
from dashboards import drawing
from dashboards.locale import words
from dashboards.states import STATES, ApState, State
from floorplans.plan import FloorPlan
from wifiplan.model import Design
from wifiplan.report import wording
from wifiplan.report.catalogue import LANGS, Lang
from wifiplan.report.labels import Box

LETTERS = {
    "desk": {"wp-name": 27.0, "wp-detail": 25.0, "wp-zone": 22.0},
    "phone": {"wp-name": 34.0},
}
"""Classes of text that pages.css shows at each width, and the size of their letters in units of the drawing."""


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


@functools.cache
def _wide(text: str, *, bold: bool) -> float:
    """Width in ems by the packaged font, which is as wide as those of browsers."""
    return float(ImageFont.truetype(wording.BOLD_FONT if bold else wording.REGULAR_FONT, 100).getlength(text)) / 100


def text_boxes(svg: ET.Element, width: str) -> Iterator[tuple[str, Box]]:
    """(text, what its letters take) of all that is shown beside marks."""
    for text in svg.iter("text"):
        kind = text.get("class", "").removeprefix("wp-label ")
        if kind in LETTERS[width]:
            size = LETTERS[width][kind]
            half = size * _wide(text.text or "", bold=kind == "wp-name") / 2
            x, y = float(text.get("x", "nan")), float(text.get("y", "nan"))
            yield text.text or "", Box(x0=x - half, y0=y - 0.78 * size, x1=x + half, y1=y + 0.2 * size)


def mark_boxes(svg: ET.Element) -> Iterator[tuple[str, Box]]:
    for group in svg.iter("g"):
        circle, polygon = group.find("circle"), group.find("polygon")
        if circle is not None:
            x, y, radius = (float(circle.get(key, "nan")) for key in ("cx", "cy", "r"))
            yield "mark", Box.around(x, y, radius, radius)
        elif polygon is not None:
            xs, ys = zip(*(map(float, corner.split(",")) for corner in polygon.get("points", "").split()), strict=True)
            yield "mark", Box(x0=min(xs), y0=min(ys), x1=max(xs), y1=max(ys))


def covered(svg: ET.Element, width: str) -> list[tuple[str, str]]:
    """Texts that cover another text or a mark, or leave the drawing: none may."""
    wide, high = map(float, svg.get("viewBox", "").split()[2:])
    frame = Box(x0=0.0, y0=0.0, x1=wide, y1=high)
    shown, marks = list(text_boxes(svg, width)), list(mark_boxes(svg))
    pairs = [*combinations(shown, 2), *((text, mark) for text in shown for mark in marks)]
    found = [(one, other) for (one, box), (other, other_box) in pairs if box.overlap(other_box) > 1.0]
    return found + [(text, "edge") for text, box in shown if not box.within(frame)]


def random_aps(seed: int, building: FloorPlan) -> list[ApState]:
    """As placement and life give them: up to 24 access points at least 5 m apart, in all states, with names of all kinds."""
    rng = random.Random(seed)
    x0, y0, x1, y1 = building.extent_m
    names = rng.choice(("AP-{:02d}", "体育館AP-{:02d}", "gym-north-ap-{:d}", "ap{:d}.kashiwa.example"))
    points: list[tuple[float, float]] = []
    for _ in range(rng.randint(1, 24)):
        point = (rng.uniform(x0, x1), rng.uniform(y0, y1))
        if all(math.dist(point, other) >= 5.0 for other in points):
            points.append(point)
    found = []
    for number, (x, y) in enumerate(points, 1):
        state = rng.choice(STATES)
        clients = None if state in ("down", "unknown") else rng.choice((0, 18, 120))
        stale = state == "unknown" and rng.random() < 0.5
        found.append(ap(name=names.format(number), state=state, clients=clients, stale=stale, x_m=x, y_m=y))
    return found


@pytest.mark.parametrize("seed", range(200))
def test_no_label_covers_anything_on_a_desk_or_a_phone(seed: int) -> None:
    building = floorplans.sample("gym")
    aps = random_aps(seed, building)
    svg = drawn(drawing.live_plan(building, aps, "en" if seed % 2 else "ja"))
    names = [text for text in svg.iter("text") if "wp-name" in text.get("class", "")]

    assert len(aps) == len(names)
    assert {"desk": [], "phone": []} == {width: covered(svg, width) for width in LETTERS}


def test_access_points_in_a_row_5_m_apart_keep_their_whole_labels(plan: FloorPlan) -> None:
    aps = [ap(name=f"AP-{n:02d}", state="busy", x_m=3.0 + 5.0 * n, y_m=1.0) for n in range(7)]
    svg = drawing.live_plan(plan, aps, "ja")

    assert [] == covered(drawn(svg), "desk")
    assert {f"AP-{n:02d}" for n in range(7)} <= set(texts(svg))
    assert 7 == texts(svg).count("計画40・上限80")


def test_a_zones_name_stands_in_its_own_zone(plan: FloorPlan) -> None:
    """The hall is an L about the store: a corner of the rectangle around it is not its own."""
    svg = drawn(drawing.live_plan(plan, [ap(x_m=20.0, y_m=12.0)], "ja"))
    outlines = [
        Polygon([tuple(map(float, corner.split(","))) for corner in polygon.get("points", "").split()])
        for polygon in svg.findall("polygon")[1:]
    ]
    zones = dict(zip([zone.name for zone in plan.zones], outlines, strict=True))
    names = {text: box for text, box in text_boxes(svg, "desk") if text in zones}

    assert set(zones) == set(names)
    assert [] == [text for text, box in names.items() if not zones[text].covers(rectangle(box.x0, box.y0, box.x1, box.y1))]


def test_marks_shrink_where_access_points_are_so_close_that_they_would_cover_each_other(plan: FloorPlan) -> None:
    svg = drawn(drawing.live_plan(plan, [ap(), ap(name="AP-2", x_m=11.4)], "ja"))
    (_, first), (_, second) = mark_boxes(svg)

    assert not first.touches(second)


def test_names_are_shortened_to_what_tells_them_apart() -> None:
    assert [("ap1…", "…1…"), ("ap12…", "…12…")] == [
        several[:2] for several in drawing._short_names(["ap1.kashiwa.example", "ap12.kashiwa.example"])
    ]
    assert ["…01", "…02"] == [several[1] for several in drawing._short_names(["体育館AP-01", "体育館AP-02"])]
    assert [("AP-1",), ("AP-1",)] == drawing._short_names(["AP-1", "AP-1"])


def test_a_name_that_has_no_room_is_shortened_in_its_middle_and_whole_in_its_title(plan: FloorPlan) -> None:
    name = "kashiwa-dai2-elementary-school-gymnasium-northwest-corner-access-point-number-07"
    svg = drawn(drawing.live_plan(plan, [ap(name=name)], "en"))
    (shown,) = (text.text or "" for text in svg.iter("text") if "wp-name" in text.get("class", ""))

    assert (name[0], name[-1], True) == (shown[0], shown[-1], "…" in shown)
    assert [True] == [name in (title.text or "") for title in svg.iter("title")]


def test_the_plan_shows_clients_planned_and_limit_of_each_access_point(plan: FloorPlan) -> None:
    svg = drawing.live_plan(plan, [ap(), ap(name="AP-2", clients=7, x_m=20.0)], "ja")

    assert {"18", "7", "AP-1", "AP-2"} <= set(texts(svg))
    assert 2 == texts(svg).count("計画40・上限80")


def test_a_stale_access_point_shows_a_question_mark_and_its_last_count_as_last(plan: FloorPlan) -> None:
    stale = ap(state="unknown", clients=None, last_clients=22, age_s=310.0, stale=True)
    shown = texts(drawing.live_plan(plan, [stale], "ja"))

    assert "?" in shown
    assert "22" not in shown
    assert "不明" in shown
    assert "最後は22（5分前）" in shown


@pytest.mark.parametrize("state", [state for state in STATES if state != "ok"])
@pytest.mark.parametrize("lang", LANGS)
def test_every_state_but_ok_is_also_written_beside_its_mark(plan: FloorPlan, state: State, lang: Lang) -> None:
    assert words(f"state.{state}", lang) in texts(drawing.live_plan(plan, [ap(state=state)], lang))


def test_the_plan_says_in_words_what_it_shows_to_those_who_hear_it(plan: FloorPlan) -> None:
    label = drawn(drawing.live_plan(plan, [ap()], "en")).get("aria-label")

    assert label is not None
    assert "AP-1: OK, clients 18, planned 40, limit 80" in label


@pytest.mark.parametrize("sample", ["gym", "community-centre", "school-corridor"])
def test_every_sample_building_is_drawn_as_well_formed_svg(sample: str) -> None:
    building = floorplans.sample(sample)
    x0, y0, x1, y1 = building.extent_m
    svg = drawn(drawing.live_plan(building, [ap(x_m=(x0 + x1) / 2, y_m=(y0 + y1) / 2)], "ja"))

    walls = [wall for wall in building.walls if wall.z0_m <= building.levels[0].floor_m + 1.2 < wall.z1_m]
    assert len(walls) == sum(line.get("stroke") == "#1a1a1a" for line in svg.iter("line"))
