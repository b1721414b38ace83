"""What was read of a drawing, as a picture: walls by material, doors, windows, rooms with their names, a scale in metres."""

from __future__ import annotations

import io
import math
from importlib.resources import files
from typing import Any

from floorplans.plan import FloorPlan, Wall

_COLOURS = {
    "concrete": "#333333",
    "brick": "#8a3b12",
    "partition": "#5b7db1",
    "wood": "#a67c38",
    "metal": "#7a1fa2",
    "glass": "#1aa3b8",
}
_OTHER = "#c2185b"


def png(plan: FloorPlan, *, width_in: float = 11.0) -> bytes:
    """A PNG of all levels, one under the other, north up; doubtful walls are dotted."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    x0, y0, x1, y1 = plan.extent_m
    share = (y1 - y0 + 2) / max(x1 - x0 + 2, 1.0)
    height_in = min(40.0, max(3.0, width_in * share * len(plan.levels)))
    letters = FontProperties(fname=str(files("noto_cjk_sans_jp_regular") / "NotoSansCJKjp-Regular.otf"), size=8)
    with mpl.rc_context({"font.size": 8}):
        figure = Figure(figsize=(width_in, height_in), layout="constrained")
        FigureCanvasAgg(figure)
        for number, level in enumerate(plan.levels):
            axes: Any = figure.add_subplot(len(plan.levels), 1, number + 1)
            axes.set_aspect("equal")
            axes.set_title(f"{level.name}: {plan.name}", fontproperties=letters)
            axes.fill(*zip(*level.outline_m, strict=True), color="#f4f1ea", zorder=0)
            for zone in plan.zones:
                if zone.level == number:
                    xs, ys = zip(*zone.polygon_m, strict=True)
                    axes.plot([*xs, xs[0]], [*ys, ys[0]], color="#9aa", linewidth=0.5, zorder=1)
                    axes.text(
                        sum(xs) / len(xs),
                        sum(ys) / len(ys),
                        zone.name,
                        fontproperties=letters,
                        ha="center",
                        va="center",
                        zorder=4,
                    )
            for wall in plan.walls:
                if wall.z0_m < level.ceiling_m - 0.05 and wall.z1_m > level.floor_m + 0.05:
                    _draw(axes, wall)
            axes.set_xlabel("m")
        sink = io.BytesIO()
        figure.savefig(sink, format="png", dpi=110)
    return sink.getvalue()


def _draw(axes: Any, wall: Wall) -> None:
    (ax, ay), (bx, by) = wall.start_m, wall.end_m
    doubtful = wall.confidence is not None and wall.confidence < 0.6
    axes.plot(
        [ax, bx],
        [ay, by],
        color=_COLOURS.get(wall.material, _OTHER),
        linewidth=1.2 + 8 * (wall.thickness_m or 0.05),
        linestyle=":" if doubtful else "-",
        solid_capstyle="butt",
        zorder=2,
    )
    length = math.dist(wall.start_m, wall.end_m)
    for hole in wall.openings:
        u, v = hole.u0_m / length, hole.u1_m / length
        colour = "white" if hole.material is None else _COLOURS.get(hole.material, _OTHER)
        xs, ys = [ax + (bx - ax) * u, ax + (bx - ax) * v], [ay + (by - ay) * u, ay + (by - ay) * v]
        axes.plot(xs, ys, color="white", linewidth=4, solid_capstyle="butt", zorder=3)
        axes.plot(xs, ys, color=colour, linewidth=1.4, solid_capstyle="butt", zorder=3)
