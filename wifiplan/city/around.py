"""Facilities among what lies around them: their building, their district, and whether they open in a disaster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from wifiplan.city import places
from wifiplan.city.layers import FOOTPRINT_M, FOOTPRINT_RATIO, GYM_RECTANGULARITY, HAZARD_POINT_M, Footprint, HazardZone, Layers
from wifiplan.city.listing import HAZARDS, Facility, same_name
from wifiplan.city.words import said
from wifiplan.errors import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEAR_LIMITS_M = 500.0
"""So far outside the limits a facility may stand and be the city's: limits are drawn through the middle of rivers (assumed)."""

M_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Whether a facility opens in a disaster: `open` None is unknown and taken as open; `why` is a code of `words.toml`."""

    open: bool | None
    why: str


def with_buildings(found: Sequence[Facility], footprints: Sequence[Footprint]) -> tuple[Facility, ...]:
    """Facilities with the sides and height of their hall, where a footprint is theirs.

    One is theirs where the layer names them, else where it stands within `FOOTPRINT_M`; of several the hall whose area is nearest
    to the list's, within `FOOTPRINT_RATIO`, and which fills the rectangle around it.
    """
    made = []
    for one in found:
        named = [foot for foot in footprints if _is_named(foot, one)]
        near = named or [
            foot
            for foot in footprints
            if not foot.facility and one.place_deg is not None and places.apart_m(foot.at_deg, one.place_deg) <= FOOTPRINT_M
        ]
        halls = [foot for foot in near if foot.rectangularity >= GYM_RECTANGULARITY and foot.is_gym is not False]
        fit = [foot for foot in halls if one.floor_m2 is None or _fits(foot, one.floor_m2)]
        if one.floor_m2 is None and not any(foot.is_gym for foot in fit):
            fit = []
        if not fit:
            made.append(one)
            continue
        hall = min(fit, key=lambda foot: abs(foot.area_m2 - (one.floor_m2 or foot.area_m2)))
        made.append(replace(one, length_m=hall.length_m, width_m=hall.width_m, height_m=hall.height_m))
    return tuple(made)


def _is_named(foot: Footprint, one: Facility) -> bool:
    if foot.facility:
        return same_name(foot.facility) == same_name(one.name) and (
            not foot.facility_id or not one.id or foot.facility_id == one.id
        )
    return bool(foot.facility_id) and foot.facility_id == one.id


def _fits(foot: Footprint, floor_m2: float) -> bool:
    return FOOTPRINT_RATIO[0] <= foot.area_m2 / floor_m2 <= FOOTPRINT_RATIO[1]


def with_drawings(found: Sequence[Facility], folder: Path) -> tuple[tuple[Facility, ...], tuple[str, ...]]:
    """Facilities with their drawing: a file whose name, without suffix, is their id or their name; files of nobody are said.

    Raises
    ------
    DesignError
        No such folder.
    """
    import floorplans

    if not folder.is_dir():
        raise DesignError(f"{folder}: no such folder; give one with drawings that are named as the facilities")
    drawings = {same_name(path.stem): path for path in sorted(folder.iterdir()) if path.suffix.lower() in floorplans.READERS}
    used: set[str] = set()
    made = []
    for one in found:
        key = next((key for key in (same_name(one.id), same_name(one.name)) if key and key in drawings), None)
        if key is not None:
            used.add(key)
        made.append(one if key is None else replace(one, drawing=str(drawings[key])))
    left = [drawings[key].name for key in drawings if key not in used]
    return tuple(made), (said("said.drawings-left", where=folder, names=", ".join(left[:5])),) if left else ()


def with_districts(found: Sequence[Facility], layers: Layers) -> tuple[Facility, ...]:
    """Facilities with a district: the list's own, else the one that they stand in, else that of the nearest homes."""
    made = []
    for one in found:
        if one.district or one.place_deg is None:
            made.append(one)
            continue
        point = Point(one.place_deg)
        name = next((name for name, shape in layers.districts if shape.covers(point)), "")
        if not name and layers.homes is not None and any(layers.homes.districts):
            at = min(range(len(layers.homes.people)), key=lambda row: _apart(layers, row, one.place_deg))
            name = layers.homes.districts[at]
        made.append(replace(one, district=name))
    return tuple(made)


def _apart(layers: Layers, row: int, place: tuple[float, float] | None) -> float:
    assert layers.homes is not None
    assert place is not None
    lon, lat = layers.homes.at_deg[row]
    return places.apart_m((float(lon), float(lat)), place)


def within_limits(found: Sequence[Facility], layers: Layers) -> tuple[tuple[Facility, ...], tuple[str, ...]]:
    """Facilities whose place is not far outside the city's limits; those outside have no place, and are said."""
    if layers.boundary is None:
        return tuple(found), ()
    wide = layers.boundary.buffer(NEAR_LIMITS_M / M_PER_DEGREE)
    made, heard = [], []
    for one in found:
        if one.place_deg is not None and not wide.covers(Point(one.place_deg)):
            heard.append(said("said.outside", where=said("said.row", source=one.source, row=one.row, name=one.name)))
            made.append(replace(one, longitude_deg=None, latitude_deg=None))
        else:
            made.append(one)
    return tuple(made), tuple(heard)


def openings(found: Sequence[Facility], hazard: str, zones: Sequence[HazardZone]) -> tuple[Opening, ...]:
    """Whether each opens in a disaster of this kind ("" for none in particular: all do).

    Closed is who is not designated for it by a list that has the column, and who stands in a zone of it. Where neither is known,
    it is taken as open, and said so.

    Raises
    ------
    DesignError
        An unknown kind.
    """
    if not hazard:
        return tuple(Opening(open=True, why="no-hazard") for _ in found)
    if hazard not in HAZARDS:
        raise DesignError(f"--hazard {hazard}: no such disaster; use one of {', '.join(HAZARDS)}")
    about = [zone for zone in zones if zone.hazard in {hazard, ""} and not zone.is_points]
    tree = shapely.STRtree([shape for zone in about for shape in zone.shapes])
    return tuple(_opening(one, hazard, tree, is_mapped=bool(about)) for one in found)


def _opening(one: Facility, hazard: str, tree: shapely.STRtree, *, is_mapped: bool) -> Opening:
    designated = one.hazards.get(hazard)
    if designated is False:
        return Opening(open=False, why="not-designated")
    if one.place_deg is not None and len(tree.query(Point(one.place_deg), predicate="intersects")):
        return Opening(open=False, why="in-zone")
    if designated:
        return Opening(open=True, why="designated")
    if is_mapped and one.place_deg is not None:
        return Opening(open=True, why="outside-zones")
    return Opening(open=None, why="hazard-unknown")


def marks(found: Sequence[Facility], zones: Sequence[HazardZone]) -> Mapping[int, str]:
    """Facility's number -> what earlier disasters are recorded beside it (points of a layer within `HAZARD_POINT_M`)."""
    noted: dict[int, str] = {}
    for zone in zones:
        if not zone.is_points:
            continue
        tree = shapely.STRtree(zone.shapes)
        for one in found:
            if one.place_deg is None:
                continue
            reach = HAZARD_POINT_M / M_PER_DEGREE / 0.8
            near = tree.query(Point(one.place_deg).buffer(reach))
            count = sum(places.apart_m(_middle(zone.shapes[at]), one.place_deg) <= HAZARD_POINT_M for at in near)
            if count:
                noted[one.number] = f"{zone.name}: {count}"
    return noted


def _middle(shape: BaseGeometry) -> tuple[float, float]:
    point = shape.representative_point()
    return point.x, point.y


def must_be(found: Sequence[Facility], wanted: Sequence[str]) -> frozenset[int]:
    """Numbers of the facilities that are named, by name, id or number.

    Raises
    ------
    DesignError
        A name that none has, or that several have.
    """
    numbers = set()
    for text in wanted:
        match = [
            one.number for one in found if same_name(text) in {same_name(one.name), same_name(one.id)} or text == str(one.number)
        ]
        if not match:
            part = [one.name for one in found if same_name(text) in same_name(one.name)][:3]
            hint = f"; there are {', '.join(part)}" if part else "; give a name, an id or a number of the list"
            raise DesignError(f"--must {text}: no such facility{hint}")
        exact = [one.number for one in found if one.name == text]
        if len(match) > 1 and len(exact) != 1:
            raise DesignError(
                f"--must {text}: {len(match)} facilities are called so; give the number of one: {', '.join(map(str, match))}"
            )
        numbers.add(exact[0] if len(match) > 1 else match[0])
    return frozenset(numbers)
