"""A city's plan up to its designs: the order of the steps, and nothing else's work. `outcome` makes of it what it comes to."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from floorplans.plan import write_whole
from wifiplan.capacity import demand
from wifiplan.city import around, batch, people
from wifiplan.city.design import Task, designed, groups, named, read_figures, task_of
from wifiplan.city.headings import read_columns
from wifiplan.city.layers import Layers, layer_kind, outline, read_layers
from wifiplan.city.levels import BATTERY_HOURS, Figures, Level, designs_of
from wifiplan.city.listing import Facility, Skipped, read_lists, with_usual_sizes
from wifiplan.city.people import Assignment, Rooms
from wifiplan.city.words import said
from wifiplan.errors import DesignError

PeopleRule = Literal["scenario", "guideline", "before", "published", "assigned"]
PEOPLE_RULES: tuple[PeopleRule, ...] = ("scenario", "guideline", "before", "published", "assigned")
"""How many people a network is planned for: the scenario's density, as `place` and `capacity` have it; 3.5 or 2 m2 of the usable
floor a person; the capacity that the city publishes; or who is assigned here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a city's plan; the fields are `wifiplan city`'s options."""

    lists: tuple[Path, ...]
    layers: tuple[str, ...] = ()
    columns: Path | None = None
    crs: str | None = None
    kinds: tuple[str, ...] = ()
    drawings: Path | None = None
    assume_sizes: bool = False
    limit: int | None = None
    scenario: str = "shelter-day1"
    people_rule: PeopleRule = "scenario"
    usable_share: float | None = None
    sheltered_share: float = people.SHELTERED_SHARE
    hazard: str = ""
    levels: tuple[Level, ...] = ("basic",)
    battery_hours: float = BATTERY_HOURS
    models: tuple[str, ...] = ()
    equipment: Path | None = None
    prices: Path | None = None
    max_seconds: float | None = None
    served_share: float = 0.95
    seed: int = 0
    budget_yen: float | None = None
    years: int = 1
    must: tuple[str, ...] = ()
    district_floor: int = 0

    @property
    def task(self) -> Task:
        """What all its designs have in common."""
        return Task(
            scenario=self.scenario,
            usable_share=self.usable_share or 1.0,
            levels=designs_of(self.levels),
            models=self.models,
            equipment="" if self.equipment is None else str(self.equipment.resolve()),
            prices="" if self.prices is None else str(self.prices.resolve()),
            max_seconds=self.max_seconds,
            served_share=self.served_share,
            seed=self.seed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """What is known before anything is designed: (n,) facilities with whether they open, their room, and who goes there.

    `outline` are rings of the city's limits for a map, (longitude, latitude).
    """

    facilities: tuple[Facility, ...]
    openings: tuple[around.Opening, ...]
    rooms: tuple[Rooms, ...]
    assignment: Assignment | None
    marks: Mapping[int, str]
    outline: tuple[tuple[tuple[float, float], ...], ...] = ()
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What became of a facility's design: figures of each level, or why there is none."""

    figures: tuple[Figures, ...] = ()
    design: str | None = None
    error: str | None = None


def city_of(wish: Wish) -> City:
    """The facilities of the lists among their layers: which open, how many they take, and who goes there.

    A file beside the lists that is a layer by its columns is taken as one.

    Raises
    ------
    DesignError
        What is wrong with a list, a layer or an option, in one line.
    """
    demand.find_scenario(wish.scenario)
    lists, layers = list(wish.lists[:1]), list(wish.layers)
    for path in wish.lists[1:]:
        if layer_kind(path) is None:
            lists.append(path)
        else:
            layers.append(str(path))
    columns = read_columns(wish.columns) if wish.columns is not None else None
    listing = read_lists(lists, columns=columns, crs=wish.crs, kinds=wish.kinds)
    around_it = read_layers(layers, wish.crs) if layers else Layers()
    found, outside = around.within_limits(listing.facilities[: wish.limit], around_it)
    found = around.with_districts(around.with_buildings(found, around_it.footprints), around_it)
    warnings = [*listing.warnings, *around_it.warnings, *outside]
    if wish.drawings is not None:
        found, nobodys = around.with_drawings(found, wish.drawings)
        warnings += nobodys
    if wish.assume_sizes:
        found = with_usual_sizes(found)
    # A name that is nobody's is said before an hour of designs, not after.
    around.must_be(found, wish.must)
    openings = around.openings(found, wish.hazard, around_it.hazards)
    unknown = sum(one.open is None for one in openings)
    if unknown:
        warnings.append(said("said.hazard-unknown", hazard=wish.hazard, count=unknown))
    rooms = tuple(people.rooms(one, usable_share=wish.usable_share or demand.KASHIWA_USABLE_SHARE) for one in found)
    assignment = None
    if around_it.homes is not None and found:
        room = np.array([_room(one, opening) for one, opening in zip(rooms, openings, strict=True)])
        assignment = people.assigned(around_it.homes, people.shelters_deg(found), room, sheltered_share=wish.sheltered_share)
        warnings += _of_assignment(assignment, wish)
    elif wish.people_rule == "assigned":
        raise DesignError("--people assigned: needs to know where people live; give a population layer (--layers)")
    return City(
        facilities=found,
        openings=openings,
        rooms=rooms,
        assignment=assignment,
        marks=around.marks(found, around_it.hazards),
        outline=outline(around_it),
        skipped=listing.skipped,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _room(rooms: Rooms, opening: around.Opening) -> float:
    return 0.0 if opening.open is False else float(rooms.most or 0)


def _of_assignment(found: Assignment, wish: Wish) -> list[str]:
    heard: list[str] = [said("said.detour", detour=f"{people.DETOUR:g}")]
    if wish.sheltered_share == people.SHELTERED_SHARE:
        heard.append(said("said.sheltered", share=f"{wish.sheltered_share:.0%}"))
    if found.left >= 1:
        counts = {"left": f"{found.left:,.0f}", "total": f"{found.total:,.0f}"}
        heard.append(said("said.no-room", **counts, km=f"{people.FAR_M / 1000:.0f}"))
    if found.nearest_only is not None:
        heard.append(said("said.nearest-only", count=found.nearest_only))
    return heard


def persons_for(wish: Wish, city: City, at: int) -> float | None:
    """How many people a facility's network is planned for by the rule; None leaves it to the scenario's density."""
    rooms = city.rooms[at]
    if wish.people_rule == "scenario":
        return None
    if wish.people_rule == "assigned":
        assert city.assignment is not None
        return float(round(city.assignment.people[at]))
    count = {"guideline": rooms.at_3_5_m2, "before": rooms.at_2_m2, "published": rooms.published}[wish.people_rule]
    return None if count is None else float(count)


def design_all(
    city: City,
    wish: Wish,
    folder: Path,
    *,
    jobs: int | None = None,
    dask: str | None = None,
    work: Callable[[Task], dict[str, Any]] = designed,
    progress: Callable[[Facility, Made, int, int], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[int, Made]:
    """Make a design for each facility, in `folder`/designs; equal ones once, and those that are there already are kept.

    Parameters
    ----------
    folder : Path
        Gets `designs/NNNN-name.json` as they are made, and `done.jsonl`, by which a city that was stopped goes on.
    jobs, dask
        See `batch.run`.
    work : callable
        What makes the designs of a task.
    progress : callable, optional
        Told each facility as it is done, what became of it, how many are done, and how many there are.

    Returns
    -------
    dict
        Facility's number to what became of it; those left when cancelled say so.
    """
    (folder / "designs").mkdir(parents=True, exist_ok=True)
    journal = batch.Journal(folder / "done.jsonl")
    by_number = {one.number: one for one in city.facilities}
    made: dict[int, Made] = {}

    def tell(number: int, what: Made) -> None:
        made[number] = what
        if progress is not None:
            progress(by_number[number], what, len(made), len(by_number))

    tasks: list[tuple[Facility, Task | None]] = []
    for at, one in enumerate(city.facilities):
        persons = persons_for(wish, city, at)
        if wish.people_rule != "scenario" and not persons:
            tell(one.number, Made(error=said("said.nobody-by-rule", rule=wish.people_rule)))
            continue
        tasks.append((one, task := task_of(one, wish.task, persons=persons)))
        if task is None:
            tell(one.number, Made(error=said("said.no-size")))
    wanted = groups(tasks)

    def kept(key: str, numbers: Sequence[int], row: Mapping[str, Any]) -> None:
        for number in numbers:
            if row.get("error"):
                tell(number, Made(error=str(row["error"])))
            else:
                name = f"{by_number[number].stem}.json" if row["designs"] else None
                tell(number, Made(figures=read_figures(row["figures"]), design=name))
        del key

    def done(outcome: batch.Outcome) -> None:
        task, numbers = wanted[outcome.key]
        del task
        error, designs = outcome.error, (outcome.result or {}).get("designs", {})
        if error is None:
            _write(folder / "designs", [by_number[number] for number in numbers], designs)
        row = {
            "key": outcome.key,
            "error": error,
            "figures": (outcome.result or {}).get("figures", []),
            "designs": sorted(designs),
        }
        if error is None:
            journal.add(row)
        kept(outcome.key, numbers, row)

    left: dict[str, Task] = {}
    for key, (task, numbers) in wanted.items():
        row = journal.lines.get(key)
        if row is not None and (
            not row["designs"] or all(_is_there(folder, by_number[number], row["designs"]) for number in numbers)
        ):
            kept(key, numbers, row)
        else:
            left[key] = task
    batch.run(left, work, done, jobs=jobs, dask=dask, cancelled=cancelled)
    for one in city.facilities:
        if one.number not in made:
            tell(one.number, Made(error=said("said.not-planned")))
    return made


def _file(folder: Path, facility: Facility, level: str) -> Path:
    return folder / f"{facility.stem}{'' if level == 'basic' else '.' + level}.json"


def _is_there(folder: Path, facility: Facility, levels: Sequence[str]) -> bool:
    return all(_file(folder / "designs", facility, level).exists() for level in levels)


def _write(folder: Path, facilities: Sequence[Facility], designs: Mapping[str, Any]) -> None:
    """The designs of equal facilities, each under its name."""
    from wifiplan import model

    for level, content in designs.items():
        first = _file(folder, facilities[0], level)
        write_whole(first, json.dumps(content, ensure_ascii=False))
        design = model.load(first)
        for one in facilities:
            model.save(named(design, one.name), _file(folder, one, level))
