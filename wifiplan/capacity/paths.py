"""The path gains of a design with the people of its demands in the way: crowds path by path, or one figure for all paths.

Where nothing else is said, each path loses what the people around its end take from it by the angle at which it comes down
(`wifiplan.radio.body_loss`, modelled, not measured), and the scenario's partitions. A design that says its own figure
(`Design.obstruction_db`) loses that on every path instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wifiplan.capacity import demand
from wifiplan.radio.crowd import Around, around
from wifiplan.radio.gains import GainMemory

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from floorplans.plan import FloorPlan
    from wifiplan.capacity.demand import Scenario
    from wifiplan.model import Demand, Design

DEFAULT_REFLECTIONS = 2


def people_of(floor_plan: FloorPlan, demands: Iterable[Demand]) -> Around:
    """Who stands where by these demands; one for a zone that the plan has not is nobody here, and refused elsewhere."""
    zones = {zone.name: zone for zone in (*demand.places(floor_plan), *floor_plan.zones)}
    return around(floor_plan, ((zones[row.zone], row.people, row.client_height_m) for row in demands if row.zone in zones))


def gains_of(design: Design, *, demands: Sequence[Demand] | None = None, scenario: Scenario | None = None) -> GainMemory:
    """The path gains of a design, traced once for each access point and place.

    Parameters
    ----------
    demands : sequence of Demand, optional
        The people in the way instead of the design's own.
    scenario : Scenario, optional
        Whose partitions are in the way, instead of those of the design's own scenario.
    """
    reflections = DEFAULT_REFLECTIONS if design.reflections is None else design.reflections
    if design.obstruction_db is not None:
        return GainMemory(reflections=reflections, obstruction_db=design.obstruction_db)
    return GainMemory(
        reflections=reflections,
        obstruction_db=partitions_db(design, scenario),
        people=people_of(design.floor_plan, design.demands if demands is None else demands),
    )


def partitions_db(design: Design, scenario: Scenario | None = None) -> float:
    """What partitions cost every path that ends at a person, by the scenario given or the design's own; 0 where none is known."""
    own = scenario or demand.of_design(design)
    return 0.0 if own is None else own.partitions_db.value
