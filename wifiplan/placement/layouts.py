"""Even layouts: as many access points in each zone as a set has there, in rows that mirror each other, under the ceiling.

What the programme proposes is a cheapest set in no order; of equal cost an engineer hangs them evenly. Rows are tried in every
number and along both sides of the zone; the one that gives the weakest tenth of the people the shortest way, and stands widest,
comes first. Nothing here is promised: channels, powers and the full check follow as for any other set.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point, Polygon
from shapely.ops import unary_union

from floorplans.plan import Zone
from wifiplan.errors import PlacementError
from wifiplan.placement.problem import Problem
from wifiplan.placement.spot import Spot, clear_height_m
from wifiplan.placement.spots import BELOW_CEILING_M, MAX_HEIGHT_M, STAGE_FRONT_M, candidates, mountable

Floats = NDArray[np.float64]

_OF_LOSS_DB = 20.0
"""Path loss grows by this for ten times the distance in a room without walls (free space)."""
_DB_PER_M = 0.7
"""What a metre more between the two nearest is worth in signal of the weakest tenth (assumed; it only steers)."""
_WIDE, _FEW, _FEW_WIDE = 2.0, 4, 1.0
"""Two that are further apart than so many times the side of the square that each has are wide enough. Up to four have none in
their middle, and more width would only drive all of them to the walls (assumed; it only steers)."""
_STRETCHES = (1.0, 0.9, 1.1, 0.8, 1.2, 1.3, 1.4, 1.5)
"""How far rows, and places in a row, are drawn together or apart (assumed)."""
_EVENED = 0.5
"""So much of a radio's clients over the limits, at equal powers, is evened out by powers (assumed; it only steers)."""
_FROM_EDGE_M = 0.3
"""No place of a row is nearer to the zone's edge (assumed)."""
_LAYOUTS = 12
"""So many of the best layouts of a zone are priced (assumed)."""
_ALL_ROWS = 12
"""Up to so many access points every way to part them into rows is tried, above it even ones only (assumed)."""
_FILLED_SHARE = 0.1
"""Of a large layout at most so many places are replaced by the nearest candidate (assumed)."""
_MOST_UNEVEN = 2
"""Rows differ by at most so many (assumed)."""
_SKEWED = 3.0
"""Rows further apart than so many times the places in them, or the other way round, are not tried (assumed)."""


def even_layouts(task: Problem, chosen: Sequence[int], *, most: int = 2, dearer_share: float = 0.0) -> Iterator[tuple[Spot, ...]]:
    """Sets of as many spots in each zone as those chosen, evenly spread, at no more cost; the most promising first.

    Or at a cost that is higher by `dearer_share` at most.

    What hangs already and what the planner added stays. Zones without people, and those whose layouts may not hang, keep what was
    chosen.
    """
    spots = [task.site.spots[row] for row in chosen]
    zones = {(zone.name, zone.level): zone for zone in _zones(task)}
    of_zone: dict[tuple[str, int], list[int]] = {}
    for row, spot in enumerate(spots):
        here = Point(spot.x_m, spot.y_m)
        home = next((key for key, zone in zones.items() if key[1] == spot.level and Polygon(zone.polygon_m).covers(here)), None)
        if home is not None and spot.mount != "given":
            of_zone.setdefault(home, []).append(row)
    room = 1.0 + dearer_share
    ways: dict[tuple[str, int], list[tuple[Spot, ...]]] = {}
    for key, rows in of_zone.items():
        ways[key] = []
        now_yen = sum(spots[row].cost_yen for row in rows)
        for places in _ranked(task, zones[key], len(rows))[:_LAYOUTS]:
            found = _filled(task, places, _spots(task, zones[key], places))
            if len(found) == len(rows) and sum(spot.cost_yen for spot in found) <= now_yen * room + 1e-6:
                ways[key].append(found)
            if len(ways[key]) == most:
                break
    cost_yen = task.cost_yen(spots)
    for turn in range(most):
        layout = list(spots)
        for key, rows in of_zone.items():
            if turn < len(ways[key]):
                for row, spot in zip(rows, ways[key][turn], strict=True):
                    layout[row] = spot
        if layout != spots and task.cost_yen(layout) <= cost_yen * room + 1e-6 and _apart(layout, task.ask.min_spacing_m):
            yield tuple(layout)


def _zones(task: Problem) -> list[Zone]:
    plan = task.site.floor_plan
    return [zone for level in range(len(plan.levels)) for zone in mountable(plan, level) if zone.kind != "gallery"]


def _apart(layout: Sequence[Spot], spacing_m: float) -> bool:
    at = np.array([(spot.x_m, spot.y_m, spot.height_m) for spot in layout])
    level = np.array([spot.level for spot in layout])
    near = (np.linalg.norm(at[:, None] - at[None], axis=-1) < spacing_m) & (level[:, None] == level[None])
    return not near[np.triu_indices(len(layout), 1)].any()


def _clear(spot: Spot, layout: Sequence[Spot], spacing_m: float) -> bool:
    """Whether a spot is far enough from those of a layout."""
    here = spot.x_m, spot.y_m, spot.height_m
    return all(one.level != spot.level or math.dist(here, (one.x_m, one.y_m, one.height_m)) >= spacing_m for one in layout)


def _ranked(task: Problem, zone: Zone, count: int) -> list[Floats]:
    """The layouts (k, 2) of so many in a zone, the best first by what geometry alone tells."""
    crowd = max(task.site.crowds(), key=lambda one: float(one.clients.sum()))
    level = task.site.floor_plan.levels[zone.level]
    area, floor_m, storey_m = Polygon(zone.polygon_m), level.floor_m, level.floor_m + level.height_m
    at = crowd.points_m
    mine = shapely.contains_xy(area, at[:, 0], at[:, 1]) & (at[:, 2] >= floor_m) & (at[:, 2] < storey_m)
    if not mine.any():
        return []
    here, clients = at[mine], crowd.clients[mine]
    limit = float(task.ask.client_limit * len(task.ask.bands))
    middle = area.representative_point()
    under_m = min(clear_height_m(task.site.floor_plan, level, middle.x, middle.y) - BELOW_CEILING_M, MAX_HEIGHT_M)
    drop_m = max(1.0, under_m - float(here[:, 2].mean() - floor_m))
    taken = [*task.ask.forbidden_m, *(Polygon(one.polygon_m) for one in task.site.floor_plan.zones if one.kind == "keepout")]
    taken += [Polygon(one.polygon_m).buffer(STAGE_FRONT_M) for one in task.site.floor_plan.zones if one.kind == "stage"]
    room = area.buffer(-_FROM_EDGE_M).difference(unary_union(taken))
    found: list[tuple[tuple[float, float], Floats]] = []
    for places in _rows_in(area, count):
        if not shapely.contains_xy(room, places[:, 0], places[:, 1]).all():
            continue
        away_m = np.linalg.norm(here[:, None, :2] - places[None], axis=-1)
        near = np.argmin(away_m, axis=1)
        over = np.maximum(np.bincount(near, weights=clients, minlength=len(places)) - limit, 0.0).sum() / limit
        loss_db = _OF_LOSS_DB * np.log10(np.hypot(away_m.min(axis=1), drop_m))
        order = np.argsort(-loss_db, kind="stable")
        reached = np.cumsum(clients[order]) / clients.sum()
        weak_db = -float(loss_db[order][int(np.searchsorted(reached, 0.1))])
        gap_m = _least_gap_m(places)
        wide = _FEW_WIDE if len(places) <= _FEW else _WIDE
        merit = weak_db + _DB_PER_M * min(gap_m, wide * float(np.sqrt(area.area / len(places))))
        found.append(((round(max(0.0, float(over) - _EVENED), 1), -round(merit, 3)), places))
    return [places for _, places in sorted(found, key=lambda pair: pair[0])]


def _least_gap_m(places: Floats) -> float:
    if len(places) < 2:
        return 0.0
    away = np.linalg.norm(places[:, None] - places[None], axis=-1)
    return float(away[np.triu_indices(len(places), 1)].min())


def _rows_in(area: Polygon, count: int) -> Iterator[Floats]:
    """Layouts of so many places in rows, along both sides of the area's smallest rectangle."""
    corners = shapely.get_coordinates(area.minimum_rotated_rectangle)[:4]
    origin, a, b = corners[0], corners[1] - corners[0], corners[3] - corners[0]
    for u, v in ((a, b), (b, a)):
        # Rows run along u and follow each other along v.
        long_m, deep_m = float(np.linalg.norm(u)), float(np.linalg.norm(v))
        for rows in _partings(count):
            if count > 1 and not 1 / _SKEWED <= (deep_m / len(rows)) / (long_m / max(rows)) <= _SKEWED:
                continue
            inside = np.array([(i + 0.5) / size for size in rows for i in range(size)])
            across = np.array([(row + 0.5) / len(rows) for row, size in enumerate(rows) for _ in range(size)])
            for in_row, of_rows in itertools.product(
                _STRETCHES if max(rows) > 1 else (1.0,), _STRETCHES if len(rows) > 1 else (1.0,)
            ):
                along = 0.5 + in_row * (inside - 0.5)
                yield origin + along[:, None] * u + (0.5 + of_rows * (across - 0.5))[:, None] * v


def _partings(count: int) -> list[tuple[int, ...]]:
    """The ways to part so many into rows that mirror each other, and the even ones where none does."""
    found: list[tuple[int, ...]] = []
    for rows in range(1, count + 1):
        each, more = divmod(count, rows)
        if count <= _ALL_ROWS:
            half = (rows + 1) // 2
            sizes = range(max(1, each - 1), each + _MOST_UNEVEN + 1)
            for first in itertools.product(sizes, repeat=half):
                whole = (*first, *reversed(first[: rows // 2]))
                if sum(whole) == count and max(whole) - min(whole) <= _MOST_UNEVEN:
                    found.append(whole)
        turns = np.floor(np.arange(rows) * more / rows) != np.floor((np.arange(rows) + 1) * more / rows)
        found.append(tuple(int(each + extra) for extra in turns))
    return list(dict.fromkeys(found))


def _filled(task: Problem, places_m: Floats, found: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """With the nearest candidate for each of the few places of a large layout where nothing may hang."""
    missing = [place for place in places_m if not any(np.hypot(one.x_m - place[0], one.y_m - place[1]) < 0.01 for one in found)]
    if not found or len(places_m) <= _ALL_ROWS or len(missing) > _FILLED_SHARE * len(places_m):
        return found
    whole = list(found)
    alike = [
        spot
        for spot in task.site.spots
        if (spot.mount, spot.antenna, spot.level) == (found[0].mount, found[0].antenna, found[0].level)
    ]
    for x_m, y_m in missing:
        nearest = sorted(alike, key=lambda spot: (round(math.dist((spot.x_m, spot.y_m), (x_m, y_m)), 3), spot.x_m, spot.y_m))
        free = next((spot for spot in nearest if _clear(spot, whole, task.ask.min_spacing_m)), None)
        if free is None:
            return found
        whole.append(free)
    return tuple(whole)


def _spots(task: Problem, zone: Zone, places_m: Floats) -> tuple[Spot, ...]:
    """The spots under the ceiling at these places, as far as they may hang there."""
    ask = task.ask
    try:
        return candidates(
            task.site.floor_plan,
            mounts=ask.mounts,
            antennas=("omni",) if "omni" in ask.antennas else ask.antennas[:1],
            switch_m=ask.switch_m,
            forbidden_m=ask.forbidden_m,
            price=task.site.price,
            places_m={zone.name: [(float(x), float(y)) for x, y in places_m]},
        )
    except PlacementError:
        return ()
