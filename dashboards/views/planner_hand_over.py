"""To hand over: every file that a design becomes, by a button; each is made by a process of its own."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, cast

import streamlit as st

from dashboards import markup
from dashboards.errors import DashboardError
from dashboards.locale import words
from dashboards.planner import project as projects
from dashboards.planner.desk import desk
from dashboards.planner.jobs import JOBS
from dashboards.planner.sentences import sentence
from dashboards.planner.work import FileKind
from dashboards.views import parts

if TYPE_CHECKING:
    from dashboards.planner.project import Project
    from wifiplan.report.catalogue import Lang

_FILES: dict[str, tuple[str, str]] = {
    "report.pdf": ("planner.file_report", "report.pdf"),
    "sheets.pdf": ("planner.file_sheets", "sheets.pdf"),
    "bill.xlsx": ("planner.file_bill", "bill.xlsx"),
    "dxf": ("planner.file_dxf", "design.dxf"),
    "jww": ("planner.file_jww", "design.jww"),
    "targets": ("planner.file_targets", "targets.toml"),
    "design": ("planner.file_design", "design.json"),
    "bill.csv": ("planner.file_bill_csv", "bill.csv"),
    "report.html": ("planner.file_report_html", "report.html"),
    "openintent": ("planner.file_openintent", "openintent.json"),
}
"""Kind of file -> its words, and what its name ends with."""

_MOST_S = 300.0


def hand_over(project: Project, lang: Lang) -> None:
    """A button for each file: one press makes it and saves it."""
    st.subheader(words("planner.handover", lang))
    design = project.document.design
    last = JOBS.latest("file", project.name)
    if last is not None and last.state == "failed":
        parts.show(markup.notice(words("planner.job_failed", lang), sentence(last.said, lang), alarm=True))
    columns = st.columns(3)
    for number, (kind, (title, ending)) in enumerate(_FILES.items()):
        columns[number % 3].download_button(
            _titled(title, lang),
            data=functools.partial(_made, project.name, cast("FileKind", kind), lang),
            file_name=f"{project.name}.{ending}",
            key=f"planner-file-{kind}",
            on_click="ignore",
            width="stretch",
            disabled=kind != "design" and not design.access_points,
        )
    columns[len(_FILES) % 3].download_button(
        words("planner.file_project", lang),
        data=lambda: projects.to_text(desk().open(project.name)).encode(),
        file_name=f"{project.name}{projects.SUFFIX}",
        key="planner-file-project",
        on_click="ignore",
        width="stretch",
    )


def _titled(key: str, lang: Lang) -> str:
    return words(key, lang)


def _made(name: str, kind: FileKind, lang: Lang) -> bytes:
    """The file, of the design as it is when the button is pressed. What could not be made is no file: the button says so."""
    job = JOBS.start("file", name, desk().open(name).document.design, kind, lang, name)
    if not job.ended.wait(_MOST_S):
        job.cancel()
    if job.state != "done":
        raise DashboardError(sentence(job.said or job.state, lang))
    found: bytes = job.result
    return found
