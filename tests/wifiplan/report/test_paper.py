"""Posters and cards: what hangs on the wall is whole on its page, black and white, and never a guess."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pypdfium2
import pytest

import floorplans
from wifiplan.capacity import demand
from wifiplan.model import AccessPoint, Design, Radio
from wifiplan.report import paper

DAY = dt.date(2026, 11, 27)
ROW = {"name": "柏市立北小学校", "level": "basic", "model": "Generic Wi-Fi 6", "telephone": "04-7131-0000", "switches": 1}


@pytest.fixture(scope="module")
def design() -> Design:
    plan = floorplans.gym()
    radio = Radio(band="5", channel=36, width_mhz=20, tx_power_dbm=17.0, antenna_gain_dbi=3.0)
    points = tuple(AccessPoint(name=f"AP-0{n}", x_m=10.0 * n, y_m=0.5, height_m=4.0, radios=(radio,)) for n in (1, 2, 3))
    return Design(floor_plan=plan, access_points=points, demands=demand.demands(plan, "shelter-day1"), scenario="shelter-day1")


@pytest.mark.parametrize("ssid", ["", "City_Free_Wi-Fi; \\ long name"])
def test_three_posters_and_two_cards_are_a_page_each(tmp_path: Path, design: Design, ssid: str) -> None:
    paper.write(ROW, design, tmp_path / "p.pdf", ssid=ssid, date=DAY)
    document = pypdfium2.PdfDocument(tmp_path / "p.pdf")
    texts = [page.get_textpage().get_text_range() for page in document]
    sizes = {tuple(map(round, page.get_size())) for page in document}
    document.close()

    assert 5 == len(texts)
    assert {(595, 842)} == sizes
    assert all("00000JAPAN" in text for text in texts[:3])
    assert ["無料", "ただで", "Free Wi-Fi"] == [re.search("無料|ただで|Free Wi-Fi", text)[0] for text in texts[:3]]  # type: ignore[index]
    assert "04-7131-0000" in texts[3]
    assert "Restart in this order" in texts[4]


def test_the_code_opens_the_network_without_a_password_and_escapes_its_name() -> None:
    import segno

    def matrix(text: str) -> str:
        import io

        out = io.BytesIO()
        segno.make(text, error="m", micro=False).save(out, kind="svg", scale=4, border=4, xmldecl=False)
        return out.getvalue().decode()

    assert matrix("WIFI:T:nopass;S:00000JAPAN;;") == paper.wifi_code("00000JAPAN")
    assert matrix(r"WIFI:T:nopass;S:a\;b\:c;;") == paper.wifi_code("a;b:c")


def test_the_battery_is_computed_from_what_hangs_on_it(design: Design) -> None:
    """400 Wh of which 85 % reach a switch of 30 W and three access points of 30 W: 2.8 h; with 24 h bought, 24 h at least."""
    assert 400 * 0.85 / 120 == pytest.approx(paper.battery_hours(ROW, design))
    assert 24.0 <= paper.battery_hours({**ROW, "level": "battery", "battery_hours": 24.0}, design)


def test_everything_is_black_on_white(design: Design) -> None:
    content = paper.pages(ROW, design, ssid="", date=DAY)
    colours = {colour.lower() for page in content["pages"] for colour in re.findall(r"#[0-9a-fA-F]{6}", page["plan"])}

    assert colours
    assert all(colour[1:3] == colour[3:5] == colour[5:7] for colour in colours)


def test_what_is_not_known_is_left_to_be_written_in(design: Design) -> None:
    card = paper.pages(ROW, design, ssid="", date=DAY)["pages"][3]
    rows = {row[0]: row[1] for part in card["parts"] if part["kind"] == "table" for row in part["rows"]}

    assert ("", "", "") == (rows["分電盤・ブレーカー"], rows["鍵のある場所"], rows["災害対策本部"])
