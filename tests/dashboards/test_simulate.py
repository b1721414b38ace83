"""`wifiplan simulate`: a design's network with the people of a scenario."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from collectors import config
from collectors.simulate.people import Attendance
from dashboards.simulate import attendance_of
from tests.collectors.simulate.network import net_snmp, values
from tests.collectors.simulate.test_design import design_json

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-c", "from wifiplan.cli import main; main()", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, cwd=ROOT)


def test_the_command_serves_writes_its_targets_and_follows_its_control_file(
    tmp_path: Path, os_program: Callable[[str], str]
) -> None:
    """`ready` means served and written; the targets file is one that `collect` takes; SIGTERM ends it with 0."""
    design, targets, hand = tmp_path / "design.json", tmp_path / "sub" / "targets.toml", tmp_path / "hand.json"
    design.write_text(json.dumps(design_json()))
    targets.parent.mkdir()
    line = [sys.executable, "-c", "from wifiplan.cli import main; main()", "simulate", str(design)]
    line += ["--write-targets", str(targets), "--control", str(hand)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
        found = config.load(targets)
        ports = {target.name: target.port for target in found.targets}
        hand.write_text('{"clients": {"AP-2": 57')  # half-written: nothing happens
        hand.write_text(json.dumps({"clients": {"AP-2": 57}}))
        column = "1.3.6.1.4.1.41112.1.6.1.2.1.8"
        for _ in range(50):
            counts = values(net_snmp(os_program("snmpbulkwalk"), ports["AP-2"], column)[0])
            if sum(counts) == 57:
                break
            threading.Event().wait(0.1)
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()

    assert [52, 5] == counts
    assert "" == rest
    assert 0 == process.returncode
    assert {"controller", "AP-2", "switch", "ups"} == set(ports)
    assert {"AP-2"} == {target.ap for target in found.targets} - {None}
    assert {'柏 "第一" 小'} == {target.site for target in found.targets}
    assert {design.resolve()} == {target.design.resolve() for target in found.targets if target.design}
    assert f"sqlite:{targets.resolve().parent / 'store.sqlite'}" == found.store_url


def test_bad_input_is_one_line_and_leaves_no_targets_file(tmp_path: Path) -> None:
    """A taken port, an unknown scenario, a folder that is not there."""
    design, targets = tmp_path / "design.json", tmp_path / "targets.toml"
    design.write_text(json.dumps(design_json()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        cases = [
            (("--port", str(port), "--write-targets", targets), 1, f"UDP port {port} of 127.0.0.1 is taken"),
            (("--port", "65534", "--write-targets", targets), 1, "UDP port 65536 of 127.0.0.1 is not a port"),
            (("--scenario", "party", "--write-targets", targets), 2, "--scenario party: unknown; give one of assembly"),
            (("--write-targets", tmp_path / "no" / "t.toml"), 2, "its folder is not there"),
        ]
        for arguments, code, words in cases:
            done = run("simulate", design, *arguments)

            assert (code, "") == (done.returncode, done.stdout)
            assert words in done.stderr
            assert 1 == len(done.stderr.splitlines())
    assert not targets.exists()


def test_the_people_of_a_scenario_come_from_its_table() -> None:
    """One scenario brings its day and its networks; several keep everybody there, under the names of the first."""
    week2 = attendance_of("shelter-week2")

    assert (20.0, ("00000JAPAN", "staff")) == (week2.first_hour, week2.ssids)
    assert (10.0, 0.35) in week2.present
    assert Attendance(ssids=("00000JAPAN", "staff")) == attendance_of("shelter-day1+staff")
    assert Attendance() == attendance_of("a festival")
