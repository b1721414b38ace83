"""The council's paper, from city.json alone: whole in both languages, with and without budget, map and people."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from wifiplan.errors import ReportError
from wifiplan.report import city_figures, council

DAY = dt.date(2026, 11, 27)


def row(number: int, **more: Any) -> dict[str, Any]:
    """A facility as city.json has it."""
    chosen = number == 1
    found: dict[str, Any] = {"number": number, "name": f"第{number}小学校", "district": "東", "level": "basic", "error": None}
    found |= {"people": 300, "access_points": 2, "cost_yen": 600_000.0, "five_year_yen": 1_100_000.0, "person_hours": 5000.0}
    found |= {
        "rank": number,
        "within_budget": chosen,
        "year": 1 if chosen else None,
        "prefecture": "千葉県",
        "municipality": "柏市",
    }
    found |= {"longitude_deg": 139.9 + number / 100, "latitude_deg": 35.8, "why_ja": "選定：理由", "why_en": "Chosen: why"}
    return found | {"people_assigned": 250.0, "capacity_published": 260, "capacity_3_5_m2": 150, "capacity_2_m2": 260} | more


def city(**more: Any) -> dict[str, Any]:
    unknown = dict.fromkeys(
        ("cost_yen", "people", "access_points", "five_year_yen", "person_hours", "rank", "level", "within_budget")
    )
    budget: dict[str, Any] = {"budget_yen": 1e6, "years": 1, "bound": 5000.0, "gap_share": 0.0, "person_hours": 5000.0}
    budget |= {
        "cost_yen": 6e5,
        "left_yen": 4e5,
        "facilities": 1,
        "greedy": {"person_hours": 5e3, "cost_yen": 6e5, "facilities": 1},
    }
    budget["curve"] = [{"budget_yen": yen, "person_hours": yen / 120, "facilities": 1} for yen in (6e5, 1.2e6)]
    budget["next"] = {"sentence_ja": "あと1,000,000円あれば増えます", "sentence_en": "1,000,000 yen more would add some"}
    totals = {"facilities": 3, "designed": 2, "without_design": 1, "cost_yen": 1.2e6, "five_year_yen": 2.2e6}
    return {
        "facilities": [row(1), row(2), row(3, error="unknown", why_ja="不明：理由", why_en="Unknown: why", **unknown)],
        "skipped": [{"row": 9, "name": "中央公園", "code": "outdoor", "reason": "in the open", "reason_ja": "屋外です"}],
        "warnings": ["a remark"],
        "totals": totals | {"access_points": 4, "people_served": 600},
        "budget": budget,
        "assignment": {"people": 500, "without_room": 0, "mean_way_m": 700, "detour": 1.3, "overfull_if_nearest": 20},
        "asked": {"lists": ["/somewhere/list.csv"], "scenario": "shelter-day1", "sheltered_share": 0.1},
        "assumptions": [["event.hours", 72.0, "U", "assumed", "比べる期間"]],
        "outline": [[[139.88, 35.77], [139.95, 35.77], [139.95, 35.83], [139.88, 35.77]]],
        **more,
    }


SAID = {
    "ja": ("千葉県柏市", "第1小学校", "中央公園", "屋外です", "比べる期間"),
    "en": ("Chosen: why", "in the open", "assumed", "a remark"),
}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_pdf_holds_what_the_plan_says(tmp_path: Path, lang: Any) -> None:
    council.write(city(), tmp_path / "c.pdf", lang=lang, date=DAY)
    document = pypdfium2.PdfDocument(tmp_path / "c.pdf")
    text = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    plain = "".join(text.split())

    assert [] == [one for one in SAID[lang] if "".join(one.split()) not in plain]


@pytest.mark.parametrize("models", [{}, {"models": ["Generic Wi-Fi 6"]}])
@pytest.mark.parametrize(
    ("lang", "said"), [("ja", ("100台", "床のうち使える70", "停電24時間")), ("en", ("100", "70\xa0%", "24 and"))]
)
def test_the_numbers_that_decide_stand_on_the_first_page(lang: Any, said: tuple[str, ...], models: dict[str, Any]) -> None:
    """Clients a radio, the floor that is used, and the hours that the ranking counts; a break follows them."""
    asked = {"lists": ["list.csv"], "scenario": "shelter-day1", "sheltered_share": 0.1, "people_rule": "scenario"} | models
    rows = [("usable_share", 0.7), ("event.hours", 72.0), ("event.mains_out_h", 24.0), ("event.line_out_h", 48.0)]
    figures = [[name, value, "U", "assumed", "仮定"] for name, value in rows]
    paper = city(facilities=[row(1, model="Generic Wi-Fi 6")], asked=asked, assumptions=figures)
    first, then = council.content(paper, lang=lang, date=DAY)["sections"][:2]
    text = "".join("".join(first["blocks"][0]["items"]).split())

    assert [] == [one for one in said if "".join(one.split()) not in text]
    assert ("機種の指定がない" in text or "nomodelwaschosen" in text) == ("models" not in asked)
    assert not first["break_before"]
    assert then["break_before"]


def test_models_to_choose_from_are_compared() -> None:
    sums = {"model": "WLX222", "facilities": 108, "works": 103, "access_points": 500, "cost_yen": 1e8, "five_year_yen": 2e8}
    paper = city(models=[sums | {"people": 70_000, "people_served": 69_000}])
    text = json.dumps(council.content(paper, lang="en", date=DAY), ensure_ascii=False)

    assert "Models compared" in text
    assert "103 / 108" in text
    assert "Models compared" not in json.dumps(council.content(city(), lang="en", date=DAY))


def test_without_budget_people_and_places_it_says_what_is_unknown() -> None:
    bare = city(budget=None, assignment=None, outline=[])
    for one in bare["facilities"]:
        one |= {"longitude_deg": None, "within_budget": None}
    text = json.dumps(council.content(bare, lang="en", date=DAY), ensure_ascii=False)

    assert "there is no map" in text
    assert "who goes where is unknown" in text
    assert "All 2 facilities cost" in text


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        council.write(city(), tmp_path / name, date=DAY)

    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_chosen_ones_are_numbered_by_year_and_what_they_are_worth() -> None:
    rows = [row(1, year=2), row(2, within_budget=True, year=1, person_hours=1000.0), row(3, within_budget=True, year=1), row(4)]

    assert [3, 2, 1] == [one["number"] for one in city_figures.numbered(rows)]


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"\.pdf or \.html"):
        council.write(city(), tmp_path / "c.docx")
