"""A `FloorPlan` from a `Drawing`: scale, layers, walls, openings, rooms and names, each in its own file, put together here.

The plan is moved so that the lower left corner of its walls is the origin. Every choice is said in the plan's warnings.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from shapely.geometry import Polygon, box

from floorplans import layers, openings, rooms, scale, storeys, walls
from floorplans.drawing import Arc, Drawing, Fill, Line, Point
from floorplans.errors import GeometryError
from floorplans.layers import Layers, Role
from floorplans.plan import FloorPlan, Level, Opening, Slab, Source, Wall, Zone, check, floor_and_roof, near_outline
from floorplans.strokes import Stroke
from floorplans.walls import Body

STOREY_M = 3.0
"""Floor to ceiling where neither drawing nor user says it."""

MAX_WALLS = 20_000

_FLAT_M = 0.05
"""How far a chord may leave its arc."""

_SOLID = frozenset({"concrete", "brick", "alc", "partition"})
"""Materials whose thickness is that of the drawn wall; a pane is thinner than its frame."""

_KINDS: dict[str, Literal["", "door", "window"]] = {"door": "door", "window": "window", "doorway": "door"}

_THICK_STROKE_M = 0.09
"""No pen on a sheet of 1:100 is as thick as 0.9 mm but that of a frame. Assumed."""

_MASONRY_M = 0.14
"""Walls this thick in a drawing without names are taken as concrete, thinner ones as a partition. Assumed."""


def plan_of(
    drawing: Drawing,
    *,
    where: str,
    metres_per_unit: float | None = None,
    height_m: float | None = None,
    part: int | None = None,
    layer_words: Path | None = None,
) -> FloorPlan:
    """The building that a drawing shows.

    Parameters
    ----------
    drawing : Drawing
        What was read, in units of the drawing.
    where : str
        What the drawing is called in errors.
    metres_per_unit, height_m : float, optional
        As in `floorplans.read`.
    part : int, optional
        Which of several storeys drawn side by side, from 0, left to right and then upwards.
    layer_words : Path, optional
        A file of one's own with words for layers, as `layers.toml`.

    Raises
    ------
    MissingScaleError
        When the drawing does not decide its scale.
    GeometryError
        When it shows no building.
    """
    words = layers.of(layer_words)
    scale.must_be_drawn(drawing, where=where)
    _refuse_other_drawings(drawing, words, where)
    decided = scale.decide(drawing, metres_per_unit, where=where)
    shown = _in_metres(drawing, decided.metres_per_unit)
    _refuse_tiny(shown, where)
    warnings = [*decided.warnings, *shown.warnings]
    if shown.left_out:
        most = sorted(shown.left_out.items(), key=lambda item: -item[1])[:12]
        warnings.append("left out: " + ", ".join(f"{number} {what}" for what, number in most))
    sorted_lines = _by_role(shown, words, where)
    warnings += sorted_lines.notes
    bodies = _bodies(shown, sorted_lines, warnings)
    if len(bodies) > MAX_WALLS:
        raise GeometryError(f"{where}: {len(bodies)} walls are more than {MAX_WALLS}; export the layers of the walls only")
    if not bodies:
        raise GeometryError(
            f"{where}: the walls enclose nothing; close the outer wall, or give an outline polygon (or use `wifiplan gym`)"
        )
    titles = [
        storeys.Title(text.text, text.at, says != "not_a_plan")
        for text in shown.texts
        if (says := words.title_says(text.text)) or storeys.number(text.text) is not None
    ]
    groups, note = storeys.apart(bodies, titles, part, where, whole_sheet=shown.from_picture)
    if note:
        warnings.append(note)
    height = height_m if height_m is not None else _written_height(shown, warnings)
    not_a_plan = _doubtful(drawing, sorted_lines, bodies, words)
    levels = [_level(group, shown, sorted_lines, words, where=where, warnings=warnings) for group in groups]
    plan = _assembled(levels, height, warnings, drawing, decided=decided, not_a_plan=not_a_plan)
    plan = check(plan)
    said = list(plan.source.warnings)
    if not_a_plan:
        said.insert(0, f"likely no floor plan: {not_a_plan}")
    return replace(plan, source=replace(plan.source, warnings=tuple(dict.fromkeys(said))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sorted:
    """Strokes in metres by the part that their layer plays; `named`: there are layers for walls."""

    named: bool
    walls: list[Stroke]
    filled: list[Stroke]
    marks: list[tuple[Stroke, str]]
    others: list[Stroke]
    wall_arcs: list[tuple[Arc, str]]
    roles: dict[str, Role | None]
    notes: list[str]


def _in_metres(drawing: Drawing, unit_m: float) -> Drawing:
    """The drawing with all lengths in metres; strays that no drawing reaches are left out."""

    def m(point: Point) -> Point:
        return round(point[0] * unit_m, 6), round(point[1] * unit_m, 6)

    out = replace(
        drawing, lines=[], arcs=[], fills=[], texts=[], left_out=dict(drawing.left_out), warnings=list(drawing.warnings)
    )
    out.line_width = drawing.line_width * unit_m
    seen: set[tuple[Point, Point, str]] = set()
    ends = np.array([(*line.start, *line.end) for line in drawing.lines], dtype=float).reshape(-1, 4)
    for line, (x0, y0, x1, y1) in zip(drawing.lines, np.round(ends * unit_m, 6).tolist(), strict=True):
        start, end = (x0, y0), (x1, y1)
        key = (min(start, end), max(start, end), line.layer)
        if start != end and key not in seen:
            seen.add(key)
            width = line.width * unit_m
            out.lines.append(Line(start=start, end=end, layer=line.layer, pen=line.pen, faint=line.faint, width=width))
    out.arcs = [replace(arc, centre=m(arc.centre), radius=arc.radius * unit_m) for arc in drawing.arcs]
    out.fills = [
        replace(
            fill,
            ring=tuple(m(point) for point in fill.ring),
            holes=tuple(tuple(m(point) for point in hole) for hole in fill.holes),
        )
        for fill in drawing.fills
    ]
    out.texts = [replace(text, at=m(text.at), height=text.height * unit_m) for text in drawing.texts]
    _fill_thick_strokes(out)
    return out


def _fill_thick_strokes(shown: Drawing) -> None:
    """Take strokes that are drawn as thick as walls, among thinner ones, as what they look like: filled walls.

    In DXF a width is a measure of the model, in others that of a pen: where all is drawn with it, it says nothing.
    """
    thick = [line for line in shown.lines if _THICK_STROKE_M <= line.width <= walls.THICKEST_M and not line.faint]
    if not thick:
        return
    usual_m = 0.0 if shown.reader == "dxf" else float(np.median([line.width for line in shown.lines]))
    if 2.5 * usual_m > min(line.width for line in thick):
        return
    bars = [shapely.LineString([line.start, line.end]).buffer(line.width / 2, cap_style="square") for line in thick]
    whole = box(*shapely.total_bounds(shapely.linestrings([[line.start, line.end] for line in shown.lines])))
    parts = getattr(shapely.union_all(bars), "geoms", [shapely.union_all(bars)])
    frames = [part for part in parts if len(parts) > 1 and box(*part.bounds).area > 0.97 * whole.area]
    walls_ = [(line, bar) for line, bar in zip(thick, bars, strict=True) if not any(frame.intersects(bar) for frame in frames)]
    taken = {id(line) for line, _ in walls_}
    shown.lines = [line for line in shown.lines if id(line) not in taken]
    shown.fills += [
        Fill(ring=tuple((float(x), float(y)) for x, y in bar.exterior.coords[:-1]), layer=line.layer) for line, bar in walls_
    ]
    shown.warnings.append(f"{len(walls_)} strokes of {_THICK_STROKE_M * 100:.0f} cm and more are taken as filled walls")


def _refuse_other_drawings(drawing: Drawing, words: Layers, where: str) -> None:
    """Raise `GeometryError` for a drawing all of whose layers hold something else than a building."""
    counted = drawing.layers()
    roles = {name: words.role(name) for name in counted}
    usable = [name for name, role in roles.items() if role is None or role.role in ("wall", "door", "window")]
    if usable:
        return
    names = ", ".join(sorted(counted)[:8])
    kinds: Counter[str] = Counter()
    for name, number in counted.items():
        role = roles[name]
        kinds[role.role if role else ""] += number
    what = {"site": "not a floor plan but a site: ", "not_a_plan": "not a floor plan: "}.get(kinds.most_common(1)[0][0], "")
    raise GeometryError(f"{where}: {what}no layer holds walls ({names}); name one 壁 or wall, or turn the others off")


def _refuse_tiny(shown: Drawing, where: str) -> None:
    points = np.array(
        [point for line in shown.lines for point in (line.start, line.end)] + [p for fill in shown.fills for p in fill.ring]
    )
    if not len(points):
        return
    width_m, depth_m = points.max(axis=0) - points.min(axis=0)
    if max(width_m, depth_m) < 1.0:
        raise GeometryError(f"{where}: all of it is within {width_m:.3g} x {depth_m:.3g} m; check the scale of the drawing")


def _by_role(shown: Drawing, words: Layers, where: str) -> _Sorted:
    names = set(shown.layers())
    roles = {name: words.role(name) for name in names}
    named = any(role is not None and role.role == "wall" for role in roles.values())
    wall_strokes: list[Stroke] = []
    filled: list[Stroke] = []
    others: list[Stroke] = []
    marks: list[tuple[Stroke, str]] = []
    ignored: Counter[str] = Counter()
    faint = 0
    for stroke, dashed, is_fill in itertools.chain(_strokes(shown.lines), _edges(shown.fills)):
        role = roles[stroke.layer]
        if role is None and is_fill and not named:
            filled.append(stroke)
        elif role is None:
            faint += dashed
            if not dashed:
                (others if named else wall_strokes).append(stroke)
            if named:
                ignored[stroke.layer] += 1
        elif role.role == "wall":
            wall_strokes.append(stroke._replace(kind=role.material or "concrete"))
        elif role.role in ("door", "window"):
            marks.append((stroke._replace(kind=role.material or ""), role.role))
        else:
            ignored[stroke.layer] += 1
    wall_arcs = [(arc, role.material or "concrete") for arc in shown.arcs if (role := roles[arc.layer]) and role.role == "wall"]
    notes = []
    if faint and not named:
        notes.append(f"{faint} dashed or dotted lines are not taken as walls")
    if not named:
        unnamed = sorted(name for name, role in roles.items() if role is None)
        notes.append(
            f"no layer is named for walls: every line of {', '.join(unnamed[:8]) or 'the drawing'} is looked at, and two "
            "parallels a wall's thickness apart are taken as a wall"
        )
    if ignored:
        notes.append("layers left out: " + ", ".join(f"{layer} ({number} lines)" for layer, number in ignored.most_common(8)))
    if not (wall_strokes or filled or wall_arcs or marks):
        raise GeometryError(f"{where}: no layer holds walls ({', '.join(sorted(names)[:8])}); name one 壁 or wall")
    return _Sorted(
        named=named, walls=wall_strokes, filled=filled, marks=marks, others=others, wall_arcs=wall_arcs, roles=roles, notes=notes
    )


def _strokes(lines: Sequence[Line]) -> list[tuple[Stroke, bool, bool]]:
    return [(Stroke(line.start, line.end, "", line.layer, line.pen), line.faint, False) for line in lines]


def _edges(fills: Sequence[Fill]) -> list[tuple[Stroke, bool, bool]]:
    """Outlines of what is filled, fills of one layer that touch being one shape: their long sides are faces of walls."""
    by_layer: dict[str, list[Polygon]] = defaultdict(list)
    for fill in fills:
        shape = Polygon(fill.ring, fill.holes)
        shape = shape if shape.is_valid else shape.buffer(0)
        if shape.area > 0:
            by_layer[fill.layer].append(shape)
    out = []
    for layer, shapes in by_layer.items():
        whole = shapely.union_all(shapely.set_precision(shapes, 0.001))
        for part in getattr(whole, "geoms", [whole]):
            for ring in (part.exterior, *part.interiors) if isinstance(part, Polygon) else ():
                points = [(float(x), float(y)) for x, y in ring.coords]
                out += [(Stroke(a, b, "", layer), False, True) for a, b in itertools.pairwise(points)]
    return out


def _bodies(shown: Drawing, lines: _Sorted, warnings: list[str]) -> list[Body]:
    slack_m = max(0.004, 0.6 * shown.line_width) if shown.from_picture else 0.004
    signs = [(stroke.start, stroke.end) for stroke in (*lines.others, *(stroke for stroke, _ in lines.marks))]
    if lines.named:
        bodies = walls.named(lines.walls, signs, slack_m=slack_m)
        bodies += _curved(lines.wall_arcs)
        glass = [stroke for stroke, what in lines.marks if what == "window" and not _covered(stroke, bodies)]
        panes = walls.named(glass, slack_m=slack_m) if glass else []
        panes = [pane for pane in panes if pane.length_m >= 0.5]
        return walls.without_doubles(walls.meeting([*bodies, *panes], reach_m=0.1)) if panes else bodies
    signs += [(stroke.start, stroke.end) for stroke in lines.walls]
    windows = [stroke._replace(kind="") for stroke, what in lines.marks if what == "window"]
    bodies, patterns = walls.unnamed(
        [*lines.walls, *windows, *([] if shown.from_picture else lines.filled)],
        signs,
        slack_m=slack_m,
        turn=math.radians(1.2 if shown.from_picture else 0.5),
        thinnest_m=max(walls.THINNEST_M, 2.5 * shown.line_width),
        filled=_bars(shown, lines, signs),
    )
    if patterns:
        warnings.append(f"{patterns} lines side by side are taken as stairs, boards, tiles or hatching")
    if bodies and not any(body.thickness_m for body in bodies):
        warnings.append("no two lines make a wall: each long line is taken as one, furniture too")
    return bodies


def _bars(shown: Drawing, lines: _Sorted, signs: Sequence[tuple[Point, Point]]) -> list[Body]:
    """Walls from what is filled: long sides of fills that face each other, in a picture each bar as it is."""
    if not shown.from_picture:
        return walls.unnamed(lines.filled, signs)[0] if lines.filled else []
    found = []
    for fill in shown.fills:
        a, b, _, d = fill.ring
        theta = math.atan2(b[1] - a[1], b[0] - a[0]) % math.pi
        middle = ((a[0] + d[0]) / 2, (a[1] + d[1]) / 2)
        bar = Body(theta, 0.0, 0.0, 0.0, math.dist(a, d), "", fill.layer)
        ends = sorted(bar.at(point) for point in (middle, (middle[0] + b[0] - a[0], middle[1] + b[1] - a[1])))
        found.append(bar._replace(rho=(ends[0][1] + ends[1][1]) / 2, u0=ends[0][0], u1=ends[1][0]))
    return found


def _covered(stroke: Stroke, bodies: Sequence[Body]) -> bool:
    """Whether a stroke lies within some wall."""
    middle = ((stroke.start[0] + stroke.end[0]) / 2, (stroke.start[1] + stroke.end[1]) / 2)
    for body in bodies:
        u, rho = body.at(middle)
        if abs(rho - body.rho) <= body.thickness_m / 2 + 0.1 and body.u0 <= u <= body.u1:
            return True
    return False


def _curved(arcs: Sequence[tuple[Arc, str]]) -> list[Body]:
    """Walls along arcs: two with one centre and a wall's thickness between them are one."""
    out: list[Body] = []
    left = sorted(arcs, key=lambda item: item[0].radius)
    while left:
        arc, kind = left.pop(0)
        thickness_m = 0.0
        for other in left:
            twin = other[0]
            apart = twin.radius - arc.radius
            if apart > walls.THICKEST_M:
                break
            same = math.dist(twin.centre, arc.centre) < 0.01 and abs(twin.start_deg - arc.start_deg) < 3 and other[1] == kind
            if apart >= walls.THINNEST_M and same and abs(twin.sweep_deg - arc.sweep_deg) < 6:
                left.remove(other)
                arc, thickness_m = replace(arc, radius=(arc.radius + twin.radius) / 2), apart
                break
        steps = max(2, math.ceil(math.radians(arc.sweep_deg) / (2 * math.acos(max(0.5, 1 - _FLAT_M / max(arc.radius, _FLAT_M))))))
        turns = np.radians(np.linspace(arc.start_deg, arc.end_deg, min(steps, 720) + 1))
        points = [(arc.centre[0] + arc.radius * math.cos(turn), arc.centre[1] + arc.radius * math.sin(turn)) for turn in turns]
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            theta = math.atan2(y1 - y0, x1 - x0)
            c, s = math.cos(theta), math.sin(theta)
            out.append(
                Body(
                    theta,
                    -s * x0 + c * y0,
                    c * x0 + s * y0,
                    c * x1 + s * y1,
                    thickness_m,
                    kind,
                    arc.layer,
                    (),
                    1.0 if thickness_m else 0.7,
                )
            )
    return out


def _doubtful(drawing: Drawing, lines: _Sorted, bodies: Sequence[Body], words: Layers) -> str:
    """Why a drawing is likely no floor plan; empty where it is one."""
    says = {words.title_says(text.text): text.text for text in drawing.texts}
    if "not_a_plan" in says and "plan" not in says and not any(storeys.number(text.text) is not None for text in drawing.texts):
        return f"its title is {says['not_a_plan']}"
    counted = drawing.layers()
    other = [name for name in counted if (role := lines.roles.get(name)) and role.role == "not_a_plan"]
    if sum(counted[name] for name in other) > 0.5 * sum(counted.values()):
        return f"most of it is on {', '.join(sorted(other)[:4])}"
    if lines.named or any(body.thickness_m for body in bodies):
        return ""
    doors = any(70 <= arc.sweep_deg <= 110 for arc in drawing.arcs)
    named_rooms = any(words.room_kind(text.text) != "room" for text in drawing.texts)
    if doors or named_rooms:
        return ""
    total = sum(body.length_m for body in bodies)
    square = max(
        sum(other.length_m for other in bodies if abs(math.sin(2 * (other.theta - body.theta))) < 0.035) for body in bodies
    )
    if square < 0.7 * total:
        return "single lines at odd angles, no door and no room's name: a site or a map"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Storey:
    name: str
    outline: tuple[Point, ...]
    walls: list[tuple[Body, list[openings.Gap]]]
    zones: tuple[Zone, ...]
    origin: Point


def _level(
    group: tuple[str, list[Body]], shown: Drawing, lines: _Sorted, words: Layers, *, where: str, warnings: list[str]
) -> _Storey:
    name, bodies = group
    # On a printed sheet what stands apart is a part of the building; in a model space it may be a section or a detail.
    space = rooms.space(bodies, where=where, several=shown.from_picture)
    if space.closed:
        warnings.append("the outer wall has a gap: the outline is closed across it")
    as_walls = [Wall(start_m=body.ends[0], end_m=body.ends[1], z0_m=0.0, z1_m=1.0, material="") for body in bodies]
    near, outside = near_outline(as_walls, space.outline)
    kept = set(map(id, near))
    warnings += outside
    bodies = [body for body, wall in zip(bodies, as_walls, strict=True) if id(wall) in kept]
    origin = (min(x for body in bodies for x, _ in body.ends), min(y for body in bodies for _, y in body.ends))
    labels = [rooms.Label(" ".join(text.text.split())[:60], text.at, text.height) for text in shown.texts]
    zones, notes = rooms.zones(space.faces, labels, words)
    warnings += notes
    ring = Polygon(space.outline).exterior
    swings = [
        arc for arc in shown.arcs if (role := lines.roles.get(arc.layer)) is None or role.role in ("door", "window", "furniture")
    ]
    near_arcs = openings.Near([(arc.centre, (arc.centre[0] + 0.001, arc.centre[1])) for arc in swings])
    near_marks = openings.Near([(stroke.start, stroke.end) for stroke, _ in lines.marks])
    sashes = [*lines.others, *lines.walls]
    near_sashes = openings.Near([(stroke.start, stroke.end) for stroke in sashes])
    beside = {id(body): [sashes[index] for index in near_sashes.of(body, 0.02)] if body.thickness_m else [] for body in bodies}
    cut = openings.cut_pens([(body, beside[id(body)]) for body in bodies if body.thickness_m])
    walls_: list[tuple[Body, list[openings.Gap]]] = []
    for body in bodies:
        middle = shapely.Point(np.mean(body.ends, axis=0))
        outer = bool(shapely.distance(ring, middle) <= body.thickness_m / 2 + 0.1)
        arcs = [swings[index] for index in near_arcs.of(body, 0.15)]
        marks = [lines.marks[index] for index in near_marks.of(body, 0.1)]
        walls_.append((body, openings.openings(body, arcs, marks, beside[id(body)], outer=outer, cut=cut)))
    return _Storey(name=name, outline=space.outline, walls=walls_, zones=zones, origin=origin)


def _written_height(shown: Drawing, warnings: list[str]) -> float:
    """Floor to ceiling as the drawing's texts say it, else an assumed one."""
    found = [
        metres for text in shown.texts if re.search(r"[A-Za-z天高]", text.text) and (metres := _ceiling(text.text)) is not None
    ]
    if found:
        height = float(np.median(found))
        warnings.append(f"{height:g} m from floor to ceiling, as the drawing says in {len(found)} places")
        return height
    warnings.append(f"a plan has no heights: {STOREY_M:g} m taken from floor to ceiling; give the real one with --height-m")
    return STOREY_M


def _ceiling(text: str) -> float | None:
    plain = unicodedata.normalize("NFKC", text)
    if not re.search(r"c\.?h\.?\s*[=:]?\s*\d|天井高|raumh|ceiling|净高", plain, re.IGNORECASE):
        return None
    metres = scale.height_m(plain)
    return metres if metres is not None and 1.8 <= metres <= 40 else None


def _assembled(
    levels: Sequence[_Storey],
    height_m: float,
    warnings: list[str],
    drawing: Drawing,
    *,
    decided: scale.Scale,
    not_a_plan: str,
) -> FloorPlan:
    plan_walls: list[Wall] = []
    plan_zones: list[Zone] = []
    plan_levels: list[Level] = []
    slabs: list[Slab] = []
    assumed_openings = 0
    thick = 0
    for number, storey in enumerate(levels):
        x0, y0 = storey.origin
        z0, z1 = number * height_m, (number + 1) * height_m

        def moved(ring: tuple[Point, ...], x0: float = x0, y0: float = y0) -> tuple[Point, ...]:
            return tuple((round(x - x0, 4), round(y - y0, 4)) for x, y in ring)

        for body, gaps in storey.walls:
            material = body.kind
            if not material:
                material = "concrete" if body.thickness_m >= _MASONRY_M else "partition"
                thick += body.thickness_m >= _MASONRY_M
            start, end = moved(body.ends)
            length = math.dist(start, end)
            holes = []
            for gap in gaps:
                low, high = (openings.SILL_M, openings.HEAD_M) if gap.what == "window" else (0.0, openings.DOOR_HEIGHT_M)
                top = min(z0 + high, z1)
                u0, u1 = max(0.0, round(gap.u0 - body.u0, 4)), min(length, round(gap.u1 - body.u0, 4))
                holes.append(
                    Opening(
                        u0_m=u0, u1_m=u1, z0_m=min(z0 + low, top - 0.1), z1_m=top, material=gap.material, kind=_KINDS[gap.what]
                    )
                )
            assumed_openings += len(holes)
            thickness = round(body.thickness_m / 0.005) * 0.005
            plan_walls.append(
                Wall(
                    start_m=start,
                    end_m=end,
                    z0_m=z0,
                    z1_m=z1,
                    material=material,
                    thickness_m=round(thickness, 3) if material in _SOLID and thickness >= 0.03 else None,
                    openings=tuple(holes),
                    name=body.layer,
                    confidence=round(body.confidence, 2),
                )
            )
        outline = moved(storey.outline)
        plan_levels.append(Level(name=storey.name, floor_m=z0, ceiling_m=z1, outline_m=outline))
        closed = floor_and_roof(outline, z0_m=z0, z1_m=z1, floor="concrete", roof="concrete")
        slabs += closed[0 if number == 0 else 1 :]
        found = [replace(zone, polygon_m=moved(zone.polygon_m), level=number) for zone in storey.zones]
        plan_zones += found or [Zone(name="room", polygon_m=outline, kind="room", level=number)]
    if assumed_openings:
        warnings.append(
            f"a plan does not say how high windows and doors are: doors are taken {openings.DOOR_HEIGHT_M:g} m high, windows "
            f"from {openings.SILL_M:g} to {openings.HEAD_M:g} m"
        )
    if thick:
        warnings.append(
            f"{thick} walls of {_MASONRY_M * 100:.0f} cm and more are taken as concrete, the others as partitions: "
            "change them with `wifiplan floorplan-edit --retype`"
        )
    warnings.append("no floor or ceiling in a plan: concrete is assumed for both")
    return FloorPlan(
        name=Path(drawing.file).stem,
        levels=tuple(plan_levels),
        walls=tuple(plan_walls),
        slabs=tuple(slabs),
        zones=tuple(plan_zones),
        source=Source(
            file=Path(drawing.file).name,
            reader=drawing.reader,
            metres_per_unit=decided.metres_per_unit,
            warnings=tuple(warnings),
            evidence=decided.evidence,
            not_a_plan=not_a_plan,
            origin_m=(round(levels[0].origin[0], 6), round(levels[0].origin[1], 6)),
        ),
    )
