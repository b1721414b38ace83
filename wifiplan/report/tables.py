"""Tables of a design, in words: access points, load, weakest link, cost, assumptions. The report and the app show these."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shapely.geometry import Point, Polygon

from wifiplan import equipment
from wifiplan.answer import Link, Reason
from wifiplan.capacity import demand
from wifiplan.model import AccessPoint, Assumption, Design
from wifiplan.prices import price_list
from wifiplan.radio.situations import SITUATIONS
from wifiplan.report import wording
from wifiplan.report.loads import PlannedRadio, planned_radios
from wifiplan.report.plan_figure import zone_name
from wifiplan.report.wording import Lang, known, legible, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`weight` is its share of the width against the others; a title may have two lines."""

    title: str
    weight: float = 1.0
    align: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Cells are finished text: rounded, with units, in the reader's language."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def served_people(design: Design) -> tuple[int, int] | None:
    """(planned, served) in whole people; None where nobody has computed the capacity."""
    if design.capacity is None or not design.capacity.zones:
        return None
    zones = design.capacity.zones
    planned = round(sum(row.people for row in zones))
    return planned, max(0, planned - wording.short(sum(row.unserved for row in zones)))


def scenario_title(scenario: str, lang: Lang) -> str:
    """What a scenario is called, or several joined by "+" or a comma; a name of the user's own stays as it is."""
    names = [name.strip() for name in scenario.replace("+", ",").split(",") if name.strip()]
    return (" ＋ " if lang == "ja" else " + ").join(known("scenario", name, lang) for name in names)


def place_name(design: Design, point: AccessPoint, lang: Lang) -> str:
    """The zone it hangs in, with the storey where there are several."""
    here = Point(point.x_m, point.y_m)
    zones = [zone for zone in design.floor_plan.zones if zone.level == point.level]
    # The smallest: a store room may lie within the hall's outline.
    inside = [zone for zone in zones if zone.kind != "keepout" and Polygon(zone.polygon_m).covers(here)]
    name = zone_name(min(inside, key=lambda zone: zone.area_m2).name, lang) if inside else words("ap.outside", lang)
    levels = design.floor_plan.levels
    return f"{legible(levels[point.level].name)} {name}" if len(levels) > 1 else name


def access_point_table(design: Design, lang: Lang = "ja") -> Table:
    """Where each goes, how it is set, its clients, and why it is there."""
    reasons = {} if design.placement is None else {entry.ap: entry for entry in design.placement.reasons}
    radios: dict[str, list[PlannedRadio]] = {}
    for one in planned_radios(design):
        radios.setdefault(one.ap, []).append(one)
    rows = tuple(
        (
            legible(point.name),
            f"{place_name(design, point, lang)}\n({wording.signed(point.x_m, 1)}, {wording.signed(point.y_m, 1)})",
            f"{point.height_m:.1f} m",
            direction(point, lang),
            "\n".join(
                words(
                    "ap.radio",
                    lang,
                    band=radio.band,
                    channel=radio.channel,
                    width=radio.width_mhz,
                    power=wording.exact(radio.tx_power_dbm),
                )
                for radio in point.radios
            ),
            "\n".join(_planned_of_limit(one) for one in radios.get(point.name, ())),
            why(point, reasons.get(point.name), lang) if reasons or design.placement is None else words("ap.no_reason", lang),
        )
        for point in design.access_points
    )
    titles = ("name", "place", "height", "antenna", "radios", "planned", "why")
    weights = (1.0, 1.35, 0.8, 1.25, 2.75, 1.15, 2.6)
    shown = len(titles) - bool(shared_reason(design, lang))  # A reason of all is said once, above the table.
    cut = tuple(row[:shown] for row in rows)
    return made("ap", titles[:shown], weights[:shown], cut, lang, right=("height",))


def shared_reason(design: Design, lang: Lang = "ja") -> str:
    """One sentence for all access points where they are there for the same reason and nearly as many people; else nothing."""
    found = () if design.placement is None else design.placement.reasons
    if len(found) < 2 or {one.ap for one in found} != {point.name for point in design.access_points}:
        return ""
    for people, key in (("uncovered_people", "why.dark_each"), ("unserved_people", "why.lost_each")):
        lost = [getattr(one, people) for one in found]
        if min(lost) >= 0.5:
            low, high = min(lost), max(lost)
            if high > _ALIKE * low or len({one.zone for one in found}) > 1:
                return ""
            span = wording.count(low) if round(low) == round(high) else f"{wording.count(low)}–{wording.count(high)}"
            return words(key, lang, zone=zone_name(found[0].zone, lang), people=span)
    if max(max(one.uncovered_people, one.unserved_people) for one in found) >= 0.5:
        return ""
    return words("why.spare_each", lang)


_ALIKE = 1.25
"""Reasons are alike up to this ratio of the people they are about (assumed)."""


def direction(point: AccessPoint, lang: Lang) -> str:
    """Which antenna, and where it looks."""
    name = known("antenna", point.antenna, lang)
    if point.antenna == "omni":
        return name
    return words("ap.toward", lang, antenna=name, azimuth=round(point.azimuth_deg) % 360, tilt=wording.signed(point.tilt_deg))


def _planned_of_limit(one: PlannedRadio) -> str:
    planned = "–" if one.planned is None else wording.count(one.planned)
    limit = "–" if one.limit is None else str(one.limit)
    return f"{'⚠ ' if one.over else ''}{planned} / {limit}"


def why(point: AccessPoint, reason: Reason | None, lang: Lang) -> str:
    """What is lost without an access point: why it hangs there."""
    if reason is None:
        return legible(point.why) or words("ap.no_reason", lang)
    zone = zone_name(reason.zone, lang)
    if reason.uncovered_people >= 0.5:
        return words("why.dark", lang, zone=zone, people=wording.count(reason.uncovered_people))
    if reason.unserved_people >= 0.5:
        return words("why.lost", lang, zone=zone, people=wording.count(reason.unserved_people))
    return words("why.spare", lang, zone=zone, weaker=wording.plain(reason.weaker_db))


def load_table(design: Design, lang: Lang = "ja") -> Table:
    """One row a radio: planned clients, limit, airtime, traffic. A dash is what nobody has computed."""
    rows = tuple(
        (
            legible(one.ap),
            words("unit.ghz", lang, number=one.radio.band),
            str(one.radio.channel),
            "–" if one.planned is None else wording.count(one.planned),
            "–" if one.limit is None else str(one.limit),
            "–"
            if one.planned is None or not one.limit
            else ("⚠ " if one.over else "") + wording.percent(one.planned / one.limit),
            "–" if one.load is None else _flagged(one.load.busy_share, design.requirement.max_busy_share),
            "–" if one.load is None else wording.plain(one.load.carried_mbps),
        )
        for one in planned_radios(design)
    )
    titles = ("ap", "band", "channel", "clients", "limit", "used", "busy", "carried")
    return made("load", titles, (1.8, 1.1, 1.1, 1, 0.8, 1, 1, 1), rows, lang, right=titles[2:])


def _flagged(busy_share: float, most: float) -> str:
    return ("⚠ " if busy_share > most + 1e-6 else "") + wording.percent(busy_share)


def zone_table(design: Design, lang: Lang = "ja") -> Table:
    """One row a zone: people, who of them is served, and how fast."""
    rows = []
    for row in () if design.capacity is None else design.capacity.zones:
        people, missing = round(row.people), wording.short(row.unserved)
        rows.append(
            (
                zone_name(row.zone, lang),
                wording.count(people),
                wording.count(max(0, people - missing)),
                ("⚠ " if missing else "") + wording.count(missing),
                _rate(row.median_mbps, lang),
                _rate(row.p10_mbps, lang),
            )
        )
    titles = ("zone", "people", "served", "unserved", "median", "p10")
    return made("load", titles, (2.2, 0.9, 1.1, 0.9, 1.4, 1.4), tuple(rows), lang, right=titles[1:])


def _rate(rate_mbps: float, lang: Lang) -> str:
    return words("unit.mbps", lang, number=wording.plain(rate_mbps))


def link_name(link: Link, lang: Lang) -> str:
    """What a link of the chain is called, with its band where it has one."""
    if f"link.{link.kind}" not in wording.table():
        return legible(link.link)
    name = words(f"link.{link.kind}", lang)
    rest = words("unit.ghz", lang, number=link.band) if link.band else legible(link.method)
    return words("link.of", lang, link=name, rest=rest) if rest else name


def links(design: Design) -> tuple[Link, ...]:
    """The chain from its weakest link on; empty where it is not known."""
    return () if design.capacity is None else design.capacity.links


def weakest_table(design: Design, lang: Lang = "ja") -> Table:
    """One row a link, the one that gives way first on top."""
    ample = _AMPLE * sum(one.people for one in design.demands)
    rows = tuple(
        (
            link_name(entry, lang),
            words("weakest.ample", lang, times=_AMPLE)
            if 0 < ample <= entry.people
            else words("unit.people", lang, number=wording.count(entry.people)),
            _what_moves(entry, lang),
        )
        for entry in links(design)
    )
    return made("weakest", ("link", "people", "what"), (1.6, 1.1, 3.0), rows, lang, right=("people",))


_AMPLE = 10
"""Times the people planned for, from where on a limit is no news: the model was not made for such crowds."""


def _what_moves(link: Link, lang: Lang) -> str:
    key = f"moves.{link.kind}"
    return words(key, lang) if key in wording.table() else legible(link.what_moves_it) or "–"


def what_if_table(design: Design, lang: Lang = "ja") -> Table:
    """One row a change, as `wifiplan capacity --what-if --out` left them in the design; no rows where it did not."""
    rows = tuple(
        (
            known("whatif", entry.change, lang),
            _people(entry.weakest, lang),
            "–" if entry.weakest is None else link_name(entry.weakest, lang),
            _people(entry.radio_weakest, lang),
            _rate(entry.goodput_mbps, lang),
        )
        for entry in (() if design.capacity is None else design.capacity.what_if)
    )
    titles = ("change", "people", "link", "radios", "goodput")
    return made("whatif", titles, (3.0, 1.1, 1.9, 1.1, 1.3), rows, lang, right=("people", "radios", "goodput"))


def _people(link: Link | None, lang: Lang) -> str:
    return words("fact.unknown", lang) if link is None else words("unit.people", lang, number=wording.count(link.people))


def cost_table(design: Design, lang: Lang = "ja") -> Table:
    """The bill that placement left in the design, with its total; no rows where there is none."""
    bill = () if design.placement is None else design.placement.bill
    rows = [
        (
            known("item", entry.item, lang) + (f" ({legible(entry.model)})" if entry.model else ""),
            wording.plain(entry.count),
            wording.yen(entry.unit_yen, None, lang),
            wording.yen(entry.yen, None, lang),
        )
        for entry in bill
    ]
    if rows:
        rows.append((words("cost.total", lang), "", "", wording.yen(sum(entry.yen for entry in bill), None, lang)))
    titles = ("item", "count", "unit_yen", "yen")
    return made("cost", titles, (3.0, 0.8, 1.2, 1.4), tuple(rows), lang, right=titles[1:])


def price_table(design: Design, lang: Lang = "ja") -> Table:
    """The unit prices that the cost was reckoned with, their spread, and what each is worth."""
    marks = {"S": "sourced", "D": "derived", "U": "assumed"}
    listed = {entry.of: entry for entry in design.assumptions if entry.kind == "price"}
    rows = tuple(
        (
            known("item", name, lang),
            wording.yen(listed[name].value, None, lang),
            wording.yen(row["low"], row["high"], lang),
            words(f"assumption.{marks[row['tag']]}", lang),
            known("say", row["source"], lang),
        )
        for name, row in price_list().items()
        if name in listed
    )
    return made("cost", ("item", "unit_yen", "range", "kind", "source"), (2.2, 1.0, 1.6, 0.9, 3.3), rows, lang)


def assumption_table(design: Design, lang: Lang = "ja") -> Table:
    """What the design was reckoned with, and for each figure whether it has a source or is an assumption.

    The list is the design's own; without one, that of its scenario where it comes with the program. Where the design's
    demand says otherwise than the list, the demand is shown, as given by the planner.
    """
    rows = _requirement_rows(design, lang)
    listed = design.assumptions
    if not listed and design.scenario in demand.scenarios():
        listed = demand.assumptions(demand.find_scenario(design.scenario))
    given = _given(design)
    applications: dict[str, dict[str, Assumption]] = {}
    for entry in listed:
        if entry.kind in _LEFT_OUT:
            continue
        if entry.kind in _APPLICATION_KINDS:
            applications.setdefault(entry.of, {})[entry.kind] = entry
            continue
        value = given.pop(entry.kind, None)
        if value is not None and not math.isclose(value, entry.value, rel_tol=1e-3):
            rows.append(_row(_leaf(entry, lang), _value(value, entry.unit, lang), "", lang))
        else:
            rows.append(_row(_leaf(entry, lang), _value(entry.value, entry.unit, lang), entry.source, lang))
    for kind, value in given.items():
        rows.append(_row(known("leaf", kind, lang), _value(value, _UNITS.get(kind, ""), lang), "", lang))
    rows += [_application_row(name, leaves, lang) for name, leaves in applications.items()]
    return made("assumption", ("what", "value", "kind", "source"), (2.45, 1.8, 0.85, 3.0), tuple(rows), lang)


def _leaf(entry: Assumption, lang: Lang) -> str:
    """What a figure is called: by its kind, else by the words that came with it."""
    keys = [key for key in (f"leaf.{entry.kind} {entry.of}".rstrip(), f"leaf.{entry.kind}") if key in wording.table()]
    return words(keys[0], lang, of=legible(entry.of)) if keys else legible(entry.what)


_LEFT_OUT = frozenset({"price", "placed_obstruction_db"})
"""Prices have a table of their own, and the scenario's own line says the loss already."""


_APPLICATION_KINDS = ("application_share", "application_down_mbps", "application_up_mbps", "application_packet_bytes")
_UNITS = {"persons_per_m2": "1/m2", "client_height_m": "m", "associated_share": "share", "active_share": "share"}


def _requirement_rows(design: Design, lang: Lang) -> list[tuple[str, ...]]:
    asked = design.requirement
    values = {
        "min_rssi": f"{wording.signed(asked.min_rssi_dbm)} dBm",
        "min_sinr": f"{wording.signed(asked.min_sinr_db)} dB",
        "coverage_share": wording.percent(asked.coverage_share),
        "deviation": deviation_words(design, lang),
        "max_busy": wording.percent(asked.max_busy_share),
        "max_clients": words("unit.pieces", lang, number=_limits(design)),
    }
    kind, source = words("assumption.requirement", lang), words("assumption.requirement_source", lang)
    return [(words(f"assumption.{name}", lang), value, kind, source) for name, value in values.items()]


def deviation_words(design: Design, lang: Lang) -> str:
    """What the design's promise of coverage allows for."""
    fading_db = design.requirement.fading_db
    if fading_db is None:
        return words("truth.of_place", lang)
    return words("truth.value", lang, db=wording.plain(fading_db))


def _limits(design: Design) -> str:
    """What the radios of a design must not pass, each once."""
    there_are = equipment.known_to(design)
    found = {
        equipment.client_limit(ap, radio, design.requirement, there_are) for ap in design.access_points for radio in ap.radios
    }
    return ", ".join(map(str, sorted(found))) or "-"


def _given(design: Design) -> dict[str, float]:
    """The demand's own figures, as far as all zones have the same, under the names that a scenario's list has for them."""
    found: dict[str, float] = {}
    for name in ("devices_per_person", "associated_share", "active_share", "client_height_m"):
        values = {getattr(one, name) for one in design.demands}
        if len(values) == 1:
            found[name] = values.pop()
    areas_m2 = {zone.name: zone.area_m2 for zone in demand.places(design.floor_plan)}
    area_m2 = sum(areas_m2.get(one.zone, 0.0) for one in design.demands)
    if area_m2 > 0:
        found["persons_per_m2"] = sum(one.people for one in design.demands) / area_m2
    return found


def _row(what: str, value: str, source: str, lang: Lang) -> tuple[str, ...]:
    """`source` as the lists have it: "assumption: ..." is ours, nothing is the planner's own, anything else was read."""
    if not source:
        return what, value, words("assumption.given", lang), words("assumption.given_source", lang)
    if source.startswith("assumption"):
        reason = source.removeprefix("assumption").removeprefix(": ")
        return what, value, words("assumption.assumed", lang), known("say", reason, lang) if reason else "–"
    kind = "partly" if "assumed]" in source else "sourced"
    return what, value, words(f"assumption.{kind}", lang), known("say", source, lang)


def _application_row(name: str, leaves: Mapping[str, Assumption], lang: Lang) -> tuple[str, ...]:
    """One row for all that is said of an application; its packet length is left to the design's JSON."""
    said = [leaves.get(f"application_{leaf}") for leaf in ("share", "down_mbps", "up_mbps")]
    share, down, up = said
    parts = [_row("", "", entry.source, lang) for entry in said if entry is not None]
    kinds = list(dict.fromkeys(part[2] for part in parts))
    value = words(
        "assumption.application_value",
        lang,
        share="–" if share is None else wording.percent(share.value),
        down="–" if down is None else wording.plain(down.value),
        up="–" if up is None else wording.plain(up.value),
    )
    sources = "\n".join(dict.fromkeys(part[3] for part in parts))
    what = words("assumption.application", lang, name=known("say", name, lang))
    return what, value, kinds[0] if len(kinds) == 1 else words("assumption.mixed", lang), sources


def _value(value: float, unit: str, lang: Lang) -> str:
    if unit == "share":
        return wording.percent(value)
    if unit == "1/m2":
        return words("unit.per_m2", lang, number=wording.plain(value))
    if unit == "h":
        return words("unit.hours", lang, number=wording.plain(value))
    return f"{wording.signed(value) if value == round(value) and abs(value) < 1000 else wording.plain(value)} {unit}".strip()


def made(
    group: str,
    titles: Sequence[str],
    weights: Sequence[float],
    rows: tuple[tuple[str, ...], ...],
    lang: Lang,
    *,
    right: Sequence[str] = (),
) -> Table:
    """A table whose heads are the words of a group, those in `right` with their cells on the right."""
    columns = tuple(
        Column(title=words(f"{group}.{title}", lang), weight=weight, align="right" if title in right else "left")
        for title, weight in zip(titles, weights, strict=True)
    )
    return Table(columns=columns, rows=rows)


def truth_table(lang: Lang) -> Table:
    """How far a map is from a building before anybody has measured there, by what lies between."""
    columns = tuple(
        Column(title=words(f"truth.{name}", lang), weight=weight)
        for name, weight in (("between", 2.0), ("deviation", 1.0), ("measured", 2.0))
    )
    rows = tuple(
        (
            words(f"truth.{one.name}", lang),
            words("truth.value", lang, db=f"{one.deviation_db:.0f}"),
            words("truth.range", lang, low=f"{one.low_db:.0f}", high=f"{one.high_db:.0f}", links=one.links)
            if one.links
            else words("truth.assumed", lang),
        )
        for one in SITUATIONS
    )
    return Table(columns=columns, rows=rows)
