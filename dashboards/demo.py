"""`wifiplan demo`: the whole job on embedded defaults, through the same commands that a user types."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import wifiplan

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer()

READY_S = 60.0
"""How long a part may take to say that it serves."""


class DemoError(Exception):
    """A part of the demo did not do its job."""

    exit_code = 1


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-c", "from wifiplan.cli import main; main()", *map(str, arguments)]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _run(title: str, *arguments: str | Path) -> None:
    """Run one command to its end; its own one line on standard error is the reason when it fails."""
    started_s = time.monotonic()
    sys.stdout.write(f"  {title:<34} ")
    sys.stdout.flush()
    done = subprocess.run(_command(*arguments), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        _say("failed")
        raise DemoError(f"demo: {title}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")
    _say(f"{time.monotonic() - started_s:5.1f} s")


def _free_port(kind: socket.SocketKind, wanted: int) -> int:
    """`wanted` when nobody has it, else any free port of loopback."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, kind) as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return int(sock.getsockname()[1])
    raise DemoError("demo: no free port on 127.0.0.1; stop what holds them")


@contextlib.contextmanager
def _serving(log: Path, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A command that runs until the block ends; what it says goes to `log`. It is stopped by its own pid."""
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(  # noqa: S603
            _command(*arguments), stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def _stop_heard_once() -> Iterator[None]:
    """SIGINT and SIGTERM end the block as Ctrl-C does; a second one, as make and timeout send it, leaves no part running."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def heard(_number: int, _frame: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in before:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_for(title: str, process: subprocess.Popen[str], log: Path, is_ready: str | int) -> None:
    """Until the log has the word `is_ready`, or the TCP port of that number answers."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            last = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
            raise DemoError(f"demo: {title} ended: {last[0] if last else 'it said nothing'} (all of it in {log})")
        if isinstance(is_ready, str):
            if is_ready in log.read_text(encoding="utf-8").split():
                return
        else:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", is_ready), 1):
                return
        time.sleep(0.1)
    raise DemoError(f"demo: {title} was not ready within {READY_S:.0f} s; see {log}")


@app.command("demo")
def whole_job(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after two poll cycles, without the app.")] = False,
    folder: Annotated[Path, typer.Option("--dir", help="Where the files go.")] = Path("demo-out"),
    scenario: Annotated[str, typer.Option(help="Who is in the gym.")] = "shelter-day1",
    port: Annotated[int, typer.Option(help="Port of the app; another is taken when it is not free.")] = 8501,
) -> None:
    """Do the whole job on embedded defaults: gym, design, report, simulated network, collector, store, app."""
    started_s = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    plan, design, report, report_en = (folder / name for name in ("plan.json", "design.json", "report.pdf", "report-en.pdf"))
    targets, store = folder / "targets.toml", folder / "store.sqlite"
    for old in (targets, *folder.glob("store.sqlite*")):
        old.unlink(missing_ok=True)
    _say(f"wifiplan demo: an elementary school gym as a shelter ({scenario}), files in {folder}/")
    _run("floor plan", "gym", "--out", plan)
    if not any(Path(wifiplan.__file__).parent.rglob("__pycache__/*.nbi")):
        _say("  (the first run compiles the radio model, once: about a minute)")
    _run("access points placed", "place", plan, "--scenario", scenario, "--out", design)
    _run("report (Japanese)", "report", design, "--out", report, "--lang", "ja")
    _run("report (English)", "report", design, "--out", report_en, "--lang", "en")
    snmp_log = folder / "simulate.log"
    snmp_port = _free_port(socket.SOCK_DGRAM, 16100)
    network = ("simulate", design, "--port", str(snmp_port), "--write-targets", targets, "--scenario", scenario)
    with _stop_heard_once(), _serving(snmp_log, *network) as agents:
        _wait_for("the simulated network", agents, snmp_log, "ready")
        for cycle in (1, 2):
            _run(f"poll cycle {cycle}", "collect", targets, "--once")
            if cycle == 1:
                time.sleep(1.0)  # samples of two cycles must differ in time
        _say(f"done in {time.monotonic() - started_s:.0f} s\n  report  {report.resolve()}\n  store   {store.resolve()}")
        if once:
            return
        app_port = _free_port(socket.SOCK_STREAM, port)
        collect_log, app_log = folder / "collect.log", folder / "app.log"
        with (
            _serving(collect_log, "collect", targets) as collector,
            _serving(app_log, "app", "--config", targets, "--design", design, "--port", str(app_port)) as pages,
        ):
            _wait_for("the app", pages, app_log, app_port)
            _say(f"  app     http://127.0.0.1:{app_port}\nStop with Ctrl-C.")
            parts = {"simulated network": (agents, snmp_log), "collector": (collector, collect_log), "app": (pages, app_log)}
            try:
                while True:
                    time.sleep(0.5)
                    for title, (process, log) in parts.items():
                        if process.poll() is not None:
                            raise DemoError(f"demo: the {title} ended; see {log}")
            except KeyboardInterrupt:
                _say("stopped")
