"""What is known now, before anybody judges it: what each device, probe and access point says in its newest samples.

Everything here is a pure function of targets, samples and the clock. What is too old, or was never said, is None or not
`fresh`; it is never 0.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboards.states import BandLoad

if TYPE_CHECKING:
    from datetime import datetime

    from collectors.config import Target
    from collectors.metrics import Sample

STALE_INTERVALS = 3.0
"""A sample older than so many poll intervals says nothing about now: one lost poll is not an alarm, three are."""

MEASUREMENTS = ("wifi_ap", "wifi_radio", "wifi_ssid", "wifi_total", "device", "ups", "probe", "link", "poe", "poll")
"""What is read from the store. `link` and `poe` only tell that a device still answers, `poll` that it was asked."""

_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAp:
    """What one device says of one access point, from its newest samples."""

    name: str
    key: str | None
    device: str
    age_s: float
    fresh: bool
    clients: int | None
    up: bool | None
    bands: tuple[BandLoad, ...]

    @property
    def identity(self) -> tuple[str, str]:
        """A MAC is the same thing on every device; an index or a name only on its own."""
        if self.key is not None and _MAC.fullmatch(self.key):
            return "", self.key
        return self.device, self.key if self.key is not None else f"name {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One target as its newest samples show it."""

    name: str
    heard: bool
    age_s: float | None
    polled: bool
    refused: bool
    ahead: bool
    wifi: bool
    aps: tuple[LiveAp, ...]
    total: Mapping[str, float]
    on_battery: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What lies beyond the site's devices (the internet, a name server) and whether it was reached lately; None: not known."""

    target: str
    reachable: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLoad:
    """Clients of an access point or of one of its bands against the plan. `name` is what a reader knows it by."""

    name: str
    clients: int | None
    planned: float | None
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BandFacts:
    """One band of an access point that serves. `max_busy_share` is what the plan allows, None without a plan."""

    name: str
    up: bool | None
    busy_share: float | None
    max_busy_share: float | None
    planned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenDesign:
    """A design file that cannot be read, and why in words."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """One site as a whole: sums, and its access points by what is known of them.

    `serving` is None where nobody has said whether anything serves. `silent` are access points that a device reported before
    and says nothing new about, `unseen` those of the plan that no device reports, `strangers_up` how many serve that no
    plan has.
    """

    heard: bool
    serving: bool | None
    clients: int | None
    planned: float | None
    limit: int | None
    aps: int | None
    aps_up: int | None
    down: tuple[str, ...]
    silent: tuple[str, ...]
    unseen: tuple[str, ...]
    strangers_up: int
    ambiguous: tuple[str, ...]


def device_of(target: Target, samples: Sequence[Sample], now: datetime) -> Device:
    """The target as its samples show it; those are of this target only."""
    limit_s = STALE_INTERVALS * target.interval_s
    answers = [sample for sample in samples if _is_answer(sample)]
    ages = [_age_s(sample, now) for sample in answers]
    # A time ahead of our clock by more than a stale sample's age says nothing: when the collector dies it would look fresh on.
    past = [age for age in ages if age >= -limit_s]
    said = [
        sample.fields["reachable"]
        for sample in samples
        if sample.measurement == "device" and "reachable" in sample.fields and _is_fresh(sample, now, limit_s)
    ]
    wifi = [sample for sample in answers if sample.measurement.startswith("wifi_")]
    totals = [s for s in wifi if s.measurement == "wifi_total" and _is_fresh(s, now, limit_s)]
    return Device(
        name=target.name,
        heard=any(age <= limit_s for age in past),
        age_s=max(min(past), 0.0) if past else None,
        polled=any(sample.measurement == "poll" and _is_fresh(sample, now, limit_s) for sample in samples),
        refused=bool(said) and not any(said),
        ahead=len(past) < len(ages),
        # A target that never answered may be anything; one that did is what it said it is.
        wifi=bool(wifi) or not answers,
        aps=_live_aps(target, wifi, now, limit_s),
        # The rule that makes the total may change with the firmware, and `source` with it: the newest one holds.
        total=max(totals, key=lambda s: s.time).fields if totals else {},
        on_battery=any(s.fields.get("on_battery") == 1 for s in answers if s.measurement == "ups" and _is_fresh(s, now, limit_s)),
    )


def _is_answer(sample: Sample) -> bool:
    """Whether the device itself said this, and not the collector about it."""
    if sample.measurement == "device":
        return sample.fields.get("reachable", 1.0) == 1
    return sample.measurement != "poll"


def probes_of(samples: Iterable[Sample], now: datetime, limit_s: float) -> tuple[Probe, ...]:
    """The probes among the samples; one older than `limit_s` is not known."""
    return tuple(
        Probe(
            target=sample.tags.get("target", ""),
            reachable=sample.fields["reachable"] != 0
            if "reachable" in sample.fields and _is_fresh(sample, now, limit_s)
            else None,
        )
        for sample in samples
        if sample.measurement == "probe"
    )


def _age_s(sample: Sample, now: datetime) -> float:
    return (now - sample.time).total_seconds()


def _is_fresh(sample: Sample, now: datetime, limit_s: float) -> bool:
    return abs(_age_s(sample, now)) <= limit_s


def _live_aps(target: Target, samples: Iterable[Sample], now: datetime, limit_s: float) -> tuple[LiveAp, ...]:
    """Gather the rows of each access point; an AP that changed its name but not its key is one, by its newest name."""
    rows: dict[tuple[str | None, str | None], list[Sample]] = defaultdict(list)
    for sample in samples:
        tags = sample.tags
        if sample.measurement != "wifi_total" and ("ap_key" in tags or "ap" in tags) and _age_s(sample, now) >= -limit_s:
            rows[(tags["ap_key"], None) if "ap_key" in tags else (None, tags["ap"])].append(sample)
    found = []
    for (key, _), group in rows.items():
        newest = max(group, key=lambda sample: sample.time)
        name = newest.tags.get("ap") or key or ""
        fresh = [sample for sample in group if _is_fresh(sample, now, limit_s)]
        counted = fresh or [sample for sample in group if sample.time == newest.time]
        whole = max((s for s in counted if s.measurement == "wifi_ap"), key=lambda s: s.time, default=None)
        bands = _bands(counted)
        found.append(
            LiveAp(
                name=name,
                key=key,
                device=target.name,
                age_s=max(_age_s(newest, now), 0.0),
                fresh=bool(fresh),
                clients=_ap_clients(whole, counted),
                up=_ap_up(whole, bands),
                bands=bands,
            )
        )
    return tuple(found)


def _newest_rows(samples: Iterable[Sample], *tags: str) -> list[Sample]:
    """One sample for each combination of these tags: a renamed row must not count twice."""
    newest: dict[tuple[str, ...], Sample] = {}
    for sample in samples:
        identity = tuple(sample.tags.get(tag, "") for tag in tags)
        if identity not in newest or sample.time > newest[identity].time:
            newest[identity] = sample
    return list(newest.values())


def _sum_clients(samples: Sequence[Sample]) -> int | None:
    """The sum, or None when there is nothing to add or one row does not say: a part is not the whole."""
    counts = [sample.fields.get("clients") for sample in samples]
    return None if not counts or None in counts else round(sum(count for count in counts if count is not None))


def _ap_clients(whole: Sample | None, samples: Sequence[Sample]) -> int | None:
    if whole is not None and "clients" in whole.fields:
        return round(whole.fields["clients"])
    radios = _newest_rows((s for s in samples if s.measurement == "wifi_radio"), "radio", "band")
    if radios:
        return _sum_clients(radios)
    return _sum_clients(_newest_rows((s for s in samples if s.measurement == "wifi_ssid"), "ssid", "band"))


def _ap_up(whole: Sample | None, bands: Sequence[BandLoad]) -> bool | None:
    if whole is not None and "up" in whole.fields:
        return whole.fields["up"] == 1
    known = [band.up for band in bands if band.up is not None]
    return any(known) if known else None


def _bands(samples: Iterable[Sample]) -> tuple[BandLoad, ...]:
    by_band: dict[str, list[Sample]] = defaultdict(list)
    for sample in _newest_rows((s for s in samples if s.measurement == "wifi_radio"), "radio", "band"):
        by_band[sample.tags.get("band", "")].append(sample)
    return tuple(
        BandLoad(
            band=band,
            clients=_sum_clients(rows),
            up=any(row.fields["up"] == 1 for row in rows if "up" in row.fields) if any("up" in r.fields for r in rows) else None,
            busy_share=max((row.fields["busy_share"] for row in rows if "busy_share" in row.fields), default=None),
        )
        for band, rows in sorted(by_band.items(), key=lambda item: float(item[0] or "inf"))
    )
