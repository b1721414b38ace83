"""`wifiplan export` as a user calls it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import floorplans
from floorplans import exchange
from wifiplan import model
from wifiplan.cli import main
from wifiplan.model import AccessPoint, Design, Radio


@pytest.fixture
def design(tmp_path: Path) -> Path:
    """A gym with one access point."""
    radio = Radio(band="5", channel=36, width_mhz=40, tx_power_dbm=17.0)
    point = AccessPoint(
        name="AP-01", x_m=10.0, y_m=8.0, height_m=6.0, azimuth_deg=180.0, tilt_deg=30.0, radios=(radio,), model="m"
    )
    path = tmp_path / "design.json"
    model.save(Design(floor_plan=floorplans.gym(), access_points=(point,)), path)
    return path


def called(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    monkeypatch.setattr(sys, "argv", ["wifiplan", *map(str, arguments)])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


@pytest.mark.parametrize("suffix", ["dxf", "gpkg", "json", "jww"])
def test_a_design_is_written_and_its_access_points_come_back(
    design: Path, suffix: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Name, place, height, channel, direction; `--json` says what was written."""
    if suffix == "jww":
        pytest.importorskip("ezjww", reason="ezjww is not installed")
    out = design.with_name(f"out.{suffix}")
    code = called(monkeypatch, "export", design, "--out", out, "--json")
    (mark,) = exchange.marks(out)

    assert (0, 1) == (code, json.loads(capsys.readouterr().out)["access_points"])
    assert ("AP-01", 10.0, 8.0, 6.0, 180.0, 30.0, "5: 36/40", "m") == (
        mark.name,
        mark.x_m,
        mark.y_m,
        mark.height_m,
        mark.azimuth_deg,
        mark.tilt_deg,
        mark.channels,
        mark.model,
    )


def test_what_stays_in_the_design_is_said(
    design: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No drawing holds what was asked for, an antenna's shape or a limit of clients."""
    whole = model.load(design)
    point = whole.access_points[0]
    radio = replace(point.radios[0], client_limit=50, antenna_gain_dbi=5.0)
    model.save(replace(whole, access_points=(replace(point, antenna="patch", radios=(radio,)),)), design)
    out = design.with_name("out.dxf")

    assert 0 == called(monkeypatch, "export", design, "--out", out)
    assert "in design.json only: antenna, antenna_gain_dbi, client_limit, requirement" in capsys.readouterr().out
    assert 0 == called(monkeypatch, "export", design, "--out", out, "--json")
    assert ["antenna", "antenna_gain_dbi", "client_limit", "requirement"] == json.loads(capsys.readouterr().out)["left_out"]


def test_what_cannot_be_written_is_one_line(
    design: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown suffix, and the design itself."""
    assert 2 == called(monkeypatch, "export", design, "--out", design.with_name("a.pdf"))
    assert "no writer for .pdf; give one of .dxf, .jww, .gpkg, .json" in capsys.readouterr().err
    assert 2 == called(monkeypatch, "export", design, "--out", design)
    assert "is the design itself" in capsys.readouterr().err
