"""`wifiplan inventory` and `wifiplan discover`: a targets.toml to review."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collectors.config import load
from tests.collectors.cli.run import wifiplan

TABLE = """名称,施設,IPアドレス,ポート,備考
AP-1,北校,192.0.2.1,,体育館
AP-2,北校,192.0.2.2/24,1161,
AP-3,,192.0.2.3,,
AP-1,南校,192.0.2.4,,
控え,南校,192.0.2.1,,
古い,南校,,,
変,南校,a b,,
"""


def test_the_commands_write_a_file_to_review_and_say_what_is_open(
    tmp_path: Path, snmpsim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table, and a search of one address; neither writes over a file that is there."""
    (tmp_path / "devices.csv").write_text(TABLE, encoding="utf-8")
    targets, found = tmp_path / "targets.toml", tmp_path / "found.toml"
    imported = wifiplan("inventory", tmp_path / "devices.csv", "--out", targets, "--json")
    again = wifiplan("inventory", tmp_path / "devices.csv", "--out", targets)
    monkeypatch.setenv("WIFIPLAN_TEST_COMMUNITY", "unifi")
    with_community = ["--port", snmpsim, "--community-env", "WIFIPLAN_TEST_COMMUNITY"]
    searched = wifiplan("discover", "127.0.0.1", *with_community, "--site", "北校", "--out", found, "--json")
    silent = wifiplan("discover", "127.0.0.1", "--port", "9", "--timeout-s", "0.1", "--out", tmp_path / "none.toml")

    assert (0, 0, 2, 1) == (imported.returncode, searched.returncode, again.returncode, silent.returncode), searched.stderr
    assert 3 == json.loads(imported.stdout)["targets"] == len(load(targets).targets)
    assert "is there already" in again.stderr
    assert {"targets": 1, "without_site": [], "duplicates": [], "skipped": []} == json.loads(searched.stdout)
    assert [("gym-ap", "北校", snmpsim)] == [(target.name, target.site, target.port) for target in load(found).targets]
    assert not (tmp_path / "none.toml").exists()
    assert "no device answered" in silent.stderr
    assert 1 == len(silent.stderr.splitlines())
