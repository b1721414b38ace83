"""What was: a facility's clients over an hour, a day or a week from the sums, and every access point at one time of it. Pure.

What nobody counted is a gap, never a line at 0 and never a line across.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

from dashboards import markup
from dashboards.facts import ClientLoad
from dashboards.locale import words
from dashboards.rules import near_limit

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from markupsafe import Markup

    from collectors.metrics import Sample
    from dashboards.states import ApState, State
    from wifiplan.report.catalogue import Lang

Span = Literal["hour", "day", "week"]
SPANS: tuple[Span, ...] = get_args(Span)
LENGTH: Mapping[Span, timedelta] = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}

SITE_SUMS: Mapping[Span, str] = {"hour": "wifi_site_1m", "day": "wifi_site_1m", "week": "wifi_site_1h"}
AP_SUMS: Mapping[Span, str] = {"hour": "wifi_ap_5m", "day": "wifi_ap_5m", "week": "wifi_ap_1h"}
"""Which sums a span is read from."""
BUCKET: Mapping[str, timedelta] = {
    "wifi_site_1m": timedelta(minutes=1),
    "wifi_site_1h": timedelta(hours=1),
    "wifi_ap_5m": timedelta(minutes=5),
    "wifi_ap_1h": timedelta(hours=1),
}

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 1000.0, 320.0, 70.0, 50.0, 44.0, 40.0
_TICK_H: Mapping[Span, float] = {"hour": 0.25, "day": 6.0, "week": 24.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Clients in one bucket: its start, their mean, and the most there were. `whole` False: a lower bound."""

    start: datetime
    clients: float
    most: float
    whole: bool = True


def counts(samples: Iterable[Sample]) -> tuple[Count, ...]:
    """Read a site's sums, in order of time; a bucket in which nothing was counted is not there."""
    found = []
    for one in samples:
        mean = one.fields.get("clients", one.fields.get("clients_mean"))
        if mean is not None:
            most = one.fields.get("clients_max", mean)
            found.append(Count(start=one.time, clients=mean, most=most, whole=not one.fields.get("missing")))
    return tuple(sorted(found, key=lambda one: one.start))


def chart(
    found: Sequence[Count], span: Span, now: datetime, zone: ZoneInfo, lang: Lang, *, planned: float | None, limit: int | None
) -> Markup:
    """Draw clients over a span against plan and limit.

    Parameters
    ----------
    found : sequence of Count
        In order of time.
    now : datetime
        Where the span ends.
    zone : ZoneInfo
        Whose clock stands below it.
    """
    if not found:
        return markup.notice(words("history.none", lang), words("history.none_way", lang))
    since, bucket = now - LENGTH[span], BUCKET[SITE_SUMS[span]]
    top = _nice(max(*(one.most for one in found), planned or 0.0, limit or 0.0, 1.0))

    def x_of(at: datetime) -> float:
        return LEFT + (at - since) / LENGTH[span] * (WIDTH - LEFT - RIGHT)

    def y_of(clients: float) -> float:
        return TOP + (1.0 - clients / top) * (HEIGHT - TOP - BOTTOM)

    runs: list[list[Count]] = []
    for one in found:
        if runs and one.start - runs[-1][-1].start <= 2.5 * bucket:
            runs[-1].append(one)
        else:
            runs.append([one])
    known = sum(len(run) for run in runs) * bucket / LENGTH[span]
    most = max(found, key=lambda one: one.most)
    marks = [(name, value) for name, value in (("planned", planned), ("limit", limit)) if value is not None]
    return markup.render(
        "history",
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        base=y_of(0),
        runs=[[(x_of(one.start + bucket / 2), y_of(one.clients)) for one in _doubled(run, bucket)] for run in runs],
        marks=[(name, y_of(value), f"{words(f'field.{name}', lang)} {value:,.0f}") for name, value in marks],
        grid=[(y_of(value), f"{value:,.0f}") for value in (0.0, top / 2, top)],
        ticks=[(x_of(at), _tick(at, span, zone)) for at in _ticks(since, now, span, zone)],
        caption=words(
            "history.caption",
            lang,
            most=f"{most.most:,.0f}",
            time=f"{most.start.astimezone(zone):%m/%d %H:%M}",
            share=f"{min(known, 1.0) * 100:.0f}",
        ),
        lower=words("history.lower", lang) if not all(one.whole for one in found) else "",
    )


def _doubled(run: Sequence[Count], bucket: timedelta) -> Sequence[Count]:
    """A count that stands alone is a short line: a point would not be seen."""
    return (
        run
        if len(run) > 1
        else [replace(run[0], start=run[0].start - bucket / 2), replace(run[0], start=run[0].start + bucket / 2)]
    )


def _nice(largest: float) -> float:
    step = 10.0 ** math.floor(math.log10(largest))
    return next(step * times for times in (1, 2, 4, 6, 8, 10, 20) if step * times >= largest)


def _ticks(since: datetime, now: datetime, span: Span, zone: ZoneInfo) -> list[datetime]:
    """Whole hours of the city's clock (or its midnights) within the span."""
    step = timedelta(hours=_TICK_H[span])
    midnight = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    every = itertools.takewhile(lambda at: at <= now, (midnight + step * number for number in range(2000)))
    return [at.astimezone(UTC) for at in every if at >= since]


def _tick(at: datetime, span: Span, zone: ZoneInfo) -> str:
    there = at.astimezone(zone)
    return f"{there:%H:%M}" if span != "week" else f"{there.month}/{there.day}"


# --- every access point at one time ---------------------------------------------------------------------------------


def times(samples: Iterable[Sample]) -> tuple[datetime, ...]:
    """Give the starts of the buckets in which any access point was counted, in order."""
    return tuple(sorted({one.time for one in samples}))


def at_time(aps: Sequence[ApState], samples: Iterable[Sample], start: datetime) -> tuple[ApState, ...]:
    """Give the access points of a plan as they were in the bucket that starts then; of one that nobody counted all is unknown.

    Parameters
    ----------
    aps : sequence of ApState
        As they are now: their places, plans and limits are used.
    samples : iterable of Sample
        Sums of access points of the site.
    """
    then = [one for one in samples if one.time == start]
    by_key = {one.tags["ap_key"]: one for one in then if one.tags.get("ap_key")}
    by_name: dict[str, list[Sample]] = {}
    for one in then:
        by_name.setdefault(one.tags.get("ap", ""), []).append(one)
    return tuple(_as_it_was(ap, by_key, by_name) for ap in aps)


def _as_it_was(ap: ApState, by_key: Mapping[str, Sample], by_name: Mapping[str, Sequence[Sample]]) -> ApState:
    same_name = by_name.get(ap.name, ())
    # A name that occurs twice is never joined by name, then as now.
    found = by_key.get(ap.key or "") or (same_name[0] if len(same_name) == 1 else None)
    blank = replace(ap, state="unknown", up=None, clients=None, last_clients=None, age_s=None, stale=False, bands=(), reasons=())
    if found is None:
        return blank
    mean, up_share = found.fields.get("clients_mean"), found.fields.get("up_share")
    clients = None if mean is None else round(mean)
    if up_share == 0:
        return replace(blank, state="down", up=False, clients=clients)
    if clients is None and up_share is None:
        return blank
    is_busy = near_limit(ClientLoad(name=ap.name, clients=clients, planned=ap.planned, limit=ap.limit))
    state: State = "busy" if is_busy else "degraded" if up_share is not None and up_share < 1 else "ok"
    return replace(blank, state=state, up=True, clients=clients)
