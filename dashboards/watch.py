"""Plan against live: what every access point and every facility is doing, as far as anybody knows now.

Everything here is a pure function of the configuration, the designs, the newest samples and the clock. What is too old, or
was never said, is None or `unknown`; it is never 0 and never `ok`.

States, worst first:

down      nothing of it answers, or it says itself that it does not serve
unknown   nobody has said anything about it within three poll intervals
degraded  it serves, but a part of it is down, silent, on battery or without its uplink
busy      clearly more clients than planned, or close to a limit; or a channel as full as the plan allows at most
ok        none of these
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from collectors.config import Config, Target
    from collectors.metrics import Sample
    from wifiplan.model import AccessPoint, Design, Requirement

State = Literal["down", "unknown", "degraded", "busy", "ok"]
STATES: tuple[State, ...] = get_args(State)
"""Worst first."""

STALE_INTERVALS = 3.0
"""A sample older than so many poll intervals says nothing about now: one lost poll is not an alarm, three are."""

NEAR_LIMIT_SHARE = 0.8
"""From this share of its limit on an access point is busy, unless the plan itself puts as many there."""

OVER_PLAN_SHARE = 1.1
"""A facility with more clients than so many times the plan is busy: people come and go, and a tenth is no news."""

FORGET_S = 86400.0
"""An access point that its own device has not listed for a day, and that no plan has, is no longer shown."""

MEASUREMENTS = ("wifi_ap", "wifi_radio", "wifi_ssid", "wifi_total", "device", "ups", "probe", "link", "poe", "poll")
"""What is read from the store. `link` and `poe` only tell that a device still answers, `poll` that it was asked."""

_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a state is what it is: a code that the locale has words for, and the values and names that go into them."""

    code: str
    values: Mapping[str, str | float] = field(default_factory=dict)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLoad:
    """One band of an access point. What is not known is None."""

    band: str
    clients: int | None = None
    up: bool | None = None
    busy_share: float | None = None
    planned: float | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApState:
    """One access point. `x_m`, `y_m` are None and `design` too where no plan has it; `age_s` None: never heard of.

    `last_clients` is the newest count there is, however old; `clients` is None as soon as that count is stale.
    """

    name: str
    key: str | None
    state: State
    up: bool | None = None
    clients: int | None = None
    last_clients: int | None = None
    planned: float | None = None
    limit: int | None = None
    age_s: float | None = None
    stale: bool = False
    bands: tuple[BandLoad, ...] = ()
    reasons: tuple[Reason, ...] = ()
    device: str = ""
    design: Path | None = None
    level: int = 0
    x_m: float | None = None
    y_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """One site. `complete` False: some device or access point is not in `clients`, which is then a lower bound."""

    site: str
    state: State
    clients: int | None = None
    complete: bool = True
    planned: float | None = None
    limit: int | None = None
    aps: int | None = None
    aps_up: int | None = None
    age_s: float | None = None
    reasons: tuple[Reason, ...] = ()
    access_points: tuple[ApState, ...] = ()
    unplanned: tuple[ApState, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _LiveAp:
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
class _Device:
    """One target as its newest samples show it."""

    name: str
    heard: bool
    age_s: float | None
    polled: bool
    refused: bool
    ahead: bool
    wifi: bool
    aps: tuple[_LiveAp, ...]
    total: Mapping[str, float]
    on_battery: bool


def status(
    config: Config, designs: Mapping[Path, Design | str], samples: Iterable[Sample], *, now: datetime
) -> tuple[Facility, ...]:
    """Say what every facility of the configuration is doing, worst first.

    Parameters
    ----------
    config : Config
        Its targets make the facilities: one for each `site`.
    designs : mapping
        Design file -> the design, or in words why it cannot be read. A broken file costs a facility its plan, no more.
    samples : iterable of Sample
        The newest of every series, as `Store.latest` gives them. Samples of devices that no target has are left out.
    now : datetime
        Aware. Ages are counted from it.
    """
    by_site: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_site[sample.tags.get("site", "")].append(sample)
    targets: dict[str, list[Target]] = defaultdict(list)
    for target in config.targets:
        targets[target.site].append(target)
    found = [
        facility(
            site,
            devices,
            {path: designs[path] for path in _design_paths(devices) if path in designs},
            by_site[site],
            now=now,
        )
        for site, devices in targets.items()
    ]
    return tuple(sorted(found, key=lambda one: (STATES.index(one.state), one.site)))


def _design_paths(targets: Iterable[Target]) -> list[Path]:
    return list(dict.fromkeys(target.design for target in targets if target.design is not None))


def facility(
    site: str,
    targets: Sequence[Target],
    designs: Mapping[Path, Design | str],
    samples: Iterable[Sample],
    *,
    now: datetime,
) -> Facility:
    """Say what one site is doing; the parameters are those of `status`, for this site alone."""
    by_device: dict[str, list[Sample]] = defaultdict(list)
    probes: list[Sample] = []
    for sample in samples:
        (probes if sample.measurement == "probe" else by_device[sample.tags.get("device", "")]).append(sample)
    devices = [_device(target, by_device[target.name], now) for target in targets]
    probe_limit_s = STALE_INTERVALS * max(target.interval_s for target in targets)
    readable = {path: design for path, design in designs.items() if not isinstance(design, str)}
    planned, unplanned, ambiguous = _joined(readable, _merged([ap for device in devices for ap in device.aps]))
    listed = {device.name for device in devices if device.heard}
    unplanned = tuple(ap for ap in unplanned if not ap.stale or (not readable and _remembered(ap, listed)))

    everyone = (*planned, *unplanned)
    clients, complete = _clients(devices)
    total_planned, limit = _plan_of(planned)
    known, up = _ap_counts(devices, planned, everyone)

    trouble = [*_device_reasons(devices), *_probe_reasons(probes, now, probe_limit_s)]
    trouble += _ap_reasons(planned, unplanned, known, up, heard=bool(listed))
    # As many strangers up as planned ones unseen is a matter of names; fewer means that some are really not there.
    unseen = [ap.name for ap in planned if not ap.device]
    strangers_up = sum(ap.state not in ("down", "unknown") for ap in unplanned)
    notes = [Reason(code="aps_not_seen", names=tuple(unseen))] if unseen and listed else []
    if ambiguous:
        notes.append(Reason(code="name_twice", names=tuple(sorted(ambiguous))))
    notes += [Reason(code="design_unreadable", values={"text": text}) for text in designs.values() if isinstance(text, str)]
    of_aps = _together(reason for ap in everyone for reason in ap.reasons)
    load = [reason for reason in of_aps if reason.code != "radios_down"] + _load_reasons(clients, total_planned, limit)
    trouble += [reason for reason in of_aps if reason.code == "radios_down"]

    degraded = bool(trouble) or len(unseen) > strangers_up
    state = _state(devices, everyone, degraded=degraded, busy=bool(load))
    reasons = [*trouble, *notes, *load]
    if state == "unknown" and not reasons:
        reasons.append(Reason(code="no_wifi"))
    ages = [device.age_s for device in devices if device.wifi and device.age_s is not None]
    return Facility(
        site=site,
        state=state,
        clients=clients,
        complete=complete,
        planned=None if total_planned is None else round(total_planned, 1),
        limit=limit,
        aps=known,
        aps_up=up,
        age_s=min(ages) if ages else None,
        reasons=tuple(reasons),
        access_points=planned,
        unplanned=unplanned,
    )


def _plan_of(planned: Sequence[ApState]) -> tuple[float | None, int | None]:
    """Planned clients and limit of all; a sum that lacks an access point's is not known."""
    plans = [ap.planned for ap in planned]
    limits = [ap.limit for ap in planned if ap.limit is not None]
    total = sum(plan for plan in plans if plan is not None) if plans and None not in plans else None
    return total, sum(limits) if limits else None


def _ap_reasons(
    planned: Sequence[ApState], unplanned: Sequence[ApState], known: int | None, up: int | None, *, heard: bool
) -> list[Reason]:
    """Which access points are down or silent; how many, where only numbers are told."""
    everyone = (*planned, *unplanned)
    down = tuple(ap.name for ap in everyone if ap.state == "down")
    silent = tuple(ap.name for ap in everyone if ap.state == "unknown" and ap.device)
    reasons = [Reason(code="aps_down", names=down)] if down else []
    if silent and heard:
        reasons.append(Reason(code="aps_unknown", names=silent))
    unseen = any(not ap.device for ap in planned)
    if known is not None and up is not None and up < known and not (down or silent or unseen):
        reasons.append(Reason(code="aps_fewer", values={"up": up, "known": known}))
    elif up == 0 and known is None:
        reasons.append(Reason(code="aps_none"))
    return reasons


def _load_reasons(clients: int | None, planned: float | None, limit: int | None) -> list[Reason]:
    if clients is not None and planned is not None and clients > OVER_PLAN_SHARE * planned:
        return [Reason(code="over_plan", values={"clients": clients, "planned": round(planned)})]
    if clients is not None and limit is not None and _near_limit(clients, planned, limit):
        return [Reason(code="near_limit", values={"clients": clients, "limit": limit})]
    return []


def _together(reasons: Iterable[Reason]) -> list[Reason]:
    """One reason for each code, with the names of all: twelve full access points are one sentence."""
    names: dict[str, tuple[str, ...]] = dict.fromkeys(("radios_down", "aps_full", "channels_busy", "aps_busy"), ())
    for reason in reasons:
        names[reason.code] += reason.names
    return [Reason(code=code, names=named) for code, named in names.items() if named]


def to_json(found: Facility, text: Any) -> dict[str, Any]:
    """What `wifiplan status --json` prints of a facility; `text(reason)` gives a reason's words."""
    return {
        "site": found.site,
        "state": found.state,
        "clients": found.clients,
        "clients_complete": found.complete,
        "planned": found.planned,
        "limit": found.limit,
        "aps": found.aps,
        "aps_up": found.aps_up,
        "age_s": None if found.age_s is None else round(found.age_s, 1),
        "reasons": [text(reason) for reason in found.reasons],
        "reason_codes": [reason.code for reason in found.reasons],
    }


# --- what one device says -------------------------------------------------------------------------------------------


def _device(target: Target, samples: Sequence[Sample], now: datetime) -> _Device:
    limit_s = STALE_INTERVALS * target.interval_s
    answers = [sample for sample in samples if _is_answer(sample)]
    ages = [_age_s(sample, now) for sample in answers]
    # A time ahead of our clock by more than a stale sample's age says nothing: when the collector dies it would look fresh on.
    past = [age for age in ages if age >= -limit_s]
    said = [
        sample.fields["reachable"]
        for sample in samples
        if sample.measurement == "device" and "reachable" in sample.fields and _fresh(sample, now, limit_s)
    ]
    wifi = [sample for sample in answers if sample.measurement.startswith("wifi_")]
    totals = [s for s in wifi if s.measurement == "wifi_total" and _fresh(s, now, limit_s)]
    return _Device(
        name=target.name,
        heard=any(age <= limit_s for age in past),
        age_s=max(min(past), 0.0) if past else None,
        polled=any(sample.measurement == "poll" and _fresh(sample, now, limit_s) for sample in samples),
        refused=bool(said) and not any(said),
        ahead=len(past) < len(ages),
        # A target that never answered may be anything; one that did is what it said it is.
        wifi=bool(wifi) or not answers,
        aps=_live_aps(target, wifi, now, limit_s),
        # The rule that makes the total may change with the firmware, and `source` with it: the newest one holds.
        total=max(totals, key=lambda s: s.time).fields if totals else {},
        on_battery=any(s.fields.get("on_battery") == 1 for s in answers if s.measurement == "ups" and _fresh(s, now, limit_s)),
    )


def _is_answer(sample: Sample) -> bool:
    """Whether the device itself said this, and not the collector about it."""
    if sample.measurement == "device":
        return sample.fields.get("reachable", 1.0) == 1
    return sample.measurement != "poll"


def _age_s(sample: Sample, now: datetime) -> float:
    return (now - sample.time).total_seconds()


def _fresh(sample: Sample, now: datetime, limit_s: float) -> bool:
    return abs(_age_s(sample, now)) <= limit_s


def _live_aps(target: Target, samples: Iterable[Sample], now: datetime, limit_s: float) -> tuple[_LiveAp, ...]:
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
        fresh = [sample for sample in group if _fresh(sample, now, limit_s)]
        counted = fresh or [sample for sample in group if sample.time == newest.time]
        whole = max((s for s in counted if s.measurement == "wifi_ap"), key=lambda s: s.time, default=None)
        bands = _bands(counted)
        found.append(
            _LiveAp(
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


def _merged(aps: Iterable[_LiveAp]) -> list[_LiveAp]:
    """One for each identity. Two controllers may list one AP: the one where it serves, else the one heard last, is right."""
    best: dict[tuple[str, str], _LiveAp] = {}
    for ap in aps:
        other = best.get(ap.identity)
        if other is None or (ap.fresh, ap.up is True, -ap.age_s) > (other.fresh, other.up is True, -other.age_s):
            best[ap.identity] = ap
    return list(best.values())


# --- design and live data meet --------------------------------------------------------------------------------------


def _joined(designs: Mapping[Path, Design], live: Sequence[_LiveAp]) -> tuple[tuple[ApState, ...], tuple[ApState, ...], set[str]]:
    """Planned access points with what is live of them, live ones that no plan has, and names that occur twice.

    A planned AP with a key is joined by the key and nothing else; one without by its name, if that name is one AP's only,
    in the plan and among what is live.
    """
    plan = [(path, design, ap) for path, design in designs.items() for ap in design.access_points]
    by_key: dict[str, list[_LiveAp]] = defaultdict(list)
    by_name: dict[str, list[_LiveAp]] = defaultdict(list)
    for one in live:
        if one.key is not None:
            by_key[one.key].append(one)
        by_name[one.name].append(one)
    keyless = Counter(ap.name for _, _, ap in plan if ap.key is None)
    keys = Counter(ap.key for _, _, ap in plan)
    taken: set[tuple[str, str]] = set()
    ambiguous: set[str] = set()
    matches: list[_LiveAp | None] = []
    for _, _, ap in plan:
        if ap.key is not None:
            match = _only(by_key[ap.key]) if keys[ap.key] == 1 else None
            twice = match is None and bool(by_key[ap.key])
        else:
            match = _only(by_name[ap.name]) if keyless[ap.name] == 1 else None
            twice = match is None and bool(by_name[ap.name])
        if twice:
            ambiguous.add(ap.name)
        if match is not None:
            taken.add(match.identity)
        matches.append(match)
    planned = tuple(_planned(path, design, ap, match) for (path, design, ap), match in zip(plan, matches, strict=True))
    unplanned = tuple(_unplanned(one) for one in live if one.identity not in taken)
    return planned, unplanned, ambiguous


def _only(candidates: Sequence[_LiveAp]) -> _LiveAp | None:
    """The single one, or the single one heard lately: a replaced AP leaves its old series behind."""
    fresh = [one for one in candidates if one.fresh]
    chosen = fresh or candidates
    return chosen[0] if len(chosen) == 1 else None


def _planned(path: Path, design: Design, ap: AccessPoint, live: _LiveAp | None) -> ApState:
    loads = _planned_bands(ap, design.requirement)
    plans = [load.planned for load in loads]
    base = ApState(
        name=ap.name,
        key=ap.key,
        state="unknown",
        planned=sum(plan for plan in plans if plan is not None) if plans and None not in plans else None,
        limit=sum(load.limit or 0 for load in loads) if loads else None,
        bands=loads,
        design=path,
        level=ap.level,
        x_m=ap.x_m,
        y_m=ap.y_m,
    )
    if live is None:
        return base
    said = {load.band: load for load in live.bands} if live.fresh else {}
    bands = tuple(
        replace(load, clients=said[load.band].clients, up=said[load.band].up, busy_share=said[load.band].busy_share)
        if load.band in said
        else load
        for load in loads
    )
    return _judged(replace(base, bands=bands), live, max_busy_share=design.requirement.max_busy_share)


def _planned_bands(ap: AccessPoint, requirement: Requirement) -> tuple[BandLoad, ...]:
    by_band: dict[str, BandLoad] = {}
    for radio in ap.radios:
        limit = radio.client_limit if radio.client_limit is not None else requirement.max_clients_per_radio
        before = by_band.get(radio.band)
        plan = radio.planned_clients
        if before is not None:
            limit += before.limit or 0
            plan = None if plan is None or before.planned is None else plan + before.planned
        by_band[radio.band] = BandLoad(band=radio.band, planned=plan, limit=limit)
    return tuple(by_band.values())


def _unplanned(live: _LiveAp) -> ApState:
    base = ApState(name=live.name, key=live.key, state="unknown", bands=live.bands if live.fresh else ())
    return _judged(base, live, max_busy_share=None)


def _judged(ap: ApState, live: _LiveAp, *, max_busy_share: float | None) -> ApState:
    """The state, from what is live and what was planned."""
    heard = replace(ap, device=live.device, age_s=live.age_s, last_clients=live.clients)
    if not live.fresh:
        return replace(heard, state="unknown", stale=True)
    heard = replace(heard, clients=live.clients, up=live.up)
    if live.up is False:
        return replace(heard, state="down")
    if live.up is None and live.clients is None:
        return replace(heard, state="unknown")
    reasons: list[Reason] = []
    # Without a plan a radio that is off may well be meant to be off.
    off = tuple(f"{ap.name} {load.band} GHz" for load in heard.bands if load.up is False and ap.design is not None)
    if off:
        reasons.append(Reason(code="radios_down", names=off))
    loads = [(ap.name, live.clients, ap.planned, ap.limit)]
    if not _near_limit(*loads[0][1:]):  # one band may be full while the sum over both hides it
        loads = [(f"{ap.name} {load.band} GHz", load.clients, load.planned, load.limit) for load in heard.bands]
    for name, clients, planned, limit in loads:
        if _near_limit(clients, planned, limit):
            is_full = (clients or 0) >= (limit or 0)
            reasons.append(Reason(code="aps_full" if is_full else "aps_busy", names=(f"{name} ({clients}/{limit})",)))
    reasons += [
        Reason(code="channels_busy", names=(f"{ap.name} {load.band} GHz",))
        for load in heard.bands
        if load.busy_share is not None and max_busy_share is not None and load.busy_share >= max_busy_share
    ]
    state: State = "degraded" if off else "busy" if reasons else "ok"
    return replace(heard, state=state, reasons=tuple(reasons))


def _near_limit(clients: int | None, planned: float | None, limit: int | None) -> bool:
    if clients is None or limit is None:
        return False
    return clients >= limit or (clients >= NEAR_LIMIT_SHARE * limit and (planned is None or clients > planned))


# --- what a facility is ---------------------------------------------------------------------------------------------


def _device_reasons(devices: Iterable[_Device]) -> list[Reason]:
    reasons = []
    for device in devices:
        about: dict[str, str | float] = {"device": device.name}
        if device.age_s is not None:
            about["age_s"] = device.age_s
        if not device.heard:
            if device.refused:
                code = "not_answering" if device.age_s is not None else "never_answered"
            elif device.ahead:
                code = "clock_ahead"
            elif device.polled:
                code = "not_readable"
            else:
                code = "silent" if device.age_s is not None else "never_polled"
            reasons.append(Reason(code=code, values=about))
        if device.on_battery:
            reasons.append(Reason(code="on_battery", values={"device": device.name}))
    return reasons


def _probe_reasons(probes: Iterable[Sample], now: datetime, limit_s: float) -> list[Reason]:
    return [
        Reason(code="unreachable", values={"target": sample.tags.get("target", "")})
        for sample in probes
        if sample.fields.get("reachable") == 0 and _fresh(sample, now, limit_s)
    ]


def _state(devices: Sequence[_Device], aps: Sequence[ApState], *, degraded: bool, busy: bool) -> State:
    wifi = [device for device in devices if device.wifi]
    if not any(device.heard for device in wifi):
        return "down" if wifi and all(device.refused for device in wifi) else "unknown"
    if not any(device.aps or device.total for device in wifi if device.heard):
        return "unknown"
    known = [ap for ap in aps if ap.device and ap.state != "unknown"]
    if known:
        is_down = all(ap.state == "down" for ap in known)
    else:  # no access point by name: then only what the devices sum up themselves
        totals = [device.total for device in wifi if device.heard]
        if not any(total.get("clients") or total.get("aps_up") for total in totals):
            # No client says little; that no access point serves has to be said to be known.
            return "down" if all(total.get("aps_up") == 0 for total in totals) else "unknown"
        is_down = False
    if is_down:
        return "down"
    return "degraded" if degraded else "busy" if busy else "ok"


def _clients(devices: Sequence[_Device]) -> tuple[int | None, bool]:
    """Each device's own total, or the sum over its access points where it gives none; and whether that is all."""
    counts: list[int | None] = []
    for device in devices:
        if not device.wifi:
            continue
        if not device.heard:
            counts.append(None)
        elif "clients" in device.total:
            counts.append(round(device.total["clients"]))
        else:
            own = [ap.clients if ap.fresh else None for ap in device.aps]
            counts.append(sum(count for count in own if count is not None) if own and None not in own else None)
    known = [count for count in counts if count is not None]
    return (sum(known) if known else None), len(known) == len(counts)


def _ap_counts(devices: Sequence[_Device], planned: Sequence[ApState], aps: Sequence[ApState]) -> tuple[int | None, int | None]:
    """How many access points there are and how many serve.

    There are as many as the plan, the list or the devices' own totals have, whichever is most. Serving are those known to.
    """
    heard = [device for device in devices if device.wifi and device.heard]
    live = [ap for ap in aps if ap.device]
    told = sum(round(device.total.get("aps", 0)) for device in heard)
    known = max(len(planned), len(live), told) or None
    if not heard:
        return known, None
    told_up = [round(device.total["aps_up"]) for device in heard if "aps_up" in device.total]
    if told_up and not any(ap.up is not None for ap in live):
        return known, sum(told_up)
    return known, sum(ap.state not in ("unknown", "down") for ap in live) if live else None


def _remembered(ap: ApState, listed: set[str]) -> bool:
    return ap.device not in listed or ap.age_s is None or ap.age_s <= FORGET_S
