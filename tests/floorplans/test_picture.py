"""Pictures of plans: filled walls at 20 pixels a metre, double lines at 60, turned, noisy; too coarse is refused with the dpi."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image, ImageDraw

import floorplans
from floorplans import FloorPlan, GeometryError, MissingScaleError
from tests.floorplans.drawn import as_png

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


def test_the_scale_of_a_picture_is_asked(tmp_path: Path) -> None:
    path, _ = as_png(GYM, tmp_path / "図", 60.0)

    with pytest.raises(MissingScaleError, match="give --metres-per-unit, the metres of a pixel"):
        floorplans.read(path)


def test_an_empty_sheet_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "白.png"
    Image.new("L", (800, 600), 250).save(path)

    with pytest.raises(GeometryError, match="no dark lines on a light sheet"):
        floorplans.read(path, metres_per_unit=0.02)
