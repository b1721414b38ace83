"""`make setup` on a machine that lacks a part: one line that says what to install, and nothing half-made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def stand_in(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs as a Debian machine without python3-venv has them, for a user who is not root."""
    programs = tmp_path / "bin"
    programs.mkdir()
    stand_in(programs, "rm", 'exec /bin/rm "$@"')
    stand_in(programs, "id", "echo 1000")
    stand_in(programs, "python3", f'case "$*" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"')
    return programs


def made(programs: Path, venv: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    command = ["/bin/sh", str(ROOT / "scripts" / "venv.sh"), str(venv)]
    return subprocess.run(command, capture_output=True, text=True, env=environment | {"PATH": str(programs)}, timeout=60)


def test_without_venv_the_apt_line_is_said(machine: Path, tmp_path: Path) -> None:
    """A user who is not root is told what to run."""
    done = made(machine, tmp_path / "venv")

    assert 2 == done.returncode
    assert ["wifiplan: python3 cannot make virtual environments; install that part: sudo apt-get install python3-venv"] == (
        done.stderr.splitlines()
    )
    assert not (tmp_path / "venv").exists()


def test_root_gets_venv_by_apt(machine: Path, tmp_path: Path) -> None:
    """As root the missing part is installed, in the version of the Python that lacks it."""
    stand_in(machine, "id", "echo 0")
    stand_in(machine, "apt-get", f'echo "$*" >> {tmp_path / "asked"}\nexit 100')
    done = made(machine, tmp_path / "venv")

    assert 2 == done.returncode
    assert "update -qq" == (tmp_path / "asked").read_text(encoding="utf-8").splitlines()[0]
    assert "wifiplan: apt could not install" in done.stderr.splitlines()[-1]


def test_without_a_python_the_way_out_is_said(machine: Path, tmp_path: Path) -> None:
    """A Python that is too old is none."""
    stand_in(machine, "python3", "exit 1")
    done = made(machine, tmp_path / "venv")

    assert 2 == done.returncode
    assert (
        "wifiplan: no Python 3.11, 3.12 or 3.13 found; install one: apt-get install python3 python3-venv" == done.stderr.strip()
    )
