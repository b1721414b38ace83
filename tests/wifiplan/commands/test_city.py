"""`wifiplan city` as it is typed: one JSON value, every promised file, one line and exit 2 for what is wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from wifiplan import cli
from wifiplan.city import plan
from wifiplan.city.design import Task

LIST = "名称,緯度,経度,面積,地区\n東小学校,35.86,139.97,900,東\n西小学校,35.87,139.96,850,西\n"
LIST += "中央公園,35.87,139.96,9000,西\n合計,,,10750,\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stub instead of placement: what is tested is the command."""
    row = {"level": "basic", "people": 300.0, "access_points": 3, "switches": 1, "cost_yen": 8e5, "five_year_yen": 1.5e6}
    row |= {"served_share": 1.0, "gap_share": 0.0, "stopped_early": False, "model": "stub", "seconds": 0.1}

    def stub(task: Task) -> dict[str, Any]:
        del task
        return {"figures": [row], "designs": {}}

    real = plan.design_all

    def with_stub(*given: Any, **more: Any) -> Any:
        return real(*given, **{**more, "work": stub})

    monkeypatch.setattr(plan, "design_all", with_stub)


def typed(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["wifiplan", "city", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_it_prints_one_json_value_and_leaves_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.csv").write_text(LIST, encoding="cp932")
    code = typed(monkeypatch, tmp_path / "list.csv", "--budget-yen", 1_000_000, "--jobs", 1, "--out", tmp_path / "out", "--json")
    found = json.loads(capsys.readouterr().out)

    assert 0 == code
    assert {"facilities", "skipped", "warnings", "totals", "budget"} <= set(found)
    assert [(4, "中央公園"), (5, "合計")] == [(row["row"], row["name"]) for row in found["skipped"]]
    assert {"bound", "gap_share"} <= set(found["budget"])
    assert 1 == found["totals"]["within_budget"]
    assert set(found["files"]) == {path.name for path in (tmp_path / "out").iterdir()} - {"designs", "done.jsonl"}
    assert {"council.ja.pdf", "council.en.pdf", "city.gpkg", "public_wifi.csv", "targets.toml", "sites.csv"} <= set(
        found["files"]
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--budget-yen", 0), "buys nothing"),
        (("--budget-yen", 1000, "--must", "東小学校"), "cost 800,000 yen at least"),
        (("--budget-yen", 1e6, "--must", "北"), "no such facility"),
        (("--must", "東小学校"), "give --budget-yen"),
        (("--level", "gold"), "use basic"),
        (("--hazard", "meteor"), "no such disaster"),
        (("--people", "many"), "use scenario"),
        (("--layers", "nowhere.geojson"), "no such file"),
        (("--sheltered-share", 3), "is a share"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: tuple[Any, ...], says: str
) -> None:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    code = typed(monkeypatch, tmp_path / "list.csv", *options, "--jobs", 1, "--out", tmp_path / "out")
    last = capsys.readouterr().err.splitlines()[-1]

    assert 2 == code
    assert says in last


def test_a_list_of_parks_plans_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "list.csv").write_text("名称,緯度,経度,想定収容人数\nあけぼの児童公園,35.12,138.91,400\n", encoding="utf-8")
    code = typed(monkeypatch, tmp_path / "list.csv", "--out", tmp_path / "out", "--json")
    found = json.loads(capsys.readouterr().out)

    assert 0 == code
    assert ([], ["あけぼの児童公園"]) == (found["facilities"], [row["name"] for row in found["skipped"]])
    assert "no row is left to plan" in found["warnings"][0]
