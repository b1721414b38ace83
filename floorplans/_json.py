"""Our own JSON: what `save` wrote, or a person did by hand."""

from __future__ import annotations

from pathlib import Path

from floorplans import plan
from floorplans._file import read_json
from floorplans.plan import FloorPlan


def read(path: Path) -> FloorPlan:
    """The plan in the file, equal to the one that was saved."""
    return plan.from_json(read_json(path), where=str(path))
