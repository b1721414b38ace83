"""States: what is too old or was never said is unknown; design and live data meet on key or unambiguous name only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from collectors.config import Config, Target
from collectors.metrics import Sample
from dashboards import watch
from dashboards.states import ApState, Facility
from wifiplan.model import Design

Say = Callable[..., Sample]
SITE = "第一小学校 体育館"
PATH = Path("design.json")


@pytest.fixture
def seen(target: Target, design: Design, now: datetime) -> Callable[..., Facility]:
    """`seen(samples)` is the facility; `design=` and `targets=` replace its own."""

    def look(samples: Sequence[Sample], *, plan: Design | str | None = design, targets: Sequence[Target] = (target,)) -> Facility:
        return watch.facility(SITE, targets, {} if plan is None else {PATH: plan}, samples, now=now)

    return look


def codes(found: Facility) -> list[str]:
    return [reason.code for reason in found.reasons]


def by_name(found: Facility) -> dict[str, ApState]:
    return {ap.name: ap for ap in found.access_points}


def without(samples: Sequence[Sample], **tags: str) -> list[Sample]:
    return [s for s in samples if any(s.tags.get(name) != value for name, value in tags.items())]


def aged(samples: Sequence[Sample], seconds: float) -> list[Sample]:
    return [replace(sample, time=sample.time - timedelta(seconds=seconds)) for sample in samples]


def test_a_facility_that_works_within_its_plan_is_ok(seen: Callable[..., Facility], all_well: list[Sample]) -> None:
    """Clients are the device's total, plan and limit the sums over the design's radios."""
    found = seen(all_well)

    assert ("ok", 60, True, ()) == (found.state, found.clients, found.complete, found.reasons)
    assert (120.0, 240, 3, 3, 10.0) == (found.planned, found.limit, found.aps, found.aps_up, found.age_s)


def test_each_access_point_has_its_clients_plan_and_limit(seen: Callable[..., Facility], all_well: list[Sample]) -> None:
    aps = seen(all_well).access_points

    assert [("AP-1", 18, 40.0, 80, "ok"), ("AP-2", 20, 40.0, 80, "ok"), ("AP-3", 22, 40.0, 80, "ok")] == [
        (ap.name, ap.clients, ap.planned, ap.limit, ap.state) for ap in aps
    ]
    assert [("2.4", 3, 8.0, 30, 0.2), ("5", 15, 32.0, 50, 0.3)] == [
        (load.band, load.clients, load.planned, load.limit, load.busy_share) for load in aps[0].bands
    ]


@pytest.mark.parametrize(("age_s", "clients", "state"), [(179.0, 60, "ok"), (181.0, None, "unknown")])
def test_what_is_older_than_three_intervals_is_unknown_and_never_zero(
    seen: Callable[..., Facility], all_well: list[Sample], age_s: float, clients: int | None, state: str
) -> None:
    found = seen(aged(all_well, age_s - 10.0))

    assert (clients, state) == (found.clients, found.state)
    assert {state} == {ap.state for ap in found.access_points}
    assert [clients is None] * 3 == [ap.stale for ap in found.access_points]


def test_a_stale_access_point_keeps_its_last_count_apart_from_the_count_now(
    seen: Callable[..., Facility], all_well: list[Sample]
) -> None:
    ap = by_name(seen(aged(all_well, 300.0)))["AP-2"]

    assert (None, 20, 310.0) == (ap.clients, ap.last_clients, ap.age_s)


def test_a_store_without_samples_gives_unknown_and_no_numbers(seen: Callable[..., Facility]) -> None:
    found = seen([])

    assert ("unknown", None, None, None, ["never_polled"]) == (
        found.state,
        found.clients,
        found.aps_up,
        found.age_s,
        codes(found),
    )
    assert (120.0, 240, 3) == (found.planned, found.limit, found.aps)


def test_a_sample_from_the_future_says_nothing_about_now(seen: Callable[..., Facility], all_well: list[Sample]) -> None:
    """With a collector's clock an hour ahead, its last samples would look fresh for an hour after its death."""
    found = seen(aged(all_well, -3600.0))

    assert ("unknown", None, ["clock_ahead"]) == (found.state, found.clients, codes(found))


def test_one_lost_poll_is_not_yet_an_alarm(seen: Callable[..., Facility], all_well: list[Sample], say: Say) -> None:
    found = seen([*aged(all_well, 60.0), say("device", age_s=5.0, reachable=0)])

    assert ("ok", 60) == (found.state, found.clients)


def test_a_facility_none_of_whose_devices_answers_is_down_without_a_count(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say
) -> None:
    """Told from a dead collector, of which nothing at all is recent."""
    found = seen([*aged(all_well, 400.0), say("device", age_s=5.0, reachable=0)])

    assert ("down", None, None, ["not_answering"]) == (found.state, found.clients, found.aps_up, codes(found))


def test_a_device_that_refuses_is_told_from_a_collector_that_stopped(seen: Callable[..., Facility], say: Say) -> None:
    """A wrong passphrase: the device is there and was asked, and whether its Wi-Fi works is unknown."""
    found = seen([say("poll", seconds=0.1, requests=1, errors=1)])

    assert ("unknown", None, ["not_readable"]) == (found.state, found.clients, codes(found))


def test_an_access_point_that_is_down_degrades_its_facility(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say
) -> None:
    key = "00:00:5e:00:53:02"
    found = seen([*without(all_well, ap_key=key), say("wifi_ap", ap="AP-2", ap_key=key, clients=0, up=0)])

    assert ("degraded", "down", 2, ["aps_down"]) == (found.state, by_name(found)["AP-2"].state, found.aps_up, codes(found))


def test_a_facility_all_of_whose_access_points_are_down_is_down(seen: Callable[..., Facility], say: Say) -> None:
    aps = [say("wifi_ap", ap=f"AP-{n}", ap_key=str(n), clients=0, up=0) for n in (1, 2, 3)]

    assert "down" == seen([say("device", reachable=1), *aps]).state


def test_an_access_point_of_the_plan_that_nobody_reports_is_unknown(
    seen: Callable[..., Facility], all_well: list[Sample]
) -> None:
    found = seen(without(all_well, ap="AP-3"))

    assert ("degraded", "unknown", None, ["aps_not_seen"]) == (
        found.state, by_name(found)["AP-3"].state, by_name(found)["AP-3"].age_s, codes(found)
    )  # fmt: skip


def test_a_planned_radio_that_is_off_degrades_its_access_point(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say
) -> None:
    key = "00:00:5e:00:53:01"
    off = say("wifi_radio", age_s=1, ap="AP-1", ap_key=key, radio="1", band="5", clients=0, up=0)
    found = seen([*all_well, off])

    assert ("degraded", "degraded", ["radios_down"]) == (found.state, by_name(found)["AP-1"].state, codes(found))


def test_a_radio_that_is_off_where_there_is_no_plan_may_be_meant_to_be(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say
) -> None:
    off = say("wifi_radio", age_s=1, ap="AP-1", ap_key="00:00:5e:00:53:01", radio="1", band="5", clients=0, up=0)

    assert "ok" == seen([*all_well, off], plan=None).state


@pytest.mark.parametrize(("clients", "state"), [(63, "ok"), (64, "busy")])
def test_an_access_point_is_busy_from_four_fifths_of_its_limit(
    seen: Callable[..., Facility], say: Say, clients: int, state: str
) -> None:
    aps = [say("wifi_ap", ap=f"AP-{n}", ap_key=str(n), clients=clients if n == 1 else 0, up=1) for n in (1, 2, 3)]
    found = seen(aps)

    assert (state, state) == (found.state, found.access_points[0].state)


def test_one_full_radio_makes_its_access_point_busy_while_the_other_idles(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say
) -> None:
    """2.4 GHz full and 5 GHz idle is how whole venues have failed: the sum over both would hide it."""
    full = say("wifi_radio", age_s=1, ap="AP-1", ap_key="00:00:5e:00:53:01", radio="0", band="2.4", clients=29, up=1)
    found = seen([*all_well, full])

    assert ("busy", ["aps_busy"]) == (found.access_points[0].state, codes(found))
    assert ("AP-1 2.4 GHz (29/30)",) == found.reasons[0].names


def test_full_access_points_are_one_sentence_apart_from_those_that_are_nearly_full(
    seen: Callable[..., Facility], say: Say
) -> None:
    aps = [say("wifi_ap", ap=f"AP-{n}", ap_key=str(n), clients=clients, up=1) for n, clients in enumerate((80, 81, 79), 1)]
    named = {reason.code: reason.names for reason in seen(aps).reasons if reason.code.startswith("aps_")}

    assert {"aps_full": ("AP-1 (80/80)",), "aps_over": ("AP-2 (81/80)",), "aps_busy": ("AP-3 (79/80)",)} == named


@pytest.mark.parametrize(("busy_share", "state"), [(0.69, "ok"), (0.7, "busy")])
def test_a_channel_as_full_as_the_plan_allows_is_busy(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say, busy_share: float, state: str
) -> None:
    ap = {"ap": "AP-1", "ap_key": "00:00:5e:00:53:01", "radio": "1", "band": "5"}
    found = seen([*all_well, say("wifi_radio", age_s=1, clients=15, up=1, busy_share=busy_share, **ap)])

    assert state == found.state


@pytest.mark.parametrize(("clients", "state"), [(132, "ok"), (133, "busy")])
def test_a_tenth_more_clients_than_planned_make_a_facility_busy(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say, clients: int, state: str
) -> None:
    found = seen([*all_well, say("wifi_total", age_s=1, source="ap", clients=clients, aps=3, aps_up=3)])

    assert (state, clients, [] if state == "ok" else ["over_plan"]) == (found.state, found.clients, codes(found))


@pytest.mark.parametrize(("clients", "state"), [(45, "ok"), (46, "busy"), (50, "busy")])
def test_an_access_point_that_is_as_full_as_planned_is_not_busy(
    seen: Callable[..., Facility], design: Design, say: Say, clients: int, state: str
) -> None:
    """Plans fill an access point to nine tenths: an alarm that is always on is no alarm."""
    full = replace(design.access_points[0], radios=(replace(design.access_points[0].radios[1], planned_clients=45.0),))
    found = seen([say("wifi_ap", ap="AP-1", ap_key="1", clients=clients, up=1)], plan=replace(design, access_points=(full,)))

    assert state == found.access_points[0].state


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        ({"measurement": "ups", "on_battery": 1}, "on_battery"),
        ({"measurement": "probe", "target": "internet", "reachable": 0}, "unreachable"),
    ],
)
def test_battery_and_a_lost_uplink_degrade_a_facility_whose_wifi_works(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say, sample: dict[str, float | str], code: str
) -> None:
    found = seen([*all_well, say(**sample)])  # type: ignore[arg-type]

    assert ("degraded", [code], 60) == (found.state, codes(found), found.clients)


# --- where design and live data meet


def test_a_key_joins_whatever_the_names_are(seen: Callable[..., Facility], design: Design, say: Say) -> None:
    keyed = replace(design.access_points[0], key="00:00:5e:00:53:99")
    found = seen(
        [say("wifi_ap", ap="ap-gym-north", ap_key="00:00:5e:00:53:99", clients=7, up=1)],
        plan=replace(design, access_points=(keyed,)),
    )

    assert [7] == [ap.clients for ap in found.access_points]
    assert () == found.unplanned


def test_an_access_point_with_a_key_is_not_joined_by_its_name(seen: Callable[..., Facility], design: Design, say: Say) -> None:
    """A replaced device has another MAC: its counts are another device's until someone says so."""
    keyed = replace(design.access_points[0], key="00:00:5e:00:53:99")
    found = seen(
        [say("wifi_ap", ap="AP-1", ap_key="00:00:5e:00:53:01", clients=7, up=1)],
        plan=replace(design, access_points=(keyed,)),
    )

    assert ("unknown", None) == (found.access_points[0].state, found.access_points[0].clients)
    assert [("AP-1", 7)] == [(ap.name, ap.clients) for ap in found.unplanned]


def test_a_name_that_occurs_twice_on_a_device_is_never_joined(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say
) -> None:
    found = seen([*all_well, say("wifi_ap", ap="AP-1", ap_key="00:00:5e:00:53:77", clients=50, up=1)])

    assert ("unknown", None, False) == (
        by_name(found)["AP-1"].state, by_name(found)["AP-1"].clients, by_name(found)["AP-1"].stale
    )  # fmt: skip
    assert [("AP-1", 18), ("AP-1", 50)] == sorted((ap.name, ap.clients) for ap in found.unplanned)
    assert "name_twice" in codes(found)


def test_a_name_that_occurs_twice_in_the_plan_is_never_joined(
    seen: Callable[..., Facility], design: Design, all_well: list[Sample]
) -> None:
    twins = tuple(replace(ap, name="AP-1") for ap in design.access_points[:2])
    found = seen(all_well, plan=replace(design, access_points=twins))

    assert [None, None] == [ap.clients for ap in found.access_points]


def test_a_name_on_two_devices_is_not_joined(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say, target: Target
) -> None:
    """The same AP name on two controllers of one site is two devices as far as anybody knows."""
    second = replace(target, name="wlc-2")
    found = seen([*all_well, say("wifi_ap", device="wlc-2", ap="AP-1", ap_key="1", clients=5, up=1)], targets=(target, second))

    assert None is by_name(found)["AP-1"].clients


def test_an_access_point_that_two_controllers_list_is_the_one_that_serves(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say, target: Target
) -> None:
    spare = say("wifi_ap", age_s=1, device="wlc-2", ap="AP-1", ap_key="00:00:5e:00:53:01", clients=0, up=0)
    found = seen([*all_well, spare], targets=(target, replace(target, name="wlc-2")))

    assert ("ok", 18, ()) == (by_name(found)["AP-1"].state, by_name(found)["AP-1"].clients, found.unplanned)


def test_a_replaced_device_leaves_an_old_series_that_does_not_block_its_name(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say
) -> None:
    old = say("wifi_ap", age_s=86_000, ap="AP-1", ap_key="00:00:5e:00:53:aa", clients=3, up=1)
    found = seen([*all_well, old])

    assert ("ok", 18) == (by_name(found)["AP-1"].state, by_name(found)["AP-1"].clients)


def test_a_renamed_access_point_is_one_by_its_newest_name(seen: Callable[..., Facility], say: Say) -> None:
    key = "00:00:5e:00:53:01"
    before = say("wifi_ap", age_s=70, ap="AP-old", ap_key=key, clients=9, up=1)
    found = seen([before, say("wifi_ap", ap="AP-1", ap_key=key, clients=4, up=1)])

    assert (4, ()) == (by_name(found)["AP-1"].clients, found.unplanned)


def test_names_that_differ_everywhere_are_said_and_never_ok(seen: Callable[..., Facility], all_well: list[Sample]) -> None:
    """As many strangers serve as planned ones are missing: until their names are joined nothing is held against the plan."""
    strangers = [
        replace(sample, tags={**sample.tags, "ap": sample.tags["ap"].replace("AP", "gym")}) if "ap" in sample.tags else sample
        for sample in all_well
    ]
    found = seen(strangers)

    assert ("degraded", 60, 3, 3, ["names_differ"]) == (found.state, found.clients, found.aps, found.aps_up, codes(found))


# --- counts


def test_without_a_row_of_its_own_an_access_point_counts_its_radios(seen: Callable[..., Facility], say: Say) -> None:
    radios = [
        say("wifi_radio", ap="AP-1", ap_key="1", radio="0", band="2.4", clients=4),
        say("wifi_radio", ap="AP-1", ap_key="1", radio="1", band="5", clients=9),
    ]

    assert 13 == by_name(seen(radios))["AP-1"].clients


def test_a_radio_that_does_not_say_makes_the_sum_unknown(seen: Callable[..., Facility], say: Say) -> None:
    radios = [
        say("wifi_radio", ap="AP-1", ap_key="1", radio="0", band="2.4", clients=4, up=1),
        say("wifi_radio", ap="AP-1", ap_key="1", radio="1", band="5", channel=36, up=1),
    ]

    assert None is by_name(seen(radios))["AP-1"].clients


def test_a_device_that_is_silent_makes_the_sum_a_lower_bound(
    seen: Callable[..., Facility], all_well: list[Sample], target: Target
) -> None:
    found = seen(all_well, targets=(target, replace(target, name="lone-ap")))

    assert ("degraded", 60, False, ["never_polled"]) == (found.state, found.clients, found.complete, codes(found))


def test_an_access_point_that_its_controller_lists_no_more_makes_the_sum_a_lower_bound_and_is_named(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say
) -> None:
    gone = [replace(s, time=s.time - timedelta(seconds=600)) for s in all_well if s.tags.get("ap") == "AP-3"]
    total = say("wifi_total", source="ap", clients=38, uncounted=1, gone=1, aps=2, aps_up=2)
    found = seen([*without(without(all_well, ap="AP-3"), source="ap"), *gone, total])

    assert (38, False, ("AP-3",)) == (found.clients, found.complete, found.missing)
    assert "ok" != found.state


def test_a_device_that_counts_nobody_is_never_ok(seen: Callable[..., Facility], say: Say) -> None:
    aps = [say("wifi_ap", ap=f"AP-{number}", ap_key=f"{number}", up=1) for number in (1, 2, 3)]
    found = seen([say("device", reachable=1), say("wifi_total", source="ap", aps=3, aps_up=3), *aps])

    assert ("unknown", None, ["no_counts"]) == (found.state, found.clients, codes(found)[:1])


def test_a_silent_switch_does_not_make_the_count_of_clients_incomplete(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say, target: Target
) -> None:
    found = seen(
        [*all_well, say("link", device="switch", age_s=900, interface="1", up=1)],
        targets=(target, replace(target, name="switch")),
    )

    assert ("degraded", 60, True, ["silent"]) == (found.state, found.clients, found.complete, codes(found))


def test_the_newest_total_holds_when_its_source_changed(seen: Callable[..., Facility], all_well: list[Sample], say: Say) -> None:
    found = seen([say("wifi_total", age_s=1, source="scalar", clients=61, aps=3, aps_up=3), *all_well])

    assert 61 == found.clients


@pytest.mark.parametrize(
    ("total", "state", "reasons"),
    [
        ({"clients": 6, "aps": 8, "aps_up": 8}, "ok", []),
        ({"clients": 6, "aps": 8, "aps_up": 4}, "degraded", ["aps_fewer"]),
        ({"clients": 0, "aps_up": 0}, "down", ["aps_none"]),
        ({"clients": 0, "aps": 4}, "unknown", ["no_wifi"]),
        ({"clients": 0, "aps": 4, "aps_up": 4}, "ok", []),
    ],
)
def test_a_device_that_names_no_access_point_is_judged_by_its_totals(
    seen: Callable[..., Facility], say: Say, total: dict[str, float], state: str, reasons: list[str]
) -> None:
    found = seen([say("device", reachable=1), say("wifi_total", source="scalar", **total)], plan=None)

    assert (state, reasons) == (found.state, codes(found))


def test_a_switch_alone_says_nothing_about_wifi(seen: Callable[..., Facility], say: Say) -> None:
    found = seen([say("device", reachable=1), say("link", interface="1", up=1)], plan=None)

    assert ("unknown", None, ["no_wifi"]) == (found.state, found.clients, codes(found))


def test_without_a_plan_there_is_a_state_and_no_planned_number(seen: Callable[..., Facility], all_well: list[Sample]) -> None:
    found = seen(all_well, plan=None)

    assert ("ok", 60, None, None, 3, 3) == (found.state, found.clients, found.planned, found.limit, found.aps, found.aps_up)
    assert ["AP-1", "AP-2", "AP-3"] == [ap.name for ap in found.unplanned]


def test_a_design_that_cannot_be_read_costs_its_facility_the_plan_and_no_more(
    seen: Callable[..., Facility], all_well: list[Sample]
) -> None:
    found = seen(all_well, plan="design.json: not readable")

    assert ("ok", 60, None, ["design_unreadable"]) == (found.state, found.clients, found.planned, codes(found))


def test_an_access_point_that_its_device_has_not_listed_for_a_day_is_forgotten(
    seen: Callable[..., Facility], all_well: list[Sample], say: Say
) -> None:
    gone = [say("wifi_ap", age_s=age_s, ap=f"old-{age_s}", ap_key=str(age_s), clients=1, up=1) for age_s in (3_600, 90_000)]
    found = seen([*all_well, *gone], plan=None)

    assert ["AP-1", "AP-2", "AP-3", "old-3600"] == [ap.name for ap in found.unplanned]


# --- all facilities


def test_facilities_come_worst_first_and_each_by_its_own_samples(
    config: Config, design: Design, all_well: list[Sample], say: Say, now: datetime
) -> None:
    (target,) = config.targets
    targets = (
        target,
        replace(target, name="b", site="B", design=None),
        replace(target, name="c", site="C", design=None),
        replace(target, name="d", site="D", design=None),
    )
    samples = [
        *all_well,
        say("device", site="B", device="b", reachable=0),
        say("wifi_total", site="C", device="c", source="ap", clients=1, aps=1, aps_up=1),
        say("ups", site="C", device="c", on_battery=1),
        say("wifi_total", site="nobody's", device="x", source="ap", clients=9),
    ]
    found = watch.status(replace(config, targets=targets), {PATH: design}, samples, now=now)

    assert [("B", "down"), ("D", "unknown"), ("C", "degraded"), (SITE, "ok")] == [(one.site, one.state) for one in found]


def test_json_has_the_promised_keys_and_no_number_where_nothing_is_known(config: Config, design: Design, now: datetime) -> None:
    (found,) = watch.status(config, {PATH: design}, [], now=now)
    shown = watch.to_json(found, lambda reason: reason.code)

    promised = {"site", "state", "clients", "planned", "limit", "aps", "aps_up", "age_s", "reasons"}
    assert promised <= set(shown)
    assert (None, None, None, ["never_polled"]) == (shown["clients"], shown["aps_up"], shown["age_s"], shown["reasons"])


def test_a_thousand_facilities_take_their_own_samples_each(config: Config, say: Say, now: datetime, target: Target) -> None:
    targets = tuple(replace(target, name=f"t{n}", site=f"site {n}", design=None) for n in range(1000))
    samples = [say("wifi_total", site=f"site {n}", device=f"t{n}", source="ap", clients=n, aps=1, aps_up=1) for n in range(1000)]
    found = watch.status(replace(config, targets=targets), {}, samples, now=now)

    assert {f"site {n}": n for n in range(1000)} == {one.site: one.clients for one in found}
