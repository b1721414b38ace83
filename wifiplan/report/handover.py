"""What those need who sign, install and check a design: what decides it, pass and fail, other answers, failures, a survey."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from wifiplan import equipment
from wifiplan.airtime import wifi
from wifiplan.answer import Placement
from wifiplan.capacity import chain, resilience
from wifiplan.capacity.paths import gains_of
from wifiplan.errors import RadioError
from wifiplan.model import Design, Radio, Requirement, stale
from wifiplan.placement.cables import default_switch_m
from wifiplan.placement.points import people_points
from wifiplan.radio.fading import FADING_DB
from wifiplan.report import loads, tables, wording
from wifiplan.report.plan_figure import zone_name
from wifiplan.report.tables import Table, made
from wifiplan.report.wording import Lang, known, legible, words

MOST_FAILURES = 24
"""Access points of a design whose single failures are reckoned in the report; of larger ones `wifiplan resilience` does it."""
SURVEY_POINTS = 10
"""Places that are measured when it hangs (assumed: an hour with one device)."""
_APART_M = 5.0
"""Between them at least (assumed)."""
_BINDS_SHARE = 0.85
"""From this share of its limit on, the fullest radio says that the limit decides (assumed)."""


def placed(design: Design) -> Placement | None:
    """The placement, if it is of this design and not of one before a change."""
    return None if "placement" in stale(design) else design.placement


def model_names(design: Design, lang: Lang) -> str:
    """The models of its access points, each once."""
    names = dict.fromkeys(ap.model for ap in design.access_points if ap.model)
    return ("、" if lang == "ja" else ", ").join(legible(name) for name in names) or words("fact.unknown", lang)


# --------------------------------------------------------------------------------------------------------- what decides it


def deciding(design: Design, lang: Lang) -> Iterator[str]:
    """The number that decides the answer and where it is from, in sentences; nothing for a design without access points."""
    radios = [(ap, radio) for ap in design.access_points for radio in ap.radios]
    if not radios:
        return
    there_are = equipment.known_to(design)
    limits = sorted({equipment.client_limit(ap, radio, design.requirement, there_are) for ap, radio in radios})
    shown = ", ".join(map(str, limits))
    model = there_are.get(next((ap.model for ap in design.access_points if ap.model), None) or "")
    yield limit_argued(shown, None if design.requirement.max_clients_per_radio is not None else model, lang)
    filled = [one.planned / one.limit for one in loads.planned_radios(design) if one.planned is not None and one.limit]
    if filled:
        key = "decides.binds" if max(filled) >= _BINDS_SHARE else "decides.spare"
        yield words(key, lang, share=wording.percent(max(filled)))
    found = placed(design)
    if found is not None and found.headroom_yen > 0:
        yield words("decides.headroom", lang, yen=wording.yen(found.headroom_yen, None, lang))
    if found is not None and (off := found.left_off) is not None:
        busy, served = wording.percent(off.busy_share_with_all), wording.percent(off.served_share_with_all)
        count = len(design.access_points)
        yield words("decides.left_off", lang, band=off.band, off=off.radios, all=count, busy=busy, served=served)


def limit_argued(limit: str, model: equipment.Model | None, lang: Lang, *, named: bool = False) -> str:
    """Why a radio is to hold so many clients: for its model's sake, or without one because it was required.

    A generic model is argued for, unless the planner `named` it.
    """
    if model is None:
        return words("decides.required", lang, limit=limit)
    if model.maker == "Generic" and not named:
        return words("decides.generic", lang, limit=limit, model=legible(model.name))
    source = known("say", model.source("clients_per_radio"), lang)
    return words("decides.model", lang, limit=limit, model=legible(model.name), source=source)


def limits_table(design: Design, lang: Lang) -> Table:
    """What another limit of clients would change; no rows where `place` has not tried it."""
    found = placed(design)
    tried = () if found is None else found.limits_tried
    rows = tuple(
        (
            words("decides.row", lang, limit=one.clients_per_radio),
            words("unit.pieces", lang, number=one.access_points),
            wording.yen(one.cost_yen, None, lang),
            _served(one.served_share, one.stopped_by),
        )
        for one in tried
    )
    return made("limits", ("limit", "aps", "cost", "served"), (2.2, 1.2, 1.6, 1.6), rows, lang, right=("aps", "cost", "served"))


def _served(share: float, stopped_by: str | None) -> str:
    return ("⚠ " if stopped_by else "") + wording.percent(share)


def requirement_table(design: Design, lang: Lang) -> Table:
    """Pass or fail of each thing asked for; unknown where nobody has computed it. "Covered" is of people."""
    asked, found = design.requirement, placed(design)
    rows: list[tuple[str, ...]] = []

    def row(name: str, wanted: str, reached: str | None, *, ok: bool | None) -> None:
        unknown = words("fact.unknown", lang)
        verdict = unknown if reached is None or ok is None else words("passed.yes" if ok else "passed.no", lang)
        rows.append((words(f"passed.{name}", lang), wanted, unknown if reached is None else reached, verdict))

    dbm, db = wording.signed(asked.min_rssi_dbm), wording.signed(asked.min_sinr_db)
    share = None if found is None else found.coverage_share
    wanted = words("passed.at_least", lang, value=wording.percent(asked.coverage_share))
    reached = None if share is None else wording.percent(share)
    rows_name = "second" if asked.second_access_point else "covered"
    row(
        rows_name,
        f"{wanted}\n({dbm} dBm, SINR {db} dB)",
        reached,
        ok=None if share is None else share >= asked.coverage_share - 1e-9,
    )
    people = tables.served_people(design)
    if people is not None:
        row(
            "served",
            words("unit.people", lang, number=wording.count(people[0])),
            words("unit.people", lang, number=wording.count(people[1])),
            ok=people[1] >= people[0],
        )
    spread = None if design.capacity is None else design.capacity.spread.get("served")
    everybody = sum(one.people for one in design.demands)
    if spread is not None and design.capacity is not None and everybody > 0:
        tenth = min(1.0, spread.p10 / everybody)
        alone = design.capacity.served_share_p10(steering=False)
        besides = "" if alone is None else "\n" + words("passed.unsteered", lang, value=wording.percent(alone))
        wanted = words("passed.at_least", lang, value=wording.percent(asked.served_share))
        row("served_p10", wanted, wording.percent(tenth) + besides, ok=tenth >= asked.served_share - 1e-6)
    radios = loads.planned_radios(design)
    filled = [one for one in radios if one.planned is not None and one.limit]
    if filled:
        fullest = max(filled, key=lambda one: (one.planned or 0.0) / (one.limit or 1))
        said = f"{wording.count(fullest.planned or 0.0)} / {fullest.limit}\n({legible(fullest.ap)})"
        row("clients", words("passed.at_most", lang, value=str(fullest.limit)), said, ok=not any(one.over for one in filled))
    loaded = [one for one in radios if one.load is not None]
    if loaded:
        busiest = max(loaded, key=lambda one: one.load.busy_share if one.load else 0.0)
        busy = busiest.load.busy_share if busiest.load else 0.0
        said = f"{wording.percent(busy)}\n({legible(busiest.ap)})"
        row(
            "busy",
            words("passed.at_most", lang, value=wording.percent(asked.max_busy_share)),
            said,
            ok=busy <= asked.max_busy_share + 1e-6,
        )
    network = design.network
    if network.battery_wh is not None:
        hours = chain.battery_hours(network, len(design.access_points))
        row(
            "battery",
            words("passed.at_least", lang, value=words("unit.hours", lang, number=wording.plain(network.battery_hours))),
            None if hours is None else words("unit.hours", lang, number=wording.plain(hours)),
            ok=None if hours is None else hours >= network.battery_hours - 1e-6,
        )
    return made("passed", ("what", "wanted", "reached", "verdict"), (2.6, 1.9, 1.5, 0.9), tuple(rows), lang)


# ---------------------------------------------------------------------------------------------------------- other answers


def alternatives_table(design: Design, lang: Lang) -> Table:
    """Other answers with their cost and people: other models, fewer access points, one that survives a failure, walls only."""
    found = placed(design)
    if found is None:
        return made("alternatives", _OTHER, _OTHER_WIDE, (), lang)
    people = sum(one.people for one in design.demands)

    def row(what: str, aps: int, cost: float, share: float, stopped_by: str | None) -> tuple[str, ...]:
        served = words("unit.people", lang, number=wording.count(people * share))
        return what, words("unit.pieces", lang, number=aps), wording.yen(cost, None, lang), ("⚠ " if stopped_by else "") + served

    own = words("alternatives.own", lang)
    rows = [row(own, found.access_points, found.cost_yen, found.served_share, found.stopped_by)]
    rows += [
        row(legible(one.model), one.access_points, one.cost_yen, one.served_share, one.stopped_by)
        for one in found.models_tried
        if one.model != found.model
    ]
    for one in found.alternatives:
        what = known("alternative", one.what, lang)
        if one.reached is None:
            rows.append((what, "–", "–", words("alternatives.none", lang)))
        else:
            rows.append(row(what, one.reached.access_points, one.reached.cost_yen, one.reached.served_share, one.stopped_by))
    fewer = {one.reached.access_points for one in found.alternatives if one.reached is not None}
    rows += [
        row(words("alternatives.fewer", lang, aps=one.access_points), one.access_points, one.cost_yen, one.served_share, "curve")
        for one in found.curve[1:]
        if one.access_points not in fewer
    ]
    return made("alternatives", _OTHER, _OTHER_WIDE, tuple(rows) if len(rows) > 1 else (), lang, right=_OTHER[1:])


_OTHER = ("what", "aps", "cost", "people")
_OTHER_WIDE = (3.0, 1.0, 1.5, 1.5)


# ------------------------------------------------------------------------------------------------------------- failures


def failures_table(design: Design, lang: Lang) -> Table:
    """Who is without service when one access point, switch or line fails; no rows where that cannot be said here."""
    if not design.access_points or not design.demands or len(design.access_points) > MOST_FAILURES:
        return made("failures", _FAILS, _FAILS_WIDE, (), lang)
    try:
        found = resilience.resilience_of(design, causes=("access_point", "switch", "uplink"))
    except RadioError:
        return made("failures", _FAILS, _FAILS_WIDE, (), lang)
    answer = placed(design)
    # What a reason says of an access point is said of it everywhere.
    told = {} if answer is None else {one.ap: one.unserved_people for one in answer.reasons}
    rows = []
    for loss in found.losses:
        lost = told.get(loss.what, loss.people) if loss.cause == "access_point" else loss.people
        model = f"\n{legible(loss.model)}" if loss.model else ""
        name = legible(loss.what) + model
        if loss.cause == "switch":
            name = words("failures.switch", lang, number=loss.what.rsplit(" ", 1)[-1], aps=len(loss.access_points))
        elif loss.cause == "uplink":
            name = words("failures.line", lang, line=legible(loss.what))
        zone = "–" if loss.zone is None else zone_name(loss.zone, lang)
        area = words("unit.m2", lang, number=wording.count(loss.area_m2)) if loss.cause != "uplink" else "–"
        rows.append((name, words("unit.people", lang, number=wording.count(lost)), area, zone))
    if not design.network.uplinks:
        everybody = words("unit.people", lang, number=wording.count(found.served))
        rows.append((words("failures.only_line", lang), everybody, "–", words("failures.everywhere", lang)))
    return made("failures", _FAILS, _FAILS_WIDE, tuple(rows), lang, right=("people", "area"))


_FAILS = ("what", "people", "area", "zone")
_FAILS_WIDE = (2.6, 1.3, 1.2, 1.6)


# --------------------------------------------------------------------------------------------- the installer, the surveyor


def install_table(design: Design, lang: Lang) -> Table:
    """A line an access point for who hangs it: place, height, direction, cable, channel, power, model, and a box to tick."""
    cables = {} if design.placement is None else design.placement.cables_m
    rows = tuple(
        (
            legible(ap.name) + (f"\n{legible(ap.model)}" if ap.model else ""),
            f"{tables.place_name(design, ap, lang)}\n{_place(ap.x_m, ap.y_m)}",
            f"{ap.height_m:.1f} m",
            tables.direction(ap, lang),
            f"{cables[ap.name]:.0f} m" if ap.name in cables else words("install.there", lang),
            "\n".join(_setting(radio, lang) for radio in ap.radios),
            "□",
        )
        for ap in design.access_points
    )
    titles = ("name", "place", "height", "direction", "cable", "setting", "done")
    return made("install", titles, (1.6, 1.7, 0.8, 1.3, 0.8, 2.4, 0.5), rows, lang, right=("height", "cable"))


def _place(x_m: float, y_m: float) -> str:
    return f"x {wording.signed(x_m, 1)} m, y {wording.signed(y_m, 1)} m"


def _setting(radio: Radio, lang: Lang) -> str:
    return words(
        "ap.radio", lang, band=radio.band, channel=radio.channel, width=radio.width_mhz, power=wording.exact(radio.tx_power_dbm)
    )


def switch_sentence(design: Design, lang: Lang) -> str:
    """Where the switch stands that the cables were measured from, and what it must give."""
    x, y = default_switch_m(design.floor_plan)
    supply = None if design.placement is None else design.placement.power
    if supply is None:
        return words("install.switch_place", lang, x=f"{x:.1f}", y=f"{y:.1f}")
    return words(
        "install.switch",
        lang,
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        switches=supply.switches,
        ports=wording.count(supply.ports_used),
        watts=wording.count(supply.poe_used_w),
    )


def truth_sentence(design: Design, lang: Lang) -> str:
    """How many people have the signal for sure, by the deviation of each place and by one for all; and what was allowed for.

    Empty where nobody is to be served, or nothing hangs.
    """
    if not design.access_points or not any(one.people > 0 for one in design.demands):
        return ""
    asked = design.requirement
    by_one = replace(asked, fading_db=FADING_DB if asked.fading_db is None else asked.fading_db)
    of_place, of_one = (_sure_share(design, one) for one in (replace(asked, fading_db=None), by_one))
    return words(
        "truth.sure",
        lang,
        confidence=wording.percent(asked.confidence_share),
        dbm=wording.signed(asked.min_rssi_dbm),
        of_place=wording.percent(of_place),
        of_one=wording.percent(of_one),
        one=words("truth.value", lang, db=wording.plain(by_one.fading_db or 0.0)),
        used=tables.deviation_words(design, lang),
    )


def _sure_share(design: Design, requirement: Requirement) -> float:
    """Share of the people whose signal, of any band, is as required with the required confidence."""
    crowd = people_points(design.floor_plan, design.demands)
    gains = gains_of(design)
    sure = np.zeros(len(crowd.people), dtype=bool)
    for band in sorted({radio.band for ap in design.access_points for radio in ap.radios}):
        pairs = [(ap, radio) for ap in design.access_points for radio in ap.radios if radio.band == band]
        points = [ap for ap, _ in pairs]
        gain = gains(design.floor_plan, points, crowd.points_m, frequency_mhz=wifi.FREQUENCY_MHZ[band])
        margin = gains.margin_db(requirement, design.floor_plan, points, crowd.points_m)
        rssi = np.array([radio.tx_power_dbm for _, radio in pairs])[:, None] + gain
        sure |= (rssi - margin).max(axis=0) >= requirement.min_rssi_dbm
    return float(crowd.people[sure].sum() / crowd.people.sum())


def survey_table(design: Design, lang: Lang) -> Table:
    """Places to measure when it hangs: where the model says that the signal is weakest, apart from each other; to fill in."""
    if not design.access_points or not any(one.people > 0 for one in design.demands):
        return made("survey", _SURVEY, _SURVEY_WIDE, (), lang)
    crowd = people_points(design.floor_plan, design.demands)
    bands = {radio.band for ap in design.access_points for radio in ap.radios}
    band = "5" if "5" in bands else next(iter(sorted(bands)), "5")
    pairs = [(ap, radio) for ap in design.access_points for radio in ap.radios if radio.band == band]
    gains = gains_of(design)
    gain = gains(design.floor_plan, [ap for ap, _ in pairs], crowd.points_m, frequency_mhz=wifi.FREQUENCY_MHZ[band])
    rssi = np.array([radio.tx_power_dbm for _, radio in pairs])[:, None] + gain
    best, serving = rssi.max(axis=0), rssi.argmax(axis=0)
    chosen: list[int] = []
    for point in np.argsort(best, kind="stable"):
        if all(np.linalg.norm(crowd.points_m[point] - crowd.points_m[other]) >= _APART_M for other in chosen):
            chosen.append(int(point))
        if len(chosen) == SURVEY_POINTS:
            break
    rows = tuple(
        (
            str(number),
            f"{zone_name(crowd.zones[crowd.zone[point]], lang)}\n{_place(*crowd.points_m[point][:2])}",
            legible(pairs[serving[point]][0].name),
            f"{wording.signed(float(best[point]))} dBm",
            words("passed.at_least", lang, value=f"{wording.signed(design.requirement.min_rssi_dbm)} dBm"),
            "",
            words("survey.boxes", lang),
        )
        for number, point in enumerate(chosen, 1)
    )
    return made("survey", _SURVEY, _SURVEY_WIDE, rows, lang, right=("predicted",))


_SURVEY = ("number", "place", "ap", "predicted", "wanted", "measured", "verdict")
_SURVEY_WIDE = (0.4, 2.0, 1.0, 1.0, 1.4, 1.2, 1.3)


def sign_table(lang: Lang) -> Table:
    """Lines for those who answer for it."""
    rows = tuple((words(f"sign.{who}", lang), "", "", "") for who in ("designed", "checked", "installed", "surveyed", "accepted"))
    return made("sign", ("who", "name", "date", "signature"), (1.4, 2.0, 1.2, 2.0), rows, lang)


def years_table(design: Design, lang: Lang) -> Table:
    """What it costs over five years, by its parts."""
    found = placed(design)
    rows = [
        (words(f"years.{one.part}", lang), wording.yen(one.yen, None, lang))
        for one in (() if found is None else found.five_years)
    ]
    if rows and found is not None and found.five_year_yen is not None:
        rows.append((words("cost.total", lang), wording.yen(found.five_year_yen, None, lang)))
    return made("years", ("part", "yen"), (3.0, 1.4), tuple(rows), lang, right=("yen",))
