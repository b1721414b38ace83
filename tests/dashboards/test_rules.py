"""The table of alert rules: every row can speak, has words in both languages, and says no more than its facts."""

from __future__ import annotations

from dataclasses import replace
from string import Formatter

import pytest

from dashboards import locale
from dashboards.facts import (
    ApPort,
    BandFacts,
    BrokenDesign,
    ClientLoad,
    Device,
    PowerBudget,
    Probe,
    Same,
    SiteFacts,
    Stock,
    Uplink,
)
from dashboards.rules import BY_CODE, RULES, judged
from dashboards.states import State
from wifiplan.report.catalogue import LANGS, Lang

DEVICE = Device(
    name="wlc",
    heard=True,
    age_s=5.0,
    polled=True,
    refused=False,
    ahead=False,
    wifi=True,
    aps=(),
    total={},
    on_battery=False,
)
LOAD = ClientLoad(name="AP-1", clients=18, planned=40.0, limit=80)
BAND = BandFacts(name="AP-1 5 GHz", up=True, busy_share=0.2, max_busy_share=0.7, planned=True)
SITE = SiteFacts(
    heard=True,
    serving=True,
    clients=60,
    planned=120.0,
    limit=240,
    aps=3,
    aps_up=3,
    down=(),
    silent=(),
    unseen=(),
    strangers_up=0,
    ambiguous=(),
)
QUIET: tuple[object, ...] = (DEVICE, Probe(target="internet", reachable=True), LOAD, BAND, SITE)

GONE = replace(DEVICE, heard=False, refused=True)
UPLINK = Uplink(device="sw", interface="1/24", up=True, used_share=0.3)
POWER = PowerBudget(device="sw", group="1", used_w=100.0, power_w=370.0)
ADDRESSES = Stock(kind="addresses", device="dhcp", pool="192.0.2.0", used=100.0, size=254.0)
SESSIONS = Stock(kind="sessions", device="fw", pool="", used=900.0, size=60000.0)
PORT = ApPort(device="sw", interface="1/1", ap="AP-1", up=True)

ALONE: dict[str, tuple[object, State]] = {
    "covered": (replace(GONE, covered=True), "ok"),
    "why_collector": (replace(GONE, why="collector"), "degraded"),
    "why_resolve": (replace(GONE, why="resolve"), "degraded"),
    "why_port_closed": (replace(GONE, why="port_closed"), "degraded"),
    "why_refused": (replace(GONE, why="refused"), "degraded"),
    "why_auth": (replace(GONE, why="auth"), "degraded"),
    "no_counts": (replace(DEVICE, total={"aps": 1.0, "aps_up": 1.0}), "unknown"),
    "battery_low": (replace(DEVICE, on_battery=True, battery_minutes=12.0), "degraded"),
    "battery_minutes": (replace(DEVICE, on_battery=True, battery_minutes=45.0), "degraded"),
    "uplink_down": (replace(UPLINK, up=False), "degraded"),
    "uplink_full": (replace(UPLINK, used_share=0.95), "busy"),
    "ap_port_down": (replace(PORT, up=False), "degraded"),
    "poe_near_budget": (replace(POWER, used_w=340.0), "degraded"),
    "addresses_out": (replace(ADDRESSES, used=254.0), "degraded"),
    "addresses_low": (replace(ADDRESSES, used=240.0), "busy"),
    "sessions_out": (replace(SESSIONS, used=60000.0), "degraded"),
    "sessions_low": (replace(SESSIONS, used=55000.0), "busy"),
    "names_differ": (replace(SITE, unseen=("AP-1",), strangers_up=1, strangers=("gym-1",)), "degraded"),
    "not_all_counted": (replace(SITE, missing=("AP-1",)), "ok"),
    "counted_once": (Same(devices=("wlc", "wlc-2")), "ok"),
    "aps_over": (replace(LOAD, clients=81), "degraded"),
    "not_answering": (replace(DEVICE, heard=False, refused=True), "degraded"),
    "never_answered": (replace(DEVICE, heard=False, refused=True, age_s=None), "degraded"),
    "clock_ahead": (replace(DEVICE, heard=False, ahead=True), "degraded"),
    "not_readable": (replace(DEVICE, heard=False), "degraded"),
    "silent": (replace(DEVICE, heard=False, polled=False), "degraded"),
    "never_polled": (replace(DEVICE, heard=False, polled=False, age_s=None), "degraded"),
    "on_battery": (replace(DEVICE, on_battery=True), "degraded"),
    "unreachable": (Probe(target="internet", reachable=False), "degraded"),
    "aps_down": (replace(SITE, down=("AP-1",)), "degraded"),
    "aps_unknown": (replace(SITE, silent=("AP-1",)), "degraded"),
    "aps_fewer": (replace(SITE, aps_up=2), "degraded"),
    "aps_none": (replace(SITE, aps=None, aps_up=0), "degraded"),
    "radios_down": (replace(BAND, up=False), "degraded"),
    "aps_not_seen": (replace(SITE, unseen=("AP-1",)), "degraded"),
    "name_twice": (replace(SITE, ambiguous=("AP-1",)), "ok"),
    "design_unreadable": (BrokenDesign(text="design.json: not JSON"), "ok"),
    "aps_full": (replace(LOAD, clients=80), "busy"),
    "channels_busy": (replace(BAND, busy_share=0.7), "busy"),
    "aps_busy": (replace(LOAD, clients=64), "busy"),
    "over_plan": (replace(SITE, clients=133), "busy"),
    "near_limit": (replace(SITE, clients=192, planned=190.0), "busy"),
    "no_wifi": (replace(SITE, serving=None), "unknown"),
}
"""Code -> the one fact that makes this row speak and no other, and the state that comes of it."""


def codes(*facts: object) -> list[str]:
    return [reason.code for reason in judged(facts)[1]]


def test_every_row_is_tried_here_and_has_a_code_of_its_own() -> None:
    assert sorted(ALONE) == sorted(rule.code for rule in RULES)


def test_where_all_is_well_no_rule_speaks() -> None:
    assert ("ok", ()) == judged((*QUIET, UPLINK, POWER, PORT, ADDRESSES, SESSIONS))


def test_where_nothing_is_known_no_rule_speaks_of_it() -> None:
    """None is not a number below or above anything."""
    load = ClientLoad(name="AP-1", clients=None, planned=None, limit=None)
    band = BandFacts(name="AP-1 5 GHz", up=None, busy_share=None, max_busy_share=None, planned=True)
    site = replace(SITE, clients=None, planned=None, limit=None, aps=None, aps_up=None)

    assert ("ok", ()) == judged((Probe(target="internet", reachable=None), load, band, site))


@pytest.mark.parametrize("code", ALONE)
def test_each_row_speaks_alone_of_its_own_fact_and_causes_its_state(code: str) -> None:
    fact, state = ALONE[code]
    found_state, reasons = judged((fact,))

    assert (state, [code]) == (found_state, [reason.code for reason in reasons])
    assert type(fact) is BY_CODE[code].about


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("code", ALONE)
def test_each_row_has_words_that_use_all_it_gives(code: str, lang: Lang) -> None:
    (reason,) = judged((ALONE[code][0],))[1]
    wanted = {name for _, name, _, _ in Formatter().parse(locale.all_words().entries[BY_CODE[code].words_key][lang]) if name}
    given = {"age" if name == "age_s" else name for name in reason.values} | ({"names"} if reason.names else set())

    assert wanted <= given
    assert given - wanted <= {"age"}
    assert "{" not in locale.reason(reason, lang)


def test_alarms_are_of_a_part_that_does_not_serve_and_never_of_a_crowd() -> None:
    assert {"degraded"} == {rule.state for rule in RULES if rule.level == "alarm"}
    assert {"warning", "note"} == {rule.level for rule in RULES if rule.state == "busy"}


def test_of_rows_of_which_one_may_speak_the_first_that_holds_speaks_for_each_fact() -> None:
    silent = replace(DEVICE, heard=False, refused=True, ahead=True)
    other = replace(DEVICE, name="ap-9", heard=False, polled=False)

    assert ["not_answering", "silent"] == codes(silent, other)


def test_all_about_one_device_is_said_before_the_next_device() -> None:
    both = [replace(DEVICE, name=name, heard=False, on_battery=True) for name in ("a", "b")]
    reasons = judged(both)[1]

    assert [("not_readable", "a"), ("on_battery", "a"), ("not_readable", "b"), ("on_battery", "b")] == [
        (reason.code, reason.values["device"]) for reason in reasons
    ]


def test_twelve_full_access_points_are_one_sentence() -> None:
    (reason,) = judged([replace(LOAD, name=f"AP-{n}", clients=80) for n in range(12)])[1]

    assert tuple(f"AP-{n} (80/80)" for n in range(12)) == reason.names


def test_the_worst_state_holds_and_troubles_are_said_before_crowds() -> None:
    facts = (replace(LOAD, clients=80), replace(BAND, up=False), replace(SITE, ambiguous=("AP-1",)))

    assert ("degraded", ["radios_down", "name_twice", "aps_full"]) == (judged(facts)[0], codes(*facts))


def test_as_many_strangers_up_as_planned_ones_unseen_is_a_matter_of_names_and_never_ok() -> None:
    site = replace(SITE, unseen=("AP-1", "AP-2"), strangers_up=2, strangers=("a", "b"))

    assert ("degraded", ["names_differ"]) == (judged((site,))[0], codes(site))


@pytest.mark.parametrize("planned", [None, 10.0, 45.0, 60.0])
def test_49_of_50_is_the_same_state_on_every_access_point(planned: float | None) -> None:
    assert "busy" == judged((ClientLoad(name="AP-1", clients=49, planned=planned, limit=50),))[0]


def test_above_the_limit_is_not_served() -> None:
    assert ("degraded", ["aps_over"]) == (judged((replace(LOAD, clients=81),))[0], codes(replace(LOAD, clients=81)))


def test_nothing_known_of_a_wire_is_no_alarm() -> None:
    assert ("ok", ()) == judged((replace(UPLINK, up=None, used_share=None), replace(PORT, up=None)))


def test_that_nothing_is_told_of_wifi_is_said_only_where_there_is_nothing_else_to_say() -> None:
    assert ["on_battery"] == codes(replace(DEVICE, on_battery=True), replace(SITE, serving=None))
