"""What the user asked for is really used: each library is imported on the way of a promised command."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from wifiplan.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
ASKED = {
    "numpy": "numpy",
    "shapely": "shapely",
    "geopandas": "geopandas",
    "pysnmp": "pysnmp",
    "influxdb-client": "influxdb_client",
    "grafana-api": "grafana_api",
    "streamlit": "streamlit",
}


def _file(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.exists():
            return candidate
    return None


def _reached() -> set[str]:
    """Every name imported by a module that a command leads to, late imports and modules named in strings included."""
    queue, seen, outside = [*COMMANDS.values()], set(), set()
    while queue:
        module = queue.pop()
        path = _file(module)
        if path is None:
            outside.add(module.split(".")[0])
            continue
        if module in seen:
            continue
        seen.add(module)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                queue += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                queue += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                # readers, views and the app are named in tables and loaded when wanted
                name = node.value.removesuffix(".py").replace("/", ".")
                for guess in (name, f"{module.rpartition('.')[0]}.{name}", f"{module}.{name}"):
                    if name and name.replace(".", "").isidentifier() and _file(guess):
                        queue.append(guess)
    return outside


@pytest.mark.parametrize("package", sorted(ASKED))
def test_what_was_asked_for_is_used_and_locked(package: str) -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]

    assert ASKED[package] in _reached()
    assert any(line.startswith(package) for line in declared)
    assert f"\n{package}==" in (ROOT / "requirements.lock").read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_the_lock_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]

    assert entries
    assert all("==" in line for line in entries)
    assert text.count("--hash=sha256:") >= len(entries)
    assert not any(word in text for word in ("://", "file:", "--index", "--find-links", " @ "))
