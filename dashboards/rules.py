"""The alert rules: one row each, and the one function that applies them.

A row says about which kind of fact it speaks, when, which state it causes, how urgent it is, how its findings join and what
goes into its words; the words themselves are `reason.<code>` of both `locale/*/pages.toml`. Every `when` is a small pure
function of one fact of `dashboards.facts`. To add a rule: a row here and its words in both languages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, Literal, TypeVar

from dashboards.facts import (
    SERVES_NO_MORE_SHARE,
    ApPort,
    BandFacts,
    BrokenDesign,
    ClientLoad,
    Device,
    PowerBudget,
    Probe,
    Same,
    SiteFacts,
    Stock,
    Uplink,
)
from dashboards.states import STATES, Reason, State

Fact = TypeVar("Fact")

AlertLevel = Literal["alarm", "warning", "note"]
"""Alarm: people lose their network, or soon will. Warning: somebody should look. Note: names or plans are to be tidied."""

Join = Literal["each", "names"]
"""Each finding is a reason of its own; or all findings are one reason with all their names: one sentence for twelve full APs."""

NEAR_LIMIT_SHARE = 0.8
"""From this share of its limit on an access point is busy, unless the plan itself puts as many there. Assumed."""

ALMOST_FULL_SHARE = 0.9
"""Above this share of its limit every access point is busy, whatever its plan: plans fill one to nine tenths. Assumed."""

FEW_BATTERY_MINUTES = 30.0
"""A battery with fewer minutes left does not last until somebody has come. Assumed."""

OVER_PLAN_SHARE = 1.1
"""A facility with more clients than so many times the plan is busy: people come and go, and a tenth is no news. Assumed."""


def _no_values(_: Any) -> Mapping[str, str | float]:
    return {}


def _no_names(_: Any) -> tuple[str, ...]:
    return ()


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Generic[Fact]):
    """One row of the table.

    Attributes
    ----------
    code : str
        What programs know the reason by; its words are `words_key` in the locale.
    about : type
        The kind of fact that it speaks about.
    when : callable
        Whether it holds for one such fact.
    state : State or None
        What it makes of that which the facts are of; None: it is only said.
    level : {"alarm", "warning", "note"}
    counts : callable
        Whether the state counts for this fact; elsewhere the reason is said and changes nothing.
    join : {"each", "names"}
    values, names : callable
        What of the fact goes into the words.
    first_of : str
        Of the rows with the same name here only the first that holds for a fact speaks; empty: independent of all others.
    alone : bool
        Said only where no other rule has anything to say.
    """

    code: str
    about: type[Fact]
    when: Callable[[Fact], bool]
    state: State | None
    level: AlertLevel
    counts: Callable[[Fact], bool] = _always
    join: Join = "each"
    values: Callable[[Fact], Mapping[str, str | float]] = _no_values
    names: Callable[[Fact], tuple[str, ...]] = _no_names
    first_of: str = ""
    alone: bool = False

    @property
    def words_key(self) -> str:
        """The key of its words in the locale."""
        return f"reason.{self.code}"


def near_limit(load: ClientLoad) -> bool:
    """Above nine tenths of the limit, whatever the plan; or close to it and fuller than planned."""
    if load.clients is None or load.limit is None:
        return False
    is_close = load.clients >= NEAR_LIMIT_SHARE * load.limit
    return load.clients > ALMOST_FULL_SHARE * load.limit or (is_close and (load.planned is None or load.clients > load.planned))


def _is_full(load: ClientLoad) -> bool:
    return near_limit(load) and load.clients == load.limit


def _is_over(load: ClientLoad) -> bool:
    return near_limit(load) and (load.clients or 0) > (load.limit or 0)


def _is_gone(device: Device) -> bool:
    """Whether it does not answer, and nothing stands in for it."""
    return not device.heard and not device.covered


def _device(device: Device) -> dict[str, str | float]:
    age: dict[str, str | float] = {} if device.age_s is None else {"age_s": device.age_s}
    return {"device": device.name, **age}


def _battery(device: Device) -> dict[str, str | float]:
    return {"device": device.name, "minutes": round(device.battery_minutes or 0.0)}


def _wire(wire: Uplink | ApPort) -> dict[str, str | float]:
    return {"device": wire.device, "interface": wire.interface}


def _is_out(stock: Stock) -> bool:
    return stock.used >= stock.size


def _is_low(stock: Stock) -> bool:
    return stock.used >= SERVES_NO_MORE_SHARE * stock.size


def _stock(stock: Stock) -> dict[str, str | float]:
    return {"device": stock.device, "used": round(stock.used), "size": round(stock.size)}


def _stock_of_pool(stock: Stock) -> dict[str, str | float]:
    return {**_stock(stock), "pool": stock.pool}


def _stock_rule(  # noqa: PLR0917
    kind: Literal["addresses", "sessions"],
    word: Literal["out", "low"],
    holds: Callable[[Stock], bool],
    state: State,
    level: AlertLevel,
    values: Callable[[Stock], dict[str, str | float]],
) -> Rule[Stock]:
    """What is low or out of a kind of stock: the rows for each kind differ in their words alone."""
    return Rule(
        code=f"{kind}_{word}",
        about=Stock,
        when=lambda stock: stock.kind == kind and holds(stock),
        state=state,
        level=level,
        values=values,
        first_of="stock",
    )


def _counted(load: ClientLoad) -> tuple[str, ...]:
    return (f"{load.name} ({load.clients}/{load.limit})",)


def _is_over_plan(site: SiteFacts) -> bool:
    return site.clients is not None and site.planned is not None and site.clients > OVER_PLAN_SHARE * site.planned


def _site_near_limit(site: SiteFacts) -> bool:
    return near_limit(ClientLoad(name="", clients=site.clients, planned=site.planned, limit=site.limit))


def _some_not_up(site: SiteFacts) -> bool:
    """Fewer serve than there are, where only numbers are told and no access point is named."""
    is_named = bool(site.down or site.silent or site.unseen)
    return site.aps is not None and site.aps_up is not None and site.aps_up < site.aps and not is_named


RULES: tuple[Rule[Any], ...] = (
    # A device of which nothing recent is known: why, each with a first step of its own.
    Rule(
        code="covered",
        about=Device,
        when=lambda device: device.covered,
        state=None,
        level="warning",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="why_collector",
        about=Device,
        when=lambda device: _is_gone(device) and device.why == "collector",
        state="degraded",
        level="alarm",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="why_resolve",
        about=Device,
        when=lambda device: _is_gone(device) and device.why == "resolve",
        state="degraded",
        level="alarm",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="why_port_closed",
        about=Device,
        when=lambda device: _is_gone(device) and device.why == "port_closed",
        state="degraded",
        level="alarm",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="why_refused",
        about=Device,
        when=lambda device: _is_gone(device) and device.why == "refused",
        state="degraded",
        level="alarm",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="why_auth",
        about=Device,
        when=lambda device: _is_gone(device) and device.why == "auth",
        state="degraded",
        level="warning",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="not_answering",
        about=Device,
        when=lambda device: _is_gone(device) and device.refused and device.age_s is not None,
        state="degraded",
        level="alarm",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="never_answered",
        about=Device,
        when=lambda device: _is_gone(device) and device.refused,
        state="degraded",
        level="alarm",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="clock_ahead",
        about=Device,
        when=lambda device: _is_gone(device) and device.ahead,
        state="degraded",
        level="warning",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="not_readable",
        about=Device,
        when=lambda device: _is_gone(device) and device.polled,
        state="degraded",
        level="warning",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="silent",
        about=Device,
        when=lambda device: _is_gone(device) and device.age_s is not None,
        state="degraded",
        level="alarm",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="never_polled",
        about=Device,
        when=_is_gone,
        state="degraded",
        level="warning",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="no_counts",
        about=Device,
        when=lambda device: (
            device.heard
            and device.wifi
            and "clients" not in device.total
            and bool(device.total.get("aps_up"))
            and not any(ap.clients is not None for ap in device.aps)
        ),
        state="unknown",  # that its access points serve does not say whether they are crowded
        level="warning",
        values=_device,
        first_of="contact",
    ),
    Rule(
        code="battery_low",
        about=Device,
        when=lambda device: (
            device.on_battery and device.battery_minutes is not None and device.battery_minutes < FEW_BATTERY_MINUTES
        ),
        state="degraded",
        level="alarm",
        values=_battery,
        first_of="battery",
    ),
    Rule(
        code="battery_minutes",
        about=Device,
        when=lambda device: device.on_battery and device.battery_minutes is not None,
        state="degraded",
        level="alarm",
        values=_battery,
        first_of="battery",
    ),
    Rule(
        code="on_battery",
        about=Device,
        when=lambda device: device.on_battery,
        state="degraded",
        level="alarm",
        values=lambda device: {"device": device.name},
        first_of="battery",
    ),
    Rule(
        code="unreachable",
        about=Probe,
        when=lambda probe: probe.reachable is False,
        state="degraded",
        level="alarm",
        values=lambda probe: {"target": probe.target},
    ),
    # Wires: the way out, the access points' ports, their power.
    Rule(
        code="uplink_down",
        about=Uplink,
        when=lambda link: link.up is False,
        state="degraded",
        level="alarm",
        values=_wire,
    ),
    Rule(
        code="uplink_full",
        about=Uplink,
        when=lambda link: link.used_share is not None and link.used_share >= SERVES_NO_MORE_SHARE,
        state="busy",
        level="warning",
        values=lambda link: {**_wire(link), "percent": round(100 * (link.used_share or 0.0))},
    ),
    Rule(
        code="ap_port_down",
        about=ApPort,
        when=lambda port: port.up is False,
        state="degraded",
        level="alarm",
        values=lambda port: {**_wire(port), "ap": port.ap},
    ),
    Rule(
        code="poe_near_budget",
        about=PowerBudget,
        when=lambda power: power.used_w >= SERVES_NO_MORE_SHARE * power.power_w,
        state="degraded",
        level="warning",
        values=lambda power: {"device": power.device, "used_w": round(power.used_w), "power_w": round(power.power_w)},
    ),
    # What the devices behind the radios lend, to the last one of which who comes next gets no network.
    _stock_rule("addresses", "out", _is_out, "degraded", "alarm", _stock_of_pool),
    _stock_rule("addresses", "low", _is_low, "busy", "warning", _stock_of_pool),
    _stock_rule("sessions", "out", _is_out, "degraded", "alarm", _stock),
    _stock_rule("sessions", "low", _is_low, "busy", "warning", _stock),
    # Access points that do not serve.
    Rule(
        code="aps_down",
        about=SiteFacts,
        when=lambda site: bool(site.down),
        state="degraded",
        level="alarm",
        names=lambda site: site.down,
    ),
    Rule(
        code="aps_unknown",
        about=SiteFacts,
        when=lambda site: site.heard and bool(site.silent),
        state="degraded",
        level="warning",
        names=lambda site: site.silent,
    ),
    Rule(
        code="aps_fewer",
        about=SiteFacts,
        when=_some_not_up,
        state="degraded",
        level="alarm",
        values=lambda site: {"up": site.aps_up or 0, "known": site.aps or 0},
    ),
    Rule(
        code="aps_none",
        about=SiteFacts,
        when=lambda site: site.aps_up == 0 and site.aps is None,
        state="degraded",
        level="alarm",
    ),
    Rule(
        code="radios_down",
        about=BandFacts,
        # Without a plan a radio that is off may well be meant to be off.
        when=lambda band: band.up is False and band.planned,
        state="degraded",
        level="warning",
        join="names",
        names=lambda band: (band.name,),
    ),
    # Plans and names that are to be tidied.
    Rule(
        code="aps_not_seen",
        about=SiteFacts,
        # As many strangers up as planned ones unseen is a matter of names; fewer means that some are really not there.
        when=lambda site: site.heard and len(site.unseen) > site.strangers_up,
        state="degraded",
        level="warning",
        names=lambda site: site.unseen,
    ),
    Rule(
        code="names_differ",
        about=SiteFacts,
        # What is not joined is not held against its plan, so that nobody can say that all is well.
        when=lambda site: site.heard and bool(site.unseen) and bool(site.strangers),
        state="degraded",
        level="warning",
        values=lambda site: {"planned": len(site.unseen), "live": len(site.strangers)},
        names=lambda site: site.strangers,
    ),
    Rule(
        code="not_all_counted",
        about=SiteFacts,
        when=lambda site: site.heard and bool(site.missing),
        state=None,
        level="note",
        names=lambda site: site.missing,
    ),
    Rule(
        code="counted_once",
        about=Same,
        when=lambda _: True,
        state=None,
        level="note",
        names=lambda same: same.devices,
    ),
    Rule(
        code="name_twice",
        about=SiteFacts,
        when=lambda site: bool(site.ambiguous),
        state=None,
        level="note",
        names=lambda site: site.ambiguous,
    ),
    Rule(
        code="design_unreadable",
        about=BrokenDesign,
        when=lambda _: True,
        state=None,
        level="note",
        values=lambda design: {"text": design.text},
    ),
    # Crowds.
    Rule(code="aps_over", about=ClientLoad, when=_is_over, state="degraded", level="alarm", join="names", names=_counted),
    Rule(code="aps_full", about=ClientLoad, when=_is_full, state="busy", level="warning", join="names", names=_counted),
    Rule(
        code="channels_busy",
        about=BandFacts,
        when=lambda band: (
            band.busy_share is not None and band.max_busy_share is not None and band.busy_share >= band.max_busy_share
        ),
        state="busy",
        level="warning",
        join="names",
        names=lambda band: (band.name,),
    ),
    Rule(
        code="aps_busy",
        about=ClientLoad,
        when=lambda load: near_limit(load) and not _is_full(load) and not _is_over(load),
        state="busy",
        level="note",
        join="names",
        names=_counted,
    ),
    Rule(
        code="over_plan",
        about=SiteFacts,
        when=_is_over_plan,
        state="busy",
        level="warning",
        values=lambda site: {"clients": site.clients or 0, "planned": round(site.planned or 0.0)},
        first_of="crowd",
    ),
    Rule(
        code="near_limit",
        about=SiteFacts,
        when=_site_near_limit,
        state="busy",
        level="warning",
        values=lambda site: {"clients": site.clients or 0, "limit": site.limit or 0},
        first_of="crowd",
    ),
    Rule(code="no_wifi", about=SiteFacts, when=lambda site: site.serving is None, state="unknown", level="note", alone=True),
)
"""In the order in which reasons are shown, troubles first."""

BY_CODE: Mapping[str, Rule[Any]] = {rule.code: rule for rule in RULES}

_RUNS = tuple((kind, tuple(group)) for kind, group in groupby(RULES, key=lambda rule: rule.about))
"""Rows that stand next to each other and speak about one kind of fact."""


def judged(facts: Iterable[object]) -> tuple[State, tuple[Reason, ...]]:
    """The worst state that the facts cause, "ok" where none does, and every reason in the order of the table.

    Rows that stand next to each other and speak about one kind of fact say all about one fact before they go on to the next.
    """
    by_kind: dict[type, list[object]] = defaultdict(list)
    for fact in facts:
        by_kind[type(fact)].append(fact)
    states: list[State] = ["ok"]
    reasons: list[Reason] = []
    for kind, rows in _RUNS:
        if kind not in by_kind:
            continue
        names: dict[str, tuple[str, ...]] = {}
        for fact in by_kind[kind]:
            for rule in _speaking(rows, fact, is_first=not (reasons or names)):
                if rule.state is not None and rule.counts(fact):
                    states.append(rule.state)
                if rule.join == "names":
                    names[rule.code] = names.get(rule.code, ()) + rule.names(fact)
                else:
                    reasons.append(Reason(code=rule.code, values=rule.values(fact), names=rule.names(fact)))
        reasons += [Reason(code=rule.code, names=names[rule.code]) for rule in rows if rule.code in names]
    return min(states, key=STATES.index), tuple(reasons)


def _speaking(rows: Iterable[Rule[Any]], fact: object, *, is_first: bool) -> Iterable[Rule[Any]]:
    """Those that hold for the fact; where only the first of several may speak, that one."""
    spoken: set[str] = set()
    for rule in rows:
        if not rule.when(fact) or rule.first_of in spoken or (rule.alone and not is_first):
            continue
        if rule.first_of:
            spoken.add(rule.first_of)
        is_first = False
        yield rule
