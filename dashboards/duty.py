"""The process beside the collector: looks at every facility, raises alerts, sends messages, writes the public folder.

One turn is a pure step over what the store says (`dashboards.alerts`), written down at once (`dashboards.outbox`); what is due is
sent afterwards, each recipient by itself. A store that is gone, a server that hangs and a folder that is full are told, and
stop nothing else.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from collectors.errors import CollectError
from collectors.operations import Alerts
from collectors.stores.lock import Lock
from collectors.stores.store import open_store
from dashboards import alerts, data, notify, public, shelters, site_metrics
from dashboards.outbox import Outbox, outbox_path

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from collectors.config import Config
    from collectors.metrics import Sample
    from collectors.operations import Recipient
    from collectors.stores.store import Store
    from dashboards.alerts import Alert, News
    from dashboards.data import Now
    from dashboards.notify import Text

_LOG = logging.getLogger(__name__)

Send = Callable[["Recipient", "Text"], str]
"""Delivers a message; empty when it was taken, else why not."""

TURN_S = 10.0
"""How often it looks. Assumed: an alert needs a minute at least."""
EVERY_S = 60.0
"""How often the public folder is written and the sign of life is given."""
_MISSED_S = 180.0
"""Another watch that is not heard for so long has stopped. Assumed: it is heard every minute."""
_HEARTBEAT_S = 5.0
_PAIR_FROM_S, _PAIR_UNTIL_S = 600.0, 2 * 86400.0
"""A count of heads meets its clients when the minutes after it are known too, and no later than that. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a turn saw and did."""

    time: datetime
    seen: Now
    alerts: Mapping[str, Alert]
    trouble: str = ""
    news: int = 0

    @property
    def firing(self) -> int:
        """How many alerts go on."""
        return sum(alert.fired_at is not None for alert in self.alerts.values())


class Duty:
    """Watches the facilities of a configuration, turn by turn.

    Parameters
    ----------
    config : Config
    clock : callable
        Gives the time, aware.
    send : callable
        Delivers a message: `notify.delivered`, or a test's own.
    read : callable
        Gives the newest samples.

    Raises
    ------
    CollectError
        Another watch is at work on the same file, or it cannot be opened.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        send: Send = notify.delivered,
        read: Callable[[Config], Sequence[Sample]] = data.newest,
    ) -> None:
        self._config, self._clock, self._send, self._read = config, clock, send, read
        path = outbox_path(config)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._lock = Lock(path.with_name(f"{path.name}.lock"), what=str(path), way_out="stop the other `wifiplan watch`")
        try:
            self.outbox = Outbox(path)
        except BaseException:
            self._lock.close()
            raise
        self._policy = alerts.Policy.of(config.alerts or Alerts())
        self._began = clock()
        self._said: dict[str, str] = {}
        self._last: Turn | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The clock by which people here live."""
        return self._config.time_zone

    def follow(self, config: Config) -> None:
        """Go on with another configuration of the same store and folder."""
        self._config, self._policy = config, alerts.Policy.of(config.alerts or Alerts())

    def turn(self) -> Turn:
        """Look once: raise and clear, and make messages of what is due. Nothing is sent yet."""
        now, samples, trouble = self._clock(), [], ""
        try:
            samples = list(self._read(self._config))
        except CollectError as error:
            trouble = str(error)
        self._say("store", trouble)
        seen = data.seen(self._config, samples, now=now)
        self._say("shelters", "; ".join(seen.faults))
        before = self.outbox.alerts()
        found = alerts.observed(
            seen.facilities, () if trouble else seen.shelters, trouble=trouble, silent_watches=self._silent_watches(now)
        )
        step = alerts.step(before, found, self._policy, now)
        self.outbox.keep(before, step.alerts, step.news)
        self._make_messages(now)
        self._last = Turn(time=now, seen=seen, alerts=step.alerts, trouble=trouble, news=len(step.news))
        return self._last

    def _silent_watches(self, now: datetime) -> list[str]:
        expected = self._policy.alerts.expects
        heard = self.outbox.heartbeats() if expected else {}
        return [name for name in expected if now - max(heard.get(name, self._began), self._began) > timedelta(seconds=_MISSED_S)]

    def _make_messages(self, now: datetime) -> None:
        waiting = self.outbox.waiting()
        for recipient in self._policy.alerts.recipients:
            chosen = [(number, one) for number, one in waiting.get(recipient.name, ()) if not self._is_quiet(recipient, one, now)]
            # One message at a time: while a line is down its news gathers, and comes in one when it is back.
            if not chosen or self.outbox.has_unsent(recipient.name):
                continue
            news = [one for _, one in chosen]
            if alerts.is_due(news, self.outbox.made_since(recipient.name, now - timedelta(hours=1)), now):
                text = notify.composed(news, recipient, self._config)
                self.outbox.make(recipient.name, chosen, text.title, text.body, now)

    def _is_quiet(self, recipient: Recipient, one: News, now: datetime) -> bool:
        hours = recipient.quiet
        return hours is not None and one.condition.level != "alarm" and hours.covers(now.astimezone(self.zone).time())

    def send_due(self) -> tuple[int, int]:
        """Send what is due, each recipient by itself; how many were taken and how many not."""
        known = {recipient.name: recipient for recipient in self._policy.alerts.recipients}
        due = self.outbox.to_send(self._clock())
        if not due:
            return 0, 0

        def one(index: int) -> bool:
            message = due[index]
            recipient = known.get(message.recipient)
            if recipient is None:
                self.outbox.failed(message.number, "no such recipient in [alerts] any more", self._clock())
                return False
            lang = recipient.lang
            body = f"{message.body}\n\n{notify.repeat_note(lang)}" if message.is_repeat else message.body
            error = self._send(recipient, notify.Text(title=message.title, body=body))
            if error:
                self.outbox.failed(message.number, error, self._clock())
            else:
                self.outbox.sent(message.number, self._clock())
            self._say(f"message to {message.recipient}", error)
            return not error

        with ThreadPoolExecutor(max_workers=min(16, len(due))) as pool:
            taken = list(pool.map(one, range(len(due))))
        return sum(taken), len(taken) - sum(taken)

    def publish(self, folder: Path, turn: Turn) -> None:
        """Write the public folder of a turn; that it cannot be written is told once, and stops nothing."""
        try:
            public.write(folder, public.published(turn.seen.shelters, turn.time, trouble=turn.trouble), self.zone)
        except CollectError as error:
            self._say("public folder", str(error))
        else:
            self._say("public folder", "")

    def learn(self, turn: Turn) -> int:
        """Let new counts of heads meet the clients of their time; how many did."""
        known = shelters.known(self._config, turn.time)
        found = []
        for shelter in known.shelters.values():
            count = shelter.count
            if count is None or not _PAIR_FROM_S <= (turn.time - count.time).total_seconds() <= _PAIR_UNTIL_S:
                continue
            if self.outbox.is_counted(count.site, count.time):
                continue
            try:
                with self._open_store() as store:
                    paired = shelters.paired(count, store)
            except CollectError:
                return 0
            if paired is not None:
                found.append(paired)
            self.outbox.count(count.site, count.time)
        if found:
            shelters.add_counts(self._config, found)
        return len(found)

    def _open_store(self) -> Store:
        return open_store(self._config.store_url, read_only=True)

    def give_sign_of_life(self) -> str:
        """Tell whoever waits for it that this watch is alive; why not, if it could not be told."""
        name = self._policy.alerts.heartbeat_env
        if name is None:
            return ""
        error = _asked(os.environ.get(name, ""), name)
        self._say("sign of life", error)
        return error

    def heard(self, name: str) -> bool:
        """Take the sign of life of another watch; whether it is one that is awaited."""
        if name not in self._policy.alerts.expects:
            return False
        self.outbox.heard(name, self._clock())
        return True

    def metrics(self) -> str:
        """Every facility of the last turn for Prometheus."""
        turn = self._last
        if turn is None:
            return "\n"
        own = {"last_turn_seconds": turn.time.timestamp(), "alerts": turn.firing, "store_readable": float(not turn.trouble)}
        return site_metrics.exposition(turn.seen.facilities, turn.seen.shelters, turn.alerts, own)

    def _say(self, what: str, trouble: str) -> None:
        """A trouble is said when it begins and when it ends, not at every turn."""
        before = self._said.get(what, "")
        if trouble and trouble != before:
            _LOG.error("%s: %s", what, trouble)
        elif before and not trouble:
            _LOG.warning("%s: well again", what)
        self._said[what] = trouble

    def close(self) -> None:
        """Give back the file. Idempotent."""
        self.outbox.close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _asked(url: str, name: str) -> str:
    """Ask for an address, whose answer says that the sign was taken; its words never hold the address."""
    import requests

    if not url.startswith(("http://", "https://")):
        return f"the environment variable {name} holds no http:// or https:// address; put it there before the start"
    try:
        answer = requests.get(url, timeout=_HEARTBEAT_S, allow_redirects=False)
    except requests.RequestException as error:
        return f"{name}: {type(error).__name__}"
    return "" if answer.ok else f"{name}: answered {answer.status_code}"
