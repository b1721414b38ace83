"""How long a unit of a drawing is: what speaks for which scale, and whether that decides it.

Nothing is guessed in silence. What the user gives is used; what the file says is used where nothing speaks against it; dimensions
that agree among themselves decide; everything else becomes a question that names what was found.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

import numpy as np
import shapely

from floorplans.drawing import Drawing
from floorplans.errors import GeometryError, MissingScaleError

LIKELY_M = 150.0
"""A floor plan longer than this is looked at twice. Assumed: the longest school wings are 120 m."""

_LEAST_M = 5.0
"""A building shorter than this is looked at twice. Assumed: a kiosk."""

DOOR_LEAF_M = (0.55, 1.05)
"""Radius of a door's swing. JIS A 1702 and ordinary practice: leaves of 60 to 100 cm."""

_PLAIN = (1.0, 0.01, 0.001, 0.0254, 0.3048)
_SHEET = (20, 30, 50, 60, 100, 150, 200, 250, 300, 500, 600, 1000)

_TITLE = re.compile(r"(?:^|[^\d.,:/])1\s*[:/：／∶]\s*(\d{2,4})(?![\d,./:])")
_PAPER = re.compile(r"(?<![A-Za-z0-9])A([0-4])(?![0-9A-Za-z])")
_LONG_M = {0: 1.189, 1: 0.841, 2: 0.594, 3: 0.42, 4: 0.297}
_NUMBER = re.compile(r"^[^\d]{0,2}(\d{1,3}(?:[,.]\d{3})+|\d{3,6})(?:\s*mm)?$")
_METRES = re.compile(r"^(\d{1,3}[.,]\d{1,2})\s*m$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Metres per unit of the drawing, and what speaks for it, a sentence each."""

    metres_per_unit: float
    evidence: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def decide(drawing: Drawing, given: float | None, *, where: str) -> Scale:
    """The scale of a drawing; raises `MissingScaleError` where it has to be asked.

    Parameters
    ----------
    drawing : Drawing
        In its own units.
    given : float or None
        What the user says, in metres per unit.
    where : str
        What the drawing is called in errors.
    """
    size = _size(drawing)
    dimensioned = _by_dimensions(drawing)
    titled = _by_title(drawing)
    shrunk = None if given is not None or dimensioned is not None else _shrunk(drawing, titled)
    if shrunk is not None:
        raise MissingScaleError(f"{where}: {shrunk}")
    leaf = _door_radius(drawing)
    said = drawing.unit
    evidence = []
    if said is not None:
        evidence.append(said.says)
    if dimensioned is not None:
        evidence.append(f"{dimensioned[1]} dimensions say {dimensioned[0]:g} metres per {drawing.unit_name}")
    if titled is not None:
        evidence.append(titled[1])
    if leaf is not None:
        evidence.append(_doors(leaf, drawing))
    if given is not None:
        warnings = []
        if said is not None and not math.isclose(said.metres_per_unit, given, rel_tol=1e-3):
            warnings.append(f"the file says {said.metres_per_unit:g} metres per unit ({said.says}); the given {given:g} is used")
        if dimensioned is not None and not math.isclose(dimensioned[0], given, rel_tol=0.02):
            warnings.append(f"{evidence[1 if said else 0]}; the given {given:g} is used")
        return Scale(metres_per_unit=given, evidence=("given", *evidence), warnings=tuple(warnings))
    if said is not None and said.certain:
        return Scale(metres_per_unit=said.metres_per_unit, evidence=tuple(evidence))
    if said is not None:
        against = _against(said.metres_per_unit, size, dimensioned[0] if dimensioned else None, leaf)
        if against is None:
            return Scale(metres_per_unit=said.metres_per_unit, evidence=tuple(evidence))
        raise MissingScaleError(
            f"{where}: which unit? {said.says}, and then {against}; give --metres-per-unit: "
            f"{'0.01 for centimetres' if said.metres_per_unit == 0.001 else '0.001 for millimetres'}, "
            f"{said.metres_per_unit:g} if the file is right"
        )
    decided = dimensioned[0] if dimensioned is not None else titled[0] if titled is not None else None
    if decided is not None and 2.0 <= decided * size <= 2 * LIKELY_M:
        return Scale(
            metres_per_unit=decided,
            evidence=tuple(evidence),
            warnings=(f"the scale is taken from the drawing: {'; '.join(evidence)}; check it, or give --metres-per-unit",),
        )
    found = f"; found: {'; '.join(evidence)}" if evidence else ""
    example = "0.001 for millimetres, 0.1 for Jw_cad at 1:100 on paper"
    if drawing.from_picture:
        example = f"metres per {drawing.unit_name}: 0.02 for 50 pixels a metre"
    elif drawing.paper_m_per_unit is not None:
        example = f"{drawing.paper_m_per_unit * 100:.5g} for 1:100 on this sheet"
    says = {"dxf": " ($INSUNITS not set)"}.get(drawing.reader, "")
    raise MissingScaleError(f"{where}: the drawing does not say what a unit is{says}; give --metres-per-unit: {example}{found}")


def _size(drawing: Drawing) -> float:
    """Of what is drawn: the longer side of the box that holds all but strays, in units."""
    ends = [line.start for line in drawing.lines] + [line.end for line in drawing.lines]
    ends += [point for fill in drawing.fills for point in fill.ring]
    ends += [(arc.centre[0] + sign * arc.radius, arc.centre[1] + sign * arc.radius) for arc in drawing.arcs for sign in (-1, 1)]
    if not ends:
        return 0.0
    points = np.array(ends)
    low, high = np.quantile(points, [0.01, 0.99], axis=0) if len(points) > 400 else (points.min(axis=0), points.max(axis=0))
    return float(max(high - low))


def _against(metres_per_unit: float, size: float, dimensioned: float | None, leaf: float | None) -> str | None:
    """What speaks against a unit that the header gives, in words, or None."""
    size_m = metres_per_unit * size
    if dimensioned is not None and not math.isclose(dimensioned, metres_per_unit, rel_tol=0.05):
        return f"the dimensions in the drawing say {dimensioned:g} instead"
    if dimensioned is not None:
        return None
    if leaf is not None and not 0.4 <= leaf * metres_per_unit <= 2.0:
        return f"its doors are {leaf * metres_per_unit:.3g} m wide"
    limit_m = 60.0 if leaf is None else LIKELY_M  # a small hall in millimetres is 90 m in centimetres
    if size_m < _LEAST_M and leaf is None and any(_LEAST_M < size * other <= LIKELY_M for other in (0.01, 0.1, 1.0)):
        other = next(other for other in (0.01, 0.1, 1.0) if _LEAST_M < size * other <= LIKELY_M)
        return f"the drawing is {size_m:.3g} m across; at {other:g} it is {size * other:.1f} m"
    if size_m > limit_m and leaf is None and metres_per_unit in (0.01, 0.0254, 0.1, 0.3048) and 3.0 <= size * 0.001 <= LIKELY_M:
        return f"the drawing is {size_m:.0f} m across; in millimetres it is {size * 0.001:.1f} m"
    return None


def _by_dimensions(drawing: Drawing) -> tuple[float, int] | None:
    """(metres per unit, how many agree) of numbers written over lines of that length; two or more have to agree."""
    ratios = [
        metres / dimension.drawn
        for dimension in drawing.dimensions
        if dimension.drawn > 0 and (metres := _metres(dimension.text)) is not None
    ]
    marked = len(ratios)
    numbers = [(text, metres) for text in drawing.texts if (metres := _metres(text.text)) is not None and metres > 0.2]
    if numbers and drawing.lines and not drawing.from_picture:
        ends = np.array([(*line.start, *line.end) for line in drawing.lines])
        length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
        turn = np.degrees(np.arctan2(ends[:, 3] - ends[:, 1], ends[:, 2] - ends[:, 0])) % 180
        middles = shapely.points((ends[:, 0] + ends[:, 2]) / 2, (ends[:, 1] + ends[:, 3]) / 2)
        tree = shapely.STRtree(middles)
        for text, metres in numbers[:2000]:
            reach = 3 * text.height or 0.02 * _size(drawing)
            near = tree.query(shapely.Point(text.at), predicate="dwithin", distance=reach)
            level = [
                index for index in near if abs((turn[index] - text.turn_deg + 90) % 180 - 90) < 5 and length[index] > text.height
            ]
            if level:
                closest = min(level, key=lambda index: float(shapely.distance(middles[index], shapely.Point(text.at))))
                ratios.append(metres / float(length[closest]))
    if not ratios:
        return None
    votes = Counter(round(math.log(ratio) / 0.01) for ratio in ratios if ratio > 0)
    best = max(votes, key=lambda vote: votes[vote] + votes[vote - 1] + votes[vote + 1])
    agree = [ratio for ratio in ratios if ratio > 0 and abs(math.log(ratio) / 0.01 - best) <= 1.5]
    # One dimension that the file marks as such is enough where no other contradicts it.
    alone = marked == len(ratios) == len(agree) == 1
    if not alone and (len(agree) < 2 or len(agree) < 0.5 * len(ratios)):
        return None
    return _rounded(float(np.median(agree))), len(agree)


def _rounded(ratio: float) -> float:
    """The nearest ordinary scale within half a percent, else the figure itself."""
    ordinary = (*_PLAIN, *(share / 1000 for share in _SHEET))
    nearest = min(ordinary, key=lambda one: abs(math.log(one / ratio)))
    return nearest if abs(nearest / ratio - 1) < 0.005 else ratio


def _metres(text: str) -> float | None:
    plain = unicodedata.normalize("NFKC", text).strip().replace("\u2009", "").replace(" ", "")
    found = _NUMBER.match(plain)
    if found:
        return float(re.sub(r"[,.]", "", found[1])) / 1000
    found = _METRES.match(plain)
    return float(found[1].replace(",", ".")) if found else None


def _by_title(drawing: Drawing) -> tuple[float, str] | None:
    """Metres per unit from "S = 1/100" in the sheet, for formats whose unit is a length on the sheet."""
    if drawing.paper_m_per_unit is None:
        return None
    found = Counter(
        int(match[1])
        for text in drawing.texts
        if len(text.text) < 80 and (match := _TITLE.search(unicodedata.normalize("NFKC", text.text)))
    )
    found = Counter({share: number for share, number in found.items() if 10 <= share <= 5000})
    if len(found) != 1:
        return None
    share = next(iter(found))
    return share * drawing.paper_m_per_unit, f"the sheet says 1:{share}"


def _shrunk(drawing: Drawing, titled: tuple[float, str] | None) -> str | None:
    """What to say where a sheet names another size of paper beside its scale than it has: it was printed smaller."""
    sizes = {
        int(match[1])
        for text in drawing.texts
        if _TITLE.search(plain := unicodedata.normalize("NFKC", text.text)) and (match := _PAPER.search(plain))
    }
    if titled is None or drawing.sheet_long_m is None or len(sizes) != 1:
        return None
    (size,) = sizes
    meant_m = _LONG_M[size]
    ratio = meant_m / drawing.sheet_long_m
    if abs(ratio - 1.0) < 0.05:
        return None
    return (
        f"{titled[1]} on A{size}, and this page is {drawing.sheet_long_m * 100:.1f} cm long, not {meant_m * 100:.1f}: printed in "
        f"another size; give --metres-per-unit: {titled[0] * ratio:.5g} if the whole sheet was, {titled[0]:.5g} if not"
    )


def _door_radius(drawing: Drawing) -> float | None:
    """The radius that most quarter circles share, as doors do; None where they do not."""
    radii = [arc.radius for arc in drawing.arcs if 70 <= arc.sweep_deg <= 110]
    if len(radii) < 2:
        return None
    # Rounded corners of baths and sinks are quarter circles too, and smaller.
    big = [radius for radius in radii if radius > 0.5 * max(radii)]
    return float(np.median(big)) if len(big) >= 2 else None


def _doors(radius: float, drawing: Drawing) -> str:
    low, high = DOOR_LEAF_M
    candidates = (*_PLAIN, *((share / 1000 for share in _SHEET) if not drawing.from_picture else ()))
    fits = sorted({one for one in candidates if low <= one * radius <= high}, key=lambda one: abs(math.log(one * radius / 0.8)))
    if not fits:
        return f"door swings have a radius of {radius:.3g} in the drawing"
    return f"door swings of {radius:.3g} in the drawing would be {fits[0] * radius:.2f} m at {fits[0]:g}"


_HEIGHT = re.compile(
    r"(?:ch|c\.h\.|天井高さ?|raumh[öo]he|rh|h\.?s\.?p\.?|ceiling(?: height)?|净高|層高|height)"
    r"\s*[=:＝：]?\s*(?P<n>\d[\d,.]*)\s*"
    r"(?P<u>mm|cm|m|ft|feet|')?",
    re.IGNORECASE,
)


def height_m(text: str) -> float | None:
    """Metres of a height as people write it: `9.7`, `9,7 m`, `2,700`, `CH=2700`, `32 ft`; None where it is none.

    >>> height_m("32 ft"), height_m("9,7"), height_m("CH=2,700"), height_m("tall")
    (9.754, 9.7, 2.7, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = re.fullmatch(r"(?P<n>\d[\d,.]*)\s*(?P<u>mm|cm|m|ft|feet|')?", plain, re.IGNORECASE) or _HEIGHT.search(plain)
    if not found:
        return None
    number = found["n"].rstrip(".,")
    number = re.sub(r"[,.](?=\d{3}(?:\D|$))", "", number) if re.fullmatch(r"\d{1,3}([,.]\d{3})+", number) else number
    try:
        value = float(number.replace(",", "."))
    except ValueError:
        return None
    unit = (found["u"] or "").lower()
    factor = {"mm": 0.001, "cm": 0.01, "m": 1.0, "ft": 0.3048, "feet": 0.3048, "'": 0.3048}.get(unit)
    if factor is None:
        factor = 0.001 if value >= 1000 else 0.01 if value >= 100 else 1.0
    metres = round(value * factor, 3)
    return metres if 1.0 <= metres <= 200.0 else None


def must_be_drawn(drawing: Drawing, *, where: str) -> None:
    """Raise `GeometryError` where a drawing holds nothing."""
    if not (drawing.lines or drawing.arcs or drawing.fills):
        left = ", ".join(f"{number} {what}" for what, number in list(drawing.left_out.items())[:6])
        place = "in the model space" if drawing.reader == "dxf" else "in it"
        raise GeometryError(
            f"{where}: no line {place}{f' (left out: {left})' if left else ''}; draw the plan there, or export it again"
        )
