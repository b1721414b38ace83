"""Lists as cities publish them: each building once, nothing else, and everything left out said."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from wifiplan.city import listing
from wifiplan.city.listing import Facility, Listing
from wifiplan.errors import DesignError


def read(tmp_path: Path, text: str, name: str = "list.csv", encoding: str = "utf-8") -> Listing:
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return listing.read_lists([path])


def test_kashiwas_own_columns_give_108_buildings_and_leave_38_sites_out(shared: Path) -> None:
    """The city's list has 108 避難所 and 38 places in the open; two of the latter have names of buildings and no floor."""
    path = shared / "data" / "kashiwa" / "kashiwa_evacuation.csv"
    if not path.exists():
        pytest.skip(f"Kashiwa's list is not there: {path}")
    found = listing.read_lists([path])

    assert (108, 38) == (len(found.facilities), len(found.skipped))
    assert {"outdoor", "site-kind"} == {row.code for row in found.skipped}
    assert [1074.0, 375.0] == [found.facilities[0].area_m2, found.facilities[0].persons]


@pytest.mark.parametrize(
    ("text", "area_m2", "persons"),
    [
        ("名称,緯度,経度,面積（m2）\n東小学校体育館,35.86,139.97,900\n", 900.0, None),
        ("名称,緯度,経度,床面積\n東小学校体育館,35.86,139.97,900\n", 900.0, None),
        (
            '"#property","latitude","longitude","name","address","capacity"\n"1","34.34","134.03","第一小学校跡施設","高松","238"\n',
            None,
            238.0,
        ),
        ("名称,緯度,経度,収容人数（人）\n東小学校体育館,35.86,139.97,320\n", None, 320.0),
        ('名称,緯度,経度,"想定\n収容人数"\n東小学校体育館,35.86,139.97,320\n', None, 320.0),
        ("名称,緯度,経度,収容人員\n東小学校体育館,35.86,139.97,320\n", None, 320.0),
        ("名称;緯度;経度;収容人数\n東小学校体育館;35,86;139,97;320\n", None, 320.0),
        ("指定避難所一覧,,,\n令和6年4月1日現在,,,\n名称,緯度,経度,収容人数\n東小学校体育館,35.86,139.97,320\n", None, 320.0),
    ],
)
def test_usual_headings_are_read(tmp_path: Path, text: str, area_m2: float | None, persons: float | None) -> None:
    """Lists of the kinds that were refused before."""
    one = read(tmp_path, text).facilities[0]

    assert (area_m2, persons) == (one.area_m2, one.persons)
    assert one.latitude_deg in {35.86, 34.34}


class TestPublicLayouts:
    """Six lists in the layouts that are published, two rows of a building and a park each."""

    GSI_SITES = (
        "NO,共通ID,都道府県名及び市町村名,施設・場所名,住所,洪水,崖崩れ、土石流及び地滑り,高潮,地震,津波,大規模な火事,内水氾濫,火山現象,"
        "指定避難所との住所同一,緯度,経度,備考\n"
        "1,E1721700001201,石川県A市,中央小学校,石川県A市1-1,1,1,,1,,1,,,1,37.04,136.96,\n"
        "2,E1721700001202,石川県A市,中央公園,石川県A市2,,1,,1,,1,,,,37.05,136.97,\n"
    )
    GSI_SHELTERS = (
        "NO,共通ID,都道府県名及び市町村名,施設・場所名,住所,指定緊急避難場所との住所同一,その他市町村長が必要と認める事項,受入対象者,緯度,経度,備考\n"
        '1,E1721700001201,石川県A市,中央小学校,石川県A市1-1,1,,,37.04,136.96,"1階\n体育館"\n'
        "2,E1721700001203,石川県A市,北公民館,石川県A市3,,,,37.06,136.95,\n"
    )
    STANDARD_NEW = (
        "全国地方公共団体コード,ID,地方公共団体名,名称,名称_カナ,名称_英字,所在地_連結表記,緯度,経度,標高,電話番号,災害種別_洪水,災害種別_地震,"
        "災害種別_津波,指定避難所との重複,想定収容人数,対象となる町会・自治会,備考\n"
        "172022,CC0000000518,七尾市,山王小学校,サンノウショウガッコウ,sannoshogakko,石川県七尾市山王町,37.04,136.97,4.2,,1,1,,1,屋内480人／屋外3350人,袖ケ江地区（19町会）,\n"
        "172022,CC0000000519,七尾市,城山運動公園,シロヤマ,,石川県七尾市城山,37.05,136.98,9,,1,1,,,屋内0人／屋外9700人,,\n"
    )
    STANDARD_OLD = (
        "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,住所,方書,緯度,経度,災害種別_洪水,災害種別_地震,想定収容人数,備考\n"
        "122173,0000000001,千葉県,柏市,南体育館,ミナミタイイクカン,千葉県柏市南1,,35.85,139.98,1,1,450,\n"
        "122173,0000000002,千葉県,柏市,南児童遊園,ミナミ,千葉県柏市南2,,35.84,139.99,,1,100,\n"
    )
    P20 = (
        "P20_001,P20_002,P20_003,P20_004,P20_005,P20_006,P20_007,P20_008,P20_009,lat,lon\n"
        "12217,南中学校,柏市南3,指定避難所、指定緊急避難場所,-1,1304,1,0,1,35.85,139.98\n"
        "12217,南緑地,柏市南4,指定緊急避難場所,500,-1,1,0,1,35.84,139.99\n"
    )
    OWN = (
        "○○市避難施設一覧（地区別）,,,,,\n番号,地区名,施設名,所在地,避難スペース面積（㎡）,収容定員（人）\n"
        '1,北部,北小学校（体育館）,北1-1,"約1,050",350名\n2,北部,北小学校（グラウンド）,北1-1,8000,4000\n,,小計,,9050,4350\n合計,,,,9050,4350\n'
    )

    @pytest.mark.parametrize("layout", ["GSI_SITES", "STANDARD_NEW", "STANDARD_OLD", "P20", "OWN"])
    def test_the_building_is_planned_and_what_is_in_the_open_is_not(self, tmp_path: Path, layout: str) -> None:
        found = read(tmp_path, getattr(self, layout), encoding="cp932" if layout in {"P20", "OWN"} else "utf-8-sig")

        assert 1 == len(found.facilities)
        assert "outdoor" in {row.code for row in found.skipped}

    def test_two_lists_of_one_city_count_each_facility_once(self, tmp_path: Path) -> None:
        """指定緊急避難場所 and 指定避難所 have the same 共通ID; the first row keeps what the second does not say."""
        paths = [tmp_path / "sites.csv", tmp_path / "shelters.csv"]
        for path, text in zip(paths, (self.GSI_SITES, self.GSI_SHELTERS), strict=True):
            path.write_text(text, encoding="utf-8-sig")
        found = listing.read_lists(paths)

        assert ["中央小学校", "北公民館"] == [one.name for one in found.facilities]
        assert "1階 体育館" == found.facilities[0].note
        assert {"flood": True, "tsunami": False} == {key: found.facilities[0].hazards[key] for key in ("flood", "tsunami")}
        assert {"outdoor", "double"} == {row.code for row in found.skipped}

    def test_the_geojson_of_the_gsi_is_read(self, tmp_path: Path) -> None:
        rows = list(csv.DictReader(self.GSI_SITES.splitlines()))
        features = [
            {
                "type": "Feature",
                "properties": row,
                "geometry": {"type": "Point", "coordinates": [float(row["経度"]), float(row["緯度"])]},
            }
            for row in rows
        ]
        found = read(tmp_path, json.dumps({"type": "FeatureCollection", "features": features}), "sites.geojson")

        assert [("中央小学校", "E1721700001201", 136.96)] == [(one.name, one.id, one.longitude_deg) for one in found.facilities]

    def test_totals_and_subtotals_are_left_out(self, tmp_path: Path) -> None:
        found = read(tmp_path, self.OWN)

        assert ["total", "total"] == [row.code for row in found.skipped if row.code == "total"]
        assert (1050.0, 350.0, "北部") == (found.facilities[0].area_m2, found.facilities[0].persons, found.facilities[0].district)


@pytest.mark.parametrize(
    ("name", "is_open"),
    [
        ("あけぼの児童公園", True),
        ("公園前小学校", False),
        ("中央公園体育館", False),
        ("北小学校（校庭）", True),
        ("北小学校校庭", True),
        ("河川敷運動広場", True),
        ("市民会館駐車場", True),
        ("袖ケ江立体駐車場（４F）", True),
        ("パークホテル", False),
        ("七尾マリンパーク", True),
        ("旧七尾工業高校 運動場", True),
        ("七尾産業福祉センター（４F）", False),
        ("屋内運動場", False),
        ("利根川堤防", True),
        ("公園管理センター", False),
        ("Central Park", True),
        ("Parkside Elementary School", False),
        ("第二グラウンド", True),
        ("緑ヶ丘集会所", False),
        ("Aちゃんの家", False),
    ],
)
def test_the_word_that_a_name_ends_with_says_whether_it_is_a_building(name: str, is_open: bool) -> None:
    assert is_open == bool(listing.open_word(name))


def test_one_name_twice_near_by_is_one_facility_and_far_away_two(tmp_path: Path) -> None:
    text = (
        "名称,緯度,経度,収容人数,面積\n東小学校,35.86,139.97,320,\n東小学校,35.8605,139.97,,900\n東小学校,35.90,139.97,200,\n"
        "西小学校,35.86,139.97,280,\n"
    )
    found = read(tmp_path, text)

    assert [(320.0, 900.0), (200.0, None), (280.0, None)] == [(one.persons, one.area_m2) for one in found.facilities]
    assert [(3, "double")] == [(row.row, row.code) for row in found.skipped]
    assert "elsewhere; both are kept" in " ".join(found.warnings)


def test_a_place_far_from_all_others_is_unknown(tmp_path: Path) -> None:
    rows = [f"{n}小学校,35.8{n},139.9{n},300" for n in range(6)]
    found = read(tmp_path, "名称,緯度,経度,収容人数\n" + "\n".join([*rows, "沖小学校,31.0,145.0,300"]) + "\n")

    assert None is found.facilities[-1].latitude_deg
    assert "km from the middle" in found.warnings[-1]


@pytest.mark.parametrize(("cell", "says"), [("-900", "negative"), ("0", "0: unknown"), ("9000000", "more than any shelter")])
def test_areas_that_cannot_be_are_unknown_and_said(tmp_path: Path, cell: str, says: str) -> None:
    found = read(tmp_path, f"名称,面積\n東小学校,{cell}\n")

    assert None is found.facilities[0].floor_m2
    assert says in found.warnings[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no facility in it"),
        ("住所,面積\nx,100\n", "no column with the facility's name"),
        ("名称,色\nx,3\n", "neither a floor area"),
    ],
)
def test_a_list_that_lacks_something_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DesignError, match=says) as caught:
        read(tmp_path, text)

    assert 1 == len(str(caught.value).splitlines())
    assert "list.csv" in str(caught.value)


def test_persons_alone_are_an_area_by_the_seventy_percent_rule() -> None:
    """Kashiwa publishes floor(area * 0.70 / 2): 375 persons for 1,074 m2."""
    assert 1074 == pytest.approx(Facility(number=1, name="a", persons=375).floor_m2, abs=2 / 0.7)
    assert Facility(number=1, name="a").floor_m2 is None


def test_usual_sizes_are_assumed_only_where_asked_and_said() -> None:
    school, hall = listing.with_usual_sizes([Facility(number=1, name="北小学校"), Facility(number=2, name="北会館")])

    assert (760.0, "usual") == (school.floor_m2, school.size_from)
    assert None is hall.floor_m2


def test_file_names_are_safe_and_differ() -> None:
    """Two facilities of the same name have files of their own."""
    stems = {Facility(number=n, name="../a b/ c:小学校").stem for n in (1, 2)}

    assert 2 == len(stems)
    assert all(re.fullmatch(r"000\d-[\w.-]+", stem) for stem in stems)


def test_a_school_and_its_gym_as_two_rows_are_both_kept_and_asked_about(tmp_path: Path) -> None:
    rows = (
        "名称,住所,収容人数,避難スペース（㎡）",
        "北小学校,北1-1,1024,1500",
        "北小学校（体育館）,北1-1,300,600",
        "南小学校体育館,南2,200,",
    )
    found = read(tmp_path, "\n".join(rows))

    assert [1500.0, 600.0, None] == [one.area_m2 for one in found.facilities]
    assert 1 == len(found.warnings)
    assert "row 3, 北小学校（体育館）: at the place of row 2, 北小学校: counted apart" in found.warnings[0]


def test_notes_below_a_list_are_no_facilities_and_a_gym_in_brackets_is_the_same_gym(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "名称,住所,緯度,経度,収容人数\n東小学校 体育館,東1-1,35.86,139.97,320\n東小学校（体育館）,東1-1,35.86,139.97,320\n"
        "計 1施設,,,,320\n※収容人数は目安です,,,,\n",
        encoding="utf-8",
    )
    found = listing.read_lists([path])

    assert ["東小学校 体育館"] == [one.name for one in found.facilities]
    assert {4: "adds other rows up", 5: "is a note, not a facility"} == {
        one.row: str(one.reason) for one in found.skipped if one.row > 3
    }


@pytest.mark.parametrize("suffix", [".xls", ".pdf"])
def test_a_list_of_a_form_that_is_not_read_is_told_the_way(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"list{suffix}"
    path.write_bytes(b"x")

    with pytest.raises(DesignError, match="save it as CSV or XLSX"):
        listing.read_lists([path])


def test_headings_alone_are_no_city(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="no facility below the headings"):
        read(tmp_path, "名称,緯度,経度,収容人数\n")


def test_a_remark_takes_a_building_out_of_use_and_a_closed_school_stays(tmp_path: Path) -> None:
    rows = (
        "名称,面積,備考",
        "北小学校,500,耐震工事のため使用不可",
        "旧南小学校,600,平成20年閉校",
        "東会館,700,令和5年度で廃止",
        "西会館,800,",
    )
    found = read(tmp_path, "\n".join(rows))

    assert ["旧南小学校", "西会館"] == [one.name for one in found.facilities]
    assert [("closed", "備考に「使用不可」とあります"), ("closed", "備考に「廃止」とあります")] == [
        (one.code, one.reason_ja) for one in found.skipped
    ]
