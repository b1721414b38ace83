"""What a design was found to do: the types of the answers that a design carries, and their JSON.

`capacity_to_json` and `placement_to_json` give what `wifiplan capacity --json`, `wifiplan place --json` and design.json hold;
some of it is there for readers only (`access_points`, `weakest_link`), and `capacity_fields` takes it back to the fields of
`Capacity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Number = int | float
"""An amount or a count that is written as it is: whole yen stay whole."""

UNSTEERED = "served_without_steering"
"""The figure of `Capacity.spread` beside "served", for people who all join the strongest signal, even where that one is full."""

Constraint = Literal["rssi", "sinr", "second", "clients", "airtime", "service", "crowds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link of the chain and the people at which it breaks: the airtime of one `band`, the NAT of one `method`.

    `kind` is its stable code: coverage, associations, airtime, dhcp, nat, uplink, poe, battery.
    """

    kind: str
    people: Number
    what_moves_it: str = ""
    band: str = ""
    method: str = ""

    @property
    def link(self) -> str:
        """The name that JSON and command lines give it, such as "airtime 5 GHz"."""
        return " ".join(part for part in (self.kind, f"{self.band} GHz" if self.band else "", self.method) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of a day: who is there, and what all of them ask for together."""

    hour: int
    people: float
    devices: float
    active: float
    down_mbps: float
    up_mbps: float
    joins_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The draws' 10th, 50th and 90th percentile."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioLoad:
    """One radio at the peak.

    `busy_share` is the airtime that its own and every neighbour's load needs that it must wait for, sent in full frames, with
    beacons, probes, broadcasts and foreign networks: what is planned with. `on_air_share` is the time with any frame on the air,
    as a counter in the device shows it: shorter frames at light load take more of it. `goodput_mbps` is the most that it carries
    down when all its active clients load without end.
    """

    ap: str
    band: str
    channel: int
    width_mhz: int
    clients: float
    client_limit: int | None
    busy_share: float
    own_busy_share: float
    offered_mbps: float
    carried_mbps: float
    median_rate_mbps: float
    shares_air_with: tuple[str, ...]
    p10_rate_mbps: float = 0.0
    on_air_share: float = 0.0
    overhead_share: float = 0.0
    delay_p95_ms: float = 0.0
    goodput_mbps: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneService:
    """One zone's people at the peak. Rates are what an active device gets, down, in Mbit/s.

    Of the unserved, `no_signal` are in reach of no radio at its lowest rate, and `turned_away` find every radio in reach full.
    """

    zone: str
    people: float
    devices: float
    served: float
    unserved: float
    median_mbps: float
    p10_mbps: float
    no_signal: float = 0.0
    turned_away: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """People whose load fits `share` of the PHY rate on one band: a published rule of thumb beside the model's answer."""

    share: float
    band: str
    people: Number
    margin: str = "published derating"


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkService:
    """What one line carries alone: people with all they do, people with text and voice only, the share of every kind of use."""

    uplink: str
    kind: str
    people: Number
    people_text_voice: Number
    carried: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The facility with one thing changed. `weakest` is the first link of all to break, `radio_weakest` the first of the radios'.

    `goodput_change` is a share of the unchanged design's goodput. A link is None where no limit is known.
    """

    change: str
    weakest: Link | None
    radio_weakest: Link | None
    served: float
    goodput_mbps: float
    busy_share: float
    what: str = ""
    goodput_change: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a design carries. `links` is in the order in which they break; `unknown_links` nobody has told us of.

    `day` is the whole crowd hour by hour, where its scenario is known: arrivals, activity, joins.
    `served_share` of the people is asked to be served in nine of ten draws (`model.Requirement`).
    `spread` is empty without draws: facility figures, then "AP band: figure" and "zone: served", names that people read.
    `computed_from` is `model.inputs_hash` of what it was computed from; empty where that was not kept.
    """

    scenario: str
    people: float
    radios: tuple[RadioLoad, ...]
    zones: tuple[ZoneService, ...]
    links: tuple[Link, ...]
    served: float = 0.0
    served_share: float = 0.95
    goodput_mbps: float = 0.0
    unknown_links: tuple[str, ...] = ()
    margins: tuple[Margin, ...] = ()
    uplinks: tuple[UplinkService, ...] = ()
    warnings: tuple[str, ...] = ()
    day: tuple[Hour, ...] = ()
    draws: int = 0
    seed: int = 0
    spread: dict[str, Spread] = field(default_factory=dict)
    what_if: tuple[WhatIf, ...] = ()
    computed_from: str = ""

    def served_share_p10(self, *, steering: bool = True) -> float | None:
        """Share of the people that nine of ten draws serve or more; None without draws or people.

        Without `steering`: if those whom a full access point turns away are not sent to the next one.
        """
        served = self.spread.get("served" if steering else UNSTEERED, self.spread.get("served"))
        return None if served is None or self.people <= 0 else round(min(1.0, served.p10 / self.people), 4)

    def of_radio(self, ap: str, band: str) -> RadioLoad | None:
        """The load of one radio; None where the answer has none of that name."""
        return next((load for load in self.radios if (load.ap, load.band) == (ap, band)), None)


# ------------------------------------------------------------------------------------------------------------- placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """No answer is cheaper than `cost_yen` or has fewer than `access_points`, among all that `valid_for` describes."""

    cost_yen: Number
    access_points: int
    valid_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """Time that the stages of placement took."""

    gains: float
    solve: float
    check: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One requirement that is not met: `where` is a zone or "access point band", `value` against `limit`."""

    constraint: Constraint
    where: str
    value: float
    limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRow:
    """One item to buy; `low_yen` and `high_yen` are the spread of its unit price, where it is known; `model` of access points."""

    item: str
    count: Number
    unit_yen: Number
    low_yen: Number | None = None
    high_yen: Number | None = None
    yen: Number
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPower:
    """Ports and watts of the new switches, and what the design uses of them."""

    switches: int
    ports: int
    ports_used: int
    poe_w: Number
    poe_used_w: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Who loses what without one access point: people without signal, people without service, and how much weaker the rest is."""

    ap: str
    zone: str
    uncovered_people: float
    unserved_people: float
    weaker_db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a number of access points costs and reaches, by the full check."""

    access_points: int
    cost_yen: Number
    served_share: float
    coverage_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another answer: `what` it is, what it `reached`, which limit stopped it; `says` why where it reached nothing."""

    what: str
    reached: Reached | None = None
    stopped_by: str | None = None
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearsRow:
    """One part of what the network costs over its years: `part` is purchase, licence, replacement or line."""

    part: str
    yen: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTried:
    """What the design of one model would cost and serve; `stopped_by` as in `Placement`."""

    model: str
    access_points: int
    cost_yen: Number
    five_year_yen: Number | None
    served_share: float
    coverage_share: float
    stopped_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitTried:
    """What the design would be if each radio could hold so many clients; `stopped_by` as in `Placement`."""

    clients_per_radio: int
    access_points: int
    cost_yen: Number
    served_share: float
    stopped_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOff:
    """Radios of a band that the design leaves off, for with all of them on its channels were too full.

    `radios` of its access points have none on; with all on a channel was busy for `busy_share_with_all` of the time, and
    `served_share_with_all` of the people were served.
    """

    band: str
    radios: int
    busy_share_with_all: float
    served_share_with_all: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What placement found, and how much better any other answer could be.

    `stopped_by` names the limit that stops the rest where the demand cannot be met whole. `spots` were candidates, `points` stood
    for the people. `cables_m` has the run of every new access point. `curve` and `alternatives` are there where they were asked
    for. `served_share_p10` is what nine of ten of `draws` crowds get (fewer of a search that was stopped, or of a large hall that
    cannot be served; 0 where it was not kept), `served_share_p10_unsteered` if full access points send nobody to the next one;
    `headroom_yen` is what of the cost those crowds add, so that bound and gap are of the cost without it. `model` is
    what is bought, `five_year_yen` what it all costs in five years (`five_years` by its parts), `models_tried` what there was to
    choose from, where there was more than one, `limits_tried` what another limit of clients would change,
    `left_off` the radios that are not used, where there are such.
    `computed_from` is `model.inputs_hash` of the design that was found; empty where that was not kept.
    """

    access_points: int
    coverage_share: float
    served_share: float
    served_share_p10: float
    served_share_p10_unsteered: float | None = None
    draws: int = 0
    headroom_yen: Number = 0
    cost_yen: Number
    bound: Bound
    gap_share: float
    held_by: str = ""
    seconds: Seconds
    seed: int = 0
    stopped_by: str | None = None
    cancelled: bool = False
    failures: tuple[Failure, ...] = ()
    spots: int = 0
    points: int = 0
    sets_checked: int = 0
    nodes: int = 0
    bill: tuple[BillRow, ...] = ()
    power: SwitchPower | None = None
    cables_m: dict[str, float] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    curve: tuple[Reached, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    model: str = ""
    five_year_yen: Number | None = None
    five_years: tuple[YearsRow, ...] = ()
    models_tried: tuple[ModelTried, ...] = ()
    limits_tried: tuple[LimitTried, ...] = ()
    left_off: LeftOff | None = None
    computed_from: str = ""


# ------------------------------------------------------------------------------------------------------------------ JSON


def capacity_to_json(found: Capacity) -> dict[str, Any]:
    """Plain JSON as `wifiplan capacity --json` prints and design.json holds."""
    first = found.links[0] if found.links else None
    tenth = found.served_share_p10()
    plain = {
        "scenario": found.scenario,
        "people": found.people,
        "served": found.served,
        "served_share": found.served_share,
        "served_share_p10": tenth,
        "served_share_p10_unsteered": found.served_share_p10(steering=False),
        "accepted": None if tenth is None else tenth >= found.served_share - 1e-6,
        "goodput_mbps": found.goodput_mbps,
        "radios": [asdict(load) | {"shares_air_with": list(load.shares_air_with)} for load in found.radios],
        "access_points": _by_access_point(found.radios),
        "zones": [asdict(zone) for zone in found.zones],
        "weakest_link": {
            "link": first.link if first else "unknown",
            "people": first.people if first else None,
            "next": [link_to_json(link) for link in found.links[1:]],
            **(link_to_json(first) if first else {"what_moves_it": ""}),
        },
        "unknown_links": list(found.unknown_links),
        "margins": [
            {"margin": row.margin, "share": row.share, "link": f"airtime {row.band} GHz", "people": row.people, "band": row.band}
            for row in found.margins
        ],
        "uplinks": [asdict(row) for row in found.uplinks],
        "warnings": list(found.warnings),
        "day": [asdict(hour) for hour in found.day],
        "draws": found.draws,
        "seed": found.seed,
        "spread": {name: asdict(values) for name, values in found.spread.items()},
        "computed_from": found.computed_from,
    }
    return plain | ({"what_if": [_what_if_to_json(row) for row in found.what_if]} if found.what_if else {})


_FOR_READERS = frozenset(
    {
        "access_points",
        "weakest_link",
        "margins",
        "what_if",
        "served_share_p10",
        "served_share_p10_unsteered",
        "accepted",
    }
)
"""Keys of a capacity that are there for readers only, or are read in another form."""


def capacity_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `Capacity` in what `capacity_to_json` gave; what is there for readers only is left out."""
    fields = {name: value for name, value in data.items() if name not in _FOR_READERS}
    weakest = dict(data["weakest_link"])
    chain = [weakest, *weakest.pop("next", ())]
    fields["links"] = [_without(link, "link") for link in chain if link.get("people") is not None]
    fields["margins"] = [_without(row, "link") for row in data.get("margins", ())]
    fields["what_if"] = [_what_if_fields(row) for row in data.get("what_if", ())]
    return fields


def link_to_json(link: Link) -> dict[str, Any]:
    """One link of the chain; `band` and `method` only where it has one."""
    plain = {"link": link.link, "people": link.people, "what_moves_it": link.what_moves_it, "kind": link.kind}
    return plain | {name: value for name in ("band", "method") if (value := getattr(link, name))}


def _what_if_to_json(row: WhatIf) -> dict[str, Any]:
    """With `people`, `link`, `radio_people` and `radio_link` beside the links themselves, for readers."""
    plain: dict[str, Any] = {"change": row.change}
    for name, link in (("", row.weakest), ("radio_", row.radio_weakest)):
        plain[f"{name}people"] = None if link is None else link.people
        plain[f"{name}link"] = "unknown" if link is None else link.link
    return plain | {
        "served": row.served,
        "goodput_mbps": row.goodput_mbps,
        "busy_share": row.busy_share,
        "what": row.what,
        "goodput_change": row.goodput_change,
        "weakest": None if row.weakest is None else link_to_json(row.weakest),
        "radio_weakest": None if row.radio_weakest is None else link_to_json(row.radio_weakest),
    }


def _what_if_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    fields = _without(row, "people", "link", "radio_people", "radio_link")
    links = {name: row[name] for name in ("weakest", "radio_weakest")}
    return fields | {name: None if link is None else _without(link, "link") for name, link in links.items()}


def _by_access_point(radios: Sequence[RadioLoad]) -> list[dict[str, Any]]:
    """Sums over the radios of each, and its fullest channel."""
    found: dict[str, dict[str, Any]] = {}
    for load in radios:
        row = found.setdefault(
            load.ap, {"ap": load.ap, "clients": 0.0, "busy_share": 0.0, "offered_mbps": 0.0, "carried_mbps": 0.0}
        )
        row["busy_share"] = max(row["busy_share"], load.busy_share)
        for name in ("clients", "offered_mbps", "carried_mbps"):
            row[name] = round(row[name] + getattr(load, name), 3)
    return list(found.values())


def placement_to_json(found: Placement) -> dict[str, Any]:
    """Plain JSON as `wifiplan place --json` prints and design.json holds; what was not asked for is left out."""
    plain = asdict(found)
    for name in ("failures", "bill", "reasons", "curve", "alternatives"):
        plain[name] = [_known(row) for row in plain[name]]
    if not found.curve:
        del plain["curve"], plain["alternatives"]
        return plain
    plain["alternatives"] = [_alternative_to_json(row) for row in found.alternatives]
    return plain


def placement_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `Placement` in what `placement_to_json` gave."""
    return {**data, "alternatives": [_alternative_fields(row) for row in data.get("alternatives", ())]}


def _alternative_to_json(row: Alternative) -> dict[str, Any]:
    if row.reached is None:
        return {"what": row.what, "stopped_by": row.stopped_by, "says": row.says}
    return {"what": row.what, **asdict(row.reached), "stopped_by": row.stopped_by}


def _alternative_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    reached = {name: row[name] for name in Reached.__dataclass_fields__ if name in row}
    return _without(row, *reached) | {"reached": reached or None}


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
