"""`wifiplan samples` and `wifiplan store`: what was collected is read back, in any form."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from pyarrow import parquet

from collectors.metrics import Sample
from collectors.stores._spool import Ledger
from collectors.stores.store import open_store
from tests.collectors.cli.run import wifiplan

NOON = datetime(2026, 8, 30, 12, tzinfo=UTC)


def test_reading_bad_input_is_one_line(tmp_path: Path) -> None:
    """A store that is not there, a time that is none, both formats at once."""
    path = tmp_path / "targets.toml"
    path.write_text("[store]\nurl = 'sqlite:store.sqlite'\n")
    for arguments, code, words in (
        ((), 1, "no store there yet; start `wifiplan collect`"),
        (("--since", "yesterday"), 2, "--since yesterday: not a time"),
        (("--json", "--csv"), 2, "give one of them"),
        (("--measurement", "wifi"), 2, "--measurement wifi: unknown; give one of wifi_ap"),
    ):
        done = wifiplan("samples", "--config", path, *arguments)

        assert (code, "", 1) == (done.returncode, done.stdout, len(done.stderr.splitlines()))
        assert words in done.stderr
    assert 1 == wifiplan("store", "backup", tmp_path / "copy", "--config", path).returncode
    assert 2 == wifiplan("store", "backup", tmp_path / "no" / "copy", "--config", path).returncode
    assert ["targets.toml"] == [file.name for file in tmp_path.iterdir()]


def test_times_can_be_given_in_any_zone_or_as_ago(tmp_path: Path) -> None:
    """RFC 3339 with an offset, and 15m for a quarter of an hour ago."""
    at = datetime.now(UTC)
    samples = [Sample(measurement="wifi_ap", time=at, tags={"ap": str(n)}, fields={"clients": 1.0}) for n in range(7)]
    with open_store(f"sqlite:{tmp_path / 'store.sqlite'}") as store:
        store.write(samples)
    path = tmp_path / "targets.toml"
    path.write_text("[store]\nurl = 'sqlite:store.sqlite'\n")
    in_tokyo = at.astimezone(timezone(timedelta(hours=9)))

    def count(*arguments: str) -> int:
        return len(json.loads(wifiplan("samples", "--config", path, "--json", *arguments).stdout)["samples"])

    assert 7 == count("--since", in_tokyo.isoformat())
    assert 7 == count("--since", "15m")
    assert 0 == count("--until", "15m")
    assert 0 == count("--since", "2100-01-01T00:00:00Z")


def test_the_command_exports_what_is_asked_for(tmp_path: Path) -> None:
    """A measurement has its own columns only."""
    (tmp_path / "t.toml").write_text("[store]\nurl = 'sqlite:s.sqlite'\n")
    with open_store(f"sqlite:{tmp_path / 's.sqlite'}") as store:
        of_an_ap = Sample(measurement="wifi_ap", time=NOON, tags={"site": "s", "ap": "A"}, fields={"clients": 3.0})
        store.write([of_an_ap, Sample(measurement="ups", time=NOON, tags={"site": "s"}, fields={"on_battery": 0.0})])
    out = tmp_path / "aps.parquet"
    done = wifiplan("store", "export", out, "--config", tmp_path / "t.toml", "--measurement", "wifi_ap", "--json")

    assert 0 == done.returncode, done.stderr
    assert {"file": str(out), "samples": 1, "bytes": out.stat().st_size} == json.loads(done.stdout)
    names = ["time", "measurement", "site", "device", "ap", "ap_key", "clients", "up", "uptime_s"]
    assert names == parquet.read_schema(out).names


def test_the_same_samples_come_as_text_table_and_json(tmp_path: Path) -> None:
    """One line, one row, one object for each; Japanese stays Japanese."""
    (tmp_path / "t.toml").write_text("[store]\nurl = 'sqlite:s.sqlite'\n")
    with open_store(f"sqlite:{tmp_path / 's.sqlite'}") as store:
        store.write([Sample(measurement="wifi_ap", time=NOON, tags={"site": "北校", "ap": "体育館-1"}, fields={"clients": 3.0})])
    line = ("samples", "--config", tmp_path / "t.toml", "--measurement", "wifi_ap")

    assert "2026-08-30T12:00:00.000000Z wifi_ap ap=体育館-1 site=北校  clients=3\n" == wifiplan(*line).stdout
    assert ["2026-08-30T12:00:00.000000Z,wifi_ap,北校,,体育館-1,,3.0,,"] == wifiplan(*line, "--csv").stdout.splitlines()[1:]
    assert {
        "samples": [
            {
                "measurement": "wifi_ap",
                "time": "2026-08-30T12:00:00.000000Z",
                "tags": {"ap": "体育館-1", "site": "北校"},
                "fields": {"clients": 3.0},
            }
        ]
    } == json.loads(wifiplan(*line, "--json").stdout)


def test_the_gaps_of_the_ledger_are_told(tmp_path: Path) -> None:
    """From when to when, why, and how many samples; without a ledger none are known."""
    (tmp_path / "t.toml").write_text("[store]\nurl = 'sqlite:s.sqlite'\n")
    before = wifiplan("store", "gaps", "--config", tmp_path / "t.toml")
    spool = tmp_path / "t.spool"
    spool.mkdir()
    ledger = Ledger(spool / "gaps.jsonl")
    ledger.add(NOON, NOON + timedelta(minutes=1), "disk full", 12)
    ledger.close()
    after = wifiplan("store", "gaps", "--config", tmp_path / "t.toml", "--json")

    assert "no gaps known\n" == before.stdout
    assert [("disk full", 12, "2026-08-30T12:01:00.000000Z")] == [
        (gap["why"], gap["samples"], gap["to"]) for gap in json.loads(after.stdout)["gaps"]
    ]


def test_a_devices_words_are_no_formula_in_a_table_and_no_command_to_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text("[store]\nurl = 'sqlite:store.sqlite'\n", encoding="utf-8")
    names = ["=cmd|' /C calc'!A0", "-1", " @SUM(A1)", "\x1b[31mred\u202e", "AP-1"]
    with open_store(f"sqlite:{tmp_path / 'store.sqlite'}") as store:
        tags = ({"site": "s", "ap": name, "ap_key": str(number)} for number, name in enumerate(names))
        store.write([Sample(measurement="wifi_ap", time=NOON, tags=one, fields={"clients": -1.0}) for one in tags])
    table = wifiplan("samples", "--config", path, "--measurement", "wifi_ap", "--csv").stdout
    text = wifiplan("samples", "--config", path, "--measurement", "wifi_ap").stdout

    rows = {row["ap_key"]: row for row in csv.DictReader(io.StringIO(table))}
    assert ["'=cmd|' /C calc'!A0", "'-1", "' @SUM(A1)", "AP-1"] == [rows[key]["ap"] for key in "0124"]
    assert {"-1.0"} == {row["clients"] for row in rows.values()}
    assert "\x1b" not in text
    assert r"\x1B[31mred\u202E" in text
