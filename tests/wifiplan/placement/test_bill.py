"""The bill of materials: what is counted, and what a spreadsheet reads of it."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import openpyxl
import pytest

import floorplans
from wifiplan import model
from wifiplan.answer import SwitchPower
from wifiplan.cli import main
from wifiplan.errors import DesignError
from wifiplan.model import Design
from wifiplan.placement import bill
from wifiplan.placement.spot import Spot, hanging
from wifiplan.placement.spots import candidates
from wifiplan.prices import ports_per_switch, price_list

_NEW = Spot(x_m=1.0, y_m=1.0, height_m=3.0, items=(("access_point", 1), ("drop", 1)))
_OLD = Spot(x_m=9.0, y_m=1.0, height_m=3.0, kept="old")


def test_a_switch_and_a_battery_for_every_eight() -> None:
    """Eight new access points need one of each, nine need two; one that hangs already is on the old switch."""
    price = price_list()

    assert 1 == bill.switches([_NEW] * 8 + [_OLD], price)
    assert 2 == bill.switches([_NEW] * 9, price)
    assert 0 == bill.switches([_OLD], price)
    power = SwitchPower(switches=2, ports=16, ports_used=9, poe_w=480.0, poe_used_w=270.0)
    assert power == bill.power([_NEW] * 9, price)


def test_a_switch_with_little_power_feeds_fewer() -> None:
    """60 W keep 30 W for two, whatever the number of ports."""
    price = dict(price_list())
    price["switch"] = {**price["switch"], "poe_w": 60.0}

    assert 2 == ports_per_switch(price)
    assert 3 == bill.switches([_NEW] * 5, price)


def test_cost_is_the_sum_of_what_is_bought() -> None:
    """A guarded wall spot buys a guard, a high one the lift, a long run its further metres; a kept one nothing."""
    plan = floorplans.sample("gym")
    price = {name: row["yen"] for name, row in price_list().items()}
    found = candidates(plan, antennas=("omni", "patch"))

    for spot in found:
        items = dict(spot.items)
        assert spot.cost_yen == sum(price[name] * count for name, count in items.items())
        assert items.get("guard", 0) == spot.guard
        assert items.get("high_work", 0) == (spot.height_m > 4.0)
        assert items.get("patch", 0) == (spot.antenna == "patch")
        assert items.get("longer_drop", 0) == max(0, math.ceil((spot.cable_m - 70.0) / 20.0))
    kept = bill.priced(plan, [hanging(found[0].access_point("old"))])[0]
    assert 0.0 == kept.cost_yen


def test_what_is_reused_is_not_bought() -> None:
    """Of three new spots one takes the access point that hung elsewhere; its cable is new."""
    rows = {row.item: row for row in bill.rows([_NEW] * 3, price_list(), reused=1)}

    assert (2, 3) == (rows["access_point"].count, rows["drop"].count)
    assert 2 * rows["access_point"].unit_yen == rows["access_point"].yen


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
    bill.write(billed, path)
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
    bill.write(billed, path, lang="en")
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
    items = {row[0]: row[5] for row in bill.sheets(billed, lang="en", price=price_list(own))[0][1][1:]}

    assert 150_000 == items["Access point"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[antenna]\nyen = 1\n", "antenna: nothing that is bought"),
        ("[mount]\ncolour = 1\n", "mount.colour: no such figure"),
        ("[mount]\nyen = -1\n", "mount.yen: -1 is not a number of 0 or more"),
        ("mount = 3\n", "mount: give a table"),
        ("[switch]\npoe_w = 10\n", "10 W feed no access point"),
        ("[mount\n", "not TOML"),
    ],
)
def test_bad_prices_are_one_sentence(tmp_path, text: str, sentence: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DesignError, match=sentence):
        price_list(path)


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
