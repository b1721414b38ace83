"""A whole city: lists as cities publish them, one design each, an order within a budget; no facility stops the others."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any, Self

import pytest

from wifiplan import city
from wifiplan.city import Facility, Row
from wifiplan.errors import DesignError

HEADER = "NO,名称,面積,想定収容人数,緯度,経度\n"


def listed(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_published_list_is_read_in_the_encodings_cities_use(tmp_path: Path, encoding: str) -> None:
    found = city.read_facilities(listed(tmp_path, HEADER + '1,髙台小学校,"1,074",375,35.9,139.9\n', encoding))

    expected = Facility(number=1, name="髙台小学校", area_m2=1074.0, persons=375.0, longitude_deg=139.9, latitude_deg=35.9)
    assert (expected,) == found


def test_a_geojson_of_points_gives_names_areas_and_places(tmp_path: Path) -> None:
    path = tmp_path / "list.geojson"
    feature = {
        "type": "Feature",
        "properties": {"name": "北小", "shelter_area_m2": "826"},
        "geometry": {"type": "Point", "coordinates": [139.9, 35.8]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")

    assert (Facility(number=1, name="北小", area_m2=826.0, longitude_deg=139.9, latitude_deg=35.8),) == city.read_facilities(path)


def test_persons_alone_are_an_area_by_the_seventy_percent_rule() -> None:
    """Kashiwa publishes floor(area * 0.70 / 2): 375 persons for 1,074 m2."""
    assert 1074 == pytest.approx(Facility(number=1, name="a", persons=375).floor_m2, abs=2 / 0.7)
    assert Facility(number=1, name="a").floor_m2 is None


def test_a_gym_of_an_area_has_that_area_and_the_usual_proportions() -> None:
    length_m, width_m = city.gym_size_m(38.9 * 23.2)

    assert (38.9, 23.2) == (length_m, width_m)
    assert 2600 == pytest.approx(city.gym_size_m(2600)[0] * city.gym_size_m(2600)[1], rel=0.005)


def test_file_names_are_safe_and_differ() -> None:
    """Two facilities of the same name have files of their own."""
    stems = {Facility(number=n, name="../a b/ c:小学校").stem for n in (1, 2)}

    assert 2 == len(stems)
    assert all(re.fullmatch(r"000\d-[\w.-]+", stem) for stem in stems)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no facility in it"),
        ("住所,面積\nx,100\n", "no column with the facility's name"),
        ("名称,緯度\nx,35\n", "neither a floor area nor a number of persons"),
    ],
)
def test_a_list_that_lacks_something_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DesignError, match=says) as caught:
        city.read_facilities(listed(tmp_path, text))

    assert 1 == len(str(caught.value).splitlines())
    assert "list.csv" in str(caught.value)


def test_the_cheapest_per_person_come_first_and_a_smaller_one_fills_the_budget() -> None:
    rows = city.ranked(
        [
            Row(number=1, name="a", cost_yen=900, yen_per_person=9),
            Row(number=2, name="b", cost_yen=500, yen_per_person=5),
            Row(number=3, name="c", cost_yen=100, yen_per_person=10),
            Row(number=4, name="d", error="unknown"),
        ],
        1000,
    )

    assert [2, 1, 3, None] == [row.rank for row in rows]
    assert [False, True, True, None] == [row.within_budget for row in rows]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planning in this process; what is tested is what city makes of it."""

    class Now:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def submit(self, work: Any, *arguments: Any) -> Any:
            from concurrent.futures import Future

            future: Future[Row] = Future()
            try:
                future.set_result(work(*arguments))
            except Exception as error:  # noqa: BLE001
                future.set_exception(error)
            return future

    monkeypatch.setattr(city, "ProcessPoolExecutor", Now)


@pytest.mark.usefixtures("quick")
def test_each_facility_has_a_design_or_says_why_not(tmp_path: Path) -> None:
    """Too large for a gym, and unknown: unknown figures stay empty; a second run keeps the design that is there."""
    wanted = [
        Facility(number=1, name="北小", area_m2=150),
        Facility(number=2, name="巨大", area_m2=900_000),
        Facility(number=3, name="?"),
    ]

    rows = city.plan_city(wanted, "shelter-day1", tmp_path)
    written = (tmp_path / "designs" / f"{wanted[0].stem}.json").stat().st_mtime_ns
    again = city.plan_city(wanted, "shelter-day1", tmp_path)
    table = list(csv.DictReader(city.city_csv(rows).splitlines()))

    assert rows[0].error is None
    assert 1 <= (rows[0].access_points or 0)
    assert "length_m" in (rows[1].error or "")
    assert "unknown" in (rows[2].error or "")
    assert ["", ""] == [table[2]["access_points"], table[2]["people"]]
    assert rows[0].access_points == again[0].access_points
    assert written == (tmp_path / "designs" / f"{wanted[0].stem}.json").stat().st_mtime_ns
    assert (3, 1, 2) == tuple(city.totals(rows)[key] for key in ("facilities", "designed", "without_design"))


@pytest.mark.usefixtures("quick")
def test_stopped_before_says_so_for_the_rest(tmp_path: Path) -> None:
    rows = city.plan_city([Facility(number=1, name="a", area_m2=150)], "shelter-day1", tmp_path, cancelled=lambda: True)

    assert ["not planned: stopped before"] == [row.error for row in rows]


@pytest.mark.usefixtures("quick")
def test_a_facility_that_takes_too_long_is_left_with_its_best_design_and_says_so(tmp_path: Path) -> None:
    """With no time at all there is still a design, or one line that says why not; it is never passed off as finished."""
    row = city.plan_city([Facility(number=1, name="a", area_m2=900)], "shelter-day1", tmp_path, max_seconds=0.0)[0]

    assert row.error or (row.stopped_early and (row.access_points or 0) >= 1)
