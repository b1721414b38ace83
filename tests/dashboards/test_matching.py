"""Plan and live meet by key, or by a name that is one access point's only; nothing is guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dashboards.facts import Device, LiveAp
from dashboards.matching import CONFIDENCE, matched, merged, suggested
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

    assert [LIVE] == merged([device("wlc-2", spare), device("wlc", LIVE)])


def test_an_index_is_a_key_on_its_own_device_only() -> None:
    """Two devices both have a row 1; only a MAC is the same thing everywhere."""
    first, second = replace(LIVE, key="1"), replace(LIVE, key="1", device="wlc-2")

    assert [first, second] == merged([device("wlc", first), device("wlc-2", second)])


def test_an_access_point_by_itself_and_by_its_controller_is_one_and_goes_by_its_mac() -> None:
    itself = replace(LIVE, device="gym-ap", name="gym-ap", key="0", age_s=1.0)
    alone = replace(device("gym-ap", itself), macs=frozenset({"00:00:5e:00:53:01"}))

    assert [LIVE] == merged([alone, device("wlc", LIVE)])


def test_a_mac_is_the_same_in_any_spelling(design: Design) -> None:
    for key in ("00-00-5E-00-53-01", "0000.5e00.5301", "0:0:5e:0:53:1", "00005E005301"):
        keyed = replace(design, access_points=(replace(design.access_points[0], key=key),))

        assert [LIVE] == [one.live for one in matched({PATH: keyed}, [LIVE]).planned]


def test_names_that_differ_are_suggested_by_spelling_then_number_then_order(design: Design) -> None:
    names = ("ＡＰ－１", "ap 2 ", "west-03")
    live = [replace(LIVE, name=name, key=f"00:00:5e:00:53:{n:02x}") for n, name in enumerate(names, 1)]
    pairs = {pair.planned.ap.name: (pair.live.name, pair.how) for pair in suggested(matched({PATH: design}, live))}

    assert {"AP-1": ("ＡＰ－１", "spelling"), "AP-2": ("ap 2 ", "spelling"), "AP-3": ("west-03", "number")} == pairs


def test_where_nothing_but_the_order_is_left_it_is_suggested_with_little_confidence(design: Design) -> None:
    live = [replace(LIVE, name=name, key=f"00:00:5e:00:53:{n:02x}") for n, name in enumerate(("east", "north", "west"), 1)]
    pairs = suggested(matched({PATH: design}, live))

    assert [("AP-1", "east"), ("AP-2", "north"), ("AP-3", "west")] == [(p.planned.ap.name, p.live.name) for p in pairs]
    assert {CONFIDENCE["order"]} == {pair.confidence for pair in pairs}


def test_two_of_one_spelling_are_not_suggested_by_it(design: Design) -> None:
    live = [replace(LIVE, name=name, key=f"00:00:5e:00:53:{n:02x}") for n, name in enumerate(("ap-1", "AP 1"), 1)]

    assert () == suggested(matched({PATH: design}, live))


def device(name: str, *aps: LiveAp) -> Device:
    return Device(
        name=name,
        heard=True,
        age_s=5.0,
        polled=True,
        refused=False,
        ahead=False,
        wifi=True,
        aps=aps,
        total={},
        on_battery=False,
    )
