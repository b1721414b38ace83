"""Radios at 2.4 GHz that its channels have no room for: left off and said, unless both bands were asked for."""

from __future__ import annotations

from itertools import pairwise

import pytest

import floorplans
from wifiplan import model
from wifiplan.capacity import demand
from wifiplan.model import AccessPoint, Design, ForeignBusy
from wifiplan.placement.ask import Ask
from wifiplan.placement.fewer_2g4 import _counts, _evenly
from wifiplan.placement.place import left_off_said, place

FULL = tuple(ForeignBusy(band="2.4", channel=channel, busy_share=0.69) for channel in (1, 6, 11))
"""Neighbours that leave next to nothing of every channel at 2.4 GHz, and none of them so little that it could not be used."""


def _placed(ask: Ask) -> Design:
    plan = floorplans.sample("gym")
    return place(plan, {"shelter-day1": demand.demands(plan, demand.find_scenario("shelter-day1"))}, ask)


def test_radios_that_its_channels_have_no_room_for_are_left_off_and_that_is_said() -> None:
    design = _placed(Ask(foreign=FULL, max_points=60, reflections=0, refine=0))
    found = design.placement
    assert found is not None
    assert found.left_off is not None

    assert found.stopped_by is None
    assert 0.7 < found.left_off.busy_share_with_all
    assert found.left_off.radios == sum(all(radio.band == "5" for radio in ap.radios) for ap in design.access_points) > 0
    assert f"2.4 GHz radio of {found.left_off.radios} of {found.access_points} access points is left off" in left_off_said(found)
    assert found.bound.valid_for.count("5 GHz") == 1
    assert "2.4" not in found.bound.valid_for
    assert design == model.from_json(model.to_json(design), where="here")


def test_both_bands_that_were_asked_for_stay_on() -> None:
    design = _placed(Ask(foreign=FULL, bands=("2.4", "5"), max_points=60, reflections=0, refine=0))
    found = design.placement
    assert found is not None

    assert "airtime" == found.stopped_by
    assert found.left_off is None
    assert not left_off_said(found)
    assert all({"2.4", "5"} == {radio.band for radio in ap.radios} for ap in design.access_points)


@pytest.mark.parametrize(("count", "tried"), [(2, []), (3, [3]), (11, [3]), (12, [6, 3]), (55, [24, 12, 6, 3])])
def test_radios_on_again_are_as_many_on_each_channel_and_half_at_most(count: int, tried: list[int]) -> None:
    assert tried == list(_counts(count))


def test_every_beginning_of_the_order_is_spread() -> None:
    line = [AccessPoint(name=f"AP-{x}", x_m=float(x), y_m=0.0, height_m=3.0, radios=()) for x in range(0, 50, 10)]
    order = _evenly(line)
    gaps = [min(abs(10 * row - 10 * one) for one in order[:index]) for index, row in enumerate(order) if index]

    assert [0, 1, 2, 3, 4] == sorted(order)
    assert all(first >= then for first, then in pairwise(gaps))
    assert {0, 4} <= set(order[:3])
