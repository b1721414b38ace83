"""What walls are made of: the names that all of the house knows, and which of them a building model's layers of a wall mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from floorplans import layers as words
from floorplans.errors import FloorPlanError

KNOWN = (
    "concrete", "brick", "plasterboard", "wood", "glass", "ceiling_board", "chipboard", "plywood", "marble", "metal", "partition",
    "partition_double", "double_glass", "rc_150", "rc_180", "rc_200", "alc", "lgs_plasterboard", "wooden_panel", "wired_glass",
    "steel_door", "folding_partition", "roof_deck", "curtain", "air",
)  # fmt: skip
"""Those of which the radio map knows what they take from a signal."""

_HEAVY_M = 0.05
"""A layer of concrete or brick as thick as this is what the wall is made of."""


def must_be_known(material: str, *, what: str) -> None:
    """Raise `FloorPlanError` for a material that nobody could compute with; `what` names who asks."""
    if material not in KNOWN:
        raise FloorPlanError(f"{what}: no material {material!r}; one of {', '.join(sorted(KNOWN))}")


def named(text: str) -> str:
    """Our name of a material that somebody wrote: 鉄筋コンクリート is concrete, 石膏ボード a partition; what no word fits stays.

    >>> named("鉄筋コンクリート"), named("rc_150"), named("granite")
    ('concrete', 'rc_150', 'granite')
    """
    if text in KNOWN:
        return text
    role = words.of().role(text)
    found = role.material if role is not None and role.role in ("wall", "window", "door") else None
    return found if found in KNOWN else text


def material_of_layers(layers: Sequence[Sequence[object]], name: str) -> tuple[str, str]:
    """Our material for a wall of these layers (name, metres or None), and the word that is not known (then concrete is taken).

    A heavy layer is what the wall is made of; boards on studs are a partition; without layers the wall's own name is asked.
    """
    known: list[tuple[str, float]] = []
    unknown = ""
    for layer in layers:
        found = words.of().material(str(layer[0] or ""))
        if found is None:
            unknown = unknown or str(layer[0] or "")
            continue
        thickness = layer[1] if len(layer) > 1 and isinstance(layer[1], int | float) else None
        known.append((found, 0.1 if thickness is None else float(thickness)))
    heavy = [(thickness, what) for what, thickness in known if what in ("concrete", "brick", "alc") and thickness >= _HEAVY_M]
    if heavy:
        return max(heavy)[1], ""
    kinds = {what for what, _ in known}
    if "plasterboard" in kinds or "stud" in kinds:
        boards = sum(what == "plasterboard" for what, _ in known)
        return ("partition_double" if boards > 2 else "partition"), ""
    light = [(thickness, what) for what, thickness in known if what]
    if light:
        return max(light)[1], ""
    said = words.of().material(name)
    if said == "stud":
        return "partition", ""
    if said:
        return ("partition" if said == "plasterboard" else said), ""
    lower = unicodedata.normalize("NFKC", name).lower()
    if any(word in lower for word in ("partition", "interior", "innen", "間仕切", "内壁", "cloison")):
        return "partition", ""
    return "concrete", unknown or (name if not layers else "")
