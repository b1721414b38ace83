"""What money buys: the people served by designs of one search, from fewer access points to more, as one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from wifiplan.report.plan_figure import INK, WIDTH_IN, font
from wifiplan.report.wording import Lang, words

if TYPE_CHECKING:
    from wifiplan.model import Design


def points_of(design: Design) -> tuple[tuple[float, float, int], ...]:
    """(yen, people served, access points) of the design and of those with fewer, the dearest first; none if none was sought."""
    found = design.placement
    if found is None or not found.curve:
        return ()
    people = sum(one.people for one in design.demands)
    rows = {(float(one.cost_yen), people * one.served_share, one.access_points) for one in found.curve}
    rows |= {
        (float(one.reached.cost_yen), people * one.reached.served_share, one.reached.access_points)
        for one in found.alternatives
        if one.reached is not None
    }
    return tuple(sorted(rows | {(float(found.cost_yen), people * found.served_share, found.access_points)}, reverse=True))


def tradeoff_figure(design: Design, lang: Lang) -> Figure | None:
    """People served against cost, each point with its number of access points, this design filled; None without them."""
    points = points_of(design)
    if len(points) < 2 or design.placement is None:
        return None
    figure = Figure(figsize=(WIDTH_IN, 2.7))
    axes = figure.add_axes((0.1, 0.19, 0.87, 0.76))
    millions = [yen / 1e6 for yen, _, _ in points]
    axes.plot(
        millions, [people for _, people, _ in points], "-o", color=INK, markersize=6, linewidth=1.2, markerfacecolor="white"
    )
    people = sum(one.people for one in design.demands)
    own = (design.placement.cost_yen / 1e6, people * design.placement.served_share)
    axes.plot(*own, "o", color=INK, markersize=8)
    axes.axhline(people, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    for yen, served, count in points:
        label = words("unit.pieces", lang, number=count)
        axes.annotate(label, (yen / 1e6, served), (0, -13), textcoords="offset points", ha="center", fontproperties=font(7.5))
    axes.set_xlabel(words("tradeoff.cost", lang), fontproperties=font(8))
    axes.set_ylabel(words("alternatives.people", lang), fontproperties=font(8))
    for tick in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        tick.set_fontproperties(font(7.5))
    axes.set_ylim(0.0, 1.12 * people)
    axes.margins(x=0.12)
    axes.grid(color="#cccccc", linewidth=0.5)
    return figure
