"""A city's plan as tables: tidy CSV, a workbook, and the list of public Wi-Fi in Japan's standard layout."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wifiplan.city.words import japanese

if TYPE_CHECKING:
    from wifiplan.city.outcome import CityPlan, Row

NESTED = ("levels", "models_tried")
"""What a flat row has not: these are rows of a table of their own."""

WIFI_COLUMNS = (
    "都道府県コード又は市区町村コード", "NO", "都道府県名", "市区町村名", "名称", "名称_カナ", "名称_英語", "住所", "方書",
    "緯度", "経度", "設置者", "電話番号", "内線番号", "SSID", "提供エリア", "URL", "備考",
)  # fmt: skip
"""公衆無線LANアクセスポイント一覧 of the recommended data sets (推奨データセット 07), in its order."""

OWN_COLUMNS = (
    "NO", "共通ID", "名称", "予定年次", "整備水準", "アクセスポイント台数", "計画人数", "機種", "概算費用_円", "5年費用_円",
)  # fmt: skip
"""What the standard has no column for, by the same NO."""


def flat(row: Row) -> dict[str, Any]:
    """A facility as one flat row."""
    return {key: value for key, value in asdict(row).items() if key not in NESTED}


def level_rows(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """One row for each facility and level."""
    return [
        {"number": row.number, "name": row.name, **{key: value for key, value in level.items() if key not in NESTED}}
        for row in rows
        for level in row.levels
    ]


def csv_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """A table as CSV; what is unknown is empty, and a text that a spreadsheet would take for a formula is kept a text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({key: harmless(value) for key, value in row.items()} for row in rows)
    return out.getvalue()


def harmless(value: Any) -> Any:
    """A cell that is no formula, and empty where it is unknown."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def city_csv(answer: CityPlan) -> str:
    """One row for each facility."""
    from wifiplan.city.outcome import Row

    return csv_text([flat(row) for row in answer.facilities], [name for name in Row.__dataclass_fields__ if name not in NESTED])


def levels_csv(answer: CityPlan) -> str:
    """One row for each facility and level: tidy, for whoever goes on counting."""
    rows = level_rows(answer.facilities)
    return csv_text(rows, list(rows[0]) if rows else ["number", "name", "level"])


def skipped_csv(answer: CityPlan) -> str:
    """What was left out, with its line, its name and the reason in both languages."""
    return csv_text([asdict(row) for row in answer.skipped], ["source", "row", "name", "code", "reason", "reason_ja"])


def bought(answer: CityPlan) -> tuple[Row, ...]:
    """What is to be built: within the budget, or all that have a design where none was given."""
    return tuple(row for row in answer.facilities if row.design is not None and row.within_budget is not False)


def wifi_list(answer: CityPlan, ssid: str = "") -> tuple[str, str]:
    """公衆無線LANアクセスポイント一覧 in the standard layout, and what the standard has no column for, by the same NO.

    Every row says that it is planned, not built. The NO counts rows, as the standard has it; the nationwide id stands beside
    it in the second table.
    """
    rows, own = [], []
    for number, row in enumerate(bought(answer), 1):
        no = f"{number:010d}"
        rows.append({
            "都道府県コード又は市区町村コード": row.code,
            "NO": no,
            "都道府県名": row.prefecture,
            "市区町村名": row.municipality,
            "名称": row.name,
            "名称_カナ": row.kana,
            "名称_英語": row.english,
            "住所": row.address,
            "緯度": row.latitude_deg,
            "経度": row.longitude_deg,
            "電話番号": row.telephone,
            "SSID": ssid,
            "提供エリア": "屋内の避難スペース",
            "備考": f"計画（未整備、{row.year}年次）" if row.year else "計画（未整備）",
        })  # fmt: skip
        own.append({
            "NO": no,
            "共通ID": row.id,
            "名称": row.name,
            "予定年次": row.year,
            "整備水準": row.level,
            "アクセスポイント台数": row.access_points,
            "計画人数": row.people,
            "機種": row.model,
            "概算費用_円": row.cost_yen,
            "5年費用_円": row.five_year_yen,
        })  # fmt: skip
    return csv_text(rows, WIFI_COLUMNS), csv_text(own, OWN_COLUMNS)


def workbook(answer: CityPlan) -> bytes:
    """The plan as XLSX: facilities, levels, models, what was left out, the budget's curve, and the figures that were assumed."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    facilities = [flat(row) for row in answer.facilities]
    sheets: dict[str, list[dict[str, Any]]] = {
        "施設": facilities,
        "水準": level_rows(answer.facilities),
        "機種": list(answer.models),
        "対象外": [asdict(row) for row in answer.skipped],
        "予算": list((answer.budget or {}).get("curve", [])),
        "前提": [dict(zip(("name", "value", "tag", "source", "ja"), row, strict=True)) for row in answer.assumptions],
        "注意": [{"注意": japanese(text), "warning": text} for text in answer.warnings],
    }
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        heads = list(rows[0]) if rows else ["–"]
        sheet.append(heads)
        for row in rows:
            sheet.append([harmless(row.get(head)) if not isinstance(row.get(head), bool) else row[head] for head in heads])
        sheet.freeze_panes = "C2" if title == "施設" else "A2"
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for column, head in enumerate(heads, 1):
            texts = [head, *(str(row.get(head, "")) for row in rows[:200])]
            wide = max(sum(2 if ord(letter) > 0xFF else 1 for letter in text) for text in texts)
            sheet.column_dimensions[get_column_letter(column)].width = min(50, wide + 2)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def geo_files(answer: CityPlan) -> dict[str, bytes]:
    """GeoPackage and GeoJSON of the facilities, in degrees on JGD2011 and WGS 84; one without a place has no point there."""
    import tempfile
    from pathlib import Path

    import geopandas
    import shapely

    rows = [flat(row) for row in answer.facilities]
    points = [
        None if row.longitude_deg is None or row.latitude_deg is None else shapely.Point(row.longitude_deg, row.latitude_deg)
        for row in answer.facilities
    ]
    made: dict[str, bytes] = {}
    if not rows:
        return made
    for name, driver, crs in (("city.gpkg", "GPKG", "EPSG:6668"), ("city.geojson", "GeoJSON", "EPSG:4326")):
        layer = geopandas.GeoDataFrame(rows, geometry=points, crs=crs)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            layer.to_file(path, driver=driver, layer="facilities" if driver == "GPKG" else None)
            made[name] = path.read_bytes()
    return made
