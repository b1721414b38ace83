"""Plan and live meet by key, or by a name that is one access point's only; nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dashboards.facts import LiveAp
from dashboards.matching import matched, merged
from wifiplan.model import Design

PATH = Path("design.json")
LIVE = LiveAp(name="AP-1", key="00:00:5e:00:53:01", device="wlc", age_s=5.0, fresh=True, clients=7, up=True, bands=())


def test_a_planned_access_point_without_a_key_is_joined_by_its_name(design: Design) -> None:
    found = matched({PATH: design}, [LIVE])

    assert [LIVE, None, None] == [one.live for one in found.planned]
    assert ((), ()) == (found.unplanned, found.ambiguous)


def test_a_key_in_the_plan_joins_whatever_the_names_are_and_a_name_no_more(design: Design) -> None:
    keyed = replace(design, access_points=(replace(design.access_points[0], key="00:00:5e:00:53:99"),))
    right = replace(LIVE, name="gym-north", key="00:00:5e:00:53:99")

    assert [right] == [one.live for one in matched({PATH: keyed}, [LIVE, right]).planned]
    assert (LIVE,) == matched({PATH: keyed}, [LIVE]).unplanned


def test_a_name_that_two_live_access_points_have_is_said_to_be_ambiguous(design: Design) -> None:
    twin = replace(LIVE, key="00:00:5e:00:53:77")
    found = matched({PATH: design}, [LIVE, twin])

    assert (None, ("AP-1",), (LIVE, twin)) == (found.planned[0].live, found.ambiguous, found.unplanned)


def test_a_name_that_two_designs_of_a_site_have_is_joined_to_neither(design: Design) -> None:
    found = matched({PATH: design, Path("annexe.json"): design}, [LIVE])

    assert [None] * 6 == [one.live for one in found.planned]
    assert ("AP-1",) == found.ambiguous


def test_the_old_series_of_a_replaced_device_does_not_block_its_name(design: Design) -> None:
    old = replace(LIVE, key="00:00:5e:00:53:aa", fresh=False, age_s=80_000.0)

    assert LIVE == matched({PATH: design}, [old, LIVE]).planned[0].live


def test_an_access_point_on_two_controllers_is_one_that_is_right_where_it_serves() -> None:
    spare = replace(LIVE, device="wlc-2", up=False, age_s=1.0)

    assert [LIVE] == merged([spare, LIVE])


def test_an_index_is_a_key_on_its_own_device_only() -> None:
    """Two devices both have a row 1; only a MAC is the same thing everywhere."""
    first, second = replace(LIVE, key="1"), replace(LIVE, key="1", device="wlc-2")

    assert [first, second] == merged([first, second])
