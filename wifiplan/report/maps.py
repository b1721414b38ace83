"""The strength of the signal on the plan: its figures, and the heat map that is drawn from them."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.ops import unary_union

from floorplans.plan import PEOPLE_KINDS
from wifiplan.airtime import wifi
from wifiplan.capacity.paths import partitions_db, people_of
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Band, Design, Radio
from wifiplan.radio import radiomap
from wifiplan.radio.radiomap import RadioMap
from wifiplan.report import wording
from wifiplan.report.plan_figure import (
    INK,
    PAPER,
    Sheet,
    access_point_key,
    draw_access_points,
    draw_strip,
    draw_walls,
    font,
    sheet_of,
)
from wifiplan.report.wording import Lang, words

BANDS: tuple[Band, ...] = ("2.4", "5", "6")

_STEPS_DBM = np.arange(-85.0, -39.0, 5.0)


def bands(design: Design) -> tuple[Band, ...]:
    """Those that the design has radios in, lowest first."""
    used = {radio.band for point in design.access_points for radio in point.radios}
    return tuple(band for band in BANDS if band in used)


def radios(design: Design, band: Band) -> tuple[tuple[AccessPoint, Radio], ...]:
    """Each access point that has a radio in the band, with the first such radio."""
    found = ((point, next((radio for radio in point.radios if radio.band == band), None)) for point in design.access_points)
    return tuple((point, radio) for point, radio in found if radio is not None)


def coverage_map(design: Design, band: Band, *, level: int = 0, grid_m: float = 0.5, reflections: int = 2) -> RadioMap:
    """The radio map behind `heatmap_figure`, for the access points with a radio in the band, at the clients' height.

    Two reflections at the middle of each cell: one reflection alone is 3 to 9 dB off a ray tracer in the reference rooms,
    and more points a cell change a colour nowhere but on a shadow's edge.

    Raises
    ------
    DesignError
        When no access point has a radio in the band.
    """
    points = tuple(point for point, _ in radios(design, band))
    if not points:
        raise DesignError(f"{design.floor_plan.name}: no access point has a {band} GHz radio")
    grid = radiomap.grid_of(design.floor_plan, grid_m)
    bodies = None
    if design.obstruction_db is None:
        x, y = np.meshgrid(grid[0] + (np.arange(grid[2]) + 0.5) * grid_m, grid[1] + (np.arange(grid[3]) + 0.5) * grid_m)
        around = people_of(design.floor_plan, design.demands).on_level(level, np.column_stack((x.ravel(), y.ravel())))
        bodies = around.reshape(grid[3], grid[2])
    return radiomap.radio_map(
        design.floor_plan,
        points,
        frequency_mhz=wifi.FREQUENCY_MHZ[band],
        grid_m=grid_m,
        grid=grid,
        bodies=bodies,
        height_m=client_height_m(design),
        level=level,
        reflections=reflections,
        samples=1,
    )


def client_height_m(design: Design) -> float:
    """Above the floor: that of the zone with the most people, 1 m where nobody is planned."""
    largest = max(design.demands, key=lambda one: one.people, default=None)
    return 1.0 if largest is None else largest.client_height_m


def besides_db(design: Design) -> float:
    """What every path of a map loses besides the crowd that is in it: the design's one figure, or else its partitions."""
    return partitions_db(design) if design.obstruction_db is None else design.obstruction_db


def crowd_loss_db(design: Design, radio_map: RadioMap, *, level: int = 0) -> float | None:
    """What the people around take of the strongest path, on average over the cells where people are; None without such."""
    where = radio_map.inside & _people_cells(design, radio_map, level)
    if radio_map.crowd_loss_db is None or not where.any():
        return None
    strongest = radio_map.gain_db.argmax(axis=0)
    return float(np.take_along_axis(radio_map.crowd_loss_db, strongest[None], axis=0)[0][where].mean())


def best_rssi_dbm(design: Design, radio_map: RadioMap, band: Band) -> NDArray[np.float64]:
    """(y, x) strength of the strongest access point of the band as a device has it, behind people and partitions.

    No path is -inf; outside the building is NaN.
    """
    power_dbm = np.array([radio.tx_power_dbm for _, radio in radios(design, band)])
    best = np.max(radio_map.rssi_dbm(power_dbm, body_loss_db=besides_db(design)), axis=0)
    return np.where(radio_map.inside, best, np.nan)


def coverage_share(design: Design, radio_map: RadioMap, band: Band, *, level: int = 0) -> float | None:
    """Share of the floor where people are that has the required strength; of the whole storey when no zone holds people."""
    rssi_dbm = best_rssi_dbm(design, radio_map, band)
    where = radio_map.inside & _people_cells(design, radio_map, level)
    if not where.any():
        where = radio_map.inside
    cells = rssi_dbm[where]
    return float(np.mean(cells >= design.requirement.min_rssi_dbm)) if cells.size else None


def _people_cells(design: Design, radio_map: RadioMap, level: int) -> NDArray[np.bool_]:
    """(y, x): cells of the level whose centre is in a zone that the demand fills; without any, in one where crowds stay."""
    zones = [zone for zone in design.floor_plan.zones if zone.level == level]
    crowded = {one.zone for one in design.demands if one.people > 0}
    chosen = [zone for zone in zones if (zone.name in crowded if crowded else zone.kind in PEOPLE_KINDS)]
    area = unary_union([Polygon(zone.polygon_m) for zone in chosen])
    return np.asarray(shapely.contains_xy(area, *np.meshgrid(radio_map.x_m, radio_map.y_m)))


def heatmap_figure(design: Design, band: Band, lang: Lang = "ja", *, level: int = 0, radio_map: RadioMap | None = None) -> Figure:
    """Strength of the strongest access point of a band; where it is below the requirement is hatched and edged.

    Parameters
    ----------
    design : Design
    band : {"2.4", "5", "6"}
    lang : {"ja", "en"}
    level : int
        The storey to draw.
    radio_map : RadioMap, optional
        From `coverage_map(design, band, level=level)`, computed here when not given.

    Raises
    ------
    DesignError
        When no access point has a radio in the band.
    """
    radio_map = radio_map or coverage_map(design, band, level=level)
    sheet = sheet_of(design, level, strip_in=0.98)
    axes = sheet.axes
    rssi_dbm = np.ma.masked_invalid(np.maximum(best_rssi_dbm(design, radio_map, band), -200.0))
    colours = mpl.colormaps["viridis"].resampled(len(_STEPS_DBM) + 1)
    norm = BoundaryNorm(_STEPS_DBM, colours.N, extend="both")
    half_x_m, half_y_m = (float(np.diff(axis[:2])[0]) / 2 if len(axis) > 1 else 0.25 for axis in (radio_map.x_m, radio_map.y_m))
    extent = (
        radio_map.x_m[0] - half_x_m,
        radio_map.x_m[-1] + half_x_m,
        radio_map.y_m[0] - half_y_m,
        radio_map.y_m[-1] + half_y_m,
    )
    axes.imshow(rssi_dbm, origin="lower", extent=extent, cmap=colours, norm=norm, interpolation="nearest", zorder=1)
    required_dbm = design.requirement.min_rssi_dbm
    below = bool((rssi_dbm < required_dbm).any())
    if below and min(rssi_dbm.shape) > 1:
        grid = (radio_map.x_m, radio_map.y_m, rssi_dbm)
        hatched = axes.contourf(*grid, levels=[-201.0, required_dbm], colors="none", hatches=["////"], zorder=1.2)
        hatched.set(edgecolor=PAPER, linewidth=0.0)
        if bool((rssi_dbm >= required_dbm).any()):
            axes.contour(*grid, levels=[required_dbm], colors=PAPER, linewidths=2.6, linestyles="solid", zorder=1.3)
            axes.contour(*grid, levels=[required_dbm], colors=INK, linewidths=1.2, linestyles="solid", zorder=1.4)
    draw_walls(sheet, design, level)
    names = {point.name for point, _ in radios(design, band)}
    draw_access_points(sheet, design, level, only=names)
    handles: list[Any] = [access_point_key(lang)]
    if below:
        below_words = words("figure.below", lang, dbm=wording.signed(required_dbm))
        handles.append(Patch(facecolor=colours(0), edgecolor=PAPER, hatch="////", label=below_words))
    draw_strip(sheet, handles, lang)
    _draw_colour_bar(sheet, ScalarMappable(norm, colours), lang)
    return sheet.figure


def _draw_colour_bar(sheet: Sheet, mappable: ScalarMappable, lang: Lang) -> None:
    height_in = sheet.figure.get_figheight()
    axes = sheet.figure.add_axes((0.12, 0.74 / height_in, 0.76, 0.11 / height_in))
    bar = sheet.figure.colorbar(mappable, cax=axes, orientation="horizontal", ticks=_STEPS_DBM, spacing="proportional")
    bar.ax.set_xticks(_STEPS_DBM, [wording.signed(step) for step in _STEPS_DBM], fontproperties=font(6.5))
    bar.ax.tick_params(length=1.5, pad=1)
    bar.ax.text(
        -0.06, 0.5, words("figure.weak", lang), transform=bar.ax.transAxes, ha="right", va="center", fontproperties=font(7)
    )
    bar.ax.text(
        1.06, 0.5, words("figure.strong", lang), transform=bar.ax.transAxes, ha="left", va="center", fontproperties=font(7)
    )
