"""Labels of the live plan in real letters: Chromium, the app's own font and style sheet, a desk's and a phone's width."""

from __future__ import annotations

import base64
import random
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Page

import dashboards
import floorplans
from dashboards import drawing
from dashboards.states import STATES, ApState

CSS = (Path(dashboards.__file__).parent / "pages.css").read_text("utf-8")

COVERED = """() => [...document.querySelectorAll('svg.wp-plan')].flatMap((svg, number) => {
  const box = (e, dx, dy) => { const b = e.getBoundingClientRect();
    const [h, v] = [dx * b.width, dy * b.height];
    return {text: e.textContent, x0: b.x + h, x1: b.right - h, y0: b.y + v, y1: b.bottom - v} };
  const shown = [...svg.querySelectorAll('.wp-label, .wp-zone')].filter(e => getComputedStyle(e).display !== 'none')
    .map(e => box(e, 0, 0.16));  // letters take about two thirds of their line's height
  const marks = [...svg.querySelectorAll('g[data-ap] > :is(circle, polygon)')].map(e => box(e, 0.02, 0.02));
  const frame = svg.getBoundingClientRect();
  const touch = (a, b) => Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0) > 0.5 && Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0) > 0.5;
  const found = [];
  shown.forEach((a, i) => {
    shown.slice(i + 1).forEach(b => touch(a, b) && found.push([number, a.text, b.text]));
    marks.forEach(m => touch(a, m) && found.push([number, a.text, 'mark']));
    if (a.x0 < frame.x || a.x1 > frame.right || a.y0 < frame.y || a.y1 > frame.bottom) found.push([number, a.text, 'edge']);
  });
  return found;
})"""
"""Per plan, what a text covers: [plan, text, other text, "mark" or "edge"]."""


def font() -> str:
    """The font that Streamlit gives its pages, so that Latin letters are as wide as in the app."""
    folder = Path(str(files("streamlit"))) / "static" / "static" / "media"
    data = base64.b64encode(next(folder.glob("SourceSansVF-Upright*.woff2")).read_bytes()).decode("ascii")
    return f"@font-face {{font-family:'Source Sans'; font-weight:200 900; src:url(data:font/woff2;base64,{data})}}"


def plans(lang: str) -> str:
    """Ten gyms of up to 14 access points anywhere, and seven in a row 5 m apart."""
    building = floorplans.sample("gym")
    x0, y0, x1, y1 = building.extent_m
    rng = random.Random(lang)
    crowds = [[(rng.uniform(x0, x1), rng.uniform(y0, y1)) for _ in range(rng.randint(2, 14))] for _ in range(10)]
    crowds.append([(3.0 + 5.0 * number, 1.0) for number in range(7)])
    svgs = []
    for points in crowds:
        aps = [
            ApState(
                name=f"AP-{number:02d}" if lang == "en" else f"体育館AP-{number:02d}",
                key=None,
                state=rng.choice(STATES),
                clients=rng.choice([None, 18, 120]),
                planned=40.0,
                limit=80,
                x_m=x,
                y_m=y,
            )
            for number, (x, y) in enumerate(points, 1)
        ]
        svgs.append(drawing.live_plan(building, aps, "en" if lang == "en" else "ja"))
    return "".join(svgs)


@pytest.mark.parametrize("width", [1360, 390])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_no_letter_of_a_label_covers_another_label_or_a_mark(page: Page, lang: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    body = f"<body style=\"font-family:'Source Sans',sans-serif; margin:16px\">{plans(lang)}</body>"
    page.set_content(f"<style>{font()}{CSS}</style>{body}")
    page.evaluate("document.fonts.ready")

    assert 11 == page.locator("svg.wp-plan").count()
    assert page.locator(".wp-name").count() > 50
    assert [] == page.evaluate(COVERED)
    page.add_style_tag(content=".wp-plan .wp-name {font-size:80px !important}")
    assert [] != page.evaluate(COVERED)  # letters too large for their places are seen to cover something


def test_names_can_be_read_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 900})
    page.set_content(f"<style>{CSS}</style><body style='margin:16px'>{plans('ja')}</body>")

    assert (
        min(page.evaluate("[...document.querySelectorAll('.wp-name, .wp-number')].map(e => e.getBoundingClientRect().height)"))
        >= 10
    )
