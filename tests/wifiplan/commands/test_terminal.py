"""`wifiplan.commands.terminal`: JSON, notes, progress and the wish to stop."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from wifiplan import model
from wifiplan.commands.terminal import note_stale, print_json, progress_bar, stop_when
from wifiplan.errors import StoppedError
from wifiplan.model import Design


def test_json_is_one_value_and_never_a_nan(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"名": 1.5})
    with pytest.raises(ValueError, match="not JSON compliant"):
        print_json({"x": float("nan")})

    assert {"名": 1.5} == json.loads(capsys.readouterr().out)


def test_a_stale_answer_is_one_line_that_names_the_way_out(gym_design: Design, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is said of a fresh one."""
    assert gym_design.capacity is not None
    fresh = replace(gym_design, capacity=replace(gym_design.capacity, computed_from=model.inputs_hash(gym_design)))
    note_stale(fresh, Path("d.json"))
    quiet = capsys.readouterr().err
    note_stale(replace(fresh, access_points=fresh.access_points[1:]), Path("d.json"))
    said = capsys.readouterr().err

    assert "" == quiet
    assert 1 == said.count("\n")
    assert said.startswith("wifiplan: d.json: ")
    assert "`wifiplan capacity --out`" in said
    assert "place" not in said.replace("placement", "")


def test_the_first_ctrl_c_asks_to_stop_and_the_second_stops() -> None:
    """Afterwards Ctrl-C does what it did before."""
    before = signal.getsignal(signal.SIGINT)
    with stop_when(None) as stopped:
        asked = [stopped()]
        os.kill(os.getpid(), signal.SIGINT)
        asked.append(stopped())
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

    assert [False, True] == asked
    assert before is signal.getsignal(signal.SIGINT)


def test_time_that_is_up_asks_to_stop() -> None:
    with stop_when(0.0) as at_once, stop_when(3600.0) as later:
        assert at_once()
        assert not later()


def test_work_that_cannot_be_asked_is_told_how_long_it_has() -> None:
    """A solver at the root of a large programme answers nobody: it is given its seconds."""
    with stop_when(60.0) as cancelled, stop_when(None) as never:
        left_s, endless_s = cancelled.left_s(), never.left_s()  # type: ignore[attr-defined]

    assert 55.0 < left_s <= 60.0
    assert float("inf") == endless_s


def test_where_there_is_no_terminal_progress_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Short work says nothing; long work a line each ten seconds at most, and never the same share twice."""
    clock = iter([100.0, 100.0, 101.0, 101.0, 112.0, 112.0, 114.0, 114.0, 130.0, 130.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with progress_bar("placement", 3600.0) as tell:
        next(clock)
        tell(0.1)
        quiet = capsys.readouterr().err
        for share in (0.4, 0.5, 0.4):
            tell(share)

    assert "" == quiet
    assert "wifiplan: placement: 40% after 12 s\n" == capsys.readouterr().err


def test_work_without_a_best_so_far_ends_when_its_time_is_up() -> None:
    """The sentence says what was stopped and the way out; the exit code is that of what could not be done."""
    with (
        progress_bar("radio map", 0.0) as tell,
        pytest.raises(StoppedError, match=r"radio map: stopped after 0 s.*--max-seconds") as stop,
    ):
        tell(0.5)

    assert 1 == stop.value.exit_code
