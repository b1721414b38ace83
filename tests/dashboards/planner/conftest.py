"""A desk of its own for each test, and a small project on it."""

from __future__ import annotations

from pathlib import Path

import pytest

import floorplans
from dashboards.planner import desk as desks
from dashboards.planner import project
from dashboards.planner.desk import Desk
from dashboards.planner.project import Project


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv(desks.FOLDER_ENV, str(tmp_path / "projects"))
    return desks.desk()


@pytest.fixture
def gym(desk: Desk) -> Project:
    """A gym with two access points, on the desk."""
    begun = project.begun("Gym", floorplans.gym(20.0, 15.0, 8.0))
    for x_m, y_m in ((5.0, 5.0), (14.0, 9.0)):
        begun = project.edited(begun, "add", {"x_m": x_m, "y_m": y_m})
    return desk.create(begun)
