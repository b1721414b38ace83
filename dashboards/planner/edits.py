"""What a hand can do to a document: one row a change, each a pure function that the floor plan or the placement already has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field, ValidationError, validate_call

from dashboards.errors import DashboardError
from floorplans import draw
from floorplans import edit as correct
from floorplans.plan import Point, first_error
from wifiplan import equipment
from wifiplan.model import AccessPoint, Band, Design
from wifiplan.placement import edit
from wifiplan.radio import materials

Metres = Annotated[float, Field(ge=-1e6, le=1e6)]
Corner = tuple[Metres, Metres]
Ends = tuple[Metres, Metres, Metres, Metres]
"""A wall, by its two ends."""
Name = Annotated[str, Field(min_length=1, max_length=120)]
Corners = Annotated[list[Corner], Field(min_length=3, max_length=500)]

_STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change: `do` takes a design and what the browser sent, checked by its signature; `about` names what it is done to."""

    do: Callable[..., Design]
    about: str = ""


# ------------------------------------------------------------------------------------------------------------ access points


def _add(
    design: Design, *, x_m: Metres, y_m: Metres, height_m: Metres | None = None, level: int = 0, model: str | None = None
) -> Design:
    high = _usual_height_m(design, level) if height_m is None else height_m
    known = equipment.find(model) if model else None
    return edit.added(design, x_m, y_m, high, level=level, model=known)


def _usual_height_m(design: Design, level: int) -> float:
    """Of most others on the storey, else a little below its ceiling, as high as a lift reaches."""
    heights = sorted(ap.height_m for ap in design.access_points if ap.level == level)
    if heights:
        return heights[len(heights) // 2]
    if not 0 <= level < len(design.floor_plan.levels):
        return 1.0  # `added` refuses the storey by name
    return round(min(6.0, max(1.0, design.floor_plan.levels[level].height_m - 0.5)), 2)


def _move(
    design: Design, *, ap: Name, x_m: Metres, y_m: Metres, height_m: Metres | None = None, level: int | None = None
) -> Design:
    return edit.moved(design, ap, x_m, y_m, height_m=height_m, level=level)


def _turn(design: Design, *, ap: Name, azimuth_deg: float, tilt_deg: float | None = None, antenna: str | None = None) -> Design:
    return edit.turned(design, ap, azimuth_deg, tilt_deg=tilt_deg, antenna=antenna)


def _lock(design: Design, *, ap: Name, lock: bool) -> Design:
    return edit.locked(design, ap, lock=lock)


def _remove(design: Design, *, ap: Name) -> Design:
    return edit.removed(design, ap)


def _model(design: Design, *, ap: Name, model: Name) -> Design:
    return edit.remodelled(design, ap, equipment.find(model))


def _channel(design: Design, *, ap: Name, band: Band, channel: int, width_mhz: int | None = None) -> Design:
    return edit.channelled(design, ap, band, channel, width_mhz)


def _power(design: Design, *, ap: Name, band: Band, tx_power_dbm: float) -> Design:
    return edit.powered(design, ap, band, tx_power_dbm)


def _key(design: Design, *, ap: Name, key: str) -> Design:
    """The device's own identity, by which live counts are joined."""
    known = next((one for one in design.access_points if one.name == ap), None)
    if known is None:
        raise DashboardError(f"{ap}: no such access point")
    points: tuple[AccessPoint, ...] = tuple(
        replace(one, key=key or None) if one is known else one for one in design.access_points
    )
    return replace(design, access_points=points)


# ----------------------------------------------------------------------------------------------------------- the floor plan


def _wall(
    design: Design, *, start_m: Corner, end_m: Corner, material: Name, thickness_m: Metres | None = None, level: int = 0
) -> Design:
    plan = correct.with_wall(
        design.floor_plan, start_m, end_m, materials.material(material).name, thickness_m=thickness_m, level=level
    )
    return replace(design, floor_plan=plan)


def _move_wall(design: Design, *, wall: Ends, start_m: Corner, end_m: Corner) -> Design:
    plan = design.floor_plan
    return replace(design, floor_plan=draw.moved_wall(plan, _number(design, wall), start_m, end_m))


def _retype(design: Design, *, walls: Annotated[list[Ends], Field(min_length=1)], material: Name) -> Design:
    numbers = [_number(design, wall) for wall in walls]
    return replace(design, floor_plan=draw.retyped_walls(design.floor_plan, numbers, materials.material(material).name))


def _delete(
    design: Design,
    *,
    walls: list[Ends] | None = None,
    zones: list[Name] | None = None,
    access_points: list[Name] | None = None,
) -> Design:
    """All that was chosen, at once: one step to undo."""
    plan = design.floor_plan
    if walls:
        plan = draw.without_walls(plan, [_number(design, wall) for wall in walls])
    for zone in zones or []:
        plan = draw.without_zone(plan, zone)
    found = replace(design, floor_plan=plan) if plan is not design.floor_plan else design
    if zones:
        found = replace(found, demands=tuple(one for one in found.demands if one.zone not in zones))
    for name in access_points or []:
        found = edit.removed(found, name)
    return found


def _door(design: Design, *, wall: Ends, at_m: Corner, width_m: Metres = 0.9, kind: draw.Kind = "door", level: int = 0) -> Design:
    plan = draw.with_opening(design.floor_plan, _number(design, wall), at_m, width_m, kind, level=level)
    return replace(design, floor_plan=plan)


def _move_door(design: Design, *, wall: Ends, at_m: Corner, to_m: Corner) -> Design:
    plan = design.floor_plan
    return replace(design, floor_plan=draw.moved_opening(plan, _number(design, wall), at_m, to_m))


def _no_door(design: Design, *, wall: Ends, at_m: Corner) -> Design:
    return replace(design, floor_plan=draw.without_opening(design.floor_plan, _number(design, wall), at_m))


def _zone(design: Design, *, name: Name, polygon_m: Corners, kind: Name, level: int = 0) -> Design:
    return replace(design, floor_plan=draw.with_zone(design.floor_plan, name, polygon_m, kind, level=level))


def _move_zone(design: Design, *, name: Name, polygon_m: Corners) -> Design:
    return replace(design, floor_plan=draw.moved_zone(design.floor_plan, name, polygon_m))


def _name_zone(design: Design, *, name: Name, to: Name, kind: Name | None = None) -> Design:
    """Another name, which the people who are planned there keep to."""
    plan = correct.renamed(design.floor_plan, name, to, kind)
    demands = tuple(replace(one, zone=to) if one.zone == name else one for one in design.demands)
    return replace(design, floor_plan=plan, demands=demands)


def _scale(design: Design, *, start_m: Corner, end_m: Corner, length_m: Annotated[float, Field(gt=0, le=10_000)]) -> Design:
    """The plan stretched by two points of a known length; what hangs in it goes along."""
    before = design.floor_plan
    plan = correct.rescaled(before, start_m, end_m, length_m)
    k = _stretch(before.levels[0].outline_m, plan.levels[0].outline_m)
    points = tuple(replace(ap, x_m=round(ap.x_m * k, 4), y_m=round(ap.y_m * k, 4)) for ap in design.access_points)
    return replace(design, floor_plan=plan, access_points=points)


def _stretch(before: Sequence[Point], after: Sequence[Point]) -> float:
    """How many times as wide a plan has become."""
    return (max(x for x, _ in after) - min(x for x, _ in after)) / (max(x for x, _ in before) - min(x for x, _ in before))


def _number(design: Design, wall: Ends) -> int:
    return draw.wall_number(design.floor_plan, wall[:2], wall[2:])


EDITS: Mapping[str, Edit] = {
    name: Edit(do=validate_call(config=_STRICT)(do), about=about)
    for name, do, about in (
        ("add", _add, ""),
        ("move", _move, "ap"),
        ("turn", _turn, "ap"),
        ("lock", _lock, "ap"),
        ("remove", _remove, "ap"),
        ("model", _model, "ap"),
        ("channel", _channel, "ap"),
        ("power", _power, "ap"),
        ("key", _key, "ap"),
        ("wall", _wall, "material"),
        ("move_wall", _move_wall, ""),
        ("retype", _retype, "material"),
        ("delete", _delete, ""),
        ("door", _door, "kind"),
        ("move_door", _move_door, ""),
        ("no_door", _no_door, ""),
        ("zone", _zone, "name"),
        ("move_zone", _move_zone, "name"),
        ("name_zone", _name_zone, "to"),
        ("scale", _scale, ""),
    )
}
"""Name of a change -> what it does. Whoever adds a row adds its word: `planner.did.NAME`."""


def done(design: Design, name: str, given: Mapping[str, Any]) -> tuple[Design, str]:
    """The design after a change, and what it was done to.

    Raises
    ------
    DashboardError
        For a change that there is not, or what it cannot be given.
    RadioError, FloorPlanError
        What the change itself refuses.
    """
    row = EDITS.get(name)
    if row is None:
        raise DashboardError(f"no change is called {name!r}; there are {', '.join(EDITS)}")
    try:
        after = row.do(design, **dict(given))
    except ValidationError as error:
        raise DashboardError(f"{name}: {first_error(error)}") from None
    return after, str(given.get(row.about, "")) if row.about else ""
