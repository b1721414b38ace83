"""The arrows between packages are those of the picture in docs/decisions/0001."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("floorplans", "wifiplan", "collectors", "dashboards")
MAY_IMPORT = {
    "floorplans": {"floorplans"},
    "collectors": {"collectors"},
    "wifiplan": {"wifiplan", "floorplans"},
    "dashboards": set(PACKAGES),
}
ONE_DOOR = {
    "pysnmp": {"collectors/_pysnmp.py", "collectors/simulate.py", "collectors/traps.py"},  # asks; answers; hears
    "influxdb_client": {"collectors/_influx.py"},
    "grafana_api": {"dashboards/grafana.py"},
    "typst": {"wifiplan/report/document.py"},
    "ezdxf": {"floorplans/_dxf.py"},
    "streamlit": {"dashboards"},
    "sqlite3": {"collectors/_sqlite.py"},
}
"""Outside library -> the files (or the package) that alone may import it."""


def _sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_those_its_arrows_reach(package: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _sources(package)
        for name in _imports(path)
        if name.split(".")[0] in PACKAGES and name.split(".")[0] not in MAY_IMPORT[package]
    }

    assert set() == wrong


@pytest.mark.parametrize("library", sorted(ONE_DOOR))
def test_each_outside_thing_has_one_door(library: str) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in _sources(package)
        for name in _imports(path)
        if name.split(".")[0] == library
    }
    doors = ONE_DOOR[library]

    assert users
    assert set() == {user for user in users if user not in doors and user.split("/")[0] not in doors}


def test_no_file_is_named_by_adjective_or_as_a_drawer() -> None:
    drawers = {"utils.py", "helpers.py", "manager.py", "core.py", "common.py", "misc.py"}

    assert set() == {path.name for package in PACKAGES for path in _sources(package)} & drawers
