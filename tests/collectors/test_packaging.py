"""What an operator copies: the unit and the page about it hold what they say."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.config import load
from wifiplan.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "packaging" / "wifiplan-collect.service"
PAGE = (ROOT / "docs" / "collect.md").read_text(encoding="utf-8")


def test_the_unit_grants_the_two_rights_that_are_needed_and_no_more() -> None:
    """Port 162 and ICMP, for a user without any other; it ends by SIGTERM and reads again by SIGHUP."""
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    service = unit["Service"]

    assert {"CAP_NET_BIND_SERVICE", "CAP_NET_RAW"} == set(service["AmbientCapabilities"].split())
    assert service["AmbientCapabilities"] == service["CapabilityBoundingSet"]
    assert ("wifiplan", "yes") == (service["User"], service["NoNewPrivileges"])
    assert "/bin/kill -HUP $MAINPID" == service["ExecReload"]
    assert ("SIGTERM", "always") == (service["KillSignal"], service["Restart"])
    assert "AF_NETLINK" in service["RestrictAddressFamilies"]


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    text = UNIT.read_text(encoding="utf-8").replace("/opt/wifiplan/.venv/bin/wifiplan", sys.executable)
    path = tmp_path / UNIT.name
    path.write_text(text.replace("file:/opt/wifiplan/docs/collect.md", "https://example.org"), encoding="utf-8")
    done = subprocess.run([program, "verify", "--man=no", str(path)], capture_output=True, text=True, timeout=60)
    about_us = [line for line in (done.stdout + done.stderr).splitlines() if UNIT.name in line]

    assert [] == about_us


def test_the_targets_of_the_page_can_be_read(tmp_path: Path) -> None:
    block = re.search(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert block is not None
    path = tmp_path / "targets.toml"
    path.write_text(block[1], encoding="utf-8")
    config = load(path)

    assert (["wlc", "ups"], ["gateway", "internet"]) == ([t.name for t in config.targets], [p.name for p in config.probes])
    assert config.traps is not None
    assert ("127.0.0.1", 9162) == config.metrics


def test_every_command_of_the_page_is_there() -> None:
    named = set(re.findall(r"(?:^|`)wifiplan ([a-z]+)", PAGE, flags=re.MULTILINE))

    assert {"inventory", "discover", "collect", "event", "store", "status"} <= named
    assert named <= set(COMMANDS)
