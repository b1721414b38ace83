"""Figures say what the design says, in the packaged font, and stay legible without colour."""

from __future__ import annotations

import io
import itertools
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

import floorplans
from wifiplan.capacity import demand
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Design, Radio
from wifiplan.radio.radiomap import RadioMap
from wifiplan.report import loads, maps, wording
from wifiplan.report import plan_figure as figures
from wifiplan.report.loads import PlannedRadio
from wifiplan.report.wording import Lang


def _map(design: Design, rssi_dbm: float | np.ndarray) -> RadioMap:
    """A map of the gym at 1 m, which gives this strength with the radios' 17 dBm before people are in the way."""
    x_m, y_m = np.arange(39) + 0.5, np.arange(23) + 0.5
    gain_db = np.full((len(design.access_points), 23, 39), -np.inf)
    gain_db[0] = np.asarray(rssi_dbm) - 17.0
    return RadioMap(
        x_m=x_m,
        y_m=y_m,
        inside=np.ones((23, 39), dtype=bool),
        access_points=design.access_points,
        gain_db=gain_db,
    )


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def _drawn(figure: Figure) -> Figure:
    FigureCanvasAgg(figure).draw()
    return figure


@pytest.mark.parametrize("lang", wording.LANGS)
def test_plan_names_access_points_zones_and_people(gym_design: Design, lang: Lang) -> None:
    texts = _texts(figures.plan_figure(gym_design, lang))

    assert {"AP-01", "AP-02", "AP-03", "AP-04"} <= set(texts)
    assert {"ja": "ホール\n266人", "en": "hall\n266 people"}[lang] in texts
    assert {"ja": "コンクリート", "en": "concrete"}[lang] in texts
    assert {"ja": "アクセスポイント", "en": "access point"}[lang] in texts


@pytest.mark.parametrize("lang", wording.LANGS)
def test_every_text_is_in_the_packaged_font(gym_design: Design, lang: Lang) -> None:
    """Also what is made late, such as ticks: the app draws outside of any setting of ours."""
    drawn = [
        figures.plan_figure(gym_design, lang),
        maps.heatmap_figure(gym_design, "5", lang, radio_map=_map(gym_design, -60.0)),
        loads.load_figure(loads.planned_radios(gym_design), lang),
    ]
    for figure in drawn:
        for text in _drawn(figure).findobj(Text):
            if text.get_text().strip():
                assert text.get_fontproperties().get_file() in {wording.REGULAR_FONT, wording.BOLD_FONT}, text


def test_figures_leave_no_setting_behind(gym_design: Design) -> None:
    """The app's threads share matplotlib's settings."""
    before = dict(mpl.rcParams)
    figures.plan_figure(gym_design)
    maps.heatmap_figure(gym_design, "5", radio_map=_map(gym_design, -60.0))
    loads.load_figure(loads.planned_radios(gym_design))

    assert before == dict(mpl.rcParams)


def test_scale_is_equal_and_the_bar_is_as_long_as_it_says(gym_design: Design) -> None:
    """On the sheet, the bar's metres have the length of the plan's metres, in both directions."""
    figure = _drawn(figures.plan_figure(gym_design, "en"))
    plan, strip = figure.axes
    per_m = [float(np.linalg.norm(np.subtract(*plan.transData.transform([(0, 0), end])))) for end in [(1, 0), (0, 1)]]
    bar = strip.lines[0].get_path().vertices
    pixels = float(np.linalg.norm(np.subtract(*strip.transData.transform(bar))))

    assert per_m[0] == pytest.approx(per_m[1], rel=1e-6)
    assert "5 m" in _texts(figure)
    assert pixels == pytest.approx(5 * per_m[0], rel=1e-6)


@pytest.mark.parametrize(("about_m", "length_m"), [(4.9, 2.0), (5.0, 5.0), (12.0, 10.0), (0.7, 0.5), (99.0, 50.0)])
def test_scale_bar_is_a_round_length(about_m: float, length_m: float) -> None:
    assert length_m == figures._round_length_m(about_m)


def _crowd(design: Design, names: list[str], pitch_m: float) -> Design:
    places = [(4 + pitch_m * (index % 5), 10 + pitch_m * (index // 5)) for index in range(len(names))]
    points = [
        AccessPoint(name=name, x_m=x, y_m=y, height_m=3.0, radios=(Radio(band="5", channel=36),))
        for name, (x, y) in zip(names, places, strict=True)
    ]
    return replace(design, access_points=tuple(points))


def test_labels_do_not_cover_each_other(gym_design: Design) -> None:
    """Twenty access points 3 m apart: every label can be read, the zone's too."""
    design = _crowd(gym_design, [f"AP-{number:02d}" for number in range(1, 21)], 3.0)
    figure = _drawn(figures.plan_figure(design))
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    shown = [text for text in figure.axes[0].texts if text.get_text().startswith(("AP-", "ホール"))]
    boxes = [text.get_window_extent(renderer) for text in shown]

    assert 21 == len(boxes)
    for (one, first), (other, second) in itertools.combinations(zip(shown, boxes, strict=True), 2):
        wide = min(first.x1, second.x1) - max(first.x0, second.x0)
        high = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert wide <= 1 or high <= 2, (one.get_text(), other.get_text())


def test_labels_stay_on_the_sheet(gym_design: Design) -> None:
    """Also a long name at the edge of the plan, which is shortened in its middle."""
    design = _crowd(gym_design, ["kashiwa-dai2-es-gymnasium-northwest-corner-07"], 3.0)
    design = replace(design, access_points=(replace(design.access_points[0], x_m=38.5, y_m=22.8),))
    figure = _drawn(figures.plan_figure(design))
    label = next(text for text in figure.axes[0].texts if "…" in text.get_text())
    box = label.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]

    assert label.get_text().startswith("kashiwa")
    assert label.get_text().endswith("07")
    assert 0 <= box.x0
    assert box.x1 <= figure.bbox.x1
    assert 0 <= box.y0
    assert box.y1 <= figure.bbox.y1


def test_long_zone_names_fit_their_zone() -> None:
    """They get smaller, then broken, then cut: never wider than the zone."""
    plan = floorplans.sample("community-centre")
    name = "髙﨑𠮷記念　多目的・地域交流スペース（旧図書室・第二視聴覚室）"
    zones = tuple(replace(zone, name=name) if zone.name == "meeting room 2" else zone for zone in plan.zones)
    figure = _drawn(figures.plan_figure(Design(floor_plan=replace(plan, zones=zones), access_points=())))
    label = next(text for text in figure.axes[0].texts if text.get_text().startswith("髙﨑"))
    room = next(zone for zone in zones if zone.name == name)
    box = label.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    x0_px, x1_px = (figure.axes[0].transData.transform((edge[0], 0))[0] for edge in (min(room.polygon_m), max(room.polygon_m)))

    assert x0_px - 1 <= box.x0
    assert box.x1 <= x1_px + 1


def test_heatmap_is_behind_the_people(gym_design: Design) -> None:
    """The strength drawn is transmit power plus gain less what people and partitions cost: the map's crowd, or one figure."""

    def strongest_dbm(design: Design, crowd_db: float | None = None) -> float:
        radio_map = _map(design, -60.0)
        crowd = None if crowd_db is None else np.full_like(radio_map.gain_db, crowd_db)
        return float(np.nanmax(maps.best_rssi_dbm(design, replace(radio_map, crowd_loss_db=crowd), "5")))

    assert 4.0 == demand.obstruction_db(gym_design)
    assert -60.0 == pytest.approx(strongest_dbm(gym_design))
    assert -61.5 == pytest.approx(strongest_dbm(gym_design, 1.5))
    assert -64.5 == pytest.approx(strongest_dbm(replace(gym_design, scenario="shelter-day3"), 1.5))
    assert -66.0 == pytest.approx(strongest_dbm(replace(gym_design, obstruction_db=6.0)))
    assert 1.5 == maps.crowd_loss_db(
        gym_design, replace(_map(gym_design, -60.0), crowd_loss_db=np.full((len(gym_design.access_points), 23, 39), 1.5))
    )
    assert 0.0 == demand.obstruction_db(replace(gym_design, scenario="of my own"))
    assert 6.0 == demand.obstruction_db(replace(gym_design, obstruction_db=6.0))


def test_coverage_share_counts_where_people_are(gym_design: Design) -> None:
    """The hall has 725 m2; the stage's weak signal (x > 32.9 m) and the store's do not count."""
    rssi_dbm = np.full((23, 39), -60.0)
    rssi_dbm[:, 33:] = -90.0
    rssi_dbm[:8, :5] = -90.0
    everywhere = maps.coverage_share(gym_design, _map(gym_design, rssi_dbm), "5")
    rssi_dbm[:, 16:] = -90.0
    half = maps.coverage_share(gym_design, _map(gym_design, rssi_dbm), "5")

    assert 1.0 == everywhere
    # Of the hall's cells, 33 x 23 less 5 x 8 of the store, those left of x = 16 m remain.
    assert half == pytest.approx((16 * 23 - 40) / (33 * 23 - 40))


def test_requirement_is_drawn_without_colour(gym_design: Design) -> None:
    """Below it is hatched and named in the legend; where all is above, neither."""
    rssi_dbm = np.full((23, 39), -60.0)
    rssi_dbm[:, 20:] = -80.0
    part = maps.heatmap_figure(gym_design, "5", "en", radio_map=_map(gym_design, rssi_dbm))
    whole = maps.heatmap_figure(gym_design, "5", "en", radio_map=_map(gym_design, -50.0))

    assert "below the required −67 dBm" in _texts(part)
    assert "below the required −67 dBm" not in _texts(whole)
    assert [hatch for child in part.axes[0].collections for hatch in getattr(child, "hatches", [])].count("////") == 1
    # A contour at negative values is dashed unless told otherwise, and would look like a wall of another material.
    contours = [child for child in part.axes[0].collections if getattr(child, "filled", None) is False]
    assert contours
    assert all(style == (0.0, None) for contour in contours for style in contour.get_linestyle())


def test_heatmap_without_any_path_or_signal(gym_design: Design) -> None:
    """No path at all is drawn as the weakest, not as an error."""
    figure = maps.heatmap_figure(gym_design, "5", radio_map=_map(gym_design, -np.inf))
    figure.savefig(io.BytesIO(), format="png")

    assert 0.0 == maps.coverage_share(gym_design, _map(gym_design, -np.inf), "5")


def test_colours_get_lighter_with_strength(gym_design: Design) -> None:
    """In grey as well as in colour: each step is lighter than the one before."""
    figure = maps.heatmap_figure(gym_design, "5", radio_map=_map(gym_design, -60.0))
    image = figure.axes[0].images[0]
    steps = [image.to_rgba(np.array([[level]]))[0, 0, :3] @ [0.299, 0.587, 0.114] for level in np.arange(-87.5, -35, 5)]

    assert np.all(np.diff(steps) > 0.02)


def test_band_without_radio_is_refused(gym_design: Design) -> None:
    with pytest.raises(DesignError, match="no access point has a 6 GHz radio"):
        maps.heatmap_figure(gym_design, "6")


def test_bands_of_a_design(gym_design: Design) -> None:
    assert ("2.4", "5") == maps.bands(gym_design)


def test_coverage_map_of_the_sample(gym_design: Design) -> None:
    """From the floor plan itself: under an access point it is stronger than in the store behind concrete."""
    radio_map = maps.coverage_map(gym_design, "5", grid_m=1.0)
    best_dbm = maps.best_rssi_dbm(gym_design, radio_map, "5")

    assert best_dbm[6, 8] > best_dbm[2, 1] + 10


def test_loads_prefer_the_plan_to_the_capacity(gym_design: Design) -> None:
    """A radio's own figure is the plan; where it has none, the capacity's; without that, nothing."""
    first = gym_design.access_points[0]
    bare = replace(
        gym_design, access_points=(replace(first, radios=tuple(replace(r, planned_clients=None) for r in first.radios)),)
    )

    assert 41.0 == loads.planned_radios(gym_design)[1].planned
    assert 41.0 == loads.planned_radios(bare)[1].planned
    assert loads.planned_radios(replace(bare, capacity=None))[1].planned is None


def _radio(planned: float | None, limit: int | None, ap: str = "AP-01") -> PlannedRadio:
    return PlannedRadio(ap=ap, radio=Radio(band="5", channel=36, planned_clients=planned, client_limit=limit))


def test_load_words() -> None:
    assert "41 / 50 (82 %)" == loads.load_words(_radio(41.0, 50), "en")
    assert "⚠ 56 / 50（112 %）" == loads.load_words(_radio(56.0, 50), "ja")
    assert "not computed" == loads.load_words(_radio(None, 50), "en")
    assert "41 (no limit set)" == loads.load_words(_radio(41.0, None), "en")


def test_load_figure_keeps_its_words_on_the_sheet() -> None:
    """The longest words stand behind a bar that fills the scale."""
    figure = _drawn(loads.load_figure([_radio(1234.0, 50, "a" * 60)], "ja"))
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]

    for text in figure.findobj(Text):
        if text.get_text().strip():
            box = text.get_window_extent(renderer)
            assert -1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1, text.get_text()


def test_fullest_radios() -> None:
    """Those nearest to their limit, in the order of the design; one without a limit is never full."""
    radios = [_radio(float(n), 10 if n != 3 else None, str(n)) for n in range(5)]

    assert ["2", "4"] == [one.ap for one in loads.fullest(radios, 2)]
    assert tuple(radios) == loads.fullest(radios, 9)


def test_svg_is_the_same_twice(gym_design: Design) -> None:
    """No date, no random ids: two reports of one design can be compared."""
    one, two = (figures.svg(figures.plan_figure(gym_design)) for _ in range(2))

    assert one == two
    assert "<text" not in one
