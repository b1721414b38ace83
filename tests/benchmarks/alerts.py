"""Alerts over thousands of simulated hours, and a storm of 800 sites.

    python tests/benchmarks/alerts.py [--hours 10000] [--seed 1] [--json]

`world`: six troubles come, go and flap, at times nothing is known of one or of all; the watch is restarted at any point of a
turn, the line to the recipients goes down for minutes to days, servers refuse. What was delivered is held against what a second,
simpler reckoning over the whole history says should have been: every raise and every end exactly once, none missing, none twice.
A delivery whose mark a crash prevented comes again and says so; those are counted by themselves.

`storm`: 800 sites fall silent within ten minutes, and come back within ten minutes some hours later.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from collectors.operations import Alerts, Recipient
from dashboards.alerts import RULE_OF, Condition, Observed, Policy, is_due, observed, step
from dashboards.outbox import Outbox
from dashboards.states import Facility, Reason

START = datetime(2026, 1, 1, tzinfo=UTC)
TROUBLES = (
    ("aps_down", "AP-1"),
    ("aps_down", "AP-2"),
    ("silent", "wlc"),
    ("battery_low", "ups"),
    ("unreachable", "internet"),
    ("aps_full", "A"),
)
RECIPIENTS = ("staff", "office")
PRESENT, ABSENT, UNKNOWN = "p", "a", "u"
Told = tuple[str, str, str, float]
"""Recipient, key, what is told, and when."""


def condition(code: str, subject: str) -> Condition:
    """A trouble of site A as the watch finds it."""
    rule = RULE_OF[code]
    place = "" if rule.subject == "device" else "A"
    key = f"{rule.kind}|{place}|{subject}"
    return Condition(key=key, code=code, level=rule.level, sites=("A",), subject=subject, reason=Reason(code=code))


CONDITIONS = tuple(condition(*trouble) for trouble in TROUBLES)


def expected(history: Sequence[str], for_s: float, clear_s: float, step_s: float) -> list[tuple[str, float]]:
    """What should be told of one trouble: (raised or cleared, seconds), reckoned from its whole history alone."""
    found: list[tuple[str, float]] = []
    known = [(index * step_s, state) for index, state in enumerate(history) if state != UNKNOWN]
    wanted, run_since = PRESENT, None
    for at_s, state in known:
        if state != wanted:
            run_since = None
            continue
        run_since = at_s if run_since is None else run_since
        if at_s - run_since >= (for_s if wanted == PRESENT else clear_s):
            found.append(("raised" if wanted == PRESENT else "cleared", at_s))
            wanted = ABSENT if wanted == PRESENT else PRESENT
            run_since = None
    return found


@dataclass(slots=True)
class Line:
    """The way to the recipients: it may be down, and a server may refuse one attempt in some."""

    rng: np.random.Generator
    refused_share: float = 0.05
    down: set[str] = field(default_factory=set)
    delivered: set[Told] = field(default_factory=set)
    twice: int = 0
    twice_said_so: int = 0
    messages: Counter[str] = field(default_factory=Counter)

    def take(self, recipient: str, body: str, *, is_repeat: bool) -> bool:
        """Whether it was taken."""
        if recipient in self.down or self.rng.random() < self.refused_share:
            return False
        self.messages[recipient] += 1
        for key, kind, at in json.loads(body):
            told = (recipient, key, kind, at)
            if told in self.delivered:
                self.twice_said_so += is_repeat
                self.twice += not is_repeat
            self.delivered.add(told)
        return True


class Watch:
    """The steps of `dashboards.duty`, with a crash wherever one is asked for."""

    def __init__(self, path: Path, policy: Policy, line: Line) -> None:
        self._path, self._policy, self._line = path, policy, line
        self.outbox = Outbox(path)

    def restart(self) -> None:
        """As after a kill: whatever was only in memory is gone."""
        self.outbox.close()
        self.outbox = Outbox(self._path)

    def turn(self, seen: Observed, now: datetime, *, crash_after: str = "") -> None:
        """One turn, which ends after the part that is named."""
        before = self.outbox.alerts()
        done = step(before, seen, self._policy, now)
        if crash_after == "step":
            return
        self.outbox.keep(before, done.alerts, done.news)
        if crash_after == "keep":
            return
        waiting = self.outbox.waiting()
        for name in RECIPIENTS:
            rows = waiting.get(name, [])
            news = [one for _, one in rows]
            if (
                rows
                and not self.outbox.has_unsent(name)
                and is_due(news, self.outbox.made_since(name, now - timedelta(hours=1)), now)
            ):
                body = json.dumps([[one.condition.key, one.kind, (one.at - START).total_seconds()] for one in news])
                self.outbox.make(name, rows, "title", body, now)
        if crash_after == "make":
            return
        for message in self.outbox.to_send(now):
            taken = self._line.take(message.recipient, message.body, is_repeat=message.is_repeat)
            if crash_after == "send":
                return
            if taken:
                self.outbox.sent(message.number, now)
            else:
                self.outbox.failed(message.number, "refused", now)


def states(rng: np.random.Generator, minutes: int) -> list[list[str]]:
    """A history of each trouble: calm for days, there for hours, flapping by the minute; at times nobody knows."""
    histories = []
    blind = np.zeros(minutes, bool)
    for _ in range(max(1, minutes // 8000)):
        at = int(rng.integers(minutes))
        blind[at : at + int(rng.integers(1, 90))] = True
    for _ in CONDITIONS:
        history: list[str] = []
        while len(history) < minutes:
            kind = rng.choice(["calm", "there", "flapping", "unknown", "short"], p=[0.35, 0.2, 0.2, 0.1, 0.15])
            length = int(rng.integers(1, {"calm": 900, "there": 240, "flapping": 60, "unknown": 40, "short": 6}[kind]))
            if kind == "flapping":
                history += [str(one) for one in rng.choice([PRESENT, ABSENT], length)]
            else:
                history += [{"calm": ABSENT, "there": PRESENT, "unknown": UNKNOWN, "short": PRESENT}[kind]] * length
        histories.append([UNKNOWN if is_blind else one for one, is_blind in zip(history, blind, strict=False)])
    return histories


def seen_at(histories: Sequence[Sequence[str]], minute: int) -> Observed:
    """What the watch finds in a minute."""
    now = [history[minute] for history in histories]
    found = {one.key: one for one, state in zip(CONDITIONS, now, strict=True) if state == PRESENT}
    if all(state == UNKNOWN for state in now):
        return Observed(found={}, blind=True)
    unknown = {one.subject for one, state in zip(CONDITIONS, now, strict=True) if state == UNKNOWN}
    return Observed(found=found, unknown=frozenset({*unknown, *(f"A|{name}" for name in unknown)}))


def world(hours: int, seed: int, folder: Path) -> dict[str, object]:
    """Run it, and hold what was delivered against what should have been."""
    rng = np.random.default_rng(seed)
    minutes = hours * 60
    histories = states(rng, minutes)
    for history, one in zip(histories, CONDITIONS, strict=True):
        if one.code in ("silent", "aps_full"):  # that a device is silent is never unknown by itself, nor a site's own state here
            everybody = [all(other[minute] == UNKNOWN for other in histories) for minute in range(minutes)]
            history[:] = [
                ABSENT if state == UNKNOWN and not all_blind else state
                for state, all_blind in zip(history, everybody, strict=True)
            ]
    recipients = tuple(Recipient(name=name, url_env="X", levels=frozenset({"alarm", "warning", "note"})) for name in RECIPIENTS)
    line = Line(rng=np.random.default_rng(seed + 1))
    watch = Watch(folder / "operations.sqlite", Policy.of(Alerts(recipients=recipients)), line)
    restarts, outages, skipped, down_until = 0, 0, [], dict.fromkeys(RECIPIENTS, -1)
    for minute in range(minutes):
        for name in RECIPIENTS:
            if rng.random() < 0.0005:
                down_until[name], outages = minute + int(rng.choice([5, 60, 600, 3000])), outages + 1
        line.down = {name for name in RECIPIENTS if minute < down_until[name]}
        crash = str(rng.choice(["step", "keep", "make", "send"])) if rng.random() < 0.01 else ""
        watch.turn(seen_at(histories, minute), START + timedelta(minutes=minute), crash_after=crash)
        if crash:
            restarts += 1
            watch.restart()
            if crash == "step":
                skipped.append(minute)
    line.down = set()
    calm = Observed(found={}, blind=True)
    for minute in range(minutes, minutes + 24 * 60):  # nothing is known any more: only what waits is sent
        watch.turn(calm, START + timedelta(minutes=minute))
    left = set(skipped)
    wanted: set[Told] = set()
    for one, history in zip(CONDITIONS, histories, strict=True):
        rule = RULE_OF[one.code]
        # A turn that a crash ended before it was written down saw nothing.
        as_seen = [UNKNOWN if minute in left else state for minute, state in enumerate(history)]
        for kind, at_s in expected(as_seen, rule.for_s, rule.clear_s, 60.0):
            wanted |= {(name, one.key, kind, at_s) for name in RECIPIENTS}
    return {
        "hours": hours,
        "expected": len(wanted),
        "delivered": len(line.delivered),
        "missing": len(wanted - line.delivered),
        "strange": len(line.delivered - wanted),
        "twice": line.twice,
        "twice_said_so": line.twice_said_so,
        "restarts": restarts,
        "outages": outages,
        "messages": dict(line.messages),
    }


def storm(sites: int, folder: Path, seed: int = 1) -> dict[str, object]:
    """Sites fall silent within ten minutes and come back three hours later: how many messages a recipient gets."""
    rng = np.random.default_rng(seed)
    falls, returns = rng.uniform(0, 600, sites), rng.uniform(3 * 3600, 3 * 3600 + 600, sites)
    recipients = tuple(Recipient(name=name, url_env="X") for name in RECIPIENTS)
    line = Line(rng=np.random.default_rng(seed), refused_share=0.0)
    watch = Watch(folder / "storm.sqlite", Policy.of(Alerts(recipients=recipients)), line)
    first_s = None
    for at_s in range(0, 6 * 3600, 20):
        facilities = [
            Facility(
                site=f"site-{number}",
                state="unknown" if falls[number] <= at_s < returns[number] else "ok",
                why="silent" if falls[number] <= at_s < returns[number] else None,
                reasons=(Reason(code="not_answering", values={"device": f"ap-{number}"}),)
                if falls[number] <= at_s < returns[number]
                else (),
            )
            for number in range(sites)
        ]
        watch.turn(observed(facilities), START + timedelta(seconds=at_s))
        if first_s is None and line.messages:
            first_s = at_s
    return {
        "sites": sites,
        "messages": dict(line.messages),
        "told": len(line.delivered),
        "twice": len(line.delivered) - len({told[:3] for told in line.delivered}),
        "first_message_s": first_s,
    }


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=10_000)
    parser.add_argument("--sites", type=int, default=800)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        found = {"world": world(given.hours, given.seed, Path(name)), "storm": storm(given.sites, Path(name))}
    found["world"]["seconds"] = round(time.monotonic() - began_s, 1)
    if given.json:
        print(json.dumps(found))
        return
    for title, row in found.items():
        print(title, *(f"{name} {value}" for name, value in row.items()), sep="\n  ")


if __name__ == "__main__":
    main()
