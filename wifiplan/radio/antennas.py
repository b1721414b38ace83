"""What an antenna sends where: shapes of our own by formula, measured patterns from files.

A pattern is a table of 361 azimuths (-180 to 180 degrees, left of forward is positive) by 181 elevations (-90 to 90) in the
antenna's own frame, in dB against its peak. The peak itself is the radio's `antenna_gain_dbi`, whatever a file says of it: the
legal limits are looked up with that figure, so there is one only.
"""

from __future__ import annotations

import csv
import functools
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from wifiplan.errors import DesignError
from wifiplan.files import read_octets

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHAPES = ("isotropic", "omni", "patch", "sector")

LEAST_DB = -60.0
"""No direction of a file is weaker: what is less is noise of the chamber, or a sign for nothing."""

_ABOUT_DB = 1.0
"""Makers' figures are rounded, and a cut may miss its peak by as much."""

_WIDEST_GAP_DEG = 15.0
"""Between two angles of a cut: what is wider is not in the file."""

_WIDEST_TABLE_GAP_DEG = 45.0
"""The same of a table of our own, whose author has written every corner of it."""

AZIMUTHS_DEG = np.arange(-180.0, 181.0)
ELEVATIONS_DEG = np.arange(-90.0, 91.0)


def pattern_db(antenna: str) -> NDArray[np.float64] | None:
    """Gain against the peak (361, 181) of one of `SHAPES` or of a file, None for isotropic.

    Raises
    ------
    DesignError
        Neither a shape nor a file that can be read: see `read`.
    """
    if antenna in SHAPES:
        return _shape_db(antenna)
    if Path(antenna).suffix.lower() not in _READERS:
        raise DesignError(
            f"antenna {antenna!r} is not known; use one of: {', '.join(SHAPES)}; or a file of a pattern: {', '.join(_READERS)}"
        )
    return read(Path(antenna))


@functools.cache
def _shape_db(antenna: str) -> NDArray[np.float64] | None:
    """Gain against the peak of our own shapes.

    omni
        A half-wave dipole standing upright, its null filled to -10 dB, as the housing of a ceiling access point does (assumed).
    patch
        3GPP TR 38.901 table 7.3-1: 65 degrees both ways, 30 dB behind.
    sector
        3GPP TR 36.814 table A.2.1.1-2: 70 degrees across, 10 degrees up and down, 25 dB behind.
    """
    azimuth, elevation = AZIMUTHS_DEG[:, None], ELEVATIONS_DEG[None, :]
    if antenna == "isotropic":
        return None
    if antenna == "omni":
        rise = np.radians(elevation) + 0 * azimuth
        cos = np.maximum(np.cos(rise), 1e-6)
        dipole = (np.cos(np.pi / 2 * np.sin(rise)) / cos) ** 2
        return np.asarray(10 * np.log10(0.1 + 0.9 * dipole))
    if antenna == "patch":
        across, upright = np.minimum(12 * (azimuth / 65) ** 2, 30), np.minimum(12 * (elevation / 65) ** 2, 30)
        return np.asarray(-np.minimum(across + upright, 30.0))
    across, upright = np.minimum(12 * (azimuth / 70) ** 2, 25), np.minimum(12 * (elevation / 10) ** 2, 20)
    return np.asarray(-np.minimum(across + upright, 25.0))


def read(path: Path) -> NDArray[np.float64]:
    """Gain against the peak (361, 181) as a file has it, the peak at 0 dB and nothing below `LEAST_DB`.

    .msi, .pln
        MSI Planet: cuts of 360 directions named HORIZONTAL (clockwise from forward) and VERTICAL (downwards from forward), in dB
        below the peak; gains in dBi are recognised by their sign and the GAIN that the file states.
    .ant
        Radio Mobile: one number a line, dB against the peak, 360 clockwise; then, if there are more, from +90 degrees
        downwards to -90 (181 or 180 lines) or all the way round (360).
    .csv
        Our own: azimuth_deg (clockwise from forward), elevation_deg (upwards), gain_db; every elevation at every azimuth.

    Between two cuts the vertical one is turned about the antenna: in front its front, behind its back, the share of each in
    proportion to the azimuth (horizontal projection interpolation; F. Gil et al., IEEE Antennas and Propagation Magazine 43(2),
    2001). A file without a vertical cut is taken as the same at every elevation.

    Raises
    ------
    DesignError
        Naming the file and the line.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DesignError(f"{path}: antenna patterns are read from {', '.join(_READERS)}")
    octets = read_octets(path, f"give a file of a pattern, or one of: {', '.join(SHAPES)}")
    try:
        text = octets.decode("utf-16" if octets[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")  # names of makers; the figures are ASCII
    pattern = reader(path, text)
    if not np.all(np.isfinite(pattern)):
        raise DesignError(f"{path}: a gain is not a finite number; give dB")
    return np.asarray(np.maximum(pattern - pattern.max(), LEAST_DB))


def _number(path: Path, line: int, text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise DesignError(f"{path}: line {line}: {text!r} is not a number") from None


@dataclass(slots=True)
class _Cut:
    """One cut of an MSI file: figures by angle, and where and how many the file says they are."""

    line: int
    said: int | None
    figures: dict[float, float] = field(default_factory=dict)


def _msi(path: Path, text: str) -> NDArray[np.float64]:
    cuts: dict[str, _Cut] = {}
    cut: _Cut | None = None
    gains_dbi: list[float] = []
    names: list[tuple[int, str]] = []
    for line, row in enumerate(text.splitlines(), 1):
        words = row.split()
        if not words:
            continue
        head = words[0].upper()
        if head == "GAIN":  # 8.0dBi as well
            words = re.sub(r"(?<=[0-9])(?=[A-Za-z])", " ", row).split()
        if head == "NAME":
            names.append((line, " ".join(words[1:])[:40]))
        if head == "GAIN" and len(words) > 1:
            gain = _number(path, line, words[1])
            # MSI Planet's figure is in dBd unless it says dBi; files without a unit are of both kinds.
            unit = words[2].lower() if len(words) > 2 else ""
            gains_dbi += {"dbi": [gain], "dbd": [gain + 2.15]}.get(unit, [gain, gain + 2.15])
        if head in {"HORIZONTAL", "VERTICAL"}:
            if head in cuts:
                there = ", ".join(f"{name or 'no name'} (line {number})" for number, name in names) or f"line {cuts[head].line}"
                raise DesignError(f"{path}: line {line}: a second {head} cut: the file holds several patterns: {there}; keep one")
            said = int(words[1]) if len(words) > 1 and words[1].isdigit() else None
            cut = cuts[head] = _Cut(line, said)
        elif cut is not None and re.match(r"[-+.\d]", words[0]):
            if len(words) < 2:
                raise DesignError(f"{path}: line {line}: an angle without a figure")
            angle, figure = _number(path, line, words[0]) % 360.0, _number(path, line, words[1])
            if not (math.isfinite(angle) and math.isfinite(figure)):
                raise DesignError(f"{path}: line {line}: a gain is not a finite number; give dB")
            if abs(cut.figures.get(angle, figure) - figure) > 0.1:
                raise DesignError(f"{path}: line {line}: {angle:g} degrees a second time with another figure; keep one")
            cut.figures[angle] = figure
    if "HORIZONTAL" not in cuts or not all(one.figures for one in cuts.values()):
        raise DesignError(f"{path}: no HORIZONTAL cut with figures; give an MSI Planet file")
    for name, one in cuts.items():
        _must_go_round(path, name, one)
    named = [cuts[name].figures for name in ("HORIZONTAL", "VERTICAL") if name in cuts]
    sign, peak = _kind(path, cuts["HORIZONTAL"].line, named, gains_dbi)
    found = [_around({angle: sign * (figure - peak) for angle, figure in figures.items()}) for figures in named]
    across, upright = found if len(found) == 2 else (found[0], np.zeros(360))
    return _from_cuts(across, upright)


def _must_go_round(path: Path, name: str, cut: _Cut) -> None:
    """Raise where a cut has fewer figures than it says, or a part without any: nothing is filled in."""
    angles = sorted(cut.figures)
    gaps = [(after - angle, angle, after) for angle, after in itertools.pairwise([*angles, angles[0] + 360.0])]
    widest, since, until = max(gaps)
    usual = sorted(gap for gap, *_ in gaps)[len(gaps) // 2]
    if widest > max(2.0 * usual, 1.01) or widest > _WIDEST_GAP_DEG:
        raise DesignError(
            f"{path}: line {cut.line}: {name} has {len(angles)} angles{f' of {cut.said}' if cut.said else ''} and none between "
            f"{since:g} and {until:g} degrees; get the whole file"
        )


def _kind(path: Path, line: int, cuts: Sequence[dict[float, float]], gains_dbi: Sequence[float]) -> tuple[float, float]:
    """What figures are: (-1, 0) losses against the peak, (1, peak) gains. Raises where they can be neither, or either."""
    figures = [figure for cut in cuts for figure in cut.values()]
    least, most = min(figures), max(figures)
    if most <= _ABOUT_DB:
        return 1.0, most  # Gains against the peak, which is 0 dB or a rounding off it.
    stated = any(abs(most - gain) <= _ABOUT_DB for gain in gains_dbi)
    if least < -_ABOUT_DB or least > _ABOUT_DB:
        if stated or (least < -_ABOUT_DB and not gains_dbi):
            return 1.0, most
        if least > _ABOUT_DB and not gains_dbi:
            return -1.0, least
        raise DesignError(
            f"{path}: line {line}: figures from {least:g} to {most:g} are no losses (their peak is not 0 dB) and no gains of "
            f"{' or '.join(f'{gain:g}' for gain in gains_dbi)} dBi; give losses in dB"
        )
    if stated:
        # From 0 to the stated gain: losses where they are least ahead, gains where they are most.
        ahead = sum(cut[min(cut, key=lambda angle: min(angle, 360.0 - angle))] for cut in cuts) / len(cuts)
        if ahead > 0.75 * most:
            return 1.0, most
        if ahead > 0.25 * most:
            raise DesignError(f"{path}: line {line}: figures from 0 to {most:g} may be losses or gains; give losses in dB")
    return -1.0, least


def _around(cut: dict[float, float]) -> NDArray[np.float64]:
    """Gains at 0 to 359 degrees, from whatever angles a file has."""
    angles = np.array(sorted(cut))
    return np.asarray(np.interp(np.arange(360.0), angles, np.array([cut[angle] for angle in angles]), period=360.0))


def _ant(path: Path, text: str) -> NDArray[np.float64]:
    rows = [(line, row.strip()) for line, row in enumerate(text.splitlines(), 1) if row.strip()]
    values = np.array([_number(path, line, row) for line, row in rows])
    if len(values) not in {360, 540, 541, 720}:
        raise DesignError(f"{path}: {len(values)} lines of figures; an .ant file has 360, 540, 541 or 720")
    if np.all(np.isfinite(values)) and values.min() >= -_ABOUT_DB and values.max() > _ABOUT_DB:
        # All above 0: losses with their sign lost, if the least is straight ahead; gains, if the most is.
        ahead = values[0]
        if abs(ahead - values.min()) > _ABOUT_DB and abs(ahead - values.max()) > _ABOUT_DB:
            raise DesignError(
                f"{path}: line 1: figures from {values.min():g} to {values.max():g} may be losses or gains; give dB below 0"
            )
        if abs(ahead - values.min()) <= _ABOUT_DB:
            values = -values
    upright = np.zeros(360)  # downwards from forward
    if len(values) == 720:
        upright = np.roll(values[360:], -90)
    elif len(values) > 360:
        # Above and below only: behind the antenna the same as in front of it.
        front = np.interp(np.linspace(-90, 90, 181), np.linspace(-90, 90, len(values) - 360), values[360:])
        upright = np.concatenate([front[90:], front[179:0:-1], front[:90]])
    return _from_cuts(values[:360], upright)


def _from_cuts(across_db: NDArray[np.float64], upright_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """(361, 181) from two cuts of 360: clockwise, and downwards, both from forward."""
    clockwise = (-AZIMUTHS_DEG.astype(int)) % 360
    down = (-ELEVATIONS_DEG.astype(int)) % 360
    front = upright_db[down] - upright_db[0]
    back = upright_db[(180 - down) % 360] - upright_db[180]
    behind = np.abs(AZIMUTHS_DEG)[:, None] / 180.0
    return np.asarray(across_db[clockwise][:, None] + (1 - behind) * front + behind * back)


def _table(path: Path, text: str) -> NDArray[np.float64]:
    rows = csv.DictReader(text.splitlines())
    names = ("azimuth_deg", "elevation_deg", "gain_db")
    if not set(names) <= set(rows.fieldnames or ()):
        raise DesignError(f"{path}: the first line must name {', '.join(names)}, it is {rows.fieldnames}")
    found = np.array([[_number(path, rows.line_num, row[name] or "") for name in names] for row in rows]).reshape(-1, 3)
    found[:, 0] = -((found[:, 0] + 180.0) % 360.0 - 180.0)  # left is positive, forward in the middle
    found = np.unique(found, axis=0)  # 0 and 360 degrees alike are one
    azimuths, elevations = np.unique(found[:, 0]), np.unique(found[:, 1])
    if len(found) != len(azimuths) * len(elevations) or len(azimuths) < 4 or len(elevations) < 3:
        raise DesignError(f"{path}: {len(azimuths)} azimuths and {len(elevations)} elevations need a line each pair, once")
    if elevations[0] > -90 or elevations[-1] < 90:
        raise DesignError(f"{path}: elevations are {elevations[0]:g} to {elevations[-1]:g}; give -90 to 90 degrees")
    for name, angles in (("azimuths", np.append(azimuths, azimuths[0] + 360.0)), ("elevations", elevations)):
        gaps = np.diff(angles)
        if gaps.max() > max(2.0 * float(np.median(gaps)), 1.01) or gaps.max() > _WIDEST_TABLE_GAP_DEG:
            since, until = angles[gaps.argmax()], angles[gaps.argmax() + 1]
            if name == "azimuths":  # clockwise, as in the file
                since, until = (-until) % 360.0, (-since) % 360.0 or 360.0
            raise DesignError(f"{path}: no {name} between {since:g} and {until:g} degrees; get the whole table")
    gains = found[np.lexsort((found[:, 1], found[:, 0])), 2].reshape(len(azimuths), len(elevations))
    ahead = gains[np.abs(azimuths).argmin(), np.abs(elevations).argmin()]
    if gains.min() >= -_ABOUT_DB and gains.max() > _ABOUT_DB and ahead - gains.min() <= _ABOUT_DB:
        raise DesignError(
            f"{path}: the gain is least straight ahead, so these are losses; give gain_db, which falls off the peak"
        )
    wide = np.concatenate([[azimuths[-1] - 360.0], azimuths, [azimuths[0] + 360.0]])
    table = RegularGridInterpolator((wide, elevations), np.concatenate([gains[-1:], gains, gains[:1]]))
    return np.asarray(table(np.stack(np.meshgrid(AZIMUTHS_DEG, ELEVATIONS_DEG, indexing="ij"), axis=-1)))


_READERS = {".msi": _msi, ".pln": _msi, ".ant": _ant, ".csv": _table}


def frame(azimuth_deg: float, tilt_deg: float) -> NDArray[np.float64]:
    """Forward, left and up of an antenna as rows (3, 3); azimuth clockwise from north (+y), tilt downwards."""
    azimuth, tilt = math.radians(azimuth_deg), math.radians(tilt_deg)
    ahead = np.array([math.sin(azimuth), math.cos(azimuth), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    forward = ahead * math.cos(tilt) - up * math.sin(tilt)
    return np.stack([forward, np.cross(up, ahead), ahead * math.sin(tilt) + up * math.cos(tilt)])
