"""Pictures of plans: filled walls at 20 pixels a metre, double lines at 60, turned, noisy; too coarse is refused with the dpi."""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image, ImageDraw

import floorplans
from floorplans import FloorPlan, GeometryError, MissingScaleError, Wall
from tests.floorplans.drawn import as_png, faces

GYM = floorplans.sample("community-centre")


def filled(plan: FloorPlan, px_per_m: float, turn_deg: float = 0.0) -> Image.Image:
    """Walls of 20 cm as black bars, with a margin of 3 m."""
    x0, y0, x1, y1 = plan.extent_m
    size = int((x1 - x0 + 6) * px_per_m * 4), int((y1 - y0 + 6) * px_per_m * 4)
    picture = Image.new("L", size, 255)
    pen = ImageDraw.Draw(picture)
    for wall in plan.walls:
        bar = shapely.LineString([wall.start_m, wall.end_m]).buffer(0.1, cap_style="square")
        ring = [((x - x0 + 3) * px_per_m * 4, size[1] - (y - y0 + 3) * px_per_m * 4) for x, y in bar.exterior.coords]
        pen.polygon(ring, fill=0)
    picture = picture.resize((size[0] // 4, size[1] // 4), Image.Resampling.BOX)
    return picture.rotate(turn_deg, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)


@pytest.mark.parametrize(("px_per_m", "turn_deg", "noise"), [(20.0, 0.0, 0.0), (30.0, 3.0, 8.0)])
def test_filled_walls(tmp_path: Path, px_per_m: float, turn_deg: float, noise: float) -> None:
    """Lengths within 3 %, also turned, noisy and saved as JPEG."""
    grey = np.asarray(filled(GYM, px_per_m, turn_deg), dtype=float)
    noisy = np.clip(grey + np.random.default_rng(1).normal(0, noise, grey.shape), 0, 255).astype(np.uint8)
    path = tmp_path / "図.jpg"
    Image.fromarray(noisy).save(path, quality=50)
    plan = floorplans.read(path, metres_per_unit=1 / px_per_m)

    assert sum(w.length_m for w in GYM.walls) == pytest.approx(sum(w.length_m for w in plan.walls), rel=0.03)
    assert GYM.area_m2 == pytest.approx(plan.area_m2, rel=0.05)
    turns = {
        round(math.degrees(math.atan2(w.end_m[1] - w.start_m[1], w.end_m[0] - w.start_m[0])) - turn_deg) % 90 for w in plan.walls
    }
    assert {0} == turns


def test_too_coarse_is_refused_with_the_resolution_that_is_needed(tmp_path: Path) -> None:
    """Double lines at 30 pixels a metre, and anything at 12."""
    path, options = as_png(GYM, tmp_path / "図", 30.0)
    with pytest.raises(GeometryError, match=r"need 60 pixels a metre, these are 30; scan a sheet of 1:100 at 153 dpi or more"):
        floorplans.read(path, **options)
    Image.open(path).save(path, dpi=(100, 100))
    with pytest.raises(GeometryError, match=r"scan it at 200 dpi or more \(this is 100\)"):
        floorplans.read(path, **options)
    with pytest.raises(GeometryError, match="12 pixels a metre are too few"):
        floorplans.read(path, metres_per_unit=1 / 12)


def test_light_lines_on_a_dark_sheet_and_a_turned_photograph_are_the_same_plan(tmp_path: Path) -> None:
    """As CAD programs show drawings, and as cameras save them: the picture stands as the viewer shows it."""
    picture = filled(GYM, 20.0)
    inverted, turned = tmp_path / "dark.png", tmp_path / "turned.jpg"
    Image.fromarray(255 - np.asarray(picture)).save(inverted)
    exif = picture.getexif()
    exif[274] = 6  # turned by 90 degrees clockwise to be looked at
    picture.save(turned, exif=exif)
    (x0, y0, x1, y1), (u0, v0, u1, v1) = (floorplans.read(one, metres_per_unit=0.05).extent_m for one in (inverted, turned))

    assert GYM.area_m2 == pytest.approx((x1 - x0) * (y1 - y0), rel=0.05)
    assert pytest.approx((x1 - x0, y1 - y0), abs=0.2) == (v1 - v0, u1 - u0)


def test_the_scale_of_a_picture_is_asked(tmp_path: Path) -> None:
    path, _ = as_png(GYM, tmp_path / "図", 60.0)

    with pytest.raises(MissingScaleError, match="give --metres-per-unit, the metres of a pixel"):
        floorplans.read(path)


def test_an_empty_sheet_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "白.png"
    Image.new("L", (800, 600), 250).save(path)

    with pytest.raises(GeometryError, match="no dark lines on a light sheet"):
        floorplans.read(path, metres_per_unit=0.02)


def towers() -> FloorPlan:
    """Two towers far apart, 12 by 10 and 8 by 8 m, each with a wall in the middle, as one storey."""
    walls = []
    for x, y, width, depth in ((0.0, 0.0, 12.0, 10.0), (75.0, 3.0, 8.0, 8.0)):
        corners = [(x, y), (x + width, y), (x + width, y + depth), (x, y + depth), (x, y)]
        pairs = [*itertools.pairwise(corners), ((x + width / 2, y), (x + width / 2, y + depth))]
        walls += [Wall(start_m=a, end_m=b, z0_m=0.0, z1_m=3.0, material="concrete") for a, b in pairs]
    return dataclasses.replace(GYM, walls=tuple(walls), zones=())


def test_a_tower_that_stands_apart_belongs_to_the_building(tmp_path: Path) -> None:
    """Both are in the outline, and the walls of both are kept, however far the smaller one stands."""
    plan = towers()
    path, options = as_png(plan, tmp_path / "塔", 60.0)
    read = floorplans.read(path, **options)

    assert sum(w.length_m for w in plan.walls) == pytest.approx(sum(w.length_m for w in read.walls), rel=0.03)
    assert 12.2 * 10.2 + 8.2 * 8.2 == pytest.approx(read.area_m2, rel=0.03)


def test_masonry_thicker_than_furniture_is_deep_is_read_as_walls(tmp_path: Path) -> None:
    """Two lines 45 cm apart are walls where most of the drawing is so; a wardrobe of 60 cm in it is none."""
    strokes = faces(towers(), 0.45)
    x, y = 4.0, 4.0
    wardrobe = [(x, y), (x + 1.8, y), (x + 1.8, y + 0.6), (x, y + 0.6), (x, y)]
    picture = Image.new("L", (95 * 60, 18 * 60), 255)
    pen = ImageDraw.Draw(picture)
    for a, b in [*strokes, *itertools.pairwise(wardrobe)]:
        pen.line([a[0] * 60, 1080 - a[1] * 60, b[0] * 60, 1080 - b[1] * 60], fill=0, width=1)
    picture.save(tmp_path / "図.png")
    plan = floorplans.read(tmp_path / "図.png", metres_per_unit=1 / 60)

    assert 10 == len(plan.walls)
    assert 54.0 + 40.0 == pytest.approx(sum(w.length_m for w in plan.walls), rel=0.03)


@pytest.mark.parametrize("px_per_m", [20.0, 30.0])
def test_a_wide_window_in_a_thick_filled_wall_is_on_its_axis(tmp_path: Path, px_per_m: float) -> None:
    """The window beside a corner is drawn as two lines along the faces of the wall: one wall in the middle, not one on a face."""
    k, size = px_per_m * 4, 16
    picture = Image.new("L", (int(size * k), int(12 * k)), 255)
    pen = ImageDraw.Draw(picture)
    pen.rectangle([2 * k, 2 * k, 14 * k, 10 * k], fill=0)
    pen.rectangle([2.45 * k, 2.45 * k, 13.55 * k, 9.55 * k], fill=255)
    pen.rectangle([8 * k, 2 * k - 4, 12 * k, 2.45 * k + 4], fill=255)
    pen.rectangle([8 * k, 2 * k, 12 * k, 2.45 * k], outline=0, width=5)
    picture = picture.resize((picture.size[0] // 4, picture.size[1] // 4), Image.Resampling.BOX)
    picture.save(tmp_path / "窓.png")
    plan = floorplans.read(tmp_path / "窓.png", metres_per_unit=1 / px_per_m)
    upper = [wall for wall in plan.walls if min(wall.start_m[1], wall.end_m[1]) > 5.0]
    low = min(y for wall in plan.walls for _, y in (wall.start_m, wall.end_m) if abs(wall.start_m[1] - wall.end_m[1]) < 0.1)
    top = low + 7.55

    assert 11.55 == pytest.approx(sum(wall.length_m for wall in upper), rel=0.03)
    assert all(abs(y - top) < 0.06 for wall in upper for _, y in (wall.start_m, wall.end_m))


def test_thin_filled_walls_and_lines_of_a_pen_are_told_apart_by_their_ink(tmp_path: Path) -> None:
    """At 20 pixels a metre a wall of 12 cm has two pixels and a half, a shelf's line one: the first is a wall."""
    k = 20 * 4
    picture = Image.new("L", (16 * k, 12 * k), 255)
    pen = ImageDraw.Draw(picture)
    pen.rectangle([2 * k, 2 * k, 14 * k, 10 * k], fill=0)
    pen.rectangle([2.2 * k, 2.2 * k, 13.8 * k, 9.8 * k], fill=255)
    pen.rectangle([7.94 * k, 2 * k, 8.06 * k, 10 * k], fill=0)
    pen.rectangle([3.0 * k, 7.0 * k, 7.0 * k, 7.5 * k], outline=0, width=3)
    picture.resize((16 * 20, 12 * 20), Image.Resampling.BOX).save(tmp_path / "図.png")
    plan = floorplans.read(tmp_path / "図.png", metres_per_unit=1 / 20)

    assert 11.8 * 2 + 7.8 * 3 == pytest.approx(sum(wall.length_m for wall in plan.walls), rel=0.03)
    assert 5 == len(plan.walls)


@pytest.mark.parametrize(("noise", "said"), [(0.0, False), (12.0, True)])
def test_a_scan_of_lines_below_100_pixels_a_metre_says_what_it_needs(tmp_path: Path, noise: float, said: bool) -> None:
    """A picture that a program drew says nothing of the kind."""
    hall = floorplans.gym(12.0, 9.0, 5.0, name="館", stage=False, store_room=False)
    path, options = as_png(hall, tmp_path / "図", 60.0)
    grey = np.asarray(Image.open(path), dtype=float)
    noisy = np.clip(grey + np.random.default_rng(3).normal(0, noise, grey.shape), 0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(path, dpi=(152, 152))
    warnings = floorplans.read(path, **options).source.warnings

    assert said == any("scan it at 241 dpi or more (this is 152)" in one for one in warnings)
