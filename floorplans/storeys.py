"""Storeys drawn side by side on one sheet: which shapes are storeys, in which order, and by what titles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import shapely
from shapely.geometry import LineString, box
from shapely.geometry.base import BaseGeometry

from floorplans.drawing import Point
from floorplans.errors import GeometryError
from floorplans.walls import Body

_LEAST_STOREY_M = 3.0
"""Narrower than this nothing is a storey. Assumed."""

_TITLE_M = 8.0
"""A title stands as near to its plan as this. Assumed."""

_LEAST_STOREY_SHARE = 0.1
"""Of the largest storey's box a smaller one's has at least this. Assumed."""

_STOREYS = (
    (r"地下\s*(\d*)\s*[階层層]|\bb\s?(\d)\s?f?\b|(\d)\.?\s*(?:ug|untergeschoss)\b", -1),
    (r"(?<!地下)(\d{1,2})\s*[階层層樓楼]|\b(\d{1,2})\s*f\b|\b(?:level|floor|storey|etage|étage)\s*(\d{1,2})\b", 1),
    (r"(\d{1,2})\s*(?:\.|er|e|ème|st|nd|rd|th)\s*(?:og|obergeschoss|stock|étage|etage|floor|storey)\b", 1),
)
"""How titles write a storey's number, and whether it is below ground."""

_NAMED_STOREYS = (
    (r"\b(basement|keller|kellergeschoss|untergeschoss|sous-sol)\b|地階", -1),
    (r"\b(eg|erdgeschoss|rdc|rez-de-chauss[ée]e|ground floor)\b|首[层層]", 0),
    (r"\bfirst floor\b", 1),
    (r"\bsecond floor\b", 2),
    (r"\bthird floor\b", 3),
    (r"\bfourth floor\b", 4),
    (r"[rp]\s?階|\b[rp]f\b|屋上|塔屋|ペントハウス|\b(dachgeschoss|dg|roof|combles)\b", 99),
)
"""Storeys that titles name without a number, in an order of their own: what a plan counts from is not asked."""

_KANJI = str.maketrans("一二三四五六七八九", "123456789")


def number(text: str) -> int | None:
    """Where the storey that a title names stands among others: 2階平面図, 三階, 2F, Level 2, EG, 1. OG; below 0 for cellars."""
    plain = unicodedata.normalize("NFKC", text).strip().lower().translate(_KANJI)
    if len(plain) > 30 or "伏図" in plain:
        return None
    for pattern, sign in _STOREYS:
        if found := re.search(pattern, plain):
            return sign * int(next((group for group in found.groups() if group), "1"))
    return next((order for pattern, order in _NAMED_STOREYS if re.search(pattern, plain)), None)


class Title(NamedTuple):
    """What a sheet says of a drawing on it, where, and whether that is a plan; without text: nothing is said."""

    text: str
    at: Point
    of_plan: bool


def apart(
    bodies: Sequence[Body], titles: Sequence[Title], part: int | None, where: str, *, whole_sheet: bool = False
) -> tuple[list[tuple[str, list[Body]]], str]:
    """(name, walls) of each storey, lowest first, and what to tell of shapes drawn side by side.

    Parameters
    ----------
    part : int, optional
        The one that is wanted, from 0, left to right and then upwards.
    where : str
        What the drawing is called in errors.
    whole_sheet : bool
        All that is on a sheet is one storey where titles do not say otherwise, as on printed ones.

    Raises
    ------
    GeometryError
        There is no such part.
    """
    shapes = [LineString(body.ends).buffer(body.thickness_m / 2 + 0.3) for body in bodies]
    whole = shapely.union_all(shapes)
    shown = sorted(getattr(whole, "geoms", [whole]), key=lambda shape: -box(*shape.bounds).area)
    if aside := _no_plans(shown, titles):
        # Elevations and sections of another size than the plan: their lines are no walls of it.
        tree = shapely.STRtree(shown)
        walls = [body for body, one in zip(bodies, shapes, strict=True) if int(tree.query_nearest(one)[0]) not in aside]
        plans, note = apart(walls, titles, part, where, whole_sheet=whole_sheet)
        left_out = f"{', '.join(dict.fromkeys(aside.values()))} beside it is no plan and is left out"
        return plans, f"{note}; {left_out}" if note else left_out
    found, alike = _alike(shown), "like shapes"
    if len(titled := _titled(shown, titles)) > len(found):
        found, alike = titled, "shapes with titles of storeys"
    if len(found) < 2:
        if part not in (None, 0):
            raise GeometryError(f"{where}: no part {part}; one building is drawn, leave --part out")
        return [("1F", list(bodies))], ""
    found.sort(key=lambda shape: (round(shape.bounds[1], 0), shape.bounds[0]))
    groups: list[list[Body]] = [[] for _ in found]
    tree = shapely.STRtree(found)
    for body, shape in zip(bodies, shapes, strict=True):
        groups[int(tree.query_nearest(shape)[0])].append(body)
    named = [_title_of(shape, titles) for shape in found]
    others = ""
    if any(title.of_plan and title.text for title in named) and not all(title.of_plan for title in named):
        # Sections and elevations stand beside plans, as wide as these.
        kept = [index for index, title in enumerate(named) if title.of_plan]
        others = f"{', '.join(title.text for title in named if not title.of_plan)} beside it is no plan and is left out"
        named, groups = [named[index] for index in kept], [groups[index] for index in kept]
    names = [title.text for title in named]
    if len(names) == 1 and part in (None, 0):
        return [(names[0] or "1F", groups[0])], others
    said = ", ".join(f"{index}: {name or 'without a title'}" for index, name in enumerate(names))
    beside = f"{len(names)} {alike} side by side ({said})"
    others = f"; {others}" if others else ""
    if part is not None:
        if not 0 <= part < len(names):
            raise GeometryError(f"{where}: no part {part}; there are {beside}")
        return [(names[part] or "1F", groups[part])], f"{beside}: only part {part} is taken{others}"
    numbers = [number(name) for name in names]
    if all(one is not None for one in numbers) and len(set(numbers)) == len(numbers):
        order = sorted(range(len(names)), key=lambda index: numbers[index] or 0)
        stacked = (
            "are taken as storeys one above the other, by their titles; choose one with --part N, or --level N of the result"
        )
        if alike != "like shapes":
            stacked += ". They differ in size: their lower left corners are put together, which may be wrong"
        return [(names[index], groups[index]) for index in order], f"{beside} {stacked}{others}"
    if whole_sheet:
        return [("1F", list(bodies))], f"{beside}: all are taken as one storey; choose one with --part N"
    first = "storeys or variants of one building? Only part 0 is taken; choose with --part N"
    return [(names[0] or "1F", groups[0])], f"{beside}: {first}{others}"


def _no_plans(shapes: Sequence[BaseGeometry], titles: Sequence[Title]) -> dict[int, str]:
    """Which shapes beside a titled plan, the largest, have a title that says that they are none, and which.

    Those as large as the plan are told apart as storeys are.
    """
    first = _title_of(shapes[0], titles) if shapes else Title("", (0.0, 0.0), of_plan=False)
    if not (first.of_plan and first.text):
        return {}
    like = _alike(shapes)
    named = {place: _title_of(shape, titles) for place, shape in enumerate(shapes) if not any(shape is one for one in like)}
    return {place: title.text for place, title in named.items() if not title.of_plan}


def _alike(shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Of shapes, the largest first, those that are as wide and as deep as that."""
    if not shapes:
        return []
    west, south, east, north = shapes[0].bounds
    wide, deep = east - west, north - south
    return [
        shape
        for shape in shapes
        if abs(shape.bounds[2] - shape.bounds[0] - wide) < 0.03 * wide + 0.3
        and abs(shape.bounds[3] - shape.bounds[1] - deep) < 0.03 * deep + 0.3
        and min(wide, deep) > _LEAST_STOREY_M
    ]


def _title_of(shape: BaseGeometry, titles: Sequence[Title]) -> Title:
    """The title that is nearest to a shape, within some metres."""
    around = box(*shape.bounds)
    away = [(float(shapely.distance(around, shapely.Point(title.at))), title) for title in titles]
    return min((pair for pair in away if pair[0] < _TITLE_M), default=(0.0, Title("", (0.0, 0.0), of_plan=True)))[1]


def _titled(shapes: Sequence[BaseGeometry], titles: Sequence[Title]) -> list[BaseGeometry]:
    """Shapes of any size that each have the title of another storey: upper storeys are often smaller. None where it is not so."""
    largest_m2 = max((box(*shape.bounds).area for shape in shapes), default=0.0)
    found: dict[int, BaseGeometry] = {}
    for shape in shapes:
        west, south, east, north = shape.bounds
        title = _title_of(shape, titles)
        storey = number(title.text) if title.of_plan else None
        small = box(west, south, east, north).area < _LEAST_STOREY_SHARE * largest_m2
        if storey is None or small or min(east - west, north - south) <= _LEAST_STOREY_M:
            continue
        if storey in found:
            return []
        found[storey] = shape
    return list(found.values())
