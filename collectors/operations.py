"""What targets.toml says of operations: who is told of what and when, and what the city's shelters are judged by.

Nothing here sends or judges: the collector reads the file, and `dashboards` acts on these two sections.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from collectors.addresses import is_loopback, split_listen

if TYPE_CHECKING:
    from collections.abc import Sequence

Level = Literal["alarm", "warning", "note"]
"""Alarm: people lose their network, or soon will. Warning: somebody should look. Note: names or plans are to be tidied."""

DEFAULT_CROWDED_SHARES = (0.3, 0.6, 0.8)
"""Shares of capacity up to which a shelter has room, is filling, and is crowded: Kaminokawa town's, as VACAN shows them."""


JAPAN = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A part of every day, by the clock of a place; it may go over midnight."""

    begin: time
    end: time

    def covers(self, at: time) -> bool:
        """Whether a time of day is in it."""
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who is told. The address is a secret: the environment variable `url_env` holds it, in Apprise's form.

    Messages are about `sites` (globs) and `levels`. With `after_s` only what nobody has acknowledged within that time comes
    (escalation). In `quiet` hours only alarms come; the rest waits until they end.
    """

    name: str
    url_env: str
    sites: tuple[str, ...] = ("*",)
    levels: frozenset[Level] = frozenset({"alarm", "warning"})
    after_s: float = 0.0
    quiet: Hours | None = None
    lang: Literal["ja", "en"] = "ja"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """What a city wants otherwise of one alert rule; None leaves the table's."""

    code: str
    for_s: float | None = None
    clear_s: float | None = None
    level: Level | None = None
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """Work that is announced: from `since` until `until` nothing is raised at these sites (globs)."""

    name: str
    sites: tuple[str, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Who is told of what. `listen` is where site metrics are shown and heartbeats of `expects` are heard."""

    recipients: tuple[Recipient, ...] = ()
    rules: tuple[RuleChange, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    time_zone: ZoneInfo = JAPAN
    heartbeat_env: str | None = None
    listen: tuple[str, int] | None = None
    expects: tuple[str, ...] = ()
    public: Path | None = None
    app_url: str = ""
    faults: tuple[str, ...] = ()
    """What is wrong with it and was left out: the rest holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelters:
    """What shelters are judged by. `clients_per_person` None: what the table of scenarios assumes, until heads are counted."""

    opened_file: Path | None = None
    crowded_shares: tuple[float, ...] = DEFAULT_CROWDED_SHARES
    clients_per_person: float | None = None


NO_SHELTERS = Shelters()
"""Where the file has no `[shelters]`."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Name = Annotated[str, Field(min_length=1)]
_Wait = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Levels = Annotated[tuple[Level, ...], Field(min_length=1)]


def _hours(text: str) -> Hours:
    try:
        begin, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise ValueError(f"{text}: write HH:MM-HH:MM, as 22:00-06:00") from None
    if begin == end or begin.tzinfo or end.tzinfo:
        raise ValueError(f"{text}: it begins when it ends; write HH:MM-HH:MM, as 22:00-06:00")
    return Hours(begin=begin, end=end)


class _Recipient(_Section):
    name: _Name
    url_env: _Name
    sites: tuple[_Name, ...] = ("*",)
    levels: _Levels = ("alarm", "warning")
    after_s: _Wait = 0.0
    quiet: _Name | None = None
    lang: Literal["ja", "en"] = "ja"

    @field_validator("url_env")
    @classmethod
    def _no_address(cls, name: str) -> str:
        if not name.replace("_", "").isalnum() or not name.isascii():
            raise ValueError("an address is a secret: name the environment variable that holds it, as WIFIPLAN_ALERT_MAIL")
        return name

    @field_validator("quiet")
    @classmethod
    def _is_hours(cls, text: str | None) -> str | None:
        if text is not None:
            _hours(text)
        return text


class _RuleChange(_Section):
    code: _Name
    for_s: _Wait | None = None
    clear_s: _Wait | None = None
    level: Level | None = None
    off: bool = False


class _Maintenance(_Section):
    name: _Name
    sites: Annotated[tuple[_Name, ...], Field(min_length=1)] = ("*",)
    since: datetime
    until: datetime


class AlertsSection(_Section):
    """`[alerts]` as it is written."""

    recipient: tuple[_Recipient, ...] = ()
    rule: tuple[_RuleChange, ...] = ()
    maintenance: tuple[_Maintenance, ...] = ()
    time_zone: _Name = "Asia/Tokyo"
    heartbeat_env: _Name | None = None
    listen: _Name | None = None
    expects: tuple[_Name, ...] = ()
    public: _Name | None = None
    app_url: str = ""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            raise ValueError(f"{name}: no such time zone; write one as Asia/Tokyo") from None
        return name

    @field_validator("listen")
    @classmethod
    def _loopback(cls, listen: str | None) -> str | None:
        if listen is not None and not is_loopback(split_listen(listen)[0]):
            raise ValueError(f"{listen}: metrics are shown to this machine only; write 127.0.0.1:PORT")
        return listen

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for what, names in (("recipient", [one.name for one in self.recipient]), ("rule", [one.code for one in self.rule])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} {twice[0]} is there twice; names must differ")
        return self


class SheltersSection(_Section):
    """`[shelters]` as it is written."""

    opened_file: _Name | None = None
    crowded_shares: Annotated[tuple[float, ...], Field(min_length=2, max_length=3)] = DEFAULT_CROWDED_SHARES
    clients_per_person: Annotated[float, Field(gt=0, le=20)] | None = None

    @field_validator("crowded_shares")
    @classmethod
    def _rising(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        if list(shares) != sorted(set(shares)) or not 0 < shares[0] <= shares[-1] <= 2:
            raise ValueError("shares of capacity rise, as [0.3, 0.6, 0.8]")
        return shares


def alerts_of(row: AlertsSection | None, folder: Path) -> Alerts | None:
    """What `[alerts]` says; times without a zone are of its own time zone. A window that ends before it begins is a fault."""
    if row is None:
        return None
    zone = ZoneInfo(row.time_zone)
    windows = _windows(row.maintenance, zone)
    return Alerts(
        recipients=tuple(
            Recipient(
                name=one.name,
                url_env=one.url_env,
                sites=one.sites,
                levels=frozenset(one.levels),
                after_s=one.after_s,
                quiet=None if one.quiet is None else _hours(one.quiet),
                lang=one.lang,
            )
            for one in row.recipient
        ),
        rules=tuple(
            RuleChange(code=one.code, for_s=one.for_s, clear_s=one.clear_s, level=one.level, off=one.off) for one in row.rule
        ),
        maintenance=tuple(one for one in windows if one.since < one.until),
        time_zone=zone,
        heartbeat_env=row.heartbeat_env,
        listen=None if row.listen is None else split_listen(row.listen),
        expects=row.expects,
        public=None if row.public is None else folder / row.public,
        app_url=row.app_url,
        faults=tuple(
            f"alerts.maintenance[{number}] ({one.name}): it ends ({one.until}) before it begins ({one.since}), and is left out;"
            " put until after since"
            for number, one in enumerate(windows)
            if one.since >= one.until
        ),
    )


def _windows(rows: Sequence[_Maintenance], zone: ZoneInfo) -> tuple[Maintenance, ...]:
    def placed(at: datetime) -> datetime:
        return at if at.tzinfo is not None else at.replace(tzinfo=zone)

    return tuple(Maintenance(name=one.name, sites=one.sites, since=placed(one.since), until=placed(one.until)) for one in rows)


def shelters_of(row: SheltersSection | None, folder: Path) -> Shelters:
    """What `[shelters]` says, or the defaults."""
    if row is None:
        return NO_SHELTERS
    return Shelters(
        opened_file=None if row.opened_file is None else folder / row.opened_file,
        crowded_shares=row.crowded_shares,
        clients_per_person=row.clients_per_person,
    )
