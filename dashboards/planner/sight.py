"""What a window is sent of a project: everything that is drawn or may be chosen, as plain JSON."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from dashboards.planner import wishes
from dashboards.planner.sentences import sentence
from wifiplan import equipment
from wifiplan.airtime import wifi
from wifiplan.model import stale
from wifiplan.placement import edit
from wifiplan.placement.cables import cable_routes_m, default_switch_m
from wifiplan.report import tables

if TYPE_CHECKING:
    from dashboards.planner.project import Project
    from floorplans.plan import FloorPlan, Wall
    from wifiplan.answer import Reason
    from wifiplan.model import AccessPoint, Design
    from wifiplan.report.catalogue import Lang

CUT_M = 1.2
"""Above its floor at which a storey is cut for its drawing, so that doors are gaps."""


def view_of(project: Project, lang: Lang = "en") -> dict[str, Any]:
    """The project as a window draws it, its sentences in a language; all lengths in metres."""
    design = project.document.design
    plan, old = design.floor_plan, stale(design)
    placed = None if old else design.placement
    reasons = {} if placed is None else {one.ap: one for one in placed.reasons}
    step = project.steps[project.at]
    following = project.steps[project.at + 1] if project.can_redo else None
    return {
        "name": project.name,
        "revision": project.revision,
        "undo": [step.did, step.about] if project.can_undo else None,
        "redo": [following.did, following.about] if following else None,
        "levels": [
            {
                "name": level.name,
                "outline": [list(corner) for corner in level.outline_m],
                "height_m": round(level.height_m, 3),
                "walls": [
                    _wall(wall, level.floor_m + CUT_M) for wall in plan.walls if wall.z0_m <= level.floor_m + CUT_M < wall.z1_m
                ],
            }
            for level in plan.levels
        ],
        "zones": [
            {"name": zone.name, "kind": zone.kind, "level": zone.level, "polygon": [list(corner) for corner in zone.polygon_m]}
            for zone in plan.zones
        ],
        "access_points": [_access_point(ap, reasons.get(ap.name), lang) for ap in design.access_points],
        "required_dbm": design.requirement.min_rssi_dbm,
        "warnings": [sentence(one, lang) for one in edit.warnings_of(design, keep_out_m=wishes.keep_outs_m(design))],
        "stale": list(old),
        "checked": design.capacity is not None and "capacity" not in old,
        "switch": list(default_switch_m(plan)),
        "cables": _cables(design),
    }


def _wall(wall: Wall, cut_m: float) -> dict[str, Any]:
    holes = [hole for hole in wall.openings if hole.z0_m <= cut_m < hole.z1_m]
    found: dict[str, Any] = {"ends": [*wall.start_m, *wall.end_m], "material": wall.material}
    if holes:
        found["openings"] = [
            [hole.u0_m, hole.u1_m, hole.kind or ("window" if hole.material == "glass" else "door")] for hole in holes
        ]
    return found


def _access_point(ap: AccessPoint, reason: Reason | None, lang: Lang) -> dict[str, Any]:
    return {
        "name": ap.name,
        "x_m": ap.x_m,
        "y_m": ap.y_m,
        "height_m": ap.height_m,
        "level": ap.level,
        "antenna": ap.antenna,
        "azimuth_deg": ap.azimuth_deg,
        "tilt_deg": ap.tilt_deg,
        "model": ap.model or "",
        "lock": ap.lock,
        "why": "" if reason is None else tables.why(ap, reason, lang),
        "radios": [
            {"band": one.band, "channel": one.channel, "width_mhz": one.width_mhz, "tx_power_dbm": one.tx_power_dbm}
            for one in ap.radios
        ],
    }


def _cables(design: Design) -> list[dict[str, Any]]:
    """The way of each cable from the switch, by storey; none where walls are so many that it would take long."""
    plan = design.floor_plan
    if len(plan.walls) > 1500:
        return []
    found = []
    for level in range(len(plan.levels)):
        points = [ap for ap in design.access_points if ap.level == level]
        routes = _routes(plan, level, tuple((ap.x_m, ap.y_m) for ap in points))
        found += [{"level": level, "ap": ap.name, "line": line} for ap, line in zip(points, routes, strict=True)]
    return found


_routes_known: dict[tuple[object, ...], tuple[FloorPlan, list[list[list[float]]]]] = {}


def _routes(plan: FloorPlan, level: int, places: tuple[tuple[float, float], ...]) -> list[list[list[float]]]:
    key = (id(plan), level, places)
    if key not in _routes_known:
        lines = cable_routes_m(plan, list(places), default_switch_m(plan), level=level) if places else []
        if len(_routes_known) > 64:
            _routes_known.clear()
        _routes_known[key] = (plan, [[[round(float(x), 2), round(float(y), 2)] for x, y in line.coords] for line in lines])
    return _routes_known[key][1]


@functools.cache
def choices() -> dict[str, Any]:
    """What may be chosen: materials, models, channels of each band and width, antennas, kinds of zones."""
    from floorplans.plan import ZONE_KINDS
    from wifiplan.placement.spot import ANTENNA_GAIN_DBI
    from wifiplan.radio.materials import materials

    return {
        "materials": list(materials()),
        "models": list(equipment.models()),
        "antennas": list(ANTENNA_GAIN_DBI),
        "zone_kinds": list(ZONE_KINDS),
        "channels": {
            band: {
                str(width): list(found) for width in wifi.WIDTHS_MHZ["ax"] if (found := wifi.channels(band, width, country="JP"))
            }
            for band in ("2.4", "5", "6")
        },
    }
