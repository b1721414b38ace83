"""The page of a city's plan: what it shows of a plan, of a broken one, and of none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import data
from dashboards.locale import words
from wifiplan.city import outcome
from wifiplan.city.listing import Skipped
from wifiplan.city.outcome import CityPlan, Row
from wifiplan.errors import DesignError

BUDGET: dict[str, Any] = {
    "budget_yen": 1e6,
    "years": 1,
    "facilities": 1,
    "cost_yen": 6e5,
    "person_hours": 5000.0,
    "gap_share": 0.0,
}
BUDGET["next"] = {"sentence_ja": "あと少し", "sentence_en": "A little more"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    figures: dict[str, Any] = {
        "people": 300,
        "access_points": 2,
        "cost_yen": 6e5,
        "five_year_yen": 1e6,
        "person_hours": 5000.0,
        "rank": 1,
    }
    place: dict[str, Any] = {"longitude_deg": 139.9, "latitude_deg": 35.8, "district": "東"}
    why = {"why_ja": "選定：安い", "why_en": "Chosen: cheap"}
    rows = (
        Row(number=1, name="北<b>小", within_budget=True, year=1, **figures, **place, **why),
        Row(number=2, name="南小", error="unknown", why_ja="不明：大きさ", why_en="Unknown: size"),
    )
    plan = CityPlan(
        facilities=rows,
        skipped=(Skipped(row=3, name="公園", code="outdoor", reason="in the open", reason_ja="屋外です"),),
        warnings=(),
        totals={"facilities": 2, "cost_yen": 6e5, "without_design": 1},
        budget=BUDGET,
        assignment=None,
        asked={},
    )
    (tmp_path / "city.json").write_text(json.dumps(outcome.to_json(plan)), encoding="utf-8")
    return tmp_path


def _alone() -> AppTest:
    def only() -> None:
        from dashboards.views import city

        city.page()

    return AppTest.from_function(only, default_timeout=60).run()


def shown(found: AppTest) -> str:
    return " ".join(part.value for part in found.markdown)


def test_it_shows_the_map_the_order_and_why_the_others_are_not_chosen(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv(data.CITY_ENV, str(folder))
    found = _alone()
    text = shown(found)

    assert [] == list(found.exception)
    assert [] == [
        word
        for word in ("選定：安い", "不明：大きさ", "屋外です", "あと少し", "1,000,000円", "data:image/png")
        if word not in text
    ]
    assert "北&lt;b&gt;小" in text


def test_without_a_plan_it_says_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(data.CITY_ENV, raising=False)

    assert words("city.none", "ja") in shown(_alone())


def test_a_broken_plan_is_one_line(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "city.json").write_text('{"facilities": 3}', encoding="utf-8")
    monkeypatch.setenv(data.CITY_ENV, str(folder))
    found = _alone()

    assert [] == list(found.exception)
    assert words("city.broken", "ja") in shown(found)
    with pytest.raises(DesignError, match="no city's plan"):
        data.read_city(folder)


def test_a_plan_without_places_has_no_map(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    whole = json.loads((folder / "city.json").read_text(encoding="utf-8"))
    whole["facilities"][0]["longitude_deg"] = None
    (folder / "city.json").write_text(json.dumps(whole), encoding="utf-8")
    monkeypatch.setenv(data.CITY_ENV, str(folder))

    assert words("city.no_map", "ja") in shown(_alone())
