"""Tables that others read: tidy, in the standard's layout, without formulas, the same facilities in each."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import geopandas
import pytest
from openpyxl import load_workbook

from wifiplan.city import tables
from wifiplan.city.listing import Skipped
from wifiplan.city.outcome import CityPlan, Row


def row(number: int, **more: Any) -> Row:
    base: dict[str, Any] = {
        "name": f"第{number}小",
        "cost_yen": 6e5,
        "access_points": 2,
        "design": f"{number:04d}.json",
        "within_budget": True,
    }
    base |= {"longitude_deg": 139.9, "latitude_deg": 35.8, "id": f"E122170000{number}", "level": "basic", "year": 1}
    return Row(number=number, **(base | more))


@pytest.fixture
def answer() -> CityPlan:
    levels = ({"level": "basic", "cost_yen": 6e5}, {"level": "satellite", "cost_yen": 1.1e6})
    return CityPlan(
        facilities=(
            row(1, levels=levels),
            row(2, within_budget=False),
            row(3, name="=HYPERLINK(1)", longitude_deg=None),
            row(4, design=None, error="unknown", cost_yen=None, within_budget=None),
        ),
        skipped=(Skipped(row=7, name="公園", code="outdoor", reason="in the open", reason_ja="屋外です", source="list.csv"),),
        warnings=("a remark",),
        totals={},
        budget=None,
        assignment=None,
        asked={},
        assumptions=(("event.hours", 72.0, "U", "assumed", "期間"),),
    )


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_one_row_for_each_facility_and_level_and_what_is_unknown_is_empty(answer: CityPlan) -> None:
    rows = read(tables.city_csv(answer))

    assert ["1", "2", "3", "4"] == [one["number"] for one in rows]
    assert "" == rows[3]["cost_yen"]
    assert "'=HYPERLINK(1)" == rows[2]["name"]
    assert ["basic", "satellite"] == [one["level"] for one in read(tables.levels_csv(answer))]
    assert ["屋外です"] == [one["reason_ja"] for one in read(tables.skipped_csv(answer))]


def test_public_wifi_is_in_the_standards_layout_and_our_columns_are_apart(answer: CityPlan, shared: Path) -> None:
    """The header is that of 推奨データセット 07; each row says that it is only planned; the nationwide id is beside it."""
    standard, own = tables.wifi_list(answer, "City_Wi-Fi")
    schema = read((shared / "data/schema/headers.csv").read_text(encoding="utf-8-sig"))
    headers = {one["format"]: one["header"] for one in schema}
    published = next(header for name, header in headers.items() if "公衆無線LAN" in name)

    assert published == standard.splitlines()[0]
    assert [("第1小", "City_Wi-Fi", "計画（未整備、1年次）")] == [
        (one["名称"], one["SSID"], one["備考"]) for one in read(standard)
    ][:1]
    assert ["0000000001 E1221700001", "0000000002 E1221700003"] == [f"{one['NO']} {one['共通ID']}" for one in read(own)]


def test_the_workbook_has_everything_and_no_formula(answer: CityPlan) -> None:
    book = load_workbook(io.BytesIO(tables.workbook(answer)))

    assert ["施設", "水準", "機種", "対象外", "予算", "前提", "注意"] == book.sheetnames
    assert 5 == book["施設"].max_row
    assert "f" not in {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}


def test_geopackage_and_geojson_read_back(tmp_path: Path, answer: CityPlan) -> None:
    for name, octets in tables.geo_files(answer).items():
        (tmp_path / name).write_bytes(octets)
        found = geopandas.read_file(tmp_path / name)

        assert [1, 2, 3, 4] == found["number"].tolist()
        assert 139.9 == pytest.approx(found.geometry[0].x)
        assert found.geometry[2] is None
