"""What those need who sign, install and check: the deciding number, pass and fail, failures, places to survey, and three maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from wifiplan import equipment
from wifiplan.answer import BillRow, LeftOff, LimitTried, ModelTried, YearsRow
from wifiplan.model import AccessPoint, Design, Network, Radio, Requirement
from wifiplan.report import handover, maps, reach, tables, wording


def _text(design: Design, lang: wording.Lang = "en") -> str:
    return " ".join(handover.deciding(design, lang))


def test_the_deciding_number_is_argued_from_sources(gym_design: Design) -> None:
    """For a model from its own source, for a requirement as required, without a model from what makers state."""
    bare = tuple(
        replace(ap, radios=tuple(replace(radio, client_limit=None) for radio in ap.radios)) for ap in gym_design.access_points
    )
    plain = replace(gym_design, access_points=tuple(replace(ap, model=equipment.DEFAULT_MODEL) for ap in bare))
    chosen = replace(gym_design, access_points=tuple(replace(ap, model="Meraki MR46") for ap in bare))
    asked = replace(plain, requirement=Requirement(max_clients_per_radio=40))

    assert "100 here" in _text(plain)
    assert all(word in _text(plain) for word in ("ELECOM WAB-I1750", "Meraki", "Cisco 1702", "half of the catalogue"))
    assert "128 for Meraki MR46" in _text(chosen)
    assert "a technical limit" in _text(chosen)
    assert "40, as the requirement says" in _text(asked)
    assert "根拠" in _text(plain, "ja")


def test_radios_that_are_left_off_are_said_on_the_first_page(gym_design: Design) -> None:
    """How many of how many, and what it would be with all on; nothing where all are used."""
    placed = gym_design.placement
    assert placed is not None
    off = LeftOff(band="2.4", radios=3, busy_share_with_all=0.86, served_share_with_all=0.7)
    design = replace(gym_design, placement=replace(placed, left_off=off, computed_from=""))

    assert "3 of 4 access points have their 2.4 GHz radio off" in _text(design)
    assert "busy for 86 % of the time, and 70 % of the people" in _text(design)
    assert "4台のうち3台" in _text(design, "ja")
    assert "GHz radio off" not in _text(gym_design)


@pytest.mark.parametrize(("lang", "alike", "apart"), [("en", "±4 dB", "of each place"), ("ja", "±4 dB", "場所ごと")])
def test_the_report_says_which_deviation_the_promise_allows_for(
    gym_design: Design, lang: wording.Lang, alike: str, apart: str
) -> None:
    """4 dB everywhere unless it was asked for that of each place; both shares of people stand beside each other."""
    by_place = replace(gym_design, requirement=replace(gym_design.requirement, fading_db=None))
    sentence = handover.truth_sentence(gym_design, lang)
    nobody = replace(gym_design, demands=())

    assert alike == tables.deviation_words(gym_design, lang)
    assert apart in tables.deviation_words(by_place, lang)
    assert sentence.rstrip(".。").endswith(alike)
    assert "100 %" in sentence
    assert "" == handover.truth_sentence(nobody, lang)
    assert any(tables.deviation_words(by_place, lang) in row for row in tables.assumption_table(by_place, lang).rows)


def test_every_limits_source_has_its_japanese() -> None:
    """Page one must not show an English source in a Japanese report."""
    known = equipment.models().values()
    said = {one.source("clients_per_radio") for one in known}

    assert [] == sorted(text for text in said if f"say.{text}" not in wording.table())


def test_other_limits_models_and_years_are_tables(gym_design: Design) -> None:
    """With cost and people; one that does not meet the requirement is marked."""
    placed = gym_design.placement
    assert placed is not None
    tried = (
        LimitTried(clients_per_radio=75, access_points=5, cost_yen=1_800_000, served_share=0.9, stopped_by="clients"),
        LimitTried(clients_per_radio=125, access_points=3, cost_yen=1_000_000, served_share=1.0),
    )
    other = ModelTried(
        model="Ruckus R550", access_points=3, cost_yen=900_000, five_year_yen=None, served_share=1.0, coverage_share=1.0
    )
    years = (YearsRow(part="purchase", yen=1_470_000), YearsRow(part="line", yen=360_000))
    answer = replace(
        placed, limits_tried=tried, models_tried=(other,), five_years=years, five_year_yen=1_830_000, computed_from="", model="x"
    )
    design = replace(gym_design, placement=answer)

    limits = handover.limits_table(design, "en").rows
    assert [("Up to 75 a radio", "5", "¥1,800,000", "⚠ 90 %"), ("Up to 125 a radio", "3", "¥1,000,000", "100 %")] == list(limits)
    rows = handover.alternatives_table(design, "en").rows
    assert ("Ruckus R550", "3", "¥900,000", "266 people") == rows[1]
    assert ("Total", "¥1,830,000") == handover.years_table(design, "en").rows[-1]


def test_pass_and_fail_follow_the_design(gym_design: Design) -> None:
    """One radio has more clients than its limit, a channel is above 70 % and 16 people are not served: these three fail."""
    verdicts = {row[0]: row[3] for row in handover.requirement_table(gym_design, "en").rows}

    assert "⚠ fail" == verdicts["Clients on the fullest radio"]
    assert "⚠ fail" == verdicts["Airtime of the busiest channel"]
    assert "⚠ fail" == verdicts["People served, on average"]
    unknown = handover.requirement_table(replace(gym_design, placement=None), "en").rows
    assert {"unknown"} == {row[3] for row in unknown if row[0] == "People with the required signal"}


@pytest.mark.parametrize(("energy_wh", "verdict"), [(4000.0, "pass"), (400.0, "⚠ fail")])
def test_a_battery_that_is_sold_is_held_to_its_hours(gym_design: Design, energy_wh: float, verdict: str) -> None:
    """Twelve hours of four access points at 30 W beside 30 W: 0.85 of 4,000 Wh last 22.7 h, of 400 Wh 2.3 h."""
    network = Network(battery_wh=energy_wh, battery_hours=12.0, access_point_w=30.0)
    rows = {row[0]: row for row in handover.requirement_table(replace(gym_design, network=network), "en").rows}

    assert ("12 h or more", verdict) == (rows["Hours without mains"][1], rows["Hours without mains"][3])


def test_powers_print_as_they_are_set(gym_design: Design) -> None:
    """18.5 dBm is no 18 dBm, neither in the list nor on the installer's page."""
    first = gym_design.access_points[0]
    radios = tuple(replace(radio, tx_power_dbm=18.5) for radio in first.radios)
    design = replace(gym_design, access_points=(replace(first, radios=radios), *gym_design.access_points[1:]))

    assert "18.5 dBm" in handover.install_table(design, "en").rows[0][5]
    assert "18.5 dBm" in tables.access_point_table(design, "en").rows[0][4]


def test_places_to_survey_are_the_weakest_and_apart(gym_design: Design) -> None:
    """With what is predicted and wanted, and room for what is measured."""
    rows = handover.survey_table(gym_design, "en").rows
    predicted = [float(row[3].split()[0].replace("−", "-")) for row in rows]

    assert 3 <= len(rows) <= handover.SURVEY_POINTS
    assert predicted == sorted(predicted)
    assert {("−67 dBm or more", "")} == {(row[4], row[5]) for row in rows}


def test_a_reason_of_all_is_said_once(gym_design: Design) -> None:
    """Then the list has no column of it."""
    placed = gym_design.placement
    assert placed is not None
    one = placed.reasons[0] if placed.reasons else None
    assert one is not None
    alike = tuple(
        replace(one, ap=ap.name, zone="hall", uncovered_people=0.0, unserved_people=20.0 + row)
        for row, ap in enumerate(gym_design.access_points)
    )
    design = replace(gym_design, placement=replace(placed, reasons=alike))
    mixed = replace(gym_design, placement=replace(placed, reasons=(*alike[:-1], replace(alike[-1], unserved_people=60.0))))

    assert "20–23 people" in tables.shared_reason(design, "en")
    assert "Why here" not in [column.title for column in tables.access_point_table(design, "en").columns]
    assert "" == tables.shared_reason(mixed, "en")
    assert "Why here" in [column.title for column in tables.access_point_table(mixed, "en").columns]


def test_the_maps_of_reach_follow_the_radios(gym_design: Design) -> None:
    """Without co-channel neighbours SINR is the signal over noise; the second signal is never above the first."""
    points = tuple(
        replace(ap, radios=(Radio(band="5", channel=36 + 4 * row),)) for row, ap in enumerate(gym_design.access_points)
    )
    design = replace(gym_design, access_points=points)
    radio_map = maps.coverage_map(design, "5", grid_m=2.0)
    found = reach.reach_of(design, "5", radio_map)
    best = maps.best_rssi_dbm(design, radio_map, "5")
    inside = np.isfinite(found.sinr_db)

    assert inside.any()
    assert (found.second_dbm[inside] <= best[inside] + 1e-9).all()
    assert (found.sinr_db[inside] > 0).mean() > 0.9
    assert {0, 2, 3} <= set(np.unique(found.serving[inside]).tolist())


def test_one_access_point_has_no_second_signal(gym_design: Design) -> None:
    """It is nowhere above what no device hears."""
    alone = AccessPoint(name="a", x_m=10.0, y_m=10.0, height_m=6.0, radios=(Radio(band="5", channel=36),))
    design = replace(gym_design, access_points=(alone,))
    found = reach.reach_of(design, "5", maps.coverage_map(design, "5", grid_m=4.0))

    assert -200.0 == np.nanmax(found.second_dbm)


def test_a_bill_row_names_its_model() -> None:
    """And prints it only where there is one."""
    row = BillRow(item="access_point", count=2, unit_yen=120000, yen=240000, model="Ruckus R550")

    assert "Ruckus R550" == row.model
