"""Labels of the planner's plan in real letters: 200 random designs, a desk's and a phone's width."""

from __future__ import annotations

import json
import random
from importlib.resources import files

import pytest
from playwright.sync_api import Page

import floorplans

DESIGNS = 200

DRAWN = """([plans, wide, high]) => import(LABELS).then(({placed, insidePolygon}) => {
  const canvas = document.createElement('canvas').getContext('2d');
  canvas.font = '600 13px sans-serif';
  const width = text => canvas.measureText(text).width, found = [];
  const box = ({x, y, text}) => ({x0: x - width(text) / 2, x1: x + width(text) / 2, y0: y - 6.5, y1: y + 6.5});
  const touch = (a, b) => a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
  let shown = 0, hidden = 0;
  plans.forEach(({symbols, rooms}, number) => {
    const labels = placed(symbols, rooms, {x0: 0, y0: 0, x1: wide, y1: high}, width, 17);
    const names = labels.symbols.filter(Boolean).map(box);
    const areas = labels.rooms.map((one, at) => one && {...box(one), at}).filter(Boolean);
    shown += names.length; hidden += labels.symbols.length - names.length;
    const marks = symbols.map(({x, y, r}) => ({x0: x - r, x1: x + r, y0: y - r, y1: y + r}));
    const all = [...names, ...areas];
    all.forEach((a, at) => {
      all.slice(at + 1).forEach(b => touch(a, b) && found.push([number, 'label over label']));
      marks.forEach(b => touch(a, b) && found.push([number, 'label over symbol']));
      if (a.x0 < 0 || a.y0 < 0 || a.x1 > wide || a.y1 > high) found.push([number, 'cut off']);
    });
    for (const a of areas) for (const [x, y] of [[a.x0, a.y0], [a.x1, a.y0], [a.x0, a.y1], [a.x1, a.y1]])
      if (!insidePolygon(x, y, rooms[a.at].corners)) found.push([number, 'room name outside its room']);
  });
  return {found, shown, hidden};
})"""


def plans(wide: int, high: int) -> list[dict[str, object]]:
    """Random access points in three buildings, as pixels of a board."""
    rng = random.Random(wide)
    found = []
    for number in range(DESIGNS):
        plan = floorplans.sample(floorplans.SAMPLES[number % len(floorplans.SAMPLES)])
        x0, y0, x1, y1 = plan.extent_m
        k = min((wide - 92) / (x1 - x0), (high - 92) / (y1 - y0)) * rng.uniform(0.9, 2.5)
        left, top = wide / 2 - k * (x0 + x1) / 2, high / 2 + k * (y0 + y1) / 2
        symbols = []
        for ap in range(rng.randint(1, 16)):
            x, y = left + k * rng.uniform(x0, x1), top - k * rng.uniform(y0, y1)
            if 15 <= x <= wide - 15 and 15 <= y <= high - 15:
                name = f"AP-{ap + 1:02d}" if number % 2 else f"体育館北側AP-{ap + 1:02d}"
                symbols.append({"x": x, "y": y, "r": 15, "text": name, "short": f"{ap + 1:02d}"})
        rooms = [
            {"text": zone.name, "corners": [[left + k * x, top - k * y] for x, y in zone.polygon_m]}
            for zone in plan.zones
            if zone.level == 0
        ]
        found.append({"symbols": symbols, "rooms": rooms})
    return found


@pytest.mark.parametrize(("wide", "high"), [(820, 660), (358, 520)])
def test_no_label_covers_another_or_a_symbol_or_is_cut_off_or_leaves_its_room(page: Page, wide: int, high: int) -> None:
    """And most access points have their name: a test of labels that are all left out would say nothing."""
    script = (files("dashboards.planner") / "page" / "labels.js").read_text("utf-8")
    page.set_content("<body></body>")
    address = page.evaluate("text => URL.createObjectURL(new Blob([text], {type: 'text/javascript'}))", script)
    result = page.evaluate(DRAWN.replace("LABELS", json.dumps(address)), [plans(wide, high), wide, high])

    assert [] == result["found"]
    assert result["shown"] > 4 * result["hidden"]
