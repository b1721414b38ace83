"""What has to be bought for a set of spots, how much power it draws, and both as files that a buyer can edit."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from floorplans.plan import FloorPlan, write_whole
from wifiplan.answer import BillRow, SwitchPower, YearsRow
from wifiplan.errors import DesignError
from wifiplan.model import Design
from wifiplan.placement.cables import cable_lengths_m, default_switch_m
from wifiplan.placement.spot import Spot
from wifiplan.prices import Prices, ports_per_switch, price_list

if TYPE_CHECKING:
    from wifiplan.report.wording import Lang


_LADDER_M = 4.0
"""Higher work needs a lift (assumed)."""
_DROP_M, _LONGER_M = 70.0, 20.0
"""What prices.toml means by a drop and by a longer one."""


def priced(
    floor_plan: FloorPlan,
    wanted: Sequence[Spot],
    *,
    switch_m: tuple[float, float] | None = None,
    price: Prices | None = None,
) -> tuple[Spot, ...]:
    """The spots with their cable run along the walls, what is bought for each, and its cost."""
    if not wanted:
        return ()
    runs_m = cable_lengths_m(floor_plan, wanted, switch_m or default_switch_m(floor_plan))
    table = price or price_list()
    return tuple(bought(replace(spot, cable_m=round(run, 1)), table) for spot, run in zip(wanted, runs_m, strict=True))


def bought(spot: Spot, table: Prices) -> Spot:
    """The spot with what is bought for it, and its cost."""
    longer = max(0, math.ceil((spot.cable_m - _DROP_M) / _LONGER_M))
    wanted = {
        "access_point": not spot.kept,
        "licence": not spot.kept,
        "mount": not spot.kept,
        "drop": not spot.kept,
        "longer_drop": 0 if spot.kept else longer,
        "high_work": not spot.kept and spot.height_m > _LADDER_M,
        "guard": not spot.kept and spot.guard,
        "patch": not spot.kept and spot.antenna == "patch",
        "pole": not spot.kept and spot.mount == "pole",
    }
    items = tuple((name, int(count)) for name, count in wanted.items() if count)
    return replace(spot, items=items, cost_yen=float(sum(table[name]["yen"] * count for name, count in items)))


YEARS = 5
"""Over so many years a network is paid for beside its purchase (Japanese leases of network gear run five years)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """What a network costs over `YEARS`, together and by its parts."""

    yen: float
    rows: tuple[YearsRow, ...]


def five_years(bought: Sequence[BillRow], price: Prices, *, access_points: int) -> Years:
    """What a network costs over `YEARS`: purchase, licences after the first year, what breaks or ages, and the line.

    Parameters
    ----------
    bought : sequence of BillRow
        The bill, with the first year's licences.
    access_points : int
        All that are managed, those that hung there already too.
    """
    count = {row.item: row.count for row in bought}
    device, ups = price["access_point"], price["ups"]
    batteries = count.get("ups", 0) * math.floor((YEARS - 0.5) / ups["battery_years"])
    parts = {
        "purchase": sum(row.yen for row in bought),
        "licence": (YEARS * access_points - count.get("licence", 0)) * price["licence"]["yen"],
        "replacement": YEARS * access_points * device["failed_share_a_year"] * device["yen"] + batteries * ups["battery_yen"],
        "line": YEARS * price["line"]["yen"],
    }
    rows = tuple(YearsRow(part=part, yen=round(yen)) for part, yen in parts.items())
    return Years(yen=sum(row.yen for row in rows), rows=rows)


def rows(spots: Sequence[Spot], price: Prices, *, reused: int = 0, model: str | None = None) -> tuple[BillRow, ...]:
    """The lines of the bill, by item.

    The sum of `yen` is the cost that was minimised.

    Parameters
    ----------
    reused : int
        Access points of which the hardware is there already.
    model : str, optional
        Of the access points.
    """
    counts: Counter[str] = Counter()
    for spot in spots:
        counts.update(dict(spot.items))
    counts["access_point"] -= reused
    counts["switch"] = counts["ups"] = switches(spots, price)
    return tuple(
        BillRow(
            item=name,
            count=counts[name],
            unit_yen=row["yen"],
            low_yen=row["low"],
            high_yen=row["high"],
            yen=row["yen"] * counts[name],
            model=model if name == "access_point" else None,
        )
        for name, row in price.items()
        if counts[name] > 0
    )


def switches(spots: Sequence[Spot], price: Prices) -> int:
    """How many new switches are needed, for the access points that do not hang on an old one."""
    return -(-sum(1 for spot in spots if not spot.kept) // ports_per_switch(price))


def power(spots: Sequence[Spot], price: Prices) -> SwitchPower:
    """Ports and watts of the new switches."""
    count, new = switches(spots, price), sum(1 for spot in spots if not spot.kept)
    switch = price["switch"]
    return SwitchPower(
        switches=count,
        ports=count * int(switch["ports"]),
        ports_used=new,
        poe_w=count * float(switch["poe_w"]),
        poe_used_w=new * float(price["access_point"]["poe_w"]),
    )


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
    from wifiplan.report.wording import known, words

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
        items.append([known("item", row.item, lang), row.count, unit, *spread, unit * row.count, said])
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


def write(design: Design, path: Path, *, lang: Lang = "ja", price: Prices | None = None) -> None:
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
