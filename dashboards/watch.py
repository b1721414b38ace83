"""Plan against live: what every access point and every facility is doing, as far as anybody knows now.

Facts (`dashboards.facts`, joined with the plan by `dashboards.matching`) go through the rules (`dashboards.rules`) and become
states (`dashboards.states`). All of it is a pure function of the configuration, the designs, the newest samples and the
clock. What is too old, or was never said, is None or `unknown`; it is never 0 and never `ok`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dashboards import rules
from dashboards.facts import STALE_INTERVALS, BandFacts, BrokenDesign, ClientLoad, Device, LiveAp, SiteFacts, device_of, probes_of
from dashboards.matching import Planned, matched, merged
from dashboards.states import STATES, ApState, BandLoad, Facility
from wifiplan import equipment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from collectors.config import Config, Target
    from collectors.metrics import Sample
    from dashboards.states import Reason, State
    from wifiplan.model import AccessPoint, Design, Requirement

FORGET_S = 86400.0
"""An access point that its own device has not listed for a day, and that no plan has, is no longer shown."""


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
    samples = list(samples)
    by_device: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.measurement != "probe":
            by_device[sample.tags.get("device", "")].append(sample)
    devices = [device_of(target, by_device[target.name], now) for target in targets]
    probes = probes_of(samples, now, STALE_INTERVALS * max(target.interval_s for target in targets))
    readable = {path: design for path, design in designs.items() if not isinstance(design, str)}
    broken = [BrokenDesign(text=design) for design in designs.values() if isinstance(design, str)]

    found = matched(readable, merged(ap for device in devices for ap in device.aps))
    listed = {device.name for device in devices if device.heard}
    strangers = [live for live in found.unplanned if live.fresh or (not readable and _is_remembered(live, listed))]
    planned = [_planned(one) for one in found.planned]
    unplanned = [_unplanned(live) for live in strangers]
    everyone = [*(ap for ap, _ in planned), *(ap for ap, _ in unplanned)]
    of_aps = [fact for _, facts in (*planned, *unplanned) for fact in facts]

    clients, complete = _clients(devices)
    total_planned, limit = _plan_of([ap for ap, _ in planned])
    known, up = _ap_counts(devices, len(planned), everyone)
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
        ambiguous=found.ambiguous,
    )
    state, reasons = rules.judged([*devices, *probes, *of_aps, *broken, site_facts])
    ages = [device.age_s for device in devices if device.wifi and device.age_s is not None]
    return Facility(
        site=site,
        # Nothing that still goes well makes more of what does not serve, or of which nobody knows whether it serves.
        state=state if base == "ok" else base,
        clients=clients,
        complete=complete,
        planned=None if total_planned is None else round(total_planned, 1),
        limit=limit,
        aps=known,
        aps_up=up,
        age_s=min(ages) if ages else None,
        reasons=reasons,
        access_points=tuple(ap for ap, _ in planned),
        unplanned=tuple(ap for ap, _ in unplanned),
    )


def _plan_of(planned: Sequence[ApState]) -> tuple[float | None, int | None]:
    """Planned clients and limit of all; a sum that lacks an access point's is not known."""
    plans = [ap.planned for ap in planned]
    limits = [ap.limit for ap in planned if ap.limit is not None]
    total = sum(plan for plan in plans if plan is not None) if plans and None not in plans else None
    return total, sum(limits) if limits else None


def to_json(found: Facility, text: Callable[[Reason], str]) -> dict[str, Any]:
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


def _clients(devices: Sequence[Device]) -> tuple[int | None, bool]:
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


def _ap_counts(devices: Sequence[Device], planned: int, aps: Sequence[ApState]) -> tuple[int | None, int | None]:
    """How many access points there are and how many serve.

    There are as many as the plan, the list or the devices' own totals have, whichever is most. Serving are those known to.
    """
    heard = [device for device in devices if device.wifi and device.heard]
    live = [ap for ap in aps if ap.device]
    told = sum(round(device.total.get("aps", 0)) for device in heard)
    known = max(planned, len(live), told) or None
    if not heard:
        return known, None
    told_up = [round(device.total["aps_up"]) for device in heard if "aps_up" in device.total]
    if told_up and not any(ap.up is not None for ap in live):
        return known, sum(told_up)
    return known, sum(ap.state not in ("unknown", "down") for ap in live) if live else None
