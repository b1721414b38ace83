"""Recorded real devices from UDP to the screen: snmpsim, `wifiplan collect` into a real influxd, the app in Chromium."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

DEVICES = {"cisco-aireos-5508": 95, "aruba-7210": 69, "ruckuswireless_zd1200": 6, "unifi_nanohd": 18}
"""Recording -> associated clients, as its own screens showed them; of the 7210 what its rows add up to, two above its scalar."""


@pytest.fixture
def recorded(shared: Path, tmp_path: Path) -> Iterator[int]:
    """The UDP port where the recordings answer; a community is a recording's name."""
    (tmp_path / "data").mkdir()
    (tmp_path / "cache").mkdir()
    for name in DEVICES:
        shutil.copy(shared / "data" / "snmp" / f"{name}.snmprec", tmp_path / "data")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    command = [
        str(Path(sys.executable).with_name("snmpsim-command-responder")),
        f"--data-dir={tmp_path / 'data'}",
        f"--cache-dir={tmp_path / 'cache'}",
        f"--agent-udpv4-endpoint=127.0.0.1:{port}",
        "--log-level=error",
    ]
    with (tmp_path / "snmpsim.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "SNMPSIM_ALLOW_ROOT": "true"})
    yield port
    process.terminate()
    process.wait(20)


def collected_once(targets: Path, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-c", "from wifiplan.cli import main; main()", "collect", str(targets), "--once", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=120)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_recorded_controllers_are_on_the_page_with_their_own_counts(
    page: Page, recorded: int, influxd: Any, tmp_path: Path, serving: Callable[..., Any]
) -> None:
    targets = tmp_path / "targets.toml"
    rows = [
        f'[[target]]\nname = "{name}"\nsite = "{name}"\nhost = "127.0.0.1"\nport = {recorded}\n'
        f'version = "2c"\ncommunity_env = "COMMUNITY_{number}"\n'
        for number, name in enumerate(DEVICES)
    ]
    targets.write_text(f'[store]\nurl = "{influxd.store_url}"\ninterval_s = 120\n' + "\n".join(rows), encoding="utf-8")
    environment = {f"COMMUNITY_{number}": name for number, name in enumerate(DEVICES)}
    deadline = time.monotonic() + 60  # snmpsim indexes its files before it answers
    while (result := collected_once(targets, environment))["ok"] < len(DEVICES) and time.monotonic() < deadline:
        pass
    with serving(tmp_path, "--config", targets) as url:
        page.goto(f"{url}/facilities?lang=en")
        shown = {}
        for name in DEVICES:
            row = page.get_by_role("row").filter(has=page.get_by_role("cell", name=name, exact=True))
            expect(row).to_be_visible()
            shown[name] = int(row.get_by_role("cell").nth(2).inner_text())
        page.goto(f"{url}/live?site=cisco-aireos-5508&lang=en")
        expect(page.get_by_role("table").first).to_be_visible()
        access_points = page.get_by_role("row").count() - 1

    assert (4, 4, 0, result["samples"]) == (result["targets"], result["ok"], result["failed"], result["stored"])
    assert DEVICES == shown
    assert 226 == access_points
