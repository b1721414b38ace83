"""Acceptance: the strongest reading of each place counts, a zone passes by its share of places, and few places are no verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

import floorplans
from wifiplan import model
from wifiplan.model import AccessPoint, Design, Radio, Requirement
from wifiplan.radio import survey
from wifiplan.radio.acceptance import Acceptance, acceptance
from wifiplan.radio.coverage import read_job


@pytest.fixture
def found(tmp_path: Path) -> Acceptance:
    points = tuple(
        AccessPoint(name=name, x_m=x_m, y_m=7.0, height_m=5.0, radios=(Radio(band="5", channel=36, tx_power_dbm=17.0),))
        for name, x_m in (("a", 6.0), ("b", 12.0))
    )
    design = Design(
        floor_plan=floorplans.gym(20.0, 15.0, 8.0), access_points=points, requirement=Requirement(coverage_share=0.75)
    )
    model.save(design, tmp_path / "design.json")
    rows = [(8, 7, "a", -50), (8, 7, "b", -60), (10, 7, "a", -66), (12, 7, "b", -55), (13, 8, "b", -80), (18, 7, "b", -60)]
    text = "x_m,y_m,ap,rssi_dbm\n" + "".join(f"{x},{y},{ap},{dbm}\n" for x, y, ap, dbm in rows)
    (tmp_path / "survey.csv").write_text(text, encoding="utf-8")
    job = read_job(tmp_path / "design.json", band="5")
    read = survey.read(tmp_path / "survey.csv", job.floor_plan, job.access_points, band="5")
    return acceptance(job, read, design.requirement, zones=["hall", "store"])


def test_the_strongest_at_a_place_counts(found: Acceptance) -> None:
    first = next(one for one in found.places if one.x_m == 8.0)

    assert 5 == len(found.places)
    assert ("a", -50.0, "hall", 0) == (first.ap, first.measured_dbm, first.zone, first.level)
    assert -70.0 < first.predicted_dbm < -35.0


def test_a_zone_passes_by_its_share_and_too_few_places_are_no_verdict(found: Acceptance) -> None:
    """Three of the hall's four places reach -67 dBm; the stage has one place, the store none."""
    by_zone = {one.zone: one for one in found.zones}

    assert (4, 0.75, -80.0, True) == (
        by_zone["hall"].places,
        by_zone["hall"].share,
        by_zone["hall"].worst_dbm,
        by_zone["hall"].ok,
    )
    assert (1, None) == (by_zone["stage"].places, by_zone["stage"].ok)
    assert (0, None) == (by_zone["store"].places, by_zone["store"].ok)


def test_the_error_is_modelled_less_measured(found: Acceptance) -> None:
    errors = [one.predicted_dbm - one.measured_dbm for one in found.places]

    assert sum(errors) / 5 == pytest.approx(found.mean_error_db)
    assert sum(map(abs, errors)) / 5 == pytest.approx(found.mean_absolute_error_db)
