"""The commands of operations, as they are typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collectors import config as collect_config
from dashboards import operations

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def with_alerts(watched: Path) -> Path:
    text = watched.read_text(encoding="utf-8")
    watched.write_text(
        text + '[alerts]\npublic = "public"\n[[alerts.recipient]]\nname = "staff"\nurl_env = "ALERT_STAFF"\n', "utf-8"
    )
    return watched


def test_watch_once_looks_writes_the_public_folder_and_says_what_it_saw(run: Run, with_alerts: Path) -> None:
    code, out, err = run("watch", "--config", with_alerts, "--once", "--json")

    assert (0, "") == (code, err)
    assert {"sites": 1, "alerts": 0, "sent": 0, "unsent": 0, "trouble": None}.items() <= json.loads(out).items()
    assert (with_alerts.parent / "public" / "index.html").is_file()


def test_notify_test_says_who_was_reached(
    run: Run, with_alerts: Path, http_sink: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with http_sink() as (port, taken):
        monkeypatch.setenv("ALERT_STAFF", f"json://127.0.0.1:{port}/x")
        code, out, _ = run("notify", "test", "--config", with_alerts, "--json")

    assert (0, [{"name": "staff", "ok": True, "error": None}]) == (code, json.loads(out)["recipients"])
    assert "試験" in taken[0]["title"]


def test_notify_test_without_an_address_is_exit_1(run: Run, with_alerts: Path) -> None:
    code, out, err = run("notify", "test", "--config", with_alerts)

    assert 1 == code
    assert "ALERT_STAFF is not set" in out
    assert 1 == err.count("\n")


def test_notify_log_before_any_watch_says_the_way_out(run: Run, with_alerts: Path) -> None:
    code, _, err = run("notify", "log", "--config", with_alerts, "--json")

    assert 1 == code
    assert "wifiplan watch" in err


def test_notify_log_list_and_ack_after_a_watch(run: Run, with_alerts: Path) -> None:
    run("watch", "--config", with_alerts, "--once")
    code, out, _ = run("notify", "log", "--config", with_alerts, "--json")
    listed = run("notify", "list", "--config", with_alerts, "--json")
    acked = run("notify", "ack", "nothing", "--by", "sato", "--config", with_alerts)

    assert (0, {"messages": [], "deeds": []}) == (code, json.loads(out))
    assert (0, {"alerts": []}) == (listed[0], json.loads(listed[1]))
    assert (2, True) == (acked[0], "no such alert" in acked[2])


def test_public_once(run: Run, with_alerts: Path, tmp_path: Path) -> None:
    code, out, _ = run("public", tmp_path / "out", "--config", with_alerts, "--once", "--json")

    assert (0, 1, None) == (code, json.loads(out)["shelters"], json.loads(out)["trouble"])


def test_public_with_the_store_gone_writes_that_nothing_is_known_and_is_exit_1(
    run: Run, with_alerts: Path, tmp_path: Path
) -> None:
    for path in tmp_path.glob("store.sqlite*"):
        path.unlink()
    code, _, err = run("public", tmp_path / "out", "--config", with_alerts, "--once", "--json")

    assert (1, 1) == (code, err.count("\n"))
    assert json.loads((tmp_path / "out" / "status.json").read_text("utf-8"))["known"] is False


def test_shelter_is_entered_and_shown_by_status(run: Run, with_alerts: Path) -> None:
    site = "第一小学校 体育館"
    assert 0 == run("shelter", site, "--open", "--people", 40, "--by", "office", "--config", with_alerts)[0]
    shown = json.loads(run("status", "--config", with_alerts, "--json")[1])["facilities"][0]

    assert 0 == run("watch", "--config", with_alerts, "--once")[0]
    deeds = json.loads(run("notify", "log", "--config", with_alerts, "--json")[1])["deeds"]

    assert (True, 40, "counted") == (shown["opened"], shown["people"]["value"], shown["people"]["basis"])
    assert [("office", "open_shelter", site, "--open --people 40")] == [
        tuple(deed[name] for name in ("who", "action", "what", "text")) for deed in deeds
    ]
    assert 2 == run("shelter", "nowhere", "--open", "--by", "office", "--config", with_alerts)[0]
    assert 2 == run("shelter", site, "--by", "office", "--config", with_alerts)[0]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("[alerts]\nunknown = 1\n", "unknown"),
        ('[alerts]\n[[alerts.recipient]]\nname = "a"\nurl_env = "mailto://user:pass@x"\n', "address is a secret"),
        ('[alerts]\n[[alerts.recipient]]\nname = "a"\nurl_env = "A"\nquiet = "late"\n', "HH:MM"),
        ('[alerts]\ntime_zone = "Mars/Olympus"\n', "time zone"),
        ('[alerts]\nlisten = "0.0.0.0:9"\n', "this machine only"),
        ("[shelters]\ncrowded_shares = [0.8, 0.3]\n", "rise"),
    ],
)
def test_what_is_wrong_in_the_file_is_exit_2_with_its_place(run: Run, watched: Path, lines: str, says: str) -> None:
    watched.write_text(watched.read_text("utf-8") + lines, "utf-8")
    code, _, err = run("watch", "--config", watched, "--once")

    assert (2, 1) == (code, err.count("\n"))
    assert says in err
    assert "pass@x" not in err


def test_a_maintenance_window_that_ends_before_it_begins_is_said_and_the_rest_works(run: Run, with_alerts: Path) -> None:
    window = '[[alerts.maintenance]]\nname = "work"\nsince = 2026-11-27T12:00:00\nuntil = 2026-11-27T10:00:00\n'
    rule = '[[alerts.rule]]\ncode = "aps_dwon"\noff = true\n'
    with_alerts.write_text(with_alerts.read_text("utf-8") + window + rule, "utf-8")
    code, out, err = run("watch", "--config", with_alerts, "--once", "--json")

    assert (0, 1) == (code, json.loads(out)["sites"])
    assert "work" in err
    assert "before it begins" in err
    assert "aps_dwon: no such rule" in err


def test_what_a_watch_that_goes_on_does_not_follow_is_said(with_alerts: Path) -> None:
    before = collect_config.load(with_alerts)
    assert before.alerts is not None
    after = replace(before, spool=before.spool / "other", alerts=replace(before.alerts, listen=("127.0.0.1", 9)))

    assert [] == operations.kept_until_restart(before, before)
    assert ["[alerts] listen", "[store] spool"] == operations.kept_until_restart(before, after)
