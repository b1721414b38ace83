"""Surveys: our own columns, those of survey apps, and a line of error for everything else. No address of a device is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import floorplans
from floorplans.plan import FloorPlan
from wifiplan.errors import SurveyError
from wifiplan.model import AccessPoint, Radio
from wifiplan.radio import survey

RADIOS = (Radio(band="2.4", channel=1), Radio(band="5", channel=36))
ACCESS_POINTS = (
    AccessPoint(name="AP-01", key="00:11:22:33:44:50", x_m=5.0, y_m=5.0, height_m=2.5, radios=RADIOS),
    AccessPoint(name="体育館 北", key="00:11:22:33:55:60", x_m=20.0, y_m=10.0, height_m=2.5, radios=RADIOS),
)
CLIENT = "9a:bc:de:f0:12:34"


@pytest.fixture(scope="module")
def plan() -> FloorPlan:
    return floorplans.sample("community-centre")


def read(tmp_path: Path, plan: FloorPlan, text: str | bytes, **options: object) -> survey.Survey:
    file = tmp_path / "survey.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return survey.read(file, plan, ACCESS_POINTS, **{"band": "5", **options})  # type: ignore[arg-type]


def test_reads_our_own_columns(tmp_path: Path, plan: FloorPlan) -> None:
    """x_m, y_m, ap, rssi_dbm, people_per_m2: 1.0 m above the floor unless said otherwise."""
    found = read(tmp_path, plan, "x_m,y_m,ap,rssi_dbm,people_per_m2\n1.5,2,AP-01,-61,0.5\n3,4,体育館 北,-70.5,\n")

    np.testing.assert_allclose([[1.5, 2.0, 1.0], [3.0, 4.0, 1.0]], found.points_m)
    assert [0, 1] == found.access_point.tolist()
    assert [-61.0, -70.5] == found.rssi_dbm.tolist()
    np.testing.assert_array_equal([0.5, np.nan], found.people_per_m2)
    assert 0 == found.not_heard + found.foreign + found.other_bands


@pytest.mark.parametrize(
    "text",
    [
        "X,Y,AP,RSSI\n3,4,ap-01,-60\n",
        "X (m),Y (m),BSSID,Signal (dBm)\n3,4,00-11-22-33-44-50,-60\n",
        '"Pos X [m]";"Pos Y [m]";"BSSID";"Signal level [dBm]"\n3,0;4,0;00:11:22:33:44:50;-60,0\n',
        "x\ty\tMAC Address\tSSID\tSignal Strength\n3\t4\t0011.2233.4450\tcity\t-60 dBm\n",
        "x_ft,y_ft,Access Point Name,RSSI (dBm)\n9.84252,13.12336,AP-01,-60\n",
        "Some app 7.1\nexported 2026-11-23\nSSID,BSSID,Channel,RSSI,X,Y\ncity,00:11:22:33:44:50,36,-60,3,4\n",
        "X (px),Y (px),AP,Signal (%),Signal (dBm)\n3,4,AP-01,80,-60\n",
        "x座標,y座標,AP名,電波強度(dBm)\n3,4,AP-01,-60\n",
    ],
)
def test_reads_columns_of_survey_apps(tmp_path: Path, plan: FloorPlan, text: str) -> None:
    """Other names, units, separators, a decimal comma, lines before the heading, addresses in three spellings."""
    found = read(tmp_path, plan, text, metres_per_unit=1.0 if "px" in text else None)

    np.testing.assert_allclose([[3.0, 4.0, 1.0]], found.points_m, atol=1e-4)
    assert [0] == found.access_point.tolist()
    assert [-60.0] == found.rssi_dbm.tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_reads_what_japanese_spreadsheets_write(tmp_path: Path, plan: FloorPlan, encoding: str) -> None:
    """Shift_JIS as Excel saves it, and Unicode."""
    found = read(tmp_path, plan, "x座標,y座標,アクセスポイント,受信強度\n3,4,体育館 北,-60\n".encode(encoding))

    assert [1] == found.access_point.tolist()


def test_pixels_of_a_picture(tmp_path: Path, plan: FloorPlan) -> None:
    """50 pixels a metre from the upper left corner: (150, 200) is 3 m in and 4 m down from the top, at y = 20 m."""
    found = read(tmp_path, plan, "X (px),Y (px),AP,RSSI\n150,200,AP-01,-60\n", metres_per_unit=0.02, y_down=True)

    np.testing.assert_allclose([[3.0, 16.0, 1.0]], found.points_m)


@pytest.mark.parametrize(
    ("columns", "cells", "z_m"),
    [
        ("", "", 1.5),
        (",height_m", ",0.3", 0.3),
        (",z_m", ",2.25", 2.25),
        (",level", ",0", 1.5),
        (",floor", ",1F", 1.5),
        (",floor", ",1", 1.5),
    ],
)
def test_height_of_the_receiver(tmp_path: Path, plan: FloorPlan, columns: str, cells: str, z_m: float) -> None:
    """From the row, above its floor or above the datum; else from the option."""
    found = read(tmp_path, plan, f"x,y,ap,rssi{columns}\n3,4,AP-01,-60{cells}\n", height_m=1.5)

    assert z_m == found.points_m[0, 2]


@pytest.mark.parametrize(
    ("columns", "cells", "count"),
    [
        (",band", ",5", 1),
        (",band", ",5 GHz", 1),
        (",band", ",2.4 GHz", 0),
        (",channel", ",36", 1),
        (",channel", ',"36,+1"', 1),
        (",channel", ",11", 0),
        (",frequency", ",5180", 1),
        (",frequency", ",2.437", 0),
        (",frequency (MHz)", ",6135", 0),
    ],
)
def test_other_bands_are_left_out(tmp_path: Path, plan: FloorPlan, columns: str, cells: str, count: int) -> None:
    """By band, channel or frequency, and counted; the second row is of 5 GHz."""
    found = read(tmp_path, plan, f"x,y,ap,rssi{columns},band\n3,4,AP-01,-60{cells},\n4,4,AP-01,-61,,5\n" if "band" not in columns
                 else f"x,y,ap,rssi{columns}\n3,4,AP-01,-60{cells}\n4,4,AP-01,-61,5\n")  # fmt: skip

    assert 1 + count == len(found.rssi_dbm)
    assert 1 - count == found.other_bands


def test_access_point_of_another_band_only_is_left_out(tmp_path: Path, plan: FloorPlan) -> None:
    """A reading at 2.4 GHz of an access point that has no radio at 5 is no error when 5 is asked for."""
    assert 1 == read(tmp_path, plan, "x,y,ap,rssi,band\n3,4,old one,-60,2.4\n4,4,AP-01,-61,5\n").other_bands


def test_says_what_it_took_for_granted(tmp_path: Path, plan: FloorPlan) -> None:
    """A reading of an access point with two bands that does not say which."""
    assert "taken to be of 5 GHz" in read(tmp_path, plan, "x,y,ap,rssi\n3,4,AP-01,-60\n").warnings[0]


def test_what_was_not_heard_is_counted(tmp_path: Path, plan: FloorPlan) -> None:
    """Empty, or the figures that apps write for nothing."""
    found = read(tmp_path, plan, "x,y,ap,rssi,band\n3,4,AP-01,-60,5\n3,5,AP-01,,5\n3,6,AP-01,-127,5\n\n3,7,AP-01,-200,5\n")

    assert (1, 3) == (len(found.rssi_dbm), found.not_heard)


def test_radios_of_one_access_point_are_one(tmp_path: Path, plan: FloorPlan) -> None:
    """Networks have addresses in one block of 16, some with the locally administered bit; a name goes before a foreign one."""
    found = read(
        tmp_path,
        plan,
        "x,y,bssid,ap,rssi\n3,4,00:11:22:33:44:5f,,-60\n3,5,02:11:22:33:55:61,,-61\n3,6,aa:bb:cc:00:00:01,AP-01,-62\n",
    )

    assert [0, 1, 0] == found.access_point.tolist()


def test_other_peoples_addresses_are_forgotten(tmp_path: Path, plan: FloorPlan) -> None:
    """Neither the result nor an error holds an address that is not an access point's of the design."""
    found = read(tmp_path, plan, f"x,y,bssid,rssi\n3,4,{CLIENT},-60\n3,5,00:11:22:33:44:50,-61\n")

    assert 1 == found.foreign
    assert CLIENT not in repr(found)
    for text in (f"x,y,bssid,rssi\n3,4,{CLIENT},-60\n", f"x,y,ap,rssi\n3,4,{CLIENT},-60\n"):
        with pytest.raises(SurveyError, match="none of 1 readings") as caught:
            read(tmp_path, plan, text)
        assert CLIENT not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        (" \n \n", "empty"),
        (b"\x00\x01\x02", "not text"),
        (b"\xff\xfe\xff\xff\x00", "not text|no column"),
        ("x,y,ap,rssi\n", "no readings"),
        ("x,y,ap\n1,2,AP-01\n", "no column rssi_dbm"),
        ("y,ap,rssi\n2,AP-01,-60\n", "no column x_m"),
        ("x,y,rssi\n1,2,-60\n", "no column ap or bssid"),
        ("SSID,RSSI,Latitude,Longitude\ncity,-60,35.1,139.1\n", "no column x_m"),
        ("x,y,ap,signal (%)\n1,2,AP-01,80\n", "not in dBm"),
        ("x (px),y (px),ap,rssi\n1,2,AP-01,-60\n", "--metres-per-unit"),
        ("x,y,ap,rssi\n1,2x,AP-01,-60\n1,two,AP-01,-60\n", "line 2: y is '2x'"),
        ("x,y,ap,rssi\n1,2,AP-01,nan\n", "line 2: rssi is nan"),
        ("x,y,ap,rssi\n1,inf,AP-01,-60\n", "line 2: y is inf"),
        ("x,y,ap,rssi\n1,,AP-01,-60\n", "line 2: y is ''"),
        ("x,y,ap,rssi\n1\n", "line 2: y is ''"),
        ("x,y,ap,rssi\n1,2,AP-01,65\n", "percent"),
        ("x,y,ap,rssi\n1,2,AP-01,0\n", "below 0"),
        ("x,y,ap,rssi\n1,2,AP-01,-6500\n", "unit"),
        ("x,y,ap,rssi\n1,2,AP-01,-120\n", "no signal"),
        ("x,y,ap,rssi\n100,2,AP-01,-60\n", r"line 2: \(100, 2\) m is outside the plan \(0 to 30, 0 to 20\)"),
        ("x,y,ap,rssi\n1,2,AP-99,-60\n", "none of 1 readings is of an access point of the design"),
        ("x,y,ap,rssi\n1,2,,-60\n", "line 2: access point ''"),
        ("x,y,ap,rssi,level\n1,2,AP-01,-60,7\n", "level '7' does not exist"),
        ("x,y,ap,rssi,band\n1,2,AP-01,-60,60\n", "no reading at 5 GHz"),
        ("x,y,ap,rssi,band\n1,2,AP-01,-60,ISM\n", "give 2.4, 5 or 6"),
        ("x,y,ap,rssi,people_per_m2\n1,2,AP-01,-60,-1\n", "0 or more"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, plan: FloorPlan, text: str | bytes, says: str) -> None:
    """File, line, and the way out."""
    with pytest.raises(SurveyError, match=says) as caught:
        read(tmp_path, plan, text)
    assert str(caught.value).startswith(str(tmp_path / "survey.csv"))
    assert "\n" not in str(caught.value)
    assert 2 == caught.value.exit_code


def test_refuses_a_scale_of_nothing(tmp_path: Path, plan: FloorPlan) -> None:
    """Metres per unit is above 0."""
    with pytest.raises(SurveyError, match="above 0"):
        read(tmp_path, plan, "x,y,ap,rssi\n1,2,AP-01,-60\n", metres_per_unit=0.0)


def test_names_that_two_share_are_nobodys(tmp_path: Path, plan: FloorPlan) -> None:
    """Better an error than readings at the wrong access point."""
    twins = tuple(AccessPoint(name="AP", x_m=x, y_m=5.0, height_m=2.5, radios=RADIOS) for x in (5.0, 25.0))
    (tmp_path / "s.csv").write_text("x,y,ap,rssi\n1,2,AP,-60\n")
    with pytest.raises(SurveyError, match="none of 1 readings"):
        survey.read(tmp_path / "s.csv", plan, twins, band="5")


REPORTED = Path(__file__).parent / "reported"
THREE = tuple(
    AccessPoint(
        name=f"AP-0{number}", key=f"00:11:22:33:{number - 1:02x}:01", x_m=8.0 * number, y_m=8.0, height_m=2.5, radios=RADIOS
    )
    for number in (1, 2, 3)
)


@pytest.fixture(scope="module")
def gym() -> FloorPlan:
    return floorplans.gym()


@pytest.mark.parametrize(
    "name",
    [
        "survey-bssid-forms/bssid-no-leading-zeros.csv",
        "survey-minus-signs/unicode-minus.csv",
        "survey-minus-signs/units-row.csv",
        "survey-signal-percent-before-rssi/signal-pct-then-rssi.csv",
        "survey-6ghz-channels-and-khz/frequency-khz.csv",
    ],
)
def test_exports_of_one_walk_give_the_same_readings(gym: FloorPlan, name: str) -> None:
    """Addresses without leading zeros, U+2212, a row of units, a share before the dBm, kHz: the first point is -55.5 dBm."""
    found = survey.read(REPORTED / name, gym, THREE, band="5")

    assert (-55.5, 2.0, 2.0) == (found.rssi_dbm[0], found.points_m[0, 0], found.points_m[0, 1])
    assert 3 == len(set(found.access_point.tolist()))
    assert 0 == found.other_bands + found.foreign
    assert not any("cannot be read" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("heading", "row", "encoding"),
    [
        ("測定点X(m),測定点Y(m),AP名称,受信レベル(dBm)", "2,2,AP-01,-55.5", "utf-8"),
        ("No,位置X（m）,位置Y（m）,アクセスポイント名,RSSI値", "1,2,2,AP-01,▲55.5", "cp932"),
        ("X[m]\tY[m]\tBSSID\t電界強度[dBm]\tチャンネル", "2\t2\t00:11:22:33:00:01\t－55.5\tW52 36ch", "utf-16-le"),
        ("ｘ,ｙ,ＡＰ,ＲＳＳＩ,周波数帯", "2,2,AP-01,ー55.5,５ＧＨｚ帯", "utf-8"),
        ("X|Y|AP|Level [dBm]|Channel", "2|2|AP-01|(55.5)|5G-36", "utf-8"),
        ("x,y,bssid,rssi,channel", "2,2,1122330001,- 55.5 dBm,5180 (36)", "utf-8"),
        ("x,y,bssid,rssi,band", '2,2,0x001122330001,-55.5,"5,0 GHz"', "utf-8"),
    ],
)
def test_other_headings_signs_and_words_of_a_band(tmp_path: Path, gym: FloorPlan, heading: str, row: str, encoding: str) -> None:
    """One reading of -55.5 dBm of the first access point at 5 GHz, as people write it."""
    path = tmp_path / "s.csv"
    path.write_text(f"{heading}\n{row}\n", encoding=encoding)
    found = survey.read(path, gym, THREE, band="5")

    assert ([-55.5], [0], 0) == (found.rssi_dbm.tolist(), found.access_point.tolist(), found.other_bands)


@pytest.mark.parametrize("floor", ["1", "1F", "１階", "1階"])
def test_a_floor_goes_by_its_name(tmp_path: Path, gym: FloorPlan, floor: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"x,y,ap,rssi,階\n2,2,AP-01,-55,{floor}\n")

    assert [1.0] == survey.read(path, gym, THREE, band="5").height_m.tolist()


@pytest.mark.parametrize("bssid", ["xx:xx:xx:xx:xx:xx", "00:11:22:**:**:**", "（非公開）", "[MASKED]", "ff:ff:ff:ff:ff:ff"])
def test_an_address_that_is_masked_is_hidden(tmp_path: Path, gym: FloorPlan, bssid: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"x,y,bssid,rssi\n2,2,{bssid},-55\n")

    with pytest.raises(SurveyError, match="the addresses of 1 readings are hidden"):
        survey.read(path, gym, THREE, band="5")


@pytest.mark.parametrize(
    ("row", "says"), [("00:11:22:33:00:01,89%", "a signal of 89% is a share, not dBm"), ("1.12E+09,-55", "keep it as text")]
)
def test_a_share_and_an_address_that_a_spreadsheet_spoilt_are_said(tmp_path: Path, gym: FloorPlan, row: str, says: str) -> None:
    path = tmp_path / "s.csv"
    path.write_text(f"x,y,bssid,rssi\n2,2,{row}\n")

    with pytest.raises(SurveyError, match=says):
        survey.read(path, gym, THREE, band="5")


def test_6_ghz_channels_are_not_in_the_fit_of_5_ghz(gym: FloorPlan) -> None:
    """Channel 37 is at 6 GHz only; 5 and 149 are there too, so they are not taken for 2.4 and 5 GHz in the same file."""
    path = REPORTED / "survey-6ghz-channels-and-khz" / "channel-6ghz.csv"
    with pytest.raises(SurveyError, match="no reading at 5 GHz"):
        survey.read(path, gym, THREE, band="5")
    found = survey.read(path, gym, THREE, band="6")

    assert {0} == set(found.access_point.tolist())
    assert any("channels of two bands are left out" in warning for warning in found.warnings)


def test_hidden_addresses_are_named_as_such(gym: FloorPlan) -> None:
    with pytest.raises(SurveyError, match=r"the addresses of .* readings are hidden; let the app see locations"):
        survey.read(REPORTED / "survey-bssid-forms" / "redacted-bssid.csv", gym, THREE, band="5")


def test_one_bad_row_is_left_out_and_listed(tmp_path: Path, plan: FloorPlan) -> None:
    """A slip and a place outside; an access point of nobody's is no slip but sought. Where most are bad, the first says."""
    good = "".join(f"{x},2,AP-01,-60\n" for x in range(1, 8))
    found = read(tmp_path, plan, f"x,y,ap,rssi\n{good}1,two,AP-01,-60\n900,2,AP-01,-60\n1,2,AP-99,-60\n")

    assert 7 == len(found.rssi_dbm)
    said = next(warning for warning in found.warnings if "cannot be read" in warning)
    assert said.startswith("2 rows that cannot be read are left out: line 9: y is 'two'")
    assert "line 10" in said
    assert {"AP-99"} == set(found.unknown)


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("2437", "2.4"), ("2.437", "2.4"), ("5180000", "5"), ("5180000000", "5"), ("5.955", "6"), ("6135 MHz", "6"),
    ],
)  # fmt: skip
def test_frequencies_are_read_in_any_unit(tmp_path: Path, plan: FloorPlan, text: str, band: str) -> None:
    assert 1 == len(read(tmp_path, plan, f"x,y,ap,rssi,frequency\n3,4,AP-01,-60,{text}\n", band=band).rssi_dbm)


def test_a_frequency_of_no_band_is_refused(tmp_path: Path, plan: FloorPlan) -> None:
    with pytest.raises(SurveyError, match="a frequency of 900 is in no Wi-Fi band"):
        read(tmp_path, plan, "x,y,ap,rssi,frequency\n3,4,AP-01,-60,900\n")


@pytest.mark.parametrize(
    "figure", ["\u221255.5", "－55.5", "ー55.5", "▲55.5", "(55.5)", "- 55.5", "'-55.5", "-55.5 dB", "－５５．５ｄＢｍ", '"-55,5"']
)
def test_figures_below_zero_as_people_write_them(gym: FloorPlan, tmp_path: Path, figure: str) -> None:
    (tmp_path / "s.csv").write_text(f"x,y,ap,受信レベル(dBm)\n2,2,AP-01,{figure}\n", encoding="utf-8")

    assert [-55.5] == survey.read(tmp_path / "s.csv", gym, THREE, band="5").rssi_dbm.tolist()


@pytest.mark.parametrize(
    "address",
    [
        "00-11-22-33-01-01",
        "0011.2233.0101",
        "0x001122330101",
        "０0:11:22:33:01:01",
        "0:11:22:33:1:1",
        "00:11:22:33:01:01 (shelter)",
    ],
)
def test_addresses_as_apps_write_them(gym: FloorPlan, tmp_path: Path, address: str) -> None:
    (tmp_path / "s.csv").write_text(f"x|y|bssid|rssi\n2|2|{address}|-55\n", encoding="utf-8")

    assert [1] == survey.read(tmp_path / "s.csv", gym, THREE, band="5").access_point.tolist()


@pytest.mark.parametrize(
    "address", ["**:**:**:**:**:**", "xx:xx:xx:xx:xx:xx", "00:11:22:xx:xx:xx", "(hidden)", "anonymized", "02:00:00:00:00:00"]
)
def test_addresses_that_are_none_are_hidden(gym: FloorPlan, tmp_path: Path, address: str) -> None:
    (tmp_path / "s.csv").write_text(f"x,y,bssid,rssi\n2,2,{address},-55\n", encoding="utf-8")

    with pytest.raises(SurveyError, match="the addresses of 1 readings are hidden"):
        survey.read(tmp_path / "s.csv", gym, THREE, band="5")


@pytest.mark.parametrize(
    ("column", "cell", "band"),
    [
        ("band", "2G4", "2.4"), ("band", "FIVE", "5"), ("band", "６ＧＨｚ", "6"), ("channel", "6g5", "6"),
        ("channel", "1 (6 GHz)", "6"), ("channel", "ch36", "5"), ("channel", "36+40", "5"), ("center_freq", "5955", "6"),
    ],
)  # fmt: skip
def test_bands_as_apps_write_them(gym: FloorPlan, tmp_path: Path, column: str, cell: str, band: str) -> None:
    """Controllers write 6g5 for channel 5 at 6 GHz, which is not channel 6."""
    (tmp_path / "s.csv").write_text(f"x,y,ap,rssi,{column}\n2,2,AP-01,-55,{cell}\n", encoding="utf-8")
    everywhere = tuple(replace(ap, radios=tuple(replace(RADIOS[0], band=one) for one in ("2.4", "5", "6"))) for ap in THREE)

    assert 1 == len(survey.read(tmp_path / "s.csv", gym, everywhere, band=band).rssi_dbm)
