"""What hangs on a shelter's wall: posters for its guests (Japanese, easy Japanese, English) and a card for whoever runs it.

A4, black on white. What the plan does not know is an empty line to write into, never a guess.
"""

from __future__ import annotations

import datetime as dt
import io
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import segno
from matplotlib.figure import Figure
from shapely.geometry import Polygon

from floorplans.plan import write_whole
from wifiplan.model import Design
from wifiplan.placement.cables import default_switch_m
from wifiplan.prices import batteries_for, price_list
from wifiplan.report import plan_figure as figures
from wifiplan.report.document import compiled
from wifiplan.report.wording import LANGS, Lang, legible, words

JAPAN = "00000JAPAN"
"""The common network of the Wi-Biz guideline: no password, no encryption, only in a disaster."""

_EASY = (
    "title",
    "disaster",
    "everyday",
    "step_1",
    "step_2",
    "step_3",
    "best",
    "plan_alt",
    "charging",
    "fair",
    "safe",
    "ask",
    "footer",
)


def write(row: Mapping[str, Any], design: Design, path: Path, *, ssid: str = "", date: dt.date | None = None) -> None:
    """Posters and cards of one shelter as one PDF: posters ja, easy ja, en; cards ja, en.

    Parameters
    ----------
    row : mapping
        The facility as city.json has it.
    design : Design
        Its design.
    ssid : str
        The city's own network, on the poster beside 00000JAPAN; none where it is empty.
    """
    day = date or dt.datetime.now().astimezone().date()
    write_whole(path, compiled(files("wifiplan.report") / "paper.typ", pages(row, design, ssid=ssid, date=day), day))


def pages(row: Mapping[str, Any], design: Design, *, ssid: str, date: dt.date) -> dict[str, Any]:
    """All that the papers say, as plain JSON."""
    name = legible(str(row["name"]))
    plan = figures.svg(_plan_figure(design, rack=False))
    posters = [
        _poster("ja", name, plan, ssid, {key: words(f"poster.{key}", "ja", ssid="{ssid}") for key in _EASY}),
        _poster("ja", name, plan, ssid, _easy()),
        _poster("en", name, plan, ssid, {key: words(f"poster.{key}", "en", ssid="{ssid}") for key in _EASY}),
    ]
    cards = [_card(row, design, lang, date) for lang in LANGS]
    return {"title": name, "pages": [*posters, *cards]}


def _easy() -> dict[str, str]:
    found: dict[str, str] = tomllib.loads((files("wifiplan.report") / "easy.toml").read_text("utf-8"))
    return found


def wifi_code(ssid: str) -> str:
    """The Wi-Fi QR code of an open network, as SVG: black on white, error correction M."""
    escaped = "".join(f"\\{letter}" if letter in '\\;,":' else letter for letter in ssid)
    out = io.BytesIO()
    segno.make(f"WIFI:T:nopass;S:{escaped};;", error="m", micro=False).save(out, kind="svg", scale=4, border=4, xmldecl=False)
    return out.getvalue().decode()


def _poster(lang: Lang, name: str, plan: str, ssid: str, said: Mapping[str, str]) -> dict[str, Any]:
    codes = [(JAPAN, said["disaster"])] + ([(ssid, said["everyday"])] if ssid else [])
    return {
        "kind": "poster",
        "lang": lang,
        "name": name,
        "plan": plan,
        "words": {key: legible(text) for key, text in said.items()},
        "codes": [
            {
                "ssid": legible(one),
                "svg": wifi_code(one),
                "title": legible(title.replace("{ssid}", one)),
                "steps": [legible(said[f"step_{number}"].replace("{ssid}", one)) for number in (1, 2, 3)],
            }
            for one, title in codes
        ],
    }


def _card(row: Mapping[str, Any], design: Design, lang: Lang, date: dt.date) -> dict[str, Any]:
    level = row.get("level") or "basic"
    facts = {
        "aps": words("card.aps_value", lang, count=len(design.access_points), model=legible(str(row.get("model") or "–"))),
        "people": words("unit.people", lang, number=f"{sum(one.people for one in design.demands):,.0f}"),
        "battery": words("card.battery_value", lang, hours=f"{battery_hours(row, design):.1f}"),
        "line": words("card.line_both" if level in {"satellite", "battery"} else "card.line_fixed", lang),
        "rack": words("card.rack_value", lang),
        "breaker": "",
        "key": "",
    }
    calls = {"call_site": legible(str(row.get("telephone") or "")), "call_maker": "", "call_line": "", "call_office": ""}
    day = f"{date.year}年{date.month}月{date.day}日" if lang == "ja" else f"{date.day} {date:%B} {date.year}"

    def table(title: str, rows: Mapping[str, str]) -> dict[str, Any]:
        return {
            "kind": "table",
            "title": words(f"card.{title}", lang),
            "rows": [[words(f"card.{key}", lang), text] for key, text in rows.items()],
        }

    def steps(title: str, count: int) -> dict[str, Any]:
        lines = [words(f"card.{title}_{number}", lang) for number in range(1, count + 1)]
        return {"kind": "steps", "title": words(f"card.{title}", lang), "lines": lines}

    return {
        "kind": "card",
        "lang": lang,
        "title": words("card.title", lang),
        "name": legible(str(row["name"])),
        "parts": [table("facts", facts), table("call", calls), steps("restart", 6), steps("power", 2), steps("open", 1)],
        "plan": figures.svg(_plan_figure(design, rack=True)),
        "plan_alt": words("card.plan_alt", lang),
        "footer": words("card.footer", lang, day=day),
    }


def battery_hours(row: Mapping[str, Any], design: Design) -> float:
    """Hours that its batteries keep everything on, computed from the price list's battery and watts."""
    price = price_list()
    wanted_h = float(row.get("battery_hours") or 0.0)
    ups = (batteries_for(price, wanted_h) if row.get("level") == "battery" and wanted_h else price)["ups"]
    switches = max(1, int(row.get("switches") or 1))
    watts = switches * ups["switch_w"] + len(design.access_points) * price["access_point"]["poe_w"]
    return float(switches * ups["energy_wh"] * ups["usable_share"] / watts)


def _plan_figure(design: Design, *, rack: bool) -> Figure:
    """The ground floor in black: outline, rooms, a triangle for each access point, a square for the rack."""
    level = design.floor_plan.levels[0]
    outline = Polygon(level.outline_m)
    x0, y0, x1, y1 = outline.bounds
    wide, tall = x1 - x0, y1 - y0
    figure = Figure(figsize=(4.2, min(3.6, 4.2 * tall / wide)))
    axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.plot(*outline.exterior.xy, color=figures.INK, linewidth=2.2)
    for zone in design.floor_plan.zones:
        if zone.level == 0:
            axes.plot(*Polygon(zone.polygon_m).exterior.xy, color=figures.INK, linewidth=0.7)
    for point in design.access_points:
        if point.level == 0:
            axes.plot(point.x_m, point.y_m, "^", color=figures.INK, markersize=13)
    if rack:
        x, y = default_switch_m(design.floor_plan)
        axes.plot(x, y, "s", color=figures.INK, markersize=11)
    axes.margins(0.04)
    return figure
