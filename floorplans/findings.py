"""What is doubtful about a plan, whatever it was read from: each with its place and the way out.

`plan.check` refuses what cannot be used at all; what is said here can be used, and may be wrong. Its words: `findings.toml`.
"""

from __future__ import annotations

import functools
import itertools
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import shapely
from shapely.geometry import Polygon

from floorplans.plan import FloorPlan

MISS_M = (0.03, 0.6)
"""A wall that ends this near to another, and does not reach it, was meant to."""

_MOST_WALL_PER_M2 = 2.5
"""Metres of wall a square metre: flats have 0.9, rows of toilets under 2; more is the grain of a photograph (assumed)."""

_NO_PLAN = ("not_a_plan", "grain")
_LEAST_M2, _MOST_M2 = 8.0, 100_000.0
_DOOR_WIDE_M, _DOOR_HIGH_M = (0.5, 8.0), (1.6, 7.0)
_STOREY_M = (2.0, 40.0)
_SHARE = 0.05
_PUBLISHED_SHARE = 0.1


Lang = Literal["ja", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One doubt: its kind, where it is, what it is and what to do. `count` says how often; the place is that of the first.

    `where` is the kind of place and `values` the figures of both, by the names that `findings.toml` has for them.
    """

    kind: str
    where: str
    values: Mapping[str, str]
    count: int = 1

    @property
    def what(self) -> str:
        """What is doubtful, in English."""
        return self._words(self.kind, "what", "en")

    @property
    def place(self) -> str:
        """Where it is, in English."""
        return self._words("place", self.where, "en")

    @property
    def remedy(self) -> str:
        """The way out, in English."""
        return self._words(self.kind, "remedy", "en")

    def said(self, lang: Lang = "en") -> str:
        """What, where and the way out as one line."""
        what, place, remedy = (
            self._words(*key, lang) for key in ((self.kind, "what"), ("place", self.where), (self.kind, "remedy"))
        )
        return f"{what}（{place}）。{remedy}。" if lang == "ja" else f"{what} ({place}); {remedy}"

    def __str__(self) -> str:
        """One sentence in English."""
        return self.said()

    def _words(self, kind: str, part: str, lang: Lang) -> str:
        return str(_wording()[kind][part][lang]).format_map(self.values)


@functools.cache
def _wording() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def findings(plan: FloorPlan, *, published_area_m2: float | None = None) -> list[Finding]:
    """All doubts about a plan, the gravest first: not a plan, size, area, heights, walls, zones, doors.

    Parameters
    ----------
    plan : FloorPlan
        One that `plan.check` accepts.
    published_area_m2 : float, optional
        The floor area that a register or an open-data list gives for it.
    """
    checks: list[Callable[[FloorPlan], list[Finding]]] = [_size, _heights, _walls, _zones, _doors]
    found = [one for check in checks for one in check(plan)]
    if published_area_m2 is not None and abs(plan.area_m2 / published_area_m2 - 1) > _PUBLISHED_SHARE:
        found.insert(
            0,
            Finding(
                kind="area",
                where="all",
                values={"area": f"{plan.area_m2:.0f}", "published": f"{published_area_m2:.0f}"},
            ),
        )
    return sorted(found, key=lambda one: one.kind not in _NO_PLAN)


def not_a_plan(plan: FloorPlan) -> str | None:
    """Why this is no plan of a building (a site, a campus), or None."""
    return next((f"{one.what} ({one.place})" for one in findings(plan) if one.kind in _NO_PLAN), None)


def _size(plan: FloorPlan) -> list[Finding]:
    found: list[Finding] = []
    for index, level in enumerate(plan.levels):
        area_m2 = float(Polygon(level.outline_m).area)
        place = {"level": str(index), "storey": level.name}
        if area_m2 > _MOST_M2:
            found.append(Finding(kind="not_a_plan", where="level", values=place | {"area": f"{area_m2:,.0f}"}))
        elif (wall_m := _wall_m(plan, index)) > _MOST_WALL_PER_M2 * max(area_m2, 50.0):
            found.append(
                Finding(kind="grain", where="level", values=place | {"area": f"{area_m2:,.0f}", "walls": f"{wall_m:,.0f}"})
            )
        elif area_m2 < _LEAST_M2:
            found.append(Finding(kind="size", where="level", values=place | {"area": f"{area_m2:.1f}"}))
    return found


def _wall_m(plan: FloorPlan, index: int) -> float:
    """Length of all walls of a level."""
    level = plan.levels[index]
    return sum(wall.length_m for wall in plan.walls if wall.z0_m < level.ceiling_m and wall.z1_m > level.floor_m)


def _heights(plan: FloorPlan) -> list[Finding]:
    low, high = _STOREY_M
    return [
        Finding(
            kind="height",
            where="level",
            values={"level": str(index), "storey": level.name, "height": f"{level.height_m:.2f}"},
        )
        for index, level in enumerate(plan.levels)
        if not low <= level.height_m <= high
    ]


def _walls(plan: FloorPlan) -> list[Finding]:
    walls = [wall for wall in plan.walls if wall.length_m > 0]
    if not walls:
        return []
    lines = shapely.linestrings([[wall.start_m, wall.end_m] for wall in walls])
    tree = shapely.STRtree(lines)
    least, most = MISS_M
    misses: list[tuple[float, tuple[float, float]]] = []
    for number, wall in enumerate(walls):
        for end in (wall.start_m, wall.end_m):
            point = shapely.Point(end)
            near = [
                (float(lines[index].distance(point)), max(walls[index].thickness_m or 0.0, wall.thickness_m or 0.0))
                for index in tree.query(point, predicate="dwithin", distance=most + 0.6).tolist()
                if index != number and walls[index].z0_m < wall.z1_m and walls[index].z1_m > wall.z0_m
            ]
            # Beside its own body a wall's end lies half a thickness from the other's centre line.
            gaps = [away - thick / 2 for away, thick in near]
            if gaps and least < min(gaps) <= most:
                misses.append((min(gaps), end))
    if not misses:
        return []
    worst_m, place = max(misses)
    return [
        Finding(
            kind="gap",
            where="near",
            values={"number": str(len(misses)), "gap": f"{worst_m:.2f}", "x": f"{place[0]:.2f}", "y": f"{place[1]:.2f}"},
            count=len(misses),
        )
    ]


def _zones(plan: FloorPlan) -> list[Finding]:
    found: list[Finding] = []
    shapes = [Polygon(zone.polygon_m) for zone in plan.zones]
    outlines = [Polygon(level.outline_m).buffer(0.3) for level in plan.levels]
    outside = [
        (zone, shape)
        for zone, shape in zip(plan.zones, shapes, strict=True)
        if zone.kind != "outdoor" and shape.difference(outlines[zone.level]).area > max(1.0, _SHARE * shape.area)
    ]
    if outside:
        zone, shape = outside[0]
        share = shape.difference(outlines[zone.level]).area / shape.area
        found.append(
            Finding(
                kind="zone_outside",
                where="near_on_level",
                values={
                    "number": str(len(outside)),
                    "name": zone.name,
                    "share": f"{share:.0%}",
                    "level": str(zone.level),
                    "x": f"{shape.centroid.x:.1f}",
                    "y": f"{shape.centroid.y:.1f}",
                },
                count=len(outside),
            )
        )
    overlaps = [
        (plan.zones[i], plan.zones[j], shapes[i].intersection(shapes[j]))
        for i, j in _pairs(shapes)
        if plan.zones[i].level == plan.zones[j].level
        and "outdoor" not in (plan.zones[i].kind, plan.zones[j].kind)
        and shapes[i].intersection(shapes[j]).area > max(1.0, _SHARE * min(shapes[i].area, shapes[j].area))
    ]
    if overlaps:
        one, other, both = overlaps[0]
        found.append(
            Finding(
                kind="zone_overlap",
                where="near_on_level",
                values={
                    "number": str(len(overlaps)),
                    "one": one.name,
                    "other": other.name,
                    "area": f"{both.area:.1f}",
                    "level": str(one.level),
                    "x": f"{both.centroid.x:.1f}",
                    "y": f"{both.centroid.y:.1f}",
                },
                count=len(overlaps),
            )
        )
    return found


def _pairs(shapes: list[Polygon]) -> list[tuple[int, int]]:
    if len(shapes) < 2:
        return []
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T.tolist()
    return [(i, j) for i, j in pairs if i < j]


def _doors(plan: FloorPlan) -> list[Finding]:
    doors = [
        (wall, hole, hole.u1_m - hole.u0_m, hole.z1_m - hole.z0_m)
        for wall in plan.walls
        for hole in wall.openings
        if hole.kind == "door"
    ]
    wrong = [
        one
        for one in doors
        if not (_DOOR_WIDE_M[0] <= one[2] <= _DOOR_WIDE_M[1] and _DOOR_HIGH_M[0] <= one[3] <= _DOOR_HIGH_M[1])
    ]
    if not wrong:
        return []
    wall, hole, wide_m, high_m = wrong[0]
    share = (hole.u0_m + hole.u1_m) / 2 / wall.length_m
    x, y = (a + (b - a) * share for a, b in zip(wall.start_m, wall.end_m, strict=True))
    return [
        Finding(
            kind="door",
            where="near",
            values={
                "number": str(len(wrong)),
                "wide": f"{wide_m:.2f}",
                "high": f"{high_m:.2f}",
                "x": f"{x:.2f}",
                "y": f"{y:.2f}",
            },
            count=len(wrong),
        )
    ]


def counted_openings(plan: FloorPlan) -> tuple[int, int]:
    """Doors and windows of a plan: by what the drawing calls them, else by where they begin and what they are made of.

    A pane in a roof is a window. A hole with nothing in it that begins at the floor is counted as a door.
    """
    floors = [level.floor_m for level in plan.levels]
    doors = windows = 0
    for wall, hole in itertools.chain.from_iterable(((wall, hole) for hole in wall.openings) for wall in plan.walls):
        at_floor = any(math.isclose(hole.z0_m, floor, abs_tol=0.3) for floor in [*floors, wall.z0_m])
        kind = hole.kind or ("door" if at_floor and "glass" not in (hole.material or "") else "window" if hole.material else "")
        doors += kind == "door"
        windows += kind == "window"
    return doors, windows + sum(slab.name.startswith("skylight") for slab in plan.slabs)
