"""What a drawn file holds before anybody says what it means: lines, arcs, fills and texts with their layers.

The readers of drawn formats (DXF, JWW, SVG, PDF, pictures) give a `Drawing` in units of the drawing, y up; `floorplans.building`
makes a `FloorPlan` of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import shapely
from shapely.geometry import Polygon

Point = tuple[float, float]

MAX_LINES = 200_000
"""In one drawing. A floor plan of a large school with its furniture has 50,000."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight stroke. `pen` is its colour or width as the file has it; `faint` is dashed, dotted or a construction line.

    `width` is how thick it is drawn, in units of the drawing; 0 where the file does not say.
    """

    start: Point
    end: Point
    layer: str = ""
    pen: str = ""
    faint: bool = False
    width: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A part of a circle, anticlockwise from `start_deg` to `end_deg` (above it); a whole circle is 360° long."""

    centre: Point
    radius: float
    start_deg: float
    end_deg: float
    layer: str = ""

    @property
    def sweep_deg(self) -> float:
        """How far it turns."""
        return self.end_deg - self.start_deg


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """A polygon filled with ink, by its outer ring, and what is left white within it."""

    ring: tuple[Point, ...]
    layer: str = ""
    holes: tuple[tuple[Point, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text where its reader sees it: `at` is the middle of its first line, or its beginning where no width is known."""

    text: str
    at: Point
    height: float = 0.0
    turn_deg: float = 0.0
    layer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A dimension that the file itself marks as one: the length drawn, and the text that says what it means."""

    drawn: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What the file says of its unit: `metres_per_unit`, in whose words, and whether it can be relied on without a check."""

    metres_per_unit: float
    says: str
    certain: bool = False


@dataclass(slots=True, kw_only=True)
class Drawing:
    """All that was read of one drawn file.

    `paper_m_per_unit` is the length of a unit on the sheet, where the format has a sheet (PDF, SVG, Jw_cad); `None` elsewhere.
    `sheet_long_m` is the longer side of the sheet, where that is known.
    `left_out` counts what was not read, by kind and layer. `filled_walls`: the walls are the fills, lines are something else.
    """

    file: str
    reader: str
    lines: list[Line] = field(default_factory=list)
    arcs: list[Arc] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    dimensions: list[Dimension] = field(default_factory=list)
    unit: Unit | None = None
    unit_name: str = "unit"
    paper_m_per_unit: float | None = None
    sheet_long_m: float | None = None
    left_out: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    from_picture: bool = False
    line_width: float = 0.0

    def layers(self) -> Counter[str]:
        """How many lines, arcs and fills each layer has."""
        counted = Counter(line.layer for line in self.lines)
        counted.update(arc.layer for arc in self.arcs)
        counted.update(fill.layer for fill in self.fills)
        return counted

    def leave_out(self, what: str, number: int = 1) -> None:
        """Count something that is in the file and not in the drawing."""
        self.left_out[what] = self.left_out.get(what, 0) + number


def fills(rings: Sequence[Sequence[Point]], layer: str = "") -> list[Fill]:
    """What one shape of several rings fills: a ring within an odd number of others is left white, as programs draw walls."""
    if len(rings) < 2:
        return [Fill(ring=tuple(ring), layer=layer) for ring in rings]
    shapes = [shape if shape.is_valid else shape.buffer(0) for shape in map(Polygon, rings)]
    areas = [float(shape.area) for shape in shapes]
    inside, around = shapely.STRtree(shapes).query([shape.representative_point() for shape in shapes], predicate="within")
    outer: list[list[int]] = [[] for _ in shapes]
    for one, other in zip(inside.tolist(), around.tolist(), strict=True):
        if one != other and areas[other] > areas[one]:
            outer[one].append(other)
    holes: dict[int, list[tuple[Point, ...]]] = {}
    for one, others in enumerate(outer):
        if len(others) % 2:
            holes.setdefault(min(others, key=lambda other: areas[other]), []).append(tuple(rings[one]))
    return [
        Fill(ring=tuple(ring), layer=layer, holes=tuple(holes.get(one, ())))
        for one, ring in enumerate(rings)
        if len(outer[one]) % 2 == 0
    ]
