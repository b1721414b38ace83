"""Alerts: what becomes one, what it takes to end, what nobody knows, and that no history is told twice or not at all."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from collectors.operations import Alerts, Hours, Maintenance, Recipient, RuleChange
from dashboards import alerts, locale
from dashboards.alerts import ALERT_RULES, RULE_OF, Alert, News, Observed, Policy, Step, is_due, observed, step
from dashboards.notify import first_step
from dashboards.rules import BY_CODE
from dashboards.shelters import ShelterNow
from dashboards.states import ApState, Facility, Reason
from wifiplan.report.catalogue import LANGS

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
STAFF = Recipient(name="staff", url_env="STAFF")
TO_STAFF = Alerts(recipients=(STAFF,))
DOWN = Facility(
    site="A",
    state="degraded",
    reasons=(Reason(code="aps_down", names=("AP-1",)),),
    access_points=(ApState(name="AP-1", key=None, state="down"),),
)
WELL = replace(DOWN, state="ok", reasons=(), access_points=(ApState(name="AP-1", key=None, state="ok"),))
BLIND = replace(
    DOWN,
    state="degraded",
    reasons=(Reason(code="not_answering", values={"device": "wlc", "age_s": 400.0}),),
    access_points=(ApState(name="AP-1", key=None, state="unknown"),),
    why="silent",
)


def benchmark() -> ModuleType:
    """`tests/benchmarks/alerts.py`, which this is the short form of."""
    name = "benchmark_alerts"
    if name not in sys.modules:
        path = Path(__file__).resolve().parent.parent / "benchmarks" / "alerts.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def played(*minutes: Facility | Observed, config: Alerts = TO_STAFF) -> list[Step]:
    """One step a minute."""
    found: list[Step] = []
    before: dict[str, Alert] = {}
    for minute, one in enumerate(minutes):
        seen = observed([one]) if isinstance(one, Facility) else one
        found.append(step(before, seen, Policy.of(config), NOW + timedelta(minutes=minute)))
        before = dict(found[-1].alerts)
    return found


def told(steps: list[Step]) -> list[tuple[int, str, str]]:
    return [(minute, one.kind, one.condition.code) for minute, done in enumerate(steps) for one in done.news]


def test_every_reason_has_a_row_and_every_row_a_first_step_in_both_languages() -> None:
    assert set() == BY_CODE.keys() - RULE_OF.keys()
    assert len(ALERT_RULES) == len(RULE_OF)
    for one in ALERT_RULES:
        for lang in LANGS:
            assert first_step(one.code, lang)
            assert f"reason.{one.code}" in locale.all_words().entries


def test_what_lasts_is_raised_once_and_ends_once() -> None:
    steps = played(*[DOWN] * 10, *[WELL] * 10)

    assert [(3, "raised", "aps_down"), (15, "cleared", "aps_down")] == told(steps)


def test_what_is_short_is_never_told_and_what_flaps_is_one_alert() -> None:
    assert [] == told(played(DOWN, DOWN, WELL, DOWN, DOWN, WELL))
    assert [(3, "raised", "aps_down")] == told(played(*[DOWN] * 4, *[WELL, WELL, DOWN, WELL] * 6))


def test_what_nobody_knows_neither_raises_nor_ends() -> None:
    """Of an access point behind a silent controller nothing is known: it is not well again, and it is not down anew."""
    steps = played(*[DOWN] * 4, *[BLIND] * 20, *[WELL] * 6)

    assert [(3, "raised", "aps_down"), (6, "raised", "not_answering")] == told(steps)[:2]
    assert [(27, "cleared", "not_answering"), (29, "cleared", "aps_down")] == told(steps)[2:]


def test_a_controller_of_many_sites_is_one_alert_with_all_of_them() -> None:
    sites = [replace(BLIND, site=f"S{number}") for number in range(200)]
    found = observed(sites).found

    assert ["contact||wlc"] == list(found)
    assert 200 == len(found["contact||wlc"].sites)


def test_a_device_that_refuses_and_then_falls_silent_is_one_alert() -> None:
    silent = replace(BLIND, reasons=(Reason(code="silent", values={"device": "wlc"}),))
    refused = replace(BLIND, reasons=(Reason(code="why_refused", values={"device": "wlc"}),))

    assert [(2, "raised", "silent")] == told(played(refused, refused, silent, refused, silent, silent))


def test_when_the_collector_is_down_that_is_all_that_is_told() -> None:
    sites = [replace(BLIND, site=f"S{number}", state="unknown", why="collector") for number in range(50)]

    assert ["collector_silent||"] == list(observed(sites).found)
    assert observed(sites).blind


def test_a_store_that_is_gone_is_told_and_nothing_else_changes() -> None:
    gone = observed([], trouble="store.sqlite: no such file")
    steps = played(*[DOWN] * 4, *[gone] * 5, WELL)

    assert [(3, "raised", "aps_down"), (7, "raised", "store_unreadable")] == told(steps)
    assert "store.sqlite" in locale.reason(gone.found["store_unreadable||"].reason, "en")


def test_a_full_shelter_is_told_only_while_it_is_opened() -> None:
    one = ShelterNow(
        site="A",
        opened=True,
        since=None,
        people=None,
        crowding="full",
        usable="usable",
        internet=None,
        on_battery=None,
        battery_minutes=None,
        capacity_people=100,
        room_people=0,
        age_s=1.0,
    )

    assert ["shelter_full|A|A"] == list(observed([WELL], [one]).found)
    assert [] == list(observed([WELL], [replace(one, opened=None)]).found)


class TestPolicy:
    """Maintenance, changes of the table, levels, sites, escalation and acknowledgement."""

    def test_during_maintenance_nothing_is_raised_and_afterwards_what_still_lasts_is(self) -> None:
        window = Maintenance(name="work", sites=("A",), since=NOW, until=NOW + timedelta(minutes=10))
        config = Alerts(recipients=(STAFF,), maintenance=(window,))

        assert [(13, "raised", "aps_down")] == told(played(*[DOWN] * 20, config=config))
        assert [] == told(played(*[DOWN] * 8, *[WELL] * 12, config=config))

    def test_an_alert_from_before_stays_through_maintenance(self) -> None:
        window = Maintenance(name="work", sites=("*",), since=NOW + timedelta(minutes=5), until=NOW + timedelta(minutes=15))
        config = Alerts(recipients=(STAFF,), maintenance=(window,))
        steps = played(*[DOWN] * 5, *[WELL] * 10, *[WELL] * 10, config=config)

        assert [(3, "raised", "aps_down"), (20, "cleared", "aps_down")] == told(steps)

    def test_a_city_changes_times_levels_and_turns_rules_off(self) -> None:
        slow = Alerts(recipients=(STAFF,), rules=(RuleChange(code="aps_down", for_s=600, level="warning"),))
        off = Alerts(recipients=(STAFF,), rules=(RuleChange(code="aps_down", off=True),))
        steps = played(*[DOWN] * 12, config=slow)

        assert [(10, "raised", "aps_down")] == told(steps)
        assert "warning" == steps[10].news[0].condition.level
        assert [] == told(played(*[DOWN] * 12, config=off))
        assert ("no_such_rule",) == alerts.unknown_codes(Alerts(rules=(RuleChange(code="no_such_rule"),)))

    def test_who_cares_for_other_sites_or_levels_is_not_told(self) -> None:
        others = Alerts(
            recipients=(replace(STAFF, sites=("B*",)), replace(STAFF, name="calm", levels=frozenset({"note"}))),
        )

        assert [] == told(played(*[DOWN] * 12, config=others))

    def test_what_nobody_acknowledges_is_escalated_once(self) -> None:
        chief = replace(STAFF, name="chief", after_s=600.0)
        steps = played(*[DOWN] * 30, *[WELL] * 10, config=Alerts(recipients=(STAFF, chief)))

        assert [(3, "staff"), (13, "chief"), (35, "chief"), (35, "staff")] == [
            (minute, one.recipient) for minute, done in enumerate(steps) for one in done.news
        ]

    def test_what_somebody_acknowledged_is_not_escalated(self) -> None:
        chief = replace(STAFF, name="chief", after_s=600.0)
        policy = Policy.of(Alerts(recipients=(STAFF, chief)))
        before: dict[str, Alert] = {}
        recipients = []
        for minute in range(40):
            done = step(before, observed([DOWN if minute < 30 else WELL]), policy, NOW + timedelta(minutes=minute))
            before = alerts.acknowledged(done.alerts, list(done.alerts), "sato", NOW) if minute == 5 else dict(done.alerts)
            recipients += [one.recipient for one in done.news]

        assert ["staff", "staff"] == recipients

    def test_quiet_hours_may_go_over_midnight(self) -> None:
        hours = Hours(begin=time(22, 0), end=time(6, 0))

        assert [True, True, False, False] == [hours.covers(time(hour)) for hour in (23, 5, 6, 12)]


class TestWhen:
    """When a recipient gets a message."""

    @staticmethod
    def news(number: int, kind: str = "raised") -> list[News]:
        condition = observed([DOWN]).found["aps_down|A|AP-1"]
        return [News(recipient="staff", kind=kind, at=NOW, since=NOW, condition=condition) for _ in range(number)]  # type: ignore[arg-type]

    def test_news_is_gathered_for_a_minute(self) -> None:
        assert not is_due(self.news(1), [], NOW + timedelta(seconds=59))
        assert is_due(self.news(1), [], NOW + timedelta(seconds=60))
        assert not is_due([], [], NOW)

    def test_a_third_message_within_the_hour_waits_and_in_a_storm_the_second_does(self) -> None:
        later = NOW + timedelta(minutes=3)

        other = ["poe_near_budget"]

        assert is_due(self.news(2), [(NOW, other)], later)
        assert not is_due(self.news(20), [(NOW, other)], later)
        assert not is_due(self.news(2), [(NOW, other * 9)], later)
        assert not is_due(self.news(2), [(NOW, other), (NOW, other)], later)
        assert is_due(self.news(2), [(NOW, other), (NOW, other)], NOW + timedelta(minutes=10))

    def test_more_of_the_same_waits_as_in_a_storm_and_another_trouble_does_not(self) -> None:
        later = NOW + timedelta(minutes=3)
        same = [alerts.RULE_OF[self.news(1)[0].condition.code].kind]

        assert is_due(self.news(1), [(NOW, same)], later)
        assert not is_due(self.news(1), [(NOW, same * 2)], later)
        assert is_due(self.news(1), [(NOW, same * 2)], NOW + timedelta(minutes=10))
        assert is_due(self.news(1), [(NOW, ["poe_near_budget"] * 5)], later)

    def test_good_news_waits_until_it_is_well_everywhere(self) -> None:
        assert not is_due(self.news(1, "cleared"), [], NOW + timedelta(minutes=9))
        assert is_due(self.news(1, "cleared"), [], NOW + timedelta(minutes=10))

    def test_a_clock_that_was_put_back_holds_no_news_for_ever(self) -> None:
        assert is_due(self.news(1), [], NOW - timedelta(hours=5))


@pytest.mark.parametrize("sites", [20, 60])
def test_a_storm_of_sites_is_three_messages_a_recipient(tmp_path: Path, sites: int) -> None:
    """Short form of `python tests/benchmarks/alerts.py`; twenty trickle in over ten minutes, one every half a minute."""
    found = benchmark().storm(sites, tmp_path)

    assert 4 * sites == found["told"]
    assert 0 == found["twice"]
    assert max(found["messages"].values()) <= 3


def test_hours_with_flapping_gaps_restarts_and_lines_that_are_down(tmp_path: Path) -> None:
    """Short form of `python tests/benchmarks/alerts.py`: every raise and every end once, none missing."""
    found = benchmark().world(60, 11, tmp_path)

    assert found["expected"] > 20
    assert (0, 0, 0) == (found["missing"], found["strange"], found["twice"])


class History(RuleBasedStateMachine):
    """Any order of minutes, restarts and lost lines: what was delivered is what the whole history says, no more and no less."""

    def __init__(self) -> None:
        super().__init__()
        self.world = benchmark()
        self.folder = tempfile.TemporaryDirectory()
        recipients = tuple(Recipient(name=name, url_env="X") for name in self.world.RECIPIENTS)
        self.line = self.world.Line(rng=np.random.default_rng(0), refused_share=0.0)
        self.watch = self.world.Watch(
            Path(self.folder.name) / "operations.sqlite", Policy.of(Alerts(recipients=recipients)), self.line
        )
        self.histories: list[list[str]] = [[] for _ in self.world.CONDITIONS]

    @rule(
        now=st.tuples(*[st.sampled_from("pau")] * 6), minutes=st.integers(1, 25), crash=st.sampled_from(["", "", "keep", "make"])
    )
    def some_minutes(self, now: tuple[str, ...], minutes: int, crash: str) -> None:
        all_unknown = set(now) == {"u"}
        kept = [
            "a" if state == "u" and one.code in ("silent", "aps_full") and not all_unknown else state
            for one, state in zip(self.world.CONDITIONS, now, strict=True)
        ]
        for minute in range(minutes):
            for history, state in zip(self.histories, kept, strict=True):
                history.append(state)
            at = len(self.histories[0]) - 1
            seen = self.world.seen_at(self.histories, at)
            self.watch.turn(seen, self.world.START + timedelta(minutes=at), crash_after=crash if minute == 0 else "")
            if crash and minute == 0:
                self.watch.restart()

    @rule(who=st.sampled_from(["staff", "office"]))
    def the_line_goes_down(self, who: str) -> None:
        self.line.down.add(who)

    @rule()
    def the_line_is_back(self) -> None:
        self.line.down.clear()

    @invariant()
    def nothing_comes_twice_and_nothing_that_should_not(self) -> None:
        assert 0 == self.line.twice
        assert set() == self.line.delivered - self.wanted()

    def wanted(self) -> set[tuple[str, str, str, float]]:
        return {
            (name, one.key, kind, at_s)
            for one, history in zip(self.world.CONDITIONS, self.histories, strict=True)
            for kind, at_s in self.world.expected(history, RULE_OF[one.code].for_s, RULE_OF[one.code].clear_s, 60.0)
            for name in self.world.RECIPIENTS
        }

    def teardown(self) -> None:
        """In the end the line is back, and nothing is missing."""
        try:
            self.line.down.clear()
            at = len(self.histories[0])
            for minute in range(at, at + 100, 10):
                self.watch.turn(Observed(found={}, blind=True), self.world.START + timedelta(minutes=minute))

            assert self.wanted() == self.line.delivered
        finally:
            self.watch.outbox.close()
            self.folder.cleanup()


History.TestCase.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


class TestHistory(History.TestCase):
    """Runs `History`."""


@pytest.mark.parametrize("lang", LANGS)
def test_levels_have_words(lang: str) -> None:
    assert all(f"level.{level}" in locale.all_words().entries for level in alerts.LEVELS)
    assert lang in LANGS
