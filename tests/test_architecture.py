"""The arrows between packages, between wings and between files are those of the house that docs/decisions/0001 draws."""

from __future__ import annotations

import ast
from pathlib import Path
from types import ModuleType

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
    "pysnmp": {"collectors/snmp/_pysnmp.py", "collectors/simulate/agent.py", "collectors/snmp/traps.py"},  # asks; answers; hears
    "orjson": {"collectors/poll.py"},  # a poll as one line
    "influxdb_client": {"collectors/stores/_influx.py"},
    "urllib3": {"collectors/stores/_influx.py"},
    "dns": {"collectors/probe.py"},
    "grafana_api": {"dashboards/grafana.py"},
    "typst": {"wifiplan/report/document.py"},
    "sklearn": {"wifiplan/radio/residuals.py"},
    "ezdxf": {"floorplans/_dxf.py", "floorplans/_dxf_exchange.py"},
    "pypdfium2": {"floorplans/_pdf.py"},
    "cv2": {"floorplans/_picture.py"},
    "ifcopenshell": {"floorplans/_ifc_file.py"},
    "streamlit": {"dashboards"},
    "sqlite3": {"collectors/stores/_sqlite.py", "dashboards/outbox.py"},  # samples; alerts and messages
    "apprise": {"dashboards/notify.py"},
    "distributed": {"wifiplan/city/batch.py"},
    "segno": {"wifiplan/report/paper.py"},
}
"""Outside library -> the files (or the package) that alone may import it."""

ORDER: dict[str, tuple[frozenset[str], ...]] = {
    "wifiplan": (
        frozenset({"cli"}),
        frozenset({"commands"}),
        frozenset({"city", "report"}),
        frozenset({"placement"}),
        frozenset({"capacity"}),
        frozenset({"radio"}),
        frozenset({"airtime"}),
        frozenset({"model", "answer", "prices", "files", "equipment"}),
        frozenset({"errors", "units"}),
    ),
    "collectors": (
        frozenset({"cli"}),
        frozenset({"service", "simulate"}),
        frozenset({"delivery", "events", "inventory", "leases", "pace", "probe"}),
        frozenset({"poll", "known_file"}),
        frozenset({"profile", "stores", "telemetry"}),
        frozenset({"snmp"}),
        frozenset({"config", "metrics", "operations", "own_network", "sites", "totals"}),
        frozenset({"addresses", "files"}),
        frozenset({"errors"}),
    ),
}
"""Package -> its wings from the top: each may import what stands on its own line or below, never what stands above."""

KNOWN_AGAINST_ORDER: set[tuple[str, str]] = set()
"""Arrows against the order that are still to go: these are found, and no others."""

KNOWN_CIRCLES: dict[str, list[list[str]]] = {}
"""Circles of files that are still to go, by package: these are found, and no others."""

KNOWN_BROKEN_BARS: list[str] = []
"""Bars of `scripts/structure.py` that are still to be met: these are not, and no others."""


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


@pytest.mark.parametrize("package", sorted(ORDER))
def test_wings_import_only_what_stands_below_them(structure: ModuleType, package: str) -> None:
    floor = {wing: number for number, wings in enumerate(ORDER[package]) for wing in wings}
    arrows = structure.imports_of(ROOT, package).arrows(typed=True)
    wings = [(name, other) for name, others in arrows.items() for other in others if name.count(".") and other.count(".")]
    against = {pair for pair in wings if floor[pair[1].split(".")[1]] < floor[pair[0].split(".")[1]]}

    assert wings
    assert against == {pair for pair in KNOWN_AGAINST_ORDER if pair[0].startswith(f"{package}.")}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_has_a_circle_of_files(structure: ModuleType, package: str) -> None:
    assert structure.circles(structure.imports_of(ROOT, package).arrows(typed=False)) == KNOWN_CIRCLES.get(package, [])


def test_the_house_can_be_learned_in_ten_minutes(structure: ModuleType) -> None:
    """Rooms, floors and circles of the top level of wifiplan, as `scripts/structure.py` counts them."""
    assert KNOWN_BROKEN_BARS == structure.broken_bars([structure.measured(ROOT, package) for package in PACKAGES])


class TestMeasure:
    """What `scripts/structure.py` counts, on a package that is made here."""

    def test_rooms_floors_arrows_and_circles(self, structure: ModuleType, tmp_path: Path) -> None:
        """top → wing.a → wing.b ⇄ wing.c → low; the import for types only makes no arrow."""
        files = {
            "__init__.py": "",
            "top.py": "from house.wing import a\n",
            "wing/__init__.py": "",
            "wing/a.py": "from .b import thing\n",
            "wing/b.py": "def thing():\n    from house.wing import c\n",
            "wing/c.py": "import house.wing.b\nfrom house.low import other\n",
            "low.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.top import a\nother = 1\n",
        }
        for name, text in files.items():
            path = tmp_path / "house" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = structure.measured(tmp_path, "house")

        assert (5, 4, 5) == (found.files.rooms, found.files.floors, found.files.arrows)
        assert [["house.wing.b", "house.wing.c"]] == found.files.circles
        assert (3, 3, 2, []) == (found.wings.rooms, found.wings.floors, found.wings.arrows, found.wings.circles)
        assert [["house.low", "house.top", "house.wing"]] == found.wings.typed_circles
        assert (3, 2) == (found.inside["wing"].rooms, found.inside["wing"].floors)

    def test_long_functions_and_broken_bars_are_told(self, structure: ModuleType, tmp_path: Path) -> None:
        (tmp_path / "wifiplan").mkdir()
        for number in range(16):
            (tmp_path / "wifiplan" / f"room{number}.py").write_text("def long():\n" + "    pass\n" * 80, encoding="utf-8")
        found = structure.measured(tmp_path, "wifiplan")

        assert ("wifiplan/room0.py:1 long", 81) in found.long_functions
        assert ["wifiplan has 16 rooms at its top level, not 15 at most"] == structure.broken_bars([found])
