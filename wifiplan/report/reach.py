"""Three more maps of a storey: SINR, the second access point, and who serves on which channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from wifiplan.airtime import wifi
from wifiplan.capacity import hearing
from wifiplan.model import AccessPoint, Band, Design, Radio
from wifiplan.radio.gains import GainMemory
from wifiplan.radio.radiomap import RadioMap
from wifiplan.report import maps, wording
from wifiplan.report.plan_figure import Sheet, access_point_key, draw_access_points, draw_strip, draw_walls, sheet_of
from wifiplan.report.wording import Lang, words
from wifiplan.units import mw_from_dbm

Floats = NDArray[np.float64]

_SINR_STEPS_DB = (0, 5, 10, 15, 20, 25, 30, 35)
_SECOND_STEPS_DBM = (-85, -80, -75, -70, -67, -60, -55, -50)
_CHANNEL_COLOURS = "tab20"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A storey's grid (y, x) at one band: SINR down of the strongest access point, the second strongest signal, who serves."""

    radio_map: RadioMap
    pairs: tuple[tuple[AccessPoint, Radio], ...]
    sinr_db: Floats
    second_dbm: Floats
    serving: NDArray[np.intp]


def reach_of(design: Design, band: Band, radio_map: RadioMap) -> Reach:
    """The maps' figures from the radio map of `maps.coverage_map`.

    Interference is that of access points that may send at the same time: those on an overlapping channel that do not wait for
    each other (`hearing.talks_over`), as if they always sent. Those that hear each other share the air instead, which costs time.
    """
    pairs = maps.radios(design, band)
    power = np.array([radio.tx_power_dbm for _, radio in pairs])
    rssi = np.array(radio_map.rssi_dbm(power, body_loss_db=maps.besides_db(design)))
    radios = [radio for _, radio in pairs]
    points = [ap for ap, _ in pairs]
    floors_m = [level.floor_m for level in design.floor_plan.levels]
    places_m = np.array([(ap.x_m, ap.y_m, floors_m[ap.level] + ap.height_m) for ap in points])
    between = GainMemory()(design.floor_plan, points, places_m, frequency_mhz=wifi.FREQUENCY_MHZ[band])
    spill_db = hearing.spill_db(radios)
    hears = power[None, :] + between.T + spill_db >= hearing.busy_level_dbm(radios)
    over = hearing.talks_over(hears)
    np.fill_diagonal(over, val=False)
    flat = rssi.reshape(len(radios), -1)
    noise_dbm = wifi.noise_dbm(np.array([radio.width_mhz for radio in radios]))
    interference_mw = (over * mw_from_dbm(spill_db)) @ mw_from_dbm(np.maximum(flat, -200.0))
    sinr = hearing.sinr_db(flat, noise_dbm[:, None], interference_mw)
    serving = flat.argmax(axis=0)
    second = np.partition(flat, -2, axis=0)[-2] if len(radios) > 1 else np.full(flat.shape[1], -200.0)
    shape, inside = rssi.shape[1:], radio_map.inside
    return Reach(
        radio_map=radio_map,
        pairs=pairs,
        sinr_db=np.where(inside, sinr[serving, np.arange(flat.shape[1])].reshape(shape), np.nan),
        second_dbm=np.where(inside, second.reshape(shape), np.nan),
        serving=serving.reshape(shape),
    )


def sinr_figure(design: Design, found: Reach, lang: Lang, *, level: int) -> Figure:
    """SINR of the strongest access point in steps; darkest below what is required."""
    shown = np.where(np.isfinite(found.sinr_db), np.maximum(found.sinr_db, -50.0), np.nan)
    labels = [f"{step} dB" for step in _SINR_STEPS_DB]
    return _stepped(design, found, shown, _SINR_STEPS_DB, labels, lang, level)


def second_figure(design: Design, found: Reach, lang: Lang, *, level: int) -> Figure:
    """The signal of the second strongest access point: what is left when the first fails."""
    shown = np.where(np.isfinite(found.second_dbm), np.maximum(found.second_dbm, -120.0), np.nan)
    labels = [f"{wording.signed(step)} dBm" for step in _SECOND_STEPS_DBM]
    return _stepped(design, found, shown, _SECOND_STEPS_DBM, labels, lang, level)


def channel_figure(design: Design, found: Reach, lang: Lang, *, level: int) -> Figure:
    """Each place in the colour of the channel of the access point that is strongest there."""
    channels = sorted({radio.channel for _, radio in found.pairs})
    of_pair = np.array([channels.index(radio.channel) for _, radio in found.pairs])
    shown = np.where(found.radio_map.inside, of_pair[found.serving], np.nan)
    palette = mpl.colormaps[_CHANNEL_COLOURS]
    colours = [palette((2 * index % 20 + (index // 10)) / 20) for index in range(len(channels))]
    sheet = sheet_of(design, level, strip_in=0.98)
    norm = BoundaryNorm(np.arange(len(channels) + 1) - 0.5, len(channels))
    _draw_grid(sheet, found.radio_map, shown, ListedColormap(colours), norm)
    handles = [
        Patch(facecolor=colour, label=words("reach.channel", lang, channel=channel))
        for channel, colour in zip(channels[:8], colours, strict=False)
    ]
    return _finished(sheet, design, found, handles, lang, level)


def _stepped(  # noqa: PLR0917
    design: Design, found: Reach, shown: Floats, steps: Sequence[int], labels: Sequence[str], lang: Lang, level: int
) -> Figure:
    sheet = sheet_of(design, level, strip_in=0.98)
    colours = mpl.colormaps["viridis"].resampled(len(steps) + 1)
    _draw_grid(sheet, found.radio_map, shown, colours, BoundaryNorm(steps, colours.N, extend="both"))
    picked = (0, 2, 3, 4, 5, 7)
    handles = [
        Patch(facecolor=colours(index + 1), label=words("reach.from", lang, value=labels[index])) for index in picked if index
    ]
    handles.insert(0, Patch(facecolor=colours(0), label=words("reach.below", lang, value=labels[0])))
    return _finished(sheet, design, found, handles, lang, level)


def _draw_grid(sheet: Sheet, radio_map: RadioMap, shown: Floats, colours: Any, norm: BoundaryNorm) -> None:
    half_x_m, half_y_m = (float(np.diff(axis[:2])[0]) / 2 if len(axis) > 1 else 0.25 for axis in (radio_map.x_m, radio_map.y_m))
    x, y = radio_map.x_m, radio_map.y_m
    extent = (x[0] - half_x_m, x[-1] + half_x_m, y[0] - half_y_m, y[-1] + half_y_m)
    image = np.ma.masked_invalid(shown)
    sheet.axes.imshow(image, origin="lower", extent=extent, cmap=colours, norm=norm, interpolation="nearest", zorder=1)


def _finished(sheet: Sheet, design: Design, found: Reach, handles: list[Any], lang: Lang, level: int) -> Figure:  # noqa: PLR0917
    draw_walls(sheet, design, level)
    draw_access_points(sheet, design, level, only={ap.name for ap, _ in found.pairs})
    draw_strip(sheet, [*handles, access_point_key(lang)], lang)
    return sheet.figure
