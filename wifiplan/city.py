"""A whole city: one design for each facility of an open-data list, what they cost, and which come first within a budget.

A list gives a name and a floor area, seldom a drawing. Each facility is taken as a gym of that area (`floorplans.gym`) in the
proportions of Kashiwa's elementary schools; its true plan, where there is one, gives a truer design.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wifiplan.errors import DesignError, RadioError
from wifiplan.files import read_json, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

NAMES = ("name", "名称", "施設・場所名", "施設名", "施設名称", "避難所名", "P20_002")
AREAS_M2 = ("shelter_area_m2", "area_m2", "屋内面積", "避難所面積", "面積", "面積(㎡)", "面積（㎡）", "延床面積", "P20_006")
PERSONS = ("persons", "想定収容人数", "収容人数", "収容可能人数", "P20_005")
"""Column names of Kashiwa's shelter list, the standard open-data sets of Japan's Digital Agency, GSI and MLIT P20."""

LENGTH_TO_WIDTH = 38.9 / 23.2
HEIGHT_M = 9.7
"""Medians of the gyms of Kashiwa's elementary schools, by PLATEAU footprints."""

M2_PER_PERSON = 2.0
FREE_SHARE = 0.30
"""Kashiwa's published capacities are floor(area * 0.70 / 2): a list with persons alone is turned into an area by this rule."""

MAX_BYTES = 64 << 20
MAX_FACILITIES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """One row of the list; `area_m2` and `persons` are None where the list does not say them."""

    number: int
    name: str
    area_m2: float | None = None
    persons: float | None = None
    longitude_deg: float | None = None
    latitude_deg: float | None = None

    @property
    def floor_m2(self) -> float | None:
        """Floor area to plan for: the list's, else that of its persons by the 70 % rule."""
        if self.area_m2 is not None:
            return self.area_m2
        return None if self.persons is None else self.persons * M2_PER_PERSON / (1.0 - FREE_SHARE)

    @property
    def stem(self) -> str:
        """Name of its files: number and name, safe in every file system."""
        safe = re.sub(r"[^\w.-]+", "_", self.name).strip("._") or "facility"
        return f"{self.number:04d}-{safe[:60]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of a facility. Without a design every figure is None and `error` says why: unknown is not 0."""

    number: int
    name: str
    floor_m2: float | None = None
    people: float | None = None
    access_points: int | None = None
    cost_yen: float | None = None
    served_share: float | None = None
    gap_share: float | None = None
    yen_per_person: float | None = None
    rank: int | None = None
    within_budget: bool | None = None
    stopped_early: bool | None = None
    seconds: float | None = None
    design: str | None = None
    error: str | None = None
    longitude_deg: float | None = None
    latitude_deg: float | None = None


def read_facilities(path: Path) -> tuple[Facility, ...]:
    """Facilities of a GeoJSON of points or a CSV (UTF-8 with or without BOM, or Shift_JIS).

    Raises
    ------
    DesignError
        No such file, not of that kind, or no column with a name.
    """
    rows = _geojson_rows(path) if path.suffix.lower() in {".geojson", ".json"} else _csv_rows(path)
    if not rows:
        raise DesignError(f"{path}: no facility in it; give a list with one row for each")
    if len(rows) > MAX_FACILITIES:
        raise DesignError(f"{path}: {len(rows)} facilities are more than {MAX_FACILITIES}; split the list")
    known = {key for row in rows for key in row}
    if not known & set(NAMES):
        raise DesignError(f"{path}: no column with the facility's name; call it one of {', '.join(NAMES)}")
    if not known & {*AREAS_M2, *PERSONS}:
        raise DesignError(
            f"{path}: neither a floor area nor a number of persons; add a column area_m2 or persons "
            f"(read are: {', '.join((*AREAS_M2, *PERSONS))})"
        )
    return tuple(
        Facility(
            number=number,
            name=str(_first(row, NAMES) or f"{number}"),
            area_m2=_positive(_first(row, AREAS_M2)),
            persons=_positive(_first(row, PERSONS)),
            longitude_deg=_number(_first(row, ("lon", "経度", "longitude"))),
            latitude_deg=_number(_first(row, ("lat", "緯度", "latitude"))),
        )
        for number, row in enumerate(rows, 1)
    )


def gym_size_m(floor_m2: float) -> tuple[float, float]:
    """Length and width in m of a gym with this floor area, in the usual proportions."""
    width_m = math.sqrt(floor_m2 / LENGTH_TO_WIDTH)
    return round(width_m * LENGTH_TO_WIDTH, 1), round(width_m, 1)


def plan_city(
    facilities: Iterable[Facility],
    scenario: str,
    folder: Path,
    *,
    budget_yen: float | None = None,
    jobs: int | None = None,
    max_seconds: float | None = None,
    seed: int = 0,
    progress: Callable[[Row, int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Row, ...]:
    """Make a design for each facility, in `folder`/designs; one that is there already from the same input is kept.

    Parameters
    ----------
    facilities : iterable of Facility
        From `read_facilities`.
    scenario : str
        Who is there (`wifiplan.capacity.demand`).
    folder : Path
        Gets `designs/NNNN-name.json` as they are made, so that a city can be stopped and gone on with.
    budget_yen : float, optional
        What all may cost together.
    jobs : int, optional
        Processes at work; as many as the machine has cores.
    max_seconds : float, optional
        After that a facility is left with its best design so far, which says so (`stopped_early`) and has its gap.
    seed : int
        Of the solver.
    progress : callable, optional
        Told each row as it is done, how many are done, and how many there are.
    cancelled : callable, optional
        Asked now and then; True starts no further facility, and those left say so.

    Returns
    -------
    tuple of Row
        In the order of the list.
    """
    wanted = list(facilities)
    designs = folder / "designs"
    designs.mkdir(parents=True, exist_ok=True)
    rows: dict[int, Row] = {}

    def done(row: Row) -> None:
        rows[row.number] = row
        if progress is not None:
            progress(row, len(rows), len(wanted))

    workers = min(jobs or os.cpu_count() or 1, max(len(wanted), 1))
    # Each process computes on one core: two that both spread over all cores would only wait for each other.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_core) as pool:
        waiting = list(reversed(wanted))
        running: dict[Any, Facility] = {}
        while waiting or running:
            stop = cancelled is not None and cancelled()
            while waiting and stop:
                done(_bare(waiting.pop(), "not planned: stopped before"))
            while waiting and len(running) < workers:
                facility = waiting.pop()
                running[pool.submit(plan_facility, facility, scenario, designs, seed, max_seconds)] = facility
            for future in wait(running, timeout=0.5, return_when=FIRST_COMPLETED).done:
                facility = running.pop(future)
                try:
                    done(future.result())
                except Exception as error:  # noqa: BLE001  one facility never stops the others
                    done(_bare(facility, f"{type(error).__name__}: {error}"))
    return ranked([rows[facility.number] for facility in wanted], budget_yen)


def plan_facility(facility: Facility, scenario: str, designs: Path, seed: int = 0, max_seconds: float | None = None) -> Row:
    """One facility's design, written to `designs`; never raises for what a list can say wrong."""
    import time

    import floorplans
    from floorplans.errors import FloorPlanError
    from wifiplan import model
    from wifiplan.capacity import demand
    from wifiplan.placement.ask import Ask
    from wifiplan.placement.place import place

    floor_m2 = facility.floor_m2
    if floor_m2 is None:
        return _bare(facility, "unknown: the list gives neither area nor persons")
    path = designs / f"{facility.stem}.json"
    started_s = time.perf_counter()
    try:
        length_m, width_m = gym_size_m(floor_m2)
        floor_plan = floorplans.gym(length_m, width_m, HEIGHT_M, name=facility.name)
        who = demand.find_scenario(scenario)
        design = _kept(path, floor_plan, scenario, seed)
        if design is None:
            design = place(
                floor_plan,
                {who.name: demand.demands(floor_plan, who)},
                Ask(seed=seed),
                assumptions=demand.assumptions(who),
                cancelled=None if max_seconds is None else lambda: time.perf_counter() - started_s > max_seconds,
            )
            model.save(design, path)
    except (RadioError, FloorPlanError) as error:
        return _bare(facility, str(error))
    found = design.placement
    people = sum(row.people for row in design.demands)
    assert found is not None  # both `place` and what `_kept` takes have it
    served = people * found.served_share
    return replace(
        _bare(facility, None),
        people=round(people),
        access_points=found.access_points,
        cost_yen=found.cost_yen,
        served_share=found.served_share,
        gap_share=found.gap_share,
        stopped_early=found.cancelled,
        yen_per_person=round(found.cost_yen / served) if served > 0 else None,
        seconds=round(time.perf_counter() - started_s, 1),
        design=path.name,
    )


def ranked(rows: Iterable[Row], budget_yen: float | None = None) -> tuple[Row, ...]:
    """Number the rows by yen per person served, cheapest first, and say which a budget pays for in that order.

    A facility that no longer fits is passed over for a smaller one after it; one without a design has no rank.
    """
    rows = list(rows)
    order = sorted((row for row in rows if row.yen_per_person is not None), key=lambda row: (row.yen_per_person, row.number))
    left_yen, said = budget_yen, {}
    for rank, row in enumerate(order, 1):
        paid = None
        if left_yen is not None and row.cost_yen is not None:
            paid = row.cost_yen <= left_yen
            left_yen -= row.cost_yen if paid else 0.0
        said[row.number] = (rank, paid)
    return tuple(
        replace(row, rank=said[row.number][0], within_budget=said[row.number][1]) if row.number in said else row for row in rows
    )


def totals(rows: Iterable[Row]) -> dict[str, Any]:
    """Sums over the facilities that have a design, and how many have none."""
    rows = list(rows)
    made = [row for row in rows if row.error is None]
    return {
        "facilities": len(rows),
        "designed": len(made),
        "without_design": len(rows) - len(made),
        "people": sum(row.people or 0 for row in made),
        "people_served": round(sum((row.people or 0) * (row.served_share or 0.0) for row in made)),
        "access_points": sum(row.access_points or 0 for row in made),
        "cost_yen": sum(row.cost_yen or 0 for row in made),
        "within_budget": sum(row.within_budget is True for row in made),
        "within_budget_yen": sum(row.cost_yen or 0 for row in made if row.within_budget),
    }


def to_json(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows as JSON objects; what is unknown is null."""
    return [asdict(row) for row in rows]


def city_csv(rows: Iterable[Row]) -> str:
    """The table as CSV; what is unknown is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [*Row.__dataclass_fields__], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: "" if value is None else value for key, value in row.items()} for row in to_json(rows))
    return out.getvalue()


def _one_core() -> None:
    import numba

    numba.set_num_threads(1)


def _kept(path: Path, floor_plan: Any, scenario: str, seed: int) -> Any:
    """The design that an earlier run left here, if it was made from the same plan, scenario and seed."""
    from wifiplan import model

    if not path.exists():
        return None
    try:
        design = model.load(path)
    except RadioError:
        return None
    found = design.placement
    if found is None or found.cancelled or model.stale(design):
        return None
    return design if (design.floor_plan, design.scenario, found.seed) == (floor_plan, scenario, seed) else None


def _bare(facility: Facility, error: str | None) -> Row:
    return Row(
        number=facility.number,
        name=facility.name,
        floor_m2=None if facility.floor_m2 is None else round(facility.floor_m2),
        error=error,
        longitude_deg=facility.longitude_deg,
        latitude_deg=facility.latitude_deg,
    )


def _csv_rows(path: Path) -> list[Mapping[str, Any]]:
    try:
        reader = csv.DictReader(io.StringIO(read_text(path, "give a CSV or GeoJSON list of facilities")), strict=True)
        rows = [{(key or "").strip(): (value or "") for key, value in row.items() if isinstance(key, str)} for row in reader]
    except csv.Error as error:
        raise DesignError(f"{path}: not a CSV: {error}; export it again") from None
    return [row for row in rows if any(str(value).strip() for value in row.values())]


def _geojson_rows(path: Path) -> list[Mapping[str, Any]]:
    data = read_json(path, "export it again")
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise DesignError(f"{path}: not a GeoJSON FeatureCollection; export it again")
    rows: list[Mapping[str, Any]] = []
    for feature in features:
        row = dict(feature.get("properties") or {}) if isinstance(feature.get("properties") or {}, dict) else {}
        shape = feature.get("geometry") or {}
        at = shape.get("coordinates") if isinstance(shape, dict) and shape.get("type") == "Point" else None
        if isinstance(at, list) and len(at) >= 2:
            row |= {"lon": at[0], "lat": at[1]}
        rows.append(row)
    return rows


def _first(row: Mapping[str, Any], keys: Iterable[str]) -> Any:
    found = (row.get(key) for key in keys)
    return next((value for value in found if isinstance(value, str | int | float) and value != ""), None)


def _number(value: Any) -> float | None:
    try:
        number = float(str(value).replace(",", "").strip())
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _positive(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and number > 0 else None
