"""Cells as people write them: what must hold for any of them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from wifiplan.airtime import cell_file
from wifiplan.airtime.flows import LIFETIME_MS
from wifiplan.cli import app
from wifiplan.errors import DesignError


class TestWhatMustHold:
    def test_nobody_gets_nothing(self) -> None:
        """A count of 0 is a cell with beacons only."""
        answer = cell_file.answer({"clients": [{"mcs": 7, "count": 0}], "direction": "both"})

        assert answer["goodput_mbps"] == 0
        assert 0 < answer["busy_share"] < 0.01

    @settings(deadline=None, max_examples=60)
    @given(
        standard=st.sampled_from(["n", "ac", "ax", "be"]),
        mcs=st.integers(0, 7),
        count=st.integers(1, 300),
        bss=st.integers(1, 4),
        direction=st.sampled_from(["down", "up", "both"]),
        rate=st.one_of(st.none(), st.floats(0.01, 50)),
        rts=st.booleans(),
        transport=st.sampled_from(["udp", "tcp"]),
    )
    def test_any_cell_makes_sense(self, **drawn: Any) -> None:
        """Shares stay shares, sums are sums, and nothing is carried beyond the PHY or beyond what is offered."""
        cell = {
            "standard": drawn["standard"],
            "clients": [{"mcs": drawn["mcs"], "count": drawn["count"]}],
            "bss": drawn["bss"],
            "direction": drawn["direction"],
            "rate_mbps": drawn["rate"],
            "rts": drawn["rts"],
            "transport": drawn["transport"],
        }
        answer = cell_file.answer(cell)

        assert 0 <= answer["busy_share"] <= 1
        assert answer["goodput_mbps"] == pytest.approx(answer["down_mbps"] + answer["up_mbps"])
        assert answer["goodput_mbps"] == pytest.approx(sum(group["goodput_mbps"] for group in answer["groups"]))
        assert 0 < answer["goodput_mbps"] < 90
        if drawn["rate"] is not None:
            assert answer["goodput_mbps"] <= answer["offered_mbps"] * (1 + 1e-9)
            assert 0 <= answer["loss_share"] <= 1
            assert 0 < answer["delay_mean_ms"] <= LIFETIME_MS
        json.dumps(answer, allow_nan=False)

    def test_an_array_answers_as_its_cells_do(self) -> None:
        """Order and values do not depend on company: padding of groups changes nothing."""
        cells = [
            {"clients": [{"mcs": 3, "count": 4}]},
            {"clients": [{"mcs": 9, "count": 4}, {"mcs": 1, "count": 2}], "direction": "both"},
            {"clients": [{"mcs": 7, "count": 9}], "rate_mbps": 1.0, "direction": "up"},
            {"clients": [{"mcs": 7, "count": 9}], "transport": "tcp"},
        ]
        for one, among in zip(cells, cell_file.answers(cells), strict=True):
            alone = cell_file.answer(one)

            assert among["goodput_mbps"] == pytest.approx(alone["goodput_mbps"], rel=1e-6)
            assert among["busy_share"] == pytest.approx(alone["busy_share"], rel=1e-6)
        assert cell_file.answers([]) == []


class TestBadInput:
    @pytest.mark.parametrize(
        ("bad", "says"),
        [
            ({"chanel": 36}, "chanel: unknown key; use standard"),
            ({"clients": [{"mcs": 7, "count": 3, "speed": 1}]}, "clients.0.speed: unknown key; use mcs, count"),
            ({"clients": []}, "clients"),
            ({"clients": [{"mcs": 12, "count": 1}]}, "802.11ax has MCS 0 to 11"),
            ({"clients": [{"mcs": -1, "count": 1}]}, "clients.0.mcs: MCS -1 is below the lowest: such a client has no service"),
            ({"clients": [{"mcs": 7, "count": 2000}, {"mcs": 3, "count": 8}]}, "2,008 in a BSS; an access point can hold 2,007"),
            ({"beacon_interval_ms": 1e9}, "beacon_interval_ms"),
            ({"width_mhz": "20"}, "width_mhz"),
            ({"clients": [{"mcs": 7, "count": -2}]}, "clients.0.count"),
            ({"standard": "ac", "clients": [{"mcs": 9, "count": 1}]}, "excludes MCS 9 with 1 streams at 20 MHz"),
            ({"standard": "ac", "band_ghz": 2.4}, "802.11ac has no 2.4 GHz"),
            ({"standard": "n", "width_mhz": 80}, "802.11n has no 80 MHz channel"),
            ({"standard": "n", "streams": 5}, "802.11n has 1 to 4 streams"),
            ({"band_ghz": 2.4, "width_mhz": 80}, "2.4 GHz has no channel of 80 MHz"),
            ({"gi_ns": 400}, "802.11ax has no guard interval of 400 ns"),
            ({"payload_bytes": 0}, "payload_bytes"),
            ({"payload_bytes": 10**9}, "payload_bytes"),
            ({"rate_mbps": -1}, "rate_mbps: -1 should be greater than or equal to 0"),
            ({"clients": [7]}, "clients.0: a group of clients is a JSON object, this is 7"),
            ({"rate_mbps": float("nan")}, "rate_mbps"),
            ({"basic_rate_mbps": 1}, "basic_rate_mbps is 1; 5 GHz has 6"),
            ({"solve": "clients"}, "needs rate_mbps"),
            ({"standard": "ag"}, "standard"),
            ({"direction": "sideways"}, "direction"),
        ],
    )
    def test_a_bad_cell_says_where(self, bad: dict[str, Any], says: str) -> None:
        """The key, what is wrong and what to give instead."""
        with pytest.raises(DesignError) as error:
            cell_file.answer(bad)

        assert says in str(error.value)

    def test_a_cell_that_is_none(self) -> None:
        """Named by its index, without the program's own names."""
        with pytest.raises(DesignError, match=r"cells: \[1\]: a cell is a JSON object, this is 'x'"):
            cell_file.answers([{}, "x"])  # type: ignore[list-item]

    def test_a_bad_cell_in_an_array_is_named_by_its_index(self, tmp_path: Path) -> None:
        """One line with file, index and key."""
        path = tmp_path / "cells.json"
        path.write_text(json.dumps([{}, {}, {"bss": 0}]))
        with pytest.raises(DesignError, match=r"cells\.json: \[2\]: bss"):
            cell_file.answer_file(path)
        path.write_text(json.dumps([{}] * 5000 + [{"bss": 0}]))
        with pytest.raises(DesignError, match=r"cells\.json: \[5000\]: bss"):
            cell_file.answer_file(path)

    @pytest.mark.parametrize("text", ["", "{", "7", '"cell"', "null"])
    def test_a_file_that_is_no_cell(self, tmp_path: Path, text: str) -> None:
        """Named, with what it should hold."""
        path = tmp_path / "cell.json"
        path.write_text(text)
        with pytest.raises(DesignError, match="cell"):
            cell_file.answer_file(path)

    def test_a_cell_of_a_thousand_groups_among_others(self) -> None:
        """Cells of few groups are not widened to it; order and answers stay."""
        many = {"clients": [{"mcs": index % 10, "count": 2} for index in range(1000)]}
        plain = {"clients": [{"mcs": 5, "count": 3}]}
        first, long, last = cell_file.answers([plain, many, plain])

        assert first == last == cell_file.answer(plain)
        assert len(long["groups"]) == 1000

    def test_the_command_prints_one_value(self, tmp_path: Path) -> None:
        """An object in, an object out; an array in, an array out; in words without --json, and no service is said so."""
        cell = {"clients": [{"mcs": 0, "count": 1}], "rate_mbps": 30, "solve": "clients"}
        path = tmp_path / "cell.json"
        path.write_text(json.dumps(cell))
        one = CliRunner().invoke(app, ["airtime", str(path), "--json"])
        words = CliRunner().invoke(app, ["airtime", str(path)])
        path.write_text(json.dumps([cell, {}]), encoding="utf-8-sig")
        both = CliRunner().invoke(app, ["airtime", str(path), "--json"])

        assert json.loads(one.stdout)["max_clients"] == 0
        assert 2 == len(json.loads(both.stdout))
        assert json.loads(one.stdout) == json.loads(both.stdout)[0]
        assert "no client fits: no service" in words.stdout

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """Says so, and what to give."""
        with pytest.raises(DesignError, match="no such file"):
            cell_file.answer_file(tmp_path / "none.json")
