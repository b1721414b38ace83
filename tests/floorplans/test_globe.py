"""From the globe to metres: what coordinates may be, and what is asked when nothing says it."""

from __future__ import annotations

from pathlib import Path

import pytest

import floorplans
from floorplans import FloorPlanError, GeometryError, MissingScaleError
from floorplans._globe import length_m

REPORTED = Path(__file__).parent / "reported"


def test_latitude_before_longitude_is_turned_round_and_said() -> None:
    """A latitude of 139.97 is none: the two are exchanged, and the gym has its size."""
    plan = floorplans.read(REPORTED / "geojson-traceback-crs" / "lat-lon-swapped-crs.geojson")

    assert 897.0 == pytest.approx(plan.area_m2, rel=0.005)
    assert any("latitude stands before longitude" in warning for warning in plan.source.warnings)


def test_degrees_that_are_none_are_one_line() -> None:
    with pytest.raises(GeometryError, match=r"\(200, 95\) is no longitude and latitude; give the crs"):
        floorplans.read(REPORTED / "geojson-traceback-crs" / "crs-degrees-out-of-range.geojson")


def test_web_mercator_without_a_crs_is_named_and_asked_for() -> None:
    """Areas would be half too large at 36 degrees north; with the crs they are right."""
    path = REPORTED / "geojson-web-mercator-no-crs" / "web-mercator-no-crs.geojson"
    with pytest.raises(MissingScaleError, match=r"as Web Mercator that is 35\.883, 139\.970 and areas in it are 52% too large"):
        floorplans.read(path)

    assert 897.0 == pytest.approx(floorplans.read(path, crs="EPSG:3857").area_m2, rel=0.01)
    with pytest.raises(FloorPlanError, match="unknown crs 'EPSG:none'"):
        floorplans.read(path, crs="EPSG:none")


@pytest.mark.parametrize(
    ("text", "expected_m"),
    [
        ("9.7", 9.7),
        (9.7, 9.7),
        ("9,7", 9.7),
        ("9.7 m", 9.7),
        ("32 ft", 9.7536),
        ("32'6\"", 9.906),
        ("970cm", 9.7),
        ("high", None),
        (None, None),
        (True, None),
    ],
)
def test_heights_are_read_as_people_write_them(text: object, expected_m: float | None) -> None:
    assert expected_m == (None if expected_m is None else pytest.approx(length_m(text)))
    if expected_m is None:
        assert length_m(text) is None
