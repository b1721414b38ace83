"""What every test may ask for: the references beside the repository, and the programs of the operating system."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

APT = {
    "influxd": "influxdb",
    "nginx": "nginx-light",
    "chromium": "chromium",
    "snmpd": "snmpd",
    "snmptrap": "snmp",
    "snmpbulkwalk": "snmp",
}
"""Program -> the Debian package that has it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files; then read the diff")


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of other people's data beside the repository; the test skips where it is absent."""
    path = ROOT.parent / "shared"
    if not (path / "data").is_dir():
        pytest.skip(f"other people's data is not there: {path}")
    return path


def program(name: str) -> str:
    """The path of a program of the operating system; the test skips, with the apt line, where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install {APT[name]}")
    return found


@pytest.fixture(scope="session")
def os_program() -> object:
    """`os_program("influxd")` is its path, or a skip that says what to install."""
    return program


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody has now."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
