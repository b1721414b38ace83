"""The design of one facility, as a piece of work that any process of any machine can do: small in, plain JSON out."""

from __future__ import annotations

import hashlib
import json
import math
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wifiplan.city.levels import Figures, Level, designs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from floorplans.plan import FloorPlan
    from wifiplan.city.listing import Facility
    from wifiplan.model import Design
    from wifiplan.placement.ask import Ask

LENGTH_TO_WIDTH = 38.9 / 23.2
HEIGHT_M = 9.7
"""Medians of the gyms of Kashiwa's elementary schools, by PLATEAU footprints."""

USUAL_HEIGHT_M = (3.0, 30.0)
"""A footprint's height outside these is of its tower, or a mistake: the usual one is taken."""

FORMAT = 4
"""Of what is kept: a piece of work that an older program did is done again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One design to make, of a building that one facility has or several have alike.

    Its plan is a drawing, or a gym of these sides. `persons` are all people in it; None for the scenario's density.
    """

    length_m: float = 0.0
    width_m: float = 0.0
    height_m: float = HEIGHT_M
    drawing: str = ""
    scenario: str = "shelter-day1"
    persons: float | None = None
    usable_share: float = 1.0
    levels: tuple[Level, ...] = ("basic",)
    models: tuple[str, ...] = ()
    equipment: str = ""
    prices: str = ""
    max_seconds: float | None = None
    served_share: float = 0.95
    seed: int = 0

    @property
    def key(self) -> str:
        """What tells it from all others; equal tasks have equal designs."""
        content = asdict(self) | {"format": FORMAT, "drawing": _content_key(self.drawing)}
        return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=12).hexdigest()


def _content_key(drawing: str) -> str:
    """A drawing's name and content, so that a changed one is designed anew."""
    if not drawing:
        return ""
    path = Path(drawing)
    try:
        octets = path.read_bytes() if path.is_file() else b""
    except OSError:
        octets = b""
    return f"{path.name}:{hashlib.blake2b(octets, digest_size=12).hexdigest()}"


def gym_size_m(floor_m2: float) -> tuple[float, float]:
    """Length and width in m of a gym with this floor area, in the usual proportions."""
    width_m = math.sqrt(floor_m2 / LENGTH_TO_WIDTH)
    return round(width_m * LENGTH_TO_WIDTH, 1), round(width_m, 1)


def task_of(facility: Facility, base: Task, *, persons: float | None = None) -> Task | None:
    """The work for a facility, or None where its size is unknown: its drawing, else its footprint, else its area."""
    if facility.drawing:
        return replace(base, drawing=facility.drawing, persons=persons)
    if facility.length_m is not None and facility.width_m is not None:
        height_m = facility.height_m
        usual = height_m is None or not USUAL_HEIGHT_M[0] <= height_m <= USUAL_HEIGHT_M[1]
        return replace(
            base,
            length_m=facility.length_m,
            width_m=facility.width_m,
            height_m=HEIGHT_M if usual or height_m is None else height_m,
            persons=persons,
        )
    floor_m2 = facility.floor_m2
    if floor_m2 is None:
        return None
    length_m, width_m = gym_size_m(floor_m2)
    return replace(base, length_m=length_m, width_m=width_m, height_m=HEIGHT_M, persons=persons)


def plan_of(task: Task) -> FloorPlan:
    """The building of a task."""
    import floorplans

    if task.drawing:
        return floorplans.read(task.drawing)
    return floorplans.gym(task.length_m, task.width_m, task.height_m)


def designed(task: Task) -> dict[str, Any]:
    """Make the designs of a task.

    Returns
    -------
    dict
        `figures`: one for each level that was placed, as JSON; `designs`: level to design.json's content.

    Raises
    ------
    RadioError, FloorPlanError
        What its list or drawing says wrong.
    """
    import numba

    from wifiplan import equipment, model
    from wifiplan.capacity import demand
    from wifiplan.placement.place import place

    # Each process computes on one core: two that both spread over all cores would only wait for each other.
    numba.set_num_threads(1)
    floor_plan = plan_of(task)
    who = demand.find_scenario(task.scenario)
    people = demand.demands(floor_plan, who, persons=task.persons, usable_share=task.usable_share)
    known = equipment.models(Path(task.equipment) if task.equipment else None)
    models = tuple(equipment.find(name, known) for name in task.models)
    figures: list[dict[str, Any]] = []
    designs: dict[str, Any] = {}
    wanted = designs_of(task.levels)
    most_s = None if task.max_seconds is None else task.max_seconds / len(wanted) * max(1, len(models))
    for level in wanted:
        started_s = time.perf_counter()
        design = place(
            floor_plan,
            {who.name: people},
            _ask(task, models, level),
            assumptions=demand.assumptions(who),
            cancelled=None if most_s is None else _over(time.process_time() + most_s),
        )
        figures.append(asdict(figures_of(design, level, time.perf_counter() - started_s)))
        designs[level] = model.to_json(design)
    return {"figures": figures, "designs": designs}


def _over(deadline_s: float) -> Callable[[], bool]:
    """Whether this process has computed for so long: on a machine that is busy with others a facility gets no less."""
    return lambda: time.process_time() > deadline_s


def _ask(task: Task, models: tuple[Any, ...], level: Level) -> Ask:
    from wifiplan.model import Requirement
    from wifiplan.placement.ask import Ask
    from wifiplan.prices import price_list

    return Ask(
        requirement=Requirement(served_share=task.served_share),
        seed=task.seed,
        models=models,
        survives_one=level == "survives-one",
        prices=price_list(task.prices) if task.prices else None,
    )


def figures_of(design: Design, level: Level, seconds: float) -> Figures:
    """The figures of a design that was placed."""
    found = design.placement
    assert found is not None  # `place` always says it
    return Figures(
        level=level,
        people=sum(row.people for row in design.demands),
        access_points=found.access_points,
        switches=int(sum(row.count for row in found.bill if row.item == "switch")),
        cost_yen=found.cost_yen,
        five_year_yen=found.five_year_yen or found.cost_yen,
        served_share=found.served_share,
        gap_share=found.gap_share,
        stopped_early=found.cancelled,
        model=found.model,
        seconds=round(seconds, 1),
        stopped_by=found.stopped_by,
        models_tried=tuple(asdict(one) for one in found.models_tried),
    )


def named(design: Design, name: str) -> Design:
    """The same design for a facility of another name; its answers stay true, since nothing is computed from a name."""
    from wifiplan import model

    renamed = replace(design, floor_plan=replace(design.floor_plan, name=name))
    hashes = model.inputs_hash(renamed, network=False), model.inputs_hash(renamed)
    if renamed.placement is not None:
        renamed = replace(renamed, placement=replace(renamed.placement, computed_from=hashes[0]))
    if renamed.capacity is not None:
        renamed = replace(renamed, capacity=replace(renamed.capacity, computed_from=hashes[1]))
    return renamed


def groups(wanted: Iterable[tuple[Facility, Task | None]]) -> dict[str, tuple[Task, list[int]]]:
    """Equal tasks once: key to the task and the numbers of its facilities, in the order of the list."""
    found: dict[str, tuple[Task, list[int]]] = {}
    for facility, task in wanted:
        if task is not None:
            found.setdefault(task.key, (task, []))[1].append(facility.number)
    return found


def read_figures(rows: Sequence[dict[str, Any]]) -> tuple[Figures, ...]:
    """Figures as `designed` gave them."""
    return tuple(Figures(**{**row, "models_tried": tuple(row.get("models_tried", ()))}) for row in rows)
