"""The report says first what matters, the same in PDF and HTML, and is written whole or not at all."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import html.parser
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from fontTools.ttLib import TTFont

import floorplans
from floorplans.plan import FloorPlan
from wifiplan import cli, model
from wifiplan.answer import BillRow, Link, Spread, WhatIf
from wifiplan.capacity import demand
from wifiplan.errors import ReportError
from wifiplan.model import AccessPoint, Band, Design, Radio, Requirement
from wifiplan.placement.ask import Ask
from wifiplan.placement.place import place
from wifiplan.radio.radiomap import RadioMap
from wifiplan.report import document as report
from wifiplan.report import maps, tables, wording
from wifiplan.report.document import answer, content, write_report
from wifiplan.report.wording import Lang

DAY = dt.date(2026, 11, 23)
NAME = "柏市立髙﨑第二𠮷田小学校①㎡≤⚠"


class _Maps:
    """The real radio maps, each computed once for all the tests that only look at words."""

    def __init__(self) -> None:
        self.compute = maps.coverage_map
        self.known: dict[Any, RadioMap] = {}

    def __call__(self, design: Design, band: Band, *, level: int = 0, reflections: int = 2) -> RadioMap:
        plan, height_m = design.floor_plan, maps.client_height_m(design)
        places = tuple((point.x_m, point.y_m, point.height_m, point.level, point.antenna) for point in design.access_points)
        key = (plan.levels, plan.walls, plan.slabs, places, band, level, reflections, height_m)
        if key not in self.known:
            self.known[key] = self.compute(design, band, level=level, reflections=reflections)
        return self.known[key]


_MAPS = _Maps()


@pytest.fixture(autouse=True)
def _remembered_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "coverage_map", _MAPS)


@pytest.fixture(scope="session")
def written(gym_design: Design, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of the gym, called by a name that fonts stumble over, in all four forms."""
    folder = tmp_path_factory.mktemp("report")
    design = replace(gym_design, floor_plan=replace(gym_design.floor_plan, name=NAME))
    paths = {f"{lang}{suffix}": folder / f"{lang}{suffix}" for lang in wording.LANGS for suffix in report.RENDERERS}
    for key, path in paths.items():
        write_report(design, path, lang=key[:2], date=DAY)  # type: ignore[arg-type]
    return paths


def _pages(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    pages = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return pages


def _squeezed(text: str) -> str:
    """Without what a line break adds or takes away. pdfium gives a soft hyphen for a hyphen at a line's end."""
    return re.sub(r"[\s\ufffe\u00ad\u200b\u2060-]", "", text)


def _strings(value: Any) -> Iterator[str]:
    """Everything that is shown; figures are pictures and have their text in their description."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in {"svg", "kind", "lang", "align", "author", "page_title", "alt"}:
                yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


class _Page(html.parser.HTMLParser):
    """Tags in balance, text, and every place that a page could load something from."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.sources: list[str] = []
        self.alts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "data", "action"}]
        self.alts += [value or "" for name, value in attrs if name == "alt"]
        if tag not in {"meta", "img", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _parsed(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    page.close()
    assert [] == page.open
    return page


def test_the_answer_comes_first(written: dict[str, Path]) -> None:
    """On the first page, before any heading: for how many people, what gives way first, what it costs."""
    japanese, english = (_squeezed(_pages(written[f"{lang}.pdf"])[0]) for lang in ("ja", "en"))

    assert "アクセスポイント4台で、想定266人のうち250人が利用できる見込みです。残る16人は十分に利用できません。" in japanese
    assert "最初に限界になるのは電波の混雑（5GHz）で、約251人を超えると、つながりにくい端末が出始めます。" in japanese
    assert "概算費用は1,470,000円（税別）です。" in japanese
    assert "4accesspointsserve250ofthe266people;16areleftwithoutadequateservice." in english
    assert english.index("4accesspointsserve") < english.index("1.Whatdecidestheanswer")


def test_first_page_has_facility_scenario_date_and_version(written: dict[str, Path]) -> None:
    page = _squeezed(_pages(written["ja.pdf"])[0])

    assert all(word in page for word in (NAME, "避難所1日目", "2026年11月23日", "wifiplan0.", "gym.json"))


def test_pages_are_few_and_numbered(written: dict[str, Path]) -> None:
    """A gym with two bands: plan, maps, tables, assumptions."""
    for lang in wording.LANGS:
        pages = _pages(written[f"{lang}.pdf"])

        assert 8 <= len(pages) <= 12
        assert all(f"{number} / {len(pages)}" in page for number, page in enumerate(pages, start=1))


@pytest.mark.parametrize("lang", wording.LANGS)
def test_both_forms_say_all_of_it(gym_design: Design, written: dict[str, Path], lang: Lang) -> None:
    """Every sentence and every cell of the content is in the PDF's text and in the HTML's."""
    design = replace(gym_design, floor_plan=replace(gym_design.floor_plan, name=NAME))
    said_once = content(design, lang=lang, date=DAY)
    said = {_squeezed(text) for text in _strings(said_once)}
    # What stands at the top and the foot of a page would come between the lines of a sentence that goes on overleaf.
    around = {said_once["page_title"], said_once["footer"]}
    pages = _pages(written[f"{lang}.pdf"])
    around |= {f"{number} / {len(pages)}" for number in range(1, len(pages) + 1)}
    pdf = _squeezed("".join(line for page in pages for line in page.splitlines() if line not in around))
    page = _squeezed("".join(_parsed(written[f"{lang}.html"]).text))

    assert len(said) > 100
    assert [] == sorted(text for text in said if text not in page)
    assert [] == sorted(text for text in said if text not in pdf and text != _squeezed(said_once["footer"]))


@pytest.mark.parametrize("lang", wording.LANGS)
def test_nothing_said_lacks_a_glyph(gym_design: Design, lang: Lang) -> None:
    """Whatever a facility is called: what the font lacks is shown as a geta mark, for typst would leave a box and say nothing."""
    points = tuple(replace(point, name=f"{point.name}\U0001f4f6", why="\U0001f33e") for point in gym_design.access_points)
    plan = replace(gym_design.floor_plan, name="体育館\U0001f33e\ue000")
    said = content(replace(gym_design, floor_plan=plan, access_points=points), lang=lang, date=DAY)
    with TTFont(wording.REGULAR_FONT) as regular, TTFont(wording.BOLD_FONT) as bold:
        drawable = set(regular.getBestCmap()) & set(bold.getBestCmap()) | {ord("\n")}

    assert "体育館〓〓" == said["facility"]
    assert set() == {character for text in _strings(said) for character in text if ord(character) not in drawable}


def test_pdf_has_only_the_packaged_fonts(written: dict[str, Path]) -> None:
    """Regular and a real bold, both embedded: nothing was borrowed from the machine."""
    document = pypdfium2.PdfDocument(written["ja.pdf"])
    names = {
        obj.get_font().get_base_name()
        for page in document
        for obj in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], max_depth=9)
    }
    document.close()

    assert {"NotoSansCJKjp-Regular", "NotoSansCJKjp-Bold"} == {re.sub("^[A-Z]{6}[+]|-Identity-H$", "", name) for name in names}


def test_same_design_same_bytes(
    gym_design: Design, written: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people with one design can compare their reports by a checksum."""
    monkeypatch.setattr(maps, "coverage_map", _MAPS.compute)
    design = replace(gym_design, floor_plan=replace(gym_design.floor_plan, name=NAME))
    for suffix in report.RENDERERS:
        write_report(design, tmp_path / f"again{suffix}", lang="ja", date=DAY)

        assert written[f"ja{suffix}"].read_bytes() == (tmp_path / f"again{suffix}").read_bytes()


@pytest.mark.parametrize("lang", wording.LANGS)
def test_html_stands_alone(written: dict[str, Path], lang: Lang) -> None:
    """No link, script or style from outside; the figures are in it and refer to nothing outside either."""
    page = _parsed(written[f"{lang}.html"])
    drawn = [base64.b64decode(source.partition(",")[2]).decode() for source in page.sources]

    assert 7 == len(drawn)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in page.sources)
    assert all(page.alts)
    assert not re.search(r"https?://|url\(|@import|<script", written[f"{lang}.html"].read_text("utf-8"))
    for figure in drawn:
        links = re.findall(r'(?:href|src)="([^"]*)"|url\(([^)]*)\)', figure)
        assert all(link.startswith(("#", "data:image/png;base64,")) for pair in links for link in pair if link)


def test_names_are_text_not_code(gym_design: Design, tmp_path: Path) -> None:
    """Whatever a facility is called, it is neither typst nor HTML nor a placeholder of ours."""
    name = '#panic("x") $y$ <script>alert(1)</script> {people} *b* {{ z }}'
    design = replace(gym_design, floor_plan=replace(gym_design.floor_plan, name=name))
    for suffix in report.RENDERERS:
        write_report(design, tmp_path / f"r{suffix}", lang="en", date=DAY)

    assert _squeezed(name) in _squeezed(_pages(tmp_path / "r.pdf")[0])
    assert _squeezed(name) in _squeezed("".join(_parsed(tmp_path / "r.html").text))
    assert "<script" not in (tmp_path / "r.html").read_text("utf-8")


def _with_people(design: Design, unserved: float, limit: float | None) -> Design:
    assert design.capacity is not None
    zone = replace(design.capacity.zones[0], served=266.0 - unserved, unserved=unserved)
    links = () if limit is None else (Link(kind="associations", people=limit),)
    return replace(design, capacity=replace(design.capacity, zones=(zone,), links=links, radios=()), placement=None)


_SHORT = (
    "4 access points may not be enough for all of the 266 people planned for. "
    "Above about {} people, the limit of connected devices gives way and some devices go without service."
)


@pytest.mark.parametrize(
    ("unserved", "limit", "said"),
    [
        (
            0.0,
            400,
            ["4 access points serve all 266 people.", "Weakest link: the limit of connected devices, good for about 400 people."],
        ),
        (
            0.0,
            194,
            [_SHORT.format(194)],
        ),
        (
            16.0,
            100,
            [_SHORT.format(100)],
        ),
        (0.3, None, ["4 access points serve 265 of the 266 people; 1 are left without adequate service."]),
    ],
)
def test_answer_is_the_smaller_of_its_figures(gym_design: Design, unserved: float, limit: float | None, said: list[str]) -> None:
    """Nobody is told that all are served while a link gives way below their number."""
    assert said == answer(_with_people(gym_design, unserved, limit), "en")


def test_answer_says_what_is_not_known(gym_design: Design) -> None:
    unknown = replace(gym_design, capacity=None, placement=None)

    assert ["4 access points are placed. How many people they serve has not been computed and is unknown."] == answer(
        unknown, "en"
    )
    assert ["4 access points are placed. No people were planned for."] == answer(replace(unknown, demands=()), "en")


def test_an_answer_for_something_else_is_said_to_be_stale(gym_design: Design) -> None:
    """Once, and which of the two; not of answers that are fresh, nor of those that do not say."""
    assert gym_design.capacity is not None
    fresh = replace(gym_design, capacity=replace(gym_design.capacity, computed_from=model.inputs_hash(gym_design)))
    moved = replace(fresh, access_points=fresh.access_points[1:])
    said = "Note: plan, equipment, people or requirement changed after this was computed: capacity. Compute it again."

    assert [0, 0, 1] == [answer(design, "en").count(said) for design in (gym_design, fresh, moved)]


def test_an_empty_design_is_reported_as_such(gym_design: Design, tmp_path: Path) -> None:
    """No access points, no people, no capacity: a report that says so, not an error."""
    empty = Design(floor_plan=gym_design.floor_plan, access_points=())
    write_report(empty, tmp_path / "r.pdf", lang="en", date=DAY)
    text = _squeezed("".join(_pages(tmp_path / "r.pdf")))

    for sentence in ("There are no access points.", "The cost has not been computed.", "The load has not been computed"):
        assert _squeezed(sentence) in text


def test_tables_of_the_gym(gym_design: Design) -> None:
    """Rounding, percent and warnings, as they are printed."""
    points = tables.access_point_table(gym_design, "en").rows
    loads = tables.load_table(gym_design, "en").rows

    assert ("AP-01", "hall\n(8.0, 6.0)", "8.5 m", "all round") == points[0][:4]
    assert "directional, towards 60°, 30° down" == points[1][3]
    assert "2.4 GHz ch 1 / 20 MHz / 17 dBm\n5 GHz ch 36 / 20 MHz / 17 dBm" == points[0][4]
    assert ["10 / 30\n41 / 50", "10 / 30\n⚠ 56 / 50"] == [points[0][5], points[2][5]]
    assert "hand-made" == points[0][6]
    assert "Without it, about 21 people, mostly in hall, find the others full." == points[1][6]
    assert "Without it, about 30 people in hall have too weak a signal." == points[2][6]
    assert "Without it the others still serve everybody, with a signal 1.2 dB weaker in stage." == points[3][6]
    assert ("AP-03", "5 GHz", "44", "56", "50", "⚠ 112 %", "12 %", "12.3") == loads[5]
    assert ("AP-03", "2.4 GHz", "11", "10", "30", "33 %", "⚠ 75 %", "12.3") == loads[4]
    assert (("hall", "266", "250", "⚠ 16", "0.3 Mbit/s", "0.25 Mbit/s"),) == tables.zone_table(gym_design, "en").rows


def test_links_in_words(gym_design: Design) -> None:
    """In the order in which they give way; far limits are no news; a link that we have no word for keeps its own."""
    rows = tables.weakest_table(gym_design, "ja").rows

    assert ["電波の混雑（5 GHz）", "同時接続台数の上限", "a link of the future"] == [row[0] for row in rows]
    assert ["251人", "300人", "想定の10倍以上"] == [row[1] for row in rows]
    assert "–" == rows[2][2]


def test_assumptions_say_what_is_sourced(gym_design: Design) -> None:
    """Each figure once, with its kind; where the demand is another than the scenario's, the demand's."""
    rows = {row[0]: row[1:] for row in tables.assumption_table(gym_design, "ja").rows}

    assert ("80 %", "仮定", "2013年の実証では、手順を示せば約90 %の人がつなげた") == rows["Wi-Fiにつなぐ端末の割合"]
    assert ("0.367 人/m²", "指定", "設計時に指定された値") == rows["人の密度"]
    assert "一部仮定" == rows["使い方「メッセージ」"][1]
    assert "−67 dBm" == rows["必要な電波の強さ"][0]


def test_density_of_the_scenario_keeps_its_source(gym_design: Design) -> None:
    """A demand that is the scenario's own is shown with the scenario's source."""
    own = replace(gym_design, demands=demand.demands(gym_design.floor_plan, "shelter-day1"))
    rows = {row[0]: row[1:] for row in tables.assumption_table(own, "en").rows}

    assert ("0.5 people/m²", "sourced", "2 m2 a person, Japanese shelters before 2024; Kashiwa's own rule") == rows[
        "People per area"
    ]


def test_scenario_titles() -> None:
    assert "避難所 1日目 ＋ 夏祭り" == tables.scenario_title("shelter-day1+夏祭り", "ja")
    assert "Shelter, day 1 + staff party" == tables.scenario_title("shelter-day1, staff party", "en")
    assert "" == tables.scenario_title("", "en")


def test_what_if_is_shown_where_it_was_asked_for(gym_design: Design) -> None:
    """One row a change in the reader's language; what no link limits is unknown, and links not judged are named."""
    assert () == tables.what_if_table(gym_design, "ja").rows
    assert gym_design.capacity is not None
    row = WhatIf(
        change="wide_80",
        weakest=Link(kind="nat", people=120),
        radio_weakest=None,
        served=120.0,
        goodput_mbps=88.0,
        busy_share=0.2,
    )
    design = replace(gym_design, capacity=replace(gym_design.capacity, what_if=(row,), unknown_links=("uplink", "poe")))

    assert [("チャンネル幅を80 MHzにする", "120人", "ルーターの同時通信数", "不明", "88 Mbit/s")] == list(
        tables.what_if_table(design, "ja").rows
    )
    text = json.dumps(content(design, lang="ja", date=DAY), ensure_ascii=False)
    assert "インターネット回線の速度" in text
    assert "もし〜なら" in text


def test_the_spread_of_the_draws_is_told(gym_design: Design) -> None:
    """Three figures, not one, where draws were made."""
    assert gym_design.capacity is not None
    spread = {"served": Spread(p10=231.0, p50=248.4, p90=266.0)}
    drawn = replace(gym_design, capacity=replace(gym_design.capacity, draws=200, spread=spread))
    told = [json.dumps(content(one, lang="en", date=DAY)) for one in (gym_design, drawn)]
    sentence = "248 or more are served in half of the draws, 231 or fewer in one of ten, 266 or more in one of ten"

    assert [False, True] == [sentence in text for text in told]


def test_bill_is_shown_where_there_is_one(gym_design: Design) -> None:
    assert gym_design.placement is not None
    bill = (BillRow(item="access_point", count=4, unit_yen=120000, yen=480000),)
    design = replace(gym_design, placement=replace(gym_design.placement, cost_yen=480000, bill=bill))

    assert [
        ("Access point", "4", "¥120,000", "¥480,000"),
        ("Total", "", "", "¥480,000"),
    ] == list(tables.cost_table(design, "en").rows)


def test_a_placed_design_has_no_english_in_its_japanese_report() -> None:
    """Placement's sentences are English in design.json; each has its Japanese, prices and reasons too."""
    plan = floorplans.gym(16.0, 10.0, 5.0, stage=False, store_room=False)
    who = demand.find_scenario("shelter-day1")
    design = place(
        plan,
        {who.name: demand.demands(plan, who)},
        Ask(bands=("5",), requirement=Requirement(max_clients_per_radio=50), obstruction_db=who.obstruction_db.value),
        assumptions=demand.assumptions(who),
    )
    shown = [tables.assumption_table(design, "ja"), tables.price_table(design, "ja"), tables.access_point_table(design, "ja")]
    cells = [cell for table in shown for row in table.rows for cell in row]
    names = r"AP-\d+|wifi|Wi-Fi|LINE|YAPC|Cisco|MEXT|GIGA|YouTube|NHK for School|SSID|Cat 6A|LAN"
    units = r"Mbit/s|kbit/s|dBm?|GHz|MHz|MB|KB|\d+p|ch|m²?"

    assert 1 <= len(design.access_points)
    assert 5 <= len(tables.price_table(design, "ja").rows)
    assert [] == [cell for cell in cells if re.search("[A-Za-z]", re.sub(f"{names}|{units}", "", cell))]


def _tall(plan: FloorPlan, storeys: int) -> FloorPlan:
    """The same storey several times, on top of each other."""
    high_m = 5.0
    levels, walls, zones = [], [], []
    for number in range(storeys):
        up_m = number * high_m
        levels.append(replace(plan.levels[0], name=f"{number + 1}階", floor_m=up_m, ceiling_m=up_m + high_m))
        walls += [replace(wall, z0_m=up_m, z1_m=up_m + high_m, openings=()) for wall in plan.walls]
        zones += [replace(zone, level=number, name=f"{zone.name} {number + 1}") for zone in plan.zones]
    return replace(plan, levels=tuple(levels), walls=tuple(walls), slabs=(), zones=tuple(zones))


def test_thirty_access_points_on_three_storeys(gym_design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan and a map for each storey, the table over several pages with its head repeated, a figure of the fullest."""
    monkeypatch.setattr(maps, "coverage_map", functools.partial(_MAPS, reflections=0))
    bands = (("2.4", 1), ("5", 36))
    radios = tuple(Radio(band=band, channel=channel, planned_clients=20.0, client_limit=50) for band, channel in bands)
    points = tuple(
        AccessPoint(
            name=f"第2体育館-北西側-{number:02d}", x_m=2.0 + 1.1 * number, y_m=11.0, height_m=3.0, level=number % 3, radios=radios
        )
        for number in range(30)
    )
    design = replace(
        gym_design, floor_plan=_tall(gym_design.floor_plan, 3), access_points=points, demands=(), capacity=None, placement=None
    )
    said = content(design, lang="ja", date=DAY)
    drawn = [block["caption"] for section in said["sections"] for block in section["blocks"] if block["kind"] == "figure"]
    write_report(design, tmp_path / "r.pdf", date=DAY)
    pages = _pages(tmp_path / "r.pdf")

    assert 3 + 6 + 3 * 3 + 1 == len(drawn)
    assert "3階、5 GHz帯" in drawn[8]
    assert any("無線機30個" in caption for caption in drawn)
    assert 16 <= len(pages) <= 20
    assert 2 <= sum("ここに付ける理由" in page for page in pages)


@pytest.mark.parametrize(
    ("name", "lang", "message"),
    [
        ("r.docx", "ja", "written as .pdf or .html"),
        ("r", "ja", "written as .pdf or .html"),
        ("nowhere/r.pdf", "ja", "make it first"),
        ("r.pdf", "fr", "use one of ja, en"),
        ("folder.pdf", "ja", "is a folder"),
    ],
)
def test_bad_requests_are_refused(gym_design: Design, tmp_path: Path, name: str, lang: Any, message: str) -> None:
    """Before anything is computed, and nothing is left behind."""
    (tmp_path / "folder.pdf").mkdir()
    with pytest.raises(ReportError, match=message):
        write_report(gym_design, tmp_path / name, lang=lang)

    assert ["folder.pdf"] == [path.name for path in tmp_path.iterdir()]


def test_a_failed_report_leaves_the_old_one(gym_design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole or not at all."""
    old = tmp_path / "r.pdf"
    old.write_bytes(b"old")

    def fails(*_: object) -> bytes:
        raise MemoryError

    monkeypatch.setitem(report.RENDERERS, ".pdf", fails)
    with pytest.raises(MemoryError):
        write_report(gym_design, old)

    assert b"old" == old.read_bytes()
    assert [old] == list(tmp_path.iterdir())


def test_progress_ends_at_one(gym_design: Design) -> None:
    told: list[float] = []
    content(gym_design, lang="en", date=DAY, progress=told.append)

    assert sorted(told) == told
    assert 1.0 == told[-1]


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """The command as the shell calls it, and its exit code."""
    monkeypatch.setattr(sys, "argv", ["wifiplan", "report", *map(str, arguments)])
    try:
        cli.main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_command_writes_the_report(
    gym_design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Japanese unless asked otherwise, with the date given."""
    model.save(gym_design, tmp_path / "design.json")

    assert 0 == _run(monkeypatch, tmp_path / "design.json", "--out", tmp_path / "r.pdf", "--date", "2026-11-23")
    assert f"{tmp_path / 'r.pdf'}\n" == capsys.readouterr().out
    assert "2026年11月23日" in _squeezed(_pages(tmp_path / "r.pdf")[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.json", "--out", "r.pdf"], "missing.json: no such file; make one with"),
        (["design.json", "--out", "r.txt"], "r.txt: a report is written as .pdf or .html"),
        (["bad.json", "--out", "r.pdf"], "bad.json: access_points: field required"),
        (["design.json", "--out", "r.pdf", "--lang", "de"], "'de' is not one of 'ja', 'en'"),
        (["design.json"], "Missing option '--out'"),
    ],
)
def test_command_answers_mistakes_in_one_line(  # noqa: PLR0917  fixtures are parameters
    gym_design: Design,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    """Exit 2, what and where on one line, no file."""
    monkeypatch.chdir(tmp_path)
    model.save(gym_design, "design.json")
    plan = model.to_json(gym_design)["floor_plan"]
    Path("bad.json").write_text(json.dumps({"floor_plan": plan}), "utf-8")

    assert 2 == _run(monkeypatch, *arguments)
    err = capsys.readouterr().err
    assert 1 == err.count("\n")
    assert message in err
    assert {"design.json", "bad.json"} == {path.name for path in tmp_path.iterdir()}


def test_pages_have_ink_in_their_margins_nowhere(written: dict[str, Path]) -> None:
    """Nothing is cut off at the edge of the sheet: the outer 12 mm of every page are white."""
    document = pypdfium2.PdfDocument(written["ja.pdf"])
    for page in document:
        picture = page.render(scale=1, grayscale=True).to_numpy().squeeze()
        edge = int(12 / 25.4 * 72)
        assert picture[:, :edge].min() > 250
        assert picture[:, -edge:].min() > 250
    document.close()
