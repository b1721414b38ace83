"""Work that takes seconds or minutes, as functions of plain arguments: it is done in a process of its own (`jobs`)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dashboards.planner import wishes
from wifiplan.model import Design, stale

if TYPE_CHECKING:
    from dashboards.planner.wishes import Wish
    from floorplans.plan import FloorPlan
    from wifiplan.capacity.resilience import Resilience
    from wifiplan.capacity.whatif import Crowd
    from wifiplan.model import Band
    from wifiplan.radio.acceptance import Acceptance
    from wifiplan.radio.calibrate import Calibration
    from wifiplan.report.catalogue import Lang

FileKind = Literal[
    "report.pdf", "report.html", "sheets.pdf", "bill.xlsx", "bill.csv", "dxf", "jww", "gpkg", "openintent", "design", "targets"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How work speaks to whoever waits for it: `progress(share, stage)`, and whether it is to stop."""

    progress: Callable[[float, str], None]
    cancelled: Callable[[], bool]


def check(told: Told, base: Design, design: Design) -> Design:
    """The design with what it does and costs, by the full model: as `wifiplan edit` says it."""
    from wifiplan.placement import edit

    told.progress(0.1, "check")
    if base.placement == design.placement:  # copies of one answer are one answer
        design = replace(design, placement=base.placement)
    if not base.access_points:
        base = design
    return edit.change(base, design, keep_out_m=wishes.keep_outs_m(design)).design


def place(told: Told, design: Design, wish: Wish) -> Design:
    """The cheapest design for what is wished, around what is locked: as `wifiplan place` finds it."""
    from wifiplan.capacity import demand
    from wifiplan.placement.place import place as placed

    stages = {"gains": 0.0, "solve": 0.3, "check": 0.8}
    ask = wishes.ask_of(design, wish)
    found = placed(
        design.floor_plan,
        {wish.scenario: design.demands},
        ask,
        assumptions=demand.assumptions(demand.find_scenario(wish.scenario)),
        progress=lambda stage, share: told.progress(stages.get(stage, 0.0) + 0.2 * share, stage),
        cancelled=told.cancelled,
    )
    return replace(found, scenario=wish.scenario, revision=design.revision, author=design.author)


def resilience(told: Told, design: Design) -> Resilience:
    """Who loses what when one thing fails: as `wifiplan resilience` says it."""
    from wifiplan.capacity.resilience import resilience_of

    return resilience_of(design, progress=lambda share: told.progress(share, "resilience"))


def what_if(told: Told, base: Design, design: Design) -> tuple[Design, tuple[Crowd, ...]]:
    """The design with what one thing changed at a time does, as `wifiplan capacity --what-if` says it, and other crowds."""
    from wifiplan.capacity import whatif

    if _is_unchecked(design):
        design = check(told, base, design)
    rows = whatif.what_if(design, progress=lambda share: told.progress(0.6 * share, "what_if"))
    others = whatif.crowds(design, progress=lambda share: told.progress(0.6 + 0.4 * share, "what_if"))
    assert design.capacity is not None  # `check` always says it
    return replace(design, capacity=replace(design.capacity, what_if=rows)), others


def file(told: Told, design: Design, kind: FileKind, lang: Lang, site: str) -> bytes:
    """A file to hand over, as the command of its kind writes it."""
    from floorplans import exchange
    from wifiplan import model
    from wifiplan.commands.exchange import marks_of
    from wifiplan.report import bill_file, document

    if kind == "design":
        return json.dumps(model.to_json(design), ensure_ascii=False, indent=1).encode()
    if kind == "targets":
        return targets_toml(site).encode()
    if kind.startswith(("report", "sheets", "bill")) and design.access_points and design.demands and _is_unchecked(design):
        design = check(told, design, design)  # no figure is handed over that does not hold
    suffix = {"openintent": ".json"}.get(kind, f".{kind.rpartition('.')[2]}")
    with tempfile.TemporaryDirectory(prefix="wifiplan-") as folder:
        path = Path(folder) / f"file{suffix}"
        if kind.startswith("bill"):
            bill_file.write_bill(design, path, lang=lang)
        elif kind in {"report.pdf", "report.html", "sheets.pdf"}:
            only = document.INSTALLERS if kind == "sheets.pdf" else None
            document.write_report(design, path, lang=lang, only=only, progress=lambda share: told.progress(share, "report"))
        else:
            exchange.write(design.floor_plan, marks_of(design), path)
        return path.read_bytes()


def _is_unchecked(design: Design) -> bool:
    return design.capacity is None or design.placement is None or bool(stale(design))


def targets_toml(site: str) -> str:
    """A targets.toml for the collector: one controller, whose address the network staff put in, held against this design."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    return (
        '[store]\nurl = "sqlite:store.sqlite"\ninterval_s = 60\n\n'
        "# The controller (or one table for each access point): its address, and the variable that holds its community.\n"
        f'[[target]]\nname = {quoted(f"{site} wlc")}\nsite = {quoted(site)}\nhost = "192.0.2.10"\n'
        f'community_env = "WIFI_COMMUNITY"\ndesign = {quoted(f"{site}.design.json")}\n'
    )


def read(told: Told, path: Path, options: dict[str, Any]) -> FloorPlan:
    """A floor plan from a drawing, a picture or a model: as `wifiplan floorplan` reads it."""
    import floorplans

    told.progress(0.1, "read")
    return floorplans.read(path, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """A survey against the design, and what it makes of the radio model; `calibration` is None where it is too small for that."""

    acceptance: Acceptance
    calibration: Calibration | None
    readings: int
    warnings: tuple[str, ...]


def survey(told: Told, design: Design, content: bytes, name: str, band: Band) -> Surveyed:
    """Measurements against a design: as `wifiplan calibrate` reads and fits them, and pass or fail by zone."""
    from wifiplan import model
    from wifiplan.errors import RadioError
    from wifiplan.radio import calibrate
    from wifiplan.radio import survey as surveys
    from wifiplan.radio.acceptance import acceptance
    from wifiplan.radio.coverage import read_job

    told.progress(0.1, "survey")
    with tempfile.TemporaryDirectory(prefix="wifiplan-") as folder:
        path, design_path = Path(folder) / Path(name).name, Path(folder) / "design.json"
        path.write_bytes(content)
        model.save(design, design_path)
        job = read_job(design_path, band=band)
        try:
            readings = surveys.read(path, job.floor_plan, job.access_points, band=band)
        except RadioError as error:
            raise type(error)(str(error).replace(f"{folder}/", "")) from None
        people = [one.zone for one in design.demands if one.people > 0]
        judged = acceptance(job, readings, design.requirement, zones=people)
        told.progress(0.5, "survey")
        fitted, more = None, ""
        try:
            fitted = calibrate.calibrate(job, readings)
        except RadioError as error:
            more = str(error)
    said = readings.warnings if fitted is None else fitted.warnings
    return Surveyed(
        acceptance=judged, calibration=fitted, readings=len(readings.rssi_dbm), warnings=(*said, more) if more else said
    )


WORK: dict[str, Callable[..., Any]] = {
    "check": check,
    "place": place,
    "alternatives": place,
    "resilience": resilience,
    "what_if": what_if,
    "file": file,
    "read": read,
    "survey": survey,
}
"""Name of the work -> what does it."""
