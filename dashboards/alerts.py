"""Which of what is found is worth telling somebody, and when: pure functions of what is found, was found before, and the clock.

A condition is found or not, or nothing is known of it. It becomes an alert once it was found for as long as its rule says, and
stays one until it was not found for as long as its rule says: what flaps is one alert. What nobody knows changes nothing: a
silent controller neither raises that an access point is down nor says that it is up again. During maintenance nothing is raised
and nothing is cleared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, get_args

from collectors.operations import Level
from dashboards.rules import BY_CODE
from dashboards.states import Reason

if TYPE_CHECKING:
    from collectors.operations import Alerts, Maintenance, RuleChange
    from dashboards.shelters import ShelterNow
    from dashboards.states import ApState, Facility

LEVELS: tuple[Level, ...] = get_args(Level)
"""Most urgent first."""

Subject = Literal["all", "site", "device", "interface", "pool", "probe", "names"]
"""What a rule's alert is about, so that it is one and the same while its words change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One row of the table: what is found becomes an alert after `for_s` and ends after `clear_s` without it.

    Rules of one `family` are one trouble that only changes its words: a device that refuses and then falls silent.
    """

    code: str
    subject: Subject
    level: Level
    for_s: float
    clear_s: float
    family: str = ""

    @property
    def kind(self) -> str:
        """What its alerts are known by."""
        return self.family or self.code


def _rule(
    code: str, subject: Subject, for_s: float, clear_s: float, *, family: str = "", level: Level | None = None
) -> AlertRule:
    found = level or (BY_CODE[code].level if code in BY_CODE else "alarm")
    return AlertRule(code=code, subject=subject, level=found, for_s=for_s, clear_s=clear_s, family=family)


ALERT_RULES: tuple[AlertRule, ...] = (
    # The watch itself and the collector: what makes all else unknown.
    _rule("store_unreadable", "all", 180, 120),
    _rule("collector_silent", "all", 180, 120),
    _rule("why_collector", "all", 180, 120, family="collector_silent"),
    _rule("heartbeat_lost", "probe", 0, 0),
    _rule("shelter_full", "site", 300, 1800, level="warning"),
    # A device that is not heard: one trouble, whatever the reason is from poll to poll.
    *(
        _rule(code, "device", 120, 180, family="contact", level="alarm")
        for code in ("why_resolve", "why_port_closed", "why_refused", "not_answering", "never_answered", "silent", "never_polled")
    ),
    *(_rule(code, "device", 600, 600, family="contact", level="warning") for code in ("why_auth", "clock_ahead", "not_readable")),
    _rule("covered", "device", 300, 300),
    _rule("no_counts", "device", 3600, 600, level="note"),
    # Power and wires.
    _rule("battery_low", "device", 0, 600),
    _rule("battery_minutes", "device", 60, 300, family="battery"),
    _rule("on_battery", "device", 60, 300, family="battery"),
    _rule("unreachable", "probe", 180, 300),
    _rule("uplink_down", "interface", 120, 300),
    _rule("uplink_full", "interface", 900, 900),
    _rule("ap_port_down", "interface", 180, 300),
    _rule("poe_near_budget", "device", 900, 900),
    # What the network hands out: from low to out is news again.
    _rule("addresses_out", "pool", 60, 600),
    _rule("addresses_low", "pool", 600, 900),
    _rule("sessions_out", "device", 60, 600),
    _rule("sessions_low", "device", 600, 900),
    # Access points.
    _rule("aps_down", "names", 180, 300),
    _rule("aps_unknown", "names", 900, 300),
    _rule("aps_fewer", "site", 180, 300),
    _rule("aps_none", "site", 180, 300),
    _rule("radios_down", "names", 900, 900),
    _rule("aps_not_seen", "names", 3600, 600, level="note"),
    # Crowds come and go: what lasts for minutes is worth a message.
    _rule("aps_over", "site", 300, 900),
    _rule("aps_full", "site", 600, 900),
    _rule("channels_busy", "site", 900, 900),
    _rule("aps_busy", "site", 1800, 1800, level="note"),
    _rule("over_plan", "site", 900, 1800),
    _rule("near_limit", "site", 900, 1800),
    # Names and plans.
    *(_rule(code, "site", 3600, 600, level="note") for code in ("names_differ", "not_all_counted", "name_twice", "no_wifi")),
    *(_rule(code, "site", 3600, 600, level="note") for code in ("counted_once", "design_unreadable")),
)
"""Every reason there is, and what only the watch sees. All times are assumed; `[[alerts.rule]]` changes them for a city."""

RULE_OF: Mapping[str, AlertRule] = {rule.code: rule for rule in ALERT_RULES}

_SAID_OF = {"device": ("device",), "interface": ("device", "interface"), "pool": ("device", "pool"), "probe": ("target",)}
_OF_DEVICES = ("device", "interface", "pool")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that is found now: its rule, the sites that it touches, what it is about, and the reason in full."""

    key: str
    code: str
    level: Level
    sites: tuple[str, ...]
    subject: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What is found at one time. `unknown` are sites and devices of which nothing is known; `blind`: nothing is known of any."""

    found: Mapping[str, Condition]
    unknown: frozenset[str] = frozenset()
    blind: bool = False

    def knows(self, condition: Condition) -> bool:
        """Whether it would have been found, if it still were."""
        if RULE_OF[condition.code].subject == "all":
            return True
        if self.blind:
            return RULE_OF[condition.code].code == "heartbeat_lost"
        places = {condition.subject, *(f"{site}|{condition.subject}" for site in condition.sites)}
        if RULE_OF[condition.code].kind == "contact":
            return True
        if RULE_OF[condition.code].subject in _OF_DEVICES:
            return not {str(condition.reason.values.get("device", "")), condition.subject} & self.unknown
        return not (places | set(condition.sites)) & self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A condition over time. `since` is when it was found first, `fired_at` when it became an alert (None: not yet).

    `absent_since` is since when it has not been found, `told` who was told of it.
    """

    condition: Condition
    since: datetime
    fired_at: datetime | None = None
    absent_since: datetime | None = None
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a recipient is to be told: that an alert was raised, or that it is over."""

    recipient: str
    kind: Literal["raised", "cleared"]
    at: datetime
    since: datetime
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """All alerts after a step, by key, and what is to be told."""

    alerts: Mapping[str, Alert]
    news: tuple[News, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`[alerts]` as the steps need it: the table with a city's changes, who is told, and when there is maintenance."""

    alerts: Alerts
    rules: Mapping[str, AlertRule] = field(default_factory=lambda: dict(RULE_OF))

    @classmethod
    def of(cls, alerts: Alerts) -> Policy:
        """The table with a city's changes."""
        changes = {change.code: change for change in alerts.rules}
        return cls(alerts=alerts, rules={code: _changed(rule, changes.get(code)) for code, rule in RULE_OF.items()})


def unknown_codes(alerts: Alerts) -> tuple[str, ...]:
    """Codes of `[[alerts.rule]]` that no rule has."""
    return tuple(change.code for change in alerts.rules if change.code not in RULE_OF)


def _changed(rule: AlertRule, change: RuleChange | None) -> AlertRule:
    if change is None:
        return rule
    return replace(
        rule,
        for_s=rule.for_s if change.for_s is None else change.for_s,
        clear_s=rule.clear_s if change.clear_s is None else change.clear_s,
        level=change.level or rule.level,
    )


# --- what is found --------------------------------------------------------------------------------------------------


def observed(
    facilities: Sequence[Facility],
    shelters: Iterable[ShelterNow] = (),
    *,
    trouble: str = "",
    silent_watches: Iterable[str] = (),
) -> Observed:
    """Every condition that the states of all facilities show.

    Parameters
    ----------
    trouble : str
        Why the store cannot be read; then nothing is known of any facility.
    silent_watches : iterable of str
        Other machines whose heartbeat is missed.
    """
    found: dict[str, Condition] = {}
    for name in silent_watches:
        _add(found, "heartbeat_lost", "", name, Reason(code="heartbeat_lost", values={"target": name}))
    if trouble:
        _add(found, "store_unreadable", "", "", Reason(code="store_unreadable", values={"text": trouble}))
        return Observed(found=found, blind=True)
    asked = [one for one in facilities if one.state != "unknown" or one.why is not None]
    if asked and all(one.why == "collector" for one in asked):
        said = next((why for one in asked for why in one.reasons if why.code == "why_collector"), None)
        reason = Reason(code="collector_silent") if said is None else said
        _add(found, reason.code, "", "", reason)
        return Observed(found=found, blind=True)
    unknown: set[str] = set()
    for one in facilities:
        silent = {str(why.values.get("device", "")) for why in one.reasons if RULE_OF[why.code].kind == "contact"}
        unknown |= silent
        if one.state == "unknown" or not one.complete:
            unknown.add(one.site)
        unknown |= {f"{one.site}|{ap.name}" for ap in _all_aps(one) if ap.state == "unknown"}
        if one.internet is None:
            unknown |= {f"{one.site}|{name}" for name in _probes(one)}
        for why in one.reasons:
            # Of an access point behind a silent device the device says enough.
            if why.code == "aps_unknown" and silent:
                continue
            _add_all(found, one.site, why)
    for shelter in shelters:
        if shelter.opened and shelter.crowding == "full":
            _add(found, "shelter_full", shelter.site, shelter.site, Reason(code="shelter_full"))
    return Observed(found=found, unknown=frozenset(unknown))


def _all_aps(one: Facility) -> tuple[ApState, ...]:
    return (*one.access_points, *one.unplanned)


def _probes(one: Facility) -> set[str]:
    return {str(why.values.get("target", "")) for why in one.reasons if why.code == "unreachable"}


def _add_all(found: dict[str, Condition], site: str, why: Reason) -> None:
    rule = RULE_OF[why.code]
    if rule.subject == "names":
        for name in why.names:
            _add(found, why.code, site, name, replace(why, names=(name,)))
        return
    subject = " ".join(str(why.values.get(name, "")) for name in _SAID_OF.get(rule.subject, ())) or site
    _add(found, why.code, site, subject, why)


def _add(found: dict[str, Condition], code: str, site: str, subject: str, reason: Reason) -> None:
    rule = RULE_OF[code]
    # A device is one, however many sites it serves; so is what all have in common.
    place = "" if rule.subject in ("all", *_OF_DEVICES) else site
    key = f"{rule.kind}|{place}|{subject}"
    before = found.get(key)
    sites = tuple(dict.fromkeys((*(() if before is None else before.sites), *((site,) if site else ()))))
    if before is not None and LEVELS.index(rule.level) > LEVELS.index(before.level):
        code, reason, rule = before.code, before.reason, RULE_OF[before.code]
    found[key] = Condition(key=key, code=code, level=rule.level, sites=sites, subject=subject, reason=reason)


# --- from conditions to alerts --------------------------------------------------------------------------------------


def step(before: Mapping[str, Alert], seen: Observed, policy: Policy, now: datetime) -> Step:
    """Go on to `now`: what is raised, what ends, and who is told.

    Parameters
    ----------
    before : mapping
        Key -> alert, of the last step.
    seen : Observed
    policy : Policy
    now : datetime
        Aware.
    """
    after: dict[str, Alert] = {}
    news: list[News] = []
    off = {change.code for change in policy.alerts.rules if change.off}
    for key, as_found in seen.found.items():
        if as_found.code in off:
            continue
        rule = policy.rules[as_found.code]
        condition = replace(as_found, level=rule.level)
        alert = before.get(key)
        if in_maintenance(policy.alerts.maintenance, condition.sites, now):
            if alert is not None and alert.fired_at is not None:
                after[key] = alert
            continue
        if alert is None:
            alert = Alert(condition=condition, since=now)
        since = min(alert.since, now)
        alert = replace(alert, condition=_with_sites(condition, alert), since=since, absent_since=None)
        if alert.fired_at is None and now - since >= timedelta(seconds=rule.for_s):
            alert = replace(alert, fired_at=now)
        after[key] = alert
    for key, alert in before.items():
        if key in seen.found and alert.condition.code not in off:
            continue
        left = _left(alert, seen, policy, now)
        if left is not None:
            after[key] = left
        elif alert.fired_at is not None:
            news += [
                News(recipient=name, kind="cleared", at=now, since=alert.since, condition=alert.condition)
                for name in sorted(alert.told)
            ]
    for key, alert in after.items():
        who = _to_tell(alert, policy, now)
        if who:
            after[key] = replace(alert, told=alert.told | who)
            news += [
                News(recipient=name, kind="raised", at=now, since=alert.since, condition=alert.condition) for name in sorted(who)
            ]
    return Step(alerts=after, news=tuple(news))


def _with_sites(condition: Condition, alert: Alert) -> Condition:
    """A device keeps the sites that it touched: one of them may have another device that is heard again sooner."""
    if alert.fired_at is None:
        return condition
    return replace(condition, sites=tuple(dict.fromkeys((*alert.condition.sites, *condition.sites))))


def _left(alert: Alert, seen: Observed, policy: Policy, now: datetime) -> Alert | None:
    """The alert where its condition is not found; None once it is over."""
    is_held = in_maintenance(policy.alerts.maintenance, alert.condition.sites, now)
    if alert.fired_at is None:
        return alert if not is_held and not seen.knows(alert.condition) else None
    if is_held or not seen.knows(alert.condition):
        return alert
    absent_since = now if alert.absent_since is None else min(alert.absent_since, now)
    rule = policy.rules[alert.condition.code]
    if now - absent_since >= timedelta(seconds=rule.clear_s):
        return None
    return replace(alert, absent_since=absent_since)


def _to_tell(alert: Alert, policy: Policy, now: datetime) -> frozenset[str]:
    """Who is to be told now of an alert that goes on, and was not."""
    if alert.fired_at is None:
        return frozenset()
    return frozenset(
        one.name
        for one in policy.alerts.recipients
        if one.name not in alert.told
        and alert.condition.level in one.levels
        and concerns(one.sites, alert.condition.sites)
        and (not one.after_s or (not alert.acknowledged_by and now - alert.fired_at >= timedelta(seconds=one.after_s)))
    )


def concerns(globs: Iterable[str], sites: Sequence[str]) -> bool:
    """Whether any of the sites fits any of the globs; what has no site concerns all."""
    return not sites or any(fnmatchcase(site, glob) for glob in globs for site in sites)


def in_maintenance(windows: Iterable[Maintenance], sites: Sequence[str], now: datetime) -> bool:
    """Whether all of the sites are worked at now; what has no site never is."""
    open_now = [window for window in windows if window.since <= now < window.until]
    return bool(sites) and all(any(concerns(window.sites, (site,)) for window in open_now) for site in sites)


def acknowledged(alerts: Mapping[str, Alert], keys: Iterable[str], who: str, now: datetime) -> dict[str, Alert]:
    """All alerts, those of the keys marked as seen by somebody: they are not escalated."""
    chosen = set(keys)
    return {
        key: replace(alert, acknowledged_by=who, acknowledged_at=now)
        if key in chosen and alert.fired_at is not None and not alert.acknowledged_by
        else alert
        for key, alert in alerts.items()
    }


# --- when a recipient gets a message --------------------------------------------------------------------------------

GATHER_S = 60.0
"""So long news is gathered before it is sent: a line that breaks takes a minute to be seen everywhere. Assumed."""
GATHER_OVER_S = 600.0
"""The same where all of it is good: it can wait until it is well everywhere. Assumed."""
_WAITS_S = (0.0, 60.0, 600.0)
"""Before the first, second and third message within an hour. Assumed."""
_STORM, _SPREADS = 10, 3
"""So much news within the hour is a storm; so much of one kind is one that begins, where all that waits is more of what was told:
sites that fall silent one after the other. What is of another kind does not wait for it. Assumed."""
_STORM_WAITS_S = (0.0, 600.0, 1800.0)
"""The waits in a storm: it and its end are told in three messages. Assumed."""
_WITHIN_S = 3600.0


def is_due(news: Sequence[News], sent: Sequence[tuple[datetime, Sequence[str]]], now: datetime) -> bool:
    """Whether a recipient's news goes out now.

    Parameters
    ----------
    news : sequence of News
        What waits for this recipient.
    sent : sequence of tuple
        When messages to this recipient were made, and of which kind each news in them was; the oldest first.
    """
    if not news:
        return False
    oldest = min(one.at for one in news)
    gather_s = GATHER_OVER_S if all(one.kind == "cleared" for one in news) else GATHER_S
    if timedelta(0) <= now - oldest < timedelta(seconds=gather_s):
        return False
    lately = [(at, kinds) for at, kinds in sent if timedelta(0) <= now - at < timedelta(seconds=_WITHIN_S)]
    if not lately:
        return True
    told = [kind for _, kinds in lately for kind in kinds]
    waiting = [RULE_OF[one.condition.code].kind for one in news]
    spreads = set(waiting) <= set(told) and sum(kind in waiting for kind in (*told, *waiting)) >= _SPREADS
    waits_s = _STORM_WAITS_S if spreads or len(told) + len(waiting) >= _STORM else _WAITS_S
    return now - lately[-1][0] >= timedelta(seconds=waits_s[min(len(lately), len(waits_s) - 1)])
