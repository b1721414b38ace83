"""The cable of each spot: how it runs from the switch along the walls, and how long it is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from shapely import STRtree
from shapely.geometry import LineString, Point, Polygon
from shapely.ops import nearest_points, unary_union

from floorplans.plan import FloorPlan
from wifiplan.placement.spot import Spot

MAX_CABLE_M = 90.0
"""Greatest length of fixed cable from the switch to the outlet (ISO/IEC 11801-1, ANSI/TIA-568.2: 90 m permanent link)."""

SLACK_M = 5.0
"""Loops at both ends, for service and for mistakes (assumed)."""

_MEET_M = 0.01
"""Walls whose ends are this near meet (assumed: a centimetre of drawing)."""


def default_switch_m(floor_plan: FloorPlan) -> tuple[float, float]:
    """The middle of the first store, else of the first entrance, else the first corner of the lowest level."""
    for kind in ("store", "entrance"):
        for zone in floor_plan.zones:
            if zone.kind == kind:
                middle = Polygon(zone.polygon_m).representative_point()
                return float(middle.x), float(middle.y)
    return floor_plan.levels[0].outline_m[0]


def cable_lengths_m(floor_plan: FloorPlan, wanted: Sequence[Spot], switch_m: tuple[float, float]) -> NDArray[np.float64]:
    """The length of each spot's cable (spot,): from the switch straight to a wall, along walls, straight to the spot, and up.

    Up is the spot's height above the floor, and the floor's above the lowest, where the switch stands. Parts of a building
    whose walls do not meet are joined where they come nearest. With slack.
    """
    lengths = np.empty(len(wanted))
    for index, level in enumerate(floor_plan.levels):
        mine = [row for row, spot in enumerate(wanted) if spot.level == index]
        if not mine:
            continue
        walls = [wall for wall in floor_plan.walls if wall.z1_m > level.floor_m and wall.z0_m < level.ceiling_m]
        lines = [LineString([wall.start_m, wall.end_m]) for wall in walls]
        lines.append(LineString([*level.outline_m, level.outline_m[0]]))
        run = _Run(lines, switch_m)
        for row in mine:
            spot = wanted[row]
            lengths[row] = run.length_m(spot.x_m, spot.y_m) + spot.height_m + level.floor_m + SLACK_M
    return lengths


def cable_routes_m(
    floor_plan: FloorPlan, wanted: Sequence[tuple[float, float]], switch_m: tuple[float, float], *, level: int = 0
) -> list[LineString]:
    """The way of each cable in plan, from the switch to the place, as `cable_lengths_m` measures it."""
    storey = floor_plan.levels[level]
    walls = [wall for wall in floor_plan.walls if wall.z1_m > storey.floor_m and wall.z0_m < storey.ceiling_m]
    lines = [LineString([wall.start_m, wall.end_m]) for wall in walls]
    lines.append(LineString([*storey.outline_m, storey.outline_m[0]]))
    run = _Run(lines, switch_m)
    return [run.route_m(x, y) for x, y in wanted]


class _Run:
    """Distances along the lines of one level from the switch."""

    def __init__(self, lines: list[LineString], switch_m: tuple[float, float]) -> None:
        merged = shapely.set_precision(unary_union(lines), _MEET_M)
        self.edges = [
            LineString(pair)
            for line in (merged.geoms if hasattr(merged, "geoms") else [merged])
            for pair in itertools.pairwise(line.coords)
        ]
        nodes: dict[tuple[float, ...], int] = {}
        for line in self.edges:
            for end in line.coords:
                nodes.setdefault(end, len(nodes))
        self.node_place_m = np.array(list(nodes))
        self.ends = [(nodes[line.coords[0]], nodes[line.coords[1]]) for line in self.edges]
        links = [(a, b, float(line.length)) for (a, b), line in zip(self.ends, self.edges, strict=True)]
        links += self._bridges(links)
        a, b, length = (np.array(column) for column in zip(*links, strict=True))
        graph = coo_array((length, (a.astype(np.intp), b.astype(np.intp))), shape=(len(nodes), len(nodes)))
        self.tree = STRtree(self.edges)
        edge, along_m, off_m = self._onto(*switch_m)
        from_ends, self.before = dijkstra(graph.tocsr(), directed=False, indices=list(self.ends[edge]), return_predecessors=True)
        self.switch_m = switch_m
        length_m = self.edges[edge].length
        self.from_end = np.argmin([from_ends[0] + along_m, from_ends[1] + length_m - along_m], axis=0)
        self.node_m = np.minimum(from_ends[0] + along_m, from_ends[1] + length_m - along_m) + off_m
        self.switch = (edge, along_m, off_m)

    def _bridges(self, links: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
        """Straight links between parts that do not meet, node to node, each the shortest to what is joined already."""
        at = self.node_place_m
        count = len(at)
        a, b, _ = (np.array(column) for column in zip(*links, strict=True))
        parts, part = connected_components(
            coo_array((np.ones(len(a)), (a.astype(np.intp), b.astype(np.intp))), shape=(count, count)), directed=False
        )
        if parts == 1:
            return []
        joined = part == 0
        bridges = []
        while not joined.all():
            inside, outside = np.flatnonzero(joined), np.flatnonzero(~joined)
            apart = np.linalg.norm(at[inside][:, None] - at[outside][None], axis=-1)
            row, column = np.unravel_index(int(np.argmin(apart)), apart.shape)
            bridges.append((int(inside[row]), int(outside[column]), float(apart[row, column])))
            joined |= part == part[outside[column]]
        return bridges

    def _onto(self, x: float, y: float) -> tuple[int, float, float]:
        here = Point(x, y)
        edge = int(self.tree.nearest(here))
        foot = nearest_points(self.edges[edge], here)[0]
        return edge, float(self.edges[edge].project(foot)), float(foot.distance(here))

    def route_m(self, x: float, y: float) -> LineString:
        """From the switch to a wall, along walls, and to the place."""
        edge, along_m, _ = self._onto(x, y)
        line, (start, end) = self.edges[edge], self.ends[edge]
        home, home_m, _ = self.switch
        feet = [tuple(self.edges[home].interpolate(home_m).coords[0]), tuple(line.interpolate(along_m).coords[0])]
        by_start, by_end = self.node_m[start] + along_m, self.node_m[end] + line.length - along_m
        nodes: list[tuple[float, ...]] = []
        if edge != home or abs(along_m - home_m) > min(by_start, by_end):
            node = start if by_start <= by_end else end
            row = int(self.from_end[node])
            while node >= 0:
                nodes.insert(0, tuple(float(value) for value in self.node_place_m[node]))
                node = int(self.before[row][node])
        return LineString([self.switch_m, feet[0], *nodes, feet[1], (x, y)])

    def length_m(self, x: float, y: float) -> float:
        edge, along_m, off_m = self._onto(x, y)
        start, end = self.ends[edge]
        around = min(self.node_m[start] + along_m, self.node_m[end] + self.edges[edge].length - along_m)
        if edge == self.switch[0]:
            around = min(around, abs(along_m - self.switch[1]) + self.switch[2])
        return float(around + off_m)
