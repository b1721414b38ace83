"""Figures of a city's plan: the map of its facilities, and what money buys. Both read well in black and white."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from wifiplan.report.plan_figure import INK, PAPER, WIDTH_IN, font
from wifiplan.report.wording import Lang, words

_TALLEST_IN = 6.8
_M_PER_DEGREE = 111_195.0


def numbered(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The facilities to be built, in the order in which they are worth it: by year, then yen a person-hour."""
    bought = [row for row in rows if row["within_budget"] or (row["within_budget"] is None and row["rank"] is not None)]
    return sorted(bought, key=lambda row: (row["year"] or 1, _rate(row), row["number"]))


def _rate(row: Mapping[str, Any]) -> float:
    return float(row["cost_yen"] or 0.0) / max(float(row["person_hours"] or 0.0), 1e-9)


def map_figure(city: Mapping[str, Any], lang: Lang, *, most_labels: int = 120) -> Figure | None:
    """Every facility at its place, north up; None where no place is known.

    Chosen ones are filled discs with their number of `numbered`, others rings, those without a design crosses.
    """
    del lang
    rows = [row for row in city["facilities"] if row["longitude_deg"] is not None and row["latitude_deg"] is not None]
    if not rows:
        return None
    outline = [np.array(ring, float) for ring in city.get("outline", ())]
    at = np.array([[row["longitude_deg"], row["latitude_deg"]] for row in rows], float)
    middle = float(at[:, 1].mean())
    to_km = np.array([np.cos(np.radians(middle)), 1.0]) * _M_PER_DEGREE / 1000.0
    origin = at.min(axis=0)
    places = {row["number"]: (point - origin) * to_km for row, point in zip(rows, at, strict=True)}
    rings = [(ring - origin) * to_km for ring in outline]
    everything = np.vstack([*places.values(), *rings])
    low, high = everything.min(axis=0), everything.max(axis=0)
    margin = 0.04 * max(float((high - low).max()), 0.5)
    wide, tall = (high - low) + 2 * margin
    scale = min(WIDTH_IN / wide, _TALLEST_IN / tall)
    figure = Figure(figsize=(WIDTH_IN, tall * scale))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    slack = (WIDTH_IN / scale - wide) / 2
    axes.set_xlim(low[0] - margin - slack, high[0] + margin + slack)
    axes.set_ylim(low[1] - margin, high[1] + margin)
    for ring in rings:
        axes.plot(*ring.T, color="#777777", linewidth=0.9)
    order = {row["number"]: place for place, row in enumerate(numbered(city["facilities"]), 1)}
    for row in rows:
        x, y = places[row["number"]]
        if row["number"] in order:
            axes.plot(x, y, "o", color=INK, markersize=9.5, zorder=3)
            if len(order) <= most_labels:
                axes.text(
                    x,
                    y,
                    str(order[row["number"]]),
                    color=PAPER,
                    ha="center",
                    va="center_baseline",
                    zorder=4,
                    fontproperties=font(5.5, bold=True),
                )
        elif row["error"] is None:
            axes.plot(x, y, "o", markerfacecolor=PAPER, markeredgecolor=INK, markersize=5.0, markeredgewidth=0.8, zorder=2)
        else:
            axes.plot(x, y, "x", color=INK, markersize=5.0, markeredgewidth=0.9, zorder=2)
    _scale_bar(axes, low, high, margin)
    return figure


def _scale_bar(axes: Any, low: Any, high: Any, margin: float) -> None:
    """A bar of a round length at the lower left, and north above it."""
    about = float(high[0] - low[0]) / 5
    length = next((step for step in (50, 20, 10, 5, 2, 1, 0.5, 0.2) if step <= about), 0.1)
    x, y = float(low[0]), float(low[1])
    halo = [withStroke(linewidth=3, foreground=PAPER)]
    axes.plot([x, x + length], [y, y], color=INK, linewidth=2.0, solid_capstyle="butt", path_effects=halo, zorder=5)
    axes.text(
        x + length, y + margin / 6, f"{length:g} km", ha="right", va="bottom", fontproperties=font(7), path_effects=halo, zorder=5
    )
    axes.annotate(
        "N",
        (x, y + margin),
        (x, y + 2.6 * margin),
        ha="center",
        va="bottom",
        fontproperties=font(8, bold=True),
        arrowprops={"arrowstyle": "<-", "color": INK},
        zorder=5,
    )


def curve_figure(budget: Mapping[str, Any], lang: Lang) -> Figure:
    """Person-hours by budget, with this budget as a line and what greedy gives as a triangle."""
    figure = Figure(figsize=(WIDTH_IN, 2.5))
    axes = figure.add_axes((0.09, 0.2, 0.88, 0.75))
    millions = [0.0, *(point["budget_yen"] / 1e6 for point in budget["curve"])]
    thousands = [0.0, *(point["person_hours"] / 1e3 for point in budget["curve"])]
    axes.plot(millions, thousands, "-o", color=INK, markersize=3.5, linewidth=1.2)
    axes.axvline(budget["budget_yen"] * budget["years"] / 1e6, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.plot(budget["greedy"]["cost_yen"] / 1e6, budget["greedy"]["person_hours"] / 1e3, "^", color="#777777", markersize=6)
    axes.set_xlabel(words("council.curve_x", lang), fontproperties=font(8))
    axes.set_ylabel(words("council.curve_y", lang), fontproperties=font(8))
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(font(7.5))
    axes.set_xlim(left=0.0)
    axes.set_ylim(bottom=0.0)
    axes.grid(color="#cccccc", linewidth=0.5)
    return figure
