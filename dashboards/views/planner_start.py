"""How a project begins: three numbers, a drawing, a design that there is, or a facility of the city's list."""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

import floorplans
from dashboards import data, markup
from dashboards.errors import DashboardError
from dashboards.locale import words
from dashboards.planner import project as projects
from dashboards.planner.desk import desk
from dashboards.planner.jobs import JOBS, Job
from dashboards.planner.sentences import sentence
from dashboards.planner.wishes import Wish
from dashboards.views import parts
from floorplans.errors import FloorPlanError
from wifiplan import equipment, model
from wifiplan.errors import RadioError
from wifiplan.placement import edit, existing

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from dashboards.planner.project import Project
    from floorplans.plan import FloorPlan
    from wifiplan.report.catalogue import Lang

MOST_MIB = 100
"""A larger upload is not read: no plan of a building is (assumed)."""

_WRONG = (DashboardError, RadioError, FloorPlanError, OSError)
_SUFFIXES = [suffix.removeprefix(".") for suffix in floorplans.READERS]


def page(lang: Lang) -> None:
    """The projects there are, and four ways to a new one."""
    st.title(words("planner.title", lang))
    names = desk().names()
    if names:
        chosen = st.selectbox(words("planner.projects", lang), names)
        if st.button(words("planner.open", lang), key="planner-open"):
            _go(chosen)
    if not parts.may("plan"):
        return
    st.subheader(words("planner.new", lang))
    ways = ("by_numbers", "by_drawing", "by_design", "by_list")
    titles = {
        "by_numbers": words("planner.by_numbers", lang),
        "by_drawing": words("planner.by_drawing", lang),
        "by_design": words("planner.by_design", lang),
        "by_list": words("planner.by_list", lang),
    }
    tabs = dict(zip(ways, st.tabs([titles[way] for way in ways]), strict=True))
    with tabs["by_numbers"]:
        _by_numbers(lang)
    with tabs["by_drawing"]:
        _by_drawing(lang)
    with tabs["by_design"]:
        _by_design(lang)
    with tabs["by_list"]:
        _by_list(lang)


def _go(name: str) -> None:
    st.query_params["project"] = name
    st.rerun()


def _begin(project: Project) -> None:
    _go(desk().create(project).name)


def _say(error: Exception, lang: Lang) -> None:
    parts.show(markup.notice(words("planner.not_readable", lang), sentence(error, lang), alarm=True))


def _by_numbers(lang: Lang) -> None:
    with st.form("planner-numbers", border=False):
        name = st.text_input(words("planner.name", lang), words("planner.name_default", lang), max_chars=projects.MAX_NAME)
        columns = st.columns(3)
        length_m = columns[0].number_input(words("planner.length_m", lang), 8.0, 200.0, 38.9, 0.1, format="%.1f")
        width_m = columns[1].number_input(words("planner.width_m", lang), 6.0, 200.0, 23.2, 0.1, format="%.1f")
        height_m = columns[2].number_input(words("planner.height_m", lang), 3.0, 60.0, 9.7, 0.1, format="%.1f")
        roofs = {
            "metal": words("planner.roof_metal", lang),
            "concrete": words("planner.roof_concrete", lang),
            "wood": words("planner.roof_wood", lang),
        }
        details = st.columns(4, vertical_alignment="bottom")
        roof = details[0].selectbox(words("planner.roof", lang), list(roofs), format_func=roofs.__getitem__)
        stage = details[1].checkbox(words("planner.stage", lang), value=True)
        store = details[2].checkbox(words("planner.store", lang), value=True)
        gallery = details[3].checkbox(words("planner.gallery", lang), value=False)
        hung = st.file_uploader(words("planner.upload_existing", lang), type=["csv", "json"], key="planner-numbers-existing")
        sent = st.form_submit_button(words("planner.begin", lang), type="primary")
    if sent:
        try:
            plan = floorplans.gym(length_m, width_m, height_m, stage=stage, store_room=store, roof_material=roof, gallery=gallery)
            project = _with_existing(projects.begun(name, plan), hung, lang)
        except _WRONG as error:
            _say(error, lang)
            return
        if project is not None:
            _begin(project)


def _with_existing(project: Project, file: UploadedFile | None, lang: Lang) -> Project | None:
    """The project with what hangs there already, locked; None where the file is too large, which is then said."""
    if file is None:
        return project
    content = _uploaded(file, lang)
    if content is None:
        return None
    with tempfile.TemporaryDirectory(prefix="wifiplan-") as folder:
        path = Path(folder) / Path(file.name).name
        path.write_bytes(content)
        try:
            found = existing.read(path, project.document.design.floor_plan)
        except RadioError as error:
            raise type(error)(str(error).replace(f"{folder}/", "")) from None
    design = replace(project.document.design, access_points=found)
    for ap in found:
        if not ap.radios:  # the list says neither channel nor power: the model's usual ones
            design = edit.remodelled(design, ap.name, equipment.find(ap.model or equipment.DEFAULT_MODEL))
        design = edit.locked(design, ap.name)
    return projects.replaced(project, "open", design, Path(file.name).name)


# --------------------------------------------------------------------------------------------------------------- a drawing


def _uploaded(file: UploadedFile, lang: Lang) -> bytes | None:
    """What was uploaded, or None with the reason shown."""
    if file.size > MOST_MIB << 20:
        sizes = {"mib": math.ceil(file.size / (1 << 20)), "most": MOST_MIB}
        parts.show(
            markup.notice(
                words("planner.not_readable", lang), words("planner.too_large", lang, name=file.name, **sizes), alarm=True
            )
        )
        return None
    return bytes(file.getbuffer())


def _by_drawing(lang: Lang) -> None:
    file = st.file_uploader(words("planner.upload_drawing", lang), type=_SUFFIXES, key="planner-drawing")
    if file is None:
        return
    columns = st.columns(2)
    unit = columns[0].text_input(words("planner.scale", lang), "", help=words("planner.scale_help", lang))
    part = columns[1].text_input(words("planner.storey", lang), "")
    content = _uploaded(file, lang)
    if content is None:
        return
    try:
        options = _options(unit, part, Path(file.name).suffix.lower())
    except ValueError:
        _say(DashboardError(f"{unit or part}: no number"), lang)
        return
    asked = (file.file_id, tuple(sorted(options.items())))
    if st.session_state.get("planner_read", (None,))[0] != asked:
        with st.spinner(words("planner.reading", lang)):
            st.session_state["planner_read"] = (asked, _read(file.name, content, options))
    _read_plan(st.session_state["planner_read"][1], Path(file.name).stem, lang)


def _options(unit: str, part: str, suffix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if unit.strip():
        found["metres_per_unit"] = float(unit.replace("，", ".").replace(",", "."))
    if part.strip():
        found["part" if suffix in {".dxf", ".jww", ".svg", ".pdf", ".png", ".jpg", ".jpeg"} else "level"] = int(part)
    return found


def _read(name: str, content: bytes, options: dict[str, Any]) -> Job:
    """The drawing, read in a process of its own, which a damaged file may take with it."""
    with tempfile.TemporaryDirectory(prefix="wifiplan-") as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        job = JOBS.start("read", "upload", path, options)
        if not job.ended.wait(180.0):
            job.cancel()
            job.ended.wait(30.0)
        job.said = job.said.replace(f"{folder}/", "")
        return job


def _read_plan(job: Job, stem: str, lang: Lang) -> None:
    if job.state != "done":
        _say(DashboardError(job.said or job.state), lang)
        if "metres_per_unit" in job.said or "metres-per-unit" in job.said:
            parts.show(markup.note(words("planner.scale_asked", lang)))
        return
    plan: FloorPlan = job.result
    _what_was_read(plan, lang)
    name = st.text_input(words("planner.name", lang), stem or plan.name, max_chars=projects.MAX_NAME, key="planner-drawing-name")
    hung = st.file_uploader(words("planner.upload_existing", lang), type=["csv", "json"], key="planner-drawing-existing")
    if st.button(words("planner.accept", lang), type="primary"):
        try:
            project = _with_existing(projects.begun(name, plan), hung, lang)
        except _WRONG as error:
            _say(error, lang)
            return
        if project is not None:
            _begin(project)


def _what_was_read(plan: FloorPlan, lang: Lang) -> None:
    from floorplans import sketch
    from floorplans.findings import counted_openings, findings

    x0, y0, x1, y1 = plan.extent_m
    doors = sum(counted_openings(plan))
    figures = {"area": f"{plan.area_m2:,.1f}", "wide": f"{x1 - x0:.1f}", "high": f"{y1 - y0:.1f}"}
    parts.show(markup.note(words("planner.read_as", lang, walls=len(plan.walls), doors=doors, **figures)))
    said = [one.said(lang) for one in findings(plan)]
    said += [*plan.source.evidence, *plan.source.warnings, *([plan.source.not_a_plan] if plan.source.not_a_plan else [])]
    if said:
        parts.show(markup.items([text[:300] for text in said[:12]]))
    with data.drawing_lock():
        st.image(sketch.png(plan, width_in=8.0))


# ---------------------------------------------------------------------------------------------------- a design, a facility


def _by_design(lang: Lang) -> None:
    file = st.file_uploader(words("planner.upload_design", lang), type=["json", "wifiplan"], key="planner-design")
    live = {str(path): design for path, design in data.designs().items() if not isinstance(design, str)}
    if file is not None and (content := _uploaded(file, lang)) is not None and st.button(words("planner.open_design", lang)):
        try:
            _begin(_project_of(file.name, content))
        except _WRONG as error:
            _say(error, lang)
    if live:
        chosen = st.selectbox(
            words("planner.from_live", lang),
            list(live),
            format_func=lambda path: f"{live[path].floor_plan.name} ({Path(path).name})",
        )
        if st.button(words("planner.open", lang), key="planner-open-live"):
            _begin(projects.opened(live[chosen].floor_plan.name, live[chosen]))


def _project_of(name: str, content: bytes) -> Project:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        raise DashboardError(f"{name}: is no JSON; give a design.json or a .wifiplan file") from None
    if isinstance(read, dict) and "steps" in read:
        return projects.from_json(read, where=name)
    if isinstance(read, dict) and "walls" in read and "access_points" not in read:
        from floorplans.plan import from_json

        return projects.begun(Path(name).stem, from_json(read, where=name))
    return projects.opened(Path(name).stem.removesuffix(".design"), model.from_json(read, where=name))


def _by_list(lang: Lang) -> None:
    from wifiplan.city import listing
    from wifiplan.city.design import Task, plan_of, task_of

    file = st.file_uploader(words("planner.upload_list", lang), type=["csv", "geojson", "json"], key="planner-list")
    if file is None or (content := _uploaded(file, lang)) is None:
        return
    try:
        with tempfile.TemporaryDirectory(prefix="wifiplan-") as folder:
            path = Path(folder) / Path(file.name).name
            path.write_bytes(content)
            rows = [row for row in listing.read_lists([path]).facilities if row.floor_m2 is not None]
    except _WRONG as error:
        _say(error, lang)
        return
    if not rows:
        _say(DashboardError(f"{file.name}: no row with an area or a number of persons"), lang)
        return
    row = st.selectbox(words("planner.facility", lang), rows, format_func=lambda one: one.name)
    people = "?" if row.persons is None else f"{row.persons:,.0f}"
    floor_m2 = row.floor_m2 or 0.0
    parts.show(markup.note(words("planner.list_area", lang, name=row.name, area=f"{floor_m2:,.0f}", people=people)))
    if st.button(words("planner.begin", lang), key="planner-begin-list", type="primary"):
        try:
            task = task_of(row, Task())
            assert task is not None  # rows have a floor area
            plan = replace(plan_of(task), name=row.name)
            wish = Wish() if row.persons is None else Wish(people_by="capacity", persons=row.persons, people_source=file.name)
            project = projects.begun(row.name, plan, wish)
        except _WRONG as error:
            _say(error, lang)
            return
        _begin(project)
