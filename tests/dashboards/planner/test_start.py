"""How a project begins: what is uploaded becomes one, or one sentence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import floorplans
from dashboards.errors import DashboardError
from dashboards.planner import project
from dashboards.planner.project import Project
from dashboards.views import parts, planner_start
from floorplans.errors import FloorPlanError
from wifiplan import model
from wifiplan.errors import DesignError


@dataclass
class Upload:
    """A file as Streamlit gives it."""

    name: str
    size: int

    def getbuffer(self) -> memoryview:
        assert self.size <= planner_start.MOST_MIB << 20, "a file that is too large must not be read"
        return memoryview(b"x" * self.size)


def test_a_300_mib_upload_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(parts, "show", shown.append)
    upload: Any = Upload("school.dxf", 300 << 20)

    assert planner_start._uploaded(upload, "en") is None
    assert "school.dxf is 300 MiB; up to 100 MiB are read" in shown[0]
    small: Any = Upload("small.dxf", 3)
    assert b"xxx" == planner_start._uploaded(small, "en")


def test_each_kind_of_json_begins_a_project(gym: Project) -> None:
    design = gym.document.design
    of_design = planner_start._project_of("there.design.json", json.dumps(model.to_json(design)).encode())
    of_project = planner_start._project_of("Gym.wifiplan", project.to_text(gym).encode())
    of_plan = planner_start._project_of("plan.json", json.dumps(floorplans.plan.to_json(design.floor_plan)).encode())

    assert ("there", design) == (of_design.name, of_design.document.design)
    assert gym == of_project
    assert (design.floor_plan, ()) == (of_plan.document.design.floor_plan, of_plan.document.design.access_points)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not JSON", "x.json: is no JSON"),
        (b"[" * 100_000, "x.json: is no JSON"),
        (b"[1, 2]", "x.json: a design is a JSON object"),
        (b'{"format": 99, "access_points": []}', "x.json: format 99 is newer than this program's"),
        (b'{"format": 99, "steps": []}', "x.json: format 99 is newer than this program's"),
        (b'{"walls": "none"}', "x.json: "),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises((DashboardError, DesignError, FloorPlanError), match=said) as caught:
        planner_start._project_of("x.json", content)

    assert 1 == len(str(caught.value).splitlines())


def test_the_scale_may_be_written_with_a_comma() -> None:
    assert {"metres_per_unit": 0.001, "part": 1} == planner_start._options("0,001", "1", ".dxf")
    assert {"level": 2} == planner_start._options("", "2", ".ifc")


def test_a_real_jw_cad_drawing_becomes_a_design(shared: Path) -> None:
    """木造平面例: read as it is, without a question, and an access point is hung in it."""
    path = shared / "data" / "plans" / "jww" / "木造平面例.jww"
    found = next(iter(sorted((shared / "data" / "plans").rglob("木造平面例.jww"))), path)
    if not found.exists():
        pytest.skip("木造平面例.jww is not here: it belongs to others and is not in the repository")
    plan = floorplans.read(found)
    begun = project.begun("木造平面例", plan)
    x0, y0, x1, y1 = plan.extent_m
    hung = project.edited(begun, "add", {"x_m": round((x0 + x1) / 2, 2), "y_m": round((y0 + y1) / 2, 2)})

    assert 53.4 == pytest.approx(plan.area_m2, rel=0.03)
    assert 1 == len(hung.document.design.access_points)
    assert sum(row.people for row in hung.document.design.demands) > 0
