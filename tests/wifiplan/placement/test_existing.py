"""What hangs there already, from a list that anybody can write."""

from __future__ import annotations

from pathlib import Path

import pytest

import floorplans
from wifiplan.errors import DesignError
from wifiplan.placement import existing

PLAN = floorplans.gym(40.0, 20.0, 8.0)


def test_a_csv_of_name_place_model_and_channel_is_enough(tmp_path: Path) -> None:
    """Bands follow from the channel's number, a height from the ceiling; Japanese heads and Shift_JIS are read."""
    path = tmp_path / "there.csv"
    path.write_bytes("名称,x,y,型番,チャネル,power\nAP 体育館,5,6,R550,36/40 1,12.5\nB,7,8,,6:5,\n".encode("cp932"))
    first, second = existing.read(path, PLAN)

    assert ("AP 体育館", 5.0, 6.0, 7.7, "Ruckus R550") == (first.name, first.x_m, first.y_m, first.height_m, first.model)
    assert [("5", 36, 40, 12.5), ("2.4", 1, 20, 12.5)] == [(r.band, r.channel, r.width_mhz, r.tx_power_dbm) for r in first.radios]
    assert (None, [("6", 5)]) == (second.model, [(r.band, r.channel) for r in second.radios])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name,x\nA,1\n", "line 1: no column y"),
        ("name,x,y\nA,1,two\n", "line 2: y is two; give a number"),
        ("name,x,y\nA,120,5\n", r"line 2: \(120, 5\) is outside the building, which is x 0 to 40 m"),
        ("name,x,y\nA,1,2\nA,3,4\n", "line 3: A is there twice"),
        ("name,x,y,model\nA,1,2,R55\n", "model R55: not known; nearest are Ruckus R550"),
        ("name,x,y,model,channel\nA,1,2,R550,6:1\n", "line 2: Ruckus R550 has no 6 GHz radio"),
        ("name,x,y,channel\nA,1,2,36x\n", "line 2: channel 36x: give such as 36"),
        ("name,x,y,channel\nA,1,2,36 40\n", "two of one band"),
        ("name,x,y,height\nA,1,2,12\n", "height 12 m is not between floor and ceiling"),
        ("name,x,y,level\nA,1,2,3\n", "level 3 does not exist"),
        ("name,x,y\n", "no access point in it"),
    ],
)
def test_a_bad_list_is_one_line_with_file_line_and_column(tmp_path: Path, text: str, sentence: str) -> None:
    """And nothing of it is used."""
    path = tmp_path / "bad.csv"
    path.write_text(text)

    with pytest.raises(DesignError, match=sentence):
        existing.read(path, PLAN)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("設置AP一覧,,,,\n\nAP名,X座標(m),Y座標(m),機種,使用チャネル,階\nA,５,5.5,R550,6/36,1\n", "cp932"),
        ("name;x;y;model;channel\nA;5,0;5,5;R550;2.4GHz:6 5GHz:36\n", "utf-8"),
        ("AP Name\tx_mm\ty_mm\tModel\tchannel_2g\tchannel_5g\nA\t5000\t5500\tR550\t6\tch36\n", "utf-16"),
    ],
)
def test_lists_as_people_have_them(tmp_path: Path, text: str, encoding: str) -> None:
    """Title lines, Japanese heads, units, storeys by name, two channels in one cell or in two columns."""
    path = tmp_path / "there.csv"
    path.write_text(text, encoding=encoding)
    (ap,) = existing.read(path, PLAN)

    assert ("A", 5.0, 5.5, 0, "Ruckus R550") == (ap.name, ap.x_m, ap.y_m, ap.level, ap.model)
    assert [("2.4", 6), ("5", 36)] == [(radio.band, radio.channel) for radio in ap.radios]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("A,5,5,R55,36,17", "line 2: model R55: not known"),
        ("A,5,5,,37,17", "line 2: 5 GHz has no channel 37"),
        ("A,5,5,,36,99", "line 2: power 99 is no transmit power"),
    ],
)
def test_what_no_access_point_can_be_names_its_line(tmp_path: Path, row: str, says: str) -> None:
    path = tmp_path / "there.csv"
    path.write_text(f"name,x,y,model,channel,power\n{row}\n")

    with pytest.raises(DesignError, match=says):
        existing.read(path, PLAN)
