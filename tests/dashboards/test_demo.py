"""`wifiplan demo`: however it is stopped, none of its parts is left running."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from dashboards import demo

SLOW_TO_END = (
    "import signal, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.5), exit(0))); print('ready'); time.sleep(60)"
)


def test_a_second_signal_while_parts_are_ended_leaves_none_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `make` and `timeout` send it: to the group and to the process."""
    monkeypatch.setattr(demo, "_command", lambda *_arguments: [sys.executable, "-u", "-c", SLOW_TO_END])
    log = tmp_path / "part.log"
    before = signal.getsignal(signal.SIGTERM)

    def stopped_twice() -> int | None:
        with contextlib.suppress(KeyboardInterrupt), demo._stop_heard_once(), demo._serving(log) as part:
            demo._wait_for("the part", part, log, "ready")
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        return part.returncode

    assert 0 == stopped_twice()
    assert before == signal.getsignal(signal.SIGTERM)
