"""`wifiplan coverage`: what it reads, the rows that are promised, and who stands where."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from floorplans.plan import FloorPlan, Zone
from wifiplan import model
from wifiplan.cli import app
from wifiplan.errors import DesignError
from wifiplan.model import AccessPoint, Demand, Design, Radio
from wifiplan.radio.body_loss import POSTURES
from wifiplan.radio.coverage import read_job

Box = Callable[..., FloorPlan]
Isotropic = Callable[..., AccessPoint]
SCENE = Path(__file__).with_name("gym.json")


@pytest.fixture
def design(tmp_path: Path, box: Box, isotropic: Isotropic) -> Path:
    """A hall and a room, 100 and 20 people in them, one access point with two bands."""
    plan = box()
    hall, room = [(0.0, 0.0), (15.0, 0.0), (15.0, 12.0), (0.0, 12.0)], [(15.0, 0.0), (20.0, 0.0), (20.0, 12.0), (15.0, 12.0)]
    plan = replace(plan, zones=(Zone(name="hall", polygon_m=tuple(hall), kind="hall"), Zone(name="room", polygon_m=tuple(room))))
    radios = (Radio(band="2.4", channel=6, tx_power_dbm=14.0), Radio(band="5", channel=36, tx_power_dbm=17.0))
    who = {"devices_per_person": 1.0, "associated_share": 1.0, "active_share": 0.1, "down_mbps": 1.0, "up_mbps": 0.1}
    demands = (
        Demand(zone="hall", people=90.0, client_height_m=1.3, **who),
        Demand(zone="hall", people=90.0, client_height_m=1.3, **who),
        Demand(zone="room", people=6.0, client_height_m=0.3, **who),
    )
    path = tmp_path / "design.json"
    model.save(Design(floor_plan=plan, access_points=(isotropic(2.0, 6.0, 2.5, radios=radios),), demands=demands), path)
    return path


def _run(*arguments: Any) -> tuple[str, str]:
    found = CliRunner().invoke(app, ["coverage", *map(str, arguments)], catch_exceptions=False)
    assert 0 == found.exit_code
    return found.stdout, found.stderr


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_scene_has_its_own_grid_and_transmitters() -> None:
    """4 isotropic transmitters of 20 dBm on 72 x 48 cells: RSSI is path gain plus 20."""
    rows = _rows(_run(SCENE, "--reflections", 0, "--samples", 1)[0])

    assert 4 * 3456 == len(rows)
    assert ("0.25", "0.25", "5") == (rows[0]["x_m"], rows[0]["y_m"], rows[0]["band"])
    heard = [row for row in rows if row["path_gain_db"]]
    assert {20.0} == {round(float(row["rssi_dbm"]) - float(row["path_gain_db"]), 2) for row in heard}


def test_a_design_has_a_row_per_cell_and_access_point(design: Path) -> None:
    rows = _rows(_run(design, "--band", "2.4", "--grid-m", 1, "--no-crowd")[0])

    assert 20 * 12 == len(rows)
    assert {"AP"} == {row["ap"] for row in rows}
    assert {14.0} == {round(float(row["rssi_dbm"]) - float(row["path_gain_db"]), 2) for row in rows}


def test_rssi_has_the_client_and_the_crowd_and_path_gain_has_not(design: Path) -> None:
    plain = _rows(_run(design, "--grid-m", 2, "--no-crowd")[0])
    held = _rows(_run(design, "--grid-m", 2, "--no-crowd", "--client-gain-dbi", -2, "--body-loss-db", 5)[0])
    text, note = _run(design, "--grid-m", 2)
    crowded = _rows(text)

    assert "modelled, not measured" in note
    assert (
        [row["path_gain_db"] for row in plain]
        == [row["path_gain_db"] for row in held]
        == [row["path_gain_db"] for row in crowded]
    )
    assert {-7.0} == {round(float(b["rssi_dbm"]) - float(a["rssi_dbm"]), 2) for a, b in zip(plain, held, strict=True)}
    assert all(float(b["rssi_dbm"]) <= float(a["rssi_dbm"]) for a, b in zip(plain, crowded, strict=True))
    assert any(float(b["rssi_dbm"]) < float(a["rssi_dbm"]) - 1 for a, b in zip(plain, crowded, strict=True))


def test_people_are_where_the_demands_put_them(design: Path) -> None:
    """180 on 180 m2 of hall, phones held up: standing; 6 on 60 m2 of room, on the floor: lying. Receivers are where they are."""
    job = read_job(design, band="5", grid_m=1.0, crowd=True)

    assert job.crowd is not None
    who = dict(zip(map(tuple, job.places_m()), job.crowd, strict=True))
    assert 1.0 == pytest.approx(who[2.5, 2.5].density_per_m2)
    assert POSTURES["standing"].body_height_m == who[2.5, 2.5].body_height_m
    assert 0.1 == pytest.approx(who[17.5, 2.5].density_per_m2)
    assert POSTURES["lying"].body_height_m == who[17.5, 2.5].body_height_m
    assert {1.0} == {one.client_height_m for one in job.crowd}


def test_people_may_be_given_instead(design: Path) -> None:
    """Everywhere on the level; the posture puts the receivers at its devices."""
    job = read_job(design, band="5", grid_m=1.0, crowd=True, people_per_m2=2.0, posture="seated")

    assert job.crowd is not None
    assert {2.0} == {one.density_per_m2 for one in job.crowd}
    assert POSTURES["seated"].client_height_m == job.height_m
    assert read_job(design, band="5", crowd=True, people_per_m2=0.0).crowd is None
    assert read_job(design, band="5").crowd is None


def test_too_many_people_are_refused_by_zone(design: Path) -> None:
    data = json.loads(design.read_text())
    data["demands"][0]["people"] = 5000.0
    design.write_text(json.dumps(data))

    with pytest.raises(DesignError, match=r"design.json: zone hall: 28.3 people/m2 do not fit"):
        read_job(design, band="5", crowd=True)


def test_points_are_evaluated_instead_of_cells(design: Path, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("x_m,y_m,z_m\n3,4,\n5,6,1.5\n")

    rows = _rows(_run(design, "--points", points, "--no-crowd")[0])

    assert [("3", "4"), ("5", "6")] == [(row["x_m"], row["y_m"]) for row in rows]


def test_a_pattern_lies_beside_its_design(design: Path) -> None:
    """As `own.csv`: 20 dB less to the west, where the cells at x < 2 m are."""
    data = json.loads(design.read_text())
    rows = [f"{a},{e},{-20 if 90 < a < 270 else 0}" for a in range(0, 360, 30) for e in range(-90, 91, 30)]
    (design.parent / "own.csv").write_text("\n".join(["azimuth_deg,elevation_deg,gain_db", *rows]))
    before = read_job(design, band="5", grid_m=1.0).gain_db(reflections=0, samples=1)
    data["access_points"][0] |= {"antenna": "own.csv", "azimuth_deg": 90.0}
    design.write_text(json.dumps(data))

    after = read_job(design, band="5", grid_m=1.0).gain_db(reflections=0, samples=1)

    change = (after - before)[0].reshape(12, 20)
    assert 0.0 == pytest.approx(change[6, 10], abs=0.01)
    assert -20.0 == pytest.approx(change[6, 0], abs=0.5)


def test_json_says_what_was_done(design: Path, tmp_path: Path) -> None:
    found = json.loads(_run(design, "--json", "--repeat", 2, "--grid-m", 1, "--out", tmp_path / "map.csv")[0])

    assert {"cells", "aps", "reflections", "samples", "compute_s", "setup_s", "max_rss_mb", "crowd"} == set(found)
    assert (240, 1, 2, 2) == (found["cells"], found["aps"], found["reflections"], found["samples"])
    assert 2 == len(found["compute_s"])
    assert "modelled, not measured" == found["crowd"]["label"]
    assert 241 == len((tmp_path / "map.csv").read_text().splitlines())


def test_a_preview_is_coarse(design: Path, tmp_path: Path) -> None:
    found = json.loads(_run(design, "--json", "--preview", "--out", tmp_path / "map.csv")[0])

    assert (240, 1, 1) == (found["cells"], found["reflections"], found["samples"])


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"band": "7"}, "--band 7: give 2.4, 5 or 6"),
        ({"band": "6"}, "no access point has a 6 GHz radio"),
        ({"band": "5", "level": 4}, "level 4 does not exist"),
        ({"band": "5", "posture": "flying"}, "--posture flying: give one of standing, seated, lying"),
    ],
)
def test_what_cannot_be_mapped_is_refused(design: Path, asked: dict[str, Any], match: str) -> None:
    with pytest.raises(DesignError, match=match):
        read_job(design, **asked)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("x,y\n1,2\n", "the first line must name x_m, y_m"),
        ("x_m,y_m\n1,two\n", "line 2: 1, two are not numbers"),
        ("x_m,y_m\n1,nan\n", "line 2: a coordinate is not finite"),
        ("x_m,y_m\n", "no points"),
    ],
)
def test_broken_points_are_refused_by_line(design: Path, tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "points.csv").write_text(text)

    with pytest.raises(DesignError, match=match):
        read_job(design, band="5", points=tmp_path / "points.csv")


def test_an_unknown_material_is_named_with_its_wall(design: Path) -> None:
    data = json.loads(design.read_text())
    data["floor_plan"]["walls"][2]["material"] = "cheese"
    design.write_text(json.dumps(data))

    with pytest.raises(DesignError, match=r"walls\[2\] \(cheese\): material 'cheese' is not known"):
        read_job(design, band="5").gain_db(reflections=0, samples=1)


def test_every_row_is_a_number_or_empty(design: Path) -> None:
    for row in _rows(_run(design, "--grid-m", 1)[0]):
        assert row["path_gain_db"] == "" or np.isfinite(float(row["path_gain_db"]))
        assert row["rssi_dbm"] == "" or np.isfinite(float(row["rssi_dbm"]))
