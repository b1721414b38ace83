"""The command as `main` runs it, in this process: it starts faster."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from wifiplan.cli import main

ROOT = Path(__file__).resolve().parents[3]
WIFIPLAN = [sys.executable, "-c", "from wifiplan.cli import main; main()"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def wifiplan(*arguments: str | Path) -> Done:
    """Run a command to its end."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with patch.object(sys, "argv", ["wifiplan", *map(str, arguments)]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Done(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())
