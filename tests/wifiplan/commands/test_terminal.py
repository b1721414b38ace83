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


def test_no_progress_is_drawn_where_nobody_sees_it(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("placement") as tell:
        assert tell is None

    assert "" == capsys.readouterr().err
