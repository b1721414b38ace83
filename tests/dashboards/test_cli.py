"""The promised commands: their JSON, their one line for what a user did wrong, and no door left open."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboards import cli, data
from wifiplan.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run("status", ...)` is (exit code, standard output, standard error)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["wifiplan", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_status_prints_one_json_value_with_every_facility(run: Run, watched: Path) -> None:
    code, out, err = run("status", "--config", watched, "--json")
    (found,) = json.loads(out)["facilities"]

    assert (0, "") == (code, err)
    assert ("ok", 60, 120.0, 240, 3, 3, []) == tuple(
        found[key] for key in ("state", "clients", "planned", "limit", "aps", "aps_up", "reasons")
    )


@pytest.mark.parametrize(("lang", "text"), [("ja", "[正常]"), ("en", "[OK]")])
def test_status_is_readable_in_both_languages(run: Run, watched: Path, lang: str, text: str) -> None:
    code, out, _ = run("status", "--config", watched, "--lang", lang)

    assert 0 == code
    assert out.startswith(text)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (None, 2, ["targets.toml"]),
        ("[store]\nurl = 'sqlite:store.sqlite'\nintervall_s = 5\n", 2, ["targets.toml", "intervall_s"]),
        ("[store]\nurl = 'sqlite:store.sqlite'\n", 1, ["store.sqlite"]),
        ("[store]\nurl = 'postgres:x'\n", 2, ["postgres"]),
    ],
)
def test_status_says_in_one_line_what_is_wrong(
    run: Run, tmp_path: Path, content: str | None, code: int, words: list[str]
) -> None:
    path = tmp_path / "targets.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    exit_code, out, err = run("status", "--config", path, "--json")

    assert (code, "", 1) == (exit_code, out, err.count("\n"))
    assert all(word in err for word in words)


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::", "example.org"])
def test_the_app_refuses_to_be_seen_from_outside_without_a_password(run: Run, address: str) -> None:
    code, _, err = run("app", "--address", address)

    assert (2, 1) == (code, err.count("\n"))
    assert data.PASSWORD_ENV in err


def test_a_password_that_can_be_guessed_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(data.PASSWORD_ENV, "wifi")
    code, _, err = run("app", "--address", "127.0.0.1")

    assert 2 == code
    assert "12" in err
    assert "wifi\n" not in err


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_needs_no_password(address: str) -> None:
    assert cli._is_loopback(address)


def test_a_taken_port_is_named(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = run("app", "--port", port)

    assert 2 == code
    assert f"--port {port}" in err


def test_the_app_is_not_started_with_a_file_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"

    assert [2, 2] == [run("app", option, missing)[0] for option in ("--config", "--design")]


def test_the_app_asks_no_host_and_offers_no_developer_menu(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Streamlit would do by itself: count its users, look up its outside address, watch files, show tracebacks."""
    from streamlit import config
    from streamlit.web import bootstrap

    before = {name: config.get_option(name) for name in ("server.port", "browser.gatherUsageStats")}
    started = []
    monkeypatch.setattr(bootstrap, "run", lambda script, **_: started.append(script))
    try:
        cli._run_streamlit("127.0.0.1", 8599, ())
        options = {
            name: config.get_option(name)
            for name in (
                "server.address",
                "browser.gatherUsageStats",
                "server.fileWatcherType",
                "client.showErrorDetails",
                "runner.postScriptGC",
            )
        }
    finally:
        bootstrap.load_config_options(flag_options={name.replace(".", "_"): value for name, value in before.items()})

    assert [str(Path(cli.__file__).with_name("app.py"))] == started
    assert {
        "server.address": "127.0.0.1",
        "browser.gatherUsageStats": False,
        "server.fileWatcherType": "none",
        "client.showErrorDetails": "none",
        "runner.postScriptGC": False,
    } == options


def test_grafana_is_not_asked_to_read_a_sqlite_file(run: Run, targets_toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIFIPLAN_GRAFANA_TOKEN", "glsa_secret")
    code, _, err = run("grafana", "push", "--url", "http://127.0.0.1:1", "--config", targets_toml)

    assert 2 == code
    assert "sqlite" in err
    assert "glsa_secret" not in err
