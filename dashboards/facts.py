"""What is known now, before anybody judges it: what each device, probe and access point says in its newest samples.

Everything here is a pure function of targets, samples and the clock. What is too old, or was never said, is None or not
`fresh`; it is never 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from collectors.errors import WHY_CODES
from collectors.totals import FORGET_S, ApCount, DeviceCount, mac_of
from dashboards.states import BandLoad

if TYPE_CHECKING:
    from datetime import datetime

    from collectors.config import Target
    from collectors.errors import Why
    from collectors.metrics import Sample

STALE_INTERVALS = 3.0
"""A sample older than so many poll intervals says nothing about now: one lost poll is not an alarm, three are."""

_WIRED = ("link", "poe", "dhcp", "sessions")
MEASUREMENTS = ("wifi_ap", "wifi_radio", "wifi_ssid", "wifi_total", "device", "ups", "probe", *_WIRED, "poll", "about")
"""What is read from the store. `poll` tells that a device was asked, and why it gave no answer."""

OF_THE_DEVICE = ("device", "poll", "about")
"""What is said of a device as such, under the site where it stands; the sites that it serves need it too."""

_WHY: Mapping[int, Why] = {code: why for why, code in WHY_CODES.items()}

SERVES_NO_MORE_SHARE = 0.9
"""From this share of a link's speed or of a switch's power on there is no room for what comes next. Assumed."""


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
    def as_told(self) -> tuple[str, str | None, str]:
        """What `collectors.totals.identities` knows it by."""
        return self.device, self.key, self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One target as its newest samples show it.

    `why` is why its last poll gave no answer, None where it gave one or was not asked lately. `total` are the fields of its
    newest `wifi_total`. `has_battery`: it says now whether the mains are there. `covered`: it does not answer, and others have
    counted all of its access points.
    """

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
    has_battery: bool = False
    battery_minutes: float | None = None
    why: Why | None = None
    backup_of: str | None = None
    counts: bool = True
    macs: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    covered: bool = False

    @property
    def counted(self) -> DeviceCount:
        """What it says as far as counting goes; of one that is silent what it last listed.

        Where its total says that rows are missing, those are the access points that it listed lately and does not list now.
        """
        aps = [ap for ap in self.aps if ap.fresh or not self.heard]
        counts = [ApCount(name=ap.name, key=ap.key, clients=ap.clients, up=ap.up) for ap in aps]
        if self.heard and self.total.get("gone"):
            missed = (ap for ap in self.aps if not ap.fresh and ap.age_s <= FORGET_S and ap.up is not False)
            counts += [ApCount(name=ap.name, key=ap.key, clients=None, up=None, gone=True) for ap in missed]
        return DeviceCount(
            name=self.name,
            aps=tuple(counts),
            total=self.total,
            heard=self.heard,
            backup_of=self.backup_of,
            counts=self.counts,
            macs=self.macs,
            names=self.names,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """An interface that targets.toml names as a site's way out. None: not known."""

    device: str
    interface: str
    up: bool | None
    used_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApPort:
    """The switch port that targets.toml names as an access point's."""

    device: str
    interface: str
    ap: str
    up: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerBudget:
    """Power over Ethernet of one switch group."""

    device: str
    group: str
    used_w: float
    power_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What a device lends until it has no more: addresses of a network, or sessions."""

    kind: Literal["addresses", "sessions"]
    device: str
    pool: str
    used: float
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """Devices that report the same access points: counted once."""

    devices: tuple[str, ...]


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
    plan has. `strangers` are live access points that no plan has, of a site with a plan; `missing` names what is not in
    `clients`.
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
    strangers: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unassigned: int = 0


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
    ups = [s for s in answers if s.measurement == "ups" and _is_fresh(s, now, limit_s)]
    about = max((s for s in samples if s.measurement == "about"), key=lambda s: s.time, default=None)
    told = {} if about is None else about.tags
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
        on_battery=any(s.fields.get("on_battery") == 1 for s in ups),
        has_battery=any("on_battery" in s.fields for s in ups),
        battery_minutes=min((s.fields["minutes_left"] for s in ups if "minutes_left" in s.fields), default=None),
        why=_why(samples, now, limit_s),
        backup_of=target.backup_of,
        counts=target.counts,
        macs=frozenset(mac for mac in map(mac_of, told.get("macs", "").split()) if mac is not None),
        names=frozenset(name for name in (target.ap, told.get("sys_name")) if name),
    )


def _why(samples: Sequence[Sample], now: datetime, limit_s: float) -> Why | None:
    """Why the newest poll gave no answer; None where it gave one, or where there is none that is fresh."""
    polls = [sample for sample in samples if sample.measurement == "poll" and _is_fresh(sample, now, limit_s)]
    newest = max(polls, key=lambda sample: sample.time, default=None)
    return None if newest is None else _WHY.get(round(newest.fields.get("why", 0)))


def wired(target: Target, samples: Iterable[Sample], now: datetime) -> tuple[Uplink | ApPort | PowerBudget | Stock, ...]:
    """What fresh samples of a target say of what is behind the radios: uplinks, ports, power, addresses, sessions."""
    limit_s = STALE_INTERVALS * target.interval_s
    found: list[Uplink | ApPort | PowerBudget | Stock] = []
    for sample in samples:
        if not _is_fresh(sample, now, limit_s):
            continue
        fields, interface = sample.fields, sample.tags.get("interface", "")
        if sample.measurement == "link":
            up = fields["up"] == 1 if "up" in fields else None
            if interface in target.uplinks:
                rates = [fields[name] for name in ("in_bps", "out_bps") if name in fields]
                share = max(rates) / fields["speed_bps"] if rates and fields.get("speed_bps") else None
                found.append(Uplink(device=target.name, interface=interface, up=up, used_share=share))
            if interface in target.ap_ports:
                found.append(ApPort(device=target.name, interface=interface, ap=target.ap_ports[interface], up=up))
        elif sample.measurement == "poe" and fields.get("power_w") and "used_w" in fields:
            group = sample.tags.get("group", "")
            found.append(PowerBudget(device=target.name, group=group, used_w=fields["used_w"], power_w=fields["power_w"]))
        elif sample.measurement == "dhcp" and "used" in fields:
            size = fields["used"] + fields["free"] if "free" in fields else target.addresses
            if size:
                pool = sample.tags.get("pool", "")
                found.append(Stock(kind="addresses", device=target.name, pool=pool, used=fields["used"], size=size))
        elif sample.measurement == "sessions" and "used" in fields:
            size = fields.get("limit", target.sessions)
            if size:
                found.append(Stock(kind="sessions", device=target.name, pool="", used=fields["used"], size=size))
    return tuple(found)


def _is_answer(sample: Sample) -> bool:
    """Whether the device itself said this, and not the collector about it."""
    if sample.measurement == "device":
        return sample.fields.get("reachable", 1.0) == 1
    return sample.measurement not in ("poll", "about")


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
