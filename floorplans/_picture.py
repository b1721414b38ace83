"""Pictures of plans (PNG, JPEG, TIFF, BMP): dark strokes and filled bars found in the pixels, given the metres of a pixel.

Strokes no thicker than a pen are lines, thicker ones are fills: walls drawn full. Too few pixels a metre are refused with the
resolution that is needed. Needs `opencv-python-headless` (`pip install wifiplan[pictures]`).
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import os
import warnings as python_warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from floorplans._file import read_bytes
from floorplans.building import plan_of
from floorplans.drawing import Drawing, Fill, Line, Point, Unit
from floorplans.errors import FloorPlanError, GeometryError, MissingScaleError
from floorplans.plan import FloorPlan

MAX_PIXELS = 40_000_000
"""Looked at; more are scaled down. A sheet of A1 at 200 dpi has 31 million."""

MAX_DECODED = 150_000_000
"""Decoded at all: above it the picture would not fit into a gigabyte."""

FILLED_PX_PER_M, DOUBLE_PX_PER_M = 20.0, 60.0
"""Fewer do not hold a filled wall, or keep the two lines of a wall apart (measured: docs/benchmarks/floor_plans.md)."""

SCANNED_PX_PER_M = 95.0
"""With fewer, tiles, boards and furniture of a scanned drawing pass for walls: at 60 hardly half of what is found is one."""

_NOISE = 2.5
"""Grey levels of 255 that a picture drawn by a program does not scatter by, and a scan does."""

_THICKEST_M = 0.6

_COARSE_PX_PER_M, _THICK_PEN_M = 28.0, 0.075
"""Below so many pixels a metre walls are told from lines by their ink; no pen on a sheet of 1:100 is as thick as 0.75 mm."""

_Grey = np.ndarray[Any, np.dtype[np.uint8]]


def read(
    path: Path,
    *,
    metres_per_unit: float | None = None,
    height_m: float | None = None,
    part: int | None = None,
) -> FloorPlan:
    """The building in a picture; `metres_per_unit` is that of a pixel and has to be given."""
    grey, dpi, shrunk = _grey(path)
    metres_per_pixel = None if metres_per_unit is None else metres_per_unit * shrunk
    drawn = drawing_of(grey, file=str(path), metres_per_pixel=metres_per_pixel, dpi=dpi)
    if shrunk > 1.0:
        drawn.warnings.insert(0, f"the picture has more than {MAX_PIXELS / 1e6:.0f} million pixels: scaled down by {shrunk:.2f}")
    # Lines are in pixels as the file has them, so that what the user measures in it is what counts.
    drawn.lines = [Line(start=_scaled(line.start, shrunk), end=_scaled(line.end, shrunk)) for line in drawn.lines]
    drawn.fills = [Fill(ring=tuple(_scaled(point, shrunk) for point in fill.ring)) for fill in drawn.fills]
    drawn.line_width *= shrunk
    return plan_of(drawn, where=str(path), metres_per_unit=metres_per_unit, height_m=height_m, part=part)


def _scaled(point: Point, factor: float) -> Point:
    return point[0] * factor, point[1] * factor


def _grey(path: Path) -> tuple[_Grey, float | None, float]:
    """The picture in grey, dots per inch as the file says them, and by how much it was scaled down."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    data = read_bytes(path)
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            Image.MAX_IMAGE_PIXELS = None
            picture = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF", "BMP"))
            width, height = picture.size
            _refuse_giant(width, height, path)
            said = picture.info.get("dpi")
            dpi = float(said[0]) if said and float(said[0]) > 30 else None
            picture.draft("L", (width, height))
            with _silent() if picture.format == "TIFF" else contextlib.nullcontext():
                grey = _on_white(ImageOps.exif_transpose(picture))
            shrunk, (width, height) = 1.0, grey.size
            if width * height > MAX_PIXELS:
                shrunk = math.sqrt(width * height / MAX_PIXELS)
                grey = grey.resize((max(1, int(width / shrunk)), max(1, int(height / shrunk))), Image.Resampling.BOX)
            return _dark_on_light(np.asarray(grey, dtype=np.uint8)), dpi, shrunk
    except FloorPlanError:
        raise
    except UnidentifiedImageError:
        raise FloorPlanError(f"{path}: not a picture of the kind that its name says; save it again as PNG") from None
    except MemoryError:
        raise FloorPlanError(f"{path}: the picture does not fit into memory; save it smaller") from None
    except Exception as error:  # noqa: BLE001
        # Decoders report a damaged picture by exceptions of many kinds.
        raise FloorPlanError(f"{path}: the picture is damaged ({type(error).__name__}); save it again as PNG") from None


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """What the TIFF library in C says of a damaged file on standard error is left out: the exception that follows says it."""
    said = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  a descriptor is what is exchanged
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(said, 2)
        os.close(said)


def _dark_on_light(grey: _Grey) -> _Grey:
    """The picture, turned over where its lines are light on a dark sheet, as CAD programs and blueprints show them."""
    dark, light = np.quantile(grey, [0.5, 0.995])
    return np.asarray(255 - grey, dtype=np.uint8) if dark < 110 and light - dark > 90 else grey


def _refuse_giant(width: int, height: int, path: Path) -> None:
    if width * height > MAX_DECODED:
        raise FloorPlanError(
            f"{path}: {width:,} x {height:,} pixels are more than {MAX_DECODED / 1e6:.0f} million; save it smaller"
        )


def _on_white(picture: Any) -> Any:
    """Grey on white where the picture is transparent."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("L", picture.size, 255)
        white.paste(picture.convert("L"), mask=picture.getchannel("A"))
        return white
    if picture.mode in ("I;16", "I", "F"):
        values = np.asarray(picture, dtype=np.float64)
        top = float(values.max()) or 1.0
        return Image.fromarray((values / top * 255).astype(np.uint8))
    return picture.convert("L")


def drawing_of(grey: _Grey, *, file: str, metres_per_pixel: float | None, dpi: float | None = None) -> Drawing:
    """Strokes and bars of a picture, in pixels, y up.

    Parameters
    ----------
    grey : numpy.ndarray
        Shape (height, width), 0 black to 255 white.
    file : str
        What the picture is called in errors.
    metres_per_pixel : float or None
        Its scale; None raises `MissingScaleError`.
    dpi : float, optional
        At which it was scanned, for the advice when that was too coarse.
    """
    if metres_per_pixel is None:
        scanned = f"; at {dpi:.0f} dpi, 1:100 is {2.54 / dpi:.5f}" if dpi else ""
        raise MissingScaleError(
            f"{file}: a picture does not say its scale; give --metres-per-unit, the metres of a pixel: measure a known wall, "
            f"0.02 for 50 pixels a metre{scanned}"
        )
    px_per_m = 1.0 / metres_per_pixel
    if px_per_m < FILLED_PX_PER_M:
        raise GeometryError(f"{file}: {px_per_m:.0f} pixels a metre are too few; {_advice(FILLED_PX_PER_M, px_per_m, dpi)}")
    if min(grey.shape) < px_per_m:
        raise GeometryError(f"{file}: {grey.shape[1]} x {grey.shape[0]} pixels are not even a metre; check the metres of a pixel")
    try:
        import cv2
    except ImportError:
        raise FloorPlanError(f"{file}: reading pictures needs OpenCV; install it with `pip install wifiplan[pictures]`") from None
    cv2.setNumThreads(1)
    ink, even, noise = _ink(cv2, grey)
    if not ink.any() or ink.mean() > 0.6:
        raise GeometryError(f"{file}: no dark lines on a light sheet; scan it again in black and white")
    strips = _strips(cv2, ink, _directions(cv2, even, px_per_m), px_per_m)
    out = Drawing(file=file, reader=Path(file).suffix[1:].lower() or "picture", unit_name="pixel", from_picture=True)
    out.unit = Unit(metres_per_unit=metres_per_pixel, says="given")
    pen = _pen(strips, px_per_m)
    thin = max(1.7 * pen, pen + 1.3, 0.05 * px_per_m)
    if px_per_m < _COARSE_PX_PER_M:
        # A wall of 10 cm has two pixels, and so has a line that falls between two: how much ink there is tells them apart.
        strips = [strip._replace(thickness=_ink_thickness(even, strip)) for strip in strips]
        pen, thin = min(pen, _THICK_PEN_M * px_per_m), max(1.4, _THICK_PEN_M * px_per_m)
    out.line_width = pen
    height = grey.shape[0]
    filled_px = lined_px = 0.0
    for strip in strips:
        a, b = (strip.start[0], height - strip.start[1]), (strip.end[0], height - strip.end[1])
        length = math.dist(a, b)
        if length < 2:
            continue
        if strip.thickness <= thin:
            out.lines.append(Line(start=a, end=b))
            lined_px += length
        elif strip.thickness <= 1.1 * _THICKEST_M * px_per_m:
            nx, ny = -(b[1] - a[1]) / length * strip.thickness / 2, (b[0] - a[0]) / length * strip.thickness / 2
            ring = ((a[0] + nx, a[1] + ny), (b[0] + nx, b[1] + ny), (b[0] - nx, b[1] - ny), (a[0] - nx, a[1] - ny))
            out.fills.append(Fill(ring=ring))
            filled_px += length
    if filled_px < 4.0 * px_per_m and px_per_m < DOUBLE_PX_PER_M - 0.5:
        raise GeometryError(
            f"{file}: walls drawn as two lines need {DOUBLE_PX_PER_M:.0f} pixels a metre, these are {px_per_m:.0f}; "
            f"{_advice(DOUBLE_PX_PER_M, px_per_m, dpi)}"
        )
    if filled_px < 4.0 * px_per_m and noise > _NOISE and px_per_m < SCANNED_PX_PER_M:
        out.warnings.append(
            f"a scan of {px_per_m:.0f} pixels a metre: tiles, boards and furniture may pass for walls, and walls be missed; "
            f"{_advice(SCANNED_PX_PER_M, px_per_m, dpi)}, or drop what is unsure: `wifiplan floorplan-edit --drop confidence=0.7`"
        )
    return out


def _ink_thickness(even: _Grey, strip: _Strip) -> float:
    """How thick a stroke would be in full black, in pixels: the darkness across it, the median over its length."""
    (ax, ay), (bx, by) = strip.start, strip.end
    length = math.dist(strip.start, strip.end)
    if length < 4:
        return strip.thickness
    along = np.linspace(0.1, 0.9, 25)
    across = np.arange(-strip.thickness / 2 - 2.0, strip.thickness / 2 + 2.01, 0.5)
    x = ax + (bx - ax) * along[:, None] - (by - ay) / length * across
    y = ay + (by - ay) * along[:, None] + (bx - ax) / length * across
    rows, columns = np.rint(y).astype(int), np.rint(x).astype(int)
    inside = (rows >= 0) & (rows < even.shape[0]) & (columns >= 0) & (columns < even.shape[1])
    dark = np.where(inside, 255.0 - even[rows.clip(0, even.shape[0] - 1), columns.clip(0, even.shape[1] - 1)], 0.0) / 255.0
    return float(np.median(dark.sum(axis=1) * 0.5))


def _advice(needed: float, px_per_m: float, dpi: float | None) -> str:
    if dpi:
        return f"scan it at {math.ceil(dpi * needed / px_per_m)} dpi or more (this is {dpi:.0f})"
    at_100 = math.ceil(needed * 2.54)
    return f"scan a sheet of 1:100 at {at_100} dpi or more, of 1:200 at {2 * at_100}"


def _ink(cv2: Any, grey: _Grey) -> tuple[_Grey, _Grey, float]:
    """What is drawn, as 0 and 1, the picture with shadows of the sheet taken away, and by how many grey levels it scatters."""
    smooth = cv2.medianBlur(grey, 3)
    small = cv2.resize(smooth, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    sheet = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((31, 31), np.uint8))
    sheet = cv2.resize(cv2.GaussianBlur(sheet, (0, 0), 8), (grey.shape[1], grey.shape[0]))
    even = np.clip(grey.astype(np.float32) / np.maximum(sheet, 1) * 255, 0, 255).astype(np.uint8)
    noise = 1.48 * float(np.median(np.abs(even.astype(np.float32) - cv2.medianBlur(even, 3))))
    if noise > _NOISE:
        even = (
            cv2.medianBlur(even, 3) if even.size > 9_000_000 else cv2.fastNlMeansDenoising(even, None, min(30.0, 3 * noise), 3, 9)
        )
    threshold, _ = cv2.threshold(even, 0, 255, cv2.THRESH_OTSU)
    ink = (even < min(max(threshold, 110), 205)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    specks = stats[:, 4] < 8
    specks[0] = False
    ink[specks[labels]] = 0
    return ink, even, noise


def _directions(cv2: Any, even: _Grey, px_per_m: float) -> list[float]:
    """Directions that much is drawn in, in degrees of the picture: two at right angles first, then oblique ones."""
    shrink = 0.5 if max(even.shape) > 5_000 else 1.0
    picture = even if shrink == 1.0 else cv2.resize(even, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(picture)[0]
    if found is None:
        return [0.0, 90.0]
    ends = np.asarray(found, dtype=float).reshape(-1, 4) / shrink
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    turn = np.degrees(np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0])) % 180
    long = length > max(25.0, 0.4 * px_per_m)
    length, turn = length[long], turn[long]
    if not len(length):
        return [0.0, 90.0]
    tenths = np.zeros(900)
    np.add.at(tenths, (turn % 90 * 10).astype(int) % 900, length)
    smooth = np.convolve(np.r_[tenths[-5:], tenths, tenths[:5]], np.ones(5) / 5, "same")[5:-5]
    top = int(smooth.argmax()) / 10
    off = (turn % 90 - top + 45) % 90 - 45
    near = np.abs(off) < 0.8
    skew = top + float(np.average(off[near], weights=length[near]))
    skew = skew - 90 if skew > 45 else skew
    skew = 0.0 if abs(skew) < 0.05 else skew
    out = [skew, skew + 90]
    degrees = np.zeros(180)
    np.add.at(degrees, ((turn - skew) % 180).round().astype(int) % 180, length)
    smooth = np.convolve(np.r_[degrees[-1:], degrees, degrees[:1]], np.ones(3), "same")[1:-1]
    for _ in range(4):
        for taken in out:
            for step in range(-6, 7):
                smooth[round(taken - skew + step) % 180] = 0
        best = int(smooth.argmax())
        if smooth[best] < max(0.04 * length.sum(), 3 * px_per_m):
            break
        near = np.abs((turn - skew - best + 90) % 180 - 90) < 2.5
        out.append(skew + best + float(np.average((turn[near] - skew - best + 90) % 180 - 90, weights=length[near])))
    return out


class _Strip(NamedTuple):
    start: Point
    end: Point
    thickness: float


def _strips(cv2: Any, ink: _Grey, directions: list[float], px_per_m: float) -> list[_Strip]:
    """Straight strokes of one thickness, long ones first; what is explained is taken away before shorter ones are sought."""
    out: list[_Strip] = []
    left = ink.copy()
    for share in (1.1, 0.6, 0.36):
        for group in (directions[:2], directions[2:]):
            found = []
            for direction in group:
                if group is not directions[:2] and share < 0.5:
                    continue
                oblique = direction not in directions[:2]
                if oblique and share < 0.5:
                    continue
                turned, back, grown = _turned(cv2, left, direction)
                least = max(14.0, share * px_per_m * (1.3 if oblique else 1.0))
                for y, x0, x1, thickness in _runs(cv2, turned, int(least)):
                    thickness = max(1.0, thickness - grown)  # noqa: PLW2901
                    if thickness <= min(0.62 * least, 1.1 * _THICKEST_M * px_per_m):
                        found.append(_Strip(_moved(back, x0, y), _moved(back, x1 - 1, y), thickness))
            out += found
            for strip in found:
                _wipe(cv2, left, strip)
    return out


def _turned(cv2: Any, ink: _Grey, degrees: float) -> tuple[_Grey, np.ndarray[Any, Any], int]:
    """The picture with lines of a direction made level, the way back, and by how many pixels strokes were thickened."""
    height, width = ink.shape
    if abs(degrees) < 0.05:
        return ink, np.array([[1.0, 0, 0], [0, 1.0, 0]]), 0
    if abs(degrees - 90) < 0.05:
        # Rows become columns without any pixel being mixed.
        return np.ascontiguousarray(ink.T), np.array([[0, 1.0, 0], [1.0, 0, 0]]), 0
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    c, s = abs(turn[0, 0]), abs(turn[0, 1])
    size = int(height * s + width * c) + 2, int(height * c + width * s) + 2
    turn[0, 2] += size[0] / 2 - width / 2
    turn[1, 2] += size[1] / 2 - height / 2
    level = (cv2.warpAffine(ink * 255, turn, size, flags=cv2.INTER_LINEAR) > 110).astype(np.uint8)
    # A thin stroke turned back jumps between two rows: thickened, it is whole.
    level = cv2.dilate(level, np.ones((3, 1), np.uint8))
    return level, cv2.invertAffineTransform(turn), 2


def _moved(back: np.ndarray[Any, Any], x: float, y: float) -> Point:
    return float(back[0, 0] * x + back[0, 1] * y + back[0, 2]), float(back[1, 0] * x + back[1, 1] * y + back[1, 2])


def _wipe(cv2: Any, ink: _Grey, strip: _Strip) -> None:
    (ax, ay), (bx, by) = strip.start, strip.end
    length = math.dist(strip.start, strip.end)
    if length < 1:
        return
    wide = strip.thickness / 2 + 1.5
    nx, ny = -(by - ay) / length * wide, (bx - ax) / length * wide
    corners = np.array([(ax + nx, ay + ny), (bx + nx, by + ny), (bx - nx, by - ny), (ax - nx, ay - ny)])
    cv2.fillPoly(ink, [np.round(corners).astype(np.int32)], 0)


def _runs(cv2: Any, ink: _Grey, least: int) -> Iterator[tuple[float, float, float, float]]:
    """(y of the middle, x0, x1, thickness) of level strokes at least so long, split where their thickness changes."""
    whole = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 5), np.uint8))
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(whole, connectivity=4)
    for label in range(1, count):
        x, y, w, h, area = (int(number) for number in stats[label])
        part = labels[y : y + h, x : x + w] == label
        if h <= 3:
            yield y + float((part * np.arange(h)[:, None]).sum()) / area, x, x + w, area / w
            continue
        thick, top = part.sum(axis=0), part.argmax(axis=0)
        steps = (np.abs(np.diff(thick)) >= 2) | (np.abs(np.diff(top)) >= 2)
        cuts = [0, *(np.flatnonzero(steps) + 1).tolist(), w]
        pieces: list[list[float]] = []
        for a, b in itertools.pairwise(cuts):
            now = [a, b, float(np.median(thick[a:b])), float(np.median(top[a:b]))]
            # What is narrower than a quarter of the least length is text that touches, or a bump.
            if pieces and (_alike(pieces[-1], now) or b - a < max(3, least / 4)):
                pieces[-1][1] = b
            elif pieces and pieces[-1][1] - pieces[-1][0] < max(3, least / 4):
                pieces[-1][1:] = now[1:]
            else:
                pieces.append(now)
        merged: list[list[float]] = []
        for piece in pieces:
            if merged and _alike(merged[-1], piece):
                merged[-1][1] = piece[1]
            else:
                merged.append(piece)
        for left, right, thickness, above in merged:
            yield y + above + (thickness - 1) / 2, x + left, x + right, thickness


def _alike(one: list[float], two: list[float]) -> bool:
    return abs(one[2] - two[2]) <= 1.5 and abs(one[3] - two[3]) <= 1.5


def _pen(strips: list[_Strip], px_per_m: float) -> float:
    """The thickness of thin strokes in pixels: the median of those that are no bars, by length."""
    thin = sorted(
        (strip.thickness, math.dist(strip.start, strip.end)) for strip in strips if strip.thickness <= max(2.5, 0.05 * px_per_m)
    )
    if not thin:
        return 2.0
    reached = np.cumsum([length for _, length in thin])
    return max(1.0, thin[int(np.searchsorted(reached, reached[-1] / 2))][0])
