"""The bill as a file: what a spreadsheet reads of it."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import openpyxl
import pytest

from wifiplan import model
from wifiplan.cli import main
from wifiplan.model import Design
from wifiplan.placement import bill
from wifiplan.placement.spot import Spot
from wifiplan.prices import price_list
from wifiplan.report.bill_file import sheets, write_bill

_NEW = Spot(x_m=1.0, y_m=1.0, height_m=3.0, items=(("access_point", 1), ("drop", 1)))
_OLD = Spot(x_m=9.0, y_m=1.0, height_m=3.0, kept="old")


@pytest.fixture
def billed(gym_design: Design) -> Design:
    price = price_list()
    chosen = [_NEW, _NEW, _NEW, _OLD]
    assert gym_design.placement is not None
    placement = replace(
        gym_design.placement,
        bill=bill.rows(chosen, price),
        power=bill.power(chosen, price),
        cables_m={"AP-01": 31.5, "AP-02": 44.0, "AP-03": 50.2},
    )
    return replace(gym_design, placement=placement)


def test_csv_has_every_item_its_sum_and_every_cable(billed: Design, tmp_path) -> None:
    """In Japanese, with the mark that Japanese Excel needs; the total is the sum of the rows."""
    path = tmp_path / "bill.csv"
    write_bill(billed, path)
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    amounts = {row[0]: float(row[5]) for row in rows[2:] if len(row) == 7 and row[5]}
    total = amounts.pop("合計")
    assert billed.placement is not None
    assert sum(row.yen for row in billed.placement.bill) == total == sum(amounts.values())
    assert ["AP-01", "8.0", "6.0", "8.5", "31.5"] in rows
    assert "既設" == next(row for row in rows if row[:1] == ["AP-04"])[4]


def test_xlsx_follows_an_edited_price(billed: Design, tmp_path) -> None:
    """Amounts are formulas of count and unit price; three sheets."""
    path = tmp_path / "bill.xlsx"
    write_bill(billed, path, lang="en")
    book = openpyxl.load_workbook(path)
    sheet = book["To buy"]

    assert ["To buy", "Cables", "Power"] == book.sheetnames
    assert "=B2*C2" == sheet["F2"].value
    assert f"=SUM(F2:F{sheet.max_row - 1})" == sheet.cell(sheet.max_row, 6).value
    assert [3, 120000] == [sheet["B2"].value, sheet["C2"].value]


def test_prices_of_ones_own(billed: Design, tmp_path) -> None:
    """A file replaces what it names: the access points cost 3 x 50,000 then."""
    own = tmp_path / "prices.toml"
    own.write_text("[access_point]\nyen = 50000\n", encoding="utf-8")
    items = {row[0]: row[5] for row in sheets(billed, lang="en", price=price_list(own))[0][1][1:]}

    assert 150_000 == items["Access point"]


def test_the_command_writes_or_says_why_not(billed: Design, tmp_path, capsys, monkeypatch) -> None:
    """Another suffix and a design without a bill are one line, and nothing is written."""
    with_bill, without = tmp_path / "a.json", tmp_path / "b.json"
    model.save(billed, with_bill)
    model.save(replace(billed, placement=None), without)
    for arguments, code in (
        ([str(with_bill), "--out", str(tmp_path / "a.xlsx")], 0),
        ([str(with_bill), "--out", str(tmp_path / "a.pdf")], 2),
        ([str(without), "--out", str(tmp_path / "b.csv")], 2),
    ):
        monkeypatch.setattr("sys.argv", ["wifiplan", "bill", *arguments])
        try:
            main()
            found = 0
        except SystemExit as error:
            found = int(error.code or 0)
        assert code == found
    said = capsys.readouterr().err

    assert ".csv or .xlsx" in said
    assert "no bill of materials" in said
    assert {"a.json", "b.json", "a.xlsx"} == {path.name for path in tmp_path.iterdir()}
