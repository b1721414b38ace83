"""Work in processes of their own: what it finds, says and survives."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import floorplans
from dashboards.planner import work
from dashboards.planner.jobs import Jobs
from dashboards.planner.project import Project
from dashboards.planner.work import Told
from wifiplan.model import inputs_hash


@pytest.fixture(scope="module")
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.end()


@pytest.fixture
def told() -> Told:
    said: list[tuple[float, str]] = []
    return Told(progress=lambda *at: said.append(at), cancelled=lambda: False)


def test_a_result_is_handed_on_and_an_error_is_one_line(jobs: Jobs, tmp_path: Path) -> None:
    """After bad input, and after its process was killed, the lane goes on."""
    plan = floorplans.gym(20.0, 15.0, 8.0)
    floorplans.save(plan, tmp_path / "plan.json")
    found: list[object] = []
    good = jobs.start("read", "x", tmp_path / "plan.json", {}, then=found.append)
    bad = jobs.start("read", "x", tmp_path / "none.dxf", {})
    assert good.ended.wait(120)
    assert bad.ended.wait(60)
    process = jobs._lanes["read"]._process
    assert process is not None
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    again = jobs.start("read", "x", tmp_path / "plan.json", {})
    assert again.ended.wait(120)

    assert ("done", [plan]) == (good.state, found)
    assert ("failed", 1) == (bad.state, len(bad.said.splitlines()))
    assert "none.dxf" in bad.said
    assert ("done", plan) == (again.state, again.result)
    assert jobs.latest("read", "x") is again


def test_work_that_waits_and_is_replaced_is_never_begun(jobs: Jobs, tmp_path: Path) -> None:
    """Of many checks that a hand causes, the last is done."""
    floorplans.save(floorplans.gym(20.0, 15.0, 8.0), tmp_path / "plan.json")
    go_on = threading.Event()
    first = jobs.start("read", "y", tmp_path / "plan.json", {}, then=lambda _: go_on.wait(120))
    second = jobs.start("read", "y", tmp_path / "plan.json", {})
    third = jobs.start("read", "y", tmp_path / "plan.json", {}, instead=True)
    go_on.set()
    assert third.ended.wait(120)

    assert ("done", "cancelled", "done") == (first.state, second.state, third.state)


@pytest.mark.parametrize(
    ("kind", "starts"),
    [("design", b"{"), ("targets", b"[store]"), ("dxf", b"  0"), ("jww", b"JwwData."), ("bill.csv", b"\xef\xbb\xbf")],
)
def test_every_file_is_what_its_command_writes(told: Told, gym: Project, kind: work.FileKind, starts: bytes) -> None:
    assert work.file(told, gym.document.design, kind, "ja", "第一小学校").startswith(starts)


def test_the_targets_are_ones_that_the_collector_reads(
    told: Told, gym: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from collectors import config

    monkeypatch.setenv("WIFI_COMMUNITY", "public")
    (tmp_path / "targets.toml").write_bytes(work.file(told, gym.document.design, "targets", "ja", '体育館 "A"'))
    loaded = config.load(tmp_path / "targets.toml")

    assert ['体育館 "A"'] == list(loaded.site_names)


def test_a_check_is_what_the_edit_command_says(told: Told, gym: Project) -> None:
    from wifiplan.model import stale
    from wifiplan.placement import edit

    design = gym.document.design
    found = work.check(told, design, design)
    assert found.placement is not None
    said = edit.change(design, design).after

    assert () == stale(found)
    assert (said.cost_yen, said.coverage_share) == (found.placement.cost_yen, found.placement.coverage_share)


def test_what_if_is_kept_with_the_design_and_says_what_other_crowds_get(told: Told, gym: Project) -> None:
    """It is the command's answer, of a design that was checked first."""
    design = gym.document.design
    found, crowds = work.what_if(told, design, design)
    here = next(row for row in crowds if row.people == pytest.approx(sum(one.people for one in design.demands)))

    assert found.capacity is not None
    assert ["as_designed", "one_more"] == [row.change for row in found.capacity.what_if[:2]]
    assert found.capacity.served == pytest.approx(here.served, abs=0.1)
    assert inputs_hash(design) == inputs_hash(found)
    assert min(row.people for row in crowds) < here.people < max(row.people for row in crowds)


def test_cancelled_work_ends_in_time(jobs: Jobs, gym: Project) -> None:
    """Placement that is stopped early says so, or gives the best so far."""
    document = gym.document
    job = jobs.start("place", "z", document.design, document.wish)
    deadline = time.monotonic() + 60
    while job.state == "waiting" and time.monotonic() < deadline:
        time.sleep(0.1)
    job.cancel()

    assert job.ended.wait(60)
    assert job.state in {"cancelled", "done"}
