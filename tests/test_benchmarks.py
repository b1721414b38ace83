"""Benchmarks are modules like others: importing one runs nothing and says nothing; what is theirs alone is tested here."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parent / "benchmarks"

LOAD_ALL = """
import contextlib, importlib.util, io, json, pathlib, sys, traceback
folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(folder))
found = {}
for path in sorted(folder.glob("*.py")):
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            spec = importlib.util.spec_from_file_location(f"benchmark_{path.stem}", path)
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
        found[path.stem] = said.getvalue()
    except BaseException as error:
        found[path.stem] = traceback.format_exc()
print(json.dumps(found))
"""


def test_every_benchmark_can_be_imported_and_says_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", LOAD_ALL, str(BENCHMARKS)], capture_output=True, text=True, timeout=200)
    found = json.loads(done.stdout.splitlines()[-1])

    assert {path.stem for path in BENCHMARKS.glob("*.py")} == found.keys()
    assert {} == {name: said for name, said in found.items() if said}


@pytest.fixture(scope="module")
def old_and_new() -> ModuleType:
    """`tests/benchmarks/old_and_new.py`."""
    spec = importlib.util.spec_from_file_location("old_and_new", BENCHMARKS / "old_and_new.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["old_and_new"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("count", "expected"), [(15, (4.0, 12.0)), (6, (1.0, 6.0)), (3, (1.0, 3.0))])
def test_the_interval_of_a_median_is_that_of_the_tables(
    old_and_new: ModuleType, count: int, expected: tuple[float, float]
) -> None:
    """Fourth to twelfth of fifteen (96.5 %), first to sixth of six (96.9 %); of three only the ends can be told."""
    assert expected == old_and_new.interval([float(value) for value in range(count, 0, -1)])


def test_the_median_is_the_middle(old_and_new: ModuleType) -> None:
    assert (8.0, 2.5) == (old_and_new.median([float(value) for value in range(1, 16)]), old_and_new.median([4.0, 1.0]))


def test_every_case_that_can_be_chosen_is_there(old_and_new: ModuleType, tmp_path: Path) -> None:
    assert old_and_new.NAMES == tuple(old_and_new.cases(tmp_path, 16100))
