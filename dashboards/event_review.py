"""What came of an event: the peak, who was full when and for how long, and what was forecast beside what was measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dashboards import locale
from dashboards.paper import Paper, Sheet
from dashboards.people import calibrated
from dashboards.review import by_more, day_and_time, looking_back
from wifiplan import equipment

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.config import Config
    from collectors.events import Event
    from collectors.metrics import Sample
    from collectors.stores.store import Store
    from dashboards.people import HeadCount
    from wifiplan.model import Design
    from wifiplan.report.catalogue import Lang

_HOLDS_S = 180.0
"""A count holds until the next one, and no longer than three polls of a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FullAp:
    """An access point that was at its limit: for how long altogether, and when first."""

    name: str
    limit: int
    full_s: float
    first: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReview:
    """One site of an event. What nobody measured or planned is None.

    `planned` is what the design plans for, `forecast_clients` what was to be expected of the people announced, or else of the
    design; `forecast_error` is the peak against it (0.2: a fifth more came); `known_share` is the part of the minutes that are
    known; `full_s` is how long at least one access point was at its limit.
    """

    site: str
    peak_clients: int | None
    peak_at: datetime | None
    planned: float | None
    planned_people: float | None
    forecast_clients: float | None
    forecast_error: float | None
    full_s: float
    full_aps: tuple[FullAp, ...]
    known_share: float

    def to_json(self) -> dict[str, Any]:
        """What `wifiplan event review --json` prints of it."""
        return {
            "site": self.site,
            "peak_clients": self.peak_clients,
            "peak_at": None if self.peak_at is None else self.peak_at.isoformat(timespec="seconds"),
            "planned": self.planned,
            "planned_people": self.planned_people,
            "forecast_clients": None if self.forecast_clients is None else round(self.forecast_clients, 1),
            "forecast_error": None if self.forecast_error is None else round(self.forecast_error, 3),
            "full_s": round(self.full_s, 1),
            "full_aps": [
                {
                    "ap": one.name,
                    "limit": one.limit,
                    "full_s": round(one.full_s, 1),
                    "first": one.first.isoformat(timespec="seconds"),
                }
                for one in self.full_aps
            ],
            "known_share": round(self.known_share, 3),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReview:
    """An event as it went."""

    name: str
    since: datetime
    until: datetime
    sites: tuple[SiteReview, ...]

    def to_json(self) -> dict[str, Any]:
        """What `wifiplan event review --json` prints."""
        return {
            "name": self.name,
            "from": self.since.isoformat(timespec="seconds"),
            "to": self.until.isoformat(timespec="seconds"),
            "sites": [site.to_json() for site in self.sites],
        }


def reviewed(  # noqa: PLR0917  (six things, each of another origin)
    config: Config,
    event: Event,
    store: Store,
    designs: Mapping[Path, Design | str],
    counts: Iterable[HeadCount],
    now: datetime,
) -> EventReview:
    """Look back at an event; one that still goes on is looked at until `now`."""
    until = min(event.until, now)
    learned = calibrated(counts, now, prior=config.shelters.clients_per_person)
    sites = sorted(event.sites) or list(config.site_names)
    found = []
    for site in sites:
        readable = [one for path in config.designs_of(site) if not isinstance(one := designs.get(path, ""), str)]
        found.append(_site(site, event, until, store, readable, learned.clients_per_person(site)))
    return EventReview(name=event.name, since=event.since, until=until, sites=tuple(found))


def _site(site: str, event: Event, until: datetime, store: Store, designs: list[Design], each: float) -> SiteReview:  # noqa: PLR0917
    minutes = [one for one in store.read("wifi_site_1m", site=site, since=event.since, until=until) if "clients" in one.fields]
    peak = max(minutes, key=lambda one: one.fields["clients"], default=None)
    limits = {ap.key or ap.name: (ap.name, _limit(ap, design)) for design in designs for ap in design.access_points}
    plans = [radio.planned_clients for design in designs for ap in design.access_points for radio in ap.radios]
    planned = sum(one for one in plans if one is not None) if plans and None not in plans else None
    people = event.planned.get(site)
    forecast = people * each if people is not None else planned
    full_aps, full_s = _full(store.read("wifi_ap", site=site, since=event.since, until=until), limits)
    whole_minutes = max(1.0, (until - event.since).total_seconds() // 60.0)
    peak_clients = None if peak is None else round(peak.fields["clients"])
    return SiteReview(
        site=site,
        peak_clients=peak_clients,
        peak_at=None if peak is None else peak.time,
        planned=None if planned is None else round(planned, 1),
        planned_people=people,
        forecast_clients=forecast,
        forecast_error=None if peak_clients is None or not forecast else peak_clients / forecast - 1.0,
        full_s=full_s,
        full_aps=full_aps,
        known_share=min(1.0, len(minutes) / whole_minutes),
    )


def _limit(ap: Any, design: Design) -> int:
    return sum(equipment.client_limit(ap, radio, design.requirement) for radio in ap.radios)


def _full(samples: Iterable[Sample], limits: Mapping[str, tuple[str, int]]) -> tuple[tuple[FullAp, ...], float]:
    """Access points at their limit, the longest first, and how long at least one was."""
    rows: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for sample in samples:
        key = next((name for name in (sample.tags.get("ap_key", ""), sample.tags.get("ap", "")) if name in limits), None)
        if key is not None and "clients" in sample.fields:
            rows[key].append((sample.time, sample.fields["clients"]))
    found: list[FullAp] = []
    spans: list[tuple[datetime, datetime]] = []
    for key, series in rows.items():
        name, limit = limits[key]
        ends = [at for at, _ in series[1:]] + [series[-1][0] + timedelta(seconds=_HOLDS_S)]
        full = [
            (at, min(end, at + timedelta(seconds=_HOLDS_S)))
            for (at, clients), end in zip(series, ends, strict=True)
            if limit > 0 and clients >= limit
        ]
        if full:
            total_s = sum((end - at).total_seconds() for at, end in full)
            found.append(FullAp(name=name, limit=limit, full_s=total_s, first=full[0][0]))
            spans += full
    return tuple(sorted(found, key=lambda one: -one.full_s)), _union_s(spans)


def _union_s(spans: Iterable[tuple[datetime, datetime]]) -> float:
    """How long at least one of the spans is on."""
    total_s, until = 0.0, None
    for begin, end in sorted(spans):
        begins = begin if until is None else max(begin, until)
        if end > begins:
            total_s += (end - begins).total_seconds()
            until = end
    return total_s


def as_paper(found: EventReview, zone: ZoneInfo, lang: Lang, now: datetime) -> Paper:
    """The review to hand over."""

    def said(key: str, **values: object) -> str:
        return locale.words(f"review.{key}", lang, **values)

    known = [site for site in found.sites if site.peak_clients is not None]
    peak = max(known, key=lambda site: site.peak_clients or 0, default=None)
    full = [site for site in found.sites if site.full_s > 0]
    answer = [said("event_none")] if peak is None else [_peak_sentence(peak, zone, lang)]
    is_known = bool(full) or any(site.known_share for site in found.sites)
    if is_known:  # else nobody knows who was full
        answer.append(said("event_full", sites=len(full)) if full else said("event_not_full"))
    minutes = {site.site: round(site.full_s / 60.0) if site.known_share or site.full_s else None for site in found.sites}
    rows = tuple(
        (
            site.site,
            site.peak_clients,
            day_and_time(site.peak_at, zone),
            None if site.forecast_clients is None else round(site.forecast_clients),
            by_more(site.forecast_error),
            minutes[site.site],
            f"{100 * site.known_share:.0f} %",
        )
        for site in found.sites
    )
    heads = tuple(said(name) for name in ("site", "peak", "peak_at", "forecast", "error", "full_minutes", "known"))
    aps = tuple(
        (site.site, one.name, one.limit, round(one.full_s / 60.0), day_and_time(one.first, zone))
        for site in found.sites
        for one in site.full_aps
    )
    ap_heads = tuple(said(name) for name in ("site", "ap", "limit", "full_minutes", "first"))
    changes = tuple((site.site, sentence) for site in found.sites for sentence in changes_of(site, lang))
    sheets = [
        Sheet(title=said("sites"), heads=heads, rows=rows, numbers=frozenset({1, 3, 4, 5, 6}), weights=(3, 1, 1.4, 1, 1, 1, 1)),
        Sheet(
            title=said("full_aps"),
            heads=ap_heads,
            rows=aps,
            numbers=frozenset({2, 3}),
            notes=() if aps else (said("no_full" if is_known else "event_none"),),
        ),
        Sheet(title=said("changes"), heads=(said("site"), said("change")), rows=changes, weights=(1, 3)),
    ]
    return looking_back("event", found.name, (found.since, found.until), answer, sheets, zone, lang, now)


def _peak_sentence(peak: SiteReview, zone: ZoneInfo, lang: Lang) -> str:
    return locale.words(
        "review.event_peak", lang, site=peak.site, clients=peak.peak_clients, time=day_and_time(peak.peak_at, zone)
    )


def changes_of(site: SiteReview, lang: Lang) -> tuple[str, ...]:
    """What to change for the next time, in sentences."""
    found = []
    if site.full_aps:
        names = locale.words("count.comma", lang).join(one.name for one in site.full_aps[:6])
        found.append(locale.words("review.change_full", lang, names=names))
    if site.forecast_error is not None and site.forecast_error > 0.2:
        found.append(locale.words("review.change_more", lang, percent=round(100 * site.forecast_error)))
    if site.forecast_error is not None and site.forecast_error < -0.4:
        found.append(locale.words("review.change_fewer", lang, percent=round(-100 * site.forecast_error)))
    if site.known_share < 0.9:
        found.append(locale.words("review.change_known", lang, percent=round(100 * (1 - site.known_share))))
    return tuple(found) or (locale.words("review.change_none", lang),)
