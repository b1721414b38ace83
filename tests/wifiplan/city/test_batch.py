"""Work in parallel: every piece once, one that fails or kills stops no other, stopped and gone on with."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from wifiplan.city import batch
from wifiplan.city.batch import Journal, Outcome
from wifiplan.errors import DesignError


def squared(number: int) -> int:
    """Fails for 3; dies for 13 as a process that is out of memory does."""
    if number == 3:
        raise DesignError("three is too many")
    if number == 13:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def test_one_process_does_each_piece_and_tells_what_failed() -> None:
    found: dict[str, Outcome] = {}
    batch.run({str(n): n for n in range(5)}, squared, lambda one: found.__setitem__(one.key, one), jobs=1)

    assert [0, 1, 4, None, 16] == [found[str(n)].result for n in range(5)]
    assert "three is too many" == found["3"].error


def test_it_stops_when_asked() -> None:
    found: list[str] = []
    batch.run({str(n): n for n in range(5)}, abs, lambda one: found.append(one.key), jobs=1, cancelled=lambda: len(found) == 2)

    assert ["0", "1"] == found


def slow(number: int) -> int:
    time.sleep(0.01)
    return squared(number)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_several_processes_do_each_once_and_one_that_kills_them_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that died is started again; the piece that killed it is told, all others are done, also those beside it."""
    # Streamlit's tests leave a script behind as __main__, which each new process would run.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    monkeypatch.setattr(batch, "DEATHS", 0)
    found: list[Outcome] = []
    batch.run({str(n): n for n in range(16)}, slow, found.append, jobs=2)
    by_key = {one.key: one for one in found}

    assert 16 == len(found) == len(by_key)
    assert "its process died" in (by_key["13"].error or "")
    assert "three is too many" == by_key["3"].error
    assert [n * n for n in range(16) if n not in {3, 13}] == [by_key[str(n)].result for n in range(16) if n not in {3, 13}]


def test_nobody_at_the_address_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import distributed

    def refuse(*_: object, **__: object) -> None:
        raise OSError("refused")

    monkeypatch.setattr(distributed, "Client", refuse)
    with pytest.raises(DesignError, match="no scheduler answers there"):
        batch.run({"a": 1, "b": 2}, abs, lambda _: None, dask="tcp://127.0.0.1:9")


def test_a_journal_goes_on_behind_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "done.jsonl"
    journal = Journal(path)
    journal.add({"key": "a", "value": 1})
    with path.open("a") as out:
        out.write('{"key": "b", "val')
    again = Journal(path)
    again.add({"key": "c", "value": 3})

    assert ["a", "c"] == list(Journal(path).lines)
    assert [{"key": "a", "value": 1}, {"key": "c", "value": 3}] == [json.loads(line) for line in path.read_text().splitlines()]
