"""What every test may ask for: the references beside the repository, and the programs of the operating system."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent

APT = {
    "influxd": "influxdb",
    "nginx": "nginx-light",
    "chromium": "chromium",
    "redis-server": "redis-server",
    "snmpd": "snmpd",
    "snmptrap": "snmp",
    "snmpbulkwalk": "snmp",
    "snmpget": "snmp",
    "snmpset": "snmp",
    "snmpwalk": "snmp",
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


def script(name: str) -> ModuleType:
    """A program of `scripts/`, which is no package, as a module."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def golden() -> ModuleType:
    """`scripts/golden.py`."""
    return script("golden")


@pytest.fixture(scope="session")
def structure() -> ModuleType:
    """`scripts/structure.py`."""
    return script("structure")


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


class Influxd:
    """A real influxd 1.6 on loopback, with its files in a folder of the test: it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.executable = program("influxd")
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.store_url = f"influx1://127.0.0.1:{self.port}/wifi"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        config = self._folder / "influxd.conf"
        sections = {"meta": ["dir"], "data": ["dir", "wal-dir"]}
        lines = ["reporting-disabled=true", f'bind-address="127.0.0.1:{free_port()}"']
        for section, folders in sections.items():
            lines += [f"[{section}]", *(f'{key}="{self._folder / section / key}"' for key in folders)]
        lines += ['index-version="tsi1"', "[monitor]", "store-enabled=false"]
        lines += ["[http]", f'bind-address="127.0.0.1:{self.port}"', "log-enabled=false"]
        config.write_text("\n".join(lines))
        log = (self._folder / "influxd.log").open("ab")
        self._process = subprocess.Popen([self.executable, "-config", str(config)], stdout=log, stderr=log)
        log.close()
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"{self.base_url}/ping", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        pytest.fail(f"influxd did not start: {(self._folder / 'influxd.log').read_text()[-2000:]}")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """A running influxd of this test's own, empty; without a database until one is made."""
    server = Influxd(tmp_path_factory.mktemp("influxd"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def unused_port() -> object:
    """`unused_port()` is a TCP port of 127.0.0.1 that nobody has now."""
    return free_port


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: their driver keeps an event loop in the main thread, and then `asyncio.run` refuses."""
    items.sort(key=lambda item: "browser" in item.path.parts)
