"""Where all facilities are and how they fare, drawn from their own coordinates: no tile server, no internet. Pure.

Facilities are drawn in metres around their middle. One that is large enough on the drawing is its own outline, any other the
mark of its state; those that need a hand lie on top and have the numbers of the table. Behind them is each district, as the hull
of its facilities.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapely.geometry import MultiPoint

from dashboards import markup
from dashboards.locale import words
from dashboards.markup import Shape

if TYPE_CHECKING:
    from markupsafe import Markup

    from dashboards.states import State
    from wifiplan.report.catalogue import Lang

WIDTH, MOST_HEIGHT, LEAST_HEIGHT, MARGIN = 1000.0, 800.0, 260.0, 40.0
MOST_NUMBERS = 9
"""So many of those that need a hand first have a number on the map, and the same in the table."""
OUTLINE_FROM = 14.0
"""An outline that is smaller on the drawing is a mark. In units of the drawing."""

MOST_ALONE = 300
"""Of more facilities those that are well are drawn together, without an address each: a thousand links take a browser half a
second to build, and who looks for one that is well finds it in the table."""

_M_PER_DEGREE = 111_195.0
"""Of a great circle on a sphere of 6,371 km: enough for a city."""
_SMALLEST_M = 400.0
"""What is shown is at least so wide: one facility alone is not blown up to fill it."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A facility on the map. `outline_m` is its plan's, metres, y up, empty where there is none; `number` 0 has no number."""

    site: str
    state: State
    latitude: float
    longitude: float
    href: str
    alt: str
    district: str = ""
    outline_m: tuple[Point, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    spot: Spot
    x: float
    y: float
    shape: Shape
    ink: str


def city_map(spots: Sequence[Spot], lang: Lang) -> Markup:
    """Draw all facilities that have coordinates.

    Parameters
    ----------
    spots : sequence of Spot
        Those that need a hand first come first; they are drawn above the others.
    """
    if not spots:
        return markup.note(words("map.none", lang))
    metres = _in_metres(spots)
    left, right = min(x for x, _ in metres), max(x for x, _ in metres)
    low, high = min(y for _, y in metres), max(y for _, y in metres)
    scale = min((WIDTH - 2 * MARGIN) / max(right - left, _SMALLEST_M), (MOST_HEIGHT - 2 * MARGIN) / max(high - low, _SMALLEST_M))
    height = max((high - low) * scale + 2 * MARGIN, LEAST_HEIGHT)
    middle_x, middle_y = (left + right) / 2, (low + high) / 2
    places = [(WIDTH / 2 + (x - middle_x) * scale, height / 2 - (y - middle_y) * scale) for x, y in metres]
    radius = 6.0 if len(spots) > 300 else 9.0 if len(spots) > 60 else 13.0
    drawn = [_drawn(spot, place, scale, radius) for spot, place in zip(spots, places, strict=True)]
    well = [one for one in drawn if one.spot.state == "ok" and one.shape.kind == "circle"] if len(spots) > MOST_ALONE else []
    apart = {one.spot.site for one in well}
    return markup.render(
        "city",
        width=WIDTH,
        height=height,
        alt=words("map.alt", lang, number=len(spots)),
        districts=_districts(spots, places),
        well=[(one.x - radius, one.y) for one in well],
        well_alt=f"{words('state.ok', lang)}: {len(well)}",
        well_fill=markup.COLOURS["ok"][0],
        radius=radius,
        spots=[one for one in reversed(drawn) if one.spot.site not in apart],
        bar=_bar(scale),
    )


def _in_metres(spots: Sequence[Spot]) -> list[Point]:
    """Metres east and north of the first one; a city is small enough to be flat."""
    first = spots[0]
    east = _M_PER_DEGREE * math.cos(math.radians(first.latitude))
    # The short way round: a city on the date line is still one.
    turns = [(one.longitude - first.longitude + 180.0) % 360.0 - 180.0 for one in spots]
    return [(turn * east, (one.latitude - first.latitude) * _M_PER_DEGREE) for one, turn in zip(spots, turns, strict=True)]


def _drawn(spot: Spot, place: Point, scale: float, radius: float) -> _Drawn:
    x, y = place
    fill, ink = markup.COLOURS[spot.state]
    shape = markup.shape_of(spot.state, x, y, 15.0 if spot.number else radius)
    if spot.outline_m and not spot.number:
        xs, ys = [corner[0] for corner in spot.outline_m], [corner[1] for corner in spot.outline_m]
        if max(max(xs) - min(xs), max(ys) - min(ys)) * scale >= OUTLINE_FROM:
            middle = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
            corners = tuple((x + (east - middle[0]) * scale, y - (north - middle[1]) * scale) for east, north in spot.outline_m)
            shape = replace(shape, kind="polygon", corners=corners, fill=fill)
    return _Drawn(spot=spot, x=x, y=y, shape=shape, ink=ink)


def _districts(spots: Sequence[Spot], places: Sequence[Point]) -> list[Mapping[str, object]]:
    of: dict[str, list[Point]] = defaultdict(list)
    for spot, place in zip(spots, places, strict=True):
        if spot.district:
            of[spot.district].append(place)
    found: list[Mapping[str, object]] = []
    for name, points in of.items():
        hull = MultiPoint(points).convex_hull.buffer(16.0)
        corners = list(hull.exterior.coords)
        found.append({"name": name, "corners": corners, "x": hull.centroid.x, "y": max(hull.bounds[1] - 4.0, 20.0)})
    return found


def _bar(scale: float) -> tuple[float, str]:
    """A scale bar: its length on the drawing, and its words."""
    longest_m = 180.0 / scale
    step = 10.0 ** math.floor(math.log10(longest_m))
    metres = max(step * times for times in (1, 2, 5) if step * times <= longest_m)
    return metres * scale, f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
