"""The desk: every change is saved whole and told to all windows; nothing that two do at once is lost."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from dashboards.errors import DashboardError
from dashboards.planner import project
from dashboards.planner.desk import Desk
from dashboards.planner.project import Project
from wifiplan.errors import DesignError


def test_a_change_is_in_the_file_before_anybody_is_told(desk: Desk, gym: Project) -> None:
    seen: list[tuple[int, str, int]] = []
    path = desk.folder / "Gym.wifiplan"
    ended = desk.watch("Gym", lambda now, by: seen.append((now.revision, by, project.load(path).revision)))
    desk.change("Gym", lambda now: project.edited(now, "lock", {"ap": "AP-01", "lock": True}), by="window 1")
    ended()
    desk.change("Gym", project.undone, by="window 2")

    assert [(gym.revision + 1, "window 1", gym.revision + 1)] == seen
    assert 0 == desk.windows("Gym")


def test_two_windows_that_drag_at_once_lose_nothing(desk: Desk, gym: Project) -> None:
    """Forty changes of two threads are forty steps, and the file has them."""

    def drag(ap: str) -> None:
        for step in range(20):
            desk.change(
                "Gym", lambda now, step=step: project.edited(now, "move", {"ap": ap, "x_m": 3.0 + 0.1 * step, "y_m": 4.0})
            )

    threads = [threading.Thread(target=drag, args=(ap,)) for ap in ("AP-01", "AP-02")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = project.load(desk.folder / "Gym.wifiplan")

    assert len(gym.steps) + 40 == len(kept.steps)
    assert {"AP-01": 4.9, "AP-02": 4.9} == {ap.name: round(ap.x_m, 3) for ap in kept.document.design.access_points}


def test_what_is_refused_changes_nothing(desk: Desk, gym: Project) -> None:
    before = (desk.folder / "Gym.wifiplan").read_bytes()
    with pytest.raises(DesignError, match="no such access point"):
        desk.change("Gym", lambda now: project.edited(now, "remove", {"ap": "AP-99"}))

    assert before == (desk.folder / "Gym.wifiplan").read_bytes()
    assert gym == desk.open("Gym")


def test_a_file_that_another_program_changed_is_read_anew(desk: Desk, gym: Project) -> None:
    project.save(project.edited(gym, "remove", {"ap": "AP-02"}), desk.folder / "Gym.wifiplan")

    assert ["AP-01"] == [ap.name for ap in desk.open("Gym").document.design.access_points]


def test_after_a_restart_the_same_is_on_the_desk(desk: Desk, gym: Project) -> None:
    desk.change("Gym", lambda now: project.edited(now, "remove", {"ap": "AP-02"}))
    again = Desk(desk.folder)

    assert desk.open("Gym") == again.open("Gym")
    assert gym.document.design == project.undone(again.open("Gym")).document.design


def test_a_name_that_is_taken_is_given_a_number(desk: Desk, gym: Project) -> None:
    assert "Gym (2)" == desk.create(gym).name
    assert {"Gym", "Gym (2)"} == set(desk.names())


@pytest.mark.parametrize("name", ["", "../Gym", "a/b", ".hidden"])
def test_no_name_leads_out_of_the_folder(desk: Desk, name: str) -> None:
    with pytest.raises(DashboardError, match="is no project's name"):
        desk.open(name)


def test_an_empty_folder_and_none_have_no_projects(desk: Desk, tmp_path: Path) -> None:
    assert [] == desk.names()
    assert [] == Desk(tmp_path / "nowhere").names()
