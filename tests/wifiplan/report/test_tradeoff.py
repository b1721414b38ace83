"""What money buys: the design, those with fewer access points, and nothing where nobody looked for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

import floorplans
from wifiplan.answer import Bound, Placement, Reached, Seconds
from wifiplan.capacity import demand
from wifiplan.model import Design
from wifiplan.report import tradeoff
from wifiplan.report.catalogue import LANGS, Lang


@pytest.fixture
def placed() -> Design:
    plan = floorplans.gym(20.0, 15.0, 8.0)
    fewer = tuple(
        Reached(access_points=count, cost_yen=100_000 * count, served_share=share, coverage_share=1.0)
        for count, share in ((3, 0.9), (2, 0.6))
    )
    answer = Placement(
        access_points=4,
        coverage_share=1.0,
        served_share=1.0,
        served_share_p10=0.97,
        cost_yen=400_000,
        bound=Bound(cost_yen=400_000, access_points=4, valid_for="spots"),
        gap_share=0.0,
        seconds=Seconds(gains=0.0, solve=0.0, check=0.0),
        curve=(Reached(access_points=4, cost_yen=400_000, served_share=1.0, coverage_share=1.0), *fewer),
    )
    return Design(
        floor_plan=plan, access_points=(), demands=demand.demands(plan, "shelter-day1", persons=200.0), placement=answer
    )


def test_each_number_of_access_points_is_one_point(placed: Design) -> None:
    found = tradeoff.points_of(placed)

    assert [(400_000.0, 4), (300_000.0, 3), (200_000.0, 2)] == [(yen, aps) for yen, _, aps in found]
    assert [200.0, 180.0, 120.0] == pytest.approx([people for _, people, _ in found], abs=0.2)


@pytest.mark.parametrize("lang", LANGS)
def test_the_figure_names_its_axes_and_is_none_without_a_curve(placed: Design, lang: Lang) -> None:
    figure = tradeoff.tradeoff_figure(placed, lang)

    assert figure is not None
    assert all((figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()))
    assert 3 == len(figure.axes[0].texts)
    assert placed.placement is not None
    assert tradeoff.tradeoff_figure(replace(placed, placement=replace(placed.placement, curve=())), lang) is None
