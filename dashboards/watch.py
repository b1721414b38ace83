"""Plan against live: what every access point and every facility is doing, as far as anybody knows now.

Facts (`dashboards.facts`, joined with the plan by `dashboards.matching`) go through the rules (`dashboards.rules`) and become
states (`dashboards.states`). All of it is a pure function of the configuration, the designs, the newest samples and the
clock. What is too old, or was never said, is None or `unknown`; it is never 0 and never `ok`.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from collectors.config import DEFAULT_INTERVAL_S
from collectors.sites import UNASSIGNED
from collectors.totals import FORGET_S, of_site
from dashboards import rules
from dashboards.facts import (
    OF_THE_DEVICE,
    STALE_INTERVALS,
    BandFacts,
    BrokenDesign,
    ClientLoad,
    Device,
    LiveAp,
    Probe,
    Same,
    SiteFacts,
    Uplink,
    device_of,
    probes_of,
    wired,
)
from dashboards.matching import Matching, Planned, matched, merged
from dashboards.states import STATES, ApState, BandLoad, Facility
from wifiplan import equipment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from collectors.config import Config, Target
    from collectors.errors import Why
    from collectors.metrics import Sample
    from collectors.totals import SiteTotal
    from dashboards.states import Reason, State
    from wifiplan.model import AccessPoint, Design, Requirement


def status(
    config: Config, designs: Mapping[Path, Design | str], samples: Iterable[Sample], *, now: datetime
) -> tuple[Facility, ...]:
    """Say what every facility of the configuration is doing, worst first.

    Parameters
    ----------
    config : Config
        Its sites are the facilities: those of targets, of `[[site]]` and of lists.
    designs : mapping
        Design file -> the design, or in words why it cannot be read. A broken file costs a facility its plan, no more.
    samples : iterable of Sample
        The newest of every series, as `Store.latest` gives them. Samples of devices that no target has are left out.
    now : datetime
        Aware. Ages are counted from it.
    """
    by_site: dict[str, list[Sample]] = defaultdict(list)
    of_devices: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_site[sample.tags.get("site", "")].append(sample)
        if sample.measurement in OF_THE_DEVICE:
            of_devices[sample.tags.get("device", "")].append(sample)
    cut_off = _collector_is_cut_off(config, of_devices, now)
    serving: dict[str, list[Target]] = defaultdict(list)
    for target in config.targets:
        for site in target.sites:
            serving[site].append(target)
    found, files = [], config.designs_by_site()
    for site in config.site_names:
        targets = serving[site]
        foreign = [sample for target in targets if target.site != site for sample in of_devices[target.name]]
        plans = {path: designs[path] for path in files.get(site, ()) if path in designs}
        found.append(facility(site, targets, plans, (*by_site[site], *foreign), now=now, cut_off=cut_off))
    return tuple(sorted(found, key=lambda one: (STATES.index(one.state), one.site)))


def unassigned(config: Config, samples: Iterable[Sample], *, now: datetime) -> tuple[LiveAp, ...]:
    """Give the access points that a device lists now and no rule gives to a site; the parameters are those of `status`."""
    by_device: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.tags.get("site") == UNASSIGNED and sample.measurement in ("wifi_ap", "wifi_radio"):
            by_device[sample.tags.get("device", "")].append(sample)
    devices = [device_of(target, by_device[target.name], now) for target in config.targets if target.name in by_device]
    return tuple(sorted((ap for ap in merged(devices) if ap.fresh), key=lambda ap: (ap.device, ap.name)))


def joined(
    config: Config, designs: Mapping[Path, Design | str], samples: Iterable[Sample], *, now: datetime
) -> dict[str, Matching]:
    """Say of each site that has a plan how it meets what is live; the parameters are those of `status`."""
    by_site: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    of_devices: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        device = sample.tags.get("device", "")
        by_site[sample.tags.get("site", "")][device].append(sample)
        if sample.measurement in OF_THE_DEVICE:
            of_devices[device].append(sample)
    found, files = {}, config.designs_by_site()
    for site in config.site_names:
        readable = {path: design for path in files.get(site, ()) if not isinstance(design := designs.get(path, ""), str)}
        if readable:
            mine = by_site[site]
            devices = [device_of(t, [*mine[t.name], *of_devices[t.name]], now) for t in config.serving(site)]
            found[site] = matched(readable, merged(devices))
    return found


def _collector_is_cut_off(config: Config, samples: Mapping[str, Sequence[Sample]], now: datetime) -> bool:
    """Whether the collector itself has no network or no name server, so that its failures say nothing about the devices.

    It says so of a poll; and where none of several names is resolved, the names are not what is wrong.
    """
    whys = {target.name: device_of(target, samples.get(target.name, ()), now).why for target in config.targets}
    if any(why == "collector" for why in whys.values()):
        return all(why in ("collector", "resolve") for why in whys.values() if why is not None)
    names = {target.host for target in config.targets if not _is_address(target.host)}
    failed = {target.host for target in config.targets if target.host in names and whys[target.name] == "resolve"}
    return len(names) > 1 and failed == names


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def facility(
    site: str,
    targets: Sequence[Target],
    designs: Mapping[Path, Design | str],
    samples: Iterable[Sample],
    *,
    now: datetime,
    cut_off: bool = False,
) -> Facility:
    """Say what one site is doing; the parameters are those of `status`, for this site alone.

    `samples` are the site's own and those of `OF_THE_DEVICE` of devices elsewhere that serve it; `cut_off` is whether the
    collector itself has no network.
    """
    samples = list(samples)
    by_device: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.measurement != "probe":
            by_device[sample.tags.get("device", "")].append(sample)
    devices = [device_of(target, by_device[target.name], now) for target in targets]
    if cut_off:
        devices = [replace(device, refused=False, why=device.why and "collector") for device in devices]
    total = of_site(device.counted for device in devices if device.wifi)
    devices = [replace(device, covered=device.name in total.covered) for device in devices]
    wires = [fact for target in targets for fact in wired(target, by_device[target.name], now)]
    interval_s = max((target.interval_s for target in targets), default=DEFAULT_INTERVAL_S)
    probes = () if cut_off else probes_of(samples, now, STALE_INTERVALS * interval_s)
    readable = {path: design for path, design in designs.items() if not isinstance(design, str)}
    broken = [BrokenDesign(text=design) for design in designs.values() if isinstance(design, str)]

    found = matched(readable, merged(devices))
    listed = {device.name for device in devices if device.heard}
    strangers = [live for live in found.unplanned if live.fresh or (not readable and _is_remembered(live, listed))]
    planned = [_planned(one) for one in found.planned]
    unplanned = [_unplanned(live) for live in strangers]
    everyone = [*(ap for ap, _ in planned), *(ap for ap, _ in unplanned)]
    of_aps = [fact for _, facts in (*planned, *unplanned) for fact in facts]

    clients = None if total.clients is None else round(total.clients)
    total_planned, limit = _plan_of([ap for ap, _ in planned])
    known, up = _ap_counts(total, len(planned), everyone)
    base = _base_state(devices, everyone)
    site_facts = SiteFacts(
        heard=bool(listed),
        serving={"ok": True, "down": False}.get(base),
        clients=clients,
        planned=total_planned,
        limit=limit,
        aps=known,
        aps_up=up,
        down=tuple(ap.name for ap in everyone if ap.state == "down"),
        silent=tuple(ap.name for ap in everyone if ap.state == "unknown" and ap.device),
        unseen=tuple(ap.name for ap, _ in planned if not ap.device),
        strangers_up=sum(ap.state not in ("down", "unknown") for ap, _ in unplanned),
        strangers=tuple(ap.name for ap, _ in unplanned) if planned else (),
        ambiguous=found.ambiguous,
        missing=tuple(name for name in total.missing if name not in {device.name for device in devices if not device.heard}),
    )
    same = [Same(devices=names) for names in total.same]
    state, reasons = rules.judged([*devices, *probes, *wires, *of_aps, *broken, *same, site_facts])
    ages = [device.age_s for device in devices if device.wifi and device.age_s is not None]
    return Facility(
        site=site,
        # Nothing that still goes well makes more of what does not serve, or of which nobody knows whether it serves.
        state=state if base == "ok" else base,
        clients=clients,
        complete=total.complete and not any(device.wifi and not device.heard and not device.covered for device in devices),
        planned=None if total_planned is None else round(total_planned, 1),
        limit=limit,
        aps=known,
        aps_up=up,
        age_s=min(ages) if ages else None,
        reasons=reasons,
        access_points=tuple(ap for ap, _ in planned),
        unplanned=tuple(ap for ap, _ in unplanned),
        missing=total.missing,
        why=_why(devices),
        internet=_internet(probes, wires),
        on_battery=any(device.on_battery for device in devices) if any(device.has_battery for device in devices) else None,
        battery_minutes=min(
            (one.battery_minutes for one in devices if one.on_battery and one.battery_minutes is not None), default=None
        ),
    )


def _internet(probes: Iterable[Probe], wires: Iterable[object]) -> bool | None:
    """Whether anything beyond the site was reached lately; a way out that is down says that it was not."""
    reached = [probe.reachable for probe in probes if probe.reachable is not None]
    ways = [wire.up for wire in wires if isinstance(wire, Uplink) and wire.up is not None]
    if reached:
        return any(reached)
    return False if ways and not any(ways) else None


def _why(devices: Sequence[Device]) -> Why | None:
    """Why a device of the site gives no answer, of the one that says most of the Wi-Fi; None where all answer."""
    silent = [device for device in devices if not device.heard and not device.covered]
    said = [device.why for device in sorted(silent, key=lambda device: not device.wifi) if device.why is not None]
    if said:
        return said[0]
    return "collector" if any(not device.polled for device in silent) else "silent" if silent else None


def _plan_of(planned: Sequence[ApState]) -> tuple[float | None, int | None]:
    """Planned clients and limit of all; a sum that lacks an access point's is not known."""
    plans = [ap.planned for ap in planned]
    limits = [ap.limit for ap in planned if ap.limit is not None]
    total = sum(plan for plan in plans if plan is not None) if plans and None not in plans else None
    return total, sum(limits) if limits else None


def unassigned_json(ap: LiveAp) -> dict[str, Any]:
    """What `wifiplan status --json` prints of an access point without a site."""
    return {"device": ap.device, "ap": ap.name, "ap_key": ap.key, "clients": ap.clients}


def to_json(found: Facility, text: Callable[[Reason], str]) -> dict[str, Any]:
    """What `wifiplan status --json` prints of a facility; `text(reason)` gives a reason's words."""
    return {
        "site": found.site,
        "state": found.state,
        "clients": found.clients,
        "clients_complete": found.complete,
        "missing": list(found.missing),
        "planned": found.planned,
        "limit": found.limit,
        "aps": found.aps,
        "aps_up": found.aps_up,
        "age_s": None if found.age_s is None else round(found.age_s, 1),
        "reasons": [text(reason) for reason in found.reasons],
        "reason_codes": [reason.code for reason in found.reasons],
        "why": found.why,
    }


# --- what an access point is ----------------------------------------------------------------------------------------


def _planned(one: Planned) -> tuple[ApState, tuple[object, ...]]:
    """The planned access point with what is live of it, and the facts that rules judge."""
    ap, live = one.ap, one.live
    loads = _planned_bands(ap, one.design.requirement)
    plans = [load.planned for load in loads]
    base = ApState(
        name=ap.name,
        key=ap.key,
        state="unknown",
        planned=sum(plan for plan in plans if plan is not None) if plans and None not in plans else None,
        limit=sum(load.limit or 0 for load in loads) if loads else None,
        bands=loads,
        design=one.path,
        level=ap.level,
        x_m=ap.x_m,
        y_m=ap.y_m,
    )
    if live is None:
        return base, ()
    said = {load.band: load for load in live.bands} if live.fresh else {}
    bands = tuple(_band_with_live(load, said[load.band]) if load.band in said else load for load in loads)
    return _with_live(base, live, bands, max_busy_share=one.design.requirement.max_busy_share)


def _band_with_live(plan: BandLoad, live: BandLoad) -> BandLoad:
    return BandLoad(
        band=plan.band,
        clients=live.clients,
        up=live.up,
        busy_share=live.busy_share,
        planned=plan.planned,
        limit=plan.limit,
    )


def _planned_bands(ap: AccessPoint, requirement: Requirement) -> tuple[BandLoad, ...]:
    by_band: dict[str, BandLoad] = {}
    for radio in ap.radios:
        limit = equipment.client_limit(ap, radio, requirement)
        before = by_band.get(radio.band)
        plan = radio.planned_clients
        if before is not None:
            limit += before.limit or 0
            plan = None if plan is None or before.planned is None else plan + before.planned
        by_band[radio.band] = BandLoad(band=radio.band, planned=plan, limit=limit)
    return tuple(by_band.values())


def _unplanned(live: LiveAp) -> tuple[ApState, tuple[object, ...]]:
    base = ApState(name=live.name, key=live.key, state="unknown")
    return _with_live(base, live, live.bands if live.fresh else (), max_busy_share=None)


def _with_live(
    ap: ApState, live: LiveAp, bands: tuple[BandLoad, ...], *, max_busy_share: float | None
) -> tuple[ApState, tuple[object, ...]]:
    """The state, from what is live and what was planned; of one that does not serve there is nothing more to judge."""
    is_known = live.fresh and not (live.up is None and live.clients is None)
    heard = replace(
        ap,
        state="unknown" if not is_known else "down" if live.up is False else "ok",
        up=live.up if live.fresh else None,
        clients=live.clients if live.fresh else None,
        last_clients=live.clients,
        age_s=live.age_s,
        stale=not live.fresh,
        bands=bands,
        device=live.device,
    )
    if heard.state != "ok":
        return heard, ()
    facts = (*_loads(heard), *_bands(heard, max_busy_share))
    state, reasons = rules.judged(facts)
    return (replace(heard, state=state, reasons=reasons) if reasons else heard), facts


def _loads(ap: ApState) -> tuple[ClientLoad, ...]:
    """The access point, if it is near its limit; else each band, since one may be full while the sum over both hides it."""
    whole = ClientLoad(name=ap.name, clients=ap.clients, planned=ap.planned, limit=ap.limit)
    if rules.near_limit(whole):
        return (whole,)
    return tuple(
        ClientLoad(name=_band_name(ap, load), clients=load.clients, planned=load.planned, limit=load.limit) for load in ap.bands
    )


def _bands(ap: ApState, max_busy_share: float | None) -> tuple[BandFacts, ...]:
    return tuple(
        BandFacts(
            name=_band_name(ap, load),
            up=load.up,
            busy_share=load.busy_share,
            max_busy_share=max_busy_share,
            planned=ap.design is not None,
        )
        for load in ap.bands
    )


def _band_name(ap: ApState, load: BandLoad) -> str:
    return f"{ap.name} {load.band} GHz"


def _is_remembered(live: LiveAp, listed: set[str]) -> bool:
    return live.device not in listed or live.age_s <= FORGET_S


# --- what a facility is ---------------------------------------------------------------------------------------------


def _base_state(devices: Sequence[Device], aps: Sequence[ApState]) -> State:
    """Whether the site serves at all: "ok", "down", or "unknown" where nobody has said so."""
    wifi = [device for device in devices if device.wifi]
    if not any(device.heard for device in wifi):
        return "down" if wifi and all(device.refused for device in wifi) else "unknown"
    if not any(device.aps or device.total for device in wifi if device.heard):
        return "unknown"
    known = [ap for ap in aps if ap.device and ap.state != "unknown"]
    if known:
        return "down" if all(ap.state == "down" for ap in known) else "ok"
    # No access point by name: then only what the devices sum up themselves.
    totals = [device.total for device in wifi if device.heard]
    if any(total.get("clients") or total.get("aps_up") for total in totals):
        return "ok"
    # No client says little; that no access point serves has to be said to be known.
    return "down" if all(total.get("aps_up") == 0 for total in totals) else "unknown"


def _ap_counts(total: SiteTotal, planned: int, aps: Sequence[ApState]) -> tuple[int | None, int | None]:
    """How many access points there are and how many serve.

    There are as many as the plan, the list or the devices' own totals have, whichever is most. Serving are those known to; of
    a plan's whose names nobody has joined yet, those that the devices list.
    """
    live = [ap for ap in aps if ap.device]
    known = max(planned, len(live), round(total.aps or 0.0)) or None
    if any(ap.up is not None or ap.state != "unknown" for ap in live):
        return known, sum(ap.state not in ("unknown", "down") for ap in live)
    return known, None if total.aps_up is None else round(total.aps_up)
