"""The month for the council: availability by stated rules, peaks against the plan, person-hours, how true the plan was.

Rules. A minute of a site counts as *up* where at least one of its access points serves, as *down* where they are known and none
does; it is *unknown* where there is no news of them. Minutes of announced maintenance are *apart*, whatever they were.
Availability is up ÷ (up + down): what nobody saw is never counted as up. Person-hours are clients ÷ clients per person, summed
over the minutes that are known.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from dashboards import locale
from dashboards.alerts import in_maintenance
from dashboards.errors import DashboardError
from dashboards.paper import Paper, Sheet
from dashboards.people import calibrated

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.config import Config
    from collectors.stores.store import Store
    from dashboards.outbox import Message
    from dashboards.people import HeadCount
    from wifiplan.model import Design
    from wifiplan.report.catalogue import Lang


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMonth:
    """One site in a month; minutes are whole ones. What nobody knows is None.

    `plan_error` is the peak against the plan: 0.2 is a fifth more than planned.
    """

    site: str
    up_minutes: int
    down_minutes: int
    maintenance_minutes: int
    unknown_minutes: int
    peak_clients: int | None
    peak_at: datetime | None
    planned: float | None
    client_hours: float
    person_hours: float

    @property
    def availability_share(self) -> float | None:
        """Up ÷ (up + down); None where nothing was seen."""
        seen = self.up_minutes + self.down_minutes
        return self.up_minutes / seen if seen else None

    @property
    def plan_error(self) -> float | None:
        """The peak against the plan."""
        return None if self.peak_clients is None or not self.planned else self.peak_clients / self.planned - 1.0

    def to_json(self) -> dict[str, Any]:
        """What `wifiplan review --json` prints of it."""
        share, error = self.availability_share, self.plan_error
        return {
            "site": self.site,
            "up_minutes": self.up_minutes,
            "down_minutes": self.down_minutes,
            "maintenance_minutes": self.maintenance_minutes,
            "unknown_minutes": self.unknown_minutes,
            "availability_share": None if share is None else round(share, 5),
            "peak_clients": self.peak_clients,
            "peak_at": None if self.peak_at is None else self.peak_at.isoformat(timespec="seconds"),
            "planned": self.planned,
            "plan_error": None if error is None else round(error, 3),
            "client_hours": round(self.client_hours, 1),
            "person_hours": round(self.person_hours, 1),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A month of all sites. `alerts` is how many alerts of each kind were raised and told; `median_error` of |plan_error|."""

    month: str
    since: datetime
    until: datetime
    sites: tuple[SiteMonth, ...]
    alerts: Mapping[str, int]

    @property
    def median_error(self) -> float | None:
        """How far the plan is off at the site in the middle."""
        errors = [abs(site.plan_error) for site in self.sites if site.plan_error is not None]
        return float(np.median(errors)) if errors else None

    def totals(self) -> dict[str, Any]:
        """Sums over all sites."""
        up, down = sum(site.up_minutes for site in self.sites), sum(site.down_minutes for site in self.sites)
        return {
            "up_minutes": up,
            "down_minutes": down,
            "maintenance_minutes": sum(site.maintenance_minutes for site in self.sites),
            "unknown_minutes": sum(site.unknown_minutes for site in self.sites),
            "availability_share": round(up / (up + down), 5) if up + down else None,
            "client_hours": round(sum(site.client_hours for site in self.sites), 1),
            "person_hours": round(sum(site.person_hours for site in self.sites), 1),
        }

    def to_json(self) -> dict[str, Any]:
        """What `wifiplan review --json` prints."""
        return {
            "month": self.month,
            "from": self.since.isoformat(timespec="seconds"),
            "to": self.until.isoformat(timespec="seconds"),
            "sites": [site.to_json() for site in self.sites],
            "totals": self.totals(),
            "median_plan_error": None if self.median_error is None else round(self.median_error, 3),
            "alerts": dict(sorted(self.alerts.items())),
        }


def span_of(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Begin and end of a month (YYYY-MM) by the clock of a place.

    Raises
    ------
    DashboardError
        It is none.
    """
    found = re.fullmatch(r"(\d{4})-(\d{2})", month)
    if found is None or not 1 <= int(found[2]) <= 12 or not 2000 <= int(found[1]) <= 2999:
        raise DashboardError(f"--month {month}: not a month; write YYYY-MM, as 2026-11")
    year, number = int(found[1]), int(found[2])
    since = datetime(year, number, 1, tzinfo=zone)
    days = calendar.monthrange(year, number)[1]
    until = (datetime(year, number, days, tzinfo=zone) + timedelta(days=1)).astimezone(UTC)
    return since.astimezone(UTC), until


def reviewed(  # noqa: PLR0917  (each of another origin)
    config: Config,
    month: str,
    store: Store,
    designs: Mapping[Path, Design | str],
    counts: Iterable[HeadCount],
    messages: Iterable[Message],
    now: datetime,
) -> Month:
    """Look back at a month; one that is not over yet is looked at until `now`."""
    zone = config.time_zone
    since, whole = span_of(month, zone)
    until = min(whole, now.replace(second=0, microsecond=0))
    if until <= since:
        raise DashboardError(f"--month {month}: it has not begun yet; give one that has")
    learned = calibrated(counts, now, prior=config.shelters.clients_per_person)
    sites = []
    for site in config.site_names:
        plans = [
            radio.planned_clients
            for path in config.designs_of(site)
            if not isinstance(design := designs.get(path, ""), str)
            for ap in design.access_points
            for radio in ap.radios
        ]
        planned = round(sum(one for one in plans if one is not None), 1) if plans and None not in plans else None
        sites.append(_site(config, site, store, since, until, planned, learned.clients_per_person(site)))
    told = (about for message in messages if since <= message.made_at < until for about in message.about)
    raised = {about for about in told if about.startswith("raised ")}
    kinds = Counter(about.removeprefix("raised ").partition("|")[0] for about in raised)
    return Month(month=month, since=since, until=until, sites=tuple(sites), alerts=kinds)


def _site(  # noqa: PLR0917
    config: Config, site: str, store: Store, since: datetime, until: datetime, planned: float | None, each: float
) -> SiteMonth:
    total = int((until - since).total_seconds() // 60)
    state = np.zeros(total, np.int8)  # 0 unknown, 1 down, 2 up
    apart = np.zeros(total, bool)
    for number in range(total) if _has_windows(config, since, until) else ():
        assert config.alerts is not None
        apart[number] = in_maintenance(config.alerts.maintenance, (site,), since + timedelta(minutes=number))
    peak, peak_at, client_minutes = None, None, 0.0
    for sample in store.read("wifi_site_1m", site=site, since=since, until=until):
        clients, aps_up = sample.fields.get("clients"), sample.fields.get("aps_up")
        number = int((sample.time - since).total_seconds() // 60)
        if aps_up is not None:
            state[number] = 2 if aps_up > 0 else 1
        elif clients:
            state[number] = 2  # whoever has clients serves
        if clients is not None:
            client_minutes += clients
            if peak is None or clients > peak:
                peak, peak_at = clients, sample.time
    return SiteMonth(
        site=site,
        up_minutes=int(np.sum((state == 2) & ~apart)),
        down_minutes=int(np.sum((state == 1) & ~apart)),
        maintenance_minutes=int(np.sum(apart)),
        unknown_minutes=int(np.sum((state == 0) & ~apart)),
        peak_clients=None if peak is None else round(peak),
        peak_at=peak_at,
        planned=planned,
        client_hours=client_minutes / 60.0,
        person_hours=client_minutes / 60.0 / each,
    )


def _has_windows(config: Config, since: datetime, until: datetime) -> bool:
    windows = () if config.alerts is None else config.alerts.maintenance
    return any(window.since < until and window.until > since for window in windows)


def kind_words(kind: str, lang: Lang) -> str:
    """A kind of alert in a few words."""
    known = f"kind.{kind}" in locale.all_words().entries
    return locale.words(f"kind.{kind}" if known else "kind.other", lang)


def as_paper(found: Month, zone: ZoneInfo, lang: Lang, now: datetime) -> Paper:
    """The month to hand over."""

    def said(key: str, **values: object) -> str:
        return locale.words(f"review.{key}", lang, **values)

    def percent(share: float | None, digits: int = 0) -> str:
        return "-" if share is None else f"{100 * share:.{digits}f} %"

    totals = found.totals()
    answer = [
        said("month_available", share=percent(totals["availability_share"], 2), unknown=f"{totals['unknown_minutes'] / 60:,.0f}"),
        said("month_people", hours=f"{totals['person_hours']:,.0f}"),
    ]
    if found.median_error is not None:
        answer.append(said("month_error", percent=round(100 * found.median_error)))
    up_heads = ("site", "available", "up_hours", "down_hours", "apart_hours", "unknown_hours")
    up_rows = tuple(
        (
            site.site,
            percent(site.availability_share, 2),
            site.up_minutes / 60,
            site.down_minutes / 60,
            site.maintenance_minutes / 60,
            site.unknown_minutes / 60,
        )
        for site in found.sites
    )
    load_rows = tuple(
        (
            site.site,
            site.peak_clients,
            day_and_time(site.peak_at, zone),
            None if site.planned is None else round(site.planned),
            by_more(site.plan_error),
            round(site.person_hours),
        )
        for site in found.sites
    )
    alert_rows = tuple(
        (kind_words(kind, lang), number) for kind, number in sorted(found.alerts.items(), key=lambda item: (-item[1], item[0]))
    )
    numbers = frozenset({1, 2, 3, 4, 5})
    load_heads = tuple(said(name) for name in ("site", "peak", "peak_at", "planned", "plan_error", "person_hours"))
    sheets = (
        Sheet(
            title=said("availability"),
            heads=tuple(said(name) for name in up_heads),
            rows=up_rows,
            numbers=numbers,
            weights=(3, 1, 1.3, 1.3, 1.3, 1.3),
            notes=(said("rules"),),
        ),
        Sheet(
            title=said("load"), heads=load_heads, rows=load_rows, numbers=frozenset({1, 3, 4, 5}), weights=(3, 1, 1.4, 1, 1, 1)
        ),
        Sheet(
            title=said("alerts"), heads=(said("kind"), said("number")), rows=alert_rows, numbers=frozenset({1}), weights=(3, 1)
        ),
    )
    return looking_back("month", found.month, (found.since, found.until), answer, sheets, zone, lang, now)


def looking_back(  # noqa: PLR0917
    kind: Literal["month", "event"],
    subject: str,
    span: tuple[datetime, datetime],
    answer: Sequence[str],
    sheets: Sequence[Sheet],
    zone: ZoneInfo,
    lang: Lang,
    now: datetime,
) -> Paper:
    """The paper of a look back at a span: what all of them have in common."""

    def said(key: str) -> str:
        return locale.words(f"review.{key}", lang)

    since, until = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in span)
    return Paper(
        lang=lang,
        title=said(f"{kind}_title"),
        subject=subject,
        day=now.astimezone(zone).date(),
        answer_heading=said("answer"),
        answer=tuple(answer),
        note=said("measured"),
        facts=((said("since"), since), (said("until"), until)),
        sheets=tuple(sheets),
    )


def day_and_time(at: datetime | None, zone: ZoneInfo) -> str:
    """A time of the span in a cell."""
    return "-" if at is None else f"{at.astimezone(zone):%m-%d %H:%M}"


def by_more(share: float | None) -> str:
    """How much more than expected something was, in a cell."""
    return "-" if share is None else f"{100 * share:+.0f} %"
