"""Planned clients of each radio against its limit: what is known of them, and the figure of bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from wifiplan.answer import RadioLoad
from wifiplan.model import Band, Design, Radio
from wifiplan.report import wording
from wifiplan.report.plan_figure import INK, WIDTH_IN, font, shortened, width_pt
from wifiplan.report.wording import Lang, words

_RADIO_FILL: dict[Band, tuple[str, str]] = {"2.4": ("#b0b0b0", ""), "5": ("#56b4e9", "///"), "6": ("#f0e442", "...")}


def load_figure(radios: Sequence[PlannedRadio], lang: Lang = "ja") -> Figure:
    """Planned clients of each radio against its limit; one bar a radio, grouped by access point.

    Parameters
    ----------
    radios : sequence of PlannedRadio
        From `planned_radios(design)`.
    lang : {"ja", "en"}
    """
    count = max(len(radios), 1)
    bar_in = min(0.26, 8.0 / count)
    size_pt = max(4.5, min(8.0, bar_in * 72 * 0.62))
    figure = Figure(figsize=(WIDTH_IN, count * bar_in + 0.6))
    names = [f"{shortened(one.ap, 16)}  {words('unit.ghz', lang, number=one.radio.band)}" for one in radios]
    left_in = min(2.4, max((width_pt(name, size_pt) for name in names), default=0.0) / 72 + 0.15)
    height_in = float(figure.get_figheight())
    axes = figure.add_axes((left_in / WIDTH_IN, 0.48 / height_in, 1 - (left_in + 0.1) / WIDTH_IN, count * bar_in / height_in))
    top = max([1.0, *(value for one in radios for value in (one.planned or 0.0, one.limit or 0.0))])
    for row, one in enumerate(radios):
        colour, hatch = _RADIO_FILL[one.radio.band]
        if one.planned is not None:
            bars = axes.barh(row, one.planned, height=0.66, color=colour, edgecolor=INK, linewidth=0.6, hatch=hatch)
            for bar in bars:
                bar.set_hatch_linewidth(0.4)
        if one.limit is not None:
            axes.plot([one.limit, one.limit], [row - 0.45, row + 0.45], color=INK, linewidth=2.2, solid_capstyle="butt")
        axes.text(
            max(one.planned or 0.0, one.limit or 0.0) + 0.012 * top,
            row,
            load_words(one, lang),
            va="center",
            fontproperties=font(size_pt, bold=one.over),
            color=INK,
        )
    # Room on the right for the longest words behind a bar that fills the scale.
    wide_pt = (WIDTH_IN - left_in - 0.1) * 72
    words_pt = max((width_pt(load_words(one, lang), size_pt) for one in radios), default=0.0) * 1.1 + 8
    axes.set(xlim=(0, top / (1 - min(words_pt / wide_pt, 0.7))), ylim=(count - 0.5, -0.5))
    axes.set_yticks(range(len(radios)), names, fontproperties=font(size_pt))
    ticks = [tick for tick in axes.get_xticks() if tick <= top and tick == round(tick)]
    axes.set_xticks(ticks, [wording.count(tick) for tick in ticks], fontproperties=font(7))
    axes.set_xlabel(words("figure.clients", lang), fontproperties=font(7.5))
    axes.tick_params(length=2, color=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRadio:
    """A radio of the design with what the design's capacity says of it; None where nobody has computed it."""

    ap: str
    radio: Radio
    load: RadioLoad | None = None

    @property
    def planned(self) -> float | None:
        """Clients: the plan's own figure, else the capacity's."""
        if self.radio.planned_clients is not None or self.load is None:
            return self.radio.planned_clients
        return self.load.clients

    @property
    def limit(self) -> int | None:
        """Clients that the radio must not pass."""
        return self.radio.client_limit

    @property
    def over(self) -> bool:
        """More clients planned than the limit allows."""
        return self.planned is not None and self.limit is not None and self.planned > self.limit


def planned_radios(design: Design) -> tuple[PlannedRadio, ...]:
    """Every radio, in the order of the access points."""
    return tuple(
        PlannedRadio(
            ap=point.name,
            radio=radio,
            load=None if design.capacity is None else design.capacity.of_radio(point.name, radio.band),
        )
        for point in design.access_points
        for radio in point.radios
    )


def fullest(radios: Sequence[PlannedRadio], most: int) -> tuple[PlannedRadio, ...]:
    """All where there are not more; else those with the least room left below their limit, in their own order."""
    ranked = sorted(radios, key=lambda one: (one.planned or 0.0) / (one.limit or float("inf")), reverse=True)[:most]
    return tuple(one for one in radios if one in ranked)


def load_words(one: PlannedRadio, lang: Lang) -> str:
    """Planned, limit and the share of it, as far as they are known."""
    if one.planned is None:
        return words("figure.load_unknown", lang)
    planned = wording.count(one.planned)
    if not one.limit:
        return words("figure.load_no_limit", lang, planned=planned)
    share = wording.percent(one.planned / one.limit)
    return words("figure.load_over" if one.over else "figure.load", lang, planned=planned, limit=one.limit, share=share)
