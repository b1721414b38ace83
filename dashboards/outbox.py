"""What the watch remembers: alerts, what waits to be told, and messages, in one file that survives a restart.

An alert and the news of it are written in one transaction, news and the message made of it in another, so that a restart in
between neither repeats nor loses anything. Only between a delivery and its mark may a crash fall: then the message is sent again
and says so, since a message that comes twice is better than one that never comes.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from collectors.errors import StoreError
from dashboards.alerts import RULE_OF, Alert, Condition, News
from dashboards.states import Reason

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from collectors.config import Config

_VERSION = 1
_SCHEMA = """
CREATE TABLE alerts(key TEXT PRIMARY KEY, alert TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE news(number INTEGER PRIMARY KEY, recipient TEXT NOT NULL, news TEXT NOT NULL);
CREATE TABLE messages(
    number INTEGER PRIMARY KEY, recipient TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, made REAL NOT NULL,
    about TEXT NOT NULL, news INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, trying INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL, sent REAL, error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX unsent ON messages(recipient) WHERE sent IS NULL;
CREATE INDEX made ON messages(recipient, made);
CREATE TABLE heartbeats(name TEXT PRIMARY KEY, time REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE counted(site TEXT NOT NULL, time REAL NOT NULL, PRIMARY KEY(site, time)) WITHOUT ROWID;
"""
_RETRY_S = (10.0, 30.0, 60.0, 300.0, 900.0)
"""Pauses before a message is tried again; the last one stays (assumed)."""
_TRYING, _DOUBT = 1, 2
"""What `trying` of a message is: it is being sent; a crash fell while it was, so it may have come already, until it is sent."""
_KEEP_DAYS = 400
"""How long messages are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to one recipient. `about` is what it tells ("raised KEY", "cleared KEY"); `sent_at` None: not yet.

    `error` is why the last attempt failed.
    """

    number: int
    recipient: str
    title: str
    body: str
    made_at: datetime
    about: tuple[str, ...]
    attempts: int = 0
    sent_at: datetime | None = None
    error: str = ""
    is_repeat: bool = False

    def to_json(self) -> dict[str, Any]:
        """What `wifiplan notify log --json` prints of it."""
        return {
            "number": self.number,
            "recipient": self.recipient,
            "title": self.title,
            "body": self.body,
            "about": list(self.about),
            "made": self.made_at.isoformat(timespec="seconds"),
            "sent": None if self.sent_at is None else self.sent_at.isoformat(timespec="seconds"),
            "attempts": self.attempts,
            "error": self.error,
        }


def outbox_path(config: Config) -> Path:
    """Where the watch of a configuration remembers."""
    return config.spool / "operations.sqlite"


class Outbox:
    """The file of a watch. Safe to share between threads; others may read it meanwhile, and acknowledge.

    Raises
    ------
    StoreError
        It cannot be opened, or is of another version; with `read_only` also where there is none.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path, self._lock = path, threading.RLock()
        try:
            if not read_only:
                path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            how = f"file:{path.resolve()}?mode={'ro' if read_only else 'rwc'}"
            self._db = sqlite3.connect(how, uri=True, isolation_level=None, check_same_thread=False, timeout=10.0)
            if not read_only:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
            self._set_up(may_make=not read_only)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: cannot be opened ({error}); has `wifiplan watch` been started?") from None

    def _set_up(self, *, may_make: bool) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and may_make:
            with self._transaction():
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version={_VERSION}")
        elif version != _VERSION:
            raise StoreError(f"{self._path}: of version {version}, not {_VERSION}; move it away, or use the newer program")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise StoreError(f"{self._path}: cannot be written ({error}); check the disk") from None
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _rows(self, query: str, *values: object) -> list[Any]:
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise StoreError(f"{self._path}: cannot be read ({error}); check the disk") from None

    # --- alerts and news

    def alerts(self) -> dict[str, Alert]:
        """All alerts, pending ones too. One that a rule no longer has is forgotten."""
        found = {}
        for key, text in self._rows("SELECT key, alert FROM alerts"):
            written = json.loads(text)
            if written["condition"]["code"] in RULE_OF:
                found[key] = _alert(key, written)
        return found

    def keep(self, before: Mapping[str, Alert], after: Mapping[str, Alert], news: Iterable[News]) -> None:
        """Write what a step changed, and the news of it, at once. An acknowledgement that came meanwhile stays."""
        changed = {key: alert for key, alert in after.items() if before.get(key) != alert}
        gone = [key for key in before if key not in after]
        news = list(news)
        if not changed and not gone and not news:
            return
        with self._transaction():
            self._db.executemany("DELETE FROM alerts WHERE key=?", [(key,) for key in gone])
            for key, alert in changed.items():
                row = self._db.execute("SELECT alert FROM alerts WHERE key=?", (key,)).fetchone()
                written = _alert_json(alert)
                there = {} if row is None else json.loads(row[0])
                if there.get("acknowledged_by") and not written["acknowledged_by"] and key in before:
                    written |= {name: there[name] for name in ("acknowledged_by", "acknowledged_at")}
                self._db.execute("INSERT OR REPLACE INTO alerts VALUES (?, ?)", (key, json.dumps(written, ensure_ascii=False)))
            self._db.executemany(
                "INSERT INTO news(recipient, news) VALUES (?, ?)",
                [(one.recipient, json.dumps(_news_json(one), ensure_ascii=False)) for one in news],
            )

    def acknowledge(self, keys: Iterable[str], who: str, now: datetime) -> int:
        """Mark alerts as seen by somebody; how many were not yet."""
        done = 0
        with self._transaction():
            for key in keys:
                row = self._db.execute("SELECT alert FROM alerts WHERE key=?", (key,)).fetchone()
                written = {} if row is None else json.loads(row[0])
                if written.get("fired_at") and not written["acknowledged_by"]:
                    written |= {"acknowledged_by": who, "acknowledged_at": now.timestamp()}
                    self._db.execute("UPDATE alerts SET alert=? WHERE key=?", (json.dumps(written, ensure_ascii=False), key))
                    done += 1
        return done

    def waiting(self) -> dict[str, list[tuple[int, News]]]:
        """Recipient -> news that is in no message yet, with its number, the oldest first."""
        found: dict[str, list[tuple[int, News]]] = {}
        for number, recipient, text in self._rows("SELECT number, recipient, news FROM news ORDER BY number"):
            written = json.loads(text)
            if written["condition"]["code"] in RULE_OF:
                found.setdefault(recipient, []).append((number, _news(recipient, written)))
        return found

    # --- messages

    def made_since(self, recipient: str, since: datetime) -> list[tuple[datetime, list[str]]]:
        """When messages to a recipient were made, and of which kind each news in them was; the oldest first."""
        query = "SELECT made, about FROM messages WHERE recipient=? AND made>=? ORDER BY made"
        rows = self._rows(query, recipient, since.timestamp())
        return [(_time(made), [_kind_of(one) for one in json.loads(about)]) for made, about in rows]

    def has_unsent(self, recipient: str) -> bool:
        """Whether a message to a recipient still waits: then nothing more is put into one, so that it all comes together."""
        return bool(self._rows("SELECT 1 FROM messages WHERE recipient=? AND sent IS NULL LIMIT 1", recipient))

    def make(self, recipient: str, news: Sequence[tuple[int, News]], title: str, body: str, now: datetime) -> None:
        """Make a message of news, which waits no more."""
        about = json.dumps([f"{one.kind} {one.condition.key}" for _, one in news], ensure_ascii=False)
        with self._transaction():
            self._db.executemany("DELETE FROM news WHERE number=?", [(number,) for number, _ in news])
            self._db.execute(
                "INSERT INTO messages(recipient, title, body, made, about, news, next_try) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (recipient, title, body, now.timestamp(), about, len(news), now.timestamp()),
            )

    def to_send(self, now: datetime) -> list[Message]:
        """Messages that are due, the oldest of each recipient; they are marked as being tried."""
        rows = self._rows(
            "SELECT min(number) FROM messages WHERE sent IS NULL GROUP BY recipient"
            # A clock that was put back must not hold a message for longer than the longest pause.
        )
        found = []
        for (number,) in rows:
            message, trying, next_try = self._message(number)
            if next_try <= now.timestamp() or next_try > now.timestamp() + _RETRY_S[-1]:
                with self._transaction():
                    self._db.execute(
                        "UPDATE messages SET trying=?, attempts=attempts+1 WHERE number=?",
                        (_DOUBT if trying else _TRYING, number),
                    )
                found.append(Message(**{**_as_dict(message), "is_repeat": bool(trying), "attempts": message.attempts + 1}))
        return found

    def _message(self, number: int) -> tuple[Message, int, float]:
        row = self._rows(f"SELECT {_COLUMNS}, trying, next_try FROM messages WHERE number=?", number)[0]  # noqa: S608
        return _message(row), row[-2], row[-1]

    def sent(self, number: int, now: datetime) -> None:
        """Enter that a message was delivered."""
        with self._transaction():
            self._db.execute("UPDATE messages SET trying=0, sent=?, error='' WHERE number=?", (now.timestamp(), number))

    def failed(self, number: int, error: str, now: datetime) -> None:
        """Enter that a message was not delivered; it is tried again, after ever longer pauses."""
        with self._transaction():
            attempts = self._db.execute("SELECT attempts FROM messages WHERE number=?", (number,)).fetchone()[0]
            next_try = now + timedelta(seconds=_RETRY_S[min(attempts, len(_RETRY_S)) - 1])
            self._db.execute(
                "UPDATE messages SET trying=CASE trying WHEN ? THEN ? ELSE 0 END, error=?, next_try=? WHERE number=?",
                (_DOUBT, _DOUBT, error[:500], next_try.timestamp(), number),
            )

    def messages(self, *, limit: int = 100) -> list[Message]:
        """The newest messages, the newest first."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM messages ORDER BY number DESC LIMIT ?", limit)  # noqa: S608
        return [_message(row) for row in rows]

    # --- what else is remembered

    def heard(self, name: str, now: datetime) -> None:
        """Enter the sign of life of another watch."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO heartbeats VALUES (?, ?)", (name, now.timestamp()))

    def heartbeats(self) -> dict[str, datetime]:
        """When each other watch was last heard."""
        return {name: _time(at) for name, at in self._rows("SELECT name, time FROM heartbeats")}

    def is_counted(self, site: str, time: datetime) -> bool:
        """Whether a count of heads has met its clients already."""
        return bool(self._rows("SELECT 1 FROM counted WHERE site=? AND time=?", site, time.timestamp()))

    def count(self, site: str, time: datetime) -> None:
        """Enter that it has."""
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO counted VALUES (?, ?)", (site, time.timestamp()))

    def prune(self, now: datetime) -> None:
        """Forget what is kept no longer; never what was not sent."""
        before = (now - timedelta(days=_KEEP_DAYS)).timestamp()
        with self._transaction():
            self._db.execute("DELETE FROM messages WHERE sent IS NOT NULL AND made<?", (before,))
            self._db.execute("DELETE FROM counted WHERE time<?", (before,))

    def close(self) -> None:
        """Give back the file. Idempotent."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _kind_of(about: str) -> str:
    """Of what kind a piece of news was, by what its message keeps of it ("raised KEY")."""
    return about.partition(" ")[2].partition("|")[0]


_COLUMNS = "number, recipient, title, body, made, about, attempts, sent, error"


def _message(row: Sequence[Any]) -> Message:
    number, recipient, title, body, made, about, attempts, sent, error = row[:9]
    return Message(
        number=number,
        recipient=recipient,
        title=title,
        body=body,
        made_at=_time(made),
        about=tuple(json.loads(about)),
        attempts=attempts,
        sent_at=None if sent is None else _time(sent),
        error=error,
    )


def _as_dict(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in Message.__slots__}


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _condition_json(one: Condition) -> dict[str, Any]:
    return {
        "key": one.key,
        "code": one.code,
        "level": one.level,
        "sites": list(one.sites),
        "subject": one.subject,
        "reason": {"code": one.reason.code, "values": dict(one.reason.values), "names": list(one.reason.names)},
    }


def _condition(written: Mapping[str, Any]) -> Condition:
    reason = written["reason"]
    return Condition(
        key=written["key"],
        code=written["code"],
        level=written["level"],
        sites=tuple(written["sites"]),
        subject=written["subject"],
        reason=Reason(code=reason["code"], values=reason["values"], names=tuple(reason["names"])),
    )


def _alert_json(one: Alert) -> dict[str, Any]:
    return {
        "condition": _condition_json(one.condition),
        "since": one.since.timestamp(),
        "fired_at": _seconds(one.fired_at),
        "absent_since": _seconds(one.absent_since),
        "acknowledged_by": one.acknowledged_by,
        "acknowledged_at": _seconds(one.acknowledged_at),
        "told": sorted(one.told),
    }


def _alert(key: str, written: Mapping[str, Any]) -> Alert:
    del key
    times = {
        name: None if written[name] is None else _time(written[name]) for name in ("fired_at", "absent_since", "acknowledged_at")
    }
    return Alert(
        condition=_condition(written["condition"]),
        since=_time(written["since"]),
        acknowledged_by=written["acknowledged_by"],
        told=frozenset(written["told"]),
        **times,
    )


def _news_json(one: News) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "at": one.at.timestamp(),
        "since": one.since.timestamp(),
        "condition": _condition_json(one.condition),
    }


def _news(recipient: str, written: Mapping[str, Any]) -> News:
    return News(
        recipient=recipient,
        kind=written["kind"],
        at=_time(written["at"]),
        since=_time(written["since"]),
        condition=_condition(written["condition"]),
    )
