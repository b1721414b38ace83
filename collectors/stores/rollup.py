"""Sums over minutes and hours, made as the samples pass: a week of a city is read in a moment, from any store.

A bucket is written once, after it has ended, under the time of its start, in one transaction with the samples that came
last. It is made from what the polls gave, so a store that is down or slow changes nothing in it; after a restart the
buckets under way are made again from the store.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from collectors.metrics import AHEAD_S, ROLLUPS, Sample
from collectors.totals import ApCount, DeviceCount, of_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from collectors.stores.store import Store
    from collectors.totals import SiteTotal

MINUTE_S, FIVE_MINUTES_S, HOUR_S = 60, 300, 3600

KNOWN_INTERVALS = 3.0
"""A device's total counts for so many of its poll intervals; after that what it serves is unknown, not 0."""

SOURCES = ("wifi_ap", "wifi_radio", "wifi_total")
"""What rollups are made from."""
_NOW = (*SOURCES, "wifi_ssid")
"""What the sums of a poll are made from."""

KINDS = {"site": ("wifi_site_1m", "wifi_site_1h"), "ap": ("wifi_ap_5m", "wifi_ap_1h")}
"""What is summed, finely and coarsely."""

_GRACE_S = 2.0
_FORGET_S = 86400.0
_LOOK_EVERY_S = 1.0
_FINE_S = 2 * 86400.0
"""A longer span is read by the hour."""

_Tags = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Mean:
    count: int = 0
    total: float = 0.0
    largest: float = float("-inf")

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.largest = max(self.largest, value)

    @property
    def mean(self) -> float:
        return self.total / self.count


@dataclass(slots=True)
class _ApBucket:
    clients: _Mean = field(default_factory=_Mean)
    up: _Mean = field(default_factory=_Mean)
    busy: _Mean = field(default_factory=_Mean)
    radios: dict[float, float] = field(default_factory=dict)
    """Poll -> sum of its radios' clients, for a device that gives no count of the access point."""

    def fields(self) -> dict[str, float]:
        if not self.clients.count:
            for clients in self.radios.values():
                self.clients.add(clients)
        fields = {"polls": float(max(self.clients.count, self.up.count))}
        if self.clients.count:
            fields |= {"clients_mean": self.clients.mean, "clients_max": self.clients.largest}
        if self.up.count:
            fields["up_share"] = self.up.mean
        if self.busy.count:
            fields["busy_share_max"] = self.busy.largest
        return fields


@dataclass(slots=True)
class _ApMinute:
    clients: _Mean = field(default_factory=_Mean)
    radios: dict[str, _Mean] = field(default_factory=dict)
    up: bool | None = None

    def count(self, key: str | None, name: str) -> ApCount:
        clients: float | None = self.clients.mean if self.clients.count else None
        if clients is None and self.radios:
            clients = sum(radio.mean for radio in self.radios.values())
        return ApCount(name=name, key=key, clients=clients, up=self.up)


@dataclass(slots=True)
class _Minute:
    """What a device said of a site in a minute: means of its totals, and of its access points by key and name."""

    total: dict[str, _Mean] = field(default_factory=dict)
    aps: dict[tuple[str | None, str], _ApMinute] = field(default_factory=dict)


@dataclass(slots=True)
class _Device:
    """What a device says of a site in the minutes that are not closed, and in the last closed one in which it said anything."""

    at_s: float = 0.0
    known_at_s: float = 0.0
    known: DeviceCount | None = None
    minutes: dict[int, _Minute] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a device counts: the one it stands by for, and whether it counts at all."""

    backup_of: str | None = None
    counts: bool = True


class Rollup:
    """Takes samples, gives rollups of the buckets that have ended. Fields: `collectors.metrics.ROLLUPS`.

    Parameters
    ----------
    interval_s : callable
        Device -> seconds between its polls, which says how long its last total counts.
    standing : callable, optional
        Device -> how it counts.
    serving : callable, optional
        Site -> the devices that serve it: it is summed as soon as each of them was asked once.
    """

    def __init__(
        self,
        interval_s: Callable[[str], float],
        standing: Callable[[str], Standing] | None = None,
        serving: Callable[[str], frozenset[str]] | None = None,
    ) -> None:
        self._interval_s = interval_s
        self._standing = standing or _stands_alone
        self._serving = serving
        self._asked: set[str] = set()
        self._newest: dict[str, dict[str, tuple[float, DeviceCount]]] = {}
        self._networks: dict[tuple[str, str], dict[str, float]] = {}
        self._known_as: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._aps: dict[int, dict[int, dict[_Tags, _ApBucket]]] = {FIVE_MINUTES_S: {}, HOUR_S: {}}
        self._devices: dict[tuple[str, str], _Device] = {}
        self._hours: dict[int, dict[str, tuple[_Mean, _Mean]]] = {}
        self._closed_s = {MINUTE_S: 0.0, FIVE_MINUTES_S: 0.0, HOUR_S: 0.0}
        self._given_s: dict[tuple[str, str], float] = {}
        self._whole_from_s = 0.0

    def resume(self, found: Recovered) -> None:
        """Go on where another process stopped: take the samples of the buckets under way, and give none that it has given."""
        self.add(found.samples)
        self._given_s.update(found.given_s)
        self.begin(found.since)

    def begin(self, at: datetime) -> None:
        """Give only buckets that begin from here on: what came before is not known."""
        self._whole_from_s = at.timestamp()

    def add(self, samples: Iterable[Sample]) -> None:
        """Take samples; those of buckets that are closed are left out."""
        for sample in samples:
            if sample.measurement in ("wifi_ap", "wifi_radio"):
                self._add_ap(sample)
                self._add_count(sample)
            elif sample.measurement == "wifi_total":
                self._add_total(sample)
            elif sample.measurement == "about":
                macs = frozenset(sample.tags.get("macs", "").split())
                names = frozenset(name for name in (sample.tags.get("sys_name"),) if name)
                self._known_as[sample.tags["device"]] = macs, names

    def now(self, samples: Iterable[Sample]) -> list[Sample]:
        """Take the samples of one poll; give the sums of the sites that it is about, each access point once, as of this poll.

        Nothing is given of a site while one of its devices was not asked yet: a part is not the whole. A device counts with what
        it said last for `KNOWN_INTERVALS`; after that it is missing.
        """
        samples = list(samples)
        sites: dict[str, list[Sample]] = {}
        for sample in samples:
            if sample.measurement == "poll":
                self._asked.add(sample.tags["device"])
            elif sample.measurement in _NOW:
                sites.setdefault(sample.tags["site"], []).append(sample)
        if self._serving is None:
            return []
        given: list[Sample] = []
        for site, said in sites.items():
            total = next((sample for sample in said if sample.measurement == "wifi_total"), None)
            if total is None:
                continue
            at_s, name = total.time.timestamp(), total.tags["device"]
            minute = _Minute(total={field: _Mean(1, value, value) for field, value in total.fields.items()})
            for sample in said:
                if sample.measurement in ("wifi_ap", "wifi_radio"):
                    _count_ap(minute, sample)
            self._networks[site, name] = _by_network(said)
            newest = self._newest.setdefault(site, {})
            before = newest.get(name)
            newest[name] = at_s, _with_gone(self._counted(name, minute), None if before is None else before[1])
            expected = self._serving(site)
            for gone in newest.keys() - expected:
                del newest[gone]
                self._networks.pop((site, gone), None)
            if newest and expected <= self._asked:
                known = [
                    replace(count, heard=abs(at_s - told_s) <= KNOWN_INTERVALS * self._interval_s(device))
                    for device, (told_s, count) in newest.items()
                ]
                whole = of_site(known)
                fields = _site_fields(known, whole)
                given.append(Sample(measurement="wifi_site", time=total.time, tags={"site": site}, fields=fields))
                for ssid, clients in self._site_networks(site, known, whole).items():
                    tags = {"site": site, "ssid": ssid}
                    given.append(Sample(measurement="wifi_site_ssid", time=total.time, tags=tags, fields={"clients": clients}))
        return given

    def _site_networks(self, site: str, known: Sequence[DeviceCount], whole: SiteTotal) -> dict[str, float]:
        """Sum each network over the devices of a site; of devices that report the same access points the largest counts."""
        groups = [*whole.same, *((one.name,) for one in known if not any(one.name in same for same in whole.same))]
        heard = {one.name for one in known if one.heard and one.counts}
        sums: dict[str, float] = {}
        for group in groups:
            largest: dict[str, float] = {}
            for device in heard.intersection(group):
                for ssid, clients in self._networks.get((site, device), {}).items():
                    largest[ssid] = max(largest.get(ssid, 0.0), clients)
            for ssid, clients in largest.items():
                sums[ssid] = sums.get(ssid, 0.0) + clients
        return sums

    def _add_ap(self, sample: Sample) -> None:
        at_s = sample.time.timestamp()
        key = tuple(sorted((name, value) for name, value in sample.tags.items() if name in ("site", "device", "ap", "ap_key")))
        for step_s, buckets in self._aps.items():
            if at_s < self._closed_s[step_s]:
                continue
            bucket = buckets.setdefault(int(at_s // step_s) * step_s, {}).setdefault(key, _ApBucket())
            if sample.measurement == "wifi_radio":
                if "busy_share" in sample.fields:
                    bucket.busy.add(sample.fields["busy_share"])
                if "clients" in sample.fields and not bucket.clients.count:
                    bucket.radios[at_s] = bucket.radios.get(at_s, 0.0) + sample.fields["clients"]
                continue
            for name, mean in (("clients", bucket.clients), ("up", bucket.up)):
                if name in sample.fields:
                    mean.add(sample.fields[name])

    def _minute(self, sample: Sample) -> _Minute | None:
        at_s = sample.time.timestamp()
        if at_s < self._closed_s[MINUTE_S]:
            return None
        device = self._devices.setdefault((sample.tags["site"], sample.tags["device"]), _Device())
        device.at_s = max(device.at_s, at_s)
        return device.minutes.setdefault(int(at_s // MINUTE_S) * MINUTE_S, _Minute())

    def _add_total(self, sample: Sample) -> None:
        minute = self._minute(sample)
        if minute is not None:
            for name, value in sample.fields.items():
                minute.total.setdefault(name, _Mean()).add(value)

    def _add_count(self, sample: Sample) -> None:
        minute = self._minute(sample)
        if minute is not None:
            _count_ap(minute, sample)

    def closed(self, now: datetime) -> list[Sample]:
        """Rollups of all buckets that ended before `now` and were not given yet."""
        now_s = now.timestamp() - _GRACE_S
        found = self._close_minutes(now_s)
        for step_s, name in ((FIVE_MINUTES_S, "wifi_ap_5m"), (HOUR_S, "wifi_ap_1h")):
            for start_s in self._ended(self._aps[step_s], step_s, now_s):
                for tags, bucket in self._aps[step_s].pop(start_s).items():
                    found.append(_sample(name, start_s, dict(tags), bucket.fields()))
        for start_s in self._ended(self._hours, HOUR_S, now_s):
            for site, (clients, devices) in self._hours.pop(start_s).items():
                fields = {"clients_mean": clients.mean, "clients_max": clients.largest, "devices_mean": devices.mean}
                found.append(_sample("wifi_site_1h", start_s, {"site": site}, fields | {"minutes": float(clients.count)}))
        for step_s in self._closed_s:
            self._closed_s[step_s] = max(self._closed_s[step_s], now_s // step_s * step_s)
        return [sample for sample in found if self._is_new(sample)]

    def _is_new(self, sample: Sample) -> bool:
        start_s = sample.time.timestamp()
        given_s = self._given_s.get((sample.measurement, sample.tags["site"]), -1.0)
        return start_s > given_s and start_s >= self._whole_from_s

    @staticmethod
    def _ended(buckets: Iterable[int], step_s: int, now_s: float) -> list[int]:
        return sorted(start_s for start_s in buckets if start_s + step_s <= now_s)

    def _close_minutes(self, now_s: float) -> list[Sample]:
        """Sum the devices of each site, minute by minute; one polled less often than that counts with its last total."""
        found: list[Sample] = []
        waiting = {minute for device in self._devices.values() for minute in device.minutes}
        minute_s = int(self._closed_s[MINUTE_S]) or min(waiting, default=0)
        horizon_s = max((device.at_s + self._known_s(name) for (_, name), device in self._devices.items()), default=0.0)
        while minute_s and minute_s + MINUTE_S <= now_s and minute_s <= horizon_s:
            sites: dict[str, list[DeviceCount]] = {}
            for (site, name), device in self._devices.items():
                minute = device.minutes.pop(minute_s, None)
                if minute is not None and minute.total:
                    device.known_at_s, device.known = minute_s, _with_gone(self._counted(name, minute), device.known)
                if device.known is not None and minute_s <= device.known_at_s + self._known_s(name):
                    sites.setdefault(site, []).append(device.known)
            for site_name, known in sorted(sites.items()):
                fields = _site_fields(known, of_site(known))
                found.append(_sample("wifi_site_1m", minute_s, {"site": site_name}, fields))
                if "clients" in fields:
                    hour = self._hours.setdefault(minute_s // HOUR_S * HOUR_S, {})
                    clients, devices = hour.setdefault(site_name, (_Mean(), _Mean()))
                    clients.add(fields["clients"])
                    devices.add(fields["devices"])
            minute_s += MINUTE_S
            if not sites:  # the clock may have been put forward by years
                later = [minute for device in self._devices.values() for minute in device.minutes if minute >= minute_s]
                if not later:
                    break
                minute_s = min(later)
        for key in [k for k, device in self._devices.items() if device.at_s < now_s - _FORGET_S]:
            del self._devices[key]
        return found

    def _counted(self, name: str, minute: _Minute) -> DeviceCount:
        standing = self._standing(name)
        macs, names = self._known_as.get(name, (frozenset(), frozenset()))
        return DeviceCount(
            name=name,
            aps=tuple(ap.count(key, ap_name) for (key, ap_name), ap in minute.aps.items()),
            total={field: mean.mean for field, mean in minute.total.items()},
            backup_of=standing.backup_of,
            counts=standing.counts,
            macs=macs,
            names=names,
        )

    def _known_s(self, device: str) -> float:
        return max(MINUTE_S, KNOWN_INTERVALS * self._interval_s(device))


def _count_ap(minute: _Minute, sample: Sample) -> None:
    ap = minute.aps.setdefault((sample.tags.get("ap_key"), sample.tags.get("ap", "")), _ApMinute())
    if sample.measurement == "wifi_ap":
        if "clients" in sample.fields:
            ap.clients.add(sample.fields["clients"])
        if "up" in sample.fields:
            ap.up = sample.fields["up"] == 1
    elif "clients" in sample.fields:
        radio = f"{sample.tags.get('radio')} {sample.tags.get('band')}"
        ap.radios.setdefault(radio, _Mean()).add(sample.fields["clients"])


def _with_gone(count: DeviceCount, before: DeviceCount | None) -> DeviceCount:
    """Keep the access points that were listed before, where the device's total says that some are missing."""
    if before is None or not count.total.get("gone"):
        return count
    there = {ap.key or ap.name for ap in count.aps}
    gone = (replace(ap, clients=None, gone=True) for ap in before.aps if (ap.key or ap.name) not in there and ap.up is not False)
    return replace(count, aps=(*count.aps, *gone))


def _stands_alone(_: str) -> Standing:
    return Standing()


def _by_network(samples: Iterable[Sample]) -> dict[str, float]:
    """Add up the clients of each network, as a whole or by access point, whichever says more; never both."""
    sums: dict[tuple[str, bool], float] = {}
    for sample in samples:
        if sample.measurement == "wifi_ssid" and "clients" in sample.fields:
            key = sample.tags.get("ssid", ""), "ap_key" in sample.tags
            sums[key] = sums.get(key, 0.0) + sample.fields["clients"]
    return {ssid: max(sums.get((ssid, True), 0.0), sums.get((ssid, False), 0.0)) for ssid, _ in sums}


def _site_fields(devices: Sequence[DeviceCount], total: SiteTotal) -> dict[str, float]:
    """The sum of a site by the rule of `collectors.totals`, as `wifiplan status` has it."""
    sums = {"clients": total.clients, "aps": total.aps, "aps_up": total.aps_up, "missing": len(total.missing) or None}
    return {"devices": float(sum(device.heard for device in devices))} | {
        name: float(value) for name, value in sums.items() if value is not None
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a store knows of the buckets under way: from when on, their samples, and the newest rollup given of each site."""

    since: datetime
    samples: list[Sample]
    given_s: dict[tuple[str, str], float]

    def parts(self, share_of: Callable[[str], int]) -> dict[int, Recovered]:
        """Sort it by the shares that the sites are in."""
        samples: dict[int, list[Sample]] = {}
        for sample in self.samples:
            samples.setdefault(share_of(sample.tags.get("site", "")), []).append(sample)
        return {share: replace(self, samples=found) for share, found in samples.items()}


def recover(store: Store, until: datetime, *, stopped: datetime | None = None, interval_s: float = 60.0) -> Recovered:
    """Read what is needed to go on after a restart.

    Parameters
    ----------
    until : datetime
        When polling began again; what came since is not read.
    stopped : datetime, optional
        When it had stopped: buckets that were under way then are given now. A day back at most.
    interval_s : float
        The longest interval at which one of them is polled: a total counts for some intervals.

    Raises
    ------
    StoreError
        The store cannot be read now.
    """
    since = under_way_since(until, stopped)
    from_s = timedelta(seconds=max(MINUTE_S, KNOWN_INTERVALS * interval_s))
    samples = [sample for name in SOURCES for sample in store.read(name, since=since - from_s, until=until)]
    given_s: dict[tuple[str, str], float] = {}
    for name in ROLLUPS:
        for sample in store.read(name, since=since, until=until):  # what is later was given while a clock was wrong
            key = name, sample.tags["site"]
            given_s[key] = max(given_s.get(key, 0.0), sample.time.timestamp())
    return Recovered(since=since, samples=samples, given_s=given_s)


def under_way_since(until: datetime, stopped: datetime | None) -> datetime:
    """When the first bucket began that may not be given yet: the hour's start, of the hour before for its last minutes' sake."""
    open_at = until - timedelta(minutes=10)
    if stopped is not None:
        open_at = min(open_at, max(stopped, until - timedelta(days=1)))
    return open_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class Rollups:
    """One `Rollup` for each share of the sites that this process has: a share may come and go, with its buckets under way."""

    def __init__(
        self,
        interval_s: Callable[[str], float],
        standing: Callable[[str], Standing] | None = None,
        serving: Callable[[str], frozenset[str]] | None = None,
    ) -> None:
        self._interval_s, self._standing, self._serving = interval_s, standing, serving
        self._shares: dict[int, Rollup] = {}
        self._waiting: set[int] = set()
        self._looked_s = 0.0

    def open(self, share: int) -> None:
        """Begin to collect; nothing is given until `resume` or `begin`."""
        self._shares[share] = Rollup(self._interval_s, self._standing, self._serving)
        self._waiting.add(share)

    def resume(self, share: int, found: Recovered) -> None:
        """Go on where another process stopped."""
        if share in self._waiting:
            self._shares[share].resume(found)
            self._waiting.discard(share)

    def begin(self, share: int, at: datetime) -> None:
        """Go on without knowing what was before."""
        if share in self._waiting:
            self._shares[share].begin(at)
            self._waiting.discard(share)

    def drop(self, share: int) -> None:
        """Another process has it."""
        self._shares.pop(share, None)
        self._waiting.discard(share)

    def _follow_clock(self, now: datetime) -> None:
        """Begin anew where the clock was put back: buckets that it was in before would else stay closed for as long."""
        if now.timestamp() >= self._looked_s - AHEAD_S:
            return
        for share in set(self._shares) - self._waiting:
            self._shares[share] = Rollup(self._interval_s, self._standing, self._serving)
            self._shares[share].begin(now)

    def take(self, share: int, samples: Iterable[Sample], now: datetime) -> list[Sample]:
        """Take the samples of a poll; give the sums of its sites now, and now and then those of all buckets that have ended."""
        samples = list(samples)
        self._follow_clock(now)
        rollup = self._shares.get(share)
        sums: list[Sample] = []
        if rollup is not None:
            rollup.add(samples)
            sums = rollup.now(samples)
        if abs(now.timestamp() - self._looked_s) < _LOOK_EVERY_S:
            return sums
        return [*sums, *self.closed(now)]

    def closed(self, now: datetime) -> list[Sample]:
        """Give the rollups of all buckets that have ended."""
        self._follow_clock(now)
        self._looked_s = now.timestamp()
        return [s for number, held in self._shares.items() if number not in self._waiting for s in held.closed(now)]


def fitting(kind: str, since: datetime | None, until: datetime | None = None) -> str:
    """Name the sums of a kind in which to read a span: up to two days finely, longer or from the beginning by the hour."""
    fine, coarse = KINDS[kind]
    if since is None:
        return coarse
    return fine if ((until or datetime.now(UTC)) - since).total_seconds() <= _FINE_S else coarse


def _sample(measurement: str, start_s: int, tags: dict[str, str], fields: dict[str, float]) -> Sample:
    return Sample(measurement=measurement, time=datetime.fromtimestamp(start_s, UTC), tags=tags, fields=fields)
