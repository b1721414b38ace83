"""A city's plan as tables: tidy CSV, a workbook, and the list of public Wi-Fi in Japan's standard layout."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wifiplan.city.outcome import CityPlan, Row

NESTED = ("levels",)
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
    return [{"number": row.number, "name": row.name, **level} for row in rows for level in row.levels]


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
