"""Who goes where: by way and room, with a bound, beside a programme of the smallest size done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from wifiplan.city import people
from wifiplan.city.layers import Homes
from wifiplan.city.listing import Facility

KM_EAST_DEG = 1000.0 / (111_195.0 * np.cos(np.radians(35.8)))


def homes(*rows: tuple[float, float]) -> Homes:
    """People and km east of a point."""
    return Homes(
        people=np.array([row[0] for row in rows]),
        at_deg=np.array([[139.9 + row[1] * KM_EAST_DEG, 35.8] for row in rows]),
        names=("",) * len(rows),
        districts=("",) * len(rows),
    )


def shelters(*km: float) -> np.ndarray:
    return np.array([[139.9 + one * KM_EAST_DEG, 35.8] for one in km])


def test_a_full_shelter_sends_the_rest_to_the_next_and_the_way_is_1_3_times_the_straight_one() -> None:
    """100 people at 0 km, room for 60 at 1 km and for 60 at 3 km: 60 go 1.3 km, 40 go 3.9 km."""
    found = people.assigned(homes((100, 0)), shelters(1, 3), np.array([60.0, 60.0]), sheltered_share=1.0)

    assert [60.0, 40.0] == pytest.approx(found.people.tolist())
    assert [1300.0, 3900.0] == pytest.approx(found.way_m.tolist(), rel=1e-3)
    assert (0.6 * 1300 + 0.4 * 3900) == pytest.approx(found.mean_way_m, rel=1e-3)
    assert 40.0 == pytest.approx(found.overfull_if_nearest)


def test_the_sum_of_ways_is_least_not_each_ones_own() -> None:
    """Home A can only reach X cheaply; B, nearer to X, gives way and goes to Y: nearest only would send A far."""
    found = people.assigned(homes((50, 0), (50, 2)), shelters(1.5, 3), np.array([50.0, 50.0]), sheltered_share=1.0)

    assert 1300 * (50 * 1.5 + 50 * 1.0) == pytest.approx(found.person_m, rel=1e-3)
    assert 0.0 == pytest.approx(found.gap_share, abs=1e-9)
    assert found.person_m == pytest.approx(found.bound_person_m, rel=1e-9)


def test_who_has_no_room_or_is_too_far_is_left_and_closed_ones_take_nobody() -> None:
    found = people.assigned(
        homes((100, 0), (10, 30)),
        np.vstack([shelters(1, 2), [[np.nan, np.nan]]]),
        np.array([30.0, 0.0, 99.0]),
        sheltered_share=1.0,
    )

    assert [30.0, 0.0, 0.0] == pytest.approx(found.people.tolist())
    assert 80.0 == pytest.approx(found.left)
    assert np.isnan(found.way_m[1:]).all()


def test_without_any_open_shelter_everybody_is_left() -> None:
    found = people.assigned(homes((100, 0)), shelters(1), np.array([0.0]), sheltered_share=0.1)

    assert (10.0, 10.0) == (found.left, found.total)


def test_with_too_many_ways_only_the_nearest_are_taken_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST_WAYS", 3)
    monkeypatch.setattr(people, "NEAREST", 1)
    found = people.assigned(homes((10, 0), (10, 4)), shelters(0, 4), np.array([20.0, 20.0]), sheltered_share=1.0)

    assert 1 == found.nearest_only
    assert [10.0, 10.0] == pytest.approx(found.people.tolist())


def test_room_by_each_rule_stands_side_by_side() -> None:
    """Kashiwa's elementary schools: 760 m2 take 266 at 2 m2 and 152 at the guideline's 3.5 m2, with 30 % kept free."""
    assert people.Rooms(published=250, at_3_5_m2=152, at_2_m2=266) == people.rooms(
        Facility(number=1, name="a", area_m2=760.0, persons=250.0)
    )
    assert None is people.rooms(Facility(number=1, name="a")).most
