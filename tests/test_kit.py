"""The USB kit: made by one command, installed where nothing can be fetched, and refused where a file of it is damaged.

The lock of the real kit is 150 wheels; here it is one that the test makes. `tests/benchmarks/kit.py` tries the real one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def wheel(folder: Path) -> str:
    """A package of one line; its hash."""
    folder.mkdir()
    path = folder / "standin-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("standin.py", "here = True\n")
        file.writestr("standin-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: standin\nVersion: 1.0\n")
        file.writestr("standin-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("standin-1.0.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kit")
    lock = folder / "requirements.lock"
    lock.write_text(f"standin==1.0 --hash=sha256:{wheel(folder / 'found')}\n", encoding="utf-8")
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder / "found"), "LOCK": str(lock), "PYTHON": sys.executable}
    command = ["sh", str(ROOT / "scripts" / "kit.sh"), str(folder / "usb")]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | settings, timeout=250)
    assert 0 == done.returncode, done.stderr
    return folder / "usb"


def installed(kit: Path, prefix: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """What install.sh says in a network namespace of its own, in which not even loopback is up."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no network namespace (unshare -rn)")
    command = ["unshare", "-rn", "sh", str(kit / "install.sh"), str(prefix)]
    given = {"PYTHON": sys.executable, **settings}
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | given, timeout=250)


def test_it_is_installed_without_any_network(kit: Path, tmp_path: Path) -> None:
    done = installed(kit, tmp_path / "there")
    python = tmp_path / "there" / ".venv" / "bin" / "python"
    probe = "import standin, dashboards, importlib.resources as r; print(r.files(dashboards).joinpath('pages.css').is_file())"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    said = subprocess.run([python, "-c", probe], capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60)

    assert (0, "") == (done.returncode, done.stderr)
    assert "RUNBOOK.ja.txt" in done.stdout
    assert ("True", "") == (said.stdout.strip(), said.stderr)
    assert (tmp_path / "there" / "RUNBOOK.en.txt").is_file()


def test_a_damaged_file_is_named_and_nothing_is_installed(kit: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(kit, copy)
    with (copy / "wheels" / "standin-1.0-py3-none-any.whl").open("ab") as file:
        file.write(b"!")
    done = installed(copy, tmp_path / "there")

    assert 2 == done.returncode
    assert "standin-1.0-py3-none-any.whl" in done.stderr
    assert not (tmp_path / "there").exists()


def test_another_python_is_refused_by_name(kit: Path, tmp_path: Path) -> None:
    done = installed(kit, tmp_path / "there", PYTHON="/bin/false")

    assert 2 == done.returncode
    assert f"needs Python {sys.version_info[0]}.{sys.version_info[1]}" in done.stderr
    assert not (tmp_path / "there").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("", encoding="utf-8")
    done = subprocess.run(["sh", str(ROOT / "scripts" / "kit.sh"), str(tmp_path)], capture_output=True, text=True)

    assert (2, 1) == (done.returncode, done.stderr.count("\n"))
    assert ["holiday.jpg"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_runbook_is_one_page_and_its_commands_are_ours(lang: str) -> None:
    text = (ROOT / "packaging" / f"RUNBOOK.{lang}.txt").read_text("utf-8")
    commands = set(re.findall(r"wifiplan (check|watch|app|collect|event start|event stop|notify test|store backup)\b", text))

    assert len(text.splitlines()) <= 45
    assert {"check", "event start", "event stop", "notify test", "store backup"} == commands


@pytest.mark.parametrize("name", ["collect", "watch", "app"])
def test_each_unit_starts_its_command_as_nobody_else(name: str) -> None:
    unit = (ROOT / "packaging" / f"wifiplan-{name}.service").read_text("utf-8")

    assert f"ExecStart=/opt/wifiplan/.venv/bin/wifiplan {name} " in unit
    assert "User=wifiplan\n" in unit
    assert "ProtectSystem=strict\n" in unit
    assert ("CAP_NET_RAW" in unit) == (name == "collect")
