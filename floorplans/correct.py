"""Corrections as they are typed: `0,0,5,0=4.5` or `layer=家具`, carried out by the functions of `floorplans.edit`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from floorplans import edit
from floorplans.errors import FloorPlanError
from floorplans.materials import named
from floorplans.plan import FloorPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be corrected, each in the form that `wifiplan floorplan-edit --help` shows."""

    scale: str | None = None
    stack: Sequence[str] = ()
    drop: Sequence[str] = ()
    retype: Sequence[str] = ()
    wall: Sequence[str] = ()
    split: Sequence[str] = ()
    name: Sequence[str] = ()
    level: int = 0


def corrected(plan: FloorPlan, asked: Asked) -> FloorPlan:
    """The plan with every correction made, in the order of the fields of `Asked`; `FloorPlanError` names the one that fails."""
    if asked.scale is not None:
        points, sign, length = asked.scale.rpartition("=")
        if not sign:
            raise FloorPlanError(f"--scale {asked.scale}: give x1,y1,x2,y2=M, two points that are M metres apart")
        x0, y0, x1, y1 = edit.numbers(points, 4, what=f"--scale {asked.scale}")
        (length_m,) = edit.numbers(length, 1, what=f"--scale {asked.scale}")
        plan = edit.rescaled(plan, (x0, y0), (x1, y1), length_m)
    if asked.stack:
        areas = [tuple(edit.numbers(text, 4, what=f"--stack {text}")) for one in asked.stack for text in one.split(";")]
        plan = edit.stacked(plan, [(a[0], a[1], a[2], a[3]) for a in areas])
    for text in asked.drop:
        plan = edit.without(plan, edit.selection(text))
    for text in asked.retype:
        plan = _retyped(plan, text)
    for text in asked.wall:
        points, *rest = text.split(":")
        x0, y0, x1, y1 = edit.numbers(points, 4, what=f"--wall {text}")
        thick = edit.numbers(rest[1], 1, what=f"--wall {text}")[0] if len(rest) > 1 else None
        if thick is not None and not 0.005 <= thick <= 2.0:
            raise FloorPlanError(f"--wall {text}: {thick:g} m is no thickness of a wall")
        plan = edit.with_wall(
            plan, (x0, y0), (x1, y1), named(rest[0]) if rest else "partition", thickness_m=thick, level=asked.level
        )
    for text in asked.split:
        room, _, rest_text = text.partition("=")
        points, *names = rest_text.split(":")
        x0, y0, x1, y1 = edit.numbers(points, 4, what=f"--split {text}")
        plan = edit.split(plan, room, (x0, y0), (x1, y1), names[:2])
    for text in asked.name:
        room, sign, new = text.partition("=")
        if not sign or not new:
            raise FloorPlanError(f"--name {text}: give ROOM=NAME or ROOM=NAME:KIND")
        name, _, kind = new.partition(":")
        plan = edit.renamed(plan, room, name, kind or None)
    return plan


def _retyped(plan: FloorPlan, text: str) -> FloorPlan:
    meant, sign, material = text.rpartition("=")
    if not sign or not meant or not material:
        raise FloorPlanError(f"--retype {text}: give LAYER=MATERIAL, such as 間仕切=partition")
    given = meant if meant.partition("=")[0] in ("layer", "kind", "area", "confidence") and "=" in meant else f"layer={meant}"
    return edit.retyped(plan, edit.selection(given), named(material))
