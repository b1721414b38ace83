"""Tables of a design, in words: access points, load, weakest link, cost, assumptions. The report and the app show these."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shapely.geometry import Point, Polygon

from wifiplan.capacity import demand
from wifiplan.model import AccessPoint, Design
from wifiplan.prices import price_list
from wifiplan.report import wording
from wifiplan.report.plan_figure import RadioLoad, radio_loads, zone_name
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
    zones = design.capacity.get("zones")
    if not zones:
        return None
    planned = round(sum(row["people"] for row in zones))
    return planned, max(0, planned - wording.short(sum(row["unserved"] for row in zones)))


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
    reasons = {entry["ap"]: entry for entry in design.placement.get("reasons", ())}
    loads: dict[str, list[RadioLoad]] = {}
    for load in radio_loads(design):
        loads.setdefault(load.ap, []).append(load)
    rows = tuple(
        (
            legible(point.name),
            f"{place_name(design, point, lang)}\n({wording.signed(point.x_m, 1)}, {wording.signed(point.y_m, 1)})",
            f"{point.height_m:.1f} m",
            _antenna(point, lang),
            "\n".join(
                words(
                    "ap.radio",
                    lang,
                    band=radio.band,
                    channel=radio.channel,
                    width=radio.width_mhz,
                    power=wording.signed(radio.tx_power_dbm),
                )
                for radio in point.radios
            ),
            "\n".join(_planned_of_limit(load) for load in loads.get(point.name, ())),
            _why(point, reasons.get(point.name), lang),
        )
        for point in design.access_points
    )
    titles = ("name", "place", "height", "antenna", "radios", "planned", "why")
    weights = (1.0, 1.35, 0.8, 1.25, 2.75, 1.15, 2.6)
    return _table("ap", titles, weights, rows, lang, right=("height",))


def _antenna(point: AccessPoint, lang: Lang) -> str:
    name = known("antenna", point.antenna, lang)
    if point.antenna == "omni":
        return name
    return words("ap.toward", lang, antenna=name, azimuth=round(point.azimuth_deg) % 360, tilt=wording.signed(point.tilt_deg))


def _planned_of_limit(load: RadioLoad) -> str:
    planned = "–" if load.planned is None else wording.count(load.planned)
    limit = "–" if load.limit is None else str(load.limit)
    return f"{'⚠ ' if load.over else ''}{planned} / {limit}"


def _why(point: AccessPoint, reason: Mapping[str, Any] | None, lang: Lang) -> str:
    if reason is None:
        return legible(point.why) or words("ap.no_reason", lang)
    zone = zone_name(reason["zone"], lang)
    if reason["uncovered_people"] >= 0.5:
        return words("why.dark", lang, zone=zone, people=wording.count(reason["uncovered_people"]))
    if reason["unserved_people"] >= 0.5:
        return words("why.lost", lang, zone=zone, people=wording.count(reason["unserved_people"]))
    return words("why.spare", lang, zone=zone, weaker=wording.plain(reason["weaker_db"]))


def load_table(design: Design, lang: Lang = "ja") -> Table:
    """One row a radio: planned clients, limit, airtime, traffic. A dash is what nobody has computed."""
    rows = tuple(
        (
            legible(load.ap),
            words("unit.ghz", lang, number=load.band),
            str(load.channel),
            "–" if load.planned is None else wording.count(load.planned),
            "–" if load.limit is None else str(load.limit),
            "–"
            if load.planned is None or not load.limit
            else ("⚠ " if load.over else "") + wording.percent(load.planned / load.limit),
            "–" if load.busy_share is None else _flagged(load.busy_share, design.requirement.max_busy_share),
            "–" if load.carried_mbps is None else wording.plain(load.carried_mbps),
        )
        for load in radio_loads(design)
    )
    titles = ("ap", "band", "channel", "clients", "limit", "used", "busy", "carried")
    return _table("load", titles, (1.8, 1.1, 1.1, 1, 0.8, 1, 1, 1), rows, lang, right=titles[2:])


def _flagged(busy_share: float, most: float) -> str:
    return ("⚠ " if busy_share > most + 1e-6 else "") + wording.percent(busy_share)


def zone_table(design: Design, lang: Lang = "ja") -> Table:
    """One row a zone: people, who of them is served, and how fast."""
    rows = []
    for row in design.capacity.get("zones", ()):
        people, missing = round(row["people"]), wording.short(row["unserved"])
        rows.append(
            (
                zone_name(row["zone"], lang),
                wording.count(people),
                wording.count(max(0, people - missing)),
                ("⚠ " if missing else "") + wording.count(missing),
                _rate(row.get("median_mbps"), lang),
                _rate(row.get("p10_mbps"), lang),
            )
        )
    titles = ("zone", "people", "served", "unserved", "median", "p10")
    return _table("load", titles, (2.2, 0.9, 1.1, 0.9, 1.4, 1.4), tuple(rows), lang, right=titles[1:])


def _rate(rate_mbps: float | None, lang: Lang) -> str:
    return "–" if rate_mbps is None else words("unit.mbps", lang, number=wording.plain(rate_mbps))


def link_name(link: str, lang: Lang) -> str:
    """What a link of the chain is called; "airtime 5 GHz" and its kind name their band."""
    kind, _, rest = link.partition(" ")
    if f"link.{kind}" not in wording.table():
        return legible(link)
    name = words(f"link.{kind}", lang)
    return words("link.of", lang, link=name, rest=legible(rest)) if rest else name


def links(design: Design) -> tuple[Mapping[str, Any], ...]:
    """The chain from its weakest link on, {link, people, what_moves_it}; empty where it is not known."""
    first = design.capacity.get("weakest_link")
    if not first or first.get("people") is None:
        return ()
    return (first, *first.get("next", ()))


def weakest_table(design: Design, lang: Lang = "ja") -> Table:
    """One row a link, the one that gives way first on top."""
    ample = _AMPLE * sum(one.people for one in design.demands)
    rows = tuple(
        (
            link_name(entry["link"], lang),
            words("weakest.ample", lang, times=_AMPLE)
            if 0 < ample <= entry["people"]
            else words("unit.people", lang, number=wording.count(entry["people"])),
            _what_moves(entry, lang),
        )
        for entry in links(design)
    )
    return _table("weakest", ("link", "people", "what"), (1.6, 1.1, 3.0), rows, lang, right=("people",))


_AMPLE = 10
"""Times the people planned for, from where on a limit is no news: the model was not made for such crowds."""


def _what_moves(entry: Mapping[str, Any], lang: Lang) -> str:
    key = f"moves.{entry['link'].partition(' ')[0]}"
    return words(key, lang) if key in wording.table() else legible(entry.get("what_moves_it", "")) or "–"


def what_if_table(design: Design, lang: Lang = "ja") -> Table:
    """One row a change, as `wifiplan capacity --what-if --out` left them in the design; no rows where it did not."""
    rows = tuple(
        (
            known("whatif", entry["change"], lang),
            _people(entry["people"], lang),
            "–" if entry["people"] is None else link_name(entry["link"], lang),
            _people(entry["radio_people"], lang),
            words("unit.mbps", lang, number=wording.plain(entry["goodput_mbps"])),
        )
        for entry in design.capacity.get("what_if", ())
    )
    titles = ("change", "people", "link", "radios", "goodput")
    return _table("whatif", titles, (3.0, 1.1, 1.9, 1.1, 1.3), rows, lang, right=("people", "radios", "goodput"))


def _people(count: float | None, lang: Lang) -> str:
    return words("fact.unknown", lang) if count is None else words("unit.people", lang, number=wording.count(count))


def cost_table(design: Design, lang: Lang = "ja") -> Table:
    """The bill that placement left in the design, with its total; no rows where there is none."""
    bill = design.placement.get("bill", ())
    rows = [
        (
            known("item", entry["item"], lang),
            wording.plain(entry["count"]),
            wording.yen(entry["unit_yen"], None, lang),
            wording.yen(entry["yen"], None, lang),
        )
        for entry in bill
    ]
    if rows:
        rows.append((words("cost.total", lang), "", "", wording.yen(sum(entry["yen"] for entry in bill), None, lang)))
    titles = ("item", "count", "unit_yen", "yen")
    return _table("cost", titles, (3.0, 0.8, 1.2, 1.4), tuple(rows), lang, right=titles[1:])


def price_table(design: Design, lang: Lang = "ja") -> Table:
    """The unit prices that the cost was reckoned with, their spread, and what each is worth."""
    marks = {"S": "sourced", "D": "derived", "U": "assumed"}
    listed = {entry["what"].removeprefix(_PRICE): entry for entry in design.assumptions if entry["what"].startswith(_PRICE)}
    rows = tuple(
        (
            known("item", name, lang),
            wording.yen(listed[shown]["value"], None, lang),
            wording.yen(row["low"], row["high"], lang),
            words(f"assumption.{marks[row['tag']]}", lang),
            known("say", row["source"], lang),
        )
        for name, row in price_list().items()
        if (shown := name.replace("_", " ")) in listed
    )
    return _table("cost", ("item", "unit_yen", "range", "kind", "source"), (2.2, 1.0, 1.6, 0.9, 3.3), rows, lang)


_PRICE = "price: "


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
    applications: dict[str, dict[str, Mapping[str, Any]]] = {}
    for entry in listed:
        what = entry["what"].removeprefix(f"{design.scenario}: ")
        if what.startswith(_PRICE) or what in _SAID_TWICE:
            continue
        application, _, leaf = what.rpartition(": ")
        if application and leaf in _APPLICATION_LEAVES:
            applications.setdefault(application, {})[leaf] = entry
            continue
        value = given.pop(what, None)
        if value is not None and not math.isclose(value, entry["value"], rel_tol=1e-3):
            rows.append(_row(known("leaf", what, lang), _value(value, entry["unit"], lang), "", lang))
        else:
            rows.append(_row(known("leaf", what, lang), _value(entry["value"], entry["unit"], lang), entry["source"], lang))
    for what, value in given.items():
        rows.append(_row(known("leaf", what, lang), _value(value, _UNITS.get(what, ""), lang), "", lang))
    rows += [_application_row(name, leaves, lang) for name, leaves in applications.items()]
    return _table("assumption", ("what", "value", "kind", "source"), (2.45, 1.8, 0.85, 3.0), tuple(rows), lang)


_SAID_TWICE = frozenset({"packet_bytes", "loss by people in the way"})
"""Left to the design's JSON: the length of a packet, and what the scenario's own line says already."""
_APPLICATION_LEAVES = ("share", "down_mbps", "up_mbps", "packet_bytes")
_UNITS = {"persons_per_m2": "1/m2", "client_height_m": "m", "associated_share": "share", "active_share": "share"}


def _requirement_rows(design: Design, lang: Lang) -> list[tuple[str, ...]]:
    asked = design.requirement
    values = {
        "min_rssi": f"{wording.signed(asked.min_rssi_dbm)} dBm",
        "min_sinr": f"{wording.signed(asked.min_sinr_db)} dB",
        "coverage_share": wording.percent(asked.coverage_share),
        "max_busy": wording.percent(asked.max_busy_share),
        "max_clients": words("unit.pieces", lang, number=asked.max_clients_per_radio),
    }
    kind, source = words("assumption.requirement", lang), words("assumption.requirement_source", lang)
    return [(words(f"assumption.{name}", lang), value, kind, source) for name, value in values.items()]


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


def _application_row(name: str, leaves: Mapping[str, Mapping[str, Any]], lang: Lang) -> tuple[str, ...]:
    """One row for all that is said of an application; its packet length is left to the design's JSON."""
    shown = [leaves[leaf] for leaf in ("share", "down_mbps", "up_mbps") if leaf in leaves]
    parts = [_row("", "", entry["source"], lang) for entry in shown]
    kinds = list(dict.fromkeys(part[2] for part in parts))
    value = words(
        "assumption.application_value",
        lang,
        share=wording.percent(leaves["share"]["value"]) if "share" in leaves else "–",
        down=wording.plain(leaves["down_mbps"]["value"]) if "down_mbps" in leaves else "–",
        up=wording.plain(leaves["up_mbps"]["value"]) if "up_mbps" in leaves else "–",
    )
    sources = "\n".join(dict.fromkeys(part[3] for part in parts))
    what = words("assumption.application", lang, name=known("say", name, lang))
    return what, value, kinds[0] if len(kinds) == 1 else words("assumption.mixed", lang), sources


def _value(value: Any, unit: str, lang: Lang) -> str:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return legible(f"{value} {unit}".strip())
    if unit == "share":
        return wording.percent(value)
    if unit == "1/m2":
        return words("unit.per_m2", lang, number=wording.plain(value))
    if unit == "h":
        return words("unit.hours", lang, number=wording.plain(value))
    return f"{wording.signed(value) if value == round(value) and abs(value) < 1000 else wording.plain(value)} {unit}".strip()


def _table(
    group: str,
    titles: Sequence[str],
    weights: Sequence[float],
    rows: tuple[tuple[str, ...], ...],
    lang: Lang,
    *,
    right: Sequence[str] = (),
) -> Table:
    columns = tuple(
        Column(title=words(f"{group}.{title}", lang), weight=weight, align="right" if title in right else "left")
        for title, weight in zip(titles, weights, strict=True)
    )
    return Table(columns=columns, rows=rows)
