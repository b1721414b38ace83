"""`wifiplan collect` and `wifiplan event`, from a simulated network to the store."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.stores.store import open_store
from tests.collectors.cli.run import ROOT, WIFIPLAN, wifiplan

if TYPE_CHECKING:
    from collections.abc import Callable


DESIGN = {
    "format": 1,
    "floor_plan": {"name": "体育館"},
    "scenario": "shelter-day1",
    "access_points": [
        {"name": f"AP-{n}", "radios": [{"band": "5", "channel": 36, "planned_clients": 20, "client_limit": 50}]} for n in range(4)
    ],
}


def test_the_commands_from_simulated_network_to_samples(tmp_path: Path) -> None:
    """collect --once, collect until SIGTERM, samples, backup: over real UDP and SNMP, with one dead target beside."""
    design, targets, hand = tmp_path / "design.json", tmp_path / "targets.toml", tmp_path / "hand.json"
    design.write_text(json.dumps(DESIGN))
    hand.write_text(json.dumps({"clients": {"AP-0": 33, "AP-1": 44}}))
    line = [*WIFIPLAN, "simulate", str(design), "--write-targets", str(targets), "--control", str(hand), "--interval-s", "1"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT) as agents:
        try:
            assert agents.stdout is not None
            assert "ready\n" == agents.stdout.readline()
            time.sleep(0.5)
            dead = "\n[[target]]\nname = 'dead'\nsite = '北校'\nhost = '127.0.0.1'\nport = 1\ntimeout_s = 0.2\nretries = 0\n"
            targets.write_text(targets.read_text() + dead)
            once = wifiplan("collect", targets, "--once", "--json")
            with subprocess.Popen(
                [*WIFIPLAN, "collect", str(targets), "--json"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            ) as collector:
                assert collector.stderr is not None
                with open_store(f"sqlite:{tmp_path / 'store.sqlite'}", read_only=True) as store:
                    while len({s.time for s in store.read("wifi_ap") if s.tags["ap"] == "AP-0"}) < 3:
                        time.sleep(0.1)
                collector.send_signal(signal.SIGHUP)
                log = ""
                while "read again" not in log:
                    log = collector.stderr.readline()
                collector.send_signal(signal.SIGTERM)
                output, _ = collector.communicate(timeout=20)
        finally:
            agents.terminate()
    as_json = wifiplan("samples", "--config", targets, "--measurement", "wifi_ap", "--json")
    as_csv = wifiplan("samples", "--config", targets, "--measurement", "wifi_ap", "--csv")
    backup = wifiplan("store", "backup", tmp_path / "copy.sqlite", "--config", targets)
    done = json.loads(once.stdout)
    total = json.loads(output)
    found = json.loads(as_json.stdout)["samples"]

    assert 0 == once.returncode
    assert {"targets": 6, "ok": 5, "failed": 1, "spooled": 0, "lost": 0} == {
        key: done[key] for key in ("targets", "ok", "failed", "spooled", "lost")
    }
    assert done["samples"] == done["stored"] > 20
    assert 0 == collector.returncode
    assert total["ok"] >= 5
    assert (total["samples"], 0) == (total["stored"], total["lost"])
    assert "read again; 6 targets, 0 of them new or changed" in log
    assert {("AP-0", 33.0), ("AP-1", 44.0)} <= {(s["tags"]["ap"], s["fields"]["clients"]) for s in found}
    assert "Z" == found[0]["time"][-1]
    assert len(found) == len(as_csv.stdout.splitlines()) - 1
    assert "time,measurement,site,device,ap,ap_key,clients,up,uptime_s" == as_csv.stdout.splitlines()[0]
    assert 0 == backup.returncode
    with open_store(f"sqlite:{tmp_path / 'copy.sqlite'}", read_only=True) as store:
        assert len(found) == len(list(store.read("wifi_ap")))
        assert [{"reachable": 0.0}] == [s.fields for s in store.latest("device", site="北校")]


def test_bad_input_is_one_line(tmp_path: Path, unused_port: Callable[[], int]) -> None:
    """Each with its file and the way out; exit 2 for what is written wrongly, 1 for what cannot be done."""
    one = "[[target]]\nname = 'a'\nsite = 's'\nhost = '127.0.0.1'\nport = 1\ntimeout_s = 0.1\nretries = 0\n"
    (tmp_path / "store.txt").write_text("my own file\n" * 100)
    cases = {
        "missing": (None, 2, "no such file"),
        "misspelt": ("[store]\nurl = 'sqlite:s'\nintervall_s = 5\n" + one, 2, "store.intervall_s: unknown key"),
        "scheme": ("[store]\nurl = 'mysql://u:hunter2@h/db'\n" + one, 2, "of no known kind; give sqlite:PATH"),
        "folder": ("[store]\nurl = 'sqlite:no/s'\n" + one, 1, "its folder is not there"),
        "foreign": ("[store]\nurl = 'sqlite:store.txt'\n" + one, 1, "not a database"),
        "down": (f"[store]\nurl = 'influx1://127.0.0.1:{unused_port()}/w'\nspool_mb = 0\n" + one, 1, "not reachable"),
        "empty": ("[store]\nurl = 'sqlite:s'\n", 2, "no [[target]] to poll"),
    }
    for name, (text, code, words) in cases.items():
        path = tmp_path / f"{name}.toml"
        if text is not None:
            path.write_text(text)
        done = wifiplan("collect", path, "--once", "--json")
        lines = [line for line in done.stderr.splitlines() if line.startswith("wifiplan:")]

        assert (code, "") == (done.returncode, done.stdout), name
        assert words in lines[0], name
        assert "hunter2" not in done.stderr
        assert "Traceback" not in done.stderr
    assert "my own file\n" * 100 == (tmp_path / "store.txt").read_text()


def test_an_event_is_started_shown_and_stopped_by_command(tmp_path: Path) -> None:
    """For a set time and for sites that there are; what is written wrongly starts none."""
    path = tmp_path / "targets.toml"
    path.write_text('[store]\nurl = "sqlite:s"\n[[target]]\nname = "a"\nsite = "北校"\nhost = "192.0.2.1"\n', encoding="utf-8")
    started = wifiplan("event", "start", "--config", path, "--site", "北校", "--for", "2h", "--json")
    event = json.loads(started.stdout)["event"]
    left_s = (datetime.fromisoformat(event["until"]) - datetime.now(UTC)).total_seconds()
    unknown = wifiplan("event", "start", "--config", path, "--site", "南校")
    endless = wifiplan("event", "start", "--config", path, "--for", "ever")
    shown = wifiplan("event", "show", "--config", path)
    stopped = wifiplan("event", "stop", "--config", path, "--json")

    assert (["北校"], 10.0) == (event["sites"], event["interval_s"])
    assert 7100 < left_s <= 7200
    assert (2, 2) == (unknown.returncode, endless.returncode)
    assert "--site 南校: no target" in unknown.stderr
    assert "--for ever: not a duration; write 90m, 12h or 3d" in endless.stderr
    assert "北校: every 10 s from " in shown.stdout
    assert not json.loads(stopped.stdout)["event"]["goes_on"]
    assert {"events": []} == json.loads(wifiplan("event", "show", "--config", path, "--json").stdout)
    assert [event["name"]] == [
        one["name"] for one in json.loads(wifiplan("event", "show", "--all", "--config", path, "--json").stdout)["events"]
    ]


def test_several_events_have_names_and_planned_people(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text('[store]\nurl = "sqlite:s"\n[[target]]\nname = "a"\nsite = "北校"\nhost = "192.0.2.1"\n', encoding="utf-8")
    wifiplan("event", "start", "台風10号", "--config", path, "--planned", "北校=250")
    wifiplan("event", "start", "訓練", "--config", path, "--site", "北校", "--for", "1h")
    ambiguous, again = (
        wifiplan("event", "stop", "--config", path),
        wifiplan("event", "start", "訓練", "--config", path),
    )
    badly = [wifiplan("event", "start", "x", "--config", path, "--planned", text) for text in ("北校", "南校=5", "北校=多い")]
    stopped = wifiplan("event", "stop", "訓練", "--config", path, "--json")
    (left,) = json.loads(wifiplan("event", "show", "--config", path, "--json").stdout)["events"]

    assert "which event is to end? these go on: 台風10号, 訓練" in ambiguous.stderr
    assert "訓練: there was an event of this name" in again.stderr
    assert [2, 2, 2, 2, 2] == [done.returncode for done in (ambiguous, again, *badly)]
    assert "訓練" == json.loads(stopped.stdout)["event"]["name"]
    assert ("台風10号", [], {"北校": 250.0}) == (left["name"], left["sites"], left["planned"])
