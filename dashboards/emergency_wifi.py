"""The disaster network 00000JAPAN: where it is on the air, where it is not, and where nobody can see it. Never guessed.

An access point is *ready* where its own device lists the network at it and it serves; *not* ready where it is down, or where the
device lists all of its networks and this one is not among them; and it *cannot be seen* otherwise: the device gives no networks,
or only those that have clients, or only says that the network is defined somewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from collectors.files import read_json, write_whole
from dashboards import locale
from dashboards.facts import STALE_INTERVALS
from dashboards.paper import Paper, Sheet

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.config import Config
    from collectors.metrics import Sample
    from collectors.stores.store import Store
    from dashboards.states import ApState, Facility
    from wifiplan.report.catalogue import Lang

SSID = "00000JAPAN"

Readiness = Literal["ready", "not", "cannot_be_seen"]
Why = Literal["on_air", "ap_down", "not_defined", "ap_unknown", "only_defined", "no_networks"]

_LOOK_BACK = timedelta(days=30)
_GAP = timedelta(minutes=15)
"""A longer time without news ends what is known to be continuous. Assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApReady:
    """One access point: whether the network is defined (None: nobody says), whether it is on the air, since when, and why."""

    site: str
    ap: str
    state: Readiness
    why: Why
    defined: bool | None
    since: datetime | None = None
    ready_after_s: float | None = None

    def to_json(self) -> dict[str, Any]:
        """What `wifiplan emergency show --json` prints of it."""
        return {
            "site": self.site,
            "ap": self.ap,
            "state": self.state,
            "why": self.why,
            "defined": self.defined,
            "since": None if self.since is None else self.since.isoformat(timespec="seconds"),
            "ready_after_s": None if self.ready_after_s is None else round(self.ready_after_s, 1),
        }


def readiness(
    config: Config, facilities: Iterable[Facility], samples: Iterable[Sample], now: datetime, *, ssid: str = SSID
) -> tuple[ApReady, ...]:
    """Every access point of every facility, by the newest samples; the parameters are those of `dashboards.watch.status`."""
    limit_s = {target.name: STALE_INTERVALS * target.interval_s for target in config.targets}
    rows: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        device = sample.tags.get("device", "")
        is_fresh = abs((now - sample.time).total_seconds()) <= limit_s.get(device, 0.0)
        if sample.measurement == "wifi_ssid" and is_fresh:
            rows[device].append(sample)
    found = [
        _ready(one.site, ap, rows.get(ap.device, []), ssid) for one in facilities for ap in (*one.access_points, *one.unplanned)
    ]
    return tuple(sorted(found, key=lambda one: (one.site, one.ap)))


def _ready(site: str, ap: ApState, rows: Sequence[Sample], ssid: str) -> ApReady:
    def told(state: Readiness, why: Why, *, defined: bool | None) -> ApReady:
        return ApReady(site=site, ap=ap.name, state=state, why=why, defined=defined)

    wanted = [row for row in rows if row.tags.get("ssid") == ssid]
    named = [row for row in rows if "ap_key" in row.tags or "ap" in row.tags]
    # A list that shows a network without clients is one of networks; others may be of clients, where nobody is in nothing stands.
    lists_all = any(row.fields.get("clients") == 0 for row in rows)
    defined = True if wanted else False if lists_all else None
    if ap.state == "down":
        return told("not", "ap_down", defined=defined)
    if ap.state == "unknown":
        return told("cannot_be_seen", "ap_unknown", defined=defined)
    # A device that is itself the access point need not say which one it speaks of.
    speaks_of_itself = not named and ap.device == ap.name
    here = wanted if speaks_of_itself else [row for row in wanted if _is_of(row, ap)]
    if here:
        return told("ready", "on_air", defined=True)
    if not rows:
        return told("cannot_be_seen", "no_networks", defined=None)
    if defined is False:
        return told("not", "not_defined", defined=False)
    if defined and named and any(row.fields.get("clients") == 0 for row in rows if _is_of(row, ap)):
        return told("not", "not_defined", defined=True)
    return told("cannot_be_seen", "only_defined" if defined else "no_networks", defined=defined)


def _is_of(row: Sample, ap: ApState) -> bool:
    key = row.tags.get("ap_key")
    return key == ap.key if key is not None and ap.key is not None else row.tags.get("ap") == ap.name


def with_since(
    found: Iterable[ApReady], store: Store, facilities: Iterable[Facility], now: datetime, *, ssid: str = SSID
) -> tuple[ApReady, ...]:
    """The same with since when each is on the air: the first of its samples without a gap until now."""
    aps = {(one.site, ap.name): ap for one in facilities for ap in (*one.access_points, *one.unplanned)}
    ready = [one for one in found if one.state == "ready"]
    times: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    if ready:
        by_device: dict[str, list[ApReady]] = defaultdict(list)
        for one in ready:
            by_device[aps[one.site, one.ap].device].append(one)
        for sample in store.read("wifi_ssid", since=now - _LOOK_BACK):
            if sample.tags.get("ssid") != ssid:
                continue
            for one in by_device.get(sample.tags.get("device", ""), ()):
                ap = aps[one.site, one.ap]
                if _is_of(sample, ap) or (ap.device == ap.name and "ap" not in sample.tags):
                    times[one.site, one.ap].append(sample.time)
    return tuple(replace(one, since=_begin(times.get((one.site, one.ap), []))) for one in found)


def _begin(times: Sequence[datetime]) -> datetime | None:
    begin = None
    for at in sorted(times, reverse=True):
        if begin is not None and begin - at > _GAP:
            break
        begin = at
    return begin


# --- a timed drill --------------------------------------------------------------------------------------------------


def drill_path(config: Config) -> Path:
    """Where the drill that goes on stands."""
    return config.spool / "drill.json"


def start_drill(config: Config, who: str, now: datetime) -> None:
    """Begin to take the time: everybody is told to switch the network on."""
    import json

    config.spool.mkdir(mode=0o750, parents=True, exist_ok=True)
    write_whole(drill_path(config), json.dumps({"started": now.isoformat(), "who": who}, ensure_ascii=False))


def drill_started(config: Config) -> datetime | None:
    """When the drill that goes on began; None: there is none."""
    path = drill_path(config)
    if not path.is_file():
        return None
    try:
        return datetime.fromisoformat(read_json(path, "remove it to end the drill")["started"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return None


def stop_drill(config: Config) -> None:
    """End it."""
    drill_path(config).unlink(missing_ok=True)


def timed(found: Iterable[ApReady], started: datetime | None) -> tuple[ApReady, ...]:
    """The same with how long after the drill's begin each was on the air; 0 where it was before."""
    if started is None:
        return tuple(found)
    return tuple(
        replace(one, ready_after_s=None if one.since is None else max(0.0, (one.since - started).total_seconds()))
        for one in found
    )


def counted(found: Iterable[ApReady]) -> dict[Readiness, int]:
    """How many access points are in each state."""
    counts: dict[Readiness, int] = {"ready": 0, "not": 0, "cannot_be_seen": 0}
    for one in found:
        counts[one.state] += 1
    return counts


def as_paper(
    found: Sequence[ApReady], *, ssid: str, started: datetime | None, zone: ZoneInfo, lang: Lang, now: datetime
) -> Paper:
    """The readiness list, or the report of a drill, to hand over."""

    def said(key: str, **values: object) -> str:
        return locale.words(f"emergency.{key}", lang, **values)

    counts: Mapping[Readiness, int] = counted(found)
    latest = max((one.ready_after_s for one in found if one.ready_after_s is not None), default=None)
    answer = [said("answer", ssid=ssid, ready=counts["ready"], missing=counts["not"], unseen=counts["cannot_be_seen"])]
    if started is not None:
        answer.append(said("drill", time=f"{started.astimezone(zone):%Y-%m-%d %H:%M}"))
    if latest is not None:
        answer.append(said("latest", minutes=round(latest / 60.0)))
    rows = tuple(
        (
            one.site,
            one.ap,
            said(one.state),
            said(one.why),
            "-" if one.since is None else f"{one.since.astimezone(zone):%m-%d %H:%M}",
            None if one.ready_after_s is None else round(one.ready_after_s / 60.0),
        )
        # Where it is missing somebody has to go; what cannot be seen is asked for; what is ready needs nothing.
        for one in sorted(found, key=lambda one: (("not", "cannot_be_seen", "ready").index(one.state), one.site, one.ap))
    )
    heads = tuple(said(name) for name in ("site", "ap", "state", "why", "since", "after_minutes"))
    return Paper(
        lang=lang,
        title=said("title", ssid=ssid),
        subject=f"{now.astimezone(zone):%Y-%m-%d %H:%M}",
        day=now.astimezone(zone).date(),
        answer_heading=said("heading"),
        answer=tuple(answer),
        note=said("banner", ssid=ssid),
        facts=(),
        sheets=(Sheet(title=said("list"), heads=heads, rows=rows, numbers=frozenset({5}), weights=(2, 2, 1, 2, 1, 1)),),
    )
