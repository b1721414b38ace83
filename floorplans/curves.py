"""Bézier curves of vector formats: as chords, and as arcs where they are round, as the swing of a door is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from floorplans.drawing import Arc, Point

STEPS = 8


def chords(a: Point, b: Point, c: Point, d: Point) -> list[Point]:
    """Points along a cubic curve from `a` to `d`, without `a`."""
    out = []
    for step in range(1, STEPS + 1):
        t = step / STEPS
        r = 1 - t
        w = (r**3, 3 * r * r * t, 3 * r * t * t, t**3)
        out.append((w[0] * a[0] + w[1] * b[0] + w[2] * c[0] + w[3] * d[0], w[0] * a[1] + w[1] * b[1] + w[2] * c[1] + w[3] * d[1]))
    return out


def arc(a: Point, b: Point, c: Point, d: Point, layer: str = "") -> Arc | None:
    """The arc that a cubic curve stands for, or None where it is not round: within 1 % of the radius at its middle."""
    u, v = (b[0] - a[0], b[1] - a[1]), (d[0] - c[0], d[1] - c[1])
    cross = u[0] * v[1] - u[1] * v[0]
    long = math.hypot(*u) * math.hypot(*v)
    if long == 0 or abs(cross) < 0.05 * long:
        return None
    # The centre is where the normals at both ends meet.
    along = ((d[0] - a[0]) * v[0] + (d[1] - a[1]) * v[1]) / cross
    centre = (a[0] - u[1] * along, a[1] + u[0] * along)
    radius = math.dist(a, centre)
    middle = tuple((a[k] + 3 * b[k] + 3 * c[k] + d[k]) / 8 for k in (0, 1))
    if radius == 0 or max(abs(math.dist(point, centre) - radius) for point in (d, middle)) > 0.01 * radius:
        return None
    first = math.degrees(math.atan2(a[1] - centre[1], a[0] - centre[0]))
    last = math.degrees(math.atan2(d[1] - centre[1], d[0] - centre[0]))
    start, sweep = (first, (last - first) % 360) if cross > 0 else (last, (first - last) % 360)
    return Arc(centre=centre, radius=radius, start_deg=start % 360, end_deg=start % 360 + sweep, layer=layer)


def joined(arcs: Sequence[Arc]) -> list[Arc]:
    """The arcs, those of one circle that follow one another made one."""
    out: list[Arc] = []
    for one in arcs:
        near = 0.02 * one.radius
        last = out[-1] if out else None
        if last is not None and math.dist(last.centre, one.centre) < near and abs(last.radius - one.radius) < near:
            if abs((last.end_deg - one.start_deg + 180) % 360 - 180) < 1:
                out[-1] = replace(last, end_deg=last.end_deg + one.sweep_deg)
                continue
            if abs((one.end_deg - last.start_deg + 180) % 360 - 180) < 1:
                out[-1] = replace(
                    last, start_deg=one.start_deg % 360, end_deg=one.start_deg % 360 + one.sweep_deg + last.sweep_deg
                )
                continue
        out.append(one)
    return out
