"""The bill of materials of a design as a file that a buyer can edit."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from floorplans.plan import write_whole
from wifiplan.errors import DesignError
from wifiplan.model import Design
from wifiplan.prices import Prices, price_list
from wifiplan.report.wording import Lang, known, words

Cell = str | float | int
Sheet = tuple[str, list[list[Cell]]]
"""Title and rows, the first of them the heads."""


def sheets(design: Design, *, lang: Lang = "ja", price: Prices | None = None) -> list[Sheet]:
    """What to buy, what cable goes where, and what the switches must give, from the `placement` of a design.

    Parameters
    ----------
    price : Prices, optional
        Instead of those that the design was placed with.

    Raises
    ------
    DesignError
        For a design without a bill.
    """
    placed = design.placement
    if placed is None or not placed.bill:
        raise DesignError("the design has no bill of materials; make one with `wifiplan place`")
    heads = ("cost.item", "cost.count", "cost.unit_yen", "bill.low_yen", "bill.high_yen", "cost.yen", "cost.source")
    items: list[list[Cell]] = [[words(key, lang) for key in heads]]
    for row in placed.bill:
        own = (price or price_list()).get(row.item, {})
        unit = float(own["yen"] if price is not None and own else row.unit_yen)
        kept = {"low": row.low_yen, "high": row.high_yen}
        spread = [float(own.get(name, unit) if price is not None else unit if was is None else was) for name, was in kept.items()]
        said = known("say", str(own.get("source", "")), lang)
        name = known("item", row.item, lang)
        named = f"{name} ({row.model})" if row.model else name
        items.append([named, row.count, unit, *spread, unit * row.count, said])
    total = sum(float(row[5]) for row in items[1:])
    items.append([words("cost.total", lang), "", "", "", "", total, words("bill.before_tax", lang)])
    cables: list[list[Cell]] = [[words(f"bill.{name}", lang) for name in ("access_point", "x_m", "y_m", "height_m", "cable_m")]]
    there = words("bill.there", lang)
    cables += [[ap.name, ap.x_m, ap.y_m, ap.height_m, placed.cables_m.get(ap.name, there)] for ap in design.access_points]
    found = [(words("bill.items", lang), items), (words("bill.cables", lang), cables)]
    if supply := placed.power:
        names = ("switches", "ports", "ports_used", "poe_w", "poe_used_w")
        found.append((words("bill.power", lang), [[words(f"bill.{name}", lang), getattr(supply, name)] for name in names]))
    return found


def write_bill(design: Design, path: Path, *, lang: Lang = "ja", price: Prices | None = None) -> None:
    """The bill as CSV (UTF-8 with a mark, which Japanese Excel needs) or XLSX, whole or not at all.

    In XLSX an amount is count times price as a formula, so that a buyer who enters a quotation sees the new total.
    """
    writers = {".csv": _csv, ".xlsx": _xlsx}
    if path.suffix.lower() not in writers:
        raise DesignError(f"{path}: a bill is written as {' or '.join(writers)}; give a name that ends so")
    if not path.resolve().parent.is_dir():
        raise DesignError(f"{path}: no folder {path.parent}; make it first")
    write_whole(path, writers[path.suffix.lower()](sheets(design, lang=lang, price=price)))


def _csv(found: Sequence[Sheet]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    for index, (title, table) in enumerate(found):
        if index:
            writer.writerow([])
        writer.writerow([title])
        writer.writerows([[_harmless(cell) for cell in row] for row in table])
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Cell:
    """A name that a spreadsheet would take for a formula is kept a text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@"} else cell


def _xlsx(found: Sequence[Sheet]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.remove(book.worksheets[0])
    for number, (title, table) in enumerate(found):
        sheet = book.create_sheet(title)
        for row in table:
            sheet.append([_harmless(cell) for cell in row])
        if number == 0:
            last = len(table)
            for line in range(2, last):
                sheet.cell(line, 6).value = f"=B{line}*C{line}"
            sheet.cell(last, 6).value = f"=SUM(F2:F{last - 1})"
            for line in sheet.iter_rows(min_row=2, min_col=3, max_col=6):
                for cell in line:
                    cell.number_format = "#,##0"
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for column in range(1, len(table[0]) + 1):
            wide = max(sum(2 if ord(letter) > 0xFF else 1 for letter in str(row[column - 1])) for row in table)
            sheet.column_dimensions[get_column_letter(column)].width = min(60, wide + 3)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
